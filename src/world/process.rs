//! The only file that starts programs: own process group, no input, a short environment, limits on time and output.
//! It never uses a shell where plain words do, and never leaves a program behind that was only to look.

mod children;
mod output;

use std::ffi::OsString;
use std::io::{IsTerminal, pipe};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::{join, join_all};
use nix::sys::signal::Signal;
use nix::unistd::geteuid;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};

use self::children::{Children, MARK, trusted};
pub(super) use self::output::Lines;
use self::output::{Output, drain};
use super::{Interrupt, unavailable};
use crate::command::{Joint, Pipeline, ReadOnly, Script, Simple};
use crate::probe::{Ended, ProcessReading, Reading};

/// What may be run: a command proven to read, one that was agreed to, or fixed words of this program.
pub(super) struct Program {
    shown: String,
    script: Option<Script>,
    dir: PathBuf,
    why: Why,
    /// It does not end by itself: at its limit it is cut, which is no failure.
    endless: bool,
    /// Where its lines are told while it runs.
    lines: Lines,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// To look: nothing it starts stays, and `sudo` never asks.
    Look,
    /// A change that was agreed to: what it starts may stay, and `sudo` may ask for its password.
    Agreed,
}

impl Program {
    pub(super) fn reading(command: &ReadOnly, dir: &Path) -> Program {
        Program {
            shown: command.text().to_owned(),
            script: command.script().cloned(),
            dir: dir.to_owned(),
            why: Why::Look,
            endless: command.verdict().flags.endless,
            lines: Lines::default(),
        }
    }

    /// A change; whoever calls this holds an `Approved`.
    pub(super) fn agreed(text: &str, dir: &Path, lines: Lines) -> Program {
        let script = Script::plain(text);
        Program { shown: text.to_owned(), script, dir: dir.to_owned(), why: Why::Agreed, endless: false, lines }
    }

    /// Words of this program itself.
    pub(super) fn words(words: &[&str]) -> Program {
        let simple = Simple { argv: words.iter().map(|w| (*w).to_owned()).collect(), ..Simple::default() };
        let script = Script { pipelines: vec![Pipeline { joint: Joint::Then, commands: vec![simple] }] };
        let dir = PathBuf::from(".");
        Program {
            shown: words.join(" "),
            script: Some(script),
            dir,
            why: Why::Look,
            endless: false,
            lines: Lines::default(),
        }
    }
}

/// How long a program may run, and how much of its output is kept (half from its head, half from its tail).
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub time: Duration,
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { time: Duration::from_secs(10), output: 128 * 1024 }
    }
}

/// How long a program has between being asked to end and being killed.
const GRACE: Duration = Duration::from_millis(1_500);
/// How long output, and the earlier parts of a pipeline, are waited for after the last program ended.
const DRAIN: Duration = Duration::from_millis(300);
/// Where programs are looked for first.
const FOLDERS: [&str; 7] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin"];
/// What of the environment a program gets: who and where it is, which machines it asks, and by which way.
const KEPT: &str = "HOME USER LOGNAME LANG LC_ALL LC_CTYPE TZ XDG_RUNTIME_DIR XDG_CONFIG_HOME SSH_AUTH_SOCK \
    DOCKER_HOST DOCKER_CONFIG DOCKER_CONTEXT DOCKER_CERT_PATH DOCKER_TLS_VERIFY COMPOSE_PROJECT_NAME COMPOSE_FILE \
    KUBECONFIG HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy \
    PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD REDISCLI_AUTH MYSQL_PWD ETCDCTL_API ETCDCTL_ENDPOINTS ETCDCTL_CACERT \
    ETCDCTL_CERT ETCDCTL_KEY CONSUL_HTTP_ADDR CONSUL_HTTP_TOKEN VAULT_ADDR VAULT_TOKEN VAULT_CACERT AWS_PROFILE \
    AWS_REGION AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN CLOUDSDK_CORE_PROJECT \
    GOOGLE_APPLICATION_CREDENTIALS";
