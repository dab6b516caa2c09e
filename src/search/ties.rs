//! Which lines of a log belong to one problem: they name the same thing, one names the other's writer, or they come
//! together and nothing tells them apart. It knows no sections.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::query::{QueryLine, moment};

/// Things that fail, by the words that name them; two lines about different things are about different problems.
const THINGS: &[&str] = &[
    "redis|ioredis|sentinel|maxmemory|misconf|6379",
    "postgres|postgresql|psycopg|psycopg2|asyncpg|sqlalchemy|pgbouncer|patroni|mysql|mysqld|mariadb|innodb|mongodb|mongod|sqlstate|database|sql|jdbc|5432|3306|27017|pg_hba|wal|relation \"|duplicate key|deadlock detected",
    "disk|disks|no space|enospc|inode|inodes|read-only file system|i/o error|raid|filesystem|blk_update_request|ext4-fs|xfs|watermark",
    "out of memory: killed|oomkilled|oom-kill|oom-killer|oom killer|killed process|outofmemoryerror|cannot allocate memory|memory cgroup|java heap",
    r"certificate|x509|tls|ssl|certificate_verify_failed|err_cert_\w+",
    "name resolution|no such host|enotfound|eai_again|nxdomain|servfail|could not resolve|could not translate host name|cannot resolve|host not found|resolver|name or service not known|server misbehaving|could not be resolved|dns",
    "gpu|cuda|nvidia|vram|nvml",
    "kafka|rabbitmq|amqp|nats|zookeeper|broker|brokers|in-sync replicas|consumer lag|9092|5672",
    "too many open files|emfile|file descriptors",
    "inotify|watchdog|file watcher",
    "address already in use|eaddrinuse|port is already allocated|failed to bind",
    "clock|ntpd?|chronyd?|timesyncd|skew|requesttimetooskewed",
    "imagepullbackoff|errimagepull|manifest unknown|pull access denied|image pull|failed to pull image",
    "etcd|raft|2379|2380",
    "conntrack|nf_conntrack",
    "elasticsearch|opensearch|lucene|9200",
    "smtp|sendmail|mail server|postfix|imap",
    "camera|cameras|rtsp|onvif",
    "cors|access-control-allow-origin|preflight|cross-origin",
    "websocket|websockets|wss|ws closed",
    "model not loaded|model not found|load model|loading model|weights|gguf|language model|model runner",
    "permission denied|permissionerror|eacces|read-only bind",
    "nfs|stale file handle|estale",
    "readiness probe|liveness probe|startup probe|probe failed",
    "health check exceeded|failingstreak",
    "failedscheduling|unschedulable|insufficient cpu|insufficient memory|node affinity|taint|untolerated",
    "multi-attach|failedmount|failedattachvolume|unable to attach or mount|persistentvolumeclaim|pvc",
    "sigsegv|segfault|segmentation fault|nil pointer|null pointer|nullpointerexception|core dumped|undefined symbol",
    "vault|sealed|consul",
    "prometheus|alertmanager|thanos|tsdb|grafana|loki",
    "s3|bucket|minio|nosuchbucket",
    "ldap|kerberos|saml|oidc|jwt",
    "dhcp|no carrier|link is down|link down|bonding|no route to host|ehostunreach|network is unreachable|enetunreach",
];
/// Those of them at the surface: they also fail where something behind them does, and then a line tells
/// only how, unless it says why they did.
const SURFACE: &[&str] = &["inotify", "camera", "cors", "websocket", "readiness probe"];
const OWN_CAUSE: &str =
    r"limit|429|1008|blocked by|rejected|origin|denied|unauthorized|forbidden|401|403|inotify|not allowed";
/// Ways to fail: lines about no thing that fail alike belong together.
const WAYS: &[&str] = &[
    "refused|econnrefused",
    "timed out|timeout|deadline exceeded|etimedout",
    "unauthorized|forbidden|401|403",
    "http status|bad gateway|unavailable|500|502|503|504|unhealthy|unreachable|not responding",
    "panic|exception in|crashed|exited|exit code|exit-code|restarting|back-off",
    "too many requests|rate limit|429",
    r"closed|internal error|err_connection_\w+|err_failed",
];

/// So far apart in time, or in lines where no time is told, lines need something in common to belong together.
const FAR: i64 = 120;
const FAR_LINES: usize = 60;

