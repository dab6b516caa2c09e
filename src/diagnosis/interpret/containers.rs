//! Containers: their states, exit codes, limits and events.
//! It never calls a container well that only exists.

use super::Said;
use crate::diagnosis::finding::Kind;
use crate::diagnosis::{Finding, Status};
use crate::probe::{Container, ContainerEvent, ContainerStats, Containers, Inspect};
use crate::text::{bytes, count, duration_ms};

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
    let each: Vec<(&Container, Said)> = seen.containers.iter().map(|c| (c, one(c))).collect();
    if let [(_, _)] = each.as_slice() {
        return each.into_iter().next().map_or_else(|| Said::ok(""), |(_, said)| said);
    }
    let bad: Vec<&(&Container, Said)> = each.iter().filter(|(_, s)| s.status == Status::Problem).collect();
    if bad.is_empty() {
        return Said::ok(format!("{} as they should be", count(each.len(), "container")));
    }
    let named: Vec<String> = bad.iter().take(3).map(|(c, s)| format!("{} {}", c.label(), s.summary)).collect();
    let more = if bad.len() > 3 { format!(" and {} more", bad.len() - 3) } else { String::new() };
    Said {
        findings: bad.iter().flat_map(|(_, s)| s.findings.clone()).collect(),
        ..Said::new(Status::Problem, format!("{}{more}", named.join("; ")))
    }
}

fn one(c: &Container) -> Said {
    let name = c.label();
    let ago = c.ended_s.map(|s| format!(" {} ago", duration_ms(s * 1000))).unwrap_or_default();
    let limit = c.memory_limit.map(|m| format!(" (limit {})", bytes(m))).unwrap_or_default();
    let mut findings = Vec::new();
    let code = c.exit_code.unwrap_or(0);
    let summary = match c.state.as_str() {
        "running" => match c.health.as_ref().map(|h| h.status.as_str()) {
            Some("unhealthy") => {
                let output = c.health.as_ref().map(|h| h.last_output.clone()).unwrap_or_default();
                return Said::problem(
                    "running, but unhealthy",
                    Finding::new(Kind::Unhealthy, name, format!("{name} runs, but its health check fails.")),
                )
                .showing(output);
            }
            Some("starting") => return Said::new(Status::Uncertain, "running, its health check is still starting"),
            _ if c.restart_count >= 3 && c.up_s.unwrap_or(0) < 60 => {
                return Said::problem(
                    format!("running, restarted {} times", c.restart_count),
                    Finding::new(
                        Kind::RestartLoop,
                        name,
                        format!("{name} keeps restarting ({} times).", c.restart_count),
                    ),
                );
            }
            health => {
                let well = if health == Some("healthy") { "running, healthy" } else { "running" };
                // The engine keeps the mark of an earlier kill while the container runs again.
                let past = if c.oom_killed { "; it was killed for memory before" } else { "" };
                return Said::ok(format!("{well}{past}"));
            }
        },
        "absent" => {
            return Said::problem(
                "it has no container",
                Finding::new(
                    Kind::Absent,
                    name,
                    format!("{name} has no container: it was never started, or was removed."),
                ),
            );
        }
        "paused" => return Said::problem("paused", Finding::new(Kind::NotRunning, name, format!("{name} is paused."))),
        "created" => {
            let error = c.error.clone().unwrap_or_default();
            if error.contains("already") || error.contains("port") {
                return Said::problem(
                    "created, but its port is taken",
                    Finding::new(Kind::PortConflict, name, format!("{name} cannot start: its port is taken.")),
                )
                .showing(error);
            }
            return Said::problem(
                "created, never started",
                Finding::new(Kind::NotRunning, name, format!("{name} was made, but never started.")),
            )
            .showing(error);
        }
        "restarting" => {
            findings.push(Finding::new(
                Kind::RestartLoop,
                name,
                format!("{name} keeps restarting (exit code {code})."),
            ));
            format!("restarting ({code}), {} so far", count(usize::try_from(c.restart_count).unwrap_or(0), "restart"))
        }
        _ => format!("exited ({code}){ago}"),
    };
    let (kind, how, sentence) = match code {
        _ if c.oom_killed => (
            Kind::OomKilled,
            format!(", killed: out of memory{limit}"),
            format!("The kernel killed {name} at its memory limit{limit}."),
        ),
        137 => (
            Kind::Killed,
            ", killed from outside (SIGKILL, not its memory limit)".into(),
            format!("{name} was killed from outside, not for its memory."),
        ),
        139 => (Kind::Segfault, ", segmentation fault".into(), format!("{name} crashed with a segmentation fault.")),
        126 | 127 => (
            Kind::CommandNotFound,
            ", its command was not found or cannot be run".into(),
            format!("{name} cannot start: its command was not found or cannot be run."),
        ),
        0 | 143 => (Kind::NotRunning, ", stopped in order".into(), format!("{name} was stopped.")),
        _ => (
            Kind::Crashed,
            ", the program ended with an error".into(),
            format!("{name} ended by itself with exit code {code}."),
        ),
    };
    let detail = if c.oom_killed { c.memory_limit.unwrap_or(0).to_string() } else { code.to_string() };
    findings.push(Finding::new(kind, name, sentence).with(detail));
    if kind != Kind::NotRunning && c.state != "restarting" {
        findings.push(Finding::new(Kind::NotRunning, name, format!("{name} is down.")));
    }
    let said = Said { findings, ..Said::new(Status::Problem, format!("{summary}{how}")) };
    match &c.error {
        Some(error) => said.showing(error.clone()),
        None => said,
    }
}

