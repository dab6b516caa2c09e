//! Sections in a tantivy index: how they are written, and where a term stands in them, over all fields at once.
//! It never ranks.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use tantivy::directory::Directory;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{DocSet, Searcher, TERMINATED, TantivyDocument, Term};

use super::concepts::{Concept, Found, Reader};
use crate::runbook::Section;

/// How many fields a section has: title, what it stands under, symptoms with aliases, and all its text.
pub(super) const FIELDS: usize = 4;
const NAMES: [&str; FIELDS] = ["title", "path", "symptoms", "body"];
/// The weight of each field inside the one sum.
const WEIGHT: [f32; FIELDS] = [4.0, 3.0, 1.0, 1.0];
/// How much its length counts (BM25's b).
const LENGTH: [f32; FIELDS] = [0.6, 0.3, 0.8, 0.85];

/// The length of each field of a section, in words.
pub(super) type Lengths = [u32; FIELDS];

/// A section that holds a term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hit {
    pub section: u32,
    /// The term's frequency over all fields: weighted, normalised by length, in one sum.
    pub frequency: f32,
    /// How often it stands in the section's own text, and in what it stands under.
    pub own: u32,
    pub above: u32,
    /// Whether it stands in title, path or symptoms.
    pub named: bool,
}

/// An index over a run of sections that never changes.
pub(super) struct Part {
    searcher: Searcher,
    fields: [Field; FIELDS],
    pub lengths: Vec<Lengths>,
}

fn schema() -> (Schema, [Field; FIELDS]) {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(false);
    let options = TextOptions::default().set_indexing_options(indexing);
    let fields = NAMES.map(|name| schema.add_text_field(name, options.clone()));
    (schema.build(), fields)
}

/// The term of a concept in the index.
pub(super) fn concept_term(concept: Concept) -> String {
    format!("~{concept}")
}

impl Part {
    /// Indexes `sections` into `directory`, which must be empty.
    pub(super) fn build(sections: &[Section], directory: Box<dyn Directory>) -> tantivy::Result<Part> {
        let (schema, fields) = schema();
        let tokenizers = TokenizerManager::new();
        let words = Words::default();
        let counted = Arc::clone(&words.counted);
        tokenizers.register(TOKENIZER, TextAnalyzer::from(words));
        // One segment, written without threads of its own: the same sections always make the same index.
        let builder = tantivy::Index::builder().schema(schema).tokenizers(tokenizers);
        let mut writer = builder.single_segment_index_writer::<TantivyDocument>(directory, BUFFER)?;
        let mut lengths = Vec::with_capacity(sections.len());
        for section in sections {
            let mut document = TantivyDocument::default();
            for (field, text) in fields.iter().zip(texts(section)) {
                document.add_text(*field, text);
            }
            writer.add_document(document)?;
            // The tokenizer was given field after field.
            let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
            let mut length = [0; FIELDS];
            length.iter_mut().zip(counted.drain(..)).for_each(|(length, count)| *length = count);
            lengths.push(length);
        }
        let index = writer.finalize()?;
        Ok(Part { searcher: index.reader()?.searcher(), fields, lengths })
    }

