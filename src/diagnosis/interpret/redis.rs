//! What a Redis said: its health by its own numbers, and its refusals told apart.
//! It never calls a Redis well that only answered.

use std::collections::BTreeMap;

use super::Said;
use crate::diagnosis::Finding;
use crate::diagnosis::Kind;
use crate::probe::{NetFailure, RedisAnswer, RedisFailure, RedisReading};
use crate::text::{bytes, count, duration_ms, shorten};

/// More waiting jobs than this are a backlog.
const LONG_QUEUE: i64 = 100;

pub(super) fn redis(seen: &RedisReading) -> Said {
    let at = &seen.at;
    match &seen.answer {
        RedisAnswer::Pong => Said::ok(format!("PONG in {:.1} ms", seen.ms)),
        RedisAnswer::Int(n) if seen.command.starts_with("LLEN") => {
            let key = seen.command.split(' ').nth(1).unwrap_or("the queue");
            if *n > 0 && ["dlq", "dead", "failed"].iter().any(|w| key.to_lowercase().contains(w)) {
                super::network::laid_aside(u64::try_from(*n).unwrap_or(0), key.to_owned())
            } else if *n > LONG_QUEUE {
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
        RedisAnswer::Info(fields) => info(fields),
        RedisAnswer::Failed { why, text } => {
            let (kind, summary, sentence) = match why {
                _ if text.contains("protected mode") => (
                    Kind::RedisProtected,
                    "it is in protected mode".into(),
                    "Redis has no password, so it lets only its own machine in.",
                ),
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
                RedisFailure::MaxClients => (
                    Kind::RedisClients,
                    "it takes no more clients".into(),
                    "Redis has as many clients as it takes, and sends others away.",
                ),
                RedisFailure::Other if text.to_lowercase().contains("unknown command") => {
                    let command = seen.command.split_whitespace().next().unwrap_or("a command");
                    let said = format!("Redis has no command {command}: somebody renamed it or took it away.");
                    return Said::problem(
                        format!("it knows no command {command}"),
                        Finding::new(Kind::RedisCommandGone, "redis", said).with(command),
                    )
                    .showing(text);
                }
                RedisFailure::Other if text.starts_with("BUSY") => {
                    let text = "Redis is busy with a script that does not end, and does nothing else.";
                    return Said::problem("busy with a script (BUSY)", Finding::new(Kind::RedisBusy, "redis", text))
                        .showing(text);
                }
                RedisFailure::Other if text.starts_with("WRONGTYPE") => {
                    let key = seen.command.split_whitespace().nth(1).unwrap_or("a key").to_owned();
                    let text = format!("The key {key} in Redis holds a value of another kind than the command needs.");
                    let finding = Finding::new(Kind::RedisWrongType, "redis", text).with(key);
                    return Said::problem("a value of another kind stands there (WRONGTYPE)", finding);
                }
                RedisFailure::NoPermission | RedisFailure::Down | RedisFailure::Other => {
                    (Kind::OtherProblem, shorten(text, 100), "Redis answers with an error.")
                }
            };
            Said::problem(summary, Finding::new(kind, "redis", sentence)).showing(text.clone())
        }
    }
}

/// `INFO`: the worst of what its fields say, or the numbers of the section that was asked for.
fn info(fields: &BTreeMap<String, String>) -> Said {
    let text = |key: &str| fields.get(key).map(String::as_str);
    let number = |key: &str| text(key).and_then(|v| v.parse::<u64>().ok());
    let find = |kind: Kind, sentence: String| Finding::new(kind, "redis", sentence);
    if text("loading") == Some("1") {
        let left = number("loading_eta_seconds").map(|s| format!(", about {} left", duration_ms(s * 1000)));
        let sentence = "Redis is still loading its data from disk.".to_owned();
        return Said::problem(
            format!("loading its data{}", left.unwrap_or_default()),
            find(Kind::RedisLoading, sentence),
        );
    }
    if text("rdb_last_bgsave_status") == Some("err") || text("aof_last_write_status") == Some("err") {
        return Said::problem(
            "the last save to disk failed",
            find(Kind::RedisMisconf, "Redis cannot save to its disk.".into()),
        );
    }
    if text("role") == Some("slave") {
        let master = format!("{}:{}", text("master_host").unwrap_or("?"), text("master_port").unwrap_or("?"));
        let link = if text("master_link_status") == Some("up") { "" } else { ", which does not answer" };
        return Said::problem(
            format!("a read-only replica of {master}{link}"),
            find(
                Kind::RedisReadOnly,
                format!("This Redis is a read-only replica of {master}{link}: it takes no writes."),
            )
            .with(master),
        );
    }
    let (used, max) = (number("used_memory").unwrap_or(0), number("maxmemory").unwrap_or(0));
    if max > 0 && used as f64 >= 0.95 * max as f64 {
        return Said::problem(
            format!("memory full: {} of {}", bytes(used), bytes(max)),
            find(Kind::RedisMemoryFull, format!("Redis uses {} of its {} of memory.", bytes(used), bytes(max)))
                .with(max.to_string()),
        );
    }
    if let Some(evicted) = number("evicted_keys").filter(|n| *n > 0) {
        let keys = format!("{evicted} keys");
        return Said::problem(
            format!("{keys} thrown out to make room"),
            find(
                Kind::RedisEvicting,
                format!("Redis threw out {keys} to stay within its memory; a queue can be among them."),
            ),
        );
    }
    if let Some(refused) = number("rejected_connections").filter(|n| *n > 0) {
        return Said::problem(
            format!("{} refused: all were in use", count(usize::try_from(refused).unwrap_or(usize::MAX), "connection")),
            find(Kind::RedisClients, "Redis refused connections: all it allows were in use.".into()),
        );
    }
    let mut told = Vec::new();
    if fields.contains_key("used_memory") {
        let of = if max > 0 { format!(" of {}", bytes(max)) } else { ", no limit set".into() };
        told.push(format!("{} of memory used{of}", bytes(used)));
    }
    if fields.contains_key("evicted_keys") {
        told.push("no key thrown out".into());
    }
    if fields.contains_key("rdb_last_bgsave_status") {
        told.push("not loading, the last save went well".into());
    }
    if let Some(role) = text("role") {
        let replicas = usize::try_from(number("connected_slaves").unwrap_or(0)).unwrap_or(usize::MAX);
        told.push(format!("{role}, {}", count(replicas, "replica")));
    }
    if let (true, Some(version)) = (told.is_empty(), text("redis_version")) {
        told.push(format!("version {version}"));
    }
    told.truncate(2);
    Said::ok(if told.is_empty() { count(fields.len(), "value") } else { told.join(", ") })
}
