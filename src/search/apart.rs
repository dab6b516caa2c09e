//! Several problems in one log told apart: groups of lines that nothing ties together and that lead to other sections.
//! It never reads the log; it is given its lines, and asks for each.

use serde::Serialize;

use super::{Answer, Match, ties};
use crate::query::{Kind, Query, QueryLine};

/// One of the problems a log holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The section that fits its first line, with its reasons.
    pub found: Match,
    /// Its lines, heaviest first.
    pub lines: Vec<Trace>,
}

/// A line of a problem, or many alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    pub text: String,
    pub count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

/// How heavy a line must be, beside the heaviest, to be a problem of its own.
const HEAVY: f32 = 0.65;
/// How sure the answer for a group must be, for it to be another problem than the one before.
const SURE: f32 = 0.6;
/// How many of the sections that fit a group are compared.
pub(super) const NEAR: usize = 5;
/// How many problems are told apart, and how many lines of each are kept.
const PROBLEMS: usize = 6;
const LINES: usize = 5;

/// The problems a log holds, the heaviest first; empty where it is no log, or holds one. `ask` answers for some lines.
pub fn apart(query: &Query, ask: impl Fn(&Query) -> Answer) -> Vec<Problem> {
    let mut out: Vec<Problem> = Vec::new();
    if query.kind != Kind::Log {
        return out;
    }
    let heavy: Vec<&QueryLine> = query.lines.iter().chain(&query.more).filter(|l| l.weight >= HEAVY).collect();
    let groups = ties::groups(&heavy);
    if groups.len() < 2 {
        return out;
    }
    let mut near: Vec<Vec<usize>> = Vec::new();
    for group in groups {
        let answer = ask(&of_lines(&group));
        // A group that also speaks of a problem already met, or the other way round, is more of it.
        let here: Vec<usize> = answer.matches.iter().map(|m| m.section).collect();
        let met = out.iter().zip(&near).position(|(problem, near)| {
            here.contains(&problem.found.section) || here.first().is_some_and(|best| near.contains(best))
        });
        let sure = answer.confidence >= if out.is_empty() { super::ENOUGH } else { SURE };
        let traces = group.iter().map(|line| Trace::of(line));
        if let Some(problem) = met.and_then(|at| out.get_mut(at)) {
            let room = LINES.saturating_sub(problem.lines.len());
            problem.lines.extend(traces.take(room));
        } else if let Some(found) = answer.matches.into_iter().next().filter(|_| sure && out.len() < PROBLEMS) {
            near.push(here);
            out.push(Problem { found, lines: traces.take(LINES).collect() });
        }
    }
    out
}

/// Some lines of a log as a question of their own.
fn of_lines(lines: &[&QueryLine]) -> Query {
    let heaviest = lines.iter().map(|l| l.weight).fold(0.01, f32::max);
    let own: Vec<QueryLine> = lines.iter().map(|l| QueryLine { weight: l.weight / heaviest, ..(*l).clone() }).collect();
    let raw = own.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join("\n");
    let kind = if own.len() == 1 { Kind::Error } else { Kind::Log };
    Query { kind, raw, read: own.len(), lines: own, more: Vec::new() }
}

/// The matches of a whole log with the sections of its problems before those that only fit a little of everything.
pub fn in_order(mut matches: Vec<Match>, problems: &[Problem], top: usize) -> Vec<Match> {
    let mut place = 1;
    for problem in problems.iter().take(top) {
        match matches.iter().position(|m| m.section == problem.found.section) {
            Some(at) if at < place => {}
            Some(at) => {
                if let Some(moved) = matches.get_mut(place..=at) {
                    moved.rotate_right(1);
                    place += 1;
                }
            }
            None => {
                matches.insert(place.min(matches.len()), problem.found.clone());
                place += 1;
            }
        }
    }
    // Scores stay in order, so that none seems better than the one before it.
    let mut least = f32::INFINITY;
    for found in &mut matches {
        found.score = found.score.min(least);
        least = found.score;
    }
    matches.truncate(top);
    matches
}

impl Trace {
    fn of(line: &QueryLine) -> Trace {
        let QueryLine { text, count, source, first, last, .. } = line.clone();
        Trace { text, count, source, first, last }
    }
}
