//! A glossary read backwards: the term of the field that a question describes without knowing it.
//! It reads questions only, never runbooks, and knows no term that is not in the list.

use std::ops::Range;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{weights, words};

/// A term that a line describes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Described {
    /// The stems of its names, each with how much of the term it stands for, 0 to 1.
    pub names: &'static [(String, f32)],
    /// How well it is described, 0 to 2; 1 is middling.
    pub strength: f32,
    /// The words that describe it, in bytes, in their order.
    pub words: Vec<(usize, usize)>,
}

/// So many words make a line that describes; in shorter ones the operator knows the word.
const SENTENCE: usize = 5;
/// Of so many words one at least is small (`the`, `is`, `we`) where a person speaks; what programs write has fewer.
const SPEECH: usize = 4;
/// So many words of one description must be said.
const FEWEST: usize = 2;
/// BM25's k1 and b for the words of a term's descriptions, and where their sum saturates.
const REPEATED: f32 = 2.0;
const LENGTH: f32 = 0.5;
const SATURATION: f32 = 20.0;
/// What a word of a name must stand for of it to be looked for.
const TELLING: f32 = 0.5;
/// So many terms a line describes at most, by so many of its words.
const MOST: usize = 8;
const READ: usize = 64;

/// Every term, with descriptions of it; words are numbers.
#[derive(Default)]
struct Glossary {
    stems: FxHashMap<String, u32>,
    /// How much each word tells, and the terms it describes, each with what it adds to what is said of them.
    weight: Vec<f32>,
    describes: Vec<Vec<(u32, f32)>>,
    terms: Vec<Term>,
    /// The words of every description, one after the other.
    words: Vec<u32>,
    /// Where each description ends in `words`.
    ends: Vec<u32>,
}

struct Term {
    /// Its names, as stems with what each stands for.
    names: Vec<(String, f32)>,
    /// Its descriptions.
    described: Range<usize>,
}

static GLOSSARY: LazyLock<Glossary> = LazyLock::new(|| {
    let parts = [
        include_str!("glossary/cluster.txt"),
        include_str!("glossary/network.txt"),
        include_str!("glossary/operations.txt"),
        include_str!("glossary/stores.txt"),
    ];
    Glossary::read(&parts)
});

/// Reads the list, so that the first question need not.
pub(super) fn make_ready() {
    LazyLock::force(&GLOSSARY);
}

/// The stem by which a word counts in a description; `None` where it does not.
fn stem(lower: &str) -> Option<String> {
    match () {
        () if words::is_not(lower) => Some(words::NOT.to_owned()),
        () if words::is_stop(lower) || words::is_glue(lower) => None,
        () => Some(words::stem(lower)),
    }
}

/// Whether a stem is in the names of anything.
fn is_dull(stem: &str) -> bool {
    stem == words::NOT || words::is_everyday(stem) || words::is_complaint(stem)
}

impl Glossary {
    fn read(parts: &[&'static str]) -> Glossary {
        let mut words = Words::default();
        let mut named: Vec<Vec<Vec<u32>>> = Vec::new();
        let mut out = Glossary::default();
        for line in parts.iter().flat_map(|p| p.lines()).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let at = out.ends.len();
            let phrases = match line.split_once(':') {
                Some((terms, phrases)) => {
                    let names = terms.split(',').map(|name| words.of(name).to_vec());
                    named.push(names.filter(|n| !n.is_empty()).collect());
                    out.terms.push(Term { names: Vec::new(), described: at..at });
                    phrases
                }
                // It goes on about the term before it.
                None => line,
            };
            for phrase in phrases.split('|') {
                let own = words.of(phrase);
                if own.len() >= FEWEST {
                    out.words.extend(own);
                    out.ends.push(out.words.len() as u32);
                }
            }
            if let Some(term) = out.terms.last_mut() {
                term.described.end = out.ends.len();
            }
        }
        let stems = words.in_order();
        let telling = |word: usize| if stems.get(word).is_some_and(|s| is_dull(s)) { weights::EVERYDAY } else { 1.0 };
        out.weigh(words.stems.len(), telling);
        let in_names = spread(words.stems.len(), named.iter().map(|names| names.iter().flatten().copied()));
        let one = rarity(named.len(), 1);
        let share = |word: u32| in_names.get(word as usize).map_or(1.0, |terms| rarity(named.len(), *terms) / one);
        for (term, names) in out.terms.iter_mut().zip(&named) {
            term.names = stand_for(names, &stems, share);
        }
        out.stems = words.stems;
        out
    }

