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
    let count = |wanted: &[&str]| words.iter().filter(|w| wanted.contains(&w.as_str())).count();
    if function(text) {
        return count(&["{"]) == 0 || count(&["{"]) > count(&["}"]);
    }
    [(&["for", "while", "until"][..], "done"), (&["if"], "fi"), (&["case"], "esac")]
        .iter()
        .any(|(begin, end)| words.first().is_some_and(|w| begin.contains(&w.as_str())) && count(begin) > count(&[end]))
}

/// Whether a line begins the definition of a function: `function name {`, `name() {`.
fn function(line: &str) -> bool {
    let line = line.trim_start();
    let named = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    let head = line.lines().next().unwrap_or("").trim_end();
    let (name, brace) = match head.strip_prefix("function ") {
        Some(rest) => (rest.trim().trim_end_matches('{').trim().trim_end_matches("()").trim(), true),
        None => match head.split_once("()") {
            Some((name, rest)) => (name.trim(), rest.trim().starts_with('{')),
            None => return false,
        },
    };
    named(name) && brace
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

/// Whether a quote or bracket is left open, and the words that stand where a command begins.
fn scan(text: &str) -> (bool, Vec<String>) {
    let (mut quote, mut depth, mut last) = (None::<char>, 0_i32, ' ');
    let (mut words, mut word, mut begins) = (Vec::new(), String::new(), true);
    let mut chars = text.chars().peekable();
    let mut end_word = |word: &mut String, begins: &mut bool| {
        if word.is_empty() {
            return;
        }
        let opens =
            matches!(word.as_str(), "do" | "then" | "else" | "elif" | "while" | "until" | "if" | "!" | "{" | "time");
        if std::mem::replace(begins, *begins && opens) {
            words.push(std::mem::take(word));
        }
        word.clear();
    };
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
                '#' if last.is_whitespace() => while chars.next_if(|c| *c != '\n').is_some() {},
                '(' | ')' | ';' | '|' | '&' | '\n' => {
                    end_word(&mut word, &mut begins);
                    begins = true;
                    depth += match c {
                        '(' => 1,
                        ')' => -1,
                        _ => 0,
                    };
                }
                c if c.is_whitespace() => end_word(&mut word, &mut begins),
                c => word.push(c),
            },
        }
        last = c;
    }
    end_word(&mut word, &mut begins);
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
    if word.get(1..3) == Some(":\\") {
        return [".exe", ".bat", ".cmd", ".ps1"].iter().any(|e| word.to_lowercase().ends_with(e));
    }
    // `file:line`, as a search prints it.
    if word.contains(':') && !word.contains("://") {
        return false;
    }
    word.starts_with("./")
        || word.starts_with("~/")
        || ["bin/", "scripts/", "sbin/"].iter().any(|f| word.starts_with(f)) && !word.ends_with('/')
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

/// Whether a line has what only a command has behind its program.
pub(super) fn signed(text: &str) -> bool {
    has_sign(&words(text))
}

/// Words in columns, as tables and listings have them.
fn columns(text: &str) -> bool {
    let bare = text.trim();
    let first = bare.find(char::is_whitespace).and_then(|at| bare.get(at..)).unwrap_or("");
    if first.len() - first.trim_start().len() > 3 {
        return true;
    }
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
        // A line of a server's access rules.
        || words.len() > 3
            && words.first().is_some_and(|w| matches!(*w, "host" | "hostssl" | "local"))
            && words.last().is_some_and(|w| matches!(*w, "md5" | "trust" | "scram-sha-256" | "peer"))
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
    // One word with underscores is a metric or a function; many words without a sign of a command are a message.
    let telling = match words.len() {
        1 => !first.contains('_') || is_path(first),
        n => n < 4 || is_tool(first) || is_path(first) || has_sign(&words),
    };
    shaped
        && telling
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
        _ => function(first) && std::iter::once(&first).chain(rest).any(|l| l.trim_end().ends_with('}')),
    }
}

