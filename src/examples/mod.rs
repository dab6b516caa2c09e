//! An author's own examples beside a runbook: words that must lead to a section, recorded answers that must lead to a fix.
//! It never looks at the system: what the checks see is what the example says.

mod answer;
mod rehearse;
mod replay;

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

pub use answer::Answer;
pub use rehearse::{Failure, Tally, rehearse};

use crate::query;
use crate::text;

/// The examples of one runbook.
#[derive(Debug, Clone)]
pub struct Examples {
    /// The file as cited, `redis.examples.toml`.
    pub path: String,
    pub questions: Vec<Question>,
    pub cases: Vec<Case>,
}

/// Words that must lead to a section.
#[derive(Debug, Clone)]
pub struct Question {
    pub line: usize,
    pub ask: String,
    /// A section's id, or `none` where no section may be offered.
    pub section: String,
    /// What kind of text it must be understood as.
    pub kind: Option<query::Kind>,
    /// Among how many of the best the section must be; 1 where nothing is said.
    pub within: usize,
}

/// Recorded answers that must lead to a finding and a fix.
#[derive(Debug, Clone)]
pub struct Case {
    pub line: usize,
    pub name: String,
    pub section: String,
    /// Facts that must be found; an empty list means that nothing may be.
    pub findings: Option<Vec<String>>,
    /// Facts that must not be found.
    pub not_findings: Vec<String>,
    /// The title of the fix that must come first.
    pub first_fix: Option<String>,
    /// Words that the conclusion must hold.
    pub says: Option<String>,
    /// What is typed for a placeholder: `PID = "412"`.
    pub values: BTreeMap<String, String>,
    /// What each check gives, by its command as written or its title.
    pub answers: BTreeMap<String, Answer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    question: Vec<RawQuestion>,
    #[serde(default)]
    case: Vec<RawCase>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    ask: Spanned<String>,
    section: String,
    kind: Option<query::Kind>,
    within: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    name: Spanned<String>,
    section: String,
    findings: Option<Vec<String>>,
    #[serde(default)]
    not_findings: Vec<String>,
    first_fix: Option<String>,
    says: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default)]
    answers: BTreeMap<String, Answer>,
}

/// What a file of examples is called beside `redis.md`: `redis.examples.toml`.
pub const ENDING: &str = ".examples.toml";

/// Reads the examples of one file.
///
/// # Errors
/// One sentence with file, line and what to write instead.
pub fn read(path: &str, text: &str) -> Result<Examples, String> {
    let file: File = toml::from_str(text).map_err(|error| in_words(text::toml::trouble(path, text, &error)))?;
    // The runbook's path without `.md`: the first part of its sections' ids.
    let runbook = path.strip_suffix(ENDING).unwrap_or(path);
    let whole = |section: String| match section.as_str() {
        "none" => section,
        s if s.contains('/') => section,
        _ => format!("{runbook}/{section}"),
    };
    let questions = file.question.into_iter().map(|raw| Question {
        line: text::toml::line_at(text, raw.ask.span().start),
        ask: raw.ask.into_inner(),
        section: whole(raw.section),
        kind: raw.kind,
        within: raw.within.unwrap_or(1).max(1),
    });
    let cases = file.case.into_iter().map(|raw| Case {
        line: text::toml::line_at(text, raw.name.span().start),
        name: raw.name.into_inner(),
        section: whole(raw.section),
        findings: raw.findings,
        not_findings: raw.not_findings,
        first_fix: raw.first_fix,
        says: raw.says,
        values: raw.values,
        answers: raw.answers,
    });
    let (questions, cases) = (questions.collect(), cases.collect());
    Ok(Examples { path: path.to_owned(), questions, cases })
}

/// A table that may have several shapes, said by its shapes.
fn in_words(said: String) -> String {
    let Some((place, shape)) = said.split_once("data did not match any variant of untagged enum ") else {
        return said;
    };
    let may = match shape.trim() {
        "RedisSeen" => "`redis` is a text, a number, { info = { used_memory = 1 } } or { fails = \"refused\" }",
        "ValueSeen" => "`value` is a text, a number or { error = \"...\" }",
        "KernelSeen" => {
            "`kernel` is a text, a list of lines or { lines = [...], kills = [{ process = \"...\", pid = 1 }] }"
        }
        "Lines" => "`logs` is a text or a list of lines",
        _ => "a value of another kind was expected",
    };
    format!("{place}{may}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_cases_are_read_with_their_lines() {
        let text = "[[question]]\nask = \"jobs vanish\"\nsection = \"evictions\"\nwithin = 3\n\n[[case]]\nname = \"full\"\nsection = \"other/full\"\nfindings = []\n[case.answers]\n\"redis-cli ping\" = \"PONG\"\n";
        let examples = read("stores/redis.examples.toml", text).unwrap();
        let question = examples.questions.first().unwrap();
        assert_eq!((question.line, question.within), (2, 3));
        assert_eq!(question.section, "stores/redis/evictions");
        let case = examples.cases.first().unwrap();
        assert_eq!((case.line, case.section.as_str()), (7, "other/full"));
    }

    #[test]
    fn a_wrong_key_is_named_with_the_right_one() {
        let wrong = read("a.examples.toml", "[[question]]\nask = 'x'\nsektion = 'y'\n").unwrap_err();
        assert_eq!(wrong, "a.examples.toml:3: unknown key `sektion`; did you mean `section`?");
        let wrong = read(
            "a.examples.toml",
            "[[case]]\nname = 'x'\nsection = 'y'\n[case.answers]\n'docker ps' = { containers = [{ stat = 'exited' }] }\n",
        );
        assert_eq!(wrong.unwrap_err(), "a.examples.toml:5: unknown key `stat`; did you mean `state`?");
        let wrong = read("a.examples.toml", "[[question]]\nask = 'x'\nsection = 'y'\nkind = 'logs'\n").unwrap_err();
        assert_eq!(wrong, "a.examples.toml:4: unknown value `logs`; did you mean `log`?");
    }
}
