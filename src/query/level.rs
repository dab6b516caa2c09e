//! How much a log line says about what is wrong: its level, and the words that give trouble away.
//! It never reads a format.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// The level a line was written at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Calm,
    /// More about the line before.
    Aside,
    Warn,
    Error,
    Fatal,
}

impl Level {
    /// A level by the names programs give it.
    pub(super) fn named(name: &str) -> Option<Level> {
        match name.trim().to_lowercase().as_str() {
            "i" | "trace" | "trce" | "debug" | "dbug" | "debug1" | "debug2" | "debug3" | "verbose" | "info"
            | "information" | "informational" | "notice" | "note" | "system" | "normal" | "log" | "d" | "*" | "."
            | "-" => Some(Level::Calm),
            "hint" | "detail" | "context" | "statement" | "query" => Some(Level::Aside),
            "w" | "warn" | "warning" | "wrn" | "#" => Some(Level::Warn),
            "e" | "err" | "eror" | "error" | "severe" | "fail" => Some(Level::Error),
            "f" | "fatal" | "panic" | "crit" | "critical" | "emerg" | "emergency" | "alert" => Some(Level::Fatal),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Level::Calm => "calm",
            Level::Aside => "aside",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }

    /// A syslog priority.
    pub(super) fn of_priority(text: &str) -> Option<Level> {
        Some(match text.parse::<u32>().ok()? % 8 {
            0..=2 => Level::Fatal,
            3 => Level::Error,
            4 => Level::Warn,
            _ => Level::Calm,
        })
    }

    /// The levels of pino and bunyan.
    pub(super) fn of_number(number: u64) -> Level {
        match number {
            60.. => Level::Fatal,
            50.. => Level::Error,
            40.. => Level::Warn,
            _ => Level::Calm,
        }
    }

    /// What an HTTP status says of the server.
    pub(super) fn of_status(status: &str) -> Level {
        match status.parse::<u32>().unwrap_or(0) {
            500.. => Level::Error,
            401 | 403 | 413 | 429 => Level::Warn,
            _ => Level::Calm,
        }
    }
}

macro_rules! patterns {
    ($($name:ident = $text:expr;)*) => { $(static $name: LazyLock<Regex> = LazyLock::new(|| pattern($text));)* };
}

patterns! {
    // "0 errors", "errors=0", "error: null" and the like say that all is well.
    NONE = r#"(?i)\b(?:0|no|zero|without(?: any)?) (?:error|failure|warning|exception|fail)(?:ure|ed|s)?\b|\b\w*(?:error|fail|exception)\w*["']?\s*[=:]\s*["']?(?:0\b|nil|<nil>|null|none|false|""|''|-\b)"#;
    SEVERE = r"(?i)\b(?:errors?|fatal|panic|panicked|critical|crit|emerg|severe|exception|failed|fails|failing|failure|refused|denied|timed? ?out|timeout|unhealthy|killed|cannot|can't|unable|not allowed|not permitted|unreachable|no such|blocked|oom|segfault|segmentation|corrupt(?:ed|ion)?|exited|restarting|backoff|back-off|exceeded|exceeds|invalid|limit reached|no space|not enough|out of memory|oomkilled|aborted|rejected|unauthorized|forbidden|expired|no route|misbehaving|deadlock|could not|couldn't|not found|broken pipe|full|lost|dropping|dropped|reset by|overflow|stuck|too many|too large|not ready|traceback|caused by|unavailable|insufficient|missing|violates|terminated|stalled?|degraded|mismatch|evicted|not responding|crashloopbackoff|imagepullbackoff|errimagepull)\b|[A-Z]\w+(?:Error|Exception)\b|\bE(?:ACCES|ADDR\w+|AGAIN|BADF|BUSY|CONN\w+|DQUOT|EXIST|FBIG|HOST\w+|INTR|INVAL|ISDIR|LOOP|MFILE|NET\w+|NFILE|NODEV|NOENT|NOEXEC|NOMEM|NOSPC|NOSYS|NOTCONN|NOTDIR|NOTEMPTY|NOTFOUND|PERM|PIPE|PROTO\w*|RANGE|ROFS|SPIPE|SRCH|STALE|TIMEDOUT|TXTBSY|XDEV|AI_\w+)\b";
    STRONG = r"(?i)\b(?:error|fatal|panic|exception|failed|refused|denied|killed|oom|oomkilled|no space|out of memory|corrupt\w*|cannot|unable|timed? ?out)\b|[A-Z]\w+(?:Error|Exception)\b";
    WELL = r"(?i)\b(?:accepted|healthy|started|starting|created|listening|ready|up \d+|completed|successfully|succeeded|session \d+|opened|loaded|registered|connected)\b";
    FRAME = r#"^(?:File ".*", line \d+|at [\w.$<>/]+ ?\(|at async |at /|goroutine \d+|\.\.\. \d+ more|created by |panic\(|from \S+:\d+:in |--- End of|[\w./]+\.\(\*?\w+\)\.\w+\(|\d+: 0x|\d+: [\w<>]+::|Caused by:$|caused by:$|/\S+\.go:\d+|/\S+\.(?:m?js|cjs|ts):\d+(?::\d+)?$|node:internal\S*:\d+$|main\.\w+\(|[\w./-]+\.go:\d+ \+0x|\^+$|~+\^*|note: run with|stack backtrace|Traceback \(most recent|The above exception|During handling)"#;
}

/// Whether a line belongs to a stack trace, between its beginning and what it ends with.
pub(super) fn is_frame(message: &str) -> bool {
    FRAME.is_match(message)
}

/// The weight of what a program names as the cause.
pub(super) const CAUSE: f32 = 1.35;

/// Whether a message begins with the words by which programs name what led to the error before.
pub(super) fn is_cause(message: &str) -> bool {
    ["Caused by", "caused by", "[cause]", "---> "].iter().any(|begin| message.starts_with(begin))
}

/// Whether a message speaks of trouble.
pub(super) fn is_severe(message: &str) -> bool {
    SEVERE.is_match(&NONE.replace_all(message, " "))
}

/// How much a line should count: 1 is an error as any.
pub(super) fn weight(message: &str, level: Option<Level>) -> f32 {
    if is_frame(message) {
        return 0.1;
    }
    if is_cause(message) {
        return CAUSE;
    }
    let message = NONE.replace_all(message, " ");
    let severe = SEVERE.is_match(&message);
    let strong = severe && STRONG.is_match(&message);
    match level {
        Some(Level::Fatal) => 1.3,
        Some(Level::Error) => 1.2,
        Some(Level::Warn) if strong => 1.0,
        Some(Level::Warn) => 0.85,
        Some(Level::Aside) => 0.4,
        // A program may tell of trouble at a calm level; mostly it does not.
        Some(Level::Calm) if strong => 0.7,
        Some(Level::Calm) if severe => 0.35,
        Some(Level::Calm) => 0.08,
        None if strong => 1.2,
        None if severe => 1.0,
        None if WELL.is_match(&message) => 0.08,
        None => 0.3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_weighs_more_than_calm() {
        assert!(weight("push failed", None) > weight("push queued", None));
        assert!(
            weight("12 files, 0 errors", None) < 0.5 && weight("done error=null failed: 0", Some(Level::Calm)) < 0.1
        );
        assert!(
            weight("nf_conntrack: table full, dropping packet", None) > weight("Accepted publickey for deploy", None)
        );
        assert!(weight("Caused by: java.net.ConnectException", None) > weight("request failed", Some(Level::Error)));
        assert!(weight("at com.acme.Main.run(Main.java:12)", None) < 0.2);
        assert!(weight("no leader; exiting", Some(Level::Calm)) < weight("failed to renew lease", Some(Level::Calm)));
    }

    #[test]
    fn levels_have_many_names() {
        assert_eq!(Level::named("WARNING"), Some(Level::Warn));
        assert_eq!(Level::of_priority("11"), Some(Level::Error));
        assert_eq!(Level::of_number(30), Level::Calm);
        assert_eq!(Level::of_status("502"), Level::Error);
    }
}
