//! The index over many runbooks, kept on disk between sessions: only what changed is read and indexed again.
//! It never decides an answer: what is missing, damaged, another's or of another version is made anew or left out.
//!
//! A collection has a folder: parts that never change once they are there, and one record that says which runbook
//! is where. Both are written aside, synced and renamed, so that a session that is killed leaves the ones before. One session
//! writes at a time, and none waits: who may not write works with what it made in memory. What is read is checked.

mod codec;
mod folder;
mod make;
mod record;
mod store;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use codec::Eye;
use folder::Folder;
use make::Text;
pub use record::Stamp;
use record::{Book, Record};
use store::Loose;

use crate::runbook::Sections;
use crate::runbook::sections::{Names, Texts};
use crate::search::kept::{GONE, Kept, Run, identity};
use crate::search::{Aliases, Index};
use crate::session::library::{Library, Shelf};
use crate::text::fingerprint;

/// Names of pieces beside those of the index.
const NAMES: &str = "names";
const TEXTS: &str = "texts";
/// More parts than this make every question slow.
const PARTS: usize = 10;

/// A runbook that was found, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As it is cited; no two are alike.
    pub path: String,
    pub place: Place,
}

/// Where a runbook's text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the program.
    Inside(&'static str),
    /// In a file, and how that looks; `None` where it cannot be looked at.
    File(PathBuf, Option<Stamp>),
}

impl Place {
    /// The text's length in bytes, as far as it is known.
    pub fn size(&self) -> u64 {
        match self {
            Place::Inside(text) => text.len() as u64,
            Place::File(_, stamp) => stamp.map_or(0, |s| s.size()),
        }
    }

    /// How it looks from outside; `None` where it cannot be looked at.
    pub fn stamp(&self) -> Option<Stamp> {
        match self {
            Place::Inside(text) => Some(Stamp::inside(text.len())),
            Place::File(_, stamp) => *stamp,
        }
    }

    fn shown(&self) -> String {
        match self {
            Place::Inside(_) => "an embedded runbook".into(),
            Place::File(path, _) => path.display().to_string(),
        }
    }

    /// That it cannot be read, as a sentence.
    pub fn unreadable(&self, error: &std::io::Error) -> String {
        format!("cannot read `{}`: {error}", self.shown())
    }

    /// That it is no text throughout, as a sentence.
    pub fn mended(&self) -> String {
        format!("`{}` is not UTF-8: what is no text in it was replaced", self.shown())
    }
}

/// Reads the text of a runbook once more, by the path it is cited by.
pub type Reread = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Runbooks that are kept together.
pub struct Collection<'a> {
    /// The folder of all that is kept.
    pub cache: &'a Path,
    /// Tells one collection from another.
    pub name: String,
    pub aliases: &'a Aliases,
    /// For a text that was kept and turns out to be damaged.
    pub reread: Reread,
}

impl Collection<'_> {
    /// The library of what was kept before, the paths of the runbooks in which something was no text, and how all of them
    /// looked; `None` where anything is missing, or one of them could not be read or might have been changed since.
    pub fn as_kept(self) -> Option<(Library, Vec<String>, u64)> {
        let (record, parts) = Folder::at(self.cache, &self.name)?.read(program())?;
        let looks = record.looks?;
        let parts: Vec<Arc<dyn Kept>> = parts.into_iter().collect::<Option<_>>()?;
        let mended = record.books.iter().filter(|b| b.mended).map(|b| b.path.clone()).collect();
        Some((put_together(record, parts, self.reread, self.aliases), mended, looks))
    }

    /// The library of what was found, and what could not be read, a sentence each. `looks` tells how all of it looks from
    /// outside, where nothing kept from looking; `done` is told how many of how many runbooks were read anew.
    ///
    /// # Errors
    /// When the runbooks cannot be indexed. What is wrong with the cache is no error.
    pub fn library(
        self,
        found: &[Found],
        looks: Option<u64>,
        done: &(dyn Fn(usize, usize) + Sync),
    ) -> anyhow::Result<(Library, Vec<String>)> {
        let program = program();
        let folder = Folder::at(self.cache, &self.name);
        let mut known = Known::read(folder.as_ref(), program);
        let mut places = known.places(found);
        let wanted = known.wanted(found, &mut places);
        let mut troubles = Vec::new();
        let made = match wanted.is_empty() {
            true => Vec::new(),
            false => make::make(found, &wanted, &|read| done(read, wanted.len()))?,
        };
        let mut parts = known.parts;
        let mut record = Record { program, looks: None, parts: known.record.parts, books: Vec::new() };
        for one in made {
            troubles.extend(one.troubles);
            if one.books.is_empty() {
                continue;
            }
            for (at, book) in one.books {
                if let Some(place) = places.get_mut(at) {
                    *place = Some(Book { part: parts.len(), ..book });
                }
            }
            record.parts.push((String::new(), one.sections));
            parts.push(Part::Made(one.pieces));
        }
        for (one, book) in found.iter().zip(places) {
            if let Some(book) = book {
                troubles.extend(book.mended.then(|| one.place.mended()));
                record.books.push(book);
            }
        }
        let well = record.books.len() == found.len() && record.books.iter().all(|b| b.stamp.is_some());
        record.looks = looks.filter(|_| well);
        let mut parts = leave_out_unused(&mut record, parts);
        let same = record.books == known.record.books && record.looks == known.record.looks;
        if !same || parts.iter().any(|p| matches!(p, Part::Made(_))) {
            // Without it the next session does this work again, and nothing else.
            let _ = folder.as_ref().map(|folder| write(folder, &mut record, &mut parts));
        }
        let parts: Vec<Arc<dyn Kept>> = parts.into_iter().filter_map(Part::opened).collect();
        Ok((put_together(record, parts, self.reread, self.aliases), troubles))
    }
}

