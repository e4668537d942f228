//! Responses: their statuses, bodies and headers.

use crate::Pointer;
use crate::diagnostic::quote;
use crate::lint::Lint;
use crate::lint::shapes::{Shape, shape, signature};
use crate::model::{Header, Operation, Response, Schema, StatusKey};
use crate::rule::Rule;

/// Registered statuses from 200 on that are neither a success nor an error, or that no name is
/// known for, are not among these.
const SUCCESSES: [u16; 10] = [200, 201, 202, 203, 204, 205, 206, 207, 208, 226];
const ERRORS: [u16; 40] = [
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418,
    421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508,
    510, 511,
];

impl Lint<'_> {
    pub(super) fn responses(&mut self) {
        let document = self.document;
        for operation in &document.operations {
            for response in &operation.responses {
                self.status(operation, response);
                self.response(response);
            }
            self.outcomes(operation);
        }
        for response in &document.components().responses {
            self.response(response);
        }
        for (name, header) in &document.components().headers {
            self.header(name, header);
        }
    }

    fn status(&mut self, operation: &Operation, response: &Response) {
        let at = place(operation, response.status);
        let (reason, remedy) = match response.status {
            StatusKey::Default | StatusKey::Range(4 | 5) => return,
            StatusKey::Code(code) if SUCCESSES.contains(&code) || ERRORS.contains(&code) => {
                if matches!(code, 204 | 205) && !response.content.is_empty() {
                    self.report_key(
                        Rule::BodyWithoutRoom,
                        &at,
                        format!("a response with status {code} has no body"),
                        "remove `content`, or use 200",
                    );
                }
                return;
            }
            StatusKey::Range(2) => (
                "the generated code names each success, and a class has no name".to_owned(),
                "name the statuses, such as `200`",
            ),
            StatusKey::Range(1) | StatusKey::Code(100..=199) => (
                "a status below 200 is not the end of an exchange".to_owned(),
                "remove it; upgrades are not supported",
            ),
            StatusKey::Range(_) | StatusKey::Code(300..=399) => (
                "redirections are followed by the client, and are not documented as answers"
                    .to_owned(),
                "remove it",
            ),
            StatusKey::Code(code) => (
                format!("{code} is not a registered status"),
                "use a registered one, or the class, such as `4XX`",
            ),
        };
        self.report_key(Rule::UnsupportedStatus, &at, reason, remedy);
    }

    fn response(&mut self, response: &Response) {
        self.content(&response.content, &response.at.join("content"));
        for (name, header) in &response.headers {
            self.header(name, header);
            let at = response.at.join("headers").join(name);
            if !super::parameters::is_token(name) {
                self.report_key(
                    Rule::HeaderName,
                    &at,
                    format!("{} cannot be the name of a header", quote(name)),
                    "use letters, digits and `-`",
                );
            }
            if name.eq_ignore_ascii_case("content-type") {
                self.report_key(
                    Rule::IgnoredHeader,
                    &at,
                    "OpenAPI ignores a response header called `Content-Type`",
                    "remove it; the media type of the content says it",
                );
            }
        }
    }

    fn header(&mut self, name: &str, header: &Header) {
        if header.required {
            self.report_key(
                Rule::RequiredResponseHeader,
                &header.at.join("required"),
                "a response header cannot be marked as required",
                "remove `required`, and say in the description when it is sent",
            );
        }
        let scalar = matches!(shape(self.document, &header.schema), Shape::Scalar)
            && !self.is_nullable(&header.schema);
        if !scalar {
            self.report_key(
                Rule::HeaderSchema,
                &header.at.join("schema"),
                format!("the header {} is not described as a scalar", quote(name)),
                "use a string, an integer, a number or a boolean, not `nullable`",
            );
        }
    }

    /// Whether the responses have the bodies that client and server can tell apart: one type for
    /// all successes and one for all errors.
    fn outcomes(&mut self, operation: &Operation) {
        let successes: Vec<_> = operation
            .responses
            .iter()
            .filter(|response| matches!(response.status, StatusKey::Code(200..=299)))
            .collect();
        let errors: Vec<_> = operation
            .responses
            .iter()
            .filter(|response| {
                matches!(
                    response.status,
                    StatusKey::Code(400..) | StatusKey::Range(4 | 5) | StatusKey::Default
                )
            })
            .collect();
        if successes.is_empty() {
            self.report_key(
                Rule::MissingSuccess,
                &operation.at,
                "the operation documents no success",
                "add a response for 200, or for 204 if there is nothing to say",
            );
        }
        self.same_bodies(operation, &successes, Rule::SuccessBodies, "successes");
        self.same_bodies(operation, &errors, Rule::ErrorBodies, "errors");
        let default = errors
            .iter()
            .find(|response| response.status == StatusKey::Default);
        if let (Some(success), Some(default)) = (successes.first(), default)
            && !same_body(success, default)
        {
            self.report_key(
                Rule::DefaultResponse,
                &place(operation, StatusKey::Default),
                "`default` stands for successes too, and its body is not that of the success",
                "replace `default` by the errors that it stands for, or by `4XX` and `5XX`",
            );
        }
    }

    fn same_bodies(
        &mut self,
        operation: &Operation,
        responses: &[&Response],
        rule: Rule,
        what: &str,
    ) {
        let Some((first, rest)) = responses.split_first() else {
            return;
        };
        for response in rest {
            if same_body(first, response) {
                continue;
            }
            let reason = match (body(first), body(response)) {
                (Some(_), None) => format!("has no body, and {} has one", key(first.status)),
                (None, Some(_)) => format!("has a body, and {} has none", key(first.status)),
                _ => format!("has another body than {}", key(first.status)),
            };
            let remedy = if what == "errors" {
                "give all errors of the operation the same body, by a `$ref` to one schema"
            } else {
                "give all successes of the operation the same body, by a `$ref` to one schema"
            };
            self.report_key(
                rule,
                &place(operation, response.status),
                format!("this response {reason}: the {what} of an operation share one type"),
                remedy,
            );
        }
    }
}

/// Where the operation lists the response for a status.
fn place(operation: &Operation, status: StatusKey) -> Pointer {
    operation.at.join("responses").join(&key(status))
}

fn key(status: StatusKey) -> String {
    match status {
        StatusKey::Code(code) => code.to_string(),
        StatusKey::Range(class) => format!("{class}XX"),
        StatusKey::Default => "default".to_owned(),
    }
}

fn body(response: &Response) -> Option<&Option<Schema>> {
    response
        .content
        .values()
        .next()
        .map(|media_type| &media_type.schema)
}

fn same_body(left: &Response, right: &Response) -> bool {
    match (body(left), body(right)) {
        (None, None) => true,
        (Some(Some(left)), Some(Some(right))) => {
            left.at == right.at || {
                let left = signature(left);
                left.is_some() && left == signature(right)
            }
        }
        // Content without a schema is a finding of its own.
        (Some(None), Some(_)) | (Some(_), Some(None)) => true,
        _ => false,
    }
}
