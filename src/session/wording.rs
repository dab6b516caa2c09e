//! What a command does, in a few plain words, for the commands that runbooks use most.
//! It never decides whether a command may run: that is its effect alone.

use crate::command::{Script, Simple};

/// `starts redis`, `restarts backend`; `None` where the command has no plain words here.
pub fn does(text: &str) -> Option<String> {
    let script = Script::plain(text)?;
    let said: Option<Vec<String>> = script.pipelines.iter().flat_map(|p| p.commands.last()).map(command).collect();
    let mut said = said?;
    said.dedup();
    (!said.is_empty()).then(|| said.join(", then "))
}

fn command(simple: &Simple) -> Option<String> {
    let mut argv: Vec<&str> = simple.argv.iter().map(String::as_str).collect();
    while matches!(argv.first(), Some(&"sudo")) {
        argv.remove(0);
    }
    let program = argv.first()?.rsplit('/').next()?;
    let flag = |names: &[&str]| argv.iter().any(|a| names.contains(a));
    match program {
        "docker" | "podman" if argv.get(1) == Some(&"compose") => compose(argv.get(2..)?),
        "docker-compose" | "podman-compose" => compose(argv.get(1..)?),
        "docker" | "podman" => {
            let verb = argv.get(1)?;
            let on = listed(&plain_words(argv.get(2..)?, &[]));
            Some(match *verb {
                "start" => format!("starts {on}"),
                "restart" => format!("restarts {on}"),
                "stop" => format!("stops {on}"),
                "kill" => format!("kills {on}"),
                "rm" => format!("removes {on}"),
                "pull" => format!("fetches {on}"),
                "unpause" => format!("lets {on} run on"),
                _ => return None,
            })
        }
        "systemctl" | "rc-service" => {
            let words = plain_words(argv.get(1..)?, &[]);
            let (verb, rest) = words.split_first()?;
            let on = if rest.is_empty() { "systemd".to_owned() } else { listed(rest) };
            Some(match *verb {
                "start" => format!("starts {on}"),
                "restart" => format!("restarts {on}"),
                "reload" => format!("reloads the settings of {on}"),
                "stop" => format!("stops {on}"),
                "enable" if flag(&["--now"]) => format!("starts {on}, now and at every boot"),
                "enable" => format!("starts {on} at every boot"),
                "daemon-reload" => "reads systemd's unit files again".into(),
                _ => return None,
            })
        }
        "service" => {
            let (name, verb) = (argv.get(1)?, argv.get(2)?);
            let said = match *verb {
                "start" => "starts",
                "stop" => "stops",
                "restart" => "restarts",
                "reload" => "reloads",
                _ => return None,
            };
            Some(format!("{said} {name}"))
        }
        "kubectl" | "oc" if argv.get(1) == Some(&"rollout") && argv.get(2) == Some(&"restart") => Some(format!(
            "replaces the pods of {} one by one",
            listed(&plain_words(argv.get(3..)?, &["-n", "--namespace"]))
        )),
        "kubectl" | "oc" if argv.get(1) == Some(&"scale") => None,
        "kill" | "pkill" | "killall" => {
            let on = listed(&plain_words(argv.get(1..)?, &["-s"]));
            let how = if flag(&["-9", "-KILL", "-SIGKILL"]) { "at once, without a chance to clean up" } else { "" };
            let what = if program == "kill" { "process" } else { "every process called" };
            Some(format!("ends {what} {on} {how}").trim_end().to_owned())
        }
        "redis-cli" => redis(&argv),
        "sysctl" if flag(&["-w"]) || argv.iter().any(|a| a.contains('=')) => {
            Some(format!("sets the kernel's {}", argv.iter().find(|a| a.contains('='))?))
        }
        "chmod" => Some(format!("changes who may use {}", argv.last()?)),
        "chown" | "chgrp" => Some(format!("changes who owns {}", argv.last()?)),
        "mkdir" => Some(format!("makes the folder {}", argv.last()?)),
        "rm" => Some(format!("deletes {}", listed(&plain_words(argv.get(1..)?, &[])))),
        _ => None,
    }
}

