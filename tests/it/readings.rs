//! The reading commands of runbooks are called so: who is asked about harmless things learns to say yes.
//! It never takes the classifier's word: `readings.txt` is a reader's judgement, command by command, kept by fingerprint.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use unstuck::command::{Effect, judge};
use unstuck::runbook::{StepKind, parse, variables};

use crate::books::{own_folder, read, shared};

/// The fingerprint (FNV-1a) of a command that only reads, one a line. The commands are other people's, so they are not copied.
const READINGS: &str = include_str!("data/readings.txt");

fn fingerprint(text: &str) -> String {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}

/// The commands of all runbooks below a folder.
fn commands(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in read(folder) {
        let runbook = parse(&source.path, &source.text);
        for step in runbook.sections.iter().flat_map(variables::steps) {
            if let StepKind::Command(text) = &step.kind {
                found.insert(text.clone());
            }
        }
    }
    found
}

/// How many of a folder's commands a reader called reading, and those of them that would be asked about.
fn asked_about(folder: &Path) -> (usize, Vec<String>) {
    let reads: HashSet<&str> = READINGS.lines().filter(|l| !l.starts_with('#')).collect();
    let known: Vec<String> = commands(folder).into_iter().filter(|c| reads.contains(fingerprint(c).as_str())).collect();
    let asked = known.iter().filter(|c| judge(c).effect > Effect::Reads).cloned().collect();
    (known.len(), asked)
}

fn holds(name: &str, folder: &Path, at_least: usize) {
    let (known, asked) = asked_about(folder);
    eprintln!("{name}: {known} commands that only read, asked about {}", asked.len());
    assert!(known >= at_least, "{name}: only {known} commands of the list were found");
    assert!(
        asked.len() * 20 <= known,
        "{name}: {} of {known} would be asked about:\n{}",
        asked.len(),
        asked.join("\n")
    );
}

#[test]
fn nobody_is_asked_about_what_the_own_runbooks_only_read() {
    holds("own runbooks", &own_folder(), 100);
}

#[test]
fn nobody_is_asked_about_what_other_runbooks_only_read() {
    let Some(folder) = shared("bench/corpora") else { return };
    holds("other runbooks", &folder, 400);
}
