//! How a second sentence bears on the first: what it adds, and what it rules out ("no, redis is fine").
//! It never guesses: a sentence that stands alone is a new question.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::pattern;

/// A question made of the one before and what was said since.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refined {
    /// The text to match now.
    pub text: String,
    /// Words the operator ruled out, in lower case.
    pub excluded: Vec<String>,
}

static WELL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:the\s+)?([\w-]+)\s+(?:is|are|was|were|looks?|seems?|runs?|works?)\b\s*(?:all|just|perfectly|quite|still)?\s*(fine|ok|okay|good|healthy|up|running|working|alright|well|there)?\b",
    )
});
static NOT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:not|isn'?t|nothing to do with|without)\s+(?:about\s+|because of\s+)?(?:the\s+|a\s+)?([\w-]+)")
});
static FOLLOWS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(no|nope|nah|not|but|also|and|actually|only|still|it'?s not|it is not|sorry|wrong|yes|or rather|i mean)\b[\s,.:;-]*",
    )
});

static SAYS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:i (?:also )?(?:see|get|found)|(?:in )?(?:the |its |my )?(?:logs?|error|message|browser|console|screen|page|output|it)(?: file)?,?(?: also| only| just)? (?:says?|shows?|reads?|prints?|complains?(?: about)?))\b[\s:,]*(?:that\b\s*)?",
    )
});
static PICK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:(?:no|yes|actually|sorry|rather)\b[\s,]*)?(?:(?:it(?:'|’)?s|it is|i mean|i meant|i think it(?:'|’)?s|about|open|take)\s+)?(?:the|that)\s+([\w-]+)\s+(?:one|thing|section|problem|case)\s*[.!]*$",
    )
});

/// How a sentence bears on the question before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bears {
    /// It says more of the same: match this now.
    On(Refined),
    /// It is a question of its own.
    Alone(String),
}

/// What `said` means after `before`, the question that is still open where there is one.
pub fn refine(before: Option<&str>, excluded: &[String], said: &str) -> Bears {
    let alone = || Bears::Alone(said.to_owned());
    // A pasted log may begin with such a word; a refinement is one short sentence.
    if said.lines().count() > 1 || said.split_whitespace().count() > 25 {
        return alone();
    }
    let Some(before) = before else { return alone() };
    let opening = FOLLOWS.find(said);
    let rest = opening.map_or(said, |o| said.get(o.end()..).unwrap_or(""));
    let reported = SAYS.find(rest);
    let rest = reported.map_or(rest, |s| rest.get(s.end()..).unwrap_or(""));
    if opening.is_none() && reported.is_none() && !is_all_well(rest) {
        return alone();
    }
    let negated = opening.map_or("", |o| o.as_str()).trim().to_lowercase();
    let mut out: Vec<String> = excluded.to_vec();
    if reported.is_none() {
        for found in WELL.captures_iter(rest).filter(|c| c.get(2).is_some()) {
            out.extend(found.get(1).map(|w| w.as_str().to_lowercase()));
        }
        for found in NOT.captures_iter(rest) {
            out.extend(found.get(1).map(|w| w.as_str().to_lowercase()));
        }
        if matches!(negated.trim_end_matches([',', '.', ':', ';', ' ']), "not" | "it's not" | "its not" | "it is not") {
            out.extend(rest.split_whitespace().find(|w| !is_filler(w)).map(word));
        }
    }
    out.retain(|w| !is_filler(w) && w.len() > 1);
    out.sort();
    out.dedup();
    let keep = |text: &str| -> String {
        text.split_whitespace().filter(|w| !out.contains(&word(w))).collect::<Vec<_>>().join(" ")
    };
    // What only rules out adds no words: "is fine" says nothing of what is wrong.
    let added = match (reported.is_none(), out.is_empty()) {
        (true, false) => keep(&WELL.replace_all(rest, |c: &regex::Captures<'_>| {
            if c.get(2).is_some() { String::new() } else { c.get(0).map_or("", |m| m.as_str()).to_owned() }
        })),
        _ => rest.to_owned(),
    };
    let kept = if before.lines().count() > 1 { before.to_owned() } else { keep(before) };
    let text = match (kept.trim(), added.trim().trim_end_matches(['.', ','])) {
        (kept, "") => kept.to_owned(),
        // A reported line stands on its own line, so that it is read as the error it is.
        (kept, added) if reported.is_some() || kept.contains('\n') => format!("{kept}\n{added}").trim().to_owned(),
        (kept, added) => format!("{kept} {added}").trim().to_owned(),
    };
    Bears::On(Refined { text, excluded: out })
}

/// The word that picks one of several: `it's the camera one` gives `camera`.
pub fn pick(said: &str) -> Option<String> {
    PICK.captures(said)?.get(1).map(|w| w.as_str().to_lowercase())
}

/// Whether a sentence says nothing but that something is well.
fn is_all_well(said: &str) -> bool {
    let said = said.trim().trim_end_matches(['.', '!']);
    WELL.find(said).is_some_and(|found| found.start() == 0 && found.end() == said.len())
        && WELL.captures(said).is_some_and(|c| c.get(2).is_some())
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

    fn on(before: &str, excluded: &[String], said: &str) -> Refined {
        match refine(Some(before), excluded, said) {
            Bears::On(refined) => refined,
            Bears::Alone(text) => panic!("`{text}` stands alone"),
        }
    }

    #[test]
    fn what_is_fine_is_ruled_out() {
        for said in ["no, redis is fine", "redis is fine", "Redis works fine."] {
            let refined = on("dashboard is stale and redis errors in log", &[], said);
            assert_eq!(refined.excluded, ["redis"], "{said}");
            assert_eq!(refined.text, "dashboard is stale and errors in log", "{said}");
        }
    }

    #[test]
    fn what_is_added_is_kept() {
        let refined = on("the dashboard is stale", &[], "and the browser says CORS");
        assert!(refined.excluded.is_empty());
        assert_eq!(refined.text, "the dashboard is stale\nCORS");
        assert_eq!(on("pages are slow", &[], "also since the update").text, "pages are slow since the update");
    }

    #[test]
    fn a_reported_line_is_kept_as_it_is() {
        let refined = on("pages are slow", &[], "also the log says: redis is not running");
        assert_eq!(refined.text, "pages are slow\nredis is not running");
        assert!(refined.excluded.is_empty(), "a report rules nothing out");
        assert_eq!(on("pages are slow", &[], "it says ECONNREFUSED").text, "pages are slow\nECONNREFUSED");
    }

    #[test]
    fn not_this_rules_it_out_too() {
        let refined = on("backend unreachable", &["redis".into()], "it's not the network, postgres is ok too");
        assert_eq!(refined.excluded, ["network", "postgres", "redis"]);
    }

    #[test]
    fn a_new_sentence_is_a_new_question() {
        let alone = |before: Option<&str>, said: &str| matches!(refine(before, &[], said), Bears::Alone(_));
        assert!(alone(Some("redis is down"), "images are uploaded but never processed"));
        assert!(alone(Some("redis is down"), "no\nsuch\nfile"));
        assert!(alone(None, "also the log says NOAUTH"), "there is nothing it could add to");
    }

    #[test]
    fn one_of_several_is_picked_by_its_word() {
        assert_eq!(pick("it's the camera one").as_deref(), Some("camera"));
        assert_eq!(pick("No, the Redis thing!").as_deref(), Some("redis"));
        assert_eq!(pick("the camera is one big mess"), None);
    }
}
