//! Reads a text of any size in bounded memory: lines that are alike are folded into one, with counts and times.
//! It never searches, and past its beginning it looks only at lines that may speak of trouble.

use memchr::{memchr, memchr_iter, memrchr};
use rustc_hash::{FxHashMap, FxHashSet};

use super::line::Line;
use super::{Kind, Query, QueryLine, format, ids, level, sieve};

/// How much of the text is kept as it was given.
const RAW: usize = 8 * 1024;
/// How many different lines are kept while reading; beyond it the lighter half goes.
const TEMPLATES: usize = 2_000;
/// How many shapes of lines are known at once.
const SHAPES: usize = 64 * 1024;
/// Of how many different lines with the same words of trouble each is read: a storm of more says nothing new.
const STORM: u32 = 2_000;
/// How much of a line is read: what matters stands at its beginning. Of a longer one the places that speak of trouble
/// are read too, with what stands around them.
const LINE: usize = 4 * 1024;
const BEFORE: usize = 240;
const AFTER: usize = 800;
/// So much of a line that does not end is looked through at once.
const LONG: usize = 64 * 1024;
/// How many lines a question has in the end, and how many more are kept for other problems in it.
const KEPT: usize = 12;
const MORE: usize = 28;
/// The least weight of a line that speaks of trouble, and how many with the same words of trouble come before others.
const TELLING: f32 = 0.35;
const ALIKE: usize = 3;
/// How much more a cause weighs than the one it led to, and how many weigh more.
const DEEPER: f32 = 0.05;
const DEEPEST: u8 = 6;
/// So many lines are read one by one; a larger text is searched for lines that may matter.
const WHOLE: usize = 5_000;
/// How much is kept of the lines like one: enough for their time and their numbers.
const HEAD: usize = 512;

struct Kept {
    line: Line,
    count: usize,
    /// Which line of the text the first was.
    at: usize,
    /// Its words of trouble.
    signature: u128,
    /// The beginnings of the second and of the last line like it.
    second: Vec<u8>,
    last: Vec<u8>,
}

/// Reads a text, part by part.
#[derive(Default)]
pub struct Reader {
    raw: Vec<u8>,
    /// The line that has not ended yet; once the text is searched, with the line feed before it.
    partial: Vec<u8>,
    kept: Vec<Kept>,
    /// Where lines are kept, by their shape, and by the text that is left of them.
    shapes: FxHashMap<u64, usize>,
    places: FxHashMap<String, usize>,
    /// How many different lines were met with the same words of trouble.
    storms: FxHashMap<u128, u32>,
    read: usize,
    after: After,
    /// Which line that was.
    after_line: usize,
    /// How many causes of the same trouble were named before the next line.
    causes: u8,
    /// Whether lines begin with a priority, which no word tells.
    priorities: bool,
}

