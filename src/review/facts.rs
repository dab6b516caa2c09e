//! The names of facts that a fix may be for, and those that an author's `when:` gets wrong.
//! It never holds a list of its own: the kinds of facts are the list.

use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};

use crate::diagnosis::Kind;
use crate::runbook::lint::warn;
use crate::runbook::{Problem, Section};

/// The stable names of all facts.
fn names() -> Vec<&'static str> {
    let mut variants: &'static [&'static str] = &[];
    // Asked for a kind, it only learns which kinds there are.
    let _ = Kind::deserialize(Variants(&mut variants));
    let kind = |variant: &&'static str| {
        let from: StrDeserializer<'_, Error> = (*variant).into_deserializer();
        Kind::deserialize(from).ok()
    };
    variants.iter().filter_map(kind).map(Kind::name).collect()
}

struct Variants<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Variants<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("only the names are wanted"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = variants;
        Err(Error::custom("only the names are wanted"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A `when:` that names no fact: the fix is then never the likely one.
pub(super) fn unknown(section: &Section) -> Vec<Problem> {
    let mut found = Vec::new();
    for fix in section.fixes.iter().filter(|f| !f.when.is_empty()) {
        let known = names();
        for name in fix.when.iter().filter(|w| !known.contains(&w.as_str())) {
            let hint = match near(name, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the parts that facts are about: {}", parts(&known).join(", ")),
            };
            let message = format!(
                "`when: {name}` of “{}” names no fact, so nothing that is found speaks for it; {hint}",
                fix.title
            );
            found.push(warn(fix.line, "unknown-fact", message));
        }
    }
    found
}

/// The first words of all names: `container`, `redis`.
fn parts<'a>(known: &[&'a str]) -> Vec<&'a str> {
    let mut parts: Vec<&str> = known.iter().filter_map(|k| k.split('.').next()).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The fact that was meant: the nearest name, or the one that says the same of another part or in another order.
fn near<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let words = |text: &str| -> Vec<String> {
        let mut words: Vec<String> =
            text.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
        words.sort();
        words
    };
    let wanted = words(name);
    let same = known.iter().find(|k| words(k) == wanted).copied();
    let last = |text: &str| text.rsplit('.').next().unwrap_or(text).to_owned();
    let alike = || {
        let mut found = known.iter().filter(|k| last(k) == last(name));
        found.next().filter(|_| found.next().is_none()).copied()
    };
    same.or_else(|| crate::text::nearest(name, known.iter().copied())).or_else(alike)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::parse;

    #[test]
    fn every_kind_of_fact_has_its_name_here() {
        let known = names();
        assert!(known.len() > 50 && known.contains(&"container.not_running") && known.contains(&"other.problem"));
    }

    #[test]
    fn a_fact_that_does_not_exist_is_named_with_the_one_that_was_meant() {
        for (name, hint) in [
            ("container.not_runing", "did you mean `container.not_running`?"),
            ("container_not_running", "did you mean `container.not_running`?"),
            ("service.oom_killed", "did you mean `container.oom_killed`?"),
            ("moon.full_tonight", "the parts that facts are about: "),
        ] {
            let text = format!(
                "# A\n\n## B\n\n### Diagnosis\n\n```bash\ndf -h\n```\n\n### Solutions\n\n**Start it**\n\n<!-- unstuck: when: disk.full, {name} -->\n\n```bash\ndocker compose up -d redis\n```\n"
            );
            let runbook = parse("a.md", &text);
            let found = unknown(runbook.sections.first().unwrap());
            assert_eq!(found.len(), 1, "{name}: {found:?}");
            assert!(found[0].message.contains(hint), "{found:?}");
            assert_eq!((found[0].rule, found[0].line), ("unknown-fact", 13));
        }
    }
}
