//! The one saturating sum: what each section and its document hold of what is wanted, the best of a group once.
//! It never explains; it keeps what an explanation needs.

use super::part::{FIELDS, Hit};
use super::wanted::{Group, Term};
use super::weights;

/// What is known of the sections as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Shape {
    /// The document of each section; sections of one stand together.
    pub document: Vec<u32>,
    /// What the score of each section is multiplied by: problems that are met often come first.
    pub likely: Vec<f32>,
    /// The length of each document, in words.
    pub lengths: Vec<u32>,
    /// The mean length of each field of a section, and of a document.
    pub mean: [f32; FIELDS],
    pub mean_document: f32,
}

/// A term with the sections that hold it.
pub(super) struct Looked<'a> {
    pub term: &'a Term,
    /// Which group of the question it belongs to.
    pub group: usize,
    pub hits: Vec<Hit>,
    /// How telling it is: rare terms are.
    pub rarity: f32,
    /// What it counts: its weight, as the words beside it leave it.
    pub weight: f32,
}

impl Looked<'_> {
    /// What a section holds of the term.
    pub(super) fn hit(&self, section: usize) -> Option<&Hit> {
        let at = self.hits.binary_search_by_key(&(section as u32), |h| h.section).ok()?;
        self.hits.get(at)
    }

    /// What the term adds to a section's score, at most.
    pub(super) fn worth(&self, section: usize) -> f32 {
        self.hit(section).map_or(0.0, |h| self.weight * self.rarity * h.frequency / (h.frequency + weights::SATURATION))
    }
}

/// Every section that holds something of what is wanted, best first, and the terms that were looked up.
pub(super) fn rank<'a>(
    groups: &'a [Group],
    shape: &Shape,
    mut look: impl FnMut(&Term) -> Vec<Hit>,
) -> (Vec<(usize, f32)>, Vec<Looked<'a>>) {
    let total = shape.document.len().max(FEWEST) as f32;
    let documents = shape.lengths.len().max(FEWEST) as f32;
    let mut section = Best::new(shape.document.len());
    let mut document = Best::new(shape.lengths.len());
    let mut looked = Vec::new();
    let rarest = rarest(shape.document.len());
    for (number, group) in groups.iter().enumerate() {
        // How rare the operator's own word is, where the runbooks use it.
        let mut literal: f32 = 0.0;
        for term in &group.terms {
            let hits = look(term);
            // A term is rare where it stands mostly in few sections, even if many name it in passing:
            // each section counts with its share of the most that any has.
            let most = hits.iter().map(|h| h.frequency).fold(f32::MIN_POSITIVE, f32::max);
            let found: f32 = hits.iter().map(|h| h.frequency / most).sum();
            let passing = if term.own { 0.0 } else { weights::PASSING };
            let rarity = rarity(total, found.powf(1.0 - passing) * (hits.len() as f32).powf(passing));
            // A rare word that runbooks use says more than what it stands for.
            let weight = if term.own {
                literal = if hits.is_empty() { 0.0 } else { (rarity / rarest).min(1.0) };
                term.weight
            } else {
                term.weight * (1.0 - weights::BESIDE * literal * literal)
            };
            for hit in &hits {
                let score = weight * rarity * hit.frequency / (hit.frequency + weights::SATURATION);
                section.offer(hit.section as usize, score);
            }
            let held = held(&hits, shape);
            let rarity_document = self::rarity(documents, held.len() as f32);
            for (at, frequency) in held {
                let score = weight * rarity_document * frequency / (frequency + weights::DOCUMENT_SATURATION);
                document.offer(at as usize, score);
            }
            looked.push(Looked { term, group: number, hits, rarity, weight });
        }
        section.settle();
        document.settle();
    }
    let mut ranked: Vec<(usize, f32)> = section
        .met
        .iter()
        .map(|at| {
            let at = *at as usize;
            let own = section.sum.get(at).copied().unwrap_or(0.0);
            let whole = shape.document.get(at).and_then(|d| document.sum.get(*d as usize)).copied().unwrap_or(0.0);
            let likely = shape.likely.get(at).copied().unwrap_or(1.0);
            (at, likely * ((1.0 - weights::DOCUMENT) * own + weights::DOCUMENT * whole))
        })
        .collect();
    // Only the first are ever looked at.
    if ranked.len() > MOST {
        ranked.select_nth_unstable_by(MOST, order);
        ranked.truncate(MOST);
    }
    ranked.sort_by(order);
    (ranked, looked)
}

/// The best first; equal scores come in one order.
pub(super) fn order(a: &(usize, f32), b: &(usize, f32)) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// In a handful of sections every word would be common: rarity is told as if there were at least so many.
const FEWEST: usize = 40;
/// More sections than this are never named.
const MOST: usize = 100;

/// What a term that is nowhere would count.
pub(super) fn rarest(total: usize) -> f32 {
    (1.0 + total.max(FEWEST) as f32).ln()
}

fn rarity(total: f32, found: f32) -> f32 {
    (1.0 + (total - found + 0.5).max(0.0) / (found + 0.5)).ln()
}

/// For each document with the term, its frequency there, normalised by length.
fn held(hits: &[Hit], shape: &Shape) -> Vec<(u32, f32)> {
    let mut out: Vec<(u32, f32)> = Vec::new();
    for hit in hits {
        let Some(document) = shape.document.get(hit.section as usize) else { continue };
        match out.last_mut() {
            Some((last, count)) if last == document => *count += hit.own as f32,
            // What sections stand under counts once for the document.
            _ => out.push((*document, (hit.own + hit.above) as f32)),
        }
    }
    for (document, count) in &mut out {
        let length = shape.lengths.get(*document as usize).copied().unwrap_or(1) as f32;
        *count /= 1.0 - weights::DOCUMENT_LENGTH + weights::DOCUMENT_LENGTH * length / shape.mean_document;
    }
    out
}

/// Sums over groups of the best that each group's terms offer.
struct Best {
    sum: Vec<f32>,
    best: Vec<f32>,
    touched: Vec<u32>,
    /// Every place with something, in the order it was met.
    met: Vec<u32>,
}

impl Best {
    fn new(places: usize) -> Best {
        Best { sum: vec![0.0; places], best: vec![0.0; places], touched: Vec::new(), met: Vec::new() }
    }

    fn offer(&mut self, at: usize, score: f32) {
        let Some(best) = self.best.get_mut(at) else { return };
        if *best == 0.0 && score > 0.0 {
            self.touched.push(at as u32);
        }
        *best = best.max(score);
    }

    fn settle(&mut self) {
        for at in self.touched.drain(..) {
            let place = at as usize;
            if let (Some(best), Some(sum)) = (self.best.get_mut(place), self.sum.get_mut(place)) {
                if *sum == 0.0 {
                    self.met.push(at);
                }
                *sum += *best;
                *best = 0.0;
            }
        }
    }
}
