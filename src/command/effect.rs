//! What a command line does to the system: `reads`, `changes` or `destroys`, with the token that decided and why.
//! It guards against accidents; it is no sandbox, and what it does not know is at least `changes`.

use serde::Serialize;

/// What a step does, ordered by how much harm it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Only looks.
    Reads,
    /// Changes state, or might: whatever is unknown is here.
    Changes,
    /// Loses data or stops something that cannot be had back by undoing the step.
    Destroys,
}

/// What else is to be known of a command, beside its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Flags {
    /// Its output is likely to hold secrets.
    pub secrets: bool,
    /// It does not end by itself.
    pub endless: bool,
    /// It is a load on what it looks at.
    pub heavy: bool,
    /// It erases what the search for the cause would need.
    pub evidence: bool,
}

impl Flags {
    /// The names of the flags that are set, in the order secrets, endless, heavy, evidence.
    pub fn names(self) -> Vec<&'static str> {
        [(self.secrets, "secrets"), (self.endless, "endless"), (self.heavy, "heavy"), (self.evidence, "evidence")]
            .into_iter()
            .filter_map(|(set, name)| set.then_some(name))
            .collect()
    }
}

/// The judgement of one command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub effect: Effect,
    pub flags: Flags,
    /// The token of the line that decided, as written (`-delete`, `>`, `rm`).
    pub decided_by: String,
    /// Why, in a sentence a newcomer understands.
    pub reason: String,
}

/// Judges one command line (or several lines of shell).
pub fn judge(_line: &str) -> Verdict {
    Verdict { effect: Effect::Changes, flags: Flags::default(), decided_by: String::new(), reason: "not known".into() }
}
