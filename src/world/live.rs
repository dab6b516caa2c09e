//! The live system behind the trait `World`: each look goes to the probe made for it, each agreed change is made once.
//! It never changes anything without an `Approved`, and never acts on a target that is not the one agreed on.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::ctrl_c::CtrlC;
use super::docker::Docker;
use super::process::{self, Limits, Lines, Program};
use super::site::Site;
use super::{Interrupt, envfile, host, http, kernel, place, reach, redis, sockets, survey, target, websocket};
use crate::command::placeholder;
use crate::probe::{Grep, KernelLog, Listener, Listening, Look, Observed, Probe, Reading};
use crate::runbook::Setting;
use crate::session::approval::{Approved, Change};
use crate::session::ports::{Applied, EnvEdit, Suited, Survey, SurveyPart, Target, World};
use crate::text::Masker;

/// How long a change may take: pulling an image or waiting for a dependency is slow.
const CHANGE_LIMIT: Duration = Duration::from_secs(600);

/// This machine, with what its compose file and env file say.
pub struct Live {
    site: Site,
    docker: Docker,
    ctrl_c: CtrlC,
    /// How the project was found, where it is not the folder that was named or stood in.
    found: Option<String>,
    /// When the last change was made.
    changed: Mutex<Option<Instant>>,
}

impl Live {
    /// The system around the project folder. Nothing is contacted yet; from here on Ctrl-C stops what runs, not the program.
    pub fn new(project: &Path, compose_file: Option<&Path>) -> Live {
        let site = Site::discover(project, compose_file);
        Live { docker: Docker::new(), site, ctrl_c: CtrlC::listen(), found: None, changed: Mutex::new(None) }
    }

    /// Looks for the project elsewhere where nobody named one and there is none here: above, or where its containers say.
    pub async fn find_project(&mut self, named: bool) {
        if named || self.site.compose_file.is_some() {
            return;
        }
        if let Some((site, told)) = place::elsewhere(&self.site.dir, &self.docker).await {
            (self.site, self.found) = (site, Some(told));
        }
    }

    /// The services that compose passes a setting to; `None` where there is no compose file.
    pub fn passed(&self, key: &str) -> Option<Vec<String>> {
        (!self.site.services().is_empty()).then(|| self.site.readers_of(key))
    }

    /// What hides the site's secrets.
    pub fn masker(&self) -> Masker {
        Masker::knowing(self.site.secrets())
    }

    /// Whole seconds since the last change; `None` before the first.
    fn since_change(&self) -> Option<u64> {
        self.changed.lock().ok().and_then(|at| Some(at.as_ref()?.elapsed().as_secs()))
    }

    /// How far back what was logged counts for a look around.
    fn recent_s(&self) -> u64 {
        self.since_change().map_or(survey::RECENT_S, |since| since.min(survey::RECENT_S))
    }

    async fn ask(&self, probe: &Probe, look: &Look) -> Reading {
        let limit = look.limit();
        let new = |known: Option<u64>| match self.since_change() {
            Some(elapsed) if look.only_new() => known.map_or(Some(elapsed), |s| Some(s.min(elapsed))),
            _ => known,
        };
        match probe {
            Probe::Logs { since_s, target, compose, tail, grep } => {
                let (target, grep, since_s) = (target.clone(), grep.clone(), new(*since_s));
                let probe = Probe::Logs { since_s, target, compose: *compose, tail: *tail, grep };
                let mut reading = self.docker.answer(&probe, &self.site, limit).await;
                if let Reading::Logs(logs) = &mut reading {
                    logs.only_new = look.only_new();
                }
                reading
            }
            Probe::Events { since_s, filters } => {
                let since_s = new(Some(*since_s)).unwrap_or(*since_s);
                self.docker.answer(&Probe::Events { since_s, filters: filters.clone() }, &self.site, limit).await
            }
            Probe::Containers { .. } | Probe::Inspect { .. } | Probe::Stats { .. } | Probe::Exec { .. } => {
                self.docker.answer(probe, &self.site, limit).await
            }
            Probe::Redis { at, ask } => redis::answer(at, ask, &self.site, limit).await,
            Probe::Http { ask, jq, .. } => http::request(ask, jq.as_deref(), limit).await,
            Probe::WebSocket { url, headers, insecure } => websocket::open(url, headers, *insecure, limit).await,
            Probe::Listening { port } => self.listening(*port).await,
            Probe::Reach { host, port } => reach::reach(host, *port, limit).await,
            Probe::Resolve { host } => reach::resolve(host, limit).await,
            Probe::Value { path } => host::value(path),
            Probe::Folder { path } => host::folder(path),
            Probe::KernelLog { grep } => self.kernel_log(grep.as_ref(), limit).await,
            Probe::Disk { path } => host::disk(path.as_deref(), &self.places(self.docker.data_folder().await)),
            Probe::Memory => host::memory(),
        }
    }

