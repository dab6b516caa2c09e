//! Values for placeholders, from what the checks found: the process on a port, the container or service concerned.
//! It never offers what nothing points at where something else does.

use super::Kind;
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
        _ => {
            let name = placeholder.name.to_lowercase();
            let mut all = details(&name, &findings);
            if name.contains("container-user") {
                all.extend(of_containers(&findings, outcomes, "works as that user", |c| c.user.clone()));
            }
            if name.contains("other-database") {
                all.extend(databases(outcomes));
            }
            if name == "database" && all.is_empty() {
                all.extend(asked_database(outcomes));
            }
            if matches!(name.as_str(), "file" | "path" | "folder") || name.contains("script") {
                let own = all.is_empty().then(|| mounted(&findings, outcomes)).flatten();
                all.extend(own.map(|v| if name == "folder" { parent(v) } else { v }));
            }
            if name == "image" && all.is_empty() {
                all.extend(of_containers(&findings, outcomes, "is made from it", |c| Some(c.image.clone())));
            }
            all
        }
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
        | Kind::PortFiltered => f.fact.detail.clone(),
        Kind::UpstreamRefused => f.fact.detail.as_ref().and_then(|d| Some(d.rsplit_once(':')?.1.to_owned())),
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
    // Where an error names what is set for one, that one is meant.
    let (named, others): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|f| f.fact.kind == Kind::ValueSet);
    for finding in named.into_iter().chain(others) {
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

/// The one database there is beside the one that is missing.
fn databases(outcomes: &[Outcome]) -> Option<Value> {
    let others = outcomes.iter().find_map(|o| match &o.reading {
        Some(Reading::Postgres(seen)) => Some(&seen.others),
        _ => None,
    })?;
    let [one] = others.as_slice() else { return None };
    Some(value(one.clone(), "the only other database there is"))
}

/// The database that was asked.
fn asked_database(outcomes: &[Outcome]) -> Option<Value> {
    let seen = outcomes.iter().find_map(|o| match &o.reading {
        Some(Reading::Postgres(seen)) => Some(seen),
        _ => None,
    })?;
    Some(value(seen.database.clone(), format!("the database of {}", seen.service)))
}

/// The folder of a file.
fn parent(file: Value) -> Value {
    let folder = file.text.rsplit_once('/').map(|(folder, _)| folder.to_owned()).filter(|f| !f.is_empty());
    Value { text: folder.unwrap_or_else(|| "/".into()), ..file }
}

/// The host's file behind one that a container cannot run or read.
fn mounted(findings: &[Finding], outcomes: &[Outcome]) -> Option<Value> {
    let seen = outcomes.iter().filter_map(|o| match &o.reading {
        Some(Reading::Containers(seen)) => Some(&seen.containers),
        _ => None,
    });
    let all: Vec<&Container> = seen.flatten().collect();
    let about = |f: &&Finding| matches!(f.fact.kind, Kind::CommandNotFound | Kind::FolderUnreadable);
    findings.iter().filter(about).find_map(|f| {
        let program = f.fact.detail.as_ref()?;
        let container = all.iter().find(|c| c.label() == f.fact.subject || c.name == f.fact.subject)?;
        let below = |b: &crate::probe::Bind| {
            let rest = program.strip_prefix(b.inside.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", b.source))
        };
        let longest = container.binds.iter().max_by_key(|b| if below(b).is_some() { b.inside.len() } else { 0 })?;
        Some(value(below(longest)?, format!("{} sees it as {program}", container.label())))
    })
}

/// What is known of the containers in question, nearest to the cause first.
fn of_containers(
    findings: &[Finding],
    outcomes: &[Outcome],
    why: &str,
    known: impl Fn(&Container) -> Option<String>,
) -> Vec<Value> {
    let seen = outcomes.iter().filter_map(|o| match &o.reading {
        Some(Reading::Containers(seen)) => Some(&seen.containers),
        _ => None,
    });
    let all: Vec<&Container> = seen.flatten().collect();
    let of = |f: &Finding| {
        let part = f.fact.service.as_ref().unwrap_or(&f.fact.subject);
        let container = all.iter().find(|c| c.label() == part || c.name == *part)?;
        Some(value(known(container)?, format!("{} {why}", container.label())))
    };
    findings.iter().filter(|f| !f.past).filter_map(of).take(1).collect()
}

/// A setting's name, an old value: what a finding holds beside its subject.
fn details(name: &str, findings: &[Finding]) -> Vec<Value> {
    let fits = |f: &&Finding| match f.fact.kind {
        Kind::MissingVariable
        | Kind::InvalidSetting
        | Kind::ComposeUnset
        | Kind::SettingUnread
        | Kind::Outdated
        | Kind::DatabaseSetting
        | Kind::RedisSetting => ["setting", "variable", "key"].iter().any(|w| name.contains(w)),
        // A session of the database has a number of its own, which is no process of this machine.
        Kind::DatabaseLocked => name.contains("session"),
        Kind::ProjectRenamed => name.contains("project"),
        Kind::NameTwice => name.contains("stranger"),
        Kind::DatabaseNumbers => name.contains("table"),
        Kind::SettingCut => name.contains("setting"),
        Kind::Proxied => name.contains("neighbour"),
        Kind::RedisWrongType => name.contains("key"),
        Kind::FolderUnreadable | Kind::ContainerMayNot => name.contains("inside-path"),
        Kind::FileIsFolder => name.contains("folder"),
        Kind::DatabaseMissing => name == "database",
        Kind::VolumeUnused => name.contains("volume"),
        Kind::ValueSet => name.contains("place"),
        Kind::ChangedLately | Kind::FileNewer => name.contains("changed-file"),
        Kind::PortFiltered => name == "host",
        Kind::ImageMissing => name.contains("image"),
        Kind::RedisMemoryFull => name.contains("old"),
        Kind::CorsRejected | Kind::CorsMissing => name.contains("origin"),
        _ => false,
    };
    let text = |f: &Finding| match f.fact.kind {
        Kind::CorsRejected | Kind::CorsMissing => Some(f.fact.subject.clone()),
        // It was asked from this machine.
        Kind::PortFiltered => Some("localhost".to_owned()),
        _ => f.fact.detail.clone(),
    };
    findings.iter().filter(fits).filter_map(|f| Some(value(text(f)?, clause(f)))).collect()
}

fn clause(finding: &Finding) -> String {
    finding.text.trim_end_matches('.').to_owned()
}
