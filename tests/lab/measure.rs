//! Measuring one fault after the other: broken, looked at, talked over without and with the fix, checked, put back.
//! It never counts as solved what the stack itself does not show to be so.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::Run;
use crate::fault::{self, End, Fault};
use crate::stack::Stack;
use crate::table::{self, Row};
use crate::talk::{Operator, Talk, converse};

/// Measures what was asked for; says whether all ended as it should.
pub fn run(run: &Run) -> Result<bool> {
    let mut faults = fault::chosen(&run.names)?;
    faults.retain(|f| f.short || !run.short);
    let program = program()?;
    let began = Instant::now();
    let stack = Stack::up()?;
    eprintln!("the stack is up after {:.0} s", began.elapsed().as_secs_f64());
    let mut json = run.json.as_ref().map(std::fs::File::create).transpose()?;
    let mut rows = Vec::new();
    for fault in &faults {
        if fault.host && !run.host {
            eprintln!("skipped: {} changes settings of this machine's kernel (--host runs it)", fault.name);
            continue;
        }
        let began = Instant::now();
        let row = match measured(&stack, &program, fault, run) {
            Ok(row) => row,
            Err(error) => {
                table::print(&rows);
                return Err(error.context(format!("the lab stops at `{}`", fault.name)));
            }
        };
        let said = match (run.no_talk, row.solved) {
            (true, _) => "looked at",
            (false, true) => "ended as it should",
            (false, false) => "NOT as it should",
        };
        eprintln!("{:<34} {said} ({:.0} s)", row.fault, began.elapsed().as_secs_f64());
        if let Some(file) = &mut json {
            writeln!(file, "{}", serde_json::to_string(&row)?)?;
        }
        rows.push(row);
    }
    if !run.keep {
        drop(stack);
        crate::stack::down()?;
    }
    table::print(&rows);
    println!("  the whole run              {:.0} s", began.elapsed().as_secs_f64());
    Ok(run.no_talk || table::passes(&rows, run.at_least))
}

/// Breaks the stack and leaves it so.
pub fn break_only(stack: &Stack, name: &str) -> Result<()> {
    let faults = fault::chosen(&[name.to_owned()])?;
    let fault = faults.iter().find(|f| f.name == name).or(faults.first()).context("no such fault")?;
    broken(stack, fault)?;
    println!(
        "{}: {}\nthe project: {}\n\nwords: {}\nerror: {}\nlog:\n{}",
        fault.name,
        fault.title,
        stack.project.display(),
        fault.says.words,
        fault.says.error,
        stack.shell.run(&fault.says.log)?
    );
    Ok(())
}

fn broken(stack: &Stack, fault: &Fault) -> Result<()> {
    stack.shell.run(&fault.breaking).context("the fault cannot be made")?;
    if !stack.shell.wait_for(&fault.broken, Duration::from_secs(40)) {
        bail!("the stack does not break: `{}` does not hold", fault.broken.trim());
    }
    Ok(())
}

/// Where the real program is; it is built first where cargo is at hand.
fn program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("UNSTUCK_BIN") {
        return Ok(path.into());
    }
    let lab = std::env::current_exe()?;
    let profile = lab.ancestors().nth(2).context("the lab's binary lies in target/PROFILE/examples")?;
    if let Some(cargo) = std::env::var_os("CARGO") {
        let mut command = Command::new(cargo);
        command.args([
            "build",
            "--quiet",
            "--locked",
            "--bin",
            "unstuck",
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ]);
        if profile.ends_with("release") {
            command.arg("--release");
        }
        if !command.status()?.success() {
            bail!("`unstuck` cannot be built");
        }
    }
    let program = profile.join("unstuck");
    if !program.is_file() {
        bail!("`{}` is not built\nhint: cargo build", program.display());
    }
    Ok(program)
}

