//! Chapters say the same in both languages.

use functiongraph_site::{CHAPTERS, Language};
use pulldown_cmark::{Event, Options, Parser, Tag};

/// The levels of the headings of a chapter; code holds none.
fn levels(text: &str) -> Vec<usize> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if !inside && line.starts_with('#') {
            found.push(line.chars().take_while(|c| *c == '#').count());
        }
    }
    found
}

/// How many paragraphs and items of lists there are, and where links lead, in any order: languages
/// have their own.
fn parts(text: &str) -> (usize, usize, Vec<String>) {
    let (mut paragraphs, mut items, mut links) = (0, 0, Vec::new());
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Paragraph) => paragraphs += 1,
            Event::Start(Tag::Item) => items += 1,
            Event::Start(Tag::Link { dest_url, .. }) => links.push(dest_url.to_string()),
            _ => {}
        }
    }
    links.sort();
    (paragraphs, items, links)
}

fn rows(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with('|')).count()
}

#[test]
fn chapters_are_translated_heading_by_heading_and_code_by_code() {
    for chapter in CHAPTERS {
        let (english, chinese) = (
            chapter.text(Language::English),
            chapter.text(Language::Chinese),
        );
        let name = chapter.name;
        assert_eq!(levels(english).first(), Some(&1), "{name} has no title");
        assert_eq!(levels(english), levels(chinese), "{name}: headings differ");
        assert_eq!(rows(english), rows(chinese), "{name}: tables differ");
        assert_eq!(
            parts(english),
            parts(chinese),
            "{name}: paragraphs, items or links differ"
        );
        assert_eq!(
            chapter.blocks(Language::English),
            chapter.blocks(Language::Chinese),
            "{name}: code differs"
        );
        let words = chinese
            .chars()
            .filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c));
        assert!(words.count() > 100, "{name} is not translated");
    }
}

/// Every block of code is of a kind that is run, compiled, or plain text. Nothing runs other
/// languages in chapters: their programs are samples.
#[test]
fn every_block_of_code_is_of_a_known_kind() {
    let kinds = [
        "console",
        "rust",
        "rust,no_run",
        "json",
        "yaml",
        "toml",
        "text",
        "http",
    ];
    for chapter in CHAPTERS {
        for block in chapter.blocks(Language::English) {
            assert!(
                kinds.contains(&block.info.as_str()),
                "{}: ```{} is no kind that a test looks after",
                chapter.name,
                block.info
            );
        }
    }
}

/// Chapters with Rust in them are compiled with the documentation of the tests.
#[test]
fn every_chapter_with_rust_is_compiled() {
    let compiled = crate::project::read("tests/src/lib.rs");
    for chapter in CHAPTERS {
        let blocks = chapter.blocks(Language::English);
        if blocks.iter().any(|block| block.info.starts_with("rust")) {
            let line = format!("crates/site/chapters/en/{}.md", chapter.name);
            assert!(compiled.contains(&line), "{line} is not compiled");
        }
    }
}
