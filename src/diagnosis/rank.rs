//! Which fix comes first: how well each fits the findings, with its because.
//! It never drops a fix; one that nothing points at comes last, in the runbook's order.

mod last;

use super::{Conclusion, Finding, Kind, follows};
use crate::command::placeholder::judge_open;
use crate::command::{Effect, Script};
use crate::runbook::{Fix, Step, StepKind};

pub use last::{absent_last, idle_last, lacking_last};

/// How well a fix fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// A finding speaks for it.
    Fits,
    /// No finding speaks for it, nor against it.
    Open,
    /// What was found speaks against it, or it would make things worse.
    Unlikely,
}

impl Fit {
    /// The stable name, as programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Fit::Fits => "fits",
            Fit::Open => "open",
            Fit::Unlikely => "unlikely",
        }
    }
}

/// A fix in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Index into the fixes given.
    pub fix: usize,
    pub fit: Fit,
    pub score: f32,
    /// `it is not running`.
    pub because: String,
}

/// What a step of a fix does, as far as a finding can ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    /// Makes a service run; `None` stands for all.
    Start(Option<String>),
    Restart(Option<String>),
    Stop,
    Unpause,
    /// A script of the site that starts something; which, its name may tell.
    Script,
    Pull,
    Kill,
    Set(String),
    Limit,
    Sysctl,
    Permissions,
    Look,
}

/// Orders `fixes` by `conclusion`; `worked` holds the titles of fixes that helped here before for the same section.
pub fn rank(fixes: &[Fix], conclusion: &Conclusion, worked: &[String]) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = fixes.iter().enumerate().map(|(i, fix)| judged(i, fix, conclusion, worked)).collect();
    ranked.sort_by(|a, b| a.fit.cmp(&b.fit).then(b.score.total_cmp(&a.score)).then(a.fix.cmp(&b.fix)));
    ranked
}

fn judged(index: usize, fix: &Fix, conclusion: &Conclusion, worked: &[String]) -> Ranked {
    let doing = actions(fix);
    let aim = Aim::of(fix);
    let read = fix.steps.iter().filter_map(|s| match &s.kind {
        StepKind::Instruction(text) => Some(text.as_str()),
        _ => None,
    });
    let words = words(&format!("{} {} {}", fix.title, fix.explanation, read.collect::<Vec<_>>().join(" ")));
    let mut best: Option<(f32, &Finding)> = None;
    let findings = &conclusion.findings;
    // Where the author says what a fix is for, nothing else speaks for it.
    let says = |f: &Finding, w: &String| w == f.fact.name() || f.logged && w == Kind::LogError.name();
    let meant = |f: &Finding| fix.when.is_empty() || fix.when.iter().any(|w| says(f, w));
    for (nth, finding) in findings.iter().enumerate() {
        let nearness = match (finding.past, follows(finding, findings)) {
            (false, false) => 1.0 - 0.05 * nth.min(6) as f32,
            // A refusal says nothing of its own where the service behind it is known to be down.
            (false, true) => 0.12,
            (true, _) => 0.5,
        };
        let exact = fix.when.iter().any(|w| w == finding.fact.name());
        let named = if fix.when.is_empty() {
            0.0
        } else if exact {
            4.0
        } else {
            3.0
        };
        let typed = doing.iter().map(|a| affinity(a, finding)).fold(0.0, f32::max);
        let shared = crate_words(finding).iter().filter(|w| words.contains(w)).count();
        // Where fixes are made for the same fact, the words of the message tell which of them is meant.
        let quoted = quoted_words(&finding.text).iter().filter(|w| words.contains(w)).count();
        let score = if finding.beside && !(exact && aim.may_be_at(finding)) {
            0.0
        } else if meant(finding) {
            let said = if exact { 0.3 * quoted.min(4) as f32 } else { 0.0 };
            nearness * (named + typed + 0.6 * shared.min(4) as f32 + said + aim.at(finding))
        } else {
            0.3 * nearness
        };
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, finding));
        }
    }
    // What has to be done by hand comes after what can be done at once.
    let by_hand = fix.steps.iter().any(|s| matches!(s.kind, StepKind::Snippet { .. }));
    let broken = findings.iter().any(|f| f.fact.kind.stops_compose());
    if broken && last::by_compose(fix) && !fix.when.iter().any(|w| w.starts_with("compose.")) {
        let because = "no compose command works until its files are mended".into();
        return Ranked { fix: index, fit: Fit::Unlikely, score: 0.0, because };
    }
    let best = best.map(|(score, finding)| (if by_hand { score - 2.5 } else { score }, finding));
    let before = worked.iter().position(|t| *t == fix.title).map_or(0.0, |p| 0.8 / (p + 1) as f32);
    // What was seen beside the checks speaks for a fix, and against none.
    let own = || findings.iter().filter(|f| !f.beside);
    let against = own().next().is_some() && !findings.iter().any(meant);
    match best {
        Some((score, finding)) if score >= 1.5 && !against => {
            Ranked { fix: index, fit: Fit::Fits, score: score + before, because: clause(&finding.text) }
        }
        Some((score, _)) if against => {
            Ranked { fix: index, fit: Fit::Unlikely, score, because: "what was found points elsewhere".into() }
        }
        // A hint too weak to be named as a reason does not change the order of the runbook either.
        Some(_) => Ranked {
            fix: index,
            fit: Fit::Open,
            score: before,
            because: if before > 0.0 { "it helped here before".into() } else { "nothing found points at it".into() },
        },
        None => Ranked {
            fix: index,
            fit: Fit::Open,
            score: before,
            because: if before > 0.0 { "it helped here before".into() } else { String::new() },
        },
    }
}

