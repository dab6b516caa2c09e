//! What systemd and the clock's services print about themselves.
//! It never takes a service that starts or stops just now for either.

use super::Said;
use super::tools::line;
use crate::diagnosis::Kind;
use crate::text::shorten;

/// What a word or a line of systemd's proves of a unit: the words, the kind, the summary, and the sentence with `{}` for the unit.
type Sign = (&'static [&'static str], Kind, &'static str, &'static str);

/// States, as `is-active` prints them and `status` shows them.
const STATES: &[Sign] = &[
    (&["failed"], Kind::UnitFailed, "failed", "The service {} has failed."),
    (&["inactive"], Kind::UnitInactive, "inactive", "The service {} does not run."),
];

/// What `is-enabled` prints.
const NOT_ENABLED: &[Sign] = &[
    (&["disabled"], Kind::UnitDisabled, "disabled", "The service {} is not started when the machine starts."),
    (&["masked"], Kind::UnitDisabled, "masked", "The service {} is masked: nothing may start it."),
];

/// Lines that `show` prints, the most telling first.
const PROPERTIES: &[Sign] = &[
    (&["LoadState=masked"], Kind::UnitDisabled, "masked", "The unit {} is masked: nothing may start it."),
    (
        &["NeedDaemonReload=yes"],
        Kind::UnitChanged,
        "its file was changed and not read again",
        "The unit file of {} was changed, and systemd has not read it again.",
    ),
    (
        &["Result=start-limit-hit"],
        Kind::StartLimit,
        "started too often",
        "{} was started too often and is not tried again.",
    ),
    (&["Result=oom-kill"], Kind::KernelOomKill, "killed for memory", "The kernel killed {} for memory."),
    (
        &["Result=exit-code", "Result=signal", "Result=core-dump", "Result=timeout", "Result=watchdog"],
        Kind::UnitFailed,
        "it failed",
        "The service {} has failed.",
    ),
];

pub(super) fn systemctl(words: &[&str], output: &str) -> Option<Said> {
    let named = words.iter().skip(1).find(|w| !w.starts_with('-') && !is_verb(w));
    let unit = named.copied().unwrap_or("a service");
    let sign_of = |signs: &[Sign], seen: &dyn Fn(&str) -> bool| {
        let (_, kind, summary, text) = signs.iter().find(|(words, ..)| words.iter().any(|w| seen(w)))?;
        Some(Said::found(*kind, unit, *summary, text.replace("{}", unit)))
    };
    let missing = ["could not be found", "No such file or directory", "not-found"].iter().any(|s| output.contains(s));
    if missing && named.is_some() {
        return Some(Said::found(
            Kind::UnitMissing,
            unit,
            "there is no such unit",
            format!("There is no unit {unit}."),
        ));
    }
    let first = output.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default();
    if words.contains(&"is-active") {
        return if first == "active" { Some(Said::ok("active")) } else { sign_of(STATES, &|word| word == first) };
    }
    if words.contains(&"is-enabled") {
        return match first {
            "enabled" | "enabled-runtime" | "static" | "alias" | "indirect" | "generated" => Some(Said::ok(first)),
            _ => sign_of(NOT_ENABLED, &|word| word == first),
        };
    }
    if words.contains(&"show") {
        return sign_of(PROPERTIES, &|property| output.lines().any(|l| l.trim() == property));
    }
    if words.contains(&"status") && named.is_some() {
        if let Some(told) = super::logs::telling(&output.lines().map(str::to_owned).collect::<Vec<_>>())
            && matches!(told.kind, Kind::StartLimit | Kind::UnitCannotRun | Kind::KernelOomKill)
        {
            let found = told.finding(unit);
            return Some(Said::problem(shorten(&told.line, 80), found));
        }
        let active = line(output, "Active: ")?;
        return match active.split_whitespace().nth(1)? {
            "active" => Some(Said::ok(shorten(active, 80))),
            state => sign_of(STATES, &|word| word == state),
        };
    }
    if words.contains(&"--failed") {
        let failed: Vec<&str> = output
            .lines()
            .map(|l| l.trim_start_matches(['●', '*', ' ']))
            .filter(|l| l.split_whitespace().nth(2) == Some("failed"))
            .filter_map(|l| l.split_whitespace().next())
            .collect();
        return match failed.first() {
            Some(first) => {
                let text = format!("The unit {first} has failed.");
                Some(Said::found(Kind::UnitFailed, *first, shorten(&failed.join(", "), 100), text))
            }
            None if output.contains("0 loaded units") => Some(Said::ok("none has failed")),
            None => None,
        };
    }
    None
}

fn is_verb(word: &str) -> bool {
    matches!(word, "is-active" | "is-enabled" | "show" | "status" | "list-units" | "list-timers" | "cat" | "systemctl")
}

