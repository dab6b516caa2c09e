//! What `kubectl` changes: replicas, revisions and nodes as they are now, and the command that brings them back.
//! It never asks the cluster by anything but `get`.

use std::path::Path;

use super::quoted;
use super::settings::ask;
use crate::session::ports::Target;

/// Options that say which cluster and namespace is meant.
const PLACE: [&str; 5] = ["-n", "--namespace", "--context", "--kubeconfig", "--cluster"];
/// Other options whose value stands behind them.
const VALUED: [&str; 6] = ["--replicas", "--current-replicas", "--to-revision", "--timeout", "-c", "--containers"];

/// What a call of `kubectl` acts on, where its way back is known.
pub(super) async fn of(words: &[String], dir: &Path) -> Option<Target> {
    let call = Call::read(words)?;
    let plain: Vec<&str> = call.plain.iter().map(String::as_str).collect();
    let (kind, object): (Kind, &[&str]) = match plain.as_slice() {
        ["scale", object @ ..] => (Kind::Replicas, object),
        ["set", "image" | "env" | "resources", object @ ..] => (Kind::Revision, object),
        ["rollout", "restart" | "undo", object @ ..] => (Kind::Revision, object),
        ["rollout", "pause" | "resume", object @ ..] => (Kind::Paused, object),
        ["cordon" | "uncordon", node] => {
            let closed = call.get(&["node", *node], "{.spec.unschedulable}", dir).await? == "true";
            let (now, back) = if closed { ("closed", "cordon") } else { ("open", "uncordon") };
            return Some(call.target(format!("node {node}"), now, &[back, *node]));
        }
        _ => return None,
    };
    let object: Vec<&str> = object.iter().copied().filter(|w| !w.contains('=')).collect();
    let named = match object.as_slice() {
        [one] if one.contains('/') => true,
        [_, name] => !name.contains('/'),
        _ => false,
    };
    let deployment = object.first().is_some_and(|kind| kind.starts_with("deploy"));
    if !named || !deployment && kind != Kind::Replicas {
        return None;
    }
    let path = match kind {
        Kind::Replicas => "{.spec.replicas}",
        Kind::Revision => r"{.metadata.annotations.deployment\.kubernetes\.io/revision}",
        Kind::Paused => "{.spec.paused}",
    };
    let old = call.get(&object, path, dir).await?;
    let count = old.parse::<u32>().is_ok();
    let shown = object.join(" ");
    Some(match kind {
        Kind::Replicas if count => {
            let back: Vec<&str> = ["scale"].into_iter().chain(object).collect();
            let replicas = format!("--replicas={old}");
            call.target(shown, &format!("{old} replicas"), &[&back[..], &[replicas.as_str()][..]].concat())
        }
        Kind::Revision if count => {
            let back: Vec<&str> = ["rollout", "undo"].into_iter().chain(object).collect();
            let revision = format!("--to-revision={old}");
            call.target(shown, &format!("revision {old}"), &[&back[..], &[revision.as_str()][..]].concat())
        }
        Kind::Paused => {
            let (now, verb) = if old == "true" { ("paused", "pause") } else { ("rolling", "resume") };
            let back: Vec<&str> = ["rollout", verb].into_iter().chain(object).collect();
            call.target(shown, now, &back)
        }
        _ => return None,
    })
}

/// What of an object a call changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Replicas,
    Revision,
    Paused,
}

/// A call of `kubectl`: where it goes, and its words without options.
struct Call {
    place: Vec<String>,
    plain: Vec<String>,
}

impl Call {
    fn read(words: &[String]) -> Option<Call> {
        let (program, args) = words.split_first()?;
        let mut call = Call { place: vec![program.clone()], plain: Vec::new() };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let name = arg.split('=').next().unwrap_or_default();
            match (PLACE.contains(&name), arg.contains('=')) {
                (true, true) => call.place.push(arg.clone()),
                (true, false) => call.place.extend([arg.clone(), args.next()?.clone()]),
                (false, false) if VALUED.contains(&name) => {
                    args.next()?;
                }
                (false, _) if arg.starts_with('-') => {}
                (false, _) => call.plain.push(arg.clone()),
            }
        }
        Some(call)
    }

    /// One field of an object; empty where it is not set, `None` where the cluster does not answer.
    async fn get(&self, object: &[&str], path: &str, dir: &Path) -> Option<String> {
        let object = object.iter().map(|w| (*w).to_owned());
        let format = ["-o".to_owned(), format!("jsonpath={{.metadata.name}} {path}")];
        let words: Vec<String> =
            self.place.iter().cloned().chain(["get".to_owned()]).chain(object).chain(format).collect();
        let said = ask(&words, dir).await?;
        said.trim_end_matches('\n').split_once(' ').map(|(_, value)| value.trim().to_owned())
    }

    fn target(&self, shown: String, now: &str, back: &[&str]) -> Target {
        let words = self.place.iter().map(String::as_str).chain(back.iter().copied());
        Target {
            identity: format!("kubernetes {shown} {now}"),
            shown: format!("{shown}, now {now}"),
            undo: Some(words.map(quoted).collect::<Vec<_>>().join(" ")),
            forbidden: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(line: &str) -> Call {
        Call::read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_place_is_kept_apart_from_the_object() {
        let read = call("kubectl -n prod --context=c scale deploy web --replicas 3 --timeout=5s");
        assert_eq!(read.place, ["kubectl", "-n", "prod", "--context=c"]);
        assert_eq!(read.plain, ["scale", "deploy", "web"]);
        let target = read.target("deploy web".into(), "2 replicas", &["scale", "deploy", "web", "--replicas=2"]);
        assert_eq!(target.undo.as_deref(), Some("kubectl -n prod --context=c scale deploy web --replicas=2"));
    }
}
