//! SQL by its statements: only those that cannot write are let through.
//! It never lets through a statement with a word that writes, a function that acts, or a text it cannot cut into statements.

use super::options::Given;
use super::{Asked, Call, Rule, SECRETS, options};

pub(super) const RULES: &[Rule] = &[
    Rule::own("psql|gitlab-psql|pgcli", |asked| sql(asked, PSQL, &["c", "command"]))
        .must(&[
            "psql -U security -d security -c 'SELECT 1;'",
            "psql -c '\\dt'",
            "psql -c 'SHOW max_connections'",
            "psql -l",
            "psql -h h -Atc \"SELECT count(*) FROM pg_stat_activity WHERE state = 'active'\"",
            "psql -c 'EXPLAIN SELECT 1'",
            "psql -tAc 'select pg_is_in_recovery()'",
            "psql -c '\\l+'",
            "psql --command='TABLE x'",
            "psql -c \"SELECT 'drop table x; delete'\"",
            "psql -c 'SELECT updated_at, set_id FROM t' -x",
            "psql -c 'EXPLAIN ANALYZE SELECT * FROM t'",
            "psql -c 'select 1' -c '\\conninfo'",
            "psql -c 'WITH a AS (SELECT 1) SELECT * FROM a'",
            "psql -c 'SELECT * FROM pg_stat_replication' -P pager=off",
        ])
        .must_not(&[
            "psql -c 'EXPLAIN ANALYZE DELETE FROM t'",
            "psql -c 'SELECT pg_terminate_backend(42)'",
            "psql -c \"COPY (SELECT 1) TO PROGRAM 'sh'\"",
            "psql",
            "psql -f x",
            "psql -c 'DROP TABLE x'",
            "psql -c 'SELECT 1; DELETE FROM x'",
            "psql -c '\\! id'",
            "psql -c '\\copy t to f'",
            "psql -c '\\password x'",
            "psql -c 'SELECT 1 \\g f'",
            "psql -c 'SELECT 1 \\gexec'",
            "psql -c \"SELECT lo_export(1,'/tmp/x')\"",
            "psql -c 'SELECT * INTO y FROM x'",
            "psql -c 'WITH d AS (DELETE FROM x RETURNING 1) SELECT 1'",
            "psql -c 'SELECT setval(1,2)'",
            "psql -c 'SELECT my_function()'",
            "psql -o f -c 'SELECT 1'",
            "psql -c 'VACUUM'",
            "psql -c 'SELECT 1 FOR UPDATE'",
            "psql -v x=y -c 'SELECT 1'",
            "psql -c 'EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET x=1'",
            "psql -c 'SELECT $$a$$; DROP TABLE x'",
            "psql -c \"SELECT pg_read_file('/etc/passwd')\"",
            "psql -c 'SELECT \"dblink\"(1)'",
            "psql -c 'DO $$ BEGIN END $$'",
            "psql -c 'SELECT pg_reload_conf()'",
            "psql -c 'SELECT/**/pg_terminate_backend/**/(1)'",
            "psql -c 'SELECT 1 AS \"a'\\''\"; DROP TABLE x; SELECT 1 AS \"b'\\''\"'",
            "psql -c 'SELECT U&\"x\"(1)'",
        ]),
    Rule::own("mysql|mariadb", |asked| sql(asked, MYSQL, &["e", "execute"]))
        .must(&["mysql -e 'SHOW PROCESSLIST'", "mysql -u root -h h -e 'SELECT @@version'", "mysql -uroot -psecret -e 'show global status'", "mysql -e 'SHOW SLAVE STATUS\\G'", "mysql -e 'DESCRIBE t' db", "mysql --version"])
        .must_not(&["mysql -e \"SELECT 1 INTO OUTFILE '/tmp/x'\"", "mysql", "mysql db", "mysql -e 'SET GLOBAL x=1'", "mysql -e 'SELECT SLEEP(5)'", "mysql -e 'KILL 5'", "mysql -e 'FLUSH TABLES'", "mysql -e '\\! id'", "mysql --tee=f -e 'SELECT 1'", "mysql -e 'SELECT /*!50000 1 INTO OUTFILE \"f\" */'", "mysql -e 'system id'", "mysql -e 'SELECT 1; source x'", "mysql --init-command='DROP TABLE x' -e 'SELECT 1'", "mysql -e 'DESC ANALYZE DELETE t FROM t'"]),
    Rule::own("clickhouse-client|trino|cqlsh|pgb-console", |asked| sql(asked, "-q:e:c:h:p:u:d:P:t query= execute= host= port= user= password= database= format= secure", &["q", "query", "execute", "e", "c"]))
        .must(&["clickhouse-client -q 'SELECT 1'", "clickhouse-client --query 'SHOW TABLES'", "cqlsh -e 'DESCRIBE tables'", "pgb-console -c 'SHOW POOLS;'"])
        .must_not(&["clickhouse-client", "clickhouse-client -q 'DROP TABLE x'", "clickhouse-client -q 'SHOW TABLES INTO OUTFILE f'", "clickhouse-client -q 'SYSTEM FLUSH LOGS'", "cqlsh -f x", "pgb-console -c 'PAUSE'"]),
    Rule::changes("sqlite3", "it makes the database where there is none, and its dot commands write and run").must_not(&["sqlite3 app.db .tables", "sqlite3 x 'SELECT 1'", "sqlite3 -readonly x '.shell id'"]),
    Rule::reads("mysqladmin|mariadb-admin", "it only asks the server", "-u:p?h:P:S:rv user= password=? host= port= socket= protocol=")
        .words(|_, given| given.words.iter().find(|w| !matches!(**w, "ping" | "status" | "extended-status" | "processlist" | "variables" | "version")).copied().or(given.words.is_empty().then_some("mysqladmin")).map(|w| Call::changes(w, "it steers the server")))
        .must(&["mysqladmin ping", "mysqladmin -u root -px status", "mysqladmin processlist"])
        .must_not(&["mysqladmin shutdown", "mysqladmin flush-logs", "mysqladmin ping shutdown", "mysqladmin drop x"]),
    Rule::reads("pg_restore", "it only lists a dump", "-lv list verbose").needs("-l list").must(&["pg_restore --list f.dump", "pg_restore -l f"]).must_not(&["pg_restore --clean f", "pg_restore -d x f", "pg_restore -l -f out f"]),
    Rule::destroys("dropdb|dropuser|pg_resetwal|pg_rewind|pg_archivecleanup|pg_repack", "it deletes or overwrites data").must_not(&["dropdb x", "pg_resetwal /x"]),
    Rule::changes("pg_dump|pg_dumpall|createdb|createuser|mysqldump|mariadb-dump|pg_ctl|pg_ctlcluster|pg_basebackup|vacuumdb|reindexdb|clusterdb|pgbench|initdb|pg_upgrade|mysqlimport|mysqlcheck|mysql_upgrade|pg_createcluster|pg_dropcluster|pgbadger|pg_receivewal|repmgr|pgbackrest|wal-e|wal-g|barman", "it writes a dump, makes a database, or is a load on it").must_not(&["pg_dump -f x", "createdb x", "pg_ctl restart", "vacuumdb -a", "mysqldump x"]),
    Rule::only_reads("pg_controldata|pg_lsclusters|pg_config|pg_waldump|pg_test_timing|pg_amcheck", "it only shows", "-D:hp:s:t:n:z?f pgdata= json no-header")
        .must(&["pg_controldata /x", "pg_lsclusters", "pg_config --version"])
        .must_not(&["pg_waldump --save-fullpage=x y"]),
    Rule::verbs("patronictl|gitlab-patronictl", "-c:d:k config-file= dcs-url= insecure"),
    Rule::only_reads("patronictl list|patronictl topology|patronictl history|patronictl show-config|patronictl version|patronictl dsn|gitlab-patronictl list|gitlab-patronictl history|gitlab-patronictl show-config|gitlab-patronictl topology", "it only asks the cluster", "-eTtf: extended timestamp format= group=")
        .marks(&[super::Mark::flag("-w: W watch=", super::ENDLESS)])
        .must(&["patronictl list", "patronictl -c x list", "gitlab-patronictl list | grep 'Maintenance mode'"])
        .must_not(&["patronictl failover", "gitlab-patronictl pause --wait x", "patronictl edit-config", "patronictl reinit c m", "patronictl query -c 'DROP TABLE x'"]),
];

