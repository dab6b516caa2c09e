//! Before and after a fix: what became better, what became worse, and whether it is solved.
//! It never calls solved what was not seen to be well.

use std::sync::LazyLock;

use regex::Regex;

use super::interpret::PROVEN_S;
use super::{Finding, Kind, Outcome, Status};
use crate::probe::{Container, Ended, HttpResult, Reading};
use crate::text::{bytes, count};

/// What a fix did to the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Every problem there was is gone.
    Fixed,
    /// What was only logged before was not logged again, and nothing else is wrong.
    Quiet,
    /// Something changed, but problems are left.
    Changed,
    /// The same problems as before.
    Unchanged,
    /// A check that was well is not any more.
    Worse,
}

impl Change {
    /// The stable name, as it is in the record.
    pub fn name(self) -> &'static str {
        match self {
            Change::Fixed => "fixed",
            Change::Quiet => "quiet",
            Change::Changed => "changed",
            Change::Unchanged => "unchanged",
            Change::Worse => "worse",
        }
    }
}

/// The comparison of two runs of the same checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub change: Change,
    /// One sentence.
    pub sentence: String,
    /// What may bring it back, where that was found: `the memory limit is still 64 MiB`.
    pub may_return: Option<String>,
}

/// Whether what was wrong is well: said to be, or a command that failed and now ends in order with nothing to complain of.
fn well(before: &Outcome, after: &Outcome) -> bool {
    let ended = |o: &Outcome| match &o.reading {
        Some(Reading::Process(run)) => Some(run.ended),
        _ => None,
    };
    let failed = matches!(ended(before), Some(Ended::Code(code)) if code != 0);
    // What only tells of the past is no trouble any more.
    // That a port is for this machine only may be meant so, where it was not the trouble.
    let meant = |f: &Finding| f.fact.kind == Kind::LoopbackOnly && !before.findings.iter().any(|b| b.fact.is(&f.fact));
    let harmless = |f: &Finding| f.past || meant(f);
    let over = after.status == Status::Uncertain && !after.findings.is_empty() && after.findings.iter().all(harmless);
    after.status == Status::Ok
        || over
        || answers_slowly(before, after)
        || failed
            && after.status == Status::Uncertain
            && ended(after) == Some(Ended::Code(0))
            && after.findings.is_empty()
}

/// What is seen to be coming up, so that waiting for it helps: a health check that starts, data or a model being loaded.
pub fn coming_up(outcomes: &[Outcome]) -> Option<String> {
    let loading = |text: &str| {
        let lower = text.to_lowercase();
        ["loading", "starting up", "warming up", "not yet accepting"].iter().any(|w| lower.contains(w))
    };
    outcomes.iter().find_map(|outcome| match &outcome.reading {
        Some(Reading::Containers(seen)) => {
            let starting = |c: &&Container| {
                c.state == "running"
                    && c.restart_count == 0
                    && c.health.as_ref().is_some_and(|h| h.status == "starting")
            };
            let found = seen.containers.iter().find(starting)?;
            Some(format!("the health check of {} is still starting", found.label()))
        }
        _ if outcome.status == Status::Ok => None,
        Some(Reading::Http(seen)) => match &seen.result {
            HttpResult::Response { body, .. } if body.len() < 4_000 && loading(body) => {
                Some(format!("{} says that it is loading", seen.url))
            }
            _ => None,
        },
        _ => {
            let found = outcome.findings.iter().find(|f| !f.past && f.fact.kind == Kind::RedisLoading)?;
            Some(found.text.trim_end_matches('.').to_owned())
        }
    })
}

/// What was started again and has stood from one look to the next: it has not proved itself yet, and may.
pub fn standing(last: &[Outcome], now: &[Outcome]) -> Option<String> {
    fn all(outcomes: &[Outcome]) -> impl Iterator<Item = &Container> {
        outcomes
            .iter()
            .filter_map(|o| match &o.reading {
                Some(Reading::Containers(seen)) => Some(&seen.containers),
                _ => None,
            })
            .flatten()
    }
    let stands = |c: &&Container| {
        let fresh = c.state == "running" && c.restart_count > 0 && c.up_s.is_some_and(|up| up < PROVEN_S);
        let ill = c.health.as_ref().is_some_and(|h| h.status == "unhealthy");
        let same = |l: &Container| l.id == c.id && l.restart_count == c.restart_count && l.state == "running";
        fresh && !ill && all(last).any(same)
    };
    let found = all(now).find(stands)?;
    let up = found.up_s.unwrap_or_default();
    Some(format!("{} has stood for {up} s since it was started again, and proves itself in {PROVEN_S}", found.label()))
}

