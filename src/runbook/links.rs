//! Where a link of a runbook leads: to a section, to a runbook, to a file beside them, out of the collection, or nowhere.
//! It never looks whether a file exists: what is no runbook is named, for whoever can look.

use std::sync::LazyLock;

use regex::Regex;

use super::{Runbook, Sections};
use crate::text::pattern;

/// A place inside a runbook that a link can name: a heading or an HTML anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// As a forge writes it: `redis-not-available`.
    pub slug: String,
    /// The heading's title; empty for an HTML anchor.
    pub title: String,
    pub line: usize,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// A section, by its index in the whole.
    Section(usize),
    /// A runbook as a whole, by its path.
    Runbook(String),
    /// A file or folder that is no runbook, by its path from the collection's root; `../` where it leads out of it.
    File(String),
    /// An address on the network.
    Outside,
    /// Nowhere, and why.
    Nowhere(String),
}

/// One runbook as links see it: its path, its number, and the index of its first section in the whole.
#[derive(Debug, Clone)]
struct Stop {
    path: String,
    number: usize,
    first: usize,
}

/// Gives runbooks by their number, as they were added.
pub trait Charted {
    fn runbook(&self, number: usize) -> Option<&Runbook>;
}

impl Charted for [Runbook] {
    fn runbook(&self, number: usize) -> Option<&Runbook> {
        self.get(number)
    }
}

impl Charted for Sections {
    fn runbook(&self, number: usize) -> Option<&Runbook> {
        Sections::runbook(self, number)
    }
}

/// All runbooks of a collection, as places to go.
#[derive(Debug, Clone, Default)]
pub struct Atlas {
    stops: Vec<Stop>,
    sections: usize,
}

impl Atlas {
    /// Adds a runbook by its path; its sections, so many, are counted on from those added before.
    pub fn add(&mut self, path: &str, sections: usize) {
        self.stops.push(Stop { path: path.to_owned(), number: self.stops.len(), first: self.sections });
        self.sections += sections;
    }

    /// Where `target` leads from the runbook `from`; only the runbook it leads to is asked for.
    pub fn leads<C: Charted + ?Sized>(&self, from: &str, target: &str, charted: &C) -> Leads {
        let target = target.trim().trim_matches(['<', '>']);
        if target.is_empty() {
            return Leads::Nowhere("the link has no target".into());
        }
        let (address, fragment) = target.split_once('#').map_or((target, None), |(a, f)| (a, Some(f)));
        let address = address.split('?').next().unwrap_or(address);
        if let Some((scheme, rest)) = address.split_once(':')
            && scheme.len() > 1
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+')
        {
            return match self.on_a_forge(scheme, rest) {
                Some(stop) => stop.at(fragment, charted.runbook(stop.number)).unwrap_or(Leads::Outside),
                None => Leads::Outside,
            };
        }
        if address.starts_with("//") {
            return Leads::Outside;
        }
        let wanted = if address.is_empty() { from.to_owned() } else { joined(from, &decoded(address)) };
        match self.find(&wanted, address.starts_with('/')) {
            Some(stop) => {
                let runbook = charted.runbook(stop.number);
                stop.at(fragment, runbook).unwrap_or_else(|| {
                    let heading = fragment.unwrap_or_default();
                    let meant = runbook.map(|r| meant(r, heading)).unwrap_or_default();
                    Leads::Nowhere(format!("`{}` has no heading `#{heading}`{meant}", stop.path))
                })
            }
            None if is_markdown(&wanted) && !wanted.starts_with("../") => {
                let name = wanted.rsplit('/').next().unwrap_or(&wanted);
                let meant = self.stops.iter().find(|s| s.path.rsplit('/').next() == Some(name));
                let meant = meant.map(|s| format!("; `{}` is there", s.path)).unwrap_or_default();
                Leads::Nowhere(format!("there is no runbook `{wanted}`{meant}"))
            }
            None => Leads::File(wanted),
        }
    }

    /// The runbook with this path, written as authors and site generators write it.
    fn find(&self, wanted: &str, rooted: bool) -> Option<&Stop> {
        let bare = wanted.trim_end_matches('/');
        let stem = bare.strip_suffix(".html").unwrap_or(bare);
        let mut names = vec![bare.to_owned(), format!("{stem}.md"), format!("{stem}.markdown")];
        let inside = |name: &str| if stem.is_empty() { name.to_owned() } else { format!("{stem}/{name}") };
        names.extend(["README.md", "index.md", "_index.md", "readme.md"].map(inside));
        let exact = names.iter().find_map(|n| self.stops.iter().find(|s| s.path == *n));
        let same = || names.iter().find_map(|n| self.stops.iter().find(|s| s.path.eq_ignore_ascii_case(n)));
        // A path from the site's root: the collection may be a part of it.
        let ending = || {
            let end = |name: &String| format!("/{name}");
            names.iter().find_map(|n| {
                let mut found = self.stops.iter().filter(|s| rooted && n.contains('/') && s.path.ends_with(&end(n)));
                found.next().filter(|_| found.next().is_none())
            })
        };
        exact.or_else(same).or_else(ending)
    }

