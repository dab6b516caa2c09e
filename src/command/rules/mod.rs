//! The rules: one table of programs and their verbs, each with what it does, the options it may have, and examples.
//! It never allows a program, verb or option it does not know.

mod awk;
mod cloud;
mod containers;
mod disks;
mod files;
mod git;
mod host;
mod http;
mod kubernetes;
mod network;
mod options;
mod packages;
mod redis;
mod scripts;
mod sed;
mod services;
mod sql;
mod stores;
mod text;
mod wrappers;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::effect::{Effect, Flags, Verdict, judge_inside};
use super::shell::{Fed, Open, Simple};
use options::{Given, holds};

/// The judgement of one program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub effect: Effect,
    pub flags: Flags,
    pub token: String,
    pub reason: String,
}

impl Call {
    fn new(effect: Effect, token: &str, reason: &str) -> Call {
        Call { effect, flags: Flags::default(), token: token.into(), reason: reason.into() }
    }

    pub(super) fn reads(reason: &str) -> Call {
        Call::new(Effect::Reads, "", reason)
    }

    pub(super) fn changes(token: &str, reason: &str) -> Call {
        Call::new(Effect::Changes, token, reason)
    }

    pub(super) fn destroys(token: &str, reason: &str) -> Call {
        Call::new(Effect::Destroys, token, reason)
    }

    pub(super) fn flagged(mut self, flags: Flags) -> Call {
        self.flags = self.flags.and(flags);
        self
    }

    /// The worse of both, with the flags of both.
    fn and(self, other: Call) -> Call {
        let flags = self.flags.and(other.flags);
        let worse = if other.effect > self.effect { other } else { self };
        Call { flags, ..worse }
    }
}

/// No flag.
const NONE: Flags = Flags { secrets: false, endless: false, heavy: false, evidence: false };
const ENDLESS: Flags = Flags { endless: true, ..NONE };
const SECRETS: Flags = Flags { secrets: true, ..NONE };
const HEAVY: Flags = Flags { heavy: true, ..NONE };
const EVIDENCE: Flags = Flags { evidence: true, ..NONE };

/// What some options of a program do beyond what the program does.
#[derive(Clone, Copy)]
struct Mark {
    options: &'static str,
    effect: Effect,
    flags: Flags,
    why: &'static str,
}

impl Mark {
    const fn flag(options: &'static str, flags: Flags) -> Mark {
        Mark { options, effect: Effect::Reads, flags, why: "" }
    }

    const fn changes(options: &'static str, why: &'static str) -> Mark {
        Mark { options, effect: Effect::Changes, flags: NONE, why }
    }

    const fn destroys(options: &'static str, why: &'static str) -> Mark {
        Mark { options, effect: Effect::Destroys, flags: NONE, why }
    }

    const fn erases(options: &'static str, why: &'static str) -> Mark {
        Mark { options, effect: Effect::Destroys, flags: EVIDENCE, why }
    }
}

/// How a rule decides.
#[derive(Clone, Copy)]
enum How {
    /// By its options, its marks, and a look at its words.
    Table,
    /// By the verb behind its own options: `docker ps` is the rule of that name.
    Verbs,
    /// By code of its own: languages.
    Own(fn(&Asked<'_>) -> Call),
    /// By the command it runs.
    Wraps(fn(&Asked<'_>) -> Call),
}

/// For programs that read commands from their input where they are given no verb.
fn prompts(asked: &Asked<'_>, _: &Given<'_>) -> Option<Call> {
    Some(Call::changes(asked.name, "without a verb it opens a prompt, or does more than look"))
}

type Words = fn(&Asked<'_>, &Given<'_>) -> Option<Call>;

/// What further words, which only the shell or a pipe knows, could do to a program that reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Further {
    /// They could make it change something: `uniq`, `date`.
    Harm,
    /// Words could not, options could: `sort`.
    Words,
    /// Nothing could: `cat`.
    Anything,
}

/// One rule: programs or verbs, what they do, and lines that show it.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    /// `ls|dir`, or with verbs `docker ps|docker container ls`.
    names: &'static str,
    effect: Effect,
    flags: Flags,
    why: &'static str,
    /// The options that leave the effect as it is; see `options`. Any other asks.
    options: &'static str,
    marks: &'static [Mark],
    /// One of these has to be among the options, where the program without one does more than look.
    needs: &'static str,
    words: Option<Words>,
    further: Further,
    how: How,
    /// Lines that must be `reads`; a test runs them.
    #[cfg_attr(not(test), allow(dead_code))]
    reads: &'static [&'static str],
    /// Lines that must not be; a test runs them.
    #[cfg_attr(not(test), allow(dead_code))]
    not: &'static [&'static str],
}

