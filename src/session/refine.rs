//! How a second sentence bears on the first: what it adds, and what it rules out ("no, redis is fine").
//! It never guesses: a sentence that stands alone is a new question.

use std::sync::LazyLock;

use regex::Regex;

/// A question made of the one before and what was said since.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refined {
    /// The text to match now.
    pub text: String,
    /// Words the operator ruled out, in lower case.
    pub excluded: Vec<String>,
}

// The patterns are constants of this file, tested below.
#[allow(clippy::unwrap_used)]
static WELL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:the\s+)?([\w-]+)\s+(?:is|are|was|were|looks?|seems?|runs?|works?)\b\s*(?:all|just|perfectly|quite|still)?\s*(fine|ok|okay|good|healthy|up|running|working|alright|well|there)?\b").unwrap()
});
#[allow(clippy::unwrap_used)]
static NOT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:not|isn'?t|nothing to do with|without)\s+(?:about\s+|because of\s+)?(?:the\s+|a\s+)?([\w-]+)")
        .unwrap()
});
#[allow(clippy::unwrap_used)]
static FOLLOWS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(no|nope|nah|not|but|also|and|actually|only|still|it'?s not|it is not|sorry|wrong|yes|or rather|i mean)\b[\s,.:;-]*").unwrap()
});

/// What `said` means after `before`; `None` where it is a question of its own.
pub fn refine(before: &str, excluded: &[String], said: &str) -> Option<Refined> {
    let opening = FOLLOWS.find(said)?;
    // A pasted log may begin with such a word; a refinement is one short sentence.
    if said.lines().count() > 1 || said.split_whitespace().count() > 25 {
        return None;
    }
    let rest = said.get(opening.end()..).unwrap_or("");
    let negated = opening.as_str().trim().to_lowercase();
    let mut out: Vec<String> = excluded.to_vec();
    for found in WELL.captures_iter(rest).filter(|c| c.get(2).is_some()) {
        out.extend(found.get(1).map(|w| w.as_str().to_lowercase()));
    }
    for found in NOT.captures_iter(rest) {
        out.extend(found.get(1).map(|w| w.as_str().to_lowercase()));
    }
    if matches!(negated.trim_end_matches([',', '.', ':', ';', ' ']), "not" | "it's not" | "its not" | "it is not") {
        out.extend(rest.split_whitespace().find(|w| !is_filler(w)).map(word));
    }
    out.retain(|w| !is_filler(w) && w.len() > 1);
    out.sort();
    out.dedup();
    let keep = |text: &str| -> String {
        text.split_whitespace().filter(|w| !out.contains(&word(w))).collect::<Vec<_>>().join(" ")
    };
    let added = if out.is_empty() { rest.to_owned() } else { keep(rest) };
    let kept = if before.lines().count() > 1 { before.to_owned() } else { keep(before) };
    Some(Refined { text: format!("{kept} {added}").trim().to_owned(), excluded: out })
}

fn word(raw: &str) -> String {
    raw.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn is_filler(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "the"
            | "a"
            | "an"
            | "it"
            | "that"
            | "this"
            | "is"
            | "are"
            | "and"
            | "but"
            | "everything"
            | "all"
            | "i"
            | "we"
            | "there"
            | "sure"
            | "about"
            | "what"
            | "which"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fine_is_ruled_out() {
        let refined = refine("dashboard is stale and redis errors in log", &[], "no, redis is fine").unwrap();
        assert_eq!(refined.excluded, ["redis"]);
        assert!(!refined.text.contains("redis"), "{}", refined.text);
        assert!(refined.text.contains("dashboard is stale"));
    }

    #[test]
    fn what_is_added_is_kept() {
        let refined = refine("the dashboard is stale", &[], "and the browser says CORS").unwrap();
        assert!(refined.excluded.is_empty());
        assert_eq!(refined.text, "the dashboard is stale the browser says CORS");
    }

    #[test]
    fn not_this_rules_it_out_too() {
        let refined =
            refine("backend unreachable", &["redis".into()], "it's not the network, postgres is ok too").unwrap();
        assert_eq!(refined.excluded, ["network", "postgres", "redis"]);
    }

    #[test]
    fn a_new_sentence_is_a_new_question() {
        assert_eq!(refine("redis is down", &[], "images are uploaded but never processed"), None);
        assert_eq!(refine("redis is down", &[], "no\nsuch\nfile"), None);
    }
}
