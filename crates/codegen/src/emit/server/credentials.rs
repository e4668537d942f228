//! `runtime/credentials.rs`: the credentials of a request, shaped by the security schemes.

use proc_macro2::TokenStream;
use quote::quote;

use functiongraph_contract::model::{ApiKeyLocation, SecuritySchemeKind};

use super::{Context, prose};
use crate::emit::{docs, ident};
use crate::ir::SecurityScheme;

pub(super) fn emit(context: &Context<'_>) -> TokenStream {
    let schemes = &context.api.security_schemes;
    let variants: Vec<_> = schemes
        .values()
        .map(|scheme| ident(&scheme.rust_name))
        .collect();
    let fields: Vec<_> = schemes
        .values()
        .map(|scheme| ident(&scheme.rust_field))
        .collect();
    let names: Vec<_> = schemes.keys().collect();
    let descriptions: Vec<_> = schemes
        .iter()
        .map(|(name, scheme)| match &scheme.description {
            Some(text) => docs(text),
            None => docs(&format!("The scheme `{name}`")),
        })
        .collect();
    let places = schemes.values().map(|scheme| {
        prose(&format!(
            "{}, for [`Scheme::{}`].",
            found_in(scheme),
            scheme.rust_name
        ))
    });
    let types = schemes.values().map(found_type);
    let finders = schemes.values().map(finder);
    let none = schemes.is_empty();
    let marker = none.then(|| quote!(marker: PhantomData<&'a ()>,));
    let marker_value = none.then(|| quote!(marker: PhantomData,));
    let marker_import = none.then(|| {
        quote!(
            use std::marker::PhantomData;
        )
    });
    let in_query = |scheme: &SecurityScheme| {
        matches!(
            scheme.kind,
            SecuritySchemeKind::ApiKey {
                location: ApiKeyLocation::Query,
                ..
            }
        )
    };
    let unused_uri = (!schemes.values().any(in_query)).then(|| quote!(let _ = uri;));
    let unused_headers = schemes
        .values()
        .all(in_query)
        .then(|| quote!(let _ = headers;));
    let name_of = if none {
        quote!(match self {})
    } else {
        quote!(match self { #(Self::#variants => #names,)* })
    };
    let has = if none {
        quote!(match scheme {})
    } else {
        quote!(match scheme { #(Scheme::#variants => self.#fields.is_some(),)* })
    };
    let helpers = helpers(schemes.values());
    quote! {
        //! The credentials of a request.


        use std::fmt;
        #marker_import

        #[allow(unused_imports, reason = "which of these are needed depends on the document")]
        use axum::http::{HeaderMap, HeaderValue, Uri, header};

        use super::{Operation, Requirement};

        /// A security scheme of the document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scheme {
            #(#descriptions #variants,)*
        }

        impl Scheme {
            /// Every scheme, in the order of the document.
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            /// The document's name for it.
            pub fn name(self) -> &'static str {
                #name_of
            }
        }

        /// The credentials that a request carries: what stands where the schemes say, unchecked.
        /// [`Debug`](fmt::Debug) names the schemes that are present, never their values.
        #[derive(Clone, Default)]
        #[non_exhaustive]
        pub struct Credentials<'a> {
            #(#places pub #fields: Option<#types>,)*
            #marker
        }

        impl<'a> Credentials<'a> {
            /// Looks for the credentials of every scheme.
            pub(super) fn find(uri: &'a Uri, headers: &'a HeaderMap) -> Self {
                #unused_uri
                #unused_headers
                Self { #(#fields: #finders,)* #marker_value }
            }

            /// Whether there is something for the scheme.
            pub fn has(&self, scheme: Scheme) -> bool {
                #has
            }

            /// The alternatives of the operation's security for which everything is there. That it
            /// is right is still to be found out.
            pub fn present(&self, operation: Operation) -> impl Iterator<Item = &'static [Requirement]> {
                let has = |requirement: &Requirement| self.has(requirement.scheme);
                operation.security().iter().copied().filter(move |alternative| alternative.iter().all(has))
            }
        }

        impl fmt::Debug for Credentials<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let present = Scheme::ALL.iter().filter(|scheme| self.has(**scheme)).map(|scheme| scheme.name());
                f.debug_set().entries(present).finish()
            }
        }

        #helpers
    }
}

/// How a scheme's credentials are shown in the documentation.
fn found_in(scheme: &SecurityScheme) -> String {
    match &scheme.kind {
        SecuritySchemeKind::ApiKey {
            location: ApiKeyLocation::Header,
            name,
        } => {
            format!("The value of the header `{name}`")
        }
        SecuritySchemeKind::ApiKey {
            location: ApiKeyLocation::Query,
            name,
        } => {
            format!("The value of the query parameter `{name}`, decoded")
        }
        SecuritySchemeKind::ApiKey {
            location: ApiKeyLocation::Cookie,
            name,
        } => {
            format!("The value of the cookie `{name}`")
        }
        SecuritySchemeKind::Http { scheme } => {
            format!("What follows `{scheme}` in the header `Authorization`")
        }
        SecuritySchemeKind::OAuth2 | SecuritySchemeKind::OpenIdConnect => {
            "What follows `Bearer` in the header `Authorization`".to_owned()
        }
    }
}

fn found_type(scheme: &SecurityScheme) -> TokenStream {
    match &scheme.kind {
        SecuritySchemeKind::ApiKey {
            location: ApiKeyLocation::Header,
            ..
        } => quote!(&'a HeaderValue),
        SecuritySchemeKind::ApiKey {
            location: ApiKeyLocation::Query,
            ..
        } => quote!(std::borrow::Cow<'a, str>),
        _ => quote!(&'a str),
    }
}

fn finder(scheme: &SecurityScheme) -> TokenStream {
    match &scheme.kind {
        SecuritySchemeKind::ApiKey {
            location: ApiKeyLocation::Header,
            name,
        } => quote!(headers.get(#name)),
        SecuritySchemeKind::ApiKey {
            location: ApiKeyLocation::Query,
            name,
        } => quote!(query(uri, #name)),
        SecuritySchemeKind::ApiKey {
            location: ApiKeyLocation::Cookie,
            name,
        } => quote!(cookie(headers, #name)),
        SecuritySchemeKind::Http { scheme } => quote!(authorization(headers, #scheme)),
        SecuritySchemeKind::OAuth2 | SecuritySchemeKind::OpenIdConnect => {
            quote!(authorization(headers, "bearer"))
        }
    }
}

/// The functions that the finders call, and no other.
fn helpers<'a>(schemes: impl Iterator<Item = &'a SecurityScheme>) -> TokenStream {
    let (mut query, mut cookie, mut authorization) = (None, None, None);
    for scheme in schemes {
        match &scheme.kind {
            SecuritySchemeKind::ApiKey {
                location: ApiKeyLocation::Header,
                ..
            } => {}
            SecuritySchemeKind::ApiKey {
                location: ApiKeyLocation::Query,
                ..
            } => {
                query = Some(quote! {
                    /// The first value of a query parameter, decoded.
                    fn query<'a>(uri: &'a Uri, name: &str) -> Option<std::borrow::Cow<'a, str>> {
                        super::text::Query::parse(uri.query()).first(name)?.ok()
                    }
                });
            }
            SecuritySchemeKind::ApiKey {
                location: ApiKeyLocation::Cookie,
                ..
            } => {
                cookie = Some(quote! {
                    /// The value of a cookie.
                    fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
                        headers.get_all(header::COOKIE).iter().find_map(|value| {
                            value.to_str().ok()?.split(';').find_map(|pair| {
                                let (known, value) = pair.trim().split_once('=')?;
                                (known == name).then_some(value)
                            })
                        })
                    }
                });
            }
            _ => {
                authorization = Some(quote! {
                    /// What follows the name of an authentication scheme in `Authorization`.
                    fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
                        headers.get_all(header::AUTHORIZATION).iter().find_map(|value| {
                            let (name, rest) = value.to_str().ok()?.split_once(' ')?;
                            name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
                        })
                    }
                });
            }
        }
    }
    quote!(#query #cookie #authorization)
}
