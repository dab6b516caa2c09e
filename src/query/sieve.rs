//! Finds, in a great deal of text, the places that speak of trouble: every third run of four bytes is looked up in a
//! table of all such runs that the words of trouble hold, and a hit is compared byte by byte. It never weighs a line.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// The words of trouble in lower case; `<` and `>` where a word must begin or end.
const WORDS: &[&str] = &[
    "error",
    "exception",
    "<fatal",
    "<panic",
    "<critical",
    "<crit>",
    "<emerg",
    "<severe>",
    "<alert>",
    "<warn>",
    "<warning",
    "<failed",
    "<failure",
    "<failing",
    "<fails>",
    "<fail>",
    "<refused",
    "<denied>",
    "<timed out>",
    "<timed-out>",
    "<timedout>",
    "<time out>",
    "<timeout",
    "<unhealthy",
    "<killed",
    "<cannot>",
    "<can't",
    "<unable>",
    "<not allow",
    "<not permit",
    "<unreachable",
    "<no such",
    "<blocked>",
    "<oom-",
    "<oom ",
    "<oom:",
    "<oomkill",
    "<segfault",
    "<segmentation",
    "<corrupt",
    "<exited",
    "<restarting",
    "<backoff",
    "<back-off",
    "<crashloop",
    "<exceeded",
    "<exceeds",
    "<invalid",
    "limit reached",
    "<no space",
    "<not enough",
    "<out of memory",
    "<aborted",
    "<rejected",
    "<unauthorized",
    "<forbidden",
    "<expired",
    "<no route",
    "<misbehaving",
    "<deadlock",
    "<could not",
    "<couldn't",
    "<not found",
    "<broken pipe",
    "<full>",
    "<lost>",
    "<dropping",
    "<dropped",
    "<reset by",
    "<overflow",
    "<stuck>",
    "<too many",
    "<too large",
    "<not ready",
    "<traceback",
    "<caused by",
    "<unavailable",
    "<insufficient",
    "<missing",
    "<violates",
    "<terminated",
    "<stalled",
    "<stall>",
    "<degraded",
    "<mismatch",
    "<evicted",
    "<not responding",
    "<eacces",
    "<eaddr",
    "<eagain",
    "<ebadf>",
    "<ebusy>",
    "<econn",
    "<edquot",
    "<eexist",
    "<efbig>",
    "<ehost",
    "<einval",
    "<eintr>",
    "<eisdir",
    "<eloop>",
    "<emfile",
    "<enet",
    "<enfile",
    "<enodev",
    "<enoent",
    "<enoexec",
    "<enomem",
    "<enospc",
    "<enosys",
    "<enotconn",
    "<enotdir",
    "<enotempty",
    "<enotfound",
    "<eperm>",
    "<epipe>",
    "<eproto",
    "<erange",
    "<erofs>",
    "<espipe",
    "<esrch>",
    "<estale",
    "<etimedout",
    "<etxtbsy",
    "<exdev>",
    "<eai_",
    "<eror>",
    "<errimagepull",
    "<imagepullback",
    "<context:",
    "<statement:",
    "<err:",
    "<err ",
    "<err]",
    "<err\"",
    "<err|",
    "<err\u{1b}",
    "<wrn:",
    "<wrn ",
    "<wrn]",
    "<wrn\"",
    "<wrn\u{1b}",
    "<hint:",
    "<detail:",
];

/// Whether a line has a shape at a place of it.
type Shape = fn(&[u8], usize) -> bool;

