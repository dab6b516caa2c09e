//! One reading to one outcome: status, summary, evidence and what it proves.
//! It never turns a look that could not be had into `ok`.

mod containers;
mod host;
mod logs;
mod network;

use super::{Finding, Outcome, Status};
use crate::probe::{Ended, NetFailure, Observed, ProcessReading, Reading, RedisAnswer, RedisFailure, RedisReading};
use crate::runbook::Check;
use crate::text::{count, shorten};

/// What one reading says, before it is put into an outcome.
pub(super) struct Said {
    pub status: Status,
    pub summary: String,
    pub evidence: Option<String>,
    pub findings: Vec<Finding>,
}

impl Said {
    pub(super) fn new(status: Status, summary: impl Into<String>) -> Said {
        Said { status, summary: summary.into(), evidence: None, findings: Vec::new() }
    }

    pub(super) fn ok(summary: impl Into<String>) -> Said {
        Said::new(Status::Ok, summary)
    }

    pub(super) fn problem(summary: impl Into<String>, finding: Finding) -> Said {
        Said { findings: vec![finding], ..Said::new(Status::Problem, summary) }
    }

    pub(super) fn showing(mut self, evidence: impl Into<String>) -> Said {
        self.evidence = Some(evidence.into());
        self
    }
}

/// What `observed` means for `check`.
pub fn interpret(check: &Check, observed: &Observed) -> Outcome {
    let mut said = match &observed.reading {
        Reading::Containers(seen) => containers::containers(seen),
        Reading::Events(seen) => containers::events(seen),
        Reading::Inspect(seen) => containers::inspect(seen),
        Reading::Stats(seen) => containers::stats(seen),
        Reading::Logs(seen) => logs::logs(seen),
        Reading::Redis(seen) => redis(seen),
        Reading::Http(seen) => network::http(seen, observed.ms),
        Reading::WebSocket(seen) => network::websocket(seen),
        Reading::Listening(seen) => network::listening(seen),
        Reading::Reach(seen) => network::reach(seen),
        Reading::Value(seen) => host::value(seen),
        Reading::Folder(seen) => host::folder(seen),
        Reading::KernelLog(seen) => host::kernel(seen),
        Reading::Disk(seen) => host::disk(seen),
        Reading::Memory(seen) => host::memory(seen),
        Reading::Process(seen) => process(seen),
        Reading::Unavailable(missing) => {
            Said::new(Status::Skipped, format!("not checked: {}: {}", missing.what, missing.why))
                .showing(missing.hint.clone())
        }
        Reading::Interrupted => Said::new(Status::Skipped, "stopped before it answered"),
    };
    let optional = check.title.to_lowercase().contains("optional");
    if optional && said.status == Status::Problem {
        // A part that may be absent proves nothing by being absent.
        said.status = Status::Uncertain;
        said.findings.clear();
    }
    if let (Some(expect), Reading::Process(run)) = (&check.expect, &observed.reading) {
        let met = expected(expect, &run.stdout);
        said.status = if met { Status::Ok } else { Status::Problem };
        said.summary = if met {
            format!("as expected: {}", shorten(expect, 60))
        } else {
            format!("expected {}, got {}", shorten(expect, 60), shorten(&run.stdout, 80))
        };
    }
    Outcome {
        check: check.title.clone(),
        command: check.step.text(),
        status: said.status,
        summary: said.summary,
        evidence: said.evidence,
        findings: said.findings,
        reading: Some(observed.reading.clone()),
        ms: observed.ms,
    }
}

fn expected(expect: &str, output: &str) -> bool {
    match expect.strip_prefix('/').and_then(|e| e.strip_suffix('/')) {
        Some(pattern) => regex::Regex::new(pattern).is_ok_and(|p| p.is_match(output)),
        None => output.contains(expect),
    }
}

