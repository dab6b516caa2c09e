//! Asks the Docker engine: containers, logs, events, use, and reading commands inside a container.
//! It never starts, stops or changes one.

mod containers;
mod logs;
mod postgres;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{ContainerCpuStats, ExecConfig};
use bollard::query_parameters::{EventsOptionsBuilder, InspectContainerOptions, StatsOptionsBuilder};
use futures_util::StreamExt;
use futures_util::future::join_all;

use self::containers::{containers, listed, names, shape};
use self::logs::logs;
use super::place::Project;
use super::site::Site;
use super::unavailable;
use crate::probe::{
    Container, ContainerEvent, ContainerStats, Ended, Events, Inspect, PostgresReading, Probe, ProcessReading, Reading,
};

const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";

/// Of how many containers the last lines are read, how many lines, and how long one may take.
const LOGGING: usize = 24;
const LOG_LINES: usize = 60;
const LOG_LIMIT: Duration = Duration::from_millis(1_500);

/// The engine, contacted at the first question.
pub(super) struct Docker {
    engine: Result<bollard::Docker, String>,
    /// Where it is looked for, and whether that was chosen by `DOCKER_HOST`.
    place: String,
    chosen: bool,
}

impl Docker {
    /// The engine that `DOCKER_HOST` names, or the one of this machine or user.
    pub(super) fn new() -> Docker {
        const USUAL: &str = "/var/run/docker.sock";
        let chosen = std::env::var("DOCKER_HOST").ok().filter(|h| !h.is_empty());
        let own = std::env::var("XDG_RUNTIME_DIR").unwrap_or_default();
        let rootless = ["docker.sock", "podman/podman.sock"].map(|name| format!("{own}/{name}"));
        let there = |path: &String| !own.is_empty() && std::path::Path::new(path).exists();
        let found = match &chosen {
            None if !std::path::Path::new(USUAL).exists() => rootless.iter().find(|p| there(p)),
            _ => None,
        };
        let engine = match found {
            Some(path) => bollard::Docker::connect_with_unix(path, 120, bollard::API_DEFAULT_VERSION),
            None if chosen.is_some() => bollard::Docker::connect_with_defaults(),
            // A variable that is set to nothing counts as not set, as the docker program has it.
            None => bollard::Docker::connect_with_unix(USUAL, 120, bollard::API_DEFAULT_VERSION),
        };
        let place = chosen.clone().or_else(|| found.map(|p| format!("unix://{p}")));
        Docker {
            engine: engine.map_err(|e| e.to_string()),
            place: place.unwrap_or_else(|| format!("unix://{USUAL}")),
            chosen: chosen.is_some(),
        }
    }

    /// Answers one question within a time limit.
    pub(super) async fn answer(&self, probe: &Probe, site: &Site, limit: Duration) -> Reading {
        let engine = match &self.engine {
            Ok(engine) => engine,
            Err(why) => return self.unreachable(why),
        };
        match tokio::time::timeout(limit, ask(engine, probe, site)).await {
            Ok(Ok(reading)) => reading,
            Ok(Err(error)) => self.refused(&error),
            Err(_) => unavailable("docker", "it did not answer in time", "a longer limit: --timeout SECONDS"),
        }
    }