/// What formats show of trouble without a word: the bytes that may stand one after another, and a closer look.
const SHAPES: &[(&[&[u8]], Shape)] = &[
    // klog at the beginning of a line, and behind the prefix of another program.
    (&[b"\n", b"ewf", b"01", DIGIT, b"0123", DIGIT, b" "], |text, at| klog(text, at + 1)),
    (&[b"|]z:", b" ", b"ewf", b"01", DIGIT, b"0123", DIGIT, b" "], |text, at| klog(text, at + 2)),
    // An access log: `HTTP/1.1" 502`.
    (&[b"/.", b"0123", b"\"", b" ", b"45", DIGIT], |text, at| {
        matches!(number(text, at + 4, 3), 401 | 403 | 413 | 429 | 500..)
    }),
    // Redis marks a warning with `#` behind the milliseconds.
    (&[DIGIT, DIGIT, b" ", b"#", b" "], |_, _| true),
    // The levels of pino and bunyan, and the priority of journald's JSON.
    (&[b"l", b"e", b"v", b"e", b"l", b"\"", b":", b"456", DIGIT], |_, _| true),
    (&[b"l", b"e", b"v", b"e", b"l", b"\"", b":", b" ", b"456", DIGIT], |_, _| true),
    (&[b"i", b"t", b"y", b"\"", b":", b"\"", b"01234", b"\""], |_, _| true),
    // Statuses in JSON and logfmt.
    (&[b"t", b"u", b"s", b"\"", b":", b"5", DIGIT, DIGIT], |text, at| status(text, at + 5)),
    (&[b"t", b"u", b"s", b"\"", b":", b" \"", b"5", DIGIT, DIGIT], |text, at| status(text, at + 6)),
    (&[b"c", b"o", b"d", b"e", b"\"", b":", b"5", DIGIT, DIGIT], |text, at| status(text, at + 6)),
    (&[b"c", b"o", b"d", b"e", b"\"", b":", b" \"", b"5", DIGIT, DIGIT], |text, at| status(text, at + 7)),
    (&[b"t", b"u", b"s", b"=", b"5", DIGIT, DIGIT], |text, at| status(text, at + 4)),
    (&[b"c", b"o", b"d", b"e", b"=", b"5", DIGIT, DIGIT], |text, at| status(text, at + 5)),
];
const DIGIT: &[u8] = b"0123456789";

/// The bits of the table's address.
const BITS: u32 = 19;
/// Runs are looked up at every third byte of a block.
const STEP: usize = 3;
const RUNS: usize = 16;
const BLOCK: usize = STEP * RUNS;

/// A word or shape as it is compared.
struct Needle {
    /// What a word is; empty for a shape.
    word: Vec<u8>,
    sets: Vec<Vec<u8>>,
    /// Whether a word must begin, or end, at its ends.
    begins: bool,
    ends: bool,
    check: fn(&[u8], usize) -> bool,
}

struct Sieve {
    table: Vec<u64>,
    /// Which needles hold a run, and how far from their beginning.
    holders: FxHashMap<u32, Vec<(u16, i8)>>,
    needles: Vec<Needle>,
}

static SIEVE: LazyLock<Sieve> = LazyLock::new(|| {
    let words = WORDS.iter().map(|word| {
        let bare = word.trim_start_matches('<');
        let (begins, ends) = (bare.len() < word.len(), bare.ends_with('>'));
        let word = bare.trim_end_matches('>').as_bytes().to_vec();
        let sets = word.iter().map(|b| vec![*b]).collect();
        Needle { word, sets, begins, ends, check: |_, _| true }
    });
    let shapes = SHAPES.iter().map(|(sets, check)| {
        let sets = sets.iter().map(|set| set.to_vec()).collect();
        Needle { word: Vec::new(), sets, begins: false, ends: false, check: *check }
    });
    let needles: Vec<Needle> = words.chain(shapes).collect();
    let mut holders: FxHashMap<u32, Vec<(u16, i8)>> = FxHashMap::default();
    for (at, needle) in needles.iter().enumerate() {
        for (run, offset) in needle.runs() {
            let held = holders.entry(run).or_default();
            if !held.contains(&(at as u16, offset)) {
                held.push((at as u16, offset));
            }
        }
    }
    let mut table = vec![0; 1 << (BITS - 6)];
    for run in holders.keys() {
        let at = address(*run);
        if let Some(place) = table.get_mut((at >> 6) as usize) {
            *place |= 1 << (at & 63);
        }
    }
    Sieve { table, holders, needles }
});

