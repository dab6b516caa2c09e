//! The command line as typed: flags, words and subcommands.
//! It never decides what they mean; `config` does.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::term::Color;

/// Says what a problem is, checks it, and asks before every fix.
///
/// Without a subcommand it is a conversation: say what is wrong, or paste the error.
/// A log from a pipe is the question: `docker compose logs backend | unstuck`.
#[derive(Debug, Parser)]
#[command(name = "unstuck", version, subcommand_precedence_over_arg = true, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,

    #[command(subcommand)]
    pub command: Option<Command>,

    /// What is wrong, in plain words; asked as the first question.
    pub words: Vec<String>,
}

const EXIT_CODES: &str = "Exit codes: 0 done or matched; 1 a problem was found and not fixed; 2 usage; 3 no good match; 4 the world could not be reached.";

/// Flags that hold for every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// A folder of Markdown runbooks; may be given several times.
    #[arg(long, value_name = "DIR", global = true)]
    pub knowledge: Vec<PathBuf>,

    /// Leave the embedded runbooks out.
    #[arg(long, global = true)]
    pub only_knowledge: bool,

    /// Where the compose file and the .env are (default: here).
    #[arg(long, value_name = "DIR", global = true)]
    pub project: Option<PathBuf>,

    /// The compose file, if it is not found by its usual names.
    #[arg(long, value_name = "FILE", global = true)]
    pub compose_file: Option<PathBuf>,

    /// The configuration file (default: unstuck.toml in the project, then the one under XDG).
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// A folder with a sentence encoder (model.safetensors, config.json, tokenizer.json) that ranks by meaning as well.
    #[arg(long, value_name = "DIR", global = true)]
    pub encoder: Option<PathBuf>,

    /// Keep nothing on disk between sessions, and use nothing that was kept.
    #[arg(long, global = true)]
    pub no_cache: bool,

    /// When to use colour (default: auto).
    #[arg(long, value_name = "WHEN", global = true)]
    pub color: Option<Color>,

    /// Everything up to the change, and what would have been run.
    #[arg(long, global = true)]
    pub dry_run: bool,

    /// Run the literal commands of the runbooks instead of the native probes.
    #[arg(long, global = true)]
    pub shell: bool,

    /// How many seconds a check may take.
    #[arg(long, value_name = "SECONDS", global = true)]
    pub timeout: Option<u64>,

    /// Say less.
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say more: how runbooks were read, and what is odd in them.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Match only: which section fits, and why.
    Ask {
        #[arg(long)]
        json: bool,
        /// How many sections to name.
        #[arg(long, value_name = "N", default_value_t = 3)]
        top: usize,
        /// One JSON object with `id` and `query` a line; one answer a line, in order.
        #[arg(long, value_name = "FILE|-")]
        batch: Option<PathBuf>,
        words: Vec<String>,
    },
    /// Match, and run the reading checks. Changes nothing.
    Diagnose {
        #[arg(long)]
        json: bool,
        /// The section to diagnose, by id or title, instead of matching.
        #[arg(long, value_name = "ID")]
        section: Option<String>,
        words: Vec<String>,
    },
    /// List the runbooks, or show one section; or work on them: `new`, `test`, `sources`.
    #[command(args_conflicts_with_subcommands = true, subcommand_precedence_over_arg = true)]
    Runbooks {
        #[command(subcommand)]
        action: Option<RunbooksAction>,
        #[arg(long)]
        json: bool,
        id: Option<String>,
    },
    /// How a folder of runbooks is understood, with warnings for its author.
    ///
    /// With `--project` or `--compose-file` it also says which settings compose passes to no service.
    /// A section allows a rule with `<!-- unstuck: allow: RULE -->`. Exit code 1 where there are warnings; `-q` shows them alone.
    Check {
        /// The same as `--format json`.
        #[arg(long, conflicts_with = "format")]
        json: bool,
        /// For people, for programs, or for a pull request.
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: CheckFormat,
        /// Mend what is mechanical: fences that are not closed, prompts before commands.
        #[arg(long)]
        fix: bool,
        dir: PathBuf,
    },
    /// What a command line does: reads, changes or destroys, and which token decided.
    Effect {
        #[arg(long)]
        json: bool,
        /// The command line; `-` reads one JSON string or raw line after another.
        command: Vec<String>,
    },
    /// Recall and MRR of a set of questions.
    Eval {
        #[arg(long)]
        json: bool,
        /// Also write the answers, one JSON object a line.
        #[arg(long, value_name = "OUT")]
        run: Option<PathBuf>,
        queries: PathBuf,
    },
    /// Every value of the configuration, and where it came from.
    ///
    /// unstuck.toml lies in the project or under XDG; the project's wins over that, UNSTUCK_... over both, flags over all.
    Config {
        #[arg(long)]
        json: bool,
    },
    /// Earlier sessions.
    History {
        #[arg(long)]
        json: bool,
    },
    /// What was done in a session, as a page to hand over.
    Report {
        /// The session: its id, the beginning of it, or `last`.
        #[arg(default_value = "last")]
        id: String,
        #[arg(long, value_name = "FORMAT", default_value = "md")]
        format: Format,
    },
    /// Completions for a shell.
    Completions {
        // Not `shell`: that name belongs to the flag that holds everywhere.
        #[arg(id = "for", value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// The manual page.
    Man,
}

