//! The program: command line, configuration, and the parts put together.
//! It never decides what is safe or what a reading means.

use std::process::ExitCode;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
