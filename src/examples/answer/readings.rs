//! Each shape of an answer made into the reading that a probe would give.
//! It never fills in more than what a healthy answer has beside what was written.

use std::collections::BTreeMap;

use super::shapes::{FolderSeen, HttpSeen, InspectSeen, KernelSeen, ReachSeen, RedisSeen, ValueSeen, WebSocketSeen};
use crate::probe::{
    Container, Folder, HttpResult, Inspect, KernelLog, NetFailure, Reach, Reading, RedisAnswer, RedisAsk, RedisFailure,
    RedisReading, Unavailable, ValueReading, WebSocketResult,
};
use crate::text::nearest;

const NET: &[(&str, NetFailure)] = &[
    ("refused", NetFailure::Refused),
    ("timed_out", NetFailure::TimedOut),
    ("name", NetFailure::Name),
    ("unreachable", NetFailure::Unreachable),
    ("reset", NetFailure::Reset),
    ("tls", NetFailure::Tls),
    ("protocol", NetFailure::Protocol),
    ("denied", NetFailure::Denied),
    ("other", NetFailure::Other),
];

const REDIS: &[(&str, RedisFailure)] = &[
    ("no_auth", RedisFailure::NoAuth),
    ("wrong_pass", RedisFailure::WrongPass),
    ("no_permission", RedisFailure::NoPermission),
    ("loading", RedisFailure::Loading),
    ("misconf", RedisFailure::Misconf),
    ("out_of_memory", RedisFailure::OutOfMemory),
    ("read_only", RedisFailure::ReadOnly),
    ("down", RedisFailure::Down),
    ("max_clients", RedisFailure::MaxClients),
    ("not_redis", RedisFailure::NotRedis),
];

