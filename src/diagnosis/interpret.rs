//! One reading to one outcome: status, summary, evidence and what it proves.
//! It never turns a look that could not be had into `ok`.

use super::{Outcome, Status};
use crate::probe::Observed;
use crate::runbook::Check;

/// What `observed` means for `check`.
pub fn interpret(check: &Check, observed: &Observed) -> Outcome {
    Outcome {
        check: check.title.clone(),
        command: check.step.text(),
        status: Status::Uncertain,
        summary: String::new(),
        evidence: None,
        findings: Vec::new(),
        reading: Some(observed.reading.clone()),
        ms: observed.ms,
    }
}
