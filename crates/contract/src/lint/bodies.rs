//! Request bodies, and the media types of all bodies.

use indexmap::IndexMap;

use crate::Pointer;
use crate::diagnostic::quote;
use crate::lint::Lint;
use crate::model::{MediaType, Method, RequestBody};
use crate::rule::Rule;

impl Lint<'_> {
    pub(super) fn bodies(&mut self) {
        let document = self.document;
        for operation in &document.operations {
            let Some(body) = &operation.request_body else {
                continue;
            };
            if matches!(
                operation.method,
                Method::Get | Method::Head | Method::Delete
            ) {
                self.report_key(
                    Rule::UnexpectedBody,
                    &operation.at.join("requestBody"),
                    format!(
                        "OpenAPI ignores the body of a {} request, and so do many servers and proxies",
                        operation.method.key().to_uppercase()
                    ),
                    "use query parameters, or POST",
                );
            }
            self.request_body(body);
        }
        for body in &document.components().request_bodies {
            self.request_body(body);
        }
    }

    fn request_body(&mut self, body: &RequestBody) {
        let at = body.at.join("content");
        if body.content.is_empty() {
            self.report_key(
                Rule::MissingSchema,
                &at,
                "the request body has no content",
                "describe it under `application/json`",
            );
        }
        self.content(&body.content, &at);
    }

    /// Whether a body is JSON, described by a schema.
    pub(super) fn content(&mut self, content: &IndexMap<String, MediaType>, at: &Pointer) {
        for (index, (name, media_type)) in content.iter().enumerate() {
            let at = at.join(name);
            if !is_json(name) {
                self.report_key(
                    Rule::MediaType,
                    &at,
                    format!("bodies of the media type {} are not supported", quote(name)),
                    "use `application/json`; binary content can be `type: string, format: byte`",
                );
                continue;
            }
            if index > 0 {
                self.report_key(
                    Rule::SeveralMediaTypes,
                    &at,
                    "a body of several media types is not supported",
                    "keep `application/json` alone",
                );
            }
            if media_type.schema.is_none() {
                self.report_key(
                    Rule::MissingSchema,
                    &at,
                    "a JSON body is not described by a schema",
                    "add `schema`; `schema: {}` stands for any value",
                );
            }
        }
    }
}

/// `application/json`, with or without parameters. Written just so: progenitor compares texts.
fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.starts_with("application/json;")
}
