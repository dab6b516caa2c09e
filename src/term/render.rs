//! Views to text: the one place where what comes from outside is cleaned and masked before a screen sees it.
//! It never prints; it is given a width and whether colour is wanted.

use dialoguer::console::{Style as Paint, measure_text_width};

use super::layout::wrap;
use crate::command::Effect;
use crate::diagnosis::Status;
use crate::session::ports::Survey;
use crate::session::view::View;
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

pub(super) struct Pen<'a> {
    pub(super) style: Style,
    masker: &'a Masker,
}

impl Pen<'_> {
    /// Text from outside, on one line.
    pub(super) fn text(&self, raw: &str) -> String {
        let safe = self.masker.mask(&clean(raw));
        safe.split(['\n', '\t']).map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Text from outside, its lines kept.
    pub(super) fn block(&self, raw: &str) -> Vec<String> {
        self.masker.mask(&clean(raw)).lines().map(|l| l.trim_end().replace('\t', "    ")).collect()
    }

    pub(super) fn paint(&self, text: &str, paint: Paint) -> String {
        paint.force_styling(self.style.colored).apply_to(text).to_string()
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.paint(text, Paint::new().dim())
    }

    pub(super) fn bold(&self, text: &str) -> String {
        self.paint(text, Paint::new().bold())
    }

    pub(super) fn good(&self, text: &str) -> String {
        self.paint(text, Paint::new().green())
    }

    pub(super) fn bad(&self, text: &str) -> String {
        self.paint(text, Paint::new().red().bold())
    }

    pub(super) fn warn(&self, text: &str) -> String {
        self.paint(text, Paint::new().yellow())
    }

    pub(super) fn mark(&self, status: Status) -> String {
        match status {
            Status::Ok => self.good("✓"),
            Status::Problem => self.bad("✗"),
            Status::Uncertain => self.warn("!"),
            Status::Skipped => self.dim("–"),
        }
    }

    pub(super) fn effect(&self, effect: Effect) -> String {
        match effect {
            Effect::Reads => self.good(effect.name()),
            Effect::Changes => self.warn(effect.name()),
            Effect::Destroys => self.bad(effect.name()),
        }
    }

    /// `text` wrapped at the width, behind `lead` on the first line and as far in on the others.
    pub(super) fn fold(&self, lead: &str, text: &str) -> Vec<String> {
        let indent = measure_text_width(lead);
        let spaces = " ".repeat(indent);
        wrap(text, self.style.width.saturating_sub(indent))
            .iter()
            .enumerate()
            .map(|(i, line)| if i == 0 { format!("{lead}{line}") } else { format!("{spaces}{line}") })
            .collect()
    }

    /// Clauses that belong on one line, broken between them where the line is full.
    pub(super) fn clauses(&self, lead: &str, clauses: &[String]) -> Vec<String> {
        let indent = measure_text_width(lead);
        let mut lines: Vec<String> = Vec::new();
        let mut current = lead.to_owned();
        for clause in clauses.iter().filter(|c| !c.is_empty()) {
            let empty = measure_text_width(&current) <= indent;
            if !empty && measure_text_width(&current) + 3 + measure_text_width(clause) > self.style.width {
                lines.push(std::mem::replace(&mut current, " ".repeat(indent)));
            }
            if measure_text_width(&current) > indent {
                current.push_str(" · ");
            }
            current.push_str(clause);
        }
        lines.push(current);
        lines.iter().flat_map(|l| self.refold(l, indent)).collect()
    }

    /// A line that is still too long, wrapped below its own beginning.
    fn refold(&self, line: &str, indent: usize) -> Vec<String> {
        if measure_text_width(line) <= self.style.width {
            return vec![line.to_owned()];
        }
        let spaces = " ".repeat(indent);
        let inner = line.get(indent..).filter(|_| line.get(..indent).is_some_and(|s| s.trim().is_empty()));
        let (lead, rest) = inner.map_or((String::new(), line), |rest| (spaces, rest));
        self.fold(&lead, rest)
    }

    fn lines(&self, view: &View) -> Vec<String> {
        match view {
            View::Banner { runbooks, sections, survey } => {
                let known = format!("{}, {}", count(*runbooks, "runbook"), count(*sections, "section"));
                let mut head = vec![self.bold("unstuck"), known];
                let seen = self.survey(survey);
                let whole = [head.clone(), seen.clone(), vec!["/help".into()]].concat().join(" · ");
                if measure_text_width(&whole) <= self.style.width {
                    return vec![whole];
                }
                head.push("/help".into());
                [self.clauses("", &head), self.clauses("", &seen)].concat()
            }
            View::Survey(survey) => self.clauses("", &self.survey(survey)),
            View::Understood { read, kept } => {
                let mut lines = vec![self.dim(&format!("Read {}. What stands out:", count(*read, "line")))];
                lines.extend(kept.iter().flat_map(|(n, text)| {
                    let times = if *n > 1 { format!("{n}×") } else { String::new() };
                    self.fold(&format!("{times:>6}  "), &self.text(text))
                }));
                lines
            }
            View::Matches { rows, question } => self.matches(rows, question.as_deref()),
            View::NoMatch { nearest, advice } => {
                let mut lines = vec![self.warn("No runbook section fits that well.")];
                if !nearest.is_empty() {
                    lines.push(self.dim("The nearest (a number opens one):"));
                    lines.extend(self.matches(nearest, None).into_iter().skip(1));
                }
                lines.extend(self.fold("", advice));
                lines
            }
            View::Section { title, place, about, reads, asks, by_hand } => {
                self.section(title, place, about, [*reads, *asks, *by_hand])
            }
            View::Outcomes { rows } => self.outcomes(rows),
            View::Lead { found, title, place, stays } => {
                let (title, place) = (self.text(title), self.dim(&self.text(place)));
                let mut lines = self.fold("→ ", &format!("“{}”", self.text(found)));
                let then = if *stays { "more about it in" } else { "points at another section:" };
                lines.extend(self.fold("  ", &format!("{then} {title}  {place}")));
                if *stays {
                    lines.push(self.dim(&format!("  /open {title}")));
                }
                lines
            }
            View::Again { rows } => self.again(rows),
            View::Conclusion { sentence, well } => {
                let folded = self.fold("So: ", &self.text(sentence));
                folded.iter().map(|l| if *well { self.good(l) } else { self.bold(l) }).collect()
            }
            View::Fixes { rows, by_finding, all } => self.fixes(rows, *by_finding, *all),
            View::Fix { number, title, explanation, steps } => {
                let steps = if steps.is_empty() { String::new() } else { format!(" · {steps}") };
                let mut lines = vec![String::new()];
                lines.extend(self.fold("", &format!("Fix {number} · {}{steps}", self.text(title))));
                lines.iter_mut().skip(1).for_each(|l| *l = self.bold(l));
                if !explanation.is_empty() {
                    lines.extend(self.fold(" ", &self.text(explanation)));
                }
                lines
            }
            View::Step { number, of, title } => {
                let which = if *of > 1 { format!("Step {number} of {of}") } else { String::new() };
                let parts: Vec<String> = [which, self.text(title)].into_iter().filter(|p| !p.is_empty()).collect();
                self.fold(" ", &parts.join(" · "))
            }
            View::Change { text, does, verdict, targets, values, undo, then } => {
                self.change(text, does, verdict, targets, values, undo.as_deref(), then)
            }
            View::Edit { file, diff, reaches, then, backup } => {
                self.edit(file, diff, reaches, then.as_deref(), *backup)
            }
            View::ByHand { text, language } => match language {
                None => self.fold(" · ", &self.text(text)),
                Some(language) => {
                    let kind = if language.is_empty() { "text" } else { language };
                    let mut lines = vec![self.dim(&format!("  to place by hand ({kind}):"))];
                    lines.extend(self.block(text).iter().map(|l| format!("    {l}")));
                    lines
                }
            },
            View::Ran { well, summary, output } => {
                let mark = if *well { self.good("✓") } else { self.bad("✗") };
                let mut lines = self.fold(&format!(" {mark} "), &self.text(summary));
                let output = self.block(output);
                lines.extend(output.iter().filter(|l| !l.is_empty()).flat_map(|l| self.fold("   │ ", l)));
                lines
            }
            View::Verified { well, sentence, warning } => {
                let mut lines = vec![String::new()];
                let folded = self.fold("", &self.text(sentence));
                lines.extend(folded.iter().map(|l| if *well { self.good(l) } else { self.warn(l) }));
                lines.extend(
                    warning.iter().flat_map(|w| self.fold("It may come back: ", &format!("{}.", self.text(w)))),
                );
                lines
            }
            View::WouldRun { text } => self.fold("  dry run, this would be asked and then done: ", &self.text(text)),
            View::Runbooks { rows } => self.runbooks(rows, false),
            View::Listed { rows } => self.runbooks(rows, true),
            View::Table { title, rows } => self.table(title, rows),
            View::Note(text) => self.fold("", &self.text(text)),
            View::Trouble { what, hint } => {
                let mut lines = self.fold("error: ", &self.text(what));
                if let Some(first) = lines.first_mut() {
                    *first = first.replacen("error:", &self.bad("error:"), 1);
                }
                if let Some(hint) = hint {
                    let mut folded = self.fold("hint: ", &self.text(hint));
                    if let Some(first) = folded.first_mut() {
                        *first = first.replacen("hint:", &self.dim("hint:"), 1);
                    }
                    lines.extend(folded);
                }
                lines
            }
            View::Page(text) => self.block(text),
        }
    }

    fn survey(&self, survey: &Survey) -> Vec<String> {
        let parts = survey.parts.iter().map(|part| {
            let text = self.text(&part.text);
            if part.well { text } else { self.warn(&text) }
        });
        parts.collect()
    }

    fn section(&self, title: &str, place: &str, about: &str, [reads, asks, by_hand]: [usize; 3]) -> Vec<String> {
        let mut parts = Vec::new();
        if reads > 0 {
            let all = match (asks, reads) {
                (0, 1) => ", read-only",
                (0, _) => ", all read-only",
                _ => "",
            };
            parts.push(format!("{}{all}", count(reads, "check")));
        }
        if asks > 0 {
            parts.push(format!("{asks} not run by itself"));
        }
        if by_hand > 0 {
            parts.push(format!("{by_hand} for you to look at"));
        }
        if parts.is_empty() {
            parts.push("no checks".into());
        }
        let head = [self.bold(&self.text(title)), parts.join(", "), self.dim(&self.text(place))];
        let mut lines = vec![String::new()];
        lines.extend(self.clauses("", &head));
        if !about.is_empty() {
            lines.extend(self.fold(" ", &self.text(about)).iter().map(|l| self.dim(l)));
        }
        lines
    }
}
