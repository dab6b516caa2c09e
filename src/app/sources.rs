//! Reads runbooks: the embedded ones, and those of folders.
//! It never fails for one bad file: that file is named, and the others are read.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::config::Config;
use crate::examples::ENDING;
use crate::session::library::{Library, Source};

/// The runbooks of `knowledge/`, by name, as they were when the program was built.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));

/// Folders deeper than this are left out, so that a link that leads back up ends.
const DEPTH: usize = 12;

/// One source of runbooks with what it holds.
pub struct Stock {
    /// `embedded`, or the folder as it was named.
    pub name: String,
    pub folder: Option<PathBuf>,
    pub sources: Vec<Source>,
}

/// Every source of a configuration in its order, and what could not be read, a sentence each.
pub fn stocks(config: &Config) -> (Vec<Stock>, Vec<String>) {
    let mut stocks = Vec::new();
    let mut troubles = Vec::new();
    if config.embedded {
        let source = |(path, text): &(&str, &str)| Source { path: (*path).into(), text: (*text).into() };
        let sources = EMBEDDED.iter().map(source).collect();
        stocks.push(Stock { name: "embedded".into(), folder: None, sources });
    }
    for dir in &config.knowledge {
        let mut sources = Vec::new();
        folder(dir, &mut sources, &mut troubles);
        stocks.push(Stock { name: dir.display().to_string(), folder: Some(dir.clone()), sources });
    }
    (stocks, troubles)
}

/// The library of a configuration, and what could not be read, a sentence each.
///
/// # Errors
/// When nothing can be indexed.
pub fn library(config: &Config) -> Result<(Library, Vec<String>)> {
    let (stocks, troubles) = stocks(config);
    let sources: Vec<Source> = stocks.into_iter().flat_map(|s| s.sources).collect();
    Ok((Library::build(&sources, &config.aliases)?, troubles))
}

/// All Markdown files below a folder, by path; a file alone is taken as it is.
pub fn folder(root: &Path, sources: &mut Vec<Source>, troubles: &mut Vec<String>) {
    gather(root, &is_markdown, sources, troubles);
}

/// All files of examples below a folder; of a runbook or such a file alone, those that belong to it.
pub fn examples(root: &Path, sources: &mut Vec<Source>, troubles: &mut Vec<String>) {
    let ends = |path: &Path| path.to_string_lossy().ends_with(ENDING);
    if root.is_file() && !ends(root) {
        let beside = root.with_extension("").to_string_lossy().into_owned() + ENDING;
        gather(Path::new(&beside), &ends, sources, troubles);
    } else {
        gather(root, &ends, sources, troubles);
    }
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("md") || e.eq_ignore_ascii_case("markdown"))
}

fn gather(root: &Path, wanted: &dyn Fn(&Path) -> bool, sources: &mut Vec<Source>, troubles: &mut Vec<String>) {
    let mut files = Vec::new();
    collect(root, DEPTH, wanted, &mut files, troubles);
    files.sort();
    for path in files {
        let shown = path
            .strip_prefix(root)
            .ok()
            .filter(|p| !p.as_os_str().is_empty())
            .map_or_else(|| path.file_name().map(PathBuf::from).unwrap_or_else(|| path.clone()), Path::to_owned);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                if matches!(text, std::borrow::Cow::Owned(_)) {
                    troubles.push(format!("`{}` is not UTF-8: what is no text in it was replaced", path.display()));
                }
                sources.push(Source { path: shown.display().to_string(), text: text.into_owned() });
            }
            Err(error) => troubles.push(format!("cannot read `{}`: {error}", path.display())),
        }
    }
}

fn collect(
    path: &Path,
    depth: usize,
    wanted: &dyn Fn(&Path) -> bool,
    files: &mut Vec<PathBuf>,
    troubles: &mut Vec<String>,
) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    if depth == 0 {
        return;
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => {
            troubles.push(format!("cannot read the folder `{}`: {error}", path.display()));
            return;
        }
    };
    for entry in entries.flatten() {
        let child = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if hidden {
            continue;
        }
        if child.is_dir() {
            collect(&child, depth - 1, wanted, files, troubles);
        } else if wanted(&child) {
            files.push(child);
        }
    }
}
