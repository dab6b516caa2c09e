//! The conversation: a question to a section, its checks, their meaning, a confirmed fix, and the proof.
//! It never touches terminal, system, disk or clock: it speaks to the traits `Console`, `World` and `Recorder`.

pub mod approval;
mod checks;
pub use checks::Diagnosis;
pub mod commands;
pub mod event;
mod fixes;
pub mod library;
mod links;
pub mod ports;
mod proof;
mod refine;
pub mod settings;
mod steps;
mod thread;
mod values;
pub mod view;

use std::time::Duration;

use commands::{COMMANDS, Said};
use event::{Event, Recorder};
use library::Library;
use ports::{Console, Question, Reply, World};
use thread::{Offered, Thread, Work};
use view::{MatchRow, View, because};

use crate::query::{self, Kind, Query};
use crate::search::Match;
use crate::text::shorten;

/// How a session is to behave.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long one check may take.
    pub timeout: Duration,
    /// Run the literal commands instead of probes.
    pub shell: bool,
    /// Everything up to the change, and what would have been run.
    pub dry_run: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { timeout: Duration::from_secs(10), shell: false, dry_run: false }
    }
}

/// Where a session stands; its exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// Nothing was asked, a section was found, or what was wrong is well again.
    #[default]
    Fine,
    /// A problem was found and is still there.
    ProblemLeft,
    /// No section fitted.
    NoMatch,
    /// Nothing could be looked at.
    Unreachable,
}

/// Whether the conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Continue,
    Quit,
    /// The operator asks for something that the record answers.
    History,
    Report,
}

/// One conversation.
pub struct Session<'a, C, W, R> {
    pub console: &'a mut C,
    world: &'a W,
    recorder: &'a mut R,
    library: &'a Library,
    settings: Settings,
    thread: Thread,
    standing: Standing,
    record_failed: bool,
    worked: Worked<'a>,
}

/// The titles of fixes that helped in a section before, on this host.
pub type Worked<'a> = &'a dyn Fn(&str) -> Vec<String>;

impl<'a, C: Console, W: World, R: Recorder> Session<'a, C, W, R> {
    /// A session; `worked` gives the titles of fixes that helped in a section before.
    pub fn new(
        console: &'a mut C,
        world: &'a W,
        recorder: &'a mut R,
        library: &'a Library,
        settings: Settings,
        worked: Worked<'a>,
    ) -> Self {
        Session {
            console,
            world,
            recorder,
            library,
            settings,
            thread: Thread::default(),
            standing: Standing::default(),
            record_failed: false,
            worked,
        }
    }

    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What the prompt should name: the section that is open.
    pub fn place(&self) -> Option<&str> {
        let work = self.thread.work.as_ref()?;
        self.library.sections().get(work.section).map(|s| s.title.as_str())
    }

    /// The first line: what is known, and what can be reached.
    pub async fn greet(&mut self) {
        let survey = self.world.survey().await;
        self.console.show(&View::Banner {
            runbooks: self.library.shelves().len(),
            sections: self.library.sections().len(),
            survey,
        });
    }

    /// One input of the operator.
    pub async fn handle(&mut self, input: &str) -> Flow {
        self.world.forget_interrupt().await;
        match commands::read(input) {
            Said::Nothing => {
                self.note("Say what is wrong in your own words, or paste the error. /help shows what else.")
            }
            Said::Help => self.help(),
            Said::Runbooks(words) => self.runbooks(&words),
            Said::Open(name) => match self.library.find(&name) {
                Some(section) => self.open(section).await,
                None => self.trouble(format!("no section is called `{name}`"), "/runbooks lists them"),
            },
            Said::Number(n) => self.number(n).await,
            Said::Checks => match self.thread.work.as_ref().map(|w| w.section) {
                Some(section) => self.work_through(section).await,
                None => self.trouble("no section is open".into(), "say what is wrong, or /open a section"),
            },
            Said::Fix(number) => self.fix_command(number).await,
            Said::Why => self.why(),
            Said::See(which) => self.see(&which).await,
            Said::Back => match self.thread.trail.pop() {
                Some(section) => {
                    self.thread.work = None;
                    self.open_without_trail(section).await;
                }
                None => self.note("This is where it began."),
            },
            Said::More => self.more(),
            Said::Next => self.next().await,
            Said::History => return Flow::History,
            Said::Report(_) => return Flow::Report,
            Said::Quit => return Flow::Quit,
            Said::Unknown { word, nearest } => {
                let hint = nearest.map_or("/help lists the commands".to_owned(), |n| format!("did you mean /{n}?"));
                self.trouble(format!("`/{word}` is not a command"), &hint);
            }
            Said::Problem(text) => self.problem(&text).await,
        }
        Flow::Continue
    }

    /// A question in words, an error or a log that was already read.
    pub async fn problem(&mut self, text: &str) {
        let refined = match &self.thread.question {
            Some(before) => refine::refine(before, &self.thread.excluded, text),
            None => None,
        };
        match refined {
            Some(refined) => {
                if !refined.excluded.is_empty() {
                    self.note(&format!("Leaving out: {}.", refined.excluded.join(", ")));
                }
                self.thread.question = Some(refined.text.clone());
                self.thread.excluded = refined.excluded;
                self.ask(query::understand(&refined.text)).await;
            }
            None => {
                self.thread = Thread { question: Some(text.to_owned()), ..Thread::default() };
                self.ask(query::understand(text)).await;
            }
        }
    }

