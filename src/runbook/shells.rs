//! Which commands leave their reader in another shell, so that what is typed next belongs there: another host, container or user.
//! It never says what is typed there; a command that runs one thing and comes back opens nothing.

use super::{Step, StepKind};

/// Programs that open a shell where they are the whole command of `exec` or `run`.
const SHELLS: &[&str] = &["sh", "bash", "ash", "zsh", "/bin/sh", "/bin/bash", "/bin/ash", "/bin/zsh"];

/// The steps of a block that are typed into a shell which a step above them opened: line, and the command that opened it.
pub(super) fn inside(steps: &[Step]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for step in steps {
        let StepKind::Command(text) = &step.kind else { continue };
        if matches!(text.trim(), "exit" | "logout") {
            open.pop();
            continue;
        }
        if let Some(opener) = open.last() {
            found.push((step.line, (*opener).to_owned()));
        }
        if opens(text) {
            open.push(text);
        }
    }
    found
}

/// Whether a command leaves one in another shell.
pub(super) fn opens(command: &str) -> bool {
    if command.contains(['|', ';', '\n', '>']) || command.contains("&&") {
        return false;
    }
    let mut words: Vec<&str> = command.split_whitespace().map(|w| w.trim_matches(['"', '\''])).collect();
    if words.first() == Some(&"sudo") {
        words.remove(0);
        if matches!(
            words.as_slice(),
            ["-i" | "-s"] | ["-iu" | "-su", _] | ["-i" | "-s", "-u", _] | ["-u", _, "-i" | "-s"]
        ) {
            return true;
        }
        while words.first().is_some_and(|w| w.starts_with('-')) {
            let named = words.first().is_some_and(|w| matches!(*w, "-u" | "-g"));
            words.drain(..(1 + usize::from(named)).min(words.len()));
        }
    }
    let Some((program, rest)) = words.split_first() else { return false };
    match *program {
        "su" => !rest.contains(&"-c"),
        "ssh" => {
            plain(rest, &["-i", "-p", "-l", "-J", "-F", "-o", "-b", "-c", "-D", "-e", "-L", "-m", "-R", "-W"]) == 1
                && !rest.iter().any(|w| matches!(*w, "-N" | "-f" | "-NL" | "-fN" | "-fNL" | "-O"))
        }
        "chroot" => matches!(rest, [_]) || matches!(rest, [_, shell] if SHELLS.contains(shell)),
        "bash" | "sh" | "zsh" => rest.is_empty() || matches!(rest, ["-l" | "-i"]),
        "kubectl" | "oc" | "docker" | "podman" | "nerdctl" | "crictl" | "docker-compose" => entered(rest),
        _ => false,
    }
}

/// Whether what is called opens a shell in a container or on a node.
fn entered(words: &[&str]) -> bool {
    let Some(at) = words.iter().position(|w| matches!(*w, "exec" | "run" | "rsh" | "debug")) else { return false };
    let behind = words.get(at + 1..).unwrap_or_default();
    let shell = behind.last().is_some_and(|w| SHELLS.contains(w));
    match words.get(at).copied() {
        Some("rsh" | "debug") => {
            let target = behind.split(|w| *w == "--").next().unwrap_or_default();
            let alone = plain(target, &["-n", "-c", "--namespace", "--container", "--image"]) == 1;
            alone && (target.len() == behind.len() || shell)
        }
        _ => shell,
    }
}

/// How many words are neither options nor the values of those options that have one.
fn plain(words: &[&str], valued: &[&str]) -> usize {
    let mut count = 0;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if valued.contains(word) {
            words.next();
        } else if !word.starts_with('-') {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::parse;

    #[test]
    fn what_opens_a_shell_is_told_from_what_comes_back() {
        for line in [
            "ssh db-01",
            "ssh -i key -p 22 user@db-01",
            "sudo su - postgres",
            "sudo -i",
            "su -",
            "sudo -u git -i",
            "oc debug node/worker-1",
            "oc debug \"node/$NODE_NAME\"",
            "oc -n x rsh $POD",
            "oc rsh -c etcdctl -n openshift-etcd etcd-0",
            "kubectl -n x exec -it api-0 -- sh",
            "docker exec -it web bash",
            "docker compose exec web sh",
            "docker run --rm -it alpine sh",
            "chroot /host",
        ] {
            assert!(opens(line), "{line}");
        }
        for line in [
            "ssh db-01 uptime",
            "ssh -NL 9093:localhost:9093 db-01",
            "su - postgres -c 'psql'",
            "oc debug node/worker-1 -- chroot /host uptime",
            "oc rsh $POD df -h",
            "kubectl exec api-0 -- cat /etc/hosts",
            "docker exec web ls",
            "docker compose run web ./migrate",
            "docker logs web",
            "oc get pods | grep debug",
            "sudo systemctl restart x",
            "bash run.sh",
        ] {
            assert!(!opens(line), "{line}");
        }
    }

    #[test]
    fn what_is_typed_there_is_told_with_what_opened_it() {
        let text = "# A\n\n## Diagnosis\n\n```console\n$ uptime\n$ oc debug node/x\n# chroot /host\n# df -h\n```\n\n```bash\nssh db\nuptime -p\nexit\nfree -m\n```\n";
        let runbook = parse("a.md", text);
        let section = runbook.sections.first().unwrap();
        let opener = |line: usize, text: &str| (line, text.to_owned());
        assert_eq!(section.inside, [opener(8, "oc debug node/x"), opener(9, "chroot /host"), opener(14, "ssh db")]);
    }
}
