//! Options by getopt's rules: clusters, attached values, `--name=value`, `--`, in any order.
//! It never guesses whether an unknown option takes a value: what could be one is also kept as a word.

/// The options and words of a command.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// Each option with its value where it has one: `-n` is `n`, `--name` is `name`.
    pub given: Vec<(String, Option<String>)>,
    /// What is no option, in order.
    pub words: Vec<String>,
}

/// Reads arguments; `valued` names the short options that take a value, such as `nC`, and after a space the long ones.
pub(super) fn read(args: &[String], valued: &str) -> Options {
    let (short, long) = valued.split_once(' ').unwrap_or((valued, ""));
    let long: Vec<&str> = long.split(' ').filter(|n| !n.is_empty()).collect();
    let mut out = Options::default();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if arg == "--" {
            out.words.extend(rest.cloned());
            break;
        }
        if let Some(name) = arg.strip_prefix("--") {
            match name.split_once('=') {
                Some((name, value)) => out.given.push((name.to_owned(), Some(value.to_owned()))),
                None => {
                    let takes = long.contains(&name) || long.iter().any(|l| name.len() > 2 && l.starts_with(name));
                    let value = if takes { rest.next().cloned() } else { None };
                    out.given.push((name.to_owned(), value));
                }
            }
        } else if arg.len() > 1 && arg.starts_with('-') {
            let letters: Vec<char> = arg.chars().skip(1).collect();
            for (i, letter) in letters.iter().enumerate() {
                if short.contains(*letter) {
                    let attached: String = letters.get(i + 1..).unwrap_or_default().iter().collect();
                    let value = if attached.is_empty() { rest.next().cloned() } else { Some(attached) };
                    out.given.push((letter.to_string(), value));
                    break;
                }
                out.given.push((letter.to_string(), None));
            }
        } else {
            out.words.push(arg.clone());
        }
    }
    out
}

impl Options {
    /// The option as written, if one of `names` was given; long names may be abbreviated as getopt allows.
    pub(super) fn any(&self, names: &[&str]) -> Option<String> {
        self.given.iter().find_map(|(given, _)| {
            let hit = names.iter().any(|name| {
                given == name
                    || given.chars().count() > 1 && name.chars().count() > 1 && name.starts_with(given.as_str())
            });
            hit.then(|| if given.chars().count() == 1 { format!("-{given}") } else { format!("--{given}") })
        })
    }

    /// The first option that is none of `known`. An abbreviation is a stranger: it could stand for another.
    pub(super) fn stranger(&self, known: &[&str]) -> Option<String> {
        let stranger = self.given.iter().find(|(given, _)| !known.contains(&given.as_str()));
        stranger.map(|(given, _)| if given.chars().count() == 1 { format!("-{given}") } else { format!("--{given}") })
    }

    /// The value of an option.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(given, _)| given == name).and_then(|(_, value)| value.as_deref())
    }
}
