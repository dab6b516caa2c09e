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

    /// When to use colour.
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,

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
    /// List the runbooks, or show one section.
    Runbooks {
        #[arg(long)]
        json: bool,
        id: Option<String>,
    },
    /// How a folder of runbooks is understood, with warnings for its author.
    Check {
        #[arg(long)]
        json: bool,
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
    Completions { shell: clap_complete::Shell },
    /// The manual page.
    Man,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Md,
    Html,
    Json,
}
