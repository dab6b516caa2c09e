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
pub use words::{bytes, count, duration_ms, shorten};

/// FNV-1a, 64 bits: the same in every version and on every machine. It tells texts apart; it is no seal.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
