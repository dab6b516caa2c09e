//! Reads a text of any size in bounded memory: lines that are alike are folded into one, with counts and times.
//! It never searches, and past its beginning it looks only at lines that may speak of trouble.

use memchr::{memchr, memchr_iter, memrchr};
use rustc_hash::FxHashMap;

use super::format;
use super::line::Line;
use super::sieve;
use super::{Kind, Query, QueryLine};

/// How much of the text is kept as it was given.
const RAW: usize = 8 * 1024;
/// How many different lines are kept while reading; beyond it the lighter half goes.
const TEMPLATES: usize = 2_000;
/// Longer lines are cut: what matters stands at their beginning.
const LINE: usize = 4 * 1024;
/// How many lines a question has in the end, and how many more are kept for other problems in it.
const KEPT: usize = 12;
const MORE: usize = 28;
/// So many lines are read one by one; a larger text is searched for lines that may matter.
const WHOLE: usize = 5_000;
/// Where the time of a line stands, if it has one.
const HEAD: usize = 160;

struct Kept {
    line: Line,
    count: usize,
    /// The beginning of the last line like it.
    last: Vec<u8>,
}

/// Reads a text, part by part.
#[derive(Default)]
pub struct Reader {
    raw: Vec<u8>,
    partial: Vec<u8>,
    kept: Vec<Kept>,
    /// Where lines are kept, by the raw line without its numbers, and by the text that is left of it.
    shapes: FxHashMap<u64, usize>,
    places: FxHashMap<String, usize>,
    read: usize,
    /// Whether the line before was a stack frame: what follows one belongs to it.
    in_frame: bool,
}

