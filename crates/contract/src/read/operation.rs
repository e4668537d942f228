//! Paths, operations and what they consist of.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::diagnostic::quote;
use crate::model::{
    Header, MediaType, Method, Operation, Parameter, ParameterLocation, RequestBody, Response,
    SecurityRequirement, StatusKey,
};
use crate::read::Reader;
use crate::read::fields::{Cursor, Fields};
use crate::read::references::Section;
use crate::rule::Rule;

impl<'a> Reader<'a> {
    /// All operations, in document order.
    pub(super) fn paths(
        &mut self,
        cursor: &Cursor<'a>,
        security: &[SecurityRequirement],
    ) -> Vec<Operation> {
        let Some(paths) = self.map(cursor, "`paths`") else {
            return Vec::new();
        };
        let mut operations = Vec::new();
        for (path, item) in paths.all() {
            if !path.starts_with("x-") {
                self.path_item(path, &item, security, &mut operations);
            }
        }
        operations
    }

    fn path_item(
        &mut self,
        path: &str,
        cursor: &Cursor<'a>,
        security: &[SecurityRequirement],
        operations: &mut Vec<Operation>,
    ) {
        if let Some(target) = cursor.get("$ref") {
            self.incomplete(&cursor.at);
            self.report_key(
                Rule::PathItemRef,
                &target,
                "a path item cannot be a reference",
                "write the operations out under the path",
            );
            return;
        }
        let mut keys = vec!["summary", "description", "servers", "parameters"];
        keys.extend(Method::ALL.map(Method::key));
        let Some(fields) = self.object(cursor, "a path item", &keys) else {
            return;
        };
        self.optional_string(&fields, "summary");
        self.optional_string(&fields, "description");
        self.own_servers(&fields);
        let shared = self.parameters(&fields);
        for (key, cursor) in fields.all() {
            let method = Method::ALL.into_iter().find(|method| method.key() == key);
            let Some(method) = method else {
                continue;
            };
            if let Some(operation) = self.operation(path, method, &cursor, &shared, security) {
                operations.push(operation);
            } else {
                self.incomplete(&cursor.at);
            }
        }
    }

    fn own_servers(&mut self, fields: &Fields<'a>) {
        if let Some(cursor) = fields.get("servers") {
            self.unsupported(
                "servers",
                &cursor,
                "name the servers once, at the top of the document",
            );
        }
    }

    fn operation(
        &mut self,
        path: &str,
        method: Method,
        cursor: &Cursor<'a>,
        shared: &[Parameter],
        security: &[SecurityRequirement],
    ) -> Option<Operation> {
        let keys = [
            "tags",
            "summary",
            "description",
            "externalDocs",
            "operationId",
            "parameters",
            "requestBody",
            "responses",
            "callbacks",
            "deprecated",
            "security",
            "servers",
        ];
        let fields = self.object(cursor, "an operation", &keys)?;
        self.external_docs(&fields);
        self.own_servers(&fields);
        if let Some(callbacks) = fields.get("callbacks") {
            self.unsupported(
                "callbacks",
                &callbacks,
                "remove them; describe them in a document of their own",
            );
        }
        let own = self.parameters(&fields);
        // A replacement keeps the place of what it replaces.
        let mut parameters = IndexMap::new();
        for parameter in shared {
            if !self.spend(cursor, 16) {
                break;
            }
            parameters.insert(identity(parameter), parameter.clone());
        }
        parameters.extend(own.into_iter().map(|own| (identity(&own), own)));
        let parameters = parameters.into_values().collect();
        let request_body = fields
            .get("requestBody")
            .and_then(|cursor| self.request_body(&cursor));
        Some(Operation {
            id: self
                .optional_string(&fields, "operationId")
                .unwrap_or_default(),
            path: path.to_owned(),
            method,
            tags: self.optional_strings(&fields, "tags"),
            summary: self.optional_string(&fields, "summary"),
            description: self.optional_string(&fields, "description"),
            parameters,
            request_body,
            responses: self.responses(&fields),
            security: self.security(&fields).unwrap_or_else(|| security.to_vec()),
            deprecated: self.flag(&fields, "deprecated"),
            at: cursor.at.clone(),
        })
    }

