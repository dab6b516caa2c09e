//! What the conversation says about itself: help, lists, reasons, and where somebody stands who does not know on.
//! It never looks at the system.

use super::commands::COMMANDS;
use super::event::Recorder;
use super::ports::{Console, World};
use super::thread::Offered;
use super::view::{View, because};
use super::{Session, Standing};
use crate::search::Match;
use crate::text::shorten;

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    pub(super) fn help(&mut self) {
        let mut rows: Vec<(String, String)> = vec![
            (
                "words or an error".into(),
                "say what is wrong, or paste the error or the log; many lines are one input".into(),
            ),
            ("a number".into(), "choose one of what was offered last".into()),
            ("no, redis is fine".into(), "a second sentence refines the first; so does “also the log says ...”".into()),
            ("again, next, why".into(), "the checks again; the next fix or section; the reasons".into()),
        ];
        rows.extend(
            COMMANDS.iter().map(|c| (format!("/{} {}", c.name, c.arguments).trim().to_owned(), c.help.to_owned())),
        );
        self.console.show(&View::Table { title: "What you can say".into(), rows });
        self.note("Checks only look. Whatever changes something is shown first and asked for; Enter means no.");
    }

    pub(super) fn runbooks(&mut self, words: &str) {
        let wanted = words.to_lowercase();
        let mut list = Vec::new();
        let mut rows = Vec::new();
        for shelf in self.library.shelves() {
            let names =
                (shelf.first..shelf.first + shelf.count).filter_map(|i| Some((i, self.library.sections().name(i)?)));
            let fitting = names.filter(|(_, (id, title))| {
                wanted.is_empty() || id.contains(&wanted) || title.to_lowercase().contains(&wanted)
            });
            let mut listed = Vec::new();
            for (index, (id, title)) in fitting {
                list.push(index);
                listed.push((id.to_owned(), title.to_owned()));
            }
            if !listed.is_empty() {
                rows.push((shelf.path.clone(), shelf.title.clone(), listed));
            }
        }
        if rows.is_empty() {
            return self
                .trouble(format!("no section's name holds `{words}`"), "/runbooks lists all; or say what is wrong");
        }
        self.console.show(&View::Listed { rows });
        self.note("A number opens one.");
        self.thread.offered = Offered::Listed(list);
    }

    /// `/open`: by id, title or a part of one; several that fit become a list to choose from.
    pub(super) async fn open_named(&mut self, name: &str) {
        if name.is_empty() {
            return self
                .trouble("which section?".into(), "/open takes an id, a title or a part of one; /runbooks lists them");
        }
        match self.library.find(name) {
            Some(section) => self.open(section).await,
            None => self.runbooks(name),
        }
    }

    /// That a section comes first because its fix helped before.
    fn helped_before(&self, section: usize) -> Option<(String, String)> {
        let (_, on) = self.thread.helped.as_ref().filter(|(helped, _)| *helped == section)?;
        Some(("helped before".into(), format!("of those that fit about equally well, its fix helped here on {on}")))
    }

    pub(super) fn why(&mut self, number: Option<usize>) {
        if let Some(n) = number {
            let Some(found) = n.checked_sub(1).and_then(|i| self.thread.matches.get(i)).cloned() else {
                return self.trouble(format!("there is no section {n}"), "/more shows the sections that were found");
            };
            let title = self.library.sections().get(found.section).map(|s| s.title.clone()).unwrap_or_default();
            let mut rows = reasons(&found);
            rows.extend(self.helped_before(found.section));
            return self.console.show(&View::Table { title: format!("Why {title}"), rows });
        }
        let Some(work) = &self.thread.work else {
            return match self.thread.matches.first() {
                Some(_) => self.why(Some(1)),
                None => self.note("Nothing has been answered yet. Say what is wrong first."),
            };
        };
        let mut rows: Vec<(String, String)> = Vec::new();
        if let Some(found) = self.thread.matches.iter().find(|m| m.section == work.section) {
            rows.extend(reasons(found));
            rows.extend(self.helped_before(found.section));
        }
        for finding in &work.conclusion.findings {
            rows.push((finding.fact.name().to_owned(), finding.text.clone()));
        }
        for ranked in &work.ranked {
            let title = self.library.sections().get(work.section).and_then(|s| s.fixes.get(ranked.fix));
            rows.extend(title.map(|fix| (format!("fix: {}", fix.title), ranked.because.clone())));
        }
        if rows.is_empty() {
            rows.push(("opened by you".into(), "nothing was found yet that speaks for or against it".into()));
        }
        let title = self.place().unwrap_or_default().to_owned();
        self.console.show(&View::Table { title: format!("Why {title}"), rows });
    }

    /// A yes to nothing in particular: the next thing that was offered, which asks again before it changes anything.
    pub(super) async fn yes(&mut self) {
        match (&self.thread.offered, self.standing) {
            (Offered::Fixes, Standing::ProblemLeft) => self.next().await,
            (Offered::Sections, _) if self.thread.work.is_none() => self.open_match(1).await,
            _ => {
                self.note("Nothing waits for a yes here.");
                self.lost();
            }
        }
    }

    pub(super) fn no(&mut self) {
        match self.thread.offered {
            Offered::Nothing => self.note("Nothing was asked. Say what is wrong, or paste the error."),
            _ => self.note("All right. Say it in other words, or add a detail: “no, redis is fine”, “also the log says ...”. /more shows other sections."),
        }
    }

    pub(super) fn thanks(&mut self) {
        if self.thread.solved {
            self.note("Good. /report is the page to hand over; /quit leaves. Another problem? Just say it.");
        } else if self.standing == Standing::ProblemLeft {
            self.note("You are welcome. As far as the checks tell the problem is still there: `again` looks once more, /report is the page for the next person.");
        } else {
            self.note("You are welcome. /quit leaves.");
        }
    }

    /// Where the conversation stands and what can be said now.
    pub(super) fn lost(&mut self) {
        let place = self.place().map(str::to_owned);
        let (solved, problem) = (self.thread.solved, self.standing == Standing::ProblemLeft);
        let sentence = self.thread.work.as_ref().map(|w| w.conclusion.sentence.clone()).unwrap_or_default();
        match place {
            Some(title) if solved => {
                self.note(&format!("“{title}” is fixed, as its checks show. `again` looks once more, /report is the page to hand over. Another problem? Just say it."));
            }
            Some(title) if problem => {
                self.note(&format!("You are at “{title}”. {sentence}"));
                self.note("A number starts a fix; it is shown and asked for before anything happens. `again` runs the checks, `why` gives the reasons, /more other sections, /report the page for the next person.");
            }
            Some(title) => {
                self.note(&format!("You are at “{title}”. {sentence}"));
                self.note("Say what else you see, for example “also the log says ...”, or open another section: /more, /runbooks. `again` runs the checks.");
            }
            None if self.thread.offered == Offered::Sections => {
                self.note("A number opens one of the sections above and runs its checks; they only look. Not it? Add a detail: what you see, which part, since when.");
            }
            None => {
                self.note("Say what is wrong as you would tell a colleague, for example “the pages open but nothing new shows up since this morning”. Or paste the error, or a whole log.");
                self.note("Then the section of the runbooks that fits is looked up and checked. Nothing is changed without your yes. /runbooks shows what is known, /help what can be said.");
            }
        }
    }
}

fn reasons(found: &Match) -> Vec<(String, String)> {
    let mut rows = vec![("found by".to_owned(), because(&found.why, None))];
    rows.extend(found.why.line.as_ref().map(|line| ("your line".into(), shorten(line, 160))));
    rows.extend(found.why.symptom.as_ref().map(|symptom| ("its symptom".into(), symptom.clone())));
    rows
}
