//! How sure an answer is: whether the question speaks of what the runbooks speak of, and how much of it the best section names.
//! It never changes the order of an answer.

use super::score::{self, Looked};
use super::wanted::Group;

/// A logistic curve over three signals, fitted on questions with and without an answer (half with, half without).
const STRANGE: f32 = -2.7;
const NAMED: f32 = 2.1;
const TOP: f32 = 5.5;
const BIAS: f32 = -3.4;

/// What the curve looks at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Signals {
    /// The share of the question, by weight, in words that neither the runbooks nor operators use.
    pub strange: f32,
    /// The share of it that stands in title, path or symptoms of the best section.
    pub named: f32,
    /// The score of the best section, in words as rare as can be.
    pub top: f32,
}

/// How sure the best section answers the question, 0 to 1; from 0.5 it rather does than not.
pub(super) fn confidence(signals: Signals) -> f32 {
    let z = STRANGE * signals.strange + NAMED * signals.named + TOP * signals.top.ln_1p() + BIAS;
    1.0 / (1.0 + (-z).exp())
}

pub(super) fn signals(groups: &[Group], looked: &[Looked<'_>], best: usize, top: f32, total: usize) -> Signals {
    let (mut asked, mut strange, mut named) = (0.0, 0.0, 0.0);
    let mut terms = looked.iter().peekable();
    for (number, group) in groups.iter().enumerate() {
        let mut own = None;
        let mut shown: f32 = 0.0;
        let mut known = group.known;
        while let Some(look) = terms.next_if(|l| l.group == number) {
            if look.term.own && !look.term.term.bytes().all(|b| b.is_ascii_digit()) {
                let rarity = if look.hits.is_empty() { score::rarest(total) } else { look.rarity };
                own = Some(look.term.weight * rarity);
                known |= !look.hits.is_empty();
            }
            if look.hit(best).is_some_and(|h| h.named) {
                shown = shown.max(look.term.weight * look.rarity);
            }
        }
        let Some(own) = own else { continue };
        asked += own;
        named += own.min(shown);
        if !known {
            strange += own;
        }
    }
    let top = top / score::rarest(total);
    if asked <= 0.0 {
        return Signals { top, ..Signals::default() };
    }
    Signals { strange: strange / asked, named: named / asked, top }
}