    /// How much each word tells, and how much of each term: BM25 over terms, with their descriptions as text.
    fn weigh(&mut self, words: usize, telling: impl Fn(usize) -> f32) {
        let in_terms = spread(words, self.terms.iter().map(|t| self.all(&t.described).iter().copied()));
        let total = self.terms.len();
        self.weight = in_terms.iter().zip(0..).map(|(terms, word)| telling(word) * rarity(total, *terms)).collect();
        let mean = self.ends.len() as f32 / self.terms.len().max(1) as f32;
        let mut describes: Vec<Vec<(u32, f32)>> = vec![Vec::new(); words];
        for (term, number) in self.terms.iter().zip(0..) {
            for word in self.all(&term.described) {
                let Some(terms) = describes.get_mut(*word as usize) else { continue };
                match terms.last_mut().filter(|(last, _)| *last == number) {
                    Some((_, count)) => *count += 1.0,
                    None => terms.push((number, 1.0)),
                }
            }
        }
        for (terms, weight) in describes.iter_mut().zip(&self.weight) {
            for (term, count) in terms {
                let length = self.terms.get(*term as usize).map_or(1.0, |t| t.described.len() as f32 / mean);
                let often = *count / (*count + REPEATED * (1.0 - LENGTH + LENGTH * length));
                *count = weight * often * (REPEATED + 1.0);
            }
        }
        self.describes = describes;
    }

    /// The words of some descriptions together.
    fn all(&self, described: &Range<usize>) -> &[u32] {
        let end = |number: Option<usize>| number.and_then(|n| self.ends.get(n)).map_or(0, |end| *end as usize);
        self.words.get(end(described.start.checked_sub(1))..end(described.end.checked_sub(1))).unwrap_or_default()
    }

    /// Of the description that is said best, the share by weight, and which of `said` its words are, a bit each.
    fn best(&self, described: &Range<usize>, said: &[(u32, usize, usize)]) -> Option<(f32, u64)> {
        let one = |number: usize| {
            let (mut whole, mut sum, mut by) = (0.0, 0.0, 0u64);
            for word in self.all(&(number..number + 1)) {
                let weight = self.weight.get(*word as usize).copied().unwrap_or(0.0);
                whole += weight;
                if let Some(nth) = said.iter().position(|s| s.0 == *word) {
                    (sum, by) = (sum + weight, by | 1 << nth);
                }
            }
            (by.count_ones() as usize >= FEWEST).then_some((sum / whole, by))
        };
        described.clone().filter_map(one).max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
    }
}

/// How rare what so many of so many hold is.
fn rarity(total: usize, held: u32) -> f32 {
    (1.0 + total as f32 / held.max(1) as f32).ln()
}

/// In how many of the lists each word is.
fn spread(words: usize, lists: impl Iterator<Item = impl Iterator<Item = u32>>) -> Vec<u32> {
    let mut counts = vec![(usize::MAX, 0); words];
    for (list, at) in lists.zip(0..) {
        for word in list {
            if let Some((last, count)) = counts.get_mut(word as usize).filter(|(last, _)| *last != at) {
                (*last, *count) = (at, *count + 1);
            }
        }
    }
    counts.into_iter().map(|(_, count)| count).collect()
}

/// The stems of a term's names with how much of it each stands for: of a name of several words each as far as few names
/// hold it.
fn stand_for(names: &[Vec<u32>], stems: &[&str], share: impl Fn(u32) -> f32) -> Vec<(String, f32)> {
    let mut out: Vec<(String, f32)> = Vec::new();
    for name in names {
        for word in name {
            let Some(stem) = stems.get(*word as usize).filter(|s| !is_dull(s)) else { continue };
            let share = if name.len() == 1 { 1.0 } else { share(*word) };
            if share < TELLING {
                continue;
            }
            match out.iter_mut().find(|(known, _)| known == stem) {
                Some((_, known)) => *known = known.max(share),
                None => out.push(((*stem).to_owned(), share)),
            }
        }
    }
    out
}

/// Numbers the words of the list while it is read.
#[derive(Default)]
struct Words {
    /// The number of each word that was met; of those that do not count none.
    met: FxHashMap<&'static str, Option<u32>>,
    stems: FxHashMap<String, u32>,
    of: Vec<u32>,
}

impl Words {
    /// The words of a phrase that count, each once.
    fn of(&mut self, phrase: &'static str) -> &[u32] {
        self.of.clear();
        for word in phrase.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
            let stems = &mut self.stems;
            let number = *self.met.entry(word).or_insert_with(|| {
                let next = stems.len() as u32;
                stem(word).map(|stem| *stems.entry(stem).or_insert(next))
            });
            if let Some(number) = number.filter(|n| !self.of.contains(n)) {
                self.of.push(number);
            }
        }
        &self.of
    }

    fn in_order(&self) -> Vec<&str> {
        let mut out = vec![""; self.stems.len()];
        for (stem, number) in &self.stems {
            out.get_mut(*number as usize).into_iter().for_each(|place| *place = stem);
        }
        out
    }
}

