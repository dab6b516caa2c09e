//! What the container engine, and what runs in its containers, answers.
//! It never judges.

use serde::{Deserialize, Serialize};

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
    /// Folders in it that it may only read: mounted so, or `/` where its own file system is.
    #[serde(default)]
    pub read_only: Vec<String>,
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
    /// Its main process was stopped by a signal and stands still; never where that cannot be seen.
    pub halted: bool,
    /// The proxy its calls over HTTP go by, without a password.
    pub proxy: Option<String>,
    /// The services of its own network that it is told to call over HTTP, and would call by that proxy.
    pub proxied: Vec<String>,
    /// What the project's files say otherwise by now than it was made with: settings by their names, its image.
    pub stale: Vec<String>,
    /// Containers of others that go by its service's name in a network of its own.
    pub rivals: Vec<String>,
    /// Files it was given that were changed after it was started, by their paths on the host.
    pub newer_files: Vec<String>,
    /// Its image was built anew since it was made.
    pub image_rebuilt: bool,
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
    /// Settings that were made inside it.
    pub inside: Vec<InsideSetting>,
}

/// A setting that was made inside a program and stands in none of its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct InsideSetting {
    /// `statement_timeout`.
    pub name: String,
    pub value: String,
    /// What it holds for: `the database security`, `the user app`, `the whole server`.
    pub scope: String,
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

/// Settings of a Redis that are otherwise than it was started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct RedisSettings {
    pub service: String,
    pub inside: Vec<InsideSetting>,
}

/// Settings of the project's env file that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct SettingsReading {
    /// `.env`.
    pub file: String,
    /// Their names: neither does compose pass them to a service nor use them itself.
    pub unread: Vec<String>,
    /// Settings whose value holds a dollar sign that compose takes for a variable which is set nowhere.
    pub cut: Vec<String>,
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
    /// Only what was said since the last change was read.
    #[serde(default)]
    pub only_new: bool,
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
    /// Of the periods between two looks, the share in which its processor limit held it back, 0 to 1.
    pub throttled: f64,
    pub memory_used: u64,
    pub memory_limit: Option<u64>,
}
