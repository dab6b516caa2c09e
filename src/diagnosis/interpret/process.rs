//! A program's output: known answers are understood; anything else was run, and is to be read.
//! It never takes a program that could not be run for an answer.

use super::{Said, logs, redis, stand, tools};
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::{Ended, NetFailure, ProcessReading, RedisAnswer, RedisFailure, RedisReading};
use crate::text::{count, shorten};

pub(super) fn process(run: &ProcessReading) -> Said {
    let output = format!("{}\n{}", run.stdout, run.stderr);
    let last = output.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("").to_owned();
    if run.stdout.trim() == "PONG" {
        return Said::ok("PONG");
    }
    for (sign, why) in [
        ("NOAUTH", RedisFailure::NoAuth),
        ("WRONGPASS", RedisFailure::WrongPass),
        ("LOADING", RedisFailure::Loading),
        ("Could not connect to Redis", RedisFailure::Net(NetFailure::Refused)),
    ] {
        if let Some(line) = output.lines().find(|l| l.contains(sign)) {
            let answer = RedisAnswer::Failed { why, text: line.to_owned() };
            return redis::redis(&RedisReading { at: "redis".into(), command: run.command.clone(), answer, ms: 0.0 });
        }
    }
    if let Some(said) = not_run(run, &output) {
        return said;
    }
    let words: Vec<&str> = run.command.split_whitespace().filter(|w| *w != "sudo").collect();
    let program = words.first().map(|w| w.rsplit('/').next().unwrap_or(w)).unwrap_or_default();
    if let Some(said) = known(run, program, &words, &last) {
        return said;
    }
    if let Some(said) = tools::tool(program, &words, &output).filter(|_| matches!(run.ended, Ended::Code(_))) {
        return if said.evidence.is_none() { said.showing(last) } else { said };
    }
    let who = writer(program, &words);
    match run.ended {
        Ended::TimedOut => Said::new(Status::Uncertain, "did not end in time").showing(last),
        Ended::Interrupted => Said::new(Status::Skipped, "stopped by you"),
        Ended::Cut => Said::new(Status::Uncertain, "cut, as it does not end by itself").showing(last),
        Ended::Signal(signal) => Said::new(Status::Uncertain, format!("ended by signal {signal}")).showing(last),
        Ended::Code(0) if last.is_empty() && answers_by_exit_code(&words) => Said::ok("yes (exit code 0)"),
        Ended::Code(1) if last.is_empty() && answers_by_exit_code(&words) => {
            Said::new(Status::Problem, "no (exit code 1)")
        }
        Ended::Code(0) => read(run, &output, last, &who),
        // What vanished or is shut while a tree is walked says nothing of the rest.
        Ended::Code(1) if matches!(program, "find" | "du" | "ls") && stumbled(&run.stderr) => {
            let lines = run.stdout.lines().filter(|l| !l.trim().is_empty()).count();
            Said::new(Status::Uncertain, format!("ran, not everywhere; read its {}", count(lines, "line")))
                .showing(run.stdout.lines().next_back().unwrap_or_default())
        }
        Ended::Code(1) if run.command.contains("grep") => Said::new(Status::Uncertain, "nothing found"),
        Ended::Code(code) => {
            let lines: Vec<String> = output.lines().map(str::to_owned).collect();
            let told = logs::telling(&lines).filter(|t| t.kind != Kind::LogError);
            let line = told.as_ref().map_or(last, |t| t.line.clone());
            let told = told.map(|t| t.finding(&who));
            let findings = told.or_else(|| curl(program, &words, code)).into_iter().collect();
            Said { findings, ..Said::new(Status::Problem, format!("exit code {code}")).showing(line) }
        }
    }
}

/// Whether a walk through folders complains only of what vanished or may not be looked into.
fn stumbled(complaints: &str) -> bool {
    let known = |l: &str| l.ends_with("No such file or directory") || l.ends_with("Permission denied");
    !complaints.trim().is_empty() && complaints.lines().filter(|l| !l.trim().is_empty()).all(|l| known(l.trim_end()))
}

/// What the code says with which curl ends, wherever it was run.
fn curl(program: &str, words: &[&str], code: i32) -> Option<Finding> {
    let url = words.iter().find(|w| w.contains("://")).filter(|_| program == "curl")?.trim_matches(['"', '\'']);
    let (kind, text) = match code {
        6 => (Kind::NameUnresolved, format!("The name in {url} does not resolve where it was asked from.")),
        7 => (Kind::HttpRefused, format!("Nothing answers at {url} where it was asked from.")),
        28 => (Kind::HttpTimeout, format!("{url} does not answer in time where it was asked from.")),
        _ => return None,
    };
    Some(Finding::new(kind, url, text))
}

