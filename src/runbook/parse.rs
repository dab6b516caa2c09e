//! Markdown to sections: which headings are problems, what stands above each, and the role of every part below it.
//! It never loses the rest of a document to a broken part of it.

use super::outline::{Block, Document, Heading, outline};
use super::placing::{Placing, fix, noted_seen};
use super::roles::{Role, is_prerequisite, role, sets_up};
use super::{Problem, Runbook, Section, Seen, links};

/// Understands one Markdown file; `path` is how it is cited.
pub fn parse(path: &str, markdown: &str) -> Runbook {
    let Document { mut headings, title, aliases, mut problems } = outline(markdown);
    let first = headings.iter().map(|h| h.title.clone()).find(|t| !t.is_empty());
    let name = path.rsplit('/').next().unwrap_or(path).to_owned();
    let whole = first.or_else(|| title.clone()).unwrap_or(name);
    let stem = path.strip_suffix(".md").unwrap_or(path);
    let anchors = links::anchors(headings.iter().map(|h| (h.title.as_str(), h.line)), markdown);
    entitle(&mut headings, title.as_deref().unwrap_or(&whole));
    let mut sections: Vec<Section> = Vec::new();
    let mut at = 0;
    while at < headings.len() {
        let end = extent(&headings, at);
        if is_section(&headings, at, end) {
            sections.push(section(path, stem, &headings, at, end));
            at = end;
        } else {
            // A heading without roles below it is a section of its own text alone.
            let own = section(path, stem, &headings, at, at + 1);
            if role(&own.title) == Some(Role::Contents) {
                // A page that is nothing but contents is meant as one.
                if headings.len() > 1 {
                    let line = headings.get(at).map_or(1, |h| h.line);
                    problems.push(problem(
                        line,
                        "table-of-contents",
                        "a table of contents is no content: it is left out of what is searched",
                    ));
                }
            } else if has_text(headings.get(at)) {
                sections.push(own);
            }
            at += 1;
        }
    }
    if let Some(first) = sections.first_mut() {
        first.aliases.extend(aliases);
    }
    let above = headings.first().and_then(|h| h.blocks.iter().find_map(noted_seen));
    for section in sections.iter_mut().filter(|s| s.seen == Seen::default()) {
        section.seen = above.unwrap_or_default();
    }
    unique(&mut sections);
    problems.sort_by_key(|p| p.line);
    Runbook { path: path.to_owned(), title: whole, sections, anchors, problems }
}

/// Gives the text before the first heading the document's title; where the roles have no heading above them, one is made.
fn entitle(headings: &mut Vec<Heading>, title: &str) {
    let lowest = headings.iter().filter(|h| h.level > 0).map(|h| h.level).min();
    let orphans = |h: &&Heading| Some(h.level) == lowest && role(&h.title).is_some_and(Role::acts);
    let needed = headings.iter().filter(orphans).count() > 1;
    match headings.first_mut() {
        Some(first) if first.level == 0 => title.clone_into(&mut first.title),
        _ if needed => headings.insert(0, Heading { title: title.to_owned(), line: 1, ..Heading::default() }),
        _ => {}
    }
}

fn has_text(heading: Option<&Heading>) -> bool {
    heading.is_some_and(|h| h.blocks.iter().any(|b| !b.text().trim().is_empty() || matches!(b, Block::Link { .. })))
}

/// Where the headings below `at` end.
fn extent(headings: &[Heading], at: usize) -> usize {
    let level = headings.get(at).map_or(0, |h| h.level);
    (at + 1..headings.len()).find(|i| headings.get(*i).is_some_and(|h| h.level <= level)).unwrap_or(headings.len())
}

