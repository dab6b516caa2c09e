//! From what was said to the sections that fit: a question or its refinement, the answer, and which one to open.
//! It never opens a section that nobody chose.

use super::commands::{Said, read};
use super::event::{Event, Recorder};
use super::ports::{Console, Question, Reply, World};
use super::refine::{self, Bears};
use super::thread::{Offered, Thread};
use super::view::{MatchRow, SAY_WHAT, View, because};
use super::{Session, Standing};
use crate::diagnosis::told;
use crate::query::{self, Kind, Query};
use crate::search::Match;
use crate::search::before::prefer_helped;
use crate::search::separate::{self, Separation};
use crate::text::shorten;

/// How many sections an answer names at first.
const FIRST: usize = 3;

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// Words, an error or a log: a question of its own, or something about the one before.
    pub(super) async fn problem(&mut self, text: &str) {
        if let Some(number) = self.picked(text) {
            return self.open_match(number).await;
        }
        let before = self.thread.question.as_deref().filter(|_| !self.thread.solved);
        match refine::refine(before, &self.thread.excluded, text) {
            Bears::On(refined) => {
                if !refined.excluded.is_empty() {
                    self.note(&format!("Leaving out: {}.", refined.excluded.join(", ")));
                }
                if refined.text.is_empty() {
                    self.note("Nothing is left of the question then. What is wrong?");
                    self.thread.excluded = refined.excluded;
                    return;
                }
                self.thread.question = Some(refined.text.clone());
                self.thread.excluded = refined.excluded;
                self.ask(query::understand(&refined.text)).await;
            }
            Bears::Alone(said) => {
                self.thread = Thread { question: Some(said.clone()), ..Thread::default() };
                self.ask(query::understand(&said)).await;
            }
        }
    }

    /// Keeps what a question proves by itself, for the section that is worked through.
    pub fn learns_from(&mut self, query: &Query) {
        self.thread.told = told(query);
    }

    /// The shown match that is meant by "the camera one".
    fn picked(&self, text: &str) -> Option<usize> {
        let word = refine::pick(text)?;
        let mut named = self.rows(0, self.thread.shown).into_iter().filter(|row| names(&row.title, &word));
        match (named.next(), named.next()) {
            (Some(one), None) => Some(one.number),
            _ => None,
        }
    }

    /// A question that is understood: answer with sections, and work through the one that is chosen.
    pub(super) async fn ask(&mut self, query: Query) {
        if self.thread.question.is_none() {
            self.thread.question = Some(query.raw.clone());
        }
        self.learns_from(&query);
        let labels = query::labels(&query.raw);
        for label in &labels {
            if !self.thread.labels.contains(label) {
                self.thread.labels.push(label.clone());
            }
        }
        if query.lines.is_empty() {
            self.standing = Standing::NoMatch;
            self.trouble(
                "nothing in that text can be read as a problem".into(),
                "say in a few words what does not work",
            );
            return;
        }
        if is_no_text(&query.raw) {
            self.standing = Standing::NoMatch;
            self.trouble(
                "that is no text: most of it cannot be read".into(),
                "a compressed log goes in by a pipe: zcat app.log.gz | unstuck",
            );
            return;
        }
        if let Some(told) = alert(&labels) {
            self.note(&told);
        } else if query.kind == Kind::Log && query.read > 3 {
            let heaviest = query.lines.iter().map(|l| l.weight).fold(0.0, f32::max);
            let telling = query.lines.iter().filter(|l| l.weight * 2.0 >= heaviest);
            let kept = telling.take(3).map(|l| (l.count, shorten(&l.text, 240))).collect();
            self.console.show(&View::Understood { read: query.read, kept });
        }
        if let Err(why) = self.library.indexed() {
            self.standing = Standing::Unreachable;
            return self.trouble(why.to_string(), "/runbooks and /open work all the same");
        }
        let mut answer = self.library.ask(&query, 10);
        self.look_around().await;
        self.known = self.known.asked(self.question());
        let led = self.known.weigh(&mut answer, self.library.sections(), &query);
        if let Some(view) = View::of_problems(self.library.sections(), &answer.problems) {
            self.console.show(&view);
        }
        let (kept, put_last): (Vec<Match>, Vec<Match>) =
            answer.matches.into_iter().partition(|m| !self.is_excluded(m.section));
        let (kept, helped) = if led { (kept, None) } else { self.by_what_helped(kept, &query, answer.problems.len()) };
        self.thread.helped = helped;
        self.thread.matches = kept.into_iter().chain(put_last).collect();
        self.thread.confidence = answer.confidence;
        self.thread.shown = 0;
        self.record(Event::Question {
            text: query.raw.clone(),
            kind: query.kind.name().into(),
            matches: self.thread.matches.iter().take(FIRST).filter_map(|m| self.matched(m)).collect(),
        });
        if !answer.confident || self.thread.matches.is_empty() {
            return self.no_match(&query, answer.vague).await;
        }
        self.standing = Standing::Fine;
        if led {
            self.tell_known(
                "These words name no part, so this system was looked at. Wrong here, what others need first",
            );
        }
        let asked = if led { None } else { self.tell_apart(&query) };
        self.show_matches_with(FIRST, asked.as_ref());
        self.choose(asked.is_some()).await;
    }

    /// Of close sections the one first that helped here for such a question, and when; not where a log holds several problems.
    fn by_what_helped(
        &self,
        matches: Vec<Match>,
        query: &Query,
        problems: usize,
    ) -> (Vec<Match>, Option<(usize, String)>) {
        match self.memory {
            Some(memory) if problems < 2 && separate::close(&matches, FIRST) > 1 => {
                prefer_helped(matches, self.library.sections(), query, &memory.helped())
            }
            _ => (matches, None),
        }
    }

    /// The question that tells close sections apart: asked once for a problem, and only where someone can answer.
    fn tell_apart(&mut self, query: &Query) -> Option<Separation> {
        if self.thread.told_apart || self.thread.helped.is_some() || !self.console.interactive() {
            return None;
        }
        let near = separate::close(&self.thread.matches, FIRST);
        let sections = self.library.sections();
        let close: Vec<_> = self.thread.matches.iter().take(near).filter_map(|m| sections.get(m.section)).collect();
        let found = separate::separate(&close, query)?;
        self.thread.told_apart = true;
        Some(found)
    }

    /// Says that no section fits, with the nearest; what is wrong here may be what was meant, so that is asked.
    async fn no_match(&mut self, query: &Query, vague: bool) {
        self.standing = Standing::NoMatch;
        // The nearest is not near: its strength beside the best says nothing here.
        let nearest: Vec<MatchRow> =
            self.rows(0, 2).into_iter().map(|row| MatchRow { strength: row.strength.min(1), ..row }).collect();
        self.thread.shown = nearest.len();
        self.thread.offered = Offered::Sections;
        let mut advice = match vague {
            true => SAY_WHAT.to_owned(),
            false => {
                "Add what you see (the exact error line), which part it is about, and what you did before.".to_owned()
            }
        };
        if looks_like_a_command(&query.raw) {
            advice.push_str(" Nothing typed here is run as a command: it was taken as a question.");
        }
        self.console.show(&View::NoMatch { nearest, advice });
        self.tell_known("No section fits those words, but this is wrong here");
        let led = self.known.led(self.library.sections());
        let Some(found) = led.into_iter().next() else { return };
        let Some(section) = self.library.sections().get(found.section) else { return };
        let (title, id) = (section.title.clone(), section.id.clone());
        if !self.console.interactive() {
            return self.note(&format!("About that: {title}. `/open {id}` works through it."));
        }
        let question = Question::new(format!("Work through {title}?"), "[Y/n]");
        match self.put(&question) {
            Reply::Text(said) => match said.trim().to_lowercase().trim_end_matches(['.', '!']) {
                "" | "y" | "yes" => {
                    self.thread.matches.retain(|m| m.section != found.section);
                    self.thread.matches.insert(0, found);
                    self.standing = Standing::Fine;
                    self.open_match(1).await;
                }
                "n" | "no" => {}
                _ => self.said = Some(said),
            },
            Reply::Pasted => self.note("That was a paste, not an answer."),
            Reply::Interrupted | Reply::Nobody => {}
        }
    }

    /// Asks which section to work through, where someone can answer.
    async fn choose(&mut self, told_apart: bool) {
        if !self.console.interactive() {
            self.note("Nobody can answer here, so nothing was checked. `unstuck diagnose` runs the checks of the first section, and changes nothing.");
            return;
        }
        loop {
            let shown = self.thread.shown;
            let others: String = (2..=shown).map(|n| format!("/{n}")).collect();
            let more = if self.thread.matches.len() > shown { "/more" } else { "" };
            let question = if told_apart {
                let keys = format!("[1{others}/n{more}, Enter: 1]");
                Question::new("Which is nearer to what you see?", keys)
            } else {
                Question::new("Work through 1?", format!("[Y/n{others}{more}]"))
            };
            let reply = match self.put(&question) {
                Reply::Text(text) => text,
                Reply::Pasted => {
                    self.note("That was a paste, not an answer. Enter takes 1; n goes back to the prompt.");
                    continue;
                }
                Reply::Interrupted | Reply::Nobody => return,
            };
            let word = reply.trim().to_lowercase();
            match word.trim_end_matches(['.', '!']) {
                "" | "y" | "yes" | "?" | "don't know" | "dont know" | "i don't know" | "no idea" | "not sure" => {
                    return self.open_match(1).await;
                }
                "n" | "no" => {
                    self.note("Say it in other words, add the error line, or pick a number.");
                    return;
                }
                "m" | "more" => self.more(),
                other => match self.meant(other) {
                    Some(n) => return self.open_match(n).await,
                    // A sentence or a command is no answer to this, but it is meant for the conversation.
                    None if word.contains(' ') || !matches!(read(&reply), Said::Problem(_) | Said::Number(_)) => {
                        self.said = Some(reply);
                        return;
                    }
                    None => self.trouble(
                        format!("`{}` is not one of the answers", shorten(other, 40)),
                        "Enter opens the first, a number that one, n none; or say more in a few words",
                    ),
                },
            }
        }
    }

    /// A number of those shown, or a word that names one of them.
    fn meant(&self, word: &str) -> Option<usize> {
        let shown = self.thread.shown;
        if let Ok(n) = word.parse::<usize>() {
            return Some(n).filter(|n| (1..=shown).contains(n));
        }
        self.picked(word).or_else(|| {
            let all = |title: &str| word.split_whitespace().all(|w| names(title, w.trim_matches('"')));
            let mut named = self.rows(0, shown).into_iter().filter(|row| all(&row.title));
            named.next().filter(|_| named.next().is_none()).map(|row| row.number)
        })
    }

    fn is_excluded(&self, index: usize) -> bool {
        let Some(section) = self.library.sections().get(index) else { return false };
        self.thread.excluded.iter().any(|word| names(&section.title, word))
    }

    fn matched(&self, found: &Match) -> Option<(String, String, f32)> {
        let section = self.library.sections().get(found.section)?;
        Some((section.id.clone(), section.title.clone(), found.score))
    }

    pub(super) fn rows(&self, from: usize, count: usize) -> Vec<MatchRow> {
        let best = self.thread.matches.iter().map(|m| m.score).fold(f32::EPSILON, f32::max);
        self.thread
            .matches
            .iter()
            .enumerate()
            .skip(from)
            .take(count)
            .filter_map(|(i, found)| {
                let section = self.library.sections().get(found.section)?;
                let mut row = MatchRow::new(i + 1, section, found, best, self.thread.confidence);
                if let Some((_, on)) = self.thread.helped.as_ref().filter(|(helped, _)| *helped == found.section) {
                    row.because.push_str(&format!("; its fix helped here on {on}"));
                }
                Some(row)
            })
            .collect()
    }

    pub(super) fn show_matches(&mut self, count: usize) {
        self.show_matches_with(count, None);
    }

    fn show_matches_with(&mut self, count: usize, apart: Option<&Separation>) {
        let mut rows = self.rows(self.thread.shown, count);
        // The sign says what would be seen; the symptom that was matched would say it a second time.
        let reasons: Vec<String> = self.thread.matches.iter().map(|m| because(&m.why, None)).collect();
        for choice in apart.iter().flat_map(|a| &a.choices) {
            if let Some(row) = rows.get_mut(choice.section) {
                row.sign = Some(choice.text.clone());
                row.because = reasons.get(choice.section).cloned().unwrap_or_default();
            }
        }
        let question = apart.map(|a| format!("The first {} fit about equally well.", a.choices.len()));
        self.thread.shown += rows.len();
        self.thread.offered = Offered::Sections;
        self.console.show(&View::Matches { rows, question });
    }

    pub(super) fn more(&mut self) {
        if self.thread.matches.len() > self.thread.shown {
            self.show_matches(FIRST);
        } else if self.thread.question.is_some() {
            self.note("There are no more sections for this question. /runbooks lists all.");
        } else {
            self.note("Say what is wrong first.");
        }
    }
}

