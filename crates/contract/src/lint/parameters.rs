//! Parameters.

use std::collections::{HashMap, HashSet};

use crate::Pointer;
use crate::diagnostic::quote;
use crate::lint::Lint;
use crate::lint::names::fold;
use crate::lint::paths::variables;
use crate::lint::shapes::{Shape, shape};
use crate::model::{Operation, Parameter, ParameterLocation};
use crate::read::operation::place;
use crate::rule::Rule;
use crate::suggest::nearest;

impl Lint<'_> {
    pub(super) fn parameters(&mut self) {
        let document = self.document;
        for operation in &document.operations {
            self.path_parameters(operation);
            self.distinct_parameters(operation);
            for parameter in &operation.parameters {
                self.parameter(parameter);
            }
        }
        for parameter in &document.components().parameters {
            self.parameter(parameter);
        }
    }

    /// Whether the variables of the path and the parameters in it are the same.
    fn path_parameters(&mut self, operation: &Operation) {
        let variables = variables(&operation.path);
        let parameters: Vec<_> = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.location == ParameterLocation::Path)
            .collect();
        let known: HashSet<_> = variables.iter().copied().collect();
        for parameter in &parameters {
            if known.contains(parameter.name.as_str()) {
                continue;
            }
            let near = if self.guesses() {
                nearest(&parameter.name, variables.iter().copied())
            } else {
                None
            };
            let remedy = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "put `{{{}}}` into the path, or remove the parameter",
                    parameter.name
                ),
            };
            let place = self.use_of(operation, parameter);
            self.report(
                Rule::PathParameterNotInPath,
                &place,
                format!(
                    "the path parameter {} is not in the path {}",
                    quote(&parameter.name),
                    quote(&operation.path)
                ),
                remedy,
            );
        }
        let described: HashSet<_> = parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
            .collect();
        for name in variables {
            if !described.contains(name) {
                self.report_key(
                    Rule::PathVariableWithoutParameter,
                    &operation.at,
                    format!(
                        "no parameter describes the variable {} of the path",
                        quote(name)
                    ),
                    format!("add a parameter `{name}` with `in: path` and `required: true`"),
                );
            }
        }
    }

    /// Where the operation lists the parameter, or else where the parameter stands.
    fn use_of(&self, operation: &Operation, parameter: &Parameter) -> Pointer {
        let Some(component) = parameter.component.as_ref().filter(|_| self.guesses()) else {
            return parameter.at.join("name");
        };
        let reference = format!("#/components/parameters/{component}");
        let lists = [Some(operation.at.clone()), operation.at.parent()];
        lists
            .into_iter()
            .flatten()
            .find_map(|list| {
                let list = list.join("parameters");
                let items = list.find(self.document.value())?.as_array()?;
                let index = items.iter().position(|item| {
                    item.get("$ref").and_then(|target| target.as_str()) == Some(&reference)
                })?;
                Some(list.index(index).join("$ref"))
            })
            .unwrap_or_else(|| parameter.at.join("name"))
    }

    fn distinct_parameters(&mut self, operation: &Operation) {
        let mut names: HashMap<String, &Parameter> = HashMap::new();
        for parameter in &operation.parameters {
            let name = fold(&parameter.name);
            if name.is_empty() {
                let place = self.use_of(operation, parameter);
                self.report(
                    Rule::ParameterNameClash,
                    &place,
                    format!(
                        "the parameter {} has neither letter nor digit in its name",
                        quote(&parameter.name)
                    ),
                    "rename it: it needs a name in the generated code",
                );
                continue;
            }
            if name == "body" && operation.request_body.is_some() {
                let place = self.use_of(operation, parameter);
                self.report(
                    Rule::ParameterNameClash,
                    &place,
                    "a parameter called `body` clashes with the request body",
                    "rename the parameter",
                );
            }
            match names.get(&name) {
                Some(other) => {
                    let place = self.use_of(operation, parameter);
                    self.report(
                        Rule::ParameterNameClash,
                        &place,
                        format!(
                            "the {} parameter {} and the {} parameter {} would have the same name in \
                             the generated code",
                            self::place(parameter.location),
                            quote(&parameter.name),
                            self::place(other.location),
                            quote(&other.name)
                        ),
                        "rename one of the two",
                    );
                }
                None => {
                    names.insert(name, parameter);
                }
            }
        }
    }

    fn parameter(&mut self, parameter: &Parameter) {
        let at = &parameter.at;
        match parameter.location {
            ParameterLocation::Cookie => {
                self.report(
                    Rule::CookieParameter,
                    &at.join("in"),
                    "parameters in cookies are not supported",
                    "use a header or a query parameter",
                );
                return;
            }
            ParameterLocation::Path if !parameter.required => self.report_key(
                Rule::PathParameterRequired,
                at,
                format!(
                    "the path parameter {} is not required",
                    quote(&parameter.name)
                ),
                "add `required: true`: a path is not complete without it",
            ),
            ParameterLocation::Header => self.header_parameter(parameter),
            _ => {}
        }
        self.style(parameter);
        self.parameter_schema(parameter);
    }

    fn header_parameter(&mut self, parameter: &Parameter) {
        let at = parameter.at.join("name");
        let name = parameter.name.as_str();
        if !is_token(name) {
            self.report(
                Rule::HeaderName,
                &at,
                format!("{} cannot be the name of a header", quote(name)),
                "use letters, digits and `-`",
            );
        }
        let remedy = match name.to_ascii_lowercase().as_str() {
            "accept" => "remove it; the media types of the responses say what is accepted",
            "content-type" => "remove it; the media type of the request body says it",
            "authorization" => "remove it, and describe a security scheme",
            _ => return,
        };
        self.report(
            Rule::IgnoredHeader,
            &at,
            format!("OpenAPI ignores a header parameter called {}", quote(name)),
            remedy,
        );
    }

    fn style(&mut self, parameter: &Parameter) {
        let usual = match parameter.location {
            ParameterLocation::Query => "form",
            _ => "simple",
        };
        if let Some(style) = &parameter.style
            && style != usual
        {
            self.report(
                Rule::ParameterStyle,
                &parameter.at.join("style"),
                format!(
                    "the style {} is not supported for {} parameters",
                    quote(style),
                    place(parameter.location)
                ),
                format!("remove it: `{usual}` is the usual style"),
            );
        }
        let array = matches!(shape(self.document, &parameter.schema), Shape::Array(_));
        if parameter.explode == Some(false)
            && parameter.location == ParameterLocation::Query
            && array
        {
            self.report(
                Rule::ParameterStyle,
                &parameter.at.join("explode"),
                "lists in a query are sent by repeating the name, not joined by commas",
                "remove `explode`, or describe a string",
            );
        }
    }

    fn parameter_schema(&mut self, parameter: &Parameter) {
        let at = parameter.at.join("schema");
        let where_to = place(parameter.location);
        let (what, remedy) = match shape(self.document, &parameter.schema) {
            Shape::Scalar => {
                if self.is_nullable(&parameter.schema) {
                    self.report(
                        Rule::ParameterSchema,
                        &at,
                        "`null` cannot be sent as a parameter",
                        "remove `nullable`; an optional parameter is left out",
                    );
                }
                return;
            }
            Shape::Array(items) if parameter.location == ParameterLocation::Query => {
                match shape(self.document, items) {
                    Shape::Scalar if !self.is_nullable(items) => return,
                    Shape::Scalar => (
                        "a list with `null` among its items",
                        "remove `nullable` from the items",
                    ),
                    _ => ("a list of anything but scalars", "use a list of strings"),
                }
            }
            Shape::Array(_) => ("a list", "use a query parameter, or a string"),
            Shape::Object => (
                "an object",
                "use a parameter for each property, or a request body",
            ),
            Shape::Union => ("a choice of schemas", "describe one type"),
            Shape::Any => ("a value of any type", "add a `type`"),
        };
        self.report_key(
            Rule::ParameterSchema,
            &at,
            format!("{what} is not supported in a {where_to} parameter"),
            remedy,
        );
    }
}

/// Whether a text can be the name of a header (RFC 9110, section 5.6.2).
pub(super) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
