//! Operations, grouped by their first tag.

use functiongraph_contract::model::{self, ParameterLocation, SchemaKind, StatusKey};
use indexmap::IndexMap;

use super::Lowering;
use crate::ir::{
    Body, Direction, ErrorResponse, Example, Header, Operation, Parameter, Slot, Success, Tag,
};
use crate::names::{Names, snake, upper_camel};

/// The tag of operations that have none.
const UNTAGGED: &str = "default";

/// Names that parameters may not have, since inputs have a field of that name.
const RESERVED_PARAMETERS: &[&str] = &["body"];

impl Lowering<'_> {
    /// Lowers every operation, tags in the order of their first operation.
    pub(super) fn tags(&mut self) -> Vec<Tag> {
        let document = self.document;
        let mut methods = Names::default();
        let mut prefixes = Names::default();
        let mut groups: IndexMap<String, Vec<Operation>> = IndexMap::new();
        for operation in &document.operations {
            let tag = operation
                .tags
                .first()
                .cloned()
                .unwrap_or_else(|| UNTAGGED.to_owned());
            let lowered = self.operation(operation, &mut methods, &mut prefixes);
            groups.entry(tag).or_default().push(lowered);
        }
        let taken = crate::emit::server::names_beside_traits(groups.values().flatten());
        let mut traits = Names::with(&taken.iter().map(String::as_str).collect::<Vec<_>>());
        let mut modules = Names::tag_modules();
        groups
            .into_iter()
            .map(|(name, operations)| Tag {
                trait_name: traits.unique(&upper_camel(&name, "Tag"), "Api"),
                module: modules.unique(&snake(&name, "tag"), "_api"),
                description: document
                    .tags
                    .iter()
                    .find(|tag| tag.name == name)
                    .and_then(|tag| tag.description.clone()),
                name,
                operations,
            })
            .collect()
    }

    fn operation(
        &mut self,
        operation: &model::Operation,
        methods: &mut Names,
        prefixes: &mut Names,
    ) -> Operation {
        let method_name = methods.unique(&snake(&operation.id, "operation"), "_");
        // Case conversion may join what the method names keep apart: `get_1` and `get1`.
        let type_prefix = prefixes.unique(&upper_camel(&method_name, "Operation"), "Operation");
        let mut names = Names::with(RESERVED_PARAMETERS);
        let parameters = operation
            .parameters
            .iter()
            .map(|parameter| self.parameter(&type_prefix, parameter, &mut names))
            .collect();
        let body = operation
            .request_body
            .as_ref()
            .and_then(|body| self.body(&type_prefix, body));
        let mut successes = Vec::new();
        let mut errors = Vec::new();
        let mut error_body: Option<Slot> = None;
        for response in &operation.responses {
            // All errors of an operation share one body (the lint has compared them): only the
            // first may hoist a type out of it.
            let success = matches!(response.status, StatusKey::Code(200..300));
            let slot = if success || error_body.is_none() {
                self.response_body(&type_prefix, response)
            } else {
                None
            };
            let examples = response
                .content
                .values()
                .flat_map(|media| examples(&media.examples))
                .collect();
            let headers = self.headers(&type_prefix, response);
            match response.status {
                StatusKey::Code(status) if (200..300).contains(&status) => {
                    successes.push(Success {
                        status,
                        variant: status_name(status),
                        description: response.description.clone(),
                        body: slot,
                        headers,
                        examples,
                    })
                }
                StatusKey::Range(2) => self.unsupported(
                    &response.at,
                    "a range of success statuses leaves open which one to send",
                    "list the success statuses one by one",
                ),
                status => {
                    error_body = error_body.or(slot);
                    errors.push(ErrorResponse {
                        status,
                        variant: match status {
                            StatusKey::Code(code) => status_name(code),
                            StatusKey::Range(class) => format!("Range{class}xx"),
                            StatusKey::Default => "Default".to_owned(),
                        },
                        description: response.description.clone(),
                        headers,
                        examples,
                    });
                }
            }
        }
        if successes.is_empty() {
            self.unsupported(
                &operation.at,
                format!("the operation `{}` documents no success", operation.id),
                "add a response with a status of 200 to 299",
            );
        }
        successes.sort_by_key(|success| success.status);
        errors.sort_by_key(|error| error.status);
        Operation {
            id: operation.id.clone(),
            method_name,
            type_prefix,
            method: operation.method,
            path: operation.path.clone(),
            tags: operation.tags.clone(),
            summary: operation.summary.clone(),
            description: operation.description.clone(),
            parameters,
            body,
            successes,
            errors,
            error_body,
            security: operation.security.clone(),
            deprecated: operation.deprecated,
            at: operation.at.clone(),
        }
    }

    fn parameter(
        &mut self,
        prefix: &str,
        parameter: &model::Parameter,
        names: &mut Names,
    ) -> Parameter {
        let hint = format!("{prefix}{}", upper_camel(&parameter.name, "Parameter"));
        let mut slot = self.slot(&hint, &parameter.schema, Direction::Input);
        if slot.default.is_none() {
            slot.default = self.resolved(&parameter.schema).default.clone();
        }
        if !self.fits_in_text(&parameter.schema, parameter.location, 0) {
            self.unsupported(
                &parameter.at,
                format!(
                    "the parameter `{}` holds a value that has no plain text form",
                    parameter.name
                ),
                "use a scalar, or in a query or header an array of scalars",
            );
        }
        if let Some(text) = &parameter.description {
            slot.docs = text.trim_end().to_owned();
        }
        Parameter {
            wire: parameter.name.clone(),
            name: names.unique(&snake(&parameter.name, "parameter"), "_"),
            location: parameter.location,
            required: parameter.required,
            description: parameter.description.clone(),
            slot,
            explode: parameter
                .explode
                .unwrap_or(parameter.location == ParameterLocation::Query),
            deprecated: parameter.deprecated,
            examples: parameter
                .examples
                .iter()
                .map(|(name, example)| (name.clone(), example.value.clone()))
                .collect(),
        }
    }

    /// Whether a parameter of the schema can be written as text: a scalar, or outside paths an
    /// array of scalars.
    fn fits_in_text(
        &self,
        schema: &model::Schema,
        location: ParameterLocation,
        depth: usize,
    ) -> bool {
        match &self.resolved(schema).kind {
            SchemaKind::String(_)
            | SchemaKind::Integer(_)
            | SchemaKind::Number(_)
            | SchemaKind::Boolean => true,
            SchemaKind::Array(array) => {
                depth == 0
                    && location != ParameterLocation::Path
                    && self.fits_in_text(&array.items, location, 1)
            }
            SchemaKind::AllOf(members) => match members.as_slice() {
                [only] => self.fits_in_text(only, location, depth),
                _ => false,
            },
            _ => false,
        }
    }

    fn body(&mut self, prefix: &str, body: &model::RequestBody) -> Option<Body> {
        let (media_type, media) = body.content.first()?;
        let schema = media.schema.as_ref()?;
        Some(Body {
            required: body.required,
            media_type: media_type.clone(),
            slot: self.slot(&format!("{prefix}Body"), schema, Direction::Input),
            description: body.description.clone(),
            examples: examples(&media.examples).collect(),
        })
    }

    fn response_body(&mut self, prefix: &str, response: &model::Response) -> Option<Slot> {
        let media = response.content.values().next()?;
        let schema = media.schema.as_ref()?;
        let hint = match response.status {
            StatusKey::Code(status) if (200..300).contains(&status) => {
                format!("{prefix}{}Body", status_name(status))
            }
            _ => format!("{prefix}ErrorBody"),
        };
        Some(self.slot(&hint, schema, Direction::Output))
    }

    fn headers(&mut self, prefix: &str, response: &model::Response) -> Vec<Header> {
        response
            .headers
            .iter()
            .map(|(name, header)| Header {
                wire: name.clone(),
                description: header.description.clone(),
                slot: self.slot(
                    &format!("{prefix}{}Header", upper_camel(name, "Response")),
                    &header.schema,
                    Direction::Output,
                ),
            })
            .collect()
    }
}

