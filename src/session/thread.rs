//! What the conversation remembers: the question, the sections found, the one being worked through, and the way back.
//! It never outlives the session.

use crate::command::Value;
use crate::diagnosis::{Conclusion, Outcome, Ranked};
use crate::query::Label;
use crate::search::Match;

/// What numbers choose from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Offered {
    #[default]
    Nothing,
    /// The matches that were shown.
    Sections,
    /// Sections of a list, in its order.
    Listed(Vec<usize>),
    /// The fixes of the open section.
    Fixes,
}

/// One question and what came of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Thread {
    pub question: Option<String>,
    /// What the question itself proves.
    pub told: Option<Outcome>,
    pub excluded: Vec<String>,
    pub matches: Vec<Match>,
    /// How sure the answer is, 0 to 1.
    pub confidence: f32,
    /// The section that comes first because its fix helped before, and when.
    pub helped: Option<(usize, String)>,
    /// How many of the matches were shown.
    pub shown: usize,
    pub offered: Offered,
    pub work: Option<Work>,
    /// Sections that were open before, the last one last.
    pub trail: Vec<usize>,
    /// Sections that a finding was followed to, or that were offered and declined: not offered again.
    pub led: Vec<usize>,
    /// The last change moved nothing: what it was for may lie elsewhere.
    pub unmoved: bool,
    /// A section that knows more of what was found here, for when the fixes here did not help.
    pub further: Option<usize>,
    /// What was found elsewhere and led to a section: its number, and what the check saw.
    pub carried: Option<(usize, Outcome)>,
    /// What the last step that failed said.
    pub failed: Option<String>,
    /// The trouble that was seen last, by which it is to be seen whether it is over.
    pub symptom: Option<Outcome>,
    /// Where a finding was followed from, so that its checks can be run again once the cause is mended.
    pub origin: Option<usize>,
    /// Values that were typed for placeholders while this section is open, by the placeholder's name.
    pub typed: Vec<(String, Value)>,
    /// The labels of an alert that was pasted.
    pub labels: Vec<Label>,
    /// What the steps of the open section set their variables to.
    pub set: Vec<Set>,
    /// Placeholders whose value was asked for and not given while the checks ran, by name.
    pub declined: Vec<String>,
    /// Placeholders for which a value of the alert was refused, which was said.
    pub refused: Vec<String>,
    /// Whether close sections were told apart by a question already.
    pub told_apart: bool,
    /// Whether a change is being proved: of logs only what came since counts.
    pub proving: bool,
    /// Whether a fix was proved: what is said next is another problem.
    pub solved: bool,
}

/// A variable that a step set.
#[derive(Debug, Clone)]
pub(super) struct Set {
    pub name: String,
    /// The line of the step.
    pub line: usize,
    /// Several where the step printed several.
    pub values: Vec<Value>,
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
    /// The values of the fix being walked through: one name is one thing in all of its steps.
    pub chosen: Vec<(String, Value)>,
}
