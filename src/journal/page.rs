//! A session as one HTML page that stands alone: no script, nothing from elsewhere, readable on paper.
//! It never lets text from outside become markup.

use super::Line;
use super::report::mark;
use super::story::{Change, Checked, Story, Visit, clock};
use crate::diagnosis::Status;

const LOOK: &str = "
:root{--ink:#1d2430;--soft:#5d6878;--line:#dfe3ea;--paper:#fff;--code:#f5f6f9;--good:#18794e;--bad:#c0272d;--warn:#9a6700}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#9aa5b5;--line:#343b48;--paper:#14181f;--code:#1d222c;--good:#4cc38a;--bad:#ff6b6f;--warn:#e2b340}}
body{font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:58rem;margin:2.5rem auto;padding:0 1.2rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .4rem;padding-top:1rem;border-top:1px solid var(--line)}h3{font-size:1rem;margin:1.4rem 0 .4rem}
.result{font-size:1.1rem;font-weight:600;margin:.8rem 0;padding:.7rem 1rem;border-left:4px solid var(--soft);background:var(--code)}
.result.good{border-color:var(--good)}.result.bad{border-color:var(--bad)}
.soft,small{color:var(--soft)}code,pre{font:13px/1.5 ui-monospace,monospace;background:var(--code)}code{padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}
pre{padding:.7rem .9rem;white-space:pre-wrap;overflow-wrap:anywhere;border-radius:4px;margin:.4rem 0}
table{border-collapse:collapse;width:100%}td{vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid var(--line)}td:first-child{width:1.2rem;font-weight:700}td:nth-child(2){width:32%}
.ok{color:var(--good)}.problem{color:var(--bad)}.uncertain{color:var(--warn)}.skipped{color:var(--soft)}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr,pre{break-inside:avoid}}
";

/// One session as a page of its own.
pub fn html(lines: &[Line]) -> String {
    let story = Story::of(lines);
    let result = story.result();
    let tone = match &result {
        r if r.starts_with("Fixed") => "good",
        r if r.starts_with("Not") || r.starts_with("A ") => "bad",
        _ => "",
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Troubleshooting report {}</title>\n<style>{LOOK}</style>\n<h1>Troubleshooting report</h1>\n\
         <p class=\"result {tone}\">{}</p>\n<p class=\"soft\">Session {}, {} to {} UTC",
        escape(&story.id),
        escape(&result),
        escape(&story.id),
        clock(&story.from),
        clock(&story.to)
    );
    if !story.project.is_empty() {
        page.push_str(&format!(" · project <code>{}</code>", escape(&story.project)));
    }
    page.push_str(&format!(" · unstuck {}</p>\n", escape(&story.version)));
    for chapter in &story.chapters {
        if !chapter.questions.is_empty() {
            page.push_str("<h2>What was asked</h2>\n");
            chapter.questions.iter().for_each(|q| page.push_str(&format!("<pre>{}</pre>\n", escape(q))));
        }
        chapter.visits.iter().for_each(|v| page.push_str(&visit(v)));
        if !chapter.others.is_empty() {
            let others = escape(&chapter.others.join(", "));
            page.push_str(&format!("<p class=\"soft\">Other sections that fitted and were not opened: {others}</p>\n"));
        }
    }
    let open = story.unchecked();
    if !open.is_empty() {
        page.push_str("<h2>Not checked, or without a clear answer</h2>\n<ul>\n");
        open.iter().for_each(|(t, why)| page.push_str(&format!("<li>{}: {}</li>\n", escape(t), escape(why))));
        page.push_str("</ul>\n");
    }
    page.push_str("</html>\n");
    page
}

