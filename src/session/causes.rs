//! Where the checks tell no cause: the place in the files that an error names, and the section for what was changed here.
//! It never claims that a change is the cause, and goes nowhere unasked.

use super::Session;
use super::checks::is_beside;
use super::event::Recorder;
use super::lead::carried;
use super::ports::{Console, World};
use crate::diagnosis::{Error, Finding, Kind, Outcome, Status, errors, traced};
use crate::probe::Reading;
use crate::query;
use crate::text::shorten;

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// Where a value is set that what was seen complains of, while something is wrong and nothing else says why.
    pub(super) fn traced(&self, outcomes: &[Outcome]) -> Option<Outcome> {
        let found = self.concluded(outcomes).findings;
        let open = found.first().is_none_or(|f| f.logged || f.past || f.fact.kind.is_general());
        let open = open || self.thread.failed.is_some();
        let known = outcomes.iter().flat_map(|o| &o.findings).any(|f| f.fact.kind == Kind::ValueSet);
        if !open || known || symptom(outcomes).is_none() {
            return None;
        }
        self.trace_errors(outcomes)
    }

    /// The same of what a step said that failed: shown at once, and kept for where to go on.
    pub(super) fn trace_failure(&mut self, said: &str) {
        self.thread.failed = Some(said.to_owned());
        let outcomes = self.thread.work.as_ref().map(|w| w.outcomes.clone()).unwrap_or_default();
        let known = outcomes.iter().flat_map(|o| &o.findings).any(|f| f.fact.kind == Kind::ValueSet);
        let Some(found) = self.trace_errors(&outcomes).filter(|_| !known) else { return };
        self.note(&format!("{}.", found.summary));
        if let Some(work) = &mut self.thread.work {
            work.outcomes.push(found);
        }
    }

    fn trace_errors(&self, outcomes: &[Outcome]) -> Option<Outcome> {
        // Whom a step that failed was for is what is wrong first.
        let part = |f: &Finding| f.fact.service.clone().unwrap_or_else(|| f.fact.subject.clone());
        let found = self.thread.work.as_ref().map(|w| w.conclusion.findings.as_slice()).unwrap_or_default();
        let unmade = found.iter().find(|f| matches!(f.fact.kind, Kind::Absent | Kind::CannotStart));
        let about = unmade.or(found.first()).map(part);
        let failed = self.thread.failed.iter().flat_map(|said| said.lines()).filter(|l| tells(l));
        let failed = failed.map(|l| Error { service: about.clone(), line: l.trim().to_owned(), of_making: true });
        let pasted = query::understand(self.question());
        let pasted = pasted.lines.iter().filter(|_| pasted.kind != query::Kind::Words);
        let pasted = pasted.map(|l| Error { service: l.source.clone(), line: l.text.clone(), of_making: false });
        let mut all: Vec<Error> = failed.chain(pasted).collect();
        all.extend(errors(outcomes));
        all.extend(errors(self.known.outcomes()));
        self.known.trace(&all).map(traced)
    }

    /// The section that has a fix for something that was changed here and may be why, with what is to be proved there.
    ///
    /// What only says that something was changed comes last, as one of the `hints`.
    pub(super) fn to_what_changed(&self, hints: bool) -> Option<(usize, Outcome)> {
        let work = self.thread.work.as_ref()?;
        let known = self.known.changes();
        let traced = work.outcomes.iter().flat_map(|o| o.findings.iter().map(move |f| (f, o)));
        let traced = traced.filter(|(f, _)| f.fact.kind == Kind::ValueSet);
        let symptom = symptom(&work.outcomes).or(self.thread.symptom.as_ref());
        traced.chain(known).find_map(|(finding, outcome)| {
            let kind = finding.fact.kind;
            let weak = kind == Kind::ChangedLately;
            if weak != hints || kind == Kind::ValueSet && symptom.is_none() {
                return None;
            }
            let section = self.section_for(finding)?;
            // What only says where to look proves nothing by being gone: the trouble itself does.
            Some((section, carried(symptom.filter(|_| kind.is_hint()).unwrap_or(outcome), finding)))
        })
    }

    /// The section that fits an error which is logged here and means nothing by itself, the most repeated first; with the
    /// error as it is told.
    pub(super) fn to_what_is_logged(&self) -> Option<(usize, String)> {
        let mut told: Vec<(usize, String, String)> = Vec::new();
        for outcome in self.known.outcomes() {
            let Some(Reading::Logs(_)) = &outcome.reading else { continue };
            let lines: Vec<String> = errors(std::slice::from_ref(outcome)).into_iter().map(|e| e.line).collect();
            let understood = query::understand(&lines.join("\n"));
            let most = understood.lines.iter().filter(|l| l.severe).max_by_key(|l| l.count);
            told.extend(most.map(|l| (l.count, l.text.clone(), outcome.check.clone())));
        }
        told.sort_by_key(|(count, _, _)| std::cmp::Reverse(*count));
        told.into_iter().find_map(|(count, line, look)| {
            let answer = self.library.ask(&query::understand(&line), 3);
            let best = answer.matches.first().filter(|_| answer.confident)?.section;
            let times = if count > 1 { format!(", {count} times") } else { String::new() };
            (!self.was_seen(best)).then(|| (best, format!("{look}{times}: “{}”", shorten(&line, 120))))
        })
    }

    /// The first section not gone through yet that has a fix for just that.
    fn section_for(&self, finding: &Finding) -> Option<usize> {
        let name = finding.fact.name();
        let meant = |at: usize| {
            let fixes = self.library.sections().get(at).map(|s| s.fixes.as_slice()).unwrap_or_default();
            fixes.iter().any(|f| f.when.iter().any(|w| w == name))
        };
        (0..self.library.sections().len()).find(|at| !self.was_seen(*at) && meant(*at))
    }

    fn was_seen(&self, at: usize) -> bool {
        let here = self.thread.work.as_ref().map(|w| w.section);
        here == Some(at) || self.thread.trail.contains(&at) || self.thread.led.contains(&at)
    }
}

/// Whether a line of a step that failed says more than how far compose came.
fn tells(line: &str) -> bool {
    const PROGRESS: [&str; 6] = ["Container ", "Network ", "Volume ", "Image ", "[+]", "time="];
    let line = line.trim();
    !line.is_empty() && !PROGRESS.iter().any(|p| line.starts_with(p))
}

/// The trouble by which it is to be seen whether it is over: what a check saw, or else what a log told of lately.
pub(super) fn symptom(outcomes: &[Outcome]) -> Option<&Outcome> {
    let told = |o: &&Outcome| {
        o.status == Status::Uncertain && o.findings.iter().any(|f| f.logged && !f.past && f.fact.kind < Kind::LogError)
    };
    let problems = || outcomes.iter().filter(|o| o.status == Status::Problem);
    problems().find(|o| !is_beside(o)).or_else(|| problems().next()).or_else(|| outcomes.iter().find(told))
}
