//! HTTP, WebSockets, listening sockets and reachability.
//! It never calls a server well for answering, where its answer says that it is not.

use serde_json::Value;

use super::Said;
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::{HttpReading, HttpResult, Listening, NetFailure, Reach, WebSocketReading, WebSocketResult};
use crate::text::{duration_ms, shorten};

/// From this many milliseconds on an answer is slow.
const SLOW_MS: f64 = 1_000.0;

pub(super) fn http(seen: &HttpReading, filter: Option<String>) -> Said {
    let url = &seen.url;
    let (status, headers, body, total_ms, jq) = match &seen.result {
        HttpResult::Failed { why, text, .. } => return failed(url, *why, text),
        HttpResult::Response { status, headers, body, total_ms, jq, .. } => (*status, headers, body, *total_ms, jq),
    };
    let took = duration_ms(total_ms as u64);
    let header = |name: &str| headers.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
    if let Some((_, origin)) = seen.sent.iter().find(|(k, _)| k.eq_ignore_ascii_case("origin")) {
        return cors(seen, origin, status, header("access-control-allow-origin"), body);
    }
    if let Some(Err(error)) = jq {
        return Said::new(Status::Uncertain, format!("HTTP {status}, but {error}")).showing(shorten(body, 120));
    }
    let picked = jq.as_ref().and_then(|r| r.as_ref().ok());
    let value: Option<Value> = serde_json::from_str(picked.unwrap_or(body)).ok();
    if let Some(said) = value.as_ref().and_then(|v| judged(v, url).or_else(|| no(v, filter.as_deref()?, url))) {
        return said;
    }
    if status == 429 {
        return Said::problem(
            "HTTP 429: too many requests",
            Finding::new(Kind::RateLimited, url.clone(), "The server refuses for now: too many requests."),
        )
        .showing(shorten(body, 120));
    }
    if status == 503 && body.to_lowercase().contains("loading model") {
        let text = format!("{url} is still loading its model.");
        return Said::problem(
            "HTTP 503: it is still loading its model",
            Finding::new(Kind::ModelLoading, url.clone(), text).with(status.to_string()),
        )
        .showing(shorten(body, 160));
    }
    if status >= 500 {
        let gateway = matches!(status, 502 | 504);
        let text = if gateway {
            format!("What answers at {url} is a proxy; the server behind it does not (HTTP {status}).")
        } else {
            format!("{url} answers with an error (HTTP {status}).")
        };
        return Said::problem(
            format!("HTTP {status} in {took}"),
            Finding::new(Kind::HttpStatus, url.clone(), text).with(status.to_string()),
        )
        .showing(shorten(body, 160));
    }
    if matches!(status, 401 | 403) {
        return Said::new(Status::Uncertain, format!("HTTP {status}: it wants to know who asks"))
            .showing(shorten(body, 120));
    }
    let upgrade = url.contains("/ws");
    if upgrade && matches!(status, 400 | 404 | 405 | 426) {
        return Said::ok(format!("HTTP {status}: it answers, and a plain request is no WebSocket"));
    }
    if status >= 400 {
        return Said::new(Status::Uncertain, format!("HTTP {status}")).showing(shorten(body, 120));
    }
    if total_ms >= SLOW_MS {
        return Said::problem(
            format!("HTTP {status}, but slow: {took}"),
            Finding::new(Kind::HttpSlow, url.clone(), format!("{url} answers, but takes {took}."))
                .with(format!("{total_ms:.0}")),
        );
    }
    match picked {
        Some(text) if text == "null" => Said::new(Status::Uncertain, "the answer has no such field"),
        Some(text) => Said::ok(shorten(text, 100)),
        None => Said::ok(format!("HTTP {status} in {took}")),
    }
}

