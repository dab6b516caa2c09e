//! Text to words and words to stems: identifiers and paths are split, and kept whole as well.
//! It never knows what a word means.

use std::sync::LazyLock;

use tantivy::tokenizer::{Language, SimpleTokenizer, Stemmer, TextAnalyzer, TokenStream};

/// The words of a text in lower case: each run of letters and digits, and the parts of `camelCase`.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for run in text.split(|c: char| !c.is_alphanumeric()).filter(|r| !r.is_empty()) {
        if run.chars().count() > 60 {
            continue;
        }
        let mut parts: Vec<String> = Vec::new();
        let mut before = ' ';
        for c in run.chars() {
            let new = c.is_uppercase() && before.is_lowercase() || parts.is_empty();
            if new {
                parts.push(String::new());
            }
            if let Some(last) = parts.last_mut() {
                last.extend(c.to_lowercase());
            }
            before = c;
        }
        if parts.len() > 1 {
            out.push(run.to_lowercase());
        }
        out.extend(parts.into_iter().filter(|p| p.chars().count() > 1 || p.chars().all(|c| c.is_ascii_digit())));
    }
    out
}

static STEMMER: LazyLock<TextAnalyzer> =
    LazyLock::new(|| TextAnalyzer::builder(SimpleTokenizer::default()).filter(Stemmer::new(Language::English)).build());

/// The stem of one word in lower case.
pub(super) fn stem(word: &str) -> String {
    if word.chars().any(|c| c.is_ascii_digit()) {
        return word.to_owned();
    }
    let mut analyzer = STEMMER.clone();
    let mut stream = analyzer.token_stream(word);
    if stream.advance() { stream.token().text.clone() } else { word.to_owned() }
}

const STOP: &[&str] = &[
    "the", "an", "is", "are", "was", "were", "be", "been", "to", "of", "in", "on", "at", "for", "and", "or", "it",
    "its", "this", "that", "these", "with", "as", "by", "from", "my", "our", "your", "we", "you", "he", "they", "me",
    "do", "does", "did", "how", "what", "why", "when", "where", "which", "who", "can", "could", "would", "should",
    "will", "have", "has", "had", "there", "then", "than", "so", "if", "but", "just", "now", "get", "gets", "got",
    "any", "some", "all", "into", "out", "up", "about", "am", "im", "isnt", "us", "please", "help", "http", "https",
    "com", "org", "www", "app", "info",
];

/// Words that say nothing about a problem.
pub(super) fn is_stop(word: &str) -> bool {
    STOP.contains(&word)
}
