//! A world that answers from an example, a console that types its values, and a record that keeps nothing.
//! It never touches the system: a look without a recorded answer could not be had, and no change is ever made.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use regex::Regex;

use super::Answer;
use crate::command::{bounded, placeholder};
use crate::probe::{Look, Observed, Reading, Unavailable};
use crate::session::event::{Event, RecordError, Recorder};
use crate::session::ports::{Console, Question, Reply, Survey, Target, World};
use crate::session::view::View;

/// The answers of one case.
pub(super) struct Replay<'a> {
    answers: Vec<Recorded<'a>>,
    /// What was wrong with an answer that was asked for.
    pub wrong: RefCell<Vec<String>>,
}

struct Recorded<'a> {
    command: String,
    line: Regex,
    answer: &'a Answer,
    asked: RefCell<bool>,
}

impl<'a> Replay<'a> {
    /// A world of commands as written, each with its answer.
    pub(super) fn new(answers: impl IntoIterator<Item = (String, &'a Answer)>) -> Replay<'a> {
        let answers = answers.into_iter().filter_map(|(command, answer)| {
            let line = line_of(&command)?;
            Some(Recorded { command, line, answer, asked: RefCell::new(false) })
        });
        Replay { answers: answers.collect(), wrong: RefCell::default() }
    }

    /// The commands whose answer nobody asked for.
    pub(super) fn unasked(&self) -> Vec<&str> {
        self.answers.iter().filter(|r| !*r.asked.borrow()).map(|r| r.command.as_str()).collect()
    }
}

/// What a command looks like when it is run: bounded, and with a value in each placeholder.
fn line_of(command: &str) -> Option<Regex> {
    let line = squeezed(&bounded(command).unwrap_or_else(|| command.to_owned()));
    let mut pattern = regex::escape(&line);
    for wanted in placeholder::find(&line) {
        pattern = pattern.replace(&regex::escape(&wanted.text), ".+");
    }
    Regex::new(&format!("^{pattern}$")).ok()
}

/// A line with single spaces, as two writings of one command are compared.
pub(super) fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl World for Replay<'_> {
    async fn survey(&self) -> Survey {
        Survey::default()
    }

    async fn look(&self, look: &Look) -> Observed {
        let text = look.command().text();
        let found = self.answers.iter().find(|r| r.line.is_match(&squeezed(text)));
        let none = |why: &str| {
            Reading::Unavailable(Unavailable { what: "the example".into(), why: why.into(), hint: String::new() })
        };
        let reading = match found {
            None => none("it has no answer for this check"),
            Some(recorded) => {
                recorded.asked.replace(true);
                recorded.answer.reading(text, look.probe()).unwrap_or_else(|why| {
                    self.wrong.borrow_mut().push(format!("the answer for `{}`: {why}", recorded.command));
                    none(&why)
                })
            }
        };
        Observed { reading, ms: 1 }
    }

    async fn targets(&self, _: &str) -> Vec<Target> {
        Vec::new()
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

/// Types the values of an example, and shows nothing.
pub(super) struct Typist<'a>(pub &'a BTreeMap<String, String>);

impl Console for Typist<'_> {
    fn interactive(&self) -> bool {
        !self.0.is_empty()
    }

    fn show(&mut self, _: &View) {}

    fn ask(&mut self, question: &Question) -> Reply {
        let bare = |name: &str| name.trim_matches(['<', '>', '$', '{', '}']).to_owned();
        let wanted = question.prompt.split('`').nth(1).map(bare).unwrap_or_default();
        let value = self.0.iter().find(|(name, _)| bare(name) == wanted);
        value.map_or(Reply::Nobody, |(_, value)| Reply::Text(value.clone()))
    }
}

/// Keeps nothing.
pub(super) struct Unrecorded;

impl Recorder for Unrecorded {
    fn record(&mut self, _: &Event) -> Result<(), RecordError> {
        Ok(())
    }
}
