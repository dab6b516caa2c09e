//! How a container was made: older than its files, for another project, with settings that keep it from its work.
//! It never calls wrong what may be meant so, unless it is not well.

use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::{Container, Containers};
use crate::text::listed;

/// Where what runs from this folder belongs to another project than the one compose works with, and that one has nothing.
pub(super) fn renamed(seen: &Containers) -> Option<Finding> {
    let wanted = seen.project.as_ref()?;
    let of = |c: &Container| c.project.as_ref().filter(|p| *p != wanted).cloned();
    let other = seen.containers.iter().filter(|c| c.state == "running").find_map(of)?;
    let own = |c: &&Container| c.project.as_ref() == Some(wanted) && c.state == "running";
    if seen.containers.iter().any(|c| own(&c)) {
        return None;
    }
    let text = format!(
        "The containers of this folder run as the project {other}, but compose calls it {wanted} now and does not see them: \
         COMPOSE_PROJECT_NAME in .env says another name, or none."
    );
    Some(Finding::new(Kind::ProjectRenamed, wanted, text).with(other))
}

/// What is to be known of how a container was made: older than the project's files, published for this machine alone.
pub(super) fn made(c: &Container, status: Status, all: &[Container]) -> Vec<Finding> {
    let name = c.label();
    let mut found = Vec::new();
    if let Some(folder) = &c.folder_for_file {
        let text = format!(
            "{name} is to see a file where this machine has an empty folder, {folder}: the file was not there, so Docker made a folder of its name."
        );
        found.push(Finding::new(Kind::FileIsFolder, name, text).with(folder.clone()));
    }
    found.extend(misled(c, all));
    found.extend(idle(c));
    if let [first, ..] = c.rivals.as_slice() {
        let rivals = listed(&c.rivals, 1, ", ");
        let text = format!(
            "{rivals} of another project goes by the name {name} in the same network: who asks for {name} gets now the one, now the other."
        );
        found.push(Finding::new(Kind::NameTwice, name, text).with(first.clone()));
    }
    if c.cut_off && c.state == "running" {
        let text = format!("{name} is in no network at all (network_mode: none), so no other container reaches it.");
        let needed = all.iter().any(|o| o.waits_for.iter().any(|w| w == name));
        let finding = Finding::new(Kind::NoNetwork, name, text);
        found.push(if needed { finding } else { finding.quiet() });
    }
    if !c.stale.is_empty() && !matches!(c.state.as_str(), "absent" | "removing") {
        let keys = c.stale.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let text = format!(
            "{name} was made before the project's files were changed: it still has another {keys} than they say."
        );
        let finding = Finding::new(Kind::Outdated, name, text.replace("another its image", "another image")).with(keys);
        // Where it is not well, that may be why.
        found.push(if status == Status::Problem { finding } else { finding.quiet() });
    }
    if c.image_rebuilt && c.stale.is_empty() && c.state != "removing" {
        let text = format!("{name} was made from an older build of its image {}: that was built anew since.", c.image);
        let finding = Finding::new(Kind::Outdated, name, text).with("image");
        found.push(if status == Status::Problem { finding } else { finding.quiet() });
    }
    if let [first, ..] = c.newer_files.as_slice() {
        let file = first.rsplit('/').next().unwrap_or(first);
        let text = format!("{file} was changed after {name} was started, which may still work with the old one.");
        found.push(Finding::new(Kind::FileNewer, name, text).with(first.clone()).quiet());
    }
    let by_tcp = |port: u16| c.ports.iter().any(|p| !p.udp && p.container_port == port);
    if let Some(port) = c.ports.iter().find(|p| p.udp && p.host_port.is_some() && !by_tcp(p.container_port)) {
        let (inner, outer) = (port.container_port, port.host_port.unwrap_or(port.container_port));
        let text =
            format!("Port {outer} of {name} is published for UDP only: nobody reaches it by TCP, as browsers do.");
        let finding = Finding::new(Kind::PublishedUdp, name, text).with(outer.to_string());
        // What serves pages is asked by TCP; a name server may be meant so.
        found.push(if matches!(inner % 1000, 80 | 443) { finding } else { finding.quiet() });
    }
    let local = |ip: &str| ip.starts_with("127.") || ip == "::1";
    let alone = c.ports.iter().find(|p| p.host_ip.as_deref().is_some_and(local) && p.host_port.is_some());
    if let Some((port, ip)) = alone.and_then(|p| Some((p.host_port?, p.host_ip.clone()?))) {
        let text = format!(
            "Port {port} of {name} is published for this machine alone ({ip}:{port}): no other machine reaches it."
        );
        found.push(Finding::new(Kind::PublishedLocally, name, text).with(port.to_string()).quiet());
    }
    found
}

/// A container that is to serve something and runs a program that only waits, as somebody leaves it who looked for an error.
fn idle(c: &Container) -> Option<Finding> {
    let words: Vec<&str> = c.command.iter().map(String::as_str).collect();
    let program = words.first().and_then(|w| w.rsplit('/').next())?;
    let waits = match program {
        "sleep" => true,
        "tail" => words.contains(&"/dev/null"),
        _ => false,
    };
    let serves = c.ports.iter().any(|p| p.host_port.is_some()) || c.health.is_some();
    let name = c.label();
    let text = format!(
        "{name} runs `{}`, which only waits: entrypoint or command in the compose file took the place of its own program.",
        crate::text::shorten(&words.join(" "), 60)
    );
    (waits && serves && c.state == "running").then(|| Finding::new(Kind::Idle, name, text).with(program))
}

/// A container that is told itself where another service is, and told wrongly.
fn misled(c: &Container, all: &[Container]) -> Option<Finding> {
    let name = c.label();
    let addresses =
        |o: &Container| -> Vec<String> { o.networks.iter().flatten().filter_map(|j| j.address.clone()).collect() };
    c.hosts.iter().filter_map(|line| line.split_once([':', '='])).find_map(|(host, address)| {
        let other = all.iter().find(|o| o.label() == host && o.label() != name && o.state == "running")?;
        let known = addresses(other);
        let wrong = address.parse::<std::net::IpAddr>().is_ok() && !known.is_empty() && !known.iter().any(|a| a == address);
        let text = format!("{name} is told by extra_hosts that {host} is at {address}, but that service is elsewhere: it calls the wrong address.");
        wrong.then(|| Finding::new(Kind::HostsWrong, name, text).with(host))
    })
}
