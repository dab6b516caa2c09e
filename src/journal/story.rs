//! What happened in a session, put in order from its lines: asked, checked, found, changed, proved, and left open.
//! It never adds anything that the record does not hold.

use super::Line;
use crate::command::Effect;
use crate::diagnosis::{Change as Proof, Status};
use crate::session::event::Event;

/// One session.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Story {
    pub id: String,
    pub from: String,
    pub to: String,
    pub version: String,
    pub project: String,
    /// Whether it has an end; without one it was killed, or still runs elsewhere.
    pub ended: bool,
    /// It is the session that asks.
    pub running: bool,
    pub chapters: Vec<Chapter>,
}

/// One problem: what was asked and the sections that were worked through for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chapter {
    pub questions: Vec<String>,
    /// Titles of sections that fitted and were not opened.
    pub others: Vec<String>,
    pub visits: Vec<Visit>,
}

/// One section, worked through.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Visit {
    pub title: String,
    /// `connection.md:61`.
    pub place: String,
    pub hash: String,
    /// The same section as in the visit before, looked at once more.
    pub again: bool,
    pub checks: Vec<Checked>,
    pub sentence: String,
    pub findings: Vec<String>,
    pub changes: Vec<Change>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    pub title: String,
    pub command: String,
    pub status: Status,
    pub summary: String,
    pub evidence: Option<String>,
}

/// A change that was proposed, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub fix: String,
    pub at: String,
    pub steps: Vec<String>,
    pub effect: Effect,
    pub target: String,
    pub undo: Option<String>,
    pub answer: Option<String>,
    /// It was begun; without a result its end is not known.
    pub started: bool,
    pub result: Option<String>,
    pub output: String,
    pub diff: Option<String>,
    pub backup: Option<String>,
    /// The checks after it, each as it was seen last.
    pub after: Vec<Checked>,
    /// The name of what it did to the checks, `fixed`, and the sentence.
    pub proof: Option<(String, String)>,
    pub warning: Option<String>,
}

impl Visit {
    /// What was found beside what the sentence says.
    pub fn further(&self) -> impl Iterator<Item = &str> {
        self.findings.iter().map(String::as_str).filter(|f| !self.sentence.contains(f))
    }

    /// What was begun, and what was only proposed; `None` where the checks were looked at once more and that was all.
    pub fn done_and_left(&self) -> Option<(Vec<&Change>, Vec<&Change>)> {
        let only_looked = self.again && self.changes.is_empty();
        (!only_looked).then(|| self.changes.iter().partition(|c| c.started))
    }
}

impl Change {
    /// How it ended.
    pub fn ended(&self) -> &str {
        self.result.as_deref().unwrap_or("begun; its end is not in the record")
    }

    /// What was answered when it was asked.
    pub fn answered(&self) -> &str {
        self.answer.as_deref().unwrap_or("no answer")
    }
}