pub(super) fn timedatectl(output: &str) -> Option<Said> {
    let value = |key: &str| line(output, key).and_then(|l| l.split_once(": ")).map(|(_, v)| v.trim());
    let in_step = value("System clock synchronized").or_else(|| value("NTP synchronized"))?;
    let service = value("NTP service").or_else(|| value("Network time on")).unwrap_or("unknown");
    Some(match (in_step, service) {
        ("yes", _) => Said::ok(format!("synchronised, time service {service}")),
        (_, "inactive" | "no") => Said::found(
            Kind::ClockUnserved,
            "the clock",
            "not synchronised, and no time service runs",
            "Nothing keeps the clock of this machine right: no time service runs.",
        ),
        _ => Said::found(
            Kind::ClockUnsynchronised,
            "the clock",
            "the clock is not synchronised",
            "The clock of this machine is not synchronised.",
        ),
    })
}

pub(super) fn chronyc(output: &str) -> Option<Said> {
    if output.contains("506 Cannot talk to daemon") {
        return Some(Said::found(
            Kind::ClockUnserved,
            "the clock",
            "chronyd does not run",
            "Nothing keeps the clock of this machine right: chronyd does not run.",
        ));
    }
    let sources: Vec<&str> =
        output.lines().filter(|l| l.starts_with(['^', '=', '#']) && !l.starts_with("==")).collect();
    if sources.is_empty() {
        return None;
    }
    if let Some(chosen) = sources.iter().find(|l| l.chars().nth(1) == Some('*')) {
        return Some(Said::ok(format!("follows {}", shorten(chosen.get(2..).unwrap_or("").trim(), 60))));
    }
    Some(Said::found(
        Kind::ClockUnsynchronised,
        "the clock",
        "no server is followed",
        "No time server is followed, so the clock is not synchronised.",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tools::tests::told;

    #[test]
    fn services_and_clocks() {
        for (command, output, name) in [
            ("systemctl is-active docker", "active\n", "ok"),
            ("systemctl is-active app", "failed\n", "unit.failed"),
            ("systemctl is-active app", "inactive\n", "unit.inactive"),
            ("systemctl is-active app", "activating\n", "unknown"),
            ("systemctl is-enabled app", "disabled\n", "unit.disabled"),
            ("systemctl is-enabled man-db.timer", "masked\n", "unit.disabled"),
            (
                "systemctl is-enabled app",
                "Failed to get unit file state for app.service: No such file or directory",
                "unit.missing",
            ),
            ("systemctl status app --no-pager", "Unit app.service could not be found.", "unit.missing"),
            (
                "systemctl status app --no-pager",
                "× app.service - app\n     Active: failed (Result: exit-code) since Fri\n   Main PID: 163 (code=exited, status=203/EXEC)",
                "unit.cannot_run",
            ),
            ("systemctl status app --no-pager", "○ app.service - app\n     Active: inactive (dead)", "unit.inactive"),
            ("systemctl status app --no-pager", "● app.service - app\n     Active: active (running) since Fri", "ok"),
            (
                "systemctl --failed --no-pager",
                "  UNIT        LOAD   ACTIVE SUB    DESCRIPTION\n● app.service loaded failed failed app\n\n1 loaded units listed.",
                "unit.failed",
            ),
            ("systemctl --failed --no-pager", "  UNIT LOAD ACTIVE SUB DESCRIPTION\n0 loaded units listed.", "ok"),
            ("systemctl show app -p NeedDaemonReload", "NeedDaemonReload=yes\nLoadState=loaded", "unit.changed"),
            ("systemctl show app -p Result", "NRestarts=5\nResult=start-limit-hit", "unit.start_limit"),
            ("systemctl show app -p Result", "NRestarts=0\nResult=success", "unknown"),
            ("timedatectl", "System clock synchronized: no\n              NTP service: inactive", "clock.no_service"),
            ("timedatectl", "System clock synchronized: no\n              NTP service: active", "clock.unsynchronised"),
            ("timedatectl", "System clock synchronized: yes\n              NTP service: active", "ok"),
            ("chronyc -n sources", "506 Cannot talk to daemon", "clock.no_service"),
            (
                "chronyc -n sources",
                "MS Name/IP address         Stratum Poll Reach LastRx Last sample\n====\n^? 192.0.2.1  0   6     0     -     +0ns[   +0ns] +/-    0ns",
                "clock.unsynchronised",
            ),
            ("chronyc -n sources", "====\n^- 192.0.2.1  2 6 377 1\n^* 192.0.2.2  2 6 377 1", "ok"),
        ] {
            assert_eq!(told(command, output), name, "{command}: {output}");
        }
    }
}