fn visit(visit: &Visit) -> String {
    let mut page = format!(
        "<h2>{}{}</h2>\n<p class=\"soft\">Runbook {} <small>({})</small></p>\n",
        escape(&visit.title),
        if visit.again { ", once more" } else { "" },
        escape(&visit.place),
        escape(&visit.hash)
    );
    if !visit.checks.is_empty() {
        page.push_str(&format!("<h3>What was checked</h3>\n{}", table(&visit.checks)));
    }
    if !visit.sentence.is_empty() {
        page.push_str(&format!("<h3>What it means</h3>\n<p><strong>{}</strong></p>\n", escape(&visit.sentence)));
        let more: String = visit.further().map(|f| format!("<li>{}</li>\n", escape(f))).collect();
        if !more.is_empty() {
            page.push_str(&format!("<ul>\n{more}</ul>\n"));
        }
    }
    visit.notes.iter().for_each(|n| page.push_str(&format!("<p class=\"soft\">{}</p>\n", escape(n))));
    let Some((done, left)) = visit.done_and_left() else { return page };
    page.push_str("<h3>What was changed</h3>\n");
    if done.is_empty() {
        page.push_str("<p>Nothing.</p>\n");
    }
    done.iter().for_each(|c| page.push_str(&change(c)));
    if !left.is_empty() {
        page.push_str("<p>Proposed and not done:</p>\n<ul>\n");
        for c in left {
            let answer = escape(c.answered());
            page.push_str(&format!(
                "<li>{}: <code>{}</code> ({answer})</li>\n",
                escape(&c.fix),
                escape(&c.steps.join("; "))
            ));
        }
        page.push_str("</ul>\n");
    }
    page
}

fn change(change: &Change) -> String {
    let on = if change.target.is_empty() { String::new() } else { format!(" on {}", escape(&change.target)) };
    let effect = change.effect.name();
    let mut page = format!(
        "<p><strong>{}</strong> <span class=\"soft\">({effect}{on}), {} UTC</span></p>\n<pre>{}</pre>\n<ul>\n",
        escape(&change.fix),
        clock(&change.at),
        escape(&change.steps.join("\n"))
    );
    page.push_str(&format!("<li>Result: {}</li>\n", escape(change.ended())));
    if let Some(undo) = &change.undo {
        page.push_str(&format!("<li>To take it back: <code>{}</code></li>\n", escape(undo)));
    }
    if let Some(backup) = &change.backup {
        page.push_str(&format!("<li>The old file is kept: <code>{}</code></li>\n", escape(backup)));
    }
    if let Some((how, sentence)) = &change.proof {
        page.push_str(&format!("<li>Proof: <strong>{}</strong>. {}</li>\n", escape(how), escape(sentence)));
    }
    if let Some(warning) = &change.warning {
        page.push_str(&format!("<li>It may come back: {}.</li>\n", escape(warning)));
    }
    page.push_str("</ul>\n");
    if let Some(diff) = &change.diff {
        page.push_str(&format!("<pre>{}</pre>\n", escape(diff)));
    }
    if !change.output.is_empty() {
        page.push_str(&format!("<pre>{}</pre>\n", escape(&change.output)));
    }
    if !change.after.is_empty() {
        page.push_str(&format!("<p>The checks after it:</p>\n{}", table(&change.after)));
    }
    page
}

fn table(checks: &[Checked]) -> String {
    let rows: String = checks
        .iter()
        .map(|c| {
            let class = match c.status {
                Status::Ok => "ok",
                Status::Problem => "problem",
                Status::Uncertain => "uncertain",
                Status::Skipped => "skipped",
            };
            let evidence =
                c.evidence.as_deref().map(|e| format!("<br><small>“{}”</small>", escape(e))).unwrap_or_default();
            let command =
                if c.command.is_empty() { String::new() } else { format!("<br><code>{}</code>", escape(&c.command)) };
            format!(
                "<tr><td class=\"{class}\" title=\"{class}\">{}</td><td>{}</td><td>{}{command}{evidence}</td></tr>\n",
                mark(c.status),
                escape(&c.title),
                escape(&c.summary)
            )
        })
        .collect();
    format!("<table>\n{rows}</table>\n")
}

fn escape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}