/// A pasted alert as one line: its name, and what its labels say of its place.
fn alert(labels: &[query::Label]) -> Option<String> {
    let names: Vec<&str> = labels.iter().filter(|l| l.name == "alertname").map(|l| l.value.as_str()).collect();
    let name = names.first()?;
    let others = labels.iter().filter(|l| !matches!(l.name.as_str(), "alertname" | "severity" | "job" | "prometheus"));
    let told: Vec<String> = others.take(8).map(|l| format!("{} = {}", l.name, shorten(&l.value, 60))).collect();
    let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
    let place = if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) };
    Some(format!("Alert {}{more}{place}", shorten(name, 80)))
}

/// Whether most of a longer input is not letters at all, as of a picture or an archive.
fn is_no_text(raw: &str) -> bool {
    let (mut all, mut odd) = (0usize, 0usize);
    for c in raw.chars() {
        all += 1;
        odd += usize::from(c == '\u{fffd}' || c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{1b}'));
    }
    all > 60 && odd * 5 > all
}

/// Whether `word` is one of the words of a title.
fn names(title: &str, word: &str) -> bool {
    let bare = |w: &str| w.trim_end_matches('s').to_lowercase();
    title.split(|c: char| !c.is_alphanumeric()).any(|t| !t.is_empty() && bare(t) == bare(word))
}

/// Whether a line is what one types into a shell: a program's name and something that only a shell reads.
fn looks_like_a_command(text: &str) -> bool {
    const PROGRAMS: &[&str] = &[
        "sudo",
        "docker",
        "docker-compose",
        "kubectl",
        "systemctl",
        "journalctl",
        "redis-cli",
        "psql",
        "curl",
        "ls",
        "cd",
        "cat",
        "tail",
        "grep",
        "ps",
        "kill",
        "ping",
        "ssh",
        "df",
        "free",
        "top",
        "service",
        "ip",
        "ss",
        "netstat",
    ];
    const VERBS: &[&str] = &[
        "ps", "logs", "compose", "restart", "start", "stop", "get", "describe", "status", "exec", "up", "down", "run",
    ];
    let mut words = text.split_whitespace();
    let program = words.next().is_some_and(|w| PROGRAMS.contains(&w));
    let rest: Vec<&str> = words.collect();
    let shaped = |w: &&str| w.starts_with('-') || w.starts_with('/') || w.contains("://") || VERBS.contains(w);
    text.lines().count() == 1 && program && rest.len() <= 8 && (rest.is_empty() || rest.iter().any(shaped))
}
