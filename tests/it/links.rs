//! Links of runbooks in the conversation: named, offered as a step, followed, and left again.

use std::collections::VecDeque;
use std::time::Duration;

use unstuck::probe::{Ended, Look, Observed, ProcessReading, Reading};
use unstuck::runbook::Setting;
use unstuck::session::approval::Approved;
use unstuck::session::event::{Event, RecordError, Recorder};
use unstuck::session::library::{Library, Source};
use unstuck::session::ports::{Applied, Console, EnvEdit, Question, Reply, Survey, Target, World};
use unstuck::session::view::View;
use unstuck::session::{Session, Settings};
use unstuck::term::render::{Style, render};
use unstuck::text::Masker;

const REDIS: &str = "# Redis\n\n## Redis Refuses Writes\n\n### Symptoms\n\n- MISCONF errors\n\n### Diagnosis\n\n```bash\n./look.sh --now\ncat /etc/hostname\n```\n\n### Solutions\n\n**1. Make room:**\n\nFollow [the disk runbook](disk.md#disk-full) first.\n\n## More\n\nSee [everything about disks](disk.md), [this](https://example.com) and [that](gone.md).\n";
const DISK: &str = "# Disk\n\n## Disk Full\n\n### Symptoms\n\n- no space left\n\n### Diagnosis\n\n```bash\ncat /etc/hostname\n```\n\n## Disk Slow\n\n### Symptoms\n\n- high latency\n\n### Diagnosis\n\n```bash\ncat /etc/hostname\n```\n";

struct Script {
    answers: VecDeque<&'static str>,
    shown: String,
}

impl Console for Script {
    fn interactive(&self) -> bool {
        true
    }
    fn show(&mut self, view: &View) {
        self.shown.push_str(&render(view, Style { colored: false, width: 110 }, &Masker::default()));
    }
    fn ask(&mut self, question: &Question) -> Reply {
        let reply = self.answers.pop_front().map_or(Reply::Nobody, |a| Reply::Text(a.into()));
        self.shown.push_str(&format!("{} {} -> {reply:?}\n", question.prompt, question.keys));
        reply
    }
    fn begin(&mut self, _: &[String]) {}
    fn ended(&mut self, _: usize) {}
    fn finish(&mut self) {}
}

/// Every look ends with an exit code, so that there is a problem to solve.
struct Broken;

