//! How much of a section's name a question speaks of, in its words or in others: what is named whole is meant.
//! It never looks anything up; it reads the names of the sections that are already near.

use rustc_hash::FxHashSet;

use super::concepts::{Concept, Found, Reader};
use super::score::Looked;
use super::weights;
use super::words;
use crate::runbook::Sections;

/// How many of its words make it more than chance.
const FEWEST: usize = 2;
/// How many words make a sentence that says what is wrong.
const SENTENCE: usize = 3;
/// Of how many sections the names are read.
const NEAR: usize = 12;

/// Raises each of the ranked sections by the share of a name of its that is spoken of; its names are its title, its file's,
/// its aliases and its symptoms. Says of which the whole title is, or a whole sentence.
pub(super) fn lift(
    ranked: &mut [(usize, f32)],
    sections: &Sections,
    looked: &[Looked<'_>],
    reader: &mut Reader,
) -> Vec<usize> {
    let stems: FxHashSet<&str> = looked.iter().filter(|l| l.term.own).map(|l| l.term.term.as_str()).collect();
    let concepts: FxHashSet<Concept> = looked.iter().filter_map(|l| l.term.concept).collect();
    let mut out = Vec::new();
    for (at, score) in ranked.iter_mut().take(NEAR) {
        let Some(section) = sections.get(*at) else { continue };
        let file = section.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
        let said = section.aliases.iter().map(String::as_str).chain(section.symptoms.iter().map(|s| s.text.as_str()));
        let (title, _) = spoken(&section.title, &stems, &concepts, reader);
        let (mut best, mut whole) = (title, title >= 1.0);
        for name in std::iter::once(file).chain(said) {
            let (share, words) = spoken(name, &stems, &concepts, reader);
            best = best.max(share);
            whole |= share >= 1.0 && words >= SENTENCE;
        }
        *score *= 1.0 + weights::TITLED * best * best;
        if whole {
            out.push(*at);
        }
    }
    out
}

/// The share of a name's words that are spoken of, 0 where they are too few, and how many words it has.
fn spoken(name: &str, stems: &FxHashSet<&str>, concepts: &FxHashSet<Concept>, reader: &mut Reader) -> (f32, usize) {
    let mut words: Vec<(usize, usize, bool)> = Vec::new();
    let mut meant: Vec<(usize, usize)> = Vec::new();
    reader.read(name, |found| match found {
        Found::Word(word, stem) if !word.whole && !words::is_stop(word.lower) => {
            words.push((word.start, word.end, stems.contains(stem)));
        }
        Found::Concept { concept, start, end, .. } if concepts.contains(&concept) => meant.push((start, end)),
        _ => {}
    });
    let held = |(start, end, own): &&(usize, usize, bool)| *own || meant.iter().any(|(s, e)| s <= start && end <= e);
    let spoken = words.iter().filter(held).count();
    let share = if spoken < FEWEST { 0.0 } else { spoken as f32 / words.len() as f32 };
    (share, words.len())
}
