//! A runbook's command as it has to read in this project: with the compose file and the folders it has.
//! It never changes what is not named by a default of the compose file.

use super::Site;
use crate::command::Script;

impl Site {
    /// A command as it has to read here, and why it was changed.
    pub(crate) fn suited(&self, command: &str) -> (String, Vec<String>) {
        let (mut line, mut notes) = (command.to_owned(), Vec::new());
        for change in [Site::with_own_files, Site::with_own_paths, Site::with_own_https] {
            if let Some((changed, why)) = change(self, &line) {
                line = changed;
                notes.push(why);
            }
        }
        (line, notes)
    }

    /// A plain `docker compose` line with the files this project has, where those it names are not here, or where it
    /// names none and compose would find none; with why. `None` where it is right as it stands.
    fn with_own_files(&self, command: &str) -> Option<(String, String)> {
        self.compose_file.as_ref()?;
        let words: Vec<&str> = command.split_whitespace().collect();
        let plain = Script::plain(command)?;
        if plain.single()?.argv != words {
            return None;
        }
        let sudo = usize::from(words.first() == Some(&"sudo"));
        let tail = match words.get(sudo..)? {
            ["docker", "compose", tail @ ..] | ["docker-compose", tail @ ..] => tail,
            _ => return None,
        };
        let (mut named, mut rest) = (Vec::new(), tail);
        loop {
            match rest {
                ["-f" | "--file", file, more @ ..] => (rest, _) = (more, named.push(*file)),
                [one, more @ ..] if one.starts_with("--file=") => {
                    (rest, _) = (more, named.push(&one["--file=".len()..]))
                }
                // Another project or folder is meant, or an option stands before the verb that is not known here.
                [one, ..] if one.starts_with('-') => return None,
                _ => break,
            }
        }
        let gone: Vec<&&str> = named.iter().filter(|f| !self.dir.join(f).is_file()).collect();
        let own = self.compose_command();
        let right = if named.is_empty() {
            own == "docker compose" || self.env("COMPOSE_FILE").is_some()
        } else {
            gone.is_empty()
        };
        if right {
            return None;
        }
        let why = match gone.first() {
            Some(file) => format!("`{file}` is not here; this project's compose file is named instead"),
            None => "with this project's compose file, which has a name of its own".into(),
        };
        let sudo = if sudo == 1 { "sudo " } else { "" };
        Some((format!("{sudo}{own} {}", rest.join(" ")), why))
    }

    /// A command with the paths of this project in the place of the compose file's defaults, `/export/foscam` for
    /// `${FOSCAM_BASE_PATH:-/export/foscam}`; with why. `None` where none of them stands in it.
    fn with_own_paths(&self, command: &str) -> Option<(String, String)> {
        let (mut line, mut why) = (command.to_owned(), Vec::new());
        for (name, default) in self.path_defaults() {
            let Some(own) = self.env(&name).map(|own| own.trim_end_matches('/')).filter(|own| *own != default) else {
                continue;
            };
            // What a shell might read otherwise stays as the runbook has it.
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
            let replaced = replace(&line, &default, own);
            if own.starts_with('/') && own.chars().all(plain) && replaced != line {
                why.push(format!("{default} is {own} here ({name})"));
                line = replaced;
            }
        }
        (!why.is_empty()).then(|| (line, why.join(", ")))
    }

    /// A command that asks this machine for HTTPS with the port that the project publishes it at, where that is another
    /// than the usual one; with why.
    fn with_own_https(&self, command: &str) -> Option<(String, String)> {
        let ports: Vec<_> = self.services().iter().flat_map(|s| self.ports_of(s)).filter(|p| !p.udp).collect();
        if ports.iter().any(|p| p.host_port == Some(443)) {
            return None;
        }
        let secure: Vec<u16> =
            ports.iter().filter(|p| p.container_port % 1000 == 443).filter_map(|p| p.host_port).collect();
        let [port] = secure.as_slice() else { return None };
        let own = format!("localhost:{port}");
        let mut line = replace(command, "localhost:443", &own);
        for (end, then) in [("https://localhost/", "/"), ("https://localhost ", " ")] {
            line = line.replace(end, &format!("https://{own}{then}"));
        }
        if let Some(before) = line.strip_suffix("https://localhost") {
            line = format!("{before}https://{own}");
        }
        (line != command).then(|| (line, format!("HTTPS is published at port {port} here")))
    }

    /// The paths that the compose file has a default for, by the variable that may say otherwise.
    fn path_defaults(&self) -> Vec<(String, String)> {
        let text = self.compose.to_string();
        let inner = text.split("${").skip(1).filter_map(|part| part.split_once('}')).map(|(inner, _)| inner);
        let mut all: Vec<(String, String)> = inner
            .filter_map(|inner| inner.split_once(":-").or_else(|| inner.split_once('-')))
            .filter(|(_, path)| path.starts_with('/') && path.matches('/').count() > 1)
            .map(|(name, path)| (name.to_owned(), path.trim_end_matches('/').to_owned()))
            .collect();
        all.sort();
        all.dedup();
        all
    }
}

