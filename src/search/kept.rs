//! Parts of an index as bytes that can be kept and opened again: what is found in them is what a fresh index finds.
//! It never reads or writes a file: the bytes go to and come from whoever keeps them.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{DirectoryLock, FileHandle, Lock, RamDirectory, WatchCallback, WatchHandle, WritePtr};
pub use tantivy::directory::{FileSlice, OwnedBytes};

use super::part::{FIELDS, Part, Row, Writer};
use super::{Aliases, Index, shape};
use crate::runbook::{Section, Sections, Seen};
use crate::text::fingerprint;

/// The bytes of one part, by name.
pub type Pieces = Vec<(String, Vec<u8>)>;

/// Gives the pieces of a part that was kept.
pub trait Kept: Send + Sync + fmt::Debug {
    fn piece(&self, name: &str) -> Option<FileSlice>;
}

/// The place of a section that is not to be found any more.
pub const GONE: u32 = super::part::GONE;

/// A part that was kept, and where its sections stand now.
pub struct Run {
    pub kept: Arc<dyn Kept>,
    /// The number of each of its sections in the whole; [`GONE`] for one that is not among them any more.
    pub places: Vec<u32>,
}

/// Changes whenever the same sections would be indexed otherwise; the program's own version is not in it.
pub fn identity() -> u64 {
    /// Counted up with the shape of what is kept.
    const SHAPE: &str = "2";
    let tables = [include_str!("concepts.txt"), include_str!("everyday.txt"), tantivy::version_string(), SHAPE];
    tables.iter().fold(0, |sum: u64, table| sum.rotate_left(7) ^ fingerprint(table.as_bytes()))
}

/// Names of pieces.
const ROWS: &str = "rows";
const INDEX: &str = "index/";
/// The bytes of one row.
const ROW: usize = FIELDS * 4 + 1;

/// A part on its way to being kept.
pub struct Keeping {
    writer: Writer,
    directory: RamDirectory,
}

impl Keeping {
    /// Begins a part.
    ///
    /// # Errors
    /// When tantivy cannot.
    pub fn new() -> anyhow::Result<Keeping> {
        let directory = RamDirectory::create();
        Ok(Keeping { writer: Writer::new(directory.clone())?, directory })
    }

    /// Adds a section.
    ///
    /// # Errors
    /// When tantivy cannot.
    pub fn add(&mut self, section: &Section) -> anyhow::Result<()> {
        Ok(self.writer.add(section)?)
    }

    /// The part as bytes.
    ///
    /// # Errors
    /// When tantivy cannot.
    pub fn finish(self) -> anyhow::Result<Pieces> {
        let (index, rows) = self.writer.finish()?;
        let mut pieces = vec![(ROWS.to_owned(), rows.iter().flat_map(written).collect())];
        let mut names: Vec<PathBuf> = index.directory().list_managed_files().into_iter().collect();
        names.sort();
        for name in names.iter().filter(|name| self.directory.exists(name).unwrap_or(false)) {
            let bytes = self.directory.atomic_read(name)?;
            pieces.push((format!("{INDEX}{}", name.display()), bytes));
        }
        Ok(pieces)
    }
}

fn written((lengths, seen): &Row) -> Vec<u8> {
    let mut out: Vec<u8> = lengths.iter().flat_map(|l| l.to_le_bytes()).collect();
    out.push(match seen {
        Seen::Usually => 0,
        Seen::Often => 1,
        Seen::Rarely => 2,
    });
    out
}

fn row(bytes: &[u8]) -> Row {
    let mut lengths = [0; FIELDS];
    let (numbers, rest) = bytes.as_chunks::<4>();
    for (length, number) in lengths.iter_mut().zip(numbers) {
        *length = u32::from_le_bytes(*number);
    }
    let seen = match rest {
        [1] => Seen::Often,
        [2] => Seen::Rarely,
        _ => Seen::Usually,
    };
    (lengths, seen)
}

impl Index {
    /// An index of parts that were kept; `sections` are all those that have a place in one of them.
    ///
    /// # Errors
    /// When a piece is missing or cannot be read, or a section has no place.
    pub fn open(runs: Vec<Run>, sections: Arc<Sections>, aliases: &Aliases) -> anyhow::Result<Index> {
        let placed: usize = runs.iter().map(|r| r.places.iter().filter(|p| **p != GONE).count()).sum();
        anyhow::ensure!(placed == sections.len(), "{placed} of {} sections are kept", sections.len());
        let parts = runs.into_iter().map(open).collect::<anyhow::Result<Vec<Part>>>()?;
        let shape = shape(&parts, &sections.beginnings());
        Ok(Index { parts, shape, sections, aliases: aliases.clone(), reader: Mutex::default() })
    }
}

fn open(run: Run) -> anyhow::Result<Part> {
    let rows = run.kept.piece(ROWS).ok_or_else(|| Error::from(ErrorKind::NotFound))?.read_bytes()?;
    let rows: Vec<Row> = rows.chunks_exact(ROW).map(row).collect();
    anyhow::ensure!(rows.len() == run.places.len(), "{} rows for {} sections", rows.len(), run.places.len());
    let index = tantivy::Index::open(Shut(run.kept))?;
    Ok(Part::new(&index, rows, run.places)?)
}

/// A part's pieces as the folder of an index that is only read.
#[derive(Debug, Clone)]
struct Shut(Arc<dyn Kept>);

