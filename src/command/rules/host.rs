//! Programs about the host: processes, services, kernel, packages, hardware.
//! It never lets through a verb that starts, stops or sets something.

use super::{Asked, Call, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        names: &[
            "ps",
            "pgrep",
            "pidof",
            "pstree",
            "free",
            "uptime",
            "vmstat",
            "iostat",
            "mpstat",
            "lscpu",
            "lsmod",
            "lspci",
            "lsusb",
            "lsns",
            "getent",
            "getconf",
            "last",
            "w",
            "who",
            "ulimit",
            "dpkg-query",
            "lslocks",
            "ipcs",
            "sensors",
            "mokutil",
            "pidstat",
            "loginctl",
            "lsof",
            "nvcc",
            "locale",
            "getenforce",
            "aa-status",
            "needrestart",
            "pmap",
            "printenv",
            "fuser",
        ],
        judge: look,
        reads: &[
            "ps aux",
            "free -h",
            "lsof -i :8000",
            "pgrep -f model.py",
            "lsmod",
            "fuser 8000/tcp",
            "mokutil --sb-state",
        ],
        not: &["fuser -k /dev/nvidia0", "loginctl kill-session 1", "lsof -D b", "mokutil --import x", "ulimit -n 10"],
    },
    Rule { names: &["top", "htop"], judge: top, reads: &["top -b -n 1", "top"], not: &["htop"] },
    Rule {
        names: &["kill", "pkill", "killall", "skill"],
        judge: kill,
        reads: &["kill -0 1234", "pkill -0 nginx", "kill -l"],
        not: &["kill 1234", "kill -9 1234", "kill -3 1", "pkill -f x", "killall nginx"],
    },
    Rule {
        names: &["dmesg"],
        judge: dmesg,
        reads: &["dmesg", "dmesg -T --level=err,warn", "dmesg -w"],
        not: &["dmesg -c", "dmesg -C", "dmesg -n 1", "dmesg --clear", "dmesg -Tc"],
    },
    Rule {
        names: &["journalctl"],
        judge: journalctl,
        reads: &[
            "journalctl -u nginx -n 100 --no-pager",
            "journalctl -k --since '1 hour ago'",
            "journalctl -f",
            "journalctl --disk-usage",
        ],
        not: &["journalctl --vacuum-time=2d", "journalctl --rotate", "journalctl --flush", "journalctl --vacuum-s=1G"],
    },
    Rule {
        names: &["systemctl", "service", "rc-service"],
        judge: systemctl,
        reads: &[
            "systemctl status nginx",
            "systemctl is-active docker",
            "systemctl list-units --failed",
            "systemctl --failed",
            "service nginx status",
        ],
        not: &[
            "systemctl restart x",
            "systemctl stop x",
            "systemctl enable --now x",
            "systemctl daemon-reload",
            "service nginx restart",
            "systemctl edit x",
        ],
    },
    Rule {
        names: &["sysctl"],
        judge: sysctl,
        reads: &["sysctl fs.inotify.max_user_watches", "sysctl -a", "sysctl -n vm.swappiness"],
        not: &["sysctl vm.swappiness=10", "sysctl -w a=1", "sysctl -p", "sysctl --system"],
    },
    Rule {
        names: &["date"],
        judge: date,
        reads: &["date", "date +%s", "date -u '+%F'", "date -d '1 hour ago'"],
        not: &["date 11240030", "date -s now", "date --set=x"],
    },
    Rule {
        names: &["hostname", "hostnamectl", "timedatectl", "localectl"],
        judge: hostname,
        reads: &["hostname", "hostname -I", "timedatectl status", "timedatectl"],
        not: &["hostname web1", "hostnamectl set-hostname x", "timedatectl set-ntp true"],
    },
    Rule {
        names: &["crontab"],
        judge: crontab,
        reads: &["crontab -l"],
        not: &["crontab", "crontab x", "crontab -r", "crontab -e"],
    },
    Rule {
        names: &["nvidia-smi"],
        judge: nvidia,
        reads: &[
            "nvidia-smi",
            "nvidia-smi -L",
            "nvidia-smi --query-gpu=memory.used --format=csv",
            "nvidia-smi -q -d POWER",
            "nvidia-smi dmon -s pucvmet",
            "nvidia-smi -l 1",
        ],
        not: &["nvidia-smi -pl 200", "nvidia-smi --gpu-reset", "nvidia-smi -pm 1", "nvidia-smi -f x"],
    },
    Rule {
        names: &["apt", "apt-get", "apt-cache", "dpkg", "dnf", "yum", "rpm", "apk", "pip", "pip3", "npm", "snap"],
        judge: packages,
        reads: &[
            "apt-cache policy redis",
            "dpkg -l",
            "rpm -qa",
            "apt list --installed",
            "pip list",
            "apt-get -s install x",
            "dpkg -S /bin/ls",
        ],
        not: &[
            "apt-get install x",
            "apt update",
            "dpkg -i x.deb",
            "rpm -i x",
            "dnf install x",
            "pip install x",
            "npm install",
        ],
    },
    Rule {
        names: &["strace", "gdb", "ltrace", "perf", "jmap", "jstack", "lldb", "tcpdump", "tshark", "bpftrace"],
        judge: tracer,
        reads: &["tcpdump -i eth0 -c 10 port 80"],
        not: &["strace -p 1", "gdb -p 1", "tcpdump -G 60 -w x -z /tmp/p", "jmap -histo:live 1", "tcpdump -w x"],
    },
    Rule {
        names: &["nginx", "apachectl", "haproxy", "sshd", "named-checkconf", "visudo", "logrotate"],
        judge: config_test,
        reads: &["nginx -t", "nginx -T", "nginx -v", "logrotate -d c", "sshd -t"],
        not: &["nginx -s reload", "nginx", "logrotate c", "visudo"],
    },
    Rule {
        names: &["reboot", "shutdown", "poweroff", "halt", "init", "telinit"],
        judge: reboot,
        reads: &[],
        not: &["reboot", "shutdown -h now"],
    },
];

