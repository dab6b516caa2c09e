//! Markdown to sections, roles, checks, fixes and steps, each with its line.
//! It never loses the rest of a document to a broken part of it.

use super::outline::{Block, Heading, outline};
use super::roles::{Role, role};
use super::{Check, Fix, Link, Problem, Runbook, Section, Step, StepKind, Symptom, blocks};

/// Understands one Markdown file; `path` is how it is cited.
pub fn parse(path: &str, markdown: &str) -> Runbook {
    let (headings, mut problems) = outline(markdown);
    let title = headings.iter().map(|h| h.title.clone()).find(|t| !t.is_empty());
    let title = title.unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path).to_owned());
    let stem = path.strip_suffix(".md").unwrap_or(path);
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
            let contents = role(&own.title) == Some(Role::Contents);
            if !own.body.trim().is_empty() && !contents && own.body.split_whitespace().count() > 3 {
                sections.push(own);
            }
            at += 1;
        }
    }
    unique(&mut sections);
    problems.sort_by_key(|p| p.line);
    Runbook { path: path.to_owned(), title, sections, problems }
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
    let playing = children.iter().filter(|h| h.level == level && role(&h.title).is_some()).count();
    playing > 0 && headings.get(at).is_some_and(|h| role(&h.title).is_none() || playing > 1)
}

fn section(path: &str, stem: &str, headings: &[Heading], at: usize, end: usize) -> Section {
    let inside = headings.get(at..end).unwrap_or_default();
    let mut out = Section { path: path.to_owned(), ..Section::default() };
    let Some(head) = inside.first() else { return out };
    out.title = head.title.clone();
    out.line = head.line;
    out.heading_path = ancestry(headings, at);
    out.id = format!("{stem}/{}", slug(&head.title));
    let mut current: Option<Role> = None;
    let mut role_level = 0;
    for (nth, heading) in inside.iter().enumerate() {
        out.body.push_str(&heading.title);
        out.body.push('\n');
        if nth > 0 {
            match role(&heading.title) {
                Some(found) => {
                    current = Some(found);
                    role_level = heading.level;
                }
                None if heading.level <= role_level => current = None,
                // A heading below Solutions is a fix of its own.
                None => {
                    if current == Some(Role::Solutions) {
                        out.fixes.push(fix(&heading.title, heading.line));
                    }
                }
            }
        }
        read_blocks(&mut out, heading, current);
    }
    out.fixes.retain(|f| !f.steps.is_empty() || !f.explanation.is_empty());
    out
}

fn fix(title: &str, line: usize) -> Fix {
    let bare = title.trim().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['.', ')', ' ']);
    Fix { title: bare.trim_end_matches(':').trim().to_owned(), line, ..Fix::default() }
}

