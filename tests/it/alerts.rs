//! Alerts pasted into the conversation: the section they are about, and its commands with the alert's values in them.
//! It never runs a command: what a look prints is the test's.

use unstuck::session::Settings;
use unstuck::session::event::Event;
use unstuck::session::library::Library;

use crate::books::{self, invented};
use crate::scripted::{self, Script, Staged};

/// The runbooks of one collection; `None` where the collections are not there.
fn collection(name: &str) -> Option<Library> {
    Some(books::library(&books::read(&books::shared("bench/corpora")?.join(name))))
}

struct End {
    shown: String,
    /// The section that was opened first, as its runbook's path.
    opened: String,
    looked: Vec<String>,
    ran: Vec<String>,
}

/// Pastes `alert` and answers; every look prints what `prints` gives.
fn converse(library: &Library, alert: &str, answers: &[&str], answer: &dyn Fn(&str) -> (i32, String)) -> End {
    let world = Staged::printing(answer);
    let end = scripted::converse(Script::saying(answers), &world, library, Settings::default(), &[alert]);
    let opened = end.events.iter().find_map(|e| match e {
        Event::SectionChosen { path, .. } => Some(path.clone()),
        _ => None,
    });
    End {
        shown: end.screen,
        opened: opened.unwrap_or_default(),
        looked: world.looked.into_inner(),
        ran: world.changed.into_inner(),
    }
}

fn well(_: &str) -> (i32, String) {
    (0, "all is well".into())
}

#[test]
fn an_alert_of_the_first_collection_leads_to_its_commands() {
    let Some(library) = collection("openshift") else { return };
    // As the webhook sends it: the values go into variables that the runbook sets from the alert's labels.
    let webhook = r#"{"receiver":"ops","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"KubePersistentVolumeFillingUp","namespace":"payments","persistentvolumeclaim":"data-ledger-0","node":"worker-2","severity":"critical"},"annotations":{"description":"The PersistentVolume claimed by data-ledger-0 in Namespace payments is only 2.3% free."},"startsAt":"2026-03-14T02:17:38.120Z"}],"groupLabels":{"alertname":"KubePersistentVolumeFillingUp"}}"#;
    let end = converse(&library, webhook, &[""], &well);
    assert!(end.opened.ends_with("cluster-monitoring-operator/KubePersistentVolumeFillingUp.md"), "{}", end.shown);
    assert!(
        end.looked.contains(&"oc -n payments describe pvc data-ledger-0".to_owned()),
        "{:?}\n{}",
        end.looked,
        end.shown
    );
    assert!(end.shown.contains("NAMESPACE = payments (from the alert)"), "{}", end.shown);
    assert!(
        !end.shown.contains("What is `$POD_NAME`"),
        "nothing is asked for a command that is not run\n{}",
        end.shown
    );

    // As a message shows it: the runbook takes its variable from a command, and the pod is asked for.
    let message = "[FIRING:1] LowVirtOperatorCount\nLabels:\n - alertname = LowVirtOperatorCount\n - namespace = openshift-monitoring\n - severity = warning\nAnnotations:\n - summary = More than one virt-operator should be running if more than one worker nodes exist.\nSource: https://console.example/monitoring/graph\n";
    let prints = |command: &str| match command {
        c if c.starts_with("oc get kubevirt") => (0, "\nopenshift-cnv\n".to_owned()),
        _ => (0, "all is well".to_owned()),
    };
    let end = converse(&library, message, &["", "virt-operator-1"], &prints);
    assert!(end.opened.ends_with("LowVirtOperatorCount.md"), "{}", end.shown);
    for command in [
        "oc -n openshift-cnv get pods -l kubevirt.io=virt-operator",
        "oc -n openshift-cnv logs virt-operator-1",
        "oc -n openshift-cnv describe pod virt-operator-1",
    ] {
        assert!(
            end.looked.iter().any(|l| l.starts_with(command)),
            "`{command}` is not in {:?}\n{}",
            end.looked,
            end.shown
        );
    }
    assert!(!end.looked.iter().any(|l| l.contains("openshift-monitoring")), "{:?}", end.looked);
}

