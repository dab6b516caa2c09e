//! Asks a Redis, and tells its refusals apart.
//! It never sends a command that is not one the question was proven to read.

use std::time::{Duration, Instant};

use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, RedisError, Value};

use super::site::Site;
use crate::probe::{NetFailure, Reading, RedisAddress, RedisAnswer, RedisAsk, RedisFailure, RedisReading};

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