/// The services and ports a fix names: one that acts on another part than the finding's is not for it.
struct Aim {
    services: Vec<String>,
    /// In its title and its commands.
    ports: Vec<String>,
}

impl Aim {
    fn of(fix: &Fix) -> Aim {
        let changing = |step: &&Step| match &step.kind {
            StepKind::Command(text) => judge_open(text).effect != Effect::Reads,
            _ => false,
        };
        let texts: Vec<String> = fix.steps.iter().filter(changing).map(Step::text).collect();
        let scripts = texts.iter().filter_map(|t| Script::plain(t));
        let services = scripts.flat_map(|s| s.pipelines).flat_map(|p| p.commands).flat_map(|c| services_of(&c.argv));
        let named = format!("{} {}", fix.title, texts.join(" "));
        Aim { services: services.collect(), ports: ports_in(&named) }
    }

    /// Whether it may be for a finding's part: it names that part, or none.
    fn may_be_at(&self, finding: &Finding) -> bool {
        let service = part(finding);
        finding.logged
            || finding.fact.service.is_none() && !finding.fact.name().starts_with("container.")
            || self.services.is_empty()
            || self.services.iter().any(|s| s == service || s.contains(['<', '$']))
    }

    /// How well a fix's aim fits a finding's subject: nothing where one of them names no part.
    fn at(&self, finding: &Finding) -> f32 {
        let subject = finding.fact.subject.as_str();
        let service = part(finding);
        let ports = ports_in(&format!(":{subject}"));
        let open = self.services.iter().any(|s| s.contains(['<', '$']));
        let same_service = self.services.iter().any(|s| s == service);
        let same_port = ports.iter().any(|p| self.ports.contains(p));
        let is_part = finding.fact.service.is_some() || finding.fact.name().starts_with("container.");
        match () {
            () if same_port => 2.0,
            () if same_service => 1.0,
            () if open => 0.5,
            // An author may well mean another part than the one that shows the trouble.
            () if is_part && !self.services.is_empty() => {
                // What is said of one address is said of the part behind it alone.
                if finding.fact.name().starts_with("http.") { -3.5 } else { -1.5 }
            }
            () if !ports.is_empty() && !self.ports.is_empty() => -3.5,
            () => 0.0,
        }
    }
}

/// The service a finding is about, or else its subject.
fn part(finding: &Finding) -> &str {
    finding.fact.service.as_deref().unwrap_or(&finding.fact.subject)
}

