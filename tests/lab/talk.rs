//! One conversation with the real program on a real pseudo terminal, as an operator in the first week would lead it.
//! It never answers what it cannot see, and gives up aloud where nothing more comes.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::Value;

use crate::fault::Fault;
use crate::shell::Shell;

const SIZE: PtySize = PtySize { rows: 600, cols: 140, pixel_width: 0, pixel_height: 0 };
/// Nothing more came for this long: what stands there is meant to be read.
const QUIET: Duration = Duration::from_millis(120);
const PATIENCE: Duration = Duration::from_secs(90);
/// An operator who is still asked after so many answers hangs up.
const MOST_ANSWERS: usize = 30;
/// After so many changes that did not help, the operator stops and calls somebody.
const MOST_CHANGES: usize = 4;

/// How a conversation went.
#[derive(Debug, Default)]
pub struct Talk {
    /// Questions and what was answered.
    pub answers: Vec<(String, String)>,
    pub screen: String,
    pub seconds: f64,
    /// The record it kept, an event a line.
    pub events: Vec<Value>,
    /// It did not come to an end by itself.
    pub stuck: Option<String>,
}

impl Talk {
    fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(move |e| e["kind"] == kind)
    }

    /// Commands and edits that were really made.
    pub fn changes(&self) -> Vec<String> {
        self.of_kind("fix_started").filter_map(|e| e["command"].as_str().map(str::to_owned)).collect()
    }

    /// The title of the first fix that was offered.
    pub fn first_fix(&self) -> Option<String> {
        self.of_kind("fix_proposed").next().and_then(|e| e["title"].as_str().map(str::to_owned))
    }

    /// The section that was worked through first.
    pub fn section(&self) -> Option<String> {
        self.of_kind("section_chosen").next().and_then(|e| e["id"].as_str().map(str::to_owned))
    }

    /// Whether it says itself that the problem is fixed.
    pub fn claims_fixed(&self) -> bool {
        self.of_kind("verified").any(|e| e["change"] == "fixed")
    }
}

/// Whether changes are agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Agrees,
    /// Every fix is refused and nothing is done by hand: the control.
    Refuses,
}

/// Says `words` to the program and answers until it has nothing more to ask.
pub fn converse(program: &Path, shell: &Shell, fault: &Fault, words: &str, operator: Operator) -> Result<Talk> {
    let home = tempfile::tempdir()?;
    let mut line = Line::start(program, &shell.dir, home.path())?;
    let started = Instant::now();
    let mut talk = Talk::default();
    let ended = lead(&mut line, shell, fault, words, operator, &mut talk);
    talk.seconds = started.elapsed().as_secs_f64();
    talk.stuck = ended.err().map(|e| e.to_string());
    talk.screen = line.text();
    line.end();
    talk.events = record(home.path());
    Ok(talk)
}

fn lead(line: &mut Line, shell: &Shell, fault: &Fault, words: &str, operator: Operator, talk: &mut Talk) -> Result<()> {
    line.wait_for_prompt()?;
    let mut seen = line.text().len();
    if words.trim().lines().count() > 1 {
        line.keys(&format!("\x1b[200~{}\x1b[201~\r", words.trim()));
    } else {
        line.keys(&format!("{}\r", words.trim()));
    }
    loop {
        let Some(question) = line.wait_for_question(seen)? else { break };
        if talk.answers.len() >= MOST_ANSWERS {
            bail!("asked more than {MOST_ANSWERS} questions");
        }
        let text = line.text();
        let since = text.get(seen.min(text.len())..).unwrap_or(&text).to_owned();
        let agreed = talk.answers.iter().filter(|(q, a)| is_change(q) && a == "y").count();
        let answer = match is_change(&question) && agreed >= MOST_CHANGES {
            true => String::new(),
            false => answer(shell, fault, operator, &question, &since)?,
        };
        seen = text.len();
        line.keys(&format!("{answer}\r"));
        talk.answers.push((question, answer));
    }
    line.keys("/quit\r");
    Ok(())
}

/// What an operator answers: what the fault's file says, or what a careful newcomer would.
fn answer(shell: &Shell, fault: &Fault, operator: Operator, question: &str, since: &str) -> Result<String> {
    if operator == Operator::Refuses && is_change(question) {
        return Ok(String::new());
    }
    // Nothing is done by hand before a fix asks for it: a word in a list of sections is no instruction.
    let known = fault.answers.iter().filter(|r| r.does.is_empty() || is_change(question));
    if let Some(rule) = known.into_iter().find(|r| flat(since).contains(&flat(&r.sees))) {
        if !rule.does.is_empty() && operator == Operator::Agrees {
            shell.run(&rule.does).context("what the operator does by hand")?;
        }
        if !rule.says.is_empty() {
            return Ok(rule.says.clone());
        }
        if question.contains("Done?") {
            return Ok("y".into());
        }
    }
    if let Some((_, value)) = fault.values.iter().find(|(part, _)| question.contains(part.as_str())) {
        return Ok(value.clone());
    }
    Ok(match question {
        q if q.contains("This destroys") || q.contains("Done?") => "skip".into(),
        q if q.contains("Run it?") || q.contains("Write it?") => "y".into(),
        // Where a fix sends the reader to another section, a newcomer goes and looks.
        q if q.starts_with("See “") => "y".into(),
        _ => String::new(),
    })
}