fn failed(url: &str, why: NetFailure, text: &str) -> Said {
    let (kind, summary, sentence) = match why {
        NetFailure::Refused => {
            (Kind::HttpRefused, format!("connection refused at {url}"), format!("Nothing answers at {url}."))
        }
        NetFailure::TimedOut => {
            (Kind::HttpTimeout, format!("no answer in time from {url}"), format!("{url} does not answer in time."))
        }
        NetFailure::Name => (
            Kind::NameUnresolved,
            format!("the name in {url} does not resolve"),
            format!("The name in {url} does not resolve."),
        ),
        NetFailure::Unreachable => {
            (Kind::HostUnreachable, format!("no way to {url}"), format!("There is no way to {url}."))
        }
        NetFailure::Reset => (
            Kind::HttpRefused,
            format!("{url} closed the connection"),
            format!("{url} takes the connection and closes it at once."),
        ),
        NetFailure::Tls | NetFailure::Protocol | NetFailure::Denied | NetFailure::Other => {
            let sentence = format!("{url} could not be asked: {}.", shorten(text, 80));
            (tls(text).unwrap_or(Kind::OtherProblem), shorten(text, 100), sentence)
        }
    };
    Said::problem(summary, Finding::new(kind, url, sentence)).showing(text)
}

/// What is wrong with a certificate, where the reason says it.
fn tls(why: &str) -> Option<Kind> {
    use Kind::{Certificate, TlsExpired, TlsNoCommon, TlsNotTls, TlsNotYetValid, TlsUntrusted, TlsWrongName};
    let told = super::logs::telling(&[why.to_owned()])?;
    let known = [TlsExpired, TlsNotYetValid, TlsWrongName, TlsUntrusted, TlsNotTls, TlsNoCommon, Certificate]
        .contains(&told.kind);
    known.then_some(told.kind)
}

fn cors(seen: &HttpReading, origin: &str, status: u16, allowed: Option<&str>, body: &str) -> Said {
    let url = &seen.url;
    let preflight = seen.method == "OPTIONS";
    let asked = seen.sent.iter().any(|(k, _)| k.eq_ignore_ascii_case("access-control-request-method"));
    match allowed {
        Some(value) if status < 500 && (value == origin || value == "*") => {
            Said::ok(format!("HTTP {status}, {value} is allowed"))
        }
        Some(value) if status < 500 => Said::problem(
            format!("only {value} is allowed"),
            Finding::new(Kind::CorsRejected, origin, format!("The server allows {value}, not {origin}.")),
        ),
        _ if status >= 500 => Said::problem(
            format!("HTTP {status}"),
            Finding::new(Kind::HttpStatus, url.clone(), format!("{url} answers with an error (HTTP {status}).")),
        )
        .showing(shorten(body, 120)),
        None if preflight && status == 405 && !asked => {
            Said::new(Status::Uncertain, "HTTP 405: without Access-Control-Request-Method this is no preflight")
        }
        None if preflight && status == 400 => Said::problem(
            "HTTP 400: the origin is refused",
            Finding::new(Kind::CorsRejected, origin, format!("The server refuses the origin {origin}.")),
        )
        .showing(shorten(body, 120)),
        _ => Said::problem(
            format!("HTTP {status} without Access-Control-Allow-Origin"),
            Finding::new(Kind::CorsMissing, origin, format!("The server does not allow the origin {origin}.")),
        ),
    }
}

