//! Which project commands run in: the folder named or stood in, one above it, or the one its containers were made from.
//! It never takes a folder that others may write to, and never chooses between two projects.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::docker::Docker;
use super::site::Site;

/// A compose project as the labels of its containers tell it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Project {
    pub name: String,
    /// The folder it was started in; empty where the labels do not say.
    pub dir: PathBuf,
    /// Its compose files.
    pub files: Vec<PathBuf>,
}

/// The site to work with where `here` has no compose file, with how it was found; `None` where there is none to be sure of.
pub(super) async fn elsewhere(here: &Path, docker: &Docker) -> Option<(Site, String)> {
    let full = std::fs::canonicalize(here).ok()?;
    let above = full.ancestors().skip(1).map(|dir| Site::discover(dir, None));
    if let Some(site) = above.filter(|s| s.compose_file.is_some()).find(|s| is_ours(&s.dir)) {
        let told = format!("project in {}", site.dir.display());
        return Some((site, told));
    }
    let projects = docker.projects().await;
    let [project] = projects.as_slice() else { return None };
    let (site, told) = of_containers(project)?;
    Some((site, told))
}

/// The site of a project that is known by its containers alone.
fn of_containers(project: &Project) -> Option<(Site, String)> {
    let inside = |file: &PathBuf| file.strip_prefix(&project.dir).map_or_else(|_| file.clone(), Path::to_owned);
    let safe = is_ours(&project.dir) && project.files.iter().all(|f| is_ours(f));
    if !project.dir.is_absolute() || project.files.is_empty() || !safe {
        return None;
    }
    let mut files = project.files.iter().map(inside);
    let mut site = Site::discover(&project.dir, files.next().as_deref());
    site.also = files.collect();
    // Another name than the folder's was given on a command line, and compose would not find these containers.
    if site.project().as_ref() != Some(&project.name) {
        return None;
    }
    let told = format!("project {} in {} (so its containers say)", project.name, project.dir.display());
    Some((site, told))
}

/// Whether nobody but root and this user can write to it: labels are text from outside.
fn is_ours(path: &Path) -> bool {
    let ours = |m: std::fs::Metadata| {
        let owner = m.uid() == 0 || m.uid() == geteuid().as_raw();
        owner && m.mode() & 0o002 == 0
    };
    std::fs::metadata(path).is_ok_and(ours)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn project(dir: &Path, name: &str, files: &[&str]) -> Project {
        Project { name: name.into(), dir: dir.to_owned(), files: files.iter().map(|f| dir.join(f)).collect() }
    }

    #[test]
    fn the_labels_of_the_only_project_lead_to_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["base.yml", "more.yml"] {
            std::fs::write(dir.path().join(file), "name: cam\nservices:\n  redis: {}\n").unwrap();
        }
        let (site, told) = of_containers(&project(dir.path(), "cam", &["base.yml", "more.yml"])).unwrap();
        assert_eq!(site.compose_command(), "docker compose -f base.yml -f more.yml");
        assert!(told.contains("project cam in"), "{told}");
        assert!(of_containers(&project(dir.path(), "other", &["base.yml"])).is_none());
        assert!(of_containers(&project(dir.path(), "cam", &["gone.yml"])).is_none());
        assert!(of_containers(&project(Path::new(""), "cam", &["base.yml"])).is_none());
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("compose.yaml"), "name: cam\n").unwrap();
        let known = project(dir.path(), "cam", &["compose.yaml"]);
        assert!(of_containers(&known).is_some());
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(of_containers(&known).is_none());
    }
}
