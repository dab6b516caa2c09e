//! A code block to steps: commands, settings, snippets; prompts and output told apart, comments made titles.
//! It never takes YAML, JSON, a query or a program's output for a command.

use super::{Setting, Step, StepKind};
use crate::command::Script;

/// Languages of fences that hold shell.
const SHELL: &[&str] =
    &["", "bash", "sh", "shell", "zsh", "console", "shell-session", "sh-session", "terminal", "text"];

/// First words that begin a command in an unmarked block.
const TOOLS: &[&str] = &[
    "alembic",
    "apt",
    "apt-get",
    "awk",
    "bash",
    "cat",
    "cd",
    "chmod",
    "chown",
    "consul",
    "cp",
    "crictl",
    "curl",
    "date",
    "df",
    "dig",
    "dmesg",
    "docker",
    "docker-compose",
    "du",
    "echo",
    "env",
    "etcdctl",
    "export",
    "find",
    "free",
    "gcloud",
    "getent",
    "git",
    "gitlab-ctl",
    "gitlab-rails",
    "grep",
    "head",
    "helm",
    "host",
    "hostname",
    "id",
    "ip",
    "iptables",
    "journalctl",
    "jq",
    "kill",
    "knife",
    "kubectl",
    "less",
    "ls",
    "lsmod",
    "lsof",
    "lspci",
    "mkdir",
    "mokutil",
    "mount",
    "mv",
    "mysql",
    "nc",
    "netstat",
    "nginx",
    "nslookup",
    "nvidia-ctk",
    "nvidia-smi",
    "oc",
    "openssl",
    "patronictl",
    "pg_dump",
    "pg_isready",
    "pg_restore",
    "pgrep",
    "ping",
    "pkill",
    "podman",
    "printenv",
    "promtool",
    "ps",
    "psql",
    "python",
    "python3",
    "rabbitmqctl",
    "redis-cli",
    "rm",
    "rsync",
    "scp",
    "sed",
    "service",
    "sleep",
    "sort",
    "ss",
    "ssh",
    "stat",
    "su",
    "sudo",
    "sysctl",
    "systemctl",
    "tail",
    "tar",
    "tcpdump",
    "tee",
    "test",
    "time",
    "timeout",
    "top",
    "touch",
    "traceroute",
    "ufw",
    "uptime",
    "vault",
    "vmstat",
    "watch",
    "websocat",
    "wget",
    "which",
    "xargs",
    "amtool",
    "for",
    "while",
    "if",
];

/// Whether a text's first word is a program of operations, or a path to one.
pub(super) fn starts_with_tool(text: &str) -> bool {
    let first = text.split_whitespace().find(|w| !w.contains('=') || w.starts_with('-')).unwrap_or("");
    TOOLS.contains(&first) || first.starts_with("./") || first.starts_with('/') && first.matches('/').count() > 1
}

/// The steps of a block; `line` is the first line of its text.
pub(super) fn steps(language: &str, text: &str, line: usize) -> Vec<Step> {
    if !SHELL.contains(&language) || looks_like_data(text) {
        return vec![Step {
            kind: StepKind::Snippet { language: language.to_owned(), text: text.trim_end().to_owned() },
            line,
            title: None,
            timeout: None,
        }];
    }
    let lines: Vec<&str> = text.lines().collect();
    let prompted = lines.iter().any(|l| after_prompt(l).is_some());
    let mut out: Vec<Step> = Vec::new();
    let mut title: Option<String> = None;
    let mut at = 0;
    while let Some(raw) = lines.get(at) {
        let here = at;
        at += 1;
        let bare = raw.trim();
        if bare.is_empty() {
            continue;
        }
        if let Some(comment) = bare.strip_prefix('#').filter(|_| after_prompt(raw).is_none()) {
            let comment = comment.trim_start_matches('#').trim();
            title = (!comment.is_empty()).then(|| comment.trim_end_matches(':').to_owned());
            continue;
        }
        let Some(start) = (if prompted { after_prompt(raw) } else { Some(bare) }) else { continue };
        if let Some(setting) = setting(start) {
            let joins = out.last_mut().filter(|_| title.is_none());
            match joins.map(|s| &mut s.kind) {
                Some(StepKind::Setting(settings)) => settings.push(setting),
                _ => out.push(Step {
                    kind: StepKind::Setting(vec![setting]),
                    line: line + here,
                    title: title.take(),
                    timeout: None,
                }),
            }
            continue;
        }
        if is_yaml(start) && !starts_with_tool(start) {
            // From here on the block is configuration: its text keeps its indentation.
            let rest: Vec<&str> = lines.iter().skip(here).copied().collect();
            let kind = StepKind::Snippet { language: "yaml".into(), text: rest.join("\n").trim_end().to_owned() };
            out.push(Step { kind, line: line + here, title: title.take(), timeout: None });
            break;
        }
        let mut whole = start.to_owned();
        while at < lines.len() && unfinished(&whole) {
            let next = lines.get(at).copied().unwrap_or("");
            whole.push('\n');
            whole.push_str(next);
            at += 1;
        }
        let (command, trailing) = split_comment(&whole);
        let known = prompted
            || starts_with_tool(&command)
            || SHELL.contains(&language)
                && !language.is_empty()
                && language != "text"
                && Script::plain(&command).is_some();
        if !known {
            continue;
        }
        let title = title.take().filter(|_| true);
        let title = match (title, trailing) {
            (Some(title), Some(trailing)) => Some(format!("{title}: {trailing}")),
            (title, trailing) => title.or(trailing),
        };
        // A comment above several lines is about each of them.
        if let Some(head) = title.as_ref().and_then(|t| t.split_once(": ")).map(|(head, _)| head.to_owned()) {
            let more = lines.get(at).is_some_and(|l| l.contains(" # ") || l.contains("  #"));
            if more {
                out.push(Step {
                    kind: StepKind::Command(command),
                    line: line + here,
                    title: title.clone(),
                    timeout: None,
                });
                return_title(&mut out, &lines, &mut at, line, &head);
                continue;
            }
        }
        out.push(Step { kind: StepKind::Command(command), line: line + here, title, timeout: None });
    }
    if out.is_empty() && !text.trim().is_empty() {
        out.push(Step {
            kind: StepKind::Snippet { language: language.to_owned(), text: text.trim_end().to_owned() },
            line,
            title: None,
            timeout: None,
        });
    }
    out
}

