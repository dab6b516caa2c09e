//! Random and broken inputs for what reads text from outside: `cargo run --release --example fuzz -- 10000000 [SEED]`.
//! It never passes over a panic, a slow input, a control character that comes through, or a value that splits.

#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for the developer's own screen")]

use std::time::{Duration, Instant};

use unstuck::command::{Script, Value, judge, placeholder};
use unstuck::text::clean::acts;
use unstuck::text::{Masker, clean};

/// The commands the inputs are made of.
const LIST: &str = include_str!("../it/data/effects.tsv");

/// Pieces that mean something to a shell, a terminal or a mask.
const PIECES: [&str; 64] = [
    "$(",
    ")",
    "`",
    "\"",
    "'",
    "\\",
    "\n",
    ";",
    "|",
    "||",
    "&&",
    "&",
    ">",
    ">>",
    "<",
    "<<",
    "<<<",
    "<(",
    ">(",
    "{",
    "}",
    "[[",
    "]]",
    "((",
    "))",
    "[",
    "]",
    "$",
    "${",
    "${x",
    "#",
    "!",
    "*",
    "?",
    "~",
    "if ",
    "then ",
    "fi",
    "for i in a b; do ",
    "done",
    "while ",
    "case x in ",
    "esac",
    "function f ",
    "() ",
    "=",
    " ",
    "\t",
    "\u{1b}[31m",
    "\u{1b}]0;x\u{7}",
    "\u{9b}",
    "\u{202e}",
    "\u{200b}",
    "\r",
    "\0",
    "\u{7f}",
    "EOF",
    "<<EOF\n",
    "é",
    "漢",
    "<PID>",
    "${HOST}",
    "-x",
    "--",
];

/// A small generator of random numbers (xorshift), so that a seed gives the same run again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap_or(0)
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// One input: a command of the list bent out of shape, pieces in a row, or any characters at all.
fn input(random: &mut Random, lines: &[&str]) -> String {
    let mut text = String::new();
    match random.below(4) {
        0 => {
            text.push_str(random.of(lines));
            for _ in 0..random.below(4) {
                let at =
                    (0..=text.len()).filter(|i| text.is_char_boundary(*i)).nth(random.below(text.chars().count() + 1));
                let piece = random.of(&PIECES);
                if let Some(at) = at {
                    if random.below(3) == 0 {
                        text.truncate(at);
                    } else {
                        text.insert_str(at, piece);
                    }
                }
            }
        }
        1 => (0..random.below(24)).for_each(|_| text.push_str(random.of(&PIECES))),
        2 => {
            for _ in 0..random.below(12) {
                text.push_str(if random.below(2) == 0 { random.of(lines) } else { random.of(&PIECES) });
            }
        }
        _ => {
            for _ in 0..random.below(60) {
                let code = match random.below(3) {
                    0 => random.below(0x80),
                    1 => random.below(0x300),
                    _ => random.below(0x11_0000),
                };
                text.extend(char::from_u32(u32::try_from(code).unwrap_or(0)));
            }
        }
    }
    text
}

/// What a filled line must be: the same commands as with a plain word, the value inside one argument of each.
fn stays_one_argument(line: &str, value: &str) -> bool {
    let Ok(filled) = placeholder::fill(line, &[("NAME".into(), Value { text: value.into(), source: "fuzz".into() })])
    else {
        return true;
    };
    let counts = |text: &str| {
        Script::plain(text)
            .map(|s| s.pipelines.iter().flat_map(|p| &p.commands).map(|c| c.argv.len()).collect::<Vec<_>>())
    };
    counts(&filled) == counts(&line.replace("<NAME>", "word")) && !value.starts_with('-')
}

fn main() {
    let mut args = std::env::args().skip(1);
    let total: u64 = args.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let mut random = Random(args.next().and_then(|n| n.parse().ok()).unwrap_or(0x9e37_79b9_7f4a_7c15));
    let lines: Vec<&str> =
        LIST.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.splitn(4, '\t').nth(3)).collect();
    timing(&lines);
    let places = [
        "docker logs <NAME>",
        "docker logs '<NAME>'",
        "docker logs \"<NAME>\"",
        "sh -c 'docker logs <NAME>'",
        "sh -c \"docker logs '<NAME>'\"",
        "echo x | grep <NAME> | sort",
        "ls /x/<NAME>/y",
        "docker logs --since=<NAME> web",
    ];
    let masker = Masker::knowing(["hunter2hunter2".to_owned()]);
    let mut slowest = (Duration::ZERO, String::new());
    let started = Instant::now();
    for n in 0..total {
        let text = input(&mut random, &lines);
        let before = Instant::now();
        match n % 8 {
            0 | 1 => {
                let verdict = judge(&text);
                assert!(!verdict.reason.is_empty(), "no reason for {text:?}");
            }
            2 => {
                Script::plain(&text);
                placeholder::find(&text);
            }
            3 | 4 => assert!(stays_one_argument(random.of(&places), &text), "{text:?} does not stay one argument"),
            5 => {
                let masked = masker.mask(&text);
                assert!(!masked.contains("hunter2hunter2"), "{text:?} is not masked");
            }
            _ => {
                let out = clean(&text);
                assert!(out.chars().all(|c| c == '\n' || c == '\t' || !acts(c)), "{text:?} comes through as {out:?}");
            }
        }
        let took = before.elapsed();
        if took > slowest.0 {
            slowest = (took, text);
        }
        assert!(slowest.0 < Duration::from_secs(2), "{:?} took {:?}", slowest.1, slowest.0);
    }
    println!("{total} inputs in {:.0?}: no panic, nothing came through, nothing split", started.elapsed());
    println!("slowest: {:?} for {:?}", slowest.0, slowest.1);
}

/// How long one judgement takes, over the whole list.
fn timing(lines: &[&str]) {
    let mut times: Vec<Duration> = Vec::new();
    for round in 0..20 {
        for line in lines {
            let before = Instant::now();
            let verdict = judge(line);
            let took = before.elapsed();
            if round > 0 && !verdict.reason.is_empty() {
                times.push(took);
            }
        }
    }
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    println!("judging one command: median {:?}, 95 % within {:?}, 99 % within {:?}", at(50), at(95), at(99));
}