fn look(asked: &Asked<'_>) -> Call {
    let options = asked.options("");
    if asked.name == "fuser" && options.any(&["k", "kill"]).is_some() {
        return Call::destroys("-k", "it kills every process that has the file open");
    }
    if asked.name == "lsof" && asked.args.iter().any(|a| a.starts_with("-D")) {
        return Call::changes("-D", "it writes a cache file");
    }
    if asked.name == "loginctl"
        && !matches!(asked.verb(), "" | "list-sessions" | "list-users" | "show-session" | "session-status")
    {
        return Call::changes(asked.verb(), "it acts on sessions");
    }
    if asked.name == "mokutil" && !asked.has("--sb-state") && !asked.has("--list-enrolled") {
        return Call::changes(
            asked.args.first().map_or("mokutil", String::as_str),
            "it can change the keys of secure boot",
        );
    }
    if asked.name == "ulimit" && asked.args.iter().any(|a| !a.starts_with('-')) {
        return Call::changes("ulimit", "it sets a limit");
    }
    let call = Call::reads("it only looks at the host");
    let environment = asked.name == "printenv"
        || asked.name == "ps" && asked.args.iter().any(|a| !a.starts_with('-') && a.contains('e') && a.len() <= 5);
    if environment { call.secrets() } else { call }
}

fn top(asked: &Asked<'_>) -> Call {
    if asked.name == "htop" {
        return Call::changes("htop", "it is a screen on which processes can be killed");
    }
    let options = asked.options("ndpuoEw");
    let call = Call::reads("it only shows processes");
    if options.any(&["n"]).is_some() { call } else { call.endless() }
}

fn kill(asked: &Asked<'_>) -> Call {
    let first = asked.args.first().map_or("", String::as_str);
    if matches!(first, "-0" | "-l" | "-L") || asked.args.get(..2).is_some_and(|a| a == ["-s", "0"]) {
        return Call::reads("it only asks whether a process exists");
    }
    let call = Call::changes(asked.name, "it stops processes");
    if asked.args.iter().any(|a| matches!(a.as_str(), "-1")) && asked.args.len() == 1 {
        Call::destroys("-1", "it signals every process")
    } else {
        call
    }
}