#[test]
fn an_alert_of_the_second_collection_leads_to_its_commands() {
    let Some(library) = collection("prometheus") else { return };
    let message = "Labels:\n - alertname = KubePodCrashLooping\n - container = api\n - namespace = payments\n - pod = api-7d9f8-x2x1z\n - severity = warning\nAnnotations:\n - description = Pod payments/api-7d9f8-x2x1z (api) is in waiting state (reason: \"CrashLoopBackOff\").\n";
    let end = converse(&library, message, &[""], &well);
    assert!(end.opened.ends_with("kubernetes/KubePodCrashLooping.md"), "{}", end.shown);
    for command in [
        "kubectl -n payments get pod api-7d9f8-x2x1z",
        "kubectl -n payments describe pod api-7d9f8-x2x1z",
        "kubectl -n payments logs api-7d9f8-x2x1z -c api",
    ] {
        assert!(
            end.looked.iter().any(|l| l.starts_with(command)),
            "`{command}` is not in {:?}\n{}",
            end.looked,
            end.shown
        );
    }
    assert!(
        end.shown.contains("NAMESPACE = payments (from the alert), POD = api-7d9f8-x2x1z (from the alert)"),
        "{}",
        end.shown
    );

    let listed = r#"[{"annotations":{"summary":"Kubelet is running at capacity."},"endsAt":"2026-03-14T03:00:00Z","labels":{"alertname":"KubeletTooManyPods","node":"node1.example.net","severity":"info"},"generatorURL":"http://prometheus/graph"}]"#;
    let end = converse(&library, listed, &[""], &well);
    assert!(end.opened.ends_with("kubernetes/KubeletTooManyPods.md"), "{}", end.shown);
    assert_eq!(
        end.looked,
        ["kubectl get pods --all-namespaces --field-selector spec.nodeName=node1.example.net"],
        "{}",
        end.shown
    );
    // Two nodes: which of them is asked, not guessed.
    let two =
        listed.replacen("[{", r#"[{"labels":{"alertname":"KubeletTooManyPods","node":"node2.example.net"}},{"#, 1);
    let end = converse(&library, &two, &["", "2"], &well);
    assert!(end.shown.contains("Which node?"), "{}", end.shown);
    assert_eq!(end.looked, ["kubectl get pods --all-namespaces --field-selector spec.nodeName=node1.example.net"]);
}

#[test]
fn an_alert_of_the_third_collection_leads_to_its_commands() {
    let Some(library) = collection("gitlab") else { return };
    let chat = "*Alert:* the registry has no ready pod\n*alertname:* ContainerRegistryDown\n*namespace:* gitlab\n*pod:* gitlab-registry-5d8f9-abcde\n*description:* gitlab registry returns errors, pod is not running\n";
    let end = converse(&library, chat, &["1"], &well);
    assert_eq!(end.opened, "docs/registry/gitlab-registry.md", "{}", end.shown);
    for command in [
        "kubectl describe pod gitlab-registry-5d8f9-abcde",
        "kubectl describe service gitlab-registry -n gitlab",
        "kubectl describe endpoints gitlab-registry -n gitlab",
    ] {
        assert!(end.looked.contains(&command.to_owned()), "`{command}` is not in {:?}\n{}", end.looked, end.shown);
    }
    let query = r#"ALERTS{alertname="TargetDown", instance="sidekiq-03.example.net:9168", job="gitlab-monitor", name="gitlab-monitor"} 1 the scraping target (exporter) is not accessible from the prometheus server"#;
    let end = converse(&library, query, &["1"], &well);
    assert_eq!(end.opened, "docs/monitoring/target-is-down.md", "{}", end.shown);
    assert!(end.looked.contains(&"service gitlab-monitor status".to_owned()), "{:?}\n{}", end.looked, end.shown);
}

const OWN: &str = "# Pods\n\n## Pod Crashes\n\n### Symptoms\n\n- the pod crashes\n\n### Diagnosis\n\n```bash\n# what it says\nkubectl -n $NAMESPACE logs ${POD}\n# what is written of it\nkubectl -n {{ $labels.namespace }} get events\n# what it serves\ncurl -s http://<instance>/metrics\n```\n\n### Solutions\n\n**Delete it**\n\n```bash\nkubectl -n $NAMESPACE delete pod $POD\n```\n";

fn broken(_: &str) -> (i32, String) {
    (1, "it is broken".into())
}

#[test]
fn values_of_an_alert_that_are_no_names_are_refused_and_never_run() {
    let library = invented(&[("own.md", OWN)]);
    for (pod, namespace) in [
        ("api-0; rm -rf /", "payments"),
        ("$(reboot)", "pay`id`ments"),
        ("--all", "payments\\n-o=yaml"),
        ("api-0 --context=other", "../kube-system payments"),
        ("api-0' 'x", "payments|sh"),
    ] {
        let alert = format!(
            "{{\"labels\":{{\"alertname\":\"PodCrashes\",\"pod\":\"{pod}\",\"namespace\":\"{namespace}\",\"instance\":\"-oproxy\"}}}} the pod crashes"
        );
        // Every question is left with Enter: nothing may be run with what the alert says.
        let end = converse(&library, &alert, &["", "", "", "", "", "", "", ""], &broken);
        // What one label says well may be looked at; what another does not say well is not.
        let clean = |l: &String| l == "kubectl -n payments get events";
        assert!(
            end.looked.iter().all(clean) && end.ran.is_empty(),
            "{pod} {namespace}: {:?}\n{}",
            end.looked,
            end.shown
        );
        assert!(end.shown.contains("of the alert, the value for"), "{}", end.shown);
        let asked = ["What is `$NAMESPACE`", "What is `${POD}`"].iter().any(|q| end.shown.contains(q));
        assert!(asked, "it is asked for instead\n{}", end.shown);
    }
}

#[test]
fn an_address_of_an_alert_is_called_only_with_a_yes() {
    let library = invented(&[("own.md", OWN)]);
    let alert = r#"{alertname="PodCrashes", pod="api-0", namespace="payments", instance="collector.example:80"} the pod crashes"#;
    for (answer, called) in [("n", false), ("", true)] {
        let end = converse(&library, alert, &["", answer, "", ""], &broken);
        assert!(
            end.shown.contains("Take collector.example:80 for `<instance>`? It is from the alert."),
            "{}",
            end.shown
        );
        assert_eq!(
            end.looked.iter().any(|l| l.contains("collector.example")),
            called,
            "{:?}\n{}",
            end.looked,
            end.shown
        );
        assert!(end.looked.contains(&"kubectl -n payments logs api-0".to_owned()), "{:?}", end.looked);
        assert!(end.looked.contains(&"kubectl -n payments get events".to_owned()), "{:?}", end.looked);
    }
}

#[test]
fn a_fix_shows_where_its_values_came_from_and_asks_which_of_two() {
    let library = invented(&[("own.md", OWN)]);
    let one = r#"{alertname="PodCrashes", pod="api-0", namespace="payments"} the pod crashes"#;
    let end = converse(&library, one, &["", "", "y"], &broken);
    assert!(end.shown.contains("$NAMESPACE = payments (from the alert)"), "{}", end.shown);
    assert!(end.shown.contains("kubectl -n payments delete pod api-0"), "{}", end.shown);
    let two = r#"{alertname="PodCrashes", pod="api-0", namespace="monitoring", exported_namespace="payments"} the pod crashes"#;
    let end = converse(&library, two, &["", "2", "", "", "", ""], &broken);
    assert!(end.shown.contains("Which NAMESPACE?") && end.shown.contains("exported_namespace"), "{}", end.shown);
    assert!(end.looked.contains(&"kubectl -n payments logs api-0".to_owned()), "{:?}\n{}", end.looked, end.shown);
    assert!(end.ran.is_empty());
}

#[test]
fn what_a_step_prints_fills_the_steps_below_it() {
    let text = "# Pods\n\n## Pod Crashes\n\n### Symptoms\n\n- the pod crashes\n\n### Diagnosis\n\n```bash\nexport NS=payments\nPOD=$(kubectl -n $NS get pods -l app=<app> -o name)\nkubectl -n $NS logs $POD\n```\n\n### Solutions\n\n**Make it anew**\n\n```bash\nNEW=$(kubectl -n $NS get pods -o name)\nkubectl -n $NS delete $NEW\n```\n";
    let library = invented(&[("own.md", text)]);
    let prints = |command: &str| match command {
        "kubectl -n payments get pods -l app=api -o name" => (0, "pod/api-0\n".to_owned()),
        "kubectl -n payments get pods -o name" => (0, "pod/api-0\npod/api-1\n".to_owned()),
        _ => (1, "it is broken".to_owned()),
    };
    // Pasted words, the app's name, which of two pods, and the yes.
    let end = converse(&library, "the pod crashes", &["", "api", "2", "y", ""], &prints);
    assert!(end.looked.contains(&"kubectl -n payments logs pod/api-0".to_owned()), "{:?}\n{}", end.looked, end.shown);
    assert!(end.shown.contains("pod/api-1 (printed by kubectl"), "{}", end.shown);
    assert!(end.shown.contains("kubectl -n payments delete pod/api-1"), "{}", end.shown);
}
