//! How `KEY=value` settings go into the text of an env file: a line is changed in place, or added at the end.
//! It never touches any other line, and never reads or writes a file.

use similar::TextDiff;

use crate::runbook::Setting;

/// `text` with every setting in it; the last line of a key counts, as compose and the shell read it.
pub fn edited(text: &str, settings: &[Setting]) -> String {
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for setting in settings {
        let line = format!("{}={}", setting.key, setting.value);
        match lines.iter().rposition(|l| key_of(l) == Some(setting.key.as_str())) {
            Some(at) => {
                let exported = lines.get(at).is_some_and(|l| l.trim_start().starts_with("export "));
                if let Some(place) = lines.get_mut(at) {
                    *place = if exported { format!("export {line}") } else { line };
                }
            }
            None => lines.push(line),
        }
    }
    let mut out = lines.join(ending);
    out.push_str(ending);
    out
}

/// Settings whose list (`["a","b"]`) has to keep what the text's own list holds: the new values are added to it.
pub fn keeping(text: &str, settings: &[Setting]) -> Vec<Setting> {
    let list =
        |value: &str| -> Option<Vec<serde_json::Value>> { serde_json::from_str(value.trim().trim_matches('\'')).ok() };
    let own = |key: &str| text.lines().rev().find(|l| key_of(l) == Some(key)).and_then(|l| l.split_once('='));
    let kept = |setting: &Setting| {
        let (mut all, new) = (list(own(&setting.key)?.1)?, list(&setting.value)?);
        let added = new.into_iter().filter(|v| !all.contains(v)).collect::<Vec<_>>();
        all.extend(added);
        Some(Setting { key: setting.key.clone(), value: serde_json::to_string(&all).ok()? })
    };
    settings.iter().map(|s| kept(s).unwrap_or_else(|| s.clone())).collect()
}

/// `text` with the value behind `path`'s last word changed, where that line stands: `services`, `redis`, ..., `memory`.
/// YAML is read by its indentation alone, so that every other line stays as it is.
pub fn placed(text: &str, path: &[&str], value: &str) -> Option<String> {
    let mut wanted = path.iter();
    let mut next = wanted.next()?;
    let mut depth: Vec<usize> = Vec::new();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for line in &mut lines {
        let bare = line.trim_start();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let indent = line.len() - bare.len();
        // A block that ended takes the way down with it; another block of that name does not follow in a mapping.
        if depth.last().is_some_and(|d| indent <= *d) {
            return None;
        }
        let Some((key, rest)) = bare.split_once(':') else { continue };
        if key.trim_matches(['"', '\'']) != *next {
            continue;
        }
        match wanted.next() {
            Some(further) if rest.trim().is_empty() || rest.trim_start().starts_with(['&', '#']) => {
                depth.push(indent);
                next = further;
            }
            Some(_) => return None,
            None => {
                let comment = rest.find(" #").and_then(|at| rest.get(at..)).unwrap_or("").to_owned();
                *line = format!("{}{key}: {value}{comment}", " ".repeat(indent));
                let ending = if text.ends_with('\n') { "\n" } else { "" };
                return Some(lines.join("\n") + ending);
            }
        }
    }
    None
}

/// The service and the limit that a snippet for a compose file raises, where that is all it does.
pub fn memory_limit(snippet: &str) -> Option<(String, String)> {
    let lines: Vec<&str> =
        snippet.lines().filter(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#')).collect();
    let [services, service, deploy, resources, limits, memory] = lines.as_slice() else { return None };
    let is = |line: &str, key: &str| line.trim() == format!("{key}:");
    let shaped = is(services, "services") && is(deploy, "deploy") && is(resources, "resources") && is(limits, "limits");
    let value = memory.trim().strip_prefix("memory:")?.split(" #").next()?.trim();
    let name = service.trim().strip_suffix(':')?;
    shaped.then(|| (name.to_owned(), value.to_owned()))
}

/// Whether a text is an amount of memory as compose takes it: `512M`, `2gb`, `1073741824`.
pub fn is_amount(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = text.get(..text.len() - unit.len()).unwrap_or_default();
    number.parse::<f64>().is_ok_and(|n| n > 0.0)
        && matches!(unit.to_lowercase().as_str(), "" | "b" | "k" | "m" | "g" | "kb" | "mb" | "gb")
}

/// The settings file that a step's title names: `In backend/data/runtime.env`; `None` where it names none or `.env`.
pub fn file_in(title: &str) -> Option<&str> {
    let words = title.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric() && !"./_-".contains(c)));
    let mut files = words.map(|w| w.trim_end_matches('.')).filter(|w| w.ends_with(".env"));
    files.next().filter(|w| !matches!(*w, ".env" | "./.env"))
}

