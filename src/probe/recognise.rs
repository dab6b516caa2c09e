//! From a command proven to read only to the probe that answers it.
//! It never recognises a command with an option it does not honour: that one runs as a process.

use super::{EventFilter, Grep, HttpAsk, Probe, RedisAddress, RedisAsk};
use crate::command::{ReadOnly, Script, Simple};

/// The probe that answers `command`, if every one of its words is honoured by it.
pub fn recognise(command: &ReadOnly) -> Option<Probe> {
    from_script(command.script()?)
}

fn from_script(script: &Script) -> Option<Probe> {
    let [pipeline] = script.pipelines.as_slice() else { return None };
    let (first, filters) = pipeline.commands.split_first()?;
    if !first.assignments.is_empty() {
        return None;
    }
    let mut words = bare(first);
    let timed = words.first().is_some_and(|w| *w == "time");
    if timed {
        words.remove(0);
    }
    let (program, args) = words.split_first()?;
    match (*program, filters) {
        ("docker", _) => docker(args, filters),
        ("docker-compose", _) => compose(args, filters),
        ("redis-cli", []) => redis(args),
        ("curl", []) => curl(args, None, timed),
        ("curl", [jq]) if jq.argv.first().is_some_and(|w| w == "jq") => match bare(jq).get(1..)? {
            [filter] => curl(args, Some(filter), timed),
            ["-r" | "-c", filter] => curl(args, Some(filter), timed),
            _ => None,
        },
        ("websocat", []) => match args {
            [options @ .., url] if url.starts_with("ws") => {
                let quiet = |o: &&str| matches!(*o, "-k" | "--insecure" | "-1" | "-v" | "-t" | "-n");
                options.iter().all(quiet).then(|| Probe::WebSocket {
                    url: (*url).into(),
                    headers: Vec::new(),
                    insecure: options.iter().any(|o| matches!(*o, "-k" | "--insecure")),
                })
            }
            _ => None,
        },
        ("ss" | "netstat", _)
            if args.iter().all(|a| {
                a.starts_with('-')
                    && a.contains('l')
                    && !a.contains('u')
                    && a.trim_start_matches('-').chars().all(|c| "tlnp4a".contains(c))
            }) && !args.is_empty() =>
        {
            match filters {
                [] => Some(Probe::Listening { port: None }),
                [grep] => Some(Probe::Listening {
                    port: Some(self::grep(grep)?.pattern.trim_start_matches(':').trim().parse().ok()?),
                }),
                _ => None,
            }
        }
        ("lsof", []) => match args {
            ["-i", port] | ["-nP", "-i", port] | ["-n", "-P", "-i", port] => Some(Probe::Listening {
                port: Some(port.trim_start_matches("tcp").trim_start_matches("TCP").strip_prefix(':')?.parse().ok()?),
            }),
            [one] => Some(Probe::Listening { port: Some(one.strip_prefix("-i:")?.parse().ok()?) }),
            _ => None,
        },
        ("fuser", []) => match args {
            [one] => Some(Probe::Listening { port: Some(one.strip_suffix("/tcp")?.parse().ok()?) }),
            _ => None,
        },
        ("ping", []) => match args {
            [host] | ["-c", _, host] if !host.starts_with('-') => {
                Some(Probe::Reach { host: (*host).into(), port: None })
            }
            _ => None,
        },
        ("nc", []) => match args {
            ["-z" | "-zv" | "-vz", host, port] => Some(Probe::Reach { host: (*host).into(), port: port.parse().ok() }),
            _ => None,
        },
        ("getent", []) => match args {
            ["hosts" | "ahosts", name] => Some(Probe::Resolve { host: (*name).into() }),
            _ => None,
        },
        ("nslookup" | "host", []) => match args {
            [name] if !name.starts_with('-') => Some(Probe::Resolve { host: (*name).into() }),
            _ => None,
        },
        ("cat", []) => match args {
            ["/proc/meminfo" | "/proc/loadavg"] => Some(Probe::Memory),
            [path] if path.starts_with("/proc/sys/") || path.starts_with("/sys/") => {
                Some(Probe::Value { path: (*path).into() })
            }
            _ => None,
        },
        ("sysctl", []) => match args {
            [name] | ["-n", name] if !name.starts_with('-') => {
                Some(Probe::Value { path: format!("/proc/sys/{}", name.replace('.', "/")) })
            }
            _ => None,
        },
        ("ls", []) => match args {
            [path] if !path.starts_with('-') => Some(Probe::Folder { path: (*path).into() }),
            [options, path] if options.starts_with('-') && !options.contains(['R', 'd']) && !path.starts_with('-') => {
                Some(Probe::Folder { path: (*path).into() })
            }
            _ => None,
        },
        ("dmesg", _) if args.iter().all(|a| matches!(*a, "-T" | "-H" | "--ctime")) => match filters {
            [] => Some(Probe::KernelLog { grep: None }),
            [one] => Some(Probe::KernelLog { grep: Some(grep(one)?) }),
            _ => None,
        },
        ("df", []) => match args {
            [] | ["-h" | "-i" | "-hi" | "-ih"] => Some(Probe::Disk { path: None }),
            ["-h" | "-i" | "-hi", path] | [path] if !path.starts_with('-') => {
                Some(Probe::Disk { path: Some((*path).into()) })
            }
            _ => None,
        },
        ("free", []) if args.iter().all(|a| matches!(*a, "-h" | "-m" | "-g")) => Some(Probe::Memory),
        ("uptime", []) if args.is_empty() => Some(Probe::Memory),
        _ => None,
    }
}

