//! The configuration shown with its origins, sources with what they shadow, a new section from flags, and runbooks that change.
//! It never reads this user's own configuration.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::{json, said, unstuck};

#[test]
fn every_value_is_shown_with_where_it_came_from() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("books")).unwrap();
    fs::write(dir.path().join("unstuck.toml"), "knowledge = [\"books\"]\ntimeout = 20\n").unwrap();
    let output = unstuck(dir.path(), &[("UNSTUCK_SHELL", "yes")], &["config", "--json", "--color", "never"]);
    let rows = json(&output);
    for (key, value, from) in [
        ("timeout", "20", "unstuck.toml:2"),
        ("knowledge", "books", "unstuck.toml:1"),
        ("shell", "true", "UNSTUCK_SHELL"),
        ("color", "never", "--color"),
        ("project", ".", "default"),
    ] {
        let row = rows.as_array().unwrap().iter().find(|r| r["key"] == key).unwrap();
        assert_eq!((row["value"].as_str(), row["from"].as_str()), (Some(value), Some(from)), "{key}");
    }
    fs::write(dir.path().join("unstuck.toml"), "\ntimeot = 20\n").unwrap();
    let output = unstuck(dir.path(), &[], &["config"]);
    assert!(
        said(&output).contains("unstuck.toml:2: unknown key `timeot`; did you mean `timeout`?"),
        "{}",
        said(&output)
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn sources_are_listed_in_order_with_what_they_shadow() {
    let dir = tempfile::tempdir().unwrap();
    for (folder, file) in [("a", "redis.md"), ("a", "disk.md"), ("b", "redis.md")] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
        fs::write(dir.path().join(folder).join(file), format!("# {folder}\n\nSome words of text.\n")).unwrap();
    }
    fs::create_dir_all(dir.path().join(".git/refs/heads")).unwrap();
    fs::write(dir.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(dir.path().join(".git/refs/heads/main"), "0123456789abcdef\n").unwrap();
    let args = ["runbooks", "sources", "--only-knowledge", "--knowledge", "a", "--knowledge", "b"];
    let text = said(&unstuck(dir.path(), &[], &args));
    for part in ["1  a  2 runbooks  git main 012345678", "redis.md is shadowed by 2", "2  b  1 runbook"] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    let listed =
        said(&unstuck(dir.path(), &[], &["runbooks", "--only-knowledge", "--knowledge", "a", "--knowledge", "b"]));
    assert!(listed.contains("redis.md · b") && !listed.contains("redis.md · a"), "{listed}");
}

#[test]
fn a_new_section_comes_from_flags_and_is_never_written_twice() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "runbooks",
        "new",
        "queue",
        "--title",
        "Queue Is Stuck",
        "--symptom",
        "jobs wait and nothing moves",
        "--check",
        "how long it is = redis-cli llen jobs",
        "--fix",
        "Restart the worker = docker compose restart worker",
    ];
    let output = unstuck(dir.path(), &[], &args);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = fs::read_to_string(dir.path().join("queue.md")).unwrap();
    assert!(
        text.starts_with("# Queue\n\n## Queue Is Stuck\n\n### Symptoms\n\n- jobs wait and nothing moves\n"),
        "{text}"
    );
    let check = unstuck(dir.path(), &[], &["-q", "check", "."]);
    assert_eq!((said(&check).as_str(), check.status.code()), ("", Some(0)));
    let test = unstuck(dir.path(), &[], &["runbooks", "test", "--only-knowledge", "."]);
    assert_eq!(said(&test), "1 question, 0 cases: all hold\n");
    let again = unstuck(dir.path(), &[], &args);
    assert!(said(&again).contains("has a section “Queue Is Stuck” already"), "{}", said(&again));
    let nobody = unstuck(dir.path(), &[], &["runbooks", "new", "other"]);
    assert!(said(&nobody).contains("without a terminal the title and the rest are flags"), "{}", said(&nobody));
    assert!(!dir.path().join("other.md").exists());
}

/// Runs git where it is here, as nobody in particular.
fn git(dir: &Path, args: &[&str]) -> bool {
    let settings = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"];
    let output =
        Command::new("git").args(settings).args(args).current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").output();
    output.is_ok_and(|o| o.status.success())
}

#[test]
fn a_checkout_says_where_it_stands_and_how_it_is_updated() {
    let dir = tempfile::tempdir().unwrap();
    let books = dir.path().join("books");
    fs::create_dir(&books).unwrap();
    fs::write(books.join("redis.md"), "# Redis\n\nSome words of text.\n").unwrap();
    if !git(&books, &["init", "-q"]) {
        return crate::skip("git", "there is no git");
    }
    assert!(git(&books, &["add", "."]) && git(&books, &["commit", "-q", "-m", "one"]));
    let args = ["runbooks", "sources", "--only-knowledge", "--knowledge", "books"];
    let path = std::env::var("PATH").unwrap_or_default();
    let told = || said(&unstuck(dir.path(), &[("PATH", path.as_str())], &args));
    let text = told();
    for part in ["1  books  1 runbook  git main ", "committed ", "unchanged here", "follows no other"] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    fs::write(books.join("redis.md"), "# Redis\n\nOther words of text.\n").unwrap();
    fs::write(books.join("new.md"), "# New\n\nSome words of text.\n").unwrap();
    assert!(told().contains("2 files changed here"), "{}", told());
    assert!(git(dir.path(), &["clone", "-q", "books", "copy"]));
    let args = ["runbooks", "sources", "--json", "--only-knowledge", "--knowledge", "copy"];
    let output = unstuck(dir.path(), &[("PATH", path.as_str())], &args);
    let rows = json(&output);
    assert_eq!(rows[0]["checkout"]["upstream"], "origin/main", "{rows}");
    assert_eq!(rows[0]["checkout"]["changed"], 0, "{rows}");
    assert_eq!(rows[0]["update"], "to update: git -C copy pull --ff-only", "{rows}");
}

#[test]
fn odd_folders_are_told_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for folder in ["loop/inner", "empty", "odd", "many"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    fs::write(at("loop/inner/redis.md"), "# Redis\n\nSome words of text.\n").unwrap();
    std::os::unix::fs::symlink("..", at("loop/inner/up")).unwrap();
    fs::write(at("empty/notes.txt"), "no Markdown").unwrap();
    fs::write(at("odd/bytes.md"), b"# Odd\n\nwords \xff\xfe more\n").unwrap();
    fs::create_dir(at("odd/folder.md")).unwrap();
    std::os::unix::fs::symlink("nowhere.md", at("odd/gone.md")).unwrap();
    for n in 0..2_000 {
        fs::write(at(&format!("many/{n}.md")), format!("# Title {n}\n\nSome words.\n")).unwrap();
    }
    let mut args = vec!["runbooks", "sources", "--only-knowledge"];
    for folder in ["loop", "empty", "odd", "many"] {
        args.extend(["--knowledge", folder]);
    }
    let text = said(&unstuck(dir.path(), &[], &args));
    for part in [
        "1  loop  1 runbook",
        "2  empty  0 runbooks\n     there is no Markdown in it",
        "3  odd  1 runbook",
        "4  many  2000 runbooks",
        "bytes.md` is not UTF-8",
    ] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    let gone = said(&unstuck(dir.path(), &[], &["runbooks", "sources", "--knowledge", "gone"]));
    assert!(gone.contains("the runbook folder `gone` does not exist"), "{gone}");
}
