//! Running a section's checks side by side, and saying what they mean.
//! It never runs a command that is not proven to read only; one that may change is asked for like a fix.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::event::{Event, Recorder};
use super::ports::{Console, World};
use super::thread::{Offered, Work};
use super::view::View;
use super::{Known, Session, Standing};
use crate::command::{ReadOnly, Verdict, bounded, placeholder};
use crate::diagnosis::{Conclusion, Fit, Outcome, Ranked, Status, candidates, conclude, interpret, rank};
use crate::probe::{Look, Observed, Reading};
use crate::runbook::{Check, Section, StepKind};
use crate::text::shorten;

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
    /// A placeholder has no value.
    Open(String),
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
        let world = self.world;
        let (mut outcomes, seen) = tokio::join!(self.run_checks(&section.checks, true), world.survey());
        self.known = Known::of(&seen);
        outcomes.extend(self.known.beside(&outcomes));
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

    /// The fixes of a section in their order; those for services that are not here last.
    pub(super) fn ranked(&self, section: &Section, conclusion: &Conclusion) -> Vec<Ranked> {
        let worked = (self.worked)(&section.id);
        self.known.absent_last(rank(&section.fixes, conclusion, &worked), &section.fixes)
    }

    fn announce(&mut self, section: &Section) {
        let (mut reads, mut asks, mut by_hand) = (0, 0, 0);
        for check in &section.checks {
            match &check.step.kind {
                StepKind::Command(text) => match placeholder::judge_open(text).effect {
                    crate::command::Effect::Reads => reads += 1,
                    _ => asks += 1,
                },
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
    fn concluded(&self, outcomes: &[Outcome]) -> Conclusion {
        let unwell = outcomes.iter().any(|o| matches!(o.status, Status::Problem | Status::Uncertain));
        match self.thread.told.iter().find(|_| unwell && !self.thread.solved) {
            Some(told) => conclude(&[outcomes, std::slice::from_ref(told)].concat()),
            None => conclude(outcomes),
        }
    }

    /// What the outcomes mean, shown and recorded.
    fn conclude(&mut self, section: &Section, outcomes: &[Outcome]) -> Conclusion {
        let conclusion = self.concluded(outcomes);
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

    /// Runs checks: those that depend on nothing at once, then those whose placeholders the first ones fill.
    pub(super) async fn run_checks(&mut self, checks: &[Check], may_ask: bool) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; checks.len()];
        let mut first: Vec<(usize, Box<Look>)> = Vec::new();
        let mut later: Vec<usize> = Vec::new();
        for (i, check) in checks.iter().enumerate() {
            match self.prepare(check, &[], false) {
                Ready::Look(look) => first.push((i, look)),
                Ready::Open(_) => later.push(i),
                Ready::Refused(verdict) => store(&mut outcomes, i, refused(check, &verdict)),
                Ready::ByEye => store(&mut outcomes, i, by_eye(check)),
            }
        }
        self.look_at(checks, first, &mut outcomes).await;
        let mut second: Vec<(usize, Box<Look>)> = Vec::new();
        for i in later {
            let Some(check) = checks.get(i) else { continue };
            let seen: Vec<Outcome> = outcomes.iter().flatten().cloned().collect();
            match self.prepare(check, &seen, may_ask) {
                Ready::Look(look) => second.push((i, look)),
                Ready::Open(name) => store(&mut outcomes, i, open(check, &name)),
                Ready::Refused(verdict) => store(&mut outcomes, i, refused(check, &verdict)),
                Ready::ByEye => store(&mut outcomes, i, by_eye(check)),
            }
        }
        self.look_at(checks, second, &mut outcomes).await;
        let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
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

    /// Makes a check ready, with values for its placeholders from what was seen, or asked for.
    fn prepare(&mut self, check: &Check, seen: &[Outcome], may_ask: bool) -> Ready {
        let StepKind::Command(text) = &check.step.kind else { return Ready::ByEye };
        let mut line = text.clone();
        for wanted in placeholder::find(text) {
            let offered = candidates(&wanted, seen).into_iter().next();
            let value = match offered {
                Some(value) => Some(value),
                None if may_ask => self.ask_value(&wanted),
                None => None,
            };
            let Some(value) = value else { return Ready::Open(wanted.text) };
            match placeholder::fill(&line, &[(wanted.name.clone(), value)]) {
                Ok(filled) => line = filled,
                Err(why) => return Ready::Open(why),
            }
        }
        let line = self.world.suited(&line).command;
        let line = bounded(&line).unwrap_or(line);
        let limit = check.step.timeout.map_or(self.settings.timeout, Duration::from_secs);
        match ReadOnly::prove(&line) {
            Ok(command) if self.settings.shell => Ready::Look(Box::new(Look::literal(command, limit))),
            Ok(command) => Ready::Look(Box::new(Look::new(command, limit))),
            Err(verdict) => Ready::Refused(verdict),
        }
    }

    async fn look_at(&mut self, checks: &[Check], looks: Vec<(usize, Box<Look>)>, outcomes: &mut [Option<Outcome>]) {
        if looks.is_empty() {
            return;
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

fn open(check: &Check, name: &str) -> Outcome {
    skipped(check, format!("not run: no value for {name}"))
}

fn by_eye(check: &Check) -> Outcome {
    skipped(check, "for you to look at".into())
}
