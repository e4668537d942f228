//! JSON Schemas of the generated types: the attributes from which schemars and utoipa derive, and,
//! where their derives have no attribute for something, implementations and functions.

use functiongraph_contract::model::{IntegerSchema, NumberSchema, StringSchema};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value;

use super::rust::{says_null, schema_path, schema_slot};
use super::{description, ident};
use crate::ir::{Api, Slot, Type, TypeDef};

/// What a schema says beside what values it takes.
#[derive(Clone, Copy, Default)]
pub(super) struct About<'a> {
    title: Option<&'a str>,
    description: Option<&'a str>,
    default: Option<&'a Value>,
    example: Option<&'a Value>,
    deprecated: bool,
    read_only: bool,
    write_only: bool,
    nullable: bool,
    /// `x-also-accepts`.
    also_accepts: &'a [String],
}

impl<'a> About<'a> {
    pub(super) fn of_type(def: &'a TypeDef) -> Self {
        Self {
            title: def.title.as_deref(),
            description: description(def),
            default: def.default.as_ref(),
            example: def.example.as_ref(),
            deprecated: def.deprecated,
            read_only: false,
            write_only: false,
            // A type that has a name says what it is; that it may be `null` say its uses.
            nullable: false,
            also_accepts: &[],
        }
    }

    pub(super) fn of_slot(slot: &'a Slot) -> Self {
        let text = slot.docs.trim();
        Self {
            title: None,
            description: (!text.is_empty()).then_some(text),
            default: slot.default.as_ref(),
            example: slot.example.as_ref(),
            deprecated: slot.deprecated,
            read_only: slot.read_only,
            write_only: slot.write_only,
            nullable: says_null(slot),
            also_accepts: &slot.also_accepts,
        }
    }
}

// ---------------------------------------------------------------------------------------------
// JSON as tokens

