//! Offering fixes in their order and walking through them until one helps.
//! It never makes a change itself, and offers no second fix on the yes to the first.

use super::checks::is_beside;
use super::event::Recorder;
use super::ports::{Console, Question, Reply, World, yes_or_enter};
use super::proof::Undo;
use super::steps::Stepped;
use super::thread::Offered;
use super::view::{FixRow, View};
use super::{Session, Standing, wording};
use crate::command::Effect;
use crate::command::placeholder::{self, judge_open};
use crate::diagnosis::{Finding, Fit, Kind as FactKind, Outcome, Ranked, Status, coming_up};
use crate::runbook::{Fix, Section, StepKind};
use crate::text::{count, shorten};

/// How walking through one fix ended.
enum Walked {
    /// Something was changed, by the program or by hand.
    Changed,
    /// There was nothing in it but to look: it may have pointed elsewhere.
    Looked,
    /// Nothing was changed; the next fix may be offered.
    Nothing,
    /// The operator wants to be back at the prompt.
    Stop,
}

impl<'a, C: Console, W: World, R: Recorder> Session<'a, C, W, R> {
    /// Shows the fixes of the open section, and walks through them where a problem was found.
    pub(super) async fn offer_fixes(&mut self) {
        let Some((section, ranked, problem)) = self.open_fixes() else { return };
        if section.fixes.is_empty() {
            if problem {
                self.note(
                    "This section has no fixes. /more shows other sections; /report is a page for the next person.",
                );
                self.escalate(section);
            }
            return;
        }
        if !problem {
            if self.go_onward().await {
                return;
            }
            self.offering_fixes();
            self.mention_changes();
            self.note("Nothing these checks look at is wrong, so no fix is offered by itself. /fix shows the fixes all the same, /more other sections; or say what else you see.");
            return;
        }
        self.show_fixes(section, &ranked, false);
        if ranked.first().is_some_and(|r| r.fit == Fit::Unlikely) {
            if self.go_onward().await {
                return;
            }
            self.note("None is offered by itself. A number starts one all the same; /more shows other sections, /report is the page for the next person.");
            return;
        }
        if self.knows_better() && self.go_onward().await {
            return;
        }
        match self.next_fix(false) {
            Some(first) => self.walk_fixes(first).await,
            None => self.note("None is offered by itself, as nothing that was found points at one. A number starts one all the same; /more shows other sections, /report is the page for the next person."),
        }
    }

    /// Whether something was found that no fix here is for and another section has one for: that is where to go on.
    fn knows_better(&mut self) -> bool {
        let Some(work) = &self.thread.work else { return false };
        let found = |f: &Finding| !f.past && !f.logged && f.fact.kind < FactKind::LogError;
        if work.ranked.iter().any(|r| r.fit == Fit::Fits) || !work.conclusion.findings.iter().any(found) {
            return false;
        }
        let seen = |at: usize| at == work.section || self.thread.trail.contains(&at) || self.thread.led.contains(&at);
        let led = self.known.led(self.library.sections());
        self.thread.further = self.thread.further.or(led.first().map(|m| m.section).filter(|at| !seen(*at)));
        self.thread.further.is_some()
    }

    /// `/fix` shows them, `/fix N` starts with one, `next` with the first that was not offered yet.
    pub(super) async fn fix_command(&mut self, number: Option<usize>, next: bool) {
        let Some((section, ranked, _)) = self.open_fixes() else {
            return self.trouble("no section is open".into(), "say what is wrong, or /open a section");
        };
        match number {
            None if self.thread.offered == Offered::Fixes && next => {
                let tried = self.thread.work.as_ref().map(|w| w.tried.clone()).unwrap_or_default();
                match ranked.iter().position(|r| !tried.contains(&r.fix)) {
                    Some(rank) => self.walk_fixes(rank).await,
                    None => {
                        self.show_fixes(section, &ranked, true);
                        self.note(
                            "Each of them was offered already; a number offers one again. /more shows other sections.",
                        );
                    }
                }
            }
            None => self.show_fixes(section, &ranked, true),
            Some(n) if n >= 1 && n <= ranked.len() => self.walk_fixes(n - 1).await,
            Some(n) => self.trouble(
                format!("there is no fix {n}"),
                "/fix lists them; say what you see to look for another section",
            ),
        }
    }

