//! A fault as a file of data: how to break the stack, what an operator says, what is right, and how to see that it is solved.
//! It never holds an answer that is not checked against the stack.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Read when they are needed: a new fault needs no new build.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/faults");

/// How a fault is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The stack is well again.
    #[default]
    Solved,
    /// Nothing needs to be changed: it says to wait, and nothing is run.
    Wait,
    /// No runbook knows this: it says so and changes nothing.
    NotKnown,
    /// The checks find no cause, or none that a fix fits: it says what was ruled out and changes nothing.
    Uncertain,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(skip)]
    pub name: String,
    pub title: String,
    #[serde(default)]
    pub end: End,
    /// Sections that are right, by id; any of them.
    #[serde(default)]
    pub sections: Vec<String>,
    /// Findings that must appear, each `kind` or `kind=part of its text`; in any right section.
    #[serde(default)]
    pub findings: Vec<String>,
    /// Titles of fixes that may be ranked first; any of them, each a part of the title.
    #[serde(default)]
    pub first_fix: Vec<String>,
    /// Commands that make it worse: none of them may be run, nor be part of the fix ranked first.
    #[serde(default)]
    pub never: Vec<String>,
    pub says: Says,
    /// Breaks the stack.
    #[serde(rename = "break", default)]
    pub breaking: String,
    /// Holds once the stack is broken.
    #[serde(default = "always")]
    pub broken: String,
    /// Holds only when it is solved; for an end without a change, that nothing got worse.
    #[serde(default = "always")]
    pub solved: String,
    /// How long after the conversation it may take, in seconds.
    #[serde(default = "patience")]
    pub patience: u64,
    #[serde(default)]
    pub answers: Vec<Rule>,
    /// What the operator types for placeholders, by a part of the question.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Services to be made anew afterwards even where their state looks as before.
    #[serde(default)]
    pub touches: Vec<String>,
    /// Services that the right fix stops: that they rest afterwards is no harm.
    #[serde(default)]
    pub rests: Vec<String>,
    /// Takes back what making services anew does not.
    #[serde(default)]
    pub restore: String,
    /// It changes settings of this machine's kernel.
    #[serde(default)]
    pub host: bool,
    /// It belongs to the short run.
    #[serde(default)]
    pub short: bool,
}

/// The three ways an operator says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Says {
    pub words: String,
    pub error: String,
    /// A command whose output is pasted.
    pub log: String,
}

/// What the operator does when the screen shows something.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A part of what was shown since the last answer.
    pub sees: String,
    /// What is done by hand in another window first.
    #[serde(default)]
    pub does: String,
    /// What is answered; the usual answer where it is empty.
    #[serde(default)]
    pub says: String,
}

fn always() -> String {
    "true".into()
}

fn patience() -> u64 {
    12
}

/// All faults, by name.
pub fn all() -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for file in std::fs::read_dir(FOLDER).with_context(|| format!("cannot read `{FOLDER}`"))? {
        let path = file?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path)?;
        let fault: Fault = toml::from_str(&text).with_context(|| format!("`{name}` cannot be read"))?;
        faults.push(Fault { name, ..fault });
    }
    faults.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(faults)
}

/// The faults whose names hold one of the words; all where there are none.
pub fn chosen(words: &[String]) -> Result<Vec<Fault>> {
    let faults: Vec<Fault> =
        all()?.into_iter().filter(|f| words.is_empty() || words.iter().any(|w| f.name.contains(w.as_str()))).collect();
    if faults.is_empty() {
        bail!("no fault is called `{}`\nhint: `lab list` names them", words.join(" "));
    }
    Ok(faults)
}
