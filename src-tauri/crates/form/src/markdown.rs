//! Markdown of the round as a page shows it: the same short list of elements as in the window, built from the parsed text and never from its
//! markup. Raw HTML is shown as text, pictures as their description, and a link leads out only by `http`, `https` or `mailto`.
//!
//! Must not pass a string of the text on as markup: every piece is escaped where it is written.

use maud::{Markup, PreEscaped, Render as _};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;

/// The level of the highest heading: the page's own is the one above.
const TOP: usize = 2;

/// The text as markup.
pub(crate) fn markdown(text: &str) -> Markup {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let events: Vec<Event<'_>> = Parser::new_ext(text, options).collect();
    let depths: BTreeSet<HeadingLevel> = events.iter().filter_map(heading).collect();
    let mut page = Page { out: String::with_capacity(text.len() * 2), depths: depths.into_iter().collect(), ..Page::default() };
    for event in events {
        page.take(event);
    }
    PreEscaped(page.out)
}

fn heading(event: &Event<'_>) -> Option<HeadingLevel> {
    match event {
        Event::Start(Tag::Heading { level, .. }) => Some(*level),
        _ => None,
    }
}

#[derive(Default)]
struct Page {
    out: String,
    depths: Vec<HeadingLevel>,
    /// For each link that is open whether it leads anywhere.
    links: Vec<bool>,
    is_head: bool,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(&tag),
            Event::End(tag) => self.close(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.out.push_str("<code>");
                self.text(&text);
                self.out.push_str("</code>");
            }
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>"),
            Event::Rule => self.out.push_str("<hr>"),
            Event::TaskListMarker(is_done) => self.out.push_str(if is_done { "☑ " } else { "☐ " }),
            Event::FootnoteReference(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        text.render_to(&mut self.out);
    }

    fn open(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                let level = self.level(*level);
                self.out.push_str(&format!("<h{level}>"));
            }
            Tag::List(Some(start)) if *start != 1 => self.out.push_str(&format!("<ol start=\"{start}\">")),
            Tag::Link { dest_url, .. } => {
                let leads = is_link(dest_url);
                self.links.push(leads);
                if leads {
                    self.out.push_str("<a rel=\"noopener noreferrer\" target=\"_blank\" href=\"");
                    self.text(dest_url);
                    self.out.push_str("\">");
                }
            }
            Tag::Image { .. } => self.out.push_str("[picture: "),
            Tag::TableHead => {
                self.is_head = true;
                self.out.push_str("<thead><tr>");
            }
            Tag::TableCell if self.is_head => self.out.push_str("<th scope=\"col\">"),
            other => {
                if let Some(name) = name(other.to_end()) {
                    self.out.push_str(&format!("<{name}>"));
                }
            }
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let level = self.level(level);
                self.out.push_str(&format!("</h{level}>"));
            }
            TagEnd::Link => {
                if self.links.pop() == Some(true) {
                    self.out.push_str("</a>");
                }
            }
            TagEnd::Image => self.out.push(']'),
            TagEnd::TableHead => {
                self.is_head = false;
                self.out.push_str("</tr></thead>");
            }
            TagEnd::TableCell if self.is_head => self.out.push_str("</th>"),
            TagEnd::CodeBlock => self.out.push_str("</code></pre>"),
            other => {
                if let Some(name) = name(other) {
                    self.out.push_str(&format!("</{name}>"));
                }
            }
        }
    }

    fn level(&self, level: HeadingLevel) -> usize {
        (TOP + self.depths.iter().position(|known| *known == level).unwrap_or_default()).min(6)
    }
}

/// The element that something is shown as; `None` for what only its content shows.
const fn name(tag: TagEnd) -> Option<&'static str> {
    Some(match tag {
        TagEnd::Paragraph => "p",
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::CodeBlock => "pre><code",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Emphasis => "em",
        TagEnd::Strong => "strong",
        TagEnd::Strikethrough => "del",
        TagEnd::Table => "table",
        TagEnd::TableRow => "tr",
        TagEnd::TableCell => "td",
        _ => return None,
    })
}

fn is_link(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https" | "mailto"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        markdown(text).into_string()
    }

    #[test]
    fn what_people_write_is_laid_out() {
        assert_eq!(
            shown("Use **test** cards:\n\n1. `4242`\n2. _any_ date"),
            "<p>Use <strong>test</strong> cards:</p><ol><li><code>4242</code></li><li><em>any</em> date</li></ol>"
        );
        assert_eq!(shown("### Before\n# Over\n"), "<h3>Before</h3><h2>Over</h2>", "below the page's own heading");
        assert_eq!(shown("3. c\n"), "<ol start=\"3\"><li>c</li></ol>");
        assert_eq!(shown("- [x] a\n"), "<ul><li>☑ a</li></ul>");
        assert_eq!(shown("```\na < b\n```\n"), "<pre><code>a &lt; b\n</code></pre>");
        assert_eq!(shown("|a|\n|-|\n|b|\n"), "<table><thead><tr><th scope=\"col\">a</th></tr></thead><tr><td>b</td></tr></table>");
        let link = shown("[shop](https://shop.example/?a=1&b=\"2\")");
        assert!(link.contains("href=\"https://shop.example/?a=1&amp;b=&quot;2&quot;\">shop</a>"), "{link}");
    }

    #[test]
    fn nothing_of_it_is_markup_or_leads_astray() {
        let corpus = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "a <b onclick=alert(1)>b</b>",
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a](data:text/html,<script>alert(1)</script>)",
            "[a](https://x\" onmouseover=\"alert(1))",
            "![a\" onerror=\"alert(1)](https://x/y.png)",
            "<javascript:alert(1)>",
            "`<script>`",
            "[a]: javascript:alert(1)\n\n[a]",
            "<!-- x --><svg onload=alert(1)>",
        ];
        for text in corpus {
            let page = shown(text);
            for tag in ["<script", "<img", "<svg", "<b", "href=\"j", "href=\"J", "href=\"data", "\" on"] {
                assert!(!page.contains(tag) || (tag == "<b" && page.contains("<blockquote")), "{text}: {page}");
            }
        }
        assert_eq!(shown("![the sum](https://x/y.png)"), "<p>[picture: the sum]</p>", "nothing is loaded");
    }
}
