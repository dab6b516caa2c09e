//! Docker, compose, Kubernetes: the verb decides, and the command inside where one is run in a container.
//! It never lets through a verb it does not know.

use super::{Asked, Call, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        names: &["docker", "podman", "nerdctl"],
        judge: docker,
        reads: &[
            "docker ps -a",
            "docker compose -f docker-compose.prod.yml ps redis",
            "docker compose logs --tail 50 backend",
            "docker events --since=10m",
            "docker exec web ls",
            "docker compose exec -T redis redis-cli ping",
            "docker container inspect rm",
            "docker cp web:/x -",
            "docker system df",
        ],
        not: &[
            "docker rm web",
            "docker compose down -v",
            "docker run --rm alpine ls",
            "docker exec r redis-cli FLUSHALL",
            "docker compose up -d",
            "docker context use prod",
            "docker cp web:/etc/x /etc/",
            "docker system prune",
            "docker ps --x",
            "docker compose -f a up",
        ],
    },
    Rule {
        names: &["docker-compose", "podman-compose"],
        judge: compose_program,
        reads: &["docker-compose ps"],
        not: &["docker-compose up -d", "docker-compose down -v"],
    },
    Rule {
        names: &["kubectl", "oc"],
        judge: kubectl,
        reads: &[
            "kubectl get pods -A",
            "kubectl -n x describe pod y",
            "kubectl logs -f x",
            "kubectl exec p -- ls",
            "kubectl top nodes",
            "oc get nodes",
            "kubectl rollout status deploy/x",
        ],
        not: &[
            "kubectl delete pod x --dry-run=none",
            "kubectl config use-context p",
            "kubectl exec p -- rm x",
            "kubectl rollout restart d",
            "kubectl port-forward svc/x 80",
            "kubectl apply -f x",
            "kubectl diff -f y",
        ],
    },
    Rule {
        names: &["helm"],
        judge: helm,
        reads: &["helm list -A", "helm status x"],
        not: &["helm upgrade x y", "helm uninstall x"],
    },
];

/// Options before the verb that take a value.
const DOCKER_GLOBAL: &[&str] = &["-H", "--host", "-c", "--context", "--config", "-l", "--log-level"];
const COMPOSE_GLOBAL: &[&str] =
    &["-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory"];

/// The words from the verb on; `None` where an option before it is not known.
fn from_verb<'a>(args: &'a [String], valued: &[&str]) -> Option<&'a [String]> {
    let mut rest = args;
    while let Some(first) = rest.first().filter(|w| w.starts_with('-')) {
        let name = first.split('=').next().unwrap_or_default();
        if !valued.contains(&name) && !matches!(name, "-D" | "--debug" | "--tls" | "--ansi") {
            return None;
        }
        rest = rest.get(if first.contains('=') || !valued.contains(&name) { 1 } else { 2 }..).unwrap_or_default();
    }
    Some(rest)
}

fn docker(asked: &Asked<'_>) -> Call {
    if matches!(asked.args, [one] if matches!(one.as_str(), "--version" | "-v")) {
        return Call::reads("it prints its version");
    }
    let Some(words) = from_verb(asked.args, DOCKER_GLOBAL) else {
        return Call::changes("docker", "an option before the verb is not known");
    };
    let Some((verb, rest)) = words.split_first() else { return Call::changes("docker", "there is no verb") };
    match verb.as_str() {
        "compose" => compose(asked, rest),
        "container" | "image" | "volume" | "network" | "system" | "context" | "builder" | "stack" | "service"
        | "node" => match (verb.as_str(), rest.split_first()) {
            ("container", Some((verb, rest))) => plain_verb(asked, verb, rest),
            (_, Some((sub, _)))
                if matches!(sub.as_str(), "ls" | "list" | "inspect" | "df" | "info" | "history" | "show" | "ps") =>
            {
                Call::reads("it only lists")
            }
            (_, Some((sub, _))) if matches!(sub.as_str(), "prune" | "rm") => {
                Call::destroys(sub, "it deletes what Docker keeps").evidence()
            }
            (_, Some((sub, _))) => Call::changes(sub, "it changes what Docker keeps"),
            (_, None) => Call::reads("it only prints help"),
        },
        _ => plain_verb(asked, verb, rest),
    }
}

fn plain_verb(asked: &Asked<'_>, verb: &str, rest: &[String]) -> Call {
    let flag = |names: &[&str]| rest.iter().any(|a| names.contains(&a.as_str()));
    match verb {
        "ps" | "ls" | "images" | "port" | "top" | "diff" | "info" | "version" | "history" | "search" => {
            match rest.iter().find(|a| {
                a.starts_with("--")
                    && ![
                        "--all",
                        "--no-trunc",
                        "--filter",
                        "--format",
                        "--quiet",
                        "--last",
                        "--latest",
                        "--size",
                        "--digests",
                    ]
                    .contains(&a.split('=').next().unwrap_or_default())
            }) {
                Some(option) => Call::changes(option, "this option is not known"),
                None => Call::reads("it only lists"),
            }
        }
        "logs" => {
            let call = Call::reads("it only shows what a container printed");
            if flag(&["-f", "--follow"]) { call.endless() } else { call }
        }
        "inspect" => Call::reads("it only shows a container's settings").secrets(),
        "events" => {
            let call = Call::reads("it only shows what happened");
            if rest.iter().any(|a| a.starts_with("--until")) { call } else { call.endless() }
        }
        "stats" => {
            let call = Call::reads("it only shows use of memory and processor");
            if flag(&["--no-stream"]) { call } else { call.endless() }
        }
        "wait" | "attach" if verb == "wait" => Call::reads("it waits for a container's end").endless(),
        "exec" => inside(asked, rest, &["-u", "--user", "-w", "--workdir", "-e", "--env"]),
        "cp" => match rest.last().map(String::as_str) {
            Some("-") => Call::reads("it prints a file of a container"),
            to => Call::destroys(to.unwrap_or("cp"), "it copies over files"),
        },
        "rm" | "rmi" | "kill" => {
            let call = if verb == "kill" {
                Call::changes(verb, "it kills a container")
            } else {
                Call::destroys(verb, "it deletes a container with its logs and state")
            };
            if verb == "rm" { call.evidence() } else { call }
        }
        "run" if flag(&["--privileged"]) => Call::destroys("--privileged", "it gives a container the whole machine"),
        other => Call::changes(other, "it starts, stops or changes containers or images"),
    }
}

