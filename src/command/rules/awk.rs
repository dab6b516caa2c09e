//! `awk`: programs that only compute and print to the screen are let through.
//! It never lets through one that runs a command, writes a file, or comes from a file.

use super::{Asked, Call, Rule, SECRETS, options};

pub(super) const RULES: &[Rule] = &[Rule::own("awk|gawk|mawk|nawk", awk)
    .takes_words()
    .must(&[
        "awk '{print $1}' f",
        "awk -F: '$3 > 100 {print $1}' f",
        "awk 'NR==1 || /x/ {s+=$2} END {print s}' f",
        "awk '/a|b/ {print}' f",
        "awk '{printf \"%s > %s\\n\", $1, $2}' f",
        "awk -v n=5 'NR>n' f",
        "awk '$1 ~ /system/ {print \"a | b\"}'",
        "awk -F'|' '{print $2}'",
        "awk '{s += $1 / 1024} END {printf \"%.1f MB\\n\", s}' f",
        "awk '{print $1,\n$2}' f",
        "awk '{ if ($2 > 5) print $1 }' f",
    ])
    .must_not(&[
        "awk 'BEGIN{system(\"id\")}'",
        "awk '{print > \"f\"}' g",
        "awk -f x.awk f",
        "awk '{print | \"sh\"}' f",
        "awk '{\"id\" | getline x}' f",
        "awk -i inplace '{}' f",
        "awk '{print >> \"f\"}' g",
        "awk '{printf \"x\" > \"f\"}' g",
        "awk '@load \"x\"; {}'",
        "awk '{print $1 / 2 > \"f\" / 1}' g",
        "awk 'BEGIN{f=\"system\"; @f(\"id\")}'",
        "awk -e '{print > \"x\"}' f",
        "awk '{print $1,\n$2 > \"f\"}' g",
        "awk '{print \"x\" \\\n > \"f\"}' g",
        "awk '{print /x;/ > \"f\"}' g",
        "awk -v f=out '{print /(/ > f}' g",
        "awk -v c=id '{print /#/; system(c)}' g",
        "awk a* f",
        "awk 1 /dev/watchdog",
        "awk --exec=x f",
        "awk -o f '{print}'",
        "awk '{print |& \"x\"}'",
        "awk",
    ])];

fn awk(asked: &Asked<'_>) -> Call {
    let given = options::read(asked.args, &["+ -F:v: field-separator= assign= posix traditional re-interval sandbox"]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "its program may come from a file that is not seen here, or it may write one");
    }
    let Some((program, files)) = given.words.split_first() else {
        return Call::changes("awk", "there is no program");
    };
    if asked.patterns.iter().any(|p| p == program) {
        return Call::changes(program, "the shell makes a file's name into its program");
    }
    if let Some(call) = super::text::opened(files) {
        return call;
    }
    if given.any(&["sandbox"]).is_some() {
        return Call::reads("it only prints parts of lines");
    }
    // In a text between quotes a word is harmless, so only what is left without texts counts.
    let (bare, certain) = without_texts(program);
    if let Some(word) = ["system", "getline", "close", "fflush", "@"].into_iter().find(|word| bare.contains(word)) {
        return Call::changes(word, "an awk program can run commands or load code");
    }
    let single = |mark: char| {
        let double: String = [mark, mark].iter().collect();
        bare.replace(&double, "").contains(mark)
    };
    if single('|') {
        return Call::changes("|", "an awk program can run commands");
    }
    let printed = |text: &str| text.find("print").map(|at| text.get(at..).unwrap_or_default().to_owned());
    let writes = if certain {
        let mut statements =
            joined(&bare).split([';', '}', '{', '\n']).map(str::to_owned).collect::<Vec<_>>().into_iter();
        statements.any(|s| printed(&s).is_some_and(|printed| outside_brackets(&printed).contains('>')))
    } else {
        printed(&bare).is_some_and(|printed| printed.contains('>'))
    };
    if writes {
        return Call::destroys(">", "an awk program can write files");
    }
    let call = Call::reads("it only prints parts of lines");
    if bare.contains("ENVIRON") { call.flagged(SECRETS) } else { call }
}

/// A program whose statements each stand on one line: they go on behind a backslash, a comma and an operator.
fn joined(program: &str) -> String {
    let mut out = String::new();
    for line in program.replace("\\\n", " ").lines() {
        out.push_str(line);
        out.push(if line.trim_end().ends_with([',', '|', '&', '?', ':']) { ' ' } else { '\n' });
    }
    out
}

/// What of a `print` stands in no brackets: there a `>` is a comparison.
fn outside_brackets(statement: &str) -> String {
    let mut depth = 0usize;
    statement
        .chars()
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        })
        .collect()
}

/// A program without its texts in quotes, its patterns between slashes and its comments; all of it, and no certainty,
/// where a slash or a quote could be read in two ways.
fn without_texts(program: &str) -> (String, bool) {
    let mut out = String::new();
    let mut inside: Option<char> = None;
    let (mut escaped, mut bracket, mut doubtful) = (false, false, false);
    let mut slashes = 0;
    let mut last = ' ';
    for c in program.chars() {
        match inside {
            Some('#') if c == '\n' => inside = None,
            Some('#') => {}
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some('/') if bracket && c == '/' => doubtful = true,
            Some(mark) if c == mark => {
                inside = None;
                out.push(' ');
            }
            Some('/') => bracket = c == '[' || bracket && c != ']',
            Some(_) => doubtful |= c == '\n',
            None if c == '"' || c == '#' => inside = Some(c),
            None if c == '/' && matches!(last, '~' | '(' | ',' | '!' | '{' | ';' | '&' | '|' | ' ' | '\n' | '}') => {
                inside = Some('/');
                bracket = false;
            }
            None => {
                // One slash alone divides; two could be a pattern, and what stands in one is no program.
                slashes += usize::from(c == '/');
                doubtful |= c == '/' && (slashes > 1 || program.contains(['"', '#']));
                out.push(c);
            }
        }
        if !c.is_whitespace() {
            last = c;
        }
    }
    if doubtful || matches!(inside, Some('"' | '/')) { (program.to_owned(), false) } else { (out, true) }
}
