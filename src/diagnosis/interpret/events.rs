//! Events of containers: the ends that nobody ordered, and whether they are over.
//! It never counts an ordered stop, nor another project's container.

use super::{PROVEN_S, Said};
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::{ContainerEvent, Events};
use crate::text::{count, duration_ms};

/// Ends of one container within the time looked at.
struct Ends<'a> {
    name: &'a str,
    /// Without those that were ordered.
    times: usize,
    last: &'a ContainerEvent,
    oom: bool,
    /// It was started again since, and is not known to have ended.
    over: bool,
}

pub(super) fn events(seen: &Events) -> Said {
    let own: Vec<&ContainerEvent> =
        seen.events.iter().filter(|e| seen.project.is_none() || e.project == seen.project).collect();
    let others = seen.events.len() - own.len();
    let beside =
        if others > 0 { format!(" ({} of other projects left out)", count(others, "event")) } else { String::new() };
    let mut names: Vec<&str> = own.iter().map(|e| name(e)).collect();
    names.sort_unstable();
    names.dedup();
    let mut all: Vec<Ends<'_>> = names.into_iter().filter_map(|n| ends(n, &own)).collect();
    // What is not over comes first, then what happened last.
    all.sort_by_key(|e| (e.over, e.last.ago_s));
    let Some(first) = all.first() else {
        return Said::ok(format!("{}, none of them an unexpected end{beside}", count(own.len(), "event")));
    };
    let code = first.last.exit_code.unwrap_or(-1);
    let ago = duration_ms(first.last.ago_s * 1000);
    let how = if first.oom { "ran out of memory".to_owned() } else { format!("ended with {code}") };
    let again = if first.over { ", runs again since" } else { "" };
    let summary = format!("{} {how} {ago} ago, {}{again}{beside}", first.name, count(first.times, "time"));
    let status = if first.over { Status::Uncertain } else { Status::Problem };
    Said { findings: all.iter().map(finding).collect(), ..Said::new(status, summary) }
}

fn finding(ends: &Ends<'_>) -> Finding {
    let name = ends.name;
    let code = ends.last.exit_code.unwrap_or(-1);
    let when = duration_ms(ends.last.ago_s * 1000);
    let again = if ends.over { ", and runs again" } else { "" };
    let (kind, text) = match code {
        _ if ends.oom => (Kind::OomKilled, format!("{name} ran out of memory {when} ago{again}.")),
        _ if ends.times >= 3 && !ends.over => (
            Kind::RestartLoop,
            format!("{name} ended {} lately, with exit code {code} last.", count(ends.times, "time")),
        ),
        137 => (Kind::Killed, format!("{name} was killed (SIGKILL) {when} ago{again}.")),
        139 => (Kind::Segfault, format!("{name} crashed with a segmentation fault {when} ago{again}.")),
        126 | 127 => (Kind::CommandNotFound, format!("{name} could not run its command {when} ago{again}.")),
        _ => (Kind::Crashed, format!("{name} ended with exit code {code} {when} ago{again}.")),
    };
    let found = Finding::new(kind, name, text);
    // The limit is not in an event: an out-of-memory end has no number here.
    let found = if ends.oom { found } else { found.with(code.to_string()) };
    if ends.over { found.over() } else { found }
}

fn name(event: &ContainerEvent) -> &str {
    event.service.as_deref().unwrap_or(&event.name)
}

/// The ends of one container that nobody ordered; `None` where there are none.
fn ends<'a>(of: &'a str, events: &[&'a ContainerEvent]) -> Option<Ends<'a>> {
    let mut found: Option<Ends<'a>> = None;
    let mut pending: Option<(&'a ContainerEvent, bool)> = None;
    let (mut oom, mut up_s) = (false, u64::MAX);
    let settle = |found: &mut Option<Ends<'a>>, pending: &mut Option<(&'a ContainerEvent, bool)>, over: bool| match (
        pending.take(),
        found.as_mut(),
    ) {
        (Some((last, oom)), known) => {
            let times = known.map_or(0, |e| e.times) + 1;
            *found = Some(Ends { name: of, times, last, oom, over });
        }
        (None, Some(known)) if over => known.over = true,
        (None, _) => {}
    };
    for event in events.iter().filter(|e| name(e) == of) {
        match event.action.as_str() {
            "oom" => oom = true,
            "die" => {
                settle(&mut found, &mut pending, false);
                let ordered = matches!(event.exit_code, Some(0 | 143)) && !oom;
                pending = (!ordered).then_some((*event, oom));
                oom = false;
            }
            // `stop` follows the end it ordered; a container that is taken away was ordered to end too.
            "stop" => pending = pending.filter(|(_, oom)| *oom),
            "start" => {
                settle(&mut found, &mut pending, true);
                up_s = event.ago_s;
            }
            "destroy" => {
                pending = None;
                settle(&mut found, &mut pending, true);
                up_s = u64::MAX;
            }
            _ => {}
        }
    }
    settle(&mut found, &mut pending, false);
    found.map(|e| Ends { over: e.over && !(e.times >= 3 && up_s < PROVEN_S), ..e })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: &str, ago_s: u64, code: Option<i64>) -> ContainerEvent {
        ContainerEvent {
            ago_s,
            action: action.into(),
            name: "app-redis-1".into(),
            service: Some("redis".into()),
            project: Some("app".into()),
            exit_code: code,
            signal: None,
        }
    }

    fn said(events: Vec<ContainerEvent>) -> Said {
        super::events(&Events { project: Some("app".into()), events })
    }

    #[test]
    fn an_ordered_stop_is_no_unexpected_end() {
        let restart = ["kill", "kill", "die", "stop", "start"].map(|a| event(a, 9, (a == "die").then_some(137)));
        assert_eq!(said(restart.to_vec()).status, Status::Ok);
    }

    #[test]
    fn an_end_is_over_once_it_runs_again() {
        let killed = vec![event("oom", 60, None), event("die", 60, Some(137))];
        let now = said(killed.clone());
        assert_eq!(
            (now.status, now.findings[0].fact.kind, now.findings[0].past),
            (Status::Problem, Kind::OomKilled, false)
        );
        let over = said([killed, vec![event("start", 50, None)]].concat());
        assert_eq!((over.status, over.findings[0].past), (Status::Uncertain, true));
        assert!(over.findings[0].text.contains("runs again"), "{}", over.findings[0].text);
    }

    #[test]
    fn other_projects_are_left_out() {
        let mut foreign = event("die", 5, Some(1));
        foreign.project = Some("other".into());
        let said = said(vec![foreign]);
        assert_eq!(said.status, Status::Ok);
        assert!(said.summary.contains("1 event of other projects"), "{}", said.summary);
    }

    #[test]
    fn a_loop_is_a_loop_while_it_lasts() {
        let mut all = Vec::new();
        for ago in [40, 30, 20, 10] {
            all.extend([event("start", ago, None), event("die", ago - 1, Some(1))]);
        }
        let said = said(all);
        assert_eq!((said.status, said.findings[0].fact.kind), (Status::Problem, Kind::RestartLoop));
    }
}
