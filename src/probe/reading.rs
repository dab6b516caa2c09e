//! Answers of the world as plain data: what was seen, not what it means.
//! It never judges; `diagnosis` does. Every shape can be stored, so that a world can be recorded and replayed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A reading with the time it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    pub reading: Reading,
    pub ms: u64,
}

/// What a look saw.
// One reading stands for one look; there are never many of them, so their size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "saw", rename_all = "snake_case")]
pub enum Reading {
    Containers(Containers),
    Logs(Logs),
    Events(Events),
    Inspect(Inspect),
    Stats(Vec<ContainerStats>),
    Redis(RedisReading),
    Http(HttpReading),
    WebSocket(WebSocketReading),
    Listening(Listening),
    /// Published ports of running containers, tried from this machine.
    Published(Vec<Published>),
    Postgres(PostgresReading),
    Settings(SettingsReading),
    /// Volumes of the project that no container uses.
    Volumes(Vec<String>),
    /// The certificates that published ports show.
    Certificates(Vec<Certificate>),
    Reach(Reach),
    Value(ValueReading),
    Folder(Folder),
    KernelLog(KernelLog),
    Disk(Vec<Filesystem>),
    Memory(Memory),
    /// What a process printed and how it ended.
    Process(ProcessReading),
    /// The look could not be had: a missing tool, daemon or right. Never "ok".
    Unavailable(Unavailable),
    /// Stopped by the operator before it answered.
    Interrupted,
}

/// Why a look could not be had, and what would make it possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unavailable {
    /// `docker`, `websocat`, `/dev/kmsg`.
    pub what: String,
    /// `no such file`, `permission denied`, `not installed`.
    pub why: String,
    /// What the operator can do about it.
    pub hint: String,
}

/// Containers of a project or of the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Containers {
    /// The compose project they belong to, where one was meant.
    pub project: Option<String>,
    /// The service that was asked for, where one was.
    pub asked: Option<String>,
    pub containers: Vec<Container>,
}

