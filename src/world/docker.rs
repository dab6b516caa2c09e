//! Asks the Docker engine: containers, logs, events, use, and reading commands inside a container.
//! It never starts, stops or changes one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{ContainerCpuStats, ContainerInspectResponse, ExecConfig};
use bollard::query_parameters::{
    EventsOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder, LogsOptionsBuilder,
    StatsOptionsBuilder,
};
use futures_util::StreamExt;
use futures_util::future::join_all;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::site::Site;
use super::{kernel, unavailable};
use crate::probe::{
    Container, ContainerEvent, ContainerStats, Containers, Ended, Grep, Health, Inspect, Logs, Probe, ProcessReading,
    PublishedPort, Reading,
};

const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";

/// The engine, contacted at the first question.
pub(super) struct Docker {
    engine: Result<bollard::Docker, String>,
}

impl Docker {
    /// The engine that `DOCKER_HOST` names, or the one of this machine.
    pub(super) fn new() -> Docker {
        Docker { engine: bollard::Docker::connect_with_defaults().map_err(|e| e.to_string()) }
    }

    /// Answers one question within a time limit.
    pub(super) async fn answer(&self, probe: &Probe, site: &Site, limit: Duration) -> Reading {
        let engine = match &self.engine {
            Ok(engine) => engine,
            Err(why) if why.to_lowercase().contains("not found") => {
                return unavailable(
                    "docker",
                    "not running",
                    "start it: sudo systemctl start docker (or set DOCKER_HOST)",
                );
            }
            Err(why) => {
                return unavailable(
                    "docker",
                    crate::text::shorten(why, 120),
                    "is Docker installed, and does DOCKER_HOST name it?",
                );
            }
        };
        match tokio::time::timeout(limit, ask(engine, probe, site)).await {
            Ok(Ok(reading)) => reading,
            Ok(Err(error)) => refused(&error),
            Err(_) => unavailable("docker", "it did not answer in time", "a longer limit: --timeout SECONDS"),
        }
    }

