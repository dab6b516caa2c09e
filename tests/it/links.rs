//! Links of runbooks in the conversation: named, offered as a step, followed, and left again.
//! It never runs a command.

use unstuck::session::library::Library;
use unstuck::session::{Session, Settings};

use crate::books::invented;
use crate::scripted::{self, Kept, Script, Staged, nothing_helped, wait};

const REDIS: &str = "# Redis\n\n## Redis Refuses Writes\n\n### Symptoms\n\n- MISCONF errors\n\n### Diagnosis\n\n```bash\n./look.sh --now\ncat /etc/hostname\n```\n\n### Solutions\n\n**1. Make room:**\n\nFollow [the disk runbook](disk.md#disk-full) first.\n\n## More\n\nSee [everything about disks](disk.md), [this](https://example.com) and [that](gone.md).\n";
const DISK: &str = "# Disk\n\n## Disk Full\n\n### Symptoms\n\n- no space left\n\n### Diagnosis\n\n```bash\ncat /etc/hostname\n```\n\n## Disk Slow\n\n### Symptoms\n\n- high latency\n\n### Diagnosis\n\n```bash\ncat /etc/hostname\n```\n";

/// Every look ends with an exit code, so that there is a problem to solve.
fn broken(_: &str) -> (i32, String) {
    (2, "it is broken".into())
}

/// Says each line in turn; returns what was shown, and the breadcrumbs after the last.
fn converse(said: &[&str], answers: &[&str]) -> (String, String) {
    let library = invented(&[("redis.md", REDIS), ("disk.md", DISK)]);
    let (console, world) = (Script::saying(answers), Staged::printing(broken));
    let end = scripted::converse(console, &world, &library, Settings::default(), said);
    (end.screen, end.crumbs)
}

#[test]
fn a_link_in_a_fix_is_offered_as_a_step_and_back_returns() {
    let (shown, crumbs) = converse(&["/open redis/redis-refuses-writes"], &["y"]);
    assert!(shown.contains("See “Disk Full” (disk.md:3)?  [y/N]"), "{shown}");
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

const FIX: &str = "# Disk\n\n## Disk Full\n\n### Symptoms\n\n- no space left\n\n### Diagnosis\n\n```bash\ncat /etc/hostname\n```\n\n### Solutions\n\n**1. Tidy up:**\n\n```bash\ntouch /tmp/a\n```\n";

fn disk(text: &str) -> Library {
    invented(&[("disk.md", text)])
}

#[test]
fn what_changed_is_shown_before_it_runs_and_a_changed_fix_is_taken_back() {
    let other = FIX.replace("touch /tmp/a", "touch /tmp/b").replace("cat /etc/hostname", "cat /etc/hosts");
    let (first, same, other) = (disk(FIX), disk(FIX), disk(&other));
    let mut console = Script::saying(&["n", "n"]);
    let (mut kept, world, notebook) = (Kept::default(), Staged::printing(broken), Notebook::default());
    {
        let mut session = Session::new(&mut console, &world, &mut kept, &first, Settings::default(), &nothing_helped);
        session.remember_with(&notebook);
        wait(session.handle("/open disk/disk-full"));
        session.adopt(&same);
        assert!(!session.console.screen.contains("read anew"), "{}", session.console.screen);
        session.adopt(&other);
        session.console.screen.push_str("---\n");
        wait(session.handle("1"));
        wait(session.handle("/checks"));
    }
    let (before, after) = console.screen.split_once("---\n").unwrap();
    assert!(before.contains("Runbooks read anew: disk.md.") && before.contains("its fixes are taken back"), "{before}");
    for line in
        ["-check: cat /etc/hostname", "+check: cat /etc/hosts", "-Tidy up: touch /tmp/a", "+Tidy up: touch /tmp/b"]
    {
        assert!(before.contains(line), "`{line}` is shown before anything of it is run\n{before}");
    }
    assert!(after.contains("there is nothing to choose 1 from"), "the old fixes are no choice any more\n{after}");
    assert!(after.contains("Run it?  [y/N/edit/skip/explain]  n") && !after.contains("touch /tmp/a"), "{after}");
    assert_eq!(*world.looked.borrow(), ["cat /etc/hostname", "cat /etc/hosts"]);
    assert!(world.changed.borrow().is_empty());
}

#[test]
fn a_yes_to_a_fix_whose_runbook_changed_meanwhile_runs_nothing() {
    let moved = FIX.replace("# Disk\n\n", "# Disk\n\nSome words more.\n\n");
    for (now, runs) in [
        (Some(FIX.to_owned()), true),
        (Some(moved), true),
        (Some(FIX.replace("touch /tmp/a", "touch /tmp/b")), false),
        (Some(FIX.replace("Tidy up", "Tidy all")), false),
        (Some(FIX.replace("touch /tmp/a\n", "touch /tmp/a\ntouch /tmp/c\n")), false),
        (None, false),
    ] {
        let library = disk(FIX);
        let file = std::cell::RefCell::new(Some(FIX.to_owned()));
        let texts = |path: &str| file.borrow().clone().filter(|_| path == "disk.md");
        let mut console = Script::saying(&["y"]);
        // It changes between the question and the yes.
        console.before = Box::new(|prompt| {
            if prompt == "Run it?" {
                file.replace(now.clone());
            }
        });
        let (mut kept, world) = (Kept::default(), Staged::printing(broken));
        {
            let mut session =
                Session::new(&mut console, &world, &mut kept, &library, Settings::default(), &nothing_helped);
            session.look_up_with(&texts);
            wait(session.handle("/open disk/disk-full"));
        }
        let said = console.screen.contains("not run: disk.md was changed since this fix was shown");
        assert_eq!((!world.changed.borrow().is_empty(), said), (runs, !runs), "{now:?}\n{}", console.screen);
    }
}
