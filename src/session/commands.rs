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
    CommandHelp { name: "why", arguments: "[N]", help: "why this section, and what the checks proved" },
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
    /// Why the open section, or the match of this number.
    Why(Option<usize>),
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
    /// A word that answers a question which was not asked.
    Yes,
    No,
    Thanks,
    /// Somebody who does not know how to go on: "what now?", "help me".
    Lost,
    Nothing,
    /// A slash command that does not exist, with the nearest that does.
    Unknown {
        word: String,
        nearest: Option<&'static str>,
    },
}

/// Words that mean one of the commands, or an answer; each as [`plain`] gives it.
const PHRASES: &[(&[&str], Said)] = &[
    (
        &[
            "again",
            "check again",
            "try again",
            "retry",
            "recheck",
            "rerun",
            "once more",
            "check it again",
            "run the checks",
            "run the checks again",
            "still broken",
            "it is still broken",
            "its still broken",
            "still not working",
            "it still does not work",
            "still does not work",
            "it still doesnt work",
            "still the same",
            "still the same error",
            "same error",
            "same problem",
            "same again",
            "not fixed",
            "that did not help",
            "that didnt help",
            "it did not help",
            "didnt help",
            "did not help",
            "no change",
            "it is back",
            "its back",
            "done",
            "i did it",
            "i did that",
        ],
        Said::Checks,
    ),
    (&["next", "next one", "next fix", "next section", "the next one"], Said::Next),
    (&["more", "show more", "more sections"], Said::More),
    (&["why", "why this", "why that", "how come"], Said::Why(None)),
    (&["back", "go back"], Said::Back),
    (
        &["fix", "fix it", "the fix", "the fixes", "fixes", "show the fixes", "how do i fix it", "how do i fix this"],
        Said::Fix(None),
    ),
    (&["help", "commands", "menu"], Said::Help),
    (&["quit", "exit", "bye", "q", "logout", "leave", "goodbye"], Said::Quit),
    (
        &[
            "y",
            "yes",
            "yep",
            "yeah",
            "yup",
            "ok",
            "okay",
            "k",
            "sure",
            "go",
            "go on",
            "go ahead",
            "do it",
            "do that",
            "right",
            "correct",
            "that one",
            "this one",
            "sounds right",
            "yes do it",
            "yes go ahead",
            "alright",
            "continue",
        ],
        Said::Yes,
    ),
    (
        &[
            "n",
            "no",
            "nope",
            "nah",
            "none",
            "neither",
            "none of these",
            "none of them",
            "none of those",
            "wrong",
            "not that",
            "no thanks",
        ],
        Said::No,
    ),
    (
        &[
            "thanks",
            "thank you",
            "thank you very much",
            "thanks a lot",
            "many thanks",
            "thx",
            "ty",
            "cheers",
            "great",
            "perfect",
            "nice",
            "cool",
            "awesome",
            "good",
            "very good",
            "it works",
            "it works now",
            "works",
            "works now",
            "works again",
            "it works again",
            "fixed",
            "solved",
            "that worked",
            "that helped",
            "that fixed it",
            "all good",
        ],
        Said::Thanks,
    ),
    (
        &[
            "what",
            "huh",
            "hm",
            "hmm",
            "help me",
            "please help me",
            "i need help",
            "need help",
            "can you help",
            "can you help me",
            "help please",
            "what now",
            "now what",
            "and now",
            "what next",
            "what do i do",
            "what do i do now",
            "what should i do",
            "what should i do now",
            "what can i do",
            "what can i say",
            "i dont know",
            "i do not know",
            "dont know",
            "do not know",
            "dunno",
            "no idea",
            "idk",
            "not sure",
            "i dont understand",
            "i do not understand",
            "what does that mean",
            "how does this work",
            "status",
            "where am i",
            "hello",
            "hi",
            "hey",
            "hello there",
            "test",
            "maybe",
            "are you there",
            "who are you",
        ],
        Said::Lost,
    ),
];

/// Words for the first numbers.
const ORDINALS: &[(&str, usize)] = &[
    ("one", 1),
    ("first", 1),
    ("two", 2),
    ("second", 2),
    ("three", 3),
    ("third", 3),
    ("four", 4),
    ("fourth", 4),
    ("five", 5),
    ("fifth", 5),
];

