//! Measures parsing, indexing and asking over a folder of Markdown, and a log from a pipe, as ratios in one run.
//! It never changes anything.
//!
//! `cargo run --release --example bench -- FOLDER [QUESTIONS.jsonl] [SECTIONS] [LOG]`: a question is compared with
//! `rg -i` for one of its words, the pipe of the program that is built beside this one with `rg -c error`.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tantivy::schema::{STORED, Schema, TEXT};
use unstuck::query::understand;
use unstuck::runbook::{Section, Sections, parse};
use unstuck::search::Index;

/// How often what is compared runs, in turns; the median counts.
const RUNS: usize = 7;

fn files(dir: &Path, root: &Path, out: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, root, out);
        } else if path.extension().is_some_and(|e| e == "md") {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            out.push((path.strip_prefix(root).unwrap().display().to_string(), text));
        }
    }
}

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> (T, Duration) {
    let begin = Instant::now();
    let out = run();
    let took = begin.elapsed();
    println!("{what:<46} {:>9.2} ms", took.as_secs_f64() * 1e3);
    (out, took)
}

/// The same texts into tantivy with its own tokenizer, one field, one thread.
fn bare(sections: &[Section]) {
    let mut schema = Schema::builder();
    let (title, body) = (schema.add_text_field("title", TEXT | STORED), schema.add_text_field("body", TEXT));
    let index = tantivy::Index::create_in_ram(schema.build());
    let mut writer = index.writer_with_num_threads(1, 50_000_000).unwrap();
    for section in sections {
        let document = tantivy::doc!(title => section.title.as_str(), body => section.body.as_str());
        writer.add_document(document).unwrap();
    }
    writer.commit().unwrap();
}

fn main() {
    let folder = std::env::args().nth(1).expect("a folder of Markdown");
    let mut texts = Vec::new();
    files(Path::new(&folder), Path::new(&folder), &mut texts);
    println!("{} files, {} bytes", texts.len(), texts.iter().map(|t| t.1.len()).sum::<usize>());
    let read = || texts.iter().flat_map(|(path, text)| parse(path, text).sections).collect::<Vec<Section>>();
    timed("parse the first file", || parse(&texts[0].0, &texts[0].1));
    timed("parse all, first time", read);
    let (sections, parsed) = timed("parse all", read);
    println!("{} sections", sections.len());
    timed("bare tantivy, warm-up", || bare(&sections));
    let one: Arc<Sections> = Arc::new(vec![sections[0].clone()].into());
    timed("index of one section, first time", || Index::build(one.clone(), &Vec::new()).unwrap());
    timed("index of one section", || Index::build(one.clone(), &Vec::new()).unwrap());
    let shared: Arc<Sections> = Arc::new(sections.clone().into());
    timed("index, warm-up", || Index::build(shared.clone(), &Vec::new()).unwrap());
    let mut plain = Vec::new();
    let mut built = Vec::new();
    for _ in 0..RUNS {
        plain.push(timed("bare tantivy", || bare(&sections)).1);
        built.push(timed("index", || Index::build(shared.clone(), &Vec::new()).unwrap()).1);
    }
    let (plain, built) = (median(plain), median(built));
    println!("index to bare tantivy {:.2}, with parsing {:.2}", ratio(built, plain), ratio(built + parsed, plain));
    let index = Index::build(shared.clone(), &Vec::new()).unwrap();
    timed("first question understood", || understand("redis is down"));
    timed("first question asked", || index.ask(&understand("redis is down"), 3));
    let Some(path) = std::env::args().nth(2) else { return };
    let questions: Vec<String> = std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["query"].as_str().unwrap().to_owned())
        .collect();
    let asked = ask("questions", &index, &questions);
    searched(&folder, &questions, asked);
    if let Some(log) = std::env::args().nth(4) {
        piped(&log);
    }
    let Some(wanted) = std::env::args().nth(3).and_then(|n| n.parse::<usize>().ok()).filter(|n| *n > 0) else {
        return;
    };
    let many: Vec<Section> = (0..wanted)
        .map(|i| {
            let mut section = sections[i % sections.len()].clone();
            section.path = format!("{}/{}", i / sections.len(), section.path);
            section.id = format!("{}/{}", i / sections.len(), section.id);
            section
        })
        .collect();
    let many: Arc<Sections> = Arc::new(many.into());
    let (index, _) = timed("index of many", || Index::build(many.clone(), &Vec::new()).unwrap());
    ask("questions of many", &index, &questions);
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ask(what: &str, index: &Index, questions: &[String]) -> Duration {
    let mut took: Vec<Duration> = questions
        .iter()
        .map(|q| {
            let begin = Instant::now();
            index.ask(&understand(q), 3);
            begin.elapsed()
        })
        .collect();
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!("{what:<46} p50 {:.2} ms, p99 {:.2} ms", at(0.5).as_secs_f64() * 1e3, at(0.99).as_secs_f64() * 1e3);
    at(0.5)
}

/// How long a whole program takes, its output thrown away; `None` where it cannot be started.
fn program(program: &str, words: &[&str]) -> Option<Duration> {
    let begin = Instant::now();
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().ok().map(|_| begin.elapsed())
}

/// `rg -i` for the longest word of each question over the same files, beside a question at the median.
fn searched(folder: &str, questions: &[String], asked: Duration) {
    let longest = |q: &String| {
        let words = q.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        words.max_by_key(|w| w.len()).unwrap_or("error").to_owned()
    };
    let took: Vec<Duration> =
        questions.iter().filter_map(|q| program("rg", &["-i", "--no-ignore", &longest(q), folder])).collect();
    if took.is_empty() {
        return println!("rg could not be started");
    }
    let rg = median(took);
    println!("rg -i for a word of each, p50 {:.2} ms; question to rg {:.3}", rg.as_secs_f64() * 1e3, ratio(asked, rg));
}

/// A log through a pipe, beside `rg -c error`, in turns.
fn piped(log: &str) {
    let own = std::env::current_exe().unwrap().with_file_name("../unstuck").display().to_string();
    let rg = format!("cat {log} | rg -c error");
    let own = format!("cat {log} | {own} ask --json");
    let mut took = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        took.0.extend(program("sh", &["-c", &rg]));
        took.1.extend(program("sh", &["-c", &own]));
    }
    let (rg, own) = (median(took.0), median(took.1));
    let seconds = (rg.as_secs_f64(), own.as_secs_f64());
    println!("a log from a pipe: rg {:.2} s, unstuck {:.2} s, ratio {:.2}", seconds.0, seconds.1, ratio(own, rg));
}
