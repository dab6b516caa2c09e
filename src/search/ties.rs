//! Which lines of a log belong to one problem: they name the same thing, one names the other's writer, or they come
//! together and nothing tells them apart. It knows no sections.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::query::{QueryLine, moment};

/// Things that fail, by the words that name them; two lines about different things are about different problems.
const THINGS: &[&str] = &[
    "redis|ioredis|sentinel|maxmemory|misconf|6379",
    "postgres|postgresql|psycopg|psycopg2|asyncpg|sqlalchemy|pgbouncer|patroni|mysql|mysqld|mariadb|innodb|mongodb|mongod|sqlstate|database|sql|5432|3306|27017|pg_hba|wal",
    "disk|disks|no space|enospc|inode|inodes|read-only file system|i/o error|raid|filesystem|blk_update_request|ext4-fs|xfs|watermark",
    "out of memory|oom|oomkilled|oom-kill|killed process|outofmemoryerror|cannot allocate memory|memory cgroup|java heap",
    "certificate|x509|tls|ssl|handshake",
    "name resolution|no such host|enotfound|eai_again|nxdomain|servfail|could not resolve|cannot resolve|host not found|resolver|name or service not known|dns",
    "gpu|cuda|nvidia|vram|nvml",
    "kafka|rabbitmq|amqp|nats|zookeeper|9092|5672",
    "too many open files|emfile|file descriptors|inotify",
    "address already in use|eaddrinuse|port is already allocated",
    "clock|ntp|chrony|skew",
    "imagepullbackoff|errimagepull|manifest unknown|pull access denied|image pull|failed to pull image",
    "etcd|raft|2379|2380",
    "conntrack|nf_conntrack",
    "elasticsearch|opensearch|lucene|9200",
    "smtp|sendmail|mail server",
    "camera|cameras|rtsp|onvif",
    "cors|access-control-allow-origin|preflight",
    "websocket|websockets|wss|ws closed",
    "model not loaded|model not found|weights|inference|language model",
    "permission denied|permissionerror|eacces|read-only bind",
];
/// Ways to fail: lines about no thing that fail alike belong together.
const WAYS: &[&str] = &[
    "refused|econnrefused",
    "timed out|timeout|deadline exceeded|etimedout",
    "unauthorized|forbidden|401|403",
    "http status 5|bad gateway|unavailable|502|503|504",
    "panic|segfault|segmentation|nullpointerexception|null pointer|undefined",
    "too many requests|rate limit|429",
];

/// So far apart in time, or in lines where no time is told, lines need something in common to belong together.
const FAR: i64 = 120;
const FAR_LINES: usize = 60;

// The patterns are constants of this file, tested below.
#[allow(clippy::unwrap_used)]
fn patterns(words: &[&str]) -> Vec<Regex> {
    words.iter().map(|w| Regex::new(&format!(r"(?-u:\b)(?:{w})(?-u:\b)")).unwrap()).collect()
}
static IS_THING: LazyLock<Vec<Regex>> = LazyLock::new(|| patterns(THINGS));
static IS_WAY: LazyLock<Vec<Regex>> = LazyLock::new(|| patterns(WAYS));

/// A line by what ties it to others.
struct Signs<'a> {
    line: &'a QueryLine,
    things: u32,
    ways: u32,
    names: HashSet<String>,
    source: Option<String>,
    lower: String,
    span: Option<(i64, i64)>,
}

