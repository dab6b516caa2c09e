//! What is wrong in a TOML text, as one sentence with its line and the nearest right name.
//! It never reads a file.

use super::nearest;

/// `redis.examples.toml:12: unknown key `sektion`; did you mean `section`?`
pub fn trouble(path: &str, text: &str, error: &::toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| span.start);
    let line = line_at(text, at);
    let said = error.message().trim();
    let names: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
    let what = match names.as_slice() {
        [wrong, known @ ..] if said.starts_with("unknown field") || said.starts_with("unknown variant") => {
            let kind = if said.starts_with("unknown field") { "unknown key" } else { "unknown value" };
            match nearest(wrong, known.iter().copied()) {
                Some(meant) => format!("{kind} `{wrong}`; did you mean `{meant}`?"),
                None => format!("{kind} `{wrong}`; what it may be: {}", known.join(", ")),
            }
        }
        [missing] if said.starts_with("missing field") => format!("the key `{missing}` is missing here"),
        _ => typed(said),
    };
    format!("{path}:{line}: {what}")
}

/// The 1-based line of a byte of `text`.
pub fn line_at(text: &str, byte: usize) -> usize {
    text.as_bytes().iter().take(byte).filter(|b| **b == b'\n').count() + 1
}

/// `invalid type: string "x", expected u64` in an author's words.
fn typed(said: &str) -> String {
    let mut out = said.replace('\n', "; ");
    for (from, to) in [
        ("invalid type: ", "the wrong type: "),
        ("invalid value: ", "a value that cannot be: "),
        ("expected u64", "expected a whole number"),
        ("expected i64", "expected a whole number"),
        ("expected i32", "expected a whole number"),
        ("expected u16", "expected a whole number up to 65535"),
        ("expected f64", "expected a number"),
        ("expected a boolean", "expected true or false"),
        ("expected a sequence", "expected a list, [ ... ]"),
        ("expected a map", "expected a table, { ... }"),
    ] {
        out = out.replace(from, to);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Shape {
        timeout: Option<u64>,
        shell: Option<bool>,
        name: String,
    }

    fn said(text: &str) -> String {
        trouble("a.toml", text, &::toml::from_str::<Shape>(text).unwrap_err())
    }

    #[test]
    fn a_wrong_key_a_wrong_type_and_a_missing_one_are_said_with_their_line() {
        assert_eq!(said("name = 'x'\ntimeot = 3\n"), "a.toml:2: unknown key `timeot`; did you mean `timeout`?");
        assert_eq!(
            said("name = 'x'\n\ncolour = 3\n"),
            "a.toml:3: unknown key `colour`; what it may be: timeout, shell, name"
        );
        let typed = said("name = 'x'\ntimeout = 'soon'\n");
        assert!(typed.starts_with("a.toml:2: the wrong type: string \"soon\", expected a whole number"), "{typed}");
        assert!(said("timeout = 3\n").contains("the key `name` is missing"), "{}", said("timeout = 3\n"));
        assert!(said("name = \n").starts_with("a.toml:1: "), "{}", said("name = \n"));
    }
}
