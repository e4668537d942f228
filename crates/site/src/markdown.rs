//! CommonMark to HTML: the descriptions of the document, and the chapters.

use std::collections::BTreeSet;
use std::fmt;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Text that is HTML already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Html(pub(crate) String);

impl Html {
    /// Plain text as HTML.
    pub(crate) fn text(text: &str) -> Self {
        Self(escape(text))
    }

    /// Plain text as HTML code.
    pub(crate) fn code(text: &str) -> Self {
        Self(format!("<code>{}</code>", escape(text)))
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Marks the type for the template engine: it escapes itself.
impl askama::filters::HtmlSafe for Html {}

/// A heading of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) level: u8,
    pub(crate) id: String,
    pub(crate) text: String,
}

/// A block of code of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Everything after the fence: the language first.
    pub info: String,
    /// The code.
    pub code: String,
}

/// A page out of CommonMark.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// The text of the first heading of the first level, which is left out of `html`.
    pub(crate) title: String,
    pub(crate) html: Html,
    pub(crate) headings: Vec<Heading>,
    /// Heading id (empty before the first) and plain text below it, for the search.
    pub(crate) sections: Vec<(String, String)>,
}

pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn options() -> Options {
    Options::ENABLE_TABLES
}

/// A description of the document: paragraphs, lists, tables, code and emphasis. Markup in it is
/// shown as text.
pub(crate) fn description(text: &str) -> Html {
    let text = joined(text);
    let events = Parser::new_ext(&text, options()).map(tame);
    Html(rendered(events))
}

/// The same, of a text of one paragraph, without the paragraph around it.
pub(crate) fn inline(text: &str) -> Html {
    let Html(html) = description(text);
    let html = html.trim();
    let inner = html
        .strip_prefix("<p>")
        .and_then(|rest| rest.strip_suffix("</p>"))
        .filter(|inner| !inner.contains("<p>"));
    Html(inner.unwrap_or(html).to_owned())
}

/// The text without its markup, for titles and the search.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    for event in Parser::new_ext(&joined(text), options()) {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::SoftBreak
            | Event::HardBreak
            | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell) => out.push(' '),
            _ => {}
        }
    }
    out.trim().to_owned()
}

/// The text without the ends of lines between Chinese characters, which would show as spaces.
fn joined(text: &str) -> String {
    let chinese = |c: char| c >= '\u{2e80}';
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        let next = line.trim_start();
        if out.ends_with(chinese) && next.starts_with(chinese) {
            out.push_str(next);
        } else {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(line);
        }
    }
    out
}

/// Codes of errors lead to what is said of them; HTML is shown, not used.
fn tame(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Code(code) if is_error_code(&code) => Event::InlineHtml(
            format!("<a href=\"errors.html#{code}\"><code>{code}</code></a>").into(),
        ),
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    }
}

pub(crate) fn is_error_code(text: &str) -> bool {
    text.strip_prefix("FSS.")
        .is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn rendered<'e>(events: impl Iterator<Item = Event<'e>>) -> String {
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events.flat_map(wrapped));
    html
}

/// Tables scroll within the page, also by keyboard.
fn wrapped(event: Event<'_>) -> Vec<Event<'_>> {
    let html = |text: &'static str| Event::Html(CowStr::Borrowed(text));
    match event {
        Event::Start(Tag::Table(_)) => vec![html("<div class=\"scroll\" tabindex=\"0\">"), event],
        Event::End(TagEnd::Table) => vec![event, html("</div>\n")],
        other => vec![other],
    }
}

/// A chapter. `ids` are those of the headings, in order, where they are given: a translation has
/// the same as its original, so that links into one lead into the other.
pub(crate) fn page(text: &str, ids: Option<&[String]>) -> Page {
    let mut page = Page::default();
    let mut taken = BTreeSet::new();
    let mut events = Vec::new();
    let mut section = (String::new(), String::new());
    let mut heading: Option<(HeadingLevel, Vec<Event<'_>>, String)> = None;
    let mut code: Option<(String, String)> = None;
    for event in Parser::new_ext(text, options()) {
        if let Some((level, inner, words)) = &mut heading {
            match event {
                Event::End(TagEnd::Heading(_)) => {
                    let (level, words) = (*level as u8, std::mem::take(words));
                    let inner = std::mem::take(inner);
                    heading = None;
                    if level == 1 {
                        page.title = words;
                        continue;
                    }
                    let given = ids.and_then(|ids| ids.get(page.headings.len()));
                    let id = given.cloned().unwrap_or_else(|| slug(&words, &mut taken));
                    let inner = rendered(inner.into_iter().map(tame));
                    events.push(Event::Html(
                        format!(
                            "<h{level} id=\"{id}\">{inner} <a class=\"here\" href=\"#{id}\" \
                             aria-label=\"{}\">#</a></h{level}>\n",
                            escape(&words)
                        )
                        .into(),
                    ));
                    page.sections
                        .push(std::mem::replace(&mut section, (id.clone(), String::new())));
                    page.headings.push(Heading {
                        level,
                        id,
                        text: words,
                    });
                }
                Event::Text(text) => {
                    words.push_str(&text);
                    inner.push(Event::Text(text));
                }
                // The heading of an error's code is the place that others lead to.
                Event::Code(text) => {
                    words.push_str(&text);
                    let code = Html::code(&text);
                    inner.push(Event::InlineHtml(code.0.into()));
                }
                other => inner.push(other),
            }
            continue;
        }
        if let Some((info, content)) = &mut code {
            match event {
                Event::Text(text) => content.push_str(&text),
                Event::End(TagEnd::CodeBlock) => {
                    events.push(Event::Html(figure(info, content).0.into()));
                    code = None;
                }
                _ => {}
            }
            continue;
        }
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                heading = Some((level, Vec::new(), String::new()));
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                code = Some((info, String::new()));
            }
            other => {
                match &other {
                    Event::Text(text) | Event::Code(text) => section.1.push_str(text),
                    Event::SoftBreak
                    | Event::HardBreak
                    | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell) => {
                        section.1.push(' ');
                    }
                    _ => {}
                }
                events.push(tame(other));
            }
        }
    }
    page.sections.push(section);
    page.html = Html(rendered(events.into_iter()));
    page
}