/// A section is a heading whose direct children play roles.
fn is_section(headings: &[Heading], at: usize, end: usize) -> bool {
    let children = headings.get(at + 1..end).unwrap_or_default();
    let Some(level) = children.iter().map(|h| h.level).min() else { return false };
    let roles: Vec<Option<Role>> = children.iter().filter(|h| h.level == level).map(|h| role(&h.title)).collect();
    let acting = roles.iter().flatten().filter(|r| r.acts()).count();
    let playing = roles.iter().flatten().filter(|r| **r != Role::Contents).count();
    let plain = roles.iter().filter(|r| r.is_none()).count();
    if !(acting > 0 || playing > 1 && plain == 0) || acting < 2 && plain > 3 * playing {
        return false;
    }
    // A document of sections is none, though it has a chapter of checks.
    let holds = (at + 1..end).any(|i| {
        headings.get(i).is_some_and(|h| h.level == level && role(&h.title).is_none())
            && is_section(headings, i, extent(headings, i))
    });
    !holds && headings.get(at).is_some_and(|h| role(&h.title).is_none() || playing > 1)
}

fn section(path: &str, stem: &str, headings: &[Heading], at: usize, end: usize) -> Section {
    let inside = headings.get(at..end).unwrap_or_default();
    let mut out = Section { path: path.to_owned(), ..Section::default() };
    let Some(head) = inside.first() else { return out };
    out.title = head.title.clone();
    out.line = head.line;
    out.heading_path = ancestry(headings, at);
    out.id = format!("{stem}/{}", slug(&head.title));
    // A part that stands alone plays the role its own name or the nearest heading above it has.
    let above = out.heading_path.iter().rev().find_map(|title| role(title));
    let aside = out.heading_path.iter().any(|title| sets_up(title));
    let outer = match above {
        None if aside => Some(Role::Prose),
        Some(Role::Mixed) if aside && role(&out.title).is_none() => Some(Role::Prose),
        other => other,
    };
    let mut roles: Vec<(usize, Role)> = Vec::new();
    for (nth, heading) in inside.iter().enumerate() {
        out.body.push_str(&heading.title);
        out.body.push('\n');
        if nth > 0 {
            roles.retain(|(level, _)| *level < heading.level);
            match role(&heading.title) {
                // What has to be looked at first is part of looking.
                Some(Role::Prose)
                    if roles.last().is_some_and(|(_, r)| *r == Role::Diagnosis) && is_prerequisite(&heading.title) => {}
                Some(found) => roles.push((heading.level, found)),
                // A heading below Solutions is a fix of its own.
                None if roles.last().is_some_and(|(_, r)| *r == Role::Solutions) => {
                    out.fixes.push(fix(&heading.title, heading.line));
                }
                None if sets_up(&heading.title) && !roles.iter().any(|(_, r)| r.acts()) => {
                    roles.push((heading.level, Role::Prose));
                }
                None => {}
            }
        }
        let current = roles.last().map(|(_, role)| *role).or(outer);
        Placing::new(&mut out, heading, current).read();
    }
    out.fixes.retain(|f| !f.steps.is_empty() || !f.explanation.is_empty());
    out
}

/// The headings above `at`, outermost first, and itself.
fn ancestry(headings: &[Heading], at: usize) -> Vec<String> {
    let mut path = Vec::new();
    let mut below = usize::MAX;
    for heading in headings.get(..=at).unwrap_or_default().iter().rev() {
        // The text before the title is not above it.
        let preface = heading.level == 0 && below == 1;
        if heading.level < below && !heading.title.is_empty() && !preface {
            path.push(heading.title.clone());
            below = heading.level;
        }
    }
    path.reverse();
    path
}

fn slug(title: &str) -> String {
    let words: Vec<String> = title
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    if words.is_empty() { "section".into() } else { words.join("-") }
}

fn unique(sections: &mut [Section]) {
    let mut seen = std::collections::HashMap::<String, usize>::new();
    for section in sections {
        let times = seen.entry(section.id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            section.id = format!("{}-{times}", section.id);
        }
    }
}

