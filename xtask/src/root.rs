//! Where the project is.

use std::path::{Path, PathBuf};

/// The document that everything is generated from, below the root.
pub(crate) const DOCUMENT: &str = "openapi/functiongraph.yaml";

/// The project's folder: the one above this package where cargo runs the command, else the
/// nearest folder from here upwards that holds the document.
pub(crate) fn find() -> Option<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR");
    let above = package
        .as_deref()
        .and_then(|package| Path::new(package).parent());
    if let Some(root) = above.filter(|root| root.join("Cargo.toml").is_file()) {
        return Some(root.to_owned());
    }
    let here = std::env::current_dir().ok()?;
    here.ancestors()
        .find(|folder| folder.join(DOCUMENT).is_file())
        .map(Path::to_owned)
}
