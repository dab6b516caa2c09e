//! Interpreters, compilers and build tools: what they run is not seen here.
//! It never follows a program in another language; only asking for a version or checking a text is let through.

use super::{Asked, Call, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::own("python3|python|python2|perl|node|ruby|php|lua|java|go|rustc|cargo|gcc|uv|deno|bun", interpreter)
        .must(&[
            "python3 --version",
            "python3 -m json.tool x.json",
            "python3 -m json.tool",
            "node -v",
            "java -version",
            "go version",
            "go env",
            "python3 -V",
            "perl -v",
        ])
        .must_not(&[
            "python3 -m json.tool in.json out.json",
            "python3 -c 'print(1)'",
            "perl -e 1",
            "python3 x.py",
            "go run .",
            "perl -pe 's/a/b/'",
            "node",
            "go env -w X=1",
        ]),
    Rule::changes(
        "make|cmake|ninja|rake|bundle|gradle|mvn|ant|rails|gitlab-rails|gitlab-rake|alembic|flask|\
        django-admin",
        "it runs a program of a project, which is not known here",
    )
    .must_not(&["make", "rake -T", "bundle exec x", "gitlab-rails console"]),
    Rule::changes("vi|vim|view|nano|emacs|ed|ex|pico|mcedit|joe", "it is an editor; it can write and run anything")
        .must_not(&["vi x", "vim -R x", "nano f", "view x"]),
];

fn interpreter(asked: &Asked<'_>) -> Call {
    let version = |a: &str| matches!(a, "--version" | "-V" | "-v" | "--help" | "-version");
    match asked.args {
        [one] if version(one) => Call::reads("it prints its version"),
        [one] if asked.name == "go" && matches!(one.as_str(), "version" | "env") => {
            Call::reads("it prints its version and settings")
        }
        [m, tool, rest @ ..] if asked.name.starts_with("python") && m == "-m" && tool == "json.tool" => {
            let words: Vec<&String> = rest
                .iter()
                .filter(|a| {
                    !matches!(a.as_str(), "--sort-keys" | "--no-ensure-ascii" | "--compact" | "--tab" | "--json-lines")
                })
                .collect();
            match words.as_slice() {
                [] => Call::reads("it only prints JSON"),
                [one] if !one.starts_with('-') => {
                    super::text::opened(&[one.as_str()]).unwrap_or_else(|| Call::reads("it only prints JSON"))
                }
                [.., out] => Call::destroys(out, "its second file is where it writes"),
            }
        }
        _ => Call::changes(asked.name, "it runs a program of its own, which is not known here"),
    }
}
