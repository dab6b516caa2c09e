//! What surrounds a message in a log line: who wrote it, when, at which level, in which of the usual formats.
//! It never judges what the message says.

use std::sync::LazyLock;

use regex::Regex;

use super::level::Level;
use super::{fields, pattern};

/// A line taken apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Parts {
    /// What is said, without prefix, time and level.
    pub message: String,
    pub level: Option<Level>,
    /// The service, program or component that wrote it.
    pub source: Option<String>,
    /// When, as it was written.
    pub time: Option<String>,
    /// Whether the message stands further right than the prefix puts it.
    pub indented: bool,
    /// One word on what happened that stood in the prefix.
    pub reason: Option<String>,
}

macro_rules! patterns {
    ($($name:ident = $text:expr;)*) => { $(static $name: LazyLock<Regex> = LazyLock::new(|| pattern($text));)* };
}

patterns! {
    COMPOSE = r"^\s*([A-Za-z][\w.-]*?)(?:[.-]\d+(?:\.\w+(?:@[\w.-]+)?)?)?\s*\|(?:\s|$)";
    POD = r"^\[pod/[\w.-]+/([\w.-]+)\]\s";
    SYSLOG = r"^(?:<(\d+)>)?([A-Z][a-z]{2}\s+\d{1,2} \d\d:\d\d:\d\d(?:\.\d+)?) \S+ ([\w./@-]+?)(?:\[\d+\])?:\s";
    SYSLOG_ISO = r"^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)) ([\w.-]+) ([\w./@-]+)(?:\[\d+\])?:\s";
    SYSLOG_NEW = r"^<(\d+)>\d (\S+) \S+ (\S+) \S+ \S+ (?:-|(?:\[[^\]]*\])+)\s?";
    AUDIT = r"^type=[A-Z_0-9]+ msg=audit\([\d.:]+\): ";
    KERNEL = r"^(?:kernel: )?\[\s*(\d+\.\d+)\]\s";
    KLOG = r"^([IWEF])\d{4} (\d\d:\d\d:\d\d\.\d+)\s+\d+ [\w./-]+:\d+\]\s";
    REDIS = r"^\d+:[A-Z] (\d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d\.\d+) ([.*#-])\s";
    NGINX = r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\w+)\] \d+#\d+:\s(?:\*\d+ )?";
    NGINX_TAIL = r#", (?:client|server|host|referrer): (?:"[^"]*"|[^,\s]*)"#;
    ACCESS = r#""(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT) (\S+)(?: HTTP/[\d.]+)?" (?:[^"]*?\b)?(\d{3})\b"#;
    APACHE = r"^\[([A-Z][a-z]{2} [A-Z][a-z]{2}\s+\d{1,2} \d\d:\d\d:\d\d(?:\.\d+)? \d{4})\] \[(?:[\w-]*:)?(\w+)\]\s(?:\[pid [^\]]*\]\s)?(?:\[client [^\]]*\]\s)?";
    RUBY = r"^[DIWEFA], \[(\S+) #\d+\]\s+([A-Z]+) -- ([^:]*):\s";
    MYSQL = r"^\d+ \[(ERROR|Warning|Note|System)\]\s";
    MONOLOG = r"^\w+\.(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY):\s";
    ACTIONS = r"^##\[(error|warning|debug|group|endgroup|command|section)\]";
    DOTNET = r"^(trce|dbug|info|warn|fail|crit): ([\w.+`]+)\[\d+\]\s*";
    STREAM = r"^std(?:out|err) [FP] ";
    EVENT = r"^(?:[a-z][\w-]*\s+)?(?:(?:\d+[smhdy])+|<unknown>)(?: \([^)]*\))?\s+(Normal|Warning)\s+";
    DESCRIBED = r"^(Normal|Warning)\s+(\w+)\s+(?:\d+[smhdy])+(?: \(x\d+ over \w+\))?(?:\s+from)?\s+([\w/-]+)\s\s+";
    SPRING = r"^\d+ --- (?:\[[^\]]*\]\s*){1,3}([\w.$\[\]/]+)\s*:\s";
    POSTGRES = r"^(?:UTC |[A-Z]{3,4} )?(?:[\d.]+\(\d+\):\S*?:)?\[\d+\](?:[^:A-Z]|:\d)*?:?\s?(?:\S+@\S+ )?(DEBUG\d?|INFO|LOG|NOTICE|WARNING|ERROR|FATAL|PANIC|HINT|DETAIL|CONTEXT|STATEMENT|QUERY):\s+|^(HINT|DETAIL|CONTEXT|STATEMENT):\s+";
    TIME = r"^\[?((?:[A-Z][a-z]{2},? )?\d{4}[-/]\d\d[-/]\d\d[T ] ?\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?|\d\d:\d\d:\d\d(?:[.,]\d+)?|\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2}\s+\d{1,2} \d\d:\d\d:\d\d(?:\.\d+)?(?: \d{4})?)\]?[\s,:|-]*";
    ANY_TIME = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d|\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d|[A-Z][a-z]{2}\s+\d{1,2} \d\d:\d\d:\d\d|\b\d\d:\d\d:\d\d";
    LEVEL = r"^(?:[\w.$/-]+ ?[-:] ?|\[[\w.$: /-]{1,40}\] ?|\(\w[\w-]*\) ?){0,3}?(?:[\[<(] ?(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|WRN|ERROR|ERR|CRITICAL|CRIT|FATAL|SEVERE|EMERG|ALERT|PANIC|trace|debug|info|notice|warn|warning|error|err|critical|fatal) ?[\])>]|\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|WRN|ERROR|ERR|CRITICAL|CRIT|FATAL|SEVERE|EMERG|ALERT|PANIC)(?:/[\w-]+\]|\s*[-:|]|\s|$)|(trace|debug|info|notice|warn|warning|error|err|critical|fatal):)[\s:|-]*";
    LOGFMT = r#"(?:^|\s)(?:level|lvl|severity|msg|err|error)=\S"#;
}

