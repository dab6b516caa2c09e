//! Programs that print and filter text.
//! It never lets through one that can write to a file it is given, or run a program.

use super::{Asked, Call, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        names: &[
            "cat",
            "head",
            "wc",
            "cut",
            "tr",
            "column",
            "tac",
            "rev",
            "nl",
            "fold",
            "expand",
            "paste",
            "join",
            "comm",
            "cmp",
            "diff",
            "strings",
            "md5sum",
            "sha1sum",
            "sha256sum",
            "cksum",
            "base64",
            "od",
            "hexdump",
            "basename",
            "dirname",
            "seq",
            "yes",
            "fmt",
            "zcat",
            "zgrep",
            "zless",
            "bzcat",
            "xzcat",
            "jq",
            "iconv",
            "numfmt",
            "cal",
            "uname",
            "whoami",
            "id",
            "groups",
            "tty",
            "nproc",
            "arch",
            "logname",
        ],
        judge: plain,
        reads: &[
            "cat /proc/sys/fs/inotify/max_user_watches",
            "jq .file_watcher",
            "head -n 5 x",
            "wc -l x",
            "base64 -d x",
        ],
        not: &["cat /dev/watchdog", "jq --from-file x", "diff --output=x a b"],
    },
    Rule {
        names: &["grep", "egrep", "fgrep", "rg"],
        judge: grep,
        reads: &["grep 'rm -rf' deploy.sh", "grep -rniE 'a|b' /var/log", "rg -n error x"],
        not: &["rg --pre ./x foo", "rg --hostname-bin=x foo"],
    },
    Rule { names: &["tail"], judge: tail, reads: &["tail -n 50 x", "tail -f x", "tail -F /tmp/a /tmp/b"], not: &[] },
    Rule { names: &["less", "more"], judge: pager, reads: &["more x"], not: &["less x", "less +F x"] },
    Rule {
        names: &["sort"],
        judge: sort,
        reads: &["sort -rn -k2 f", "sort -u f", "sort -t, -k1,1 f"],
        not: &[
            "sort -uo f f",
            "sort --o=f g",
            "sort --compress-program=./x big",
            "sort --files0-from=x",
            "sort -T /x f",
        ],
    },
    Rule { names: &["uniq"], judge: uniq, reads: &["uniq -c", "uniq -c f"], not: &["uniq a.txt b.txt"] },
    Rule {
        names: &["sed"],
        judge: sed,
        reads: &["sed -n 1,20p f", "sed 's/a/b/g' f", "sed -n '/x/p' f", "sed -e 's/x/y/' -e 10q f", "sed '/^$/d' f"],
        not: &[
            "sed -n 'w out' f",
            "sed 's/.*/&/e' f",
            "sed '1e id' f",
            "sed -n 1p --file=x.sed",
            "sed -n -i.bak p f",
            "sed -i s/a/b/ f",
            "sed 's/a/b/w x' f",
            "sed -nf x f",
        ],
    },
    Rule {
        names: &["awk", "gawk", "mawk", "nawk"],
        judge: awk,
        reads: &["awk '{print $1}' f", "awk -F: '$3 > 100 {print $1}' f", "awk 'NR==1 || /x/ {s+=$2} END {print s}' f"],
        not: &[
            "awk 'BEGIN{system(\"id\")}'",
            "awk '{print > \"f\"}' g",
            "awk -f x.awk f",
            "awk '{print | \"sh\"}' f",
            "awk '{\"id\" | getline x}' f",
            "awk -i inplace '{}' f",
        ],
    },
    Rule { names: &["xxd"], judge: one_word, reads: &["xxd f", "xxd -l 16 f"], not: &["xxd in out", "xxd -r in out"] },
    Rule {
        names: &["tee"],
        judge: tee,
        reads: &["ls | tee /dev/null"],
        not: &["echo 1 | tee /proc/sys/x", "tee -a f"],
    },
    Rule {
        names: &["python3", "python", "perl", "node", "ruby", "php"],
        judge: interpreter,
        reads: &["python3 --version", "python3 -m json.tool x.json", "python3 -m json.tool", "node -v"],
        not: &["python3 -m json.tool in.json out.json", "python3 -c 'print(1)'", "perl -e 1", "python3 x.py"],
    },
];

