//! The conversation: a question to a section, its checks, their meaning, a confirmed fix, and the proof.
//! It never touches terminal, system, disk or clock: it speaks to the traits `Console`, `World` and `Recorder`.

mod answer;
pub mod approval;
mod assign;
mod causes;
pub mod changes;
mod checks;
pub mod commands;
mod edits;
pub mod event;
mod fixes;
mod given;
mod known;
pub mod late;
mod lead;
pub mod library;
mod links;
mod named;
mod onward;
pub mod ports;
mod proof;
mod refine;
pub mod settings;
mod steps;
mod tell;
mod thread;
mod values;
pub mod view;
pub mod wording;

pub use checks::Diagnosis;
pub use given::names_a_label;
pub use known::Known;
pub use lead::Lead;

use std::time::Duration;

use commands::Said;
use event::{Event, Recorder};
use library::Library;
use ports::{Console, Question, Reply, Survey, World};
use thread::{Offered, Thread, Work};
use view::View;

use crate::query::Query;

/// How a session is to behave.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long one check may take.
    pub timeout: Duration,
    /// Run the literal commands instead of probes.
    pub shell: bool,
    /// Everything up to the change, and what would have been run.
    pub dry_run: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { timeout: Duration::from_secs(10), shell: false, dry_run: false }
    }
}

/// Where a session stands; its exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// Nothing was asked, a section was found, or what was wrong is well again.
    #[default]
    Fine,
    /// A problem was found and is still there.
    ProblemLeft,
    /// No section fitted.
    NoMatch,
    /// Nothing could be looked at.
    Unreachable,
}

/// Whether the conversation goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    Continue,
    Quit,
    /// The operator asks for something that the record answers.
    History,
    /// The session's id, or `last`.
    Report(String),
}

/// One conversation.
pub struct Session<'a, C, W, R> {
    pub console: &'a mut C,
    world: &'a W,
    recorder: &'a mut R,
    library: &'a Library,
    settings: Settings,
    thread: Thread,
    standing: Standing,
    /// What was said instead of an answer: it is taken up as the next input.
    said: Option<String>,
    record_failed: bool,
    /// What the last look around found, and whether no question has used it yet.
    known: Known,
    fresh: bool,
    worked: Worked<'a>,
    /// How sections were when they were last used.
    memory: Option<&'a dyn changes::Memory>,
    /// A runbook's text as it is now, by its path; `None` where it is gone.
    texts: Option<Texts<'a>>,
}

/// A runbook's text as it is now, by its path; `None` where it is gone.
type Texts<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The titles of fixes that helped in a section before, on this host.
pub type Worked<'a> = &'a dyn Fn(&str) -> Vec<String>;

impl<'a, C: Console, W: World, R: Recorder> Session<'a, C, W, R> {
    /// A session; `worked` gives the titles of fixes that helped in a section before.
    pub fn new(
        console: &'a mut C,
        world: &'a W,
        recorder: &'a mut R,
        library: &'a Library,
        settings: Settings,
        worked: Worked<'a>,
    ) -> Self {
        Session {
            console,
            world,
            recorder,
            library,
            settings,
            thread: Thread::default(),
            standing: Standing::default(),
            said: None,
            record_failed: false,
            known: Known::default(),
            fresh: false,
            worked,
            memory: None,
            texts: None,
        }
    }

    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What the prompt should name: the section that is open.
    pub fn place(&self) -> Option<&str> {
        let work = self.thread.work.as_ref()?;
        self.library.sections().get(work.section).map(|s| s.title.as_str())
    }

    /// The first line: what is known, and what can be reached as far as that is known yet.
    pub fn greet(&mut self, survey: Option<Survey>) {
        if let Some(seen) = &survey {
            self.knows(seen);
        }
        self.console.show(&View::Banner {
            runbooks: self.library.shelves().len(),
            sections: self.library.sections().len(),
            survey: survey.unwrap_or_default(),
        });
    }

    /// Says that nothing is recorded: before a fix it is asked whether to go on without.
    pub fn unrecorded(&mut self) {
        self.record_failed = true;
    }

    /// One input of the operator, and what was said instead of answers while it was worked on.
    pub async fn handle(&mut self, input: &str) -> Flow {
        let flow = self.turn(input).await;
        self.take_up(flow).await
    }

    /// A question that was read already, such as a log from a pipe.
    pub async fn hear(&mut self, query: Query) -> Flow {
        self.ask(query).await;
        self.take_up(Flow::Continue).await
    }

    async fn take_up(&mut self, mut flow: Flow) -> Flow {
        while let (Flow::Continue, Some(said)) = (&flow, self.said.take()) {
            flow = self.turn(&said).await;
        }
        flow
    }

