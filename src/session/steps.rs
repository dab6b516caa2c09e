//! One step of a fix: shown exactly, asked for, done as agreed to, and recorded before and after.
//! It never makes a change without an `Approved`, and never takes a second change on one yes.

use std::time::Duration;

use super::approval::{self, Approved, Change, Decision};
use super::assign::At;
use super::event::{Event, Recorder};
use super::ports::{Applied, Console, Question, Reply, Suited, Target, World};
use super::proof::Undo;
use super::view::View;
use super::{Session, edits, wording};
use crate::command::{Effect, ReadOnly, Script, bounded, judge};
use crate::diagnosis::{interpret, undo_hint};
use crate::probe::{Ended, Look, Observed, ProcessReading, Reading};
use crate::runbook::{Check, Fix, Section, Step, StepKind};
use crate::text::{duration_ms, shorten};

/// How one step ended.
#[expect(clippy::large_enum_variant, reason = "made once a step and never stored")]
pub(super) enum Stepped {
    Changed(Undo),
    ByHand,
    Looked,
    Skipped,
    Refused,
    /// The target changed meanwhile, and nothing was done.
    Moved,
    Stop,
}

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    pub(super) async fn walk_step(&mut self, section: &Section, fix: &Fix, step: &Step, number: usize) -> Stepped {
        match &step.kind {
            StepKind::Instruction(text) => {
                self.console.show(&View::ByHand { text: text.clone(), language: None });
                if self.follow(section, fix, step).await { Stepped::Stop } else { Stepped::ByHand }
            }
            StepKind::Snippet { language, text } => {
                let text = self.snippet_filled(text);
                if let Some(stepped) = self.walk_limit(section, fix, step, &text, number).await {
                    return stepped;
                }
                self.console.show(&View::ByHand { text, language: Some(language.clone()) });
                Stepped::ByHand
            }
            StepKind::Setting(settings) => self.walk_setting(section, fix, step, settings, number).await,
            StepKind::Command(text) => match section.shell_of(step) {
                // What is typed into another host's or container's shell is not for this one.
                Some(opener) => {
                    self.note(&format!("In the shell that `{}` opens:", shorten(opener, 60)));
                    self.console.show(&View::ByHand { text: text.clone(), language: Some("bash".into()) });
                    Stepped::ByHand
                }
                None => self.walk_command(section, fix, step, text, number).await,
            },
        }
    }

    pub(super) async fn walk_command(
        &mut self,
        section: &Section,
        fix: &Fix,
        step: &Step,
        text: &str,
        number: usize,
    ) -> Stepped {
        let at = At { section, line: step.line };
        if let Some(stepped) = self.walk_assignment(at, step, text).await {
            return stepped;
        }
        self.settle_above(at, text).await;
        let Some((line, mut values)) = self.filled(at, text) else { return Stepped::Skipped };
        let Suited { command: mut line, notes } = self.world.suited(&line);
        values.extend(notes);
        let mut edited = false;
        loop {
            if let Ok(command) = ReadOnly::prove(&bounded(&line).unwrap_or_else(|| line.clone())) {
                self.look_in_fix(step, command).await;
                return Stepped::Looked;
            }
            let verdict = judge(&line);
            let targets = self.world.targets(&line).await;
            // Another command has another way back: only what its target says of it.
            let own = way_back(&targets);
            let undo = match edited {
                // What runs already is not to be stopped for having been started.
                _ if starts(&line) && self.all_run(&targets) => None,
                true => own,
                false => fix.undo.clone().or(own).or_else(|| undo_hint(step)),
            };
            let undo = undo.map(|u| self.filled_quietly(at, &u).unwrap_or_else(|| self.filled_by_typed(&u)));
            let undo = undo.map(|u| self.world.suited(&u).command);
            let change = Change::Run { text: line.clone(), verdict: verdict.clone(), timeout_s: step.timeout };
            self.console.show(&View::Change {
                text: line.clone(),
                does: wording::does(&line).unwrap_or_else(|| verdict.reason.clone()),
                verdict,
                targets: targets.clone(),
                values: values.clone(),
                undo: undo.clone(),
                then: then(section),
            });
            if let Some(why) = targets.iter().find_map(|t| t.forbidden.clone()) {
                self.trouble(format!("this will not be run: {why}"), "it is left to you, outside this program");
                return Stepped::Refused;
            }
            let name = targets.first().map_or_else(|| last_word(&line), |t| last_word(&t.shown));
            self.propose(fix, number, &change, &targets, &values, undo.as_deref());
            match self.decide(fix, &change, &targets, &name) {
                Decision::Yes(_) if !self.still_stands(section, fix) => return Stepped::Stop,
                Decision::Yes(approved) => {
                    // Stopping takes a start back only where what was started did not run before.
                    let own = targets.iter().any(|t| t.undo.is_some());
                    let undo = Undo { command: undo.filter(|u| own || !stops(u)), ..Undo::default() };
                    return self.make(fix, approved, &change, undo).await;
                }
                Decision::Edited(text) => {
                    line = text;
                    values = vec!["as you typed it; judged anew".into()];
                    edited = true;
                }
                Decision::Skip => return Stepped::Skipped,
                Decision::Said(said) => {
                    self.said = Some(said);
                    return Stepped::Stop;
                }
                Decision::No | Decision::Interrupted => {
                    self.note("Nothing was run. /fix shows the fixes, a number starts one, `again` looks once more.");
                    return Stepped::Stop;
                }
                Decision::Nobody | Decision::Explain | Decision::Unclear(_) => return Stepped::Refused,
            }
        }
    }

    fn all_run(&self, targets: &[super::ports::Target]) -> bool {
        let runs = |t: &super::ports::Target| t.shown.strip_prefix("container ").is_some_and(|n| self.known.runs(n));
        !targets.is_empty() && targets.iter().all(runs)
    }

    /// Asks until the answer is one; explains on request. A dry run never gets as far as a yes.
    pub(super) fn decide(&mut self, fix: &Fix, change: &Change, targets: &[Target], name: &str) -> Decision {
        if self.settings.dry_run {
            self.console.show(&View::WouldRun { text: change.text() });
            return Decision::Nobody;
        }
        loop {
            let recorded = self.record(Event::Asked { question: format!("run: {}", change.text()) });
            if !recorded && self.console.interactive() && !self.unrecorded_is_fine() {
                return Decision::No;
            }
            let decision = approval::ask(self.console, change, targets, name);
            self.record(Event::Answered { answer: answer(&decision) });
            match decision {
                Decision::Explain => self.explain(fix, change),
                Decision::Unclear(why) => {
                    let hint = match change.effect() {
                        Effect::Destroys => format!("`{name}` runs it, Enter does not, explain says what it does"),
                        _ => "y runs it, Enter does not, explain says what it does".to_owned(),
                    };
                    self.trouble(why, &hint);
                }
                other => return other,
            }
        }
    }

    fn unrecorded_is_fine(&mut self) -> bool {
        let question = Question::new("This fix cannot be recorded. Go on without a record?", "[y/N]");
        matches!(self.console.ask(&question), Reply::Text(text) if matches!(text.trim(), "y" | "yes"))
    }

    fn explain(&mut self, fix: &Fix, change: &Change) {
        let mut rows: Vec<(String, String)> = Vec::new();
        match change {
            Change::Run { text, verdict, .. } => {
                rows.push(("command".into(), text.clone()));
                rows.push(("effect".into(), format!("{}: {}", verdict.effect.name(), verdict.reason)));
                if !verdict.decided_by.is_empty() {
                    rows.push(("decided by".into(), verdict.decided_by.clone()));
                }
                let flags = verdict.flags.names();
                if !flags.is_empty() {
                    rows.push(("also".into(), flags.join(", ")));
                }
            }
            Change::Edit(edit) => {
                rows.push(("edit".into(), format!("{}: the lines marked + replace the lines marked -", edit.file)))
            }
        }
        if !fix.explanation.is_empty() {
            rows.push(("the runbook".into(), fix.explanation.clone()));
        }
        let because = self.thread.work.as_ref().and_then(|w| {
            let section = self.library.sections().get(w.section)?;
            let ranked = w.ranked.iter().find(|r| section.fixes.get(r.fix).is_some_and(|f| f == fix))?;
            Some(ranked.because.clone()).filter(|b| !b.is_empty())
        });
        rows.extend(because.map(|b| ("why here".into(), b)));
        self.console.show(&View::Table { title: fix.title.clone(), rows });
    }

    pub(super) fn propose(
        &mut self,
        fix: &Fix,
        rank: usize,
        change: &Change,
        targets: &[Target],
        values: &[String],
        undo: Option<&str>,
    ) {
        let decided_by = match change {
            Change::Run { verdict, .. } => verdict.decided_by.clone(),
            Change::Edit(_) => String::new(),
        };
        self.record(Event::FixProposed {
            title: fix.title.clone(),
            rank,
            effect: change.effect(),
            decided_by,
            steps: vec![change.text()],
            target: targets.iter().map(|t| t.shown.clone()).collect::<Vec<_>>().join(", "),
            undo: undo.map(str::to_owned),
            values: values.to_vec(),
        });
    }

    /// Makes one agreed change, and shows and records how it ended.
    pub(super) async fn make(&mut self, fix: &Fix, approved: Approved, change: &Change, undo: Undo) -> Stepped {
        let text = change.text();
        if let Change::Run { verdict, .. } = change
            && verdict.flags.evidence
            && let Some(kept) = self.world.keep_evidence(&text).await
        {
            self.note(&format!("This erases evidence; it was saved first: {kept}"));
        }
        self.record(Event::FixStarted { title: fix.title.clone(), command: text.clone() });
        if let Err(why) = self.world.allow(&text).await {
            self.world.forget_interrupt().await;
            self.record(Event::Note { text: format!("not run: {why}") });
            self.trouble(format!("not run: {why}"), "the step needs more rights; nothing was changed");
            self.record(Event::FixEnded { title: fix.title.clone(), changed: false });
            return Stepped::Refused;
        }
        self.console.begin(&[shorten(&text, 70)]);
        let (console, mut shown) = (&mut self.console, 0);
        let applied = self.world.apply(approved, &mut |line: &str| shown += usize::from(console.said(line))).await;
        self.console.ended(0);
        self.console.finish();
        let stepped = match applied {
            Applied::Ran { reading, ms } => {
                let (well, summary) = ended(&reading, ms);
                let said = without_repeats(&format!("{}\n{}", reading.stdout, reading.stderr));
                self.record(Event::StepEnded {
                    command: text,
                    how: summary.clone(),
                    ms,
                    stdout: tail(&reading.stdout, 12),
                    stderr: tail(&reading.stderr, 12),
                });
                // What went well and was seen to pass is not shown again.
                let output = if well && shown > 0 { String::new() } else { tail(&said, if well { 3 } else { 12 }) };
                self.console.show(&View::Ran { well, summary, output });
                Stepped::Changed(Undo { failed: (!well).then_some(said), ..undo })
            }
            Applied::Edited { backup, ms } => {
                if let Change::Edit(edit) = change {
                    self.record(Event::SettingEdited {
                        file: edit.file.clone(),
                        diff: edit.diff.clone(),
                        backup: backup.clone(),
                    });
                }
                let kept = backup.map(|path| format!("; the old file is {path}")).unwrap_or_default();
                self.console.show(&View::Ran {
                    well: true,
                    summary: format!("written in {}{kept}", duration_ms(ms)),
                    output: String::new(),
                });
                Stepped::Changed(Undo { edit: edits::restored(change), ..Undo::default() })
            }
            Applied::Stale(what) => {
                self.record(Event::Note { text: format!("not run, the target changed: {what}") });
                self.trouble(
                    format!("not run: {what}"),
                    "what you agreed to is not what is there now, so the checks look again",
                );
                Stepped::Moved
            }
            Applied::Failed { what, hint } => {
                self.record(Event::Note { text: format!("not run: {what}") });
                self.trouble(what, &hint);
                // Whoever wrote to the file meanwhile may have done what it was for.
                if matches!(change, Change::Edit(_)) { Stepped::ByHand } else { Stepped::Refused }
            }
        };
        self.record(Event::FixEnded { title: fix.title.clone(), changed: matches!(stepped, Stepped::Changed(_)) });
        stepped
    }

    /// A step of a fix that only looks is run at once and shown.
    async fn look_in_fix(&mut self, step: &Step, command: ReadOnly) {
        let limit = step.timeout.map_or(self.settings.timeout, Duration::from_secs);
        let title = step.title.clone().unwrap_or_else(|| shorten(command.text(), 50));
        let shown = command.text().to_owned();
        let look = if self.settings.shell { Look::literal(command, limit) } else { Look::new(command, limit) };
        self.console.begin(std::slice::from_ref(&title));
        let observed = tokio::select! {
            observed = self.world.look(&look) => observed,
            () = self.world.interrupted() => Observed { reading: Reading::Interrupted, ms: 0 },
        };
        self.console.finish();
        let check = Check { title, step: Step { kind: StepKind::Command(shown), ..step.clone() }, expect: None };
        let outcome = interpret(&check, &observed);
        self.console.show(&View::outcomes(std::slice::from_ref(&outcome)));
        if let Some(work) = &mut self.thread.work {
            work.outcomes.push(outcome);
        }
    }
}