fn plain(asked: &Asked<'_>) -> Call {
    if let Some(device) = asked
        .args
        .iter()
        .find(|a| a.starts_with("/dev/") && !matches!(a.as_str(), "/dev/null" | "/dev/stdin" | "/dev/zero"))
    {
        return Call::changes(device, "opening a device can do something to it");
    }
    let bad = match asked.name {
        "jq" => asked.args.iter().find(|a| a.starts_with("--from") || a.starts_with("-f")),
        "diff" => asked.args.iter().find(|a| a.starts_with("--output")),
        "iconv" => asked.args.iter().find(|a| a.starts_with("-o") || a.starts_with("--o")),
        "xxd" => None,
        _ => None,
    };
    if let Some(option) = bad {
        return Call::changes(option, "this option reads a program from a file or writes one");
    }
    let call = Call::reads("it only prints");
    let secret =
        |a: &String| ["/run/secrets/", "/etc/shadow", ".env", "id_rsa", ".pem", ".key"].iter().any(|s| a.contains(s));
    let call = if asked.name == "cat" && asked.args.iter().any(secret) { call.secrets() } else { call };
    if asked.name == "yes" { call.endless() } else { call }
}

fn grep(asked: &Asked<'_>) -> Call {
    let options = asked.options("efABCmg");
    match options.any(&["pre", "pre-glob", "hostname-bin"]).filter(|_| asked.name == "rg") {
        Some(option) => Call::changes(&option, "it runs a program on every file"),
        None => Call::reads("it only searches text"),
    }
}

fn tail(asked: &Asked<'_>) -> Call {
    let options = asked.options("ncs lines bytes pid sleep-interval");
    let call = Call::reads("it only prints the end of a file");
    if options.any(&["f", "F", "follow", "retry"]).is_some() { call.endless() } else { call }
}

fn pager(asked: &Asked<'_>) -> Call {
    if asked.name == "more" {
        Call::reads("it only prints")
    } else {
        Call::changes("less", "a pager can run commands and reads its own settings")
    }
}

fn sort(asked: &Asked<'_>) -> Call {
    let options = asked.options("kStoT key field-separator output temporary-directory compress-program files0-from random-source batch-size parallel buffer-size");
    if let Some(option) = options.any(&["o", "output"]) {
        return Call::destroys(&option, "it writes its result over a file");
    }
    if let Some(option) = options.any(&["compress-program", "files0-from", "T", "temporary-directory", "random-source"])
    {
        return Call::changes(&option, "this option runs a program or names other files");
    }
    Call::reads("it only sorts")
}

fn uniq(asked: &Asked<'_>) -> Call {
    let options = asked.options("fsw");
    match options.words.get(1) {
        Some(out) => Call::destroys(out, "its second file is where it writes"),
        None => Call::reads("it only folds lines that repeat"),
    }
}

fn one_word(asked: &Asked<'_>) -> Call {
    let options = asked.options("lsocgRn");
    match (options.any(&["r", "revert"]), options.words.get(1)) {
        (_, Some(out)) => Call::destroys(out, "its second file is where it writes"),
        (Some(option), None) => Call::changes(&option, "it writes what it reads back into bytes"),
        (None, None) => Call::reads("it only prints"),
    }
}

/// Only scripts of addresses, `p`, `d`, `q`, `=`, and `s///` without `e` and `w` are let through.
fn sed(asked: &Asked<'_>) -> Call {
    let options = asked.options("efl expression file line-length");
    if let Some(option) = options.any(&["i", "in-place", "c", "copy"]) {
        return Call::destroys(&option, "it writes the file in place");
    }
    if let Some(option) = options.any(&["f", "file"]) {
        return Call::changes(&option, "its script comes from a file that is not seen here");
    }
    if let Some(option) = options.stranger(&[
        "n",
        "quiet",
        "silent",
        "e",
        "expression",
        "E",
        "r",
        "regexp-extended",
        "s",
        "separate",
        "u",
        "unbuffered",
        "z",
        "null-data",
        "l",
        "posix",
        "sandbox",
        "debug",
    ]) {
        return Call::changes(&option, "this option is not known to be harmless");
    }
    let mut scripts: Vec<String> = options
        .given
        .iter()
        .filter(|(n, _)| matches!(n.as_str(), "e" | "expression"))
        .filter_map(|(_, v)| v.clone())
        .collect();
    if scripts.is_empty() {
        scripts.extend(options.words.first().cloned());
    }
    match scripts.iter().find(|s| !harmless_sed(s)) {
        Some(script) => Call::changes(script, "a sed script can write files (`w`) or run commands (`e`)"),
        None if scripts.is_empty() => Call::changes("sed", "there is no script"),
        None => Call::reads("it only prints changed text"),
    }
}

