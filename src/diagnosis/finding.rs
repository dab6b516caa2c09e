//! Facts that outcomes prove, each with one plain sentence, and the conclusion drawn from all of them.
//! It never concludes more than the facts say.

use serde::{Deserialize, Serialize};

use super::Outcome;

/// A typed fact. Its name in JSON and in `when:` annotations is `Fact::name`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    ContainerNotRunning { service: String },
}

impl Fact {
    /// The stable name, `container.not_running`.
    pub fn name(&self) -> &'static str {
        match self {
            Fact::ContainerNotRunning { .. } => "container.not_running",
        }
    }
}

/// A fact with its plain sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub fact: Fact,
    /// `Redis is down.`
    pub text: String,
}

/// What all outcomes together say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conclusion {
    /// Root causes first; no fact twice.
    pub findings: Vec<Finding>,
    /// One or two plain sentences, or what was ruled out where nothing was found.
    pub sentence: String,
}

/// Draws the conclusion from all outcomes.
pub fn conclude(_outcomes: &[Outcome]) -> Conclusion {
    Conclusion::default()
}
