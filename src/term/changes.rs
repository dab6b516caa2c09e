//! A change before it is made: exactly what would run or be written, on what, and how it is taken back.
//! It never shortens or breaks a command: what is shown is what would run.

use super::render::Pen;
use crate::command::Verdict;
use crate::session::ports::Target;

impl Pen<'_> {
    #[expect(clippy::too_many_arguments, reason = "one argument for each thing that is shown")]
    pub(super) fn change(
        &self,
        text: &str,
        does: &str,
        verdict: &Verdict,
        targets: &[Target],
        values: &[String],
        undo: Option<&str>,
        then: &str,
    ) -> Vec<String> {
        // Not wrapped: the terminal goes on below by itself, and what is copied stays one line.
        let mut lines: Vec<String> =
            self.block(text).iter().map(|l| format!("  {} {}", self.dim("$"), self.bold(l))).collect();
        let on = targets.iter().map(|t| self.text(&t.shown)).collect::<Vec<_>>().join(", ");
        let clauses = [
            format!("{}: {}", self.effect(verdict.effect), self.text(does)),
            if on.is_empty() { String::new() } else { format!("on {on}") },
            undo.map_or_else(|| "no undo is known".to_owned(), |u| format!("undo: {}", self.text(u))),
            if then.is_empty() { String::new() } else { format!("then: {then}") },
        ];
        lines.extend(self.clauses("  ", &clauses));
        lines.extend(values.iter().flat_map(|v| self.fold("  ", &self.text(v))));
        let flags = verdict.flags.names();
        if !flags.is_empty() {
            let said: Vec<&str> = flags.iter().map(|f| in_words(f)).collect();
            lines.extend(self.fold("  ", &format!("careful: {}", said.join("; "))).iter().map(|l| self.warn(l)));
        }
        lines
    }

    pub(super) fn edit(
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
                lines.extend(
                    self.fold("  ", &format!("{} is read by: {}", self.text(key), self.text(&services.join(", ")))),
                );
            }
        }
        if let Some(then) = then {
            lines.extend(self.fold("  takes effect after: ", &self.text(then)));
        }
        lines
    }
}

/// What a flag of a command means to whoever is about to run it.
fn in_words(flag: &str) -> &str {
    match flag {
        "secrets" => "its output may hold secrets",
        "endless" => "it does not end by itself",
        "heavy" => "it is a load on what it looks at",
        "evidence" => "it erases what the search for the cause may need",
        other => other,
    }
}
