//! The ranking by words and the likeness of meaning made one answer, where an encoder is at hand.
//! It never encodes anything: it is given how alike each section is.

use super::{Answer, Match, Why};
use crate::query::Query;

/// Says how alike in meaning a question and each section are.
pub trait Meaning: Send {
    /// The cosine of the question and each section, in the sections' order; `None` where it cannot be told.
    fn likeness(&self, query: &Query) -> Option<Vec<f32>>;
}

/// Half the words, half the meaning: measured as the best share for sentence encoders beside one BM25F sum.
const SHARE: f32 = 0.5;
/// Cosines that say nothing and that say it all; between them confidence grows. What small sentence encoders give.
const UNLIKE: f32 = 0.15;
const ALIKE: f32 = 0.60;

/// The `top` sections by both; `words` should hold more than `top`, so that none is lost that meaning lifts.
pub fn blend(words: Answer, likeness: &[f32], top: usize) -> Answer {
    let highest = words.matches.iter().map(|m| m.score).fold(f32::EPSILON, f32::max);
    let closest = likeness.iter().copied().fold(f32::EPSILON, f32::max);
    let mut ranked: Vec<(f32, Match)> = Vec::new();
    for found in words.matches {
        let alike = likeness.get(found.section).copied().unwrap_or(0.0).max(0.0);
        ranked.push(((1.0 - SHARE) * found.score / highest + SHARE * alike / closest, found));
    }
    let known: std::collections::HashSet<usize> = ranked.iter().map(|(_, m)| m.section).collect();
    for (section, alike) in likeness.iter().enumerate().filter(|(s, a)| **a > UNLIKE && !known.contains(s)) {
        let why = Why { terms: Vec::new(), ..Why::default() };
        ranked.push((SHARE * alike / closest, Match { section, score: 0.0, why }));
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.section.cmp(&b.1.section)));
    let matches: Vec<Match> =
        ranked.into_iter().take(top).map(|(both, found)| Match { score: both * highest, ..found }).collect();
    let meant = ((closest - UNLIKE) / (ALIKE - UNLIKE)).clamp(0.0, 1.0);
    let confidence = (1.0 - SHARE) * words.confidence + SHARE * meant;
    let confident = !matches.is_empty() && confidence >= super::ENOUGH;
    Answer { confident, confidence, matches, ..words }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(scores: &[(usize, f32)]) -> Answer {
        let matches =
            scores.iter().map(|(section, score)| Match { section: *section, score: *score, why: Why::default() });
        Answer { matches: matches.collect(), confident: true, confidence: 0.5, ..Answer::default() }
    }

    fn order(answer: &Answer) -> Vec<usize> {
        answer.matches.iter().map(|m| m.section).collect()
    }

    #[test]
    fn meaning_lifts_what_words_miss_and_breaks_what_they_tie() {
        let blended = blend(answer(&[(0, 4.0), (1, 3.9)]), &[0.1, 0.5, 0.6], 3);
        assert_eq!(order(&blended), [1, 0, 2]);
        let unsaid = blend(answer(&[]), &[0.0, 0.55, 0.1], 3);
        assert_eq!(order(&unsaid), [1], "no word is shared, the meaning is");
    }

    #[test]
    fn confidence_falls_where_nothing_is_alike() {
        let near = blend(answer(&[(0, 4.0)]), &[0.6], 1);
        let far = blend(answer(&[(0, 4.0)]), &[0.1], 1);
        assert!(near.confidence > far.confidence);
        assert_eq!(order(&blend(answer(&[(0, 4.0)]), &[], 1)), [0], "without vectors the words' order stays");
    }
}
