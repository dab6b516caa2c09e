//! What a Redis said: its health by its own numbers, and its refusals told apart.
//! It never calls a Redis well that only answered.

use std::collections::BTreeMap;

use super::Said;
use crate::diagnosis::{Finding, Kind};
use crate::probe::{NetFailure, RedisAnswer, RedisFailure, RedisReading};
use crate::text::{bytes, count, duration_ms, shorten};

/// More waiting jobs than this are a backlog.
const LONG_QUEUE: i64 = 100;

pub(super) fn redis(seen: &RedisReading) -> Said {
    match &seen.answer {
        RedisAnswer::Pong => Said::ok(format!("PONG in {:.1} ms", seen.ms)),
        RedisAnswer::Int(n) if seen.command.starts_with("LLEN") => {
            let key = seen.command.split(' ').nth(1).unwrap_or("the queue");
            if *n > 0 && ["dlq", "dead", "failed"].iter().any(|w| key.to_lowercase().contains(w)) {
                super::network::laid_aside(u64::try_from(*n).unwrap_or(0), key.to_owned())
            } else if *n > LONG_QUEUE {
                let finding = Finding::new(Kind::QueueLong, key, format!("{n} jobs wait in {key}."));
                Said::problem(format!("{n} waiting"), finding.with(n.to_string()))
            } else {
                Said::ok(format!("{n} waiting"))
            }
        }
        RedisAnswer::Int(n) => Said::ok(n.to_string()),
        RedisAnswer::Text(text) => Said::ok(shorten(text, 100)),
        RedisAnswer::Info(fields) => info(fields),
        RedisAnswer::Failed { why, text } => refused(seen, *why, text).showing(text.clone()),
    }
}

/// Why it gave no answer, or refused.
fn refused(seen: &RedisReading, why: RedisFailure, text: &str) -> Said {
    let at = &seen.at;
    let mut asked = seen.command.split_whitespace();
    let said = |kind, summary: &str, sentence: &str| Said::found(kind, "redis", summary, sentence);
    match why {
        _ if text.contains("protected mode") => said(
            Kind::RedisProtected,
            "it is in protected mode",
            "Redis has no password, so it lets only its own machine in.",
        ),
        RedisFailure::Net(NetFailure::Refused) => {
            said(Kind::RedisRefused, &format!("connection refused at {at}"), "Nothing answers at Redis's address.")
        }
        RedisFailure::Net(NetFailure::Name) => said(
            Kind::NameUnresolved,
            &format!("the name in {at} does not resolve"),
            "The name of the Redis host does not resolve.",
        ),
        RedisFailure::Net(_) => {
            said(Kind::RedisRefused, &format!("no answer at {at}: {}", shorten(text, 80)), "Redis does not answer.")
        }
        RedisFailure::NoAuth => {
            said(Kind::RedisAuth, "it wants a password (NOAUTH)", "Redis runs, but wants a password.")
        }
        RedisFailure::WrongPass => said(
            Kind::RedisWrongPassword,
            "the password is wrong (WRONGPASS)",
            "Redis runs, but the password is wrong.",
        ),
        RedisFailure::Loading => {
            said(Kind::RedisLoading, "loading its data (LOADING)", "Redis is still loading its data from disk.")
        }
        RedisFailure::Misconf => said(
            Kind::RedisMisconf,
            "it refuses writes: it cannot save (MISCONF)",
            "Redis cannot save to its disk, so it refuses writes.",
        ),
        RedisFailure::OutOfMemory => said(
            Kind::RedisOutOfMemory,
            "over its maxmemory (OOM)",
            "Redis is over its memory limit, so it refuses writes.",
        ),
        RedisFailure::ReadOnly => {
            said(Kind::RedisReadOnly, "it is a replica (READONLY)", "This Redis is a replica and takes no writes.")
        }
        RedisFailure::NotRedis => said(
            Kind::RedisRefused,
            &format!("what answers at {at} is not a Redis"),
            "Something else than Redis listens at its address.",
        ),
        RedisFailure::MaxClients => said(
            Kind::RedisClients,
            "it takes no more clients",
            "Redis has as many clients as it takes, and sends others away.",
        ),
        RedisFailure::Other if text.to_lowercase().contains("unknown command") => {
            let command = asked.next().unwrap_or("a command");
            let sentence = format!("Redis has no command {command}: somebody renamed it or took it away.");
            let finding = Finding::new(Kind::RedisCommandGone, "redis", sentence).with(command);
            Said::problem(format!("it knows no command {command}"), finding)
        }
        RedisFailure::Other if text.starts_with("BUSY") => said(
            Kind::RedisBusy,
            "busy with a script (BUSY)",
            "Redis is busy with a script that does not end, and does nothing else.",
        ),
        RedisFailure::Other if text.starts_with("WRONGTYPE") => {
            let key = asked.nth(1).unwrap_or("a key");
            let sentence = format!("The key {key} in Redis holds a value of another kind than the command needs.");
            let finding = Finding::new(Kind::RedisWrongType, "redis", sentence).with(key);
            Said::problem("a value of another kind stands there (WRONGTYPE)", finding)
        }
        RedisFailure::NoPermission | RedisFailure::Down | RedisFailure::Other => {
            said(Kind::OtherProblem, &shorten(text, 100), "Redis answers with an error.")
        }
    }
}