/// A JSON value as it stands inside `json!`. Integers carry their width, which the macro would
/// otherwise guess to be 32 bits.
pub(super) fn json(value: &Value) -> TokenStream {
    match value {
        Value::Null => quote!(null),
        Value::Bool(value) => quote!(#value),
        Value::String(text) => quote!(#text),
        Value::Number(number) => {
            let literal = if let Some(integer) = number.as_i64() {
                Literal::i64_suffixed(integer)
            } else if let Some(integer) = number.as_u64() {
                Literal::u64_suffixed(integer)
            } else {
                Literal::f64_suffixed(
                    number
                        .as_f64()
                        .filter(|float| float.is_finite())
                        .unwrap_or_default(),
                )
            };
            quote!(#literal)
        }
        Value::Array(items) => {
            let items = items.iter().map(json);
            quote!([#(#items),*])
        }
        Value::Object(object) => {
            let entries = object.iter().map(|(name, value)| {
                let value = json(value);
                quote!(#name: #value)
            });
            quote!({ #(#entries),* })
        }
    }
}

fn float(value: f64) -> Literal {
    Literal::f64_suffixed(if value.is_finite() { value } else { 0.0 })
}

// ---------------------------------------------------------------------------------------------
// schemars, built

/// Entries of a JSON Schema object: key and value tokens.
type Entries = Vec<(&'static str, TokenStream)>;

fn typed(name: &str, nullable: bool) -> TokenStream {
    if nullable {
        quote!([#name, "null"])
    } else {
        quote!(#name)
    }
}

fn text_entries(string: &StringSchema, nullable: bool) -> Entries {
    let mut entries = vec![("type", typed("string", nullable))];
    entries.extend(
        string
            .format
            .as_ref()
            .map(|format| ("format", quote!(#format))),
    );
    entries.extend(
        string
            .pattern
            .as_ref()
            .map(|pattern| ("pattern", quote!(#pattern))),
    );
    entries.extend(string.min_length.map(|least| ("minLength", quote!(#least))));
    entries.extend(string.max_length.map(|most| ("maxLength", quote!(#most))));
    entries
}

fn integer_entries(integer: &IntegerSchema, nullable: bool) -> Entries {
    let mut entries = vec![("type", typed("integer", nullable))];
    entries.extend(
        integer
            .format
            .as_ref()
            .map(|format| ("format", quote!(#format))),
    );
    let (minimum, maximum) = bound_names(integer.exclusive_minimum, integer.exclusive_maximum);
    entries.extend(integer.minimum.map(|bound| (minimum, quote!(#bound))));
    entries.extend(integer.maximum.map(|bound| (maximum, quote!(#bound))));
    entries.extend(
        integer
            .multiple_of
            .map(|step| ("multipleOf", quote!(#step))),
    );
    if !integer.enumeration.is_empty() {
        let values = &integer.enumeration;
        let null = nullable.then(|| quote!(, null));
        entries.push(("enum", quote!([#(#values),* #null])));
    }
    entries
}

fn number_entries(number: &NumberSchema, nullable: bool) -> Entries {
    let mut entries = vec![("type", typed("number", nullable))];
    entries.extend(
        number
            .format
            .as_ref()
            .map(|format| ("format", quote!(#format))),
    );
    let (minimum, maximum) = bound_names(number.exclusive_minimum, number.exclusive_maximum);
    let mut add = |name, value: Option<f64>| {
        if let Some(value) = value.map(float) {
            entries.push((name, quote!(#value)));
        }
    };
    add(minimum, number.minimum);
    add(maximum, number.maximum);
    add("multipleOf", number.multiple_of);
    entries
}

fn bound_names(exclusive_minimum: bool, exclusive_maximum: bool) -> (&'static str, &'static str) {
    (
        if exclusive_minimum {
            "exclusiveMinimum"
        } else {
            "minimum"
        },
        if exclusive_maximum {
            "exclusiveMaximum"
        } else {
            "maximum"
        },
    )
}

/// The extension that the generator of readers goes by; a schema repeats it, so that nothing of the
/// document is missing in what derives from the types.
const ALSO_ACCEPTS: &str = "x-also-accepts";

/// Its value as it stands inside `json!`.
fn also_accepts(about: &About<'_>) -> Option<TokenStream> {
    let names = about.also_accepts;
    (!names.is_empty()).then(|| quote!([#(#names),*]))
}

fn about_entries(about: &About<'_>) -> Entries {
    let mut entries = Entries::new();
    entries.extend(about.title.map(|title| ("title", quote!(#title))));
    entries.extend(about.description.map(|text| ("description", quote!(#text))));
    entries.extend(about.default.map(|value| ("default", json(value))));
    entries.extend(about.example.map(|value| {
        let value = json(value);
        ("examples", quote!([#value]))
    }));
    entries.extend(about.deprecated.then(|| ("deprecated", quote!(true))));
    entries.extend(about.read_only.then(|| ("readOnly", quote!(true))));
    entries.extend(about.write_only.then(|| ("writeOnly", quote!(true))));
    entries.extend(also_accepts(about).map(|names| (ALSO_ACCEPTS, names)));
    entries
}

fn schemars_object(entries: &Entries) -> TokenStream {
    let entries = entries.iter().map(|(key, value)| quote!(#key: #value));
    quote!(schemars::json_schema!({ #(#entries),* }))
}

/// An expression of type `schemars::Schema`, with a `generator` in scope.
pub(super) fn schemars_expression(
    api: &Api,
    ty: &Type,
    about: &About<'_>,
    root: &TokenStream,
) -> TokenStream {
    let mut entries = match ty {
        Type::String(string) => text_entries(string, about.nullable),
        Type::Integer(integer) => integer_entries(integer, about.nullable),
        Type::Number(number) => number_entries(number, about.nullable),
        Type::Boolean => vec![("type", typed("boolean", about.nullable))],
        Type::Any => Entries::new(),
        Type::Array {
            items,
            min_items,
            max_items,
            unique_items,
        } => {
            let items = schemars_slot(api, items, root);
            let mut entries = vec![("type", typed("array", about.nullable)), ("items", items)];
            entries.extend(min_items.map(|least| ("minItems", quote!(#least))));
            entries.extend(max_items.map(|most| ("maxItems", quote!(#most))));
            entries.extend(unique_items.then(|| ("uniqueItems", quote!(true))));
            entries
        }
        Type::Map {
            values,
            min_properties,
            max_properties,
        } => {
            let values = schemars_slot(api, values, root);
            let mut entries = vec![
                ("type", typed("object", about.nullable)),
                ("additionalProperties", values),
            ];
            entries.extend(min_properties.map(|least| ("minProperties", quote!(#least))));
            entries.extend(max_properties.map(|most| ("maxProperties", quote!(#most))));
            entries
        }
        Type::Named { name, .. } => {
            let path = schema_path(api, name, root);
            let path = if about.nullable {
                quote!(Option<#path>)
            } else {
                path
            };
            let inserts = about_entries(about).into_iter().map(
                |(key, value)| quote!(schema.insert(#key.to_owned(), serde_json::json!(#value));),
            );
            let inserts: TokenStream = inserts.collect();
            return if inserts.is_empty() {
                quote!(generator.subschema_for::<#path>())
            } else {
                quote!({ let mut schema = generator.subschema_for::<#path>(); #inserts schema })
            };
        }
    };
    entries.extend(about_entries(about));
    schemars_object(&entries)
}

/// The schema of a slot as it stands inside `json!`, which would take a block for an object.
fn schemars_slot(api: &Api, slot: &Slot, root: &TokenStream) -> TokenStream {
    let expression = schemars_expression(api, &slot.ty, &About::of_slot(slot), root);
    match expression.clone().into_iter().next() {
        Some(proc_macro2::TokenTree::Group(_)) => quote!((#expression)),
        _ => expression,
    }
}

// ---------------------------------------------------------------------------------------------
// utoipa, built

fn utoipa_type(name: &str, nullable: bool) -> TokenStream {
    let name = ident(name);
    if nullable {
        quote! {
            .schema_type(utoipa::openapi::schema::SchemaType::from_iter([
                utoipa::openapi::schema::Type::#name,
                utoipa::openapi::schema::Type::Null,
            ]))
        }
    } else {
        quote!(.schema_type(utoipa::openapi::schema::Type::#name))
    }
}

fn utoipa_format(format: Option<&String>) -> Option<TokenStream> {
    format.map(|format| {
        quote!(.format(Some(utoipa::openapi::schema::SchemaFormat::Custom(#format.to_owned()))))
    })
}

fn some<T: quote::ToTokens>(method: &str, value: Option<T>) -> Option<TokenStream> {
    let method = ident(method);
    value.map(|value| quote!(.#method(Some(#value))))
}

fn unsuffixed(value: Option<u64>) -> Option<Literal> {
    value.map(Literal::u64_unsuffixed)
}

/// Calls on a builder that say what `about` says; `flags` where the builder knows flags at all.
fn utoipa_about(about: &About<'_>, flags: bool) -> TokenStream {
    let title = some("title", about.title);
    let description = some("description", about.description);
    let default = about.default.map(|value| {
        let value = json(value);
        quote!(.default(Some(serde_json::json!(#value))))
    });
    let example = about.example.map(|value| {
        let value = json(value);
        quote!(.example(Some(serde_json::json!(#value))))
    });
    let deprecated = about
        .deprecated
        .then(|| quote!(.deprecated(Some(utoipa::openapi::Deprecated::True))));
    let read_only = (flags && about.read_only).then(|| quote!(.read_only(true)));
    let write_only = (flags && about.write_only).then(|| quote!(.write_only(true)));
    let extensions = also_accepts(about).filter(|_| flags).map(|names| {
        quote! {
            .extensions(Some(
                utoipa::openapi::extensions::ExtensionsBuilder::new()
                    .add(#ALSO_ACCEPTS, serde_json::json!(#names))
                    .build()
            ))
        }
    });
    quote!(#title #description #default #example #deprecated #read_only #write_only #extensions)
}

fn utoipa_object(calls: &TokenStream, about: &About<'_>) -> TokenStream {
    let about = utoipa_about(about, true);
    quote!(utoipa::openapi::RefOr::from(utoipa::openapi::schema::ObjectBuilder::new() #calls #about))
}

/// An expression of type `utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>`.
pub(super) fn utoipa_expression(
    api: &Api,
    ty: &Type,
    about: &About<'_>,
    root: &TokenStream,
) -> TokenStream {
    match ty {
        Type::String(string) => {
            let ty = utoipa_type("String", about.nullable);
            let format = utoipa_format(string.format.as_ref());
            let pattern = some("pattern", string.pattern.as_ref());
            let least = some("min_length", unsuffixed(string.min_length));
            let most = some("max_length", unsuffixed(string.max_length));
            utoipa_object(&quote!(#ty #format #pattern #least #most), about)
        }
        Type::Integer(integer) => {
            let ty = utoipa_type("Integer", about.nullable);
            let format = utoipa_format(integer.format.as_ref());
            let (minimum, maximum) =
                utoipa_bounds(integer.exclusive_minimum, integer.exclusive_maximum);
            let least = some(minimum, integer.minimum);
            let most = some(maximum, integer.maximum);
            let step = some("multiple_of", integer.multiple_of);
            let values = (!integer.enumeration.is_empty()).then(|| {
                let values = &integer.enumeration;
                let null = about.nullable.then(|| quote!(, null));
                quote!(.enum_values(serde_json::json!([#(#values),* #null]).as_array().cloned()))
            });
            utoipa_object(&quote!(#ty #format #least #most #step #values), about)
        }
        Type::Number(number) => {
            let ty = utoipa_type("Number", about.nullable);
            let format = utoipa_format(number.format.as_ref());
            let (minimum, maximum) =
                utoipa_bounds(number.exclusive_minimum, number.exclusive_maximum);
            let least = some(minimum, number.minimum.map(float));
            let most = some(maximum, number.maximum.map(float));
            let step = some("multiple_of", number.multiple_of.map(float));
            utoipa_object(&quote!(#ty #format #least #most #step), about)
        }
        Type::Boolean => utoipa_object(&utoipa_type("Boolean", about.nullable), about),
        Type::Any => utoipa_object(
            &quote!(.schema_type(utoipa::openapi::schema::SchemaType::AnyValue)),
            about,
        ),
        Type::Array {
            items,
            min_items,
            max_items,
            unique_items,
        } => {
            let ty = about.nullable.then(|| utoipa_type("Array", true));
            let items = utoipa_slot(api, items, root);
            let least = some("min_items", unsuffixed(*min_items));
            let most = some("max_items", unsuffixed(*max_items));
            let unique = unique_items.then(|| quote!(.unique_items(true)));
            let about = utoipa_about(about, false);
            quote! {
                utoipa::openapi::RefOr::from(
                    utoipa::openapi::schema::ArrayBuilder::new() #ty .items(#items) #least #most #unique #about
                )
            }
        }
        Type::Map {
            values,
            min_properties,
            max_properties,
        } => {
            let ty = utoipa_type("Object", about.nullable);
            let values = utoipa_slot(api, values, root);
            let least = some("min_properties", unsuffixed(*min_properties));
            let most = some("max_properties", unsuffixed(*max_properties));
            utoipa_object(
                &quote!(#ty .additional_properties(Some(#values)) #least #most),
                about,
            )
        }
        Type::Named { name, .. } => {
            let path = schema_path(api, name, root);
            let hoisted = api.type_named(name).is_some_and(|def| def.hoisted);
            let title = some("title", about.title);
            let description = some("description", about.description);
            let default = about.default.map(|value| {
                let value = json(value);
                quote!(.default(Some(serde_json::json!(#value))))
            });
            let reference = if hoisted {
                quote!(<#path as utoipa::PartialSchema>::schema())
            } else {
                let extra = (!about.nullable).then(|| quote!(#title #description #default));
                quote! {
                    utoipa::openapi::RefOr::from(
                        utoipa::openapi::schema::RefBuilder::new()
                            .ref_location_from_schema_name(<#path as utoipa::ToSchema>::name())
                            #extra
                    )
                }
            };
            if about.nullable {
                quote! {
                    utoipa::openapi::RefOr::from(
                        utoipa::openapi::schema::OneOfBuilder::new()
                            .item(#reference)
                            .item(utoipa::openapi::schema::ObjectBuilder::new()
                                .schema_type(utoipa::openapi::schema::Type::Null))
                            #title #description #default
                    )
                }
            } else {
                reference
            }
        }
    }
}

fn utoipa_bounds(exclusive_minimum: bool, exclusive_maximum: bool) -> (&'static str, &'static str) {
    (
        if exclusive_minimum {
            "exclusive_minimum"
        } else {
            "minimum"
        },
        if exclusive_maximum {
            "exclusive_maximum"
        } else {
            "maximum"
        },
    )
}

fn utoipa_slot(api: &Api, slot: &Slot, root: &TokenStream) -> TokenStream {
    utoipa_expression(api, &slot.ty, &About::of_slot(slot), root)
}

/// An open enumeration of strings, for schemars and utoipa.
pub(super) fn enumeration_expressions(
    values: &[&str],
    about: &About<'_>,
) -> (TokenStream, TokenStream) {
    let null = about.nullable.then(|| quote!(, null));
    let mut entries = vec![
        ("type", typed("string", about.nullable)),
        ("enum", quote!([#(#values),* #null])),
    ];
    entries.extend(about_entries(about));
    let ty = utoipa_type("String", about.nullable);
    let calls =
        quote!(#ty .enum_values(serde_json::json!([#(#values),* #null]).as_array().cloned()));
    (schemars_object(&entries), utoipa_object(&calls, about))
}

/// `oneOf` or `anyOf`, for schemars and utoipa.
pub(super) fn union_expressions(
    api: &Api,
    alternatives: &[&Slot],
    any_of: bool,
    discriminator: Option<(&str, Vec<(&str, &str)>)>,
    about: &About<'_>,
) -> (TokenStream, TokenStream) {
    let root = quote!(super);
    let key = if any_of { "anyOf" } else { "oneOf" };
    let items = alternatives
        .iter()
        .map(|slot| schemars_slot(api, slot, &root));
    let null = about.nullable.then(|| quote!(, { "type": "null" }));
    let mut entries = vec![(key, quote!([#(#items),* #null]))];
    if let Some((property, mapping)) = &discriminator {
        let mapping = mapping.iter().map(|(tag, rust)| {
            let path = schema_path(api, rust, &quote!(super));
            quote!(#tag: format!("#/components/schemas/{}", <#path as schemars::JsonSchema>::schema_name()))
        });
        entries.push((
            "discriminator",
            quote!({ "propertyName": #property, "mapping": { #(#mapping),* } }),
        ));
    }
    entries.extend(about_entries(about));
    let schemars = schemars_object(&entries);

    let builder = ident(if any_of {
        "AnyOfBuilder"
    } else {
        "OneOfBuilder"
    });
    let items = alternatives
        .iter()
        .map(|slot| utoipa_slot(api, slot, &root));
    let null = about.nullable.then(|| {
        quote!(.item(utoipa::openapi::schema::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::Null)))
    });
    let discriminator = discriminator.map(|(property, mapping)| {
        let mapping = mapping.iter().map(|(tag, rust)| {
            let path = schema_path(api, rust, &quote!(super));
            quote!((#tag, format!("#/components/schemas/{}", <#path as utoipa::ToSchema>::name())))
        });
        quote!(.discriminator(Some(utoipa::openapi::schema::Discriminator::with_mapping(#property, [#(#mapping),*]))))
    });
    // These builders know neither `deprecated` nor, for `anyOf`, a title.
    let plain = About {
        deprecated: false,
        title: about.title.filter(|_| !any_of),
        ..*about
    };
    let about = utoipa_about(&plain, false);
    let utoipa = quote! {
        utoipa::openapi::RefOr::from(
            utoipa::openapi::schema::#builder::new() #(.item(#items))* #null #discriminator #about
        )
    };
    (schemars, utoipa)
}

/// Implementations for a type whose schemas do not derive. `uses` are the named types that its
/// schema refers to and that do not lead back to it; `refers` tells whether it refers to any.
pub(super) fn implementations(
    api: &Api,
    def: &TypeDef,
    rust_name: &str,
    (schemars, utoipa): (TokenStream, TokenStream),
    uses: &[&str],
    refers: bool,
) -> TokenStream {
    let name = ident(rust_name);
    let schema = &def.schema;
    let inline = def.hoisted.then(|| {
        quote!(
            fn inline_schema() -> bool {
                true
            }
        )
    });
    let uses = uses.iter().map(|used| {
        let path = schema_path(api, used, &quote!(super));
        let register = (!api.type_named(used).is_some_and(|def| def.hoisted)).then(|| {
            quote!(schemas.push((<#path as utoipa::ToSchema>::name().into_owned(), <#path as utoipa::PartialSchema>::schema()));)
        });
        quote!(#register <#path as utoipa::ToSchema>::schemas(schemas);)
    });
    let uses: TokenStream = uses.collect();
    let collect = (!uses.is_empty()).then(|| {
        quote! {
            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
                #uses
            }
        }
    });
    // Only references to other types need it.
    let generator = ident(if refers { "generator" } else { "_generator" });
    quote! {
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for #name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(#schema)
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(concat!(module_path!(), "::", #rust_name))
            }

            #inline

            fn json_schema(#generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                #schemars
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for #name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                #utoipa
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for #name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(#schema)
            }

            #collect
        }
    }
}

// ---------------------------------------------------------------------------------------------
// Attributes

/// What stands at a field for its schemas.
#[derive(Default)]
pub(super) struct FieldSchema {
    /// Arguments of `schemars(…)`.
    pub(super) schemars: Vec<TokenStream>,
    /// Arguments of `schema(…)`, which is utoipa's.
    pub(super) utoipa: Vec<TokenStream>,
    /// Functions that the arguments name.
    pub(super) functions: TokenStream,
}

/// A field, as its schema sees it.
pub(super) struct FieldView<'a> {
    /// Rust name of the field.
    pub(super) name: &'a str,
    /// Whether it stands in `required`.
    pub(super) required: bool,
    /// Whether serde has a default for it although it is required.
    pub(super) lenient: bool,
    /// Its value.
    pub(super) slot: &'a Slot,
    /// Whether its type leads back to the struct.
    pub(super) recursive: bool,
}

/// The attributes from which the schema of a field derives.
pub(super) fn field(api: &Api, view: &FieldView<'_>) -> FieldSchema {
    let mut out = FieldSchema::default();
    let slot = view.slot;
    let about = About::of_slot(slot);
    let functions_module = quote!(schemas);

    // What the derives would conclude from serde's default is not what the document says.
    if view.required {
        if view.lenient {
            out.schemars.push(quote!(!default));
        }
        if view.lenient || slot.nullable {
            out.utoipa.push(quote!(required = true));
        }
    }

    let is_option = !view.required || slot.nullable;
    let written = super::rust::type_tokens(&slot.ty, &quote!(super));
    let meant = schema_slot(api, slot, &quote!(super));
    let written = if is_option {
        quote!(Option<#written>)
    } else {
        written
    };

    match schemars_attributes(&slot.ty) {
        Some(attributes) => {
            if written.to_string() != meant.to_string() {
                let meant = plain_text(&meant);
                out.schemars.push(quote!(with = #meant));
            }
            out.schemars.extend(attributes);
            out.schemars.extend(about.default.map(|value| {
                let value = json(value);
                quote!(extend("default" = #value))
            }));
            out.schemars.extend(about.example.map(|value| {
                let value = json(value);
                quote!(example = serde_json::json!(#value))
            }));
            let mut flags = Vec::new();
            if about.read_only {
                flags.push(quote!("readOnly" = true));
            }
            if about.write_only {
                flags.push(quote!("writeOnly" = true));
            }
            if let Some(names) = also_accepts(&about) {
                flags.push(quote!(#ALSO_ACCEPTS = #names));
            }
            if !flags.is_empty() {
                out.schemars.push(quote!(extend(#(#flags),*)));
            }
        }
        None => {
            let name = ident(&format!("{}_schemars", view.name));
            let expression = schemars_expression(api, &slot.ty, &about, &quote!(super::super));
            let mut named = Vec::new();
            super::alias::names(slot, &mut named);
            let generator = ident(if named.is_empty() {
                "_generator"
            } else {
                "generator"
            });
            out.functions.extend(quote! {
                pub(super) fn #name(#generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    #expression
                }
            });
            let path = format!("{functions_module}::{name}");
            out.schemars.push(quote!(schema_with = #path));
        }
    }

    match utoipa_attributes(api, slot, &about) {
        Some(attributes) => {
            if written.to_string() != meant.to_string() {
                let unwrapped = super::rust::type_tokens(&slot.ty, &quote!(super));
                if is_option && unwrapped.to_string() == meant.to_string() {
                    out.utoipa.push(quote!(nullable = false));
                } else {
                    out.utoipa.push(quote!(value_type = #meant));
                }
            }
            if view.recursive {
                out.utoipa.push(quote!(no_recursion));
            }
            out.utoipa.extend(attributes);
        }
        None => {
            let name = ident(&format!("{}_utoipa", view.name));
            let expression = utoipa_expression(api, &slot.ty, &about, &quote!(super::super));
            out.functions.extend(quote! {
                pub(super) fn #name() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                    #expression
                }
            });
            out.utoipa
                .push(quote!(schema_with = #functions_module::#name));
        }
    }

    // A description whose text a derive would cut stands in an attribute of its own.
    if let Some(text) = about.description.filter(|text| text.starts_with('#')) {
        out.schemars.push(quote!(title = ""));
        out.schemars.push(quote!(description = #text));
    }
    out
}

/// Tokens as a person would write them in an attribute's string.
fn plain_text(tokens: &TokenStream) -> String {
    tokens
        .to_string()
        .replace(" :: ", "::")
        .replace(" < ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
}

/// The arguments of `schemars(…)` for a type, or nothing where its derive has no arguments for it.
fn schemars_attributes(ty: &Type) -> Option<Vec<TokenStream>> {
    let mut out = Vec::new();
    match ty {
        Type::Named { .. } | Type::Boolean | Type::Any => {}
        Type::String(string) => {
            out.extend(
                string
                    .format
                    .as_ref()
                    .map(|format| quote!(extend("format" = #format))),
            );
            out.extend(length(string.min_length, string.max_length));
            out.extend(
                string
                    .pattern
                    .as_ref()
                    .map(|pattern| quote!(pattern(#pattern))),
            );
        }
        Type::Integer(integer) => {
            // The Rust type brings its width as the format.
            integer
                .format
                .as_deref()
                .filter(|format| ["int32", "int64"].contains(format))?;
            out.extend(extended(&integer_entries(integer, false)));
        }
        Type::Number(number) => {
            number
                .format
                .as_deref()
                .filter(|format| ["float", "double"].contains(format))?;
            out.extend(extended(&number_entries(number, false)));
        }
        Type::Array {
            items,
            min_items,
            max_items,
            unique_items,
        } => {
            is_bare(items).then_some(())?;
            let inner = schemars_inner(&items.ty)?;
            out.extend(length(*min_items, *max_items));
            out.extend(unique_items.then(|| quote!(extend("uniqueItems" = true))));
            if !inner.is_empty() {
                out.push(quote!(inner(#(#inner),*)));
            }
        }
        Type::Map {
            values,
            min_properties,
            max_properties,
        } => {
            (is_bare(values) && is_unconstrained(&values.ty)).then_some(())?;
            out.extend(min_properties.map(|least| quote!(extend("minProperties" = #least))));
            out.extend(max_properties.map(|most| quote!(extend("maxProperties" = #most))));
        }
    }
    Some(out)
}

fn length(least: Option<u64>, most: Option<u64>) -> Option<TokenStream> {
    let least = least.map(|least| {
        let least = Literal::u64_unsuffixed(least);
        quote!(min = #least)
    });
    let most = most.map(|most| {
        let most = Literal::u64_unsuffixed(most);
        quote!(max = #most)
    });
    match (least, most) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(quote!(length(#one))),
        (Some(least), Some(most)) => Some(quote!(length(#least, #most))),
    }
}

/// The entries that the Rust type does not bring by itself.
fn extended(entries: &Entries) -> Option<TokenStream> {
    let entries: Vec<_> = entries
        .iter()
        .filter(|(key, _)| !["type", "format"].contains(key))
        .map(|(key, value)| quote!(#key = #value))
        .collect();
    (!entries.is_empty()).then(|| quote!(extend(#(#entries),*)))
}

/// The arguments of `inner(…)` for the items of an array.
fn schemars_inner(ty: &Type) -> Option<Vec<TokenStream>> {
    match ty {
        Type::String(StringSchema { format: None, .. }) => schemars_attributes(ty),
        other => is_unconstrained(other).then(Vec::new),
    }
}

/// Whether a slot says nothing but its type.
fn is_bare(slot: &Slot) -> bool {
    slot.docs.trim().is_empty()
        && slot.default.is_none()
        && slot.example.is_none()
        && !slot.deprecated
        && !slot.read_only
        && !slot.write_only
}

/// Whether a type has no rules that a Rust type of its own does not bring.
fn is_unconstrained(ty: &Type) -> bool {
    match ty {
        Type::Named { .. } | Type::Boolean | Type::Any => true,
        Type::String(string) => *string == StringSchema::default(),
        Type::Integer(integer) => {
            integer
                .format
                .as_deref()
                .is_some_and(|format| ["int32", "int64"].contains(&format))
                && IntegerSchema {
                    format: None,
                    ..integer.clone()
                } == IntegerSchema::default()
        }
        Type::Number(number) => {
            number
                .format
                .as_deref()
                .is_some_and(|format| ["float", "double"].contains(&format))
                && NumberSchema {
                    format: None,
                    ..number.clone()
                } == NumberSchema::default()
        }
        Type::Array {
            items,
            min_items: None,
            max_items: None,
            unique_items: false,
        } => is_bare(items) && is_unconstrained(&items.ty),
        Type::Map {
            values,
            min_properties: None,
            max_properties: None,
        } => is_bare(values) && is_unconstrained(&values.ty),
        Type::Array { .. } | Type::Map { .. } => false,
    }
}

/// The arguments of utoipa's `schema(…)` for a slot, or nothing where its derive has none.
fn utoipa_attributes(api: &Api, slot: &Slot, about: &About<'_>) -> Option<Vec<TokenStream>> {
    let mut out = utoipa_type_attributes(api, &slot.ty)?;
    let is_composite = matches!(slot.ty, Type::Array { .. } | Type::Map { .. });
    let has_flags = about.read_only || about.write_only;
    if is_composite && has_flags {
        // The derive would hand the flags down to the items.
        return None;
    }
    if matches!(slot.ty, Type::Any)
        && (has_flags || about.default.is_some() || about.example.is_some())
    {
        return None;
    }
    out.extend(about.default.map(|value| {
        let value = json(value);
        quote!(default = json!(#value))
    }));
    if !matches!(slot.ty, Type::Named { .. }) {
        out.extend(about.example.map(|value| {
            let value = json(value);
            quote!(example = json!(#value))
        }));
    }
    out.extend(about.read_only.then(|| quote!(read_only)));
    out.extend(about.write_only.then(|| quote!(write_only)));
    out.extend(
        also_accepts(about).map(|names| quote!(extensions((#ALSO_ACCEPTS = json!(#names))))),
    );
    Some(out)
}

fn utoipa_type_attributes(api: &Api, ty: &Type) -> Option<Vec<TokenStream>> {
    let mut out = Vec::new();
    match ty {
        Type::Boolean | Type::Any => {}
        Type::Named { name, .. } => {
            // The derive takes this name for that of any object.
            let is_misread = name == "Object";
            let is_hoisted = api.type_named(name).is_some_and(|def| def.hoisted);
            (!is_misread && !is_hoisted).then_some(())?;
        }
        Type::String(string) => {
            out.extend(
                string
                    .format
                    .as_ref()
                    .map(|format| quote!(format = #format)),
            );
            out.extend(
                string
                    .min_length
                    .map(Literal::u64_unsuffixed)
                    .map(|least| quote!(min_length = #least)),
            );
            out.extend(
                string
                    .max_length
                    .map(Literal::u64_unsuffixed)
                    .map(|most| quote!(max_length = #most)),
            );
            out.extend(
                string
                    .pattern
                    .as_ref()
                    .map(|pattern| quote!(pattern = #pattern)),
            );
        }
        Type::Integer(integer) => {
            integer
                .format
                .as_deref()
                .filter(|format| ["int32", "int64"].contains(format))?;
            integer.enumeration.is_empty().then_some(())?;
            let (minimum, maximum) =
                utoipa_bounds(integer.exclusive_minimum, integer.exclusive_maximum);
            out.extend(named_argument(minimum, integer.minimum));
            out.extend(named_argument(maximum, integer.maximum));
            out.extend(named_argument("multiple_of", integer.multiple_of));
        }
        Type::Number(number) => {
            number
                .format
                .as_deref()
                .filter(|format| ["float", "double"].contains(format))?;
            let (minimum, maximum) =
                utoipa_bounds(number.exclusive_minimum, number.exclusive_maximum);
            out.extend(named_argument(minimum, number.minimum.map(float)));
            out.extend(named_argument(maximum, number.maximum.map(float)));
            out.extend(named_argument("multiple_of", number.multiple_of.map(float)));
        }
        Type::Array {
            items,
            min_items,
            max_items,
            unique_items,
        } => {
            (is_bare(items) && !unique_items).then_some(())?;
            match &items.ty {
                // One level of attributes serves both an array and its items.
                Type::Array {
                    min_items: None,
                    max_items: None,
                    ..
                } if min_items.is_none() && max_items.is_none() => {
                    out.extend(utoipa_type_attributes(api, &items.ty)?);
                }
                Type::Array { .. } => is_unconstrained(&items.ty).then_some(())?,
                Type::Map { .. } => is_unconstrained(&items.ty).then_some(())?,
                other => out.extend(utoipa_type_attributes(api, other)?),
            }
            out.extend(
                min_items
                    .map(Literal::u64_unsuffixed)
                    .map(|least| quote!(min_items = #least)),
            );
            out.extend(
                max_items
                    .map(Literal::u64_unsuffixed)
                    .map(|most| quote!(max_items = #most)),
            );
        }
        Type::Map {
            values,
            min_properties,
            max_properties,
        } => {
            // Attributes of a map would go to the names of its properties too.
            (min_properties.is_none()
                && max_properties.is_none()
                && is_bare(values)
                && is_unconstrained(&values.ty))
            .then_some(())?;
            out.extend(utoipa_type_attributes(api, &values.ty)?);
        }
    }
    Some(out)
}

fn named_argument<T: quote::ToTokens>(name: &str, value: Option<T>) -> Option<TokenStream> {
    let name = ident(name);
    value.map(|value| quote!(#name = #value))
}
