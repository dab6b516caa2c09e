//! A pseudo terminal with a screen: starts the program as an operator would, types, and waits for what is shown.
//! It never sleeps for luck: it waits for output, and gives up aloud.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// High enough that nothing scrolls away in a test.
const SIZE: PtySize = PtySize { rows: 400, cols: 120, pixel_width: 0, pixel_height: 0 };

/// The program on a pseudo terminal.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    _master: Box<dyn MasterPty + Send>,
}

struct Screen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

impl Terminal {
    /// Starts the program in `home`, with its own state folders there and `env` besides.
    pub fn start(home: &Path, args: &[&str], env: &[(&str, &str)]) -> Terminal {
        Self::start_wide(home, SIZE.cols, args, env)
    }

    /// The same on a terminal of so many columns.
    pub fn start_wide(home: &Path, cols: u16, args: &[&str], env: &[(&str, &str)]) -> Terminal {
        Self::spawn(&[], cols, home, args, env)
    }

    /// The same, started by another program that becomes it.
    pub fn start_by(before: &[&str], home: &Path, args: &[&str], env: &[(&str, &str)]) -> Terminal {
        Self::spawn(before, SIZE.cols, home, args, env)
    }

    fn spawn(before: &[&str], cols: u16, home: &Path, args: &[&str], env: &[(&str, &str)]) -> Terminal {
        let pair = native_pty_system().openpty(PtySize { cols, ..SIZE }).unwrap();
        let words = [before, &[env!("CARGO_BIN_EXE_unstuck")], args].concat();
        let mut command = CommandBuilder::new(words[0]);
        command.args(&words[1..]);
        command.env_clear();
        command.env("HOME", home);
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
        for (name, value) in env {
            command.env(name, value);
        }
        command.cwd(home);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let first =
            Screen { parser: vt100::Parser::new(nonzero(SIZE.rows), nonzero(cols), 0), raw: Vec::new(), ended: false };
        let screen = Arc::new((Mutex::new(first), Condvar::new()));
        let shared = screen.clone();
        std::thread::spawn(move || {
            let mut chunk = [0; 8192];
            loop {
                let n = output.read(&mut chunk).unwrap_or(0);
                let mut screen = shared.0.lock().unwrap();
                screen.parser.process(&chunk[..n]);
                screen.raw.extend_from_slice(&chunk[..n]);
                screen.ended = n == 0;
                shared.1.notify_all();
                if n == 0 {
                    return;
                }
            }
        });
        Terminal { child, keyboard, screen, _master: pair.master }
    }

    /// What the screen shows now.
    pub fn text(&self) -> String {
        self.screen.0.lock().unwrap().parser.screen().contents()
    }

    /// Every byte the program wrote so far.
    pub fn raw(&self) -> Vec<u8> {
        self.screen.0.lock().unwrap().raw.clone()
    }

    /// Waits until `shown` is on the screen.
    pub fn wait_for(&self, shown: &str) -> String {
        self.wait_until(shown, |text| text.contains(shown))
    }

    /// Waits until `shown` is on the screen below the last `marker`.
    pub fn wait_for_below(&self, marker: &str, shown: &str) -> String {
        self.wait_until(shown, |text| text.rsplit_once(marker).is_some_and(|(_, below)| below.contains(shown)))
    }

    pub fn wait_until(&self, what: &str, met: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        let mut screen = self.screen.0.lock().unwrap();
        loop {
            let text = screen.parser.screen().contents();
            if met(&text) {
                return text;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!screen.ended && !left.is_zero(), "`{what}` never came; the screen shows\n{text}");
            screen = self.screen.1.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Types a line and Enter.
    pub fn type_line(&mut self, line: &str) {
        self.keys(&format!("{line}\r"));
    }

    /// Sends keys as they are: `\x03` is Ctrl-C.
    pub fn keys(&mut self, keys: &str) {
        self.bytes(keys.as_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.keyboard.write_all(bytes).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for the program's end and gives its exit code.
    pub fn exit_code(&mut self) -> u32 {
        let until = Instant::now() + PATIENCE;
        let mut screen = self.screen.0.lock().unwrap();
        while !screen.ended {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it does not end; the screen shows\n{}", screen.parser.screen().contents());
            screen = self.screen.1.wait_timeout(screen, left).unwrap().0;
        }
        drop(screen);
        self.child.wait().unwrap().exit_code()
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn nonzero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
