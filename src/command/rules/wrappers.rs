//! Programs that run another, and the shell's own words: judged by what they run.
//! It never trusts a tail it cannot see.

use super::{Asked, Call, ENDLESS, Mark, Rule, SECRETS, harmless_variable, options};
use crate::command::effect::Effect;
use crate::command::shell::{Fed, Open};

pub(super) const RULES: &[Rule] = &[
    Rule::wraps("sudo|doas", sudo)
        .must(&["sudo lsof -i :8000", "sudo -n dmesg", "sudo -l", "sudo -u postgres ls", "sudo -H -u git -- cat x", "sudo -i ls"])
        .must_not(&["sudo kill 12", "sudo -i", "sudo", "sudo -e /etc/hosts", "sudo LD_PRELOAD=x ls", "sudo -A ls", "sudo -nu"]),
    Rule::wraps("su|runuser", su)
        .must(&["su - postgres -c 'psql -l'", "su -c 'df -h'", "runuser -u git -- ls", "runuser -l git -c ls"])
        .must_not(&["su", "su -", "su - postgres", "su x -c 'rm y'", "runuser -u git -- rm x", "su -s /x -c ls"]),
    Rule::wraps("time|nice|ionice|stdbuf|timeout|command|builtin|exec|chroot|nsenter|gosu|su-exec|busybox|unbuffer", wrapper)
        .must(&[
            "time curl http://localhost:8000/health",
            "timeout 5 ls",
            "nice -n 10 ls",
            "nice -19 ls",
            "timeout -k 1 5s df -h",
            "command -v redis-cli",
            "nsenter -t 1 -n ss -tlnp",
            "chroot /host cat /etc/os-release",
            "ionice -p 12",
        ])
        .must_not(&[
            "timeout 5 rm x",
            "nice rm x",
            "time",
            "time -o f ls",
            "command touch x",
            "timeout 5",
            "chroot /host",
            "nsenter -t 1 -m",
            "ionice -c 3 -p 12",
            "timeout --k=1 5 ls",
        ]),
    Rule::wraps("nohup|setsid", leaves).must_not(&["nohup ./x", "nohup ls", "setsid rm x", "nohup"]),
    Rule::wraps("taskset|chrt|numactl", placed)
        .must(&["taskset -p 12", "taskset -cp 12", "chrt -p 12", "numactl -H", "taskset -c 0 ls", "numactl --hardware"])
        .must_not(&["taskset -p 1 12", "chrt -p 50 12", "chrt 50 rm x", "numactl -N 0 rm x", "taskset"]),
    Rule::wraps("env", env)
        .must(&["env LANG=C ls", "env", "env -i ls", "env -u HOME ls", "env -- ls"])
        .must_not(&["env -S 'rm x'", "env LD_PRELOAD=./x ls", "env rm x", "env -i X=1 ls", "echo ls | xargs env", "env --split-string='rm x'"]),
    Rule::wraps("xargs", xargs)
        .must(&["docker ps -q | xargs docker logs", "kubectl get pods -o name | grep web | xargs -n1 kubectl describe", "pgrep x | xargs lsof -p", "xargs -a f ls", "echo a | xargs ls", "xargs -n1 -r cat", "xargs -I{} ls -l {}", "docker ps -q | xargs docker inspect", "xargs -0 grep x"])
        .must_not(&[
            "echo a | xargs rm",
            "xargs",
            "xargs -I{} sh -c '{}'",
            "xargs find",
            "xargs sort",
            "xargs -I{} {} x",
            "xargs sh -c 'ls'",
            "xargs kubectl",
            "xargs -a f rm",
            "xargs date",
            "echo -C | xargs dmesg",
            "cat f | xargs smartctl",
            "docker ps -q | xargs docker rm",
        ]),
    Rule::wraps("watch", watch)
        // Without a shell around it every word stays what it is.
        .must(&["watch -n 5 df", "watch 'df -h'", "watch -d -n1 'ss -s'"])
        .must_not(&["watch rm x", "watch -n1 'rm x'", "watch", "watch -x env \"LANG='\" touch \"x #'\""]),
    Rule::wraps("sh|bash|dash|zsh|ash|ksh", shell)
        .must(&["sh -c 'ls -la'", "bash -c \"redis-cli ping\"", "bash -lc 'df -h'", "bash -n x.sh", "bash --version"])
        .must_not(&["bash script.sh", "sh", "sh -c 'rm x'", "bash -c 'ls' x y --rcfile z", "curl http://x | sh", "sh -ic ls", "bash -n -c 'ls' x"]),
    Rule::wraps("ssh", ssh)
        .must(&["ssh host uptime", "ssh -p 22 user@host 'df -h'", "ssh -o ConnectTimeout=5 -q host 'sudo ss -tlnp'"])
        .must_not(&[
            "ssh host",
            "ssh host 'systemctl restart x'",
            "ssh -o ProxyCommand=x host ls",
            "ssh -L 1:h:2 host ls",
            "ssh -F f host ls",
            "ssh -oStrictHostKeyChecking=no host ls",
            "ssh host 'ls; rm x'",
            "ssh host ls '>' f",
        ]),
    Rule::own("test|[", test)
        .must(&["[ -f x ] && echo yes", "test -d /x", "[ 1 -lt 2 ]"])
        .must_not(&["[ -v 'a[$(touch x)]' ]", "test -v a", "test 'a[0]' -eq 1"]),
    Rule::only_reads("true|false|:|pwd|cd|type|wait|exit|return|break|continue|jobs|times|dirs", "it only steers or asks the shell", "-aLPeptflnrs")
        .words(|asked, given| match asked.name {
            // It sets a variable whose name is evaluated.
            "wait" => given.options.first().map(|o| Call::changes(&o.shown, "it sets a variable")),
            "cd" => given.words.iter().find(|w| w.starts_with("/dev")).map(|w| Call::changes(w, "what is opened there is a device")),
            _ => None,
        })
        .must(&["cd /tmp && ls", "type -a ls", "true", "wait 12"])
        .must_not(&["wait -np 'a[$(id)]'", "cd /dev && cat watchdog"]),
    Rule::only_reads("echo", "it only prints", "*").takes_anything().must(&["echo hello", "echo -e 'a\\n'"]),
    Rule::only_reads("printf", "it only prints", "")
        .words(|asked, _| asked.args.first().filter(|a| a.starts_with("-v")).map(|_| Call::changes("-v", "it sets a variable")))
        .must(&["printf '%s\\n' x"])
        .must_not(&["printf -v 'a[$(id)]' x"]),
    Rule::only_reads("sleep", "it only waits", "")
        .words(|asked, _| asked.has("infinity").then(|| Call::reads("").flagged(ENDLESS)))
        .must(&["sleep 5"]),
    Rule::reads("history", "it only shows what was typed", "#")
        .words(|_, given| given.any(&["c", "d", "w", "r", "a", "n", "p", "s"]).is_none().then(|| Call::reads("").flagged(SECRETS)))
        .marks(&[Mark::erases("-cd:", "it forgets what was typed")]).must(&["history"]).must_not(&["history -c", "history -d 1"]),
    Rule::changes(
        "export|set|unset|declare|typeset|local|readonly|alias|unalias|shopt|source|.|eval|trap|read|mapfile|readarray|let|enable|bind|complete|disown|bg|fg|suspend|logout|umask|getopts|pushd|popd|coproc|hash",
        "it changes what the shell does with the commands behind it",
    )
    .must_not(&["export X=1", "eval ls", ". ./x", "read -r x", "alias ls='rm x'", "source x", "set -x"]),
    Rule::changes("flock|script|parallel|unshare|systemd-run|systemd-cat|at|batch|nq|screen|tmux|tsp", "it runs another program where it cannot be followed")
        .must_not(&["flock /tmp/l true", "script -qc 'rm x' /dev/null", "at now", "parallel ls", "tmux"]),
];

