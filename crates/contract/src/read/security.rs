//! Security schemes and requirements.

use indexmap::IndexMap;

use crate::diagnostic::quote;
use crate::model::{ApiKeyLocation, SecurityRequirement, SecurityScheme, SecuritySchemeKind};
use crate::read::Reader;
use crate::read::fields::{Cursor, Fields};
use crate::read::references::Section;
use crate::rule::Rule;

impl<'a> Reader<'a> {
    pub(super) fn security_scheme(&mut self, cursor: &Cursor<'a>) -> Option<SecurityScheme> {
        let resolved = self.resolve(cursor, Section::SECURITY_SCHEMES)?;
        let fields = self.object(
            &resolved.cursor,
            "a security scheme",
            &[
                "type",
                "description",
                "name",
                "in",
                "scheme",
                "bearerFormat",
                "flows",
                "openIdConnectUrl",
            ],
        )?;
        let description = self.optional_string(&fields, "description");
        let kind = self.required_string(&fields, "type")?;
        let (kind, needed): (_, &[&str]) = match kind.as_str() {
            "apiKey" => (self.api_key(&fields)?, &["name", "in"]),
            "http" => {
                let scheme = self.required_string(&fields, "scheme")?;
                let scheme = scheme.to_ascii_lowercase();
                (
                    SecuritySchemeKind::Http { scheme },
                    &["scheme", "bearerFormat"],
                )
            }
            "oauth2" => {
                if let Some(flows) = self.required(&fields, "flows") {
                    self.flows(&flows);
                }
                (SecuritySchemeKind::OAuth2, &["flows"])
            }
            "openIdConnect" => {
                self.required_string(&fields, "openIdConnectUrl")?;
                (SecuritySchemeKind::OpenIdConnect, &["openIdConnectUrl"])
            }
            other => {
                if let Some(cursor) = fields.get("type") {
                    self.incomplete(fields.at());
                    self.report(
                        Rule::InvalidValue,
                        &cursor,
                        format!("{} is no type of security scheme", quote(other)),
                        "use `apiKey`, `http`, `oauth2` or `openIdConnect`",
                    );
                }
                return None;
            }
        };
        for (key, member) in fields.all() {
            let known = matches!(key, "type" | "description") || key.starts_with("x-");
            let misplaced = matches!(
                key,
                "name" | "in" | "scheme" | "bearerFormat" | "flows" | "openIdConnectUrl"
            );
            if !known && misplaced && !needed.contains(&key) {
                self.report_key(
                    Rule::UnknownKey,
                    &member,
                    format!("`{key}` means nothing for this type of security scheme"),
                    "remove it, or correct `type`",
                );
            }
        }
        Some(SecurityScheme {
            kind,
            description,
            at: resolved.cursor.at,
        })
    }

    fn api_key(&mut self, fields: &Fields<'a>) -> Option<SecuritySchemeKind> {
        let name = self.required_string(fields, "name");
        let place = self.required_string(fields, "in")?;
        let location = match place.as_str() {
            "header" => ApiKeyLocation::Header,
            "query" => ApiKeyLocation::Query,
            "cookie" => ApiKeyLocation::Cookie,
            other => {
                if let Some(cursor) = fields.get("in") {
                    self.incomplete(fields.at());
                    self.report(
                        Rule::InvalidValue,
                        &cursor,
                        format!("an API key cannot travel in {}", quote(other)),
                        "use `header`, `query` or `cookie`",
                    );
                }
                return None;
            }
        };
        Some(SecuritySchemeKind::ApiKey {
            location,
            name: name?,
        })
    }

    fn flows(&mut self, cursor: &Cursor<'a>) {
        const FLOWS: [(&str, &[&str]); 4] = [
            ("implicit", &["authorizationUrl"]),
            ("password", &["tokenUrl"]),
            ("clientCredentials", &["tokenUrl"]),
            ("authorizationCode", &["authorizationUrl", "tokenUrl"]),
        ];
        let names = FLOWS.map(|(name, _)| name);
        let Some(flows) = self.object(cursor, "the flows of OAuth 2", &names) else {
            return;
        };
        for (name, needed) in FLOWS {
            let Some(cursor) = flows.get(name) else {
                continue;
            };
            let keys = ["authorizationUrl", "tokenUrl", "refreshUrl", "scopes"];
            let Some(flow) = self.object(&cursor, "a flow of OAuth 2", &keys) else {
                continue;
            };
            for key in needed {
                self.required_string(&flow, key);
            }
            self.optional_string(&flow, "refreshUrl");
            self.required(&flow, "scopes");
            for (_, scope) in self.optional_map(&flow, "scopes") {
                self.string(&scope);
            }
        }
    }

    /// The alternatives of a `security` that may be there: `None` where it is not.
    pub(super) fn security(&mut self, fields: &Fields<'a>) -> Option<Vec<SecurityRequirement>> {
        let cursor = fields.get("security")?;
        let items = self.array(&cursor);
        Some(
            items
                .iter()
                .filter_map(|item| self.requirement(item))
                .collect(),
        )
    }

    fn requirement(&mut self, cursor: &Cursor<'a>) -> Option<SecurityRequirement> {
        let members = self.map(cursor, "a security requirement")?;
        let mut requirement = IndexMap::new();
        for (name, scopes) in members.all() {
            let scopes = self.array(&scopes);
            let scopes = scopes
                .iter()
                .filter_map(|scope| self.string(scope))
                .collect();
            requirement.insert(name.to_owned(), scopes);
        }
        Some(requirement)
    }
}
