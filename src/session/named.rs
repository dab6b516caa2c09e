//! Sections that an alert names itself: by its own name, or by the address of its runbook.
//! It never takes a likeness for a name.

use std::sync::LazyLock;

use regex::Regex;

use super::library::Library;
use crate::query::{self, Query};
use crate::runbook::links::Leads;
use crate::search::{Answer, Match, Why};
use crate::text::pattern;

/// Shorter names are words that stand in many titles.
const SHORTEST: usize = 6;
/// What a name is worth: nobody doubts it.
const SURE: f32 = 0.95;

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)\brunbook(?:_?url|_link)?\b[*_`"]*\s*[:=]\s*[*_]*\s*["'<`]?(https?://[^\s"'<>,|`]+)"#)
});

impl Library {
    /// The answer with the sections first that the question's alert names.
    pub(super) fn named_first(&self, mut answer: Answer, query: &Query, top: usize) -> Answer {
        let named = self.named(&query.raw);
        if named.is_empty() {
            return answer;
        }
        let highest = answer.matches.first().map_or(1.0, |m| m.score);
        let (mut first, rest): (Vec<Match>, Vec<Match>) =
            answer.matches.into_iter().partition(|m| named.iter().any(|(section, _)| *section == m.section));
        for (section, name) in &named {
            if first.iter().all(|m| m.section != *section) {
                let why = Why { terms: vec![name.clone()], ..Why::default() };
                first.push(Match { section: *section, score: highest, why });
            }
        }
        first.iter_mut().for_each(|m| m.score = m.score.max(highest));
        answer.matches = first.into_iter().chain(rest).take(top.max(1)).collect();
        answer.confident = true;
        answer.confidence = answer.confidence.max(SURE);
        // One alert is one problem, however many lines its message has.
        if named.len() == 1 {
            answer.problems.clear();
        }
        answer
    }

    /// The sections an alert names, each with the name it does it by.
    fn named(&self, raw: &str) -> Vec<(usize, String)> {
        let mut found: Vec<(usize, String)> = Vec::new();
        let mut add = |section: usize, name: &str| {
            if found.iter().all(|(known, _)| *known != section) {
                found.push((section, name.to_owned()));
            }
        };
        for address in ADDRESS.captures_iter(raw).filter_map(|c| c.get(1)) {
            let section = match self.leads("", address.as_str()) {
                Leads::Section(section) => Some(section),
                Leads::Runbook(path) => self.shelves().iter().find(|s| s.path == path && s.count > 0).map(|s| s.first),
                _ => None,
            };
            if let Some(section) = section {
                add(section, address.as_str());
            }
        }
        let labels = if raw.contains("lertname") { query::labels(raw) } else { Vec::new() };
        for name in labels.iter().filter(|l| l.name == "alertname").map(|l| l.value.as_str()) {
            let wanted = letters(name);
            if wanted.len() < SHORTEST {
                continue;
            }
            let titled = self.sections().names().enumerate().filter(|(_, (_, title))| letters(title) == wanted);
            let titled: Vec<usize> = titled.map(|(i, _)| i).collect();
            let stem = |path: &str| letters(path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or(path));
            let called = || self.shelves().iter().filter(|s| s.count > 0 && stem(&s.path) == wanted).map(|s| s.first);
            let all = if titled.is_empty() { called().collect() } else { titled };
            all.into_iter().for_each(|section| add(section, name));
        }
        found
    }
}

/// Letters and digits in lower case: `Kube Pod Crash-Looping` is `KubePodCrashLooping`.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::library::Source;

    #[test]
    fn an_alert_leads_to_the_runbook_it_names() {
        let sources = [
            ("kube/crash.md", "# KubePodCrashLooping\n\n## Diagnosis\n\nlook at it\n"),
            (
                "kube/other.md",
                "# Pod is waiting and back-off, crash loop\n\n## Diagnosis\n\nalertname pod crash loop back-off\n",
            ),
            ("kube/node-gone.md", "# The node\n\n## Diagnosis\n\nlook at it\n"),
        ];
        let sources = sources.map(|(path, text)| Source { path: path.into(), text: text.into() });
        let library = Library::build(&sources, &Vec::new()).unwrap();
        for (text, title) in [
            ("alertname: KubePodCrashLooping\ndescription: pod is waiting, crash loop back-off", "KubePodCrashLooping"),
            (r#"{"labels":{"alertname":"kube_pod_crash_looping"}}"#, "KubePodCrashLooping"),
            (r#"ALERTS{alertname="NodeGone"}"#, "The node"),
            ("pod crash loop\nrunbook_url = https://forge.example/t/r/blob/main/kube/node-gone.md", "The node"),
        ] {
            let answer = library.ask(&query::understand(text), 3);
            assert!(answer.confident, "{text}");
            assert_eq!(library.sections().name(answer.matches[0].section).unwrap().1, title, "{text}");
        }
        let answer = library.ask(&query::understand("pod crash loop back-off"), 3);
        assert_ne!(library.sections().name(answer.matches[0].section).unwrap().1, "KubePodCrashLooping");
    }
}
