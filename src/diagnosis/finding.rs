//! Facts that outcomes prove, each with one plain sentence.
//! It never says more than the reading it comes from.

use serde::{Deserialize, Serialize};

/// What kind of fact it is, nearer to the cause first: the order in which a conclusion names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    ComposeBroken,
    OomKilled,
    Segfault,
    PortConflict,
    PortTaken,
    PortTakenByContainer,
    MissingVariable,
    InvalidSetting,
    DatabaseAuth,
    DatabaseRefused,
    DatabaseSchema,
    DatabaseConnections,
    PoolFull,
    GpuMissing,
    GpuOutOfMemory,
    Certificate,
    FilesExhausted,
    DiskFull,
    InodesFull,
    InotifyExhausted,
    InotifyLow,
    FolderMissing,
    FolderUnreadable,
    CommandNotFound,
    ProgramIncomplete,
    OutOfMemory,
    CannotStart,
    NoNetwork,
    ManyDown,
    Killed,
    Crashed,
    RestartLoop,
    Paused,
    NotRunning,
    Absent,
    RedisOutOfMemory,
    RedisMemoryFull,
    RedisAuth,
    RedisWrongPassword,
    RedisLoading,
    RedisMisconf,
    RedisReadOnly,
    RedisConnections,
    RedisEvicting,
    RedisRefused,
    CorsRejected,
    CorsMissing,
    RateLimited,
    NotUpgraded,
    WebSocketRefused,
    WatcherAbsent,
    WatcherOff,
    HealthCheckWrong,
    Unhealthy,
    ModelNotLoaded,
    LoopbackOnly,
    PortMismatch,
    NameUnresolved,
    HostUnreachable,
    NothingListens,
    HttpRefused,
    HttpTimeout,
    HttpStatus,
    HttpSlow,
    ServiceUnhealthy,
    DeadLetters,
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
            Kind::ComposeBroken => "compose.broken",
            Kind::OomKilled => "container.oom_killed",
            Kind::Segfault => "container.segfault",
            Kind::PortConflict => "container.port_conflict",
            Kind::PortTaken => "port.taken",
            Kind::PortTakenByContainer => "port.taken_by_container",
            Kind::MissingVariable => "config.missing_variable",
            Kind::InvalidSetting => "config.invalid",
            Kind::DatabaseAuth => "database.auth_failed",
            Kind::DatabaseRefused => "database.refused",
            Kind::DatabaseSchema => "database.schema",
            Kind::DatabaseConnections => "database.connections",
            Kind::PoolFull => "database.pool_full",
            Kind::GpuMissing => "gpu.missing",
            Kind::GpuOutOfMemory => "gpu.out_of_memory",
            Kind::Certificate => "tls.certificate",
            Kind::FilesExhausted => "files.exhausted",
            Kind::DiskFull => "disk.full",
            Kind::InodesFull => "inodes.full",
            Kind::InotifyExhausted => "inotify.exhausted",
            Kind::InotifyLow => "inotify.low",
            Kind::FolderMissing => "folder.missing",
            Kind::FolderUnreadable => "folder.unreadable",
            Kind::CommandNotFound => "container.command_not_found",
            Kind::ProgramIncomplete => "program.incomplete",
            Kind::OutOfMemory => "program.out_of_memory",
            Kind::CannotStart => "container.cannot_start",
            Kind::NoNetwork => "container.no_network",
            Kind::ManyDown => "containers.down",
            Kind::Killed => "container.killed",
            Kind::Crashed => "container.crashed",
            Kind::RestartLoop => "container.restart_loop",
            Kind::Paused => "container.paused",
            Kind::NotRunning => "container.not_running",
            Kind::Absent => "container.absent",
            Kind::RedisOutOfMemory => "redis.out_of_memory",
            Kind::RedisMemoryFull => "redis.memory_full",
            Kind::RedisAuth => "redis.auth_required",
            Kind::RedisWrongPassword => "redis.wrong_password",
            Kind::RedisLoading => "redis.loading",
            Kind::RedisMisconf => "redis.misconf",
            Kind::RedisReadOnly => "redis.read_only",
            Kind::RedisConnections => "redis.connections",
            Kind::RedisEvicting => "redis.evicting",
            Kind::RedisRefused => "redis.refused",
            Kind::CorsRejected => "cors.rejected",
            Kind::CorsMissing => "cors.missing",
            Kind::RateLimited => "ws.rate_limited",
            Kind::NotUpgraded => "ws.not_upgraded",
            Kind::WebSocketRefused => "ws.refused",
            Kind::WatcherAbsent => "watcher.absent",
            Kind::WatcherOff => "watcher.off",
            Kind::HealthCheckWrong => "container.health_check",
            Kind::Unhealthy => "container.unhealthy",
            Kind::ModelNotLoaded => "model.not_loaded",
            Kind::LoopbackOnly => "port.loopback_only",
            Kind::PortMismatch => "port.mismatch",
            Kind::NameUnresolved => "name.unresolved",
            Kind::HostUnreachable => "host.unreachable",
            Kind::NothingListens => "port.nothing_listens",
            Kind::HttpRefused => "http.refused",
            Kind::HttpTimeout => "http.timeout",
            Kind::HttpStatus => "http.status",
            Kind::HttpSlow => "http.slow",
            Kind::ServiceUnhealthy => "service.unhealthy",
            Kind::DeadLetters => "queue.dead_letters",
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
    /// The service behind an address or a port, where the containers seen tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl Fact {
    /// Whether both tell the same of the same part.
    pub fn is(&self, other: &Fact) -> bool {
        self.kind == other.kind && self.subject == other.subject
    }

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
    /// It was so, and is over: a hint at the cause, no present trouble.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub past: bool,
    /// A line of a log or of a program's output says so: for authors it is also a `log.error`.
    #[serde(skip)]
    pub logged: bool,
    /// A look around the whole system shows it, not a check of the section: it speaks only for a fix made for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
}

impl Finding {
    pub(super) fn new(kind: Kind, subject: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding {
            fact: Fact { kind, subject: subject.into(), detail: None, service: None },
            text: text.into(),
            past: false,
            logged: false,
            beside: false,
        }
    }

    pub(super) fn over(mut self) -> Finding {
        self.past = true;
        self
    }

    pub(super) fn with(mut self, detail: impl Into<String>) -> Finding {
        self.fact.detail = Some(detail.into());
        self
    }
}
