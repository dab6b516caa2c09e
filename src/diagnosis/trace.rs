//! Where a value that an error names is set: the line of the project's files that holds it.
//! It never says that the value is wrong, and shows nothing of a file that the error did not say itself.

use std::sync::LazyLock;

use regex::Regex;

use super::interpret::logs::severe;
use super::{Finding, Kind, Outcome, Status};
use crate::probe::{ProjectFile, Reading};
use crate::text::{pattern, shorten};

/// A value of less weight is too common to be looked for.
const TELLING: u8 = 3;
/// A value that stands in more lines is no trace.
const LINES: usize = 2;
/// How many lines of errors are looked into.
const MOST: usize = 60;

/// A line that says what is wrong, and the service that said it where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub service: Option<String>,
    pub line: String,
    /// The engine or compose says so, of how the service is to be made.
    pub of_making: bool,
}

/// What the outcomes hold of errors, those that a check or a container gave itself first; of a log the newest first.
pub fn errors(outcomes: &[Outcome]) -> Vec<Error> {
    let mut found: Vec<Error> = Vec::new();
    let mut add = |service: Option<&str>, line: &str, of_making: bool| {
        let line = line.trim();
        if !line.is_empty() && !found.iter().any(|e| e.line == line) && found.len() < MOST {
            found.push(Error { service: service.map(str::to_owned), line: line.to_owned(), of_making });
        }
    };
    let open = |o: &&Outcome| matches!(o.status, Status::Problem | Status::Uncertain);
    for outcome in outcomes.iter().filter(open) {
        let about = outcome.findings.first().map(|f| f.fact.service.as_ref().unwrap_or(&f.fact.subject).as_str());
        if let Some(evidence) = &outcome.evidence {
            add(about, evidence, false);
        }
        if let Some(Reading::Containers(seen)) = &outcome.reading {
            for c in &seen.containers {
                c.error.iter().for_each(|line| add(Some(c.label()), line, true));
                c.last_words.iter().rev().filter(|l| severe(l)).for_each(|line| add(Some(c.label()), line, false));
            }
        }
    }
    for outcome in outcomes {
        if let Some(Reading::Logs(seen)) = &outcome.reading {
            seen.lines.iter().rev().filter(|l| severe(l)).for_each(|line| add(seen.target.as_deref(), line, false));
        }
    }
    found
}

/// Where the first of the errors that names a value of the project's files names it. `usual` says of a host, empty where
/// any may be meant, and a port that somebody is really there: such an address is no trace.
pub fn trace(errors: &[Error], files: &[ProjectFile], usual: &dyn Fn(&str, u16) -> bool) -> Option<Finding> {
    let valued = errors.iter().find_map(|error| valued(error, files, usual));
    valued.or_else(|| errors.iter().find_map(|error| keyed(error, files)))
}

/// Where a value that an error names stands.
fn valued(error: &Error, files: &[ProjectFile], usual: &dyn Fn(&str, u16) -> bool) -> Option<Finding> {
    let mut best: Option<(u8, usize, Place<'_>)> = None;
    for (value, weight) in values(&error.line, usual).into_iter().filter(|(_, w)| *w >= TELLING) {
        let places = places(&value, error.service.as_deref(), files);
        if places.is_empty() || places.len() > LINES {
            continue;
        }
        let lines = places.len();
        let better = best.as_ref().is_none_or(|(w, n, _)| (weight, LINES - lines) > (*w, LINES - n));
        if let Some(place) = places.into_iter().next().filter(|_| better) {
            best = Some((weight, lines, place));
        }
    }
    let (_, _, place) = best?;
    let who = error.service.clone().or(place.service).unwrap_or_else(|| place.file.to_owned());
    let over = over(error, files).filter(|(file, line)| (*file, *line) != (place.file, place.line));
    let over =
        over.map(|(file, line)| format!(" What is mounted there stands in {file}, line {line}.")).unwrap_or_default();
    let text =
        format!("“{}”, which the error names, stands in {}, line {}.{over}", place.value, place.file, place.line);
    Some(Finding::new(Kind::ValueSet, who, text).with(format!("{}:{}", place.file, place.line)))
}

/// The line by which something is mounted where a path of the error lies.
fn over<'a>(error: &Error, files: &'a [ProjectFile]) -> Option<(&'a str, usize)> {
    let service = error.service.as_deref()?;
    let compose: Vec<&ProjectFile> = files.iter().filter(|f| f.by_service).collect();
    let paths = PATH.captures_iter(&error.line).filter_map(|c| c.get(1)).map(|m| m.as_str());
    paths.flat_map(|path| std::iter::successors(Some(path), |p| Some(p.rsplit_once('/')?.0))).skip(1).find_map(
        |folder| {
            (folder.matches('/').count() > 1).then_some(())?;
            compose.iter().find_map(|file| {
                let within = block(&file.text, service)?;
                let at = file.text.lines().enumerate().position(|(at, l)| within.contains(&at) && holds(l, folder))?;
                Some((file.name.as_str(), at + 1))
            })
        },
    )
}