fn measured(stack: &Stack, program: &Path, fault: &Fault, run: &Run) -> Result<Row> {
    let mut row = Row {
        fault: fault.name.clone(),
        title: fault.title.clone(),
        end: format!("{:?}", fault.end).to_lowercase(),
        ..Row::default()
    };
    let mut clock = Instant::now();
    let made = broken(stack, fault);
    phase(&mut row, &mut clock, "break");
    if let Err(error) = made {
        row.notes.push(format!("the lab itself: {error:#}"));
    } else {
        if let Err(error) = measured_while_broken(stack, program, fault, run, &mut row) {
            row.notes.push(format!("the lab itself: {error:#}"));
        }
    }
    clock = Instant::now();
    if !fault.restore.is_empty()
        && let Err(error) = stack.shell.run(&fault.restore)
    {
        row.notes.push(format!("the lab itself: {error:#}"));
    }
    row.clean = match stack.mend(&fault.touches) {
        Ok(()) => true,
        Err(error) => {
            row.notes.push(format!("not clean: {error:#}"));
            stack.renew()?;
            false
        }
    };
    phase(&mut row, &mut clock, "mend");
    Ok(row)
}

fn phase(row: &mut Row, clock: &mut Instant, name: &'static str) {
    row.phases.push((name, clock.elapsed().as_secs_f64()));
    *clock = Instant::now();
}

fn measured_while_broken(stack: &Stack, program: &Path, fault: &Fault, run: &Run, row: &mut Row) -> Result<()> {
    let mut clock = Instant::now();
    let log = stack.shell.run(&fault.says.log)?;
    if log.trim().is_empty() {
        row.notes.push("the lab itself: the log to paste is empty".into());
    }
    let ways = [("words", fault.says.words.as_str()), ("error", fault.says.error.as_str()), ("log", log.as_str())];
    // Looking changes nothing, so the three need not wait for one another.
    let looked: &[_] = if run.talk_only { &[] } else { &ways };
    let seen: Vec<Result<Value>> = std::thread::scope(|scope| {
        let asked: Vec<_> =
            looked.iter().map(|(_, text)| scope.spawn(move || diagnose(stack, program, text))).collect();
        asked.into_iter().map(|one| one.join().expect("a diagnosis")).collect()
    });
    for ((way, _), seen) in looked.iter().zip(seen) {
        judge(fault, way, &seen?, row);
    }
    phase(row, &mut clock, "diagnose");
    if run.no_talk {
        return Ok(());
    }
    let needs_change = fault.end == End::Solved;
    if needs_change && !run.no_control {
        let talk = converse(program, &stack.shell, fault, &fault.says.words, Operator::Refuses)?;
        keep(run, &format!("{}-control", fault.name), &talk)?;
        let held = !stack.shell.holds(&fault.solved) && talk.changes().is_empty();
        if !held {
            row.notes.push(format!("control: solved although every fix was refused (changes: {:?})", talk.changes()));
        }
        row.control = Some(held);
    }
    phase(row, &mut clock, "control");
    let before = stack.differs();
    let spoken = if run.all_ways { &ways[..] } else { &ways[..1] };
    for (nth, (way, text)) in spoken.iter().enumerate() {
        if nth > 0 {
            stack.mend(&fault.touches)?;
            broken(stack, fault)?;
        }
        let talk = converse(program, &stack.shell, fault, text, Operator::Agrees)?;
        keep(run, &format!("{}-{way}", fault.name), &talk)?;
        row.questions += talk.answers.len();
        row.seconds += talk.seconds;
        let well = ended_well(stack, fault, way, &talk, &before, row);
        row.solved = well && (nth == 0 || row.solved);
    }
    phase(row, &mut clock, "talk");
    Ok(())
}

