//! The pages, each a template with what it shows.

use askama::Template;

use crate::language::{Language, Words};
use crate::markdown::{Heading, Html};
use crate::reference::{OperationView, SchemaView, SchemeView, Shown};

/// What surrounds every page.
#[derive(Debug)]
pub(crate) struct Shell<'a> {
    pub(crate) language: Language,
    pub(crate) words: &'static Words,
    /// The page's file.
    pub(crate) page: String,
    /// The page's title, plain.
    pub(crate) title: String,
    /// One sentence on the page, plain.
    pub(crate) summary: String,
    pub(crate) nav: &'a [NavGroup],
    /// Edition of the document.
    pub(crate) version: &'a str,
    /// Whether the pages are served by the service itself.
    pub(crate) embedded: bool,
    pub(crate) rustdoc: bool,
    /// The headings of the page, for the list beside it.
    pub(crate) headings: Vec<Heading>,
}

impl Shell<'_> {
    /// The same page in the other language.
    fn alternate(&self) -> String {
        format!("../{}/{}", self.language.other().tag(), self.page)
    }

    fn policy(&self) -> &'static str {
        if self.embedded {
            POLICY_EMBEDDED
        } else {
            POLICY
        }
    }
}

/// What pages may do: use what is beside them, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'";

/// The same, and talk to the service that they come from.
const POLICY_EMBEDDED: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                               img-src 'self'; connect-src 'self'; base-uri 'none'; \
                               form-action 'none'";

/// A part of the navigation.
#[derive(Debug)]
pub(crate) struct NavGroup {
    pub(crate) title: &'static str,
    pub(crate) links: Vec<NavLink>,
}

/// A link of the navigation.
#[derive(Debug)]
pub(crate) struct NavLink {
    pub(crate) href: String,
    pub(crate) title: String,
    /// The HTTP method, where it leads to an operation.
    pub(crate) method: String,
    /// The first sentence of what it leads to; may be empty.
    pub(crate) summary: String,
}

/// The first page: which language?
#[derive(Template)]
#[template(path = "choose.html")]
pub(crate) struct Choose<'a> {
    pub(crate) title: &'a str,
    pub(crate) languages: [Language; 2],
    pub(crate) policy: &'static str,
}

impl<'a> Choose<'a> {
    pub(crate) fn new(title: &'a str) -> Self {
        Self {
            title,
            languages: Language::ALL,
            policy: POLICY,
        }
    }
}

/// The landing page of a language.
#[derive(Template)]
#[template(path = "landing.html")]
pub(crate) struct Landing<'a> {
    pub(crate) shell: Shell<'a>,
    pub(crate) lead: &'static str,
    pub(crate) operations: &'a [OperationView],
    pub(crate) about: Html,
    pub(crate) downloads: Vec<(String, String)>,
}

/// An operation.
#[derive(Template)]
#[template(path = "operation.html")]
pub(crate) struct OperationPage<'a> {
    pub(crate) shell: Shell<'a>,
    pub(crate) operation: &'a OperationView,
}

impl OperationPage<'_> {
    /// The example of the successful answer that the samples would get, or else the first.
    fn answer(&self) -> Option<&Shown> {
        let answers = self.operation.answers.iter();
        let good = answers.filter(|answer| answer.success);
        let mut examples = good.flat_map(|answer| &answer.examples);
        let first = examples.clone().next();
        examples.find(|example| example.sampled).or(first)
    }
}

/// All schemas.
#[derive(Template)]
#[template(path = "schemas.html")]
pub(crate) struct SchemasPage<'a> {
    pub(crate) shell: Shell<'a>,
    pub(crate) schemas: &'a [SchemaView],
}

/// A chapter.
#[derive(Template)]
#[template(path = "chapter.html")]
pub(crate) struct ChapterPage<'a> {
    pub(crate) shell: Shell<'a>,
    pub(crate) body: Html,
    /// The ways of authentication, on their page.
    pub(crate) schemes: Vec<SchemeView>,
    /// Whether the text is English on a page of another language.
    pub(crate) foreign: bool,
}
