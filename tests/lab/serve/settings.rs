//! The backend's settings: the environment, `data/runtime.env` below it, ranges, and what is said where one is wrong.
//! It never starts with a setting that is out of its range.

use std::collections::BTreeMap;

/// Numbers with a default and the range they are allowed in.
const NUMBERS: &[(&str, f64, f64, f64)] = &[
    ("AI_CONNECT_TIMEOUT", 10.0, 1.0, 60.0),
    ("AI_HEALTH_TIMEOUT", 5.0, 1.0, 30.0),
    ("YOLO26_READ_TIMEOUT", 30.0, 5.0, 120.0),
    ("NEMOTRON_READ_TIMEOUT", 120.0, 30.0, 600.0),
    ("FILE_WATCHER_POLLING_INTERVAL", 1.0, 0.1, 30.0),
    ("DEDUPE_TTL_SECONDS", 300.0, 60.0, 3600.0),
    ("DETECTION_CONFIDENCE_THRESHOLD", 0.5, 0.0, 1.0),
    ("BATCH_WINDOW_SECONDS", 90.0, 1.0, 3600.0),
    ("BATCH_IDLE_TIMEOUT_SECONDS", 30.0, 1.0, 3600.0),
    ("QUEUE_MAX_SIZE", 10_000.0, 10.0, 1_000_000.0),
    ("DATABASE_POOL_SIZE", 20.0, 5.0, 100.0),
    ("RETENTION_DAYS", 30.0, 1.0, 3650.0),
    ("LOG_RETENTION_DAYS", 7.0, 1.0, 3650.0),
    ("RATE_LIMIT_REQUESTS_PER_MINUTE", 60.0, 1.0, 10_000.0),
    ("RATE_LIMIT_BURST", 10.0, 0.0, 1_000.0),
    ("RATE_LIMIT_WEBSOCKET_CONNECTIONS_PER_MINUTE", 100.0, 1.0, 400.0),
    ("WEBSOCKET_IDLE_TIMEOUT_SECONDS", 300.0, 30.0, 3600.0),
    ("WEBSOCKET_PING_INTERVAL_SECONDS", 30.0, 5.0, 120.0),
    ("AI_MAX_CONCURRENT_INFERENCES", 4.0, 1.0, 32.0),
    ("NEMOTRON_CONTEXT_WINDOW", 131_072.0, 1_000.0, 131_072.0),
];

const URLS: &[(&str, &str)] = &[
    ("YOLO26_URL", "http://ai-yolo26:8095"),
    ("NEMOTRON_URL", "http://ai-llm:8091"),
    ("FLORENCE_URL", "http://ai-florence:8092"),
    ("CLIP_URL", "http://ai-clip:8093"),
    ("ENRICHMENT_URL", "http://ai-enrichment:8094"),
    ("ENRICHMENT_LIGHT_URL", "http://ai-enrichment-light:8096"),
];

const ORIGINS: &str = r#"["http://localhost:3000", "http://localhost:5173", "http://127.0.0.1:3000", "http://127.0.0.1:5173", "http://0.0.0.0:3000", "http://0.0.0.0:5173"]"#;

/// What the backend runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    values: BTreeMap<String, String>,
    pub cors_origins: Vec<String>,
    pub api_keys: Vec<String>,
}

impl Settings {
    /// Reads them; what is wrong with them as the system says it.
    pub fn load() -> Result<Settings, String> {
        let mut values = BTreeMap::new();
        let runtime = std::env::var("HSI_RUNTIME_ENV_PATH").unwrap_or_else(|_| "./data/runtime.env".into());
        for line in std::fs::read_to_string(runtime).unwrap_or_default().lines() {
            if let Some((key, value)) = line.split_once('=').filter(|_| !line.trim_start().starts_with('#')) {
                let value = value.trim().trim_matches(['\'', '"']);
                values.insert(key.trim().to_owned(), if value.is_empty() { String::new() } else { value.to_owned() });
            }
        }
        // The real environment wins over the file.
        values.extend(std::env::vars());
        let mut settings = Settings { values, cors_origins: Vec::new(), api_keys: Vec::new() };
        settings.check()?;
        Ok(settings)
    }

