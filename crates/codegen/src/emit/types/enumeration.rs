//! Enumerations of strings, which are always open.

use proc_macro2::TokenStream;
use quote::quote;

use super::schema::{self, About};
use super::{ident, type_docs};
use crate::emit::rustdoc_only;
use crate::ir::{Api, Enum, TypeDef};

pub(super) fn emit(api: &Api, def: &TypeDef, enumeration: &Enum) -> TokenStream {
    let name = ident(&def.name);
    let docs = type_docs(def);
    let about = About::of_type(def);
    let wires: Vec<&str> = enumeration
        .variants
        .iter()
        .map(|variant| variant.wire.as_str())
        .collect();
    let idents: Vec<_> = enumeration
        .variants
        .iter()
        .map(|variant| ident(&variant.name))
        .collect();
    let variant_docs = wires.iter().map(|wire| {
        let shown = code(wire);
        rustdoc_only(&if shown.is_empty() {
            "The empty string.".to_owned()
        } else {
            shown
        })
    });
    let schemas = schema::enumeration_expressions(&wires, &about);
    let implementations = schema::implementations(api, def, &def.name, schemas, &[], false);
    let null = def.nullable.then(|| {
        quote! {
            if value.is_null() {
                return;
            }
        }
    });
    quote! {
        use super::validate::{OneOfTexts, Validate};
        use super::violations::{Location, Violations};

        #docs
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variant_docs #idents,)*
            #[cfg_attr(doc, doc = " A value that the document does not list, kept as it is.")]
            Unknown(String),
        }

        impl #name {
            /// The values that the document lists, in its order.
            pub const ALL: &'static [Self] = &[#(Self::#idents),*];

            /// The value as it stands in JSON.
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#idents => #wires,)*
                    Self::Unknown(value) => value,
                }
            }

            /// Whether the document lists the value.
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown(_))
            }
        }

        impl Default for #name {
            fn default() -> Self {
                Self::from("")
            }
        }

        impl From<&str> for #name {
            fn from(value: &str) -> Self {
                match value {
                    #(#wires => Self::#idents,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl From<String> for #name {
            fn from(value: String) -> Self {
                match Self::from(value.as_str()) {
                    Self::Unknown(_) => Self::Unknown(value),
                    known => known,
                }
            }
        }

        impl From<&String> for #name {
            fn from(value: &String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl From<#name> for String {
            fn from(value: #name) -> Self {
                match value {
                    #name::Unknown(value) => value,
                    known => known.as_str().to_owned(),
                }
            }
        }

        impl std::str::FromStr for #name {
            type Err = std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, ::std::convert::Infallible> {
                Ok(Self::from(value))
            }
        }

        impl AsRef<str> for #name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for #name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for #name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }

        impl Validate for #name {
            fn check(value: &serde_json::Value, at: &mut Location, out: &mut Violations) {
                #null
                OneOfTexts(&[#(#wires),*]).check(value, at, out);
            }
        }

        #implementations
    }
}

/// A text as a code span.
fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.trim().is_empty() {
        return String::new();
    }
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    // CommonMark takes one space off each side of a span that begins or ends with a backtick.
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn any_text_becomes_a_code_span() {
        assert_eq!(code("C#(.NET Core 2.0)"), "`C#(.NET Core 2.0)`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "");
        assert_eq!(code("a\nb"), "`a b`");
    }
}
