//! Lines of shell: where a command ends, the comment behind it, and whether a line reads as a command at all.
//! It never judges what a command does.

use super::tools::{is_tool, is_word, wants_more};
use crate::command::Script;

/// A command of more lines than this is taken by its first line.
const LONGEST: usize = 60;

/// The lines from `at` on that are one command, joined, and how many they are.
pub(super) fn whole(first: &str, rest: &[&str]) -> (String, usize) {
    let mut text = first.to_owned();
    for (nth, line) in rest.iter().enumerate().take(LONGEST) {
        if !unfinished(&text) {
            return (text, nth);
        }
        text.push('\n');
        text.push_str(line);
    }
    if !unfinished(&text) {
        return (text, rest.len().min(LONGEST));
    }
    // It never ends: only what is surely joined belongs to it.
    let mut text = first.to_owned();
    let mut taken = 0;
    while text.trim_end().ends_with('\\') {
        let Some(line) = rest.get(taken) else { break };
        text.push('\n');
        text.push_str(line);
        taken += 1;
    }
    (text, taken)
}

/// Whether the shell would wait for more.
fn unfinished(text: &str) -> bool {
    let end = text.trim_end();
    if ["\\", "&&", "||", "|"].iter().any(|e| end.ends_with(e)) {
        return true;
    }
    if let Some(word) = heredoc(text) {
        return !text.lines().skip(1).any(|l| l.trim() == word);
    }
    let (open, words) = scan(text);
    if open {
        return true;
    }
    let has = |wanted: &str| words.iter().any(|w| w == wanted);
    match words.first().map(String::as_str) {
        Some("for" | "while" | "until") => !has("done"),
        Some("if") => !has("fi"),
        Some("case") => !has("esac"),
        _ => false,
    }
}

/// The word that ends a here-document.
fn heredoc(text: &str) -> Option<String> {
    let (before, tail) = text.split_once("<<")?;
    if tail.starts_with('<') || before.matches('\'').count() % 2 == 1 {
        return None;
    }
    let tail = tail.trim_start_matches('-').trim_start().trim_start_matches(['\'', '"']);
    let word: String = tail.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit())).then_some(word)
}

/// Whether a quote or bracket is left open, and the bare words.
fn scan(text: &str) -> (bool, Vec<String>) {
    let (mut quote, mut depth, mut last) = (None::<char>, 0_i32, ' ');
    let mut words = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            Some('"') if c == '\\' => {
                chars.next();
            }
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None => match c {
                '\\' => {
                    chars.next();
                }
                '\'' | '"' => quote = Some(c),
                '(' => depth += 1,
                ')' => depth -= 1,
                '#' if last.is_whitespace() => while chars.next_if(|c| *c != '\n').is_some() {},
                c if c.is_whitespace() || c == ';' => words.push(String::new()),
                c => {
                    if let Some(word) = words.last_mut() {
                        word.push(c);
                    }
                }
            },
        }
        last = c;
    }
    words.retain(|w| !w.is_empty());
    // `case x in a)` closes what it never opened.
    (quote.is_some() || depth > 0, words)
}

/// A command and the comment behind it.
pub(super) fn split_comment(text: &str) -> (String, Option<String>) {
    if text.contains('\n') {
        return (text.trim().to_owned(), None);
    }
    let mut quote: Option<char> = None;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '#' && last.is_whitespace() => {
                let comment = text.get(at + 1..).unwrap_or("").trim();
                return (
                    text.get(..at).unwrap_or("").trim().to_owned(),
                    (!comment.is_empty()).then(|| comment.to_owned()),
                );
            }
            None => {}
        }
        last = c;
    }
    (text.trim().to_owned(), None)
}

/// The name and value where the whole line is an assignment, `export` before it or not.
pub(super) fn assignment(line: &str) -> Option<(&str, &str)> {
    let bare = line.trim().strip_prefix("export ").unwrap_or(line.trim()).trim_start();
    let (name, value) = bare.split_once('=')?;
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let (value, _) = split_comment(value);
    let whole = bare.get(name.len() + 1..).map(|v| v.get(..value.len()).unwrap_or(v)).unwrap_or("");
    let one = value.starts_with(['[', '"', '\'', '{', '`', '<'])
        || value.starts_with("$(")
        || !value.contains(char::is_whitespace);
    (named && one).then_some((name, whole))
}

/// The words of a line behind assignments and behind `sudo` and `time` with their options.
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    loop {
        let Some(first) = words.first().copied() else { return words };
        let assigns = first
            .split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        match first {
            "sudo" | "time" | "!" | "command" | "nohup" if words.len() > 1 => {
                words.remove(0);
                while words.first().is_some_and(|w| w.starts_with('-')) {
                    // `-u` has a name behind it.
                    let named = words.first().is_some_and(|w| matches!(*w, "-u" | "-g"));
                    words.remove(0);
                    if named && words.len() > 1 {
                        words.remove(0);
                    }
                }
            }
            _ if assigns && words.len() > 1 => {
                words.remove(0);
            }
            _ => return words,
        }
    }
}

fn is_path(word: &str) -> bool {
    word.starts_with("./")
        || word.starts_with("~/")
        || word.starts_with('/') && word.matches('/').count() > 1
        || word.contains("/bin/") && !word.contains("://")
}

/// Something only a command has: an option, a path, a pipe, a variable, a placeholder, an address.
fn has_sign(words: &[&str]) -> bool {
    words.iter().skip(1).any(|w| {
        w.starts_with('-') && w.len() > 1
            || w.contains(['/', '|', '$', '<', '=', '*', '@'])
            || w.ends_with(".md") && w.len() > 3
            || w.contains('.') && !w.ends_with('.')
            || is_tool(w) && !is_word(w)
    })
}

