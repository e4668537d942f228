//! The public surface of generated code: what a change of it can break, and nothing else.
//!
//! It is read from text, not from a build, so that the surface of code that was generated in memory
//! can be held against the surface of the code that is committed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Block, Expr, Fields, FieldsNamed, FieldsUnnamed, FnArg, Generics, ImplItem, Item,
    ItemEnum, ItemImpl, ItemStruct, ItemTrait, Pat, Signature, TraitItem, Type, Visibility,
    parse_quote,
};

/// The crates with a surface, as their folders below `crates/` are called.
pub const CRATES: [&str; 4] = ["types", "client", "client-mock", "server"];

/// Text that is not Rust.
#[derive(Debug, thiserror::Error)]
#[error("{path} is not Rust: {reason}; generate it again, or mend what generates it")]
pub struct NotRust {
    /// The file.
    pub path: String,
    /// What is wrong, as the parser says it.
    pub reason: String,
}

/// What one file of a crate shows to the crate's users, as Rust without bodies and documentation.
pub type Surface = BTreeMap<String, String>;

/// The surfaces of a crate's generated files, by their names below `src/generated/`.
///
/// Of each file there is every public item: types with their public fields, what serde does to
/// them and the text of enumeration values, traits, implementations, signatures. A `_` stands for
/// what is private, and for the values of constants. Files that show nothing are left out.
///
/// # Errors
///
/// A file that does not parse.
pub fn of_crate(files: &BTreeMap<String, String>, name: &str) -> Result<Surface, NotRust> {
    let folder = format!("crates/{name}/src/generated/");
    let mut surface = Surface::new();
    for (path, text) in files {
        if let Some(below) = path
            .strip_prefix(&folder)
            .filter(|below| below.ends_with(".rs"))
        {
            let text = of_file(path, text)?;
            if !text.trim().is_empty() {
                surface.insert(below.to_owned(), text);
            }
        }
    }
    Ok(surface)
}

/// The files of a surface one after the other, each under its name.
#[must_use]
pub fn text(surface: &Surface) -> String {
    let parts: Vec<_> = surface
        .iter()
        .map(|(name, text)| format!("{HEADING}{name}\n\n{}\n", text.trim_end()))
        .collect();
    parts.join("\n")
}

const HEADING: &str = "// === ";

/// The opposite of [`text`].
#[must_use]
pub fn parts(text: &str) -> Surface {
    let mut surface = Surface::new();
    let mut name = None;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix(HEADING) {
            name = Some(heading.to_owned());
        } else if let Some(name) = &name {
            let part: &mut String = surface.entry(name.clone()).or_default();
            part.push_str(line);
            part.push('\n');
        }
    }
    for part in surface.values_mut() {
        *part = format!("{}\n", part.trim());
    }
    surface
}

/// The surfaces of texts that were seen before: of many documents that differ in one place, most
/// generated files are the same.
static SEEN: LazyLock<Mutex<HashMap<[u8; 32], String>>> = LazyLock::new(Mutex::default);

/// The surface of one file.
///
/// # Errors
///
/// Text that does not parse.
pub fn of_file(path: &str, text: &str) -> Result<String, NotRust> {
    let digest: [u8; 32] = Sha256::digest(text).into();
    let seen = || SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(surface) = seen().get(&digest) {
        return Ok(surface.clone());
    }
    let surface = parsed(path, text)?;
    seen().insert(digest, surface.clone());
    Ok(surface)
}

fn parsed(path: &str, text: &str) -> Result<String, NotRust> {
    // A check-out may have other line ends; they would show inside of literals.
    let text = text.replace("\r\n", "\n");
    let mut file = syn::parse_file(&text).map_err(|error| NotRust {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    file.attrs.clear();
    file.items = public(file.items);
    Ok(shown(&prettyplease::unparse(&file)))
}

/// What stands for a body that is left out, and for the body of a method that has a default.
const BODY: &str = "left_out!()";
const DEFAULT: &str = "with_default!()";

/// The text with the bodies as a reader expects them.
fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let body = lines.peek().map(|next| next.trim().trim_end_matches(';'));
        let sign = match body {
            Some(BODY) => ";",
            Some(DEFAULT) => " { .. }",
            _ => {
                out.push_str(line);
                out.push('\n');
                continue;
            }
        };
        // The head ends in the brace that opens the body, on the same line or on one of its own.
        let head = line.trim_end().trim_end_matches('{').trim_end();
        if head.trim().is_empty() {
            let before = out.trim_end().trim_end_matches(',').len();
            out.truncate(before);
        } else {
            out.push_str(head);
        }
        out.push_str(sign);
        out.push('\n');
        // The body and the brace that closes it.
        lines.next();
        lines.next();
    }
    out
}

