//! The stack: its images and project folder made, brought up, put back after a fault, and taken away.
//! It never leaves a container, volume, network, image or file behind once it is down.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell::{Shell, program};
use crate::state::{self, State};

const COMPOSE: &str = include_str!("stack/docker-compose.prod.yml");
const ENV: &str = include_str!("stack/env");
const NGINX: &str = include_str!("stack/nginx.conf");
const BACKEND: &str = include_str!("stack/backend.Dockerfile");
const AI: &str = include_str!("stack/ai.Dockerfile");
const PROJECT: &str = "unstuck-lab";
/// Where the documents look for pictures and models.
const EXPORT: &str = "/export";
/// Holds the root of the lab that made that place.
const MARK: &str = "/export/.made-by-lab";
const ALL_RUN: &str =
    r#"[ -z "$(docker ps -aq --filter name=^/unstuck-lab --filter status=exited --filter status=created)" ]"#;
const NONE_STARTS: &str =
    r#"[ -z "$(docker ps -q --filter name=^/unstuck-lab --filter health=starting --filter health=unhealthy)" ]"#;
const CAMERAS: &[&str] = &["driveway", "garden"];

/// A stack that runs; taken away when it goes out of scope.
pub struct Stack {
    pub project: PathBuf,
    pub shell: Shell,
    /// One lab a network: the documented ports can be had once.
    _lock: File,
    first: State,
}

impl Stack {
    /// Makes everything and waits until it is well.
    pub fn up() -> Result<Stack> {
        let lock = lock()?;
        let place = place()?;
        free(&place)?;
        images(&place)?;
        let stack =
            Stack { project: place.project.clone(), shell: place.shell(), _lock: lock, first: State::default() };
        stack.fresh()?;
        let stack = stack.remember()?;
        Ok(stack)
    }

    /// The stack that an earlier `up` left running.
    pub fn running() -> Result<Stack> {
        let lock = lock()?;
        let place = place()?;
        let stack =
            Stack { project: place.project.clone(), shell: place.shell(), _lock: lock, first: State::default() };
        let first =
            fs::read_to_string(stack.project.join("../first.json")).context("the stack is not up: `lab up` first")?;
        let first = serde_json::from_str(&first)?;
        Ok(Stack { first, ..stack })
    }

    fn fresh(&self) -> Result<()> {
        self.files()?;
        self.compose(&["down", "--volumes", "--remove-orphans"])?;
        self.compose(&["up", "-d", "--wait"])?;
        Ok(())
    }

