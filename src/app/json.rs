//! The JSON shapes other programs rely on: fields may be added, none renamed.
//! It never holds logic; the inner types are not serialised directly, so that they can change.

use serde::Serialize;
use serde_json::Value;

use crate::command::placeholder::{self, judge_open};
use crate::command::{Effect, Verdict, programs};
use crate::diagnosis::{Finding, Outcome, Ranked};
use crate::probe::{Look, Probe};
use crate::runbook::{Check, Fix, Problem, Section, Step, StepKind, variables};
use crate::search::{Match, Trace, Why};

/// One answer of `ask`.
#[derive(Debug, Serialize)]
pub struct Asked<'a> {
    pub id: Option<&'a str>,
    pub query: &'a str,
    pub confident: bool,
    pub confidence: f32,
    pub matches: Vec<Matched<'a>>,
    /// The problems of a log, where it holds several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemShape<'a>>,
}

/// One of several problems in a log.
#[derive(Debug, Serialize)]
pub struct ProblemShape<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub path: &'a str,
    pub line: usize,
    pub lines: &'a [Trace],
}

#[derive(Debug, Serialize)]
pub struct Matched<'a> {
    pub rank: usize,
    pub id: &'a str,
    pub title: &'a str,
    pub path: &'a str,
    pub heading: &'a str,
    pub heading_path: &'a [String],
    pub line: usize,
    pub score: f32,
    pub why: &'a Why,
}

impl<'a> Matched<'a> {
    pub fn new(rank: usize, section: &'a Section, found: &'a Match) -> Matched<'a> {
        Matched {
            rank,
            id: &section.id,
            title: &section.title,
            path: &section.path,
            heading: &section.title,
            heading_path: &section.heading_path,
            line: section.line,
            score: found.score,
            why: &found.why,
        }
    }
}

/// One judgement of `effect`.
#[derive(Debug, Serialize)]
pub struct Judged<'a> {
    pub command: &'a str,
    pub effect: Effect,
    pub flags: Vec<&'static str>,
    pub decided_by: &'a str,
    pub reason: &'a str,
}

impl<'a> Judged<'a> {
    pub fn new(command: &'a str, verdict: &'a Verdict) -> Judged<'a> {
        Judged {
            command,
            effect: verdict.effect,
            flags: verdict.flags.names(),
            decided_by: &verdict.decided_by,
            reason: &verdict.reason,
        }
    }
}

/// One runbook as `check` shows it.
#[derive(Debug, Serialize)]
pub struct Checked {
    pub runbook: String,
    pub sections: Vec<SectionShape>,
    pub warnings: Vec<Warning>,
}

#[derive(Debug, Serialize)]
pub struct SectionShape {
    pub id: String,
    pub title: String,
    pub line: usize,
    pub symptoms: Vec<String>,
    pub checks: Vec<CheckShape>,
    pub fixes: Vec<FixShape>,
    /// The checks that show whether a fix helped, where the section has its own.
    pub verification: Vec<CheckShape>,
    /// Steps that are neither check nor fix.
    pub others: Vec<StepShape>,
}

#[derive(Debug, Serialize)]
pub struct CheckShape {
    pub title: String,
    #[serde(flatten)]
    pub step: StepShape,
}

#[derive(Debug, Serialize)]
pub struct FixShape {
    pub title: String,
    pub line: usize,
    pub steps: Vec<StepShape>,
}

