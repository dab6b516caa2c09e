//! What a command gets on its input from the one before it: nothing, names, or anything.
//! It never trusts a program's output beyond what the program can print at all.

use super::{Open, Simple};

/// What stands on a command's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Fed {
    /// Nothing, or an empty line.
    #[default]
    Nothing,
    /// Names and numbers, none of which looks like an option: `docker ps -q`.
    Names,
    Anything,
}

/// What `simple` prints, where `input` stands on its own input.
pub(super) fn printed(simple: &Simple, input: Fed) -> Fed {
    if simple.open > Open::Closed {
        return Fed::Anything;
    }
    let words: Vec<&str> = simple.argv.iter().map(String::as_str).skip_while(|w| *w == "sudo").collect();
    let Some((program, args)) = words.split_first() else { return Fed::Anything };
    let has = |wanted: &[&str]| args.iter().any(|a| wanted.contains(a));
    let bare: Vec<&&str> =
        args.iter().filter(|a| !a.starts_with('-') && !a.chars().all(|c| c.is_ascii_digit())).collect();
    let names = match *program {
        // `Q` is how a conversation with `openssl s_client` is ended.
        "echo" if args.is_empty() || matches!(args, ["" | "Q" | "QUIT"]) => return Fed::Nothing,
        "true" | ":" | "sleep" => return Fed::Nothing,
        "docker" | "podman" | "docker-compose" | "crictl" => {
            has(&["ps", "ls", "images"]) && has(&["-q", "-aq", "-qa", "--quiet"])
        }
        "kubectl" | "oc" => {
            has(&["get"]) && (has(&["-oname", "--output=name"]) || args.windows(2).any(|w| w == ["-o", "name"]))
        }
        "pgrep" => args.iter().all(|a| !a.starts_with('-') || matches!(*a, "-f" | "-x" | "-u" | "-n" | "-o")),
        "pidof" => true,
        "find" => {
            let starts: Vec<&&str> = args.iter().take_while(|a| !a.starts_with(['-', '(', '!'])).collect();
            let prints = |a: &&str| {
                matches!(*a, "-print" | "-print0")
                    || !["-print", "-exec", "-ls", "-ok"].iter().any(|p| a.starts_with(p))
            };
            starts.iter().all(|s| s.starts_with(['/', '.']) || s.starts_with(char::is_alphanumeric))
                && args.iter().all(prints)
        }
        // These hand on lines of what they get.
        "head" | "tail" | "sort" | "uniq" | "tac" => input == Fed::Names && bare.is_empty(),
        "grep" => {
            input == Fed::Names && bare.len() == 1 && !has(&["-o", "-f"]) && args.iter().all(|a| !a.starts_with("--"))
        }
        _ => false,
    };
    if names { Fed::Names } else { Fed::Anything }
}
