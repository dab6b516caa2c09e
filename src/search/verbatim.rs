//! Lines of a runbook that a question holds word for word: a symptom, or output its text quotes, weighs as a whole.
//! It never looks anything up; it reads the sections that are already near.

use rustc_hash::FxHashMap;

use super::score::Looked;
use super::weights;
use super::words;
use crate::query::Query;
use crate::runbook::Sections;

/// How many words make a line telling enough to be known again.
const FEWEST: usize = 4;
/// One of so many words may differ: a name, or another version of the message.
const TOLERANCE: usize = 5;
/// How many words may stand between two of a line: names, numbers in words, addresses.
const GAP: usize = 3;
/// The share of a score from which a line is a reason for it.
const PART: f32 = 0.1;
/// Of how many sections the symptoms are compared, and of how many the whole text.
const NEAR: usize = 20;
const NEAREST: usize = 4;

/// A line of a section that a question holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quoted {
    /// What it adds to the section's score.
    pub worth: f32,
    pub text: String,
}

/// The lines of a question as numbers of their words, to be compared with the lines of sections.
pub(super) struct Verbatim {
    ids: FxHashMap<String, u32>,
    /// How telling each word is, by its number.
    rarity: Vec<f32>,
    lines: Vec<(f32, Vec<u32>)>,
    line: Vec<u32>,
}

