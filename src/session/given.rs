//! Which label of a pasted alert a placeholder means, and the values it gives.
//! It never takes a value that does not fit the placeholder's type, and never guesses what a name means.

use crate::command::{Placeholder, Value, placeholder};
use crate::query::Label;

/// What a placeholder is called, and the labels that give it.
struct Meaning {
    words: &'static str,
    labels: &'static str,
    /// Each of the labels may be the one that is meant; otherwise the first that is there is.
    each: bool,
}

const fn meaning(words: &'static str, labels: &'static str, each: bool) -> Meaning {
    Meaning { words, labels, each }
}

const MEANINGS: &[Meaning] = &[
    meaning("namespace ns", "namespace exported_namespace", true),
    meaning("pod po", "pod exported_pod pod_name", true),
    meaning("container", "container exported_container container_name", true),
    meaning("node", "node nodename hostname host instance", false),
    meaning("host hostname server machine fqdn", "host hostname fqdn node nodename instance", false),
    meaning("instance", "instance", false),
    meaning("pvc persistentvolumeclaim claim", "persistentvolumeclaim exported_persistentvolumeclaim pvc", true),
    meaning("pv persistentvolume", "persistentvolume", false),
    meaning("service svc", "service exported_service", true),
    // The scraper's job and the cluster's Job go by the same word.
    meaning("job", "job_name job", true),
    meaning("deployment deploy", "deployment", false),
    meaning("statefulset sts", "statefulset", false),
    meaning("daemonset ds", "daemonset", false),
    meaning("replicaset rs", "replicaset", false),
    meaning("mountpoint mount_point", "mountpoint", false),
    meaning("environment env", "environment env", false),
    meaning("cluster", "cluster cluster_name", false),
];

/// Words of a placeholder's name that say nothing of what it is.
const FILLERS: &str =
    "the a an your my this that of name names value label labels alert alerting firing affected failing
    faulty broken problem problematic unhealthy target current actual full some";

/// What the labels give for a placeholder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Given {
    pub values: Vec<Value>,
    /// Why a value that would have been meant is not taken.
    pub refused: Option<String>,
}

/// Whether a placeholder's name means something that alerts have a label for.
pub fn names_a_label(name: &str) -> bool {
    let word = meant(name);
    MEANINGS.iter().any(|m| m.words.split(' ').any(|w| w == word))
}

/// The values of the labels that a placeholder means.
pub(super) fn given(wanted: &Placeholder, labels: &[Label]) -> Given {
    let mut out = Given::default();
    for (label, bare) in meant_labels(&wanted.name, labels) {
        let text = if bare { without_port(&label.value) } else { label.value.as_str() };
        let cut = if text.len() < label.value.len() { ", without its port" } else { "" };
        let source = match label.name == meant(&wanted.name) {
            true => "from the alert".to_owned(),
            false => format!("the alert's {}{cut}", label.name),
        };
        let value = Value { text: text.to_owned(), source };
        if out.values.iter().any(|v| v.text == value.text) {
            continue;
        }
        match placeholder::put(&wanted.text, &[(wanted.name.clone(), value.clone())]) {
            Ok(_) => out.values.push(value),
            Err(why) => out.refused = Some(why),
        }
    }
    out
}

/// Whether a value is one that an alert gave.
pub(super) fn is_given(value: &Value) -> bool {
    value.source == "from the alert" || value.source.starts_with("the alert's ")
}

/// The labels that a placeholder's name means, and whether an address stands for its host alone.
fn meant_labels<'a>(name: &str, labels: &'a [Label]) -> Vec<(&'a Label, bool)> {
    let called = |wanted: &str| labels.iter().filter(|l| l.name == wanted).collect::<Vec<_>>();
    let exact = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let alone = |found: Vec<&'a Label>| found.into_iter().map(|l| (l, false)).collect::<Vec<_>>();
    // A label's own name of several words is that label.
    if exact.contains('_') && !called(&exact).is_empty() {
        return alone(called(&exact));
    }
    let word = meant(name);
    if let Some(meaning) = MEANINGS.iter().find(|m| m.words.split(' ').any(|w| w == word)) {
        let mut found = meaning.labels.split(' ').map(called).filter(|f| !f.is_empty());
        let found: Vec<&Label> =
            if meaning.each { found.flatten().collect() } else { found.next().unwrap_or_default() };
        let hosts = meaning.labels.contains(' ') && meaning.labels.ends_with("instance");
        return found.into_iter().map(|l| (l, hosts && l.name == "instance")).collect();
    }
    let joined = word.replace('_', "");
    let own = |l: &&Label| !word.is_empty() && l.name.replace('_', "") == joined;
    let found: Vec<&Label> = labels.iter().filter(own).collect();
    // A placeholder that is called nothing but `name` means a label of that name.
    alone(if word.is_empty() { called(&exact) } else { found })
}

