//! Shell text read by a real grammar into plain words, pipelines and lists, and into what stands against being plain.
//! It never expands anything: what the shell would compute at run time is a hazard, and what it cannot read is one too.

use brush_parser::ast::{
    AndOr, AndOrList, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem, CompoundCommand,
    CompoundList, IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, Pipeline as AstPipeline, Program,
    SeparatorOperator, SimpleCommand, Word,
};
use brush_parser::word::{WordPiece, WordPieceWithSource, parse as parse_word};
use brush_parser::{Parser, ParserOptions};

/// Shell text whose every word is known before it runs: lists of pipelines of plain commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    pub pipelines: Vec<Pipeline>,
}

/// How a pipeline hangs on the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// First, or after `;` or a line feed.
    Then,
    /// After `&&`.
    And,
    /// After `||`.
    Or,
}

/// Commands joined by `|`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    pub joint: Joint,
    pub commands: Vec<Simple>,
}

/// One program with its arguments, quotes already removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simple {
    /// `NAME=value` before the program.
    pub assignments: Vec<(String, String)>,
    /// Program and arguments; never empty.
    pub argv: Vec<String>,
    /// `2>/dev/null`: stderr is thrown away.
    pub quiet: bool,
    /// `2>&1`: stderr goes where stdout goes.
    pub merged: bool,
}

impl Script {
    /// Reads `text` as plain shell; `None` where it is not plain (expansion, loop, write, background, parse error).
    pub fn plain(text: &str) -> Option<Script> {
        let parsed = read(text).ok()?;
        let simple = parsed.hazards.is_empty() && !parsed.compound;
        (simple && !parsed.pipelines.is_empty()).then_some(Script { pipelines: parsed.pipelines })
    }

    /// The only command of the script, if it is a single one.
    pub fn single(&self) -> Option<&Simple> {
        match self.pipelines.as_slice() {
            [Pipeline { commands, .. }] => match commands.as_slice() {
                [one] => Some(one),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Something that keeps shell text from being plain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hazard {
    /// The token as written.
    pub token: String,
    pub reason: &'static str,
    /// It empties or overwrites a file.
    pub overwrites: bool,
    /// Shell text inside it that is judged too.
    pub inner: Option<String>,
}

/// Shell text as it was read: its commands, and what stands against its being plain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub pipelines: Vec<Pipeline>,
    pub hazards: Vec<Hazard>,
    /// It has loops, conditions, groups or a word that the shell makes into several.
    pub compound: bool,
}

/// Text longer than this is not read: no runbook step is.
const LONGEST: usize = 64 * 1024;

/// Brackets nested deeper than this are not read, so that the parser's stack stays small.
const DEEPEST: usize = 24;

/// Reads shell text.
///
/// # Errors
/// The token or place the grammar stumbled over.
pub(super) fn read(text: &str) -> Result<Parsed, String> {
    if text.len() > LONGEST {
        return Err("its length".into());
    }
    if nesting(text) > DEEPEST {
        return Err("its nesting".into());
    }
    if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(control.escape_default().to_string());
    }
    let mut text = text.to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let options = ParserOptions::default();
    let program: Program =
        Parser::new(text.as_bytes(), &options).parse_program().map_err(|_| crate::text::shorten(&text, 40))?;
    let mut reader = Reader { parsed: Parsed::default(), options };
    for list in &program.complete_commands {
        reader.list(list);
    }
    Ok(reader.parsed)
}

/// How deep brackets, quotes inside substitutions and keywords could nest, counted generously.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for c in text.chars() {
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let keywords = text
        .split(|c: char| c.is_whitespace() || c == ';')
        .filter(|w| matches!(*w, "if" | "for" | "while" | "until" | "case" | "select"))
        .count();
    let backquotes = text.matches('`').count() / 2;
    deepest.max(keywords).max(backquotes)
}

struct Reader {
    parsed: Parsed,
    options: ParserOptions,
}

impl Reader {
    fn hazard(&mut self, token: impl Into<String>, reason: &'static str) {
        self.parsed.hazards.push(Hazard { token: token.into(), reason, overwrites: false, inner: None });
    }

    fn list(&mut self, list: &CompoundList) {
        for item in &list.0 {
            if matches!(item.1, SeparatorOperator::Async) {
                self.hazard("&", "it leaves a program running in the background");
            }
            self.and_or(&item.0);
        }
    }

    fn and_or(&mut self, list: &AndOrList) {
        self.pipeline(&list.first, Joint::Then);
        for next in &list.additional {
            match next {
                AndOr::And(pipeline) => self.pipeline(pipeline, Joint::And),
                AndOr::Or(pipeline) => self.pipeline(pipeline, Joint::Or),
            }
        }
    }

