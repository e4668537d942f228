//! What the pages show of the document: its structure from the document itself, its words from the
//! document or its translation.

use std::collections::{BTreeMap, BTreeSet};

use functiongraph_contract::model::{
    Additional, ApiKeyLocation, Example, Header, MediaType, Operation, Parameter,
    ParameterLocation, Schema, SchemaKind, SecuritySchemeKind, StatusKey,
};
use functiongraph_contract::{Document, Pointer};
use serde_json::Value;

use crate::language::{Language, Unit, Words};
use crate::markdown::{Html, description, escape, figure, inline, plain};
use crate::samples::{SAMPLES, VERSION};
use crate::sources::{Listed, Sources};

/// Where the sentence on sources begins in a description, in any language.
const SOURCE_MARKS: [&str; 2] = ["Source: ", "来源："];

/// A document in one language.
pub(crate) struct Reference<'a> {
    pub(crate) document: &'a Document,
    /// The document's JSON with the words of the language.
    pub(crate) value: &'a Value,
    pub(crate) sources: &'a Sources,
    pub(crate) language: Language,
}

/// A field, a parameter or a header: one row of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) kind: Html,
    /// The operations that return it, or take it: id, and what they are called in a table.
    pub(crate) operations: Vec<(String, String)>,
    /// Where the vendor shows it.
    pub(crate) listed: Option<Listed>,
    pub(crate) description: Html,
    pub(crate) bounds: Vec<Html>,
    pub(crate) source: Option<Html>,
}

/// A table of fields.
#[derive(Debug)]
pub(crate) struct Table {
    /// Name of the schema, where it has one.
    pub(crate) schema: String,
    pub(crate) rows: Vec<Row>,
    /// Whether the fields come in responses, where `required` is a promise.
    pub(crate) returned: bool,
    /// Whether fields say which operations return or take them.
    pub(crate) operations: bool,
    /// What stands over the column of names.
    pub(crate) head: &'static str,
}

/// An example of a body.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) title: Html,
    pub(crate) code: Html,
    /// Whether it is the version that the samples publish.
    pub(crate) sampled: bool,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: String,
    pub(crate) success: bool,
    pub(crate) description: Html,
    pub(crate) headers: Vec<(String, Html)>,
    pub(crate) schema: Html,
    pub(crate) tables: Vec<Table>,
    pub(crate) examples: Vec<Shown>,
}

/// A call in one language.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    pub(crate) code: Html,
}

/// A parameter as a form asks for it.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) place: &'static str,
    pub(crate) required: bool,
    pub(crate) value: String,
}

/// An operation's page.
#[derive(Debug)]
pub(crate) struct OperationView {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) path_html: Html,
    pub(crate) summary: String,
    pub(crate) description: Html,
    pub(crate) server: Html,
    pub(crate) security: Vec<Html>,
    pub(crate) parameters: Vec<(&'static str, Table)>,
    pub(crate) body: Option<BodyView>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) samples: Vec<Call>,
    pub(crate) inputs: Vec<Input>,
}

/// An operation's request body.
#[derive(Debug)]
pub(crate) struct BodyView {
    pub(crate) media_type: String,
    pub(crate) required: bool,
    pub(crate) description: Html,
    pub(crate) table: Option<Table>,
    pub(crate) examples: Vec<Shown>,
    /// What a form begins with.
    pub(crate) value: String,
}

/// A schema's section.
#[derive(Debug)]
pub(crate) struct SchemaView {
    pub(crate) name: String,
    pub(crate) kind: Html,
    pub(crate) description: Html,
    pub(crate) source: Option<Html>,
    pub(crate) bounds: Vec<Html>,
    pub(crate) table: Option<Table>,
    pub(crate) returned: Vec<String>,
    pub(crate) sent: Vec<String>,
    pub(crate) used: Vec<String>,
}

/// A way of authentication.
#[derive(Debug)]
pub(crate) struct SchemeView {
    pub(crate) name: String,
    pub(crate) header: String,
    pub(crate) description: Html,
}

/// An entry of the search.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) target: String,
    pub(crate) title: String,
    pub(crate) context: String,
    pub(crate) text: String,
}

