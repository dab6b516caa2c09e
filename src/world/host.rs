//! The host's files, folders, disks and memory, read without a program.
//! It never follows what it reads, and never writes.

use std::collections::HashMap;
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::time::SystemTime;

use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, Gid, Group, Uid, User};
use procfs::process::FDTarget;
use procfs::{Current, CurrentSI, LoadAverage, Meminfo};

use super::unavailable;
use crate::probe::{Entry, Filesystem, Folder, Memory, Reading, ValueReading};

/// How many entries of a folder are named.
const NAMED: usize = 50;
/// How much of a small file is read.
const VALUE: usize = 64 * 1024;

/// A value of the kernel, or a small file.
pub(super) fn value(path: &str) -> Reading {
    let read = std::fs::read(path).map(|bytes| {
        String::from_utf8_lossy(bytes.get(..bytes.len().min(VALUE)).unwrap_or_default()).trim_end().to_owned()
    });
    Reading::Value(match read {
        Ok(value) => ValueReading { path: path.into(), value: Some(value), error: None, used: used(path) },
        Err(error) => ValueReading { path: path.into(), value: None, error: Some(error.to_string()), used: None },
    })
}

/// How much of a limit on watching files the user with the most uses; `None` for other values.
fn used(path: &str) -> Option<u64> {
    let watches = match path.rsplit('/').next()? {
        "max_user_watches" => true,
        "max_user_instances" => false,
        _ => return None,
    };
    let mut by_user: HashMap<u32, u64> = HashMap::new();
    for process in procfs::process::all_processes().ok()?.flatten() {
        let Ok(uid) = process.uid() else { continue };
        let instances =
            process.fd().into_iter().flatten().flatten().filter(
                |fd| matches!(&fd.target, FDTarget::AnonInode(name) if name == "inotify" || name == "[inotify]"),
            );
        for fd in instances {
            let count = if watches {
                let info = std::fs::read_to_string(format!("/proc/{}/fdinfo/{}", process.pid, fd.fd));
                info.map_or(0, |i| i.lines().filter(|l| l.starts_with("inotify ")).count())
            } else {
                1
            };
            *by_user.entry(uid).or_default() += count as u64;
        }
    }
    Some(by_user.into_values().max().unwrap_or(0))
}

/// A folder as `ls -la` shows it, newest entries first.
pub(super) fn folder(path: &str) -> Reading {
    let mut seen = Folder { path: path.into(), ..Folder::default() };
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) => {
            seen.exists = error.kind() != std::io::ErrorKind::NotFound;
            seen.error = Some(error.to_string());
            return Reading::Folder(seen);
        }
    };
    seen.exists = true;
    seen.is_dir = meta.is_dir();
    seen.mode = mode(&meta);
    (seen.owner, seen.group) = (owner(meta.uid()), group(meta.gid()));
    if !seen.is_dir {
        use std::os::unix::fs::FileTypeExt;
        let kind = meta.file_type();
        // A socket cannot be opened, and a pipe waits for the other end: their rights are asked for instead.
        seen.readable = if kind.is_socket() || kind.is_fifo() || kind.is_char_device() || kind.is_block_device() {
            nix::unistd::access(path, AccessFlags::R_OK | AccessFlags::W_OK).is_ok()
        } else {
            std::fs::File::open(path).is_ok()
        };
        return Reading::Folder(seen);
    }
    match std::fs::read_dir(path) {
        Ok(entries) => {
            seen.readable = true;
            let mut all: Vec<Entry> = Vec::new();
            for entry in entries.flatten().take(100_000) {
                seen.total += 1;
                let Ok(meta) = entry.metadata() else { continue };
                let age_s = meta
                    .modified()
                    .ok()
                    .and_then(|m| SystemTime::now().duration_since(m).ok())
                    .map_or(0, |d| d.as_secs());
                let name = entry.file_name().to_string_lossy().into_owned();
                all.push(Entry {
                    name,
                    mode: mode(&meta),
                    owner: owner(meta.uid()),
                    group: group(meta.gid()),
                    size: meta.len(),
                    age_s,
                    is_dir: meta.is_dir(),
                });
            }
            all.sort_by(|a, b| a.age_s.cmp(&b.age_s).then_with(|| a.name.cmp(&b.name)));
            all.truncate(NAMED);
            seen.entries = all;
        }
        Err(error) => seen.error = Some(error.to_string()),
    }
    Reading::Folder(seen)
}

