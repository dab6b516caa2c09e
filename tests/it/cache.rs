//! The cache of large collections: kept, changed, damaged, removed, and used by several programs at once; its answers are the fresh ones.
//! It never touches this user's own cache.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::pty::Terminal;

/// A state that follows from the one before, for choices without chance.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }
}

const SUBJECTS: [&str; 8] =
    ["redis", "the disk", "the certificate", "the queue", "uploads", "the camera", "postgres", "nginx"];
const TROUBLES: [&str; 8] = [
    "is full",
    "refuses connections",
    "expired",
    "is not processed",
    "answers 502",
    "was killed, exit 137",
    "is slow",
    "won't start",
];

/// A runbook of some ten kilobytes.
fn runbook(dice: &mut Dice) -> String {
    let mut text = "# Operations\n\n".to_owned();
    for n in 0..12 {
        let (subject, trouble) = (SUBJECTS[dice.throw(8)], TROUBLES[dice.throw(8)]);
        let _ = write!(text, "## {subject} {trouble}\n\n### Symptoms\n\n- {subject} {trouble} ({n})\n\n");
        let _ = write!(text, "### Diagnosis\n\n```bash\nls /var/{n}\n```\n\n### Solutions\n\n");
        for _ in 0..20 {
            let _ = writeln!(text, "Then {} {}, as ever.", SUBJECTS[dice.throw(8)], TROUBLES[dice.throw(8)]);
        }
        text.push('\n');
    }
    text
}

struct Place {
    root: tempfile::TempDir,
    dice: Dice,
}

impl Place {
    /// A collection large enough to be kept.
    fn new(seed: u64) -> Place {
        let mut place = Place { root: tempfile::tempdir().unwrap(), dice: Dice(seed) };
        for n in 0..130 {
            let folder = place.books().join(format!("{}", n % 7));
            std::fs::create_dir_all(&folder).unwrap();
            let text = runbook(&mut place.dice);
            std::fs::write(folder.join(format!("{n:03}.md")), text).unwrap();
        }
        let questions = SUBJECTS.iter().zip(TROUBLES.iter().rev()).map(|(s, t)| format!("{{\"query\":\"{s} {t}\"}}\n"));
        let more = "{\"query\":\"reddis certifcate\"}\n{\"query\":\"ECONNREFUSED 127.0.0.1:6379\"}\n";
        std::fs::write(place.root.path().join("questions"), questions.collect::<String>() + more).unwrap();
        place
    }

    fn books(&self) -> PathBuf {
        self.root.path().join("books")
    }

    fn cache(&self) -> PathBuf {
        self.root.path().join("cache")
    }

    fn command(&self, flags: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unstuck"));
        command.args(flags).arg("--only-knowledge").arg("--knowledge").arg(self.books());
        command
            .env_clear()
            .env("HOME", self.root.path())
            .env("XDG_CACHE_HOME", self.cache())
            .current_dir(self.root.path());
        command.stdin(Stdio::null());
        command
    }

