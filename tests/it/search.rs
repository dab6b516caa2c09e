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
        let titles: Vec<&str> = answer.matches.iter().map(|m| library.sections()[m.section].title.as_str()).collect();
        asked += 1;
        first += usize::from(titles.first() == Some(&gold));
        third += usize::from(titles.contains(&gold));
    }
    assert_eq!(asked, 35);
    assert!(first * 100 >= asked * 86, "R@1 {first}/{asked}");
    assert!(third * 100 >= asked * 97, "R@3 {third}/{asked}");
}
