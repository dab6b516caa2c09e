//! The screen and the keyboard: draws views, asks questions, shows progress, edits lines.
//! It never decides anything, and knows neither the system nor the record.

mod changes;
mod confirm;
pub mod editor;
mod layout;
mod progress;
pub mod render;
mod tables;

use std::io::{IsTerminal, Write};

use confirm::Prompt;
use progress::Progress;
pub use progress::Slowly;
use render::Style;

use crate::session::ports::{Console, Question, Reply};
use crate::session::view::View;
use crate::text::Masker;

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The real terminal. Answers go to standard output, questions and progress to standard error.
pub struct Terminal {
    style: Style,
    masker: Masker,
    prompt: Option<Prompt>,
    progress: Progress,
    closed: bool,
}

impl Terminal {
    /// A terminal that masks with `masker`. It can ask only where standard error is a terminal that someone sits at.
    pub fn new(color: Color, masker: Masker) -> Terminal {
        let out = std::io::stdout().is_terminal();
        let err = std::io::stderr().is_terminal();
        Terminal {
            style: Style { colored: colored(color), width: width() },
            masker,
            prompt: (out && err).then(Prompt::open).flatten(),
            progress: Progress::new(err),
            closed: false,
        }
    }

    /// Whether the reader of standard output has gone.
    pub fn closed(&self) -> bool {
        self.closed
    }

    /// Prints text that is already fit for the screen.
    pub fn print(&mut self, text: &str) {
        let mut out = std::io::stdout().lock();
        // A closed pipe ends the printing, not the program: `| head` is no error.
        if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
            self.closed = true;
        }
    }
}

/// Columns of the screen; without one, as many as a page has.
fn width() -> usize {
    let columns = dialoguer::console::Term::stdout().size_checked().map_or(100, |(_, columns)| usize::from(columns));
    columns.clamp(40, 160)
}

impl Console for Terminal {
    fn interactive(&self) -> bool {
        self.prompt.is_some() && !self.closed
    }

    fn show(&mut self, view: &View) {
        self.progress.clear();
        // The window may have been resized since.
        self.style.width = width();
        let text = render::render(view, self.style, &self.masker);
        self.print(&text);
    }

    fn ask(&mut self, question: &Question) -> Reply {
        self.progress.clear();
        match &mut self.prompt {
            Some(prompt) => prompt.ask(question),
            None => Reply::Nobody,
        }
    }

    fn begin(&mut self, labels: &[String]) {
        let labels: Vec<String> = labels.iter().map(|l| self.masker.mask(&crate::text::clean(l))).collect();
        self.progress.begin(&labels);
    }

    fn ended(&mut self, index: usize) {
        self.progress.ended(index);
    }

    fn said(&mut self, line: &str) -> bool {
        let line = self.masker.mask(&crate::text::clean(line));
        self.progress.said(line.trim_end())
    }

    fn finish(&mut self) {
        self.progress.clear();
    }
}

/// Whether what goes to standard output is coloured.
pub fn colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none()
                && std::env::var("TERM").as_deref() != Ok("dumb")
        }
    }
}

/// Writes an answer to standard output, for commands that are no conversation. A closed pipe is no error.
pub fn out(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a message about the program itself to standard error.
pub fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
