//! An HTTP request as curl would make it, with its times, headers and body, and failures told apart.
//! It never follows a redirect to another host, and never keeps more than the head of a body.

use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, Method};

use super::{tls, unavailable};
use crate::probe::{HttpAsk, HttpReading, HttpResult, NetFailure, Reading};

/// How much of a body is kept.
const BODY: usize = 64 * 1024;

/// Makes one request; `jq` is a filter over the body.
pub(super) async fn request(ask: &HttpAsk, jq: Option<&str>, limit: Duration) -> Reading {
    tls::provide();
    let limit = ask.max_ms.map_or(limit, |ms| Duration::from_millis(ms).min(limit));
    let started = Instant::now();
    let result = match tokio::time::timeout(limit, exchange(ask, jq, limit, started)).await {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => HttpResult::Failed { why: failure(&error), text: root(&error), ms: ms(started) },
        Err(_) => HttpResult::Failed {
            why: NetFailure::TimedOut,
            text: format!("no answer within {} s", limit.as_secs_f32()),
            ms: ms(started),
        },
    };
    if let HttpResult::Failed { why: NetFailure::Other, text, .. } = &result
        && text.contains("builder")
    {
        return unavailable(ask.url.clone(), text.clone(), "the address or a header of this request is not right");
    }
    Reading::Http(HttpReading { method: ask.method.clone(), url: ask.url.clone(), sent: ask.headers.clone(), result })
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

async fn exchange(ask: &HttpAsk, jq: Option<&str>, limit: Duration, started: Instant) -> reqwest::Result<HttpResult> {
    let host = host_of(&ask.url);
    let follow = ask.follow;
    let policy = Policy::custom(move |attempt| {
        let same = attempt.url().host_str().map(str::to_owned) == host;
        if follow && same && attempt.previous().len() < 10 { attempt.follow() } else { attempt.stop() }
    });
    let client = Client::builder()
        .redirect(policy)
        .no_proxy()
        .connect_timeout(limit)
        .tls_danger_accept_invalid_certs(ask.insecure)
        .user_agent("curl/unstuck")
        .build()?;
    let method = Method::from_bytes(ask.method.as_bytes()).unwrap_or(Method::GET);
    let url = if ask.url.contains("://") { ask.url.clone() } else { format!("http://{}", ask.url) };
    let mut request = client.request(method, url);
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    if let Some(body) = &ask.body {
        request = request.body(body.clone());
    }
    let mut response = request.send().await?;
    let first_ms = ms(started);
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(k, v)| (k.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
        .collect();
    let mut bytes: Vec<u8> = Vec::new();
    let mut body_cut = false;
    while let Some(chunk) = response.chunk().await? {
        let room = BODY.saturating_sub(bytes.len()).min(chunk.len());
        bytes.extend_from_slice(chunk.get(..room).unwrap_or_default());
        if room < chunk.len() {
            body_cut = true;
            break;
        }
    }
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let jq = jq.map(|filter| filtered(filter, &body));
    Ok(HttpResult::Response { status, headers, body, body_cut, first_ms, total_ms: ms(started), jq })
}

fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, r)| r);
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    Some(host.split(':').next().unwrap_or(host).to_owned())
}

/// What a jq filter gives for a body.
fn filtered(filter: &str, body: &str) -> Result<String, String> {
    use jaq_core::load::{Arena, File, Loader};
    use jaq_core::{Compiler, Ctx, Vars, data};
    use jaq_json::{Val, read};
    let input = read::parse_single(body.as_bytes()).map_err(|e| format!("the body is no JSON: {e}"))?;
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(defs)
        .load(&arena, File { code: filter, path: () })
        .map_err(|_| format!("the filter `{filter}` cannot be read"))?;
    let compiled = Compiler::default()
        .with_funs(funs)
        .compile(modules)
        .map_err(|_| format!("the filter `{filter}` names something unknown"))?;
    let ctx = Ctx::<data::JustLut<Val>>::new(&compiled.lut, Vars::new([]));
    let mut lines = Vec::new();
    for value in compiled.id.run((ctx, input)).map(jaq_core::unwrap_valr).take(1_000) {
        match value {
            Ok(value) => lines.push(value.to_string()),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(lines.join("\n"))
}

/// The innermost cause, which says most.
fn root(error: &reqwest::Error) -> String {
    let mut at: &dyn std::error::Error = error;
    while let Some(inner) = at.source() {
        at = inner;
    }
    at.to_string()
}

fn failure(error: &reqwest::Error) -> NetFailure {
    if error.is_timeout() {
        return NetFailure::TimedOut;
    }
    let mut at: Option<&dyn std::error::Error> = Some(error);
    let mut texts = String::new();
    while let Some(inner) = at {
        texts.push_str(&inner.to_string().to_lowercase());
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            let found = super::net_failure(io);
            if found != NetFailure::Other {
                return found;
            }
        }
        at = inner.source();
    }
    let has = |word: &str| texts.contains(word);
    match () {
        () if has("dns") || has("lookup") || has("resolve") => NetFailure::Name,
        () if has("certificate") || has("tls") || has("handshake") => NetFailure::Tls,
        () if has("invalid http") || has("parse") || has("version") => NetFailure::Protocol,
        () if has("closed") || has("reset") || has("incomplete") => NetFailure::Reset,
        () => NetFailure::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jq_filter_is_what_jq_takes() {
        assert_eq!(filtered(".file_watcher", r#"{"file_watcher":{"running":true}}"#).unwrap(), r#"{"running":true}"#);
        assert_eq!(filtered(".a[] | select(. > 1)", r#"{"a":[1,2,3]}"#).unwrap(), "2\n3");
        assert!(filtered(".a", "no json").is_err() && filtered(".a |", "{}").is_err());
        assert_eq!(host_of("http://u:p@h:8000/x").as_deref(), Some("h"));
    }
}
