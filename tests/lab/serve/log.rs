//! Log lines as the system writes them; the level is `LOG_LEVEL`, `WARNING` unless it is set.
//! It never buffers: what was logged before a crash is in the container's log.

use std::io::Write;

use time::OffsetDateTime;
use time::macros::format_description;

fn rank(level: &str) -> u8 {
    match level {
        "DEBUG" => 0,
        "INFO" => 1,
        "WARNING" => 2,
        _ => 3,
    }
}

fn write(level: &str, module: &str, text: &str) {
    let wanted = std::env::var("LOG_LEVEL").unwrap_or_else(|_| "WARNING".into());
    if rank(level) < rank(&wanted) {
        return;
    }
    let at = OffsetDateTime::now_utc()
        .format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second],[subsecond digits:3]"))
        .unwrap_or_default();
    let _ = writeln!(std::io::stdout(), "{at} - backend.{module} - {level} - {text}");
}

pub fn info(module: &str, text: &str) {
    write("INFO", module, text);
}

pub fn warning(module: &str, text: &str) {
    write("WARNING", module, text);
}

pub fn error(module: &str, text: &str) {
    write("ERROR", module, text);
}

/// A line that no level filters: what an entry script prints.
pub fn plain(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
