//! `unstuck config` and `unstuck runbooks sources`: every value with where it came from, every source with what it shadows.
//! It never changes a configuration.

use anyhow::Result;

use super::checkout::checkout;
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
pub fn shelves(config: &Config, json: bool, runtime: &tokio::runtime::Runtime) -> Result<Exit> {
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
        let found = stock.folder.as_deref().and_then(|folder| Some((folder, checkout(folder, runtime)?)));
        let git = found.as_ref().map(|(_, c)| c.told());
        let update = found.as_ref().map(|(folder, c)| c.update(folder));
        shapes.push(serde_json::json!({
            "order": nth + 1, "name": stock.name, "runbooks": stock.sources.len(), "git": git,
            "checkout": found.as_ref().map(|(_, c)| c), "update": update,
            "shadowed": hidden.iter().map(|(path, by)| serde_json::json!({"path": path, "by": by + 1})).collect::<Vec<_>>(),
        }));
        let git = git.map(|g| format!("  {g}")).unwrap_or_default();
        page.push_str(&format!("{}  {}  {}{git}\n", nth + 1, stock.name, count(stock.sources.len(), "runbook")));
        if stock.sources.is_empty() {
            page.push_str("     there is no Markdown in it\n");
        }
        page.extend(update.map(|u| format!("     {u}\n")));
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
