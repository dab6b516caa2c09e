//! The tables of a session: sections that fit, results of checks, fixes, before and after.
//! It never decides an order; rows are drawn as they come.

use dialoguer::console::{Style as Paint, measure_text_width};

use super::layout::{Cell, beside, widest};
use super::render::Pen;
use crate::diagnosis::{Fit, Status};
use crate::session::view::{AgainRow, FixRow, MatchRow, OutcomeRow, ShelfRow};

/// Below this many columns a table's second column goes under the first.
const NARROW: usize = 60;

impl Pen<'_> {
    pub(super) fn matches(&self, rows: &[MatchRow], question: Option<&str>) -> Vec<String> {
        let width = self.style.width;
        let places: Vec<String> = rows.iter().map(|r| self.text(&r.place)).collect();
        let titles: Vec<String> = rows.iter().map(|r| self.text(&r.title)).collect();
        let place = widest(places.iter().map(String::as_str), 40);
        let title = widest(titles.iter().map(String::as_str), width.saturating_sub(place + 21).clamp(16, 44));
        let mut lines = vec![String::new()];
        for ((row, name), at) in rows.iter().zip(&titles).zip(&places) {
            let strength = format!("{} {}", "●".repeat(usize::from(row.strength)), strength(row.strength));
            let because = format!("because {}", self.text(&row.because));
            let mut cells = vec![
                Cell::painted(format!("{:>2}", row.number), 2, Paint::new().bold()),
                Cell::new(name.clone(), title),
            ];
            if width >= NARROW {
                cells.push(Cell::painted(at.clone(), place, Paint::new().dim()));
                cells.push(Cell::painted(strength.clone(), 13, Paint::new().green()));
            }
            let used: usize = cells.iter().map(|c| c.width + 2).sum();
            if width >= NARROW && used + measure_text_width(&because) <= width {
                cells.push(Cell::new(because, width - used));
                lines.extend(beside(&cells, self.style.colored));
            } else {
                lines.extend(beside(&cells, self.style.colored));
                if width < NARROW {
                    lines.push(format!("    {}  {}", self.good(&strength), self.dim(at)));
                }
                lines.extend(self.fold("    ", &because));
            }
            if let Some(sign) = &row.sign {
                lines.extend(self.fold("    you would see: ", &self.text(sign)));
            }
        }
        lines.extend(question.map(|q| self.bold(q)));
        lines
    }

    pub(super) fn outcomes(&self, rows: &[OutcomeRow]) -> Vec<String> {
        let titles: Vec<String> = rows.iter().map(|r| self.text(&r.title)).collect();
        let narrow = self.style.width < NARROW;
        let title = if narrow {
            self.style.width.saturating_sub(3)
        } else {
            widest(titles.iter().map(String::as_str), (self.style.width * 2 / 5).max(24))
        };
        let room = if narrow { self.style.width.saturating_sub(5) } else { self.style.width.saturating_sub(title + 5) };
        let mut lines = Vec::new();
        let mut before: Option<(Status, &str)> = None;
        for (row, name) in rows.iter().zip(&titles) {
            let same = before == Some((row.status, row.summary.as_str()));
            before = Some((row.status, &row.summary));
            let body = self.body(row, name, room, same);
            let mark = self.mark(row.status);
            if narrow {
                lines.extend(self.fold(&format!(" {mark} "), name));
                lines.extend(body.into_iter().map(|l| format!("     {l}")));
            } else {
                let names = super::layout::wrap(name, title);
                for at in 0..names.len().max(body.len()) {
                    let lead = if at == 0 { format!(" {mark} ") } else { "   ".into() };
                    let name = names.get(at).map_or("", String::as_str);
                    let gap = " ".repeat(title.saturating_sub(measure_text_width(name)) + 2);
                    lines.push(format!("{lead}{name}{gap}{}", body.get(at).map_or("", String::as_str)));
                }
            }
        }
        lines
    }

    /// What a check gave, its command, and the evidence where it says more.
    fn body(&self, row: &OutcomeRow, title: &str, room: usize, same: bool) -> Vec<String> {
        let summary = if same { "as above".to_owned() } else { self.text(&row.summary) };
        let command = self.text(&row.command);
        let command = Some(command).filter(|c| !c.is_empty() && c != title);
        let mut lines = super::layout::wrap(&summary, room);
        let free = room.saturating_sub(lines.last().map_or(0, |l| measure_text_width(l)) + 3);
        match (&command, lines.last_mut()) {
            (Some(command), Some(last)) if measure_text_width(command) <= free => {
                *last = format!("{last}   {}", self.dim(command));
            }
            (Some(command), _) if matches!(row.status, Status::Problem | Status::Uncertain) && !same => {
                let wrapped = super::layout::wrap(command, room.saturating_sub(2));
                lines.extend(
                    wrapped
                        .iter()
                        .enumerate()
                        .map(|(i, l)| self.dim(&format!("{}{l}", if i == 0 { "$ " } else { "  " }))),
                );
            }
            _ => {}
        }
        if let Some(evidence) = row.evidence.as_deref().map(|e| self.text(e))
            && !same
            && !says_already(&summary, &evidence)
        {
            let cut = crate::text::shorten(&evidence, room.saturating_mul(3).max(160));
            // What could not be had has no evidence, but a way to have it.
            let quoted = if row.status == Status::Skipped { cut } else { format!("“{cut}”") };
            lines.extend(super::layout::wrap(&quoted, room).iter().map(|l| self.dim(l)));
        }
        lines
    }

    pub(super) fn again(&self, rows: &[AgainRow]) -> Vec<String> {
        // What was well and still is needs no line of its own.
        let told = |r: &&AgainRow| r.after != Status::Ok || r.before != Some(Status::Ok);
        let quiet = rows.iter().filter(|r| !told(r)).count();
        let shown: Vec<AgainRow> =
            if quiet == rows.len() { rows.to_vec() } else { rows.iter().filter(told).cloned().collect() };
        let mut lines = self.before_and_now(&shown);
        if shown.len() < rows.len() {
            let rest = format!("{}: well before, and still", crate::text::count(quiet, "other check"));
            lines.push(format!(" {} {}", self.mark(Status::Ok), self.dim(&rest)));
        }
        lines
    }

    fn before_and_now(&self, rows: &[AgainRow]) -> Vec<String> {
        let width = self.style.width;
        let titles: Vec<String> = rows.iter().map(|r| self.text(&r.title)).collect();
        let title = widest(titles.iter().map(String::as_str), (width / 3).max(20));
        let room = width.saturating_sub(title + 5);
        let changed: Vec<(String, String)> = rows.iter().map(|r| (self.text(&r.was), self.text(&r.is))).collect();
        let was = widest(changed.iter().map(|(was, _)| was.as_str()), room / 2);
        let mut lines = vec![String::new()];
        if width < NARROW {
            lines.push(self.dim("The checks again"));
            for ((row, name), (was, is)) in rows.iter().zip(&titles).zip(&changed) {
                lines.extend(self.fold(&format!(" {} ", self.mark(row.after)), name));
                lines.extend(self.fold("     before: ", was));
                lines.extend(self.fold("     now:    ", is));
            }
            return lines;
        }
        let head = [
            Cell::new("   The checks again", title + 3),
            Cell::new("before", was),
            Cell::new("now", room.saturating_sub(was + 2)),
        ];
        lines.extend(beside(&head, false).iter().map(|l| self.dim(l)));
        for ((row, name), (before, now)) in rows.iter().zip(&titles).zip(&changed) {
            let cells = [
                Cell::new(name.clone(), title),
                Cell::painted(before.clone(), was, Paint::new().dim()),
                Cell::new(if before == now { "the same".into() } else { now.clone() }, room.saturating_sub(was + 2)),
            ];
            for (at, line) in beside(&cells, self.style.colored).into_iter().enumerate() {
                let lead = if at == 0 { format!(" {} ", self.mark(row.after)) } else { "   ".into() };
                lines.push(format!("{lead}{line}"));
            }
        }
        lines
    }

    pub(super) fn fixes(&self, rows: &[FixRow], by_finding: bool, all: bool) -> Vec<String> {
        let elsewhere = !by_finding && rows.iter().any(|r| r.fit == Fit::Unlikely);
        let head = match (by_finding, elsewhere) {
            (true, _) => "Fixes, most likely first",
            (false, true) => "Fixes; what was found points at none of them",
            (false, false) => "Fixes, in the runbook's own order (nothing found points at one)",
        };
        let mut lines = vec![String::new()];
        lines.extend(self.fold("", head).iter().map(|l| self.bold(l)));
        let fold_rest = (by_finding || elsewhere) && !all && rows.iter().filter(|r| r.fit == Fit::Unlikely).count() > 1;
        let shown: Vec<&FixRow> = rows.iter().filter(|r| !fold_rest || r.fit != Fit::Unlikely).collect();
        let titles: Vec<String> = shown.iter().map(|r| self.text(&r.title)).collect();
        let digits = if rows.len() > 9 { 2 } else { 1 };
        let title = widest(titles.iter().map(String::as_str), (self.style.width * 2 / 5).max(24));
        let room = self.style.width.saturating_sub(digits + title + 5);
        let whats: Vec<String> = shown.iter().map(|r| self.what(r)).collect();
        let said = |r: &FixRow| if by_finding { self.fit(r) } else { String::new() };
        let fits: Vec<String> = shown.iter().map(|r| said(r)).collect();
        let what = widest(whats.iter().map(String::as_str), room);
        // Side by side where every row has the room for it, one under the other otherwise.
        let one_line = fits.iter().all(|f| what + 2 + measure_text_width(f) <= room);
        for (((row, name), does), fit) in shown.iter().zip(&titles).zip(&whats).zip(&fits) {
            let lead = [
                Cell::painted(format!("{:>digits$}", row.number), digits, Paint::new().bold()),
                Cell::new(name.clone(), title),
            ];
            let quiet = Cell::painted(
                fit.clone(),
                room.saturating_sub(if one_line { what + 2 } else { 0 }),
                Paint::new().dim(),
            );
            if self.style.width < NARROW {
                lines.extend(self.fold(&format!(" {:>digits$}  ", row.number), name));
                lines.extend(self.fold("    ", does));
                lines.extend(self.fold("    ", fit).iter().map(|l| self.dim(l)));
                continue;
            }
            let [number, name] = lead;
            let painted = row.effect.map(|e| (self.text(&format!("{e:?}").to_lowercase()), self.effect(e)));
            let mut drawn = if one_line {
                beside(&[number, name, Cell::new(does.clone(), what), quiet], self.style.colored)
            } else {
                let mut both = beside(&[number, name, Cell::new(does.clone(), room)], self.style.colored);
                if !fit.is_empty() {
                    let gap = Cell::new("", digits + title + 2);
                    both.extend(beside(&[gap, quiet], self.style.colored));
                }
                both
            };
            if let (Some((plain, painted)), Some(first)) = (painted, drawn.first_mut()) {
                *first = first.replacen(&format!("  {plain}:"), &format!("  {painted}:"), 1);
            }
            lines.extend(drawn.into_iter().map(|l| format!(" {l}")));
        }
        if fold_rest {
            let rest: Vec<String> = rows
                .iter()
                .filter(|r| r.fit == Fit::Unlikely)
                .map(|r| format!("{} {}", r.number, self.text(&r.title)))
                .collect();
            lines.extend(
                self.fold(" ", &format!("less likely (/fix shows all): {}", rest.join(" · ")))
                    .iter()
                    .map(|l| self.dim(l)),
            );
        }
        lines
    }

    fn what(&self, row: &FixRow) -> String {
        match row.effect {
            None => self.text(&row.what),
            Some(effect) => format!("{}: {}", format!("{effect:?}").to_lowercase(), self.text(&row.what)),
        }
    }

    fn fit(&self, row: &FixRow) -> String {
        let because = self.text(&row.because);
        match (row.fit, because.is_empty()) {
            (_, true) => String::new(),
            (Fit::Fits, _) => format!("fits: {because}"),
            (Fit::Open, _) => because,
            (Fit::Unlikely, _) => format!("less likely: {because}"),
        }
    }

    pub(super) fn runbooks(&self, rows: &[ShelfRow], numbered: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let mut number = 0;
        for (path, title, sections) in rows {
            lines.extend(self.clauses("", &[self.bold(&self.text(path)), self.text(title)]));
            for (id, title) in sections {
                number += 1;
                let lead = if numbered { format!("{number:>3}") } else { "  ".into() };
                let room = self.style.width.saturating_sub(lead.len() + 2);
                let (title, id) = (self.text(title), self.text(id));
                if measure_text_width(&id) + 42 <= room {
                    let wide = room.saturating_sub(measure_text_width(&id) + 2).min(44);
                    let cells = [
                        Cell::painted(lead, 3, Paint::new().bold()),
                        Cell::new(title, wide),
                        Cell::painted(id, 60, Paint::new().dim()),
                    ];
                    lines.extend(beside(&cells, self.style.colored));
                } else {
                    let cells = [Cell::painted(lead, 3, Paint::new().bold()), Cell::new(title, room)];
                    lines.extend(beside(&cells, self.style.colored));
                    lines.extend(self.fold("     ", &id).iter().map(|l| self.dim(l)));
                }
            }
        }
        lines
    }

    pub(super) fn table(&self, title: &str, rows: &[(String, String)]) -> Vec<String> {
        let names: Vec<String> = rows.iter().map(|(name, _)| self.text(name)).collect();
        let wide = widest(names.iter().map(String::as_str), (self.style.width / 3).clamp(12, 34));
        let mut lines = vec![self.bold(&self.text(title))];
        for (name, (_, text)) in names.iter().zip(rows) {
            let cells = [
                Cell::new("", 0),
                Cell::new(name.clone(), wide),
                Cell::new(self.text(text), self.style.width.saturating_sub(wide + 4)),
            ];
            lines.extend(beside(&cells, self.style.colored));
        }
        lines
    }
}

fn strength(dots: u8) -> &'static str {
    match dots {
        4.. => "strong",
        3 => "likely",
        2 => "possible",
        _ => "weak",
    }
}

/// Whether the evidence only repeats the summary.
fn says_already(summary: &str, evidence: &str) -> bool {
    let bare = evidence.split(" (os error").next().unwrap_or(evidence).trim().trim_end_matches('.').to_lowercase();
    bare.is_empty() || summary.to_lowercase().contains(&bare)
}
