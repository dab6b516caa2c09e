//! What a section's steps were when it was last used here, and which fixes helped for which questions.
//! It never holds more of a section than the steps as written.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::search::before::Helped;
use crate::session::changes::Memory;

/// The steps of every section that was used, in a file of the state folder.
pub struct Seen {
    state: Option<PathBuf>,
    file: Option<PathBuf>,
    steps: RefCell<BTreeMap<String, Vec<String>>>,
}

impl Seen {
    /// What is remembered under `state`; nothing where there is none or it cannot be read.
    pub fn open(state: Option<&Path>) -> Seen {
        let file = state.map(|dir| dir.join("seen.json"));
        let text = file.as_ref().and_then(|f| std::fs::read_to_string(f).ok());
        let steps = text.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default();
        Seen { state: state.map(Path::to_owned), file, steps: RefCell::new(steps) }
    }

    fn write(&self, file: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string(&*self.steps.borrow())?;
        let fresh = file.with_extension("json.new");
        let mut out = std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(fresh, file)
    }
}

impl Memory for Seen {
    fn last(&self, section: &str) -> Option<Vec<String>> {
        self.steps.borrow().get(section).cloned()
    }

    fn keep(&self, section: &str, steps: Vec<String>) {
        self.steps.borrow_mut().insert(section.to_owned(), steps);
        if let Some(file) = &self.file {
            // Where it cannot be kept, the next session just has nothing to compare with.
            let _ = self.write(file);
        }
    }

    fn helped(&self) -> Vec<Helped> {
        super::helped(self.state.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_there_in_the_next_session() {
        let state = tempfile::tempdir().unwrap();
        let seen = Seen::open(Some(state.path()));
        assert_eq!(seen.last("a/b"), None);
        seen.keep("a/b", vec!["ls".into()]);
        assert_eq!(Seen::open(Some(state.path())).last("a/b"), Some(vec!["ls".to_owned()]));
        let gone = Seen::open(Some(Path::new("/nonexistent/folder")));
        gone.keep("a/b", vec!["ls".into()]);
        assert_eq!(gone.last("a/b"), Some(vec!["ls".to_owned()]));
    }
}
