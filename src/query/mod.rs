//! A question understood: plain words, one error line, or a log, made into weighted lines that can be matched.
//! It never searches; it only says what the operator gave.

mod fields;
mod format;
mod ids;
mod labels;
mod level;
mod line;
mod moment;
mod reader;
mod sieve;

use regex::Regex;
use serde::{Deserialize, Serialize};

pub use labels::{Label, labels};
pub use moment::moment;
pub use reader::Reader;

/// What kind of text the operator gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Words,
    Error,
    Log,
}

impl Kind {
    /// The stable name, as it is in examples and in the record.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Words => "words",
            Kind::Error => "error",
            Kind::Log => "log",
        }
    }
}

/// A question, ready to be matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub kind: Kind,
    /// The text as given, its first part where it was large.
    pub raw: String,
    /// The lines that matter, heaviest first.
    pub lines: Vec<QueryLine>,
    /// Lighter lines of a log that may belong to other problems.
    pub more: Vec<QueryLine>,
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
    /// Which line of the text the first like it was, from 1.
    pub at: usize,
    /// How much it should count in matching; 1.0 for plain words.
    pub weight: f32,
    /// The service that wrote it, where the prefix said so.
    pub source: Option<String>,
    /// Whether it was written at the level of an error or above.
    pub severe: bool,
    /// When the first and the last line like it were written, as they said it.
    pub first: Option<String>,
    pub last: Option<String>,
}

/// A pattern over words, digits and spaces of ASCII: what programs write, and compiled in a fraction of the time.
// The patterns are constants of these files, each tested there.
#[allow(clippy::unwrap_used)]
fn pattern(text: &str) -> Regex {
    let ascii = [
        (r"\b", r"(?-u:\b)"),
        (r"\w", "[0-9A-Za-z_]"),
        (r"\d", "[0-9]"),
        (r"\s", r"[\t\n\r ]"),
        (r"\S", r"[^\t\n\r ]"),
    ];
    let text = ascii.iter().fold(text.to_owned(), |text, (class, plain)| text.replace(class, plain));
    Regex::new(&text).unwrap()
}

/// Understands `text`; never fails.
pub fn understand(text: &str) -> Query {
    let mut reader = Reader::default();
    reader.push(text.as_bytes());
    reader.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_an_error_and_a_log_are_told_apart() {
        assert_eq!(understand("redis is down, what now").kind, Kind::Words);
        assert_eq!(
            understand("[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:6379").kind,
            Kind::Error
        );
        let log = "backend-1  | 2026-03-14 02:17:38,496 - app - INFO - flushed batch 2b15 (6 items)\nbackend-1  | 2026-03-14 02:17:46,128 - app - ERROR - push failed: OOM command not allowed\nbackend-1  | 2026-03-14 02:17:47,128 - app - ERROR - push failed: OOM command not allowed";
        let query = understand(log);
        assert_eq!((query.kind, query.read), (Kind::Log, 3));
        assert!(query.lines[0].text.contains("OOM command not allowed"), "{:?}", query.lines);
        assert_eq!(query.lines[0].count, 2);
        assert_eq!(query.lines[0].source.as_deref(), Some("backend"));
    }

    #[test]
    fn garbage_and_emptiness_are_no_error() {
        assert!(understand("").lines.is_empty());
        let mut reader = Reader::default();
        let noise: Vec<u8> = (0..400_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        noise.chunks(65_536).for_each(|c| reader.push(c));
        assert!(reader.finish().lines.len() <= 12);
    }
}
