//! Shell text read by a real grammar into plain words, pipelines and lists, and into what stands against being plain.
//! It never expands anything: what the shell would compute at run time is a hazard, and what it cannot read is one too.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use brush_parser::ast::{
    AndOr, AndOrList, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem, CompoundCommand,
    CompoundList, IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, Pipeline as AstPipeline,
    ProcessSubstitutionKind, Program, SeparatorOperator, SimpleCommand, Word,
};
use brush_parser::word::{Parameter, ParameterExpr, WordPiece, WordPieceWithSource, parse as parse_word};
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

/// What is added to a command's words only when it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Open {
    /// Nothing: the words are what they are.
    #[default]
    Closed,
    /// Words that are no options: a file name pattern with a fixed beginning.
    Words,
    /// Words and options: what comes from a pipe, or from a pattern that matches any name.
    Anything,
}

/// One program with its arguments, quotes already removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simple {
    /// `NAME=value` before the program.
    pub assignments: Vec<(String, String)>,
    /// Program and arguments; never empty.
    pub argv: Vec<String>,
    /// `2>/dev/null`: stderr is thrown away.
    pub quiet: bool,
    /// `2>&1`: stderr goes where stdout goes.
    pub merged: bool,
    /// What the shell or a pipe adds.
    pub open: Open,
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
    /// It does no more than the shell text inside it: `<(zcat x)` hands over what that prints.
    pub only_inner: bool,
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
    /// It has a loop that ends only from outside.
    pub endless: bool,
}

/// Text longer than this is not read: no runbook step is.
const LONGEST: usize = 64 * 1024;

/// Brackets nested deeper than this are not read, so that the parser's stack stays small.
const DEEPEST: usize = 6;

/// A loop's body is read once for each of its values, and loops in loops no more often than this.
const MOST_READINGS: usize = 64;

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
    // A here-document inside a substitution can keep the parser from ever ending.
    let inside = ["${", "$(", "$[", "`", "<(", ">("].iter().filter_map(|opener| text.find(opener)).min();
    if inside.and_then(|at| text.get(at..)).is_some_and(|rest| rest.contains("<<")) {
        return Err("<<".into());
    }
    let mut text = text.to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    guarded(|| tree(&text)).unwrap_or_else(|| Err(crate::text::shorten(&text, 40)))
}

/// The commands and hazards of a text that was found fit to be parsed.
fn tree(text: &str) -> Result<Parsed, String> {
    let options = ParserOptions::default();
    let program: Program =
        Parser::new(text.as_bytes(), &options).parse_program().map_err(|_| crate::text::shorten(text, 40))?;
    let mut reader = Reader { parsed: Parsed::default(), options, bound: Vec::new(), readings: 0, open: Open::Closed };
    for list in &program.complete_commands {
        reader.list(list);
    }
    Ok(reader.parsed)
}

/// What `read` returns; `None` where it panics. The parser takes some broken texts for impossible ones (a here-document
/// that ends inside `${`), and what cannot be read is an answer here, not a fault of the program.
fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    thread_local!(static INSIDE: Cell<bool> = const { Cell::new(false) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !INSIDE.get() {
                before(panic);
            }
        }));
    });
    let outer = INSIDE.replace(true);
    let out = catch_unwind(AssertUnwindSafe(read)).ok();
    INSIDE.set(outer);
    out
}

/// How deep what the grammar follows could nest: brackets and keywords outside of single quotes, counted generously.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let (mut single, mut double, mut escaped) = (false, false, false);
    let mut backquotes = 0usize;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\'' if !double => single = !single,
            _ if single => {}
            '\\' => escaped = true,
            '"' => double = !double,
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            '`' => backquotes += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    // Apostrophes in a text between double quotes can turn the count of quotes round: then all brackets count.
    if single || double {
        deepest = text.chars().filter(|c| matches!(c, '(' | '{' | '[')).count();
    }
    let keywords = text
        .split(|c: char| c.is_whitespace() || matches!(c, ';' | '(' | '{' | '&' | '|'))
        .filter(|w| matches!(*w, "if" | "for" | "while" | "until" | "case" | "select" | "elif"))
        .count();
    deepest.max(keywords).max(backquotes / 2)
}

