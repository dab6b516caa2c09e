//! Reads runbooks: the embedded ones, and those of folders.
//! It never fails for one bad file: that file is named, and the others are read.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rustc_hash::FxHashMap;

use super::config::Config;
use crate::cache::{self, Found, Place, Stamp};
use crate::examples::ENDING;
use crate::session::library::{Library, Source};
use crate::text::fingerprint;

/// The runbooks of `knowledge/`, by name, as they were when the program was built.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));

/// Folders deeper than this are left out.
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

/// So many bytes of Markdown are worth a cache: less is read in a few milliseconds.
const LARGE: u64 = 1 << 18;

/// The runbooks of a configuration.
pub struct Read {
    pub library: Library,
    /// What could not be read, a sentence each.
    pub troubles: Vec<String>,
    /// How all of them looked from outside.
    pub found: Vec<Found>,
}

/// The runbooks of a configuration. `done` is told how many of how many were read, where that takes longer.
///
/// # Errors
/// When nothing can be indexed.
pub fn library(config: &Config, done: &(dyn Fn(usize, usize) + Sync)) -> Result<Read> {
    let (found, mut troubles) = found(config);
    let large = found.iter().map(|f| f.place.size()).sum::<u64>() >= LARGE;
    if let Some(cache) = config.cache.as_deref().filter(|_| large) {
        let kept = cache::library(cache, &collection(config), &found, &config.aliases, done);
        // What cannot be kept is read as ever.
        if let Ok((library, more)) = kept {
            troubles.extend(more);
            return Ok(Read { library, troubles, found });
        }
    }
    let mut sources = Vec::new();
    for one in &found {
        match read(&one.place) {
            Ok((text, mended)) => {
                troubles.extend(mended.then(|| one.place.mended()));
                sources.push(Source { path: one.path.clone(), text });
            }
            Err(error) => troubles.push(one.place.unreadable(&error)),
        }
    }
    Ok(Read { library: Library::build(&sources, &config.aliases)?, troubles, found })
}

/// What tells the runbooks of this configuration from those of another.
fn collection(config: &Config) -> String {
    let absolute = |dir: &PathBuf| std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
    let folders: Vec<PathBuf> = config.knowledge.iter().map(absolute).collect();
    format!("{:016x}", fingerprint(format!("{} {folders:?}", config.embedded).as_bytes()))
}

/// Whether the runbooks of a configuration still look as they did when they were `read`.
pub fn are_same(config: &Config, read: &[Found]) -> bool {
    found(config).0 == read
}

/// Every runbook of a configuration, not yet read; of two with the same path the later.
fn found(config: &Config) -> (Vec<Found>, Vec<String>) {
    let mut all = Vec::new();
    let mut troubles = Vec::new();
    if config.embedded {
        let inside = |(path, text): &(&str, &'static str)| Found { path: (*path).into(), place: Place::Inside(text) };
        all.extend(EMBEDDED.iter().map(inside));
    }
    for dir in &config.knowledge {
        let files = list(dir, &is_markdown, &mut troubles);
        all.extend(files.into_iter().filter_map(|file| {
            let about = std::fs::metadata(&file).ok();
            // Reading a pipe would wait for ever.
            let readable = about.as_ref().is_none_or(|about| about.is_file());
            let path = cited(dir, &file);
            let place = Place::File(file, about.map(|about| Stamp::of(&about)));
            readable.then_some(Found { path, place })
        }));
    }
    let mut last: FxHashMap<&str, usize> = FxHashMap::default();
    last.extend(all.iter().enumerate().map(|(at, one)| (one.path.as_str(), at)));
    let shown: Vec<bool> = all.iter().enumerate().map(|(at, one)| last.get(one.path.as_str()) == Some(&at)).collect();
    let mut shown = shown.into_iter();
    all.retain(|_| shown.next().unwrap_or(true));
    (all, troubles)
}

/// A text, and whether something in it was no text and was replaced.
fn read(place: &Place) -> std::io::Result<(String, bool)> {
    match place {
        Place::Inside(text) => Ok(((*text).to_owned(), false)),
        Place::File(path, _) => {
            let bytes = std::fs::read(path)?;
            Ok(match String::from_utf8(bytes) {
                Ok(text) => (text, false),
                Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
            })
        }
    }
}

/// The text of a runbook as it is now, from the source that wins; `None` where it is gone or cannot be read.
pub fn text(config: &Config, path: &str) -> Option<String> {
    for source in config.knowledge.iter().rev() {
        let alone = source.is_file().then(|| source.file_name()).flatten();
        let file = match alone {
            Some(name) if Path::new(path) == Path::new(name) => source.clone(),
            Some(_) => continue,
            None => source.join(path),
        };
        if file.is_file() {
            return std::fs::read(&file).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    EMBEDDED.iter().filter(|_| config.embedded).find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
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

/// The Markdown files below a folder, by path.
pub fn files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(root, DEPTH, &is_markdown, &mut HashSet::new(), &mut files, &mut Vec::new());
    files.sort();
    files
}

pub(super) fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("md") || e.eq_ignore_ascii_case("markdown"))
}

fn gather(root: &Path, wanted: &dyn Fn(&Path) -> bool, sources: &mut Vec<Source>, troubles: &mut Vec<String>) {
    for file in list(root, wanted, troubles) {
        let path = cited(root, &file);
        let place = Place::File(file, None);
        match read(&place) {
            Ok((text, mended)) => {
                troubles.extend(mended.then(|| place.mended()));
                sources.push(Source { path, text });
            }
            Err(error) => troubles.push(place.unreadable(&error)),
        }
    }
}

/// The files below a folder that are wanted, by path; a file alone is taken as it is.
fn list(root: &Path, wanted: &dyn Fn(&Path) -> bool, troubles: &mut Vec<String>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if root.is_file() {
        files.push(root.to_owned());
    } else {
        collect(root, DEPTH, wanted, &mut HashSet::new(), &mut files, troubles);
    }
    files.sort();
    files
}

/// How a file of a folder is cited.
fn cited(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).ok().filter(|p| !p.as_os_str().is_empty());
    let name = || file.file_name().map_or(file, Path::new);
    below.unwrap_or_else(name).display().to_string()
}

fn collect(
    path: &Path,
    depth: usize,
    wanted: &dyn Fn(&Path) -> bool,
    seen: &mut HashSet<PathBuf>,
    files: &mut Vec<PathBuf>,
    troubles: &mut Vec<String>,
) {
    // A link that leads back up is the same folder once more.
    let known = std::fs::canonicalize(path).is_ok_and(|whole| !seen.insert(whole));
    if depth == 0 || known {
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
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let child = entry.path();
        // A link is what it leads to.
        let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let is = |kind: fn(&std::fs::FileType) -> bool| entry.file_type().is_ok_and(|own| kind(&own));
        if is(std::fs::FileType::is_dir) || link && child.is_dir() {
            collect(&child, depth - 1, wanted, seen, files, troubles);
        } else if wanted(&child) && (is(std::fs::FileType::is_file) || link && child.is_file()) {
            files.push(child);
        }
    }
}
