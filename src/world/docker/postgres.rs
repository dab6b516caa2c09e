//! What a PostgreSQL in a container says of itself: whether it takes writes, how many are connected, who is waited for.
//! It never runs a statement that could change anything, and gives up soon.

use crate::probe::{Blocker, Container, InsideSetting, PostgresReading, ProcessReading, Reading};

/// How long the server may work on one of the questions, in milliseconds.
const PATIENCE_MS: u64 = 800;
/// Who waits for less is not told.
const WAITING_S: u64 = 2;

/// Asks the server in a container; `None` where no client is in it.
pub(super) async fn ask(engine: &bollard::Docker, container: &Container) -> Option<PostgresReading> {
    let raw = engine
        .inspect_container(&container.id, None::<bollard::query_parameters::InspectContainerOptions>)
        .await
        .ok()?;
    let env = raw.config.and_then(|c| c.env).unwrap_or_default();
    let value =
        |key: &str| env.iter().filter_map(|e| e.split_once('=')).find(|(k, _)| *k == key).map(|(_, v)| v.to_owned());
    let user = value("POSTGRES_USER").filter(|v| !v.is_empty()).unwrap_or_else(|| "postgres".into());
    let database = value("POSTGRES_DB").filter(|v| !v.is_empty()).unwrap_or_else(|| user.clone());
    let argv = ["psql", "-w", "-X", "-q", "-A", "-t", "-F", "\t", "-U", &user, "-d", &database];
    let mut argv: Vec<String> = argv.map(str::to_owned).to_vec();
    for statement in [format!("SET statement_timeout = {PATIENCE_MS}"), STATE.into(), blockers()] {
        argv.extend(["-c".into(), statement]);
    }
    // By the database that is always there: what was set may keep everybody out of the other one.
    let beside = async |statement: &str| {
        let argv = ["psql", "-w", "-X", "-q", "-A", "-t", "-F", "\t", "-U", &user, "-d", "postgres"];
        let patience = format!("SET statement_timeout = {PATIENCE_MS}");
        let argv = argv.into_iter().chain(["-c", &patience, "-c", statement]).map(str::to_owned).collect::<Vec<_>>();
        match super::exec(engine, &container.id, &argv).await {
            Ok(Reading::Process(run)) => run.stdout,
            _ => String::new(),
        }
    };
    let run = async { super::exec(engine, &container.id, &argv).await.ok() };
    let (run, inside) = tokio::join!(run, beside(INSIDE));
    let Some(Reading::Process(run)) = run else { return None };
    let seen = read(container.label(), &run)?;
    let mut seen = PostgresReading { database: database.clone(), inside: settings(&inside), ..seen };
    if seen.failed.as_deref().is_some_and(|f| f.starts_with("database ") && f.ends_with("does not exist")) {
        let list = beside(
            "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1 LIMIT 9",
        )
        .await;
        seen.others = list.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect();
    }
    Some(seen)
}

/// What was set for one database or user, or by ALTER SYSTEM, and which databases let nobody or few in.
const INSIDE: &str = "SELECT coalesce(d.datname, ''), coalesce(r.rolname, ''), c \
    FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole, \
    unnest(s.setconfig) c \
    UNION ALL SELECT '', '', name || '=' || setting FROM pg_settings \
    WHERE sourcefile LIKE '%postgresql.auto.conf' \
    UNION ALL SELECT datname, '', CASE WHEN datallowconn THEN 'connection limit=' || datconnlimit \
    ELSE 'ALLOW_CONNECTIONS=false' END FROM pg_database WHERE NOT datistemplate AND (NOT datallowconn OR datconnlimit >= 0) \
    LIMIT 20";

/// The settings in the rows of that question.
fn settings(rows: &str) -> Vec<InsideSetting> {
    let setting = |line: &str| -> Option<InsideSetting> {
        let mut fields = line.splitn(3, '\t');
        let (database, user) = (fields.next()?.trim(), fields.next()?.trim());
        let (name, value) = fields.next()?.split_once('=')?;
        let scope = match (database, user) {
            ("", "") => "the whole server".to_owned(),
            (database, "") => format!("the database {database}"),
            ("", user) => format!("the user {user}"),
            (database, user) => format!("the user {user} in the database {database}"),
        };
        // A secret may be set so as well.
        let secret = ["password", "secret", "conninfo"].iter().any(|w| name.contains(w));
        let value = if secret { "…".to_owned() } else { crate::text::shorten(value, 40) };
        Some(InsideSetting { name: name.to_owned(), value, scope })
    };
    rows.lines().filter_map(setting).collect()
}

