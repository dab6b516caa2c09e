//! Sections that cannot be told apart, and symptoms that lead to another section: asked of the index as an operator would.
//! It never counts a section against itself.

use crate::query::understand;
use crate::runbook::lint::warn;
use crate::runbook::{Problem, Runbook, Section};
use crate::search::{Index, Match, likely};
use crate::text::shorten;

/// A symptom of fewer words says too little to be held against its author.
const TELLING: usize = 3;
/// How much better another section must fit before it is said: below that both are offered side by side.
const BETTER: f32 = 1.25;

/// For each runbook, what only shows beside the others.
pub(super) fn apart(runbooks: &[Runbook]) -> Vec<Vec<Problem>> {
    let sections: std::sync::Arc<Vec<Section>> =
        std::sync::Arc::new(runbooks.iter().flat_map(|r| r.sections.iter().cloned()).collect());
    let Ok(index) = Index::build(std::sync::Arc::clone(&sections), &Vec::new()) else {
        return vec![Vec::new(); runbooks.len()];
    };
    let mut at = 0;
    let each = runbooks.iter().map(|runbook| {
        let mut found = Vec::new();
        for (nth, section) in runbook.sections.iter().enumerate() {
            found.extend(twin(&sections, at + nth));
            found.extend(symptoms(&index, &sections, at + nth, section));
        }
        at += runbook.sections.len();
        found
    });
    each.collect()
}

/// Another section, before this one, with the same title and the same symptoms.
fn twin(sections: &[Section], at: usize) -> Option<Problem> {
    let own = sections.get(at)?;
    let said = |s: &Section| -> Vec<String> { s.symptoms.iter().map(|x| x.text.to_lowercase()).collect() };
    let solves = |s: &Section| !s.checks.is_empty() || !s.fixes.is_empty() || !s.symptoms.is_empty();
    // A heading without symptoms is told apart by what stands above it and in it.
    let same = |other: &&Section| {
        other.title.eq_ignore_ascii_case(&own.title)
            && said(other) == said(own)
            && (!own.symptoms.is_empty() || other.heading_path == own.heading_path && other.body == own.body)
    };
    let twin = sections.get(..at)?.iter().filter(|s| solves(s)).find(same)?;
    let place = format!("{}:{}", twin.path, twin.line);
    let message =
        format!("this section has the title and the symptoms of {place}: say what tells them apart, or make them one");
    solves(own).then(|| warn(own.line, "twin-section", message))
}

fn symptoms(index: &Index, sections: &[Section], at: usize, section: &Section) -> Vec<Problem> {
    let mut found = Vec::new();
    for symptom in &section.symptoms {
        if symptom.text.split_whitespace().count() < TELLING || leads_in(&symptom.text) {
            continue;
        }
        let answer = index.ask(&understand(&symptom.text), 10);
        // How often a problem is met is no fault of the words that describe another.
        let by_words = |m: &Match| m.score / sections.get(m.section).map_or(1.0, |s| likely(s.seen));
        let own = answer.matches.iter().find(|m| m.section == at);
        let own = own.map_or((0.0, 0.0), |m| (m.score, by_words(m)));
        let better = |m: &&Match| m.section != at && m.score > own.0 * BETTER && by_words(m) > own.1 * BETTER;
        let Some(best) = answer.matches.first().filter(better) else { continue };
        let Some(other) = sections.get(best.section).filter(|_| answer.confident) else { continue };
        found.push(warn(
            symptom.line,
            "symptom-elsewhere",
            format!(
                "“{}” leads to “{}” ({}:{}) before this section: use the words that only this problem has",
                shorten(&symptom.text, 60),
                shorten(&other.title, 50),
                other.path,
                other.line
            ),
        ));
    }
    found
}

/// Whether a line only introduces what stands below it, or comments it.
fn leads_in(text: &str) -> bool {
    text.ends_with(':') || text.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::parse;

    #[test]
    fn a_symptom_that_leads_to_another_section_is_named_with_it() {
        let many: String = (0..12).map(|n| format!("- the panel number {n} shows strange colours\n")).collect();
        let text = format!(
            "# All\n\n## Redis Refuses Connections\n\n### Symptoms\n\n- redis refuses connections\n- connections refused by redis\n\n## Panel\n\n### Symptoms\n\n- redis refuses connections\n{many}"
        );
        let found = apart(&[parse("all.md", &text)]);
        let found: Vec<_> = found.into_iter().flatten().collect();
        let named: Vec<_> = found.iter().map(|p| (p.line, p.rule)).collect();
        assert_eq!(named, [(14, "symptom-elsewhere")], "{found:?}");
        assert!(found.iter().all(|p| p.message.contains("“Redis Refuses Connections” (all.md:3)")), "{found:?}");
    }
    #[test]
    fn a_problem_met_often_and_a_line_that_only_introduces_are_no_fault_of_the_words() {
        let section = |title: &str, more: &str| {
            format!(
                "## {title}\n\n### Symptoms\n\n- the door is shut\n{more}\n### Diagnosis\n\n```bash\ndf -h\n```\n\n"
            )
        };
        let often = format!("# A\n\n<!-- unstuck: seen: often -->\n\n{}", section("Entry", ""));
        let rarely =
            format!("# B\n\n<!-- unstuck: seen: rarely -->\n\n{}", section("Gate", "- this is about the door:\n"));
        let found: Vec<_> = apart(&[parse("a.md", &often), parse("b.md", &rarely)]).into_iter().flatten().collect();
        assert!(found.is_empty(), "{found:?}");
    }
}