    fn pipeline(&mut self, pipeline: &AstPipeline, joint: Joint) {
        // `! cmd` turns the exit code round: harmless, but not what a plain script can say.
        self.parsed.compound |= pipeline.bang;
        let mut commands = Vec::new();
        let timed = pipeline.timed.is_some();
        for command in &pipeline.seq {
            match command {
                Command::Simple(simple) => {
                    if let Some(mut read) = self.simple(simple) {
                        if timed && commands.is_empty() {
                            read.argv.insert(0, "time".into());
                        }
                        commands.push(read);
                    }
                }
                Command::Compound(compound, redirects) => {
                    self.parsed.compound = true;
                    self.compound(compound);
                    redirects.iter().flat_map(|r| &r.0).for_each(|r| {
                        self.redirect(r);
                    });
                }
                Command::Function(function) => {
                    self.hazard(function.fname.value.clone(), "it defines a function, which can stand for any command");
                }
                Command::ExtendedTest(test, redirects) => {
                    self.parsed.compound = true;
                    let text = test.expr.to_string();
                    // Arithmetic inside `[[ ]]` evaluates subscripts, and those can hold commands.
                    if text.contains(['[', '$', '`']) || text.contains("-eq") || text.contains("-v") {
                        self.hazard("[[", "a test that evaluates expressions can run commands hidden in them");
                    }
                    redirects.iter().flat_map(|r| &r.0).for_each(|r| {
                        self.redirect(r);
                    });
                }
            }
        }
        if !commands.is_empty() {
            self.parsed.pipelines.push(Pipeline { joint, commands });
        }
    }

    fn compound(&mut self, compound: &CompoundCommand) {
        match compound {
            CompoundCommand::BraceGroup(group) => self.list(&group.list),
            CompoundCommand::Subshell(shell) => self.list(&shell.list),
            CompoundCommand::IfClause(clause) => {
                self.list(&clause.condition);
                self.list(&clause.then);
                for branch in clause.elses.iter().flatten() {
                    branch.condition.iter().for_each(|c| self.list(c));
                    self.list(&branch.body);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.list(&clause.0);
                self.list(&clause.1.list);
            }
            CompoundCommand::ForClause(clause) => {
                let values: Vec<Option<String>> = clause.values.iter().flatten().map(|word| self.word(word)).collect();
                if values.is_empty() || values.iter().any(Option::is_none) {
                    self.hazard("for", "what it runs over is known only at run time");
                }
                self.list(&clause.body.list);
            }
            CompoundCommand::CaseClause(clause) => {
                self.word(&clause.value);
                clause.cases.iter().filter_map(|c| c.cmd.as_ref()).for_each(|list| self.list(list));
            }
            CompoundCommand::Arithmetic(_) | CompoundCommand::ArithmeticForClause(_) => {
                self.hazard("((", "arithmetic can run commands hidden in it");
            }
            CompoundCommand::Coprocess(_) => self.hazard("coproc", "it leaves a program running in the background"),
        }
    }

    fn simple(&mut self, simple: &SimpleCommand) -> Option<Simple> {
        let mut read = Simple { assignments: Vec::new(), argv: Vec::new(), quiet: false, merged: false };
        let mut whole = true;
        let prefix = simple.prefix.iter().flat_map(|p| &p.0);
        let suffix = simple.suffix.iter().flat_map(|s| &s.0);
        for item in prefix {
            whole &= self.item(item, &mut read, true);
        }
        if let Some(word) = &simple.word_or_name {
            match self.word(word) {
                Some(name) => read.argv.push(name),
                None => whole = false,
            }
        }
        for item in suffix {
            whole &= self.item(item, &mut read, false);
        }
        if read.argv.is_empty() {
            if let Some((name, _)) = read.assignments.first() {
                let token = format!("{name}=");
                self.hazard(token, "it sets a variable that what follows may use");
            }
            return None;
        }
        // A word that is not known keeps its place as `?`, so that the rest is judged all the same.
        (whole || !read.argv.is_empty()).then_some(read)
    }

    fn item(&mut self, item: &CommandPrefixOrSuffixItem, read: &mut Simple, before: bool) -> bool {
        match item {
            CommandPrefixOrSuffixItem::Word(word) => {
                let known = self.word(word);
                let whole = known.is_some();
                read.argv.push(known.unwrap_or_else(|| "?".into()));
                whole
            }
            CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                if !before {
                    // `dd if=x`: an argument that only looks like an assignment.
                    let known = self.word(word);
                    let whole = known.is_some();
                    read.argv.push(known.unwrap_or_else(|| "?".into()));
                    return whole;
                }
                let value = match (&assignment.name, &assignment.value) {
                    (AssignmentName::VariableName(name), AssignmentValue::Scalar(value)) => {
                        self.word(value).map(|v| (name.clone(), v))
                    }
                    _ => {
                        self.hazard(word.value.clone(), "an array's subscript is evaluated and can run commands");
                        None
                    }
                };
                let whole = value.is_some();
                read.assignments.extend(value);
                whole
            }
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                match self.redirect(redirect) {
                    Quietness::Quiet => read.quiet = true,
                    Quietness::Merged => read.merged = true,
                    Quietness::Both => {
                        read.quiet = true;
                        self.parsed.compound = true;
                    }
                    Quietness::No => {}
                }
                true
            }
            CommandPrefixOrSuffixItem::ProcessSubstitution(kind, shell) => {
                self.parsed.hazards.push(Hazard {
                    token: format!("{kind}("),
                    reason: "it runs another command and hands over its output as a file",
                    overwrites: false,
                    inner: Some(shell.list.to_string()),
                });
                false
            }
        }
    }

