//! The kinds of facts, nearer to the cause first, each with the stable name that `when:` annotations use.
//! It never says of what a fact is true.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($kind:ident => $name:literal,)*) => {
        /// What kind of fact it is, nearer to the cause first: the order in which a conclusion names them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $($kind,)*
        }

        impl Kind {
            /// The stable name that `when:` annotations use.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    ComposeAbsent => "compose.no_file",
    ComposeBroken => "compose.broken",
    EnvBroken => "compose.env_broken",
    ComposeUnset => "compose.unset",
    ProjectRenamed => "compose.other_project",
    ImageMissing => "image.missing",
    HeldBack => "service.held_back",
    OomKilled => "container.oom_killed",
    Segfault => "container.segfault",
    PortConflict => "container.port_conflict",
    PortTaken => "port.taken",
    PortTakenByContainer => "port.taken_by_container",
    MissingVariable => "config.missing_variable",
    InvalidSetting => "config.invalid",
    DatabaseNoUser => "database.no_user",
    DatabaseAuth => "database.auth_failed",
    DatabaseRefused => "database.refused",
    DatabaseMissing => "database.missing",
    DatabaseSchema => "database.schema",
    DatabaseConnections => "database.connections",
    PoolFull => "database.pool_full",
    GpuMissing => "gpu.missing",
    GpuOutOfMemory => "gpu.out_of_memory",
    ClockUnserved => "clock.no_service",
    ClockUnsynchronised => "clock.unsynchronised",
    TlsExpired => "tls.expired",
    TlsNotYetValid => "tls.not_yet_valid",
    TlsWrongName => "tls.wrong_name",
    TlsNotTls => "tls.not_tls",
    TlsKeyMismatch => "tls.key_mismatch",
    TlsNoCommon => "tls.no_common",
    Certificate => "tls.certificate",
    ContainerReadOnly => "container.read_only",
    ContainerMayNot => "container.not_permitted",
    DiskFailing => "disk.failing",
    MountReadOnly => "container.mount_read_only",
    ReadOnly => "disk.read_only",
    Quota => "disk.quota",
    PolicyDenied => "access.policy",
    Immutable => "file.immutable",
    PackagesLocked => "packages.locked",
    PackagesInterrupted => "packages.interrupted",
    PackagesUnsigned => "packages.unsigned",
    DatabaseNoEntry => "database.no_hba_entry",
    DatabaseReadOnly => "database.read_only",
    DatabaseLocked => "database.locked",
    DatabaseNumbers => "database.numbers",
    DatabaseRule => "database.rule",
    DatabaseDamaged => "database.damaged",
    DatabaseWraparound => "database.wraparound",
    RedisProtected => "redis.protected",
    RedisClients => "redis.clients",
    RedisBusy => "redis.busy",
    RedisCommandGone => "redis.command_gone",
    RedisWrongType => "redis.wrong_type",
    PortsExhausted => "ports.exhausted",
    TrackingFull => "conntrack.full",
    BodyTooLarge => "upload.too_large",
    BackupLocked => "backup.locked",
    DockerDown => "docker.not_running",
    FilesLimit => "container.files_limit",
    FilesExhausted => "files.exhausted",
    ProcessesExhausted => "processes.exhausted",
    DiskFull => "disk.full",
    InodesFull => "inodes.full",
    OwnDiskFull => "container.disk_full",
    InotifyExhausted => "inotify.exhausted",
    InotifyLow => "inotify.low",
    FileIsFolder => "file.is_folder",
    FolderMissing => "folder.missing",
    FolderUnreadable => "folder.unreadable",
    TlsUntrusted => "tls.untrusted",
    NotPermitted => "access.not_permitted",
    LoginRefused => "login.refused",
    HostKeyChanged => "ssh.host_key_changed",
    KeyTooOpen => "ssh.key_too_open",
    CommandNotFound => "container.command_not_found",
    ProgramIncomplete => "program.incomplete",
    OutOfMemory => "program.out_of_memory",
    UnitCannotRun => "unit.cannot_run",
    UnitMissing => "unit.missing",
    UnitChanged => "unit.changed",
    CannotStart => "container.cannot_start",
    Idle => "container.idle",
    NoNetwork => "container.no_network",
    NameTwice => "name.taken_twice",
    Throttled => "container.throttled",
    Proxied => "container.proxied",
    HostsWrong => "container.hosts_entry",
    UpstreamWrong => "upstream.wrong",
    ManyDown => "containers.down",
    Killed => "container.killed",
    Crashed => "container.crashed",
    RestartLoop => "container.restart_loop",
    StartLimit => "unit.start_limit",
    UnitFailed => "unit.failed",
    UnitInactive => "unit.inactive",
    UnitDisabled => "unit.disabled",
    Paused => "container.paused",
    Halted => "container.halted",
    NotRunning => "container.not_running",
    Absent => "container.absent",
    RedisOutOfMemory => "redis.out_of_memory",
    RedisMemoryFull => "redis.memory_full",
    RedisAuth => "redis.auth_required",
    RedisWrongPassword => "redis.wrong_password",
    RedisLoading => "redis.loading",
    RedisMisconf => "redis.misconf",
    RedisReadOnly => "redis.read_only",
    RedisEvicting => "redis.evicting",
    RedisRefused => "redis.refused",
    CorsRejected => "cors.rejected",
    CorsMissing => "cors.missing",
    RateLimited => "ws.rate_limited",
    NotUpgraded => "ws.not_upgraded",
    WebSocketRefused => "ws.refused",
    WatcherAbsent => "watcher.absent",
    WatcherOff => "watcher.off",
    HealthCheckWrong => "container.health_check",
    ModelLoading => "model.loading",
    Unhealthy => "container.unhealthy",
    Outdated => "container.outdated",
    FileNewer => "container.file_newer",
    DatabaseSetting => "database.setting",
    RedisSetting => "redis.setting",
    SettingUnread => "setting.unread",
    SettingCut => "setting.cut",
    VolumeUnused => "volume.unused",
    ModelNotLoaded => "model.not_loaded",
    LoopbackOnly => "port.loopback_only",
    PortMismatch => "port.mismatch",
    PublishedLocally => "port.published_locally",
    PublishedUdp => "port.udp_only",
    PortElsewhere => "port.elsewhere",
    PortFiltered => "port.filtered",
    NameLocalDown => "name.local_down",
    NameServerSilent => "name.no_answer",
    NameServerFailed => "name.server_failed",
    NameUnresolved => "name.unresolved",
    NoCarrier => "network.no_carrier",
    NoRoute => "network.no_route",
    NotForwarding => "network.no_forwarding",
    HostUnreachable => "host.unreachable",
    NothingListens => "port.nothing_listens",
    UpstreamRefused => "upstream.refused",
    UpstreamTimeout => "upstream.timeout",
    HttpRefused => "http.refused",
    HttpTimeout => "http.timeout",
    HttpStatus => "http.status",
    HttpSlow => "http.slow",
    ServiceUnhealthy => "service.unhealthy",
    DeadLetters => "queue.dead_letters",
    QueueLong => "queue.long",
    MemoryLow => "memory.low",
    RestartNeeded => "restart.required",
    KernelOomKill => "kernel.oom_kill",
    FolderEmpty => "folder.empty",
    ValueSet => "value.set_here",
    ChangedLately => "changed.lately",
    LogError => "log.error",
    OtherProblem => "other.problem",
}