/// What a body says of the health of what it tells about; `None` where it says nothing.
fn judged(value: &Value, url: &str) -> Option<Said> {
    let watcher = value.get("file_watcher").or_else(|| {
        (url.contains("pipeline") && (value.is_null() || value.get("camera_root").is_some())).then_some(value)
    });
    if let Some(watcher) = watcher {
        if watcher.is_null() {
            return Some(Said::problem(
                "the file watcher was never started",
                Finding::new(
                    Kind::WatcherAbsent,
                    "file watcher",
                    "The file watcher was never started, as when Redis was away when the backend started.",
                ),
            ));
        }
        let running = watcher.get("running").and_then(Value::as_bool)?;
        let root = watcher.get("camera_root").and_then(Value::as_str).unwrap_or("its folder");
        return Some(if running {
            Said::ok(format!("running, watches {root}"))
        } else {
            Said::problem(
                "the file watcher is not running",
                Finding::new(Kind::WatcherOff, "file watcher", "The file watcher is not running."),
            )
        });
    }
    let queues = value.get("queues").unwrap_or(value);
    if let Some(map) = queues.as_object().filter(|m| !m.is_empty() && m.keys().all(|k| k.contains("queue"))) {
        let longest = map.iter().filter_map(|(k, v)| Some((k, v.as_u64()?))).max_by_key(|(_, n)| *n)?;
        let all: Vec<String> = map.iter().map(|(k, v)| format!("{k} {v}")).collect();
        return Some(if longest.1 > 100 {
            Said::problem(
                all.join(", "),
                Finding::new(Kind::QueueLong, longest.0.clone(), format!("{} jobs wait in {}.", longest.1, longest.0))
                    .with(longest.1.to_string()),
            )
        } else {
            Said::ok(all.join(", "))
        });
    }
    if let Some(said) = dead_letters(value, url).or_else(|| pool(value)) {
        return Some(said);
    }
    if value.get("model_loaded").and_then(Value::as_bool) == Some(false) {
        return Some(Said::problem(
            "it answers, but its model is not loaded",
            Finding::new(Kind::ModelNotLoaded, url, format!("{url} answers, but has no model loaded.")),
        ));
    }
    // The parts of a system, each with its status: below `services`, or picked from there.
    let is_part = |v: &Value| v.get("status").is_some_and(Value::is_string);
    let picked = || value.as_object().filter(|m| !m.is_empty() && m.values().all(is_part));
    let services = value.get("services").and_then(Value::as_object).or_else(picked);
    let bad = services
        .iter()
        .flat_map(|m| m.iter())
        .find(|(_, v)| v.get("status").and_then(Value::as_str).is_some_and(is_bad));
    if let Some((name, service)) = bad {
        let message = service.get("message").and_then(Value::as_str).unwrap_or("unhealthy").trim_end_matches('.');
        let text = format!("{name} is reported unhealthy: {message}.");
        let said =
            Said::problem(format!("{name}: {message}"), Finding::new(Kind::ServiceUnhealthy, name.clone(), text));
        // What its parts say of themselves tells why, where the message does not.
        let details = service.get("details").and_then(Value::as_object).into_iter().flatten();
        let details = details.filter_map(|(_, v)| v.as_str()).filter(|v| !matches!(*v, "healthy" | "ok"));
        let details = details.collect::<Vec<_>>().join("; ");
        let said = if details.is_empty() { said } else { said.showing(shorten(&details, 160)) };
        return Some(because_of(said, &format!("{message}; {details}"), name));
    }
    let status = value.get("status").and_then(Value::as_str).filter(|s| is_bad(s))?;
    let message = ["message", "error", "detail", "reason"].iter().find_map(|k| value.get(k)?.as_str());
    let why = message.map(str::to_owned).or_else(|| idle_workers(value));
    let said = why.as_ref().map_or_else(|| status.to_owned(), |w| format!("{status}: {w}"));
    let summary = format!("it says: {}", shorten(&said, 90));
    let text = format!("{url} says that it is {}.", shorten(said.trim_end_matches('.'), 120));
    let whole = Said::problem(summary, Finding::new(Kind::ServiceUnhealthy, url, text));
    let who = if said.to_lowercase().contains("redis") { "redis" } else { url };
    Some(because_of(whole, &said, who))
}

/// Failed jobs that were laid aside, as a list of dead letters counts them.
fn dead_letters(value: &Value, url: &str) -> Option<Said> {
    let about = ["dlq", "dead-letter", "dead_letter", "deadletter"].iter().any(|w| url.to_lowercase().contains(w));
    let total = ["total_count", "total", "count"].iter().find_map(|k| value.get(k)?.as_u64()).filter(|_| about)?;
    let counted = value.as_object()?.iter().filter(|(k, v)| k.contains("queue") && v.as_u64().is_some_and(|n| n > 0));
    let where_to: Vec<String> = counted.map(|(k, v)| format!("{} {v}", k.trim_end_matches("_count"))).collect();
    Some(match total {
        0 => Said::ok("no failed jobs"),
        n => laid_aside(n, if where_to.is_empty() { n.to_string() } else { where_to.join(", ") }),
    })
}

