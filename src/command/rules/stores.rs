//! Data stores: Redis by its commands, SQL by its statements.
//! It never lets through a command that is not on a list of those that only read.

use super::{Asked, Call, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        names: &["redis-cli", "valkey-cli"],
        judge: redis,
        reads: &[
            "redis-cli ping",
            "redis-cli -h x -p 1 info memory",
            "redis-cli llen detection_queue",
            "redis-cli --scan --pattern 'batch:*'",
            "redis-cli CONFIG GET maxmemory",
            "redis-cli -a pw ping",
            "redis-cli slowlog get 10",
        ],
        not: &[
            "redis-cli FLUSHALL",
            "redis-cli del x",
            "redis-cli --rdb out.rdb",
            "redis-cli config set a b",
            "redis-cli",
            "redis-cli slowlog reset",
            "redis-cli eval 'x' 0",
            "redis-cli shutdown nosave",
            "redis-cli sort l store d",
            "redis-cli getex k ex 1",
        ],
    },
    Rule {
        names: &["psql", "mysql", "mariadb", "sqlite3"],
        judge: sql,
        reads: &[
            "psql -U security -d security -c 'SELECT 1;'",
            "psql -c '\\dt'",
            "psql -c 'SHOW max_connections'",
            "mysql -e 'SHOW PROCESSLIST'",
            "psql -l",
        ],
        not: &[
            "psql -c 'EXPLAIN ANALYZE DELETE FROM t'",
            "psql -c 'SELECT pg_terminate_backend(42)'",
            "psql -c \"COPY (SELECT 1) TO PROGRAM 'sh'\"",
            "mysql -e \"SELECT 1 INTO OUTFILE '/tmp/x'\"",
            "psql",
            "psql -f x",
            "sqlite3 app.db .tables",
            "psql -c 'DROP TABLE x'",
            "psql -c 'SELECT 1; DELETE FROM x'",
        ],
    },
    Rule {
        names: &["pg_dump", "pg_dumpall", "pg_restore", "dropdb", "createdb", "mysqldump"],
        judge: dump,
        reads: &["pg_restore --list f.dump"],
        not: &["dropdb x", "pg_restore --clean f", "pg_dump -f x"],
    },
    Rule {
        names: &["etcdctl", "rabbitmqctl"],
        judge: cluster,
        reads: &["etcdctl endpoint health", "rabbitmqctl status", "rabbitmqctl list_queues"],
        not: &["etcdctl del x", "rabbitmqctl stop", "etcdctl defrag"],
    },
];

/// Redis commands that only read, in lower case; two words where the second decides.
const REDIS_READS: &[&str] = &[
    "ping",
    "echo",
    "time",
    "role",
    "lastsave",
    "dbsize",
    "info",
    "llen",
    "lrange",
    "lindex",
    "get",
    "mget",
    "strlen",
    "getrange",
    "exists",
    "type",
    "ttl",
    "pttl",
    "hget",
    "hgetall",
    "hlen",
    "hkeys",
    "hvals",
    "hmget",
    "hexists",
    "scard",
    "smembers",
    "sismember",
    "zcard",
    "zrange",
    "zcount",
    "zscore",
    "zrank",
    "xlen",
    "xrange",
    "xrevrange",
    "keys",
    "scan",
    "hscan",
    "sscan",
    "zscan",
    "randomkey",
    "client list",
    "client info",
    "client id",
    "client getname",
    "config get",
    "slowlog get",
    "slowlog len",
    "latency latest",
    "latency history",
    "latency doctor",
    "memory stats",
    "memory doctor",
    "memory usage",
    "command",
    "command count",
    "command info",
    "acl whoami",
    "acl cat",
    "acl list",
    "cluster info",
    "cluster nodes",
    "cluster slots",
    "pubsub channels",
    "pubsub numsub",
    "module list",
    "object encoding",
    "object idletime",
    "object freq",
    "xinfo stream",
    "xinfo groups",
    "xpending",
    "sentinel masters",
    "sentinel replicas",
    "bitcount",
    "getbit",
];
const REDIS_DESTROYS: &[&str] = &[
    "flushall",
    "flushdb",
    "del",
    "unlink",
    "shutdown",
    "getdel",
    "spop",
    "lpop",
    "rpop",
    "ltrim",
    "restore",
    "swapdb",
    "slowlog reset",
    "config resetstat",
    "latency reset",
    "acl log",
    "sort",
    "rename",
];