    /// Where `term` stands, by section, of which `mean` is the mean length of each field.
    pub(super) fn hits(&self, term: &str, mean: &[f32; FIELDS]) -> Vec<Hit> {
        let mut out = Vec::new();
        let mut base = 0;
        for segment in self.searcher.segment_readers() {
            let mut open: [Option<SegmentPostings>; FIELDS] = [const { None }; FIELDS];
            let mut most = 0;
            for (place, field) in open.iter_mut().zip(self.fields) {
                let Ok(inverted) = segment.inverted_index(field) else { continue };
                let wanted = Term::from_field_text(field, term);
                *place = inverted.read_postings(&wanted, IndexRecordOption::WithFreqs).ok().flatten();
                most += place.as_ref().map_or(0, SegmentPostings::doc_freq);
            }
            out.reserve(most as usize);
            loop {
                let next = open.iter().flatten().map(DocSet::doc).min().unwrap_or(TERMINATED);
                if next == TERMINATED {
                    break;
                }
                let section = base + next;
                let mut hit = Hit { section, frequency: 0.0, own: 0, above: 0, named: false };
                let lengths = self.lengths.get(section as usize).copied().unwrap_or([1; FIELDS]);
                for (i, postings) in open.iter_mut().enumerate() {
                    let Some(postings) = postings.as_mut().filter(|p| p.doc() == next) else { continue };
                    let count = postings.term_freq();
                    let (Some(weight), Some(b), Some(length), Some(mean)) =
                        (WEIGHT.get(i), LENGTH.get(i), lengths.get(i), mean.get(i))
                    else {
                        continue;
                    };
                    hit.frequency += weight * count as f32 / (1.0 - b + b * *length as f32 / mean);
                    match i {
                        1 => hit.above += count,
                        _ => hit.own += count,
                    }
                    hit.named |= i < FIELDS - 1;
                    postings.advance();
                }
                out.push(hit);
            }
            base += segment.max_doc();
        }
        out
    }

    /// In how many sections' texts a stem occurs.
    pub(super) fn spread(&self, stem: &str) -> u64 {
        let Some(body) = self.fields.last() else { return 0 };
        self.searcher.doc_freq(&Term::from_field_text(*body, stem)).unwrap_or(0)
    }

    /// The stems of the texts that begin with `start`, each with the number of sections it stands in.
    pub(super) fn stems(&self, start: &str) -> FxHashMap<String, u32> {
        let mut out = FxHashMap::default();
        let Some(body) = self.fields.last() else { return out };
        for segment in self.searcher.segment_readers() {
            let Ok(inverted) = segment.inverted_index(*body) else { continue };
            let Ok(mut terms) = inverted.terms().range().ge(start).into_stream() else { continue };
            while terms.advance() {
                let Ok(term) = std::str::from_utf8(terms.key()) else { break };
                if !term.starts_with(start) {
                    break;
                }
                *out.entry(term.to_owned()).or_default() += terms.value().doc_freq;
            }
        }
        out
    }
}

/// Bytes that are held while writing; the writer asks for no more than it needs.
const BUFFER: usize = 15_000_000;

/// The texts of a section, field by field.
fn texts(section: &Section) -> [String; FIELDS] {
    let said = section.symptoms.iter().map(|s| s.text.as_str()).chain(section.aliases.iter().map(String::as_str));
    let above = section.heading_path.iter().rev().skip(1).rev().map(String::as_str);
    let path = section.path.trim_end_matches(".md");
    let under: Vec<&str> = above.chain([path]).collect();
    [section.title.clone(), under.join("\n"), said.collect::<Vec<_>>().join("\n"), section.body.clone()]
}

const TOKENIZER: &str = "words";

/// The tokenizer of the index: the same words, stems and concepts as a question's.
#[derive(Clone, Default)]
struct Words {
    reader: Reader,
    text: String,
    ends: Vec<u32>,
    token: Token,
    /// How many words each text had, in the order they were given.
    counted: Arc<Mutex<Vec<u32>>>,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        let Words { reader, text: found, ends, token, counted } = self;
        let mut count = 0;
        found.clear();
        ends.clear();
        reader.read(text, |each| {
            match each {
                Found::Word(_, stem) => {
                    count += 1;
                    found.push_str(stem);
                }
                Found::Concept { concept, .. } => {
                    let _ = write!(found, "~{concept}");
                }
            }
            ends.push(found.len() as u32);
        });
        counted.lock().unwrap_or_else(PoisonError::into_inner).push(count);
        Stream { text: found, ends, at: 0, token }
    }
}

struct Stream<'a> {
    text: &'a str,
    ends: &'a [u32],
    at: usize,
    token: &'a mut Token,
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        let Some(end) = self.ends.get(self.at) else { return false };
        let start = self.at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.token.text.clear();
        self.token.text.push_str(self.text.get(start as usize..*end as usize).unwrap_or(""));
        self.token.position = self.at;
        self.at += 1;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