/// Whether a command only makes containers run.
fn starts(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let docker = words.iter().any(|w| matches!(*w, "docker" | "docker-compose" | "podman"));
    docker && words.iter().any(|w| matches!(*w, "up" | "start")) && !line.contains("&&") && !line.contains(';')
}

/// The command that brings all of the targets back; `None` where one of them cannot be.
fn way_back(targets: &[Target]) -> Option<String> {
    let all: Option<Vec<&str>> = targets.iter().map(|t| t.undo.as_deref()).collect();
    all.filter(|all| !all.is_empty()).map(|all| all.join(" && "))
}

pub(super) fn then(section: &Section) -> String {
    match section.checks.len() {
        1 => "the check again".into(),
        n => format!("the {} again", crate::text::count(n, "check")),
    }
}

fn ended(reading: &ProcessReading, ms: u64) -> (bool, String) {
    let took = duration_ms(ms);
    match reading.ended {
        // This client ends in order when the server refused.
        Ended::Code(0) if reading.command.contains("redis-cli") && refused(&reading.stdout) => {
            (false, format!("it ended in order after {took}, but Redis refused"))
        }
        Ended::Code(0) => (true, format!("done in {took}")),
        Ended::Code(code) => (false, format!("ended with exit code {code} after {took}")),
        Ended::Signal(signal) => (false, format!("ended by signal {signal} after {took}")),
        Ended::TimedOut => (false, format!("did not end within {took}, so it was stopped")),
        Ended::Cut => (true, format!("cut after {took}")),
        Ended::Interrupted => (false, format!("stopped by you after {took}")),
    }
}

