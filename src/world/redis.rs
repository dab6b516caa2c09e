//! Asks a Redis, and tells its refusals apart.
//! It never sends a command that is not one the question was proven to read.

use std::time::{Duration, Instant};

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, RedisError, Value};

use super::site::Site;
use crate::probe::{
    Container, InsideSetting, NetFailure, Reading, RedisAddress, RedisAnswer, RedisAsk, RedisFailure, RedisReading,
    RedisSettings,
};

/// Asks one question; the site's password is used where the command names none.
pub(super) async fn answer(at: &RedisAddress, ask: &RedisAsk, site: &Site, limit: Duration) -> Reading {
    let started = Instant::now();
    let words: Vec<String> = match ask {
        RedisAsk::Ping => vec!["PING".into()],
        RedisAsk::Info(section) => std::iter::once("INFO".to_owned()).chain(section.clone()).collect(),
        RedisAsk::Length(key) => vec!["LLEN".into(), key.clone()],
        RedisAsk::Other(words) => words.clone(),
    };
    let place = at.socket.clone().unwrap_or_else(|| format!("{}:{}", at.host, at.port));
    let outcome = tokio::time::timeout(limit.min(Duration::from_secs(5)), query(at, &words, site)).await;
    let answer = match outcome {
        Ok(Ok(value)) => shape(ask, value),
        Ok(Err(error)) => {
            let why = failure(&error);
            // The client puts the code in quotes: `"NOAUTH": Authentication required.`
            let said = error.to_string().replacen('"', "", 2).replacen("NOAUTH:", "NOAUTH", 1);
            RedisAnswer::Failed { why, text: format!("{said}{}", about_password(why, at, site)) }
        }
        Err(_) => {
            RedisAnswer::Failed { why: RedisFailure::Net(NetFailure::TimedOut), text: "no answer in time".into() }
        }
    };
    Reading::Redis(RedisReading {
        at: place,
        command: words.join(" "),
        answer,
        ms: started.elapsed().as_secs_f64() * 1000.0,
    })
}

/// How long the look at its settings may take.
const SETTINGS_LIMIT: Duration = Duration::from_millis(800);
/// Settings of more than one word, or that are secrets: they are not compared.
const NOT_COMPARED: [&str; 7] =
    ["save", "bind", "user", "requirepass", "masterauth", "client-output-buffer-limit", "rename-command"];

/// The settings of a Redis that are otherwise than it was started with; `None` where it does not tell.
pub(super) async fn settings(at: &RedisAddress, site: &Site, container: &Container) -> Option<RedisSettings> {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (config, rights) = (words("CONFIG GET *"), words("ACL GETUSER default"));
    let asked = async { tokio::join!(query(at, &config, site), query(at, &rights, site)) };
    let (config, rights) = tokio::time::timeout(SETTINGS_LIMIT, asked).await.ok()?;
    let now = plain(&config.ok()?);
    let mut inside = otherwise(&given(&container.command.join(" ")), &now);
    if !container.command.iter().any(|w| w.contains(".conf")) {
        inside.extend(no_defaults(&given(&container.command.join(" ")), &now));
    }
    let own = container.command.iter().any(|w| w.contains("--user") || w.contains("aclfile") || w.ends_with(".conf"));
    inside.extend(rights.ok().filter(|_| !own).and_then(|r| limited(&plain(&r))));
    Some(RedisSettings { service: container.label().to_owned(), inside })
}