    /// Judges a redirect; a harmless one says what it does to stderr.
    fn redirect(&mut self, redirect: &IoRedirect) -> Quietness {
        match redirect {
            IoRedirect::File(fd, kind, target) => self.file_redirect(*fd, kind, target),
            IoRedirect::HereDocument(_, document) => {
                self.parsed.compound = true;
                if document.requires_expansion && document.doc.value.contains(['$', '`']) {
                    self.parsed.hazards.push(Hazard {
                        token: "<<".into(),
                        reason: "the shell expands what stands in this text",
                        overwrites: false,
                        inner: substitutions(&document.doc.value),
                    });
                }
                Quietness::No
            }
            IoRedirect::HereString(_, word) => {
                self.parsed.compound = true;
                self.word(word);
                Quietness::No
            }
            IoRedirect::OutputAndError(word, append) => {
                if word.value == "/dev/null" {
                    return Quietness::Both;
                }
                let token = if *append { "&>>" } else { "&>" };
                self.write(token, !append, &word.value);
                Quietness::No
            }
        }
    }

    fn file_redirect(
        &mut self,
        fd: Option<i32>,
        kind: &IoFileRedirectKind,
        target: &IoFileRedirectTarget,
    ) -> Quietness {
        let name = match target {
            IoFileRedirectTarget::Filename(word) | IoFileRedirectTarget::Duplicate(word) => word.value.clone(),
            IoFileRedirectTarget::Fd(fd) => fd.to_string(),
            IoFileRedirectTarget::ProcessSubstitution(_, shell) => {
                self.parsed.hazards.push(Hazard {
                    token: ">(".into(),
                    reason: "it runs another command and feeds it",
                    overwrites: false,
                    inner: Some(shell.list.to_string()),
                });
                return Quietness::No;
            }
        };
        match kind {
            IoFileRedirectKind::Read => {
                // Reading a file by redirect is what naming it would be.
                self.parsed.compound = true;
                if let IoFileRedirectTarget::Filename(word) = target {
                    self.word(word);
                }
                Quietness::No
            }
            IoFileRedirectKind::Write | IoFileRedirectKind::Append | IoFileRedirectKind::Clobber
                if name == "/dev/null" =>
            {
                match fd {
                    Some(2) => Quietness::Quiet,
                    _ => {
                        self.parsed.compound = true;
                        Quietness::No
                    }
                }
            }
            IoFileRedirectKind::DuplicateOutput if name == "1" && fd == Some(2) => Quietness::Merged,
            IoFileRedirectKind::DuplicateOutput | IoFileRedirectKind::DuplicateInput
                if name == "-" || name.chars().all(|c| c.is_ascii_digit()) =>
            {
                self.parsed.compound = true;
                Quietness::No
            }
            IoFileRedirectKind::Append => {
                self.write(">>", false, &name);
                Quietness::No
            }
            IoFileRedirectKind::ReadAndWrite => {
                self.hazard("<>", "it opens the file for writing and makes it where there is none");
                Quietness::No
            }
            _ => {
                self.write(if matches!(kind, IoFileRedirectKind::Clobber) { ">|" } else { ">" }, true, &name);
                Quietness::No
            }
        }
    }

    fn write(&mut self, token: &str, overwrites: bool, _name: &str) {
        let reason = if overwrites { "it overwrites a file" } else { "it adds to a file" };
        self.parsed.hazards.push(Hazard { token: token.into(), reason, overwrites, inner: None });
    }

    /// The text of a word where it is known before the shell runs; else a hazard is noted.
    fn word(&mut self, word: &Word) -> Option<String> {
        let pieces = match parse_word(&word.value, &self.options) {
            Ok(pieces) => pieces,
            Err(_) => {
                self.hazard(word.value.clone(), "this word cannot be read");
                return None;
            }
        };
        let mut text = String::new();
        let known = self.pieces(&pieces, &mut text, false);
        known.then_some(text)
    }

