//! Security requirements and schemes.

use crate::Pointer;
use crate::diagnostic::quote;
use crate::lint::Lint;
use crate::model::{ApiKeyLocation, SecurityRequirement, SecuritySchemeKind};
use crate::rule::Rule;
use crate::suggest::nearest;

impl Lint<'_> {
    pub(super) fn security(&mut self) {
        let document = self.document;
        self.requirements(&document.security, &Pointer::root().join("security"));
        for operation in &document.operations {
            let at = operation.at.join("security");
            if document.has(&at) {
                self.requirements(&operation.security, &at);
            }
        }
        for scheme in document.security_schemes.values() {
            self.scheme(&scheme.kind, &scheme.at);
        }
    }

    fn requirements(&mut self, requirements: &[SecurityRequirement], at: &Pointer) {
        let document = self.document;
        for (index, requirement) in requirements.iter().enumerate() {
            for (name, scopes) in requirement {
                let at = at.index(index).join(name);
                let Some(scheme) = document.security_schemes.get(name) else {
                    let names = document.security_schemes.keys().map(String::as_str);
                    let near = if self.guesses() {
                        nearest(name, names)
                    } else {
                        None
                    };
                    let remedy = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "add it under `components.securitySchemes`".to_owned(),
                    };
                    self.report_key(
                        Rule::UnknownSecurityScheme,
                        &at,
                        format!("there is no security scheme {}", quote(name)),
                        remedy,
                    );
                    continue;
                };
                let scoped = matches!(
                    scheme.kind,
                    SecuritySchemeKind::OAuth2 | SecuritySchemeKind::OpenIdConnect
                );
                if !scoped && !scopes.is_empty() {
                    self.report_key(
                        Rule::SecurityScopes,
                        &at,
                        format!(
                            "{} has no scopes: only OAuth 2 and OpenID Connect do",
                            quote(name)
                        ),
                        format!("write `{name}: []`"),
                    );
                }
            }
        }
    }

    fn scheme(&mut self, kind: &SecuritySchemeKind, at: &Pointer) {
        match kind {
            SecuritySchemeKind::ApiKey {
                location: ApiKeyLocation::Cookie,
                ..
            } => self.report(
                Rule::UnsupportedSecurityScheme,
                &at.join("in"),
                "API keys in cookies are not supported",
                "use a header",
            ),
            SecuritySchemeKind::ApiKey {
                location: ApiKeyLocation::Header,
                name,
            } if !super::parameters::is_token(name) => self.report(
                Rule::HeaderName,
                &at.join("name"),
                format!("{} cannot be the name of a header", quote(name)),
                "use letters, digits and `-`",
            ),
            SecuritySchemeKind::Http { scheme }
                if !matches!(scheme.as_str(), "basic" | "bearer") =>
            {
                self.report(
                    Rule::UnsupportedSecurityScheme,
                    &at.join("scheme"),
                    format!(
                        "the HTTP authentication scheme {} is not supported",
                        quote(scheme)
                    ),
                    "use `basic` or `bearer`, or an `apiKey` in the header `Authorization`",
                );
            }
            _ => {}
        }
    }
}
