//! Versions as the service sent them. What was decoded has a default for what is missing, and no
//! place for a null.

use functiongraph_client::Response;
use functiongraph_client::types::{FunctionVersion, FunctionVersionPage};
use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;

/// The versions of a page, in its order.
#[derive(Default, Deserialize)]
struct Page {
    versions: Option<Vec<Value>>,
}

/// The version that a publication was answered with.
pub(super) fn of_publication(published: &Response<FunctionVersion>) -> Result<Value, Failure> {
    let body: Value = serde_json::from_slice(published.raw_body()).map_err(unreadable)?;
    if is(&body, published) {
        return Ok(body);
    }
    // What an earlier attempt has published was found in the list.
    let page = Page::deserialize(body).unwrap_or_default();
    let listed = page.versions.into_iter().flatten();
    match listed.into_iter().find(|version| is(version, published)) {
        Some(version) => Ok(version),
        None => serde_json::to_value(&**published).map_err(unreadable),
    }
}

/// Whether a JSON value is what a version was decoded from.
fn is(value: &Value, version: &FunctionVersion) -> bool {
    FunctionVersion::deserialize(value).is_ok_and(|decoded| decoded == *version)
}

/// The versions of a page. An item that is null is none, as for the client.
pub(super) fn of_page(page: &Response<FunctionVersionPage>) -> Result<Vec<Value>, Failure> {
    let page: Page = serde_json::from_slice(page.raw_body()).map_err(unreadable)?;
    let mut versions = page.versions.unwrap_or_default();
    versions.retain(|version| !version.is_null());
    Ok(versions)
}

fn unreadable(error: serde_json::Error) -> Failure {
    Failure::Answer(format!("the answer cannot be read: {error}"))
}
