//! The world, the console and the record of conversations in tests: a world that answers from a function, a console that says lines.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use unstuck::probe::{Ended, Look, Observed, ProcessReading, Reading};
use unstuck::runbook::Setting;
use unstuck::session::approval::{Approved, Change};
use unstuck::session::event::{Event, RecordError, Recorder};
use unstuck::session::ports::{Applied, Console, EnvEdit, Question, Reply, Survey, Target, World};
use unstuck::session::view::View;
use unstuck::term::render::{Style, render};
use unstuck::text::Masker;

/// Says its answers in their order, then nothing, and keeps the screen.
pub struct Script<'a> {
    pub answers: VecDeque<String>,
    pub shown: String,
    /// Called before each answer, with the question.
    pub before: Box<dyn FnMut(&str) + 'a>,
}

impl<'a> Script<'a> {
    pub fn saying(answers: &[&str]) -> Script<'a> {
        let answers = answers.iter().map(|a| (*a).to_owned()).collect();
        Script { answers, shown: String::new(), before: Box::new(|_| {}) }
    }
}

impl Console for Script<'_> {
    fn interactive(&self) -> bool {
        true
    }

    fn show(&mut self, view: &View) {
        self.shown.push_str(&render(view, Style { colored: false, width: 110 }, &Masker::default()));
    }

    fn ask(&mut self, question: &Question) -> Reply {
        (self.before)(&question.prompt);
        let reply = self.answers.pop_front().map_or(Reply::Nobody, Reply::Text);
        self.shown.push_str(&format!("{} {} -> {reply:?}\n", question.prompt, question.keys));
        reply
    }

    fn begin(&mut self, _: &[String]) {}
    fn ended(&mut self, _: usize) {}
    fn finish(&mut self) {}
}

/// Answers every look from a function of its command: exit code and what is printed. Nothing native is asked.
pub struct Answering<'a> {
    answer: &'a dyn Fn(&str) -> (i32, String),
    pub looked: RefCell<Vec<String>>,
    pub ran: RefCell<Vec<String>>,
}

impl<'a> Answering<'a> {
    pub fn with(answer: &'a dyn Fn(&str) -> (i32, String)) -> Answering<'a> {
        Answering { answer, looked: RefCell::default(), ran: RefCell::default() }
    }
}

impl World for Answering<'_> {
    async fn survey(&self) -> Survey {
        Survey::default()
    }

    async fn look(&self, look: &Look) -> Observed {
        let command = look.command().text().to_owned();
        let (code, text) = (self.answer)(&command);
        self.looked.borrow_mut().push(command.clone());
        let (stdout, stderr) = if code == 0 { (text, String::new()) } else { (String::new(), text) };
        let reading = ProcessReading { command, ended: Ended::Code(code), stdout, stderr, cut: 0 };
        Observed { reading: Reading::Process(reading), ms: 1 }
    }

    async fn targets(&self, _: &str) -> Vec<Target> {
        Vec::new()
    }

    fn plan_edit(&self, _: &[Setting], _: Option<&str>) -> Result<EnvEdit, String> {
        Err("there is no env file here".into())
    }

    async fn apply(&self, approved: Approved, _: &mut dyn FnMut(&str)) -> Applied {
        let (change, _) = approved.into_parts();
        let Change::Run { text, .. } = change else { panic!("only commands are expected") };
        self.ran.borrow_mut().push(text.clone());
        let (stdout, stderr) = (String::new(), String::new());
        let reading = ProcessReading { command: text, ended: Ended::Code(0), stdout, stderr, cut: 0 };
        Applied::Ran { reading, ms: 1 }
    }

    async fn keep_evidence(&self, _: &str) -> Option<String> {
        None
    }

    async fn wait(&self, _: Duration) {}

    async fn interrupted(&self) {
        std::future::pending().await
    }

    async fn forget_interrupt(&self) {}
}

/// Keeps every event.
#[derive(Default)]
pub struct Kept(pub Vec<Event>);

impl Recorder for Kept {
    fn record(&mut self, event: &Event) -> Result<(), RecordError> {
        self.0.push(event.clone());
        Ok(())
    }
}

/// Runs what a conversation waits for.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
