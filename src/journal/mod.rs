//! The record: one masked JSON line per event, synced before anything else happens, readable while it is written.
//! It never holds a secret or a control character, and never ends a session because it cannot be written.

pub mod page;
pub mod report;
pub mod seen;
mod story;

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::diagnosis::Change;
use crate::search::before::Helped;
use crate::session::event::{Event, RecordError, Recorder};
use crate::text::{Masker, clean};

/// One line of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The version of this shape.
    pub v: u8,
    /// When, in UTC.
    pub at: String,
    pub seq: u64,
    pub session: String,
    pub event: Event,
}

/// A session in the list of sessions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub id: String,
    pub at: String,
    pub question: Option<String>,
    pub section: Option<String>,
    pub result: String,
}

/// The record of one session.
pub struct Journal {
    file: Option<File>,
    /// Why nothing is kept, where it should be.
    trouble: Option<String>,
    /// The last line may be a part of one: the next begins anew.
    torn: bool,
    id: String,
    seq: u64,
    masker: Masker,
}

impl Journal {
    /// A record that keeps nothing, for commands that are no session.
    pub fn disabled() -> Journal {
        Journal { file: None, trouble: None, torn: false, id: String::new(), seq: 0, masker: Masker::default() }
    }

    /// A record that cannot be kept, and says so for every event.
    fn broken(trouble: String) -> (Journal, Option<String>) {
        (Journal { trouble: Some(trouble.clone()), ..Journal::disabled() }, Some(trouble))
    }

    /// A new record below `state`; where it cannot be made, one that keeps nothing, and why.
    pub fn open(state: Option<&Path>, masker: Masker) -> (Journal, Option<String>) {
        let Some(folder) = state.map(sessions) else {
            return Journal::broken("there is no folder for the record: HOME is not set".into());
        };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        let now = OffsetDateTime::now_utc();
        let id = format!(
            "{:04}{:02}{:02}-{:02}{:02}{:02}-{}",
            now.year(),
            u8::from(now.month()),
            now.day(),
            now.hour(),
            now.minute(),
            now.second(),
            std::process::id()
        );
        let path = |id: &str| folder.join(format!("{id}.jsonl"));
        let (mut own, mut nth) = (id.clone(), 1);
        let file = made.and_then(|()| {
            loop {
                match OpenOptions::new().append(true).create_new(true).mode(0o600).open(path(&own)) {
                    // One process may keep several in one second.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                        nth += 1;
                        own = format!("{id}-{nth}");
                    }
                    opened => break opened,
                }
            }
        });
        match file {
            Ok(file) => (Journal { file: Some(file), trouble: None, torn: false, id: own, seq: 0, masker }, None),
            Err(error) => Journal::broken(format!("the record `{}` cannot be made: {error}", path(&id).display())),
        }
    }

    /// The session's id; empty where nothing is kept.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn masked(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.masker.mask(&clean(&text))),
            Value::Array(items) => Value::Array(items.into_iter().map(|v| self.masked(v)).collect()),
            Value::Object(fields) => Value::Object(fields.into_iter().map(|(k, v)| (k, self.masked(v))).collect()),
            other => other,
        }
    }
}

impl Recorder for Journal {
    fn record(&mut self, event: &Event) -> Result<(), RecordError> {
        let event = serde_json::to_value(event).map_err(|e| RecordError(e.to_string()))?;
        let event = self.masked(event);
        let Some(file) = &mut self.file else {
            return self.trouble.clone().map_or(Ok(()), |why| Err(RecordError(why)));
        };
        let at = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        let line = serde_json::json!({"v": 1, "at": at, "seq": self.seq, "session": self.id, "event": event});
        self.seq += 1;
        // One write per line: a kill in the middle can tear the last line only, and reading leaves that out.
        let begin = if self.torn { "\n" } else { "" };
        let written = file.write_all(format!("{begin}{line}\n").as_bytes()).and_then(|()| file.sync_data());
        self.torn = written.is_err();
        written.map_err(|e| RecordError(e.to_string()))
    }
}

fn sessions(state: &Path) -> PathBuf {
    state.join("sessions")
}

