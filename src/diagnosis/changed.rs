//! What was changed on the system: files lately, and settings inside programs that the errors speak of.
//! It never says that a change is the cause.

use super::survey::names;
use super::trace::errors;
use super::{Finding, Kind, Outcome, Status};

/// How many of the changed files are named.
const CHANGED: usize = 3;

/// What was changed lately: it may be why something is wrong, and it may not.
pub(super) fn changed(files: &[(&str, String)]) -> Option<Outcome> {
    let told: Vec<&str> = files.iter().take(CHANGED).map(|(_, told)| told.as_str()).collect();
    let (first, _) = files.first()?;
    let text = format!("Changed here lately: {}.", told.join(", "));
    let finding = Finding::new(Kind::ChangedLately, "the project", text).with(*first).quiet();
    let names: Vec<&str> = files.iter().take(CHANGED).map(|(name, _)| *name).collect();
    Some(Outcome {
        check: "what was changed here lately".into(),
        command: format!("ls -lt {}", names.join(" ")),
        status: Status::Ok,
        summary: told.join(", "),
        evidence: None,
        findings: vec![finding],
        reading: None,
        ms: 0,
    })
}

/// The question and the errors that were seen, in lower case.
pub(super) fn complaints(question: &str, outcomes: &[Outcome]) -> String {
    let errors = errors(outcomes);
    let lines = errors.iter().map(|e| e.line.as_str()).chain([question]);
    lines.collect::<Vec<_>>().join("\n").to_lowercase()
}

/// Whether what somebody set inside a program is what the errors speak of: `statement_timeout`, `statement timeout`.
pub(super) fn is_spoken_of(finding: &Finding, said: &str) -> bool {
    let inside = matches!(finding.fact.kind, Kind::DatabaseSetting | Kind::RedisSetting);
    let name = finding.fact.detail.as_deref().unwrap_or_default().to_lowercase();
    inside && name.len() > 4 && (names(said, &name) || names(said, &name.replace(['_', '-'], " ")))
}

#[test]
fn a_setting_inside_counts_where_the_errors_speak_of_it() {
    let inside = |name: &str| Finding::new(Kind::DatabaseSetting, "db", "x").with(name).quiet();
    assert!(is_spoken_of(&inside("statement_timeout"), "error: canceling statement due to statement timeout"));
    assert!(!is_spoken_of(&inside("statement_timeout"), "error: connection timeout"));
    assert!(!is_spoken_of(&inside("jit"), "error: jit"));
    let files = ["compose.yaml", "a", "b", "c"].map(|name| (name, format!("{name} 1 min ago")));
    let told = changed(&files).unwrap();
    assert_eq!(told.summary, "compose.yaml 1 min ago, a 1 min ago, b 1 min ago");
    assert!(told.findings.iter().all(|f| f.quiet) && told.status == Status::Ok);
    assert_eq!(changed(&[]), None);
}
