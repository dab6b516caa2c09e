//! What a look around the whole system found, and what follows for a question and for a section.
//! It never hides that it weighed in, and never speaks of what a section's own checks saw themselves.

use super::Session;
use super::event::{Event, Recorder};
use super::ports::{Changed, Console, Survey, World};
use super::view::View;
use crate::command::Value;
use crate::diagnosis::{
    Around, Conclusion, Error, Finding, Kind, Outcome, Ranked, Status, Surveyed, absent_last, follows, idle_last,
    survey, trace, wake,
};
use crate::probe::{Container, Reading};
use crate::query::Query;
use crate::runbook::{Fix, Sections};
use crate::search::around::{self, Evidence};
use crate::search::complaint::names_no_part;
use crate::search::{Answer, Match, Why};
use crate::text::duration_ms;

/// How many findings are told at once.
const TOLD: usize = 6;
/// How many changed files are named.
const CHANGED: usize = 3;
/// A container that was started before this is no news.
const RECENT_S: u64 = 24 * 3_600;
/// How far what keeps compose from working stands above the rest.
const FIRST: f32 = 1.5;

/// What is known of the system.
#[derive(Debug, Clone, Default)]
pub struct Known {
    seen: Survey,
    surveyed: Surveyed,
    services: Vec<String>,
}

impl Known {
    /// What a survey proves, whatever is asked.
    pub fn of(seen: &Survey) -> Known {
        Known::about(seen, "")
    }

    /// The same, where a question names what else counts.
    pub fn asked(&self, question: &str) -> Known {
        Known::about(&self.seen, question)
    }

    /// What a survey proves for a question.
    pub fn about(seen: &Survey, question: &str) -> Known {
        let surveyed = survey(&Around {
            glances: seen.glances.iter().map(|g| (g.what.as_str(), g.command.as_str(), &g.reading)).collect(),
            needs: seen.services.iter().map(|s| (s.name.as_str(), s.needs.as_slice())).collect(),
            broken: seen.problem.as_deref(),
            env_broken: seen.env_problem.as_deref(),
            unset: &seen.unset,
            changed: seen.changed.iter().map(|c| (c.name.as_str(), c.told())).collect(),
            usual_ports: seen.services.iter().map(|s| (s.name.as_str(), s.usual_ports.as_slice())).collect(),
            question,
        });
        Known { seen: seen.clone(), surveyed, services: seen.services.iter().map(|s| s.name.clone()).collect() }
    }

    /// Whether nothing was looked at yet.
    pub(super) fn is_empty(&self) -> bool {
        self.surveyed.outcomes.is_empty() && self.services.is_empty()
    }

