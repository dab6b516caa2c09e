//! What the project's files want of a service, and what they say that nothing reads.
//! It never tells a setting's value, and leaves out what it cannot work out as compose would.

use serde_json::Value;

use super::Site;

/// Settings that compose and docker read themselves.
const OWN: [&str; 3] = ["COMPOSE_", "DOCKER_", "BUILDKIT_"];

impl Site {
    /// The environment a service is to have, as far as it stands in the compose file and can be worked out.
    pub(crate) fn environment(&self, service: &str) -> Vec<(String, String)> {
        let listed = self.service(service).and_then(|s| s.get("environment"));
        let pairs: Vec<(String, String)> = match listed {
            Some(Value::Object(map)) => map.iter().filter_map(|(k, v)| Some((k.clone(), plain(v)?))).collect(),
            Some(Value::Array(list)) => list
                .iter()
                .filter_map(|v| v.as_str()?.split_once('='))
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
            _ => Vec::new(),
        };
        let known = |value: &str| !value.contains("$$") && !value.contains(":+") && value.matches("${").count() < 3;
        let nested = |value: &str| value.split("${").skip(1).any(|part| !part.contains('}'));
        let whole = pairs.into_iter().filter(|(_, value)| known(value) && !nested(value));
        whole.map(|(key, value)| (key, self.interpolated(&value))).collect()
    }

    /// Services that others which are started need and that are kept from being started themselves, with what keeps them.
    pub(crate) fn held_back(&self) -> Vec<(String, String)> {
        let started = self.services();
        let declared = self.declared();
        let needed =
            |name: &str| declared.iter().any(|s| started.contains(&s.name) && s.needs.iter().any(|n| n == name));
        let why = |name: &str| {
            let service = self.service(name)?;
            if service.pointer("/deploy/replicas").and_then(Value::as_u64) == Some(0) {
                return Some("replicas: 0".to_owned());
            }
            (service.get("scale").and_then(Value::as_u64) == Some(0)).then(|| "scale: 0".to_owned())
        };
        let held = declared.iter().filter(|s| !started.contains(&s.name) && needed(&s.name));
        held.filter_map(|s| Some((s.name.clone(), why(&s.name)?))).collect()
    }

    /// The services that a service needs.
    pub(crate) fn needs(&self, service: &str) -> Vec<String> {
        self.declared().into_iter().find(|s| s.name == service).map(|s| s.needs).unwrap_or_default()
    }

    /// The image a service is made from; `None` where it is built here, or its name cannot be worked out.
    pub(crate) fn image(&self, service: &str) -> Option<String> {
        let service = self.service(service)?;
        let image = self.interpolated(service.get("image")?.as_str()?);
        (service.get("build").is_none() && !image.is_empty()).then_some(image)
    }

    fn service(&self, name: &str) -> Option<&Value> {
        // What an override says besides is not read here.
        self.compose.get("services").filter(|_| !self.is_part())?.get(name)
    }

    /// The settings of the env file that compose neither passes to a service nor uses itself.
    pub(crate) fn unread(&self) -> Vec<String> {
        if self.is_part() || self.compose.get("services").is_none() {
            return Vec::new();
        }
        let text = self.compose.to_string();
        let used = |key: &str| ["${", "$"].iter().any(|sign| text.contains(&format!("{sign}{key}")));
        let own = |key: &str| OWN.iter().any(|o| key.starts_with(o));
        let unread = self.env.keys().filter(|k| !own(k) && !used(k) && self.readers_of(k).is_empty());
        unread.cloned().collect()
    }

    /// The settings of the env file whose value holds a dollar sign that compose takes for a variable which is set nowhere:
    /// it puts nothing in its place.
    pub(crate) fn cut(&self) -> Vec<String> {
        if self.compose_file.is_none() {
            return Vec::new();
        }
        let text = std::fs::read_to_string(&self.env_file).unwrap_or_default();
        let known = |name: &str| std::env::var(name).is_ok() || self.env.contains_key(name);
        let lines = text.lines().filter(|l| !l.trim_start().starts_with('#')).filter_map(|l| l.split_once('='));
        let cut = lines.filter(|(_, value)| unset(value).iter().any(|name| !known(name)));
        cut.map(|(key, _)| key.trim().trim_start_matches("export ").to_owned()).collect()
    }

    /// The first service that looks like `kind` by its name or its image, exporters and the like left out.
    pub(crate) fn service_of(&self, kinds: &[&str]) -> Option<String> {
        let services = self.compose.get("services").and_then(Value::as_object)?;
        let named = |text: &str| kinds.iter().any(|kind| text.contains(kind));
        let image = |s: &Value| s.get("image").and_then(Value::as_str).is_some_and(named);
        let beside = |k: &str| ["exporter", "admin", "backup"].iter().any(|w| k.contains(w));
        let found = services.iter().filter(|(k, _)| !beside(k)).find(|(k, s)| named(k) || image(s));
        found.map(|(k, _)| k.clone())
    }

    /// Why compose cannot read its env file.
    pub(crate) fn env_flaw(&self) -> Option<String> {
        self.compose_file.as_ref()?;
        let text = std::fs::read(&self.env_file).ok()?;
        let found = broken_line(&String::from_utf8_lossy(&text))?;
        Some(format!("compose cannot read `{}`: {found}", self.env_file.display()))
    }
}

