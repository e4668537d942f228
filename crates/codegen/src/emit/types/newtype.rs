//! Scalars with a name: newtypes.

use functiongraph_contract::model::{IntegerSchema, NumberSchema, StringSchema};
use proc_macro2::TokenStream;
use quote::quote;

use super::rust::type_tokens;
use super::schema::{self, About};
use super::{check, ident, type_docs};
use crate::ir::{Api, Direction, Type, TypeDef};

pub(super) fn emit(api: &Api, def: &TypeDef, ty: &Type) -> TokenStream {
    let about = About::of_type(def);
    let schemas = (
        schema::schemars_expression(api, ty, &about, &quote!(super)),
        schema::utoipa_expression(api, ty, &about, &quote!(super)),
    );
    let implementations = schema::implementations(api, def, &def.name, schemas, &[], false);
    let items = match ty {
        Type::String(string) => text(def, string),
        Type::Integer(integer) => integer_type(def, integer),
        Type::Number(number) => number_type(def, number),
        _ => boolean(def, ty),
    };
    let constraint = (!matches!(ty, Type::String(_))).then(|| quote!(Constraint,));
    quote! {
        use super::validate::Validate;
        use super::violations::{#constraint Location, Violations};

        #items

        #implementations
    }
}

/// The parts that all newtypes share.
struct Parts {
    /// Further derives.
    derives: TokenStream,
    /// The Rust type inside.
    inner: TokenStream,
    /// `RULES`, or nothing where any value will do.
    rules: TokenStream,
    /// Whether there are values that the type must not hold.
    is_constrained: bool,
    /// Check of `value`, a JSON value.
    check_json: TokenStream,
    /// Check of `value`, of the inner type by reference, at `at`.
    check_inner: TokenStream,
    /// How serde reads the inner type.
    read: TokenStream,
}

fn common(def: &TypeDef, parts: &Parts) -> TokenStream {
    let name = ident(&def.name);
    let docs = type_docs(def);
    let Parts {
        derives,
        inner,
        rules,
        is_constrained,
        check_json,
        check_inner,
        read,
    } = parts;
    let is_input = def.direction == Direction::Input;
    let default = (!is_input).then(|| quote!(Default,));
    let null = def.nullable.then(|| {
        quote! {
            if value.is_null() {
                return;
            }
        }
    });
    let build = if is_input && *is_constrained {
        quote!(Self::try_from(value).map_err(serde::de::Error::custom))
    } else {
        quote!(Ok(Self(value)))
    };
    let construct = if *is_constrained {
        quote! {
            impl TryFrom<#inner> for #name {
                type Error = Violations;

                fn try_from(value: #inner) -> Result<Self, Violations> {
                    let mut out = Violations::new();
                    #check_inner
                    out.into_result()?;
                    Ok(Self(value))
                }
            }
        }
    } else {
        quote! {
            impl From<#inner> for #name {
                fn from(value: #inner) -> Self {
                    Self(value)
                }
            }
        }
    };
    quote! {
        #rules

        #docs
        #[derive(Clone, Debug, #default #derives serde::Serialize)]
        #[serde(transparent)]
        pub struct #name(#inner);

        impl<'de> serde::Deserialize<'de> for #name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = #read;
                #build
            }
        }

        impl Validate for #name {
            fn check(value: &serde_json::Value, at: &mut Location, out: &mut Violations) {
                #null
                #check_json
            }
        }

        #construct

        impl From<#name> for #inner {
            fn from(value: #name) -> Self {
                value.0
            }
        }
    }
}

