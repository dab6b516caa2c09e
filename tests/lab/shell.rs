//! Shell commands of the fault files, with the helpers of the prelude, bounded in time.
//! It never runs a command outside the project's folder.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const PRELUDE: &str = include_str!("stack/prelude.sh");

/// Where commands run, and what they find in their environment.
#[derive(Debug, Clone)]
pub struct Shell {
    pub dir: std::path::PathBuf,
    pub foscam: std::path::PathBuf,
    pub lab: std::path::PathBuf,
    /// For what a fault must remember until it is taken back.
    pub tmp: std::path::PathBuf,
}

impl Shell {
    /// Runs `script` and gives its output; an error where it fails or takes longer than two minutes.
    pub fn run(&self, script: &str) -> Result<String> {
        let (code, out, err) = self.output(script)?;
        if code != 0 {
            bail!("`{}` ended with {code}: {}", script.trim(), err.trim());
        }
        Ok(out)
    }

    /// Whether `script` ends well.
    pub fn holds(&self, script: &str) -> bool {
        self.output(script).is_ok_and(|(code, _, _)| code == 0)
    }

    /// Waits until `script` ends well; says whether it did.
    pub fn wait_for(&self, script: &str, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        loop {
            if self.holds(script) {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
    }

    fn output(&self, script: &str) -> Result<(i32, String, String)> {
        let output = Command::new("timeout")
            .args(["120", "bash", "-c", &format!("{PRELUDE}\n{script}")])
            .current_dir(&self.dir)
            .env("FOSCAM", &self.foscam)
            .env("LAB", &self.lab)
            .env("TMP", &self.tmp)
            .stdin(Stdio::null())
            .output()
            .context("cannot start bash")?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr)))
    }
}

/// Runs a program and gives its output; an error where it fails.
pub fn program(name: &str, words: &[&str], dir: &Path) -> Result<String> {
    let output = Command::new(name)
        .args(words)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{name}`"))?;
    if !output.status.success() {
        bail!("`{name} {}` failed: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
