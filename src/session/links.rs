//! What a section links to, offered as a step: going there, with the way back.
//! It never follows a link by itself, and never one that leads out of the runbooks.

use super::Session;
use super::event::Recorder;
use super::ports::{Console, Question, Reply, World};
use super::thread::Offered;
use super::view::View;
use crate::runbook::links::Leads;
use crate::runbook::{Fix, Section, Step};
use crate::search::{Match, Why};
use crate::text::shorten;

/// A way out of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    title: String,
    /// `database.md:12`.
    place: String,
    goes: Goes,
    /// The line of the link.
    line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Goes {
    Section(usize),
    Runbook(String),
}

/// How many are named without being asked for.
const FEW: usize = 4;

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// The titles from the first section to the one that is open: `Redis Not Available › Timeouts`.
    pub fn breadcrumbs(&self) -> Option<String> {
        let here = self.thread.work.as_ref()?.section;
        let sections = self.library.sections();
        let passed = self.thread.trail.iter().rev().take(2).rev();
        let titles = passed.chain([&here]).filter_map(|i| sections.get(*i));
        Some(titles.map(|s| shorten(&s.title, 30)).collect::<Vec<_>>().join(" › "))
    }

    /// Names what the section links to, where it was left with something open.
    pub(super) fn mention_links(&mut self, index: usize) {
        let here = self.thread.work.as_ref().filter(|w| w.section == index);
        let fixed = here.is_some_and(|w| !w.tried.is_empty()) && self.standing == super::Standing::Fine;
        if here.is_none() || fixed || !self.console.interactive() {
            return;
        }
        let ways = self.ways(index);
        if ways.is_empty() {
            return;
        }
        let named = ways.iter().take(FEW).enumerate().map(|(i, way)| format!("{} {}", i + 1, shorten(&way.title, 50)));
        let more = if ways.len() > FEW { format!(" · {} more", ways.len() - FEW) } else { String::new() };
        let listed = named.collect::<Vec<_>>().join(" · ");
        self.note(&format!("See also: {listed}{more}. `see 1` goes there, `back` comes back."));
    }

    /// `/see` lists the links of the open section, `/see N` or `/see NAME` goes there.
    pub(super) async fn see(&mut self, which: &str) {
        let Some(here) = self.thread.work.as_ref().map(|w| w.section) else {
            return self.trouble("no section is open".into(), "say what is wrong, or /open a section");
        };
        let ways = self.ways(here);
        if ways.is_empty() {
            return self.note("This section links to no other.");
        }
        let wanted = which.trim().to_lowercase();
        if wanted.is_empty() {
            let rows = ways.iter().enumerate();
            let rows = rows.map(|(i, w)| (format!("see {}", i + 1), format!("{}  {}", w.title, w.place))).collect();
            return self.console.show(&View::Table { title: "What this section links to".into(), rows });
        }
        let found = match wanted.parse::<usize>() {
            Ok(n) => n.checked_sub(1).and_then(|i| ways.get(i)),
            Err(_) => ways.iter().find(|w| w.title.to_lowercase().contains(&wanted)),
        };
        match found.cloned() {
            Some(way) => self.go(way).await,
            None => self.trouble(format!("this section has no link `{which}`"), "/see lists them"),
        }
    }

    /// Where a step to read holds a link, asks whether to go there. Says whether it did.
    pub(super) async fn follow(&mut self, section: &Section, fix: &Fix, step: &Step) -> bool {
        if !self.console.interactive() || self.settings.dry_run {
            return false;
        }
        let Some(here) = self.thread.work.as_ref().map(|w| w.section) else { return false };
        // The step ends where the next one begins.
        let starts = section.fixes.iter().flat_map(|f| std::iter::once(f.line).chain(f.steps.iter().map(|s| s.line)));
        let next = starts.filter(|l| *l > step.line).min().unwrap_or(usize::MAX);
        let from = step.line.min(if fix.steps.len() == 1 { fix.line } else { step.line });
        let Some(way) = self.ways(here).into_iter().find(|w| (from..next).contains(&w.line)) else { return false };
        let question = Question::new(format!("See “{}” ({})?", shorten(&way.title, 60), way.place), "[y/N]");
        match self.put(&question) {
            Reply::Text(text) if matches!(text.trim().to_lowercase().as_str(), "y" | "yes") => {
                Box::pin(self.go(way)).await;
                true
            }
            _ => false,
        }
    }

    async fn go(&mut self, way: Way) {
        match way.goes {
            Goes::Section(section) => {
                if let Some(left) = self.place().map(str::to_owned) {
                    self.note(&format!("Leaving “{left}”: back comes back to it."));
                }
                self.open(section).await;
            }
            Goes::Runbook(path) => {
                let shelf = self.library.shelves().iter().find(|s| s.path == path);
                let inside = shelf.map(|s| s.first..s.first + s.count).unwrap_or_default();
                let all = inside.map(|section| Match { section, score: 1.0, why: Why::default() });
                self.thread.matches = all.collect();
                self.thread.shown = 0;
                self.thread.offered = Offered::Sections;
                self.note(&format!("“{}” has these sections; a number opens one.", way.title));
                self.show_matches(12);
            }
        }
    }

    /// The ways out of a section that stay within the runbooks, each once, in its order.
    fn ways(&self, index: usize) -> Vec<Way> {
        let Some(section) = self.library.sections().get(index) else { return Vec::new() };
        let mut out: Vec<Way> = Vec::new();
        for link in &section.links {
            let way = match self.library.leads(&section.path, &link.target) {
                Leads::Section(to) if to != index => self.library.sections().get(to).map(|s| Way {
                    title: s.title.clone(),
                    place: format!("{}:{}", s.path, s.line),
                    goes: Goes::Section(to),
                    line: link.line,
                }),
                Leads::Runbook(path) if path != section.path => {
                    let shelf = self.library.shelves().iter().find(|s| s.path == path && s.count > 0);
                    shelf.map(|s| Way {
                        title: s.title.clone(),
                        place: path.clone(),
                        goes: Goes::Runbook(path.clone()),
                        line: link.line,
                    })
                }
                _ => None,
            };
            out.extend(way.filter(|w| out.iter().all(|known| known.goes != w.goes)));
        }
        out
    }
}
