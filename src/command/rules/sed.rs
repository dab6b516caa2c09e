//! `sed`: only scripts that print, delete, quit and replace are let through.
//! It never lets through `w`, `e`, `i`, a script from a file, or anything it cannot read to its end.

use super::{Asked, Call, Rule, options};

pub(super) const RULES: &[Rule] = &[Rule::own("sed|gsed", sed)
    .takes_words()
    .must(&[
        "sed -n 1,20p f",
        "sed 's/a/b/g' f",
        "sed -n '/x/p' f",
        "sed -e 's/x/y/' -e 10q f",
        "sed '/^$/d' f",
        "sed -n '/a/,/b/p' f",
        "sed -E 's#(a|b)#\\1;w#g'",
        "sed -n '$p' f",
        "sed 's/[0-9]x/y/'",
        "sed -n '/a\\/b/{p;q}' f",
        "sed '1d;$d' f",
        "sed '/x/!d' f",
        "sed 's/^[[:space:]]*//' f",
        "sed 's/x/[&]/' f",
        "sed 's/[\\/]/_/g' f",
    ])
    .must_not(&[
        "sed -n 'w out' f",
        "sed 's/.*/&/e' f",
        "sed '1e id' f",
        "sed -n 1p --file=x.sed",
        "sed -n -i.bak p f",
        "sed -i s/a/b/ f",
        "sed 's/a/b/w x' f",
        "sed -nf x f",
        "sed -n '/x/w out' f",
        "sed 's/a/b/;w out' f",
        "sed --in-place=.bak p f",
        "sed -s -i p f",
        "sed --expression='1e id' f",
        "sed -ne 'e id' f",
        "sed 'y/a/b/w out' f",
        "sed '/x/{w out\n}' f",
        "sed 's/[/w x/y/w' f",
        "sed -n 's/[]/]/;/w etc/p' f",
        "sed -n 's/[[:x:]/]/;/w etc/p' f",
        "sed s* f",
        "sed p /dev/watchdog",
        "sed 'r /etc/shadow' f",
        "sed",
    ])];

fn sed(asked: &Asked<'_>) -> Call {
    const READS: &str = "-nErsuze:l: quiet silent expression= regexp-extended separate unbuffered null-data \
        line-length= posix sandbox debug";
    let given = options::read(asked.args, &[READS, "-i?c in-place=? copy -f: file="]);
    if let Some(option) = given.any(&["i", "in-place", "c", "copy"]) {
        return Call::destroys(option, "it writes the file in place");
    }
    if let Some(option) = given.any(&["f", "file"]) {
        return Call::changes(option, "its script comes from a file that is not seen here");
    }
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option is not known to be harmless");
    }
    let mut scripts: Vec<&str> = given.values(&["e", "expression"]).collect();
    if scripts.is_empty() {
        scripts.extend(given.words.first().copied());
    }
    if scripts.is_empty() {
        return Call::changes("sed", "there is no script");
    }
    let files = if given.any(&["e", "expression"]).is_some() { 0 } else { 1 };
    if let Some(call) = super::text::opened(given.words.get(files..).unwrap_or_default()) {
        return call;
    }
    if let Some(script) = scripts.iter().find(|s| asked.patterns.iter().any(|p| p == *s)) {
        return Call::changes(script, "the shell makes a file's name into its script");
    }
    // Scripts given apart are one script, joined by line feeds.
    let script = scripts.join("\n");
    let sandboxed = given.any(&["sandbox"]).is_some();
    if sandboxed || harmless(&script) {
        Call::reads("it only prints changed text")
    } else {
        Call::changes(&crate::text::shorten(&script, 40), "a sed script can write files (`w`) or run commands (`e`)")
    }
}

