//! The workers: pictures to detections, detections to batches, batches to events; and the letters that could not be delivered.
//! They never drop a job: what fails for good lies in the dead letter queue.

use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::backend::Backend;
use super::breaker::Breaker;
use super::http::{self, Answer};
use super::{health, log, tempo};

const IDLE: Duration = Duration::from_millis(250);
const RETRIES: u32 = 3;
const OPTIONAL: &[&str] = &["FLORENCE_URL", "CLIP_URL", "ENRICHMENT_URL", "ENRICHMENT_LIGHT_URL"];

/// Starts all of them.
pub fn start(backend: &Rc<Backend>) {
    for worker in ["detection_worker", "analysis_worker", "batch_timeout_worker", "batch_aggregator", "metrics_worker"]
    {
        backend.workers.borrow_mut().insert(worker, true);
    }
    tokio::task::spawn_local(detect(backend.clone()));
    tokio::task::spawn_local(batch(backend.clone()));
    tokio::task::spawn_local(analyze(backend.clone()));
}

/// Puts a job into a queue, or into the overflow where the queue is full.
pub async fn push(backend: &Backend, queue: &str, job: &str) -> Result<(), String> {
    let most = backend.settings.number("QUEUE_MAX_SIZE") as i64;
    let length: i64 = backend.redis.ask(redis::cmd("LLEN").arg(queue)).await?;
    let share = length as f64 / most as f64;
    if length >= most {
        log::error(
            "core.redis",
            &format!("Queue '{queue}' overflow: moved 1 oldest items to DLQ 'dlq:overflow:{queue}'"),
        );
        let oldest: Option<String> = backend.redis.ask(redis::cmd("LPOP").arg(queue)).await?;
        if let Some(oldest) = oldest {
            backend.redis.ask::<i64>(redis::cmd("RPUSH").arg(format!("dlq:overflow:{queue}")).arg(oldest)).await?;
        }
    } else if share >= 0.8 {
        log::warning(
            "core.redis",
            &format!("Queue '{queue}' pressure warning: {:.1}% full ({length}/{most})", share * 100.0),
        );
    }
    backend.redis.ask::<i64>(redis::cmd("RPUSH").arg(queue).arg(job)).await.map(|_| ())
}

async fn pop(backend: &Backend, queue: &str, failures: &mut u32) -> Option<Value> {
    match backend.redis.ask::<Option<String>>(redis::cmd("LPOP").arg(queue)).await {
        Ok(job) => {
            *failures = 0;
            job.and_then(|j| serde_json::from_str(&j).ok())
        }
        Err(error) => {
            *failures += 1;
            log::warning(
                "core.redis",
                &format!("Redis get_from_queue({queue}) attempt {}/3 failed: {error}", (*failures - 1) % 3 + 1),
            );
            tokio::time::sleep(tempo(5.0)).await;
            None
        }
    }
}

/// One call of an AI service with the system's retries and its breaker; what failed in the end, in its words.
async fn call(backend: &Backend, breaker: &Breaker, url: &str, who: &str, limit: Duration) -> Result<Value, String> {
    let mut last = String::new();
    for attempt in 1..=RETRIES {
        if !breaker.lets_through() {
            return Err(format!("Circuit breaker for '{}' is open. Service is temporarily unavailable.", breaker.name));
        }
        let sent = backend.client.post(url).body("{}").timeout(limit).send().await;
        let failed = match sent {
            Ok(answer) if answer.status().is_success() => {
                breaker.succeeded();
                return answer.json().await.map_err(|e| e.to_string());
            }
            Ok(answer) => format!("{who} server error {}", answer.status().as_u16()),
            Err(error) if error.is_timeout() => format!("{who} timeout"),
            Err(error) => format!("{who} connection error: {}", health::unreached(&error)),
        };
        breaker.failed();
        log::warning(
            "services.ai_client",
            &format!("{failed} (attempt {attempt}/{RETRIES}), retrying in {}s", 1 << (attempt - 1)),
        );
        last = failed;
        tokio::time::sleep(tempo(f64::from(1 << (attempt - 1)))).await;
    }
    Err(format!("{last} after {RETRIES} attempts"))
}

