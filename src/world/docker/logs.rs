//! Logs of containers: the end of one, or of all that a name stands for.
//! It never follows a log.

use std::time::{SystemTime, UNIX_EPOCH};

use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;

use super::Answer;
use super::containers::names;
use crate::probe::{Grep, Logs, Reading};
use crate::world::site::Site;
use crate::world::{kernel, unavailable};

/// The last lines of one container's log.
pub(super) async fn tail(
    engine: &bollard::Docker,
    name: &str,
    lines: usize,
    since_s: Option<u64>,
) -> Result<Vec<String>, bollard::errors::Error> {
    let mut options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&lines.to_string());
    if let Some(since) = since_s {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        options = options.since(i32::try_from(now.saturating_sub(since)).unwrap_or(0));
    }
    let mut stream = engine.logs(name, Some(options.build()));
    let mut text = String::new();
    while let Some(part) = stream.next().await {
        text.push_str(&String::from_utf8_lossy(&part?.into_bytes()));
    }
    Ok(text.lines().map(str::to_owned).collect())
}

/// The logs a question names, searched where it searches.
pub(super) async fn logs(
    engine: &bollard::Docker,
    site: &Site,
    target: Option<&str>,
    compose: bool,
    tail_lines: usize,
    since_s: Option<u64>,
    grep: Option<&Grep>,
) -> Answer {
    let wanted = names(engine, site, target, compose).await?;
    if wanted.is_empty() {
        return Ok(unavailable(
            target.unwrap_or("container"),
            "it has no container, so there is no log",
            "`docker compose ps -a` shows what there is",
        ));
    }
    let mut lines = Vec::new();
    let several = wanted.len() > 1;
    for (name, _) in &wanted {
        let own = tail(engine, name, tail_lines, since_s).await?;
        lines.extend(own.into_iter().map(|l| if several { format!("{name}  | {l}") } else { l }));
    }
    if let Some(grep) = grep {
        lines.retain(|l| kernel::matches(grep, l) != grep.invert);
    }
    let searched = grep.map(|g| g.pattern.clone());
    Ok(Reading::Logs(Logs { target: target.map(str::to_owned), lines, searched, ..Logs::default() }))
}
