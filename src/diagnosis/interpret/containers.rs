//! Containers: their states, ends, limits and use.
//! It never calls a container well that only exists.

use super::made::{causes, made, renamed};
use super::{Said, logs};
use crate::diagnosis::Kind;
use crate::diagnosis::{Finding, Status};
use crate::probe::{Container, ContainerStats, Containers, Inspect};
use crate::text::{bytes, count, duration_ms, shorten};

/// A container that was restarted at least once, and is up for less than this many seconds, has not proved itself.
const FRESH_S: u64 = 60;

/// All containers, the worst first.
pub(super) fn containers(seen: &Containers) -> Said {
    if seen.containers.is_empty() {
        return Said::problem(
            "no container",
            Finding::new(
                Kind::Absent,
                seen.asked.clone().unwrap_or_else(|| "the project".into()),
                "There is no container at all.",
            ),
        );
    }
    let each: Vec<(&Container, Said)> = seen.containers.iter().map(|c| (c, one(c, &seen.containers))).collect();
    if let ([(_, _)], None) = (each.as_slice(), renamed(seen)) {
        return each.into_iter().next().map_or_else(|| Said::ok(""), |(_, said)| said);
    }
    let bad: Vec<&(&Container, Said)> = each.iter().filter(|(_, s)| s.status == Status::Problem).collect();
    let open: Vec<&(&Container, Said)> = each.iter().filter(|(_, s)| s.status == Status::Uncertain).collect();
    let named = |some: &[&(&Container, Said)]| {
        let all: Vec<String> = some.iter().take(3).map(|(c, s)| format!("{} {}", c.label(), s.summary)).collect();
        let more = if some.len() > 3 { format!(" and {} more", some.len() - 3) } else { String::new() };
        format!("{}{more}", all.join("; "))
    };
    let many = many_down(seen);
    let renamed = renamed(seen);
    let first = || renamed.iter().chain(&many).cloned();
    let findings = || first().chain(each.iter().flat_map(|(_, s)| s.findings.clone())).collect();
    match (bad.first(), open.first()) {
        (Some((_, worst)), _) => {
            Said { findings: findings(), evidence: worst.evidence.clone(), ..Said::new(Status::Problem, named(&bad)) }
        }
        (None, _) if renamed.is_some() => {
            let summary = renamed.as_ref().map(|f| f.text.clone()).unwrap_or_default();
            Said { findings: findings(), ..Said::new(Status::Problem, shorten(&summary, 120)) }
        }
        (None, Some(_)) => Said { findings: findings(), ..Said::new(Status::Uncertain, named(&open)) },
        (None, None) => {
            Said { findings: findings(), ..Said::ok(format!("all {} run", count(each.len(), "container"))) }
        }
    }
}

/// Where at least half of a project is down, that is told first, those that others wait for named first.
fn many_down(seen: &Containers) -> Option<Finding> {
    let is_down = |c: &&Container| matches!(c.state.as_str(), "exited" | "dead" | "created" | "absent");
    let mut down: Vec<&Container> = seen.containers.iter().filter(is_down).collect();
    let all = seen.containers.len();
    if seen.asked.is_some() || down.len() < 3 || down.len() * 2 < all {
        return None;
    }
    let waiting = |c: &Container| seen.containers.iter().filter(|o| o.waits_for.iter().any(|w| w == c.label())).count();
    down.sort_by_key(|c| std::cmp::Reverse(waiting(c)));
    let named: Vec<&str> = down.iter().take(4).map(|c| c.label()).collect();
    let more = if down.len() > 4 { format!(" and {} more", down.len() - 4) } else { String::new() };
    let number = if down.len() == all {
        format!("None of the {all} containers runs")
    } else {
        format!("{} of {all} containers are not running", down.len())
    };
    let text = format!("{number}: {}{more}.", named.join(", "));
    Some(Finding::new(Kind::ManyDown, "the project", text).with(format!("{} of {all}", down.len())))
}

