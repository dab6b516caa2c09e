//! The look around before anything is asked: containers, their published ports, Redis, disk and memory, the compose file.
//! It never judges, and takes no longer than its limits; what did not answer in time is left out.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::docker::Docker;
use super::process::{self, Limits, Program};
use super::site::Site;
use super::{Interrupt, commits, host, net_failure, redis};
use crate::command::ReadOnly;
use crate::probe::{
    Certificate, Container, Containers, Ended, Listener, Listening, Logs, NetFailure, PostgresReading, Probe,
    Published, Reading, RedisAddress, RedisAnswer, RedisAsk, RedisFailure, RedisSettings, SettingsReading,
};
use crate::session::ports::{Glance, Survey, SurveyPart};
use crate::text::count;

/// How long the parts may take.
const LIMIT: Duration = Duration::from_secs(4);
/// How long a published port may take to be connected to.
const CONNECT: Duration = Duration::from_millis(300);
/// A server that has nothing to say first keeps a connection for longer than this.
const KEPT: Duration = Duration::from_millis(150);
/// A container that is up for less may not listen yet.
const FRESH_S: u64 = 8;
/// What was logged longer ago is not looked at.
pub(super) const RECENT_S: u64 = 300;
/// How many containers are looked into, and how long one may take.
const INSIDE: usize = 4;
const INSIDE_LIMIT: Duration = Duration::from_millis(800);
/// How long a port that said nothing at first may take at the second time.
const PATIENT: Duration = Duration::from_millis(1_200);
/// A file that was changed before this is not told of.
const LATELY: Duration = Duration::from_secs(24 * 3_600);
/// Of how many ports it is looked who has them.
const PORTS: usize = 16;
/// How long compose may take to read its files.
const COMPOSE_LIMIT: Duration = Duration::from_secs(3);
/// How long the database may take.
const DATABASE_LIMIT: Duration = Duration::from_millis(2_500);

/// Looks around; of logs, at the last `recent_s` seconds. The compose file is read anew: it may have been mended since.
pub(super) async fn look_around(site: &Site, docker: &Docker, places: &[(String, PathBuf)], recent_s: u64) -> Survey {
    let site = &site.again();
    let all = Probe::Containers { services: Vec::new(), compose: false, all: true };
    let own = Probe::Containers { services: Vec::new(), compose: true, all: true };
    let address = redis_address(site);
    let asked = async {
        match &address {
            Some(address) => Some(redis::answer(address, &RedisAsk::Info(None), site, LIMIT).await),
            None => None,
        }
    };
    let containers = async {
        let seen = docker.answer(&own, site, LIMIT).await;
        let looked = match &seen {
            Reading::Containers(seen) => {
                let ports = async { if docker.is_here() { published(seen, docker).await } else { Vec::new() } };
                let shown = async { if docker.is_here() { certificates(seen).await } else { Vec::new() } };
                tokio::join!(
                    ports,
                    docker.recent(&seen.containers, recent_s),
                    database(site, docker, &seen.containers),
                    shown,
                    redis_settings(site, &seen.containers)
                )
            }
            _ => (Vec::new(), Vec::new(), None, Vec::new(), None),
        };
        (seen, looked)
    };
    let unused = async {
        match site.project() {
            Some(project) => docker.unused_volumes(&project).await,
            None => Vec::new(),
        }
    };
    let (everything, (mine, (ports, logs, database, shown, inside)), redis, unused, publishing) =
        tokio::join!(docker.answer(&all, site, LIMIT), containers, asked, unused, docker.publishing());

    let mine = with_rivals(mine, &everything);
    let mut parts = vec![docker_part(&everything)];
    parts.extend(redis.as_ref().map(redis_part));
    let env_problem = site.env_flaw();
    let problem = match site.problem.clone().or_else(|| site.flaw()) {
        None if env_problem.is_none() && is_unwell(&mine) => refused(site).await,
        known => known,
    };
    parts.extend(problem.iter().chain(&env_problem).map(|text| SurveyPart { text: text.clone(), well: false }));
    let compose = site.compose_command();
    let holders = docker.is_here().then(|| holders(&mine, &publishing)).flatten();
    let mut glances = vec![Glance::new("the containers of this project", format!("{compose} ps -a"), mine)];
    glances.extend(holders.map(|seen| Glance::new("who has their ports", "ss -tlnp", Reading::Listening(seen))));
    if !ports.is_empty() {
        let command = format!("{compose} port SERVICE PORT");
        glances.push(Glance::new("the ports they publish", command, Reading::Published(ports)));
    }
    // Where the compose file has no Redis and it names none, a silent port is none of this system's.
    // That no answer came in this short time proves nothing on a busy machine.
    if let (Some(address), Some(reading)) = (&address, redis)
        && (site.has_redis() || !is_net(&reading))
        && !is_late(&reading)
    {
        let command = format!("redis-cli -h {} -p {} info", address.host, address.port);
        glances.push(Glance::new("Redis", command, reading));
    }
    if let Some(reading) = database {
        let command = format!("{compose} exec -T {} psql -c 'SELECT * FROM pg_stat_activity'", reading.service);
        glances.push(Glance::new("the database", command, Reading::Postgres(reading)));
    }
    if let Some(inside) = inside.filter(|seen| !seen.inside.is_empty()) {
        let command = "redis-cli config get '*'".to_owned();
        glances.push(Glance::new("the settings of Redis", command, Reading::RedisSettings(inside)));
    }
    if let Some(first) = shown.first() {
        let command = format!("openssl s_client -connect localhost:{}", first.port);
        glances.push(Glance::new("the certificates they show", command, Reading::Certificates(shown)));
    }
    if !unused.is_empty() {
        glances.push(Glance::new("the volumes", "docker volume ls -f dangling=true", Reading::Volumes(unused)));
    }
    let (unread, cut) = (site.unread(), site.cut());
    if !unread.is_empty() || !cut.is_empty() {
        let file = site.env_file.file_name().map_or_else(|| ".env".into(), |n| n.to_string_lossy().into_owned());
        let command = format!("{compose} config --environment");
        glances.push(Glance::new("the settings", command, Reading::Settings(SettingsReading { file, unread, cut })));
    }
    for (service, lines) in logs {
        let command = format!("{compose} logs --since {recent_s}s {service}");
        let reading = Logs { target: Some(service.clone()), lines, ..Logs::default() };
        glances.push(Glance::new(format!("what {service} logged lately"), command, Reading::Logs(reading)));
    }
    glances.push(Glance::new("disk space", "df -h", host::disk(None, places)));
    glances.push(Glance::new("memory", "free -h", host::memory()));
    Survey {
        parts,
        glances,
        services: site.declared(),
        problem,
        env_problem,
        unset: site.required_unset(),
        changed: commits::with_lines(&site.dir, site.changed(LATELY)).await,
        files: site.texts(),
    }
}

