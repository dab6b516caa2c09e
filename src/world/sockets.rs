//! Listening sockets with the process behind each, from /proc.
//! It never guesses an owner: one that cannot be seen stays unknown, and the reading says so.

use std::collections::HashMap;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process, all_processes};

use super::unavailable;
use crate::probe::{Listener, Listening, Reading};

/// The sockets that listen, on one port or on all.
pub(super) fn listening(port: Option<u16>) -> Reading {
    let mut sockets: Vec<(Listener, u64)> = Vec::new();
    let tables = [("tcp", procfs::net::tcp()), ("tcp6", procfs::net::tcp6())];
    if tables.iter().all(|(_, t)| t.is_err()) {
        return unavailable("/proc/net/tcp", "it cannot be read", "this system has no /proc");
    }
    for (protocol, table) in tables {
        for entry in table.into_iter().flatten().filter(|e| e.state == TcpState::Listen) {
            let local = entry.local_address;
            if port.is_some_and(|p| p != local.port()) {
                continue;
            }
            let listener = Listener {
                protocol: protocol.into(),
                address: local.ip().to_string(),
                port: local.port(),
                pid: None,
                process: None,
                command_line: None,
                user: None,
                started: None,
                container: None,
            };
            sockets.push((listener, entry.inode));
        }
    }
    let owners = if sockets.is_empty() { HashMap::new() } else { owners() };
    let mut partial = false;
    let sockets = sockets
        .into_iter()
        .map(|(mut listener, inode)| {
            match owners.get(&inode).and_then(|pid| Process::new(*pid).ok()) {
                Some(process) => {
                    listener.pid = Some(process.pid);
                    if let Ok(stat) = process.stat() {
                        listener.process = Some(stat.comm);
                        listener.started = Some(stat.starttime);
                    }
                    listener.container = container_of(&process);
                    listener.command_line = process.cmdline().ok().map(|words| words.join(" "));
                    let user = process
                        .uid()
                        .ok()
                        .and_then(|uid| nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid)).ok().flatten());
                    listener.user = user.map(|u| u.name);
                }
                None => partial = true,
            }
            listener
        })
        .collect();
    Reading::Listening(Listening { port, sockets, partial })
}

/// The id of the container a process lives in: one that shares the host's network listens like any program.
fn container_of(process: &Process) -> Option<String> {
    let groups = process.cgroups().ok()?;
    groups.into_iter().find_map(|group| {
        let last = group.pathname.rsplit('/').next()?;
        let id = last.trim_end_matches(".scope").rsplit('-').next()?;
        (id.len() == 64 && id.chars().all(|c| c.is_ascii_hexdigit())).then(|| id.to_owned())
    })
}

/// Whether a container's main process was stopped by a signal and stands still; never where it is not seen.
pub(super) fn is_halted(pid: i64, container: &str) -> bool {
    let process = i32::try_from(pid).ok().filter(|p| *p > 1).and_then(|p| Process::new(p).ok());
    let Some(process) = process else { return false };
    // The engine may be another machine's, where this number means another process.
    container_of(&process).is_some_and(|id| id == container) && process.stat().is_ok_and(|s| s.state == 'T')
}

/// The process that holds each socket, by the socket's inode.
fn owners() -> HashMap<u64, i32> {
    let mut found = HashMap::new();
    for process in all_processes().into_iter().flatten().flatten() {
        for fd in process.fd().into_iter().flatten().flatten() {
            if let FDTarget::Socket(inode) = fd.target {
                found.entry(inode).or_insert(process.pid);
            }
        }
    }
    found
}

/// The addresses of listening sockets in the text of `/proc/net/tcp` and `tcp6`; `None` where it is no such table.
pub(super) fn listened(table: &str) -> Option<Vec<String>> {
    table.contains("local_address").then(|| {
        let mut found: Vec<String> = table.lines().filter_map(address).collect();
        found.sort();
        found.dedup();
        found
    })
}

/// `0: 0100007F:1F40 00000000:0000 0A ...` as `127.0.0.1:8000`, where it listens.
fn address(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, local, _, "0A", ..] = words.as_slice() else { return None };
    let (host, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    // Each group of eight digits is a number in this machine's order of bytes.
    let groups = host.as_bytes().chunks(8).map(|g| u32::from_str_radix(std::str::from_utf8(g).ok()?, 16).ok());
    let groups: Vec<[u8; 4]> = groups.map(|g| g.map(u32::to_ne_bytes)).collect::<Option<_>>()?;
    match groups.as_slice() {
        [v4] => Some(format!("{}:{port}", std::net::Ipv4Addr::from(*v4))),
        [a, b, c, d] => {
            let bytes: Vec<u8> = [a, b, c, d].into_iter().flatten().copied().collect();
            let v6 = std::net::Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?);
            Some(format!("[{v6}]:{port}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::listened;

    #[test]
    fn a_table_of_another_network_is_read() {
        let table = "  sl  local_address rem_address   st\n   0: 0100007F:1F40 00000000:0000 0A 0:0 0\n   1: 00000000:18EB 00000000:0000 0A 0:0 0\n   2: 0100007F:1F40 0100007F:9999 01 0:0 0\n  sl  local_address\n   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0\n";
        assert_eq!(listened(table).unwrap(), ["0.0.0.0:6379", "127.0.0.1:8000", "[::1]:80"]);
        assert_eq!(listened("cat: not found"), None);
    }
}
