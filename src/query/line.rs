//! One line as it counts: its prefix and changing parts taken off, its weight judged.
//! It never drops error codes, ports, names of services and files.

use std::sync::LazyLock;

use regex::Regex;

use super::format::{self, take_apart};
use super::{ids, level, pattern};

/// A line as it counts.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub text: String,
    /// The level and the text without numbers that count, to fold lines that are alike.
    pub template: String,
    pub weight: f32,
    pub source: Option<String>,
    pub time: Option<String>,
    pub looks_like_error: bool,
    /// Whether it was written at the level of an error or above.
    pub severe: bool,
    /// Whether it stands inside a stack trace.
    pub frame: bool,
    /// Whether it stands further right than its prefix puts it, at no level: more of the line before.
    pub indented: bool,
}

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d| UTC)?\]?|\[\d\d/[A-Z][a-z]{2}/\d{4}:[^\]]*\]|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b",
    )
});
static NOISE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\bsha256:[0-9a-f]+|\b(?:request|trace|span|correlation)_?id[=:]\s?\S+|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b|-[0-9a-f]{8,10}-[a-z0-9]{5}\b|\[\d+\]",
    )
});

impl Line {
    /// Reads one line; `None` where nothing is left of it.
    pub(super) fn read(raw: &str) -> Option<Line> {
        let clean = crate::text::clean::scrub_pasted(raw);
        let parts = take_apart(&clean);
        let message = format::without_request(&parts.message);
        let text = TIME.replace_all(&message, " ");
        let text = NOISE.replace_all(&text, " ");
        let text = ids::without_ids(&text);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.chars().any(char::is_alphanumeric) {
            return None;
        }
        Some(Line {
            template: format!("{} {}", parts.level.map_or("", level::Level::name), ids::fold(&text)),
            frame: level::is_frame(&text),
            indented: parts.indented && parts.level.is_none(),
            weight: level::weight(&text, parts.level),
            severe: parts.level.is_some_and(|l| l >= level::Level::Error),
            looks_like_error: level::is_severe(&clean) && looks_pasted(raw),
            text,
            source: parts.source,
            time: parts.time,
        })
    }
}

/// Whether one line was pasted rather than typed: people do not type codes and punctuation of programs.
fn looks_pasted(raw: &str) -> bool {
    raw.contains(": ") || raw.contains("://") || raw.contains("()") || raw.contains("Error") || raw.contains('[')
}
