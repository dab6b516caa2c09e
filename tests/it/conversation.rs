//! Whole conversations with a scripted console and a recorded world: what is asked, what is run, and what is not.
//! It never looks at this machine.

use std::time::Duration;

use unstuck::probe::{
    Container, Containers, Look, NetFailure, Probe, Reading, RedisAnswer, RedisFailure, RedisReading,
};
use unstuck::session::event::Event;
use unstuck::session::ports::Target;
use unstuck::session::{Session, Settings, Standing};
use unstuck::text::Masker;

use crate::books::invented;
use crate::scripted::{self, End, Script, Staged, nothing_helped, wait};

const RUNBOOK: &str = "# Stores\n\n## Redis Not Available\n\n### Symptoms\n\n- redis: connection refused\n- queue operations fail\n\n### Diagnosis\n\n```bash\n# is Redis running\ndocker compose ps redis\n\n# does it answer\nredis-cli ping\n```\n\n### Solutions\n\n**1. Check REDIS_URL:**\n\n```bash\nREDIS_URL=redis://redis:6379/0\n```\n\n**2. Start Redis:**\n\n```bash\ndocker compose up -d redis\n```\n";

/// A Redis that is down until something was changed.
fn redis(look: &Look, changes: usize) -> Reading {
    let up = changes > 0;
    match look.probe() {
        Some(Probe::Containers { .. }) => {
            let redis = Container {
                name: "app-redis-1".into(),
                service: Some("redis".into()),
                state: if up { "running" } else { "exited" }.into(),
                exit_code: (!up).then_some(137),
                oom_killed: !up,
                memory_limit: Some(64 << 20),
                ended_s: (!up).then_some(240),
                ..Container::default()
            };
            Reading::Containers(Containers { project: None, asked: Some("redis".into()), containers: vec![redis] })
        }
        Some(Probe::Redis { .. }) => {
            let refused = || RedisAnswer::Failed {
                why: RedisFailure::Net(NetFailure::Refused),
                text: "connection refused".into(),
            };
            let answer = if up { RedisAnswer::Pong } else { refused() };
            Reading::Redis(RedisReading { at: "127.0.0.1:6379".into(), command: "PING".into(), answer, ms: 0.4 })
        }
        other => panic!("unexpected look: {other:?}"),
    }
}

fn world() -> Staged<'static> {
    let target = |_: &str| {
        vec![Target { shown: "container app-redis-1".into(), identity: "abc".into(), undo: None, forbidden: None }]
    };
    Staged { targets: Box::new(target), ..Staged::answering(redis) }
}

/// What came of saying that Redis refuses connections, and what was run.
fn converse(world: &Staged, settings: Settings, console: Script) -> (End, Vec<String>) {
    let library = invented(&[("stores.md", RUNBOOK)]);
    let end = scripted::converse(console, world, &library, settings, &["redis connection refused"]);
    (end, world.changed.borrow().clone())
}

/// The same at a terminal, in a world of its own.
fn answered(answers: &[&str]) -> (End, Vec<String>) {
    converse(&world(), Settings::default(), Script::saying(answers))
}

#[test]
fn a_yes_to_the_fix_runs_it_once_and_the_checks_prove_it() {
    let (end, ran) = answered(&["y", "y"]);
    assert_eq!(ran, ["docker compose up -d redis"], "{}", end.screen);
    for text in [
        "exited (137) 4 min ago, killed: out of memory (limit 64 MiB)",
        "connection refused at 127.0.0.1:6379",
        "Fix 1 · Start Redis",
        "changes: starts redis · on container app-redis-1",
        "PONG in 0.4 ms",
        "Fixed:",
        "It may come back: the memory limit is still 64 MiB",
    ] {
        assert!(end.screen.contains(text), "`{text}` is missing in\n{}", end.screen);
    }
    assert_eq!(end.standing, Standing::Fine);
    let asked = end.events.iter().position(|e| matches!(e, Event::Asked { .. })).unwrap();
    let started = end.events.iter().position(|e| matches!(e, Event::FixStarted { .. })).unwrap();
    assert!(asked < started, "the question is in the record before the change");
}

#[test]
fn everything_but_a_yes_is_a_no() {
    for answer in ["", "n", "no", "N"] {
        let (end, ran) = answered(&["y", answer]);
        assert!(ran.is_empty(), "`{answer}` ran {ran:?}");
        assert_eq!(end.standing, Standing::ProblemLeft);
    }
    let (end, ran) = answered(&["y", "^V", "yo", "explain", "n"]);
    assert!(
        ran.is_empty() && end.screen.contains("a paste is no answer") && end.screen.contains("`yo` is not an answer"),
        "{}",
        end.screen
    );
}

