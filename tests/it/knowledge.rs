//! The embedded runbooks are understood as they were meant: roles, annotations, and checks that only look.
//! It never runs one of their commands.

use unstuck::command::{Effect, judge, placeholder};
use unstuck::examples::{self, ENDING, Examples, Tally, rehearse};
use unstuck::review::{Surroundings, review};
use unstuck::runbook::lint::lint;
use unstuck::runbook::{Runbook, Section, StepKind, parse};

use crate::books::{library, own, own_folder};
use crate::scripted::wait;

/// Every embedded runbook with its text.
fn runbooks() -> Vec<(String, Runbook)> {
    own().into_iter().map(|s| (s.text.clone(), parse(&s.path, &s.text))).collect()
}

/// The sections that describe a problem: all but the introduction of a document.
fn is_problem(section: &Section) -> bool {
    section.heading_path.len() > 1
}

/// The sections that only list settings: looked up, and with nothing to go wrong of their own.
fn is_reference(section: &Section) -> bool {
    section.title.starts_with("Reference of ")
}

/// The examples beside the embedded runbooks.
fn all_examples() -> Vec<Examples> {
    let each = std::fs::read_dir(own_folder()).unwrap().flatten().filter_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = name.ends_with(ENDING).then(|| std::fs::read_to_string(entry.path()).unwrap())?;
        Some(examples::read(&name, &text).unwrap_or_else(|said| panic!("{said}")))
    });
    each.collect()
}

#[test]
fn the_seven_problems_are_there_with_checks_and_fixes() {
    let (_, runbook) = runbooks().into_iter().find(|(_, r)| r.path == "connection.md").unwrap();
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
    }
}

#[test]
fn every_section_can_be_found_looked_into_and_followed() {
    let mut thin = Vec::new();
    for (_, runbook) in runbooks() {
        for section in runbook.sections.iter().filter(|s| is_problem(s)) {
            let verified = !section.verification.is_empty()
                || section.fixes.iter().any(|f| f.verify.is_some())
                || !section.checks.is_empty();
            let ok = section.symptoms.len() >= 2
                && !section.aliases.is_empty()
                && section.checks.len() >= 2
                && section.fixes.len() >= 2
                && verified;
            if !ok {
                thin.push(format!(
                    "{}:{} {}: {} symptoms, {} checks, {} fixes",
                    runbook.path,
                    section.line,
                    section.title,
                    section.symptoms.len(),
                    section.checks.len(),
                    section.fixes.len()
                ));
            }
        }
    }
    assert!(thin.is_empty(), "{}", thin.join("\n"));
}

