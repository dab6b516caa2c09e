//! What a database in a container, the project's env file and certificates of published ports say of themselves.
//! It never calls a state wrong that may be meant so, unless somebody waits for it.

use super::{Said, logs};
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::{Certificate, InsideSetting, PostgresReading, RedisSettings, SettingsReading};
use crate::text::{count, duration_ms, shorten};

/// From this share of its connections on a database is as good as full.
const FULL: f64 = 0.97;

pub(super) fn postgres(seen: &PostgresReading) -> Said {
    let name = seen.service.as_str();
    if let Some(said) = &seen.failed {
        if said.starts_with("database ") && said.ends_with("does not exist") {
            let has = match seen.others.as_slice() {
                [] => "it has none of its own.".to_owned(),
                others => format!("it has {}.", others.join(", ")),
            };
            let text = format!("{name} has no database {}: {has}", seen.database);
            let finding = Finding::new(Kind::DatabaseMissing, name, text).with(seen.database.clone());
            return Said::problem(format!("no database {}", seen.database), finding).showing(said.clone());
        }
        let told = logs::telling(std::slice::from_ref(said)).filter(|t| t.kind == Kind::DatabaseConnections);
        if told.is_some() {
            return full(name).showing(said.clone());
        }
        let summary = format!("it does not let its own client in: {}", shorten(said, 100));
        // What was set inside it for just that database may be why.
        let own = |f: &Finding| f.text.contains(&format!("the database {}”", seen.database));
        let findings: Vec<Finding> = inside(seen).into_iter().map(|f| Finding { quiet: !own(&f), ..f }).collect();
        let status = if findings.iter().any(|f| !f.quiet) { Status::Problem } else { Status::Uncertain };
        return Said { findings, ..Said::new(status, summary) }.showing(said.clone());
    }
    let used = format!("{} of {} connections in use", seen.connections, seen.max_connections);
    let mut findings: Vec<Finding> = Vec::new();
    if seen.max_connections > 0 && seen.connections as f64 >= FULL * seen.max_connections as f64 {
        findings.extend(full(name).findings);
    }
    if seen.read_only {
        let text = format!("{name} refuses all writes: default_transaction_read_only is on.");
        findings.push(Finding::new(Kind::DatabaseReadOnly, name, text).with("default_transaction_read_only"));
    } else if seen.in_recovery {
        let text = format!("{name} takes no writes: it follows another server, or still reads its log.");
        findings.push(Finding::new(Kind::DatabaseReadOnly, name, text).quiet());
    }
    if let Some(by) = seen.blockers.first() {
        let since = duration_ms(by.for_s.saturating_mul(1000));
        let state = if by.state.is_empty() { "busy" } else { by.state.as_str() };
        let text = format!(
            "In {name}, {} for session {}, which is {state} for {since}: “{}”.",
            if by.waiting == 1 { "one session waits".into() } else { format!("{} wait", count_of(by.waiting)) },
            by.pid,
            shorten(&by.query, 60)
        );
        findings.push(Finding::new(Kind::DatabaseLocked, name, text).with(by.pid.to_string()));
    }
    findings.extend(inside(seen));
    match findings.iter().find(|f| !f.quiet) {
        None => Said { findings, ..Said::ok(format!("it answers, {used}")) },
        Some(first) => {
            let summary = first.text.trim_end_matches('.').to_owned();
            Said { findings, ..Said::new(Status::Problem, summary) }
        }
    }
}

/// Settings that were made inside a database: they stand in none of the project's files.
fn inside(seen: &PostgresReading) -> Vec<Finding> {
    let finding = |set: &InsideSetting| {
        let InsideSetting { name, value, scope } = set;
        let text =
            format!("In {}, “{name} is {value} for {scope}” was set inside it and stands in no file.", seen.service);
        Finding::new(Kind::DatabaseSetting, &seen.service, text).with(name.clone()).quiet()
    };
    seen.inside.iter().map(finding).collect()
}

