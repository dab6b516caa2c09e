//! Which section fits a question, and why: one index over all sections, one ranked answer with its reasons.
//! It never reads files; it is given sections and a query.

mod about;
pub mod apart;
pub mod around;
pub mod before;
mod blend;
pub mod complaint;
mod concepts;
mod confidence;
mod glossary;
pub mod kept;
mod part;
mod score;
pub mod separate;
mod ties;
mod titled;
mod typing;
mod verbatim;
mod wanted;
mod weights;
mod why;
mod words;

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use tantivy::TantivyError;

use crate::query::{Kind, Query};
use crate::runbook::{Section, Sections, Seen};
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
/// How many words are taken for mistyped ones.
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
    sections: Arc<Sections>,
    aliases: Aliases,
    /// Reads names again for every question; it remembers the stems it met.
    reader: Mutex<Reader>,
}

impl Index {
    /// Indexes `sections` in memory.
    ///
    /// # Errors
    /// When tantivy cannot build its index.
    pub fn build(sections: Arc<Sections>, aliases: &Aliases) -> anyhow::Result<Index> {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(PARTS);
        let all: Vec<&Section> = sections.iter().collect();
        let share = all.len().div_ceil(threads).max(FEWEST);
        let parts: Vec<tantivy::Result<Part>> = std::thread::scope(|scope| {
            let others = all.chunks(share).enumerate().skip(1);
            let others: Vec<_> = others.map(|(n, slice)| scope.spawn(move || Part::build(slice, n * share))).collect();
            let first = Part::build(all.get(..share.min(all.len())).unwrap_or_default(), 0);
            let joined = others.into_iter().map(|t| t.join().unwrap_or(Err(TantivyError::Poisoned)));
            std::iter::once(first).chain(joined).collect()
        });
        let parts = parts.into_iter().collect::<tantivy::Result<Vec<Part>>>()?;
        let mut path = None;
        let firsts: Vec<bool> = all.iter().map(|s| path.replace(s.path.as_str()) != Some(s.path.as_str())).collect();
        Ok(Index { shape: shape(&parts, &firsts), parts, sections, aliases: aliases.clone(), reader: Mutex::default() })
    }

    /// Reads what every question needs, so that the first need not.
    pub fn make_ready(&self) {
        self.parts.iter().for_each(Part::make_ready);
        glossary::make_ready();
    }

    /// Whether all that was asked for could be looked up; where not, no answer of it may be trusted.
    pub fn sound(&self) -> bool {
        self.parts.iter().all(Part::sound)
    }

    /// The `top` best sections for `query`; of a log with several problems the best for each come first.
    pub fn ask(&self, query: &Query, top: usize) -> Answer {
        let answer = self.best(query, top);
        let problems = apart::apart(query, |line| self.best(line, apart::COMPARED));
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
        let products = about::Products::of(query, &groups, &looked, self.sections.len());
        products.lift(&mut ranked);
        ranked.sort_by(score::order);
        let quoted = Verbatim::new(query, &looked).lift(&mut ranked, &self.sections);
        let titled = {
            let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            titled::lift(&mut ranked, &self.sections, &looked, &mut reader)
        };
        ranked.sort_by(score::order);
        let vague = !groups.iter().any(|g| g.subject) || complaint::names_no_part(query);
        let confidence = ranked.first().map_or(0.0, |(best, score)| {
            let mut signals = confidence::signals(
                &groups,
                &looked,
                query.kind,
                (*best, score / products.factor(*best).max(1.0)),
                &self.shape,
            );
            // Some runbooks have a section for the complaint itself.
            signals.subject = !vague || titled.contains(best);
            confidence::confidence(signals)
        });
        products.settle(&mut ranked);
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
        for part in &self.parts {
            let hits = part.hits(&term.term, &self.shape.mean);
            if out.is_empty() { out = hits } else { out.extend(hits) }
        }
        if !out.is_sorted_by_key(|h| h.section) {
            out.sort_by_key(|h| h.section);
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
            // How common a stem is must not depend on how the sections are parted.
            let mut held: FxHashMap<String, u64> = FxHashMap::default();
            for (stem, count) in self.parts.iter().flat_map(|p| p.stems(start)) {
                *held.entry(stem).or_default() += count;
            }
            let known = held.iter().map(|(stem, count)| (stem.as_str(), *count));
            let field = concepts::vocabulary().filter(|s| s.starts_with(start)).map(|s| (s, 0));
            let Some(meant) = typing::nearest(&term.term, known.chain(field)) else { continue };
            for of in concepts::of_stem(&meant) {
                let concept = part::concept_term(*of);
                group.terms.push(Term {
                    term: concept,
                    weight: term.weight * weights::MISTYPED * weights::OF_WORD,
                    own: false,
                    concept: Some(*of),
                    ..term.clone()
                });
            }
            group.known = true;
            group.terms.push(Term { term: meant, weight: term.weight * weights::MISTYPED, own: false, ..term });
        }
    }
}

/// What a section counts by how often its problem is met.
pub(crate) fn likely(seen: Seen) -> f32 {
    match seen {
        Seen::Often => weights::OFTEN,
        Seen::Usually => 1.0,
        Seen::Rarely => weights::RARELY,
    }
}

/// What is known of the sections as a whole; `firsts` says of each whether a document begins with it.
fn shape(parts: &[Part], firsts: &[bool]) -> Shape {
    let mut rows = vec![([0; FIELDS], Seen::default()); firsts.len()];
    for (place, row) in parts.iter().flat_map(Part::rows) {
        if let Some(own) = rows.get_mut(place as usize) {
            *own = row;
        }
    }
    let mut shape = Shape::default();
    let mut sums = [0u64; FIELDS];
    for ((lengths, seen), first) in rows.iter().zip(firsts) {
        if *first {
            shape.lengths.push(0);
        }
        shape.likely.push(likely(*seen));
        shape.document.push((shape.lengths.len() as u32).saturating_sub(1));
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