const STATE: &str = "SELECT current_setting('default_transaction_read_only'), pg_is_in_recovery(), \
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'), current_setting('max_connections')";

/// Those whom others wait for and who wait for nobody themselves.
fn blockers() -> String {
    format!(
        "SELECT b.pid, count(*), b.state, coalesce(extract(epoch FROM now() - b.xact_start)::int, 0), \
         left(regexp_replace(b.query, '\\s+', ' ', 'g'), 60) \
         FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS by(pid) \
         JOIN pg_stat_activity b ON b.pid = by.pid \
         WHERE w.wait_event_type = 'Lock' AND w.query_start < now() - interval '{WAITING_S} seconds' \
         AND cardinality(pg_blocking_pids(b.pid)) = 0 \
         GROUP BY b.pid, b.state, b.xact_start, b.query ORDER BY 2 DESC LIMIT 3"
    )
}

/// The client's output as a reading; `None` where there is no client, or it says nothing that is known.
fn read(service: &str, run: &ProcessReading) -> Option<PostgresReading> {
    let seen = PostgresReading { service: service.to_owned(), ..PostgresReading::default() };
    let mut rows = run.stdout.lines().filter(|l| !l.trim().is_empty());
    let Some(first) = rows.next() else {
        let said = run.stderr.lines().find(|l| l.contains("FATAL") || l.contains("ERROR"))?;
        let told = said.rsplit_once("FATAL:").map_or(said, |(_, t)| t);
        return Some(PostgresReading { failed: Some(told.trim().to_owned()), ..seen });
    };
    let fields: Vec<&str> = first.split('\t').collect();
    let [read_only, recovery, connections, most] = fields.as_slice() else { return None };
    let blocker = |line: &str| -> Option<Blocker> {
        let mut fields = line.splitn(5, '\t');
        Some(Blocker {
            pid: fields.next()?.trim().parse().ok()?,
            waiting: fields.next()?.trim().parse().ok()?,
            state: fields.next()?.to_owned(),
            for_s: fields.next()?.trim().parse().unwrap_or(0),
            query: fields.next().unwrap_or_default().trim().to_owned(),
        })
    };
    Some(PostgresReading {
        read_only: *read_only == "on",
        in_recovery: *recovery == "t",
        connections: connections.trim().parse().ok()?,
        max_connections: most.trim().parse().ok()?,
        blockers: rows.filter_map(blocker).collect(),
        ..seen
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Ended;

    fn run(stdout: &str, stderr: &str) -> ProcessReading {
        let (command, ended) = ("psql".into(), Ended::Code(0));
        ProcessReading { command, ended, stdout: stdout.into(), stderr: stderr.into(), cut: 0 }
    }

    #[test]
    fn settings_made_inside_are_told_with_what_they_hold_for() {
        let seen =
            settings("shop\t\tstatement_timeout=1ms\n\tapp\tsearch_path=a=b\n\t\twork_mem=64\nshop\tapp\tx=1\nodd\n");
        let told: Vec<String> = seen.iter().map(|s| format!("{}={} for {}", s.name, s.value, s.scope)).collect();
        assert_eq!(
            told,
            [
                "statement_timeout=1ms for the database shop",
                "search_path=a=b for the user app",
                "work_mem=64 for the whole server",
                "x=1 for the user app in the database shop"
            ]
        );
    }

    #[test]
    fn what_the_client_prints_is_read() {
        let seen =
            read("db", &run("on\tf\t5\t100\n118\t2\tidle in transaction\t190\tLOCK TABLE events\n", "")).unwrap();
        assert!(seen.read_only && !seen.in_recovery && seen.max_connections == 100);
        let blocker = &seen.blockers[0];
        assert_eq!((blocker.pid, blocker.waiting, blocker.for_s), (118, 2, 190));
        let full =
            "psql: error: connection to server on socket \"/run/x\" failed: FATAL:  sorry, too many clients already";
        assert_eq!(read("db", &run("", full)).unwrap().failed.as_deref(), Some("sorry, too many clients already"));
        assert_eq!(read("db", &run("", "psql: not found")), None);
    }
}
