//! What readings mean: outcomes, findings, the fixes that fit them, and whether a fix helped.
//! It never looks at the system and never asks; it is given readings.

mod changed;
mod compare;
mod conclude;
mod finding;
mod follows;
mod interpret;
mod kind;
mod rank;
mod survey;
mod told;
mod trace;
mod values;

pub use compare::{Change, Comparison, coming_up, compare, just_started, standing};
pub use conclude::{Conclusion, conclude};
pub use finding::{Fact, Finding};
pub use follows::follows;
pub use interpret::interpret;
pub use kind::Kind;
pub use rank::{Fit, Ranked, absent_last, idle_last, lacking_last, rank, undo_hint};
pub use survey::{Around, Surveyed, is_named, survey, wake};
pub use told::told;
pub use trace::{Error, errors, trace, traced};
pub use values::candidates;

use serde::{Deserialize, Serialize};

use crate::probe::Reading;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    Problem,
    /// It answered, but what it means is open.
    Uncertain,
    /// It could not be had, or was not run.
    Skipped,
}

/// One check with its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The check's title.
    pub check: String,
    /// The command it stands for.
    pub command: String,
    pub status: Status,
    /// One short clause: `connection refused at 127.0.0.1:6379`.
    pub summary: String,
    /// The line or value that proves it, where there is one.
    pub evidence: Option<String>,
    pub findings: Vec<Finding>,
    pub reading: Option<Reading>,
    pub ms: u64,
}