/// Whether code that is a whole paragraph is something to run: a program whose name has parts, and what it is given.
pub(super) fn alone(text: &str) -> bool {
    let words = words(text.trim());
    words.len() > 1 && words.first().is_some_and(|w| w.contains('-')) && possible(text)
}

/// Whether inline code is something to run, not the name of something.
pub(super) fn inline(text: &str) -> bool {
    let text = text.trim();
    let words = words(text);
    // The words of one placeholder are one word.
    let inside = words.iter().scan(0_usize, |open, w| {
        let before = *open;
        *open = (*open + w.matches('<').count()).saturating_sub(w.matches('>').count());
        Some(before > 0)
    });
    let many = words.len() - inside.filter(|i| *i).count();
    let Some(first) = words.first().copied() else { return false };
    if text.contains("...") || text.contains('…') || text.ends_with(['=', ':', ',']) {
        return false;
    }
    if compound(text, &[]) {
        return true;
    }
    if many < 2 {
        // A path alone is run where it is a program or a script, and a file to read otherwise.
        let name = first.rsplit('/').next().unwrap_or(first);
        let script = first.starts_with("./") && first.len() > 3 && (!name.contains('.') || name.ends_with(".sh"));
        return script || text.starts_with("sudo ") && is_tool(first);
    }
    // What the shell sets is nothing to run by itself; a name such as `some.sh` with a plain word behind it is a site.
    if first == "set" || first.ends_with(".sh") && !first.contains('/') && !has_sign(&words) {
        return false;
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
    // Two words of a program that is not known are as likely to be a part of a command that was named before.
    let part =
        wants_more(first) || matches!(first, "up" | "down" | "pull" | "push" | "start" | "stop" | "restart" | "build");
    option && many > 2 && !part && !is_tool(first) && possible(text)
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
            "sudo app-psql",
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
            "./attributes/default.rb",
            "/var/opt/backups/database.<unix timestamp>.xbstream",
            "set <key> <value>",
            "crt.sh ID",
            "down -v",
            "up -d --build backend",
            "host replication someone 10.0.0.0/8 md5",
            "oc import-image",
            "sudo rights",
        ] {
            assert!(!inline(text), "{text}");
        }
    }

    #[test]
    fn code_that_is_a_whole_paragraph_is_run_where_it_names_a_program() {
        assert!(alone("vault-show frontend staging") && alone("app-ctl status"));
        for text in ["frontend staging", "Connection-refused by peer", "some-name", "not-found: no such file, sorry"] {
            assert!(!alone(text), "{text}");
        }
        assert!(known(r"C:\App\app.exe status") && !known(r"C:\App\data folder"));
    }

    #[test]
    fn a_command_ends_where_the_shell_would_stop_waiting() {
        assert_eq!(whole("ls", &["pwd"]), ("ls".into(), 0));
        assert_eq!(whole("a \\", &["b", "c"]), ("a \\\nb".into(), 1));
        assert_eq!(whole("cat <<EOF", &["x", "EOF", "ls"]), ("cat <<EOF\nx\nEOF".into(), 2));
        assert_eq!(whole("for i in 1; do", &["ls", "done", "pwd"]).1, 2);
        assert_eq!(whole("while a; do", &["b | \\", "while read x; do", "c", "done", "sleep 1", "done", "ls"]).1, 6);
        assert_eq!(whole("function q() {", &["  if a; then", "  b &", "  fi", "}", "ls"]).1, 4);
        assert_eq!(whole("q() { ls; }", &["ls"]).1, 0);
        assert_eq!(whole("for f in done while; do", &["echo while", "done", "ls"]).1, 2);
        assert_eq!(whole("psql -c '", &["select 1;", "'", "ls"]).1, 2);
        assert_eq!(
            whole("echo don't", &["ls", "pwd"]),
            ("echo don't".into(), 0),
            "a quote that never ends takes nothing"
        );
    }
}