fn sudo(asked: &Asked<'_>) -> Call {
    let tables = [
        "+ -nHkSPEisu:g:p:D:r:t:C:T:lV non-interactive set-home stdin preserve-env login shell user= group= prompt= chdir= list version",
    ];
    let given = options::read(asked.args, &tables);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this way of becoming another user is not known to be harmless");
    }
    if given.any(&["l", "list", "V", "version"]).is_some() {
        return Call::reads("it lists what this user may do");
    }
    let mut words = asked.args.get(given.rest..).unwrap_or_default();
    while let Some((name, value)) = words.first().and_then(|w| w.split_once('=')) {
        if !harmless_variable(name, value) {
            return Call::changes(&format!("{name}="), "it sets a variable for a command with more rights");
        }
        words = words.get(1..).unwrap_or_default();
    }
    if words.is_empty() {
        return Call::changes(asked.name, "it opens a shell with more rights");
    }
    let mut tail = asked.tail(words);
    if tail.effect == Effect::Reads {
        tail.reason = format!("{} (asked for with more rights)", tail.reason);
    }
    tail
}

fn su(asked: &Asked<'_>) -> Call {
    let plus = if asked.name == "runuser" && asked.args.first().is_some_and(|a| a == "-u") {
        "+ -u: user="
    } else {
        "-c:lmpP command= login preserve-environment pty"
    };
    let given = options::read(asked.args, &[plus]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this way of becoming another user is not known to be harmless");
    }
    if plus.starts_with('+') {
        let words = asked.args.get(given.rest..).unwrap_or_default();
        return if words.is_empty() {
            Call::changes(asked.name, "it opens a shell as another user")
        } else {
            asked.tail(words)
        };
    }
    match given.value(&["c", "command"]) {
        Some(text) if given.words.iter().filter(|w| **w != "-").count() <= 1 => asked.shell(text),
        _ => Call::changes(asked.name, "it opens a shell as another user"),
    }
}