/// What `diagnose --json` says of one way of putting it.
fn diagnose(stack: &Stack, program: &Path, text: &str) -> Result<Value> {
    let home = tempfile::tempdir()?;
    let mut child = Command::new(program)
        .args(["diagnose", "--json"])
        .current_dir(&stack.project)
        .env("HOME", home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    Ok(serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}

fn judge(fault: &Fault, way: &str, seen: &Value, row: &mut Row) {
    let section = seen["section"]["id"].as_str().unwrap_or("none");
    let known = !fault.sections.is_empty();
    let right = if known { fault.sections.iter().any(|s| s == section) } else { section == "none" };
    row.section.1 += 1;
    row.section.0 += usize::from(right);
    if !right {
        row.notes.push(format!("{way}: section {section}"));
    }
    if !fault.findings.is_empty() {
        let all = seen["findings"].as_array().cloned().unwrap_or_default();
        let has = |wanted: &str| {
            let (kind, part) = wanted.split_once('=').unwrap_or((wanted, ""));
            all.iter().any(|f| {
                f["fact"] == kind && f["text"].as_str().unwrap_or("").to_lowercase().contains(&part.to_lowercase())
            })
        };
        let missing: Vec<&String> = fault.findings.iter().filter(|f| !has(f)).collect();
        row.findings.1 += 1;
        row.findings.0 += usize::from(missing.is_empty());
        if !missing.is_empty() {
            let found: Vec<&str> = all.iter().filter_map(|f| f["fact"].as_str()).collect();
            row.notes.push(format!("{way}: missing {missing:?}, found {found:?}"));
        }
    }
    let first = &seen["fixes"][0];
    let title = first["title"].as_str().unwrap_or("none");
    let steps = first["steps"].to_string();
    let harmful = fault.never.iter().any(|n| steps.contains(n.as_str()));
    if !fault.first_fix.is_empty() || !fault.never.is_empty() {
        let right =
            !harmful && (fault.first_fix.is_empty() || fault.first_fix.iter().any(|f| title.contains(f.as_str())));
        row.first_fix.1 += 1;
        row.first_fix.0 += usize::from(right);
        if !right {
            row.notes.push(format!("{way}: first fix “{title}”"));
        }
    }
}

/// Whether the conversation ended as it should, by what the stack shows.
fn ended_well(stack: &Stack, fault: &Fault, way: &str, talk: &Talk, before: &[String], row: &mut Row) -> bool {
    let mut well = true;
    let mut wrong = |note: String| {
        row.notes.push(format!("{way}: {note}"));
        well = false;
    };
    if let Some(stuck) = &talk.stuck {
        wrong(format!("the conversation: {stuck}"));
    }
    let changes = talk.changes();
    if let Some(bad) = changes.iter().find(|c| fault.never.iter().any(|n| c.contains(n.as_str()))) {
        wrong(format!("made it worse with `{bad}`"));
    }
    if fault.end != End::Solved && !changes.is_empty() {
        wrong(format!("changed something where nothing was to be changed: {changes:?}"));
    }
    if fault.end == End::NotKnown
        && let Some(section) = talk.section()
    {
        wrong(format!("worked through {section}, where it should say that no runbook knows this"));
    }
    if !stack.shell.wait_for(&fault.solved, Duration::from_secs(fault.patience)) {
        let first = talk.first_fix().unwrap_or_else(|| "none".into());
        wrong(format!(
            "not solved; section {}, first fix offered “{first}”, done {changes:?}",
            talk.section().unwrap_or_else(|| "none".into())
        ));
    }
    if fault.end == End::Solved && well && !talk.claims_fixed() {
        row.notes.push(format!("{way}: solved, but it does not say so"));
    }
    if changes.is_empty() && talk.answers.iter().all(|(q, a)| !(q.contains("Done?") && a == "y")) {
        return well;
    }
    // Services that ran while it was broken must run afterwards as well, where anything was done.
    let ran = |lines: &[String], line: &str| lines.iter().any(|l| l.split(':').next() == line.split(':').next());
    let worse: Vec<String> = stack
        .differs()
        .into_iter()
        .filter(|l| l.contains(" state:") && !ran(before, l) && !l.contains("starting"))
        .filter(|l| !fault.rests.iter().any(|s| l.starts_with(&format!("service {s} "))))
        .collect();
    if !worse.is_empty() {
        row.notes.push(format!("{way}: worse than before: {}", worse.join("; ")));
        well = false;
    }
    well
}

fn keep(run: &Run, name: &str, talk: &Talk) -> Result<()> {
    let Some(folder) = &run.screens else { return Ok(()) };
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(format!("{name}.txt")), &talk.screen)?;
    Ok(())
}
