//! A code block to steps: commands, settings, snippets; prompts and output told apart, comments made titles.
//! It never takes YAML, JSON, a query or a program's output for a command.

use super::lines::{assignment, compound, known, possible, signed, split_comment, whole};
use super::prompt::{after_prompt, foreign};
use super::{Setting, Step, StepKind};

/// Languages of fences that hold shell.
const SHELL: &[&str] = &[
    "bash",
    "sh",
    "shell",
    "zsh",
    "ksh",
    "fish",
    "console",
    "shell-session",
    "sh-session",
    "bash-session",
    "shellsession",
    "shellscript",
    "terminal",
    "command",
    "cmd",
];

/// Languages of fences that say nothing of what is in them.
const OPEN: &[&str] = &["", "text", "txt", "plain", "plaintext", "none", "log", "output"];

/// Words that begin a query of a database.
const QUERY: &[&str] = &[
    "select", "insert", "update", "delete", "create", "alter", "with", "explain", "drop", "vacuum", "analyze", "begin",
    "grant", "revoke", "show", "\\d", "\\dt", "\\x",
];

/// Whether a fence of this language holds shell.
pub(super) fn is_shell(language: &str) -> bool {
    SHELL.contains(&language)
}

/// What a fence's language says of the lines in it.
#[derive(Clone, Copy, PartialEq)]
enum Language {
    Shell,
    Open,
    Other,
}

/// The steps of a block; `line` is the first line of its text.
pub(super) fn steps(language: &str, text: &str, line: usize) -> Vec<Step> {
    let name = language.trim_matches(['{', '}', '.', ',']);
    let kind = match name {
        name if SHELL.contains(&name) => Language::Shell,
        name if OPEN.contains(&name) => Language::Open,
        _ => Language::Other,
    };
    let lines: Vec<&str> = text.lines().collect();
    let prompted = lines.iter().any(|l| after_prompt(l).is_some());
    let rooted = !prompted && is_rooted(&lines);
    if kind == Language::Other || !prompted && !rooted && looks_like_data(text) {
        return vec![snippet(language, text, line)];
    }
    let prompted = prompted || rooted;
    let among = kind == Language::Open && !prompted && commented(&lines);
    let (title, opened, output) = (None, rooted, false);
    let mut block = Block { lines, line, kind, prompted, title, opened, output, among, out: Vec::new() };
    block.read();
    if block.out.is_empty() && !text.trim().is_empty() {
        block.out.push(snippet(language, text, line));
    }
    block.out
}

fn snippet(language: &str, text: &str, line: usize) -> Step {
    let kind = StepKind::Snippet { language: language.to_owned(), text: text.trim_end().to_owned() };
    Step::new(kind, line)
}

struct Block<'a> {
    lines: Vec<&'a str>,
    /// The line of the file that the first line is.
    line: usize,
    kind: Language,
    /// Some line has a shell's prompt, so that the others are output.
    prompted: bool,
    /// The comment above.
    title: Option<String>,
    /// A command opened another shell, whose prompt may be `# `.
    opened: bool,
    /// The line before was no command, or may be answered by this one.
    output: bool,
    /// Commands stand in the block each below a comment, so that a program that is not known is one too.
    among: bool,
    out: Vec<Step>,
}

