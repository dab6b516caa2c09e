//! Hides secrets by their shape and by known values, and keeps the rest readable.
//! It never changes what is matched or run, only what is shown and recorded.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Masks secrets by shape, plus the exact values it was told.
#[derive(Debug, Clone, Default)]
pub struct Masker {
    known: Vec<String>,
}

/// A known value shorter than this is too common a word to hide.
const SHORTEST: usize = 6;

#[allow(clippy::unwrap_used)]
static SHAPES: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    [
        // scheme://user:PASSWORD@host
        r"(?P<before>[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@]*:)(?P<secret>[^\s/@]+)(?P<after>@)",
        // NAME_WITH_PASSWORD=value, "token": "value", requirepass value
        r#"(?i)(?P<before>\b[\w.-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|requirepass|masterauth|_pwd|_pat|_dsn)\w*["']?\s*[=:]\s*["']?)(?P<secret>[^\s"',;&]{3,})(?P<after>)"#,
        // Authorization: Bearer x, redis-cli -a x, --password x
        r"(?i)(?P<before>\b(?:bearer|basic)\s+|redis-cli\s(?:.*\s)?-a\s+|--pass(?:word)?[ =]|requirepass\s+|masterauth\s+)(?P<secret>[^\s]{4,})(?P<after>)",
        // JSON web tokens, AWS ids, forge and chat tokens
        r"(?P<before>)(?P<secret>\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,})(?P<after>)",
        r"(?s)(?P<before>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?P<secret>.*?)(?P<after>-----END [A-Z ]*PRIVATE KEY-----|$)",
    ]
    .map(|pattern| Regex::new(pattern).unwrap())
});

impl Masker {
    /// A masker that also hides these exact values.
    pub fn knowing(values: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> = values.into_iter().filter(|v| v.chars().count() >= SHORTEST).collect();
        // Longer ones first, so that a value inside another does not leave its rest.
        known.sort_by_key(|v| std::cmp::Reverse(v.len()));
        Masker { known }
    }

    /// `text` with each secret replaced by `[masked: N chars]`.
    pub fn mask(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for known in &self.known {
            out = out.replace(known.as_str(), &masked(known));
        }
        for shape in SHAPES.iter() {
            out = shape.replace_all(&out, hide).into_owned();
        }
        out
    }
}

fn hide(found: &Captures<'_>) -> String {
    let part = |name: &str| found.name(name).map_or("", |m| m.as_str());
    let secret = part("secret");
    // Masked already, a variable, or a word that only says that there is one.
    if secret.starts_with("[masked")
        || secret.starts_with('$')
        || secret.starts_with('<')
        || matches!(
            secret.to_lowercase().as_str(),
            "none" | "null" | "noauth" | "true" | "false" | "expired" | "invalid" | "required" | "missing"
        )
    {
        return found.get(0).map_or(String::new(), |m| m.as_str().to_owned());
    }
    format!("{}{}{}", part("before"), masked(secret), part("after"))
}

fn masked(secret: &str) -> String {
    format!("[masked: {} chars]", secret.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_by_shape_and_value() {
        let masker = Masker::knowing(["hunter2hunter2".into(), "abc".into()]);
        assert_eq!(masker.mask("redis://:s3cret@h:6379/0"), "redis://:[masked: 6 chars]@h:6379/0");
        assert_eq!(masker.mask("POSTGRES_PASSWORD=hunter"), "POSTGRES_PASSWORD=[masked: 6 chars]");
        assert_eq!(masker.mask("Authorization: Bearer abcdefgh"), "Authorization: Bearer [masked: 8 chars]");
        assert_eq!(masker.mask("x hunter2hunter2 y"), "x [masked: 14 chars] y");
        assert_eq!(masker.mask("redis-cli -a geheim ping"), "redis-cli -a [masked: 6 chars] ping");
    }

    #[test]
    fn the_error_stays_readable() {
        let masker = Masker::default();
        for text in [
            "FATAL: password authentication failed for user \"security\"",
            "NOAUTH Authentication required.",
            "image sha256:9c1e77f2ab31",
            "token expired",
            "http://localhost:8000/health",
        ] {
            assert_eq!(masker.mask(text), text);
        }
    }
}
