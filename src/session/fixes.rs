//! Offering fixes, asking before every change, doing exactly what was agreed to, and proving that it helped.
//! It never makes a change without an `Approved`, and never takes a second change on one yes.

use std::time::Duration;

use super::approval::{self, Approved, Change, Decision};
use super::event::{Event, Recorder};
use super::ports::{Applied, Console, Question, Reply, World};
use super::view::{AgainRow, FixRow, View};
use super::{Session, Standing};
use crate::command::{Effect, ReadOnly, Value, bounded, judge, placeholder};
use crate::diagnosis::{self, Fit, Outcome, Ranked, Status, candidates, compare, interpret, undo_hint};
use crate::probe::{Ended, Look, Observed, ProcessReading, Reading};
use crate::runbook::{Check, Fix, Section, Setting, Step, StepKind};
use crate::text::{duration_ms, shorten};

/// How walking through one fix ended.
enum Walked {
    /// Something was changed, by the program or by hand.
    Changed,
    /// Nothing was changed; the next fix may be offered.
    Nothing,
    /// The operator wants to be back at the prompt.
    Stop,
}

/// How one step ended.
enum Stepped {
    Changed(Undo),
    ByHand,
    Looked,
    Skipped,
    Refused,
    Stop,
}

/// How the last change can be taken back.
#[derive(Debug, Clone, Default)]
struct Undo {
    command: Option<String>,
}

/// How long to wait before looking again at something that was just started, in milliseconds.
const SETTLE_MS: [u64; 6] = [0, 500, 1_000, 2_000, 4_000, 8_000];

impl<'a, C: Console, W: World, R: Recorder> Session<'a, C, W, R> {
    /// Shows the fixes of the open section, and walks through them where a problem was found.
    pub(super) async fn offer_fixes(&mut self) {
        let Some((section, ranked, problem)) = self.open_fixes() else { return };
        if section.fixes.is_empty() {
            if problem {
                self.note("This section has no fixes. `unstuck report last` is a page for the next person.");
            }
            return;
        }
        self.show_fixes(section, &ranked);
        if !problem {
            self.note("Nothing these checks look at is wrong, so no fix is offered by itself. A number starts one; /more shows other sections.");
            return;
        }
        self.walk_fixes(0).await;
    }

    /// `/fix` shows them, `/fix N` starts with one.
    pub(super) async fn fix_command(&mut self, number: Option<usize>) {
        let Some((section, ranked, _)) = self.open_fixes() else {
            return self.trouble("no section is open".into(), "say what is wrong, or /open a section");
        };
        match number {
            None if self.thread.offered == super::thread::Offered::Fixes => {
                let tried = self.thread.work.as_ref().map(|w| w.tried.clone()).unwrap_or_default();
                match ranked.iter().position(|r| !tried.contains(&r.fix)) {
                    Some(rank) => self.walk_fixes(rank).await,
                    None => self.show_fixes(section, &ranked),
                }
            }
            None => self.show_fixes(section, &ranked),
            Some(n) if n >= 1 && n <= ranked.len() => self.walk_fixes(n - 1).await,
            Some(n) => self.trouble(format!("there is no fix {n}"), "/fix lists them"),
        }
    }

    /// The open section, its fixes in their order, and whether a problem is left.
    fn open_fixes(&self) -> Option<(&'a Section, Vec<Ranked>, bool)> {
        let work = self.thread.work.as_ref()?;
        let section = self.library.sections().get(work.section)?;
        let problem = work.outcomes.iter().any(|o| o.status == Status::Problem);
        Some((section, work.ranked.clone(), problem))
    }

    /// Shows the fixes of the open section without offering one.
    pub fn show_open_fixes(&mut self) {
        if let Some((section, ranked, _)) = self.open_fixes() {
            self.show_fixes(section, &ranked);
        }
    }

