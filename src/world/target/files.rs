//! Files a change acts on: what they are now, a copy kept before the change, and the command that puts them back.
//! It never keeps what is no plain file, or more than a few, or a long one.

use std::fs::{self, DirBuilder, Metadata};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use crate::session::ports::Target;

/// A longer file is not copied.
const LONGEST: u64 = 16 * 1024 * 1024;
/// No more files than this are looked at.
const MOST: usize = 16;
/// What a file target's identity begins with.
const SIGN: &str = "file ";

/// What it ends with where there is no such file.
const ABSENT: &str = " absent";

/// What a program does to the files it is given.
enum Does {
    /// It writes or removes them.
    Writes,
    /// It sets their rights or owner.
    Rights,
    Owner,
}

/// The file targets of a command's words; empty where it acts on none.
pub(super) fn of(words: &[String], dir: &Path) -> Vec<Target> {
    let Some((program, args)) = words.split_first() else { return Vec::new() };
    let plain: Vec<&String> = args.iter().filter(|a| !a.starts_with('-')).collect();
    let (does, named): (Does, Vec<&str>) = match program.as_str() {
        "rm" | "truncate" | "shred" | "unlink" | "tee" => (Does::Writes, plain.iter().map(|a| a.as_str()).collect()),
        "cp" | "install" if plain.len() == 2 => {
            return plain.last().and_then(|to| made(dir, plain.first(), to)).into_iter().collect();
        }
        "mv" if plain.len() == 2 => return moved(dir, &plain),
        "cp" | "mv" | "install" => (Does::Writes, plain.iter().map(|a| a.as_str()).collect()),
        "touch" => {
            return plain
                .iter()
                .filter_map(|a| written(&dir.join(a)).filter(|t| t.identity.ends_with(ABSENT)))
                .collect();
        }
        "sed" if args.iter().any(|a| a.starts_with("-i") || a.starts_with("--in-place")) => {
            (Does::Writes, plain.iter().skip(1).map(|a| a.as_str()).collect())
        }
        "dd" => (Does::Writes, args.iter().filter_map(|a| a.strip_prefix("of=")).collect()),
        "chmod" => (Does::Rights, plain.iter().skip(1).map(|a| a.as_str()).collect()),
        "chown" | "chgrp" => (Does::Owner, plain.iter().skip(1).map(|a| a.as_str()).collect()),
        _ => return Vec::new(),
    };
    let whole = args.iter().any(|a| matches!(a.as_str(), "-R" | "-r" | "-rf" | "-fr" | "--recursive"));
    named.into_iter().take(MOST).filter_map(|name| target(&dir.join(name), &does, whole)).collect()
}

/// The file that something is written to: as it is, or that there is none yet.
pub(super) fn written(path: &Path) -> Option<Target> {
    if path.starts_with("/proc") || path.starts_with("/sys") || path.starts_with("/dev") {
        return None;
    }
    if fs::symlink_metadata(path).is_ok() {
        return target(path, &Does::Writes, false);
    }
    Some(Target {
        shown: format!("file {}, which is not there yet", path.display()),
        identity: format!("{SIGN}{}{ABSENT}", path.display()),
        undo: Some(format!("rm {}", quoted(path))),
        forbidden: None,
    })
}

/// What a copy is written to; in a folder it keeps its name.
fn made(dir: &Path, from: Option<&&String>, to: &str) -> Option<Target> {
    written(&destination(dir, from?, to))
}

fn destination(dir: &Path, from: &str, to: &str) -> PathBuf {
    let to = dir.join(to);
    match (to.is_dir(), Path::new(from).file_name()) {
        (true, Some(name)) => to.join(name),
        _ => to,
    }
}

/// A file that is moved goes back, and what it was moved over is put back.
fn moved(dir: &Path, plain: &[&String]) -> Vec<Target> {
    let [from, to] = plain else { return Vec::new() };
    let (source, to) = (dir.join(from), destination(dir, from, to));
    let Some(mut target) = target(&source, &Does::Writes, false) else { return Vec::new() };
    target.undo = Some(format!("mv {} {}", quoted(&to), quoted(&source)));
    let over = written(&to).filter(|t| !t.identity.ends_with(ABSENT));
    std::iter::once(target).chain(over).collect()
}

fn target(path: &Path, does: &Does, whole: bool) -> Option<Target> {
    if path.starts_with("/proc") || path.starts_with("/sys") || path.starts_with("/dev") {
        return None;
    }
    let found = fs::symlink_metadata(path).ok()?;
    let shown = format!("{} {}", if found.is_dir() { "folder" } else { "file" }, path.display());
    let identity = identity(path, &found);
    let file = quoted(path);
    let undo = match does {
        // What cannot be read cannot be copied aside.
        Does::Writes if found.is_file() && found.len() <= LONGEST && fs::File::open(path).is_ok() => {
            Some(format!("cp -p {} {file}", quoted(&copy_of(path, &identity))))
        }
        Does::Rights if !whole => Some(format!("chmod {:o} {file}", found.mode() & 0o7777)),
        Does::Owner if !whole => Some(format!("chown {}:{} {file}", found.uid(), found.gid())),
        _ => None,
    };
    let forbidden = (path.parent().is_none() && whole).then(|| "that is the whole file system".to_owned());
    Some(Target { shown, identity, undo, forbidden })
}