/// What was traced, as something that was seen.
pub fn traced(finding: Finding) -> Outcome {
    let summary = shorten(finding.text.trim_end_matches('.'), 120);
    let file = finding.fact.detail.as_deref().and_then(|d| d.rsplit_once(':')).map_or("", |(file, _)| file).to_owned();
    Outcome {
        check: "where a value of the error is set".into(),
        command: format!("cat {file}"),
        status: Status::Uncertain,
        summary,
        evidence: None,
        findings: vec![Finding { beside: true, ..finding }],
        reading: None,
        ms: 0,
    }
}

struct Place<'a> {
    value: String,
    file: &'a str,
    /// From 1.
    line: usize,
    /// The service it belongs to, where only one sees the file.
    service: Option<String>,
}

/// The lines that hold a value and belong to the service, comments left out.
fn places<'a>(value: &str, service: Option<&str>, files: &'a [ProjectFile]) -> Vec<Place<'a>> {
    let mut found = Vec::new();
    for file in files {
        let own = service.is_none_or(|s| file.services.is_empty() || file.services.iter().any(|f| f == s));
        let block = match (file.by_service, service) {
            (true, Some(service)) => block(&file.text, service),
            _ => None,
        };
        let services = services(&file.text);
        for (at, line) in file.text.lines().enumerate().filter(|_| own) {
            // What is declared for all, a volume or a network, stands beside the services.
            let within = block.as_ref().is_none_or(|b| b.contains(&at) || !services.contains(&at));
            if within && !line.trim_start().starts_with(['#', ';']) && holds(line, value) {
                let service = match file.services.as_slice() {
                    [one] => Some(one.clone()),
                    _ => None,
                };
                found.push(Place {
                    value: value.trim_start_matches(':').to_owned(),
                    file: &file.name,
                    line: at + 1,
                    service,
                });
            }
        }
    }
    found
}

/// The lines of a file of YAML that are about services.
fn services(text: &str) -> std::ops::Range<usize> {
    let top = |line: &str| line.starts_with(|c: char| c.is_alphabetic());
    let begin = text.lines().position(|l| l.trim_end() == "services:").unwrap_or(0);
    let end = text.lines().enumerate().skip(begin + 1).find(|(_, l)| top(l)).map_or(usize::MAX, |(at, _)| at);
    begin..end
}

/// The lines below a service's name in a file of YAML.
fn block(text: &str, service: &str) -> Option<std::ops::Range<usize>> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let head =
        |line: &str| indent(line) > 0 && line.trim().split('#').next().unwrap_or("").trim() == format!("{service}:");
    let lines: Vec<&str> = text.lines().collect();
    let named = |l: &str| head(l) || l.trim_start().starts_with(&format!("{service}: &"));
    // Others may name it deeper down, as one they wait for.
    let heads = lines.iter().enumerate().filter(|(_, l)| named(l));
    let (begin, own) = heads.map(|(at, l)| (at, indent(l))).min_by_key(|(_, indent)| *indent)?;
    let after = lines.iter().enumerate().skip(begin + 1);
    let ends = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#') && indent(line) <= own;
    let end = after.into_iter().find(|(_, l)| ends(l)).map_or(lines.len(), |(at, _)| at);
    Some(begin..end)
}

