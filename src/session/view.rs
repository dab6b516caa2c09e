//! Everything that can be shown, as data: the conversation fills it, a console draws it.
//! It never holds a colour or a width.

use super::ports::{Survey, Target};
use crate::command::{Effect, Verdict};
use crate::diagnosis::{Fit, Outcome, Status};
use crate::runbook::{Section, Sections};
use crate::search::{Match, Problem, Trace, Why};
use crate::text::shorten;

/// One thing to show.
#[derive(Debug, Clone, PartialEq)]
pub enum View {
    /// The first line of a session.
    Banner { runbooks: usize, sections: usize, survey: Survey },
    /// What the first look saw, where it came after the first line.
    Survey(Survey),
    /// What a log was understood as, before the answer.
    Understood { read: usize, kept: Vec<(usize, String)> },
    /// Sections that may fit, best first.
    /// `question` stands where close sections are told apart by what would be seen.
    Matches { rows: Vec<MatchRow>, question: Option<String> },
    /// Nothing fits well enough.
    NoMatch { nearest: Vec<MatchRow>, advice: String },
    /// A section is being worked through.
    Section { title: String, place: String, about: String, reads: usize, asks: usize, by_hand: usize },
    /// The results of checks, in their order.
    Outcomes { rows: Vec<OutcomeRow> },
    /// What was found points at another section; `stays` where this one has a fix for it.
    Lead { found: String, title: String, place: String, stays: bool },
    /// Before and after a fix, a line a check.
    Again { rows: Vec<AgainRow> },
    /// What the outcomes mean.
    Conclusion { sentence: String, well: bool },
    /// The fixes in their order.
    /// Unless `all`, those that what was found speaks against are named on one line.
    Fixes { rows: Vec<FixRow>, by_finding: bool, all: bool },
    /// A fix has been chosen.
    Fix { number: usize, title: String, explanation: String, steps: String },
    /// One step of a fix is about to come.
    Step { number: usize, of: usize, title: String },
    /// A change, exactly as it would be made.
    Change {
        text: String,
        /// What it does, in plain words.
        does: String,
        verdict: Verdict,
        targets: Vec<Target>,
        values: Vec<String>,
        undo: Option<String>,
        then: String,
    },
    /// An edit of the env file.
    Edit { file: String, diff: String, reaches: Vec<(String, Vec<String>)>, then: Option<String>, backup: bool },
    /// Something to do by hand.
    ByHand { text: String, language: Option<String> },
    /// A command ended.
    Ran { well: bool, summary: String, output: String },
    /// The end of a fix.
    Verified { well: bool, sentence: String, warning: Option<String> },
    /// What a session would have run under `--dry-run`.
    WouldRun { text: String },
    /// The list of runbooks.
    Runbooks { rows: Vec<ShelfRow> },
    /// The same, its sections numbered through to choose from.
    Listed { rows: Vec<ShelfRow> },
    /// A table of names and explanations, such as the help.
    Table { title: String, rows: Vec<(String, String)> },
    /// One sentence from the program itself.
    Note(String),
    /// Something is not as it should be, and what to do about it.
    Trouble { what: String, hint: Option<String> },
    /// A page of text, such as a report.
    Page(String),
}

/// A runbook's path and title, and its sections by id and title.
pub type ShelfRow = (String, String, Vec<(String, String)>);

/// A section that may fit.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchRow {
    pub number: usize,
    pub title: String,
    /// `connection.md:61`.
    pub place: String,
    /// 0 to 4.
    pub strength: u8,
    pub because: String,
    /// What tells it from the sections close to it.
    pub sign: Option<String>,
}

/// A fix in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct FixRow {
    pub number: usize,
    pub title: String,
    pub effect: Option<Effect>,
    pub what: String,
    pub fit: Fit,
    pub because: String,
}

/// A check before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct AgainRow {
    pub title: String,
    pub before: Option<Status>,
    pub after: Status,
    pub was: String,
    pub is: String,
}

