//! Facts that outcomes prove, each with one plain sentence.
//! It never says more than the reading it comes from.

use serde::{Deserialize, Serialize};

/// What kind of fact it is, nearer to the cause first: the order in which a conclusion names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    ComposeAbsent,
    ComposeBroken,
    EnvBroken,
    ComposeUnset,
    ProjectRenamed,
    ImageMissing,
    HeldBack,
    OomKilled,
    Segfault,
    PortConflict,
    PortTaken,
    PortTakenByContainer,
    MissingVariable,
    InvalidSetting,
    DatabaseNoUser,
    DatabaseAuth,
    DatabaseRefused,
    DatabaseMissing,
    DatabaseSchema,
    DatabaseConnections,
    PoolFull,
    GpuMissing,
    GpuOutOfMemory,
    ClockUnserved,
    ClockUnsynchronised,
    TlsExpired,
    TlsNotYetValid,
    TlsWrongName,
    TlsNotTls,
    TlsKeyMismatch,
    TlsNoCommon,
    Certificate,
    ContainerReadOnly,
    ContainerMayNot,
    DiskFailing,
    MountReadOnly,
    ReadOnly,
    Quota,
    PolicyDenied,
    Immutable,
    PackagesLocked,
    PackagesInterrupted,
    PackagesUnsigned,
    DatabaseNoEntry,
    DatabaseReadOnly,
    DatabaseLocked,
    DatabaseDamaged,
    DatabaseWraparound,
    RedisProtected,
    RedisClients,
    RedisBusy,
    RedisCommandGone,
    RedisWrongType,
    PortsExhausted,
    TrackingFull,
    BodyTooLarge,
    BackupLocked,
    DockerDown,
    FilesLimit,
    FilesExhausted,
    ProcessesExhausted,
    DiskFull,
    InodesFull,
    OwnDiskFull,
    InotifyExhausted,
    InotifyLow,
    FileIsFolder,
    FolderMissing,
    FolderUnreadable,
    TlsUntrusted,
    NotPermitted,
    LoginRefused,
    HostKeyChanged,
    KeyTooOpen,
    CommandNotFound,
    ProgramIncomplete,
    OutOfMemory,
    UnitCannotRun,
    UnitMissing,
    UnitChanged,
    CannotStart,
    Idle,
    NoNetwork,
    Throttled,
    Proxied,
    HostsWrong,
    UpstreamWrong,
    ManyDown,
    Killed,
    Crashed,
    RestartLoop,
    StartLimit,
    UnitFailed,
    UnitInactive,
    UnitDisabled,
    Paused,
    Halted,
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
    HealthCheckWrong,
    ModelLoading,
    Unhealthy,
    Outdated,
    SettingUnread,
    VolumeUnused,
    ModelNotLoaded,
    LoopbackOnly,
    PortMismatch,
    PublishedLocally,
    PortElsewhere,
    PortFiltered,
    NameLocalDown,
    NameServerSilent,
    NameServerFailed,
    NameUnresolved,
    NoCarrier,
    NoRoute,
    NotForwarding,
    HostUnreachable,
    NothingListens,
    UpstreamRefused,
    UpstreamTimeout,
    HttpRefused,
    HttpTimeout,
    HttpStatus,
    HttpSlow,
    ServiceUnhealthy,
    DeadLetters,
    QueueLong,
    MemoryLow,
    RestartNeeded,
    KernelOomKill,
    FolderEmpty,
    LogError,
    OtherProblem,
}

impl Kind {
    /// Whether compose does nothing at all while it is so.
    pub fn stops_compose(self) -> bool {
        matches!(self, Kind::ComposeBroken | Kind::EnvBroken | Kind::ComposeUnset)
    }