    /// The open section, its fixes in their order, and whether a problem is left.
    fn open_fixes(&self) -> Option<(&'a Section, Vec<Ranked>, bool)> {
        let work = self.thread.work.as_ref()?;
        let section = self.library.sections().get(work.section)?;
        let own = |o: &&Outcome| o.status == Status::Problem && !is_beside(o);
        let fits = work.ranked.first().is_some_and(|r| r.fit == Fit::Fits);
        let problem = fits || work.outcomes.iter().any(|o| own(&o));
        Some((section, work.ranked.clone(), problem))
    }

    /// Shows the fixes of the open section without offering one.
    pub fn show_open_fixes(&mut self) {
        if let Some((section, ranked, _)) = self.open_fixes() {
            self.show_fixes(section, &ranked, true);
        }
    }

    fn show_fixes(&mut self, section: &Section, ranked: &[Ranked], all: bool) {
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
        self.console.show(&View::Fixes { rows, by_finding, all });
    }

    /// The worst a fix does, and what its changing steps do, in a few words.
    fn describe(&self, fix: &Fix) -> (Option<Effect>, String) {
        let mut worst: Option<Effect> = None;
        let mut said: Vec<(Effect, String)> = Vec::new();
        for step in &fix.steps {
            let (effect, what) = match &step.kind {
                StepKind::Command(text) => {
                    (judge_open(text).effect, wording::does(&named(text)).unwrap_or_else(|| shorten(text, 70)))
                }
                StepKind::Setting(settings) => {
                    let keys: Vec<&str> = settings.iter().map(|s| s.key.as_str()).collect();
                    (Effect::Changes, format!("sets {} in the env file", keys.join(", ")))
                }
                StepKind::Snippet { .. } | StepKind::Instruction(_) => continue,
            };
            worst = worst.max(Some(effect));
            said.push((effect, what));
        }
        let acting: Vec<&str> = said
            .iter()
            .filter(|(e, _)| Some(*e) == worst || *e > Effect::Reads)
            .map(|(_, what)| what.as_str())
            .collect();
        match (worst, acting.as_slice()) {
            (None, _) => (None, "by hand".into()),
            (Some(effect), [first, second]) => (Some(effect), format!("{first}, then {second}")),
            (Some(effect), [first, rest @ ..]) if !rest.is_empty() => {
                (Some(effect), format!("{first}, and {} more", count(rest.len(), "step")))
            }
            (Some(effect), _) => (Some(effect), acting.first().map(|s| (*s).to_owned()).unwrap_or_default()),
        }
    }

