//! Where a section came to nothing: the next one that fits what was said, offered by its name.
//! It never opens one unasked, and offers none twice.

use super::Session;
use super::event::Recorder;
use super::ports::{Console, Question, Reply, World};

/// Only what fits at least likely is worth another look, of 4.
const LIKELY: u8 = 3;
/// How many of the sections found are gone through before somebody else is asked.
const FURTHEST: usize = 3;

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// Offers the next section that fits what was said, where one is left. Says whether it went there.
    pub(super) async fn go_onward(&mut self) -> bool {
        if !self.console.interactive() || self.settings.dry_run {
            return false;
        }
        let Some((number, section, title)) = self.next_likely() else { return false };
        self.thread.led.push(section);
        match self.put(&Question::new(format!("Look at the next that fits, {title}?"), "[Y/n]")) {
            Reply::Text(text) if matches!(text.trim().to_lowercase().as_str(), "" | "y" | "yes") => {
                Box::pin(self.open_match(number)).await;
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

    /// The first of the sections found that was not looked at yet: its number, index and title.
    fn next_likely(&self) -> Option<(usize, usize, String)> {
        let work = self.thread.work.as_ref()?;
        let seen = |section: usize| {
            section == work.section || self.thread.trail.contains(&section) || self.thread.led.contains(&section)
        };
        // Who chose a section by name wants that one.
        self.thread.matches.iter().take(FURTHEST).find(|m| seen(m.section))?;
        let rows = self.rows(0, FURTHEST).into_iter();
        let open = rows.filter(|row| row.strength >= LIKELY).filter_map(|row| {
            let section = self.thread.matches.get(row.number - 1)?.section;
            (!seen(section)).then_some((row.number, section, row.title))
        });
        open.take(1).next()
    }
}
