//! Containers: the state each is in, and what all of them together say.
//! It never calls a container well that only exists.

mod causes;
mod made;
mod running;
pub(super) mod stats;
mod stopped;

use super::Said;
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::{Container, Containers, Inspect};
use crate::text::{count, listed, shorten};
use made::{made, renamed};
use running::running;
use stopped::{created, ended};

/// All containers, the worst first.
pub(super) fn containers(seen: &Containers) -> Said {
    if seen.containers.is_empty() {
        let subject = seen.asked.as_deref().unwrap_or("the project");
        return Said::found(Kind::Absent, subject, "no container", "There is no container at all.");
    }
    let renamed = renamed(seen);
    let mut each: Vec<(&Container, Said)> = seen.containers.iter().map(|c| (c, one(c, &seen.containers))).collect();
    if each.len() == 1
        && renamed.is_none()
        && let Some((_, said)) = each.pop()
    {
        return said;
    }
    let bad: Vec<&(&Container, Said)> = each.iter().filter(|(_, s)| s.status == Status::Problem).collect();
    let open: Vec<&(&Container, Said)> = each.iter().filter(|(_, s)| s.status == Status::Uncertain).collect();
    let named = |some: &[&(&Container, Said)]| {
        let all: Vec<String> = some.iter().map(|(c, s)| format!("{} {}", c.label(), s.summary)).collect();
        listed(&all, 3, "; ")
    };
    let said = match (bad.first(), &renamed, open.first()) {
        (Some((_, worst)), ..) => Said { evidence: worst.evidence.clone(), ..Said::new(Status::Problem, named(&bad)) },
        (None, Some(renamed), _) => Said::new(Status::Problem, shorten(&renamed.text, 120)),
        (None, None, Some(_)) => Said::new(Status::Uncertain, named(&open)),
        (None, None, None) => Said::ok(format!("all {} run", count(each.len(), "container"))),
    };
    let findings = renamed.into_iter().chain(many_down(seen)).chain(each.into_iter().flat_map(|(_, s)| s.findings));
    Said { findings: findings.collect(), ..said }
}

/// Where at least half of a project is down, that is told first, those that others wait for named first.
fn many_down(seen: &Containers) -> Option<Finding> {
    let is_down = |c: &&Container| matches!(c.state.as_str(), "exited" | "dead" | "created" | "absent");
    let mut down: Vec<&Container> = seen.containers.iter().filter(is_down).collect();
    let all = seen.containers.len();
    if seen.asked.is_some() || down.len() < 3 || down.len() * 2 < all {
        return None;
    }
    let waiting = |c: &Container| seen.containers.iter().filter(|o| o.waits_for.iter().any(|w| w == c.label())).count();
    down.sort_by_key(|c| std::cmp::Reverse(waiting(c)));
    let named: Vec<&str> = down.iter().map(|c| c.label()).collect();
    let number = if down.len() == all {
        format!("None of the {all} containers runs")
    } else {
        format!("{} of {all} containers are not running", down.len())
    };
    let text = format!("{number}: {}.", listed(&named, 4, ", "));
    Some(Finding::new(Kind::ManyDown, "the project", text).with(format!("{} of {all}", down.len())))
}

/// What one container says, and what of how it was made may matter to somebody who asks for it.
fn one(c: &Container, all: &[Container]) -> Said {
    let mut said = state(c, all);
    let made = made(c, said.status, all);
    if let Some(wrong) = made.iter().find(|f| !f.quiet).filter(|_| said.status != Status::Problem) {
        (said.status, said.summary) = (Status::Problem, shorten(wrong.text.trim_end_matches('.'), 120));
    }
    // How it was made says more than what it wrote of it.
    said.findings = made.into_iter().chain(said.findings).collect();
    said
}

fn state(c: &Container, all: &[Container]) -> Said {
    let name = c.label();
    match c.state.as_str() {
        "running" => running(c),
        "absent" => {
            let gone = format!("{name} has no container: it was never started, or was removed.");
            let mut said = Said::found(Kind::Absent, name, "it has no container", gone);
            if let Some(why) = &c.held_back {
                let text =
                    format!("{name} is needed by others, but `{why}` in the compose file keeps it from being started.");
                said.summary = format!("it has no container: `{why}`");
                said.findings.insert(0, Finding::new(Kind::HeldBack, name, text).with(why.clone()));
            }
            if c.image_missing {
                let near = match c.image_near.as_slice() {
                    [] => String::new(),
                    tags => format!(" Here are: {}.", tags.join(", ")),
                };
                let text = format!("The image of {name}, {}, is not on this machine.{near}", c.image);
                said.summary = format!("it has no container, and its image {} is not here", c.image);
                said.findings.insert(0, Finding::new(Kind::ImageMissing, name, text).with(c.image.clone()));
            }
            said
        }
        "paused" => {
            let text = format!("{name} is paused: it holds its port, but does nothing.");
            Said::found(Kind::Paused, name, "paused: it is there, but stands still", text)
        }
        "created" => created(c, all),
        "removing" => Said::new(Status::Uncertain, "being removed"),
        _ => ended(c),
    }
}

pub(super) fn inspect(seen: &Inspect) -> Said {
    let said = one(&seen.container, &[]);
    match &seen.text {
        Some(text) => Said { summary: format!("{text} ({})", said.summary), ..said },
        None => said,
    }
}