impl Reader {
    /// The next part of the text; a line may end in a later part.
    pub fn push(&mut self, chunk: &[u8]) {
        let room = RAW.saturating_sub(self.raw.len()).min(chunk.len());
        self.raw.extend_from_slice(chunk.get(..room).unwrap_or_default());
        let mut rest = chunk;
        while self.read < WHOLE || self.priorities {
            let Some(end) = memchr(b'\n', rest) else { return self.grow(rest) };
            self.grow(rest.get(..end).unwrap_or_default());
            self.end_line();
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        // From here on a line has the line feed before it: a pattern may begin with that.
        if self.partial.is_empty() {
            self.partial.push(b'\n');
        }
        let Some(first) = memchr(b'\n', rest) else { return self.grow(rest) };
        self.grow(rest.get(..first).unwrap_or_default());
        self.flush();
        let last = memrchr(b'\n', rest).unwrap_or(first);
        self.search(rest.get(first..last).unwrap_or_default());
        self.partial.push(b'\n');
        self.grow(rest.get(last + 1..).unwrap_or_default());
    }

    /// Looks through whole lines, each with its line feed before it, for those that may matter.
    fn search(&mut self, lines: &[u8]) {
        let (mut from, mut counted) = (0, 0);
        while let Some((inside, _)) = sieve::next(lines, from) {
            // A shape may begin with the line feed before its line.
            let inside = inside + usize::from(lines.get(inside) == Some(&b'\n'));
            let before = lines.get(from..inside).unwrap_or_default();
            let mut start = memrchr(b'\n', before).map_or(from, |at| from + at + 1);
            let mut end =
                lines.get(inside..).and_then(|rest| memchr(b'\n', rest)).map_or(lines.len(), |at| inside + at);
            if end - start > LINE {
                (start, end) = around(lines, start, inside, end);
            }
            self.read += memchr_iter(b'\n', lines.get(counted..inside).unwrap_or_default()).count();
            counted = inside;
            self.line(lines.get(start..end).unwrap_or_default(), true);
            from = end;
        }
        self.read += memchr_iter(b'\n', lines.get(counted..).unwrap_or_default()).count();
    }

    fn grow(&mut self, mut part: &[u8]) {
        while self.partial.len() + part.len() > LONG {
            let (now, later) = part.split_at(LONG.saturating_sub(self.partial.len()).min(part.len()));
            self.partial.extend_from_slice(now);
            self.flush();
            // What follows is no line of its own.
            self.partial.push(b' ');
            part = later;
        }
        self.partial.extend_from_slice(part);
    }

    /// Looks through the line that has not ended.
    fn flush(&mut self) {
        let bytes = std::mem::take(&mut self.partial);
        // A line feed at the end begins no other line.
        if bytes != b"\n" {
            self.search(&bytes);
        }
        self.partial = bytes;
        self.partial.clear();
    }

    fn end_line(&mut self) {
        let bytes = std::mem::take(&mut self.partial);
        if !bytes.iter().all(u8::is_ascii_whitespace) {
            self.read += 1;
            let (head, tail) = bytes.split_at(LINE.min(bytes.len()));
            self.priorities |= head.first() == Some(&b'<') && head.get(1).is_some_and(u8::is_ascii_digit);
            self.line(head, false);
            self.search(tail);
        }
        self.partial = bytes;
        self.partial.clear();
    }

    /// Reads a line, or what a terminal would have shown there one after the other.
    fn line(&mut self, bytes: &[u8], searched: bool) {
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if memchr(b'\r', bytes).is_none() {
            return self.one(bytes, searched);
        }
        bytes.split(|b| *b == b'\r').filter(|part| !part.is_empty()).for_each(|part| self.one(part, searched));
    }

    /// Reads a line, or counts it to those like it.
    fn one(&mut self, bytes: &[u8], searched: bool) {
        let shape = ids::shape(bytes);
        if self.after_line + 1 < self.read {
            (self.after, self.causes) = (After::Nothing, 0);
        }
        self.after_line = self.read;
        if let Some(at) = self.shapes.get(&shape)
            && let Some(kept) = self.kept.get_mut(*at)
        {
            self.after = After::of(&kept.line, self.after);
            kept.again(bytes);
            return;
        }
        let signature = sieve::signature(bytes);
        if searched && self.storms.get(&signature).is_some_and(|met| *met >= STORM) {
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let Some(mut line) = Line::read(&text) else { return };
        self.after.bears_on(&mut line);
        if level::is_cause(&line.text) && !line.frame {
            // Of several causes the last led to the others.
            line.weight += DEEPER * self.causes as f32;
            self.causes = (self.causes + 1).min(DEEPEST);
        } else if !line.frame && !line.indented {
            self.causes = 0;
        }
        if self.shapes.len() >= SHAPES {
            self.shapes.clear();
        }
        if let Some(at) = self.places.get(&line.template) {
            self.shapes.insert(shape, *at);
            if let Some(kept) = self.kept.get_mut(*at) {
                kept.again(bytes);
            }
            return;
        }
        if searched {
            *self.storms.entry(signature).or_default() += 1;
        }
        if self.kept.len() >= TEMPLATES {
            self.make_room();
        }
        self.shapes.insert(shape, self.kept.len());
        self.places.insert(line.template.clone(), self.kept.len());
        self.kept.push(Kept { line, count: 1, at: self.read, signature, second: Vec::new(), last: Vec::new() });
    }

    /// The lighter half goes; of lines as heavy those that many with the same words of trouble came before.
    fn make_room(&mut self) {
        let nth = nth_of_signature(self.kept.iter().map(|k| k.signature));
        let mut order: Vec<usize> = (0..self.kept.len()).collect();
        let weight = |at: &usize| self.kept.get(*at).map_or(0.0, |k| k.line.weight);
        order.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then_with(|| nth.get(*a).cmp(&nth.get(*b))));
        let stays: FxHashSet<usize> = order.into_iter().take(TEMPLATES / 2).collect();
        let mut moved = Vec::with_capacity(self.kept.len());
        let mut left = 0;
        self.kept.retain(|_| {
            let stays = stays.contains(&moved.len());
            moved.push(stays.then_some(left));
            left += usize::from(stays);
            stays
        });
        self.shapes.retain(|_, at| match moved.get(*at) {
            Some(Some(new)) => {
                *at = *new;
                true
            }
            _ => false,
        });
        self.places = self.kept.iter().enumerate().map(|(at, k)| (k.line.template.clone(), at)).collect();
    }

    /// What was understood of it all.
    pub fn finish(mut self) -> Query {
        if self.read >= WHOLE && !self.priorities {
            self.flush()
        } else {
            self.end_line()
        }
        let raw = crate::text::clean(&String::from_utf8_lossy(&self.raw)).trim().to_owned();
        let kind = match (self.read, self.kept.as_slice()) {
            (0 | 1, [kept]) if kept.line.looks_like_error => Kind::Error,
            (0 | 1, [] | [_]) => Kind::Words,
            _ => Kind::Log,
        };
        let single = kind != Kind::Log;
        let heaviest = self.kept.iter().map(|k| k.line.weight).fold(0.0, f32::max).max(0.01);
        let nth_alike = nth_of_signature(self.kept.iter().map(|k| k.signature));
        let many = self.kept.iter().filter(|k| k.line.weight >= TELLING).count() > KEPT;
        let mut before = 0;
        let mut lines: Vec<(bool, QueryLine)> = self
            .kept
            .into_iter()
            .zip(nth_alike)
            .map(|(kept, alike)| {
                // The first of lines alike in weight is nearer to the cause than those that follow it.
                let early = 1.0 - 0.02 * (before.min(10) as f32);
                before += usize::from(kept.line.weight >= TELLING);
                let weight = if single { 1.0 } else { kept.line.weight / heaviest * early };
                // A storm of lines that differ in a name must not hide another fault.
                let crowded = many && (alike >= ALIKE || kept.line.weight < TELLING);
                (crowded, kept.told(weight))
            })
            .collect();
        lines.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.weight.total_cmp(&a.1.weight)));
        let mut lines: Vec<QueryLine> = lines.into_iter().map(|(_, line)| line).collect();
        lines.truncate(KEPT + MORE);
        let more = lines.split_off(KEPT.min(lines.len()));
        Query { kind, raw, lines, more, read: self.read }
    }
}

