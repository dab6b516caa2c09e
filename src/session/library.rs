//! All runbooks of a session with one index over their sections.
//! It never reads files; it is given their paths and texts.

use std::collections::HashSet;
use std::sync::Arc;

use super::late::{Late, each};
use crate::query::Query;
use crate::runbook::links::Atlas;
use crate::runbook::{Problem, Runbook, Section, parse};
use crate::search::{Aliases, Answer, Index, Meaning, blend};

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
    /// Made beside the reading of the first question: nobody asks before the prompt is there.
    index: Late<anyhow::Result<Index>>,
    atlas: Atlas,
    meaning: Option<Box<dyn Meaning>>,
}

/// Sections the words rank before meaning reorders them.
const BEFORE_MEANING: usize = 100;

impl Library {
    /// Reads `sources` and begins to index them; of two with the same path the later wins.
    ///
    /// # Errors
    /// Never now; [`Library::indexed`] tells whether the index could be built.
    pub fn build(sources: &[Source], aliases: &Aliases) -> anyhow::Result<Library> {
        let mut seen = HashSet::new();
        let mut kept: Vec<&Source> = sources.iter().rev().filter(|s| seen.insert(s.path.clone())).collect();
        kept.reverse();
        let mut shelves = Vec::new();
        let mut sections: Vec<Section> = Vec::new();
        let mut atlas = Atlas::default();
        let parsed = each(&kept, |source| parse(&source.path, &source.text));
        for (source, runbook) in kept.iter().zip(parsed) {
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
        let index = {
            let (sections, aliases) = (Arc::clone(&sections), aliases.clone());
            Late::begin(move || {
                // What the first question needs is made ready as well.
                crate::query::understand("ready");
                Index::build(sections, &aliases)
            })
        };
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

    /// Whether the index could be built; waits for it.
    ///
    /// # Errors
    /// Why not.
    pub fn indexed(&self) -> anyhow::Result<()> {
        match self.index.get() {
            Some(Ok(_)) => Ok(()),
            Some(Err(why)) => anyhow::bail!("the runbooks cannot be indexed: {why:#}"),
            None => anyhow::bail!("the runbooks cannot be indexed"),
        }
    }

    /// The `top` best sections for a question; none where there is no index.
    pub fn ask(&self, query: &Query, top: usize) -> Answer {
        let Some(Ok(index)) = self.index.get() else {
            return Answer::default();
        };
        let answer = match self.meaning.as_ref().and_then(|m| m.likeness(query)) {
            Some(likeness) => blend(index.ask(query, top.max(BEFORE_MEANING)), &likeness, top),
            None => index.ask(query, top),
        };
        self.named_first(answer, query, top)
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

/// FNV-1a, 64 bits: the same in every version and on every machine. It tells texts apart; it is no seal.
fn hash(text: &str) -> String {
    let hash =
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
