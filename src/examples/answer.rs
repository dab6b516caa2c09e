//! A recorded answer of a check as an author writes it, made into the reading that the probe would give.
//! It never guesses: an answer of a kind that the command cannot give is refused.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::probe::{
    Container, ContainerEvent, ContainerStats, Containers, Ended, Entry, Events, Filesystem, Folder, HttpReading,
    HttpResult, Inspect, KernelLog, Listener, Listening, Logs, Memory, NetFailure, OomKill, Probe, ProcessReading,
    Reach, Reading, RedisAnswer, RedisAsk, RedisFailure, RedisReading, Unavailable, ValueReading, WebSocketReading,
    WebSocketResult,
};
use crate::text::nearest;

/// What a check gives: a text is what its command prints, a table is one of the kinds below.
#[derive(Debug, Clone, Default)]
pub struct Answer(Table);

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    prints: Option<String>,
    errors: Option<String>,
    exit: Option<i32>,
    timed_out: Option<bool>,
    containers: Option<Vec<Container>>,
    logs: Option<Lines>,
    events: Option<Vec<ContainerEvent>>,
    inspect: Option<InspectSeen>,
    stats: Option<Vec<ContainerStats>>,
    redis: Option<RedisSeen>,
    http: Option<HttpSeen>,
    websocket: Option<WebSocketSeen>,
    listening: Option<Vec<Listener>>,
    reach: Option<ReachSeen>,
    value: Option<ValueSeen>,
    folder: Option<FolderSeen>,
    kernel: Option<KernelSeen>,
    disk: Option<Vec<Filesystem>>,
    memory: Option<Memory>,
    unavailable: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Lines {
    Text(String),
    List(Vec<String>),
}