/// A problem an author should know of.
pub(super) fn problem(line: usize, rule: &'static str, message: impl Into<String>) -> Problem {
    Problem { line, rule, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::{Step, StepKind};

    const REDIS: &str = "# Connection\n\n## Redis Not Available\n\n### Symptoms\n\n- Error: `Connection refused` to Redis\n- Queue operations fail\n\n### Diagnosis\n\n```bash\n# Check Redis is running\ndocker compose ps redis\n\n# Test Redis connection\nredis-cli ping\n```\n\n### Solutions\n\n**1. Start Redis:**\n\n```bash\ndocker compose up -d redis\n```\n\n**2. Check REDIS_URL:**\n\n```bash\n# Local development\nREDIS_URL=redis://localhost:6379/0\n\n# Docker network\nREDIS_URL=redis://redis:6379/0\n```\n\n**3. Free memory:**\n\nRaise `maxmemory`.\n";

    #[test]
    fn a_section_is_understood_with_its_roles() {
        let runbook = parse("connection.md", REDIS);
        assert_eq!(runbook.sections.len(), 1);
        let section = &runbook.sections[0];
        assert_eq!((section.id.as_str(), section.line), ("connection/redis-not-available", 3));
        assert_eq!(section.heading_path, ["Connection", "Redis Not Available"]);
        assert_eq!(section.symptoms.len(), 2);
        let titles: Vec<_> = section.checks.iter().map(|c| (c.title.as_str(), c.step.text(), c.step.line)).collect();
        assert_eq!(
            titles,
            [
                ("Check Redis is running", "docker compose ps redis".into(), 14),
                ("Test Redis connection", "redis-cli ping".into(), 17)
            ]
        );
        let fixes: Vec<_> = section.fixes.iter().map(|f| (f.title.as_str(), f.steps.len())).collect();
        assert_eq!(fixes, [("Start Redis", 1), ("Check REDIS_URL", 2), ("Free memory", 1)]);
        assert!(
            matches!(&section.fixes[1].steps[1].kind, StepKind::Setting(s) if s[0].key == "REDIS_URL" && s[0].value == "redis://redis:6379/0")
        );
        assert!(matches!(&section.fixes[2].steps[0].kind, StepKind::Instruction(_)));
    }

    #[test]
    fn how_often_a_problem_is_met_is_said_for_a_document_or_a_section() {
        let text = "# A\n\n<!-- unstuck: seen: rarely -->\n\n## B\n\nwords\n\n## C\n\n<!-- unstuck: seen: often -->\n\nwords\n";
        let seen: Vec<Seen> = parse("a.md", text).sections.iter().map(|s| s.seen).collect();
        assert_eq!(seen, [Seen::Rarely, Seen::Often]);
    }

    #[test]
    fn when_to_stop_is_kept_apart_from_what_the_section_is_about() {
        let text = "# A\n\nThe cache.\n\n## Diagnosis\n\n`df -h`\n\n## Escalation\n\nWake the database people.\n";
        let section = &parse("a.md", text).sections[0];
        assert_eq!((section.prose.as_str(), section.escalation.as_str()), ("The cache.", "Wake the database people."));
        let none = parse("a.md", &text.replace("Wake the database people.", "None."));
        assert!(none.sections[0].escalation.is_empty());
    }

    #[test]
    fn a_command_in_a_sentence_is_a_step_only_where_there_is_no_block() {
        let text = "# A\n\n## Diagnosis\n\n`df -h`\n\n## Solutions\n\n**One:**\n\nOn Fedora it is `sudo dnf clean packages`.\n\n```bash\nsudo apt-get clean\n```\n\n**Two:**\n\nTry `sudo systemctl restart nginx` and wait.\n";
        let runbook = parse("a.md", text);
        let steps: Vec<Vec<String>> =
            runbook.sections[0].fixes.iter().map(|f| f.steps.iter().map(Step::text).collect()).collect();
        assert_eq!(steps, [vec!["sudo apt-get clean"], vec!["sudo systemctl restart nginx"]]);
        assert_eq!(runbook.sections[0].others[0].text(), "sudo dnf clean packages");
    }

    #[test]
    fn a_fence_left_open_does_not_swallow_the_rest() {
        let runbook = parse(
            "x.md",
            "# A\n\ntext of some words here\n\n```bash\nls\n\n## B\n\nmore words of text here\n\n## C\n\nyet more words of text\n",
        );
        let titles: Vec<_> = runbook.sections.iter().map(|s| s.title.as_str()).collect();
        assert_eq!(titles, ["A", "B", "C"]);
        assert_eq!(runbook.problems[0].rule, "unbalanced-fence");
    }
}