#[test]
fn checks_only_look_and_nothing_is_odd() {
    let mut odd = Vec::new();
    for (_, runbook) in runbooks() {
        odd.extend(runbook.problems.iter().map(|p| format!("{}:{} {}", runbook.path, p.line, p.message)));
        for section in &runbook.sections {
            for check in section.checks.iter().chain(&section.verification) {
                let StepKind::Command(text) = &check.step.kind else { continue };
                let verdict = judge(text);
                if verdict.effect != Effect::Reads && placeholder::find(text).is_empty() {
                    odd.push(format!("{}:{} `{text}`: {}", runbook.path, check.step.line, verdict.reason));
                }
            }
            for fix in &section.fixes {
                if let Some(verify) = &fix.verify
                    && !verify.starts_with("./")
                    && judge(verify).effect != Effect::Reads
                    && placeholder::find(verify).is_empty()
                {
                    odd.push(format!("{}:{} verify: `{verify}` does more than look", runbook.path, fix.line));
                }
            }
        }
        let matter = ["changing-check", "no-verification", "twin-section"];
        let warnings = lint(&runbook).into_iter().filter(|w| matter.contains(&w.rule));
        odd.extend(warnings.map(|w| format!("{}:{} {}: {}", runbook.path, w.line, w.rule, w.message)));
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
}

#[test]
fn an_author_would_find_nothing_to_look_at_again() {
    let (texts, runbooks): (Vec<String>, Vec<Runbook>) = runbooks().into_iter().unzip();
    let around = Surroundings { exists: &|path| own_folder().join(path).exists(), passed: &|_| None };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let warnings = review(&runbooks, &texts, &around);
    let told = runbooks.iter().zip(warnings).flat_map(|(runbook, warnings)| {
        let each = warnings.into_iter().map(|w| format!("{}:{} {}: {}", runbook.path, w.line, w.rule, w.message));
        each.collect::<Vec<_>>()
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    // Nothing is only allowed: it was mended.
    let allowing: Vec<&str> =
        runbooks.iter().flat_map(|r| &r.sections).filter(|s| !s.allowed.is_empty()).map(|s| s.id.as_str()).collect();
    assert!(allowing.is_empty(), "{allowing:?}");
}

#[test]
fn what_a_check_asks_fits_the_screen() {
    let cut = runbooks().into_iter().flat_map(|(_, runbook)| {
        let titles = runbook.sections.iter().flat_map(|s| &s.checks).filter(|c| c.title.ends_with('…'));
        titles.map(|c| format!("{}:{} {}", runbook.path, c.step.line, c.title)).collect::<Vec<_>>()
    });
    let cut: Vec<String> = cut.collect();
    assert!(cut.is_empty(), "{}", cut.join("\n"));
}

#[test]
fn every_annotation_reaches_the_fix_it_stands_below() {
    for (text, runbook) in runbooks() {
        let written = |key: &str| {
            text.lines()
                .map(|l| l.trim_start().trim_start_matches("<!-- unstuck:").trim_start())
                .filter(|l| l.starts_with(key))
                .count()
        };
        let fixes: Vec<_> = runbook.sections.iter().flat_map(|s| &s.fixes).collect();
        for (key, read) in [
            ("when:", fixes.iter().filter(|f| !f.when.is_empty()).count()),
            ("undo:", fixes.iter().filter(|f| f.undo.is_some()).count()),
            ("verify:", fixes.iter().filter(|f| f.verify.is_some()).count()),
        ] {
            assert_eq!(written(key), read, "{} {key}", runbook.path);
        }
    }
}

#[test]
fn the_facts_that_fixes_wait_for_exist() {
    let names = include_str!("../../src/diagnosis/kind.rs");
    let mut unknown = Vec::new();
    for (_, runbook) in runbooks() {
        for fix in runbook.sections.iter().flat_map(|s| &s.fixes) {
            for name in fix.when.iter().filter(|n| !names.contains(&format!("\"{n}\""))) {
                unknown.push(format!("{}:{} `{name}`", runbook.path, fix.line));
            }
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

#[test]
fn every_example_holds() {
    let (library, all) = (library(&own()), all_examples());
    let mut tally = Tally::default();
    for examples in &all {
        wait(rehearse(&library, examples, &mut tally));
    }
    let asked: Vec<(String, usize)> =
        all.iter().flat_map(|e| e.questions.iter().map(|q| (e.path.clone(), q.line))).collect();
    let told = |f: &examples::Failure| format!("{}:{} “{}”: {}", f.path, f.line, f.example, f.message);
    let (missed, broken): (Vec<_>, Vec<_>) =
        tally.failures.iter().partition(|f| asked.contains(&(f.path.clone(), f.line)));
    let wrong: Vec<String> = broken.into_iter().map(told).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A question may come second to another as good, or to a problem that is met more often; a ranking that is worse
    // than this has lost something.
    let missed: Vec<String> = missed.into_iter().map(told).collect();
    eprintln!("{} of {} questions miss their place:\n{}", missed.len(), tally.questions, missed.join("\n"));
    assert!(missed.len() * 100 <= tally.questions * 12, "{}", missed.join("\n"));
}

#[test]
fn there_is_enough_and_it_stays_small() {
    let all = runbooks();
    let sections = all.iter().flat_map(|(_, r)| &r.sections).filter(|s| is_problem(s)).count();
    let size: usize = all.iter().map(|(text, _)| text.len()).sum();
    assert!(sections >= 70, "{sections} sections");
    assert!(size < 1_000_000, "{size} bytes");
}

#[test]
fn each_problem_has_a_question_that_finds_it_and_a_case_that_leads_to_its_first_fix() {
    let all = all_examples();
    let mut bare = Vec::new();
    for (_, runbook) in runbooks() {
        for section in runbook.sections.iter().filter(|s| is_problem(s)) {
            let asked = all.iter().flat_map(|e| &e.questions).filter(|q| q.section == section.id).count();
            let first = section.fixes.first().map(|f| f.title.as_str());
            let mut played = all.iter().flat_map(|e| &e.cases).filter(|c| c.section == section.id);
            if asked == 0 || !is_reference(section) && !played.any(|c| c.first_fix.as_deref() == first) {
                bare.push(format!("{}:{} {}: {asked} questions", runbook.path, section.line, section.title));
            }
        }
    }
    assert!(bare.is_empty(), "{}", bare.join("\n"));
}
