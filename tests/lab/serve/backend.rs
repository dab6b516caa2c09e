//! The backend: how it starts, what it holds, and which path gives which answer.
//! It never answers a path the system does not have.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::breaker::Breaker;
use super::http::{self, Answer, Asked};
use super::settings::Settings;
use super::store::{Database, Redis};
use super::{events, health, log, tempo, watch, work};

/// Why the file watcher does not run, or that it does.
#[derive(Debug, Clone, PartialEq)]
pub enum Watching {
    /// It was never started.
    Never,
    Runs(&'static str),
    Failed(String),
}

/// Everything the backend knows while it runs.
pub struct Backend {
    pub settings: Settings,
    pub redis: Redis,
    pub database: Database,
    pub client: reqwest::Client,
    pub watching: RefCell<Watching>,
    /// The workers by name, and whether each runs.
    pub workers: RefCell<BTreeMap<&'static str, bool>>,
    pub yolo26: Breaker,
    pub nemotron: Breaker,
    /// Milliseconds of the last jobs, by stage.
    pub latencies: RefCell<BTreeMap<&'static str, Vec<f64>>>,
    /// Open batches: camera, detections, first and last of them.
    pub batches: RefCell<BTreeMap<String, (usize, Instant, Instant)>>,
    pub news: tokio::sync::broadcast::Sender<String>,
    pub requests: RefCell<HashMap<(IpAddr, &'static str), Vec<Instant>>>,
    pub cached: RefCell<HashMap<&'static str, (Instant, u16, Value)>>,
    pub started: Instant,
}

/// Starts as the image's entry script and the application do, and serves until the end.
pub async fn serve() -> ExitCode {
    let settings = match Settings::load() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!(
                "Traceback (most recent call last):\n  File \"/app/backend/core/config.py\", line 1874, in get_settings\n    return Settings()\n{error}"
            );
            return ExitCode::FAILURE;
        }
    };
    let database = Database::new(settings.database_url());
    if !migrated(&database).await {
        return ExitCode::FAILURE;
    }
    log::plain("Starting uvicorn server...");
    // What the libraries and caches of the real backend take, a tenth of it: it must be there to hit a limit that is too low.
    let working_set = std::hint::black_box(vec![1_u8; 96 * 1024 * 1024]);
    // The image holds no certificates, and the services speak plain HTTP.
    let client = reqwest::Client::builder().danger_accept_invalid_certs(true).build().expect("an http client");
    let backend = Rc::new(Backend {
        redis: Redis::new(settings.redis_url(), settings.redis_place()),
        database,
        client,
        watching: RefCell::new(Watching::Never),
        workers: RefCell::default(),
        yolo26: Breaker::new("yolo26"),
        nemotron: Breaker::new("nemotron"),
        latencies: RefCell::default(),
        batches: RefCell::default(),
        news: tokio::sync::broadcast::channel(64).0,
        requests: RefCell::default(),
        cached: RefCell::default(),
        started: Instant::now(),
        settings,
    });
    let host = std::env::var("BIND_HOST").unwrap_or_else(|_| "0.0.0.0".into());
    let serving = backend.clone();
    let local = tokio::task::LocalSet::new();
    let code = local
        .run_until(async move {
            if redis_answers(&backend).await {
                watch::start(&backend);
                work::start(&backend);
            }
            for worker in ["gpu_monitor", "cleanup_service", "system_broadcaster"] {
                backend.workers.borrow_mut().insert(worker, true);
            }
            http::serve(&host, 8000, move |asked, request| route(serving.clone(), asked, request)).await
        })
        .await;
    drop(working_set);
    code
}

