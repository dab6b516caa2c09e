//! Containers as they are: their states and ends, what they publish, and the last words of those that are not well.
//! It never calls a container well or ill; it only looks closer where one does not simply run.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{
    EventsOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder, ListImagesOptionsBuilder,
};
use futures_util::StreamExt;
use futures_util::future::join_all;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::logs::tail;
use super::{Answer, PROJECT, SERVICE};
use crate::probe::{Bind, Container, Containers, Health, Joined, PublishedPort, Reading};
use crate::world::place::Project;
use crate::world::site::Site;

/// How many lines of an unwell container's log are kept.
const LAST_WORDS: usize = 40;
/// Of how many images it is looked whether they were built anew.
const IMAGES: usize = 24;
/// Of how many containers the last words are read.
const CLOSER: usize = 8;
/// How long a closer look at one container may take.
const CLOSER_LIMIT: Duration = Duration::from_millis(1_500);
/// A container that was restarted and is up for less than this may be in a loop.
const FRESH_S: u64 = 120;

/// The containers of the host, or of the site's project alone.
pub(super) async fn listed(
    engine: &bollard::Docker,
    site: &Site,
    compose: bool,
) -> Result<Vec<Container>, bollard::errors::Error> {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let found = engine.list_containers(Some(options)).await?;
    let project = site.project().filter(|_| compose);
    let ids = found.iter().filter(|c| {
        let label = |name: &str| c.labels.as_ref().and_then(|l| l.get(name));
        // What `docker compose run` left behind is no service.
        let once = label("com.docker.compose.oneoff").is_some_and(|v| v == "True");
        let named = || label("com.docker.compose.project.config_files").is_some_and(|files| site.is_named_in(files));
        project.is_none() || !once && (label(PROJECT) == project.as_ref() || named())
    });
    let inspected = ids
        .filter_map(|c| c.id.clone())
        .map(|id| async move { engine.inspect_container(&id, None::<InspectContainerOptions>).await });
    // A container that goes while it is looked at is left out.
    let inspected: Vec<ContainerInspectResponse> = join_all(inspected).await.into_iter().flatten().collect();
    let built = if compose { built(engine, &inspected).await } else { HashMap::new() };
    let shaped = inspected.into_iter().map(|raw| {
        let mut container = shape(&raw);
        container.newer_files = newer_files(&container);
        // An image that lost its name is no newer one.
        container.image_rebuilt = built.get(&container.image).is_some_and(|id| raw.image.as_ref() != Some(id));
        if compose && container.project == site.project() {
            container.stale = stale(&raw, container.label(), site);
            // What was started alone was made without its needs.
            if container.waits_for.is_empty() {
                container.waits_for = site.needs(container.label());
            }
        }
        container
    });
    Ok(shaped.collect())
}

