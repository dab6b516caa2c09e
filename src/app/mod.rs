//! The program: command line, configuration, and the parts put together.
//! It never decides what is safe or what a reading means.

mod annotate;
mod ask;
mod author;
mod check;
mod checkout;
mod cli;
mod config;
mod diagnose;
mod examples;
mod exit;
mod json;
mod listing;
mod meaning;
mod new;
mod pipe;
mod record;
mod repl;
mod settled;
mod sources;
mod survey;
mod watch;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use cli::{CheckFormat, Cli, Command, RunbooksAction};
use config::Config;
use exit::Exit;
use sources::Read;

use crate::term::{Slowly, Terminal, say};
use crate::text::Masker;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; everything else is a usage error. Clap knows which stream each goes to.
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = error.print();
            return code.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("error: the program cannot start its inner clockwork: {error}\n"));
            return Exit::Unreachable.into();
        }
    };
    // What is made from here on may listen for signals.
    let inside = runtime.enter();
    let ended = run(cli, &runtime);
    drop(inside);
    // A look that is still waiting for a dead peer must not hold the program's end.
    runtime.shutdown_background();
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            let mut text = format!("error: {error}\n");
            for cause in error.chain().skip(1) {
                text.push_str(&format!("caused by: {cause}\n"));
            }
            text.push_str("hint: `unstuck --help` shows what can be said\n");
            say(&Masker::default().mask(&crate::text::clean(&text)));
            Exit::Usage.into()
        }
    }
}

fn run(cli: Cli, runtime: &tokio::runtime::Runtime) -> Result<Exit> {
    let global = cli.global;
    // What needs neither runbooks nor a system is answered before anything is read.
    match &cli.command {
        Some(Command::Effect { json, command }) => return author::effect(*json, command),
        Some(Command::Completions { shell }) => {
            let mut out = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "unstuck", &mut out);
            crate::term::out(&String::from_utf8_lossy(&out));
            return Ok(Exit::Done);
        }
        Some(Command::Man) => {
            let mut out = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut out)?;
            crate::term::out(&String::from_utf8_lossy(&out));
            return Ok(Exit::Done);
        }
        Some(Command::Check { json, format, fix, dir }) => {
            let format = if *json { CheckFormat::Json } else { *format };
            return check::check(&global, format, *fix, dir);
        }
        _ => {}
    }
    let mut config = Config::load(&global)?;
    if let Some(Command::Runbooks { action: Some(action), .. }) = &cli.command {
        return match action {
            RunbooksAction::New(wanted) => new::new(&config, wanted),
            RunbooksAction::Sources { json } => settled::shelves(&config, *json, runtime),
            RunbooksAction::Test { json, dir } => examples::test(&mut config, dir, *json, runtime),
        };
    }
    match cli.command {
        Some(Command::Config { json }) => return settled::config(&config, json),
        Some(Command::History { json }) => return record::history(&config, json),
        Some(Command::Report { id, format }) => return record::report(&config, &id, format),
        _ => {}
    }
    // The first look runs beside the reading of the runbooks.
    let early = (cli.command.is_none() && !config.quiet).then(|| survey::begin(&config));
    // Until the first question is typed there is time to look whether the runbooks are still as they were kept.
    let later = cli.command.is_none() && cli.words.is_empty() && config.encoder.is_none() && is_typed();
    let Read { mut library, troubles, looks } = match (later.then(|| sources::as_kept(&config)).flatten(), &early) {
        (Some(kept), _) => kept,
        // The first look hears Ctrl-C as an event, which would not end the reading.
        (None, Some(_)) => runtime.block_on(read_unless_stopped(&config))?,
        (None, None) => read(&config)?,
    };
    if let Some(folder) = &config.encoder {
        let meaning = meaning::load(folder, config.cache.as_deref(), library.sections())?;
        library.rank_by_meaning(meaning);
    }
    if !config.quiet {
        for trouble in &troubles {
            say(&format!("warning: {}\n", crate::text::clean(trouble)));
        }
    }
    if config.verbose {
        for (nth, shelf) in library.shelves().iter().enumerate() {
            for problem in library.problems(nth) {
                say(&crate::text::clean(&format!(
                    "{}:{}: {}: {}\n",
                    shelf.path, problem.line, problem.rule, problem.message
                )));
            }
        }
    }
    if matches!(cli.command, Some(Command::Ask { .. } | Command::Diagnose { .. } | Command::Eval { .. })) {
        library.indexed()?;
    }
    match cli.command {
        Some(Command::Ask { json: _, top, batch: Some(file), words: _ }) => ask::batch(&library, &file, top),
        Some(Command::Ask { json, top, batch: None, words }) => {
            ask::one(&config, &library, &words.join(" "), top, json)
        }
        Some(Command::Diagnose { json, section, words }) => {
            diagnose::run(&config, &library, section.as_deref(), &words.join(" "), json, runtime)
        }
        Some(Command::Runbooks { json, id, action: None }) => author::runbooks(&config, &library, id.as_deref(), json),
        Some(Command::Eval { json, run, queries }) => ask::eval(&library, &queries, run.as_deref(), json),
        _ => repl::run(&config, &Read { library, troubles, looks }, &cli.words.join(" "), early, runtime),
    }
}

/// Whether the first question will be typed.
fn is_typed() -> bool {
    std::io::stdin().is_terminal()
}

/// The runbooks; shows how far it is where that takes longer.
fn read(config: &Config) -> Result<Read> {
    let slowly = Slowly::new("reading runbooks");
    sources::library(config, &|done, all| slowly.done(done, all))
}

/// The same, until Ctrl-C.
async fn read_unless_stopped(config: &Config) -> Result<Read> {
    let config = config.clone();
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Once it was stopped nobody waits for it.
        let _ = tell.send(read(&config));
    });
    tokio::select! {
        read = told => read?,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("stopped before all runbooks were read"),
    }
}

/// A terminal that masks with what the site's secrets are known to be.
fn terminal(config: &Config, masker: Masker) -> Terminal {
    Terminal::new(config.color, masker)
}
