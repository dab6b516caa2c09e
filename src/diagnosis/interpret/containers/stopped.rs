//! A container that does not run: made and never started, ended, or started over and over.
//! It never takes an ordered stop for a crash.

use super::causes::{causes, with_last_words};
use crate::diagnosis::interpret::Said;
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::Container;
use crate::text::{bytes, count, duration_ms, shorten};

/// A container that was made and never ran: Docker says why, or it waits for another one.
pub(super) fn created(c: &Container, all: &[Container]) -> Said {
    match c.error.as_deref().unwrap_or_default() {
        "" if !matches!(c.exit_code, Some(126 | 127)) => waiting(c, all),
        "" => refused(c, ""),
        error => refused(c, error).showing(error),
    }
}

/// A container that Docker could not start, and why.
fn refused(c: &Container, error: &str) -> Said {
    let name = c.label();
    let lower = error.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let code = c.exit_code.unwrap_or(0);
    let (kind, why, more, detail) = if has(&["address already in use", "port is already allocated", "failed to bind"]) {
        let port = bound_port(error).or_else(|| c.ports.iter().find_map(|p| p.host_port)).map(|p| p.to_string());
        let which = port.as_ref().map(|p| format!(" {p}")).unwrap_or_default();
        (Kind::PortConflict, format!("its port{which} is taken"), String::new(), port)
    } else if has(&["nvidia", "device driver", "capabilities: [[gpu]]"]) {
        (Kind::GpuMissing, "Docker cannot give it a GPU".into(), String::new(), None)
    } else if has(&["directory onto a file"]) {
        let why = "where it is to see a file there is a folder".into();
        (Kind::FileIsFolder, why, ", or the other way round".into(), None)
    } else if has(&["mount", "no such file or directory: unknown", "bind source path"]) && code != 127 {
        (Kind::FolderMissing, "a folder it mounts cannot be had".into(), String::new(), None)
    } else if matches!(code, 126 | 127)
        || has(&["executable file not found", "exec format error", "no such file or directory"])
    {
        let said = error.split_once("exec: ").map(|(_, said)| format!(" (“{}”)", shorten(said, 80)));
        let program = error.split_once("exec: \"").and_then(|(_, t)| t.split_once('"')).map(|(p, _)| p.to_owned());
        let why = "its command was not found or cannot be run".into();
        (Kind::CommandNotFound, why, said.unwrap_or_default(), program)
    } else {
        let text = format!("{name} cannot start: “{}”.", shorten(error, 140));
        return Said::found(Kind::CannotStart, name, "created, but Docker could not start it", text);
    };
    let finding = Finding::new(kind, name, format!("{name} cannot start: {why}{more}."));
    let finding = match detail {
        Some(detail) => finding.with(detail),
        None => finding,
    };
    Said::problem(format!("created, but {why}"), finding)
}

/// A container that nobody tried to start: it may wait for another one.
fn waiting(c: &Container, all: &[Container]) -> Said {
    let name = c.label();
    let unwell = |service: &&String| {
        let mut of = all.iter().filter(|o| o.service.as_ref() == Some(service)).peekable();
        let well = |o: &Container| {
            o.state == "running" && o.health.as_ref().is_none_or(|h| h.status == "healthy") || o.exit_code == Some(0)
        };
        of.peek().is_some() && !of.any(well)
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

/// The port in `... failed: port is already allocated`, `listen tcp4 0.0.0.0:8000: bind: address already in use`.
fn bound_port(error: &str) -> Option<u16> {
    let words = error.split(|c: char| c.is_whitespace() || c == ',');
    words
        .filter_map(|w| w.trim_end_matches(':').rsplit_once(':'))
        .find_map(|(_, port)| port.parse().ok().filter(|p| *p > 0))
}

/// A container that ended, or waits to be started again.
pub(super) fn ended(c: &Container) -> Said {
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
pub(super) fn end_of(c: &Container, code: i64) -> (String, Finding) {
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
