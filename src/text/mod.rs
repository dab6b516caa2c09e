//! Text from outside made fit for screen and record: control sequences out, secrets masked, counts in words.
//! It never decides what is shown, and never reads or writes anything.

pub mod clean;
pub mod mask;
mod nearest;
pub mod toml;
mod words;

pub use clean::clean;
pub use mask::Masker;
pub use nearest::{distance, nearest};
pub use words::{bytes, count, duration_ms, listed, shorten};

use regex::Regex;

/// A pattern that is a constant of this program: one that does not compile fails the test of whoever uses it.
#[expect(clippy::unwrap_used, reason = "no text from outside is ever compiled by it")]
pub fn pattern(constant: &'static str) -> Regex {
    Regex::new(constant).unwrap()
}

/// FNV-1a, 64 bits: the same in every version and on every machine. It tells texts apart; it is no seal.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
