//! Which section fits a question, and why: one index over all sections, one ranked answer with its reasons.
//! It never reads files; it is given sections and a query.

mod blend;
mod codes;
pub mod separate;
mod words;

use std::collections::HashMap;

use serde::Serialize;
use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{DocSet, Searcher, TERMINATED, TantivyDocument, Term};

use crate::query::{Kind, Query};
use crate::runbook::Section;
pub use blend::{Meaning, blend};
use words::{split, stem};

/// A section that may fit, with its reasons. `section` is the index into the slice the index was built from.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    pub section: usize,
    pub score: f32,
    pub why: Why,
}

/// Why a section was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Why {
    /// The operator's words that count most, heaviest first, as the operator wrote them.
    pub terms: Vec<String>,
    /// The operator's line that fits best, where there were several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The section's symptom that fits best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symptom: Option<String>,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Best first.
    pub matches: Vec<Match>,
    /// Whether the first is good enough to be offered as the answer.
    pub confident: bool,
    /// How sure, 0 to 1.
    pub confidence: f32,
}

/// Aliases of a site: a word or phrase, and what it means in the runbooks' words.
pub type Aliases = Vec<(String, String)>;

/// The fields, each with its weight inside the one sum and how much its length counts (BM25's b).
const FIELDS: [(&str, f32, f32); 4] =
    [("title", 3.0, 0.3), ("path", 1.2, 0.3), ("symptoms", 2.2, 0.5), ("body", 1.0, 0.6)];
/// Where a term's count saturates (BM25's k1).
const SATURATION: f32 = 1.2;
/// How much a word counts that stands for another, beside the operator's own.
const EXPANDED: f32 = 0.45;
/// Under this confidence the answer is "no good match".
const ENOUGH: f32 = 0.30;

/// An index over sections.
pub struct Index {
    searcher: Searcher,
    fields: [Field; 4],
    /// For each document, its length in each field.
    lengths: Vec<[f32; 4]>,
    mean: [f32; 4],
    symptoms: Vec<Vec<(String, Vec<String>)>>,
    aliases: Aliases,
}

/// Words of a question with their weights.
struct Wanted {
    stem: String,
    shown: String,
    weight: f32,
    own: bool,
    line: usize,
    /// The word it came from: a section counts the best of a word and what it stands for, not their sum.
    group: usize,
}

