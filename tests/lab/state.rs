//! What state the stack is in, as a sorted list of facts that can be compared with another time's.
//! It never holds a secret: texts are compared by their sums.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::shell::Shell;

/// Facts by name.
pub type State = BTreeMap<String, String>;

/// One line `name\tvalue` for each fact; what cannot be asked is a fact as well.
/// Short answers are asked for at the same time; long ones by themselves, as their lines would fall into one another.
const FACTS: &str = r#"
docker ps -aq --filter label=com.docker.compose.project=unstuck-lab | xargs -r docker inspect | jq -r '.[]
    | "service \(.Config.Labels["com.docker.compose.service"])" as $name
    | "\($name) state\t\(.State.Status) \(.State.Health.Status // "")",
      "\($name) made\t\({env: (.Config.Env // [] | sort), cmd: .Config.Cmd, entry: .Config.Entrypoint, image: .Config.Image, memory: .HostConfig.Memory,
          restart: .HostConfig.RestartPolicy.Name, cpus: .HostConfig.NanoCpus, tmpfs: .HostConfig.Tmpfs, health: .Config.Healthcheck, binds: (.HostConfig.Binds // [] | sort), ports: .HostConfig.PortBindings} | tostring)",
      "\($name) networks\t\(.NetworkSettings.Networks | keys | join(" "))"'
printf 'containers beside the project\t%s\n' "$(docker ps -a --filter name=^/unstuck-lab --format '{{.Names}} {{.Label "com.docker.compose.project"}}' | grep -vc ' unstuck-lab$' || true)"
find . -type f ! -name '*.log' -print0 | sort -z | xargs -0 md5sum | awk '{print "file " $2 "\t" $1}'
find "$FOSCAM/.." -mindepth 1 ! -path '*/.made-by*' -printf 'path %P\t%m %u\n' | sort
for key in maxmemory maxmemory-policy requirepass stop-writes-on-bgsave-error; do
    printf 'service redis config %s\t%s\n' "$key" "$(timeout 3 redis-cli -h 127.0.0.1 config get $key 2>&1 | tail -n 1)" &
done
printf 'service redis role\t%s\n' "$(timeout 3 redis-cli -h 127.0.0.1 info replication 2>&1 | grep ^role | tr -d '\r')" &
printf 'service redis loading\t%s\n' "$(timeout 3 redis-cli -h 127.0.0.1 info persistence 2>&1 | grep ^loading: | tr -d '\r')" &
for key in detection_queue analysis_queue dlq:detection_queue dlq:analysis_queue; do
    printf 'queue %s\t%s\n' "$key" "$(timeout 3 redis-cli -h 127.0.0.1 llen $key 2>&1)" &
done
printf 'service backend ready\t%s\n' "$(code http://localhost:8000/api/system/health/ready)" &
printf 'service backend watcher\t%s\n' "$(curl -s -m 3 http://localhost:8000/api/system/pipeline | jq -c .file_watcher 2>/dev/null)" &
printf 'service backend breakers\t%s\n' "$(curl -s -m 3 http://localhost:8000/api/system/circuit-breakers | jq -c .open_count 2>/dev/null)" &
printf 'service ai-yolo26 health\t%s\n' "$(curl -s -m 1 http://localhost:8095/health | jq -c .model_loaded 2>/dev/null)" &
printf 'service ai-llm health\t%s\n' "$(code http://localhost:8091/health 1)" &
printf 'service frontend page\t%s\n' "$(code https://localhost:8443/)" &
for name in florence:8092 clip:8093 enrichment:8094 enrichment-light:8096; do
    printf 'service ai-%s health\t%s\n' "${name%%:*}" "$(code "http://localhost:${name##*:}/health" 1)" &
done
printf 'database\t%s\n' "$(sql "SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'" 2>&1 | tail -n 1)" &
printf 'database sessions\t%s\n' "$([ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'security'" 2>/dev/null || echo 99)" -lt 10 ] && echo few || echo many)" &
for key in max_user_watches max_user_instances; do
    printf 'kernel %s\t%s\n' "$key" "$(cat /proc/sys/fs/inotify/$key)" &
done
wait
"#;

/// Asks everything.
pub fn of(shell: &Shell) -> State {
    let text = shell.run(FACTS).unwrap_or_else(|error| format!("asking\t{error:#}"));
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, value)| {
            let sum = name.ends_with(" made").then(|| {
                let mut hasher = DefaultHasher::new();
                value.hash(&mut hasher);
                format!("{:016x}", hasher.finish())
            });
            (name.trim().to_owned(), sum.unwrap_or_else(|| value.trim().to_owned()))
        })
        .collect()
}

/// Whether the first state is one to start from.
pub fn is_well(state: &State) -> bool {
    let is = |name: &str, value: &str| state.get(name).is_some_and(|v| v == value);
    is("service backend ready", "200")
        && is("service frontend page", "200")
        && is("service ai-yolo26 health", "true")
        && is("service ai-llm health", "200")
        && !state.values().any(|v| v.contains("starting") || v.contains("unhealthy"))
}

/// What the second has otherwise, one sentence each.
pub fn difference(first: &State, now: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, value) in first {
        match now.get(name) {
            Some(other) if other == value => {}
            Some(other) => lines.push(format!("{name}: {other}, was {value}")),
            None => lines.push(format!("{name}: gone, was {value}")),
        }
    }
    lines.extend(
        now.iter()
            .filter(|(name, _)| !first.contains_key(*name))
            .map(|(name, value)| format!("{name}: {value}, was not there")),
    );
    lines
}
