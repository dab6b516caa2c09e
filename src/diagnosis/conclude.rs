//! The conclusion from all outcomes: causes first, what follows from them later, what is over last.
//! It never concludes more than the facts say.

use super::follows::{follows, stand_on};
use super::{Finding, Kind, Outcome, Status};
use crate::probe::{Container, Listener, Reading};
use crate::text::count;

/// What all outcomes together say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conclusion {
    /// Root causes first; no fact twice.
    pub findings: Vec<Finding>,
    /// One or two plain sentences, or what was ruled out where nothing was found.
    pub sentence: String,
}

/// Draws the conclusion from all outcomes.
pub fn conclude(outcomes: &[Outcome]) -> Conclusion {
    let mut findings: Vec<Finding> = Vec::new();
    let own = outcomes.iter().filter(|o| o.status != Status::Skipped).flat_map(|o| o.findings.iter().cloned());
    for finding in own.chain(relate(outcomes)).filter(|f| !f.quiet) {
        let same = |f: &Finding| f.fact.kind == finding.fact.kind && f.fact.subject == finding.fact.subject;
        match findings.iter_mut().find(|f| same(f)) {
            // What is so now says more than what was.
            Some(known) if known.past && !finding.past => *known = finding,
            Some(_) => {}
            None => findings.push(finding),
        }
    }
    if has_room(outcomes) {
        findings.iter_mut().filter(|f| f.logged && f.fact.kind == Kind::DiskFull).for_each(on_its_own_disk);
    }
    let (owners, services) = (owners(outcomes), services(outcomes));
    for finding in &mut findings {
        name_service(finding, &owners, &services);
    }
    stand_on(&mut findings, &containers(outcomes));
    // A container that is known to be down was not only so in the past.
    let present: Vec<(String, Kind)> =
        findings.iter().filter(|f| !f.past).map(|f| (f.fact.subject.clone(), f.fact.kind)).collect();
    findings.retain(|f| !f.past || !present.iter().any(|(s, k)| *s == f.fact.subject && k.is_end()));
    let order: Vec<Finding> = findings.clone();
    // Where compose itself cannot work, nothing else comes first.
    let beside = |f: &Finding| f.beside && !f.fact.kind.stops_compose();
    findings.sort_by_key(|f| (f.past, follows(f, &order), beside(f), f.fact.kind));
    let sentence = match findings.split_first() {
        None => nothing_found(outcomes),
        Some((first, rest)) => sentence(first, rest, &order),
    };
    Conclusion { findings, sentence }
}

/// Whether the host's disks were looked at, and none is full.
fn has_room(outcomes: &[Outcome]) -> bool {
    let full = |f: &Finding| !f.logged && matches!(f.fact.kind, Kind::DiskFull | Kind::InodesFull);
    outcomes.iter().any(|o| matches!(o.reading, Some(Reading::Disk(_))))
        && !outcomes.iter().flat_map(|o| &o.findings).any(full)
}

/// What runs full while the host has room is a volume, a tmpfs or a quota of the one who says so.
fn on_its_own_disk(finding: &mut Finding) {
    finding.fact.kind = Kind::OwnDiskFull;
    let said = finding.text.trim_end_matches('.');
    finding.text = format!("{said}: one of its own (a volume, a tmpfs, a quota), as the host's have room.");
}

/// The first finding, what it means for the same part, and one thing more that is wrong beside it.
fn sentence(first: &Finding, rest: &[Finding], all: &[Finding]) -> String {
    let mut said = vec![first.text.clone()];
    let same_part = |f: &&Finding| f.fact.subject == first.fact.subject && f.past == first.past;
    // A line of a log may be old: what was looked at comes before it.
    let same = rest.iter().filter(same_part).find(|f| !f.logged).or_else(|| rest.iter().find(same_part));
    said.extend(same.map(|f| f.text.clone()));
    // Where much is down, each single one of it says nothing more.
    let much = first.fact.kind == Kind::ManyDown;
    let told = |f: &Finding| {
        much && matches!(f.fact.kind, Kind::NotRunning | Kind::Absent | Kind::Killed | Kind::RedisRefused)
    };
    let beside = rest.iter().filter(|f| !told(f)).find(|f| {
        f.fact.subject != first.fact.subject && f.past == first.past && !follows(f, all) && f.fact.kind < Kind::LogError
    });
    match beside {
        Some(other) if same.is_some() => said.push(format!("Also: {}", other.text)),
        Some(other) => said.push(other.text.clone()),
        None => {}
    }
    said.join(" ")
}