/// What a placeholder's name says it is: `POD_NAME` is `pod`, `value of namespace label from alert` is `namespace`.
fn meant(name: &str) -> String {
    let lower = name.to_lowercase();
    let lower = lower.trim_start_matches("the ");
    let lower = ["value of ", "name of "].iter().find_map(|p| lower.strip_prefix(p)).unwrap_or(lower);
    // What something is of, from or in says where it is found.
    let ends = [" of ", " from ", " in ", " on ", " for ", " as "].iter().filter_map(|w| lower.find(w)).min();
    let head = ends.and_then(|end| lower.get(..end)).unwrap_or(lower);
    let words: Vec<&str> = head
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty() && !FILLERS.split_whitespace().any(|f| f == *w))
        .collect();
    let word = words.join("_");
    let known = |w: &str| MEANINGS.iter().any(|m| m.words.split(' ').any(|k| k == w));
    match word.strip_suffix("name").filter(|w| known(w)) {
        Some(stem) if !known(&word) => stem.to_owned(),
        _ => word,
    }
}

/// `node-1:9100` without the port of what was scraped there.
fn without_port(value: &str) -> &str {
    match value.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
            if host.contains(':') && inner.len() == host.len() { value } else { inner }
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::labels;

    fn values(line: &str, alert: &str) -> Vec<String> {
        let wanted = placeholder::find(line).into_iter().next().unwrap();
        given(&wanted, &labels(alert)).values.into_iter().map(|v| format!("{} ({})", v.text, v.source)).collect()
    }

    #[test]
    fn a_placeholder_takes_the_label_it_means() {
        let alert = r#"{alertname="X", namespace="payments", pod="api-0", instance="10.0.0.5:9100", job="ksm", job_name="sum-1", persistentvolumeclaim="data"}"#;
        for (line, value) in [
            ("x $NAMESPACE", "payments (from the alert)"),
            ("x ${NS}", "payments (the alert's namespace)"),
            ("x <namespace>", "payments (from the alert)"),
            ("x <your-namespace>", "payments (from the alert)"),
            ("x <value of namespace label from alert>", "payments (from the alert)"),
            ("x <pod-name>", "api-0 (from the alert)"),
            ("x <podname>", "api-0 (from the alert)"),
            ("x {{ $labels.pod }}", "api-0 (from the alert)"),
            ("x $NODE_NAME", "10.0.0.5 (the alert's instance, without its port)"),
            ("x <value of instance label from alert>", "10.0.0.5:9100 (from the alert)"),
            ("x <job-name>", "sum-1 (the alert's job_name)"),
            ("x $PVC_NAME", "data (the alert's persistentvolumeclaim)"),
        ] {
            assert_eq!(values(line, alert), [value], "{line}");
        }
        assert_eq!(values("x $JOB", alert), ["sum-1 (the alert's job_name)", "ksm (from the alert)"]);
        for line in ["x <virt-launcher-pod>", "x <pod identified as the problem pod>", "x $NAME", "x <id>", "x <port>"]
        {
            assert!(values(line, alert).is_empty(), "{line}: {:?}", values(line, alert));
        }
        assert!(names_a_label("my-namespace") && names_a_label("POD_NAME") && !names_a_label("password"));
        let two = r#"{namespace="monitoring", exported_namespace="payments", node="n1", instance="ksm:8080"}"#;
        assert_eq!(values("x $NAMESPACE", two).len(), 2);
        assert_eq!(values("x <node>", two), ["n1 (from the alert)"]);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_reason() {
        for bad in ["api-0; reboot", "$(reboot)", "`id`", "--all", "a b", "a\\nb", "аpi", "", "a'b", "a|b"] {
            let alert = format!("{{\"labels\":{{\"pod\":\"{bad}\"}}}}");
            let wanted = placeholder::find("x $POD").into_iter().next().unwrap();
            let found = given(&wanted, &labels(&alert));
            assert!(found.values.is_empty(), "{bad}: {found:?}");
            assert!(found.refused.is_some() || bad.is_empty(), "{bad}");
        }
    }
}
