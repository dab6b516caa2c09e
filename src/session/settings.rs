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
