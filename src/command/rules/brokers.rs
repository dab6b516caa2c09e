//! Brokers of messages: RabbitMQ, Kafka, MQTT.
//! It never lets through a verb that takes, moves or forgets a message.

use super::options::Given;
use super::{Asked, Call, ENDLESS, HEAVY, Rule, SECRETS};

pub(super) const RULES: &[Rule] = &[
    Rule::reads(
        "rabbitmqctl|rabbitmq-diagnostics|rabbitmq-queues|rabbitmq-streams|rabbitmq-plugins",
        "it only asks the broker",
        "-qn:lsp:t:E:emu:V: quiet \
        node= longnames silent vhost= timeout= formatter= table-headers no-table-headers dry-run online \
        offline local print-stacktrace unit= enabled minimal summary verbose",
    )
    .takes_words()
    .words(rabbit)
    .must(&[
        "rabbitmqctl status",
        "rabbitmqctl list_queues name messages",
        "rabbitmqctl -n r@h cluster_status",
        "rabbitmq-diagnostics ping",
        "rabbitmq-diagnostics check_running",
        "rabbitmq-plugins list",
        "rabbitmqctl list_queues -p /x",
        "rabbitmq-queues check_if_node_is_quorum_critical",
    ])
    .must_not(&[
        "rabbitmqctl stop",
        "rabbitmqctl purge_queue x",
        "rabbitmqctl eval 'x()'",
        "rabbitmqctl forget_cluster_node x",
        "rabbitmqctl stop_app",
        "rabbitmqctl reset",
        "rabbitmqctl set_policy a b c",
        "rabbitmq-plugins enable x",
        "rabbitmqctl delete_queue x",
        "rabbitmqctl",
        "rabbitmqctl export_definitions f",
        "rabbitmqctl close_all_connections x",
    ]),
    Rule::reads(
        "rabbitmqadmin",
        "it only asks the broker",
        "-f:H:P:u:p:V:N:c:sqk host= port= username= password= vhost= format= ssl",
    )
    .words(|_, given| {
        (!matches!(given.verb(), "list" | "show"))
            .then(|| Call::changes(given.verb(), "it changes the broker, or takes messages"))
    })
    .must(&["rabbitmqadmin list queues"])
    .must_not(&["rabbitmqadmin get queue=x", "rabbitmqadmin purge queue name=x", "rabbitmqadmin export f"]),
    Rule::reads(
        "kafka-topics.sh|kafka-topics|kafka-consumer-groups.sh|kafka-consumer-groups|\
        kafka-configs.sh|kafka-configs|kafka-acls.sh|kafka-log-dirs.sh|kafka-broker-api-versions.sh",
        "it only asks the broker",
        "bootstrap-server= zookeeper= \
        list describe topic= group= all-groups all-topics members state verbose entity-type= entity-name= \
        all under-replicated-partitions unavailable-partitions command-config= broker-list= topic-list= \
        exclude-internal offsets timeout=",
    )
    .needs("list describe bootstrap-server=")
    .words(|asked, given| {
        (!asked.name.starts_with("kafka-broker-api") && given.any(&["list", "describe"]).is_none())
            .then(|| Call::changes(asked.name, "it changes the broker"))
    })
    .must(&[
        "kafka-topics.sh --bootstrap-server b:9092 --list",
        "kafka-consumer-groups.sh --bootstrap-server b:1 --describe --group g",
    ])
    .must_not(&[
        "kafka-topics.sh --bootstrap-server b --delete --topic t",
        "kafka-consumer-groups.sh --bootstrap-server b --group g --reset-offsets --to-earliest --execute",
        "kafka-configs.sh --bootstrap-server b --alter --add-config x",
        "kafka-console-consumer.sh --topic t",
    ]),
    Rule::only_reads("mosquitto_sub", "it shows what others send", "-h:p:t:vu:P:q:C:W:")
        .flags(super::Flags { secrets: true, ..ENDLESS })
        .must(&["mosquitto_sub -h h -t x"]),
];

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