/// Who wrote what is read: of a log the service it is of, as far as the command names it.
fn writer(program: &str, words: &[&str]) -> String {
    let unit = words.iter().position(|w| matches!(*w, "-u" | "--unit" | "-xeu")).and_then(|at| words.get(at + 1));
    match (program, unit) {
        ("journalctl", Some(unit)) => unit.trim_end_matches(".service").to_owned(),
        ("journalctl" | "tail" | "head" | "cat" | "grep" | "zgrep" | "less" | "dmesg" | "", _) => "a program".into(),
        (program, _) => program.to_owned(),
    }
}

/// Programs that list what there is: a bad word in a list is a name, no message.
fn lists(program: &str) -> bool {
    matches!(
        program,
        "ps" | "top" | "pgrep" | "pstree" | "lsof" | "find" | "crontab" | "ls" | "du" | "getent" | "last" | "who"
    )
}

/// A program that ran: what of its output stands out, or that it is to be read.
fn read(run: &ProcessReading, output: &str, last: String, who: &str) -> Said {
    if lists(who) && !last.is_empty() {
        let lines = output.lines().filter(|l| !l.trim().is_empty()).count();
        return Said::new(Status::Uncertain, format!("ran; read its {}", count(lines, "line"))).showing(last);
    }
    match logs::standing_out(&run.stdout.lines().map(str::to_owned).collect::<Vec<_>>()) {
        (0, _) if last.is_empty() => Said::new(Status::Uncertain, "ran, and printed nothing"),
        (0, _) => Said::new(
            Status::Uncertain,
            format!("ran; read its {}", count(output.lines().filter(|l| !l.trim().is_empty()).count(), "line")),
        )
        .showing(last),
        (n, best) => Said {
            findings: best.as_deref().map(|b| logs::finding(b, who)).into_iter().collect(),
            ..Said::new(Status::Uncertain, format!("{} out", stand(n))).showing(best.unwrap_or_default())
        },
    }
}

/// A program that is not there, also inside a container, proves nothing but that.
fn not_run(run: &ProcessReading, output: &str) -> Option<Said> {
    let lower = output.to_lowercase();
    let missing = matches!(run.ended, Ended::Code(126 | 127))
        && ["executable file not found", "no such file or directory", "not found"].iter().any(|s| lower.contains(s));
    if missing {
        let program = run.command.split_whitespace().next().unwrap_or("the program");
        let what = format!("not checked: `{}` is not there", shorten(program, 40));
        return Some(Said::new(Status::Skipped, what).showing(shorten(output, 160)));
    }
    // A machine or container that was started without systemd: its services cannot be asked this way.
    if ["not been booted with systemd", "failed to connect to bus"].iter().any(|s| lower.contains(s)) {
        let what = "not checked: systemd does not run here";
        return Some(Said::new(Status::Skipped, what).showing(shorten(output.trim(), 160)));
    }
    let denied = [
        "permission denied while trying to connect to the docker",
        "sudo: a password is required",
        "sudo: a terminal is required",
    ];
    if lower.contains("has not been booted with systemd") || lower.contains("failed to connect to bus") {
        return Some(
            Said::new(Status::Skipped, "not checked: systemd does not run here").showing(shorten(output, 160)),
        );
    }
    denied
        .iter()
        .any(|s| lower.contains(s))
        .then(|| Said::new(Status::Skipped, "not checked: this user may not").showing(shorten(output, 160)))
}