impl Block<'_> {
    fn read(&mut self) {
        let mut at = 0;
        while let Some(raw) = self.lines.get(at).copied() {
            let here = at;
            at += 1;
            let bare = raw.trim();
            if bare.is_empty() {
                self.output = false;
                continue;
            }
            let typed = self.typed(raw);
            if typed.is_none() && bare.starts_with('#') {
                let comment = bare.trim_start_matches('#').trim();
                self.title = (!comment.is_empty()).then(|| comment.trim_end_matches(':').to_owned());
                self.output = false;
                continue;
            }
            let Some(start) = typed else { continue };
            let rest: Vec<&str> = self.lines.iter().skip(at).copied().collect();
            if !self.prompted {
                if let Some(setting) = setting(start).filter(|s| !used(&s.key, &rest)) {
                    self.set(setting, here);
                    continue;
                }
                if is_yaml(start) && !known(start) && !rest.iter().any(|l| *l == l.trim_start() && known(l)) {
                    // From here on the block is configuration: its text keeps its indentation.
                    let text = self.lines.get(here..).unwrap_or_default().join("\n");
                    let title = self.title.take();
                    self.out.push(Step { title, ..snippet("yaml", &text, self.line + here) });
                    return;
                }
            }
            if foreign(start) || !self.is_command(start, &rest) {
                self.output = true;
                continue;
            }
            let (text, taken) = whole(start, &rest);
            at += taken;
            self.run(&text, here);
        }
    }

    /// What was typed in a line: behind its prompt, or the line itself where no line has one.
    fn typed<'l>(&self, raw: &'l str) -> Option<&'l str> {
        if let Some(typed) = after_prompt(raw) {
            return Some(typed);
        }
        let bare = raw.trim();
        if let Some(inner) = bare.strip_prefix("# ")
            && self.opened
            && (known(inner) && inner.contains([' ', '/'])
                || possible(inner) && [" -", " |"].iter().any(|m| inner.contains(m)))
        {
            return Some(inner);
        }
        if let Some(inner) = bare.strip_prefix("> ")
            && self.kind == Language::Shell
            && known(inner)
        {
            return Some(inner);
        }
        (!self.prompted && !bare.starts_with('#')).then_some(bare)
    }

    fn is_command(&self, start: &str, rest: &[&str]) -> bool {
        if self.prompted {
            // What looks like a prompt in a listing still has to read as something typed.
            return !start.starts_with(['|', '=', '+', ')']);
        }
        let assigns = assignment(start).is_some_and(|(name, value)| {
            self.kind == Language::Shell || value.starts_with("$(") || value.starts_with('`') || used(name, rest)
        });
        assigns
            || known(start)
            || compound(start, rest)
            || self.among && self.title.is_some() && signed(start) && possible(start)
            || self.kind == Language::Shell && !self.output && possible(start)
    }

    fn set(&mut self, setting: Setting, here: usize) {
        let joins = self.out.last_mut().filter(|_| self.title.is_none());
        match joins.map(|s| &mut s.kind) {
            Some(StepKind::Setting(settings)) => settings.push(setting),
            _ => self.out.push(Step {
                kind: StepKind::Setting(vec![setting]),
                line: self.line + here,
                title: self.title.take(),
                timeout: None,
            }),
        }
    }

    fn run(&mut self, text: &str, here: usize) {
        let (command, behind) = split_comment(text);
        self.opened |= opens_shell(&command);
        self.output = false;
        let title = match (&self.title, behind) {
            (Some(above), Some(behind)) => Some(format!("{above}: {behind}")),
            // A comment above several lines is about the first; the others name themselves.
            (Some(_), None) => self.title.take(),
            (None, behind) => behind,
        };
        // The comment above stays for the next line where each has its own behind it.
        let next = self.lines.get(here + 1).is_some_and(|l| split_comment(l.trim()).1.is_some());
        if !next {
            self.title = None;
        }
        self.out.push(Step { kind: StepKind::Command(command), line: self.line + here, title, timeout: None });
    }
}

/// Whether a block is a list of commands with comments above them: two or more known ones, each below a comment.
fn commented(lines: &[&str]) -> bool {
    let below = |(above, line): (&&str, &&str)| above.trim().starts_with('#') && known(line.trim());
    lines.iter().zip(lines.iter().skip(1)).filter(|pair| below(*pair)).count() > 1
}

/// Whether `# ` is the prompt of root here: commands stand behind it, and none stands without it.
fn is_rooted(lines: &[&str]) -> bool {
    let typed = |l: &str| known(l) && signed(l);
    let behind = lines.iter().filter_map(|l| l.trim().strip_prefix("# ")).any(typed);
    behind
        && !lines.iter().map(|l| l.trim()).any(|l| {
            !l.starts_with('#') && (known(l) || setting(l).is_some() || is_yaml(l) || l.starts_with(['{', '[']))
        })
}

