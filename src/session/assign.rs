//! Variables that a section's steps set for those below them, and what else is known of a placeholder before it is asked for.
//! It never runs an assignment: what it is set to is read, or printed by a command that only looks.

use std::time::Duration;

use super::Session;
use super::event::Recorder;
use super::given::{given, is_given};
use super::ports::{Console, Question, Reply, World, yes_or_enter};
use super::steps::Stepped;
use super::thread::Set;
use crate::command::{Placeholder, PlaceholderType, ReadOnly, Value, bounded, placeholder, programs};
use crate::diagnosis::{Outcome, conclude, interpret};
use crate::probe::{Ended, Look, Reading};
use crate::runbook::variables::{self, Assigned, Gives};
use crate::runbook::{Check, Section, Step, StepKind};
use crate::text::shorten;

/// More words than this are a listing, and none of them is a value.
const MOST: usize = 12;

/// Programs that call whom they are told to.
const CALLERS: &[&str] = &[
    "curl",
    "wget",
    "http",
    "https",
    "ping",
    "ping6",
    "nc",
    "ncat",
    "telnet",
    "dig",
    "host",
    "nslookup",
    "openssl",
    "traceroute",
    "tracepath",
    "mtr",
    "redis-cli",
    "psql",
    "pg_isready",
    "mysql",
    "mysqladmin",
    "websocat",
    "ssh",
    "grpcurl",
    "ldapsearch",
    "smbclient",
    "showmount",
];

/// A place in a section: what stands above it may set variables.
#[derive(Clone, Copy)]
pub(super) struct At<'s> {
    pub section: &'s Section,
    pub line: usize,
}

