//! Which fix comes first: how well each fits the findings, with its because.
//! It never drops a fix; one that nothing points at comes last, in the runbook's order.

use super::{Conclusion, Outcome};
use crate::command::{Placeholder, Value};
use crate::runbook::Fix;

/// How well a fix fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// A finding speaks for it.
    Fits,
    /// No finding speaks for it, nor against it.
    Open,
    /// What was found speaks against it, or it would make things worse.
    Unlikely,
}

/// A fix in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Index into the fixes given.
    pub fix: usize,
    pub fit: Fit,
    pub score: f32,
    /// `it is not running`.
    pub because: String,
}

/// Orders `fixes` by `conclusion`; `worked` holds the titles of fixes that helped here before for the same facts.
pub fn rank(fixes: &[Fix], _conclusion: &Conclusion, _worked: &[String]) -> Vec<Ranked> {
    (0..fixes.len()).map(|fix| Ranked { fix, fit: Fit::Open, score: 0.0, because: String::new() }).collect()
}

/// The values the outcomes offer for a placeholder, most likely first.
pub fn candidates(_placeholder: &Placeholder, _outcomes: &[Outcome]) -> Vec<Value> {
    Vec::new()
}