/// The services that a changing compose or docker command names.
fn services_of(argv: &[String]) -> Vec<String> {
    const VERBS: [&str; 12] =
        ["up", "start", "stop", "restart", "kill", "rm", "create", "build", "pull", "pause", "unpause", "recreate"];
    let words: Vec<&str> = argv.iter().map(String::as_str).filter(|w| *w != "sudo").collect();
    if !words.first().is_some_and(|w| matches!(w.rsplit('/').next(), Some("docker" | "docker-compose" | "podman"))) {
        return Vec::new();
    }
    let Some(at) = words.iter().position(|w| VERBS.contains(w)) else { return Vec::new() };
    let after = words.iter().skip(at + 1).filter(|w| !w.starts_with('-') && !w.chars().all(|c| c.is_ascii_digit()));
    after.map(|w| (*w).to_owned()).collect()
}

/// The ports a text names: `:8091`, `port 8091`.
fn ports_in(text: &str) -> Vec<String> {
    let bare = text.replace("port ", ":").replace("Port ", ":");
    let parts = bare.split(':').skip(1);
    let digits = parts.map(|p| p.chars().take_while(char::is_ascii_digit).collect::<String>());
    digits.filter(|d| (2..=5).contains(&d.len())).collect()
}

/// A sentence as a clause: without its full stop.
fn clause(sentence: &str) -> String {
    sentence.trim_end_matches('.').to_owned()
}

/// The words of the message that a finding quotes.
fn quoted_words(text: &str) -> Vec<String> {
    let message = text.split_once('“').and_then(|(_, rest)| rest.rsplit_once('”')).map_or("", |(message, _)| message);
    let mut out = words(message);
    out.sort();
    out.dedup();
    out
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|w| w.len() > 2 && !COMMON.contains(w))
        .map(str::to_owned)
        .collect()
}

/// Words that say nothing of what a fix is for.
const COMMON: [&str; 24] = [
    "the", "and", "for", "not", "its", "that", "this", "with", "from", "are", "was", "has", "can", "you", "all", "but",
    "only", "then", "what", "when", "where", "which", "output", "command",
];

/// The words of a finding that could stand in a fix's title: of its name, its subject, and its number.
fn crate_words(finding: &Finding) -> Vec<String> {
    let code = match finding.fact.kind {
        Kind::OomKilled => "137 oom memory limit",
        Kind::Killed => "137 killed",
        Kind::Segfault => "139 segfault",
        Kind::Crashed => "application error",
        Kind::InotifyLow | Kind::InotifyExhausted => "inotify watches increase limit",
        Kind::CorsMissing | Kind::CorsRejected => "origin allowed list cors",
        Kind::NotUpgraded => "proxy nginx reverse configuration",
        Kind::RateLimited => "rate limit limits",
        Kind::HttpSlow | Kind::HttpTimeout => "timeout timeouts load",
        Kind::PortTaken | Kind::PortConflict | Kind::PortTakenByContainer => "port conflict conflicts taken",
        Kind::FolderUnreadable => "permissions rights read",
        Kind::FolderMissing => "folder path exists verify",
        Kind::NameUnresolved => "network name url configuration",
        Kind::RedisAuth | Kind::RedisWrongPassword => "password",
        Kind::RedisMemoryFull | Kind::RedisOutOfMemory | Kind::RedisEvicting => "memory maxmemory",
        _ => "",
    };
    let mut out = words(&finding.fact.name().replace(['.', '_'], " "));
    out.extend(words(code));
    out.extend(words(&finding.fact.subject));
    out.sort();
    out.dedup();
    out
}

