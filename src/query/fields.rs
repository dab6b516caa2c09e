//! Lines made of named fields: JSON in the dialects of the usual loggers, and logfmt.
//! It never judges what a field says.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::format::{Parts, take_apart};
use super::level::Level;
use super::pattern;
use crate::text::clean::scrub_pasted;

static PAIR: LazyLock<Regex> = LazyLock::new(|| pattern(r#"([A-Za-z_][\w.@-]*)=(?:"((?:[^"\\]|\\.)*)"|(\S*))"#));

const MESSAGE: &[&str] = &[
    "msg",
    "message",
    "log",
    "event",
    "@message",
    "@m",
    "@mt",
    "text",
    "body",
    "short_message",
    "textpayload",
    "messagetemplate",
];
const CAUSE: &[&str] = &[
    "err",
    "error",
    "exception",
    "cause",
    "reason",
    "exc_info",
    "stack",
    "stacktrace",
    "stack_trace",
    "detail",
    "@x",
    "err.message",
    "error.message",
];
const LEVELS: &[&str] =
    &["level", "severity", "lvl", "levelname", "level_name", "log.level", "loglevel", "@l", "@level", "severity_text"];
const SOURCES: &[&str] = &[
    "service",
    "component",
    "app",
    "container",
    "logger",
    "container_name",
    "unit",
    "service.name",
    "syslog_identifier",
    "_systemd_unit",
    "category",
    "logger_name",
    "name",
];
const TIMES: &[&str] = &["time", "ts", "timestamp", "@timestamp", "t", "datetime", "@t", "date"];
const STATUSES: &[&str] = &["status", "status_code", "statuscode", "http_status", "response_status"];

pub(super) fn json(value: &Value, parts: &mut Parts) {
    // `{"log":{"level":...}}` and `{"jsonPayload":{...}}`: what is inside counts as if it stood outside.
    let objects = ["log", "jsonPayload", "fields", "http", "event"].map(|name| value.get(name)).into_iter().flatten();
    let all: Vec<(String, &Value)> = std::iter::once(value)
        .chain(objects)
        .filter_map(Value::as_object)
        .flat_map(|object| object.iter().map(|(key, value)| (key.to_lowercase(), value)))
        .collect();
    let get = |names: &[&str]| {
        let found = names
            .iter()
            .find_map(|n| all.iter().find(|(key, v)| key == n && (!v.is_object() || words_of(v).is_some())));
        found.map(|(_, value)| *value)
    };
    let text = |names: &[&str]| get(names).and_then(words_of);
    let syslog = value.get("short_message").is_some();
    parts.level = match get(LEVELS) {
        Some(Value::Number(number)) if syslog => Level::of_priority(&number.to_string()),
        Some(Value::Number(number)) => number.as_u64().map(Level::of_number),
        Some(other) => words_of(other).and_then(|l| Level::named(&l)),
        None => text(&["priority"]).and_then(|p| Level::of_priority(&p)),
    }
    .or(parts.level);
    let status = text(STATUSES).filter(|s| s.len() == 3 && s.bytes().all(|b| b.is_ascii_digit()));
    if let Some(status) = &status
        && parts.level.is_none_or(|l| l == Level::Calm)
    {
        parts.level = Some(Level::of_status(status));
    }
    parts.source = text(SOURCES).or(parts.source.take());
    parts.time = text(TIMES).or(parts.time.take());
    let said = said(text(MESSAGE), text(CAUSE), None);
    match status.filter(|s| Level::of_status(s) > Level::Calm) {
        Some(status) => {
            let path = text(&["path", "uri", "url", "request", "request_uri"]).unwrap_or_default();
            parts.message = format!("{said} {path} http status {status}").trim().to_owned();
        }
        None if !said.is_empty() => parts.message = said,
        None => {}
    }
    // What docker stores is a line of a program, with a prefix of its own.
    if let (Some(Value::String(line)), true) = (value.get("log"), value.get("stream").is_some()) {
        let inner = take_apart(line);
        *parts = Parts {
            source: inner.source.clone().or(parts.source.take()),
            time: inner.time.clone().or(parts.time.take()),
            ..inner
        };
    }
}

/// A field's words: a text, its first line, or the message inside an object.
fn words_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.lines().map(str::trim).find(|l| !l.is_empty()).map(str::to_owned),
        Value::Object(inner) => {
            let kind = inner.get("type").or(inner.get("name")).or(inner.get("code")).and_then(words_of);
            let said = ["message", "msg", "reason", "err", "error"];
            let message = said.iter().find_map(|name| inner.get(*name)).and_then(words_of);
            match (kind, message) {
                (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
                (one, other) => one.or(other),
            }
        }
        Value::Number(number) => Some(number.to_string()),
        // journald writes a text with control characters as its bytes.
        Value::Array(bytes) => {
            let bytes = bytes.iter().map(|byte| byte.as_u64().and_then(|b| u8::try_from(b).ok()));
            let bytes = bytes.collect::<Option<Vec<u8>>>().filter(|bytes| !bytes.is_empty())?;
            words_of(&Value::String(scrub_pasted(&String::from_utf8_lossy(&bytes))))
        }
        _ => None,
    }
}

pub(super) fn logfmt(line: &str, parts: &mut Parts) {
    let pairs: Vec<(String, String)> = PAIR
        .captures_iter(line)
        .filter_map(|found| {
            let key = found.get(1)?.as_str().to_lowercase();
            let value = found.get(2).or(found.get(3))?.as_str().replace("\\\"", "\"");
            Some((key, value))
        })
        .collect();
    let get = |names: &[&str]| {
        let found = names.iter().find_map(|n| pairs.iter().find(|(key, value)| key == n && !value.is_empty()));
        found.map(|(_, value)| value.clone())
    };
    if let Some(level) = get(LEVELS).and_then(|l| Level::named(&l)) {
        parts.level = Some(level);
    }
    if let Some(time) = get(TIMES) {
        parts.time = Some(time);
    }
    if let Some(status) = get(STATUSES).filter(|_| parts.level.is_none_or(|l| l == Level::Calm)) {
        parts.level = Some(Level::of_status(&status).max(parts.level.unwrap_or(Level::Calm)));
    }
    let component = get(SOURCES);
    // klog puts its message before the pairs, in quotes.
    let quoted = line.strip_prefix('"').and_then(|l| l.split_once('"')).map(|(said, _)| said.to_owned());
    let said = said(quoted.or_else(|| get(MESSAGE)), get(CAUSE), component.as_deref());
    if !said.is_empty() {
        parts.message = said;
    }
    if parts.source.is_none() {
        parts.source = component;
    }
}

fn said(message: Option<String>, cause: Option<String>, component: Option<&str>) -> String {
    let cause = cause.filter(|c| !matches!(c.as_str(), "" | "nil" | "<nil>" | "null" | "none" | "None"));
    let mut out = component.map(|c| format!("{c}: ")).unwrap_or_default();
    match (message, cause) {
        (Some(message), Some(cause)) if !message.contains(&cause) => out.push_str(&format!("{message}: {cause}")),
        (Some(message), _) => out.push_str(&message),
        (None, Some(cause)) => out.push_str(&cause),
        (None, None) => out.clear(),
    }
    out
}
