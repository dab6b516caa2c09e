//! Edits of settings files and of memory limits: planned, shown as a diff, asked for, made, and taken back.
//! It never writes what was not shown, and never makes a service take it up unasked.

use super::approval::{Change, Decision};
use super::event::Recorder;
use super::ports::{Console, EnvEdit, Question, Reply, World};
use super::proof::Undo;
use super::steps::Stepped;
use super::view::View;
use super::{Session, settings};
use crate::runbook::{Fix, Section, Setting, Step, StepKind};
use crate::text::shorten;

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    pub(super) async fn walk_setting(
        &mut self,
        section: &Section,
        fix: &Fix,
        step: &Step,
        settings: &[Setting],
        number: usize,
    ) -> Stepped {
        let Some((settings, values)) = self.filled_settings(settings) else { return Stepped::Skipped };
        let file = step.title.as_deref().and_then(settings::file_in);
        let edit = match self.world.plan_edit(&settings, file) {
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
        self.offer_edit(section, fix, step, edit, &values, number).await
    }

    /// A service's memory limit in the compose file: the new one is asked for, the change shown as a diff.
    pub(super) async fn walk_limit(
        &mut self,
        section: &Section,
        fix: &Fix,
        step: &Step,
        text: &str,
        number: usize,
    ) -> Option<Stepped> {
        let (service, wanted) = settings::memory_limit(text)?;
        let first = self.world.plan_limit(&service, &wanted)?;
        let limit = first.diff.lines().find(|l| l.starts_with('-') && !l.starts_with("---"));
        let now =
            limit.and_then(|l| l.split_once(':')).map(|(_, v)| v.split(" #").next().unwrap_or(v).trim().to_owned());
        let hints: Vec<&str> =
            text.lines().filter_map(|l| Some(l.split_once('#')?.1.trim())).filter(|h| !h.is_empty()).collect();
        if !hints.is_empty() {
            self.note(&format!("The runbook says beside it: {}.", hints.join("; ")));
        }
        let limit = self.ask_limit(&service, &wanted, now.as_deref())?;
        let edit = self.world.plan_limit(&service, &limit)?;
        let values = vec![format!("limit {limit}, was {}", now.as_deref().unwrap_or("none"))];
        Some(self.offer_edit(section, fix, step, edit, &values, number).await)
    }

    /// How much a service may have; `None` where the answer is no amount.
    fn ask_limit(&mut self, service: &str, wanted: &str, now: Option<&str>) -> Option<String> {
        if !self.console.interactive() || self.settings.dry_run {
            return Some(wanted.to_owned());
        }
        let has = now.map(|n| format!(" It has {n}.")).unwrap_or_default();
        let question = Question::new(
            format!("How much memory may {service} have?{has}"),
            format!("[such as 2G; Enter: {wanted}]"),
        );
        loop {
            match self.put(&question) {
                Reply::Text(text) if text.trim().is_empty() => return Some(wanted.to_owned()),
                Reply::Text(text) if settings::is_amount(text.trim()) => return Some(text.trim().to_owned()),
                Reply::Text(text) => {
                    let what = format!("`{}` is no amount of memory", shorten(&text, 40));
                    self.trouble(what, "a number and its unit, such as 512M or 2G; Ctrl-C leaves it to you");
                }
                Reply::Pasted => self.note("That was a paste, not an answer."),
                Reply::Interrupted | Reply::Nobody => return None,
            }
        }
    }

    /// Shows an edit, asks for it, makes it, and offers what makes it take effect.
    pub(super) async fn offer_edit(
        &mut self,
        section: &Section,
        fix: &Fix,
        step: &Step,
        edit: EnvEdit,
        values: &[String],
        number: usize,
    ) -> Stepped {
        self.console.show(&View::Edit {
            file: edit.file.clone(),
            diff: edit.diff.clone(),
            reaches: edit.reaches.clone(),
            then: edit.then.clone(),
            backup: edit.before.is_some(),
        });
        if let Some(route) = &edit.route {
            self.note("So that it arrives there, this has to stand in the compose file (put in the service's name):");
            self.console.show(&View::ByHand { text: route.clone(), language: Some("yaml".into()) });
        }
        // What the fix does by itself later is not asked for twice.
        let later = fix.steps.iter().skip_while(|s| *s != step).skip(1).any(takes_up);
        let follow_up = edit.then.clone().filter(|_| !later);
        let change = Change::Edit(edit);
        // Putting a file back is no step of the runbook.
        let own = !matches!(&step.kind, StepKind::Setting(settings) if settings.is_empty());
        self.propose(fix, number, &change, &[], values, Some("restore the backup"));
        match self.decide(fix, &change, &[], "") {
            Decision::Yes(_) if own && !self.still_stands(section, fix) => Stepped::Stop,
            Decision::Yes(approved) => {
                let stepped = self.make(fix, approved, &change, Undo::default()).await;
                match (stepped, follow_up) {
                    (Stepped::Changed(undo), Some(command)) => {
                        self.note("It takes effect when what reads it is made anew:");
                        let step = Step::new(StepKind::Command(command.clone()), fix.line);
                        match Box::pin(self.walk_command(section, fix, &step, &command, number)).await {
                            Stepped::Stop => Stepped::Stop,
                            _ => Stepped::Changed(undo),
                        }
                    }
                    (other, _) => other,
                }
            }
            Decision::Skip => Stepped::Skipped,
            Decision::Said(said) => {
                self.said = Some(said);
                Stepped::Stop
            }
            Decision::No | Decision::Interrupted => {
                self.note("Nothing was written.");
                Stepped::Stop
            }
            Decision::Nobody | Decision::Edited(_) | Decision::Explain | Decision::Unclear(_) => Stepped::Refused,
        }
    }
}

/// Whether a step makes a service read its settings anew.
fn takes_up(step: &Step) -> bool {
    let StepKind::Command(text) = &step.kind else { return false };
    ["up", "restart", "start", "recreate"].iter().any(|verb| text.split_whitespace().any(|w| w == *verb))
}

/// The edit that puts a file back as it was; `None` where there was none.
pub(super) fn restored(change: &Change) -> Option<EnvEdit> {
    let Change::Edit(edit) = change else { return None };
    let before = edit.before.clone()?;
    let name = edit.file.rsplit('/').next().unwrap_or(&edit.file);
    Some(EnvEdit {
        diff: settings::diff(&edit.after, &before, name),
        settings: Vec::new(),
        before: Some(edit.after.clone()),
        after: before,
        route: None,
        ..edit.clone()
    })
}
