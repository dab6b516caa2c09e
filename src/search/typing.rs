//! Words that were mistyped: the nearest word that the runbooks or operators use.
//! It never changes a word that is known.

/// Shorter words, as typed, are too near to others.
pub(super) const SHORTEST: usize = 6;

/// The nearest of `known` to `stem`, the commoner of two as near; `known` gives a stem and how common it is.
pub(super) fn nearest<'a>(stem: &str, known: impl Iterator<Item = (&'a str, u64)>) -> Option<String> {
    let letters: Vec<char> = stem.chars().collect();
    if letters.len() + 1 < SHORTEST || stem.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let most = if letters.len() >= 8 { 2 } else { 1 };
    known
        .filter(|(word, _)| word.len().abs_diff(stem.len()) <= most && !word.bytes().any(|b| b.is_ascii_digit()))
        .filter_map(|(word, common)| Some((distance(&letters, word, most)?, common, word)))
        .min_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2)))
        .map(|(_, _, word)| word.to_owned())
}

/// Letters added, lost, changed or swapped; `None` beyond `most`.
fn distance(one: &[char], other: &str, most: usize) -> Option<usize> {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j) + usize::from(a != b)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        if row.iter().all(|d| *d > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|d| *d <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_known_word_is_meant() {
        let known = [("sluggish", 3), ("certif", 10), ("second", 9), ("secret", 20)];
        let known = || known.into_iter();
        assert_eq!(nearest("slugish", known()).as_deref(), Some("sluggish"));
        assert_eq!(nearest("certfi", known()).as_deref(), Some("certif"));
        assert_eq!(nearest("secnd", known()).as_deref(), Some("second"));
        assert_eq!(nearest("bluetooth", known()), None);
        assert_eq!(nearest("sec", known()), None);
    }
}
