//! Whether a fix helped: the same checks again, before and after side by side, and the way back where it did not.
//! It never calls solved what was not seen to be well.

use std::time::Duration;

use super::approval::{Change, Decision};
use super::assign::At;
use super::checks::is_beside;
use super::event::{Event, Recorder};
use super::lead::CARRIED;
use super::ports::{Console, EnvEdit, Question, Reply, World, yes_or_enter};
use super::steps::last_word;
use super::view::{AgainRow, View};
use super::{Known, Session, Standing, wording};
use crate::command::{judge, placeholder};
use crate::diagnosis::{self, Comparison, Kind, Outcome, Status, compare};
use crate::runbook::{Check, Fix, Section, Step, StepKind};

#[derive(Debug, Clone, Default)]
pub(super) struct Undo {
    pub command: Option<String>,
    /// The edit that puts a settings file back.
    pub edit: Option<EnvEdit>,
    /// What the step said where it failed.
    pub failed: Option<String>,
}

/// What was seen before a fix and says whether it helped.
struct Before {
    /// The section's own checks, then what the look around saw beside them.
    outcomes: Vec<Outcome>,
    /// Whether the look around is among them, and is to be taken again.
    around: bool,
    /// The first one that counts.
    from: usize,
}

impl Before {
    /// Those of `all` that count, in the same order as these.
    fn judged<'a>(&self, all: &'a [Outcome]) -> &'a [Outcome] {
        all.get(self.from..).unwrap_or_default()
    }
}