fn dmesg(asked: &Asked<'_>) -> Call {
    let options = asked.options("lfsn level facility buffer-size console-level file since until time-format");
    if let Some(option) = options.any(&["c", "C", "clear", "read-clear"]) {
        return Call::destroys(&option, "it clears the kernel's messages").evidence();
    }
    if let Some(option) = options.any(&["n", "D", "E", "console-level", "console-on", "console-off"]) {
        return Call::changes(&option, "it sets what the console shows");
    }
    let call = Call::reads("it only shows kernel messages");
    if options.any(&["w", "W", "follow", "follow-new"]).is_some() { call.endless() } else { call }
}

fn journalctl(asked: &Asked<'_>) -> Call {
    let options = asked.options("unpgtSUo unit lines since until priority grep output boot identifier");
    if let Some(option) = options.any(&["vacuum-time", "vacuum-size", "vacuum-files"]) {
        return Call::destroys(&option, "it deletes old journals").evidence();
    }
    if let Some(option) = options.any(&[
        "rotate",
        "flush",
        "sync",
        "relinquish-var",
        "smart-relinquish-var",
        "setup-keys",
        "update-catalog",
        "cursor-file",
    ]) {
        return Call::changes(&option, "it acts on the journal");
    }
    let call = Call::reads("it only shows the journal");
    if options.any(&["f", "follow"]).is_some() { call.endless() } else { call }
}

fn systemctl(asked: &Asked<'_>) -> Call {
    if asked.name != "systemctl" {
        return match asked.args {
            [_, verb] if verb == "status" => Call::reads("it only asks for the state of a service"),
            [one] if one == "--status-all" => Call::reads("it lists services"),
            _ => Call::changes(asked.args.get(1).map_or("service", String::as_str), "it starts or stops a service"),
        };
    }
    let options = asked.options("tpnHM type state property lines output host machine");
    if let Some(option) = options.any(&["H", "host", "M", "machine"]) {
        return Call::changes(&option, "it acts on another machine");
    }
    match options.words.first().map(String::as_str) {
        None
        | Some(
            "status" | "show" | "cat" | "is-active" | "is-enabled" | "is-failed" | "list-units" | "list-unit-files"
            | "list-timers" | "list-sockets" | "list-dependencies" | "list-jobs" | "get-default" | "is-system-running",
        ) => Call::reads("it only asks for the state of services"),
        Some("show-environment") => Call::reads("it prints the environment").secrets(),
        Some(verb) => Call::changes(verb, "it starts, stops or sets services"),
    }
}

fn sysctl(asked: &Asked<'_>) -> Call {
    let options = asked.options("r pattern");
    if let Some(option) = options.any(&["w", "write", "p", "load", "system", "f"]) {
        return Call::changes(&option, "it sets values of the kernel");
    }
    match options.words.iter().find(|w| w.contains('=')) {
        Some(word) => Call::changes(word, "it sets a value of the kernel"),
        None => Call::reads("it only shows values of the kernel"),
    }
}

fn date(asked: &Asked<'_>) -> Call {
    let options = asked.options("dsrf date set reference file");
    if let Some(option) = options.any(&["s", "set"]) {
        return Call::changes(&option, "it sets the clock");
    }
    match options.words.iter().find(|w| !w.starts_with('+')) {
        Some(word) => Call::changes(word, "it sets the clock"),
        None => Call::reads("it only shows the time"),
    }
}

fn hostname(asked: &Asked<'_>) -> Call {
    let options = asked.options("F file");
    if let Some(option) = options.any(&["F", "file", "b", "boot"]) {
        return Call::changes(&option, "it sets the host's name");
    }
    match options.words.first().map(String::as_str) {
        None | Some("status" | "show" | "timesync-status" | "list-timezones")
            if asked.name != "hostname" || options.words.is_empty() =>
        {
            Call::reads("it only shows")
        }
        Some(word) => Call::changes(word, "it sets what the host is called or its clock"),
        None => Call::reads("it only shows"),
    }
}

fn crontab(asked: &Asked<'_>) -> Call {
    if asked.has("-l") && !asked.has("-r") {
        return Call::reads("it lists planned jobs");
    }
    Call::destroys(asked.args.first().map_or("crontab", String::as_str), "it replaces or removes planned jobs")
}