/// Where this project's Redis is to be asked from here; `None` where it has one that is not published.
fn redis_address(site: &Site) -> Option<RedisAddress> {
    let Some(service) = site.redis_service() else { return Some(RedisAddress::default()) };
    let ports = site.ports_of(&service);
    let port = ports.iter().find(|p| p.container_port == 6379).or(ports.first()).and_then(|p| p.host_port)?;
    Some(RedisAddress { port, ..RedisAddress::default() })
}

fn is_net(reading: &Reading) -> bool {
    let failed = |r: &crate::probe::RedisReading| {
        matches!(r.answer, RedisAnswer::Failed { why: RedisFailure::Net(_) | RedisFailure::NotRedis, .. })
    };
    matches!(reading, Reading::Redis(r) if failed(r))
}

fn is_late(reading: &Reading) -> bool {
    let late = RedisFailure::Net(NetFailure::TimedOut);
    match reading {
        Reading::Redis(r) => matches!(&r.answer, RedisAnswer::Failed { why, .. } if *why == late),
        _ => true,
    }
}

/// Whether a container of the project is not as it should be.
fn is_unwell(mine: &Reading) -> bool {
    let well = |c: &Container| {
        c.state == "running" && c.restart_count == 0 && c.health.as_ref().is_none_or(|h| h.status == "healthy")
    };
    matches!(mine, Reading::Containers(seen) if !seen.containers.iter().all(well))
}

/// Why compose itself does not accept its files, where it says so; `None` too where it cannot be asked.
async fn refused(site: &Site) -> Option<String> {
    site.compose_file.as_ref().filter(|_| site.required_unset().is_empty())?;
    let command = ReadOnly::prove(&format!("{} config -q", site.compose_command())).ok()?;
    let limits = Limits { time: COMPOSE_LIMIT, ..Limits::default() };
    let Reading::Process(run) = process::run(&Program::reading(&command, &site.dir), limits, &Interrupt::never()).await
    else {
        return None;
    };
    let said = run.stderr.lines().rev().map(str::trim).find(|l| !l.is_empty() && !l.contains("level=warning"))?;
    // A machine without compose says so as well.
    let other = ["is not a docker command", "unknown shorthand", "unknown command", "unknown flag", "not found in"];
    let own = run.ended == Ended::Code(0) || run.ended == Ended::TimedOut || other.iter().any(|w| said.contains(w));
    (!own).then(|| format!("compose does not accept its file: {}", crate::text::shorten(said, 200)))
}

