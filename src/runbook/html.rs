//! The little HTML that Markdown of runbooks holds: folded details, preformatted text, and words between tags.
//! It never fails: what is no tag is text.

/// A piece of a block of HTML, with its line below the block's first one.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    /// The summary of a folded part, or a heading.
    Title(String, usize),
    /// Preformatted text.
    Code(String, usize),
    Text(String, usize),
}

/// Elements that are HTML; everything else in angle brackets is an author's placeholder.
const TAGS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "center",
    "cite",
    "code",
    "col",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figure",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "iframe",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
];

/// Whether `<...>` is an element of HTML.
pub(super) fn is_tag(raw: &str) -> bool {
    TAGS.contains(&name(raw).as_str())
}

fn name(raw: &str) -> String {
    let inner = raw.trim_start_matches(['<', '/']);
    inner.chars().take_while(|c| c.is_ascii_alphanumeric()).collect::<String>().to_lowercase()
}

/// The pieces of a block of HTML in their order.
pub(super) fn parts(raw: &str) -> Vec<Part> {
    let mut out = Vec::new();
    let (mut text, mut began, mut line) = (String::new(), 0, 0);
    let mut within = String::new();
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("<!--") {
            let end = comment.find("-->").map_or(comment.len(), |e| e + 3);
            line += comment.get(..end).unwrap_or("").matches('\n').count();
            rest = comment.get(end..).unwrap_or("");
            continue;
        }
        let tag = rest.strip_prefix('<').and_then(|r| r.find('>')).map(|e| rest.get(..e + 2).unwrap_or(rest));
        if let Some(tag) = tag.filter(|t| is_tag(t)) {
            let (name, closing) = (name(tag), tag.starts_with("</"));
            let breaks = !matches!(
                name.as_str(),
                "a" | "abbr"
                    | "b"
                    | "code"
                    | "em"
                    | "font"
                    | "i"
                    | "kbd"
                    | "mark"
                    | "s"
                    | "small"
                    | "span"
                    | "strong"
                    | "sub"
                    | "sup"
                    | "tt"
                    | "u"
                    | "var"
            );
            if breaks && within != "pre" || name == "pre" {
                push(&mut out, &within, &mut text, began);
                began = line;
                within = if closing { String::new() } else { name };
            }
            line += tag.matches('\n').count();
            rest = rest.get(tag.len()..).unwrap_or("");
            continue;
        }
        if text.trim().is_empty() && !c.is_whitespace() {
            began = line;
        }
        line += usize::from(c == '\n');
        text.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    push(&mut out, &within, &mut text, began);
    out
}

fn push(out: &mut Vec<Part>, within: &str, text: &mut String, line: usize) {
    let text = std::mem::take(text);
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    if text.trim().is_empty() {
        return;
    }
    let words = || text.split_whitespace().collect::<Vec<_>>().join(" ");
    out.push(match within {
        "pre" => Part::Code(text.trim_matches('\n').to_owned(), line),
        "summary" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Part::Title(words(), line),
        _ => Part::Text(words(), line),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_and_preformatted_text_are_found_with_their_lines() {
        let found = parts(
            "<details>\n<summary>Full <b>context</b></summary>\n\nkill <PID> now<br>\n<pre>\nls &lt;x&gt;\n</pre>\n<!-- no\ntext -->",
        );
        assert_eq!(
            found,
            [
                Part::Title("Full context".into(), 1),
                Part::Text("kill <PID> now".into(), 3),
                Part::Code("ls <x>".into(), 5),
            ]
        );
        assert!(parts("<div>").is_empty() && parts("a < b").len() == 1 && parts("<").len() == 1);
    }
}
