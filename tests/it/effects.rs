//! The list of commands with their right answers, the reading commands of runbooks, and compositions of both.
//! It never asks the classifier what is right.

use unstuck::command::{Effect, judge};

/// One line of `effects.tsv`.
pub struct Known {
    pub effect: Effect,
    pub flags: String,
    pub command: String,
}

/// The project's own list.
pub fn known() -> Vec<Known> {
    include_str!("data/effects.tsv")
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(|line| {
            let parts: Vec<&str> = line.splitn(4, '\t').collect();
            let [effect, flags, _, command] = parts.as_slice() else { panic!("{line}") };
            let effect = match *effect {
                "reads" => Effect::Reads,
                "changes" => Effect::Changes,
                "destroys" => Effect::Destroys,
                other => panic!("{other}"),
            };
            Known { effect, flags: flags.replace('-', ""), command: unescaped(command) }
        })
        .collect()
}

/// `\n` at the end of a word of a list is a line feed where a here-document or a second line is meant.
fn unescaped(command: &str) -> String {
    let feeds = ["EOF\\n", "EOF'\\n", ")\\n", "ls\\n", "#\\n", "out\\n"];
    feeds.iter().fold(command.to_owned(), |text, feed| text.replace(feed, &feed.replace("\\n", "\n")))
}

fn letters(command: &str) -> String {
    let flags = judge(command).flags;
    [(flags.secrets, 's'), (flags.endless, 'e'), (flags.heavy, 'h'), (flags.evidence, 'v')]
        .into_iter()
        .filter_map(|(set, letter)| set.then_some(letter))
        .collect()
}

#[test]
fn every_command_of_the_list_is_judged_as_it_should_be() {
    let known = known();
    assert!(known.len() >= 600, "{}", known.len());
    let mut wrong = Vec::new();
    for line in &known {
        let verdict = judge(&line.command);
        let flags = letters(&line.command);
        if verdict.effect != line.effect || flags != line.flags {
            wrong.push(format!(
                "`{}` is {:?} {}, judged {:?} {flags} by `{}`: {}",
                line.command, line.effect, line.flags, verdict.effect, verdict.decided_by, verdict.reason
            ));
        }
        assert!(!verdict.reason.is_empty() && !verdict.decided_by.is_empty(), "`{}` says no reason", line.command);
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), known.len(), wrong.join("\n"));
}
