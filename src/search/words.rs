//! Text to words and words to stems: identifiers and paths are split, and kept whole as well.
//! It never knows what a word means.

use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};
use rustc_hash::FxHashSet;

/// Longer runs of letters are keys, digests or encoded data.
const LONGEST: usize = 60;

/// One word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// In lower case, without apostrophes: `wont`, `server` for `server's`.
    pub lower: &'a str,
    /// Where it stands in the text, in bytes.
    pub start: usize,
    pub end: usize,
    /// The whole of an identifier whose parts follow: `oomkilled` before `oom` and `killed`.
    pub whole: bool,
}

/// Calls `each` with the words of `text` in order.
pub(super) fn scan(text: &str, mut each: impl FnMut(Word<'_>)) {
    let mut lower = String::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(char::is_alphanumeric)).map(|i| i + at) {
        let rest = text.get(start..).unwrap_or("");
        let run = rest.find(|c: char| !c.is_alphanumeric()).map_or(rest, |i| rest.get(..i).unwrap_or(rest));
        let mut end = start + run.len();
        at = end;
        let tail = suffix(text.get(end..).unwrap_or(""));
        if run.len() > LONGEST {
            continue;
        }
        if let Some((letters, length)) = tail {
            at += length;
            if letters == "t" {
                end = at;
                lower.clear();
                lower.extend(run.chars().flat_map(char::to_lowercase));
                lower.push('t');
                each(Word { lower: &lower, start, end, whole: false });
                continue;
            }
        }
        if run.bytes().skip(1).any(|b| b.is_ascii_uppercase()) {
            parts(run, start, &mut lower, &mut each);
        } else if run.len() > 1 || run.bytes().all(|b| b.is_ascii_digit()) {
            lower.clear();
            lower.extend(run.chars().flat_map(char::to_lowercase));
            each(Word { lower: &lower, start, end, whole: false });
        }
    }
}

/// What follows an apostrophe right after a word, `t` of `won't`, and how long it is with the apostrophe.
fn suffix(rest: &str) -> Option<(&str, usize)> {
    let after = rest.strip_prefix('\'').or_else(|| rest.strip_prefix('’'))?;
    let letters = after.find(|c: char| !c.is_alphanumeric()).map_or(after, |i| after.get(..i).unwrap_or(after));
    matches!(letters, "t" | "s" | "re" | "ll" | "ve" | "d" | "m")
        .then(|| (letters, rest.len() - after.len() + letters.len()))
}

/// The parts of `camelCase`, `HTTPServer` and `KubePodCrashLooping`, the whole before them.
fn parts(run: &str, start: usize, lower: &mut String, each: &mut impl FnMut(Word<'_>)) {
    let chars: Vec<(usize, char)> = run.char_indices().collect();
    let mut cuts = vec![0];
    for pair in chars.windows(2).enumerate() {
        let (i, [(_, before), (at, now)]) = (pair.0, pair.1) else { continue };
        let next = chars.get(i + 2).map(|(_, c)| *c);
        let turn = now.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        let acronym_ends = now.is_uppercase() && before.is_uppercase() && next.is_some_and(char::is_lowercase);
        if turn || acronym_ends {
            cuts.push(*at);
        }
    }
    cuts.push(run.len());
    let several = cuts.len() > 2;
    if several {
        lower.clear();
        lower.extend(run.chars().flat_map(char::to_lowercase));
        each(Word { lower, start, end: start + run.len(), whole: true });
    }
    for cut in cuts.windows(2) {
        let (Some(from), Some(to)) = (cut.first(), cut.get(1)) else { continue };
        let part = run.get(*from..*to).unwrap_or("");
        if part.len() > 1 || part.bytes().all(|b| b.is_ascii_digit()) {
            lower.clear();
            lower.extend(part.chars().flat_map(char::to_lowercase));
            each(Word { lower, start: start + from, end: start + to, whole: false });
        }
    }
}

/// The words of a text in lower case.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    scan(text, |word| out.push(word.lower.to_owned()));
    out
}

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));

/// The stem of one word in lower case.
pub(super) fn stem(word: &str) -> String {
    if word.bytes().any(|b| b.is_ascii_digit()) {
        return word.to_owned();
    }
    apart(word).map_or_else(|| STEMMER.stem(word).into_owned(), str::to_owned)
}

/// Words that end like one who does something and are none.
const NO_AGENT: &str = "smaller greater shorter stronger quicker heavier lighter cheaper earlier simpler busier another together whether \
    rather further remember consider discover recover deliver register transfer trigger encounter";

/// The stem of a word that the stemmer would make one with another it has nothing to do with: one who does something is
/// not what is done (`operator` and `operation`, `container` and `contains`), and what is important is not imported.
fn apart(word: &str) -> Option<&str> {
    if word == "important" {
        return Some(word);
    }
    let one = word.strip_suffix('s').unwrap_or(word);
    let agent = one.len() > 6 && (one.ends_with("er") || one.ends_with("or"));
    (agent && !NO_AGENTS.contains(one)).then_some(one)
}

