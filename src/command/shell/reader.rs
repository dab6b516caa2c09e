//! The grammar's tree walked into pipelines of plain commands, and hazards: lists, loops, conditions, redirects.
//! It never runs over a loop whose values are not known before.

use brush_parser::ParserOptions;
use brush_parser::ast::{
    AndOr, AndOrList, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem, CompoundCommand,
    CompoundList, IoFileRedirectKind, IoFileRedirectTarget, IoRedirect, Pipeline as AstPipeline,
    ProcessSubstitutionKind, SeparatorOperator, SimpleCommand,
};

use super::fed::{Fed, printed};
use super::{Hazard, Joint, Open, Parsed, Pipeline, Simple};

/// A loop's body is read once for each of its values, and loops in loops no more often than this.
const MOST_READINGS: usize = 64;

pub(super) struct Reader {
    pub(super) parsed: Parsed,
    pub(super) options: ParserOptions,
    /// Variables of loops over known words, with the value of this reading.
    pub(super) bound: Vec<(String, String)>,
    readings: usize,
    /// What the patterns of the command being read may become.
    pub(super) open: Open,
    /// The words of that command with patterns in them.
    pub(super) patterns: Vec<String>,
    /// What stands on the input of the list being read.
    fed: Fed,
}

impl Reader {
    pub(super) fn new(options: ParserOptions, fed: Fed) -> Reader {
        let parsed = Parsed::default();
        Reader { parsed, options, bound: Vec::new(), readings: 0, open: Open::Closed, patterns: Vec::new(), fed }
    }

    pub(super) fn hazard(&mut self, token: impl Into<String>, reason: &'static str) {
        self.parsed.hazards.push(Hazard {
            token: token.into(),
            reason,
            overwrites: false,
            only_inner: false,
            inner: None,
        });
    }

    pub(super) fn list(&mut self, list: &CompoundList) {
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
        let mut commands: Vec<Simple> = Vec::new();
        let outer = self.fed;
        let mut fed = outer;
        let timed = pipeline.timed.is_some();
        for command in &pipeline.seq {
            match command {
                Command::Simple(simple) => {
                    self.fed = fed;
                    fed = Fed::Anything;
                    if let Some(mut read) = self.simple(simple) {
                        fed = printed(&read, read.fed);
                        if timed && commands.is_empty() {
                            read.argv.insert(0, "time".into());
                        }
                        commands.push(read);
                    }
                }
                Command::Compound(compound, redirects) => {
                    self.parsed.compound = true;
                    let redirects = || redirects.iter().flat_map(|r| &r.0);
                    self.fed = redirects().filter_map(feeds).next_back().unwrap_or(fed);
                    self.compound(compound);
                    redirects().for_each(|r| {
                        self.redirect(r);
                    });
                    fed = Fed::Anything;
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
                    fed = Fed::Anything;
                }
            }
        }
        self.fed = outer;
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
                // What it is compared with is expanded too.
                for pattern in clause.cases.iter().flat_map(|c| &c.patterns) {
                    self.word(pattern);
                }
                clause.cases.iter().filter_map(|c| c.cmd.as_ref()).for_each(|list| self.list(list));
            }
            CompoundCommand::Arithmetic(_) | CompoundCommand::ArithmeticForClause(_) => {
                self.hazard("((", "arithmetic can run commands hidden in it");
            }
            CompoundCommand::Coprocess(_) => self.hazard("coproc", "it leaves a program running in the background"),
        }
    }

    fn simple(&mut self, simple: &SimpleCommand) -> Option<Simple> {
        let mut read = Simple { fed: self.fed, ..Simple::default() };
        let mut whole = true;
        self.open = Open::Closed;
        self.patterns.clear();
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
        read.patterns = std::mem::take(&mut self.patterns);
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
                read.fed = feeds(redirect).unwrap_or(read.fed);
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
}

/// What a redirect does to stderr, where it is harmless.
enum Quietness {
    No,
    Quiet,
    Merged,
    /// Both outputs are thrown away.
    Both,
}

/// What a redirect puts on a command's input; `None` where it leaves it as it is.
fn feeds(redirect: &IoRedirect) -> Option<Fed> {
    let nothing = |word: &str| if word == "/dev/null" { Fed::Nothing } else { Fed::Anything };
    match redirect {
        IoRedirect::HereDocument(..) | IoRedirect::HereString(..) => Some(Fed::Anything),
        IoRedirect::File(None | Some(0), IoFileRedirectKind::Read, target) => Some(match target {
            IoFileRedirectTarget::Filename(word) => nothing(&word.value),
            _ => Fed::Anything,
        }),
        IoRedirect::File(_, IoFileRedirectKind::DuplicateInput | IoFileRedirectKind::ReadAndWrite, _) => {
            Some(Fed::Anything)
        }
        _ => None,
    }
}

/// The command inside the first substitution of a text.
fn substitutions(text: &str) -> Option<String> {
    let start = text.find("$(")? + 2;
    let end = text.get(start..)?.find(')')? + start;
    text.get(start..end).map(str::to_owned)
}