/// The project's containers, each with those of others that go by its service's name in a network it is in.
fn with_rivals(mine: Reading, everything: &Reading) -> Reading {
    let (Reading::Containers(mut mine), Reading::Containers(all)) = (mine.clone(), everything) else { return mine };
    let own: Vec<String> = mine.containers.iter().map(|c| c.id.clone()).collect();
    let others = || all.containers.iter().filter(|o| o.state == "running" && !own.contains(&o.id));
    for container in mine.containers.iter_mut().filter(|c| c.state == "running") {
        let Some(service) = container.service.clone() else { continue };
        let joined = container.networks.clone().unwrap_or_default();
        let goes_by = |o: &Container| {
            let same = |n: &str| joined.iter().any(|j| j.network == n);
            o.networks.iter().flatten().any(|j| same(&j.network) && j.names.contains(&service))
        };
        container.rivals = others().filter(|o| goes_by(o)).map(|o| o.name.clone()).collect();
    }
    Reading::Containers(mine)
}

/// Who listens at the ports that containers of this project are to have and do not; `None` where nobody does.
fn holders(mine: &Reading, publishing: &[(u16, String)]) -> Option<Listening> {
    let Reading::Containers(mine) = mine else { return None };
    let wants = mine.containers.iter().filter(|c| matches!(c.state.as_str(), "created" | "exited" | "dead" | "absent"));
    let mut ports: Vec<u16> =
        wants.flat_map(|c| c.ports.iter().filter(|p| !p.udp).filter_map(|p| p.host_port)).collect();
    ports.sort_unstable();
    ports.dedup();
    let publishing = |port: u16| publishing.iter().find(|(p, _)| *p == port).map(|(_, name)| name.clone());
    let mut found = Listening::default();
    for port in ports.into_iter().take(PORTS) {
        match (publishing(port), super::sockets::listening(Some(port))) {
            (Some(name), _) => found.sockets.push(Listener {
                protocol: "tcp".into(),
                address: "0.0.0.0".into(),
                port,
                container: Some(name),
                ..Listener::default()
            }),
            (None, Reading::Listening(seen)) => {
                found.partial |= seen.partial;
                found.sockets.extend(seen.sockets);
            }
            _ => {}
        }
    }
    (!found.sockets.is_empty()).then_some(found)
}

/// What this project's PostgreSQL says of itself, where it runs in a container.
async fn database(site: &Site, docker: &Docker, containers: &[Container]) -> Option<PostgresReading> {
    let service = site.service_of(&["postgres", "postgis", "timescale"])?;
    let container = containers.iter().find(|c| c.label() == service && c.state == "running")?;
    tokio::time::timeout(DATABASE_LIMIT, docker.postgres(container)).await.ok().flatten()
}

/// How this project's Redis is set otherwise than it was started, where it runs in a container.
async fn redis_settings(site: &Site, containers: &[Container]) -> Option<RedisSettings> {
    let service = site.redis_service()?;
    let container = containers.iter().find(|c| c.label() == service && c.state == "running")?;
    redis::settings(&redis_address(site)?, site, container).await
}

/// The dates of the certificates that published ports for HTTPS show.
async fn certificates(seen: &Containers) -> Vec<Certificate> {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let running = seen.containers.iter().filter(|c| c.state == "running");
    let ports = running.flat_map(|c| c.ports.iter().filter(|p| !p.udp).map(move |p| (c, p)));
    let secure = ports.filter(|(_, p)| [Some(p.container_port), p.host_port].iter().flatten().any(|n| n % 1000 == 443));
    let asked = secure.take(INSIDE).map(|(c, p)| async move {
        let (at, port) = (address(p.host_ip.as_deref()), p.host_port?);
        let stream = TcpStream::connect((at, port)).await.ok()?;
        let (begins, ends) = super::tls::validity("localhost", stream).await?;
        let (begins_in_s, ends_in_s) = (begins - now, ends - now);
        Some(Certificate { service: c.label().to_owned(), port, begins_in_s, ends_in_s })
    });
    let limited = asked.map(|one| async { tokio::time::timeout(INSIDE_LIMIT, one).await.ok().flatten() });
    join_all(limited).await.into_iter().flatten().collect()
}

