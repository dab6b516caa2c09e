//! The one door to a change: a yes to exactly what was shown makes an `Approved`, which one run uses up.
//! It never takes silence, a paste, a closed terminal or an unknown word for a yes.

use super::commands::{self, Said};
use super::ports::{Console, EnvEdit, Question, Reply, Target};
use crate::command::{Effect, Verdict};

/// A change that could be made, as it will be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A command, exactly as it will run.
    Run { text: String, verdict: Verdict, timeout_s: Option<u64> },
    /// An edit of the env file.
    Edit(EnvEdit),
}

impl Change {
    /// What it does to the system.
    pub fn effect(&self) -> Effect {
        match self {
            Change::Run { verdict, .. } => verdict.effect,
            Change::Edit(_) => Effect::Changes,
        }
    }

    /// It as one text, for screen and record.
    pub fn text(&self) -> String {
        match self {
            Change::Run { text, .. } => text.clone(),
            Change::Edit(edit) if edit.settings.is_empty() => format!("put {} back as it was", edit.file),
            Change::Edit(edit) => {
                let keys: Vec<String> = edit.settings.iter().map(|s| format!("{}={}", s.key, s.value)).collect();
                format!("set {} in {}", keys.join(", "), edit.file)
            }
        }
    }
}

/// A change that was agreed to. Made here alone; a world takes it by value, so one yes is one run.
#[derive(Debug)]
pub struct Approved {
    change: Change,
    targets: Vec<Target>,
}

impl Approved {
    /// The change, and what it was agreed to act on.
    pub fn into_parts(self) -> (Change, Vec<Target>) {
        (self.change, self.targets)
    }
}

/// What the operator said.
#[derive(Debug)]
pub enum Decision {
    Yes(Approved),
    No,
    /// Another text for the command, to be shown and asked again.
    Edited(String),
    Skip,
    Explain,
    /// No, and a command of the conversation to be taken up instead: `/quit`.
    Said(String),
    /// A paste or a word it does not know: nothing happens, the question is asked again.
    Unclear(String),
    Interrupted,
    Nobody,
}

/// Asks whether to make `change`. A change that destroys wants the target's name typed.
pub fn ask<C: Console>(console: &mut C, change: &Change, targets: &[Target], name: &str) -> Decision {
    if !console.interactive() {
        return Decision::Nobody;
    }
    let editable = matches!(change, Change::Run { .. });
    let destroys = change.effect() == Effect::Destroys;
    let question = match (destroys, editable) {
        (true, _) => Question::new(format!("This destroys. To run it, type `{name}`"), "[name/N/edit/skip/explain]"),
        (false, true) => Question::new("Run it?", "[y/N/edit/skip/explain]"),
        (false, false) => Question::new("Write it?", "[y/N/skip/explain]"),
    };
    let reply = match console.ask(&question) {
        Reply::Text(text) => text,
        Reply::Pasted => return Decision::Unclear("a paste is no answer".into()),
        Reply::Interrupted => return Decision::Interrupted,
        Reply::Nobody => return Decision::Nobody,
    };
    let yes = || Decision::Yes(Approved { change: change.clone(), targets: targets.to_vec() });
    let word = reply.trim();
    if destroys && word == name {
        return yes();
    }
    if word.starts_with('/') && !matches!(commands::read(word), Said::Problem(_) | Said::Unknown { .. }) {
        return Decision::Said(word.to_owned());
    }
    match word.to_lowercase().as_str() {
        "y" | "yes" if !destroys => yes(),
        "y" | "yes" => Decision::Unclear(format!("a yes is not enough here: type `{name}`, or Enter for no")),
        "" | "n" | "no" => Decision::No,
        "s" | "skip" => Decision::Skip,
        "x" | "explain" | "?" | "why" => Decision::Explain,
        "e" | "edit" if editable => edit(console, change),
        other => Decision::Unclear(format!("`{other}` is not an answer to this")),
    }
}

fn edit<C: Console>(console: &mut C, change: &Change) -> Decision {
    let question = Question {
        prompt: "Command".into(),
        keys: "(Enter runs nothing yet; it is shown and asked again)".into(),
        initial: Some(change.text()),
        secret: false,
    };
    match console.ask(&question) {
        Reply::Text(text) if text.trim().is_empty() => Decision::No,
        Reply::Text(text) => Decision::Edited(text.trim().to_owned()),
        Reply::Pasted => Decision::Unclear("a paste is no command".into()),
        Reply::Interrupted => Decision::Interrupted,
        Reply::Nobody => Decision::Nobody,
    }
}
