//! Complaints that name no part: for them what is seen of the system says more than any word.
//! It never judges an error or a log.

use super::words::{is_everyday, is_no, is_stop, split, stem};
use crate::query::{Kind, Query};

/// Whether a question complains without naming a part: "it is all broken", "nothing works, nobody knows why".
pub fn names_no_part(query: &Query) -> bool {
    /// Words that mean the whole of it; beside one of them a page or a service is no part.
    const WHOLE: &[&str] = &[
        "all",
        "everything",
        "nothing",
        "whole",
        "entire",
        "anything",
        "completely",
        "totally",
        "nobody",
        "everyone",
        "everywhere",
        "any",
        "neither",
        "every",
        "entirely",
    ];
    const GENERAL: &[&str] = &[
        "page",
        "site",
        "website",
        "web",
        "api",
        "app",
        "application",
        "ui",
        "interface",
        "service",
        "container",
        "frontend",
        "backend",
        "login",
        "dashboard",
        "screen",
        "server",
        "program",
        "process",
    ];
    const COMPLAINT: &[&str] = &[
        "broken",
        "broke",
        "break",
        "down",
        "dead",
        "die",
        "died",
        "crash",
        "crashed",
        "fail",
        "failed",
        "failing",
        "failure",
        "stopped",
        "stop",
        "error",
        "problem",
        "system",
        "machine",
        "box",
        "stack",
        "thing",
        "stuff",
        "offline",
        "unusable",
        "useless",
        "fire",
        "mess",
        "bug",
        "bugged",
        "emergency",
        "urgent",
        "repair",
        "outage",
        "unavailable",
        "respond",
        "responding",
        "response",
        "answer",
        "answering",
        "idea",
        "clue",
        "business",
        "platform",
        "setup",
        "installation",
        "environment",
        "production",
        "prod",
        "deployment",
        "kaput",
        "bust",
        "busted",
        "gone",
        "black",
        "red",
        "green",
        "alive",
        "run",
        "running",
        "operator",
        "colleague",
        "boss",
        "customer",
        "user",
        "phone",
        "ring",
        "complain",
        "complaining",
        "reason",
        "explain",
        "shift",
        "night",
        "morning",
        "overnight",
        "reboot",
        "rebooted",
        "up",
        "on",
        "off",
    ];
    if query.kind != Kind::Words {
        return false;
    }
    let words = split(&query.raw);
    let within = |list: &[&str], word: &str| list.contains(&word) || list.iter().any(|w| stem(w) == stem(word));
    let whole = words.iter().any(|w| within(WHOLE, w));
    let says_nothing = |w: &String| {
        is_stop(w)
            || is_no(w)
            || is_everyday(&stem(w))
            || within(COMPLAINT, w)
            || within(WHOLE, w)
            || whole && within(GENERAL, w)
    };
    !words.is_empty() && words.iter().all(says_nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::understand;

    #[test]
    fn complaints_without_a_part_are_known() {
        for text in [
            "it is all broken",
            "nothing works, nobody knows why",
            "whole thing is off, neither page nor api, nobody knows why",
            "everything is down, help",
            "the system is dead since this morning",
        ] {
            assert!(names_no_part(&understand(text)), "{text}");
        }
        for text in ["redis is down", "the camera pictures are gone", "all uploads fail", "page is slow", "CORS error"]
        {
            assert!(!names_no_part(&understand(text)), "{text}");
        }
    }
}