    /// The parameters of a path item or an operation, each once.
    fn parameters(&mut self, fields: &Fields<'a>) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut seen = HashSet::new();
        for cursor in self.optional_array(fields, "parameters") {
            let Some(parameter) = self.parameter(&cursor) else {
                self.incomplete(&cursor.at);
                continue;
            };
            if !seen.insert(identity(&parameter)) {
                self.report(
                    Rule::DuplicateParameter,
                    &cursor,
                    format!(
                        "the {} parameter {} is listed twice",
                        place(parameter.location),
                        quote(&parameter.name)
                    ),
                    "remove one of the two",
                );
            } else {
                parameters.push(parameter);
            }
        }
        parameters
    }

    pub(super) fn parameter(&mut self, cursor: &Cursor<'a>) -> Option<Parameter> {
        let resolved = self.resolve(cursor, Section::PARAMETERS)?;
        let keys = [
            "name",
            "in",
            "description",
            "required",
            "deprecated",
            "allowEmptyValue",
            "style",
            "explode",
            "allowReserved",
            "schema",
            "example",
            "examples",
            "content",
        ];
        let fields = self.object(&resolved.cursor, "a parameter", &keys)?;
        let name = self.required_string(&fields, "name");
        let location = self.parameter_location(&fields);
        let value = self.described_value(&fields);
        Some(Parameter {
            name: name?,
            location: location?,
            required: value.required,
            description: value.description,
            schema: value.schema?,
            style: value.style,
            explode: value.explode,
            examples: value.examples,
            deprecated: value.deprecated,
            component: resolved.component,
            at: resolved.cursor.at,
        })
    }

    fn parameter_location(&mut self, fields: &Fields<'a>) -> Option<ParameterLocation> {
        let text = self.required_string(fields, "in")?;
        let location = match text.as_str() {
            "path" => ParameterLocation::Path,
            "query" => ParameterLocation::Query,
            "header" => ParameterLocation::Header,
            "cookie" => ParameterLocation::Cookie,
            other => {
                let remedy = match other {
                    "body" | "formData" => "use `requestBody`, as OpenAPI 3.0 does",
                    _ => "use `path`, `query`, `header` or `cookie`",
                };
                if let Some(cursor) = fields.get("in") {
                    self.report(
                        Rule::InvalidValue,
                        &cursor,
                        format!("a parameter cannot be in {}", quote(other)),
                        remedy,
                    );
                }
                return None;
            }
        };
        Some(location)
    }

    pub(super) fn header(&mut self, cursor: &Cursor<'a>) -> Option<Header> {
        let resolved = self.resolve(cursor, Section::HEADERS)?;
        let keys = [
            "description",
            "required",
            "deprecated",
            "allowEmptyValue",
            "style",
            "explode",
            "allowReserved",
            "schema",
            "example",
            "examples",
            "content",
        ];
        let fields = self.object(&resolved.cursor, "a header", &keys)?;
        let value = self.described_value(&fields);
        if let Some(style) = fields.get("style")
            && value
                .style
                .as_deref()
                .is_some_and(|style| style != "simple")
        {
            self.report(
                Rule::InvalidValue,
                &style,
                "the only style of a header is `simple`",
                "remove `style`",
            );
        }
        Some(Header {
            description: value.description,
            required: value.required,
            schema: value.schema?,
            at: resolved.cursor.at,
        })
    }

    /// What parameters and headers have in common.
    fn described_value(&mut self, fields: &Fields<'a>) -> DescribedValue {
        for (key, remedy) in [
            ("allowEmptyValue", "make the parameter optional"),
            ("allowReserved", "let callers percent-encode the value"),
        ] {
            if self.flag(fields, key)
                && let Some(cursor) = fields.get(key)
            {
                self.report_key(
                    Rule::ParameterStyle,
                    &cursor,
                    format!("`{key}` is not supported"),
                    remedy,
                );
            }
        }
        let schema = match (fields.get("schema"), fields.get("content")) {
            (Some(schema), None) => Some(self.schema(&schema)),
            (_, Some(content)) => {
                self.report_key(
                    Rule::ParameterContent,
                    &content,
                    "a parameter or header described by `content` is not supported",
                    "describe its value by `schema`",
                );
                None
            }
            (None, None) => {
                self.missing(fields, "schema");
                None
            }
        };
        DescribedValue {
            description: self.optional_string(fields, "description"),
            required: self.flag(fields, "required"),
            deprecated: self.flag(fields, "deprecated"),
            style: self.optional_string(fields, "style"),
            explode: self.optional_bool(fields, "explode"),
            examples: self.examples(fields),
            schema,
        }
    }

