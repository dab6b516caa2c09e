//! What helped before as a tie-break: of sections that fit alike, the one whose fix helped for a question like this comes first.
//! It never lifts a section that is not close to the best, and never changes a score.

use std::collections::HashSet;

use super::Match;
use super::separate::{close, prefer};
use super::weights;
use super::words::{is_everyday, is_stop, split, stem};
use crate::query::{Kind, Query, understand};
use crate::runbook::Sections;

/// A fix of a section that was seen to help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helped {
    /// The section's id.
    pub section: String,
    /// What had been asked.
    pub question: String,
    /// When, as the operator reads it: `12 March`.
    pub on: String,
}

/// Of so many of the first matches it may choose.
const CHOICE: usize = 3;

/// The matches with the close one first that helped for a question like this, and when that was; `helped` is oldest first.
pub fn prefer_helped(
    matches: Vec<Match>,
    sections: &Sections,
    query: &Query,
    helped: &[Helped],
) -> (Vec<Match>, Option<(usize, String)>) {
    let near = close(&matches, CHOICE);
    let asked = main_words(query);
    if near < 2 || query.kind == Kind::Log || asked.is_empty() {
        return (matches, None);
    }
    let alike: Vec<&Helped> =
        helped.iter().filter(|h| are_alike(&asked, &main_words(&understand(&h.question)))).collect();
    let best = matches.iter().take(near).enumerate().filter_map(|(place, found)| {
        let (id, _) = sections.name(found.section)?;
        let times = alike.iter().enumerate().filter(|(_, h)| h.section == id);
        let (newest, last) = times.clone().next_back()?;
        // Most often first, then the newest, then the better fit.
        Some(((times.count(), newest, near - place), found.section, last.on.clone()))
    });
    match best.max_by_key(|(worth, ..)| *worth) {
        Some((_, section, on)) => (prefer(matches, section), Some((section, on))),
        None => (matches, None),
    }
}

/// The stems of a question that say what it is about.
fn main_words(query: &Query) -> HashSet<String> {
    let words = query.lines.iter().flat_map(|line| split(&line.text));
    let stems = words.filter(|w| !is_stop(w) && !w.bytes().all(|b| b.is_ascii_digit())).map(|w| stem(&w));
    stems.filter(|s| !is_everyday(s)).collect()
}

fn are_alike(one: &HashSet<String>, other: &HashSet<String>) -> bool {
    let shared = one.intersection(other).count() as f32;
    shared > 0.0 && shared >= weights::ALIKE * one.len().max(other.len()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::Section;
    use crate::search::Why;

    fn sections() -> Sections {
        let section = |id: &str| Section { id: id.into(), ..Section::default() };
        vec![section("cache"), section("queue"), section("disk"), section("far")].into()
    }

    fn matches() -> Vec<Match> {
        let found = |(section, score)| Match { section, score, why: Why::default() };
        [(0, 5.0), (1, 4.9), (2, 4.6), (3, 2.0)].map(found).into()
    }

    fn helped(section: &str, question: &str, on: &str) -> Helped {
        Helped { section: section.into(), question: question.into(), on: on.into() }
    }

    fn first(said: &str, before: &[Helped]) -> (usize, Option<String>) {
        let (ranked, when) = prefer_helped(matches(), &sections(), &understand(said), before);
        (ranked[0].section, when.map(|(_, on)| on))
    }

    #[test]
    fn what_helped_for_a_question_like_this_comes_first_among_the_close() {
        let before = [helped("queue", "redis errors in the dashboard", "12 March")];
        assert_eq!(first("dashboard: redis errors!", &before), (1, Some("12 March".into())));
        assert_eq!(first("the camera uploads nothing", &before), (0, None), "that was another question");
        assert_eq!(first("redis", &before), (0, None), "one word of three is too little");
        assert_eq!(first("redis errors", &[helped("far", "redis errors", "1 May")]), (0, None), "it is not close");
        assert_eq!(first("redis errors", &[helped("gone", "redis errors", "1 May")]), (0, None));
        assert_eq!(first("it is the", &[helped("queue", "it is the", "1 May")]), (0, None), "no word says anything");
    }

    #[test]
    fn what_helped_more_often_and_later_wins() {
        let often = [
            helped("queue", "redis errors", "1 May"),
            helped("disk", "redis errors", "2 May"),
            helped("queue", "errors of redis", "3 May"),
        ];
        assert_eq!(first("redis errors", &often), (1, Some("3 May".into())));
        assert_eq!(first("redis errors", &often[..2]), (2, Some("2 May".into())));
        let (ranked, _) = prefer_helped(matches(), &sections(), &understand("redis errors"), &often);
        let order: Vec<(usize, f32)> = ranked.iter().map(|m| (m.section, m.score)).collect();
        assert_eq!(order, [(1, 4.9), (0, 5.0), (2, 4.6), (3, 2.0)], "no score changes");
    }
}
