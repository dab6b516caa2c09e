//! The output of a program: its head and its tail, with the count of what was left out between them.
//! It never keeps more than its limit, and never hides a byte that is no text.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Both streams of a run.
pub(super) struct Output {
    pub out: Capped,
    pub err: Capped,
}

impl Output {
    /// `limit` bytes of each stream are kept.
    pub(super) fn new(limit: usize) -> Output {
        Output { out: Capped::new(limit), err: Capped::new(limit) }
    }

    /// Bytes left out of both.
    pub(super) fn cut(&self) -> u64 {
        self.out.cut + self.err.cut
    }
}

/// The head and the tail of a stream.
pub(super) struct Capped {
    half: usize,
    head: Vec<u8>,
    tail: Vec<u8>,
    cut: u64,
}

impl Capped {
    fn new(limit: usize) -> Capped {
        Capped { half: limit / 2, head: Vec::new(), tail: Vec::new(), cut: 0 }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = self.half.saturating_sub(self.head.len()).min(bytes.len());
        let (head, rest) = bytes.split_at(room);
        self.head.extend_from_slice(head);
        self.tail.extend_from_slice(rest);
        // Twice the half is let in before it is shortened, so that long outputs are not moved with every chunk.
        if self.tail.len() > self.half * 2 {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        let over = self.tail.len().saturating_sub(self.half);
        self.tail.drain(..over);
        self.cut += over as u64;
    }

    /// The stream as text: its head, what was left out, its tail.
    pub(super) fn text(&mut self) -> String {
        self.shorten();
        let mut out = shown(&self.head);
        if self.cut > 0 {
            out.push_str(&format!("\n… {} left out …\n", crate::text::bytes(self.cut)));
        }
        out.push_str(&shown(&self.tail));
        out
    }
}

/// Lines that wait to be shown; what finds no room is left to the end's head and tail.
const WAITING: usize = 64;
/// A longer line is shown by its beginning.
const LONGEST_LINE: usize = 300;

/// Where a run tells its lines while it runs.
#[derive(Clone, Default)]
pub(in crate::world) struct Lines {
    sender: Option<Sender<String>>,
    missed: Arc<AtomicUsize>,
}

impl Lines {
    /// Where they are told, and where they come out.
    pub(in crate::world) fn told() -> (Lines, Receiver<String>) {
        let (sender, receiver) = channel(WAITING);
        (Lines { sender: Some(sender), missed: Arc::default() }, receiver)
    }

    /// How many lines found no room, in words; `None` where all did.
    pub(in crate::world) fn count(&self) -> Option<String> {
        let missed = self.missed.load(Ordering::Relaxed);
        (missed > 0).then(|| crate::text::count(missed, "line"))
    }

    /// Tells the lines that `bytes` end; what is left of them waits in `begun`.
    fn tell(&self, begun: &mut Vec<u8>, bytes: &[u8]) {
        let Some(sender) = &self.sender else { return };
        for piece in bytes.split_inclusive(|b| matches!(b, b'\n' | b'\r')) {
            let ends = piece.ends_with(b"\n") || piece.ends_with(b"\r");
            let text = piece.get(..piece.len() - usize::from(ends)).unwrap_or_default();
            begun.extend(text.iter().take(LONGEST_LINE.saturating_sub(begun.len())));
            if ends && !begun.is_empty() {
                // A screen that is slower than the program does not hold it up.
                if sender.try_send(shown(begun)).is_err() {
                    self.missed.fetch_add(1, Ordering::Relaxed);
                }
                begun.clear();
            }
        }
    }
}

/// Reads a stream to its end.
pub(super) async fn drain<R: AsyncRead + Unpin>(mut reader: R, into: &Mutex<&mut Capped>, lines: &Lines) {
    let mut begun = Vec::new();
    let mut chunk = vec![0; 16 * 1024];
    while let Ok(n) = reader.read(&mut chunk).await {
        if n == 0 {
            return;
        }
        lines.tell(&mut begun, chunk.get(..n).unwrap_or_default());
        if let Ok(mut kept) = into.lock() {
            kept.push(chunk.get(..n).unwrap_or_default());
        }
    }
}

/// Bytes as text, what is no UTF-8 as `\xNN`.
fn shown(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|b| out.push_str(&format!("\\x{b:02x}")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_tail_are_kept_and_the_rest_is_counted() {
        let mut capped = Capped::new(20);
        for i in 0..1_000 {
            capped.push(format!("{i:03}\n").as_bytes());
        }
        let text = capped.text();
        assert!(text.starts_with("000\n001\n00") && text.ends_with("\n998\n999\n"), "{text}");
        assert_eq!(capped.cut, 4_000 - 20);
        let mut short = Capped::new(20);
        short.push(b"all of it");
        assert_eq!((short.text().as_str(), short.cut), ("all of it", 0));
    }

    #[test]
    fn lines_are_told_as_they_end_and_never_hold_up_the_run() {
        let (lines, mut told) = Lines::told();
        let mut begun = Vec::new();
        for bytes in [&b"one\ntw"[..], b"o\rthree \xff\n", b"half"] {
            lines.tell(&mut begun, bytes);
        }
        let mut next = || told.try_recv().ok();
        assert_eq!(
            [next(), next(), next(), next()],
            [Some("one".into()), Some("two".into()), Some("three \\xff".into()), None]
        );
        for _ in 0..10_000 {
            lines.tell(&mut begun, b"more and more\n");
        }
        assert_eq!(lines.count(), Some(format!("{} lines", 10_000 - WAITING)));
        lines.tell(&mut begun, &[b'x'; 10_000]);
        assert!(begun.len() <= LONGEST_LINE);
    }

    #[test]
    fn bytes_that_are_no_text_are_shown() {
        assert_eq!(shown(b"a\xff\xfeb\xc3\xa4"), "a\\xff\\xfeb\u{e4}");
    }
}