fn named<T: Copy>(name: &str, tables: &[&[(&'static str, T)]]) -> Result<T, String> {
    let all = || tables.iter().flat_map(|t| t.iter());
    all().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or_else(|| {
        match nearest(name, all().map(|(known, _)| *known)) {
            Some(meant) => format!("`fails = \"{name}\"` is not known; did you mean \"{meant}\"?"),
            None => {
                let known: Vec<&str> = all().map(|(known, _)| *known).collect();
                format!("`fails = \"{name}\"` is not known; it may be {}", known.join(", "))
            }
        }
    })
}

pub(super) fn unavailable(text: &str) -> Reading {
    let (what, why) = text.split_once(": ").unwrap_or((text, "not available"));
    Reading::Unavailable(Unavailable { what: what.into(), why: why.into(), hint: String::new() })
}

pub(super) fn inspect(seen: Option<InspectSeen>, target: &str) -> Reading {
    let seen = seen.unwrap_or(InspectSeen { container: Container::default(), text: None, env: BTreeMap::new() });
    let mut container = seen.container;
    if container.name.is_empty() {
        container.name = target.to_owned();
    }
    Reading::Inspect(Inspect { container, text: seen.text, env: seen.env.into_iter().collect() })
}

pub(super) fn redis(seen: Option<&RedisSeen>, at: String, ask: &RedisAsk) -> Result<Reading, String> {
    let command = match ask {
        RedisAsk::Ping => "PING".into(),
        RedisAsk::Info(section) => format!("INFO {}", section.as_deref().unwrap_or_default()).trim().to_owned(),
        RedisAsk::Length(key) => format!("LLEN {key}"),
        RedisAsk::Other(words) => words.join(" "),
    };
    let answer = match seen {
        Some(RedisSeen::Number(n)) => RedisAnswer::Int(*n),
        Some(RedisSeen::Text(text)) if text.eq_ignore_ascii_case("pong") => RedisAnswer::Pong,
        Some(RedisSeen::Text(text)) => RedisAnswer::Text(text.clone()),
        Some(RedisSeen::Info { info }) => {
            RedisAnswer::Info(info.iter().map(|(key, value)| (key.clone(), value.to_string())).collect())
        }
        Some(RedisSeen::Failed { fails, text }) => {
            let net: Vec<(&'static str, RedisFailure)> =
                NET.iter().map(|(name, why)| (*name, RedisFailure::Net(*why))).collect();
            let why = named(fails, &[REDIS, &net])?;
            RedisAnswer::Failed { why, text: text.clone().unwrap_or_else(|| fails.replace('_', " ")) }
        }
        None => RedisAnswer::Text(String::new()),
    };
    Ok(Reading::Redis(RedisReading { at, command, answer, ms: 0.4 }))
}

fn headers(seen: &BTreeMap<String, String>) -> Vec<(String, String)> {
    seen.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect()
}

pub(super) fn http(seen: Option<&HttpSeen>) -> Result<HttpResult, String> {
    let Some(seen) = seen else { return Err("`http` is empty".into()) };
    let ms = seen.ms.unwrap_or(4.0);
    match (&seen.fails, seen.status) {
        (Some(fails), None) => Ok(HttpResult::Failed {
            why: named(fails, &[NET])?,
            text: seen.text.clone().unwrap_or_else(|| fails.replace('_', " ")),
            ms,
        }),
        (None, Some(status)) => Ok(HttpResult::Response {
            status,
            headers: headers(&seen.headers),
            body: seen.body.clone(),
            body_cut: false,
            first_ms: ms,
            total_ms: ms,
            jq: seen.jq.clone().map(Ok),
        }),
        _ => Err("`http` needs either a `status`, or `fails`".into()),
    }
}

pub(super) fn websocket(seen: Option<&WebSocketSeen>) -> Result<WebSocketResult, String> {
    let Some(seen) = seen else { return Err("`websocket` is empty".into()) };
    match (&seen.fails, seen.status, seen.closed, seen.opened) {
        (Some(fails), None, None, None) => Ok(WebSocketResult::Failed {
            why: named(fails, &[NET])?,
            text: seen.text.clone().unwrap_or_else(|| fails.replace('_', " ")),
        }),
        (None, Some(status), None, None) => {
            Ok(WebSocketResult::Refused { status, headers: headers(&seen.headers), body: seen.body.clone() })
        }
        (None, None, Some(code), None) => {
            Ok(WebSocketResult::Closed { code: Some(code), reason: seen.reason.clone().unwrap_or_default() })
        }
        (None, None, None, Some(true)) => {
            Ok(WebSocketResult::Opened { ms: seen.ms.unwrap_or(4.0), first: seen.first.clone() })
        }
        _ => Err("`websocket` needs one of `opened = true`, `status`, `closed` or `fails`".into()),
    }
}

pub(super) fn reach(seen: Option<&ReachSeen>, host: &str, port: Option<u16>) -> Result<Reading, String> {
    let Some(seen) = seen else { return Err("`reach` is empty".into()) };
    let failure = seen.fails.as_deref().map(|name| named(name, &[NET])).transpose()?;
    Ok(Reading::Reach(Reach {
        host: host.to_owned(),
        port,
        addresses: seen.addresses.clone(),
        via: if port.is_some() { "tcp" } else { "icmp" }.into(),
        ms: seen.ms.or(failure.is_none().then_some(0.4)),
        failure,
        text: seen.text.clone().unwrap_or_default(),
    }))
}

pub(super) fn value(seen: Option<&ValueSeen>, path: &str) -> Reading {
    let (value, error) = match seen {
        Some(ValueSeen::Number(n)) => (Some(n.to_string()), None),
        Some(ValueSeen::Text(text)) => (Some(text.clone()), None),
        Some(ValueSeen::Failed { error }) => (None, Some(error.clone())),
        None => (None, None),
    };
    Reading::Value(ValueReading { path: path.to_owned(), value, error, used: None })
}

pub(super) fn folder(seen: FolderSeen, path: &str) -> Reading {
    Reading::Folder(Folder {
        path: path.to_owned(),
        exists: seen.exists,
        is_dir: seen.is_dir,
        readable: seen.readable,
        mode: seen.mode,
        owner: seen.owner,
        group: seen.group,
        total: seen.total.unwrap_or(seen.entries.len()),
        entries: seen.entries,
        error: seen.error,
    })
}

pub(super) fn kernel(seen: Option<&KernelSeen>) -> Reading {
    Reading::KernelLog(match seen {
        Some(KernelSeen::Lines(lines)) => KernelLog { lines: lines.list(), kills: Vec::new() },
        Some(KernelSeen::Log { lines, kills }) => KernelLog { lines: lines.clone(), kills: kills.clone() },
        None => KernelLog::default(),
    })
}
