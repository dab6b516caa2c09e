//! Settings and services a change acts on: their value or state now, asked by a command that only reads.
//! It never asks by a command that is not proven to read.

use std::path::Path;
use std::time::Duration;

use super::quoted;
use crate::command::ReadOnly;
use crate::probe::{Ended, Reading};
use crate::session::ports::Target;
use crate::world::Interrupt;
use crate::world::process::{self, Limits, Program};

/// The old value of what `redis-cli ... config set KEY value` sets, also behind `docker exec` and the like.
pub(super) async fn redis(words: &[String], dir: &Path) -> Option<Target> {
    let is = |at: usize, word: &str| words.get(at).is_some_and(|w| w.eq_ignore_ascii_case(word));
    let at = (0..words.len()).find(|at| is(*at, "config") && is(at + 1, "set"))?;
    let key = words.get(at + 2)?;
    let hidden = ["pass", "auth"].iter().any(|part| key.to_lowercase().contains(part));
    if hidden || !words.iter().take(at).any(|w| w.ends_with("redis-cli")) {
        return None;
    }
    let before = words.get(..at)?;
    let asked: Vec<String> =
        before.iter().chain(["config".to_owned(), "get".to_owned(), key.clone()].iter()).cloned().collect();
    let said = ask(&asked, dir).await?;
    let mut lines = said.lines();
    if lines.next() != Some(key.as_str()) {
        return None;
    }
    let old = lines.next().unwrap_or_default();
    let back: Vec<String> = before.iter().map(|w| quoted(w)).collect();
    Some(Target {
        shown: format!("Redis setting {key}, now {}", if old.is_empty() { "empty" } else { old }),
        identity: format!("redis {key}={old}"),
        undo: Some(format!("{} config set {key} {}", back.join(" "), quoted(old))),
        forbidden: None,
    })
}

/// The state of the services `systemctl VERB names` acts on.
pub(super) async fn services(words: &[String], dir: &Path) -> Vec<Target> {
    let plain: Vec<&String> = words.iter().skip(1).filter(|w| !w.starts_with('-')).collect();
    let Some((verb, units)) = plain.split_first() else { return Vec::new() };
    let mut targets = Vec::new();
    let at_once = words.iter().any(|w| w == "--now");
    for unit in units {
        let asks =
            if matches!(verb.as_str(), "enable" | "disable" | "mask" | "unmask") { "is-enabled" } else { "is-active" };
        let Some(state) = ask(&["systemctl".into(), asks.into(), (*unit).clone()], dir).await else { continue };
        let state = state.trim();
        let back = match (verb.as_str(), state) {
            ("stop" | "kill", "active") => Some("start"),
            ("start", "inactive" | "failed") => Some("stop"),
            ("enable", "disabled") => Some("disable"),
            ("disable", "enabled") => Some("enable"),
            ("mask", "enabled" | "disabled") => Some("unmask"),
            _ => None,
        };
        // `--now` starts or stops it as well: it is taken back by the same where it did both.
        let back = match (back, at_once) {
            (Some(back), true) => {
                let active = ask(&["systemctl".into(), "is-active".into(), (*unit).clone()], dir).await;
                let active = active.as_deref().map(str::trim) == Some("active");
                ((back == "enable") == active).then(|| format!("{back} --now"))
            }
            (back, _) => back.map(str::to_owned),
        };
        targets.push(Target {
            shown: format!("service {unit}, now {state}"),
            identity: format!("unit {unit} {asks} {state}"),
            undo: back.filter(|_| units.len() == 1).map(|back| format!("sudo systemctl {back} {}", quoted(unit))),
            forbidden: None,
        });
    }
    targets
}

/// The limits and the restart policy of the container `docker update` sets.
pub(super) async fn limits(words: &[String], dir: &Path) -> Option<Target> {
    const FORMAT: &str = "{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}} \
                          {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}}";
    let at = words.iter().position(|w| w == "update")?;
    let (mut names, mut set) = (Vec::new(), Vec::new());
    let mut rest = words.get(at + 1..)?.iter();
    while let Some(word) = rest.next() {
        match word.split_once('=') {
            _ if !word.starts_with('-') => names.push(word),
            Some((name, _)) => set.push(name),
            None => {
                set.push(word.as_str());
                rest.next();
            }
        }
    }
    let ([name], false) = (names.as_slice(), set.is_empty()) else { return None };
    let asked: Vec<String> = ["docker", "inspect", "-f", FORMAT, name].map(str::to_owned).to_vec();
    let said = ask(&asked, dir).await?;
    let old: Vec<&str> = said.split_whitespace().collect();
    let [restart, memory, swap, cpus, shares] = old.as_slice() else { return None };
    let cpus = cpus.parse::<f64>().unwrap_or_default() / 1e9;
    let restart = restart.strip_suffix(":0").unwrap_or(restart);
    // A limit that is not set cannot be set to none again.
    let kept = |value: &str| value != "0";
    let back = |option: &&str| match *option {
        "--restart" => Some(format!("--restart={}", if restart.is_empty() { "no" } else { restart })),
        "--memory" | "-m" | "--memory-swap" => kept(memory).then(|| format!("--memory={memory} --memory-swap={swap}")),
        "--cpus" => (cpus > 0.0).then(|| format!("--cpus={cpus}")),
        "--cpu-shares" | "-c" => kept(shares).then(|| format!("--cpu-shares={shares}")),
        _ => None,
    };
    let mut back: Option<Vec<String>> = set.iter().map(back).collect();
    if let Some(back) = &mut back {
        back.dedup();
    }
    Some(Target {
        shown: format!("container {name}, now restart {restart}, memory {memory}, cpus {cpus}, shares {shares}"),
        identity: format!("limits of {name} {said}"),
        undo: back.map(|back| format!("docker update {} {}", back.join(" "), quoted(name))),
        forbidden: None,
    })
}

/// What a reading command prints; `None` where it cannot be had.
pub(super) async fn ask(words: &[String], dir: &Path) -> Option<String> {
    let line = words.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" ");
    let command = ReadOnly::prove(&line).ok()?;
    let limits = Limits { time: Duration::from_secs(3), output: 4 * 1024 };
    match process::run(&Program::reading(&command, dir), limits, &Interrupt::never()).await {
        // `systemctl is-active` says `inactive` with an exit code above 0.
        Reading::Process(run) if matches!(run.ended, Ended::Code(_)) && !run.stdout.trim().is_empty() => {
            Some(run.stdout)
        }
        _ => None,
    }
}
