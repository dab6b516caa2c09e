//! The file watcher: real inotify on the camera folders, or polling, and a job in the queue for each picture.
//! It never reads a picture further than it must to judge it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use serde_json::json;

use super::backend::{Backend, Watching};
use super::log;

const ENDINGS: &[&str] = &["jpg", "jpeg", "png", "mp4", "mkv", "avi", "mov"];
const LEAST_BYTES: usize = 10_240;

/// Starts it; where it cannot, the log and the pipeline status say so, and the backend goes on.
pub fn start(backend: &Rc<Backend>) {
    let root = PathBuf::from(backend.settings.text("FOSCAM_BASE_PATH", "/export/foscam"));
    if !root.is_dir() {
        log::error("main", &format!("Camera base path does not exist: {}", root.display()));
        *backend.watching.borrow_mut() = Watching::Failed("no folder".into());
        return;
    }
    if backend.settings.flag("FILE_WATCHER_POLLING", false) {
        *backend.watching.borrow_mut() = Watching::Runs("polling");
        tokio::task::spawn_local(poll(backend.clone(), root));
        return;
    }
    match watches(&root) {
        Ok((inotify, folders)) => {
            log::info(
                "services.file_watcher",
                &format!("FileWatcher initialized for camera root: {} (observer=native)", root.display()),
            );
            *backend.watching.borrow_mut() = Watching::Runs("native");
            tokio::task::spawn_local(listen(backend.clone(), inotify, folders));
        }
        Err(error) => {
            log::error("services.file_watcher", &format!("Failed to start file watcher: {error}"));
            *backend.watching.borrow_mut() = Watching::Failed(error);
        }
    }
}

type Watched = Vec<(WatchDescriptor, PathBuf)>;

fn watches(root: &Path) -> Result<(Inotify, Watched), String> {
    let said = |errno: Errno, path: &Path| match errno {
        Errno::EMFILE => "OSError: [Errno 24] inotify instance limit reached".to_owned(),
        Errno::ENOSPC => "OSError: [Errno 28] inotify watch limit reached".to_owned(),
        Errno::EACCES => format!("PermissionError: [Errno 13] Permission denied: '{}'", path.display()),
        other => format!("OSError: [Errno {}] {}", other as i32, other.desc()),
    };
    let inotify = Inotify::init(InitFlags::IN_NONBLOCK).map_err(|e| said(e, root))?;
    let flags = AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_MOVED_TO;
    let mut watched = Vec::new();
    let entries = std::fs::read_dir(root).map_err(|_| said(Errno::EACCES, root))?;
    for folder in std::iter::once(root.to_owned()).chain(entries.flatten().map(|e| e.path()).filter(|p| p.is_dir())) {
        // A watch needs no right to read what is in the folder; the watcher does.
        std::fs::read_dir(&folder).map_err(|_| said(Errno::EACCES, &folder))?;
        watched.push((inotify.add_watch(&folder, flags).map_err(|e| said(e, &folder))?, folder));
    }
    Ok((inotify, watched))
}

async fn listen(backend: Rc<Backend>, inotify: Inotify, folders: Watched) {
    loop {
        match inotify.read_events() {
            Ok(events) => {
                for event in events {
                    let folder = folders.iter().find(|(wd, _)| *wd == event.wd).map(|(_, folder)| folder);
                    if let (Some(folder), Some(name)) = (folder, event.name) {
                        take(&backend, &folder.join(name)).await;
                    }
                }
            }
            Err(Errno::EAGAIN) => tokio::time::sleep(Duration::from_millis(150)).await,
            Err(errno) => {
                log::error("services.file_watcher", &format!("OSError: [Errno {}] {}", errno as i32, errno.desc()));
                *backend.watching.borrow_mut() = Watching::Failed(errno.desc().into());
                return;
            }
        }
    }
}

async fn poll(backend: Rc<Backend>, root: PathBuf) {
    let every = Duration::from_secs_f64(backend.settings.number("FILE_WATCHER_POLLING_INTERVAL"));
    let files = |root: &Path| -> HashSet<PathBuf> {
        let folders = std::fs::read_dir(root).into_iter().flatten().flatten().map(|e| e.path()).filter(|p| p.is_dir());
        folders.flat_map(|f| std::fs::read_dir(f).into_iter().flatten().flatten().map(|e| e.path())).collect()
    };
    let mut known = files(&root);
    loop {
        tokio::time::sleep(every).await;
        let now = files(&root);
        for new in now.difference(&known) {
            take(&backend, new).await;
        }
        known = now;
    }
}

/// Judges one file, and queues it.
async fn take(backend: &Backend, path: &Path) {
    let started = std::time::Instant::now();
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    if !ENDINGS.contains(&ending.as_str()) {
        return;
    }
    let Some(camera) = path.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()) else {
        return log::warning(
            "services.file_watcher",
            &format!("Could not determine camera ID for: {}", path.display()),
        );
    };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            return log::error(
                "services.file_watcher",
                &format!("PermissionError: [Errno 13] Permission denied: '{}'", path.display()),
            );
        }
        Err(error) => {
            return log::error("services.file_watcher", &format!("Failed to read image {}: {error}", path.display()));
        }
    };
    if bytes.is_empty() {
        return log::warning("services.file_watcher", &format!("Empty image file detected: {}", path.display()));
    }
    if bytes.len() < LEAST_BYTES {
        return log::warning(
            "services.file_watcher",
            &format!("Image file too small ({} bytes, minimum {LEAST_BYTES}): {}", bytes.len(), path.display()),
        );
    }
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let key = format!("dedupe:{:016x}", hasher.finish());
    let life = backend.settings.number("DEDUPE_TTL_SECONDS") as u64;
    let fresh =
        backend.redis.ask::<Option<String>>(redis::cmd("SET").arg(&key).arg(1).arg("NX").arg("EX").arg(life)).await;
    if matches!(fresh, Ok(None)) {
        return log::info("services.file_watcher", &format!("Skipping duplicate file: {}", path.display()));
    }
    let job = json!({"camera_id": camera, "file_path": path}).to_string();
    match super::work::push(backend, "detection_queue", &job).await {
        Ok(()) => backend.took("watch", started.elapsed().as_secs_f64() * 1000.0),
        Err(error) => {
            log::error("services.file_watcher", &format!("Failed to queue image {}: {error}", path.display()))
        }
    }
}
