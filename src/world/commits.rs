//! Which lines of the project's files are not as they were committed, where its folder is a checkout.
//! It never lets git run what a repository's settings name, and tells no content.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;

use super::process::{self, Limits, Program};
use crate::probe::{Ended, Reading};
use crate::session::ports::Changed;

/// How long git may take for one file.
const LIMIT: Duration = Duration::from_millis(800);
/// Of how many files it is asked.
const FILES: usize = 6;
/// How many lines are named.
const LINES: usize = 4;

/// The changed files with the lines that are new since the last commit.
pub(super) async fn with_lines(dir: &Path, mut changed: Vec<Changed>) -> Vec<Changed> {
    if !dir.ancestors().any(|a| a.join(".git").exists()) {
        return changed;
    }
    join_all(changed.iter_mut().take(FILES).map(|file| async move {
        let now = std::fs::read_to_string(dir.join(&file.name)).ok()?;
        file.lines = new_lines(&committed(dir, &file.name).await?, &now);
        Some(())
    }))
    .await;
    changed
}

/// A file as it was committed, as git keeps it; `None` where it was not, or git is not here.
async fn committed(dir: &Path, name: &str) -> Option<String> {
    let (dir, object) = (dir.to_str()?, format!("HEAD:./{name}"));
    let words = ["git", "-C", dir, "--no-optional-locks", "-c", "core.fsmonitor=false", "cat-file", "blob", &object];
    let limits = Limits { time: LIMIT, ..Limits::default() };
    match process::run(&Program::words(&words), limits, &super::Interrupt::never()).await {
        Reading::Process(run) if run.ended == Ended::Code(0) && run.cut == 0 => Some(run.stdout),
        _ => None,
    }
}

/// The numbers of the lines that were not there before, from 1.
fn new_lines(before: &str, now: &str) -> Vec<usize> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    before.lines().for_each(|line| *known.entry(line.trim_end()).or_default() += 1);
    let new = now.lines().enumerate().filter(|(_, line)| match known.get_mut(line.trim_end()) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => !line.trim().is_empty(),
    });
    new.map(|(at, _)| at + 1).take(LINES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_are_new_are_counted() {
        assert_eq!(new_lines("a\nb\nc\n", "a\nx\nb\n\nc\nc\n"), [2, 6]);
        assert_eq!(new_lines("a\r\nb\r\n", "a\nb\n"), [0; 0]);
        assert_eq!(new_lines("", "1\n2\n3\n4\n5\n").len(), LINES);
    }

    // A test makes a checkout of its own.
    #[allow(clippy::disallowed_methods)]
    #[tokio::test]
    async fn a_checkout_says_what_was_not_committed() {
        let dir = tempfile::tempdir().unwrap();
        let git = |words: &[&str]| {
            let mut command = std::process::Command::new("git");
            command.arg("-C").arg(dir.path()).args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(words);
            command.output().is_ok_and(|o| o.status.success())
        };
        std::fs::write(dir.path().join("compose.yaml"), "services:\n  a: {}\n").unwrap();
        let file = || vec![Changed { name: "compose.yaml".into(), ..Changed::default() }];
        assert_eq!(with_lines(dir.path(), file()).await[0].lines, [0; 0]);
        if !git(&["init", "-q"]) || !git(&["add", "-A"]) || !git(&["commit", "-qm", "x"]) {
            eprintln!("skipped: git is not here");
            return;
        }
        std::fs::write(dir.path().join("compose.yaml"), "services:\n  a: {}\n  b: {}\n").unwrap();
        let seen = with_lines(dir.path(), file()).await;
        assert_eq!(seen[0].lines, [3]);
        assert_eq!(seen[0].told(), "compose.yaml 0 ms ago (line 3 differs from the last commit)");
    }
}
