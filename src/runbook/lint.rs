//! What an author should look at again: pure warnings over runbooks as they were understood.
//! It never changes a runbook.

use super::variables::assigned;
use super::{Fix, Problem, Runbook, Section, StepKind};
use crate::command::Effect;
use crate::command::placeholder::judge_open;

/// The warnings of one runbook.
pub fn lint(runbook: &Runbook) -> Vec<Problem> {
    runbook.sections.iter().flat_map(section).collect()
}

fn section(section: &Section) -> Vec<Problem> {
    let mut found = Vec::new();
    for check in section.checks.iter().chain(&section.verification) {
        let StepKind::Command(text) = &check.step.kind else { continue };
        let verdict = judge_open(text);
        let decided =
            if verdict.decided_by.is_empty() { String::new() } else { format!(" (`{}`)", verdict.decided_by) };
        // What only sets a variable for the steps below it changes nothing that lasts.
        if verdict.effect > Effect::Reads && assigned(text).is_none() {
            found.push(warn(
                check.step.line,
                "changing-check",
                format!(
                    "this step of a diagnosis is not known to only read: {}{decided}; it is never run unasked, so move it to the solutions or write what only looks",
                    verdict.reason
                ),
            ));
        }
        if verdict.flags.heavy {
            found.push(warn(
                check.step.line,
                "heavy-check",
                format!(
                    "this command may read or load a lot{decided}: narrow it to a folder, a time or a number of lines"
                ),
            ));
        }
    }
    for fix in &section.fixes {
        found.extend(of_fix(section, fix));
    }
    found
}

fn of_fix(section: &Section, fix: &Fix) -> Vec<Problem> {
    let mut found = Vec::new();
    let commands =
        || fix.steps.iter().filter_map(|s| if let StepKind::Command(t) = &s.kind { Some((s, t)) } else { None });
    if let Some((step, _)) = commands().find(|(_, t)| judge_open(t).effect == Effect::Destroys)
        && fix.undo.is_none()
    {
        found.push(warn(
            step.line,
            "no-undo",
            format!(
                "“{}” destroys something and names no undo: add `<!-- unstuck: undo: ... -->`, or `allow: no-undo` where nothing brings it back",
                fix.title
            ),
        ));
    }
    if changes(fix) && section.checks.is_empty() && section.verification.is_empty() && fix.verify.is_none() {
        found.push(warn(
            fix.line,
            "no-verification",
            format!(
                "nothing shows whether “{}” helped: give the section a check, or the fix `<!-- unstuck: verify: ... -->`",
                fix.title
            ),
        ));
    }
    found
}

fn changes(fix: &Fix) -> bool {
    fix.steps.iter().any(|s| match &s.kind {
        StepKind::Command(text) => judge_open(text).effect > Effect::Reads,
        StepKind::Setting(_) => true,
        StepKind::Snippet { .. } | StepKind::Instruction(_) => false,
    })
}

/// A warning.
pub fn warn(line: usize, rule: &'static str, message: String) -> Problem {
    Problem { line, rule, message }
}