impl Rule {
    const fn new(names: &'static str, effect: Effect, why: &'static str, options: &'static str) -> Rule {
        Rule {
            names,
            effect,
            flags: NONE,
            why,
            options,
            marks: &[],
            needs: "",
            words: None,
            further: Further::Harm,
            how: How::Table,
            reads: &[],
            not: &[],
        }
    }

    /// A program that reads with these options, and with no other.
    const fn reads(names: &'static str, why: &'static str, options: &'static str) -> Rule {
        Rule::new(names, Effect::Reads, why, options)
    }

    /// A program that reads whatever words it is given; options outside of its table could do more.
    const fn only_reads(names: &'static str, why: &'static str, options: &'static str) -> Rule {
        Rule::reads(names, why, options).takes_words()
    }

    const fn changes(names: &'static str, why: &'static str) -> Rule {
        Rule::new(names, Effect::Changes, why, "*")
    }

    const fn destroys(names: &'static str, why: &'static str) -> Rule {
        Rule::new(names, Effect::Destroys, why, "*")
    }

    /// A program whose first word decides.
    const fn verbs(names: &'static str, options: &'static str) -> Rule {
        Rule { how: How::Verbs, ..Rule::new(names, Effect::Changes, "this verb is not known to only look", options) }
    }

    const fn own(names: &'static str, judge: fn(&Asked<'_>) -> Call) -> Rule {
        Rule { how: How::Own(judge), ..Rule::new(names, Effect::Changes, "", "*") }
    }

    const fn wraps(names: &'static str, judge: fn(&Asked<'_>) -> Call) -> Rule {
        Rule { how: How::Wraps(judge), ..Rule::new(names, Effect::Changes, "", "*") }
    }

    const fn flags(self, flags: Flags) -> Rule {
        Rule { flags, ..self }
    }

    const fn marks(self, marks: &'static [Mark]) -> Rule {
        Rule { marks, ..self }
    }

    const fn needs(self, needs: &'static str) -> Rule {
        Rule { needs, ..self }
    }

    const fn words(self, words: Words) -> Rule {
        Rule { words: Some(words), ..self }
    }

    /// Further words cannot make it change anything, further options could.
    const fn takes_words(self) -> Rule {
        Rule { further: Further::Words, ..self }
    }

    /// Neither further words nor any option it has could make it change anything.
    const fn takes_anything(self) -> Rule {
        Rule { further: Further::Anything, ..self }
    }

    const fn must(self, reads: &'static [&'static str]) -> Rule {
        Rule { reads, ..self }
    }

    const fn must_not(self, not: &'static [&'static str]) -> Rule {
        Rule { not, ..self }
    }
}

/// A program with its arguments, as a rule sees it.
pub(super) struct Asked<'a> {
    /// The program's bare name.
    pub name: &'a str,
    /// Its arguments, without the program.
    pub args: &'a [String],
    /// How many wrappers stand around it.
    pub depth: usize,
    /// What else the shell or a pipe adds to the arguments.
    pub open: Open,
    /// The arguments that the shell makes into file names.
    pub patterns: &'a [String],
    /// What stands on its input.
    pub fed: Fed,
}

impl Asked<'_> {
    pub(super) fn has(&self, word: &str) -> bool {
        self.args.iter().any(|a| a == word)
    }

    /// Whether something is sent to it, where it sends what it reads on.
    pub(super) fn is_fed(&self) -> bool {
        self.fed > Fed::Nothing
    }

    /// Judges arguments as a command of their own.
    pub(super) fn tail(&self, words: &[String]) -> Call {
        self.tail_with(words, self.open)
    }

    /// The same, where more is added to them that is not known.
    pub(super) fn tail_with(&self, words: &[String], open: Open) -> Call {
        let open = open.max(self.open);
        let patterns = self.patterns.to_vec();
        let simple = Simple { argv: words.to_vec(), open, patterns, fed: self.fed, ..Simple::default() };
        judge_simple(&simple, self.depth + 1).into()
    }

    /// Judges text as shell.
    pub(super) fn shell(&self, text: &str) -> Call {
        if self.open > Open::Closed {
            return Call::changes(text, "what is added to it only when it runs can be a command");
        }
        judge_inside(text, self.depth + 1, self.fed).into()
    }
}

impl From<Verdict> for Call {
    fn from(verdict: Verdict) -> Call {
        Call { effect: verdict.effect, flags: verdict.flags, token: verdict.decided_by, reason: verdict.reason }
    }
}

