//! Runs examples as the conversation would: the same matching, checks, findings and order of fixes.
//! It never changes what is measured to make an example pass.

use super::replay::{Replay, Typist, Unrecorded, squeezed};
use super::{Answer, Case, Examples, Question};
use crate::query;
use crate::runbook::{Section, StepKind};
use crate::session::library::Library;
use crate::session::{Session, Settings};
use crate::text::{nearest, shorten};

/// An example that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub path: String,
    pub line: usize,
    /// The question or the case's name.
    pub example: String,
    pub message: String,
}

/// What came of all examples.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub questions: usize,
    pub cases: usize,
    pub failures: Vec<Failure>,
}

/// Runs the examples of one file over a library.
pub async fn rehearse(library: &Library, examples: &Examples, tally: &mut Tally) {
    let mut fail = |line: usize, example: &str, message: String| {
        let example = shorten(example, 80);
        tally.failures.push(Failure { path: examples.path.clone(), line, example, message });
    };
    for question in &examples.questions {
        if let Err(message) = ask(library, question) {
            fail(question.line, &question.ask, message);
        }
    }
    for case in &examples.cases {
        for message in play(library, case).await {
            fail(case.line, &case.name, message);
        }
    }
    tally.questions += examples.questions.len();
    tally.cases += examples.cases.len();
}

fn ask(library: &Library, question: &Question) -> Result<(), String> {
    let understood = query::understand(&question.ask);
    if let Some(kind) = question.kind.filter(|k| *k != understood.kind) {
        let name = |kind: query::Kind| format!("{kind:?}").to_lowercase();
        return Err(format!("it was read as {}, not as {}", name(understood.kind), name(kind)));
    }
    let wanted = match question.section.as_str() {
        "none" => None,
        id => Some(find(library, id)?.0),
    };
    let answer = library.ask(&understood, question.within.max(5));
    let title = |at: usize| library.sections().get(at).map_or("", |s| s.id.as_str());
    let first = answer.matches.first().map_or("nothing", |m| title(m.section));
    match wanted {
        None if answer.confident => Err(format!("no section should fit, but {first} is offered")),
        None => Ok(()),
        Some(_) if !answer.confident => {
            Err(format!("no section fits well enough ({:.2}); the nearest is {first}", answer.confidence))
        }
        Some(wanted) => match answer.matches.iter().position(|m| m.section == wanted) {
            Some(at) if at < question.within => Ok(()),
            Some(at) => Err(format!("{} is number {}; first is {first}", question.section, at + 1)),
            None => Err(format!("{} is not among the first; first is {first}", question.section)),
        },
    }
}

/// A section by its id.
fn find<'a>(library: &'a Library, id: &str) -> Result<(usize, &'a Section), String> {
    let sections = library.sections();
    if let Some(found) = sections.iter().enumerate().find(|(_, s)| s.id == id) {
        return Ok(found);
    }
    // A slug alone may be right under another runbook.
    let slug = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    let meant = sections
        .iter()
        .find(|s| slug(&s.id) == slug(id))
        .map(|s| s.id.as_str())
        .or_else(|| nearest(id, sections.iter().map(|s| s.id.as_str())));
    Err(match meant {
        Some(meant) => format!("there is no section `{id}`; did you mean `{meant}`?"),
        None => format!("there is no section `{id}`: `unstuck runbooks` lists them"),
    })
}

