//! What containers use: memory near its limit, and a processor limit that holds one back.
//! It never calls a busy container a problem by itself.

use crate::diagnosis::Kind;
use crate::diagnosis::interpret::Said;
use crate::probe::ContainerStats;
use crate::text::{bytes, count};

/// From this share of its periods on, a container's processor limit is what makes it slow.
const HELD_BACK: f64 = 0.5;

pub(in crate::diagnosis::interpret) fn stats(seen: &[ContainerStats]) -> Said {
    let name = |s: &ContainerStats| s.service.clone().unwrap_or_else(|| s.name.clone());
    let full = seen.iter().find(|s| s.memory_limit.is_some_and(|l| l > 0 && s.memory_used as f64 >= 0.95 * l as f64));
    if let Some(s) = full {
        let (used, limit) = (bytes(s.memory_used), bytes(s.memory_limit.unwrap_or(0)));
        let (name, summary) = (name(s), format!("{} uses {used} of its {limit}", name(s)));
        let text = format!("{name} is near its memory limit ({used} of {limit}).");
        return Said::found(Kind::MemoryLow, name, summary, text);
    }
    if let Some(s) = seen.iter().filter(|s| s.throttled >= HELD_BACK).max_by(|a, b| a.throttled.total_cmp(&b.throttled))
    {
        let (name, used, share) = (name(s), s.cpu_percent, 100.0 * s.throttled);
        let summary = format!("{name} is held back by its processor limit, at {used:.0} % of a processor");
        let text = format!(
            "{name} wants more than its processor limit allows: it was held back {share:.0} % of the time, at {used:.0} % of a processor."
        );
        return Said::found(Kind::Throttled, name, summary, text);
    }
    match seen.iter().max_by(|a, b| a.cpu_percent.total_cmp(&b.cpu_percent)) {
        Some(busy) if busy.cpu_percent >= 1.0 => Said::ok(format!(
            "{}, none near its memory limit; busiest: {} at {:.0} % of a processor",
            count(seen.len(), "container"),
            name(busy),
            busy.cpu_percent
        )),
        _ => Said::ok(format!("{}, none near its memory limit", count(seen.len(), "container"))),
    }
}
