//! The folder of one collection: who may write it now, what belongs to it, and how much others may keep beside it.
//! It never waits for another session, and never touches what is not this user's.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Result;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use nix::fcntl::OFlag;

use super::record::Record;
use super::store::{self, Stored};
use crate::search::kept::{Kept, Pieces};

/// The folder of all collections, below the cache.
const ALL: &str = "index";
/// The file that names all others, its only piece, and the lock of whoever writes.
const RECORD: &str = "record";
const LOCK: &str = "lock";
/// How many collections are kept, and how many bytes all of them may take: the one in use is kept in any case.
const MOST: usize = 8;
const LARGEST: u64 = 2 << 30;
/// How seldom it is noted that a collection is in use.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The folder of one collection.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// The parts a record names, in its order; `None` for one that cannot be opened.
pub(super) type Parts = Vec<Option<Arc<dyn Kept>>>;

/// The right to write in a folder, until it is dropped.
pub(super) struct Turn(#[allow(dead_code)] File);

impl Folder {
    /// The folder of `name` below `cache`, made where it is not there; `None` where it is not safe or cannot be made.
    pub(super) fn at(cache: &Path, name: &str) -> Option<Folder> {
        let path = cache.join(ALL).join(name);
        let own = [cache.to_owned(), cache.join(ALL), path.clone()];
        for folder in &own {
            if std::fs::symlink_metadata(folder).is_err() {
                DirBuilder::new().recursive(true).mode(0o700).create(folder).ok()?;
            }
        }
        // The cache itself may be a link that its owner made; what is below was made here.
        let mine = std::fs::metadata(cache).is_ok_and(|about| about.is_dir() && about.uid() == user());
        let below = own.iter().skip(1).all(|f| std::fs::symlink_metadata(f).is_ok_and(|about| is_own(&about)));
        (mine && below).then_some(Folder { path })
    }

    /// What was kept for `program`, and every part of it that can be opened.
    pub(super) fn read(&self, program: u64) -> Option<(Record, Parts)> {
        let stored = Stored::open(&self.path.join(RECORD)).ok()?;
        let bytes = stored.piece(RECORD)?.read_bytes().ok()?;
        let record = Record::read(&bytes, program)?;
        let now = SystemTime::now();
        let used = stored.file().metadata().ok().and_then(|about| about.modified().ok());
        if used.and_then(|used| now.duration_since(used).ok()).is_some_and(|since| since > DAY) {
            // Without this it may be dropped sooner, and nothing else.
            let _ = stored.file().set_modified(now);
        }
        let parts = record.parts.iter().map(|(name, _)| self.part(name).ok()).collect();
        Some((record, parts))
    }

    /// A part by the name of its file.
    pub(super) fn part(&self, name: &str) -> Result<Arc<dyn Kept>> {
        Ok(Arc::new(Stored::open(&self.path.join(name))?))
    }

    /// The right to write; `None` where another session has it, or nothing can be written.
    pub(super) fn turn(&self) -> Option<Turn> {
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false).mode(0o600).custom_flags(flags.bits());
        let file = options.open(self.path.join(LOCK)).ok()?;
        file.try_lock().is_ok().then_some(Turn(file))
    }

    /// Writes a part, and says the name of its file.
    pub(super) fn keep(&self, _: &Turn, pieces: &Pieces) -> Result<String> {
        store::write(&self.path, pieces, |sum| format!("{sum:016x}.part"))
    }

    /// From now on `record` is what is kept; what it does not name is removed.
    pub(super) fn settle(&self, _: &Turn, record: &Record) -> Result<()> {
        let pieces = vec![(RECORD.to_owned(), record.written())];
        store::write(&self.path, &pieces, |_| RECORD.to_owned())?;
        for entry in std::fs::read_dir(&self.path)?.flatten() {
            let name = entry.file_name();
            let named = name == RECORD || name == LOCK || record.parts.iter().any(|(part, _)| name == part.as_str());
            if !named {
                // What a session wrote that was killed, and what is of no use any more.
                let _ = std::fs::remove_file(entry.path());
            }
        }
        self.make_room();
        Ok(())
    }

    /// Drops the collections that were not used for longest, where there are too many or they are too large.
    fn make_room(&self) {
        let Some(Ok(entries)) = self.path.parent().map(std::fs::read_dir) else { return };
        let mut others: Vec<(SystemTime, PathBuf, u64)> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| *path != self.path && std::fs::symlink_metadata(path).is_ok_and(|a| is_own(&a)))
            .map(|path| {
                let used = std::fs::metadata(path.join(RECORD)).or_else(|_| std::fs::metadata(&path));
                let used = used.and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
                let size = size(&path);
                (used, path, size)
            })
            .collect();
        others.sort();
        let mut kept = 1;
        let mut all = size(&self.path);
        for (_, path, size) in others.into_iter().rev() {
            kept += 1;
            all += size;
            if kept > MOST || all > LARGEST {
                let other = Folder { path };
                if let Some(_turn) = other.turn() {
                    let _ = std::fs::remove_dir_all(&other.path);
                    kept -= 1;
                    all -= size;
                }
            }
        }
    }
}