    fn check(&mut self) -> Result<(), String> {
        let mut wrong = Vec::new();
        let url = self.text("DATABASE_URL", "");
        if url.is_empty() {
            return Err("ValueError: DATABASE_URL environment variable is required. Set it in your .env file or environment. Example: DATABASE_URL=postgresql+asyncpg://user:password@localhost:5432/security".into());
        }
        if !url.starts_with("postgresql+asyncpg://") && !url.starts_with("postgresql://") {
            wrong.push(("database_url", "Value error, Only PostgreSQL is supported. URL must start with 'postgresql+asyncpg://' or 'postgresql://' [type=value_error]".into()));
        }
        let redis = self.text("REDIS_URL", "redis://localhost:6379/0");
        if !redis.starts_with("redis://") && !redis.starts_with("rediss://") {
            wrong.push(("redis_url", format!("Value error, Invalid Redis URL '{redis}': must start with 'redis://' or 'rediss://' (for TLS). [type=value_error]")));
        }
        for (key, default) in URLS {
            let value = self.text(key, default);
            if !value.starts_with("http://") && !value.starts_with("https://") {
                wrong.push((key, format!("Value error, Invalid AI service URL '{value}': must be a valid HTTP/HTTPS URL. [type=value_error]")));
            }
        }
        for (key, _, least, most) in NUMBERS {
            let Some(value) = self.values.get(*key).filter(|v| !v.is_empty()) else { continue };
            let said = match value.parse::<f64>() {
                Err(_) => {
                    "Input should be a valid number, unable to parse string as a number [type=float_parsing".to_owned()
                }
                Ok(n) if n < *least => {
                    format!("Input should be greater than or equal to {least} [type=greater_than_equal")
                }
                Ok(n) if n > *most => format!("Input should be less than or equal to {most} [type=less_than_equal"),
                Ok(_) => continue,
            };
            wrong.push((key, format!("{said}, input_value='{value}', input_type=str]")));
        }
        for (key, default) in [("CORS_ORIGINS", ORIGINS), ("API_KEYS", "[]")] {
            let raw = self.text(key, default);
            let Ok(list) = serde_json::from_str::<Vec<String>>(&raw) else {
                return Err(format!(
                    "pydantic_settings.exceptions.SettingsError: error parsing value for field \"{}\" from source \"EnvSettingsSource\"",
                    key.to_lowercase()
                ));
            };
            if key == "API_KEYS" { self.api_keys = list } else { self.cors_origins = list }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let plural = if wrong.len() == 1 { "error" } else { "errors" };
        let mut text =
            format!("pydantic_core._pydantic_core.ValidationError: {} validation {plural} for Settings", wrong.len());
        for (key, said) in wrong {
            text.push_str(&format!("\n{}\n  {said}", key.to_lowercase()));
        }
        Err(text)
    }

    pub fn text(&self, key: &str, default: &str) -> String {
        self.values.get(key).filter(|v| !v.is_empty()).cloned().unwrap_or_else(|| default.to_owned())
    }

    /// A number of the table, its default where it is not set.
    pub fn number(&self, key: &str) -> f64 {
        let default = NUMBERS.iter().find(|n| n.0 == key).map_or(0.0, |n| n.1);
        self.values.get(key).and_then(|v| v.parse().ok()).unwrap_or(default)
    }

    pub fn flag(&self, key: &str, default: bool) -> bool {
        self.values.get(key).map_or(default, |v| matches!(v.to_lowercase().as_str(), "true" | "1" | "yes" | "on"))
    }

    /// The address of an AI service, by the setting's name.
    pub fn url(&self, key: &str) -> String {
        let default = URLS.iter().find(|u| u.0 == key).map_or("", |u| u.1);
        self.text(key, default).trim_end_matches('/').to_owned()
    }

    /// `postgresql+asyncpg://...` as a plain PostgreSQL URL.
    pub fn database_url(&self) -> String {
        self.text("DATABASE_URL", "").replace("postgresql+asyncpg://", "postgresql://")
    }

    /// The Redis URL with its password in it.
    pub fn redis_url(&self) -> String {
        let url = self.text("REDIS_URL", "redis://localhost:6379/0");
        match self.text("REDIS_PASSWORD", "") {
            password if !password.is_empty() && !url.contains('@') => {
                url.replacen("://", &format!("://:{password}@"), 1)
            }
            _ => url,
        }
    }

    /// `redis:6379`, for messages.
    pub fn redis_place(&self) -> String {
        let url = self.text("REDIS_URL", "redis://localhost:6379/0");
        let place =
            url.split("://").nth(1).unwrap_or("").split('/').next().unwrap_or("").rsplit('@').next().unwrap_or("");
        if place.contains(':') { place.to_owned() } else { format!("{place}:6379") }
    }
}
