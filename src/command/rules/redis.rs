//! Redis by its commands: the server's own read flag, and a list of those that carry no flag and only look.
//! It never lets through a command that is on neither list.

use super::{Asked, Call, ENDLESS, EVIDENCE, Flags, HEAVY, Rule, SECRETS, options};
use crate::command::shell::Open;

pub(super) const RULES: &[Rule] = &[Rule::wraps("redis-cli", redis)
    .must(&[
        "redis-cli ping",
        "redis-cli -h x -p 1 info memory",
        "redis-cli llen detection_queue",
        "redis-cli --scan --pattern 'batch:*'",
        "redis-cli CONFIG GET maxmemory",
        "redis-cli -a pw ping",
        "redis-cli slowlog get 10",
        "redis-cli -u redis://h:1/0 dbsize",
        "redis-cli KEYS '*'",
        "redis-cli keys *",
        "redis-cli --tls --cacert x -n 2 type k",
        "redis-cli --bigkeys",
        "redis-cli memory doctor",
        "redis-cli acl dryrun u get k",
        "redis-cli -r 3 -i 1 info",
        "redis-cli sentinel get-master-addr-by-name m",
        "redis-cli object help",
        "redis-cli sort_ro l",
        "redis-cli --latency-history",
        "redis-cli --cluster check h:1",
        "redis-cli -a pw --cluster info h:1",
        "redis-cli --intrinsic-latency 5",
    ])
    .must_not(&[
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
        "redis-cli --eval x.lua",
        "redis-cli -x set a",
        "redis-cli --pipe",
        "redis-cli touch k",
        "redis-cli pfcount k",
        "redis-cli xreadgroup group g c streams s '>'",
        "redis-cli memory purge",
        "redis-cli client kill x",
        "redis-cli debug sleep 5",
        "redis-cli save",
        "redis-cli publish a b",
        "redis-cli acl log reset",
        "redis-cli cluster failover",
        "redis-cli --cluster reshard x",
        "redis-cli --cluster fix h:1",
        "redis-cli --cluster check h:1 --fix",
        "redis-cli --cluster call h:1 flushall",
        "redis-cli config rewrite",
        "redis-cli sentinel failover m",
        "redis-cli georadius k 1 1 1 m store d",
        "redis-cli latency reset",
        "redis-cli --functions-rdb f",
        "redis-cli -X t set a t",
        "redis-cli script flush",
        "redis-cli function delete x",
        "redis-cli sort l",
        "redis-cli multi",
    ])];

/// Commands that only read, in lower case; with a second word where that decides.
const READS: &str = "ping|echo|time|role|lastsave|dbsize|info|llen|lrange|lindex|lpos|get|mget|strlen|getrange|substr|lcs|exists|type|ttl|pttl|expiretime|pexpiretime|hget|hgetall|hlen|hkeys|hvals|hmget|hexists|hstrlen|hrandfield|scard|smembers|sismember|smismember|srandmember|sinter|sunion|sdiff|sintercard|zcard|zrange|zrevrange|zrangebyscore|zrevrangebyscore|zrangebylex|zrevrangebylex|zcount|zlexcount|zscore|zmscore|zrank|zrevrank|zrandmember|zdiff|zinter|zunion|zintercard|xlen|xrange|xrevrange|xread|xpending|keys|scan|hscan|sscan|zscan|randomkey|dump|bitcount|bitpos|getbit|bitfield_ro|geodist|geohash|geopos|geosearch|georadius_ro|georadiusbymember_ro|sort_ro|eval_ro|evalsha_ro|fcall_ro|command|lolwut|client list|client info|client id|client getname|client getredir|client trackinginfo|config get|slowlog get|slowlog len|latency latest|latency history|latency doctor|latency graph|latency histogram|memory stats|memory doctor|memory usage|memory malloc-stats|acl whoami|acl cat|acl list|acl users|acl getuser|acl dryrun|acl log|acl genpass|cluster info|cluster nodes|cluster slots|cluster shards|cluster myid|cluster countkeysinslot|cluster getkeysinslot|cluster keyslot|cluster links|cluster replicas|cluster slaves|pubsub channels|pubsub numsub|pubsub numpat|pubsub shardchannels|pubsub shardnumsub|module list|function list|function stats|function dump|script exists|object encoding|object idletime|object freq|object refcount|xinfo stream|xinfo groups|xinfo consumers|sentinel masters|sentinel master|sentinel replicas|sentinel slaves|sentinel sentinels|sentinel ckquorum|sentinel get-master-addr-by-name|sentinel myid|sentinel info-cache|json.get|json.type|json.objkeys|json.objlen|json.arrlen|ft.info|ft._list|ts.info|ts.get|ts.range|bf.info|bf.exists";

/// Commands whose subcommand `HELP` reads.
const HELPS: &str =
    "client|config|slowlog|latency|memory|acl|cluster|pubsub|module|function|script|object|xinfo|command|xgroup|debug";