/// Programs whose output has a known shape.
fn known(run: &ProcessReading, program: &str, words: &[&str], last: &str) -> Option<Said> {
    let path = words.iter().skip(1).rev().find(|w| !w.starts_with('-')).copied().unwrap_or_default();
    let code = match run.ended {
        Ended::Code(code) => code,
        _ => return None,
    };
    let error = run.stderr.to_lowercase();
    let missing = error.contains("no such file or directory");
    match (program, code) {
        ("printenv", 0) => Some(Said::new(Status::Uncertain, shorten(&run.stdout, 120))),
        ("printenv", 1) => Some(Said::new(Status::Uncertain, "it is not set there")),
        ("grep" | "egrep", 2) if missing => {
            Some(Said::new(Status::Uncertain, format!("there is no file {}", shorten(path, 60))))
        }
        ("ls", _) if missing => {
            let text = format!("The folder {path} does not exist where it is needed.");
            Some(Said::found(Kind::FolderMissing, path, format!("{} does not exist there", shorten(path, 60)), text))
        }
        ("ls" | "cat" | "head" | "test", _) if error.contains("permission denied") => {
            let text = format!("{path} may not be read by the user that needs it.");
            let summary = format!("{} may not be read there", shorten(path, 60));
            Some(Said::found(Kind::FolderUnreadable, path, summary, text).showing(last))
        }
        ("ls", 0) => {
            let entries = run
                .stdout
                .lines()
                .filter(|l| !l.trim().is_empty() && !l.starts_with("total "))
                .filter(|l| !matches!(l.split_whitespace().next_back(), Some("." | "..")));
            Some(match entries.count() {
                0 => {
                    let text = format!("{path} is empty where it is needed.");
                    Said::found(Kind::FolderEmpty, path, "it is empty there", text)
                }
                n => Said::ok(format!("{} there", count(n, "entry"))),
            })
        }
        ("docker" | "docker-compose", _)
            if code != 0 && words.contains(&"config") && run.command.contains("compose") =>
        {
            Some(compose_refuses(error_line(&run.stderr).unwrap_or_else(|| last.to_owned())))
        }
        ("lsof", 1) if run.stdout.trim().is_empty() && !error.contains("unacceptable") => {
            Some(Said::new(Status::Uncertain, "nobody has it open"))
        }
        ("nginx", 0) if words.contains(&"-t") => Some(Said::ok("its configuration is valid")),
        ("nginx", _) if words.contains(&"-t") => Some(nginx_refuses(&run.stderr).showing(last)),
        _ => None,
    }
}

/// Why compose does not accept its files, by the line that says so.
fn compose_refuses(line: String) -> Said {
    let lower = line.to_lowercase();
    let gone = lower.contains("no configuration file") || lower.contains("no such file");
    let told = logs::telling(std::slice::from_ref(&line)).filter(|t| t.kind == Kind::MissingVariable);
    let found = |kind, what: &str| Finding::new(kind, "compose", format!("{what}: “{}”.", shorten(&line, 140)));
    let finding = match told {
        Some(told) => told.finding("compose"),
        None if gone => found(Kind::ComposeAbsent, "Compose finds no file to work with"),
        None if lower.contains("failed to read") && lower.contains("env") => {
            found(Kind::EnvBroken, "Compose cannot read its env file")
        }
        None => found(Kind::ComposeBroken, "Compose does not accept its file"),
    };
    Said::problem("compose does not accept its file", finding).showing(line)
}

/// Why nginx does not accept its configuration.
fn nginx_refuses(stderr: &str) -> Said {
    // Its level says nothing of the reason.
    let lines: Vec<String> = stderr.lines().map(|l| l.replace("[emerg]", "")).collect();
    let finding = match logs::telling(&lines) {
        Some(told) if !matches!(told.kind, Kind::LogError | Kind::InvalidSetting) => told.finding("nginx"),
        _ => Finding::new(Kind::InvalidSetting, "nginx", "The configuration of nginx is not valid."),
    };
    Said::problem("its configuration is not valid", finding)
}

/// The line of an error's text that is no mere warning.
fn error_line(stderr: &str) -> Option<String> {
    let mut lines = stderr.lines().filter(|l| !l.trim().is_empty());
    let warns = |l: &&str| l.contains("level=warning") || l.starts_with("WARN");
    lines.rfind(|l| !warns(l)).map(str::to_owned)
}

/// Whether a command prints nothing and answers yes or no by how it ends.
fn answers_by_exit_code(words: &[&str]) -> bool {
    let has = |option: &[&str]| words.iter().any(|w| option.contains(w));
    match words.first().map(|w| w.rsplit('/').next().unwrap_or(w)) {
        Some("test" | "[" | "[[" | "cmp" | "pg_isready" | "mountpoint" | "nc" | "true" | "false") => true,
        Some("grep" | "egrep" | "fgrep" | "rg") => has(&["-q", "--quiet", "--silent"]),
        Some("diff") => has(&["-q", "--brief"]),
        Some("systemctl") => has(&["is-active", "is-enabled"]),
        Some("docker" | "docker-compose") => has(&["config"]) && has(&["-q", "--quiet"]),
        _ => false,
    }
}
