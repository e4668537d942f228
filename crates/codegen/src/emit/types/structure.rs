//! Objects: structs.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::rust::{has_default, reader, reader_of_answer, slot_tokens, type_tokens};
use super::schema::{self, FieldView};
use super::{check, description, ident, type_docs};
use crate::emit::{docs, rustdoc_only};
use crate::ir::{AdditionalFields, Api, Direction, Field, Shape, Slot, Struct, Type, TypeDef};

pub(super) fn emit(api: &Api, def: &TypeDef, structure: &Struct) -> TokenStream {
    let name = ident(&def.name);
    let type_docs = type_docs(def);
    let mut beside = Beside::default();
    let fields: Vec<_> = structure
        .fields
        .iter()
        .map(|field| emit_field(api, def, field, &mut beside))
        .collect();
    let extra = extra(api, def, structure, &mut beside);
    let Beside {
        functions,
        uses_lenient,
    } = beside;
    let default = def.has_default.then(|| quote!(Default,));
    let container = container_attributes(def, structure);
    let check = check_body(api, def, structure);
    let functions = (!functions.is_empty()).then(|| {
        quote! {
            /// Schemas that no attribute describes.
            #[cfg(feature = "schema")]
            mod schemas {
                #functions
            }
        }
    });
    let lenient = uses_lenient.then(|| {
        quote!(
            use super::lenient;
        )
    });
    quote! {
        #lenient
        use super::validate::{self, Validate};
        use super::violations::{Location, Violations};

        #type_docs
        #[derive(Clone, Debug, #default PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema, utoipa::ToSchema))]
        #container
        pub struct #name {
            #(#fields)*
            #extra
        }

        impl Validate for #name {
            fn check(value: &serde_json::Value, at: &mut Location, out: &mut Violations) {
                #check
            }
        }

        #functions
    }
}

/// What the fields of a struct need beside it.
#[derive(Default)]
struct Beside {
    /// Functions that make schemas.
    functions: TokenStream,
    /// Whether the module `lenient` is named.
    uses_lenient: bool,
}

