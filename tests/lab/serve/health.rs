//! What the backend says about itself and the services it needs, in the documented shapes.
//! It never waits longer for a part than the system does.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::backend::{Backend, Watching};
use super::http::{self, Answer};
use super::{log, tempo};

/// How long one part may take to say how it is.
const PART: Duration = Duration::from_millis(300);

const OPTIONAL: &[(&str, &str, &str)] = &[
    ("florence", "Florence-2 Vision Language Service", "FLORENCE_URL"),
    ("clip", "CLIP Embedding Service", "CLIP_URL"),
    ("enrichment", "Enrichment Service", "ENRICHMENT_URL"),
];

pub fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}

async fn database(backend: &Backend) -> Value {
    match tokio::time::timeout(PART, backend.database.query("SELECT 1", &[])).await {
        Ok(Ok(_)) => json!({"status": "healthy", "message": "Database operational",
            "details": {"pool": {"size": 20, "overflow": -19, "checkedin": 0, "checkedout": 1, "total_connections": 1}}}),
        Ok(Err(error)) => {
            json!({"status": "unhealthy", "message": format!("Database error: {error}"), "details": null})
        }
        Err(_) => {
            json!({"status": "unhealthy", "message": "Database health check timed out after 0.3s", "details": null})
        }
    }
}

async fn redis(backend: &Backend) -> Value {
    match tokio::time::timeout(PART, backend.redis.ask::<String>(&redis::cmd("PING"))).await {
        Ok(Ok(_)) => json!({"status": "healthy", "message": "Redis connected", "details": {"redis_version": "7.0.15"}}),
        Ok(Err(error)) if error.contains("111") => {
            json!({"status": "unhealthy", "message": "Redis unavailable: connection failed", "details": null})
        }
        Ok(Err(error)) => {
            json!({"status": "unhealthy", "message": format!("Redis unavailable: {error}"), "details": null})
        }
        Err(_) => json!({"status": "unhealthy", "message": "Redis health check timed out after 0.3s", "details": null}),
    }
}

/// How one AI service is, in the system's words.
async fn ai_one(backend: &Backend, name: &str, url: &str, limit: Duration) -> Result<(), String> {
    match tokio::time::timeout(limit, backend.client.get(format!("{url}/health")).send()).await {
        Err(_) => Err(format!("{name} service request timed out")),
        Ok(Ok(answer)) if answer.status().is_success() => Ok(()),
        Ok(Ok(answer)) => Err(format!("{name} service returned HTTP {}", answer.status().as_u16())),
        Ok(Err(error)) => Err(format!("{name} service {}", unreached(&error))),
    }
}

/// `connection refused`, or that the name is not known.
pub fn unreached(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    if text.contains("lookup") || text.contains("resolve") || text.contains("dns") {
        "[Errno -2] Name or service not known".into()
    } else if error.is_timeout() {
        "request timed out".into()
    } else {
        "connection refused".into()
    }
}

async fn ai(backend: &Backend) -> Value {
    let both = async {
        let (yolo, llm) = (backend.settings.url("YOLO26_URL"), backend.settings.url("NEMOTRON_URL"));
        tokio::join!(ai_one(backend, "YOLO26", &yolo, PART * 2), ai_one(backend, "Nemotron", &llm, PART * 2))
    };
    let Ok((yolo26, nemotron)) = tokio::time::timeout(PART, both).await else {
        return json!({"status": "unhealthy", "message": "AI services health check timed out after 0.3s", "details": null});
    };
    let (status, message) = match (&yolo26, &nemotron) {
        (Ok(()), Ok(())) => ("healthy", "AI services operational"),
        (Err(_), Ok(())) => ("degraded", "YOLO26 service unavailable, Nemotron operational"),
        (Ok(()), Err(_)) => ("degraded", "Nemotron service unavailable, YOLO26 operational"),
        (Err(_), Err(_)) => ("unhealthy", "All AI services unavailable"),
    };
    let said = |one: Result<(), String>| one.err().unwrap_or_else(|| "healthy".into());
    json!({"status": status, "message": message, "details": {"yolo26": said(yolo26), "nemotron": said(nemotron)}})
}

/// The answer made by `make`, kept for as long as the system keeps it.
async fn cached(backend: &Backend, key: &'static str, make: impl Future<Output = (u16, Value)>) -> Answer {
    let kept = backend.cached.borrow().get(key).filter(|(at, _, _)| at.elapsed() < tempo(10.0)).cloned();
    let (status, body) = match kept {
        Some((_, status, body)) => (status, body),
        None => {
            let (status, body) = make.await;
            backend.cached.borrow_mut().insert(key, (Instant::now(), status, body.clone()));
            (status, body)
        }
    };
    http::json(status, &body)
}

