//! What readings mean that no runbook's example gives: published ports, health checks, networks, pools, waiting.
//! It never asks a system.

use super::*;
use crate::diagnosis::finding::Kind;
use crate::diagnosis::{Change, Conclusion, absent_last, coming_up, compare, conclude, idle_last, just_started, rank};
use crate::probe::{
    Container, ContainerStats, Containers, Health, HttpReading, HttpResult, Joined, Logs, NetFailure, Published,
    PublishedPort,
};
use crate::runbook::{Step, StepKind, parse};

fn seen(reading: Reading) -> Outcome {
    let kind = StepKind::Command("docker compose ps -a".into());
    let check = Check { title: "look".into(), step: Step { kind, line: 1, title: None, timeout: None }, expect: None };
    interpret(&check, &Observed { reading, ms: 1 })
}

fn kinds(outcome: &Outcome) -> Vec<Kind> {
    outcome.findings.iter().map(|f| f.fact.kind).collect()
}

fn containers(containers: Vec<Container>) -> Reading {
    Reading::Containers(Containers { project: None, asked: None, containers })
}

fn web() -> Container {
    Container { name: "app-web-1".into(), service: Some("web".into()), state: "running".into(), ..Container::default() }
}

fn http(status: u16, total_ms: f64, body: &str) -> Reading {
    let result = HttpResult::Response {
        status,
        headers: Vec::new(),
        body: body.into(),
        body_cut: false,
        first_ms: total_ms,
        total_ms,
        jq: None,
    };
    Reading::Http(HttpReading { method: "GET".into(), url: "http://localhost:8000/x".into(), sent: Vec::new(), result })
}

#[test]
fn a_published_port_that_leads_nowhere_says_why() {
    let port = |inside: &[&str]| {
        let inside = inside.iter().map(|a| (*a).to_owned()).collect();
        let failure = Some(NetFailure::Reset);
        let port =
            Published { service: "web".into(), host_port: 80, container_port: 8080, failure, inside: Some(inside) };
        kinds(&seen(Reading::Published(vec![port])))
    };
    assert_eq!(port(&["127.0.0.1:8080"]), [Kind::LoopbackOnly]);
    assert_eq!(port(&["0.0.0.0:3000", "127.0.0.11:41234"]), [Kind::PortMismatch]);
    assert_eq!(port(&["127.0.0.11:41234"]), [Kind::NothingListens]);
    assert_eq!(port(&["[::]:8080"]), [], "inside all is well: the way from here is another matter");
}

#[test]
fn a_health_check_that_cannot_succeed_is_told_from_a_sick_program() {
    let unwell = |output: &str| {
        let health = Health { status: "unhealthy".into(), failing_streak: 3, last_output: output.into() };
        let ports = vec![PublishedPort { container_port: 8000, host_port: Some(80), ..PublishedPort::default() }];
        kinds(&seen(containers(vec![Container { health: Some(health), ports, ..web() }])))
    };
    let wrong = [Kind::HealthCheckWrong, Kind::Unhealthy];
    assert_eq!(unwell("curl: (7) Failed to connect to localhost port 8001 after 0 ms: Couldn't connect"), wrong);
    assert_eq!(unwell("/bin/sh: curl: not found"), wrong);
    assert_eq!(unwell("curl: (7) Failed to connect to localhost port 8000 after 0 ms: refused"), [Kind::Unhealthy]);
    assert_eq!(unwell("HTTP 503"), [Kind::Unhealthy]);
}

#[test]
fn a_container_out_of_reach_of_the_others_is_not_well() {
    let joined = |names: &[&str]| {
        let names = names.iter().map(|n| (*n).to_owned()).collect();
        kinds(&seen(containers(vec![Container {
            networks: Some(vec![Joined { network: "back".into(), names }]),
            ..web()
        }])))
    };
    assert_eq!(joined(&["web", "abc"]), []);
    assert_eq!(joined(&["abc"]), [Kind::NoNetwork]);
    assert_eq!(kinds(&seen(containers(vec![Container { networks: Some(Vec::new()), ..web() }]))), [Kind::NoNetwork]);
    assert_eq!(kinds(&seen(containers(vec![Container { networks: None, ..web() }]))), []);
}

#[test]
fn what_is_coming_up_is_waited_for_and_slow_so_soon_is_well() {
    let starting = Health { status: "starting".into(), ..Health::default() };
    let outcome = seen(containers(vec![Container { health: Some(starting), ..web() }]));
    assert_eq!(coming_up(&[outcome]).as_deref(), Some("the health check of web is still starting"));
    assert!(coming_up(&[seen(http(503, 5.0, "{\"status\":\"loading model\"}"))]).is_some());
    assert_eq!(coming_up(&[seen(http(200, 5.0, "{\"status\":\"loading model\"}"))]), None);
    let before = [seen(http(502, 5.0, "bad gateway"))];
    let after = [seen(http(200, 2_000.0, "{}"))];
    let compared = compare(&before, &after);
    assert_eq!(compared.change, Change::Fixed);
    assert!(compared.sentence.contains("slow so soon"), "{}", compared.sentence);
    assert_ne!(compare(&after, &after).change, Change::Fixed, "where slowness was the trouble it still is");
}

