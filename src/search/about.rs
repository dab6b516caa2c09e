//! What a question is about where it names a product: sections of that product come before those that only share a phrase
//! with it, as `connection refused` is shared by all. It never looks anything up, and leaves logs alone: they name many.

use super::concepts;
use super::score::Looked;
use super::wanted::Group;
use super::weights;
use super::words;
use crate::query::Kind;

/// Products that go by several names, each a concept of its own.
const RENAMED: [&str; 4] = ["kubernetes", "postgres", "elasticsearch", "mongodb"];

/// Whether a group of a question names a product.
pub(super) fn names_product(group: &Group) -> bool {
    group.terms.iter().any(|t| t.own && words::is_product(&t.term))
}

/// Whether a term of such a group is the product under one of its names, and not only what it may stand for.
pub(super) fn is_name(look: &Looked<'_>) -> bool {
    look.term.own || look.term.concept.is_some_and(|c| RENAMED.contains(&concepts::name(c)))
}

/// The names of products in a question, where the sections speak of any.
pub(super) struct Products<'a>(Vec<&'a Looked<'a>>);

impl<'a> Products<'a> {
    pub(super) fn of(groups: &[Group], looked: &'a [Looked<'a>], kind: Kind) -> Products<'a> {
        let named = |look: &&Looked<'_>| is_name(look) && groups.get(look.group).is_some_and(names_product);
        let held = |look: &&Looked<'_>| !look.hits.is_empty();
        let all = looked.iter().filter(|_| kind != Kind::Log);
        Products(all.filter(held).filter(named).collect())
    }

    /// By how much a section gains: most where title or path name a product, nothing where its text alone does; one that
    /// never speaks of it loses.
    pub(super) fn factor(&self, section: usize) -> f32 {
        if self.0.is_empty() {
            return 1.0;
        }
        let hits = || self.0.iter().filter_map(|look| look.hit(section));
        if hits().next().is_none() {
            return weights::NOT_ABOUT;
        }
        let best = hits().filter(|h| h.named).map(|h| h.frequency / (h.frequency + weights::ABOUT_SATURATION));
        1.0 + weights::ABOUT * best.fold(0.0, f32::max)
    }

    /// Weighs each of the ranked sections by what it is about.
    pub(super) fn lift(&self, ranked: &mut [(usize, f32)]) {
        if !self.0.is_empty() {
            ranked.iter_mut().for_each(|(at, score)| *score *= self.factor(*at));
        }
    }
}