/// How strongly a finding asks for an action.
fn affinity(action: &Action, finding: &Finding) -> f32 {
    let subject = part(finding);
    let own = |service: &Option<String>| match service {
        Some(name) => {
            if subject.contains(name.as_str()) || name == "redis" && subject == "redis" {
                3.0
            } else {
                0.0
            }
        }
        None => 1.8,
    };
    match (action, finding.fact.kind) {
        (Action::Start(service), Kind::NotRunning | Kind::Absent | Kind::RedisRefused) => own(service),
        (Action::Start(service), Kind::OomKilled | Kind::Killed | Kind::NothingListens | Kind::HttpRefused) => {
            own(service) * 0.7 + if service.is_none() { 0.5 } else { 0.0 }
        }
        (
            Action::Restart(service),
            Kind::Halted | Kind::Unhealthy | Kind::WatcherAbsent | Kind::WatcherOff | Kind::ModelNotLoaded,
        ) => own(service),
        (Action::Restart(service), Kind::HttpSlow | Kind::HttpTimeout) => own(service) * 0.5,
        (Action::Script, Kind::NotRunning | Kind::Absent | Kind::NothingListens | Kind::HttpRefused) => 1.4,
        (Action::Kill, Kind::PortTaken) => 3.0,
        (Action::Kill, Kind::PortConflict) => 1.0,
        (Action::Stop, Kind::PortTakenByContainer) => 3.0,
        (Action::Unpause, Kind::Paused) => 3.0,
        (Action::Limit, Kind::OomKilled | Kind::KernelOomKill) => 2.2,
        (Action::Sysctl, Kind::InotifyLow | Kind::InotifyExhausted) => 3.0,
        (Action::Permissions, Kind::FolderUnreadable) => 3.0,
        (Action::Pull, Kind::Segfault) => 2.0,
        (Action::Set(key), kind) => match kind {
            Kind::CorsMissing | Kind::CorsRejected if key.contains("CORS") => 3.0,
            Kind::RateLimited if key.contains("RATE_LIMIT") => 3.0,
            Kind::HttpTimeout | Kind::HttpSlow if key.contains("TIMEOUT") => 2.0,
            Kind::NameUnresolved if key.contains("URL") || key.contains("HOST") => 2.0,
            Kind::MissingVariable | Kind::InvalidSetting if finding.fact.detail.as_deref() == Some(key) => 3.0,
            Kind::WatcherOff if key.contains("POLLING") => 0.5,
            _ => 0.0,
        },
        (Action::Look, Kind::RedisMemoryFull | Kind::RedisEvicting) => 1.0,
        _ => 0.0,
    }
}

fn actions(fix: &Fix) -> Vec<Action> {
    let mut all: Vec<Action> = fix.steps.iter().flat_map(of_step).collect();
    // What makes a setting take effect is not what the fix is for.
    if all.iter().any(|a| matches!(a, Action::Set(_))) {
        all.retain(|a| !matches!(a, Action::Start(_) | Action::Restart(_)));
    }
    all
}

fn of_step(step: &Step) -> Vec<Action> {
    match &step.kind {
        StepKind::Setting(settings) => settings.iter().map(|s| Action::Set(s.key.clone())).collect(),
        StepKind::Snippet { text, .. } if text.contains("memory:") || text.contains("limits:") => vec![Action::Limit],
        StepKind::Snippet { .. } | StepKind::Instruction(_) => Vec::new(),
        StepKind::Command(text) => {
            let Some(script) = Script::plain(text) else { return Vec::new() };
            script.pipelines.iter().flat_map(|p| &p.commands).filter_map(|c| of_command(&c.argv, text)).collect()
        }
    }
}

fn of_command(argv: &[String], text: &str) -> Option<Action> {
    let words: Vec<&str> = argv.iter().map(String::as_str).filter(|w| *w != "sudo").collect();
    let program = words.first()?.rsplit('/').next()?;
    let after = |verb: &str| {
        let at = words.iter().position(|w| *w == verb)?;
        Some(words.iter().skip(at + 1).find(|w| !w.starts_with('-')).map(|w| (*w).to_owned()))
    };
    match program {
        "docker" | "docker-compose" | "podman" | "systemctl" => after("up")
            .or_else(|| after("start"))
            .map(Action::Start)
            .or_else(|| after("restart").map(Action::Restart))
            .or_else(|| after("pull").map(|_| Action::Pull))
            .or_else(|| after("unpause").map(|_| Action::Unpause))
            .or_else(|| after("stop").map(|_| Action::Stop)),
        name if name.starts_with("start") => Some(Action::Script),
        "kill" | "pkill" => Some(Action::Kill),
        "sysctl" => Some(Action::Sysctl),
        "tee" if text.contains("/proc/sys") || text.contains("sysctl") => Some(Action::Sysctl),
        "chmod" | "chown" | "setfacl" => Some(Action::Permissions),
        _ if judge_open(text).effect == Effect::Reads => Some(Action::Look),
        _ => None,
    }
}

/// The command that takes a step back, where its kind has one.
pub fn undo_hint(step: &Step) -> Option<String> {
    let StepKind::Command(text) = &step.kind else { return None };
    let (before, after) = text.split_once(" up -d ")?;
    let one = !after.contains(' ') && !after.contains("&&") && before.contains("compose");
    one.then(|| format!("{before} stop {after}"))
}
