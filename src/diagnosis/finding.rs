//! Facts that outcomes prove, each with one plain sentence, and the conclusion drawn from all of them.
//! It never concludes more than the facts say.

use serde::{Deserialize, Serialize};

use super::{Outcome, Status};
use crate::text::count;

/// What kind of fact it is, nearer to the cause first: the order in which a conclusion names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    OomKilled,
    Segfault,
    PortConflict,
    PortTaken,
    MissingVariable,
    InvalidSetting,
    DatabaseAuth,
    DatabaseRefused,
    DiskFull,
    InodesFull,
    InotifyExhausted,
    InotifyLow,
    FolderMissing,
    FolderUnreadable,
    CommandNotFound,
    Killed,
    Crashed,
    RestartLoop,
    NotRunning,
    Absent,
    RedisOutOfMemory,
    RedisMemoryFull,
    RedisAuth,
    RedisWrongPassword,
    RedisLoading,
    RedisMisconf,
    RedisReadOnly,
    RedisEvicting,
    RedisRefused,
    CorsRejected,
    CorsMissing,
    RateLimited,
    NotUpgraded,
    WebSocketRefused,
    WatcherAbsent,
    WatcherOff,
    Unhealthy,
    ModelNotLoaded,
    NameUnresolved,
    HostUnreachable,
    NothingListens,
    HttpRefused,
    HttpTimeout,
    HttpStatus,
    HttpSlow,
    ServiceUnhealthy,
    QueueLong,
    MemoryLow,
    KernelOomKill,
    FolderEmpty,
    LogError,
    OtherProblem,
}

impl Kind {
    /// The stable name that `when:` annotations use.
    pub fn name(self) -> &'static str {
        match self {
            Kind::OomKilled => "container.oom_killed",
            Kind::Segfault => "container.segfault",
            Kind::PortConflict => "container.port_conflict",
            Kind::PortTaken => "port.taken",
            Kind::MissingVariable => "config.missing_variable",
            Kind::InvalidSetting => "config.invalid",
            Kind::DatabaseAuth => "database.auth_failed",
            Kind::DatabaseRefused => "database.refused",
            Kind::DiskFull => "disk.full",
            Kind::InodesFull => "inodes.full",
            Kind::InotifyExhausted => "inotify.exhausted",
            Kind::InotifyLow => "inotify.low",
            Kind::FolderMissing => "folder.missing",
            Kind::FolderUnreadable => "folder.unreadable",
            Kind::CommandNotFound => "container.command_not_found",
            Kind::Killed => "container.killed",
            Kind::Crashed => "container.crashed",
            Kind::RestartLoop => "container.restart_loop",
            Kind::NotRunning => "container.not_running",
            Kind::Absent => "container.absent",
            Kind::RedisOutOfMemory => "redis.out_of_memory",
            Kind::RedisMemoryFull => "redis.memory_full",
            Kind::RedisAuth => "redis.auth_required",
            Kind::RedisWrongPassword => "redis.wrong_password",
            Kind::RedisLoading => "redis.loading",
            Kind::RedisMisconf => "redis.misconf",
            Kind::RedisReadOnly => "redis.read_only",
            Kind::RedisEvicting => "redis.evicting",
            Kind::RedisRefused => "redis.refused",
            Kind::CorsRejected => "cors.rejected",
            Kind::CorsMissing => "cors.missing",
            Kind::RateLimited => "ws.rate_limited",
            Kind::NotUpgraded => "ws.not_upgraded",
            Kind::WebSocketRefused => "ws.refused",
            Kind::WatcherAbsent => "watcher.absent",
            Kind::WatcherOff => "watcher.off",
            Kind::Unhealthy => "container.unhealthy",
            Kind::ModelNotLoaded => "model.not_loaded",
            Kind::NameUnresolved => "name.unresolved",
            Kind::HostUnreachable => "host.unreachable",
            Kind::NothingListens => "port.nothing_listens",
            Kind::HttpRefused => "http.refused",
            Kind::HttpTimeout => "http.timeout",
            Kind::HttpStatus => "http.status",
            Kind::HttpSlow => "http.slow",
            Kind::ServiceUnhealthy => "service.unhealthy",
            Kind::QueueLong => "queue.long",
            Kind::MemoryLow => "memory.low",
            Kind::KernelOomKill => "kernel.oom_kill",
            Kind::FolderEmpty => "folder.empty",
            Kind::LogError => "log.error",
            Kind::OtherProblem => "other.problem",
        }
    }
}

/// A typed fact about a subject: a service, a port, a file, an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub kind: Kind,
    pub subject: String,
    /// A number or name that belongs to it: a limit in bytes, a process, a status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Fact {
    /// The stable name, `container.not_running`.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }
}

/// A fact with its plain sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub fact: Fact,
    /// `redis is not running.`
    pub text: String,
}

impl Finding {
    pub(super) fn new(kind: Kind, subject: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding { fact: Fact { kind, subject: subject.into(), detail: None }, text: text.into() }
    }

    pub(super) fn with(mut self, detail: impl Into<String>) -> Finding {
        self.fact.detail = Some(detail.into());
        self
    }
}

/// What all outcomes together say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conclusion {
    /// Root causes first; no fact twice.
    pub findings: Vec<Finding>,
    /// One or two plain sentences, or what was ruled out where nothing was found.
    pub sentence: String,
}

/// Draws the conclusion from all outcomes.
pub fn conclude(outcomes: &[Outcome]) -> Conclusion {
    let mut findings: Vec<Finding> = Vec::new();
    for finding in outcomes.iter().filter(|o| o.status != Status::Skipped).flat_map(|o| &o.findings) {
        if !findings.iter().any(|f| f.fact.kind == finding.fact.kind && f.fact.subject == finding.fact.subject) {
            findings.push(finding.clone());
        }
    }
    findings.sort_by_key(|f| f.fact.kind);
    let sentence = match findings.as_slice() {
        [] => nothing_found(outcomes),
        [one] => one.text.clone(),
        [first, rest @ ..] => {
            let second = rest.iter().find(|f| f.fact.subject == first.fact.subject || f.fact.kind < Kind::LogError);
            match second {
                Some(second) => format!("{} {}", first.text, second.text),
                None => first.text.clone(),
            }
        }
    };
    Conclusion { findings, sentence }
}

fn nothing_found(outcomes: &[Outcome]) -> String {
    let number = |status: Status| outcomes.iter().filter(|o| o.status == status).count();
    let (ok, problem, uncertain, skipped) =
        (number(Status::Ok), number(Status::Problem), number(Status::Uncertain), number(Status::Skipped));
    if outcomes.is_empty() {
        return "This section has no checks, so nothing is known of the system.".into();
    }
    if problem > 0 {
        let first = outcomes.iter().find(|o| o.status == Status::Problem);
        let said = first.map(|o| format!(" ({}: {})", o.check, o.summary)).unwrap_or_default();
        return format!("{} found something wrong{said}; what it means is not known here.", count(problem, "check"));
    }
    if ok == 0 && uncertain == 0 {
        return format!(
            "Nothing could be looked at: {} not run.",
            if skipped == 1 { "the check was".into() } else { format!("all {skipped} checks were") }
        );
    }
    let mut parts = vec![format!("Nothing wrong was found by {}", count(ok + uncertain, "check"))];
    if uncertain > 0 {
        parts.push(format!("{uncertain} without a clear answer"));
    }
    if skipped > 0 {
        parts.push(format!("{} not run", count(skipped, "check")));
    }
    parts.join(", ") + "."
}