/// How long to wait before looking again at something that was just started, in milliseconds.
const SETTLE_MS: [u64; 6] = [0, 500, 1_000, 2_000, 4_000, 8_000];
/// Where nothing at all changed after so many looks, waiting on does not help.
const UNCHANGED: usize = 4;
/// What is seen to be coming up is waited for longer: so many looks more, so far apart.
const COMING: usize = 24;
const COMING_MS: u64 = 5_000;

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// The same checks again, before and after side by side, and what that proves.
    pub(super) async fn prove(&mut self, section: &Section, fix: &Fix, undo: Undo) {
        self.world.changed();
        self.thread.proving = true;
        let before = self.judged_by(section, fix);
        let (mut after, comparison) = self.look_until_well(section, &before, undo.failed.is_some()).await;
        let Before { outcomes: before, around, from } = before;
        let rows = after.iter().enumerate().map(|(i, outcome)| AgainRow {
            title: outcome.check.clone(),
            before: before.get(i).map(|o| o.status),
            after: outcome.status,
            was: before.get(i).map(|o| o.summary.clone()).unwrap_or_default(),
            is: outcome.summary.clone(),
        });
        self.console.show(&View::Again { rows: rows.collect() });
        let own = self.verify(section, fix, &after).await;
        self.thread.proving = false;
        // So soon after a start an answer may be slow; that refutes nothing where slowness was not the trouble.
        let slow = |o: &Outcome| !o.findings.is_empty() && o.findings.iter().all(|f| f.fact.kind == Kind::HttpSlow);
        let was_slow = before.iter().any(slow);
        let refuted = own.iter().find(|o| o.status == Status::Problem && (was_slow || !slow(o)));
        let mended = matches!(comparison.change, diagnosis::Change::Fixed | diagnosis::Change::Quiet);
        let well = mended && refuted.is_none();
        let sentence = match refuted {
            Some(outcome) => format!("Not well yet: {} says {}.", outcome.check, outcome.summary),
            None => comparison.sentence.clone(),
        };
        self.standing = if well { Standing::Fine } else { Standing::ProblemLeft };
        // What failed changed nothing, whatever the clock did to the checks meanwhile.
        self.thread.unmoved = undo.failed.is_some()
            || matches!(comparison.change, diagnosis::Change::Unchanged | diagnosis::Change::Worse);
        self.record(Event::Verified {
            section: section.id.clone(),
            fix: fix.title.clone(),
            // What its own proof refutes is changed, and not fixed.
            change: if mended && !well { diagnosis::Change::Changed } else { comparison.change }.name().into(),
            sentence: sentence.clone(),
            warning: comparison.may_return.clone(),
        });
        self.console.show(&View::Verified { well, sentence, warning: comparison.may_return.clone() });
        if !well && !around {
            // What is wrong beside may speak for the next fix.
            let seen = self.world.survey().await;
            self.known = Known::about(&seen, self.question());
            after.extend(self.known.beside(&after, &section.fixes));
        }
        if let Some(work) = &mut self.thread.work {
            work.outcomes = after;
            work.conclusion = diagnosis::conclude(&work.outcomes);
        }
        let conclusion = self.thread.work.as_ref().map(|w| w.conclusion.clone()).unwrap_or_default();
        let ranked = self.ranked(section, &conclusion);
        if let Some(work) = &mut self.thread.work {
            work.ranked = ranked;
        }
        let left = self.thread.work.as_ref().and_then(|w| {
            let left = w.outcomes.get(..from)?.iter().find(|o| o.status == Status::Problem)?;
            Some(format!("What it was not for is left as it was: {}: {}.", left.check, left.summary))
        });
        if well {
            self.thread.solved = true;
            (self.thread.symptom, self.thread.failed) = (None, None);
            if let Some(left) = &left {
                self.note(left);
            }
            let elsewhere = self.still_wrong().await;
            self.note("Report to hand over: /report, or later `unstuck report last`.");
            if !elsewhere {
                self.offer_way_back();
            }
        } else if let Some(said) = &undo.failed {
            self.lead_from(said);
            self.trace_failure(said);
        } else if comparison.change == diagnosis::Change::Unchanged
            && !before.iter().any(|o| o.status == Status::Problem)
        {
            self.note("So they cannot show whether it helped: try what did not work, and say so if it still does not.");
        } else if matches!(comparison.change, diagnosis::Change::Unchanged | diagnosis::Change::Worse) {
            match undo.edit {
                Some(edit) => self.offer_restore(section, fix, edit).await,
                None => self.offer_undo(fix, undo).await,
            }
        }
    }

    /// What says whether a fix helped: the checks, and what it is for where they do not see that.
    fn judged_by(&self, section: &Section, fix: &Fix) -> Before {
        let all = self.thread.work.as_ref().map(|w| w.outcomes.clone()).unwrap_or_default();
        let mut outcomes: Vec<Outcome> = all.iter().take(section.checks.len()).cloned().collect();
        // What only the look around saw is looked at again, where the checks themselves saw nothing wrong.
        // Only where the fix is for just that does it prove anything.
        let meant = |o: &Outcome| o.findings.iter().any(|f| fix.when.iter().any(|w| w == f.fact.name()));
        // What only says where to look proves nothing, but for the trouble that was brought along with it.
        let proves = |o: &Outcome| o.check.starts_with(CARRIED) || !o.findings.iter().all(|f| f.fact.kind.is_hint());
        let beside: Vec<Outcome> = all.into_iter().filter(|o| is_beside(o) && meant(o) && proves(o)).collect();
        // A fix for what the checks themselves do not see is judged by what it is for.
        let alone = beside.iter().any(|o| o.status == Status::Problem) && !outcomes.iter().any(meant);
        let around = alone || !outcomes.iter().any(|o| o.status == Status::Problem);
        let from = if alone { outcomes.len() } else { 0 };
        if around {
            outcomes.extend(beside);
        }
        Before { outcomes, around, from }
    }

    /// The checks again, and again while something may still be coming up; what was seen last, and how it compares.
    async fn look_until_well(
        &mut self,
        section: &Section,
        before: &Before,
        failed: bool,
    ) -> (Vec<Outcome>, Comparison) {
        let (mut last, mut after): (Vec<Outcome>, Vec<Outcome>) = Default::default();
        let mut comparison = compare(&before.outcomes, &before.outcomes);
        for (nth, wait) in SETTLE_MS.into_iter().chain([COMING_MS; COMING]).enumerate() {
            let coming = diagnosis::coming_up(&after).or_else(|| diagnosis::standing(&last, &after));
            let done = match nth {
                0 => false,
                // What failed to start need not be waited for.
                _ if failed => true,
                n if n >= SETTLE_MS.len() => coming.is_none(),
                n => {
                    use diagnosis::Change::{Quiet, Unchanged};
                    n >= UNCHANGED && coming.is_none() && matches!(comparison.change, Unchanged | Quiet)
                }
            };
            if done || wait > 0 && !self.pause(wait, coming.as_deref()).await {
                break;
            }
            last = after;
            after = self.run_checks(section, &section.checks, false).await;
            if before.around {
                after.extend(self.around_again(&before.outcomes).await);
            }
            comparison = compare(before.judged(&before.outcomes), before.judged(&after));
            if comparison.change == diagnosis::Change::Fixed {
                break;
            }
        }
        (after, comparison)
    }

    /// A section that is well is not the whole system: what is wrong elsewhere is said, and where it is at home is
    /// offered. Says whether it goes there.
    async fn still_wrong(&mut self) -> bool {
        let seen = self.world.survey().await;
        self.known = Known::about(&seen, self.question());
        let Some(sentence) = self.known.first_now() else { return false };
        self.note(&format!("That is well. Elsewhere this is wrong, though: {sentence}"));
        let here = self.thread.work.as_ref().map(|w| w.section);
        let seen = |at: usize| here == Some(at) || self.thread.trail.contains(&at) || self.thread.led.contains(&at);
        let led = self.known.led(self.library.sections());
        let Some(found) = led.first().map(|m| m.section).filter(|at| !seen(*at)) else { return false };
        let Some(section) = self.library.sections().get(found).filter(|_| self.console.interactive()) else {
            return false;
        };
        let (title, id) = (section.title.clone(), section.id.clone());
        self.thread.led.push(found);
        match self.put(&Question::new(format!("Go on with that, in {title}?"), "[Y/n]")) {
            Reply::Text(text) if yes_or_enter(&text) => {
                self.said = Some(format!("/open {id}"));
                true
            }
            _ => false,
        }
    }

    /// What the look around saw, each looked at again.
    async fn around_again(&mut self, before: &[Outcome]) -> Vec<Outcome> {
        let seen = self.world.survey().await;
        self.known = Known::about(&seen, self.question());
        let mut now = Vec::new();
        for outcome in before.iter().filter(|o| is_beside(o)) {
            now.push(match outcome.check.starts_with(CARRIED) {
                true => self.ask_again(outcome).await,
                false => self.known.now(outcome),
            });
        }
        now
    }

    /// The section's own verification and the fix's, without what the checks asked already.
    async fn verify(&mut self, section: &Section, fix: &Fix, after: &[Outcome]) -> Vec<Outcome> {
        let mut own: Vec<Check> = section.verification.clone();
        let at = At { section, line: fix.steps.last().map_or(fix.line, |s| s.line + 1) };
        if let Some(command) = fix.verify.as_ref().and_then(|v| self.filled_quietly(at, v)) {
            let step = Step::new(StepKind::Command(command), fix.line);
            own.push(Check { title: format!("proof of “{}”", fix.title), step, expect: None });
        }
        own.retain(|c| {
            matches!(c.step.kind, StepKind::Command(_)) && !after.iter().any(|o| o.command == c.step.text())
        });
        if own.is_empty() {
            return Vec::new();
        }
        let outcomes = self.run_checks(section, &own, false).await;
        self.console.show(&View::outcomes(&outcomes));
        outcomes
    }

    /// Waits, unless Ctrl-C ends the waiting; says whether it waited to the end.
    pub(super) async fn pause(&mut self, ms: u64, coming: Option<&str>) -> bool {
        let label = match coming {
            Some(what) => format!("waiting: {what} (Ctrl-C stops waiting)"),
            None => "not well yet; waiting a little for it to come up (Ctrl-C stops waiting)".to_owned(),
        };
        self.console.begin(&[label]);
        let waited = tokio::select! {
            () = self.world.wait(Duration::from_millis(ms)) => true,
            () = self.world.interrupted() => false,
        };
        self.console.finish();
        waited
    }

    /// Offers to put a settings file back as it was, and to make it take effect.
    async fn offer_restore(&mut self, section: &Section, fix: &Fix, edit: EnvEdit) {
        if !self.console.interactive() {
            return;
        }
        self.note(&format!("It did not help. This would put {} back as it was before:", edit.file));
        let step = Step::new(StepKind::Setting(Vec::new()), fix.line);
        self.record(Event::UndoOffered { command: format!("put {} back as it was", edit.file) });
        self.offer_edit(section, fix, &step, edit, &[], 0).await;
    }

    /// Offers to take a change back that did not help. The undo is a change like any other: it is asked for.
    async fn offer_undo(&mut self, fix: &Fix, undo: Undo) {
        // An undo that still waits for a value is shown with the fix and left to the operator.
        let whole = |undo: &String| placeholder::find(undo).is_empty() && !is_prose(undo);
        let Some(command) = undo.command.filter(whole).filter(|_| self.console.interactive()) else { return };
        let verdict = judge(&command);
        self.record(Event::UndoOffered { command: command.clone() });
        let targets = self.world.targets(&command).await;
        self.note("It did not help. This would take it back:");
        let change = Change::Run { text: command.clone(), verdict: verdict.clone(), timeout_s: None };
        self.console.show(&View::Change {
            does: wording::does(&command).unwrap_or_else(|| verdict.reason.clone()),
            text: command,
            verdict,
            targets: targets.clone(),
            values: Vec::new(),
            undo: None,
            then: String::new(),
        });
        let name = targets.first().map_or_else(|| last_word(&change.text()), |t| last_word(&t.shown));
        match self.decide(fix, &change, &targets, &name) {
            Decision::Yes(approved) => {
                self.make(fix, approved, &change, Undo::default()).await;
            }
            Decision::Said(said) => self.said = Some(said),
            _ => {}
        }
    }
}

