//! What a question asks an index for: its words, what they stand for, and how much each should count.
//! It never looks anything up.

use rustc_hash::FxHashMap;

use super::Aliases;
use super::concepts::{self, Found, Reader};
use super::glossary;
use super::part::concept_term;
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
    /// Whether it is only a part of what the operator's words stand for: a word of a name of several.
    pub part: bool,
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
    let mut collect = Collect { plain: query.kind == Kind::Words, ..Collect::default() };
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

/// What several words stand for, and where they are.
struct Phrase {
    means: Vec<Meaning>,
    shown: String,
    start: usize,
    end: usize,
}

/// A term that words stand for.
struct Meaning {
    term: String,
    weight: f32,
    concept: Option<concepts::Concept>,
    /// Whether it is a word of a name of several.
    part: bool,
}

impl Phrase {
    fn of(concept: concepts::Concept, weight: f32, text: &str, start: usize, end: usize) -> Phrase {
        let shown = text.get(start..end).unwrap_or("").to_owned();
        let means = vec![Meaning { term: concept_term(concept), weight, concept: Some(concept), part: false }];
        Phrase { means, shown, start, end }
    }

    /// The term that words of a line describe; the line begins at `at`.
    fn described(of: &glossary::Described, weight: f32, line: &str, at: usize) -> Option<Phrase> {
        let means = of.names.iter().map(|(stem, share)| Meaning {
            term: stem.clone(),
            weight: weight * of.strength * share,
            concept: None,
            part: *share < 1.0,
        });
        let (first, last) = (of.words.first()?, of.words.last()?);
        Some(Phrase { means: means.collect(), shown: words_at(line, &of.words), start: at + first.0, end: at + last.1 })
    }
}

/// The words of a text that stand at `places`, with dots between those that are apart.
fn words_at(text: &str, places: &[(usize, usize)]) -> String {
    let mut out = String::new();
    let mut last: Option<usize> = None;
    for (start, end) in places {
        let between = last.and_then(|l| text.get(l..*start));
        match between {
            Some(between) if between.trim().is_empty() => out.push(' '),
            Some(_) => out.push_str(" … "),
            None => {}
        }
        out.push_str(text.get(*start..*end).unwrap_or(""));
        last = Some(*end);
    }
    out
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
    /// Whether it is plain words.
    plain: bool,
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
                phrases.push(Phrase::of(of, weight * concept * weights::OF_PHRASE, text, start, end));
            }
        });
        self.reader = reader;
        self.phrases(phrases, line);
        if self.plain {
            let described = lines(text).flat_map(|(at, part)| {
                let found = glossary::described(part).into_iter();
                found.filter_map(move |f| Phrase::described(&f, weight * weights::OF_DESCRIPTION, part, at))
            });
            self.phrases(described.collect(), line);
        }
    }

    /// Adds what several words stand for. Phrases made of the same words say one thing: of those a section counts the best.
    fn phrases(&mut self, mut phrases: Vec<Phrase>, line: usize) {
        phrases.sort_by_key(|p| (p.start, p.end));
        let mut reached = 0;
        for Phrase { means, shown, start, end } in phrases {
            if start >= reached {
                self.groups.push(Group { known: true, ..Group::default() });
            }
            reached = reached.max(end);
            for Meaning { term, weight, concept, part } in means {
                self.add(Term { term, weight, own: false, concept, part, shown: shown.clone(), line });
            }
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
        self.add(Term {
            term: stem,
            weight: weight * telling,
            own: true,
            concept: None,
            part: false,
            shown: shown.clone(),
            line,
        });
        if concept > 0.0 {
            for one in of {
                let weight = weight * concept * weights::OF_WORD;
                let term = concept_term(*one);
                self.add(Term {
                    term,
                    weight,
                    own: false,
                    concept: Some(*one),
                    part: false,
                    shown: shown.clone(),
                    line,
                });
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