/// A value of YAML as text; `None` where compose would take it from elsewhere.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The first line of an env file that is none, and what is wrong with it; its values are never told.
fn broken_line(text: &str) -> Option<String> {
    let mut open: Option<(char, usize)> = None;
    for (nth, line) in text.lines().enumerate() {
        let number = nth + 1;
        if let Some((quote, _)) = open {
            if ends(line, quote) {
                open = None;
            }
            continue;
        }
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(mark) = ["<<<<<<<", "=======", ">>>>>>>"].iter().find(|m| line.starts_with(**m)) {
            return Some(format!("line {number} is a mark that a merge left behind (`{mark}`)"));
        }
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let (key, value) = line.split_once('=').map_or((line, None), |(k, v)| (k, Some(v)));
        let key = key.trim_end();
        let odd = key.chars().find(|c| !(c.is_alphanumeric() || "_.-[]".contains(*c)));
        match odd {
            _ if key.is_empty() => return Some(format!("line {number} has no name before its `=`")),
            Some(c) if c.is_whitespace() => {
                return Some(format!("line {number} has a blank in the name before its `=`"));
            }
            // A colon in place of the sign of equality is allowed.
            Some(':') => continue,
            Some(c) => return Some(format!("line {number} has a `{c}` in the name of a setting")),
            None => {}
        }
        let value = value.unwrap_or_default().trim_start();
        if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let rest: String = value.chars().skip(1).collect();
            if !ends(&rest, quote) {
                open = Some((quote, number));
            }
        }
    }
    open.map(|(quote, number)| format!("line {number} opens a quote ({quote}) that is never closed"))
}

/// The variables that compose looks for in a value of an env file: none within single quotes, after a backslash or `$$`,
/// or where a default is given.
fn unset(value: &str) -> Vec<String> {
    let value = value.trim();
    if value.starts_with('\'') {
        return Vec::new();
    }
    let value = if value.starts_with('"') { value } else { value.split(" #").next().unwrap_or(value) };
    let mut names = Vec::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('$') {
        if after.starts_with('$') {
            rest = after.get(1..).unwrap_or_default();
            continue;
        }
        let inner = after.strip_prefix('{').unwrap_or(after);
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, tail) = inner.split_at(end);
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let given = after.starts_with('{') && !tail.starts_with('}');
        if begins && !given && !before.ends_with('\\') {
            names.push(name.to_owned());
        }
        rest = after;
    }
    names
}

/// Whether a text closes a quote.
fn ends(text: &str, quote: char) -> bool {
    let mut escaped = false;
    for c in text.chars() {
        if c == quote && !escaped {
            return true;
        }
        escaped = c == '\\' && !escaped && quote == '"';
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_env_file_that_compose_cannot_read_says_which_line() {
        for (text, said) in [
            ("A=1\n<<<<<<< HEAD\nB=2\n", "line 2 is a mark"),
            ("A=1\nmy key=2\n", "line 2 has a blank"),
            ("A=1\n=2\n", "line 2 has no name"),
            ("A='x\nB=2\n", "line 1 opens a quote"),
            ("A$B=1\n", "line 1 has a `$`"),
        ] {
            assert!(broken_line(text).unwrap_or_default().contains(said), "{text}");
        }
        for text in ["", "# x\nexport A=1\r\nB = 2\nC\nD: 3\n", "K=\"a\nb = c d\ne\"\nL='it # is'\n", "\u{feff}A=1"] {
            assert_eq!(broken_line(text), None, "{text}");
        }
    }

    #[test]
    fn a_dollar_sign_that_compose_takes_for_a_variable_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("compose.yaml"), "services: {}\n").unwrap();
        let env = "A=x\nCUT=ri$lantern9\nWORD=\"a$b\"\nOWN=$A/x\nSAFE='a$b'\nTWICE=a$$b\nELSE=${NONE:-5}\nPRICE=5$\n# NO=$b\nEND=${gone}\n";
        std::fs::write(dir.path().join(".env"), env).unwrap();
        assert_eq!(Site::discover(dir.path(), None).cut(), ["CUT", "WORD", "END"]);
    }

    #[test]
    fn what_the_files_want_is_worked_out() {
        let dir = tempfile::tempdir().unwrap();
        let yaml = "services:\n  db:\n    image: postgres:${TAG:-15}\n    environment:\n      A: ${A:-1}\n      N: 5\n      B:\n  web:\n    build: .\n    image: own\n    environment:\n      - C=x$$y\n      - U=http://db:${P}\n";
        std::fs::write(dir.path().join("compose.yaml"), yaml).unwrap();
        std::fs::write(dir.path().join(".env"), "A=2\nP=5432\nLOST=1\nCOMPOSE_PROFILES=x\n").unwrap();
        let site = Site::discover(dir.path(), None);
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(site.environment("db"), [pair("A", "2"), pair("N", "5")]);
        assert_eq!(site.environment("web"), [pair("U", "http://db:5432")]);
        assert_eq!((site.image("db").as_deref(), site.image("web")), (Some("postgres:15"), None));
        assert_eq!(site.unread(), ["LOST"]);
        let held = "services:\n  a:\n    image: x\n    depends_on: [b, c]\n  b:\n    image: x\n    scale: 0\n  c:\n    image: x\n  d:\n    image: x\n    scale: 0\n";
        std::fs::write(dir.path().join("compose.yaml"), held).unwrap();
        assert_eq!(Site::discover(dir.path(), None).held_back(), [pair("b", "scale: 0")]);
        std::fs::write(dir.path().join("compose.yaml"), yaml).unwrap();
        assert_eq!(site.service_of(&["postgres"]).as_deref(), Some("db"));
    }
}