fn emit_field(api: &Api, def: &TypeDef, field: &Field, beside: &mut Beside) -> TokenStream {
    let slot = &field.slot;
    let name = ident(&field.name);
    let is_read = def.direction != Direction::Input;
    let is_option = !field.required || slot.nullable;
    let ty = type_tokens(&slot.ty, &quote!(super));
    let ty = if is_option { quote!(Option<#ty>) } else { ty };
    let lenient = is_read && field.required && has_default(api, slot);

    let mut serde = Vec::new();
    if field.name != field.wire {
        let wire = &field.wire;
        if is_escaped(wire) {
            serde.push(quote!(rename(serialize = #wire, deserialize = #wire)));
        } else {
            serde.push(quote!(rename = #wire));
        }
    }
    if is_option || lenient {
        serde.push(quote!(default));
    }
    let reader = if is_read {
        reader_of_answer(slot)
    } else {
        reader(slot)
    };
    if let Some(path) = read_function(reader, is_option, lenient) {
        beside.uses_lenient = true;
        serde.push(quote!(deserialize_with = #path));
    }
    if !field.required {
        serde.push(quote!(skip_serializing_if = "Option::is_none"));
    }
    let has_serde_default = lenient || is_option;
    let serde = (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]));

    let view = FieldView {
        name: &field.name,
        required: field.required,
        lenient: has_serde_default,
        slot,
        recursive: leads_to(api, slot, &def.name),
    };
    let mut attributes = schema::field(api, &view);
    if is_escaped(&field.wire) {
        let wire = &field.wire;
        attributes.utoipa.insert(0, quote!(rename = #wire));
    }
    beside.functions.extend(attributes.functions);
    let field_docs = field_docs(api, field);
    let deprecated = slot.deprecated.then(|| quote!(#[deprecated]));
    let schema_attributes = schema_attributes(&attributes.schemars, &attributes.utoipa);
    quote! {
        #field_docs
        #deprecated
        #serde
        #schema_attributes
        pub #name: #ty,
    }
}

/// Whether a name has escapes when it is written in Rust, which utoipa does not read in serde's
/// attributes.
fn is_escaped(wire: &str) -> bool {
    wire.escape_debug().to_string() != wire
}

/// The function of the `lenient` module that reads a field, where serde alone would not do.
fn read_function(reader: Option<TokenStream>, is_option: bool, lenient: bool) -> Option<String> {
    let Some(reader) = reader else {
        return (!is_option && lenient).then(|| "lenient::or_default".to_owned());
    };
    let reader = reader.to_string().replace(' ', "").replace("super::", "");
    Some(match (reader.as_str(), is_option, lenient) {
        ("lenient::Whole", true, _) => "lenient::optional_integer".to_owned(),
        ("lenient::Whole", false, true) => "lenient::integer_or_default".to_owned(),
        ("lenient::Whole", false, false) => "lenient::integer".to_owned(),
        (_, true, _) => format!("lenient::read_as::<lenient::OrNull<{reader}>, _, _>"),
        (_, false, true) => format!("lenient::or_default_as::<{reader}, _, _>"),
        (_, false, false) => format!("lenient::read_as::<{reader}, _, _>"),
    })
}

/// `cfg_attr` with the arguments of both libraries.
fn schema_attributes(schemars: &[TokenStream], utoipa: &[TokenStream]) -> Option<TokenStream> {
    let schemars = (!schemars.is_empty()).then(|| quote!(schemars(#(#schemars),*)));
    let utoipa = (!utoipa.is_empty()).then(|| quote!(schema(#(#utoipa),*)));
    match (schemars, utoipa) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => {
            Some(quote!(#[cfg_attr(feature = "schema", #one)]))
        }
        (Some(schemars), Some(utoipa)) => {
            Some(quote!(#[cfg_attr(feature = "schema", #schemars, #utoipa)]))
        }
    }
}

/// A field's own description; a field that refers to a type without one of its own says what the
/// type says, to rustdoc alone.
fn field_docs(api: &Api, field: &Field) -> TokenStream {
    if !field.slot.docs.trim().is_empty() {
        return docs(&field.slot.docs);
    }
    let borrowed = match &field.slot.ty {
        Type::Named { name, .. } => api
            .type_named(name)
            .and_then(description)
            .and_then(|text| text.split("\n\n").next()),
        _ => None,
    };
    match borrowed {
        Some(text) => rustdoc_only(text),
        None => rustdoc_only(&format!("The property `{}`.", field.wire)),
    }
}

/// Whether a value of the type `from` can hold one of the type `target`.
pub(super) fn reaches(api: &Api, from: &str, target: &str) -> bool {
    from == target
        || api.type_named(from).is_some_and(|def| match &def.shape {
            Shape::Struct(structure) => {
                structure.fields.iter().any(|field| leads_to(api, &field.slot, target))
                    || matches!(&structure.additional, AdditionalFields::Typed(values) if leads_to(api, values, target))
            }
            Shape::Alias(slot) => leads_to(api, slot, target),
            Shape::Union(union) => union.variants.iter().any(|variant| leads_to(api, &variant.slot, target)),
            Shape::Enum(_) | Shape::Newtype(_) => false,
        })
}

/// Whether a value of the slot can hold one of the type `target`.
fn leads_to(api: &Api, slot: &Slot, target: &str) -> bool {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut open = vec![slot];
    while let Some(slot) = open.pop() {
        match &slot.ty {
            Type::Named { name, .. } if name == target => return true,
            Type::Named { name, .. } => {
                let Some(def) = api.type_named(name).filter(|def| seen.insert(&def.name)) else {
                    continue;
                };
                match &def.shape {
                    Shape::Struct(structure) => {
                        open.extend(structure.fields.iter().map(|field| &field.slot));
                        if let AdditionalFields::Typed(values) = &structure.additional {
                            open.push(values);
                        }
                    }
                    Shape::Alias(slot) => open.push(slot),
                    Shape::Union(union) => {
                        open.extend(union.variants.iter().map(|variant| &variant.slot))
                    }
                    Shape::Enum(_) | Shape::Newtype(_) => {}
                }
            }
            Type::Array { items, .. } => open.push(items),
            Type::Map { values, .. } => open.push(values),
            Type::String(_) | Type::Integer(_) | Type::Number(_) | Type::Boolean | Type::Any => {}
        }
    }
    false
}

/// The field for what the document does not name.
fn extra(api: &Api, def: &TypeDef, structure: &Struct, beside: &mut Beside) -> Option<TokenStream> {
    match &structure.additional {
        AdditionalFields::Any if def.direction != Direction::Input => Some(quote! {
            #[cfg_attr(doc, doc = " What the document does not name, kept as it is.")]
            #[serde(flatten)]
            #[cfg_attr(feature = "schema", schemars(skip, !flatten), schema(ignore))]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }),
        AdditionalFields::Any | AdditionalFields::Forbidden => None,
        AdditionalFields::Typed(values) => {
            let value = slot_tokens(values, &quote!(super));
            let map = Slot {
                ty: Type::Map {
                    values: values.clone(),
                    min_properties: None,
                    max_properties: None,
                },
                nullable: false,
                docs: String::new(),
                default: None,
                example: None,
                deprecated: false,
                read_only: false,
                write_only: false,
                also_accepts: Vec::new(),
                at: values.at.clone(),
            };
            let reader = reader(&map).map(|reader| {
                let reader = reader.to_string().replace(' ', "").replace("super::", "");
                let path = format!("lenient::read_as::<{reader}, _, _>");
                beside.uses_lenient = true;
                quote!(, deserialize_with = #path)
            });
            let view = FieldView {
                name: "extra",
                required: true,
                lenient: false,
                slot: &map,
                recursive: leads_to(api, &map, &def.name),
            };
            let attributes = schema::field(api, &view);
            beside.functions.extend(attributes.functions);
            let schema_attributes = schema_attributes(&attributes.schemars, &attributes.utoipa);
            Some(quote! {
                #[cfg_attr(doc, doc = " What the document does not name.")]
                #[serde(flatten #reader)]
                #schema_attributes
                pub extra: std::collections::BTreeMap<String, #value>,
            })
        }
    }
}

fn container_attributes(def: &TypeDef, structure: &Struct) -> TokenStream {
    let mut schemars = Vec::new();
    let mut utoipa = Vec::new();
    let schema = &def.schema;
    if *schema != def.name {
        schemars.push(quote!(rename = #schema));
        // utoipa takes a path here, and not every name of a schema is one.
        if let Ok(path) = syn::parse_str::<syn::Path>(&schema.replace('.', "::")) {
            utoipa.push(quote!(as = #path));
        }
    }
    if def.hoisted {
        schemars.push(quote!(inline));
    }
    if let Some(title) = &def.title {
        schemars.push(quote!(title = #title));
        utoipa.push(quote!(title = #title));
    }
    if let Some(text) = description(def).filter(|text| text.starts_with('#')) {
        if def.title.is_none() {
            schemars.push(quote!(title = ""));
        }
        schemars.push(quote!(description = #text));
    }
    if let Some(example) = &def.example {
        let example = schema::json(example);
        schemars.push(quote!(example = serde_json::json!(#example)));
        utoipa.push(quote!(example = json!(#example)));
    }
    let mut extend = Vec::new();
    if let Some(default) = &def.default {
        let default = schema::json(default);
        extend.push(quote!("default" = #default));
    }
    if let Some(least) = structure.min_properties {
        extend.push(quote!("minProperties" = #least));
        let least = proc_macro2::Literal::u64_unsuffixed(least);
        utoipa.push(quote!(min_properties = #least));
    }
    if let Some(most) = structure.max_properties {
        extend.push(quote!("maxProperties" = #most));
        let most = proc_macro2::Literal::u64_unsuffixed(most);
        utoipa.push(quote!(max_properties = #most));
    }
    if !extend.is_empty() {
        schemars.push(quote!(extend(#(#extend),*)));
    }
    let forbidden = matches!(structure.additional, AdditionalFields::Forbidden);
    let refuses = forbidden && def.direction == Direction::Input;
    if forbidden && !refuses {
        schemars.push(quote!(deny_unknown_fields));
    }
    let refuses = refuses.then(|| quote!(#[serde(deny_unknown_fields)]));
    let schema_attributes = schema_attributes(&schemars, &utoipa);
    quote!(#schema_attributes #refuses)
}

fn check_body(api: &Api, def: &TypeDef, structure: &Struct) -> TokenStream {
    let root = quote!(super);
    let null = def.nullable.then(|| {
        quote! {
            if value.is_null() {
                return;
            }
        }
    });
    let size =
        (structure.min_properties.is_some() || structure.max_properties.is_some()).then(|| {
            let rules =
                check::property_rules(structure.min_properties, structure.max_properties, &root);
            quote! {
                #rules
                RULES.check(object, at, out);
            }
        });
    let fields = structure.fields.iter().map(|field| {
        let wire = &field.wire;
        if field.required {
            let check = check::checker(api, &field.slot, &root);
            quote!(validate::required(object, #wire, at, out, #check);)
        } else {
            // `null` never gets here.
            let check = check::type_checker(api, &field.slot, &root);
            quote!(validate::optional(object, #wire, at, out, #check);)
        }
    });
    let wires: Vec<_> = structure.fields.iter().map(|field| &field.wire).collect();
    let others = match &structure.additional {
        AdditionalFields::Any => None,
        AdditionalFields::Forbidden => Some(quote!(&validate::unknown)),
        AdditionalFields::Typed(values) => Some(check::checker(api, values, &root)),
    }
    .map(|check| quote!(validate::others(object, &[#(#wires),*], at, out, #check);));
    let body = quote!(#size #(#fields)* #others);
    if body.is_empty() {
        quote! {
            #null
            let _ = validate::object(value, at, out);
        }
    } else {
        quote! {
            #null
            let Some(object) = validate::object(value, at, out) else { return };
            #body
        }
    }
}
