//! The rules: one table of programs, each with what its options and words do, and examples it must and must not match.
//! It never allows a program, verb or option it does not know.

mod containers;
mod files;
mod host;
mod network;
mod options;
mod stores;
mod text;
mod wrappers;

use super::effect::{Effect, Flags, Verdict, judge_inside};
use super::shell::Simple;
use options::Options;

/// The judgement of one program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub effect: Effect,
    pub flags: Flags,
    pub token: String,
    pub reason: String,
}

impl Call {
    pub(super) fn reads(reason: &str) -> Call {
        Call { effect: Effect::Reads, flags: Flags::default(), token: String::new(), reason: reason.into() }
    }

    pub(super) fn changes(token: &str, reason: &str) -> Call {
        Call { effect: Effect::Changes, flags: Flags::default(), token: token.into(), reason: reason.into() }
    }

    pub(super) fn destroys(token: &str, reason: &str) -> Call {
        Call { effect: Effect::Destroys, flags: Flags::default(), token: token.into(), reason: reason.into() }
    }

    pub(super) fn endless(mut self) -> Call {
        self.flags.endless = true;
        self
    }

    pub(super) fn secrets(mut self) -> Call {
        self.flags.secrets = true;
        self
    }

    pub(super) fn heavy(mut self) -> Call {
        self.flags.heavy = true;
        self
    }

    pub(super) fn evidence(mut self) -> Call {
        self.flags.evidence = true;
        self
    }
}

/// One rule: the programs it is for, how it judges their arguments, and examples of both ends.
pub(super) struct Rule {
    pub names: &'static [&'static str],
    pub judge: fn(&Asked<'_>) -> Call,
    /// Lines that must be `reads`; a test runs them.
    #[cfg_attr(not(test), allow(dead_code))]
    pub reads: &'static [&'static str],
    /// Lines that must not be; a test runs them.
    #[cfg_attr(not(test), allow(dead_code))]
    pub not: &'static [&'static str],
}

/// A program with its arguments, as a rule sees it.
pub(super) struct Asked<'a> {
    /// The program's bare name.
    pub name: &'a str,
    /// Its arguments, without the program.
    pub args: &'a [String],
    /// How many wrappers stand around it.
    pub depth: usize,
}

impl Asked<'_> {
    /// The first argument that is no option.
    pub(super) fn verb(&self) -> &str {
        self.args.iter().find(|a| !a.starts_with('-')).map_or("", String::as_str)
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.args.iter().any(|a| a == word)
    }

    /// The options of this program, read by getopt's rules.
    fn options(&self, valued: &str) -> Options {
        options::read(self.args, valued)
    }

    /// Judges arguments as a command of their own.
    pub(super) fn tail(&self, words: &[String]) -> Call {
        let simple = Simple { assignments: Vec::new(), argv: words.to_vec(), quiet: false, merged: false };
        call(judge_simple(&simple, self.depth + 1))
    }

    /// Judges text as shell.
    pub(super) fn shell(&self, text: &str) -> Call {
        call(judge_inside(text, self.depth + 1))
    }
}

fn call(verdict: Verdict) -> Call {
    Call { effect: verdict.effect, flags: verdict.flags, token: verdict.decided_by, reason: verdict.reason }
}

/// All rules, by family.
fn families() -> [&'static [Rule]; 7] {
    [wrappers::RULES, text::RULES, files::RULES, host::RULES, network::RULES, containers::RULES, stores::RULES]
}

/// Variables whose value cannot make a program do something else.
const HARMLESS_VARIABLES: &[&str] = &[
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TERM",
    "COLUMNS",
    "NO_COLOR",
    "PGPASSWORD",
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "REDISCLI_AUTH",
    "MYSQL_PWD",
];

/// Variables that only say which machine is asked.
const TARGET_VARIABLES: &[&str] = &[
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "KUBECONFIG",
    "COMPOSE_PROJECT_NAME",
    "COMPOSE_FILE",
    "ETCDCTL_API",
    "ETCDCTL_ENDPOINTS",
    "CUDA_VISIBLE_DEVICES",
];

/// Judges one plain command.
pub(super) fn judge_simple(simple: &Simple, depth: usize) -> Verdict {
    if depth > 8 {
        return Call::changes(
            simple.argv.first().map_or("", String::as_str),
            "it hides a command behind too many others",
        )
        .into();
    }
    for (name, _) in &simple.assignments {
        if !HARMLESS_VARIABLES.contains(&name.as_str()) && !TARGET_VARIABLES.contains(&name.as_str()) {
            return Call::changes(&format!("{name}="), "this variable can make the program do something else").into();
        }
    }
    let Some(first) = simple.argv.first() else {
        return Call::changes("", "there is no command").into();
    };
    let args = simple.argv.get(1..).unwrap_or_default();
    let name = match first.rsplit_once('/') {
        // Only the system's own folders hold the programs these rules are about.
        Some(("/bin" | "/usr/bin" | "/sbin" | "/usr/sbin" | "/usr/local/bin", name)) => name,
        Some(_) => return script(first, args).into(),
        None => first.as_str(),
    };
    let asked = Asked { name, args, depth };
    let rule = families().into_iter().flatten().find(|r| r.names.contains(&name));
    let mut verdict: Verdict = match rule {
        Some(rule) => (rule.judge)(&asked).into(),
        None => Call::changes(first, "this program is not known here, so it may change something").into(),
    };
    if verdict.decided_by.is_empty() {
        verdict.decided_by = first.clone();
    }
    verdict
}

/// A script of the project: only the words that ask for a state are trusted to look.
fn script(path: &str, _args: &[String]) -> Call {
    Call::changes(path, "it is a script; what it does is not known here")
}

#[cfg(test)]
mod tests {
    use super::super::effect::judge;
    use super::*;

    #[test]
    fn every_rule_keeps_its_own_examples() {
        for rule in families().into_iter().flatten() {
            for line in rule.reads {
                let verdict = judge(line);
                assert_eq!(verdict.effect, Effect::Reads, "`{line}` must read: {verdict:?}");
            }
            for line in rule.not {
                let verdict = judge(line);
                assert!(verdict.effect > Effect::Reads, "`{line}` must not read: {verdict:?}");
                assert!(!verdict.decided_by.is_empty() && !verdict.reason.is_empty(), "`{line}` must say why");
            }
        }
    }

    #[test]
    fn every_rule_has_examples() {
        for rule in families().into_iter().flatten() {
            assert!(!rule.reads.is_empty() || !rule.not.is_empty(), "{:?}", rule.names);
        }
    }
}
