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