/// Commands that lose data or stop the server.
const DESTROYS: &str = "flushall|flushdb|del|unlink|shutdown|getdel|spop|lpop|rpop|blpop|brpop|lmpop|zmpop|zpopmin|zpopmax|ltrim|lrem|srem|hdel|zrem|zremrangebyscore|zremrangebyrank|xdel|xtrim|restore|swapdb|rename|set|mset|getset|script flush|function flush|cluster reset|cluster flushslots|sort";

/// What erases the traces of a fault.
const ERASES: &str = "slowlog reset|config resetstat|latency reset|acl log reset";

const HEAVIES: &str = "keys|smembers|hgetall|sort_ro|sunion|sinter|lrange|dump|zrange";

fn redis(asked: &Asked<'_>) -> Call {
    const TABLE: &str = "+ -h:p:n:s:u:t:a:d:D:c23r:i:ev user= pass= cacert= cacertdir= cert= key= sni= pattern= count= type= tls raw no-raw no-auth-warning csv json insecure scan bigkeys memkeys hotkeys memkeys-samples= stat latency latency-history latency-dist intrinsic-latency= cluster= version quoted-pattern= show-pushes= verbose";
    let given = options::read(asked.args, &[TABLE]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option makes the server or this machine write, or is not known");
    }
    if given.any(&["v", "version"]).is_some() {
        return Call::reads("it prints its version");
    }
    let before = asked.args.get(..given.rest).unwrap_or_default();
    if asked.open > Open::Closed && before.iter().any(|a| a.contains(['*', '?', '['])) {
        return Call::changes("redis-cli", "its command is known only when it runs");
    }
    let mut flags = Flags::default();
    flags.secrets |= given.any(&["a", "pass"]).is_some();
    if let Some(order) = given.value(&["cluster"]) {
        return match order {
            "check" | "info" if given.words.iter().all(|w| !w.starts_with('-')) => {
                Call::reads("it only asks the cluster's nodes").flagged(flags)
            }
            _ => Call::changes(order, "it moves slots or changes nodes"),
        };
    }
    if given.value(&["intrinsic-latency"]).is_some() {
        return Call::reads("it only measures this machine").flagged(HEAVY);
    }
    if given.any(&["stat", "latency", "latency-history", "latency-dist"]).is_some() {
        return Call::reads("it only asks, again and again").flagged(flags).flagged(ENDLESS);
    }
    if given.words.is_empty()
        && given.any(&["scan", "bigkeys", "memkeys", "hotkeys"]).is_some()
        && asked.open == Open::Closed
    {
        return Call::reads("it only walks over the keys").flagged(flags).flagged(HEAVY);
    }
    if given.value(&["r"]) == Some("-1") {
        flags.endless = true;
    }
    judge(asked, &given.words).flagged(flags)
}

/// Judges the words sent to the server.
fn judge(asked: &Asked<'_>, words: &[&str]) -> Call {
    let Some(first) = words.first().map(|w| w.to_lowercase()) else {
        return Call::changes("redis-cli", "it opens a prompt for any command");
    };
    let second = words.get(1).map(|w| w.to_lowercase()).unwrap_or_default();
    let two = format!("{first} {second}");
    let three = format!("{two} {}", words.get(2).map(|w| w.to_lowercase()).unwrap_or_default());
    let has = |list: &str, text: &str| list.split('|').any(|known| known == text);
    let on = |list: &str| has(list, &first) || has(list, &two) || has(list, &three);
    let token = || {
        if has(DESTROYS, &first) || second.is_empty() { words.first() } else { words.get(1) }
            .copied()
            .unwrap_or_default()
    };
    if asked.open > Open::Closed && two == "acl log" {
        return Call::changes("log", "its last word is known only when it runs");
    }
    if matches!(first.as_str(), "monitor" | "subscribe" | "psubscribe" | "ssubscribe") {
        return Call::reads("it shows what others send").flagged(Flags { secrets: true, ..ENDLESS });
    }
    if on(ERASES) {
        return Call::destroys(token(), "it erases what the server noted").flagged(EVIDENCE);
    }
    if on(READS) || second == "help" && has(HELPS, &first) {
        let call = Call::reads("it only asks Redis");
        let call = if has(HEAVIES, &first) { call.flagged(HEAVY) } else { call };
        let blocks = first == "xread" && words.iter().any(|w| w.eq_ignore_ascii_case("block"));
        let call = if blocks { call.flagged(ENDLESS) } else { call };
        return if has("config get|acl list|acl getuser|client list", &two) { call.flagged(SECRETS) } else { call };
    }
    if on(DESTROYS) {
        return Call::destroys(token(), "it deletes or overwrites data, or stops the server");
    }
    Call::changes(token(), "this Redis command changes something, or is not known")
}
