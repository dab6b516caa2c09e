//! `unstuck config` and `unstuck runbooks sources`: every value with where it came from, every source with what it shadows.
//! It never changes a configuration.

use std::path::Path;

use anyhow::Result;

use super::config::Config;
use super::exit::Exit;
use super::sources;
use crate::text::{bytes, clean, count};

/// Every value of the configuration, and where it came from.
///
/// # Errors
/// When the JSON cannot be made.
pub fn config(config: &Config, json: bool) -> Result<Exit> {
    let page = if json {
        let rows: Vec<_> = config
            .origins
            .iter()
            .map(|o| {
                let mut row = serde_json::json!({"key": o.key, "value": o.value, "from": o.from});
                if let (Some(cache), Some(row)) =
                    (config.cache.as_deref().filter(|_| o.key == "cache"), row.as_object_mut())
                {
                    row.insert("bytes".into(), crate::cache::size(cache).into());
                }
                row
            })
            .collect();
        format!("{}\n", serde_json::to_string(&rows)?)
    } else {
        let wide = config.origins.iter().map(|o| o.key.chars().count()).max().unwrap_or(0);
        let value = config.origins.iter().map(|o| o.value.chars().count()).max().unwrap_or(0).min(50);
        let line = |o: &super::config::Origin| {
            let held = config.cache.as_deref().filter(|_| o.key == "cache").map(crate::cache::size);
            let held = held.filter(|size| *size > 0).map(|size| format!("  ({})", bytes(size))).unwrap_or_default();
            format!("{:<wide$}  {:<value$}  {}{held}\n", o.key, o.value, o.from)
        };
        config.origins.iter().map(line).collect()
    };
    crate::term::out(&clean(&page));
    Ok(Exit::Done)
}

/// Every source of runbooks in its order, with what it holds and what it shadows.
///
/// # Errors
/// When the JSON cannot be made.
pub fn shelves(config: &Config, json: bool) -> Result<Exit> {
    let (stocks, troubles) = sources::stocks(config);
    for trouble in &troubles {
        crate::term::say(&format!("warning: {}\n", clean(trouble)));
    }
    let shadowed = |nth: usize, path: &str| {
        stocks.iter().enumerate().skip(nth + 1).rfind(|(_, s)| s.sources.iter().any(|x| x.path == path)).map(|(i, _)| i)
    };
    let mut shapes = Vec::new();
    let mut page = String::new();
    for (nth, stock) in stocks.iter().enumerate() {
        let hidden: Vec<(String, usize)> =
            stock.sources.iter().filter_map(|s| Some((s.path.clone(), shadowed(nth, &s.path)?))).collect();
        let git = stock.folder.as_deref().and_then(checkout);
        shapes.push(serde_json::json!({
            "order": nth + 1, "name": stock.name, "runbooks": stock.sources.len(), "git": git,
            "shadowed": hidden.iter().map(|(path, by)| serde_json::json!({"path": path, "by": by + 1})).collect::<Vec<_>>(),
        }));
        let git = git.map(|g| format!("  git {g}")).unwrap_or_default();
        page.push_str(&format!("{}  {}  {}{git}\n", nth + 1, stock.name, count(stock.sources.len(), "runbook")));
        for (path, by) in hidden {
            page.push_str(&format!("     {path} is shadowed by {}\n", by + 1));
        }
    }
    if json {
        page = format!("{}\n", serde_json::to_string(&shapes)?);
    } else {
        page.push_str("A later source wins over an earlier one.\n");
    }
    crate::term::out(&clean(&page));
    Ok(Exit::Done)
}

/// Branch and commit of the checkout that a folder lies in, read from git's own files.
fn checkout(folder: &Path) -> Option<String> {
    let folder = std::fs::canonicalize(folder).ok()?;
    let git = folder.ancestors().map(|a| a.join(".git")).find(|g| g.exists())?;
    let git = if git.is_file() {
        // A worktree names its folder.
        let text = std::fs::read_to_string(&git).ok()?;
        git.parent()?.join(text.trim().strip_prefix("gitdir: ")?)
    } else {
        git
    };
    let head = std::fs::read_to_string(git.join("HEAD")).ok()?;
    let short = |hash: &str| hash.trim().chars().take(9).collect::<String>();
    let Some(name) = head.trim().strip_prefix("ref: ") else { return Some(short(&head)) };
    let common =
        std::fs::read_to_string(git.join("commondir")).map(|c| git.join(c.trim())).unwrap_or_else(|_| git.clone());
    let loose = std::fs::read_to_string(common.join(name)).ok().map(|hash| short(&hash));
    let packed = || {
        let refs = std::fs::read_to_string(common.join("packed-refs")).ok()?;
        refs.lines().find_map(|l| l.strip_suffix(name).map(short))
    };
    let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
    Some(match loose.or_else(packed) {
        Some(hash) => format!("{branch} {hash}"),
        None => branch.to_owned(),
    })
}
