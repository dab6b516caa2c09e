//! The git checkout that a source of runbooks lies in: where it stands, whether it was changed here, how old it is, how to update it.
//! It never fetches and never changes it; without git it says what git's own files say.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use sha1::{Digest, Sha1};

use super::sources::{self, is_markdown};
use crate::command::ReadOnly;
use crate::probe::{Ended, Look, Reading};
use crate::session::ports::World;
use crate::text::count;
use crate::world::Live;

/// A checkout, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Checkout {
    /// `None` where the head is no branch.
    pub branch: Option<String>,
    pub commit: Option<String>,
    /// The branch it follows.
    pub upstream: Option<String>,
    /// Commits that only the one or the other has, as of the last fetch.
    pub ahead: usize,
    pub behind: usize,
    /// Files of the source that are not as they were committed.
    pub changed: Option<usize>,
    /// Seconds since the commit was made.
    pub age_s: Option<u64>,
    /// Seconds since it was last fetched.
    pub fetched_s: Option<u64>,
}

/// How long git may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The checkout that a folder lies in.
pub fn checkout(folder: &Path, runtime: &tokio::runtime::Runtime) -> Option<Checkout> {
    let whole = std::fs::canonicalize(folder).ok()?;
    let folder = if whole.is_file() { whole.parent()? } else { &whole };
    let git = folder.ancestors().map(|a| a.join(".git")).find(|g| g.exists())?;
    let (branch, commit) = by_files(&git)?;
    let mut out = Checkout { branch, commit, ..Checkout::default() };
    let world = Live::new(folder, None);
    let ask = |words: &str| runtime.block_on(asked(&world, folder, words));
    if let Some(listed) = ask("ls-tree -r HEAD -- .") {
        let alone = whole.is_file().then_some(whole.as_path());
        out.changed = changed(folder, alone, &listed);
    }
    out.upstream = ask("rev-parse --abbrev-ref '@{upstream}'").map(|said| said.trim().to_owned());
    if let Some(counts) = out.upstream.as_ref().and_then(|_| ask("rev-list --left-right --count 'HEAD...@{upstream}'"))
    {
        let mut counts = counts.split_whitespace().map(|n| n.parse().unwrap_or(0));
        (out.ahead, out.behind) = (counts.next().unwrap_or(0), counts.next().unwrap_or(0));
    }
    let now = SystemTime::now();
    let since = |then: SystemTime| now.duration_since(then).unwrap_or_default().as_secs();
    let made = ask("log -1 --format=%ct").and_then(|said| said.trim().parse::<u64>().ok());
    out.age_s = made.map(|seconds| since(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)));
    let fetched = std::fs::metadata(common(&git)?.join("FETCH_HEAD")).and_then(|m| m.modified());
    out.fetched_s = fetched.ok().map(since);
    Some(out)
}

/// What git prints, asked so that nothing a repository names is run; `None` where it is not here or refuses.
async fn asked(world: &Live, folder: &Path, words: &str) -> Option<String> {
    let folder = quoted(folder)?;
    let line = format!("git -C {folder} --no-optional-locks -c core.fsmonitor=false -c core.quotepath=off {words}");
    let look = Look::literal(ReadOnly::prove(&line).ok()?, LIMIT);
    match world.look(&look).await.reading {
        Reading::Process(seen) if seen.ended == Ended::Code(0) && seen.cut == 0 => Some(seen.stdout),
        _ => None,
    }
}

/// A path as one word of a command.
fn quoted(path: &Path) -> Option<String> {
    path.to_str().filter(|p| !p.contains(['\'', '\n'])).map(|p| format!("'{p}'"))
}

/// How many runbooks of a folder, or whether the one that is meant `alone`, are not as git has them listed: changed, new
/// or gone. Their texts are compared here, since git would run what a repository's settings name to do it.
fn changed(folder: &Path, alone: Option<&Path>, listed: &str) -> Option<usize> {
    let mut known = HashMap::new();
    for line in listed.lines() {
        let (about, path) = line.split_once('\t')?;
        let hash = about.split(' ').nth(2)?;
        // A newer kind of hash is not known here.
        if hash.len() != 40 {
            return None;
        }
        let hidden = path.split('/').any(|part| part.starts_with('.'));
        if about.starts_with("100") && !hidden && is_markdown(Path::new(path)) {
            known.insert(folder.join(path), hash);
        }
    }
    let mut count = 0;
    for path in sources::files(alone.unwrap_or(folder)) {
        let same = known.remove(&path).is_some_and(|hash| std::fs::read(&path).is_ok_and(|bytes| blob(&bytes) == hash));
        count += usize::from(!same);
    }
    Some(if alone.is_some() { count } else { count + known.len() })
}