    async fn turn(&mut self, input: &str) -> Flow {
        self.world.forget_interrupt().await;
        match commands::read(input) {
            Said::Nothing => {
                self.note("Nothing was said. Say what is wrong, or paste the error; /help shows what else.")
            }
            Said::Help => self.help(),
            Said::Runbooks(words) => self.runbooks(&words),
            Said::Open(name) => self.open_named(&name).await,
            Said::Number(n) => self.number(n).await,
            Said::Checks => match self.thread.work.as_ref().map(|w| w.section) {
                Some(section) => self.work_through(section).await,
                None => self.trouble("no section is open".into(), "say what is wrong, or /open a section"),
            },
            Said::Fix(number) => self.fix_command(number, false).await,
            Said::Why(number) => self.why(number),
            Said::See(which) => self.see(&which).await,
            Said::Back => match self.thread.trail.pop() {
                Some(section) => {
                    self.thread.origin = None;
                    self.thread.work = None;
                    self.open_without_trail(section).await;
                }
                None => self.note("This is where it began. /runbooks lists all sections."),
            },
            Said::More => self.more(),
            Said::Next => self.next().await,
            Said::Yes => self.yes().await,
            Said::No => self.no(),
            Said::Thanks => self.thanks(),
            Said::Lost => self.lost(),
            Said::History => return Flow::History,
            Said::Report(id) => return Flow::Report(if id.is_empty() { "last".into() } else { id }),
            Said::Quit => return Flow::Quit,
            Said::Unknown { word, nearest } => {
                let hint = nearest.map_or("/help lists the commands".to_owned(), |n| format!("did you mean /{n}?"));
                self.trouble(format!("`/{word}` is not a command"), &hint);
            }
            Said::Problem(text) => self.problem(&text).await,
        }
        Flow::Continue
    }

    async fn open_match(&mut self, number: usize) {
        match number.checked_sub(1).and_then(|i| self.thread.matches.get(i)).map(|m| m.section) {
            Some(section) => self.open(section).await,
            None => self.trouble(format!("there is no number {number}"), "/more shows more sections"),
        }
    }

    async fn number(&mut self, n: usize) {
        match &self.thread.offered {
            Offered::Fixes => self.fix_command(Some(n), false).await,
            Offered::Sections => self.open_match(n).await,
            Offered::Listed(list) => match n.checked_sub(1).and_then(|i| list.get(i)).copied() {
                Some(section) => self.open(section).await,
                None => self.trouble(format!("there is no number {n} in the list"), "/runbooks shows it again"),
            },
            Offered::Nothing => self.trouble(format!("there is nothing to choose {n} from"), "say what is wrong first"),
        }
    }

    async fn next(&mut self) {
        if self.thread.offered == Offered::Fixes {
            return self.fix_command(None, true).await;
        }
        let at = self.thread.work.as_ref().map(|w| w.section);
        let next = match at {
            Some(section) => self.thread.matches.iter().position(|m| m.section == section).map_or(0, |i| i + 1),
            None => 0,
        };
        self.open_match(next + 1).await;
    }

    /// Opens a section: shows what it is, and works through its checks.
    pub async fn open(&mut self, section: usize) {
        if let Some(work) = &self.thread.work
            && work.section != section
        {
            let left = work.section;
            // The way back holds each section once.
            self.thread.trail.retain(|s| *s != left && *s != section);
            self.thread.trail.push(left);
        }
        self.open_without_trail(section).await;
    }

    async fn open_without_trail(&mut self, index: usize) {
        let Some(section) = self.library.sections().get(index) else { return };
        self.record(Event::SectionChosen {
            id: section.id.clone(),
            title: section.title.clone(),
            path: section.path.clone(),
            line: section.line,
            content_hash: self.library.hash_of(index),
        });
        self.thread.work = Some(Work { section: index, ..Work::default() });
        self.thread.typed.clear();
        self.thread.set.clear();
        self.thread.further = None;
        self.show_changes(section);
        self.work_through(index).await;
    }

    /// Asks, with the question in the record before it is on the screen, and the answer after it.
    fn put(&mut self, question: &Question) -> Reply {
        self.record(Event::Asked { question: question.prompt.clone() });
        let reply = self.console.ask(question);
        let answer = match &reply {
            Reply::Text(text) => crate::text::shorten(text, 200),
            Reply::Pasted => "a paste: no answer".into(),
            Reply::Interrupted => "interrupted".into(),
            Reply::Nobody => "nobody".into(),
        };
        self.record(Event::Answered { answer });
        reply
    }

    fn note(&mut self, text: &str) {
        self.console.show(&View::Note(text.to_owned()));
    }

    fn trouble(&mut self, what: String, hint: &str) {
        self.console.show(&View::Trouble { what, hint: Some(hint.to_owned()) });
    }

    /// Writes to the record; a record that cannot be written is said once and does not end the session.
    pub fn record(&mut self, event: Event) -> bool {
        match self.recorder.record(&event) {
            Ok(()) => true,
            Err(error) => {
                if !self.record_failed {
                    self.record_failed = true;
                    self.trouble(
                        format!("the record cannot be written: {error}"),
                        "the session goes on without it; you are asked again before a fix",
                    );
                }
                false
            }
        }
    }
}