impl Verbatim {
    pub(super) fn new(query: &Query, looked: &[Looked<'_>]) -> Verbatim {
        let own: FxHashMap<&str, f32> =
            looked.iter().filter(|l| l.term.own).map(|l| (l.term.term.as_str(), l.rarity)).collect();
        let mut out = Verbatim { ids: FxHashMap::default(), rarity: vec![0.0], lines: Vec::new(), line: Vec::new() };
        for line in &query.lines {
            let mut numbers = Vec::new();
            telling(&line.text, |word| {
                let next = out.rarity.len() as u32;
                let id = *out.ids.entry(word.to_owned()).or_insert(next);
                if id == next {
                    out.rarity.push(own.get(words::stem(word).as_str()).copied().unwrap_or(0.0));
                }
                numbers.push(id);
            });
            if numbers.len() >= FEWEST {
                out.lines.push((line.weight, numbers));
            }
        }
        out
    }

    /// What each of the ranked sections gains, the best line of each; `ranked` is best first.
    pub(super) fn lift(&mut self, ranked: &mut [(usize, f32)], sections: &Sections) -> Vec<(usize, Quoted)> {
        let mut out = Vec::new();
        if self.lines.is_empty() {
            return out;
        }
        for (place, (at, score)) in ranked.iter_mut().take(NEAR).enumerate() {
            let Some(section) = sections.get(*at) else { continue };
            let symptoms = section.symptoms.iter().map(|s| s.text.as_str());
            let said =
                symptoms.chain(section.aliases.iter().map(String::as_str)).map(|text| (weights::QUOTED_SYMPTOM, text));
            // A line of capitals is the head of a table, which every paste of that command has.
            let message = |text: &&str| place < NEAREST && text.bytes().any(|b| b.is_ascii_lowercase());
            let body = section.body.lines().filter(message).map(|text| (weights::QUOTED_TEXT, text));
            let mut best: Option<Quoted> = None;
            for (share, text) in said.chain(body) {
                let worth = share * self.held(text);
                if worth > best.as_ref().map_or(0.0, |b| b.worth) {
                    best = Some(Quoted { worth, text: text.trim().to_owned() });
                }
            }
            if let Some(quoted) = best {
                *score += quoted.worth;
                out.push((*at, quoted));
            }
        }
        out
    }

    /// How telling the words are that a line and one of the question's share in order; 0 where too few.
    fn held(&mut self, text: &str) -> f32 {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        telling(text, |word| line.push(self.ids.get(word).copied().unwrap_or(0)));
        let known = line.iter().filter(|id| **id != 0).count();
        let mut best: f32 = 0.0;
        if known >= FEWEST {
            for (weight, asked) in &self.lines {
                // Either may be the longer: a message with more around it, or a sentence that quotes it.
                for (short, long) in [(&line, asked), (asked, &line)] {
                    if let Some(shared) = within(short, long) {
                        let sum: f32 = shared.iter().filter_map(|id| self.rarity.get(*id as usize)).sum();
                        best = best.max(weight * sum);
                    }
                }
            }
        }
        self.line = line;
        best
    }
}

/// The line to be named as the reason for a section, where it had a part in its score.
pub(super) fn shown(quoted: &[(usize, Quoted)], section: usize, score: f32) -> Option<String> {
    let (_, line) = quoted.iter().find(|(at, _)| *at == section)?;
    (line.worth >= PART * score).then(|| line.text.clone())
}

/// The words of `short` that stand in order in `long`, nearly next to one another; `None` where too many are missing.
fn within(short: &[u32], long: &[u32]) -> Option<Vec<u32>> {
    let spare = short.len() / TOLERANCE;
    if short.len() < FEWEST || long.len() + spare < short.len() {
        return None;
    }
    // It may begin with any of its first words, the others before it missing.
    (0..=spare).find_map(|skipped| {
        let first = short.get(skipped).filter(|id| **id != 0)?;
        let begins = long.iter().enumerate().filter(|(_, id)| *id == first).map(|(at, _)| at);
        begins.into_iter().find_map(|begin| {
            let (mut at, mut missing) = (begin, skipped);
            let mut shared = Vec::with_capacity(short.len());
            for id in short.iter().skip(skipped) {
                let ahead = long.iter().skip(at).take(GAP + 1).position(|l| l == id && *id != 0);
                match ahead {
                    Some(step) => {
                        at += step + 1;
                        shared.push(*id);
                    }
                    None => missing += 1,
                }
            }
            (missing <= spare && shared.len() >= FEWEST).then_some(shared)
        })
    })
}

/// Calls `each` with the words of a line that say something: no numbers, no parts of paths, hosts and addresses.
fn telling(text: &str, mut each: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let part_of = |at: usize, beyond: usize| {
        let mark = bytes.get(at).is_some_and(|b| matches!(b, b'.' | b'/' | b'@' | b'='));
        mark && bytes.get(beyond).is_some_and(u8::is_ascii_alphanumeric)
    };
    words::scan(text, |word| {
        let (before, after) = (word.start.wrapping_sub(1), word.end);
        let name = part_of(before, word.start.wrapping_sub(2)) || part_of(after, after + 1);
        let number = word.lower.bytes().any(|b| b.is_ascii_digit());
        if !word.whole && !name && !number && (words::is_no(word.lower) || !words::is_stop(word.lower)) {
            each(word.lower);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str, known: &mut FxHashMap<String, u32>) -> Vec<u32> {
        let mut out = Vec::new();
        telling(text, |word| {
            let next = known.len() as u32 + 1;
            out.push(*known.entry(word.to_owned()).or_insert(next));
        });
        out
    }

    fn holds(short: &str, long: &str) -> bool {
        let mut known = FxHashMap::default();
        let (short, long) = (ids(short, &mut known), ids(long, &mut known));
        within(&short, &long).is_some()
    }

    #[test]
    fn a_message_is_known_again_with_other_names_and_numbers() {
        assert!(holds(
            "lease 12 on shelf.example.org lost: renewal refused by warden",
            "03:11 lease 99 on depot.example.net lost: renewal refused by warden (attempt 4)"
        ));
        assert!(holds(
            "belt 'north' stopped: too many jams in window",
            "belt 'south' stopped: too many jams in window"
        ));
        assert!(!holds("belt stopped: too many jams", "belt started: few jams"));
        assert!(!holds("renewal refused by warden again", "warden refused the renewal of the lease again"));
    }

    #[test]
    fn few_words_and_words_far_apart_are_no_message() {
        assert!(!holds("connection lost", "connection lost"));
        assert!(!holds(
            "page does not load today",
            "the page I made for my sister and her friends does, I think, not show any of the pictures and never load today"
        ));
    }
}
