//! Flags, environment and files made into one configuration, each value with where it came from.
//! It never starts anything, and an unknown key or a wrong type is an error with the nearest right name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use etcetera::{AppStrategy, AppStrategyArgs, app_strategy::Xdg};
use serde::Deserialize;

use super::cli::Global;
use crate::search::Aliases;
use crate::term::Color;
use crate::text::toml::trouble;

/// What the program works with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folders of runbooks, later ones over earlier ones.
    pub knowledge: Vec<PathBuf>,
    /// Whether the embedded runbooks are used.
    pub embedded: bool,
    pub project: PathBuf,
    /// Whether somebody named the project or its compose file.
    pub named: bool,
    pub compose_file: Option<PathBuf>,
    pub color: Color,
    pub dry_run: bool,
    pub shell: bool,
    pub timeout: Duration,
    pub quiet: bool,
    pub verbose: bool,
    /// A site's own words: `"the eye" = "camera"`.
    pub aliases: Aliases,
    /// The folder of a sentence encoder.
    pub encoder: Option<PathBuf>,
    /// Where sessions are recorded.
    pub state: Option<PathBuf>,
    /// Where what can be made again is kept; `None` where nothing is.
    pub cache: Option<PathBuf>,
    /// Every value as it is shown, with where it came from.
    pub origins: Vec<Origin>,
}

/// One value of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub key: String,
    pub value: String,
    /// `default`, `unstuck.toml:3`, `UNSTUCK_TIMEOUT`, `--timeout`.
    pub from: String,
}

/// What one place says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    #[serde(default)]
    knowledge: Vec<PathBuf>,
    only_knowledge: Option<bool>,
    project: Option<PathBuf>,
    compose_file: Option<PathBuf>,
    /// Seconds.
    timeout: Option<u64>,
    shell: Option<bool>,
    color: Option<String>,
    encoder: Option<PathBuf>,
    cache: Option<bool>,
    #[serde(default)]
    aliases: BTreeMap<String, String>,
}

/// A place with what it says; later places win.
struct Place {
    said: Said,
    /// How the value of a key is cited.
    cite: Box<dyn Fn(&str) -> String>,
}

const COLORS: [&str; 3] = ["auto", "always", "never"];

impl Config {
    /// Flags over environment over the project's `unstuck.toml` over the one under XDG.
    ///
    /// # Errors
    /// A file that was named and cannot be read, or a place that does not say what it may.
    pub fn load(global: &Global) -> Result<Config> {
        Config::from(global, &|name| std::env::var_os(name).map(|v| v.to_string_lossy().into_owned()))
    }

    fn from(global: &Global, env: &dyn Fn(&str) -> Option<String>) -> Result<Config> {
        let here = global.project.clone().or_else(|| env("UNSTUCK_PROJECT").map(PathBuf::from));
        let here = here.unwrap_or_else(|| PathBuf::from("."));
        let dirs = Xdg::new(AppStrategyArgs {
            top_level_domain: "org".into(),
            author: "unstuck".into(),
            app_name: "unstuck".into(),
        })
        .ok();
        let places = places(global, env, dirs.as_ref(), &here)?;
        let mut origins = Vec::new();
        let mut note = |key: &str, value: String, from: &str| {
            origins.push(Origin { key: key.into(), value, from: from.into() });
        };
        let only = pick(&places, "only_knowledge", |s| s.only_knowledge);
        let embedded = !only.value.unwrap_or(false);
        note("only_knowledge", (!embedded).to_string(), &only.from);
        let mut knowledge = Vec::new();
        for place in &places {
            for dir in &place.said.knowledge {
                let from = (place.cite)("knowledge");
                if !dir.exists() {
                    bail!("the runbook folder `{}` does not exist\nhint: it is named by {from}", dir.display());
                }
                note("knowledge", dir.display().to_string(), &from);
                knowledge.push(dir.clone());
            }
        }
        if knowledge.is_empty() {
            note("knowledge", "none beside the embedded".into(), "default");
        }
        let path = |path: &Option<PathBuf>, none: &str| path.as_ref().map_or(none.into(), |p| p.display().to_string());
        let project = pick(&places, "project", |s| s.project.clone());
        note("project", path(&project.value, &here.display().to_string()), &project.from);
        let compose_file = pick(&places, "compose_file", |s| s.compose_file.clone());
        note("compose_file", path(&compose_file.value, "found by its usual names"), &compose_file.from);
        let timeout = pick(&places, "timeout", |s| s.timeout);
        let seconds = timeout.value.unwrap_or(10);
        if !(1..=3600).contains(&seconds) {
            bail!("`timeout` is {seconds}, and may be 1 to 3600 seconds\nhint: {}", timeout.from);
        }
        note("timeout", seconds.to_string(), &timeout.from);
        let shell = pick(&places, "shell", |s| s.shell);
        note("shell", shell.value.unwrap_or(false).to_string(), &shell.from);
        let color = pick(&places, "color", |s| s.color.clone());
        let word = color.value.as_deref().unwrap_or("auto");
        let Ok(paint) = Color::from_str(word, true) else {
            let near = crate::text::nearest(word, COLORS).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            bail!("`color` is `{word}`, and may be auto, always or never{near}\nhint: {}", color.from);
        };
        note("color", word.into(), &color.from);
        let encoder = pick(&places, "encoder", |s| s.encoder.clone());
        note("encoder", path(&encoder.value, "none"), &encoder.from);
        let keeps = pick(&places, "cache", |s| s.cache);
        let folder = dirs.as_ref().map(|d| d.cache_dir()).filter(|_| keeps.value.unwrap_or(true));
        note("cache", path(&folder, "none"), &keeps.from);
        let mut aliases: BTreeMap<String, String> = BTreeMap::new();
        for place in &places {
            for (said, meant) in &place.said.aliases {
                note(&format!("aliases.\"{said}\""), meant.clone(), &(place.cite)("aliases"));
                aliases.insert(said.clone(), meant.clone());
            }
        }
        Ok(Config {
            knowledge,
            embedded,
            named: project.value.is_some() || compose_file.value.is_some(),
            project: project.value.unwrap_or(here),
            compose_file: compose_file.value,
            color: paint,
            dry_run: global.dry_run,
            shell: shell.value.unwrap_or(false),
            timeout: Duration::from_secs(seconds),
            quiet: global.quiet,
            verbose: global.verbose,
            aliases: aliases.into_iter().collect(),
            encoder: encoder.value,
            state: dirs.as_ref().and_then(|d| d.state_dir()),
            cache: folder,
            origins,
        })
    }
}

