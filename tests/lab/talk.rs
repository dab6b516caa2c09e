//! One conversation with the real program on a real pseudo terminal, as an operator in the first week would lead it.
//! It never answers what it cannot see, and gives up aloud where nothing more comes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::fault::Fault;
use crate::pty::Pty;
use crate::shell::Shell;

/// Rows and columns: high enough that nothing scrolls away.
const SIZE: (u16, u16) = (600, 140);
/// Nothing more came for this long: what stands there is meant to be read.
const QUIET: Duration = Duration::from_millis(120);
const PATIENCE: Duration = Duration::from_secs(90);
/// An operator who is still asked after so many answers hangs up.
const MOST_ANSWERS: usize = 30;
/// After so many changes that did not help, the operator stops and calls somebody.
const MOST_CHANGES: usize = 4;

/// How a conversation went.
#[derive(Debug, Default)]
pub struct Talk {
    /// Questions and what was answered.
    pub answers: Vec<(String, String)>,
    pub screen: String,
    pub seconds: f64,
    /// The record it kept, an event a line.
    pub events: Vec<Value>,
    /// It did not come to an end by itself.
    pub stuck: Option<String>,
}

impl Talk {
    fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(move |e| e["kind"] == kind)
    }

    /// Commands and edits that were really made.
    pub fn changes(&self) -> Vec<String> {
        self.of_kind("fix_started").filter_map(|e| e["command"].as_str().map(str::to_owned)).collect()
    }

    /// The title of the first fix that was offered.
    pub fn first_fix(&self) -> Option<String> {
        self.of_kind("fix_proposed").next().and_then(|e| e["title"].as_str().map(str::to_owned))
    }

    /// The section that was worked through first.
    pub fn section(&self) -> Option<String> {
        self.of_kind("section_chosen").next().and_then(|e| e["id"].as_str().map(str::to_owned))
    }

    /// Whether it says itself that the problem is fixed.
    pub fn claims_fixed(&self) -> bool {
        self.of_kind("verified").any(|e| e["change"] == "fixed")
    }
}

/// Whether changes are agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Agrees,
    /// Every fix is refused and nothing is done by hand: the control.
    Refuses,
}

/// Says `words` to the program and answers until it has nothing more to ask.
pub fn converse(program: &Path, shell: &Shell, fault: &Fault, words: &str, operator: Operator) -> Result<Talk> {
    let home = tempfile::tempdir()?;
    let mut line = start(program, &shell.dir, home.path());
    let started = Instant::now();
    let mut talk = Talk::default();
    let ended = lead(&mut line, shell, fault, words, operator, &mut talk);
    talk.seconds = started.elapsed().as_secs_f64();
    talk.stuck = ended.err().map(|e| e.to_string());
    talk.screen = line.text();
    line.exit_code(Duration::from_secs(5));
    line.kill();
    talk.events = record(home.path());
    Ok(talk)
}

fn lead(line: &mut Pty, shell: &Shell, fault: &Fault, words: &str, operator: Operator, talk: &mut Talk) -> Result<()> {
    if let Some(question) = next_question(line, 0)? {
        bail!("it asks `{question}` before anything was said");
    }
    let mut seen = line.text().len();
    if words.trim().lines().count() > 1 {
        line.keys(format!("\x1b[200~{}\x1b[201~\r", words.trim()).as_bytes());
    } else {
        line.keys(format!("{}\r", words.trim()).as_bytes());
    }
    loop {
        let Some(question) = next_question(line, seen)? else { break };
        if talk.answers.len() >= MOST_ANSWERS {
            bail!("asked more than {MOST_ANSWERS} questions");
        }
        let text = line.text();
        let since = text.get(seen.min(text.len())..).unwrap_or(&text).to_owned();
        let agreed = talk.answers.iter().filter(|(q, a)| is_change(q) && a == "y").count();
        let answer = match is_change(&question) && agreed >= MOST_CHANGES {
            true => String::new(),
            false => answer(shell, fault, operator, &question, &since)?,
        };
        seen = text.len();
        line.keys(format!("{answer}\r").as_bytes());
        talk.answers.push((question, answer));
    }
    line.keys(b"/quit\r");
    Ok(())
}