/// Takes a cleaned line apart.
pub(super) fn take_apart(line: &str) -> Parts {
    let mut parts = Parts::default();
    let mut rest = line.trim();
    // A line may wear several prefixes: compose around journald around the program's own.
    parts.indented = line.starts_with(['\t', ' ']);
    for _ in 0..4 {
        match prefix(rest, &mut parts) {
            Some(after) => {
                rest = after.trim_start();
                parts.indented = after.len() - rest.len() > 1 || after.starts_with('\t');
            }
            None => break,
        }
    }
    parts.message = match parts.reason.take() {
        Some(reason) => format!("{reason}: {rest}"),
        None => rest.to_owned(),
    };
    if rest.starts_with('{')
        && let Ok(value) = serde_json::from_str(rest)
    {
        fields::json(&value, &mut parts);
    } else if LOGFMT.is_match(rest) {
        fields::logfmt(rest, &mut parts);
    } else if let Some(found) = ACCESS.captures(rest) {
        let status = found.get(2).map_or("", |m| m.as_str());
        let path = found.get(1).map_or("", |m| m.as_str());
        parts.level.get_or_insert(Level::of_status(status));
        parts.message = format!("{path} http status {status}");
    }
    if let Some(found) = LEVEL.captures(&parts.message) {
        let named = found.get(1).or(found.get(2)).or(found.get(3));
        if let Some(level) = named.and_then(|m| Level::named(m.as_str())) {
            parts.level.get_or_insert(level);
        }
        let end = found.get(0).map_or(0, |m| m.end());
        parts.message = parts.message.get(end..).unwrap_or("").to_owned();
    }
    if let Some(found) = SPRING.captures(&parts.message) {
        parts.source = parts.source.or(found.get(1).map(|m| m.as_str().to_owned()));
        parts.message = parts.message.get(found.get(0).map_or(0, |m| m.end())..).unwrap_or("").to_owned();
    }
    parts
}

