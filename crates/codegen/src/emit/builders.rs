//! Makes of the client that progenitor writes one for people.
//!
//! * An argument that cannot be sent is refused with the reason, and one that is missing with the
//!   method that sets it. progenitor says that there was an error, and keeps it to itself.
//! * Every public item has documentation: the document's own, line by line. The examples compile.
//! * No constructor panics.
//! * A request body that may be left out need not be given: it starts as its type's default.
//! * Nothing is left that nobody uses.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Expr, ExprMethodCall, ExprTry, FieldValue, File, GenericParam, ImplItem, ImplItemFn,
    Item, ItemImpl, ItemMod, Member, Stmt, Token, UseTree, Visibility,
};

use super::client::ClientSettings;
use super::items::{describe, implemented, methods};
use super::{docs, example, words};
use crate::ir::{Api, Body, Operation, Shape, Type as IrType};

/// Rewrites the client that progenitor made for an API.
pub(super) fn rewrite(
    api: &Api,
    settings: &ClientSettings,
    file: &mut File,
) -> Result<(), syn::Error> {
    let rewriter = Rewriter {
        api,
        settings,
        operations: api
            .operations()
            .flat_map(|operation| {
                [&operation.method_name, &operation.type_prefix].map(|name| (&**name, operation))
            })
            .collect(),
    };
    rewriter.file(file)
}

struct Rewriter<'a> {
    api: &'a Api,
    settings: &'a ClientSettings,
    /// Operations, by the names of their methods and of their builders.
    operations: HashMap<&'a str, &'a Operation>,
}