#[derive(Debug, Subcommand)]
pub enum RunbooksAction {
    /// Begin a section: a few questions, or flags where nobody can be asked.
    New(NewRunbook),
    /// The sources of runbooks in their order, and which shadows which.
    Sources {
        #[arg(long)]
        json: bool,
    },
    /// Run the examples that lie beside the runbooks of a folder.
    #[command(after_long_help = EXAMPLES)]
    Test {
        #[arg(long)]
        json: bool,
        /// A folder of runbooks, or one runbook.
        dir: PathBuf,
    },
}

/// What is known of a new problem.
#[derive(Debug, Clone, Args)]
pub struct NewRunbook {
    /// The file the section is added to; it is made where it is not there.
    pub file: PathBuf,
    /// What the problem is called.
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,
    /// What the operator sees; may be given several times.
    #[arg(long, value_name = "TEXT")]
    pub symptom: Vec<String>,
    /// A command that only looks, as COMMAND or `what it finds out = COMMAND`; may be given several times.
    #[arg(long, value_name = "COMMAND")]
    pub check: Vec<String>,
    /// What helps, as `title = COMMAND`; may be given several times.
    #[arg(long, value_name = "TITLE = COMMAND")]
    pub fix: Vec<String>,
}

const EXAMPLES: &str = r#"Examples lie in a file beside the runbook: redis.examples.toml beside redis.md.

  [[question]]                          # words that must lead to a section
  ask = "jobs vanish from the queue"
  section = "evictions"                 # the heading as a slug; "other/slug", or "none"
  kind = "words"                        # optional: it must be read as words, error or log
  within = 3                            # optional: among the best 3; otherwise it must be first

  [[case]]                              # what the checks give, and what must follow
  name = "killed at its limit"
  section = "redis-not-available"
  findings = ["container.oom_killed"]   # must be found; [] means that nothing may be
  not_findings = ["redis.auth_required"]
  first_fix = "Start Redis"             # the title of the fix that must come first
  says = "memory limit"                 # words of the conclusion
  values = { PID = "412" }              # what is typed for a placeholder

  [case.answers]                        # by the check's command as written, or its title
  "docker compose ps redis" = { containers = [{ service = "redis", state = "exited", exit_code = 137, oom_killed = true }] }
  "redis-cli ping" = { redis = { fails = "refused" } }
  "./status.sh" = { prints = "down", exit = 1 }

An answer is a text (what the command prints) or one of these, as the command's probe has it (`unstuck check` shows it):
  prints, errors, exit, timed_out       any command, as a program
  containers = [{ service, name, state, exit_code, oom_killed, health = { status }, restart_count, error, memory_limit, ... }]
  logs = "lines" or [...]               events = [{ action, name, exit_code, ago_s }]
  inspect = { container = {...}, text, env = {...} }   stats = [{ name, cpu_percent, memory_used, memory_limit }]
  redis = "PONG", 412, "text", { info = { used_memory = 1, maxmemory = 2 } } or { fails = "no_auth" }
  http = { status, headers = {...}, body, jq, ms } or { fails = "timed_out" }
  websocket = { opened = true }, { status = 429 }, { closed = 1008, reason } or { fails = "refused" }
  listening = [{ port, pid, process, container }]      reach = { ms, addresses } or { fails = "name" }
  value = "8192"   folder = { exists, readable, mode, owner, total }   kernel = "lines" or { kills = [{ process, pid }] }
  disk = [{ mount, total, available, inodes, inodes_free }]            memory = { total, available, load = [0, 0, 0], cpus }
  unavailable = "docker: not installed"
What fails: refused, timed_out, name, unreachable, reset, tls, protocol, denied; for redis also no_auth, wrong_pass,
loading, misconf, out_of_memory, read_only, max_clients, not_redis.
A check without an answer counts as one that could not be run.

The examples run over the same runbooks as the conversation: the embedded ones, those of the configuration, and the
folder's over them; `--only-knowledge` leaves the embedded ones out. Exit code 1 where one does not hold."#;

/// The form of what `check` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CheckFormat {
    Human,
    /// One object a runbook, a line each.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub's workflows.
    Github,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Md,
    Html,
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
        for shell in ["bash", "zsh", "fish"] {
            let cli = Cli::try_parse_from(["unstuck", "completions", shell]).unwrap();
            assert!(matches!(cli.command, Some(Command::Completions { .. })) && !cli.global.shell);
        }
    }
}
