//! A file per tag: the trait, and for each operation its input, output, errors and handler.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use functiongraph_contract::model::{ParameterLocation, StatusKey};

use super::{Context, attributes, inner_docs, prose, values};
use crate::emit::types::{checker, type_tokens};
use crate::emit::{docs, ident, words};
use crate::ir::{Api, Operation, Parameter, Shape, Slot, Tag, Type};

pub(super) fn emit(context: &Context<'_>, tag: &Tag) -> TokenStream {
    let mut title = format!("Operations tagged `{}`.", tag.name);
    if let Some(description) = &tag.description {
        title = format!("{title}\n\n{description}");
    }
    let title = inner_docs(&title);
    let traits = traits(tag);
    let operations = tag
        .operations
        .iter()
        .map(|operation| self::operation(context, tag, operation));
    quote! {
        #title

        use super::runtime;

        #traits
        #(#operations)*
    }
}

/// The names that belong to an operation.
struct OperationNames {
    variant: Ident,
    method: Ident,
    path: Ident,
    input: Ident,
    output: Ident,
    status: Ident,
    failure: Ident,
}

impl OperationNames {
    fn of(operation: &Operation) -> Self {
        let name = |suffix: &str| format_ident!("{}{suffix}", operation.type_prefix);
        Self {
            variant: ident(&operation.type_prefix),
            method: ident(&operation.method_name),
            path: name("Path"),
            input: name("Input"),
            output: name("Output"),
            status: name("Status"),
            failure: name("Failure"),
        }
    }
}

fn traits(tag: &Tag) -> TokenStream {
    let name = ident(&tag.trait_name);
    let partial = format_ident!("Partial{}", tag.trait_name);
    let names: Vec<OperationNames> = tag.operations.iter().map(OperationNames::of).collect();
    let (methods, inputs): (Vec<_>, Vec<_>) = names
        .iter()
        .map(|names| (&names.method, &names.input))
        .unzip();
    let (outputs, failures): (Vec<_>, Vec<_>) = names
        .iter()
        .map(|names| (&names.output, &names.failure))
        .unzip();
    let method_docs: Vec<_> = tag.operations.iter().map(method_docs).collect();
    let about = prose(&format!(
        "What an implementation of the operations tagged `{}` does. `I` is who calls, as \
         [`Hooks::authenticate`](runtime::Hooks::authenticate) found out.\n\n\
         Methods may be written as `async fn`. A method's future is dropped where the client goes away before the \
         answer: what has to be finished once begun belongs into a task of its own. A panic ends the request with \
         [`RejectionKind::Internal`](runtime::RejectionKind::Internal), and nothing else.",
        tag.name
    ));
    let about_partial = prose(&format!(
        "[`{}`] for an implementation that lacks operations: every method has a default, which answers \
         [`RejectionKind::NotImplemented`](runtime::RejectionKind::NotImplemented). It is served inside \
         [`Unimplemented`](runtime::Unimplemented).",
        tag.trait_name
    ));
    quote! {
        #about
        pub trait #name<I>: Send + Sync + 'static {
            #(
                #method_docs
                fn #methods(
                    &self,
                    caller: I,
                    input: #inputs,
                ) -> impl std::future::Future<Output = Result<#outputs, #failures>> + Send;
            )*
        }

        #about_partial
        pub trait #partial<I>: Send + Sync + 'static {
            #(
                #method_docs
                fn #methods(
                    &self,
                    caller: I,
                    input: #inputs,
                ) -> impl std::future::Future<Output = Result<#outputs, #failures>> + Send {
                    let _ = (caller, input);
                    std::future::ready(Err(runtime::Failure::not_implemented()))
                }
            )*
        }

        impl<T: #partial<I>, I> #name<I> for runtime::Unimplemented<T> {
            #(
                fn #methods(
                    &self,
                    caller: I,
                    input: #inputs,
                ) -> impl std::future::Future<Output = Result<#outputs, #failures>> + Send {
                    <T as #partial<I>>::#methods(&self.0, caller, input)
                }
            )*
        }
    }
}

