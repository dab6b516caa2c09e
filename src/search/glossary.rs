//! A glossary read backwards: the term of the field that a question describes without knowing it.
//! It reads questions only, never runbooks, and knows no term that is not in the list.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::words;

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

/// So many words of one description must be said.
const FEWEST: u32 = 2;
/// BM25's k1 and b for the words of a term's descriptions, and where their sum saturates.
const REPEATED: f32 = 2.0;
const LENGTH: f32 = 0.5;
const SATURATION: f32 = 10.0;
/// So many terms a line describes at most, by so many of its words.
const MOST: usize = 8;
const READ: usize = 64;

/// Every term, with descriptions of it; words are numbers.
#[derive(Default)]
struct Glossary {
    stems: FxHashMap<String, u32>,
    /// The names of each term, as stems with their weights.
    names: Vec<Vec<(String, f32)>>,
    /// Of each term how many descriptions it has beside the mean, as BM25 counts length.
    length: Vec<f32>,
    /// Of each description its term and the weight of its words; those of one term stand together.
    descriptions: Vec<(u32, f32)>,
    /// For each word how much it tells, and the descriptions that hold it.
    weight: Vec<f32>,
    held: Vec<Vec<u32>>,
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

/// The stem that stands for every way to say no.
const NOT: &str = "not";

/// The stem by which a word counts in a description; `None` where it does not.
fn stem(lower: &str) -> Option<String> {
    match () {
        () if words::is_not(lower) => Some(NOT.to_owned()),
        () if words::is_stop(lower) || words::is_glue(lower) => None,
        () => Some(words::stem(lower)),
    }
}

/// Whether a stem is in the names of anything.
fn is_dull(stem: &str) -> bool {
    stem == NOT || words::is_everyday(stem) || words::is_complaint(stem)
}

impl Glossary {
    fn read(parts: &[&'static str]) -> Glossary {
        let mut words = Words::default();
        let mut names: Vec<Vec<Vec<u32>>> = Vec::new();
        let mut described: Vec<(u32, Vec<u32>)> = Vec::new();
        for line in parts.iter().flat_map(|p| p.lines()).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let phrases = match line.split_once(':') {
                Some((terms, phrases)) => {
                    names.push(terms.split(',').map(|name| words.of(name)).filter(|n| !n.is_empty()).collect());
                    phrases
                }
                // It goes on about the term before it.
                None => line,
            };
            let term = names.len().saturating_sub(1) as u32;
            let long = phrases.split('|').map(|phrase| words.of(phrase)).filter(|w| w.len() >= FEWEST as usize);
            described.extend(long.map(|w| (term, w)));
        }
        let in_terms = words.spread(described.iter().flat_map(|(term, words)| words.iter().map(|w| (*term, *w))));
        let in_names =
            words.spread((0..).zip(&names).flat_map(|(t, n)| n.iter().flatten().map(move |word| (t, *word))));
        let total = names.len() as f32;
        let rarity = |terms: &u32| (1.0 + total / (*terms).max(1) as f32).ln();
        let weight: Vec<f32> = in_terms.iter().map(rarity).collect();
        let mut held = vec![Vec::new(); weight.len()];
        let mut descriptions = Vec::with_capacity(described.len());
        let mut length = vec![0.0; names.len()];
        let mean = described.len() as f32 / total.max(1.0);
        for ((term, words), number) in described.iter().zip(0..) {
            descriptions.push((*term, words.iter().filter_map(|w| weight.get(*w as usize)).sum()));
            words.iter().for_each(|w| held.get_mut(*w as usize).into_iter().for_each(|h: &mut Vec<u32>| h.push(number)));
            length.get_mut(*term as usize).into_iter().for_each(|l| *l += 1.0 / mean);
        }
        let share = |word: u32| in_names.get(word as usize).map_or(1.0, |terms| rarity(terms) / rarity(&1));
        let stems = words.in_order();
        let names = names.iter().map(|names| stand_for(names, &stems, share)).collect();
        Glossary { names, length, descriptions, weight, held, stems: words.stems }
    }
}

/// The stems of a term's names with how much of it each stands for: of a name of several words each as far as few names
/// hold it.
fn stand_for(names: &[Vec<u32>], stems: &[&str], share: impl Fn(u32) -> f32) -> Vec<(String, f32)> {
    let mut out: Vec<(String, f32)> = Vec::new();
    for name in names {
        for word in name {
            let Some(stem) = stems.get(*word as usize).filter(|s| !is_dull(s)) else { continue };
            let share = if name.len() == 1 { 1.0 } else { share(*word) };
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
}

impl Words {
    /// The words of a phrase that count, each once.
    fn of(&mut self, phrase: &'static str) -> Vec<u32> {
        let mut out = Vec::new();
        for word in phrase.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
            let stems = &mut self.stems;
            let number = *self.met.entry(word).or_insert_with(|| {
                let next = stems.len() as u32;
                stem(word).map(|stem| *stems.entry(stem).or_insert(next))
            });
            out.extend(number.filter(|n| !out.contains(n)));
        }
        out
    }

    /// Of how many terms each word is; the words of a term come together.
    fn spread(&self, words: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
        let mut counts = vec![(u32::MAX, 0); self.stems.len()];
        for (term, word) in words {
            if let Some((last, count)) = counts.get_mut(word as usize).filter(|(last, _)| *last != term) {
                (*last, *count) = (term, *count + 1);
            }
        }
        counts.into_iter().map(|(_, count)| count).collect()
    }

    fn in_order(&self) -> Vec<&str> {
        let mut out = vec![""; self.stems.len()];
        for (stem, number) in &self.stems {
            out.get_mut(*number as usize).into_iter().for_each(|place| *place = stem);
        }
        out
    }
}

/// What a line says of a term.
#[derive(Default, Clone, Copy)]
struct Said {
    /// Of its best description the share by weight, and the words, a bit each.
    share: f32,
    by: u64,
    /// How often each of its words is in any, summed as BM25 does.
    all: f32,
}

/// The terms that a line describes, best first.
pub(super) fn described(line: &str) -> Vec<Described> {
    let glossary = &*GLOSSARY;
    let mut said: Vec<(u32, usize, usize)> = Vec::new();
    words::scan(line, |word| {
        let number = stem(word.lower).filter(|_| !word.whole).and_then(|s| glossary.stems.get(&s).copied());
        if let Some(number) = number.filter(|n| said.len() < READ && !said.iter().any(|s| s.0 == *n)) {
            said.push((number, word.start, word.end));
        }
    });
    let mut terms: FxHashMap<u32, Said> = FxHashMap::default();
    let mut met: FxHashMap<u32, (u64, f32)> = FxHashMap::default();
    for (nth, (number, ..)) in said.iter().enumerate() {
        let weight = glossary.weight.get(*number as usize).copied().unwrap_or(0.0);
        let mut counts: Vec<(u32, f32)> = Vec::new();
        for description in glossary.held.get(*number as usize).into_iter().flatten() {
            let Some((term, _)) = glossary.descriptions.get(*description as usize) else { continue };
            match counts.last_mut().filter(|(last, _)| last == term) {
                Some((_, count)) => *count += 1.0,
                None => counts.push((*term, 1.0)),
            }
            let (by, sum) = met.entry(*description).or_default();
            (*by, *sum) = (*by | 1 << nth, *sum + weight);
        }
        for (term, count) in counts {
            let length = glossary.length.get(term as usize).copied().unwrap_or(1.0);
            let often = count / (count + REPEATED * (1.0 - LENGTH + LENGTH * length));
            terms.entry(term).or_default().all += weight * often * (REPEATED + 1.0) / 2.0;
        }
    }
    for (description, (by, sum)) in met.into_iter().filter(|(_, (by, _))| by.count_ones() >= FEWEST) {
        let Some((term, whole)) = glossary.descriptions.get(description as usize) else { continue };
        if let Some(known) = terms.get_mut(term).filter(|known| (sum / whole, by) > (known.share, known.by)) {
            (known.share, known.by) = (sum / whole, by);
        }
    }
    let mut best: Vec<(f32, u32, u64)> = terms
        .into_iter()
        .filter(|(_, said)| said.by != 0)
        .map(|(term, said)| (2.0 * said.share.sqrt() * said.all / (said.all + SATURATION), term, said.by))
        .collect();
    best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let found = best.into_iter().take(MOST).filter_map(|(strength, term, by)| {
        let words = said.iter().enumerate().filter(|(nth, _)| by >> nth & 1 == 1).map(|(_, s)| (s.1, s.2)).collect();
        Some(Described { names: glossary.names.get(term as usize)?, strength, words })
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
        assert!(!describes("which program", "dhcp"));
    }

    #[test]
    fn one_word_describes_nothing_and_any_line_can_be_read() {
        let long = "the second copy of the database is far behind ".repeat(40);
        for line in ["", "not", "database", "’’", "not not not"] {
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