/// What came up only just now, where something is wrong with it: it may be wrong for that reason alone.
pub fn just_started(outcomes: &[Outcome]) -> Option<String> {
    let about =
        |c: &Container, f: &Finding| f.fact.service.as_deref().unwrap_or(&f.fact.subject) == c.label() && !f.past;
    let wrong = |c: &Container| {
        let problems = outcomes.iter().filter(|o| matches!(o.status, Status::Problem | Status::Uncertain));
        problems.flat_map(|o| &o.findings).any(|f| about(c, f))
    };
    let fresh = |c: &&Container| {
        let starting = c.health.as_ref().is_some_and(|h| h.status == "starting");
        c.state == "running" && starting && c.restart_count == 0 && c.up_s.is_some_and(|up| up < FRESH_S) && wrong(c)
    };
    let seen = outcomes.iter().filter_map(|o| match &o.reading {
        Some(Reading::Containers(seen)) => seen.containers.iter().find(fresh),
        _ => None,
    });
    seen.map(|c| format!("{} was started {} s ago", c.label(), c.up_s.unwrap_or_default())).next()
}

/// A container that is up for less may not be ready yet.
const FRESH_S: u64 = 20;

/// Whether what gave no answer answers again, only slowly yet: it has just come up.
fn answers_slowly(before: &Outcome, after: &Outcome) -> bool {
    let of = |o: &Outcome, kind: Kind| o.findings.iter().any(|f| f.fact.kind == kind);
    let silent = of(before, Kind::HttpRefused) || of(before, Kind::HttpStatus);
    silent && !after.findings.is_empty() && after.findings.iter().all(|f| f.fact.kind == Kind::HttpSlow)
}

/// What became of what only logs told of.
fn logged(pairs: &[(&Outcome, &Outcome)]) -> (Change, String) {
    let telling = |f: &&Finding| f.logged && !f.past && f.fact.kind != Kind::LogError;
    let told = || pairs.iter().filter_map(|(b, a)| Some((b.findings.iter().find(telling)?, a)));
    let again = told().find(|(f, a)| a.findings.iter().any(|now| now.fact.is(&f.fact)));
    let gone = told().next().is_some() && told().all(|(_, a)| a.status == Status::Ok);
    match again {
        Some((_, now)) => (Change::Unchanged, format!("Nothing changed: {}: {} again.", now.check, now.summary)),
        None if gone => (
            Change::Quiet,
            "What the logs told of was not logged again since the change, and the checks are well. `again` looks once more."
                .into(),
        ),
        None => (Change::Unchanged, "The checks were well before, and still are.".into()),
    }
}

/// What an outcome says, without how long ago and how often: that goes on by itself.
fn told(outcome: &Outcome) -> String {
    COUNTED.replace_all(&outcome.summary, "").into_owned()
}

// A constant of this file, tested below.
#[allow(clippy::unwrap_used)]
static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b\d[\d.]* (?:ms|s|min|h|days?)\b|\b\d+ (?:restarts?|times?|events?)\b|\bjust now\b").unwrap()
});

#[test]
fn what_goes_on_by_itself_is_no_change() {
    let said = |summary: &str| {
        told(&Outcome {
            check: String::new(),
            command: String::new(),
            status: Status::Problem,
            summary: summary.into(),
            evidence: None,
            findings: Vec::new(),
            reading: None,
            ms: 0,
        })
    };
    assert_eq!(said("web restarting (1), 7 restarts so far"), said("web restarting (1), 9 restarts so far"));
    assert_eq!(said("exited (1) 12 s ago"), said("exited (1) 2 min ago"));
    assert_ne!(said("exited (1) 12 s ago"), said("exited (2) 12 s ago"));
    assert_ne!(said("queue 9000"), said("queue 8000"));
}