impl<'a> Rewriter<'a> {
    fn file(&self, file: &mut File) -> Result<(), syn::Error> {
        file.items.retain(|item| !self.is_left_over(item));
        for item in &mut file.items {
            match item {
                Item::Struct(client) if client.ident == "Client" => {
                    describe(&mut client.attrs, self.about_client())?;
                }
                Item::Impl(client) if client.trait_.is_none() => self.client(client)?,
                Item::Mod(builders) if builders.ident == "builder" => self.builders(builders)?,
                // What the runtime has, the crate itself shows.
                Item::Use(item) if self.is_part() => item.vis = Visibility::Inherited,
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether nobody needs an item: the module of progenitor's own types, which are all ours, and
    /// in a crate with hand-written parts the prelude, since those decide what is shown.
    fn is_left_over(&self, item: &Item) -> bool {
        match item {
            Item::Mod(module) => {
                module.ident == "types" || module.ident == "prelude" && self.is_part()
            }
            Item::Use(item) => matches!(
                &item.tree,
                UseTree::Path(path) if matches!(&*path.tree, UseTree::Name(name) if name.ident == "types")
            ),
            _ => false,
        }
    }

    /// Whether the client is part of a crate whose hand-written code makes it.
    fn is_part(&self) -> bool {
        self.settings.runtime.is_some()
    }

    fn about_client(&self) -> TokenStream {
        let Api { title, version, .. } = self.api;
        let description = self.api.description.as_deref().unwrap_or_default();
        docs(&format!(
            "Client for {title}, version {version}.\n\n{description}"
        ))
    }

    /// An implementation of the client: its constructors, or its operations.
    fn client(&self, item: &mut ItemImpl) -> Result<(), syn::Error> {
        if methods(item).any(|method| method.sig.ident == "new_with_client") {
            return self.constructors(item);
        }
        for method in methods(item) {
            if let Some(operation) = self.operations.get(&*method.sig.ident.to_string()) {
                describe(&mut method.attrs, self.about_operation(operation))?;
            }
        }
        Ok(())
    }

    fn constructors(&self, item: &mut ItemImpl) -> Result<(), syn::Error> {
        if self.is_part() {
            item.items
                .retain(|item| !matches!(item, ImplItem::Fn(method) if method.sig.ident == "new"));
        }
        for method in methods(item) {
            if method.sig.ident == "new" {
                fallible(method);
                describe(&mut method.attrs, docs(NEW))?;
            } else {
                describe(&mut method.attrs, docs(NEW_WITH_CLIENT))?;
                if self.is_part() {
                    method.vis = syn::parse_quote!(pub(crate));
                }
            }
        }
        Ok(())
    }

    fn about_operation(&self, operation: &Operation) -> TokenStream {
        let about = docs(&words::operation(operation));
        let example = example::of(operation, self.api, self.settings);
        quote!(#about #[doc = ""] #example)
    }

    fn builders(&self, module: &mut ItemMod) -> Result<(), syn::Error> {
        module.attrs.clear();
        describe(&mut module.attrs, docs(BUILDERS))?;
        let Some((_, items)) = &mut module.content else {
            return Ok(());
        };
        items.retain(|item| !self.is_left_over(item));
        for item in items {
            match item {
                Item::Struct(builder) => {
                    if let Some(operation) = self.operations.get(&*builder.ident.to_string()) {
                        describe(&mut builder.attrs, about_builder(operation))?;
                        let unsent: Attribute =
                            syn::parse_quote!(#[must_use = "nothing is sent before send()"]);
                        builder.attrs.push(unsent);
                    }
                }
                Item::Impl(builder) => self.builder(builder)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn builder(&self, item: &mut ItemImpl) -> Result<(), syn::Error> {
        let name = implemented(item).unwrap_or_default();
        let Some(operation) = self.operations.get(&*name) else {
            return Ok(());
        };
        for method in methods(item) {
            let name = method.sig.ident.to_string();
            match (&*name, method.sig.receiver()) {
                (_, None) => self.beginning(method, operation),
                ("send", _) => describe(&mut method.attrs, about_send(operation))?,
                _ => {
                    let about = self.about_setter(operation, &name);
                    describe(&mut method.attrs, about)?;
                    with_reason(method, &name);
                }
            }
        }
        Ok(())
    }

    /// A builder's constructor, which is the client's own affair.
    fn beginning(&self, method: &mut ImplItemFn, operation: &Operation) {
        method.vis = syn::parse_quote!(pub(super));
        method.attrs.clear();
        let mut beginning = Beginning {
            has_body: operation
                .body
                .as_ref()
                .is_some_and(|body| self.may_be_left_out(body)),
        };
        beginning.visit_block_mut(&mut method.block);
    }

    /// Whether a body need not be given: it is optional, and its type has a default.
    fn may_be_left_out(&self, body: &Body) -> bool {
        let IrType::Named { name, .. } = &body.slot.ty else {
            return false;
        };
        let has_default = self
            .api
            .type_named(name)
            .is_some_and(|def| def.has_default && matches!(def.shape, Shape::Struct(_)));
        has_default && !body.required
    }

    fn about_setter(&self, operation: &Operation, name: &str) -> TokenStream {
        let parameter = operation
            .parameters
            .iter()
            .find(|parameter| parameter.name == name);
        let (about, required) = match (parameter, &operation.body) {
            (Some(parameter), _) => (words::parameter(parameter), parameter.required),
            (None, Some(body)) => (about_body(body), !self.may_be_left_out(body)),
            (None, None) => (format!("The argument `{name}`."), true),
        };
        let necessity = if required {
            "Required: [`send`](Self::send) tells where it is missing, and what is wrong with it."
        } else {
            "Optional: [`send`](Self::send) tells what is wrong with it."
        };
        docs(&format!("{about} {necessity}"))
    }
}

const NEW: &str = "\
A client of the service at `baseurl`: scheme, host, and where they are needed port and the path
in front of the operations' own. Connecting may take 15 seconds, and so may a call.

# Errors

Where the HTTP client cannot be made.";

const NEW_WITH_CLIENT: &str = "\
A client of the service at `baseurl`: scheme, host, and where they are needed port and the path
in front of the operations' own. It uses an HTTP client that is there already.";

const BUILDERS: &str = "A builder for each operation: a method for each parameter, and `send()`.";

fn about_builder(operation: &Operation) -> TokenStream {
    let method = &operation.method_name;
    docs(&format!(
        "A call of [`Client::{method}`](super::Client::{method}), which is being put together."
    ))
}

fn about_body(body: &Body) -> String {
    let about = body.description.as_deref().unwrap_or(&body.slot.docs);
    let media_type = &body.media_type;
    format!("{about}\n\nThe request's body, `{media_type}`.")
}

fn about_send(operation: &Operation) -> TokenStream {
    let mut text = format!(
        "Sends `{}` and returns the answer:\n\n",
        words::call(operation)
    );
    for success in &operation.successes {
        let about = format!("{}: {}", success.status, success.description);
        text.push_str(&words::entry(&about));
    }
    text.push_str("\n# Errors\n\n");
    if operation.body.is_some() || !operation.parameters.is_empty() {
        text.push_str("An argument that is missing or cannot be sent. ");
    }
    text.push_str("What keeps the answer from coming or from being read. Any other answer");
    let listed: String = operation
        .errors
        .iter()
        .map(|error| {
            words::entry(&format!(
                "{}: {}",
                words::status(error.status),
                error.description
            ))
        })
        .collect();
    let end = if listed.is_empty() {
        ".".to_owned()
    } else {
        format!(", of which the document lists:\n\n{listed}")
    };
    docs(&(text + &end))
}

/// Makes a constructor that unwraps one that returns the error.
fn fallible(method: &mut ImplItemFn) {
    method.sig.output = syn::parse_quote!(-> Result<Self, reqwest::Error>);
    Questions.visit_block_mut(&mut method.block);
    if let Some(Stmt::Expr(made, None)) = method.block.stmts.last_mut() {
        *made = syn::parse_quote!(Ok(#made));
    }
}

/// `?` in place of `unwrap()`.
struct Questions;

impl VisitMut for Questions {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Expr::MethodCall(call) = expression
            && call.method == "unwrap"
            && call.args.is_empty()
        {
            *expression = Expr::Try(ExprTry {
                attrs: Vec::new(),
                expr: call.receiver.clone(),
                question_token: <Token![?]>::default(),
            });
        }
    }
}

/// Has a setter keep why a value is none of its parameter's.
fn with_reason(method: &mut ImplItemFn, name: &str) {
    let values: Vec<_> = method
        .sig
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(value) => Some(value.ident.clone()),
            _ => None,
        })
        .collect();
    let bounds = method.sig.generics.make_where_clause();
    for value in values {
        let bound = syn::parse_quote!(#value::Error: std::fmt::Display);
        bounds.predicates.push(bound);
    }
    let reason = format!("{name}: {{error}}");
    Reason(quote!(|error| format!(#reason))).visit_block_mut(&mut method.block);
}

/// What a setter makes of an error.
struct Reason(TokenStream);

impl VisitMut for Reason {
    fn visit_expr_method_call_mut(&mut self, call: &mut ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if call.method == "map_err" {
            let reason = &self.0;
            let reason: Expr = syn::parse_quote!(#reason);
            call.args = [reason].into_iter().collect();
        }
    }
}

/// What a builder holds before anything is set.
struct Beginning {
    /// Whether the body need not be given.
    has_body: bool,
}

impl VisitMut for Beginning {
    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        let Member::Named(name) = &field.member else {
            return;
        };
        if matches!(&field.expr, Expr::Path(path) if path.path.is_ident(name)) {
            field.colon_token = None;
        } else if name == "body" && self.has_body {
            field.expr = syn::parse_quote!(Ok(::std::default::Default::default()));
        } else if matches!(&field.expr, Expr::Call(call) if is_err(&call.func)) {
            let missing = format!("{name} is missing: call {name}(..)");
            field.expr = syn::parse_quote!(Err(#missing.to_owned()));
        }
    }
}

fn is_err(function: &Expr) -> bool {
    matches!(function, Expr::Path(path) if path.path.is_ident("Err"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use functiongraph_contract::{Document, NoFiles};

    use crate::{Layout, generate};

    const DOCUMENT: &str = r##"
openapi: 3.0.3
info:
  title: Toys
  version: "1"
  description: |-
    Toys.

    | a | b |
    |---|---|
    | 1 | 2 |
paths:
  /toys/{name}:
    get:
      operationId: get_toy
      description: |-
        Gets it.

        ```
        GET /toys/1
        ```
      parameters:
        - {name: name, in: path, required: true, schema: {type: string}, example: 'a "b"'}
        - {name: client, in: query, schema: {type: boolean}}
        - {name: size, in: query, schema: {type: number, format: double, example: 1.5}}
      responses:
        "200": {description: ok}
        "400": {description: wrong}
"##;

    /// The client of the document in a crate of its own, or as a part of one.
    fn client(runtime: Option<&str>) -> String {
        let document = Document::parse("toys.yaml", DOCUMENT, &NoFiles).unwrap();
        let layout = Layout {
            client_runtime: runtime.map(str::to_owned),
            ..Layout::workspace("toy")
        };
        let output = generate(&document, &layout).unwrap_or_else(|report| panic!("{report}"));
        output.files["client/src/generated/mod.rs"].clone()
    }

    #[test]
    fn no_constructor_panics() {
        let alone = client(None);
        assert!(!alone.contains("unwrap"), "{alone}");
        let new = "pub fn new(baseurl: &str) -> Result<Self, reqwest::Error> {";
        assert!(alone.contains(new), "{alone}");
        let part = client(Some("crate::runtime"));
        assert!(!part.contains("pub fn new"), "{part}");
        assert!(part.contains("pub(crate) fn new_with_client("), "{part}");
    }

    #[test]
    fn what_is_wrong_with_an_argument_is_kept() {
        let client = client(None);
        assert!(client.contains(r#".map_err(|error| format!("name: {error}"))"#));
        assert!(client.contains(r#"Err("name is missing: call name(..)".to_owned())"#));
        assert_eq!(client.matches("V::Error: std::fmt::Display,").count(), 3);
    }

    #[test]
    fn documentation_keeps_the_lines_of_the_document() {
        let table = "/// | a | b |\n/// |---|---|\n/// | 1 | 2 |\n";
        assert!(client(None).contains(table));
    }

    #[test]
    fn examples_are_compiled_and_the_documents_own_code_is_not() {
        let client = client(None);
        assert!(client.contains(r#"#[cfg_attr(not(doctest), doc = " GET /toys/1")]"#));
        for line in [
            "```no_run",
            "# async fn example(client: toy_client::Client, client_: bool, size: f64) -> Result<(), Box<dyn std::error::Error>> {",
            r#"    .name("a \"b\"")"#,
            "    .client(client_)",
        ] {
            assert!(client.contains(&format!("    /// {line}\n")), "{client}");
        }
    }
}
