//! What the conversation needs from the edges: a console to show and ask, a world to look at and to change.
//! It never says how either is done.

use std::future::Future;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::approval::Approved;
use super::view::View;
use crate::probe::{Look, Observed, ProcessReading, ProjectFile, Reading};
use crate::runbook::Setting;
use crate::text::duration_ms;

/// Shows and asks.
pub trait Console {
    /// Whether someone can answer. Where nobody can, nothing that changes is run.
    fn interactive(&self) -> bool;

    /// Shows one thing. What it holds from outside is cleaned and masked here.
    fn show(&mut self, view: &View);

    /// Asks, and waits for the answer. Typed-ahead and pasted text is no answer.
    fn ask(&mut self, question: &Question) -> Reply;

    /// Work with these labels has begun. A console that shows no progress need not heed this, nor its two ends below.
    fn begin(&mut self, _labels: &[String]) {}

    /// The work with this index ended.
    fn ended(&mut self, _index: usize) {}

    /// A line that the work prints; says whether it was shown. What it holds from outside is cleaned and masked here.
    fn said(&mut self, _line: &str) -> bool {
        false
    }

    /// All work is over; the screen is free again.
    fn finish(&mut self) {}
}

/// A question to the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `Run it?`
    pub prompt: String,
    /// The answers it knows, the default in capitals: `[y/N/edit/skip/explain]`.
    pub keys: String,
    /// Text to start from, for an edit.
    pub initial: Option<String>,
    /// The answer is a secret: what is typed is not shown.
    pub secret: bool,
}

impl Question {
    pub fn new(prompt: impl Into<String>, keys: impl Into<String>) -> Question {
        Question { prompt: prompt.into(), keys: keys.into(), initial: None, secret: false }
    }
}

/// Whether an answer is a yes where Enter means yes: for what changes nothing.
pub fn yes_or_enter(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes")
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Text(String),
    /// More than a line came at once: a paste, which is never an answer.
    Pasted,
    /// Ctrl-C.
    Interrupted,
    /// There is no terminal, or it was closed.
    Nobody,
}

/// What a look around the whole system saw, whatever the question is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    /// One clause a part: `Docker ok, 8 containers (1 not running)`.
    pub parts: Vec<SurveyPart>,
    pub glances: Vec<Glance>,
    /// All services of the compose file; none where there is no such file.
    pub services: Vec<Service>,
    /// Why the compose file is not understood.
    pub problem: Option<String>,
    /// Why compose cannot read its env file.
    pub env_problem: Option<String>,
    /// Settings that the compose file demands and that are set nowhere.
    pub unset: Vec<String>,
    /// Files of the project that were changed lately, the last one first.
    pub changed: Vec<Changed>,
    /// The project's texts, to find in them what an error names.
    pub files: Vec<ProjectFile>,
}

/// A file of the project that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// Its path in the project's folder.
    pub name: String,
    /// Seconds ago.
    pub ago_s: u64,
    /// Lines that are not as they were committed, where the folder is a checkout.
    pub lines: Vec<usize>,
}

impl Changed {
    /// `compose.yaml 4 min ago (line 12 differs from the last commit)`.
    pub fn told(&self) -> String {
        let ago = duration_ms(self.ago_s.saturating_mul(1000));
        let lines = self.lines.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let differs = match self.lines.len() {
            0 => String::new(),
            1 => format!(" (line {lines} differs from the last commit)"),
            _ => format!(" (lines {lines} differ from the last commit)"),
        };
        format!("{} {ago} ago{differs}", self.name)
    }
}

/// One thing that was looked at in passing.
#[derive(Debug, Clone, PartialEq)]
pub struct Glance {
    /// `the containers of this project`.
    pub what: String,
    /// The command it stands for.
    pub command: String,
    pub reading: Reading,
}

impl Glance {
    pub fn new(what: impl Into<String>, command: impl Into<String>, reading: Reading) -> Glance {
        Glance { what: what.into(), command: command.into(), reading }
    }
}

/// A service of the compose file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    pub name: String,
    /// The services it needs.
    pub needs: Vec<String>,
    /// The ports of this machine that it has by the compose file itself, whatever the env file says.
    pub usual_ports: Vec<u16>,
}

/// One part of a survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyPart {
    pub text: String,
    pub well: bool,
}

