//! `unstuck ask` and `unstuck eval`: matching alone, for people and for programs.
//! It never looks at the system.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::config::Config;
use super::exit::Exit;
use super::json::{Asked, Matched, ProblemShape};
use super::pipe;
use crate::query::{Query, understand};
use crate::runbook::Section;
use crate::search::Answer;
use crate::session::library::Library;
use crate::session::ports::Console;
use crate::session::view::{MatchRow, SAY_WHAT, View};
use crate::text::{Masker, shorten};

/// One question, answered for a person or as JSON.
///
/// # Errors
/// When nothing was asked.
pub fn one(config: &Config, library: &Library, words: &str, top: usize, json: bool) -> Result<Exit> {
    let query = question(words)?;
    let answer = library.ask(&query, top.clamp(1, 100));
    if json {
        crate::term::out(&format!("{}\n", line(library, None, &query.raw, &answer)?));
    } else {
        let mut terminal = super::terminal(config, Masker::default());
        let rows = rows(library, &answer);
        if let Some(view) = View::of_problems(library.sections(), &answer.problems) {
            terminal.show(&view);
        }
        terminal.show(&if answer.confident {
            View::Matches { rows, question: None }
        } else {
            View::NoMatch {
                nearest: rows,
                advice: if answer.vague {
                    SAY_WHAT
                } else {
                    "Add what you see (the exact error line) and which part it is about."
                }
                .into(),
            }
        });
    }
    Ok(if answer.confident { Exit::Done } else { Exit::NoMatch })
}

/// The question of the command line, or of the pipe.
///
/// # Errors
/// When there is neither.
pub fn question(words: &str) -> Result<Query> {
    if !words.trim().is_empty() {
        return Ok(understand(words));
    }
    pipe::question().filter(|q| !q.lines.is_empty()).context("no question was asked: give words, or a log from a pipe")
}

fn rows(library: &Library, answer: &Answer) -> Vec<MatchRow> {
    let best = answer.matches.first().map_or(1.0, |m| m.score.max(f32::EPSILON));
    answer
        .matches
        .iter()
        .enumerate()
        .filter_map(|(i, found)| {
            let section = library.sections().get(found.section)?;
            Some(MatchRow::new(i + 1, section, found, best, answer.confidence))
        })
        .collect()
}

fn line(library: &Library, id: Option<&str>, query: &str, answer: &Answer) -> Result<String> {
    let matches = answer.matches.iter().enumerate().filter_map(|(i, found)| {
        let section = library.sections().get(found.section)?;
        Some(Matched::new(i + 1, section, found))
    });
    let problems = answer.problems.iter().filter_map(|problem| {
        let section = library.sections().get(problem.found.section)?;
        let Section { id, title, path, line, .. } = section;
        Some(ProblemShape { id, title, path, line: *line, lines: &problem.lines })
    });
    let asked = Asked {
        id,
        query,
        confident: answer.confident,
        confidence: answer.confidence,
        matches: matches.collect(),
        problems: problems.collect(),
    };
    Ok(serde_json::to_string(&asked)?)
}

#[derive(Deserialize)]
struct Line {
    id: Option<String>,
    query: String,
}

/// A line of questions each, a line of answer each, in order.
///
/// # Errors
/// When the file cannot be read, or a line is not a question; what came before it is answered.
pub fn batch(library: &Library, file: &Path, top: usize) -> Result<Exit> {
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).with_context(|| format!("cannot read the questions `{}`", file.display()))?)
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    for (number, text) in BufReader::new(input).lines().enumerate() {
        let text = text.with_context(|| format!("cannot read line {} of the questions", number + 1))?;
        if text.trim().is_empty() {
            continue;
        }
        let asked: Line = serde_json::from_str(&text).with_context(|| {
            format!("line {} is not a question, such as {{\"id\": \"1\", \"query\": \"...\"}}", number + 1)
        })?;
        let answer = library.ask(&understand(&asked.query), top.clamp(1, 100));
        if writeln!(out, "{}", line(library, asked.id.as_deref(), &asked.query, &answer)?).is_err() {
            return Ok(Exit::Done);
        }
    }
    // A reader that has gone is no error.
    let _ = out.flush();
    Ok(Exit::Done)
}

#[derive(Deserialize)]
struct Judged {
    id: Option<String>,
    query: String,
    #[serde(default)]
    gold: Vec<Gold>,
}

