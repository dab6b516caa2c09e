//! Signs in lines of logs and outputs, and what each proves about whoever wrote the line.
//! It never reads more than one line.

use crate::diagnosis::finding::Kind;

/// Signs in a line in lower case, and what they prove, the most telling first.
pub(super) const SIGNS: &[(&[&str], Kind, &str)] = &[
    (
        &["remote host identification has changed", "host key verification failed"],
        Kind::HostKeyChanged,
        "meets another host key than the one it knows",
    ),
    (
        &["unprotected private key file", "private key files are not accessible", "\": bad permissions", "are too open. it is required"],
        Kind::KeyTooOpen,
        "does not use a private key that others may read",
    ),
    (
        &["permission denied (publickey", "permission denied (password", "permission denied (keyboard", "too many authentication failures", "failed publickey for", "no more authentication methods", "connection closed by authenticating user"],
        Kind::LoginRefused,
        "refuses the login",
    ),
    (
        &["avc:  denied", "avc: denied", "apparmor=\"denied\"", "selinux is preventing"],
        Kind::PolicyDenied,
        "is stopped by SELinux or AppArmor, whatever the rights of the file",
    ),
    (
        &["cannot connect to the docker daemon", "error during connect: this error may indicate that the docker daemon"],
        Kind::DockerDown,
        "gets no answer from the Docker engine",
    ),
    (
        &["killed process ", "oom-kill:", "memory cgroup out of memory", "invoked oom-killer"],
        Kind::KernelOomKill,
        "had a process killed by the kernel for memory",
    ),
    (&["out of memory allocating"], Kind::RedisOutOfMemory, "could not get the memory it asked for"),
    (
        &["oom command not allowed", "used memory > 'maxmemory'"],
        Kind::RedisOutOfMemory,
        "is refused by Redis: it is over its memory limit",
    ),
    (
        &["cuda out of memory", "cudamalloc failed", "torch.outofmemoryerror", "cuda error: out of memory"],
        Kind::GpuOutOfMemory,
        "has no memory left on the GPU",
    ),
    (
        &[
            "out of memory",
            "oomkilled",
            "cannot allocate memory",
            "memoryerror",
            "java.lang.outofmemoryerror",
            "std::bad_alloc",
        ],
        Kind::OutOfMemory,
        "ran out of memory",
    ),
    (
        &["address already in use", "port is already allocated", "eaddrinuse"],
        Kind::PortConflict,
        "cannot have its port, because it is taken",
    ),
    (
        &[
            "environment variable is required",
            "is missing a value",
            "field required",
            "must be set",
            "missing required environment",
            "environment variable not set",
            "keyerror: '",
        ],
        Kind::MissingVariable,
        "misses a setting it needs",
    ),
    (&["host not found in upstream"], Kind::NameUnresolved, "cannot resolve the name of a service it passes on to"),
    (
        &[
            "validationerror",
            "validation error",
            "invalid value",
            "error parsing value",
            "settingserror",
            "input should be",
            "must start with",
            "must be one of",
            "[emerg]",
            "bad directive",
            "fatal config file error",
            "unknown directive",
            "invalid configuration",
            "configuration error",
            "unrecognized configuration parameter",
        ],
        Kind::InvalidSetting,
        "does not accept its configuration",
    ),
    (
        &["could not get lock", "unable to acquire the dpkg frontend lock", "frontend lock was locked", "waiting for cache lock", "unable to lock directory"],
        Kind::PackagesLocked,
        "waits for another program that installs packages",
    ),
    (
        &["dpkg was interrupted", "unmet dependencies", "not fully installed or removed", "post-installation script subprocess returned error"],
        Kind::PackagesInterrupted,
        "finds packages that are half installed",
    ),
    (
        &["no_pubkey", "release' is not signed", "expkeysig", "signatures couldn't be verified", "signatures were invalid"],
        Kind::PackagesUnsigned,
        "does not trust the signature of a package source",
    ),
    (
        &["no pg_hba.conf entry"],
        Kind::DatabaseNoEntry,
        "is not let in by any line of pg_hba.conf",
    ),
    (
        &["deadlock detected", "due to lock timeout", "still waiting for accessexclusivelock", "still waiting for sharelock", "database is locked"],
        Kind::DatabaseLocked,
        "waits for a lock in the database",
    ),
    (
        &["invalid page in block", "could not read block", "invalid primary checkpoint", "invalid checkpoint record", "page verification failed", "could not locate a valid checkpoint"],
        Kind::DatabaseDamaged,
        "finds damage in the database's files",
    ),
    (
        &["wraparound data loss", "must be vacuumed within"],
        Kind::DatabaseWraparound,
        "runs out of transaction numbers",
    ),
    (
        &["redis is running in protected mode", "protected mode is enabled"],
        Kind::RedisProtected,
        "is shut out by Redis: it has no password and lets only its own machine in",
    ),
    (
        &["max number of clients reached"],
        Kind::RedisClients,
        "is sent away by Redis: it has as many clients as it takes",
    ),
    (
        &["password authentication failed", "role \"", "access denied for user"],
        Kind::DatabaseAuth,
        "is refused by the database: user or password are wrong",
    ),
    (
        &["too many clients already", "remaining connection slots", "queuepool limit", "too many connections"],
        Kind::DatabaseConnections,
        "gets no connection to the database: all are in use",
    ),
    (
        &["migrations failed", "undefinedtable", "can't locate revision", "no such table"],
        Kind::DatabaseSchema,
        "finds the database without the tables it needs",
    ),
    (&["noauth", "authentication required"], Kind::RedisAuth, "is refused by Redis: it wants a password"),
    (&["wrongpass"], Kind::RedisWrongPassword, "is refused by Redis: the password is wrong"),
    (&["misconf"], Kind::RedisMisconf, "cannot write to Redis: it cannot save to disk"),
    (
        &["buffer i/o error", "critical medium error", "i/o error, dev "],
        Kind::DiskFailing,
        "gets errors from the disk itself",
    ),
    (
        &["disk quota exceeded"],
        Kind::Quota,
        "may write no more: its quota is used up",
    ),
    (&["no space left on device"], Kind::DiskFull, "has no space left on its disk"),
    (
        &["inotify watch limit", "inotify instance limit", "number of file watchers reached"],
        Kind::InotifyExhausted,
        "reached the kernel's limit of watched files",
    ),
    (&["too many open files", "emfile"], Kind::FilesExhausted, "has too many files open"),
    (
        &[
            "could not select device driver",
            "nvidia-container-cli",
            "no cuda-capable device",
            "failed to initialize nvml",
            "cuda driver version is insufficient",
            "cuda not available",
        ],
        Kind::GpuMissing,
        "cannot use a GPU",
    ),
    (
        &["model not found at", "failed to load model", "model not loaded"],
        Kind::ModelNotLoaded,
        "cannot load its model",
    ),
    (
        &["certificate has expired", "cert_has_expired", "certificate: expired", "certificate will expire", "err_cert_date_invalid", "certificate expired"],
        Kind::TlsExpired,
        "meets a certificate that has run out",
    ),
    (
        &["certificate is not yet valid", "certificate: notvalidyet"],
        Kind::TlsNotYetValid,
        "meets a certificate that is not valid yet: a clock may be wrong",
    ),
    (
        &["hostname mismatch", "no alternative certificate subject name", "cert_altname_invalid", "certificate is valid for ", "certificate: notvalidforname", "certificate not valid for name", "doesn't contain any ip sans", "common_name_invalid"],
        Kind::TlsWrongName,
        "meets a certificate for another name",
    ),
    (
        &["unable to get local issuer", "unable to verify the first certificate", "self-signed certificate", "self signed certificate", "signed by unknown authority", "certificate: unknownissuer", "unable to find valid certification path", "unable_to_verify_leaf"],
        Kind::TlsUntrusted,
        "does not know who issued a certificate",
    ),
    (
        &["wrong version number", "record overflow", "record_too_long", "plain http request was sent to https port", "http response to https client", "http request to an https server", "packet length too long"],
        Kind::TlsNotTls,
        "speaks TLS to a port that does not, or the other way round",
    ),
    (
        &["key values mismatch", "private key does not match"],
        Kind::TlsKeyMismatch,
        "has a certificate and a key that do not belong together",
    ),
    (
        &["no shared cipher", "alert protocol version", ":unsupported protocol", "handshake_failure", "alert handshake failure", "no protocols available", "dh key too small", "ee key too small", "cipher_mismatch"],
        Kind::TlsNoCommon,
        "shares no version or cipher of TLS with the other side",
    ),
    (&["certificate verify failed", "certificate_verify_failed"], Kind::Certificate, "does not trust a certificate"),
    (&["rate limit exceeded", "too many requests"], Kind::RateLimited, "refuses requests: more came than it allows"),
    (&["read-only file system", "read-only filesystem"], Kind::ReadOnly, "cannot write: the file system is read-only"),
    (
        &["resource temporarily unavailable (os error 11)", "fork: resource temporarily unavailable", "fork: retry", "can't start new thread", "unable to create native thread", "cannot fork", "unable to create new native thread", "pthread_create failed", "fork rejected by pids controller"],
        Kind::ProcessesExhausted,
        "may start no more processes or threads",
    ),
    (
        &["cannot assign requested address", "eaddrnotavail"],
        Kind::PortsExhausted,
        "has no port or address left to connect from",
    ),
    (
        &["nf_conntrack: table full"],
        Kind::TrackingFull,
        "drops connections: its table of them is full",
    ),
    (
        &["too large body", "413 request entity too large", "413 content too large"],
        Kind::BodyTooLarge,
        "refuses an upload that is larger than allowed",
    ),
    (
        &["repository is already locked", "failed to create/acquire the lock", "lockfailed", "unable to create lock in backend"],
        Kind::BackupLocked,
        "finds the backup repository locked",
    ),
    (
        &["start request repeated too quickly", "start-limit-hit"],
        Kind::StartLimit,
        "was started too often and is not tried again",
    ),
    (
        &["status=203/exec", "failed at step exec", "failed to locate executable", "status=217/user", "status=200/chdir"],
        Kind::UnitCannotRun,
        "cannot run its command",
    ),
    (&["permission denied", "permissionerror", "eacces"], Kind::FolderUnreadable, "may not use a file or folder"),
    (&["operation not permitted"], Kind::NotPermitted, "may not do what it tries, whatever the rights of the file"),
    (&["segmentation fault", "sigsegv"], Kind::Segfault, "crashed with a segmentation fault"),
    (
        &[
            "modulenotfounderror",
            "importerror",
            "cannot find module",
            "error while loading shared libraries",
            "no module named",
        ],
        Kind::ProgramIncomplete,
        "misses a part of its program: its image is not complete",
    ),
    (
        &["executable file not found", "exec format error", "command not found"],
        Kind::CommandNotFound,
        "cannot find or run its command",
    ),
    (
        &[
            "name or service not known",
            "temporary failure in name resolution",
            "could not translate host name",
            "no such host",
            "bad address",
            "getaddrinfo enotfound",
        ],
        Kind::NameUnresolved,
        "cannot resolve a name it needs",
    ),
    (
        &["connect() failed (111", "connect() to unix:"],
        Kind::UpstreamRefused,
        "gets no connection to the program behind it",
    ),
    (
        &["timed out) while connecting to upstream"],
        Kind::HostUnreachable,
        "gets no answer from the machine of the program behind it",
    ),
    (
        &["upstream timed out"],
        Kind::UpstreamTimeout,
        "waited too long for the program behind it",
    ),
    (
        &["no route to host", "network is unreachable", "destination host unreachable", "ehostunreach", "enetunreach"],
        Kind::HostUnreachable,
        "finds no way to another machine",
    ),
];
