//! The programs of a run: their process groups, and those that left them, found by a mark in their environment.
//! It never signals a process that this run did not start.

use std::io::PipeReader;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// The variable that marks a run's programs; what they start has it too.
pub(super) const MARK: &str = "UNSTUCK_RUN";

/// How often children that left their group are looked for, and how long between: one may fork while it is looked at.
const SWEEPS: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(10);

/// The programs of a run; those still running are killed when it is dropped.
pub(super) struct Children {
    mark: String,
    groups: Vec<i32>,
    /// Whether what they leave running is theirs to leave: a change that starts a service does.
    may_stay: bool,
}

impl Children {
    pub(super) fn new() -> Children {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        Children { mark: format!("{}-{run}", std::process::id()), groups: Vec::new(), may_stay: false }
    }

    /// The value of the mark.
    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    pub(super) fn add(&mut self, id: Option<u32>) {
        self.groups.extend(id.and_then(|id| i32::try_from(id).ok()));
    }

    /// Signals every group, and every child that left its group.
    pub(super) fn signal(&self, signal: Signal) {
        for id in &self.groups {
            // A group that is gone already is what was wanted.
            let _ = killpg(Pid::from_raw(*id), signal);
        }
        for (pid, _) in self.marked() {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Kills what is left, until nothing is.
    pub(super) async fn end(&self) {
        for _ in 0..SWEEPS {
            self.signal(Signal::SIGKILL);
            if self.marked().is_empty() {
                return;
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }

    /// What a change left running, as `name (pid N)`; it is left alone from now on.
    pub(super) fn leave(&mut self) -> Vec<String> {
        self.may_stay = true;
        self.marked().into_iter().map(|(pid, name)| format!("{name} (pid {pid})")).collect()
    }

    /// The processes with this run's mark that are not dead already.
    fn marked(&self) -> Vec<(i32, String)> {
        let wanted = format!("{MARK}={}", self.mark);
        let Ok(all) = procfs::process::all_processes() else { return Vec::new() };
        let mut found = Vec::new();
        for process in all.flatten() {
            let marked = std::fs::read(format!("/proc/{}/environ", process.pid))
                .is_ok_and(|environ| environ.split(|b| *b == 0).any(|pair| pair == wanted.as_bytes()));
            if !marked {
                continue;
            }
            if let Ok(stat) = process.stat()
                && !matches!(stat.state, 'Z' | 'X')
            {
                found.push((process.pid, stat.comm));
            }
        }
        found
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        if !self.may_stay {
            self.signal(Signal::SIGKILL);
        }
    }
}

/// Gives what stays running somewhere to write to after this program has gone: without, the next line it prints would end it.
pub(super) fn swallow(end: PipeReader) {
    // The runtime reads such an end without waiting, and what reads it from now on waits.
    let flags = fcntl(&end, FcntlArg::F_GETFL).map(OFlag::from_bits_retain);
    if flags.and_then(|flags| fcntl(&end, FcntlArg::F_SETFL(flags - OFlag::O_NONBLOCK))).is_err() {
        return;
    }
    let mut command = super::command(std::path::Path::new("/bin/cat"));
    command.env_clear().stdin(end).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    // It ends with the last program that holds the other end; where there is no `cat`, nothing more can be done.
    let _ = command.spawn();
}

/// Whether a folder of `PATH` can be trusted to hold the programs its names say: absolute, and not for everyone to write.
pub(super) fn trusted(folder: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let plain = !folder.as_os_str().as_bytes().contains(&b':');
    folder.is_absolute() && plain && folder.metadata().is_ok_and(|m| m.is_dir() && m.mode() & 0o002 == 0)
}
