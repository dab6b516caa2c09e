//! What was seen of the system itself, as evidence: of sections that fit alike, the one about what is unwell comes first.
//! It never brings in a section the question did not find, and never lets what was seen beat a much better fit.

use super::Match;
use super::concepts::{Found, Reader};
use super::part::concept_term;
use super::words::is_stop;
use crate::runbook::Section;

/// Something that was seen to be unwell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sighting {
    /// What it is called, each name on its own: service, container, program. `redis`, `app-redis-1`.
    pub names: Vec<String>,
    /// What is wrong with it, in words a runbook could use: `connection refused`, `exited 137 out of memory`.
    pub state: String,
    /// As the operator reads it: `redis refused`.
    pub text: String,
}

/// What a section that names the thing gains, and one that speaks of its state as well.
const NAMED: f32 = 1.15;
const SAME_STATE: f32 = 1.25;

/// The matches with what was seen weighed in, best first; each that gained says by what.
pub fn weigh(mut matches: Vec<Match>, sections: &[Section], seen: &[Sighting]) -> Vec<Match> {
    let mut reader = Reader::default();
    for found in &mut matches {
        let Some(section) = sections.get(found.section) else { continue };
        let shown = meanings(&named(section), &mut reader);
        let mut gains = Vec::new();
        for one in seen {
            if one.names.iter().any(|name| holds(&shown, &meanings(name, &mut reader))) {
                let alike = meanings(&one.state, &mut reader).iter().any(|m| shown.contains(m));
                gains.push((if alike { SAME_STATE } else { NAMED }, one));
            }
        }
        if let Some((gain, one)) = gains.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)) {
            found.score *= gain;
            found.why.seen = Some(one.text.clone());
        }
    }
    matches.sort_by(|a, b| b.score.total_cmp(&a.score));
    matches
}

/// What a section is about: title, path, symptoms, aliases.
fn named(section: &Section) -> String {
    let mut out = format!("{}\n{}", section.title, section.path.trim_end_matches(".md"));
    for text in section.symptoms.iter().map(|s| &s.text).chain(&section.aliases) {
        out.push('\n');
        out.push_str(text);
    }
    out
}

/// The stems and concepts of a text.
fn meanings(text: &str, reader: &mut Reader) -> Vec<String> {
    let mut out = Vec::new();
    reader.read(text, |found| match found {
        Found::Word(word, stem) if !is_stop(word.lower) => out.push(stem.to_owned()),
        Found::Concept { concept, words: 2.., .. } => out.push(concept_term(concept)),
        _ => {}
    });
    out
}

/// Whether a name, or what is left of it without numbers, is among what a section shows.
fn holds(shown: &[String], name: &[String]) -> bool {
    let mut parts = name.iter().filter(|part| !part.bytes().all(|b| b.is_ascii_digit())).peekable();
    parts.peek().is_some() && parts.all(|part| shown.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::Symptom;
    use crate::search::Why;

    fn section(title: &str, symptom: &str) -> Section {
        let symptoms = vec![Symptom { text: symptom.into(), line: 1 }];
        Section { title: title.into(), path: "stores.md".into(), symptoms, ..Section::default() }
    }

    fn found(section: usize, score: f32) -> Match {
        Match { section, score, why: Why::default() }
    }

    #[test]
    fn what_is_unwell_comes_before_its_equals_and_says_so() {
        let sections =
            [section("Pages stay empty", "nothing shown"), section("Queue Store", "connections to valkey are refused")];
        let seen = [Sighting {
            names: vec!["shop-valkey-1".into(), "valkey".into()],
            state: "connection refused".into(),
            text: "valkey refused".into(),
        }];
        let weighed = weigh(vec![found(0, 3.0), found(1, 2.7)], &sections, &seen);
        assert_eq!(weighed.iter().map(|m| m.section).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(weighed[0].why.seen.as_deref(), Some("valkey refused"));
        assert_eq!(weighed[1].why.seen, None);
        let clear = weigh(vec![found(0, 4.0), found(1, 2.7)], &sections, &seen);
        assert_eq!(clear[0].section, 0, "what fits much better stays first");
        assert_eq!(weigh(vec![found(0, 3.0), found(1, 2.9)], &sections, &[])[0].section, 0);
    }
}
