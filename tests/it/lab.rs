//! The lab's fault files: complete, telling, in words of their own; and the short run of the lab where Docker is required.
//! It never starts a container unless `UNSTUCK_REQUIRE` names docker.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use unstuck::runbook::parse;

use crate::books::own;

const FAULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/faults");

fn faults() -> Vec<(String, toml::Value)> {
    let mut all: Vec<(String, toml::Value)> = std::fs::read_dir(FAULTS)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| {
            let name = p.file_stem().unwrap().to_string_lossy().into_owned();
            (
                name.clone(),
                toml::from_str(&std::fs::read_to_string(&p).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}")),
            )
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn list(fault: &toml::Value, key: &str) -> Vec<String> {
    fault
        .get(key)
        .and_then(|v| v.as_array())
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect()
}

fn runbooks() -> (Vec<String>, String) {
    let own = own();
    let sections = own.iter().flat_map(|s| parse(&s.path, &s.text).sections);
    (sections.map(|s| s.id).collect(), own.into_iter().map(|s| s.text).collect())
}

#[test]
fn every_fault_names_sections_and_fixes_that_exist() {
    let (ids, text) = runbooks();
    for (name, fault) in faults() {
        for section in list(&fault, "sections") {
            assert!(ids.contains(&section), "{name}: there is no section `{section}`");
        }
        for fix in list(&fault, "first_fix") {
            assert!(text.contains(&fix), "{name}: no fix is called `{fix}`");
        }
        let end = fault.get("end").and_then(|e| e.as_str()).unwrap_or("solved");
        if end == "solved" {
            assert!(fault.get("solved").is_some(), "{name}: nothing shows that it is solved");
            assert!(fault.get("broken").is_some(), "{name}: nothing shows that it is broken");
        }
    }
}

#[test]
fn an_operators_words_are_not_the_runbooks_words() {
    let (_, text) = runbooks();
    let words = |t: &str| {
        t.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let known: BTreeSet<Vec<String>> = words(&text).windows(5).map(<[String]>::to_vec).collect();
    for (name, fault) in faults() {
        let said = words(fault["says"]["words"].as_str().unwrap());
        let copied = said.windows(5).find(|w| known.contains(*w));
        assert!(copied.is_none(), "{name}: the runbooks say this as well: {copied:?}");
    }
}

#[test]
fn a_few_faults_are_solved_on_a_real_stack() {
    if !crate::is_required("docker") {
        eprintln!(
            "skipped: the lab's short run needs Docker (UNSTUCK_REQUIRE=docker runs it, `cargo run --example lab` runs the whole)"
        );
        return;
    }
    let program = PathBuf::from(env!("CARGO_BIN_EXE_unstuck"));
    let lab = program.parent().unwrap().join("examples/lab");
    let output = Command::new(&lab).args(["run", "--short", "--at-least", "80"]).env("UNSTUCK_BIN", &program).output();
    let output = output.unwrap_or_else(|e| panic!("the lab cannot be started ({}): {e}", lab.display()));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
}

#[test]
fn the_short_run_is_varied() {
    let short: Vec<_> =
        faults().into_iter().filter(|(_, f)| f.get("short").is_some_and(|s| s.as_bool() == Some(true))).collect();
    let ends = |end: &str| {
        let of = |f: &toml::Value| f.get("end").and_then(|e| e.as_str()).unwrap_or("solved").to_owned();
        short.iter().filter(|(_, f)| of(f) == end).count()
    };
    assert!(ends("uncertain") + ends("not_known") >= 2 && ends("solved") >= 8, "{} faults", short.len());
    let runbooks: BTreeSet<String> = short
        .iter()
        .flat_map(|(_, f)| list(f, "sections"))
        .filter_map(|s| s.split_once('/').map(|(book, _)| book.to_owned()))
        .collect();
    assert!(runbooks.len() >= 6, "{runbooks:?}");
}

#[test]
fn there_are_faults_of_every_kind() {
    let all = faults();
    let nothing_to_do =
        |f: &toml::Value| matches!(f.get("end").and_then(|e| e.as_str()), Some("not_known" | "uncertain"));
    assert!(all.len() >= 40, "{} faults", all.len());
    assert!(all.iter().filter(|(_, f)| nothing_to_do(f)).count() >= 6);
    assert!(all.iter().filter(|(_, f)| !list(f, "never").is_empty()).count() >= 4);
    let sections: BTreeSet<String> = all.iter().flat_map(|(_, f)| list(f, "sections")).collect();
    let connection = sections.iter().filter(|s| s.starts_with("connection/")).count();
    assert_eq!(connection, 7, "all seven sections about connections: {sections:?}");
}
