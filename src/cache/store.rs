//! One file of named pieces, written aside and renamed, with a sum for every few kilobytes that is checked when these are read.
//! It never gives out bytes that are not those that were written; a file found damaged is removed.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Error, ErrorKind, Result, Write};
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::fcntl::OFlag;
use tantivy::HasLen;
use tantivy::directory::FileHandle;

use super::codec::{Eye, Pen};
use crate::search::kept::{FileSlice, Kept, OwnedBytes, Pieces};
use crate::text::fingerprint;

/// The beginning of every file.
const MAGIC: &[u8; 8] = b"unstuck\x01";
/// The bytes before the table: the above, the table's length and its sum.
const HEAD: usize = 16;
/// How many bytes have one sum.
const BLOCK: usize = 4096;
/// A longer table is no table.
const LONGEST: usize = 256 << 20;

/// The pieces, each with its place among the bytes of all, and the sums of these.
type Table = (Vec<(String, Range<usize>)>, Vec<u32>);

/// A file of pieces, open.
#[derive(Debug)]
pub(super) struct Stored {
    file: Arc<Checked>,
    pieces: Vec<(String, Range<usize>)>,
}

/// The bytes of all pieces, one after the other.
#[derive(Debug)]
struct Checked {
    file: File,
    path: PathBuf,
    /// Where they begin in the file.
    start: u64,
    length: usize,
    sums: Vec<u32>,
}

/// Opens a file that is one, is this user's, and that nobody else may write; never waits for a pipe.
pub(super) fn open_own(path: &Path) -> Result<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path)?;
    let about = file.metadata()?;
    let own = about.is_file() && about.uid() == nix::unistd::geteuid().as_raw() && about.mode() & 0o022 == 0;
    if own { Ok(file) } else { Err(ErrorKind::PermissionDenied.into()) }
}

/// Writes `pieces` to a file of `folder` named by `name`, which is given a fingerprint of them; says its name.
pub(super) fn write(folder: &Path, pieces: &Pieces, name: impl FnOnce(u64) -> String) -> Result<String> {
    let mut table = Pen::default();
    table.number(pieces.len() as u64);
    for (name, bytes) in pieces {
        table.text(name);
        table.number(bytes.len() as u64);
    }
    let mut sums = Sums::default();
    pieces.iter().for_each(|(_, bytes)| sums.add(bytes));
    for sum in sums.finish() {
        table.0.extend(sum.to_le_bytes());
    }
    let mut out = BufWriter::with_capacity(1 << 16, tempfile::NamedTempFile::new_in(folder)?);
    out.write_all(MAGIC)?;
    out.write_all(&(table.0.len() as u32).to_le_bytes())?;
    out.write_all(&crc32fast::hash(&table.0).to_le_bytes())?;
    out.write_all(&table.0)?;
    for (_, bytes) in pieces {
        out.write_all(bytes)?;
    }
    let file = out.into_inner().map_err(|e| e.into_error())?;
    file.as_file().sync_all()?;
    let name = name(fingerprint(&table.0));
    file.persist(folder.join(&name)).map_err(|e| e.error)?;
    File::open(folder)?.sync_all()?;
    Ok(name)
}

/// Sums over blocks of what is given piece by piece.
#[derive(Default)]
struct Sums {
    done: Vec<u32>,
    open: crc32fast::Hasher,
    held: usize,
}

impl Sums {
    fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (now, rest) = bytes.split_at(bytes.len().min(BLOCK - self.held));
            self.open.update(now);
            self.held += now.len();
            bytes = rest;
            if self.held == BLOCK {
                self.held = 0;
                self.done.push(std::mem::take(&mut self.open).finalize());
            }
        }
    }

    fn finish(mut self) -> Vec<u32> {
        if self.held > 0 {
            self.done.push(self.open.finalize());
        }
        self.done
    }
}

fn damaged() -> Error {
    ErrorKind::InvalidData.into()
}

impl Stored {
    /// Opens a file; one that was cut off or written over at its beginning is removed.
    ///
    /// # Errors
    /// When it is not there, not this user's, or not what was written.
    pub(super) fn open(path: &Path) -> Result<Stored> {
        let file = open_own(path)?;
        let read = Stored::read(file, path);
        if read.is_err() {
            let _ = std::fs::remove_file(path);
        }
        read
    }

    fn read(file: File, path: &Path) -> Result<Stored> {
        let mut head = [0; HEAD];
        file.read_exact_at(&mut head, 0)?;
        let (magic, rest) = head.split_at(MAGIC.len());
        let number = |at: usize| rest.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
        let length = number(0) as usize;
        if magic != MAGIC || length > LONGEST || (HEAD + length) as u64 > file.metadata()?.len() {
            return Err(damaged());
        }
        let mut table = vec![0; length];
        file.read_exact_at(&mut table, HEAD as u64)?;
        if crc32fast::hash(&table) != number(4) {
            return Err(damaged());
        }
        let (pieces, sums) = Stored::understood(&table).ok_or_else(damaged)?;
        let data = pieces.last().map_or(0, |(_, range)| range.end);
        let start = (HEAD + length) as u64;
        if sums.len() != data.div_ceil(BLOCK) || file.metadata()?.len() != start + data as u64 {
            return Err(damaged());
        }
        let file = Checked { file, path: path.to_owned(), start, length: data, sums };
        Ok(Stored { file: Arc::new(file), pieces })
    }