fn harmless_sed(script: &str) -> bool {
    script.split([';', '\n']).all(|command| {
        let command = command.trim();
        let rest = strip_address(command);
        match rest.chars().next() {
            None => true,
            Some('p' | 'd' | 'q' | 'Q' | '=' | 'l' | 'n' | 'D' | 'P') => {
                rest.chars().skip(1).all(|c| c.is_ascii_digit() || c == ' ')
            }
            Some('s' | 'y') => {
                let mut chars = rest.chars();
                let kind = chars.next();
                let Some(mark) = chars.next().filter(|m| !m.is_alphanumeric()) else { return false };
                let body: String = chars.collect();
                let mut parts = Vec::new();
                let mut current = String::new();
                let mut escaped = false;
                for c in body.chars() {
                    if escaped {
                        current.push(c);
                        escaped = false;
                    } else if c == '\\' {
                        escaped = true;
                    } else if c == mark {
                        parts.push(std::mem::take(&mut current));
                    } else {
                        current.push(c);
                    }
                }
                parts.len() == 2
                    && (kind == Some('y') && current.is_empty()
                        || current.chars().all(|c| c.is_ascii_digit() || "gpIiM".contains(c)))
            }
            Some(_) => false,
        }
    })
}

/// A sed command without its address: line numbers, `$`, and patterns between slashes.
fn strip_address(command: &str) -> &str {
    let mut rest = command;
    loop {
        rest = rest.trim_start_matches([' ', ',', '!', '~', '+']);
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '$');
        if digits.len() != rest.len() {
            rest = digits;
            continue;
        }
        let Some(pattern) = rest.strip_prefix('/') else { return rest };
        let mut escaped = false;
        let end = pattern.char_indices().find(|(_, c)| {
            let close = *c == '/' && !escaped;
            escaped = *c == '\\' && !escaped;
            close
        });
        match end.and_then(|(at, _)| pattern.get(at + 1..)) {
            Some(after) => rest = after.trim_start_matches('I'),
            None => return "?",
        }
    }
}

fn awk(asked: &Asked<'_>) -> Call {
    let options = asked.options("Fvfi field-separator assign file include load exec");
    if let Some(option) = options.stranger(&["F", "v", "field-separator", "assign", "posix", "W"]) {
        return Call::changes(&option, "its program may come from a file that is not seen here");
    }
    let Some(program) = options.words.first() else { return Call::changes("awk", "there is no program") };
    // Strings and patterns are taken out first, so that a `>` between numbers is a comparison.
    let bare = without_literals(program);
    for word in ["system", "getline", "close", "fflush", "@load", "@include", "ENVIRON"] {
        if bare.contains(word) {
            return Call::changes(word, "an awk program can run commands");
        }
    }
    if bare.contains('|') && !bare.replace("||", "").is_empty() && bare.replace("||", "").contains('|') {
        return Call::changes("|", "an awk program can run commands");
    }
    let prints = bare
        .split([';', '}', '\n'])
        .any(|s| s.find("print").is_some_and(|at| s.get(at..).is_some_and(|tail| tail.contains('>'))));
    if prints {
        Call::destroys(">", "an awk program can write files")
    } else {
        Call::reads("it only prints parts of lines")
    }
}

fn without_literals(program: &str) -> String {
    let mut out = String::new();
    let mut inside: Option<char> = None;
    let mut escaped = false;
    let mut last = ' ';
    for c in program.chars() {
        match inside {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(mark) if c == mark => inside = None,
            Some(_) => {}
            None if c == '"' => inside = Some('"'),
            None if c == '/' && !last.is_alphanumeric() && last != ')' && last != '$' => inside = Some('/'),
            None => out.push(c),
        }
        if !c.is_whitespace() {
            last = c;
        }
    }
    out
}

fn tee(asked: &Asked<'_>) -> Call {
    let options = asked.options("");
    let files: Vec<&String> = options.words.iter().filter(|w| *w != "/dev/null" && *w != "/dev/stderr").collect();
    match files.first() {
        None => Call::reads("it only passes text on"),
        Some(file) if options.any(&["a", "append"]).is_some() => Call::changes(file, "it adds to a file"),
        Some(file) if file.starts_with("/proc/") || file.starts_with("/sys/") => {
            Call::changes(file, "it sets a value of the kernel")
        }
        Some(file) => Call::destroys(file, "it overwrites a file").evidence(),
    }
}

fn interpreter(asked: &Asked<'_>) -> Call {
    match asked.args {
        [one] if matches!(one.as_str(), "--version" | "-V" | "-v" | "--help") => Call::reads("it prints its version"),
        [m, tool, rest @ ..] if asked.name.starts_with("python") && m == "-m" && tool == "json.tool" => match rest {
            [] => Call::reads("it only prints JSON"),
            [one] if !one.starts_with('-') => Call::reads("it only prints JSON"),
            [.., out] => Call::destroys(out, "its second file is where it writes"),
        },
        _ => Call::changes(asked.name, "it runs a program of its own, which is not known here"),
    }
}
