//! Facts that outcomes prove, each with one plain sentence.
//! It never says more than the reading it comes from.

use serde::{Deserialize, Serialize};

use super::Kind;

/// A typed fact about a subject: a service, a port, a file, an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub kind: Kind,
    pub subject: String,
    /// A number or name that belongs to it: a limit in bytes, a process, a status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The service behind an address or a port, where the containers seen tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl Fact {
    /// Whether both tell the same of the same part.
    pub fn is(&self, other: &Fact) -> bool {
        self.kind == other.kind && self.subject == other.subject
    }

    /// The stable name, `container.not_running`.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }
}

/// A fact with its plain sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub fact: Fact,
    /// `redis is not running.`
    pub text: String,
    /// It was so, and is over: a hint at the cause, no present trouble.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub past: bool,
    /// A line of a log or of a program's output says so: for authors it is also a `log.error`.
    #[serde(skip)]
    pub logged: bool,
    /// It is so, and may be meant so: it counts only where it is asked about, or a fix is made for it.
    #[serde(skip)]
    pub quiet: bool,
    /// The part stands on another one that is not well.
    #[serde(skip)]
    pub downstream: bool,
    /// A look around the whole system shows it, not a check of the section: it speaks only for a fix made for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
}

impl Finding {
    pub(super) fn new(kind: Kind, subject: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding {
            fact: Fact { kind, subject: subject.into(), detail: None, service: None },
            text: text.into(),
            past: false,
            logged: false,
            quiet: false,
            downstream: false,
            beside: false,
        }
    }

    pub(super) fn over(mut self) -> Finding {
        self.past = true;
        self
    }

    pub(super) fn quiet(mut self) -> Finding {
        self.quiet = true;
        self
    }

    pub(super) fn with(mut self, detail: impl Into<String>) -> Finding {
        self.fact.detail = Some(detail.into());
        self
    }
}