/// The command run in a container, behind its options and the container's name.
fn inside(asked: &Asked<'_>, rest: &[String], valued: &[&str]) -> Call {
    let mut words = rest;
    while let Some(first) = words.first().filter(|w| w.starts_with('-')) {
        if matches!(first.as_str(), "-d" | "--detach" | "--privileged" | "-e" | "--env") {
            return Call::changes(first, "it runs in the background, with more rights or with other settings");
        }
        words = words.get(if valued.contains(&first.as_str()) { 2 } else { 1 }..).unwrap_or_default();
    }
    let command = words.get(1..).unwrap_or_default();
    let command =
        if command.first().is_some_and(|w| w == "--") { command.get(1..).unwrap_or_default() } else { command };
    if command.is_empty() { Call::changes("exec", "there is no command") } else { asked.tail(command) }
}

fn compose_program(asked: &Asked<'_>) -> Call {
    compose(asked, asked.args)
}

fn compose(asked: &Asked<'_>, args: &[String]) -> Call {
    let Some(words) = from_verb(args, COMPOSE_GLOBAL) else {
        return Call::changes("compose", "an option before the verb is not known");
    };
    let Some((verb, rest)) = words.split_first() else { return Call::changes("compose", "there is no verb") };
    match verb.as_str() {
        "exec" => inside(asked, rest, &["-u", "--user", "-w", "--workdir", "--index"]),
        "config" | "convert" => {
            match rest.iter().find(|a| a.starts_with("-o") || a.starts_with("--output") || a.starts_with("--lock")) {
                Some(option) => Call::changes(option, "it writes a file"),
                None => Call::reads("it only prints the settings").secrets(),
            }
        }
        "version" | "images" | "port" | "top" => Call::reads("it only lists"),
        "ps" | "logs" | "ls" => plain_verb(
            asked,
            if verb == "ls" { "ps" } else { verb },
            &rest
                .iter()
                .filter(|a| {
                    !matches!(a.split('=').next(), Some("--services" | "--status" | "--orphans" | "--no-color"))
                })
                .cloned()
                .collect::<Vec<_>>(),
        ),
        "events" => Call::reads("it only shows what happens").endless(),
        "down" if rest.iter().any(|a| matches!(a.as_str(), "-v" | "--volumes") || a.starts_with("--rmi")) => {
            Call::destroys("-v", "it deletes the volumes, and with them the data")
        }
        "down" => Call::changes("down", "it stops and removes the containers").evidence(),
        "rm" => Call::destroys("rm", "it deletes containers with their logs and state").evidence(),
        other => Call::changes(other, "it starts, stops or changes containers"),
    }
}

fn kubectl(asked: &Asked<'_>) -> Call {
    let Some(words) =
        from_verb(asked.args, &["-n", "--namespace", "--context", "--kubeconfig", "-s", "--server", "--as"])
    else {
        return Call::changes("kubectl", "an option before the verb is not known");
    };
    let Some((verb, rest)) = words.split_first() else { return Call::changes("kubectl", "there is no verb") };
    let sub = rest.iter().find(|a| !a.starts_with('-')).map_or("", String::as_str);
    let streams = rest.iter().any(|a| matches!(a.as_str(), "-f" | "-w" | "--follow" | "--watch"));
    match (verb.as_str(), sub) {
        (
            "get" | "describe" | "explain" | "top" | "version" | "api-resources" | "api-versions" | "cluster-info"
            | "logs" | "events",
            _,
        ) if !(verb == "cluster-info" && sub == "dump") => {
            let call = Call::reads("it only asks the cluster");
            let call = if sub.starts_with("secret") { call.secrets() } else { call };
            if streams && verb != "describe" { call.endless() } else { call }
        }
        ("config", "view" | "get-contexts" | "current-context")
        | ("auth", "can-i" | "whoami")
        | ("rollout", "history") => Call::reads("it only asks"),
        ("rollout", "status") => Call::reads("it waits for a rollout").endless(),
        ("exec" | "rsh", _) => match rest.iter().position(|a| a == "--") {
            Some(at) => asked.tail(rest.get(at + 1..).unwrap_or_default()),
            None => Call::changes("exec", "it runs a command in a container"),
        },
        ("delete", _) => Call::destroys("delete", "it deletes things of the cluster"),
        (verb, _) => Call::changes(verb, "it changes the cluster or opens a way into it"),
    }
}

fn helm(asked: &Asked<'_>) -> Call {
    match asked.verb() {
        "list" | "ls" | "status" | "history" | "version" | "search" | "show" => Call::reads("it only asks"),
        "get" => Call::reads("it only asks").secrets(),
        "uninstall" | "delete" => Call::destroys(asked.verb(), "it deletes a release"),
        verb => Call::changes(verb, "it changes a release"),
    }
}
