//! What operators, programs and runbooks call the same thing: phrases of operations English that stand for one concept.
//! It never holds the words of one team's runbooks; those are annotations and site aliases.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::words::{self, Word};

/// The number of a concept; its line in the list.
pub(super) type Concept = u32;

/// What was found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Word(Word<'a>, &'a str),
    /// A phrase: what it stands for, of how many words it is, and where it stands in the text, in bytes.
    Concept {
        concept: Concept,
        words: usize,
        start: usize,
        end: usize,
    },
}

/// All phrases as a tree of stems.
#[derive(Default)]
struct Concepts {
    /// The number of each stem that occurs in a phrase, from 1.
    ids: FxHashMap<String, u32>,
    steps: FxHashMap<(u32, u32), u32>,
    ends: FxHashMap<u32, Vec<Concept>>,
    names: Vec<&'static str>,
    /// The numbers of [`ENTER`].
    with_particle: Vec<u32>,
}

/// Verbs of which `in` or `on` after them is a part: to log in is not to log.
const ENTER: [&str; 2] = ["log", "sign"];

fn is_particle(word: &str) -> bool {
    matches!(word, "in" | "on")
}

static CONCEPTS: LazyLock<Concepts> = LazyLock::new(|| {
    let mut all = Concepts::default();
    let mut reader = Reader::default();
    let mut nodes = 0;
    let lines = include_str!("concepts.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    for (number, line) in lines.enumerate() {
        let concept = number as Concept;
        let (name, phrases) = line.split_once(':').unwrap_or((line, ""));
        all.names.push(name);
        for phrase in phrases.split('|') {
            let mut stems: Vec<String> = Vec::new();
            words::scan(phrase, |word| {
                if let Some(stem) = reader.stem_in_phrase(&word, stems.last().map(String::as_str))
                    && !(stem == words::NOT && stems.last().is_some_and(|s| s == words::NOT))
                {
                    stems.push(stem.to_owned());
                }
            });
            if stems.is_empty() || stems == [words::NOT] {
                continue;
            }
            let mut node = 0;
            for stem in stems {
                let next = all.ids.len() as u32 + 1;
                let id = *all.ids.entry(stem).or_insert(next);
                node = *all.steps.entry((node, id)).or_insert_with(|| {
                    nodes += 1;
                    nodes
                });
            }
            let ends = all.ends.entry(node).or_default();
            if !ends.contains(&concept) {
                ends.push(concept);
            }
        }
    }
    all.with_particle = ENTER.iter().filter_map(|verb| all.ids.get(*verb).copied()).collect();
    all
});

/// What the stem of a single word stands for.
pub(super) fn of_stem(stem: &str) -> &'static [Concept] {
    let all = &*CONCEPTS;
    let node = all.ids.get(stem).and_then(|id| all.steps.get(&(0, *id)));
    node.and_then(|n| all.ends.get(n)).map_or(&[], Vec::as_slice)
}

/// The name of a concept.
pub(super) fn name(concept: Concept) -> &'static str {
    CONCEPTS.names.get(concept as usize).copied().unwrap_or("")
}

/// The stems of phrases that begin with a letter, for words that were mistyped.
pub(super) fn vocabulary() -> impl Iterator<Item = &'static str> {
    CONCEPTS.ids.keys().map(String::as_str)
}

/// What a word is to a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    #[default]
    Plain,
    Not,
    Glue,
}

#[derive(Debug, Clone, Default)]
struct Known {
    stem: Box<str>,
    part: Part,
    /// Its number among the phrases' stems; 0 where it is in none.
    id: u32,
}

/// Reads texts for words and concepts; it remembers the stems of words it has met.
#[derive(Debug, Clone, Default)]
pub(super) struct Reader {
    known: FxHashMap<Box<str>, Known>,
    line: Vec<(u32, usize, usize)>,
    nothing: Known,
}

/// So many different words are remembered.
const REMEMBERED: usize = 100_000;

