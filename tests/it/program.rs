//! The built program by pipe: a home of its own for each run, nothing of this machine's environment, and no Docker.
//! It never gives it a terminal.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What it did in the folder `dir`, with `env` besides.
pub fn unstuck(dir: &Path, env: &[(&str, &str)], args: &[&str]) -> Output {
    fed(dir, env, args, "")
}

/// The same, where `input` is what the pipe holds.
pub fn fed(dir: &Path, env: &[(&str, &str)], args: &[&str], input: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_unstuck"))
        .args(args)
        .env_clear()
        .env("HOME", home.path())
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .envs(env.iter().copied())
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input closes the pipe; that is its right.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// All that it said, on both streams.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(output)))
}