/// What one container says, and what of how it was made may matter to somebody who asks for it.
fn one(c: &Container, all: &[Container]) -> Said {
    let mut said = state(c, all);
    let made = made(c, said.status, all);
    if let Some(wrong) = made.iter().find(|f| !f.quiet).filter(|_| said.status != Status::Problem) {
        (said.status, said.summary) = (Status::Problem, shorten(wrong.text.trim_end_matches('.'), 120));
    }
    // How it was made says more than what it wrote of it.
    said.findings = made.into_iter().chain(said.findings).collect();
    said
}

fn state(c: &Container, all: &[Container]) -> Said {
    let name = c.label();
    match c.state.as_str() {
        "running" => running(c),
        "absent" => {
            let gone = format!("{name} has no container: it was never started, or was removed.");
            let mut said = Said::problem("it has no container", Finding::new(Kind::Absent, name, gone));
            if let Some(why) = &c.held_back {
                let text =
                    format!("{name} is needed by others, but `{why}` in the compose file keeps it from being started.");
                said.summary = format!("it has no container: `{why}`");
                said.findings.insert(0, Finding::new(Kind::HeldBack, name, text).with(why.clone()));
            }
            if c.image_missing {
                let near = match c.image_near.as_slice() {
                    [] => String::new(),
                    tags => format!(" Here are: {}.", tags.join(", ")),
                };
                let text = format!("The image of {name}, {}, is not on this machine.{near}", c.image);
                said.summary = format!("it has no container, and its image {} is not here", c.image);
                said.findings.insert(0, Finding::new(Kind::ImageMissing, name, text).with(c.image.clone()));
            }
            said
        }
        "paused" => Said::problem(
            "paused: it is there, but stands still",
            Finding::new(Kind::Paused, name, format!("{name} is paused: it holds its port, but does nothing.")),
        ),
        "created" => created(c, all),
        "removing" => Said::new(Status::Uncertain, "being removed"),
        _ => ended(c),
    }
}

