//! Operations as such: their ids, their methods, and what they have to document.

use std::collections::HashMap;

use crate::diagnostic::quote;
use crate::lint::Lint;
use crate::lint::names::fold;
use crate::model::{Method, Operation, StatusKey};
use crate::rule::Rule;

/// Extensions that change what progenitor and typify generate.
const GENERATOR_EXTENSIONS: [&str; 2] = ["x-dropshot-pagination", "x-dropshot-websocket"];

impl Lint<'_> {
    pub(super) fn operations(&mut self) {
        let document = self.document;
        let mut ids: HashMap<String, &Operation> = HashMap::new();
        for operation in &document.operations {
            self.operation_id(operation, &mut ids);
            self.method(operation);
            self.documented(operation);
            for extension in GENERATOR_EXTENSIONS {
                let at = operation.at.join(extension);
                if document.has(&at) {
                    self.report_key(
                        Rule::GeneratorExtension,
                        &at,
                        format!("`{extension}` would change the generated client"),
                        "remove it",
                    );
                }
            }
        }
    }

    fn operation_id<'d>(
        &mut self,
        operation: &'d Operation,
        ids: &mut HashMap<String, &'d Operation>,
    ) {
        let at = operation.at.join("operationId");
        if !self.document.has(&at) {
            self.report_key(
                Rule::MissingOperationId,
                &operation.at,
                format!(
                    "`{} {}` has no `operationId`",
                    operation.method.key().to_uppercase(),
                    operation.path
                ),
                "add an `operationId`, such as `list_pets`: the generated methods are named after it",
            );
            return;
        }
        let id = operation.id.as_str();
        let mut characters = id.chars();
        let named = characters
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic())
            && characters.all(|character| character.is_ascii_graphic());
        if !named {
            self.report(
                Rule::OperationId,
                &at,
                format!("{} cannot be made into the name of a method", quote(id)),
                "begin with a letter of the English alphabet, and use letters, digits and `_`",
            );
            return;
        }
        match ids.get(&fold(id)) {
            Some(other) => {
                let (_, line, _) = self.document.place(&other.at.join("operationId"));
                let reason = if other.id == id {
                    format!(
                        "the operationId {} is taken already, on line {line}",
                        quote(id)
                    )
                } else {
                    format!(
                        "the operationId {} differs from {}, on line {line}, in case and \
                         punctuation alone",
                        quote(id),
                        quote(&other.id)
                    )
                };
                self.report(
                    Rule::DuplicateOperationId,
                    &at,
                    reason,
                    "rename one of the two",
                );
            }
            None => {
                ids.insert(fold(id), operation);
            }
        }
    }

    fn method(&mut self, operation: &Operation) {
        let reason = match operation.method {
            Method::Head => "HEAD is what a server answers of itself where there is a GET",
            Method::Options => "the generated client has no OPTIONS",
            Method::Trace => "the generated client has no TRACE",
            _ => return,
        };
        self.report_key(
            Rule::UnsupportedMethod,
            &operation.at,
            reason,
            "remove the operation, or describe it as a GET or a POST",
        );
    }

    /// Whether the answers that its input and its security can lead to are documented.
    fn documented(&mut self, operation: &Operation) {
        let has = |code: u16| {
            let class = u8::try_from(code / 100).unwrap_or_default();
            operation.responses.iter().any(|response| {
                [
                    StatusKey::Code(code),
                    StatusKey::Range(class),
                    StatusKey::Default,
                ]
                .contains(&response.status)
            })
        };
        if (!operation.parameters.is_empty() || operation.request_body.is_some()) && !has(400) {
            self.report_key(
                Rule::MissingBadRequest,
                &operation.at,
                "the operation takes input, and documents no answer for input that is wrong",
                "add a response for 400",
            );
        }
        let secured = operation
            .security
            .iter()
            .any(|requirement| !requirement.is_empty());
        if secured && !has(401) {
            self.report_key(
                Rule::MissingUnauthorized,
                &operation.at,
                "the operation needs credentials, and documents no answer for wrong ones",
                "add a response for 401, or `security: []` if it is for everybody",
            );
        }
    }
}
