//! Flags, environment and file made into one configuration.
//! It never starts anything, and an unknown key in the file is an error with the nearest right name.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use etcetera::{AppStrategy, AppStrategyArgs, app_strategy::Xdg};
use serde::Deserialize;

use super::cli::Global;
use crate::search::Aliases;
use crate::term::Color;

/// What the program works with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folders of runbooks, later ones over earlier ones.
    pub knowledge: Vec<PathBuf>,
    /// Whether the embedded runbooks are used.
    pub embedded: bool,
    pub project: PathBuf,
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
    /// Where what can be made again is kept.
    pub cache: Option<PathBuf>,
}

/// The file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    knowledge: Vec<PathBuf>,
    only_knowledge: Option<bool>,
    project: Option<PathBuf>,
    compose_file: Option<PathBuf>,
    /// Seconds.
    timeout: Option<u64>,
    shell: Option<bool>,
    encoder: Option<PathBuf>,
    #[serde(default)]
    aliases: std::collections::BTreeMap<String, String>,
}

impl Config {
    /// Flags over environment over the project's `unstuck.toml` over the one under XDG.
    ///
    /// # Errors
    /// A file that was named and cannot be read, or one that does not say what it may.
    pub fn load(global: &Global) -> Result<Config> {
        let project = global.project.clone().unwrap_or_else(|| PathBuf::from("."));
        let dirs = Xdg::new(AppStrategyArgs {
            top_level_domain: "org".into(),
            author: "unstuck".into(),
            app_name: "unstuck".into(),
        })
        .ok();
        let (file, base) = find_file(global, &project, dirs.as_ref())?;
        let relative = |path: PathBuf| if path.is_absolute() { path } else { base.join(path) };
        let encoder = global.encoder.clone().or_else(|| file.encoder.clone().map(&relative));
        let mut knowledge: Vec<PathBuf> = file.knowledge.into_iter().map(relative).collect();
        if let Some(list) = std::env::var_os("UNSTUCK_KNOWLEDGE") {
            knowledge.extend(std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()));
        }
        knowledge.extend(global.knowledge.iter().cloned());
        for dir in &knowledge {
            if !dir.exists() {
                anyhow::bail!("the runbook folder `{}` does not exist", dir.display());
            }
        }
        let seconds = global.timeout.or(file.timeout).unwrap_or(10).clamp(1, 3600);
        Ok(Config {
            knowledge,
            embedded: !(global.only_knowledge || file.only_knowledge.unwrap_or(false)),
            project: global.project.clone().or(file.project).unwrap_or(project),
            compose_file: global.compose_file.clone().or(file.compose_file),
            color: global.color,
            dry_run: global.dry_run,
            shell: global.shell || file.shell.unwrap_or(false),
            timeout: Duration::from_secs(seconds),
            quiet: global.quiet,
            verbose: global.verbose,
            aliases: file.aliases.into_iter().collect(),
            encoder,
            state: dirs.as_ref().and_then(|d| d.state_dir()),
            cache: dirs.map(|d| d.cache_dir()),
        })
    }
}

/// The configuration file that counts, and the folder its relative paths start from.
fn find_file(global: &Global, project: &Path, dirs: Option<&Xdg>) -> Result<(File, PathBuf)> {
    let named = global.config.clone();
    let usual = || [Some(project.join("unstuck.toml")), dirs.map(|d| d.config_dir().join("unstuck.toml"))];
    let path = match named {
        Some(path) => Some(path),
        None => usual().into_iter().flatten().find(|p| p.is_file()),
    };
    let Some(path) = path else { return Ok((File::default(), PathBuf::from("."))) };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the configuration `{}`", path.display()))?;
    let file = toml::from_str(&text).with_context(|| format!("the configuration `{}` is not right", path.display()))?;
    let base = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    Ok((file, base))
}
