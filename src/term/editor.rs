//! The prompt's line editor on rustyline: history, completion, hints, and a paste of many lines as one input.
//! It never runs what is typed, and a byte that is no text never ends it.

use std::borrow::Cow;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::{Behavior, CompletionType, Config, Context, Editor as Rustyline, Helper, Validator};

use super::confirm::Prompt;
use crate::session::commands::COMMANDS;
use crate::text::clean::acts;

/// One input of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Text(String),
    /// Ctrl-C at the prompt.
    Interrupted,
    /// Ctrl-D, or the terminal was closed.
    End,
    /// Something that is no text; the prompt goes on.
    Unreadable(String),
}

/// The line editor. Its history holds only what was typed at the prompt, masked by the caller.
pub struct Editor {
    line: Rustyline<Words, FileHistory>,
    sections: Vec<String>,
    history: Option<PathBuf>,
    /// The terminal can mark no paste: lines that come at once belong together.
    plain: bool,
}

/// How soon the next line of a paste follows, in milliseconds, and how much of one is taken.
const AT_ONCE: u16 = 40;
const MOST: usize = 4 << 20;

/// A line with those that came together with it.
fn with_rest(mut text: String) -> String {
    let input = std::io::stdin();
    // A terminal gives one line at a time, so what is left of a paste waits there and nowhere else.
    let waits = || {
        let mut fds = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
        matches!(poll(&mut fds, PollTimeout::from(AT_ONCE)), Ok(n) if n > 0)
    };
    while input.is_terminal() && text.len() < MOST && waits() {
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(n) if n > 0 => {
                text.push('\n');
                text.push_str(line.trim_end_matches(['\r', '\n']));
            }
            _ => break,
        }
    }
    text
}

/// A line editor with what it completes and remembers.
fn line(sections: Vec<String>, history: Option<&PathBuf>) -> anyhow::Result<Rustyline<Words, FileHistory>> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .behavior(Behavior::PreferTerm)
        .bracketed_paste(true)
        .auto_add_history(false)
        .max_history_size(500)?
        .build();
    let mut line = Rustyline::with_config(config)?;
    line.set_helper(Some(Words { sections }));
    if let Some(path) = history {
        // No history is no reason not to start.
        let _ = line.load_history(path);
    }
    Ok(line)
}

impl Editor {
    /// An editor that completes slash commands and `sections` (ids and titles); reads its history where there is one.
    ///
    /// # Errors
    /// When the terminal cannot be used for editing.
    pub fn new(sections: Vec<String>, history: Option<PathBuf>) -> anyhow::Result<Editor> {
        // The terminals for which the editor only reads lines.
        let plain = std::env::var("TERM").is_ok_and(|t| matches!(t.as_str(), "dumb" | "cons25" | "emacs"));
        Ok(Editor { line: line(sections.clone(), history.as_ref())?, sections, history, plain })
    }

    /// Forgets the rest of what was pasted: bytes that are no text would be read as keys, Ctrl-D among them.
    fn forget_paste(&mut self) {
        if let Some(mut prompt) = Prompt::open() {
            prompt.forget_paste();
        }
        // What the old editor had read already goes with it; without a new one the old one serves on.
        if let Ok(line) = line(self.sections.clone(), self.history.as_ref()) {
            self.line = line;
        }
    }

    /// Waits for one input.
    pub fn read(&mut self, prompt: &str) -> Input {
        match self.line.readline(prompt) {
            Ok(text) => Input::Text(if self.plain { with_rest(text) } else { text }),
            Err(ReadlineError::Interrupted) => Input::Interrupted,
            Err(ReadlineError::Eof) => Input::End,
            Err(ReadlineError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
                self.forget_paste();
                Input::Unreadable("some bytes of that input are not text".into())
            }
            // A terminal that fails for good would fail forever: leave as at its end.
            Err(_) => Input::End,
        }
    }

    /// Remembers one input for the arrow keys, now and next time.
    pub fn remember(&mut self, text: &str) {
        if text.lines().count() != 1 || text.len() > 500 {
            return;
        }
        let added = self.line.add_history_entry(text).unwrap_or(false);
        if let (true, Some(path)) = (added, &self.history) {
            // History is a comfort: a full disk must not disturb the conversation.
            let _ = self.line.save_history(path);
            let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
        }
    }
}

/// What can be completed.
#[derive(Helper, Validator)]
struct Words {
    sections: Vec<String>,
}

impl Words {
    /// What may follow `typed`, whole, best first.
    fn candidates(&self, typed: &str) -> Vec<String> {
        let Some(rest) = typed.strip_prefix('/') else { return Vec::new() };
        match rest.split_once(' ') {
            None => COMMANDS.iter().filter(|c| c.name.starts_with(rest)).map(|c| format!("/{}", c.name)).collect(),
            Some(("open", begun)) => {
                let begun = begun.trim_start().to_lowercase();
                let mut found: Vec<&String> =
                    self.sections.iter().filter(|s| s.to_lowercase().starts_with(&begun)).collect();
                found.extend(self.sections.iter().filter(|s| {
                    let lower = s.to_lowercase();
                    !lower.starts_with(&begun) && lower.contains(&begun)
                }));
                found.into_iter().map(|s| format!("/open {s}")).collect()
            }
            Some(_) => Vec::new(),
        }
    }
}

/// What is typed or pasted is shown without what could act on the terminal; what is sent on is unchanged.
impl Highlighter for Words {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if line.chars().any(|c| c != '\n' && acts(c)) {
            Cow::Owned(line.chars().filter(|c| *c == '\n' || !acts(*c)).collect())
        } else {
            Cow::Borrowed(line)
        }
    }
}

impl Completer for Words {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = line.get(..pos).unwrap_or(line);
        let found = self.candidates(typed);
        Ok((0, found.into_iter().map(|text| Pair { display: text.clone(), replacement: text }).collect()))
    }
}

impl Hinter for Words {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<String> {
        if pos < line.len() || line.len() < 2 {
            return None;
        }
        self.candidates(line)
            .into_iter()
            .find_map(|c| c.strip_prefix(line).map(str::to_owned))
            .filter(|h| !h.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_sections_are_completed() {
        let words = Words { sections: vec!["connection/redis-not-available".into(), "Redis Not Available".into()] };
        assert_eq!(words.candidates("/he"), ["/help"]);
        assert_eq!(
            words.candidates("/open redis"),
            ["/open Redis Not Available", "/open connection/redis-not-available"]
        );
        assert!(words.candidates("redis").is_empty(), "plain words are the operator's own");
    }
}
