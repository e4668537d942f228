//! Makes of the mock that progenitor writes one for people.
//!
//! * Every public item has documentation, from the document.
//! * A parameter of the path is compared as text. progenitor puts it into a regular expression as
//!   it is, where `.` fits everything and `(` makes the test panic.
//! * It does not name the client, of which it needs nothing.

use std::collections::HashMap;

use functiongraph_contract::model::StatusKey;
use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Expr, File, Item, ItemImpl, ItemMod, ItemTrait, Macro, Token, TraitItem};

use super::items::{describe, implemented, methods};
use super::{docs, words};
use crate::ir::{Api, Operation};

/// Rewrites the mock that progenitor made for an API.
pub(super) fn rewrite(api: &Api, file: &mut File) -> Result<(), syn::Error> {
    let operations: Operations<'_> = api
        .operations()
        .flat_map(|operation| {
            let prefix = &operation.type_prefix;
            let requests = (format!("{prefix}When"), (Part::Request, operation));
            let answers = (format!("{prefix}Then"), (Part::Answer, operation));
            [requests, answers]
        })
        .collect();
    for item in &mut file.items {
        match item {
            Item::Mod(module) => wrappers(module, &operations)?,
            Item::Trait(extension) => mocks(extension, api)?,
            _ => {}
        }
    }
    Literally.visit_file_mut(file);
    Ok(())
}

/// What a mock is made of: the requests that it answers, and the answer.
#[derive(Clone, Copy)]
enum Part {
    Request,
    Answer,
}

/// Parts of operations by the names of their types.
type Operations<'a> = HashMap<String, (Part, &'a Operation)>;

fn wrappers(module: &mut ItemMod, operations: &Operations<'_>) -> Result<(), syn::Error> {
    let Some((_, items)) = &mut module.content else {
        return Ok(());
    };
    items.retain(|item| !matches!(item, Item::Use(_)));
    for item in items {
        match item {
            Item::Struct(item) => {
                if let Some((part, operation)) = operations.get(&item.ident.to_string()) {
                    describe(&mut item.attrs, about_part(*part, operation))?;
                }
            }
            Item::Impl(item) => wrapper(item, operations)?,
            _ => {}
        }
    }
    Ok(())
}

fn wrapper(item: &mut ItemImpl, operations: &Operations<'_>) -> Result<(), syn::Error> {
    let name = implemented(item).unwrap_or_default();
    let Some((part, operation)) = operations.get(&name) else {
        return Ok(());
    };
    for method in methods(item) {
        let name = method.sig.ident.to_string();
        let about = match (&*name, part) {
            ("new", Part::Request) => {
                let call = words::call(operation);
                format!("Of httpmock's own, for requests `{call}`. {WITHOUT_EXTENSION}")
            }
            ("new", Part::Answer) => format!("Of httpmock's own. {WITHOUT_EXTENSION}"),
            ("into_inner", _) => "httpmock's own, for what the document does not have.".to_owned(),
            (name, Part::Request) => about_condition(operation, name),
            (name, Part::Answer) => about_answer(operation, name),
        };
        describe(&mut method.attrs, docs(&about))?;
    }
    Ok(())
}

const WITHOUT_EXTENSION: &str = "\
It is for mocks that are made without\n[`MockServerExt`](super::MockServerExt).";

fn about_part(part: Part, operation: &Operation) -> TokenStream {
    let id = &operation.id;
    docs(&match part {
        Part::Request => format!(
            "Which requests of `{id}` a mock answers: all of them, but for what is asked here."
        ),
        Part::Answer => format!("How a mock answers requests of `{id}`."),
    })
}

fn about_condition(operation: &Operation, name: &str) -> String {
    let parameter = operation
        .parameters
        .iter()
        .find(|parameter| parameter.name == name);
    match parameter {
        Some(parameter) if parameter.required => {
            format!(
                "Only requests with this value.\n\n{}",
                words::parameter(parameter)
            )
        }
        Some(parameter) => format!(
            "Only requests with this value; with `None`, only those without one.\n\n{}",
            words::parameter(parameter)
        ),
        None => "Only requests with this body.".to_owned(),
    }
}

fn about_answer(operation: &Operation, name: &str) -> String {
    let successes = operation.successes.iter().map(|success| {
        let status = StatusKey::Code(success.status);
        (status, &success.variant, &success.description)
    });
    let errors = operation
        .errors
        .iter()
        .map(|error| (error.status, &error.variant, &error.description));
    let listed = successes
        .chain(errors)
        .find(|(status, variant, _)| answering(*status, variant) == name);
    match listed {
        Some((status, _, description)) => {
            format!("Answers {}: {description}", words::status(status))
        }
        None => "Answers as the document has it.".to_owned(),
    }
}

/// What progenitor calls the method for an answer.
fn answering(status: StatusKey, variant: &str) -> String {
    match status {
        StatusKey::Code(_) => variant.to_snake_case(),
        StatusKey::Range(1) => "informational".to_owned(),
        StatusKey::Range(2) => "success".to_owned(),
        StatusKey::Range(3) => "redirect".to_owned(),
        StatusKey::Range(4) => "client_error".to_owned(),
        StatusKey::Range(_) => "server_error".to_owned(),
        StatusKey::Default => "default_response".to_owned(),
    }
}

fn mocks(extension: &mut ItemTrait, api: &Api) -> Result<(), syn::Error> {
    describe(&mut extension.attrs, docs(EXTENSION))?;
    for item in &mut extension.items {
        let TraitItem::Fn(method) = item else {
            continue;
        };
        let name = method.sig.ident.to_string();
        if let Some(operation) = api
            .operations()
            .find(|operation| operation.method_name == name)
        {
            describe(&mut method.attrs, about_mock(operation))?;
        }
    }
    Ok(())
}

const EXTENSION: &str = "\
Mocks of the operations: [`mock()`](::httpmock::MockServer::mock) with what the document says of
each, added to httpmock's [`MockServer`](::httpmock::MockServer).";

fn about_mock(operation: &Operation) -> TokenStream {
    let summary = operation.summary.as_deref().unwrap_or(&operation.id);
    docs(&format!("{summary}: mocks `{}`.", words::call(operation)))
}

/// Has values go into regular expressions as the text that they are.
struct Literally;

impl VisitMut for Literally {
    fn visit_macro_mut(&mut self, item: &mut Macro) {
        // progenitor formats nothing but regular expressions.
        if !item.path.is_ident("format") {
            return;
        }
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        let Ok(mut arguments) = arguments.parse2(item.tokens.clone()) else {
            return;
        };
        for argument in arguments.iter_mut().skip(1) {
            *argument = syn::parse_quote!(regex::escape(&#argument));
        }
        item.tokens = quote!(#arguments);
    }
}
