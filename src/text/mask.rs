//! Hides secrets by their shape and by known values, and keeps the rest readable.
//! It never changes what is matched or run, only what is shown and recorded.

use std::sync::OnceLock;

use regex::{Captures, Regex};

/// Masks secrets by shape, plus the exact values it was told.
#[derive(Debug, Clone, Default)]
pub struct Masker {
    known: Vec<String>,
}

/// A known value shorter than this is too common a word to hide.
const SHORTEST: usize = 6;

/// A shape of secrets: compiled when a text first holds one of its marks, since most texts hold none.
struct Shape {
    /// In lower case; without one of them the pattern cannot match.
    marks: &'static [&'static str],
    pattern: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

const fn shape(marks: &'static [&'static str], pattern: &'static str) -> Shape {
    Shape { marks, pattern, compiled: OnceLock::new() }
}

impl Shape {
    /// The pattern, where `lower` holds one of its marks. Every pattern of this file compiles: a test sees to it.
    fn for_text(&self, lower: &str) -> Option<&Regex> {
        let marked = self.marks.iter().any(|mark| lower.contains(mark));
        marked.then(|| self.compiled.get_or_init(|| Regex::new(self.pattern).ok()).as_ref()).flatten()
    }
}

static SHAPES: [Shape; 10] = [
    // scheme://user:PASSWORD@host
    shape(&["://"], r"(?P<before>[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@]*:)(?P<secret>[^\s/@]+)(?P<after>@)"),
    // NAME_WITH_PASSWORD=value, "token": "value", requirepass value
    shape(
        &["pass", "secret", "token", "key", "credential", "auth", "_pwd", "_pat", "_dsn"],
        r#"(?i)(?P<before>\b[\w.-]*(?:(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|requirepass|masterauth|_pwd|_dsn|_auth|account[_-]?key|signing[_-]?key|encryption[_-]?key)\w*|_pat)["']?\s*[=:]\s*["']?)(?P<secret>[^\s"',;&]{3,})(?P<after>)"#,
    ),
    // Authorization: Bearer x, redis-cli -a x, --password x
    shape(
        &["bearer", "basic", "redis-cli", "pass", "auth"],
        r"(?i)(?P<before>\b(?:bearer|basic)\s+|redis-cli\s(?:.*\s)?-a\s+|--pass(?:word)?[ =]|requirepass\s+|masterauth\s+)(?P<secret>[^\s]{4,})(?P<after>)",
    ),
    // JSON web tokens, AWS ids, forge and chat tokens
    shape(
        &["eyj", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "xox"],
        r"(?P<before>)(?P<secret>\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,})(?P<after>)",
    ),
    shape(
        &["glpat-", "sk_live", "sk_test", "aiza", "npm_", "dop_v1", "hf_", "ya29", "sg."],
        r"(?P<before>)(?P<secret>\bglpat-[\w-]{16,}|\bsk_(?:live|test)_\w{16,}|\bAIza[\w-]{30,}|\bnpm_\w{20,}|\bdop_v1_\w{32,}|\bhf_\w{20,}|\bya29\.[\w-]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,})(?P<after>)",
    ),
    // Headers: `X-Api-Key: x`, `Cookie: x`, `Authorization: x`
    shape(
        &["api-key", "auth-token", "private-token", "cookie", "authorization"],
        r#"(?i)(?P<before>\b(?:x-api-key|x-auth-token|private-token|(?:set-)?cookie|authorization):\s*(?:bearer\s+|basic\s+|token\s+)?)(?P<secret>[^\s"'\[][^\r\n"']{3,})(?P<after>)"#,
    ),
    // What Redis prints for `CONFIG GET requirepass` and `ACL LIST`
    shape(
        &["requirepass", "masterauth"],
        r#"(?i)(?P<before>\b(?:requirepass|masterauth)"?\s*\n\s*(?:\d+\)\s*)?"?)(?P<secret>[^\s"]{3,})(?P<after>)"#,
    ),
    shape(&["user"], r#"(?m)(?P<before>^(?:\s*\d+\)\s*)?"?user\s+\S+\s[^\n]*?)(?P<secret>[#>][^\s"]{4,})(?P<after>)"#),
    // Command lines: `mysql -pX`, `curl -u user:X`, `sshpass -p X`
    shape(
        &["mysql", "mariadb", "curl", "sshpass"],
        r"(?P<before>\b(?:mysql|mysqladmin|mysqldump|mariadb)\s(?:[^\n]*\s)?-p|\bcurl\s(?:[^\n]*\s)?-u\s*[^\s:]+:|\bsshpass\s+-p\s*)(?P<secret>[^\s-]\S{2,})(?P<after>)",
    ),
    shape(
        &["private key"],
        r"(?s)(?P<before>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?P<secret>.*?)(?P<after>-----END [A-Z ]*PRIVATE KEY-----|$)",
    ),
];

impl Masker {
    /// A masker that also hides these exact values.
    pub fn knowing(values: impl IntoIterator<Item = String>) -> Self {
        let long = values.into_iter().filter(|v| v.chars().count() >= SHORTEST);
        // A value is also written as part of an address or in base64.
        let mut known: Vec<String> = long.flat_map(|v| [percent(&v), base64(&v), v]).collect();
        known.sort();
        known.dedup();
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
        let lower = out.to_lowercase();
        for shape in SHAPES.iter().filter_map(|s| s.for_text(&lower)) {
            out = shape.replace_all(&out, hide).into_owned();
        }
        out
    }
}

/// A text as it stands in an address.
fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// A text in base64, without the padding that may or may not follow.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| LETTERS.get(bits as usize & 63).map_or('=', |b| char::from(*b));
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        out.extend((0..=chunk.len()).map(|i| letter(bits >> (18 - 6 * i))));
    }
    out
}

