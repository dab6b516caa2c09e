//! What was seen of the system weighs in: sections about what is wrong here come before others that fit alike, sections
//! about parts that are not here come last. It never moves what the words decide, and always says why it moved.

use super::concepts::{Found, Reader};
use super::part::concept_term;
use super::weights;
use super::words::{is_stop, split, stem};
use super::{Answer, MANY, Match, Why, likely};
use crate::query::{Kind, Query};
use crate::runbook::{Section, Sections, services};

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

/// A fact that so few sections know is telling by itself, where the words decide nothing.
const RARE: usize = 3;
/// How many facts count where nothing is named.
const FACTS: usize = 6;

/// Weighs an answer anew, and gives each section that moved its reason.
pub fn reweigh(answer: &mut Answer, sections: &Sections, query: &Query, evidence: &Evidence) {
    let asked: Vec<String> = split(&query.raw);
    for found in &mut answer.matches {
        let Some(section) = sections.get(found.section) else { continue };
        if let Some(missing) = not_here(section, &asked, evidence) {
            found.score *= weights::NOT_HERE;
            found.why.seen = Some(format!("{missing} not in this compose file"));
        }
    }
    sort(&mut answer.matches);
    if evidence.facts.is_empty() || !answer.problems.is_empty() {
        return;
    }
    let mut reader = Reader::default();
    if decided(answer, query) {
        // What bears on it is told all the same.
        if let Some(first) = answer.matches.first_mut().filter(|m| m.why.seen.is_none())
            && let Some(section) = sections.get(first.section)
        {
            first.why.seen = strongest(section, &evidence.facts, &mut reader).map(|(fact, _)| reason(fact));
        }
        return;
    }
    let best = answer.matches.first().map_or(0.0, |m| m.score);
    let weak = answer.confidence < weights::SURE;
    let weight = if weak { weights::MEANT_AMONG_WEAK } else { weights::MEANT_AMONG_CLOSE };
    for found in answer.matches.iter_mut().filter(|m| m.score >= best * weights::NEAR && m.why.seen.is_none()) {
        let Some(section) = sections.get(found.section) else { continue };
        if let Some((fact, bearing)) = strongest(section, &evidence.facts, &mut reader) {
            found.score *= match bearing {
                Bearing::NamesPart => weights::NAMES_PART,
                Bearing::NamesState => weights::NAMES_STATE,
                Bearing::Meant => weight,
            };
            found.why.seen = Some(reason(fact));
        }
    }
    // What is wrong with the very part that is named, or what few sections know, comes first.
    let few = sections.len() <= MANY;
    let rare = |f: &Known| few && sections.iter().filter(|s| has(s, &f.name)).count() <= RARE;
    let telling = |f: &&Known| rare(f) || !f.logged && is_named(f, &asked);
    if let Some(fact) = evidence.facts.iter().find(telling) {
        lift(&mut answer.matches, sections, fact, best * weight);
    }
    sort(&mut answer.matches);
}