/// A command's words without `sudo`: a probe reads what this user may read, and says what it may not.
fn bare(simple: &Simple) -> Vec<&str> {
    let words: Vec<&str> = simple.argv.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["sudo", "-n", rest @ ..] | ["sudo", rest @ ..] if rest.first().is_some_and(|w| !w.starts_with('-')) => {
            rest.to_vec()
        }
        _ => words,
    }
}

fn grep(simple: &Simple) -> Option<Grep> {
    let (program, args) = bare(simple).split_first().map(|(p, a)| (*p, a.to_vec()))?;
    let mut found = Grep { pattern: String::new(), ignore_case: false, invert: false };
    if !matches!(program, "grep" | "egrep") {
        return None;
    }
    let mut patterns = Vec::new();
    for arg in args {
        match arg.strip_prefix('-') {
            Some(letters) if letters.chars().all(|c| "ivEw".contains(c)) && !letters.is_empty() => {
                found.ignore_case |= letters.contains('i');
                found.invert |= letters.contains('v');
            }
            Some(_) => return None,
            None => patterns.push(arg),
        }
    }
    let [pattern] = patterns.as_slice() else { return None };
    found.pattern = pattern.replace("\\|", "|");
    Some(found)
}

fn docker(args: &[&str], filters: &[Simple]) -> Option<Probe> {
    let (verb, rest) = args.split_first()?;
    match *verb {
        "compose" => compose(rest, filters),
        "ps" if filters.is_empty() => match rest {
            [] => Some(Probe::Containers { services: Vec::new(), compose: false, all: false }),
            ["-a" | "--all"] => Some(Probe::Containers { services: Vec::new(), compose: false, all: true }),
            _ => None,
        },
        "logs" => logs(rest, filters, false),
        "events" if filters.is_empty() => {
            let mut since_s = 600;
            let mut wanted = Vec::new();
            for (name, value) in pairs(rest)? {
                match name {
                    "since" => since_s = seconds(value)?,
                    "until" => {}
                    "filter" => {
                        let (name, value) = value.split_once('=')?;
                        wanted.push(EventFilter { name: name.into(), value: value.into() });
                    }
                    _ => return None,
                }
            }
            Some(Probe::Events { since_s, filters: wanted })
        }
        "inspect" if filters.is_empty() => match rest {
            [target] => Some(Probe::Inspect { target: (*target).into(), format: None }),
            ["-f" | "--format", format, target] | [target, "-f" | "--format", format] => {
                Some(Probe::Inspect { target: (*target).into(), format: Some((*format).into()) })
            }
            _ => None,
        },
        "stats" if filters.is_empty() => match rest {
            ["--no-stream"] => Some(Probe::Stats { target: None, compose: false }),
            ["--no-stream", target] | [target, "--no-stream"] => {
                Some(Probe::Stats { target: Some((*target).into()), compose: false })
            }
            _ => None,
        },
        "exec" if filters.is_empty() => exec(rest, false),
        _ => None,
    }
}