    /// A question that is understood: answer with sections, and work through the one that is chosen.
    pub async fn ask(&mut self, query: Query) {
        if self.thread.question.is_none() {
            self.thread.question = Some(query.raw.clone());
        }
        if query.lines.is_empty() {
            self.standing = Standing::NoMatch;
            self.trouble(
                "nothing in that text can be read as a problem".into(),
                "say in a few words what does not work",
            );
            return;
        }
        if query.kind == Kind::Log && query.read > 1 {
            let kept = query.lines.iter().take(3).map(|l| (l.count, shorten(&l.text, 140))).collect();
            self.console.show(&View::Understood { read: query.read, kept });
        }
        let answer = self.library.ask(&query, 10);
        let (kept, put_last): (Vec<Match>, Vec<Match>) =
            answer.matches.into_iter().partition(|m| !self.is_excluded(m.section));
        self.thread.matches = kept.into_iter().chain(put_last).collect();
        self.thread.shown = 0;
        self.record(Event::Question {
            text: query.raw.clone(),
            kind: format!("{:?}", query.kind).to_lowercase(),
            matches: self.thread.matches.iter().take(3).filter_map(|m| self.matched(m)).collect(),
        });
        if !answer.confident || self.thread.matches.is_empty() {
            self.no_match();
            return;
        }
        self.standing = Standing::Fine;
        self.show_matches(3);
        self.choose().await;
    }

    fn no_match(&mut self) {
        self.standing = Standing::NoMatch;
        // The nearest is not near: its strength beside the best says nothing here.
        let nearest: Vec<MatchRow> =
            self.rows(0, 2).into_iter().map(|row| MatchRow { strength: row.strength.min(1), ..row }).collect();
        self.thread.shown = nearest.len();
        self.thread.offered = Offered::Sections;
        self.console.show(&View::NoMatch {
            nearest,
            advice: "Add what you see (the exact error line), which part it is about, and what you did before.".into(),
        });
    }

    /// Asks which section to work through, where someone can answer.
    async fn choose(&mut self) {
        if !self.console.interactive() {
            return;
        }
        loop {
            let shown = self.thread.shown;
            let others: Vec<String> = (2..=shown).map(|n| n.to_string()).collect();
            let more = if self.thread.matches.len() > shown { "/more" } else { "" };
            let slash = if others.is_empty() { "" } else { "/" };
            let keys = format!("[Y/n{slash}{}{more}]", others.join("/"));
            let reply = match self.console.ask(&Question::new("Work through 1?", keys)) {
                Reply::Text(text) => text,
                Reply::Pasted => {
                    self.note("That was a paste, not an answer.");
                    continue;
                }
                Reply::Interrupted | Reply::Nobody => return,
            };
            let word = reply.trim().to_lowercase();
            match word.as_str() {
                "" | "y" | "yes" => return self.open_match(1).await,
                "n" | "no" => {
                    self.note("Say it in other words, add the error line, or pick a number.");
                    return;
                }
                "m" | "more" => self.more(),
                other => match other.parse::<usize>() {
                    Ok(n) if n >= 1 && n <= shown => return self.open_match(n).await,
                    _ => self.trouble(
                        format!("`{}` is not one of the answers", shorten(other, 40)),
                        "a number opens that section, Enter the first, n none",
                    ),
                },
            }
        }
    }

    async fn open_match(&mut self, number: usize) {
        match number.checked_sub(1).and_then(|i| self.thread.matches.get(i)).map(|m| m.section) {
            Some(section) => self.open(section).await,
            None => self.trouble(format!("there is no number {number}"), "/more shows more sections"),
        }
    }

    async fn number(&mut self, n: usize) {
        match self.thread.offered {
            Offered::Fixes => self.fix_command(Some(n)).await,
            Offered::Sections => self.open_match(n).await,
            Offered::Nothing => self.trouble(format!("there is nothing to choose {n} from"), "say what is wrong first"),
        }
    }

    async fn next(&mut self) {
        if self.thread.offered == Offered::Fixes {
            return self.fix_command(None).await;
        }
        let at = self.thread.work.as_ref().map(|w| w.section);
        let next = match at {
            Some(section) => self.thread.matches.iter().position(|m| m.section == section).map_or(0, |i| i + 1),
            None => 0,
        };
        self.open_match(next + 1).await;
    }

    /// Opens a section: shows what it is, and works through its checks.
    pub async fn open(&mut self, section: usize) {
        if let Some(work) = &self.thread.work
            && work.section != section
        {
            self.thread.trail.push(work.section);
        }
        self.open_without_trail(section).await;
    }

    async fn open_without_trail(&mut self, index: usize) {
        let Some(section) = self.library.sections().get(index) else { return };
        self.record(Event::SectionChosen {
            id: section.id.clone(),
            title: section.title.clone(),
            path: section.path.clone(),
            line: section.line,
            content_hash: self.library.hash_of(index).to_owned(),
        });
        self.thread.work = Some(Work { section: index, ..Work::default() });
        self.work_through(index).await;
    }

