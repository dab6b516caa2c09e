//! The conversation on a pseudo terminal: what is typed, pasted and interrupted, and what is recorded of it.
//! It never reaches a Docker engine.

use std::fs;
use std::path::{Path, PathBuf};

use crate::pty::Terminal;

/// A runbook whose one fix makes a file, so that whether it was run can be seen from outside.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let book = "# Shop\n\n## Till Stuck\n\n### Symptoms\n\n- The till is stuck and takes no money\n\n### Diagnosis\n\n\
        ```bash\n# is the till there\ntest -e till\n```\n\n### Solutions\n\n**Make a till**\n\n```bash\ntouch till\n```\n\n\
        ## Scale Wrong\n\n### Symptoms\n\n- The scale shows the wrong weight\n\n### Diagnosis\n\n```bash\n# wait\nsleep 500\n```\n";
    fs::create_dir(dir.path().join("books")).unwrap();
    fs::write(dir.path().join("books/shop.md"), book).unwrap();
    dir
}

fn start(dir: &Path) -> Terminal {
    let terminal = Terminal::start(dir, &["--only-knowledge", "--knowledge", "books"], &[("XDG_STATE_HOME", "state")]);
    terminal.wait_for_below("What is wrong?", "> ");
    terminal
}

fn journals(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(at).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "jsonl") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn a_fix_is_run_by_a_yes_alone_and_proved() {
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.type_line("the till is stuck");
    terminal.wait_for("Work through 1?");
    terminal.type_line("");
    terminal.wait_for("Run it?");
    assert!(!dir.path().join("till").exists(), "run before the yes");
    terminal.type_line("perhaps");
    terminal.wait_for_below("`perhaps` is not an answer", "Run it?");
    assert!(!dir.path().join("till").exists(), "`perhaps` is no yes");
    terminal.type_line("y");
    terminal.wait_for("Fixed");
    assert!(dir.path().join("till").exists());
    terminal.type_line("/quit");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn enter_is_no_and_the_problem_stays() {
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.type_line("the till is stuck");
    terminal.wait_for("Work through 1?");
    terminal.type_line("y");
    terminal.wait_for("Run it?");
    terminal.type_line("");
    terminal.wait_for_below("Nothing was run", "> ");
    assert!(!dir.path().join("till").exists());
    terminal.keys("\x04");
    assert_eq!(terminal.exit_code(), 1, "a problem was found and not fixed");
}

#[test]
fn the_end_of_input_and_ctrl_c_at_a_question_are_no() {
    for key in ["\x03", "\x04"] {
        let dir = folder();
        let mut terminal = start(dir.path());
        terminal.type_line("the till is stuck");
        terminal.wait_for("Work through 1?");
        terminal.type_line("");
        terminal.wait_for("Run it?");
        terminal.keys(key);
        let text = terminal.wait_for_below("Nothing was run", "> ");
        assert!(text.lines().any(|l| l.starts_with("Nothing was run")), "{text}");
        assert!(!dir.path().join("till").exists());
        terminal.keys("\x04");
        assert_eq!(terminal.exit_code(), 1);
    }
}

#[test]
fn what_is_said_at_a_question_is_taken_up() {
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.type_line("the till is stuck");
    terminal.wait_for("Work through 1?");
    terminal.type_line("no, the scale shows the wrong weight");
    terminal.wait_for_below("no, the scale", "Scale Wrong");
    terminal.wait_for_below("Scale Wrong", "Work through 1?");
    terminal.type_line("/quit");
    assert_eq!(terminal.exit_code(), 0, "nothing was found wrong yet");
}

#[test]
fn a_narrow_screen_loses_nothing() {
    let dir = folder();
    let terminal = Terminal::start_wide(
        dir.path(),
        50,
        &["--only-knowledge", "--knowledge", "books"],
        &[("XDG_STATE_HOME", "state")],
    );
    terminal.wait_for_below("What is wrong?", "> ");
    let mut terminal = terminal;
    terminal.type_line("the till is stuck");
    terminal.wait_for("Work through 1?");
    terminal.type_line("");
    terminal.wait_for("Run it?");
    let text = terminal.text();
    for word in ["Till Stuck", "shop.md:3", "is the till there", "touch till", "Make a till"] {
        assert!(text.contains(word), "`{word}` is missing in\n{text}");
    }
}

#[test]
fn a_paste_at_a_question_is_no_answer() {
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.type_line("the till is stuck");
    terminal.wait_for("Work through 1?");
    terminal.type_line("y");
    terminal.wait_for("Run it?");
    terminal.keys("y\ry\ry\r");
    terminal.wait_for_below("paste", "Run it?");
    assert!(!dir.path().join("till").exists(), "{}", terminal.text());
}

#[test]
fn a_pasted_log_is_one_question() {
    let dir = folder();
    let mut terminal = start(dir.path());
    let lines: String = (0..200)
        .map(|i| format!("shop-1  | 2026-03-14 02:17:{:02} ERROR the till is stuck and takes no money\r", i % 60))
        .collect();
    terminal.keys(&format!("\x1b[200~{lines}\x1b[201~\r"));
    let text = terminal.wait_for("Work through 1?");
    assert!(text.contains("Till Stuck"), "{text}");
    terminal.type_line("n");
    terminal.wait_for("Say it in other words");
    assert_eq!(terminal.text().matches("Read 200 lines").count(), 1, "{}", terminal.text());
}

#[test]
fn ctrl_c_stops_the_checks_and_leaves_the_prompt() {
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.type_line("the scale shows the wrong weight");
    terminal.wait_for("Work through 1?");
    terminal.type_line("y");
    terminal.wait_for("Scale Wrong · 1 check");
    terminal.keys("\x03");
    let text = terminal.wait_for_below("Stopped.", "> ");
    assert!(text.lines().any(|l| l.starts_with("Stopped.")), "{text}");
    terminal.type_line("/help");
    terminal.wait_for_below("leave (also Ctrl-D)", "> ");
    terminal.keys("\x03");
    terminal.wait_for_below("Ctrl-C again", "> ");
    terminal.keys("\x03");
    terminal.exit_code();
}

#[test]
fn bytes_that_are_no_text_do_not_end_the_conversation() {
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.bytes(b"\xff\xfe\xfd till \xc3\x28 stuck\r");
    terminal.wait_for("some bytes of that input are not text");
    terminal.type_line("/help");
    terminal.wait_for("What you can say");
    terminal.type_line("/quit");
    terminal.exit_code();
    assert_eq!(terminal.text().matches("panicked").count(), 0);
}

#[test]
fn a_control_sequence_in_a_log_does_not_reach_the_screen() {
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.keys("\x1b[200~the till is stuck \x1b]0;owned\x07\x1b[2J\u{202e}evil\r\x1b[201~\r");
    terminal.wait_for("Work through 1?");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!raw.contains("\x1b]0;owned"), "{raw:?}");
    let shown = raw.split("Work through 1?").next().unwrap_or("");
    assert!(!shown.contains('\u{202e}'), "{shown:?}");
}