/// All rules, by family.
const FAMILIES: [&[Rule]; 19] = [
    wrappers::RULES,
    text::RULES,
    scripts::RULES,
    sed::RULES,
    awk::RULES,
    files::RULES,
    disks::RULES,
    host::RULES,
    services::RULES,
    packages::RULES,
    network::RULES,
    http::RULES,
    containers::RULES,
    kubernetes::RULES,
    redis::RULES,
    sql::RULES,
    stores::RULES,
    cloud::RULES,
    git::RULES,
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Rule>> = LazyLock::new(|| {
    FAMILIES
        .iter()
        .flat_map(|f| f.iter())
        .flat_map(|rule| rule.names.split('|').map(move |name| (name, rule)))
        .collect()
});

/// Programs that are another one by name.
const ALIASES: &[(&str, &str)] = &[
    ("podman", "docker"),
    ("nerdctl", "docker"),
    ("docker-compose", "docker compose"),
    ("podman-compose", "docker compose"),
    ("oc", "kubectl"),
    ("valkey-cli", "redis-cli"),
    ("opentofu", "terraform"),
    ("tofu", "terraform"),
];

/// Folders that hold the programs these rules are about, and no project's own scripts.
const FOLDERS: &[&str] = &[
    "/bin",
    "/usr/bin",
    "/sbin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/opt/gitlab/bin",
    "/opt/gitlab/embedded/bin",
];

/// Variables whose value cannot make a program do something else.
const HARMLESS_VARIABLES: &[&str] = &[
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LC_TIME",
    "TZ",
    "TERM",
    "COLUMNS",
    "NO_COLOR",
    "PGPASSWORD",
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "PGCONNECT_TIMEOUT",
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
    "CONSUL_HTTP_ADDR",
    "VAULT_ADDR",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
];

/// Whether setting this variable to this value leaves what a program does as it is.
pub(super) fn harmless_variable(name: &str, value: &str) -> bool {
    (HARMLESS_VARIABLES.contains(&name) || TARGET_VARIABLES.contains(&name)) && !leads_by_program(value)
}

/// Whether an address holds a program, or options of one, that leads there.
fn leads_by_program(address: &str) -> bool {
    address.contains("://-") || address.contains("?command=")
}

/// Judges one plain command.
pub(super) fn judge_simple(simple: &Simple, depth: usize) -> Verdict {
    let Some(first) = simple.argv.first() else {
        return Call::changes("", "there is no command").into();
    };
    if depth > super::effect::DEEPEST {
        return Call::changes(first, "it hides a command behind too many others").into();
    }
    if let Some((name, _)) = simple.assignments.iter().find(|(name, value)| !harmless_variable(name, value)) {
        return Call::changes(&format!("{name}="), "this variable can make the program do something else").into();
    }
    let args = simple.argv.get(1..).unwrap_or_default();
    let name = match first.rsplit_once('/') {
        Some((folder, name)) if FOLDERS.contains(&folder) => name,
        Some(_) => {
            return Call::changes(first, "it is a script or a program of its own; what it does is not known").into();
        }
        None => first.as_str(),
    };
    let path = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, path)| path);
    let asked = Asked { name, args, depth, open: simple.open, patterns: &simple.patterns, fed: simple.fed };
    let mut call = match BY_NAME.get(path) {
        Some(rule) => rule.judge(&asked, path, &mut Vec::new()),
        None => Call::changes(first, "this program is not known here, so it may change something"),
    };
    if call.token.is_empty() {
        call.token = first.clone();
    }
    call.into()
}

impl Rule {
    /// Judges a call of this rule's program; `path` is its name with verbs, `outer` the option tables of the verbs before.
    fn judge(&'static self, asked: &Asked<'_>, path: &str, outer: &mut Vec<&'static str>) -> Call {
        if let [one] = asked.args
            && matches!(one.as_str(), "--help" | "--version")
            && !matches!(self.how, How::Wraps(_))
            && asked.open == Open::Closed
        {
            return Call::reads("it only says how it is used");
        }
        match self.how {
            How::Own(judge) => self.closed(asked, judge(asked)),
            How::Wraps(judge) => judge(asked),
            How::Table => self.table(asked, outer),
            How::Verbs => self.verb(asked, path, outer),
        }
    }

