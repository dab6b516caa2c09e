//! The exit codes: one for each way a run can end, so that scripts can tell them apart.
//! It never prints.

use std::process::ExitCode;

use crate::session::Standing;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or matched.
    Done = 0,
    /// A problem was found and is not fixed.
    Problem = 1,
    /// The command line or a file named on it was wrong.
    Usage = 2,
    /// No section fits well.
    NoMatch = 3,
    /// The world could not be reached.
    Unreachable = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

impl From<Standing> for Exit {
    fn from(standing: Standing) -> Exit {
        match standing {
            Standing::Fine => Exit::Done,
            Standing::ProblemLeft => Exit::Problem,
            Standing::NoMatch => Exit::NoMatch,
            Standing::Unreachable => Exit::Unreachable,
        }
    }
}
