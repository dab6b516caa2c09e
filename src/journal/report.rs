//! A session as a page to hand over, in Markdown or JSON; and the list of sessions.
//! It never reads or writes files.

use super::story::{Change, Checked, Story, Visit, clock};
use super::{Line, Summary};
use crate::diagnosis::Status;
use crate::text::{clean, shorten};

/// The list of sessions as text.
pub fn history(sessions: &[Summary]) -> String {
    if sessions.is_empty() {
        return "No session has been recorded yet.\n".into();
    }
    let mut page: String = sessions
        .iter()
        .map(|s| {
            let what = s.question.as_deref().or(s.section.as_deref()).unwrap_or("nothing was asked");
            let section =
                s.section.as_deref().filter(|t| *t != what).map(|t| format!("    {t}: ")).unwrap_or("    ".into());
            clean(&format!("{}  {what}\n{section}{}\n", s.id, s.result))
        })
        .collect();
    page.push_str(
        "\n`unstuck report ID` is one of them as a page; the beginning of an ID is enough, and so is `last`.\n",
    );
    page
}

/// One session as Markdown; `running` where it is the session that asks.
pub fn markdown(lines: &[Line], running: bool) -> String {
    let story = Story { running, ..Story::of(lines) };
    let mut page = String::from("# Troubleshooting report\n\n");
    page.push_str(&format!("**{}**\n\n", plain(&story.result())));
    page.push_str(&format!("- Session: {}, {} to {} UTC\n", story.id, clock(&story.from), clock(&story.to)));
    if !story.project.is_empty() {
        page.push_str(&format!("- Project: `{}`, unstuck {}\n", code(&story.project), story.version));
    }
    for chapter in &story.chapters {
        if !chapter.questions.is_empty() {
            page.push_str("\n## What was asked\n\n");
            chapter.questions.iter().for_each(|q| page.push_str(&fenced(q)));
        }
        chapter.visits.iter().for_each(|v| page.push_str(&visit(v)));
        if !chapter.others.is_empty() {
            page.push_str(&format!(
                "\nOther sections that fitted and were not opened: {}\n",
                chapter.others.join(", ")
            ));
        }
    }
    let open = story.unchecked();
    if !open.is_empty() {
        page.push_str("\n## Not checked, or without a clear answer\n\n");
        open.iter().for_each(|(title, why)| page.push_str(&format!("- {}: {}\n", plain(title), plain(why))));
    }
    page
}

fn visit(visit: &Visit) -> String {
    let again = if visit.again { ", once more" } else { "" };
    let mut page = format!("\n## {}{again}\n\nRunbook: {} ({})\n", visit.title, visit.place, visit.hash);
    if !visit.checks.is_empty() {
        page.push_str("\n### What was checked\n\n");
        visit.checks.iter().for_each(|c| page.push_str(&checked(c)));
    }
    if !visit.sentence.is_empty() {
        page.push_str(&format!("\n### What it means\n\n**{}**\n", plain(&visit.sentence)));
        let more: String = visit.further().map(|f| format!("- {}\n", plain(f))).collect();
        if !more.is_empty() {
            page.push_str(&format!("\n{more}"));
        }
    }
    visit.notes.iter().for_each(|n| page.push_str(&format!("\n{}\n", plain(n))));
    let Some((done, left)) = visit.done_and_left() else { return page };
    page.push_str("\n### What was changed\n\n");
    if done.is_empty() {
        page.push_str("Nothing.\n");
    }
    done.iter().for_each(|c| page.push_str(&change(c)));
    if !left.is_empty() {
        page.push_str("\nProposed and not done:\n\n");
        for c in left {
            page.push_str(&format!("- {}: `{}` ({})\n", plain(&c.fix), code(&c.steps.join("; ")), plain(c.answered())));
        }
    }
    page
}

fn change(change: &Change) -> String {
    let on = if change.target.is_empty() { String::new() } else { format!(" on {}", plain(&change.target)) };
    let effect = change.effect.name();
    let mut page = format!("**{}** ({effect}{on}), {} UTC\n\n", plain(&change.fix), clock(&change.at));
    page.push_str(&fenced(&change.steps.join("\n")));
    page.push_str(&format!("\n- Result: {}\n", plain(change.ended())));
    if let Some(undo) = &change.undo {
        page.push_str(&format!("- To take it back: `{}`\n", code(undo)));
    }
    if let Some(backup) = &change.backup {
        page.push_str(&format!("- The old file is kept: `{}`\n", code(backup)));
    }
    if let Some((how, sentence)) = &change.proof {
        page.push_str(&format!("- Proof: **{how}**. {}\n", plain(sentence)));
    }
    if let Some(warning) = &change.warning {
        page.push_str(&format!("- It may come back: {}.\n", plain(warning)));
    }
    if let Some(diff) = &change.diff {
        page.push_str(&format!("\n{}", fenced(diff)));
    }
    if !change.output.is_empty() && change.result.as_deref().is_some_and(|r| !r.starts_with("done")) {
        page.push_str(&format!("\n{}", fenced(&change.output)));
    }
    if !change.after.is_empty() {
        page.push_str("\nThe checks after it:\n\n");
        change.after.iter().for_each(|c| page.push_str(&checked(c)));
    }
    page.push('\n');
    page
}

fn checked(checked: &Checked) -> String {
    let mut line = format!("- {} **{}**: {}", mark(checked.status), plain(&checked.title), plain(&checked.summary));
    if !checked.command.is_empty() {
        line.push_str(&format!(" (`{}`)", code(&checked.command)));
    }
    line.push('\n');
    if let Some(evidence) = &checked.evidence {
        line.push_str(&format!("  - “{}”\n", plain(&shorten(evidence, 400))));
    }
    line
}

pub(super) fn mark(status: Status) -> &'static str {
    match status {
        Status::Ok => "✓",
        Status::Problem => "✗",
        Status::Uncertain => "!",
        Status::Skipped => "–",
    }
}

/// Text from outside on one line, so that it cannot begin a heading, a list or a table.
fn plain(text: &str) -> String {
    let one = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one.replace('<', "&lt;").replace('`', "'").replace('*', "∗")
}

fn code(text: &str) -> String {
    text.replace('`', "'").replace('\n', "; ")
}

fn fenced(text: &str) -> String {
    // A fence longer than any in the text cannot be closed by it.
    let fence = "`".repeat(text.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// One session as its lines in a JSON array.
pub fn json(lines: &[Line]) -> String {
    serde_json::to_string_pretty(lines).unwrap_or_else(|_| "[]".into()) + "\n"
}