/// Copies the files among `targets` aside, so that their undo can be done.
///
/// # Errors
/// One sentence about the first file that could not be copied.
pub(in crate::world) fn keep(targets: &[Target]) -> Result<(), String> {
    for target in targets.iter().filter(|t| t.identity.starts_with(SIGN)) {
        let Some(path) = target.shown.strip_prefix("file ").map(Path::new) else { continue };
        let copy = copy_of(path, &target.identity);
        if !target.undo.as_ref().is_some_and(|undo| undo.contains(&*copy.to_string_lossy())) {
            continue;
        }
        let failed = |error: std::io::Error| format!("{} could not be copied aside first: {error}", path.display());
        if let Some(folder) = copy.parent() {
            private(folder).map_err(failed)?;
        }
        fs::copy(path, &copy).map_err(failed)?;
    }
    Ok(())
}

/// Makes a folder only this user can read, or sees that it is one: somebody else may have made it first.
fn private(folder: &Path) -> std::io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(folder)?;
    if found.is_dir() && found.uid() == geteuid().as_raw() && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(std::io::Error::other(format!("`{}` is not a folder of this user alone", folder.display())))
}

/// Who a file is: a change to it, or another in its place, makes another identity.
fn identity(path: &Path, found: &Metadata) -> String {
    format!(
        "{SIGN}{} {}:{} {} {}.{} {:o} {}:{}",
        path.display(),
        found.dev(),
        found.ino(),
        found.len(),
        found.mtime(),
        found.mtime_nsec(),
        found.mode(),
        found.uid(),
        found.gid()
    )
}

/// Where the copy of a file as it is now is kept: in a folder only this user can read.
fn copy_of(path: &Path, identity: &str) -> PathBuf {
    let hash =
        identity.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    std::env::temp_dir().join(format!("unstuck-kept-{}", geteuid())).join(format!("{hash:016x}-{name}"))
}

/// A path as one word of a shell line.
fn quoted(path: &Path) -> String {
    super::quoted(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_file_is_kept_and_can_be_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a b.conf");
        fs::write(&file, "one").unwrap();
        let mut line = words("truncate -s0");
        line.push("a b.conf".into());
        let targets = of(&line, dir.path());
        assert_eq!(targets.len(), 1);
        keep(&targets).unwrap();
        fs::write(&file, "").unwrap();
        let undo = targets[0].undo.clone().unwrap();
        let script = crate::command::Script::plain(&undo).unwrap();
        let argv = script.single().unwrap().argv.clone();
        assert_eq!((argv[0].as_str(), argv[1].as_str(), argv[3].as_str()), ("cp", "-p", &*file.to_string_lossy()));
        assert_eq!(fs::read_to_string(&argv[2]).unwrap(), "one");
        let mode = fs::metadata(Path::new(&argv[2]).parent().unwrap()).unwrap().mode() & 0o777;
        assert_eq!(mode, 0o700);
        fs::remove_file(&argv[2]).unwrap();
        // The file was changed since, so it is another now.
        assert_ne!(of(&line, dir.path())[0].identity, targets[0].identity);
    }

    #[test]
    fn rights_are_put_back_by_their_old_value() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x"), "").unwrap();
        let old = fs::metadata(dir.path().join("x")).unwrap().mode() & 0o7777;
        let targets = of(&words("chmod 777 x"), dir.path());
        assert_eq!(targets[0].undo, Some(format!("chmod {old:o} {}", dir.path().join("x").display())));
        assert!(of(&words("chmod -R 777 x"), dir.path())[0].undo.is_none());
        assert!(of(&words("rm -rf /"), dir.path())[0].forbidden.is_some());
        assert!(of(&words("ls x"), dir.path()).is_empty());
    }

    #[test]
    fn what_is_taken_back_is_as_it_was() {
        #[expect(clippy::disallowed_methods, reason = "a test makes what it is about")]
        let run = |line: &str, dir: &Path| {
            let status = std::process::Command::new("sh").args(["-c", line]).current_dir(dir).status();
            assert!(status.unwrap().success(), "{line}");
        };
        let state = |dir: &Path| {
            let mut found: Vec<(PathBuf, u32, Vec<u8>)> = fs::read_dir(dir)
                .unwrap()
                .flatten()
                .map(|e| (e.path(), e.metadata().unwrap().mode(), fs::read(e.path()).unwrap_or_default()))
                .collect();
            found.sort();
            found
        };
        for line in [
            "echo new > a",
            "echo more >> a",
            "echo new > fresh",
            "sed -i s/one/two/ a",
            "sed -i.bak s/one/two/ b",
            "truncate -s 0 a",
            "rm a",
            "rm a b",
            "cp a b",
            "cp a fresh",
            "mv a fresh",
            "mv a b",
            "mv a d",
            "touch fresh",
            "chmod 600 a",
            "tee a",
        ] {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("d")).unwrap();
            for (name, text) in [("a", "one\n"), ("b", "one and two\n")] {
                fs::write(dir.path().join(name), text).unwrap();
            }
            let before = state(dir.path());
            let mut targets: Vec<Target> =
                crate::command::written(line).iter().filter_map(|name| written(&dir.path().join(name))).collect();
            let script = crate::command::Script::plain(line);
            let words = script.and_then(|s| s.single().map(|one| one.argv.clone())).unwrap_or_default();
            targets.extend(of(&words, dir.path()));
            keep(&targets).unwrap();
            run(&format!("{line} </dev/null"), dir.path());
            assert_ne!(state(dir.path()), before, "{line}");
            for undo in targets.iter().map(|t| t.undo.clone().unwrap()) {
                run(&undo, dir.path());
            }
            if line.contains(".bak") {
                fs::remove_file(dir.path().join("b.bak")).unwrap();
            }
            assert_eq!(state(dir.path()), before, "{line}");
        }
    }
}