    fn answers(&self, more: &[&str]) -> String {
        let questions = self.root.path().join("questions");
        let mut flags = vec!["ask", "--top", "10", "--batch", questions.to_str().unwrap()];
        flags.extend(more);
        let out = self.command(&flags).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&out.stderr), "");
        assert!(out.status.success(), "{:?}", out.status);
        String::from_utf8(out.stdout).unwrap()
    }

    /// What is answered with the cache is what is answered without.
    fn holds(&self, what: &str) {
        self.still(&self.fresh(), what);
    }

    fn fresh(&self) -> String {
        let fresh = self.answers(&["--no-cache"]);
        assert!(fresh.lines().count() == 10 && fresh.contains("\"rank\":10"));
        fresh
    }

    fn still(&self, fresh: &str, what: &str) {
        assert_eq!(self.answers(&[]), fresh, "{what}");
        assert_eq!(self.answers(&[]), fresh, "{what}, once more");
    }

    /// The files of the cache.
    fn kept(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        gather(&self.cache(), &mut files);
        files.sort();
        files
    }

    /// One random edit of the folder.
    fn edit(&mut self) -> String {
        let mut files = Vec::new();
        gather(&self.books(), &mut files);
        files.sort();
        let file = files[self.dice.throw(files.len())].clone();
        let named = self.dice.throw(1000);
        match self.dice.throw(6) {
            0 => {
                std::fs::remove_file(&file).unwrap();
                format!("{} removed", file.display())
            }
            1 => {
                let new = file.with_file_name(format!("new{named}.md"));
                std::fs::write(&new, runbook(&mut self.dice)).unwrap();
                format!("{} added", new.display())
            }
            2 => {
                let new = file.with_file_name(format!("moved{named}.md"));
                std::fs::rename(&file, &new).unwrap();
                format!("{} renamed", file.display())
            }
            3 => {
                // The same length, and the old time put back.
                let about = std::fs::metadata(&file).unwrap();
                let text = std::fs::read_to_string(&file).unwrap().replace("expired", "drowned");
                std::fs::write(&file, text).unwrap();
                let open = std::fs::File::options().write(true).open(&file).unwrap();
                open.set_modified(about.modified().unwrap()).unwrap();
                format!("{} changed in secret", file.display())
            }
            4 => {
                std::fs::write(&file, b"# Bytes\n\n## redis is full\n\nof \xff\xfe no text\n").unwrap();
                std::fs::write(&file, "# Bytes\n\n## redis is full\n\nof some text\n").unwrap();
                format!("{} written twice", file.display())
            }
            _ => {
                std::fs::write(&file, runbook(&mut self.dice)).unwrap();
                format!("{} rewritten", file.display())
            }
        }
    }
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { gather(&path, files) } else { files.push(path) }
    }
}

#[test]
fn after_any_edits_the_answers_are_the_fresh_ones() {
    for seed in [7, 77] {
        let mut place = Place::new(seed);
        place.holds("at first");
        assert!(!place.kept().is_empty(), "it is kept");
        let mut edits = Vec::new();
        for _ in 0..6 {
            for _ in 0..=place.dice.throw(3) {
                let edit = place.edit();
                edits.push(edit);
            }
            place.holds(&format!("seed {seed}: {edits:#?}"));
        }
        assert!(place.kept().len() < 14, "parts do not heap up: {:?}", place.kept());
    }
}

