//! Options by getopt's rules: clusters, attached values, `--name=value`, abbreviations, `--`, in any order.
//! It never guesses about an option it was not told of: that one is a stranger, and a stranger asks.
//!
//! A table of options is one text, its parts between spaces:
//! `-ab:c?` are short options, `:` after one that takes a value, `?` after one that may have a value attached, `#` for `-5`;
//! `all lines= color=?` are long ones; `~` at the start means long ones with one hyphen, as `-noout`;
//! `+` at the start ends options at the first word; `*` anywhere takes any option.

/// One option as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opt<'a> {
    /// As it is shown: `-o`, `--output`.
    pub shown: String,
    /// Its name in the tables.
    pub name: String,
    pub value: Option<&'a str>,
}

/// The options and words of a command.
#[derive(Debug, Default)]
pub(super) struct Given<'a> {
    pub options: Vec<Opt<'a>>,
    /// What is no option, in order.
    pub words: Vec<&'a str>,
    /// The first option none of the tables knows.
    pub stranger: Option<String>,
    /// Where in the arguments the first word stands, and thus what is behind the options.
    pub rest: usize,
}

/// Whether an option takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    Attached,
}

/// Reads arguments by the first table that knows each option.
pub(super) fn read<'a>(args: &'a [String], tables: &[&str]) -> Given<'a> {
    let single = tables.iter().any(|t| t.starts_with('~'));
    let first_word_ends = tables.first().is_some_and(|t| t.starts_with('+') || t.starts_with("~+"));
    let any = tables.iter().any(|t| t.split(' ').any(|p| p == "*"));
    let mut out = Given { rest: args.len(), ..Given::default() };
    let mut at = 0;
    while let Some(arg) = args.get(at).map(String::as_str) {
        at += 1;
        if arg == "--" {
            out.rest = out.rest.min(at);
            out.words.extend(args.get(at..).unwrap_or_default().iter().map(String::as_str));
            break;
        }
        if arg.len() < 2 || !arg.starts_with('-') {
            out.rest = out.rest.min(at - 1);
            if first_word_ends {
                out.words.extend(args.get(at - 1..).unwrap_or_default().iter().map(String::as_str));
                break;
            }
            out.words.push(arg);
            continue;
        }
        let long = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-').filter(|_| single));
        match long {
            Some(name) => at += long_option(arg, name, args.get(at).map(String::as_str), tables, any, &mut out),
            None => at += cluster(arg, args.get(at).map(String::as_str), tables, any, &mut out),
        }
    }
    out
}

/// One long option; says how many arguments after it were its value.
fn long_option<'a>(
    arg: &'a str,
    name: &'a str,
    next: Option<&'a str>,
    tables: &[&str],
    any: bool,
    out: &mut Given<'a>,
) -> usize {
    let (bare, attached) = name.split_once('=').map_or((name, None), |(n, v)| (n, Some(v)));
    let shown = arg.split('=').next().unwrap_or(arg).to_owned();
    let Some((known, takes)) = long_name(bare, tables) else {
        if !any {
            out.stranger.get_or_insert_with(|| shown.clone());
        }
        out.options.push(Opt { shown, name: bare.to_owned(), value: attached });
        return 0;
    };
    let (value, used) = match (takes, attached) {
        (Takes::Value, None) => (next, usize::from(next.is_some())),
        (_, attached) => (attached, 0),
    };
    if !any && (known != bare || takes == Takes::Nothing && attached.is_some()) {
        // An abbreviation could be any of several, and `--simulate=no` is not what `--simulate` is.
        out.stranger.get_or_insert_with(|| shown.clone());
    }
    out.options.push(Opt { shown, name: known.to_owned(), value });
    used
}

/// Short options in one argument; says how many arguments after it were a value.
fn cluster<'a>(arg: &'a str, next: Option<&'a str>, tables: &[&str], any: bool, out: &mut Given<'a>) -> usize {
    for (i, letter) in arg.char_indices().skip(1) {
        let rest = arg.get(i + letter.len_utf8()..).unwrap_or_default();
        let shown = format!("-{letter}");
        let name = letter.to_string();
        match short_name(letter, tables) {
            Some(Takes::Nothing) => out.options.push(Opt { shown, name, value: None }),
            Some(Takes::Attached) => {
                out.options.push(Opt { shown, name, value: Some(rest).filter(|r| !r.is_empty()) });
                return 0;
            }
            Some(Takes::Value) => {
                let value = if rest.is_empty() { next } else { Some(rest) };
                out.options.push(Opt { shown, name, value });
                return usize::from(rest.is_empty() && next.is_some());
            }
            None => {
                if !any {
                    out.stranger.get_or_insert_with(|| shown.clone());
                }
                out.options.push(Opt { shown, name, value: None });
            }
        }
    }
    0
}

