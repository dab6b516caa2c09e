//! Runbooks as data: sections, their checks and fixes, the steps of these, each with its line in the file.
//! It never reads a file and never fails: what is odd in the Markdown becomes a problem beside what was understood.

mod aim;
mod blocks;
mod fences;
mod html;
mod lines;
pub mod links;
pub mod lint;
pub mod mend;
mod outline;
pub mod parse;
mod placing;
mod prompt;
mod roles;
pub mod sections;
pub mod services;
mod shells;
pub mod template;
mod tools;
pub mod variables;

pub use parse::parse;
pub use sections::Sections;

/// One Markdown file, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// The path as shown and cited, `connection.md`.
    pub path: String,
    /// The first heading, or the file's name.
    pub title: String,
    pub sections: Vec<Section>,
    /// What a link can name in it.
    pub anchors: Vec<links::Anchor>,
    pub problems: Vec<Problem>,
}

/// Something odd in a runbook, for its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// 1-based line in the file.
    pub line: usize,
    /// A short stable name, `unbalanced-fence`.
    pub rule: &'static str,
    pub message: String,
}

/// One problem an operator can have, as the runbook describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// `connection/redis-not-available`: the path without `.md`, and the heading as a slug; unique in its knowledge.
    pub id: String,
    /// The file's path as cited.
    pub path: String,
    pub title: String,
    /// The headings from the document's title down to this one, this one included.
    pub heading_path: Vec<String>,
    /// 1-based line of the heading.
    pub line: usize,
    pub symptoms: Vec<Symptom>,
    /// Other names for the problem, from annotations or front matter.
    pub aliases: Vec<String>,
    /// From a `seen:` annotation of the section, or of the document above its sections.
    pub seen: Seen,
    pub checks: Vec<Check>,
    pub fixes: Vec<Fix>,
    /// Steps that are neither check nor fix: set-up, background, illustration.
    pub others: Vec<Step>,
    /// The steps under Verify or Verification, where the section has its own.
    pub verification: Vec<Check>,
    /// What the section says beside its steps (meaning, impact, notes), plain text.
    pub prose: String,
    /// When to stop and whom to wake, plain text; empty where it does not say.
    pub escalation: String,
    /// All its text, code included, as plain text for matching.
    pub body: String,
    pub links: Vec<Link>,
    /// Lines of steps that are typed into another shell, each with the command that opens it: `ssh`, `oc debug`, `su`.
    pub inside: Vec<(usize, String)>,
    /// Rules of `lint` that its author knows of, from an `allow:` annotation.
    pub allowed: Vec<String>,
}

/// How often a problem is met, as its author knows; of sections that fit alike, the likelier comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Seen {
    Often,
    #[default]
    Usually,
    Rarely,
}

/// A symptom as the author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symptom {
    pub text: String,
    pub line: usize,
}

/// A link to another runbook or section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub text: String,
    pub target: String,
    pub line: usize,
}

/// A step of a diagnosis: it is meant to look only, which `command::judge` must confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it finds out: the comment above it, the sentence before it, or the command's own name.
    pub title: String,
    pub step: Step,
    /// What a healthy answer holds, from an `expect:` annotation: plain text, or `/regex/`.
    pub expect: Option<String>,
}

/// A titled group of steps of a solution, agreed to as one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fix {
    pub title: String,
    pub line: usize,
    /// What the author says about it, plain text.
    pub explanation: String,
    pub steps: Vec<Step>,
    /// Facts that speak for it, from a `when:` annotation: names of facts, comma separated.
    pub when: Vec<String>,
    /// The command that takes it back, from an `undo:` annotation.
    pub undo: Option<String>,
    /// A command that shows whether it worked, from a `verify:` annotation.
    pub verify: Option<String>,
}

/// One thing to do or to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    /// 1-based line in the file.
    pub line: usize,
    /// The comment above it in its block.
    pub title: Option<String>,
    /// Seconds it may take, from a `timeout:` annotation.
    pub timeout: Option<u64>,
}

/// What kind of step it is, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// A shell command, possibly of several lines, without prompt and comments.
    Command(String),
    /// `KEY=value` lines for an env file.
    Setting(Vec<Setting>),
    /// Configuration or code to place by hand.
    Snippet { language: String, text: String },
    /// A sentence to read and follow.
    Instruction(String),
}

/// One `KEY=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    pub value: String,
}

impl Section {
    /// The command that opens the shell which a step is typed into, where that is another one than the reader's own.
    pub fn shell_of(&self, step: &Step) -> Option<&str> {
        self.inside.iter().find(|(line, _)| *line == step.line).map(|(_, opener)| opener.as_str())
    }
}

impl Step {
    /// A step without a title, that may take as long as any.
    pub fn new(kind: StepKind, line: usize) -> Step {
        Step { kind, line, title: None, timeout: None }
    }

    /// The step as the author wrote it, on one or more lines.
    pub fn text(&self) -> String {
        match &self.kind {
            StepKind::Command(text) | StepKind::Instruction(text) | StepKind::Snippet { text, .. } => text.clone(),
            StepKind::Setting(settings) => {
                settings.iter().map(|s| format!("{}={}", s.key, s.value)).collect::<Vec<_>>().join("\n")
            }
        }
    }
}
