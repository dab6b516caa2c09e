//! What is still being waited for, on one line that disappears before anything else is shown.
//! It never leaves a trace on a screen that is no terminal.

use std::fs::File;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// One spinner for all looks that run at the same time.
pub(super) struct Progress {
    visible: bool,
    bar: Option<ProgressBar>,
    waiting: Vec<Option<String>>,
    silence: Option<Silence>,
    said: usize,
}

/// More lines of what is being done are not shown while it is done.
const MOST_SAID: usize = 60;

/// Keys are not shown while a line is redrawn: `^C` and what is typed ahead would stay in the middle of it.
struct Silence {
    keyboard: File,
    before: Termios,
}

impl Silence {
    fn begin() -> Option<Silence> {
        let keyboard = File::open("/dev/tty").ok()?;
        let before = tcgetattr(&keyboard).ok()?;
        let mut silent = before.clone();
        silent.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHOCTL);
        tcsetattr(&keyboard, SetArg::TCSANOW, &silent).ok()?;
        Some(Silence { keyboard, before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(&self.keyboard, SetArg::TCSANOW, &self.before);
    }
}

/// How far something is that nobody knows the length of: it shows itself after a second, and disappears at its end.
pub struct Slowly {
    begun: Instant,
    what: &'static str,
    bar: ProgressBar,
}

impl Slowly {
    /// Begins; `what` is being done, in a word or two.
    pub fn new(what: &'static str) -> Slowly {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Slowly { begun: Instant::now(), what, bar }
    }

    /// So many of so many are done.
    pub fn done(&self, done: usize, all: usize) {
        if self.begun.elapsed() < PATIENCE {
            return;
        }
        if self.bar.is_hidden() && std::io::stderr().is_terminal() {
            if let Ok(style) = ProgressStyle::with_template(" {spinner} {msg}  {bar:30} {pos}/{len}  {eta} left") {
                self.bar.set_style(style);
            }
            self.bar.set_message(self.what);
            self.bar.set_length(all as u64);
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done as u64);
    }
}

impl Drop for Slowly {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// What takes no longer is not worth a line.
const PATIENCE: Duration = Duration::from_secs(1);

impl Progress {
    pub(super) fn new(visible: bool) -> Progress {
        Progress { visible, bar: None, waiting: Vec::new(), silence: None, said: 0 }
    }

    pub(super) fn begin(&mut self, labels: &[String]) {
        self.clear();
        if !self.visible {
            return;
        }
        self.waiting = labels.iter().map(|l| Some(l.clone())).collect();
        self.silence = Silence::begin();
        // Keys shown until now stand where the line begins.
        let _ = dialoguer::console::Term::stderr().clear_line();
        let bar = ProgressBar::with_draw_target(Some(labels.len() as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(" {spinner} {pos}/{len}  {wide_msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        self.bar = Some(bar);
        self.name_the_rest();
    }

    pub(super) fn ended(&mut self, index: usize) {
        if let Some(place) = self.waiting.get_mut(index) {
            *place = None;
        }
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
        self.name_the_rest();
    }

    /// Shows a line of the work above the spinner; says whether it did.
    pub(super) fn said(&mut self, line: &str) -> bool {
        let Some(bar) = self.bar.as_ref().filter(|_| !line.is_empty()) else { return false };
        self.said += 1;
        if self.said <= MOST_SAID {
            bar.println(format!("   │ {line}"));
        }
        true
    }

    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            if self.said > MOST_SAID {
                bar.println(format!("   │ … {} more", crate::text::count(self.said - MOST_SAID, "line")));
            }
            bar.finish_and_clear();
        }
        self.said = 0;
        self.waiting.clear();
        self.silence = None;
    }

    fn name_the_rest(&self) {
        if let Some(bar) = &self.bar {
            let rest: Vec<&str> = self.waiting.iter().flatten().map(String::as_str).collect();
            bar.set_message(rest.join(" · "));
        }
    }
}