/// Puts the section that a fact speaks for most above the others.
fn lift(matches: &mut Vec<Match>, sections: &Sections, fact: &Known, above: f32) {
    if sections.len() > MANY {
        return;
    }
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
pub fn led(sections: &Sections, evidence: &Evidence, top: usize) -> Vec<Match> {
    // All sections would have to be read for it, and of so many none is the one.
    if sections.len() > MANY {
        return Vec::new();
    }
    let facts: Vec<(f32, &Known)> = evidence
        .facts
        .iter()
        .take(FACTS)
        .enumerate()
        .map(|(nth, fact)| {
            let spread = sections.iter().filter(|s| has(s, &fact.name)).count().max(1);
            let rarity = (1.0 + sections.len() as f32 / spread as f32).ln();
            (weights::NEXT_FACT.powi(i32::try_from(nth).unwrap_or(i32::MAX)) * rarity, fact)
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

/// Whether the words decide: an error that a symptom quotes, or one section that stands alone and fits.
fn decided(answer: &Answer, query: &Query) -> bool {
    let Some(first) = answer.matches.first() else { return true };
    let fits = query.kind != Kind::Words && first.why.symptom.is_some() && answer.confidence >= weights::SURE;
    let quoted = fits || first.why.quoted.is_some();
    let second = answer.matches.get(1).map_or(0.0, |m| m.score);
    // Plain words that fit another section nearly as well decide nothing against what is seen.
    let alone = if query.kind == Kind::Words { weights::ALONE } else { weights::CLOSE };
    quoted || answer.confidence >= weights::SURE && second < first.score * alone
}

/// How a section bears on a fact, the weaker first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bearing {
    /// Its words name the part that is unwell.
    NamesPart,
    /// They speak of its state as well.
    NamesState,
    /// A fix is meant for it.
    Meant,
}

/// The fact a section bears on most; of those it bears on alike the most upstream.
fn strongest<'a>(section: &Section, facts: &'a [Known], reader: &mut Reader) -> Option<(&'a Known, Bearing)> {
    bearings(section, facts, reader).into_iter().rev().max_by_key(|(_, bearing)| *bearing)
}

/// The facts a section bears on, by what its author says its fixes are for; where that is nothing, its words have to tell.
fn bearings<'a>(section: &Section, facts: &'a [Known], reader: &mut Reader) -> Vec<(&'a Known, Bearing)> {
    if section.fixes.iter().any(|f| !f.when.is_empty()) {
        return facts.iter().filter(|f| speaks(section, f) > 0.0).map(|f| (f, Bearing::Meant)).collect();
    }
    let shown = meanings(&named(section), reader);
    let by_words = |fact: &'a Known| {
        let service = meanings(fact.service.as_ref()?, reader);
        holds(&shown, &service).then(|| {
            let alike = meanings(&fact.text, reader).iter().any(|m| shown.contains(m));
            (fact, if alike { Bearing::NamesState } else { Bearing::NamesPart })
        })
    };
    facts.iter().filter_map(by_words).collect()
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

    fn sections() -> Sections {
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
        parse("x.md", &format!("# X\n\n{}", parts.concat())).sections.into()
    }

    fn answer(scores: [f32; 3], confidence: f32) -> Answer {
        let one = |(section, score)| Match { section, score, why: Why::default() };
        Answer {
            matches: scores.into_iter().enumerate().map(one).collect(),
            confident: true,
            confidence,
            vague: false,
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
        let mut found = answer([0.1, 1.3, 2.0], 0.6);
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
    fn words_tell_where_no_fix_says_what_it_is_for() {
        let section = |title: &str, symptom: &str| {
            let symptoms = vec![crate::runbook::Symptom { text: symptom.into(), line: 1 }];
            Section { title: title.into(), path: "stores.md".into(), symptoms, ..Section::default() }
        };
        let sections: Sections = vec![
            section("Pages stay empty", "nothing shown"),
            section("Queue Store", "connections to valkey are refused"),
            section("Far away", "nothing shown"),
        ]
        .into();
        let fact = Known {
            name: "redis.refused".into(),
            service: Some("valkey-1".into()),
            text: "valkey: connection refused".into(),
            logged: false,
        };
        let evidence = Evidence { facts: vec![fact], services: Vec::new() };
        let asked = understand("pages stay empty");
        let mut found = answer([3.0, 2.7, 0.1], 0.6);
        reweigh(&mut found, &sections, &asked, &evidence);
        assert_eq!(order(&found), [1, 0, 2], "what is unwell comes before its equals");
        assert_eq!(found.matches[0].why.seen.as_deref(), Some("found here: valkey: connection refused"));
        assert_eq!(found.matches[1].why.seen, None);
        let mut found = answer([3.9, 2.7, 0.1], 0.4);
        reweigh(&mut found, &sections, &asked, &evidence);
        assert_eq!(order(&found)[0], 0, "what fits much better stays first");
        let mut found = answer([3.0, 2.9, 0.1], 0.4);
        reweigh(&mut found, &sections, &asked, &Evidence::default());
        assert_eq!(order(&found)[0], 0);
    }

    #[test]
    fn what_is_wrong_here_leads_where_nothing_is_named() {
        let found = led(&sections(), &evidence(), 3);
        assert_eq!(found.iter().map(|m| m.section).collect::<Vec<_>>(), [1]);
    }
}
