//! The tables that an author writes as answers, one shape for each kind of reading.
//! It never knows which command is answered.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::probe::{Container, ContainerEvent, ContainerStats, Entry, Filesystem, Listener, Memory, OomKill};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub prints: Option<String>,
    pub errors: Option<String>,
    pub exit: Option<i32>,
    pub timed_out: Option<bool>,
    pub containers: Option<Vec<Container>>,
    pub logs: Option<Lines>,
    pub events: Option<Vec<ContainerEvent>>,
    pub inspect: Option<InspectSeen>,
    pub stats: Option<Vec<ContainerStats>>,
    pub redis: Option<RedisSeen>,
    pub http: Option<HttpSeen>,
    pub websocket: Option<WebSocketSeen>,
    pub listening: Option<Vec<Listener>>,
    pub reach: Option<ReachSeen>,
    pub value: Option<ValueSeen>,
    pub folder: Option<FolderSeen>,
    pub kernel: Option<KernelSeen>,
    pub disk: Option<Vec<Filesystem>>,
    pub memory: Option<Memory>,
    pub unavailable: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Lines {
    Text(String),
    List(Vec<String>),
}

impl Lines {
    pub(super) fn list(&self) -> Vec<String> {
        match self {
            Lines::Text(text) => text.lines().map(str::to_owned).collect(),
            Lines::List(lines) => lines.clone(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InspectSeen {
    #[serde(default)]
    pub container: Container,
    pub text: Option<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum RedisSeen {
    Number(i64),
    Text(String),
    Failed { fails: String, text: Option<String> },
    Info { info: BTreeMap<String, Scalar> },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(value) => write!(out, "{value}"),
            Scalar::Int(value) => write!(out, "{value}"),
            Scalar::Float(value) => write!(out, "{value}"),
            Scalar::Text(value) => write!(out, "{value}"),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpSeen {
    pub status: Option<u16>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
    pub jq: Option<String>,
    pub ms: Option<f64>,
    pub fails: Option<String>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebSocketSeen {
    pub opened: Option<bool>,
    pub first: Option<String>,
    pub status: Option<u16>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
    pub closed: Option<u16>,
    pub reason: Option<String>,
    pub ms: Option<f64>,
    pub fails: Option<String>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReachSeen {
    pub ms: Option<f64>,
    #[serde(default)]
    pub addresses: Vec<String>,
    pub fails: Option<String>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum ValueSeen {
    Number(i64),
    Text(String),
    Failed { error: String },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FolderSeen {
    pub exists: bool,
    pub is_dir: bool,
    pub readable: bool,
    pub mode: String,
    pub owner: String,
    pub group: String,
    /// Entries in all; the number of `entries` where nothing is said.
    pub total: Option<usize>,
    pub entries: Vec<Entry>,
    pub error: Option<String>,
}

impl Default for FolderSeen {
    fn default() -> Self {
        FolderSeen {
            exists: true,
            is_dir: true,
            readable: true,
            mode: "drwxr-xr-x".into(),
            owner: "root".into(),
            group: "root".into(),
            total: None,
            entries: Vec::new(),
            error: None,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum KernelSeen {
    Lines(Lines),
    Log {
        #[serde(default)]
        lines: Vec<String>,
        #[serde(default)]
        kills: Vec<OomKill>,
    },
}
