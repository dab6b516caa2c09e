//! What a command line does to the system: `reads`, `changes` or `destroys`, with the token that decided and why.
//! It guards against accidents; it is no sandbox, and what it does not know is at least `changes`.

use serde::Serialize;

use super::rules::{self, Call};
use super::shell::{self, Fed};

/// What a step does, ordered by how much harm it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Only looks.
    Reads,
    /// Changes state, or might: whatever is unknown is here.
    Changes,
    /// Loses data or stops something that cannot be had back by undoing the step.
    Destroys,
}

impl Effect {
    /// The stable name, as programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Reads => "reads",
            Effect::Changes => "changes",
            Effect::Destroys => "destroys",
        }
    }
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

    /// Both together.
    pub fn and(self, other: Flags) -> Flags {
        Flags {
            secrets: self.secrets || other.secrets,
            endless: self.endless || other.endless,
            heavy: self.heavy || other.heavy,
            evidence: self.evidence || other.evidence,
        }
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

/// Wrappers inside wrappers deeper than this are not followed.
pub(super) const DEEPEST: usize = 8;

/// Judges one command line (or several lines of shell).
pub fn judge(line: &str) -> Verdict {
    judge_inside(line, 0, Fed::Nothing)
}

/// Judges shell text that stands `depth` wrappers deep, with `fed` on its input.
pub(super) fn judge_inside(line: &str, depth: usize, fed: Fed) -> Verdict {
    if line.trim().is_empty() {
        return unknown("", "there is no command");
    }
    if depth > DEEPEST {
        return unknown(line, "it hides a command behind too many others");
    }
    let parsed = match shell::read_fed(line, fed) {
        Ok(parsed) => parsed,
        Err(token) => return unknown(&token, "it cannot be read as a whole, so nothing is known of it"),
    };
    let mut worst: Option<Verdict> = None;
    let mut flags = Flags::default();
    let mut consider = |verdict: Verdict| {
        flags = flags.and(verdict.flags);
        if worst.as_ref().is_none_or(|w| verdict.effect > w.effect) {
            worst = Some(verdict);
        }
    };
    for simple in parsed.pipelines.iter().flat_map(|p| &p.commands) {
        consider(rules::judge_simple(simple, depth));
    }
    for hazard in &parsed.hazards {
        let own = if hazard.overwrites { Effect::Destroys } else { Effect::Changes };
        let inner = hazard.inner.as_deref().map(|text| judge_inside(text, depth + 1, Fed::Anything));
        consider(match inner {
            Some(inner) if inner.effect > own || hazard.only_inner => inner,
            _ => Verdict {
                effect: own,
                flags: Flags { evidence: hazard.overwrites, ..Flags::default() },
                decided_by: hazard.token.clone(),
                reason: hazard.reason.to_owned(),
            },
        });
    }
    let mut verdict = worst.unwrap_or_else(|| unknown(line, "there is no command"));
    verdict.flags = flags;
    verdict.flags.endless |= parsed.endless;
    verdict
}

/// The verdict over what is not known: it may change something.
fn unknown(token: &str, reason: &str) -> Verdict {
    Verdict {
        effect: Effect::Changes,
        flags: Flags::default(),
        decided_by: crate::text::shorten(token, 60),
        reason: reason.to_owned(),
    }
}

impl From<Call> for Verdict {
    fn from(call: Call) -> Verdict {
        Verdict { effect: call.effect, flags: call.flags, decided_by: call.token, reason: call.reason }
    }
}