    fn show_fixes(&mut self, section: &Section, ranked: &[Ranked]) {
        let rows: Vec<FixRow> = ranked
            .iter()
            .enumerate()
            .filter_map(|(i, r)| {
                let fix = section.fixes.get(r.fix)?;
                let (effect, what) = self.describe(fix);
                Some(FixRow {
                    number: i + 1,
                    title: fix.title.clone(),
                    effect,
                    what,
                    fit: r.fit,
                    because: r.because.clone(),
                })
            })
            .collect();
        let by_finding = ranked.iter().any(|r| r.fit == Fit::Fits);
        self.offering_fixes();
        self.console.show(&View::Fixes { rows, by_finding });
    }

    /// The worst a fix does, and on what, in a few words.
    fn describe(&self, fix: &Fix) -> (Option<Effect>, String) {
        let mut worst: Option<(Effect, String)> = None;
        for step in &fix.steps {
            let (effect, what) = match &step.kind {
                StepKind::Command(text) => (judge(text).effect, shorten(text, 60)),
                StepKind::Setting(settings) => {
                    let keys: Vec<&str> = settings.iter().map(|s| s.key.as_str()).collect();
                    (Effect::Changes, format!("edits the env file: {}", keys.join(", ")))
                }
                StepKind::Snippet { .. } | StepKind::Instruction(_) => continue,
            };
            if worst.as_ref().is_none_or(|(known, _)| effect > *known) {
                worst = Some((effect, what));
            }
        }
        match worst {
            Some((effect, what)) => (Some(effect), what),
            None => (None, "by hand".into()),
        }
    }

    /// Walks through fixes from `first` on, until one helps or the operator stops.
    async fn walk_fixes(&mut self, first: usize) {
        let mut rank = first;
        loop {
            let Some((section, ranked, _)) = self.open_fixes() else { return };
            let Some((index, fix)) = ranked.get(rank).and_then(|r| Some((r.fix, section.fixes.get(r.fix)?))) else {
                return;
            };
            if let Some(work) = &mut self.thread.work {
                work.tried.push(index);
            }
            let changed = match self.walk_fix(section, fix, rank + 1).await {
                Walked::Stop => return,
                Walked::Changed if self.standing == Standing::Fine => return,
                Walked::Nothing if !self.console.interactive() => {
                    self.note("There is no terminal, so nothing was changed.");
                    return;
                }
                Walked::Nothing => false,
                Walked::Changed => true,
            };
            match self.next_fix(changed) {
                Some(next) => rank = next,
                None => {
                    self.note("Nothing that was found points at another fix. A number starts one all the same; `unstuck report last` is a page for the next person.");
                    return;
                }
            }
        }
    }

    /// The next fix worth offering: after a change, only one that what is seen now speaks for.
    fn next_fix(&self, changed: bool) -> Option<usize> {
        let work = self.thread.work.as_ref()?;
        let worth = |r: &Ranked| if changed { r.fit == Fit::Fits } else { r.fit != Fit::Unlikely };
        work.ranked.iter().position(|r| worth(r) && !work.tried.contains(&r.fix))
    }

    async fn walk_fix(&mut self, section: &Section, fix: &Fix, number: usize) -> Walked {
        self.console.show(&View::Fix { number, title: fix.title.clone(), explanation: shorten(&fix.explanation, 400) });
        let mut changed = false;
        let mut by_hand = false;
        let mut undo = Undo::default();
        for step in &fix.steps {
            match self.walk_step(section, fix, step, number).await {
                Stepped::Changed(back) => {
                    changed = true;
                    undo = back;
                }
                Stepped::ByHand => by_hand = true,
                Stepped::Looked | Stepped::Skipped | Stepped::Refused => {}
                Stepped::Stop if changed => break,
                Stepped::Stop => return Walked::Stop,
            }
        }
        if !changed && by_hand {
            match self.done_by_hand() {
                Some(true) => changed = true,
                Some(false) => {}
                None => return Walked::Stop,
            }
        }
        if !changed {
            return Walked::Nothing;
        }
        self.prove(section, fix, undo).await;
        Walked::Changed
    }