impl Index {
    /// Indexes `sections` in memory.
    ///
    /// # Errors
    /// When tantivy cannot build its index.
    pub fn build(sections: &[Section], aliases: &Aliases) -> anyhow::Result<Index> {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("words")
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(false);
        let options = TextOptions::default().set_indexing_options(indexing);
        let fields = FIELDS.map(|(name, _, _)| schema.add_text_field(name, options.clone()));
        let index = tantivy::Index::create_in_ram(schema.build());
        index.tokenizers().register("words", TextAnalyzer::from(Words));
        let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, 32_000_000)?;
        writer.set_merge_policy(Box::new(tantivy::merge_policy::NoMergePolicy));
        let mut lengths = Vec::with_capacity(sections.len());
        let mut symptoms = Vec::with_capacity(sections.len());
        for section in sections {
            let said: Vec<&str> = section
                .symptoms
                .iter()
                .map(|s| s.text.as_str())
                .chain(section.aliases.iter().map(String::as_str))
                .collect();
            let above = section.heading_path.iter().rev().skip(1).cloned().collect::<Vec<_>>().join(" ");
            let texts =
                [section.title.clone(), format!("{above} {}", section.path), said.join("\n"), section.body.clone()];
            let mut document = TantivyDocument::default();
            let mut length = [0.0; 4];
            for (i, (field, text)) in fields.iter().zip(&texts).enumerate() {
                document.add_text(*field, text);
                if let Some(place) = length.get_mut(i) {
                    *place = split(text).len() as f32;
                }
            }
            writer.add_document(document)?;
            lengths.push(length);
            symptoms.push(said.iter().map(|s| ((*s).to_owned(), split(s).iter().map(|w| stem(w)).collect())).collect());
        }
        writer.commit()?;
        let searcher = index.reader()?.searcher();
        let mut mean = [1.0f32; 4];
        for (i, place) in mean.iter_mut().enumerate() {
            let sum: f32 = lengths.iter().filter_map(|l| l.get(i)).sum();
            *place = (sum / sections.len().max(1) as f32).max(1.0);
        }
        Ok(Index { searcher, fields, lengths, mean, symptoms, aliases: aliases.clone() })
    }

    /// The `top` best sections for `query`.
    pub fn ask(&self, query: &Query, top: usize) -> Answer {
        let wanted = self.wanted(query);
        let total = self.lengths.len().max(1) as f32;
        let mut scores: HashMap<usize, f32> = HashMap::new();
        let mut groups: HashMap<(usize, usize), f32> = HashMap::new();
        let mut parts: HashMap<usize, Vec<(f32, usize)>> = HashMap::new();
        let (mut asked_weight, mut known_weight) = (0.0f32, 0.0f32);
        let mut idfs = Vec::with_capacity(wanted.len());
        for (nth, want) in wanted.iter().enumerate() {
            let frequencies = self.frequencies(&want.stem);
            // A word counts as rare where it stands mostly in one section, even if all name it in passing:
            // each section counts with its share of the most that any has.
            let most = frequencies.iter().map(|(_, f)| *f).fold(0.0, f32::max);
            let found: f32 = frequencies.iter().map(|(_, f)| f / most).sum();
            let idf = (1.0 + (total - found + 0.5) / (found + 0.5)).ln();
            idfs.push(idf);
            if want.own {
                let weight = want.weight * if found == 0.0 { (1.0 + total).ln() } else { idf };
                asked_weight += weight;
                known_weight += if found == 0.0 { 0.0 } else { weight };
            }
            for (document, frequency) in frequencies {
                let score = want.weight * idf * frequency / (frequency + SATURATION);
                let best = groups.entry((document, want.group)).or_default();
                *scores.entry(document).or_default() += (score - *best).max(0.0);
                *best = best.max(score);
                parts.entry(document).or_default().push((score, nth));
            }
        }
        let mut ranked: Vec<(usize, f32)> = scores.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let confidence = self.confidence(&ranked, &parts, &wanted, &idfs, asked_weight, known_weight);
        let matches: Vec<Match> = ranked
            .iter()
            .take(top)
            .map(|(section, score)| Match {
                section: *section,
                score: *score,
                why: self.why(*section, query, &wanted, parts.get(section)),
            })
            .collect();
        Answer { confident: confidence >= ENOUGH && !matches.is_empty(), confidence, matches }
    }

    /// The words of a question, each once with its highest weight, and what they stand for.
    fn wanted(&self, query: &Query) -> Vec<Wanted> {
        let mut out: Vec<Wanted> = Vec::new();
        let mut group = 0;
        let mut add = |stem: String, shown: &str, weight: f32, own: bool, line: usize, group: usize| match out
            .iter_mut()
            .find(|w| w.stem == stem)
        {
            Some(known) => {
                known.weight = known.weight.max(weight);
                known.own |= own;
            }
            None => out.push(Wanted { stem, shown: shown.to_owned(), weight, own, line, group }),
        };
        for (nth, line) in query.lines.iter().enumerate() {
            let lower = line.text.to_lowercase();
            for word in split(&line.text) {
                if words::is_stop(&word) {
                    continue;
                }
                group += 1;
                add(stem(&word), &word, line.weight, true, nth, group);
                for other in codes::synonyms(&word) {
                    add(stem(other), other, line.weight * EXPANDED, false, nth, group);
                }
            }
            for meaning in codes::phrases(&lower) {
                for word in split(meaning) {
                    group += 1;
                    add(stem(&word), &word, line.weight * EXPANDED, false, nth, group);
                }
            }
            for (said, meant) in &self.aliases {
                if lower.contains(&said.to_lowercase()) {
                    for word in split(meant) {
                        group += 1;
                        add(stem(&word), &word, line.weight * 0.9, false, nth, group);
                    }
                }
            }
        }
        out
    }

    /// For each document with the word, its frequency over all fields: weighted, normalised by length, in one sum.
    fn frequencies(&self, stem: &str) -> Vec<(usize, f32)> {
        let mut sums: HashMap<usize, f32> = HashMap::new();
        let mut base = 0usize;
        for segment in self.searcher.segment_readers() {
            for (i, (field, (_, weight, b))) in self.fields.iter().zip(FIELDS).enumerate() {
                let Ok(inverted) = segment.inverted_index(*field) else { continue };
                let term = Term::from_field_text(*field, stem);
                let Ok(Some(mut postings)) = inverted.read_postings(&term, IndexRecordOption::WithFreqs) else {
                    continue;
                };
                let mut document = postings.doc();
                while document != TERMINATED {
                    let at = base + document as usize;
                    let length = self.lengths.get(at).and_then(|l| l.get(i)).copied().unwrap_or(1.0);
                    let mean = self.mean.get(i).copied().unwrap_or(1.0);
                    *sums.entry(at).or_default() +=
                        weight * postings.term_freq() as f32 / (1.0 - b + b * length / mean);
                    document = postings.advance();
                }
            }
            base += segment.max_doc() as usize;
        }
        sums.into_iter().collect()
    }

    /// How much of the question the best section covers, weighed by how telling its words are.
    fn confidence(
        &self,
        ranked: &[(usize, f32)],
        parts: &HashMap<usize, Vec<(f32, usize)>>,
        wanted: &[Wanted],
        idfs: &[f32],
        asked: f32,
        known: f32,
    ) -> f32 {
        let Some((best, _)) = ranked.first() else { return 0.0 };
        if asked <= 0.0 {
            return 0.0;
        }
        let mut covered = 0.0;
        let mut expanded = 0.0;
        for (_, nth) in parts.get(best).into_iter().flatten() {
            let (Some(want), Some(idf)) = (wanted.get(*nth), idfs.get(*nth)) else { continue };
            if want.own { covered += want.weight * idf } else { expanded += want.weight * idf }
        }
        let coverage = ((covered + 0.6 * expanded) / asked).min(1.0);
        let familiar = known / asked;
        // One common word that happens to stand somewhere is no match.
        (0.75 * coverage + 0.25 * familiar * coverage.sqrt()).clamp(0.0, 1.0)
    }

    fn why(&self, section: usize, query: &Query, wanted: &[Wanted], parts: Option<&Vec<(f32, usize)>>) -> Why {
        let mut parts = parts.cloned().unwrap_or_default();
        parts.sort_by(|a, b| b.0.total_cmp(&a.0));
        let best: Vec<&Wanted> = parts.iter().filter_map(|(_, nth)| wanted.get(*nth)).collect();
        let own: Vec<&&Wanted> = best.iter().filter(|w| w.own).collect();
        let mut terms: Vec<String> = Vec::new();
        for want in own.iter().take(5) {
            if !terms.contains(&want.shown) {
                terms.push(want.shown.clone());
            }
        }
        let line = own
            .first()
            .filter(|_| query.kind == Kind::Log)
            .and_then(|w| query.lines.get(w.line))
            .map(|l| l.text.clone());
        let stems: Vec<&str> = best.iter().map(|w| w.stem.as_str()).collect();
        let symptom = self.symptoms.get(section).and_then(|said| {
            let scored = said.iter().map(|(text, words)| {
                let hits = words.iter().filter(|w| stems.contains(&w.as_str())).count();
                (hits as f32 / (words.len() as f32).sqrt().max(1.0), hits, text)
            });
            scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(_, hits, _)| *hits >= 2).map(|(_, _, text)| text.clone())
        });
        Why { terms, line, symptom }
    }
}

/// The tokenizer of the index: the same words and stems as a question's.
#[derive(Clone)]
struct Words;

struct WordStream {
    stems: Vec<String>,
    at: usize,
    token: Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream {
        WordStream { stems: split(text).iter().map(|w| stem(w)).collect(), at: 0, token: Token::default() }
    }
}

impl TokenStream for WordStream {
    fn advance(&mut self) -> bool {
        let Some(next) = self.stems.get_mut(self.at) else { return false };
        self.token.text = std::mem::take(next);
        self.token.position = self.at;
        self.at += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