/// Whether a line holds a value by itself, and not as a part of a longer one.
fn holds(line: &str, value: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(value).any(|(at, _)| {
        let before = line.get(..at).and_then(|t| t.chars().next_back());
        let after = line.get(at + value.len()..).and_then(|t| t.chars().next());
        !(value.starts_with(word) && before.is_some_and(word) || value.ends_with(word) && after.is_some_and(word))
    })
}

/// What an error names that may stand in a file, each with how telling it is.
fn values(line: &str, usual: &dyn Fn(&str, u16) -> bool) -> Vec<(String, u8)> {
    let mut out: Vec<(String, u8)> = Vec::new();
    let mut add = |value: &str, weight: u8| {
        let value = value.trim().trim_end_matches(['.', ',', ';']);
        if value.len() > 2 && !out.iter().any(|(v, _)| v == value) {
            out.push((value.to_owned(), weight));
        }
    };
    for found in QUOTED.captures_iter(line).filter_map(|c| c.get(1)) {
        let text = found.as_str();
        // One plain word may be any name; a value has something of its own.
        let plain = text.chars().all(char::is_alphabetic) && text.len() < 16;
        add(text, if plain { 2 } else { 6 });
    }
    for found in ADDRESS.captures_iter(line) {
        let (Some(host), Some(port)) = (found.get(1), found.get(2)) else { continue };
        let number = port.as_str().parse().unwrap_or(0);
        if !usual(host.as_str(), number) {
            add(&format!("{}:{}", host.as_str(), port.as_str()), 5);
        }
        if !usual("", number) {
            add(&format!(":{}", port.as_str()), 3);
        }
    }
    // Its own machine is everybody's.
    let own = |address: &str| matches!(address, "127.0.0.1" | "0.0.0.0");
    ADDRESS_ALONE.find_iter(line).filter(|m| !own(m.as_str())).for_each(|m| add(m.as_str(), 4));
    for path in PATH.captures_iter(line).filter_map(|c| c.get(1)).map(|m| m.as_str()) {
        add(path, 5);
        // The file may name it from the project's folder on.
        let ends: Vec<&str> = path.rsplitn(3, '/').collect();
        if let [name, folder, rest] = ends.as_slice()
            && rest.contains('/')
        {
            add(&format!("{folder}/{name}"), 4);
        }
    }
    NAME.find_iter(line).for_each(|m| add(m.as_str(), 3));
    // Four numbers are an address, and a year begins a day.
    let value = |text: &str| text.len() > 3 && !text.starts_with("20") && text.split(['-', '.', '/']).count() < 4;
    NUMBERED.find_iter(line).filter(|m| value(m.as_str())).for_each(|m| add(m.as_str(), 3));
    out
}

/// The line of a service's block in a file by service whose key the error speaks of: of memory where it says `memory:`.
fn keyed(error: &Error, files: &[ProjectFile]) -> Option<Finding> {
    let service = error.service.as_deref().filter(|_| error.of_making)?;
    let lower = error.line.to_lowercase();
    let said: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    files.iter().filter(|f| f.by_service).find_map(|file| {
        let within = block(&file.text, service)?;
        let lines = file.text.lines().enumerate().skip(within.start + 1).take(within.len().saturating_sub(1));
        let key = |line: &str| -> Option<String> {
            let (key, _) = line.trim().trim_start_matches("- ").split_once(':')?;
            let other = block(&file.text, key).is_some_and(|b| b.start < within.start || b.start >= within.end);
            let telling =
                key.len() > 3 && !other && !GENERAL.contains(&key) && said.contains(&key.to_lowercase().as_str());
            telling.then(|| key.to_owned())
        };
        let mut found = lines.filter_map(|(at, line)| Some((at, key(line)?)));
        let (at, key) = found.next()?;
        if found.next().is_some() {
            return None;
        }
        let text =
            format!("The error speaks of {key}, and {}, line {}, sets `{key}` for {service}.", file.name, at + 1);
        Some(Finding::new(Kind::ValueSet, service, text).with(format!("{}:{}", file.name, at + 1)))
    })
}

/// Keys that any error may speak of.
const GENERAL: [&str; 12] = [
    "image",
    "command",
    "test",
    "environment",
    "network",
    "networks",
    "restart",
    "source",
    "timeout",
    "interval",
    "build",
    "ports",
];