/// Whether a command leaves one in another shell.
fn opens_shell(command: &str) -> bool {
    let mut words = command.split_whitespace().filter(|w| *w != "sudo");
    let first = words.next().unwrap_or("");
    let enters = |w: &str| matches!(w, "debug" | "exec" | "rsh" | "shell" | "console" | "run");
    matches!(first, "ssh" | "su" | "chroot" | "nsenter" | "bash" | "sh") || words.any(enters)
}

/// Whether a later line uses the variable.
fn used(name: &str, later: &[&str]) -> bool {
    let (plain, braced) = (format!("${name}"), format!("${{{name}}}"));
    later.iter().any(|l| {
        l.contains(&braced)
            || l.match_indices(&plain).any(|(at, found)| {
                let next = l.get(at + found.len()..).and_then(|r| r.chars().next());
                next.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
            })
    })
}

fn setting(line: &str) -> Option<Setting> {
    if let Some((name, value)) = line.trim().strip_prefix('<').and_then(|l| l.split_once(">=")) {
        // A setting whose name is to be filled in, too.
        let word = |t: &str| !t.is_empty() && !t.contains(char::is_whitespace);
        let named = word(name) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        return (named && word(value)).then(|| Setting { key: format!("<{name}>"), value: value.to_owned() });
    }
    let (key, value) = assignment(line).filter(|_| !line.trim().starts_with("export "))?;
    let name = key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let computed = value.starts_with("$(") || value.starts_with('`');
    (name && !computed).then(|| Setting { key: key.to_owned(), value: value.trim().to_owned() })
}

fn is_yaml(line: &str) -> bool {
    let bare = line.trim().trim_start_matches("- ");
    let Some((key, rest)) = bare.split_once(':') else { return false };
    let name = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-./\"".contains(c));
    name && (rest.is_empty() || rest.starts_with(' '))
}

/// Whether a whole block is JSON, a query or the text of a program.
fn looks_like_data(text: &str) -> bool {
    let remark = |l: &str| ["#", "// "].iter().any(|m| l.starts_with(m));
    let first = text.lines().map(str::trim).find(|l| !l.is_empty() && !remark(l)).unwrap_or("");
    let word = first.split_whitespace().next().unwrap_or("").to_lowercase();
    let lower = text.to_lowercase();
    let queried = QUERY.contains(&word.as_str())
        && (first.starts_with(|c: char| c.is_uppercase() || c == '\\')
            || lower.trim_end().ends_with(';')
            || [" from ", "\nfrom ", " into ", " table "].iter().any(|w| lower.contains(w)));
    queried
        || ["{", "[{", "<?", "<html", "<!", "---\n"].iter().any(|s| first.starts_with(s))
        || matches!(first, "[" | "(")
        || promql(first)
}

