//! The only file that starts programs: own process group, no input, a short environment, limits on time and output.
//! It never uses a shell where plain words do, and never leaves a program behind.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, geteuid};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::{Interrupt, unavailable};
use crate::command::{Joint, Pipeline, ReadOnly, Script, Simple};
use crate::probe::{Ended, ProcessReading, Reading};

/// What may be run: a command proven to read, one that was agreed to, or fixed words of this program.
pub(super) struct Program {
    shown: String,
    script: Option<Script>,
    dir: PathBuf,
    /// `sudo` may ask for its password on the terminal.
    may_ask: bool,
}

impl Program {
    pub(super) fn reading(command: &ReadOnly, dir: &Path) -> Program {
        Program {
            shown: command.text().to_owned(),
            script: command.script().cloned(),
            dir: dir.to_owned(),
            may_ask: false,
        }
    }

    /// A change; whoever calls this holds an `Approved`.
    pub(super) fn agreed(text: &str, dir: &Path) -> Program {
        Program { shown: text.to_owned(), script: Script::plain(text), dir: dir.to_owned(), may_ask: true }
    }

    /// Words of this program itself.
    pub(super) fn words(words: &[&str]) -> Program {
        let argv = words.iter().map(|w| (*w).to_owned()).collect();
        let simple = Simple { argv, ..Simple::default() };
        let script = Script { pipelines: vec![Pipeline { joint: Joint::Then, commands: vec![simple] }] };
        Program { shown: words.join(" "), script: Some(script), dir: PathBuf::from("."), may_ask: false }
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
/// How long output is waited for after the program itself ended.
const DRAIN: Duration = Duration::from_millis(300);
/// Where programs are looked for.
const FOLDERS: [&str; 6] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// What of the environment a program gets.
const KEPT: [&str; 24] = [
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "KUBECONFIG",
    "SSH_AUTH_SOCK",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "COMPOSE_PROJECT_NAME",
    "COMPOSE_FILE",
];

/// Runs a program to its end, its limit, or Ctrl-C.
pub(super) async fn run(program: &Program, limits: Limits, interrupt: &Interrupt) -> Reading {
    let mut output = Output::new(limits.output);
    let running = async {
        match &program.script {
            Some(script) => plain(script, program, &mut output, limits.time, interrupt).await,
            None => {
                let shell = if Path::new("/bin/bash").exists() { "/bin/bash" } else { "/bin/sh" };
                let argv = [shell.to_owned(), "-c".to_owned(), program.shown.clone()];
                let simple = Simple { argv: argv.to_vec(), ..Simple::default() };
                pipeline(&[simple], program, &mut output, limits.time, interrupt).await
            }
        }
    };
    match running.await {
        Ok(ended) => Reading::Process(ProcessReading {
            command: program.shown.clone(),
            ended,
            stdout: output.out.text(),
            stderr: output.err.text(),
            cut: output.out.cut + output.err.cut,
        }),
        Err(missing) => *missing,
    }
}

async fn plain(
    script: &Script,
    program: &Program,
    output: &mut Output,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<Ended, Box<Reading>> {
    let mut last = Ended::Code(0);
    let until = tokio::time::Instant::now() + time;
    for each in &script.pipelines {
        let well = last == Ended::Code(0);
        if each.joint == Joint::And && !well || each.joint == Joint::Or && well {
            continue;
        }
        let left = until.saturating_duration_since(tokio::time::Instant::now());
        last = pipeline(&each.commands, program, output, left, interrupt).await?;
        if matches!(last, Ended::TimedOut | Ended::Interrupted) {
            break;
        }
    }
    Ok(last)
}

/// Starts the commands of a pipeline, each reading from the one before it.
async fn pipeline(
    commands: &[Simple],
    program: &Program,
    output: &mut Output,
    time: Duration,
    interrupt: &Interrupt,
) -> Result<Ended, Box<Reading>> {
    let mut children: Vec<Child> = Vec::new();
    let mut group = Group(Vec::new());
    let mut input: Option<Stdio> = None;
    let (mut outs, mut errs) = (Vec::new(), Vec::new());
    for simple in commands {
        let (path, args) = resolve(simple, program.may_ask)?;
        let mut command = command(&path);
        command
            .args(&args)
            .current_dir(&program.dir)
            .stdin(input.take().unwrap_or_else(Stdio::null))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .env_clear();
        command
            .env("PATH", FOLDERS.join(":"))
            .env("TERM", "dumb")
            .env("PAGER", "cat")
            .env("GIT_PAGER", "cat")
            .env("SYSTEMD_PAGER", "cat");
        for name in KEPT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(simple.assignments.iter().map(|(k, v)| (k, v)));
        let mut child = command.spawn().map_err(|error| {
            Box::new(unavailable(
                simple.argv.first().map_or("", String::as_str),
                error.to_string(),
                "the program could not be started",
            ))
        })?;
        group.0.extend(child.id().and_then(|id| i32::try_from(id).ok()));
        if let Some(err) = child.stderr.take().filter(|_| !simple.quiet) {
            errs.push(err);
        }
        if let Some(out) = child.stdout.take() {
            if children.len() + 1 == commands.len() {
                outs.push(out);
            } else if let Ok(pipe) = TryInto::<Stdio>::try_into(out) {
                input = Some(pipe);
            }
        }
        children.push(child);
    }
    let finished = {
        let reads = async {
            let out = outs.pop();
            let first = errs.first_mut();
            tokio::join!(drain(out, &mut output.out), drain(first, &mut output.err));
        };
        let mut reads = std::pin::pin!(reads);
        let ends = async {
            let mut last = None;
            for child in &mut children {
                last = child.wait().await.ok();
            }
            last
        };
        let mut ends = std::pin::pin!(ends);
        let mut drained = false;
        let limit = tokio::time::sleep(time);
        let mut limit = std::pin::pin!(limit);
        let ended = loop {
            tokio::select! {
                status = &mut ends => break Ok(status),
                () = &mut reads, if !drained => drained = true,
                () = &mut limit => break Err(Ended::TimedOut),
                () = interrupt.triggered() => break Err(Ended::Interrupted),
            }
        };
        if ended.is_err() {
            group.signal(Signal::SIGTERM);
            let _ = tokio::time::timeout(GRACE, &mut ends).await;
            group.signal(Signal::SIGKILL);
        }
        if !drained {
            // A grandchild may keep the pipe open: what came so far is kept, and it is not waited for.
            let _ = tokio::time::timeout(DRAIN, &mut reads).await;
        }
        ended
    };
    group.signal(Signal::SIGKILL);
    Ok(match finished {
        Ok(status) => status.map_or(Ended::Code(-1), ended),
        Err(ended) => ended,
    })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where programs are started")]
fn command(path: &Path) -> Command {
    Command::new(path)
}

/// The process groups of a pipeline; those still running are killed when it is dropped.
struct Group(Vec<i32>);

impl Group {
    fn signal(&self, signal: Signal) {
        for id in &self.0 {
            // A group that is gone already is what was wanted.
            let _ = killpg(Pid::from_raw(*id), signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}

/// The absolute path and the arguments of a command; `sudo` goes where this is root already, and never asks for a read.
fn resolve(simple: &Simple, may_ask: bool) -> Result<(PathBuf, Vec<String>), Box<Reading>> {
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
    let found = if name.contains('/') {
        Some(PathBuf::from(name))
    } else {
        FOLDERS.iter().map(|f| Path::new(f).join(name)).find(|p| p.is_file())
    };
    let Some(path) = found else {
        return Err(Box::new(unavailable(name, "not installed", format!("install `{name}`, or do the step by hand"))));
    };
    let mut args = rest.to_vec();
    if name == "sudo" && !may_ask {
        args.insert(0, "-n".into());
    }
    Ok((path, args))
}

fn ended(status: ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Code(code),
        (None, signal) => Ended::Signal(signal.unwrap_or(0)),
    }
}

async fn drain<R: AsyncRead + Unpin>(reader: Option<R>, into: &mut Capped) {
    let Some(mut reader) = reader else { return };
    let mut chunk = vec![0; 16 * 1024];
    while let Ok(n) = reader.read(&mut chunk).await {
        if n == 0 {
            return;
        }
        into.push(chunk.get(..n).unwrap_or_default());
    }
}

struct Output {
    out: Capped,
    err: Capped,
}

impl Output {
    fn new(limit: usize) -> Output {
        Output { out: Capped::new(limit), err: Capped::new(limit) }
    }
}

/// The head and the tail of an output.
struct Capped {
    half: usize,
    head: Vec<u8>,
    tail: Vec<u8>,
    cut: u64,
}

impl Capped {
    fn new(limit: usize) -> Capped {
        Capped { half: limit / 2, head: Vec::new(), tail: Vec::new(), cut: 0 }
    }

    fn push(&mut self, bytes: &[u8]) {
        let room = self.half.saturating_sub(self.head.len()).min(bytes.len());
        let (head, rest) = bytes.split_at(room);
        self.head.extend_from_slice(head);
        self.tail.extend_from_slice(rest);
        if self.tail.len() > self.half * 2 {
            let over = self.tail.len() - self.half;
            self.tail.drain(..over);
            self.cut += over as u64;
        }
    }

    fn text(&self) -> String {
        let mut out = shown(&self.head);
        if self.cut > 0 {
            out.push_str(&format!("\n… {} left out …\n", crate::text::bytes(self.cut)));
        }
        out.push_str(&shown(&self.tail));
        out
    }
}

/// Bytes as text, what is no UTF-8 as `\xNN`.
fn shown(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|b| out.push_str(&format!("\\x{b:02x}")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn go(text: &str, ms: u64) -> Reading {
        let limits = Limits { time: Duration::from_millis(ms), output: 4096 };
        run(&Program::agreed(text, Path::new("/")), limits, &Interrupt::never()).await
    }

    fn process(reading: Reading) -> ProcessReading {
        match reading {
            Reading::Process(run) => run,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_pipeline_runs_without_a_shell() {
        let run = process(go("printf 'a\\nb\\n' | grep b", 5_000).await);
        assert_eq!((run.ended, run.stdout.trim()), (Ended::Code(0), "b"));
        assert_eq!(process(go("false || echo x && echo y", 5_000).await).stdout, "x\ny\n");
        assert_eq!(process(go("grep nothing /dev/null", 5_000).await).ended, Ended::Code(1));
    }

    #[tokio::test]
    async fn a_missing_tool_is_said() {
        assert!(matches!(go("no-such-tool --x", 5_000).await, Reading::Unavailable(u) if u.what == "no-such-tool"));
    }

    #[tokio::test]
    async fn what_ignores_its_end_is_killed_and_long_output_is_cut() {
        assert_eq!(
            process(go("sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'", 200).await).ended,
            Ended::TimedOut
        );
        let run = process(go("head -c 50000000 /dev/zero", 20_000).await);
        assert!(run.cut > 49_000_000 && run.stdout.len() < 60_000, "{}", run.cut);
        assert_eq!(process(go("sh -c 'kill -11 $$'", 5_000).await).ended, Ended::Signal(11));
    }

    #[tokio::test]
    async fn the_environment_is_short() {
        let run = process(go("env", 5_000).await);
        assert!(run.stdout.lines().all(|l| !l.starts_with("CARGO") && !l.starts_with("LD_")), "{}", run.stdout);
    }
}