const PSQL: &str = "-U:d:h:p:c:wWltAxqXnEbF:R:P:HV username= dbname= host= port= command= list tuples-only no-align expanded quiet no-psqlrc no-password csv html field-separator= record-separator= pset= version echo-hidden single-transaction";
const MYSQL: &str = "-u:p?h:P:S:D:e:NBEtsrvVwA user= password=? host= port= socket= database= execute= skip-column-names batch vertical table silent raw version protocol= ssl-mode= no-defaults connect-timeout= default-character-set= safe-updates";

fn sql(asked: &Asked<'_>, table: &str, statements: &[&str]) -> Call {
    let given = options::read(asked.args, &[table]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "it reads statements from a file, writes one, or sets variables");
    }
    if given.any(&["version", "V"]).is_some() || asked.name == "psql" && given.any(&["l", "list"]).is_some() {
        return Call::reads("it only lists databases");
    }
    let texts: Vec<&str> = given.values(statements).collect();
    if texts.is_empty() {
        return Call::changes(asked.name, "it opens a prompt for any statement");
    }
    let call = texts.iter().fold(Call::reads("it only asks the database"), |call, text| call.and(judge(text)));
    if secret(&given) { call.flagged(SECRETS) } else { call }
}

fn secret(given: &Given<'_>) -> bool {
    given
        .options
        .iter()
        .any(|o| matches!(o.name.as_str(), "p" | "password") && o.value.is_some_and(|v| v.parse::<u16>().is_err()))
}