impl<'a> Reference<'a> {
    pub(crate) fn words(&self) -> &'static Words {
        self.language.words()
    }

    /// A text of the document, empty where there is none.
    pub(crate) fn text(&self, at: &Pointer, key: &str) -> &'a str {
        let found = at.join(key);
        let found = found.find(self.value).and_then(Value::as_str);
        found.unwrap_or_default()
    }

    pub(crate) fn title(&self) -> &'a str {
        self.text(&Pointer::root().join("info"), "title")
    }

    pub(crate) fn about(&self) -> &'a str {
        self.text(&Pointer::root().join("info"), "description")
    }

    /// Schemas that operations return and take: schema to operations.
    fn reach(&self, responses: bool) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
        let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for operation in &self.document.operations {
            let mut open: Vec<&Schema> = Vec::new();
            if responses {
                for response in &operation.responses {
                    open.extend(response.content.values().filter_map(|c| c.schema.as_ref()));
                }
            } else {
                open.extend(operation.parameters.iter().map(|p| &p.schema));
                if let Some(body) = &operation.request_body {
                    open.extend(body.content.values().filter_map(|c| c.schema.as_ref()));
                }
            }
            while let Some(schema) = open.pop() {
                if let SchemaKind::Ref(name) = &schema.kind {
                    if let Some((name, target)) = self.document.schemas.get_key_value(name)
                        && found.entry(name).or_default().insert(&operation.id)
                    {
                        open.push(target);
                    }
                } else {
                    open.extend(children(schema));
                }
            }
        }
        found
    }

    /// What a schema is, with links to the schemas that have a name.
    fn kind(&self, schema: &Schema) -> Html {
        let words = self.words();
        let html = match &schema.kind {
            SchemaKind::Ref(name) => {
                let target = self.document.resolve(schema);
                let link = format!("<a href=\"schemas.html#{name}\">{name}</a>");
                let base = match &target.kind {
                    SchemaKind::Object(_) | SchemaKind::Ref(_) => String::new(),
                    _ => format!(" <span class=\"base\">{}</span>", self.kind(target)),
                };
                let null = if target.nullable && base.is_empty() {
                    format!(" {}", words.or_null)
                } else {
                    String::new()
                };
                return Html(format!("{link}{base}{null}"));
            }
            SchemaKind::String(text) => match text.format.as_deref() {
                Some("byte") => words.base64.to_owned(),
                Some(other) => format!("{} ({})", words.string, escape(other)),
                None => words.string.to_owned(),
            },
            SchemaKind::Integer(integer) => match integer.format.as_deref() {
                Some("int32") => words.integer32.to_owned(),
                Some("int64") => words.integer64.to_owned(),
                _ => words.integer.to_owned(),
            },
            SchemaKind::Number(_) => words.number.to_owned(),
            SchemaKind::Boolean => words.boolean.to_owned(),
            SchemaKind::Array(array) => {
                let items = self.kind(&array.items);
                // The array may be null, not what is in it.
                let text = match (schema.nullable, self.language) {
                    (false, _) => format!("{}{items}", words.array_of),
                    (true, Language::English) => format!("array of {items}, or null"),
                    (true, Language::Chinese) => format!("数组或 null，元素为 {items}"),
                };
                return Html(text);
            }
            SchemaKind::Object(_) => words.object.to_owned(),
            SchemaKind::AllOf(parts) => self.joined(parts, " + "),
            SchemaKind::OneOf(union) | SchemaKind::AnyOf(union) => {
                self.joined(&union.variants, " / ")
            }
            SchemaKind::Any => words.anything.to_owned(),
        };
        if schema.nullable {
            Html(format!("{html} {}", words.or_null))
        } else {
            Html(html)
        }
    }

    fn joined(&self, parts: &[Schema], between: &str) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.kind(part).0).collect();
        parts.join(between)
    }

    /// The constraints of a schema in words.
    fn bounds(&self, schema: &Schema) -> Vec<Html> {
        let words = self.words();
        let mut found = Vec::new();
        let range = |least: Option<String>, most: Option<String>, unit| {
            words.range(self.language, least, most, unit).map(Html)
        };
        let count = |n: Option<u64>| n.map(|n| n.to_string());
        match &schema.kind {
            SchemaKind::String(text) => {
                let least = text.min_length.filter(|least| *least > 0);
                found.extend(range(
                    count(least),
                    count(text.max_length),
                    Unit::Characters,
                ));
                if let Some(pattern) = &text.pattern {
                    found.push(Html(format!(
                        "{} {}",
                        words.pattern,
                        broken(&Html::code(pattern).0)
                    )));
                }
            }
            SchemaKind::Integer(integer) => {
                found.extend(range(
                    integer.minimum.map(|n| n.to_string()),
                    integer.maximum.map(|n| n.to_string()),
                    Unit::None,
                ));
            }
            SchemaKind::Number(number) => {
                found.extend(range(
                    number.minimum.map(|n| n.to_string()),
                    number.maximum.map(|n| n.to_string()),
                    Unit::None,
                ));
            }
            SchemaKind::Array(array) => {
                found.extend(range(
                    count(array.min_items),
                    count(array.max_items),
                    Unit::Items,
                ));
            }
            SchemaKind::Object(object) => {
                found.extend(range(
                    count(object.min_properties),
                    count(object.max_properties),
                    Unit::Properties,
                ));
            }
            _ => {}
        }
        if schema.extensions.contains_key("x-also-accepts") {
            found.push(Html::text(words.also_integer));
        }
        if let Some(default) = &schema.default {
            let value = match default {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            found.push(Html(format!("{} {}", words.default, Html::code(&value))));
        }
        let values = values(schema);
        if !values.is_empty() {
            let listed: Vec<String> = values.iter().map(|value| Html::code(value).0).collect();
            let separator = match self.language {
                Language::English => ", ",
                Language::Chinese => "、",
            };
            let listed = listed.join(separator);
            // All of them are in responses, where any other value is read, too.
            found.push(Html(match self.language {
                Language::English => {
                    format!("{}: {listed}; {}", words.open_values, words.open_note)
                }
                Language::Chinese => {
                    format!("{}：{listed}；{}", words.open_values, words.open_note)
                }
            }));
        }
        found
    }

    /// A description apart from its sentence on sources.
    fn described(&self, text: &str) -> (Html, Option<Html>) {
        let (text, source) = split_source(text);
        (description(text), source.map(inline))
    }

    fn row(&self, section: &str, id: String, name: &str, required: bool, schema: &Schema) -> Row {
        let target = match &schema.kind {
            SchemaKind::Ref(_) => self.document.resolve(schema),
            _ => schema,
        };
        let (description, source) = self.described(self.text(&target.at, "description"));
        let inner = match &target.kind {
            // What an array says of its items stands with the array.
            SchemaKind::Array(array) => self.bounds(&array.items),
            _ => Vec::new(),
        };
        let mut bounds = self.bounds(target);
        bounds.extend(inner);
        Row {
            id,
            name: name.to_owned(),
            required,
            kind: self.kind(schema),
            operations: Vec::new(),
            listed: self.sources.get(section, name),
            description,
            bounds,
            source,
        }
    }

    /// The fields of an object; `prefix` makes their ids different from those of the same fields
    /// elsewhere on the page.
    fn table(&self, name: &str, schema: &Schema, prefix: &str, returned: bool) -> Option<Table> {
        let SchemaKind::Object(object) = &self.document.resolve(schema).kind else {
            return None;
        };
        if object.properties.is_empty() {
            return None;
        }
        let reach = self.reach(returned);
        let operations: Vec<(String, String)> = reach
            .get(name)
            .into_iter()
            .flatten()
            .map(|id| ((*id).to_owned(), self.words().operation(id).to_owned()))
            .collect();
        let rows: Vec<Row> = object
            .properties
            .iter()
            .map(|(field, property)| {
                let id = format!("{prefix}{name}.{field}");
                let row = self.row(name, id, field, property.required, &property.schema);
                Row {
                    operations: operations.clone(),
                    ..row
                }
            })
            .collect();
        Some(Table {
            schema: name.to_owned(),
            operations: !operations.is_empty(),
            rows,
            returned,
            head: self.words().field,
        })
    }

    fn examples(&self, content: &MediaType) -> Vec<Shown> {
        let shown = content.examples.values().map(|example| self.shown(example));
        shown.collect()
    }

    fn shown(&self, example: &Example) -> Shown {
        Shown {
            title: inline(self.text(&example.at, "summary")),
            code: figure("json", &format!("{:#}", example.value)),
            sampled: example.value.get("version").and_then(Value::as_str) == Some(VERSION),
        }
    }

    fn header(&self, name: &str, header: &Header) -> (String, Html) {
        let (description, _) = self.described(self.text(&header.at, "description"));
        let inner = description.0.trim();
        let inner = inner.strip_prefix("<p>").unwrap_or(inner);
        let inner = inner.strip_suffix("</p>").unwrap_or(inner);
        (name.to_owned(), Html(inner.to_owned()))
    }

    pub(crate) fn operation(&self, operation: &Operation) -> OperationView {
        let words = self.words();
        let mut parameters = Vec::new();
        for (location, title) in [
            (ParameterLocation::Path, words.path_parameters),
            (ParameterLocation::Query, words.query_parameters),
            (ParameterLocation::Header, words.header_parameters),
        ] {
            let of_it = operation.parameters.iter();
            let of_it: Vec<&Parameter> = of_it.filter(|p| p.location == location).collect();
            if of_it.is_empty() {
                continue;
            }
            let rows = of_it.iter().map(|parameter| {
                let id = format!("parameter-{}", parameter.name);
                let mut row = self.row(
                    "Parameters",
                    id,
                    &parameter.name,
                    parameter.required,
                    &parameter.schema,
                );
                let own = self.text(&parameter.at, "description");
                let (description, source) = self.described(own);
                // What the parameter is for, then what its values look like.
                row.description = Html(format!("{description}{}", row.description));
                row.source = source.or(row.source);
                row
            });
            let table = Table {
                schema: String::new(),
                rows: rows.collect(),
                returned: false,
                operations: false,
                head: words.parameter,
            };
            parameters.push((title, table));
        }
        OperationView {
            id: operation.id.clone(),
            method: operation.method.key().to_uppercase(),
            path: operation.path.clone(),
            path_html: path_html(&operation.path),
            summary: plain(self.text(&operation.at, "summary")),
            description: description(self.text(&operation.at, "description")),
            server: self.server(),
            security: operation
                .security
                .iter()
                .map(|requirement| {
                    let schemes = requirement.keys().map(|name| {
                        let header = self.scheme_header(name);
                        let what = Html::code(&header);
                        format!("<a href=\"authentication.html#{name}\">{what}</a>")
                    });
                    Html(schemes.collect::<Vec<_>>().join(" + "))
                })
                .collect(),
            parameters,
            body: operation.request_body.as_ref().and_then(|body| {
                let (media_type, content) = body.content.first()?;
                let schema = content.schema.as_ref();
                let first = content.examples.values().next();
                Some(BodyView {
                    media_type: media_type.clone(),
                    required: body.required,
                    description: description(self.text(&body.at, "description")),
                    table: schema.and_then(|schema| {
                        self.table(schema_name(schema), schema, "request-", false)
                    }),
                    examples: self.examples(content),
                    value: first
                        .map(|example| format!("{:#}", example.value))
                        .unwrap_or_default(),
                })
            }),
            answers: operation
                .responses
                .iter()
                .map(|response| self.answer(response))
                .collect(),
            samples: SAMPLES
                .iter()
                .filter(|sample| sample.operation == operation.id)
                .map(|sample| Call {
                    key: sample.language.key,
                    label: sample.language.label,
                    code: figure(sample_info(sample.language.key), sample.code),
                })
                .collect(),
            inputs: operation
                .parameters
                .iter()
                .filter_map(|parameter| {
                    let place = match parameter.location {
                        ParameterLocation::Path => "path",
                        ParameterLocation::Query => "query",
                        ParameterLocation::Header | ParameterLocation::Cookie => return None,
                    };
                    let value = if place == "path" {
                        example_text(parameter)
                    } else {
                        String::new()
                    };
                    Some(Input {
                        name: parameter.name.clone(),
                        place,
                        required: parameter.required,
                        value,
                    })
                })
                .collect(),
        }
    }

    fn answer(&self, response: &functiongraph_contract::model::Response) -> Answer {
        let status = match response.status {
            StatusKey::Code(code) => code.to_string(),
            StatusKey::Range(class) => format!("{class}XX"),
            StatusKey::Default => "default".to_owned(),
        };
        let success = status.starts_with('2');
        let content = response.content.values().next();
        let schema = content.and_then(|content| content.schema.as_ref());
        let mut tables = Vec::new();
        // An error's body is the same everywhere and stands with the schemas.
        if let Some(schema) = schema.filter(|_| success) {
            let prefix = format!("response-{status}-");
            tables.extend(self.table(schema_name(schema), schema, &prefix, true));
            // The page of a list is little without what it lists.
            if let SchemaKind::Object(object) = &self.document.resolve(schema).kind {
                for property in object.properties.values() {
                    if let SchemaKind::Array(array) = &property.schema.kind
                        && let SchemaKind::Ref(name) = &array.items.kind
                        && object.properties.len() < 10
                    {
                        tables.extend(self.table(name, &array.items, &prefix, true));
                    }
                }
            }
        }
        Answer {
            success,
            description: description(self.text(&response.at, "description")),
            headers: response
                .headers
                .iter()
                .map(|(name, header)| self.header(name, header))
                .collect(),
            schema: schema.map(|schema| self.kind(schema)).unwrap_or_default(),
            tables,
            examples: content
                .map(|content| self.examples(content))
                .unwrap_or_default(),
            status,
        }
    }

    fn server(&self) -> Html {
        let urls = self.document.servers.iter();
        let urls: Vec<String> = urls
            .map(|server| broken(&path_html(&server.url).0))
            .collect();
        Html(urls.join(" "))
    }

    fn scheme_header(&self, name: &str) -> String {
        match self.document.security_schemes.get(name).map(|s| &s.kind) {
            Some(SecuritySchemeKind::ApiKey {
                location: ApiKeyLocation::Header,
                name,
            }) => name.clone(),
            Some(SecuritySchemeKind::Http { .. }) => "Authorization".to_owned(),
            _ => name.to_owned(),
        }
    }

    pub(crate) fn schemes(&self) -> Vec<SchemeView> {
        let schemes = self.document.security_schemes.iter();
        schemes
            .map(|(name, scheme)| SchemeView {
                name: name.clone(),
                header: self.scheme_header(name),
                description: description(self.text(&scheme.at, "description")),
            })
            .collect()
    }

    pub(crate) fn schemas(&self) -> Vec<SchemaView> {
        let returned = self.reach(true);
        let sent = self.reach(false);
        let list = |reach: &BTreeMap<&str, BTreeSet<&str>>, name: &str| {
            let operations = reach.get(name).into_iter().flatten();
            operations.map(|id| (*id).to_owned()).collect::<Vec<_>>()
        };
        let mut used: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, schema) in &self.document.schemas {
            let mut open = children(schema);
            while let Some(child) = open.pop() {
                match &child.kind {
                    SchemaKind::Ref(target) => {
                        used.entry(target).or_default().insert(name);
                    }
                    _ => open.extend(children(child)),
                }
            }
        }
        let schemas = self.document.schemas.iter().map(|(name, schema)| {
            let (description, source) = self.described(self.text(&schema.at, "description"));
            let is_returned = returned.contains_key(name.as_str());
            SchemaView {
                kind: self.kind(schema),
                description,
                source,
                bounds: self.bounds(schema),
                table: self.table(name, schema, "", is_returned),
                returned: list(&returned, name),
                sent: list(&sent, name),
                used: used
                    .get(name.as_str())
                    .into_iter()
                    .flatten()
                    .map(|name| (*name).to_owned())
                    .collect(),
                name: name.clone(),
            }
        });
        schemas.collect()
    }

    /// What the search reads of a schema: its description, and the values that are known, also
    /// those of what an array holds.
    fn searched(&self, schema: &Schema) -> String {
        let target = self.document.resolve(schema);
        let mut text = plain(self.text(&target.at, "description"));
        let items = match &target.kind {
            SchemaKind::Array(array) => Some(self.document.resolve(&array.items)),
            _ => None,
        };
        for value in values(target)
            .into_iter()
            .chain(items.map(values).unwrap_or_default())
        {
            text.push(' ');
            text.push_str(&value);
        }
        text
    }

    /// What the search finds in the reference.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut found = Vec::new();
        for operation in &self.document.operations {
            let page = format!("{}.html", operation.id);
            let summary = plain(self.text(&operation.at, "summary"));
            found.push(Entry {
                target: page.clone(),
                title: format!("{summary} · {}", operation.id),
                context: format!(
                    "{} {}",
                    operation.method.key().to_uppercase(),
                    operation.path
                ),
                text: plain(self.text(&operation.at, "description")),
            });
            for parameter in &operation.parameters {
                found.push(Entry {
                    target: format!("{page}#parameter-{}", parameter.name),
                    title: parameter.name.clone(),
                    context: format!("{} · {}", self.words().parameter, operation.id),
                    text: plain(self.text(&parameter.at, "description")),
                });
            }
            let mut headers = BTreeSet::new();
            for response in &operation.responses {
                if let StatusKey::Code(code) = response.status {
                    for (name, header) in &response.headers {
                        // One place is enough for a header of every answer.
                        if headers.insert(name) {
                            found.push(Entry {
                                target: format!("{page}#status-{code}"),
                                title: name.clone(),
                                context: format!(
                                    "{} · {}",
                                    self.words().response_header,
                                    operation.id
                                ),
                                text: plain(self.text(&header.at, "description")),
                            });
                        }
                    }
                    found.push(Entry {
                        target: format!("{page}#status-{code}"),
                        title: code.to_string(),
                        context: format!("{} · {}", self.words().responses, operation.id),
                        text: plain(self.text(&response.at, "description")),
                    });
                }
            }
        }
        for (name, schema) in &self.document.schemas {
            found.push(Entry {
                target: format!("schemas.html#{name}"),
                title: name.clone(),
                context: self.words().schemas.to_owned(),
                text: self.searched(schema),
            });
            if let SchemaKind::Object(object) = &schema.kind {
                for (field, property) in &object.properties {
                    found.push(Entry {
                        target: format!("schemas.html#{name}.{field}"),
                        title: field.clone(),
                        context: format!("{} · {name}", self.words().field),
                        text: self.searched(&property.schema),
                    });
                }
            }
        }
        found
    }
}

