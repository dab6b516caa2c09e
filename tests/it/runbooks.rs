//! Runbooks of other teams: what is a command, a check and a fix is what a reader of the document says it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use unstuck::runbook::{Runbook, Step, StepKind, parse, variables};

/// The folder of the collections, beside this checkout; `None`, said aloud, where it is missing and nobody requires it.
fn collections() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|a| a.join("shared/bench/corpora"));
    if let Some(folder) = found.into_iter().find(|f| f.is_dir()) {
        return Some(folder);
    }
    let required = std::env::var("UNSTUCK_REQUIRE").unwrap_or_default();
    assert!(!required.split(',').any(|r| r == "shared"), "the collections are required, and are not there");
    eprintln!("skipped: the collections are not beside this checkout");
    None
}

fn markdown(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            markdown(&path, found);
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
}

/// One block of the sample, as its reader labelled it.
struct Labelled {
    file: String,
    first: usize,
    last: usize,
    /// Which code span of the line, from 1; a whole fence where there is none.
    span: Option<usize>,
    command: bool,
    role: String,
    lines: Vec<usize>,
    placeholders: Vec<String>,
}

fn sample(name: &str) -> Vec<Labelled> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data").join(name));
    let list = |field: &str, by: char| -> Vec<String> {
        field.split(by).filter(|f| *f != "-" && !f.is_empty()).map(str::to_owned).collect()
    };
    text.unwrap()
        .lines()
        .filter(|l| !l.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let (file, place) = fields[0].rsplit_once(':').unwrap();
            let (range, span) = place.split_once('#').map_or((place, None), |(l, s)| (l, Some(s.parse().unwrap())));
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Labelled {
                file: file.into(),
                first: first.parse().unwrap(),
                last: last.parse().unwrap(),
                span,
                command: fields[1] == "command",
                role: fields[2].into(),
                lines: list(fields[3], ',').iter().map(|l| l.parse().unwrap()).collect(),
                placeholders: list(fields[4], ';'),
            }
        })
        .collect()
}

/// The placeholders that are left open at a line.
fn open_at(runbook: &Runbook, line: usize) -> Vec<String> {
    let each = runbook.sections.iter().flat_map(|section| {
        let there = variables::steps(section).filter(move |s| s.line == line);
        there.flat_map(move |s| variables::open(section, s))
    });
    each.map(|p| p.name).collect()
}

/// Every step of a runbook with the role it plays.
fn steps(runbook: &Runbook) -> Vec<(&'static str, &Step)> {
    runbook
        .sections
        .iter()
        .flat_map(|section| {
            let checks = section.checks.iter().chain(&section.verification).map(|c| ("check", &c.step));
            let fixes = section.fixes.iter().flat_map(|f| f.steps.iter().map(|s| ("fix", s)));
            checks.chain(fixes).chain(section.others.iter().map(|s| ("-", s)))
        })
        .collect()
}

/// Hits, false alarms and misses.
#[derive(Default, Clone, Copy)]
struct Score {
    hit: usize,
    extra: usize,
    missed: usize,
}

impl Score {
    fn precision(self) -> f64 {
        self.hit as f64 / (self.hit + self.extra).max(1) as f64
    }

    fn recall(self) -> f64 {
        self.hit as f64 / (self.hit + self.missed).max(1) as f64
    }
}

