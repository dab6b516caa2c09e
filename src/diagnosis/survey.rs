//! What a look around the whole system proves, whatever the question is: what is wrong, most upstream first.
//! It never counts what is over, and never what a part that has done its work looks like.

use super::Kind;
use super::changed::{changed, complaints, is_spoken_of};
use super::{Finding, Outcome, Status, conclude, interpret};
use crate::probe::{Container, Containers, Observed, Reading};
use crate::runbook::{Check, Step, StepKind};
use crate::text::shorten;

/// What was looked at, and what of it is wrong.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Surveyed {
    pub outcomes: Vec<Outcome>,
    /// What is wrong now; what others depend on first.
    pub findings: Vec<Finding>,
}

/// What a look around saw.
#[derive(Debug, Clone, Default)]
pub struct Around<'a> {
    /// Each with its title and the command it stands for.
    pub glances: Vec<(&'a str, &'a str, &'a Reading)>,
    /// Services with those they need.
    pub needs: Vec<(&'a str, &'a [String])>,
    /// Why the compose file is not understood.
    pub broken: Option<&'a str>,
    /// Why compose cannot read its env file.
    pub env_broken: Option<&'a str>,
    /// Settings it demands that are set nowhere.
    pub unset: &'a [String],
    /// Services with the ports of this machine that they have by the compose file itself.
    pub usual_ports: Vec<(&'a str, &'a [u16])>,
    /// Files of the project that were changed lately, the last one first, each with how that is told.
    pub changed: Vec<(&'a str, String)>,
    /// The question, where one was asked: it names what else counts.
    pub question: &'a str,
}

/// Judges a look around.
pub fn survey(around: &Around<'_>) -> Surveyed {
    let needs = &around.needs;
    let mut outcomes: Vec<Outcome> =
        around.glances.iter().map(|(what, command, reading)| look(what, command, reading)).collect();
    outcomes.extend(compose(around));
    outcomes.extend(changed(&around.changed));
    wake(&mut outcomes, |f| is_named(f, around.question));
    let said = complaints(around.question, &outcomes);
    // What was set inside a database may be why something is wrong with it.
    let ill = outcomes.iter().flat_map(|o| &o.findings).any(|f| !f.quiet && f.fact.name().starts_with("database."));
    wake(&mut outcomes, |f| is_spoken_of(f, &said) || ill && f.fact.kind == Kind::DatabaseSetting);
    passed_on(&mut outcomes);
    elsewhere(&mut outcomes, around);
    let mut findings: Vec<Finding> = conclude(&outcomes).findings;
    related(&mut outcomes, &findings);
    findings.retain(|f| !f.past && !matches!(f.fact.kind, Kind::OtherProblem | Kind::LogError));
    let now = findings.iter().any(|f| !f.logged);
    findings.retain(|f| !f.logged || !is_over(f, now, &outcomes));
    let all: Vec<Finding> = findings.clone();
    let place = |f: &Finding| {
        let rank = match f.fact.kind {
            Kind::ComposeBroken | Kind::EnvBroken => 0,
            Kind::ComposeUnset => 1,
            Kind::DiskFull | Kind::InodesFull => 2,
            Kind::ManyDown => 3,
            _ => 4,
        };
        let part = f.fact.service.as_deref().unwrap_or(&f.fact.subject);
        (f.logged, rank, super::follows(f, &all), depth(part, needs, 0), f.fact.kind)
    };
    findings.sort_by_key(place);
    for finding in &mut findings {
        finding.beside = true;
    }
    Surveyed { outcomes, findings }
}

/// Puts what only several looks together say to the look at who listens.
fn related(outcomes: &mut [Outcome], findings: &[Finding]) {
    let known = |f: &Finding| outcomes.iter().flat_map(|o| &o.findings).any(|o| o.fact.is(&f.fact));
    let new: Vec<Finding> = findings.iter().filter(|f| !known(f)).cloned().collect();
    let listening = outcomes.iter_mut().find(|o| matches!(o.reading, Some(Reading::Listening(_))));
    if let (Some(outcome), Some(first)) = (listening, new.first()) {
        outcome.status = Status::Problem;
        outcome.summary = shorten(first.text.trim_end_matches('.'), 120);
        outcome.findings.extend(new);
    }
}

/// Whether what a log said lately is over, because what it was about is seen to be well now.
fn is_over(finding: &Finding, wrong_now: bool, outcomes: &[Outcome]) -> bool {
    let ports = outcomes.iter().filter_map(|o| match &o.reading {
        Some(Reading::Published(seen)) => Some(seen),
        _ => None,
    });
    match finding.fact.kind {
        // What the proxy asked for answers.
        Kind::UpstreamRefused => {
            let port = finding.fact.detail.as_deref().and_then(|d| d.rsplit_once(':')?.1.parse::<u16>().ok());
            ports.flatten().any(|p| Some(p.container_port) == port && p.failure.is_none())
        }
        Kind::RedisRefused | Kind::DatabaseRefused | Kind::DatabaseConnections | Kind::RedisLoading => !wrong_now,
        _ => false,
    }
}

/// Says of a proxy that passes on to an address that no container has, or to a port that its container has not.
fn passed_on(outcomes: &mut [Outcome]) {
    let containers: Vec<Container> = outcomes
        .iter()
        .filter_map(|o| match &o.reading {
            Some(Reading::Containers(seen)) => Some(seen.containers.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let of = |address: &str| {
        containers.iter().find(|c| c.networks.iter().flatten().any(|j| j.address.as_deref() == Some(address)))
    };
    let any = containers.iter().flat_map(|c| c.networks.iter().flatten()).any(|j| j.address.is_some());
    for outcome in outcomes.iter_mut().filter(|_| any) {
        let upstream = |k: Kind| matches!(k, Kind::UpstreamRefused | Kind::UpstreamTimeout | Kind::HostUnreachable);
        let Some(finding) = outcome.findings.iter().find(|f| f.logged && upstream(f.fact.kind)).cloned() else {
            continue;
        };
        let Some((host, port)) = finding.fact.detail.as_deref().and_then(|d| d.rsplit_once(':')) else { continue };
        let (Ok(address), Ok(number)) = (host.parse::<std::net::Ipv4Addr>(), port.parse::<u16>()) else { continue };
        let who = &finding.fact.subject;
        let text = match of(host) {
            None if address.is_private() => {
                format!(
                    "{who} passes requests on to {host}:{port}, an address that no container of this project has: an old one."
                )
            }
            Some(c)
                if c.state == "running"
                    && !c.ports.is_empty()
                    && !c.ports.iter().any(|p| p.container_port == number) =>
            {
                let own = c.ports.iter().map(|p| p.container_port.to_string()).collect::<Vec<_>>().join(", ");
                format!(
                    "{who} passes requests on to port {port} of {}, where nothing listens: its port is {own}.",
                    c.label()
                )
            }
            _ => continue,
        };
        let wrong = Finding::new(Kind::UpstreamWrong, who, text).with(format!("{host}:{port}"));
        outcome.status = Status::Problem;
        outcome.summary = shorten(wrong.text.trim_end_matches('.'), 120);
        outcome.findings =
            std::iter::once(wrong).chain(outcome.findings.iter().filter(|f| **f != finding).cloned()).collect();
    }
}

/// Makes what may be meant so count where `meant` says that it is what matters here.
pub fn wake(outcomes: &mut [Outcome], meant: impl Fn(&Finding) -> bool) {
    for outcome in outcomes {
        for finding in &mut outcome.findings {
            if finding.quiet && meant(finding) {
                finding.quiet = false;
                if outcome.status != Status::Problem {
                    outcome.status = Status::Problem;
                    outcome.summary = shorten(finding.text.trim_end_matches('.'), 120);
                }
            }
        }
    }
}

/// Whether a question names what a finding is about: a setting, or a port.
pub fn is_named(finding: &Finding, question: &str) -> bool {
    let said = finding.fact.detail.as_deref().unwrap_or(&finding.fact.subject);
    let words = said.split(", ").filter(|w| w.len() > 2 && !w.contains(' '));
    words.into_iter().any(|word| names(question, word))
}

/// Whether a text holds a word of its own.
pub(super) fn names(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// A port that is asked for and that no container publishes, where one publishes what listens on it under another number.
fn elsewhere(outcomes: &mut [Outcome], around: &Around<'_>) {
    let question = around.question;
    for outcome in outcomes {
        let Some(Reading::Containers(seen)) = &outcome.reading else { continue };
        let ports = || seen.containers.iter().flat_map(|c| c.ports.iter().map(move |p| (c, p)));
        let free = |port: u16| !ports().any(|(_, p)| p.host_port == Some(port));
        // As the files have always had it, it is asked for only by who names the service as well.
        let usual = |c: &Container, outer: u16| {
            around.usual_ports.iter().any(|(name, ports)| *name == c.label() && ports.contains(&outer))
        };
        let found = ports().find(|(c, p)| {
            let asked = p.container_port;
            p.host_port.is_some_and(|outer| outer != asked && (!usual(c, outer) || names(question, c.label())))
                && free(asked)
                && names(question, &asked.to_string())
        });
        let Some((c, Some(outer), asked)) = found.map(|(c, p)| (c, p.host_port, p.container_port)) else { continue };
        let name = c.label();
        let text =
            format!("Port {asked} of {name} is published as {outer} on this machine: at {asked} nobody answers.");
        let finding = Finding::new(Kind::PortElsewhere, name, text).with(asked.to_string());
        if outcome.status != Status::Problem {
            outcome.status = Status::Problem;
            outcome.summary = shorten(finding.text.trim_end_matches('.'), 120);
        }
        outcome.findings.insert(0, finding);
    }
}

/// What keeps compose itself from working.
fn compose(around: &Around<'_>) -> Option<Outcome> {
    let said = |kind: Kind, why: &str| {
        let mut text = why.trim_end_matches('.').to_owned();
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Finding::new(kind, "compose", format!("{text}. No compose command works until it is mended."))
    };
    let broken = around.broken.map(|why| said(Kind::ComposeBroken, why));
    let env = around.env_broken.map(|why| said(Kind::EnvBroken, why));
    let unset = around.unset.iter().map(|name| {
        let text = format!(
            "The compose file demands the setting {name}, which is set nowhere: no compose command works without it."
        );
        Finding::new(Kind::ComposeUnset, "compose", text).with(name.split(' ').next().unwrap_or_default())
    });
    let findings: Vec<Finding> = broken.into_iter().chain(env).chain(unset).collect();
    let first = findings.first()?;
    Some(Outcome {
        check: "the compose file".into(),
        command: "docker compose config -q".into(),
        status: Status::Problem,
        summary: shorten(&first.text, 120),
        evidence: None,
        findings,
        reading: None,
        ms: 0,
    })
}

fn look(what: &str, command: &str, reading: &Reading) -> Outcome {
    let kind = StepKind::Command(command.to_owned());
    let check =
        Check { title: what.to_owned(), step: Step { kind, line: 0, title: None, timeout: None }, expect: None };
    let reading = match reading {
        Reading::Containers(seen) => Reading::Containers(without_done(seen)),
        other => other.clone(),
    };
    interpret(&check, &Observed { reading, ms: 0 })
}

/// Containers without those that ended in order and are not meant to run on, while others run.
fn without_done(seen: &Containers) -> Containers {
    let running = seen.containers.iter().any(|c| c.state == "running");
    let done = |c: &crate::probe::Container| {
        running
            && c.state == "exited"
            && c.exit_code == Some(0)
            && matches!(c.restart_policy.as_deref(), None | Some("" | "no"))
    };
    Containers { containers: seen.containers.iter().filter(|c| !done(c)).cloned().collect(), ..seen.clone() }
}

/// How many services stand below a service, on the longest way down; a service that is not known stands on nothing.
fn depth(service: &str, needs: &[(&str, &[String])], seen: usize) -> usize {
    // Services that need one another in a circle end here.
    if seen > needs.len() {
        return seen;
    }
    let own = needs.iter().find(|(name, _)| *name == service).map(|(_, n)| *n).unwrap_or_default();
    own.iter().map(|n| 1 + depth(n, needs, seen + 1)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Container;

    fn container(service: &str, state: &str, code: Option<i64>) -> Container {
        Container {
            name: format!("app-{service}-1"),
            service: Some(service.into()),
            state: state.into(),
            exit_code: code,
            restart_policy: Some("unless-stopped".into()),
            ..Container::default()
        }
    }

    fn seen(containers: Vec<Container>) -> Reading {
        Reading::Containers(Containers { project: Some("app".into()), asked: None, containers })
    }

    fn around(reading: &Reading) -> Surveyed {
        survey(&Around { glances: vec![("containers", "docker compose ps -a", reading)], ..Around::default() })
    }

    #[test]
    fn what_others_need_comes_first() {
        let reading = seen(vec![
            container("backend", "exited", Some(1)),
            container("cache", "running", None),
            container("db", "exited", Some(0)),
            container("web", "running", None),
            container("proxy", "running", None),
        ]);
        let backend = ["db".to_owned(), "cache".to_owned()];
        let needs: Vec<(&str, &[String])> = vec![("backend", &backend), ("db", &[]), ("web", &[])];
        let found = survey(&Around {
            glances: vec![("containers", "docker compose ps -a", &reading)],
            needs,
            ..Around::default()
        });
        let subjects: Vec<&str> = found.findings.iter().map(|f| f.fact.subject.as_str()).collect();
        assert_eq!(subjects.first(), Some(&"db"), "{subjects:?}");
        assert!(found.findings.iter().all(|f| f.beside));
    }

    #[test]
    fn what_has_done_its_work_is_no_trouble_and_half_a_project_down_is_told_at_once() {
        let job = Container { restart_policy: Some("no".into()), ..container("migrate", "exited", Some(0)) };
        let reading = seen(vec![job, container("web", "running", None)]);
        assert!(around(&reading).findings.is_empty());
        let down: Vec<Container> = ["a", "b", "c"].iter().map(|s| container(s, "exited", Some(0))).collect();
        let found = around(&seen(down));
        assert_eq!(found.findings.first().map(|f| f.text.as_str()), Some("None of the 3 containers runs: a, b, c."));
    }

    #[test]
    fn a_circle_of_needs_ends() {
        let (a, b) = (["b".to_owned()], ["a".to_owned()]);
        assert!(depth("a", &[("a", &a), ("b", &b)], 0) > 0);
    }

    #[test]
    fn what_a_question_names_counts() {
        let port = |outer: u16, inner: u16| crate::probe::PublishedPort {
            container_port: inner,
            host_port: Some(outer),
            ..Default::default()
        };
        let web =
            Container { state: "running".into(), ports: vec![port(9443, 8443)], ..container("web", "running", None) };
        let reading = seen(vec![web, container("db", "running", None)]);
        let settings = Reading::Settings(crate::probe::SettingsReading {
            file: ".env".into(),
            unread: vec!["KEEP_DAYS".into()],
            cut: Vec::new(),
        });
        let told = |question: &str, usual: &[u16]| {
            let glances = vec![
                ("containers", "docker compose ps -a", &reading),
                ("settings", "docker compose config", &settings),
            ];
            let seen = survey(&Around { glances, question, usual_ports: vec![("web", usual)], ..Around::default() });
            seen.findings.iter().map(|f| f.fact.kind).collect::<Vec<_>>()
        };
        let asked = |question: &str| told(question, &[]);
        assert_eq!(told("a page at 8443 is refused", &[9443]), [], "it was never there");
        assert_eq!(told("web at 8443 is refused", &[9443]), [Kind::PortElsewhere]);
        assert_eq!(asked("the page is gone"), []);
        assert_eq!(asked("https://localhost:8443 is refused"), [Kind::PortElsewhere]);
        assert_eq!(asked("9443 answers, that is all"), []);
        assert_eq!(asked("KEEP_DAYS=3 does nothing"), [Kind::SettingUnread]);
        assert_eq!(asked("KEEP_DAYSX does nothing"), []);
    }

    #[test]
    fn a_proxy_that_passes_on_to_nobody_is_told_from_one_whose_program_was_away() {
        let joined = crate::probe::Joined {
            network: "n".into(),
            names: vec!["api".into(), "web".into()],
            address: Some("172.18.0.5".into()),
        };
        let ports =
            vec![crate::probe::PublishedPort { container_port: 8000, host_port: Some(8000), ..Default::default() }];
        let api = Container { networks: Some(vec![joined]), ports, ..container("api", "running", None) };
        let reading = seen(vec![api, container("db", "running", None)]);
        let ports = |failure| {
            let service = "api".to_owned();
            Reading::Published(vec![crate::probe::Published {
                service,
                host_port: 8000,
                container_port: 8000,
                failure,
                inside: None,
            }])
        };
        let asked = |upstream: &str, ports: &Reading| {
            let line = format!(
                "[error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, upstream: \"http://{upstream}/x\""
            );
            let logs = Reading::Logs(crate::probe::Logs {
                target: Some("web".into()),
                lines: vec![line],
                ..Default::default()
            });
            let glances = vec![
                ("containers", "docker compose ps -a", &reading),
                ("ports", "docker compose port", ports),
                ("logs", "docker compose logs web", &logs),
            ];
            survey(&Around { glances, ..Around::default() }).findings.iter().map(|f| f.fact.kind).collect::<Vec<_>>()
        };
        let (well, shut) = (ports(None), ports(Some(crate::probe::NetFailure::Refused)));
        assert_eq!(asked("172.18.0.99:8000", &well), [Kind::UpstreamWrong]);
        assert_eq!(asked("172.18.0.5:8001", &well), [Kind::UpstreamWrong]);
        assert_eq!(asked("172.18.0.5:8000", &well), [], "it answers again");
        assert_eq!(asked("172.18.0.5:8000", &shut), [Kind::UpstreamRefused]);
    }

    #[test]
    fn who_has_a_port_that_is_wanted_is_told_with_the_look_at_it() {
        let port = crate::probe::PublishedPort { container_port: 6379, host_port: Some(6379), ..Default::default() };
        let error = Some("Bind for 0.0.0.0:6379 failed: port is already allocated".to_owned());
        let cache = Container { error, ports: vec![port], ..container("cache", "created", None) };
        let reading = seen(vec![cache, container("web", "running", None), container("db", "running", None)]);
        let socket =
            crate::probe::Listener { port: 6379, container: Some("shop-cache-1".into()), ..Default::default() };
        let listening = Reading::Listening(crate::probe::Listening { sockets: vec![socket], ..Default::default() });
        let glances = vec![("containers", "docker compose ps -a", &reading), ("ports", "ss -tlnp", &listening)];
        let seen = survey(&Around { glances, ..Around::default() });
        assert_eq!(seen.findings[0].fact.kind, Kind::PortTakenByContainer);
        let told = seen.outcomes.iter().find(|o| matches!(o.reading, Some(Reading::Listening(_)))).unwrap();
        assert_eq!((told.status, told.findings.len()), (Status::Problem, 1));
    }
}