async fn detect(backend: Rc<Backend>) {
    let mut failures = 0;
    loop {
        let Some(job) = pop(&backend, "detection_queue", &mut failures).await else {
            tokio::time::sleep(IDLE).await;
            continue;
        };
        let started = Instant::now();
        let url = format!("{}/detect", backend.settings.url("YOLO26_URL"));
        let limit = Duration::from_secs_f64(backend.settings.number("YOLO26_READ_TIMEOUT"));
        match call(&backend, &backend.yolo26, &url, "Detector", limit).await {
            Ok(_) => {
                backend.took("detect", started.elapsed().as_secs_f64() * 1000.0);
                enrich(&backend).await;
                detected(&backend, &job).await;
            }
            Err(error) => {
                let path = job["file_path"].as_str().unwrap_or("?");
                log::error(
                    "services.detection_worker",
                    &format!("Detection failed after {RETRIES} attempts for {path}, moved to DLQ: True: {error}"),
                );
                dead(&backend, "detection_queue", &job, &error).await;
            }
        }
    }
}

/// The optional services add detail where they are there; where they are slow, everything waits for them.
async fn enrich(backend: &Backend) {
    for key in OPTIONAL {
        let url = format!("{}/analyze", backend.settings.url(key));
        let _ = backend.client.post(url).timeout(Duration::from_secs(5)).send().await;
    }
}

async fn detected(backend: &Backend, job: &Value) {
    let camera = job["camera_id"].as_str().unwrap_or("unknown").to_owned();
    let path = job["file_path"].as_str().unwrap_or_default().to_owned();
    let sql = "INSERT INTO detections (camera_id, file_path, object_type, confidence) VALUES ($1, $2, 'person', 0.91)";
    if let Err(error) = backend.database.query(sql, &[&camera, &path]).await {
        log::error("services.detection_worker", &format!("Database error: {error}"));
    }
    let now = Instant::now();
    let mut batches = backend.batches.borrow_mut();
    let batch = batches.entry(camera).or_insert((0, now, now));
    batch.0 += 1;
    batch.2 = now;
}

async fn batch(backend: Rc<Backend>) {
    loop {
        tokio::time::sleep(IDLE).await;
        let idle = tempo(backend.settings.number("BATCH_IDLE_TIMEOUT_SECONDS"));
        let window = tempo(backend.settings.number("BATCH_WINDOW_SECONDS"));
        let ripe: Vec<(String, usize)> = backend
            .batches
            .borrow()
            .iter()
            .filter(|(_, (_, first, last))| last.elapsed() > idle || first.elapsed() > window)
            .map(|(camera, (count, _, _))| (camera.clone(), *count))
            .collect();
        for (camera, count) in ripe {
            let job = json!({"batch_id": format!("b-{camera}-{}", backend.started.elapsed().as_millis()), "camera_id": camera, "detections": count});
            match push(&backend, "analysis_queue", &job.to_string()).await {
                Ok(()) => {
                    backend.batches.borrow_mut().remove(&camera);
                }
                Err(error) => log::error(
                    "services.batch_aggregator",
                    &format!("Queue backpressure detected while pushing batch {}: {error}", job["batch_id"]),
                ),
            }
        }
    }
}

async fn analyze(backend: Rc<Backend>) {
    let mut failures = 0;
    loop {
        let Some(job) = pop(&backend, "analysis_queue", &mut failures).await else {
            tokio::time::sleep(IDLE).await;
            continue;
        };
        let started = Instant::now();
        let url = format!("{}/completion", backend.settings.url("NEMOTRON_URL"));
        let limit = Duration::from_secs_f64(backend.settings.number("NEMOTRON_READ_TIMEOUT"));
        let (score, level, summary, reasoning) = match call(&backend, &backend.nemotron, &url, "Nemotron", limit).await
        {
            Ok(_) => (22, "low", "A person walks by.", "One person, daylight, known path."),
            Err(error) => {
                log::error(
                    "services.nemotron_analyzer",
                    &format!("LLM analysis failed for batch {}: {error}", job["batch_id"]),
                );
                (
                    50,
                    "medium",
                    "Analysis unavailable - LLM service error",
                    "Failed to analyze detections due to service error",
                )
            }
        };
        backend.took("analyze", started.elapsed().as_secs_f64() * 1000.0);
        let camera = job["camera_id"].as_str().unwrap_or_default().to_owned();
        let batch = job["batch_id"].as_str().unwrap_or_default().to_owned();
        let count = i32::try_from(job["detections"].as_i64().unwrap_or(0)).unwrap_or(0);
        let sql = "INSERT INTO events (batch_id, camera_id, risk_score, risk_level, summary, reasoning, detection_count) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        match backend.database.query(sql, &[&batch, &camera, &score, &level, &summary, &reasoning, &count]).await {
            Ok(rows) => {
                let id = rows.first().map_or(0, |r| r.get::<_, i32>(0));
                let data = json!({"id": id, "event_id": id, "batch_id": batch, "camera_id": camera, "risk_score": score, "risk_level": level, "summary": summary});
                let _ = backend.news.send(json!({"type": "event", "data": data}).to_string());
            }
            Err(error) => log::error("services.nemotron_analyzer", &format!("Database error: {error}")),
        }
    }
}

