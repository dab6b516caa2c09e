//! Placeholders in command lines: found, typed, and filled with a checked value that stays one argument.
//! It never splices a value into shell text in a way that could change how the line is read.

use std::sync::LazyLock;

use regex::Regex;

use super::{Verdict, judge, shell};
use crate::text::pattern;

/// What a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceholderType {
    Container,
    Service,
    Pid,
    Port,
    Host,
    Url,
    Path,
    RedisKey,
    Int,
    Text,
}

/// One placeholder of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// As written, `<PID>`.
    pub text: String,
    /// Its bare name, `PID`.
    pub name: String,
    pub kind: PlaceholderType,
    /// What it stands for is not to be shown.
    pub secret: bool,
}

/// A value for a placeholder, with where it came from (`listening on port 8000`, `typed`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub text: String,
    pub source: String,
}

static FORMS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"<([A-Za-z/](?:[A-Za-z0-9_ ./|:,-]{0,60}[A-Za-z0-9_./)])?)>|\$\{([A-Z][A-Z0-9_]*|[a-z][a-z0-9_]+)\}|\b(YOUR[_-][A-Z0-9_-]+)\b|\b(your-[a-z0-9-]+(?:\.[a-z]+)*)|\$([A-Z][A-Z0-9_]+)\b|\{\{\s*\$labels\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}",
    )
});

/// Words in capitals that name a thing to be put there: `POOL_NAME/IMAGE_NAME`, `FS_PATH`.
static CAPITALS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"_{0,2}[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:NAMESPACE|NAME|UUID|ID|PATH|HOSTNAME|HOST|IP|PORT|ADDRESS|FILENAME|FILE|DIR|NUMBER)_{0,2}",
    )
});

/// Programs and options that take such a word as it is: the name of a variable, or what is searched for.
const LITERAL: &[&str] = &[
    "grep", "egrep", "fgrep", "zgrep", "rg", "printenv", "env", "export", "unset", "echo", "printf", "declare", "awk",
    "sed", "read", "set", "test", "[", "[[", "-e", "--env", "-E", "-v", "kill", "signal", "select", "SELECT",
];

/// Where a word in capitals stands for something: a word or a part of a path by itself, in no quotes, of no search.
fn capitals(line: &str) -> Vec<(usize, &str)> {
    let alone = |found: &regex::Match<'_>| {
        let before = line.get(..found.start()).unwrap_or("");
        let after = line.get(found.end()..).and_then(|r| r.chars().next());
        let apart = before.chars().next_back().is_none_or(|c| c.is_whitespace() || c == '/')
            && after.is_none_or(|c| c.is_whitespace() || matches!(c, '/' | ':' | ',' | ')'));
        let segment = before.rsplit(['|', ';', '&', '(', '\n']).next().unwrap_or(before);
        let quoted = ['"', '\''].iter().any(|q| before.matches(*q).count() % 2 == 1);
        // The first word of a command is its program.
        apart && !quoted && !segment.trim().is_empty() && segment.split_whitespace().all(|w| !LITERAL.contains(&w))
    };
    CAPITALS.find_iter(line).filter(alone).map(|m| (m.start(), m.as_str())).collect()
}

/// Variables that every shell has: they stand for themselves.
const OWN: &[&str] = &[
    "HOME",
    "PATH",
    "USER",
    "PWD",
    "OLDPWD",
    "SHELL",
    "HOSTNAME",
    "LANG",
    "TERM",
    "UID",
    "EUID",
    "RANDOM",
    "IFS",
    "SECONDS",
    "LINENO",
    "TMPDIR",
    "LOGNAME",
    "EDITOR",
    "DISPLAY",
    "SUDO_USER",
    "PIPESTATUS",
    "BASHPID",
    "REPLY",
    "BASH_VERSION",
    "OSTYPE",
    "COLUMNS",
    "LINES",
    "MAIL",
    "PS1",
];

