//! Everything that happens in a session, as one closed set of events, and the trait that records them.
//! It never holds how an event is shown or stored.

use serde::{Deserialize, Serialize};

use crate::command::Effect;
use crate::diagnosis::Status;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    SessionStarted {
        version: String,
        project: String,
        knowledge: Vec<String>,
    },
    /// What was asked, and the best matches as id, title and score.
    Question {
        text: String,
        #[serde(rename = "form")]
        kind: String,
        matches: Vec<(String, String, f32)>,
    },
    SectionChosen {
        id: String,
        title: String,
        path: String,
        line: usize,
        content_hash: String,
    },
    ChecksStarted {
        section: String,
        checks: usize,
    },
    CheckEnded {
        title: String,
        command: String,
        status: Status,
        summary: String,
        evidence: Option<String>,
        ms: u64,
    },
    /// Findings as fact and sentence.
    Concluded {
        findings: Vec<(String, String)>,
        sentence: String,
    },
    FixProposed {
        title: String,
        rank: usize,
        effect: Effect,
        decided_by: String,
        steps: Vec<String>,
        target: String,
        undo: Option<String>,
        values: Vec<String>,
    },
    Asked {
        question: String,
    },
    Answered {
        answer: String,
    },
    FixStarted {
        title: String,
        command: String,
    },
    StepEnded {
        command: String,
        how: String,
        ms: u64,
        stdout: String,
        stderr: String,
    },
    FixEnded {
        title: String,
        changed: bool,
    },
    SettingEdited {
        file: String,
        diff: String,
        backup: Option<String>,
    },
    /// `change` is the name of a `diagnosis::Change`: `fixed`, `quiet`, `changed`, `unchanged` or `worse`.
    Verified {
        section: String,
        fix: String,
        change: String,
        sentence: String,
        /// What may bring it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        warning: Option<String>,
    },
    UndoOffered {
        command: String,
    },
    Interrupted,
    Note {
        text: String,
    },
    SessionEnded {
        exit: u8,
    },
}

/// Why an event could not be recorded.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RecordError(pub String);

/// Keeps events.
pub trait Recorder {
    /// Keeps one event for good before it returns.
    ///
    /// # Errors
    /// When it could not be kept.
    fn record(&mut self, event: &Event) -> Result<(), RecordError>;
}
