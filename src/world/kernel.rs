//! Messages of the kernel, and the processes it killed for memory.
//! It never clears them.

use std::time::Duration;

use procfs::Current;
use regex::Regex;

use super::process::{self, Limits, Program};
use super::unavailable;
use crate::probe::{Ended, Grep, KernelLog, OomKill, Reading};

/// The lines that were asked for, and every out-of-memory kill among all of them.
pub(super) async fn log(grep: Option<&Grep>, limit: Duration) -> Reading {
    let limits = Limits { time: limit, output: 2 * 1024 * 1024 };
    let mut why = "the kernel's messages cannot be read".to_owned();
    for words in [&["dmesg"][..], &["journalctl", "-k", "-n", "5000", "--no-pager", "-o", "short-monotonic"][..]] {
        match process::run(&Program::words(words), limits, &super::Interrupt::never()).await {
            Reading::Process(run) if run.ended == Ended::Code(0) && !run.stdout.trim().is_empty() => {
                let all: Vec<&str> = run.stdout.lines().collect();
                return Reading::KernelLog(KernelLog { lines: chosen(&all, grep), kills: kills(&all) });
            }
            Reading::Process(run) if !run.stderr.trim().is_empty() => why = crate::text::shorten(&run.stderr, 100),
            Reading::Process(run) if run.ended == Ended::Code(0) => why = "they are empty here".into(),
            _ => {}
        }
    }
    unavailable("kernel messages", why, "run it as root: sudo dmesg")
}

fn chosen(all: &[&str], grep: Option<&Grep>) -> Vec<String> {
    let keep = |line: &&&str| match grep {
        None => true,
        Some(grep) => matches(grep, line) != grep.invert,
    };
    let kept: Vec<String> = all.iter().filter(keep).map(|l| (*l).to_owned()).collect();
    kept.iter().skip(kept.len().saturating_sub(50)).cloned().collect()
}

/// Whether a line fits a grep; a pattern that is no regular expression is looked for as text.
pub(super) fn matches(grep: &Grep, line: &str) -> bool {
    let pattern = if grep.ignore_case { format!("(?i){}", grep.pattern) } else { grep.pattern.clone() };
    match Regex::new(&pattern) {
        Ok(pattern) => pattern.is_match(line),
        Err(_) => line.contains(&grep.pattern),
    }
}

/// The seconds since the start of the host at the head of a line: `[  617.921947] ...`.
fn seconds(line: &str) -> Option<f64> {
    line.trim_start().strip_prefix('[')?.split_once(']')?.0.trim().parse().ok()
}

fn kills(all: &[&str]) -> Vec<OomKill> {
    let mut found = Vec::new();
    let up = procfs::Uptime::current().ok().map(|u| u.uptime);
    let mut container: Option<String> = None;
    for line in all {
        if let Some(at) = line.find("task_memcg=") {
            let path: String = line.get(at + 11..).unwrap_or("").chars().take_while(|c| *c != ',').collect();
            container = path
                .rsplit('/')
                .next()
                .map(|l| l.trim_start_matches("docker-").trim_end_matches(".scope").to_owned())
                .filter(|l| l.len() == 64);
        }
        let Some(at) = line.find("Killed process ") else { continue };
        let rest = line.get(at + 15..).unwrap_or("");
        let pid = rest.split_whitespace().next().and_then(|w| w.trim_end_matches(',').parse().ok());
        let process = rest.split_once('(').and_then(|(_, t)| t.split_once(')')).map(|(n, _)| n.to_owned());
        if let (Some(pid), Some(process)) = (pid, process) {
            let ago_s = seconds(line).zip(up).map(|(at, up)| (up - at).max(0.0) as u64);
            let line = (*line).to_owned();
            found.push(OomKill { process, pid, container: container.take(), ago_s, line, ..OomKill::default() });
        }
    }
    found
}
