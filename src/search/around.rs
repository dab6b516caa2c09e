//! What is known of the system weighs in: sections about what is wrong here come before others that fit alike,
//! sections about parts that are not here come last. It never moves what the words decide, and always says why it moved.

use super::words::{is_everyday, is_no, is_stop, split, stem};
use super::{Answer, Match, Why, likely, separate};
use crate::query::{Kind, Query};
use crate::runbook::{Section, services};

/// What is known of the system.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// What is wrong, most upstream first.
    pub facts: Vec<Known>,
    /// The services there are; empty where that is not known.
    pub services: Vec<String>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its stable name, as `when:` has it: `container.not_running`.
    pub name: String,
    /// The service it is about, where it is about one.
    pub service: Option<String>,
    /// `redis was stopped.`
    pub text: String,
    /// A log said so lately: it points somewhere, and may be over.
    pub logged: bool,
}

/// From this confidence on the words decide, where one section stands alone.
const SURE: f32 = 0.5;
/// How much what is wrong here weighs among sections that fit about alike, and where none fits well.
const AMONG_CLOSE: f32 = 1.25;
const AMONG_WEAK: f32 = 1.5;
/// A fact that so few sections know is telling by itself, where the words decide nothing.
const RARE: usize = 3;
/// Sections that score less than this beside the best are not lifted.
const NEAR: f32 = 0.6;
/// What is left of the score of a section about parts that are not here.
const NOT_HERE: f32 = 0.4;
/// How much each fact counts beside the one before it, and how many count.
const NEXT: f32 = 0.6;
const FACTS: usize = 6;

/// Weighs an answer anew, and gives each section that moved its reason.
pub fn reweigh(answer: &mut Answer, sections: &[Section], query: &Query, evidence: &Evidence) {
    let asked: Vec<String> = split(&query.raw);
    for found in &mut answer.matches {
        let Some(section) = sections.get(found.section) else { continue };
        if let Some(missing) = not_here(section, &asked, evidence) {
            found.score *= NOT_HERE;
            found.why.seen = Some(format!("{missing} not in this compose file"));
        }
    }
    sort(&mut answer.matches);
    if evidence.facts.is_empty() || !answer.problems.is_empty() || decided(answer, query) {
        return;
    }
    let best = answer.matches.first().map_or(0.0, |m| m.score);
    let weight = if answer.confidence < SURE { AMONG_WEAK } else { AMONG_CLOSE };
    for found in &mut answer.matches {
        let Some(section) = sections.get(found.section).filter(|_| found.score >= best * NEAR) else { continue };
        if found.why.seen.is_none()
            && let Some(fact) = evidence.facts.iter().find(|f| speaks(section, f) > 0.0)
        {
            found.score *= weight;
            found.why.seen = Some(reason(fact));
        }
    }
    // What is wrong with the very part that is named, or what few sections know, comes first.
    let telling = |f: &&Known| {
        if f.logged { sections.iter().filter(|s| has(s, &f.name)).count() <= RARE } else { is_named(f, &asked) }
    };
    if let Some(fact) = evidence.facts.iter().find(telling) {
        lift(&mut answer.matches, sections, fact, best * weight);
    }
    sort(&mut answer.matches);
}

/// Puts the section that a fact speaks for most above the others.
fn lift(matches: &mut Vec<Match>, sections: &[Section], fact: &Known, above: f32) {
    let score = |at: usize| matches.iter().find(|m| m.section == at).map_or(0.0, |m| m.score);
    let about = sections.iter().enumerate().map(|(at, s)| (at, speaks(s, fact), score(at) + 0.01 * likely(s.seen)));
    let best = about.filter(|(_, speaks, _)| *speaks > 0.0).max_by(|a, b| a.2.total_cmp(&b.2).then(b.0.cmp(&a.0)));
    let Some((at, _, _)) = best else { return };
    let found = match matches.iter_mut().find(|m| m.section == at) {
        Some(found) => found,
        None => {
            matches.push(Match { section: at, score: 0.0, why: Why::default() });
            let Some(last) = matches.last_mut() else { return };
            last
        }
    };
    found.score = found.score.max(above);
    found.why.seen = Some(reason(fact));
}

/// Whether the question names the part that a fact is about: its service, or the first word of its name.
fn is_named(fact: &Known, asked: &[String]) -> bool {
    let part = fact.name.split('.').next().unwrap_or_default();
    let service = fact.service.as_deref();
    let general = matches!(part, "container" | "http" | "service" | "port" | "config" | "log" | "other");
    asked.iter().any(|w| service == Some(w.as_str()) || !general && stem(w) == stem(part))
}

fn reason(fact: &Known) -> String {
    let lead = if fact.logged { "logged here lately" } else { "found here" };
    format!("{lead}: {}", fact.text.trim_end_matches('.'))
}

