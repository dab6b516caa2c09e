//! A new section from what its author knows so far: the text that the reader of runbooks understands best.
//! It never invents a symptom, a check or a fix: what is not known is left as a place to fill in.

/// What is known of a problem.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    pub title: String,
    pub symptoms: Vec<String>,
    /// Commands that look, each with what it finds out.
    pub checks: Vec<(String, String)>,
    /// Titles with their commands; a command may be empty.
    pub fixes: Vec<(String, String)>,
}

/// The section as Markdown, its heading on the second level.
pub fn section(draft: &Draft) -> String {
    let mut out = format!("## {}\n\n### Symptoms\n\n", one_line(&draft.title));
    for symptom in &draft.symptoms {
        out.push_str(&format!("- {}\n", one_line(symptom)));
    }
    if draft.symptoms.is_empty() {
        out.push_str("<!-- What does the operator see? A line each, the exact error message among them: - ... -->\n");
    }
    out.push_str("\n### Diagnosis\n\n");
    if draft.checks.is_empty() {
        out.push_str("<!-- Commands that only look, in a fence of bash, with a comment above each that says what it finds out. -->\n");
    } else {
        let lines = draft.checks.iter().map(|(about, command)| {
            let about = one_line(about);
            if about.is_empty() { command.trim().to_owned() } else { format!("# {about}\n{}", command.trim()) }
        });
        out.push_str(&fenced(&lines.collect::<Vec<_>>().join("\n\n")));
    }
    out.push_str("\n### Solutions\n");
    for (nth, (title, command)) in draft.fixes.iter().enumerate() {
        out.push_str(&format!("\n**{}. {}:**\n\n", nth + 1, one_line(title).trim_end_matches(':')));
        if command.trim().is_empty() {
            out.push_str("<!-- The command, in a fence of bash; or what to do, in a sentence. -->\n");
        } else {
            out.push_str(&fenced(command.trim()));
        }
    }
    if draft.fixes.is_empty() {
        out.push_str("\n<!-- **1. What it does:** and below it the command, in a fence of bash. -->\n");
    }
    out
}

/// The examples of the section: each symptom must lead to it.
pub fn examples(draft: &Draft, slug: &str) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let each = draft
        .symptoms
        .iter()
        .map(|symptom| format!("[[question]]\nask = {}\nsection = {}\n", quoted(&one_line(symptom)), quoted(slug)));
    each.collect::<Vec<_>>().join("\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A fence that its text cannot close.
fn fenced(text: &str) -> String {
    let mark = if text.contains("```") { "````" } else { "```" };
    format!("{mark}bash\n{text}\n{mark}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::parse;

    #[test]
    fn a_draft_is_read_back_as_it_was_meant() {
        let draft = Draft {
            title: "Queue Is\nStuck".into(),
            symptoms: vec!["jobs wait \"forever\"".into()],
            checks: vec![("how long it is".into(), "redis-cli llen jobs".into()), (String::new(), "df -h".into())],
            fixes: vec![
                ("Restart the worker:".into(), "docker compose restart worker".into()),
                ("Wait".into(), String::new()),
            ],
        };
        let runbook = parse("queue.md", &format!("# Queue\n\n{}", section(&draft)));
        let section = runbook.sections.first().unwrap();
        assert_eq!((section.title.as_str(), section.symptoms.len(), section.checks.len()), ("Queue Is Stuck", 1, 2));
        assert_eq!(section.checks.first().map(|c| c.title.as_str()), Some("how long it is"));
        assert_eq!(section.fixes.first().map(|f| (f.title.as_str(), f.steps.len())), Some(("Restart the worker", 1)));
        assert!(runbook.problems.is_empty());
        assert_eq!(
            examples(&draft, "queue-is-stuck"),
            "[[question]]\nask = 'jobs wait \"forever\"'\nsection = \"queue-is-stuck\"\n"
        );
    }

    #[test]
    fn an_empty_draft_is_a_page_to_fill_in() {
        let text = section(&Draft { title: "X".into(), ..Draft::default() });
        assert!(text.matches("<!--").count() == 3 && text.contains("### Diagnosis"), "{text}");
    }
}