fn redis(seen: &RedisReading) -> Said {
    use super::finding::Kind;
    let at = &seen.at;
    match &seen.answer {
        RedisAnswer::Pong => Said::ok(format!("PONG in {:.1} ms", seen.ms)),
        RedisAnswer::Int(n) if seen.command.starts_with("LLEN") => {
            let key = seen.command.split(' ').nth(1).unwrap_or("the queue");
            if *n > 100 {
                Said::problem(
                    format!("{n} waiting"),
                    Finding::new(Kind::QueueLong, key, format!("{n} jobs wait in {key}.")).with(n.to_string()),
                )
            } else {
                Said::ok(format!("{n} waiting"))
            }
        }
        RedisAnswer::Int(n) => Said::ok(n.to_string()),
        RedisAnswer::Text(text) => Said::ok(shorten(text, 100)),
        RedisAnswer::Info(fields) => {
            let number = |key: &str| fields.get(key).and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
            let (used, max, evicted) = (number("used_memory"), number("maxmemory"), number("evicted_keys"));
            if fields.get("loading").is_some_and(|v| v == "1") {
                return Said::problem(
                    "loading its data",
                    Finding::new(Kind::RedisLoading, at, "Redis is still loading its data from disk."),
                );
            }
            if fields.get("rdb_last_bgsave_status").is_some_and(|v| v == "err") {
                return Said::problem(
                    "the last save to disk failed",
                    Finding::new(Kind::RedisMisconf, at, "Redis cannot save to its disk."),
                );
            }
            if max > 0 && used as f64 >= 0.95 * max as f64 {
                let text =
                    format!("Redis uses {} of its {} of memory.", crate::text::bytes(used), crate::text::bytes(max));
                return Said::problem(
                    format!("memory full: {} of {}", crate::text::bytes(used), crate::text::bytes(max)),
                    Finding::new(Kind::RedisMemoryFull, at, text),
                );
            }
            if evicted > 0 {
                return Said::problem(
                    format!("{evicted} keys evicted"),
                    Finding::new(
                        Kind::RedisEvicting,
                        at,
                        format!(
                            "Redis threw away {evicted} keys to stay within its memory; a queue can be among them."
                        ),
                    ),
                );
            }
            let of = if max > 0 { format!(" of {}", crate::text::bytes(max)) } else { ", no limit set".into() };
            Said::ok(if fields.contains_key("used_memory") {
                format!("{} of memory used{of}", crate::text::bytes(used))
            } else {
                count(fields.len(), "value")
            })
        }
        RedisAnswer::Failed { why, text } => {
            let (kind, summary, sentence) = match why {
                RedisFailure::Net(NetFailure::Refused) => {
                    (Kind::RedisRefused, format!("connection refused at {at}"), "Nothing answers at Redis's address.")
                }
                RedisFailure::Net(NetFailure::Name) => (
                    Kind::NameUnresolved,
                    format!("the name in {at} does not resolve"),
                    "The name of the Redis host does not resolve.",
                ),
                RedisFailure::Net(_) => {
                    (Kind::RedisRefused, format!("no answer at {at}: {}", shorten(text, 80)), "Redis does not answer.")
                }
                RedisFailure::NoAuth => {
                    (Kind::RedisAuth, "it wants a password (NOAUTH)".into(), "Redis runs, but wants a password.")
                }
                RedisFailure::WrongPass => (
                    Kind::RedisWrongPassword,
                    "the password is wrong (WRONGPASS)".into(),
                    "Redis runs, but the password is wrong.",
                ),
                RedisFailure::Loading => (
                    Kind::RedisLoading,
                    "loading its data (LOADING)".into(),
                    "Redis is still loading its data from disk.",
                ),
                RedisFailure::Misconf => (
                    Kind::RedisMisconf,
                    "it refuses writes: it cannot save (MISCONF)".into(),
                    "Redis cannot save to its disk, so it refuses writes.",
                ),
                RedisFailure::OutOfMemory => (
                    Kind::RedisOutOfMemory,
                    "over its maxmemory (OOM)".into(),
                    "Redis is over its memory limit, so it refuses writes.",
                ),
                RedisFailure::ReadOnly => (
                    Kind::RedisReadOnly,
                    "it is a replica (READONLY)".into(),
                    "This Redis is a replica and takes no writes.",
                ),
                RedisFailure::NotRedis => (
                    Kind::RedisRefused,
                    format!("what answers at {at} is not a Redis"),
                    "Something else than Redis listens at its address.",
                ),
                RedisFailure::NoPermission | RedisFailure::Down | RedisFailure::MaxClients | RedisFailure::Other => {
                    (Kind::OtherProblem, shorten(text, 100), "Redis answers with an error.")
                }
            };
            Said::problem(summary, Finding::new(kind, "redis", sentence)).showing(text.clone())
        }
    }
}