    /// Listening sockets, with the container behind each: published, or listening on the host's own network.
    async fn listening(&self, port: Option<u16>) -> Reading {
        let mut reading = sockets::listening(port);
        let Reading::Listening(Listening { sockets, .. }) = &mut reading else { return reading };
        let proxied = |s: &Listener| s.process.as_deref().is_none_or(|p| p.contains("docker-proxy"));
        // A container's port can be open with no socket to be seen, where the kernel alone passes it on.
        let open_unseen = port.is_some() && sockets.is_empty();
        if open_unseen || sockets.iter().any(|s| s.container.is_some() || proxied(s)) {
            let all = self.docker.all(&self.site, Duration::from_secs(2)).await;
            let publishing = |port: u16| {
                let live = all.iter().filter(|c| c.state == "running" || c.state == "paused");
                live.clone().find(|c| c.ports.iter().any(|p| p.host_port == Some(port))).map(|c| c.name.clone())
            };
            for socket in sockets.iter_mut() {
                socket.container = match &socket.container {
                    Some(id) => Some(all.iter().find(|c| c.id == *id).map_or_else(|| id.clone(), |c| c.name.clone())),
                    None if proxied(socket) => publishing(socket.port),
                    None => None,
                };
            }
            if let (true, Some(port)) = (open_unseen, port)
                && let Some(name) = publishing(port)
            {
                sockets.push(Listener {
                    protocol: "tcp".into(),
                    address: "0.0.0.0".into(),
                    port,
                    container: Some(name),
                    ..Listener::default()
                });
            }
        }
        reading
    }

    /// Messages of the kernel; a container it killed a process in gets its name.
    async fn kernel_log(&self, grep: Option<&Grep>, limit: Duration) -> Reading {
        let mut reading = kernel::log(grep, limit).await;
        if let Reading::KernelLog(KernelLog { kills, .. }) = &mut reading
            && kills.iter().any(|k| k.container.is_some())
        {
            let all = self.docker.all(&self.site, Duration::from_secs(2)).await;
            let project = self.site.project();
            for kill in kills {
                let Some(id) = &kill.container else { continue };
                let Some(found) = all.iter().find(|c| c.id == *id) else { continue };
                kill.name = Some(found.label().to_owned());
                kill.foreign = project.is_some() && found.project != project;
            }
        }
        reading
    }

    /// Where what of this system lives.
    fn places(&self, data: Option<String>) -> Vec<(String, PathBuf)> {
        let full = |path: &Path| std::fs::canonicalize(path).ok();
        let mut places: Vec<(String, PathBuf)> = vec![("the system".into(), "/".into())];
        places.extend(full(&self.site.dir).map(|dir| ("the project folder".into(), dir)));
        let data = data.unwrap_or_else(|| "/var/lib/docker".into());
        places.extend(full(Path::new(&data)).map(|dir| ("Docker's data".into(), dir)));
        places.extend(full(Path::new("/tmp")).map(|dir| ("temporary files".into(), dir)));
        places.extend(full(Path::new("/var")).map(|dir| ("/var".into(), dir)));
        for mounted in self.site.mounted() {
            places.extend(full(&mounted).map(|dir| (mounted.display().to_string(), dir)));
        }
        places
    }
}

impl World for Live {
    async fn survey(&self) -> Survey {
        let places = self.places(None);
        let mut seen = survey::look_around(&self.site, &self.docker, &places, self.recent_s()).await;
        seen.parts.extend(self.found.iter().map(|text| SurveyPart { text: text.clone(), well: true }));
        seen
    }

