//! Changes as an operator sees them run: their output while it comes, the password of `sudo`, and a dry run.
//! It never asks the system's own `sudo`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::pty::Terminal;

/// Asks as `sudo` does: on the terminal, without showing what is typed, three times.
const SUDO: &str = r#"#!/bin/sh
stamp=$HOME/stamp
case "$1" in
-n) shift
    [ -e "$stamp" ] || { echo 'sudo: a password is required' >&2; exit 1; }
    exec "$@" ;;
-v) trap 'stty echo </dev/tty; exit 1' INT
    for try in 1 2 3; do
        stty -echo </dev/tty
        printf '[sudo] password for op: ' >/dev/tty
        IFS= read -r word </dev/tty; stty echo </dev/tty; echo >/dev/tty
        [ "$word" = geheim7 ] && { : >"$stamp"; exit 0; }
        echo 'Sorry, try again.' >/dev/tty
    done
    echo 'sudo: 3 incorrect password attempts' >/dev/tty
    exit 1 ;;
esac
"#;

/// A folder with a runbook whose one fix is `fix`, and a `sudo` of its own.
fn folder(fix: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let book = format!(
        "# Shop\n\n## Till Stuck\n\n### Symptoms\n\n- The till is stuck and takes no money\n\n### Diagnosis\n\n\
        ```bash\n# is the till there\ntest -e till\n```\n\n### Solutions\n\n**Make a till**\n\n```bash\n{fix}\n```\n"
    );
    for name in ["books", "bin"] {
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("books/shop.md"), book).unwrap();
    fs::write(dir.path().join("bin/sudo"), SUDO).unwrap();
    for (path, mode) in [("", 0o777), ("bin", 0o755), ("bin/sudo", 0o755)] {
        fs::set_permissions(dir.path().join(path), Permissions::from_mode(mode)).unwrap();
    }
    dir
}

/// The program up to the question for the fix; as another user where the tests are root's, who needs no password.
fn asked(dir: &Path, more: &[&str], as_other: bool) -> Terminal {
    let path = format!("/usr/sbin:/usr/bin:/sbin:/bin:{}", dir.join("bin").display());
    let args = [&["--only-knowledge", "--knowledge", "books"], more].concat();
    let before: &[&str] = match as_other && nix::unistd::geteuid().is_root() {
        true => &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
        false => &[],
    };
    let mut terminal = Terminal::start_by(before, dir, &args, &[("XDG_STATE_HOME", "state"), ("PATH", &path)]);
    terminal.wait_for_below("What is wrong?", "> ");
    terminal.type_line("the till is stuck");
    terminal.wait_for("Work through 1?");
    terminal.type_line("");
    terminal
}

/// Whether `sudo` is the one of these tests; said aloud where it is the system's own.
fn own_sudo() -> bool {
    let real = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin"]
        .iter()
        .any(|folder| Path::new(folder).join("sudo").exists());
    if real {
        eprintln!("skipped: this machine has a sudo of its own");
    }
    !real
}

/// All that the program wrote below its folder.
fn everything_kept(dir: &Path) -> String {
    let mut text = String::new();
    let mut open = vec![dir.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(at).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.ends_with("bin") || path.ends_with("books") => {}
                path if path.is_dir() => open.push(path),
                path => text.push_str(&fs::read_to_string(path).unwrap_or_default()),
            }
        }
    }
    text
}

#[test]
fn what_a_change_prints_is_shown_while_it_runs() {
    let dir = folder("sh -c 'echo counted 1; echo counted 2; touch till'");
    let mut terminal = asked(dir.path(), &[], false);
    terminal.wait_for("Run it?");
    terminal.type_line("y");
    let screen = terminal.wait_for("Fixed");
    assert!(screen.contains("│ counted 1") && screen.contains("│ counted 2"), "{screen}");
}

#[test]
fn a_dry_run_shows_all_and_does_nothing() {
    let dir = folder("touch till");
    let terminal = asked(dir.path(), &["--dry-run"], false);
    let screen = terminal.wait_for("nothing was changed");
    assert!(screen.contains("this would be asked and then done: touch till"), "{screen}");
    assert!(screen.contains("undo: rm "), "{screen}");
    assert!(!dir.path().join("till").exists());
}

#[test]
fn sudo_asks_for_its_password_itself_and_it_is_kept_nowhere() {
    if !own_sudo() {
        return;
    }
    let dir = folder("sudo touch till");
    let mut terminal = asked(dir.path(), &[], true);
    terminal.wait_for("Run it?");
    terminal.type_line("y");
    terminal.wait_for("[sudo] password for op:");
    terminal.type_line("geheim7");
    terminal.wait_for("Fixed");
    assert!(dir.path().join("till").exists());
    assert!(!String::from_utf8_lossy(&terminal.raw()).contains("geheim7"), "the password was shown");
    let kept = everything_kept(dir.path());
    assert!(kept.contains("sudo touch till") && !kept.contains("geheim7"), "{kept}");
}

#[test]
fn a_wrong_password_or_ctrl_c_is_no_leave_and_the_conversation_goes_on() {
    if !own_sudo() {
        return;
    }
    for keys in [&["no\r", "nope\r", "never\r"][..], &["\x03"]] {
        let dir = folder("sudo touch till");
        let mut terminal = asked(dir.path(), &[], true);
        terminal.wait_for("Run it?");
        terminal.type_line("y");
        for (tried, key) in keys.iter().enumerate() {
            terminal.wait_until("a password is asked for", |t| t.matches("[sudo] password").count() > tried);
            terminal.keys(key);
        }
        terminal.wait_for_below("`sudo` gave no leave", "> ");
        assert!(!dir.path().join("till").exists());
        terminal.type_line("/quit");
        assert_eq!(terminal.exit_code(), 1, "a problem was found and not fixed");
    }
}