impl<'a> Signs<'a> {
    fn of(line: &'a QueryLine) -> Signs<'a> {
        let lower = line.text.to_lowercase();
        let bits = |patterns: &[Regex]| {
            patterns.iter().enumerate().filter(|(_, p)| p.is_match(&lower)).fold(0, |bits, (nth, _)| bits | 1 << nth)
        };
        let first = line.first.as_deref().and_then(moment);
        let last = line.last.as_deref().and_then(moment).or(first);
        let source = line.source.as_ref().map(|s| s.to_lowercase());
        let mut things = bits(&IS_THING);
        // What a database or a queue writes is about it, whatever it says.
        let of_writer = source.as_deref().map_or(0, |s| {
            let s = s.replace(['_', '.', '/'], " ");
            IS_THING.iter().enumerate().filter(|(_, p)| p.is_match(&s)).fold(0, |bits, (nth, _)| bits | 1 << nth)
        });
        things |= of_writer;
        Signs { things, ways: bits(&IS_WAY), names: names(&line.text), span: first.zip(last), line, source, lower }
    }

    /// How far apart two are, in seconds or in lines; 0 where the spans meet.
    fn gap(&self, other: &Signs<'_>) -> (i64, bool) {
        if let (Some(a), Some(b)) = (self.span, other.span) {
            let gap = (a.0 - b.1).max(b.0 - a.1).max(0);
            return (gap, gap > FAR);
        }
        let lines = self.line.at.abs_diff(other.line.at);
        (lines as i64, lines > FAR_LINES)
    }

    /// Whether one names the writer of the other.
    fn names_writer(&self, other: &Signs<'_>) -> bool {
        let named = |text: &str, who: &Option<String>, own: &Option<String>| {
            who.as_deref()
                .filter(|w| w.len() > 2 && who != own && !VAGUE_WRITERS.contains(w))
                .is_some_and(|w| has_word(text, w))
        };
        named(&self.lower, &other.source, &self.source) || named(&other.lower, &self.source, &other.source)
    }

    fn tied(&self, other: &Signs<'_>) -> bool {
        let far = self.gap(other).1;
        if !far && self.names_writer(other) {
            return true;
        }
        if self.things != 0 && other.things != 0 {
            return self.things & other.things != 0;
        }
        !far || self.ways & other.ways != 0 && self.source == other.source
            || self.names.intersection(&other.names).next().is_some()
    }
}

/// Writers whose name is a word that says nothing.
const VAGUE_WRITERS: &[&str] = &["kernel", "systemd", "app", "main", "root", "server", "web", "log", "error", "node"];

fn has_word(text: &str, word: &str) -> bool {
    let bound = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        bound(before.chars().next_back()) && bound(rest.get(word.len()..).and_then(|r| r.chars().next()))
    })
}

/// Names in a line: paths, hosts, identifiers; what is no word of a language.
fn names(text: &str) -> HashSet<String> {
    let edge = |c: char| !c.is_alphanumeric() && c != '/';
    let words = text.split(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | '=' | ';')
    });
    words
        .map(|word| word.trim_matches(edge))
        .filter(|word| word.len() >= 5 && word.chars().any(char::is_alphabetic) && !word.contains('…'))
        .filter(|word| {
            let inner = word.get(1..).unwrap_or_default();
            inner.contains(['_', '/', '.', ':', '@'])
                || inner
                    .chars()
                    .any(|c| c.is_ascii_digit() || c.is_ascii_uppercase() && word.chars().any(char::is_lowercase))
                || inner.matches('-').count() > 1
        })
        .map(str::to_lowercase)
        .collect()
}

/// The lines in groups that are one problem each; the group of the first line first, the lines of each in their order.
pub(super) fn groups<'a>(lines: &[&'a QueryLine]) -> Vec<Vec<&'a QueryLine>> {
    let signs: Vec<Signs<'_>> = lines.iter().map(|line| Signs::of(line)).collect();
    let mut group: Vec<usize> = (0..signs.len()).collect();
    // Lines about a thing first: what is vague must not tie two of them together.
    for (a, one) in signs.iter().enumerate().filter(|(_, s)| s.things != 0) {
        for (b, other) in signs.iter().enumerate().take(a).filter(|(_, s)| s.things != 0) {
            if one.tied(other) {
                merge(&mut group, a, b);
            }
        }
    }
    for (a, one) in signs.iter().enumerate().filter(|(_, s)| s.things == 0) {
        let done = |(b, s): &(usize, &Signs<'_>)| *b != a && (s.things != 0 || *b < a);
        let tied = signs.iter().enumerate().filter(done).filter(|(_, s)| one.tied(s));
        if let Some((b, _)) = tied.min_by_key(|(_, s)| (one.gap(s).0, one.source != s.source)) {
            merge(&mut group, a, b);
        }
    }
    let mut out: Vec<(usize, Vec<&QueryLine>)> = Vec::new();
    for (line, group) in lines.iter().zip(&group) {
        match out.iter_mut().find(|(of, _)| of == group) {
            Some((_, held)) => held.push(line),
            None => out.push((*group, vec![line])),
        }
    }
    out.into_iter().map(|(_, held)| held).collect()
}

fn merge(group: &mut [usize], a: usize, b: usize) {
    let (Some(from), Some(to)) = (group.get(a).copied(), group.get(b).copied()) else { return };
    group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
}