fn examples(
    examples: &IndexMap<String, model::Example>,
) -> impl Iterator<Item = (String, Example)> + '_ {
    examples.iter().map(|(name, example)| {
        let lowered = Example {
            summary: example.summary.clone(),
            description: example.description.clone(),
            value: example.value.clone(),
        };
        (name.clone(), lowered)
    })
}

/// The name of a status: its reason phrase where it has one that everybody knows.
fn status_name(status: u16) -> String {
    let name = match status {
        200 => "Ok",
        201 => "Created",
        202 => "Accepted",
        203 => "NonAuthoritativeInformation",
        204 => "NoContent",
        205 => "ResetContent",
        206 => "PartialContent",
        301 => "MovedPermanently",
        302 => "Found",
        303 => "SeeOther",
        304 => "NotModified",
        307 => "TemporaryRedirect",
        308 => "PermanentRedirect",
        400 => "BadRequest",
        401 => "Unauthorized",
        402 => "PaymentRequired",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        406 => "NotAcceptable",
        408 => "RequestTimeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "LengthRequired",
        412 => "PreconditionFailed",
        413 => "PayloadTooLarge",
        414 => "UriTooLong",
        415 => "UnsupportedMediaType",
        416 => "RangeNotSatisfiable",
        417 => "ExpectationFailed",
        422 => "UnprocessableEntity",
        423 => "Locked",
        424 => "FailedDependency",
        428 => "PreconditionRequired",
        429 => "TooManyRequests",
        431 => "RequestHeaderFieldsTooLarge",
        451 => "UnavailableForLegalReasons",
        500 => "InternalServerError",
        501 => "NotImplemented",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        507 => "InsufficientStorage",
        _ => return format!("Status{status}"),
    };
    name.to_owned()
}