/// Failed jobs that nobody works on by itself.
pub(super) fn laid_aside(number: u64, shown: String) -> Said {
    let jobs = crate::text::count(usize::try_from(number).unwrap_or(usize::MAX), "failed job");
    let verb = if number == 1 { "lies" } else { "lie" };
    let text = format!("{jobs} {verb} aside, and nothing works on them by itself.");
    Said::problem(
        format!("{jobs}: {shown}"),
        Finding::new(Kind::DeadLetters, "failed jobs", text).with(number.to_string()),
    )
}

/// A pool of connections with none to spare.
fn pool(value: &Value) -> Option<Said> {
    let number = |key: &str| value.get(key).and_then(Value::as_i64);
    let (size, out) = (number("size")?, number("checkedout")?);
    let left = number("checkedin").unwrap_or(0);
    let summary = format!("{out} of {size} in use");
    Some(if size > 0 && out >= size && left == 0 {
        let text = format!("The program's own pool of connections is used up: {summary}.");
        Said::problem(summary, Finding::new(Kind::PoolFull, "database", text))
    } else {
        Said::ok(summary)
    })
}

/// Puts the fact that a message names first: `NOAUTH` in it is no mere ill health.
fn because_of(mut said: Said, message: &str, who: &str) -> Said {
    let told = super::logs::telling(&[message.to_owned()]).filter(|t| t.kind != Kind::LogError);
    match told {
        // It is not the part reported on that looks for the name, but who reports.
        Some(told) if told.kind == Kind::NameUnresolved => {
            let line = shorten(message.trim_matches([' ', ';', '.']), 110);
            let found = match told.detail {
                Some(name) => {
                    let text = format!("The name {name} does not resolve there: “{line}”.");
                    Finding::new(Kind::NameUnresolved, name.clone(), text).with(name)
                }
                None => {
                    let text = format!("{who} is not reached, because a name does not resolve: “{line}”.");
                    Finding::new(Kind::NameUnresolved, who, text)
                }
            };
            said.findings.insert(0, found);
        }
        Some(told) => said.findings.insert(0, told.finding(who)),
        None => {}
    }
    said
}

/// A field asked for by name that answers `false`: `.model_loaded`, `.file_watcher.running`.
fn no(value: &Value, filter: &str, url: &str) -> Option<Said> {
    let field = filter.rsplit('.').next().unwrap_or(filter);
    let good = ["running", "ready", "healthy", "ok", "alive", "connected", "loaded", "model_loaded", "available"];
    if value.as_bool() != Some(false) || !good.contains(&field) {
        return None;
    }
    let kind = if field == "model_loaded" { Kind::ModelNotLoaded } else { Kind::ServiceUnhealthy };
    let text = match kind {
        Kind::ModelNotLoaded => format!("{url} answers, but has no model loaded."),
        _ => format!("{url} says that {field} is false."),
    };
    Some(Said::problem(format!("{field}: false"), Finding::new(kind, url, text)))
}

/// The workers that a readiness answer calls stopped.
fn idle_workers(value: &Value) -> Option<String> {
    let workers = value.get("workers")?.as_array()?;
    let name = |w: &Value| w.get("name").and_then(Value::as_str).map(str::to_owned);
    let idle = workers.iter().filter(|w| w.get("running").and_then(Value::as_bool) == Some(false));
    let idle: Vec<String> = idle.filter_map(name).collect();
    (!idle.is_empty()).then(|| format!("{} stopped", idle.join(", ")))
}

fn is_bad(status: &str) -> bool {
    matches!(status, "unhealthy" | "degraded" | "not_ready" | "down" | "error" | "critical" | "failed")
}