/// The lines that follow under the same comment, each with its own trailing comment.
fn return_title(out: &mut Vec<Step>, lines: &[&str], at: &mut usize, line: usize, head: &str) {
    while let Some(raw) = lines.get(*at) {
        let bare = raw.trim();
        if bare.is_empty() || bare.starts_with('#') {
            return;
        }
        let (command, trailing) = split_comment(bare);
        let title = trailing.map_or_else(|| head.to_owned(), |t| format!("{head}: {t}"));
        out.push(Step { kind: StepKind::Command(command), line: line + *at, title: Some(title), timeout: None });
        *at += 1;
    }
}

/// What stands behind a prompt: `$ `, `# ` after a host's name, `user@host:~$ `, `>` of no shell.
fn after_prompt(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix("$ ") {
        return Some(rest.trim());
    }
    let (prompt, rest) = line.split_once("$ ").or_else(|| line.split_once("# "))?;
    let host = prompt.contains('@') && !prompt.contains(' ') || prompt.starts_with('[') && prompt.ends_with(']');
    host.then(|| rest.trim())
}

fn unfinished(text: &str) -> bool {
    if text.trim_end().ends_with('\\') || text.trim_end().ends_with("&&") || text.trim_end().ends_with('|') {
        return true;
    }
    if let Some((_, tail)) = text.split_once("<<") {
        let word: String = tail
            .trim_start_matches('-')
            .trim_start()
            .trim_start_matches(['\'', '"'])
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if !word.is_empty() {
            return !text.lines().skip(1).any(|l| l.trim() == word);
        }
    }
    // An odd number of single quotes goes on in the next line.
    text.matches('\'').count() % 2 == 1 && text.matches('"').count().is_multiple_of(2) && text.lines().count() < 30
}

/// A command and the comment behind it.
fn split_comment(text: &str) -> (String, Option<String>) {
    if text.contains('\n') {
        return (text.trim().to_owned(), None);
    }
    let mut quote: Option<char> = None;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '#' && last.is_whitespace() => {
                let comment = text.get(at + 1..).unwrap_or("").trim();
                return (
                    text.get(..at).unwrap_or("").trim().to_owned(),
                    (!comment.is_empty()).then(|| comment.to_owned()),
                );
            }
            None => {}
        }
        last = c;
    }
    (text.trim().to_owned(), None)
}

fn setting(line: &str) -> Option<Setting> {
    let (key, value) = line.split_once('=')?;
    let name = !key.is_empty()
        && key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && key.starts_with(|c: char| c.is_ascii_uppercase());
    // `KEY=value command` is a command with a variable before it; a list or a quoted text is one value.
    let one = value.starts_with(['[', '"', '\'', '{']) || !value.trim().contains(' ') || value.contains(" #");
    let value = value.split(" #").next().unwrap_or(value).trim();
    (name && one).then(|| Setting { key: key.to_owned(), value: value.to_owned() })
}

fn is_yaml(line: &str) -> bool {
    let bare = line.trim().trim_start_matches("- ");
    let Some((key, rest)) = bare.split_once(':') else { return false };
    let name = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    name && (rest.is_empty() || rest.starts_with(' '))
}

/// Whether a whole block is JSON, a query or the text of a program.
fn looks_like_data(text: &str) -> bool {
    let first = text.lines().find(|l| !l.trim().is_empty() && !l.trim().starts_with('#')).unwrap_or("").trim();
    let upper = first.split_whitespace().next().unwrap_or("");
    first.starts_with('{')
        || first.starts_with("[{")
        || matches!(
            upper,
            "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "CREATE" | "ALTER" | "WITH" | "EXPLAIN" | "DROP" | "VACUUM"
        )
        || first.starts_with("sum(")
        || first.starts_with("rate(")
        || first.starts_with("histogram_quantile(")
}