/// Which of those with its words of trouble each is, from 0.
fn nth_of_signature(signatures: impl Iterator<Item = u128>) -> Vec<usize> {
    let mut met: FxHashMap<u128, usize> = FxHashMap::default();
    let count = |signature| {
        let nth = met.entry(signature).or_default();
        *nth += 1;
        *nth - 1
    };
    signatures.map(count).collect()
}

/// What the line before says of the one that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum After {
    #[default]
    Nothing,
    /// A stack frame: what is indented below it belongs to it, and what is not is the error it led to.
    Frame,
    /// `Caused by:` with the causes below it.
    Cause,
    /// `thread 'main' panicked at src/main.rs:4:5:` with the message below it.
    Panic,
}

impl After {
    fn of(line: &Line, before: After) -> After {
        match () {
            () if line.text.eq_ignore_ascii_case("caused by:") => After::Cause,
            () if line.text.contains("panicked at ") && line.text.ends_with(':') => After::Panic,
            () if line.frame => After::Frame,
            () if line.indented && matches!(before, After::Frame | After::Cause) => before,
            () => After::Nothing,
        }
    }

    /// Weighs `line` by what stood before it, and goes on to what follows.
    fn bears_on(&mut self, line: &mut Line) {
        match self {
            // The source line below a Python frame is as little the trouble as the frame.
            After::Frame if line.indented && !level::is_cause(&line.text) => line.weight = 0.1,
            After::Frame if !line.frame && !line.severe && line.weight > 1.0 => line.weight = level::CAUSE,
            After::Cause if line.indented => (line.weight, line.frame) = (level::CAUSE, false),
            After::Panic => line.weight = line.weight.max(1.25),
            _ => {}
        }
        *self = After::of(line, *self);
    }
}

/// A part of a line that is too long to be read: what stands around the place `inside` it, in JSON the innermost object.
fn around(lines: &[u8], start: usize, inside: usize, end: usize) -> (usize, usize) {
    let from = start.max(inside.saturating_sub(BEFORE));
    let to = end.min(inside + AFTER);
    let opened = memrchr(b'{', lines.get(from..inside).unwrap_or_default()).map(|at| from + at);
    let closed = memchr(b'}', lines.get(inside..to).unwrap_or_default()).map(|at| inside + at + 1);
    match (opened, closed) {
        (Some(opened), Some(closed)) => (opened, closed),
        _ => (from, to),
    }
}

impl Kept {
    fn again(&mut self, bytes: &[u8]) {
        self.count += 1;
        let to = if self.second.is_empty() { &mut self.second } else { &mut self.last };
        to.clear();
        to.extend_from_slice(bytes.get(..HEAD.min(bytes.len())).unwrap_or_default());
    }

    fn told(self, weight: f32) -> QueryLine {
        let read = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let others: Vec<String> =
            [read(&self.second), read(&self.last)].into_iter().filter(|o| !o.is_empty()).collect();
        let Line { text, source, severe, time: first, .. } = self.line;
        let last = match others.last() {
            None => first.clone(),
            Some(other) => Line::read(other).and_then(|line| line.time).or_else(|| format::time(other)),
        };
        let others: Vec<String> = others.iter().filter_map(|o| Line::read(o)).map(|line| line.text).collect();
        let text = ids::without_varying(&text, &others);
        QueryLine { text, count: self.count, at: self.at, weight, source, severe, first, last }
    }
}

#[cfg(test)]
mod lossless;

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
        assert_eq!(query.lines[0].last.as_deref(), Some("2026-03-14 02:19:47,128"));
        assert_eq!(query.lines[0].text, "push … failed: OOM command not allowed");
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
