//! Fixes that can do nothing here come last: for parts that are not there, run already, or need what is missing.
//! It never drops a fix.

use super::{Fit, Ranked};
use crate::command::Effect;
use crate::command::placeholder::judge_open;
use crate::diagnosis::Kind;
use crate::runbook::{Fix, StepKind, services};

/// Puts fixes that act only on services that are not there last; `services` are those there are, none where unknown.
pub fn absent_last(mut ranked: Vec<Ranked>, fixes: &[Fix], services: &[String]) -> Vec<Ranked> {
    if services.is_empty() {
        return ranked;
    }
    for one in &mut ranked {
        let named: Vec<String> =
            fixes.get(one.fix).map(|f| f.steps.iter().flat_map(services::in_step).collect()).unwrap_or_default();
        if let Some(first) = named.first()
            && !named.iter().any(|n| services.contains(n))
        {
            one.fit = Fit::Unlikely;
            one.because = format!("{first} is no service of this compose file");
        }
    }
    ranked.sort_by_key(|r| r.fit);
    ranked
}

/// Puts fixes that cannot work here last; `lacks` says of a command what it needs and is not here.
pub fn lacking_last(mut ranked: Vec<Ranked>, fixes: &[Fix], lacks: impl Fn(&str) -> Option<String>) -> Vec<Ranked> {
    for one in &mut ranked {
        let steps = fixes.get(one.fix).map(|f| f.steps.as_slice()).unwrap_or_default();
        let changing = steps.iter().filter_map(|s| match &s.kind {
            StepKind::Command(text) if judge_open(text).effect != Effect::Reads => Some(text),
            _ => None,
        });
        if let Some(why) = changing.take(1).find_map(|text| lacks(text)) {
            one.fit = Fit::Unlikely;
            one.because = why;
        }
    }
    ranked.sort_by_key(|r| r.fit);
    ranked
}

/// Puts fixes that only start what `runs` already last; `all` says whether nothing at all is down.
pub fn idle_last(mut ranked: Vec<Ranked>, fixes: &[Fix], runs: impl Fn(&str) -> bool, all: bool) -> Vec<Ranked> {
    for one in &mut ranked {
        let Some(fix) = fixes.get(one.fix).filter(|fix| is_for_what_is_down(fix)) else { continue };
        let Some(services) = started(fix) else { continue };
        let idle = if services.is_empty() { all } else { services.iter().all(|s| runs(s)) };
        if idle {
            one.fit = Fit::Unlikely;
            one.because = match services.first() {
                Some(first) => format!("{first} runs already"),
                None => "all of them run already".into(),
            };
        }
    }
    ranked.sort_by_key(|r| r.fit);
    ranked
}

/// Whether a fix is for something that does not run, and not the last step of a change by hand.
fn is_for_what_is_down(fix: &Fix) -> bool {
    let down = [
        Kind::NotRunning,
        Kind::Absent,
        Kind::Killed,
        Kind::ManyDown,
        Kind::RedisRefused,
        Kind::DatabaseRefused,
        Kind::HttpRefused,
        Kind::NothingListens,
        Kind::Unhealthy,
    ];
    match fix.when.as_slice() {
        [] => fix.title.to_lowercase().starts_with("start"),
        when => when.iter().any(|w| down.iter().any(|k| w == k.name())),
    }
}

/// The services a fix starts, none for all of them; `None` where it does anything else but start and look.
fn started(fix: &Fix) -> Option<Vec<String>> {
    let (mut services, mut starts) = (Vec::new(), false);
    for step in &fix.steps {
        let StepKind::Command(text) = &step.kind else { return None };
        if judge_open(text).effect == Effect::Reads {
            continue;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let at = words.iter().position(|w| *w == "up")?;
        let (options, named): (Vec<&str>, Vec<&str>) = words.get(at + 1..)?.iter().partition(|w| w.starts_with('-'));
        let plain = options.iter().all(|o| matches!(*o, "-d" | "--detach" | "--no-deps" | "--wait"));
        let names = named.iter().all(|n| n.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)));
        if !plain
            || !names
            || starts && (named.is_empty() || services.is_empty())
            || !words.contains(&"compose") && words.first() != Some(&"docker-compose")
        {
            return None;
        }
        starts = true;
        services.extend(named.into_iter().map(str::to_owned));
    }
    starts.then_some(services)
}

/// Whether a fix works by compose, which does nothing while its file is broken.
pub(super) fn by_compose(fix: &Fix) -> bool {
    fix.steps.iter().any(|step| match &step.kind {
        StepKind::Command(text) => {
            let words: Vec<&str> = text.split_whitespace().filter(|w| *w != "sudo").collect();
            matches!(words.as_slice(), ["docker", "compose", ..] | ["docker-compose", ..])
                && judge_open(text).effect != Effect::Reads
        }
        _ => false,
    })
}
