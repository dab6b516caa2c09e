//! What a command would act on, as it is now: containers by id and state, processes by pid and start time.
//! It never acts on anything itself.

mod files;
mod settings;

use std::time::Duration;

pub(super) use self::files::keep;
use super::docker::Docker;
use super::quoted;
use super::site::Site;
use crate::command::{Script, Simple};
use crate::probe::{Containers, Probe, Reading};
use crate::session::ports::Target;

/// Words that start a container verb which acts on services or containers.
const VERBS: &[&str] =
    &["up", "start", "stop", "restart", "kill", "rm", "down", "pause", "unpause", "create", "pull", "recreate"];

/// The targets of a command line; empty where none is known.
pub(super) async fn of(command: &str, site: &Site, docker: &Docker) -> Vec<Target> {
    let Some(script) = Script::plain(command) else { return Vec::new() };
    let mut targets = Vec::new();
    for simple in script.pipelines.iter().flat_map(|p| &p.commands) {
        let words = unwrapped(simple);
        match words.first().map(|w| w.rsplit('/').next().unwrap_or(w)) {
            Some("docker" | "docker-compose") => match settings::redis(&words, &site.dir).await {
                Some(setting) => targets.push(setting),
                None => targets.extend(containers(&words, site, docker).await),
            },
            Some("redis-cli") => targets.extend(settings::redis(&words, &site.dir).await),
            Some("systemctl") => targets.extend(settings::services(&words, &site.dir).await),
            Some("kill") => targets.extend(words.iter().skip(1).filter_map(|w| w.parse().ok()).map(process)),
            Some("sysctl") => {
                targets.extend(words.iter().skip(1).filter_map(|w| w.split_once('=')).filter_map(|(key, _)| {
                    value(&format!("/proc/sys/{}", key.replace('.', "/")), |old| format!("sudo sysctl -w {key}={old}"))
                }))
            }
            Some("tee") => targets.extend(
                words
                    .iter()
                    .skip(1)
                    .filter(|w| w.starts_with("/proc/sys/"))
                    .filter_map(|path| value(path, |old| format!("echo {old} | sudo tee {path}"))),
            ),
            _ => {}
        }
        targets.extend(files::of(&words, &site.dir));
    }
    targets.dedup();
    targets
}

/// A command's words without `sudo` and its options.
fn unwrapped(simple: &Simple) -> Vec<String> {
    let mut words = simple.argv.as_slice();
    if words.first().is_some_and(|w| w == "sudo") {
        words = words.get(1..).unwrap_or_default();
        while words.first().is_some_and(|w| w.starts_with('-')) {
            words = words.get(1..).unwrap_or_default();
        }
    }
    words.to_vec()
}

/// The containers that `docker ... VERB names` acts on; all of the project where it names none.
async fn containers(words: &[String], site: &Site, docker: &Docker) -> Vec<Target> {
    let Some(at) = words.iter().position(|w| VERBS.contains(&w.as_str())) else { return Vec::new() };
    let compose = words.first().is_some_and(|w| w.ends_with("docker-compose"))
        || words.get(..at).is_some_and(|head| head.iter().any(|w| w == "compose"));
    let names: Vec<&String> = words.iter().skip(at + 1).filter(|w| !w.starts_with('-')).collect();
    let verb = words.get(at).map(String::as_str).unwrap_or_default();
    let probe = Probe::Containers { services: Vec::new(), compose, all: true };
    let Reading::Containers(Containers { containers, .. }) = docker.answer(&probe, site, Duration::from_secs(5)).await
    else {
        return Vec::new();
    };
    containers
        .iter()
        .filter(|c| {
            names.is_empty() && compose
                || names.iter().any(|n| {
                    c.name == **n || c.service.as_ref() == Some(n) || c.id.starts_with(n.as_str()) && n.len() >= 8
                })
        })
        .map(|c| {
            let shown = if c.state == "absent" {
                format!("service {} (it has no container yet)", c.label())
            } else {
                format!("container {}", c.name)
            };
            let running = c.state == "running" || c.state == "restarting";
            let undo = match (verb, running, compose) {
                ("up" | "start", false, true) => Some(format!("{} stop {}", site.compose_command(), c.label())),
                ("up" | "start", false, false) => Some(format!("docker stop {}", c.name)),
                ("stop" | "kill", true, true) => Some(format!("{} start {}", site.compose_command(), c.label())),
                ("stop" | "kill", true, false) => Some(format!("docker start {}", c.name)),
                _ => None,
            };
            // A container in a restart loop changes its state by itself: its id says who it is.
            Target { shown, identity: c.id.clone(), undo: undo.filter(|_| names.len() == 1), forbidden: None }
        })
        .collect()
}

fn process(pid: i32) -> Target {
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    let found = procfs::process::Process::new(pid).and_then(|p| p.stat());
    let (shown, identity) = match &found {
        Ok(stat) => (format!("process {}, pid {pid}", stat.comm), format!("{pid}@{}", stat.starttime)),
        Err(_) => (format!("pid {pid}, which does not exist"), format!("{pid}@none")),
    };
    let forbidden = match pid {
        1 => Some("pid 1 is the system's first process; stopping it stops the system".to_owned()),
        n if n == own => Some("that is this program itself".to_owned()),
        n if n <= 0 => Some("a pid below 1 means a whole group of processes".to_owned()),
        n if parents(own).contains(&n) => Some("that is a process this program was started from".to_owned()),
        _ if found.is_err() => Some("there is no such process any more".to_owned()),
        _ => None,
    };
    Target { shown, identity, undo: None, forbidden }
}

/// The processes above `pid`, nearest first.
fn parents(pid: i32) -> Vec<i32> {
    let mut above = Vec::new();
    let mut at = pid;
    while above.len() < 64
        && let Ok(stat) = procfs::process::Process::new(at).and_then(|p| p.stat())
        && stat.ppid > 1
    {
        above.push(stat.ppid);
        at = stat.ppid;
    }
    above
}

/// A kernel value, with the command that puts the present one back.
fn value(path: &str, undo: impl Fn(&str) -> String) -> Option<Target> {
    let old = std::fs::read_to_string(path).ok()?;
    let old = old.trim();
    let simple = old.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    Some(Target {
        shown: format!("{path}, now {old}"),
        identity: old.to_owned(),
        undo: simple.then(|| undo(old)),
        forbidden: None,
    })
}