/// What an operator answers: what the fault's file says, or what a careful newcomer would.
fn answer(shell: &Shell, fault: &Fault, operator: Operator, question: &str, since: &str) -> Result<String> {
    if operator == Operator::Refuses && is_change(question) {
        return Ok(String::new());
    }
    // Nothing is done by hand before a fix asks for it: a word in a list of sections is no instruction.
    let known = fault.answers.iter().filter(|r| r.does.is_empty() || is_change(question));
    if let Some(rule) = known.into_iter().find(|r| flat(since).contains(&flat(&r.sees))) {
        if !rule.does.is_empty() && operator == Operator::Agrees {
            shell.run(&rule.does).context("what the operator does by hand")?;
        }
        if !rule.says.is_empty() {
            return Ok(rule.says.clone());
        }
        if question.contains("Done?") {
            return Ok("y".into());
        }
    }
    if let Some((_, value)) = fault.values.iter().find(|(part, _)| question.contains(part.as_str())) {
        return Ok(value.replace("$FOSCAM", &shell.foscam.to_string_lossy()));
    }
    Ok(match question {
        q if q.contains("This destroys") || q.contains("Done?") => "skip".into(),
        q if q.contains("Run it?") || q.contains("Write it?") => "y".into(),
        // Where a fix sends the reader to another section, a newcomer goes and looks.
        q if q.starts_with("See “") => "y".into(),
        _ => String::new(),
    })
}

/// Whether a yes to this question changes something, or says that something was changed by hand.
fn is_change(question: &str) -> bool {
    ["Run it?", "Write it?", "This destroys", "Done?"].iter().any(|w| question.contains(w))
}

/// A text without its line breaks and double blanks: what is shown may be wrapped.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn record(home: &Path) -> Vec<Value> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![home.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "jsonl") {
                files.push(path);
            }
        }
    }
    let text: String = files.iter().filter_map(|f| std::fs::read_to_string(f).ok()).collect();
    text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok()).map(|mut l| l["event"].take()).collect()
}

/// Starts the program in the project's folder, with nothing of this user's settings.
fn start(program: &Path, dir: &Path, home: &Path) -> Pty {
    let home = home.to_string_lossy().into_owned();
    let host = std::env::var("DOCKER_HOST").ok();
    let mut env = vec![("HOME", home.as_str()), ("TMPDIR", home.as_str())];
    env.extend(host.as_deref().map(|h| ("DOCKER_HOST", h)));
    Pty::start(program, dir, SIZE, &[], &env)
}

/// The next question below what was seen; `None` where the prompt of the conversation is back or the program ended.
fn next_question(line: &Pty, seen: usize) -> Result<Option<String>> {
    let stood = line.until(PATIENCE, |screen| {
        if screen.ended {
            return Some(None);
        }
        if screen.quiet() < QUIET || screen.text().len() <= seen {
            return None;
        }
        let lines = screen.to_cursor();
        match stands(&lines.iter().map(String::as_str).collect::<Vec<_>>()) {
            Stands::Prompt => Some(None),
            Stands::Question(question) => Some(Some(question)),
            Stands::Nothing => None,
        }
    });
    stood.with_context(|| format!("nothing more came for {} s", PATIENCE.as_secs()))
}

enum Stands {
    Prompt,
    Question(String),
    Nothing,
}

/// What the cursor's line, the last of `lines`, waits for.
fn stands(lines: &[&str]) -> Stands {
    let Some((last, before)) = lines.split_last() else { return Stands::Nothing };
    let last = last.trim_end();
    if last == ">" || last.ends_with(" >") {
        return Stands::Prompt;
    }
    if last.ends_with(']') || last.ends_with(')') && last.contains("  (") {
        // A long question is wrapped: its beginning stands above.
        let question = match before.last() {
            Some(above) if !last.contains('[') || last.starts_with('[') => format!("{} {last}", above.trim()),
            _ => last.to_owned(),
        };
        return Stands::Question(question.trim().to_owned());
    }
    Stands::Nothing
}

#[test]
fn a_question_and_a_prompt_are_told_apart() {
    assert!(matches!(stands(&["So: Redis is down.", ">"]), Stands::Prompt));
    assert!(matches!(stands(&["", "Redis Not Available > "]), Stands::Prompt));
    assert!(matches!(stands(&["Run it?  [y/N/edit/skip/explain]"]), Stands::Question(q) if q.starts_with("Run it?")));
    assert!(matches!(stands(&["⠋ is Redis running"]), Stands::Nothing));
}
