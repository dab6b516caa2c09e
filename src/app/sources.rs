//! Reads runbooks: the embedded ones, and those of folders.
//! It never fails for one bad file: that file is named, and the others are read.

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::Result;
use rustc_hash::{FxHashMap, FxHasher};

use super::config::Config;
use super::listing::{Listed, list};
use crate::cache::{Collection, Found, Place};
use crate::examples::ENDING;
use crate::session::library::{Library, Source};
use crate::text::fingerprint;

/// The runbooks of `knowledge/`, by name, as they were when the program was built.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/knowledge.rs"));

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
    pub looks: u64,
}

/// The runbooks of a configuration. `done` is told how many of how many were read, where that takes longer.
///
/// # Errors
/// When nothing can be indexed.
pub fn library(config: &Config, done: &(dyn Fn(usize, usize) + Sync)) -> Result<Read> {
    let (found, mut troubles) = found(config);
    let looks = looks(&found, &troubles);
    let large = found.iter().map(|f| f.place.size()).sum::<u64>() >= LARGE;
    if let Some(collection) = collection(config).filter(|_| large) {
        // What is in trouble is looked at each time, so that it is said each time.
        let kept = collection.library(&found, Some(looks).filter(|_| troubles.is_empty()), done);
        // What cannot be kept is read as ever.
        if let Ok((library, more)) = kept {
            troubles.extend(more);
            return Ok(Read { library, troubles, looks });
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
    Ok(Read { library: Library::build(&sources, &config.aliases)?, troubles, looks })
}

/// The runbooks of a configuration as they were kept, where all of them were well, without a look at their files:
/// before it is asked, [`are_same`] must say that they are as they were.
pub fn as_kept(config: &Config) -> Option<Read> {
    let (library, mended, looks) = collection(config)?.as_kept()?;
    let place = |path: String| Place::File(file(config, &path).unwrap_or_else(|| path.into()), None);
    Some(Read { library, troubles: mended.into_iter().map(|path| place(path).mended()).collect(), looks })
}

/// Where the runbooks of a configuration are kept; `None` where they are not to be.
fn collection(config: &Config) -> Option<Collection<'_>> {
    let absolute = |dir: &PathBuf| std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
    let folders: Vec<PathBuf> = config.knowledge.iter().map(absolute).collect();
    let name = format!("{:016x}", fingerprint(format!("{} {folders:?}", config.embedded).as_bytes()));
    let cache = config.cache.as_deref()?;
    let own = config.clone();
    Some(Collection { cache, name, aliases: &config.aliases, reread: Box::new(move |path| text(&own, path)) })
}

/// Whether the runbooks of a configuration still look as they did when they were `read`.
pub fn are_same(config: &Config, read: u64) -> bool {
    let (found, troubles) = found(config);
    looks(&found, &troubles) == read
}

/// All of what was found in one number, which is another one when anything of it changes.
fn looks(found: &[Found], troubles: &[String]) -> u64 {
    let mut all = FxHasher::default();
    found.iter().for_each(|one| (&one.path, one.place.stamp()).hash(&mut all));
    troubles.hash(&mut all);
    all.finish()
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
        let found = |(file, stamp): Listed| Found { path: cited(dir, &file), place: Place::File(file, stamp) };
        all.extend(files.into_iter().map(found));
    }
    let mut last: FxHashMap<&str, usize> = FxHashMap::default();
    last.extend(all.iter().enumerate().map(|(at, one)| (one.path.as_str(), at)));
    if last.len() < all.len() {
        let each = all.iter().enumerate();
        let shown: Vec<bool> = each.map(|(at, one)| last.get(one.path.as_str()) == Some(&at)).collect();
        let mut shown = shown.into_iter();
        all.retain(|_| shown.next().unwrap_or(true));
    }
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
    if let Some(file) = file(config, path) {
        return std::fs::read(&file).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    }
    EMBEDDED.iter().filter(|_| config.embedded).find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
}

/// The file of a runbook, in the source that wins.
fn file(config: &Config, path: &str) -> Option<PathBuf> {
    let file = |source: &PathBuf| match source.file_name().filter(|_| source.is_file()) {
        Some(name) => (Path::new(path) == Path::new(name)).then(|| source.clone()),
        None => Some(source.join(path)).filter(|file| file.is_file()),
    };
    config.knowledge.iter().rev().find_map(file)
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
    list(root, &is_markdown, &mut Vec::new()).into_iter().map(|(file, _)| file).collect()
}

pub(super) fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("md") || e.eq_ignore_ascii_case("markdown"))
}

fn gather(root: &Path, wanted: &(dyn Fn(&Path) -> bool + Sync), sources: &mut Vec<Source>, troubles: &mut Vec<String>) {
    for (file, stamp) in list(root, wanted, troubles) {
        let path = cited(root, &file);
        let place = Place::File(file, stamp);
        match read(&place) {
            Ok((text, mended)) => {
                troubles.extend(mended.then(|| place.mended()));
                sources.push(Source { path, text });
            }
            Err(error) => troubles.push(place.unreadable(&error)),
        }
    }
}

/// How a file of a folder is cited.
fn cited(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).ok().filter(|p| !p.as_os_str().is_empty());
    let name = || file.file_name().map_or(file, Path::new);
    below.unwrap_or_else(name).display().to_string()
}