/// A unified diff of the two texts with a line of context.
pub fn diff(before: &str, after: &str, name: &str) -> String {
    TextDiff::from_lines(before, after).unified_diff().context_radius(1).header(name, name).to_string()
}

/// The key a line sets, if it sets one.
fn key_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if line.starts_with('#') {
        return None;
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    line.split_once('=').map(|(key, _)| key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(key: &str, value: &str) -> Setting {
        Setting { key: key.into(), value: value.into() }
    }

    #[test]
    fn a_setting_is_changed_where_it_stands_and_added_where_it_does_not() {
        let text = "# redis\nREDIS_URL=redis://old:6379/0\nexport A=1\n";
        assert_eq!(
            edited(text, &[set("REDIS_URL", "redis://redis:6379/0"), set("A", "2"), set("B", "3")]),
            "# redis\nREDIS_URL=redis://redis:6379/0\nexport A=2\nB=3\n"
        );
    }

    #[test]
    fn the_last_of_two_lines_counts_and_comments_do_not() {
        assert_eq!(edited("A=1\n#A=9\nA=2", &[set("A", "3")]), "A=1\n#A=9\nA=3\n");
        assert_eq!(edited("A=1\r\n", &[set("B", "2")]), "A=1\r\nB=2\r\n");
    }

    #[test]
    fn a_list_keeps_what_it_holds() {
        let text = "CORS_ORIGINS=[\"http://a:1\", \"http://b:2\"]\nX=1\n";
        let kept = keeping(
            text,
            &[set("CORS_ORIGINS", "[\"http://b:2\", \"http://c:3\"]"), set("X", "[2]"), set("Y", "[\"z\"]")],
        );
        assert_eq!(kept[0].value, "[\"http://a:1\",\"http://b:2\",\"http://c:3\"]");
        assert_eq!((kept[1].value.as_str(), kept[2].value.as_str()), ("[2]", "[\"z\"]"));
    }

    #[test]
    fn a_limit_is_changed_where_it_stands() {
        let compose = "services:\n  db:\n    deploy: &d\n      resources:\n        limits:\n          memory: 1G # much\n  redis:\n    # one\n    deploy:\n      resources:\n        limits:\n          cpus: \"1\"\n          memory: 64M\n";
        let path = |service| ["services", service, "deploy", "resources", "limits", "memory"];
        let raised = placed(compose, &path("redis"), "128M").unwrap();
        assert_eq!(raised, compose.replace("64M", "128M"));
        assert_eq!(placed(compose, &path("db"), "2G").unwrap(), compose.replace("1G #", "2G #"));
        assert_eq!(placed(compose, &path("web"), "2G"), None);
        assert_eq!(placed("services:\n  web:\n    image: x\n  redis:\n    deploy:\n", &path("web"), "2G"), None);
        let snippet = "services:\n  redis:\n    deploy:\n      resources:\n        limits:\n          memory: 1G      # was 512M\n";
        assert_eq!(memory_limit(snippet), Some(("redis".into(), "1G".into())));
        assert_eq!(memory_limit("services:\n  redis:\n    image: x\n"), None);
    }

    #[test]
    fn a_title_may_name_another_file() {
        assert_eq!(file_in("In backend/data/runtime.env"), Some("backend/data/runtime.env"));
        assert_eq!(file_in("in `config/site.env`:"), Some("config/site.env"));
        assert_eq!((file_in("In .env: for a card of 16 GB"), file_in("Set the limit")), (None, None));
    }

    #[test]
    fn the_diff_shows_just_what_changes() {
        let diff = diff("A=1\nB=2\nC=3\nD=4\n", "A=1\nB=2\nC=9\nD=4\n", ".env");
        assert!(diff.contains("-C=3\n+C=9"), "{diff}");
        assert!(!diff.contains("A=1"), "{diff}");
    }
}
