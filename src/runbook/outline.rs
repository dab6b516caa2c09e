//! Markdown events to headings with their blocks: text, code, bold titles, links and annotations, each with its line.
//! It never decides what a block is for.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::{Problem, fences, html, lines};

/// A document: its headings, what its front matter says, and what is odd.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// The text before the first heading is a heading of level 0.
    pub headings: Vec<Heading>,
    /// The title of the front matter.
    pub title: Option<String>,
    /// The aliases of the front matter.
    pub aliases: Vec<String>,
    pub problems: Vec<Problem>,
}

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
        /// With the line each stands in.
        commands: Vec<(String, usize)>,
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

/// Reads a document.
pub(super) fn outline(markdown: &str) -> Document {
    let whole = fences::whole(markdown);
    let text = shortcodes(&whole.text);
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
    let line_of = |offset: usize| {
        let line = starts.partition_point(|s| *s <= offset);
        whole.lines.get(line.saturating_sub(1)).copied().unwrap_or(line)
    };
    let mut out = Outline { headings: vec![Heading { line: 1, ..Heading::default() }], ..Outline::default() };
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
        out.event(event, line_of(range.start), text.get(range).unwrap_or(""));
    }
    out.end_text();
    let (title, aliases) = front_matter(&out.front);
    out.headings.retain(|h| h.level > 0 || !h.blocks.is_empty());
    Document { headings: out.headings, title, aliases, problems: whole.problems }
}

/// The text without the shortcodes of site generators; one that names a page becomes its address. No line is moved.
fn shortcodes(text: &str) -> String {
    if !text.contains("{{<") && !text.contains("{{%") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut fenced = false;
    for (n, line) in text.lines().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        fenced ^= line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        let mut rest = line;
        while let Some((at, end)) = (!fenced)
            .then(|| {
                ["{{<", "{{%"]
                    .iter()
                    .filter_map(|s| Some((rest.find(s)?, if *s == "{{<" { ">}}" } else { "%}}" })))
                    .min()
            })
            .flatten()
        {
            let (before, code) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let Some((inside, after)) = code.get(3..).and_then(|c| c.split_once(end)) else { break };
            out.push_str(before);
            let inside = inside.trim();
            if inside.starts_with("ref ") || inside.starts_with("relref ") {
                let page = inside.split_once(' ').map_or("", |(_, p)| p);
                out.push_str(page.trim().trim_matches(['"', '\'', '`']));
            }
            rest = after;
        }
        out.push_str(rest);
    }
    out
}

/// Title and aliases of a front matter, YAML or TOML.
fn front_matter(text: &str) -> (Option<String>, Vec<String>) {
    let bare = |value: &str| value.trim().trim_matches(['"', '\'']).trim().to_owned();
    let (mut title, mut aliases, mut listing) = (None, Vec::new(), false);
    for line in text.lines() {
        if let Some(item) = line.trim_start().strip_prefix("- ").filter(|_| listing) {
            aliases.push(bare(item));
            continue;
        }
        let Some((key, value)) = line.split_once(':').or_else(|| line.split_once('=')) else { continue };
        listing = key.trim() == "aliases";
        if listing {
            aliases.extend(value.trim().trim_matches(['[', ']']).split(',').map(bare).filter(|a| !a.is_empty()));
        } else if key.trim() == "title" && title.is_none() {
            title = Some(bare(value)).filter(|t| !t.is_empty());
        }
    }
    // An alias that is an address of the site says nothing.
    aliases.retain(|a| !a.starts_with('/'));
    (title, aliases)
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
    /// The text of the front matter.
    front: String,
    /// A block of HTML with its first line.
    html: Option<(String, usize)>,
    code: Option<(String, String, usize)>,
    strong: usize,
    /// Everything so far in this paragraph was bold.
    all_strong: bool,
    commands: Vec<(String, usize)>,
    /// Code that a paragraph begins with.
    first_code: Option<(String, usize)>,
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
                if self.quote == 0 && !self.heading && lines::inline(&text) {
                    self.commands.push((text.trim().to_owned(), line));
                } else if self.quote == 0 && self.text.is_empty() {
                    self.first_code = Some((text.trim().to_owned(), line));
                }
                self.words(&text);
            }
            Event::SoftBreak | Event::HardBreak => self.words(" "),
            Event::Start(Tag::HtmlBlock) => {
                self.end_text();
                self.html = Some((String::new(), line));
            }
            Event::Html(text) => match &mut self.html {
                Some((html, _)) => html.push_str(&text),
                None => self.html_block(raw, line),
            },
            Event::End(TagEnd::HtmlBlock) => {
                if let Some((html, line)) = self.html.take() {
                    self.html_block(&html, line);
                }
            }
            Event::InlineHtml(_) => {
                if raw.starts_with("<!--") {
                    self.annotation(raw);
                } else if html::is_tag(raw) {
                    self.words(" ");
                } else {
                    // `<PID>` in a sentence is no HTML.
                    self.words(raw);
                }
            }
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
            self.front.push_str(text);
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
        self.text.push_str(text);
    }

    fn end_text(&mut self) {
        if self.heading {
            return;
        }
        let text = std::mem::take(&mut self.text).trim().to_owned();
        let mut commands = std::mem::take(&mut self.commands);
        let (line, item) = (self.line, self.item > 0);
        let whole = self.first_code.take().filter(|(code, _)| *code == text && !item && lines::alone(code));
        commands.extend(whole);
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

    /// A block of HTML: annotations, titles of what is folded, preformatted text, and its words.
    fn html_block(&mut self, raw: &str, line: usize) {
        self.annotation(raw);
        for part in html::parts(raw) {
            match part {
                html::Part::Title(text, below) => self.push(Block::Strong { text, line: line + below }),
                html::Part::Code(text, below) => {
                    self.push(Block::Code { language: String::new(), text, line: line + below });
                }
                html::Part::Text(text, below) => {
                    self.push(Block::Text { text, line: line + below, item: false, commands: Vec::new() });
                }
            }
        }
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
