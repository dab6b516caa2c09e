//! Text in columns: wrapped with a hanging indent, side by side, never wider than the screen.
//! It never drops a word, and knows nothing of what it lays out.

use dialoguer::console::{Style as Paint, measure_text_width};
use unicode_width::UnicodeWidthChar;

/// One column of a row. The last one of a row takes what is left of the width.
pub(super) struct Cell {
    pub text: String,
    /// Columns it takes; longer text goes on below.
    pub width: usize,
    pub paint: Option<Paint>,
}

impl Cell {
    pub(super) fn new(text: impl Into<String>, width: usize) -> Cell {
        Cell { text: text.into(), width, paint: None }
    }

    pub(super) fn painted(text: impl Into<String>, width: usize, paint: Paint) -> Cell {
        Cell { text: text.into(), width, paint: Some(paint) }
    }
}

/// `text` in lines of at most `width` columns, broken at spaces; a longer word is broken where it must be.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split('\n') {
        let text = paragraph.trim_start_matches(' ');
        let mut used = (paragraph.len() - text.len()).min(width / 2);
        let mut current = " ".repeat(used);
        let mut fresh = true;
        for word in text.split(' ') {
            let wide = measure_text_width(word);
            if !fresh && used + 1 + wide > width {
                lines.push(std::mem::take(&mut current));
                (used, fresh) = (0, true);
            }
            if !fresh {
                current.push(' ');
                used += 1;
            }
            fresh = false;
            if used + wide <= width {
                current.push_str(word);
                used += wide;
                continue;
            }
            for letter in word.chars() {
                let columns = letter.width().unwrap_or(0);
                if used + columns > width {
                    lines.push(std::mem::take(&mut current));
                    used = 0;
                }
                current.push(letter);
                used += columns;
            }
        }
        lines.push(current);
    }
    lines
}

/// Cells side by side with two spaces between them, each wrapped in its own column.
pub(super) fn beside(cells: &[Cell], colored: bool) -> Vec<String> {
    let wrapped: Vec<Vec<String>> = cells.iter().map(|c| wrap(&c.text, c.width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|row| {
            let mut line = String::new();
            for (nth, (cell, lines)) in cells.iter().zip(&wrapped).enumerate() {
                if nth > 0 {
                    line.push_str("  ");
                }
                let text = lines.get(row).map_or("", String::as_str);
                match &cell.paint {
                    Some(paint) if !text.is_empty() => {
                        line.push_str(&paint.clone().force_styling(colored).apply_to(text).to_string());
                    }
                    _ => line.push_str(text),
                }
                line.push_str(&" ".repeat(cell.width.saturating_sub(measure_text_width(text))));
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// The width of the widest of `texts`, at most `most`.
pub(super) fn widest<'a>(texts: impl IntoIterator<Item = &'a str>, most: usize) -> usize {
    texts.into_iter().map(measure_text_width).max().unwrap_or(0).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_goes_on_below_and_nothing_is_lost() {
        assert_eq!(wrap("one two three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("abcdefghijklmnopqrst", 8), ["abcdefgh", "ijklmnop", "qrst"]);
        assert_eq!(wrap("", 9), [""]);
        assert_eq!(wrap("  1 of it is far", 9), ["  1 of it", "is far"]);
        let cells = [Cell::new("a title that is long", 9), Cell::new("what it says", 20)];
        assert_eq!(beside(&cells, false), ["a title    what it says", "that is", "long"]);
    }

    #[test]
    fn wide_letters_count_as_wide() {
        assert_eq!(wrap("漢字漢字漢字", 8), ["漢字漢字", "漢字"]);
    }
}