/// All places that say something, the last one wins: configuration files, the environment, flags.
fn places(
    global: &Global,
    env: &dyn Fn(&str) -> Option<String>,
    dirs: Option<&Xdg>,
    here: &Path,
) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    match global.config.clone().or_else(|| env("UNSTUCK_CONFIG").map(PathBuf::from)) {
        Some(path) => places.push(file(&path)?),
        None => {
            let usual = [dirs.map(|d| d.config_dir().join("unstuck.toml")), Some(here.join("unstuck.toml"))];
            for path in usual.into_iter().flatten().filter(|p| p.is_file()) {
                places.push(file(&path)?);
            }
        }
    }
    places.push(environment(env)?);
    places.push(flags(global));
    Ok(places)
}

/// The value of a key where a place has one, and where it came from.
struct Picked<T> {
    value: Option<T>,
    /// `unstuck.toml:2`, `--color`, `default`.
    from: String,
}

/// What the last place that has a value for `key` says.
fn pick<T>(places: &[Place], key: &str, get: impl Fn(&Said) -> Option<T>) -> Picked<T> {
    let found = places.iter().rev().find_map(|p| get(&p.said).map(|value| (value, (p.cite)(key))));
    let (value, from) = found.map_or((None, "default".into()), |(value, from)| (Some(value), from));
    Picked { value, from }
}

/// A configuration file; its relative paths start from its folder.
fn file(path: &Path) -> Result<Place> {
    let shown = path.strip_prefix(".").unwrap_or(path).display().to_string();
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the configuration `{}`", path.display()))?;
    let mut said: Said = toml::from_str(&text).map_err(|error| anyhow::anyhow!(trouble(&shown, &text, &error)))?;
    let base = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = |path: &mut PathBuf| {
        if path.is_relative() {
            let whole = base.join(&*path);
            *path = whole.strip_prefix(".").map(Path::to_owned).unwrap_or(whole);
        }
    };
    said.knowledge.iter_mut().for_each(place);
    said.encoder.iter_mut().for_each(place);
    said.project.iter_mut().for_each(place);
    said.compose_file.iter_mut().for_each(place);
    let cite = move |key: &str| {
        let sets = |line: &str| line.trim_start().strip_prefix(key).is_some_and(|r| r.trim_start().starts_with('='));
        let line = text.lines().position(|l| sets(l) || l.trim() == format!("[{key}]"));
        line.map_or_else(|| shown.clone(), |n| format!("{shown}:{}", n + 1))
    };
    Ok(Place { said, cite: Box::new(cite) })
}

