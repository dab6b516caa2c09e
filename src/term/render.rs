//! Views to text: the one place where what comes from outside is cleaned and masked before a screen sees it.
//! It never prints; it is given a width and whether colour is wanted.

use dialoguer::console::{Style as Paint, measure_text_width};

use crate::command::{Effect, Verdict};
use crate::diagnosis::{Fit, Status};
use crate::session::ports::Target;
use crate::session::view::{FixRow, MatchRow, View};
use crate::text::{Masker, clean, count};

/// How text is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub colored: bool,
    /// Columns of the screen.
    pub width: usize,
}

/// The text of a view, ending in a line feed.
pub fn render(view: &View, style: Style, masker: &Masker) -> String {
    let pen = Pen { style, masker };
    let mut out = String::new();
    for line in pen.lines(view) {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

struct Pen<'a> {
    style: Style,
    masker: &'a Masker,
}

impl Pen<'_> {
    /// Text from outside, on one line.
    fn text(&self, raw: &str) -> String {
        let safe = self.masker.mask(&clean(raw));
        safe.split(['\n', '\t']).map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Text from outside, its lines kept.
    fn block(&self, raw: &str) -> Vec<String> {
        self.masker.mask(&clean(raw)).lines().map(|l| l.trim_end().replace('\t', "    ")).collect()
    }

    fn paint(&self, text: &str, paint: Paint) -> String {
        paint.force_styling(self.style.colored).apply_to(text).to_string()
    }

    fn dim(&self, text: &str) -> String {
        self.paint(text, Paint::new().dim())
    }

    fn bold(&self, text: &str) -> String {
        self.paint(text, Paint::new().bold())
    }

    fn good(&self, text: &str) -> String {
        self.paint(text, Paint::new().green())
    }

    fn bad(&self, text: &str) -> String {
        self.paint(text, Paint::new().red().bold())
    }

    fn warn(&self, text: &str) -> String {
        self.paint(text, Paint::new().yellow())
    }

    fn mark(&self, status: Status) -> String {
        match status {
            Status::Ok => self.good("✓"),
            Status::Problem => self.bad("✗"),
            Status::Uncertain => self.warn("!"),
            Status::Skipped => self.dim("–"),
        }
    }

    fn lines(&self, view: &View) -> Vec<String> {
        match view {
            View::Banner { runbooks, sections, survey } => {
                let mut parts = vec![
                    self.bold("unstuck"),
                    format!("{}, {}", count(*runbooks, "runbook"), count(*sections, "section")),
                ];
                parts.extend(survey.parts.iter().map(|part| {
                    let text = self.text(&part.text);
                    if part.well { text } else { self.warn(&text) }
                }));
                parts.push("/help".into());
                vec![parts.join(" · ")]
            }
            View::Understood { read, kept } => {
                let mut lines = vec![self.dim(&format!("Read {}. What stands out:", count(*read, "line")))];
                lines.extend(kept.iter().map(|(n, text)| {
                    {
                        let times = if *n > 1 { format!("{n}×") } else { String::new() };
                        self.fold(&format!("{times:>6}  "), &self.text(text))
                    }
                    .join("\n")
                }));
                lines
            }
            View::Matches { rows } => std::iter::once(String::new()).chain(self.matches(rows)).collect(),
            View::NoMatch { nearest, advice } => {
                let mut lines = vec![self.warn("No runbook section fits that well.")];
                if !nearest.is_empty() {
                    lines.push(self.dim("The nearest (a number opens one):"));
                    lines.extend(self.matches(nearest));
                }
                lines.push(advice.clone());
                lines
            }
            View::Section { title, place, about, reads, asks, by_hand } => {
                let mut parts = Vec::new();
                if *reads > 0 {
                    let all = if *asks == 0 { if *reads == 1 { ", read-only" } else { ", all read-only" } } else { "" };
                    parts.push(format!("{}{all}", count(*reads, "check")));
                }
                if *asks > 0 {
                    parts.push(format!("{asks} not run by itself"));
                }
                if *by_hand > 0 {
                    parts.push(format!("{by_hand} for you to look at"));
                }
                if parts.is_empty() {
                    parts.push("no checks".into());
                }
                let mut lines = vec![
                    String::new(),
                    format!("{} · {}  {}", self.bold(&self.text(title)), parts.join(", "), self.dim(&self.text(place))),
                ];
                if !about.is_empty() {
                    lines.extend(self.fold(" ", &self.text(about)).iter().map(|l| self.dim(l)));
                }
                lines
            }
            View::Outcome { status, title, summary, evidence, command } => {
                self.outcome(*status, title, summary, evidence.as_deref(), command)
            }
            View::Again { rows } => {
                let mut lines = vec![String::new(), self.dim("The checks again:")];
                for row in rows {
                    let title = pad(&self.text(&row.title), 40);
                    let is = self.text(&row.is);
                    lines.push(format!(" {} {title}  {is}", self.mark(row.after)));
                    if row.was != row.is && row.before != Some(row.after) {
                        lines.push(self.dim(&format!("   {}  before: {}", pad("", 40), self.text(&row.was))));
                    }
                }
                lines
            }
            View::Conclusion { sentence, well } => {
                let text = self.text(sentence);
                let folded = self.fold("So: ", &text);
                folded.iter().map(|l| if *well { self.good(l) } else { self.bold(l) }).collect()
            }
            View::Fixes { rows, by_finding } => self.fixes(rows, *by_finding),
            View::Fix { number, title, explanation } => {
                let mut lines = vec![String::new(), self.bold(&format!("Fix {number} · {}", self.text(title)))];
                if !explanation.is_empty() {
                    lines.extend(self.fold(" ", &self.text(explanation)));
                }
                lines
            }
            View::Change { text, verdict, targets, values, undo, then } => {
                self.change(text, verdict, targets, values, undo.as_deref(), then)
            }
            View::Edit { file, diff, reaches, then, backup } => {
                self.edit(file, diff, reaches, then.as_deref(), *backup)
            }
            View::ByHand { text, language } => match language {
                None => self.fold(" · ", &self.text(text)),
                Some(language) => {
                    let mut lines =
                        vec![self.dim(&format!(
                            " to place by hand ({}):",
                            if language.is_empty() { "text" } else { language }
                        ))];
                    lines.extend(self.block(text).iter().map(|l| format!("    {l}")));
                    lines
                }
            },
            View::Ran { well, summary, output } => {
                let mark = if *well { self.good("✓") } else { self.bad("✗") };
                let mut lines = vec![format!(" {mark} {}", self.text(summary))];
                lines.extend(self.block(output).iter().filter(|l| !l.is_empty()).map(|l| format!("   │ {l}")));
                lines
            }
            View::Verified { well, sentence, warning } => {
                let text = self.text(sentence);
                let mut lines: Vec<String> =
                    self.fold("", &text).iter().map(|l| if *well { self.good(l) } else { self.warn(l) }).collect();
                lines.extend(warning.iter().flat_map(|w| self.fold("It may come back: ", &self.text(w))));
                lines
            }
            View::WouldRun { text } => self.fold(" dry run, this would be asked and then run: ", &self.text(text)),
            View::Runbooks { rows } => {
                let mut lines = Vec::new();
                for (path, title, sections) in rows {
                    lines.push(format!("{}  {}", self.bold(&self.text(path)), self.text(title)));
                    lines.extend(
                        sections.iter().map(|(id, title)| {
                            format!("  {}  {}", pad(&self.text(title), 40), self.dim(&self.text(id)))
                        }),
                    );
                }
                lines
            }
            View::Table { title, rows } => {
                let widest = rows.iter().map(|(name, _)| measure_text_width(name)).max().unwrap_or(0).min(34);
                let mut lines = vec![self.bold(&self.text(title))];
                for (name, text) in rows {
                    let lead = format!("  {}  ", pad(&self.text(name), widest));
                    lines.extend(self.fold(&lead, &self.text(text)));
                }
                lines
            }
            View::Note(text) => self.fold("", &self.text(text)),
            View::Trouble { what, hint } => {
                let mut lines = self.fold("error: ", &self.text(what));
                if let Some(first) = lines.first_mut() {
                    *first = first.replacen("error:", &self.bad("error:"), 1);
                }
                lines.extend(hint.iter().map(|hint| format!("{} {}", self.dim("hint:"), self.text(hint))));
                lines
            }
            View::Page(text) => self.block(text),
        }
    }

    fn matches(&self, rows: &[MatchRow]) -> Vec<String> {
        let title = rows.iter().map(|r| measure_text_width(&self.text(&r.title))).max().unwrap_or(0).min(44);
        let place = rows.iter().map(|r| measure_text_width(&self.text(&r.place))).max().unwrap_or(0).min(48);
        rows.iter()
            .flat_map(|row| {
                let dots = "●".repeat(usize::from(row.strength));
                let lead = format!(
                    " {}  {}  {}  {}  ",
                    self.bold(&row.number.to_string()),
                    pad(&self.text(&row.title), title),
                    self.dim(&pad(&self.text(&row.place), place)),
                    self.good(&pad(&dots, 4)),
                );
                let because = format!("because {}", self.text(&row.because));
                let room = self.style.width.saturating_sub(measure_text_width(&lead));
                if measure_text_width(&because) <= room {
                    vec![format!("{lead}{because}")]
                } else {
                    let mut lines = vec![lead];
                    lines.extend(self.fold("    ", &because));
                    lines
                }
            })
            .collect()
    }

    fn outcome(
        &self,
        status: Status,
        title: &str,
        summary: &str,
        evidence: Option<&str>,
        command: &str,
    ) -> Vec<String> {
        let title = self.text(title);
        let lead = format!(" {} {}  ", self.mark(status), pad(&title, 40));
        let mut lines = self.fold(&lead, &self.text(summary));
        let command = self.text(command);
        let room = self.style.width.saturating_sub(lines.last().map_or(0, |l| measure_text_width(l)) + 3);
        match lines.last_mut() {
            Some(last) if measure_text_width(&command) <= room && !command.is_empty() && command != title => {
                *last = format!("{last}   {}", self.dim(&command));
            }
            _ if !command.is_empty() && command != title && status != Status::Ok => {
                lines.push(
                    self.dim(&format!("     $ {}", crate::text::shorten(&command, self.style.width.saturating_sub(8)))),
                );
            }
            _ => {}
        }
        if let Some(evidence) =
            evidence.map(|e| self.text(e)).filter(|e| !e.is_empty() && !summary.contains(e.as_str()))
        {
            let quoted = format!("“{}”", crate::text::shorten(&evidence, self.style.width.saturating_sub(8) * 2));
            lines.extend(self.fold("     ", &quoted).iter().map(|l| self.dim(l)));
        }
        lines
    }

    fn fixes(&self, rows: &[FixRow], by_finding: bool) -> Vec<String> {
        let head = if by_finding {
            "Fixes, most likely first"
        } else {
            "Fixes, in the runbook's own order (nothing found points at one)"
        };
        let mut lines = vec![String::new(), self.bold(head)];
        let widest = rows.iter().map(|r| measure_text_width(&self.text(&r.title))).max().unwrap_or(0).min(40);
        for row in rows {
            let effect = row.effect.map_or("by hand".to_owned(), |e| self.effect(e));
            let fit = match row.fit {
                Fit::Fits => "fits: ",
                Fit::Open => "",
                Fit::Unlikely => "unlikely: ",
            };
            let what = if row.effect.is_some() { format!(": {}", self.text(&row.what)) } else { String::new() };
            let lead = format!(" {}  {}  ", self.bold(&row.number.to_string()), pad(&self.text(&row.title), widest));
            lines.extend(self.fold(&lead, &format!("{effect}{what}")));
            let because = self.text(&row.because);
            if !because.is_empty() {
                lines.push(self.dim(&format!("    {}  {fit}{because}", pad("", widest))));
            }
        }
        lines
    }

    fn effect(&self, effect: Effect) -> String {
        match effect {
            Effect::Reads => self.good("reads"),
            Effect::Changes => self.warn("changes"),
            Effect::Destroys => self.bad("destroys"),
        }
    }

    fn change(
        &self,
        text: &str,
        verdict: &Verdict,
        targets: &[Target],
        values: &[String],
        undo: Option<&str>,
        then: &str,
    ) -> Vec<String> {
        let mut lines: Vec<String> =
            self.block(text).iter().map(|l| format!("  {} {}", self.dim("$"), self.bold(l))).collect();
        let on = targets.iter().map(|t| self.text(&t.shown)).collect::<Vec<_>>().join(", ");
        let on = if on.is_empty() { String::new() } else { format!(" on {on}") };
        lines.extend(self.fold("  ", &format!("{}{on}: {}", self.effect(verdict.effect), self.text(&verdict.reason))));
        lines.extend(values.iter().map(|v| format!("  {}", self.text(v))));
        let undo = undo.map_or_else(|| "no undo is known".to_owned(), |u| format!("undo: {}", self.text(u)));
        let then = if then.is_empty() { String::new() } else { format!(" · then: {then}") };
        lines.extend(self.fold("  ", &format!("{undo}{then}")));
        let flags = verdict.flags.names();
        if !flags.is_empty() {
            lines.push(self.warn(&format!("  also: {}", flags.join(", "))));
        }
        lines
    }

    fn edit(
        &self,
        file: &str,
        diff: &str,
        reaches: &[(String, Vec<String>)],
        then: Option<&str>,
        backup: bool,
    ) -> Vec<String> {
        let kept = if backup { ", a backup is kept" } else { " (new)" };
        let mut lines = vec![format!("  {} {}{kept}", self.warn("edits"), self.text(file))];
        for line in self.block(diff) {
            let painted = match line.chars().next() {
                Some('+') => self.good(&line),
                Some('-') => self.bad(&line),
                _ => self.dim(&line),
            };
            lines.push(format!("    {painted}"));
        }
        for (key, services) in reaches {
            if services.is_empty() {
                let text = format!(
                    "{} reaches no container: the compose file does not pass it on. Add it under `environment:` of the service.",
                    self.text(key)
                );
                lines.extend(self.fold("  ", &text).iter().map(|l| self.warn(l)));
            } else {
                lines.push(format!("  {} is read by: {}", self.text(key), self.text(&services.join(", "))));
            }
        }
        if let Some(then) = then {
            lines.extend(self.fold("  takes effect after: ", &self.text(then)));
        }
        lines
    }

    /// Folds `text` at the width, behind `lead` on the first line and as far in on the others.
    fn fold(&self, lead: &str, text: &str) -> Vec<String> {
        let indent = measure_text_width(lead);
        let room = self.style.width.saturating_sub(indent).max(20);
        let mut lines: Vec<String> = Vec::new();
        let mut current = String::new();
        for word in text.split(' ') {
            let wide = measure_text_width(&current) + measure_text_width(word) + 1 > room;
            if wide && !current.is_empty() {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
        let spaces = " ".repeat(indent);
        lines
            .iter()
            .enumerate()
            .map(|(i, l)| if i == 0 { format!("{lead}{l}") } else { format!("{spaces}{l}") })
            .collect()
    }
}

fn pad(text: &str, width: usize) -> String {
    let wide = measure_text_width(text);
    if wide > width && width > 1 {
        return crate::text::shorten(text, width);
    }
    format!("{text}{}", " ".repeat(width.saturating_sub(wide)))
}
