//! A session as a page to hand over: Markdown, HTML or JSON; and the list of sessions.
//! It never reads or writes files.

use super::{Line, Summary};
use crate::session::event::Event;
use crate::text::clean;

/// The list of sessions as text.
pub fn history(sessions: &[Summary]) -> String {
    if sessions.is_empty() {
        return "No session has been recorded yet.\n".into();
    }
    sessions
        .iter()
        .map(|s| {
            let what = s.question.as_deref().or(s.section.as_deref()).unwrap_or("-");
            clean(&format!("{}  {}\n    {}\n", s.id, what, s.result))
        })
        .collect()
}

/// One session as Markdown.
pub fn markdown(lines: &[Line]) -> String {
    let mut page = String::from("# Troubleshooting report\n\n");
    if let Some(first) = lines.first() {
        page.push_str(&format!("Session {} · {}\n", first.session, first.at));
    }
    for line in lines {
        match &line.event {
            Event::Question { text, .. } => page.push_str(&format!("\n## Question\n\n{}\n", fenced(text))),
            Event::SectionChosen { title, path, line, .. } => {
                page.push_str(&format!("\n## {title}\n\nRunbook: {path}:{line}\n\n"))
            }
            Event::CheckEnded { title, command, status, summary, evidence, .. } => {
                page.push_str(&format!(
                    "- **{}** {title}: {summary} (`{}`)\n",
                    format!("{status:?}").to_lowercase(),
                    command.replace('`', "'")
                ));
                if let Some(evidence) = evidence {
                    page.push_str(&format!("  - “{evidence}”\n"));
                }
            }
            Event::Concluded { sentence, .. } => page.push_str(&format!("\n**{sentence}**\n\n")),
            Event::FixProposed { title, steps, effect, target, .. } => {
                let on = if target.is_empty() { String::new() } else { format!(" on {target}") };
                page.push_str(&format!("\n### Fix: {title}\n\n{:?}{on}:\n\n{}\n", effect, fenced(&steps.join("\n"))));
            }
            Event::Answered { answer } => page.push_str(&format!("Answer: {answer}\n\n")),
            Event::StepEnded { how, stdout, stderr, .. } => {
                page.push_str(&format!("Result: {how}\n\n"));
                let output = format!("{stdout}\n{stderr}");
                if !output.trim().is_empty() {
                    page.push_str(&fenced(output.trim()));
                }
            }
            Event::SettingEdited { file, diff, backup } => {
                page.push_str(&format!(
                    "Edited {file} (backup: {})\n\n{}\n",
                    backup.as_deref().unwrap_or("none"),
                    fenced(diff)
                ));
            }
            Event::Verified { change, sentence, .. } => page
                .push_str(&format!("\n**After it: {change}.** {sentence}\n\nThe checks after it are listed above.\n")),
            Event::Interrupted => page.push_str("\n(stopped by the operator)\n"),
            Event::Note { text } => page.push_str(&format!("\n{text}\n")),
            Event::SessionStarted { .. }
            | Event::ChecksStarted { .. }
            | Event::Asked { .. }
            | Event::FixStarted { .. }
            | Event::FixEnded { .. }
            | Event::UndoOffered { .. }
            | Event::SessionEnded { .. } => {}
        }
    }
    page
}

fn fenced(text: &str) -> String {
    // A fence longer than any in the text cannot be closed by it.
    let fence = "`".repeat(text.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// One session as a page of its own.
pub fn html(lines: &[Line]) -> String {
    let escaped: String = markdown(lines)
        .chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            other => other.to_string(),
        })
        .collect();
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Troubleshooting report</title>\n<style>body{{font:15px/1.5 system-ui;max-width:60em;margin:2em auto}}pre{{white-space:pre-wrap}}</style>\n<pre>{escaped}</pre>\n"
    )
}

/// One session as its lines in a JSON array.
pub fn json(lines: &[Line]) -> String {
    serde_json::to_string_pretty(lines).unwrap_or_else(|_| "[]".into()) + "\n"
}
