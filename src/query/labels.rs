//! What a pasted alert says of its place: labels with their values, in the forms that alert managers and their messages have.
//! It never reads a sentence: a value stands behind a label's name, or it is none.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::pattern;

/// A label with a value that an alert gives it. The value is as hostile as the alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// In lower case: `namespace`.
    pub name: String,
    pub value: String,
}

/// Names that are labels wherever they stand; any other is one only where labels are listed.
const KNOWN: &str =
    "alertname namespace pod pod_name container container_name node nodename instance host hostname fqdn
    job job_name cronjob service deployment statefulset daemonset replicaset workload persistentvolumeclaim pvc
    persistentvolume storageclass mountpoint device cluster cluster_name environment region zone availability_zone
    endpoint ingress route topic queue consumergroup datname database vm vmi datasource";

/// More labels than any alert has; what comes behind them is left out.
const MOST: usize = 200;

/// `"labels": {` and its like in JSON.
static OBJECT: LazyLock<Regex> = LazyLock::new(|| pattern(r#""(?:labels|commonLabels|groupLabels|metric)"\s*:\s*\{"#));
/// A pair of a JSON object.
static MEMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r#"^\s*,?\s*"((?:[^"\\]|\\.)*)"\s*:\s*"((?:[^"\\]|\\.)*)""#));
/// `{alertname="X", namespace="y"}`.
static BRACES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\{\s*((?:[A-Za-z_]\w*\s*=\s*"(?:[^"\\]|\\.)*"\s*,?\s*)+)\}"#));
/// `namespace="y"`.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:^|[\s,;{(\[])([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)""#));
/// `namespace=y` among other words.
static BARE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:^|[\s,;(\[|])([A-Za-z_]\w*)=([^\s",;)\]~=][^\s",;)\]]*)"#));
/// A line that is a label and its value: ` - namespace = y`, `*Namespace:* y`, "namespace: `y`".
static LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^[\s>|•·*_`-]*([A-Za-z_]\w*)[*_`]*\s*[:=]\s*[*_]*\s*[`"']?(.*?)[`"']?[\s,]*$"#));
/// `*namespace:* y *pod:* z` in one line, as chat has it.
static STARRED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\*([A-Za-z_]\w*):\*\s*`?([^\s*`]+)"));

/// The labels of a text, each value of a name once, in their order.
pub fn labels(text: &str) -> Vec<Label> {
    let mut found = Found::default();
    for object in OBJECT.find_iter(text) {
        let mut rest = text.get(object.end()..).unwrap_or("");
        while let Some(member) = MEMBER.captures(rest) {
            found.add(&member, true);
            rest = rest.get(member.get(0).map_or(0, |m| m.end())..).unwrap_or("");
        }
    }
    for inside in BRACES.captures_iter(text).filter_map(|c| c.get(1)) {
        QUOTED.captures_iter(inside.as_str()).for_each(|pair| found.add(&pair, true));
    }
    QUOTED.captures_iter(text).for_each(|pair| found.add(&pair, false));
    let mut listed = false;
    for line in text.lines() {
        let bare = line.trim().trim_matches(['*', '_', ':']).to_lowercase();
        // A list of labels ends where that of annotations begins.
        match bare.as_str() {
            "labels" | "common labels" => listed = true,
            "annotations" | "" => listed = false,
            _ => {}
        }
        let starred = STARRED.captures_iter(line).map(|pair| found.add(&pair, false)).count();
        if starred > 1 {
            continue;
        }
        match LINE.captures(line) {
            Some(pair) if listed || single(pair.get(2).map_or("", |m| m.as_str())) => found.add(&pair, listed),
            _ => BARE.captures_iter(line).for_each(|pair| found.add(&pair, false)),
        }
    }
    found.labels
}

/// Whether what stands behind a colon is one word, as a value is and a sentence is not.
fn single(value: &str) -> bool {
    !value.is_empty() && !value.contains(char::is_whitespace)
}

#[derive(Default)]
struct Found {
    labels: Vec<Label>,
}

impl Found {
    /// Takes a pair; where labels are not listed as such, only if its name is known.
    fn add(&mut self, pair: &regex::Captures<'_>, listed: bool) {
        let part = |n: usize| pair.get(n).map_or("", |m| m.as_str());
        let name = part(1).to_lowercase();
        let known = KNOWN.split_whitespace().any(|k| k == name || name.strip_prefix("exported_") == Some(k));
        let value = unescaped(part(2));
        if self.labels.len() >= MOST || value.is_empty() || name.is_empty() || !(known || listed) {
            return;
        }
        // Structured logs of a cluster name a pod with its namespace.
        match value.split_once('/').filter(|(_, pod)| name == "pod" && !listed && !pod.contains('/')) {
            Some((namespace, pod)) => {
                self.put("namespace".into(), namespace.to_owned());
                self.put(name, pod.to_owned());
            }
            None => self.put(name, value),
        }
    }

    fn put(&mut self, name: String, value: String) {
        let label = Label { name, value };
        if !self.labels.contains(&label) {
            self.labels.push(label);
        }
    }
}

/// A text of JSON or of a query without its escapes.
fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    serde_json::from_str(&format!("\"{text}\"")).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, String)> {
        labels(text).into_iter().map(|l| (l.name, l.value)).collect()
    }

    fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
        wanted.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn labels_are_read_in_the_forms_that_alerts_have() {
        let wanted = pairs(&[("alertname", "KubePodCrashLooping"), ("namespace", "payments"), ("pod", "api-0")]);
        for text in [
            r#"{"status":"firing","alerts":[{"labels":{"alertname":"KubePodCrashLooping","namespace":"payments","pod":"api-0"},"annotations":{"summary":"it restarts"}}]}"#,
            "[\n  {\n    \"labels\": {\n      \"alertname\": \"KubePodCrashLooping\",\n      \"namespace\": \"payments\",\n      \"pod\": \"api-0\"\n",
            r#"ALERTS{alertname="KubePodCrashLooping", namespace="payments", pod="api-0"} 1"#,
            "[FIRING:1] it restarts\nLabels:\n - alertname = KubePodCrashLooping\n - namespace = payments\n - pod = api-0\nAnnotations:\n - summary = the pod is not well\nSource: http://x\n",
            "*Alertname:* KubePodCrashLooping\n*Namespace:* payments\n*Pod:* `api-0`\n",
            "*alertname:* KubePodCrashLooping *namespace:* payments *pod:* api-0",
            "KubePodCrashLooping fires: alertname=KubePodCrashLooping namespace=payments pod=api-0",
            "alertname: KubePodCrashLooping\nnamespace: payments\npod: api-0",
        ] {
            assert_eq!(told(text), wanted, "{text}");
        }
    }

    #[test]
    fn each_value_of_a_name_is_kept_and_a_name_of_its_own_counts_where_labels_are_listed() {
        let text = r#"{"alerts":[{"labels":{"pod":"a-0","rack":"r 1"}},{"labels":{"pod":"a-1","pod":"a-0"}}]}"#;
        assert_eq!(told(text), pairs(&[("pod", "a-0"), ("rack", "r 1"), ("pod", "a-1")]));
        assert_eq!(
            told(r#"E0406 14:20:46.9 1 x.go:1] "Error syncing" pod="payments/api-0" err="x""#),
            pairs(&[("namespace", "payments"), ("pod", "api-0")])
        );
        assert_eq!(told(r#"{"labels":{"pod":"a\"b\\nc"}}"#), pairs(&[("pod", "a\"b\\nc")]));
    }

    #[test]
    fn words_are_no_labels() {
        for text in [
            "the pod is not ready and the namespace is gone",
            "node: it is down since noon",
            "pod: ",
            "rack=7 colour=red level=error msg=\"x\"",
            "sum(rate(x{pod!=\"a\", namespace=~\"b\"}[5m])) > 1",
            "redis is down",
        ] {
            assert!(told(text).is_empty(), "{text}: {:?}", told(text));
        }
        assert!(labels(&"pod=a".repeat(10_000)).len() <= MOST);
    }
}
