//! The lab: a real stack, real faults, and how many of them end solved when the real program is used as an operator would.
//! It never touches a container, a port or a file that is not its own.

// A laboratory stops at the first thing that is not as it says, starts programs and prints.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods
)]

mod fault;
mod measure;
#[path = "../pty/mod.rs"]
mod pty;
mod serve;
mod shell;
mod stack;
mod state;
mod table;
mod talk;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Breaks a real stack in known ways and measures whether `unstuck` gets it repaired.
#[derive(Parser)]
#[command(name = "lab")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Brings the stack up and leaves it running.
    Up,
    /// Takes the stack down and removes everything it left.
    Down,
    /// Lists the faults.
    List,
    /// Measures the faults (all, or those whose name holds one of the words). The default.
    Run(Run),
    /// Breaks the running stack with one fault and leaves it broken, to look at by hand.
    Break { name: String },
    /// Puts the running stack back into its first state.
    Mend,
    /// Plays a part of the stack; used inside its containers.
    #[command(hide = true)]
    Serve { role: String, words: Vec<String> },
}

#[derive(clap::Args)]
struct Run {
    /// Only faults whose name holds one of these words.
    names: Vec<String>,
    /// Write every result as one JSON object a line.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Drive the conversation with all three ways of saying it, not with the plain words alone.
    #[arg(long)]
    all_ways: bool,
    /// No conversations: only what `diagnose --json` says.
    #[arg(long)]
    no_talk: bool,
    /// Leave the control run out (the same conversation with every fix refused).
    #[arg(long)]
    no_control: bool,
    /// Fail when fewer than so many of a hundred faults end as they should.
    #[arg(long, default_value_t = 90)]
    at_least: usize,
    /// Leave the stack running.
    #[arg(long)]
    keep: bool,
    /// Only the faults of the short run.
    #[arg(long)]
    short: bool,
    /// Run the faults that change settings of this machine's kernel, too.
    #[arg(long)]
    host: bool,
    /// Keep the screens of all conversations in this folder.
    #[arg(long)]
    screens: Option<PathBuf>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.or_else(|| Cli::parse_from(["lab", "run"]).command);
    let ended = match command.expect("a command") {
        Command::Serve { role, words } => return serve::run(&role, &words),
        Command::List => fault::all().map(|faults| {
            for fault in faults {
                println!("{:<28} {}", fault.name, fault.title);
            }
            true
        }),
        Command::Up => stack::Stack::up().map(|stack| {
            println!("The stack runs. Its project is {}; `lab down` takes it away.", stack.project.display());
            std::mem::forget(stack);
            true
        }),
        Command::Down => stack::down().map(|()| true),
        Command::Break { name } => {
            stack::Stack::running().and_then(|stack| measure::break_only(&stack, &name)).map(|()| true)
        }
        Command::Mend => stack::Stack::running().and_then(|stack| stack.mend(&[])).map(|()| true),
        Command::Run(run) => measure::run(&run),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