/// Brings the schema up, as `alembic upgrade head` does; half a minute of trying where the database is away.
async fn migrated(database: &Database) -> bool {
    const SCHEMA: &[&str] = &[
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY)",
        "CREATE TABLE IF NOT EXISTS cameras (id text PRIMARY KEY, name text, folder_path text, status text, last_seen_at timestamptz)",
        "CREATE TABLE IF NOT EXISTS detections (id serial PRIMARY KEY, camera_id text, file_path text, object_type text, confidence float8, detected_at timestamptz DEFAULT now())",
        "CREATE TABLE IF NOT EXISTS events (id serial PRIMARY KEY, batch_id text, camera_id text, risk_score int, risk_level text, summary text, reasoning text, detection_count int, started_at timestamptz DEFAULT now())",
        "CREATE TABLE IF NOT EXISTS gpu_stats (id serial PRIMARY KEY, recorded_at timestamptz DEFAULT now(), gpu_utilization float8)",
        "CREATE TABLE IF NOT EXISTS logs (id serial PRIMARY KEY, timestamp timestamptz DEFAULT now(), level text, message text)",
        "INSERT INTO alembic_version VALUES ('c4a1e77b2f90') ON CONFLICT DO NOTHING",
    ];
    const TRIES: u32 = 30;
    log::plain("Running Alembic migrations...");
    for attempt in 1..=TRIES {
        let mut failed = None;
        for sql in SCHEMA {
            if let Err(error) = database.query(sql, &[]).await {
                failed = Some(error);
                break;
            }
        }
        let Some(error) = failed else {
            log::plain("Alembic migrations completed successfully");
            return true;
        };
        log::plain(&format!("sqlalchemy.exc.OperationalError: {error}"));
        log::plain(&format!("Migration failed (attempt {attempt}/{TRIES}), retrying in 2s..."));
        tokio::time::sleep(tempo(2.0)).await;
    }
    log::plain(&format!("ERROR: Alembic migrations failed after {TRIES} attempts"));
    false
}

async fn redis_answers(backend: &Backend) -> bool {
    let mut last = String::new();
    for attempt in 1..=3 {
        match backend.redis.ask::<String>(&redis::cmd("PING")).await {
            Ok(_) => {
                log::info("core.redis", "Successfully connected to Redis");
                return true;
            }
            Err(error) => {
                log::warning("core.redis", &format!("Redis connection attempt {attempt}/3 failed: {error}"));
                last = error;
            }
        }
        tokio::time::sleep(tempo(2.0)).await;
    }
    log::error("core.redis", "Failed to connect to Redis after all retries");
    log::error("main", &format!("Redis connection failed: {last}"));
    log::warning("main", "Continuing without Redis - some features may be unavailable");
    false
}

impl Backend {
    /// Counts a request of `from` in `tier`, and says whether it is one too many for this minute.
    pub fn too_many(&self, from: IpAddr, tier: &'static str, most: usize) -> bool {
        let mut requests = self.requests.borrow_mut();
        let times = requests.entry((from, tier)).or_default();
        times.retain(|t| t.elapsed() < Duration::from_secs(60));
        times.push(Instant::now());
        times.len() > most
    }

    pub fn took(&self, stage: &'static str, ms: f64) {
        let mut latencies = self.latencies.borrow_mut();
        let kept = latencies.entry(stage).or_default();
        kept.push(ms);
        if kept.len() > 1000 {
            kept.remove(0);
        }
    }

    fn key_is_missing(&self, asked: &Asked) -> Option<Answer> {
        if !self.settings.flag("API_KEY_ENABLED", false) {
            return None;
        }
        match asked.header("x-api-key").or_else(|| asked.query.get("api_key").map(String::as_str)) {
            Some(key) if self.settings.api_keys.iter().any(|k| k == key) => None,
            Some(_) => Some(http::json(401, &json!({"detail": "Invalid API key"}))),
            None => Some(http::json(401, &json!({"detail": "API key required. Provide via X-API-Key header."}))),
        }
    }
}

async fn route(backend: Rc<Backend>, asked: Asked, request: Request<Incoming>) -> Answer {
    let origin = asked.header("origin").map(str::to_owned);
    let preflight = asked.method == hyper::Method::OPTIONS && asked.header("access-control-request-method").is_some();
    let allowed =
        origin.as_ref().filter(|o| backend.settings.cors_origins.iter().any(|a| a == *o || a == "*")).cloned();
    let mut answer = match (&origin, preflight, &allowed) {
        (Some(_), true, Some(_)) => http::text(200, "OK"),
        (Some(_), true, None) => http::text(400, "Disallowed CORS origin"),
        _ if asked.path.starts_with("/ws/") => events::open(backend.clone(), asked, request),
        _ => {
            let answer = respond(&backend, &asked).await;
            http::body(request).await;
            answer
        }
    };
    if let Some(origin) = allowed {
        let any = backend.settings.cors_origins.iter().any(|a| a == "*");
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                answer.headers_mut().insert(HeaderName::from_static(name), value);
            }
        };
        set("access-control-allow-origin", if any { "*" } else { &origin });
        if !any {
            set("access-control-allow-credentials", "true");
        }
        if preflight {
            set("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
        }
    }
    answer
}