impl Shut {
    fn find(&self, path: &Path) -> Option<FileSlice> {
        self.0.piece(&format!("{INDEX}{}", path.display()))
    }
}

impl Directory for Shut {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let found = self.find(path).ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))?;
        Ok(Arc::new(found))
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.find(path).is_some())
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let found = self.find(path).ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))?;
        let bytes = found.read_bytes().map_err(|error| OpenReadError::wrap_io_error(error, path.to_owned()))?;
        Ok(bytes.to_vec())
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(ErrorKind::ReadOnlyFilesystem.into(), path.to_owned()))
    }

    fn atomic_write(&self, _: &Path, _: &[u8]) -> std::io::Result<()> {
        Err(ErrorKind::ReadOnlyFilesystem.into())
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::FileDoesNotExist(path.to_owned()))
    }

    fn sync_directory(&self) -> std::io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        // What never changes needs none.
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::understand;
    use crate::runbook::{Runbook, parse};
    use crate::search::Answer;
    use proptest::prelude::*;

    #[derive(Debug)]
    struct InMemory(Vec<(String, FileSlice)>);

    impl Kept for InMemory {
        fn piece(&self, name: &str) -> Option<FileSlice> {
            self.0.iter().find(|(known, _)| known == name).map(|(_, piece)| piece.clone())
        }
    }

    fn keep(sections: &[Section]) -> Arc<dyn Kept> {
        let mut keeping = Keeping::new().unwrap();
        sections.iter().for_each(|s| keeping.add(s).unwrap());
        let pieces = keeping.finish().unwrap();
        Arc::new(InMemory(pieces.into_iter().map(|(name, bytes)| (name, FileSlice::from(bytes))).collect()))
    }

    const WORDS: [&str; 12] = [
        "redis",
        "timeout",
        "disk full",
        "certificate",
        "won't start",
        "queue",
        "137",
        "connection refused",
        "upload",
        "camera",
        "oom killed",
        "slow",
    ];

    fn markdown(words: &[usize]) -> String {
        let mut text = String::from("# Book\n\n");
        for (nth, word) in words.iter().enumerate() {
            let word = WORDS[word % WORDS.len()];
            let seen = ["", "<!-- unstuck: seen: often -->\n\n", "<!-- unstuck: seen: rarely -->\n\n"][nth % 3];
            text.push_str(&format!(
                "## Problem {word}\n\n{seen}### Symptoms\n\n- {word} {nth}\n\n### Fix\n\n`ls {word}`\n\n"
            ));
        }
        text
    }

    fn ask(index: &Index) -> Vec<Answer> {
        let questions =
            ["redis timeout", "disk is full", "certifcate", "it won't start", "exit 137 oom", "slwo uploda"];
        questions.iter().map(|q| index.ask(&understand(q), 10)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Books in several parts, some of them replaced since: the answers are those of a fresh index, to the last bit.
        #[test]
        fn what_was_kept_answers_as_a_fresh_index(
            books in prop::collection::vec((prop::collection::vec(0usize..12, 0..5), 0usize..3, any::<bool>()), 1..9)
        ) {
            let parsed: Vec<Runbook> =
                books.iter().enumerate().map(|(n, (words, ..))| parse(&format!("{n:02}.md"), &markdown(words))).collect();
            let whole = Arc::new(Sections::whole(parsed.clone()));
            let mut runs = Vec::new();
            for part in 0..3 {
                let (mut inside, mut places, mut first) = (Vec::new(), Vec::new(), 0);
                for (runbook, (words, own, stale)) in parsed.iter().zip(&books) {
                    // An older text of the runbook is still in this part.
                    if *stale && (own + 1) % 3 == part {
                        let old = parse("old.md", &markdown(&words.iter().map(|w| w + 1).collect::<Vec<_>>()));
                        places.extend(old.sections.iter().map(|_| GONE));
                        inside.extend(old.sections);
                    }
                    if *own == part {
                        places.extend(first..first + runbook.sections.len() as u32);
                        inside.extend(runbook.sections.iter().cloned());
                    }
                    first += runbook.sections.len() as u32;
                }
                runs.push(Run { kept: keep(&inside), places });
            }
            let kept = Index::open(runs, Arc::clone(&whole), &Vec::new()).unwrap();
            let fresh = Index::build(whole, &Vec::new()).unwrap();
            prop_assert_eq!(ask(&kept), ask(&fresh));
            prop_assert!(kept.sound());
        }
    }

    #[test]
    fn what_does_not_fit_together_is_not_opened() {
        let book = parse("a.md", &markdown(&[0, 1]));
        let kept = keep(&book.sections);
        let sections = Arc::new(Sections::whole(vec![book.clone()]));
        let open = |kept: &Arc<dyn Kept>, places: Vec<u32>| {
            Index::open(vec![Run { kept: Arc::clone(kept), places }], Arc::clone(&sections), &Vec::new())
        };
        let all = book.sections.len() as u32;
        assert!(open(&kept, (0..all).collect()).is_ok());
        assert!(open(&kept, vec![0]).is_err());
        assert!(open(&kept, (0..all + 1).collect()).is_err());
        let empty: Arc<dyn Kept> = Arc::new(InMemory(Vec::new()));
        assert!(open(&empty, (0..all).collect()).is_err());
    }
}