/// One check's result.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeRow {
    pub status: Status,
    pub title: String,
    pub summary: String,
    pub evidence: Option<String>,
    pub command: String,
}

impl View {
    /// The problems of a log with their lines; `None` where it holds fewer than two.
    pub fn of_problems(sections: &Sections, problems: &[Problem]) -> Option<View> {
        let mut rows = Vec::new();
        for problem in problems {
            let Some(section) = sections.get(problem.found.section) else { continue };
            for (nth, line) in problem.lines.iter().take(3).enumerate() {
                let place = if nth == 0 { section.title.clone() } else { String::new() };
                rows.push((place, told(line)));
            }
        }
        (problems.len() > 1).then(|| View::Table { title: format!("{} problems in this log", problems.len()), rows })
    }

    /// The view of outcomes.
    pub fn outcomes(outcomes: &[Outcome]) -> View {
        let rows = outcomes.iter().map(|outcome| OutcomeRow {
            status: outcome.status,
            title: outcome.check.clone(),
            summary: outcome.summary.clone(),
            evidence: outcome.evidence.clone(),
            command: outcome.command.clone(),
        });
        View::Outcomes { rows: rows.collect() }
    }
}

/// A line of a log with how often and when it came.
fn told(line: &Trace) -> String {
    let times = if line.count > 1 { format!("{} × ", line.count) } else { String::new() };
    let when = match (&line.first, &line.last) {
        (Some(first), Some(last)) if first != last => format!(" ({first} to {last})"),
        (Some(at), _) | (None, Some(at)) => format!(" ({at})"),
        (None, None) => String::new(),
    };
    format!("{times}{}{when}", shorten(&line.text, 160))
}

impl MatchRow {
    /// The row of a match; `best` is the highest score of its answer, `confidence` how sure that is.
    pub fn new(number: usize, section: &Section, found: &Match, best: f32, confidence: f32) -> MatchRow {
        MatchRow {
            number,
            title: section.title.clone(),
            place: format!("{}:{}", section.path, section.line),
            strength: strength(found.score / best.max(f32::EPSILON), confidence),
            because: because(&found.why, found.why.symptom.as_deref()),
            sign: None,
        }
    }
}

/// What to say to a complaint that names nothing.
pub const SAY_WHAT: &str = "That says that something is wrong, and not yet what: name the page, program or machine, and what you see \
     there (the exact error line).";

/// 1 to 4 dots: how sure the answer is, less for a section that is far behind the best.
fn strength(share: f32, confidence: f32) -> u8 {
    let sure: u8 = match confidence {
        c if c >= 0.7 => 4,
        c if c >= 0.5 => 3,
        c if c >= 0.3 => 2,
        _ => 1,
    };
    let behind = match share {
        s if s >= 0.85 => 0,
        s if s >= 0.6 => 1,
        s if s >= 0.4 => 2,
        _ => 3,
    };
    sure.saturating_sub(behind).max(1)
}

/// Why a section was found, in a few words: the operator's words, what they mean there, and the symptom they are like.
pub fn because(why: &Why, symptom: Option<&str>) -> String {
    let meant = why.meant.iter().take(2).map(|m| format!("“{}” (here “{}”)", m.said, m.here));
    let words: Vec<String> = why.terms.iter().take(4).map(|t| format!("“{t}”")).chain(meant).collect();
    let words = words.join(", ");
    let nothing = why.quoted.is_none() && symptom.is_none() && words.is_empty();
    let said = match (&why.quoted, symptom) {
        (Some(quoted), _) => format!("word for word “{}”", shorten(quoted, 90)),
        (None, Some(symptom)) if words.is_empty() => format!("“{}”", shorten(symptom, 90)),
        (None, Some(symptom)) => format!("{words} ≈ “{}”", shorten(symptom, 90)),
        (None, None) if words.is_empty() => "its text".into(),
        (None, None) => words,
    };
    match &why.seen {
        // What of the system moved it is never left out.
        Some(seen) if nothing => seen.clone(),
        Some(seen) => format!("{said}; {seen}"),
        None => said,
    }
}