/// One prefix off; what is left of the line.
fn prefix<'a>(rest: &'a str, parts: &mut Parts) -> Option<&'a str> {
    let after = |found: &regex::Captures<'_>| rest.get(found.get(0).map_or(0, |m| m.end())..).unwrap_or("");
    let text = |found: &regex::Captures<'_>, nth: usize| found.get(nth).map(|m| m.as_str().to_owned());
    let level = |found: &regex::Captures<'_>, nth: usize| found.get(nth).and_then(|m| Level::named(m.as_str()));
    let piped = rest.bytes().take(90).any(|b| b == b'|');
    if let Some(found) = Some(rest).filter(|_| piped).and_then(|r| COMPOSE.captures(r)).or_else(|| POD.captures(rest)) {
        parts.source = text(&found, 1).map(|s| s.trim_end_matches('-').to_owned());
        return Some(after(&found));
    }
    if let Some(found) = SYSLOG_NEW.captures(rest) {
        parts.level = text(&found, 1).and_then(|p| Level::of_priority(&p));
        parts.time = text(&found, 2);
        parts.source = text(&found, 3);
        return Some(after(&found));
    }
    if let Some(found) = SYSLOG.captures(rest) {
        parts.level = text(&found, 1).and_then(|p| Level::of_priority(&p));
        parts.time = text(&found, 2);
        parts.source = text(&found, 3);
        return Some(after(&found));
    }
    if let Some(found) = SYSLOG_ISO.captures(rest)
        && level(&found, 2).is_none()
    {
        parts.time = text(&found, 1);
        parts.source = text(&found, 3);
        return Some(after(&found));
    }
    if let Some(found) = APACHE.captures(rest) {
        parts.time = text(&found, 1);
        parts.level = level(&found, 2);
        return Some(after(&found));
    }
    if let Some(found) = RUBY.captures(rest) {
        parts.time = text(&found, 1);
        parts.level = level(&found, 2);
        return Some(after(&found));
    }
    if let Some(found) = MYSQL.captures(rest).or_else(|| MONOLOG.captures(rest)).or_else(|| ACTIONS.captures(rest)) {
        parts.level = level(&found, 1);
        return Some(after(&found));
    }
    if let Some(found) = DOTNET.captures(rest) {
        parts.level = level(&found, 1);
        parts.source.get_or_insert_with(|| text(&found, 2).unwrap_or_default());
        return Some(after(&found));
    }
    if let Some(found) = STREAM.find(rest).or_else(|| AUDIT.find(rest)) {
        return rest.get(found.end()..);
    }
    if let Some(found) = DESCRIBED.captures(rest) {
        parts.level = level(&found, 1);
        parts.reason = text(&found, 2);
        parts.source = text(&found, 3);
        return rest.get(found.get(3)?.end()..);
    }
    if let Some(found) = EVENT.captures(rest) {
        parts.level = level(&found, 1);
        return Some(after(&found));
    }
    if let Some(found) = KLOG.captures(rest) {
        parts.level = text(&found, 1).and_then(|l| Level::named(&l));
        parts.time = text(&found, 2);
        return Some(after(&found));
    }
    if let Some(found) = REDIS.captures(rest) {
        parts.level = text(&found, 2).and_then(|l| Level::named(&l));
        parts.time = text(&found, 1);
        parts.source.get_or_insert_with(|| "redis".to_owned());
        return Some(after(&found));
    }
    if let Some(found) = NGINX.captures(rest) {
        parts.time = text(&found, 1);
        parts.level = text(&found, 2).and_then(|l| Level::named(&l));
        parts.source.get_or_insert_with(|| "nginx".to_owned());
        return Some(after(&found));
    }
    if let Some(found) = POSTGRES.captures(rest) {
        parts.level = level(&found, 1).or_else(|| level(&found, 2));
        return Some(after(&found));
    }
    if let Some(found) = KERNEL.captures(rest).or_else(|| TIME.captures(rest)) {
        if parts.time.is_none() {
            parts.time = text(&found, 1);
        }
        return Some(after(&found));
    }
    None
}