#[test]
fn what_is_a_command_a_check_and_a_fix_is_what_a_reader_says() {
    let Some(folder) = collections() else { return };
    let mut read: HashMap<String, (Runbook, Vec<String>)> = HashMap::new();
    // Of the first sample one half was looked at while the reader was made, and the other only counts; the blocks of
    // the second were read later.
    let mut commands = [Score::default(); 3];
    let mut roles = [Score::default(); 3];
    let mut filled = Score::default();
    let show = std::env::var_os("UNSTUCK_SHOW_MISSES").is_some();
    let (first, fresh) = (sample("runbooks_sample.tsv"), sample("runbooks_fresh.tsv"));
    assert!(first.len() >= 150 && fresh.len() >= 100);
    let groups = first.iter().enumerate().map(|(n, b)| (n % 2, b)).chain(fresh.iter().map(|b| (2, b)));
    for (half, block) in groups {
        let (runbook, lines) = read.entry(block.file.clone()).or_insert_with(|| {
            let text = std::fs::read(folder.join(&block.file)).unwrap();
            let text = String::from_utf8_lossy(&text).into_owned();
            (parse(&block.file, &text), text.lines().map(str::to_owned).collect())
        });
        let span = block.span.map(|nth| lines[block.first - 1].split('`').nth(2 * nth - 1).unwrap().to_owned());
        let all = steps(runbook);
        let found: Vec<(&str, usize, &str)> = all
            .iter()
            .filter(|(_, s)| (block.first..=block.last).contains(&s.line))
            .filter_map(|(role, s)| match &s.kind {
                StepKind::Command(text) if span.as_ref().is_none_or(|span| text == span) => {
                    Some((*role, s.line, text.as_str()))
                }
                _ => None,
            })
            .collect();
        let wanted: &[usize] = if block.command { &block.lines } else { &[] };
        for (role, line, text) in &found {
            let right = wanted.contains(line);
            if right {
                commands[half].hit += 1
            } else {
                commands[half].extra += 1
            }
            if right && *role != "-" {
                if *role == block.role { roles[half].hit += 1 } else { roles[half].extra += 1 }
            }
            if show && half != 1 && (!right || *role != block.role) {
                let what = if right { format!("{role}, wanted {}", block.role) } else { "no command".into() };
                eprintln!("{}:{line}: {what}: {text}", block.file);
            }
        }
        for line in wanted {
            let text = lines.get(line - 1).map_or("", |l| l.trim());
            match found.iter().find(|(_, l, _)| l == line) {
                Some((role, _, _)) if block.role != "-" && *role != block.role => roles[half].missed += 1,
                Some(_) => {}
                None => {
                    commands[half].missed += 1;
                    roles[half].missed += usize::from(block.role != "-");
                    if show && half != 1 {
                        eprintln!("{}:{line}: missed: {text}", block.file);
                    }
                }
            }
        }
        let shown: Vec<String> = found
            .iter()
            .flat_map(|(_, line, text)| {
                open_at(runbook, *line).into_iter().filter(move |name| text.contains(name.as_str()))
            })
            .collect();
        for name in &block.placeholders {
            if shown.contains(name) { filled.hit += 1 } else { filled.missed += 1 }
        }
        filled.extra += shown.iter().filter(|s| block.command && !block.placeholders.contains(s)).count();
    }
    for (name, score) in [
        ("command, tuned half", commands[0]),
        ("command, held out", commands[1]),
        ("command, read later", commands[2]),
        ("role, tuned half", roles[0]),
        ("role, held out", roles[1]),
        ("role, read later", roles[2]),
        ("placeholders", filled),
    ] {
        eprintln!(
            "{name}: precision {:.3}, recall {:.3} ({} right, {} extra, {} missed)",
            score.precision(),
            score.recall(),
            score.hit,
            score.extra,
            score.missed
        );
    }
    let wanted = commands.iter().map(|c| (c, 0.97)).chain(roles.iter().map(|r| (r, 0.92))).chain([(&filled, 0.9)]);
    for (score, least) in wanted {
        assert!(score.precision() >= least && score.recall() >= least);
    }
}

#[test]
fn no_file_is_lost_and_no_heading_with_text() {
    let Some(folder) = collections() else { return };
    let mut files = Vec::new();
    markdown(&folder, &mut files);
    assert_eq!(files.len(), 694);
    let mut lost = Vec::new();
    for path in &files {
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let runbook = parse(&path.strip_prefix(&folder).unwrap().display().to_string(), &text);
        let everything: String = runbook.sections.iter().map(|s| format!("{}\n{}\n", s.title, s.body)).collect();
        // Every plain word of the text is in a section, or in the list of contents that is none.
        let mut fenced = false;
        let mut contents = false;
        let mut comment = false;
        for (n, line) in text.lines().enumerate() {
            // What stands in a comment over several lines is not for readers.
            let commented = comment;
            if let Some(at) = line.rfind("<!--") {
                comment = !line[at..].contains("-->");
            } else if line.contains("-->") {
                comment = false;
            }
            if commented {
                continue;
            }
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            if let Some(title) = line.strip_prefix('#').filter(|_| !fenced) {
                let title = title.trim_matches(['#', ' ']).to_lowercase();
                contents = title.contains("contents") || title == "toc";
            }
            let plain = !fenced && !contents && line.chars().next().is_some_and(char::is_alphabetic);
            let simple = line.chars().all(|c| c.is_alphanumeric() || " .,'-()".contains(c));
            let titled = n > 0 && text.lines().nth(n + 1).is_some_and(|l| l.starts_with("---") || l.starts_with("==="));
            if plain && simple && !titled && line.split_whitespace().count() > 3 && !everything.contains(line.trim()) {
                lost.push(format!("{}:{}: {line}", path.display(), n + 1));
            }
        }
    }
    assert!(lost.is_empty(), "{} lines are lost:\n{}", lost.len(), lost[..lost.len().min(40)].join("\n"));
}
