//! Text from outside made fit for screen and record: control sequences out, secrets masked, counts in words.
//! It never decides what is shown, and never reads or writes anything.

pub mod clean;
pub mod mask;
mod words;

pub use clean::clean;
pub use mask::Masker;
pub use words::{bytes, count, duration_ms, shorten};