/// Whether an undo is a sentence for the reader: `none needed`, `build the image again`.
fn is_prose(undo: &str) -> bool {
    let plain = |w: &str| w.trim_end_matches([',', ';', '.']).chars().all(|c| c.is_alphabetic() || c == '\'');
    let words: Vec<&str> = undo.split_whitespace().collect();
    let first = words.first().map(|w| w.trim_end_matches([',', ';', '.']).to_lowercase()).unwrap_or_default();
    let article = words.iter().any(|w| matches!(*w, "the" | "a" | "an" | "again" | "it" | "needed"));
    // A sentence goes on with another: `put the old lines back, then docker compose up -d`.
    let goes_on = words.windows(2).any(|w| matches!(w, [one, "then"] if one.ends_with(',')));
    first == "none" || goes_on || article && words.iter().all(|w| plain(w))
}

#[test]
fn a_sentence_is_no_way_back_to_run() {
    for prose in [
        "none needed",
        "none, their logs are lost; volumes stay",
        "build or pull the image again",
        "None.",
        "put the kept files back, then docker compose restart web",
    ] {
        assert!(is_prose(prose), "{prose}");
    }
    for command in ["docker compose stop redis", "systemctl start nginx", "sudo gpasswd -d me docker", "./back.sh"] {
        assert!(!is_prose(command), "{command}");
    }
}
