//! Sections in a tantivy index: how they are written, and where a term stands in them, over all fields at once.
//! It never ranks.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::directory::RamDirectory;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};
use tantivy::{DocSet, ReloadPolicy, Searcher, SegmentReader, TERMINATED, TantivyDocument, Term};

use super::concepts::{Concept, Found, Reader};
use super::weights;
use crate::runbook::{Section, Seen};

/// How many fields a section has: title, what it stands under, symptoms with aliases, and all its text.
pub(super) const FIELDS: usize = 4;
const NAMES: [&str; FIELDS] = ["title", "path", "symptoms", "body"];

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

/// What a part knows of a section beside its words.
pub(super) type Row = (Lengths, Seen);

/// An index over some of the sections that never changes.
pub(super) struct Part {
    searcher: Searcher,
    fields: [Field; FIELDS],
    rows: Vec<Row>,
    /// The number of each of its sections in the whole; [`GONE`] where it is none of them any more.
    places: Vec<u32>,
    /// Whether any is gone.
    holes: bool,
    failed: AtomicBool,
}

/// The place of a section that is not to be found any more.
pub(super) const GONE: u32 = u32::MAX;

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
    /// Indexes `sections` in memory; they stand in the whole from `first` on.
    pub(super) fn build(sections: &[&Section], first: usize) -> tantivy::Result<Part> {
        let mut writer = Writer::new(RamDirectory::create())?;
        for section in sections {
            writer.add(section)?;
        }
        let (index, rows) = writer.finish()?;
        let first = first as u32;
        let places = (first..first + rows.len() as u32).collect();
        Part::new(&index, rows, places)
    }

    /// A part of what was written before.
    pub(super) fn new(index: &tantivy::Index, rows: Vec<Row>, places: Vec<u32>) -> tantivy::Result<Part> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let holes = places.contains(&GONE);
        let fields = schema().1;
        Ok(Part { searcher: reader.searcher(), fields, rows, places, holes, failed: AtomicBool::new(false) })
    }

    /// What is known of each of its sections, by their number in the whole.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u32, Row)> {
        self.places.iter().copied().zip(self.rows.iter().copied())
    }

    /// Reads the lists of terms.
    pub(super) fn make_ready(&self) {
        for segment in self.searcher.segment_readers() {
            for field in self.fields {
                self.read(segment.inverted_index(field));
            }
        }
    }

    /// Whether nothing that was looked up could not be read.
    pub(super) fn sound(&self) -> bool {
        !self.failed.load(Ordering::Relaxed)
    }

    /// What was read, or nothing where it could not be.
    fn read<T, E>(&self, read: Result<T, E>) -> Option<T> {
        if read.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        read.ok()
    }

    /// Where `term` stands, by section, of which `mean` is the mean length of each field.
    pub(super) fn hits(&self, term: &str, mean: &[f32; FIELDS]) -> Vec<Hit> {
        let mut out = Vec::new();
        let mut base = 0;
        for segment in self.searcher.segment_readers() {
            let mut open: [Option<SegmentPostings>; FIELDS] = [const { None }; FIELDS];
            let mut most = 0;
            for (place, field) in open.iter_mut().zip(self.fields) {
                *place = self.postings(segment, field, term);
                most += place.as_ref().map_or(0, SegmentPostings::doc_freq);
            }
            out.reserve(most as usize);
            loop {
                let next = open.iter().flatten().map(DocSet::doc).min().unwrap_or(TERMINATED);
                if next == TERMINATED {
                    break;
                }
                let local = (base + next) as usize;
                let section = self.places.get(local).copied().unwrap_or(GONE);
                let mut hit = Hit { section, frequency: 0.0, own: 0, above: 0, named: false };
                let lengths = self.rows.get(local).map_or([1; FIELDS], |(lengths, _)| *lengths);
                for (i, postings) in open.iter_mut().enumerate() {
                    let Some(postings) = postings.as_mut().filter(|p| p.doc() == next) else { continue };
                    let count = postings.term_freq();
                    let (Some(weight), Some(b), Some(length), Some(mean)) =
                        (weights::FIELD.get(i), weights::LENGTH.get(i), lengths.get(i), mean.get(i))
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
                if section != GONE {
                    out.push(hit);
                }
            }
            base += segment.max_doc();
        }
        out
    }

    fn postings(&self, segment: &SegmentReader, field: Field, term: &str) -> Option<SegmentPostings> {
        let inverted = self.read(segment.inverted_index(field))?;
        let wanted = Term::from_field_text(field, term);
        self.read(inverted.read_postings(&wanted, IndexRecordOption::WithFreqs))?
    }

    /// In how many sections' texts a stem occurs.
    pub(super) fn spread(&self, stem: &str) -> u64 {
        let Some(body) = self.fields.last() else { return 0 };
        if !self.holes {
            return self.read(self.searcher.doc_freq(&Term::from_field_text(*body, stem))).unwrap_or(0);
        }
        let mut base = 0;
        let mut found = 0;
        for segment in self.searcher.segment_readers() {
            if let Some(postings) = self.postings(segment, *body, stem) {
                found += self.living(postings, base);
            }
            base += segment.max_doc();
        }
        found
    }

    /// How many of the sections with a term are still there.
    fn living(&self, mut postings: SegmentPostings, base: u32) -> u64 {
        let mut found = 0;
        while postings.doc() != TERMINATED {
            let place = self.places.get((base + postings.doc()) as usize);
            found += u64::from(place.is_some_and(|p| *p != GONE));
            postings.advance();
        }
        found
    }

    /// The stems of the texts that begin with `start`, each with the number of sections it stands in.
    pub(super) fn stems(&self, start: &str) -> Vec<(String, u64)> {
        let mut out = Vec::new();
        let Some(body) = self.fields.last() else { return out };
        let mut base = 0;
        for segment in self.searcher.segment_readers() {
            let Some(inverted) = self.read(segment.inverted_index(*body)) else { continue };
            let Some(mut terms) = self.read(inverted.terms().range().ge(start).into_stream()) else { continue };
            while terms.advance() {
                let Ok(term) = std::str::from_utf8(terms.key()) else { break };
                if !term.starts_with(start) {
                    break;
                }
                let count = match self.holes {
                    false => u64::from(terms.value().doc_freq),
                    true => {
                        let only = inverted.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic);
                        self.read(only).map_or(0, |postings| self.living(postings, base))
                    }
                };
                if count > 0 {
                    out.push((term.to_owned(), count));
                }
            }
            base += segment.max_doc();
        }
        out
    }
}

