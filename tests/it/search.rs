//! The seed's questions find their sections at least as often as the best lexical engine measured before.
//! It never looks at how a score comes about.

use unstuck::query::understand;
use unstuck::session::library::{Library, Source};

use crate::books::{invented, library, own, shared};

#[test]
fn the_seeds_questions_find_their_sections() {
    let Some(bench) = shared("bench") else { return };
    let text = |name: &str| std::fs::read_to_string(bench.join(name)).unwrap();
    let library =
        invented(&[("seed/connection-troubleshooting.md", &text("corpora/seed/connection-troubleshooting.md"))]);
    let questions = text("dev-seed.jsonl");
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
    let Some(questions) = shared("bench/dev-seed.jsonl") else { return };
    let (questions, sources) = (std::fs::read_to_string(questions).unwrap(), own());
    let found = |sources: &[Source]| {
        let library = library(sources);
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

const PARCELS: &str = "# Parcel Hall\n\n## Belt Stands Still\n\n### Symptoms\n\n- parcels pile up before the belt\n- `belt 'north' halted: too many jams in window`\n\n### Diagnosis\n\n```bash\ncat /proc/belt\n```\n\n## Gate Does Not \
    Open\n\n### Symptoms\n\n- the gate of the belt stays shut, jams follow\n- too many parcels in the window before the \
    gate, belt halted by hand\n\n### Diagnosis\n\n```bash\ncat /proc/gate\n```\n\n## Scale Shows Wrong Weight\n\n### Symptoms\n\n- \
    weights differ from the bill\n\n### Diagnosis\n\nThe scale writes `zeroing of cell refused by frobnicator` and goes on.\n";

#[test]
fn a_message_that_stands_in_a_runbook_leads_to_its_section_whatever_name_it_carries() {
    let library = invented(&[("hall.md", PARCELS)]);
    for (asked, title) in [
        ("belt 'south' halted: too many jams in window", "Belt Stands Still"),
        ("2026-03-01 12:00:01 hall[33]: belt 'west-7' halted: too many jams in window", "Belt Stands Still"),
        ("zeroing of cell 14 refused by frobnicator", "Scale Shows Wrong Weight"),
    ] {
        let answer = library.ask(&understand(asked), 3);
        let best = &answer.matches[0];
        assert_eq!(library.sections().name(best.section).unwrap().1, title, "{asked}");
        assert!(best.why.quoted.is_some(), "{asked}: {:?}", best.why);
    }
    let answer = library.ask(&understand("the belt is halted"), 3);
    assert!(answer.matches.iter().all(|m| m.why.quoted.is_none()), "a few of its words are no message");
}

#[test]
fn a_complaint_without_a_subject_is_no_good_match() {
    let library = invented(&[("hall.md", PARCELS)]);
    for asked in [
        "it is all broken",
        "nobody knows",
        "help",
        "something is wrong",
        "it does not work",
        "there is an error",
        "it failed",
    ] {
        let answer = library.ask(&understand(asked), 3);
        assert!(!answer.confident, "{asked}: {} {:?}", answer.confidence, answer.matches.first());
    }
}

#[test]
fn what_no_runbook_knows_is_no_good_match() {
    let library = invented(&[("hall.md", PARCELS)]);
    for asked in [
        "git merge conflict in my branch",
        "the printer prints blank pages",
        "spreadsheet formula returns a reference error",
        "kubernetes pods stay in ImagePullBackOff",
        "rabbitmq queue is not mirrored",
    ] {
        let answer = library.ask(&understand(asked), 3);
        assert!(!answer.confident, "{asked}: {} {:?}", answer.confidence, answer.matches.first());
    }
    for asked in ["parcels pile up before the belt", "the gate stays shut", "weights differ from the bill"] {
        assert!(library.ask(&understand(asked), 3).confident, "{asked}");
    }
}

#[test]
fn a_word_the_runbooks_use_beats_what_it_may_stand_for() {
    let library = invented(&[(
        "tools.md",
        "# Tools\n\n## Worker Leaves Children\n\n### Symptoms\n\n- defunct children of the worker remain\n\n### Diagnosis\n\n\
         ```bash\ndate\n```\n\n## Too Many Zombies\n\n### Symptoms\n\n- zombie processes fill the table\n\n### Diagnosis\n\n\
         ```bash\ndate\n```\n",
    )]);
    for (asked, title) in
        [("defunct children everywhere", "Worker Leaves Children"), ("zombie everywhere", "Too Many Zombies")]
    {
        let answer = library.ask(&understand(asked), 3);
        assert_eq!(library.sections().name(answer.matches[0].section).unwrap().1, title, "{:?}", answer.matches);
    }
}

const SHOP: &str = "# Shop\n\n## Service Not Reachable\n\n### Symptoms\n\n- connection refused\n- failed to connect\n- cannot reach the \
    service, connection timed out\n\n### Diagnosis\n\n```bash\nss -tlnp\n```\n\n## Host Out of Memory\n\n### Symptoms\n\n- out of memory\n- \
    process killed, out of memory\n\n### Diagnosis\n\n```bash\nfree -m\n```\n";

#[test]
fn the_product_that_is_named_outweighs_an_error_that_all_share() {
    let about = |name: &str| {
        format!(
            "# {name}\n\n## {name} Does Not Answer\n\n### Symptoms\n\n- the shop says {name} is away\n\n### Diagnosis\n\n```bash\ndocker \
             compose ps {name}\n```\n\n## {name} Eats Its Host\n\n### Symptoms\n\n- {name} was killed, no memory was left\n\n### \
             Diagnosis\n\n```bash\ndocker stats {name}\n```\n"
        )
    };
    let names = ["mysql", "kafka", "rabbitmq", "nginx", "mongodb", "redis"];
    let texts: Vec<(String, String)> = names.iter().map(|n| (format!("{n}.md"), about(n))).collect();
    let mut books: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    books.push(("shop.md", SHOP));
    let library = invented(&books);
    let first = |asked: &str| {
        let answer = library.ask(&understand(asked), 3);
        library.sections().get(answer.matches[0].section).unwrap().title.clone()
    };
    for name in names {
        for error in ["connection refused", "failed to connect to {}: connection refused", "{} connection timed out"] {
            let asked = if error.contains("{}") { error.replace("{}", name) } else { format!("{name} {error}") };
            assert_eq!(first(&asked), format!("{name} Does Not Answer"), "{asked}");
        }
        assert_eq!(first(&format!("{name} out of memory")), format!("{name} Eats Its Host"));
    }
    assert_eq!(first("connection refused"), "Service Not Reachable", "where none is named the error decides");
    assert_eq!(first("out of memory"), "Host Out of Memory");
}

/// The embedded runbooks, without the lines that hold `left_out`.
fn embedded(left_out: &str) -> Library {
    let mut sources = own();
    for source in &mut sources {
        let kept = source.text.lines().filter(|l| left_out.is_empty() || !l.to_lowercase().contains(left_out));
        source.text = kept.collect::<Vec<_>>().join("\n");
    }
    library(&sources)
}

#[test]
fn among_the_embedded_runbooks_the_product_leads_too() {
    for (library, asked, path, title) in [
        (embedded(""), "failed to connect to postgres: connection refused", "database.md", "Database Does Not Answer"),
        (embedded("redis: connection refused"), "redis connection refused", "connection.md", "Redis Not Available"),
    ] {
        let answer = library.ask(&understand(asked), 3);
        let section = library.sections().get(answer.matches[0].section).unwrap();
        assert_eq!((section.path.as_str(), section.title.as_str()), (path, title), "{asked}");
    }
}

#[test]
fn the_embedded_runbooks_do_not_answer_for_what_they_do_not_know() {
    let library = embedded("");
    for asked in [
        "the printer does not print",
        "my pods are in CrashLoopBackOff",
        "spreadsheet formula shows #REF",
        "helm upgrade failed: another operation is in progress",
        "persistentvolumeclaim stays pending",
        "salesforce report is empty",
        "nothing works",
        "everything is down",
        "all services are down",
    ] {
        let answer = library.ask(&understand(asked), 3);
        assert!(!answer.confident, "{asked}: {} {:?}", answer.confidence, answer.matches.first());
    }
    for asked in ["container keeps restarting, CrashLoopBackOff", "redis is down", "disk is full"] {
        assert!(library.ask(&understand(asked), 3).confident, "{asked}");
    }
}