/// What is known of a placeholder without looking or asking.
#[derive(Default)]
pub(super) struct Offered {
    pub values: Vec<Value>,
    /// A step above sets it, so that nothing else does.
    pub set: bool,
    /// What the runbook says it is, where that is known.
    pub about: String,
}

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// The values that a step above or a pasted alert gives; what of the alert is refused is said once.
    pub(super) fn offered(&mut self, at: Option<At<'_>>, wanted: &Placeholder) -> Offered {
        let Some((step, assigned)) = at.and_then(|at| variables::set_above(at.section, at.line, wanted)) else {
            let values = self.of_alert(wanted);
            return Offered { values, ..Offered::default() };
        };
        let known = self.thread.set.iter().find(|s| s.name == wanted.name && s.line == step.line);
        let known = known.map(|s| s.values.clone()).unwrap_or_default();
        match (assigned.gives, known.is_empty()) {
            (Gives::Asked(words), true) => {
                let values = self.of_alert(&Placeholder { name: words.clone(), ..wanted.clone() });
                Offered { values, set: true, about: words }
            }
            (Gives::Output(command), true) => {
                let about = format!("what `{}` prints", shorten(&command, 60));
                Offered { set: true, about, ..Offered::default() }
            }
            _ => Offered { values: known, set: true, ..Offered::default() },
        }
    }

    /// The values that a pasted alert gives for a placeholder.
    fn of_alert(&mut self, wanted: &Placeholder) -> Vec<Value> {
        let found = given(wanted, &self.thread.labels);
        if let Some(why) = found.refused.filter(|_| !self.thread.refused.contains(&wanted.text)) {
            self.thread.refused.push(wanted.text.clone());
            self.trouble(format!("of the alert, {why}"), "it is not used; what belongs there can be typed when asked");
        }
        found.values
    }

    /// The one value of a placeholder of a check: known, seen by other checks, or asked for where that may be.
    /// Whom a command `calls` over the network is not for an alert to say alone.
    fn value_for(
        &mut self,
        at: At<'_>,
        wanted: &Placeholder,
        seen: &[Outcome],
        may_ask: bool,
        calls: bool,
    ) -> Option<Value> {
        if let Some(value) = self.chosen(&wanted.name) {
            return Some(value);
        }
        let offered = self.offered(Some(at), wanted);
        let unsure = |value: &Value| calls && is_given(value);
        match offered.values.as_slice() {
            [one] if !unsure(one) => return Some(one.clone()),
            [] if !offered.set => {
                let value = self.offers(wanted, seen).into_iter().next().or_else(|| match wanted.kind {
                    PlaceholderType::Container => self.known.container_of(&conclude(seen).findings),
                    PlaceholderType::Host => self.known.own_host(self.question()),
                    PlaceholderType::Text if is_of_a_setting(&wanted.name) => named_setting(self.question()),
                    _ => None,
                });
                if value.is_some() {
                    return value;
                }
            }
            _ => {}
        }
        if !may_ask || self.thread.declined.contains(&wanted.name) {
            return None;
        }
        let value = match offered.values.as_slice() {
            [one] if self.takes(wanted, one) => Some(one.clone()),
            [_] => self.ask_value(wanted, &offered.about),
            _ => self.choose_value(wanted, offered.values, &offered.about),
        };
        match &value {
            Some(value) => self.thread.typed.push((wanted.name.clone(), value.clone())),
            None => self.thread.declined.push(wanted.name.clone()),
        }
        value
    }

    /// Whether the operator lets a check call what an alert names.
    fn takes(&mut self, wanted: &Placeholder, value: &Value) -> bool {
        let prompt = format!("Take {} for `{}`? It is {}.", value.text, wanted.text, value.source);
        let reply = self.console.interactive().then(|| self.put(&Question::new(prompt, "[Y/n]")));
        matches!(reply, Some(Reply::Text(text)) if yes_or_enter(&text))
    }

    /// A check's command with its placeholders filled, and which of the values came from an alert.
    ///
    /// # Errors
    /// Why one stays open.
    pub(super) fn filled_in(
        &mut self,
        at: At<'_>,
        text: &str,
        seen: &[Outcome],
        may_ask: bool,
    ) -> Result<(String, Vec<String>), String> {
        let mut line = text.to_owned();
        let mut told = Vec::new();
        let calls = programs(&placeholder::plain(text)).iter().any(|p| CALLERS.contains(&p.as_str()));
        for wanted in placeholder::find(text) {
            let found = self.value_for(at, &wanted, seen, may_ask, calls);
            let Some(value) = found else { return Err(format!("no value for {}", wanted.text)) };
            line = placeholder::fill(&line, &[(wanted.name.clone(), value.clone())])?;
            if is_given(&value) {
                told.push(format!("{} = {} ({})", wanted.name, value.text, value.source));
            }
        }
        Ok((line, told))
    }

    /// Sets what a step sets to a text or to something the author asks for, and says so.
    ///
    /// # Errors
    /// Why it has no value yet.
    pub(super) fn settle(
        &mut self,
        at: At<'_>,
        assigned: &Assigned,
        seen: &[Outcome],
        may_ask: bool,
    ) -> Result<String, String> {
        let variable = format!("${}", assigned.name);
        let none = || format!("no value for {variable}");
        let asked = |words: &str| Placeholder {
            text: variable.clone(),
            name: if words.is_empty() { assigned.name.clone() } else { words.to_owned() },
            kind: placeholder::find(&variable).first().map_or(PlaceholderType::Text, |p| p.kind),
            secret: placeholder::is_secret(&assigned.name),
        };
        let value = match &assigned.gives {
            _ if self.chosen(&assigned.name).is_some() => self.chosen(&assigned.name).ok_or_else(none)?,
            Gives::Output(_) => return Err(none()),
            Gives::Asked(words) => self.value_for(at, &asked(words), seen, may_ask, false).ok_or_else(none)?,
            Gives::Text(text) if text.chars().all(|c| matches!(c, '.' | '…')) => {
                self.value_for(at, &asked(""), seen, may_ask, false).ok_or_else(none)?
            }
            Gives::Text(text) => {
                let (mut filled, mut source) = (text.clone(), "as the runbook says".to_owned());
                for wanted in placeholder::find(text) {
                    let value = self.value_for(at, &wanted, seen, may_ask, false).ok_or_else(none)?;
                    filled = placeholder::put(&filled, &[(wanted.name.clone(), value.clone())])?;
                    source = value.source;
                }
                Value { text: filled, source }
            }
        };
        let said = format!("{} = {} ({})", assigned.name, value.text, value.source);
        self.set(&assigned.name, at.line, vec![value]);
        Ok(said)
    }

    fn set(&mut self, name: &str, line: usize, values: Vec<Value>) {
        self.thread.set.retain(|s| s.line != line);
        self.thread.set.push(Set { name: name.to_owned(), line, values });
    }

    /// Takes what a step's command printed for the variable that the step sets.
    pub(super) fn take_printed(&mut self, step: &Step, reading: Option<&Reading>) {
        let StepKind::Command(text) = &step.kind else { return };
        let Some(Assigned { name, gives: Gives::Output(command) }) = variables::assigned(text) else { return };
        let Some(Reading::Process(seen)) =
            reading.filter(|r| matches!(r, Reading::Process(p) if p.ended == Ended::Code(0)))
        else {
            return;
        };
        let mut words: Vec<&str> = Vec::new();
        for word in seen.stdout.split_whitespace() {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        let source = format!("printed by {}", shorten(&command, 50));
        let value = |w: &str| Value { text: w.to_owned(), source: source.clone() };
        let values = if words.len() > MOST { Vec::new() } else { words.into_iter().map(value).collect() };
        self.set(&name, step.line, values);
    }

    /// The steps that set what other steps use and that stand among none of them, each as something to look at first.
    pub(super) fn needed(section: &Section, steps: &[&Step]) -> Vec<Check> {
        let mut found: Vec<&Step> = Vec::new();
        let mut open: Vec<&Step> = steps.to_vec();
        while let Some(step) = open.pop() {
            let StepKind::Command(text) = &step.kind else { continue };
            for wanted in placeholder::find(text) {
                let above = variables::set_above(section, step.line, &wanted).map(|(s, _)| s);
                if let Some(above) = above.filter(|a| steps.iter().chain(&found).all(|s| s.line != a.line)) {
                    found.push(above);
                    open.push(above);
                }
            }
        }
        found.sort_by_key(|s| s.line);
        let check =
            |s: &Step| Check { title: s.title.clone().unwrap_or_else(|| s.text()), step: s.clone(), expect: None };
        found.into_iter().map(check).collect()
    }

    /// Looks for what the steps above set, where a step of a fix needs it and it is not known yet.
    pub(super) async fn settle_above(&mut self, at: At<'_>, text: &str) {
        let step = Step::new(StepKind::Command(text.to_owned()), at.line);
        let mut needed = Self::needed(at.section, &[&step]);
        needed.retain(|c| self.thread.set.iter().all(|s| s.line != c.step.line));
        if !needed.is_empty() {
            self.run_checks(at.section, &needed, true).await;
        }
    }

    /// A step of a fix that only sets a variable: nothing is changed by it. `None` where the step is another.
    pub(super) async fn walk_assignment(&mut self, at: At<'_>, step: &Step, text: &str) -> Option<Stepped> {
        let assigned = variables::assigned(text)?;
        let Gives::Output(command) = &assigned.gives else {
            return Some(match self.settle(at, &assigned, &[], true) {
                Ok(said) => {
                    self.note(&said);
                    Stepped::Looked
                }
                Err(why) => {
                    self.trouble(format!("{why}, so the steps that use it are not run"), "type it when asked");
                    Stepped::Skipped
                }
            });
        };
        self.settle_above(at, command).await;
        let Some((line, _)) = self.filled(at, command) else { return Some(Stepped::Skipped) };
        let Ok(proof) = ReadOnly::prove(&bounded(&line).unwrap_or(line)) else {
            self.note(&format!(
                "`{}` is not known to only read, so it is not run for its output.",
                shorten(command, 70)
            ));
            return Some(Stepped::Looked);
        };
        let limit = step.timeout.map_or(self.settings.timeout, Duration::from_secs);
        let look = Look::literal(proof, limit);
        self.console.begin(&[shorten(text, 70)]);
        let observed = tokio::select! {
            observed = self.world.look(&look) => observed,
            () = self.world.interrupted() => crate::probe::Observed { reading: Reading::Interrupted, ms: 0 },
        };
        self.console.finish();
        let check = Check { title: shorten(text, 50), step: step.clone(), expect: None };
        let outcome = interpret(&check, &observed);
        self.take_printed(step, Some(&observed.reading));
        self.console.show(&super::view::View::outcomes(std::slice::from_ref(&outcome)));
        Some(Stepped::Looked)
    }
}

/// Whether a placeholder stands for the name of a setting.
fn is_of_a_setting(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["setting", "variable"].iter().any(|w| lower.contains(w)) && !lower.contains("value")
}

/// The one setting that a question names: in capitals, with an underline.
fn named_setting(question: &str) -> Option<Value> {
    let words = question.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let setting = |w: &&str| w.len() > 3 && w.contains('_') && !w.chars().any(|c| c.is_ascii_lowercase());
    let mut named: Vec<&str> = words.filter(setting).collect();
    named.dedup();
    let [one] = named.as_slice() else { return None };
    Some(Value { text: (*one).to_owned(), source: "you named it".into() })
}

#[test]
fn the_one_setting_that_is_named_is_meant() {
    let named = |text: &str| named_setting(text).map(|v| v.text);
    assert_eq!(named("RETENTION_DAYS=3 does nothing").as_deref(), Some("RETENTION_DAYS"));
    assert_eq!(named("neither A_B nor C_D works"), None);
    assert_eq!(named("nothing in CAPITALS counts"), None);
    assert!(is_of_a_setting("SETTING_NAME") && !is_of_a_setting("setting-value") && !is_of_a_setting("name"));
}