/// What only several outcomes together say: who holds the port that a container needs.
fn relate(outcomes: &[Outcome]) -> Vec<Finding> {
    let listeners: Vec<&Listener> = outcomes
        .iter()
        .filter_map(|o| match &o.reading {
            Some(Reading::Listening(seen)) => Some(&seen.sockets),
            _ => None,
        })
        .flatten()
        .collect();
    let containers = containers(outcomes);
    let conflicts: Vec<(&str, &str)> = outcomes
        .iter()
        .flat_map(|o| &o.findings)
        .filter(|f| f.fact.kind == Kind::PortConflict)
        .filter_map(|f| Some((f.fact.subject.as_str(), f.fact.detail.as_deref()?)))
        .collect();
    let mut found = Vec::new();
    for c in containers.iter().filter(|c| matches!(c.state.as_str(), "created" | "exited" | "dead" | "absent")) {
        let told = conflicts.iter().filter(|(name, _)| *name == c.label()).filter_map(|(_, port)| port.parse().ok());
        for port in c.ports.iter().filter_map(|p| p.host_port).chain(told) {
            let holder = listeners.iter().find(|l| l.port == port && l.container.as_ref() != Some(&c.name));
            found.extend(holder.map(|l| held(l, Some(c))));
        }
    }
    // Who could not have its port may be no container, or not say its name.
    let strangers = conflicts.iter().filter(|(name, _)| !containers.iter().any(|c| c.label() == *name));
    for port in strangers.filter_map(|(_, port)| port.parse::<u16>().ok()) {
        if !found.iter().any(|f| f.fact.subject == port.to_string()) {
            found.extend(listeners.iter().find(|l| l.port == port).map(|l| held(l, None)));
        }
    }
    // Where no container is known, the look itself must ask for who is in the way.
    let asks = outcomes.iter().any(|o| {
        let title = o.check.to_lowercase();
        let words = ["conflict", "taken", "in use", "using", "occup", "who has", "who holds", "blocks"];
        o.findings.iter().any(|f| f.fact.kind == Kind::PortConflict)
            || matches!(o.reading, Some(Reading::Listening(_))) && words.iter().any(|w| title.contains(w))
    });
    if containers.is_empty() && asks && found.is_empty() {
        let foreign =
            |l: &&&Listener| l.container.is_none() && l.process.as_deref().is_some_and(|p| !p.contains("docker"));
        found.extend(listeners.iter().find(foreign).map(|l| held(l, None)));
    }
    found
}

fn containers(outcomes: &[Outcome]) -> Vec<&Container> {
    let seen = outcomes.iter().filter_map(|o| match &o.reading {
        Some(Reading::Containers(seen)) => Some(&seen.containers),
        _ => None,
    });
    seen.flatten().collect()
}

/// The published ports of the containers seen, with their services.
fn owners(outcomes: &[Outcome]) -> Vec<(u16, String)> {
    let all = containers(outcomes).into_iter();
    all.flat_map(|c| c.ports.iter().filter_map(|p| Some((p.host_port?, c.label().to_owned())))).collect()
}

/// The names of the containers seen, as they are shown.
fn services(outcomes: &[Outcome]) -> Vec<String> {
    containers(outcomes).into_iter().map(|c| c.label().to_owned()).collect()
}

/// Puts the service's name beside an address or port that is one's.
fn name_service(finding: &mut Finding, owners: &[(u16, String)], services: &[String]) {
    let subject = finding.fact.subject.clone();
    if services.contains(&subject) {
        finding.fact.service = Some(subject);
        return;
    }
    let about_port = matches!(finding.fact.kind, Kind::PortTaken | Kind::PortTakenByContainer);
    let local = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"].iter().any(|h| subject.contains(h));
    let number = match subject.rsplit_once("://") {
        Some((_, rest)) if local => rest.split('/').next().and_then(|host| host.rsplit(':').next()),
        Some(_) => None,
        None => Some(subject.as_str()),
    };
    let Some(port) = number.and_then(|n| n.parse::<u16>().ok()) else { return };
    if let Some((_, service)) = owners.iter().find(|(p, _)| *p == port)
        && !about_port
    {
        finding.fact.service = Some(service.clone());
        finding.text = finding.text.replacen(&subject, &format!("{subject} ({service})"), 1);
    }
}

/// Who holds a port, and who needs it.
fn held(by: &Listener, needed: Option<&Container>) -> Finding {
    let port = by.port;
    let who = match (&by.container, &by.process, by.pid) {
        (Some(container), _, _) => format!("the container {container}"),
        (None, Some(process), Some(pid)) => format!("{process}, pid {pid}"),
        _ => "a process that this user may not see".into(),
    };
    let text = match needed {
        Some(c) if c.state == "created" => format!("{} cannot start: its port {port} is held by {who}.", c.label()),
        Some(c) => format!("Port {port}, which {} needs, is held by {who}.", c.label()),
        None => format!("Port {port} is held by {who}."),
    };
    match &by.container {
        Some(container) => Finding::new(Kind::PortTakenByContainer, port.to_string(), text).with(container.clone()),
        None => Finding::new(Kind::PortTaken, port.to_string(), text).with(by.process.clone().unwrap_or_default()),
    }
}

fn nothing_found(outcomes: &[Outcome]) -> String {
    let number = |status: Status| outcomes.iter().filter(|o| o.status == status).count();
    let (ok, problem, uncertain, skipped) =
        (number(Status::Ok), number(Status::Problem), number(Status::Uncertain), number(Status::Skipped));
    if outcomes.is_empty() {
        return "This section has no checks, so nothing is known of the system.".into();
    }
    if problem > 0 {
        let first = outcomes.iter().find(|o| o.status == Status::Problem);
        let said = first.map(|o| format!(" ({}: {})", o.check, o.summary)).unwrap_or_default();
        return format!("{} found something wrong{said}; what it means is not known here.", count(problem, "check"));
    }
    if ok == 0 && uncertain == 0 {
        return format!(
            "Nothing could be looked at: {} not run.",
            if skipped == 1 { "the check was".into() } else { format!("all {skipped} checks were") }
        );
    }
    let mut parts = vec![format!("Nothing wrong was found by {}", count(ok + uncertain, "check"))];
    if uncertain > 0 {
        parts.push(format!("{uncertain} without a clear answer"));
    }
    if skipped > 0 {
        parts.push(format!("{} not run", count(skipped, "check")));
    }
    parts.join(", ") + "."
}
