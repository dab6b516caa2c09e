//! Where a finding fits another section better: the conversation can follow it to the cause, and come back.
//! It never goes anywhere unasked, and never offers a section twice.

use super::Session;
use super::causes::symptom;
use super::event::{Event, Recorder};
use super::ports::{Console, Question, Reply, World, yes_or_enter};
use super::view::View;
use crate::diagnosis::{Finding, Fit, Kind, Outcome, Status, follows};
use crate::query;
use crate::runbook::Section;
use crate::search::Answer;
use crate::text::shorten;

/// How much better another section must fit what was found than the one it was found in.
const BETTER: f32 = 1.3;
/// A finding that no more sections than these have a fix for leads to one of them.
const FEW: usize = 2;
/// Of so many sections not each is looked at.
const MANY: usize = 20_000;
/// How a check of another section is named in this one.
pub(super) const CARRIED: &str = "seen before: ";

/// A section that what was found points at.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    pub section: usize,
    /// What was found: a log line or a finding's sentence.
    pub because: String,
    /// The check that found it: what it saw counts there as well.
    pub(super) seen: Option<Box<Outcome>>,
}

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// The section that what the open section's checks found points at, where it is another one.
    pub fn leads_to(&self) -> Option<Lead> {
        let work = self.thread.work.as_ref()?;
        let own = self.library.sections().get(work.section)?;
        let known = |section: usize| {
            section == work.section || self.thread.trail.contains(&section) || self.thread.led.contains(&section)
        };
        let telling = |o: &&Outcome| matches!(o.status, Status::Problem | Status::Uncertain);
        let problems = || work.outcomes.iter().filter(telling);
        let all = &work.conclusion.findings;
        let nothing_own = !all.iter().any(|f| !f.beside && !f.past && !follows(f, all));
        // Nearest to the cause first, as the conclusion has them.
        // A line that means nothing by itself leads nowhere while something is seen to be wrong.
        let seen = |f: &Finding| !f.beside && !f.past && !f.logged && f.fact.kind < Kind::LogError;
        let some = all.iter().any(seen);
        let said = work.conclusion.findings.iter().filter(|f| f.fact.kind != Kind::LogError || !some);
        let said = said.filter_map(|finding| {
            // What was seen beside the checks leads on only where they themselves saw nothing.
            if finding.beside && !finding.fact.kind.stops_compose() && !nothing_own {
                return None;
            }
            // A section with a fix for it is where it belongs.
            if own.fixes.iter().any(|f| f.when.iter().any(|w| w == finding.fact.name())) {
                return None;
            }
            let outcome = problems().find(|o| o.findings.iter().any(|f| f.fact.is(&finding.fact)))?;
            Some((words_of(own, finding, outcome)?, finding, outcome))
        });
        for (because, finding, outcome) in said {
            // What only says where to look proves nothing by being gone: the trouble itself does.
            let symptom = symptom(&work.outcomes).filter(|_| finding.fact.kind.is_hint());
            let seen = Some(Box::new(carried(symptom.unwrap_or(outcome), finding)));
            let has_checks = |at: usize| self.library.sections().get(at).is_some_and(|s| !s.checks.is_empty());
            let answer = self.library.ask(&query::understand(&because), 5);
            // What few sections have a fix for belongs there, whatever their words.
            // One that was gone through before it was found is worth going back to, once.
            let again = |s: &usize| *s != work.section && !self.thread.led.contains(s);
            if let Some(section) = self.made_for(finding, &answer).filter(again).filter(|s| has_checks(*s)) {
                return Some(Lead { section, because, seen });
            }
            let Some(best) = answer.matches.first().filter(|_| answer.confident) else { continue };
            let own_score = answer.matches.iter().find(|m| m.section == work.section).map_or(0.0, |m| m.score);
            if !known(best.section) && has_checks(best.section) && best.score >= own_score * BETTER {
                return Some(Lead { section: best.section, because, seen });
            }
        }
        None
    }

    /// The section with a fix for just that, where there are no more than a few: of those the one its words fit best.
    fn made_for(&self, finding: &Finding, answer: &Answer) -> Option<usize> {
        if finding.logged || self.library.sections().len() > MANY {
            return None;
        }
        let meant = |s: &Section| s.fixes.iter().any(|f| f.when.iter().any(|w| w == finding.fact.name()));
        let all: Vec<usize> =
            self.library.sections().iter().enumerate().filter(|(_, s)| meant(s)).map(|(at, _)| at).collect();
        if all.len() > FEW {
            return None;
        }
        let best = answer.matches.iter().map(|m| m.section).find(|at| all.contains(at));
        best.or(all.first().copied())
    }

    /// Names the section that what was found points at, without going there.
    pub fn show_lead(&mut self) {
        let Some(lead) = self.leads_to() else { return };
        let Some(section) = self.library.sections().get(lead.section) else { return };
        self.console.show(&View::Lead {
            found: shorten(&lead.because, 160),
            title: section.title.clone(),
            place: format!("{}:{}", section.path, section.line),
            stays: false,
        });
    }

    /// Offers to go where what was found points. Says whether it went.
    pub(super) async fn lead_on(&mut self) -> bool {
        let Some(lead) = self.leads_to() else { return false };
        let Some(section) = self.library.sections().get(lead.section) else { return false };
        let (title, place) = (section.title.clone(), format!("{}:{}", section.path, section.line));
        self.thread.led.push(lead.section);
        self.thread.carried = lead.seen.clone().map(|seen| (lead.section, *seen));
        self.record(Event::Note { text: format!("“{}” points at {title} ({place})", lead.because) });
        let found = shorten(&lead.because, 160);
        let own_fits = self.thread.work.as_ref().is_some_and(|w| w.ranked.iter().any(|r| r.fit == Fit::Fits));
        self.console.show(&View::Lead { found, title: title.clone(), place, stays: own_fits });
        if own_fits {
            self.thread.further = Some(lead.section);
        }
        if own_fits || !self.console.interactive() {
            return false;
        }
        let origin = self.thread.work.as_ref().map(|w| w.section);
        match self.put(&Question::new(format!("Go on there, to {title}?"), "[Y/n]")) {
            Reply::Text(text) if yes_or_enter(&text) => {
                self.thread.origin = origin;
                Box::pin(self.open(lead.section)).await;
                true
            }
            _ => false,
        }
    }

    /// Names the section that fits what a failed step said.
    pub(super) fn lead_from(&mut self, said: &str) {
        let Some(here) = self.thread.work.as_ref().map(|w| w.section) else { return };
        let query = query::understand(said);
        let answer = self.library.ask(&query, 3);
        let (Some(best), Some(line)) = (answer.matches.first().filter(|_| answer.confident), query.lines.first())
        else {
            return;
        };
        let Some(section) = self.library.sections().get(best.section).filter(|_| best.section != here) else { return };
        let place = format!("{}:{}", section.path, section.line);
        self.console.show(&View::Lead {
            found: shorten(&line.text, 160),
            title: section.title.clone(),
            place,
            stays: true,
        });
        self.thread.further = Some(best.section);
    }

    /// After the cause was mended elsewhere: offers the checks of the section where the trouble was seen first.
    pub(super) fn offer_way_back(&mut self) {
        let Some(origin) = self.thread.origin.take() else { return };
        let Some(section) = self.library.sections().get(origin) else { return };
        let question = Question::new(format!("Look again at {}, where this came from?", section.title), "[Y/n]");
        if !self.console.interactive() || self.thread.trail.last() != Some(&origin) {
            return;
        }
        if let Reply::Text(text) = self.put(&question)
            && yes_or_enter(&text)
        {
            self.said = Some("/back".into());
        }
    }
}

