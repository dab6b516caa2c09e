//! How a rule judges a call: its name found, its options read by its tables, its verb or its tail followed.
//! It never lets through a program, an option or a variable that no table knows.

use super::options::{self, holds};
use super::{Asked, BY_NAME, Call, Further, How, Rule};
use crate::command::effect::{DEEPEST, Effect, Verdict};
use crate::command::shell::{Open, Simple};

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
pub(in crate::command) fn judge_simple(simple: &Simple, depth: usize) -> Verdict {
    let Some(first) = simple.argv.first() else {
        return Call::changes("", "there is no command").into();
    };
    if depth > DEEPEST {
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
    /// Judges a call of this rule's program; `path` is its name with verbs, `outer` the tables of the verbs before.
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