/// What it gets besides: no pager, no colours, no commands inside a pager.
const SET: [(&str, &str); 6] = [
    ("TERM", "dumb"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("SYSTEMD_PAGER", "cat"),
    ("LESSSECURE", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
];
/// What keeps a program that looks from obeying a settings file of its own, where it must come first.
const OWN_SETTINGS: [(&str, &str); 4] =
    [("curl", "-q"), ("wget", "--no-config"), ("psql", "-X"), ("rg", "--no-config")];

/// Runs a program to its end, its limit, or Ctrl-C.
pub(super) async fn run(program: &Program, limits: Limits, interrupt: &Interrupt) -> Reading {
    let mut output = Output::new(limits.output);
    match started(program, limits.time, interrupt, &mut output).await {
        Ok((ended, left)) => {
            let mut stderr = output.err.text();
            if !left.is_empty() {
                stderr.push_str(&format!(
                    "\nstill running: {}; what it prints from now on is not kept\n",
                    left.join(", ")
                ));
            }
            let stdout = output.out.text();
            Reading::Process(ProcessReading {
                command: program.shown.clone(),
                ended,
                stdout,
                stderr,
                cut: output.cut(),
            })
        }
        Err(missing) => *missing,
    }
}

type Done = Result<(Ended, Vec<String>), Box<Reading>>;

async fn started(program: &Program, time: Duration, interrupt: &Interrupt, output: &mut Output) -> Done {
    let Some(script) = &program.script else {
        let shell = if Path::new("/bin/bash").exists() { "/bin/bash" } else { "/bin/sh" };
        let argv = vec![shell.to_owned(), "-c".to_owned(), program.shown.clone()];
        return pipeline(&[Simple { argv, ..Simple::default() }], program, output, time, interrupt).await;
    };
    let (mut last, mut left) = (Ended::Code(0), Vec::new());
    let until = tokio::time::Instant::now() + time;
    for each in &script.pipelines {
        let well = last == Ended::Code(0);
        if each.joint == Joint::And && !well || each.joint == Joint::Or && well {
            continue;
        }
        let rest = until.saturating_duration_since(tokio::time::Instant::now());
        let (ended, stayed) = pipeline(&each.commands, program, output, rest, interrupt).await?;
        last = ended;
        left.extend(stayed);
        if matches!(last, Ended::TimedOut | Ended::Cut | Ended::Interrupted) {
            break;
        }
    }
    Ok((last, left))
}

/// Starts the commands of a pipeline, each reading from the one before it.
async fn pipeline(
    commands: &[Simple],
    program: &Program,
    output: &mut Output,
    time: Duration,
    interrupt: &Interrupt,
) -> Done {
    let mut children = Children::new();
    let mut running: Vec<Child> = Vec::new();
    let mut input: Option<Stdio> = None;
    let (mut out, mut errs, mut ends_of) = (None, Vec::new(), Vec::new());
    for simple in commands {
        let name = simple.argv.first().map_or("", String::as_str);
        let failed =
            |error: std::io::Error| Box::new(unavailable(name, error.to_string(), "the program could not be started"));
        let (path, args) = resolve(simple, program)?;
        let (reader, writer) = pipe().map_err(failed)?;
        let mut command = prepared(&path, &args, program, children.mark());
        command.envs(simple.assignments.iter().map(|(k, v)| (k, v)));
        command.stdin(input.take().unwrap_or_else(Stdio::null));
        match (simple.quiet, simple.merged) {
            (true, _) => command.stderr(Stdio::null()),
            (false, true) => command.stderr(writer.try_clone().map_err(failed)?),
            (false, false) => {
                let (reader, writer) = pipe().map_err(failed)?;
                ends_of.push(reader.try_clone().map_err(failed)?);
                errs.push(Receiver::from_owned_fd(reader.into()).map_err(failed)?);
                command.stderr(writer)
            }
        };
        command.stdout(writer);
        let child = command.spawn().map_err(failed)?;
        children.add(child.id());
        running.push(child);
        if running.len() == commands.len() {
            ends_of.push(reader.try_clone().map_err(failed)?);
            out = Some(Receiver::from_owned_fd(reader.into()).map_err(failed)?);
        } else {
            input = Some(reader.into());
        }
    }
    let (kept_out, kept_err) = (Mutex::new(&mut output.out), Mutex::new(&mut output.err));
    let reads = join(
        join_all(out.into_iter().map(|stream| drain(stream, &kept_out, &program.lines))),
        join_all(errs.into_iter().map(|stream| drain(stream, &kept_err, &program.lines))),
    );
    let ends = async {
        let (last, before) = running.split_last_mut()?;
        let status = last.wait().await.ok();
        // `tail -f x | head -1` is over when `head` is.
        let _ = tokio::time::timeout(DRAIN, join_all(before.iter_mut().map(Child::wait))).await;
        status
    };
    let (mut reads, mut ends) = (std::pin::pin!(reads), std::pin::pin!(ends));
    let mut limit = std::pin::pin!(tokio::time::sleep(time));
    let mut drained = false;
    let finished = loop {
        tokio::select! {
            status = &mut ends => break Ok(status),
            _ = &mut reads, if !drained => drained = true,
            () = &mut limit => break Err(if program.endless { Ended::Cut } else { Ended::TimedOut }),
            () = interrupt.triggered() => break Err(Ended::Interrupted),
        }
    };
    if finished.is_err() {
        children.signal(Signal::SIGTERM);
        // What a program says while it ends is read too: one that waits for its output to be taken would never end.
        let both = join(&mut ends, async {
            if !drained {
                (&mut reads).await;
                drained = true;
            }
        });
        let _ = tokio::time::timeout(GRACE, both).await;
    }
    let left = if finished.is_ok() && program.why == Why::Agreed {
        children.leave()
    } else {
        children.end().await;
        Vec::new()
    };
    if !drained {
        // A program that stays may keep the pipe open: what came so far is kept, and it is not waited for.
        let _ = tokio::time::timeout(DRAIN, &mut reads).await;
    }
    if !left.is_empty() {
        ends_of.into_iter().for_each(children::swallow);
    }
    match finished {
        Ok(status) => Ok((status.map_or(Ended::Code(-1), ended), left)),
        Err(ended) => Ok((ended, left)),
    }
}

/// A command with its folder, its short environment and its own process group.
fn prepared(path: &Path, args: &[String], program: &Program, mark: &str) -> Command {
    let mut command = command(path);
    command.args(args).current_dir(&program.dir).process_group(0).kill_on_drop(true).env_clear();
    let folders: Vec<PathBuf> = folders().collect();
    command.env("PATH", std::env::join_paths(folders).unwrap_or_else(|_| OsString::from(FOLDERS.join(":"))));
    command.envs(SET).env(MARK, mark);
    command.envs(KEPT.split_whitespace().filter_map(|name| std::env::var_os(name).map(|value| (name, value))));
    command
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where programs are started")]
fn command(path: &Path) -> Command {
    Command::new(path)
}

/// Lets `sudo` ask for its password on the terminal before a change that needs it; the password is never seen here.
///
/// # Errors
/// A sentence that says that it gave no leave.
pub(super) async fn allow_sudo(text: &str, dir: &Path) -> Result<(), String> {
    let wanted = text.split_whitespace().any(|w| w == "sudo");
    if !wanted || geteuid().is_root() || !std::io::stdin().is_terminal() {
        return Ok(());
    }
    let Some(sudo) = found("sudo", dir) else { return Ok(()) };
    let quiet = command(&sudo)
        .args(["-n", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    if quiet.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    match command(&sudo).arg("-v").status().await {
        Ok(status) if status.success() => Ok(()),
        _ => Err("`sudo` gave no leave".into()),
    }
}

/// The absolute path and the arguments of a command; `sudo` goes where this is root already, and else never asks here.
fn resolve(simple: &Simple, program: &Program) -> Result<(PathBuf, Vec<String>), Box<Reading>> {
    let mut argv = simple.argv.as_slice();
    // `time` is the shell's word; the time is measured anyway.
    while argv.len() > 1
        && (argv.first().is_some_and(|w| w == "time")
            || geteuid().is_root()
                && argv.first().is_some_and(|w| w == "sudo")
                && argv.get(1).is_some_and(|w| !w.starts_with('-')))
    {
        argv = argv.get(1..).unwrap_or_default();
    }
    let (name, rest) = argv.split_first().ok_or_else(|| Box::new(unavailable("", "there is no command", "")))?;
    let Some(path) = found(name, &program.dir) else {
        return Err(Box::new(unavailable(name, "not installed", format!("install `{name}`, or do the step by hand"))));
    };
    let mut args = rest.to_vec();
    if name == "sudo" {
        args.insert(0, "-n".into());
    }
    if let Some((_, option)) = OWN_SETTINGS.iter().find(|(tool, _)| tool == name && program.why == Why::Look) {
        args.insert(0, (*option).into());
    }
    Ok((path, args))
}

/// Where a program is; a name with a slash is looked for from `dir`.
fn found(name: &str, dir: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let runs = |path: &PathBuf| path.metadata().is_ok_and(|m| m.is_file() && m.mode() & 0o111 != 0);
    if name.contains('/') {
        return std::path::absolute(dir.join(name)).ok().filter(runs);
    }
    folders().map(|folder| folder.join(name)).find(runs)
}

/// The folders of programs: the system's own, then those of the operator's `PATH` that not everyone can write to.
fn folders() -> impl Iterator<Item = PathBuf> {
    let own = std::env::var_os("PATH").unwrap_or_default();
    let own: Vec<PathBuf> = std::env::split_paths(&own)
        .filter(|folder| !FOLDERS.iter().any(|known| Path::new(known) == folder) && trusted(folder))
        .collect();
    FOLDERS.iter().map(PathBuf::from).chain(own)
}

fn ended(status: ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Code(code),
        (None, signal) => Ended::Signal(signal.unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests;