    fn table(&self, asked: &Asked<'_>, outer: &[&'static str]) -> Call {
        let mut tables: Vec<&str> = vec![self.options];
        tables.extend(self.marks.iter().map(|m| m.options));
        tables.extend(outer);
        let given = options::read(asked.args, &tables);
        let mut call = Call::new(self.effect, "", self.why).flagged(self.flags);
        if self.effect > Effect::Reads {
            call.token = asked.name.to_owned();
        }
        for option in &given.options {
            for mark in self.marks.iter().filter(|m| holds(m.options, option)) {
                call = call.and(Call::new(mark.effect, &option.shown, mark.why).flagged(mark.flags));
            }
        }
        if !self.needs.is_empty() && !given.options.iter().any(|option| holds(self.needs, option)) {
            call = call.and(Call::changes(asked.name, "without an option that only shows it does more than look"));
        }
        if let Some(words) = self.words
            && let Some(objection) = words(asked, &given)
        {
            call = call.and(objection);
        }
        if let (Effect::Reads, Some(stranger)) = (call.effect, &given.stranger) {
            call = call.and(Call::changes(stranger, "this option is not known to be harmless"));
        }
        self.closed(asked, call)
    }

    /// A call that reads is still one where words are added to it, or it is not.
    fn closed(&self, asked: &Asked<'_>, call: Call) -> Call {
        let harmless = matches!(
            (asked.open, self.further),
            (Open::Closed, _) | (_, Further::Anything) | (Open::Words, Further::Words)
        );
        if !harmless && call.effect == Effect::Reads {
            return call.and(Call::changes(
                asked.name,
                "what is added to it only when it runs could make it change something",
            ));
        }
        call
    }

    fn verb(&'static self, asked: &Asked<'_>, path: &str, outer: &mut Vec<&'static str>) -> Call {
        let mut tables = vec![self.options];
        tables.extend(self.marks.iter().map(|m| m.options));
        tables.extend(outer.iter());
        let stop_at_word = format!("+ {}", self.options.trim_start_matches('~'));
        let first = if self.options.starts_with('~') { format!("~{stop_at_word}") } else { stop_at_word };
        let given = options::read(
            asked.args,
            &std::iter::once(first.as_str()).chain(tables.iter().copied()).collect::<Vec<_>>(),
        );
        let mut call = Call::reads("it only says how it is used, or lists").flagged(self.flags);
        for option in &given.options {
            for mark in self.marks.iter().filter(|m| holds(m.options, option)) {
                call = call.and(Call::new(mark.effect, &option.shown, mark.why).flagged(mark.flags));
            }
        }
        if let Some(stranger) = &given.stranger {
            call = call.and(Call::changes(stranger, "this option before the verb is not known to be harmless"));
        }
        if let Some(address) = given.options.iter().filter_map(|o| o.value).find(|value| leads_by_program(value)) {
            call = call.and(Call::changes(address, "this address names a program that leads there"));
        }
        let Some(verb) = given.words.first().copied() else {
            if asked.open > Open::Closed {
                return call.and(Call::changes(asked.name, "its verb is known only when it runs"));
            }
            // Without a verb it prints help or what it would list; where it opens a prompt its rule objects.
            return match self.words.and_then(|words| words(asked, &given)) {
                Some(objection) => call.and(objection),
                None => call,
            };
        };
        let longer = format!("{path} {verb}");
        let behind = asked.args.get(given.rest + 1..).unwrap_or_default();
        let Some(rule) = BY_NAME.get(longer.as_str()) else {
            return call.and(Call::changes(verb, self.why));
        };
        outer.insert(0, self.options);
        let inner = Asked { name: verb, args: behind, ..*asked };
        let mut inner = rule.judge(&inner, &longer, outer);
        if inner.token.is_empty() {
            inner.token = verb.to_owned();
        }
        let flags = call.flags.and(inner.flags);
        Call { flags, ..if inner.effect >= call.effect { inner } else { call } }
    }
}

#[cfg(test)]
mod tests {
    use super::super::effect::judge;
    use super::*;

    #[test]
    fn every_rule_keeps_its_own_examples() {
        let mut wrong = Vec::new();
        for rule in FAMILIES.iter().flat_map(|f| f.iter()) {
            for line in rule.reads {
                let verdict = judge(line);
                if verdict.effect != Effect::Reads {
                    wrong.push(format!("`{line}` must read: {verdict:?}"));
                }
            }
            for line in rule.not {
                let verdict = judge(line);
                if verdict.effect == Effect::Reads || verdict.decided_by.is_empty() || verdict.reason.is_empty() {
                    wrong.push(format!("`{line}` must not read, and say why: {verdict:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_rule_has_examples_and_a_name_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        for rule in FAMILIES.iter().flat_map(|f| f.iter()) {
            let shown = !rule.reads.is_empty() || !rule.not.is_empty() || matches!(rule.how, How::Verbs);
            assert!(shown, "{}", rule.names);
            for name in rule.names.split('|') {
                assert!(seen.insert(name), "two rules are for `{name}`");
            }
        }
    }
}