pub(super) fn websocket(seen: &WebSocketReading) -> Said {
    let url = &seen.url;
    match &seen.result {
        WebSocketResult::Opened { ms, first } => {
            let said = Said::ok(format!("opened in {}", duration_ms(*ms as u64)));
            match first {
                Some(text) => said.showing(text.clone()),
                None => said,
            }
        }
        WebSocketResult::Closed { code, reason } => {
            let code = code.map(|c| c.to_string()).unwrap_or_else(|| "no code".into());
            Said::problem(
                format!("opened, then closed ({code})"),
                Finding::new(
                    Kind::WebSocketRefused,
                    url.clone(),
                    format!("{url} opens and is closed at once ({code})."),
                ),
            )
            .showing(reason.clone())
        }
        WebSocketResult::Refused { status, headers, body } => {
            let server = headers.iter().find(|(k, _)| k == "server").map(|(_, v)| v.as_str()).unwrap_or("");
            let (kind, text) = match status {
                429 => (
                    Kind::RateLimited,
                    "The server refuses new WebSocket connections for now: too many came.".to_owned(),
                ),
                502..=504 => {
                    (Kind::HttpStatus, format!("The proxy answers, but the server behind it does not (HTTP {status})."))
                }
                401 | 403 => (
                    Kind::WebSocketRefused,
                    format!("The server refuses the WebSocket (HTTP {status}): a limit, or a missing key."),
                ),
                200..=299 | 400 | 404 | 426 => (
                    Kind::NotUpgraded,
                    if server.is_empty() {
                        "What answers does not make the connection a WebSocket: an `Upgrade` header is lost on the way."
                            .to_owned()
                    } else {
                        format!(
                            "{server} answers, but does not make the connection a WebSocket: it does not pass `Upgrade` on."
                        )
                    },
                ),
                _ => (Kind::WebSocketRefused, format!("The server refuses the WebSocket (HTTP {status}).")),
            };
            Said::problem(
                format!("refused with HTTP {status}"),
                Finding::new(kind, url.clone(), text).with(status.to_string()),
            )
            .showing(shorten(body, 120))
        }
        WebSocketResult::Failed { why, text } => failed(url, *why, text),
    }
}

pub(super) fn listening(seen: &Listening) -> Said {
    let Some(port) = seen.port else {
        return Said::new(Status::Uncertain, crate::text::count(seen.sockets.len(), "listening socket"));
    };
    let Some(socket) = seen.sockets.first() else {
        return Said::problem(
            format!("nothing listens on port {port}"),
            Finding::new(Kind::NothingListens, port.to_string(), format!("Nothing listens on port {port}.")),
        );
    };
    let who = match (&socket.container, &socket.process, socket.pid) {
        (Some(container), _, _) => format!("container {container}"),
        (None, Some(process), Some(pid)) => format!("{process}, pid {pid}"),
        _ => "a process that this user may not see".into(),
    };
    if seen.sockets.iter().all(|s| s.address.starts_with("127.") || s.address == "::1") {
        // Whether others need it, the port alone does not say.
        let text =
            format!("Port {port} is listened on at {} only: other machines get no answer there.", socket.address);
        let finding = Finding::new(Kind::LoopbackOnly, port.to_string(), text).with(port.to_string());
        let said = Said::new(Status::Uncertain, format!("{who} listens on {port}, on this machine only"));
        return Said { findings: vec![finding], ..said };
    }
    // Whether it is the one that should listen, only a look at the containers can tell.
    Said::ok(format!("{who} listens on {port}"))
}

pub(super) fn reach(seen: &Reach) -> Said {
    let host = &seen.host;
    match (seen.failure, seen.ms) {
        (Some(NetFailure::Name), _) => Said::problem(
            "the name does not resolve",
            Finding::new(Kind::NameUnresolved, host.clone(), format!("The name {host} does not resolve.")),
        ),
        (Some(NetFailure::Refused), _) => Said::problem(
            "connection refused",
            Finding::new(Kind::HttpRefused, host.clone(), format!("{host} answers, but nothing listens there.")),
        ),
        (Some(_), _) if seen.via == "icmp" => Said::new(Status::Uncertain, seen.text.clone()),
        (Some(_), _) => Said::problem(
            seen.text.clone(),
            Finding::new(Kind::HostUnreachable, host.clone(), format!("{host} does not answer.")),
        ),
        (None, Some(ms)) if seen.via != "name" && ms > 200.0 => {
            Said::new(Status::Uncertain, format!("answers, but takes {}", duration_ms(ms as u64)))
        }
        (None, Some(ms)) => {
            Said::ok(if seen.via == "name" { seen.addresses.join(", ") } else { format!("answers in {ms:.1} ms") })
        }
        (None, None) => Said::ok("answers"),
    }
}
