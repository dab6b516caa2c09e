//! Which findings follow from which: a refusal from a service that is down, a loop from its cause.
//! It never adds a finding; it says of those there are which one another explains.

use super::Finding;
use super::interpret::logs::is_database;
use super::kind::Kind;
use crate::probe::Container;

/// What explains what: a finding of one of these kinds follows where another one, which is so now, is of one of those
/// kinds and they belong together.
struct Rule {
    what: &'static [Kind],
    said: Said,
    cause: Cause,
    /// Whether the first, explained by the second, belongs to it.
    linked: fn(&Finding, &Finding) -> bool,
}

/// Whether a log says so, or a look did.
#[derive(Clone, Copy, PartialEq)]
enum Said {
    Either,
    Logged,
    Seen,
}

enum Cause {
    Of(&'static [Kind]),
    /// Any kind that is nearer to the cause than this one.
    Before(Kind),
    /// Any kind that is nearer to the cause than the finding's own.
    Nearer,
    Any,
}

/// Every rule. A finding follows where one of them says so.
static RULES: &[Rule] = &[
    Rule {
        what: NO_ANSWER,
        said: Said::Either,
        cause: Cause::Of(&[
            Kind::NotRunning,
            Kind::Absent,
            Kind::Paused,
            Kind::Halted,
            Kind::Idle,
            Kind::RestartLoop,
            Kind::PortConflict,
            Kind::CannotStart,
            Kind::Throttled,
        ]),
        linked: |it, by| it.fact.service.as_ref().is_none_or(|s| *s == by.fact.subject),
    },
    // Where nobody gets to it by its port, that is why.
    Rule {
        what: NO_ANSWER,
        said: Said::Either,
        cause: Cause::Of(&[Kind::LoopbackOnly, Kind::PortMismatch, Kind::PortFiltered]),
        linked: |it, by| it.fact.service.as_ref() == Some(&by.fact.subject),
    },
    // The watcher needs Redis, its folders and free watches when it starts.
    Rule {
        what: &[Kind::WatcherAbsent, Kind::WatcherOff],
        said: Said::Either,
        cause: Cause::Of(&[
            Kind::NameUnresolved,
            Kind::RedisRefused,
            Kind::RedisAuth,
            Kind::RedisWrongPassword,
            Kind::FolderMissing,
            Kind::FolderUnreadable,
            Kind::InotifyExhausted,
        ]),
        linked: anywhere,
    },
    // A container that is down has no name any more.
    Rule {
        what: &[Kind::NameUnresolved],
        said: Said::Either,
        cause: Cause::Of(&[Kind::NotRunning, Kind::Absent, Kind::RestartLoop, Kind::CannotStart, Kind::NoNetwork]),
        linked: |it, by| it.logged || it.fact.subject.to_lowercase().contains(&part(by)) || speaks_of(it, by),
    },
    // What a service says of another one, where that one was looked at itself.
    Rule {
        what: &[Kind::ServiceUnhealthy],
        said: Said::Either,
        cause: Cause::Nearer,
        linked: |it, by| by.fact.kind != Kind::Unhealthy && speaks_of(it, by),
    },
    // Who answers at the port of a Redis that could not have it is not that Redis.
    Rule {
        what: &[Kind::RedisAuth, Kind::RedisWrongPassword],
        said: Said::Seen,
        cause: Cause::Of(&[Kind::PortConflict, Kind::PortTaken, Kind::PortTakenByContainer]),
        linked: |_, by| {
            let about = |text: &str| text.contains("redis") || text == "6379";
            about(&by.fact.subject) || by.fact.detail.as_deref().is_some_and(about)
        },
    },
    // What compose made of the password is not what stands in the file.
    Rule {
        what: &[Kind::DatabaseAuth, Kind::RedisAuth, Kind::RedisWrongPassword],
        said: Said::Either,
        cause: Cause::Of(&[Kind::SettingCut]),
        linked: |_, by| by.fact.subject.to_lowercase().contains("pass"),
    },
    // Somebody else answers to the name.
    Rule {
        what: &[
            Kind::RedisAuth,
            Kind::RedisWrongPassword,
            Kind::RedisRefused,
            Kind::RedisSetting,
            Kind::DatabaseAuth,
            Kind::DatabaseMissing,
            Kind::DatabaseNoUser,
            Kind::ServiceUnhealthy,
        ],
        said: Said::Either,
        cause: Cause::Of(&[Kind::NameTwice]),
        linked: |it, by| speaks_of(it, by) || it.fact.name().starts_with(&part(by)),
    },
    // What Redis says of itself now comes before what others logged of it once.
    Rule {
        what: OF_REDIS,
        said: Said::Logged,
        cause: Cause::Of(OF_REDIS),
        linked: |it, by| !by.logged && by.fact.kind != it.fact.kind,
    },
    // The containers of the other name hold the ports.
    Rule {
        what: &[Kind::PortConflict, Kind::PortTakenByContainer, Kind::Absent],
        said: Said::Either,
        cause: Cause::Of(&[Kind::ProjectRenamed]),
        linked: anywhere,
    },
    // Who holds the port says more than that it is taken.
    Rule {
        what: &[Kind::PortConflict],
        said: Said::Either,
        cause: Cause::Of(&[Kind::PortTaken, Kind::PortTakenByContainer]),
        linked: |it, by| it.fact.detail.as_ref() == Some(&by.fact.subject),
    },
    // What has no container cannot get one while its port is held.
    Rule {
        what: &[Kind::Absent],
        said: Said::Either,
        cause: Cause::Of(&[Kind::PortTaken, Kind::PortTakenByContainer]),
        linked: anywhere,
    },
    Rule {
        what: &[Kind::Absent],
        said: Said::Either,
        cause: Cause::Of(&[Kind::ImageMissing, Kind::HeldBack]),
        linked: same_part,
    },
    // That there is no such user says more than that a login is refused, and who wants in more than who refuses.
    Rule {
        what: &[Kind::DatabaseAuth],
        said: Said::Either,
        cause: Cause::Of(&[Kind::DatabaseNoUser]),
        linked: anywhere,
    },
    Rule {
        what: &[Kind::DatabaseAuth],
        said: Said::Either,
        cause: Cause::Of(&[Kind::DatabaseAuth]),
        linked: |it, by| is_database(&it.fact.subject) && !is_database(&by.fact.subject),
    },
    // What was made for reading only says why it cannot be written to.
    Rule {
        what: &[Kind::ReadOnly],
        said: Said::Either,
        cause: Cause::Of(&[Kind::MountReadOnly, Kind::ContainerReadOnly]),
        linked: same_part,
    },
    // Who says so lives on the disk that was seen to be full.
    Rule {
        what: &[Kind::DiskFull],
        said: Said::Logged,
        cause: Cause::Of(&[Kind::DiskFull]),
        linked: |_, by| !by.logged,
    },
    // What nginx says of the program behind it, where that one is known to be ill.
    Rule {
        what: &[Kind::UpstreamRefused, Kind::UpstreamTimeout],
        said: Said::Logged,
        cause: Cause::Before(Kind::LogError),
        linked: |it, by| !by.logged && it.fact.subject != by.fact.subject,
    },
    // Whose it is inside the container says more.
    Rule {
        what: &[Kind::FolderUnreadable],
        said: Said::Either,
        cause: Cause::Of(&[Kind::ContainerMayNot]),
        linked: |it, by| it.fact.detail == by.fact.detail,
    },
    // A model that is still read, and whatever is nearer to the cause in the same part.
    Rule {
        what: ILL,
        said: Said::Either,
        cause: Cause::Of(&[Kind::ModelLoading]),
        linked: |it, by| by.fact.service.as_ref() == Some(&it.fact.subject),
    },
    Rule { what: ILL, said: Said::Either, cause: Cause::Nearer, linked: same_part },
    Rule { what: &[Kind::LogError, Kind::OtherProblem], said: Said::Either, cause: Cause::Any, linked: anywhere },
];

/// What is seen of a part from outside, where it gives no good answer.
const NO_ANSWER: &[Kind] =
    &[Kind::RedisRefused, Kind::HttpRefused, Kind::HttpTimeout, Kind::HttpSlow, Kind::NothingListens, Kind::HttpStatus];

/// The states of a container that say that it is ill, and not of what.
const ILL: &[Kind] = &[Kind::NotRunning, Kind::RestartLoop, Kind::Unhealthy, Kind::Crashed];

/// The states that Redis itself tells of.
const OF_REDIS: &[Kind] = &[
    Kind::RedisAuth,
    Kind::RedisLoading,
    Kind::RedisMemoryFull,
    Kind::RedisMisconf,
    Kind::RedisOutOfMemory,
    Kind::RedisReadOnly,
    Kind::RedisRefused,
];

/// Whether a finding is known to follow from another one, or stands on a part that is not well.
pub fn follows(finding: &Finding, all: &[Finding]) -> bool {
    let said = if finding.logged { Said::Logged } else { Said::Seen };
    let rules =
        || RULES.iter().filter(|r| r.what.contains(&finding.fact.kind) && (r.said == Said::Either || r.said == said));
    let explains = |by: &Finding| rules().any(|r| r.cause.is(by.fact.kind, finding) && (r.linked)(finding, by));
    finding.downstream || all.iter().any(|by| by != finding && !by.past && explains(by))
}

impl Cause {
    fn is(&self, kind: Kind, of: &Finding) -> bool {
        match self {
            Cause::Of(kinds) => kinds.contains(&kind),
            Cause::Before(end) => kind < *end,
            Cause::Nearer => kind < of.fact.kind,
            Cause::Any => true,
        }
    }
}

fn anywhere(_: &Finding, _: &Finding) -> bool {
    true
}

fn same_part(it: &Finding, by: &Finding) -> bool {
    it.fact.subject == by.fact.subject
}

/// The service or whatever else a finding is about, in lower case.
fn part(finding: &Finding) -> String {
    finding.fact.service.as_ref().unwrap_or(&finding.fact.subject).to_lowercase()
}

fn speaks_of(it: &Finding, by: &Finding) -> bool {
    it.text.to_lowercase().contains(&part(by))
}

/// Marks what is said of a part that waits for another one which is not well itself: that comes first.
pub(super) fn stand_on(findings: &mut [Finding], containers: &[&Container]) {
    let needs = |service: &str| containers.iter().find(|c| c.label() == service).map(|c| c.waits_for.as_slice());
    let name = |f: &Finding| f.fact.service.clone().unwrap_or_else(|| f.fact.subject.clone());
    let unwell: Vec<String> =
        findings.iter().filter(|f| !f.past && keeps_from_serving(f.fact.kind)).map(name).collect();
    for finding in findings.iter_mut() {
        let follows = match finding.fact.kind {
            Kind::Unhealthy | Kind::RestartLoop | Kind::HttpStatus | Kind::HttpTimeout | Kind::HttpRefused => true,
            // What was made and never started holds what it waits for.
            Kind::NotRunning => finding.fact.detail.is_some(),
            _ => false,
        };
        let own = name(finding);
        let mut below: Vec<&String> = Vec::new();
        let mut next: Vec<&str> = vec![&own];
        while let Some(one) = next.pop() {
            for need in needs(one).unwrap_or_default() {
                if !below.contains(&need) {
                    below.push(need);
                    next.push(need);
                }
            }
        }
        finding.downstream = follows && below.iter().any(|b| **b != own && unwell.contains(b));
    }
}

/// Whether a kind of fact keeps a part from serving those that need it.
fn keeps_from_serving(kind: Kind) -> bool {
    kind.is_end()
        || matches!(
            kind,
            Kind::Absent
                | Kind::Paused
                | Kind::Halted
                | Kind::Idle
                | Kind::CannotStart
                | Kind::RestartLoop
                | Kind::PortConflict
                | Kind::NoNetwork
                | Kind::ReadOnly
                | Kind::ContainerReadOnly
                | Kind::MountReadOnly
                | Kind::OwnDiskFull
                | Kind::Unhealthy
                | Kind::DatabaseReadOnly
                | Kind::DatabaseMissing
                | Kind::DatabaseLocked
                | Kind::RedisBusy
                | Kind::RedisCommandGone
                | Kind::RedisClients
                | Kind::RedisMisconf
                | Kind::RedisReadOnly
                | Kind::RedisLoading
        )
}