struct Reader {
    parsed: Parsed,
    options: ParserOptions,
    /// Variables of loops over known words, with the value of this reading.
    bound: Vec<(String, String)>,
    readings: usize,
    /// What the patterns of the command being read may become.
    open: Open,
}

impl Reader {
    fn hazard(&mut self, token: impl Into<String>, reason: &'static str) {
        self.parsed.hazards.push(Hazard {
            token: token.into(),
            reason,
            overwrites: false,
            only_inner: false,
            inner: None,
        });
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
                    let arithmetic = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R"];
                    if text.contains(['[', '$', '`', '(']) || arithmetic.iter().any(|a| text.contains(a)) {
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
                self.parsed.endless |= matches!(clause.0.to_string().trim(), "true" | ":" | "false");
                self.list(&clause.0);
                self.list(&clause.1.list);
            }
            CompoundCommand::ForClause(clause) => {
                let before = std::mem::take(&mut self.open);
                let values: Option<Vec<String>> =
                    clause.values.iter().flatten().map(|word| self.word(word)).collect::<Option<_>>();
                let fixed = std::mem::replace(&mut self.open, before) == Open::Closed;
                let plain = |v: &String| v.chars().all(|c| c.is_ascii_alphanumeric() || "_./:@%+,=-".contains(c));
                // A name in capitals may be one that programs obey, as `PATH` is.
                let own =
                    clause.variable_name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                        && !clause.variable_name.ends_with("_proxy");
                match values.filter(|v| own && fixed && !v.is_empty() && v.iter().all(plain)) {
                    Some(values) => {
                        for value in values {
                            self.readings += 1;
                            if self.readings > MOST_READINGS {
                                self.hazard("for", "it runs over too many words to be followed");
                                return;
                            }
                            self.bound.push((clause.variable_name.clone(), value));
                            self.list(&clause.body.list);
                            self.bound.pop();
                        }
                    }
                    None => {
                        self.hazard("for", "what it runs over is known only at run time");
                        self.list(&clause.body.list);
                    }
                }
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
        let mut read = Simple::default();
        let mut whole = true;
        self.open = Open::Closed;
        let prefix = simple.prefix.iter().flat_map(|p| &p.0);
        let suffix = simple.suffix.iter().flat_map(|s| &s.0);
        for item in prefix {
            whole &= self.item(item, &mut read, true);
        }
        if let Some(word) = &simple.word_or_name {
            match self.word(word) {
                Some(name) => read.argv.push(name),
                None => {
                    whole = false;
                    read.argv.push("?".into());
                }
            }
            if self.open > Open::Closed {
                self.hazard(word.value.clone(), "a pattern stands where the program should");
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
        read.open = self.open;
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
                let reads = matches!(kind, ProcessSubstitutionKind::Read);
                self.parsed.hazards.push(Hazard {
                    token: format!("{kind}("),
                    reason: "it runs another command and hands over its output as a file",
                    overwrites: false,
                    only_inner: reads,
                    inner: Some(shell.list.to_string()),
                });
                // The shell puts the name of a pipe in its place.
                read.argv.push("/dev/fd/63".into());
                reads
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
                        only_inner: false,
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
                    only_inner: false,
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
                let tame = ["/dev/null", "/dev/stdin", "/dev/zero", "/dev/urandom", "/dev/random"];
                if name.starts_with("/dev/") && !tame.contains(&name.as_str()) {
                    self.hazard(name, "opening a device can do something to it");
                }
                Quietness::No
            }
            IoFileRedirectKind::Write | IoFileRedirectKind::Append | IoFileRedirectKind::Clobber
                if matches!(name.as_str(), "/dev/null" | "/dev/stderr" | "/dev/stdout") =>
            {
                match fd {
                    Some(2) if name == "/dev/null" => Quietness::Quiet,
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
        self.parsed.hazards.push(Hazard { token: token.into(), reason, overwrites, only_inner: false, inner: None });
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
        if known && word.value.contains(['{', '$']) && braces(&pieces) {
            self.hazard(word.value.clone(), "braces are made into several words by the shell");
            return None;
        }
        known.then_some(text)
    }

    fn pieces(&mut self, pieces: &[WordPieceWithSource], out: &mut String, quoted: bool) -> bool {
        let mut known = true;
        for piece in pieces {
            match &piece.piece {
                WordPiece::Text(text) => {
                    if !quoted {
                        known &= self.unquoted(text, out);
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
                WordPiece::ParameterExpansion(expansion) => {
                    if let Some(value) = self.value(expansion) {
                        out.push_str(&value);
                        continue;
                    }
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
            only_inner: false,
            inner: Some(inner.to_owned()),
        });
    }

    /// The value of a variable that a loop over known words sets.
    fn value(&self, expansion: &ParameterExpr) -> Option<String> {
        let ParameterExpr::Parameter { parameter: Parameter::Named(name), indirect: false } = expansion else {
            return None;
        };
        self.bound.iter().rev().find(|(bound, _)| bound == name).map(|(_, value)| value.clone())
    }

    /// Unquoted text: patterns are made into file names. `before` is what stands before it in its word.
    fn unquoted(&mut self, text: &str, before: &str) -> bool {
        if text.starts_with("$[") {
            self.hazard("$[", "arithmetic can run commands hidden in it");
            return false;
        }
        // A pattern stays what it is for judging; running it needs the shell.
        // A bracket that does not close is no pattern: `[ -f x ]`.
        let pattern = |(at, c): &(usize, char)| {
            matches!(c, '*' | '?') || *c == '[' && text.get(*at..).is_some_and(|rest| rest.contains(']'))
        };
        if let Some((at, _)) = text.char_indices().find(pattern) {
            self.parsed.compound = true;
            let fixed = before.chars().chain(text.get(..at).unwrap_or_default().chars()).next();
            self.open = self.open.max(if fixed.is_some_and(|c| c != '-') { Open::Words } else { Open::Anything });
        }
        true
    }
}

/// Whether unquoted braces in a word make it several: `{a,b}` and `{1..3}` do, `{}` and `{.items}` do not.
fn braces(pieces: &[WordPieceWithSource]) -> bool {
    // What is quoted or computed stands as a letter, so that only bare braces, commas and dots count.
    let bare: String = pieces
        .iter()
        .map(|piece| match &piece.piece {
            WordPiece::Text(text) => text.clone(),
            _ => "q".into(),
        })
        .collect();
    let mut opened: Vec<usize> = Vec::new();
    let mut commas: Vec<bool> = Vec::new();
    for (at, c) in bare.char_indices() {
        match c {
            '{' => {
                opened.push(at);
                commas.push(false);
            }
            ',' => {
                if let Some(last) = commas.last_mut() {
                    *last = true;
                }
            }
            '}' => {
                let (Some(start), Some(comma)) = (opened.pop(), commas.pop()) else { continue };
                let inside = bare.get(start + 1..at).unwrap_or_default();
                let range = inside.split_once("..").is_some_and(|(from, to)| {
                    let end = |t: &str| t.parse::<i64>().is_ok() || t.chars().count() == 1 || t.contains("..");
                    end(from) && !to.is_empty()
                });
                if comma || range {
                    return true;
                }
            }
            _ => {}
        }
    }
    // A comma in braces that never close, or close elsewhere, is left alone by the shell; doubt is no harm here.
    commas.iter().any(|c| *c)
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

    #[test]
    fn what_the_parser_stumbles_over_is_refused() {
        for text in ["echo 99999999999999999999>x", "ls ~99999999999999999999", "echo ${x<<EOF\n}", "$(<<a\n)"] {
            let _ = read(text);
        }
        assert!(read("echo 99999999999999999999>x").is_err());
    }
}
