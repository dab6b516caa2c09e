//! A command for a program of the host as it has to read where that program runs in a container of the project.
//! It never moves a command where the host itself has that program running.

use std::path::Path;

use super::Site;
use crate::world::quoted;

/// A program that often runs in a container: its unit's names, what its service is called or made from, its log's folder.
struct Kind {
    units: &'static [&'static str],
    named: &'static [&'static str],
    logs: &'static str,
    /// Its own folders on a host that runs it.
    homes: &'static [&'static str],
    /// Where one shows that the host itself runs it.
    host: &'static [&'static str],
}

const NGINX: Kind = Kind {
    units: &["nginx"],
    named: &["nginx"],
    logs: "/var/log/nginx/",
    homes: &["/etc/nginx"],
    host: &["/run/nginx.pid", "/var/run/nginx.pid"],
};
const POSTGRES: Kind = Kind {
    units: &["postgresql", "postgres"],
    named: &["postgres", "postgis", "timescale"],
    logs: "/var/log/postgresql/",
    homes: &["/var/lib/postgresql", "/etc/postgresql"],
    host: &["/var/run/postgresql/.s.PGSQL.5432", "/tmp/.s.PGSQL.5432"],
};
const REDIS: Kind = Kind {
    units: &["redis", "redis-server"],
    named: &["redis", "valkey"],
    logs: "/var/log/redis/",
    homes: &["/var/lib/redis", "/etc/redis"],
    host: &["/run/redis/redis-server.pid", "/var/run/redis/redis-server.pid"],
};
const KINDS: [&Kind; 3] = [&NGINX, &POSTGRES, &REDIS];
/// Where the files of units lie.
const UNITS: [&str; 4] =
    ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system", "/run/systemd/system"];

impl Site {
    /// The line with each part for a program that runs in a container here put to that container, and the services;
    /// `None` where there is none.
    pub(crate) fn inside(&self, command: &str) -> Option<(String, String)> {
        self.compose_file.as_ref()?;
        let mut services: Vec<String> = Vec::new();
        let mut line = String::new();
        for (part, joint) in parts(command) {
            match self.moved(part.trim()) {
                Some((text, service)) => {
                    line.push_str(&text);
                    services.push(service);
                }
                None => line.push_str(part.trim()),
            }
            line.push_str(joint);
        }
        services.dedup();
        let first = services.first()?.clone();
        Some((line, first))
    }

    /// Why a command that names a folder of a program acts on the wrong one: the program runs in a container here.
    pub(super) fn not_its_own(&self, words: &[&str]) -> Option<String> {
        let of = |home: &&str| words.iter().find(|w| w.trim_matches(['\'', '"']).starts_with(home)).copied();
        let (kind, path) = KINDS.iter().find_map(|k| Some((k, k.homes.iter().find_map(of)?)))?;
        let service = self.runs(kind)?;
        Some(format!("{service} runs in a container here, and {path} of this machine is not its own"))
    }

    /// One simple command, moved into the container of its program.
    fn moved(&self, part: &str) -> Option<(String, String)> {
        let words: Vec<&str> = part.split_whitespace().collect();
        let compose = self.compose_command();
        let bare = if words.first() == Some(&"sudo") { words.get(1..)? } else { &words };
        match bare {
            ["systemctl", verb, unit] => {
                let service = self.unit(unit)?;
                let text = match *verb {
                    "start" => format!("{compose} up -d {service}"),
                    "restart" | "stop" => format!("{compose} {verb} {service}"),
                    "reload" if self.runs(&NGINX).as_deref() == Some(&service) => {
                        format!("{compose} exec -T {service} nginx -s reload")
                    }
                    "is-active" | "status" => format!("{compose} ps -a {service}"),
                    _ => return None,
                };
                Some((text, service))
            }
            ["nginx", "-t" | "-T", ..] => {
                let service = self.runs(&NGINX)?;
                Some((format!("{compose} exec -T {service} {}", bare.join(" ")), service))
            }
            ["-u", "postgres", "psql" | "pg_isready", ..] | ["psql" | "pg_isready", ..] => {
                let service = self.runs(&POSTGRES)?;
                let program = if bare.contains(&"psql") { "psql" } else { "pg_isready" };
                let (_, rest) = part.split_once(program)?;
                // Who names a host, a user or a database means just that one.
                if std::env::var("PGHOST").is_ok_and(|h| !h.is_empty()) {
                    return None;
                }
                if rest.split_whitespace().any(|w| ["-h", "-U", "-d", "-p"].contains(&w) || w.contains("://")) {
                    return None;
                }
                let set = self.environment(&service);
                let value = |key: &str| set.iter().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.clone());
                let user = value("POSTGRES_USER").unwrap_or_else(|| "postgres".into());
                let database = value("POSTGRES_DB").unwrap_or_else(|| user.clone());
                let who = format!("-U {} -d {}", quoted(&user), quoted(&database));
                Some((format!("{compose} exec -T {service} {program} {who}{rest}"), service))
            }
            ["journalctl", ..] => {
                let value = |option: &[&str]| {
                    let at = bare.iter().position(|w| option.contains(w))?;
                    bare.get(at + 1).map(|w| w.trim_matches(['\'', '"', '*']))
                };
                let service = self.unit(value(&["-u", "--unit", "-xeu"])?)?;
                let lines = value(&["-n", "--lines"]).unwrap_or("100");
                Some((format!("{compose} logs --tail {lines} {service}"), service))
            }
            ["tail", .., path] => {
                let service = self.logging(path)?;
                let lines = bare.iter().position(|w| *w == "-n").and_then(|at| bare.get(at + 1)).unwrap_or(&"50");
                Some((format!("{compose} logs --tail {lines} {service}"), service))
            }
            ["grep" | "egrep", .., path] => {
                let service = self.logging(path)?;
                let text = part.strip_prefix("sudo ").unwrap_or(part).strip_suffix(path)?.trim_end();
                Some((format!("{compose} logs --tail 500 {service} | {text}"), service))
            }
            _ => None,
        }
    }

    /// The service that stands for a unit, where systemd knows no such unit.
    fn unit(&self, unit: &str) -> Option<String> {
        let name = unit.trim_end_matches(".service");
        if UNITS.iter().any(|dir| Path::new(dir).join(format!("{name}.service")).exists()) && is_booted() {
            return None;
        }
        match KINDS.iter().find(|k| k.units.contains(&name)) {
            Some(kind) => self.runs(kind),
            None => self.declares(name).then(|| name.to_owned()),
        }
    }

    fn declares(&self, name: &str) -> bool {
        self.compose.get("services").and_then(|s| s.get(name)).is_some()
    }

    /// The service of a kind, where the host itself runs none of it.
    fn runs(&self, kind: &Kind) -> Option<String> {
        if kind.host.iter().any(|path| is_alive(Path::new(path))) {
            return None;
        }
        self.service_of(kind.named).or_else(|| self.configures(kind))
    }

    /// The service that mounts the configuration of a program: its image may have any name.
    fn configures(&self, kind: &Kind) -> Option<String> {
        let services = self.compose.get("services").and_then(serde_json::Value::as_object)?;
        let folder = format!("/etc/{}", kind.named.first()?);
        let mounts = |s: &serde_json::Value| s.get("volumes").is_some_and(|v| v.to_string().contains(&folder));
        services.iter().find(|(_, s)| mounts(s)).map(|(name, _)| name.clone())
    }

    fn logging(&self, path: &str) -> Option<String> {
        let kind = KINDS.iter().find(|k| path.starts_with(k.logs))?;
        // A log that is there is the one that is meant.
        let written = std::fs::metadata(path).is_ok_and(|m| m.len() > 0);
        self.runs(kind).filter(|_| !written)
    }
}