/// The blocks of code of a chapter, in order.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut inside = false;
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                found.push(Block {
                    info,
                    code: String::new(),
                });
                inside = true;
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => {
                if let Some(block) = found.last_mut() {
                    block.code.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

/// Code with its language. The script adds a button that copies it.
pub(crate) fn figure(info: &str, code: &str) -> Html {
    let language = info.split([',', ' ']).next().unwrap_or_default();
    let label = match language {
        "rust" => "Rust",
        "python" => "Python",
        "js" => "Node",
        "go" => "Go",
        "java" => "Java",
        "json" => "JSON",
        "yaml" => "YAML",
        "toml" => "TOML",
        "console" | "sh" => "Shell",
        "http" => "HTTP",
        _ => "",
    };
    // Lines of Rust that documentation hides are hidden here, too.
    let shown: String = if language == "rust" {
        let lines = code.lines().filter(|line| {
            let line = line.trim_start();
            line != "#" && !line.starts_with("# ")
        });
        lines.map(|line| format!("{line}\n")).collect()
    } else {
        code.to_owned()
    };
    let colours = match language {
        "json" => json(&shown),
        "console" => console(&shown),
        _ => escape(&shown),
    };
    Html(format!(
        "<figure class=\"code\"><figcaption>{label}</figcaption>\
         <pre tabindex=\"0\"><code>{}</code></pre></figure>\n",
        colours.trim_end()
    ))
}

/// JSON with its keys marked.
fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let (before, rest) = line.split_at(indent);
        out.push_str(before);
        match rest
            .strip_prefix('"')
            .and_then(|rest| rest.split_once("\":"))
        {
            Some((key, value)) if !key.contains('"') => {
                out.push_str(&format!(
                    "<span class=\"k\">&quot;{}&quot;</span>:{}",
                    escape(key),
                    escape(value)
                ));
            }
            _ => out.push_str(&escape(rest)),
        }
    }
    out
}

/// Commands of a shell: the prompt is neither selected nor copied.
fn console(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("$ ") {
            Some(command) => {
                out.push_str("<span class=\"p\" aria-hidden=\"true\">$ </span>");
                out.push_str(&escape(command));
            }
            None => out.push_str(&escape(line)),
        }
    }
    out
}

/// The id of a heading: its letters and digits in lower case with hyphens between, or the code of
/// the error that it is about.
fn slug(text: &str, taken: &mut BTreeSet<String>) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let base = if is_error_code(first) {
        first.to_owned()
    } else {
        let words = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(str::to_lowercase).collect();
        words.join("-")
    };
    let mut id = base.clone();
    let mut count = 1;
    while !taken.insert(id.clone()) {
        count += 1;
        id = format!("{base}-{count}");
    }
    id
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn descriptions_are_tame() {
        assert_eq!(
            description("a <b>`FSS.1015`</b> `x<y` **z**").0,
            "<p>a &lt;b&gt;<a href=\"errors.html#FSS.1015\"><code>FSS.1015</code></a>&lt;/b&gt; \
             <code>x&lt;y</code> <strong>z</strong></p>\n"
        );
        assert_eq!(
            description("- 时，\n  使\n- b").0,
            "<ul>\n<li>时，使</li>\n<li>b</li>\n</ul>\n"
        );
        assert_eq!(inline("one `x`").0, "one <code>x</code>");
        assert_eq!(inline("one\n\ntwo").0, "<p>one</p>\n<p>two</p>");
        assert_eq!(plain("a **b** `c`\n\n- d\n- e"), "a b c d e");
    }

    #[test]
    fn a_chapter_has_headings_sections_and_code() {
        let text = "# Title\n\nIntro.\n\n## One two\n\nText\n\n```rust,no_run\n# hidden\nlet x = 1;\n```\n\n## One two\n\n### `FSS.1015` taken\n";
        let chapter = page(text, None);
        assert_eq!(chapter.title, "Title");
        let ids: Vec<String> = chapter.headings.iter().map(|h| h.id.clone()).collect();
        assert_eq!(ids, ["one-two", "one-two-2", "FSS.1015"]);
        assert_eq!(chapter.sections[0], (String::new(), "Intro. ".to_owned()));
        assert!(!chapter.html.0.contains("hidden"));
        assert!(chapter.html.0.contains("let x = 1;</code>"));
        let translated = page("# T\n\n## 一\n\n## 二\n\n### 三\n", Some(&ids));
        let same: Vec<String> = translated.headings.iter().map(|h| h.id.clone()).collect();
        assert_eq!(same, ids);
        assert_eq!(
            blocks(text),
            [Block {
                info: "rust,no_run".to_owned(),
                code: "# hidden\nlet x = 1;\n".to_owned()
            }]
        );
    }
}
