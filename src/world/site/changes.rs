//! The project's own files: which of them were changed lately, and their texts, to find in them what an error names.
//! It never follows a link out of a folder, and reads neither large files nor many.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::Site;
use crate::probe::ProjectFile;
use crate::session::ports::Changed;

/// A file that is larger is data.
const LARGEST: u64 = 64 * 1024;
/// Of how many files the text is read.
const TEXTS: usize = 24;
/// A folder that holds more is data.
const ENTRIES: usize = 100;
/// How files end that say how a program is to work.
pub(crate) const CONFIGURES: [&str; 20] = [
    "conf",
    "cnf",
    "cfg",
    "ini",
    "yml",
    "yaml",
    "json",
    "toml",
    "env",
    "sh",
    "pem",
    "crt",
    "key",
    "sql",
    "xml",
    "html",
    "properties",
    "rules",
    "acl",
    "py",
];

impl Site {
    /// The project's own files that were changed within a time, the last one first: those of compose, and what services
    /// mount to be told how to work.
    pub(crate) fn changed(&self, within: Duration) -> Vec<Changed> {
        let mut found: Vec<Changed> = self
            .own_files()
            .into_iter()
            .filter_map(|path| {
                let ago = std::fs::metadata(&path).ok()?.modified().ok()?.elapsed().ok().filter(|ago| *ago < within)?;
                Some(Changed { name: self.named(&path), ago_s: ago.as_secs(), lines: Vec::new() })
            })
            .collect();
        found.sort_by_key(|c| c.ago_s);
        found.dedup_by(|a, b| a.name == b.name);
        found
    }

    /// The texts of those files.
    pub(crate) fn texts(&self) -> Vec<ProjectFile> {
        let compose: Vec<PathBuf> = self.compose_file.iter().chain(&self.also).map(|f| self.dir.join(f)).collect();
        let files = self.own_files().into_iter();
        let text = |path: PathBuf| {
            let by_service = compose.contains(&path);
            let services = if by_service || path == self.env_file { Vec::new() } else { self.seeing(&path) };
            let small = std::fs::metadata(&path).ok().is_some_and(|m| m.len() <= LARGEST);
            let text = std::fs::read_to_string(&path).ok().filter(|_| small)?;
            Some(ProjectFile { name: self.named(&path), services, by_service, text })
        };
        files.filter_map(text).take(TEXTS).collect()
    }

    /// The files of compose, the single files that services mount, and those in small folders they mount.
    fn own_files(&self) -> Vec<PathBuf> {
        let Some(compose) = &self.compose_file else { return Vec::new() };
        let own = std::iter::once(compose).chain(&self.also).map(|f| self.dir.join(f)).chain([self.env_file.clone()]);
        let mut all: Vec<PathBuf> = own.filter(|path| path.is_file()).collect();
        for mounted in self.mounted() {
            match std::fs::metadata(&mounted) {
                Ok(meta) if meta.is_file() => all.push(mounted),
                Ok(meta) if meta.is_dir() => all.extend(configuring(&mounted)),
                _ => {}
            }
        }
        all
    }

    /// The services that mount a file, or the folder it lies in.
    fn seeing(&self, file: &Path) -> Vec<String> {
        let services = self.compose.get("services").and_then(Value::as_object);
        let sees = |service: &Value| self.sources(service).iter().any(|s| file.starts_with(s));
        services.map(|s| s.iter().filter(|(_, v)| sees(v)).map(|(k, _)| k.clone()).collect()).unwrap_or_default()
    }

    /// A path as it is told: below the project's folder where it lies there.
    fn named(&self, path: &Path) -> String {
        let name = path.strip_prefix(&self.dir).unwrap_or(path).display().to_string();
        name.trim_start_matches("./").to_owned()
    }
}

/// The files of a small folder that say how a program is to work.
pub(crate) fn configuring(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let entries: Vec<_> = entries.flatten().take(ENTRIES + 1).collect();
    if entries.len() > ENTRIES {
        return Vec::new();
    }
    let configures = |path: &PathBuf| {
        path.extension().and_then(|e| e.to_str()).is_some_and(|e| CONFIGURES.contains(&e.to_lowercase().as_str()))
    };
    let file = |e: &std::fs::DirEntry| e.file_type().is_ok_and(|t| t.is_file());
    let mut files: Vec<PathBuf> =
        entries.iter().filter(|e| file(e)).map(std::fs::DirEntry::path).filter(configures).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_how_programs_work_is_looked_at_and_data_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let yaml = "services:\n  web:\n    image: x\n    volumes: ['./web:/etc/web:ro', './one.conf:/one.conf', './data:/data']\n  db:\n    image: y\n    volumes: ['./one.conf:/two.conf']\n";
        std::fs::write(dir.path().join("compose.yaml"), yaml).unwrap();
        std::fs::write(dir.path().join(".env"), "A=1\n").unwrap();
        for (name, text) in [("web/a.conf", "x"), ("web/picture.jpg", "y"), ("one.conf", "z"), ("web/big.conf", "")] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, if text.is_empty() { "x".repeat(70_000) } else { text.to_owned() }).unwrap();
        }
        std::fs::create_dir(dir.path().join("data")).unwrap();
        for n in 0..120 {
            std::fs::write(dir.path().join(format!("data/{n}.json")), "{}").unwrap();
        }
        let site = Site::discover(dir.path(), None);
        let mut changed: Vec<String> = site.changed(Duration::from_secs(60)).into_iter().map(|c| c.name).collect();
        changed.sort();
        assert_eq!(changed, [".env", "compose.yaml", "one.conf", "web/a.conf", "web/big.conf"]);
        assert_eq!(site.changed(Duration::ZERO), []);
        let texts = site.texts();
        let seen = |name: &str| texts.iter().find(|t| t.name == name).map(|t| t.services.join(" "));
        assert_eq!(seen("web/a.conf").as_deref(), Some("web"));
        assert_eq!(seen("one.conf").as_deref(), Some("db web"));
        assert_eq!((seen("compose.yaml").as_deref(), seen("web/big.conf")), (Some(""), None));
    }
}
