//! Real children of every kind: what they do to a run, and that nothing of them stays.
//! It never waits for a time to pass where an event can be waited for.

use super::*;

async fn go(text: &str, ms: u64) -> Reading {
    let limits = Limits { time: Duration::from_millis(ms), output: 4096 };
    run(&Program::agreed(text, Path::new("/"), Lines::default()), limits, &Interrupt::never()).await
}

async fn look(text: &str, ms: u64) -> ProcessReading {
    let limits = Limits { time: Duration::from_millis(ms), output: 4096 };
    process(run(&Program::reading(&ReadOnly::prove(text).unwrap(), Path::new("/")), limits, &Interrupt::never()).await)
}

fn process(reading: Reading) -> ProcessReading {
    match reading {
        Reading::Process(run) => run,
        other => panic!("{other:?}"),
    }
}

/// The processes whose command line holds `word`.
fn running(word: &str) -> Vec<i32> {
    let all = procfs::process::all_processes().unwrap().flatten();
    let alive = |p: &procfs::process::Process| p.stat().is_ok_and(|s| s.state != 'Z');
    all.filter(|p| alive(p) && p.cmdline().is_ok_and(|c| c.iter().any(|w| w == word))).map(|p| p.pid).collect()
}

#[tokio::test]
async fn a_pipeline_runs_without_a_shell() {
    let run = process(go("printf 'a\\nb\\n' | grep b", 5_000).await);
    assert_eq!((run.ended, run.stdout.trim()), (Ended::Code(0), "b"));
    assert_eq!(process(go("false || echo x && echo y", 5_000).await).stdout, "x\ny\n");
    assert_eq!(process(go("grep nothing /dev/null", 5_000).await).ended, Ended::Code(1));
}

#[tokio::test]
async fn errors_go_where_the_line_sends_them() {
    let run = look("ls /nowhere-at-all 2>&1 | grep -c nowhere", 5_000).await;
    assert_eq!((run.stdout.trim(), run.stderr.as_str()), ("1", ""));
    let run = look("ls /nowhere-at-all 2>/dev/null", 5_000).await;
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let run = look("ls /nowhere-at-all | ls /nowhere-either", 5_000).await;
    assert!(run.stderr.contains("at-all") && run.stderr.contains("either"), "{}", run.stderr);
}

#[tokio::test]
async fn a_missing_tool_is_said() {
    assert!(matches!(go("no-such-tool --x", 5_000).await, Reading::Unavailable(u) if u.what == "no-such-tool"));
    assert!(matches!(go("/etc/hostname", 5_000).await, Reading::Unavailable(_)));
}

#[tokio::test]
async fn what_ignores_its_end_is_killed() {
    let run = process(go("sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'", 200).await);
    assert_eq!(run.ended, Ended::TimedOut);
    assert_eq!(process(go("sh -c 'kill -11 $$'", 5_000).await).ended, Ended::Signal(11));
}

#[tokio::test]
async fn a_child_that_left_its_group_is_found() {
    let line = "sh -c '(setsid sh -c \"setsid sleep 86399.25 & sleep 86399.25\" &) ; sleep 86399.25'";
    let run = process(go(line, 500).await);
    assert_eq!(run.ended, Ended::TimedOut);
    assert_eq!(running("86399.25"), Vec::<i32>::new());
}

