//! Variables that a step sets for the steps below it: `NS=prod`, `POD="$(oc get pods -o name)"`, `NODE='<name>'`.
//! It never evaluates one.

use super::lines::assignment;
use super::{Section, Step, StepKind};
use crate::command::{Placeholder, placeholder};

/// A variable that a step sets, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    pub name: String,
    pub gives: Gives,
}

/// What a variable is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gives {
    /// A text, without its quotes; it may hold placeholders.
    Text(String),
    /// Something to be filled in, in the author's words: `value of namespace label from alert`.
    Asked(String),
    /// What a command prints.
    Output(String),
}

/// The variable that a line sets, where that is all it does.
pub fn assigned(line: &str) -> Option<Assigned> {
    let (name, raw) = assignment(line)?;
    let raw = raw.trim();
    let unquoted = ['"', '\'']
        .iter()
        .find_map(|q| raw.strip_prefix(*q).and_then(|r| r.strip_suffix(*q)))
        .filter(|inner| !raw.starts_with('\'') || !inner.contains('\''))
        .unwrap_or(raw);
    let output = unquoted
        .strip_prefix("$(")
        .and_then(|r| r.strip_suffix(')'))
        .or_else(|| unquoted.strip_prefix('`').and_then(|r| r.strip_suffix('`')))
        .filter(|_| !raw.starts_with('\''));
    let gives = match (output, unquoted.strip_prefix('<').and_then(|r| r.strip_suffix('>'))) {
        (Some(command), _) => Gives::Output(command.trim().to_owned()),
        (None, Some(asked)) if !asked.contains(['<', '>']) => Gives::Asked(asked.trim().to_owned()),
        (None, _) => Gives::Text(unquoted.to_owned()),
    };
    Some(Assigned { name: name.to_owned(), gives })
}

/// The placeholders of a step that no step of the section above it sets.
pub fn open(section: &Section, step: &Step) -> Vec<Placeholder> {
    let StepKind::Command(text) = &step.kind else { return Vec::new() };
    let mut found = placeholder::find(text);
    found.retain(|p| set_above(section, step.line, p).is_none());
    found
}

/// The nearest step above a line that sets the variable a placeholder is.
pub fn set_above<'a>(section: &'a Section, line: usize, wanted: &Placeholder) -> Option<(&'a Step, Assigned)> {
    if !wanted.text.starts_with('$') {
        return None;
    }
    let above = steps(section).filter(|s| s.line < line);
    let setting = above.filter_map(|s| match &s.kind {
        StepKind::Command(text) => Some((s, assigned(text)?)),
        _ => None,
    });
    setting.filter(|(_, a)| a.name == wanted.name).max_by_key(|(s, _)| s.line)
}

/// Every step of a section, whatever its role.
pub fn steps(section: &Section) -> impl Iterator<Item = &Step> {
    let checks = section.checks.iter().chain(&section.verification).map(|c| &c.step);
    checks.chain(section.fixes.iter().flat_map(|f| &f.steps)).chain(&section.others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::parse;

    #[test]
    fn what_a_line_sets_is_a_text_an_output_or_a_question() {
        let gives = |line: &str| assigned(line).map(|a| (a.name, a.gives));
        let text = |name: &str, t: &str| Some((name.to_owned(), Gives::Text(t.into())));
        assert_eq!(gives("NS=prod"), text("NS", "prod"));
        assert_eq!(gives("export NS=\"prod\""), text("NS", "prod"));
        assert_eq!(gives("ID=\"consumer-<ID>\""), text("ID", "consumer-<ID>"));
        assert_eq!(
            gives("POD=\"$(oc get pods -o name | head -1)\""),
            Some(("POD".into(), Gives::Output("oc get pods -o name | head -1".into())))
        );
        assert_eq!(gives("POD=`hostname`"), Some(("POD".into(), Gives::Output("hostname".into()))));
        assert_eq!(
            gives("NODE='<value of the label>'"),
            Some(("NODE".into(), Gives::Asked("value of the label".into())))
        );
        assert_eq!(gives("NS=prod kubectl get pods"), None);
        assert_eq!(gives("kubectl get pods"), None);
    }

    #[test]
    fn what_a_step_above_sets_is_not_open() {
        let text = "# A\n\n## Diagnosis\n\n```console\n$ NODE='<name>'\n$ oc debug node/$NODE -n $NS\n```\n";
        let runbook = parse("a.md", text);
        let section = runbook.sections.first().unwrap();
        let open: Vec<Vec<String>> =
            steps(section).map(|s| open(section, s).into_iter().map(|p| p.name).collect()).collect();
        assert_eq!(open, [vec!["name".to_owned()], vec!["NS".to_owned()]]);
    }
}