fn text(def: &TypeDef, string: &StringSchema) -> TokenStream {
    let name = ident(&def.name);
    let is_constrained =
        string.min_length.is_some() || string.max_length.is_some() || string.pattern.is_some();
    let parts = Parts {
        derives: quote!(PartialEq, Eq, PartialOrd, Ord, Hash,),
        inner: quote!(String),
        rules: check::text_rules(string, false, &quote!(super)),
        is_constrained,
        check_json: quote!(RULES.check(value, at, out);),
        check_inner: quote!(RULES.check_text(&value, &Location::root(), &mut out);),
        read: quote!(String::deserialize(deserializer)?),
    };
    let common = common(def, &parts);
    let from_text = if is_constrained {
        quote! {
            impl TryFrom<&str> for #name {
                type Error = Violations;

                fn try_from(value: &str) -> Result<Self, Violations> {
                    Self::try_from(value.to_owned())
                }
            }

            impl TryFrom<&String> for #name {
                type Error = Violations;

                fn try_from(value: &String) -> Result<Self, Violations> {
                    Self::try_from(value.clone())
                }
            }

            impl std::str::FromStr for #name {
                type Err = Violations;

                fn from_str(value: &str) -> Result<Self, Violations> {
                    Self::try_from(value)
                }
            }
        }
    } else {
        quote! {
            impl From<&str> for #name {
                fn from(value: &str) -> Self {
                    Self(value.to_owned())
                }
            }

            impl From<&String> for #name {
                fn from(value: &String) -> Self {
                    Self(value.clone())
                }
            }

            impl std::str::FromStr for #name {
                type Err = std::convert::Infallible;

                fn from_str(value: &str) -> Result<Self, Self::Err> {
                    Ok(Self(value.to_owned()))
                }
            }
        }
    };
    quote! {
        #common

        impl #name {
            /// A value that is not checked: for services that take more than the document says.
            pub fn new_unchecked(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        #from_text

        impl AsRef<str> for #name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    }
}

fn integer_type(def: &TypeDef, integer: &IntegerSchema) -> TokenStream {
    let inner = type_tokens(&Type::Integer(integer.clone()), &quote!(super));
    let is_constrained = IntegerSchema {
        format: None,
        ..integer.clone()
    } != IntegerSchema::default();
    let parts = Parts {
        derives: quote!(Copy, PartialEq, Eq, PartialOrd, Ord, Hash,),
        inner: inner.clone(),
        rules: check::integer_rules(integer, &quote!(super)),
        is_constrained,
        check_json: quote!(RULES.check(value, at, out);),
        check_inner: quote!(RULES.check_integer(i64::from(value), &Location::root(), &mut out);),
        read: quote!(<super::lenient::Whole as super::lenient::Read<#inner>>::read(deserializer)?),
    };
    let common = common(def, &parts);
    let rest = copied(def, &inner, is_constrained, "integer");
    quote!(#common #rest)
}

fn number_type(def: &TypeDef, number: &NumberSchema) -> TokenStream {
    let inner = type_tokens(&Type::Number(number.clone()), &quote!(super));
    let is_constrained = NumberSchema {
        format: None,
        ..number.clone()
    } != NumberSchema::default();
    let parts = Parts {
        derives: quote!(Copy, PartialEq, PartialOrd,),
        inner: inner.clone(),
        rules: check::number_rules(number, &quote!(super)),
        is_constrained,
        check_json: quote!(RULES.check(value, at, out);),
        check_inner: quote!(RULES.check(&serde_json::Value::from(value), &mut Location::root(), &mut out);),
        read: quote!(<#inner>::deserialize(deserializer)?),
    };
    let common = common(def, &parts);
    let rest = copied(def, &inner, is_constrained, "number");
    quote!(#common #rest)
}

fn boolean(def: &TypeDef, ty: &Type) -> TokenStream {
    let inner = type_tokens(ty, &quote!(super));
    let parts = Parts {
        derives: quote!(Copy, PartialEq, Eq, PartialOrd, Ord, Hash,),
        inner: inner.clone(),
        rules: TokenStream::new(),
        is_constrained: false,
        check_json: quote!(super::validate::boolean(value, at, out);),
        check_inner: TokenStream::new(),
        read: quote!(bool::deserialize(deserializer)?),
    };
    let common = common(def, &parts);
    let rest = copied(def, &inner, false, "boolean");
    quote!(#common #rest)
}

/// What newtypes of `Copy` types have.
fn copied(
    def: &TypeDef,
    inner: &TokenStream,
    is_constrained: bool,
    json_type: &str,
) -> TokenStream {
    let name = ident(&def.name);
    let convert = if is_constrained {
        quote!(Self::try_from(parsed))
    } else {
        quote!(Ok(Self(parsed)))
    };
    quote! {
        impl #name {
            /// A value that is not checked: for services that take more than the document says.
            pub const fn new_unchecked(value: #inner) -> Self {
                Self(value)
            }

            /// The value.
            pub const fn get(self) -> #inner {
                self.0
            }
        }

        impl std::str::FromStr for #name {
            type Err = Violations;

            fn from_str(value: &str) -> Result<Self, Violations> {
                let Ok(parsed) = value.parse::<#inner>() else {
                    let mut out = Violations::new();
                    out.push(&Location::root(), Constraint::Type { expected: #json_type });
                    return Err(out);
                };
                #convert
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }
    }
}
