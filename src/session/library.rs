//! All runbooks of a session with one index over their sections.
//! It never reads files; it is given their paths and texts.

use std::collections::HashSet;
use std::sync::Arc;

use crate::query::Query;
use crate::runbook::links::Atlas;
use crate::runbook::{Problem, Runbook, Section, parse};
use crate::search::{Aliases, Answer, Later, Meaning, blend};

/// One Markdown text with the path it is cited by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub path: String,
    pub text: String,
}

/// A runbook of the library: its sections are `sections()[first..first + count]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    pub path: String,
    pub title: String,
    pub first: usize,
    pub count: usize,
    pub problems: Vec<Problem>,
    /// Changes when the text does.
    pub hash: String,
}

/// The runbooks, their sections and the index over them.
pub struct Library {
    shelves: Vec<Shelf>,
    sections: Arc<Vec<Section>>,
    index: Later,
    atlas: Atlas,
    meaning: Option<Box<dyn Meaning>>,
}

/// Sections the words rank before meaning reorders them.
const BEFORE_MEANING: usize = 100;

impl Library {
    /// Reads and indexes `sources`; of two with the same path the later wins.
    ///
    /// # Errors
    /// When the index cannot be built.
    pub fn build(sources: &[Source], aliases: &Aliases) -> anyhow::Result<Library> {
        let mut seen = HashSet::new();
        let mut kept: Vec<&Source> = sources.iter().rev().filter(|s| seen.insert(s.path.clone())).collect();
        kept.reverse();
        let mut shelves = Vec::new();
        let mut sections: Vec<Section> = Vec::new();
        let mut atlas = Atlas::default();
        for (source, runbook) in kept.iter().zip(read(&kept)) {
            let Runbook { path, title, sections: found, anchors, problems } = runbook;
            atlas.add(&path, &anchors, &found);
            shelves.push(Shelf {
                path,
                title,
                first: sections.len(),
                count: found.len(),
                problems,
                hash: hash(&source.text),
            });
            sections.extend(found);
        }
        let sections = Arc::new(sections);
        let index = Later::index(Arc::clone(&sections), aliases.clone());
        Ok(Library { shelves, sections, index, atlas, meaning: None })
    }

    pub fn shelves(&self) -> &[Shelf] {
        &self.shelves
    }

    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// From now on `meaning` ranks too; it was made for these sections.
    pub fn rank_by_meaning(&mut self, meaning: Box<dyn Meaning>) {
        self.meaning = Some(meaning);
    }

    /// The `top` best sections for a question.
    pub fn ask(&self, query: &Query, top: usize) -> Answer {
        match self.meaning.as_ref().and_then(|m| m.likeness(query)) {
            Some(likeness) => blend(self.index.get().ask(query, top.max(BEFORE_MEANING)), &likeness, top),
            None => self.index.get().ask(query, top),
        }
    }

    /// Where the links of the runbooks lead.
    pub fn atlas(&self) -> &Atlas {
        &self.atlas
    }

    /// The section with this id, title or unambiguous part of one of them.
    pub fn find(&self, name: &str) -> Option<usize> {
        let wanted = name.trim().to_lowercase();
        if wanted.is_empty() {
            return None;
        }
        let position = |test: &dyn Fn(&Section) -> bool| self.sections.iter().position(test);
        position(&|s| s.id.to_lowercase() == wanted)
            .or_else(|| position(&|s| s.title.to_lowercase() == wanted))
            .or_else(|| {
                self.only(|s| s.id.to_lowercase().contains(&wanted) || s.title.to_lowercase().contains(&wanted))
            })
    }

    fn only(&self, test: impl Fn(&Section) -> bool) -> Option<usize> {
        let mut found = self.sections.iter().enumerate().filter(|(_, s)| test(s)).map(|(i, _)| i);
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }

    /// The hash of the runbook that holds a section.
    pub fn hash_of(&self, section: usize) -> &str {
        self.shelves.iter().find(|s| (s.first..s.first + s.count).contains(&section)).map_or("", |s| s.hash.as_str())
    }
}

/// Reads texts, side by side where they are many.
fn read(sources: &[&Source]) -> Vec<Runbook> {
    let share = sources.len().div_ceil(std::thread::available_parallelism().map_or(1, |n| n.get().min(4))).max(8);
    let one = |source: &&Source| parse(&source.path, &source.text);
    std::thread::scope(|scope| {
        let others: Vec<_> = sources
            .chunks(share)
            .skip(1)
            .map(|part| (part, scope.spawn(move || part.iter().map(one).collect::<Vec<_>>())))
            .collect();
        let mut out: Vec<Runbook> = sources.iter().take(share).map(one).collect();
        for (part, thread) in others {
            // A text that stops the reader is read again here, where it stops what it must.
            out.extend(thread.join().unwrap_or_else(|_| part.iter().map(one).collect()));
        }
        out
    })
}

/// FNV-1a, 64 bits: the same in every version and on every machine. It tells texts apart; it is no seal.
fn hash(text: &str) -> String {
    let hash =
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
