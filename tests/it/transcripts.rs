//! Golden transcripts: whole conversations over recorded answers, as files that a person can read.
//!
//! A file is TOML between two `+++` lines (what is said, what the checks give before and after each change), and the
//! screen that must come of it. `UNSTUCK_BLESS=1 cargo test transcripts` writes the screens anew; read the difference.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use unstuck::command::ReadOnly;
use unstuck::examples::Answer;
use unstuck::probe::{Ended, Look, Observed, ProcessReading, Reading, Unavailable, recognise};
use unstuck::runbook::Setting;
use unstuck::session::approval::{Approved, Change};
use unstuck::session::event::{Event, RecordError, Recorder};
use unstuck::session::library::{Library, Source};
use unstuck::session::ports::{Applied, Console, EnvEdit, Glance, Question, Reply, Service, Survey, Target, World};
use unstuck::session::view::View;
use unstuck::session::{Flow, Session, Settings, settings};
use unstuck::term::render::{Style, render};
use unstuck::text::Masker;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    /// All that is said, in its order: at the prompt and at questions. `^C` and `^V` are Ctrl-C and a paste.
    says: Vec<String>,
    width: Option<usize>,
    #[serde(default)]
    dry_run: bool,
    /// Nobody sits at a terminal.
    #[serde(default)]
    alone: bool,
    /// What the checks give at first, and after each change.
    stage: Vec<BTreeMap<String, Answer>>,
    /// How commands end that do not end well.
    #[serde(default)]
    ends: BTreeMap<String, Ends>,
    #[serde(default)]
    targets: BTreeMap<String, Aim>,
    /// The text of the env file.
    env: Option<String>,
    /// What a look around gives at first and after each change, by the command it stands for.
    #[serde(default)]
    around: Vec<BTreeMap<String, Answer>>,
    /// The services of the compose file, with those they need.
    #[serde(default)]
    services: BTreeMap<String, Vec<String>>,
    /// Why the compose file is not understood.
    problem: Option<String>,
    /// What must have been changed in the end, in its order.
    #[serde(default)]
    changes: Vec<String>,
}

#[derive(Deserialize)]
struct Ends {
    code: i32,
    stderr: String,
}

#[derive(Deserialize)]
struct Aim {
    shown: String,
    undo: Option<String>,
    forbidden: Option<String>,
}

struct Recorded {
    scene: Scene,
    changes: RefCell<Vec<String>>,
}

impl World for Recorded {
    async fn survey(&self) -> Survey {
        let around = &self.scene.around;
        let stage = self.changes.borrow().len().min(around.len().saturating_sub(1));
        let glances = around.get(stage).into_iter().flatten().map(|(command, answer)| {
            let probe = ReadOnly::prove(command).ok().and_then(|c| recognise(&c));
            let reading = answer.reading(command, probe.as_ref()).unwrap_or_else(|why| panic!("`{command}`: {why}"));
            let what = if command.starts_with("docker") { "the containers of this project" } else { "Redis" };
            Glance::new(what, command.as_str(), reading)
        });
        Survey {
            glances: glances.collect(),
            services: self
                .scene
                .services
                .iter()
                .map(|(n, needs)| Service { name: n.clone(), needs: needs.clone(), ..Service::default() })
                .collect(),
            problem: self.scene.problem.clone(),
            ..Survey::default()
        }
    }

    async fn look(&self, look: &Look) -> Observed {
        let text = look.command().text();
        let stage = self.changes.borrow().len().min(self.scene.stage.len() - 1);
        let answer = self.scene.stage[..=stage].iter().rev().find_map(|s| s.get(text));
        let reading = match answer {
            Some(answer) => answer.reading(text, look.probe()).unwrap_or_else(|why| panic!("`{text}`: {why}")),
            None => Reading::Unavailable(Unavailable {
                what: text.into(),
                why: "nothing is recorded for it".into(),
                hint: String::new(),
            }),
        };
        Observed { reading, ms: 1 }
    }

    async fn targets(&self, command: &str) -> Vec<Target> {
        let aim = self.scene.targets.get(command);
        let target = aim.map(|a| Target {
            shown: a.shown.clone(),
            identity: "1".into(),
            undo: a.undo.clone(),
            forbidden: a.forbidden.clone(),
        });
        target.into_iter().collect()
    }

    fn plan_edit(&self, wanted: &[Setting], _: Option<&str>) -> Result<EnvEdit, String> {
        let before = self.scene.env.clone().ok_or("there is no env file here")?;
        let after = settings::edited(&before, wanted);
        Ok(EnvEdit {
            file: ".env".into(),
            settings: wanted.to_vec(),
            diff: settings::diff(&before, &after, ".env"),
            before: Some(before),
            after,
            reaches: wanted.iter().map(|s| (s.key.clone(), vec!["backend".to_owned()])).collect(),
            then: Some("docker compose up -d backend".into()),
            route: None,
        })
    }

