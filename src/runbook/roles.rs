//! Which role a heading plays in a section, by its words and their many synonyms.
//! It never looks at what stands below the heading.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// The roles of a section's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Symptoms,
    Diagnosis,
    Solutions,
    Verification,
    /// Looking and acting in one: each block decides for itself.
    Mixed,
    /// Meaning, impact, notes: to read.
    Prose,
    /// When to stop, and whom to wake.
    Escalation,
    /// A table of contents: no content of its own.
    Contents,
}

impl Role {
    /// Whether it makes the heading above it a section.
    pub(super) fn acts(self) -> bool {
        matches!(self, Role::Symptoms | Role::Diagnosis | Role::Solutions | Role::Verification)
    }
}

/// What is in `roles.txt`.
#[derive(Default)]
struct Words {
    roles: FxHashMap<&'static str, Role>,
    /// What may stand before or behind a role's name.
    before: Vec<&'static str>,
    behind: Vec<&'static str>,
    /// First words, and beginnings, of headings about setting something up.
    set_up: Vec<&'static str>,
    set_up_begins: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut all = Words::default();
    for (kind, words) in lines() {
        match kind {
            "before" => all.before = words.collect(),
            "behind" => all.behind = words.collect(),
            "set-up" => all.set_up = words.collect(),
            "set-up-begins" => all.set_up_begins = words.collect(),
            name => all.roles.extend(words.filter_map(|w| Some((w, named(name)?)))),
        }
    }
    all
});

/// The lines of `roles.txt`: what kind of words each holds, and the words.
fn lines() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    let lines = include_str!("roles.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines.filter_map(|line| line.split_once(':')).map(|(kind, words)| (kind, words.split('|').map(str::trim)))
}

fn named(name: &str) -> Option<Role> {
    Some(match name {
        "symptoms" => Role::Symptoms,
        "diagnosis" => Role::Diagnosis,
        "solutions" => Role::Solutions,
        "verification" => Role::Verification,
        "mixed" => Role::Mixed,
        "prose" => Role::Prose,
        "escalation" => Role::Escalation,
        "contents" => Role::Contents,
        _ => return None,
    })
}

/// The role a heading's words name, if they name one.
pub(super) fn role(title: &str) -> Option<Role> {
    let lower = title.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let bare = bare.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ':' | ' ' | '-'));
    let bare = bare.replace('&', "and").replace(['/', '_'], " and ");
    let words: Vec<&str> = bare.split_whitespace().collect();
    // The whole, then without what does not change it; a long heading names a problem, no role.
    let mut inner = words.as_slice();
    loop {
        if let Some(found) = WORDS.roles.get(inner.join(" ").as_str()) {
            return Some(*found);
        }
        inner = match inner {
            [first, rest @ ..] if !rest.is_empty() && WORDS.before.contains(first) => rest,
            [rest @ .., last] if !rest.is_empty() && WORDS.behind.contains(last) => rest,
            _ => return None,
        };
    }
}

/// Whether a heading is about setting something up or about how it is made: its commands are no steps towards a problem's end.
pub(super) fn sets_up(title: &str) -> bool {
    let lower = title.to_lowercase();
    let bare = lower.trim_start_matches(|c: char| !c.is_alphabetic());
    let first = bare.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or("");
    WORDS.set_up.contains(&first)
        || WORDS.set_up_begins.iter().any(|s| bare.starts_with(s))
        || [" benchmark", " setup", " installation"].iter().any(|s| bare.ends_with(s))
}

/// Whether a heading is about what has to be there first.
pub(super) fn is_prerequisite(title: &str) -> bool {
    let title = title.trim().to_lowercase();
    ["prerequisite", "before you begin", "preparation"].iter().any(|s| title.starts_with(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_many_names_and_a_problem_none() {
        for (title, wanted) in [
            ("Diagnosis", Some(Role::Diagnosis)),
            ("## 2. Possible checks:", Some(Role::Diagnosis)),
            ("Recommended Actions", Some(Role::Mixed)),
            ("Mitigation steps", Some(Role::Solutions)),
            ("Troubleshooting pointers", Some(Role::Mixed)),
            ("Diagnosis/Mitigation", Some(Role::Mixed)),
            ("Table of Contents", Some(Role::Contents)),
            ("Verify the fix", Some(Role::Verification)),
            ("Name resolution fails", None),
            ("DNS resolution", None),
            ("Redis Not Available", None),
            ("Check Redis", None),
        ] {
            assert_eq!(role(title), wanted, "{title}");
        }
        assert!(sets_up("Setting up the tool") && sets_up("3. Installation") && !sets_up("Restart the tool"));
    }

    #[test]
    fn every_line_of_the_words_is_of_a_known_kind_and_no_role_has_the_name_of_another() {
        let kinds = ["before", "behind", "set-up", "set-up-begins"];
        let unknown: Vec<&str> =
            lines().map(|(kind, _)| kind).filter(|k| named(k).is_none() && !kinds.contains(k)).collect();
        assert_eq!(unknown, [""; 0]);
        let names = lines().filter(|(kind, _)| named(kind).is_some()).map(|(_, words)| words.count()).sum::<usize>();
        assert_eq!(WORDS.roles.len(), names);
    }
}