    fn is_excluded(&self, index: usize) -> bool {
        let Some(section) = self.library.sections().get(index) else { return false };
        let title = section.title.to_lowercase();
        self.thread.excluded.iter().any(|word| title.split(|c: char| !c.is_alphanumeric()).any(|t| t == word))
    }

    fn matched(&self, found: &Match) -> Option<(String, String, f32)> {
        let section = self.library.sections().get(found.section)?;
        Some((section.id.clone(), section.title.clone(), found.score))
    }

    fn rows(&self, from: usize, count: usize) -> Vec<MatchRow> {
        let best = self.thread.matches.first().map_or(1.0, |m| m.score.max(f32::EPSILON));
        self.thread
            .matches
            .iter()
            .enumerate()
            .skip(from)
            .take(count)
            .filter_map(|(i, found)| {
                let section = self.library.sections().get(found.section)?;
                Some(MatchRow::new(i + 1, section, found, best))
            })
            .collect()
    }

    fn show_matches(&mut self, count: usize) {
        let rows = self.rows(self.thread.shown, count);
        self.thread.shown += rows.len();
        self.thread.offered = Offered::Sections;
        self.console.show(&View::Matches { rows });
    }

    fn more(&mut self) {
        if self.thread.matches.len() > self.thread.shown {
            self.show_matches(3);
        } else if self.thread.question.is_some() {
            self.note("There are no more sections for this question. /runbooks lists all.");
        } else {
            self.note("Say what is wrong first.");
        }
    }

    fn help(&mut self) {
        let mut rows: Vec<(String, String)> = vec![
            ("words or an error".into(), "say what is wrong, or paste the error or the log".into()),
            ("a number".into(), "choose one of what was offered last".into()),
            ("no, redis is fine".into(), "a second sentence refines the first".into()),
            ("again, next, why".into(), "the checks again, the next section or fix, the reasons".into()),
        ];
        rows.extend(
            COMMANDS.iter().map(|c| (format!("/{} {}", c.name, c.arguments).trim().to_owned(), c.help.to_owned())),
        );
        self.console.show(&View::Table { title: "What you can say".into(), rows });
    }

    fn runbooks(&mut self, words: &str) {
        let wanted = words.to_lowercase();
        let rows: Vec<_> = self
            .library
            .shelves()
            .iter()
            .map(|shelf| {
                let sections = self.library.sections().iter().skip(shelf.first).take(shelf.count);
                let listed: Vec<(String, String)> = sections
                    .filter(|s| wanted.is_empty() || s.id.contains(&wanted) || s.title.to_lowercase().contains(&wanted))
                    .map(|s| (s.id.clone(), s.title.clone()))
                    .collect();
                (shelf.path.clone(), shelf.title.clone(), listed)
            })
            .filter(|(_, _, listed)| !listed.is_empty())
            .collect();
        if rows.is_empty() {
            self.trouble(format!("no section holds `{words}`"), "/runbooks lists all");
        } else {
            self.console.show(&View::Runbooks { rows });
        }
    }

    fn why(&mut self) {
        let Some(work) = &self.thread.work else {
            match self.thread.matches.first().map(because) {
                Some(reason) => self.note(&format!("The first section was found because of {reason}.")),
                None => self.note("Nothing has been answered yet."),
            }
            return;
        };
        let mut rows: Vec<(String, String)> = Vec::new();
        if let Some(found) = self.thread.matches.iter().find(|m| m.section == work.section) {
            rows.push(("found by".into(), because(found)));
            rows.extend(found.why.line.as_ref().map(|line| ("your line".into(), shorten(line, 160))));
            rows.extend(found.why.symptom.as_ref().map(|symptom| ("its symptom".into(), shorten(symptom, 160))));
        }
        for finding in &work.conclusion.findings {
            rows.push((finding.fact.name().to_owned(), finding.text.clone()));
        }
        for ranked in &work.ranked {
            let title = self.library.sections().get(work.section).and_then(|s| s.fixes.get(ranked.fix));
            rows.extend(title.map(|fix| (format!("fix: {}", fix.title), ranked.because.clone())));
        }
        let title = self.place().unwrap_or_default().to_owned();
        self.console.show(&View::Table { title: format!("Why {title}"), rows });
    }

    fn note(&mut self, text: &str) {
        self.console.show(&View::Note(text.to_owned()));
    }

    fn trouble(&mut self, what: String, hint: &str) {
        self.console.show(&View::Trouble { what, hint: Some(hint.to_owned()) });
    }

    /// Writes to the record; a record that cannot be written is said once and does not end the session.
    pub fn record(&mut self, event: Event) -> bool {
        match self.recorder.record(&event) {
            Ok(()) => true,
            Err(error) => {
                if !self.record_failed {
                    self.record_failed = true;
                    self.trouble(
                        format!("the record cannot be written: {error}"),
                        "the session goes on without it; you are asked again before a fix",
                    );
                }
                false
            }
        }
    }
}