/// The sections that what is wrong here speaks for, the most upstream fact weighing most.
pub fn led(sections: &[Section], evidence: &Evidence, top: usize) -> Vec<Match> {
    let facts: Vec<(f32, &Known)> = evidence
        .facts
        .iter()
        .take(FACTS)
        .enumerate()
        .map(|(nth, fact)| {
            let spread = sections.iter().filter(|s| has(s, &fact.name)).count().max(1);
            let rarity = (1.0 + sections.len() as f32 / spread as f32).ln();
            (NEXT.powi(i32::try_from(nth).unwrap_or(i32::MAX)) * rarity, fact)
        })
        .collect();
    let mut found: Vec<Match> = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        let parts: Vec<(f32, &Known)> = facts.iter().map(|(w, f)| (w * speaks(section, f), *f)).collect();
        let Some((_, best)) = parts.iter().filter(|(w, _)| *w > 0.0).max_by(|a, b| a.0.total_cmp(&b.0)) else {
            continue;
        };
        let score = parts.iter().map(|(w, _)| w).sum::<f32>() * likely(section.seen);
        let seen = Some(reason(best));
        found.push(Match { section: at, score, why: Why { seen, ..Why::default() } });
    }
    sort(&mut found);
    found.truncate(top);
    found
}

/// Whether a question complains without naming a part: "it is all broken", "nothing works, nobody knows why".
pub fn names_no_part(query: &Query) -> bool {
    /// Words that mean the whole of it; beside one of them a page or a service is no part.
    const WHOLE: &[&str] = &[
        "all",
        "everything",
        "nothing",
        "whole",
        "entire",
        "anything",
        "completely",
        "totally",
        "nobody",
        "everyone",
        "everywhere",
        "any",
        "neither",
        "every",
        "entirely",
    ];
    const GENERAL: &[&str] = &[
        "page",
        "site",
        "website",
        "web",
        "api",
        "app",
        "application",
        "ui",
        "interface",
        "service",
        "container",
        "frontend",
        "backend",
        "login",
        "dashboard",
        "screen",
        "server",
        "program",
        "process",
    ];
    const COMPLAINT: &[&str] = &[
        "broken",
        "broke",
        "break",
        "down",
        "dead",
        "die",
        "died",
        "crash",
        "crashed",
        "fail",
        "failed",
        "failing",
        "failure",
        "stopped",
        "stop",
        "error",
        "problem",
        "system",
        "machine",
        "box",
        "stack",
        "thing",
        "stuff",
        "offline",
        "unusable",
        "useless",
        "fire",
        "mess",
        "bug",
        "bugged",
        "emergency",
        "urgent",
        "repair",
        "outage",
        "unavailable",
        "respond",
        "responding",
        "response",
        "answer",
        "answering",
        "idea",
        "clue",
        "business",
        "platform",
        "setup",
        "installation",
        "environment",
        "production",
        "prod",
        "deployment",
        "kaput",
        "bust",
        "busted",
        "gone",
        "black",
        "red",
        "green",
        "alive",
        "run",
        "running",
        "operator",
        "colleague",
        "boss",
        "customer",
        "user",
        "phone",
        "ring",
        "complain",
        "complaining",
        "reason",
        "explain",
        "shift",
        "night",
        "morning",
        "overnight",
        "reboot",
        "rebooted",
        "up",
        "on",
        "off",
    ];
    if query.kind != Kind::Words {
        return false;
    }
    let words = split(&query.raw);
    let within = |list: &[&str], word: &str| list.contains(&word) || list.iter().any(|w| stem(w) == stem(word));
    let whole = words.iter().any(|w| within(WHOLE, w));
    let says_nothing = |w: &String| {
        is_stop(w)
            || is_no(w)
            || is_everyday(&stem(w))
            || within(COMPLAINT, w)
            || within(WHOLE, w)
            || whole && within(GENERAL, w)
    };
    !words.is_empty() && words.iter().all(says_nothing)
}

/// Whether the words decide: an error that a symptom quotes, or one section that stands alone and fits.
fn decided(answer: &Answer, query: &Query) -> bool {
    let Some(first) = answer.matches.first() else { return true };
    let fits = query.kind != Kind::Words && first.why.symptom.is_some() && answer.confidence >= SURE;
    let quoted = fits || first.why.quoted.is_some();
    quoted || answer.confidence >= SURE && separate::close(&answer.matches, 2) < 2
}

/// How far a section is about a fact: a fix is meant for it, and the part is one the section acts on.
fn speaks(section: &Section, fact: &Known) -> f32 {
    if !has(section, &fact.name) {
        return 0.0;
    }
    // Who writes a line is seldom the part that it is about.
    let Some(service) = fact.service.as_ref().filter(|_| !fact.logged) else { return 1.0 };
    let named = services::named(section);
    match named.contains(service) {
        true => 1.0,
        false if named.is_empty() => 0.6,
        false => 0.0,
    }
}

fn has(section: &Section, name: &str) -> bool {
    section.fixes.iter().any(|f| f.when.iter().any(|w| w == name))
}

