//! What authors and other programs ask: `effect`, `runbooks`.
//! It never runs a command it judges.

use std::io::{BufRead, Write};

use anyhow::{Result, bail};

use super::config::Config;
use super::exit::Exit;
use super::json::{Judged, SectionShape};
use crate::command::{Effect, judge};
use crate::runbook::{Section, StepKind};
use crate::session::library::Library;
use crate::session::ports::Console;
use crate::session::view::View;
use crate::text::{Masker, clean};

/// What a command line does; `-` judges one line after another.
///
/// # Errors
/// When there is no command, or standard input cannot be read.
pub fn effect(json: bool, words: &[String]) -> Result<Exit> {
    if words.is_empty() {
        bail!("no command was given: `unstuck effect 'docker compose ps'`, or `-` to read them");
    }
    if words == ["-"] {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for line in std::io::stdin().lock().lines() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let command = serde_json::from_str::<String>(&line).unwrap_or(line);
            let verdict = judge(&command);
            let shown = serde_json::to_string(&Judged::new(&command, &verdict))?;
            if writeln!(out, "{shown}").is_err() {
                break;
            }
        }
        let _ = out.flush();
        return Ok(Exit::Done);
    }
    let command = match words {
        [one] => one.clone(),
        // Several words are an argv: each stays one argument.
        many => many.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" "),
    };
    let verdict = judge(&command);
    if json {
        crate::term::out(&format!("{}\n", serde_json::to_string(&Judged::new(&command, &verdict))?));
    } else {
        let flags = verdict.flags.names();
        let also = if flags.is_empty() { String::new() } else { format!("  [{}]", flags.join(", ")) };
        let token = if verdict.decided_by.is_empty() {
            String::new()
        } else {
            format!("  decided by `{}`", verdict.decided_by)
        };
        crate::term::out(&clean(&format!("{}{also}{token}\n  {}\n", verdict.effect.name(), verdict.reason)));
    }
    Ok(Exit::Done)
}

fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// A section as it is understood, a line a part.
pub(super) fn describe(section: &Section, page: &mut String) {
    page.push_str(&format!("  {}  (line {}, {})\n", section.title, section.line, section.id));
    for symptom in &section.symptoms {
        page.push_str(&format!("    symptom  {}\n", symptom.text));
    }
    for check in &section.checks {
        page.push_str(&format!("    check    {}\n", check.title));
        steps(std::slice::from_ref(&check.step), page);
    }
    for fix in &section.fixes {
        page.push_str(&format!("    fix      {}\n", fix.title));
        steps(&fix.steps, page);
    }
}

fn steps(steps: &[crate::runbook::Step], page: &mut String) {
    for step in steps {
        let shape = super::json::StepShape::from(step);
        let effect = match (&step.kind, shape.effect) {
            (StepKind::Command(_), effect) => effect.unwrap_or(Effect::Changes).name(),
            (StepKind::Setting(_), _) => "setting",
            (StepKind::Snippet { .. }, _) => "snippet",
            (StepKind::Instruction(_), _) => "read this",
        };
        let probe = shape.probe.map(|p| format!("  [{p}]")).unwrap_or_default();
        page.push_str(&format!("      {effect:<9} {}{probe}\n", crate::text::shorten(&shape.text, 110)));
    }
}

/// The runbooks, or one section as it is understood.
///
/// # Errors
/// When no section has that name.
pub fn runbooks(config: &Config, library: &Library, id: Option<&str>, json: bool) -> Result<Exit> {
    let sections = library.sections();
    let Some(id) = id else {
        let rows: Vec<_> = library
            .shelves()
            .iter()
            .map(|shelf| {
                let inside = (shelf.first..shelf.first + shelf.count).filter_map(|i| sections.name(i));
                let listed: Vec<_> = inside.map(|(id, title)| (id.to_owned(), title.to_owned())).collect();
                (shelf.path.clone(), shelf.title.clone(), listed)
            })
            .collect();
        if json {
            let shape: Vec<_> = rows
                .iter()
                .map(|(path, title, listed)| {
                    let listed: Vec<_> =
                        listed.iter().map(|(id, title)| serde_json::json!({"id": id, "title": title})).collect();
                    serde_json::json!({"path": path, "title": title, "sections": listed})
                })
                .collect();
            crate::term::out(&format!("{}\n", serde_json::to_string(&shape)?));
        } else {
            super::terminal(config, Masker::default()).show(&View::Runbooks { rows });
        }
        return Ok(Exit::Done);
    };
    let Some(section) = library.find(id).and_then(|i| sections.get(i)) else {
        bail!("no section is called `{id}`: `unstuck runbooks` lists them");
    };
    if json {
        crate::term::out(&format!("{}\n", serde_json::to_string(&SectionShape::from(section))?));
    } else {
        let mut page = String::new();
        describe(section, &mut page);
        crate::term::out(&clean(&page));
    }
    Ok(Exit::Done)
}
