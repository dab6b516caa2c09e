//! Answers of the world as plain data: what was seen, not what it means.
//! It never judges; `diagnosis` does. Every shape can be stored, so that a world can be recorded and replayed.

mod engine;
mod host;
mod network;

use serde::{Deserialize, Serialize};

pub use engine::*;
pub use host::*;
pub use network::*;

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
    RedisSettings(RedisSettings),
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