fn running(c: &Container) -> Said {
    let name = c.label();
    let health = c.health.as_ref().map(|h| h.status.as_str());
    let again = c.restart_count > 0 && c.up_s.unwrap_or(u64::MAX) < FRESH_S;
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
        return Said::problem("running, but its process stands still", Finding::new(Kind::Halted, name, text));
    }
    if let Some(alone) = alone(c) {
        let said = Said::new(Status::Problem, "running, but out of reach of the others");
        return Said { findings: vec![alone], ..said };
    }
    if let (Some(proxy), [first, rest @ ..]) = (&c.proxy, c.proxied.as_slice()) {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let text = format!(
            "{name} is told to call {first}{more} by the proxy {proxy} (HTTP_PROXY), which does not know them: NO_PROXY does not name them."
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

/// A container that was made and never ran: Docker says why, or it waits for another one.
fn created(c: &Container, all: &[Container]) -> Said {
    let name = c.label();
    let error = c.error.clone().unwrap_or_default();
    let lower = error.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let code = c.exit_code.unwrap_or(0);
    let said = match () {
        () if has(&["address already in use", "port is already allocated", "failed to bind"]) => {
            let port = bound_port(&error).or_else(|| c.ports.iter().find_map(|p| p.host_port));
            let which = port.map(|p| format!(" {p}")).unwrap_or_default();
            let text = format!("{name} cannot start: its port{which} is taken.");
            let finding = Finding::new(Kind::PortConflict, name, text);
            let finding = match port {
                Some(port) => finding.with(port.to_string()),
                None => finding,
            };
            Said::problem(format!("created, but its port{which} is taken"), finding)
        }
        () if has(&["nvidia", "device driver", "capabilities: [[gpu]]"]) => Said::problem(
            "created, but Docker cannot give it a GPU",
            Finding::new(Kind::GpuMissing, name, format!("{name} cannot start: Docker cannot give it a GPU.")),
        ),
        () if has(&["directory onto a file"]) => Said::problem(
            "created, but where it is to see a file there is a folder",
            Finding::new(
                Kind::FileIsFolder,
                name,
                format!("{name} cannot start: where it is to see a file there is a folder, or the other way round."),
            ),
        ),
        () if has(&["mount", "no such file or directory: unknown", "bind source path"]) && code != 127 => {
            Said::problem(
                "created, but a folder it mounts cannot be had",
                Finding::new(
                    Kind::FolderMissing,
                    name,
                    format!("{name} cannot start: a folder it mounts cannot be had."),
                ),
            )
        }
        () if matches!(code, 126 | 127)
            || has(&["executable file not found", "exec format error", "no such file or directory"]) =>
        {
            let said =
                error.split_once("exec: ").map(|(_, said)| format!(" (“{}”)", shorten(said, 80))).unwrap_or_default();
            let program = error.split_once("exec: \"").and_then(|(_, t)| t.split_once('"')).map(|(p, _)| p.to_owned());
            let text = format!("{name} cannot start: its command was not found or cannot be run{said}.");
            let finding = Finding::new(Kind::CommandNotFound, name, text);
            let finding = match program {
                Some(program) => finding.with(program),
                None => finding,
            };
            Said::problem("created, but its command was not found or cannot be run", finding)
        }
        () if !error.is_empty() => Said::problem(
            "created, but Docker could not start it",
            Finding::new(Kind::CannotStart, name, format!("{name} cannot start: “{}”.", shorten(&error, 140))),
        ),
        () => {
            let unwell = |service: &&String| {
                let of = all.iter().filter(|o| o.service.as_ref() == Some(service));
                let well = |o: &Container| {
                    o.state == "running" && o.health.as_ref().is_none_or(|h| h.status == "healthy")
                        || o.exit_code == Some(0)
                };
                of.clone().next().is_some() && !of.clone().any(well)
            };
            let made = format!("{name} was made, but never started");
            let finding = match c.waits_for.iter().find(unwell) {
                Some(other) => {
                    let text = format!("{made}: it waits for {other}, which is not well.");
                    Finding::new(Kind::NotRunning, name, text).with(other)
                }
                None => Finding::new(Kind::NotRunning, name, format!("{made}.")),
            };
            Said::problem("created, never started", finding)
        }
    };
    if error.is_empty() { said } else { said.showing(error) }
}

/// The port in `... failed: port is already allocated`, `listen tcp4 0.0.0.0:8000: bind: address already in use`.
fn bound_port(error: &str) -> Option<u16> {
    let words = error.split(|c: char| c.is_whitespace() || c == ',');
    words
        .filter_map(|w| w.trim_end_matches(':').rsplit_once(':'))
        .find_map(|(_, port)| port.parse().ok().filter(|p| *p > 0))
}

/// A container that ended, or waits to be started again.
fn ended(c: &Container) -> Said {
    let name = c.label();
    let code = c.exit_code.unwrap_or(0);
    let ago = c.ended_s.map(|s| match s {
        0..=1 => " just now".to_owned(),
        s => format!(" {} ago", duration_ms(s * 1000)),
    });
    let again = c.state == "restarting";
    let mut findings: Vec<Finding> = causes(c);
    let (how, end) = end_of(c, code);
    findings.push(end.clone());
    let times = count(usize::try_from(c.restart_count).unwrap_or(usize::MAX), "restart");
    let summary = if again {
        findings.push(Finding::new(
            Kind::RestartLoop,
            name,
            format!("{name} starts over and over (exit code {code}, {times} so far)."),
        ));
        format!("restarting ({code}), {times} so far")
    } else {
        if end.fact.kind != Kind::NotRunning {
            findings.push(Finding::new(Kind::NotRunning, name, format!("{name} is down.")));
        }
        format!("exited ({code}){}", ago.unwrap_or_default())
    };
    let said = Said { findings, ..Said::new(Status::Problem, format!("{summary}{how}")) };
    match &c.error {
        Some(error) => said.showing(error.clone()),
        None if code != 0 || again => with_last_words(said, c),
        None => said,
    }
}

/// How an end reads, and what it proves.
fn end_of(c: &Container, code: i64) -> (String, Finding) {
    let name = c.label();
    let limit = c.memory_limit.map(|m| format!(" (limit {})", bytes(m))).unwrap_or_default();
    let (kind, how, sentence) = match code {
        _ if c.oom_killed => (
            Kind::OomKilled,
            format!(", killed: out of memory{limit}"),
            format!("The kernel killed {name} at its memory limit{limit}."),
        ),
        137 => (
            Kind::Killed,
            ", ended by SIGKILL, not for memory".into(),
            format!("{name} was killed (SIGKILL), not for its memory: by hand, or because it did not stop in time."),
        ),
        139 => (Kind::Segfault, ", segmentation fault".into(), format!("{name} crashed with a segmentation fault.")),
        134 => (Kind::Crashed, ", it aborted itself".into(), format!("{name} aborted itself (SIGABRT).")),
        126 | 127 => (
            Kind::CommandNotFound,
            ", its command was not found or cannot be run".into(),
            format!("{name} cannot start: its command was not found or cannot be run."),
        ),
        0 if c.state == "restarting" => (
            Kind::Crashed,
            ", it ends by itself without an error".into(),
            format!("{name} ends by itself, without an error code."),
        ),
        0 | 143 => (Kind::NotRunning, ", stopped in order".into(), format!("{name} was stopped.")),
        _ => (
            Kind::Crashed,
            ", the program ended with an error".into(),
            format!("{name} ended by itself with exit code {code}."),
        ),
    };
    let detail = if c.oom_killed { c.memory_limit.unwrap_or(0).to_string() } else { code.to_string() };
    (how, Finding::new(kind, name, sentence).with(detail))
}

/// What a container's last words prove of why it is not well.
pub(super) fn cause(c: &Container) -> Option<Finding> {
    // What was killed from outside had no time to say why.
    let said = logs::telling(&c.last_words).filter(|_| !c.oom_killed && c.exit_code != Some(143));
    said.filter(|t| t.kind != Kind::LogError).map(|t| t.finding(c.label()))
}

fn with_last_words(said: Said, c: &Container) -> Said {
    let line = logs::telling(&c.last_words).map(|t| t.line);
    // What was killed wrote its last line before, and about something else.
    let killed = c.oom_killed || c.exit_code == Some(137);
    let last = || c.last_words.iter().rev().find(|l| !l.trim().is_empty()).cloned().filter(|_| !killed);
    match line.or_else(last) {
        Some(line) => said.showing(shorten(&line, 200)),
        None => said,
    }
}

pub(super) fn inspect(seen: &Inspect) -> Said {
    let said = one(&seen.container, &[]);
    match &seen.text {
        Some(text) => Said { summary: format!("{text} ({})", said.summary), ..said },
        None => said,
    }
}

/// From this share of its periods on, a container's processor limit is what makes it slow.
const HELD_BACK: f64 = 0.5;

pub(super) fn stats(seen: &[ContainerStats]) -> Said {
    let name = |s: &ContainerStats| s.service.clone().unwrap_or_else(|| s.name.clone());
    let full = seen.iter().find(|s| s.memory_limit.is_some_and(|l| l > 0 && s.memory_used as f64 >= 0.95 * l as f64));
    if let Some(s) = full {
        let (used, limit) = (bytes(s.memory_used), bytes(s.memory_limit.unwrap_or(0)));
        return Said::problem(
            format!("{} uses {used} of its {limit}", name(s)),
            Finding::new(
                Kind::MemoryLow,
                name(s),
                format!("{} is near its memory limit ({used} of {limit}).", name(s)),
            ),
        );
    }
    if let Some(s) = seen.iter().filter(|s| s.throttled >= HELD_BACK).max_by(|a, b| a.throttled.total_cmp(&b.throttled))
    {
        let (name, used, share) = (name(s), s.cpu_percent, 100.0 * s.throttled);
        return Said::problem(
            format!("{name} is held back by its processor limit, at {used:.0} % of a processor"),
            Finding::new(
                Kind::Throttled,
                &name,
                format!(
                    "{name} wants more than its processor limit allows: it was held back {share:.0} % of the time, at {used:.0} % of a processor."
                ),
            ),
        );
    }
    match seen.iter().max_by(|a, b| a.cpu_percent.total_cmp(&b.cpu_percent)) {
        Some(busy) if busy.cpu_percent >= 1.0 => Said::ok(format!(
            "{}, none near its memory limit; busiest: {} at {:.0} % of a processor",
            count(seen.len(), "container"),
            name(busy),
            busy.cpu_percent
        )),
        _ => Said::ok(format!("{}, none near its memory limit", count(seen.len(), "container"))),
    }
}
