//! The native questions a reading command stands for, and the shapes of their answers.
//! It never asks anything itself: a world does, and returns a `Reading`.

mod ask;
mod reading;
mod recognise;

pub use ask::{EventFilter, Grep, HttpAsk, Probe, RedisAddress, RedisAsk};
pub use reading::*;
pub use recognise::recognise;

use std::time::Duration;

use crate::command::ReadOnly;

/// One look at the system: a command proven to read only, and the probe that answers it where there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    command: ReadOnly,
    probe: Option<Probe>,
    limit: Duration,
    only_new: bool,
}

impl Look {
    /// A look that is answered by a probe where the command is recognised.
    pub fn new(command: ReadOnly, limit: Duration) -> Look {
        let probe = recognise(&command);
        Look { command, probe, limit, only_new: false }
    }

    /// A look that runs the literal command (`--shell`).
    pub fn literal(command: ReadOnly, limit: Duration) -> Look {
        Look { command, probe: None, limit, only_new: false }
    }

    /// Of logs and events, only those since the last change: what was said before it proves nothing any more.
    pub fn after_change(self) -> Look {
        Look { only_new: true, ..self }
    }

    pub fn only_new(&self) -> bool {
        self.only_new
    }

    pub fn command(&self) -> &ReadOnly {
        &self.command
    }

    pub fn probe(&self) -> Option<&Probe> {
        self.probe.as_ref()
    }

    /// How long it may take.
    pub fn limit(&self) -> Duration {
        self.limit
    }
}