/// The published ports that do not keep a connection, with what is listened on inside their containers.
async fn published(seen: &Containers, docker: &Docker) -> Vec<Published> {
    let up = |c: &Container| match &c.health {
        Some(health) => health.status != "starting",
        None => c.up_s.is_some_and(|up| up >= FRESH_S),
    };
    let running = |c: &&Container| c.state == "running" && up(c);
    let ports = seen.containers.iter().filter(running).flat_map(|c| {
        c.ports
            .iter()
            .filter(|p| !p.udp)
            .filter_map(move |p| Some((c, p.host_ip.clone(), p.host_port?, p.container_port)))
    });
    let mut ports: Vec<Tried> = join_all(ports.map(|(c, ip, outer, inner)| async move {
        let at = address(ip.as_deref());
        let failure = keeps(at, outer, CONNECT).await;
        let service = c.label().to_owned();
        let port = Published { service, host_port: outer, container_port: inner, failure, inside: None };
        Tried { container: c.name.clone(), at, port }
    }))
    .await;
    // On a busy machine an answer may be late: what says nothing for longer is silent.
    let silent = ports.iter_mut().filter(|t| t.port.failure == Some(NetFailure::TimedOut));
    join_all(silent.take(INSIDE).map(|t| async { t.port.failure = keeps(t.at, t.port.host_port, PATIENT).await }))
        .await;
    let shut =
        |t: &&mut Tried| matches!(t.port.failure, Some(NetFailure::Refused | NetFailure::Reset | NetFailure::TimedOut));
    join_all(ports.iter_mut().filter(shut).take(INSIDE).map(|t| async {
        let looked = tokio::time::timeout(INSIDE_LIMIT, docker.listening_inside(&t.container)).await;
        t.port.inside = looked.ok().flatten();
    }))
    .await;
    ports.into_iter().map(|t| t.port).collect()
}

/// A published port that was tried.
struct Tried {
    container: String,
    at: IpAddr,
    port: Published,
}

/// The address to ask a published port at.
fn address(ip: Option<&str>) -> IpAddr {
    ip.and_then(|ip| ip.parse().ok()).filter(|ip: &IpAddr| !ip.is_unspecified()).unwrap_or([127, 0, 0, 1].into())
}

/// Why a port does not take and keep a connection; `None` where it does.
async fn keeps(at: IpAddr, port: u16, patience: Duration) -> Option<NetFailure> {
    let mut stream = match tokio::time::timeout(patience, TcpStream::connect((at, port))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Some(net_failure(&error)),
        Err(_) => return Some(NetFailure::TimedOut),
    };
    match tokio::time::timeout(KEPT, stream.read(&mut [0; 16])).await {
        Ok(Ok(0)) => Some(NetFailure::Reset),
        Ok(Err(error)) => Some(net_failure(&error)),
        _ => None,
    }
}

fn docker_part(reading: &Reading) -> SurveyPart {
    match reading {
        Reading::Containers(seen) => {
            let real: Vec<_> = seen.containers.iter().filter(|c| c.state != "absent").collect();
            let down = real.iter().filter(|c| c.state != "running").count();
            let not = if down == 0 { String::new() } else { format!(" ({down} not running)") };
            SurveyPart { text: format!("Docker ok, {}{not}", count(real.len(), "container")), well: down == 0 }
        }
        Reading::Unavailable(missing) => SurveyPart { text: format!("Docker: {}", missing.why), well: false },
        _ => SurveyPart { text: "Docker did not answer".into(), well: false },
    }
}

fn redis_part(reading: &Reading) -> SurveyPart {
    let (text, well) = match reading {
        Reading::Redis(seen) => match &seen.answer {
            RedisAnswer::Failed { why: RedisFailure::Net(_), .. } => ("Redis refused", false),
            RedisAnswer::Failed { why: RedisFailure::NoAuth | RedisFailure::WrongPass, .. } => {
                ("Redis wants a password", false)
            }
            RedisAnswer::Failed { why: RedisFailure::Loading, .. } => ("Redis is loading its data", false),
            RedisAnswer::Failed { .. } => ("Redis answers with an error", false),
            RedisAnswer::Info(fields) if fields.get("loading").is_some_and(|l| l == "1") => {
                ("Redis is loading its data", false)
            }
            RedisAnswer::Info(fields) if fields.get("role").is_some_and(|r| r == "slave") => {
                ("Redis is a read-only replica", false)
            }
            _ => ("Redis ok", true),
        },
        _ => ("Redis did not answer", false),
    };
    SurveyPart { text: text.into(), well }
}
