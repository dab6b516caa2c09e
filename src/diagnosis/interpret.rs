//! One reading to one outcome: status, summary, evidence and what it proves.
//! It never turns a look that could not be had into `ok`.

mod containers;
mod events;
mod host;
pub(super) mod logs;
mod network;
mod ports;
mod process;
mod redis;
mod services;
mod signs;
mod stores;
#[cfg(test)]
mod tests;
mod tools;

use super::{Finding, Kind, Outcome, Status};
use crate::probe::{Observed, Reading};
use crate::runbook::Check;
use crate::text::shorten;

/// What one reading says, before it is put into an outcome.
pub(super) struct Said {
    pub status: Status,
    pub summary: String,
    pub evidence: Option<String>,
    pub findings: Vec<Finding>,
}

/// A container that ended and was started again proves itself by being up for so many seconds.
pub(super) const PROVEN_S: u64 = 60;

impl Said {
    pub(super) fn new(status: Status, summary: impl Into<String>) -> Said {
        Said { status, summary: summary.into(), evidence: None, findings: Vec::new() }
    }

    pub(super) fn ok(summary: impl Into<String>) -> Said {
        Said::new(Status::Ok, summary)
    }

    pub(super) fn problem(summary: impl Into<String>, finding: Finding) -> Said {
        Said { findings: vec![finding], ..Said::new(Status::Problem, summary) }
    }

    /// A problem, with the one thing it proves of `subject`.
    pub(super) fn found(
        kind: Kind,
        subject: impl Into<String>,
        summary: impl Into<String>,
        text: impl Into<String>,
    ) -> Said {
        Said::problem(summary, Finding::new(kind, subject, text))
    }

    pub(super) fn showing(mut self, evidence: impl Into<String>) -> Said {
        self.evidence = Some(evidence.into());
        self
    }
}

/// What `observed` means for `check`.
pub fn interpret(check: &Check, observed: &Observed) -> Outcome {
    let mut said = match &observed.reading {
        Reading::Containers(seen) => containers::containers(seen),
        Reading::Events(seen) => events::events(seen),
        Reading::Inspect(seen) => containers::inspect(seen),
        Reading::Stats(seen) => containers::stats::stats(seen),
        Reading::Logs(seen) => logs::logs(seen),
        Reading::Redis(seen) => redis::redis(seen),
        Reading::Http(seen) => network::http(seen, filter_of(&check.step.text())),
        Reading::WebSocket(seen) => network::websocket(seen),
        Reading::Listening(seen) => network::listening(seen),
        Reading::Published(seen) => ports::published(seen),
        Reading::Postgres(seen) => stores::postgres(seen),
        Reading::Settings(seen) => stores::settings(seen),
        Reading::RedisSettings(seen) => stores::redis_settings(seen),
        Reading::Volumes(seen) => stores::volumes(seen),
        Reading::Certificates(seen) => stores::certificates(seen),
        Reading::Reach(seen) => network::reach(seen),
        Reading::Value(seen) => host::value(seen),
        Reading::Folder(seen) => host::folder(seen),
        Reading::KernelLog(seen) => host::kernel(seen, &check.step.text()),
        Reading::Disk(seen) => host::disk(seen),
        Reading::Memory(seen) => host::memory(seen),
        Reading::Process(seen) => process::process(seen),
        Reading::Unavailable(missing) => {
            Said::new(Status::Skipped, format!("not checked: {}: {}", missing.what, missing.why))
                .showing(missing.hint.clone())
        }
        Reading::Interrupted => Said::new(Status::Skipped, "stopped before it answered"),
    };
    let optional = check.title.to_lowercase().contains("optional");
    if optional && said.status == Status::Problem {
        // A part that may be absent proves nothing by being absent.
        said.status = Status::Uncertain;
        said.findings.clear();
    }
    if let (Some(expect), Reading::Process(run)) = (&check.expect, &observed.reading) {
        let met = expected(expect, &run.stdout);
        said.status = if met { Status::Ok } else { Status::Problem };
        if met {
            // What the author expects is no trouble, whatever its words.
            said.findings.clear();
        }
        said.summary = if met {
            format!("as expected: {}", shorten(expect, 60))
        } else {
            format!("expected {}, got {}", shorten(expect, 60), shorten(&run.stdout, 80))
        };
    }
    Outcome {
        check: check.title.clone(),
        command: check.step.text(),
        status: said.status,
        summary: said.summary,
        evidence: said.evidence,
        findings: said.findings,
        reading: Some(observed.reading.clone()),
        ms: observed.ms,
    }
}

/// The jq filter of a command line, without quotes: `.services.redis`.
fn filter_of(command: &str) -> Option<String> {
    let (_, filter) = command.rsplit_once("| jq ")?;
    let words = filter.split_whitespace().find(|w| !w.starts_with('-'))?;
    Some(words.trim_matches(['\'', '"']).to_owned())
}

fn expected(expect: &str, output: &str) -> bool {
    match expect.strip_prefix('/').and_then(|e| e.strip_suffix('/')) {
        Some(pattern) => regex::Regex::new(pattern).is_ok_and(|p| p.is_match(output)),
        None => output.contains(expect),
    }
}

pub(super) fn stand(n: usize) -> String {
    if n == 1 { "1 line stands".into() } else { format!("{n} lines stand") }
}
