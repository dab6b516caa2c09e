//! The name that was meant: the nearest of a list to a word with a slip in it.
//! It never offers a name that is not near.

/// The nearest of `names` to `word`, where one is near enough to have been meant.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let allowed = (lower.chars().count() / 3).clamp(1, 4);
    let near = names.into_iter().map(|name| (distance(&name.to_lowercase(), &lower), name));
    near.min().filter(|(far, _)| *far <= allowed).map(|(_, name)| name)
}

/// How many letters two short words differ by (Levenshtein).
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, cb) in b.iter().enumerate() {
            let left = row.get(j).copied().unwrap_or(0) + 1;
            let Some(cell) = row.get_mut(j + 1) else { break };
            let replaced = diagonal + usize::from(ca != *cb);
            diagonal = *cell;
            *cell = replaced.min(left).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let names = ["knowledge", "timeout", "project"];
        assert_eq!(nearest("knowlege", names), Some("knowledge"));
        assert_eq!(nearest("timeot", names), Some("timeout"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
