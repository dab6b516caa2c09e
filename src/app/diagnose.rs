//! `unstuck diagnose`: match, run the reading checks, say what they mean. For people and for programs.
//! It never asks, and never changes anything.

use anyhow::{Result, bail};

use super::config::Config;
use super::exit::Exit;
use super::json::{self, Diagnosed};
use crate::journal::Journal;
use crate::session::library::Library;
use crate::session::ports::{Console, Question, Reply, World};
use crate::session::view::View;
use crate::session::{Known, Session, Settings};
use crate::term::Terminal;
use crate::world::Live;

/// Shows, or stays silent where JSON is wanted; nobody answers.
enum Onlooker {
    Silent,
    Screen(Box<Terminal>),
}

impl Console for Onlooker {
    fn interactive(&self) -> bool {
        false
    }

    fn show(&mut self, view: &View) {
        if let Onlooker::Screen(terminal) = self {
            terminal.show(view);
        }
    }

    fn ask(&mut self, _: &Question) -> Reply {
        Reply::Nobody
    }

    fn begin(&mut self, labels: &[String]) {
        if let Onlooker::Screen(terminal) = self {
            terminal.begin(labels);
        }
    }

    fn ended(&mut self, index: usize) {
        if let Onlooker::Screen(terminal) = self {
            terminal.ended(index);
        }
    }

    fn finish(&mut self) {
        if let Onlooker::Screen(terminal) = self {
            terminal.finish();
        }
    }
}

/// Diagnoses the named section, or the one that fits the words or the piped log.
///
/// # Errors
/// When nothing was asked, or no section has the name given.
pub fn run(
    config: &Config,
    library: &Library,
    section: Option<&str>,
    words: &str,
    as_json: bool,
    runtime: &tokio::runtime::Runtime,
) -> Result<Exit> {
    let mut world = Live::new(&config.project, config.compose_file.as_deref());
    runtime.block_on(world.find_project(config.named));
    let masker = world.masker();
    let mut asked = None;
    let found = match section {
        Some(name) => match library.find(name) {
            Some(index) => Some((index, None)),
            None => bail!("no section is called `{name}`: `unstuck runbooks` lists them"),
        },
        None => {
            let query = super::ask::question(words)?;
            let mut answer = library.ask(&query, 10);
            let seen = runtime.block_on(async { world.survey().await });
            Known::about(&seen, &query.raw).weigh(&mut answer, library.sections(), &query);
            asked = Some(query);
            answer.matches.first().filter(|_| answer.confident).cloned().map(|m| (m.section, Some(m)))
        }
    };
    let Some((index, matched)) = found else {
        if as_json {
            crate::term::out("{\"section\":null,\"outcomes\":[],\"findings\":[],\"fixes\":[]}\n");
        } else {
            crate::term::out("No runbook section fits that well. `unstuck ask` shows the nearest.\n");
        }
        return Ok(Exit::NoMatch);
    };
    let mut console =
        if as_json { Onlooker::Silent } else { Onlooker::Screen(Box::new(super::terminal(config, masker.clone()))) };
    let mut journal = Journal::disabled();
    let settings = Settings { timeout: config.timeout, shell: config.shell, dry_run: true };
    let worked = |_: &str| Vec::new();
    let mut session = Session::new(&mut console, &world, &mut journal, library, settings, &worked);
    asked.iter().for_each(|query| session.learns_from(query));
    let diagnosis = runtime.block_on(session.diagnose(index));
    let standing = session.standing();
    let (Some(diagnosis), Some(section)) = (diagnosis, library.sections().get(index)) else {
        return Ok(Exit::NoMatch);
    };
    if as_json {
        let mask = |text: &str| masker.mask(&crate::text::clean(text));
        let place = matched.as_ref().map(|m| json::Matched::new(1, section, m));
        let shape = match &place {
            Some(matched) => serde_json::to_value(matched)?,
            None => {
                serde_json::json!({"id": section.id, "title": section.title, "path": section.path, "line": section.line})
            }
        };
        let fixes =
            diagnosis.ranked.iter().enumerate().filter_map(|(i, ranked)| {
                section.fixes.get(ranked.fix).map(|fix| json::fix(i + 1, ranked, fix, &mask))
            });
        let answer = Diagnosed {
            section: shape,
            outcomes: diagnosis.outcomes.iter().map(|o| json::outcome(o, &mask)).collect(),
            findings: diagnosis.conclusion.findings.iter().map(|f| json::finding(f, &mask)).collect(),
            fixes: fixes.collect(),
            conclusion: mask(&diagnosis.conclusion.sentence),
            leads_to: session.leads_to().and_then(|lead| {
                let section = library.sections().get(lead.section)?;
                Some(json::lead(section, &lead.because, &mask))
            }),
        };
        crate::term::out(&format!("{}\n", serde_json::to_string(&answer)?));
    } else {
        session.show_lead();
        if !diagnosis.ranked.is_empty() {
            session.show_open_fixes();
        }
    }
    Ok(standing.into())
}