impl Needle {
    /// The runs at three places in a row, so that every third place meets one: where they are rarest.
    fn runs(&self) -> Vec<(u32, i8)> {
        let length = self.sets.len() as i32;
        let choices = |from: i32| -> Vec<Vec<u8>> { (from..from + 4).map(|at| self.at(at)).collect() };
        let rarity = |from: i32| -> f32 {
            choices(from).iter().map(|set| set.iter().copied().map(share).sum::<f32>()).product()
        };
        let places = |from: &i32| (*from..*from + STEP as i32).map(rarity).sum::<f32>();
        let first = (-1..=(length - 5).max(-1)).min_by(|a, b| places(a).total_cmp(&places(b))).unwrap_or(-1);
        let mut out = Vec::new();
        for from in first..first + STEP as i32 {
            let mut runs = vec![0u32];
            for (nth, set) in choices(from).iter().enumerate() {
                runs = runs
                    .iter()
                    .flat_map(|run| set.iter().map(move |b| run | u32::from(b | 0x20) << (8 * nth)))
                    .collect();
            }
            out.extend(runs.into_iter().map(|run| (run, from as i8)));
        }
        out
    }

    /// What may stand at a place of the needle, or around it.
    fn at(&self, at: i32) -> Vec<u8> {
        if let Some(set) = usize::try_from(at).ok().and_then(|at| self.sets.get(at)) {
            return set.clone();
        }
        let bound = if at < 0 { self.begins && at == -1 } else { self.ends && at as usize == self.sets.len() };
        // As bytes are when upper and lower case are alike.
        let folded = (0x20..=0x3f).chain(0x60..=0x7f).chain(0xa0..=0xbf).chain(0xe0..=0xff);
        // What colours a word ends with `m`, and what JSON writes for a line feed or tab with a letter.
        folded.filter(|b| !bound || !is_word(*b) || at < 0 && matches!(b, b'm' | b'n' | b't' | b'r')).collect()
    }

    fn stands(&self, text: &[u8], start: usize) -> bool {
        let Some(here) = text.get(start..start + self.sets.len()) else { return false };
        let same = if self.word.is_empty() {
            here.iter().zip(&self.sets).all(|(byte, set)| set.contains(&byte.to_ascii_lowercase()))
        } else {
            here.eq_ignore_ascii_case(&self.word)
        };
        same && (!self.begins || begins(text, start))
            && (!self.ends || text.get(start + self.sets.len()).is_none_or(|b| !is_word(*b)))
            && (self.check)(text, start)
    }
}

/// How much of a log a byte is, about, where upper and lower case are alike.
fn share(byte: u8) -> f32 {
    match byte {
        b' ' => 0.12,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 0.05,
        b'0'..=b'9' => 0.03,
        b'd' | b'l' | b'u' | b'c' | b'm' | b'f' | b'p' | b'g' | b'h' | b'y' | b'b' => 0.02,
        b'"' | b':' | b'/' | b'.' | b'-' | b'=' => 0.02,
        b'v' | b'w' | b'k' => 0.008,
        b'j' | b'q' | b'x' | b'z' => 0.003,
        0x80.. => 0.0005,
        _ => 0.006,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | 0x7f)
}

/// Whether a word can begin here: after what is no part of a word, a colour code, or an escaped line feed.
fn begins(text: &[u8], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).and_then(|at| text.get(at)).copied().unwrap_or(b' ');
    match before(1) {
        b'm' => before(2).is_ascii_digit() || before(2) == b'[',
        b'n' | b't' | b'r' => before(2) == b'\\',
        byte => !is_word(byte),
    }
}

/// `E0314 02:17`: the level in capitals, month and day.
fn klog(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|b| matches!(b, b'E' | b'W' | b'F'))
}

/// `status":502`, `status_code=502`: three digits and no more, behind that name.
fn status(text: &[u8], at: usize) -> bool {
    let name = text.get(at.saturating_sub(16)..at).unwrap_or_default();
    name.windows(6).any(|w| w.eq_ignore_ascii_case(b"status")) && text.get(at + 3).is_none_or(|b| !b.is_ascii_digit())
}

fn number(text: &[u8], at: usize, digits: usize) -> u32 {
    let digits = text.get(at..at + digits).unwrap_or_default();
    digits.iter().fold(0, |n, b| n * 10 + u32::from(b.wrapping_sub(b'0').min(9)))
}

/// The address of four bytes in which upper and lower case are alike.
fn address(run: u32) -> u32 {
    run.wrapping_mul(0x9E37_79B1) >> (32 - BITS)
}

