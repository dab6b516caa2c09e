//! `unstuck history` and `unstuck report`: what was done, as text or as a page to hand over.
//! It never changes the record.

use anyhow::Result;

use super::cli::Format;
use super::config::Config;
use super::exit::Exit;
use crate::journal;

/// The earlier sessions, newest first.
///
/// # Errors
/// Never for an unreadable session: that one is left out.
pub fn history(config: &Config, json: bool) -> Result<Exit> {
    if json {
        let sessions = journal::list(config.state.as_deref());
        crate::term::out(&format!("{}\n", serde_json::to_string(&sessions)?));
    } else {
        crate::term::out(&history_page(config));
    }
    Ok(Exit::Done)
}

/// The earlier sessions as text.
pub fn history_page(config: &Config) -> String {
    let all = journal::list(config.state.as_deref());
    // A session in which nothing was said is nothing to look up.
    let told: Vec<_> = all.into_iter().filter(|s| s.question.is_some() || s.section.is_some()).collect();
    journal::report::history(&told)
}

/// One session as a page.
///
/// # Errors
/// When there is no such session.
pub fn report(config: &Config, id: &str, format: Format) -> Result<Exit> {
    crate::term::out(&report_text(config, id, format)?);
    Ok(Exit::Done)
}

/// One session as text of a format.
///
/// # Errors
/// When there is no such session.
pub fn report_text(config: &Config, id: &str, format: Format) -> Result<String> {
    let session = journal::read(config.state.as_deref(), id)?;
    Ok(match format {
        Format::Md => journal::report::markdown(&session, false),
        Format::Html => journal::page::html(&session),
        Format::Json => journal::report::json(&session),
    })
}

/// One session as a page for the conversation `running`, which may ask for itself.
///
/// # Errors
/// When there is no such session.
pub fn report_here(config: &Config, id: &str, running: &str) -> Result<String> {
    // The session that asks has the last word of what `last` is.
    let wanted = if id == "last" && !running.is_empty() { running } else { id };
    let session = journal::read(config.state.as_deref(), wanted)?;
    let own = session.first().is_some_and(|l| l.session == running);
    Ok(journal::report::markdown(&session, own))
}
