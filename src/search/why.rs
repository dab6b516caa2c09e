//! Why a section was found: the operator's words in it, what others of them mean there, and the symptom that fits.
//! It never ranks.

use serde::Serialize;

use super::concepts::{Concept, Found, Reader};
use super::score::Looked;
use super::words::{split, stem};
use crate::query::{Kind, Query};
use crate::runbook::Section;

/// Why a section was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Why {
    /// The operator's words that count most, heaviest first, as the operator wrote them.
    pub terms: Vec<String>,
    /// The operator's words that mean what the section says in others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meant: Vec<Meant>,
    /// The operator's line that fits best, where there were several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The section's symptom that fits best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symptom: Option<String>,
    /// A line of the section that the question holds word for word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted: Option<String>,
    /// What was seen of the system that speaks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

/// Two ways to say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meant {
    pub said: String,
    /// The words of the section.
    pub here: String,
}

/// How many words, and how many meanings, are named.
const TERMS: usize = 5;
const MEANT: usize = 3;

pub(super) fn why(at: usize, section: Option<&Section>, query: &Query, looked: &[Looked<'_>]) -> Why {
    let mut parts: Vec<(f32, &Looked<'_>)> =
        looked.iter().map(|l| (l.worth(at), l)).filter(|(w, _)| *w > 0.0).collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut terms: Vec<String> = Vec::new();
    let mut groups = Vec::new();
    for (_, look) in parts.iter().filter(|(_, l)| l.term.own) {
        groups.push(look.group);
        if terms.len() < TERMS && !terms.iter().any(|t| t.eq_ignore_ascii_case(&look.term.shown)) {
            terms.push(look.term.shown.clone());
        }
    }
    // What the section says in the operator's own words needs no translation.
    let others: Vec<&Looked<'_>> = parts.iter().map(|(_, l)| *l).filter(|l| !groups.contains(&l.group)).collect();
    let mut meant = section.map(|s| translate(s, others.iter().filter(|l| !l.term.part))).unwrap_or_default();
    // A word of a name says little; it is named where nothing else is.
    if terms.is_empty() && meant.is_empty() {
        meant = section.map(|s| translate(s, others.iter())).unwrap_or_default();
    }
    let line = parts
        .first()
        .filter(|_| query.kind == Kind::Log)
        .and_then(|(_, l)| query.lines.get(l.term.line))
        .map(|l| l.text.clone());
    let symptom = section.and_then(|s| symptom(s, &parts));
    Why { terms, meant, line, symptom, quoted: None, seen: None }
}

/// What stands in a section for what was said otherwise.
enum Here<'a> {
    Concept(Concept),
    Stem(&'a str),
}

/// The section's words for what the operator said otherwise, where it names them first.
fn translate<'a>(section: &Section, others: impl Iterator<Item = &'a &'a Looked<'a>>) -> Vec<Meant> {
    let here = |l: &'a Looked<'a>| l.term.concept.map_or(Here::Stem(&l.term.term), Here::Concept);
    let wanted: Vec<(Here<'_>, &str)> = others.map(|l| (here(l), l.term.shown.as_str())).take(MEANT * 2).collect();
    let mut out: Vec<Meant> = Vec::new();
    if wanted.is_empty() {
        return out;
    }
    let mut here: Vec<Option<String>> = vec![None; wanted.len()];
    let mut reader = Reader::default();
    let symptoms = section.symptoms.iter().map(|s| s.text.as_str());
    let lines = std::iter::once(section.title.as_str()).chain(symptoms).chain(section.body.lines());
    for line in lines {
        reader.read(line, |found| {
            let (start, end) = match found {
                Found::Concept { start, end, .. } => (start, end),
                Found::Word(word, _) => (word.start, word.end),
            };
            for ((of, _), place) in wanted.iter().zip(&mut here) {
                let is_it = match (of, found) {
                    (Here::Concept(of), Found::Concept { concept, .. }) => *of == concept,
                    (Here::Stem(of), Found::Word(_, stem)) => *of == stem,
                    _ => false,
                };
                if is_it && place.is_none() {
                    *place = line.get(start..end).map(|t| crate::text::shorten(t, 40));
                }
            }
        });
        if here.iter().all(Option::is_some) {
            break;
        }
    }
    for ((_, said), here) in wanted.iter().zip(here) {
        let Some(here) = here.filter(|h| !h.eq_ignore_ascii_case(said)) else { continue };
        if out.len() < MEANT
            && !out.iter().any(|m| m.said.eq_ignore_ascii_case(said) || m.here.eq_ignore_ascii_case(&here))
        {
            out.push(Meant { said: (*said).to_owned(), here });
        }
    }
    out
}

/// The symptom with most of what was found, beside its length.
fn symptom(section: &Section, parts: &[(f32, &Looked<'_>)]) -> Option<String> {
    let said = section.symptoms.iter().map(|s| s.text.as_str()).chain(section.aliases.iter().map(String::as_str));
    let scored = said.map(|text| {
        let words: Vec<String> = split(text).iter().map(|w| stem(w)).collect();
        let hits = words.iter().filter(|w| parts.iter().any(|(_, l)| l.term.own && l.term.term == **w)).count();
        (hits as f32 / (words.len() as f32).sqrt().max(1.0), hits, text)
    });
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.1 >= 2).then(|| best.2.to_owned())
}
