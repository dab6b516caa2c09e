//! `unstuck runbooks new`: a section from a few questions, or from flags where nobody can be asked.
//! It never overwrites what is there: a section is added at the end of its file.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::cli::NewRunbook;
use super::config::Config;
use super::exit::Exit;
use crate::examples::ENDING;
use crate::runbook::parse;
use crate::runbook::template::{Draft, examples, section};
use crate::session::ports::{Console, Question, Reply};
use crate::term::Terminal;
use crate::text::{Masker, clean};

/// Adds a section to a file of runbooks, and its examples beside it.
///
/// # Errors
/// When no title is given and nobody can be asked, the section is there already, or a file cannot be written.
pub fn new(config: &Config, wanted: &NewRunbook) -> Result<Exit> {
    let file = match wanted.file.extension() {
        Some(_) => wanted.file.clone(),
        None => wanted.file.with_extension("md"),
    };
    let mut draft = Draft {
        title: wanted.title.clone().unwrap_or_default(),
        symptoms: wanted.symptom.clone(),
        checks: wanted.check.iter().map(|c| titled(c)).collect(),
        fixes: wanted.fix.iter().map(|f| titled(f)).collect(),
    };
    if draft.title.trim().is_empty() {
        let mut terminal = super::terminal(config, Masker::default());
        if !terminal.interactive() {
            bail!(
                "there is no title\nhint: without a terminal the title and the rest are flags: --title, --symptom, --check, --fix"
            );
        }
        questions(&mut terminal, &mut draft);
        if draft.title.trim().is_empty() {
            bail!("without a title there is nothing to write");
        }
    }
    let before = match std::fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", file.display())),
    };
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let text = match &before {
        Some(text) => format!("{}\n\n{}", text.trim_end(), section(&draft)),
        None => format!("# {}\n\n{}", heading(&file), section(&draft)),
    };
    let count = |text: &str| parse(&name, text).sections.iter().filter(|s| s.title == draft.title.trim()).count();
    if before.as_deref().is_some_and(|text| count(text) > 0) {
        bail!("`{}` has a section “{}” already", file.display(), draft.title.trim());
    }
    let runbook = parse(&name, &text);
    let Some(made) =
        runbook.sections.iter().rfind(|s| s.title == draft.title.split_whitespace().collect::<Vec<_>>().join(" "))
    else {
        bail!("the title “{}” would not be read as a section: call it by the problem it is about", draft.title.trim());
    };
    write(&file, &text)?;
    let mut said = format!("wrote {}:{}  {}\n", file.display(), made.line, made.title);
    if !draft.symptoms.is_empty() {
        let beside = file.with_extension("").display().to_string() + ENDING;
        let slug = made.id.rsplit('/').next().unwrap_or(&made.id);
        let known = std::fs::read_to_string(&beside).unwrap_or_default();
        let gap = if known.trim().is_empty() { "" } else { "\n\n" };
        write(Path::new(&beside), &format!("{}{gap}{}", known.trim_end(), examples(&draft, slug)))?;
        said.push_str(&format!("wrote {beside}\n"));
    }
    let dir = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    said.push_str(&format!("next: unstuck check {0}; unstuck runbooks test {0}\n", dir.display()));
    crate::term::out(&clean(&said));
    Ok(Exit::Done)
}

fn write(file: &Path, text: &str) -> Result<()> {
    crate::world::write_atomically(file, text).with_context(|| format!("cannot write `{}`", file.display()))
}

/// `what it finds out = command`, or the command alone.
fn titled(text: &str) -> (String, String) {
    match text.split_once(" = ") {
        Some((title, command)) => (title.trim().to_owned(), command.trim().to_owned()),
        None => (String::new(), text.trim().to_owned()),
    }
}

/// A file's name as a heading: `disk-space.md` is `Disk space`.
fn heading(file: &Path) -> String {
    let stem = file.file_stem().map(|s| s.to_string_lossy().replace(['-', '_'], " ")).unwrap_or_default();
    let mut letters = stem.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Asks for everything; Enter ends each list.
fn questions(terminal: &mut Terminal, draft: &mut Draft) {
    let mut ask = |prompt: &str, keys: &str| -> String {
        match terminal.ask(&Question::new(prompt, keys)) {
            Reply::Text(text) => text.trim().to_owned(),
            Reply::Pasted | Reply::Interrupted | Reply::Nobody => String::new(),
        }
    };
    draft.title = ask("What is the problem called?", "[a few words, such as Queue Is Stuck]");
    if draft.title.is_empty() {
        return;
    }
    loop {
        let symptom = ask("What does the operator see?", "[one symptom or error line; Enter for no more]");
        if symptom.is_empty() {
            break;
        }
        draft.symptoms.push(symptom);
    }
    loop {
        let command = ask("Which command shows it?", "[one that only looks; Enter for no more]");
        if command.is_empty() {
            break;
        }
        let about = ask("What does it find out?", "[a few words]");
        draft.checks.push((about, command));
    }
    loop {
        let title = ask("What helps?", "[a few words; Enter for no more]");
        if title.is_empty() {
            break;
        }
        let command = ask("With which command?", "[Enter where it is none]");
        draft.fixes.push((title, command));
    }
}