fn environment(env: &dyn Fn(&str) -> Option<String>) -> Result<Place> {
    let value = |key: &str| env(&variable(key)).filter(|v| !v.is_empty());
    let yes = |key: &str| -> Result<Option<bool>> {
        match value(key).map(|v| v.to_lowercase()).as_deref() {
            None => Ok(None),
            Some("1" | "true" | "yes" | "on") => Ok(Some(true)),
            Some("0" | "false" | "no" | "off") => Ok(Some(false)),
            Some(other) => bail!("`{}` is `{other}`, and may be true or false", variable(key)),
        }
    };
    let timeout = match value("timeout") {
        None => None,
        Some(text) => match text.trim_end_matches('s').parse() {
            Ok(seconds) => Some(seconds),
            Err(_) => bail!("`{}` is `{text}`, and may be a whole number of seconds", variable("timeout")),
        },
    };
    let said = Said {
        knowledge: value("knowledge")
            .map(|list| std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()).collect())
            .unwrap_or_default(),
        only_knowledge: yes("only_knowledge")?,
        project: value("project").map(PathBuf::from),
        compose_file: value("compose_file").map(PathBuf::from),
        timeout,
        shell: yes("shell")?,
        color: value("color"),
        encoder: value("encoder").map(PathBuf::from),
        cache: yes("cache")?,
        aliases: BTreeMap::new(),
    };
    Ok(Place { said, cite: Box::new(variable) })
}

/// The environment's name of a key.
fn variable(key: &str) -> String {
    format!("UNSTUCK_{}", key.to_uppercase())
}

fn flags(global: &Global) -> Place {
    let said = Said {
        knowledge: global.knowledge.clone(),
        only_knowledge: global.only_knowledge.then_some(true),
        project: global.project.clone(),
        compose_file: global.compose_file.clone(),
        timeout: global.timeout,
        shell: global.shell.then_some(true),
        color: global.color.map(|c| format!("{c:?}").to_lowercase()),
        encoder: global.encoder.clone(),
        cache: global.no_cache.then_some(false),
        aliases: BTreeMap::new(),
    };
    let cite = |key: &str| match key {
        "cache" => "--no-cache".to_owned(),
        _ => format!("--{}", key.replace('_', "-")),
    };
    Place { said, cite: Box::new(cite) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    fn origin<'a>(config: &'a Config, key: &str) -> (&'a str, &'a str) {
        let found = config.origins.iter().rfind(|o| o.key == key).unwrap();
        (&found.value, &found.from)
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("books")).unwrap();
        let path = dir.path().join("unstuck.toml");
        std::fs::write(
            &path,
            "knowledge = [\"books\"]\n\ntimeout = 20\nshell = true\n[aliases]\n\"the eye\" = \"camera\"\n",
        )
        .unwrap();
        let mut global = Global { config: Some(path.clone()), ..Global::default() };
        let config = Config::from(&global, &none).unwrap();
        let cited = |line: usize| format!("{}:{line}", path.display());
        assert_eq!(origin(&config, "timeout"), ("20", cited(3).as_str()));
        assert_eq!(
            origin(&config, "knowledge"),
            (dir.path().join("books").display().to_string().as_str(), cited(1).as_str())
        );
        assert_eq!(origin(&config, "aliases.\"the eye\""), ("camera", cited(5).as_str()));
        assert_eq!(origin(&config, "color"), ("auto", "default"));
        let env = |name: &str| (name == "UNSTUCK_TIMEOUT").then(|| "30".to_owned());
        assert_eq!(origin(&Config::from(&global, &env).unwrap(), "timeout"), ("30", "UNSTUCK_TIMEOUT"));
        global.timeout = Some(40);
        let config = Config::from(&global, &env).unwrap();
        assert_eq!((origin(&config, "timeout"), config.timeout.as_secs()), (("40", "--timeout"), 40));
        global.no_cache = true;
        let config = Config::from(&global, &env).unwrap();
        assert_eq!((origin(&config, "cache"), config.cache.is_none()), (("none", "--no-cache"), true));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_the_right_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("unstuck.toml");
        let global = Global { config: Some(path.clone()), ..Global::default() };
        for (text, part) in [
            ("knowlege = []\n", ":1: unknown key `knowlege`; did you mean `knowledge`?"),
            ("\ntimeout = \"soon\"\n", ":2: the wrong type: string \"soon\", expected a whole number"),
            ("timeout = 0\n", "`timeout` is 0, and may be 1 to 3600 seconds"),
            ("color = \"allways\"\n", "did you mean `always`?"),
            ("knowledge = [\"gone\"]\n", "does not exist"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Config::from(&global, &none).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        std::fs::write(&path, "").unwrap();
        let env = |name: &str| (name == "UNSTUCK_SHELL").then(|| "perhaps".to_owned());
        let error = Config::from(&global, &env).unwrap_err().to_string();
        assert!(error.contains("`UNSTUCK_SHELL` is `perhaps`, and may be true or false"), "{error}");
    }
}
