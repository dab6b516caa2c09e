//! Logs: the lines that stand out, and what the best of them proves.
//! It never takes the absence of such lines for health.

use super::{Said, stand};
use crate::diagnosis::finding::Kind;
use crate::diagnosis::{Finding, Status};
use crate::probe::Logs;
use crate::query;
use crate::text::{count, shorten};

/// Signs in a line in lower case, and what they prove, the most telling first.
const SIGNS: &[(&[&str], Kind, &str)] = &[
    (
        &["out of memory", "oomkilled", "cannot allocate memory", "memoryerror"],
        Kind::RedisOutOfMemory,
        "ran out of memory",
    ),
    (
        &["address already in use", "port is already allocated"],
        Kind::PortConflict,
        "cannot have its port, because it is taken",
    ),
    (
        &["environment variable is required", "is missing a value", "field required", "must be set"],
        Kind::MissingVariable,
        "misses a setting it needs",
    ),
    (
        &[
            "validationerror",
            "validation error",
            "invalid value",
            "error parsing value",
            "must start with",
            "must be one of",
        ],
        Kind::InvalidSetting,
        "does not accept one of its settings",
    ),
    (
        &["password authentication failed", "role \""],
        Kind::DatabaseAuth,
        "is refused by the database: user or password are wrong",
    ),
    (&["noauth", "authentication required"], Kind::RedisAuth, "is refused by Redis: it wants a password"),
    (&["wrongpass"], Kind::RedisWrongPassword, "is refused by Redis: the password is wrong"),
    (&["oom command not allowed"], Kind::RedisOutOfMemory, "cannot write to Redis: it is over its memory limit"),
    (&["misconf"], Kind::RedisMisconf, "cannot write to Redis: it cannot save to disk"),
    (&["no space left on device"], Kind::DiskFull, "has no space left on its disk"),
    (
        &["inotify watch limit", "inotify instance limit"],
        Kind::InotifyExhausted,
        "reached the kernel's limit of watched files",
    ),
    (&["permission denied", "permissionerror"], Kind::FolderUnreadable, "may not read a file or folder"),
    (&["segmentation fault", "sigsegv"], Kind::Segfault, "crashed with a segmentation fault"),
    (
        &["executable file not found", "exec format error", "command not found"],
        Kind::CommandNotFound,
        "cannot find or run its command",
    ),
    (
        &[
            "name or service not known",
            "temporary failure in name resolution",
            "could not translate host name",
            "no such host",
            "bad address",
        ],
        Kind::NameUnresolved,
        "cannot resolve a name it needs",
    ),
];

/// How many lines stand out, and the one that tells most.
pub(super) fn standing_out(lines: &[String]) -> (usize, Option<String>) {
    let known: Vec<&String> = lines.iter().filter(|l| sign(l).is_some()).collect();
    let understood = query::understand(&lines.join("\n"));
    let bad: Vec<&query::QueryLine> = understood.lines.iter().filter(|l| l.severe || severe(&l.text)).collect();
    let number = known.len().max(bad.iter().map(|l| l.count).sum());
    let best = known.first().map(|l| (*l).clone()).or_else(|| bad.first().map(|l| l.text.clone()));
    (number, best.map(|b| shorten(&b, 200)))
}

fn severe(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["error", "fatal", "panic", "critical", "exception", "refused", "failed", "denied", "killed", "traceback"]
        .iter()
        .any(|w| lower.contains(w))
}

fn sign(line: &str) -> Option<(Kind, &'static str)> {
    let lower = line.to_lowercase();
    SIGNS.iter().find(|(signs, _, _)| signs.iter().any(|s| lower.contains(s))).map(|(_, kind, text)| (*kind, *text))
}

/// What a line proves about whoever wrote it.
pub(super) fn finding(line: &str, who: &str) -> Finding {
    let lower = line.to_lowercase();
    match sign(line) {
        Some((kind, text)) => Finding::new(kind, who, format!("{who} {text}.")),
        None if lower.contains("refused") && (lower.contains("5432") || lower.contains("postgres")) => {
            Finding::new(Kind::DatabaseRefused, who, format!("{who} cannot reach the database."))
        }
        None if lower.contains("refused") && (lower.contains("6379") || lower.contains("redis")) => {
            Finding::new(Kind::RedisRefused, "redis", format!("{who} cannot reach Redis."))
        }
        None => Finding::new(Kind::LogError, who, format!("{who} logs an error: “{}”.", shorten(line, 100))),
    }
}

pub(super) fn logs(seen: &Logs) -> Said {
    let who = seen.target.as_deref().unwrap_or("a container");
    if seen.lines.is_empty() {
        return Said::new(Status::Uncertain, "the log is empty");
    }
    match standing_out(&seen.lines) {
        (0, _) | (_, None) => Said::ok(format!("{}, none stands out", count(seen.lines.len(), "line"))),
        (n, Some(best)) => {
            let found = finding(&best, who);
            // A log keeps what is long over, so its lines point somewhere, but are no proof of the present.
            Said { findings: vec![found], ..Said::new(Status::Uncertain, format!("{} out", stand(n))).showing(best) }
        }
    }
}
