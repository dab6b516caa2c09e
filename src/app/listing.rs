//! The files below a folder, and how each looks from outside.
//! It never reads a file.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::Result;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::cache::Stamp;
use crate::session::late::each;

/// Folders deeper than this are left out.
const DEPTH: usize = 12;

/// A file, and how it looks; `None` where it cannot be looked at.
pub type Listed = (PathBuf, Option<Stamp>);

/// What is in a folder: files that are wanted, and folders, each with its device and inode.
#[derive(Default)]
struct Inside {
    files: Vec<Listed>,
    folders: Vec<(PathBuf, (u64, u64))>,
}

/// The files below a folder whose names are wanted, by path; a file alone is taken as it is. What begins with a dot is left out.
pub fn list(root: &Path, wanted: &(dyn Fn(&Path) -> bool + Sync), troubles: &mut Vec<String>) -> Vec<Listed> {
    let about = std::fs::metadata(root);
    if let Some(about) = about.as_ref().ok().filter(|about| about.is_file()) {
        return vec![(root.to_owned(), Some(Stamp::of(about)))];
    }
    // A link that leads back up is the same folder once more.
    let mut seen: HashSet<(u64, u64)> = about.iter().map(|about| (about.dev(), about.ino())).collect();
    let mut files: Vec<Listed> = Vec::new();
    let mut level = vec![root.to_owned()];
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for (folder, read) in level.iter().zip(each(&level, |folder| read(folder, wanted))) {
            match read {
                Ok(inside) => {
                    files.extend(inside.files);
                    below.extend(inside.folders);
                }
                Err(error) => troubles.push(format!("cannot read the folder `{}`: {error}", folder.display())),
            }
        }
        below.sort();
        level = below.into_iter().filter_map(|(path, which)| seen.insert(which).then_some(path)).collect();
    }
    files.sort_by(|(one, _), (other, _)| by_parts(one).cmp(by_parts(other)));
    files
}

/// The bytes of a path in the order of its parts: a folder's files stand together.
fn by_parts(path: &Path) -> impl Iterator<Item = u8> {
    path.as_os_str().as_bytes().iter().map(|byte| if *byte == b'/' { 0 } else { *byte })
}

fn read(folder: &Path, wanted: &(dyn Fn(&Path) -> bool + Sync)) -> Result<Inside> {
    let mut inside = Inside::default();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let name = entry.file_name();
        let Some(kind) = entry.file_type().ok().filter(|_| !hidden(&name)) else { continue };
        let wanted = wanted(Path::new(&name));
        if kind.is_file() && !wanted {
            continue;
        }
        // A link is what it leads to. Anything else is looked at from its folder, which is faster than by its path.
        let about = if kind.is_symlink() { std::fs::metadata(entry.path()) } else { entry.metadata() };
        match about {
            Ok(about) if about.is_dir() => inside.folders.push((entry.path(), (about.dev(), about.ino()))),
            // Reading a pipe would wait for ever.
            Ok(about) if about.is_file() && wanted => inside.files.push((entry.path(), Some(Stamp::of(&about)))),
            Err(_) if kind.is_file() => inside.files.push((entry.path(), None)),
            _ => {}
        }
    }
    Ok(inside)
}

fn hidden(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn files_come_by_path_links_are_followed_once_and_the_hidden_is_left_out() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for folder in ["a", "a-b", "a/deep", ".git"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["a/z.md", "a/deep/y.md", "a-b/x.md", "b.md", ".git/no.md", ".no.md", "a/no.txt"] {
            std::fs::write(at(file), file).unwrap();
        }
        symlink(root.path(), at("a/deep/up")).unwrap();
        symlink(at("a/deep"), at("zzz")).unwrap();
        symlink(at("b.md"), at("link.md")).unwrap();
        symlink(at("nowhere"), at("gone.md")).unwrap();
        nix::unistd::mkfifo(&at("pipe.md"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let mut troubles = Vec::new();
        let markdown = |path: &Path| path.extension().is_some_and(|e| e == "md");
        let listed = list(root.path(), &markdown, &mut troubles);
        let shown: Vec<_> = listed.iter().map(|(path, _)| path.strip_prefix(root.path()).unwrap()).collect();
        // `zzz` is nearer than `a/deep`, which it leads to.
        let wanted = ["a/z.md", "a-b/x.md", "b.md", "link.md", "zzz/y.md"];
        assert_eq!(shown, wanted.map(Path::new));
        assert!(listed.iter().all(|(path, stamp)| *stamp == std::fs::metadata(path).ok().map(|a| Stamp::of(&a))));
        assert_eq!(list(&at("b.md"), &markdown, &mut troubles).len(), 1);
        assert!(troubles.is_empty());
        assert!(list(&at("nowhere"), &markdown, &mut troubles).is_empty() && troubles.len() == 1);
    }
}
