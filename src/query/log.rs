//! One line of a log: its prefix, level and changing parts taken off, its weight judged.
//! It never drops error codes, ports, names of services and files.

use std::sync::LazyLock;

use regex::Regex;

/// A line as it counts.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub text: String,
    /// The text without its numbers, to fold lines that are alike.
    pub template: String,
    pub weight: f32,
    pub source: Option<String>,
    pub looks_like_error: bool,
}

#[allow(clippy::unwrap_used)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static COMPOSE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*([A-Za-z][\w.-]*?)(?:-\d+)?\s*\|\s?"));
static SYSLOG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:<\d+>)?[A-Z][a-z]{2}\s+\d+ \d\d:\d\d:\d\d \S+ ([\w./-]+)(?:\[\d+\])?:\s*"));
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d| UTC)?\]?|\[\d\d/[A-Z][a-z]{2}/\d{4}:[^\]]*\]|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b|^\d+:[A-Z] \d+ \w+ \d{4}",
    )
});
static NOISE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b(?:0x)?[0-9a-f]*\d[0-9a-f]*[a-f][0-9a-f]{6,}\b|\brequest_id=\S+|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    )
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d+"));
static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#""(?:msg|message|error|err)"\s*:\s*"((?:[^"\\]|\\.)*)"|\b(?:msg|error|err)="((?:[^"\\]|\\.)*)""#)
});
static SEVERE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:error|fatal|panic|critical|crit|emerg|severe|exception|failed|failure|refused|denied|timed? ?out|unhealthy|killed|cannot|can't|unable|not allowed|unreachable|no such|blocked|oom|segfault|segmentation|corrupt|exited|restarting|exceeded|invalid|limit reached)\b|[A-Z]\w+(?:Error|Exception)\b|\bE[A-Z]{4,}\b",
    )
});
static CALM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)\b(?:info|debug|trace|notice)\b|" (?:200|201|204|301|302|304)\b|\b(?:healthy|started|created|listening|ready|up \d+)\b"#,
    )
});
static WARNING: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?i)\bwarn(?:ing)?\b|" [45]\d\d\b"#));

impl Line {
    /// Reads one line; `None` where nothing is left of it.
    pub(super) fn read(raw: &str) -> Option<Line> {
        let clean = crate::text::clean::scrub_pasted(raw);
        let mut text = clean.trim().to_owned();
        let mut source = None;
        for prefix in [&*COMPOSE, &*SYSLOG] {
            if let Some(found) = prefix.captures(&text) {
                source = found.get(1).map(|m| m.as_str().trim_end_matches('-').to_owned());
                let end = found.get(0).map_or(0, |m| m.end());
                text = text.get(end..).unwrap_or("").to_owned();
                break;
            }
        }
        // A structured line says its message in a field of its own; the rest of it stays for its level.
        let level_text = text.clone();
        if let Some(found) = MESSAGE.captures(&text).and_then(|c| c.get(1).or(c.get(2))) {
            let message = found.as_str().to_owned();
            text = message;
        }
        text = TIME.replace_all(&text, " ").into_owned();
        text = NOISE.replace_all(&text, " ").into_owned();
        text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.chars().any(char::is_alphanumeric) {
            return None;
        }
        let severe = SEVERE.is_match(&level_text);
        let frame = text.starts_with("File \"") || text.starts_with("at ") || text.starts_with("goroutine ");
        let weight = match () {
            () if frame => 0.1,
            () if text.starts_with("Caused by") => 1.3,
            () if severe && CALM.is_match(&level_text) && !level_text.to_lowercase().contains("error") => 0.7,
            () if severe => 1.2,
            () if WARNING.is_match(&level_text) => 0.8,
            () if CALM.is_match(&level_text) => 0.08,
            () => 0.3,
        };
        Some(Line {
            template: NUMBER.replace_all(&text, "#").into_owned(),
            text,
            weight,
            source,
            looks_like_error: severe && looks_pasted(raw),
        })
    }
}

/// Whether one line was pasted rather than typed: people do not type codes and punctuation of programs.
fn looks_pasted(raw: &str) -> bool {
    raw.contains(": ") || raw.contains("://") || raw.contains("()") || raw.contains("Error") || raw.contains('[')
}
