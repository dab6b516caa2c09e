//! What is looked at before the grammar: texts too long, too deep, or that the parser would misread or never end on.
//! It never reads a word; what it refuses is not known, and thus asked about.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use brush_parser::ast::Program;
use brush_parser::{Parser, ParserOptions};

use super::Parsed;
use super::fed::Fed;
use super::reader::Reader;

/// Text longer than this is not read: no runbook step is.
const LONGEST: usize = 64 * 1024;

/// Brackets nested deeper than this are not read, so that the parser's stack stays small.
const DEEPEST: usize = 6;

/// Reads shell text that has nothing on its input.
///
/// # Errors
/// The token or place the grammar stumbled over.
pub(in crate::command) fn read(text: &str) -> Result<Parsed, String> {
    read_fed(text, Fed::Nothing)
}

/// Reads shell text with `fed` on its input.
pub(in crate::command) fn read_fed(text: &str, fed: Fed) -> Result<Parsed, String> {
    if text.len() > LONGEST {
        return Err("its length".into());
    }
    if nesting(text) > DEEPEST {
        return Err("its nesting".into());
    }
    if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(control.escape_default().to_string());
    }
    // A here-document inside a substitution can keep the parser from ever ending.
    let inside = ["${", "$(", "$[", "`", "<(", ">("].iter().filter_map(|opener| text.find(opener)).min();
    if inside.and_then(|at| text.get(at..)).is_some_and(|rest| rest.contains("<<")) {
        return Err("<<".into());
    }
    if glued(text) {
        return Err(")#".into());
    }
    let mut text = text.to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    guarded(|| tree(&text, fed)).unwrap_or_else(|| Err(crate::text::shorten(&text, 40)))
}

/// The commands and hazards of a text that was found fit to be parsed.
fn tree(text: &str, fed: Fed) -> Result<Parsed, String> {
    let options = ParserOptions::default();
    let program: Program =
        Parser::new(text.as_bytes(), &options).parse_program().map_err(|_| crate::text::shorten(text, 40))?;
    let mut reader = Reader::new(options, fed);
    for list in &program.complete_commands {
        reader.list(list);
    }
    Ok(reader.parsed)
}

/// What `read` returns; `None` where it panics. The parser takes some broken texts for impossible ones (a here-document
/// that ends inside `${`), and what cannot be read is an answer here, not a fault of the program.
fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    thread_local!(static INSIDE: Cell<bool> = const { Cell::new(false) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !INSIDE.get() {
                before(panic);
            }
        }));
    });
    let outer = INSIDE.replace(true);
    let out = catch_unwind(AssertUnwindSafe(read)).ok();
    INSIDE.set(outer);
    out
}

/// Whether a `#` stands right behind what the shell computes: `<(ls)#; rm x`. There it is a letter, and the parser takes
/// it for a comment.
fn glued(text: &str) -> bool {
    let (mut single, mut escaped) = (false, false);
    let mut last = ' ';
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\'' => single = !single,
            _ if single => {}
            '\\' => escaped = true,
            '#' if matches!(last, ')' | '`') => return true,
            _ => {}
        }
        last = c;
    }
    false
}

/// How deep what the grammar follows could nest: brackets and keywords outside of single quotes, counted generously.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let (mut single, mut double, mut escaped) = (false, false, false);
    let mut backquotes = 0usize;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\'' if !double => single = !single,
            _ if single => {}
            '\\' => escaped = true,
            '"' => double = !double,
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            '`' => backquotes += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    // Apostrophes in a text between double quotes can turn the count of quotes round: then all brackets count.
    if single || double {
        deepest = text.chars().filter(|c| matches!(c, '(' | '{' | '[')).count();
    }
    let keywords = text
        .split(|c: char| c.is_whitespace() || matches!(c, ';' | '(' | '{' | '&' | '|'))
        .filter(|w| matches!(*w, "if" | "for" | "while" | "until" | "case" | "select" | "elif"))
        .count();
    deepest.max(keywords).max(backquotes / 2)
}
