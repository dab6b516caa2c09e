//! What a page asks for: events, cameras, and the live stream over a WebSocket.
//! It never sends an event that was not stored.

use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use super::backend::Backend;
use super::http::{self, Answer, Asked};
use super::log;

/// Opens `/ws/events`, or says why not: not an upgrade 404, too many or no key 403.
pub fn open(backend: Rc<Backend>, asked: Asked, mut request: Request<Incoming>) -> Answer {
    let upgrade = asked.header("upgrade").is_some_and(|u| u.eq_ignore_ascii_case("websocket"));
    let Some(key) = asked.header("sec-websocket-key").filter(|_| upgrade).map(str::to_owned) else {
        return http::not_found();
    };
    let most = backend.settings.number("RATE_LIMIT_WEBSOCKET_CONNECTIONS_PER_MINUTE") as usize + 2;
    if backend.settings.flag("RATE_LIMIT_ENABLED", true) && backend.too_many(asked.from.ip(), "websocket", most) {
        log::warning(
            "api.middleware.rate_limit",
            &format!("WebSocket rate limit exceeded for {}: {most}/{most} connection attempts", asked.from.ip()),
        );
        log::warning(
            "api.routes.websocket",
            &format!("WebSocket connection rejected: rate limit exceeded for {}", asked.path),
        );
        return http::text(403, "");
    }
    let keyed = asked.query.get("api_key").is_some_and(|k| backend.settings.api_keys.contains(k));
    if backend.settings.flag("API_KEY_ENABLED", false) && !keyed {
        log::warning(
            "api.routes.websocket",
            &format!("WebSocket connection rejected: authentication failed for {}", asked.path),
        );
        return http::text(403, "");
    }
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::task::spawn_local(async move {
        let Ok(upgraded) = upgraded.await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        stream(&backend, socket).await;
    });
    let mut answer = http::text(101, "");
    for (name, value) in [("connection", "upgrade"), ("upgrade", "websocket")] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if let Ok(accept) = derive_accept_key(key.as_bytes()).parse() {
        answer.headers_mut().insert("sec-websocket-accept", accept);
    }
    answer
}

async fn stream(backend: &Backend, mut socket: WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>) {
    let mut news = backend.news.subscribe();
    let idle = Duration::from_secs_f64(backend.settings.number("WEBSOCKET_IDLE_TIMEOUT_SECONDS"));
    let mut ping =
        tokio::time::interval(Duration::from_secs_f64(backend.settings.number("WEBSOCKET_PING_INTERVAL_SECONDS")));
    ping.tick().await;
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    heard = Instant::now();
                    if socket.send(Message::text(replied(&text))).await.is_err() { return }
                }
                Some(Ok(_)) => heard = Instant::now(),
                _ => return,
            },
            event = news.recv() => {
                if let Ok(event) = event && socket.send(Message::text(event)).await.is_err() { return }
            }
            _ = ping.tick() => {
                if socket.send(Message::text(r#"{"type":"ping"}"#)).await.is_err() { return }
            }
            () = tokio::time::sleep(idle.saturating_sub(heard.elapsed())) => {
                log::info("api.routes.websocket", &format!("WebSocket idle timeout ({}s) - closing connection", idle.as_secs()));
                let _ = socket.close(Some(CloseFrame { code: 1000.into(), reason: "Idle timeout".into() })).await;
                return;
            }
        }
    }
}

fn replied(text: &str) -> String {
    if text == "ping" {
        return r#"{"type":"pong"}"#.into();
    }
    match serde_json::from_str::<Value>(text) {
        Err(_) => json!({"error": "INVALID_JSON", "message": "Message must be valid JSON"}).to_string(),
        Ok(value) if value["type"] == "ping" => r#"{"type":"pong"}"#.into(),
        Ok(value) => {
            json!({"error": "UNKNOWN_MESSAGE_TYPE", "message": format!("Unknown message type: {}", value["type"])})
                .to_string()
        }
    }
}

fn page(items: Vec<Value>, total: i64, limit: i64) -> Answer {
    let more = total > limit;
    http::json(
        200,
        &json!({"items": items, "pagination": {"total": total, "limit": limit, "offset": 0, "cursor": null, "next_cursor": null, "has_more": more}}),
    )
}

pub async fn list(backend: &Backend, asked: &Asked) -> Answer {
    let limit: i64 = asked.query.get("limit").and_then(|l| l.parse().ok()).unwrap_or(50);
    let sql = "SELECT id, camera_id, risk_score, risk_level, summary, reasoning, detection_count, started_at::text, count(*) OVER () FROM events ORDER BY id DESC LIMIT $1";
    match backend.database.query(sql, &[&limit]).await {
        Ok(rows) => {
            let total = rows.first().map_or(0, |r| r.get::<_, i64>(8));
            let items = rows.iter().map(|r| json!({"id": r.get::<_, i32>(0), "camera_id": r.get::<_, Option<String>>(1), "risk_score": r.get::<_, Option<i32>>(2),
                "risk_level": r.get::<_, Option<String>>(3), "summary": r.get::<_, Option<String>>(4), "reasoning": r.get::<_, Option<String>>(5),
                "detection_count": r.get::<_, Option<i32>>(6), "started_at": r.get::<_, Option<String>>(7), "reviewed": false,
                "enrichment_status": {"status": "full", "failed_models": [], "errors": {}}}));
            page(items.collect(), total, limit)
        }
        Err(error) => {
            log::error("api.routes.events", &format!("Database error: {error}"));
            http::json(500, &json!({"detail": "Internal Server Error"}))
        }
    }
}

pub async fn stats(backend: &Backend) -> Answer {
    let rows =
        backend.database.query("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM detections)", &[]).await;
    match rows.ok().and_then(|r| r.first().map(|r| (r.get::<_, i64>(0), r.get::<_, i64>(1)))) {
        Some((events, detections)) => http::json(
            200,
            &json!({"total_cameras": folders(backend).len(), "total_events": events,
            "total_detections": detections, "uptime_seconds": backend.started.elapsed().as_secs()}),
        ),
        None => http::json(500, &json!({"detail": "Internal Server Error"})),
    }
}

fn folders(backend: &Backend) -> Vec<std::path::PathBuf> {
    let root = backend.settings.text("FOSCAM_BASE_PATH", "/export/foscam");
    let mut all: Vec<_> =
        std::fs::read_dir(root).into_iter().flatten().flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
    all.sort();
    all
}

pub fn cameras(backend: &Backend) -> Answer {
    let items: Vec<Value> = folders(backend)
        .iter()
        .map(|folder| {
            let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            json!({"id": name, "name": name, "folder_path": folder, "status": if std::fs::read_dir(folder).is_ok() { "online" } else { "error" },
                "created_at": null, "last_seen_at": null})
        })
        .collect();
    let total = items.len() as i64;
    page(items, total, 50)
}

pub fn paths(backend: &Backend) -> Answer {
    let all = folders(backend);
    let bad: Vec<Value> = all
        .iter()
        .filter_map(|f| {
            std::fs::read_dir(f)
                .err()
                .map(|e| json!({"id": f.file_name().map(|n| n.to_string_lossy()), "issues": [e.to_string()]}))
        })
        .collect();
    http::json(
        200,
        &json!({"base_path": backend.settings.text("FOSCAM_BASE_PATH", "/export/foscam"), "total_cameras": all.len(),
        "valid_count": all.len() - bad.len(), "invalid_count": bad.len(), "invalid_cameras": bad}),
    )
}