impl World for Broken {
    async fn survey(&self) -> Survey {
        Survey::default()
    }
    async fn look(&self, look: &Look) -> Observed {
        let command = look.command().text().to_owned();
        let (stdout, stderr) = (String::new(), "it is broken".into());
        Observed {
            reading: Reading::Process(ProcessReading { command, ended: Ended::Code(2), stdout, stderr, cut: 0 }),
            ms: 1,
        }
    }
    async fn targets(&self, _: &str) -> Vec<Target> {
        Vec::new()
    }
    fn plan_edit(&self, _: &[Setting], _: Option<&str>) -> Result<EnvEdit, String> {
        Err("there is no env file here".into())
    }
    async fn apply(&self, _: Approved, _: &mut dyn FnMut(&str)) -> Applied {
        Applied::Failed { what: "nothing is changed here".into(), hint: String::new() }
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

struct Unkept;

impl Recorder for Unkept {
    fn record(&mut self, _: &Event) -> Result<(), RecordError> {
        Ok(())
    }
}

/// Says each line in turn; returns what was shown, and the breadcrumbs after the last.
fn converse(said: &[&str], answers: &[&'static str]) -> (String, String) {
    let sources = [("redis.md", REDIS), ("disk.md", DISK)].map(|(p, t)| Source { path: p.into(), text: t.into() });
    let library = Library::build(&sources, &Vec::new()).unwrap();
    let mut console = Script { answers: answers.iter().copied().collect(), shown: String::new() };
    let worked = |_: &str| Vec::new();
    let (mut unkept, world) = (Unkept, Broken);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let crumbs = {
        let mut session = Session::new(&mut console, &world, &mut unkept, &library, Settings::default(), &worked);
        for line in said {
            runtime.block_on(session.handle(line));
        }
        session.breadcrumbs().unwrap_or_default()
    };
    (console.shown, crumbs)
}

#[test]
fn a_link_in_a_fix_is_offered_as_a_step_and_back_returns() {
    let (shown, crumbs) = converse(&["/open redis/redis-refuses-writes"], &["y"]);
    assert!(shown.contains("See “Disk Full” (disk.md:3)? [y/N]"), "{shown}");
    assert!(shown.contains("Leaving “Redis Refuses Writes”: back comes back to it."), "{shown}");
    assert_eq!(crumbs, "Redis Refuses Writes › Disk Full");
    let (shown, crumbs) = converse(&["/open redis/redis-refuses-writes", "back"], &["y", "n"]);
    assert_eq!(crumbs, "Redis Refuses Writes", "{shown}");
}

#[test]
fn a_no_stays_and_the_link_stays_named() {
    let (shown, crumbs) = converse(&["/open redis/redis-refuses-writes"], &["", "n"]);
    assert!(shown.contains("See also: 1 Disk Full. `see 1` goes there"), "{shown}");
    assert_eq!(crumbs, "Redis Refuses Writes");
}

#[test]
fn see_lists_the_ways_and_goes_there() {
    let (shown, crumbs) = converse(&["/open redis/more", "/see", "see 1", "2"], &[]);
    assert!(shown.contains("see 1") && shown.contains("Disk  disk.md"), "{shown}");
    assert!(!shown.contains("example.com") && !shown.contains("gone"), "{shown}");
    assert!(shown.contains("“Disk” has these sections"), "{shown}");
    assert_eq!(crumbs, "More › Disk Slow", "{shown}");
    let (shown, _) = converse(&["/see", "/open redis/more", "/see nonsense"], &[]);
    assert!(shown.contains("no section is open") && shown.contains("no link `nonsense`"), "{shown}");
}

/// Remembers in a map.
#[derive(Default)]
struct Notebook(std::cell::RefCell<std::collections::HashMap<String, Vec<String>>>);

impl unstuck::session::changes::Memory for Notebook {
    fn last(&self, section: &str) -> Option<Vec<String>> {
        self.0.borrow().get(section).cloned()
    }
    fn keep(&self, section: &str, steps: Vec<String>) {
        self.0.borrow_mut().insert(section.to_owned(), steps);
    }
}

#[test]
fn what_changed_is_shown_before_it_runs_and_a_changed_fix_is_taken_back() {
    const FIX: &str = "# Disk\n\n## Disk Full\n\n### Symptoms\n\n- no space left\n\n### Diagnosis\n\n```bash\ncat /etc/hostname\n```\n\n### Solutions\n\n**1. Tidy up:**\n\n```bash\ntouch /tmp/a\n```\n";
    let library =
        |text: &str| Library::build(&[Source { path: "disk.md".into(), text: text.into() }], &Vec::new()).unwrap();
    let (first, same, other) = (library(FIX), library(FIX), library(&FIX.replace("touch /tmp/a", "touch /tmp/b")));
    let mut console = Script { answers: ["n", "n"].into(), shown: String::new() };
    let worked = |_: &str| Vec::new();
    let (mut unkept, world, notebook) = (Unkept, Broken, Notebook::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    {
        let mut session = Session::new(&mut console, &world, &mut unkept, &first, Settings::default(), &worked);
        session.remember_with(&notebook);
        runtime.block_on(session.handle("/open disk/disk-full"));
        session.adopt(&same);
        assert!(!session.console.shown.contains("read anew"), "{}", session.console.shown);
        session.adopt(&other);
        session.console.shown.push_str("---\n");
        runtime.block_on(session.handle("1"));
        runtime.block_on(session.handle("/open disk/disk-full"));
    }
    let (before, after) = console.shown.split_once("---\n").unwrap();
    assert!(before.contains("Runbooks read anew: disk.md.") && before.contains("its fixes are taken back"), "{before}");
    assert!(!after.split("/open").next().unwrap().contains("Run it?") || after.contains("touch /tmp/b"), "{after}");
    assert!(!after.contains("Run it? [y/N/edit/skip/explain] -> Text(\"y\")"), "{after}");
    assert!(after.contains("was changed since it was last used here"), "{after}");
    assert!(after.contains("-Tidy up: touch /tmp/a") && after.contains("+Tidy up: touch /tmp/b"), "{after}");
    let shown = after.find("+Tidy up: touch /tmp/b").unwrap();
    assert!(after.find("touch /tmp/b\n").is_none_or(|at| shown <= at), "{after}");
}
