//! `unstuck check`: how a folder of runbooks is understood, and what its author should look at again.
//! It never changes a file without `--fix`, and then only what is mechanical.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use dialoguer::console::Style as Paint;

use super::author::describe;
use super::cli::{CheckFormat, Global};
use super::exit::Exit;
use super::json::{Checked, SectionShape, Warning};
use super::{annotate, sources};
use crate::review::{Surroundings, review};
use crate::runbook::{Problem, Runbook, mend, parse};
use crate::session::library::Source;
use crate::text::{clean, count};
use crate::world::Live;

/// One runbook with its warnings.
pub struct Reviewed {
    pub runbook: Runbook,
    pub warnings: Vec<Problem>,
    /// The file as it can be opened.
    pub file: PathBuf,
}

/// How a folder of runbooks is understood. Exit code 1 where there are warnings.
///
/// # Errors
/// When the folder does not exist, holds no Markdown, or a file cannot be written.
pub fn check(global: &Global, format: CheckFormat, fix: bool, dir: &Path) -> Result<Exit> {
    if !dir.exists() {
        bail!("the folder `{}` does not exist", dir.display());
    }
    let (mut found, mut troubles) = (Vec::new(), Vec::new());
    sources::folder(dir, &mut found, &mut troubles);
    if found.is_empty() {
        bail!("there is no Markdown in `{}`", dir.display());
    }
    let root = if dir.is_file() { dir.parent().unwrap_or(Path::new("")) } else { dir };
    let mended = if fix { mend_all(root, &mut found)? } else { Vec::new() };
    let runbooks: Vec<Runbook> = found.iter().map(|s| parse(&s.path, &s.text)).collect();
    let world = Live::new(global.project.as_deref().unwrap_or(Path::new(".")), global.compose_file.as_deref());
    // Without a project nobody said which compose file the settings are for.
    let project = global.project.is_some() || global.compose_file.is_some();
    let around = Surroundings {
        exists: &|path| root.join(path).exists(),
        passed: &|key| project.then(|| world.passed(key)).flatten(),
    };
    let texts: Vec<&str> = found.iter().map(|s| s.text.as_str()).collect();
    let warnings = review(&runbooks, &texts, &around);
    let reviewed: Vec<Reviewed> = runbooks
        .into_iter()
        .zip(warnings)
        .map(|(runbook, warnings)| Reviewed { file: root.join(&runbook.path), runbook, warnings })
        .collect();
    for trouble in &troubles {
        crate::term::say(&format!("warning: {}\n", clean(trouble)));
    }
    let page = match format {
        CheckFormat::Human => human(&reviewed, &mended, global),
        CheckFormat::Json => as_json(&reviewed)?,
        CheckFormat::Sarif => annotate::sarif(&reviewed)?,
        CheckFormat::Github => annotate::github(&reviewed),
    };
    crate::term::out(&page);
    let warned = !troubles.is_empty() || reviewed.iter().any(|r| !r.warnings.is_empty());
    Ok(if warned { Exit::Problem } else { Exit::Done })
}

/// Writes what can be mended, and says what that was, a line each.
fn mend_all(root: &Path, found: &mut [Source]) -> Result<Vec<String>> {
    let mut said = Vec::new();
    for source in found {
        let Some((text, done)) = mend::mend(&source.text) else { continue };
        let file = root.join(&source.path);
        // What was no text was replaced when it was read; writing it back would lose it.
        if std::fs::read(&file).ok().as_deref() != Some(source.text.as_bytes()) {
            continue;
        }
        crate::world::write_atomically(&file, &text).with_context(|| format!("cannot write `{}`", file.display()))?;
        said.extend(done.iter().map(|p| {
            let what = if p.rule == "prompt" { "took the prompts away" } else { "closed the fence" };
            format!("{}:{}: {what}", source.path, p.line)
        }));
        source.text = text;
    }
    Ok(said)
}

fn as_json(reviewed: &[Reviewed]) -> Result<String> {
    let mut page = String::new();
    for Reviewed { runbook, warnings, .. } in reviewed {
        let shape = Checked {
            runbook: runbook.path.clone(),
            sections: runbook.sections.iter().map(SectionShape::from).collect(),
            warnings: warnings.iter().map(Warning::from).collect(),
        };
        page.push_str(&serde_json::to_string(&shape)?);
        page.push('\n');
    }
    Ok(page)
}

fn human(reviewed: &[Reviewed], mended: &[String], global: &Global) -> String {
    let colored = crate::term::colored(global.color.unwrap_or_default());
    let paint = |text: &str, style: Paint| style.force_styling(colored).apply_to(clean(text)).to_string();
    let mut page = String::new();
    for line in mended {
        page.push_str(&format!("{}\n", paint(&format!("fixed  {line}"), Paint::new().green())));
    }
    let (mut sections, mut warned) = (0, 0);
    for Reviewed { runbook, warnings, .. } in reviewed {
        sections += runbook.sections.len();
        warned += warnings.len();
        if !global.quiet {
            let title = format!("{}  {}", runbook.path, count(runbook.sections.len(), "section"));
            page.push_str(&format!("{}\n", paint(&title, Paint::new().bold())));
            let mut body = String::new();
            runbook.sections.iter().for_each(|s| describe(s, &mut body));
            page.push_str(&clean(&body));
        }
        for warning in warnings {
            let place = paint(&format!("{}:{}", runbook.path, warning.line), Paint::new().bold());
            let rule = paint(warning.rule, Paint::new().yellow());
            page.push_str(&format!("{place}: {rule}: {}\n", clean(&warning.message)));
        }
    }
    let total = format!("{}, {}: ", count(reviewed.len(), "runbook"), count(sections, "section"));
    let verdict = match warned {
        0 => paint("nothing to look at again", Paint::new().green()),
        n => paint(&count(n, "warning"), Paint::new().yellow()),
    };
    if !(global.quiet && warned == 0) {
        page.push_str(&format!("{total}{verdict}\n"));
    }
    page
}
