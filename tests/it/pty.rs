//! The program on a terminal as the tests see it: what must come is waited for, and a test ends aloud where it does not.
//! It never reaches a real Docker engine.

use std::path::Path;
use std::time::Duration;

#[path = "../pty/mod.rs"]
mod screen;

use self::screen::Pty;

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// High enough that nothing scrolls away in a test.
const ROWS: u16 = 400;
const COLS: u16 = 120;

/// The program on a pseudo terminal.
pub struct Terminal(Pty);

impl Terminal {
    /// Starts the program in `home`, with its own state folders there and `env` besides.
    pub fn start(home: &Path, args: &[&str], env: &[(&str, &str)]) -> Terminal {
        Self::start_wide(home, COLS, args, env)
    }

    /// The same on a terminal of so many columns.
    pub fn start_wide(home: &Path, cols: u16, args: &[&str], env: &[(&str, &str)]) -> Terminal {
        let own = home.to_string_lossy().into_owned();
        let mut all = vec![("HOME", own.as_str()), ("DOCKER_HOST", "unix:///nonexistent/docker.sock")];
        all.extend(env);
        Terminal(Pty::start(Path::new(env!("CARGO_BIN_EXE_unstuck")), home, (ROWS, cols), args, &all))
    }

    /// What the screen shows now.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// Every byte the program wrote so far.
    pub fn raw(&self) -> Vec<u8> {
        self.0.raw()
    }

    /// Waits until `shown` is on the screen.
    pub fn wait_for(&self, shown: &str) -> String {
        self.wait_until(shown, |text| text.contains(shown))
    }

    /// Waits until `shown` is on the screen below the last `marker`.
    pub fn wait_for_below(&self, marker: &str, shown: &str) -> String {
        self.wait_until(shown, |text| text.rsplit_once(marker).is_some_and(|(_, below)| below.contains(shown)))
    }

    fn wait_until(&self, what: &str, met: impl Fn(&str) -> bool) -> String {
        let found = self.0.until(PATIENCE, |screen| Some(screen.text()).filter(|text| met(text)));
        found.unwrap_or_else(|| panic!("`{what}` never came; the screen shows\n{}", self.text()))
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
        self.0.keys(bytes);
    }

    /// Waits for the program's end and gives its exit code.
    pub fn exit_code(&mut self) -> u32 {
        let code = self.0.exit_code(PATIENCE);
        code.unwrap_or_else(|| panic!("it does not end; the screen shows\n{}", self.text()))
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        self.0.kill();
    }
}