    /// All containers of the host; none where the engine does not answer.
    pub(super) async fn all(&self, site: &Site, limit: Duration) -> Vec<Container> {
        let Ok(engine) = &self.engine else { return Vec::new() };
        let found = tokio::time::timeout(limit, listed(engine, site, false)).await;
        found.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// Whether the engine is this machine's: only then are the ports it publishes here.
    pub(super) fn is_here(&self) -> bool {
        self.place.starts_with("unix:") || self.place.starts_with('/')
    }

    /// The addresses that are listened on inside a container, `127.0.0.1:8000`; `None` where that cannot be seen.
    pub(super) async fn listening_inside(&self, container: &str) -> Option<Vec<String>> {
        let engine = self.engine.as_ref().ok()?;
        let argv = ["cat", "/proc/net/tcp", "/proc/net/tcp6"].map(str::to_owned);
        match exec(engine, container, &argv).await.ok()? {
            Reading::Process(run) => super::sockets::listened(&run.stdout),
            _ => None,
        }
    }

    /// The ports that running containers of the host publish, each with its container: one short question.
    pub(super) async fn publishing(&self) -> Vec<(u16, String)> {
        let Ok(engine) = &self.engine else { return Vec::new() };
        let options = bollard::query_parameters::ListContainersOptionsBuilder::default().build();
        let found = tokio::time::timeout(LOG_LIMIT, engine.list_containers(Some(options))).await;
        let of = |c: bollard::models::ContainerSummary| {
            let name = c.names.unwrap_or_default().first().map(|n| n.trim_start_matches('/').to_owned());
            let ports = c.ports.unwrap_or_default().into_iter().filter_map(|p| p.public_port);
            ports.filter_map(move |port| Some((port, name.clone()?))).collect::<Vec<_>>()
        };
        found.ok().and_then(Result::ok).unwrap_or_default().into_iter().flat_map(of).collect()
    }

    /// The volumes of a project that no container uses.
    pub(super) async fn unused_volumes(&self, project: &str) -> Vec<String> {
        let Ok(engine) = &self.engine else { return Vec::new() };
        let filters = std::collections::HashMap::from([
            ("dangling".to_owned(), vec!["true".to_owned()]),
            ("label".to_owned(), vec![format!("{PROJECT}={project}")]),
        ]);
        let options = bollard::query_parameters::ListVolumesOptionsBuilder::default().filters(&filters).build();
        let found = tokio::time::timeout(LOG_LIMIT, engine.list_volumes(Some(options))).await;
        let volumes = found.ok().and_then(Result::ok).and_then(|v| v.volumes).unwrap_or_default();
        volumes.into_iter().map(|v| v.name).take(LOGGING).collect()
    }

    /// What a PostgreSQL in a container says of itself; `None` where that cannot be asked.
    pub(super) async fn postgres(&self, container: &Container) -> Option<PostgresReading> {
        postgres::ask(self.engine.as_ref().ok()?, container).await
    }

    /// What running containers logged in the last `since_s` seconds, by service; those that said nothing are left out.
    pub(super) async fn recent(&self, containers: &[Container], since_s: u64) -> Vec<(String, Vec<String>)> {
        let Ok(engine) = &self.engine else { return Vec::new() };
        let running = containers.iter().filter(|c| c.state == "running").take(LOGGING);
        let logged = join_all(running.map(|c| async move {
            // What was said before the last start, of this or another part, is of another time.
            let since = since_s.min(c.up_s.unwrap_or(since_s)).min(since_started(c, containers));
            let said = tokio::time::timeout(LOG_LIMIT, logs::tail(engine, &c.id, LOG_LINES, Some(since))).await;
            (c.label().to_owned(), said.ok().and_then(Result::ok).unwrap_or_default())
        }));
        logged.await.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
    }

    /// The compose projects that have containers; none where the engine does not answer at once.
    pub(super) async fn projects(&self) -> Vec<Project> {
        let Ok(engine) = &self.engine else { return Vec::new() };
        let found = tokio::time::timeout(Duration::from_millis(500), containers::projects(engine)).await;
        found.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// Where the engine keeps its data.
    pub(super) async fn data_folder(&self) -> Option<String> {
        let engine = self.engine.as_ref().ok()?;
        tokio::time::timeout(Duration::from_secs(2), engine.info()).await.ok()?.ok()?.docker_root_dir
    }

    fn refused(&self, error: &bollard::errors::Error) -> Reading {
        use bollard::errors::Error;
        if let Error::DockerResponseServerError { status_code: 404, message } = error {
            return unavailable("container", message.clone(), "`docker ps -a` shows the names there are");
        }
        if let Error::DockerResponseServerError { message, .. } = error {
            let hint = "`docker ps -a` shows what state it is in";
            return unavailable("container", crate::text::shorten(message, 160), hint);
        }
        let mut text = error.to_string();
        let mut at: &dyn std::error::Error = error;
        while let Some(inner) = at.source() {
            text = format!("{text}: {inner}");
            at = inner;
        }
        self.unreachable(&text)
    }

    /// Why the engine cannot be asked, and what to do about it.
    fn unreachable(&self, text: &str) -> Reading {
        let place = &self.place;
        let lower = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
        let start = if self.chosen {
            "DOCKER_HOST names that place: is it right? without it this machine's own engine is asked"
        } else {
            "start it: sudo systemctl start docker"
        };
        let (why, hint) = match () {
            () if has(&["permission denied"]) => (
                format!("permission denied on {place}"),
                "run as root, or join the group docker (sudo usermod -aG docker $USER) and log in again",
            ),
            () if has(&["no such file", "not found"]) => (format!("not running: nothing at {place}"), start),
            () if has(&["dns error", "lookup", "resolve"]) => (format!("the host in {place} is unknown"), start),
            () if has(&["refused"]) => (format!("connection refused at {place}"), start),
            () if has(&["url", "scheme", "parse", "invalid uri", "unsupported"]) => {
                (format!("`{place}` is no address of an engine"), "unix:///var/run/docker.sock is the usual one")
            }
            () => (format!("{} ({place})", crate::text::shorten(text, 120)), "is it running? systemctl status docker"),
        };
        unavailable("docker", why, hint)
    }
}

type Answer = Result<Reading, bollard::errors::Error>;

async fn ask(engine: &bollard::Docker, probe: &Probe, site: &Site) -> Answer {
    let compose = matches!(probe, Probe::Containers { compose: true, .. } | Probe::Logs { compose: true, .. });
    if compose && site.compose_file.is_none() {
        let projects = containers::projects(engine).await?;
        // Which of them is meant cannot be known here, and a change must never act on two.
        if projects.len() > 1 {
            let names: Vec<&str> = projects.iter().map(|p| p.name.as_str()).collect();
            let known = crate::text::shorten(&names.join(", "), 80);
            return Ok(unavailable(
                "compose file",
                format!("none in this folder, and several compose projects are on this engine: {known}"),
                "start unstuck in the project's folder, or name it: --project DIR",
            ));
        }
    }
    match probe {
        Probe::Containers { services, compose, all } => containers(engine, site, services, *compose, *all).await,
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
                    project: actor.get(PROJECT).cloned(),
                    exit_code: actor.get("exitCode").and_then(|c| c.parse().ok()),
                    signal: actor.get("signal").cloned(),
                });
            }
            Ok(Reading::Events(Events { project: site.project(), events: seen }))
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
                let throttled = throttled(stats.cpu_stats.as_ref(), stats.precpu_stats.as_ref());
                let memory = stats.memory_stats.unwrap_or_default();
                Some(ContainerStats {
                    name: name.clone(),
                    service: service.clone(),
                    cpu_percent,
                    throttled,
                    memory_used: memory.usage.unwrap_or(0),
                    memory_limit: memory.limit,
                })
            });
            Ok(Reading::Stats(join_all(asked).await.into_iter().flatten().collect()))
        }
        Probe::Exec { target, compose, argv } => {
            let found = names(engine, site, Some(target), *compose).await?.into_iter().next();
            let Some((name, _)) = found else {
                let hint = "`docker compose ps -a` shows what there is";
                return Ok(unavailable(target, "it has no container, so nothing can be run in it", hint));
            };
            match argv.as_slice() {
                // What compose gives a container is known without a program inside it.
                [printenv, key] if printenv == "printenv" => variable(engine, &name, key).await,
                _ => exec(engine, &name, argv).await,
            }
        }
        _ => Ok(unavailable("docker", "this is no question for it", "")),
    }
}