/// Whether a yes to this question changes something, or says that something was changed by hand.
fn is_change(question: &str) -> bool {
    ["Run it?", "Write it?", "This destroys", "Done?"].iter().any(|w| question.contains(w))
}

/// A text without its line breaks and double blanks: what is shown may be wrapped.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn record(home: &Path) -> Vec<Value> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![home.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "jsonl") {
                files.push(path);
            }
        }
    }
    let text: String = files.iter().filter_map(|f| std::fs::read_to_string(f).ok()).collect();
    text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok()).map(|mut l| l["event"].take()).collect()
}

/// The program on its pseudo terminal.
struct Line {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    _master: Box<dyn MasterPty + Send>,
}

struct Screen {
    parser: vt100::Parser,
    last: Instant,
    ended: bool,
}

impl Line {
    fn start(program: &Path, dir: &Path, home: &Path) -> Result<Line> {
        let pair = native_pty_system().openpty(SIZE)?;
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.env("HOME", home);
        command.env("TMPDIR", home);
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("TERM", "xterm-256color");
        if let Some(host) = std::env::var_os("DOCKER_HOST") {
            command.env("DOCKER_HOST", host);
        }
        command.cwd(dir);
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader()?;
        let keyboard = pair.master.take_writer()?;
        let (rows, cols) = (SIZE.rows.try_into()?, SIZE.cols.try_into()?);
        let first = Screen { parser: vt100::Parser::new(rows, cols, 0), last: Instant::now(), ended: false };
        let screen = Arc::new((Mutex::new(first), Condvar::new()));
        let shared = screen.clone();
        std::thread::spawn(move || {
            let mut chunk = [0; 8192];
            loop {
                let n = output.read(&mut chunk).unwrap_or(0);
                let mut screen = shared.0.lock().unwrap();
                screen.parser.process(&chunk[..n]);
                screen.last = Instant::now();
                screen.ended = n == 0;
                shared.1.notify_all();
                if n == 0 {
                    return;
                }
            }
        });
        Ok(Line { child, keyboard, screen, _master: pair.master })
    }

    fn text(&self) -> String {
        self.screen.0.lock().unwrap().parser.screen().contents()
    }

    fn keys(&mut self, keys: &str) {
        // A program that is gone reads nothing; what it showed tells why.
        let _ = self.keyboard.write_all(keys.as_bytes());
        let _ = self.keyboard.flush();
    }

    fn wait_for_prompt(&self) -> Result<()> {
        match self.wait(0)? {
            None => Ok(()),
            Some(question) => bail!("it asks `{question}` before anything was said"),
        }
    }

    /// The next question below what was seen; `None` where the prompt of the conversation is back or the program ended.
    fn wait_for_question(&self, seen: usize) -> Result<Option<String>> {
        self.wait(seen)
    }

    fn wait(&self, seen: usize) -> Result<Option<String>> {
        let until = Instant::now() + PATIENCE;
        let mut screen = self.screen.0.lock().unwrap();
        loop {
            if screen.ended {
                return Ok(None);
            }
            let text = screen.parser.screen().contents();
            if screen.last.elapsed() >= QUIET && text.len() > seen {
                let (row, _) = screen.parser.screen().cursor_position();
                let at = text.lines().take(usize::from(row) + 1).collect::<Vec<_>>();
                match stands(&at) {
                    Stands::Prompt => return Ok(None),
                    Stands::Question(question) => return Ok(Some(question)),
                    Stands::Nothing => {}
                }
            }
            if Instant::now() > until {
                bail!("nothing more came for {} s", PATIENCE.as_secs());
            }
            screen = self.screen.1.wait_timeout(screen, Duration::from_millis(40)).unwrap().0;
        }
    }

    fn end(&mut self) {
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until && !self.screen.0.lock().unwrap().ended {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

enum Stands {
    Prompt,
    Question(String),
    Nothing,
}

/// What the cursor's line, the last of `lines`, waits for.
fn stands(lines: &[&str]) -> Stands {
    let Some((last, before)) = lines.split_last() else { return Stands::Nothing };
    let last = last.trim_end();
    if last == ">" || last.ends_with(" >") {
        return Stands::Prompt;
    }
    if last.ends_with(']') || last.ends_with(')') && last.contains("  (") {
        // A long question is wrapped: its beginning stands above.
        let question = match before.last() {
            Some(above) if !last.contains('[') || last.starts_with('[') => format!("{} {last}", above.trim()),
            _ => last.to_owned(),
        };
        return Stands::Question(question.trim().to_owned());
    }
    Stands::Nothing
}

#[test]
fn a_question_and_a_prompt_are_told_apart() {
    assert!(matches!(stands(&["So: Redis is down.", ">"]), Stands::Prompt));
    assert!(matches!(stands(&["", "Redis Not Available > "]), Stands::Prompt));
    assert!(matches!(stands(&["Run it?  [y/N/edit/skip/explain]"]), Stands::Question(q) if q.starts_with("Run it?")));
    assert!(matches!(stands(&["⠋ is Redis running"]), Stands::Nothing));
}