/// Reads one input of the operator.
pub fn read(input: &str) -> Said {
    let text = input.trim();
    if text.is_empty() {
        return Said::Nothing;
    }
    if let Some(rest) = text.strip_prefix('/')
        && !rest.contains('\n')
    {
        let (word, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        // A path such as `/var/log is full` is a problem, not a command.
        if word.chars().all(|c| c.is_ascii_alphabetic() || c == '?') {
            return slash(word, arguments.trim());
        }
    }
    if text.len() > 60 || text.contains('\n') {
        return Said::Problem(text.to_owned());
    }
    let said = plain(text);
    if said.is_empty() {
        return Said::Lost;
    }
    if let Some(n) = number(&said) {
        return Said::Number(n);
    }
    if let Some(n) = said.strip_prefix("why ").and_then(number) {
        return Said::Why(Some(n));
    }
    if let Some(n) = said.strip_prefix("fix ").and_then(number) {
        return Said::Fix(Some(n));
    }
    if let Some(n) = said.strip_prefix("see ").and_then(number) {
        return Said::See(n.to_string());
    }
    if matches!(said.as_str(), "see" | "see also") {
        return Said::See(String::new());
    }
    let meant = PHRASES.iter().find(|(phrases, _)| phrases.contains(&said.as_str())).map(|(_, meant)| meant.clone());
    meant.unwrap_or_else(|| Said::Problem(text.to_owned()))
}

/// Lower case, without marks, without a "please": `Yes, do it!` is `yes do it`.
fn plain(text: &str) -> String {
    let letters: String = text
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, '\'' | '’'))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    letters.split_whitespace().filter(|w| !matches!(*w, "please" | "pls")).collect::<Vec<_>>().join(" ")
}

/// `2`, `number 2`, `the second one`, `option 2`.
fn number(said: &str) -> Option<usize> {
    let mut words: Vec<&str> = said
        .split(' ')
        .filter(|w| {
            !matches!(
                *w,
                "the" | "number" | "option" | "nr" | "its" | "it" | "is" | "i" | "mean" | "take" | "open" | "choose"
            )
        })
        .collect();
    if words.len() > 1 && words.last() == Some(&"one") {
        words.pop();
    }
    let [word] = words.as_slice() else { return None };
    word.parse().ok().or_else(|| ORDINALS.iter().find(|(name, _)| name == word).map(|(_, n)| *n))
}

fn slash(word: &str, arguments: &str) -> Said {
    let lower = match word.to_lowercase().as_str() {
        "" | "?" => "help".to_owned(),
        "exit" | "bye" => "quit".to_owned(),
        "again" | "check" => "checks".to_owned(),
        "fixes" => "fix".to_owned(),
        "next" => return Said::Next,
        other => other.to_owned(),
    };
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
        "why" => Said::Why(arguments.parse().ok()),
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
        assert_eq!(read("Why?"), Said::Why(None));
        assert_eq!(read("see 2"), Said::See("2".into()));
        assert_eq!(read("see no events"), Said::Problem("see no events".into()));
        assert_eq!(read("redis is down"), Said::Problem("redis is down".into()));
        assert_eq!(read("/var/log is full"), Said::Problem("/var/log is full".into()));
    }

    #[test]
    fn small_words_are_answers_and_not_searched() {
        for text in ["yes", "OK.", "Yes, go ahead!", "yep"] {
            assert_eq!(read(text), Said::Yes, "{text}");
        }
        assert_eq!(read("no"), Said::No);
        assert_eq!(read("Thanks a lot!!"), Said::Thanks);
        for text in ["what?", "help me", "I don't know", "???", "what now?"] {
            assert_eq!(read(text), Said::Lost, "{text}");
        }
        for text in ["it's still broken", "try again, please", "still the same"] {
            assert_eq!(read(text), Said::Checks, "{text}");
        }
        for (text, n) in [("2.", 2), ("#3", 3), ("the second one", 2), ("number 1", 1), ("0", 0), ("one", 1)] {
            assert_eq!(read(text), Said::Number(n), "{text}");
        }
        assert_eq!(read("why 2?"), Said::Why(Some(2)));
        assert_eq!(read("no space left on device"), Said::Problem("no space left on device".into()));
        assert_eq!(read("it is not fixed by a restart"), Said::Problem("it is not fixed by a restart".into()));
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
