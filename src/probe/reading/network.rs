//! What servers, ports and names answer.
//! It never judges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