impl Lines {
    fn list(&self) -> Vec<String> {
        match self {
            Lines::Text(text) => text.lines().map(str::to_owned).collect(),
            Lines::List(lines) => lines.clone(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct InspectSeen {
    #[serde(default)]
    container: Container,
    text: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum RedisSeen {
    Number(i64),
    Text(String),
    Failed { fails: String, text: Option<String> },
    Info { info: BTreeMap<String, Scalar> },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(value) => write!(out, "{value}"),
            Scalar::Int(value) => write!(out, "{value}"),
            Scalar::Float(value) => write!(out, "{value}"),
            Scalar::Text(value) => write!(out, "{value}"),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpSeen {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    jq: Option<String>,
    ms: Option<f64>,
    fails: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebSocketSeen {
    opened: Option<bool>,
    first: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    closed: Option<u16>,
    reason: Option<String>,
    ms: Option<f64>,
    fails: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReachSeen {
    ms: Option<f64>,
    #[serde(default)]
    addresses: Vec<String>,
    fails: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum ValueSeen {
    Number(i64),
    Text(String),
    Failed { error: String },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FolderSeen {
    exists: bool,
    is_dir: bool,
    readable: bool,
    mode: String,
    owner: String,
    group: String,
    /// Entries in all; the number of `entries` where nothing is said.
    total: Option<usize>,
    entries: Vec<Entry>,
    error: Option<String>,
}

impl Default for FolderSeen {
    fn default() -> Self {
        FolderSeen {
            exists: true,
            is_dir: true,
            readable: true,
            mode: "drwxr-xr-x".into(),
            owner: "root".into(),
            group: "root".into(),
            total: None,
            entries: Vec::new(),
            error: None,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum KernelSeen {
    Lines(Lines),
    Log {
        #[serde(default)]
        lines: Vec<String>,
        #[serde(default)]
        kills: Vec<OomKill>,
    },
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Answer, D::Error> {
        struct TextOrTable;
        impl<'de> Visitor<'de> for TextOrTable {
            type Value = Answer;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("what the command prints, or a table such as { prints = \"...\", exit = 1 }")
            }

            fn visit_str<E>(self, text: &str) -> Result<Answer, E> {
                Ok(Answer(Table { prints: Some(text.to_owned()), ..Table::default() }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Answer, A::Error> {
                Table::deserialize(MapAccessDeserializer::new(map)).map(Answer)
            }
        }
        from.deserialize_any(TextOrTable)
    }
}

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

impl Answer {
    /// The kinds that were given, by their keys.
    fn kinds(&self) -> Vec<&'static str> {
        let Table {
            prints,
            errors,
            exit,
            timed_out,
            containers,
            logs,
            events,
            inspect,
            stats,
            redis,
            http,
            websocket,
            listening,
            reach,
            value,
            folder,
            kernel,
            disk,
            memory,
            unavailable,
        } = &self.0;
        let printed = prints.is_some() || errors.is_some() || exit.is_some() || timed_out.is_some();
        [
            ("prints", printed),
            ("containers", containers.is_some()),
            ("logs", logs.is_some()),
            ("events", events.is_some()),
            ("inspect", inspect.is_some()),
            ("stats", stats.is_some()),
            ("redis", redis.is_some()),
            ("http", http.is_some()),
            ("websocket", websocket.is_some()),
            ("listening", listening.is_some()),
            ("reach", reach.is_some()),
            ("value", value.is_some()),
            ("folder", folder.is_some()),
            ("kernel", kernel.is_some()),
            ("disk", disk.is_some()),
            ("memory", memory.is_some()),
            ("unavailable", unavailable.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
        .collect()
    }

    /// The reading of `command`, which `probe` answers where there is one.
    ///
    /// # Errors
    /// What is wrong with the answer, and which kind fits the command.
    pub fn reading(&self, command: &str, probe: Option<&Probe>) -> Result<Reading, String> {
        let kind = match self.kinds().as_slice() {
            [one] => *one,
            [] => return Err("it says nothing: give what it prints, or one of the kinds".into()),
            many => return Err(format!("it can give one thing only, not {}", many.join(" and "))),
        };
        let fits = probe.and_then(kind_of);
        if !matches!(kind, "prints" | "unavailable") && fits != Some(kind) {
            return Err(match fits {
                Some(fits) => format!("`{kind}` is not what it gives; write `{fits}`, or `prints`"),
                None => format!("`{kind}` is not what it gives; write what it prints, with `prints` and `exit`"),
            });
        }
        let table = &self.0;
        Ok(match (kind, probe) {
            ("unavailable", _) => unavailable(table.unavailable.as_deref().unwrap_or_default()),
            ("containers", Some(Probe::Containers { services, .. })) => Reading::Containers(Containers {
                project: None,
                asked: (!services.is_empty()).then(|| services.join(", ")),
                containers: table.containers.clone().unwrap_or_default(),
            }),
            ("logs", Some(Probe::Logs { target, grep, .. })) => Reading::Logs(Logs {
                target: target.clone(),
                searched: grep.as_ref().map(|g| g.pattern.clone()),
                lines: table.logs.as_ref().map(Lines::list).unwrap_or_default(),
                ..Logs::default()
            }),
            ("events", _) => {
                Reading::Events(Events { project: None, events: table.events.clone().unwrap_or_default() })
            }
            ("stats", _) => Reading::Stats(table.stats.clone().unwrap_or_default()),
            ("disk", _) => Reading::Disk(table.disk.clone().unwrap_or_default()),
            ("inspect", Some(Probe::Inspect { target, .. })) => inspect(table.inspect.clone(), target),
            ("redis", Some(Probe::Redis { at, ask })) => {
                redis(table.redis.as_ref(), format!("{}:{}", at.host, at.port), ask)?
            }
            ("http", Some(Probe::Http { ask, .. })) => {
                let result = http(table.http.as_ref())?;
                let (method, url, sent) = (ask.method.clone(), ask.url.clone(), ask.headers.clone());
                Reading::Http(HttpReading { method, url, sent, result })
            }
            ("websocket", Some(Probe::WebSocket { url, .. })) => {
                Reading::WebSocket(WebSocketReading { url: url.clone(), result: websocket(table.websocket.as_ref())? })
            }
            ("listening", Some(Probe::Listening { port })) => Reading::Listening(Listening {
                port: *port,
                sockets: table.listening.clone().unwrap_or_default(),
                partial: false,
            }),
            ("reach", Some(Probe::Reach { host, port })) => reach(table.reach.as_ref(), host, *port)?,
            ("reach", Some(Probe::Resolve { host })) => reach(table.reach.as_ref(), host, None)?,
            ("value", Some(Probe::Value { path })) => value(table.value.as_ref(), path),
            ("folder", Some(Probe::Folder { path })) => folder(table.folder.clone().unwrap_or_default(), path),
            ("kernel", _) => Reading::KernelLog(match &table.kernel {
                Some(KernelSeen::Lines(lines)) => KernelLog { lines: lines.list(), kills: Vec::new() },
                Some(KernelSeen::Log { lines, kills }) => KernelLog { lines: lines.clone(), kills: kills.clone() },
                None => KernelLog::default(),
            }),
            ("memory", _) => {
                let mut seen = table.memory.clone().unwrap_or_default();
                seen.cpus = seen.cpus.max(1);
                Reading::Memory(seen)
            }
            _ => Reading::Process(ProcessReading {
                command: command.to_owned(),
                ended: if table.timed_out == Some(true) {
                    Ended::TimedOut
                } else {
                    Ended::Code(table.exit.unwrap_or(0))
                },
                stdout: table.prints.clone().unwrap_or_default(),
                stderr: table.errors.clone().unwrap_or_default(),
                cut: 0,
            }),
        })
    }
}

/// The kind of answer that a probe gives; `None` where it gives what a program printed.
fn kind_of(probe: &Probe) -> Option<&'static str> {
    Some(match probe {
        Probe::Containers { .. } => "containers",
        Probe::Logs { .. } => "logs",
        Probe::Events { .. } => "events",
        Probe::Inspect { .. } => "inspect",
        Probe::Stats { .. } => "stats",
        Probe::Exec { .. } => return None,
        Probe::Redis { .. } => "redis",
        Probe::Http { .. } => "http",
        Probe::WebSocket { .. } => "websocket",
        Probe::Listening { .. } => "listening",
        Probe::Reach { .. } | Probe::Resolve { .. } => "reach",
        Probe::Value { .. } => "value",
        Probe::Folder { .. } => "folder",
        Probe::KernelLog { .. } => "kernel",
        Probe::Disk { .. } => "disk",
        Probe::Memory => "memory",
    })
}

fn unavailable(text: &str) -> Reading {
    let (what, why) = text.split_once(": ").unwrap_or((text, "not available"));
    Reading::Unavailable(Unavailable { what: what.into(), why: why.into(), hint: String::new() })
}

fn inspect(seen: Option<InspectSeen>, target: &str) -> Reading {
    let seen = seen.unwrap_or(InspectSeen { container: Container::default(), text: None, env: BTreeMap::new() });
    let mut container = seen.container;
    if container.name.is_empty() {
        container.name = target.to_owned();
    }
    Reading::Inspect(Inspect { container, text: seen.text, env: seen.env.into_iter().collect() })
}

fn redis(seen: Option<&RedisSeen>, at: String, ask: &RedisAsk) -> Result<Reading, String> {
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

fn http(seen: Option<&HttpSeen>) -> Result<HttpResult, String> {
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

fn websocket(seen: Option<&WebSocketSeen>) -> Result<WebSocketResult, String> {
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

fn reach(seen: Option<&ReachSeen>, host: &str, port: Option<u16>) -> Result<Reading, String> {
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

fn value(seen: Option<&ValueSeen>, path: &str) -> Reading {
    let (value, error) = match seen {
        Some(ValueSeen::Number(n)) => (Some(n.to_string()), None),
        Some(ValueSeen::Text(text)) => (Some(text.clone()), None),
        Some(ValueSeen::Failed { error }) => (None, Some(error.clone())),
        None => (None, None),
    };
    Reading::Value(ValueReading { path: path.to_owned(), value, error, used: None })
}

fn folder(seen: FolderSeen, path: &str) -> Reading {
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