/// The settings of a command line: `--maxmemory 450mb`.
fn given(command: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs
        .filter_map(|(name, value)| Some((name.strip_prefix("--")?, value.trim_matches(['"', '\'']))))
        .filter(|(name, value)| {
            let known = name.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !NOT_COMPARED.contains(name);
            known && name.len() > 2 && !value.starts_with("--") && !value.contains(['$', '\\'])
        })
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Of the settings that were given those that are otherwise now; `now` holds names and values line by line.
fn otherwise(given: &[(String, String)], now: &str) -> Vec<InsideSetting> {
    let lines: Vec<&str> = now.lines().collect();
    let value = |name: &str| {
        let at = lines.iter().step_by(2).position(|l| *l == name)?;
        lines.get(2 * at + 1).map(|v| (*v).to_owned())
    };
    let differs = |(name, was): &(String, String)| {
        let is = value(name)?;
        (amount(&is) != amount(was)).then(|| InsideSetting {
            name: name.clone(),
            value: crate::text::shorten(&is, 40),
            scope: format!("started with {}", crate::text::shorten(was, 40)),
        })
    };
    given.iter().filter_map(differs).collect()
}

/// What Redis is set to where nothing is said, of settings that keep it from its work.
const DEFAULTS: [(&str, &str); 8] = [
    ("min-replicas-to-write", "0"),
    ("maxmemory", "0"),
    ("timeout", "0"),
    ("stop-writes-on-bgsave-error", "yes"),
    ("replica-serve-stale-data", "yes"),
    ("databases", "16"),
    ("lua-time-limit", "5000"),
    ("cluster-enabled", "no"),
];

/// The settings that were not given and are not what they are by default.
fn no_defaults(given: &[(String, String)], now: &str) -> Vec<InsideSetting> {
    let left = DEFAULTS.iter().filter(|(name, _)| !given.iter().any(|(g, _)| g == name));
    let pairs: Vec<(String, String)> = left.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let scope =
        |set: InsideSetting| InsideSetting { scope: set.scope.replacen("started with", "by default", 1), ..set };
    otherwise(&pairs, now).into_iter().map(scope).collect()
}

/// A value so that the same is the same: `450mb` in bytes, the rest in lower case.
fn amount(value: &str) -> String {
    let lower = value.to_lowercase();
    let split = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let (digits, unit) = lower.split_at(split);
    let factor: u64 = match unit {
        "k" => 1_000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return lower,
    };
    digits.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).map_or(lower.clone(), |n| n.to_string())
}

/// Where the user that everybody is may not do everything: what it may. Its passwords are not looked at.
fn limited(user: &str) -> Option<InsideSetting> {
    let mut lines = user.lines();
    lines.by_ref().find(|l| *l == "commands")?;
    let commands = lines.next()?.trim();
    (commands != "+@all").then(|| InsideSetting {
        name: "user default".into(),
        value: crate::text::shorten(commands, 60),
        scope: "started with +@all".into(),
    })
}

#[test]
fn a_setting_that_was_changed_while_it_ran_is_told() {
    let command = "sh -c set -- --dir /data --maxmemory 450mb --requirepass \"$P\" --save 900 1 --appendonly yes \\\n exec redis-server";
    let now = "maxmemory\n1048576\ndir\n/data\nappendonly\nyes\nsave\n\nrequirepass\nx";
    let seen = otherwise(&given(command), now);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!((seen[0].name.as_str(), seen[0].scope.as_str()), ("maxmemory", "started with 450mb"));
    assert_eq!(otherwise(&given(command), "maxmemory\n471859200"), []);
    let set = no_defaults(&given(command), "maxmemory\n1048576\nmin-replicas-to-write\n1\ntimeout\n0");
    assert_eq!(set.len(), 1, "{set:?}");
    assert_eq!((set[0].name.as_str(), set[0].scope.as_str()), ("min-replicas-to-write", "by default 0"));
    assert_eq!(limited("flags\non\npasswords\n\ncommands\n+@all -@write\nkeys").unwrap().value, "+@all -@write");
    assert_eq!(limited("flags\non\ncommands\n+@all\nkeys"), None);
}

async fn query(at: &RedisAddress, words: &[String], site: &Site) -> Result<Value, RedisError> {
    match once(at, words, at.password.clone()).await {
        // The site's password goes only to its own Redis: a runbook may name any host.
        Err(error) if at.password.is_none() && failure(&error) == RedisFailure::NoAuth && is_own(at, site) => {
            match site.env("REDIS_PASSWORD") {
                Some(password) => once(at, words, Some(password.to_owned())).await,
                None => Err(error),
            }
        }
        other => other,
    }
}

/// Which password was tried, or that there was none to try.
fn about_password(why: RedisFailure, at: &RedisAddress, site: &Site) -> &'static str {
    let own = at.password.is_none() && is_own(at, site);
    match (why, site.env("REDIS_PASSWORD")) {
        (RedisFailure::NoAuth, None) if own => " (.env sets no REDIS_PASSWORD)",
        (RedisFailure::WrongPass, Some(_)) if own => " (tried: REDIS_PASSWORD of .env)",
        _ => "",
    }
}

