//! Why a container is not well: what it said last, and how it was made where that explains what it said.
//! It never takes the last words of what was killed for a reason.

use crate::diagnosis::interpret::{Said, logs};
use crate::diagnosis::{Finding, Kind};
use crate::probe::Container;
use crate::text::shorten;

/// What proves why it is not well; where it cannot write, whether it was made so.
pub(super) fn causes(c: &Container) -> Vec<Finding> {
    let said = cause(c);
    let name = c.label();
    let spoken_of = |folder: &&String| *folder != "/" && c.last_words.iter().any(|l| l.contains(folder.as_str()));
    let folder = c.read_only.iter().find(spoken_of).or(c.read_only.first());
    let own = folder.filter(|_| said.as_ref().is_some_and(|f| f.fact.kind == Kind::ReadOnly)).map(|folder| {
        if folder == "/" {
            let text = format!(
                "{name} was made with a root file system that it may not write to (read_only: true), and it wants to write."
            );
            return Finding::new(Kind::ContainerReadOnly, name, text).with("read_only");
        }
        let text = format!("{name} wants to write to {folder}, which is mounted for reading only.");
        Finding::new(Kind::MountReadOnly, name, text).with(folder)
    });
    let few = c.files_limit.filter(|_| said.as_ref().is_some_and(|f| f.fact.kind == Kind::FilesExhausted));
    let few = few.map(|n| {
        let text =
            format!("{name} may open no more than {n} files at a time: nofile in the compose file (ulimits) says so.");
        Finding::new(Kind::FilesLimit, name, text).with(n.to_string())
    });
    let refused = said.as_ref().filter(|f| f.fact.kind == Kind::FolderUnreadable);
    let refused = refused.and_then(|f| f.fact.detail.clone()).map(|path| {
        let user = c.user.as_ref().map(|u| format!(", which works as the user {u},")).unwrap_or_default();
        let text = format!("{name}{user} may not use {path} inside its container: it belongs to somebody else there.");
        Finding::new(Kind::ContainerMayNot, name, text).with(path)
    });
    own.into_iter().chain(few).chain(refused).chain(said).collect()
}

/// What a container's last words prove of why it is not well.
fn cause(c: &Container) -> Option<Finding> {
    // What was killed from outside had no time to say why.
    let said = logs::telling(&c.last_words).filter(|_| !c.oom_killed && c.exit_code != Some(143));
    said.filter(|t| t.kind != Kind::LogError).map(|t| t.finding(c.label()))
}

/// With the line that tells most of what it wrote last.
pub(super) fn with_last_words(said: Said, c: &Container) -> Said {
    let line = logs::telling(&c.last_words).map(|t| t.line);
    // What was killed wrote its last line before, and about something else.
    let killed = c.oom_killed || c.exit_code == Some(137);
    let last = || c.last_words.iter().rev().find(|l| !l.trim().is_empty()).cloned().filter(|_| !killed);
    match line.or_else(last) {
        Some(line) => said.showing(shorten(&line, 200)),
        None => said,
    }
}