fn short_name(letter: char, tables: &[&str]) -> Option<Takes> {
    // These are marks of the tables, and no letters.
    if matches!(letter, ':' | '?') {
        return None;
    }
    tables.iter().flat_map(|t| t.split(' ')).filter_map(|part| part.strip_prefix('-')).find_map(|letters| {
        let at = letters.find(letter).or_else(|| letters.find('#').filter(|_| letter.is_ascii_digit()))?;
        let width = if letters.get(at..)?.starts_with(letter) { letter.len_utf8() } else { 1 };
        Some(match letters.get(at + width..)?.chars().next() {
            Some(':') => Takes::Value,
            Some('?') => Takes::Attached,
            _ => Takes::Nothing,
        })
    })
}

/// The option of a table with this name, or the first one it is the beginning of.
fn long_name<'t>(name: &str, tables: &[&'t str]) -> Option<(&'t str, Takes)> {
    let all = || {
        tables
            .iter()
            .flat_map(|t| t.trim_start_matches(['~', '+']).split(' '))
            .filter(|p| !p.is_empty() && !p.starts_with('-') && *p != "*")
    };
    let parts = |part: &'t str| match (part.strip_suffix("=?"), part.strip_suffix('=')) {
        (Some(bare), _) => (bare, Takes::Attached),
        (None, Some(bare)) => (bare, Takes::Value),
        (None, None) => (part, Takes::Nothing),
    };
    all()
        .map(parts)
        .find(|(n, _)| *n == name)
        .or_else(|| all().map(parts).find(|(n, _)| !name.is_empty() && n.len() > 1 && n.starts_with(name)))
}

impl Given<'_> {
    /// The option as given, if one of `names` was.
    pub(super) fn any(&self, names: &[&str]) -> Option<&str> {
        self.options.iter().find(|o| names.contains(&o.name.as_str())).map(|o| o.shown.as_str())
    }

    /// The last value given to one of these options.
    pub(super) fn value(&self, names: &[&str]) -> Option<&str> {
        self.options.iter().rev().find(|o| names.contains(&o.name.as_str())).and_then(|o| o.value)
    }

    /// All values given to these options.
    pub(super) fn values<'s>(&'s self, names: &'s [&str]) -> impl Iterator<Item = &'s str> {
        self.options.iter().filter(move |o| names.contains(&o.name.as_str())).filter_map(|o| o.value)
    }

    /// The first word.
    pub(super) fn verb(&self) -> &str {
        self.words.first().copied().unwrap_or_default()
    }
}

/// Whether `given` is one of the options of a table.
pub(super) fn holds(table: &str, given: &Opt<'_>) -> bool {
    let mut chars = given.name.chars();
    match (chars.next(), chars.next()) {
        (Some(letter), None) => {
            short_name(letter, &[table]).is_some()
                || long_name(&given.name, &[table]).is_some_and(|(n, _)| n == given.name)
        }
        _ => long_name(&given.name, &[table]).is_some_and(|(n, _)| n == given.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read_as_getopt_reads_them() {
        let line = args("-uo f --lines=3 -n 5 -n5 x -- -y");
        let given = read(&line, &["-un: lines=", "-o: output="]);
        let names: Vec<(&str, Option<&str>)> = given.options.iter().map(|o| (o.name.as_str(), o.value)).collect();
        assert_eq!(names, [("u", None), ("o", Some("f")), ("lines", Some("3")), ("n", Some("5")), ("n", Some("5"))]);
        assert_eq!(given.words, ["x", "-y"]);
        assert_eq!(given.stranger, None);
        assert!(given.options.iter().any(|o| holds("-o: output=", o)));
    }

    #[test]
    fn a_switch_that_is_given_a_value_is_a_stranger() {
        let line = args("--simulate=no x");
        assert_eq!(read(&line, &["-s simulate"]).stranger.as_deref(), Some("--simulate"));
        let line = args("-: x");
        assert_eq!(read(&line, &["-n:"]).stranger.as_deref(), Some("-:"));
    }

    #[test]
    fn abbreviations_and_strangers_are_noticed() {
        let line = args("--o=f g -z");
        let given = read(&line, &["-u", "-o: output="]);
        assert!(holds("-o: output=", &given.options[0]));
        assert_eq!(given.stranger.as_deref(), Some("--o"));
        let line = args("-20 x");
        assert_eq!(read(&line, &["-n:#"]).stranger, None);
        let line = args("-noout -in c.pem x");
        assert_eq!(read(&line, &["~ noout in="]).words, ["x"]);
        let line = args("-n 5 ls -l");
        assert_eq!(read(&line, &["+ -n:"]).rest, 2);
    }
}