/// Compares the outcomes of the same checks before and after.
pub fn compare(before: &[Outcome], after: &[Outcome]) -> Comparison {
    let is = |o: &Outcome, s: Status| o.status == s;
    let pairs: Vec<(&Outcome, &Outcome)> = before.iter().zip(after).collect();
    let slow = |o: &Outcome| pairs.iter().any(|(b, a)| std::ptr::eq(*a, o) && answers_slowly(b, a));
    let left: Vec<&Outcome> = after.iter().filter(|o| is(o, Status::Problem) && !slow(o)).collect();
    let worse = pairs.iter().find(|(b, a)| is(b, Status::Ok) && is(a, Status::Problem));
    // What was wrong must be seen to be well; a check that could not be had proves nothing.
    let healed = pairs.iter().filter(|(b, a)| is(b, Status::Problem) && well(b, a)).count();
    let open = pairs.iter().find(|(b, a)| is(b, Status::Problem) && !is(a, Status::Problem) && !well(b, a));
    let late = pairs.iter().find(|(b, a)| answers_slowly(b, a));
    let had = before.iter().filter(|o| is(o, Status::Problem)).count();
    let (change, sentence) = match (worse, left.first(), open) {
        (Some((_, now)), _, _) => (Change::Worse, format!("Worse than before: {}: {}.", now.check, now.summary)),
        (None, Some(still), _)
            if healed > 0 || pairs.iter().any(|(b, a)| told(b) != told(a) && is(a, Status::Problem)) =>
        {
            (Change::Changed, format!("Something changed, but it is not well yet: {}: {}.", still.check, still.summary))
        }
        (None, Some(still), _) => (Change::Unchanged, format!("Nothing changed: {}: {}.", still.check, still.summary)),
        (None, None, Some((_, now))) => (
            Change::Changed,
            format!("The problem is not seen any more, but one answer is open: {}: {}.", now.check, now.summary),
        ),
        (None, None, None) if had == 0 => logged(&pairs),
        (None, None, None) => (
            Change::Fixed,
            format!(
                "Fixed: {} well again{}.",
                match had {
                    1 => "the check is".to_owned(),
                    2 => "both checks are".to_owned(),
                    n => format!("all {} are", count(n, "check")),
                },
                late.map(|(_, now)| format!(", if slow so soon after the start ({})", now.summary)).unwrap_or_default()
            ),
        ),
    };
    let limit = before.iter().flat_map(|o| &o.findings).find(|f| f.fact.kind == Kind::OomKilled);
    let may_return = limit
        .filter(|_| change == Change::Fixed)
        .and_then(|f| f.fact.detail.as_deref()?.parse::<u64>().ok())
        .filter(|l| *l > 0)
        .map(|l| format!("the memory limit is still {}", bytes(l)));
    Comparison { change, sentence, may_return }
}

#[test]
fn who_was_started_again_and_stands_is_waited_for_and_who_ends_again_is_not() {
    use crate::probe::Containers;
    let seen = |restarts: u64, up_s: u64| {
        let web = Container {
            id: "1".into(),
            name: "web".into(),
            state: "running".into(),
            restart_count: restarts,
            up_s: Some(up_s),
            ..Container::default()
        };
        vec![Outcome {
            check: String::new(),
            command: String::new(),
            status: Status::Problem,
            summary: String::new(),
            evidence: None,
            findings: Vec::new(),
            reading: Some(Reading::Containers(Containers { project: None, asked: None, containers: vec![web] })),
            ms: 0,
        }]
    };
    assert!(standing(&seen(2, 4), &seen(2, 9)).is_some_and(|told| told.contains("9 s")));
    assert_eq!(standing(&seen(2, 4), &seen(3, 1)), None, "it ended again");
    assert_eq!(standing(&[], &seen(2, 4)), None, "it was seen once only");
    assert_eq!(standing(&seen(2, 61), &seen(2, 66)), None, "it has proved itself");
    assert_eq!(standing(&seen(0, 4), &seen(0, 9)), None, "it never ended");
}
