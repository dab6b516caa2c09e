//! Running a section's checks side by side, and saying what they mean.
//! It never runs a command that is not proven to read only; one that may change is asked for like a fix.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::assign::At;
use super::causes::symptom;
use super::event::{Event, Recorder};
use super::ports::{Console, World};
use super::thread::{Offered, Work};
use super::view::View;
use super::{Known, Session, Standing};
use crate::command::{ReadOnly, Verdict, bounded, placeholder};
use crate::diagnosis::{
    Conclusion, Finding, Fit, Kind as FactKind, Outcome, Ranked, Status, conclude, interpret, is_named, just_started,
    lacking_last, rank, wake,
};
use crate::probe::{Look, Observed, Reading};
use crate::runbook::variables::{self, Assigned, Gives};
use crate::runbook::{Check, Section, Step, StepKind};
use crate::text::shorten;

/// How long to wait for what came up only just now before looking again, in milliseconds.
const FRESH_MS: [u64; 3] = [2_000, 4_000, 8_000];

/// What a section's checks came to.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    pub outcomes: Vec<Outcome>,
    pub conclusion: Conclusion,
    pub ranked: Vec<Ranked>,
}

/// A check made ready: it can be looked at, or it is known why not.
enum Ready {
    Look(Box<Look>),
    /// It may change something, so it is not run unasked.
    Refused(Verdict),
    /// A placeholder has no value, and why.
    Open(String),
    /// It only sets a variable for the steps below it, and to what.
    Set(String),
    /// It belongs into another shell than the one this program has, and where.
    Elsewhere(String),
    /// The text is no command: something to look at by eye.
    ByEye,
}

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// Runs the checks of a section, says what they mean, and offers the fixes.
    pub(super) async fn work_through(&mut self, index: usize) {
        self.diagnose(index).await;
        if !self.lead_on().await {
            self.offer_fixes().await;
            self.mention_links(index);
        }
    }

    /// Runs the reading checks of a section and says what they mean; changes nothing.
    pub async fn diagnose(&mut self, index: usize) -> Option<Diagnosis> {
        let section = self.library.sections().get(index)?;
        self.announce(section);
        if self.known.is_empty() {
            self.look_around().await;
        }
        let world = self.world;
        let (mut outcomes, seen) = tokio::join!(self.run_checks(section, &section.checks, true), world.survey());
        self.known = Known::about(&seen, self.question());
        for wait in FRESH_MS {
            let all: Vec<Outcome> = outcomes.iter().cloned().chain(self.known.beside(&outcomes, &[])).collect();
            let Some(fresh) = just_started(&all) else { break };
            if !self.pause(wait, Some(&fresh)).await {
                break;
            }
            let (again, seen) = tokio::join!(self.run_checks(section, &section.checks, false), world.survey());
            (outcomes, self.known) = (again, Known::about(&seen, self.question()));
        }
        // What asking brought about may only now stand in the log of whoever answered with an error.
        if outcomes.iter().flat_map(|o| &o.findings).any(|f| f.fact.kind == FactKind::HttpStatus) {
            self.known = Known::about(&world.survey().await, self.question());
        }
        outcomes.extend(self.known.beside(&outcomes, &section.fixes));
        outcomes.extend(self.brought_along(index, &outcomes));
        outcomes.extend(self.traced(&outcomes));
        if let Some(seen) = symptom(&outcomes).filter(|o| o.status == Status::Problem) {
            self.thread.symptom = Some(seen.clone());
        }
        self.console.show(&View::outcomes(&outcomes));
        let conclusion = self.conclude(section, &outcomes);
        let ranked = self.ranked(section, &conclusion);
        if ranked.first().is_some_and(|r| r.fit == Fit::Fits) {
            self.standing = Standing::ProblemLeft;
        }
        let diagnosis = Diagnosis { outcomes, conclusion, ranked };
        let Diagnosis { outcomes, conclusion, ranked } = diagnosis.clone();
        self.thread.work = Some(Work { section: index, outcomes, conclusion, ranked, ..Work::default() });
        Some(diagnosis)
    }

    /// What was found elsewhere and led here, where it was not seen here as well.
    fn brought_along(&self, index: usize, seen: &[Outcome]) -> Option<Outcome> {
        let (_, outcome) = self.thread.carried.as_ref().filter(|(section, _)| *section == index)?;
        let known = |f: &Finding| seen.iter().flat_map(|o| &o.findings).any(|s| s.fact.kind == f.fact.kind);
        (!outcome.findings.iter().any(known)).then(|| outcome.clone())
    }

    /// Asks again what was found elsewhere.
    pub(super) async fn ask_again(&self, before: &Outcome) -> Outcome {
        let Ok(command) = ReadOnly::prove(&before.command) else { return self.known.now(before) };
        let step = Step::new(StepKind::Command(before.command.clone()), 0);
        let check = Check { title: before.check.clone(), step, expect: None };
        let look = Look::new(command, self.settings.timeout);
        let look = if self.thread.proving { look.after_change() } else { look };
        let mut now = [interpret(&check, &self.world.look(&look).await)];
        wake(&mut now, |f| before.findings.iter().any(|b| b.fact.is(&f.fact)));
        let [mut now] = now;
        let had = now.findings.len();
        now.findings.retain(|f| before.findings.iter().any(|b| b.fact.is(&f.fact)));
        let hint = before.findings.iter().find(|f| f.fact.kind.is_hint());
        if let Some(hint) = hint {
            // The trouble itself was asked about again: while it is there, so is what was said of it.
            now.findings.extend(Some(hint.clone()).filter(|_| now.status != Status::Ok));
        } else if now.findings.is_empty() && had > 0 && now.status == Status::Problem {
            (now.status, now.summary) = (Status::Ok, "what was wrong is well".into());
        }
        now.findings.iter_mut().for_each(|f| f.beside = true);
        now
    }

    /// The fixes of a section in their order; those that are of no use here last.
    pub(super) fn ranked(&self, section: &Section, conclusion: &Conclusion) -> Vec<Ranked> {
        let worked = (self.worked)(&section.id);
        let ranked = self.known.useless_last(rank(&section.fixes, conclusion, &worked), &section.fixes);
        lacking_last(ranked, &section.fixes, |command| self.world.lacks(command))
    }

    fn announce(&mut self, section: &Section) {
        let (mut reads, mut asks, mut by_hand) = (0, 0, 0);
        for check in &section.checks {
            match &check.step.kind {
                StepKind::Command(_) if section.shell_of(&check.step).is_some() => by_hand += 1,
                StepKind::Command(text) => {
                    let effect = |text: &str| placeholder::judge_open(text).effect;
                    let effect = match variables::assigned(text) {
                        None => effect(text),
                        Some(Assigned { gives: Gives::Output(command), .. }) => effect(&command),
                        // What only sets a variable is no check.
                        Some(_) => continue,
                    };
                    match effect {
                        crate::command::Effect::Reads => reads += 1,
                        _ => asks += 1,
                    }
                }
                _ => by_hand += 1,
            }
        }
        self.console.show(&View::Section {
            title: section.title.clone(),
            place: format!("{}:{}", section.path, section.line),
            about: shorten(section.prose.lines().find(|l| !l.trim().is_empty()).unwrap_or(""), 200),
            reads,
            asks,
            by_hand,
        });
        self.record(Event::ChecksStarted { section: section.id.clone(), checks: section.checks.len() });
    }

    /// What the outcomes mean, together with what the question proves where not all is well.
    pub(super) fn concluded(&self, outcomes: &[Outcome]) -> Conclusion {
        let unwell = outcomes.iter().any(|o| matches!(o.status, Status::Problem | Status::Uncertain));
        match self.thread.told.iter().find(|_| unwell && !self.thread.solved) {
            Some(told) => conclude(&[outcomes, std::slice::from_ref(told)].concat()),
            None => conclude(outcomes),
        }
    }

    /// What the outcomes mean, shown and recorded.
    fn conclude(&mut self, section: &Section, outcomes: &[Outcome]) -> Conclusion {
        let mut conclusion = self.concluded(outcomes);
        self.known.explain(&mut conclusion);
        let own = || outcomes.iter().filter(|o| !is_beside(o));
        let problem = own().any(|o| o.status == Status::Problem);
        let looked = own().any(|o| matches!(o.status, Status::Ok | Status::Problem | Status::Uncertain));
        self.standing = match (problem, looked, section.checks.is_empty()) {
            (true, _, _) => Standing::ProblemLeft,
            (false, false, false) => Standing::Unreachable,
            _ => Standing::Fine,
        };
        if !conclusion.sentence.is_empty() {
            self.console.show(&View::Conclusion { sentence: conclusion.sentence.clone(), well: !problem && looked });
        }
        self.record(Event::Concluded {
            findings: conclusion.findings.iter().map(|f| (f.fact.name().to_owned(), f.text.clone())).collect(),
            sentence: conclusion.sentence.clone(),
        });
        conclusion
    }

    /// Runs checks: all that are ready at once, then those whose placeholders the first ones fill, then those that must be
    /// asked about, one after the other.
    pub(super) async fn run_checks(&mut self, section: &Section, checks: &[Check], may_ask: bool) -> Vec<Outcome> {
        let steps: Vec<&Step> = checks.iter().map(|c| &c.step).collect();
        let mut all = Self::needed(section, &steps);
        let needed = all.len();
        all.extend_from_slice(checks);
        self.thread.set.retain(|s| all.iter().all(|c| c.step.line != s.line));
        self.thread.declined.clear();
        let mut outcomes: Vec<Option<Outcome>> = vec![None; all.len()];
        let mut told: Vec<String> = Vec::new();
        let mut left: Vec<usize> = (0..all.len()).collect();
        let mut asking = false;
        loop {
            let mut ready: Vec<(usize, Box<Look>)> = Vec::new();
            let mut open_still: Vec<(usize, String)> = Vec::new();
            let mut moved = false;
            let mut seen: Vec<Outcome> = outcomes.iter().flatten().cloned().collect();
            if asking || !seen.is_empty() {
                seen.extend(self.known.beside(&seen, &section.fixes));
            }
            for i in std::mem::take(&mut left) {
                let Some(check) = all.get(i) else { continue };
                // One answer may fill what the next would be asked for.
                let ask = asking && ready.is_empty() && !moved;
                match self.prepare(section, check, &seen, ask, &mut told) {
                    Ready::Look(look) => ready.push((i, look)),
                    Ready::Open(why) => open_still.push((i, why)),
                    Ready::Set(said) => {
                        moved = true;
                        store(&mut outcomes, i, skipped(check, said));
                    }
                    Ready::Elsewhere(why) => store(&mut outcomes, i, skipped(check, why)),
                    Ready::Refused(verdict) => store(&mut outcomes, i, refused(check, &verdict)),
                    Ready::ByEye => store(&mut outcomes, i, by_eye(check)),
                }
            }
            left = open_still.iter().map(|(i, _)| *i).collect();
            if ready.is_empty() && !moved {
                if left.is_empty() || asking || !may_ask {
                    for (i, why) in open_still {
                        if let Some(check) = all.get(i) {
                            store(&mut outcomes, i, skipped(check, format!("not run: {why}")));
                        }
                    }
                    break;
                }
                asking = true;
                continue;
            }
            asking = false;
            if !told.is_empty() && !ready.is_empty() {
                let said = std::mem::take(&mut told).join(", ");
                self.record(Event::Note { text: said.clone() });
                self.note(&said);
            }
            if self.look_at(&all, ready, &mut outcomes).await {
                for i in std::mem::take(&mut left) {
                    let observed = Observed { reading: Reading::Interrupted, ms: 0 };
                    if let Some(check) = all.get(i) {
                        store(&mut outcomes, i, interpret(check, &observed));
                    }
                }
                break;
            }
        }
        let mut outcomes: Vec<Outcome> = outcomes.into_iter().skip(needed).flatten().collect();
        let question = self.question();
        let meant = |f: &Finding| section.fixes.iter().any(|x| x.when.iter().any(|w| w == f.fact.name()));
        wake(&mut outcomes, |f| meant(f) || is_named(f, question));
        for outcome in &outcomes {
            self.record(Event::CheckEnded {
                title: outcome.check.clone(),
                command: outcome.command.clone(),
                status: outcome.status,
                summary: outcome.summary.clone(),
                evidence: outcome.evidence.clone(),
                ms: outcome.ms,
            });
        }
        outcomes
    }

    /// Makes a check ready, with values for its placeholders from what is known, or asked for; `told` gathers those of an alert.
    fn prepare(
        &mut self,
        section: &Section,
        check: &Check,
        seen: &[Outcome],
        may_ask: bool,
        told: &mut Vec<String>,
    ) -> Ready {
        let StepKind::Command(text) = &check.step.kind else { return Ready::ByEye };
        if let Some(opener) = section.shell_of(&check.step) {
            return Ready::Elsewhere(format!("for you to run in the shell that `{}` opens", shorten(opener, 60)));
        }
        let at = At { section, line: check.step.line };
        let assigned = variables::assigned(text);
        let command = match &assigned {
            None => text,
            Some(Assigned { gives: Gives::Output(command), .. }) => command,
            Some(other) => {
                // Who uses it asks for it.
                return match self.settle(at, other, seen, false) {
                    Ok(said) => Ready::Set(said),
                    Err(why) => Ready::Open(why),
                };
            }
        };
        // Nothing is asked for a command that is not run in any case.
        let plain = placeholder::plain(command);
        if let Err(verdict) = ReadOnly::prove(&bounded(&plain).unwrap_or(plain)) {
            return Ready::Refused(verdict);
        }
        let line = match self.filled_in(at, command, seen, may_ask) {
            Ok((line, from)) => {
                for value in from {
                    if !told.contains(&value) {
                        told.push(value);
                    }
                }
                line
            }
            Err(why) => return Ready::Open(why),
        };
        let line = self.world.suited(&line).command;
        let line = bounded(&line).unwrap_or(line);
        let limit = check.step.timeout.map_or(self.settings.timeout, Duration::from_secs);
        match ReadOnly::prove(&line) {
            // What is printed is the variable's value, so that nothing else can answer for it.
            Ok(command) if self.settings.shell || assigned.is_some() => {
                Ready::Look(Box::new(Look::literal(command, limit)))
            }
            Ok(command) => {
                let look = Look::new(command, limit);
                Ready::Look(Box::new(if self.thread.proving { look.after_change() } else { look }))
            }
            Err(verdict) => Ready::Refused(verdict),
        }
    }

    /// Looks at all of them side by side; says whether Ctrl-C stopped it.
    async fn look_at(
        &mut self,
        checks: &[Check],
        looks: Vec<(usize, Box<Look>)>,
        outcomes: &mut [Option<Outcome>],
    ) -> bool {
        if looks.is_empty() {
            return false;
        }
        let labels: Vec<String> = looks.iter().filter_map(|(i, _)| checks.get(*i)).map(|c| c.title.clone()).collect();
        self.console.begin(&labels);
        let world = self.world;
        let mut running: FuturesUnordered<_> =
            looks.iter().enumerate().map(|(nth, (i, look))| async move { (nth, *i, world.look(look).await) }).collect();
        let mut interrupted = std::pin::pin!(world.interrupted());
        let mut stopped = false;
        loop {
            tokio::select! {
                biased;
                () = &mut interrupted => { stopped = true; break; }
                ended = running.next() => match ended {
                    Some((nth, i, observed)) => {
                        self.console.ended(nth);
                        if let Some(check) = checks.get(i) {
                            let mut outcome = interpret(check, &observed);
                            if let Some((_, look)) = looks.get(nth) {
                                outcome.command = look.command().text().to_owned();
                            }
                            store(outcomes, i, outcome);
                        }
                    }
                    None => break,
                },
            }
        }
        drop(running);
        self.console.finish();
        if stopped {
            self.record(Event::Interrupted);
            self.note("Stopped. The checks that had not answered count as not run.");
            for (i, _) in &looks {
                if let (Some(None), Some(check)) = (outcomes.get(*i), checks.get(*i)) {
                    let observed = Observed { reading: Reading::Interrupted, ms: 0 };
                    store(outcomes, *i, interpret(check, &observed));
                }
            }
        }
        for (i, _) in &looks {
            if let (Some(Some(outcome)), Some(check)) = (outcomes.get(*i), checks.get(*i)) {
                self.take_printed(&check.step, outcome.reading.as_ref());
            }
        }
        stopped
    }

    /// Shows that numbers choose fixes now.
    pub(super) fn offering_fixes(&mut self) {
        self.thread.offered = Offered::Fixes;
    }
}

/// Whether an outcome was seen in a look around, and not by a check of the section.
pub(super) fn is_beside(outcome: &Outcome) -> bool {
    !outcome.findings.is_empty() && outcome.findings.iter().all(|f| f.beside)
}

fn store(outcomes: &mut [Option<Outcome>], i: usize, outcome: Outcome) {
    if let Some(place) = outcomes.get_mut(i) {
        *place = Some(outcome);
    }
}

fn skipped(check: &Check, summary: String) -> Outcome {
    Outcome {
        check: check.title.clone(),
        command: check.step.text(),
        status: Status::Skipped,
        summary,
        evidence: None,
        findings: Vec::new(),
        reading: None,
        ms: 0,
    }
}

fn refused(check: &Check, verdict: &Verdict) -> Outcome {
    let token = if verdict.decided_by.is_empty() { String::new() } else { format!(" (`{}`)", verdict.decided_by) };
    skipped(check, format!("not run, it may change something{token}: {}", verdict.reason))
}

fn by_eye(check: &Check) -> Outcome {
    skipped(check, "for you to look at".into())
}
