//! Which section fits a question, and why: one index over all sections, one ranked answer with its reasons.
//! It never reads files; it is given sections and a query.

use serde::Serialize;

use crate::query::Query;
use crate::runbook::Section;

/// A section that may fit, with its reasons. `section` is the index into the slice the index was built from.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    pub section: usize,
    pub score: f32,
    pub why: Why,
}

/// Why a section was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Why {
    /// The operator's words that count most, heaviest first, as the operator wrote them.
    pub terms: Vec<String>,
    /// The operator's line that fits best, where there were several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The section's symptom that fits best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symptom: Option<String>,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Best first.
    pub matches: Vec<Match>,
    /// Whether the first is good enough to be offered as the answer.
    pub confident: bool,
    /// How sure, 0 to 1.
    pub confidence: f32,
}

/// Aliases of a site: a word or phrase, and what it means in the runbooks' words.
pub type Aliases = Vec<(String, String)>;

/// An index over sections.
pub struct Index {}

impl Index {
    /// Indexes `sections` in memory.
    ///
    /// # Errors
    /// When tantivy cannot build its index.
    pub fn build(_sections: &[Section], _aliases: &Aliases) -> anyhow::Result<Index> {
        Ok(Index {})
    }

    /// The `top` best sections for `query`.
    pub fn ask(&self, _query: &Query, _top: usize) -> Answer {
        Answer { matches: Vec::new(), confident: false, confidence: 0.0 }
    }
}
