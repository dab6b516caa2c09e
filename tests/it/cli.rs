//! The program by pipe: exit codes, JSON, and that nobody at the terminal means that nothing changes.
//! It never reaches a Docker engine.

use std::process::Output;

use crate::program::{fed, json};

/// Runs the program in a folder of its own; `input` is what the pipe holds.
fn unstuck(args: &[&str], input: &str) -> Output {
    let dir = tempfile::tempdir().unwrap();
    fed(dir.path(), &[("PATH", "/usr/bin:/bin")], args, input)
}

#[test]
fn a_question_is_answered_as_json() {
    let output = unstuck(&["ask", "--json", "redis", "connection", "refused"], "");
    assert_eq!(output.status.code(), Some(0));
    let answer = json(&output);
    assert_eq!(answer["matches"][0]["title"], "Redis Not Available");
    assert_eq!(answer["matches"][0]["path"], "connection.md");
    assert!(answer["matches"][0]["why"]["terms"].as_array().unwrap().iter().any(|t| t == "redis"));
}

#[test]
fn nonsense_has_no_good_match() {
    let output = unstuck(&["ask", "--json", "please write me a haiku about autumn leaves"], "");
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_log_from_a_pipe_is_the_question_and_without_a_terminal_nothing_is_asked() {
    let log = "backend-1  | 2026-03-14 02:17:46,128 - app - ERROR - OSError: [Errno 28] inotify watch limit reached\n";
    let output = unstuck(&[], log);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("File Watcher Issues") && !text.contains("Run it?"), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
}

#[test]
fn a_batch_answers_line_by_line() {
    let output = unstuck(
        &["ask", "--batch", "-"],
        "{\"id\":\"a\",\"query\":\"cors policy blocked\"}\n{\"id\":\"b\",\"query\":\"exit code 137\",\"kind\":\"x\"}\n",
    );
    let lines: Vec<serde_json::Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((lines[0]["id"].as_str(), lines[0]["matches"][0]["title"].as_str()), (Some("a"), Some("CORS Errors")));
    assert_eq!(
        (lines[1]["id"].as_str(), lines[1]["matches"][0]["title"].as_str()),
        (Some("b"), Some("Container Crashes"))
    );
}

#[test]
fn without_docker_a_diagnosis_says_what_it_could_not_check() {
    let output = unstuck(&["diagnose", "--json", "--timeout", "3", "--section", "Redis Not Available"], "");
    let answer = json(&output);
    let outcomes = answer["outcomes"].as_array().unwrap();
    assert!(
        outcomes.iter().any(|o| o["status"] == "skipped" && o["summary"].as_str().unwrap().contains("docker")),
        "{answer}"
    );
    assert!(
        !outcomes.iter().any(|o| o["status"] == "ok" && o["command"].as_str().unwrap().contains("docker")),
        "{answer}"
    );
}

#[test]
fn effects_are_told_one_by_one_and_from_a_pipe() {
    let one = json(&unstuck(&["effect", "--json", "find . -name core -delete"], ""));
    assert_eq!((one["effect"].as_str(), one["decided_by"].as_str()), (Some("destroys"), Some("-delete")));
    let output = unstuck(&["effect", "-"], "\"docker compose ps\"\nls; rm x\n");
    let effects: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["effect"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(effects, ["reads", "destroys"]);
}

#[test]
fn what_is_wrong_on_the_command_line_is_said_with_a_hint() {
    let output = unstuck(&["--knowledge", "/no/such/folder", "ask", "x"], "");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("`/no/such/folder` does not exist") && text.contains("hint:"), "{text}");
    assert_eq!(unstuck(&["--no-such-flag"], "").status.code(), Some(2));
}

#[cfg(not(feature = "encoder"))]
#[test]
fn an_encoder_that_was_not_built_in_is_said_with_how_to_get_it() {
    let output = unstuck(&["ask", "--encoder", "/models/small", "redis"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--features encoder"));
}
