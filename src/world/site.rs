//! What the project folder says: the compose file's services and the env file's values.
//! It never fails: a file that cannot be read or does not parse is a problem beside what is known.

mod changes;
mod flaw;
mod inside;
mod lacks;
mod suited;
mod wants;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::quoted;
use crate::probe::PublishedPort;
use crate::session::ports::Service;
pub(crate) use changes::configuring;

/// The project around a folder.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub dir: PathBuf,
    /// The compose file as it is named in commands, relative to `dir`.
    pub compose_file: Option<PathBuf>,
    /// Further compose files the project is made from: named in commands, not read.
    pub also: Vec<PathBuf>,
    pub env_file: PathBuf,
    compose: Value,
    env: BTreeMap<String, String>,
    /// Why the compose file is not understood.
    pub problem: Option<String>,
}

/// Names of compose files, the most telling first.
const NAMES: [&str; 5] =
    ["docker-compose.prod.yml", "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

impl Site {
    /// The project of a folder; `named` is the compose file where it has another name.
    pub(crate) fn discover(dir: &Path, named: Option<&Path>) -> Site {
        let found =
            named.map(Path::to_owned).or_else(|| NAMES.iter().map(PathBuf::from).find(|n| dir.join(n).is_file()));
        let (mut compose, mut problem) = (Value::Null, None);
        if let Some(name) = &found {
            let path = dir.join(name);
            match std::fs::read_to_string(&path) {
                Ok(text) => match serde_saphyr::from_str::<Value>(&text) {
                    Ok(value) => compose = value,
                    Err(error) => {
                        problem = Some(format!(
                            "the compose file `{}` does not parse: {}",
                            path.display(),
                            // The lines below the first one draw the place.
                            error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ")
                        ))
                    }
                },
                Err(error) => problem = Some(format!("cannot read the compose file `{}`: {error}", path.display())),
            }
        }
        let env_file = dir.join(".env");
        let env = std::fs::read_to_string(&env_file).map(|t| parse_env(&t)).unwrap_or_default();
        Site { dir: dir.to_owned(), compose_file: found, also: Vec::new(), env_file, compose, env, problem }
    }

    /// The services of the compose file that `up` starts: not those of a profile that is off, nor those scaled to none.
    pub(crate) fn services(&self) -> Vec<String> {
        let profiles =
            std::env::var("COMPOSE_PROFILES").ok().or_else(|| self.env("COMPOSE_PROFILES").map(str::to_owned));
        let on: Vec<String> =
            profiles.unwrap_or_default().split(',').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect();
        let starts = |service: &Value| {
            let wanted = service.get("profiles").and_then(Value::as_array);
            let within = wanted.is_none_or(|w| {
                w.is_empty() || w.iter().filter_map(Value::as_str).any(|p| on.iter().any(|o| o == p || o == "*"))
            });
            let scaled = service.pointer("/deploy/replicas").or_else(|| service.get("scale")).and_then(Value::as_u64);
            within && scaled != Some(0)
        };
        let services = self.compose.get("services").and_then(Value::as_object);
        services.map(|s| s.iter().filter(|(_, v)| starts(v)).map(|(k, _)| k.clone()).collect()).unwrap_or_default()
    }

    /// The same project, with its files read anew.
    pub(crate) fn again(&self) -> Site {
        Site { also: self.also.clone(), ..Site::discover(&self.dir, self.compose_file.as_deref()) }
    }

    /// Whether other compose files belong to the project: what is not in this one may stand there.
    fn is_part(&self) -> bool {
        const OVER: [&str; 4] = [
            "compose.override.yaml",
            "compose.override.yml",
            "docker-compose.override.yml",
            "docker-compose.override.yaml",
        ];
        !self.also.is_empty()
            || self.compose.get("include").is_some()
            || OVER.iter().any(|n| self.dir.join(n).is_file())
    }

    /// Why compose will not accept the file, although it parses.
    pub(crate) fn flaw(&self) -> Option<String> {
        let found = flaw::flaw(&self.compose).filter(|_| self.compose != Value::Null && !self.is_part())?;
        Some(format!("compose does not accept its file: {found}"))
    }

    /// All services of the compose file, also those that `up` does not start, each with the services it needs.
    ///
    /// None where some of them may stand in another file.
    pub(crate) fn declared(&self) -> Vec<Service> {
        if self.is_part() {
            return Vec::new();
        }
        let services = self.compose.get("services").and_then(Value::as_object);
        let needs = |service: &Value| match service.get("depends_on") {
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let unset = Site { env: BTreeMap::new(), ..self.clone() };
        let usual = |name: &str| unset.ports_of(name).iter().filter_map(|p| p.host_port).collect();
        let one =
            |(name, s): (&String, &Value)| Service { name: name.clone(), needs: needs(s), usual_ports: usual(name) };
        services.into_iter().flatten().map(one).collect()
    }

    /// The service that is a Redis, by its name or its image.
    pub(crate) fn redis_service(&self) -> Option<String> {
        let services = self.compose.get("services").and_then(Value::as_object)?;
        let named = |text: &str| ["redis", "valkey"].iter().any(|w| text.contains(w));
        let image = |s: &Value| s.get("image").and_then(Value::as_str).is_some_and(named);
        let exact = services.keys().find(|k| *k == "redis");
        let found = exact.or_else(|| {
            services.iter().find(|(k, s)| !k.contains("exporter") && (named(k) || image(s))).map(|(k, _)| k)
        });
        found.cloned()
    }

    /// Whether this project has a Redis of its own, as far as its files tell.
    pub(crate) fn has_redis(&self) -> bool {
        self.redis_service().is_some() || self.env("REDIS_URL").is_some()
    }

    /// Settings without which compose does nothing (`${NAME:?why}`) that are set nowhere.
    pub(crate) fn required_unset(&self) -> Vec<String> {
        let text = self.compose.to_string();
        let mut out: Vec<String> = Vec::new();
        for part in text.split("${").skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let set = std::env::var(name).is_ok_and(|v| !v.is_empty()) || self.env(name).is_some();
            if (rest.starts_with(":?") || rest.starts_with('?'))
                && !set
                && !out.iter().any(|n| n.split(' ').next() == Some(name))
            {
                let near = self.env.keys().find(|k| name.len() > 5 && crate::text::distance(k, name) <= 2);
                let near = near.map(|k| format!(" (.env has {k}, which is nearly the same)")).unwrap_or_default();
                out.push(format!("{name}{near}"));
            }
        }
        out
    }

    /// Whether a compose project's list of files names this site's file.
    pub(crate) fn is_named_in(&self, files: &str) -> bool {
        let full = self.compose_file.as_ref().and_then(|f| std::fs::canonicalize(self.dir.join(f)).ok());
        full.is_some_and(|full| files.split(',').any(|f| Path::new(f.trim()) == full))
    }

    /// The host ports that a service of the compose file publishes.
    pub(crate) fn ports_of(&self, service: &str) -> Vec<PublishedPort> {
        let listed = self.compose.get("services").and_then(|s| s.get(service)).and_then(|s| s.get("ports"));
        let one = |entry: &Value| -> Option<PublishedPort> {
            if let Some(map) = entry.as_object() {
                let number = |key: &str| {
                    let value = map.get(key)?;
                    value
                        .as_u64()
                        .and_then(|n| u16::try_from(n).ok())
                        .or_else(|| value.as_str().and_then(|t| self.interpolated(t).parse().ok()))
                };
                let host_ip = map.get("host_ip").and_then(Value::as_str).map(str::to_owned);
                return Some(PublishedPort {
                    container_port: number("target")?,
                    host_ip,
                    host_port: number("published"),
                    udp: map.get("protocol").and_then(Value::as_str) == Some("udp"),
                });
            }
            let text =
                entry.as_str().map(|t| self.interpolated(t)).or_else(|| entry.as_u64().map(|n| n.to_string()))?;
            let udp = text.ends_with("/udp");
            let text = text.split('/').next()?;
            let (outer, inner) = text.rsplit_once(':').map_or((None, text), |(o, i)| (Some(o), i));
            let (host_ip, host_port) =
                match outer.map(|o| o.rsplit_once(':').map_or((None, o), |(ip, p)| (Some(ip), p))) {
                    Some((ip, port)) => (ip.map(str::to_owned), port.parse().ok()),
                    None => (None, None),
                };
            Some(PublishedPort { container_port: inner.parse().ok()?, host_ip, host_port, udp })
        };
        listed.and_then(Value::as_array).map(|all| all.iter().filter_map(one).collect()).unwrap_or_default()
    }

    /// The services that see a file through a folder they mount.
    pub(crate) fn mounting(&self, file: &Path) -> Vec<String> {
        let full = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let parent = full(file.parent().unwrap_or(Path::new(".")));
        let services = self.compose.get("services").and_then(Value::as_object);
        let sees = |service: &Value| self.sources(service).iter().any(|s| parent.starts_with(full(s)));
        services.map(|s| s.iter().filter(|(_, v)| sees(v)).map(|(k, _)| k.clone()).collect()).unwrap_or_default()
    }

    /// The host folders that services mount.
    pub(crate) fn mounted(&self) -> Vec<PathBuf> {
        let services = self.compose.get("services").and_then(Value::as_object);
        let mut all: Vec<PathBuf> =
            services.into_iter().flat_map(|s| s.values()).flat_map(|s| self.sources(s)).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The host folders that one service mounts.
    fn sources(&self, service: &Value) -> Vec<PathBuf> {
        let volumes = service.get("volumes").and_then(Value::as_array);
        let source = |volume: &Value| -> Option<String> {
            match volume {
                Value::String(text) => {
                    let source = self.interpolated(text).split(':').next()?.to_owned();
                    source.starts_with(['/', '.']).then_some(source)
                }
                other if other.get("type")?.as_str()? == "bind" => {
                    Some(self.interpolated(other.get("source")?.as_str()?))
                }
                _ => None,
            }
        };
        volumes.into_iter().flatten().filter_map(source).map(|s| self.dir.join(s)).collect()
    }

    /// Text of the compose file with the env file's values in it: `${NAME}`, `${NAME:-default}`, `$NAME`.
    fn interpolated(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let (inner, tail) = match after.strip_prefix('{').and_then(|a| a.split_once('}')) {
                Some((inner, tail)) => (inner, tail),
                None => {
                    let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                    after.split_at(end)
                }
            };
            let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
            let (name, otherwise) = inner.split_at(end);
            let default = otherwise.strip_prefix(":-").or_else(|| otherwise.strip_prefix('-')).unwrap_or("");
            let own = std::env::var(name).ok().filter(|v| !v.is_empty());
            out.push_str(&own.or_else(|| self.env(name).map(str::to_owned)).unwrap_or_else(|| default.to_owned()));
            rest = tail;
        }
        out + rest
    }

    /// The compose project's name, as compose works it out.
    pub(crate) fn project(&self) -> Option<String> {
        self.compose_file.as_ref()?;
        let named =
            std::env::var("COMPOSE_PROJECT_NAME").ok().or_else(|| self.env.get("COMPOSE_PROJECT_NAME").cloned());
        let named = named.or_else(|| self.compose.get("name").and_then(Value::as_str).map(str::to_owned));
        named.filter(|n| !n.is_empty()).or_else(|| {
            let dir = std::fs::canonicalize(&self.dir).ok()?;
            let name = dir.file_name()?.to_string_lossy().to_lowercase();
            Some(
                name.chars()
                    .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
                    .collect::<String>()
                    .trim_start_matches(['-', '_'])
                    .to_owned(),
            )
        })
    }

    /// `docker compose`, with its files where compose would not find just these by itself.
    pub(crate) fn compose_command(&self) -> String {
        let usual = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
        let over = |f: &PathBuf| {
            ["compose.override.", "docker-compose.override."]
                .iter()
                .any(|n| f.to_str().is_some_and(|f| f.starts_with(n)))
        };
        match &self.compose_file {
            Some(file) if !usual.iter().any(|u| Path::new(u) == file) || !self.also.iter().all(over) => {
                let files = std::iter::once(file).chain(&self.also);
                files.fold("docker compose".into(), |line, f| format!("{line} -f {}", quoted(&f.to_string_lossy())))
            }
            _ => "docker compose".into(),
        }
    }

    /// A value of the env file.
    pub(crate) fn env(&self, key: &str) -> Option<&str> {
        self.env.get(key).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// The services that compose passes a setting to: by name or by `${KEY}` under `environment`, or by `env_file`.
    pub(crate) fn readers_of(&self, key: &str) -> Vec<String> {
        let Some(services) = self.compose.get("services").and_then(Value::as_object) else { return Vec::new() };
        let uses = |service: &Value| {
            let environment = service.get("environment");
            let named = match environment {
                Some(Value::Object(map)) => map.contains_key(key) && map.get(key).is_none_or(|v| v.is_null()),
                Some(Value::Array(list)) => list.iter().any(|v| v.as_str() == Some(key)),
                _ => false,
            };
            let text = service.to_string();
            let interpolated = [
                format!("${{{key}}}"),
                format!("${{{key}:"),
                format!("${{{key}-"),
                format!("${{{key}?"),
                format!("${key}\""),
            ]
            .iter()
            .any(|f| text.contains(f.as_str()));
            let whole = service.get("env_file").is_some_and(|f| f.to_string().contains(".env"));
            named || interpolated || whole
        };
        services.iter().filter(|(_, s)| uses(s)).map(|(name, _)| name.clone()).collect()
    }

    /// The values that are secrets by their names.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let secret = |key: &str| {
            ["PASSWORD", "SECRET", "TOKEN", "API_KEY", "ACCESS_KEY", "CREDENTIAL"]
                .iter()
                .any(|w| key.to_uppercase().contains(w))
        };
        self.env.iter().filter(|(k, v)| secret(k) && !v.is_empty()).map(|(_, v)| v.clone()).collect()
    }
}

