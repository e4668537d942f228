//! How paths and queries are written before they are signed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// What is not one of RFC 3986's unreserved characters, which alone stay as they are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A raw path in canonical form. A `%` that begins no escape stands for itself, and bytes that are
/// not UTF-8 stay the bytes they are. A decoded `/` divides segments like any other.
pub(crate) fn path(raw: &str) -> String {
    let decoded: Vec<u8> = percent_decode(raw.as_bytes()).collect();
    let mut text = String::with_capacity(raw.len() + 16);
    for (index, segment) in decoded.split(|byte| *byte == b'/').enumerate() {
        if index > 0 {
            text.push('/');
        }
        text.extend(percent_encode(segment, RESERVED));
    }
    if !text.ends_with('/') {
        text.push('/');
    }
    text
}

/// A raw query in canonical form.
pub(crate) fn query(raw: &str) -> String {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = raw
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (form_decode(name), form_decode(value))
        })
        .collect();
    pairs.sort();
    let mut text = String::with_capacity(raw.len() + 16);
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.extend(percent_encode(name, RESERVED));
        text.push('=');
        text.extend(percent_encode(value, RESERVED));
    }
    text
}

/// Decodes one part of a query, in which `+` is a space.
fn form_decode(part: &str) -> Vec<u8> {
    let spaced: Vec<u8> = part
        .bytes()
        .map(|byte| if byte == b'+' { b' ' } else { byte })
        .collect();
    percent_decode(&spaced).collect()
}