/// Something a change acts on, as it was when the operator was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `container app-redis-1`, `process nginx, pid 412`, `file .env`.
    pub shown: String,
    /// What must be the same when the change is made: container id and state, pid and start time, content hash.
    pub identity: String,
    /// The command that brings the state back which was seen, where there is one.
    pub undo: Option<String>,
    /// Why it must not be touched, where it must not (pid 1, this program).
    pub forbidden: Option<String>,
}

/// An edit of the env file, planned but not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvEdit {
    /// The file, as a path that can be opened.
    pub file: String,
    pub settings: Vec<Setting>,
    /// Its content when the edit was planned; `None` where there is no file yet.
    pub before: Option<String>,
    pub after: String,
    /// A unified diff of the two.
    pub diff: String,
    /// For each key, the services compose passes it to; empty means that it reaches none.
    pub reaches: Vec<(String, Vec<String>)>,
    /// The command that makes running services take it up.
    pub then: Option<String>,
    /// Text for the compose file by which it would reach a service, where it reaches none.
    pub route: Option<String>,
}

/// A command as it has to read on this system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suited {
    pub command: String,
    /// What differs from the runbook's line and why, and where it runs where that is not the current folder.
    pub notes: Vec<String>,
}

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// A command ran; how it ended is in the reading.
    Ran { reading: ProcessReading, ms: u64 },
    /// The env file was written; the old one is kept here.
    Edited { backup: Option<String>, ms: u64 },
    /// The target is not what it was when the question was asked; nothing was done.
    Stale(String),
    /// It could not be started; nothing was done.
    Failed { what: String, hint: String },
}

/// The system under diagnosis. The defaults are those of a world that only looks: it refuses to change anything.
/// What would be missing unseen has none.
pub trait World {
    /// What is reachable, and what is wrong at first sight; takes at most some two seconds.
    fn survey(&self) -> impl Future<Output = Survey>;

    /// Looks once. Never changes anything.
    fn look(&self, look: &Look) -> impl Future<Output = Observed>;

    /// What a command would act on, as it is now.
    fn targets(&self, command: &str) -> impl Future<Output = Vec<Target>>;

    /// A runbook's command as it has to read here: with the compose file that this project has.
    fn suited(&self, command: &str) -> Suited {
        Suited { command: command.to_owned(), notes: Vec::new() }
    }

    /// What a runbook's command needs to work and this system does not have: a script, a program, systemd.
    fn lacks(&self, _command: &str) -> Option<String> {
        None
    }

    /// Plans an edit of the env file, or of another settings file of the project, named by its path in the folder.
    ///
    /// # Errors
    /// A sentence that says why the file cannot be read or written; of a world that edits nothing, that it does not.
    fn plan_edit(&self, _settings: &[Setting], _file: Option<&str>) -> Result<EnvEdit, String> {
        Err("no file is edited here".into())
    }

    /// Plans a change of a service's memory limit where the compose file has one; nothing where it does not.
    fn plan_limit(&self, _service: &str, _limit: &str) -> Option<EnvEdit> {
        None
    }

    /// Gets the leave a command needs before it runs: `sudo` asks for its password on the terminal.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    fn allow(&self, _command: &str) -> impl Future<Output = Result<(), String>> {
        async { Ok(()) }
    }

    /// Makes the change that was agreed to, once, if its targets are still what they were; tells what it prints meanwhile.
    /// A world that changes nothing refuses.
    fn apply(&self, _approved: Approved, _told: &mut dyn FnMut(&str)) -> impl Future<Output = Applied> {
        async { Applied::Failed { what: "nothing is changed here".into(), hint: String::new() } }
    }

    /// Keeps what a command is about to erase (a container's log), and says where; `None` where there is nothing.
    fn keep_evidence(&self, command: &str) -> impl Future<Output = Option<String>>;

    /// Lets time pass, so that what was just started can come up.
    fn wait(&self, time: Duration) -> impl Future<Output = ()>;

    /// A change was just made: what logs said before it is of another time.
    fn changed(&self) {}

    /// Resolves when the operator presses Ctrl-C, or did so since it was last asked or forgotten.
    fn interrupted(&self) -> impl Future<Output = ()>;

    /// Forgets a Ctrl-C that was meant for something earlier.
    fn forget_interrupt(&self) -> impl Future<Output = ()>;
}