    /// Weighs an answer by what is known; where the question names no part, what is wrong leads. Says whether it leads.
    pub fn weigh(&self, answer: &mut Answer, sections: &Sections, query: &Query) -> bool {
        let evidence = self.evidence();
        around::reweigh(answer, sections, query, &evidence);
        self.compose_first(answer, sections, query);
        if !names_no_part(query) {
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

    /// Where compose itself does nothing and is asked about, the section about that comes before all others.
    fn compose_first(&self, answer: &mut Answer, sections: &Sections, query: &Query) {
        let broken = |f: &&Finding| f.fact.kind.stops_compose() || f.fact.kind == Kind::ProjectRenamed;
        let Some(found) = self.surveyed.findings.iter().find(broken) else { return };
        let lower = query.raw.to_lowercase();
        if !["compose", "yaml", "yml", ".env", "variable"].iter().any(|w| lower.contains(w)) {
            return;
        }
        let meant = |at: usize| {
            let fixes = sections.get(at).map(|s| s.fixes.as_slice()).unwrap_or_default();
            fixes.iter().any(|f| f.when.iter().any(|w| w == found.fact.name()))
        };
        let best = answer.matches.first().map_or(1.0, |m| m.score);
        let named = answer.matches.iter().map(|m| m.section).find(|at| meant(*at));
        let Some(at) = named.or_else(|| (0..sections.len()).find(|at| meant(*at))) else { return };
        let mut first = match answer.matches.iter().position(|m| m.section == at) {
            Some(place) => answer.matches.remove(place),
            None => Match { section: at, score: 0.0, why: Why::default() },
        };
        first.score = best * FIRST;
        first.why.seen = Some(format!("found here: {}", found.text.trim_end_matches('.')));
        answer.matches.insert(0, first);
        (answer.confident, answer.confidence) = (true, answer.confidence.max(0.9));
    }

    /// The sections that what is wrong speaks for.
    pub fn led(&self, sections: &Sections) -> Vec<Match> {
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
        let cause = |f: &&Finding| !follows(f, all);
        let many = all.iter().any(|f| f.fact.kind == Kind::ManyDown);
        all.iter().filter(cause).filter(move |f| {
            !many || !matches!(f.fact.kind, Kind::NotRunning | Kind::Absent | Kind::RedisRefused | Kind::Killed)
        })
    }

    /// What is wrong, as sentences, and how many more there are.
    pub fn sentences(&self) -> (Vec<String>, usize) {
        let all: Vec<String> = self.told().map(|f| f.text.clone()).collect();
        let more = all.len().saturating_sub(TOLD);
        (all.into_iter().take(TOLD).collect(), more)
    }

    /// What is wrong first of all, by what was seen and not only logged.
    pub fn first_now(&self) -> Option<String> {
        self.told().find(|f| !f.logged).map(|f| f.text.clone())
    }

    /// What was seen that the checks of a section did not see themselves.
    ///
    /// What was only logged lately is told where the section has a fix for just that.
    pub(super) fn beside(&self, own: &[Outcome], fixes: &[Fix]) -> Vec<Outcome> {
        let new = |f: &&Finding| !own.iter().flat_map(|o| &o.findings).any(|o| o.fact.is(&f.fact));
        let meant = |f: &Finding| fixes.iter().any(|x| x.when.iter().any(|w| w == f.fact.name()));
        let worth = |o: &&Outcome| {
            o.status == Status::Problem
                || o.findings.iter().any(|f| f.logged && f.fact.kind != Kind::LogError && meant(f))
        };
        let mut outcomes = self.surveyed.outcomes.clone();
        wake(&mut outcomes, meant);
        let with_new = outcomes.iter().filter(worth).filter_map(|outcome| {
            let known = |f: &Finding| {
                let told = self.surveyed.findings.iter().find(|s| s.fact.is(&f.fact)).cloned();
                // What may be meant so is none of the system's troubles, and counts for this section alone.
                let quiet =
                    self.surveyed.outcomes.iter().flat_map(|o| &o.findings).any(|s| s.quiet && s.fact.is(&f.fact));
                let woken = || (quiet && !f.quiet && !f.past).then(|| Finding { beside: true, ..f.clone() });
                told.or_else(woken)
            };
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
        let mut outcomes = self.surveyed.outcomes.clone();
        wake(&mut outcomes, |f| before.findings.iter().any(|b| b.fact.is(&f.fact)));
        let Some(now) = outcomes.iter().find(same) else {
            // Some looks are taken only while there is something to see.
            let gone = self.containers().next().is_some()
                && matches!(
                    before.reading,
                    Some(Reading::Listening(_) | Reading::Volumes(_) | Reading::Settings(_) | Reading::Certificates(_))
                );
            let (status, summary) = match gone {
                true => (Status::Ok, "what was wrong is not seen any more"),
                false => (Status::Skipped, "could not be looked at again"),
            };
            return Outcome { status, summary: summary.to_owned(), findings: Vec::new(), ..before.clone() };
        };
        let left: Vec<Finding> =
            now.findings.iter().filter(|f| before.findings.iter().any(|b| b.fact.is(&f.fact))).cloned().collect();
        // What is wrong now and was not before is another matter.
        let status = if left.is_empty() && now.status == Status::Problem { Status::Ok } else { now.status };
        let findings = left.into_iter().map(|f| Finding { beside: true, ..f }).collect();
        let summary = if status == now.status { now.summary.clone() } else { "what was wrong is well".into() };
        Outcome { check: before.check.clone(), status, summary, findings, ..now.clone() }
    }

    /// The container of the part that what was found is about, with why it is that one.
    pub(super) fn container_of(&self, findings: &[Finding]) -> Option<Value> {
        findings.iter().find_map(|f| {
            let service = f.fact.service.as_ref().unwrap_or(&f.fact.subject);
            let found = self.containers().find(|c| c.label() == service && c.state != "absent")?;
            Some(Value { text: found.name.clone(), source: f.text.trim_end_matches('.').to_owned() })
        })
    }

    /// This machine, where the project's ports are here and the question names no other.
    pub(super) fn own_host(&self, question: &str) -> Option<Value> {
        let publishes = |c: &Container| c.state == "running" && c.ports.iter().any(|p| p.host_port.is_some());
        let here = !self.services.is_empty() && self.containers().any(publishes) && !names_a_host(question);
        here.then(|| Value { text: "localhost".into(), source: "this project's ports are on this machine".into() })
    }

    fn containers(&self) -> impl Iterator<Item = &Container> {
        let seen = self.surveyed.outcomes.iter().filter_map(|o| match &o.reading {
            Some(Reading::Containers(seen)) => Some(&seen.containers),
            _ => None,
        });
        seen.flatten()
    }

    /// The containers of the project as they were seen, without what that means.
    pub(super) fn containers_seen(&self) -> Option<Outcome> {
        let seen = self.surveyed.outcomes.iter().find(|o| matches!(o.reading, Some(Reading::Containers(_))))?;
        Some(Outcome { findings: Vec::new(), ..seen.clone() })
    }

    /// What was changed here lately, for where nothing else tells the cause.
    pub(super) fn changed(&self) -> Option<String> {
        let files: Vec<String> = self.seen.changed.iter().take(CHANGED).map(Changed::told).collect();
        let made = self.containers().filter_map(|c| Some((c.up_s?, c.label()))).min().filter(|(up, _)| *up < RECENT_S);
        let made = made.map(|(up, name)| format!(" {name} was started last, {} ago.", duration_ms(up * 1000)));
        (!files.is_empty()).then(|| {
            format!("What was changed here lately may be the cause: {}.{}", files.join(", "), made.unwrap_or_default())
        })
    }

    /// What was changed, each with the look that saw it, what is nearer to a cause first.
    pub(super) fn changes(&self) -> Vec<(&Finding, &Outcome)> {
        let all = self.surveyed.outcomes.iter().flat_map(|o| o.findings.iter().map(move |f| (f, o)));
        let mut changes: Vec<(&Finding, &Outcome)> = all.filter(|(f, _)| f.fact.kind.is_change()).collect();
        changes.sort_by_key(|(f, _)| (f.fact.kind.is_hint(), f.quiet));
        changes
    }

    /// Where a value that these errors name is set, in the project's files.
    pub(super) fn trace(&self, errors: &[Error]) -> Option<Finding> {
        let own = |c: &Container, port: u16| c.ports.iter().any(|p| p.container_port == port);
        let usual =
            |host: &str, port: u16| self.containers().any(|c| (host.is_empty() || c.label() == host) && own(c, port));
        trace(errors, &self.seen.files, &usual)
    }

    /// What was seen around, as it was judged.
    pub(super) fn outcomes(&self) -> &[Outcome] {
        &self.surveyed.outcomes
    }

    /// Whether a container is known to run.
    pub(super) fn runs(&self, name: &str) -> bool {
        self.containers().any(|c| c.name == name && c.state == "running")
    }

    /// Whether a service is known to run as its files want it, so that starting it does nothing.
    pub(super) fn is_up(&self, service: &str) -> bool {
        let mut own = self.containers().filter(|c| c.label() == service).peekable();
        let up = |c: &Container| c.state == "running" && c.stale.is_empty() && c.exit_code.is_none();
        own.peek().is_some() && own.all(up)
    }

    /// Says of a name that does not resolve that no service is called so, where that is known.
    pub(super) fn explain(&self, conclusion: &mut Conclusion) {
        let called = |name: &String| self.services.iter().any(|s| s == name);
        for finding in &mut conclusion.findings {
            let name = finding.fact.detail.clone().filter(|_| finding.fact.kind == Kind::NameUnresolved);
            let Some(name) = name.filter(|n| !self.services.is_empty() && !n.contains('.') && !called(n)) else {
                continue;
            };
            let more = format!("{} No service of the compose file is called {name}.", finding.text);
            conclusion.sentence = conclusion.sentence.replacen(&finding.text, &more, 1);
            finding.text = more;
        }
    }

    /// Fixes for services that are not here last, and those that only start what runs.
    pub(super) fn useless_last(&self, ranked: Vec<Ranked>, fixes: &[Fix]) -> Vec<Ranked> {
        let ranked = absent_last(ranked, fixes, &self.services);
        let mut all = self.containers().map(|c| c.label()).peekable();
        let all_up = all.peek().is_some() && all.all(|service| self.is_up(service));
        idle_last(ranked, fixes, |service| self.is_up(service), all_up)
    }
}

/// Whether a text names a machine by an address or a name with dots; a file's name is none.
fn names_a_host(text: &str) -> bool {
    const FILES: [&str; 14] =
        ["conf", "yml", "yaml", "json", "toml", "env", "md", "py", "js", "log", "txt", "jpg", "png", "sh"];
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c)));
    words.map(|w| w.trim_matches(['.', '-'])).any(|word| {
        let parts: Vec<&str> = word.split('.').collect();
        let local = word == "127.0.0.1" || word == "0.0.0.0";
        let last = parts.last().copied().unwrap_or_default().to_lowercase();
        let address = parts.len() == 4 && parts.iter().all(|p| p.parse::<u8>().is_ok());
        let name = last.len() > 1 && last.chars().all(|c| c.is_ascii_alphabetic()) && !FILES.contains(&last.as_str());
        parts.len() > 1 && !local && (address || name)
    })
}

#[test]
fn a_host_is_told_from_a_file_and_a_number() {
    for text in ["certificate of shop.example.org ran out", "ping 10.0.0.9", "https://cams.lan/ is red"] {
        assert!(names_a_host(text), "{text}");
    }
    for text in ["the page is red", "nginx.conf was edited", "version 2.4.1", "curl localhost:8443", "at 127.0.0.1."] {
        assert!(!names_a_host(text), "{text}");
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
        self.known = Known::about(&seen, self.question());
    }

    /// What was asked, as it was said.
    pub(super) fn question(&self) -> &str {
        self.thread.question.as_deref().unwrap_or_default()
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
