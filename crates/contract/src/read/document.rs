//! The document's own members, and its components.

use indexmap::IndexMap;

use crate::diagnostic::quote;
use crate::model::{Info, Server, ServerVariable, Tag};
use crate::node::Kind;
use crate::read::fields::{Cursor, Fields};
use crate::read::{Parts, Reader};
use crate::rule::Rule;

impl<'a> Reader<'a> {
    /// The whole document; `None` where it is not OpenAPI 3.0, since everything else would then be
    /// judged by the wrong rules.
    pub(super) fn document(&mut self) -> Option<Parts> {
        let root = Cursor::root(self.root);
        let openapi = self.version(&root)?;
        let keys = [
            "openapi",
            "info",
            "servers",
            "paths",
            "components",
            "security",
            "tags",
            "externalDocs",
        ];
        let fields = self.object(&root, "an OpenAPI document", &keys)?;
        let info = self
            .required(&fields, "info")
            .and_then(|cursor| self.info(&cursor))
            .unwrap_or_default();
        let servers = self.servers(&fields);
        let tags = self.tags(&fields);
        self.external_docs(&fields);
        let security = self.security(&fields).unwrap_or_default();
        let mut parts = Parts {
            openapi,
            info,
            servers,
            security,
            tags,
            ..Parts::default()
        };
        if let Some(cursor) = fields.get("components") {
            self.components(&cursor, &mut parts);
        }
        if let Some(cursor) = self.required(&fields, "paths") {
            parts.operations = self.paths(&cursor, &parts.security);
        }
        self.schema_cycles(&mut parts.schemas);
        Some(parts)
    }

