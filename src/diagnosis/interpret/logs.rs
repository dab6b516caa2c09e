//! Logs: the lines that stand out, and what the best of them proves.
//! It never takes the absence of such lines for health.

use std::sync::LazyLock;

use regex::Regex;

use super::signs::SIGNS;
use super::{Said, stand};
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::Logs;
use crate::query;
use crate::text::{count, pattern, shorten};

/// How many lines below a message its reason may stand.
const BELOW: usize = 4;

/// The line of a log that tells most, and what it proves.
pub(in crate::diagnosis) struct Telling {
    pub kind: Kind,
    /// `does not accept the setting YOLO26_READ_TIMEOUT: “Input should be less than or equal to 120”`.
    pub text: String,
    pub line: String,
    /// The setting or name it speaks of.
    pub detail: Option<String>,
    /// How many lines stand out.
    pub lines: usize,
}

impl Telling {
    /// It as a finding about whoever wrote it.
    pub(in crate::diagnosis) fn finding(&self, who: &str) -> Finding {
        let subject = match self.kind {
            Kind::RedisRefused => "redis",
            _ => who,
        };
        // What a database logs of a login is about whoever wants in.
        let text = match self.kind {
            Kind::DatabaseAuth | Kind::DatabaseNoUser if is_database(who) => {
                self.text.replacen("is refused by the database:", "refuses a login:", 1)
            }
            _ => self.text.clone(),
        };
        let found = Finding { logged: true, ..Finding::new(self.kind, subject, format!("{who} {text}.")) };
        match &self.detail {
            Some(detail) => found.with(detail.clone()),
            None => found,
        }
    }
}

/// Whether a service is a database, by its name.
pub(in crate::diagnosis) fn is_database(who: &str) -> bool {
    let lower = who.to_lowercase();
    ["postgres", "pgsql", "mysql", "maria", "database", "timescale"].iter().any(|w| lower.contains(w)) || lower == "db"
}

