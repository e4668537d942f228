//! Which function a path means.

use crate::domain::{FunctionKey, LATEST, Qualifier};

/// The package of a function whose URN names none.
const DEFAULT_PACKAGE: &str = "default";

/// Takes a URN apart, or one of its short forms; `project` is the path's, for forms without one.
/// `None` for anything else.
pub(crate) fn locate(text: &str, project: &str) -> Option<(FunctionKey, Qualifier)> {
    let parts: Vec<&str> = text.split(':').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let (project, package, name, suffix) = match parts[..] {
        ["urn", "fss", _, project, "function", package, name] => (project, package, name, None),
        ["urn", "fss", _, project, "function", package, name, suffix] => {
            (project, package, name, Some(suffix))
        }
        [name] => (project, DEFAULT_PACKAGE, name, None),
        [package, name] => (project, package, name, None),
        [project, package, name] => (project, package, name, None),
        [project, package, name, suffix] => (project, package, name, Some(suffix)),
        _ => return None,
    };
    let qualifier = match suffix {
        None => Qualifier::Function,
        Some(LATEST) => Qualifier::Latest,
        Some(suffix) => match suffix.strip_prefix('!') {
            Some(alias) => Qualifier::Alias(alias.to_owned()),
            None => Qualifier::Version(suffix.to_owned()),
        },
    };
    let key = FunctionKey {
        project: project.to_owned(),
        package: package.to_owned(),
        name: name.to_owned(),
    };
    Some((key, qualifier))
}