/// The public items, without what a user does not see.
fn public(items: Vec<Item>) -> Vec<Item> {
    let private: BTreeSet<String> = items.iter().filter_map(private_type).collect();
    let values = texts(&items);
    let mut kept = Vec::new();
    for item in items {
        match item {
            Item::Struct(mut item) if is_public(&item.vis) => {
                structure(&mut item);
                kept.push(Item::Struct(item));
            }
            Item::Enum(mut item) if is_public(&item.vis) => {
                enumeration(&mut item, &values);
                kept.push(Item::Enum(item));
            }
            Item::Trait(mut item) if is_public(&item.vis) => {
                definition(&mut item);
                kept.push(Item::Trait(item));
            }
            Item::Impl(item) => kept.extend(implementation(item, &private).map(Item::Impl)),
            Item::Fn(mut item) if is_public(&item.vis) => {
                tell(&mut item.attrs);
                signature(&mut item.sig);
                *item.block = body(BODY);
                kept.push(Item::Fn(item));
            }
            Item::Type(mut item) if is_public(&item.vis) => {
                tell(&mut item.attrs);
                kept.push(Item::Type(item));
            }
            Item::Const(mut item) if is_public(&item.vis) => {
                tell(&mut item.attrs);
                *item.expr = hidden();
                kept.push(Item::Const(item));
            }
            Item::Static(mut item) if is_public(&item.vis) => {
                tell(&mut item.attrs);
                *item.expr = hidden();
                kept.push(Item::Static(item));
            }
            Item::Use(mut item) if is_public(&item.vis) => {
                tell(&mut item.attrs);
                kept.push(Item::Use(item));
            }
            Item::Mod(mut item) if is_public(&item.vis) => {
                tell(&mut item.attrs);
                if let Some((_, items)) = &mut item.content {
                    *items = public(std::mem::take(items));
                }
                kept.push(Item::Mod(item));
            }
            _ => {}
        }
    }
    kept
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The name of a type that the file keeps to itself.
fn private_type(item: &Item) -> Option<String> {
    match item {
        Item::Struct(item) if !is_public(&item.vis) => Some(item.ident.to_string()),
        Item::Enum(item) if !is_public(&item.vis) => Some(item.ident.to_string()),
        Item::Trait(item) if !is_public(&item.vis) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// The texts of the values of open enumerations, by type and variant: they stand in `as_str`.
fn texts(items: &[Item]) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    let methods = items.iter().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item),
        _ => None,
    });
    for item in methods {
        let Some(name) = last_segment(&item.self_ty) else {
            continue;
        };
        for method in &item.items {
            let ImplItem::Fn(method) = method else {
                continue;
            };
            if method.sig.ident != "as_str" {
                continue;
            }
            let arms = method
                .block
                .stmts
                .iter()
                .filter_map(|statement| match statement {
                    syn::Stmt::Expr(Expr::Match(found), None) => Some(&found.arms),
                    _ => None,
                });
            for arm in arms.flatten() {
                if let (Pat::Path(variant), Expr::Lit(value)) = (&arm.pat, &*arm.body)
                    && let (Some(variant), syn::Lit::Str(value)) =
                        (variant.path.segments.last(), &value.lit)
                {
                    found.insert((name.clone(), variant.ident.to_string()), value.value());
                }
            }
        }
    }
    found
}

fn last_segment(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        Type::Reference(reference) => last_segment(&reference.elem),
        _ => None,
    }
}

fn structure(item: &mut ItemStruct) {
    tell(&mut item.attrs);
    fields(&mut item.fields);
}

/// Keeps public fields; one `_` stands for all others.
fn fields(of: &mut Fields) {
    match of {
        Fields::Named(FieldsNamed { named, .. }) => {
            let all = std::mem::take(named);
            let count = all.len();
            let mut kept: Punctuated<_, _> = all
                .into_iter()
                .filter(|field| is_public(&field.vis))
                .collect();
            kept.iter_mut().for_each(|field| tell(&mut field.attrs));
            if kept.len() < count {
                let hidden: FieldsNamed = parse_quote!({ _: _ });
                kept.extend(hidden.named);
            }
            *named = kept;
        }
        Fields::Unnamed(FieldsUnnamed { unnamed, .. }) => {
            for field in unnamed.iter_mut() {
                tell(&mut field.attrs);
                if !is_public(&field.vis) {
                    field.attrs.clear();
                    field.vis = Visibility::Inherited;
                    field.ty = parse_quote!(_);
                }
            }
        }
        Fields::Unit => {}
    }
}

