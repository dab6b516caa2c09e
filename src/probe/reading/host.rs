//! What the machine itself and its programs answer.
//! It never judges.

use serde::{Deserialize, Serialize};

/// A text file of the project, to find in it what an error names. It is never shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectFile {
    /// Its path in the project's folder.
    pub name: String,
    /// The services that see it; none where it is for all of them.
    pub services: Vec<String>,
    /// It says what belongs to which service by their names.
    pub by_service: bool,
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
