//! Sections that cannot be told apart, and symptoms that lead to another section: asked of the index as an operator would.
//! It never counts a section against itself.

use crate::query::understand;
use crate::runbook::lint::warn;
use crate::runbook::{Problem, Runbook, Section};
use crate::search::Index;
use crate::text::shorten;

/// A symptom of fewer words says too little to be held against its author.
const TELLING: usize = 3;
/// How much better another section must fit before it is said.
const BETTER: f32 = 1.15;

/// For each runbook, what only shows beside the others.
pub(super) fn apart(runbooks: &[Runbook]) -> Vec<Vec<Problem>> {
    let sections: Vec<Section> = runbooks.iter().flat_map(|r| r.sections.iter().cloned()).collect();
    let Ok(index) = Index::build(std::sync::Arc::new(sections.clone().into()), &Vec::new()) else {
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
        if symptom.text.split_whitespace().count() < TELLING {
            continue;
        }
        let answer = index.ask(&understand(&symptom.text), 10);
        let own = answer.matches.iter().find(|m| m.section == at).map_or(0.0, |m| m.score);
        let Some(best) = answer.matches.first().filter(|m| m.section != at && m.score > own * BETTER) else { continue };
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
}