/// Whether an address is this machine or a service of the compose file.
fn is_own(at: &RedisAddress, site: &Site) -> bool {
    let local = matches!(at.host.as_str(), "localhost" | "127.0.0.1" | "::1");
    at.socket.is_some() || local || site.services().contains(&at.host)
}

async fn once(at: &RedisAddress, words: &[String], password: Option<String>) -> Result<Value, RedisError> {
    let address = match &at.socket {
        Some(path) => ConnectionAddr::Unix(path.into()),
        None => ConnectionAddr::Tcp(at.host.clone(), at.port),
    };
    let mut settings = RedisConnectionInfo::default().set_db(at.db).set_skip_set_lib_name();
    if let Some(password) = password {
        settings = settings.set_password(password);
    }
    if let Some(user) = &at.username {
        settings = settings.set_username(user.as_str());
    }
    let info: ConnectionInfo = address.into_connection_info()?.set_redis_settings(settings);
    let mut connection = Client::open(info)?.get_multiplexed_async_connection().await?;
    let (name, rest) = words.split_first().map_or(("PING", &[] as &[String]), |(n, r)| (n.as_str(), r));
    let mut command = redis::cmd(name);
    rest.iter().for_each(|word| {
        command.arg(word);
    });
    command.query_async(&mut connection).await
}

fn shape(ask: &RedisAsk, value: Value) -> RedisAnswer {
    match (ask, value) {
        (RedisAsk::Ping, Value::SimpleString(text)) if text == "PONG" => RedisAnswer::Pong,
        (_, Value::Int(n)) => RedisAnswer::Int(n),
        (RedisAsk::Info(_), value) => {
            let text = plain(&value);
            RedisAnswer::Info(
                text.lines()
                    .filter_map(|l| l.trim().split_once(':'))
                    .map(|(k, v)| (k.to_owned(), v.to_owned()))
                    .collect(),
            )
        }
        (_, value) => RedisAnswer::Text(plain(&value)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => text.clone(),
        Value::Array(items) | Value::Set(items) => items.iter().map(plain).collect::<Vec<_>>().join("\n"),
        Value::Map(pairs) => {
            pairs.iter().map(|(k, v)| format!("{}: {}", plain(k), plain(v))).collect::<Vec<_>>().join("\n")
        }
        Value::Int(n) => n.to_string(),
        Value::Nil => "(nil)".into(),
        Value::Okay => "OK".into(),
        other => format!("{other:?}"),
    }
}

fn failure(error: &RedisError) -> RedisFailure {
    let text = error.to_string();
    let has = |word: &str| text.contains(word);
    match () {
        () if has("NOAUTH") || has("Authentication required") => RedisFailure::NoAuth,
        () if has("WRONGPASS")
            || has("invalid password")
            || has("invalid username")
            || has("Password authentication failed") =>
        {
            RedisFailure::WrongPass
        }
        () if has("NOPERM") => RedisFailure::NoPermission,
        () if has("LOADING") || has("loading the dataset") || has("BusyLoading") => RedisFailure::Loading,
        () if has("MISCONF") => RedisFailure::Misconf,
        () if has("OOM") => RedisFailure::OutOfMemory,
        () if has("READONLY") => RedisFailure::ReadOnly,
        () if has("MASTERDOWN") || has("CLUSTERDOWN") => RedisFailure::Down,
        () if has("max number of clients") => RedisFailure::MaxClients,
        () if error.is_connection_refusal() || has("refused") => RedisFailure::Net(NetFailure::Refused),
        () if has("lookup") || has("resolve") || has("Name or service") => RedisFailure::Net(NetFailure::Name),
        () if error.is_timeout() => RedisFailure::Net(NetFailure::TimedOut),
        () if has("arse") || has("nexpected") && !has("end of file") => RedisFailure::NotRedis,
        () if error.is_io_error() || error.is_connection_dropped() => RedisFailure::Net(NetFailure::Reset),
        () => RedisFailure::Other,
    }
}
