//! Offering fixes in their order and walking through them until one helps.
//! It never makes a change itself, and offers no second fix on the yes to the first.

use super::event::Recorder;
use super::ports::{Console, Question, Reply, World};
use super::proof::Undo;
use super::steps::Stepped;
use super::view::{FixRow, View};
use super::{Session, Standing};
use crate::command::{Effect, judge};
use crate::diagnosis::{Fit, Ranked, Status};
use crate::runbook::{Fix, Section, StepKind};
use crate::text::shorten;

/// How walking through one fix ended.
enum Walked {
    /// Something was changed, by the program or by hand.
    Changed,
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
}
