//! The compose services that steps speak of: `docker compose ... up -d backend` names backend.
//! It never judges a command, and takes a placeholder for no service.

use super::{Section, Step, StepKind};

/// Options of compose that take a value: before the verb, and after it.
const BEFORE: [&str; 8] =
    ["-f", "--file", "-p", "--project-name", "--env-file", "--profile", "--project-directory", "--parallel"];
const AFTER: [&str; 18] = [
    "--entrypoint",
    "--tail",
    "-n",
    "--since",
    "--until",
    "-t",
    "--timeout",
    "--scale",
    "--pull",
    "--format",
    "-u",
    "--user",
    "-e",
    "--env",
    "-w",
    "--workdir",
    "--index",
    "--filter",
];
/// Compose files by their usual names; another one may hold services of its own.
const USUAL: [&str; 5] =
    ["docker-compose.prod.yml", "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// The services that the checks and fixes of a section name to compose, each once.
pub fn named(section: &Section) -> Vec<String> {
    let checks = section.checks.iter().map(|c| &c.step);
    let steps = checks.chain(section.fixes.iter().flat_map(|f| &f.steps));
    let mut out: Vec<String> = steps.flat_map(in_step).collect();
    out.sort();
    out.dedup();
    out
}

/// The services that a step names to compose.
pub fn in_step(step: &Step) -> Vec<String> {
    match &step.kind {
        StepKind::Command(text) => in_text(text),
        _ => Vec::new(),
    }
}

fn in_text(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let parts = joined.split(['\n', ';', '|']).flat_map(|l| l.split("&&"));
    parts.flat_map(in_command).collect()
}

fn in_command(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words
        .iter()
        .position(|w| *w == "docker-compose")
        .or_else(|| words.windows(2).position(|w| matches!(w, ["docker" | "podman", "compose"])).map(|i| i + 1));
    let Some(mut rest) = at.and_then(|i| words.get(i + 1..)) else { return Vec::new() };
    while let [option, tail @ ..] = rest {
        if !option.starts_with('-') {
            break;
        }
        let value = tail.first().filter(|_| BEFORE.contains(option));
        let file = value.map(|v| v.rsplit('/').next().unwrap_or(v)).filter(|_| matches!(*option, "-f" | "--file"));
        if file.is_some_and(|f| !USUAL.contains(&f)) {
            return Vec::new();
        }
        rest = tail.get(usize::from(value.is_some())..).unwrap_or_default();
    }
    let Some((verb, rest)) = rest.split_first() else { return Vec::new() };
    let most = match *verb {
        "up" | "start" | "stop" | "restart" | "kill" | "rm" | "create" | "build" | "pull" | "pause" | "unpause"
        | "ps" | "logs" | "top" | "images" | "events" | "stats" => usize::MAX,
        "exec" | "run" | "port" => 1,
        _ => 0,
    };
    let mut out = Vec::new();
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        if AFTER.contains(word) {
            words.next();
        } else if word.starts_with('>') || word.starts_with("2>") {
            break;
        } else if !word.starts_with('-') && out.len() < most {
            let plain = word.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
            if plain && !word.chars().all(|c| c.is_ascii_digit()) {
                out.push((*word).to_owned());
            } else if most == 1 {
                break;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::in_text;

    #[test]
    fn services_are_read_from_compose_commands_alone() {
        for (text, services) in [
            ("docker compose -f docker-compose.prod.yml up -d --wait redis backend", vec!["redis", "backend"]),
            ("sudo docker compose logs --tail 100 prometheus | grep -i rule", vec!["prometheus"]),
            ("docker compose exec -T backend ls -la /cameras", vec!["backend"]),
            ("docker-compose restart -t 5 db && docker compose ps", vec!["db"]),
            ("docker compose stop <service>", vec![]),
            ("docker compose -f docker-compose.monitoring.yml up -d grafana", vec![]),
            ("docker restart backend", vec![]),
            ("docker compose config --services", vec![]),
        ] {
            assert_eq!(in_text(text), services, "{text}");
        }
    }
}