/// Whether a line begins as a PromQL expression does.
fn promql(line: &str) -> bool {
    let name: String = line.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == ':').collect();
    let rest = line.get(name.len()..).unwrap_or("").trim_start();
    let function = name.contains("_over_time")
        || matches!(
            name.as_str(),
            "sum"
                | "rate"
                | "irate"
                | "increase"
                | "histogram_quantile"
                | "avg"
                | "max"
                | "min"
                | "count"
                | "topk"
                | "bottomk"
                | "absent"
                | "delta"
                | "deriv"
                | "predict_linear"
                | "label_replace"
                | "quantile"
                | "changes"
        );
    function && ["(", "by", "without"].iter().any(|s| rest.starts_with(s))
        || name.contains('_') && rest.starts_with('{')
        || [" group_left", " group_right", " on (", " on(", " unless ", " offset "]
            .iter()
            .any(|s| name.contains('_') && line.contains(s) && line.contains(['(', '{', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(language: &str, text: &str) -> Vec<String> {
        steps(language, text, 1)
            .into_iter()
            .filter_map(|s| if let StepKind::Command(c) = s.kind { Some(c) } else { None })
            .collect()
    }

    #[test]
    fn a_console_session_is_what_was_typed() {
        assert_eq!(
            commands("console", "$ lsblk\nNAME SIZE\nsda  1G\n$ df -h /\n/dev/sda 1G 1G\n"),
            ["lsblk", "df -h /"]
        );
        assert_eq!(commands("", "sudo lsblk\nNAME   MAJ:MIN RM\nsda      8:0    0\n"), ["sudo lsblk"]);
        assert_eq!(
            commands(
                "shell",
                "$ NODE='<name>'\n\n$ oc debug \"node/$NODE\"\n# sysctl -a | grep file\nfs.file-max = 1\n# lsof -n\n"
            ),
            ["NODE='<name>'", "oc debug \"node/$NODE\"", "sysctl -a | grep file", "lsof -n"]
        );
    }

    #[test]
    fn the_prompt_of_root_is_no_comment() {
        assert_eq!(
            commands(
                "sh",
                "# sudo ls -lt /var/log\ntotal 34800\n-rw-r--r-- 1 root root 19 Aug  7 current\n\n# sudo zgrep -c x /var/log/y\n"
            ),
            ["sudo ls -lt /var/log", "sudo zgrep -c x /var/log/y"]
        );
        assert_eq!(commands("bash", "# docker must be running\n./start --now\n"), ["./start --now"]);
        assert!(commands("bash", "# redis-cli -h x ping\nMAXMEMORY=1\n").is_empty());
    }

    #[test]
    fn what_is_data_is_no_command_whatever_the_fence_says() {
        for text in [
            "apiVersion: v1\nkind: Node\n",
            "{\"a\": 1}\n",
            "SELECT 1;\n",
            "select a\nfrom b;\n",
            "sum by (le) (rate(x[5m]))\n",
            "// busiest\ntopk(5,\n  sum by (pod) (irate(x[4m]))\n)\n",
            "node_filesystem_free_bytes\n",
            "a_bytes * on (namespace) group_left() (b_bytes / c_bytes)\n",
            "received unexpected status: 500 Internal Server Error\n",
            "/var/log/x.gz:INFO[1] Starting build...  a=1\n",
            "mountpoint              /var/opt\n",
            "up{job=\"x\"} == 0\nhttp_requests{a=\"b\"}\n",
            "2026-01-01 12:00:00 ERROR find failed\n",
            "mysql> SHOW TABLES;\n",
            "host    all         all         10.0.0.0/8      md5\n",
        ] {
            for language in ["bash", "console", ""] {
                assert!(commands(language, text).is_empty(), "{language}: {text} {:?}", commands(language, text));
            }
        }
        assert!(commands("yaml", "docker ps\n").is_empty());
    }

    #[test]
    fn an_unknown_program_among_commented_commands_is_one_too() {
        let text = "# a tunnel\ntunneler -r host '10.0.0.0/8' # one\n\n# how full\ndf -h\n\n# by folder\ndu -sh /var\n4.0K -x /var\n";
        assert_eq!(commands("", text), ["tunneler -r host '10.0.0.0/8'", "df -h", "du -sh /var"]);
        assert_eq!(commands("", "df -h\nsomething -x /var\n"), ["df -h"]);
    }

    #[test]
    fn a_setting_alone_is_one_and_a_variable_of_the_shell_is_none() {
        assert!(matches!(&steps("bash", "A_B=1\n", 1)[0].kind, StepKind::Setting(s) if s[0].key == "A_B"));
        assert_eq!(commands("bash", "NS=$(oc get x)\noc get pods -n $NS\n").len(), 2);
        assert_eq!(commands("bash", "NS=default\noc get pods -n $NS\n").len(), 2);
    }

    #[test]
    fn commands_above_configuration_keep_both() {
        let found = steps("bash", "# Look\nkubectl get cm x\n\n# Then set\nserver:\n  port: 1\n", 5);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].title.as_deref(), found[0].line), (Some("Look"), 6));
        assert!(matches!(&found[1].kind, StepKind::Snippet { text, .. } if text == "server:\n  port: 1"));
    }
}
