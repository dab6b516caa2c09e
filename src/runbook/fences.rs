//! Fences made whole: one that is never closed, closed in its own last line, or opened twice ends where its author meant it to.
//! It never moves a line: every line of the text it gives still has the number it has in the file.

use super::Problem;
use super::parse::problem;

/// Markdown with whole fences.
pub(super) struct Whole {
    pub text: String,
    /// For each line of `text` its 1-based line in the file.
    pub lines: Vec<usize>,
    pub problems: Vec<Problem>,
}

/// A fence's mark in a line.
struct Mark<'a> {
    char: char,
    length: usize,
    info: &'a str,
}

/// The open fence.
struct Open {
    at: usize,
    char: char,
    length: usize,
    /// Where in `out` it begins.
    out: usize,
}

/// Mends the fences of `markdown`.
pub(super) fn whole(markdown: &str) -> Whole {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut out: Vec<(String, usize)> = Vec::with_capacity(lines.len());
    let mut problems = Vec::new();
    let mut open: Option<Open> = None;
    for (i, line) in lines.iter().copied().enumerate() {
        let found = mark(line);
        match (&open, found) {
            (None, Some(found)) => {
                open = Some(Open { at: i, char: found.char, length: found.length, out: out.len() });
                out.push((line.to_owned(), i + 1));
            }
            (Some(fence), Some(found)) if found.char == fence.char && found.length >= fence.length => {
                if found.info.is_empty() {
                    out.push((line.to_owned(), i + 1));
                    open = None;
                } else if nested(&lines, i, fence) {
                    out.push((line.to_owned(), i + 1));
                } else {
                    // Another fence begins: the first was left open.
                    problems.push(left_open(fence.at));
                    close(&mut out, fence);
                    open = Some(Open { at: i, char: found.char, length: found.length, out: out.len() });
                    out.push((line.to_owned(), i + 1));
                }
            }
            (Some(fence), _) => match closed_behind(line, fence) {
                Some(text) => {
                    problems.push(problem(
                        i + 1,
                        "unbalanced-fence",
                        "this fence is closed at the end of a line of its text; the mark needs a line of its own",
                    ));
                    out.push((text.to_owned(), i + 1));
                    out.push((fence.char.to_string().repeat(fence.length), i + 1));
                    open = None;
                }
                None => out.push((line.to_owned(), i + 1)),
            },
            (None, None) => match opened_behind(line).filter(|_| closes(lines.get(i + 1..).unwrap_or_default())) {
                Some(text) => {
                    problems.push(problem(
                        i + 1,
                        "unbalanced-fence",
                        "this fence is opened at the end of a line of text; the mark needs a line of its own",
                    ));
                    out.push((text.to_owned(), i + 1));
                    open = Some(Open { at: i, char: '`', length: 3, out: out.len() });
                    out.push(("```".to_owned(), i + 1));
                }
                None => out.push((line.to_owned(), i + 1)),
            },
        }
    }
    if let Some(fence) = &open {
        problems.push(left_open(fence.at));
        close(&mut out, fence);
    }
    let text = out.iter().map(|(l, _)| l.as_str()).collect::<Vec<_>>().join("\n");
    Whole { text, lines: out.into_iter().map(|(_, n)| n).collect(), problems }
}

fn left_open(at: usize) -> Problem {
    problem(at + 1, "unbalanced-fence", "this fence is never closed; it was closed before the next heading or fence")
}

/// A run of three or more backticks or tildes that a line begins with, behind list and quotation marks.
fn mark(line: &str) -> Option<Mark<'_>> {
    let mut bare = line.trim_start_matches([' ', '\t', '>']);
    if let Some(rest) = bare.strip_prefix(['-', '*', '+']).filter(|r| r.starts_with(' ')) {
        bare = rest.trim_start();
    } else {
        let rest = bare.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() < bare.len() && (rest.starts_with(". ") || rest.starts_with(") ")) {
            bare = rest.get(1..).unwrap_or("").trim_start();
        }
    }
    let char = bare.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = bare.chars().take_while(|c| *c == char).count();
    let info = bare.get(length..).unwrap_or("").trim();
    // Code in a line that begins with it is no fence.
    (length >= 3 && !(char == '`' && info.contains('`'))).then_some(Mark { char, length, info })
}

