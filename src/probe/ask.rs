//! What can be asked natively: one variant per kind of question, with typed arguments.
//! It never holds an answer.

/// A native question. Each stands for a family of commands; `recognise` says which.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// `docker compose ps [-a] [services]`, `docker ps [-a]`: state of containers, services without one included.
    Containers { services: Vec<String>, compose: bool, all: bool },
    /// `docker compose logs [service]`, `docker logs NAME`, possibly `| grep WORDS`.
    Logs { target: Option<String>, compose: bool, tail: usize, since_s: Option<u64>, grep: Option<Grep> },
    /// `docker events`: what happened to containers lately; bounded by now.
    Events { since_s: u64, filters: Vec<EventFilter> },
    /// `docker inspect NAME`, with its `--format` where one is given.
    Inspect { target: String, format: Option<String> },
    /// `docker stats --no-stream`.
    Stats { target: Option<String>, compose: bool },
    /// `docker exec NAME argv`, `docker compose exec SERVICE argv`; the inner command was judged `reads` too.
    Exec { target: String, compose: bool, argv: Vec<String> },
    /// `redis-cli ...`.
    Redis { at: RedisAddress, ask: RedisAsk },
    /// `curl ...`, possibly timed, possibly `| jq FILTER`.
    Http { ask: HttpAsk, jq: Option<String>, timed: bool },
    /// `websocat [-k] URL`, or curl with upgrade headers; `insecure` does not verify the certificate.
    WebSocket { url: String, headers: Vec<(String, String)>, insecure: bool },
    /// `ss -tlnp`, `lsof -i :PORT`, `netstat -tlnp`, possibly `| grep PORT`: who listens.
    Listening { port: Option<u16> },
    /// `ping HOST`, `nc -z HOST PORT`: does it answer.
    Reach { host: String, port: Option<u16> },
    /// `getent hosts NAME`, `dig NAME`, `host NAME`, `nslookup NAME`.
    Resolve { host: String },
    /// `cat PATH` under /proc or /sys, `sysctl NAME`.
    Value { path: String },
    /// `ls -la PATH`, `stat PATH`.
    Folder { path: String },
    /// `dmesg`, `journalctl -k`, possibly `| grep WORDS`.
    KernelLog { grep: Option<Grep> },
    /// `df [-h] [-i] [PATH]`.
    Disk { path: Option<String> },
    /// `free`, `uptime`, `cat /proc/meminfo`, `cat /proc/loadavg`.
    Memory,
}

/// A `grep` after a command: kept as its words, read as a basic regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grep {
    pub pattern: String,
    pub ignore_case: bool,
    pub invert: bool,
}

/// A `--filter NAME=VALUE` of `docker events`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFilter {
    pub name: String,
    pub value: String,
}

/// Where a Redis is asked, as far as the command says; the world adds what the site knows (its password).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisAddress {
    pub host: String,
    pub port: u16,
    pub db: i64,
    pub username: Option<String>,
    pub password: Option<String>,
    pub tls: bool,
    /// `-s PATH`.
    pub socket: Option<String>,
}

impl Default for RedisAddress {
    fn default() -> Self {
        RedisAddress {
            host: "127.0.0.1".into(),
            port: 6379,
            db: 0,
            username: None,
            password: None,
            tls: false,
            socket: None,
        }
    }
}

/// What a Redis is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisAsk {
    Ping,
    /// `INFO [section]`.
    Info(Option<String>),
    /// `LLEN key`.
    Length(String),
    /// Any other command that only reads, as its words.
    Other(Vec<String>),
}

/// An HTTP request, as curl would make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAsk {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// `-L`: follow redirects, on the same host only.
    pub follow: bool,
    /// `-k`: do not verify the certificate.
    pub insecure: bool,
    /// `-m`, `--max-time` in milliseconds.
    pub max_ms: Option<u64>,
    /// `-v` or `-i`: the headers matter.
    pub verbose: bool,
}

impl Probe {
    /// Its stable name, `redis.ping`.
    pub fn name(&self) -> &'static str {
        match self {
            Probe::Containers { .. } => "docker.ps",
            Probe::Logs { .. } => "docker.logs",
            Probe::Events { .. } => "docker.events",
            Probe::Inspect { .. } => "docker.inspect",
            Probe::Stats { .. } => "docker.stats",
            Probe::Exec { .. } => "docker.exec",
            Probe::Redis { ask: RedisAsk::Ping, .. } => "redis.ping",
            Probe::Redis { ask: RedisAsk::Info(_), .. } => "redis.info",
            Probe::Redis { ask: RedisAsk::Length(_), .. } => "redis.llen",
            Probe::Redis { ask: RedisAsk::Other(_), .. } => "redis.read",
            Probe::Http { .. } => "http.request",
            Probe::WebSocket { .. } => "websocket.open",
            Probe::Listening { .. } => "sockets.listening",
            Probe::Reach { .. } => "net.reach",
            Probe::Resolve { .. } => "net.resolve",
            Probe::Value { .. } => "proc.value",
            Probe::Folder { .. } => "fs.folder",
            Probe::KernelLog { .. } => "kernel.log",
            Probe::Disk { .. } => "fs.disk",
            Probe::Memory => "host.memory",
        }
    }
}
