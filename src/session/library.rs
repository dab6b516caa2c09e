//! All runbooks of a session with one index over their sections.
//! It never reads files; it is given their paths and texts.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use super::late::{Late, each};
use crate::query::Query;
use crate::runbook::links::{Atlas, Leads};
use crate::runbook::{Problem, Runbook, Sections, parse};
use crate::search::{Aliases, Answer, Index, Meaning, blend};
use crate::text::fingerprint;

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
    /// Changes when the text does.
    pub hash: u64,
}

/// The runbooks, their sections and the index over them.
pub struct Library {
    shelves: Vec<Shelf>,
    sections: Arc<Sections>,
    aliases: Aliases,
    /// Made beside the reading of the first question: nobody asks before the prompt is there.
    index: Late<anyhow::Result<Index>>,
    /// Made where the index turned out to be damaged.
    afresh: OnceLock<anyhow::Result<Index>>,
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
        let mut kept: Vec<&Source> = sources.iter().rev().filter(|s| seen.insert(s.path.as_str())).collect();
        kept.reverse();
        let mut shelves = Vec::new();
        let parsed = each(&kept, |source| parse(&source.path, &source.text));
        let mut first = 0;
        for (source, runbook) in kept.iter().zip(&parsed) {
            let Runbook { path, title, sections, .. } = runbook;
            let count = sections.len();
            shelves.push(Shelf {
                path: path.clone(),
                title: title.clone(),
                first,
                count,
                hash: fingerprint(source.text.as_bytes()),
            });
            first += count;
        }
        let sections = Arc::new(Sections::whole(parsed));
        let index = {
            let (sections, aliases) = (Arc::clone(&sections), aliases.clone());
            move || Index::build(sections, &aliases)
        };
        Ok(Library::of(shelves, sections, aliases, index))
    }

    /// A library whose sections and index are there already, or nearly.
    pub fn of(
        shelves: Vec<Shelf>,
        sections: Arc<Sections>,
        aliases: &Aliases,
        index: impl FnOnce() -> anyhow::Result<Index> + Send + 'static,
    ) -> Library {
        let mut atlas = Atlas::default();
        shelves.iter().for_each(|s| atlas.add(&s.path, s.count));
        let index = Late::begin(move || {
            // What the first question needs is made ready as well.
            crate::query::understand("ready");
            index()
        });
        let (aliases, afresh) = (aliases.clone(), OnceLock::new());
        Library { shelves, sections, aliases, index, afresh, atlas, meaning: None }
    }

    pub fn shelves(&self) -> &[Shelf] {
        &self.shelves
    }

    pub fn sections(&self) -> &Sections {
        &self.sections
    }

    /// What is odd in a runbook, for its author; the runbook is read for it.
    pub fn problems(&self, shelf: usize) -> &[Problem] {
        self.sections.runbook(shelf).map(|r| r.problems.as_slice()).unwrap_or_default()
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
        let answer = match self.meaning.as_ref().and_then(|m| m.likeness(query)) {
            Some(likeness) => blend(self.by_words(query, top.max(BEFORE_MEANING)), &likeness, top),
            None => self.by_words(query, top),
        };
        self.named_first(answer, query, top)
    }

    fn by_words(&self, query: &Query, top: usize) -> Answer {
        let Some(Ok(index)) = self.index.get() else { return Answer::default() };
        if index.sound() {
            let answer = index.ask(query, top);
            if index.sound() {
                return answer;
            }
        }
        // What was kept is damaged: the texts are indexed once more, and asked instead.
        let afresh = self.afresh.get_or_init(|| Index::build(Arc::clone(&self.sections), &self.aliases));
        afresh.as_ref().map(|index| index.ask(query, top)).unwrap_or_default()
    }

    /// Where a link leads that stands in the runbook `from`.
    pub fn leads(&self, from: &str, target: &str) -> Leads {
        self.atlas.leads(from, target, &*self.sections)
    }

    /// The section with this id, title or unambiguous part of one of them.
    pub fn find(&self, name: &str) -> Option<usize> {
        let wanted = name.trim().to_lowercase();
        if wanted.is_empty() {
            return None;
        }
        let position =
            |test: &dyn Fn(&str, &str) -> bool| self.sections.names().position(|(id, title)| test(id, title));
        position(&|id, _| id.to_lowercase() == wanted)
            .or_else(|| position(&|_, title| title.to_lowercase() == wanted))
            .or_else(|| {
                self.only(|id, title| id.to_lowercase().contains(&wanted) || title.to_lowercase().contains(&wanted))
            })
    }

    fn only(&self, test: impl Fn(&str, &str) -> bool) -> Option<usize> {
        let mut found = self.sections.names().enumerate().filter(|(_, (id, title))| test(id, title)).map(|(i, _)| i);
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }

    /// The hash of the runbook that holds a section, as hexadecimal digits.
    pub fn hash_of(&self, section: usize) -> String {
        let shelf = self.sections.book_of(section).and_then(|book| self.shelves.get(book));
        shelf.map_or(String::new(), |s| format!("{:016x}", s.hash))
    }
}
