//! Paths that a runbook names by the compose file's default, where this project has another one: `/export/foscam`
//! for `${FOSCAM_BASE_PATH:-/export/foscam}`. It never touches a path that the compose file gives no default for.

use super::site::Site;

/// A command with the paths of this project in the place of defaults; with why. `None` where none of them stands in it.
pub(super) fn suited(site: &Site, command: &str) -> Option<(String, String)> {
    let (mut line, mut why) = (command.to_owned(), Vec::new());
    for (name, default) in site.path_defaults() {
        let Some(own) = site.env(&name).map(|own| own.trim_end_matches('/')).filter(|own| *own != default) else {
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
    fn a_path_is_the_one_of_this_project() {
        let dir = tempfile::tempdir().unwrap();
        let compose =
            "services:\n  a:\n    volumes:\n      - ${PICTURES:-/srv/pictures}:/in:ro\n      - ${X:-data}:/x\n";
        std::fs::write(dir.path().join("compose.yaml"), compose).unwrap();
        std::fs::write(dir.path().join(".env"), "PICTURES=/mnt/cam/\nX=/y\n").unwrap();
        let site = Site::discover(dir.path(), None);
        let line = |command: &str| suited(&site, command).map(|(line, _)| line);
        assert_eq!(line("ls -la /srv/pictures/a").as_deref(), Some("ls -la /mnt/cam/a"));
        assert_eq!(line("setfacl -m u:1:rX '/srv/pictures'").as_deref(), Some("setfacl -m u:1:rX '/mnt/cam'"));
        for other in ["ls /srv/pictures2", "ls /old/srv/pictures", "ls data", "ls /in"] {
            assert_eq!(line(other), None, "{other}");
        }
        let why = suited(&site, "ls /srv/pictures").map(|(_, why)| why);
        assert_eq!(why.as_deref(), Some("/srv/pictures is /mnt/cam here (PICTURES)"));
        std::fs::write(dir.path().join(".env"), "PICTURES=/mnt/$(reboot)\n").unwrap();
        assert_eq!(suited(&Site::discover(dir.path(), None), "ls /srv/pictures"), None);
    }
}
