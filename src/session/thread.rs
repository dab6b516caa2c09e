//! What the conversation remembers: the question, the sections found, the one being worked through, and the way back.
//! It never outlives the session.

use crate::diagnosis::{Conclusion, Outcome, Ranked};
use crate::search::Match;

/// What numbers choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Offered {
    #[default]
    Nothing,
    Sections,
    Fixes,
}

/// One question and what came of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Thread {
    pub question: Option<String>,
    pub excluded: Vec<String>,
    pub matches: Vec<Match>,
    /// How many of the matches were shown.
    pub shown: usize,
    pub offered: Offered,
    pub work: Option<Work>,
    /// Sections that were open before, the last one last.
    pub trail: Vec<usize>,
}

/// A section being worked through.
#[derive(Debug, Clone, Default)]
pub(super) struct Work {
    pub section: usize,
    pub outcomes: Vec<Outcome>,
    pub conclusion: Conclusion,
    pub ranked: Vec<Ranked>,
    /// Fixes of the section, by their index, that were offered already.
    pub tried: Vec<usize>,
}
