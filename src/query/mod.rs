//! A question understood: plain words, one error line, or a log, made into weighted lines that can be matched.
//! It never searches; it only says what the operator gave.

use serde::Serialize;

/// What kind of text the operator gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Words,
    Error,
    Log,
}

/// A question, ready to be matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub kind: Kind,
    /// The text as given, at most its first and last parts where it was large.
    pub raw: String,
    /// The lines that matter, heaviest first.
    pub lines: Vec<QueryLine>,
    /// How many lines were read in all.
    pub read: usize,
}

/// One line of a question, or many alike folded into one.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryLine {
    /// The line without timestamps, ids, colours and prefixes.
    pub text: String,
    /// How often it came.
    pub count: usize,
    /// How much it should count in matching; 1.0 for plain words.
    pub weight: f32,
    /// The service that wrote it, where the prefix said so.
    pub source: Option<String>,
}

/// Understands `text`; never fails.
pub fn understand(text: &str) -> Query {
    Query {
        kind: Kind::Words,
        raw: text.to_owned(),
        lines: vec![QueryLine { text: text.to_owned(), count: 1, weight: 1.0, source: None }],
        read: 1,
    }
}
