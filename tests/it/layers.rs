//! Imports point inward: every `crate::x` in `src` names a module of the same or an inner layer.
//! It never builds anything: it reads the sources as text.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the inside out; modules of one entry do not know one another, but for `session`'s own parts.
const LAYERS: [&[&str]; 8] = [
    &["text"],
    &["command", "query"],
    &["runbook", "probe"],
    &["search", "diagnosis"],
    &["session"],
    &["examples", "review"],
    &["world", "term", "journal", "cache", "embed"],
    &["app"],
];

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|l| l.contains(&module)).unwrap_or_else(|| panic!("`{module}` has no layer"))
}

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn imports_point_inward() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let own = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        if own == "lib.rs" || own == "main.rs" {
            continue;
        }
        let own = own.trim_end_matches(".rs").to_owned();
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            assert!(!line.contains("crate::{"), "{}:{}: one import a line", inside.display(), number + 1);
            for part in line.split("crate::").skip(1) {
                let named: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let same = named == own;
                if !same && layer(&named) >= layer(&own) {
                    wrong.push(format!("{}:{}: {own} must not know {named}", inside.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_test_file_is_forgotten() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = fs::read_to_string(dir.join("main.rs")).unwrap();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(module) = name.strip_suffix(".rs").filter(|m| *m != "main") {
            assert!(main.contains(&format!("mod {module};")), "tests/it/{name} is not a module of main.rs");
        }
    }
}