fn compose(argv: &[&str]) -> Option<String> {
    const GLOBAL: &[&str] = &["-f", "--file", "-p", "--project-name", "--env-file", "--profile", "--project-directory"];
    // `-f` names a file before the verb, and means something else after it.
    let verb = plain_words(argv, GLOBAL).first().copied()?;
    let at = argv.iter().position(|w| *w == verb)?;
    let rest = plain_words(argv.get(at + 1..)?, &["-t", "--timeout", "--scale", "--pull"]);
    let rest = rest.as_slice();
    let has = |names: &[&str]| argv.iter().any(|a| names.contains(a));
    let on = if rest.is_empty() { "all services".to_owned() } else { listed(rest) };
    Some(match verb {
        "up" if has(&["--force-recreate"]) => {
            format!("creates {on} anew and starts {}", if rest.len() > 1 || rest.is_empty() { "them" } else { "it" })
        }
        "up" if has(&["--build"]) => {
            format!("builds {on} and starts {}", if rest.len() > 1 || rest.is_empty() { "them" } else { "it" })
        }
        "up" if rest.is_empty() => "starts every service that is not running".into(),
        "up" | "start" => format!("starts {on}"),
        "restart" => format!("restarts {on}"),
        "stop" => format!("stops {on}"),
        "kill" => format!("kills {on}"),
        "down" if has(&["-v", "--volumes"]) => "removes all containers and their volumes".into(),
        "down" => "stops and removes all containers".into(),
        "rm" => format!("removes the containers of {on}"),
        "pull" => format!("fetches the images of {on}"),
        "build" => format!("builds {on}"),
        _ => return None,
    })
}

fn redis(argv: &[&str]) -> Option<String> {
    let words = plain_words(argv.get(1..)?, &["-h", "-p", "-a", "-n", "-u", "--user", "--pass"]);
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let rest = words.get(1..).unwrap_or_default();
    Some(match lower.first()?.as_str() {
        "config" if lower.get(1).is_some_and(|w| w == "set") => {
            format!("sets Redis' {} to {} until its next restart", words.get(2)?, words.get(3)?)
        }
        "del" | "unlink" => format!("deletes {} from Redis", listed(rest)),
        "flushall" => "deletes everything in Redis".into(),
        "flushdb" => "deletes everything in this Redis database".into(),
        "replicaof" | "slaveof" if lower.get(1).is_some_and(|w| w == "no") => {
            "makes this Redis a writable primary".into()
        }
        _ => return None,
    })
}

/// The words that are neither flags nor the values of `valued` flags.
fn plain_words<'a>(argv: &[&'a str], valued: &[&str]) -> Vec<&'a str> {
    let mut out = Vec::new();
    let mut skip = false;
    for word in argv {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.starts_with('-') && word.len() > 1 {
            skip = valued.contains(word);
        } else {
            out.push(*word);
        }
    }
    out
}

fn listed(words: &[&str]) -> String {
    match words {
        [] => "it".into(),
        [one] => (*one).to_owned(),
        [first, last] => format!("{first} and {last}"),
        [first, .., last] if words.len() > 4 => format!("{first} and {} more, {last} the last", words.len() - 2),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::does;

    #[test]
    fn common_commands_have_plain_words() {
        for (text, said) in [
            ("docker compose -f docker-compose.prod.yml up -d redis", "starts redis"),
            ("docker compose up -d", "starts every service that is not running"),
            ("docker compose up -d --force-recreate redis backend", "creates redis and backend anew and starts them"),
            ("docker compose restart -t 5 backend", "restarts backend"),
            ("docker compose down -v", "removes all containers and their volumes"),
            ("sudo systemctl restart nginx", "restarts nginx"),
            ("kill 412", "ends process 412"),
            ("redis-cli -p 6380 config set maxmemory 450mb", "sets Redis' maxmemory to 450mb until its next restart"),
            (
                "docker compose stop redis && docker compose rm -f redis",
                "stops redis, then removes the containers of redis",
            ),
            ("docker stop a b c d e f", "stops a and 4 more, f the last"),
        ] {
            assert_eq!(does(text).as_deref(), Some(said), "{text}");
        }
    }

    #[test]
    fn what_has_no_plain_words_says_nothing() {
        for text in
            ["frobnicate --all", "docker compose exec db psql", "for i in 1 2; do rm $i; done", "kubectl apply -f x"]
        {
            assert_eq!(does(text), None, "{text}");
        }
    }
}
