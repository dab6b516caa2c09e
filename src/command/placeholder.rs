//! Placeholders in command lines: found, typed, and filled with a checked value that stays one argument.
//! It never splices a value into shell text in a way that could change how the line is read.

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceholderType {
    Container,
    Service,
    Pid,
    Port,
    Host,
    Url,
    Path,
    RedisKey,
    Int,
    Text,
}

/// One placeholder of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// As written, `<PID>`.
    pub text: String,
    /// Its bare name, `PID`.
    pub name: String,
    pub kind: PlaceholderType,
}

/// A value for a placeholder, with where it came from (`listening on port 8000`, `typed`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    pub source: String,
}

/// The placeholders of a command line, in order, each name once.
pub fn find(_line: &str) -> Vec<Placeholder> {
    Vec::new()
}

/// `line` with every placeholder named in `values` filled; each value stays one argument.
///
/// # Errors
/// One sentence saying which value was refused and why.
pub fn fill(line: &str, _values: &[(String, Value)]) -> Result<String, String> {
    Ok(line.to_owned())
}
