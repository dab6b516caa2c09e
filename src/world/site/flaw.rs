//! Why compose will not accept a file that parses: it names a service, a network or a volume that it does not have.
//! It never reads a file.

use serde_json::Value;

/// What a compose file that parses names and does not have: a service, a network or a volume.
pub(super) fn flaw(compose: &Value) -> Option<String> {
    let Some(services) = compose.get("services").and_then(Value::as_object) else {
        return Some("it has no services".into());
    };
    let known = |kind: &str, name: &str| compose.get(kind).and_then(|k| k.get(name)).is_some();
    let names = |value: Option<&Value>| -> Vec<String> {
        match value {
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    };
    for (service, said) in services {
        if said.get("extends").is_some() {
            continue;
        }
        let optional =
            |name: &String| said.pointer(&format!("/depends_on/{name}/required")) == Some(&Value::Bool(false));
        if let Some(name) = names(said.get("depends_on")).iter().find(|n| !services.contains_key(*n) && !optional(n)) {
            return Some(format!("{service} needs a service {name}, which is not there"));
        }
        let networks = names(said.get("networks"));
        if let Some(name) = networks.iter().find(|n| *n != "default" && !n.contains('$') && !known("networks", n)) {
            return Some(format!("{service} is to join a network {name}, which is not there"));
        }
        let volumes = said.get("volumes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let sources = volumes.filter_map(|v| v.split_once(':')).map(|(source, _)| source);
        let plain = |s: &&str| s.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) && !s.starts_with('.');
        if let Some(name) = sources.filter(plain).find(|s| !known("volumes", s)) {
            return Some(format!("{service} is to mount a volume {name}, which is not there"));
        }
        if said.get("image").is_none() && said.get("build").is_none() {
            return Some(format!("{service} has neither an image nor a build"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compose_file_that_names_what_it_does_not_have_is_a_problem() {
        let flaw = |yaml: &str| super::flaw(&serde_saphyr::from_str::<Value>(yaml).unwrap());
        let good = "services:\n  web:\n    image: x\n    depends_on: [db]\n    networks: [back]\n    volumes: ['data:/d', './x:/y', '/a:/b']\n  db:\n    build: .\nnetworks:\n  back: {}\nvolumes:\n  data:\n";
        assert_eq!(flaw(good), None);
        for (from, to, word) in [
            ("[db]", "[dbx]", "dbx"),
            ("[back]", "[bakc]", "bakc"),
            ("data:/d", "dta:/d", "dta"),
            ("build: .", "tty: true", "neither"),
        ] {
            assert!(flaw(&good.replace(from, to)).unwrap().contains(word), "{word}");
        }
    }
}