    /// The host ports that containers publish, with the container's name.
    pub(super) async fn published_ports(&self, site: &Site) -> Vec<(u16, String)> {
        let all = Probe::Containers { service: None, compose: false, all: false };
        match self.answer(&all, site, Duration::from_secs(2)).await {
            Reading::Containers(seen) => seen
                .containers
                .iter()
                .flat_map(|c| c.ports.iter().filter_map(|p| Some((p.host_port?, c.name.clone()))))
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn refused(error: &bollard::errors::Error) -> Reading {
    use bollard::errors::Error;
    if let Error::DockerResponseServerError { status_code: 404, message } = error {
        return unavailable("container", message.clone(), "`docker ps -a` shows the names there are");
    }
    let mut text = error.to_string();
    let mut at: &dyn std::error::Error = error;
    while let Some(inner) = at.source() {
        text = format!("{text}: {inner}");
        at = inner;
    }
    let lower = text.to_lowercase();
    let (why, hint) = match () {
        () if lower.contains("permission denied") => {
            ("permission denied on its socket", "run as root, or join the group docker and log in again")
        }
        () if lower.contains("no such file") || lower.contains("not found") => {
            ("not running", "start it: sudo systemctl start docker")
        }
        () if lower.contains("refused") => ("connection refused", "start it: sudo systemctl start docker"),
        () => {
            return unavailable(
                "docker",
                crate::text::shorten(&text, 160),
                "is it running? sudo systemctl status docker",
            );
        }
    };
    unavailable("docker", why, hint)
}

type Answer = Result<Reading, bollard::errors::Error>;

async fn ask(engine: &bollard::Docker, probe: &Probe, site: &Site) -> Answer {
    match probe {
        Probe::Containers { service, compose, all } => {
            containers(engine, site, service.as_deref(), *compose, *all).await
        }
        Probe::Logs { target, compose, tail, since_s, grep } => {
            logs(engine, site, target.as_deref(), *compose, *tail, *since_s, grep.as_ref()).await
        }
        Probe::Events { since_s, filters } => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
            let mut wanted = std::collections::HashMap::<String, Vec<String>>::new();
            filters.iter().for_each(|f| wanted.entry(f.name.clone()).or_default().push(f.value.clone()));
            let options = EventsOptionsBuilder::default()
                .since(&now.saturating_sub(*since_s).to_string())
                .until(&now.to_string())
                .filters(&wanted)
                .build();
            let mut stream = engine.events(Some(options));
            let mut seen = Vec::new();
            while let Some(event) = stream.next().await {
                let event = event?;
                let actor = event.actor.unwrap_or_default().attributes.unwrap_or_default();
                let action = event.action.unwrap_or_default();
                if action.starts_with("exec_") {
                    continue;
                }
                seen.push(ContainerEvent {
                    ago_s: now.saturating_sub(u64::try_from(event.time.unwrap_or(0)).unwrap_or(0)),
                    action,
                    name: actor.get("name").cloned().unwrap_or_default(),
                    service: actor.get(SERVICE).cloned(),
                    exit_code: actor.get("exitCode").and_then(|c| c.parse().ok()),
                    signal: actor.get("signal").cloned(),
                });
            }
            Ok(Reading::Events(seen))
        }
        Probe::Inspect { target, format } => {
            let raw = engine.inspect_container(target, None::<InspectContainerOptions>).await?;
            let text = format.as_ref().map(|format| template(format, &serde_json::to_value(&raw).unwrap_or_default()));
            let env = raw
                .config
                .iter()
                .flat_map(|c| c.env.iter().flatten())
                .filter_map(|e| e.split_once('='))
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect();
            Ok(Reading::Inspect(Inspect { container: shape(&raw), text, env }))
        }
        Probe::Stats { target, compose } => {
            let names = names(engine, site, target.as_deref(), *compose).await?;
            let asked = names.iter().map(|(name, service)| async move {
                // Without `one_shot` the engine looks twice, a second apart: use of the processor is a difference.
                let options = StatsOptionsBuilder::default().stream(false).one_shot(false).build();
                let stats = engine.stats(name, Some(options)).next().await?.ok()?;
                let cpu_percent = cpu_percent(stats.cpu_stats.as_ref(), stats.precpu_stats.as_ref());
                let memory = stats.memory_stats.unwrap_or_default();
                Some(ContainerStats {
                    name: name.clone(),
                    service: service.clone(),
                    cpu_percent,
                    memory_used: memory.usage.unwrap_or(0),
                    memory_limit: memory.limit,
                })
            });
            Ok(Reading::Stats(join_all(asked).await.into_iter().flatten().collect()))
        }
        Probe::Exec { target, compose, argv } => {
            let name = names(engine, site, Some(target), *compose)
                .await?
                .into_iter()
                .next()
                .map_or_else(|| target.clone(), |(name, _)| name);
            exec(engine, &name, argv).await
        }
        _ => Ok(unavailable("docker", "this is no question for it", "")),
    }
}

/// Percent of one core between two looks, as `docker stats` counts it.
fn cpu_percent(now: Option<&ContainerCpuStats>, before: Option<&ContainerCpuStats>) -> f64 {
    let used = |s: &ContainerCpuStats| s.cpu_usage.as_ref().and_then(|u| u.total_usage);
    let (Some(now), Some(before)) = (now, before) else { return 0.0 };
    let (Some(used_now), Some(used_before)) = (used(now), used(before)) else { return 0.0 };
    let (Some(all_now), Some(all_before)) = (now.system_cpu_usage, before.system_cpu_usage) else { return 0.0 };
    let all = all_now.saturating_sub(all_before) as f64;
    let cores = f64::from(now.online_cpus.unwrap_or(1));
    if all > 0.0 { used_now.saturating_sub(used_before) as f64 / all * cores * 100.0 } else { 0.0 }
}

async fn listed(
    engine: &bollard::Docker,
    site: &Site,
    compose: bool,
) -> Result<Vec<Container>, bollard::errors::Error> {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let found = engine.list_containers(Some(options)).await?;
    let project = site.project().filter(|_| compose);
    let ids = found.iter().filter(|c| {
        let own = c.labels.as_ref().and_then(|l| l.get(PROJECT));
        project.is_none() || own == project.as_ref()
    });
    let inspected = ids
        .filter_map(|c| c.id.clone())
        .map(|id| async move { engine.inspect_container(&id, None::<InspectContainerOptions>).await });
    // A container that goes while it is looked at is left out.
    Ok(join_all(inspected).await.into_iter().flatten().map(|raw| shape(&raw)).collect())
}

async fn containers(engine: &bollard::Docker, site: &Site, service: Option<&str>, compose: bool, all: bool) -> Answer {
    let mut seen = listed(engine, site, compose).await?;
    if compose {
        for name in site.services() {
            if !seen.iter().any(|c| c.service.as_deref() == Some(name.as_str())) {
                seen.push(Container {
                    name: name.clone(),
                    service: Some(name),
                    state: "absent".into(),
                    ..Container::default()
                });
            }
        }
        if let Some(wanted) = service {
            seen.retain(|c| c.service.as_deref() == Some(wanted) || c.name == wanted);
            if seen.is_empty() {
                seen.push(Container {
                    name: wanted.into(),
                    service: Some(wanted.into()),
                    state: "absent".into(),
                    ..Container::default()
                });
            }
        }
    } else if !all {
        seen.retain(|c| c.state == "running" || c.state == "paused" || c.state == "restarting");
    }
    seen.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Reading::Containers(Containers {
        project: site.project().filter(|_| compose),
        asked: service.map(str::to_owned),
        containers: seen,
    }))
}

/// The containers a name stands for, with their services; all of the project where none is named.
async fn names(
    engine: &bollard::Docker,
    site: &Site,
    target: Option<&str>,
    compose: bool,
) -> Result<Vec<(String, Option<String>)>, bollard::errors::Error> {
    match target {
        Some(name) if !compose => Ok(vec![(name.to_owned(), None)]),
        _ => Ok(listed(engine, site, compose)
            .await?
            .into_iter()
            .filter(|c| target.is_none_or(|t| c.service.as_deref() == Some(t) || c.name == t))
            .map(|c| (c.name, c.service))
            .collect()),
    }
}

async fn logs(
    engine: &bollard::Docker,
    site: &Site,
    target: Option<&str>,
    compose: bool,
    tail: usize,
    since_s: Option<u64>,
    grep: Option<&Grep>,
) -> Answer {
    let wanted = names(engine, site, target, compose).await?;
    if wanted.is_empty() {
        return Ok(unavailable(
            target.unwrap_or("container"),
            "it has no container, so there is no log",
            "`docker compose ps -a` shows what there is",
        ));
    }
    let mut lines = Vec::new();
    for (name, _) in &wanted {
        let mut options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&tail.to_string());
        if let Some(since) = since_s {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
            options = options.since(i32::try_from(now.saturating_sub(since)).unwrap_or(0));
        }
        let mut stream = engine.logs(name, Some(options.build()));
        let mut text = String::new();
        while let Some(part) = stream.next().await {
            text.push_str(&String::from_utf8_lossy(&part?.into_bytes()));
        }
        let several = wanted.len() > 1;
        lines.extend(text.lines().map(|l| if several { format!("{name}  | {l}") } else { l.to_owned() }));
    }
    if let Some(grep) = grep {
        lines.retain(|l| kernel::matches(grep, l) != grep.invert);
    }
    Ok(Reading::Logs(Logs { target: target.map(str::to_owned), lines, cut: 0 }))
}