#[test]
fn what_is_kept_is_the_users_alone_and_may_be_removed() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new(3);
    place.holds("at first");
    for path in place.kept().iter().flat_map(|f| [f.as_path(), f.parent().unwrap()]) {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    let shown = place.command(&["config"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.lines().any(|l| l.starts_with("cache") && l.contains("cache/unstuck") && l.contains("MiB)")),
        "{shown}"
    );
    std::fs::remove_dir_all(place.cache()).unwrap();
    place.holds("removed");
    assert!(!place.kept().is_empty(), "and kept again");
    std::fs::remove_dir_all(place.cache()).unwrap();
    place.answers(&["--no-cache"]);
    assert!(!place.cache().exists(), "without a cache nothing is written");
}

#[test]
fn every_damage_is_mended_in_silence() {
    let mut place = Place::new(5);
    let fresh = place.fresh();
    place.still(&fresh, "at first");
    for round in 0..16 {
        let files: Vec<PathBuf> =
            place.kept().into_iter().filter(|f| std::fs::metadata(f).unwrap().len() > 0).collect();
        let file = &files[round % files.len()];
        let mut bytes = std::fs::read(file).unwrap();
        let at = place.dice.throw(if round % 5 == 0 { bytes.len().min(100) } else { bytes.len() });
        match round / 2 % 3 {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << place.dice.throw(8),
            _ => bytes[at..].fill(0),
        }
        std::fs::write(file, bytes).unwrap();
        place.still(&fresh, &format!("round {round}: {} damaged at {at}", file.display()));
    }
    for file in place.kept() {
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        place.still(&fresh, &format!("{} is a folder", file.display()));
        let _ = std::fs::remove_dir(&file);
    }
}

#[test]
fn a_program_that_is_killed_while_it_writes_breaks_nothing() {
    let mut place = Place::new(11);
    for round in 0..20 {
        if round % 4 == 0 {
            let _ = std::fs::remove_dir_all(place.cache());
        }
        place.edit();
        let questions = place.root.path().join("questions");
        let mut child =
            place.command(&["ask", "--batch", questions.to_str().unwrap()]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(500 * place.dice.throw(600) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        if round % 7 == 6 {
            place.holds(&format!("killed in round {round}"));
        }
    }
    place.holds("at last");
    let names: Vec<String> =
        place.kept().iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let known = |name: &String| name == "record" || name == "lock" || name.ends_with(".part");
    assert!(names.iter().all(known), "what was left aside is gone: {names:?}");
}

#[test]
fn several_at_once_answer_alike_while_the_runbooks_change() {
    let mut place = Place::new(13);
    for _ in 0..3 {
        place.edit();
        place.edit();
        let fresh = place.answers(&["--no-cache"]);
        let questions = place.root.path().join("questions");
        let flags = ["ask", "--top", "10", "--batch", questions.to_str().unwrap()];
        let start = || place.command(&flags).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        for one in [start(), start(), start()] {
            let out = one.wait_with_output().unwrap();
            assert_eq!(String::from_utf8_lossy(&out.stderr), "");
            assert_eq!(String::from_utf8(out.stdout).unwrap(), fresh);
        }
    }
}

#[test]
fn the_prompt_comes_before_the_look_at_the_files_and_the_answer_after_it() {
    let place = Place::new(19);
    let write = |name: &str, text: &[u8]| std::fs::write(place.books().join(name), text).unwrap();
    let lantern = |colour: &str| {
        format!("# Lights\n\n## The {colour} lantern flickers\n\n### Symptoms\n\n- the {colour} lantern flickers\n")
    };
    write("0/secret.md", lantern("amber").as_bytes());
    write("0/gone.md", lantern("crimson").as_bytes());
    write("0/bytes.md", b"# Bytes\n\n## Nothing\n\nof \xff\xfe no text\n");
    // Until then a file could be changed without looking otherwise, and each start looks. No test can set the time at
    // which a file was last changed, only the time at which it was written: both must lie two seconds back.
    std::thread::sleep(Duration::from_millis(2_100));
    let first = place.command(&["ask", "lantern"]).output().unwrap();
    assert!(String::from_utf8_lossy(&first.stderr).contains("bytes.md` is not UTF-8"));
    let changed = place.books().join("0/secret.md");
    let written = std::fs::metadata(&changed).unwrap().modified().unwrap();
    write("0/secret.md", lantern("azure").as_bytes());
    std::fs::File::options().write(true).open(&changed).unwrap().set_modified(written).unwrap();
    std::fs::remove_file(place.books().join("0/gone.md")).unwrap();
    write("0/new.md", lantern("violet").as_bytes());
    let books = place.books();
    let args = ["--only-knowledge", "--knowledge", books.to_str().unwrap()];
    let cache = place.cache();
    let env = [("XDG_CACHE_HOME", cache.to_str().unwrap())];
    let mut terminal = Terminal::start(place.root.path(), &args, &env);
    terminal.wait_for("bytes.md` is not UTF-8");
    terminal.wait_for("133 runbooks");
    terminal.type_line("the violet lantern flickers");
    let shown = terminal.wait_for("[Y/n");
    let said = "Runbooks read anew: 0/new.md, 0/secret.md; gone: 0/gone.md.";
    assert!(shown.contains(said), "{shown}");
    assert_eq!(shown.matches("is not UTF-8").count(), 1, "it is said once, and it is read anew all the same\n{shown}");
    terminal.kill();
    // What changed since is kept in its turn: nothing is read anew.
    let mut terminal = Terminal::start(place.root.path(), &args, &env);
    terminal.wait_for("133 runbooks");
    terminal.type_line("the azure lantern flickers");
    let shown = terminal.wait_for("[Y/n");
    assert!(!shown.contains("read anew"), "{shown}");
    terminal.kill();
}

#[test]
fn where_nothing_can_be_kept_it_is_done_without() {
    let place = Place::new(17);
    std::fs::write(place.cache(), "a file where the folder should be").unwrap();
    place.holds("a file in the way");
    std::fs::remove_file(place.cache()).unwrap();
    // Nobody's folder: what another user made is not used.
    std::fs::create_dir_all(place.cache().join("unstuck/index")).unwrap();
    if nix::unistd::geteuid().is_root() {
        nix::unistd::chown(&place.cache().join("unstuck"), Some(65534.into()), None).unwrap();
        place.holds("another user's folder");
        assert!(place.kept().is_empty());
    }
    assert!(place.command(&["config"]).env("UNSTUCK_CACHE", "perhaps").output().unwrap().status.code() == Some(2));
}