/// The images that containers were made from, by name, each with what that name stands for now.
async fn built(engine: &bollard::Docker, containers: &[ContainerInspectResponse]) -> HashMap<String, String> {
    let mut names: Vec<&String> =
        containers.iter().filter_map(|raw| raw.config.as_ref()?.image.as_ref()).filter(|n| !n.contains('@')).collect();
    names.sort();
    names.dedup();
    let asked = names.into_iter().take(IMAGES).map(|name| async move {
        let found = tokio::time::timeout(CLOSER_LIMIT, engine.inspect_image(name)).await.ok()?.ok()?;
        Some((name.clone(), found.id?))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// The files that a running container was given and that were changed after it was started.
fn newer_files(c: &Container) -> Vec<String> {
    let Some(up) = c.up_s.filter(|_| c.state == "running") else { return Vec::new() };
    let newer = |path: &std::path::Path| {
        let changed = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).and_then(|m| m.modified().ok());
        changed.and_then(|at| at.elapsed().ok()).is_some_and(|ago| ago.as_secs() < up)
    };
    let given = c.binds.iter().flat_map(|b| {
        let path = std::path::PathBuf::from(&b.source);
        if path.is_dir() { crate::world::site::configuring(&path) } else { vec![path] }
    });
    given.filter(|path| newer(path)).map(|path| path.display().to_string()).take(CLOSER).collect()
}

/// The compose projects that have containers on the engine, each with where its newest container says it lives.
pub(super) async fn projects(engine: &bollard::Docker) -> Result<Vec<Project>, bollard::errors::Error> {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let found = engine.list_containers(Some(options)).await?;
    let project = |mut labels: HashMap<String, String>| {
        let files = labels.remove("com.docker.compose.project.config_files").unwrap_or_default();
        Some(Project {
            name: labels.remove(PROJECT)?,
            dir: labels.remove("com.docker.compose.project.working_dir").unwrap_or_default().into(),
            files: files.split(',').map(str::trim).filter(|f| !f.is_empty()).map(Into::into).collect(),
        })
    };
    let mut projects: Vec<Project> = found.into_iter().filter_map(|c| project(c.labels?)).collect();
    projects.sort_by(|a, b| a.name.cmp(&b.name));
    projects.dedup_by(|a, b| a.name == b.name);
    Ok(projects)
}

/// State of the containers asked for; a service without one is `absent`.
pub(super) async fn containers(
    engine: &bollard::Docker,
    site: &Site,
    services: &[String],
    compose: bool,
    all: bool,
) -> Answer {
    let mut seen = listed(engine, site, compose).await?;
    if compose {
        let absent = |name: &str| Container {
            name: name.to_owned(),
            service: Some(name.to_owned()),
            state: "absent".into(),
            ports: site.ports_of(name),
            ..Container::default()
        };
        let is = |c: &Container, name: &str| c.service.as_deref() == Some(name) || c.name == name;
        for name in site.services().iter().chain(services) {
            if !seen.iter().any(|c| is(c, name)) {
                seen.push(absent(name));
            }
        }
        for (name, why) in site.held_back() {
            if !seen.iter().any(|c| is(c, &name)) {
                seen.push(Container { held_back: Some(why), ..absent(&name) });
            }
        }
        if !services.is_empty() {
            seen.retain(|c| services.iter().any(|name| is(c, name)));
        }
    } else if !all {
        seen.retain(|c| matches!(c.state.as_str(), "running" | "paused" | "restarting"));
    }
    seen.sort_by(|a, b| a.name.cmp(&b.name));
    let closer = seen.iter_mut().filter(|c| is_unwell(c)).take(CLOSER).map(|c| look_closer(engine, c));
    join_all(closer).await;
    join_all(seen.iter_mut().filter(|c| c.state == "absent").take(CLOSER).map(|c| look_for_image(engine, site, c)))
        .await;
    Ok(Reading::Containers(Containers {
        project: site.project().filter(|_| compose),
        asked: (!services.is_empty()).then(|| services.join(", ")),
        containers: seen,
    }))
}

/// Whether a container is worth a closer look.
fn is_unwell(c: &Container) -> bool {
    match c.state.as_str() {
        "absent" | "created" | "paused" => false,
        "running" => {
            c.health.as_ref().is_some_and(|h| h.status == "unhealthy")
                || c.restart_count > 0 && c.up_s.is_some_and(|up| up < FRESH_S)
        }
        _ => true,
    }
}

/// The end of its log, and how it ended last where it runs again already.
async fn look_closer(engine: &bollard::Docker, c: &mut Container) {
    let words = tail(engine, &c.id, LAST_WORDS, None);
    let end = async { if c.exit_code.is_none() && c.restart_count > 0 { last_end(engine, &c.id).await } else { None } };
    let (words, end) = tokio::join!(tokio::time::timeout(CLOSER_LIMIT, words), tokio::time::timeout(CLOSER_LIMIT, end));
    if let Ok(Ok(lines)) = words {
        c.last_words = lines;
    }
    if let Ok(Some(code)) = end {
        c.exit_code = Some(code);
    }
}

/// Whether the host has an empty folder where a container is to see a file: Docker makes one where nothing is.
fn is_folder_for_file(bind: &Bind) -> bool {
    const ENDINGS: [&str; 16] = [
        "conf", "cnf", "cfg", "ini", "yml", "yaml", "json", "toml", "env", "sh", "pem", "crt", "key", "sql", "xml",
        "html",
    ];
    let file = std::path::Path::new(&bind.inside);
    let named = file.extension().and_then(|e| e.to_str()).is_some_and(|e| ENDINGS.contains(&e));
    named && std::fs::read_dir(&bind.source).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether what is to be made from an image could be: the image is here, or is built here.
async fn look_for_image(engine: &bollard::Docker, site: &Site, c: &mut Container) {
    let Some(image) = site.image(c.label()) else { return };
    let found = tokio::time::timeout(CLOSER_LIMIT, engine.inspect_image(&image)).await;
    c.image_missing =
        matches!(found, Ok(Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. })));
    if c.image_missing {
        let options = ListImagesOptionsBuilder::default().build();
        let all = tokio::time::timeout(CLOSER_LIMIT, engine.list_images(Some(options))).await;
        let tags = all.ok().and_then(Result::ok).unwrap_or_default().into_iter().flat_map(|i| i.repo_tags);
        let bare = |name: &str| {
            name.rsplit_once(':').filter(|(_, t)| !t.contains('/')).map_or(name.to_owned(), |(n, _)| n.to_owned())
        };
        let wanted = bare(image.split('@').next().unwrap_or(&image));
        c.image_near = tags.filter(|tag| bare(tag) == wanted).take(4).collect();
    }
    c.image = image;
}

/// What the project's files say otherwise by now than a container was made with.
fn stale(raw: &ContainerInspectResponse, service: &str, site: &Site) -> Vec<String> {
    let env = raw.config.as_ref().and_then(|c| c.env.clone()).unwrap_or_default();
    let has = |key: &str| env.iter().filter_map(|e| e.split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v);
    let wanted = site.environment(service);
    let other = wanted.iter().filter(|(key, value)| has(key) != Some(value.as_str())).map(|(key, _)| key.clone());
    let image = raw.config.as_ref().and_then(|c| c.image.as_deref());
    let moved = site.image(service).filter(|wanted| image.is_some_and(|i| i != wanted)).map(|_| "its image".to_owned());
    other.chain(moved).collect()
}

/// The proxy a program's calls over HTTP go by, and which services of its own network it is asked for by that way.
fn proxied(env: &[String]) -> (Option<String>, Vec<String>) {
    let value = |names: &[&str]| {
        let pairs = env.iter().filter_map(|e| e.split_once('='));
        pairs.filter(|(k, v)| names.contains(k) && !v.is_empty()).map(|(_, v)| v.to_owned()).next()
    };
    let Some(proxy) = value(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]) else {
        return (None, Vec::new());
    };
    let direct = value(&["no_proxy", "NO_PROXY"]).unwrap_or_default();
    let excepted = |host: &str| direct.split(',').map(str::trim).any(|d| d == "*" || d.trim_start_matches('.') == host);
    let mut hosts: Vec<String> = env
        .iter()
        .filter_map(|e| e.split_once('='))
        .filter(|(k, _)| !k.to_lowercase().ends_with("_proxy"))
        .filter_map(|(_, v)| v.strip_prefix("http://"))
        .filter_map(|rest| rest.split(['/', ':', '?']).next())
        .filter(|h| !h.is_empty() && !h.contains(['.', '@']) && *h != "localhost" && !excepted(h))
        .map(str::to_owned)
        .collect();
    hosts.sort();
    hosts.dedup();
    // A password in it is nobody's business.
    let bare = match proxy.rsplit_once('@') {
        Some((_, place)) => place.to_owned(),
        None => proxy,
    };
    (Some(bare), hosts)
}

