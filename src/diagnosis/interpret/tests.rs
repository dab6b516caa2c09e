//! What readings mean that no runbook's example gives: published ports, health checks, networks, pools, waiting.
//! It never asks a system.

use super::*;
use crate::diagnosis::{Change, Conclusion, absent_last, coming_up, compare, conclude, idle_last, just_started, rank};
use crate::probe::{
    Container, ContainerStats, Containers, Health, HttpReading, HttpResult, Joined, Logs, NetFailure, Published,
    PublishedPort,
};
use crate::runbook::{Step, StepKind, parse};

fn seen(reading: Reading) -> Outcome {
    let kind = StepKind::Command("docker compose ps -a".into());
    let check = Check { title: "look".into(), step: Step::new(kind, 1), expect: None };
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
            networks: Some(vec![Joined { network: "back".into(), names, address: None }]),
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

#[test]
fn how_a_container_was_made_counts_where_it_is_the_trouble() {
    let one = |c: Container| kinds(&seen(containers(vec![c])));
    let unwell = Health { status: "unhealthy".into(), failing_streak: 3, last_output: "HTTP 503".into() };
    let stale = Container { stale: vec!["DB_URL".into()], ..web() };
    assert!(seen(containers(vec![stale.clone()])).findings.iter().all(|f| f.quiet), "a change may be meant for later");
    assert_eq!(one(Container { health: Some(unwell), ..stale }), [Kind::Outdated, Kind::Unhealthy]);
    assert_eq!(one(Container { halted: true, ..web() }), [Kind::Halted]);
    let ports = vec![PublishedPort { container_port: 80, host_port: Some(80), ..PublishedPort::default() }];
    let runs = |words: &[&str]| {
        let command = words.iter().map(|w| (*w).to_owned()).collect();
        one(Container { command, ports: ports.clone(), ..web() })
    };
    assert_eq!(runs(&["/bin/sleep", "infinity"]), [Kind::Idle]);
    assert_eq!(runs(&["tail", "-f", "/dev/null"]), [Kind::Idle]);
    assert_eq!(runs(&["sh", "-c", "while :; do work; sleep 60; done"]), []);
    let proxied = Container { proxy: Some("proxy:3128".into()), proxied: vec!["db".into()], ..web() };
    assert_eq!(one(proxied), [Kind::Proxied]);
    let missing = Container { state: "absent".into(), image: "web:9".into(), image_missing: true, ..web() };
    assert_eq!(one(missing), [Kind::ImageMissing, Kind::Absent]);
    let said = vec!["FATAL:  could not create lock file: Read-only file system".to_owned()];
    let ended = Container {
        state: "exited".into(),
        exit_code: Some(1),
        last_words: said,
        read_only: vec!["/".into()],
        ..web()
    };
    assert_eq!(one(ended)[0], Kind::ContainerReadOnly);
    let said = vec!["Can't chdir to '/data': Permission denied".to_owned()];
    let ended =
        Container { state: "exited".into(), exit_code: Some(1), last_words: said, user: Some("7".into()), ..web() };
    assert_eq!(one(ended)[..2], [Kind::ContainerMayNot, Kind::FolderUnreadable]);
    let folder =
        Container { state: "exited".into(), exit_code: Some(1), folder_for_file: Some("/srv/n.conf".into()), ..web() };
    assert_eq!(one(folder)[0], Kind::FileIsFolder);
}

#[test]
fn a_wrong_line_of_hosts_and_another_projects_name_are_seen() {
    let at = |address: &str| {
        Some(vec![Joined {
            network: "back".into(),
            names: vec!["db".into(), "web".into()],
            address: Some(address.into()),
        }])
    };
    let db = Container { name: "app-db-1".into(), service: Some("db".into()), networks: at("10.0.0.2"), ..web() };
    let with = |line: &str| Container { hosts: vec![line.into()], networks: at("10.0.0.3"), ..web() };
    let all = |c: Container| kinds(&seen(containers(vec![c, db.clone()])));
    assert_eq!(all(with("db:10.0.0.9")), [Kind::HostsWrong]);
    assert_eq!(all(with("db:10.0.0.2")), []);
    assert_eq!(all(with("host.docker.internal:host-gateway")), []);
    let needs =
        Container { name: "app-api-1".into(), service: Some("api".into()), waits_for: vec!["web".into()], ..web() };
    let cut_off = |others: Vec<Container>| {
        seen(containers(std::iter::once(Container { cut_off: true, ..web() }).chain(others).collect()))
    };
    assert_eq!(kinds(&cut_off(vec![needs])), [Kind::NoNetwork]);
    assert!(cut_off(Vec::new()).findings.iter().all(|f| f.quiet), "nobody needs it");
    let other = Container { project: Some("old".into()), ..web() };
    let reading = Containers { project: Some("new".into()), asked: None, containers: vec![other] };
    assert_eq!(kinds(&seen(Reading::Containers(reading))), [Kind::ProjectRenamed]);
}

#[test]
fn what_stands_on_something_ill_comes_after_it() {
    let unwell = || Some(Health { status: "unhealthy".into(), failing_streak: 3, last_output: "HTTP 503".into() });
    let db = Container {
        name: "app-db-1".into(),
        service: Some("db".into()),
        state: "exited".into(),
        exit_code: Some(1),
        ..web()
    };
    let web = Container { health: unwell(), waits_for: vec!["db".into()], ..web() };
    let found = crate::diagnosis::conclude(&[seen(containers(vec![web, db]))]).findings;
    assert_eq!(found[0].fact.subject, "db");
    assert!(found.iter().any(|f| f.fact.kind == Kind::Unhealthy && f.downstream));
}

#[test]
fn a_database_says_whether_it_takes_writes_and_who_is_waited_for() {
    use crate::probe::{Blocker, PostgresReading};
    let db =
        |reading: PostgresReading| kinds(&seen(Reading::Postgres(PostgresReading { service: "db".into(), ..reading })));
    let well = PostgresReading { connections: 3, max_connections: 100, ..PostgresReading::default() };
    assert_eq!(db(well.clone()), []);
    assert_eq!(db(PostgresReading { connections: 99, ..well.clone() }), [Kind::DatabaseConnections]);
    assert_eq!(db(PostgresReading { read_only: true, ..well.clone() }), [Kind::DatabaseReadOnly]);
    let blockers =
        vec![Blocker { pid: 7, waiting: 2, state: "idle in transaction".into(), for_s: 90, query: "LOCK".into() }];
    assert_eq!(db(PostgresReading { blockers, ..well.clone() }), [Kind::DatabaseLocked]);
    let failed = |text: &str| db(PostgresReading { failed: Some(text.into()), ..PostgresReading::default() });
    assert_eq!(failed("sorry, too many clients already"), [Kind::DatabaseConnections]);
    assert_eq!(failed("database \"shop\" does not exist"), [Kind::DatabaseMissing]);
    assert_eq!(failed("the database system is starting up"), []);
}

#[test]
fn fixes_that_can_do_nothing_here_come_last() {
    let text = "## A\n\n### Solutions\n\n**1. Start it:**\n\n```bash\ndocker compose up -d web\n```\n\n**2. Renew it:**\n\n```bash\nsudo certbot renew\n```\n\n**3. Restart it:**\n\n```bash\ndocker compose restart web\n```\n";
    let section = parse("a.md", text).sections.into_iter().find(|s| !s.fixes.is_empty()).unwrap();
    let order = |ranked: &[crate::diagnosis::Ranked]| ranked.iter().map(|r| r.fix).collect::<Vec<_>>();
    let plain = rank(&section.fixes, &Conclusion::default(), &[]);
    assert_eq!(order(&plain), [0, 1, 2]);
    let idle = crate::diagnosis::idle_last(plain.clone(), &section.fixes, |s| s == "web", false);
    assert_eq!(order(&idle), [1, 2, 0]);
    let lacking =
        crate::diagnosis::lacking_last(plain, &section.fixes, |c| c.contains("certbot").then(|| "not here".into()));
    assert_eq!((order(&lacking), lacking[2].because.as_str()), (vec![0, 2, 1], "not here"));
    let broken = Conclusion {
        findings: vec![Finding::new(Kind::ComposeBroken, "compose", "It is broken.")],
        ..Conclusion::default()
    };
    let ranked = rank(&section.fixes, &broken, &[]);
    assert!(ranked.iter().filter(|r| r.fix != 1).all(|r| r.because.contains("no compose command")), "{ranked:?}");
}
