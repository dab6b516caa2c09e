//! Markdown events to headings with their blocks: text, code, bold titles, links and annotations, each with its line.
//! It never decides what a block is for.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::Problem;
use super::parse::problem;

/// A heading with what stands below it, up to the next one.
#[derive(Debug, Default)]
pub(super) struct Heading {
    pub title: String,
    /// 1 to 6; 0 for the text before the first heading.
    pub level: usize,
    pub line: usize,
    pub blocks: Vec<Block>,
}

/// One block below a heading.
#[derive(Debug)]
pub(super) enum Block {
    /// A paragraph, list item or table row; `commands` are inline code that stands for something to run.
    Text {
        text: String,
        line: usize,
        item: bool,
        commands: Vec<String>,
    },
    /// A paragraph that is bold as a whole: a title.
    Strong {
        text: String,
        line: usize,
    },
    Code {
        language: String,
        text: String,
        line: usize,
    },
    Link {
        text: String,
        target: String,
        line: usize,
    },
    /// An annotation, `<!-- unstuck: key: value -->`.
    Note {
        key: String,
        value: String,
    },
}

impl Block {
    /// The words of the block, for matching.
    pub(super) fn text(&self) -> &str {
        match self {
            Block::Text { text, .. } | Block::Strong { text, .. } | Block::Code { text, .. } => text,
            Block::Link { .. } | Block::Note { .. } => "",
        }
    }
}

/// The headings of a document, the text before the first one included, and what is odd.
pub(super) fn outline(markdown: &str) -> (Vec<Heading>, Vec<Problem>) {
    let (text, problems) = balanced(markdown);
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
    let line_of = |offset: usize| starts.partition_point(|s| *s <= offset);
    let mut out = Outline { headings: vec![Heading { line: 1, ..Heading::default() }], ..Outline::default() };
    let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
        out.event(event, line_of(range.start), text.get(range).unwrap_or(""));
    }
    out.end_text();
    out.headings.retain(|h| h.level > 0 || !h.blocks.is_empty());
    (out.headings, problems)
}

/// A fence that is never closed and would swallow headings is closed before the first of them.
fn balanced(markdown: &str) -> (String, Vec<Problem>) {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut open: Option<(usize, char, usize)> = None;
    for (i, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        for mark in ['`', '~'] {
            let length = bare.chars().take_while(|c| *c == mark).count();
            if length < 3 {
                continue;
            }
            let info = bare.get(length..).unwrap_or("").trim();
            open = match open {
                None => Some((i, mark, length)),
                Some((_, m, l)) if m == mark && length >= l && info.is_empty() => None,
                other => other,
            };
        }
    }
    let Some((at, mark, length)) = open else { return (markdown.to_owned(), Vec::new()) };
    let next = lines
        .iter()
        .enumerate()
        .skip(at + 1)
        .find(|(_, l)| l.starts_with('#') && l.trim_start_matches('#').starts_with(' ') && l.starts_with("##"));
    let Some((heading, _)) = next else {
        return (markdown.to_owned(), vec![problem(at + 1, "unbalanced-fence", "this fence is never closed")]);
    };
    let mut out: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
    // The closing mark takes the place of the line before the heading, so that all lines keep their numbers.
    if let Some(before) = out.get_mut(heading.saturating_sub(1)) {
        *before = mark.to_string().repeat(length);
    }
    (
        out.join("\n"),
        vec![problem(at + 1, "unbalanced-fence", "this fence is never closed; it was closed before the next heading")],
    )
}

#[derive(Default)]
struct Outline {
    headings: Vec<Heading>,
    text: String,
    line: usize,
    heading: bool,
    item: usize,
    /// Inside a quotation, which holds remarks and no steps.
    quote: usize,
    meta: bool,
    code: Option<(String, String, usize)>,
    strong: usize,
    /// Everything so far in this paragraph was bold.
    all_strong: bool,
    commands: Vec<String>,
    link: Option<(String, String, usize)>,
}