impl Reader {
    /// The next part of the text; a line may end in a later part.
    pub fn push(&mut self, chunk: &[u8]) {
        let room = RAW.saturating_sub(self.raw.len()).min(chunk.len());
        self.raw.extend_from_slice(chunk.get(..room).unwrap_or_default());
        let mut rest = chunk;
        while !rest.is_empty() {
            let Some(end) = memchr(b'\n', rest) else { break };
            if self.read >= WHOLE && self.partial.is_empty() {
                break;
            }
            self.grow(rest.get(..end).unwrap_or_default());
            self.end_line();
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        if let Some(last) = memrchr(b'\n', rest) {
            self.search(rest.get(..=last).unwrap_or_default());
            rest = rest.get(last + 1..).unwrap_or_default();
        }
        self.grow(rest);
    }

    /// Looks through whole lines for those that may matter.
    fn search(&mut self, lines: &[u8]) {
        self.read += memchr_iter(b'\n', lines).count();
        // The first line has no line feed before it that a pattern could begin with.
        let mut from = memchr(b'\n', lines).unwrap_or(0);
        self.line(lines.get(..from.min(LINE)).unwrap_or_default());
        while let Some(found) = sieve::next(lines, from) {
            // A match may begin with the line feed before its line.
            let inside = found + usize::from(lines.get(found) == Some(&b'\n'));
            let start = memrchr(b'\n', lines.get(..inside).unwrap_or_default()).map_or(0, |at| at + 1);
            let end = lines.get(inside..).and_then(|rest| memchr(b'\n', rest)).map_or(lines.len(), |at| inside + at);
            let line = lines.get(start..end).unwrap_or_default();
            self.line(line.get(..LINE.min(line.len())).unwrap_or_default());
            // The line feed is left in: the next line's pattern may begin with it.
            from = end.max(found + 1);
            if from >= lines.len() {
                break;
            }
        }
    }

    fn grow(&mut self, part: &[u8]) {
        let room = LINE.saturating_sub(self.partial.len()).min(part.len());
        self.partial.extend_from_slice(part.get(..room).unwrap_or_default());
    }

    fn end_line(&mut self) {
        let bytes = std::mem::take(&mut self.partial);
        if !bytes.iter().all(u8::is_ascii_whitespace) {
            self.read += 1;
            self.line(&bytes);
        }
        self.partial = bytes;
        self.partial.clear();
    }

    fn line(&mut self, bytes: &[u8]) {
        let shape = shape(bytes);
        if let Some(at) = self.shapes.get(&shape)
            && let Some(kept) = self.kept.get_mut(*at)
        {
            kept.again(bytes);
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let Some(mut line) = Line::read(&text) else { return };
        // The source line below a Python frame is as little the trouble as the frame.
        let indented = bytes.first().is_some_and(u8::is_ascii_whitespace);
        if self.in_frame && indented && line.weight < 1.0 {
            line.weight = 0.1;
        }
        self.in_frame = line.weight <= 0.1 && super::level::is_frame(&line.text);
        if let Some(at) = self.places.get(&line.template) {
            self.shapes.insert(shape, *at);
            if let Some(kept) = self.kept.get_mut(*at) {
                kept.again(bytes);
            }
            return;
        }
        if self.kept.len() >= TEMPLATES {
            self.make_room();
        }
        self.shapes.insert(shape, self.kept.len());
        self.places.insert(line.template.clone(), self.kept.len());
        self.kept.push(Kept { line, count: 1, last: Vec::new() });
    }

    /// The lighter half goes; of lines as heavy the later.
    fn make_room(&mut self) {
        let mut weights: Vec<f32> = self.kept.iter().map(|k| k.line.weight).collect();
        weights.sort_by(|a, b| b.total_cmp(a));
        let least = weights.get(TEMPLATES / 2).copied().unwrap_or(0.0);
        let heavier = weights.iter().filter(|w| **w > least).count();
        let mut room = (TEMPLATES / 2).saturating_sub(heavier);
        self.kept.retain(|k| {
            let as_heavy = k.line.weight == least && room > 0;
            room -= usize::from(as_heavy);
            k.line.weight > least || as_heavy
        });
        self.shapes.clear();
        self.places = self.kept.iter().enumerate().map(|(at, k)| (k.line.template.clone(), at)).collect();
    }

    /// What was understood of it all.
    pub fn finish(mut self) -> Query {
        self.end_line();
        let raw = crate::text::clean(&String::from_utf8_lossy(&self.raw)).trim().to_owned();
        let kind = match (self.read, self.kept.first()) {
            (0 | 1, Some(kept)) if kept.line.looks_like_error => Kind::Error,
            (0 | 1, _) => Kind::Words,
            _ => Kind::Log,
        };
        let single = self.read <= 1;
        let heaviest = self.kept.iter().map(|k| k.line.weight).fold(0.0, f32::max).max(0.01);
        let mut lines: Vec<QueryLine> = self
            .kept
            .into_iter()
            .enumerate()
            .map(|(nth, kept)| {
                // The first of lines alike in weight is nearer to the cause than those that follow it.
                let early = 1.0 - 0.02 * (nth.min(10) as f32);
                let weight = if single { 1.0 } else { kept.line.weight / heaviest * early };
                kept.told(weight)
            })
            .collect();
        lines.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        lines.truncate(KEPT + MORE);
        let more = lines.split_off(KEPT.min(lines.len()));
        Query { kind, raw, lines, more, read: self.read }
    }
}

impl Kept {
    fn again(&mut self, bytes: &[u8]) {
        self.count += 1;
        self.last.clear();
        self.last.extend_from_slice(bytes.get(..HEAD.min(bytes.len())).unwrap_or_default());
    }

    fn told(self, weight: f32) -> QueryLine {
        let first = self.line.time;
        let last = match self.count {
            1 => first.clone(),
            _ => format::time(&String::from_utf8_lossy(&self.last)),
        };
        let Line { text, source, severe, .. } = self.line;
        QueryLine { text, count: self.count, weight, source, severe, first, last }
    }
}

/// A line without its numbers, as one number: lines that differ in digits alone have the same (FNV-1a).
fn shape(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut digits = false;
    for byte in bytes {
        let digit = byte.is_ascii_digit();
        if digit && digits {
            continue;
        }
        digits = digit;
        let shown = if digit { b'#' } else { *byte };
        hash = (hash ^ u64::from(shown)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, chunk: usize) -> Query {
        let mut reader = Reader::default();
        text.as_bytes().chunks(chunk).for_each(|c| reader.push(c));
        reader.finish()
    }

    #[test]
    fn alike_lines_are_folded_with_their_times() {
        let text = "2026-03-14 02:17:46,128 - app - ERROR - push 1 failed: OOM command not allowed\n\
                    2026-03-14 02:17:47,128 - app - INFO - alive\n\
                    2026-03-14 02:19:47,128 - app - ERROR - push 27 failed: OOM command not allowed\n";
        let query = read(text, 7);
        assert_eq!((query.lines[0].count, query.read), (2, 3));
        assert_eq!(query.lines[0].first.as_deref(), Some("2026-03-14 02:17:46,128"));
        assert_eq!(query.lines[0].last.as_deref(), Some("2026-03-14 02:19:47"));
    }

    #[test]
    fn a_fault_deep_in_a_large_log_is_found_whatever_the_parts() {
        let calm = "2026-03-14 02:17:47 INFO request 123456 served in 12 ms\n".repeat(WHOLE + 3_000);
        let text = format!(
            "{calm}Mar 14 02:17:38 node kernel: Out of memory: Killed process 812 (redis-server)\n{calm}E0406 14:20:46.991942       1 lease.go:325] lease is gone\n{calm}"
        );
        for chunk in [1_000, 65_536, 10_000_000] {
            let query = read(&text, chunk);
            assert!(query.lines[0].text.contains("Out of memory"), "{:?}", query.lines);
            assert!(query.lines.iter().any(|l| l.text.contains("lease is gone")), "{chunk} {:?}", query.lines);
            assert_eq!(query.read, 3 * (WHOLE + 3_000) + 2);
        }
    }

    #[test]
    fn a_storm_of_different_lines_is_held_in_bounds() {
        let mut reader = Reader::default();
        for i in 0..20_000u64 {
            let word: String = i.to_string().bytes().map(|b| char::from(b + 49)).collect();
            reader.push(format!("something {word} warns\n").as_bytes());
        }
        reader.push(b"FATAL: the disk is full\n");
        assert!(reader.kept.len() <= TEMPLATES);
        assert!(reader.finish().lines[0].text.contains("the disk is full"));
    }

    #[test]
    fn what_ends_a_trace_counts_and_its_frames_do_not() {
        let text = "Traceback (most recent call last):\n  File \"/app/a.py\", line 12, in run\n    return client.failed_push(x)\nredis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.\n";
        let query = read(text, 64);
        assert!(query.lines[0].text.contains("Connection refused"), "{:?}", query.lines);
        assert!(query.lines[1].weight < 0.2, "{:?}", query.lines);
    }
}