    fn pieces(&mut self, pieces: &[WordPieceWithSource], out: &mut String, quoted: bool) -> bool {
        let mut known = true;
        for piece in pieces {
            match &piece.piece {
                WordPiece::Text(text) => {
                    if !quoted {
                        known &= self.unquoted(text);
                    }
                    out.push_str(text);
                }
                WordPiece::SingleQuotedText(text) => out.push_str(text),
                WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                    known &= self.pieces(inner, out, true);
                }
                WordPiece::EscapeSequence(text) => {
                    let bare = text.strip_prefix('\\').unwrap_or(text);
                    if bare != "\n" {
                        out.push_str(bare);
                    }
                }
                WordPiece::AnsiCQuotedText(text) => {
                    self.hazard(format!("$'{text}'"), "its letters are computed by the shell");
                    known = false;
                }
                WordPiece::TildeExpansion(_) => {
                    self.parsed.compound = true;
                    out.push('~');
                }
                WordPiece::ParameterExpansion(_) => {
                    self.hazard("$", "a variable's value is known only at run time");
                    known = false;
                }
                WordPiece::CommandSubstitution(inner) => {
                    self.substitution("$(", inner);
                    known = false;
                }
                WordPiece::BackquotedCommandSubstitution(inner) => {
                    self.substitution("`", inner);
                    known = false;
                }
                WordPiece::ArithmeticExpression(_) => {
                    self.hazard("$((", "arithmetic can run commands hidden in it");
                    known = false;
                }
            }
        }
        known
    }

    fn substitution(&mut self, token: &str, inner: &str) {
        self.parsed.hazards.push(Hazard {
            token: token.into(),
            reason: "it runs another command inside this one",
            overwrites: false,
            inner: Some(inner.to_owned()),
        });
    }

    /// Unquoted text: braces are made into several words, patterns into file names.
    fn unquoted(&mut self, text: &str) -> bool {
        if text.contains('{') && text.contains('}') && (text.contains(',') || text.contains("..")) {
            self.hazard(text.to_owned(), "braces are made into several words by the shell");
            return false;
        }
        if text.starts_with("$[") {
            self.hazard("$[", "arithmetic can run commands hidden in it");
            return false;
        }
        // A file name pattern stays what it is for judging; running it needs the shell.
        if text.contains(['*', '?', '[']) {
            self.parsed.compound = true;
        }
        true
    }
}

/// What a redirect does to stderr, where it is harmless.
enum Quietness {
    No,
    Quiet,
    Merged,
    /// Both outputs are thrown away.
    Both,
}

/// The command inside the first substitution of a text.
fn substitutions(text: &str) -> Option<String> {
    let start = text.find("$(")? + 2;
    let end = text.get(start..)?.find(')')? + start;
    text.get(start..end).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(text: &str) -> Vec<Vec<String>> {
        Script::plain(text)
            .map_or(Vec::new(), |s| s.pipelines.into_iter().flat_map(|p| p.commands).map(|c| c.argv).collect())
    }

    #[test]
    fn plain_text_becomes_words() {
        assert_eq!(argv("ss -tlnp | grep 8000   # Backend"), [vec!["ss", "-tlnp"], vec!["grep", "8000"]]);
        assert_eq!(
            argv(r#"docker events --since="10m" --filter="type=container""#),
            [vec!["docker", "events", "--since=10m", "--filter=type=container"]]
        );
        assert_eq!(
            argv("curl -v -X OPTIONS -H \"Origin: http://localhost:3000\" \\\n  http://localhost:8000/api/events")
                .len(),
            1
        );
        assert_eq!(
            argv("time curl http://localhost:8000/health"),
            [vec!["time", "curl", "http://localhost:8000/health"]]
        );
        assert_eq!(argv("a && b || c; d").len(), 4);
        assert!(Script::plain("ls 2>/dev/null").unwrap().single().unwrap().quiet);
        assert!(Script::plain("ls 2>&1 | grep x").is_some());
    }

    #[test]
    fn what_the_shell_computes_is_not_plain() {
        for text in [
            "echo $(id)",
            "echo `id`",
            "echo $X",
            "cat <(id)",
            "{touch,x}",
            "echo $((1+1))",
            "ls > f",
            "ls &",
            "for i in 1 2; do ls; done",
            "f() { ls; }",
            "X=1",
            "ls *",
            "echo $'a'",
            "((1))",
            "ls 2>/etc/motd",
            "cat <> f",
            "if",
            "echo 'a",
            "kill <PID>",
        ] {
            assert_eq!(Script::plain(text), None, "{text}");
        }
    }

    #[test]
    fn deep_and_long_texts_are_refused_not_followed() {
        assert!(read(&"(".repeat(10_000)).is_err());
        assert!(read(&"a ".repeat(100_000)).is_err());
        assert!(read("a\u{1b}b").is_err());
    }
}