pub async fn overall(backend: &Backend) -> Answer {
    cached(backend, "health", async {
        let (database, redis, ai) = tokio::join!(database(backend), redis(backend), ai(backend));
        let bad = |part: &Value| part["status"] == "unhealthy";
        let status = match (bad(&database), bad(&redis) || bad(&ai)) {
            (true, _) => "unhealthy",
            (false, true) => "degraded",
            (false, false) => "healthy",
        };
        let code = if status == "healthy" { 200 } else { 503 };
        (code, json!({"status": status, "services": {"database": database, "redis": redis, "ai": ai}, "timestamp": now(), "recent_events": []}))
    })
    .await
}

pub async fn ready(backend: &Backend) -> Answer {
    cached(backend, "ready", async {
        let (database, redis, ai) = tokio::join!(database(backend), redis(backend), ai(backend));
        let works = |name: &str| backend.workers.borrow().get(name).copied().unwrap_or(false);
        let (db, cache) = (database["status"] == "healthy", redis["status"] == "healthy");
        let ready = db && cache && works("detection_worker") && works("analysis_worker");
        let status = if ready {
            "ready"
        } else if db && !cache {
            "degraded"
        } else {
            "not_ready"
        };
        (
            if ready { 200 } else { 503 },
            json!({"ready": ready, "status": status, "services": {"database": database, "redis": redis, "ai": ai},
                "workers": workers(backend), "timestamp": now(), "supervisor_healthy": works("detection_worker")}),
        )
    })
    .await
}

fn workers(backend: &Backend) -> Vec<Value> {
    let mut list: Vec<Value> = backend
        .workers
        .borrow()
        .iter()
        .map(|(name, running)| json!({"name": name, "running": running, "message": if *running { Value::Null } else { json!("State: stopped") }}))
        .collect();
    if !matches!(*backend.watching.borrow(), Watching::Never) {
        let runs = matches!(*backend.watching.borrow(), Watching::Runs(_));
        list.push(json!({"name": "file_watcher", "running": runs, "message": null}));
    }
    list
}

pub async fn full(backend: &Backend) -> Answer {
    let limit = Duration::from_secs(5);
    let mut services = Vec::new();
    let mut bad = Vec::new();
    let needed = [("yolo26", "YOLO26 Object Detection", "YOLO26_URL"), ("nemotron", "Nemotron LLM", "NEMOTRON_URL")];
    for (name, display, key) in needed.iter().chain(OPTIONAL) {
        let url = backend.settings.url(key);
        let error = ai_one(backend, name, &url, limit).await.err();
        if error.is_some() {
            bad.push((*name).to_owned());
        }
        services.push(json!({"name": name, "display_name": display, "status": if error.is_some() { "unhealthy" } else { "healthy" }, "url": url,
            "error": error, "circuit_state": "closed", "last_check": now()}));
    }
    let (database, redis) = tokio::join!(database(backend), redis(backend));
    let mut critical: Vec<String> = Vec::new();
    for (name, part) in [("postgres", &database), ("redis", &redis)] {
        if part["status"] != "healthy" {
            critical.push(name.into());
        }
    }
    critical.extend(bad.iter().filter(|b| matches!(b.as_str(), "yolo26" | "nemotron")).cloned());
    let (code, status, message) = match (critical.is_empty(), bad.is_empty()) {
        (false, _) => (503, "unhealthy", format!("Critical services unhealthy: {}", critical.join(", "))),
        (true, false) => (200, "degraded", format!("Degraded: {} unavailable", bad.join(", "))),
        (true, true) => (200, "healthy", "All systems operational".to_owned()),
    };
    http::json(
        code,
        &json!({"status": status, "ready": critical.is_empty(), "message": message, "postgres": database, "redis": redis,
        "ai_services": services, "circuit_breakers": {"total": 4, "open": usize::from(backend.yolo26.state() == "open") + usize::from(backend.nemotron.state() == "open"),
        "breakers": {"yolo26": backend.yolo26.state(), "nemotron": backend.nemotron.state()}}, "workers": workers(backend), "version": "0.1.0"}),
    )
}

pub async fn ai_services(backend: &Backend) -> Answer {
    let (yolo, llm) = (backend.settings.url("YOLO26_URL"), backend.settings.url("NEMOTRON_URL"));
    let limit = Duration::from_secs(5);
    let (yolo26, nemotron) =
        tokio::join!(ai_one(backend, "YOLO26", &yolo, limit), ai_one(backend, "Nemotron", &llm, limit));
    let overall = match (&yolo26, &nemotron) {
        (Ok(()), Ok(())) => "healthy",
        (Err(_), Err(_)) => "critical",
        _ => "degraded",
    };
    let shape = |one: &Result<(), String>, url: &str| json!({"status": if one.is_ok() { "healthy" } else { "unhealthy" }, "url": url, "error": one.as_ref().err()});
    let body = json!({"overall_status": overall, "services": {"yolo26": shape(&yolo26, &yolo), "nemotron": shape(&nemotron, &llm)},
        "queues": {"detection_queue": {"depth": depth(backend, "detection_queue").await.unwrap_or(0), "dlq_depth": 0}}});
    http::json(if overall == "critical" { 503 } else { 200 }, &body)
}