/// The placeholders of a command line, in order, each name once. A variable that the line does not set is one.
pub fn find(line: &str) -> Vec<Placeholder> {
    let mut places: Vec<(usize, &str, &str)> = Vec::new();
    for captures in FORMS.captures_iter(line) {
        let (Some(whole), Some(name)) = (captures.get(0), captures.iter().skip(1).flatten().next()) else { continue };
        if !whole.as_str().starts_with('$') || is_open(line, whole.start(), name.as_str()) {
            places.push((whole.start(), whole.as_str(), name.as_str()));
        }
    }
    let formed = |at: usize| places.iter().any(|(start, whole, _)| (*start..start + whole.len()).contains(&at));
    let bare: Vec<(usize, &str, &str)> =
        capitals(line).into_iter().filter(|(at, _)| !formed(*at)).map(|(at, word)| (at, word, word)).collect();
    places.extend(bare);
    places.sort_by_key(|(at, ..)| *at);
    let mut found: Vec<Placeholder> = Vec::new();
    for (_, text, name) in places {
        if found.iter().all(|p| p.text != text) {
            found.push(Placeholder { text: text.into(), name: name.into(), kind: kind(name), secret: is_secret(name) });
        }
    }
    found
}

/// Whether what is called so is not to be shown.
pub fn is_secret(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["password", "passwd", "passphrase", "secret", "token", "api-key", "api_key"].iter().any(|w| lower.contains(w))
}

/// Whether a variable has to be filled from outside: no shell has it, the line does not set it, no quotes keep it as text.
fn is_open(line: &str, at: usize, name: &str) -> bool {
    let sets = |before: &str| {
        before.match_indices(name).any(|(i, _)| {
            let begins = before.get(..i).and_then(|b| b.chars().next_back()).is_none_or(|c| " \t\n;&|(\"".contains(c));
            let rest = before.get(i + name.len()..).unwrap_or("");
            let word = before.get(..i).unwrap_or("").split_whitespace().next_back();
            begins && (rest.starts_with('=') || matches!(word, Some("for" | "read" | "-r")))
        })
    };
    let before = line.get(..at).unwrap_or("");
    let mut quote: Option<char> = None;
    for c in before.chars() {
        match quote {
            Some(q) if q == c => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            _ => {}
        }
    }
    let escaped = before.ends_with('\\');
    !OWN.contains(&name) && quote != Some('\'') && !escaped && !sets(before)
}

/// What a line does once its placeholders are filled: it is judged with a plain value of its kind in each place.
/// Never a reason to run it; what is run is judged with the values it has.
pub fn judge_open(line: &str) -> Verdict {
    judge(&plain(line))
}

/// The line with a plain value of its kind in the place of each placeholder.
pub fn plain(line: &str) -> String {
    find(line).iter().fold(line.to_owned(), |filled, wanted| {
        let plain = match wanted.kind {
            PlaceholderType::Pid => "4321",
            PlaceholderType::Port => "8000",
            PlaceholderType::Int => "10",
            PlaceholderType::Url => "http://localhost/",
            PlaceholderType::Path => "/srv/name",
            _ => "name",
        };
        replaced(&filled, &wanted.text, plain)
    })
}