#[test]
fn a_kill_at_a_question_and_in_a_step_loses_nothing() {
    let dir = folder();
    let slow = "# Oven\n\n## Oven Cold\n\n### Symptoms\n\n- The oven stays cold\n\n### Diagnosis\n\n```bash\n# is it warm\ntest -e warm\n```\n\n\
        ### Solutions\n\n**Heat it**\n\n```bash\nsh -c 'touch heating; sleep 300'\n```\n";
    fs::write(dir.path().join("books/oven.md"), slow).unwrap();
    let mut terminal = start(dir.path());
    terminal.type_line("the oven stays cold");
    terminal.wait_for("Work through 1?");
    terminal.type_line("");
    terminal.wait_for("Run it?");
    let last = || {
        let text = fs::read_to_string(&journals(dir.path())[0]).unwrap();
        let events: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        events.last().unwrap()["event"].clone()
    };
    assert_eq!(last()["kind"], "asked", "the question is in the record before it is on the screen");
    terminal.type_line("y");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !dir.path().join("heating").exists() {
        assert!(std::time::Instant::now() < until, "the step never began: {}", terminal.text());
        std::thread::yield_now();
    }
    terminal.kill();
    assert_eq!(last()["kind"], "fix_started");
    let report = std::process::Command::new(env!("CARGO_BIN_EXE_unstuck"))
        .args(["report", "last"])
        .env("HOME", dir.path())
        .env_remove("XDG_STATE_HOME")
        .current_dir(dir.path())
        .output()
        .unwrap();
    let page = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(page.contains("its end is not in the record") && page.contains("touch heating"), "{page}");
}

#[test]
fn what_was_typed_is_kept_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.type_line("the till is stuck, password=geheim123");
    terminal.wait_for("Work through 1?");
    terminal.type_line("n");
    terminal.wait_for_below("in other words", "> ");
    terminal.type_line("/quit");
    terminal.exit_code();
    let history = journals(dir.path())[0].parent().unwrap().parent().unwrap().join("history");
    let text = fs::read_to_string(&history).unwrap();
    assert!(text.contains("the till is stuck") && !text.contains("geheim123"), "{text}");
    assert_eq!(fs::metadata(&history).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_was_asked_and_done_survives_a_kill() {
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.type_line("the till is stuck");
    terminal.wait_for("Work through 1?");
    terminal.type_line("y");
    terminal.wait_for("Run it?");
    terminal.type_line("y");
    terminal.wait_for("Fixed");
    terminal.kill();
    let files = journals(dir.path());
    assert_eq!(files.len(), 1, "{files:?}");
    let text = fs::read_to_string(&files[0]).unwrap();
    let events: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(text.contains("touch till") && events.len() > 8, "{text}");
    let last = events.last().unwrap().to_string();
    assert!(last.contains("fixed"), "{last}");
}

#[test]
fn a_runbook_that_changes_between_the_question_and_the_yes_stops_the_fix() {
    let dir = folder();
    let mut terminal = start(dir.path());
    terminal.type_line("the till is stuck");
    terminal.wait_for("Work through 1?");
    terminal.type_line("");
    terminal.wait_for("Run it?");
    let book = dir.path().join("books/shop.md");
    let text = fs::read_to_string(&book).unwrap();
    fs::write(&book, text.replace("touch till", "touch other-till")).unwrap();
    terminal.type_line("y");
    terminal.wait_for("not run: shop.md was changed since this fix was shown");
    terminal.wait_for_below("not run: shop.md", "> ");
    terminal.type_line("/checks");
    terminal.wait_for_below("Runbooks read anew: shop.md", "+Make a till: touch other-till");
    terminal.wait_for_below("+Make a till: touch other-till", "Run it?");
    terminal.type_line("n");
    terminal.wait_for_below("Nothing was run", "> ");
    assert!(!dir.path().join("till").exists() && !dir.path().join("other-till").exists(), "{}", terminal.text());
}
