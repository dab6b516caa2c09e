//! The conversation's loop: reads inputs, hands them to the session, and ends with the right code.
//! It never understands an input itself.

use anyhow::Result;

use super::cli::Format;
use super::config::Config;
use super::exit::Exit;
use super::{pipe, record};
use crate::journal::Journal;
use crate::session::event::{Event, Recorder};
use crate::session::library::Library;
use crate::session::ports::Console;
use crate::session::view::View;
use crate::session::{Flow, Session, Settings};
use crate::term::editor::{Editor, Input};
use crate::text::clean::scrub_pasted;
use crate::world::Live;

/// The conversation, with a first question from the command line or a pipe where there is one.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(config: &Config, library: &Library, words: &str, runtime: &tokio::runtime::Runtime) -> Result<Exit> {
    let world = Live::new(&config.project, config.compose_file.as_deref());
    let masker = world.masker();
    let mut terminal = super::terminal(config, masker.clone());
    let (mut journal, trouble) = Journal::open(config.state.as_deref(), masker.clone());
    let unrecorded = trouble.is_some();
    if let Some(trouble) = trouble {
        terminal.show(&View::Trouble {
            what: trouble,
            hint: Some("the session goes on without a record; you are asked again before a fix".into()),
        });
    }
    let started = Event::SessionStarted {
        version: env!("CARGO_PKG_VERSION").into(),
        project: config.project.display().to_string(),
        knowledge: library.shelves().iter().map(|s| s.path.clone()).collect(),
    };
    let piped = if words.trim().is_empty() { pipe::question() } else { None };
    let interactive = terminal.interactive();
    // A record that cannot be written is said when the first question is asked.
    let _ = journal.record(&started);
    let settings = Settings { timeout: config.timeout, shell: config.shell, dry_run: config.dry_run };
    let worked = |section: &str| crate::journal::worked(config.state.as_deref(), section);
    let mut session = Session::new(&mut terminal, &world, &mut journal, library, settings, &worked);
    if unrecorded {
        session.unrecorded();
    }
    if !config.quiet {
        runtime.block_on(session.greet());
    }
    match piped {
        Some(query) => {
            runtime.block_on(session.hear(query));
        }
        None if !words.trim().is_empty() => {
            runtime.block_on(session.handle(words));
        }
        None if !interactive => {
            session.console.show(&View::Note(
                "There is no terminal and no question. `unstuck --help` shows what can be said.".into(),
            ));
            return Ok(Exit::Usage);
        }
        None => {
            session.console.show(&View::Note("What is wrong? Say it in your own words, or paste the error.".into()))
        }
    }
    if interactive {
        converse(config, &mut session, library, runtime, &masker)?;
    }
    let exit = Exit::from(session.standing());
    session.record(Event::SessionEnded { exit: exit as u8 });
    Ok(exit)
}

fn converse<W: crate::session::ports::World, R: Recorder>(
    config: &Config,
    session: &mut Session<'_, crate::term::Terminal, W, R>,
    library: &Library,
    runtime: &tokio::runtime::Runtime,
    masker: &crate::text::Masker,
) -> Result<()> {
    let names = library.sections().iter().flat_map(|s| [s.id.clone(), s.title.clone()]).collect();
    let history = config.state.as_ref().map(|dir| dir.join("history"));
    let mut editor = Editor::new(names, history)?;
    let mut asked_to_leave = false;
    loop {
        if session.console.closed() {
            return Ok(());
        }
        let prompt = match session.breadcrumbs() {
            Some(titles) => format!("\n{} > ", crate::text::clean(&titles)),
            None => "\n> ".to_owned(),
        };
        match editor.read(&prompt) {
            Input::Text(text) => {
                asked_to_leave = false;
                let text = scrub_pasted(&text);
                editor.remember(&masker.mask(&text));
                match runtime.block_on(session.handle(&text)) {
                    Flow::Continue => {}
                    Flow::Quit => return Ok(()),
                    Flow::History => session.console.show(&View::Page(record::history_page(config))),
                    Flow::Report(id) => {
                        let view = match record::report_text(config, &id, Format::Md) {
                            Ok(page) => View::Page(page),
                            Err(error) => View::Trouble {
                                what: error.to_string(),
                                hint: Some("/history lists the sessions".into()),
                            },
                        };
                        session.console.show(&view);
                    }
                }
            }
            Input::Interrupted if asked_to_leave => return Ok(()),
            Input::Interrupted => {
                asked_to_leave = true;
                session.console.show(&View::Note("Ctrl-C again, /quit or Ctrl-D leaves.".into()));
            }
            Input::End => return Ok(()),
            Input::Unreadable(what) => {
                session.console.show(&View::Trouble {
                    what,
                    hint: Some("a log file goes in best by a pipe: unstuck < file".into()),
                });
            }
        }
    }
}
