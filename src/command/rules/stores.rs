//! Stores, queues and service registries: etcd, RabbitMQ, Kafka, MongoDB, Consul, Vault, Ceph and the like.
//! It never lets through a verb that writes, moves or forgets something.

use super::options::Given;
use super::{Asked, Call, ENDLESS, HEAVY, Rule, SECRETS};

pub(super) const RULES: &[Rule] = &[
    Rule::verbs("etcdctl", "-w: endpoints= cacert= cert= key= write-out= command-timeout= dial-timeout= user= password= cluster hex insecure-skip-tls-verify insecure-transport=? keepalive-time= keepalive-timeout= debug discovery-srv= endpoint=")
        .must(&["etcdctl --endpoints=a:1 endpoint health", "etcdctl version"])
        .must_not(&["etcdctl defrag", "etcdctl compact 5", "etcdctl txn", "etcdctl snapshot save x", "etcdctl lock x", "etcdctl move-leader x", "etcdctl put a b"]),
    Rule::verbs("etcdctl endpoint|etcdctl member|etcdctl alarm|etcdctl auth|etcdctl user|etcdctl role|etcdctl snapshot|etcdctl lease", ""),
    Rule::only_reads("etcdctl endpoint health|etcdctl endpoint status|etcdctl endpoint hashkv|etcdctl member list|etcdctl alarm list|etcdctl user list|etcdctl user get|etcdctl role list|etcdctl role get|etcdctl snapshot status|etcdctl lease list|etcdctl lease timetolive|etcdctl version|etcdctl auth status", "it only asks the cluster", "detail keys")
        .must(&["etcdctl member list -w table", "etcdctl endpoint status --cluster -w table", "etcdctl alarm list"])
        .must_not(&["etcdctl alarm disarm", "etcdctl member remove x", "etcdctl user add x"]),
    Rule::only_reads("etcdctl get", "it only asks for keys", "prefix keys-only limit= rev= order= sort-by= from-key count-only print-value-only consistency= min-mod-rev= max-mod-rev=").flags(SECRETS).must(&["etcdctl get / --prefix --keys-only", "etcdctl get k"]),
    Rule::only_reads("etcdctl watch", "it only shows what changes", "prefix rev= prev-kv").flags(ENDLESS)
        .words(|asked, _| asked.has("--").then(|| Call::changes("--", "it runs a program at each change")).or_else(|| asked.has("-i").then(|| Call::changes("-i", "it is a prompt"))))
        .must(&["etcdctl watch k"]).must_not(&["etcdctl watch k -- rm x"]),
    Rule::destroys("etcdctl del|etcdctl snapshot restore|etcdctl member remove", "it deletes keys or members").must_not(&["etcdctl del x", "etcdctl snapshot restore x"]),
    Rule::reads("rabbitmqctl|rabbitmq-diagnostics|rabbitmq-queues|rabbitmq-streams|rabbitmq-plugins", "it only asks the broker", "-qn:lsp:t:E:emu:V: quiet node= longnames silent vhost= timeout= formatter= table-headers no-table-headers dry-run online offline local print-stacktrace unit= enabled minimal summary verbose")
        .takes_words()
        .words(rabbit)
        .must(&["rabbitmqctl status", "rabbitmqctl list_queues name messages", "rabbitmqctl -n r@h cluster_status", "rabbitmq-diagnostics ping", "rabbitmq-diagnostics check_running", "rabbitmq-plugins list", "rabbitmqctl list_queues -p /x", "rabbitmq-queues check_if_node_is_quorum_critical"])
        .must_not(&["rabbitmqctl stop", "rabbitmqctl purge_queue x", "rabbitmqctl eval 'x()'", "rabbitmqctl forget_cluster_node x", "rabbitmqctl stop_app", "rabbitmqctl reset", "rabbitmqctl set_policy a b c", "rabbitmq-plugins enable x", "rabbitmqctl delete_queue x", "rabbitmqctl", "rabbitmqctl export_definitions f", "rabbitmqctl close_all_connections x"]),
    Rule::reads("rabbitmqadmin", "it only asks the broker", "-f:H:P:u:p:V:N:c:sqk host= port= username= password= vhost= format= ssl")
        .words(|_, given| (!matches!(given.verb(), "list" | "show")).then(|| Call::changes(given.verb(), "it changes the broker, or takes messages")))
        .must(&["rabbitmqadmin list queues"])
        .must_not(&["rabbitmqadmin get queue=x", "rabbitmqadmin purge queue name=x", "rabbitmqadmin export f"]),
    Rule::reads("kafka-topics.sh|kafka-topics|kafka-consumer-groups.sh|kafka-consumer-groups|kafka-configs.sh|kafka-configs|kafka-acls.sh|kafka-log-dirs.sh|kafka-broker-api-versions.sh", "it only asks the broker", "bootstrap-server= zookeeper= list describe topic= group= all-groups all-topics members state verbose entity-type= entity-name= all under-replicated-partitions unavailable-partitions command-config= broker-list= topic-list= exclude-internal offsets timeout=")
        .needs("list describe bootstrap-server=")
        .words(|asked, given| (!asked.name.starts_with("kafka-broker-api") && given.any(&["list", "describe"]).is_none()).then(|| Call::changes(asked.name, "it changes the broker")))
        .must(&["kafka-topics.sh --bootstrap-server b:9092 --list", "kafka-consumer-groups.sh --bootstrap-server b:1 --describe --group g"])
        .must_not(&["kafka-topics.sh --bootstrap-server b --delete --topic t", "kafka-consumer-groups.sh --bootstrap-server b --group g --reset-offsets --to-earliest --execute", "kafka-configs.sh --bootstrap-server b --alter --add-config x", "kafka-console-consumer.sh --topic t"]),
    Rule::reads("mongosh|mongo", "it only asks the server", "-u:p?h: quiet eval= host= port= username= password=? authenticationDatabase= norc json=? tls version")
        .needs("eval= version")
        .words(|_, given| {
            let asks = |text: &str| {
                let text = text.trim().trim_end_matches(';');
                ["rs.status()", "rs.conf()", "db.stats()", "db.serverStatus()", "db.currentOp()", "db.version()", "db.hello()", "db.isMaster()", "sh.status()", "rs.printReplicationInfo()", "rs.printSecondaryReplicationInfo()", "db.runCommand({ping:1})", "db.runCommand({ ping: 1 })", "db.adminCommand('ping')", "db.adminCommand(\"ping\")", "db.getCollectionNames()", "show dbs"].contains(&text)
            };
            let programs = given.values(&["eval"]).find(|text| !asks(text)).map(|_| Call::changes("--eval", "this program of the shell is not known to only read"));
            // Behind the address stand programs, and the address may be left out.
            let more = given.words.iter().enumerate().find(|(at, w)| *at > 0 || w.ends_with(".js") || w.ends_with(".mongodb"));
            programs.or_else(|| more.map(|(_, w)| Call::changes(w, "it runs a program that is not seen here")))
        })
        .must(&["mongosh --quiet --eval 'rs.status()'", "mongosh --eval 'db.serverStatus()' mongodb://h"])
        .must_not(&["mongosh", "mongosh --eval 'db.x.drop()'", "mongosh x.js", "mongo h/db", "mongosh --eval 'rs.status()' x.js", "mongosh --eval 'rs.status()' mongodb://h x.js"]),
    Rule::changes("mongodump|mongorestore|mongoexport|mongoimport|kafka-console-consumer.sh|kafka-console-producer.sh|kafka-reassign-partitions.sh|kcat|kafkacat|nats|mosquitto_pub|elasticdump|influx|redis-server|redis-benchmark|redis-check-aof|redis-check-rdb|etcd|etcdutl|zkCli.sh|mc|s3cmd|rclone|restic|borg", "it moves data, starts a server, or opens a prompt")
        .must_not(&["mongodump", "kcat -C -t x", "redis-server", "redis-check-aof --fix x", "redis-benchmark", "rclone sync a b"]),
    Rule::only_reads("mosquitto_sub", "it shows what others send", "-h:p:t:vu:P:q:C:W:").flags(super::Flags { secrets: true, ..ENDLESS }).must(&["mosquitto_sub -h h -t x"]),
    Rule::verbs("consul", ""),
    Rule::verbs("consul kv|consul operator|consul operator raft|consul catalog|consul config|consul acl|consul intention|consul snapshot|consul connect|consul services|consul operator autopilot", ""),
    Rule::only_reads("consul members|consul info|consul version|consul help|consul catalog services|consul catalog nodes|consul catalog datacenters|consul operator raft list-peers|consul operator autopilot get-config|consul operator autopilot state|consul config list|consul config read|consul intention list|consul intention check|consul snapshot inspect|consul validate|consul rtt", "it only asks the cluster", "~ help h http-addr= token= detailed node= service= tags near= node-meta= datacenter= wan status= format= stale kind= name= segment= ca-file= client-cert= client-key= tls-server-name= namespace= filter=")
        .must(&["consul members", "consul operator raft list-peers", "consul catalog nodes -service=patroni", "consul kv --help", "consul operator --help", "consul info"])
        .must_not(&["consul leave", "consul force-leave x", "consul reload", "consul kv put a b", "consul kv delete a", "consul operator raft remove-peer x", "consul snapshot save x", "consul maint -enable", "consul lock x ls", "consul exec ls", "consul watch -type=key x", "consul config write x"]),
    Rule::only_reads("consul kv get|consul kv export", "it only asks for keys", "~ recurse keys detailed base64 separator= http-addr= token= datacenter= stale ca-file= h help").flags(SECRETS).must(&["consul kv get -recurse 'service/x'", "consul kv export | jq '.[].key'"]),
    Rule::only_reads("consul monitor", "it only shows logs", "~ log-level= log-json http-addr= token=").flags(ENDLESS).must(&["consul monitor"]),
    Rule::reads("consul maint", "it only asks whether maintenance is on", "~ help").must(&["consul maint", "consul maint -help"]).must_not(&["consul maint -disable"]),
    Rule::verbs("vault|nomad", ""),
    Rule::verbs("vault auth|vault secrets|vault policy|vault operator|vault operator raft|vault token|vault kv|vault audit|vault lease|nomad job|nomad node|nomad server|nomad alloc|nomad operator|nomad operator raft|nomad deployment", ""),
    Rule::only_reads("vault status|vault version|vault auth list|vault secrets list|vault policy list|vault policy read|vault operator raft list-peers|vault token lookup|vault token capabilities|vault audit list|vault operator members|nomad status|nomad version|nomad job status|nomad job history|nomad node status|nomad server members|nomad alloc status|nomad operator raft list-peers|nomad deployment list|nomad deployment status", "it only asks", "~ address= format= ca-cert= ca-path= tls-skip-verify namespace= detailed field= verbose self stats json short allocs evals t=")
        .must(&["vault status", "vault operator raft list-peers", "nomad job status x", "nomad node status -self"])
        .must_not(&["vault login", "vault operator seal", "vault write a b=c", "vault delete a", "vault token renew", "nomad job stop x", "nomad node drain x", "vault operator raft remove-peer x"]),
    Rule::only_reads("vault list|vault kv get|vault kv list", "it shows secrets", "~ field= format= address= mount= version= namespace=").flags(SECRETS).must(&["vault kv get secret/x", "vault list secret/"]),
    Rule::reads("vault read", "it shows secrets", "~ field= format= address= namespace=")
        .flags(SECRETS)
        .words(|_, given| (!["secret/", "sys/", "auth/", "kv/"].iter().any(|p| given.verb().starts_with(p))).then(|| Call::changes(given.verb(), "reading there can make new credentials")))
        .must(&["vault read secret/x", "vault read sys/health"])
        .must_not(&["vault read database/creds/x", "vault read aws/creds/x"]),
    Rule::verbs("ceph", "-sn:f:c:k:vhwW_ format= cluster= conf= keyring= name= id= status version connect-timeout= user=")
        .words(|_, given| given.any(&["s", "status", "v", "version", "h"]).is_none().then(|| Call::changes("ceph", "it opens a prompt for any command")))
        .must(&["ceph -s", "ceph -s -f json", "ceph status", "ceph --version"])
        .must_not(&["ceph", "ceph osd out 3", "ceph tell mon.a injectargs x"]),
    Rule::verbs("ceph osd|ceph osd pool|ceph mon|ceph mgr|ceph mds|ceph fs|ceph pg|ceph health|ceph config|ceph auth|ceph orch|ceph crash|ceph osd crush|ceph device|ceph quorum|ceph balancer", "-f: format="),
    Rule::only_reads("ceph status|ceph df|ceph versions|ceph features|ceph report|ceph health detail|ceph osd tree|ceph osd df|ceph osd stat|ceph osd status|ceph osd dump|ceph osd perf|ceph osd find|ceph osd metadata|ceph osd pool ls|ceph osd pool get|ceph osd pool stats|ceph osd pool autoscale-status|ceph osd blocked-by|ceph osd lspools|ceph osd ls|ceph osd utilization|ceph mon stat|ceph mon dump|ceph mgr stat|ceph mgr dump|ceph mgr services|ceph mds stat|ceph fs status|ceph fs ls|ceph fs dump|ceph pg stat|ceph pg dump|ceph pg dump_stuck|ceph pg ls|ceph pg map|ceph config dump|ceph config show|ceph config get|ceph orch ls|ceph orch ps|ceph orch status|ceph crash ls|ceph crash info|ceph osd crush tree|ceph quorum_status|ceph device ls|ceph balancer status|ceph osd safe-to-destroy|ceph osd ok-to-stop|ceph progress|ceph time-sync-status", "it only asks the cluster", "-f:sc:k:n: format= cluster= id= name= keyring= conf=")
        .must(&["ceph osd tree", "ceph health detail", "ceph fs status -f json-pretty", "ceph osd dump | grep flags", "ceph pg dump_stuck", "ceph osd pool ls detail", "ceph osd perf"])
        .must_not(&["ceph osd unset noup", "ceph osd set noout", "ceph mds fail x", "ceph health mute x", "ceph auth get client.admin", "ceph config set a b c", "ceph osd pool delete x", "ceph crash archive-all", "ceph pg repair 1.2", "ceph pg scrub 1"]),
    Rule::reads("ceph tell", "it only asks one daemon", "-f: format=")
        .words(|_, given| (!matches!(given.words.get(1), Some(&("mon_status" | "version" | "status" | "dump_ops_in_flight" | "dump_historic_ops")))).then(|| Call::changes(given.words.get(1).unwrap_or(&"tell"), "it steers a daemon")))
        .must(&["ceph tell mon.ID mon_status", "ceph tell osd.0 version"])
        .must_not(&["ceph tell osd.0 bench", "ceph tell osd.* injectargs x"]),
    Rule::reads("rados|rbd", "it only asks the cluster", "-p:c:k:n:m:t:l pool= format= pretty-format image= snap= all namespace= long keyring= id=")
        .words(|_, given| {
            let words = given.words.as_slice();
            let reads = matches!(words, ["df" | "lspools" | "ls" | "list" | "du" | "info" | "status" | "showmapped" | "stat" | "listsnaps" | "children", ..] | ["mirror", "image" | "pool", "status" | "info", ..] | ["snap", "ls" | "list", ..] | ["device", "list", ..] | ["lock", "ls" | "list", ..] | ["image-meta", "list" | "get", ..] | ["trash", "ls", ..]);
            (!reads).then(|| Call::changes(words.first().unwrap_or(&"rados"), "it changes what is stored, or is a load on it"))
        })
        .must(&["rados df", "rbd ls -p x", "rbd mirror image status p/i", "rbd info p/i", "rbd snap ls p/i"])
        .must_not(&["rbd rm x", "rados -p x rm y", "rbd snap rollback x", "rados bench 5 write", "rbd trash mv x", "rados put a b", "rbd map x"]),
    Rule::verbs("nodetool", "-h:p:u: host= port= username="),
    Rule::only_reads("nodetool status|nodetool info|nodetool tpstats|nodetool ring|nodetool netstats|nodetool compactionstats|nodetool tablestats|nodetool cfstats|nodetool describecluster|nodetool gossipinfo|nodetool version|nodetool proxyhistograms|nodetool tablehistograms", "it only asks a node", "-rHFi").must(&["nodetool status", "nodetool tpstats"]).must_not(&["nodetool drain", "nodetool repair", "nodetool flush", "nodetool gcstats"]),
    Rule::reads("memcached-tool", "it only asks the server", "").words(|_, given| (!matches!(given.words.get(1), None | Some(&("display" | "stats" | "settings" | "sizes")))).then(|| Call::changes("memcached-tool", "it moves what is stored"))).must(&["memcached-tool h:11211 stats"]).must_not(&["memcached-tool h:1 move 1 2"]),
    Rule::verbs("zkServer.sh|zkServer|knife", "-C:a:p:x:VcF: format="),
    Rule::only_reads("zkServer.sh status|zkServer status", "it only asks", "").must(&["zkServer.sh status"]).must_not(&["zkServer.sh restart"]),
    Rule::wraps("knife ssh", knife_ssh)
        .must(&["knife ssh 'roles:x' 'sudo ls -l /y'", "knife ssh -C3 -aipaddress 'roles:x' -- systemctl is-active y"])
        .must_not(&["knife ssh 'roles:x' 'sudo service y stop'", "knife ssh 'roles:x'", "knife ssh q interactive -x y --nonsense"]),
    Rule::verbs("gitlab-runner", "log-level= debug"),
    Rule::only_reads("gitlab-runner list|gitlab-runner status|gitlab-runner help", "it only asks", "-c: config=")
        .must(&["gitlab-runner --version", "gitlab-runner status"])
        .must_not(&["gitlab-runner register", "gitlab-runner unregister --all-runners"]),
    Rule::verbs("knife node|knife role|knife user|knife group|knife client|knife environment|knife cookbook|knife data|knife data bag|knife vault|knife ssl|knife tag", "-VVc:F: format="),
    Rule::only_reads("knife node show|knife node list|knife role show|knife role list|knife user show|knife user list|knife group show|knife group list|knife client list|knife client show|knife environment show|knife environment list|knife cookbook list|knife cookbook show|knife data bag list|knife status|knife search|knife ssl check|knife tag list", "it only asks the server", "-a:liF:VmrE:tw attribute= format= long run-list all")
        .must(&["knife node list", "knife role show x", "knife status", "knife search node 'a:b'"])
        .must_not(&["knife node delete x", "knife ssh 'role:x' 'rm y'", "knife bootstrap x", "knife role edit x", "knife data bag edit a b"]),
    Rule::only_reads("knife data bag show|knife vault show|knife vault list", "it shows what is kept for the hosts", "-F:VmM: mode= format=").flags(SECRETS).must(&["knife data bag show a b"]),
];

