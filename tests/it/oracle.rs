//! Every command called `reads` is run in a throw-away copy of the machine, which must be the same afterwards.
//! It never runs one where the namespaces for that cannot be had: it says so and is skipped.

use std::io::Write;
use std::process::{Command, Stdio};

use unstuck::command::{Effect, judge, programs};

use super::effects;

const SCRIPT: &str = include_str!("data/oracle.sh");

/// Programs whose reading cannot be shown here: they wait for what never comes, or talk to what is not here.
const LEFT_OUT: [&str; 2] = ["nvidia-smi", "watch"];

fn installed(program: &str) -> bool {
    let builtin = ["cd", "type", "history", "exec", "[", "if", "for", "while", "command", ":", "ulimit", "jobs"];
    builtin.contains(&program)
        || program.starts_with('/') && std::path::Path::new(program).exists()
        || ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
            .iter()
            .any(|folder| std::path::Path::new(folder).join(program).exists())
}

fn run(lines: &[(&str, String)]) -> Option<String> {
    let mut child = Command::new("unshare")
        .args(["-m", "-p", "-n", "-u", "-i", "-f", "--mount-proc", "sh", "-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take().unwrap();
    for (seconds, line) in lines {
        writeln!(input, "{seconds}\t{}", line.replace('\\', "\\\\").replace('\n', "\\n")).ok()?;
    }
    drop(input);
    let out = child.wait_with_output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

#[test]
fn what_is_called_reading_changes_nothing() {
    let reading = |line: &String| {
        let verdict = judge(line);
        let tools = programs(line);
        (verdict.effect == Effect::Reads && tools.iter().all(|t| installed(t) && !LEFT_OUT.contains(&t.as_str())))
            .then_some(if verdict.flags.endless { "0.3" } else { "1.5" })
    };
    let lines: Vec<(&str, String)> = effects::known()
        .into_iter()
        .map(|k| k.command)
        .filter_map(|line| reading(&line).map(|seconds| (seconds, line)))
        .collect();
    // That the oracle sees a change at all is shown by three that are ones.
    let mut asked = vec![
        ("2", "touch seen".to_owned()),
        ("2", "echo x > /etc/motd".to_owned()),
        ("2", "sleep 300 & disown".to_owned()),
    ];
    let controls = asked.len();
    asked.extend(lines.iter().cloned());
    let Some(answer) = run(&asked) else {
        return crate::skip("namespaces", "no throw-away namespaces here (needs root, unshare, overlayfs)");
    };
    let verdicts: Vec<&str> =
        answer.lines().filter(|l| l.starts_with("same\t") || l.starts_with("changed\t")).collect();
    assert_eq!(verdicts.len(), asked.len(), "{answer}");
    assert!(verdicts.iter().take(controls).all(|v| v.starts_with("changed")), "{answer}");
    let changed: Vec<&&str> = verdicts.iter().skip(controls).filter(|v| v.starts_with("changed")).collect();
    assert!(changed.is_empty(), "{} of {} changed something:\n{answer}", changed.len(), lines.len());
    assert!(lines.len() > 100, "only {} commands could be run", lines.len());
    eprintln!("{} reading commands were run and changed nothing", lines.len());
}
