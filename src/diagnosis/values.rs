//! Values for placeholders, from what the checks found: the process on a port, the container or service concerned.
//! It never offers what nothing points at where something else does.

use super::finding::Kind;
use super::{Finding, Outcome, conclude};
use crate::command::{Placeholder, PlaceholderType, Value};
use crate::probe::{Container, Listener, Reading};
use crate::text::shorten;

/// The values the outcomes offer for a placeholder, most likely first.
pub fn candidates(placeholder: &Placeholder, outcomes: &[Outcome]) -> Vec<Value> {
    let findings = conclude(outcomes).findings;
    let mut out = match placeholder.kind {
        PlaceholderType::Pid => pids(&findings, outcomes),
        PlaceholderType::Port => ports(&findings),
        PlaceholderType::Container | PlaceholderType::Service => {
            containers(placeholder.kind == PlaceholderType::Service, &findings, outcomes)
        }
        _ => details(&placeholder.name.to_lowercase(), &findings),
    };
    let mut seen = std::collections::HashSet::new();
    out.retain(|v| !v.text.is_empty() && seen.insert(v.text.clone()));
    out
}

fn value(text: impl Into<String>, source: impl Into<String>) -> Value {
    Value { text: text.into(), source: source.into() }
}

/// The processes that hold the port in question; those of the last look at ports where none is in question.
fn pids(findings: &[Finding], outcomes: &[Outcome]) -> Vec<Value> {
    let looks = outcomes.iter().rev().filter_map(|o| match &o.reading {
        Some(Reading::Listening(seen)) => Some(seen),
        _ => None,
    });
    let wanted: Vec<String> = ports(findings).into_iter().map(|v| v.text).collect();
    let mut sockets: Vec<&Listener> = Vec::new();
    for look in looks {
        if wanted.is_empty() && !sockets.is_empty() {
            break;
        }
        sockets.extend(look.sockets.iter().filter(|s| wanted.is_empty() || wanted.contains(&s.port.to_string())));
    }
    // A container's process is not ended but stopped with its container.
    let plain = sockets.into_iter().filter(|s| s.container.is_none());
    plain
        .filter_map(|s| {
            let pid = s.pid.filter(|p| *p > 1)?;
            let user = s.user.as_ref().map(|u| format!(" of {u}")).unwrap_or_default();
            let line = s.command_line.as_ref().map(|l| format!(": {}", shorten(l, 60))).unwrap_or_default();
            let process = s.process.as_deref().unwrap_or("a process");
            Some(value(pid.to_string(), format!("{process}{user} listens on port {}{line}", s.port)))
        })
        .collect()
}

/// The ports that are in question.
fn ports(findings: &[Finding]) -> Vec<Value> {
    let port = |f: &Finding| match f.fact.kind {
        Kind::PortConflict
        | Kind::LoopbackOnly
        | Kind::PortMismatch
        | Kind::PublishedLocally
        | Kind::PortElsewhere
        | Kind::PortFiltered
        | Kind::UpstreamRefused => f.fact.detail.clone(),
        Kind::PortTaken | Kind::PortTakenByContainer | Kind::NothingListens => Some(f.fact.subject.clone()),
        _ => None,
    };
    let numbers = findings.iter().filter_map(|f| Some((port(f)?, f)));
    numbers.filter(|(p, _)| p.parse::<u16>().is_ok()).map(|(p, f)| value(p, clause(f))).collect()
}

/// The containers in question, nearest to the cause first; then those that do not run.
fn containers(services: bool, findings: &[Finding], outcomes: &[Outcome]) -> Vec<Value> {
    let all: Vec<&Container> = outcomes
        .iter()
        .rev()
        .filter_map(|o| match &o.reading {
            Some(Reading::Containers(seen)) => Some(&seen.containers),
            _ => None,
        })
        .flatten()
        .collect();
    let name = |c: &Container| if services { c.label().to_owned() } else { c.name.clone() };
    let mut out = Vec::new();
    if !services {
        // Who holds a port is what is in the way, not who wants it.
        let holders = findings.iter().filter(|f| f.fact.kind == Kind::PortTakenByContainer);
        out.extend(holders.filter_map(|f| Some(value(f.fact.detail.clone()?, clause(f)))));
        if !out.is_empty() {
            return out;
        }
    }
    for finding in findings {
        let subject = finding.fact.service.as_ref().unwrap_or(&finding.fact.subject);
        let found = all.iter().find(|c| c.label() == subject || c.name == *subject);
        out.extend(found.filter(|c| services || c.state != "absent").map(|c| value(name(c), clause(finding))));
    }
    let down = all.iter().filter(|c| c.state != "running" && (services || c.state != "absent"));
    out.extend(down.map(|c| value(name(c), format!("seen: {}", c.state))));
    // One that is in question is enough; the others are no choice to be made.
    if findings.iter().any(|f| !f.past) {
        out.truncate(1);
    }
    out
}

/// A setting's name, an old value: what a finding holds beside its subject.
fn details(name: &str, findings: &[Finding]) -> Vec<Value> {
    let fits = |f: &&Finding| match f.fact.kind {
        Kind::MissingVariable | Kind::InvalidSetting | Kind::ComposeUnset | Kind::SettingUnread | Kind::Outdated => {
            ["setting", "variable", "key"].iter().any(|w| name.contains(w))
        }
        // A session of the database has a number of its own, which is no process of this machine.
        Kind::DatabaseLocked => name.contains("session"),
        Kind::ProjectRenamed => name.contains("project"),
        Kind::RedisWrongType => name.contains("key"),
        Kind::ImageMissing => name.contains("image"),
        Kind::RedisMemoryFull => name.contains("old"),
        Kind::CorsRejected | Kind::CorsMissing => name.contains("origin"),
        _ => false,
    };
    let text = |f: &Finding| match f.fact.kind {
        Kind::CorsRejected | Kind::CorsMissing => Some(f.fact.subject.clone()),
        _ => f.fact.detail.clone(),
    };
    findings.iter().filter(fits).filter_map(|f| Some(value(text(f)?, clause(f)))).collect()
}

fn clause(finding: &Finding) -> String {
    finding.text.trim_end_matches('.').to_owned()
}