    /// A runbook named by its address on a forge: what stands behind the branch is its path.
    fn on_a_forge(&self, scheme: &str, rest: &str) -> Option<&Stop> {
        if !matches!(scheme, "http" | "https") {
            return None;
        }
        let at = ["/blob/", "/tree/"].iter().find_map(|m| rest.find(m).map(|i| i + m.len()))?;
        let path = rest.get(at..)?.split_once('/')?.1;
        let decoded = decoded(path);
        let mut found = self.stops.iter().filter(|s| decoded == s.path || decoded.ends_with(&format!("/{}", s.path)));
        let longest = found.by_ref().max_by_key(|s| s.path.len())?;
        // A bare name such as `README.md` stands in every repository.
        (longest.path.contains('/') || decoded == longest.path).then_some(longest)
    }
}

impl Stop {
    /// The section of the runbook that a fragment names; `None` where there is no such heading.
    fn at(&self, fragment: Option<&str>, runbook: Option<&Runbook>) -> Option<Leads> {
        let sections = runbook.map(|r| r.sections.as_slice()).unwrap_or_default();
        let whole = || match sections {
            [_] => Leads::Section(self.first),
            _ => Leads::Runbook(self.path.clone()),
        };
        let Some(fragment) = fragment.filter(|f| !f.is_empty() && *f != "top") else { return Some(whole()) };
        let wanted = squeezed(&decoded(fragment));
        let anchor = runbook?.anchors.iter().find(|a| squeezed(&a.slug) == wanted)?;
        if let Some(nth) = sections.iter().position(|s| s.line == anchor.line) {
            return Some(Leads::Section(self.first + nth));
        }
        // A chapter without text of its own leads to its first section.
        let below = sections.iter().position(|s| s.line > anchor.line);
        let holds = |s: &super::Section| !anchor.title.is_empty() && s.heading_path.contains(&anchor.title);
        let first = below.filter(|nth| sections.get(*nth).is_some_and(holds));
        let inside = || sections.iter().rposition(|s| s.line <= anchor.line);
        Some(first.or_else(inside).map_or_else(whole, |nth| Leads::Section(self.first + nth)))
    }
}

/// The heading that was probably meant by one that is not there.
fn meant(runbook: &Runbook, fragment: &str) -> String {
    let wanted = fragment.to_lowercase();
    let known = runbook.anchors.iter().map(|a| a.slug.as_str());
    crate::text::nearest(&wanted, known).map(|m| format!("; did you mean `#{m}`?")).unwrap_or_default()
}

fn is_markdown(path: &str) -> bool {
    let lower = path.to_lowercase();
    lower.ends_with(".md") || lower.ends_with(".markdown")
}

/// A path beside the runbook `from`, without `.` and `..` where these can be taken away.
fn joined(from: &str, address: &str) -> String {
    let mut parts: Vec<&str> = match address.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => from.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect(),
    };
    for part in address.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None => parts.push(".."),
                Some(_) => {
                    parts.pop();
                }
            },
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// `%20` and its like as the characters they stand for.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let hex = (byte == b'%')
            .then(|| {
                let (high, low) = (ahead.next()?, ahead.next()?);
                let digit = |b: u8| char::from(b).to_digit(16);
                u8::try_from(digit(high)? * 16 + digit(low)?).ok()
            })
            .flatten();
        match hex {
            Some(value) => {
                out.push(value);
                bytes = ahead;
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A slug without what forges write differently: case, and how often a dash stands.
fn squeezed(slug: &str) -> String {
    slug.to_lowercase().split(['-', '_', ' ']).filter(|p| !p.is_empty()).collect::<Vec<_>>().join("-")
}

static NAMED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r##"<[a-zA-Z0-9]+\s[^>]*\b(?:name|id)=["']([^"'>]+)["']|\{#([A-Za-z0-9_-]+)\s*\}"##));

/// The anchors of a document: its headings as title and line, and what its HTML names.
pub(super) fn anchors<'a>(headings: impl Iterator<Item = (&'a str, usize)>, markdown: &str) -> Vec<Anchor> {
    let mut seen = std::collections::HashMap::<String, usize>::new();
    let mut out = Vec::new();
    for (title, line) in headings.filter(|(t, _)| !t.is_empty()) {
        let title = title.split(" {#").next().unwrap_or(title).trim();
        let slug = slug(title);
        let times = seen.entry(slug.clone()).or_default();
        let unique = if *times == 0 { slug } else { format!("{slug}-{times}") };
        *times += 1;
        out.push(Anchor { slug: unique, title: title.to_owned(), line });
    }
    for (n, line) in
        markdown.lines().enumerate().filter(|(_, l)| l.contains("=\"") || l.contains("='") || l.contains("{#"))
    {
        for found in NAMED.captures_iter(line) {
            if let Some(name) = found.get(1).or_else(|| found.get(2)) {
                out.push(Anchor { slug: name.as_str().to_owned(), title: String::new(), line: n + 1 });
            }
        }
    }
    out
}