#[test]
fn a_fix_for_a_service_that_is_not_here_comes_last() {
    let text = "# X\n\n## Down\n\n### Diagnosis\n\n```bash\ndocker compose ps\n```\n\n### Solutions\n\n**Start prometheus**\n\n```bash\ndocker compose up -d prometheus\n```\n\n**Start web**\n\n```bash\ndocker compose up -d web\n```\n";
    let section = parse("x.md", text).sections.into_iter().find(|s| !s.fixes.is_empty()).unwrap();
    let ranked = |services: &[String]| {
        let ranked = absent_last(rank(&section.fixes, &Conclusion::default(), &[]), &section.fixes, services);
        ranked.iter().map(|r| r.fix).collect::<Vec<_>>()
    };
    assert_eq!(ranked(&["web".to_owned()]), [1, 0]);
    assert_eq!(ranked(&[]), [0, 1], "nothing is known of what is here");
}

#[test]
fn what_holds_a_container_back_is_named() {
    let stats = |throttled: f64| {
        let one = ContainerStats {
            name: "app-web-1".into(),
            service: Some("web".into()),
            throttled,
            ..ContainerStats::default()
        };
        kinds(&seen(Reading::Stats(vec![one])))
    };
    assert_eq!((stats(0.9), stats(0.1)), (vec![Kind::Throttled], vec![]));
    let ended = |read_only: &[&str]| {
        let line = "Can't open or create append-only dir /data/appendonlydir: Read-only file system";
        kinds(&seen(containers(vec![Container {
            state: "exited".into(),
            exit_code: Some(1),
            last_words: vec![line.into()],
            read_only: read_only.iter().map(|f| (*f).to_owned()).collect(),
            ..web()
        }])))
    };
    assert_eq!(ended(&["/etc/x", "/data"])[0], Kind::MountReadOnly);
    assert_eq!(ended(&[])[0], Kind::ReadOnly, "the disk itself");
}

#[test]
fn what_came_up_just_now_is_waited_for() {
    let at = |up_s, status: &str| {
        let health = Some(Health { status: status.into(), ..Health::default() });
        let mut look = seen(containers(vec![Container { health, up_s: Some(up_s), ..web() }]));
        look.status = Status::Problem;
        look.findings.push(Finding::new(Kind::HttpRefused, "web", "web refuses."));
        just_started(&[look])
    };
    assert_eq!(at(3, "starting").as_deref(), Some("web was started 3 s ago"));
    assert_eq!((at(60, "starting"), at(3, "healthy")), (None, None));
}

#[test]
fn silence_after_a_change_is_told_as_silence() {
    let logs = |lines: &[&str], only_new| {
        let lines = lines.iter().map(|l| (*l).to_owned()).collect();
        seen(Reading::Logs(Logs { target: Some("web".into()), lines, only_new, ..Logs::default() }))
    };
    let before = [logs(&["FATAL: password authentication failed for user \"a\""], false)];
    let compared = |after: Outcome| compare(&before, &[after]).change;
    assert_eq!(compared(logs(&[], true)), Change::Quiet);
    assert_eq!(compared(logs(&["FATAL: password authentication failed for user \"a\""], true)), Change::Unchanged);
    assert_eq!(compare(&[logs(&[], false)], &[logs(&[], true)]).change, Change::Unchanged, "nothing was told before");
}

#[test]
fn what_would_start_what_runs_comes_last() {
    let text = "# X\n\n## Down\n\n### Diagnosis\n\n```bash\ndocker compose ps\n```\n\n### Solutions\n\n**Start**\n\n<!-- unstuck: when: http.refused -->\n\n```bash\ndocker compose up -d web\n```\n\n**Anew**\n\n<!-- unstuck: when: http.refused -->\n\n```bash\ndocker compose up -d --force-recreate web\n```\n";
    let section = parse("x.md", text).sections.into_iter().find(|s| !s.fixes.is_empty()).unwrap();
    let refused = Finding::new(Kind::HttpRefused, "http://localhost/x", "it refuses.");
    let conclusion = Conclusion { findings: vec![refused], ..Conclusion::default() };
    let first = |running: &[String]| {
        let ranked = rank(&section.fixes, &conclusion, &[]);
        idle_last(ranked, &section.fixes, |service| running.contains(&service.to_owned()), false).first().map(|r| r.fix)
    };
    assert_eq!(first(&[]), Some(0));
    assert_eq!(first(&["web".to_owned()]), Some(1));
}

#[test]
fn what_follows_from_a_part_below_is_no_cause() {
    let unhealthy = Some(Health { status: "unhealthy".into(), ..Health::default() });
    let needs =
        |of: &str, on: &str, c: Container| Container { service: Some(of.into()), waits_for: vec![on.into()], ..c };
    let db = Container { service: Some("db".into()), state: "exited".into(), exit_code: Some(0), ..web() };
    let all = vec![needs("web", "cache", Container { health: unhealthy, ..web() }), needs("cache", "db", web()), db];
    let found = conclude(&[seen(containers(all))]).findings;
    let marked: Vec<(Kind, bool)> = found.iter().map(|f| (f.fact.kind, f.downstream)).collect();
    assert_eq!(marked, [(Kind::NotRunning, false), (Kind::Unhealthy, true)]);
}
