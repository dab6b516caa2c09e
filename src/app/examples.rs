//! `unstuck runbooks test`: the authors' examples run over the runbooks, for people and for CI.
//! It never looks at the system.

use std::path::Path;

use anyhow::{Result, bail};

use super::config::Config;
use super::exit::Exit;
use super::sources;
use crate::examples::{Failure, Tally, read, rehearse};
use crate::text::{clean, count};

/// Runs the examples of a folder over the configuration's runbooks and the folder's. Exit code 1 where one fails.
///
/// # Errors
/// When the folder does not exist or holds no examples.
pub fn test(config: &mut Config, dir: &Path, json: bool, runtime: &tokio::runtime::Runtime) -> Result<Exit> {
    if !dir.exists() {
        bail!("the folder `{}` does not exist", dir.display());
    }
    let (mut files, mut troubles) = (Vec::new(), Vec::new());
    sources::examples(dir, &mut files, &mut troubles);
    if files.is_empty() {
        let why = troubles.first().map(|t| format!(": {t}")).unwrap_or_default();
        bail!(
            "there are no examples in `{}`{why}\nhint: `unstuck runbooks test --help` shows how they are written",
            dir.display()
        );
    }
    let folder = if dir.is_file() { dir.parent().unwrap_or(Path::new(".")) } else { dir };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    config.knowledge.push(folder.to_owned());
    let sources::Read { library, troubles: unread, .. } = sources::library(config, &|_, _| ())?;
    troubles.extend(unread);
    let mut tally = Tally::default();
    for file in &files {
        match read(&file.path, &file.text) {
            Ok(examples) => runtime.block_on(rehearse(&library, &examples, &mut tally)),
            Err(message) => tally.failures.push(unreadable(&file.path, &message)),
        }
    }
    for trouble in &troubles {
        crate::term::say(&format!("warning: {}\n", clean(trouble)));
    }
    crate::term::out(&if json { as_json(&tally)? } else { clean(&as_text(&tally)) });
    Ok(if tally.failures.is_empty() { Exit::Done } else { Exit::Problem })
}

/// A file that is not right, as a failure at its line.
fn unreadable(path: &str, message: &str) -> Failure {
    let rest = message.strip_prefix(path).and_then(|m| m.strip_prefix(':')).unwrap_or(message);
    let (line, said) = match rest.split_once(": ") {
        Some((line, said)) => (line.parse().unwrap_or(1), said),
        None => (1, rest),
    };
    Failure { path: path.to_owned(), line, example: String::new(), message: said.to_owned() }
}

fn as_text(tally: &Tally) -> String {
    let mut page = String::new();
    for failure in &tally.failures {
        let Failure { path, line, example, message } = failure;
        let named = if example.is_empty() { String::new() } else { format!("“{example}”: ") };
        page.push_str(&format!("{path}:{line}: {named}{message}\n"));
    }
    let run = format!("{}, {}", count(tally.questions, "question"), count(tally.cases, "case"));
    match tally.failures.len() {
        0 => page.push_str(&format!("{run}: all hold\n")),
        n => page.push_str(&format!(
            "{run}: {} not hold\n",
            if n == 1 { "1 thing does".into() } else { format!("{n} things do") }
        )),
    }
    page
}

fn as_json(tally: &Tally) -> Result<String> {
    let failures: Vec<_> = tally
        .failures
        .iter()
        .map(|f| serde_json::json!({"path": f.path, "line": f.line, "example": f.example, "message": f.message}))
        .collect();
    let shape = serde_json::json!({"questions": tally.questions, "cases": tally.cases, "failures": failures});
    Ok(format!("{}\n", serde_json::to_string(&shape)?))
}