fn hide(found: &Captures<'_>) -> String {
    let part = |name: &str| found.name(name).map_or("", |m| m.as_str());
    let secret = part("secret");
    // Masked already, a variable, or a word that only says that there is one.
    if secret.contains("[masked")
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
    fn every_shape_compiles_and_its_marks_are_in_lower_case() {
        for shape in &SHAPES {
            assert!(Regex::new(shape.pattern).is_ok(), "{}", shape.pattern);
            assert!(shape.marks.iter().all(|m| *m == m.to_lowercase()), "{:?}", shape.marks);
        }
    }

    #[test]
    fn secrets_are_masked_by_shape_and_value() {
        let masker = Masker::knowing(["hunter2hunter2".into(), "abc".into()]);
        assert_eq!(masker.mask("redis://:s3cret@h:6379/0"), "redis://:[masked: 6 chars]@h:6379/0");
        assert_eq!(masker.mask("POSTGRES_PASSWORD=hunter"), "POSTGRES_PASSWORD=[masked: 6 chars]");
        assert_eq!(
            masker.mask("BASE_PATH=/srv/pictures CI_PAT=abcdefg"),
            "BASE_PATH=/srv/pictures CI_PAT=[masked: 7 chars]"
        );
        assert_eq!(masker.mask("Authorization: Bearer abcdefgh"), "Authorization: Bearer [masked: 8 chars]");
        assert_eq!(masker.mask("x hunter2hunter2 y"), "x [masked: 14 chars] y");
        assert_eq!(masker.mask("redis-cli -a geheim ping"), "redis-cli -a [masked: 6 chars] ping");
        for (text, kept) in [
            ("X-Api-Key: abcdefgh", "X-Api-Key: "),
            ("Cookie: sid=abcdefgh; b=c", "Cookie: "),
            ("1) \"requirepass\"\n2) \"abcdefgh\"", "1) \"requirepass\"\n2) \""),
            ("requirepass\nabcdefgh", "requirepass\n"),
            ("user default on #5e884898da28047151d0e56f8dc62927 ~* +@all", "user default on "),
            ("user u on >abcdefgh ~*", "user u on "),
            ("mysql -u root -pabcdefgh db", "mysql -u root -p"),
            ("curl -sS -u admin:abcdefgh http://x", "curl -sS -u admin:"),
            ("token glpat-abcdefghijklmnopqrst x", "token "),
            ("REDISCLI_AUTH=abcdefgh", "REDISCLI_AUTH="),
            ("\"Env\": [\"API_TOKEN=abcdefgh\", \"LANG=C\"]", "\"Env\": [\"API_TOKEN="),
            ("DATABASE_URL=postgres://u:abcdefgh@h/db", "DATABASE_URL=postgres://u:"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nabcdefgh\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----",
            ),
        ] {
            let shown = masker.mask(text);
            assert!(shown.starts_with(&format!("{kept}[masked: ")) && !shown.contains("abcdefgh"), "{text}: {shown}");
        }
        let url = Masker::knowing(["p@ss/w:rd x".into()]);
        assert_eq!(url.mask("h=p%40ss%2Fw%3Ard%20x"), "h=[masked: 19 chars]");
        assert_eq!(url.mask("h=cEBzcy93OnJkIHg="), "h=[masked: 15 chars]=");
    }

    #[test]
    fn the_error_stays_readable() {
        let masker = Masker::default();
        for text in [
            "FATAL: password authentication failed for user \"security\"",
            "NOAUTH Authentication required.",
            "image sha256:9c1e77f2ab31",
            "token expired",
            "the user root has no rights",
            "User authentication failed for requirepass",
            "no cookie was sent",
            "http://localhost:8000/health",
        ] {
            assert_eq!(masker.mask(text), text);
        }
    }
}