    /// The stable name that `when:` annotations use.
    pub fn name(self) -> &'static str {
        match self {
            Kind::ComposeAbsent => "compose.no_file",
            Kind::ComposeBroken => "compose.broken",
            Kind::EnvBroken => "compose.env_broken",
            Kind::ComposeUnset => "compose.unset",
            Kind::ProjectRenamed => "compose.other_project",
            Kind::ImageMissing => "image.missing",
            Kind::HeldBack => "service.held_back",
            Kind::OomKilled => "container.oom_killed",
            Kind::Segfault => "container.segfault",
            Kind::PortConflict => "container.port_conflict",
            Kind::PortTaken => "port.taken",
            Kind::PortTakenByContainer => "port.taken_by_container",
            Kind::MissingVariable => "config.missing_variable",
            Kind::InvalidSetting => "config.invalid",
            Kind::DatabaseNoUser => "database.no_user",
            Kind::DatabaseAuth => "database.auth_failed",
            Kind::DatabaseRefused => "database.refused",
            Kind::DatabaseMissing => "database.missing",
            Kind::DatabaseSchema => "database.schema",
            Kind::DatabaseConnections => "database.connections",
            Kind::PoolFull => "database.pool_full",
            Kind::GpuMissing => "gpu.missing",
            Kind::GpuOutOfMemory => "gpu.out_of_memory",
            Kind::ClockUnserved => "clock.no_service",
            Kind::ClockUnsynchronised => "clock.unsynchronised",
            Kind::TlsExpired => "tls.expired",
            Kind::TlsNotYetValid => "tls.not_yet_valid",
            Kind::TlsWrongName => "tls.wrong_name",
            Kind::TlsUntrusted => "tls.untrusted",
            Kind::TlsNotTls => "tls.not_tls",
            Kind::TlsKeyMismatch => "tls.key_mismatch",
            Kind::TlsNoCommon => "tls.no_common",
            Kind::Certificate => "tls.certificate",
            Kind::ContainerReadOnly => "container.read_only",
            Kind::ContainerMayNot => "container.not_permitted",
            Kind::DiskFailing => "disk.failing",
            Kind::MountReadOnly => "container.mount_read_only",
            Kind::ReadOnly => "disk.read_only",
            Kind::Quota => "disk.quota",
            Kind::PolicyDenied => "access.policy",
            Kind::Immutable => "file.immutable",
            Kind::PackagesLocked => "packages.locked",
            Kind::PackagesInterrupted => "packages.interrupted",
            Kind::PackagesUnsigned => "packages.unsigned",
            Kind::DatabaseNoEntry => "database.no_hba_entry",
            Kind::DatabaseReadOnly => "database.read_only",
            Kind::DatabaseLocked => "database.locked",
            Kind::DatabaseDamaged => "database.damaged",
            Kind::DatabaseWraparound => "database.wraparound",
            Kind::RedisProtected => "redis.protected",
            Kind::RedisClients => "redis.clients",
            Kind::RedisBusy => "redis.busy",
            Kind::RedisCommandGone => "redis.command_gone",
            Kind::RedisWrongType => "redis.wrong_type",
            Kind::PortsExhausted => "ports.exhausted",
            Kind::TrackingFull => "conntrack.full",
            Kind::BodyTooLarge => "upload.too_large",
            Kind::BackupLocked => "backup.locked",
            Kind::DockerDown => "docker.not_running",
            Kind::FilesLimit => "container.files_limit",
            Kind::FilesExhausted => "files.exhausted",
            Kind::ProcessesExhausted => "processes.exhausted",
            Kind::DiskFull => "disk.full",
            Kind::OwnDiskFull => "container.disk_full",
            Kind::InodesFull => "inodes.full",
            Kind::InotifyExhausted => "inotify.exhausted",
            Kind::InotifyLow => "inotify.low",
            Kind::FileIsFolder => "file.is_folder",
            Kind::FolderMissing => "folder.missing",
            Kind::FolderUnreadable => "folder.unreadable",
            Kind::NotPermitted => "access.not_permitted",
            Kind::LoginRefused => "login.refused",
            Kind::HostKeyChanged => "ssh.host_key_changed",
            Kind::KeyTooOpen => "ssh.key_too_open",
            Kind::CommandNotFound => "container.command_not_found",
            Kind::ProgramIncomplete => "program.incomplete",
            Kind::OutOfMemory => "program.out_of_memory",
            Kind::UnitCannotRun => "unit.cannot_run",
            Kind::UnitMissing => "unit.missing",
            Kind::UnitChanged => "unit.changed",
            Kind::CannotStart => "container.cannot_start",
            Kind::Idle => "container.idle",
            Kind::NoNetwork => "container.no_network",
            Kind::Throttled => "container.throttled",
            Kind::Proxied => "container.proxied",
            Kind::HostsWrong => "container.hosts_entry",
            Kind::UpstreamWrong => "upstream.wrong",
            Kind::ManyDown => "containers.down",
            Kind::Killed => "container.killed",
            Kind::Crashed => "container.crashed",
            Kind::RestartLoop => "container.restart_loop",
            Kind::StartLimit => "unit.start_limit",
            Kind::UnitFailed => "unit.failed",
            Kind::UnitInactive => "unit.inactive",
            Kind::UnitDisabled => "unit.disabled",
            Kind::Paused => "container.paused",
            Kind::Halted => "container.halted",
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
            Kind::HealthCheckWrong => "container.health_check",
            Kind::Unhealthy => "container.unhealthy",
            Kind::Outdated => "container.outdated",
            Kind::SettingUnread => "setting.unread",
            Kind::VolumeUnused => "volume.unused",
            Kind::ModelLoading => "model.loading",
            Kind::ModelNotLoaded => "model.not_loaded",
            Kind::LoopbackOnly => "port.loopback_only",
            Kind::PortMismatch => "port.mismatch",
            Kind::PublishedLocally => "port.published_locally",
            Kind::PortElsewhere => "port.elsewhere",
            Kind::PortFiltered => "port.filtered",
            Kind::NameLocalDown => "name.local_down",
            Kind::NameServerSilent => "name.no_answer",
            Kind::NameServerFailed => "name.server_failed",
            Kind::NameUnresolved => "name.unresolved",
            Kind::NoCarrier => "network.no_carrier",
            Kind::NoRoute => "network.no_route",
            Kind::NotForwarding => "network.no_forwarding",
            Kind::HostUnreachable => "host.unreachable",
            Kind::NothingListens => "port.nothing_listens",
            Kind::UpstreamRefused => "upstream.refused",
            Kind::UpstreamTimeout => "upstream.timeout",
            Kind::HttpRefused => "http.refused",
            Kind::HttpTimeout => "http.timeout",
            Kind::HttpStatus => "http.status",
            Kind::HttpSlow => "http.slow",
            Kind::ServiceUnhealthy => "service.unhealthy",
            Kind::DeadLetters => "queue.dead_letters",
            Kind::QueueLong => "queue.long",
            Kind::MemoryLow => "memory.low",
            Kind::RestartNeeded => "restart.required",
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
    /// It is so, and may be meant so: it counts only where it is asked about, or a fix is made for it.
    #[serde(skip)]
    pub quiet: bool,
    /// The part stands on another one that is not well.
    #[serde(skip)]
    pub downstream: bool,
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
            quiet: false,
            downstream: false,
            beside: false,
        }
    }

    pub(super) fn over(mut self) -> Finding {
        self.past = true;
        self
    }

    pub(super) fn quiet(mut self) -> Finding {
        self.quiet = true;
        self
    }

    pub(super) fn with(mut self, detail: impl Into<String>) -> Finding {
        self.fact.detail = Some(detail.into());
        self
    }
}
