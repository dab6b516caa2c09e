//! Warnings in the forms that pull requests show: SARIF and GitHub's workflow commands.
//! It never leaves one out.

use anyhow::Result;
use serde_json::json;

use super::check::Reviewed;
use crate::review::RULES;
use crate::text::clean;

/// SARIF 2.1.0: one run, every rule, a result a warning.
///
/// # Errors
/// When the text cannot be made.
pub fn sarif(reviewed: &[Reviewed]) -> Result<String> {
    let rules: Vec<_> =
        RULES.iter().map(|(id, about)| json!({"id": id, "shortDescription": {"text": about}})).collect();
    let results: Vec<_> = reviewed
        .iter()
        .flat_map(|r| {
            r.warnings.iter().map(|warning| {
                json!({
                    "ruleId": warning.rule,
                    "level": "warning",
                    "message": {"text": clean(&warning.message)},
                    "locations": [{"physicalLocation": {
                        "artifactLocation": {"uri": uri(r)},
                        "region": {"startLine": warning.line.max(1)},
                    }}],
                })
            })
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "unstuck", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "results": results,
        }],
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&log)?))
}

/// A line a warning that GitHub shows beside the file's line.
pub fn github(reviewed: &[Reviewed]) -> String {
    let mut page = String::new();
    for r in reviewed {
        for warning in &r.warnings {
            let (file, line) = (escaped(&path(r), true), warning.line.max(1));
            let message = escaped(&clean(&warning.message), false);
            page.push_str(&format!("::warning file={file},line={line},title={}::{message}\n", warning.rule));
        }
    }
    page
}

/// The file as it was named, without `./` before it.
fn path(reviewed: &Reviewed) -> String {
    let shown = reviewed.file.display().to_string();
    shown.strip_prefix("./").unwrap_or(&shown).to_owned()
}

fn uri(reviewed: &Reviewed) -> String {
    let mut out = String::new();
    for byte in path(reviewed).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Text as a workflow command takes it; in a property colons and commas too.
fn escaped(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}
