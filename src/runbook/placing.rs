//! What stands under one heading, put where its role in the section places it: symptom, check, fix, verification or prose.
//! It never decides which role a heading plays.

use super::aim::{Aim, aim};
use super::outline::{Block, Heading};
use super::roles::{Role, role};
use super::{Check, Fix, Link, Section, Seen, Step, StepKind, Symptom, blocks, shells};
use crate::command::Effect;
use crate::command::placeholder::judge_open;

/// Where a block of steps belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Checks,
    Verification,
    /// The fix that was named last.
    Fix,
    /// A fix named after the heading.
    Procedure,
    Others,
}

/// One heading's blocks on their way into a section.
pub(super) struct Placing<'a> {
    out: &'a mut Section,
    heading: &'a Heading,
    current: Option<Role>,
    /// The text before a block.
    lead: String,
    /// Annotations wait for what they are about.
    notes: Vec<(String, String)>,
    /// Commands inside the sentences of the fix that is being read.
    asides: Vec<Step>,
    /// Whether that fix has blocks of steps.
    blocks: bool,
}

impl<'a> Placing<'a> {
    pub(super) fn new(out: &'a mut Section, heading: &'a Heading, current: Option<Role>) -> Placing<'a> {
        Placing { out, heading, current, lead: String::new(), notes: Vec::new(), asides: Vec::new(), blocks: false }
    }

    pub(super) fn read(&mut self) {
        for block in &self.heading.blocks {
            self.out.body.push_str(block.text());
            self.out.body.push('\n');
            self.out.seen = noted_seen(block).unwrap_or(self.out.seen);
            match block {
                Block::Note { key, value } => self.note(key, value),
                Block::Link { text, target, line } => {
                    self.out.links.push(Link { text: text.clone(), target: target.clone(), line: *line });
                }
                Block::Strong { text, line } => self.strong(text, *line),
                Block::Text { text, line, item, commands } => self.text(text, *line, *item, commands),
                Block::Code { language, text, line } => self.code(language, text, *line),
            }
        }
        self.end_fix();
        // A solution of words alone is something to read and follow.
        if self.current == Some(Role::Solutions) {
            for fix in self.out.fixes.iter_mut().filter(|f| f.steps.is_empty() && !f.explanation.is_empty()) {
                let text = std::mem::take(&mut fix.explanation);
                fix.steps.push(Step::new(StepKind::Instruction(text), fix.line));
            }
        }
    }

    /// A command inside a sentence is a step where the fix has no blocks; beside blocks it explains them.
    fn end_fix(&mut self) {
        let asides = std::mem::take(&mut self.asides);
        if std::mem::take(&mut self.blocks) {
            self.out.others.extend(asides);
        } else if !asides.is_empty() {
            let fix = self.last_fix();
            fix.steps.extend(asides);
            fix.steps.sort_by_key(|s| s.line);
        }
    }

    fn note(&mut self, key: &str, value: &str) {
        let solving = matches!(self.current, Some(Role::Solutions));
        match key {
            "aliases" => {
                self.out.aliases.extend(value.split(',').map(|a| a.trim().to_owned()).filter(|a| !a.is_empty()));
            }
            "allow" => self.out.allowed.extend(value.split([',', ' ']).filter(|r| !r.is_empty()).map(str::to_owned)),
            "when" if solving => {
                let names = value.split([',', ' ']).map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned);
                self.last_fix().when.extend(names);
            }
            "undo" if solving => self.last_fix().undo = Some(value.to_owned()),
            "verify" if solving => self.last_fix().verify = Some(value.to_owned()),
            _ => self.notes.push((key.to_owned(), value.to_owned())),
        }
    }

    /// A bold line: the name of a part, of a fix, or of what follows.
    fn strong(&mut self, text: &str, line: usize) {
        match role(text) {
            // Inside a solution only another part's name ends it; "Fix" is then a fix's name.
            Some(found) if found.acts() && self.current != Some(Role::Solutions) => self.current = Some(found),
            Some(found @ (Role::Symptoms | Role::Verification)) => self.current = Some(found),
            _ if self.current == Some(Role::Solutions) => {
                self.end_fix();
                self.out.fixes.push(fix(text, line));
            }
            _ => {
                if !matches!(self.current, Some(Role::Diagnosis | Role::Verification)) {
                    add_line(&mut self.out.prose, text);
                }
            }
        }
        text.clone_into(&mut self.lead);
    }

    fn text(&mut self, text: &str, line: usize, item: bool, commands: &[(String, usize)]) {
        // A part's name before a colon, in a line of its own, begins the part.
        if !item && commands.is_empty() && text.ends_with(':') && text.split_whitespace().count() < 4 {
            match role(text) {
                Some(found @ (Role::Diagnosis | Role::Solutions)) if self.current != Some(Role::Solutions) => {
                    self.current = Some(found);
                    return text.clone_into(&mut self.lead);
                }
                Some(found @ (Role::Symptoms | Role::Verification)) => {
                    self.current = Some(found);
                    return text.clone_into(&mut self.lead);
                }
                _ => {}
            }
        }
        let steps: Vec<Step> =
            commands.iter().map(|(c, line)| Step::new(StepKind::Command(c.clone()), *line)).collect();
        match self.current {
            Some(Role::Symptoms) => {
                self.out.symptoms.extend((!text.is_empty()).then(|| Symptom { text: text.to_owned(), line }));
            }
            Some(Role::Diagnosis | Role::Verification) => {
                text.clone_into(&mut self.lead);
                let checks = steps.into_iter().map(|step| {
                    let title = short(text, &step.text());
                    Check { title, step, expect: None }
                });
                let checks: Vec<Check> = checks.collect();
                let place = if self.current == Some(Role::Verification) { Place::Verification } else { Place::Checks };
                self.checks(place, checks);
            }
            Some(Role::Solutions) => {
                text.clone_into(&mut self.lead);
                let fix = self.last_fix();
                if steps.is_empty() && item {
                    fix.steps.push(Step::new(StepKind::Instruction(text.to_owned()), line));
                } else {
                    add_line(&mut fix.explanation, text);
                }
                if item {
                    fix.steps.extend(steps);
                } else {
                    self.asides.extend(steps);
                }
            }
            Some(Role::Escalation) => {
                if !matches!(text.trim_end_matches('.').to_lowercase().as_str(), "none" | "n/a") {
                    add_line(&mut self.out.escalation, text);
                }
                self.out.others.extend(steps);
            }
            Some(Role::Prose | Role::Contents) => {
                add_line(&mut self.out.prose, text);
                self.out.others.extend(steps);
            }
            Some(Role::Mixed) | None => {
                text.clone_into(&mut self.lead);
                add_line(&mut self.out.prose, text);
                for step in steps {
                    let place = self.place(std::slice::from_ref(&step));
                    self.put(place, vec![step], text);
                }
            }
        }
    }

    fn code(&mut self, language: &str, text: &str, line: usize) {
        let timeout = self.noted("timeout").and_then(|v| v.trim_end_matches('s').trim().parse().ok());
        let mut steps = blocks::steps(language, text, line);
        steps.iter_mut().for_each(|s| s.timeout = timeout);
        self.out.inside.extend(shells::inside(&steps));
        let lead = std::mem::take(&mut self.lead);
        self.lead.clone_from(&lead);
        match self.current {
            Some(Role::Diagnosis) => self.put(Place::Checks, steps, &lead),
            Some(Role::Verification) => self.put(Place::Verification, steps, &lead),
            Some(Role::Solutions) => self.put(Place::Fix, steps, &lead),
            Some(Role::Symptoms) => {
                // What an error looks like is a symptom, a line each.
                let lines = text.lines().map(str::trim).enumerate().filter(|(_, l)| l.len() > 3).take(12);
                self.out.symptoms.extend(lines.map(|(n, l)| Symptom { text: l.to_owned(), line: line + n }));
                self.out.others.extend(steps.into_iter().filter(|s| matches!(s.kind, StepKind::Command(_))));
            }
            Some(Role::Prose | Role::Contents | Role::Escalation) => self.put(Place::Others, steps, &lead),
            Some(Role::Mixed) | None => {
                let place = self.place(&steps);
                self.put(place, steps, &lead);
            }
        }
        self.notes.clear();
    }

    fn noted(&self, key: &str) -> Option<&str> {
        self.notes.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// Where steps belong that no role places: by what the text before them says, then by what they do.
    fn place(&self, steps: &[Step]) -> Place {
        let effects: Vec<Effect> = steps
            .iter()
            .filter_map(|s| if let StepKind::Command(text) = &s.kind { Some(judge_open(text).effect) } else { None })
            .collect();
        let Some(worst) = effects.iter().max() else { return Place::Others };
        if *worst == Effect::Reads {
            return Place::Checks;
        }
        let said = steps.iter().find_map(|s| s.title.as_deref().and_then(aim));
        let said = said.or_else(|| aim(&self.lead)).or_else(|| aim(&self.heading.title));
        match said {
            Some(Aim::Look) if *worst < Effect::Destroys => Place::Checks,
            _ => Place::Procedure,
        }
    }

    fn put(&mut self, place: Place, steps: Vec<Step>, lead: &str) {
        match place {
            Place::Checks | Place::Verification => {
                let expect = self.noted("expect").map(str::to_owned);
                let many = steps.len() > 1;
                let checks = steps.into_iter().map(|step| {
                    let own = step.title.clone();
                    let title = own
                        .or_else(|| (!many && !lead.is_empty()).then(|| lead.to_owned()))
                        .unwrap_or_else(|| step.text());
                    let title = crate::text::shorten(title.trim_end_matches(':'), 70);
                    Check { title, step, expect: expect.clone() }
                });
                let checks: Vec<Check> = checks.collect();
                self.checks(place, checks);
            }
            Place::Fix => {
                self.blocks |= !steps.is_empty();
                self.last_fix().steps.extend(steps);
            }
            Place::Procedure => {
                let line = self.heading.line;
                if self.out.fixes.iter().all(|f| f.line != line) {
                    self.out.fixes.push(fix(&self.heading.title, line));
                }
                let titled = |mut step: Step| {
                    step.title = step.title.or_else(|| (!lead.is_empty()).then(|| short(lead, "")));
                    step
                };
                if let Some(fix) = self.out.fixes.iter_mut().find(|f| f.line == line) {
                    fix.steps.extend(steps.into_iter().map(titled));
                }
            }
            Place::Others => self.out.others.extend(steps),
        }
    }

    fn checks(&mut self, place: Place, checks: Vec<Check>) {
        if place == Place::Verification { self.out.verification.extend(checks) } else { self.out.checks.extend(checks) }
    }

    /// The fix that is being read; one named after its heading where none was begun.
    fn last_fix(&mut self) -> &mut Fix {
        if self.out.fixes.is_empty() {
            self.out.fixes.push(fix(&self.heading.title, self.heading.line));
        }
        let last = self.out.fixes.len() - 1;
        &mut self.out.fixes[last]
    }
}

/// How often the problem is met, where the block is the annotation that says it.
pub(super) fn noted_seen(block: &Block) -> Option<Seen> {
    match block {
        Block::Note { key, value } if key == "seen" => match value.as_str() {
            "often" => Some(Seen::Often),
            "rarely" => Some(Seen::Rarely),
            _ => None,
        },
        _ => None,
    }
}

/// A fix with the name that its heading or bold line gives it, without number and colon.
pub(super) fn fix(title: &str, line: usize) -> Fix {
    let bare = title.trim().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['.', ')', ' ']);
    Fix { title: bare.trim_end_matches(':').trim().to_owned(), line, ..Fix::default() }
}

fn short(text: &str, command: &str) -> String {
    if text.is_empty() { command.to_owned() } else { crate::text::shorten(text.trim_end_matches(':'), 70) }
}

fn add_line(to: &mut String, text: &str) {
    if !text.is_empty() {
        if !to.is_empty() {
            to.push('\n');
        }
        to.push_str(text);
    }
}
