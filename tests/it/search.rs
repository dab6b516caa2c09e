//! The seed's questions find their sections at least as often as the best lexical engine measured before.

use std::path::Path;

use unstuck::query::understand;
use unstuck::session::library::{Library, Source};

#[test]
fn the_seeds_questions_find_their_sections() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench");
    let (Ok(text), Ok(questions)) = (
        std::fs::read_to_string(shared.join("corpora/seed/connection-troubleshooting.md")),
        std::fs::read_to_string(shared.join("dev-seed.jsonl")),
    ) else {
        eprintln!("skipped: the benchmark is not beside this checkout");
        return;
    };
    let source = Source { path: "seed/connection-troubleshooting.md".into(), text };
    let library = Library::build(&[source], &Vec::new()).unwrap();
    let (mut asked, mut first, mut third) = (0, 0, 0);
    for line in questions.lines() {
        let question: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(gold) = question["gold"][0]["heading"].as_str() else { continue };
        let answer = library.ask(&understand(question["query"].as_str().unwrap()), 3);
        let titles: Vec<&str> =
            answer.matches.iter().map(|m| library.sections().get(m.section).unwrap().title.as_str()).collect();
        asked += 1;
        first += usize::from(titles.first() == Some(&gold));
        third += usize::from(titles.contains(&gold));
    }
    assert_eq!(asked, 35);
    assert!(first * 100 >= asked * 86, "R@1 {first}/{asked}");
    assert!(third * 100 >= asked * 97, "R@3 {third}/{asked}");
}

#[test]
fn with_every_runbook_embedded_the_seeds_questions_lose_nothing() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(questions) = std::fs::read_to_string(manifest.join("../shared/bench/dev-seed.jsonl")) else {
        eprintln!("skipped: the benchmark is not beside this checkout");
        return;
    };
    let mut sources: Vec<Source> = std::fs::read_dir(manifest.join("knowledge"))
        .unwrap()
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|e| e == "md"))
        .map(|e| Source {
            path: e.file_name().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(e.path()).unwrap(),
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let found = |sources: &[Source]| {
        let library = Library::build(sources, &Vec::new()).unwrap();
        let mut found = [0, 0];
        for line in questions.lines() {
            let question: serde_json::Value = serde_json::from_str(line).unwrap();
            let Some(gold) = question["gold"][0]["heading"].as_str() else { continue };
            let answer = library.ask(&understand(question["query"].as_str().unwrap()), 3);
            let right = |m: &unstuck::search::Match| {
                let section = library.sections().get(m.section).unwrap();
                section.path == "connection.md" && section.title == gold
            };
            found[0] += usize::from(answer.matches.first().is_some_and(right));
            found[1] += usize::from(answer.matches.iter().any(right));
        }
        found
    };
    let alone: Vec<Source> = sources.iter().filter(|s| s.path == "connection.md").cloned().collect();
    let (alone, all) = (found(&alone), found(&sources));
    assert!(all[0] >= alone[0] && all[1] >= alone[1], "alone {alone:?}, among all {all:?}");
}