    fn understood(table: &[u8]) -> Option<Table> {
        let mut eye = Eye(table);
        let mut at = 0usize;
        let mut pieces = Vec::new();
        for _ in 0..eye.number()? {
            let name = eye.text()?.to_owned();
            let end = at.checked_add(usize::try_from(eye.number()?).ok()?)?;
            pieces.push((name, at..end));
            at = end;
        }
        let (sums, rest) = eye.0.as_chunks::<4>();
        rest.is_empty().then(|| (pieces, sums.iter().map(|s| u32::from_le_bytes(*s)).collect()))
    }

    /// The file itself, for when it was last of use.
    pub(super) fn file(&self) -> &File {
        &self.file.file
    }
}

impl Kept for Stored {
    fn piece(&self, name: &str) -> Option<FileSlice> {
        let (_, range) = self.pieces.iter().find(|(known, _)| known == name)?;
        let all = Arc::clone(&self.file);
        Some(FileSlice::new(all).slice(range.clone()))
    }
}

impl HasLen for Checked {
    fn len(&self) -> usize {
        self.length
    }
}

impl FileHandle for Checked {
    fn read_bytes(&self, range: Range<usize>) -> Result<OwnedBytes> {
        if range.is_empty() {
            return Ok(OwnedBytes::empty());
        }
        let read = self.blocks(&range);
        if read.is_err() {
            // The next session makes it anew.
            let _ = std::fs::remove_file(&self.path);
        }
        let (bytes, first) = read?;
        Ok(OwnedBytes::new(bytes).slice(range.start - first..range.end - first))
    }
}

impl Checked {
    /// The blocks that hold a range, each as it was written, and where the first begins.
    fn blocks(&self, range: &Range<usize>) -> Result<(Vec<u8>, usize)> {
        let first = range.start / BLOCK;
        let from = first * BLOCK;
        let to = range.end.div_ceil(BLOCK).saturating_mul(BLOCK).min(self.length);
        if range.end > self.length || from >= to {
            return Err(ErrorKind::InvalidInput.into());
        }
        let mut bytes = vec![0; to - from];
        self.file.read_exact_at(&mut bytes, self.start + from as u64)?;
        let mut sums = self.sums.iter().skip(first);
        let whole = bytes.chunks(BLOCK).all(|block| sums.next() == Some(&crc32fast::hash(block)));
        if whole { Ok((bytes, from)) } else { Err(damaged()) }
    }
}

/// Pieces that could not be written, or are not worth it.
#[derive(Debug)]
pub(super) struct Loose(Vec<(String, FileSlice)>);

impl From<Pieces> for Loose {
    fn from(pieces: Pieces) -> Loose {
        Loose(pieces.into_iter().map(|(name, bytes)| (name, FileSlice::from(bytes))).collect())
    }
}

impl Kept for Loose {
    fn piece(&self, name: &str) -> Option<FileSlice> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, piece)| piece.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Pieces {
        let long: Vec<u8> = (0..20_000u32).flat_map(|n| n.to_le_bytes()).collect();
        vec![("a".into(), b"short".to_vec()), ("none".into(), Vec::new()), ("long".into(), long)]
    }

    fn read(stored: &Stored) -> Result<Vec<Vec<u8>>> {
        pieces().iter().map(|(name, _)| Ok(stored.piece(name).ok_or_else(damaged)?.read_bytes()?.to_vec())).collect()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let name = write(folder.path(), &pieces(), |sum| format!("{sum:x}")).unwrap();
        let stored = Stored::open(&folder.path().join(name)).unwrap();
        assert_eq!(read(&stored).unwrap(), pieces().into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>());
        let part = stored.piece("long").unwrap().slice(4090..4100).read_bytes().unwrap();
        assert_eq!(part.as_slice(), &pieces()[2].1[4090..4100]);
        assert!(stored.piece("other").is_none());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
    }

    #[test]
    fn every_damage_is_noticed_and_the_file_removed() {
        let folder = tempfile::tempdir().unwrap();
        let name = write(folder.path(), &pieces(), |_| "file".into()).unwrap();
        let path = folder.path().join(name);
        let whole = std::fs::read(&path).unwrap();
        let put = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&path, mode).unwrap();
        };
        for at in (0..whole.len()).step_by(97).chain(0..40) {
            put(&whole[..at]);
            assert!(Stored::open(&path).is_err() && !path.exists(), "cut off at {at}");
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            put(&flipped);
            assert!(Stored::open(&path).and_then(|s| read(&s)).is_err() && !path.exists(), "changed at {at}");
        }
        put(&[whole.as_slice(), b"x"].concat());
        assert!(Stored::open(&path).is_err(), "something was added");
    }

    #[test]
    fn a_file_that_is_cut_off_while_it_is_open_is_an_error_and_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let name = write(folder.path(), &pieces(), |_| "file".into()).unwrap();
        let stored = Stored::open(&folder.path().join(&name)).unwrap();
        OpenOptions::new().write(true).open(folder.path().join(&name)).unwrap().set_len(3000).unwrap();
        assert!(read(&stored).is_err());
    }

    #[test]
    fn what_others_may_write_or_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let name = write(folder.path(), &pieces(), |_| "file".into()).unwrap();
        let path = folder.path().join(name);
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o620)).unwrap();
        assert!(Stored::open(&path).is_err() && path.exists());
        std::os::unix::fs::symlink(&path, folder.path().join("link")).unwrap();
        assert!(Stored::open(&folder.path().join("link")).is_err());
        nix::unistd::mkfifo(&folder.path().join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(Stored::open(&folder.path().join("pipe")).is_err());
    }
}
