//! The hand-written chapters, in the order of the navigation.

use crate::language::Language;
use crate::markdown::{self, Block};

/// Where in the navigation a chapter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// How to use what the project offers.
    Guides,
    /// What the contract is and how it is kept.
    Contract,
    /// What goes with the reference of the operations.
    Reference,
    /// What to do when something goes wrong.
    Help,
}

/// A chapter, in every language.
#[derive(Debug)]
pub struct Chapter {
    /// Name of its page, without `.html`.
    pub name: &'static str,
    pub(crate) group: Group,
    /// Whether it goes with the reference pages that the service serves itself.
    pub(crate) embedded: bool,
    english: &'static str,
    chinese: &'static str,
}

impl Chapter {
    /// The text, CommonMark.
    #[must_use]
    pub fn text(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }

    /// The blocks of code, in order.
    #[must_use]
    pub fn blocks(&self, language: Language) -> Vec<Block> {
        markdown::blocks(self.text(language))
    }
}

macro_rules! chapters {
    ($($name:literal $group:ident $embedded:literal;)*) => {
        /// All chapters.
        pub const CHAPTERS: &[Chapter] = &[$(Chapter {
            name: $name,
            group: Group::$group,
            embedded: $embedded,
            english: include_str!(concat!("../chapters/en/", $name, ".md")),
            chinese: include_str!(concat!("../chapters/zh-CN/", $name, ".md")),
        },)*];
    };
}

chapters! {
    "quick-start" Guides false;
    "client" Guides false;
    "mock" Guides false;
    "scaffold" Guides false;
    "service" Guides false;
    "contract" Contract false;
    "loop" Contract false;
    "releases" Contract false;
    "authentication" Reference true;
    "paging" Reference true;
    "errors" Reference true;
    "troubleshooting" Help false;
    "glossary" Help true;
}
