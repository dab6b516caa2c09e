//! A recorded answer of a check as an author writes it, made into the reading that the probe would give.
//! It never guesses: an answer of a kind that the command cannot give is refused.

mod readings;
mod shapes;

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::probe::{
    Containers, Ended, Events, HttpReading, Listening, Logs, Probe, ProcessReading, Reading, WebSocketReading,
};
use readings::{folder, http, inspect, kernel, reach, redis, unavailable, value, websocket};
use shapes::{Lines, Table};

/// What a check gives: a text is what its command prints, a table is one of the kinds below.
#[derive(Debug, Clone, Default)]
pub struct Answer(Table);

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
            ("kernel", _) => kernel(table.kernel.as_ref()),
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