fn answer(decision: &Decision) -> String {
    match decision {
        Decision::Yes(_) => "yes".into(),
        Decision::No => "no".into(),
        Decision::Edited(text) => format!("edited: {text}"),
        Decision::Skip => "skip".into(),
        Decision::Said(said) => format!("no: {said}"),
        Decision::Explain => "explain".into(),
        Decision::Unclear(why) => format!("unclear: {why}"),
        Decision::Interrupted => "interrupted".into(),
        Decision::Nobody => "nobody to ask: no".into(),
    }
}

fn refused(output: &str) -> bool {
    const REFUSALS: [&str; 8] = ["(error)", "ERR ", "NOAUTH", "WRONGPASS", "MISCONF", "READONLY", "OOM ", "NOPERM"];
    output.lines().any(|l| REFUSALS.iter().any(|r| l.starts_with(r)))
}

/// The last lines of an output, as much as a screen and a record need.
fn tail(output: &str, most: usize) -> String {
    let lines: Vec<&str> = output.lines().filter(|l| !l.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(most);
    lines.get(from..).unwrap_or_default().join("\n")
}

/// Each line once: progress and its repetition on the other stream say nothing new.
fn without_repeats(output: &str) -> String {
    let mut seen = std::collections::HashSet::new();
    output.lines().filter(|l| seen.insert(l.trim())).collect::<Vec<_>>().join("\n")
}

pub(super) fn last_word(text: &str) -> String {
    text.split_whitespace().next_back().unwrap_or(text).trim_matches(['`', '\'', '"', ',']).to_owned()
}

/// Whether a command stops or takes down containers or services.
fn stops(command: &str) -> bool {
    let Some(script) = Script::plain(command) else { return false };
    let mut words = script.pipelines.iter().flat_map(|p| &p.commands).flat_map(|c| &c.argv);
    let managed =
        |w: &String| matches!(w.rsplit('/').next(), Some("docker" | "docker-compose" | "podman" | "systemctl"));
    words.clone().any(managed) && words.any(|w| matches!(w.as_str(), "stop" | "down" | "rm" | "kill"))
}

#[test]
fn a_stop_is_told_from_other_ways_back() {
    assert!(
        stops("docker compose -f a.yml stop backend") && stops("sudo systemctl stop nginx") && stops("docker rm x")
    );
    assert!(!stops("docker compose start backend") && !stops("redis-cli config set maxmemory 1gb") && !stops("./stop"));
}