impl Story {
    /// The story of `lines`, in their order.
    pub fn of(lines: &[Line]) -> Story {
        let mut story = Story::default();
        if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
            story.id.clone_from(&first.session);
            story.from.clone_from(&first.at);
            story.to.clone_from(&last.at);
        }
        for line in lines {
            story.take(line);
        }
        story
    }

    fn take(&mut self, line: &Line) {
        match &line.event {
            Event::SessionStarted { version, project, .. } => {
                self.version.clone_from(version);
                self.project.clone_from(project);
            }
            Event::SessionEnded { .. } => self.ended = true,
            Event::Question { text, matches, .. } => self.question(text, matches),
            Event::SectionChosen { title, path, line, content_hash, .. } => {
                let chapter = self.chapter();
                chapter.others.retain(|t| t != title);
                chapter.visits.push(Visit {
                    title: title.clone(),
                    place: format!("{path}:{line}"),
                    hash: content_hash.clone(),
                    ..Visit::default()
                });
            }
            Event::ChecksStarted { .. } => {
                // The checks once more are another visit: the first one holds what was wrong.
                let before = self.visit().filter(|v| !v.checks.is_empty()).map(|v| Visit {
                    title: v.title.clone(),
                    place: v.place.clone(),
                    hash: v.hash.clone(),
                    again: true,
                    ..Visit::default()
                });
                if let Some(again) = before {
                    self.chapter().visits.push(again);
                }
            }
            Event::CheckEnded { title, command, status, summary, evidence, .. } => {
                let checked = Checked {
                    title: title.clone(),
                    command: command.clone(),
                    status: *status,
                    summary: summary.clone(),
                    evidence: evidence.clone(),
                };
                let Some(visit) = self.visit() else { return };
                match visit.changes.last_mut().filter(|c| c.started && c.proof.is_none()) {
                    Some(change) => put(&mut change.after, checked),
                    None => put(&mut visit.checks, checked),
                }
            }
            Event::Concluded { findings, sentence } => {
                if let Some(visit) = self.visit() {
                    visit.sentence.clone_from(sentence);
                    visit.findings = findings.iter().map(|(_, text)| text.clone()).collect();
                }
            }
            Event::FixProposed { title, effect, steps, target, undo, .. } => {
                let change = Change {
                    fix: title.clone(),
                    at: line.at.clone(),
                    steps: steps.clone(),
                    effect: *effect,
                    target: target.clone(),
                    undo: undo.clone(),
                    answer: None,
                    started: false,
                    result: None,
                    output: String::new(),
                    diff: None,
                    backup: None,
                    after: Vec::new(),
                    proof: None,
                    warning: None,
                };
                if let Some(visit) = self.visit() {
                    visit.changes.push(change);
                }
            }
            Event::Verified { change, sentence, warning, .. } => {
                if let Some(last) = self.last_done() {
                    last.proof = Some((change.clone(), sentence.clone()));
                    last.warning.clone_from(warning);
                }
            }
            Event::Answered { answer } => {
                // Later questions of the visit have answers of their own.
                let open = |c: &&mut Change| {
                    !c.started && c.answer.as_deref().is_none_or(|a| a == "explain" || a.starts_with("unclear"))
                };
                if let Some(change) = self.change().filter(open) {
                    change.answer = Some(answer.clone());
                }
            }
            Event::FixStarted { .. } => {
                if let Some(change) = self.change() {
                    change.started = true;
                    change.at.clone_from(&line.at);
                }
            }
            Event::StepEnded { how, stdout, stderr, .. } => {
                if let Some(change) = self.change() {
                    change.result = Some(how.clone());
                    change.output = format!("{stdout}\n{stderr}").trim().to_owned();
                }
            }
            Event::SettingEdited { diff, backup, .. } => {
                if let Some(change) = self.change() {
                    change.result = Some("written".into());
                    change.diff = Some(diff.clone());
                    change.backup.clone_from(backup);
                }
            }
            Event::Note { text } => {
                if let Some(visit) = self.visit() {
                    visit.notes.push(text.clone());
                }
            }
            Event::Interrupted => {
                if let Some(visit) = self.visit() {
                    visit.notes.push("The checks were stopped by the operator.".into());
                }
            }
            Event::Asked { .. } | Event::FixEnded { .. } | Event::UndoOffered { .. } => {}
        }
    }

    fn question(&mut self, text: &str, matches: &[(String, String, f32)]) {
        // What follows without a section in between is the same problem, said again.
        let again = self.chapters.last().is_some_and(|c| c.visits.is_empty());
        if !again {
            self.chapters.push(Chapter::default());
        }
        let chapter = self.chapter();
        chapter.questions.push(text.to_owned());
        chapter.others = matches.iter().map(|(_, title, _)| title.clone()).collect();
    }

    fn chapter(&mut self) -> &mut Chapter {
        if self.chapters.is_empty() {
            self.chapters.push(Chapter::default());
        }
        let last = self.chapters.len() - 1;
        &mut self.chapters[last]
    }

    fn visit(&mut self) -> Option<&mut Visit> {
        self.chapters.last_mut()?.visits.last_mut()
    }

    fn change(&mut self) -> Option<&mut Change> {
        self.visit()?.changes.last_mut()
    }

    fn last_done(&mut self) -> Option<&mut Change> {
        self.visit()?.changes.iter_mut().rev().find(|c| c.started)
    }

    /// One sentence: how it ended.
    pub fn result(&self) -> String {
        let visits: Vec<&Visit> = self.chapters.iter().flat_map(|c| &c.visits).collect();
        // Looking once more without changing anything does not undo what was proved, unless it found something.
        let well =
            |v: &&&Visit| v.again && v.changes.is_empty() && v.checks.iter().all(|c| c.status != Status::Problem);
        let last = visits.iter().rev().find(|v| !well(v)).copied();
        let end = match last {
            None if self.chapters.is_empty() => "Nothing was asked.".to_owned(),
            None => "No section was worked through.".to_owned(),
            Some(visit) => match visit.changes.iter().rev().find(|c| c.started) {
                Some(Change { proof: Some((change, sentence)), fix, .. }) if change == Proof::Fixed.name() => {
                    format!("Fixed by “{fix}”: {}", sentence.trim_start_matches("Fixed: "))
                }
                Some(Change { proof: Some((change, sentence)), fix, .. }) if change == Proof::Quiet.name() => {
                    format!("Well since “{fix}”: {sentence}")
                }
                Some(Change { proof: Some((_, sentence)), fix, .. }) => {
                    format!("Not fixed. After “{fix}”: {sentence}")
                }
                Some(change) if change.result.is_none() => {
                    format!("A step was begun, and its end is not in the record: {}", change.steps.join("; "))
                }
                Some(_) => format!("Something was changed and not proved. {}", visit.sentence),
                None if visit.checks.iter().any(|c| c.status == Status::Problem) => {
                    format!("A problem was found, and nothing was changed. {}", visit.sentence)
                }
                None => format!("Nothing was changed. {}", visit.sentence),
            },
        };
        let open = if self.ended || self.running {
            ""
        } else {
            " (The record has no end: the session was cut off, or still runs.)"
        };
        format!("{}{open}", end.trim())
    }

    /// What was not looked at, as check and reason.
    pub fn unchecked(&self) -> Vec<(String, String)> {
        let mut last: Vec<&Checked> = Vec::new();
        for checked in self.chapters.iter().flat_map(|c| &c.visits).flat_map(|v| &v.checks) {
            last.retain(|known| known.title != checked.title || known.command != checked.command);
            last.push(checked);
        }
        let open = last.into_iter().filter(|c| matches!(c.status, Status::Skipped | Status::Uncertain));
        open.map(|c| (c.title.clone(), c.summary.clone())).collect()
    }
}

