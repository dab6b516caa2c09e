//! Published ports of running containers: those that lead nowhere, and why.
//! It never calls a port dead where it was not seen what is listened on behind it.

use super::Said;
use crate::diagnosis::{Finding, Kind, Status};
use crate::probe::Published;

/// Published ports that lead nowhere, as far as it was seen what is listened on behind them.
pub(super) fn published(seen: &[Published]) -> Said {
    let dead = seen.iter().filter_map(|p| Some((p, leads_nowhere(p)?)));
    let findings: Vec<(String, Finding)> =
        dead.map(|(p, f)| (format!("{} of {}", p.host_port, p.service), f)).collect();
    if findings.is_empty() {
        let kept = seen.iter().filter(|p| p.failure.is_none()).count();
        return Said::ok(format!("{} of {} take a connection", kept, crate::text::count(seen.len(), "port")));
    }
    let named: Vec<&str> = findings.iter().map(|(at, _)| at.as_str()).collect();
    let summary = format!("{} nowhere", if named.len() == 1 { "port {} leads" } else { "ports {} lead" });
    let said = Said::new(Status::Problem, summary.replace("{}", &named.join(", ")));
    Said { findings: findings.into_iter().map(|(_, f)| f).collect(), ..said }
}

/// What is wrong behind a published port; `None` where it answers or what is behind it was not seen.
fn leads_nowhere(port: &Published) -> Option<Finding> {
    port.failure?;
    let inside = port.inside.as_ref()?;
    let (who, outer, inner) = (&port.service, port.host_port, port.container_port);
    let at: Vec<&str> = inside
        .iter()
        .filter_map(|a| a.rsplit_once(':'))
        .filter(|(_, p)| *p == inner.to_string())
        .map(|(h, _)| h)
        .collect();
    let local = |host: &&str| host.starts_with("127.") || **host == *"[::1]";
    // Docker's own name server listens inside on an address like this.
    let others: Vec<&String> = inside.iter().filter(|a| !a.starts_with("127.0.0.11:")).collect();
    match (at.is_empty(), at.iter().all(local), others.as_slice()) {
        // It listens as it should, and not a word comes back: what was sent is dropped on the way.
        (false, false, _) if port.failure == Some(crate::probe::NetFailure::TimedOut) => Some(
            Finding::new(
                Kind::PortFiltered,
                who,
                format!("{who} listens, but what is sent to its port {outer} is dropped on the way: by a rule of a firewall."),
            )
            .with(outer.to_string()),
        ),
        // It listens as it should: the way to it from here is another matter.
        (false, false, _) => None,
        (false, true, _) => Some(
            Finding::new(
                Kind::LoopbackOnly,
                who,
                format!(
                    "{who} listens on {}:{inner} inside its container only, so nobody outside gets to it by its port {outer}.",
                    at.first().copied().unwrap_or("127.0.0.1")
                ),
            )
            .with(outer.to_string()),
        ),
        (true, _, []) => Some(
            Finding::new(
                Kind::NothingListens,
                outer.to_string(),
                format!("{who} runs, but nothing in its container listens, so its port {outer} leads nowhere."),
            )
            .with(who.clone()),
        ),
        (true, _, [first, ..]) => {
            let other = first.rsplit(':').next().unwrap_or_default();
            Some(
                Finding::new(
                    Kind::PortMismatch,
                    who,
                    format!("Port {outer} leads to {inner} inside {who}, but there it is {other} that is listened on."),
                )
                .with(outer.to_string()),
            )
        }
    }
}