/// `line` with `path` and what lies below it moved to `own`.
fn replace(line: &str, path: &str, own: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(path) {
        let (before, found) = rest.split_at(at);
        let after = found.get(path.len()..).unwrap_or_default();
        let apart = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ':' | ',' | ';' | ')');
        let begins = before.chars().next_back().is_none_or(apart);
        let ends = after.chars().next().is_none_or(|c| apart(c) || c == '/');
        out.push_str(before);
        out.push_str(if begins && ends { own } else { path });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compose_line_names_the_files_that_are_here() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| {
            std::fs::write(dir.path().join(name), "services:\n  redis: {}\n").unwrap();
            let site = Site::discover(dir.path(), None);
            std::fs::remove_file(dir.path().join(name)).unwrap();
            move |line: &str| site.with_own_files(line).map(|(line, _)| line)
        };
        let usual = at("compose.yaml");
        let prod = "docker compose -f docker-compose.prod.yml up -d redis";
        assert_eq!(usual(prod).as_deref(), Some("docker compose up -d redis"));
        assert_eq!(usual("sudo docker compose --file=x.yml ps").as_deref(), Some("sudo docker compose ps"));
        for line in [
            "docker compose up -d",
            "docker ps",
            "docker compose -p x -f y.yml ps",
            "cd x && docker compose -f y.yml ps",
        ] {
            assert_eq!(usual(line), None, "{line}");
        }
        let nothing = Site::discover(dir.path(), None);
        assert!(nothing.lacks(prod).unwrap().contains("no compose file in"));
        assert!(nothing.lacks("sudo ./start.sh now").unwrap().contains("no `./start.sh` in"));
        assert_eq!(nothing.lacks("docker ps"), None);
        let own = at("docker-compose.prod.yml");
        assert_eq!(
            own("docker compose restart redis").as_deref(),
            Some("docker compose -f docker-compose.prod.yml restart redis")
        );
        std::fs::write(dir.path().join("docker-compose.prod.yml"), "services: {}\n").unwrap();
        assert_eq!(own(prod), None);
        assert_eq!(own("docker compose -f docker-compose.prod.yml exec -T redis sh -c 'echo $HOME'"), None);
    }

    #[test]
    fn https_is_asked_for_where_it_is_published() {
        let dir = tempfile::tempdir().unwrap();
        let write = |port: &str| {
            let text = format!("services:\n  web:\n    image: x\n    ports: ['{port}']\n");
            std::fs::write(dir.path().join("compose.yaml"), text).unwrap();
            Site::discover(dir.path(), None)
        };
        let site = write("8443:8443");
        for (from, to) in [
            (
                "openssl s_client -connect localhost:443 -servername localhost",
                "openssl s_client -connect localhost:8443 -servername localhost",
            ),
            ("curl -vI https://localhost/x", "curl -vI https://localhost:8443/x"),
            ("curl -vI https://localhost", "curl -vI https://localhost:8443"),
        ] {
            assert_eq!(site.with_own_https(from).map(|(line, _)| line).as_deref(), Some(to));
        }
        assert_eq!(site.with_own_https("curl https://localhost:8443/"), None);
        assert_eq!(write("443:443").with_own_https("curl https://localhost/"), None);
    }

    #[test]
    fn a_path_is_the_one_of_this_project() {
        let dir = tempfile::tempdir().unwrap();
        let compose =
            "services:\n  a:\n    volumes:\n      - ${PICTURES:-/srv/pictures}:/in:ro\n      - ${X:-data}:/x\n";
        std::fs::write(dir.path().join("compose.yaml"), compose).unwrap();
        std::fs::write(dir.path().join(".env"), "PICTURES=/mnt/cam/\nX=/y\n").unwrap();
        let site = Site::discover(dir.path(), None);
        let line = |command: &str| site.with_own_paths(command).map(|(line, _)| line);
        assert_eq!(line("ls -la /srv/pictures/a").as_deref(), Some("ls -la /mnt/cam/a"));
        assert_eq!(line("setfacl -m u:1:rX '/srv/pictures'").as_deref(), Some("setfacl -m u:1:rX '/mnt/cam'"));
        for other in ["ls /srv/pictures2", "ls /old/srv/pictures", "ls data", "ls /in"] {
            assert_eq!(line(other), None, "{other}");
        }
        let why = site.with_own_paths("ls /srv/pictures").map(|(_, why)| why);
        assert_eq!(why.as_deref(), Some("/srv/pictures is /mnt/cam here (PICTURES)"));
        std::fs::write(dir.path().join(".env"), "PICTURES=/mnt/$(reboot)\n").unwrap();
        assert_eq!(Site::discover(dir.path(), None).with_own_paths("ls /srv/pictures"), None);
    }
}
