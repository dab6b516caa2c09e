//! Finds, in a great deal of text, the places that may speak of trouble: every third run of four bytes is looked up
//! in a table of all such runs that the words of trouble hold. It never says that a place does; a pattern confirms it.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// The words of trouble, at least four bytes each, in lower case.
const WORDS: &str = "error|fail|fatal|panic|critical|emerg|severe|except|refus|denied|timed out|timeout|unhealth|killed|cannot|\
    can't|unable|not allow|not permit|unreach|no such|blocked|oomk|oom |oom-|segfault|corrupt|exited|backoff|exceed|invalid|limit|\
    no space|not enough|out of mem|abort|reject|unauthor|forbid|expire|no route|misbehav|deadlock|could not|couldn't|broken|full|\
    lost|drop|reset|overflow|stuck|too many|too large|not ready|caused by|unavail|insuffic|missing|violat|terminat|stall|degrad|\
    mismatch|evict|warn";
/// HTTP statuses of failure, and levels of klog at the beginning of a line.
const FORMATS: &str = r#"" 5[0-9][0-9] |" 429 |\n[EFW][01][0-9]{3} "#;

/// The bits of the table's address.
const BITS: u32 = 18;
/// Runs are looked up at every third byte of a block.
const STEP: usize = 3;
const RUNS: usize = 16;
const BLOCK: usize = STEP * RUNS;
/// What may stand around a word in a block: its last run may begin three bytes before the block ends.
const AROUND: usize = 16;

struct Sieve {
    table: Vec<u64>,
    confirm: Regex,
}

// The pattern is made of constants of this file, tested below.
#[allow(clippy::unwrap_used)]
static SIEVE: LazyLock<Sieve> = LazyLock::new(|| {
    let words: Vec<String> = WORDS.split('|').map(str::to_owned).collect();
    let confirm = Regex::new(&format!("(?-u)(?i:{})|{FORMATS}", words.join("|"))).unwrap();
    let klog = (1..=12).flat_map(|month| ['e', 'f', 'w'].map(|level| format!("\n{level}{month:02}")));
    let status = (0..=9).map(|n| format!("\" 5{n}")).chain(["\" 42".to_owned()]);
    let mut table = vec![0; 1 << (BITS - 6)];
    for word in words.iter().cloned().chain(klog).chain(status) {
        enter(&mut table, word.as_bytes());
    }
    Sieve { table, confirm }
});

/// Enters the runs at three places in a row, so that every third place meets one; of a short word with all that may stand beside it.
fn enter(table: &mut [u64], word: &[u8]) {
    let first: i32 = if word.len() >= 6 { 0 } else { -1 };
    for from in first..first + STEP as i32 {
        let known: Vec<Option<u8>> =
            (from..from + 4).map(|i| usize::try_from(i).ok().and_then(|i| word.get(i)).copied()).collect();
        for beside in (0x20..0x40).chain(0x60..0x80) {
            let mut run = [0; 4];
            run.iter_mut().zip(&known).for_each(|(to, byte)| *to = byte.unwrap_or(beside));
            let at = address(run);
            if let Some(place) = table.get_mut((at >> 6) as usize) {
                *place |= 1 << (at & 63);
            }
        }
    }
}

/// The address of four bytes, upper and lower case alike.
fn address(run: [u8; 4]) -> u32 {
    (u32::from_le_bytes(run) | 0x2020_2020).wrapping_mul(0x9E37_79B1) >> (32 - BITS)
}

/// The first place at or after `from` where `text` may speak of trouble.
pub(super) fn next(text: &[u8], from: usize) -> Option<usize> {
    let sieve = &*SIEVE;
    let table: &[u64; 1 << (BITS - 6)] = sieve.table.as_slice().try_into().ok()?;
    let mut at = from;
    while let Some(block) = text.get(at..at + BLOCK + 4).and_then(|b| <&[u8; BLOCK + 4]>::try_from(b).ok()) {
        let mut found = 0;
        for i in 0..RUNS {
            let run = [block[i * STEP], block[i * STEP + 1], block[i * STEP + 2], block[i * STEP + 3]];
            let at = address(run);
            found |= table[(at >> 6) as usize] >> (at & 63);
        }
        if found & 1 != 0 {
            let start = at.saturating_sub(AROUND).max(from);
            let near = text.get(start..text.len().min(at + BLOCK + AROUND)).unwrap_or_default();
            if let Some(place) = sieve.confirm.find(near) {
                return Some(start + place.start());
            }
        }
        at += BLOCK;
    }
    let start = at.saturating_sub(AROUND).max(from);
    sieve.confirm.find(text.get(start..)?).map(|place| start + place.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_wherever_it_stands() {
        let calm = "2026-03-14 02:17:47 a request was served in 12 ms; ".repeat(4);
        for word in WORDS.split('|').map(str::trim).chain(["\nE0406 14:20", "\" 502 1", "\" 429 9"]) {
            for shift in 0..60 {
                let text = format!("{}{word}, {calm}", calm.get(..60 + shift).unwrap());
                let text = if word == "oom" { text.replace("oom,", "oom killer") } else { text };
                assert!(next(text.as_bytes(), 0).is_some(), "{word} at {shift}");
                let upper = text.to_uppercase();
                assert!(next(upper.as_bytes(), 0).is_some(), "{word} at {shift}, in capitals");
            }
        }
        assert_eq!(next(calm.as_bytes(), 0), None);
        assert_eq!(next(b"", 0), None);
    }
}
