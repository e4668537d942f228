//! Finding one's way in what progenitor has written, and putting documentation on it.

use proc_macro2::TokenStream;
use syn::parse::Parser as _;
use syn::{Attribute, ImplItem, ImplItemFn, ItemImpl, Type};

/// Puts documentation in place of an item's own.
pub(super) fn describe(
    attributes: &mut Vec<Attribute>,
    documentation: TokenStream,
) -> Result<(), syn::Error> {
    let documentation = Attribute::parse_outer.parse2(documentation)?;
    attributes.retain(|attribute| !attribute.path().is_ident("doc"));
    attributes.splice(0..0, documentation);
    Ok(())
}

/// The name of the type that an implementation is for.
pub(super) fn implemented(item: &ItemImpl) -> Option<String> {
    match &*item.self_ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

/// The methods of an implementation.
pub(super) fn methods(item: &mut ItemImpl) -> impl Iterator<Item = &mut ImplItemFn> {
    item.items.iter_mut().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    })
}