/// The services a section is about, where none of them is here and the question names none: `prometheus is`.
fn not_here(section: &Section, asked: &[String], evidence: &Evidence) -> Option<String> {
    if evidence.services.is_empty() {
        return None;
    }
    let named = services::named(section);
    let here = named.iter().any(|s| evidence.services.contains(s));
    let meant = named.iter().any(|s| asked.contains(&s.to_lowercase()));
    if named.is_empty() || here || meant {
        return None;
    }
    let verb = if named.len() == 1 { "is" } else { "are" };
    Some(format!("{} {verb}", named.iter().take(3).cloned().collect::<Vec<_>>().join(", ")))
}

fn sort(matches: &mut [Match]) {
    matches.sort_by(|a, b| b.score.total_cmp(&a.score));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::understand;
    use crate::runbook::parse;

    fn sections() -> Vec<Section> {
        let text = |name: &str, service: &str, when: &str| {
            format!(
                "## {name}\n\n### Symptoms\n\n- pages are slow\n\n### Diagnosis\n\n```bash\ndocker compose ps {service}\n```\n\n### Solutions\n\n**Start it**\n\n<!-- unstuck: when: {when} -->\n\n```bash\ndocker compose up -d {service}\n```\n\n"
            )
        };
        let parts = [
            text("Alerts silent", "prometheus", "container.not_running"),
            text("Cache down", "redis", "container.not_running, redis.refused"),
            text("Web down", "web", "container.not_running"),
        ];
        parse("x.md", &format!("# X\n\n{}", parts.concat())).sections
    }

    fn answer(scores: [f32; 3], confidence: f32) -> Answer {
        let one = |(section, score)| Match { section, score, why: Why::default() };
        Answer {
            matches: scores.into_iter().enumerate().map(one).collect(),
            confident: true,
            confidence,
            problems: Vec::new(),
        }
    }

    fn evidence() -> Evidence {
        Evidence {
            facts: vec![Known {
                name: "container.not_running".into(),
                service: Some("redis".into()),
                text: "redis was stopped.".into(),
                logged: false,
            }],
            services: vec!["redis".into(), "web".into()],
        }
    }

    fn order(answer: &Answer) -> Vec<usize> {
        answer.matches.iter().map(|m| m.section).collect()
    }

    #[test]
    fn what_is_not_here_comes_last_and_says_so() {
        let mut found = answer([3.0, 2.0, 1.9], 0.6);
        reweigh(&mut found, &sections(), &understand("pages are slow"), &Evidence { facts: vec![], ..evidence() });
        assert_eq!(order(&found), [1, 2, 0]);
        assert_eq!(found.matches[2].why.seen.as_deref(), Some("prometheus is not in this compose file"));
        let mut found = answer([3.0, 2.0, 1.9], 0.6);
        reweigh(&mut found, &sections(), &understand("prometheus is slow"), &evidence());
        assert_eq!(order(&found)[0], 0, "who names it means it");
    }

    #[test]
    fn what_is_wrong_here_parts_those_that_fit_alike_and_no_others() {
        let mut found = answer([0.1, 1.9, 2.0], 0.6);
        reweigh(&mut found, &sections(), &understand("pages are slow"), &evidence());
        assert_eq!(order(&found)[0], 1);
        assert_eq!(found.matches[0].why.seen.as_deref(), Some("found here: redis was stopped"));
        let mut found = answer([0.1, 1.5, 2.0], 0.6);
        reweigh(&mut found, &sections(), &understand("pages are slow"), &evidence());
        assert_eq!(order(&found)[0], 2, "one stands alone");
    }

    #[test]
    fn what_is_wrong_with_the_part_that_is_named_comes_first() {
        let mut found = answer([0.1, 0.0, 2.0], 0.4);
        found.matches.remove(1);
        reweigh(&mut found, &sections(), &understand("redis is slow"), &evidence());
        assert_eq!(order(&found)[0], 1, "also where the words did not find it");
        let logged = Known {
            name: "redis.refused".into(),
            service: Some("web".into()),
            text: "web cannot reach Redis.".into(),
            logged: true,
        };
        let mut found = answer([0.0, 0.1, 2.0], 0.4);
        reweigh(
            &mut found,
            &sections(),
            &understand("pages are slow"),
            &Evidence { facts: vec![logged], ..evidence() },
        );
        assert_eq!(order(&found)[0], 1);
        assert_eq!(found.matches[0].why.seen.as_deref(), Some("logged here lately: web cannot reach Redis"));
    }

    #[test]
    fn what_is_wrong_here_leads_where_nothing_is_named() {
        let found = led(&sections(), &evidence(), 3);
        assert_eq!(found.iter().map(|m| m.section).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn complaints_without_a_part_are_known() {
        for text in [
            "it is all broken",
            "nothing works, nobody knows why",
            "whole thing is off, neither page nor api, nobody knows why",
            "everything is down, help",
            "the system is dead since this morning",
        ] {
            assert!(names_no_part(&understand(text)), "{text}");
        }
        for text in ["redis is down", "the camera pictures are gone", "all uploads fail", "page is slow", "CORS error"]
        {
            assert!(!names_no_part(&understand(text)), "{text}");
        }
    }
}