#[tokio::test]
async fn what_a_change_starts_may_stay_and_is_named() {
    let run = process(go("sh -c 'setsid sleep 86398.5 >/dev/null 2>&1 & echo started'", 5_000).await);
    assert_eq!((run.ended, run.stdout.trim()), (Ended::Code(0), "started"));
    let stays = running("86398.5");
    assert_eq!(stays.len(), 1);
    assert!(run.stderr.contains(&format!("pid {}", stays[0])), "{}", run.stderr);
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(stays[0]), Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn what_a_change_starts_can_go_on_printing() {
    let dir = tempfile::tempdir().unwrap();
    let (go_on, printed) = (dir.path().join("go-on"), dir.path().join("printed"));
    let waits = format!("while ! test -e {}; do sleep 0.02; done", go_on.display());
    let prints = format!("echo later && echo louder >&2 && echo > {}; exec sleep 86397.5", printed.display());
    let run = process(go(&format!("sh -c '({waits}; {prints}) & echo started'"), 5_000).await);
    assert_eq!((run.ended, run.stdout.trim()), (Ended::Code(0), "started"));
    assert!(run.stderr.contains("still running"), "{}", run.stderr);
    std::fs::write(&go_on, "").unwrap();
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while running("86397.5").is_empty() {
        assert!(std::time::Instant::now() < until, "it did not live to print");
        tokio::task::yield_now().await;
    }
    assert!(printed.exists(), "it was ended by what it printed");
    for pid in running("86397.5") {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    }
}

#[tokio::test]
async fn silence_and_a_closed_output_are_no_end() {
    let run = process(go("sh -c 'exec >&- 2>&-; sleep 0.3; exit 3'", 5_000).await);
    assert_eq!((run.ended, run.stdout.as_str()), (Ended::Code(3), ""));
    assert_eq!(process(go("sleep 60", 200).await).ended, Ended::TimedOut);
}

#[tokio::test]
async fn what_never_ends_is_cut_with_what_came() {
    let run = look("tail -n 3 -f /etc/passwd", 400).await;
    assert_eq!((run.ended, run.stdout.lines().count()), (Ended::Cut, 3));
    let run = look("yes | head -n 2", 5_000).await;
    assert_eq!((run.ended, run.stdout.as_str()), (Ended::Code(0), "y\ny\n"));
}

#[tokio::test]
async fn an_output_without_end_is_neither_kept_nor_waited_for() {
    let run = look("head -c 50000000 /dev/zero", 20_000).await;
    assert!(run.cut > 49_000_000 && run.stdout.len() < 60_000, "{}", run.cut);
    let run = look("yes", 300).await;
    assert!(run.ended == Ended::Cut && run.cut > 0 && run.stdout.len() < 10_000);
}

/// Memory is the whole process's, so this runs in one of its own.
#[test]
fn two_gigabytes_take_no_memory() {
    if std::env::var_os("UNSTUCK_TEST_ALONE").is_none() {
        let exe = std::env::current_exe().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test starts itself")]
        let status = std::process::Command::new(exe)
            .args(["--exact", "world::process::tests::two_gigabytes_take_no_memory"])
            .env("UNSTUCK_TEST_ALONE", "1")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let peak = || procfs::process::Process::myself().unwrap().status().unwrap().vmhwm.unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let before = peak();
    let run = runtime.block_on(look("head -c 2000000000 /dev/zero", 120_000));
    assert_eq!(run.ended, Ended::Code(0));
    assert!(run.cut > 1_999_000_000);
    let more = peak() - before;
    assert!(more < 64 * 1024, "{more} KiB more than before");
    println!("{more} KiB more than before");
}

#[tokio::test]
async fn the_environment_is_short() {
    let run = process(go("env", 5_000).await);
    let named = |l: &str| l.split('=').next().unwrap_or_default().to_owned();
    let known = |name: &str| {
        KEPT.split_whitespace().any(|k| k == name)
            || SET.iter().any(|(k, _)| *k == name)
            || name == "PATH"
            || name == MARK
    };
    assert!(run.stdout.lines().map(named).all(|name| known(&name)), "{}", run.stdout);
}

#[test]
fn programs_are_found_by_absolute_paths_only() {
    assert!(found("ls", Path::new("/")).is_some_and(|p| p.is_absolute()));
    assert_eq!(found("./ls", Path::new("/bin")), Some(PathBuf::from("/bin/ls")));
    assert!(folders().all(|f| f.is_absolute()));
    assert!(!trusted(Path::new(".")) && !trusted(Path::new("/tmp")));
}
