//! The env file on disk: planned as a diff, written whole or not at all, the old one kept beside it.
//! It never writes what was not shown, and never over a file that changed since.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::site::Site;
use crate::runbook::Setting;
use crate::session::ports::EnvEdit;
use crate::session::settings;

/// Plans an edit of the site's env file, or of another settings file in its folder.
///
/// # Errors
/// A sentence saying why the file cannot be read or written.
pub(super) fn plan(site: &Site, wanted: &[Setting], named: Option<&str>) -> Result<EnvEdit, String> {
    let file = match named {
        None => site.env_file.clone(),
        Some(name) => within(&site.dir, name)?,
    };
    let shown = file.display();
    let before = match std::fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("cannot read `{shown}`: {error}")),
    };
    writable(&file).map_err(|error| format!("cannot write `{shown}`: {error}"))?;
    let text = before.clone().unwrap_or_default();
    let wanted = settings::keeping(&text, wanted);
    let wanted = wanted.as_slice();
    let after = settings::edited(&text, wanted);
    let own = named.is_none();
    let readers = |key: &str| if own { site.readers_of(key) } else { site.mounting(&file) };
    let reaches: Vec<(String, Vec<String>)> = wanted.iter().map(|s| (s.key.clone(), readers(&s.key))).collect();
    let mut services: Vec<String> = reaches.iter().flat_map(|(_, services)| services.clone()).collect();
    services.sort();
    services.dedup();
    // Compose reads its env file when it makes a container; any other file is read by the program at its start.
    let verb = if own { "up -d" } else { "restart" };
    let then = (!services.is_empty()).then(|| format!("{} {verb} {}", site.compose_command(), services.join(" ")));
    let lost = reaches.iter().filter(|(_, services)| services.is_empty()).map(|(key, _)| key);
    let lines: Vec<String> = lost.map(|key| format!("      - {key}=${{{key}}}")).collect();
    let route = (own && site.compose_file.is_some() && !lines.is_empty())
        .then(|| format!("services:\n  SERVICE:\n    environment:\n{}", lines.join("\n")));
    let name = file.file_name().map_or_else(|| ".env".into(), |n| n.to_string_lossy().into_owned());
    Ok(EnvEdit {
        diff: settings::diff(&text, &after, &name),
        file: shown.to_string(),
        settings: wanted.to_vec(),
        before,
        after,
        reaches,
        then,
        route,
    })
}

/// Plans a change of a service's memory limit in the compose file; `None` where it has none that could be changed.
pub(super) fn plan_limit(site: &Site, service: &str, limit: &str) -> Option<EnvEdit> {
    let file = site.dir.join(site.compose_file.as_ref()?);
    let before = std::fs::read_to_string(&file).ok()?;
    let paths: [&[&str]; 2] =
        [&["services", service, "deploy", "resources", "limits", "memory"], &["services", service, "mem_limit"]];
    let after = paths.iter().find_map(|path| settings::placed(&before, path, limit))?;
    writable(&file).ok()?;
    Some(EnvEdit {
        diff: settings::diff(&before, &after, &file.file_name()?.to_string_lossy()),
        file: file.display().to_string(),
        settings: vec![Setting { key: format!("memory limit of {service}"), value: limit.to_owned() }],
        before: Some(before),
        after,
        reaches: Vec::new(),
        then: Some(format!("{} up -d {service}", site.compose_command())),
        route: None,
    })
}

/// A file of the project by its path in the folder; nothing outside it is a settings file of the project.
fn within(dir: &Path, name: &str) -> Result<PathBuf, String> {
    use std::path::Component;
    let inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if inside { Ok(dir.join(name)) } else { Err(format!("`{name}` is not inside the project folder")) }
}

/// Writes a planned edit; gives the path of the backup.
///
/// # Errors
/// A sentence; nothing was written then.
pub(super) fn write(edit: &EnvEdit) -> Result<Option<String>, String> {
    let file = PathBuf::from(&edit.file);
    let now = match std::fs::read_to_string(&file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("cannot read `{}`: {error}", edit.file)),
    };
    if now != edit.before {
        return Err(format!("`{}` changed since the edit was shown", edit.file));
    }
    let backup = match &edit.before {
        Some(text) => {
            Some(keep(&file, text).map_err(|error| format!("cannot keep a backup of `{}`: {error}", edit.file))?)
        }
        None => None,
    };
    replace(&file, &edit.after).map_err(|error| format!("cannot write `{}`: {error}", edit.file))?;
    Ok(backup.map(|path| path.display().to_string()))
}

/// Whether the folder takes a new file and the file itself may be replaced.
fn writable(file: &Path) -> std::io::Result<()> {
    if file.exists() {
        std::fs::OpenOptions::new().append(true).open(file)?;
    }
    NamedTempFile::new_in(folder(file)).map(|_| ())
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes beside the file and renames over it, so that a reader sees the old text or the new one.
///
/// # Errors
/// When the folder takes no new file, or the file may not be replaced.
pub fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let mut fresh = NamedTempFile::new_in(folder(file))?;
    fresh.write_all(text.as_bytes())?;
    if let Ok(meta) = std::fs::metadata(file) {
        fresh.as_file().set_permissions(meta.permissions())?;
        use std::os::unix::fs::MetadataExt;
        // Only root may give a file away; for others the owner is right already.
        let _ = std::os::unix::fs::chown(fresh.path(), Some(meta.uid()), Some(meta.gid()));
    }
    fresh.as_file().sync_all()?;
    // A link is followed, so that what it points to is changed and the link stays.
    let target = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    fresh.persist(target).map_err(|error| error.error)?;
    Ok(())
}

/// A copy beside the file, numbered so that none is overwritten, with the file's own permissions.
fn keep(file: &Path, text: &str) -> std::io::Result<PathBuf> {
    for n in 1..10_000 {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".unstuck-{n}.bak"));
        let path = PathBuf::from(name);
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut copy) => {
                if let Ok(meta) = std::fs::metadata(file) {
                    copy.set_permissions(meta.permissions())?;
                }
                copy.write_all(text.as_bytes())?;
                copy.sync_all()?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::other("there are too many backups"))
}
