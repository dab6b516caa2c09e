//! Shell text read by a real grammar into plain words, pipelines and lists, and into what stands against being plain.
//! It never expands anything: what the shell would compute at run time is a hazard, and what it cannot read is one too.

mod fed;
mod guard;
mod reader;
mod words;

pub use fed::Fed;
pub(super) use guard::{read, read_fed};

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

/// What is added to a command's words only when it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Open {
    /// Nothing: the words are what they are.
    #[default]
    Closed,
    /// Words that are no options: a file name pattern with a fixed beginning.
    Words,
    /// Words and options: what comes from a pipe, or from a pattern that matches any name.
    Anything,
}

/// One program with its arguments, quotes already removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simple {
    /// `NAME=value` before the program.
    pub assignments: Vec<(String, String)>,
    /// Program and arguments; never empty.
    pub argv: Vec<String>,
    /// `2>/dev/null`: stderr is thrown away.
    pub quiet: bool,
    /// `2>&1`: stderr goes where stdout goes.
    pub merged: bool,
    /// What the shell or a pipe adds.
    pub open: Open,
    /// The words among the arguments that the shell makes into file names.
    pub patterns: Vec<String>,
    /// What stands on its input.
    pub fed: Fed,
}

impl Script {
    /// Reads `text` as plain shell; `None` where it is not plain (expansion, loop, write, background, parse error).
    pub fn plain(text: &str) -> Option<Script> {
        let parsed = read(text).ok()?;
        let simple = parsed.hazards.is_empty() && !parsed.compound;
        (simple && !parsed.pipelines.is_empty()).then_some(Script { pipelines: parsed.pipelines })
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

/// Something that keeps shell text from being plain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hazard {
    /// The token as written.
    pub token: String,
    pub reason: &'static str,
    /// It empties or overwrites a file.
    pub overwrites: bool,
    /// It does no more than the shell text inside it: `<(zcat x)` hands over what that prints.
    pub only_inner: bool,
    /// Shell text inside it that is judged too.
    pub inner: Option<String>,
}

/// Shell text as it was read: its commands, and what stands against its being plain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub pipelines: Vec<Pipeline>,
    pub hazards: Vec<Hazard>,
    /// It has loops, conditions, groups or a word that the shell makes into several.
    pub compound: bool,
    /// It has a loop that ends only from outside.
    pub endless: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(text: &str) -> Vec<Vec<String>> {
        Script::plain(text)
            .map_or(Vec::new(), |s| s.pipelines.into_iter().flat_map(|p| p.commands).map(|c| c.argv).collect())
    }

    #[test]
    fn plain_text_becomes_words() {
        assert_eq!(argv("ss -tlnp | grep 8000   # Backend"), [vec!["ss", "-tlnp"], vec!["grep", "8000"]]);
        assert_eq!(
            argv(r#"docker events --since="10m" --filter="type=container""#),
            [vec!["docker", "events", "--since=10m", "--filter=type=container"]]
        );
        assert_eq!(
            argv("curl -v -X OPTIONS -H \"Origin: http://localhost:3000\" \\\n  http://localhost:8000/api/events")
                .len(),
            1
        );
        assert_eq!(
            argv("time curl http://localhost:8000/health"),
            [vec!["time", "curl", "http://localhost:8000/health"]]
        );
        assert_eq!(argv("a && b || c; d").len(), 4);
        assert!(Script::plain("ls 2>/dev/null").unwrap().single().unwrap().quiet);
        assert!(Script::plain("ls 2>&1 | grep x").is_some());
    }

    #[test]
    fn what_the_shell_computes_is_not_plain() {
        for text in [
            "echo $(id)",
            "echo `id`",
            "echo $X",
            "cat <(id)",
            "{touch,x}",
            "echo $((1+1))",
            "ls > f",
            "ls &",
            "for i in 1 2; do ls; done",
            "f() { ls; }",
            "X=1",
            "ls *",
            "echo $'a'",
            "((1))",
            "ls 2>/etc/motd",
            "cat <> f",
            "if",
            "echo 'a",
            "kill <PID>",
        ] {
            assert_eq!(Script::plain(text), None, "{text}");
        }
    }

    #[test]
    fn deep_and_long_texts_are_refused_not_followed() {
        assert!(read(&"(".repeat(10_000)).is_err());
        assert!(read(&"a ".repeat(100_000)).is_err());
        assert!(read("a\u{1b}b").is_err());
    }

    #[test]
    fn what_the_parser_stumbles_over_is_refused() {
        for text in ["echo 99999999999999999999>x", "ls ~99999999999999999999", "echo ${x<<EOF\n}", "$(<<a\n)"] {
            let _ = read(text);
        }
        assert!(read("echo 99999999999999999999>x").is_err());
    }
}