impl Reader {
    /// Calls `each` with every word and every concept of `text`; a phrase does not go past its line.
    pub(super) fn read(&mut self, text: &str, mut each: impl FnMut(Found<'_>)) {
        let all = &*CONCEPTS;
        let not = all.ids.get(words::NOT).copied().unwrap_or(0);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let mut stream = std::mem::take(&mut self.line);
            stream.clear();
            words::scan(line, |word| {
                let known = self.look(&word, |stem| all.ids.get(stem).copied().unwrap_or(0));
                let word = Word { start: word.start + at, end: word.end + at, ..word };
                each(Found::Word(word, &known.stem));
                if word.whole {
                    if let Some(node) = all.steps.get(&(0, known.id)) {
                        for concept in all.ends.get(node).into_iter().flatten() {
                            each(Found::Concept { concept: *concept, words: 1, start: word.start, end: word.end });
                        }
                    }
                    return;
                }
                match known.part {
                    Part::Glue
                        if stream.last().is_some_and(|(id, ..)| all.with_particle.contains(id))
                            && is_particle(word.lower) =>
                    {
                        stream.push((all.ids.get(word.lower).copied().unwrap_or(0), word.start, word.end));
                    }
                    Part::Glue => {}
                    Part::Not if stream.last().is_some_and(|(id, ..)| *id == not) => {}
                    Part::Not => stream.push((not, word.start, word.end)),
                    Part::Plain => stream.push((known.id, word.start, word.end)),
                }
            });
            for (i, (first, start, _)) in stream.iter().enumerate() {
                if *first == 0 {
                    continue;
                }
                let mut node = 0;
                for (n, (id, _, end)) in stream.iter().skip(i).enumerate() {
                    match all.steps.get(&(node, *id)) {
                        Some(next) => node = *next,
                        None => break,
                    }
                    for concept in all.ends.get(&node).into_iter().flatten() {
                        each(Found::Concept { concept: *concept, words: n + 1, start: *start, end: *end });
                    }
                }
            }
            self.line = stream;
            at += line.len();
        }
    }

    fn look(&mut self, word: &Word<'_>, id: impl Fn(&str) -> u32) -> &Known {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        if !self.known.contains_key(word.lower) {
            let stem = words::stem(word.lower);
            let part = match () {
                () if words::is_not(word.lower) => Part::Not,
                () if words::is_glue(word.lower) => Part::Glue,
                () => Part::Plain,
            };
            let known = Known { id: id(&stem), stem: stem.into(), part };
            self.known.insert(word.lower.into(), known);
        }
        self.known.get(word.lower).unwrap_or(&self.nothing)
    }

    /// The stem by which a word counts in a phrase; `None` where it does not.
    fn stem_in_phrase(&mut self, word: &Word<'_>, before: Option<&str>) -> Option<&str> {
        if word.whole {
            return None;
        }
        let entering = is_particle(word.lower) && before.is_some_and(|b| ENTER.contains(&b));
        let known = self.look(word, |_| 0);
        match known.part {
            Part::Glue => entering.then_some(&*known.stem),
            Part::Not => Some(words::NOT),
            Part::Plain => Some(&known.stem),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts(text: &str) -> Vec<Concept> {
        let mut out = Vec::new();
        Reader::default().read(text, |found| {
            if let Found::Concept { concept, .. } = found {
                out.push(concept);
            }
        });
        out
    }

    fn share(one: &str, other: &str) -> bool {
        let other = concepts(other);
        concepts(one).iter().any(|c| other.contains(c))
    }

    #[test]
    fn what_means_the_same_shares_a_concept() {
        for (one, other) in [
            ("it won't start", "the service fails to start"),
            ("exited with code 137", "the container was OOMKilled"),
            ("connect ECONNREFUSED", "Error: connection refused"),
            ("no space left on device", "the disk is full"),
            ("SQLSTATE 53300", "too many connections"),
            ("photos are not being processed", "files were never processed"),
            ("name or service not known", "DNS failure"),
        ] {
            assert!(share(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn a_phrase_does_not_go_past_its_line_and_no_alone_means_nothing() {
        assert!(!share("the disk\nfull of energy", "no space left on device"));
        assert!(concepts("not").is_empty());
    }

    #[test]
    fn every_concept_has_a_name_and_phrases() {
        let mut names = std::collections::HashSet::new();
        for line in include_str!("concepts.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let (name, phrases) = line.split_once(':').unwrap();
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{name}");
            assert!(names.insert(name), "{name} twice");
            assert!(phrases.split('|').all(|p| !p.trim().is_empty()), "{name}");
        }
    }
}