#[test]
fn without_a_terminal_and_in_a_dry_run_nothing_is_run() {
    let nobody = Script { alone: true, ..Script::saying(&[]) };
    let (end, ran) = converse(&world(), Settings::default(), nobody);
    assert!(ran.is_empty() && !end.screen.contains("Run it?"), "{}", end.screen);
    let dry = Settings { dry_run: true, ..Settings::default() };
    let (end, ran) = converse(&world(), dry, Script::saying(&["y", "y", "y"]));
    assert!(
        ran.is_empty() && end.screen.contains("dry run, this would be asked and then done: docker compose up -d redis"),
        "{}",
        end.screen
    );
}

#[test]
fn a_target_that_changed_since_the_question_is_left_alone() {
    let moved = Staged { stale: Some("container app-redis-1 is another one now".into()), ..world() };
    let (end, ran) = converse(&moved, Settings::default(), Script::saying(&["y", "y"]));
    assert!(ran.is_empty() && end.screen.contains("is another one now"), "{}", end.screen);
}

#[test]
fn an_edited_command_is_judged_and_asked_for_again() {
    let (end, ran) = answered(&["y", "edit", "docker compose down -v", "y", ""]);
    assert!(ran.is_empty(), "{ran:?}");
    assert!(end.screen.contains("destroys") && end.screen.contains("a yes is not enough here"), "{}", end.screen);
}

/// Two sections that fit the same words alike.
const TWINS: &str = "# Stores\n\n## Redis For Pages\n\n### Symptoms\n\n- redis connection refused\n\n### Diagnosis\n\n```bash\nredis-cli ping\n```\n\n### Solutions\n\n```bash\ndocker compose up -d redis\n```\n\n## Redis For Queues\n\n### Symptoms\n\n- redis connection refused\n\n### Diagnosis\n\n```bash\nredis-cli ping\n```\n\n### Solutions\n\n```bash\ndocker compose up -d redis\n```\n";

/// One session over the twins, recorded in `state`.
fn recorded(state: &std::path::Path, remembers: bool, asked: &str, answers: &[&str]) -> String {
    let library = invented(&[("stores.md", TWINS)]);
    let mut console = Script::saying(answers);
    // A record is named by its second and its process: here several sessions share both.
    let mut journal = loop {
        match unstuck::journal::Journal::open(Some(state), Masker::default()) {
            (journal, None) => break journal,
            (_, Some(trouble)) if trouble.contains("File exists") => std::thread::sleep(Duration::from_millis(50)),
            (_, Some(trouble)) => panic!("{trouble}"),
        }
    };
    let seen = unstuck::journal::seen::Seen::open(Some(state));
    let world = world();
    let mut session = Session::new(&mut console, &world, &mut journal, &library, Settings::default(), &nothing_helped);
    if remembers {
        session.remember_with(&seen);
    }
    wait(session.handle(asked));
    wait(session.handle("/why 1"));
    console.screen
}

#[test]
fn what_helped_before_breaks_a_tie_and_says_so() {
    let state = tempfile::tempdir().unwrap();
    let first = |shown: &str| shown.lines().find(|l| l.trim_start().starts_with("1  ")).unwrap_or_default().to_owned();
    let asked = "redis connection refused";
    let shown = recorded(state.path(), true, asked, &["2", "y"]);
    assert!(first(&shown).contains("Redis For Pages") && !shown.contains("helped"), "{shown}");
    assert!(shown.contains("Fixed"), "{shown}");

    let shown = recorded(state.path(), true, "connection to redis refused", &["n"]);
    assert!(first(&shown).contains("Redis For Queues"), "{shown}");
    let whole = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(whole.contains("its fix helped here on ") && whole.contains("helped before"), "{shown}");
    assert!(shown.contains("Work through 1?"), "it is offered, not opened: {shown}");
    assert_eq!(shown, recorded(state.path(), true, "connection to redis refused", &["n"]), "and the same every time");

    let shown = recorded(state.path(), true, "redis is slow to answer the pages", &["n", "n"]);
    assert!(!shown.contains("helped"), "that is another question: {shown}");
    let shown = recorded(state.path(), false, asked, &["n"]);
    assert!(
        first(&shown).contains("Redis For Pages") && !shown.contains("helped"),
        "nobody asked to remember: {shown}"
    );
}
