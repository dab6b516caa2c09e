//! Golden transcripts: whole conversations over recorded answers, as files that a person can read.
//!
//! A file is TOML between two `+++` lines (what is said, what the checks give before and after each change), and the
//! screen that must come of it. `UNSTUCK_BLESS=1 cargo test transcripts` writes the screens anew; read the difference.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use unstuck::command::ReadOnly;
use unstuck::examples::Answer;
use unstuck::probe::{Look, Reading, Unavailable, recognise};
use unstuck::session::event::Event;
use unstuck::session::ports::{Glance, Service, Survey, Target};
use unstuck::session::{Flow, Session, Settings};

use crate::books::invented;
use crate::scripted::{Kept, Script, Staged, nothing_helped, wait};

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

impl Scene {
    fn world(&self) -> Staged<'_> {
        let fails = |change: &str| self.ends.get(change).map(|e| (e.code, e.stderr.clone()));
        let targets = |command: &str| {
            let target = |a: &Aim| Target {
                shown: a.shown.clone(),
                identity: "1".into(),
                undo: a.undo.clone(),
                forbidden: a.forbidden.clone(),
            };
            self.targets.get(command).map(target).into_iter().collect()
        };
        Staged {
            around: Box::new(|changes| self.around(changes)),
            targets: Box::new(targets),
            fails: Box::new(fails),
            env: self.env.clone(),
            ..Staged::answering(|look, changes| self.answer(look, changes))
        }
    }

    fn answer(&self, look: &Look, changes: usize) -> Reading {
        let text = look.command().text();
        let stage = changes.min(self.stage.len() - 1);
        match self.stage[..=stage].iter().rev().find_map(|s| s.get(text)) {
            Some(answer) => answer.reading(text, look.probe()).unwrap_or_else(|why| panic!("`{text}`: {why}")),
            None => Reading::Unavailable(Unavailable {
                what: text.into(),
                why: "nothing is recorded for it".into(),
                hint: String::new(),
            }),
        }
    }

    fn around(&self, changes: usize) -> Survey {
        let stage = changes.min(self.around.len().saturating_sub(1));
        let glances = self.around.get(stage).into_iter().flatten().map(|(command, answer)| {
            let probe = ReadOnly::prove(command).ok().and_then(|c| recognise(&c));
            let reading = answer.reading(command, probe.as_ref()).unwrap_or_else(|why| panic!("`{command}`: {why}"));
            let what = if command.starts_with("docker") { "the containers of this project" } else { "Redis" };
            Glance::new(what, command.as_str(), reading)
        });
        let service = |(name, needs): (&String, &Vec<String>)| Service {
            name: name.clone(),
            needs: needs.clone(),
            ..Service::default()
        };
        Survey {
            glances: glances.collect(),
            services: self.services.iter().map(service).collect(),
            problem: self.problem.clone(),
            ..Survey::default()
        }
    }
}

/// What the screen shows in the end, and what was changed.
fn play(scene: &Scene) -> (String, Vec<String>) {
    let library = invented(&[("shop.md", include_str!("transcripts/shop.md"))]);
    let mut console = Script {
        says: scene.says.clone().into(),
        width: scene.width.unwrap_or(96),
        alone: scene.alone,
        ..Script::saying(&[])
    };
    let settings = Settings { dry_run: scene.dry_run, ..Settings::default() };
    let world = scene.world();
    let mut kept = Kept::default();
    {
        let mut session = Session::new(&mut console, &world, &mut kept, &library, settings, &nothing_helped);
        while let Some(said) = session.console.says.pop_front() {
            let place = session.breadcrumbs().map(|p| format!("{p} ")).unwrap_or_default();
            session.console.screen.push_str(format!("\n{place}> {said}").trim_end());
            session.console.screen.push('\n');
            if wait(session.handle(&said)) == Flow::Quit {
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
    (console.screen, world.changed.into_inner())
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
        let (screen, changes) = play(&scene);
        if changes != scene.changes {
            wrong.push(format!("{name}: the changes were {changes:?}, not {:?}\n{screen}", scene.changes));
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