fn compose(args: &[&str], filters: &[Simple]) -> Option<Probe> {
    let mut rest = args;
    while let [option, _, tail @ ..] = rest {
        if !matches!(*option, "-f" | "--file") {
            break;
        }
        rest = tail;
    }
    let (verb, rest) = rest.split_first()?;
    match *verb {
        "ps" if filters.is_empty() => {
            let all = rest.iter().any(|a| matches!(*a, "-a" | "--all"));
            let services: Vec<String> =
                rest.iter().filter(|a| !matches!(**a, "-a" | "--all")).map(|a| (*a).to_owned()).collect();
            let known = services.iter().all(|s| !s.starts_with('-'));
            known.then_some(Probe::Containers { services, compose: true, all })
        }
        "logs" => logs(rest, filters, true),
        "exec" if filters.is_empty() => exec(rest, true),
        _ => None,
    }
}

fn logs(args: &[&str], filters: &[Simple], compose: bool) -> Option<Probe> {
    let (mut tail, mut since_s, mut target) = (300, None, None);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let (name, attached) = arg.split_once('=').map_or((*arg, None), |(n, v)| (n, Some(v)));
        match name {
            "--tail" | "-n" => tail = attached.or_else(|| rest.next().copied())?.parse().ok()?,
            "--since" => since_s = Some(seconds(attached.or_else(|| rest.next().copied())?)?),
            "--no-color" | "--no-log-prefix" => {}
            name if name.starts_with('-') || target.is_some() => return None,
            name => target = Some(name.to_owned()),
        }
    }
    let grep = match filters {
        [] => None,
        [one] => Some(grep(one)?),
        _ => return None,
    };
    // Searching wants more than reading the end.
    let tail = if grep.is_some() { tail.max(2_000) } else { tail };
    (compose || target.is_some()).then_some(Probe::Logs { target, compose, tail, since_s, grep })
}

fn exec(args: &[&str], compose: bool) -> Option<Probe> {
    let mut rest = args;
    while let [option, tail @ ..] = rest {
        if !matches!(*option, "-T" | "-i" | "-t" | "-it") {
            break;
        }
        rest = tail;
    }
    let (target, argv) = rest.split_first().filter(|(t, argv)| !t.starts_with('-') && !argv.is_empty())?;
    Some(Probe::Exec { target: (*target).into(), compose, argv: argv.iter().map(|w| (*w).to_owned()).collect() })
}

/// `--name=value` and `--name value` options.
fn pairs<'a>(args: &[&'a str]) -> Option<Vec<(&'a str, &'a str)>> {
    let mut out = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let name = arg.strip_prefix("--").or_else(|| (*arg == "-f").then_some("filter"))?;
        out.push(match name.split_once('=') {
            Some(pair) => pair,
            None => (name, rest.next().copied()?),
        });
    }
    Some(out)
}

/// `10m`, `2h`, `1h30m`, `90` in seconds.
fn seconds(text: &str) -> Option<u64> {
    let (mut total, mut number) = (0u64, String::new());
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    if number.is_empty() { Some(total) } else { number.parse::<u64>().ok().map(|n| total + n) }
}

fn redis(args: &[&str]) -> Option<Probe> {
    let mut at = RedisAddress::default();
    let mut rest = args;
    while let [option, value, tail @ ..] = rest {
        match *option {
            "-h" => at.host = (*value).into(),
            "-p" => at.port = value.parse().ok()?,
            "-n" => at.db = value.parse().ok()?,
            "-a" | "--pass" => at.password = Some((*value).into()),
            "--user" => at.username = Some((*value).into()),
            "-s" => at.socket = Some((*value).into()),
            _ => break,
        }
        rest = tail;
    }
    let (command, arguments) = rest.split_first().filter(|(c, _)| !c.starts_with('-'))?;
    let ask = match (command.to_lowercase().as_str(), arguments) {
        ("ping", []) => RedisAsk::Ping,
        ("info", []) => RedisAsk::Info(None),
        ("info", [section]) => RedisAsk::Info(Some((*section).into())),
        ("llen", [key]) => RedisAsk::Length((*key).into()),
        _ => RedisAsk::Other(rest.iter().map(|w| (*w).to_owned()).collect()),
    };
    Some(Probe::Redis { at, ask })
}