impl Outline {
    fn event(&mut self, event: Event<'_>, line: usize, raw: &str) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                self.end_text();
                self.headings.push(Heading { level: level as usize, line, ..Heading::default() });
                self.heading = true;
            }
            Event::End(TagEnd::Heading(_)) => {
                let title = std::mem::take(&mut self.text);
                self.commands.clear();
                if let Some(heading) = self.headings.last_mut() {
                    heading.title = title.trim().to_owned();
                }
                self.heading = false;
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                self.end_text();
                let (language, first) = match kind {
                    CodeBlockKind::Fenced(info) => {
                        (info.split_whitespace().next().unwrap_or("").to_lowercase(), line + 1)
                    }
                    CodeBlockKind::Indented => (String::new(), line),
                };
                self.code = Some((language, String::new(), first));
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((language, text, line)) = self.code.take() {
                    self.push(Block::Code { language, text, line });
                }
            }
            Event::Start(Tag::MetadataBlock(_)) => self.meta = true,
            Event::End(TagEnd::MetadataBlock(_)) => self.meta = false,
            Event::Start(Tag::Paragraph | Tag::TableRow | Tag::TableHead) => self.begin(line),
            Event::End(TagEnd::Paragraph | TagEnd::TableRow | TagEnd::TableHead) => self.end_text(),
            Event::Start(Tag::Item) => {
                self.end_text();
                self.item += 1;
                self.begin(line);
            }
            Event::End(TagEnd::Item) => {
                self.end_text();
                self.item = self.item.saturating_sub(1);
            }
            Event::Start(Tag::BlockQuote(_)) => {
                self.end_text();
                self.quote += 1;
            }
            Event::End(TagEnd::BlockQuote(_)) => {
                self.end_text();
                self.quote = self.quote.saturating_sub(1);
            }
            Event::Start(Tag::Strong) => self.strong += 1,
            Event::End(TagEnd::Strong) => self.strong = self.strong.saturating_sub(1),
            Event::Start(Tag::Link { dest_url, .. }) => self.link = Some((String::new(), dest_url.to_string(), line)),
            Event::End(TagEnd::Link) => {
                if let Some((text, target, line)) = self.link.take() {
                    self.push(Block::Link { text, target, line });
                }
            }
            Event::End(TagEnd::TableCell) => self.text.push(' '),
            Event::Text(text) => self.words(&text),
            Event::Code(text) => {
                if self.quote == 0
                    && crate::command::Script::plain(&text)
                        .is_some_and(|s| s.pipelines.iter().all(|p| p.commands.iter().all(|c| c.argv.len() > 1)))
                    && super::blocks::starts_with_tool(&text)
                {
                    self.commands.push(text.to_string());
                }
                self.words(&text);
            }
            Event::SoftBreak | Event::HardBreak => self.words(" "),
            // A block of several lines comes as an event a line; only the whole of it holds its annotations.
            Event::Start(Tag::HtmlBlock) => self.annotation(raw),
            Event::InlineHtml(_) => self.annotation(raw),
            _ => {}
        }
    }

    fn begin(&mut self, line: usize) {
        if self.text.trim().is_empty() {
            self.text.clear();
            self.line = line;
            self.all_strong = true;
        }
    }

    fn words(&mut self, text: &str) {
        if self.meta {
            return;
        }
        if let Some((_, code, _)) = &mut self.code {
            code.push_str(text);
            return;
        }
        if let Some((words, _, _)) = &mut self.link {
            words.push_str(text);
        }
        if self.strong == 0 && !text.trim().is_empty() {
            self.all_strong = false;
        }
        // A shortcode of a site generator is no text.
        if !text.trim_start().starts_with("{{") {
            self.text.push_str(text);
        }
    }

    fn end_text(&mut self) {
        if self.heading {
            return;
        }
        let text = std::mem::take(&mut self.text).trim().to_owned();
        let commands = std::mem::take(&mut self.commands);
        let (line, item) = (self.line, self.item > 0);
        if text.is_empty() {
            return;
        }
        if self.all_strong && commands.is_empty() {
            self.push(Block::Strong { text, line });
        } else {
            self.push(Block::Text { text, line, item, commands });
        }
        self.all_strong = true;
    }

    fn annotation(&mut self, raw: &str) {
        for inner in raw.split("<!--").skip(1) {
            let inner = inner.split("-->").next().unwrap_or("").trim();
            let Some(rest) = inner.strip_prefix("unstuck:") else { continue };
            for part in rest.lines() {
                if let Some((key, value)) = part.split_once(':') {
                    self.push(Block::Note { key: key.trim().to_lowercase(), value: value.trim().to_owned() });
                }
            }
        }
    }

    fn push(&mut self, block: Block) {
        if let Some(heading) = self.headings.last_mut() {
            heading.blocks.push(block);
        }
    }
}