static QUOTED: LazyLock<Regex> = LazyLock::new(|| pattern(r#"["'`“]([^"'`“”]{2,100})["'`”]"#));
/// A host with a port: `db:5432`, `10.0.0.9:8000`.
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b([A-Za-z][\w.-]*[A-Za-z][\w-]*|(?:\d{1,3}\.){3}\d{1,3}):(\d{3,5}|80)\b"));
static ADDRESS_ALONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"));
static PATH: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?:^|[\s"'=(\[:])(/[\w.+@-]+(?:/[\w.+@-]+)+)"#));
/// A value with a number in it that is more than a number: `12-15`, `v2.4.1`.
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bv?\d+(?:[-./]\d+)+\b"));
/// A setting's name: `READ_TIMEOUT`, `statement_timeout`, `max-clients` is none.
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+\b"));

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSE: &str = "services:\n  web-first:\n    depends_on:\n      job:\n        condition: none\n  db:\n    image: postgres\n    # timezone=Mars/Olympus is no more\n    command: postgres -c timezone=Mars/Olympos\n  web:\n    image: own\n    environment:\n      - QUEUE=mq:5673\n  job:\n    image: own\n    environment:\n      - QUEUE=mq:5673\n    env_file: ./jobs/extra.env\n    cpuset: 12-15\n    memory: 512\nvolumes:\n  kept:\n    name: shared_queue_data\n";
    const CONF: &str = "resolver 10.0.0.53 valid=5s;\nproxy_pass http://api:8001;\n";

    fn files() -> Vec<ProjectFile> {
        let file = |name: &str, text: &str, services: &[&str], by_service| ProjectFile {
            name: name.into(),
            text: text.into(),
            services: services.iter().map(|s| (*s).to_owned()).collect(),
            by_service,
        };
        vec![file("compose.yaml", COMPOSE, &[], true), file("web/nginx.conf", CONF, &["web"], false)]
    }

    fn at(service: Option<&str>, line: &str) -> Option<String> {
        let error = Error { service: service.map(str::to_owned), line: line.into(), of_making: true };
        trace(&[error], &files(), &|_, port| port == 6379).and_then(|f| f.fact.detail)
    }

    #[test]
    fn a_value_of_an_error_is_found_where_it_is_set() {
        let zone = "FATAL:  invalid value for parameter \"TimeZone\": \"Mars/Olympos\"";
        assert_eq!(at(Some("db"), zone).as_deref(), Some("compose.yaml:9"));
        assert_eq!(at(None, zone).as_deref(), Some("compose.yaml:9"));
        let resolver = "send() failed (111: Connection refused) while resolving, resolver: 10.0.0.53:53";
        assert_eq!(at(Some("web"), resolver).as_deref(), Some("web/nginx.conf:1"));
        let upstream = "connect() failed (111: Connection refused), upstream: \"http://172.18.0.9:8001/api\"";
        assert_eq!(at(Some("web"), upstream).as_deref(), Some("web/nginx.conf:2"));
        assert_eq!(at(Some("job"), "cannot connect to mq:5673").as_deref(), Some("compose.yaml:17"));
        let path = "stat /srv/app/jobs/extra.env: no such file or directory";
        assert_eq!(at(None, path).as_deref(), Some("compose.yaml:18"));
        assert_eq!(
            at(Some("job"), "Requested CPUs are not available - requested 12-15").as_deref(),
            Some("compose.yaml:19")
        );
        assert_eq!(at(Some("job"), "external volume shared_queue_data not found").as_deref(), Some("compose.yaml:23"));
        assert_eq!(at(Some("job"), "Minimum memory limit allowed is 6MB").as_deref(), Some("compose.yaml:20"));
    }

    #[test]
    fn what_is_common_or_belongs_to_another_is_no_trace() {
        for (service, line) in [
            (Some("web"), "invalid value \"Mars/Olympos\""),
            (Some("db"), "upstream http://172.18.0.9:8001/api"),
            (Some("db"), "FATAL: role \"postgres\" does not exist"),
            (Some("db"), "2026-02-03 12:00:01 started"),
            (None, "cannot connect to queue:6379"),
            (None, "Mars/Olympos2 is none"),
            (None, ""),
        ] {
            assert_eq!(at(service, line), None, "{line}");
        }
    }
}