/// One container; a service of the compose file without one has state `absent`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Container {
    pub id: String,
    pub name: String,
    pub service: Option<String>,
    pub project: Option<String>,
    pub image: String,
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited`, `dead`, or `absent`.
    pub state: String,
    /// Of its last end, where it ended: also while it runs again.
    pub exit_code: Option<i64>,
    pub oom_killed: bool,
    /// Docker's own error, such as a port that could not be bound.
    pub error: Option<String>,
    pub health: Option<Health>,
    pub restart_count: u64,
    pub restart_policy: Option<String>,
    /// Bytes; `None` where there is no limit.
    pub memory_limit: Option<u64>,
    /// Seconds since it was started, where it runs.
    pub up_s: Option<u64>,
    /// Seconds since it ended, where it does not.
    pub ended_s: Option<u64>,
    /// Ports it publishes, or would publish if it ran.
    pub ports: Vec<PublishedPort>,
    /// The networks it is in with the names it is found by there; `None` where it shares another's network or has none
    /// on purpose.
    pub networks: Option<Vec<Joined>>,
    /// Services that must be up, or healthy, before it is started.
    #[serde(default)]
    pub waits_for: Vec<String>,
    /// The end of its log, where it is not well.
    #[serde(default)]
    pub last_words: Vec<String>,
    /// The host's files and folders it sees, each with where.
    pub binds: Vec<Bind>,
    /// Names it is told itself where they are: `ai:10.0.0.9`.
    pub hosts: Vec<String>,
    /// Where a file is meant to be mounted and the host has an empty folder of that name: the folder.
    pub folder_for_file: Option<String>,
    /// Where it has none: what in the compose file keeps it from being started, `scale: 0`.
    pub held_back: Option<String>,
    /// It was made to be in no network at all.
    pub cut_off: bool,
    /// The program it runs, with its words.
    pub command: Vec<String>,
    /// How many files its programs may open, where the project's files say.
    pub files_limit: Option<u64>,
    /// The user its program works as, where it is not the image's own root.
    pub user: Option<String>,
    /// Its own root file system may not be written to.
    pub read_only: bool,
    /// Its main process was stopped by a signal and stands still; never where that cannot be seen.
    pub halted: bool,
    /// The proxy its calls over HTTP go by, without a password.
    pub proxy: Option<String>,
    /// The services of its own network that it is told to call over HTTP, and would call by that proxy.
    pub proxied: Vec<String>,
    /// What the project's files say otherwise by now than it was made with: settings by their names, its image.
    pub stale: Vec<String>,
    /// Where it has none: the image it would be made from is not on this machine, and nothing builds it.
    pub image_missing: bool,
    /// Images of the same name under other tags, where its own is missing.
    pub image_near: Vec<String>,
}

/// A network a container is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Joined {
    pub network: String,
    pub names: Vec<String>,
    pub address: Option<String>,
}

/// A file or folder of the host that a container sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Bind {
    pub source: String,
    pub inside: String,
}

impl Container {
    /// The name to show: its service where it has one, else its own.
    pub fn label(&self) -> &str {
        self.service.as_deref().unwrap_or(&self.name)
    }
}

/// The state of a health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Health {
    /// `starting`, `healthy`, `unhealthy`.
    pub status: String,
    pub failing_streak: u64,
    pub last_output: String,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct PublishedPort {
    pub container_port: u16,
    pub host_ip: Option<String>,
    pub host_port: Option<u16>,
    #[serde(default)]
    pub udp: bool,
}

/// A published port of a running container, tried from this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Published {
    /// Its service, or its own name.
    pub service: String,
    pub host_port: u16,
    pub container_port: u16,
    /// `None` where it takes a connection and keeps it.
    pub failure: Option<NetFailure>,
    /// The addresses listened on inside the container, `127.0.0.1:8000`; `None` where that was not looked at.
    pub inside: Option<Vec<String>>,
}

/// What a PostgreSQL in a container says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct PostgresReading {
    pub service: String,
    /// The database that was asked, and the others there are where it is not there.
    pub database: String,
    pub others: Vec<String>,
    /// What its client said where it got no answer.
    pub failed: Option<String>,
    /// Writes are refused by default.
    pub read_only: bool,
    /// It follows another server, or reads its log after a crash.
    pub in_recovery: bool,
    pub connections: u64,
    pub max_connections: u64,
    /// Sessions that others wait for, the one that most wait for first.
    pub blockers: Vec<Blocker>,
}

/// A session of a database that others wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Blocker {
    pub pid: u32,
    /// How many wait for it.
    pub waiting: u64,
    /// `active`, `idle in transaction`.
    pub state: String,
    /// Seconds since its transaction began.
    pub for_s: u64,
    /// The beginning of its last statement.
    pub query: String,
}

/// Settings of the project's env file that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsReading {
    /// `.env`.
    pub file: String,
    /// Their names: neither does compose pass them to a service nor use them itself.
    pub unread: Vec<String>,
}

/// The certificate that a published port shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Certificate {
    /// The service behind the port, or the container's own name.
    pub service: String,
    pub port: u16,
    /// Seconds until it is valid, and until it is not any more; negative where that is over.
    pub begins_in_s: i64,
    pub ends_in_s: i64,
}

/// Lines of a container's log, or of several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Logs {
    pub target: Option<String>,
    pub lines: Vec<String>,
    /// What was searched for, where the lines are not simply the last ones.
    #[serde(default)]
    pub searched: Option<String>,
    /// Lines before these that were not read or did not fit.
    pub cut: u64,
}

/// What happened to containers lately, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Events {
    /// The compose project of this folder, where there is one.
    pub project: Option<String>,
    pub events: Vec<ContainerEvent>,
}

/// One event of a container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct ContainerEvent {
    /// Seconds ago.
    pub ago_s: u64,
    /// `start`, `die`, `oom`, `kill`, `health_status: unhealthy` ...
    pub action: String,
    pub name: String,
    pub service: Option<String>,
    #[serde(default)]
    pub project: Option<String>,
    pub exit_code: Option<i64>,
    pub signal: Option<String>,
}

/// `docker inspect` of one container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspect {
    pub container: Container,
    /// What the `--format` gives, where one was asked.
    pub text: Option<String>,
    /// The environment, values as they are: masked before they are shown.
    pub env: Vec<(String, String)>,
}

/// Use of one container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct ContainerStats {
    pub name: String,
    pub service: Option<String>,
    /// Percent of one core.
    pub cpu_percent: f64,
    pub memory_used: u64,
    pub memory_limit: Option<u64>,
}

/// What a Redis said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RedisReading {
    /// `127.0.0.1:6379`.
    pub at: String,
    /// The command sent, `PING`.
    pub command: String,
    pub answer: RedisAnswer,
    pub ms: f64,
}

/// The answer of a Redis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum RedisAnswer {
    Pong,
    Int(i64),
    Text(String),
    /// `INFO`, as its fields.
    Info(BTreeMap<String, String>),
    Failed {
        why: RedisFailure,
        text: String,
    },
}

/// Why a Redis did not answer as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedisFailure {
    /// Not a Redis matter yet: the network said no.
    Net(NetFailure),
    /// `NOAUTH`: it wants a password.
    NoAuth,
    /// `WRONGPASS`, or `AUTH` refused.
    WrongPass,
    /// `NOPERM`.
    NoPermission,
    /// `LOADING`: reading its data from disk.
    Loading,
    /// `MISCONF`: it refuses writes because it cannot save.
    Misconf,
    /// `OOM`: over `maxmemory`.
    OutOfMemory,
    /// `READONLY`: a replica.
    ReadOnly,
    /// `MASTERDOWN`, `CLUSTERDOWN`.
    Down,
    /// `max number of clients reached`.
    MaxClients,
    /// Something listens there, but it is not a Redis.
    NotRedis,
    Other,
}

/// Why a connection could not be had or was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetFailure {
    Refused,
    TimedOut,
    /// The name does not resolve.
    Name,
    /// No route, network down.
    Unreachable,
    /// Closed or reset while talking.
    Reset,
    /// The certificate or the handshake.
    Tls,
    /// It answered, but not in the protocol that was spoken.
    Protocol,
    /// This user may not.
    Denied,
    Other,
}

/// What an HTTP request gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpReading {
    pub method: String,
    pub url: String,
    /// The headers that were sent, such as `Origin`.
    pub sent: Vec<(String, String)>,
    pub result: HttpResult,
}

/// A response, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HttpResult {
    Response {
        status: u16,
        /// Names in lower case, in the order received.
        headers: Vec<(String, String)>,
        /// At most the first 64 KiB, invalid UTF-8 replaced.
        body: String,
        body_cut: bool,
        /// Milliseconds to the first byte, and to the end.
        first_ms: f64,
        total_ms: f64,
        /// What the `jq` filter gave, or its error.
        jq: Option<Result<String, String>>,
    },
    Failed {
        why: NetFailure,
        text: String,
        ms: f64,
    },
}

/// What a WebSocket handshake gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebSocketReading {
    pub url: String,
    pub result: WebSocketResult,
}

/// A handshake's end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WebSocketResult {
    /// 101; `first` is the first message that came within a second.
    Opened {
        ms: f64,
        first: Option<String>,
    },
    /// An HTTP answer other than 101.
    Refused {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// 101, then closed at once.
    Closed {
        code: Option<u16>,
        reason: String,
    },
    Failed {
        why: NetFailure,
        text: String,
    },
}

/// Listening sockets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Listening {
    /// The port that was asked for.
    pub port: Option<u16>,
    pub sockets: Vec<Listener>,
    /// Some owners are unknown for lack of rights.
    pub partial: bool,
}

/// One listening socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Listener {
    /// `tcp`, `tcp6`, `udp`.
    pub protocol: String,
    pub address: String,
    pub port: u16,
    pub pid: Option<i32>,
    pub process: Option<String>,
    pub command_line: Option<String>,
    pub user: Option<String>,
    /// The process's start in clock ticks since boot, so that a pid used again is noticed.
    pub started: Option<u64>,
    /// The container behind it, where the owner is Docker's proxy or in a container.
    pub container: Option<String>,
}

/// Whether a host answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    pub host: String,
    pub port: Option<u16>,
    /// The addresses its name has.
    pub addresses: Vec<String>,
    /// How it was tried: `icmp`, `tcp`, `name`.
    pub via: String,
    pub ms: Option<f64>,
    pub failure: Option<NetFailure>,
    pub text: String,
}

/// A value of the kernel or a small file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueReading {
    pub path: String,
    pub value: Option<String>,
    pub error: Option<String>,
    /// For a limit: how much of it the user with the most uses, as far as can be seen.
    #[serde(default)]
    pub used: Option<u64>,
}

/// A folder or file, as `ls -la` would show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Folder {
    pub path: String,
    pub exists: bool,
    pub is_dir: bool,
    /// Whether this user can list it.
    pub readable: bool,
    /// `drwxr-xr-x`.
    pub mode: String,
    pub owner: String,
    pub group: String,
    /// Entries in all, and the newest of them first, at most 50.
    pub total: usize,
    pub entries: Vec<Entry>,
    pub error: Option<String>,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    pub mode: String,
    pub owner: String,
    pub group: String,
    pub size: u64,
    /// Seconds since it was changed.
    pub age_s: u64,
    pub is_dir: bool,
}

/// Messages of the kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct KernelLog {
    /// The lines that were asked for, oldest first.
    pub lines: Vec<String>,
    /// Out-of-memory kills among all messages, whatever was asked for.
    pub kills: Vec<OomKill>,
}

/// A process killed for memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct OomKill {
    pub process: String,
    pub pid: i32,
    /// The container's id where the limit was a container's.
    pub container: Option<String>,
    /// That container's service or name, where it still exists.
    #[serde(default)]
    pub name: Option<String>,
    /// It belongs to another project than this folder's.
    #[serde(default)]
    pub foreign: bool,
    /// Seconds ago, where the line has the time since the start of the host.
    #[serde(default)]
    pub ago_s: Option<u64>,
    pub line: String,
}

/// One file system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Filesystem {
    pub mount: String,
    pub source: String,
    /// What of this system lives on it: `Docker's data`, `the project folder`; empty where nothing is known to.
    #[serde(default)]
    pub holds: Vec<String>,
    pub total: u64,
    pub available: u64,
    pub inodes: u64,
    pub inodes_free: u64,
}

/// Memory and load of the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    pub total: u64,
    pub available: u64,
    pub swap_total: u64,
    pub swap_free: u64,
    pub load: [f64; 3],
    pub cpus: usize,
}

/// What a process printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessReading {
    /// The line that was run.
    pub command: String,
    pub ended: Ended,
    /// Head and tail where it was long; invalid UTF-8 shown as `\xNN`.
    pub stdout: String,
    pub stderr: String,
    /// Bytes left out of the middle of both.
    pub cut: u64,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", content = "with", rename_all = "snake_case")]
pub enum Ended {
    Code(i32),
    Signal(i32),
    /// Killed at its time limit.
    TimedOut,
    /// An endless command, cut as planned with what came so far.
    Cut,
    /// Killed because the operator pressed Ctrl-C.
    Interrupted,
}