/// `line` with `value` in the place of every `wanted`; `$NAME` is not found in `$NAMESPACE`, nor `A_NAME` in `BA_NAME`.
fn replaced(line: &str, wanted: &str, value: &str) -> String {
    let bare = wanted.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    if !bare && !wanted.starts_with('$') || wanted.ends_with('}') {
        return line.replace(wanted, value);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(wanted) {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let after = after.get(wanted.len()..).unwrap_or("");
        out.push_str(before);
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || bare && c == '$';
        let longer = after.starts_with(word) || bare && out.ends_with(word);
        out.push_str(if longer { wanted } else { value });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn kind(name: &str) -> PlaceholderType {
    let lower = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    // The last word says what it is, the ones before whose: a container's user is no container.
    let (whose, last) = lower.rsplit_once(['-', '_', ' ']).unwrap_or(("", &lower));
    match last {
        "user" | "uid" | "gid" | "group" | "owner" | "image" | "tag" | "version" | "network" | "volume"
        | "password"
            if !whose.is_empty() =>
        {
            return PlaceholderType::Text;
        }
        "port" => return PlaceholderType::Port,
        "path" | "file" | "dir" | "folder" => return PlaceholderType::Path,
        _ => {}
    }
    match () {
        () if lower == "pid" || has(&["process id", "process_id"]) => PlaceholderType::Pid,
        () if has(&["container"]) => PlaceholderType::Container,
        () if has(&["service", "svc"]) => PlaceholderType::Service,
        () if has(&["port"]) => PlaceholderType::Port,
        () if has(&["url"]) => PlaceholderType::Url,
        () if has(&["host", "domain", "server", "address"]) || lower == "ip" => PlaceholderType::Host,
        () if has(&["path", "file", "dir", "folder"]) => PlaceholderType::Path,
        () if has(&["key", "queue"]) => PlaceholderType::RedisKey,
        () if has(&["count", "number", "seconds"]) || lower == "n" => PlaceholderType::Int,
        () => PlaceholderType::Text,
    }
}

/// The longest value that is taken.
const LONGEST: usize = 256;

/// `line` with every placeholder named in `values` filled; each value stays one argument.
///
/// # Errors
/// One sentence saying which value was refused and why.
pub fn fill(line: &str, values: &[(String, Value)]) -> Result<String, String> {
    let mut filled = line.to_owned();
    for wanted in find(line) {
        let Some((_, value)) = values.iter().find(|(name, _)| *name == wanted.name) else { continue };
        let refuse = |why: &str| format!("the value for `{}` was refused: {why}", wanted.text);
        check(wanted.kind, &value.text).map_err(&refuse)?;
        // The same line with a plain word in its place shows how the value must come out: as that word, and nothing else.
        // Placeholders that are still open would be read as redirects, so they are plain words meanwhile.
        const MARK: &str = "unstuckvalue";
        let expected = shell::read(&plain(&replaced(&filled, &wanted.text, MARK)))
            .map_err(|_| refuse("the line cannot be read with a value in it"))?;
        let candidate = replaced(&filled, &wanted.text, &value.text);
        let got = shell::read(&plain(&candidate)).map_err(|_| refuse("it would change how the line is read"))?;
        let put = |word: &String| word.replace(MARK, &value.text);
        let same = got.hazards.len() == expected.hazards.len()
            && got.pipelines.len() == expected.pipelines.len()
            && got.pipelines.iter().zip(&expected.pipelines).all(|(a, b)| {
                a.commands.len() == b.commands.len()
                    && a.commands
                        .iter()
                        .zip(&b.commands)
                        .all(|(a, b)| a.argv == b.argv.iter().map(put).collect::<Vec<_>>())
            });
        if !same {
            return Err(refuse("it would not stay one argument"));
        }
        filled = candidate;
    }
    Ok(filled)
}

/// `text`, which no shell reads, with every placeholder named in `values` filled.
///
/// # Errors
/// One sentence saying which value was refused and why.
pub fn put(text: &str, values: &[(String, Value)]) -> Result<String, String> {
    let mut filled = text.to_owned();
    for wanted in find(text) {
        let Some((_, value)) = values.iter().find(|(name, _)| *name == wanted.name) else { continue };
        check(wanted.kind, &value.text).map_err(|why| format!("the value for `{}` was refused: {why}", wanted.text))?;
        filled = replaced(&filled, &wanted.text, &value.text);
    }
    Ok(filled)
}

fn check(kind: PlaceholderType, value: &str) -> Result<(), &'static str> {
    let all = |extra: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c));
    if value.is_empty() || value.len() > LONGEST {
        return Err("it is empty or too long");
    }
    if value.starts_with('-') {
        return Err("it would be read as an option");
    }
    let number = value.parse::<u64>().ok().filter(|_| value.chars().all(|c| c.is_ascii_digit()));
    let fits = match kind {
        PlaceholderType::Pid => number.is_some_and(|n| n > 1 && n < 1 << 22),
        PlaceholderType::Port => number.is_some_and(|n| (1..=65_535).contains(&n)),
        PlaceholderType::Int => number.is_some(),
        PlaceholderType::Container | PlaceholderType::Service => all("_.-"),
        PlaceholderType::Host => all(".:-_"),
        PlaceholderType::RedisKey => all(":._-"),
        PlaceholderType::Path => all("/._-@:+"),
        PlaceholderType::Url => all(":/._-@%=+,"),
        PlaceholderType::Text => all("_.:/@%+,-"),
    };
    if fits { Ok(()) } else { Err("it holds something that does not belong there") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value { text: text.into(), source: "typed".into() }
    }

    #[test]
    fn placeholders_are_found_and_typed() {
        let found = find("sudo kill <PID> ${HOST} your-domain.com");
        let kinds: Vec<_> = found.iter().map(|p| (p.name.as_str(), p.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("PID", PlaceholderType::Pid),
                ("HOST", PlaceholderType::Host),
                ("your-domain.com", PlaceholderType::Host)
            ]
        );
        let names = |line: &str| find(line).into_iter().map(|p| p.name).collect::<Vec<_>>();
        assert_eq!(names("set-state </path/to/it> <ready|maint>"), ["/path/to/it", "ready|maint"]);
        assert!(names("sort <in >out").is_empty() && names("sort <in|uniq >out").is_empty());
        assert!(find("docker inspect -f '{{.State.OOMKilled}}' x").is_empty());
        assert_eq!(names("kubectl -n {{ $labels.namespace }} get pod {{$labels.pod}}"), ["namespace", "pod"]);
        let line = "kubectl -n {{ $labels.namespace }} get pod {{$labels.pod}}";
        let filled = fill(line, &[("namespace".into(), value("a")), ("pod".into(), value("b-0"))]).unwrap();
        assert_eq!(filled, "kubectl -n a get pod b-0");
        assert!(fill(line, &[("pod".into(), value("b;c"))]).is_err());
    }

    #[test]
    fn a_variable_that_nothing_sets_is_a_placeholder() {
        let names = |line: &str| find(line).into_iter().map(|p| p.name).collect::<Vec<_>>();
        assert_eq!(names("kubectl -n $NAMESPACE get pod \"$NAME\""), ["NAMESPACE", "NAME"]);
        assert_eq!(names("oc describe po ${pod}"), ["pod"]);
        assert!(names("for pod in a b; do oc describe po ${pod}; done").is_empty());
        for line in [
            "ls $HOME",
            "NS=x; kubectl -n $NS get pods",
            "awk '{print $NF}'",
            "echo \\$COST",
            "for F in a b; do ls $F; done",
        ] {
            assert_eq!(names(line), Vec::<String>::new(), "{line}");
        }
        let line = "kubectl -n $NAMESPACE get pod $NAME";
        let filled = fill(line, &[("NAME".into(), value("api-0"))]).unwrap();
        assert_eq!(filled, "kubectl -n $NAMESPACE get pod api-0");
        assert_eq!(fill(&filled, &[("NAMESPACE".into(), value("prod"))]).unwrap(), "kubectl -n prod get pod api-0");
        assert!(fill(line, &[("NAME".into(), value("a;b"))]).is_err());
    }

    #[test]
    fn a_name_in_capitals_is_a_placeholder_where_it_is_no_variable() {
        let names = |line: &str| find(line).into_iter().map(|p| p.name).collect::<Vec<_>>();
        assert_eq!(names("rbd mirror image status POOL_NAME/IMAGE_NAME"), ["POOL_NAME", "IMAGE_NAME"]);
        assert_eq!(names("kubectl -n $NS logs POD_NAME"), ["NS", "POD_NAME"]);
        assert_eq!(names("zcat x | find FS_PATH -xdev"), ["FS_PATH"]);
        for line in [
            "docker compose exec web printenv DB_HOST",
            "grep DB_HOST .env",
            "cat .env | grep -E DB_HOST",
            "DB_HOST=x ./run",
            "docker run -e DB_HOST web",
            "psql -c 'select USER_ID from x'",
            "echo A_NAME",
            "POD_NAME",
            "ls /srv/A_NAMED_THING",
            "curl http://x/y?A_ID=1",
        ] {
            assert!(names(line).is_empty(), "{line}: {:?}", names(line));
        }
        let filled = fill("rbd status POOL_NAME/A_POOL_NAME", &[("POOL_NAME".into(), value("a"))]).unwrap();
        assert_eq!(filled, "rbd status a/A_POOL_NAME");
        assert!(fill("rbd status POOL_NAME", &[("POOL_NAME".into(), value("a b"))]).is_err());
    }

    #[test]
    fn an_open_line_is_judged_as_if_it_were_filled() {
        use crate::command::Effect;
        assert_eq!(judge_open("cat /proc/<PID>/limits").effect, Effect::Reads);
        assert_eq!(judge_open("systemctl status <service> --no-pager").effect, Effect::Reads);
        assert_eq!(judge_open("sudo systemctl restart <service>").effect, Effect::Changes);
        assert_eq!(judge_open("dmesg > <file>").effect, Effect::Destroys);
        assert_eq!(judge_open("docker ps").effect, Effect::Reads);
    }

    #[test]
    fn several_placeholders_are_filled_one_after_the_other() {
        let line = "docker network connect <network> <container>";
        let values = [("network".to_owned(), value("app")), ("container".to_owned(), value("web-1"))];
        assert_eq!(fill(line, &values[..1]).unwrap(), "docker network connect app <container>");
        assert_eq!(fill(line, &values).unwrap(), "docker network connect app web-1");
        let origins = "[\"http://localhost:3000\", \"https://your-domain.com\"]";
        let host = [("your-domain.com".to_owned(), value("cam.example.org"))];
        assert_eq!(put(origins, &host).unwrap(), "[\"http://localhost:3000\", \"https://cam.example.org\"]");
        assert!(put(origins, &[("your-domain.com".to_owned(), value("x\", \"*"))]).is_err());
    }

    #[test]
    fn a_value_stays_one_argument_or_is_refused() {
        let fill_one = |line: &str, name: &str, text: &str| fill(line, &[(name.into(), value(text))]);
        assert_eq!(fill_one("sudo kill <PID>", "PID", "4312").unwrap(), "sudo kill 4312");
        let long = "9".repeat(1_000_000);
        for bad in ["1", "0", "-9", "$(id)", "12; rm x", "12\nrm x", "١٢", "12 13", "'", "", &long] {
            assert!(fill_one("sudo kill <PID>", "PID", bad).is_err(), "{bad:.20}");
        }
        for bad in ["-x", "$(id)", "a\nb", "a;b", "a'b", "a\"b", "a b", "а", "`id`", "a|b", "a>b"] {
            for line in [
                "docker logs <container>",
                "docker logs '<container>'",
                "docker logs \"<container>\"",
                "sh -c 'docker logs <container>'",
            ] {
                assert!(fill_one(line, "container", bad).is_err(), "{line} {bad}");
            }
        }
    }
}

#[test]
fn the_last_word_of_a_name_says_what_it_is() {
    for (name, is) in [
        ("container-user", PlaceholderType::Text),
        ("service_port", PlaceholderType::Port),
        ("container-path", PlaceholderType::Path),
        ("container_name", PlaceholderType::Container),
        ("CONTAINER", PlaceholderType::Container),
        ("host", PlaceholderType::Host),
    ] {
        assert_eq!(kind(name), is, "{name}");
    }
}
