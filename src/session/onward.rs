//! Where a section came to nothing: the next one that fits what was said, offered by its name.
//! It never opens one unasked, and offers none twice.

use super::Session;
use super::event::Recorder;
use super::ports::{Console, Question, Reply, World, yes_or_enter};
use crate::diagnosis::Outcome;

/// Only what fits at least likely is worth another look, of 4.
const LIKELY: u8 = 2;
/// How many of the sections found are gone through before somebody else is asked.
const FURTHEST: usize = 3;

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// Offers the next section that fits what was said, where one is left. Says whether it went there.
    pub(super) async fn go_onward(&mut self) -> bool {
        if !self.console.interactive() || self.settings.dry_run {
            return false;
        }
        let here = self.thread.work.as_ref().map(|w| w.section);
        let Some((section, prompt, seen)) = self.where_next(here) else { return false };
        let Some(title) = self.library.sections().get(section).map(|s| s.title.clone()) else { return false };
        self.thread.led.push(section);
        self.thread.carried = seen.map(|seen| (section, seen)).or(self.thread.carried.take());
        match self.put(&Question::new(format!("{prompt}, {title}?"), "[Y/n]")) {
            Reply::Text(text) if yes_or_enter(&text) => {
                Box::pin(self.open(section)).await;
                true
            }
            // Anything else that was said belongs to the conversation.
            Reply::Text(text) if !matches!(text.trim().to_lowercase().as_str(), "n" | "no") => {
                self.said = Some(text);
                true
            }
            _ => false,
        }
    }

    /// The section to go to from here, how it is offered, and what is brought along.
    fn where_next(&mut self, here: Option<usize>) -> Option<(usize, &'static str, Option<Outcome>)> {
        const CHANGED: &str = "Go on with what was changed here";
        // What an error names in the project's files, or was set inside a program, comes before what words may fit.
        if let Some((section, seen)) = self.to_what_changed(false)
            && seen.findings.iter().any(|f| f.fact.kind.is_telling_change())
        {
            return Some((section, CHANGED, Some(seen)));
        }
        if let Some(section) = self.thread.further.take().filter(|s| Some(*s) != here) {
            return Some((section, "Go on where more is known of what was found", None));
        }
        if let Some((section, seen)) = self.to_what_changed(false) {
            return Some((section, CHANGED, Some(seen)));
        }
        if let Some(section) = self.next_likely() {
            return Some((section, "Look at the next that fits", None));
        }
        if let Some((section, told)) = self.to_what_is_logged() {
            self.note(&told);
            return Some((section, "Look at what fits that", None));
        }
        self.to_what_changed(true).map(|(section, seen)| (section, CHANGED, Some(seen)))
    }

    /// The first of the sections found that was not looked at yet.
    fn next_likely(&self) -> Option<usize> {
        let work = self.thread.work.as_ref()?;
        let seen = |section: usize| {
            section == work.section || self.thread.trail.contains(&section) || self.thread.led.contains(&section)
        };
        // Who chose a section by name wants that one.
        if !self.thread.matches.iter().take(FURTHEST).any(|m| seen(m.section)) {
            return None;
        }
        let likely = self.rows(0, FURTHEST).into_iter().filter(|row| row.strength >= LIKELY);
        let mut found = likely.filter_map(|row| self.thread.matches.get(row.number.checked_sub(1)?)).map(|m| m.section);
        found.find(|section| !seen(*section))
    }
}
