//! `git`: what only reads the history is let through, what runs a repository's own settings is not.
//! It never trusts `status` and `diff`: both run the filters a repository names, whatever settings they are given.

use super::{Asked, Call, Rule, options};

/// Options of the history that neither write, page, nor run a helper.
const HISTORY: &str = "-n:q#S:G:iEFPz oneline graph decorate=? all branches=? remotes=? tags=? since= until= after= before= author= committer= grep= format= pretty=? abbrev-commit abbrev=? max-count= no-merges merges first-parent reverse follow name-only name-status date= count left-right cherry no-color color=? stat=? shortstat numstat no-pager no-patch topo-order skip= source no-textconv no-ext-diff summary invert-grep";

pub(super) const RULES: &[Rule] = &[Rule::own("git", git)
    .must(&[
        "git --version",
        "git log --oneline -5",
        "git rev-parse HEAD",
        "git branch -a",
        "git remote -v",
        "git stash list",
        "git -C /x log -1 --format=%H",
        "git config --get user.name",
        "git -c core.fsmonitor=false ls-files",
        "git log -Sfoo --no-textconv",
        "git tag -l",
        "git describe --tags",
        "git rev-list --count HEAD",
    ])
    .must_not(&[
        "git status",
        "git log --output=f",
        "git -c alias.x='!id' x",
        "git stash",
        "git diff",
        "git pull",
        "git grep -O'id #' foo",
        "git ls-remote --upload-pack='id #' /path",
        "git branch x",
        "git branch -D x",
        "git remote add a b",
        "git config user.name x",
        "git tag v1",
        "git fetch",
        "git log -p",
        "git show",
        "git reset --hard",
        "git clean -fd",
        "git --exec-path=/x log",
        "git -c core.pager=x log",
        "git log --ext-diff",
        "git config --global --unset x",
        "git stash drop",
        "git gc",
        "git",
        "git reflog expire --all",
        "git branch --edit-description",
        "git -p log",
        "git --git-dir=/x log",
        "git describe --dirty",
        "git ls-files",
        "git --no-optional-locks -c core.fsmonitor=false status",
        "git log -Gfoo",
        "git log --format=%G?",
    ])];

/// Verbs that read, the options they may have, and whether further words leave them reading.
const VERBS: &[(&str, &str, bool)] = &[
    ("log", HISTORY, true),
    ("shortlog", "-sneg: summary numbered email since= until= all", true),
    (
        "rev-parse",
        "-q: short=? abbrev-ref=? verify show-toplevel git-dir is-inside-work-tree show-current symbolic-full-name all branches tags",
        true,
    ),
    ("rev-list", "-n: count all max-count= since= until= no-merges left-right objects first-parent", true),
    ("ls-files", "-comstdkz others cached modified stage deleted exclude-standard full-name", true),
    ("ls-tree", "-rtdlz name-only full-tree long", true),
    ("cat-file", "-tspe", true),
    ("for-each-ref", "count= sort= format= contains= merged=? no-merged=?", true),
    ("show-ref", "-dq tags heads head verify", true),
    ("merge-base", "-a all is-ancestor octopus", true),
    ("name-rev", "tags name-only all", true),
    ("describe", "tags always all long abbrev= exact-match match= contains", true),
    ("count-objects", "-vH", true),
    ("var", "", true),
    ("branch", "-avrl all remotes list show-current contains=? merged=? no-merged=? sort= format= no-color", false),
    ("tag", "-ln? list sort= contains=? points-at= merged=? format=", false),
    ("remote", "-v verbose", false),
    ("reflog", "-n# date= all no-color", false),
    ("config", "-lz list get= get-all= get-regexp= global local system show-origin show-scope name-only", false),
];

fn git(asked: &Asked<'_>) -> Call {
    let given = options::read(asked.args, &["+ -C:c: no-pager no-optional-locks version"]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option can run a program or point at another repository's settings");
    }
    const TAME: [&str; 7] = [
        "core.fsmonitor=false",
        "log.showSignature=false",
        "core.fsmonitor=",
        "core.pager=cat",
        "color.ui=false",
        "color.ui=never",
        "core.quotepath=off",
    ];
    if let Some(setting) = given.values(&["c"]).find(|v| !TAME.contains(v)) {
        return Call::changes(setting, "a setting of git can run a program");
    }
    if given.any(&["version"]).is_some() {
        return Call::reads("it prints its version");
    }
    let Some(verb) = given.words.first().copied() else { return Call::changes("git", "there is no verb") };
    let behind = asked.args.get(given.rest + 1..).unwrap_or_default();
    if verb == "stash" || verb == "worktree" || verb == "submodule" || verb == "bisect" || verb == "notes" {
        return match behind {
            [list, rest @ ..] if list == "list" && rest.is_empty() && verb != "submodule" && verb != "bisect" => {
                Call::reads("it only lists")
            }
            _ => Call::changes(verb, "it changes the repository"),
        };
    }
    let Some((_, table, words)) = VERBS.iter().find(|(name, _, _)| *name == verb) else {
        return if matches!(
            verb,
            "reset" | "clean" | "checkout" | "restore" | "rm" | "push" | "filter-branch" | "gc" | "prune"
        ) {
            Call::destroys(verb, "it can lose what is not committed, or overwrite the history")
        } else {
            Call::changes(verb, "it changes the repository, or runs what its settings name")
        };
    };
    let inner = options::read(behind, &[table]);
    if let Some(option) = &inner.stranger {
        return Call::changes(option, "this option is not known to be harmless");
    }
    let searched = inner.any(&["S", "G"]).filter(|_| inner.any(&["no-textconv"]).is_none());
    if let Some(option) = searched {
        return Call::changes(option, "it runs the helpers a repository names; with `--no-textconv` it does not");
    }
    if let Some(format) =
        inner.values(&["format", "pretty", "sort"]).find(|v| v.contains("%G") || v.contains("signature"))
    {
        return Call::changes(format, "it runs the program that checks signatures");
    }
    let lists = match verb {
        "ls-files" => given.values(&["c"]).any(|v| v.starts_with("core.fsmonitor=")),
        "config" => inner.any(&["list", "l", "get", "get-all", "get-regexp"]).is_some(),
        "branch" => inner.words.is_empty() || inner.any(&["list", "l", "contains"]).is_some(),
        "tag" => inner.words.is_empty() || inner.any(&["l", "list"]).is_some(),
        "remote" | "reflog" => {
            matches!(inner.words.as_slice(), [] | ["show" | "get-url", ..])
                && !(verb == "remote" && inner.verb() == "show")
        }
        _ => *words,
    };
    if lists { Call::reads("it only reads the history") } else { Call::changes(verb, "it changes the repository") }
}