/// `INFO`: the worst of what its fields say, or the numbers of the section that was asked for.
fn info(fields: &BTreeMap<String, String>) -> Said {
    let text = |key: &str| fields.get(key).map(String::as_str);
    let number = |key: &str| text(key).and_then(|v| v.parse::<u64>().ok());
    let said = |kind, summary: String, sentence: String| Said::found(kind, "redis", summary, sentence);
    if text("loading") == Some("1") {
        let left = number("loading_eta_seconds").map(|s| format!(", about {} left", duration_ms(s * 1000)));
        let summary = format!("loading its data{}", left.unwrap_or_default());
        return said(Kind::RedisLoading, summary, "Redis is still loading its data from disk.".into());
    }
    if text("rdb_last_bgsave_status") == Some("err") || text("aof_last_write_status") == Some("err") {
        let summary = "the last save to disk failed".into();
        return said(Kind::RedisMisconf, summary, "Redis cannot save to its disk.".into());
    }
    if text("role") == Some("slave") {
        let master = format!("{}:{}", text("master_host").unwrap_or("?"), text("master_port").unwrap_or("?"));
        let link = if text("master_link_status") == Some("up") { "" } else { ", which does not answer" };
        let sentence = format!("This Redis is a read-only replica of {master}{link}: it takes no writes.");
        let summary = format!("a read-only replica of {master}{link}");
        return Said::problem(summary, Finding::new(Kind::RedisReadOnly, "redis", sentence).with(master));
    }
    let (used, max) = (number("used_memory").unwrap_or(0), number("maxmemory").unwrap_or(0));
    if max > 0 && used as f64 >= 0.95 * max as f64 {
        let sentence = format!("Redis uses {} of its {} of memory.", bytes(used), bytes(max));
        let summary = format!("memory full: {} of {}", bytes(used), bytes(max));
        return Said::problem(summary, Finding::new(Kind::RedisMemoryFull, "redis", sentence).with(max.to_string()));
    }
    if let Some(evicted) = number("evicted_keys").filter(|n| *n > 0) {
        let sentence = format!("Redis threw out {evicted} keys to stay within its memory; a queue can be among them.");
        return said(Kind::RedisEvicting, format!("{evicted} keys thrown out to make room"), sentence);
    }
    if let Some(refused) = number("rejected_connections").filter(|n| *n > 0) {
        let refused = count(usize::try_from(refused).unwrap_or(usize::MAX), "connection");
        let sentence = "Redis refused connections: all it allows were in use.".into();
        return said(Kind::RedisClients, format!("{refused} refused: all were in use"), sentence);
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

#[test]
fn what_a_redis_said_itself_is_the_evidence() {
    for (text, kind) in [
        ("BUSY Redis is busy running a script.", Kind::RedisBusy),
        ("WRONGTYPE Operation against a key holding the wrong kind of value", Kind::RedisWrongType),
        ("ERR unknown command 'KEYS'", Kind::RedisCommandGone),
    ] {
        let answer = RedisAnswer::Failed { why: RedisFailure::Other, text: text.into() };
        let said = redis(&RedisReading { at: "a:6379".into(), command: "LLEN jobs".into(), answer, ms: 0.1 });
        assert_eq!((said.findings[0].fact.kind, said.evidence.as_deref()), (kind, Some(text)));
    }
}