/// Whether every command of a script is one of those that only print.
fn harmless(script: &str) -> bool {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', ';', '{', '}']);
        let Some(after) = address(rest) else { return false };
        rest = after.trim_start_matches([' ', '\t', '{']);
        if rest.len() != after.len() && rest.starts_with(['/', '\\', '$'])
            || rest.starts_with(|c: char| c.is_ascii_digit())
        {
            continue;
        }
        let mut chars = rest.chars();
        match chars.next() {
            None => return true,
            Some('}' | ';' | '\n') => {}
            Some('p' | 'd' | 'q' | 'Q' | '=' | 'l' | 'n' | 'N' | 'D' | 'P' | 'g' | 'G' | 'h' | 'H' | 'x') => {
                rest = chars
                    .as_str()
                    .trim_start_matches([' ', '\t'])
                    .trim_start_matches(|c: char| c.is_ascii_digit())
                    .trim_start_matches([' ', '\t']);
                if !(rest.is_empty() || rest.starts_with([';', '\n', '}'])) {
                    return false;
                }
            }
            Some('s' | 'y') => {
                let kind_y = rest.starts_with('y');
                let body = chars.as_str();
                let Some(mark) = body.chars().next().filter(|m| m.is_ascii_punctuation() && *m != '\\') else {
                    return false;
                };
                let body = body.get(mark.len_utf8()..).unwrap_or_default();
                let Some(after) = (if kind_y { part(body, mark) } else { pattern(body, mark) }) else { return false };
                let Some(flags) = part(after, mark) else { return false };
                let tail = if kind_y {
                    flags
                } else {
                    flags.trim_start_matches(|c: char| c.is_ascii_digit() || "gpIiM".contains(c))
                };
                rest = tail.trim_start_matches([' ', '\t']);
                if !(rest.is_empty() || rest.starts_with([';', '\n', '}'])) {
                    return false;
                }
            }
            Some(_) => return false,
        }
        if rest.is_empty() {
            return true;
        }
    }
}

/// What follows the next unescaped `mark`.
fn part(text: &str, mark: char) -> Option<&str> {
    ended(text, mark, Some)
}

/// The same for a pattern. In brackets the mark ends it in some dialects only: such a text is not read.
fn pattern(text: &str, mark: char) -> Option<&str> {
    ended(text, mark, |after| brackets(after, mark))
}

/// What follows the next unescaped `mark`; `bracket` says where to go on behind a `[`.
fn ended<'a>(text: &'a str, mark: char, bracket: impl Fn(&'a str) -> Option<&'a str>) -> Option<&'a str> {
    let mut rest = text;
    loop {
        let (c, after) = split(rest)?;
        rest = match c {
            c if c == mark => return Some(after),
            '\\' => split(after)?.1,
            '[' => bracket(after)?,
            _ => after,
        };
    }
}

/// What follows a `[`'s `]`.
fn brackets(text: &str, mark: char) -> Option<&str> {
    // A `]` that comes first stands for itself, except where it does not.
    if text.starts_with(']') || text.starts_with("^]") {
        return None;
    }
    let mut rest = text;
    loop {
        let (c, after) = split(rest)?;
        rest = match c {
            ']' => return Some(after),
            '[' if after.starts_with([':', '.', '=']) => {
                let (kind, inside) = split(after)?;
                let (name, behind) = inside.split_once(&format!("{kind}]"))?;
                (!name.contains(mark)).then_some(behind)?
            }
            '\\' => match split(after)? {
                (']', _) => return None,
                (escaped, behind) if escaped == mark => behind,
                _ => after,
            },
            c if c == mark => return None,
            _ => after,
        };
    }
}

fn split(text: &str) -> Option<(char, &str)> {
    let c = text.chars().next()?;
    Some((c, text.get(c.len_utf8()..)?))
}

/// A script behind its address: line numbers, `$`, `/pattern/`, `\\cpatternc`, ranges and `!`.
fn address(script: &str) -> Option<&str> {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches([' ', ',', '!', '~', '+']);
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = digits.strip_prefix('$').unwrap_or(digits);
        if digits.len() != rest.len() {
            rest = digits;
            continue;
        }
        let Some(body) = rest.strip_prefix('/') else {
            return (!rest.starts_with('\\')).then_some(rest);
        };
        rest = pattern(body, '/')?.trim_start_matches(['I', 'M']);
    }
}
