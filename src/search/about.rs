//! What a question is about where it names a product: sections of that product come before those that only share a phrase
//! with it, as `connection refused` is shared by all. It never looks anything up, and leaves logs alone: they name many.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::concepts;
use super::score::Looked;
use super::wanted::Group;
use super::weights;
use super::words;
use crate::query::{Kind, Query, labels};

/// Products that go by several names, each a concept of its own.
const RENAMED: [&str; 4] = ["kubernetes", "postgres", "elasticsearch", "mongodb"];

/// Words that belong to one product alone and are no name of it: who says them speaks of it.
const PARTS: &str = "pod kubectl kubelet ingress daemonset statefulset replicaset configmap persistentvolumeclaim persistentvolume pvc kubeconfig";

static PART: LazyLock<FxHashSet<String>> = LazyLock::new(|| PARTS.split_whitespace().map(words::stem).collect());

/// Whether a group of a question names a product or a part of one.
pub(super) fn speaks_of_product(group: &Group) -> bool {
    names_product(group) || group.terms.iter().any(|t| t.own && PART.contains(&t.term))
}

/// Whether a group of a question names a product.
fn names_product(group: &Group) -> bool {
    group.terms.iter().any(|t| t.own && words::is_product(&t.term))
}

/// Whether a term of such a group is the product under one of its names, and not only what it may stand for.
pub(super) fn is_name(look: &Looked<'_>) -> bool {
    look.term.own || look.term.concept.is_some_and(|c| RENAMED.contains(&concepts::name(c)))
}

/// Where more than one of so many sections are about a product it tells nothing, and in how few sections that is not asked.
const MOST: usize = 3;
const FEWEST: usize = 40;

/// The stems of a question that stand for themselves: no part of a host's name, a path or an address, no value of a label.
fn said(query: &Query) -> FxHashSet<String> {
    let mut out = FxHashSet::default();
    for line in &query.lines {
        let bytes = line.text.as_bytes();
        let edge =
            |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'(' | b')' | b'[' | b']' | b',');
        words::scan(&line.text, |word| {
            let before = bytes.iter().take(word.start).rev().position(edge).unwrap_or(word.start);
            let after = bytes.iter().skip(word.end).position(edge).unwrap_or(bytes.len() - word.end);
            let token = line.text.get(word.start - before..word.end + after).unwrap_or_default();
            let token = token.trim_end_matches(['.', ':', '/', '=', '?', '!', ';']);
            let lead = line.text.get(..word.start - before).unwrap_or_default();
            let value = lead.trim_end_matches([' ', '"', '\'', '`', '(', '[']).ends_with('=');
            if !value && !token.contains(['.', '/', '@', '=']) {
                out.insert(words::stem(word.lower));
            }
        });
    }
    out
}

/// The names of products in a question, where the sections speak of any.
pub(super) struct Products<'a>(Vec<&'a Looked<'a>>);

impl<'a> Products<'a> {
    pub(super) fn of(query: &Query, groups: &[Group], looked: &'a [Looked<'a>], sections: usize) -> Products<'a> {
        let named = |look: &&Looked<'_>| is_name(look) && groups.get(look.group).is_some_and(names_product);
        // What every other section is about tells nothing.
        let telling = |look: &&Looked<'_>| {
            let about = look.hits.iter().filter(|h| h.named).count();
            !look.hits.is_empty() && about * MOST <= sections.max(FEWEST)
        };
        let mut all: Vec<&Looked<'_>> = looked.iter().filter(named).filter(telling).collect();
        // A log names many products, and the name of an alert says more than what its text names.
        if query.kind == Kind::Log || !all.is_empty() && labels(&query.raw).iter().any(|l| l.name == "alertname") {
            all.clear();
        }
        if !all.is_empty() {
            let said = said(query);
            all.retain(|look| {
                groups.get(look.group).is_some_and(|g| g.terms.iter().any(|t| t.own && said.contains(&t.term)))
            });
        }
        Products(all)
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

    /// Takes what was gained or lost from the scores, which keep their order: what is named decides which section comes first,
    /// and does not hide that others fit too. `ranked` is best first.
    pub(super) fn settle(&self, ranked: &mut [(usize, f32)]) {
        let Some((first, most)) = ranked.first().copied().filter(|(_, most)| !self.0.is_empty() && *most > 0.0) else {
            return;
        };
        let mut least = most / self.factor(first);
        let best = least;
        for (at, score) in ranked {
            // What only the name put behind stays half as far behind as it was put.
            let behind = best * (*score / most).sqrt();
            least = least.min(*score / self.factor(*at)).min(behind);
            *score = least;
        }
    }

    /// Weighs each of the ranked sections by what it is about.
    pub(super) fn lift(&self, ranked: &mut [(usize, f32)]) {
        if !self.0.is_empty() {
            ranked.iter_mut().for_each(|(at, score)| *score *= self.factor(*at));
        }
    }
}
