//! `unstuck runbooks test`: examples beside a runbook hold or are said to fail, each with its line.
//! It never looks at a system.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::program::{json, said, unstuck};

const RUNBOOK: &str = "# Stores\n\n## Redis Not Available\n\n### Symptoms\n\n- redis: connection refused\n- queue operations fail\n\n### Diagnosis\n\n```bash\n# is Redis running\ndocker compose ps redis\n\n# does it answer\nredis-cli ping\n\n# who has the port\nlsof -i :<PORT>\n\n# what the script says\n./status.sh | tail -1\n```\n\n### Solutions\n\n**1. Check REDIS_URL:**\n\n```bash\nREDIS_URL=redis://redis:6379/0\n```\n\n**2. Start Redis:**\n\n```bash\ndocker compose up -d redis\n```\n\n## Disk Full\n\n### Symptoms\n\n- no space left on device\n\n### Diagnosis\n\n```bash\ndf -h\n```\n\n### Solutions\n\n**1. Remove old images:**\n\n```bash\ndocker image prune\n```\n";

const RIGHT: &str = r#"
[[question]]
ask = "queue operations fail, connection refused by redis"
section = "redis-not-available"

[[question]]
ask = "please write me a haiku about autumn leaves"
section = "none"

[[case]]
name = "killed at its limit"
section = "redis-not-available"
findings = ["container.oom_killed", "redis.refused"]
not_findings = ["redis.auth_required"]
first_fix = "Start Redis"
says = "memory limit"
values = { PORT = "6379" }

[case.answers]
"docker compose ps redis" = { containers = [{ service = "redis", state = "exited", exit_code = 137, oom_killed = true }] }
"does it answer" = { redis = { fails = "refused" } }
"lsof -i :<PORT>" = { listening = [] }

[[case]]
name = "well"
section = "redis-not-available"
findings = []

[case.answers]
"docker compose ps redis" = { containers = [{ service = "redis", state = "running" }] }
"redis-cli ping" = "PONG"

[[case]]
name = "the disk is full"
section = "disk-full"
findings = ["disk.full"]

[case.answers]
"df -h" = { disk = [{ mount = "/", total = 100_000_000_000, available = 0 }] }
"#;

/// A folder with a runbook and its examples.
fn folder(examples: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("stores.md"), RUNBOOK).unwrap();
    fs::write(dir.path().join("stores.examples.toml"), examples).unwrap();
    dir
}

fn test(target: &Path, more: &[&str]) -> Output {
    let elsewhere = tempfile::tempdir().unwrap();
    let args = [&["runbooks", "test", "--only-knowledge"], more, &[target.to_str().unwrap()]].concat();
    unstuck(elsewhere.path(), &[], &args)
}

#[test]
fn examples_that_hold_are_counted() {
    let dir = folder(RIGHT);
    for target in [dir.path().to_owned(), dir.path().join("stores.md"), dir.path().join("stores.examples.toml")] {
        let output = test(&target, &[]);
        assert_eq!(said(&output), "2 questions, 3 cases: all hold\n", "{}", target.display());
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn what_does_not_hold_is_said_with_its_line() {
    let wrong = RIGHT
        .replace("says = \"memory limit\"", "says = \"flood\"")
        .replace("first_fix = \"Start Redis\"", "first_fix = \"Check REDIS_URL\"")
        .replace("section = \"disk-full\"", "section = \"disc-full\"");
    let output = test(folder(&wrong).path(), &[]);
    let text = said(&output);
    for part in [
        "stores.examples.toml:11: “killed at its limit”: the conclusion does not say “flood”",
        "the first fix is “Start Redis”, not “Check REDIS_URL”",
        "there is no section `stores/disc-full`; did you mean `stores/disk-full`?",
        "3 things do not hold",
    ] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    assert_eq!(output.status.code(), Some(1));
    let output = test(folder(&wrong).path(), &["--json"]);
    let shape = json(&output);
    assert_eq!((shape["questions"].as_u64(), shape["failures"].as_array().unwrap().len()), (Some(2), 3));
}

#[test]
fn an_answer_that_the_command_cannot_give_is_refused_with_what_fits() {
    for (from, to, part) in [
        ("{ redis = { fails = \"refused\" } }", "{ http = { status = 200 } }", "write `redis`, or `prints`"),
        ("fails = \"refused\"", "fails = \"refuse\"", "did you mean \"refused\"?"),
        ("\"lsof -i :<PORT>\"", "\"lsof -i :<PORTS>\"", "did you mean `lsof -i :<PORT>`?"),
        ("values = { PORT = \"6379\" }", "", "the answer for `lsof -i :<PORT>` was never asked for"),
        ("redis = { fails = \"refused\" }", "redis = { fail = \"refused\" }", "`redis` is a text, a number"),
        ("first_fix =", "firstfix =", "stores.examples.toml:15: unknown key `firstfix`; did you mean `first_fix`?"),
    ] {
        assert!(RIGHT.contains(from), "{from}");
        let output = test(folder(&RIGHT.replacen(from, to, 1)).path(), &[]);
        assert!(said(&output).contains(part), "`{part}` is missing in\n{}", said(&output));
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_folder_without_examples_says_how_to_write_them() {
    let dir = tempfile::tempdir().unwrap();
    let output = test(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("unstuck runbooks test --help"), "{}", said(&output));
}
