//! How sure an answer is: whether the question speaks of what the runbooks speak of, and how much of it the best section names.
//! It never changes the order of an answer.

use super::about;
use super::score::{self, Looked, Shape};
use super::wanted::Group;
use crate::query::Kind;

/// A logistic curve over five signals, fitted on questions with and without an answer, each kind weighing half.
const STRANGE: f32 = -3.5;
const NAMED: f32 = 3.0;
const TOP: f32 = 5.5;
const FOREIGN: f32 = -4.0;
/// Plain words meet a runbook's by chance more easily than what a program wrote.
const WORDS: f32 = -1.4;
const BIAS: f32 = -3.4;
/// How strange a word of operations is that these runbooks never use, in any way.
const UNUSED: f32 = 0.5;
/// A question that names nothing, or only products the section's document does not speak of, is answered at most so surely:
/// it can only be asked back.
const UNSURE: f32 = 0.3;
/// All of the products, but for rounding.
const ALL: f32 = 0.999;

/// What the curve looks at.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Signals {
    /// The share of the question, by weight, in words that neither the runbooks nor operators use.
    pub strange: f32,
    /// The share of it that stands in title, path or symptoms of the best section.
    pub named: f32,
    /// The score of the best section, in words as rare as can be.
    pub top: f32,
    /// The share of the products it names, by weight, of which the best document does not speak.
    pub foreign: f32,
    /// Whether it names something: a question of everyday words and complaints alone does not.
    pub subject: bool,
    /// Whether it is plain words.
    pub words: bool,
}

/// How sure the best section answers the question, 0 to 1; from 0.5 it rather does than not.
pub(super) fn confidence(signals: Signals) -> f32 {
    let Signals { strange, named, top, foreign, subject, words } = signals;
    let kind = if words { WORDS } else { 0.0 };
    let z = STRANGE * strange + NAMED * named + TOP * top.ln_1p() + FOREIGN * foreign + kind + BIAS;
    let sure = 1.0 / (1.0 + (-z).exp());
    // What no word of the section's document names is another product, whatever else they share.
    let other = foreign >= ALL;
    if subject && !other { sure } else { sure.min(UNSURE) }
}

/// The signals of the best section, which is one of the ranked ones.
pub(super) fn signals(
    groups: &[Group],
    looked: &[Looked<'_>],
    kind: Kind,
    best: (usize, f32),
    shape: &Shape,
) -> Signals {
    let (best, top) = best;
    let rarest = score::rarest(shape.document.len());
    let document = shape.document.get(best);
    let spoken = |look: &Looked<'_>| look.hits.iter().any(|h| shape.document.get(h.section as usize) == document);
    let (mut asked, mut strange, mut named) = (0.0, 0.0, 0.0);
    let (mut products, mut foreign) = (0.0, 0.0);
    let mut terms = looked.iter().peekable();
    for (number, group) in groups.iter().enumerate() {
        let mut own = None;
        let mut shown: f32 = 0.0;
        let (mut known, mut anywhere) = (group.known, false);
        let (mut product, mut home) = (false, false);
        while let Some(look) = terms.next_if(|l| l.group == number) {
            if look.term.own && !look.term.term.bytes().all(|b| b.is_ascii_digit()) {
                let rarity = if look.hits.is_empty() { rarest } else { look.rarity };
                own = Some(look.term.weight * rarity);
                known |= !look.hits.is_empty();
                // A log names many that have nothing to do with it.
                product = kind != Kind::Log && about::speaks_of_product(group);
            }
            anywhere |= !look.hits.is_empty();
            home |= product && about::is_name(look) && spoken(look);
            if look.hit(best).is_some_and(|h| h.named) {
                shown = shown.max(look.term.weight * look.rarity);
            }
        }
        let Some(own) = own else { continue };
        asked += own;
        named += own.min(shown);
        strange += match (known, anywhere) {
            (false, _) => own,
            (true, false) => own * UNUSED,
            (true, true) => 0.0,
        };
        if product {
            products += own;
            foreign += if home { 0.0 } else { own };
        }
    }
    let share = |part: f32, whole: f32| if whole > 0.0 { part / whole } else { 0.0 };
    Signals {
        strange: share(strange, asked),
        named: share(named, asked),
        top: top / rarest,
        foreign: share(foreign, products),
        words: kind == Kind::Words,
        subject: groups.iter().any(|g| g.subject),
    }
}
