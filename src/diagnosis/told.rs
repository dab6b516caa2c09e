//! What the question itself proves: an error that was pasted is evidence as much as a line of a log that was looked at.
//! It never reads plain words as proof, and never knows who wrote a line that does not say so.

use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::interpret::logs::telling;
use super::{Outcome, Status};
use crate::query::{self, Query};
use crate::text::pattern;

/// How many lines are read as they were given.
const MOST: usize = 400;

/// The error of a question as an outcome beside those of checks; `None` where it proves nothing by itself.
pub fn told(query: &Query) -> Option<Outcome> {
    if query.kind == query::Kind::Words {
        return None;
    }
    // As it was given, since a line may explain the one above it; what was kept of the rest of a long log after it.
    let given = query.raw.lines().take(MOST).map(str::to_owned);
    let rest = query.lines.iter().filter(|_| query.read > MOST).rev().map(|l| l.text.clone());
    let lines: Vec<String> = given.chain(rest).collect();
    let telling = telling(&lines)?;
    if matches!(telling.kind, Kind::LogError | Kind::OtherProblem) {
        return None;
    }
    let who = query::understand(&telling.line).lines.first().and_then(|l| l.source.clone());
    let mut finding = telling.finding(who.as_deref().unwrap_or("the program"));
    if finding.fact.kind == Kind::PortConflict && finding.fact.detail.is_none() {
        finding.fact.detail = port(&telling.line);
    }
    finding.text = format!("By what you pasted, {}", finding.text);
    Some(Outcome {
        check: "what you pasted".into(),
        command: String::new(),
        status: Status::Problem,
        summary: finding.text.clone(),
        evidence: Some(telling.line),
        findings: vec![finding],
        reading: None,
        ms: 0,
    })
}

/// The port that a line about an address speaks of: `('0.0.0.0', 8000)`, `:::8000`, `port 8000`.
fn port(line: &str) -> Option<String> {
    let found = PORT.captures_iter(line).filter_map(|c| c.iter().skip(1).flatten().next());
    let ports = found.filter_map(|m| m.as_str().parse::<u16>().ok()).filter(|p| *p > 0);
    ports.map(|p| p.to_string()).next()
}

// A constant of this file, tested below.
static PORT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bport:? (\d{1,5})\b|[\d.\]*:]:(\d{1,5})\b|', (\d{1,5})\)"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::understand;

    #[test]
    fn a_pasted_error_is_evidence() {
        for (text, kind, detail) in [
            ("OSError: [Errno 98] Address already in use: ('0.0.0.0', 8000)", Kind::PortConflict, Some("8000")),
            ("Error: listen EADDRINUSE: address already in use :::3000", Kind::PortConflict, Some("3000")),
            ("nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)", Kind::PortConflict, Some("80")),
            ("OSError: [Errno 28] No space left on device: '/data/x'", Kind::DiskFull, None),
            ("redis.exceptions.AuthenticationError: NOAUTH Authentication required.", Kind::RedisAuth, None),
            ("KeyError: 'DATABASE_URL'", Kind::MissingVariable, Some("DATABASE_URL")),
        ] {
            let outcome = told(&understand(text)).unwrap_or_else(|| panic!("nothing in {text}"));
            let fact = &outcome.findings[0].fact;
            assert_eq!((fact.kind, fact.detail.as_deref()), (kind, detail), "{text}");
        }
    }

    #[test]
    fn plain_words_and_errors_without_a_meaning_prove_nothing() {
        for text in ["is the disk full", "redis has too many connections", "ERROR something went wrong in foo()"] {
            assert_eq!(told(&understand(text)), None, "{text}");
        }
    }
}
