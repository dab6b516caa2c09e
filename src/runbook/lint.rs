//! What an author should look at again: pure warnings over runbooks as they were understood.
//! It never changes a runbook.

use super::{Fix, Problem, Runbook, Section, StepKind};
use crate::command::placeholder::{self, judge_open};
use crate::command::{Effect, bounded};

/// The warnings of one runbook.
pub fn lint(runbook: &Runbook) -> Vec<Problem> {
    runbook.sections.iter().flat_map(section).collect()
}

fn section(section: &Section) -> Vec<Problem> {
    let mut found = Vec::new();
    for check in &section.checks {
        let StepKind::Command(text) = &check.step.kind else { continue };
        let verdict = judge_open(text);
        if verdict.effect > Effect::Reads && placeholder::find(text).is_empty() {
            found.push(warn(
                check.step.line,
                "changing-check",
                format!(
                    "this step of a diagnosis is not known to only read: {} (`{}`)",
                    verdict.reason, verdict.decided_by
                ),
            ));
        }
        if verdict.flags.endless && bounded(text).is_none() {
            found.push(warn(check.step.line, "endless-check", "this command does not end by itself".into()));
        }
    }
    for fix in &section.fixes {
        let worst = fix
            .steps
            .iter()
            .filter_map(|s| if let StepKind::Command(t) = &s.kind { Some(judge_open(t).effect) } else { None })
            .max();
        if worst == Some(Effect::Destroys) && fix.undo.is_none() {
            found.push(warn(fix.line, "no-undo", format!("“{}” destroys something and names no undo", fix.title)));
        }
        if changes(fix) && section.checks.is_empty() && section.verification.is_empty() && fix.verify.is_none() {
            found.push(warn(fix.line, "no-verification", format!("nothing shows whether “{}” helped", fix.title)));
        }
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

/// For each runbook, the warnings that only show beside the others: sections that cannot be told apart.
pub fn lint_all(runbooks: &[Runbook]) -> Vec<Vec<Problem>> {
    let mut seen: Vec<(String, String, usize)> = Vec::new();
    runbooks
        .iter()
        .map(|runbook| {
            let mut found = Vec::new();
            for section in &runbook.sections {
                let symptoms: Vec<String> = section.symptoms.iter().map(|s| s.text.to_lowercase()).collect();
                let key = format!("{}\n{}", section.title.to_lowercase(), symptoms.join("\n"));
                match seen.iter().find(|(k, _, _)| *k == key) {
                    Some((_, path, line)) => found.push(warn(
                        section.line,
                        "twin-section",
                        format!("this section cannot be told apart from {path}:{line}"),
                    )),
                    None => seen.push((key, section.path.clone(), section.line)),
                }
            }
            found
        })
        .collect()
}

fn warn(line: usize, rule: &'static str, message: String) -> Problem {
    Problem { line, rule, message }
}
