//! Whether a runbook changed while the conversation went on, and the libraries read since, each kept as long as it is used.
//! It never reads a runbook itself, and a folder that cannot be watched is no error.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::oneshot::{Receiver, channel};

use crate::session::library::Library;

/// Watches folders of runbooks.
pub struct Watch {
    changed: Arc<AtomicBool>,
    /// Says, once the folders were looked at, whether they were as they were read.
    looked: Option<Receiver<bool>>,
    // Its end is the end of the watching.
    _watcher: Arc<Mutex<Option<RecommendedWatcher>>>,
}

impl Watch {
    /// Watches `folders` and all below them, as far as the system lets it, beginning beside what comes next.
    /// `same` says whether they are still as they were read: what happened before the watching is not lost.
    pub fn begin(folders: &[PathBuf], same: impl FnOnce() -> bool + Send + 'static) -> Watch {
        let changed = Arc::new(AtomicBool::new(false));
        let watcher: Arc<Mutex<Option<RecommendedWatcher>>> = Arc::default();
        let (tell, looked) = channel();
        if !folders.is_empty() {
            let (flag, place, folders) = (Arc::clone(&changed), Arc::clone(&watcher), folders.to_vec());
            // Without a thread nothing is watched, and the conversation does without.
            let _ = std::thread::Builder::new().name("watch".into()).spawn(move || {
                let began = watch(&folders, flag);
                *place.lock().unwrap_or_else(PoisonError::into_inner) = began;
                // At the end nobody waits.
                let _ = tell.send(same());
            });
        }
        Watch { changed, looked: Some(looked).filter(|_| !folders.is_empty()), _watcher: watcher }
    }

    /// Waits until the folders were looked at once; false where Ctrl-C came before.
    pub async fn has_looked(&mut self) -> bool {
        let Some(looked) = self.looked.as_mut() else { return true };
        let same = tokio::select! {
            // Where nobody could look, all may be otherwise.
            same = looked => same.unwrap_or(false),
            _ = tokio::signal::ctrl_c() => return false,
        };
        self.looked = None;
        self.changed.fetch_or(!same, Ordering::Relaxed);
        true
    }

    /// Whether something changed since it was last asked.
    pub fn changed(&self) -> bool {
        self.changed.swap(false, Ordering::Relaxed)
    }
}

fn watch(folders: &[PathBuf], changed: Arc<AtomicBool>) -> Option<RecommendedWatcher> {
    let tell = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|e| !e.kind.is_access()) {
            changed.store(true, Ordering::Relaxed);
        }
    };
    let mut watcher = notify::recommended_watcher(tell).ok()?;
    for folder in folders {
        // An editor may replace a file, so that the folder of a file alone is watched.
        let at = if folder.is_file() { folder.parent().unwrap_or(folder) } else { folder };
        let _ = watcher.watch(at, RecursiveMode::Recursive);
    }
    Some(watcher)
}

/// Libraries one after the other; each stays where it is, since a section of it may still be on the screen.
#[derive(Default)]
pub struct Shelves {
    library: OnceCell<Library>,
    next: OnceCell<Box<Shelves>>,
}

impl Shelves {
    /// Keeps a library.
    pub fn keep(&self, library: Library) -> Option<&Library> {
        match self.library.set(library) {
            Ok(()) => self.library.get(),
            Err(library) => self.next.get_or_init(Box::default).keep(library),
        }
    }
}