/// An outcome with just that finding, for another section; where it only says where to look, with its own as well.
pub(super) fn carried(outcome: &Outcome, finding: &Finding) -> Outcome {
    let own = outcome.findings.iter().filter(|f| finding.fact.kind.is_hint() && !f.fact.is(&finding.fact));
    let findings: Vec<Finding> =
        std::iter::once(finding).chain(own).map(|f| Finding { beside: true, quiet: false, ..f.clone() }).collect();
    let check = match outcome.check.starts_with(CARRIED) {
        true => outcome.check.clone(),
        false => format!("{CARRIED}{}", outcome.check.trim_start_matches("beside these checks: ")),
    };
    Outcome { check, findings, ..outcome.clone() }
}

/// What of a finding is worth looking up: the log's line, or a sentence about something the section is not about.
fn words_of(own: &Section, finding: &Finding, outcome: &Outcome) -> Option<String> {
    match finding.fact.kind {
        Kind::LogError | Kind::KernelOomKill => outcome.evidence.clone(),
        // Its sentence names all that lies on that disk, and those names are no words about the trouble.
        Kind::DiskFull => Some("The disk is full: no space left on device.".to_owned()),
        _ => {
            let subject = finding.fact.subject.to_lowercase();
            let about_itself = !subject.is_empty()
                && (own.title.to_lowercase().contains(&subject) || own.id.to_lowercase().contains(&subject));
            // Why it cannot even start is another matter than what the section is about.
            let about_itself = about_itself && finding.fact.kind >= Kind::Killed;
            let evidence = outcome.evidence.as_deref().filter(|e| !finding.text.contains(*e)).unwrap_or("");
            (!about_itself).then(|| format!("{} {evidence}", finding.text).trim().to_owned())
        }
    }
}