async fn dead(backend: &Backend, queue: &str, job: &Value, error: &str) {
    let letter = json!({"original_job": job, "error": error, "attempt_count": RETRIES, "first_failed_at": health::now(), "last_failed_at": health::now(), "queue_name": queue});
    let pushed =
        backend.redis.ask::<i64>(redis::cmd("RPUSH").arg(format!("dlq:{queue}")).arg(letter.to_string())).await;
    if let Err(error) = pushed {
        log::error("services.retry_handler", &format!("CRITICAL DATA LOSS: job could not be moved to DLQ: {error}"));
    }
}

pub async fn letters(backend: &Backend) -> Answer {
    let count = async |queue: &str| backend.redis.ask::<i64>(redis::cmd("LLEN").arg(queue)).await;
    match (count("dlq:detection_queue").await, count("dlq:analysis_queue").await) {
        (Ok(detection), Ok(analysis)) => http::json(
            200,
            &json!({"detection_queue_count": detection, "analysis_queue_count": analysis, "total_count": detection + analysis}),
        ),
        (Err(error), _) | (_, Err(error)) => {
            log::error("api.routes.dlq", &format!("Failed to get DLQ stats: {error}"));
            http::json(500, &json!({"detail": "Internal Server Error"}))
        }
    }
}

pub async fn letter_jobs(backend: &Backend, path: &str) -> Answer {
    let queue = path.trim_start_matches("/api/dlq/jobs/").to_owned();
    let jobs: Vec<String> =
        backend.redis.ask(redis::cmd("LRANGE").arg(&queue).arg(0).arg(19)).await.unwrap_or_default();
    let items: Vec<Value> = jobs.iter().filter_map(|j| serde_json::from_str(j).ok()).collect();
    http::json(
        200,
        &json!({"queue_name": queue, "pagination": {"total": items.len(), "limit": 20, "offset": 0}, "items": items}),
    )
}

/// `requeue/{q}`, `requeue-all/{q}`, and `DELETE /api/dlq/{q}`.
pub async fn change_letters(backend: &Backend, method: &str, path: &str) -> Answer {
    let rest = path.trim_start_matches("/api/dlq/");
    let (verb, queue) = rest.split_once('/').unwrap_or(("delete", rest));
    if method == "DELETE" {
        let count: i64 = backend.redis.ask(redis::cmd("LLEN").arg(rest)).await.unwrap_or(0);
        let _ = backend.redis.ask::<i64>(redis::cmd("DEL").arg(rest)).await;
        return http::json(
            200,
            &json!({"success": true, "message": format!("Cleared {count} jobs from {rest}"), "job": null}),
        );
    }
    let target = queue.trim_start_matches("dlq:").to_owned();
    let mut moved = 0;
    while let Ok(Some(letter)) = backend.redis.ask::<Option<String>>(redis::cmd("LPOP").arg(queue)).await {
        let job = serde_json::from_str::<Value>(&letter).map(|l| l["original_job"].to_string()).unwrap_or(letter);
        if push(backend, &target, &job).await.is_err() {
            break;
        }
        moved += 1;
        if verb == "requeue" {
            break;
        }
    }
    http::json(
        200,
        &json!({"success": true, "message": format!("Requeued {moved} jobs from {queue} to {target}"), "job": null}),
    )
}