fn read_blocks(out: &mut Section, heading: &Heading, current: Option<Role>) {
    // Annotations wait for what they are about.
    let mut notes: Vec<(String, String)> = Vec::new();
    let mut lead = String::new();
    for block in &heading.blocks {
        out.body.push_str(block.text());
        out.body.push('\n');
        match block {
            Block::Note { key, value, .. } => match (key.as_str(), current) {
                ("aliases", _) => {
                    out.aliases.extend(value.split(',').map(|a| a.trim().to_owned()).filter(|a| !a.is_empty()))
                }
                ("when", Some(Role::Solutions)) => {
                    let names = value.split([',', ' ']).map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned);
                    last_fix(out, heading).when.extend(names);
                }
                ("undo", Some(Role::Solutions)) => last_fix(out, heading).undo = Some(value.clone()),
                ("verify", Some(Role::Solutions)) => last_fix(out, heading).verify = Some(value.clone()),
                _ => notes.push((key.clone(), value.clone())),
            },
            Block::Link { text, target, line } => {
                out.links.push(Link { text: text.clone(), target: target.clone(), line: *line });
            }
            Block::Strong { text, line } if current == Some(Role::Solutions) => out.fixes.push(fix(text, *line)),
            Block::Strong { text, .. } => text.clone_into(&mut lead),
            Block::Text { text, line, item, commands } => match current {
                Some(Role::Symptoms) if *item => out.symptoms.push(Symptom { text: text.clone(), line: *line }),
                Some(Role::Symptoms) => {
                    out.symptoms.extend((!text.is_empty()).then(|| Symptom { text: text.clone(), line: *line }))
                }
                Some(Role::Diagnosis | Role::Verification) => {
                    lead.clone_from(text);
                    let checks =
                        commands.iter().map(|c| Check { title: short(text, c), step: step(c, *line), expect: None });
                    push_checks(out, current, checks.collect());
                }
                Some(Role::Solutions) => {
                    let steps: Vec<Step> = commands.iter().map(|c| step(c, *line)).collect();
                    let fix = last_fix(out, heading);
                    if steps.is_empty() && *item {
                        fix.steps.push(Step {
                            kind: StepKind::Instruction(text.clone()),
                            line: *line,
                            title: None,
                            timeout: None,
                        });
                    } else {
                        add_line(&mut fix.explanation, text);
                    }
                    fix.steps.extend(steps);
                }
                _ => add_line(&mut out.prose, text),
            },
            Block::Code { language, text, line } => {
                let steps = blocks::steps(language, text, *line);
                let timeout = notes
                    .iter()
                    .find(|(k, _)| k == "timeout")
                    .and_then(|(_, v)| v.trim_end_matches('s').trim().parse().ok());
                let expect = notes.iter().find(|(k, _)| k == "expect").map(|(_, v)| v.clone());
                match current {
                    Some(Role::Diagnosis | Role::Verification) => {
                        let many = steps.len() > 1;
                        let checks = steps.into_iter().map(|mut step| {
                            step.timeout = timeout;
                            let own = step.title.clone();
                            let title = own
                                .or_else(|| (!many && !lead.is_empty()).then(|| lead.clone()))
                                .unwrap_or_else(|| step.text());
                            Check {
                                title: crate::text::shorten(title.trim_end_matches(':'), 70),
                                step,
                                expect: expect.clone(),
                            }
                        });
                        push_checks(out, current, checks.collect());
                    }
                    Some(Role::Solutions) => last_fix(out, heading).steps.extend(steps),
                    _ => add_line(&mut out.prose, ""),
                }
                notes.clear();
            }
        }
    }
    // A solution of words alone is something to read and follow.
    if current == Some(Role::Solutions) {
        for fix in out.fixes.iter_mut().filter(|f| f.steps.is_empty() && !f.explanation.is_empty()) {
            let text = std::mem::take(&mut fix.explanation);
            fix.steps.push(Step { kind: StepKind::Instruction(text), line: fix.line, title: None, timeout: None });
        }
    }
}

fn push_checks(out: &mut Section, current: Option<Role>, checks: Vec<Check>) {
    if current == Some(Role::Verification) { out.verification.extend(checks) } else { out.checks.extend(checks) }
}

/// The fix that is being read; one named after its heading where none was begun.
fn last_fix<'a>(out: &'a mut Section, heading: &Heading) -> &'a mut Fix {
    if out.fixes.is_empty() {
        out.fixes.push(fix(&heading.title, heading.line));
    }
    let last = out.fixes.len() - 1;
    &mut out.fixes[last]
}

fn step(command: &str, line: usize) -> Step {
    Step { kind: StepKind::Command(command.to_owned()), line, title: None, timeout: None }
}

fn short(text: &str, command: &str) -> String {
    if text.is_empty() { command.to_owned() } else { crate::text::shorten(text.trim_end_matches(':'), 70) }
}

fn add_line(to: &mut String, text: &str) {
    if !text.is_empty() {
        if !to.is_empty() {
            to.push('\n');
        }
        to.push_str(text);
    }
}

/// The headings above `at`, outermost first, and itself.
fn ancestry(headings: &[Heading], at: usize) -> Vec<String> {
    let mut path = Vec::new();
    let mut below = usize::MAX;
    for heading in headings.get(..=at).unwrap_or_default().iter().rev() {
        if heading.level < below && !heading.title.is_empty() {
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