/// The name that git gives to a file's content.
fn blob(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Checkout {
    /// `git main 012345678, 3 days old, 2 files changed here, fetched 5 h ago`.
    pub fn told(&self) -> String {
        let words = [self.branch.as_deref().unwrap_or("no branch"), self.commit.as_deref().unwrap_or("")];
        let mut parts = vec![format!("git {}", words.join(" ").trim())];
        parts.extend(self.age_s.map(|s| format!("committed {} ago", ago(s))));
        match self.changed {
            Some(0) => parts.push("unchanged here".into()),
            Some(n) => parts.push(format!("{} changed here", count(n, "file"))),
            None => {}
        }
        parts.extend(self.fetched_s.map(|s| format!("fetched {} ago", ago(s))));
        if let Some(upstream) = self.upstream.as_ref().filter(|_| self.behind > 0) {
            parts.push(format!("{} behind {upstream}", count(self.behind, "commit")));
        }
        parts.join(", ")
    }

    /// How it is brought up to date, from its folder as it was named.
    pub fn update(&self, folder: &Path) -> String {
        let at = quoted(folder).unwrap_or_else(|| "its folder".into());
        let at = at.trim_matches('\'').chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        let at = if at { folder.display().to_string() } else { quoted(folder).unwrap_or_else(|| "its folder".into()) };
        match (&self.branch, &self.upstream, self.changed) {
            (None, _, _) => format!("it stands on a commit of its own: git -C {at} switch BRANCH, then pull"),
            (_, _, Some(n)) if n > 0 => {
                format!("commit its changes or put them away, then: git -C {at} pull --ff-only")
            }
            (Some(_), None, Some(_)) => "its branch follows no other, so there is nothing to update it from".into(),
            _ => format!("to update: git -C {at} pull --ff-only"),
        }
    }
}

fn ago(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// The folder that a worktree shares with its checkout.
fn common(git: &Path) -> Option<std::path::PathBuf> {
    let own = own(git)?;
    Some(match std::fs::read_to_string(own.join("commondir")) {
        Ok(shared) => own.join(shared.trim()),
        Err(_) => own,
    })
}

/// The folder of a checkout's own files; a worktree names it.
fn own(git: &Path) -> Option<std::path::PathBuf> {
    if git.is_dir() {
        return Some(git.to_owned());
    }
    let text = std::fs::read_to_string(git).ok()?;
    Some(git.parent()?.join(text.trim().strip_prefix("gitdir: ")?))
}

/// Branch and commit, read from git's own files.
fn by_files(git: &Path) -> Option<(Option<String>, Option<String>)> {
    let head = std::fs::read_to_string(own(git)?.join("HEAD")).ok()?;
    let short = |hash: &str| hash.trim().chars().take(9).collect::<String>();
    let Some(name) = head.trim().strip_prefix("ref: ") else { return Some((None, Some(short(&head)))) };
    let common = common(git)?;
    let loose = std::fs::read_to_string(common.join(name)).ok().map(|hash| short(&hash));
    let packed = || {
        let refs = std::fs::read_to_string(common.join("packed-refs")).ok()?;
        refs.lines().find_map(|l| l.strip_suffix(name)?.strip_suffix(' ').map(short))
    };
    let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
    Some((Some(branch.to_owned()), loose.or_else(packed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_name_that_git_gives_it() {
        assert_eq!(blob(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(blob(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn a_checkout_is_told_with_its_changes_its_age_and_its_update() {
        let mut found =
            Checkout { branch: Some("main".into()), commit: Some("012345678".into()), ..Checkout::default() };
        assert_eq!(found.told(), "git main 012345678");
        found.upstream = Some("origin/main".into());
        (found.changed, found.behind) = (Some(2), 3);
        found.age_s = Some(400_000);
        found.fetched_s = Some(7_300);
        assert_eq!(
            found.told(),
            "git main 012345678, committed 4 days ago, 2 files changed here, fetched 2 h ago, 3 commits behind origin/main"
        );
        assert!(found.update(Path::new("books")).starts_with("commit its changes"));
        found.changed = Some(0);
        assert_eq!(found.update(Path::new("my books")), "to update: git -C 'my books' pull --ff-only");
        found.upstream = None;
        assert!(found.update(Path::new("books")).contains("follows no other"));
        found.branch = None;
        assert!(found.update(Path::new("books")).contains("switch BRANCH"));
    }
}
