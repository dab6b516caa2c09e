//! The AI services: health and one inference each; a model that must be on disk, takes time to load, and may become slow.
//! They never compute anything.

use std::cell::Cell;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::http::{self, Answer, Asked};
use super::log;

struct Model {
    name: String,
    path: Option<String>,
    loaded: Cell<bool>,
    ready_at: Cell<Instant>,
    /// Every answer takes this long; a restart forgets it.
    slow: Cell<Duration>,
}

/// Plays the service `name` on `port`; `MODEL_PATH` is the file it needs, `LOAD_SECONDS` how long loading takes.
pub async fn serve(name: &str, port: u16) -> ExitCode {
    let path =
        std::env::var("YOLO26_MODEL_PATH").or_else(|_| std::env::var("MODEL_PATH")).ok().filter(|p| !p.is_empty());
    let there = path.as_ref().is_none_or(|p| std::fs::metadata(p).is_ok_and(|m| m.len() > 0));
    let load = std::env::var("LOAD_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(0.0);
    match (&path, there) {
        (Some(path), false) if name == "nemotron" => {
            log::plain(&format!(
                "llama_model_load: error loading model: failed to open {path}: No such file or directory"
            ));
            log::plain("error: failed to load model");
            return ExitCode::FAILURE;
        }
        (Some(path), false) => {
            log::plain(&format!("ERROR - Model not found at {path}"));
            log::plain("WARNING - Server will start but detection endpoints will fail until model is available");
        }
        _ => log::plain("INFO - Model loaded and warmed up successfully"),
    }
    log::plain(&format!("INFO:     Uvicorn running on http://0.0.0.0:{port} (Press CTRL+C to quit)"));
    let model = Rc::new(Model {
        name: name.to_owned(),
        path,
        loaded: Cell::new(there),
        ready_at: Cell::new(Instant::now() + Duration::from_secs_f64(load)),
        slow: Cell::new(Duration::ZERO),
    });
    let host = std::env::var("BIND_HOST").unwrap_or_else(|_| "0.0.0.0".into());
    http::serve(&host, port, move |asked, request| {
        let model = model.clone();
        async move {
            let answer = handle(&model, &asked).await;
            http::body(request).await;
            answer
        }
    })
    .await
}

async fn handle(model: &Model, asked: &Asked) -> Answer {
    // How a fault makes it slow or lets it load again; the real services have no such door.
    if let Some(what) = asked.path.strip_prefix("/lab/") {
        let seconds = asked.query.get("seconds").and_then(|s| s.parse().ok()).unwrap_or(0.0);
        match what {
            "slow" => model.slow.set(Duration::from_secs_f64(seconds)),
            "loading" => model.ready_at.set(Instant::now() + Duration::from_secs_f64(seconds)),
            _ => return http::not_found(),
        }
        return http::json(200, &json!({"done": what}));
    }
    tokio::time::sleep(model.slow.get()).await;
    let loading = Instant::now() < model.ready_at.get();
    let detector = model.name == "yolo26";
    match asked.path.as_str() {
        "/health" if model.name == "nemotron" && loading => {
            http::json(503, &json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}))
        }
        "/health" if model.name == "nemotron" => http::json(200, &json!({"status": "ok"})),
        "/health" => http::json(
            200,
            &json!({"status": if model.loaded.get() { "healthy" } else { "degraded" }, "model_loaded": model.loaded.get(), "device": "cuda:0",
                "cuda_available": true, "model_name": model.path, "vram_used_gb": if model.loaded.get() { 0.4 } else { 0.0 },
                "gpu_utilization": 2.0, "temperature": 44, "power_watts": 31.0, "tensorrt_enabled": true}),
        ),
        "/detect" if detector && !model.loaded.get() => http::json(503, &json!({"detail": "Model not loaded"})),
        "/detect" if detector => http::json(
            200,
            &json!({"detections": [{"class": "person", "confidence": 0.91, "bbox": {"x": 10, "y": 20, "width": 80, "height": 160}}], "inference_time_ms": 24.1}),
        ),
        "/completion" if loading => {
            http::json(503, &json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}))
        }
        "/completion" if model.name == "nemotron" => http::json(
            200,
            &json!({"content": "{\"risk_score\": 22, \"risk_level\": \"low\", \"summary\": \"A person walks by.\"}"}),
        ),
        "/analyze" => http::json(200, &json!({"result": "ok"})),
        _ => http::not_found(),
    }
}