/// Options of a wrapper, and how many words stand before the command.
fn shape(name: &str) -> (&'static str, usize) {
    match name {
        "time" => ("+ -pvqf: portability verbose quiet format=", 0),
        "nice" => ("+ -n:# adjustment=", 0),
        "ionice" => ("+ -c:n:t class= classdata= ignore", 0),
        "stdbuf" => ("+ -i:o:e: input= output= error=", 0),
        "timeout" => ("+ -k:s:fpv kill-after= signal= foreground preserve-status verbose", 1),
        "command" => ("+ -p", 0),
        "exec" => ("+ -cl", 0),
        "chroot" => ("+ userspec= groups= skip-chdir", 1),
        "nsenter" => (
            "+ -t:am?u?i?n?p?U?C?T?Fr?w?S:G: all target= mount=? uts=? ipc=? net=? pid=? user=? cgroup=? time=? no-fork root=? wd=?",
            0,
        ),
        "gosu" | "su-exec" => ("+", 1),
        _ => ("+", 0),
    }
}

fn wrapper(asked: &Asked<'_>) -> Call {
    if asked.name == "command" && asked.args.first().is_some_and(|a| a == "-v" || a == "-V") {
        return Call::reads("it says where a program is");
    }
    if let ("ionice", [option, pid]) = (asked.name, asked.args)
        && option == "-p"
        && pid.parse::<u32>().is_ok()
    {
        return Call::reads("it says how a process is scheduled");
    }
    let (table, skip) = shape(asked.name);
    let given = options::read(asked.args, &[table]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option of the wrapper is not known to be harmless");
    }
    let words = asked.args.get(given.rest + skip..).unwrap_or_default();
    if words.is_empty() {
        return Call::changes(asked.name, "there is no command behind it");
    }
    let mut tail = asked.tail(words);
    if asked.name == "timeout" && asked.args.get(given.rest).is_some_and(|limit| limit != "0") {
        tail.flags.endless = false;
    }
    tail
}

fn leaves(asked: &Asked<'_>) -> Call {
    let own = Call::changes(asked.name, "it leaves a program running, or writes its output into a file");
    let words: Vec<String> = asked.args.iter().skip_while(|a| a.starts_with('-')).cloned().collect();
    if words.is_empty() { own } else { own.and(asked.tail(&words)) }
}

/// `taskset`, `chrt`, `numactl`: with a pid alone they ask, with a command they run it.
fn placed(asked: &Asked<'_>) -> Call {
    let table = match asked.name {
        "taskset" => "+ -acp all-tasks cpu-list pid",
        "chrt" => "+ -abfiomprv all-tasks batch fifo idle other max pid rr verbose",
        _ => "+ -Hsi:N:m:C:p:l hardware show interleave= cpunodebind= membind= physcpubind= preferred= localalloc",
    };
    let given = options::read(asked.args, &[table]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option is not known to be harmless");
    }
    if asked.open == Open::Closed && given.any(&["H", "hardware", "s", "show"]).is_some() && given.words.is_empty() {
        return Call::reads("it only shows");
    }
    let of_pid = asked.name != "numactl" && given.any(&["p", "pid"]).is_some();
    match given.words.as_slice() {
        [_] if of_pid && asked.open == Open::Closed => Call::reads("it only asks how a process is placed"),
        _ if of_pid => Call::changes("-p", "it sets how a process is placed"),
        _ => {
            let skip = if asked.name == "numactl" { 0 } else { 1 };
            let words = asked.args.get(given.rest + skip..).unwrap_or_default();
            if words.is_empty() {
                Call::changes(asked.name, "there is no command behind it")
            } else {
                asked.tail(words)
            }
        }
    }
}