/// Whether what a program leaves while it runs is not left over: a pid file names a process that is there.
fn is_alive(path: &Path) -> bool {
    if path.extension().is_some_and(|e| e == "pid") {
        let pid = std::fs::read_to_string(path).ok().and_then(|t| t.trim().parse::<u32>().ok());
        return pid.is_some_and(|pid| Path::new("/proc").join(pid.to_string()).exists());
    }
    path.exists()
}

/// Whether systemd runs here.
fn is_booted() -> bool {
    Path::new("/run/systemd/system").exists()
}

/// The simple commands of a line, each with what joins it to the next; quotes are kept whole.
fn parts(line: &str) -> Vec<(&str, &'static str)> {
    let (mut out, mut from, mut quote, mut at) = (Vec::new(), 0, None, 0);
    let bytes = line.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let rest = line.get(at..).unwrap_or_default();
        match (quote, byte) {
            (Some(open), b) if open == *b => quote = None,
            (None, b'\'' | b'"') => quote = Some(*byte),
            (None, _) => {
                if let Some(joint) = [" && ", " || ", " | ", "; "].into_iter().find(|j| rest.starts_with(j)) {
                    out.push((line.get(from..at).unwrap_or_default(), joint));
                    at += joint.len();
                    from = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    out.push((line.get(from..).unwrap_or_default(), ""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_in_a_container_is_asked_there() {
        let dir = tempfile::tempdir().unwrap();
        let yaml = "services:\n  web:\n    image: own\n    volumes: ['./n.conf:/etc/nginx/nginx.conf:ro']\n  db:\n    image: postgres:15\n    environment:\n      POSTGRES_USER: cam\n  queue-worker:\n    image: own\n";
        std::fs::write(dir.path().join("compose.yaml"), yaml).unwrap();
        let site = Site::discover(dir.path(), None);
        let said = |line: &str| site.inside(line).map(|(line, _)| line);
        if site.runs(&NGINX).is_none() || site.runs(&POSTGRES).is_none() || is_booted() {
            eprintln!("skipped: this machine runs nginx, PostgreSQL or systemd itself");
            return;
        }
        for (from, to) in [
            (
                "sudo nginx -t && sudo systemctl reload nginx",
                "docker compose exec -T web nginx -t && docker compose exec -T web nginx -s reload",
            ),
            ("sudo systemctl restart queue-worker", "docker compose restart queue-worker"),
            ("journalctl -u 'postgresql*' -n 50 --no-pager", "docker compose logs --tail 50 db"),
            (
                "sudo -u postgres psql -c \"SELECT 1 && 2 | 3\"",
                "docker compose exec -T db psql -U cam -d cam -c \"SELECT 1 && 2 | 3\"",
            ),
            (
                "grep -E \"a|b\" /var/log/postgresql/postgresql-15-main.log-gone",
                "docker compose logs --tail 500 db | grep -E \"a|b\"",
            ),
        ] {
            assert_eq!(said(from).as_deref(), Some(to), "{from}");
        }
        for line in ["systemctl restart sshd", "psql -h db.example.org -c x", "docker compose ps", "curl -s x | grep y"]
        {
            assert_eq!(said(line), None, "{line}");
        }
    }
}