    /// Walks through fixes from `first` on, until one helps or the operator stops.
    async fn walk_fixes(&mut self, first: usize) {
        let mut rank = first;
        let mut declined = false;
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
                Walked::Looked => false,
                Walked::Nothing => {
                    declined = true;
                    false
                }
                Walked::Changed => true,
            };
            match self.next_fix(changed) {
                Some(next) => rank = next,
                None if self.settings.dry_run => {
                    self.note("That is all that would be offered. This is a dry run: nothing was changed.");
                    return;
                }
                None => {
                    // Where it got better, or waits for what was refused here, another section knows no better.
                    let pointed = ranked.iter().any(|r| r.fit == Fit::Fits);
                    let elsewhere = if changed { self.thread.unmoved } else { !pointed || !declined };
                    if elsewhere && self.go_onward().await {
                        return;
                    }
                    self.mention_changes();
                    self.note("Nothing that was found points at another fix. A number starts one all the same, /more shows other sections; /report is a page for the next person.");
                    self.escalate(section);
                    return;
                }
            }
        }
    }

    /// Where nothing found tells the cause, what was changed last may.
    fn mention_changes(&mut self) {
        if let Some(told) = self.known.changed() {
            self.note(&told);
        }
    }

    /// Says what the runbook says of when to stop and whom to wake.
    fn escalate(&mut self, section: &Section) {
        if !section.escalation.is_empty() {
            self.note(&format!("When to stop, and whom to wake: {}", section.escalation));
        }
    }

    /// The next fix worth offering: after a change, only one that what is seen now speaks for.
    fn next_fix(&self, changed: bool) -> Option<usize> {
        let work = self.thread.work.as_ref()?;
        // Where something found speaks for one fix, what nothing speaks for is not walked into.
        let pointed = changed || work.ranked.iter().any(|r| r.fit == Fit::Fits);
        let fixes = self.library.sections().get(work.section).map(|s| s.fixes.as_slice()).unwrap_or_default();
        let does = |r: &Ranked| fixes.get(r.fix).and_then(|fix| self.describe(fix).0);
        // What destroys is walked on into only where something found speaks for it; in a section that nobody asked for,
        // what changes anything.
        let most = match (work.tried.is_empty(), self.thread.trail.is_empty()) {
            (_, false) => Some(Effect::Reads),
            (false, true) => Some(Effect::Changes),
            (true, true) => Some(Effect::Destroys),
        };
        let worth = |r: &Ranked| if pointed { r.fit == Fit::Fits } else { r.fit != Fit::Unlikely && does(r) <= most };
        work.ranked.iter().position(|r| worth(r) && !work.tried.contains(&r.fix))
    }

    async fn walk_fix(&mut self, section: &Section, fix: &Fix, number: usize) -> Walked {
        let of = fix.steps.len();
        self.console.show(&View::Fix {
            number,
            title: fix.title.clone(),
            explanation: shorten(&fix.explanation, 600),
            steps: if of > 1 { format!("{of} steps, each asked for") } else { String::new() },
        });
        if let Some(work) = &mut self.thread.work {
            work.chosen.clear();
        }
        let mut changed = false;
        let (mut by_hand, mut left_out) = (false, false);
        let mut stopped = false;
        let mut undo = Undo::default();
        let only_looks =
            fix.steps.iter().all(|s| matches!(&s.kind, StepKind::Command(t) if judge_open(t).effect == Effect::Reads));
        for (nth, step) in fix.steps.iter().enumerate() {
            let title = step.title.as_deref().filter(|t| !t.eq_ignore_ascii_case(&fix.title)).unwrap_or("");
            if of > 1 || !title.is_empty() {
                self.console.show(&View::Step { number: nth + 1, of, title: title.to_owned() });
            }
            match self.walk_step(section, fix, step, number).await {
                Stepped::Changed(back) => {
                    changed = true;
                    undo = back;
                    if undo.failed.is_some() && nth + 1 < of && !self.goes_on_after_failure() {
                        self.note(&format!(
                            "Stopped after step {} of {of}, which failed; the rest is not done.",
                            nth + 1
                        ));
                        break;
                    }
                }
                Stepped::ByHand => by_hand = true,
                // Somebody else may have done it: that is to be seen before anything more is done.
                Stepped::Moved => {
                    changed = true;
                    break;
                }
                Stepped::Looked | Stepped::Skipped | Stepped::Refused => {}
                Stepped::Stop if changed => {
                    self.note(&format!(
                        "Stopped at step {} of {of}: what came before it is done, the rest is not.",
                        nth + 1
                    ));
                    stopped = true;
                    break;
                }
                Stepped::Stop => return Walked::Stop,
            }
        }
        if !changed && by_hand {
            match self.done_by_hand() {
                Some(true) => changed = true,
                Some(false) => left_out = self.console.interactive() && !self.settings.dry_run,
                None => return Walked::Stop,
            }
        }
        if !changed && only_looks && self.wants_to_wait() {
            self.prove(section, fix, undo).await;
            return Walked::Changed;
        }
        if !changed {
            // What cannot be done by hand was not refused either: it may not be what is wrong.
            return if only_looks && !fix.steps.is_empty() || left_out { Walked::Looked } else { Walked::Nothing };
        }
        self.prove(section, fix, undo).await;
        if stopped { Walked::Stop } else { Walked::Changed }
    }

    /// Whether the operator wants to wait for what is seen to be coming up.
    fn wants_to_wait(&mut self) -> bool {
        let outcomes = self.thread.work.as_ref().map(|w| w.outcomes.as_slice()).unwrap_or_default();
        let Some(coming) = coming_up(outcomes) else { return false };
        if !self.console.interactive() || self.settings.dry_run {
            return false;
        }
        let question = Question::new(format!("Wait for it, looking again? {coming}."), "[Y/n]");
        matches!(self.put(&question), Reply::Text(t) if yes_or_enter(&t))
    }

    /// The steps after one that failed were written for where it went well.
    fn goes_on_after_failure(&mut self) -> bool {
        let question = Question::new("That step failed. Go on with the next step all the same?", "[y/N]");
        self.console.interactive()
            && matches!(self.put(&question), Reply::Text(t) if matches!(t.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether the operator did what had to be done by hand; `None` to stop.
    fn done_by_hand(&mut self) -> Option<bool> {
        if !self.console.interactive() || self.settings.dry_run {
            return Some(false);
        }
        match self.put(&Question::new("Done? Then the checks run again.", "[y/N/skip]")) {
            Reply::Text(text) => match text.trim().to_lowercase().as_str() {
                "y" | "yes" => Some(true),
                "s" | "skip" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A command with the names of its placeholders in their places, to be put into words.
fn named(text: &str) -> String {
    placeholder::find(text).iter().fold(text.to_owned(), |line, wanted| line.replace(&wanted.text, &wanted.name))
}
