//! Endless commands made to end, and the programs a line needs.
//! It never changes what a command looks at, only for how long.

use std::fmt::{self, Display};

use super::{Joint, Script, Simple, judge};

/// An endless command as one that ends: `docker events` until now, `logs` without follow, four pings.
/// `None` where it ends anyway or cannot be bounded.
pub fn bounded(line: &str) -> Option<String> {
    let before = judge(line);
    if !before.flags.endless {
        return None;
    }
    let mut script = Script::plain(line)?;
    for simple in script.pipelines.iter_mut().flat_map(|p| &mut p.commands) {
        if judge(&simple.to_string()).flags.endless {
            simple.argv = ending(&simple.argv)?;
        }
    }
    let out = script.to_string();
    let after = judge(&out);
    (!after.flags.endless && after.effect <= before.effect).then_some(out)
}

/// Words of an endless command, changed so that it ends.
fn ending(argv: &[String]) -> Option<Vec<String>> {
    let at = argv.iter().position(|w| !matches!(w.as_str(), "sudo" | "time") && !w.starts_with('-'))?;
    let (before, words) = argv.split_at(at);
    let (program, args) = words.split_first()?;
    let has = |name: &str| args.iter().any(|a| a == name || a.starts_with(&format!("{name}=")));
    let after = |verb: &str, added: &[&str]| {
        let at = args.iter().position(|a| a == verb)? + 1;
        let added = added.iter().map(|a| (*a).to_owned());
        Some(args.iter().take(at).cloned().chain(added).chain(args.iter().skip(at).cloned()).collect::<Vec<_>>())
    };
    let first = |added: &[&str]| added.iter().map(|a| (*a).to_owned()).chain(args.iter().cloned()).collect::<Vec<_>>();
    let rest = match program.as_str() {
        "docker" | "podman" if has("events") && !has("compose") => after("events", &["--until", "0s"])?,
        "docker" | "podman" | "docker-compose" if has("stats") => after("stats", &["--no-stream"])?,
        "docker" | "podman" | "docker-compose" | "crictl" if has("logs") => {
            let ends = without(args, "f", &["--follow"]);
            let counted = has("--tail") || has("-n");
            let at = ends.iter().position(|a| a == "logs")? + 1;
            let added = ["--tail".to_owned(), "200".to_owned()].into_iter().filter(|_| !counted);
            ends.iter().take(at).cloned().chain(added).chain(ends.iter().skip(at).cloned()).collect()
        }
        "kubectl" | "oc" if has("rollout") => after("status", &["--watch=false"])?,
        "kubectl" | "oc" if has("logs") => {
            args.iter().filter(|a| *a != "-f" && !a.starts_with("--follow")).cloned().collect()
        }
        "kubectl" | "oc" => args.iter().filter(|a| *a != "-w" && !a.starts_with("--watch")).cloned().collect(),
        "tail" => without(args, "fF", &["--follow", "--retry"]),
        "journalctl" => {
            let ends = without(args, "f", &["--follow"]);
            let counted = args.iter().any(|a| a.starts_with("-n") || a.starts_with("--lines"));
            let added: &[&str] = if counted { &["--no-pager"] } else { &["-n", "200", "--no-pager"] };
            added.iter().map(|a| (*a).to_owned()).chain(ends).collect()
        }
        "ping" | "ping6" => first(&["-c", "4"]),
        "dmesg" => without(args, "wW", &["--follow", "--follow-new"]),
        "top" => first(&["-b", "-n", "1"]),
        "mtr" => first(&["--report", "-c", "5"]),
        "tcpdump" => first(&["-c", "20"]),
        "netstat" => without(args, "c", &["--continuous"]),
        "nvidia-smi" if has("dmon") || has("pmon") => args.iter().cloned().chain(["-c".into(), "3".into()]).collect(),
        "vmstat" | "iostat" | "mpstat" | "sar" | "pidstat" => args.iter().cloned().chain(["3".into()]).collect(),
        _ => return None,
    };
    Some(before.iter().chain(std::iter::once(program)).cloned().chain(rest).collect())
}

/// Arguments without some short options, also inside a cluster, and without long ones.
fn without(args: &[String], letters: &str, long: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for arg in args {
        if long.iter().any(|l| arg == l || arg.starts_with(&format!("{l}="))) {
            continue;
        }
        let cluster =
            arg.strip_prefix('-').filter(|c| !c.starts_with('-') && c.chars().all(|c| c.is_ascii_alphabetic()));
        match cluster.filter(|c| c.contains(|l| letters.contains(l))) {
            Some(cluster) => {
                let rest: String = cluster.chars().filter(|c| !letters.contains(*c)).collect();
                if !rest.is_empty() {
                    out.push(format!("-{rest}"));
                }
            }
            None => out.push(arg.clone()),
        }
    }
    out
}

