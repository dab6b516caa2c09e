//! The words that steer the conversation: one table that help, completion, hints and understanding come from.
//! It never does what they ask for.

use crate::text::distance;

/// One slash command.
pub struct CommandHelp {
    pub name: &'static str,
    pub arguments: &'static str,
    pub help: &'static str,
}

/// All slash commands, in the order of help.
pub const COMMANDS: &[CommandHelp] = &[
    CommandHelp { name: "help", arguments: "", help: "what you can say" },
    CommandHelp { name: "runbooks", arguments: "[words]", help: "the runbooks and their sections" },
    CommandHelp { name: "open", arguments: "SECTION", help: "work through a section, by its id, title or number" },
    CommandHelp { name: "checks", arguments: "", help: "run the checks of this section (again)" },
    CommandHelp { name: "fix", arguments: "[N]", help: "the fixes of this section, or start with one" },
    CommandHelp { name: "why", arguments: "", help: "why this section, and what the checks proved" },
    CommandHelp { name: "see", arguments: "[N|name]", help: "what this section links to, or go there" },
    CommandHelp { name: "back", arguments: "", help: "the section before this one" },
    CommandHelp { name: "more", arguments: "", help: "more sections for the same question" },
    CommandHelp { name: "history", arguments: "", help: "earlier sessions" },
    CommandHelp { name: "report", arguments: "[ID|last]", help: "what was done, as a page to hand over" },
    CommandHelp { name: "quit", arguments: "", help: "leave (also Ctrl-D)" },
];

/// What a line of the operator is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Help,
    Runbooks(String),
    Open(String),
    Checks,
    Fix(Option<usize>),
    Why,
    See(String),
    Back,
    More,
    /// The next match or the next fix, whichever the thread is at.
    Next,
    History,
    Report(String),
    Quit,
    /// A number: one of what was offered last.
    Number(usize),
    /// Words, an error or a log.
    Problem(String),
    Nothing,
    /// A slash command that does not exist, with the nearest that does.
    Unknown {
        word: String,
        nearest: Option<&'static str>,
    },
}

/// Reads one input of the operator.
pub fn read(input: &str) -> Said {
    let text = input.trim();
    if text.is_empty() {
        return Said::Nothing;
    }
    if let Ok(n) = text.parse::<usize>() {
        return Said::Number(n);
    }
    if let Some(rest) = text.strip_prefix('/')
        && !rest.contains('\n')
    {
        let (word, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        // A path such as `/var/log is full` is a problem, not a command.
        if word.chars().all(|c| c.is_ascii_alphabetic()) {
            return slash(word, arguments.trim());
        }
    }
    if let Some(number) = text.to_lowercase().strip_prefix("see ")
        && number.trim().parse::<usize>().is_ok()
    {
        return Said::See(number.trim().to_owned());
    }
    match text.to_lowercase().trim_end_matches(['.', '!', '?']) {
        "again" | "check again" | "try again" | "retry" | "recheck" => Said::Checks,
        "next" | "next one" => Said::Next,
        "more" => Said::More,
        "see" | "see also" => Said::See(String::new()),
        "why" => Said::Why,
        "back" => Said::Back,
        "help" | "" => Said::Help,
        "quit" | "exit" | "bye" | "q" => Said::Quit,
        _ => Said::Problem(text.to_owned()),
    }
}

fn slash(word: &str, arguments: &str) -> Said {
    let lower = word.to_lowercase();
    let exact = COMMANDS.iter().find(|c| c.name == lower);
    let mut starting = COMMANDS.iter().filter(|c| !lower.is_empty() && c.name.starts_with(&lower));
    let known = match (exact, starting.next(), starting.next()) {
        (Some(command), _, _) | (None, Some(command), None) => command.name,
        _ => {
            let nearest = COMMANDS.iter().map(|c| (distance(c.name, &lower), c.name)).min().filter(|(d, _)| *d <= 2);
            return Said::Unknown { word: word.to_owned(), nearest: nearest.map(|(_, name)| name) };
        }
    };
    match known {
        "help" => Said::Help,
        "runbooks" => Said::Runbooks(arguments.to_owned()),
        "open" => match arguments.parse() {
            Ok(n) => Said::Number(n),
            Err(_) => Said::Open(arguments.to_owned()),
        },
        "checks" => Said::Checks,
        "fix" => Said::Fix(arguments.parse().ok()),
        "why" => Said::Why,
        "see" => Said::See(arguments.to_owned()),
        "back" => Said::Back,
        "more" => Said::More,
        "history" => Said::History,
        "report" => Said::Report(arguments.to_owned()),
        _ => Said::Quit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_a_number_or_a_problem() {
        assert_eq!(read("  "), Said::Nothing);
        assert_eq!(read("2"), Said::Number(2));
        assert_eq!(read("/open connection/timeouts"), Said::Open("connection/timeouts".into()));
        assert_eq!(read("/fix 3"), Said::Fix(Some(3)));
        assert_eq!(read("/run"), Said::Runbooks(String::new()), "an unambiguous beginning is enough");
        assert_eq!(read("again"), Said::Checks);
        assert_eq!(read("see 2"), Said::See("2".into()));
        assert_eq!(read("see no events"), Said::Problem("see no events".into()));
        assert_eq!(read("Why?"), Said::Why);
        assert_eq!(read("redis is down"), Said::Problem("redis is down".into()));
        assert_eq!(read("/var/log is full"), Said::Problem("/var/log is full".into()));
    }

    #[test]
    fn a_slip_of_the_finger_gets_the_nearest_command() {
        assert_eq!(read("/hlep"), Said::Unknown { word: "hlep".into(), nearest: Some("help") });
        assert_eq!(read("/zzzzzz"), Said::Unknown { word: "zzzzzz".into(), nearest: None });
    }

    #[test]
    fn the_table_has_every_command_of_the_design() {
        let names: Vec<&str> = COMMANDS.iter().map(|c| c.name).collect();
        for name in ["help", "runbooks", "open", "checks", "fix", "why", "back", "more", "history", "report", "quit"] {
            assert!(names.contains(&name), "{name}");
        }
    }
}
