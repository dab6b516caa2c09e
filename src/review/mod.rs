//! What an author should look at again in a collection of runbooks: each section by itself, and beside the others.
//! It never changes a runbook, and looks at nothing itself: whether a file exists and what compose passes on is told to it.

mod apart;
mod facts;
mod needs;

use crate::runbook::links::{Atlas, Leads};
use crate::runbook::lint::{lint, warn};
use crate::runbook::{Problem, Runbook, Section, mend};

/// What the review has to know of the world around the runbooks.
pub struct Surroundings<'a> {
    /// Whether there is a file at a path from the collection's root.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// The services that compose passes a setting to; `None` where there is no compose file to ask.
    pub passed: &'a dyn Fn(&str) -> Option<Vec<String>>,
}

/// Every rule with what it is about.
pub const RULES: &[(&str, &str)] = &[
    ("changing-check", "a step of a diagnosis that may change something"),
    ("dead-link", "a link that leads nowhere"),
    ("endless-check", "a check that does not end by itself"),
    ("endless-step", "a step of a fix that does not end by itself"),
    ("heavy-check", "a check that may load what it looks at"),
    ("no-undo", "a fix that destroys something and names no way back"),
    ("no-verification", "a fix without anything that shows whether it helped"),
    ("prompt", "a prompt before each command, so that it cannot be copied"),
    ("rare-tool", "a command whose program is not on most hosts"),
    ("setting-not-passed", "a setting that compose passes to no service"),
    ("symptom-elsewhere", "a symptom that matches another section better"),
    ("table-of-contents", "a list of contents by hand"),
    ("twin-section", "two sections that cannot be told apart"),
    ("unbalanced-fence", "a fence of code that is not closed as it should be"),
    ("unfillable-placeholder", "a placeholder that no check can fill and no sentence explains"),
    ("unknown-fact", "a `when:` of a fact that does not exist"),
    ("unknown-rule", "an `allow:` of a rule that does not exist"),
];

/// The warnings of each runbook, by line; what a section allows is left out. `texts` are the runbooks as written.
pub fn review(runbooks: &[Runbook], texts: &[&str], around: &Surroundings<'_>) -> Vec<Vec<Problem>> {
    let mut atlas = Atlas::default();
    runbooks.iter().for_each(|r| atlas.add(&r.path, r.sections.len()));
    let across = apart::apart(runbooks);
    let tools = needs::tools(runbooks);
    let each = runbooks.iter().zip(across).enumerate().map(|(nth, (runbook, across))| {
        let mut found = runbook.problems.clone();
        found.extend(texts.get(nth).map(|text| mend::prompts(text)).unwrap_or_default());
        found.extend(lint(runbook));
        found.extend(across);
        for section in &runbook.sections {
            found.extend(links(&atlas, runbooks, section, around));
            found.extend(needs::endless(section));
            found.extend(needs::placeholders(section));
            found.extend(needs::rare_tools(section, &tools));
            found.extend(needs::settings(section, around));
            found.extend(unknown_rules(section));
            found.extend(facts::unknown(section));
        }
        found.retain(|p| !allowed(runbook, p));
        found.sort_by_key(|p| (p.line, p.rule));
        found.dedup();
        found
    });
    each.collect()
}

/// Whether the section that a problem lies in allows it.
fn allowed(runbook: &Runbook, problem: &Problem) -> bool {
    let inside = runbook.sections.iter().rev().find(|s| s.line <= problem.line);
    inside.is_some_and(|s| s.allowed.iter().any(|rule| rule == problem.rule))
}

fn unknown_rules(section: &Section) -> Vec<Problem> {
    let unknown = section.allowed.iter().filter(|rule| RULES.iter().all(|(known, _)| known != rule));
    let each = unknown.map(|rule| {
        let near = crate::text::nearest(rule, RULES.iter().map(|(known, _)| *known));
        let hint = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        warn(section.line, "unknown-rule", format!("`allow: {rule}` names no rule{hint}"))
    });
    each.collect()
}

fn links(atlas: &Atlas, runbooks: &[Runbook], section: &Section, around: &Surroundings<'_>) -> Vec<Problem> {
    let each = section.links.iter().filter_map(|link| {
        let why = match atlas.leads(&section.path, &link.target, runbooks) {
            Leads::Nowhere(why) => why,
            Leads::File(path) if !(around.exists)(&path) => format!("there is no file `{path}`"),
            _ => return None,
        };
        Some(warn(
            link.line,
            "dead-link",
            format!("the link “{}” leads nowhere: {why}", crate::text::shorten(&link.text, 40)),
        ))
    });
    each.collect()
}