/// The ids of all sessions, newest first.
fn ids(state: Option<&Path>) -> Vec<(String, PathBuf)> {
    let Some(Ok(entries)) = state.map(|s| std::fs::read_dir(sessions(s))) else { return Vec::new() };
    let mut found: Vec<(String, PathBuf)> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
        .filter_map(|p| Some((p.file_stem()?.to_string_lossy().into_owned(), p)))
        .collect();
    found.sort();
    found.reverse();
    found
}

/// The lines of a file that can be read; a torn last line and unknown events are left out.
fn lines(path: &Path) -> Vec<Line> {
    let text = std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
    text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect()
}

/// All sessions, newest first.
pub fn list(state: Option<&Path>) -> Vec<Summary> {
    ids(state).into_iter().take(200).map(|(id, path)| summary(id, &lines(&path))).collect()
}

fn summary(id: String, lines: &[Line]) -> Summary {
    let (mut question, mut section, mut result) = (None, None, "nothing was asked".to_owned());
    for line in lines {
        match &line.event {
            Event::Question { text, .. } => {
                question.get_or_insert_with(|| crate::text::shorten(text, 80));
                result = "matched".into();
            }
            Event::SectionChosen { title, .. } => section = Some(title.clone()),
            Event::Concluded { sentence, .. } => result = sentence.clone(),
            Event::Verified { change, fix, .. } => result = format!("{change} by “{fix}”"),
            _ => {}
        }
    }
    Summary { id, at: lines.first().map(|l| l.at.clone()).unwrap_or_default(), question, section, result }
}

/// One session by its id, the beginning of it, or `last` (the last in which something was asked).
///
/// # Errors
/// When there is none.
pub fn read(state: Option<&Path>, id: &str) -> Result<Vec<Line>> {
    let all = ids(state);
    let found = if id == "last" {
        all.iter()
            .map(|(_, path)| lines(path))
            .find(|l| l.iter().any(|l| matches!(l.event, Event::Question { .. } | Event::SectionChosen { .. })))
    } else {
        all.iter().find(|(known, _)| known.starts_with(id)).map(|(_, path)| lines(path))
    };
    match found {
        Some(lines) if !lines.is_empty() => Ok(lines),
        _ if all.is_empty() => bail!("there is no session yet"),
        _ => None.with_context(|| format!("there is no session `{id}`: `unstuck history` lists them")),
    }
}

/// The titles of fixes that helped in a section before, most often first.
pub fn worked(state: Option<&Path>, wanted: &str) -> Vec<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for (_, path) in ids(state).into_iter().take(100) {
        for line in lines(&path) {
            if let Event::Verified { section, fix, change, .. } = line.event
                && section == wanted
                && change == Change::Fixed.name()
            {
                *times.entry(fix).or_default() += 1;
            }
        }
    }
    let mut titles: Vec<(usize, String)> = times.into_iter().map(|(title, n)| (n, title)).collect();
    titles.sort_by(|a, b| b.cmp(a));
    titles.into_iter().map(|(_, title)| title).collect()
}

/// Which fixes helped for which questions here, oldest first; only where the section was among what the question found.
pub fn helped(state: Option<&Path>) -> Vec<Helped> {
    let mut newest: Vec<(String, PathBuf)> = ids(state).into_iter().take(100).collect();
    newest.reverse();
    let mut out = Vec::new();
    for (_, path) in newest {
        let mut asked: Option<(String, Vec<String>)> = None;
        for Line { at, event, .. } in lines(&path) {
            match event {
                Event::Question { text, matches, .. } => {
                    asked = Some((text, matches.into_iter().map(|(id, ..)| id).collect()));
                }
                Event::Verified { section, change, .. } if change == Change::Fixed.name() => {
                    let asked = asked.as_ref().filter(|(_, found)| found.contains(&section));
                    let helped = asked.and_then(|(question, _)| Some((question.clone(), day(&at)?)));
                    out.extend(helped.map(|(question, on)| Helped { section, question, on }));
                }
                _ => {}
            }
        }
    }
    out
}