impl Kind {
    /// Whether compose does nothing at all while it is so.
    pub fn stops_compose(self) -> bool {
        matches!(self, Kind::ComposeBroken | Kind::EnvBroken | Kind::ComposeUnset)
    }

    /// Whether it only says where to look: that it is gone proves nothing of the trouble.
    pub fn is_hint(self) -> bool {
        matches!(self, Kind::ValueSet | Kind::ChangedLately)
    }

    /// Whether it is something that was changed, which may be why something else is wrong.
    pub fn is_change(self) -> bool {
        self.is_hint() || matches!(self, Kind::Outdated | Kind::FileNewer | Kind::DatabaseSetting | Kind::RedisSetting)
    }

    /// Whether it is a change that tells more than that something was changed.
    pub fn is_telling_change(self) -> bool {
        matches!(self, Kind::ValueSet | Kind::DatabaseSetting | Kind::RedisSetting)
    }

    /// Whether it says that something is wrong and not why: what an error names may tell more.
    pub fn is_general(self) -> bool {
        use Kind::{
            CannotStart, CommandNotFound, Crashed, FolderMissing, HostUnreachable, HttpRefused, HttpSlow, HttpStatus,
            HttpTimeout, InvalidSetting, LogError, NameUnresolved, OtherProblem, RestartLoop, ServiceUnhealthy,
            Unhealthy, UpstreamRefused, UpstreamTimeout, UpstreamWrong,
        };
        matches!(
            self,
            CannotStart
                | CommandNotFound
                | Crashed
                | FolderMissing
                | HostUnreachable
                | HttpRefused
                | HttpSlow
                | HttpStatus
                | HttpTimeout
                | InvalidSetting
                | LogError
                | NameUnresolved
                | OtherProblem
                | RestartLoop
                | ServiceUnhealthy
                | Unhealthy
                | UpstreamRefused
                | UpstreamTimeout
                | UpstreamWrong
        )
    }

    /// Whether it is the end of a container.
    pub(super) fn is_end(self) -> bool {
        use Kind::{CommandNotFound, Crashed, Killed, NotRunning, OomKilled, Segfault};
        matches!(self, OomKilled | Segfault | Killed | Crashed | CommandNotFound | NotRunning)
    }
}