fn env(asked: &Asked<'_>) -> Call {
    let given = options::read(asked.args, &["+ -i0u:C: ignore-environment null unset= chdir="]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option can hide a command or change what it runs with");
    }
    let mut words = asked.args.get(given.rest..).unwrap_or_default();
    while let Some((name, value)) = words.first().and_then(|w| w.split_once('=')) {
        if !harmless_variable(name, value) {
            let own = Call::changes(&format!("{name}="), "this variable can make the program do something else");
            let behind: Vec<String> = words.iter().skip_while(|w| w.contains('=')).cloned().collect();
            return if behind.is_empty() { own } else { own.and(asked.tail(&behind)) };
        }
        words = words.get(1..).unwrap_or_default();
    }
    match words {
        [] if asked.open == Open::Closed => Call::reads("it prints the environment").flagged(SECRETS),
        [] => Call::changes("env", "its command is known only when it runs"),
        words => asked.tail(words),
    }
}

fn xargs(asked: &Asked<'_>) -> Call {
    let given = options::read(
        asked.args,
        &[
            "+ -0rtxI:i?n:P:L:l?d:s:E:e?a: arg-file= null no-run-if-empty verbose exit max-args= max-procs= max-lines=? delimiter= max-chars= replace=?",
        ],
    );
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option of the wrapper is not known to be harmless");
    }
    let words = asked.args.get(given.rest..).unwrap_or_default();
    if words.is_empty() {
        return Call::changes("xargs", "without a command it only echoes, but what it gets is not known");
    }
    // Names that look like no option stay words.
    let named = asked.fed == Fed::Names && given.any(&["a", "arg-file"]).is_none();
    let further = if named { Open::Words } else { Open::Anything };
    let Some(replaced) = given.options.iter().find(|o| matches!(o.name.as_str(), "I" | "i" | "replace")) else {
        return asked.tail_with(words, further);
    };
    let mark = replaced.value.filter(|v| !v.is_empty()).unwrap_or("{}");
    if words.first().is_some_and(|w| w.contains(mark)) {
        return Call::changes(mark, "the program itself comes from the pipe");
    }
    let open =
        words.iter().filter(|w| w.contains(mark)).map(|w| if w.starts_with(mark) { further } else { Open::Words });
    asked.tail_with(words, open.max().unwrap_or(Open::Closed))
}

fn watch(asked: &Asked<'_>) -> Call {
    let given = options::read(
        asked.args,
        &["+ -n:d?tgexbcwp interval= differences=? no-title chgexit errexit exec beep color no-wrap precise"],
    );
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option of the wrapper is not known to be harmless");
    }
    let words = asked.args.get(given.rest..).unwrap_or_default();
    if words.is_empty() {
        return Call::changes("watch", "there is no command behind it");
    }
    let call = if given.any(&["x", "exec"]).is_some() { asked.tail(words) } else { asked.shell(&words.join(" ")) };
    call.flagged(ENDLESS)
}

fn shell(asked: &Asked<'_>) -> Call {
    match asked.args {
        [option] if option == "--version" => Call::reads("it prints its version"),
        [option, script] if option == "-n" && !script.starts_with('-') => {
            Call::reads("it only checks the script's grammar")
        }
        [option, text]
            if option
                .strip_prefix('-')
                .is_some_and(|letters| letters.ends_with('c') && letters.chars().all(|c| "lcxeu".contains(c))) =>
        {
            asked.shell(text)
        }
        [] => Call::changes(asked.name, "it runs whatever it is given"),
        [first, ..] => Call::changes(first, "it runs a script that is not seen here"),
    }
}

/// Settings of `ssh -o` that neither run anything nor write.
const SSH_SETTINGS: [&str; 11] = [
    "connecttimeout",
    "batchmode",
    "loglevel",
    "serveraliveinterval",
    "serveralivecountmax",
    "user",
    "port",
    "identityfile",
    "passwordauthentication",
    "identitiesonly",
    "connectionattempts",
];

fn ssh(asked: &Asked<'_>) -> Call {
    let given = options::read(asked.args, &["+ -p:l:i:J:o:qTtnxak46Cv"]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option can run or forward something");
    }
    let setting = |v: &str| v.split(['=', ' ']).next().unwrap_or_default().to_lowercase();
    if let Some(value) = given.values(&["o"]).find(|v| !SSH_SETTINGS.contains(&setting(v).as_str())) {
        return Call::changes(value, "this setting can run a program or write a file");
    }
    match asked.args.get(given.rest + 1..) {
        Some(command) if !command.is_empty() => asked.shell(&command.join(" ")),
        _ => Call::changes("ssh", "it opens a shell on another machine"),
    }
}

fn test(asked: &Asked<'_>) -> Call {
    let evaluates = |a: &&String| *a == "-v" || *a == "-R" || a.contains('[');
    match asked.args.iter().find(evaluates) {
        Some(word) => Call::changes(word, "it evaluates a name, and that can run a command hidden in it"),
        None => Call::reads("it only tests"),
    }
}
