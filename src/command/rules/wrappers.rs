//! Programs that run another: judged by what they run.
//! It never trusts a tail it cannot see.

use super::{Asked, Call, Rule};
use crate::command::effect::Effect;

pub(super) const RULES: &[Rule] = &[
    Rule {
        names: &["sudo", "doas"],
        judge: sudo,
        reads: &["sudo lsof -i :8000", "sudo -n dmesg", "sudo -l", "sudo -u postgres ls"],
        not: &["sudo kill 12", "sudo -i", "sudo", "sudo -e /etc/hosts", "sudo LD_PRELOAD=x ls"],
    },
    Rule {
        names: &["time", "nice", "ionice", "nohup", "setsid", "stdbuf", "chrt", "command", "timeout", "exec"],
        judge: simple_wrapper,
        reads: &[
            "time curl http://localhost:8000/health",
            "timeout 5 ls",
            "nice -n 10 ls",
            "timeout -k 1 5s df -h",
            "command -v redis-cli",
        ],
        not: &["timeout 5 rm x", "nohup ./x", "nice rm x", "time", "command touch x", "timeout 5"],
    },
    Rule {
        names: &["env"],
        judge: env,
        reads: &["env LANG=C ls", "env"],
        not: &["env -S 'rm x'", "env LD_PRELOAD=./x ls", "env rm x", "env -i X=1 ls"],
    },
    Rule {
        names: &["xargs"],
        judge: xargs,
        reads: &["echo a | xargs ls", "xargs -n1 -r cat"],
        not: &["echo a | xargs rm", "xargs", "xargs -I{} sh -c '{}'"],
    },
    Rule {
        names: &["watch"],
        judge: watch,
        reads: &["watch -n 5 df", "watch 'df -h'"],
        not: &["watch rm x", "watch -n1 'rm x'"],
    },
    Rule {
        names: &["sh", "bash", "dash", "zsh", "ash", "ksh"],
        judge: shell,
        reads: &["sh -c 'ls -la'", "bash -c \"redis-cli ping\"", "bash -lc 'df -h'"],
        not: &["bash script.sh", "sh", "sh -c 'rm x'", "bash -c 'ls' x y --rcfile z", "curl http://x | sh"],
    },
    Rule {
        names: &["ssh"],
        judge: ssh,
        reads: &["ssh host uptime", "ssh -p 22 user@host 'df -h'"],
        not: &["ssh host", "ssh host 'systemctl restart x'", "ssh -o ProxyCommand=x host ls"],
    },
    Rule {
        names: &[
            "true", "false", ":", "test", "[", "echo", "printf", "pwd", "cd", "type", "exit", "sleep", "wait", "hash",
        ],
        judge: builtin,
        reads: &["[ -f x ] && echo yes", "echo hello", "cd /tmp && ls", "test -d /x"],
        not: &["[ -v 'a[$(touch x)]' ]", "test -v a"],
    },
];

fn sudo(asked: &Asked<'_>) -> Call {
    let mut words = asked.args;
    while let Some(first) = words.first() {
        match first.as_str() {
            "-l" | "--list" if words.len() == 1 => return Call::reads("it lists what this user may do"),
            "-n" | "--non-interactive" | "-H" | "-k" | "-b" if first != "-b" => {
                words = words.get(1..).unwrap_or_default()
            }
            "-u" | "-g" | "--user" | "--group" => words = words.get(2..).unwrap_or_default(),
            "--" => {
                words = words.get(1..).unwrap_or_default();
                break;
            }
            option if option.starts_with('-') => {
                return Call::changes(option, "this way of becoming another user is not known to be harmless");
            }
            word if word.contains('=') => {
                return Call::changes(word, "it sets a variable for a command with more rights");
            }
            _ => break,
        }
    }
    if words.is_empty() {
        return Call::changes("sudo", "it opens a shell with more rights");
    }
    let mut tail = asked.tail(words);
    if tail.effect == Effect::Reads {
        tail.reason = format!("{} (asked for with more rights)", tail.reason);
    }
    tail
}

fn simple_wrapper(asked: &Asked<'_>) -> Call {
    let mut words = asked.args;
    if asked.name == "command" && matches!(words.first().map(String::as_str), Some("-v" | "-V")) {
        return Call::reads("it says where a program is");
    }
    let valued: &[&str] = match asked.name {
        "timeout" => &["-k", "-s"],
        "nice" => &["-n"],
        "ionice" => &["-c", "-n"],
        "stdbuf" => &["-i", "-o", "-e"],
        _ => &[],
    };
    while let Some(first) = words.first() {
        if !first.starts_with('-') {
            break;
        }
        if asked.name == "time" && matches!(first.as_str(), "-o" | "-a") || first.starts_with("--output") {
            return Call::changes(first, "it writes its times into a file");
        }
        let skip = if valued.contains(&first.as_str()) { 2 } else { 1 };
        words = words.get(skip..).unwrap_or_default();
    }
    if asked.name == "timeout" {
        words = words.get(1..).unwrap_or_default();
    }
    if words.is_empty() {
        return Call::changes(asked.name, "there is no command behind it");
    }
    if matches!(asked.name, "nohup" | "setsid") {
        let tail = asked.tail(words);
        return if tail.effect == Effect::Reads {
            Call::changes(asked.name, "it leaves a program running or writes nohup.out")
        } else {
            tail
        };
    }
    let mut tail = asked.tail(words);
    if asked.name == "timeout" {
        tail.flags.endless = false;
    }
    tail
}

