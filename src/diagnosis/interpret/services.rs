//! What systemd and the clock's services print about themselves.
//! It never takes a service that starts or stops just now for either.

use super::Said;
use super::tools::{line, problem};
use crate::diagnosis::Finding;
use crate::diagnosis::Kind;
use crate::text::shorten;

pub(super) fn systemctl(words: &[&str], output: &str) -> Option<Said> {
    let named = words.iter().skip(1).find(|w| !w.starts_with('-') && !is_verb(w));
    let unit = named.copied().unwrap_or("a service");
    let first = output.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default();
    let said = |kind: Kind, summary: &str, text: String| Some(Said::problem(summary, Finding::new(kind, unit, text)));
    let missing = ["could not be found", "No such file or directory", "not-found"].iter().any(|s| output.contains(s));
    if missing && named.is_some() {
        return said(Kind::UnitMissing, "there is no such unit", format!("There is no unit {unit}."));
    }
    if words.contains(&"is-active") {
        return match first {
            "active" => Some(Said::ok("active")),
            "failed" => said(Kind::UnitFailed, "failed", format!("The service {unit} has failed.")),
            "inactive" => said(Kind::UnitInactive, "inactive", format!("The service {unit} does not run.")),
            _ => None,
        };
    }
    if words.contains(&"is-enabled") {
        return match first {
            "enabled" | "enabled-runtime" | "static" | "alias" | "indirect" | "generated" => Some(Said::ok(first)),
            "disabled" => said(
                Kind::UnitDisabled,
                "disabled",
                format!("The service {unit} is not started when the machine starts."),
            ),
            "masked" => {
                said(Kind::UnitDisabled, "masked", format!("The service {unit} is masked: nothing may start it."))
            }
            _ => None,
        };
    }
    if words.contains(&"show") {
        let is = |field: &str| output.lines().any(|l| l.trim() == field);
        return match () {
            () if is("LoadState=masked") => {
                said(Kind::UnitDisabled, "masked", format!("The unit {unit} is masked: nothing may start it."))
            }
            () if is("NeedDaemonReload=yes") => said(
                Kind::UnitChanged,
                "its file was changed and not read again",
                format!("The unit file of {unit} was changed, and systemd has not read it again."),
            ),
            () if is("Result=start-limit-hit") => said(
                Kind::StartLimit,
                "started too often",
                format!("{unit} was started too often and is not tried again."),
            ),
            () if is("Result=oom-kill") => {
                said(Kind::KernelOomKill, "killed for memory", format!("The kernel killed {unit} for memory."))
            }
            () if ["exit-code", "signal", "core-dump", "timeout", "watchdog"]
                .iter()
                .any(|r| is(&format!("Result={r}"))) =>
            {
                said(Kind::UnitFailed, "it failed", format!("The service {unit} has failed."))
            }
            () => None,
        };
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
            "failed" => said(Kind::UnitFailed, "failed", format!("The service {unit} has failed.")),
            "inactive" => said(Kind::UnitInactive, "inactive", format!("The service {unit} does not run.")),
            _ => None,
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
            Some(first) => Some(Said::problem(
                shorten(&failed.join(", "), 100),
                Finding::new(Kind::UnitFailed, *first, format!("The unit {first} has failed.")),
            )),
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
        (_, "inactive" | "no") => problem(
            Kind::ClockUnserved,
            "the clock",
            "not synchronised, and no time service runs",
            "Nothing keeps the clock of this machine right: no time service runs.",
        ),
        _ => problem(
            Kind::ClockUnsynchronised,
            "the clock",
            "the clock is not synchronised",
            "The clock of this machine is not synchronised.",
        ),
    })
}

pub(super) fn chronyc(output: &str) -> Option<Said> {
    if output.contains("506 Cannot talk to daemon") {
        return Some(problem(
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
    Some(problem(
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