    fn version(&mut self, root: &Cursor<'a>) -> Option<String> {
        if root.node.members().is_none() {
            self.wrong_type(root, "an OpenAPI document must be an object");
            return None;
        }
        if let Some(cursor) = root.get("swagger") {
            self.report(
                Rule::OpenapiVersion,
                &cursor,
                "this is an OpenAPI 2.0 document",
                "convert it to OpenAPI 3.0, for example with swagger2openapi",
            );
            return None;
        }
        let Some(cursor) = root.get("openapi") else {
            self.report(
                Rule::OpenapiVersion,
                root,
                "this is not an OpenAPI document: `openapi` is missing",
                "begin with `openapi: 3.0.3`",
            );
            return None;
        };
        let text = match &cursor.node.kind {
            Kind::String(text) => text.clone(),
            // `openapi: 3.0` without quotes is a number in YAML.
            _ => {
                self.report(
                    Rule::OpenapiVersion,
                    &cursor,
                    format!(
                        "`openapi` must be a text such as `3.0.3`, and is {}",
                        cursor.node.describe()
                    ),
                    "write `openapi: 3.0.3`",
                );
                return None;
            }
        };
        let supported = text.strip_prefix("3.0.").is_some_and(|patch| {
            !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit())
        });
        if !supported {
            let remedy = if text.starts_with("3.1") || text.starts_with("3.2") {
                "write the document as OpenAPI 3.0.3: `nullable: true` in place of type `null`, \
                 booleans for `exclusiveMinimum`, `example` in place of a schema's `examples`"
            } else {
                "write the document as OpenAPI 3.0.3"
            };
            self.report(
                Rule::OpenapiVersion,
                &cursor,
                format!("OpenAPI {} is not supported, only 3.0.x is", quote(&text)),
                remedy,
            );
            return None;
        }
        Some(text)
    }

    fn info(&mut self, cursor: &Cursor<'a>) -> Option<Info> {
        let keys = [
            "title",
            "description",
            "termsOfService",
            "contact",
            "license",
            "version",
        ];
        let fields = self.object(cursor, "`info`", &keys)?;
        self.optional_string(&fields, "termsOfService");
        if let Some(contact) = fields.get("contact") {
            let keys = ["name", "url", "email"];
            if let Some(fields) = self.object(&contact, "`contact`", &keys) {
                for key in keys {
                    self.optional_string(&fields, key);
                }
            }
        }
        if let Some(license) = fields.get("license")
            && let Some(fields) = self.object(&license, "`license`", &["name", "url"])
        {
            self.required_string(&fields, "name");
            self.optional_string(&fields, "url");
        }
        Some(Info {
            title: self.required_string(&fields, "title").unwrap_or_default(),
            version: self.required_string(&fields, "version").unwrap_or_default(),
            description: self.optional_string(&fields, "description"),
        })
    }

    fn servers(&mut self, fields: &Fields<'a>) -> Vec<Server> {
        let items = self.optional_array(fields, "servers");
        items.iter().filter_map(|item| self.server(item)).collect()
    }

    fn server(&mut self, cursor: &Cursor<'a>) -> Option<Server> {
        let fields = self.object(cursor, "a server", &["url", "description", "variables"])?;
        let mut variables = IndexMap::new();
        for (name, cursor) in self.optional_map(&fields, "variables") {
            if let Some(variable) = self.server_variable(&cursor) {
                variables.insert(name.to_owned(), variable);
            }
        }
        Some(Server {
            description: self.optional_string(&fields, "description"),
            url: self.required_string(&fields, "url")?,
            variables,
            at: cursor.at.clone(),
        })
    }

    fn server_variable(&mut self, cursor: &Cursor<'a>) -> Option<ServerVariable> {
        let keys = ["enum", "default", "description"];
        let fields = self.object(cursor, "a server variable", &keys)?;
        Some(ServerVariable {
            enumeration: self.optional_strings(&fields, "enum"),
            description: self.optional_string(&fields, "description"),
            default: self.required_string(&fields, "default")?,
        })
    }

    fn tags(&mut self, fields: &Fields<'a>) -> Vec<Tag> {
        let items = self.optional_array(fields, "tags");
        items.iter().filter_map(|item| self.tag(item)).collect()
    }

    fn tag(&mut self, cursor: &Cursor<'a>) -> Option<Tag> {
        let fields = self.object(cursor, "a tag", &["name", "description", "externalDocs"])?;
        self.external_docs(&fields);
        Some(Tag {
            description: self.optional_string(&fields, "description"),
            name: self.required_string(&fields, "name")?,
        })
    }

    /// Checks an `externalDocs` that may be there.
    pub(super) fn external_docs(&mut self, fields: &Fields<'a>) {
        if let Some(cursor) = fields.get("externalDocs")
            && let Some(fields) = self.object(&cursor, "`externalDocs`", &["description", "url"])
        {
            self.optional_string(&fields, "description");
            self.required_string(&fields, "url");
        }
    }

    /// Reads all components: those that are used nowhere must be right as well.
    fn components(&mut self, cursor: &Cursor<'a>, parts: &mut Parts) {
        let keys = [
            "schemas",
            "responses",
            "parameters",
            "examples",
            "requestBodies",
            "headers",
            "securitySchemes",
            "links",
            "callbacks",
        ];
        let Some(fields) = self.object(cursor, "`components`", &keys) else {
            return;
        };
        for (name, cursor) in self.section(&fields, "schemas") {
            let schema = self.schema(&cursor);
            parts.schemas.insert(name.to_owned(), schema);
        }
        for (name, cursor) in self.section(&fields, "securitySchemes") {
            if let Some(scheme) = self.security_scheme(&cursor) {
                parts.security_schemes.insert(name.to_owned(), scheme);
            } else {
                self.incomplete(&cursor.at);
            }
        }
        for (_, cursor) in self.section(&fields, "responses") {
            let response = self.response(&cursor);
            parts.components.responses.extend(response);
        }
        for (_, cursor) in self.section(&fields, "parameters") {
            let parameter = self.parameter(&cursor);
            parts.components.parameters.extend(parameter);
        }
        for (_, cursor) in self.section(&fields, "examples") {
            self.example(&cursor);
        }
        for (_, cursor) in self.section(&fields, "requestBodies") {
            let body = self.request_body(&cursor);
            parts.components.request_bodies.extend(body);
        }
        for (name, cursor) in self.section(&fields, "headers") {
            if let Some(header) = self.header(&cursor) {
                parts.components.headers.insert(name.to_owned(), header);
            }
        }
        for (key, remedy) in [
            ("links", "remove them; describe the relation in words"),
            (
                "callbacks",
                "remove them; describe them in a document of their own",
            ),
        ] {
            if let Some(cursor) = fields.get(key) {
                self.unsupported(key, &cursor, remedy);
            }
        }
    }

    /// Notes the use of a part of OpenAPI that nothing is generated for.
    pub(super) fn unsupported(&mut self, key: &str, cursor: &Cursor<'a>, remedy: &str) {
        let empty = match &cursor.node.kind {
            Kind::Object(members) => members.is_empty(),
            Kind::Array(items) => items.is_empty(),
            _ => false,
        };
        if !empty {
            self.report_key(
                Rule::UnsupportedFeature,
                cursor,
                format!("`{key}` is not supported here: the generated code would not know of it"),
                remedy,
            );
        }
    }

    fn section(&mut self, fields: &Fields<'a>, key: &str) -> Vec<(&'a str, Cursor<'a>)> {
        let entries = self.optional_map(fields, key);
        for (name, cursor) in &entries {
            let valid = !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
            if !valid {
                self.report_key(
                    Rule::ComponentName,
                    cursor,
                    format!("{} cannot be the name of a component", quote(name)),
                    "use letters of the English alphabet, digits, `.`, `-` and `_`",
                );
            }
        }
        entries
    }
}
