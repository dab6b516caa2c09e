//! A container that runs: whether it is well, stands still, or cannot be reached by the others.
//! It never calls it well before it has proved itself after a restart.

use super::causes::{causes, with_last_words};
use super::stopped::end_of;
use crate::diagnosis::interpret::{PROVEN_S, Said};
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::Container;
use crate::text::{count, duration_ms, listed, shorten};

pub(super) fn running(c: &Container) -> Said {
    let name = c.label();
    let health = c.health.as_ref().map(|h| h.status.as_str());
    let again = c.restart_count > 0 && c.up_s.unwrap_or(u64::MAX) < PROVEN_S;
    if again && (c.restart_count >= 3 || c.exit_code.is_some_and(|code| code != 0)) {
        let code = c.exit_code.map(|code| format!(" with {code}")).unwrap_or_default();
        let times = count(usize::try_from(c.restart_count).unwrap_or(usize::MAX), "time");
        let summary = format!("up for {}, but restarted {times} before", duration_ms(c.up_s.unwrap_or(0) * 1000));
        let mut said = Said::new(Status::Problem, summary);
        said.findings.extend(causes(c));
        said.findings.extend(c.exit_code.filter(|code| *code != 0).map(|code| end_of(c, code).1));
        said.findings.push(Finding::new(
            Kind::RestartLoop,
            name,
            format!("{name} starts over and over ({times} so far; it ended{code} last)."),
        ));
        return with_last_words(said, c);
    }
    if c.halted {
        let text = format!(
            "The process of {name} was stopped by a signal (SIGSTOP) and stands still: it is there, but does nothing."
        );
        return Said::found(Kind::Halted, name, "running, but its process stands still", text);
    }
    if let Some(alone) = alone(c) {
        return Said::problem("running, but out of reach of the others", alone);
    }
    if let Some(proxy) = c.proxy.as_ref().filter(|_| !c.proxied.is_empty()) {
        let called = listed(&c.proxied, 1, ", ");
        let text = format!(
            "{name} is told to call {called} by the proxy {proxy} (HTTP_PROXY), which does not know them: NO_PROXY does not name them."
        );
        let finding = Finding::new(Kind::Proxied, name, text).with(c.proxied.join(","));
        return Said::problem("running, but its calls to the others go by a proxy", finding);
    }
    match health {
        Some("unhealthy") => {
            let output = c.health.as_ref().map(|h| h.last_output.trim().to_owned()).unwrap_or_default();
            let why = if output.is_empty() { String::new() } else { format!(": “{}”", shorten(&output, 100)) };
            let mut said = Said::new(Status::Problem, "running, but unhealthy");
            said.findings.extend(causes(c));
            said.findings.extend(wrong_check(c, &output));
            said.findings.push(Finding::new(
                Kind::Unhealthy,
                name,
                format!("{name} runs, but its health check fails{why}."),
            ));
            if output.is_empty() { with_last_words(said, c) } else { said.showing(output) }
        }
        Some("starting") => Said::new(Status::Uncertain, "running, its health check is still starting"),
        health => {
            let well = if health == Some("healthy") { "running, healthy" } else { "running" };
            // The engine keeps the mark of an earlier kill while the container runs again.
            let past = if c.oom_killed { "; it was killed for memory before" } else { "" };
            Said::ok(format!("{well}{past}"))
        }
    }
}

/// A health check that cannot succeed: its program is not in the image, or it asks a port that is none of the container's.
fn wrong_check(c: &Container, output: &str) -> Option<Finding> {
    let (name, lower) = (c.label(), output.to_lowercase());
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let text = match () {
        () if has(&["executable file not found", ": not found", "command not found", "no such file or directory"]) => {
            format!(
                "The health check of {name} cannot run: its command is not in the image (“{}”).",
                shorten(output, 80)
            )
        }
        () if has(&["refused", "failed to connect", "couldn't connect"]) => {
            let asked = asked_port(&lower)?;
            let own: Vec<u16> = c.ports.iter().map(|p| p.container_port).collect();
            if own.is_empty() || own.contains(&asked) {
                return None;
            }
            let own = own.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
            format!("The health check of {name} asks port {asked}, where nothing answers; its published port is {own}.")
        }
        () => return None,
    };
    Some(Finding::new(Kind::HealthCheckWrong, name, text))
}

/// The port in `failed to connect to localhost port 8001`, `dial tcp 127.0.0.1:8001: connect: connection refused`.
fn asked_port(lower: &str) -> Option<u16> {
    let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    let named = lower.split(" port ").skip(1).find_map(number);
    named.or_else(|| lower.split(':').skip(1).filter_map(number).find(|p: &u16| *p > 9))
}

/// A container of a compose project that the others cannot find: it is in no network, or not under its service's name.
fn alone(c: &Container) -> Option<Finding> {
    let (service, joined) = (c.service.as_ref()?, c.networks.as_ref()?);
    let named = joined.iter().any(|j| j.names.iter().any(|n| n == service));
    let text = match joined.first() {
        None => format!("{service} runs, but is in no network, so no other container reaches it."),
        Some(first) if !named => {
            format!("{service} runs, but in the network {} it is not found under its name {service}.", first.network)
        }
        Some(_) => return None,
    };
    Some(Finding::new(Kind::NoNetwork, service, text))
}