async fn exec(engine: &bollard::Docker, name: &str, argv: &[String]) -> Answer {
    let config = ExecConfig {
        cmd: Some(argv.to_vec()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..ExecConfig::default()
    };
    let id = engine.create_exec(name, config).await?.id;
    let (mut stdout, mut stderr) = (String::new(), String::new());
    if let StartExecResults::Attached { mut output, .. } = engine.start_exec(&id, None::<StartExecOptions>).await? {
        while let Some(part) = output.next().await {
            let part = part?;
            let into =
                if matches!(part, bollard::container::LogOutput::StdErr { .. }) { &mut stderr } else { &mut stdout };
            if into.len() < 128 * 1024 {
                into.push_str(&String::from_utf8_lossy(&part.into_bytes()));
            }
        }
    }
    let code = engine.inspect_exec(&id).await?.exit_code.unwrap_or(-1);
    Ok(Reading::Process(ProcessReading {
        command: argv.join(" "),
        ended: Ended::Code(i32::try_from(code).unwrap_or(-1)),
        stdout,
        stderr,
        cut: 0,
    }))
}

fn shape(raw: &ContainerInspectResponse) -> Container {
    let state = raw.state.clone().unwrap_or_default();
    let labels = raw.config.as_ref().and_then(|c| c.labels.clone()).unwrap_or_default();
    let host = raw.host_config.clone().unwrap_or_default();
    let running = state.running.unwrap_or(false);
    let ago = |at: &Option<String>| {
        let then = OffsetDateTime::parse(at.as_deref()?, &Rfc3339).ok()?;
        (then.year() > 1970).then(|| u64::try_from((OffsetDateTime::now_utc() - then).whole_seconds()).unwrap_or(0))
    };
    let bindings = host.port_bindings.clone().unwrap_or_default();
    let ports = bindings.iter().flat_map(|(inner, outer)| {
        let port = inner.split('/').next().and_then(|p| p.parse().ok());
        outer.iter().flatten().filter_map(move |b| {
            Some(PublishedPort {
                container_port: port?,
                host_ip: b.host_ip.clone().filter(|i| !i.is_empty()),
                host_port: b.host_port.as_ref().and_then(|p| p.parse().ok()),
            })
        })
    });
    Container {
        id: raw.id.clone().unwrap_or_default(),
        name: raw.name.clone().unwrap_or_default().trim_start_matches('/').to_owned(),
        service: labels.get(SERVICE).cloned(),
        project: labels.get(PROJECT).cloned(),
        image: raw.config.as_ref().and_then(|c| c.image.clone()).unwrap_or_default(),
        state: state.status.map(|s| s.to_string()).unwrap_or_default(),
        exit_code: state.exit_code.filter(|_| !running),
        oom_killed: state.oom_killed.unwrap_or(false),
        error: state.error.clone().filter(|e| !e.is_empty()),
        health: state.health.as_ref().map(|h| Health {
            status: h.status.map(|s| s.to_string()).unwrap_or_default(),
            failing_streak: h.failing_streak.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
            last_output: h
                .log
                .iter()
                .flatten()
                .next_back()
                .and_then(|l| l.output.clone())
                .map(|o| crate::text::shorten(&o, 200))
                .unwrap_or_default(),
        }),
        restart_count: raw.restart_count.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
        restart_policy: host.restart_policy.and_then(|p| p.name).map(|n| n.to_string()),
        memory_limit: host.memory.and_then(|m| u64::try_from(m).ok()).filter(|m| *m > 0),
        up_s: ago(&state.started_at).filter(|_| running),
        ended_s: ago(&state.finished_at).filter(|_| !running),
        ports: ports.collect(),
    }
}

/// The part of Go's templates that people use: `{{.A.B}}` and `{{json .A}}`.
fn template(format: &str, value: &serde_json::Value) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, tail)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((inner, after)) = tail.split_once("}}") else { return out };
        let (json, path) = match inner.trim().strip_prefix("json ") {
            Some(path) => (true, path.trim()),
            None => (false, inner.trim()),
        };
        let found =
            path.trim_start_matches('.').split('.').filter(|p| !p.is_empty()).try_fold(value, |v, key| v.get(key));
        match found {
            Some(serde_json::Value::String(text)) if !json => out.push_str(text),
            Some(found) => out.push_str(&found.to_string()),
            None => out.push_str("<no value>"),
        }
        rest = after;
    }
    out + rest
}
