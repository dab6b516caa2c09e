//! The conversation's loop: reads inputs, hands them to the session, and ends with the right code.
//! It never understands an input itself.

use anyhow::Result;

use super::config::Config;
use super::exit::Exit;
use super::sources::Read;
use super::survey::Early;
use super::watch::{Shelves, Watch};
use super::{meaning, pipe, record, sources};
use crate::journal::Journal;
use crate::journal::seen::Seen;
use crate::session::event::{Event, Recorder};
use crate::session::library::Library;
use crate::session::ports::{Console, World};
use crate::session::view::View;
use crate::session::{Flow, Session, Settings};
use crate::term::Terminal;
use crate::term::editor::{Editor, Input};
use crate::text::Masker;
use crate::text::clean::scrub_pasted;
use crate::world::Live;

/// The conversation over the runbooks that were read, with a first question from the command line or a pipe where there is one.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(
    config: &Config,
    read: &Read,
    words: &str,
    early: Option<Early>,
    runtime: &tokio::runtime::Runtime,
) -> Result<Exit> {
    let library = &read.library;
    let mut world = Live::new(&config.project, config.compose_file.as_deref());
    runtime.block_on(world.find_project(config.named));
    let masker = world.masker();
    let mut terminal = super::terminal(config, masker.clone());
    let piped = if words.trim().is_empty() { pipe::question() } else { None };
    let interactive = terminal.interactive();
    if !interactive && piped.is_none() && words.trim().is_empty() {
        crate::term::say(
            "error: there is no terminal to talk to, and no question\nhint: unstuck \"what is wrong\", or some-log | unstuck; `unstuck --help` shows what else\n",
        );
        return Ok(Exit::Usage);
    }
    let (mut journal, trouble) = Journal::open(config.state.as_deref(), masker.clone());
    let unrecorded = trouble.is_some();
    if let Some(trouble) = trouble {
        terminal.show(&View::Trouble {
            what: trouble,
            hint: Some("the session goes on without a record; you are asked again before a fix".into()),
        });
    }
    let project = std::path::absolute(&config.project).unwrap_or_else(|_| config.project.clone());
    let started = Event::SessionStarted {
        version: env!("CARGO_PKG_VERSION").into(),
        project: project.display().to_string(),
        knowledge: named(library),
    };
    // A record that cannot be written is said when the first question is asked.
    let _ = journal.record(&started);
    let running = journal.id().to_owned();
    let settings = Settings { timeout: config.timeout, shell: config.shell, dry_run: config.dry_run };
    let worked = |section: &str| crate::journal::worked(config.state.as_deref(), section);
    let shelves = Shelves::default();
    let seen = Seen::open(config.state.as_deref());
    let texts = |path: &str| sources::text(config, path);
    let mut session = Session::new(&mut terminal, &world, &mut journal, library, settings, &worked);
    if unrecorded {
        session.unrecorded();
    }
    if interactive {
        session.remember_with(&seen);
        session.look_up_with(&texts);
    }
    let mut early = early;
    if !config.quiet {
        session.greet(early.as_mut().and_then(Early::soon));
    }
    let mut talk = Talk { config, runtime, running, looks: read.looks, told: read.troubles.clone() };
    let flow = match piped {
        Some(query) => runtime.block_on(session.hear(query)),
        None if !words.trim().is_empty() => runtime.block_on(session.handle(words)),
        None => {
            session.console.show(&View::Note("What is wrong? Say it in your own words, or paste the error.".into()));
            Flow::Continue
        }
    };
    if talk.goes_on(&mut session, flow) && interactive {
        talk.converse(&mut session, library, &shelves, &masker, early)?;
    }
    let exit = Exit::from(session.standing());
    session.record(Event::SessionEnded { exit: exit as u8 });
    Ok(exit)
}

/// The paths of the runbooks for the record; of very many the first.
fn named(library: &Library) -> Vec<String> {
    const MOST: usize = 200;
    let shelves = library.shelves();
    let more = shelves.len().saturating_sub(MOST);
    let paths = shelves.iter().take(MOST).map(|s| s.path.clone());
    paths.chain((more > 0).then(|| format!("and {more} more"))).collect()
}

