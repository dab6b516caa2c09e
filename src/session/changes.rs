//! Runbooks that change: what is different since a section was last used, and runbooks read anew during the conversation.
//! It never keeps an offer of a fix that is not what it was.

use std::collections::HashMap;

use super::Session;
use super::event::{Event, Recorder};
use super::library::Library;
use super::ports::{Console, World};
use super::settings;
use super::thread::{Offered, Work};
use super::view::View;
use crate::runbook::{Fix, Section, parse};
use crate::search::before::Helped;
use crate::text::count;

/// Remembers the steps of sections as they were last used.
pub trait Memory {
    /// The steps when the section was last used; `None` where it never was.
    fn last(&self, section: &str) -> Option<Vec<String>>;

    /// From now on these are the steps it was last used with.
    fn keep(&self, section: &str, steps: Vec<String>);

    /// What fixes helped for which questions, oldest first.
    fn helped(&self) -> Vec<Helped> {
        Vec::new()
    }
}

impl<'a, C: Console, W: World, R: Recorder> Session<'a, C, W, R> {
    /// What changed since a section was last used is shown from now on, before its commands run.
    pub fn remember_with(&mut self, memory: &'a dyn Memory) {
        self.memory = Some(memory);
    }

    /// From now on a fix is asked of its file once more when it was agreed to; `text` gives a runbook as it is now.
    pub fn look_up_with(&mut self, text: &'a dyn Fn(&str) -> Option<String>) {
        self.texts = Some(text);
    }

    /// Shows what is different in a section since it was last used.
    pub(super) fn show_changes(&mut self, section: &Section) {
        let Some(memory) = self.memory else { return };
        let now = steps(section);
        if let Some(before) = memory.last(&section.id).filter(|b| *b != now) {
            self.show_difference(section, &before, &now);
        }
        memory.keep(&section.id, now);
    }

    fn show_difference(&mut self, section: &Section, before: &[String], now: &[String]) {
        self.note(&format!("“{}” was changed since it was last used here:", section.title));
        let joined = |lines: &[String]| lines.iter().map(|l| format!("{l}\n")).collect::<String>();
        let diff = settings::diff(&joined(before), &joined(now), &section.path);
        // The two lines of names and the numbers of lines say nothing here.
        let told = diff.lines().skip(2).filter(|l| !l.starts_with("@@"));
        let shown: String = told.map(|l| format!("  {l}\n")).collect();
        self.record(Event::Note { text: format!("{} changed since it was last used:\n{shown}", section.id) });
        self.console.show(&View::Page(shown));
    }

    /// Whether a fix that was agreed to is still what its runbook says; where it is not, says so: nothing of it is run.
    pub(super) fn still_stands(&mut self, section: &Section, fix: &Fix) -> bool {
        let Some(texts) = self.texts else { return true };
        let now = texts(&section.path).map(|text| parse(&section.path, &text));
        let there = now.iter().flat_map(|r| &r.sections).find(|s| s.id == section.id);
        if there.is_some_and(|s| s.fixes.iter().any(|f| says_the_same(f, fix))) {
            return true;
        }
        let what = format!("not run: {} was changed since this fix was shown", section.path);
        self.record(Event::Note { text: what.clone() });
        self.trouble(what, "what changed is shown next; /checks works through it as it is now");
        false
    }

    /// Goes on with runbooks that were read anew. An open section that is not what it was takes its fixes back.
    pub fn adopt(&mut self, library: &'a Library) {
        let old = self.library;
        if std::ptr::eq(old, library) {
            return;
        }
        let place = |index: usize| {
            let id = old.sections().name(index)?.0;
            library.sections().names().position(|(now, _)| now == id)
        };
        let same = |index: usize, now: usize| old.sections().get(index) == library.sections().get(now);
        let hashes = |library: &'a Library| -> HashMap<&'a str, u64> {
            library.shelves().iter().map(|s| (s.path.as_str(), s.hash)).collect()
        };
        let (before, now) = (hashes(old), hashes(library));
        let paths = |library: &'a Library| library.shelves().iter().map(|s| s.path.as_str());
        let changed: Vec<&str> = paths(library).filter(|p| before.get(p) != now.get(p)).collect();
        let gone: Vec<&str> = paths(old).filter(|p| !now.contains_key(p)).collect();
        if changed.is_empty() && gone.is_empty() {
            self.library = library;
            return;
        }
        let named = |what: &str, paths: &[&str]| match paths {
            [] => None,
            few if few.len() < 4 => Some(format!("{what}: {}", few.join(", "))),
            many => Some(format!("{what}: {}", count(many.len(), "runbook"))),
        };
        let said: Vec<String> = [named("read anew", &changed), named("gone", &gone)].into_iter().flatten().collect();
        self.thread.matches = std::mem::take(&mut self.thread.matches)
            .into_iter()
            .filter_map(|m| Some(crate::search::Match { section: place(m.section)?, ..m }))
            .collect();
        self.thread.trail = self.thread.trail.iter().filter_map(|i| place(*i)).collect();
        self.thread.helped = self.thread.helped.take().and_then(|(section, on)| Some((place(section)?, on)));
        let (mut taken_back, mut reopened) = (None, None);
        let used = self.thread.work.as_ref().and_then(|w| old.sections().get(w.section)).map(steps).unwrap_or_default();
        if let Some(work) = self.thread.work.take() {
            let title = old.sections().get(work.section).map(|s| s.title.clone()).unwrap_or_default();
            match place(work.section) {
                Some(now) if same(work.section, now) => self.thread.work = Some(Work { section: now, ..work }),
                Some(now) => {
                    reopened = Some(now);
                    self.thread.set.clear();
                    self.thread.work = Some(Work { section: now, ..Work::default() });
                    taken_back = Some(format!(
                        "“{title}” is not what it was: its fixes are taken back. /checks works through it as it is now."
                    ));
                }
                None => taken_back = Some(format!("“{title}” is gone from the runbooks.")),
            }
        }
        if taken_back.is_some() || self.thread.matches.len() < self.thread.shown {
            self.thread.offered = Offered::Nothing;
        }
        self.library = library;
        self.record(Event::Note { text: format!("runbooks {}", said.join("; ")) });
        self.note(&format!("Runbooks {}.", said.join("; ")));
        // What changed is on the screen before anything of it can be asked for.
        if let Some(section) = reopened.and_then(|now| library.sections().get(now)) {
            let now = steps(section);
            if now != used {
                self.show_difference(section, &used, &now);
            }
            if let Some(memory) = self.memory {
                memory.keep(&section.id, now);
            }
        }
        if let Some(text) = taken_back {
            self.note(&text);
        }
    }
}

/// Whether two writings of a fix ask for the same: where it stands in its file is no part of that.
fn says_the_same(one: &Fix, other: &Fix) -> bool {
    one.title == other.title
        && one.undo == other.undo
        && one.steps.iter().map(|s| &s.kind).eq(other.steps.iter().map(|s| &s.kind))
}

/// Every step of a section as one text each, with the fix it belongs to.
fn steps(section: &Section) -> Vec<String> {
    let checks = section.checks.iter().chain(&section.verification).map(|c| format!("check: {}", c.step.text()));
    let fixes = section.fixes.iter().flat_map(|f| f.steps.iter().map(|s| format!("{}: {}", f.title, s.text())));
    checks.chain(fixes).flat_map(|t| t.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}