fn owner(uid: u32) -> String {
    User::from_uid(Uid::from_raw(uid)).ok().flatten().map_or_else(|| uid.to_string(), |u| u.name)
}

fn group(gid: u32) -> String {
    Group::from_gid(Gid::from_raw(gid)).ok().flatten().map_or_else(|| gid.to_string(), |g| g.name)
}

fn mode(meta: &Metadata) -> String {
    let bits = meta.permissions().mode();
    let kind = if meta.is_dir() {
        'd'
    } else if meta.is_symlink() {
        'l'
    } else {
        '-'
    };
    let mut text = String::from(kind);
    for shift in [6, 3, 0] {
        for (bit, letter) in [(4, 'r'), (2, 'w'), (1, 'x')] {
            text.push(if bits >> shift & bit != 0 { letter } else { '-' });
        }
    }
    text
}

/// File systems that are full by their nature.
const ALWAYS_FULL: [&str; 6] = ["squashfs", "iso9660", "udf", "erofs", "cramfs", "romfs"];

/// The file system that holds a path, or all that live on a device; `places` are what of this system lives where.
pub(super) fn disk(path: Option<&str>, places: &[(String, PathBuf)]) -> Reading {
    let mounts = match procfs::mounts() {
        Ok(mounts) => mounts,
        Err(error) => return unavailable("/proc/mounts", error.to_string(), "the list of file systems cannot be read"),
    };
    let full = path.and_then(|p| std::fs::canonicalize(p).ok()).map(|p| p.display().to_string());
    if let (Some(path), None) = (path, &full) {
        return unavailable(path, "no such file or folder", "name a folder that exists");
    }
    let mut seen: Vec<Filesystem> = Vec::new();
    let real = |m: &&procfs::MountEntry| !ALWAYS_FULL.contains(&m.fs_vfstype.as_str());
    for mount in mounts.iter().filter(real).filter(|m| full.is_some() || m.fs_spec.starts_with('/') || m.fs_file == "/")
    {
        if let Some(full) = &full
            && !(mount.fs_file == "/" || *full == mount.fs_file || full.starts_with(&format!("{}/", mount.fs_file)))
        {
            continue;
        }
        let Ok(stat) = statvfs(mount.fs_file.as_str()) else { continue };
        let unit = stat.fragment_size();
        if stat.blocks() == 0 || full.is_none() && seen.iter().any(|f| f.source == mount.fs_spec) {
            continue;
        }
        seen.push(Filesystem {
            mount: mount.fs_file.clone(),
            source: mount.fs_spec.clone(),
            holds: Vec::new(),
            total: stat.blocks() * unit,
            available: stat.blocks_available() * unit,
            inodes: stat.files(),
            inodes_free: stat.files_free(),
        });
    }
    if full.is_some() {
        // The deepest mount is the one that holds the path.
        seen.sort_by_key(|f| std::cmp::Reverse(f.mount.len()));
        seen.truncate(1);
    }
    for (name, place) in places {
        // The deepest mount above a place is the one it lives on.
        let above = mounts.iter().filter(|m| place.starts_with(&m.fs_file)).max_by_key(|m| m.fs_file.len());
        let Some(source) = above.map(|m| &m.fs_spec) else { continue };
        if let Some(system) = seen.iter_mut().find(|f| f.source == *source) {
            system.holds.push(name.clone());
        }
    }
    Reading::Disk(seen)
}

/// Memory and load.
pub(super) fn memory() -> Reading {
    match (Meminfo::current(), LoadAverage::current()) {
        (Ok(memory), Ok(load)) => Reading::Memory(Memory {
            total: memory.mem_total,
            available: memory.mem_available.unwrap_or(memory.mem_free),
            swap_total: memory.swap_total,
            swap_free: memory.swap_free,
            load: [f64::from(load.one), f64::from(load.five), f64::from(load.fifteen)],
            cpus: procfs::KernelStats::current().map_or(1, |s| s.cpu_time.len()),
        }),
        _ => unavailable("/proc/meminfo", "it cannot be read", "this system has no /proc"),
    }
}
