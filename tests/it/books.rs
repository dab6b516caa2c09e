//! The runbooks that tests read: the program's own, and the collections beside the checkout where they are.
//! It never takes a missing collection for an empty one: that is said aloud, or fails where it is required.

use std::path::{Path, PathBuf};

use unstuck::session::library::{Library, Source};

/// The folder of the program's own runbooks and their examples.
pub fn own_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge")
}

/// The program's own runbooks, by name.
pub fn own() -> Vec<Source> {
    read(&own_folder())
}

/// A file or folder of what is shared beside the checkout: `bench/corpora`.
pub fn shared(path: &str) -> Option<PathBuf> {
    let places = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|a| a.join("shared").join(path));
    let found = places.into_iter().find(|p| p.exists());
    if found.is_none() {
        crate::skip("shared", &format!("there is no shared/{path} beside this checkout"));
    }
    found
}

/// The Markdown files below a folder, by path.
pub fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(markdown(&path));
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The runbooks below a folder, cited by their paths in it.
pub fn read(folder: &Path) -> Vec<Source> {
    let source = |path: PathBuf| Source {
        path: path.strip_prefix(folder).unwrap().display().to_string(),
        text: String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned(),
    };
    markdown(folder).into_iter().map(source).collect()
}

pub fn library(sources: &[Source]) -> Library {
    Library::build(sources, &Vec::new()).unwrap()
}

/// A library of invented runbooks, each with its path.
pub fn invented(books: &[(&str, &str)]) -> Library {
    let source = |(path, text): &(&str, &str)| Source { path: (*path).into(), text: (*text).into() };
    library(&books.iter().map(source).collect::<Vec<_>>())
}
