//! A program on a pseudo terminal with a screen: started as an operator would, typed into, and waited for.
//! It never sleeps for luck: it waits for output, and says when nothing came.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A running program and its terminal; ended with it.
pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    _master: Box<dyn MasterPty + Send>,
}

/// What the terminal holds.
pub struct Screen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    last: Instant,
    /// The program wrote its last.
    pub ended: bool,
}

impl Screen {
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// The lines down to the one with the cursor.
    #[allow(dead_code)]
    pub fn to_cursor(&self) -> Vec<String> {
        let (row, _) = self.parser.screen().cursor_position();
        self.text().lines().take(usize::from(row) + 1).map(str::to_owned).collect()
    }

    /// For how long nothing came.
    #[allow(dead_code)]
    pub fn quiet(&self) -> Duration {
        self.last.elapsed()
    }
}

impl Pty {
    /// Starts `program` in `dir` with an environment of its own: a path, a terminal of that many rows and columns, and `env`.
    pub fn start(program: &Path, dir: &Path, size: (u16, u16), args: &[&str], env: &[(&str, &str)]) -> Pty {
        let (rows, cols) = size;
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("TERM", "xterm-256color");
        for (name, value) in env {
            command.env(name, value);
        }
        command.cwd(dir);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let parser = vt100::Parser::new(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(cols).unwrap(), 0);
        let first = Screen { parser, raw: Vec::new(), last: Instant::now(), ended: false };
        let screen = Arc::new((Mutex::new(first), Condvar::new()));
        let shared = screen.clone();
        std::thread::spawn(move || {
            let mut chunk = [0; 8192];
            loop {
                let n = output.read(&mut chunk).unwrap_or(0);
                let mut screen = shared.0.lock().unwrap();
                screen.parser.process(&chunk[..n]);
                screen.raw.extend_from_slice(&chunk[..n]);
                screen.last = Instant::now();
                screen.ended = n == 0;
                shared.1.notify_all();
                if n == 0 {
                    return;
                }
            }
        });
        Pty { child, keyboard, screen, _master: pair.master }
    }

    /// What the screen shows now.
    pub fn text(&self) -> String {
        self.screen.0.lock().unwrap().text()
    }

    /// Every byte the program wrote so far.
    #[allow(dead_code)]
    pub fn raw(&self) -> Vec<u8> {
        self.screen.0.lock().unwrap().raw.clone()
    }

    /// Waits until `met` finds something on the screen; `None` where it did not within `limit`, or cannot any more.
    pub fn until<T>(&self, limit: Duration, mut met: impl FnMut(&Screen) -> Option<T>) -> Option<T> {
        let until = Instant::now() + limit;
        let mut screen = self.screen.0.lock().unwrap();
        loop {
            if let Some(found) = met(&screen) {
                return Some(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if screen.ended || left.is_zero() {
                return None;
            }
            // Silence is something to wait for as well, so it is looked again before anything comes.
            screen = self.screen.1.wait_timeout(screen, left.min(Duration::from_millis(40))).unwrap().0;
        }
    }

    /// Sends keys as they are. A program that is gone reads nothing; what it showed tells why.
    pub fn keys(&mut self, keys: &[u8]) {
        let _ = self.keyboard.write_all(keys);
        let _ = self.keyboard.flush();
    }

    /// Waits for the program's end and gives its exit code; `None` where it does not end within `limit`.
    pub fn exit_code(&mut self, limit: Duration) -> Option<u32> {
        self.until(limit, |screen| screen.ended.then_some(()))?;
        self.child.wait().ok().map(|status| status.exit_code())
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.kill();
    }
}
