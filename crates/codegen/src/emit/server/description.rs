//! `runtime/description.rs`: the server's description of itself, out of attributes and types.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use functiongraph_contract::model::{ApiKeyLocation, SecuritySchemeKind};

use super::{Context, attributes};
use crate::emit::ident;
use crate::emit::types::schema_path;
use crate::ir::SecurityScheme;

pub(super) fn emit(context: &Context<'_>) -> TokenStream {
    let api = context.api;
    let info = info(&api.info);
    let reset = resets(&api.info);
    let servers = (!api.servers.is_empty()).then(|| {
        let servers = api.servers.iter().map(server);
        quote!(servers(#(#servers),*),)
    });
    let tags: Vec<TokenStream> = api
        .declared_tags
        .iter()
        .map(|tag| {
            let own = members(tag, &[("name", "name"), ("description", "description")]);
            quote!((#own))
        })
        .collect();
    let tags = (!tags.is_empty()).then(|| quote!(tags(#(#tags),*),));
    // utoipa tags an operation that has no tag after the module in its path, so those come by name.
    let mut imports = Vec::new();
    let mut paths = Vec::new();
    for tag in &api.tags {
        let module = ident(&tag.module);
        for operation in &tag.operations {
            let handler = ident(&operation.method_name);
            if operation.tags.is_empty() {
                let description = format_ident!("__path_{}", handler);
                imports.push(quote!(use super::super::#module::#description;));
                paths.push(quote!(#handler));
            } else {
                paths.push(quote!(super::super::#module::#handler));
            }
        }
    }
    let types = &context.types;
    let schemas: Vec<TokenStream> = api
        .types
        .iter()
        .filter(|def| !def.hoisted)
        .map(|def| schema_path(api, &def.name, &quote!(#types)))
        .collect();
    let components = (!schemas.is_empty()).then(|| quote!(components(schemas(#(#schemas),*)),));
    let security = (!api.security.is_empty()).then(|| {
        let alternatives = attributes::security(&api.security);
        quote!(security(#alternatives),)
    });
    let schemes: Vec<TokenStream> = api
        .security_schemes
        .iter()
        .map(|(name, scheme)| security_scheme(name, scheme))
        .collect();
    let security_import = (!schemes.is_empty()).then(|| {
        quote!(
            use utoipa::openapi::security;
        )
    });
    let schemes = (!schemes.is_empty()).then(|| {
        quote! {
            let components = openapi.components.get_or_insert_default();
            #(#schemes)*
        }
    });
    quote! {
        //! The server's description of itself.

        use utoipa::openapi::Ref;
        #security_import
        use utoipa::{Modify, OpenApi, ToSchema};

        #(#imports)*

        /// The server's description of itself, OpenAPI 3.1, made of the attributes of the handlers
        /// and the schemas of the types: what is compiled, not what was written.
        pub fn openapi() -> utoipa::openapi::OpenApi {
            Description::openapi()
        }

        #[derive(OpenApi)]
        #[openapi(
            info(#info),
            #servers
            #tags
            paths(#(#paths),*),
            #components
            #security
            modifiers(&Rest)
        )]
        struct Description;

        /// What the attributes have no words for: security schemes, and that the crate's own
        /// manifest is not the API's description.
        struct Rest;

        impl Modify for Rest {
            fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
                #reset
                #schemes
            }
        }

        /// The reference to the component that a type describes.
        #[allow(dead_code, reason = "needed for optional bodies")]
        pub(crate) fn reference<T: ToSchema>() -> String {
            Ref::from_schema_name(T::name()).ref_location
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// `name = "value",` for the members that are there.
fn members(value: &Value, names: &[(&str, &str)]) -> TokenStream {
    let members = names.iter().filter_map(|(wire, attribute)| {
        let (attribute, text) = (format_ident!("{attribute}"), text(value, wire)?);
        Some(quote!(#attribute = #text,))
    });
    quote!(#(#members)*)
}

fn info(info: &Value) -> TokenStream {
    let own = members(
        info,
        &[
            ("title", "title"),
            ("version", "version"),
            ("description", "description"),
            ("termsOfService", "terms_of_service"),
        ],
    );
    let contact = info.get("contact").map(|contact| {
        let members = members(
            contact,
            &[("name", "name"), ("url", "url"), ("email", "email")],
        );
        quote!(contact(#members),)
    });
    let license = info.get("license").map(|license| {
        let members = members(license, &[("name", "name"), ("url", "url")]);
        quote!(license(#members),)
    });
    quote!(#own #contact #license)
}

/// utoipa fills what the document lacks from the manifest of the crate; this takes it out again.
fn resets(info: &Value) -> TokenStream {
    let lacking = ["description", "contact", "license"]
        .into_iter()
        .filter(|name| info.get(*name).is_none());
    let resets = lacking.map(|name| {
        let name = format_ident!("{name}");
        quote!(openapi.info.#name = None;)
    });
    let resets: Vec<TokenStream> = resets.collect();
    quote!(#(#resets)*)
}

fn server(server: &Value) -> TokenStream {
    let own = members(server, &[("url", "url"), ("description", "description")]);
    let variables = server
        .get("variables")
        .and_then(Value::as_object)
        .filter(|variables| !variables.is_empty());
    let variables = variables.map(|variables| {
        let variables = variables.iter().map(|(name, variable)| {
            let own = members(
                variable,
                &[("default", "default"), ("description", "description")],
            );
            let values: Vec<&str> = variable
                .get("enum")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let values = (!values.is_empty()).then(|| quote!(enum_values(#(#values),*),));
            quote!((#name = (#own #values)))
        });
        quote!(variables(#(#variables),*),)
    });
    quote!((#own #variables))
}

fn security_scheme(name: &str, scheme: &SecurityScheme) -> TokenStream {
    let description = scheme.description.as_ref();
    let value = match &scheme.kind {
        SecuritySchemeKind::ApiKey { location, name } => {
            let location = match location {
                ApiKeyLocation::Header => quote!(Header),
                ApiKeyLocation::Query => quote!(Query),
                ApiKeyLocation::Cookie => quote!(Cookie),
            };
            let key = match description {
                Some(text) => quote!(with_description(#name, #text)),
                None => quote!(new(#name)),
            };
            quote!(security::SecurityScheme::ApiKey(security::ApiKey::#location(security::ApiKeyValue::#key)))
        }
        SecuritySchemeKind::Http { scheme } => http_scheme(scheme, description),
        // utoipa would want flows or an address here, which the generator does not read.
        SecuritySchemeKind::OAuth2 | SecuritySchemeKind::OpenIdConnect => {
            http_scheme("bearer", description)
        }
    };
    quote!(components.add_security_scheme(#name, #value);)
}

fn http_scheme(scheme: &str, description: Option<&String>) -> TokenStream {
    let variant = match scheme {
        "basic" => "Basic",
        "digest" => "Digest",
        "hoba" => "Hoba",
        "mutual" => "Mutual",
        "negotiate" => "Negotiate",
        "oauth" => "OAuth",
        "scram-sha-1" => "ScramSha1",
        "scram-sha-256" => "ScramSha256",
        "vapid" => "Vapid",
        _ => "Bearer",
    };
    let variant = format_ident!("{variant}");
    let description = description.map(|text| quote!(.description(Some(#text))));
    quote! {
        security::SecurityScheme::Http(
            security::HttpBuilder::new().scheme(security::HttpAuthScheme::#variant) #description .build(),
        )
    }
}