/// Words that make a statement one that writes, wherever they stand outside of texts.
const WRITES: &str = "delete|drop|truncate|insert|update|alter|create|into|outfile|dumpfile|program|grant|revoke|vacuum|copy|call|do|execute|set|for|lock|listen|notify|load|replace|merge|reindex|cluster|checkpoint|refresh|discard|reset|import|prepare|begin|commit|rollback|analyze|analyse|kill|flush|handler|install|uninstall|optimize|repair|rename|purge|stop|start|shutdown|system|source|tee|pager|edit|attach|detach|exchange|pause|resume|reload|reconnect|suspend|enable|disable";

/// Functions that only look. Any other may do anything: it is asked about.
const FUNCTIONS: &str = "count|sum|avg|min|max|now|version|current_setting|pg_size_pretty|pg_database_size|pg_relation_size|pg_total_relation_size|pg_table_size|pg_indexes_size|pg_is_in_recovery|pg_last_wal_receive_lsn|pg_last_wal_replay_lsn|pg_last_xact_replay_timestamp|pg_current_wal_lsn|pg_wal_lsn_diff|pg_last_xlog_receive_location|pg_last_xlog_replay_location|pg_current_xlog_location|pg_xlog_location_diff|pg_postmaster_start_time|pg_conf_load_time|pg_backend_pid|pg_blocking_pids|pg_get_indexdef|pg_get_constraintdef|pg_get_viewdef|pg_is_wal_replay_paused|pg_tablespace_size|pg_stat_get_activity|pg_wal_replay_paused|age|extract|date_trunc|date_part|to_char|to_timestamp|round|floor|ceil|coalesce|nullif|greatest|least|length|char_length|substring|substr|left|right|lower|upper|trim|concat|concat_ws|split_part|string_agg|array_agg|array_length|json_agg|row_number|rank|lag|lead|over|in|exists|any|all|values|cast|interval|row|array|unnest|generate_series|filter|using|as|on|and|or|not|where|from|select|distinct|by|join|union|case|when|then|else|explain|buffers|costs|verbose|format|if|ifnull|sec_to_time|timediff|timestampdiff|date_sub|date_add|curdate|unix_timestamp|from_unixtime|database|user|current_user|current_database|current_schema|connection_id|format_bytes|abs|mod|inet_server_addr|inet_client_addr|host|md5|numeric|varchar|char|decimal|timestamp|time|tostring|todatetime|topk|quantile|uniq|formatreadablesize|numnode|between|like|limit|offset|with|materialized|lateral|regclass|to_regclass|obj_description|col_description|pg_encoding_to_char|has_table_privilege|txid_current_snapshot|pg_snapshot_xmin|bool_or|bool_and|percentile_cont|group|stddev|variance|power|sqrt|sign|random|localtimestamp|clock_timestamp|make_interval|justify_interval|date|position|strpos|regexp_replace|regexp_matches|initcap|lpad|rpad|json_build_object|jsonb_array_length|jsonb_pretty|row_to_json|to_json|inet|having";

