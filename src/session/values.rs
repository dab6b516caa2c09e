//! Values for placeholders: from what the checks found, with where it came from, or asked for.
//! It never guesses: without a value the step is not run.

use super::Session;
use super::assign::At;
use super::event::Recorder;
use super::ports::{Console, Question, Reply, World};
use super::view::View;
use crate::command::{Placeholder, PlaceholderType, Value, placeholder};
use crate::diagnosis::{Outcome, candidates, conclude};
use crate::runbook::Setting;
use crate::text::shorten;

/// Puts named values into the place of placeholders, or says why not.
type Fill = fn(&str, &[(String, Value)]) -> Result<String, String>;

impl<C: Console, W: World, R: Recorder> Session<'_, C, W, R> {
    /// A command line with its placeholders filled from what is known, or asked for; `None` where one stays open.
    pub(super) fn filled(&mut self, at: At<'_>, text: &str) -> Option<(String, Vec<String>)> {
        self.filled_by(Some(at), text, placeholder::find(text), placeholder::fill, "")
    }

    /// Settings with their placeholders filled; `None` where one stays open. `${NAME}` is for compose to fill.
    pub(super) fn filled_settings(&mut self, settings: &[Setting]) -> Option<(Vec<Setting>, Vec<String>)> {
        let mut filled = Vec::new();
        let mut values = Vec::new();
        for setting in settings {
            let mut open = placeholder::find(&setting.value);
            open.retain(|p| !p.text.starts_with('$'));
            let named = placeholder::find(&setting.key);
            let (key, of_key) = self.filled_by(None, &setting.key, named, placeholder::put, "")?;
            if !is_name(&key) {
                self.trouble(format!("`{}` is no name of a setting", shorten(&key, 60)), "nothing was written");
                return None;
            }
            // What a secret setting is to be is a secret, whatever its place is called.
            open.iter_mut().for_each(|p| p.secret |= placeholder::is_secret(&key));
            let (value, from) = self.filled_by(None, &setting.value, open, placeholder::put, &key)?;
            filled.push(Setting { key, value });
            values.extend(of_key.into_iter().chain(from));
        }
        Some((filled, values))
    }

    /// A line with what was typed already in its placeholders; the others stay open.
    pub(super) fn filled_by_typed(&self, text: &str) -> String {
        placeholder::fill(text, &self.thread.typed).unwrap_or_else(|_| text.to_owned())
    }

    fn filled_by(
        &mut self,
        at: Option<At<'_>>,
        text: &str,
        open: Vec<placeholder::Placeholder>,
        fill: Fill,
        of: &str,
    ) -> Option<(String, Vec<String>)> {
        let seen = self.thread.work.as_ref().map(|w| w.outcomes.clone()).unwrap_or_default();
        let mut line = text.to_owned();
        let mut values = Vec::new();
        for wanted in open {
            let value = match self.chosen(&wanted.name) {
                Some(value) => Some(value),
                None => {
                    let mut offered = self.offered(at, &wanted);
                    if !offered.set {
                        let known = |v: &Value| offered.values.iter().any(|o| o.text == v.text);
                        let more: Vec<Value> = self.offers(&wanted, &seen).into_iter().filter(|v| !known(v)).collect();
                        offered.values.extend(more);
                    }
                    let about = if offered.about.is_empty() { of } else { &offered.about };
                    self.choose_value(&wanted, offered.values, about)
                }
            };
            let Some(value) = value else {
                self.trouble(
                    format!("`{}` has no value, so nothing is done with `{}`", wanted.text, shorten(text, 80)),
                    "the checks may show it; or type it when asked",
                );
                return None;
            };
            match fill(&line, &[(wanted.name.clone(), value.clone())]) {
                Ok(filled) => line = filled,
                Err(why) => {
                    self.trouble(why, "nothing was run");
                    return None;
                }
            }
            let shown = if wanted.secret { "(not shown)" } else { value.text.as_str() };
            values.push(format!("{} = {shown} ({})", wanted.text, value.source));
            if let Some(work) = &mut self.thread.work {
                work.chosen.push((wanted.name.clone(), value));
            }
        }
        Some((line, values))
    }

    /// The values that what was seen offers; where it offers none, how the containers were made is looked at as well.
    pub(super) fn offers(&self, wanted: &Placeholder, seen: &[Outcome]) -> Vec<Value> {
        let found = candidates(wanted, seen);
        let own = matches!(
            wanted.kind,
            PlaceholderType::Pid | PlaceholderType::Port | PlaceholderType::Container | PlaceholderType::Service
        );
        // What was only logged names its part as well.
        if found.is_empty() && wanted.kind == PlaceholderType::Container {
            return self.known.container_of(&conclude(seen).findings).into_iter().collect();
        }
        match self.known.containers_seen().filter(|_| found.is_empty() && !own) {
            Some(known) => candidates(wanted, &[seen, &[known]].concat()),
            None => found,
        }
    }

    /// The value that this fix uses for a name already, or that was typed.
    pub(super) fn chosen(&self, name: &str) -> Option<Value> {
        let chosen = self.thread.work.iter().flat_map(|w| &w.chosen).chain(&self.thread.typed);
        chosen.into_iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
    }

    /// A text with the values that are known without asking; a command with an open one is `None`.
    pub(super) fn filled_quietly(&mut self, at: At<'_>, text: &str) -> Option<String> {
        let open = placeholder::find(text);
        if open.is_empty() {
            return Some(text.to_owned());
        }
        let seen = self.thread.work.as_ref().map(|w| w.outcomes.clone()).unwrap_or_default();
        let mut line = text.to_owned();
        for wanted in open {
            let value = match self.chosen(&wanted.name) {
                Some(value) => value,
                None => {
                    let offered = self.offered(Some(at), &wanted);
                    match offered.values.as_slice() {
                        [one] => one.clone(),
                        [] if !offered.set => self.offers(&wanted, &seen).into_iter().next()?,
                        _ => return None,
                    }
                }
            };
            line = placeholder::fill(&line, &[(wanted.name.clone(), value)]).ok()?;
        }
        Some(line)
    }

    /// A snippet with the values that are known without asking; what is open stays for whoever places it.
    pub(super) fn snippet_filled(&self, text: &str) -> String {
        let seen = self.thread.work.as_ref().map(|w| w.outcomes.clone()).unwrap_or_default();
        let mut out = text.to_owned();
        for wanted in placeholder::find(text).into_iter().filter(|p| p.text.starts_with('<')) {
            let value = self.chosen(&wanted.name).or_else(|| self.offers(&wanted, &seen).into_iter().next());
            if let Some(value) = value {
                out = placeholder::put(&out, &[(wanted.name.clone(), value)]).unwrap_or(out);
            }
        }
        out
    }

    /// One value is offered and still confirmed with the command; several are a choice.
    pub(super) fn choose_value(
        &mut self,
        wanted: &placeholder::Placeholder,
        offered: Vec<Value>,
        about: &str,
    ) -> Option<Value> {
        match offered.as_slice() {
            [] => self.ask_value(wanted, about),
            [one] => Some(one.clone()),
            many => {
                let rows =
                    many.iter().enumerate().map(|(i, v)| ((i + 1).to_string(), format!("{} ({})", v.text, v.source)));
                self.console.show(&View::Table { title: format!("Which {}?", wanted.name), rows: rows.collect() });
                if !self.console.interactive() {
                    return None;
                }
                match self.put(&Question::new("Number", "[Enter for none]")) {
                    Reply::Text(text) => {
                        text.trim().parse::<usize>().ok().and_then(|n| many.get(n.checked_sub(1)?)).cloned()
                    }
                    _ => None,
                }
            }
        }
    }

    /// Asks the operator for a placeholder's value, once while a section is open; `None` where none was given.
    /// `about` is what the runbook says of it.
    pub(super) fn ask_value(&mut self, wanted: &placeholder::Placeholder, about: &str) -> Option<Value> {
        if let Some((_, value)) = self.thread.typed.iter().find(|(name, _)| *name == wanted.name) {
            return Some(value.clone());
        }
        if !self.console.interactive() {
            return None;
        }
        let about = if about.is_empty() { String::new() } else { format!(" ({})", shorten(about, 80)) };
        let question = Question::new(format!("What is `{}`{about}?", wanted.text), "[Enter leaves it out]");
        let question = Question { secret: wanted.secret, ..question };
        let Reply::Text(text) = self.put(&question) else { return None };
        let value = Value { text: text.trim().to_owned(), source: "typed".into() };
        if value.text.is_empty() {
            return None;
        }
        if placeholder::put(&wanted.text, &[(wanted.name.clone(), value.clone())]).is_ok() {
            self.thread.typed.push((wanted.name.clone(), value.clone()));
        }
        Some(value)
    }
}

/// Whether a setting can be called so.
fn is_name(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[test]
fn a_setting_has_a_name() {
    assert!(is_name("A_B1") && !is_name("1A") && !is_name("A B") && !is_name("") && !is_name("A=B"));
}