/// The exit code of a container's last end within an hour, from the engine's events.
async fn last_end(engine: &bollard::Docker, id: &str) -> Option<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let filters = HashMap::from([("container", vec![id.to_owned()]), ("event", vec!["die".to_owned()])]);
    let options = EventsOptionsBuilder::default()
        .since(&now.saturating_sub(3_600).to_string())
        .until(&now.to_string())
        .filters(&filters)
        .build();
    let mut stream = engine.events(Some(options));
    let mut code = None;
    while let Some(Ok(event)) = stream.next().await {
        let attributes = event.actor.and_then(|a| a.attributes).unwrap_or_default();
        code = attributes.get("exitCode").and_then(|c| c.parse().ok()).or(code);
    }
    code
}

/// The containers a name stands for, with their services; all of the project where none is named.
pub(super) async fn names(
    engine: &bollard::Docker,
    site: &Site,
    target: Option<&str>,
    compose: bool,
) -> Result<Vec<(String, Option<String>)>, bollard::errors::Error> {
    match target {
        Some(name) if !compose => Ok(vec![(name.to_owned(), None)]),
        _ => Ok(listed(engine, site, compose)
            .await?
            .into_iter()
            .filter(|c| target.is_none_or(|t| c.service.as_deref() == Some(t) || c.name == t))
            .map(|c| (c.name, c.service))
            .collect()),
    }
}