/// How long ago the last of the other containers had come up, in seconds. Those that start over and over do not count:
/// what others say of them is of now.
fn since_started(of: &Container, all: &[Container]) -> u64 {
    let others = all.iter().filter(|c| c.id != of.id && c.state == "running" && c.restart_count == 0);
    others.filter_map(|c| c.up_s).min().map_or(u64::MAX, |up| up.saturating_sub(COMING_UP_S))
}

/// So long after its start a container may not answer yet, and others complain of it.
const COMING_UP_S: u64 = 5;

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

/// The share of the periods between two looks in which a processor limit held the container back.
fn throttled(now: Option<&ContainerCpuStats>, before: Option<&ContainerCpuStats>) -> f64 {
    let counts = |s: Option<&ContainerCpuStats>| {
        let data = s?.throttling_data.as_ref()?;
        Some((data.periods?, data.throttled_periods?))
    };
    let Some((all, held)) = counts(now) else { return 0.0 };
    let (all_before, held_before) = counts(before).unwrap_or_default();
    match all.saturating_sub(all_before) {
        0 => 0.0,
        periods => (held.saturating_sub(held_before) as f64 / periods as f64).min(1.0),
    }
}

/// One variable of a container's environment, as `printenv` would give it.
async fn variable(engine: &bollard::Docker, name: &str, key: &str) -> Answer {
    let raw = engine.inspect_container(name, None::<InspectContainerOptions>).await?;
    let env = raw.config.and_then(|c| c.env).unwrap_or_default();
    let value = env.iter().filter_map(|e| e.split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v.to_owned());
    Ok(Reading::Process(ProcessReading {
        command: format!("printenv {key}"),
        ended: Ended::Code(i32::from(value.is_none())),
        stdout: value.map(|v| v + "\n").unwrap_or_default(),
        stderr: String::new(),
        cut: 0,
    }))
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