async fn play(library: &Library, case: &Case) -> Vec<String> {
    let (index, section) = match find(library, &case.section) {
        Ok(found) => found,
        Err(message) => return vec![message],
    };
    let mut wrong = Vec::new();
    if case.findings.is_none() && case.not_findings.is_empty() && case.first_fix.is_none() && case.says.is_none() {
        wrong.push("it expects nothing: give `findings`, `first_fix` or `says`".to_owned());
    }
    let answers = answers(section, case, &mut wrong);
    if !wrong.is_empty() {
        return wrong;
    }
    let replay = Replay::new(answers);
    let mut typist = Typist(&case.values);
    let mut unrecorded = Unrecorded;
    let worked = |_: &str| Vec::new();
    let settings = Settings { dry_run: true, ..Settings::default() };
    let diagnosis = {
        let mut session = Session::new(&mut typist, &replay, &mut unrecorded, library, settings, &worked);
        session.diagnose(index).await
    };
    let Some(diagnosis) = diagnosis else { return vec!["the section could not be worked through".into()] };
    wrong.extend(replay.wrong.borrow().iter().cloned());
    for command in replay.unasked() {
        let why = diagnosis.outcomes.iter().find(|o| squeezed(&o.command) == squeezed(command));
        let why = why.map(|o| format!(": {}", o.summary)).unwrap_or_default();
        wrong.push(format!("the answer for `{command}` was never asked for{why}"));
    }
    let found: Vec<&str> = diagnosis.conclusion.findings.iter().map(|f| f.fact.name()).collect();
    let listed = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
    match case.findings.as_deref() {
        Some([]) if !found.is_empty() => wrong.push(format!("nothing should be found, but {listed} was")),
        Some(wanted) => {
            let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|w| !found.contains(w)).collect();
            if !missing.is_empty() {
                wrong.push(format!("{} was not found; found: {listed}", missing.join(", ")));
            }
        }
        None => {}
    }
    for fact in case.not_findings.iter().filter(|f| found.contains(&f.as_str())) {
        wrong.push(format!("{fact} was found"));
    }
    if let Some(words) = &case.says
        && !diagnosis.conclusion.sentence.to_lowercase().contains(&words.to_lowercase())
    {
        wrong.push(format!("the conclusion does not say “{words}”: {}", diagnosis.conclusion.sentence));
    }
    if let Some(wanted) = &case.first_fix {
        wrong.extend(first_fix(section, wanted, diagnosis.ranked.first().map(|r| r.fix)));
    }
    wrong
}

/// The answers of a case by their commands as written, a check's title standing for its command.
fn answers<'a>(section: &Section, case: &'a Case, wrong: &mut Vec<String>) -> Vec<(String, &'a Answer)> {
    let mut out = Vec::new();
    for (key, answer) in &case.answers {
        let wanted = squeezed(key);
        let check = section.checks.iter().find(|c| squeezed(&c.step.text()) == wanted);
        match check.or_else(|| section.checks.iter().find(|c| squeezed(&c.title).eq_ignore_ascii_case(&wanted))) {
            Some(check) if matches!(check.step.kind, StepKind::Command(_)) => out.push((check.step.text(), answer)),
            Some(_) => wrong.push(format!("`{key}` is no command, so nothing answers it")),
            None => {
                let texts: Vec<String> = section.checks.iter().map(|c| squeezed(&c.step.text())).collect();
                wrong.push(match nearest(&wanted, texts.iter().map(String::as_str)) {
                    Some(meant) => format!("`{key}` is no check of this section; did you mean `{meant}`?"),
                    None => format!(
                        "`{key}` is no check of this section; it has {}",
                        texts.iter().map(|t| format!("`{}`", shorten(t, 80))).collect::<Vec<_>>().join(", ")
                    ),
                });
            }
        }
    }
    out
}

fn first_fix(section: &Section, wanted: &str, first: Option<usize>) -> Option<String> {
    let same = |title: &str| title.trim_end_matches(':').eq_ignore_ascii_case(wanted.trim_end_matches(':'));
    let titles: Vec<&str> = section.fixes.iter().map(|f| f.title.as_str()).collect();
    let got = first.and_then(|i| titles.get(i)).copied();
    match got {
        Some(title) if same(title) => None,
        _ if !titles.iter().any(|t| same(t)) => {
            Some(format!("there is no fix “{wanted}” here; there is {}", titles.join(", ")))
        }
        Some(title) => Some(format!("the first fix is “{title}”, not “{wanted}”")),
        None => Some("no fix is offered".into()),
    }
}
