//! Runbooks read, understood and indexed as one part or several, side by side.
//! It never fails for one bad file: that file is named, and the others are kept.

use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::codec::Pen;
use super::record::{Book, Stamp};
use super::{Found, NAMES, Place, TEXTS};
use crate::runbook::parse;
use crate::search::kept::{Keeping, Pieces};
use crate::text::fingerprint;

/// So many bytes of Markdown make another part worth it.
const WORTH: u64 = 4 << 20;
/// More parts at once do not make it faster, and every question looks into all of them.
const SIDE_BY_SIDE: usize = 4;

/// A part that was made: its bytes, how many sections it holds, and its books by the number of what was found.
pub(super) struct Made {
    pub pieces: Pieces,
    pub sections: usize,
    pub books: Vec<(usize, Book)>,
    pub troubles: Vec<String>,
}

/// A text as it was read.
pub(super) struct Text {
    pub text: String,
    pub mended: bool,
    /// `None` where its file might have been changed at that very moment.
    pub stamp: Option<Stamp>,
}

impl Text {
    /// Reads what was found.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(place: &Place) -> std::io::Result<Text> {
        let path = match place {
            Place::Inside(text) => {
                let stamp = Some(Stamp::inside(text.len()));
                return Ok(Text { text: (*text).to_owned(), mended: false, stamp });
            }
            Place::File(path, _) => path,
        };
        let mut file = File::open(path)?;
        let before = Stamp::of(&file.metadata()?);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let after = Stamp::of(&file.metadata()?);
        let stamp = Some(after).filter(|s| *s == before && s.is_settled(SystemTime::now()));
        let (text, mended) = match String::from_utf8(bytes) {
            Ok(text) => (text, false),
            Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
        };
        Ok(Text { text, mended, stamp })
    }
}

/// Makes parts of the `wanted` ones of what was found, in their order; `done` is told how many were read.
///
/// # Errors
/// When they cannot be indexed.
pub(super) fn make(found: &[Found], wanted: &[usize], done: &(dyn Fn(usize) + Sync)) -> anyhow::Result<Vec<Made>> {
    let size = |at: &usize| found.get(*at).map_or(0, |f| f.place.size());
    let all: u64 = wanted.iter().map(size).sum();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(SIDE_BY_SIDE);
    let share = (all / threads as u64 + 1).max(WORTH);
    let mut runs: Vec<Vec<usize>> = Vec::new();
    let mut held = share;
    for at in wanted {
        if held >= share {
            runs.push(Vec::new());
            held = 0;
        }
        held += size(at);
        runs.last_mut().into_iter().for_each(|run| run.push(*at));
    }
    let count = AtomicUsize::new(0);
    let tick = || done(count.fetch_add(1, Ordering::Relaxed) + 1);
    let made: Vec<anyhow::Result<Made>> = std::thread::scope(|scope| {
        let each: Vec<_> = runs.iter().map(|run| scope.spawn(|| part(found, run, &tick))).collect();
        let fell = |_| Err(anyhow::anyhow!("a thread fell over"));
        each.into_iter().map(|thread| thread.join().unwrap_or_else(fell)).collect()
    });
    made.into_iter().collect()
}

fn part(found: &[Found], run: &[usize], tick: &dyn Fn()) -> anyhow::Result<Made> {
    let mut keeping = Keeping::new()?;
    let (mut texts, mut names) = (Vec::new(), Pen::default());
    let mut made = Made { pieces: Vec::new(), sections: 0, books: Vec::new(), troubles: Vec::new() };
    for at in run {
        let Some(one) = found.get(*at) else { continue };
        tick();
        let read = match Text::read(&one.place) {
            Ok(read) => read,
            Err(error) => {
                made.troubles.push(one.place.unreadable(&error));
                continue;
            }
        };
        let runbook = parse(&one.path, &read.text);
        for section in &runbook.sections {
            keeping.add(section)?;
            names.text(&section.id);
            names.text(&section.title);
        }
        let book = Book {
            path: one.path.clone(),
            title: runbook.title,
            stamp: read.stamp,
            hash: fingerprint(read.text.as_bytes()),
            mended: read.mended,
            part: 0,
            first: made.sections,
            count: runbook.sections.len(),
            text: (texts.len(), read.text.len()),
        };
        texts.extend_from_slice(read.text.as_bytes());
        made.sections += book.count;
        made.books.push((*at, book));
    }
    made.pieces = keeping.finish()?;
    made.pieces.push((NAMES.to_owned(), names.0));
    made.pieces.push((TEXTS.to_owned(), texts));
    Ok(made)
}