/// A part that is said to be well: it is not what the line is about.
static WELL: LazyLock<Regex> =
    LazyLock::new(|| one(r#"[\w-]+"?\s*[:=]\s*"?(?:healthy|ok|up|true|connected|running)\b"#));

fn patterns(words: &[&str]) -> Vec<Regex> {
    words.iter().map(|w| one(&format!(r"(?-u:\b)(?:{w})(?-u:\b|$)"))).collect()
}

// The patterns are constants of this file.
#[allow(clippy::unwrap_used)]
fn one(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

static IS_THING: LazyLock<Vec<Regex>> = LazyLock::new(|| patterns(THINGS));
static AT_SURFACE: LazyLock<u64> = LazyLock::new(|| {
    let at = |thing: &&str| SURFACE.iter().any(|word| thing.split('|').next() == Some(*word));
    THINGS.iter().enumerate().filter(|(_, thing)| at(thing)).fold(0, |bits, (nth, _)| bits | 1 << nth)
});
static SAYS_WHY: LazyLock<Regex> = LazyLock::new(|| one(&format!(r"(?-u:\b)(?:{OWN_CAUSE})")));
static IS_WAY: LazyLock<Vec<Regex>> = LazyLock::new(|| patterns(WAYS));

/// A line by what ties it to others.
struct Signs<'a> {
    line: &'a QueryLine,
    things: u64,
    /// Whether it says what it is about.
    clear: bool,
    ways: u64,
    names: HashSet<String>,
    source: Option<String>,
    lower: String,
    span: Option<(i64, i64)>,
}

fn bits(patterns: &[Regex], text: &str) -> u64 {
    patterns.iter().enumerate().filter(|(_, p)| p.is_match(text)).fold(0, |bits, (nth, _)| bits | 1 << nth)
}

impl<'a> Signs<'a> {
    fn of(line: &'a QueryLine) -> Signs<'a> {
        let lower = WELL.replace_all(&line.text.to_lowercase(), " ").into_owned();
        let first = line.first.as_deref().and_then(moment);
        let last = line.last.as_deref().and_then(moment).or(first);
        let source = line.source.as_ref().map(|s| s.to_lowercase());
        // What a database or a queue writes is about it, whatever it says.
        let of_writer = source.as_deref().map_or(0, |s| bits(&IS_THING, &s.replace(['_', '.', '/'], " ")));
        let things = bits(&IS_THING, &lower) | of_writer;
        let surface = *AT_SURFACE;
        let ways = bits(&IS_WAY, &lower);
        let clear = things & !surface != 0 || things != 0 && (ways == 0 || SAYS_WHY.is_match(&lower));
        Signs { things, clear, ways, names: names(&line.text), span: first.zip(last), line, source, lower }
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
            who.as_deref().filter(|_| who != own).is_some_and(|who| names_service(text, who))
        };
        named(&self.lower, &other.source, &self.source) || named(&other.lower, &self.source, &other.source)
    }

    /// Whether both belong to one problem for sure.
    fn tied(&self, other: &Signs<'_>) -> bool {
        let far = self.gap(other).1;
        if self.things & other.things != 0 || !far && self.names_writer(other) {
            return true;
        }
        if self.clear && other.clear {
            return false;
        }
        self.names.intersection(&other.names).next().is_some()
            || self.ways & other.ways != 0 && self.source == other.source
    }
}

/// Writers whose name is a word that says little: they are named only as a host.
const VAGUE_WRITERS: &[&str] = &[
    "kernel",
    "systemd",
    "app",
    "main",
    "root",
    "server",
    "web",
    "log",
    "error",
    "node",
    "api",
    "backend",
    "frontend",
    "worker",
    "client",
    "browser",
    "db",
    "proxy",
    "test",
    "service",
    "docker",
    "dockerd",
    "containerd",
    "kubelet",
    "job",
    "cron",
    "user",
    "data",
    "host",
    "system",
    "run",
    "sync",
    "watcher",
    "startup",
    "health",
];

/// Whether a text names a service as a word of its own, and no folder or part of another name.
fn names_service(text: &str, service: &str) -> bool {
    let vague = service.len() < 3 || VAGUE_WRITERS.contains(&service);
    text.match_indices(service).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.get(service.len()..).unwrap_or_default();
        let (left, right) = (before.chars().next_back(), after.chars().next());
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        let address = before.ends_with("://") || left == Some('@');
        let port = after.strip_prefix(':').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
        let path = left == Some('/') && !before.ends_with("://");
        !inside(left) && !inside(right) && !path && (!vague || (address || port) && right != Some('.'))
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

/// Lines of one problem.
pub(super) struct Group<'a> {
    /// In their order.
    pub lines: Vec<&'a QueryLine>,
    /// Whether they say what it is about.
    pub clear: bool,
    /// The group that these lines may follow from: they came with it and say nothing that tells them from it.
    pub follows: Option<usize>,
    /// The ways in which their times are written, and whether they say who wrote them.
    pub clocks: HashSet<String>,
    pub signed: bool,
}

impl Group<'_> {
    /// Whether they were hardly gathered from one system with those of another group: another hand wrote their times.
    pub(super) fn is_foreign_to(&self, other: &Group<'_>) -> bool {
        let told = !self.clocks.is_empty() && !other.clocks.is_empty();
        told && self.clocks.is_disjoint(&other.clocks) && !(self.signed && other.signed)
    }
}

/// The lines in groups that nothing ties together; the group of the first line first.
pub(super) fn groups<'a>(lines: &[&'a QueryLine]) -> Vec<Group<'a>> {
    let signs: Vec<Signs<'_>> = lines.iter().map(|line| Signs::of(line)).collect();
    let mut group: Vec<usize> = (0..signs.len()).collect();
    let clear = |(_, signs): &(usize, &Signs<'_>)| signs.clear;
    // Lines about a thing first: what is vague must not tie two of them together.
    for (a, one) in signs.iter().enumerate().filter(clear) {
        for (b, _) in signs.iter().enumerate().take(a).filter(clear).filter(|(_, other)| one.tied(other)) {
            merge(&mut group, a, b);
        }
    }
    let mut follows: Vec<Option<usize>> = vec![None; signs.len()];
    for (a, one) in signs.iter().enumerate().filter(|(_, s)| !s.clear) {
        let before = |(b, s): &(usize, &Signs<'_>)| *b != a && (s.clear || *b < a);
        let nearest = |(_, s): &(usize, &Signs<'_>)| (one.gap(s).0, one.source != s.source);
        let others = || signs.iter().enumerate().filter(before);
        if let Some((b, _)) = others().filter(|(_, s)| one.tied(s)).min_by_key(nearest) {
            merge(&mut group, a, b);
        } else if let Some((b, _)) = others().filter(|(_, s)| !one.gap(s).1).min_by_key(nearest) {
            // What only says how it failed follows from what says more.
            if one.ways != 0 { merge(&mut group, a, b) } else { follows[a] = Some(b) }
        }
    }
    let mut out: Vec<(usize, Group<'_>)> = Vec::new();
    for ((line, of), signs) in lines.iter().zip(&group).zip(&signs) {
        let clear = signs.clear;
        match out.iter_mut().find(|(held, _)| held == of) {
            Some((_, held)) => {
                held.lines.push(line);
                held.clear |= clear;
                held.clocks.extend(clock(line));
                held.signed |= line.source.is_some();
            }
            None => {
                let (clocks, signed) = (clock(line).into_iter().collect(), line.source.is_some());
                out.push((*of, Group { lines: vec![line], clear, follows: None, clocks, signed }));
            }
        }
    }
    let place = |of: usize| out.iter().position(|(held, _)| *held == of);
    let leads: Vec<Option<usize>> = out
        .iter()
        .map(|(own, _)| {
            let of = |at: usize| group.get(at).copied();
            let mine = (0..signs.len()).filter(|at| of(*at) == Some(*own));
            mine.filter_map(|at| follows.get(at).copied().flatten()).filter_map(of).find(|of| of != own).and_then(place)
        })
        .collect();
    out.into_iter().zip(leads).map(|((_, group), follows)| Group { follows, ..group }).collect()
}

/// How the time of a line is written: its digits do not matter.
fn clock(line: &QueryLine) -> Option<String> {
    let time = line.first.as_ref()?;
    Some(time.chars().filter(|c| !c.is_ascii_alphanumeric() || matches!(c, 'T' | 'Z')).collect())
}

fn merge(group: &mut [usize], a: usize, b: usize) {
    let (Some(from), Some(to)) = (group.get(a).copied(), group.get(b).copied()) else { return };
    group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
}
