//! What a command needs to work and this folder or machine does not have.
//! It never looks into a line that is more than one plain command.

use std::path::Path;

use super::Site;

impl Site {
    /// What a plain command needs and this folder or machine does not have: a compose file, the script or program it
    /// begins with, systemd.
    pub(crate) fn lacks(&self, command: &str) -> Option<String> {
        let words: Vec<&str> = command.split_whitespace().skip_while(|w| *w == "sudo").collect();
        let here = self.dir.canonicalize().unwrap_or_else(|_| self.dir.clone());
        let place = here.display();
        match words.as_slice() {
            ["docker", "compose", ..] | ["docker-compose", ..] if self.compose_file.is_none() => {
                Some(format!("there is no compose file in {place}, so it fails here; --project DIR says where it is"))
            }
            [script, ..] if script.starts_with("./") && !self.dir.join(script).exists() => {
                Some(format!("there is no `{script}` in {place}, so it fails here; --project DIR says where it is"))
            }
            ["systemctl", ..] if !Path::new("/run/systemd/system").exists() => {
                Some("systemd does not run here, so it fails here".into())
            }
            [program, ..] if *program != "docker" && self.not_its_own(&words).is_some() => self.not_its_own(&words),
            [program, ..] if is_name(program) && !is_installed(program) => {
                Some(format!("`{program}` is not installed here, so it fails here"))
            }
            _ => None,
        }
    }
}

/// Whether a word is the bare name of a program, and none that a shell has itself.
fn is_name(word: &str) -> bool {
    const OWN: [&str; 12] =
        ["cd", "export", "source", "ulimit", "set", "echo", "read", "test", "umask", "alias", "unset", "exit"];
    word.len() > 1
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
        && !OWN.contains(&word)
}

/// Whether a program is found on the path, or where only root looks for it.
fn is_installed(program: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/local/sbin", "/usr/sbin", "/sbin"]);
    folders.filter(|f| !f.is_empty()).any(|folder| Path::new(folder).join(program).is_file())
}