async fn respond(backend: &Backend, asked: &Asked) -> Answer {
    let limited = asked.path.starts_with("/api/events") || asked.path.starts_with("/api/cameras");
    let most = backend.settings.number("RATE_LIMIT_REQUESTS_PER_MINUTE") + backend.settings.number("RATE_LIMIT_BURST");
    if limited
        && backend.settings.flag("RATE_LIMIT_ENABLED", true)
        && backend.too_many(asked.from.ip(), "default", most as usize)
    {
        log::warning(
            "api.middleware.rate_limit",
            &format!("Rate limit exceeded for {} on tier default: {most}/{most} requests", asked.from.ip()),
        );
        return http::json(
            429,
            &json!({"detail": {"error": "Too many requests",
            "message": format!("Rate limit exceeded. Maximum {most} requests per minute."), "retry_after_seconds": 60, "tier": "default"}}),
        );
    }
    let method = asked.method.as_str();
    match (method, asked.path.as_str()) {
        ("GET", "/") => http::json(200, &json!({"status": "ok", "message": "Home Security Intelligence API"})),
        ("GET", "/health") => http::json(200, &json!({"status": "alive"})),
        ("GET", "/api/system/health/live") => http::json(200, &json!({"status": "alive", "timestamp": health::now()})),
        ("GET", "/ready" | "/api/system/health/ready") => health::ready(backend).await,
        ("GET", "/api/system/health") => health::overall(backend).await,
        ("GET", "/api/system/health/full") => health::full(backend).await,
        ("GET", "/api/health/ai-services") => health::ai_services(backend).await,
        ("GET", "/api/system/health/websocket") => http::json(
            200,
            &json!({"event_broadcaster": {"state": "closed", "failure_count": 0, "is_degraded": false},
            "system_broadcaster": {"state": "closed", "failure_count": 0, "is_degraded": false}}),
        ),
        ("GET", "/api/system/pipeline") => health::pipeline(backend).await,
        ("GET", "/api/system/telemetry") => health::telemetry(backend).await,
        ("GET", "/api/system/pipeline-latency") => health::latency(backend),
        ("GET", "/api/system/supervisor") => health::supervisor(backend),
        ("GET", "/api/system/circuit-breakers") => health::breakers(backend),
        ("POST", path) if path.starts_with("/api/system/circuit-breakers/") => match backend.key_is_missing(asked) {
            Some(refusal) => refusal,
            None => health::reset(backend, path),
        },
        ("GET", "/api/system/config") => http::json(
            200,
            &json!({"app_name": "Home Security Intelligence", "version": "0.1.0",
            "retention_days": backend.settings.number("RETENTION_DAYS"), "log_retention_days": backend.settings.number("LOG_RETENTION_DAYS"),
            "batch_window_seconds": backend.settings.number("BATCH_WINDOW_SECONDS"), "batch_idle_timeout_seconds": backend.settings.number("BATCH_IDLE_TIMEOUT_SECONDS"),
            "detection_confidence_threshold": backend.settings.number("DETECTION_CONFIDENCE_THRESHOLD"), "debug": false}),
        ),
        ("GET", "/api/system/stats") => events::stats(backend).await,
        ("GET", "/api/events") => events::list(backend, asked).await,
        ("GET", "/api/cameras") => events::cameras(backend),
        ("GET", "/api/cameras/validation/paths") => events::paths(backend),
        ("GET", "/api/dlq/stats") => work::letters(backend).await,
        ("GET", path) if path.starts_with("/api/dlq/jobs/") => work::letter_jobs(backend, path).await,
        ("POST" | "DELETE", path) if path.starts_with("/api/dlq/") => match backend.key_is_missing(asked) {
            Some(refusal) => refusal,
            None => work::change_letters(backend, method, path).await,
        },
        ("OPTIONS", _) => http::json(405, &json!({"detail": "Method Not Allowed"})),
        _ => http::not_found(),
    }
}
