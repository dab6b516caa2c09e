//! The one question that tells close sections apart best, made from what their authors say an operator sees.
//! It never asks, and never invents a symptom: each choice is a sentence of its section.

use std::collections::HashSet;

use super::Match;
use super::weights;
use super::words::{is_everyday, is_stop, split, stem};
use crate::query::Query;
use crate::runbook::Section;

/// A question whose answer decides between sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Separation {
    pub question: String,
    /// One for each section, in the order the sections were given. "Neither" and "I do not know" are the asker's.
    pub choices: Vec<Choice>,
}

/// One possible answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What would be seen, in the runbook's words, on one line.
    pub text: String,
    /// The section it speaks for: its place in the slice given to [`separate`].
    pub section: usize,
}

/// How many words make a sentence that can be recognised.
const SENTENCE: usize = 4;
/// What a word counts that the question has already said, one with digits, and one of everyday English.
const ASKED: f32 = 0.3;
const CODE: f32 = 0.4;
const EVERYDAY: f32 = 0.5;

/// How many of the first matches are too close to call: 1 where the first stands alone, at most `most`.
pub fn close(matches: &[Match], most: usize) -> usize {
    let Some(best) = matches.first() else { return 0 };
    matches.iter().take(most).take_while(|m| m.score >= best.score * weights::CLOSE).count()
}

/// The question that tells `sections` apart after `query`; `None` where nothing they say differs.
pub fn separate(sections: &[&Section], query: &Query) -> Option<Separation> {
    if sections.len() < 2 {
        return None;
    }
    let asked: HashSet<String> = query.lines.iter().flat_map(|l| stems(&l.text)).collect();
    let all: Vec<HashSet<String>> = sections.iter().map(|s| everything(s)).collect();
    let mut choices = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        let others: Vec<&HashSet<String>> = all.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, s)| s).collect();
        let best = signs(section)
            .into_iter()
            .enumerate()
            .map(|(nth, text)| (telling(&text, &others, &asked) - 0.01 * nth as f32, text))
            .max_by(|a, b| a.0.total_cmp(&b.0))?;
        if best.0 <= 0.0 {
            return None;
        }
        choices.push(Choice { text: best.1, section: at });
    }
    let distinct: HashSet<String> = choices.iter().map(|c| c.text.to_lowercase()).collect();
    (distinct.len() == choices.len())
        .then(|| Separation { question: "Which of these is nearer to what you see?".into(), choices })
}

/// The matches with the chosen section first; scores stay, the others keep their order.
pub fn prefer(mut matches: Vec<Match>, section: usize) -> Vec<Match> {
    if let Some(at) = matches.iter().position(|m| m.section == section)
        && let Some(part) = matches.get_mut(..=at)
    {
        part.rotate_right(1);
    }
    matches
}

/// What an operator could see of a section, the best told first: its symptoms; without any, its aliases, and without
/// those the beginning of what it says.
fn signs(section: &Section) -> Vec<String> {
    let sentence = |text: &String| text.split_whitespace().count() >= SENTENCE;
    let mut out: Vec<String> = section.symptoms.iter().map(|s| one_line(&s.text)).filter(|t| !t.is_empty()).collect();
    if !out.iter().any(sentence) {
        out.extend(section.aliases.iter().map(|a| one_line(a)).filter(sentence));
    }
    if out.is_empty() {
        out.extend(section.prose.split_inclusive(['.', '\n']).map(one_line).filter(|t| t.len() > 12).take(3));
    }
    if out.is_empty() {
        out.push(one_line(&section.title));
    }
    out
}

fn one_line(text: &str) -> String {
    crate::text::shorten(text.trim().trim_end_matches('.'), 110)
}

fn everything(section: &Section) -> HashSet<String> {
    let mut out: HashSet<String> = stems(&section.title).collect();
    section.symptoms.iter().for_each(|s| out.extend(stems(&s.text)));
    section.aliases.iter().for_each(|a| out.extend(stems(a)));
    out.extend(stems(&section.prose));
    out
}

fn stems(text: &str) -> impl Iterator<Item = String> {
    split(text).into_iter().filter(|w| !is_stop(w)).map(|w| stem(&w)).collect::<Vec<_>>().into_iter()
}

/// How much a sentence tells its section from the others, to someone who looks at the screen: words the others lack and
/// the question has not said, beside its length. Codes and addresses tell less than words, a single word less than a sentence.
fn telling(text: &str, others: &[&HashSet<String>], asked: &HashSet<String>) -> f32 {
    let words: HashSet<String> = stems(text).collect();
    let own = words.iter().filter(|w| !others.iter().any(|o| o.contains(*w)));
    let worth: f32 = own
        .map(|w| match () {
            () if asked.contains(w) => ASKED,
            () if w.bytes().any(|b| b.is_ascii_digit()) => CODE,
            () if is_everyday(w) => EVERYDAY,
            () => 1.0,
        })
        .sum();
    let short = text.split_whitespace().count().min(SENTENCE) as f32 / SENTENCE as f32;
    short * worth / (words.len() as f32 + 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::understand;
    use crate::runbook::Symptom;
    use crate::search::Why;

    fn section(title: &str, symptoms: &[&str]) -> Section {
        let symptoms = symptoms.iter().map(|s| Symptom { text: (*s).into(), line: 1 }).collect();
        Section { title: title.into(), symptoms, ..Section::default() }
    }

    #[test]
    fn the_question_is_made_of_what_differs() {
        let cache = section("Cache down", &["Pages are slow", "Every page says `session lost`"]);
        let database = section("Database down", &["Pages are slow", "Reports stay empty"]);
        let found = separate(&[&cache, &database], &understand("pages are slow")).unwrap();
        assert_eq!(found.choices[0].text, "Every page says `session lost`");
        assert_eq!(found.choices[1].text, "Reports stay empty");
        assert_eq!(found.choices[1].section, 1);
    }

    #[test]
    fn a_sentence_is_a_better_sign_than_a_bare_word_or_a_code() {
        let mut one = section("Belt", &["E4711 belt", "the belt moves but parcels stay where they are"]);
        one.aliases = vec!["beltstall".into()];
        let other = section("Gate", &["gate", "the gate opens only half"]);
        let found = separate(&[&one, &other], &understand("nothing comes out")).unwrap();
        assert_eq!(found.choices[0].text, "the belt moves but parcels stay where they are");
        assert_eq!(found.choices[1].text, "the gate opens only half");
    }

    #[test]
    fn sections_that_say_the_same_cannot_be_told_apart() {
        let one = section("Down", &["Nothing answers"]);
        assert_eq!(separate(&[&one, &one.clone()], &understand("nothing answers")), None);
        assert_eq!(separate(&[&one], &understand("nothing answers")), None);
    }

    #[test]
    fn an_answer_moves_its_section_to_the_front() {
        let found = |section, score| Match { section, score, why: Why::default() };
        let ranked = vec![found(4, 3.0), found(2, 2.9), found(7, 1.0)];
        assert_eq!(close(&ranked, 3), 2);
        let order: Vec<usize> = prefer(ranked, 2).iter().map(|m| m.section).collect();
        assert_eq!(order, [2, 4, 7]);
    }
}