    async fn look(&self, look: &Look) -> Observed {
        let started = Instant::now();
        let reading = match look.probe() {
            Some(probe) => tokio::time::timeout(look.limit() + Duration::from_secs(1), self.ask(probe, look))
                .await
                .unwrap_or_else(|_| {
                    Reading::Unavailable(crate::probe::Unavailable {
                        what: probe.name().into(),
                        why: format!("no answer within {} s", look.limit().as_secs()),
                        hint: "a longer limit: --timeout SECONDS".into(),
                    })
                }),
            None => {
                let limits = Limits { time: look.limit(), ..Limits::default() };
                process::run(&Program::reading(look.command(), &self.site.dir), limits, &Interrupt::never()).await
            }
        };
        Observed { reading, ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }

    async fn targets(&self, command: &str) -> Vec<Target> {
        target::of(command, &self.site, &self.docker).await
    }

    fn suited(&self, command: &str) -> Suited {
        let inside = self.site.inside(command).map(|(line, service)| {
            (line, vec![format!("here that is the container of {service}, so it is said to that")])
        });
        let (command, mut notes) = inside.unwrap_or_else(|| self.site.suited(command));
        notes.extend(self.found.as_ref().map(|_| format!("runs in {}", self.site.dir.display())));
        notes.extend(self.site.lacks(&command));
        Suited { command, notes }
    }

    fn lacks(&self, command: &str) -> Option<String> {
        let command = self.suited(command).command;
        let script = crate::command::Script::plain(&command)?;
        let lines = script.pipelines.iter().flat_map(|p| &p.commands).map(|c| c.argv.join(" "));
        lines.into_iter().find_map(|line| self.site.lacks(&line))
    }

    fn plan_edit(&self, settings: &[Setting], file: Option<&str>) -> Result<EnvEdit, String> {
        envfile::plan(&self.site, settings, file)
    }

    fn plan_limit(&self, service: &str, limit: &str) -> Option<EnvEdit> {
        envfile::plan_limit(&self.site, service, limit)
    }

    async fn allow(&self, command: &str) -> Result<(), String> {
        process::allow_sudo(command, &self.site.dir).await
    }

    async fn apply(&self, approved: Approved, told: &mut dyn FnMut(&str)) -> Applied {
        let started = Instant::now();
        let took = || u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (change, agreed) = approved.into_parts();
        let (text, timeout_s) = match change {
            Change::Edit(edit) => {
                return match envfile::write(&edit) {
                    Ok(backup) => Applied::Edited { backup, ms: took() },
                    Err(what) => Applied::Failed { what, hint: "nothing was written".into() },
                };
            }
            Change::Run { text, timeout_s, .. } => (text, timeout_s),
        };
        if let Some(open) = placeholder::find(&text).first() {
            return Applied::Failed { what: format!("`{}` has no value", open.text), hint: "nothing was run".into() };
        }
        let now = self.targets(&text).await;
        let same = |a: &Target| now.iter().any(|b| b.identity == a.identity);
        if let Some(gone) = agreed.iter().find(|a| !same(a)) {
            return Applied::Stale(format!("{} is not what it was when you were asked", gone.shown));
        }
        if let Some(new) = now.iter().find(|b| !agreed.iter().any(|a| a.identity == b.identity)) {
            return Applied::Stale(format!(
                "it would also act on {}, which was not there when you were asked",
                new.shown
            ));
        }
        if let Err(what) = target::keep(&now) {
            return Applied::Failed { what, hint: "nothing was run".into() };
        }
        let interrupt = Interrupt::default();
        let limits = Limits { time: timeout_s.map_or(CHANGE_LIMIT, Duration::from_secs), ..Limits::default() };
        let (lines, mut said) = Lines::told();
        let missed = lines.clone();
        let program = Program::agreed(&text, &self.site.dir, lines);
        let running = process::run(&program, limits, &interrupt);
        let mut running = std::pin::pin!(running);
        let mut stopped = false;
        let reading = loop {
            tokio::select! {
                reading = &mut running => break reading,
                Some(line) = said.recv() => told(&line),
                () = self.interrupted(), if !stopped => {
                    stopped = true;
                    interrupt.trigger();
                }
            }
        };
        while let Ok(line) = said.try_recv() {
            told(&line);
        }
        if let Some(missed) = missed.count() {
            told(&format!("… {missed} came too fast to be shown"));
        }
        match reading {
            Reading::Process(reading) => Applied::Ran { reading, ms: took() },
            Reading::Unavailable(missing) => Applied::Failed {
                what: format!("`{}` cannot be had: {}", missing.what, missing.why),
                hint: missing.hint,
            },
            _ => Applied::Failed {
                what: "the command gave no result".into(),
                hint: "nothing is known of what it did".into(),
            },
        }
    }

    async fn keep_evidence(&self, command: &str) -> Option<String> {
        let targets = self.targets(command).await;
        let mut kept = Vec::new();
        for name in targets.iter().filter_map(|t| t.shown.strip_prefix("container ")) {
            let probe =
                Probe::Logs { target: Some(name.to_owned()), compose: false, tail: 5_000, since_s: None, grep: None };
            let Reading::Logs(logs) = self.docker.answer(&probe, &self.site, Duration::from_secs(10)).await else {
                continue;
            };
            let file = tempfile::Builder::new().prefix(&format!("unstuck-{name}-")).suffix(".log").tempfile();
            let Ok(mut file) = file else { continue };
            let text = self.masker().mask(&crate::text::clean(&logs.lines.join("\n")));
            if std::io::Write::write_all(&mut file, text.as_bytes()).is_ok()
                && let Ok((_, path)) = file.keep()
            {
                kept.push(path.display().to_string());
            }
        }
        (!kept.is_empty()).then(|| kept.join(", "))
    }

    fn changed(&self) {
        if let Ok(mut at) = self.changed.lock() {
            *at = Some(Instant::now());
        }
    }

    async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn interrupted(&self) {
        self.ctrl_c.pressed().await;
    }

    async fn forget_interrupt(&self) {
        self.ctrl_c.forget().await;
    }
}
