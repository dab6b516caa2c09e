//! Prompts in console sessions: what was typed behind a shell's, and which belong to another program.
//! It never decides whether what was typed is worth running.

use super::tools::is_tool;

/// What stands behind a shell's prompt: `$ `, `[root@host ~]# `, `user@host:~$ `, `host $ `, `sh-4.4# `, `/ # `.
pub(super) fn after_prompt(line: &str) -> Option<&str> {
    let mut line = line.trim();
    // A virtual environment's name stands before the prompt.
    if let Some((name, rest)) = line.strip_prefix('(').and_then(|l| l.split_once(") "))
        && !name.contains(' ')
        && after_prompt(rest).is_some()
    {
        line = rest.trim();
    }
    let typed = dollar(line).or_else(|| bracketed(line)).or_else(|| named(line)).or_else(|| at_host(line))?;
    let typed = typed.trim();
    // A prompt that was copied twice.
    let typed = typed.strip_prefix("$ ").map_or(typed, str::trim);
    (!typed.is_empty()).then_some(typed)
}

fn dollar(line: &str) -> Option<&str> {
    line.strip_prefix("$ ").or_else(|| line.strip_prefix("$> "))
}

/// `[root@host ~]# `.
fn bracketed(line: &str) -> Option<&str> {
    let (inside, rest) = line.strip_prefix('[')?.split_once(']')?;
    let rest = rest.trim_start().strip_prefix(['$', '#', '%'])?;
    (inside.contains('@') && rest.starts_with(' ')).then_some(rest)
}

/// One word that ends in the prompt's mark, or stands before it.
fn named(line: &str) -> Option<&str> {
    let (word, rest) = line.split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let shaped = |stem: &str| {
        !stem.is_empty() && stem.chars().all(|c| c.is_ascii_alphanumeric() || "._@:~/+-".contains(c)) && !is_tool(stem)
    };
    let root = |stem: &str| {
        stem.contains('@') || stem.starts_with("sh-") || stem.starts_with("bash-") || matches!(stem, "/" | "~" | "root")
    };
    if let Some(stem) = word.strip_suffix('$').filter(|s| shaped(s)) {
        return (!stem.chars().all(|c| c.is_ascii_digit())).then_some(rest);
    }
    if let Some(stem) = word.strip_suffix(['#', '%']).filter(|s| shaped(s)) {
        return root(stem).then_some(rest);
    }
    if let Some(typed) = rest.strip_prefix("$ ").filter(|_| shaped(word)) {
        return Some(typed);
    }
    let typed = rest.strip_prefix("# ").filter(|_| shaped(word))?;
    // `host # command`; a comment behind a word is no prompt.
    let first = typed.split_whitespace().next().unwrap_or("");
    let runs = is_tool(first) || first.contains('=') || first.starts_with('/');
    (root(word) || word.contains(['-', '.']) && runs).then_some(typed)
}

/// `user@host:~:command` and `user@host:~>command`.
fn at_host(line: &str) -> Option<&str> {
    let (user, rest) = line.split_once('@')?;
    let (host, rest) = rest.split_once(':')?;
    let plain = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let at = rest.find([':', '>', '$', '#'])?;
    let (folder, typed) = rest.split_at_checked(at)?;
    let placed = (folder.starts_with('~') || folder.starts_with('/')) && !folder.contains(' ');
    (plain(user) && plain(host) && placed).then(|| typed.get(1..).unwrap_or(""))
}

/// Whether it is the prompt of a database, a debugger or another program: what follows is no shell.
pub(super) fn foreign(line: &str) -> bool {
    let line = line.trim();
    let word = line.split_whitespace().next().unwrap_or("");
    let stem = word.trim_end_matches(['>', '#', ':']);
    word == ">>>"
        || word.len() > 1 && stem.len() < word.len() && word.ends_with('>') && !word.starts_with('<')
        || word.ends_with("=#")
        || word.ends_with("=>")
        || word.starts_with("irb(")
        || word.starts_with("pry(")
        || word.starts_with("PS") && line.contains('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stands_behind_many_prompts() {
        for line in [
            "$ uptime -p",
            "$ $ uptime -p",
            "$> uptime -p",
            "  $ uptime -p",
            "[root@db-01 ~]# uptime -p",
            "user@db-01:~$ uptime -p",
            "user@db-01:~$ $ uptime -p",
            "user@db-01:~:uptime -p",
            "sh-4.4# uptime -p",
            "/ # uptime -p",
            "worker$ uptime -p",
            "db-01 # uptime -p",
            "db-01        $ uptime -p",
            "(venv) user@db-01:~$ uptime -p",
        ] {
            assert_eq!(after_prompt(line), Some("uptime -p"), "{line}");
        }
    }

    #[test]
    fn what_is_no_prompt_is_left_alone() {
        for line in
            ["# a comment", "uptime # how long", "costs 5$ a day", "fs.file-max = 1", "echo $ x", "a - # b", "$"]
        {
            assert_eq!(after_prompt(line), None, "{line}");
        }
        for line in ["mysql> SHOW TABLES;", "db=# SELECT 1;", "10.0.0.1:6379> info", "irb(main):001:0> p 1", ">>> 1"] {
            assert!(foreign(line), "{line}");
        }
        assert!(!foreign("docker logs <container>") && !foreign("<container> x"));
    }
}