#[derive(Deserialize)]
struct Gold {
    path: String,
    #[serde(default)]
    heading: Option<String>,
}

/// Recall at 1 and 3, MRR and none-AUC of a file of questions with their right answers.
///
/// # Errors
/// When a file cannot be read or written.
pub fn eval(library: &Library, queries: &Path, run: Option<&Path>, json: bool) -> Result<Exit> {
    let text = std::fs::read_to_string(queries)
        .with_context(|| format!("cannot read the questions `{}`", queries.display()))?;
    let mut answers = String::new();
    let (mut asked, mut first, mut third, mut reciprocal) = (0usize, 0usize, 0usize, 0f64);
    let (mut known, mut unknown): (Vec<f32>, Vec<f32>) = (Vec::new(), Vec::new());
    let mut misses = Vec::new();
    for (number, text) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let question: Judged = serde_json::from_str(text)
            .with_context(|| format!("line {} of `{}` is not a question", number + 1, queries.display()))?;
        let answer = library.ask(&understand(&question.query), 10);
        let results = answer
            .matches
            .iter()
            .enumerate()
            .filter_map(|(i, found)| Some(Matched::new(i + 1, library.sections().get(found.section)?, found)));
        let results: Vec<Matched<'_>> = results.collect();
        let shape = serde_json::json!({"id": question.id, "confidence": answer.confidence, "results": results});
        answers.push_str(&format!("{shape}\n"));
        if question.gold.is_empty() {
            unknown.push(answer.confidence);
            continue;
        }
        known.push(answer.confidence);
        asked += 1;
        let rank = answer.matches.iter().position(|found| {
            library.sections().get(found.section).is_some_and(|s| question.gold.iter().any(|g| is_gold(g, s)))
        });
        first += usize::from(rank == Some(0));
        third += usize::from(rank.is_some_and(|r| r < 3));
        reciprocal += rank.map_or(0.0, |r| 1.0 / (r + 1) as f64);
        if rank != Some(0) {
            misses.push((question.id.unwrap_or_default(), rank.map(|r| r + 1), shorten(&question.query, 90)));
        }
    }
    if let Some(path) = run {
        std::fs::write(path, answers).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let share = |n: usize| if asked == 0 { 0.0 } else { n as f64 / asked as f64 };
    let mrr = if asked == 0 { 0.0 } else { reciprocal / asked as f64 };
    let auc = auc(&known, &unknown);
    if json {
        let shape = serde_json::json!({
            "asked": asked, "recall_at_1": share(first), "recall_at_3": share(third), "mrr": mrr, "none_auc": auc,
            "misses": misses.iter().map(|(id, rank, query)| serde_json::json!({"id": id, "rank": rank, "query": query})).collect::<Vec<_>>(),
        });
        crate::term::out(&format!("{shape}\n"));
    } else {
        let auc = auc.map_or("no questions without an answer".to_owned(), |a| format!("{a:.3}"));
        let mut page = format!(
            "{asked} questions  R@1 {:.3}  R@3 {:.3}  MRR {mrr:.3}  none-AUC {auc}\n",
            share(first),
            share(third)
        );
        for (id, rank, query) in &misses {
            let rank = rank.map_or("-".to_owned(), |r| r.to_string());
            page.push_str(&format!("  rank {rank:>2}  {id}  {query}\n"));
        }
        crate::term::out(&crate::text::clean(&page));
    }
    Ok(Exit::Done)
}

/// A section is right when the gold names its file and its heading or one above it; a gold without heading names the file.
fn is_gold(gold: &Gold, section: &crate::runbook::Section) -> bool {
    let path = section.path == gold.path
        || section.path.ends_with(&format!("/{}", gold.path))
        || gold.path.ends_with(&format!("/{}", section.path));
    path && gold.heading.as_ref().is_none_or(|h| section.title == *h || section.heading_path.contains(h))
}

/// How often a question with an answer is surer than one without.
fn auc(known: &[f32], unknown: &[f32]) -> Option<f64> {
    if known.is_empty() || unknown.is_empty() {
        return None;
    }
    let wins: f64 = known
        .iter()
        .flat_map(|k| {
            unknown.iter().map(move |u| {
                if k > u {
                    1.0
                } else if k == u {
                    0.5
                } else {
                    0.0
                }
            })
        })
        .sum();
    Some(wins / (known.len() * unknown.len()) as f64)
}
