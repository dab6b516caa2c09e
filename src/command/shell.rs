//! Shell text read by a real grammar into plain words, pipelines and lists.
//! It never expands anything: what the shell would compute at run time is not plain.

/// Shell text whose every word is known before it runs: lists of pipelines of plain commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub pipelines: Vec<Pipeline>,
}

/// How a pipeline hangs on the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// First, or after `;` or a line feed.
    Then,
    /// After `&&`.
    And,
    /// After `||`.
    Or,
}

/// Commands joined by `|`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    pub joint: Joint,
    pub commands: Vec<Simple>,
}

/// One program with its arguments, quotes already removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simple {
    /// `NAME=value` before the program.
    pub assignments: Vec<(String, String)>,
    /// Program and arguments; never empty.
    pub argv: Vec<String>,
    /// `2>/dev/null` or `>/dev/null`: stderr is thrown away.
    pub quiet: bool,
    /// `2>&1`: stderr goes where stdout goes.
    pub merged: bool,
}

impl Script {
    /// Reads `text` as plain shell; `None` where it is not plain (expansion, loop, write, background, parse error).
    pub fn plain(_text: &str) -> Option<Script> {
        None
    }

    /// The only command of the script, if it is a single one.
    pub fn single(&self) -> Option<&Simple> {
        match self.pipelines.as_slice() {
            [Pipeline { commands, .. }] => match commands.as_slice() {
                [one] => Some(one),
                _ => None,
            },
            _ => None,
        }
    }
}