/// A folder of this user that nobody else may write.
fn is_own(about: &std::fs::Metadata) -> bool {
    about.is_dir() && about.uid() == user() && about.mode() & 0o022 == 0
}

fn user() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// How many bytes a folder and all below it hold.
pub(super) fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let each = entries.flatten().map(|entry| match std::fs::symlink_metadata(entry.path()) {
        Ok(about) if about.is_dir() => size(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    });
    each.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(program: u64) -> Record {
        Record { program, ..Record::default() }
    }

    #[test]
    fn one_session_writes_and_others_do_not_wait() {
        let cache = tempfile::tempdir().unwrap();
        let folder = Folder::at(cache.path(), "one").unwrap();
        let turn = folder.turn().unwrap();
        assert!(Folder::at(cache.path(), "one").unwrap().turn().is_none());
        let part = folder.keep(&turn, &vec![("x".into(), vec![1])]).unwrap();
        std::fs::write(folder.path.join(".tmpold"), "left by one that was killed").unwrap();
        folder.settle(&turn, &empty(7)).unwrap();
        assert!(!folder.path.join(&part).exists() && !folder.path.join(".tmpold").exists());
        assert_eq!(folder.read(7).unwrap().0, empty(7));
        assert!(folder.read(8).is_none(), "another program reads nothing");
        drop(turn);
        assert!(folder.turn().is_some());
    }

    #[test]
    fn too_many_are_dropped_the_oldest_first() {
        let cache = tempfile::tempdir().unwrap();
        for n in 0..MOST + 3 {
            let folder = Folder::at(cache.path(), &format!("{n:02}")).unwrap();
            folder.settle(&folder.turn().unwrap(), &empty(1)).unwrap();
            let old = SystemTime::now() - Duration::from_secs(1000 - n as u64);
            File::open(folder.path.join(RECORD)).unwrap().set_modified(old).unwrap();
        }
        let folder = Folder::at(cache.path(), "now").unwrap();
        folder.settle(&folder.turn().unwrap(), &empty(1)).unwrap();
        let mut left: Vec<_> =
            std::fs::read_dir(cache.path().join(ALL)).unwrap().flatten().map(|e| e.file_name()).collect();
        left.sort();
        assert_eq!(left.len(), MOST);
        assert!(
            left.contains(&"now".into()) && !left.contains(&"00".into()) && left.contains(&"10".into()),
            "{left:?}"
        );
    }

    #[test]
    fn a_folder_that_others_may_write_is_left_alone() {
        let cache = tempfile::tempdir().unwrap();
        Folder::at(cache.path(), "one").unwrap();
        let mode = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(cache.path().join(ALL), mode(0o770)).unwrap();
        assert!(Folder::at(cache.path(), "one").is_none());
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Folder::at(file.path(), "one").is_none());
        std::fs::set_permissions(cache.path().join(ALL), mode(0o700)).unwrap();
        std::fs::remove_dir(cache.path().join(ALL).join("one")).unwrap();
        std::os::unix::fs::symlink("/tmp", cache.path().join(ALL).join("one")).unwrap();
        assert!(Folder::at(cache.path(), "one").is_none());
    }
}
