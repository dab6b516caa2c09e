//! Whole conversations with a scripted console and a recorded world: what is asked, what is run, and what is not.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use unstuck::probe::{
    Container, Containers, Ended, Look, NetFailure, Observed, Probe, ProcessReading, Reading, RedisAnswer,
    RedisFailure, RedisReading,
};
use unstuck::runbook::Setting;
use unstuck::session::approval::{Approved, Change};
use unstuck::session::event::{Event, RecordError, Recorder};
use unstuck::session::library::{Library, Source};
use unstuck::session::ports::{Applied, Console, EnvEdit, Question, Reply, Survey, Target, World};
use unstuck::session::view::View;
use unstuck::session::{Session, Settings, Standing};
use unstuck::term::render::{Style, render};
use unstuck::text::Masker;

const RUNBOOK: &str = "# Stores\n\n## Redis Not Available\n\n### Symptoms\n\n- redis: connection refused\n- queue operations fail\n\n### Diagnosis\n\n```bash\n# is Redis running\ndocker compose ps redis\n\n# does it answer\nredis-cli ping\n```\n\n### Solutions\n\n**1. Check REDIS_URL:**\n\n```bash\nREDIS_URL=redis://redis:6379/0\n```\n\n**2. Start Redis:**\n\n```bash\ndocker compose up -d redis\n```\n";

/// Answers from a list; keeps all that was shown.
struct Script {
    answers: VecDeque<Reply>,
    shown: String,
    interactive: bool,
}

impl Console for Script {
    fn interactive(&self) -> bool {
        self.interactive
    }

    fn show(&mut self, view: &View) {
        self.shown.push_str(&render(view, Style { colored: false, width: 110 }, &Masker::default()));
    }

    fn ask(&mut self, question: &Question) -> Reply {
        let reply = self.answers.pop_front().unwrap_or(Reply::Nobody);
        self.shown.push_str(&format!("{} {} -> {reply:?}\n", question.prompt, question.keys));
        reply
    }

    fn begin(&mut self, _: &[String]) {}
    fn ended(&mut self, _: usize) {}
    fn finish(&mut self) {}
}

/// A Redis that is down until `up -d redis` was run.
#[derive(Default)]
struct Recorded {
    ran: RefCell<Vec<String>>,
    moved: bool,
}

impl World for Recorded {
    async fn survey(&self) -> Survey {
        Survey::default()
    }

    async fn look(&self, look: &Look) -> Observed {
        let up = !self.ran.borrow().is_empty();
        let reading = match look.probe() {
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
                let answer = if up {
                    RedisAnswer::Pong
                } else {
                    RedisAnswer::Failed {
                        why: RedisFailure::Net(NetFailure::Refused),
                        text: "connection refused".into(),
                    }
                };
                Reading::Redis(RedisReading { at: "127.0.0.1:6379".into(), command: "PING".into(), answer, ms: 0.4 })
            }
            other => panic!("unexpected look: {other:?}"),
        };
        Observed { reading, ms: 1 }
    }

    async fn targets(&self, _: &str) -> Vec<Target> {
        vec![Target { shown: "container app-redis-1".into(), identity: "abc".into(), undo: None, forbidden: None }]
    }

    fn plan_edit(&self, _: &[Setting], _: Option<&str>) -> Result<EnvEdit, String> {
        Err("there is no env file here".into())
    }

    async fn apply(&self, approved: Approved, _: &mut dyn FnMut(&str)) -> Applied {
        let (change, _) = approved.into_parts();
        if self.moved {
            return Applied::Stale("container app-redis-1 is another one now".into());
        }
        let Change::Run { text, .. } = change else { panic!("only commands are expected") };
        self.ran.borrow_mut().push(text.clone());
        let reading = ProcessReading {
            command: text,
            ended: Ended::Code(0),
            stdout: String::new(),
            stderr: String::new(),
            cut: 0,
        };
        Applied::Ran { reading, ms: 800 }
    }

    async fn keep_evidence(&self, _: &str) -> Option<String> {
        None
    }

    async fn wait(&self, _: Duration) {}

    async fn interrupted(&self) {
        std::future::pending().await
    }

    async fn forget_interrupt(&self) {}
}

#[derive(Default)]
struct Kept(Vec<Event>);

impl Recorder for Kept {
    fn record(&mut self, event: &Event) -> Result<(), RecordError> {
        self.0.push(event.clone());
        Ok(())
    }
}

struct End {
    shown: String,
    ran: Vec<String>,
    events: Vec<Event>,
    standing: Standing,
}

fn converse(world: &Recorded, interactive: bool, dry_run: bool, answers: &[&str]) -> End {
    let library = Library::build(&[Source { path: "stores.md".into(), text: RUNBOOK.into() }], &Vec::new()).unwrap();
    let answers =
        answers.iter().map(|a| if *a == "(paste)" { Reply::Pasted } else { Reply::Text((*a).into()) }).collect();
    let mut console = Script { answers, shown: String::new(), interactive };
    let mut kept = Kept::default();
    let worked = |_: &str| Vec::new();
    let settings = Settings { dry_run, ..Settings::default() };
    let standing = {
        let mut session = Session::new(&mut console, world, &mut kept, &library, settings, &worked);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(session.handle("redis connection refused"));
        session.standing()
    };
    End { shown: console.shown, ran: world.ran.borrow().clone(), events: kept.0, standing }
}