    async fn apply(&self, approved: Approved, _: &mut dyn FnMut(&str)) -> Applied {
        let (change, _) = approved.into_parts();
        let text = change.text();
        let ends = self.scene.ends.get(&text);
        if ends.is_none() {
            self.changes.borrow_mut().push(text.clone());
        }
        match change {
            Change::Edit(_) => Applied::Edited { backup: Some(".env.backup".into()), ms: 3 },
            Change::Run { .. } => {
                let reading = ProcessReading {
                    command: text,
                    ended: Ended::Code(ends.map_or(0, |e| e.code)),
                    stdout: String::new(),
                    stderr: ends.map(|e| e.stderr.clone()).unwrap_or_default(),
                    cut: 0,
                };
                Applied::Ran { reading, ms: 800 }
            }
        }
    }

    async fn keep_evidence(&self, _: &str) -> Option<String> {
        None
    }

    async fn wait(&self, _: Duration) {}

    async fn interrupted(&self) {
        std::future::pending().await
    }

    async fn forget_interrupt(&self) {}
}

/// Says what the scene says, and keeps the screen.
struct Script {
    says: VecDeque<String>,
    screen: String,
    width: usize,
    alone: bool,
}

impl Console for Script {
    fn interactive(&self) -> bool {
        !self.alone
    }

    fn show(&mut self, view: &View) {
        self.screen.push_str(&render(view, Style { colored: false, width: self.width }, &Masker::default()));
    }

    fn ask(&mut self, question: &Question) -> Reply {
        let said = self.says.pop_front();
        let shown = said.as_deref().unwrap_or("(nobody)");
        self.screen.push_str(format!("{}  {}  {shown}", question.prompt, question.keys).trim_end());
        self.screen.push('\n');
        match said.as_deref() {
            None => Reply::Nobody,
            Some("^C") => Reply::Interrupted,
            Some("^V") => Reply::Pasted,
            Some(text) => Reply::Text(text.into()),
        }
    }

    fn begin(&mut self, _: &[String]) {}
    fn ended(&mut self, _: usize) {}
    fn finish(&mut self) {}
}

struct Kept(Vec<Event>);

impl Recorder for Kept {
    fn record(&mut self, event: &Event) -> Result<(), RecordError> {
        self.0.push(event.clone());
        Ok(())
    }
}

/// What the screen shows in the end, and what was changed.
fn play(scene: Scene) -> (String, Vec<String>) {
    let source = Source { path: "shop.md".into(), text: include_str!("transcripts/shop.md").into() };
    let library = Library::build(&[source], &Vec::new()).unwrap();
    let mut console = Script {
        says: scene.says.clone().into(),
        screen: String::new(),
        width: scene.width.unwrap_or(96),
        alone: scene.alone,
    };
    let settings = Settings { dry_run: scene.dry_run, ..Settings::default() };
    let world = Recorded { scene, changes: RefCell::default() };
    let mut kept = Kept(Vec::new());
    let worked = |_: &str| Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    {
        let mut session = Session::new(&mut console, &world, &mut kept, &library, settings, &worked);
        while let Some(said) = session.console.says.pop_front() {
            let place = session.breadcrumbs().map(|p| format!("{p} ")).unwrap_or_default();
            session.console.screen.push_str(format!("\n{place}> {said}").trim_end());
            session.console.screen.push('\n');
            if runtime.block_on(session.handle(&said)) == Flow::Quit {
                break;
            }
        }
    }
    if !console.says.is_empty() {
        console.screen.push_str(&format!("LEFT UNSAID: {:?}\n", console.says));
    }
    assert!(
        console
            .screen
            .lines()
            .all(|l| l.chars().count() <= console.width.max(80) || l.contains("$ ") || l.contains("]  ")),
        "{}",
        console.screen
    );
    let asked = |e: &Event| matches!(e, Event::Asked { .. });
    let started = |e: &Event| matches!(e, Event::FixStarted { .. });
    assert!(
        kept.0.iter().enumerate().all(|(i, e)| !started(e) || kept.0[..i].iter().any(asked)),
        "a change without a question in the record"
    );
    (console.screen, world.changes.into_inner())
}

#[test]
fn conversations_read_as_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/transcripts");
    let mut wrong = Vec::new();
    let mut played = 0;
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().map(|e| e.path()).collect();
    files.sort();
    for path in files.into_iter().filter(|p| p.extension().is_some_and(|e| e == "txt")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut parts = text.splitn(3, "+++\n").skip(1);
        let (front, wanted) = (parts.next().unwrap(), parts.next().unwrap_or(""));
        let scene: Scene = toml::from_str(front).unwrap_or_else(|e| panic!("{name}: {e}"));
        let must = scene.changes.clone();
        let (screen, changes) = play(scene);
        if changes != must {
            wrong.push(format!("{name}: the changes were {changes:?}, not {must:?}\n{screen}"));
        }
        played += 1;
        if std::env::var_os("UNSTUCK_BLESS").is_some() {
            std::fs::write(&path, format!("+++\n{front}+++\n{screen}")).unwrap();
        } else if screen != wanted {
            let diff = similar::TextDiff::from_lines(wanted, &screen);
            wrong.push(format!("{name}:\n{}", diff.unified_diff().context_radius(2)));
        }
    }
    assert!(played > 0, "no transcript was found");
    assert!(
        wrong.is_empty(),
        "{}\nwhere that is as it should be: UNSTUCK_BLESS=1 cargo test --test it conversations_read",
        wrong.join("\n")
    );
}
