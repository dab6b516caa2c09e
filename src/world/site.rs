//! What the project folder says: the compose file's services and the env file's values.
//! It never fails: a file that cannot be read or does not parse is a problem beside what is known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The project around a folder.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub dir: PathBuf,
    /// The compose file as it is named in commands, relative to `dir`.
    pub compose_file: Option<PathBuf>,
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
                            crate::text::shorten(&error.to_string(), 160)
                        ))
                    }
                },
                Err(error) => problem = Some(format!("cannot read the compose file `{}`: {error}", path.display())),
            }
        }
        let env_file = dir.join(".env");
        let env = std::fs::read_to_string(&env_file).map(|t| parse_env(&t)).unwrap_or_default();
        Site { dir: dir.to_owned(), compose_file: found, env_file, compose, env, problem }
    }

    /// The services of the compose file.
    pub(crate) fn services(&self) -> Vec<String> {
        self.compose.get("services").and_then(Value::as_object).map(|s| s.keys().cloned().collect()).unwrap_or_default()
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

    /// `docker compose`, with the file where it has no usual name.
    pub(crate) fn compose_command(&self) -> String {
        match &self.compose_file {
            Some(file)
                if !matches!(
                    file.to_str(),
                    Some("compose.yaml" | "compose.yml" | "docker-compose.yml" | "docker-compose.yaml")
                ) =>
            {
                format!("docker compose -f {}", file.display())
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