#[test]
fn a_yes_to_the_fix_runs_it_once_and_the_checks_prove_it() {
    let end = converse(&Recorded::default(), true, false, &["y", "y"]);
    assert_eq!(end.ran, ["docker compose up -d redis"], "{}", end.shown);
    for text in [
        "exited (137) 4 min ago, killed: out of memory (limit 64 MiB)",
        "connection refused at 127.0.0.1:6379",
        "Fix 1 · Start Redis",
        "changes: starts redis · on container app-redis-1",
        "PONG in 0.4 ms",
        "Fixed:",
        "It may come back: the memory limit is still 64 MiB",
    ] {
        assert!(end.shown.contains(text), "`{text}` is missing in\n{}", end.shown);
    }
    assert_eq!(end.standing, Standing::Fine);
    let asked = end.events.iter().position(|e| matches!(e, Event::Asked { .. })).unwrap();
    let started = end.events.iter().position(|e| matches!(e, Event::FixStarted { .. })).unwrap();
    assert!(asked < started, "the question is in the record before the change");
}

#[test]
fn everything_but_a_yes_is_a_no() {
    for answer in ["", "n", "no", "N"] {
        let end = converse(&Recorded::default(), true, false, &["y", answer]);
        assert!(end.ran.is_empty(), "`{answer}` ran {:?}", end.ran);
        assert_eq!(end.standing, Standing::ProblemLeft);
    }
    let end = converse(&Recorded::default(), true, false, &["y", "(paste)", "yo", "explain", "n"]);
    assert!(
        end.ran.is_empty() && end.shown.contains("a paste is no answer") && end.shown.contains("`yo` is not an answer"),
        "{}",
        end.shown
    );
}

#[test]
fn without_a_terminal_and_in_a_dry_run_nothing_is_run() {
    let end = converse(&Recorded::default(), false, false, &[]);
    assert!(end.ran.is_empty() && !end.shown.contains("Run it?"), "{}", end.shown);
    let end = converse(&Recorded::default(), true, true, &["y", "y", "y"]);
    assert!(
        end.ran.is_empty()
            && end.shown.contains("dry run, this would be asked and then done: docker compose up -d redis"),
        "{}",
        end.shown
    );
}

#[test]
fn a_target_that_changed_since_the_question_is_left_alone() {
    let end = converse(&Recorded { moved: true, ..Recorded::default() }, true, false, &["y", "y"]);
    assert!(end.ran.is_empty() && end.shown.contains("is another one now"), "{}", end.shown);
}

#[test]
fn an_edited_command_is_judged_and_asked_for_again() {
    let end = converse(&Recorded::default(), true, false, &["y", "edit", "docker compose down -v", "y", ""]);
    assert!(end.ran.is_empty(), "{:?}", end.ran);
    assert!(end.shown.contains("destroys") && end.shown.contains("a yes is not enough here"), "{}", end.shown);
}

/// Two sections that fit the same words alike.
const TWINS: &str = "# Stores\n\n## Redis For Pages\n\n### Symptoms\n\n- redis connection refused\n\n### Diagnosis\n\n```bash\nredis-cli ping\n```\n\n### Solutions\n\n```bash\ndocker compose up -d redis\n```\n\n## Redis For Queues\n\n### Symptoms\n\n- redis connection refused\n\n### Diagnosis\n\n```bash\nredis-cli ping\n```\n\n### Solutions\n\n```bash\ndocker compose up -d redis\n```\n";

/// One session over the twins, recorded in `state`.
fn recorded(state: &std::path::Path, remembers: bool, asked: &str, answers: &[&str]) -> String {
    let library = Library::build(&[Source { path: "stores.md".into(), text: TWINS.into() }], &Vec::new()).unwrap();
    let answers = answers.iter().map(|a| Reply::Text((*a).into())).collect();
    let mut console = Script { answers, shown: String::new(), interactive: true };
    // A record is named by its second and its process: here several sessions share both.
    let mut journal = loop {
        match unstuck::journal::Journal::open(Some(state), Masker::default()) {
            (journal, None) => break journal,
            (_, Some(trouble)) if trouble.contains("File exists") => std::thread::sleep(Duration::from_millis(50)),
            (_, Some(trouble)) => panic!("{trouble}"),
        }
    };
    let seen = unstuck::journal::seen::Seen::open(Some(state));
    let (world, worked) = (Recorded::default(), |_: &str| Vec::new());
    let mut session = Session::new(&mut console, &world, &mut journal, &library, Settings::default(), &worked);
    if remembers {
        session.remember_with(&seen);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(session.handle(asked));
    runtime.block_on(session.handle("/why 1"));
    console.shown
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