/// Keeps the last result of a check.
fn put(list: &mut Vec<Checked>, checked: Checked) {
    match list.iter_mut().find(|c| c.title == checked.title && c.command == checked.command) {
        Some(place) => *place = checked,
        None => list.push(checked),
    }
}

/// `2026-11-27T18:57:20.123Z` as `2026-11-27 18:57:20`.
pub fn clock(at: &str) -> String {
    at.split('.').next().unwrap_or(at).trim_end_matches('Z').replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_session_ended_is_said_as_it_was_proved() {
        let events = |proof: Proof| {
            let proposed = Event::FixProposed {
                title: "Start".into(),
                rank: 1,
                effect: Effect::Changes,
                decided_by: String::new(),
                steps: vec!["docker compose up -d redis".into()],
                target: String::new(),
                undo: None,
                values: Vec::new(),
            };
            let chosen = Event::SectionChosen {
                id: "a/b".into(),
                title: "B".into(),
                path: "a.md".into(),
                line: 3,
                content_hash: String::new(),
            };
            let proved = Event::Verified {
                section: "a/b".into(),
                fix: "Start".into(),
                change: proof.name().into(),
                sentence: "So it is.".into(),
                warning: None,
            };
            let started = Event::FixStarted { title: "Start".into(), command: String::new() };
            [chosen, proposed, started, proved, Event::SessionEnded { exit: 0 }]
        };
        for (proof, end) in [
            (Proof::Fixed, "Fixed by “Start”: So it is."),
            (Proof::Quiet, "Well since “Start”: So it is."),
            (Proof::Changed, "Not fixed. After “Start”: So it is."),
            (Proof::Unchanged, "Not fixed. After “Start”: So it is."),
        ] {
            let line = |event| Line { v: 1, at: String::new(), seq: 1, session: "s".into(), event };
            let lines: Vec<Line> = events(proof).into_iter().map(line).collect();
            assert_eq!(Story::of(&lines).result(), end);
        }
    }
}
