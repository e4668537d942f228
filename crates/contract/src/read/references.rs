//! Following `$ref`.

use percent_decode::decode;

use crate::Pointer;
use crate::diagnostic::quote;
use crate::limits::MAX_CHAIN;
use crate::read::Reader;
use crate::read::fields::Cursor;
use crate::rule::Rule;
use crate::suggest::nearest;

/// A section of `components` and what its entries are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) key: &'static str,
    pub(super) what: &'static str,
}

impl Section {
    pub(super) const SCHEMAS: Self = Self::new("schemas", "schema");
    pub(super) const PARAMETERS: Self = Self::new("parameters", "parameter");
    pub(super) const HEADERS: Self = Self::new("headers", "header");
    pub(super) const RESPONSES: Self = Self::new("responses", "response");
    pub(super) const REQUEST_BODIES: Self = Self::new("requestBodies", "request body");
    pub(super) const EXAMPLES: Self = Self::new("examples", "example");
    pub(super) const SECURITY_SCHEMES: Self = Self::new("securitySchemes", "security scheme");

    const fn new(key: &'static str, what: &'static str) -> Self {
        Self { key, what }
    }

    fn prefix(self) -> String {
        format!("#/components/{}/", self.key)
    }
}

/// What a reference led to.
#[derive(Clone, Debug)]
pub(super) struct Resolved<'a> {
    pub(super) cursor: Cursor<'a>,
    /// The name of the component at the end, where there was a reference.
    pub(super) component: Option<String>,
}

impl<'a> Reader<'a> {
    /// What stands here, or where the references from here lead; `None`, with a finding, where
    /// they lead nowhere.
    pub(super) fn resolve(
        &mut self,
        cursor: &Cursor<'a>,
        section: Section,
    ) -> Option<Resolved<'a>> {
        let mut here = cursor.clone();
        let mut component = None;
        for _ in 0..MAX_CHAIN {
            if !here.has("$ref") {
                return Some(Resolved {
                    cursor: here,
                    component,
                });
            }
            let followed = self.reference(&here, section);
            let Some(name) = followed else {
                self.incomplete(&cursor.at);
                return None;
            };
            let at = Pointer::root()
                .join("components")
                .join(section.key)
                .join(&name);
            here = self.component(section, &name)?;
            debug_assert_eq!(here.at, at);
            component = Some(name);
        }
        self.incomplete(&cursor.at);
        self.report(
            Rule::RefCycle,
            cursor,
            format!(
                "the references from here come to no {} within {MAX_CHAIN} steps",
                section.what
            ),
            "break the cycle: let one of the components be written out",
        );
        None
    }

    /// The name that the `$ref` at `cursor` gives, of a component that exists.
    pub(super) fn reference(&mut self, cursor: &Cursor<'a>, section: Section) -> Option<String> {
        let target = cursor.get("$ref")?;
        if let Some(members) = cursor.node.members()
            && members.len() > 1
        {
            const SHOWN: usize = 5;
            let mut siblings: Vec<_> = members
                .keys()
                .filter(|key| *key != "$ref")
                .take(SHOWN)
                .map(|key| quote(key))
                .collect();
            if members.len() > SHOWN + 1 {
                siblings.push("…".to_owned());
            }
            let remedy = if section == Section::SCHEMAS {
                "move it into the component, or write `allOf` with the `$ref` as its only member"
            } else {
                "move it into the component"
            };
            self.report_key(
                Rule::RefSiblings,
                &target,
                format!(
                    "{} beside `$ref` is ignored by OpenAPI 3.0",
                    siblings.join(", ")
                ),
                remedy,
            );
        }
        let text = self.string(&target)?;
        let Some(fragment) = text.strip_prefix('#') else {
            let remedy = format!(
                "copy what it names under `components.{}` and reference it as `{}…`",
                section.key,
                section.prefix()
            );
            self.report(
                Rule::ExternalRef,
                &target,
                format!("{} leads out of this document", quote(&text)),
                remedy,
            );
            return None;
        };
        let decoded = decode(fragment);
        let pointer = decoded.as_deref().and_then(Pointer::parse);
        let segments: Vec<String> = pointer
            .iter()
            .flat_map(Pointer::segments)
            .map(Into::into)
            .collect();
        let name = match segments.as_slice() {
            [components, key, name] if components == "components" && key == section.key => name,
            _ => {
                let exists = pointer.is_some_and(|pointer| self.root.find(&pointer).is_some());
                let rule = if exists {
                    Rule::UnsupportedRef
                } else {
                    Rule::DanglingRef
                };
                let reason = if exists {
                    format!(
                        "{} does not name a {} component",
                        quote(&text),
                        section.what
                    )
                } else {
                    format!("{} leads nowhere", quote(&text))
                };
                let remedy = format!(
                    "give the {} a name under `components.{}` and reference it as `{}…`",
                    section.what,
                    section.key,
                    section.prefix()
                );
                self.report(rule, &target, reason, remedy);
                return None;
            }
        };
        if self.component(section, name).is_some() {
            return Some(name.clone());
        }
        let remedy = match self.nearest_component(section, name) {
            Some(near) => format!("did you mean `{}{near}`?", section.prefix()),
            None => format!(
                "add the {} {} under `components.{}`",
                section.what,
                quote(name),
                section.key
            ),
        };
        self.report(
            Rule::DanglingRef,
            &target,
            format!(
                "{} names a {} that does not exist",
                quote(&text),
                section.what
            ),
            remedy,
        );
        None
    }

    fn component(&self, section: Section, name: &str) -> Option<Cursor<'a>> {
        Cursor::root(self.root)
            .get("components")?
            .get(section.key)?
            .get(name)
    }

    fn nearest_component(&self, section: Section, name: &str) -> Option<String> {
        if !self.guesses() {
            return None;
        }
        let members = self
            .root
            .get("components")?
            .get(section.key)?
            .members()?
            .keys()
            .map(String::as_str);
        nearest(name, members).map(str::to_owned)
    }
}

mod percent_decode {
    /// The text with its `%XX` decoded; `None` where that is not UTF-8 or an escape is not one.
    pub(super) fn decode(text: &str) -> Option<String> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).ok()
    }
}