fn run_at(block: &[u8; BLOCK + 4], i: usize) -> u32 {
    u32::from_le_bytes([block[i * STEP], block[i * STEP + 1], block[i * STEP + 2], block[i * STEP + 3]]) | 0x2020_2020
}

/// The first place at or after `from` that speaks of trouble, and which word or shape stands there.
pub(super) fn next(text: &[u8], from: usize) -> Option<(usize, u16)> {
    let sieve = &*SIEVE;
    let table: &[u64; 1 << (BITS - 6)] = sieve.table.as_slice().try_into().ok()?;
    let mut at = from;
    while let Some(block) = text.get(at..at + BLOCK + 4).and_then(|b| <&[u8; BLOCK + 4]>::try_from(b).ok()) {
        let mut found = 0;
        for i in 0..RUNS {
            let at = address(run_at(block, i));
            found |= table[(at >> 6) as usize] >> (at & 63);
        }
        if found & 1 != 0 {
            let place = (0..RUNS).find_map(|i| {
                let run = run_at(block, i);
                let held = table[(address(run) >> 6) as usize] >> (address(run) & 63) & 1 == 1;
                held.then(|| sieve.confirm(run, text, at + i * STEP, from)).flatten()
            });
            if place.is_some() {
                return place;
            }
        }
        at += BLOCK;
    }
    // The last bytes: what would stand behind them is taken for blank.
    (at..text.len()).step_by(STEP).find_map(|at| {
        let byte = |n: usize| text.get(at + n).copied().unwrap_or(b' ');
        let run = u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)]) | 0x2020_2020;
        sieve.confirm(run, text, at, from)
    })
}

impl Sieve {
    fn confirm(&self, run: u32, text: &[u8], at: usize, from: usize) -> Option<(usize, u16)> {
        self.holders.get(&run)?.iter().find_map(|(nth, offset)| {
            let start = at.checked_add_signed(-isize::from(*offset)).filter(|start| *start >= from)?;
            let needle = self.needles.get(usize::from(*nth))?;
            needle.stands(text, start).then_some((start, *nth))
        })
    }
}

/// Which words of trouble a line holds, a bit for each.
pub(super) fn signature(line: &[u8]) -> u128 {
    let (mut from, mut out) = (0, 0);
    while let Some((at, nth)) = next(line, from) {
        out |= 1 << (nth % 128);
        from = at + STEP;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_wherever_it_stands() {
        let calm = "2026-03-14 02:17:47 a request was served in 12 ms; ".repeat(4);
        let words = WORDS.iter().map(|w| w.trim_matches(['<', '>']));
        let shapes = [
            "\nE0406 14:20",
            " | W1231 10:10",
            "/1.1\" 502 1",
            "/2.0\" 429 9",
            ".123 # MISCONF",
            "level\":50",
            "status\":503,",
        ];
        for word in words.chain(shapes) {
            for shift in 0..60 {
                let before = calm.get(..60 + shift).unwrap().trim_end_matches(|c: char| c.is_alphanumeric());
                let text = format!("{before}{word}; {calm}");
                let found = next(text.as_bytes(), 0).map(|(at, _)| at);
                assert!(found.is_some_and(|at| at + 2 >= before.len()), "`{word}` at {shift}: {found:?}");
                let end = format!("{before}{word}");
                assert!(next(end.as_bytes(), 0).is_some(), "`{word}` at the end");
                if !word.contains(['\n', '|', '/']) {
                    let colour = format!("{before}\u{1b}[31m{}\u{1b}[0m {calm}", word.to_uppercase());
                    assert!(next(colour.as_bytes(), 0).is_some(), "`{word}` in colour");
                }
            }
        }
        assert_eq!(next(calm.as_bytes(), 0), None);
        assert_eq!(next(b"", 0), None);
    }

    #[test]
    fn words_inside_others_are_none() {
        for line in [
            "order 12 was stored successfully, colostrum, blossom, unfailing, 10.0.0.1 GET /full_text/e0123 HTTP/1.1\" 200 512",
            "{\"level\":30,\"status\":200} GET \"/x\" 404 5020 \"level\": 30 e0123 I0314 02:17:38",
            "it.failover forward swarm email propose interrupt, unrefusedly",
        ] {
            assert_eq!(next(line.as_bytes(), 0), None, "{line}");
        }
    }
}
