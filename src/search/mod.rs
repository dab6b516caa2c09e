//! Which section fits a question, and why: one index over all sections, one ranked answer with its reasons.
//! It never reads files; it is given sections and a query.

pub mod apart;
pub mod around;
mod blend;
mod concepts;
mod confidence;
pub mod evidence;
mod part;
mod plain;
mod score;
pub mod separate;
mod titled;
mod typing;
mod verbatim;
mod wanted;
mod why;
mod words;

use std::sync::{Arc, Mutex, PoisonError};

use tantivy::TantivyError;
use tantivy::directory::RamDirectory;

use crate::query::{Kind, Query};
use crate::runbook::{Section, Seen};
pub use apart::{Problem, Trace};
pub use blend::{Meaning, blend};
use concepts::Reader;
use part::{FIELDS, Hit, Part};
use score::Shape;
use verbatim::Verbatim;
use wanted::{Group, Term};
pub use why::{Meant, Why};

/// A section that may fit, with its reasons. `section` is the index into the slice the index was built from.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    pub section: usize,
    pub score: f32,
    pub why: Why,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// Best first.
    pub matches: Vec<Match>,
    /// Whether the first is good enough to be offered as the answer.
    pub confident: bool,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Whether the question only says that something is wrong, and not what.
    pub vague: bool,
    /// The problems a log holds, where they are several; the first match of each is among the matches.
    pub problems: Vec<Problem>,
}

/// Aliases of a site: a word or phrase, and what it means in the runbooks' words.
pub type Aliases = Vec<(String, String)>;

/// Under this confidence the answer is "no good match".
const ENOUGH: f32 = 0.35;
/// How much a word counts that is taken for a mistyped one, and how many are.
const MISTYPED: f32 = 0.8;
const CORRECTED: usize = 3;

/// Into how many parts an index is built side by side, and from how many sections each.
const PARTS: usize = 4;
const FEWEST: usize = 500;

/// How many sections are very many, and of how many of them one makes a meaning common.
const MANY: usize = 20_000;
const COMMON: usize = 12;

/// An index over sections.
pub struct Index {
    parts: Vec<Part>,
    shape: Shape,
    sections: Arc<Vec<Section>>,
    aliases: Aliases,
    /// Reads names again for every question; it remembers the stems it met.
    reader: Mutex<Reader>,
}

impl Index {
    /// Indexes `sections` in memory.
    ///
    /// # Errors
    /// When tantivy cannot build its index.
    pub fn build(sections: Arc<Vec<Section>>, aliases: &Aliases) -> anyhow::Result<Index> {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(PARTS);
        let share = sections.len().div_ceil(threads).max(FEWEST);
        let parts: Vec<tantivy::Result<Part>> = std::thread::scope(|scope| {
            let build = |slice| Part::build(slice, Box::new(RamDirectory::create()));
            let others: Vec<_> =
                sections.chunks(share).skip(1).map(|slice| scope.spawn(move || build(slice))).collect();
            let first = build(sections.get(..share.min(sections.len())).unwrap_or_default());
            let joined = others.into_iter().map(|t| t.join().unwrap_or(Err(TantivyError::Poisoned)));
            std::iter::once(first).chain(joined).collect()
        });
        let parts = parts.into_iter().collect::<tantivy::Result<Vec<Part>>>()?;
        let shape = shape(&sections, &parts);
        Ok(Index { parts, shape, sections, aliases: aliases.clone(), reader: Mutex::default() })
    }

    /// The `top` best sections for `query`; of a log with several problems the best for each come first.
    pub fn ask(&self, query: &Query, top: usize) -> Answer {
        let answer = self.best(query, top);
        let problems = apart::apart(query, |line| self.best(line, apart::NEAR));
        if problems.len() < 2 {
            return answer;
        }
        let matches = apart::in_order(answer.matches, &problems, top);
        Answer { matches, confident: true, confidence: answer.confidence.max(ENOUGH), vague: false, problems }
    }