fn curl(args: &[&str], jq: Option<&str>, timed: bool) -> Option<Probe> {
    let mut ask = HttpAsk {
        method: String::new(),
        url: String::new(),
        headers: Vec::new(),
        body: None,
        follow: false,
        insecure: false,
        max_ms: None,
        verbose: false,
    };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match *arg {
            "-X" | "--request" => ask.method = rest.next()?.to_string(),
            "-H" | "--header" => {
                let (name, value) = rest.next()?.split_once(':')?;
                ask.headers.push((name.trim().into(), value.trim().into()));
            }
            "-m" | "--max-time" | "--connect-timeout" => {
                ask.max_ms = Some((rest.next()?.parse::<f64>().ok()? * 1000.0) as u64)
            }
            "-o" | "--output" => {
                (*rest.next()? == "/dev/null").then_some(())?;
            }
            "-w" | "--write-out" => {
                rest.next()?;
            }
            "--location" => ask.follow = true,
            "--insecure" => ask.insecure = true,
            "--silent" | "--show-error" | "--fail" => {}
            "--verbose" | "--include" => ask.verbose = true,
            "--head" => ask.method = "HEAD".into(),
            short if short.starts_with('-') && !short.starts_with("--") => {
                for letter in short.chars().skip(1) {
                    match letter {
                        's' | 'S' | 'f' | 'N' => {}
                        'v' | 'i' => ask.verbose = true,
                        'I' => ask.method = "HEAD".into(),
                        'k' => ask.insecure = true,
                        'L' => ask.follow = true,
                        _ => return None,
                    }
                }
            }
            long if long.starts_with('-') => return None,
            url if ask.url.is_empty() => ask.url = url.into(),
            _ => return None,
        }
    }
    if ask.url.is_empty() {
        return None;
    }
    if ask.method.is_empty() {
        ask.method = "GET".into();
    }
    let upgrade =
        ask.headers.iter().any(|(n, v)| n.eq_ignore_ascii_case("upgrade") && v.eq_ignore_ascii_case("websocket"));
    if upgrade {
        let url = ask.url.replacen("http", "ws", 1);
        return Some(Probe::WebSocket { url, headers: ask.headers, insecure: ask.insecure });
    }
    Some(Probe::Http { ask, jq: jq.map(str::to_owned), timed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(line: &str) -> Option<&'static str> {
        from_script(&Script::plain(line)?).map(|p| p.name())
    }

    #[test]
    fn the_seeds_commands_have_their_probes() {
        for (line, name) in [
            ("ss -tlnp | grep 8000", "sockets.listening"),
            ("docker compose -f docker-compose.prod.yml ps -a", "docker.ps"),
            ("docker compose -f docker-compose.prod.yml logs backend", "docker.logs"),
            ("docker compose ps -a backend frontend", "docker.ps"),
            ("websocat -k wss://localhost:8443/ws/events", "websocket.open"),
            ("docker events --since=\"10m\" --until 0s --filter=\"type=container\"", "docker.events"),
            ("redis-cli ping", "redis.ping"),
            ("redis-cli info memory", "redis.info"),
            ("sudo lsof -i :8000", "sockets.listening"),
            ("curl http://localhost:8000/api/system/pipeline | jq .file_watcher", "http.request"),
            ("time curl http://localhost:8000/health", "http.request"),
            (
                "curl -v -X OPTIONS -H \"Origin: http://localhost:3000\" http://localhost:8000/api/events",
                "http.request",
            ),
            ("websocat ws://localhost:8000/ws/events", "websocket.open"),
            ("ls -la /export/foscam/", "fs.folder"),
            ("cat /proc/sys/fs/inotify/max_user_watches", "proc.value"),
            ("dmesg | grep -i \"killed process\"", "kernel.log"),
            ("ping -c 4 host", "net.reach"),
            ("df -h", "fs.disk"),
        ] {
            assert_eq!(named(line), Some(name), "{line}");
        }
    }

    #[test]
    fn an_option_that_is_not_honoured_is_not_recognised() {
        for line in [
            "ss -tlnp -o state",
            "curl --resolve a:1:b http://x",
            "docker ps --format x",
            "ls -R /x",
            "df -T",
            "cat /etc/hosts",
            "redis-cli --stat",
            "ss -ulnp",
        ] {
            assert_eq!(named(line), None, "{line}");
        }
    }
}