/// A program's output: known answers are understood; otherwise it was run, and is to be read.
fn process(run: &ProcessReading) -> Said {
    let output = format!("{}\n{}", run.stdout, run.stderr);
    let last = output.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("").to_owned();
    if run.stdout.trim() == "PONG" {
        return Said::ok("PONG");
    }
    for (sign, why) in [
        ("NOAUTH", RedisFailure::NoAuth),
        ("WRONGPASS", RedisFailure::WrongPass),
        ("LOADING", RedisFailure::Loading),
        ("Could not connect to Redis", RedisFailure::Net(NetFailure::Refused)),
    ] {
        if let Some(line) = output.lines().find(|l| l.contains(sign)) {
            let answer = RedisAnswer::Failed { why, text: line.to_owned() };
            return redis(&RedisReading { at: "redis".into(), command: run.command.clone(), answer, ms: 0.0 });
        }
    }
    match run.ended {
        Ended::TimedOut => Said::new(Status::Uncertain, "did not end in time").showing(last),
        Ended::Interrupted => Said::new(Status::Skipped, "stopped by you"),
        Ended::Cut => Said::new(Status::Uncertain, "cut, as it does not end by itself").showing(last),
        Ended::Signal(signal) => Said::new(Status::Uncertain, format!("ended by signal {signal}")).showing(last),
        Ended::Code(0) if last.is_empty() && answers_by_exit_code(&run.command) => Said::ok("yes (exit code 0)"),
        Ended::Code(1) if last.is_empty() && answers_by_exit_code(&run.command) => {
            Said::new(Status::Problem, "no (exit code 1)")
        }
        Ended::Code(0) => match logs::standing_out(&run.stdout.lines().map(str::to_owned).collect::<Vec<_>>()) {
            (0, _) if last.is_empty() => Said::new(Status::Uncertain, "ran, and printed nothing"),
            (0, _) => Said::new(
                Status::Uncertain,
                format!("ran; read its {}", count(output.lines().filter(|l| !l.trim().is_empty()).count(), "line")),
            )
            .showing(last),
            (n, best) => Said {
                findings: best.as_deref().map(|b| logs::finding(b, "the output")).into_iter().collect(),
                ..Said::new(Status::Uncertain, format!("{} out", stand(n))).showing(best.unwrap_or_default())
            },
        },
        Ended::Code(1) if run.command.contains("grep") => Said::new(Status::Uncertain, "nothing found"),
        Ended::Code(code) => Said::new(Status::Problem, format!("exit code {code}")).showing(last),
    }
}

/// Whether a command prints nothing and answers yes or no by how it ends.
fn answers_by_exit_code(command: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().filter(|w| *w != "sudo").collect();
    let has = |option: &[&str]| words.iter().any(|w| option.contains(w));
    match words.first().map(|w| w.rsplit('/').next().unwrap_or(w)) {
        Some("test" | "[" | "[[" | "cmp" | "pg_isready" | "mountpoint" | "nc" | "true" | "false") => true,
        Some("grep" | "egrep" | "fgrep" | "rg") => has(&["-q", "--quiet", "--silent"]),
        Some("diff") => has(&["-q", "--brief"]),
        Some("systemctl") => has(&["is-active", "is-enabled"]),
        Some("docker" | "docker-compose") => has(&["config"]) && has(&["-q", "--quiet"]),
        _ => false,
    }
}

pub(super) fn stand(n: usize) -> String {
    if n == 1 { "1 line stands".into() } else { format!("{n} lines stand") }
}