/// What the loop needs beside the session.
struct Talk<'a> {
    config: &'a Config,
    runtime: &'a tokio::runtime::Runtime,
    /// The id of this session's record.
    running: String,
    /// How the runbooks looked when they were read.
    looks: u64,
    /// What was told of runbooks that could not be read as they are.
    told: Vec<String>,
}

impl Talk<'_> {
    /// Where a runbook changed, goes on with all of them read anew.
    fn read_anew<'a, W: World, R: Recorder>(
        &mut self,
        session: &mut Session<'a, Terminal, W, R>,
        shelves: &'a Shelves,
        watch: &Watch,
    ) {
        if !watch.changed() {
            return;
        }
        match sources::library(self.config, &|_, _| ()) {
            Ok(Read { mut library, troubles, .. }) => {
                for what in troubles.iter().filter(|what| !self.told.contains(what)) {
                    session.console.show(&View::Trouble { what: what.clone(), hint: None });
                }
                self.told = troubles;
                if let Some(folder) = &self.config.encoder
                    && let Ok(meaning) = meaning::load(folder, self.config.cache.as_deref(), library.sections())
                {
                    library.rank_by_meaning(meaning);
                }
                if let Some(library) = shelves.keep(library) {
                    session.adopt(library);
                }
            }
            Err(error) => session.console.show(&View::Trouble {
                what: error.to_string(),
                hint: Some("the runbooks stay as they were read".into()),
            }),
        }
    }

    fn converse<'a, W: World, R: Recorder>(
        &mut self,
        session: &mut Session<'a, Terminal, W, R>,
        library: &Library,
        shelves: &'a Shelves,
        masker: &Masker,
        mut early: Option<Early>,
    ) -> Result<()> {
        let names =
            |each: &mut dyn FnMut(&str)| library.sections().names().flat_map(|(id, title)| [title, id]).for_each(each);
        let history = self.config.state.as_ref().map(|dir| dir.join("history"));
        let mut editor = Editor::new(&names, history)?;
        let mut asked_to_leave = false;
        let (config, looks) = (self.config.clone(), self.looks);
        let mut watch = Watch::begin(&self.config.knowledge, move || sources::are_same(&config, looks));
        loop {
            if session.console.closed() {
                return Ok(());
            }
            self.read_anew(session, shelves, &watch);
            let prompt = match session.breadcrumbs() {
                Some(titles) => format!("\n{} > ", crate::text::clean(&titles)),
                None => "\n> ".to_owned(),
            };
            let input = editor.read(&prompt);
            if matches!(input, Input::Text(_)) && !self.runtime.block_on(watch.has_looked()) {
                session.console.show(&View::Note("Stopped before all runbooks were looked at.".into()));
                continue;
            }
            self.read_anew(session, shelves, &watch);
            if let Some(survey) = early.as_mut().filter(|_| !self.config.quiet).and_then(Early::late) {
                session.knows(&survey);
                session.console.show(&View::Survey(survey));
            }
            match input {
                Input::Text(text) => {
                    asked_to_leave = false;
                    let text = scrub_pasted(&text);
                    editor.remember(&masker.mask(&text));
                    let flow = self.runtime.block_on(session.handle(&text));
                    if !self.goes_on(session, flow) {
                        return Ok(());
                    }
                }
                Input::Interrupted if asked_to_leave => return Ok(()),
                Input::Interrupted => {
                    asked_to_leave = true;
                    session.console.show(&View::Note("Ctrl-C again, /quit or Ctrl-D leaves.".into()));
                }
                Input::End => return Ok(()),
                Input::Unreadable(what) => {
                    let hint = Some("a log file goes in best by a pipe: unstuck < file".into());
                    session.console.show(&View::Trouble { what, hint });
                }
            }
        }
    }

    /// Answers what the record answers; says whether the conversation goes on.
    fn goes_on<W: World, R: Recorder>(&self, session: &mut Session<'_, Terminal, W, R>, flow: Flow) -> bool {
        let view = match flow {
            Flow::Continue => return true,
            Flow::Quit => return false,
            Flow::History => View::Page(record::history_page(self.config)),
            Flow::Report(id) => match record::report_here(self.config, &id, &self.running) {
                Ok(page) => View::Page(page),
                Err(error) => {
                    View::Trouble { what: error.to_string(), hint: Some("/history lists the sessions".into()) }
                }
            },
        };
        session.console.show(&view);
        true
    }
}