async fn depth(backend: &Backend, queue: &str) -> Result<i64, String> {
    backend.redis.ask(redis::cmd("LLEN").arg(queue)).await
}

pub async fn pipeline(backend: &Backend) -> Answer {
    let redis_well = redis(backend).await["status"] == "healthy";
    let watcher = match &*backend.watching.borrow() {
        Watching::Never => Value::Null,
        Watching::Runs(kind) => {
            json!({"running": true, "camera_root": backend.settings.text("FOSCAM_BASE_PATH", "/export/foscam"), "pending_tasks": 0, "observer_type": kind})
        }
        Watching::Failed(_) => {
            json!({"running": false, "camera_root": backend.settings.text("FOSCAM_BASE_PATH", "/export/foscam"), "pending_tasks": 0, "observer_type": "native"})
        }
    };
    let batches: Vec<Value> = backend
        .batches
        .borrow()
        .iter()
        .map(|(camera, (count, first, last))| {
            json!({"batch_id": format!("b-{camera}"), "camera_id": camera, "detection_count": count,
            "age_seconds": first.elapsed().as_secs_f64(), "last_activity_seconds": last.elapsed().as_secs_f64()})
        })
        .collect();
    let aggregator = if redis_well {
        json!({"active_batches": batches.len(), "batches": batches, "batch_window_seconds": backend.settings.number("BATCH_WINDOW_SECONDS"),
            "idle_timeout_seconds": backend.settings.number("BATCH_IDLE_TIMEOUT_SECONDS")})
    } else {
        Value::Null
    };
    http::json(
        200,
        &json!({"file_watcher": watcher, "batch_aggregator": aggregator,
        "degradation": {"mode": if redis_well { "normal" } else { "degraded" }, "is_degraded": !redis_well, "redis_healthy": redis_well,
        "memory_queue_size": 0, "fallback_queues": {}, "services": [], "available_features": []}, "timestamp": now()}),
    )
}

pub async fn telemetry(backend: &Backend) -> Answer {
    let (detection, analysis) = (depth(backend, "detection_queue").await, depth(backend, "analysis_queue").await);
    if let Err(error) = &detection {
        log::warning("api.routes.telemetry", &format!("Failed to get queue depths: {error}"));
    }
    http::json(
        200,
        &json!({"queues": {"detection_queue": detection.unwrap_or(0), "analysis_queue": analysis.unwrap_or(0)},
        "latencies": {"watch": stage(backend, "watch"), "detect": stage(backend, "detect"), "batch": stage(backend, "batch"), "analyze": stage(backend, "analyze")},
        "timestamp": now()}),
    )
}

pub fn latency(backend: &Backend) -> Answer {
    http::json(
        200,
        &json!({"watch_to_detect": stage(backend, "watch"), "detect_to_batch": stage(backend, "detect"),
        "batch_to_analyze": stage(backend, "analyze"), "total_pipeline": null, "window_minutes": 60}),
    )
}

fn stage(backend: &Backend, name: &str) -> Value {
    let latencies = backend.latencies.borrow();
    let Some(all) = latencies.get(name).filter(|l| !l.is_empty()) else { return Value::Null };
    let mut sorted = all.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
    json!({"avg_ms": sorted.iter().sum::<f64>() / sorted.len() as f64, "min_ms": at(0.0), "max_ms": at(1.0), "p50_ms": at(0.5), "p95_ms": at(0.95),
        "p99_ms": at(0.99), "sample_count": sorted.len()})
}

pub fn supervisor(backend: &Backend) -> Answer {
    let workers: Vec<Value> = backend
        .workers
        .borrow()
        .iter()
        .map(|(name, running)| json!({"name": name, "status": if *running { "running" } else { "failed" }, "restart_count": 0, "error": null}))
        .collect();
    http::json(200, &json!({"running": true, "worker_count": workers.len(), "workers": workers}))
}

pub fn breakers(backend: &Backend) -> Answer {
    let open = usize::from(backend.yolo26.state() == "open") + usize::from(backend.nemotron.state() == "open");
    http::json(
        200,
        &json!({"circuit_breakers": {"yolo26": backend.yolo26.shown(), "nemotron": backend.nemotron.shown()}, "total_count": 2, "open_count": open}),
    )
}

pub fn reset(backend: &Backend, path: &str) -> Answer {
    let name = path.trim_start_matches("/api/system/circuit-breakers/").trim_end_matches("/reset");
    let breaker = match name {
        "yolo26" => &backend.yolo26,
        "nemotron" => &backend.nemotron,
        _ => {
            return http::json(
                404,
                &json!({"detail": format!("Circuit breaker '{name}' not found. Valid names: nemotron, postgresql, redis, yolo26")}),
            );
        }
    };
    http::json(
        200,
        &json!({"name": name, "previous_state": breaker.reset(), "new_state": "closed", "message": format!("Circuit breaker '{name}' reset")}),
    )
}
