//! What a look around the whole system proves, whatever the question is: what is wrong, most upstream first.
//! It never counts what is over, and never what a part that has done its work looks like.

use super::finding::Kind;
use super::{Finding, Outcome, Status, conclude, interpret};
use crate::probe::{Containers, Observed, Reading};
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
    /// Settings it demands that are set nowhere.
    pub unset: &'a [String],
}

/// Judges a look around.
pub fn survey(around: &Around<'_>) -> Surveyed {
    let needs = &around.needs;
    let mut outcomes: Vec<Outcome> =
        around.glances.iter().map(|(what, command, reading)| look(what, command, reading)).collect();
    outcomes.extend(compose(around));
    mark_downstream(&mut outcomes, &[], needs);
    let mut findings: Vec<Finding> = conclude(&outcomes).findings;
    findings.retain(|f| !f.past && !matches!(f.fact.kind, Kind::OtherProblem | Kind::LogError));
    let all: Vec<Finding> = findings.clone();
    let place = |f: &Finding| {
        let rank = match f.fact.kind {
            Kind::ComposeBroken => 0,
            Kind::ComposeUnset => 1,
            Kind::DiskFull | Kind::InodesFull => 2,
            Kind::ManyDown => 3,
            _ => 4,
        };
        let part = f.fact.service.as_deref().unwrap_or(&f.fact.subject);
        (f.logged, rank, super::conclude::follows(f, &all), depth(part, needs, 0), f.fact.kind)
    };
    findings.sort_by_key(place);
    for finding in &mut findings {
        finding.beside = true;
    }
    Surveyed { outcomes, findings }
}

/// Marks what is wrong with a part where what it needs is wrong as well; `needs` are services with those they need.
///
/// `beside` is what was found elsewhere.
pub fn mark_downstream(outcomes: &mut [Outcome], beside: &[Finding], needs: &[(&str, &[String])]) {
    use Kind::{HttpStatus, HttpTimeout, ServiceUnhealthy, Unhealthy, UpstreamRefused, UpstreamTimeout};
    let part = |f: &Finding| f.fact.service.clone().unwrap_or_else(|| f.fact.subject.clone());
    let all = outcomes.iter().flat_map(|o| &o.findings).chain(beside);
    // Only what was seen, not what a log told, and nothing that may itself be a mere echo.
    let wrong: Vec<String> =
        all.filter(|f| !f.past && !f.logged && f.fact.kind < Kind::HttpRefused).map(part).collect();
    for finding in outcomes.iter_mut().flat_map(|o| &mut o.findings) {
        let echo = matches!(
            finding.fact.kind,
            Unhealthy | HttpStatus | HttpTimeout | ServiceUnhealthy | UpstreamRefused | UpstreamTimeout
        );
        let mut below: Vec<&String> = Vec::new();
        let mut open: Vec<&str> = Vec::new();
        let own = part(finding);
        open.push(&own);
        while let Some(service) = open.pop() {
            for need in needs.iter().filter(|(name, _)| *name == service).flat_map(|(_, n)| n.iter()) {
                if !below.contains(&need) {
                    below.push(need);
                    open.push(need);
                }
            }
        }
        finding.downstream = echo && below.iter().any(|b| **b != own && wrong.contains(b));
    }
}

/// What keeps compose itself from working.
fn compose(around: &Around<'_>) -> Option<Outcome> {
    let broken = around.broken.map(|why| {
        let mut text = why.trim_end_matches('.').to_owned();
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Finding::new(Kind::ComposeBroken, "compose", format!("{text}. No compose command works until it is mended."))
    });
    let unset = around.unset.iter().map(|name| {
        let text = format!(
            "The compose file demands the setting {name}, which is set nowhere: no compose command works without it."
        );
        Finding::new(Kind::ComposeUnset, "compose", text).with(name.split(' ').next().unwrap_or_default())
    });
    let findings: Vec<Finding> = broken.into_iter().chain(unset).collect();
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
}
