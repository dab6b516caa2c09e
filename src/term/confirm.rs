//! Questions: one typed line is an answer, anything that came before or all at once is not. Edits go through dialoguer.
//! It never takes a paste or typed-ahead text for an answer, and no terminal for a yes.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;

use dialoguer::Input;
use dialoguer::console::{Term, measure_text_width};
use dialoguer::theme::Theme;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{FlushArg, LocalFlags, SetArg, Termios, tcflush, tcgetattr, tcsetattr};

use crate::session::ports::{Question, Reply};

/// The controlling terminal, where someone sits at it.
pub(super) struct Prompt {
    keyboard: File,
}

/// How many milliseconds the rest of a key's sequence may take to come.
const KEY: u16 = 25;
/// How many milliseconds behind an answer the rest of a paste may come; no one types on that fast.
const PASTE: u16 = 30;

impl Prompt {
    /// The prompt of the controlling terminal; `None` where there is none.
    pub(super) fn open() -> Option<Prompt> {
        File::open("/dev/tty").ok().map(|keyboard| Prompt { keyboard })
    }

    pub(super) fn ask(&mut self, question: &Question) -> Reply {
        self.forget_what_was_typed();
        let prompt = format!("{}  {}", question.prompt, question.keys);
        let answered = match &question.initial {
            Some(initial) => edit(&prompt, initial),
            None => self.read_line(&prompt, question.secret),
        };
        match answered {
            Ok(Some(_)) if self.more_is_waiting(PASTE) => {
                self.forget_paste();
                Reply::Pasted
            }
            Ok(Some(text)) if text.chars().any(char::is_control) => Reply::Pasted,
            Ok(Some(text)) => Reply::Text(text),
            // Ctrl-D ends an answer as it ends a shell: nothing was agreed to.
            Ok(None) => Reply::Interrupted,
            Err(error) if error.kind() == ErrorKind::Interrupted => Reply::Interrupted,
            Err(_) => Reply::Nobody,
        }
    }

    /// One line, letter by letter, with the keys of a line editor that need no cursor. `None` after Ctrl-C or Ctrl-D.
    fn read_line(&mut self, prompt: &str, secret: bool) -> std::io::Result<Option<String>> {
        let raw = Raw::begin(&self.keyboard)?;
        let screen = Term::stderr();
        screen.write_str(&format!("{prompt}  "))?;
        let mut typed = String::new();
        let shown = |c: char| if secret { '•'.to_string() } else { c.to_string() };
        let ended = loop {
            match self.letter()? {
                Letter::Enter => break Some(typed),
                Letter::Stop => break None,
                Letter::End if typed.is_empty() => break None,
                Letter::Back => {
                    if let Some(gone) = typed.pop() {
                        screen.clear_chars(measure_text_width(&shown(gone)))?;
                    }
                }
                Letter::Clear => {
                    screen.clear_chars(typed.chars().map(|c| measure_text_width(&shown(c))).sum())?;
                    typed.clear();
                }
                Letter::Text(c) => {
                    typed.push(c);
                    screen.write_str(&shown(c))?;
                }
                Letter::End | Letter::Other => {}
            }
        };
        screen.write_str(if ended.is_some() { "\n" } else { "  (no)\n" })?;
        drop(raw);
        Ok(ended)
    }

    /// The next key.
    fn letter(&mut self) -> std::io::Result<Letter> {
        let first = self.byte()?;
        Ok(match first {
            b'\r' | b'\n' => Letter::Enter,
            3 => Letter::Stop,
            4 => Letter::End,
            8 | 127 => Letter::Back,
            21 => Letter::Clear,
            27 => {
                self.skip_sequence()?;
                Letter::Other
            }
            0..=31 => Letter::Other,
            _ => {
                let more = match first {
                    0xc0..=0xdf => 1,
                    0xe0..=0xef => 2,
                    0xf0..=0xf7 => 3,
                    _ => 0,
                };
                let mut bytes = vec![first];
                for _ in 0..more {
                    bytes.push(self.byte()?);
                }
                std::str::from_utf8(&bytes).ok().and_then(|s| s.chars().next()).map_or(Letter::Other, Letter::Text)
            }
        })
    }

    fn byte(&mut self) -> std::io::Result<u8> {
        let mut byte = [0];
        match self.keyboard.read(&mut byte)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(byte[0]),
        }
    }

    /// The rest of an arrow or function key.
    fn skip_sequence(&mut self) -> std::io::Result<()> {
        for nth in 0..16 {
            if !self.more_is_waiting(KEY) {
                return Ok(());
            }
            let byte = self.byte()?;
            if nth > 0 && (0x40..=0x7e).contains(&byte) || nth == 0 && !matches!(byte, b'[' | b'O') {
                return Ok(());
            }
        }
        Ok(())
    }

    fn forget_what_was_typed(&self) {
        // Failing to flush leaves the answer to be judged by its words, which is still safe.
        let _ = tcflush(&self.keyboard, FlushArg::TCIFLUSH);
    }

    /// Reads a paste to its end, so that none of it answers the next question.
    pub(super) fn forget_paste(&mut self) {
        let Ok(_raw) = Raw::begin(&self.keyboard) else { return self.forget_what_was_typed() };
        let mut gone = [0; 4096];
        while self.more_is_waiting(PASTE) {
            if !matches!(self.keyboard.read(&mut gone), Ok(n) if n > 0) {
                return;
            }
        }
    }

    /// Whether input follows within so many milliseconds.
    fn more_is_waiting(&self, ms: u16) -> bool {
        let mut fds = [PollFd::new(self.keyboard.as_fd(), PollFlags::POLLIN)];
        matches!(poll(&mut fds, PollTimeout::from(ms)), Ok(n) if n > 0)
    }
}

enum Letter {
    Text(char),
    Enter,
    Back,
    Clear,
    /// Ctrl-C.
    Stop,
    /// Ctrl-D.
    End,
    Other,
}

/// A terminal that hands on each key at once and shows none, until it is dropped.
struct Raw {
    keyboard: File,
    before: Termios,
}

impl Raw {
    fn begin(keyboard: &File) -> std::io::Result<Raw> {
        let keyboard = keyboard.try_clone()?;
        let before = tcgetattr(&keyboard)?;
        let mut raw = before.clone();
        raw.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG | LocalFlags::IEXTEN);
        tcsetattr(&keyboard, SetArg::TCSANOW, &raw)?;
        Ok(Raw { keyboard, before })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs no mode.
        let _ = tcsetattr(&self.keyboard, SetArg::TCSANOW, &self.before);
    }
}

/// A text to change, with a cursor.
fn edit(prompt: &str, initial: &str) -> std::io::Result<Option<String>> {
    let input = Input::<String>::with_theme(&Plain).with_prompt(prompt).allow_empty(true).report(true);
    let dialoguer::Error::IO(error) = match input.with_initial_text(initial).interact_text_on(&Term::stderr()) {
        Ok(text) => return Ok(Some(text)),
        Err(error) => error,
    };
    Err(error)
}

/// Prompts without decoration, so that the screen looks like the transcript.
struct Plain;

impl Theme for Plain {
    fn format_input_prompt(
        &self,
        f: &mut dyn std::fmt::Write,
        prompt: &str,
        _default: Option<&str>,
    ) -> std::fmt::Result {
        write!(f, "{prompt}  ")
    }

    fn format_input_prompt_selection(
        &self,
        f: &mut dyn std::fmt::Write,
        prompt: &str,
        chosen: &str,
    ) -> std::fmt::Result {
        write!(f, "{prompt}  {chosen}")
    }
}
