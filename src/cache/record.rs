//! What was kept of which runbook: its path, how its file looked, its place among the parts.
//! It never holds a text of a runbook, only where that is kept.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{SystemTime, UNIX_EPOCH};

use super::codec::{Eye, Pen};

/// How a file looks from outside; a file that was written looks otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Device and inode, size, and the times of the last writing and the last change, in nanoseconds.
    fields: [u64; 5],
}

/// So long after a change its file could be changed again without looking otherwise: clocks of filesystems tick slowly.
const UNSURE: u64 = 2_000_000_000;

impl Stamp {
    pub fn of(about: &Metadata) -> Stamp {
        let time = |seconds: i64, more: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(more) as u64;
        let written = time(about.mtime(), about.mtime_nsec());
        let changed = time(about.ctime(), about.ctime_nsec());
        Stamp { fields: [about.dev(), about.ino(), about.len(), written, changed] }
    }

    /// For a text that is a part of the program.
    pub(super) fn inside(length: usize) -> Stamp {
        Stamp { fields: [0, 0, length as u64, 0, 0] }
    }

    /// The file's length in bytes.
    pub fn size(&self) -> u64 {
        let [_, _, size, _, _] = self.fields;
        size
    }

    /// Whether at `now` enough time had passed since the last change, so that a later one shows.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64);
        let [.., written, changed] = self.fields;
        written.max(changed).saturating_add(UNSURE) < now
    }
}

/// What is kept of one runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Book {
    pub path: String,
    pub title: String,
    /// How its file looked when it was read; `None` where it might have been changed at that very moment.
    pub stamp: Option<Stamp>,
    /// Of its text.
    pub hash: u64,
    /// Whether what was no text in it was replaced.
    pub mended: bool,
    /// The part it is in, the number of its first section there, and how many it has.
    pub part: usize,
    pub first: usize,
    pub count: usize,
    /// Where its text begins among the part's texts, in bytes, and how long it is.
    pub text: (usize, usize),
}

/// All that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Record {
    /// What it was made with: another program may understand the same runbooks otherwise.
    pub program: u64,
    /// How all of it looked from outside; `None` where something was in trouble or might be changed without looking otherwise.
    pub looks: Option<u64>,
    /// The file's name of each part, and how many sections it holds.
    pub parts: Vec<(String, usize)>,
    /// In their order.
    pub books: Vec<Book>,
}

impl Record {
    pub(super) fn written(&self) -> Vec<u8> {
        let mut pen = Pen::default();
        pen.number(self.program);
        pen.number(u64::from(self.looks.is_some()));
        pen.number(self.looks.unwrap_or(0));
        pen.number(self.parts.len() as u64);
        for (name, sections) in &self.parts {
            pen.text(name);
            pen.number(*sections as u64);
        }
        pen.number(self.books.len() as u64);
        for book in &self.books {
            pen.text(&book.path);
            pen.text(&book.title);
            pen.number(u64::from(book.mended) + 2 * u64::from(book.stamp.is_some()));
            book.stamp.iter().flat_map(|s| s.fields).for_each(|field| pen.number(field));
            pen.number(book.hash);
            for number in [book.part, book.first, book.count, book.text.0, book.text.1] {
                pen.number(number as u64);
            }
        }
        pen.0
    }

    /// What was written for `program`; `None` where it was for another, or does not hold together.
    pub(super) fn read(bytes: &[u8], program: u64) -> Option<Record> {
        let mut eye = Eye(bytes);
        if eye.number()? != program {
            return None;
        }
        let looks = (eye.number()?, eye.number()?);
        let looks = Some(looks.1).filter(|_| looks.0 == 1);
        let mut record = Record { program, looks, ..Record::default() };
        for _ in 0..eye.number()? {
            record.parts.push((eye.text()?.to_owned(), eye.number()? as usize));
        }
        for _ in 0..eye.number()? {
            let (path, title) = (eye.text()?.to_owned(), eye.text()?.to_owned());
            let flags = eye.number()?;
            let stamp = match flags & 2 {
                0 => None,
                _ => {
                    Some(Stamp { fields: [eye.number()?, eye.number()?, eye.number()?, eye.number()?, eye.number()?] })
                }
            };
            let hash = eye.number()?;
            let mut next = || eye.number().map(|n| n as usize);
            let (part, first, count, text) = (next()?, next()?, next()?, (next()?, next()?));
            let inside =
                record.parts.get(part).is_some_and(|(_, all)| first.checked_add(count).is_some_and(|end| end <= *all));
            if !inside {
                return None;
            }
            record.books.push(Book { path, title, stamp, hash, mended: flags & 1 == 1, part, first, count, text });
        }
        eye.0.is_empty().then_some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_record_is_read_back_by_the_same_program_only() {
        let stamp = Stamp { fields: [1, 2, 3, u64::MAX, 5] };
        let book = |path: &str, first, stamp| Book {
            path: path.into(),
            title: "A title".into(),
            stamp,
            hash: u64::MAX - 7,
            mended: first == 0,
            part: 1,
            first,
            count: 2,
            text: (5, 700),
        };
        let parts = vec![("one".to_owned(), 9), ("two".to_owned(), 4)];
        let record = Record {
            program: 42,
            looks: Some(7),
            parts,
            books: vec![book("a.md", 0, Some(stamp)), book("b/ö.md", 2, None)],
        };
        let bytes = record.written();
        assert_eq!(Record::read(&bytes, 42).as_ref(), Some(&record));
        assert_eq!(Record::read(&bytes, 43), None);
        assert!((0..bytes.len()).all(|n| Record::read(&bytes[..n], 42).is_none()));
        let mut outside = record;
        outside.books[1].first = 3;
        assert_eq!(Record::read(&outside.written(), 42), None, "a book must lie within its part");
    }

    #[test]
    fn a_file_changed_a_moment_ago_is_not_settled() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let stamp = Stamp::of(&file.as_file().metadata().unwrap());
        let now = SystemTime::now();
        assert!(!stamp.is_settled(now) && stamp.is_settled(now + Duration::from_secs(3)));
        assert!(!stamp.is_settled(now - Duration::from_secs(3600)), "a time to come is never sure");
    }
}