/// Words that say that something is wrong, and not what.
const COMPLAINT: &str = "broken broke break wrong bad error errors fail fails failed failing failure fault faulty problem problems \
    issue issues trouble down dead die died crash crashed stop stopped work working works worked run running dont know knows idea \
    help sos urgent urgently emergency asap everything all nothing anything something everybody nobody anybody somebody someone \
    weird strange odd funny unusual mess messed screwed panic panicking happen happens happened goes \
    going went gone stuff thing things system systems service services program application server machine computer it they users \
    user customer customers people boss complain complains complaining complaint complaints angry complained";

const STOP: &str = "the an a i is are was were be been being to of in on at for and or it its this that these those with as by from \
    my our your we you he she they them their me do does did doing how what why when where which who can could would should \
    will shall have has had having there here then than so if but just now get gets getting got any some all into out up \
    about am im us please help http https com org www app info also very really too such may might must let via per etc";

/// The stem that stands for every way to say no.
pub(super) const NOT: &str = "not";

/// Words that say that something is not so.
const NO: &str = "not no never wont cant cannot doesnt dont didnt isnt arent wasnt werent couldnt wouldnt hasnt havent hadnt \
    shouldnt aint nor neither";
/// Words that say that something is not so, and something more.
const NOT_QUITE: &str = "unable refuses refuse refusing fails fail failed failing";

/// Words between the words of a phrase that do not break it.
const GLUE: &str = "the a an is are was were be been being to of in on at it its this that these those with my our your we they i \
    you he she even any get gets getting got has have had will would can could do does did just so there us them ever still \
    really able properly correctly anymore";

static STOPS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| STOP.split_whitespace().collect());
static NO_AGENTS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| NO_AGENT.split_whitespace().collect());
static NOTS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| NO.split_whitespace().collect());
static NOT_QUITES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| NOT_QUITE.split_whitespace().collect());
static GLUES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| GLUE.split_whitespace().collect());
static COMPLAINTS: LazyLock<FxHashSet<String>> = LazyLock::new(|| COMPLAINT.split_whitespace().map(stem).collect());
static PRODUCTS: LazyLock<FxHashSet<String>> =
    LazyLock::new(|| include_str!("products.txt").split_whitespace().map(stem).collect());
static EVERYDAY: LazyLock<FxHashSet<String>> =
    LazyLock::new(|| include_str!("everyday.txt").split_whitespace().map(stem).collect());

/// Words that say nothing about a problem.
pub(super) fn is_stop(word: &str) -> bool {
    STOPS.contains(word)
}

/// Whether a word says no and nothing else.
pub(super) fn is_no(word: &str) -> bool {
    NOTS.contains(word)
}

/// Whether a word turns what follows it into its opposite.
pub(super) fn is_not(word: &str) -> bool {
    NOTS.contains(word) || NOT_QUITES.contains(word)
}

pub(super) fn is_glue(word: &str) -> bool {
    GLUES.contains(word)
}

/// Whether a stem belongs to everyday English: it says something, but seldom what is wrong.
pub(super) fn is_everyday(stem: &str) -> bool {
    EVERYDAY.contains(stem)
}

/// Whether a stem is the name of a product, which no other can stand for.
pub(super) fn is_product(stem: &str) -> bool {
    PRODUCTS.contains(stem)
}

/// Whether a stem only says that something is wrong.
pub(super) fn is_complaint(stem: &str) -> bool {
    COMPLAINTS.contains(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_split_and_kept_whole() {
        assert_eq!(split("KubePodCrashLooping"), ["kubepodcrashlooping", "kube", "pod", "crash", "looping"]);
        assert_eq!(split("OOMKilled"), ["oomkilled", "oom", "killed"]);
        assert_eq!(split("HTTPServer2Go"), ["httpserver2go", "http", "server2", "go"]);
        assert_eq!(split("max_user_watches=8192 /var/lib"), ["max", "user", "watches", "8192", "var", "lib"]);
        assert_eq!(split("ECONNREFUSED"), ["econnrefused"]);
    }

    #[test]
    fn apostrophes_belong_to_their_words() {
        assert_eq!(
            split("it won't start, the server’s down; 'quoted'"),
            ["it", "wont", "start", "the", "server", "down", "quoted"]
        );
    }

    #[test]
    fn who_does_something_is_not_what_is_done() {
        for (one, other) in [("operator", "operation"), ("containers", "contains"), ("important", "imports")] {
            assert_ne!(stem(one), stem(other), "{one}");
        }
        assert_eq!(stem("exporters"), stem("exporter"));
        assert_eq!(stem("triggers"), stem("triggered"));
    }

    #[test]
    fn any_text_has_words_within_it() {
        for text in ["", "’", "é’t", "ÄÖÜ ẞ", "a'", "x".repeat(100).as_str(), "İstanbul ﬀX"] {
            scan(text, |w| assert!(w.end <= text.len() && w.start < w.end));
        }
    }
}
