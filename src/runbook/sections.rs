//! All sections of a library in their order; a runbook is understood when one of its sections is first looked at.
//! It never reads a file: whoever keeps the texts gives them.

use std::sync::{LazyLock, OnceLock};

use super::{Runbook, Section, parse};

/// Keeps the texts of runbooks.
pub trait Texts: Send + Sync {
    /// The path and the text of a runbook, by its number; `None` where it cannot be had any more.
    fn text(&self, book: usize) -> Option<(String, String)>;

    /// The id and the title of every section; `None` where they are known only by reading.
    fn names(&self) -> Option<Names>;
}

/// The ids and titles of sections, in the sections' order.
#[derive(Debug, Default)]
pub struct Names {
    text: String,
    ends: Vec<(u32, u32)>,
}

impl Names {
    pub fn push(&mut self, id: &str, title: &str) {
        self.text.push_str(id);
        let id_ends = self.text.len() as u32;
        self.text.push_str(title);
        self.ends.push((id_ends, self.text.len() as u32));
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn get(&self, at: usize) -> Option<(&str, &str)> {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |(_, end)| *end as usize);
        let (id, title) = self.ends.get(at)?;
        Some((self.text.get(start..*id as usize)?, self.text.get(*id as usize..*title as usize)?))
    }
}

/// All sections, in their order.
pub struct Sections {
    /// The number of each runbook's first section, and of all sections at the end.
    firsts: Vec<usize>,
    books: Vec<OnceLock<Runbook>>,
    texts: Option<Box<dyn Texts>>,
    names: OnceLock<Names>,
}

static NOTHING: LazyLock<Section> = LazyLock::new(Section::default);

impl Sections {
    /// The sections of runbooks that were read.
    pub fn whole(runbooks: Vec<Runbook>) -> Sections {
        let firsts = firsts(runbooks.iter().map(|r| r.sections.len()));
        Sections {
            firsts,
            books: runbooks.into_iter().map(OnceLock::from).collect(),
            texts: None,
            names: OnceLock::new(),
        }
    }

    /// Sections whose runbooks are read when they are needed; `counts` is how many each holds.
    pub fn kept(counts: impl Iterator<Item = usize>, texts: Box<dyn Texts>) -> Sections {
        let firsts = firsts(counts);
        let books = firsts.iter().skip(1).map(|_| OnceLock::new()).collect();
        Sections { firsts, books, texts: Some(texts), names: OnceLock::new() }
    }

    pub fn len(&self) -> usize {
        self.firsts.last().copied().unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A section by its number; `None` where there is none, or its text is gone.
    pub fn get(&self, at: usize) -> Option<&Section> {
        let book = self.book_of(at)?;
        self.runbook(book)?.sections.get(at - self.firsts.get(book)?)
    }

    /// All sections; one whose text is gone is empty. Every runbook is read for it.
    pub fn iter(&self) -> impl Iterator<Item = &Section> {
        (0..self.len()).map(|at| self.get(at).unwrap_or(&NOTHING))
    }

    /// The id and the title of a section; a runbook is read only where these are known in no other way.
    pub fn name(&self, at: usize) -> Option<(&str, &str)> {
        let kept = || self.texts.as_ref().and_then(|t| t.names()).filter(|n| n.len() == self.len());
        let names = self.names.get_or_init(|| kept().unwrap_or_default());
        names.get(at).or_else(|| self.get(at).map(|s| (s.id.as_str(), s.title.as_str())))
    }

    /// The ids and titles of all sections, in their order.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..self.len()).map(|at| self.name(at).unwrap_or_default())
    }

    /// Of each section, whether a runbook begins with it.
    pub fn beginnings(&self) -> Vec<bool> {
        let mut out = vec![false; self.len()];
        for first in &self.firsts {
            if let Some(place) = out.get_mut(*first) {
                *place = true;
            }
        }
        out
    }

    /// The number of the runbook that holds a section.
    pub fn book_of(&self, section: usize) -> Option<usize> {
        let after = self.firsts.partition_point(|first| *first <= section);
        (section < self.len()).then(|| after.saturating_sub(1))
    }

    /// A runbook by its number; `None` where its text is gone.
    pub fn runbook(&self, book: usize) -> Option<&Runbook> {
        let place = self.books.get(book)?;
        let count = self.firsts.get(book + 1)? - self.firsts.get(book)?;
        let read = || {
            let (path, text) = self.texts.as_ref().and_then(|t| t.text(book)).unwrap_or_default();
            parse(&path, &text)
        };
        Some(place.get_or_init(read)).filter(|r| r.sections.len() == count)
    }
}

impl From<Vec<Section>> for Sections {
    fn from(sections: Vec<Section>) -> Sections {
        let (path, title) = Default::default();
        Sections::whole(vec![Runbook { path, title, sections, anchors: Vec::new(), problems: Vec::new() }])
    }
}

fn firsts(counts: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut sum = 0;
    let mut firsts: Vec<usize> = vec![0];
    firsts.extend(counts.map(|count| {
        sum += count;
        sum
    }));
    firsts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const BOOKS: [(&str, &str); 4] = [
        ("a.md", "# A\n\ntext\n\n## Ä2\n\nmore\n"),
        ("empty.md", ""),
        ("b.md", "# B\n\ntext\n"),
        ("gone.md", "# G\n\nx\n"),
    ];

    struct Shelf(Arc<AtomicUsize>);

    impl Texts for Shelf {
        fn text(&self, book: usize) -> Option<(String, String)> {
            self.0.fetch_add(1, Ordering::Relaxed);
            BOOKS.get(book).filter(|b| b.0 != "gone.md").map(|(path, text)| ((*path).into(), (*text).into()))
        }

        fn names(&self) -> Option<Names> {
            let mut names = Names::default();
            for (path, text) in BOOKS {
                parse(path, text).sections.iter().for_each(|s| names.push(&s.id, &s.title));
            }
            Some(names)
        }
    }

    #[test]
    fn kept_sections_are_the_read_ones_and_are_read_once_when_needed() {
        let whole = Sections::whole(BOOKS.iter().map(|(path, text)| parse(path, text)).collect());
        let reads = Arc::new(AtomicUsize::new(0));
        let counts: Vec<usize> = BOOKS.iter().map(|(path, text)| parse(path, text).sections.len()).collect();
        assert_eq!(counts, [2, 0, 1, 1]);
        let kept = Sections::kept(counts.into_iter(), Box::new(Shelf(Arc::clone(&reads))));
        assert_eq!((kept.len(), whole.len()), (4, 4));
        assert_eq!(kept.names().collect::<Vec<_>>(), whole.names().collect::<Vec<_>>());
        assert_eq!(reads.load(Ordering::Relaxed), 0, "names need no reading");
        for at in [1, 0, 2, 1] {
            assert_eq!(kept.get(at), whole.get(at));
        }
        assert_eq!(reads.load(Ordering::Relaxed), 2);
        assert_eq!((kept.book_of(2), kept.book_of(4)), (Some(2), None));
        assert_eq!((kept.get(3), kept.get(4)), (None, None), "a text that is gone is no section");
        assert_eq!(kept.iter().count(), 4, "and the others keep their numbers");
    }
}