/// What is kept of an inspected container.
pub(super) fn shape(raw: &ContainerInspectResponse) -> Container {
    let state = raw.state.clone().unwrap_or_default();
    let labels = raw.config.as_ref().and_then(|c| c.labels.clone()).unwrap_or_default();
    let host = raw.host_config.clone().unwrap_or_default();
    let running = state.running.unwrap_or(false);
    let ago = |at: &Option<String>| {
        let then = OffsetDateTime::parse(at.as_deref()?, &Rfc3339).ok()?;
        (then.year() > 1970).then(|| u64::try_from((OffsetDateTime::now_utc() - then).whole_seconds()).unwrap_or(0))
    };
    let bindings = host.port_bindings.clone().unwrap_or_default();
    let ports = bindings.iter().flat_map(|(inner, outer)| {
        let port = inner.split('/').next().and_then(|p| p.parse().ok());
        let udp = inner.ends_with("/udp");
        outer.iter().flatten().filter_map(move |b| {
            Some(PublishedPort {
                container_port: port?,
                host_ip: b.host_ip.clone().filter(|i| !i.is_empty()),
                host_port: b.host_port.as_ref().and_then(|p| p.parse().ok()),
                udp,
            })
        })
    });
    let own = host.network_mode.as_deref().is_none_or(|m| m != "host" && m != "none" && !m.starts_with("container:"));
    let joined = raw.network_settings.as_ref().and_then(|n| n.networks.as_ref()).filter(|_| own).map(|all| {
        let mut joined: Vec<Joined> = all
            .iter()
            .map(|(network, at)| {
                let names = at.aliases.iter().flatten().chain(at.dns_names.iter().flatten());
                let address = at.ip_address.clone().filter(|a| !a.is_empty());
                Joined { network: network.clone(), names: names.cloned().collect(), address }
            })
            .collect();
        joined.sort_by(|a, b| a.network.cmp(&b.network));
        joined
    });
    let mounts = raw.mounts.iter().flatten().filter(|m| m.rw == Some(false)).filter_map(|m| m.destination.clone());
    let root = (host.readonly_rootfs == Some(true)).then(|| "/".to_owned());
    let env = raw.config.as_ref().and_then(|c| c.env.clone()).unwrap_or_default();
    let (proxy, proxied) = proxied(&env);
    let id = raw.id.clone().unwrap_or_default();
    let bind = |m: &bollard::models::MountPoint| {
        let kind = m.typ.as_ref().map(|t| t.to_string());
        let (source, inside) = (m.source.clone()?, m.destination.clone()?);
        (kind.as_deref() == Some("bind")).then_some(Bind { source, inside })
    };
    let binds: Vec<Bind> = raw.mounts.iter().flatten().filter_map(bind).collect();
    Container {
        read_only: mounts.chain(root).collect(),
        networks: joined,
        folder_for_file: binds
            .iter()
            .find(|b| (!running || state.restarting == Some(true)) && is_folder_for_file(b))
            .map(|b| b.source.clone()),
        cut_off: host.network_mode.as_deref() == Some("none"),
        command: raw.path.iter().chain(raw.args.iter().flatten()).cloned().collect(),
        files_limit: host
            .ulimits
            .iter()
            .flatten()
            .find(|u| u.name.as_deref() == Some("nofile"))
            .and_then(|u| u64::try_from(u.soft?).ok()),
        hosts: host.extra_hosts.clone().unwrap_or_default(),
        binds,
        user: raw.config.as_ref().and_then(|c| c.user.clone()).filter(|u| !u.is_empty()),
        halted: running && state.pid.is_some_and(|pid| crate::world::sockets::is_halted(pid, &id)),
        proxy,
        proxied,
        id,
        name: raw.name.clone().unwrap_or_default().trim_start_matches('/').to_owned(),
        service: labels.get(SERVICE).cloned(),
        project: labels.get(PROJECT).cloned(),
        image: raw.config.as_ref().and_then(|c| c.image.clone()).unwrap_or_default(),
        state: state.status.map(|s| s.to_string()).unwrap_or_default(),
        // While a container waits to be restarted the engine calls it running, and keeps the code of its last end.
        exit_code: state.exit_code.filter(|_| !running || state.restarting == Some(true)),
        oom_killed: state.oom_killed.unwrap_or(false),
        error: state.error.clone().filter(|e| !e.is_empty()),
        health: state.health.as_ref().map(|h| Health {
            status: h.status.map(|s| s.to_string()).unwrap_or_default(),
            failing_streak: h.failing_streak.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
            last_output: h
                .log
                .iter()
                .flatten()
                .next_back()
                .and_then(|l| l.output.clone())
                .map(|o| crate::text::shorten(&o, 200))
                .unwrap_or_default(),
        }),
        restart_count: raw.restart_count.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
        restart_policy: host.restart_policy.and_then(|p| p.name).map(|n| n.to_string()),
        memory_limit: host.memory.and_then(|m| u64::try_from(m).ok()).filter(|m| *m > 0),
        up_s: ago(&state.started_at).filter(|_| running),
        ended_s: ago(&state.finished_at).filter(|_| !running),
        ports: ports.collect(),
        waits_for: labels
            .get("com.docker.compose.depends_on")
            .map(|all| {
                all.split(',')
                    .filter_map(|d| d.split(':').next())
                    .filter(|d| !d.is_empty())
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default(),
        last_words: Vec::new(),
        stale: Vec::new(),
        rivals: Vec::new(),
        newer_files: Vec::new(),
        image_rebuilt: false,
        image_missing: false,
        held_back: None,
        image_near: Vec::new(),
    }
}

#[test]
fn a_proxy_takes_the_calls_to_services_that_it_is_not_told_to_leave() {
    let env = |lines: &[&str]| lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
    let said =
        proxied(&env(&["HTTP_PROXY=http://u:p@proxy.corp:3128", "AI_URL=http://ai:8090/x", "DB=postgres://db:5432/x"]));
    assert_eq!(said, (Some("proxy.corp:3128".into()), vec!["ai".to_owned()]));
    assert_eq!(
        proxied(&env(&["http_proxy=http://p:1", "NO_PROXY=.ai, b", "AI_URL=http://ai", "B=http://b"])).1,
        [""; 0]
    );
    assert_eq!(proxied(&env(&["AI_URL=http://ai"])), (None, Vec::new()));
}