/// The folder of a cache and how many bytes it holds.
pub fn size(cache: &Path) -> u64 {
    folder::size(cache)
}

/// What makes the same runbooks be understood in the same way: this very program.
fn program() -> u64 {
    let own = std::env::current_exe().and_then(std::fs::metadata).map(|about| Stamp::of(&about));
    fingerprint(format!("{} {:x} {own:?}", env!("CARGO_PKG_VERSION"), identity()).as_bytes())
}

/// A part of the whole.
enum Part {
    Open(Arc<dyn Kept>),
    Made(crate::search::kept::Pieces),
    /// It cannot be opened, and nothing is in it.
    Lost,
}

impl Part {
    fn opened(self) -> Option<Arc<dyn Kept>> {
        match self {
            Part::Open(kept) => Some(kept),
            Part::Made(pieces) => Some(Arc::new(Loose::from(pieces))),
            Part::Lost => None,
        }
    }
}

/// What was kept before.
struct Known {
    record: Record,
    parts: Vec<Part>,
}

impl Known {
    fn read(folder: Option<&Folder>, program: u64) -> Known {
        let mut read = folder.and_then(|f| f.read(program));
        if read.as_ref().is_some_and(|(_, parts)| parts.iter().any(Option::is_none)) {
            // Another session may just have replaced both.
            read = folder.and_then(|f| f.read(program));
        }
        let (record, parts) = read.unwrap_or_default();
        let parts = parts.into_iter().map(|part| part.map_or(Part::Lost, Part::Open)).collect();
        Known { record, parts }
    }

    /// Where each of what was found is kept; `None` where it is not, or not as it is now.
    fn places(&self, found: &[Found]) -> Vec<Option<Book>> {
        let mut by_path: FxHashMap<&str, &Book> = FxHashMap::default();
        let here = |book: &&Book| matches!(self.parts.get(book.part), Some(Part::Open(_)));
        by_path.extend(self.record.books.iter().filter(here).map(|b| (b.path.as_str(), b)));
        let each = found.iter().map(|one| {
            let book = *by_path.get(one.path.as_str())?;
            if book.stamp.is_some() && book.stamp == one.place.stamp() {
                return Some(book.clone());
            }
            // It looks otherwise, or was read while it may have been written: its text decides.
            let read = Text::read(&one.place).ok()?;
            let same = fingerprint(read.text.as_bytes()) == book.hash && read.mended == book.mended;
            same.then(|| Book { stamp: read.stamp, ..book.clone() })
        });
        each.collect()
    }

    /// What has to be made: all without a place, and with it the parts that are no larger, so that there are never many.
    fn wanted(&mut self, found: &[Found], places: &mut [Option<Book>]) -> Vec<usize> {
        let mut wanted: Vec<usize> = (0..found.len()).filter(|at| matches!(places.get(*at), Some(None))).collect();
        loop {
            // Of each part, how many books and sections of it are still there.
            let mut living = vec![(0, 0); self.parts.len()];
            for book in places.iter().flatten() {
                living.get_mut(book.part).into_iter().for_each(|(books, sections)| {
                    *books += 1;
                    *sections += book.count;
                });
            }
            let used = || living.iter().enumerate().filter(|(_, (books, _))| *books > 0);
            let Some((smallest, (size, _))) = used().min_by_key(|(_, (books, _))| *books) else { break };
            let due = !wanted.is_empty() && (*size <= 2 * wanted.len() || used().count() >= PARTS);
            let whole = |part: usize| self.record.parts.get(part).map_or(0, |(_, sections)| *sections);
            let hollow = used().find(|(part, (_, left))| left * 2 < whole(*part)).map(|(part, _)| part);
            let Some(part) = hollow.or(due.then_some(smallest)) else { break };
            for (at, place) in places.iter_mut().enumerate() {
                if place.as_ref().is_some_and(|book| book.part == part) {
                    *place = None;
                    wanted.push(at);
                }
            }
        }
        wanted.sort_unstable();
        wanted
    }
}

