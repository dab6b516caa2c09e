//! Kernel values, folders, disks and memory against what is usual.
//! It never calls a value good that it has no measure for.

use super::Said;
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::{Filesystem, Folder, KernelLog, Memory, ValueReading};
use crate::text::{bytes, count, duration_ms, listed, shorten};

/// Below this many watches a folder tree of a few cameras can reach the limit; the usual setting is 524288.
const FEW_WATCHES: u64 = 65_536;
/// The usual limit of watching instances is 128.
const FEW_INSTANCES: u64 = 128;

pub(super) fn value(seen: &ValueReading) -> Said {
    let Some(value) = &seen.value else {
        return Said::new(Status::Skipped, format!("cannot be read: {}", seen.error.as_deref().unwrap_or("unknown")));
    };
    let number = value.trim().parse::<u64>().ok();
    let (few, what) = match seen.path.rsplit('/').next() {
        Some("max_user_watches") => (FEW_WATCHES, "files and folders be watched"),
        Some("max_user_instances") => (FEW_INSTANCES, "watchers run"),
        Some("ip_forward") if value.trim() == "0" => {
            let text = "The kernel passes no packets on, so containers reach nothing beyond this machine.";
            return Said::problem("0: off", Finding::new(Kind::NotForwarding, seen.path.clone(), text));
        }
        Some("ip_forward") => return Said::ok("1: on"),
        _ => return Said::new(Status::Uncertain, shorten(value, 100)),
    };
    let Some(limit) = number else { return Said::new(Status::Uncertain, shorten(value, 100)) };
    let use_ = seen.used.map(|n| format!(", {n} in use by one user")).unwrap_or_default();
    if seen.used.is_some_and(|n| n as f64 >= 0.95 * limit as f64) {
        return Said::problem(
            format!("{limit}{use_}: used up"),
            Finding::new(
                Kind::InotifyExhausted,
                seen.path.clone(),
                format!("The kernel lets {limit} {what} for each user, and one user has used them up."),
            )
            .with(limit.to_string()),
        );
    }
    if limit < few {
        return Said::problem(
            format!("{limit}, which is low{use_}"),
            Finding::new(
                Kind::InotifyLow,
                seen.path.clone(),
                format!("The kernel lets only {limit} {what} for each user."),
            )
            .with(limit.to_string()),
        );
    }
    Said::ok(format!("{limit}, enough{use_}"))
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
    // A folder that only its owner may enter is closed to a service that runs as another user; the system's own are.
    const OWN: [&str; 12] =
        ["/var", "/etc", "/root", "/home", "/usr", "/proc", "/sys", "/run", "/tmp", "/boot", "/lib", "/opt"];
    let own = path == "/" || OWN.iter().any(|o| path == o || path.starts_with(&format!("{o}/")));
    let closed = seen.entries.iter().filter(|e| !own && e.is_dir && e.name != "lost+found").find(|e| {
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

/// The kernel's kills for memory. Each is over, so it is a hint; whether the part runs now other looks say.
pub(super) fn kernel(seen: &KernelLog, command: &str) -> Said {
    let lower = command.to_lowercase();
    let about_kills = !lower.contains("grep") || ["kill", "oom", "memory"].iter().any(|w| lower.contains(w));
    if !about_kills {
        let Some(last) = seen.lines.last() else { return Said::ok("no such line in the kernel's messages") };
        let told = super::logs::telling(&seen.lines);
        let line = told.as_ref().map_or_else(|| shorten(last, 200), |t| t.line.clone());
        let findings = told.map(|t| t.finding("the kernel").over()).into_iter().collect();
        let summary = format!("{} of the kernel", count(seen.lines.len(), "line"));
        return Said { findings, ..Said::new(Status::Uncertain, summary).showing(line) };
    }
    let own: Vec<_> = seen.kills.iter().filter(|k| !k.foreign).collect();
    let others = seen.kills.len() - own.len();
    let Some(kill) = own.last() else {
        return Said::ok(match others {
            0 => "no process was killed for memory".to_owned(),
            n => format!("{} killed for memory, all in containers of other projects", count(n, "process")),
        });
    };
    let of = match (&kill.name, &kill.container) {
        (Some(name), _) => format!(" of {name}"),
        (None, Some(_)) => " of a container that is gone".to_owned(),
        (None, None) => String::new(),
    };
    let when = kill.ago_s.map(|s| format!(", {} ago", duration_ms(s * 1000))).unwrap_or_default();
    let subject = kill.name.clone().unwrap_or_else(|| kill.process.clone());
    let found =
        Finding::new(Kind::KernelOomKill, subject, format!("The kernel killed {}{of} for memory{when}.", kill.process));
    let summary = format!("{}, the last: {}{of} (pid {}){when}", count(own.len(), "process"), kill.process, kill.pid);
    // In a container that is gone it tells nothing of what is there now.
    let gone = kill.container.is_some() && kill.name.is_none();
    let findings = if gone { Vec::new() } else { vec![found.over()] };
    Said { findings, ..Said::new(Status::Uncertain, summary).showing(kill.line.clone()) }
}

/// With so much left a disk is not full.
const ROOM: u64 = 5 << 30;

pub(super) fn disk(seen: &[Filesystem]) -> Said {
    let used = |f: &Filesystem| if f.total == 0 { 0.0 } else { 100.0 * (1.0 - f.available as f64 / f.total as f64) };
    let inodes =
        |f: &Filesystem| if f.inodes == 0 { 0.0 } else { 100.0 * (1.0 - f.inodes_free as f64 / f.inodes as f64) };
    let Some(fullest) = seen.iter().max_by(|a, b| used(a).total_cmp(&used(b))) else {
        return Said::new(Status::Uncertain, "no file system was seen");
    };
    // A full file system that nothing of this system lives on is worth a word, and no more.
    let known = seen.iter().any(|f| !f.holds.is_empty());
    let ours = |f: &&Filesystem| !known || !f.holds.is_empty();
    if let Some(f) = seen.iter().filter(ours).find(|f| inodes(f) >= 95.0) {
        return Said::problem(
            format!("{} has used {:.0} % of its inodes", f.mount, inodes(f)),
            Finding::new(
                Kind::InodesFull,
                f.mount.clone(),
                format!("{} can hold no more files: its inodes are used up.", f.mount),
            ),
        );
    }
    let own = seen.iter().filter(ours).max_by(|a, b| used(a).total_cmp(&used(b))).unwrap_or(fullest);
    let summary = format!("{} is {:.0} % full, {} free", own.mount, used(own), bytes(own.available));
    let beside = seen.iter().filter(|f| !ours(f)).find(|f| used(f) >= 95.0 || inodes(f) >= 95.0);
    let summary = match beside {
        Some(f) => format!("{summary}; {} is full, but nothing known of this system lives there", f.mount),
        None => summary,
    };
    match used(own) {
        // A large disk with room left is not full at once; with next to nothing of it left it is.
        share if share >= 98.0 || share >= 95.0 && own.available < ROOM => {
            let named = listed(&own.holds, 3, ", ");
            let holds = if named.is_empty() { named } else { format!(" ({named})") };
            let text = format!("The disk behind {}{holds} is full.", own.mount);
            Said::problem(summary, Finding::new(Kind::DiskFull, own.mount.clone(), text))
        }
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
