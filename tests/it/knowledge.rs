//! The embedded runbooks are understood, and their checks only look.

use std::path::Path;

use unstuck::command::{Effect, judge, placeholder};
use unstuck::runbook::{StepKind, parse};

#[test]
fn the_seven_problems_are_there_with_checks_that_only_look_and_fixes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge/connection.md");
    let runbook = parse("connection.md", &std::fs::read_to_string(path).unwrap());
    assert!(runbook.problems.is_empty(), "{:?}", runbook.problems);
    for title in [
        "Service Not Reachable",
        "Redis Not Available",
        "Container Crashes",
        "File Watcher Issues",
        "WebSocket Issues",
        "CORS Errors",
        "Timeouts",
    ] {
        let section =
            runbook.sections.iter().find(|s| s.title == title).unwrap_or_else(|| panic!("{title} is missing"));
        assert!(
            section.symptoms.len() >= 3 && section.checks.len() >= 3 && section.fixes.len() >= 2,
            "{title} is thin"
        );
        for check in &section.checks {
            if let StepKind::Command(text) = &check.step.kind
                && placeholder::find(text).is_empty()
            {
                let verdict = judge(text);
                assert_eq!(
                    verdict.effect,
                    Effect::Reads,
                    "connection.md:{}: `{text}`: {}",
                    check.step.line,
                    verdict.reason
                );
            }
        }
    }
}