/// A word as a shell reads it as that word.
struct Word<'a>(&'a str);

impl Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_alphanumeric() || "_./:@%+,=-".contains(c);
        if !self.0.is_empty() && self.0.chars().all(plain) {
            f.write_str(self.0)
        } else {
            write!(f, "'{}'", self.0.replace('\'', "'\\''"))
        }
    }
}

impl Display for Simple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.assignments.iter().map(|(name, value)| format!("{name}={}", Word(value)));
        let words: Vec<String> = set.chain(self.argv.iter().map(|w| Word(w).to_string())).collect();
        f.write_str(&words.join(" "))?;
        f.write_str(if self.quiet { " 2>/dev/null" } else { "" })?;
        f.write_str(if self.merged { " 2>&1" } else { "" })
    }
}

impl Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, pipeline) in self.pipelines.iter().enumerate() {
            f.write_str(match pipeline.joint {
                _ if i == 0 => "",
                Joint::Then => "; ",
                Joint::And => " && ",
                Joint::Or => " || ",
            })?;
            let commands: Vec<String> = pipeline.commands.iter().map(Simple::to_string).collect();
            f.write_str(&commands.join(" | "))?;
        }
        Ok(())
    }
}

/// The programs a line needs, through `sudo` and its like; none where the line cannot be read.
pub fn programs(line: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for simple in Script::plain(line).iter().flat_map(|s| &s.pipelines).flat_map(|p| &p.commands) {
        let (mut wrapper, mut value) = ("", false);
        let mut words = simple.argv.iter();
        let name = words.find(|w| match w.as_str() {
            w @ ("sudo" | "time" | "nice") if !value => {
                wrapper = w;
                false
            }
            w if w.starts_with('-') => {
                value = matches!((wrapper, w), ("sudo", "-u" | "-g" | "--user" | "--group") | ("nice", "-n"));
                false
            }
            _ => !std::mem::take(&mut value),
        });
        if let Some(name) = name.filter(|n| !names.contains(n)) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_named_through_what_starts_them() {
        for (line, named) in [
            ("sudo -u postgres psql -c 'SELECT 1' | head -3", vec!["psql", "head"]),
            ("sudo -n -u app ls", vec!["ls"]),
            ("nice -n 10 time tar czf a b", vec!["tar"]),
            ("df -h; df -i", vec!["df"]),
        ] {
            assert_eq!(programs(line), named, "{line}");
        }
    }

    #[test]
    fn endless_commands_are_made_to_end() {
        for (line, ends) in [
            ("docker logs -f web", "docker logs --tail 200 web"),
            ("docker compose logs -f --tail=5 web", "docker compose logs --tail=5 web"),
            ("docker events --filter 'type=container'", "docker events --until 0s --filter type=container"),
            ("sudo docker stats", "sudo docker stats --no-stream"),
            ("journalctl -fu x | grep -f 'a  b'", "journalctl -n 200 --no-pager -u x | grep -f 'a  b'"),
            ("tail -n 5 -F x 2>/dev/null", "tail -n 5 x 2>/dev/null"),
            ("kubectl logs -f x | tail -n 3", "kubectl logs x | tail -n 3"),
            ("kubectl get pods -w", "kubectl get pods"),
            ("ping h", "ping -c 4 h"),
            ("vmstat 1", "vmstat 1 3"),
            ("dmesg -Tw", "dmesg -T"),
            ("df -h; top", "df -h; top -b -n 1"),
        ] {
            assert_eq!(bounded(line).as_deref(), Some(ends), "{line}");
        }
        for line in ["ls", "redis-cli monitor", "while true; do date; done", "tail -f x > y"] {
            assert_eq!(bounded(line), None, "{line}");
        }
    }

    #[test]
    fn a_script_is_written_as_it_is_read() {
        for line in ["a 'b c' | d 2>&1 && e '' || f 'it'\\''s'", "LANG=C ls -l; cat 'x;y'", "echo 'a$b' '*'"] {
            let script = Script::plain(line).unwrap();
            assert_eq!(Script::plain(&script.to_string()), Some(script), "{line}");
        }
    }
}