/// Settings of a Redis that somebody changed while it ran.
pub(super) fn redis_settings(seen: &RedisSettings) -> Said {
    let finding = |set: &InsideSetting| {
        let InsideSetting { name, value, scope } = set;
        let text = format!("In {}, {name} is {value}, {scope}: somebody set that while it ran.", seen.service);
        Finding::new(Kind::RedisSetting, &seen.service, text).with(name.clone()).quiet()
    };
    let findings: Vec<Finding> = seen.inside.iter().map(finding).collect();
    Said { findings, ..Said::ok(format!("{} otherwise than it was started with", count(seen.inside.len(), "setting"))) }
}

fn count_of(n: u64) -> String {
    count(usize::try_from(n).unwrap_or(usize::MAX), "session")
}

fn full(name: &str) -> Said {
    let text = format!("{name} takes no more connections: all are in use.");
    Said::problem("all its connections are in use", Finding::new(Kind::DatabaseConnections, name, text))
}

/// Settings that nothing reads: a fact that matters to whoever asks for one of them.
pub(super) fn settings(seen: &SettingsReading) -> Said {
    let file = &seen.file;
    let finding = |name: &String| {
        let text = format!("{name} stands in {file}, but the compose file passes it to no service.");
        Finding::new(Kind::SettingUnread, name, text).with(name).quiet()
    };
    let cut = seen.cut.iter().map(|name| {
        let text = format!(
            "{name} in {file} holds a dollar sign that compose takes for a variable which is set nowhere: it is cut off there."
        );
        Finding::new(Kind::SettingCut, name, text).with(name)
    });
    let findings: Vec<Finding> = cut.chain(seen.unread.iter().map(finding)).collect();
    if let Some(first) = findings.first().filter(|f| f.fact.kind == Kind::SettingCut) {
        let summary = shorten(first.text.trim_end_matches('.'), 120);
        return Said { findings, ..Said::new(Status::Problem, summary) };
    }
    let summary = match seen.unread.as_slice() {
        [] => "each setting is passed on".to_owned(),
        [one] => format!("{one} reaches no service"),
        more => format!("{} reach no service", count(more.len(), "setting")),
    };
    Said { findings, ..Said::ok(summary) }
}

/// Volumes that no container uses: a fact that matters to whoever misses data.
pub(super) fn volumes(seen: &[String]) -> Said {
    let finding = |name: &String| {
        let text = format!("The volume {name} belongs to this project, and no container uses it.");
        Finding::new(Kind::VolumeUnused, name, text).with(name).quiet()
    };
    Said {
        findings: seen.iter().map(finding).collect(),
        ..Said::ok(format!("{} not in use", count(seen.len(), "volume")))
    }
}

/// Certificates that have run out, or are not valid yet.
pub(super) fn certificates(seen: &[Certificate]) -> Said {
    let finding = |c: &Certificate| {
        let (who, port) = (&c.service, c.port);
        let days = |s: i64| count(usize::try_from(s.unsigned_abs() / 86_400).unwrap_or(usize::MAX), "day");
        let found = if c.ends_in_s <= 0 {
            let text = format!("The certificate that {who} shows at port {port} ran out {} ago.", days(c.ends_in_s));
            Finding::new(Kind::TlsExpired, who, text)
        } else if c.begins_in_s > 0 {
            let text = format!(
                "The certificate that {who} shows at port {port} is not valid yet: perhaps this machine's clock is wrong."
            );
            Finding::new(Kind::TlsNotYetValid, who, text)
        } else {
            return None;
        };
        Some(found.with(port.to_string()))
    };
    let findings: Vec<Finding> = seen.iter().filter_map(finding).collect();
    match findings.first() {
        None => Said::ok(format!("{} valid by its dates", count(seen.len(), "certificate"))),
        Some(first) => {
            let summary = first.text.trim_end_matches('.').to_owned();
            Said { findings, ..Said::new(Status::Problem, summary) }
        }
    }
}