/// What `knife ssh` runs on each host its query finds.
fn knife_ssh(asked: &Asked<'_>) -> Call {
    let given = super::options::read(
        asked.args,
        &["-C:a:x:p:i:mVt: concurrency= attribute= ssh-user= ssh-port= ssh-identity-file= manual-list"],
    );
    match (&given.stranger, given.words.split_first()) {
        (Some(option), _) => Call::changes(option, "this option is not known to be harmless"),
        (None, Some((_, command))) if !command.is_empty() => asked.shell(&command.join(" ")),
        _ => Call::changes("ssh", "it opens a shell on other machines"),
    }
}

fn rabbit(asked: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    let verb = given.verb();
    let reads = verb.starts_with("list_")
        || verb.starts_with("check_") && asked.name != "rabbitmqctl"
        || matches!(
            verb,
            "status"
                | "cluster_status"
                | "environment"
                | "ping"
                | "report"
                | "node_health_check"
                | "version"
                | "server_version"
                | "erlang_version"
                | "memory_breakdown"
                | "listeners"
                | "alarms"
                | "runtime_thread_stats"
                | "log_tail"
                | "resolve_hostname"
                | "quorum_status"
                | "stream_status"
                | "directories"
                | "maybe_stuck"
                | "is_booting"
                | "is_running"
                | "os_env"
                | "tls_versions"
                | "certificates"
                | "command_line_arguments"
                | "feature_flags"
        )
        || verb == "list" && asked.name == "rabbitmq-plugins";
    match verb {
        _ if reads && matches!(verb, "environment" | "report" | "os_env") => Some(Call::reads("").flagged(SECRETS)),
        "node_health_check" => Some(Call::reads("").flagged(HEAVY)),
        _ if reads => None,
        "" => Some(Call::changes(asked.name, "there is no verb")),
        "reset"
        | "force_reset"
        | "purge_queue"
        | "delete_queue"
        | "delete_vhost"
        | "forget_cluster_node"
        | "delete_user" => Some(Call::destroys(verb, "it deletes what the broker keeps")),
        _ => Some(Call::changes(verb, "it changes the broker")),
    }
}