/// What the lines of a log prove, by the most telling of them; `None` where none stands out.
pub(in crate::diagnosis) fn telling(lines: &[String]) -> Option<Telling> {
    let sign = |line: &String| {
        let lower = line.to_lowercase();
        let listed = SIGNS.iter().position(|(signs, _, _)| signs.iter().any(|s| lower.contains(s)));
        // Of two signs in one line the more telling counts.
        let shaped = shape(line, &lower).and_then(|kind| SIGNS.iter().position(|(_, k, _)| *k == kind));
        listed.into_iter().chain(shaped).min()
    };
    let mut known: Vec<(usize, usize)> =
        lines.iter().enumerate().filter_map(|(at, line)| sign(line).map(|s| (s, at))).collect();
    // A line that says that a configuration is not accepted may say why as well.
    let also = |at: usize| {
        let lower = lines.get(at).map(|l| l.to_lowercase()).unwrap_or_default();
        let cause = |kind: Kind| {
            matches!(kind, Kind::FolderUnreadable | Kind::ReadOnly | Kind::DiskFull | Kind::TlsKeyMismatch)
        };
        SIGNS.iter().position(|(signs, kind, _)| cause(*kind) && signs.iter().any(|s| lower.contains(s)))
    };
    let setting = |s: usize| SIGNS.get(s).is_some_and(|(_, kind, _)| *kind == Kind::InvalidSetting);
    let more: Vec<(usize, usize)> =
        known.iter().filter(|(s, _)| setting(*s)).filter_map(|(_, at)| Some((also(*at)?, *at))).collect();
    known.extend(more);
    let understood = query::understand(&lines.join("\n"));
    let mut bad: Vec<&query::QueryLine> = understood.lines.iter().filter(|l| l.severe || severe(&l.text)).collect();
    // That it was tried so often says less than what it failed at.
    let sums_up = |text: &str| SUMMARY.is_match(text);
    if bad.iter().any(|l| !sums_up(&l.text)) {
        bad.retain(|l| !sums_up(&l.text));
        known.retain(|(_, at)| lines.get(*at).is_some_and(|l| !sums_up(l)));
    }
    let number = known.len().max(bad.iter().map(|l| l.count).sum());
    // Of lines that tell the same, the last is the nearest to now.
    let best = known.iter().min_by_key(|(sign, at)| (*sign, std::cmp::Reverse(*at)));
    let best = best.map(|(sign, at)| behind(*sign, *at, &known));
    if let Some((sign, at)) = &best
        && let (Some((_, kind, text)), Some(line)) = (SIGNS.get(*sign), lines.get(*at))
    {
        let (name, why) = named_setting(lines, *at).filter(|_| about_settings(*kind)).unzip();
        let text = match (&name, why.flatten()) {
            (Some(name), Some(why)) => format!("does not accept the setting {name}: “{why}”"),
            (Some(name), None) if *kind == Kind::MissingVariable => format!("misses the setting {name}"),
            (Some(name), None) => format!("does not accept the setting {name}"),
            (None, _) if *kind == Kind::InvalidSetting => format!("{text}: “{}”", shorten(&bare(line), 110)),
            (None, _) => (*text).to_owned(),
        };
        let host = HOST.captures(line).filter(|_| *kind == Kind::NameUnresolved);
        let host = host.and_then(|c| c.iter().skip(1).flatten().next().map(|m| m.as_str().to_owned()));
        let text = host.as_ref().map_or(text, |host| format!("cannot resolve the name {host}"));
        let user = USER.captures(line).filter(|_| matches!(*kind, Kind::DatabaseAuth | Kind::DatabaseNoUser));
        let user = user.and_then(|c| c.get(1)).map(|m| m.as_str().to_owned());
        let text = user.as_ref().map_or(text.clone(), |user| format!("{text} (user {user})"));
        // Some programs name what they may not use in the line above.
        let above = || PATH.captures(at.checked_sub(1).and_then(|n| lines.get(n))?);
        let path = PATH.captures(line).or_else(above).filter(|_| *kind == Kind::FolderUnreadable);
        let path = path.and_then(|c| c.iter().skip(1).flatten().next().map(|m| m.as_str().to_owned()));
        let text = path.as_ref().map_or(text, |path| format!("may not use {path}"));
        let upstream = matches!(kind, Kind::UpstreamRefused | Kind::UpstreamTimeout | Kind::HostUnreachable);
        let port = UPSTREAM.captures(line).filter(|_| upstream).and_then(|c| Some(c.get(1)?.as_str().to_owned()));
        let text = port.as_ref().map_or(text.clone(), |place| format!("{text} at {place}"));
        let table = CONSTRAINT.captures(line).filter(|_| *kind == Kind::DatabaseNumbers);
        let table = table.and_then(|c| Some(c.get(1)?.as_str().to_owned()));
        let detail = name.or(host).or(user).or(port).or(path).or(table);
        return Some(Telling { kind: *kind, text, line: shorten(line, 200), detail, lines: number });
    }
    let line = bad.last().map(|l| l.text.clone())?;
    let lower = line.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let (kind, text) = match () {
        () if has(&["refused", "could not connect"]) && has(&["5432", "postgres"]) => {
            (Kind::DatabaseRefused, "cannot reach the database".to_owned())
        }
        () if has(&["refused", "could not connect"]) && has(&["6379", "redis"]) => {
            (Kind::RedisRefused, "cannot reach Redis".to_owned())
        }
        () => (Kind::LogError, format!("logs an error: “{}”", shorten(&line, 100))),
    };
    Some(Telling { kind, text, line: shorten(&line, 200), detail: None, lines: number })
}

/// What is behind a sign: that a configuration is not accepted says less than what it failed at, told with it or right below.
fn behind(sign: usize, at: usize, known: &[(usize, usize)]) -> (usize, usize) {
    let kind = |sign: usize| SIGNS.get(sign).map(|(_, kind, _)| *kind);
    if kind(sign) != Some(Kind::InvalidSetting) {
        return (sign, at);
    }
    let cause = |s: usize| {
        matches!(kind(s), Some(Kind::FolderUnreadable | Kind::ReadOnly | Kind::DiskFull | Kind::TlsKeyMismatch))
    };
    let below = known.iter().filter(|(s, n)| cause(*s) && (at..=at + BELOW).contains(n));
    below.min_by_key(|(s, _)| *s).copied().unwrap_or((sign, at))
}

/// What the shape of a line proves, where no fixed words do.
fn shape(line: &str, lower: &str) -> Option<Kind> {
    let gone = lower.contains("does not exist") || lower.contains("doesn't exist");
    let table = ["relation \"", "table '", "table \"", "column \""].iter().any(|w| lower.contains(w));
    if gone && table {
        return Some(Kind::DatabaseSchema);
    }
    if gone && USER.is_match(line) {
        return Some(Kind::DatabaseNoUser);
    }
    if gone && lower.contains("database \"") {
        return Some(Kind::DatabaseMissing);
    }
    KEY.is_match(line).then_some(Kind::MissingVariable)
}