fn nvidia(asked: &Asked<'_>) -> Call {
    let known = [
        "L",
        "q",
        "d",
        "i",
        "l",
        "s",
        "c",
        "format",
        "query",
        "list-gpus",
        "loop",
        "display",
        "id",
        "loop-ms",
        "query-gpu",
        "query-compute-apps",
        "x",
    ];
    // nvidia-smi writes long options with one hyphen too: `-pl` and `-pm` set, so letters are not a cluster.
    for arg in asked.args.iter().filter(|a| a.starts_with('-')) {
        let name = arg.trim_start_matches('-').split('=').next().unwrap_or_default();
        if !known.contains(&name) {
            return Call::changes(arg, "this option sets something on the card or writes a file");
        }
    }
    let call = Call::reads("it only asks the card");
    let endless =
        asked.args.iter().any(|a| matches!(a.as_str(), "-l" | "--loop" | "dmon" | "pmon") || a.starts_with("--loop="));
    match asked.verb() {
        "" | "dmon" | "pmon" | "topo" => {
            if endless {
                call.endless()
            } else {
                call
            }
        }
        word if word.chars().all(|c| c.is_ascii_digit() || c == ',')
            || asked.has("-q")
            || asked.has("-d")
            || asked.has("-i")
            || asked.has("-s") =>
        {
            call
        }
        word => Call::changes(word, "this verb can set something on the card"),
    }
}

fn packages(asked: &Asked<'_>) -> Call {
    let verb = asked.verb();
    let simulated = matches!(asked.name, "apt" | "apt-get")
        && (asked.has("-s") || asked.has("--simulate") || asked.has("--dry-run"));
    let reads = simulated
        || match asked.name {
            "apt" | "apt-get" => matches!(verb, "list" | "show" | "policy" | "search"),
            "apt-cache" => true,
            "dpkg" => matches!(
                asked.args.first().map(String::as_str),
                Some(
                    "-l" | "-L"
                        | "-s"
                        | "-S"
                        | "--list"
                        | "--status"
                        | "--search"
                        | "--listfiles"
                        | "--print-architecture"
                )
            ),
            "dnf" | "yum" => matches!(verb, "list" | "info" | "search" | "repolist" | "provides"),
            "rpm" => asked.args.first().is_some_and(|a| a.starts_with("-q")),
            "apk" => verb == "info",
            "pip" | "pip3" => matches!(verb, "list" | "show" | "freeze" | "check"),
            "npm" => matches!(verb, "ls" | "list" | "outdated" | "view"),
            "snap" => matches!(verb, "list" | "info"),
            _ => false,
        };
    if reads {
        Call::reads("it only asks about packages")
    } else {
        Call::changes(if verb.is_empty() { asked.name } else { verb }, "it installs or removes packages")
    }
}

fn tracer(asked: &Asked<'_>) -> Call {
    if asked.name == "tcpdump" {
        let options = asked.options("icsrwzGWCFEyB");
        if let Some(option) = options.any(&["w", "z", "G", "W", "C", "F"]) {
            return Call::changes(&option, "it writes files or runs a program");
        }
        let call = Call::reads("it only shows packets").secrets();
        return if options.any(&["c"]).is_some() { call } else { call.endless() };
    }
    Call::changes(asked.name, "it stops or slows the process it looks at").heavy()
}

fn config_test(asked: &Asked<'_>) -> Call {
    match (asked.name, asked.args.first().map(String::as_str)) {
        ("nginx", Some("-T")) => Call::reads("it prints the whole configuration").secrets(),
        ("nginx", Some("-t" | "-v" | "-V"))
        | ("sshd", Some("-t" | "-T"))
        | ("haproxy", Some("-c" | "-v"))
        | ("logrotate", Some("-d" | "--debug"))
        | ("apachectl", Some("-t" | "configtest" | "-S"))
        | ("visudo", Some("-c"))
        | ("named-checkconf", _) => Call::reads("it only tests a configuration"),
        (_, first) => Call::changes(first.unwrap_or(asked.name), "it starts or steers a service"),
    }
}

fn reboot(asked: &Asked<'_>) -> Call {
    Call::destroys(asked.name, "it stops the whole machine").evidence()
}
