//! Removes what could act on a terminal: escape sequences, control characters, bidi and zero-width tricks.
//! It never drops a visible character.

use std::sync::LazyLock;

use regex::Regex;
use vte::{Parser, Perform};

/// `raw` without anything a terminal would obey; line feeds and tabs stay, a lone carriage return ends a line.
pub fn clean(raw: &str) -> String {
    // 8-bit control sequences are written as their 7-bit forms first, so that one state machine knows both.
    let mut seven = String::with_capacity(raw.len());
    for c in raw.replace("\r\n", "\n").chars() {
        match c {
            '\r' => seven.push('\n'),
            '\u{80}'..='\u{9f}' => {
                seven.push('\u{1b}');
                seven.extend(char::from_u32(u32::from(c) - 0x40));
            }
            other => seven.push(other),
        }
    }
    let mut kept = Kept::default();
    let mut parser = Parser::new();
    parser.advance(&mut kept, seven.as_bytes());
    kept.text
}

#[derive(Default)]
struct Kept {
    text: String,
}

impl Perform for Kept {
    fn print(&mut self, c: char) {
        if !acts(c) {
            self.text.push(c);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => self.text.push('\n'),
            b'\t' => self.text.push('\t'),
            _ => {}
        }
    }
}

/// Whether a character is not seen itself, but acts on the terminal or on how others are seen.
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}')
}

// The pattern is a constant of this file, tested below.
#[allow(clippy::unwrap_used)]
static LEFTOVER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[(?:\d{1,3}(?:;\d{1,3})*)?m").unwrap());

/// A paste without the colour codes a line editor damaged by taking their first character away.
pub fn scrub_pasted(raw: &str) -> String {
    LEFTOVER.replace_all(&clean(raw), "").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_obeys_is_gone() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m"), "red");
        assert_eq!(clean("a\u{1b}]0;title\u{7}b\u{9d}x\u{9c}c"), "abc");
        assert_eq!(clean("one\rtwo\r\nthree\tx"), "one\ntwo\nthree\tx");
        assert_eq!(clean("a\u{202e}b\u{200b}c\u{e0041}d"), "abcd");
        assert_eq!(scrub_pasted("[31mERROR[0m x [ok]"), "ERROR x [ok]");
    }

    proptest! {
        #[test]
        fn no_control_character_comes_through(raw in ".*") {
            let out = clean(&raw);
            prop_assert!(out.chars().all(|c| c == '\n' || c == '\t' || !acts(c)));
            prop_assert_eq!(clean(&out), out.clone());
        }
    }
}