    fn remember(mut self) -> Result<Stack> {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            self.first = state::of(&self.shell);
            if state::is_well(&self.first) {
                break;
            }
            if Instant::now() > until {
                bail!("the stack does not become well: {:?}", self.first);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        fs::write(self.project.join("../first.json"), serde_json::to_string_pretty(&self.first)?)?;
        Ok(self)
    }

    /// What differs from the first state now.
    pub fn differs(&self) -> Vec<String> {
        state::difference(&self.first, &state::of(&self.shell))
    }

    /// Puts files, containers and data back, and waits until all is as it was first.
    pub fn mend(&self, touched: &[String]) -> Result<()> {
        self.files()?;
        self.kernel()?;
        let differs = self.differs();
        let mut anew: Vec<String> = touched.to_vec();
        for line in &differs {
            if let Some(service) = line.strip_prefix("service ").and_then(|l| l.split([' ', ':']).next()) {
                anew.push(service.to_owned());
            }
        }
        anew.sort();
        anew.dedup();
        if !anew.is_empty() {
            let mut words = vec!["up", "-d", "--no-deps", "--force-recreate"];
            words.extend(anew.iter().map(String::as_str));
            self.compose(&words)?;
        }
        // What Redis keeps on its volume and no file shows; then whatever a recreated service took down with it.
        self.shell.run("timeout 5 redis-cli -h 127.0.0.1 flushall >/dev/null || rcli flushall >/dev/null")?;
        if !anew.is_empty() && !self.shell.holds(ALL_RUN) {
            self.compose(&["up", "-d"])?;
        }
        self.settled("the stack is not as it was")
    }

    /// Waits until nothing differs from the first state.
    fn settled(&self, otherwise: &str) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            // Cheap to ask, and the last thing to become well.
            self.shell
                .wait_for(&format!("{ALL_RUN} && {NONE_STARTS}"), until.saturating_duration_since(Instant::now()));
            let differs = self.differs();
            if differs.is_empty() {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("{otherwise}: {}", differs.join("; "));
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Sets back what a fix may have set in this machine's kernel.
    fn kernel(&self) -> Result<()> {
        for key in ["max_user_watches", "max_user_instances"] {
            let path = format!("/proc/sys/fs/inotify/{key}");
            if let Some(value) = self.first.get(&format!("kernel {key}"))
                && fs::read_to_string(&path)?.trim() != value
            {
                fs::write(&path, value).with_context(|| format!("cannot set `{path}` back"))?;
            }
        }
        Ok(())
    }

    /// Takes everything down and makes it anew: what is left when mending fails.
    pub fn renew(&self) -> Result<()> {
        self.kernel()?;
        self.fresh()?;
        self.settled("a fresh stack is not as the first one was")
    }

    fn compose(&self, words: &[&str]) -> Result<String> {
        let mut all = vec!["compose", "-f", "docker-compose.prod.yml"];
        all.extend(words);
        program("docker", &all, &self.project)
    }

    /// The project folder as an operator has it, pictures and models included.
    fn files(&self) -> Result<()> {
        let (project, export) = (&self.project, self.shell.foscam.parent().unwrap_or(Path::new(EXPORT)));
        write(&project.join("docker-compose.prod.yml"), COMPOSE)?;
        let base = if export == Path::new(EXPORT) {
            String::new()
        } else {
            format!("FOSCAM_BASE_PATH={0}/foscam\nAI_MODELS_PATH={0}/ai_models\n", export.display())
        };
        write(&project.join(".env"), &format!("{ENV}{base}"))?;
        write(&project.join("frontend/nginx.conf"), NGINX)?;
        write(&project.join("backend/Dockerfile"), BACKEND)?;
        write(&project.join("ai/Dockerfile"), AI)?;
        write(&project.join("backend/data/runtime.env"), "")?;
        for extra in fs::read_dir(project)?.flatten().map(|e| e.path()) {
            let name = extra.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !["docker-compose.prod.yml", ".env", "frontend", "backend", "ai"].contains(&name.as_str()) {
                remove(&extra)?;
            }
        }
        for extra in fs::read_dir(project.join("backend/data"))?.flatten().map(|e| e.path()) {
            if !extra.ends_with("runtime.env") {
                remove(&extra)?;
            }
        }
        let foscam = export.join("foscam");
        for camera in CAMERAS {
            let folder = foscam.join(camera);
            fs::create_dir_all(&folder)?;
            write(&folder.join("first.jpg"), &"picture ".repeat(2000))?;
        }
        for folder in fs::read_dir(&foscam)?.flatten().map(|e| e.path()) {
            for file in fs::read_dir(&folder)
                .into_iter()
                .flatten()
                .flatten()
                .map(|e| e.path())
                .filter(|f| !f.ends_with("first.jpg"))
            {
                remove(&file)?;
            }
            if !CAMERAS.iter().any(|c| folder.ends_with(c)) {
                remove(&folder)?;
            }
        }
        let models = export.join("ai_models");
        write(&models.join("model-zoo/yolo26/exports/yolo26m_fp16.engine"), "engine")?;
        write(&models.join("nemotron/nemotron-3-nano-30b-a3b-q4km/Nemotron-3-Nano-30B-A3B-Q4_K_M.gguf"), "gguf")?;
        // Readable for all, as a camera's FTP server leaves them; rights that a fault or a fix gave are taken back.
        let tree = export.to_string_lossy().into_owned();
        let _ = program("setfacl", &["-R", "-b", &tree], project);
        program("chmod", &["-R", "u=rwX,go=rX", &tree], project)?;
        Ok(())
    }
}

/// Removes the stack with everything it made; fine where there is none.
pub fn down() -> Result<()> {
    let _lock = lock()?;
    let place = place()?;
    if place.project.join("docker-compose.prod.yml").is_file() {
        write(&place.project.join("docker-compose.prod.yml"), COMPOSE)?;
        write(&place.project.join(".env"), ENV)?;
        program(
            "docker",
            &["compose", "-f", "docker-compose.prod.yml", "down", "--volumes", "--remove-orphans"],
            &place.project,
        )?;
    }
    let others = program("docker", &["ps", "-aq", "--filter", "name=^/unstuck-lab"], Path::new("/"))?;
    for id in others.split_whitespace() {
        program("docker", &["rm", "-f", id], Path::new("/"))?;
    }
    // Those made from another image first: an image with children is not removed.
    for image in ["backend", "ai", "app", "redis", "postgres", "frontend"] {
        let _ = program("docker", &["image", "rm", "-f", &format!("unstuck-lab-{image}")], Path::new("/"));
    }
    remove(&place.root)?;
    if is_ours(&place.root) {
        remove(Path::new(EXPORT))?;
    }
    Ok(())
}

struct Place {
    root: PathBuf,
    project: PathBuf,
    foscam: PathBuf,
    lab: PathBuf,
}

impl Place {
    fn shell(&self) -> Shell {
        Shell {
            dir: self.project.clone(),
            foscam: self.foscam.clone(),
            lab: self.lab.clone(),
            tmp: self.root.join("tmp"),
        }
    }
}

/// Where the lab keeps its files: beside the build, and where the documents look for pictures unless somebody has that place.
fn place() -> Result<Place> {
    let lab = std::env::current_exe()?;
    let root = match home() {
        Some(home) => home.join("lab"),
        None => lab.ancestors().nth(3).context("the lab's binary lies in target/PROFILE/examples")?.join("lab"),
    };
    let project = root.join("project");
    fs::create_dir_all(&project)?;
    fs::create_dir_all(root.join("tmp"))?;
    if !Path::new(EXPORT).exists() && fs::create_dir(EXPORT).is_ok() {
        fs::write(MARK, root.as_os_str().as_encoded_bytes())?;
    }
    let export = if is_ours(&root) { PathBuf::from(EXPORT) } else { root.join("export") };
    Ok(Place { project, foscam: export.join("foscam"), root, lab })
}

/// Whether the documented place for pictures was made by the lab whose files lie in `root`.
fn is_ours(root: &Path) -> bool {
    fs::read(MARK).is_ok_and(|made| made == root.as_os_str().as_encoded_bytes())
}

/// A folder for everything, so that a second lab can run under another engine in another network namespace.
fn home() -> Option<PathBuf> {
    std::env::var_os("LAB_HOME").map(PathBuf::from)
}

fn lock() -> Result<File> {
    let folder = home().unwrap_or_else(std::env::temp_dir);
    fs::create_dir_all(&folder)?;
    let file = File::options().create(true).write(true).truncate(false).open(folder.join("unstuck-lab.lock"))?;
    if file.try_lock().is_err() {
        eprintln!("waiting: another lab runs on this machine");
        file.lock()?;
    }
    Ok(file)
}

/// The documented ports must be free, or held by the lab's own containers.
fn free(place: &Place) -> Result<()> {
    let own = program(
        "docker",
        &["ps", "-q", "--filter", &format!("label=com.docker.compose.project={PROJECT}")],
        &place.project,
    )?;
    if !own.trim().is_empty() {
        return Ok(());
    }
    for port in [5432, 6379, 8000, 5173, 8443, 8091, 8092, 8093, 8094, 8095, 8096, 9090, 9093, 3002] {
        if let Err(error) = std::net::TcpListener::bind(("0.0.0.0", port)) {
            bail!("port {port} is taken on this machine: {error}");
        }
    }
    Ok(())
}

/// Makes the images that are missing, and the one of this binary anew when it changed.
fn images(place: &Place) -> Result<()> {
    let meta = fs::metadata(&place.lab)?;
    let modified = meta.modified()?.duration_since(std::time::UNIX_EPOCH)?.as_secs();
    let stamp = format!("{}-{modified}", meta.len());
    let label = |image: &str| {
        program("docker", &["image", "inspect", "-f", "{{index .Config.Labels \"lab.stamp\"}}", image], &place.project)
            .ok()
    };
    let mut wanted: Vec<&str> = Vec::new();
    if label("unstuck-lab-app").is_none_or(|l| l.trim() != stamp) {
        wanted.push("app");
    }
    wanted.extend(["redis", "postgres", "frontend"].iter().filter(|i| label(&format!("unstuck-lab-{i}")).is_none()));
    if wanted.is_empty() {
        return Ok(());
    }
    let made = place.root.join("images");
    write(&made.join("images.sh"), include_str!("stack/images.sh"))?;
    write(&made.join("postgres.sh"), include_str!("stack/postgres.sh"))?;
    let script = made.join("images.sh");
    let lab = place.lab.to_string_lossy().into_owned();
    let mut words = vec![script.to_str().unwrap(), lab.as_str()];
    words.extend(&wanted);
    program("bash", &words, &made)?;
    if wanted.contains(&"app") {
        for (name, text) in [("backend", BACKEND), ("ai", AI)] {
            write(&made.join(name).join("Dockerfile"), text)?;
            let status = Command::new("docker")
                .args(["build", "-q", "-t", &format!("unstuck-lab-{name}"), name])
                .env("DOCKER_BUILDKIT", "0")
                .stderr(Stdio::null())
                .current_dir(&made)
                .stdout(Stdio::null())
                .status()?;
            if !status.success() {
                bail!("the image of `{name}` cannot be made");
            }
        }
    }
    Ok(())
}

/// Writes a file in place where it differs: a mounted file keeps its inode.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

fn remove(path: &Path) -> Result<()> {
    let done = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match done {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}
