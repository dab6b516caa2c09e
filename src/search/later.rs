//! An index that is built beside what else has to be done, and waited for when the first question comes.
//! It never fails: without an index no section fits.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use super::{Aliases, Index};
use crate::runbook::Section;

/// An index, now or in a moment.
pub struct Later {
    sections: Arc<Vec<Section>>,
    building: Mutex<Option<JoinHandle<anyhow::Result<Index>>>>,
    ready: OnceLock<Index>,
}

impl Later {
    /// Begins to index `sections`.
    pub fn index(sections: Arc<Vec<Section>>, aliases: Aliases) -> Later {
        let given = Arc::clone(&sections);
        let building = std::thread::Builder::new().name("index".into()).spawn(move || {
            // What the first question needs is made ready as well.
            crate::query::understand("ready");
            Index::build(given, &aliases)
        });
        Later { sections, building: Mutex::new(building.ok()), ready: OnceLock::new() }
    }

    /// The index, waited for where it is not ready.
    pub fn get(&self) -> &Index {
        self.ready.get_or_init(|| {
            let building = self.building.lock().unwrap_or_else(PoisonError::into_inner).take();
            let built = building.and_then(|thread| thread.join().ok()).and_then(Result::ok);
            built.unwrap_or_else(|| Index::empty(Arc::clone(&self.sections)))
        })
    }
}