    /// Whether the operator did what had to be done by hand; `None` to stop.
    fn done_by_hand(&mut self) -> Option<bool> {
        if !self.console.interactive() || self.settings.dry_run {
            return Some(false);
        }
        match self.console.ask(&Question::new("Done? Then the checks run again.", "[y/N/skip]")) {
            Reply::Text(text) => match text.trim().to_lowercase().as_str() {
                "y" | "yes" => Some(true),
                "s" | "skip" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    async fn walk_step(&mut self, section: &Section, fix: &Fix, step: &Step, number: usize) -> Stepped {
        if let Some(title) = &step.title {
            self.note(&format!("{title}:"));
        }
        match &step.kind {
            StepKind::Instruction(text) => {
                self.console.show(&View::ByHand { text: text.clone(), language: None });
                Stepped::ByHand
            }
            StepKind::Snippet { language, text } => {
                self.console.show(&View::ByHand { text: text.clone(), language: Some(language.clone()) });
                Stepped::ByHand
            }
            StepKind::Setting(settings) => self.walk_setting(section, fix, settings, number).await,
            StepKind::Command(text) => self.walk_command(section, fix, step, text, number).await,
        }
    }

    async fn walk_command(&mut self, section: &Section, fix: &Fix, step: &Step, text: &str, number: usize) -> Stepped {
        let Some((mut line, mut values)) = self.filled(text) else { return Stepped::Skipped };
        loop {
            if let Ok(command) = ReadOnly::prove(&bounded(&line).unwrap_or_else(|| line.clone())) {
                self.look_in_fix(step, command).await;
                return Stepped::Looked;
            }
            let verdict = judge(&line);
            let targets = self.world.targets(&line).await;
            let undo =
                fix.undo.clone().or_else(|| targets.iter().find_map(|t| t.undo.clone())).or_else(|| undo_hint(step));
            let change = Change::Run { text: line.clone(), verdict: verdict.clone(), timeout_s: step.timeout };
            self.console.show(&View::Change {
                text: line.clone(),
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
                Decision::Yes(approved) => {
                    let undo = Undo { command: undo };
                    return self.make(fix, approved, &change, undo).await;
                }
                Decision::Edited(text) => {
                    line = text;
                    values.clear();
                }
                Decision::Skip => return Stepped::Skipped,
                Decision::No | Decision::Interrupted => {
                    self.note("Nothing was run. /fix shows the fixes, a number starts one, /checks looks again.");
                    return Stepped::Stop;
                }
                Decision::Nobody | Decision::Explain | Decision::Unclear(_) => return Stepped::Refused,
            }
        }
    }

    async fn walk_setting(&mut self, section: &Section, fix: &Fix, settings: &[Setting], number: usize) -> Stepped {
        let edit = match self.world.plan_edit(settings) {
            Ok(edit) => edit,
            Err(why) => {
                self.trouble(why, "the setting can be made by hand");
                let text: Vec<String> = settings.iter().map(|s| format!("{}={}", s.key, s.value)).collect();
                self.console.show(&View::ByHand { text: text.join("\n"), language: Some("env".into()) });
                return Stepped::ByHand;
            }
        };
        if edit.before.as_deref() == Some(edit.after.as_str()) {
            self.note(&format!("{} already says so.", edit.file));
            return Stepped::Looked;
        }
        self.console.show(&View::Edit {
            file: edit.file.clone(),
            diff: edit.diff.clone(),
            reaches: edit.reaches.clone(),
            then: edit.then.clone(),
            backup: edit.before.is_some(),
        });
        let follow_up = edit.then.clone();
        let change = Change::Edit(edit);
        self.propose(fix, number, &change, &[], &[], Some("restore the backup"));
        match self.decide(fix, &change, &[], "") {
            Decision::Yes(approved) => {
                let stepped = self.make(fix, approved, &change, Undo::default()).await;
                match (stepped, follow_up) {
                    (Stepped::Changed(undo), Some(command)) => {
                        self.note("It takes effect when what reads it is made anew:");
                        let step = Step {
                            kind: StepKind::Command(command.clone()),
                            line: fix.line,
                            title: None,
                            timeout: None,
                        };
                        match Box::pin(self.walk_command(section, fix, &step, &command, number)).await {
                            Stepped::Stop => Stepped::Stop,
                            _ => Stepped::Changed(undo),
                        }
                    }
                    (other, _) => other,
                }
            }
            Decision::Skip => Stepped::Skipped,
            Decision::No | Decision::Interrupted => {
                self.note("Nothing was written.");
                Stepped::Stop
            }
            Decision::Nobody | Decision::Edited(_) | Decision::Explain | Decision::Unclear(_) => Stepped::Refused,
        }
    }

    /// Asks until the answer is one; explains on request. A dry run never gets as far as a yes.
    fn decide(&mut self, fix: &Fix, change: &Change, targets: &[super::ports::Target], name: &str) -> Decision {
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
                Decision::Unclear(why) => self.trouble(why, "y runs it, Enter does not, explain says what it does"),
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
                rows.push(("effect".into(), format!("{:?}: {}", verdict.effect, verdict.reason).to_lowercase()));
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
            Some(ranked.because.clone())
        });
        rows.extend(because.map(|b| ("why here".into(), b)));
        self.console.show(&View::Table { title: fix.title.clone(), rows });
    }

    fn propose(
        &mut self,
        fix: &Fix,
        rank: usize,
        change: &Change,
        targets: &[super::ports::Target],
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
    async fn make(&mut self, fix: &Fix, approved: Approved, change: &Change, undo: Undo) -> Stepped {
        let text = change.text();
        if let Change::Run { verdict, .. } = change
            && verdict.flags.evidence
            && let Some(kept) = self.world.keep_evidence(&text).await
        {
            self.note(&format!("This erases evidence; it was saved first: {kept}"));
        }
        self.record(Event::FixStarted { title: fix.title.clone(), command: text.clone() });
        self.console.begin(&[shorten(&text, 70)]);
        let applied = self.world.apply(approved).await;
        self.console.ended(0);
        self.console.finish();
        let stepped = match applied {
            Applied::Ran { reading, ms } => {
                let (well, summary) = ended(&reading, ms);
                self.record(Event::StepEnded {
                    command: text,
                    how: summary.clone(),
                    ms,
                    stdout: tail(&reading.stdout),
                    stderr: tail(&reading.stderr),
                });
                let output =
                    if well { String::new() } else { tail(&format!("{}\n{}", reading.stdout, reading.stderr)) };
                self.console.show(&View::Ran { well, summary, output });
                Stepped::Changed(undo)
            }
            Applied::Edited { backup, ms } => {
                if let Change::Edit(edit) = change {
                    self.record(Event::SettingEdited {
                        file: edit.file.clone(),
                        diff: edit.diff.clone(),
                        backup: backup.clone(),
                    });
                }
                let (kept, command) = match &backup {
                    Some(path) => (format!("; the old file is {path}"), restore(change, path)),
                    None => (String::new(), None),
                };
                self.console.show(&View::Ran {
                    well: true,
                    summary: format!("written in {}{kept}", duration_ms(ms)),
                    output: String::new(),
                });
                Stepped::Changed(Undo { command })
            }
            Applied::Stale(what) => {
                self.record(Event::Note { text: format!("not run, the target changed: {what}") });
                self.trouble(
                    format!("not run: {what}"),
                    "what you agreed to is not what is there now; /fix asks again",
                );
                Stepped::Refused
            }
            Applied::Failed { what, hint } => {
                self.record(Event::Note { text: format!("not run: {what}") });
                self.trouble(what, &hint);
                Stepped::Refused
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
        self.console.show(&View::outcome(&outcome));
        if let Some(work) = &mut self.thread.work {
            work.outcomes.push(outcome);
        }
    }

    /// A command line with its placeholders filled from what was seen, or asked for; `None` where one stays open.
    fn filled(&mut self, text: &str) -> Option<(String, Vec<String>)> {
        let seen = self.thread.work.as_ref().map(|w| w.outcomes.clone()).unwrap_or_default();
        let mut line = text.to_owned();
        let mut values = Vec::new();
        for wanted in placeholder::find(text) {
            let value = self.choose_value(&wanted, candidates(&wanted, &seen));
            let Some(value) = value else {
                self.trouble(
                    format!("`{}` has no value, so `{}` is not run", wanted.text, shorten(text, 80)),
                    "the checks may show it; or type it when asked",
                );
                return None;
            };
            match placeholder::fill(&line, &[(wanted.name.clone(), value.clone())]) {
                Ok(filled) => line = filled,
                Err(why) => {
                    self.trouble(why, "nothing was run");
                    return None;
                }
            }
            values.push(format!("{} = {} ({})", wanted.text, value.text, value.source));
        }
        Some((line, values))
    }

    /// One value is offered and still confirmed with the command; several are a choice.
    fn choose_value(&mut self, wanted: &placeholder::Placeholder, offered: Vec<Value>) -> Option<Value> {
        match offered.as_slice() {
            [] => self.ask_value(wanted),
            [one] => Some(one.clone()),
            many => {
                let rows =
                    many.iter().enumerate().map(|(i, v)| ((i + 1).to_string(), format!("{} ({})", v.text, v.source)));
                self.console.show(&View::Table { title: format!("Which {}?", wanted.name), rows: rows.collect() });
                if !self.console.interactive() {
                    return None;
                }
                match self.console.ask(&Question::new("Number", "[Enter for none]")) {
                    Reply::Text(text) => {
                        text.trim().parse::<usize>().ok().and_then(|n| many.get(n.checked_sub(1)?)).cloned()
                    }
                    _ => None,
                }
            }
        }
    }

    /// The same checks again, before and after side by side, and what that proves.
    async fn prove(&mut self, section: &Section, fix: &Fix, undo: Undo) {
        let before = self.thread.work.as_ref().map(|w| w.outcomes.clone()).unwrap_or_default();
        let before: Vec<Outcome> = before.into_iter().take(section.checks.len()).collect();
        let mut after = Vec::new();
        let mut comparison = compare(&before, &before);
        for wait in SETTLE_MS {
            if wait > 0 && !self.pause(wait).await {
                break;
            }
            after = self.run_checks(&section.checks, false).await;
            comparison = compare(&before, &after);
            if comparison.change == diagnosis::Change::Fixed {
                break;
            }
        }
        let rows = after.iter().enumerate().map(|(i, outcome)| AgainRow {
            title: outcome.check.clone(),
            before: before.get(i).map(|o| o.status),
            after: outcome.status,
            was: before.get(i).map(|o| o.summary.clone()).unwrap_or_default(),
            is: outcome.summary.clone(),
        });
        self.console.show(&View::Again { rows: rows.collect() });
        let own = self.verify(section, fix, &after).await;
        let refuted = own.iter().find(|o| o.status == Status::Problem);
        let well = comparison.change == diagnosis::Change::Fixed && refuted.is_none();
        let sentence = match refuted {
            Some(outcome) => format!("Not well yet: {} says {}.", outcome.check, outcome.summary),
            None => comparison.sentence.clone(),
        };
        self.standing = if well { Standing::Fine } else { Standing::ProblemLeft };
        self.record(Event::Verified {
            section: section.id.clone(),
            fix: fix.title.clone(),
            change: if well { "fixed".into() } else { format!("{:?}", comparison.change).to_lowercase() },
            sentence: sentence.clone(),
        });
        self.console.show(&View::Verified { well, sentence, warning: comparison.may_return.clone() });
        if let Some(work) = &mut self.thread.work {
            work.outcomes = after;
            work.conclusion = diagnosis::conclude(&work.outcomes);
            work.ranked = diagnosis::rank(&section.fixes, &work.conclusion, &(self.worked)(&section.id));
        }
        if well {
            self.note("Report: unstuck report last");
        } else if matches!(comparison.change, diagnosis::Change::Unchanged | diagnosis::Change::Worse) {
            self.offer_undo(fix, undo).await;
        }
    }

    /// The section's own verification and the fix's, without what the checks asked already.
    async fn verify(&mut self, section: &Section, fix: &Fix, after: &[Outcome]) -> Vec<Outcome> {
        let mut own: Vec<Check> = section.verification.clone();
        if let Some(command) = &fix.verify {
            let step = Step { kind: StepKind::Command(command.clone()), line: fix.line, title: None, timeout: None };
            own.push(Check { title: format!("proof of “{}”", fix.title), step, expect: None });
        }
        own.retain(|c| {
            matches!(c.step.kind, StepKind::Command(_)) && !after.iter().any(|o| o.command == c.step.text())
        });
        if own.is_empty() {
            return Vec::new();
        }
        let outcomes = self.run_checks(&own, false).await;
        for outcome in &outcomes {
            self.console.show(&View::outcome(outcome));
        }
        outcomes
    }

    /// Waits, unless Ctrl-C ends the waiting; says whether it waited to the end.
    async fn pause(&mut self, ms: u64) -> bool {
        tokio::select! {
            () = self.world.wait(Duration::from_millis(ms)) => true,
            () = self.world.interrupted() => false,
        }
    }

    /// Offers to take a change back that did not help. The undo is a change like any other: it is asked for.
    async fn offer_undo(&mut self, fix: &Fix, undo: Undo) {
        let Some(command) = undo.command.filter(|_| self.console.interactive()) else { return };
        let verdict = judge(&command);
        self.record(Event::UndoOffered { command: command.clone() });
        let targets = self.world.targets(&command).await;
        self.note("It did not help. This would take it back:");
        let change = Change::Run { text: command.clone(), verdict: verdict.clone(), timeout_s: None };
        self.console.show(&View::Change {
            text: command,
            verdict,
            targets: targets.clone(),
            values: Vec::new(),
            undo: None,
            then: String::new(),
        });
        let name = targets.first().map_or_else(|| last_word(&change.text()), |t| last_word(&t.shown));
        if let Decision::Yes(approved) = self.decide(fix, &change, &targets, &name) {
            self.make(fix, approved, &change, Undo::default()).await;
        }
    }
}

fn then(section: &Section) -> String {
    match section.checks.len() {
        1 => "the check again".into(),
        n => format!("the {} again", crate::text::count(n, "check")),
    }
}

fn ended(reading: &ProcessReading, ms: u64) -> (bool, String) {
    let took = duration_ms(ms);
    match reading.ended {
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
        Decision::Explain => "explain".into(),
        Decision::Unclear(why) => format!("unclear: {why}"),
        Decision::Interrupted => "interrupted".into(),
        Decision::Nobody => "nobody to ask: no".into(),
    }
}

/// The last lines of an output, as much as a screen and a record need.
fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|l| !l.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(12);
    lines.get(from..).unwrap_or_default().join("\n")
}

fn last_word(text: &str) -> String {
    text.split_whitespace().next_back().unwrap_or(text).trim_matches(['`', '\'', '"', ',']).to_owned()
}

fn restore(change: &Change, backup: &str) -> Option<String> {
    match change {
        Change::Edit(edit) => Some(format!("cp -p {backup} {}", edit.file)),
        Change::Run { .. } => None,
    }
}