/// Events: the ones that tell of an end nobody ordered.
pub(super) fn events(seen: &[ContainerEvent]) -> Said {
    let oom: Vec<&ContainerEvent> = seen.iter().filter(|e| e.action == "oom").collect();
    let died: Vec<&ContainerEvent> =
        seen.iter().filter(|e| e.action == "die" && !matches!(e.exit_code, Some(0 | 143))).collect();
    let name = |e: &ContainerEvent| e.service.clone().unwrap_or_else(|| e.name.clone());
    if let Some(event) = oom.first() {
        let name = name(event);
        return Said::problem(
            format!("{name} ran out of memory {} ago", duration_ms(event.ago_s * 1000)),
            Finding::new(Kind::OomKilled, name.clone(), format!("{name} ran out of memory.")),
        );
    }
    if let Some(event) = died.last() {
        let name = name(event);
        let times = died.iter().filter(|e| e.name == event.name).count();
        let code = event.exit_code.unwrap_or(-1);
        let kind = match code {
            _ if times >= 3 => Kind::RestartLoop,
            137 => Kind::Killed,
            139 => Kind::Segfault,
            126 | 127 => Kind::CommandNotFound,
            _ => Kind::Crashed,
        };
        let text = if times >= 3 {
            format!("{name} ended {times} times in this time.")
        } else {
            format!("{name} ended with exit code {code}.")
        };
        return Said::problem(
            format!("{name} ended with {code} {} ago, {}", duration_ms(event.ago_s * 1000), count(times, "time")),
            Finding::new(kind, name, text).with(code.to_string()),
        );
    }
    Said::ok(format!("{}, none of them an unexpected end", count(seen.len(), "event")))
}

pub(super) fn inspect(seen: &Inspect) -> Said {
    let said = one(&seen.container);
    match &seen.text {
        Some(text) => Said { summary: format!("{text} ({})", said.summary), ..said },
        None => said,
    }
}

pub(super) fn stats(seen: &[ContainerStats]) -> Said {
    let full = seen.iter().find(|s| s.memory_limit.is_some_and(|l| l > 0 && s.memory_used as f64 >= 0.95 * l as f64));
    match full {
        Some(s) => Said::problem(
            format!("{} uses {} of {}", s.name, bytes(s.memory_used), bytes(s.memory_limit.unwrap_or(0))),
            Finding::new(Kind::MemoryLow, s.name.clone(), format!("{} is near its memory limit.", s.name)),
        ),
        None => Said::ok(format!("{}, none near its memory limit", count(seen.len(), "container"))),
    }
}
