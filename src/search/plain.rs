//! How people who do not know the words of the field say what they see: patterns over plain words that stand for concepts.
//! It reads questions only, never runbooks, and knows no pattern that is not in the list.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::concepts::{self, Concept};
use super::words;

/// So many other words may stand between those of a pattern.
const BETWEEN: usize = 2;

/// A concept that a question speaks of in plain words, with where it does, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub concept: Concept,
    pub start: usize,
    pub end: usize,
}

/// Words of a pattern that may stand for one another, by their number.
type Slot = u16;

#[derive(Default)]
struct Plain {
    /// The slots a stem can fill.
    fills: FxHashMap<String, Vec<Slot>>,
    patterns: Vec<(Concept, Vec<Slot>)>,
    /// The patterns that begin with a slot.
    begins: FxHashMap<Slot, Vec<u32>>,
    not: Slot,
}

static PLAIN: LazyLock<Plain> = LazyLock::new(|| Plain::read(include_str!("plain.txt")));

impl Plain {
    fn read(text: &str) -> Plain {
        let mut out = Plain::default();
        let mut slots: FxHashMap<String, Slot> = FxHashMap::default();
        out.not = out.slot("not", &[], &mut slots);
        for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            if let Some((class, held)) = line.strip_prefix('@').and_then(|rest| rest.split_once('=')) {
                let stems: Vec<String> = held.split_whitespace().map(words::stem).collect();
                out.slot(&format!("@{}", class.trim()), &stems, &mut slots);
                continue;
            }
            let Some((name, patterns)) = line.split_once(':') else { continue };
            let Some(concept) = concepts::named(name.trim()) else { continue };
            for pattern in patterns.split('|') {
                let mut wanted = Vec::new();
                for part in pattern.split_whitespace() {
                    let slot = match slots.get(part) {
                        Some(slot) => *slot,
                        None => out.slot(part, &[words::stem(part)], &mut slots),
                    };
                    wanted.push(slot);
                }
                let Some(first) = wanted.first() else { continue };
                out.begins.entry(*first).or_default().push(out.patterns.len() as u32);
                out.patterns.push((concept, wanted));
            }
        }
        out
    }

    fn slot(&mut self, name: &str, stems: &[String], slots: &mut FxHashMap<String, Slot>) -> Slot {
        let slot = slots.len() as Slot;
        slots.insert(name.to_owned(), slot);
        for stem in stems {
            let fills = self.fills.entry(stem.clone()).or_default();
            if !fills.contains(&slot) {
                fills.push(slot);
            }
        }
        slot
    }
}

/// The concepts that a line speaks of in plain words, each once.
pub(super) fn said(line: &str) -> Vec<Said> {
    let plain = &*PLAIN;
    let mut places: FxHashMap<Slot, Vec<usize>> = FxHashMap::default();
    let mut spans = Vec::new();
    words::scan(line, |word| {
        if word.whole {
            return;
        }
        let not = words::is_not(word.lower);
        if words::is_glue(word.lower) && !not {
            return;
        }
        let at = spans.len();
        spans.push((word.start, word.end));
        if not {
            places.entry(plain.not).or_default().push(at);
        }
        for slot in plain.fills.get(&words::stem(word.lower)).into_iter().flatten() {
            places.entry(*slot).or_default().push(at);
        }
    });
    let mut out: Vec<Said> = Vec::new();
    let mut met = FxHashSet::default();
    let mut begun: Vec<u32> = places.keys().filter_map(|slot| plain.begins.get(slot)).flatten().copied().collect();
    begun.sort_unstable();
    for number in begun {
        let Some((concept, pattern)) = plain.patterns.get(number as usize) else { continue };
        if met.contains(concept) || !pattern.iter().all(|slot| places.contains_key(slot)) {
            continue;
        }
        let reach = pattern.len() + BETWEEN;
        if let Some(found) = fill(pattern, &places, plain.not, &mut Vec::new(), reach) {
            let spans = || found.iter().filter_map(|at| spans.get(*at));
            let (start, end) = (spans().map(|s| s.0).min().unwrap_or(0), spans().map(|s| s.1).max().unwrap_or(0));
            met.insert(*concept);
            out.push(Said { concept: *concept, start, end });
        }
    }
    out
}

/// Places for every slot, no two alike and all within `reach`; what is denied comes after its `not`.
fn fill(
    pattern: &[Slot],
    places: &FxHashMap<Slot, Vec<usize>>,
    not: Slot,
    taken: &mut Vec<usize>,
    reach: usize,
) -> Option<Vec<usize>> {
    let Some(slot) = pattern.get(taken.len()) else { return Some(taken.clone()) };
    for at in places.get(slot)? {
        let (least, most) = taken.iter().fold((*at, *at), |(l, m), t| (l.min(*t), m.max(*t)));
        let denied = taken.len().checked_sub(1).filter(|i| pattern.get(*i) == Some(&not)).and_then(|i| taken.get(i));
        if taken.contains(at) || most - least >= reach || denied.is_some_and(|n| n > at) {
            continue;
        }
        taken.push(*at);
        if let Some(found) = fill(pattern, places, not, taken, reach) {
            return Some(found);
        }
        taken.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaks_of(line: &str, concept: &str) -> bool {
        let wanted = concepts::named(concept).unwrap();
        said(line).iter().any(|s| s.concept == wanted)
    }

    #[test]
    fn every_line_names_a_concept_and_every_class_is_known() {
        let mut classes = FxHashSet::default();
        for line in include_str!("plain.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
            if let Some((class, held)) = line.strip_prefix('@').and_then(|rest| rest.split_once('=')) {
                assert!(classes.insert(format!("@{}", class.trim())) && !held.trim().is_empty(), "{line}");
                continue;
            }
            let (name, patterns) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
            assert!(concepts::named(name.trim()).is_some(), "no concept `{name}`");
            for part in patterns.split(['|', ' ']).filter(|p| p.starts_with('@')) {
                assert!(classes.contains(part), "{name}: {part}");
            }
        }
    }

    #[test]
    fn plain_words_stand_for_what_they_mean_in_any_order_and_near_each_other() {
        assert!(speaks_of("it slowly gobbles up all of the RAM", "out-of-memory"));
        assert!(speaks_of("the drive has next to nothing left", "disk-full"));
        assert!(!speaks_of("the drive", "disk-full"));
    }

    #[test]
    fn any_line_can_be_read() {
        for line in ["", "not", "not not not", "’’", &"memory eats ".repeat(200)] {
            said(line);
        }
    }
}
