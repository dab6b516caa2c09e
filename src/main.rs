//! The program's door: hands over to the library and returns its exit code.
//! It never holds logic of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    unstuck::app::main()
}