/// The text before and from the sentence on sources, which is the last one.
pub(crate) fn split_source(text: &str) -> (&str, Option<&str>) {
    for mark in SOURCE_MARKS {
        if let Some(at) = text.rfind(mark) {
            return (text[..at].trim_end(), Some(&text[at + mark.len()..]));
        }
    }
    (text, None)
}

/// The name of the schema that is referred to; empty for one without.
fn schema_name(schema: &Schema) -> &str {
    match &schema.kind {
        SchemaKind::Ref(name) => name,
        _ => "",
    }
}

/// The values of an enumeration as text.
fn values(schema: &Schema) -> Vec<String> {
    match &schema.kind {
        SchemaKind::String(text) => text.enumeration.clone(),
        SchemaKind::Integer(integer) => {
            let values = integer.enumeration.iter();
            values.map(ToString::to_string).collect()
        }
        _ => Vec::new(),
    }
}

fn children(schema: &Schema) -> Vec<&Schema> {
    match &schema.kind {
        SchemaKind::Array(array) => vec![&array.items],
        SchemaKind::Object(object) => {
            let additional = match &object.additional {
                Additional::Schema(schema) => Some(&**schema),
                _ => None,
            };
            let properties = object.properties.values().map(|p| &p.schema);
            properties.chain(additional).collect()
        }
        SchemaKind::AllOf(parts) => parts.iter().collect(),
        SchemaKind::OneOf(union) | SchemaKind::AnyOf(union) => union.variants.iter().collect(),
        _ => Vec::new(),
    }
}

/// A path template with its variables marked, which may be broken after each part.
fn path_html(path: &str) -> Html {
    let mut html = String::new();
    for part in path.split_inclusive('/') {
        let marked = escape(part).replace('{', "<var>{").replace('}', "}</var>");
        html.push_str(&marked);
        html.push_str("<wbr>");
    }
    Html(html)
}

/// Code that may be broken anywhere.
fn broken(html: &str) -> String {
    html.replacen("<code>", "<code class=\"long\">", 1)
}

fn example_text(parameter: &Parameter) -> String {
    match parameter.examples.values().next().map(|e| &e.value) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// How a fence names the language of a sample.
fn sample_info(key: &str) -> &str {
    match key {
        "curl" => "sh",
        "node" => "js",
        other => other,
    }
}
