//! What a look around the whole system found, and what follows for a question and for a section.
//! It never hides that it weighed in, and never speaks of what a section's own checks saw themselves.

use super::Session;
use super::event::{Event, Recorder};
use super::ports::{Console, Survey, World};
use super::view::View;
use crate::diagnosis::{Around, Finding, Kind, Outcome, Ranked, Status, Surveyed, absent_last, survey};
use crate::probe::Reading;
use crate::query::Query;
use crate::runbook::{Fix, Section};
use crate::search::around::{self, Evidence};
use crate::search::{Answer, Match};

/// How many findings are told at once.
const TOLD: usize = 6;

/// What is known of the system.
#[derive(Debug, Clone, Default)]
pub struct Known {
    surveyed: Surveyed,
    services: Vec<String>,
}

impl Known {
    /// What a survey proves.
    pub fn of(seen: &Survey) -> Known {
        let surveyed = survey(&Around {
            glances: seen.glances.iter().map(|g| (g.what.as_str(), g.command.as_str(), &g.reading)).collect(),
            needs: seen.services.iter().map(|s| (s.name.as_str(), s.needs.as_slice())).collect(),
            broken: seen.problem.as_deref(),
            unset: &seen.unset,
        });
        Known { surveyed, services: seen.services.iter().map(|s| s.name.clone()).collect() }
    }

    /// Weighs an answer by what is known; where the question names no part, what is wrong leads. Says whether it leads.
    pub fn weigh(&self, answer: &mut Answer, sections: &[Section], query: &Query) -> bool {
        let evidence = self.evidence();
        around::reweigh(answer, sections, query, &evidence);
        if !around::names_no_part(query) {
            return false;
        }
        let led = around::led(sections, &evidence, 3);
        let Some(strongest) = led.first().map(|m| m.score) else { return false };
        let best = answer.matches.first().map_or(1.0, |m| m.score.max(1.0));
        answer.matches.retain(|m| !led.iter().any(|l| l.section == m.section));
        // What was found stands above what words found that name nothing.
        let above = led.into_iter().map(|m| Match { score: best * 1.2 * m.score / strongest, ..m });
        let above: Vec<Match> = above.collect();
        answer.matches.splice(0..0, above);
        (answer.confident, answer.confidence) = (true, 0.9);
        answer.problems.clear();
        true
    }

    /// The sections that what is wrong speaks for.
    pub fn led(&self, sections: &[Section]) -> Vec<Match> {
        around::led(sections, &self.evidence(), 2)
    }

    fn evidence(&self) -> Evidence {
        let fact = |f: &Finding| around::Known {
            name: f.fact.name().to_owned(),
            service: f.fact.service.clone().or_else(|| self.services.iter().find(|s| **s == f.fact.subject).cloned()),
            text: f.text.clone(),
            logged: f.logged,
        };
        Evidence { facts: self.told().map(fact).collect(), services: self.services.clone() }
    }

    /// What is worth telling: where much is down, each single one of it says nothing more.
    fn told(&self) -> impl Iterator<Item = &Finding> {
        let all = &self.surveyed.findings;
        let many = all.iter().any(|f| f.fact.kind == Kind::ManyDown);
        all.iter().filter(move |f| {
            !many || !matches!(f.fact.kind, Kind::NotRunning | Kind::Absent | Kind::RedisRefused | Kind::Killed)
        })
    }

    /// What is wrong, as sentences, and how many more there are.
    pub fn sentences(&self) -> (Vec<String>, usize) {
        let all: Vec<String> = self.told().map(|f| f.text.clone()).collect();
        let more = all.len().saturating_sub(TOLD);
        (all.into_iter().take(TOLD).collect(), more)
    }

    /// What was seen that the checks of a section did not see themselves.
    pub(super) fn beside(&self, own: &[Outcome]) -> Vec<Outcome> {
        let new = |f: &&Finding| !own.iter().flat_map(|o| &o.findings).any(|o| o.fact.is(&f.fact));
        let outcomes = self.surveyed.outcomes.iter().filter(|o| o.status == Status::Problem);
        let with_new = outcomes.filter_map(|outcome| {
            let known = |f: &Finding| self.surveyed.findings.iter().find(|s| s.fact.is(&f.fact)).cloned();
            let all: Vec<Finding> = outcome.findings.iter().filter_map(known).collect();
            let findings: Vec<Finding> = all.iter().filter(new).cloned().collect();
            let much = all.iter().find(|f| f.fact.kind == Kind::ManyDown);
            let summary = much.map_or_else(|| outcome.summary.clone(), |f| f.text.trim_end_matches('.').to_owned());
            let check = format!("beside these checks: {}", outcome.check);
            (!findings.is_empty()).then(|| Outcome { check, summary, findings, ..outcome.clone() })
        });
        with_new.collect()
    }

    /// An outcome of an earlier look around as it is now.
    pub(super) fn now(&self, before: &Outcome) -> Outcome {
        let same = |o: &&Outcome| before.check.ends_with(&o.check);
        let Some(now) = self.surveyed.outcomes.iter().find(same) else {
            let summary = "could not be looked at again".to_owned();
            return Outcome { status: Status::Skipped, summary, findings: Vec::new(), ..before.clone() };
        };
        let left: Vec<Finding> =
            now.findings.iter().filter(|f| before.findings.iter().any(|b| b.fact.is(&f.fact))).cloned().collect();
        // What is wrong now and was not before is another matter.
        let status = if left.is_empty() && now.status == Status::Problem { Status::Ok } else { now.status };
        let findings = left.into_iter().map(|f| Finding { beside: true, ..f }).collect();
        let summary = if status == now.status { now.summary.clone() } else { "what was wrong is well".into() };
        Outcome { check: before.check.clone(), status, summary, findings, ..now.clone() }
    }

    /// Whether a container is known to run.
    pub(super) fn runs(&self, name: &str) -> bool {
        let seen = self.surveyed.outcomes.iter().filter_map(|o| match &o.reading {
            Some(Reading::Containers(seen)) => Some(&seen.containers),
            _ => None,
        });
        seen.flatten().any(|c| c.name == name && c.state == "running")
    }

    /// Fixes for services that are not here, last.
    pub(super) fn absent_last(&self, ranked: Vec<Ranked>, fixes: &[Fix]) -> Vec<Ranked> {
        absent_last(ranked, fixes, &self.services)
    }
}

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// Takes what a survey saw for the next question; later ones look around anew.
    pub fn knows(&mut self, seen: &Survey) {
        self.known = Known::of(seen);
        self.fresh = true;
    }

    /// Looks around, unless that was done since the last question.
    pub(super) async fn look_around(&mut self) {
        if std::mem::take(&mut self.fresh) {
            return;
        }
        let seen = tokio::select! {
            seen = self.world.survey() => seen,
            () = self.world.interrupted() => return,
        };
        self.known = Known::of(&seen);
    }

    /// Tells what is wrong here, most upstream first.
    pub(super) fn tell_known(&mut self, title: &str) {
        let (sentences, more) = self.known.sentences();
        if sentences.is_empty() {
            return;
        }
        self.record(Event::Note { text: format!("looked around: {}", sentences.join(" ")) });
        let mut rows: Vec<(String, String)> = sentences.into_iter().map(|s| ("✗".to_owned(), s)).collect();
        if more > 0 {
            rows.push((String::new(), format!("and {more} more")));
        }
        self.console.show(&View::Table { title: title.into(), rows });
    }
}
