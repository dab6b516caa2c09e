//! The list of commands with their right answers, the reading commands of runbooks, and compositions of both.
//! It never asks the classifier what is right.

use proptest::prelude::*;
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

/// `⏎` is a line feed, and `\n` is where a here-document or a second line is meant.
fn unescaped(command: &str) -> String {
    let feeds = ["EOF\\n", "EOF'\\n", ")\\n", "ls\\n", "#\\n", "out\\n"];
    feeds.iter().fold(command.replace('⏎', "\n"), |text, feed| text.replace(feed, &feed.replace("\\n", "\n")))
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
    assert!(known.len() >= 2000, "{}", known.len());
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

/// Words before a command that run it, as they stand.
const BEFORE: [&str; 30] = [
    "sudo ",
    "sudo -u git ",
    "sudo -n -- ",
    "doas ",
    "timeout 5 ",
    "timeout -k 1 -s INT 5 ",
    "nice -n 5 ",
    "ionice -c 3 ",
    "env ",
    "env LANG=C ",
    "env -i ",
    "time ",
    "stdbuf -oL ",
    "command ",
    "exec ",
    "nohup ",
    "setsid ",
    "busybox ",
    "chroot /host ",
    "nsenter -t 1 -m ",
    "ip netns exec n ",
    "docker exec web ",
    "docker exec -it -u root web ",
    "docker compose exec -T web ",
    "docker-compose -f a exec web ",
    "kubectl exec p -- ",
    "kubectl -n x exec -it p -c c -- ",
    "oc rsh p ",
    "xargs ",
    "xargs -n1 -I{} ",
];

/// A shell's text around a command: `@` is the command, quoted once for each `'` or `"` that stands beside it.
const AROUND: [&str; 32] = [
    "sh -c '@'",
    "bash -lc '@'",
    "sh -c \"@\"",
    "ssh host '@'",
    "ssh -q user@host \"@\"",
    "watch '@'",
    "su - x -c '@'",
    "docker exec web sh -c '@'",
    "kubectl exec p -- bash -c \"@\"",
    "xargs sh -c '@'",
    "find . -exec sh -c '@' \\;",
    "ls; @",
    "@; ls",
    "ls && @",
    "@ || true",
    "ls | @",
    "@ | cat",
    "( @ )",
    "{ @; }",
    "if true; then @; fi",
    "if @; then ls; fi",
    "for i in a b; do @; done",
    "while true; do @; done",
    "case a in a) @;; esac",
    "! @",
    "@ &",
    "ls\n@",
    "echo $(@)",
    "echo \"`@`\"",
    "cat <(@)",
    "@ 2>/dev/null",
    "LANG=C @",
];

fn single(text: &str) -> String {
    text.replace('\'', "'\\''")
}

fn double(text: &str) -> String {
    text.chars().flat_map(|c| if "\\\"$`".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
}

fn around(frame: &str, command: &str) -> String {
    if frame.contains("'@'") {
        frame.replace('@', &single(command))
    } else if frame.contains("\"@\"") {
        let at = frame.rfind('@').unwrap_or(0);
        format!("{}{}{}", &frame[..at], double(command), &frame[at + 1..])
    } else {
        frame.replace('@', command)
    }
}

proptest! {
    #[test]
    fn no_wrapper_operator_or_quote_hides_a_change(
        pick in any::<prop::sample::Index>(),
        layers in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 1..5),
    ) {
        let known: Vec<Known> = known().into_iter().filter(|k| k.effect > Effect::Reads).collect();
        let inner = &known[pick.index(known.len())];
        let mut line = inner.command.clone();
        for (wraps, which) in layers {
            line = if wraps {
                format!("{}{line}", BEFORE[which.index(BEFORE.len())])
            } else {
                around(AROUND[which.index(AROUND.len())], &line)
            };
        }
        let verdict = judge(&line);
        prop_assert!(verdict.effect > Effect::Reads, "`{}` hides in `{line}`: {verdict:?}", inner.command);
    }
}

#[test]
fn a_wrapper_alone_never_turns_a_change_into_a_look() {
    for inner in known().iter().filter(|k| k.effect > Effect::Reads) {
        let lines = BEFORE.iter().map(|b| format!("{b}{}", inner.command));
        for line in lines.chain(AROUND.iter().map(|a| around(a, &inner.command))) {
            let verdict = judge(&line);
            assert!(verdict.effect > Effect::Reads, "`{}` hides in `{line}`: {verdict:?}", inner.command);
        }
    }
}

#[test]
fn deep_nesting_is_refused_on_a_small_stack() {
    let deep = std::thread::Builder::new().stack_size(1024 * 1024).spawn(|| {
        for depth in 1..60 {
            for (open, close) in [
                ("(", ")"),
                ("{ ", "; }"),
                ("$(", ")"),
                ("if true; then ", "; fi"),
                ("echo \"$(", ")\""),
                ("`", "`"),
                ("while true; do ", "; done"),
                ("[[ ( ", " ) ]]"),
                ("${x:-", "}"),
                ("<(", ")"),
                ("f() { ", "; }"),
                ("! ", ""),
                ("a && ", ""),
                ("((", "))"),
                ("sudo ", ""),
                ("case a in a) ", ";; esac"),
            ] {
                judge(&format!("{}rm x{}", open.repeat(depth), close.repeat(depth)));
            }
            let mut line = "rm x".to_owned();
            for _ in 0..depth.min(12) {
                line = format!("sh -c '{}'", single(&line));
            }
            assert!(judge(&line).effect > Effect::Reads, "{line}");
        }
    });
    deep.unwrap().join().unwrap();
}
