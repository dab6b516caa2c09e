//! Words: their text where it is known before the shell runs, with quotes and escapes taken away.
//! It never makes up a value: a variable, a substitution or arithmetic is a hazard.

use brush_parser::ast::Word;
use brush_parser::word::{Parameter, ParameterExpr, WordPiece, WordPieceWithSource, parse as parse_word};

use super::reader::Reader;
use super::{Hazard, Open};

impl Reader {
    /// The text of a word where it is known before the shell runs; else a hazard is noted.
    pub(super) fn word(&mut self, word: &Word) -> Option<String> {
        let pieces = match parse_word(&word.value, &self.options) {
            Ok(pieces) => pieces,
            Err(_) => {
                self.hazard(word.value.clone(), "this word cannot be read");
                return None;
            }
        };
        let mut text = String::new();
        let patterns = self.patterns.len();
        let known = self.pieces(&pieces, &mut text, false);
        if self.patterns.len() > patterns {
            self.patterns.truncate(patterns);
            self.patterns.push(text.clone());
        }
        if known && word.value.contains(['{', '$']) && braces(&pieces) {
            self.hazard(word.value.clone(), "braces are made into several words by the shell");
            return None;
        }
        known.then_some(text)
    }

    fn pieces(&mut self, pieces: &[WordPieceWithSource], out: &mut String, quoted: bool) -> bool {
        let mut known = true;
        for piece in pieces {
            match &piece.piece {
                WordPiece::Text(text) => {
                    if text.contains("$[") {
                        self.hazard("$[", "arithmetic can run commands hidden in it");
                        known = false;
                    }
                    if !quoted {
                        self.unquoted(text, out);
                    }
                    out.push_str(text);
                }
                WordPiece::SingleQuotedText(text) => out.push_str(text),
                WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                    known &= self.pieces(inner, out, true);
                }
                WordPiece::EscapeSequence(text) => {
                    let bare = text.strip_prefix('\\').unwrap_or(text);
                    if bare != "\n" {
                        out.push_str(bare);
                    }
                }
                WordPiece::AnsiCQuotedText(text) => {
                    self.hazard(format!("$'{text}'"), "its letters are computed by the shell");
                    known = false;
                }
                WordPiece::TildeExpansion(_) => {
                    self.parsed.compound = true;
                    out.push('~');
                }
                WordPiece::ParameterExpansion(expansion) => {
                    if let Some(value) = self.value(expansion) {
                        out.push_str(&value);
                        continue;
                    }
                    self.hazard("$", "a variable's value is known only at run time");
                    known = false;
                }
                WordPiece::CommandSubstitution(inner) => {
                    self.substitution("$(", inner);
                    known = false;
                }
                WordPiece::BackquotedCommandSubstitution(inner) => {
                    self.substitution("`", inner);
                    known = false;
                }
                WordPiece::ArithmeticExpression(_) => {
                    self.hazard("$((", "arithmetic can run commands hidden in it");
                    known = false;
                }
            }
        }
        known
    }

    fn substitution(&mut self, token: &str, inner: &str) {
        self.parsed.hazards.push(Hazard {
            token: token.into(),
            reason: "it runs another command inside this one",
            overwrites: false,
            only_inner: false,
            inner: Some(inner.to_owned()),
        });
    }

    /// The value of a variable that a loop over known words sets.
    fn value(&self, expansion: &ParameterExpr) -> Option<String> {
        let ParameterExpr::Parameter { parameter: Parameter::Named(name), indirect: false } = expansion else {
            return None;
        };
        self.bound.iter().rev().find(|(bound, _)| bound == name).map(|(_, value)| value.clone())
    }

    /// Unquoted text: patterns are made into file names. `before` is what stands before it in its word.
    fn unquoted(&mut self, text: &str, before: &str) {
        // A pattern stays what it is for judging; running it needs the shell.
        // A bracket that does not close is no pattern: `[ -f x ]`.
        let pattern = |(at, c): &(usize, char)| {
            matches!(c, '*' | '?' | '(') || *c == '[' && text.get(*at..).is_some_and(|rest| rest.contains(']'))
        };
        if let Some((at, _)) = text.char_indices().find(pattern) {
            self.parsed.compound = true;
            let fixed = before.chars().chain(text.get(..at).unwrap_or_default().chars()).next();
            // `@(a|b)` is one in shells that know such patterns.
            let fixed = fixed.filter(|_| !text.contains('('));
            self.open = self.open.max(if fixed.is_some_and(|c| c != '-') { Open::Words } else { Open::Anything });
            self.patterns.push(String::new());
        }
    }
}

/// Whether unquoted braces in a word make it several: `{a,b}` and `{1..3}` do, `{}` and `{.items}` do not.
fn braces(pieces: &[WordPieceWithSource]) -> bool {
    // What is quoted or computed stands as a letter, so that only bare braces, commas and dots count.
    let bare: String = pieces
        .iter()
        .map(|piece| match &piece.piece {
            WordPiece::Text(text) => text.clone(),
            _ => "q".into(),
        })
        .collect();
    let mut opened: Vec<usize> = Vec::new();
    let mut commas: Vec<bool> = Vec::new();
    for (at, c) in bare.char_indices() {
        match c {
            '{' => {
                opened.push(at);
                commas.push(false);
            }
            ',' => {
                if let Some(last) = commas.last_mut() {
                    *last = true;
                }
            }
            '}' => {
                let (Some(start), Some(comma)) = (opened.pop(), commas.pop()) else { continue };
                let inside = bare.get(start + 1..at).unwrap_or_default();
                let range = inside.split_once("..").is_some_and(|(from, to)| {
                    let end = |t: &str| t.parse::<i64>().is_ok() || t.chars().count() == 1 || t.contains("..");
                    end(from) && !to.is_empty()
                });
                if comma || range {
                    return true;
                }
            }
            _ => {}
        }
    }
    // A comma in braces that never close, or close elsewhere, is left alone by the shell; doubt is no harm here.
    commas.iter().any(|c| *c)
}