fn parse_env(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim().trim_start_matches("export ");
            let (key, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
            let value = value.trim();
            let quoted = value
                .strip_prefix('"')
                .and_then(|v| v.strip_suffix('"'))
                .or_else(|| value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')));
            let bare = quoted.unwrap_or_else(|| value.split(" #").next().unwrap_or(value).trim());
            Some((key.trim().to_owned(), bare.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compose_file_says_who_reads_a_setting() {
        let dir = tempfile::tempdir().unwrap();
        let yaml = "name: cam\nservices:\n  backend:\n    environment:\n      - A=${A:-1}\n      - B\n  redis:\n    command: redis-server --requirepass ${REDIS_PASSWORD}\n";
        std::fs::write(dir.path().join("docker-compose.prod.yml"), yaml).unwrap();
        std::fs::write(dir.path().join(".env"), "# x\nexport REDIS_PASSWORD='geheim'\nA=2 # two\n").unwrap();
        let site = Site::discover(dir.path(), None);
        assert_eq!(site.project().as_deref(), Some("cam"));
        assert_eq!(
            (site.readers_of("A"), site.readers_of("B"), site.readers_of("C")),
            (vec!["backend".to_owned()], vec!["backend".to_owned()], vec![])
        );
        assert_eq!((site.env("A"), site.secrets()), (Some("2"), vec!["geheim".to_owned()]));
        assert_eq!(site.compose_command(), "docker compose -f docker-compose.prod.yml");
    }

    #[test]
    fn a_compose_file_that_does_not_parse_is_a_problem_not_an_end() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("compose.yaml"), "services: [\n  - {").unwrap();
        let site = Site::discover(dir.path(), None);
        assert!(site.problem.unwrap().contains("does not parse"));
    }
}