/// When a line was written, wherever that stands in it.
pub(super) fn time(line: &str) -> Option<String> {
    ANY_TIME.find(line).map(|m| m.as_str().to_owned())
}

/// The message of nginx without what changes with every request.
pub(super) fn without_request(message: &str) -> String {
    NGINX_TAIL.replace_all(message, "").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> (String, Option<Level>, Option<String>) {
        let parts = take_apart(line);
        (parts.message, parts.level, parts.source)
    }

    #[test]
    fn the_usual_formats_are_taken_apart() {
        use Level::*;
        for (line, message, level, source) in [
            (
                "backend-1  | 2026-03-14 02:17:46,128 - app.redis - ERROR - push failed",
                "push failed",
                Some(Error),
                Some("backend"),
            ),
            ("Mar 14 02:17:38 node-7 kubelet[812]: out of disk", "out of disk", None, Some("kubelet")),
            (
                "Mar 14 02:17:38 node-7 kernel: [1012.5] nf_conntrack: table full",
                "nf_conntrack: table full",
                None,
                Some("kernel"),
            ),
            ("<11>1 2026-03-14T02:17:38Z host api 12 - - cannot bind", "cannot bind", Some(Error), Some("api")),
            (
                "E0406 14:20:46.991942       1 leaderelection.go:325] error retrieving lock",
                "error retrieving lock",
                Some(Error),
                None,
            ),
            ("1:M 14 Mar 2026 02:17:38.123 # MISCONF Redis", "MISCONF Redis", Some(Warn), Some("redis")),
            ("2026/03/14 02:17:38 [error] 31#31: *9 connect() failed", "connect() failed", Some(Error), Some("nginx")),
            (
                "2026-03-14 02:17:38.120 UTC [77] FATAL:  sorry, too many clients already",
                "sorry, too many clients already",
                Some(Fatal),
                None,
            ),
            (
                r#"10.0.0.1 - - [14/Mar/2026:02:17:38 +0000] "GET /api/x HTTP/1.1" 502 157 "-" "curl""#,
                "/api/x http status 502",
                Some(Error),
                None,
            ),
            (
                r#"ts=2026-04-04T09:14:06Z caller=a.go:1 level=error component=tsdb msg="compaction failed" err="no space left""#,
                "tsdb: compaction failed: no space left",
                Some(Error),
                Some("tsdb"),
            ),
            (
                r#"{"level":"error","ts":1.5,"service":"api","msg":"query","error":{"type":"Timeout","message":"too slow"}}"#,
                "query: Timeout: too slow",
                Some(Error),
                Some("api"),
            ),
            (r#"{"level":50,"time":1,"msg":"boom"}"#, "boom", Some(Error), None),
            (
                "[2026-04-07T22:10:02,114][WARN ][o.e.c.r.a.DiskThresholdMonitor] [es-1] high disk watermark",
                "[o.e.c.r.a.DiskThresholdMonitor] [es-1] high disk watermark",
                Some(Warn),
                None,
            ),
            (
                "2026-03-14T02:17:38.120000000Z 2026-03-14 02:17:38 ERROR [main] c.a.App - it broke",
                "[main] c.a.App - it broke",
                Some(Error),
                None,
            ),
        ] {
            let (text, got, who) = told(line);
            assert_eq!((text.as_str(), got, who.as_deref()), (message, level, source), "{line}");
        }
    }

    #[test]
    fn words_are_left_as_they_are() {
        for line in [
            "error connecting to the database",
            "the page is blank since 10 minutes",
            "Error: connect ECONNREFUSED 127.0.0.1:6379",
        ] {
            assert_eq!(take_apart(line).message, line);
        }
    }
}