/// `12 March` of a time in a record, with the year where it is not this one.
fn day(at: &str) -> Option<String> {
    let then = OffsetDateTime::parse(at, &Rfc3339).ok()?;
    let year =
        if then.year() == OffsetDateTime::now_utc().year() { String::new() } else { format!(" {}", then.year()) };
    Some(format!("{} {}{year}", then.day(), then.month()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_was_recorded_is_read_back_masked_and_a_torn_line_is_left_out() {
        let state = tempfile::tempdir().unwrap();
        let (mut journal, trouble) = Journal::open(Some(state.path()), Masker::default());
        assert_eq!(trouble, None);
        let text = "redis://:s3cret@h is \u{1b}[31mdown".to_owned();
        journal
            .record(&Event::Question { text, kind: "words".into(), matches: vec![("a".into(), "A".into(), 1.5)] })
            .unwrap();
        journal
            .record(&Event::Verified {
                section: "a".into(),
                fix: "Start".into(),
                change: "fixed".into(),
                sentence: String::new(),
                warning: None,
            })
            .unwrap();
        let (_, path) = ids(Some(state.path())).remove(0);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"v\":1,\"at").unwrap();
        let read = read(Some(state.path()), "last").unwrap();
        assert_eq!(read.len(), 2);
        assert!(
            matches!(&read[0].event, Event::Question { text, .. } if text == "redis://:[masked: 6 chars]@h is down")
        );
        assert_eq!(worked(Some(state.path()), "a"), ["Start"]);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(sessions(state.path())).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn what_helped_is_read_from_a_damaged_record_as_far_as_it_goes() {
        let state = tempfile::tempdir().unwrap();
        std::fs::create_dir(sessions(state.path())).unwrap();
        let line = |at: &str, event: &str| {
            format!("{{\"v\":1,\"at\":\"{at}\",\"seq\":1,\"session\":\"s\",\"event\":{event}}}\n")
        };
        let asked =
            r#"{"kind":"question","text":"redis errors","form":"words","matches":[["a","A",2.0],["b","B",1.9]]}"#;
        let fixed = |section: &str, change: &str| {
            format!(r#"{{"kind":"verified","section":"{section}","fix":"F","change":"{change}","sentence":""}}"#)
        };
        let text = [
            line("2024-03-12T08:00:00Z", &fixed("b", "fixed")),
            line("2024-03-12T08:00:01Z", asked),
            "{\"v\":1,\"at\":\"2024\u{0}\n".to_owned(),
            line("2024-03-12T08:00:02Z", &fixed("b", "unchanged")),
            line("2024-03-12T08:00:03Z", &fixed("elsewhere", "fixed")),
            line("once upon a time", &fixed("b", "fixed")),
            line("2024-03-13T08:00:04Z", &fixed("b", "fixed")),
            line("2024-03-13T08:00:05Z", &fixed("a", "fixed")).trim_end().trim_end_matches('}').to_owned(),
        ];
        std::fs::write(sessions(state.path()).join("20240312-080000-1.jsonl"), text.concat()).unwrap();
        std::fs::write(sessions(state.path()).join("20240313-080000-1.jsonl"), [0xff, 0xfe, b'\n', b'{']).unwrap();
        let expected = Helped { section: "b".into(), question: "redis errors".into(), on: "13 March 2024".into() };
        assert_eq!(helped(Some(state.path())), [expected]);
        assert!(helped(None).is_empty());
    }

    #[test]
    fn each_session_has_a_record_of_its_own() {
        let state = tempfile::tempdir().unwrap();
        let all: Vec<Journal> = (0..4).map(|_| Journal::open(Some(state.path()), Masker::default()).0).collect();
        let mut kept: Vec<String> = ids(Some(state.path())).into_iter().map(|(id, _)| id).collect();
        kept.reverse();
        assert_eq!(all.iter().map(|j| j.id().to_owned()).collect::<Vec<_>>(), kept);
        assert_eq!(kept.len(), 4);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said_and_does_not_stop_the_session() {
        let state = tempfile::NamedTempFile::new().unwrap();
        let (mut journal, trouble) = Journal::open(Some(state.path()), Masker::default());
        assert!(trouble.unwrap().contains("cannot be made"));
        assert!(journal.record(&Event::Interrupted).is_err(), "nobody is told that it is kept");
    }
}