/// Writes an index, section after section.
pub(super) struct Writer {
    writer: SingleSegmentIndexWriter<TantivyDocument>,
    fields: [Field; FIELDS],
    counted: Arc<Mutex<Vec<u32>>>,
    rows: Vec<Row>,
}

impl Writer {
    /// Begins an index in `directory`, which must be empty.
    pub(super) fn new(directory: RamDirectory) -> tantivy::Result<Writer> {
        let (schema, fields) = schema();
        let tokenizers = TokenizerManager::new();
        let words = Words::default();
        let counted = Arc::clone(&words.counted);
        tokenizers.register(TOKENIZER, TextAnalyzer::from(words));
        // One segment, written without threads of its own: the same sections always make the same index.
        let builder = tantivy::Index::builder().schema(schema).tokenizers(tokenizers);
        let writer = builder.single_segment_index_writer(directory, BUFFER)?;
        Ok(Writer { writer, fields, counted, rows: Vec::new() })
    }

    pub(super) fn add(&mut self, section: &Section) -> tantivy::Result<()> {
        let mut document = TantivyDocument::default();
        for (field, text) in self.fields.iter().zip(texts(section)) {
            document.add_text(*field, text);
        }
        self.writer.add_document(document)?;
        // The tokenizer was given field after field.
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut length = [0; FIELDS];
        length.iter_mut().zip(counted.drain(..)).for_each(|(length, count)| *length = count);
        self.rows.push((length, section.seen));
        Ok(())
    }

    /// The index, and what is known of each of its sections.
    pub(super) fn finish(self) -> tantivy::Result<(tantivy::Index, Vec<Row>)> {
        Ok((self.writer.finalize()?, self.rows))
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
