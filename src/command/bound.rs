//! Endless commands made to end, and the programs a line needs.
//! It never changes what a command looks at, only for how long.

use super::{Script, judge};

/// An endless command as one that ends: `docker events` until now, `logs` without follow, four pings. `None` where it ends anyway or cannot be bounded.
pub fn bounded(line: &str) -> Option<String> {
    if !judge(line).flags.endless {
        return None;
    }
    let trimmed = line.trim();
    let words: Vec<&str> = trimmed.split_whitespace().collect();
    let first = words.iter().find(|w| !matches!(**w, "sudo" | "time")).copied()?;
    let without = |drop: &[&str]| words.iter().filter(|w| !drop.contains(w)).copied().collect::<Vec<_>>().join(" ");
    let verb = |v: &str| words.contains(&v);
    let out = match first {
        "docker" | "podman" | "docker-compose" if verb("events") && !verb("compose") => {
            trimmed.replacen(" events", " events --until 0s", 1)
        }
        "docker" | "podman" if verb("stats") => trimmed.replacen(" stats", " stats --no-stream", 1),
        "docker" | "podman" | "docker-compose" if verb("logs") => {
            without(&["-f", "--follow"]).replacen(" logs", " logs --tail 200", 1)
        }
        "kubectl" | "oc" => without(&["-f", "--follow", "-w", "--watch"]),
        "tail" => without(&["-f", "-F"]),
        "journalctl" => without(&["-f", "--follow"]) + " -n 200 --no-pager",
        "ping" => trimmed.replacen("ping", "ping -c 4", 1),
        "dmesg" => without(&["-w", "-W", "--follow"]),
        "top" => trimmed.replacen("top", "top -b -n 1", 1),
        _ => return None,
    };
    (!judge(&out).flags.endless).then_some(out)
}

/// The programs a line needs, through `sudo` and its like; none where the line cannot be read.
pub fn programs(line: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for simple in Script::plain(line).iter().flat_map(|s| &s.pipelines).flat_map(|p| &p.commands) {
        let name = simple.argv.iter().find(|w| !matches!(w.as_str(), "sudo" | "time" | "nice") && !w.starts_with('-'));
        if let Some(name) = name.filter(|n| !names.contains(n)) {
            names.push(name.clone());
        }
    }
    names
}