/// The terms that a line describes, best first.
pub(super) fn described(line: &str) -> Vec<Described> {
    let glossary = &*GLOSSARY;
    let mut said: Vec<(u32, usize, usize)> = Vec::new();
    let (mut all, mut small) = (0, 0);
    words::scan(line, |word| {
        all += usize::from(!word.whole);
        small += usize::from(words::is_stop(word.lower) || words::is_glue(word.lower));
        let number = stem(word.lower).filter(|_| !word.whole).and_then(|s| glossary.stems.get(&s).copied());
        if let Some(number) = number.filter(|n| said.len() < READ && !said.iter().any(|s| s.0 == *n)) {
            said.push((number, word.start, word.end));
        }
    });
    if all < SENTENCE || small * SPEECH < all {
        return Vec::new();
    }
    let mut sums = vec![0.0f32; glossary.terms.len()];
    for (term, part) in said.iter().filter_map(|(number, ..)| glossary.describes.get(*number as usize)).flatten() {
        sums.get_mut(*term as usize).into_iter().for_each(|sum| *sum += part);
    }
    let most = |sum: f32| 2.0 * sum / (sum + SATURATION);
    let mut terms: Vec<(f32, usize)> = sums.into_iter().zip(0..).filter(|(sum, _)| *sum > 0.0).collect();
    terms.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut best: Vec<(f32, usize, u64)> = Vec::new();
    for (sum, number) in terms {
        // None of those that follow can be better.
        if best.len() == MOST && best.last().is_some_and(|(least, ..)| *least >= most(sum)) {
            break;
        }
        let Some(term) = glossary.terms.get(number) else { continue };
        let Some((share, by)) = glossary.best(&term.described, &said) else { continue };
        best.push((most(sum) * share.sqrt(), number, by));
        best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        best.truncate(MOST);
    }
    let found = best.into_iter().filter_map(|(strength, number, by)| {
        let words = said.iter().enumerate().filter(|(nth, _)| by >> nth & 1 == 1).map(|(_, s)| (s.1, s.2)).collect();
        Some(Described { names: &glossary.terms.get(number)?.names, strength, words })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describes(line: &str, name: &str) -> bool {
        let stem = words::stem(name);
        described(line).iter().any(|d| d.names.iter().any(|(n, share)| *n == stem && *share > 0.5))
    }

    #[test]
    fn what_is_described_is_known_by_its_name() {
        assert!(describes("which program hands out addresses to machines", "dhcp"));
        assert!(describes("we asked for five copies but only three are up", "replicas"));
        assert!(!describes("which program is it that I should look at", "dhcp"));
        assert!(described("hands out addresses").is_empty(), "who says little knows the word");
    }

    #[test]
    fn one_word_describes_nothing_and_any_line_can_be_read() {
        let long = "the second copy of the database is far behind ".repeat(40);
        for line in ["", "not", "the database of the database of a database", "’’’’’’’’’’", "not not not not not not"]
        {
            assert!(described(line).is_empty(), "{line}");
        }
        assert!(described(&long).len() <= MOST);
    }

    #[test]
    fn every_line_says_what_it_describes_and_no_term_has_two_entries() {
        let mut terms = std::collections::HashSet::new();
        for (file, text) in [
            ("cluster", include_str!("glossary/cluster.txt")),
            ("network", include_str!("glossary/network.txt")),
            ("operations", include_str!("glossary/operations.txt")),
            ("stores", include_str!("glossary/stores.txt")),
        ] {
            for (at, line) in text.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
                let wrong = format!("{file}.txt:{}: {line}", at + 1);
                assert!(line.is_ascii() && !line.contains("||"), "{wrong}");
                let phrases = match line.split_once(':') {
                    Some((names, phrases)) => {
                        assert!(!line.starts_with(' '), "{wrong}");
                        let first = names.split(',').next().unwrap_or_default().trim();
                        assert!(!first.is_empty() && terms.insert(first.to_owned()), "{wrong}");
                        phrases
                    }
                    None => {
                        assert!(line.starts_with(' '), "{wrong}");
                        line
                    }
                };
                assert!(phrases.split('|').all(|p| !p.trim().is_empty()), "{wrong}");
            }
        }
    }
}