fn redis(asked: &Asked<'_>) -> Call {
    let mut words = asked.args;
    let mut secret = false;
    let mut scans = false;
    while let Some(first) = words.first().filter(|w| w.starts_with('-')) {
        let skip = match first.as_str() {
            "-h" | "-p" | "-n" | "-s" | "--user" | "-u" | "-t" | "--cacert" | "--pattern" | "--count" | "--type"
            | "-d" => 2,
            "-a" | "--pass" => {
                secret = true;
                2
            }
            "--scan" | "--bigkeys" | "--memkeys" | "--hotkeys" => {
                scans = true;
                1
            }
            "--tls" | "--raw" | "--no-auth-warning" | "--no-raw" | "--csv" | "--json" | "-c" | "-2" | "-3"
            | "--insecure" => 1,
            "--stat" | "--latency" => return Call::reads("it only asks, again and again").endless(),
            "--version" | "-v" => return Call::reads("it prints its version"),
            other => {
                return Call::changes(other, "this option makes the server or this machine write, or is not known");
            }
        };
        words = words.get(skip..).unwrap_or_default();
    }
    if scans && words.is_empty() {
        return Call::reads("it only walks over the keys").heavy();
    }
    let Some(first) = words.first().map(|w| w.to_lowercase()) else {
        return Call::changes("redis-cli", "it opens a prompt for any command");
    };
    let two = words.get(1).map(|w| format!("{first} {}", w.to_lowercase())).unwrap_or_default();
    let known = |list: &[&str]| list.contains(&first.as_str()) || list.contains(&two.as_str());
    if first == "monitor" || first == "subscribe" || first == "psubscribe" {
        return Call::reads("it shows what others send").endless().secrets();
    }
    let mut call = if known(REDIS_DESTROYS) {
        Call::destroys(words.first().map_or("", String::as_str), "it deletes or overwrites data")
    } else if known(REDIS_READS) {
        Call::reads("it only asks Redis")
    } else {
        Call::changes(words.first().map_or("", String::as_str), "this Redis command changes something or is not known")
    };
    call.flags.secrets |= secret || two == "config get" || two == "acl list";
    call.flags.heavy |= matches!(first.as_str(), "keys" | "smembers" | "hgetall");
    call.flags.evidence |= matches!(two.as_str(), "slowlog reset" | "config resetstat" | "latency reset");
    call
}

fn sql(asked: &Asked<'_>) -> Call {
    if asked.name == "sqlite3" {
        return Call::changes("sqlite3", "it makes the database where there is none");
    }
    let options = asked.options("UdhpcefvPSutDF command execute username dbname host port user database");
    if asked.name == "psql" && options.any(&["l", "list", "version", "V"]).is_some() {
        return Call::reads("it only lists databases");
    }
    if let Some(option) = options
        .any(&["f", "file", "o", "output", "L", "log-file", "v", "set", "variable"])
        .filter(|_| asked.name == "psql")
    {
        return Call::changes(&option, "it reads statements from a file, writes one, or sets variables");
    }
    let name = if asked.name == "psql" { ["c", "command"] } else { ["e", "execute"] };
    let statements: Vec<&str> =
        options.given.iter().filter(|(n, _)| name.contains(&n.as_str())).filter_map(|(_, v)| v.as_deref()).collect();
    if statements.is_empty() {
        return Call::changes(asked.name, "it opens a prompt for any statement");
    }
    for statement in statements.iter().flat_map(|s| s.split(';')).map(str::trim).filter(|s| !s.is_empty()) {
        let lower = statement.to_lowercase();
        if let Some(meta) = lower.strip_prefix('\\') {
            let word = meta.split_whitespace().next().unwrap_or_default();
            if word.starts_with('d') || word == "l" || word == "conninfo" {
                continue;
            }
            return Call::changes(statement, "this command of psql can run or write something");
        }
        let words: Vec<&str> =
            lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        let first = words.first().copied().unwrap_or_default();
        if let Some(bad) = words.iter().find(|w| {
            matches!(
                **w,
                "delete"
                    | "drop"
                    | "truncate"
                    | "insert"
                    | "update"
                    | "alter"
                    | "create"
                    | "into"
                    | "outfile"
                    | "program"
                    | "grant"
                    | "revoke"
                    | "vacuum"
                    | "copy"
                    | "call"
                    | "do"
                    | "execute"
                    | "set"
                    | "for"
                    | "nextval"
                    | "setval"
                    | "dblink"
            ) || w.starts_with("lo_")
                || w.starts_with("pg_terminate")
                || w.starts_with("pg_cancel")
                || w.starts_with("pg_reload")
                || w.starts_with("pg_rotate")
                || w.starts_with("pg_switch")
                || w.starts_with("pg_read")
                || w.starts_with("pg_ls")
                || w.starts_with("pg_advisory")
                || w.starts_with("pg_stat_reset")
                || w.starts_with("pg_sleep")
        }) {
            return if matches!(*bad, "delete" | "drop" | "truncate" | "program" | "outfile" | "into") {
                Call::destroys(bad, "this statement deletes or overwrites data, or runs a program")
            } else {
                Call::changes(bad, "this statement changes something")
            };
        }
        if !matches!(first, "select" | "show" | "explain" | "describe" | "desc" | "with" | "table") {
            return Call::changes(first, "this statement is not known to only read");
        }
    }
    Call::reads("it only asks the database")
}

fn dump(asked: &Asked<'_>) -> Call {
    match asked.name {
        "pg_restore"
            if matches!(asked.args.first().map(String::as_str), Some("--list" | "-l")) && asked.args.len() == 2 =>
        {
            Call::reads("it only lists a dump")
        }
        "pg_restore" | "dropdb" => Call::destroys(asked.name, "it deletes or overwrites data"),
        _ => Call::changes(asked.name, "it writes a dump or makes a database"),
    }
}

fn cluster(asked: &Asked<'_>) -> Call {
    let verb = asked.verb();
    let second = asked.args.iter().filter(|a| !a.starts_with('-')).nth(1).map_or("", String::as_str);
    let reads = match asked.name {
        "etcdctl" => {
            verb == "get"
                || verb == "version"
                || matches!(
                    (verb, second),
                    ("endpoint", "health" | "status" | "hashkv") | ("member", "list") | ("alarm", "list")
                )
        }
        _ => {
            verb.starts_with("list_") || matches!(verb, "status" | "cluster_status" | "report" | "environment" | "ping")
        }
    };
    if reads { Call::reads("it only asks") } else { Call::changes(verb, "it changes the cluster") }
}