/// A heading as forges make it an anchor: lower case, punctuation away, spaces to dashes.
fn slug(title: &str) -> String {
    title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::parse;

    fn atlas() -> (Atlas, Vec<Runbook>) {
        let (mut atlas, mut runbooks) = (Atlas::default(), Vec::new());
        for (path, text) in [
            ("README.md", "# All\n\nwords of text\n"),
            (
                "redis/redis.md",
                "# Redis\n\n## Chapter\n\n### It's down, again!\n\ntext <a name=\"here\"></a>\n\n### It is slow\n\ntext\n",
            ),
            ("redis/one.md", "# One\n\ntext\n"),
            ("db/my file.md", "# Db\n\n## A\n\ntext\n\n## A\n\ntext\n"),
            ("site/kube/_index.md", "# Kube\n\ntext\n\n## More {#other}\n\ntext\n"),
        ] {
            let runbook = parse(path, text);
            atlas.add(path, runbook.sections.len());
            runbooks.push(runbook);
        }
        (atlas, runbooks)
    }

    #[test]
    fn a_link_leads_to_its_section_however_it_is_written() {
        let (atlas, runbooks) = atlas();
        for (from, target, section) in [
            ("redis/redis.md", "#its-down-again", 1),
            ("redis/redis.md", "#here", 1),
            ("redis/redis.md", "#chapter", 1),
            ("redis/redis.md", "#It-is--slow", 2),
            ("redis/one.md", "redis.md#it-is-slow", 2),
            ("redis/one.md", "./redis#it-is-slow", 2),
            ("db/my file.md", "../redis/one.md", 3),
            ("db/my file.md", "/redis/one/", 3),
            ("redis/one.md", "../db/my%20file.md#a-1", 5),
            ("redis/one.md", "/kube/#other", 7),
            ("redis/one.md", "https://forge.example/team/repo/-/blob/main/redis/redis.md?x=1#it-is-slow", 2),
        ] {
            assert_eq!(atlas.leads(from, target, runbooks.as_slice()), Leads::Section(section), "{target}");
        }
        assert_eq!(
            atlas.leads("redis/one.md", "redis.md", runbooks.as_slice()),
            Leads::Runbook("redis/redis.md".into())
        );
        assert_eq!(atlas.leads("redis/one.md", "../", runbooks.as_slice()), Leads::Section(0));
    }

    #[test]
    fn what_is_no_runbook_is_told_apart() {
        let (atlas, runbooks) = atlas();
        assert_eq!(atlas.leads("redis/one.md", "https://example.com/x", runbooks.as_slice()), Leads::Outside);
        assert_eq!(atlas.leads("redis/one.md", "mailto:a@example.com", runbooks.as_slice()), Leads::Outside);
        assert_eq!(atlas.leads("redis/one.md", "../img/x.png", runbooks.as_slice()), Leads::File("img/x.png".into()));
        assert_eq!(atlas.leads("one.md", "../other/x.md", runbooks.as_slice()), Leads::File("../other/x.md".into()));
        let nowhere = |target: &str, part: &str| match atlas.leads("redis/one.md", target, runbooks.as_slice()) {
            Leads::Nowhere(why) => assert!(why.contains(part), "{why}"),
            other => panic!("{target}: {other:?}"),
        };
        nowhere("two.md", "there is no runbook `redis/two.md`");
        nowhere("../one.md", "`redis/one.md` is there");
        nowhere("redis.md#it-is-slwo", "did you mean `#it-is-slow`?");
        nowhere("", "no target");
    }
}