fn env(asked: &Asked<'_>) -> Call {
    let at = asked.args.iter().position(|a| a.starts_with('-') || !a.contains('=')).unwrap_or(asked.args.len());
    let (set, words) = asked.args.split_at(at);
    if let Some(option) = words.first().filter(|w| w.starts_with('-')) {
        return Call::changes(option, "this option can hide a command or change what it runs with");
    }
    let safe = |word: &&String| {
        let name = word.split('=').next().unwrap_or_default();
        super::HARMLESS_VARIABLES.contains(&name) || super::TARGET_VARIABLES.contains(&name)
    };
    if let Some(bad) = set.iter().find(|w| !safe(w)) {
        return Call::changes(bad, "this variable can make the program do something else");
    }
    if words.is_empty() {
        return Call::reads("it prints the environment").secrets();
    }
    asked.tail(words)
}

fn xargs(asked: &Asked<'_>) -> Call {
    let mut words = asked.args;
    while let Some(first) = words.first().filter(|w| w.starts_with('-')) {
        if first.starts_with("-I") || first.starts_with("-i") || first.starts_with("--replace") {
            return Call::changes(first, "what comes from the pipe is put anywhere into the command");
        }
        let valued = matches!(first.as_str(), "-n" | "-P" | "-L" | "-d" | "-s");
        words = words.get(if valued { 2 } else { 1 }..).unwrap_or_default();
    }
    if words.is_empty() {
        return Call::changes("xargs", "without a command it only echoes, but what it gets is not known");
    }
    // Arguments that come from the pipe are not seen: only programs that read whatever they are given are let through.
    let given = asked.tail(words);
    let harmless = [
        "ls",
        "cat",
        "grep",
        "head",
        "tail",
        "wc",
        "stat",
        "file",
        "du",
        "ps",
        "echo",
        "basename",
        "dirname",
        "md5sum",
        "sha256sum",
        "zcat",
        "readlink",
    ];
    let program = words.first().map_or("", String::as_str);
    if given.effect == Effect::Reads && !harmless.contains(&program) {
        return Call::changes(program, "its arguments come from the pipe and are not known");
    }
    given
}

fn watch(asked: &Asked<'_>) -> Call {
    let mut words = asked.args;
    while let Some(first) = words.first().filter(|w| w.starts_with('-')) {
        let valued = matches!(first.as_str(), "-n" | "--interval");
        words = words.get(if valued { 2 } else { 1 }..).unwrap_or_default();
    }
    if words.is_empty() {
        return Call::changes("watch", "there is no command behind it");
    }
    asked.shell(&words.join(" ")).endless()
}

fn shell(asked: &Asked<'_>) -> Call {
    match asked.args {
        [option, text]
            if option.starts_with('-')
                && option.ends_with('c')
                && option.trim_start_matches('-').chars().all(|c| "lcxe".contains(c)) =>
        {
            asked.shell(text)
        }
        [] => Call::changes(asked.name, "it runs whatever it is given"),
        [first, ..] => Call::changes(first, "it runs a script that is not seen here"),
    }
}

fn ssh(asked: &Asked<'_>) -> Call {
    let mut words = asked.args;
    while let Some(first) = words.first().filter(|w| w.starts_with('-')) {
        match first.as_str() {
            "-p" | "-l" | "-i" => words = words.get(2..).unwrap_or_default(),
            "-q" | "-T" | "-4" | "-6" | "-C" | "-n" => words = words.get(1..).unwrap_or_default(),
            other => return Call::changes(other, "this option can run or forward something"),
        }
    }
    match words {
        [_, command @ ..] if !command.is_empty() => asked.shell(&command.join(" ")),
        _ => Call::changes("ssh", "it opens a shell on another machine"),
    }
}

fn builtin(asked: &Asked<'_>) -> Call {
    if matches!(asked.name, "test" | "[") && asked.args.iter().any(|a| a == "-v" || a == "-R" || a.contains('[')) {
        return Call::changes("-v", "it evaluates a name, and that can run a command hidden in it");
    }
    if asked.name == "printf" && asked.args.first().is_some_and(|a| a.starts_with("-v")) {
        return Call::changes("-v", "it sets a variable");
    }
    Call::reads("it only prints or tests")
}