/// A line without the time and the level before its message.
fn bare(line: &str) -> String {
    let understood = query::understand(line);
    understood.lines.first().map_or_else(|| line.to_owned(), |l| l.text.clone())
}

fn about_settings(kind: Kind) -> bool {
    matches!(kind, Kind::MissingVariable | Kind::InvalidSetting)
}

/// Whether a line tells of an error by its words.
pub(in crate::diagnosis) fn severe(line: &str) -> bool {
    // What only counts or denies errors is none: `0 errors`, `NOERROR`, `error_log`.
    let lower = line.to_lowercase();
    let lower = NO_ERROR.replace_all(&lower, " ");
    [
        "error",
        "fatal",
        "panic",
        "critical",
        "exception",
        "refused",
        "failed",
        "denied",
        "killed",
        "traceback",
        "rejected",
    ]
    .iter()
    .any(|w| lower.contains(w))
}

static NO_ERROR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:no|0|without|zero)[ -](?:\w+ )?(?:errors?|failed|failures?)\b|noerror|\berrors?[=:] ?0\b|\berror_(?:log|page)\b|\b0 failed\b|\bfailed[=:] ?0\b",
    )
});
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?:KeyError: ?|key not found: ?|environ\[)['"]([A-Z][A-Z0-9_]{2,})['"]|process\.env\.([A-Z][A-Z0-9_]{2,})\b.*(?:undefined|not set|not defined|missing|required)|(?:undefined|missing|required).*process\.env\.([A-Z][A-Z0-9_]{2,})|\b([A-Z][A-Z0-9_]{2,}): (?:unbound variable|parameter (?:null or )?not set)"#,
    )
});
/// The name that does not resolve, as clients of many kinds tell it.
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)connecting to ([\w.-]+):\d+|host name "([\w.-]+)"|ENOTFOUND ([\w.-]+)|lookup ([\w.-]+)(?: on|:)|bad address '([\w.-]+)|in upstream "([\w.-]+)|([\w.-]+) could not be resolved|resolve (?:host )?['"]?([\w.-]+\.?[\w-]+)['"]?: (?:name|no|temp)"#,
    )
});
/// A line that only says how often something was tried.
static SUMMARY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bafter \d+ (?:attempts?|tries|retries|times)\b|\bafter all (?:attempts|tries|retries)\b|\bgiving up\b|\bmax(?:imum)? (?:number of )?retries\b|\bretries exhausted\b|\bretrying in\b",
    )
});
/// The table whose key is taken: PostgreSQL calls its key so.
static CONSTRAINT: LazyLock<Regex> = LazyLock::new(|| pattern(r#"unique constraint "([a-z_][a-z0-9_]*)_pkey""#));
/// The user a database speaks of.
static USER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)(?:\brole|\bfor user|\blogin failed for user) ["']([\w.-]+)["']"#));
/// The file or folder that may not be used.
static PATH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"['"‘](/[^'"’]{1,120})['"’]|(/[\w./-]{2,120}): [Pp]ermission denied"#));
/// The address of the program that nginx passed on to.
static UPSTREAM: LazyLock<Regex> = LazyLock::new(|| pattern(r#"upstream: "[a-z]+://([^/"]+:\d{1,5})"#));
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"));

/// The setting that the lines around `at` speak of, and what is wrong with it where they say so.
fn named_setting(lines: &[String], at: usize) -> Option<(String, Option<String>)> {
    let line = lines.get(at)?;
    // A validation error of pydantic names the field on a line of its own, and what is wrong with it below.
    let lower = line.to_lowercase();
    let field_at = if lower.contains("validation error") {
        Some(at + 1)
    } else if lower.trim_start().starts_with("input should") || lower.trim_start().starts_with("field required") {
        at.checked_sub(1)
    } else {
        None
    };
    let bare = |line: &String| -> Option<String> {
        let name = line.rsplit("| ").next().unwrap_or(line).trim();
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        plain.then(|| name.to_uppercase())
    };
    if let Some(field_at) = field_at
        && let Some(name) = lines.get(field_at).and_then(bare)
    {
        let why = lines.get(field_at + 1).map(|w| w.rsplit("| ").next().unwrap_or(w));
        let why = why.map(|w| w.split(" [type=").next().unwrap_or(w).trim().to_owned()).filter(|w| !w.is_empty());
        return Some((name, why.map(|w| shorten(&w, 90))));
    }
    if let Some(quoted) = lower.split_once("for field \"").and_then(|(_, t)| t.split_once('"')) {
        return Some((quoted.0.to_uppercase(), Some("it cannot be read as the list or number it should be".into())));
    }
    let name = NAME.find(line).map(|n| n.as_str().to_owned()).or_else(|| {
        let found = KEY.captures(line)?;
        found.iter().skip(1).flatten().next().map(|n| n.as_str().to_owned())
    });
    name.map(|n| (n, None))
}

/// What a line proves about whoever wrote it.
pub(super) fn finding(line: &str, who: &str) -> Finding {
    telling(&[line.to_owned()]).map_or_else(
        || Finding::new(Kind::LogError, who, format!("{who} writes: “{}”.", shorten(line, 100))),
        |t| t.finding(who),
    )
}

/// How many lines stand out, and the one that tells most.
pub(super) fn standing_out(lines: &[String]) -> (usize, Option<String>) {
    telling(lines).map_or((0, None), |t| (t.lines, Some(t.line)))
}

pub(super) fn logs(seen: &Logs) -> Said {
    let who = seen.target.as_deref().unwrap_or("a container");
    if seen.lines.is_empty() && seen.only_new {
        return Said::ok("nothing of it since the change");
    }
    if seen.lines.is_empty() {
        return match &seen.searched {
            Some(words) => Said::new(Status::Uncertain, format!("no line with “{}”", shorten(words, 40))),
            None => Said::new(Status::Uncertain, "the log is empty"),
        };
    }
    match telling(&seen.lines) {
        None => Said::ok(format!("{}, none stands out", count(seen.lines.len(), "line"))),
        // A log keeps what is long over, so its lines point somewhere, but are no proof of the present.
        Some(telling) => Said {
            findings: vec![telling.finding(who)],
            ..Said::new(Status::Uncertain, format!("{} out", stand(telling.lines))).showing(telling.line)
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn told(text: &str) -> (Kind, String) {
        let telling = telling(&lines(text)).unwrap();
        (telling.kind, telling.finding("backend").text)
    }

    #[test]
    fn the_setting_that_is_wrong_is_named() {
        let pydantic = "Traceback (most recent call last):\n  File \"main.py\", line 3\npydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\nyolo26_read_timeout\n  Input should be less than or equal to 120 [type=less_than_equal, input_value='300']";
        assert_eq!(
            told(pydantic),
            (
                Kind::InvalidSetting,
                "backend does not accept the setting YOLO26_READ_TIMEOUT: “Input should be less than or equal to 120”."
                    .into()
            )
        );
        assert_eq!(
            told("DATABASE_URL environment variable is required. Set it in your .env file"),
            (Kind::MissingVariable, "backend misses the setting DATABASE_URL.".into())
        );
        assert!(told("error parsing value for field \"cors_origins\" from source").1.contains("CORS_ORIGINS"));
        for (line, name) in [
            ("KeyError: 'SECRET_KEY'", "SECRET_KEY"),
            ("KeyError: 'PORT'", "PORT"),
            ("TypeError: process.env.DATABASE_URL is undefined", "DATABASE_URL"),
            ("entrypoint.sh: line 4: API_TOKEN: unbound variable", "API_TOKEN"),
            ("panic: required environment variable \"STRIPE_KEY\" is not set", "STRIPE_KEY"),
            ("java.lang.IllegalArgumentException: Could not resolve placeholder 'DB_HOST' in value", "DB_HOST"),
            ("in `fetch': key not found: \"RAILS_KEY\" (KeyError)", "RAILS_KEY"),
        ] {
            assert_eq!(told(line), (Kind::MissingVariable, format!("backend misses the setting {name}.")), "{line}");
        }
        assert_eq!(told("ERROR KeyError: 'user'").0, Kind::LogError, "a key of its data is no setting");
        assert_eq!(told("ERROR:  relation \"events\" does not exist at character 15").0, Kind::DatabaseSchema);
    }

    #[test]
    fn what_a_configuration_failed_at_says_more_than_that_it_failed() {
        for (log, kind) in [
            ("*** FATAL CONFIG FILE ERROR ***\n>>> 'dir \"/data\"'\nPermission denied", Kind::FolderUnreadable),
            ("nginx: [emerg] open() \"/etc/x.key\" failed (13: Permission denied)", Kind::FolderUnreadable),
            (
                "nginx: [emerg] SSL_CTX_use_PrivateKey() failed (SSL: error:05800074::key values mismatch)",
                Kind::TlsKeyMismatch,
            ),
            ("nginx: [emerg] unknown directive \"retrun\"", Kind::InvalidSetting),
        ] {
            assert_eq!(told(log).0, kind, "{log}");
        }
        assert_eq!(
            told("*** FATAL CONFIG FILE ERROR ***\n>>> 'dir \"/data\"'\nPermission denied").1,
            "backend may not use /data."
        );
        assert_eq!(
            told("backend could not be resolved (111: Connection refused)").1,
            "backend cannot resolve the name backend."
        );
    }

    #[test]
    fn the_most_telling_line_counts_not_the_first() {
        let log = "ERROR something failed\nnginx: [emerg] host not found in upstream \"backend\"\nWARN retrying";
        assert_eq!(told(log).0, Kind::NameUnresolved);
        for (line, name) in [
            ("Error -2 connecting to cache:6379. Name or service not known.", "cache"),
            ("could not translate host name \"dbx\" to address: Name or service not known", "dbx"),
            ("Error: getaddrinfo ENOTFOUND queue", "queue"),
            ("dial tcp: lookup store on 127.0.0.11:53: no such host", "store"),
            ("nginx: [emerg] host not found in upstream \"api\" in /etc/nginx/nginx.conf:3", "api"),
        ] {
            assert_eq!(
                told(line),
                (Kind::NameUnresolved, format!("backend cannot resolve the name {name}.")),
                "{line}"
            );
        }
        assert_eq!(told("ERROR could not connect to server: Connection refused port 5432").0, Kind::DatabaseRefused);
        assert_eq!(told("boot\nException: boom").0, Kind::LogError);
        assert!(telling(&lines("status: NOERROR, id: 3\n0 errors, 0 failed\nerror_log /var/log/x")).is_none());
        assert!(telling(&lines("all is well\nlistening on 8000")).is_none());
    }

    #[test]
    fn lines_of_many_programs_prove_what_they_say() {
        for (line, name) in [
            ("curl: (60) SSL certificate problem: certificate has expired", "tls.expired"),
            (
                "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)",
                "tls.untrusted",
            ),
            ("x509: certificate is valid for www.example.org, not example.org", "tls.wrong_name"),
            ("invalid peer certificate: UnknownIssuer", "tls.untrusted"),
            ("error:05800074:x509 certificate routines::key values mismatch", "tls.key_mismatch"),
            ("touch: cannot touch 'x': Read-only file system", "disk.read_only"),
            ("Buffer I/O error on dev sda1, logical block 1", "disk.failing"),
            ("git@example.org: Permission denied (publickey).", "login.refused"),
            ("open() \"/srv/x\" failed (13: Permission denied)", "folder.unreadable"),
            ("audit: apparmor=\"DENIED\" operation=\"open\" profile=\"/usr/sbin/mysqld\"", "access.policy"),
            ("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 272", "packages.locked"),
            ("E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", "packages.interrupted"),
            ("FATAL:  no pg_hba.conf entry for host \"10.0.0.1\", user \"a\"", "database.no_hba_entry"),
            ("FATAL:  sorry, too many clients already", "database.connections"),
            ("ERR max number of clients reached", "redis.clients"),
            ("RuntimeError: can't start new thread", "processes.exhausted"),
            ("OSError: [Errno 99] Cannot assign requested address", "ports.exhausted"),
            ("client intended to send too large body: 15728640 bytes", "upload.too_large"),
            ("app.service: Start request repeated too quickly.", "unit.start_limit"),
            ("connect() failed (111: Connection refused) while connecting to upstream", "upstream.refused"),
            ("ssh: connect to host a port 22: No route to host", "host.unreachable"),
            ("chown: changing ownership of 'x': Operation not permitted", "access.not_permitted"),
        ] {
            assert_eq!(told(line).0.name(), name, "{line}");
        }
    }
}