/// Commands of psql that only list; with `+` and `S` behind.
const LISTS: [&str; 5] = ["l", "list", "conninfo", "echo", "x"];

fn judge(text: &str) -> Call {
    let Some(bare) = without_texts(text) else {
        return Call::changes("SQL", "it cannot be cut into statements with certainty");
    };
    for statement in bare.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        if let Some(meta) = statement.strip_prefix('\\') {
            let word = meta.split_whitespace().next().unwrap_or_default();
            let name = word.trim_end_matches(['+', 'S']);
            let lists = name.starts_with('d') && name.chars().all(|c| c.is_ascii_alphabetic()) || LISTS.contains(&name);
            if lists && !meta.contains(['\\', '`', '|', '\n']) {
                continue;
            }
            return Call::changes(&format!("\\{word}"), "this command of psql can run or write something");
        }
        let statement = statement.strip_suffix("\\G").or_else(|| statement.strip_suffix("\\g")).unwrap_or(statement);
        if statement.contains(['\\', '`']) && !statement.ends_with("\\x") {
            return Call::changes("\\", "this command of the client can run or write something");
        }
        let lower = statement.to_lowercase();
        let words: Vec<&str> =
            lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        let first = words.first().copied().unwrap_or_default();
        // `DESCRIBE` is `EXPLAIN` by another name where a statement follows it.
        let explains =
            |w: &&str| matches!(*w, "analyze" | "update" | "insert" | "delete" | "replace" | "into" | "outfile");
        let shows = matches!(first, "show" | "describe" | "desc") && !words.iter().any(explains)
            || first == "show" && !words.iter().any(|w| matches!(*w, "into" | "outfile"));
        let loses = |w: &&&str| {
            matches!(**w, "delete" | "drop" | "truncate" | "program" | "outfile" | "dumpfile" | "into" | "shutdown")
        };
        let writes = |w: &&&str| !(first == "explain" && **w == "analyze") && WRITES.split('|').any(|bad| bad == **w);
        if let Some(bad) = words.iter().find(|w| !shows && loses(w)).filter(|w| first != "insert" || **w != "into") {
            return Call::destroys(bad, "this statement deletes or overwrites data, or runs a program");
        }
        if let Some(bad) = words.iter().find(|w| !shows && writes(w)) {
            return Call::changes(bad, "this statement changes something, or might");
        }
        if !shows && !matches!(first, "select" | "explain" | "with" | "table" | "values") {
            return Call::changes(first, "this statement is not known to only read");
        }
        if let Some(function) = strange_function(&lower) {
            return Call::changes(&function, "this function is not known to only read");
        }
    }
    Call::reads("it only asks the database")
}

/// The first name before a bracket that is not on the list of functions that only look.
fn strange_function(statement: &str) -> Option<String> {
    let mut rest = statement;
    while let Some(at) = rest.find('(') {
        let before = rest.get(..at).unwrap_or_default().trim_end();
        let name: String = before
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let qualified = before.strip_suffix(&name).is_some_and(|b| b.ends_with('.'))
            && !before.ends_with(&format!("pg_catalog.{name}"));
        let quoted = before.ends_with('"');
        if quoted
            || qualified
            || !name.is_empty()
                && !name.chars().all(|c| c.is_ascii_digit())
                && !FUNCTIONS.split('|').any(|known| known == name)
        {
            return Some(if name.is_empty() { "\"".into() } else { name });
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    None
}

/// A text without its literals and comments; `None` where dialects would cut it differently.
fn without_texts(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                // A backslash before a quote ends the text in one dialect and not in another.
                loop {
                    match chars.next()? {
                        '\'' => break,
                        '\\' if matches!(chars.peek(), Some('\'' | '\\')) => return None,
                        _ => {}
                    }
                }
                out.push('\'');
            }
            '"' => {
                // A name in one dialect, a text in another: in both a single quote in it stands for itself.
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => return None,
                        _ => {}
                    }
                }
                out.push('"');
            }
            '-' if chars.peek() == Some(&'-') => return None,
            '/' if chars.peek() == Some(&'*') => return None,
            '#' | '$' => return None,
            other => out.push(other),
        }
    }
    Some(out)
}