    pub(super) fn request_body(&mut self, cursor: &Cursor<'a>) -> Option<RequestBody> {
        let cursor = self.resolve(cursor, Section::REQUEST_BODIES)?.cursor;
        let keys = ["description", "content", "required"];
        let fields = self.object(&cursor, "a request body", &keys)?;
        self.required(&fields, "content");
        Some(RequestBody {
            description: self.optional_string(&fields, "description"),
            required: self.flag(&fields, "required"),
            content: self.content(&fields),
            at: cursor.at,
        })
    }

    fn content(&mut self, fields: &Fields<'a>) -> IndexMap<String, MediaType> {
        let mut content = IndexMap::new();
        for (name, cursor) in self.optional_map(fields, "content") {
            if let Some(media_type) = self.media_type(&cursor) {
                content.insert(name.to_owned(), media_type);
            }
        }
        content
    }

    fn media_type(&mut self, cursor: &Cursor<'a>) -> Option<MediaType> {
        let keys = ["schema", "example", "examples", "encoding"];
        let fields = self.object(cursor, "a media type", &keys)?;
        if let Some(encoding) = fields.get("encoding") {
            self.unsupported("encoding", &encoding, "send the body as `application/json`");
        }
        Some(MediaType {
            schema: fields.get("schema").map(|schema| self.schema(&schema)),
            examples: self.examples(&fields),
            at: cursor.at.clone(),
        })
    }

    fn responses(&mut self, fields: &Fields<'a>) -> Vec<Response> {
        let Some(cursor) = self.required(fields, "responses") else {
            return Vec::new();
        };
        let Some(members) = self.map(&cursor, "`responses`") else {
            return Vec::new();
        };
        let mut responses = Vec::new();
        for (key, cursor) in members.all() {
            if key.starts_with("x-") {
                continue;
            }
            let response = self.response(&cursor);
            let Some(status) = status_key(key) else {
                self.incomplete(&cursor.at);
                self.report_key(
                    Rule::InvalidValue,
                    &cursor,
                    format!("{} is no status", quote(key)),
                    "use a code from 100 to 599, a class such as `4XX`, or `default`",
                );
                continue;
            };
            match response {
                Some(response) => responses.push(Response { status, ..response }),
                None => self.incomplete(&cursor.at),
            }
        }
        responses
    }

    /// A response, for whichever status.
    pub(super) fn response(&mut self, cursor: &Cursor<'a>) -> Option<Response> {
        let cursor = self.resolve(cursor, Section::RESPONSES)?.cursor;
        let keys = ["description", "headers", "content", "links"];
        let fields = self.object(&cursor, "a response", &keys)?;
        if let Some(links) = fields.get("links") {
            self.unsupported(
                "links",
                &links,
                "remove them; describe the relation in words",
            );
        }
        let mut headers = IndexMap::new();
        for (name, cursor) in self.optional_map(&fields, "headers") {
            if let Some(header) = self.header(&cursor) {
                headers.insert(name.to_owned(), header);
            }
        }
        Some(Response {
            status: StatusKey::Default,
            description: self
                .required_string(&fields, "description")
                .unwrap_or_default(),
            headers,
            content: self.content(&fields),
            at: cursor.at,
        })
    }
}

struct DescribedValue {
    description: Option<String>,
    required: bool,
    deprecated: bool,
    style: Option<String>,
    explode: Option<bool>,
    examples: IndexMap<String, crate::model::Example>,
    schema: Option<crate::model::Schema>,
}

/// What makes two parameters the same one.
fn identity(parameter: &Parameter) -> (ParameterLocation, String) {
    (parameter.location, parameter.name.clone())
}

/// The name of a location, as documents write it.
pub(crate) fn place(location: ParameterLocation) -> &'static str {
    match location {
        ParameterLocation::Path => "path",
        ParameterLocation::Query => "query",
        ParameterLocation::Header => "header",
        ParameterLocation::Cookie => "cookie",
    }
}

fn status_key(key: &str) -> Option<StatusKey> {
    if key == "default" {
        return Some(StatusKey::Default);
    }
    if let Some(class) = key.strip_suffix("XX") {
        return match class.parse() {
            Ok(class @ 1..=5) if key.len() == 3 => Some(StatusKey::Range(class)),
            _ => None,
        };
    }
    match key.parse() {
        Ok(code @ 100..=599) if key.len() == 3 => Some(StatusKey::Code(code)),
        _ => None,
    }
}