/// A line of a fence's text that ends in the fence's mark.
fn closed_behind<'a>(line: &'a str, fence: &Open) -> Option<&'a str> {
    let bare = line.trim_end();
    let text = bare.trim_end_matches(fence.char);
    (bare.len() - text.len() >= fence.length && !text.trim().is_empty() && !text.contains("```")).then_some(text)
}

/// A line of text that ends in a fence's mark: `it looks like this: ` and three backticks.
fn opened_behind(line: &str) -> Option<&str> {
    let text = line.trim_end().strip_suffix("```")?;
    (!text.trim().is_empty() && !text.contains('`')).then_some(text)
}

/// Whether the next mark of these lines closes a fence that is open, before a heading comes.
fn closes(lines: &[&str]) -> bool {
    let heading = |l: &&str| l.starts_with('#') && l.trim_start_matches('#').starts_with(' ');
    let next = lines.iter().take_while(|l| !heading(l)).find_map(|l| mark(l));
    next.is_some_and(|m| m.char == '`' && m.length == 3 && m.info.is_empty())
}

/// Whether a fence inside a fence is an example of Markdown: the closing marks of both follow before a heading.
fn nested(lines: &[&str], at: usize, fence: &Open) -> bool {
    let markdown = lines.get(fence.at).is_some_and(|l| l.to_lowercase().contains("markdown") || l.ends_with("`md"));
    markdown && lines.iter().skip(at).any(|l| mark(l).is_some_and(|m| m.char == fence.char && m.info.is_empty()))
}

/// Closes a fence before the first heading in it, or at the first empty line, or at its end.
fn close(out: &mut Vec<(String, usize)>, fence: &Open) {
    let inside = out.get(fence.out + 1..).unwrap_or_default();
    let heading = |l: &str| {
        let level = l.chars().take_while(|c| *c == '#').count();
        (2..=6).contains(&level) && l.get(level..).is_some_and(|r| r.starts_with(' '))
    };
    let at = inside.iter().position(|(l, _)| heading(l)).map_or(out.len(), |i| fence.out + 1 + i);
    let line = out.get(at.saturating_sub(1)).map_or(1, |(_, n)| *n);
    out.insert(at, (fence.char.to_string().repeat(fence.length), line));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> (String, Vec<usize>, usize) {
        let whole = whole(text);
        (whole.text, whole.lines, whole.problems.len())
    }

    #[test]
    fn whole_fences_stay_as_they_are() {
        for text in
            ["a\n```sh\nls\n```\nb", "- x\n    ```\n    ls\n    ```", "````md\n```sh\nls\n```\n````", "```ls```\nb"]
        {
            let (same, lines, problems) = mended(text);
            assert_eq!((same.as_str(), problems), (text, 0));
            assert_eq!(lines, (1..=text.lines().count()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn broken_fences_end_where_they_were_meant_to() {
        assert_eq!(mended("```\nls\n\n## B\nx"), ("```\nls\n\n```\n## B\nx".into(), vec![1, 2, 3, 3, 4, 5], 1));
        assert_eq!(mended("```\nls```\nx"), ("```\nls\n```\nx".into(), vec![1, 2, 2, 3], 1));
        assert_eq!(mended("```sh\nls\n## B\n```sh\nid\n```").0, "```sh\nls\n```\n## B\n```sh\nid\n```");
        assert_eq!(mended("```\nls"), ("```\nls\n```".into(), vec![1, 2, 2], 1));
        assert_eq!(
            mended("* like this: ```\nID NAME\n```\n* then `ls`\n## B"),
            ("* like this: \n```\nID NAME\n```\n* then `ls`\n## B".into(), vec![1, 1, 2, 3, 4, 5], 1)
        );
        assert_eq!(mended("so: ```\n## B\n```\nls\n```").0, "so: ```\n## B\n```\nls\n```");
    }
}