/// Words in columns, as tables and listings have them.
fn columns(text: &str) -> bool {
    let gaps = text.trim().split("  ").filter(|p| !p.trim().is_empty()).count();
    gaps > 2 && !text.split_whitespace().any(|w| w.starts_with('-') && w.len() > 1)
}

/// Words of prose: many, plain, ended like a sentence.
fn sentence(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain =
        words.iter().filter(|w| w.trim_matches([',', '.', ':', ';', '(', ')']).chars().all(char::is_alphabetic));
    let plain = plain.count();
    words.len() > 4 && plain + 1 >= words.len() && (text.trim_end().ends_with(['.', ':', ',']) || plain > 7)
}

/// An assignment of a program's language, or a sentence about the first word.
fn is_code(words: &[&str]) -> bool {
    words.get(1).is_some_and(|w| matches!(*w, "=" | "==" | "=>" | "+=" | ":=" | "-" | ":" | "is" | "are" | "was"))
}

/// Whether a line begins with a program of operations and goes on as a command does.
pub(super) fn known(text: &str) -> bool {
    let words = words(text);
    let Some(first) = words.first().copied() else { return false };
    if columns(text) || sentence(text) || first.ends_with([':', ',']) || is_code(&words) {
        return false;
    }
    if is_path(first) {
        return words.len() > 1 || first.starts_with("./") || text.trim() != first;
    }
    is_tool(first) && (!is_word(first) || has_sign(&words) || text.trim_start() != first && text.starts_with("sudo "))
}

/// Whether a line of a block that is said to be shell can be a command of a program that is not known.
pub(super) fn possible(text: &str) -> bool {
    let words = words(text);
    let Some(first) = words.first().copied() else { return false };
    let shaped = first.starts_with(|c: char| c.is_ascii_lowercase() || "./~$".contains(c))
        && first.chars().all(|c| c.is_ascii_alphanumeric() || "._-/~${}+".contains(c))
        && !(first.starts_with('/') && first.matches('/').count() < 2);
    let ended = text.trim_end().ends_with([',', '{', ';', ':']) || first.ends_with('.');
    shaped
        && !ended
        && !is_code(&words)
        && !columns(text)
        && !sentence(text)
        && (Script::plain(text).is_some() || has_sign(&words))
}

/// Whether a block of shell begins here: a loop, a condition, a function.
pub(super) fn compound(first: &str, rest: &[&str]) -> bool {
    let word = first.split_whitespace().next().unwrap_or("");
    let later = |wanted: &[&str]| {
        std::iter::once(&first).chain(rest).any(|l| l.split([' ', ';', '\t']).any(|w| wanted.contains(&w)))
    };
    match word {
        "for" | "while" | "until" => later(&["do"]) && later(&["done"]),
        "if" => later(&["then"]) && later(&["fi"]),
        "case" => later(&["esac"]),
        _ => false,
    }
}

/// Whether inline code is something to run, not the name of something.
pub(super) fn inline(text: &str) -> bool {
    let text = text.trim();
    let words = words(text);
    let (Some(first), many) = (words.first().copied(), words.len()) else { return false };
    if text.contains("...") || text.contains('…') || text.ends_with(['=', ':', ',']) {
        return false;
    }
    if compound(text, &[]) {
        return true;
    }
    if many < 2 {
        return first.starts_with("./") && first.len() > 3;
    }
    if many == 2 && words.get(1).is_some_and(|w| wants_more(w)) {
        return false;
    }
    if known(text) {
        return true;
    }
    let option = words.iter().skip(1).any(|w| {
        w.strip_prefix("--")
            .or_else(|| w.strip_prefix('-'))
            .is_some_and(|o| o.starts_with(|c: char| c.is_ascii_alphabetic()))
    });
    option && !is_tool(first) && possible(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_code_is_run_or_only_named() {
        for text in [
            "docker compose pull && docker compose up -d",
            "kubectl -n $NAMESPACE describe pod $POD",
            "A=true oc adm upgrade accept NAME",
            "systemctl status nginx",
            "kill -9 <PID>",
            "mytool frobnicate --all",
            "sudo -u postgres psql -c 'select 1'",
        ] {
            assert!(inline(text), "{text}");
        }
        for text in [
            "Connection refused",
            "kubectl logs",
            "git clone",
            "mode: Recording",
            "up == 0",
            "> 0.01",
            "1 hour",
            "the incoming data is too long",
            "err=\"x y\"",
            "find out",
            "time limit",
            "kubectl get ... -o yaml",
            "[Run it]",
            "SET statement_timeout = 0",
            "docker",
            "watch limit reached",
        ] {
            assert!(!inline(text), "{text}");
        }
    }

    #[test]
    fn a_command_ends_where_the_shell_would_stop_waiting() {
        assert_eq!(whole("ls", &["pwd"]), ("ls".into(), 0));
        assert_eq!(whole("a \\", &["b", "c"]), ("a \\\nb".into(), 1));
        assert_eq!(whole("cat <<EOF", &["x", "EOF", "ls"]), ("cat <<EOF\nx\nEOF".into(), 2));
        assert_eq!(whole("for i in 1; do", &["ls", "done", "pwd"]).1, 2);
        assert_eq!(whole("psql -c '", &["select 1;", "'", "ls"]).1, 2);
        assert_eq!(
            whole("echo don't", &["ls", "pwd"]),
            ("echo don't".into(), 0),
            "a quote that never ends takes nothing"
        );
    }
}