#[derive(Debug, Serialize)]
pub struct StepShape {
    pub kind: &'static str,
    pub text: String,
    pub line: usize,
    pub effect: Option<Effect>,
    pub probe: Option<&'static str>,
    pub placeholders: Vec<PlaceholderShape>,
    pub tools: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct PlaceholderShape {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: crate::command::PlaceholderType,
}

#[derive(Debug, Serialize)]
pub struct Warning {
    pub line: usize,
    pub rule: String,
    pub message: String,
}

impl From<&Problem> for Warning {
    fn from(problem: &Problem) -> Warning {
        Warning { line: problem.line, rule: problem.rule.to_owned(), message: problem.message.clone() }
    }
}

impl From<&Section> for SectionShape {
    fn from(section: &Section) -> SectionShape {
        let step = |step: &Step| StepShape::within(section, step);
        let check = |check: &Check| CheckShape { title: check.title.clone(), step: step(&check.step) };
        SectionShape {
            id: section.id.clone(),
            title: section.title.clone(),
            line: section.line,
            symptoms: section.symptoms.iter().map(|s| s.text.clone()).collect(),
            checks: section.checks.iter().map(check).collect(),
            fixes: section
                .fixes
                .iter()
                .map(|f| FixShape { title: f.title.clone(), line: f.line, steps: f.steps.iter().map(step).collect() })
                .collect(),
            verification: section.verification.iter().map(check).collect(),
            others: section.others.iter().map(step).collect(),
        }
    }
}

impl From<&Fix> for FixShape {
    fn from(fix: &Fix) -> FixShape {
        FixShape { title: fix.title.clone(), line: fix.line, steps: fix.steps.iter().map(StepShape::from).collect() }
    }
}

impl StepShape {
    /// A step where it stands: what the steps above it set is no placeholder.
    pub fn within(section: &Section, step: &Step) -> StepShape {
        let placeholders = variables::open(section, step);
        let placeholders = placeholders.into_iter().map(|p| PlaceholderShape { name: p.name, kind: p.kind }).collect();
        StepShape { placeholders, ..StepShape::from(step) }
    }
}

impl From<&Step> for StepShape {
    fn from(step: &Step) -> StepShape {
        let text = step.text();
        let bare = |kind, effect| StepShape {
            kind,
            text: text.clone(),
            line: step.line,
            effect,
            probe: None,
            placeholders: Vec::new(),
            tools: Vec::new(),
        };
        match &step.kind {
            StepKind::Command(command) => StepShape {
                effect: Some(judge_open(command).effect),
                probe: probe_name(command),
                placeholders: placeholder::find(command)
                    .into_iter()
                    .map(|p| PlaceholderShape { name: p.name, kind: p.kind })
                    .collect(),
                tools: programs(command),
                ..bare("command", None)
            },
            StepKind::Setting(_) => bare("setting", Some(Effect::Changes)),
            StepKind::Snippet { .. } => bare("snippet", None),
            StepKind::Instruction(_) => bare("instruction", None),
        }
    }
}

fn probe_name(command: &str) -> Option<&'static str> {
    let proof = crate::command::ReadOnly::prove(command).ok()?;
    Look::new(proof, std::time::Duration::ZERO).probe().map(Probe::name)
}

/// The answer of `diagnose`.
#[derive(Debug, Serialize)]
pub struct Diagnosed {
    pub section: Value,
    pub outcomes: Vec<Value>,
    pub findings: Vec<Value>,
    pub fixes: Vec<Value>,
    pub conclusion: String,
    /// Another section that what was found points at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leads_to: Option<Value>,
}

/// An outcome's shape: `facts` holds what was seen, as the reading has it.
pub fn outcome(outcome: &Outcome, mask: &dyn Fn(&str) -> String) -> Value {
    let facts: serde_json::Map<String, Value> = outcome
        .findings
        .iter()
        .map(|f| {
            let data = serde_json::to_value(&f.fact).unwrap_or(Value::Null);
            (f.fact.name().to_owned(), masked(data, mask))
        })
        .collect();
    serde_json::json!({
        "check": mask(&outcome.check), "command": mask(&outcome.command), "status": outcome.status,
        "summary": mask(&outcome.summary), "evidence": outcome.evidence.as_deref().map(mask),
        "facts": facts, "ms": outcome.ms,
    })
}

/// The shape of another section that a finding points at.
pub fn lead(section: &Section, because: &str, mask: &dyn Fn(&str) -> String) -> Value {
    serde_json::json!({
        "id": section.id, "title": section.title, "path": section.path, "line": section.line, "because": mask(because),
    })
}

/// A finding's shape.
pub fn finding(finding: &Finding, mask: &dyn Fn(&str) -> String) -> Value {
    let mut shape = serde_json::json!({ "fact": finding.fact.name(), "text": mask(&finding.text) });
    if finding.beside {
        // A look around the whole system shows it, not a check of the section.
        shape["beside"] = Value::Bool(true);
    }
    shape
}

/// A ranked fix's shape.
pub fn fix(rank: usize, ranked: &Ranked, fix: &Fix, mask: &dyn Fn(&str) -> String) -> Value {
    let shape = FixShape::from(fix);
    let effect = shape.steps.iter().filter_map(|s| s.effect).max();
    serde_json::json!({
        "rank": rank, "title": fix.title, "effect": effect, "because": mask(&ranked.because),
        "fit": ranked.fit.name(), "steps": shape.steps,
    })
}

fn masked(value: Value, mask: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(mask(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(|v| masked(v, mask)).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(k, v)| (k, masked(v, mask))).collect()),
        other => other,
    }
}
