//! What a question asks an index for: its words, what they stand for, and how much each should count.
//! It never looks anything up.

use rustc_hash::FxHashMap;

use super::Aliases;
use super::concepts::{self, Found, Reader};
use super::part::concept_term;
use super::plain;
use super::weights;
use super::words;
use crate::query::{Kind, Query};

/// One term to look up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub term: String,
    pub weight: f32,
    /// The operator's own word, not what it stands for.
    pub own: bool,
    pub concept: Option<concepts::Concept>,
    /// The operator's words it comes from.
    pub shown: String,
    /// The line of the question it comes from.
    pub line: usize,
}

/// Terms of which a section counts only the best: a word and what it stands for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Group {
    pub terms: Vec<Term>,
    /// Whether it is a word of operations or of everyday English.
    pub known: bool,
    /// Whether it names something, and does not only complain.
    pub subject: bool,
}

/// All that a question asks for, each term once, with its highest weight.
pub(super) fn wanted(query: &Query, aliases: &Aliases) -> Vec<Group> {
    let mut collect = Collect::default();
    let concept = if query.kind == Kind::Log { weights::IN_LOG } else { 1.0 };
    for (nth, line) in query.lines.iter().enumerate() {
        collect.text(&line.text, line.weight, concept, nth);
        if let Some(source) = &line.source {
            words::scan(source, |word| collect.word(word.lower, word.lower, line.weight * weights::SOURCE, 0.0, nth));
        }
        let lower = line.text.to_lowercase();
        for (said, meant) in aliases {
            if !said.is_empty() && lower.contains(&said.to_lowercase()) {
                collect.text(meant, line.weight * weights::ALIAS, concept, nth);
            }
        }
    }
    collect.groups
}

/// A concept that several words stand for, and where they are.
struct Phrase {
    concept: concepts::Concept,
    weight: f32,
    start: usize,
    end: usize,
}

/// The lines of a text, each with where it begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |at, line| {
        let begin = *at;
        *at += line.len();
        Some((begin, line))
    })
}

#[derive(Default)]
struct Collect {
    groups: Vec<Group>,
    places: FxHashMap<String, (usize, usize)>,
    reader: Reader,
}

impl Collect {
    fn text(&mut self, text: &str, weight: f32, concept: f32, line: usize) {
        let mut reader = std::mem::take(&mut self.reader);
        let mut phrases: Vec<Phrase> = Vec::new();
        reader.read(text, |found| match found {
            Found::Word(word, _) if words::is_stop(word.lower) || words::is_no(word.lower) => {}
            Found::Word(word, _) => {
                let shown = text.get(word.start..word.end).unwrap_or(word.lower);
                self.word(word.lower, shown, weight, concept, line);
            }
            Found::Concept { words: 1, .. } => {}
            Found::Concept { concept: of, start, end, .. } => {
                phrases.push(Phrase { concept: of, weight: weight * concept * weights::OF_PHRASE, start, end });
            }
        });
        self.reader = reader;
        if concept >= 1.0 {
            for (at, part) in lines(text) {
                for plain::Said { concept: of, start, end } in plain::said(part) {
                    if !phrases.iter().any(|p| p.concept == of) {
                        let weight = weight * concept * weights::OF_PLAIN;
                        phrases.push(Phrase { concept: of, weight, start: at + start, end: at + end });
                    }
                }
            }
        }
        // Phrases made of the same words say one thing: of those a section counts the best.
        phrases.sort_by_key(|p| (p.start, p.end));
        let mut reached = 0;
        for Phrase { concept: of, weight, start, end } in phrases {
            if start >= reached {
                self.groups.push(Group { known: true, ..Group::default() });
            }
            reached = reached.max(end);
            let shown = text.get(start..end).unwrap_or("").to_owned();
            self.add(Term { term: concept_term(of), weight, own: false, concept: Some(of), shown, line });
        }
    }

    fn word(&mut self, lower: &str, shown: &str, weight: f32, concept: f32, line: usize) {
        let stem = words::stem(lower);
        let digits = lower.bytes().all(|b| b.is_ascii_digit());
        let everyday = words::is_everyday(&stem);
        let telling = match () {
            () if digits && lower.len() < 3 => weights::NUMBER,
            () if everyday => weights::EVERYDAY,
            () => 1.0,
        };
        let of = concepts::of_stem(&stem);
        let subject = !everyday && !digits && !words::is_complaint(&stem);
        self.groups.push(Group { known: !of.is_empty() || digits || everyday, subject, ..Group::default() });
        let shown = shown.to_owned();
        self.add(Term { term: stem, weight: weight * telling, own: true, concept: None, shown: shown.clone(), line });
        if concept > 0.0 {
            for one in of {
                let weight = weight * concept * weights::OF_WORD;
                let term = concept_term(*one);
                self.add(Term { term, weight, own: false, concept: Some(*one), shown: shown.clone(), line });
            }
        }
    }

    /// Adds a term to the last group, or raises it where it is already wanted.
    fn add(&mut self, term: Term) {
        match self.places.get(&term.term) {
            Some((group, place)) => {
                let known = self.groups.get_mut(*group).and_then(|g| g.terms.get_mut(*place));
                if let Some(known) = known.filter(|k| k.weight < term.weight) {
                    known.weight = term.weight;
                }
            }
            None => {
                let group = self.groups.len().saturating_sub(1);
                if let Some(last) = self.groups.last_mut() {
                    self.places.insert(term.term.clone(), (group, last.terms.len()));
                    last.terms.push(term);
                }
            }
        }
    }
}
