//! The configuration shown with its origins, sources with what they shadow, a new section from flags, and runbooks that change.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn unstuck(dir: &Path, env: &[(&str, &str)], args: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_unstuck"))
        .args(args)
        .env_clear()
        .env("HOME", home.path())
        .envs(env.iter().copied())
        .current_dir(dir)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn every_value_is_shown_with_where_it_came_from() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("books")).unwrap();
    fs::write(dir.path().join("unstuck.toml"), "knowledge = [\"books\"]\ntimeout = 20\n").unwrap();
    let output = unstuck(dir.path(), &[("UNSTUCK_SHELL", "yes")], &["config", "--json", "--color", "never"]);
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
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
