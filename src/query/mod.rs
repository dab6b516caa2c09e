//! A question understood: plain words, one error line, or a log, made into weighted lines that can be matched.
//! It never searches; it only says what the operator gave.

mod log;

use serde::Serialize;

use log::Line;

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
    /// The text as given, its first part where it was large.
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
    let mut reader = Reader::default();
    reader.push(text.as_bytes());
    reader.finish()
}

/// How much of the text is kept as it was given.
const RAW: usize = 8 * 1024;
/// How many different lines are kept while reading; beyond it the lightest goes.
const TEMPLATES: usize = 2_000;
/// Longer lines are cut: what matters stands at their beginning.
const LINE: usize = 4 * 1024;
/// How many lines a question has in the end.
const KEPT: usize = 12;

/// Reads a text of any size in bounded memory.
#[derive(Default)]
pub struct Reader {
    raw: Vec<u8>,
    partial: Vec<u8>,
    lines: Vec<(Line, usize)>,
    places: std::collections::HashMap<String, usize>,
    read: usize,
}

impl Reader {
    /// The next part of the text; a line may end in a later part.
    pub fn push(&mut self, chunk: &[u8]) {
        let room = RAW.saturating_sub(self.raw.len()).min(chunk.len());
        self.raw.extend_from_slice(chunk.get(..room).unwrap_or_default());
        let mut rest = chunk;
        while let Some(end) = rest.iter().position(|b| *b == b'\n') {
            self.grow(rest.get(..end).unwrap_or_default());
            self.end_line();
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        self.grow(rest);
    }

    fn grow(&mut self, part: &[u8]) {
        let room = LINE.saturating_sub(self.partial.len()).min(part.len());
        self.partial.extend_from_slice(part.get(..room).unwrap_or_default());
    }

    fn end_line(&mut self) {
        let bytes = std::mem::take(&mut self.partial);
        let text = String::from_utf8_lossy(&bytes);
        if text.trim().is_empty() {
            return;
        }
        self.read += 1;
        let Some(line) = Line::read(&text) else { return };
        match self.places.get(&line.template) {
            Some(at) => {
                if let Some((_, count)) = self.lines.get_mut(*at) {
                    *count += 1;
                }
            }
            None if self.lines.len() < TEMPLATES => {
                self.places.insert(line.template.clone(), self.lines.len());
                self.lines.push((line, 1));
            }
            // Full: a heavier line takes the place of the lightest.
            None => {
                let lightest = self
                    .lines
                    .iter()
                    .enumerate()
                    .min_by(|a, b| a.1.0.weight.total_cmp(&b.1.0.weight))
                    .map(|(i, l)| (i, l.0.weight));
                if let Some((at, weight)) = lightest.filter(|(_, w)| *w < line.weight)
                    && let Some(place) = self.lines.get_mut(at)
                {
                    let _ = weight;
                    self.places.remove(&place.0.template);
                    self.places.insert(line.template.clone(), at);
                    *place = (line, 1);
                }
            }
        }
    }

    /// What was understood of it all.
    pub fn finish(mut self) -> Query {
        self.end_line();
        let raw = crate::text::clean(&String::from_utf8_lossy(&self.raw)).trim().to_owned();
        let kind = match (self.read, self.lines.first()) {
            (0 | 1, Some((line, _))) if line.looks_like_error => Kind::Error,
            (0 | 1, _) => Kind::Words,
            _ => Kind::Log,
        };
        let single = self.read <= 1;
        let heaviest = self.lines.iter().map(|(l, _)| l.weight).fold(0.0, f32::max).max(0.01);
        let mut lines: Vec<QueryLine> = self
            .lines
            .into_iter()
            .enumerate()
            .map(|(nth, (line, count))| QueryLine {
                text: line.text,
                count,
                // The first of lines alike in weight is nearer to the cause than those that follow it.
                weight: if single { 1.0 } else { line.weight / heaviest * (1.0 - 0.02 * (nth.min(10) as f32)) },
                source: line.source,
            })
            .collect();
        lines.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        lines.truncate(KEPT);
        Query { kind, raw, lines, read: self.read }
    }
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
        assert!(reader.finish().lines.len() <= KEPT);
    }
}