fn enumeration(item: &mut ItemEnum, values: &BTreeMap<(String, String), String>) {
    tell(&mut item.attrs);
    for variant in &mut item.variants {
        tell(&mut variant.attrs);
        let key = (item.ident.to_string(), variant.ident.to_string());
        if let Some(value) = values.get(&key) {
            variant.attrs.push(parse_quote!(#[json = #value]));
        }
        if let Fields::Named(fields) = &mut variant.fields {
            fields
                .named
                .iter_mut()
                .for_each(|field| tell(&mut field.attrs));
        }
        if let Fields::Unnamed(fields) = &mut variant.fields {
            fields
                .unnamed
                .iter_mut()
                .for_each(|field| tell(&mut field.attrs));
        }
    }
}

fn definition(item: &mut ItemTrait) {
    tell(&mut item.attrs);
    for member in &mut item.items {
        match member {
            TraitItem::Fn(method) => {
                tell(&mut method.attrs);
                signature(&mut method.sig);
                if method.default.is_some() {
                    method.default = Some(body(DEFAULT));
                    method.semi_token = None;
                }
            }
            TraitItem::Type(member) => tell(&mut member.attrs),
            TraitItem::Const(member) => {
                tell(&mut member.attrs);
                if let Some((_, value)) = &mut member.default {
                    *value = hidden();
                }
            }
            _ => {}
        }
    }
}

/// An implementation as it is seen from outside; `None` where nothing of it is.
fn implementation(mut item: ItemImpl, private: &BTreeSet<String>) -> Option<ItemImpl> {
    let of = last_segment(&item.self_ty);
    if of.is_some_and(|name| private.contains(&name)) {
        return None;
    }
    tell(&mut item.attrs);
    let members = std::mem::take(&mut item.items);
    if let Some((path, _)) = &item.trait_ {
        let name = path
            .segments
            .last()
            .map(|segment| segment.ident.to_string());
        if name.is_some_and(|name| private.contains(&name)) {
            return None;
        }
        // What its methods are, the trait says.
        item.items = members
            .into_iter()
            .filter_map(|member| match member {
                ImplItem::Type(mut member) => {
                    tell(&mut member.attrs);
                    Some(ImplItem::Type(member))
                }
                _ => None,
            })
            .collect();
        return Some(item);
    }
    for member in members {
        match member {
            ImplItem::Fn(mut method) if is_public(&method.vis) => {
                tell(&mut method.attrs);
                signature(&mut method.sig);
                method.block = body(BODY);
                item.items.push(ImplItem::Fn(method));
            }
            ImplItem::Const(mut member) if is_public(&member.vis) => {
                tell(&mut member.attrs);
                member.expr = hidden();
                item.items.push(ImplItem::Const(member));
            }
            ImplItem::Type(mut member) if is_public(&member.vis) => {
                tell(&mut member.attrs);
                item.items.push(ImplItem::Type(member));
            }
            _ => {}
        }
    }
    (!item.items.is_empty()).then_some(item)
}

/// Keeps the attributes that say something to a user.
fn tell(attributes: &mut Vec<Attribute>) {
    const KEPT: [&str; 8] = [
        "cfg",
        "default",
        "deprecated",
        "derive",
        "must_use",
        "non_exhaustive",
        "repr",
        "serde",
    ];
    attributes.retain(|attribute| {
        attribute
            .path()
            .get_ident()
            .is_some_and(|name| KEPT.contains(&name.to_string().as_str()))
    });
}

/// Takes away what only the body sees: whether an argument is changed in it, and how it is taken
/// apart.
fn signature(of: &mut Signature) {
    plain(&mut of.generics);
    for argument in &mut of.inputs {
        match argument {
            FnArg::Receiver(receiver) => {
                receiver.attrs.clear();
                receiver.mutability = None;
            }
            FnArg::Typed(argument) => {
                argument.attrs.clear();
                match &mut *argument.pat {
                    Pat::Ident(name) => {
                        name.mutability = None;
                        name.by_ref = None;
                    }
                    other => *other = parse_quote!(_),
                }
            }
        }
    }
}

fn plain(generics: &mut Generics) {
    for parameter in &mut generics.params {
        match parameter {
            syn::GenericParam::Type(parameter) => parameter.attrs.clear(),
            syn::GenericParam::Lifetime(parameter) => parameter.attrs.clear(),
            syn::GenericParam::Const(parameter) => parameter.attrs.clear(),
        }
    }
}

/// A body that [`shown`] takes out again.
fn body(sign: &str) -> Block {
    if sign == DEFAULT {
        parse_quote!({ with_default!() })
    } else {
        parse_quote!({ left_out!() })
    }
}

fn hidden() -> Expr {
    parse_quote!(_)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const CODE: &str = r##"//! A module.
#![allow(missing_docs)]
use std::fmt;
pub use other::Thing;
mod hidden;
pub mod open {
    pub fn inside() {}
    fn not() {}
}
static RULES: u8 = 1;
/// A struct.
#[derive(Clone, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Shown {
    /// A field.
    #[serde(rename = "a-b")]
    #[cfg_attr(feature = "schema", schema(max_length = 3))]
    pub a_b: Option<String>,
    secret: u8,
    pub(crate) half: u8,
}
pub struct Wrapped(String);
struct Own;
impl Clone for Own { fn clone(&self) -> Self { Own } }
#[non_exhaustive]
pub enum Kind { V1, Unknown(String) }
impl Kind {
    pub const ALL: &'static [Self] = &[Self::V1];
    pub fn as_str(&self) -> &str { match self { Self::V1 => "v1", Self::Unknown(value) => value } }
    fn own(&self) {}
}
impl TryFrom<String> for Kind {
    type Error = fmt::Error;
    fn try_from(value: String) -> Result<Self, fmt::Error> { Err(fmt::Error) }
}
impl Shown {
    pub async fn send<V>(mut self, mut value: V, (a, b): (u8, u8)) -> Result<u8, Error<u8>>
    where
        V: TryInto<u8>,
    {
        Ok(1)
    }
    fn own(&self) {}
}
impl Wrapped { fn own(&self) {} }
pub trait Work<I>: Send + 'static {
    type Out;
    fn done(&self, mut caller: I) -> u8;
    fn lacking(&self, caller: I) -> u8 { 1 }
}
"##;

    #[test]
    fn what_is_private_is_not_shown() {
        let surface = of_file("a.rs", CODE).unwrap();
        assert_eq!(
            surface,
            r##"pub use other::Thing;
pub mod open {
    pub fn inside();
}
#[derive(Clone, serde::Serialize)]
pub struct Shown {
    #[serde(rename = "a-b")]
    pub a_b: Option<String>,
    _: _,
}
pub struct Wrapped(_);
#[non_exhaustive]
pub enum Kind {
    #[json = "v1"]
    V1,
    Unknown(String),
}
impl Kind {
    pub const ALL: &'static [Self] = _;
    pub fn as_str(&self) -> &str;
}
impl TryFrom<String> for Kind {
    type Error = fmt::Error;
}
impl Shown {
    pub async fn send<V>(self, value: V, _: (u8, u8)) -> Result<u8, Error<u8>>
    where
        V: TryInto<u8>;
}
pub trait Work<I>: Send + 'static {
    type Out;
    fn done(&self, caller: I) -> u8;
    fn lacking(&self, caller: I) -> u8 { .. }
}
"##
        );
    }

    #[test]
    fn parts_are_found_again() {
        let mut files = BTreeMap::new();
        files.insert(
            "crates/types/src/generated/a.rs".to_owned(),
            CODE.to_owned(),
        );
        files.insert(
            "crates/types/src/generated/b.rs".to_owned(),
            "pub struct B;".to_owned(),
        );
        files.insert(
            "crates/types/src/generated/c.rs".to_owned(),
            "struct C;".to_owned(),
        );
        files.insert(
            "crates/client/src/generated/d.rs".to_owned(),
            "pub struct D;".to_owned(),
        );
        let surface = of_crate(&files, "types").unwrap();
        assert_eq!(surface.keys().collect::<Vec<_>>(), ["a.rs", "b.rs"]);
        assert_eq!(parts(&text(&surface)), surface);
    }

    #[test]
    fn what_is_no_rust_is_named() {
        let error = of_file("a.rs", "<<<<<<< ours\n").unwrap_err();
        assert!(error.to_string().starts_with("a.rs is not Rust: "));
    }
}
