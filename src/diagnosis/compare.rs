//! Before and after a fix: what became better, what became worse, and whether it is solved.
//! It never calls solved what was not seen to be well.

use super::Outcome;

/// What a fix did to the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Every problem there was is gone.
    Fixed,
    /// Something changed, but problems are left.
    Changed,
    /// The same problems as before.
    Unchanged,
    /// A check that was well is not any more.
    Worse,
}

/// The comparison of two runs of the same checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub change: Change,
    /// One sentence.
    pub sentence: String,
    /// What may bring it back, where that was found: `the memory limit is still 64 MiB`.
    pub may_return: Option<String>,
}

/// Compares the outcomes of the same checks before and after.
pub fn compare(_before: &[Outcome], _after: &[Outcome]) -> Comparison {
    Comparison { change: Change::Unchanged, sentence: String::new(), may_return: None }
}