    fn best(&self, query: &Query, top: usize) -> Answer {
        let mut groups = wanted::wanted(query, &self.aliases);
        if query.kind == Kind::Words {
            self.correct(&mut groups);
        }
        let (mut ranked, looked) = score::rank(&groups, &self.shape, |term| self.hits(term));
        let quoted = Verbatim::new(query, &looked).lift(&mut ranked, &self.sections);
        let titled = {
            let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            titled::lift(&mut ranked, &self.sections, &looked, &mut reader)
        };
        ranked.sort_by(score::order);
        let confidence = ranked.first().map_or(0.0, |(best, score)| {
            let mut signals = confidence::signals(&groups, &looked, query.kind, (*best, *score), &self.shape);
            // Some runbooks have a section for the complaint itself.
            signals.subject |= titled.iter().any(|(section, share)| section == best && *share >= 1.0);
            confidence::confidence(signals)
        });
        let vague = !groups.iter().any(|g| g.subject);
        let matches: Vec<Match> = ranked
            .iter()
            .take(top)
            .map(|(at, score)| Match {
                section: *at,
                score: *score,
                why: Why {
                    quoted: verbatim::shown(&quoted, *at, *score),
                    ..why::why(*at, self.sections.get(*at), query, &looked)
                },
            })
            .collect();
        Answer {
            confident: confidence >= ENOUGH && !matches.is_empty(),
            confidence,
            vague,
            matches,
            problems: Vec::new(),
        }
    }

    fn hits(&self, term: &Term) -> Vec<Hit> {
        let mut out = Vec::new();
        // Among very many sections, what every few of them mean tells nothing and costs most.
        let common = (self.sections.len() / COMMON) as u64;
        let spread = || self.parts.iter().map(|p| p.spread(&term.term)).sum::<u64>();
        if self.sections.len() > MANY && !term.own && spread() > common {
            return out;
        }
        let mut base = 0;
        for part in &self.parts {
            let mut hits = part.hits(&term.term, &self.shape.mean);
            hits.iter_mut().for_each(|h| h.section += base);
            base += part.lengths.len() as u32;
            if out.is_empty() { out = hits } else { out.extend(hits) }
        }
        out
    }

    /// Where a word is known nowhere, wants the nearest one beside it.
    fn correct(&self, groups: &mut [Group]) {
        let unknown = groups.iter_mut().filter(|g| !g.known);
        let mut left = CORRECTED;
        for group in unknown {
            let Some(term) = group.terms.first().filter(|t| t.own).cloned() else { continue };
            if left == 0
                || term.shown.chars().count() < typing::SHORTEST
                || self.parts.iter().any(|p| p.spread(&term.term) > 0)
            {
                continue;
            }
            left -= 1;
            let Some(start) = term.term.get(..term.term.chars().next().map_or(0, char::len_utf8)) else { continue };
            let held: Vec<_> = self.parts.iter().flat_map(|p| p.stems(start)).collect();
            let known = held.iter().map(|(stem, count)| (stem.as_str(), u64::from(*count)));
            let field = concepts::vocabulary().filter(|s| s.starts_with(start)).map(|s| (s, 0));
            let Some(meant) = typing::nearest(&term.term, known.chain(field)) else { continue };
            for of in concepts::of_stem(&meant) {
                let concept = part::concept_term(*of);
                group.terms.push(Term {
                    term: concept,
                    weight: term.weight * MISTYPED * wanted::OF_WORD,
                    own: false,
                    concept: Some(*of),
                    ..term.clone()
                });
            }
            group.known = true;
            group.terms.push(Term { term: meant, weight: term.weight * MISTYPED, own: false, ..term });
        }
    }
}

/// How much being met often or rarely weighs: enough to part what fits alike, too little to beat what fits better.
pub(crate) fn likely(seen: Seen) -> f32 {
    match seen {
        Seen::Often => 1.25,
        Seen::Usually => 1.0,
        Seen::Rarely => 0.9,
    }
}

fn shape(sections: &[Section], parts: &[Part]) -> Shape {
    let mut shape = Shape::default();
    let mut sums = [0u64; FIELDS];
    let mut path = None;
    shape.likely = sections.iter().map(|s| likely(s.seen)).collect();
    for (section, lengths) in sections.iter().zip(parts.iter().flat_map(|p| &p.lengths)) {
        if path != Some(&section.path) {
            shape.lengths.push(0);
            path = Some(&section.path);
        }
        shape.document.push(shape.lengths.len() as u32 - 1);
        for (sum, length) in sums.iter_mut().zip(lengths) {
            *sum += u64::from(*length);
        }
        if let (Some(whole), Some(body)) = (shape.lengths.last_mut(), lengths.last()) {
            *whole += body;
        }
    }
    let sections = shape.document.len().max(1) as f32;
    shape.mean = sums.map(|sum| (sum as f32 / sections).max(1.0));
    let whole: u64 = shape.lengths.iter().map(|l| u64::from(*l)).sum();
    shape.mean_document = (whole as f32 / shape.lengths.len().max(1) as f32).max(1.0);
    shape
}
