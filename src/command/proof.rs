//! The proof that a command only looks: a `ReadOnly` cannot be made anywhere else.
//! It never stands for a line with an unfilled placeholder or an effect above `reads`.

use super::{Effect, Script, Verdict, judge, placeholder};

/// A command line that was judged `reads` and has no placeholder left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOnly {
    text: String,
    verdict: Verdict,
    script: Option<Script>,
}

impl ReadOnly {
    /// Proves that `text` only looks.
    ///
    /// # Errors
    /// The verdict that stands against it; a line with an open placeholder is judged too, and refused as `changes`.
    pub fn prove(text: &str) -> Result<ReadOnly, Verdict> {
        let mut verdict = judge(text);
        if let Some(open) = placeholder::find(text).first() {
            verdict.effect = verdict.effect.max(Effect::Changes);
            verdict.decided_by = open.text.clone();
            verdict.reason = format!("`{}` has to be filled in first", open.text);
        }
        match verdict.effect {
            Effect::Reads => Ok(ReadOnly { text: text.to_owned(), verdict, script: Script::plain(text) }),
            Effect::Changes | Effect::Destroys => Err(verdict),
        }
    }

    /// The line as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The judgement that allowed it.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Its programs and arguments where no shell is needed to run it.
    pub fn script(&self) -> Option<&Script> {
        self.script.as_ref()
    }
}
