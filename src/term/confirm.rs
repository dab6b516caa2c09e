//! Questions through dialoguer: one typed line is an answer, anything that came before or all at once is not.
//! It never takes a paste or typed-ahead text for an answer, and no terminal for a yes.

use std::fs::File;
use std::os::fd::AsFd;

use dialoguer::Input;
use dialoguer::console::Term;
use dialoguer::theme::Theme;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{FlushArg, tcflush};

use crate::session::ports::{Question, Reply};

/// The controlling terminal, where someone sits at it.
pub(super) struct Prompt {
    keyboard: File,
}

impl Prompt {
    /// The prompt of the controlling terminal; `None` where there is none.
    pub(super) fn open() -> Option<Prompt> {
        File::open("/dev/tty").ok().map(|keyboard| Prompt { keyboard })
    }

    pub(super) fn ask(&mut self, question: &Question) -> Reply {
        self.forget_what_was_typed();
        let prompt = format!("{}  {}", question.prompt, question.keys);
        let mut input = Input::<String>::with_theme(&Plain).with_prompt(prompt).allow_empty(true).report(true);
        if let Some(initial) = &question.initial {
            input = input.with_initial_text(initial.clone());
        }
        match input.interact_text_on(&Term::stderr()) {
            Ok(_) if self.more_is_waiting() => {
                self.forget_what_was_typed();
                Reply::Pasted
            }
            Ok(text) if text.chars().any(|c| c.is_control()) => Reply::Pasted,
            Ok(text) => Reply::Text(text),
            Err(dialoguer::Error::IO(error)) if error.kind() == std::io::ErrorKind::Interrupted => Reply::Interrupted,
            Err(_) => Reply::Nobody,
        }
    }

    fn forget_what_was_typed(&self) {
        // Failing to flush leaves the answer to be judged by its words, which is still safe.
        let _ = tcflush(&self.keyboard, FlushArg::TCIFLUSH);
    }

    /// Whether input follows right behind the answer: no one types that fast, so it was pasted.
    fn more_is_waiting(&self) -> bool {
        let mut fds = [PollFd::new(self.keyboard.as_fd(), PollFlags::POLLIN)];
        matches!(poll(&mut fds, PollTimeout::ZERO), Ok(n) if n > 0)
    }
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
