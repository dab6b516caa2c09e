//! The first look at Docker and Redis, begun before anything else so that the prompt need not wait for it.
//! It never holds the program up: what has not answered is told later.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::config::Config;
use crate::session::ports::{Survey, World};
use crate::world::Live;

/// How long the first line may wait for it.
const PATIENCE: Duration = Duration::from_millis(15);

/// A survey under way.
pub struct Early {
    answer: Receiver<Survey>,
    told: bool,
}

/// Begins a survey on a thread of its own.
pub fn begin(config: &Config) -> Early {
    let (send, answer) = channel();
    let (project, named, file) = (config.project.clone(), config.named, config.compose_file.clone());
    let look = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let survey = runtime.block_on(async {
            let mut world = Live::new(&project, file.as_deref());
            world.find_project(named).await;
            world.survey().await
        });
        // Nobody waits any more once the program ends.
        let _ = send.send(survey);
        runtime.shutdown_background();
    };
    // Without a thread there is no survey, and the conversation does without it.
    let _ = std::thread::Builder::new().name("survey".into()).spawn(look);
    Early { answer, told: false }
}

impl Early {
    /// What was seen, if it comes in a moment.
    pub fn soon(&mut self) -> Option<Survey> {
        let survey = self.answer.recv_timeout(PATIENCE).ok();
        self.told = survey.is_some();
        survey
    }

    /// What came since, once.
    pub fn late(&mut self) -> Option<Survey> {
        let survey = self.answer.try_recv().ok().filter(|_| !self.told);
        self.told |= survey.is_some();
        survey
    }
}
