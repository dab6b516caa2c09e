//! Commands as data: what a line does (its effect), which program and arguments it has, and its placeholders.
//! It never runs anything and never trusts a line it cannot read whole.

mod bound;
pub mod effect;
pub mod placeholder;
pub mod proof;
mod rules;
pub mod shell;

pub use bound::{bounded, programs};
pub use effect::{Effect, Flags, Verdict, judge};
pub use placeholder::{Placeholder, PlaceholderType, Value};
pub use proof::ReadOnly;
pub use shell::{Fed, Joint, Open, Pipeline, Script, Simple, written};
