//! Removes what could act on a terminal: escape sequences, control characters, bidi and zero-width tricks.
//! It never drops a visible character.

use std::sync::LazyLock;

use regex::Regex;
use vte::{Parser, Perform};

use super::pattern;

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
    parser.advance(&mut kept, without_strings(&seven).as_bytes());
    kept.text
}

/// Control strings (OSC, DCS, APC, PM, SOS) taken out whole; one that does not end on its line hides nothing behind it.
fn without_strings(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let mut chars = after.chars().skip(1);
        let Some(kind) = chars.next().filter(|c| matches!(c, ']' | 'P' | 'X' | '^' | '_')) else {
            out.push('\u{1b}');
            rest = after.get(1..).unwrap_or_default();
            continue;
        };
        let body = after.get(2..).unwrap_or_default();
        let line = body.find('\n').map_or(body, |end| body.get(..end).unwrap_or_default());
        let bell = line.find('\u{7}').filter(|_| kind == ']').map(|end| end + 1);
        let end = match (bell, line.find("\u{1b}\\").map(|end| end + 2)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        rest = body.get(end.unwrap_or(0)..).unwrap_or_default();
    }
    out.push_str(rest);
    out
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

static LEFTOVER: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        // The escape character alone is gone.
        r"\[(?:\d{1,3}(?:;\d{1,3})*)?m",
        // More of it is gone: the end of `38;5;12m`, and the `m` of a reset, before what it coloured.
        r"(?m)(?P<before>^|[\s|])(?:;?\d{1,3}(?:;\d{1,3})+|;\d{1,3})m",
        r#"(?m)(?P<before>^|[\s|])m(?P<after>[0-9A-Z\[{"/])"#,
        // And behind the word that was coloured.
        r"(?P<before>\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|PANIC))m\b(?P<after>)",
    ]
    .map(pattern)
});

/// A paste without the colour codes a line editor damaged by taking their beginning away.
pub fn scrub_pasted(raw: &str) -> String {
    let mut text = clean(raw);
    // What is typed is one line; only in a log can a lone `m` be the rest of a colour.
    let many = text.contains('\n');
    for (nth, left) in LEFTOVER.iter().enumerate().take(if many { LEFTOVER.len() } else { 1 }) {
        let with = if nth == 0 { "" } else { "${before}${after}" };
        text = left.replace_all(&text, with).into_owned();
    }
    text
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
        assert_eq!(clean("a\u{1b}]0;no end\nERROR\u{7}"), "a0;no end\nERROR");
        assert_eq!(clean("\u{1b}Pq\u{1b}\\x\u{1b}_y\u{1b}\\z\u{1b}^p\u{1b}\\!\u{1b}Xs\u{1b}\\?"), "xz!?");
        assert_eq!(clean("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\"), "link");
        assert_eq!(clean("a\u{9b}31mb\u{90}q\u{9c}c\u{7f}\0\u{8}d"), "abcd");
        assert_eq!(scrub_pasted("[31mERROR[0m x [ok]"), "ERROR x [ok]");
        assert_eq!(
            scrub_pasted("api-1  | m2026-11-27 INFOm up\nmERROR ;12mbad 5;12mworse 10m left, a memory | map"),
            "api-1  | 2026-11-27 INFO up\nERROR bad worse 10m left, a memory | map"
        );
        assert_eq!(scrub_pasted("m5 large is slow"), "m5 large is slow", "one line is as it was typed");
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
