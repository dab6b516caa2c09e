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
/// How sure the answer for a group must be, for it to be another problem than those before: one that says what it is
/// about, and one that does not.
const CLEARLY: f32 = 0.45;
const SURE: f32 = 0.8;
/// How many of the sections that fit a group are compared.
pub(super) const COMPARED: usize = 5;
/// How near to the best a section is, as a share of its score, for both to stand for the same problem; for two groups
/// that are about different things, and for others.
const VERY_NEAR: f32 = 0.95;
const NEAR: f32 = 0.5;
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
    // What follows from a group comes after it.
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|at| groups.get(*at).is_some_and(|g| g.follows.is_some()));
    let mut told: Vec<Option<usize>> = vec![None; groups.len()];
    let mut fits: Vec<(bool, Vec<Match>)> = Vec::new();
    let mut firsts: Vec<usize> = Vec::new();
    for at in order {
        let Some(group) = groups.get(at) else { continue };
        let leader = group.follows.and_then(|of| Some((groups.get(of)?, told.get(of).copied().flatten()?)));
        let answer = match leader {
            Some((leader, _)) if !group.is_foreign_to(leader) => Answer::default(),
            _ => ask(&of_lines(&group.lines)),
        };
        let enough = match group.clear {
            _ if out.is_empty() => super::ENOUGH,
            true => CLEARLY,
            false => SURE,
        };
        let sure = answer.confidence >= enough;
        // A group that also speaks of a problem already met, or the other way round, is more of it.
        let met = fits.iter().position(|(clear, theirs)| alike(&answer.matches, theirs, *clear && group.clear));
        let met = met.or(leader.map(|(_, problem)| problem).filter(|_| !sure));
        let traces = group.lines.iter().map(|line| Trace::of(line));
        let new = answer.matches.first().filter(|_| met.is_none() && sure && out.len() < PROBLEMS).cloned();
        let problem = met.or(new.is_some().then_some(out.len()));
        if let Some(found) = new {
            out.push(Problem { found, lines: Vec::new() });
            fits.push((group.clear, answer.matches));
            firsts.push(at);
        }
        if let Some(lines) = problem.and_then(|at| out.get_mut(at)).map(|p| &mut p.lines) {
            lines.extend(traces.take(LINES.saturating_sub(lines.len())));
        }
        told.get_mut(at).into_iter().for_each(|told| *told = problem);
    }
    // The heaviest first.
    let mut in_order: Vec<(usize, Problem)> = firsts.into_iter().zip(out).collect();
    in_order.sort_by_key(|(first, _)| *first);
    in_order.into_iter().map(|(_, problem)| problem).collect()
}

/// Whether two groups lead to the same section, or one's comes close for the other; where both say what they are about
/// (`clear`), very close.
fn alike(one: &[Match], other: &[Match], clear: bool) -> bool {
    let (Some(best), Some(theirs)) = (one.first(), other.first()) else { return false };
    let share = if clear { VERY_NEAR } else { NEAR };
    let near = |best: &Match, among: &[Match]| {
        let top = among.first().map_or(0.0, |m| m.score);
        among.iter().any(|m| m.section == best.section && m.score >= share * top)
    };
    near(best, other) || near(theirs, one)
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