fn method_docs(operation: &Operation) -> TokenStream {
    let about = words::operation(operation);
    let status = &operation.type_prefix;
    docs(&format!(
        "{about}\n\n# Errors\n\nThe documented ones: [`{status}Status`]."
    ))
}

fn operation(context: &Context<'_>, tag: &Tag, operation: &Operation) -> TokenStream {
    let names = OperationNames::of(operation);
    let path = path(context, operation, &names);
    let input = input(context, operation, &names);
    let output = output(context, operation, &names);
    let status = status(operation, &names);
    let failure = failure(context, operation, &names);
    let handler = handler(context, tag, operation, &names);
    quote! { #path #input #output #status #failure #handler }
}

fn in_path(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation
        .parameters
        .iter()
        .filter(|parameter| parameter.location == ParameterLocation::Path)
}

fn beside_path(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation
        .parameters
        .iter()
        .filter(|parameter| parameter.location != ParameterLocation::Path)
}

/// Whether the input has anything to decode beside the path.
fn has_input(operation: &Operation) -> bool {
    operation.body.is_some() || beside_path(operation).next().is_some()
}

/// Whether there always is a value: it is mandatory, or has a default.
fn is_always_there(parameter: &Parameter) -> bool {
    parameter.required || words::default(parameter).is_some()
}

/// The Rust type of an input's field.
fn field_type(context: &Context<'_>, slot: &Slot, always: bool) -> TokenStream {
    let types = &context.types;
    let inner = type_tokens(&slot.ty, &quote!(#types));
    if always && !slot.nullable {
        inner
    } else {
        quote!(Option<#inner>)
    }
}

fn parameter_docs(parameter: &Parameter) -> TokenStream {
    docs(&words::parameter(parameter))
}

/// What a parameter's text stands for: whether it is a list, and of what.
fn scalar(api: &Api, slot: &Slot) -> (bool, TokenStream) {
    let of = |name: &str| {
        let name = ident(name);
        (false, quote!(runtime::text::Scalar::#name))
    };
    let of_type = |ty: &Type| match ty {
        Type::Integer(_) => of("Integer"),
        Type::Number(_) => of("Number"),
        Type::Boolean => of("Boolean"),
        _ => of("String"),
    };
    match &slot.ty {
        Type::Named { name, .. } => match api.type_named(name).map(|def| &def.shape) {
            Some(Shape::Newtype(ty)) => of_type(ty),
            Some(Shape::Alias(slot)) => scalar(api, slot),
            _ => of("String"),
        },
        Type::Array { items, .. } => (true, scalar(api, items).1),
        ty => of_type(ty),
    }
}

fn path(context: &Context<'_>, operation: &Operation, names: &OperationNames) -> TokenStream {
    let types = &context.types;
    let name = &names.path;
    let parameters: Vec<_> = in_path(operation).collect();
    let fields: Vec<_> = parameters
        .iter()
        .map(|parameter| ident(&parameter.name))
        .collect();
    let field_docs = parameters.iter().map(|parameter| parameter_docs(parameter));
    let field_types = parameters
        .iter()
        .map(|parameter| field_type(context, &parameter.slot, true));
    let values: Vec<_> = parameters
        .iter()
        .map(|parameter| format_ident!("value_{}", parameter.name))
        .collect();
    let finds = parameters.iter().map(|parameter| {
        let wire = &parameter.wire;
        let (_, scalar) = scalar(context.api, &parameter.slot);
        let check = checker(context.api, &parameter.slot, &quote!(#types));
        quote!(decoder.path(#wire, #scalar, #check))
    });
    let about = prose(&format!(
        "The path of [`Operation::{0}`](runtime::Operation::{0}): its parameters, valid.",
        operation.type_prefix
    ));
    let decode = (!parameters.is_empty()).then(|| {
        quote! {
            impl #name {
                fn decode(incoming: &runtime::Incoming) -> Result<Self, runtime::Refusal> {
                    let mut decoder = runtime::decode::Decoder::of_path(incoming);
                    #(let #values = #finds;)*
                    decoder.finish_path()?;
                    Ok(Self { #(#fields: runtime::decode::required(#values)?,)* })
                }
            }
        }
    });
    quote! {
        #about
        #[derive(Clone, Debug, PartialEq)]
        pub struct #name {
            #(#field_docs pub #fields: #field_types,)*
        }
        #decode
    }
}

fn input(context: &Context<'_>, operation: &Operation, names: &OperationNames) -> TokenStream {
    let types = &context.types;
    let (name, path) = (&names.input, &names.path);
    let parameters: Vec<_> = operation.parameters.iter().collect();
    let fields = parameters.iter().map(|parameter| ident(&parameter.name));
    let field_docs = parameters.iter().map(|parameter| parameter_docs(parameter));
    let field_types = parameters
        .iter()
        .map(|parameter| field_type(context, &parameter.slot, is_always_there(parameter)));
    let body_field = operation.body.as_ref().map(|body| {
        let text = body
            .description
            .clone()
            .unwrap_or_else(|| body.slot.docs.clone());
        let text = if text.is_empty() {
            "The request body.".to_owned()
        } else {
            text
        };
        let text = docs(&text);
        let ty = field_type(context, &body.slot, body.required);
        quote!(#text pub body: #ty,)
    });
    let about = prose(&format!(
        "A request for [`Operation::{0}`](runtime::Operation::{0}), valid and decoded.",
        operation.type_prefix
    ));
    let decode = has_input(operation).then(|| {
        let from_path: Vec<_> = in_path(operation).map(|parameter| ident(&parameter.name)).collect();
        let path_name = if from_path.is_empty() { quote!(_) } else { quote!(path) };
        let body = operation.body.as_ref().map(|body| {
            let (media_type, required) = (&body.media_type, body.required);
            let check = checker(context.api, &body.slot, &quote!(#types));
            quote!(let body = decoder.body(#media_type, #required, #check)?;)
        });
        let body_value = operation.body.as_ref().map(|body| {
            let build = build(body.required);
            quote!(body: #build(body)?,)
        });
        let rest: Vec<_> = beside_path(operation).collect();
        let fields = rest.iter().map(|parameter| ident(&parameter.name));
        let values: Vec<_> = rest.iter().map(|parameter| format_ident!("value_{}", parameter.name)).collect();
        let finds = rest.iter().map(|parameter| find(context, parameter));
        let builds = rest.iter().map(|parameter| build(is_always_there(parameter)));
        quote! {
            impl #name {
                fn decode(incoming: &runtime::Incoming, #path_name: #path) -> Result<Self, runtime::Refusal> {
                    let mut decoder = runtime::decode::Decoder::new(incoming);
                    #body
                    #(let #values = #finds;)*
                    decoder.finish()?;
                    Ok(Self {
                        #(#from_path: path.#from_path,)*
                        #(#fields: #builds(#values)?,)*
                        #body_value
                    })
                }
            }
        }
    });
    quote! {
        #about
        #[derive(Clone, Debug, PartialEq)]
        pub struct #name {
            #(#field_docs pub #fields: #field_types,)*
            #body_field
        }
        #decode
    }
}

fn build(always: bool) -> TokenStream {
    if always {
        quote!(runtime::decode::required)
    } else {
        quote!(runtime::decode::optional)
    }
}

/// The expression that finds and checks a parameter of the query or a header.
fn find(context: &Context<'_>, parameter: &Parameter) -> TokenStream {
    let types = &context.types;
    let wire = &parameter.wire;
    let (is_list, scalar) = scalar(context.api, &parameter.slot);
    let check = checker(context.api, &parameter.slot, &quote!(#types));
    let absent = match words::default(parameter) {
        _ if parameter.required => quote!(runtime::decode::Absent::Missing),
        Some(value) => {
            let value = values::json(value);
            quote!(runtime::decode::Absent::Default(|| #value))
        }
        None => quote!(runtime::decode::Absent::Nothing),
    };
    match (parameter.location, is_list) {
        (ParameterLocation::Header, false) => {
            quote!(decoder.header(#wire, #scalar, #absent, #check))
        }
        (ParameterLocation::Header, true) => {
            quote!(decoder.header_list(#wire, #scalar, #absent, #check))
        }
        (_, false) => quote!(decoder.query(#wire, #scalar, #absent, #check)),
        (_, true) => {
            let list = if parameter.explode {
                quote!(Repeated)
            } else {
                quote!(Commas)
            };
            quote!(decoder.query_list(#wire, runtime::decode::List::#list, #scalar, #absent, #check))
        }
    }
}

fn output(context: &Context<'_>, operation: &Operation, names: &OperationNames) -> TokenStream {
    let name = &names.output;
    let variants: Vec<_> = operation
        .successes
        .iter()
        .map(|success| ident(&success.variant))
        .collect();
    let variant_docs = operation
        .successes
        .iter()
        .map(|success| docs(&described(success.status, &success.description)));
    let bodies: Vec<_> = operation
        .successes
        .iter()
        .map(|success| reply(context, success.body.as_ref()))
        .collect();
    let conversions = match operation.successes.as_slice() {
        [only] => {
            let variant = ident(&only.variant);
            let body = only
                .body
                .as_ref()
                .map(|slot| field_type(context, slot, true));
            let from_body = body.map(|body| {
                quote! {
                    impl From<#body> for #name {
                        fn from(body: #body) -> Self {
                            Self::#variant(runtime::Reply::new(body))
                        }
                    }
                }
            });
            quote! {
                #(
                    impl From<#bodies> for #name {
                        fn from(reply: #bodies) -> Self {
                            Self::#variant(reply)
                        }
                    }
                )*
                #from_body
            }
        }
        _ => TokenStream::new(),
    };
    let about = prose(&format!(
        "The successes of [`Operation::{0}`](runtime::Operation::{0}).",
        operation.type_prefix
    ));
    quote! {
        #about
        #[derive(Clone, Debug, PartialEq)]
        pub enum #name {
            #(#variant_docs #variants(#bodies),)*
        }
        #conversions
    }
}

fn reply(context: &Context<'_>, body: Option<&Slot>) -> TokenStream {
    match body {
        Some(slot) => {
            let body = field_type(context, slot, true);
            quote!(runtime::Reply<#body>)
        }
        None => quote!(runtime::Empty),
    }
}

fn described(status: u16, description: &str) -> String {
    if description.trim().is_empty() {
        format!("Status {status}.")
    } else {
        format!("{status}: {description}")
    }
}

fn status(operation: &Operation, names: &OperationNames) -> TokenStream {
    let name = &names.status;
    let about = prose(&format!(
        "The error statuses of [`Operation::{0}`](runtime::Operation::{0}).",
        operation.type_prefix
    ));
    let mut variants = TokenStream::new();
    let mut codes = TokenStream::new();
    let mut from_codes = TokenStream::new();
    let mut fixed = Vec::new();
    let mut rest = quote!(_ => None,);
    for error in &operation.errors {
        let variant = ident(&error.variant);
        match error.status {
            StatusKey::Code(code) => {
                let text = docs(&described(code, &error.description));
                let constant = values::status(code);
                let code = Literal::u16_unsuffixed(code);
                variants.extend(quote!(#text #variant,));
                codes.extend(quote!(Self::#variant => #constant,));
                from_codes.extend(quote!(#code => Some(Self::#variant),));
                fixed.push(variant);
            }
            StatusKey::Range(class) => {
                let text = docs(&format!(
                    "Any other status of the class {class}xx: {}",
                    error.description
                ));
                let (low, high) = (
                    Literal::u16_unsuffixed(u16::from(class) * 100),
                    Literal::u16_unsuffixed(u16::from(class) * 100 + 99),
                );
                variants.extend(quote!(#text #variant(axum::http::StatusCode),));
                codes.extend(quote!(Self::#variant(code) => code,));
                from_codes.extend(quote!(#low..=#high => Some(Self::#variant(code)),));
            }
            StatusKey::Default => {
                let text = docs(&format!("Any other status: {}", error.description));
                let successes = operation
                    .successes
                    .iter()
                    .map(|success| Literal::u16_unsuffixed(success.status));
                variants.extend(quote!(#text #variant(axum::http::StatusCode),));
                codes.extend(quote!(Self::#variant(code) => code,));
                rest = quote!(#(#successes)|* => None, _ => Some(Self::#variant(code)),);
            }
        }
    }
    let (code, from_code) = if operation.errors.is_empty() {
        (quote!(match *self {}), quote!(let _ = code; None))
    } else {
        (
            quote!(match *self { #codes }),
            quote!(match code.as_u16() { #from_codes #rest }),
        )
    };
    quote! {
        #about
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum #name {
            #variants
        }

        impl #name {
            /// The statuses that are documented one by one.
            pub const ALL: &'static [Self] = &[#(Self::#fixed),*];
        }

        impl runtime::ErrorStatus for #name {
            fn code(&self) -> axum::http::StatusCode {
                #code
            }

            fn from_code(code: axum::http::StatusCode) -> Option<Self> {
                #from_code
            }
        }
    }
}

fn failure(context: &Context<'_>, operation: &Operation, names: &OperationNames) -> TokenStream {
    let (name, status) = (&names.failure, &names.status);
    let body = match &operation.error_body {
        Some(slot) => field_type(context, slot, true),
        None => quote!(runtime::Empty),
    };
    let about = prose(&format!(
        "How [`Operation::{0}`](runtime::Operation::{0}) fails.",
        operation.type_prefix
    ));
    quote! {
        #about
        pub type #name = runtime::Failure<#status, #body>;
    }
}

fn handler(
    context: &Context<'_>,
    tag: &Tag,
    operation: &Operation,
    names: &OperationNames,
) -> TokenStream {
    let OperationNames {
        variant,
        method,
        path,
        input,
        output,
        ..
    } = names;
    let trait_name = ident(&tag.trait_name);
    let attribute = attributes::path(context, operation);
    let deprecated = operation.deprecated.then(|| quote!(#[deprecated]));
    let path_value = if in_path(operation).next().is_some() {
        quote!(#path::decode(&incoming)?)
    } else {
        quote!(#path {})
    };
    let input_value = if has_input(operation) {
        quote!(#input::decode(&incoming, path)?)
    } else {
        let fields: Vec<_> = in_path(operation)
            .map(|parameter| ident(&parameter.name))
            .collect();
        quote!(#input { #(#fields: path.#fields),* })
    };
    let successes = operation.successes.iter().map(|success| {
        let variant = ident(&success.variant);
        let status = values::status(success.status);
        match &success.body {
            Some(_) => quote!(Ok(#output::#variant(reply)) => runtime::serve::replied(#status, reply)?,),
            None => quote!(Ok(#output::#variant(reply)) => runtime::serve::replied_empty(#status, reply),),
        }
    });
    let failed = match &operation.error_body {
        Some(_) => quote!(runtime::serve::failed(failure)?),
        None => quote!(runtime::serve::failed_empty(failure)?),
    };
    quote! {
        #attribute
        #deprecated
        pub(super) async fn #method<S, H>(
            server: runtime::Server<S, H>,
            request: axum::extract::Request,
        ) -> axum::response::Response
        where
            S: #trait_name<H::Identity>,
            H: runtime::Hooks,
        {
            let incoming = server.receive(runtime::Operation::#variant, request).await;
            let answer = runtime::serve::guard(async {
                let caller = server.authenticate(&incoming).await?;
                let path = #path_value;
                let caller = server.admit(caller, runtime::OperationPath::#variant(&path)).await?;
                let input = #input_value;
                let answer = <S as #trait_name<H::Identity>>::#method(server.service(), caller, input).await;
                Ok(match answer {
                    #(#successes)*
                    Err(failure) => #failed,
                })
            });
            server.finish(&incoming, answer.await)
        }
    }
}