/// Leaves out the parts that hold nothing of the whole.
fn leave_out_unused(record: &mut Record, parts: Vec<Part>) -> Vec<Part> {
    let mut numbers = vec![None; parts.len()];
    let mut next = 0;
    for (number, place) in numbers.iter_mut().enumerate() {
        if record.books.iter().any(|b| b.part == number) {
            *place = Some(next);
            next += 1;
        }
    }
    for book in &mut record.books {
        book.part = numbers.get(book.part).copied().flatten().unwrap_or(0);
    }
    let used = |at: usize| numbers.get(at).copied().flatten().is_some();
    record.parts =
        std::mem::take(&mut record.parts).into_iter().enumerate().filter(|(n, _)| used(*n)).map(|(_, p)| p).collect();
    parts.into_iter().enumerate().filter(|(n, _)| used(*n)).map(|(_, p)| p).collect()
}

/// Writes the parts that were made, and the record; what was written is used from there.
fn write(folder: &Folder, record: &mut Record, parts: &mut [Part]) -> std::io::Result<()> {
    let Some(turn) = folder.turn() else { return Ok(()) };
    for (part, (name, _)) in parts.iter_mut().zip(&mut record.parts) {
        if let Part::Made(pieces) = part {
            let written = folder.keep(&turn, pieces)?;
            *part = Part::Open(folder.part(&written)?);
            *name = written;
        }
    }
    folder.settle(&turn, record)
}

/// The library of what is kept in `parts`.
fn put_together(mut record: Record, parts: Vec<Arc<dyn Kept>>, reread: Reread, aliases: &Aliases) -> Library {
    let mut shelves: Vec<Shelf> = Vec::with_capacity(record.books.len());
    let mut numbers: Vec<Vec<u32>> = record.parts.iter().map(|(_, sections)| vec![GONE; *sections]).collect();
    let mut first = 0;
    for book in &mut record.books {
        let title = std::mem::take(&mut book.title);
        let Book { path, count, hash, .. } = &*book;
        let own = numbers.get_mut(book.part).and_then(|n| n.get_mut(book.first..book.first + count));
        own.into_iter().flatten().zip(first..).for_each(|(place, number)| *place = number as u32);
        shelves.push(Shelf { path: path.clone(), title, first, count: *count, hash: *hash });
        first += *count;
    }
    let counts: Vec<usize> = record.books.iter().map(|b| b.count).collect();
    let runs: Vec<Run> = parts
        .iter()
        .zip(&numbers)
        .map(|(kept, places)| Run { kept: Arc::clone(kept), places: places.clone() })
        .collect();
    let texts = Shelved { books: record.books, parts, reread, numbers };
    let sections = Arc::new(Sections::kept(counts.into_iter(), Box::new(texts)));
    let (own, given) = (Arc::clone(&sections), aliases.clone());
    Library::of(shelves, sections, aliases, move || {
        // What cannot be opened is indexed anew.
        let index = Index::open(runs, Arc::clone(&own), &given).or_else(|_| Index::build(own, &given))?;
        index.make_ready();
        Ok(index)
    })
}

/// The texts of books, from the parts, or from where these had them.
struct Shelved {
    books: Vec<Book>,
    parts: Vec<Arc<dyn Kept>>,
    reread: Reread,
    /// Of each part, where its sections stand in the whole.
    numbers: Vec<Vec<u32>>,
}

impl Texts for Shelved {
    fn text(&self, book: usize) -> Option<(String, String)> {
        let Book { path, part, text: (start, length), hash, .. } = self.books.get(book)?;
        let kept = || {
            let texts = self.parts.get(*part)?.piece(TEXTS)?;
            let end = start.checked_add(*length).filter(|end| *end <= tantivy::HasLen::len(&texts))?;
            String::from_utf8(texts.slice(*start..end).read_bytes().ok()?.to_vec()).ok()
        };
        let right = |text: &String| fingerprint(text.as_bytes()) == *hash;
        let text = kept().filter(right).or_else(|| (self.reread)(path).filter(right))?;
        Some((path.clone(), text))
    }

    fn names(&self) -> Option<Names> {
        let all = self.books.iter().map(|b| b.count).sum();
        let mut rows: Vec<(&str, &str)> = vec![("", ""); all];
        let pieces: Option<Vec<_>> = self.parts.iter().map(|p| p.piece(NAMES)?.read_bytes().ok()).collect();
        let pieces = pieces?;
        for (piece, numbers) in pieces.iter().zip(&self.numbers) {
            let mut eye = Eye(piece.as_slice());
            for number in numbers {
                let (id, title) = (eye.text()?, eye.text()?);
                if let Some(row) = rows.get_mut(*number as usize) {
                    *row = (id, title);
                }
            }
        }
        let mut names = Names::default();
        rows.into_iter().for_each(|(id, title)| names.push(id, title));
        Some(names)
    }
}
