//! Kernel values, folders, disks and memory against what is usual.
//! It never calls a value good that it has no measure for.

use super::Said;
use crate::diagnosis::finding::Kind;
use crate::diagnosis::{Finding, Status};
use crate::probe::{Filesystem, Folder, KernelLog, Memory, ValueReading};
use crate::text::{bytes, count, duration_ms, shorten};

/// Below this many watches a folder tree of a few cameras can reach the limit; the usual setting is 524288.
const FEW_WATCHES: u64 = 65_536;
/// The usual limit of watching instances is 128.
const FEW_INSTANCES: u64 = 128;

pub(super) fn value(seen: &ValueReading) -> Said {
    let Some(value) = &seen.value else {
        return Said::new(Status::Skipped, format!("cannot be read: {}", seen.error.as_deref().unwrap_or("unknown")));
    };
    let number = value.trim().parse::<u64>().ok();
    let few = match seen.path.rsplit('/').next() {
        Some("max_user_watches") => number.filter(|n| *n < FEW_WATCHES),
        Some("max_user_instances") => number.filter(|n| *n < FEW_INSTANCES),
        _ => return Said::new(Status::Uncertain, shorten(value, 100)),
    };
    match few {
        Some(n) => Said::problem(
            format!("{n}, which is low"),
            Finding::new(Kind::InotifyLow, seen.path.clone(), format!("The kernel lets only {n} files be watched."))
                .with(n.to_string()),
        ),
        None => Said::ok(format!("{value}, enough")),
    }
}

pub(super) fn folder(seen: &Folder) -> Said {
    let path = &seen.path;
    if !seen.exists {
        return Said::problem(
            "it does not exist",
            Finding::new(Kind::FolderMissing, path.clone(), format!("The folder {path} does not exist.")),
        );
    }
    if !seen.readable {
        let who = format!("{} {}:{}", seen.mode, seen.owner, seen.group);
        return Said::problem(
            format!("it cannot be read ({})", who.trim()),
            Finding::new(Kind::FolderUnreadable, path.clone(), format!("{path} cannot be read by this user.")),
        );
    }
    if !seen.is_dir {
        return Said::ok(format!("a file, {} {}:{}", seen.mode, seen.owner, seen.group));
    }
    if seen.total == 0 {
        return Said::problem(
            "it is empty",
            Finding::new(Kind::FolderEmpty, path.clone(), format!("{path} is empty: nothing arrives there.")),
        );
    }
    // A folder that only its owner may enter is closed to a service that runs as another user.
    let closed = seen.entries.iter().filter(|e| e.is_dir).find(|e| {
        e.mode.get(7..10).is_some_and(|m| !m.contains('r') || !m.contains('x'))
            && e.mode.get(4..7).is_some_and(|m| m == "---")
    });
    if let Some(entry) = closed {
        return Said::problem(
            format!("{} is closed to others ({} {}:{})", entry.name, entry.mode, entry.owner, entry.group),
            Finding::new(
                Kind::FolderUnreadable,
                format!("{path}/{}", entry.name),
                format!("{} in {path} can be read by its owner alone.", entry.name),
            ),
        );
    }
    let newest =
        seen.entries.first().map(|e| format!(", newest {} ago", duration_ms(e.age_s * 1000))).unwrap_or_default();
    let stale = seen.entries.first().is_some_and(|e| e.age_s > 3_600);
    let summary = format!("{}{newest}, {} {}:{}", count(seen.total, "entry"), seen.mode, seen.owner, seen.group);
    Said::new(if stale { Status::Uncertain } else { Status::Ok }, summary)
}

pub(super) fn kernel(seen: &KernelLog) -> Said {
    match seen.kills.last() {
        Some(kill) => Said::problem(
            format!("{}, the last: {} (pid {})", count(seen.kills.len(), "process"), kill.process, kill.pid),
            Finding::new(
                Kind::KernelOomKill,
                kill.process.clone(),
                format!("The kernel killed {} for memory.", kill.process),
            ),
        )
        .showing(kill.line.clone()),
        None => Said::ok("no process was killed for memory"),
    }
}

pub(super) fn disk(seen: &[Filesystem]) -> Said {
    let used = |f: &Filesystem| if f.total == 0 { 0.0 } else { 100.0 * (1.0 - f.available as f64 / f.total as f64) };
    let inodes =
        |f: &Filesystem| if f.inodes == 0 { 0.0 } else { 100.0 * (1.0 - f.inodes_free as f64 / f.inodes as f64) };
    let Some(fullest) = seen.iter().max_by(|a, b| used(a).total_cmp(&used(b))) else {
        return Said::new(Status::Uncertain, "no file system was seen");
    };
    if let Some(f) = seen.iter().find(|f| inodes(f) >= 95.0) {
        return Said::problem(
            format!("{} has used {:.0} % of its inodes", f.mount, inodes(f)),
            Finding::new(
                Kind::InodesFull,
                f.mount.clone(),
                format!("{} can hold no more files: its inodes are used up.", f.mount),
            ),
        );
    }
    let summary = format!("{} is {:.0} % full, {} free", fullest.mount, used(fullest), bytes(fullest.available));
    match used(fullest) {
        share if share >= 95.0 => Said::problem(
            summary,
            Finding::new(Kind::DiskFull, fullest.mount.clone(), format!("{} is full.", fullest.mount)),
        ),
        share if share >= 85.0 => Said::new(Status::Uncertain, summary),
        _ => Said::ok(summary),
    }
}

pub(super) fn memory(seen: &Memory) -> Said {
    let summary = format!(
        "{} of {} free, load {:.1} on {}",
        bytes(seen.available),
        bytes(seen.total),
        seen.load[0],
        count(seen.cpus, "processor")
    );
    let low = seen.total > 0 && (seen.available as f64) < 0.05 * seen.total as f64;
    let busy = seen.load[0] > 3.0 * seen.cpus as f64;
    match (low, busy) {
        (true, _) => {
            Said::problem(summary, Finding::new(Kind::MemoryLow, "the host", "The host has hardly any memory left."))
        }
        (false, true) => Said::new(Status::Uncertain, summary),
        (false, false) => Said::ok(summary),
    }
}
