//! One scripted world for all conversations in tests: a console that says lines, a system as the test makes it, a full record.
//! It never looks at this machine, and what it is told to change it only writes down.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use unstuck::probe::{Ended, Look, Observed, ProcessReading, Reading};
use unstuck::runbook::Setting;
use unstuck::session::approval::{Approved, Change};
use unstuck::session::event::{Event, RecordError, Recorder};
use unstuck::session::library::Library;
use unstuck::session::ports::{Applied, Console, EnvEdit, Question, Reply, Survey, Target, World};
use unstuck::session::view::View;
use unstuck::session::{Session, Settings, Standing, settings};
use unstuck::term::render::{Style, render};
use unstuck::text::Masker;

/// Says its lines in their order, then nothing, and keeps the screen.
pub struct Script<'a> {
    /// What is still to be said; `^C` is Ctrl-C and `^V` a paste.
    pub says: VecDeque<String>,
    pub screen: String,
    /// Columns of the screen.
    pub width: usize,
    /// Nobody sits at a terminal.
    pub alone: bool,
    /// Called before each answer, with the question.
    pub before: Box<dyn FnMut(&str) + 'a>,
}

impl<'a> Script<'a> {
    pub fn saying(says: &[&str]) -> Script<'a> {
        let says = says.iter().map(|s| (*s).to_owned()).collect();
        Script { says, screen: String::new(), width: 110, alone: false, before: Box::new(|_| {}) }
    }
}

impl Console for Script<'_> {
    fn interactive(&self) -> bool {
        !self.alone
    }

    fn show(&mut self, view: &View) {
        self.screen.push_str(&render(view, Style { colored: false, width: self.width }, &Masker::default()));
    }

    fn ask(&mut self, question: &Question) -> Reply {
        (self.before)(&question.prompt);
        let said = self.says.pop_front();
        let shown = said.as_deref().unwrap_or("(nobody)");
        self.screen.push_str(format!("{}  {}  {shown}", question.prompt, question.keys).trim_end());
        self.screen.push('\n');
        match said {
            None => Reply::Nobody,
            Some(said) if said == "^C" => Reply::Interrupted,
            Some(said) if said == "^V" => Reply::Pasted,
            Some(said) => Reply::Text(said),
        }
    }
}

/// What a look gives after so many changes.
type Answer<'a> = Box<dyn Fn(&Look, usize) -> Reading + 'a>;

/// What a system has to say of a command.
type About<'a, T> = Box<dyn Fn(&str) -> T + 'a>;

/// A system as a test makes it; what is looked at and changed is kept in its order.
pub struct Staged<'a> {
    pub answer: Answer<'a>,
    /// What a look around gives after so many changes.
    pub around: Box<dyn Fn(usize) -> Survey + 'a>,
    /// What a command would act on.
    pub targets: About<'a, Vec<Target>>,
    /// How a change ends that does not end well: its exit code and what it prints.
    pub fails: About<'a, Option<(i32, String)>>,
    /// The text of the env file, where there is one.
    pub env: Option<String>,
    /// Why what a change acts on is not what it was when it was asked.
    pub stale: Option<String>,
    pub looked: RefCell<Vec<String>>,
    pub changed: RefCell<Vec<String>>,
}

impl<'a> Staged<'a> {
    /// Every look is answered from `answer`, with the number of changes made until then.
    pub fn answering(answer: impl Fn(&Look, usize) -> Reading + 'a) -> Staged<'a> {
        Staged {
            answer: Box::new(answer),
            around: Box::new(|_| Survey::default()),
            targets: Box::new(|_| Vec::new()),
            fails: Box::new(|_| None),
            env: None,
            stale: None,
            looked: RefCell::default(),
            changed: RefCell::default(),
        }
    }

    /// Every look runs its command, which ends with this code and prints this text. Nothing native is asked.
    pub fn printing(prints: impl Fn(&str) -> (i32, String) + 'a) -> Staged<'a> {
        Staged::answering(move |look, _| {
            let command = look.command().text();
            let (code, text) = prints(command);
            Reading::Process(process(command, code, text))
        })
    }
}

/// A command that ended with `code`; its text is on the one stream that belongs to that.
fn process(command: &str, code: i32, text: String) -> ProcessReading {
    let (stdout, stderr) = if code == 0 { (text, String::new()) } else { (String::new(), text) };
    ProcessReading { command: command.to_owned(), ended: Ended::Code(code), stdout, stderr, cut: 0 }
}

impl World for Staged<'_> {
    async fn survey(&self) -> Survey {
        (self.around)(self.changed.borrow().len())
    }

    async fn look(&self, look: &Look) -> Observed {
        self.looked.borrow_mut().push(look.command().text().to_owned());
        Observed { reading: (self.answer)(look, self.changed.borrow().len()), ms: 1 }
    }

    async fn targets(&self, command: &str) -> Vec<Target> {
        (self.targets)(command)
    }

    fn plan_edit(&self, wanted: &[Setting], _: Option<&str>) -> Result<EnvEdit, String> {
        let before = self.env.clone().ok_or("there is no env file here")?;
        let after = settings::edited(&before, wanted);
        Ok(EnvEdit {
            file: ".env".into(),
            settings: wanted.to_vec(),
            diff: settings::diff(&before, &after, ".env"),
            before: Some(before),
            after,
            reaches: wanted.iter().map(|s| (s.key.clone(), vec!["backend".to_owned()])).collect(),
            then: Some("docker compose up -d backend".into()),
            route: None,
        })
    }

    async fn apply(&self, approved: Approved, _: &mut dyn FnMut(&str)) -> Applied {
        if let Some(why) = &self.stale {
            return Applied::Stale(why.clone());
        }
        let (change, _) = approved.into_parts();
        let text = change.text();
        let failed = (self.fails)(&text);
        if failed.is_none() {
            self.changed.borrow_mut().push(text.clone());
        }
        match change {
            Change::Edit(_) => Applied::Edited { backup: Some(".env.backup".into()), ms: 3 },
            Change::Run { .. } => {
                let (code, said) = failed.unwrap_or_default();
                Applied::Ran { reading: process(&text, code, said), ms: 800 }
            }
        }
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

/// No fix helped before.
pub fn nothing_helped(_: &str) -> Vec<String> {
    Vec::new()
}

/// What came of a conversation.
pub struct End {
    pub screen: String,
    /// The sections that are open, the last one last.
    pub crumbs: String,
    pub events: Vec<Event>,
    pub standing: Standing,
}

/// A conversation in which `said` is said at the prompt and the console answers the questions.
pub fn converse(mut console: Script, world: &Staged, library: &Library, settings: Settings, said: &[&str]) -> End {
    let mut kept = Kept::default();
    let mut session = Session::new(&mut console, world, &mut kept, library, settings, &nothing_helped);
    for line in said {
        wait(session.handle(line));
    }
    let (crumbs, standing) = (session.breadcrumbs().unwrap_or_default(), session.standing());
    End { screen: console.screen, crumbs, events: kept.0, standing }
}

/// Runs what a conversation waits for.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
