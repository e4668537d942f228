//! Path templates.

use std::collections::{HashMap, HashSet};

use crate::Pointer;
use crate::diagnostic::quote;
use crate::lint::Lint;
use crate::rule::Rule;

impl Lint<'_> {
    pub(super) fn paths(&mut self) {
        let document = self.document;
        let at = Pointer::root().join("paths");
        let mut shapes: HashMap<String, &str> = HashMap::new();
        let mut seen = HashSet::new();
        // All paths, also those without an operation.
        let paths = document
            .value()
            .get("paths")
            .and_then(|paths| paths.as_object());
        for path in paths.into_iter().flat_map(|paths| paths.keys()) {
            if path.starts_with("x-") || !seen.insert(path) {
                continue;
            }
            let at = at.join(path);
            if let Some((reason, remedy)) = malformed(path) {
                self.report_key(Rule::PathTemplate, &at, reason, remedy);
                continue;
            }
            match shapes.get(&shape(path)) {
                Some(other) => self.report_key(
                    Rule::DuplicatePath,
                    &at,
                    format!(
                        "this path and {} differ in the names of variables alone",
                        quote(other)
                    ),
                    "put the operations of both under one of them",
                ),
                None => {
                    shapes.insert(shape(path), path);
                }
            }
        }
    }
}

/// The variables of a path template, in order.
pub(super) fn variables(path: &str) -> Vec<&str> {
    path.split('/').filter_map(variable).collect()
}

/// The variable that a segment consists of.
fn variable(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The template without the names of its variables.
fn shape(path: &str) -> String {
    let segments: Vec<_> = path
        .split('/')
        .map(|segment| variable(segment).map_or(segment, |_| "{}"))
        .collect();
    segments.join("/")
}

/// What is wrong with a template, and the remedy.
fn malformed(path: &str) -> Option<(String, String)> {
    let problem = |reason: &str, remedy: &str| Some((reason.to_owned(), remedy.to_owned()));
    if path.is_empty() {
        return problem("the path is empty", "write `/` for the root");
    }
    let Some(rest) = path.strip_prefix('/') else {
        return problem("a path begins with a slash", "put a `/` before it");
    };
    if rest.contains("//") || rest.starts_with('/') {
        return problem(
            "the path has two slashes in a row, of which clients would send one",
            "remove one of them",
        );
    }
    let mut names = HashSet::new();
    for segment in rest.split('/') {
        match variable(segment) {
            Some(name) => {
                if name.is_empty() || name.contains(['{', '}']) {
                    return problem(
                        "the path has a variable without a proper name",
                        "name it, such as `{id}`",
                    );
                }
                if !names.insert(name) {
                    return Some((
                        format!("the variable {} stands in the path twice", quote(name)),
                        "give each its own name".to_owned(),
                    ));
                }
            }
            None if segment.contains(['{', '}']) => {
                return Some((
                    format!(
                        "a variable has to be a whole segment, and {} is not",
                        quote(segment)
                    ),
                    "put slashes around it, as in `/{id}/`".to_owned(),
                ));
            }
            None => {
                let odd = segment
                    .chars()
                    .find(|c| !(c.is_ascii_alphanumeric() || "-._~:@,;=&!'%".contains(*c)));
                if let Some(odd) = odd {
                    return Some((
                        format!("`{odd}` cannot stand in a path"),
                        match odd {
                            '?' | '#' => "describe queries as parameters".to_owned(),
                            _ => "percent-encode it, or choose another path".to_owned(),
                        },
                    ));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn takes_plain_templates() {
        for path in ["/", "/pets", "/pets/{id}", "/v2/{a}/x:y/{b}/", "/a.b-c_d~e"] {
            assert_eq!(malformed(path), None, "{path}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for path in [
            "", "pets", "//", "/a//b", "/{}", "/{a}/{a}", "/{a}{b}", "/x{a}", "/{a", "/a}", "/a?b",
            "/a b", "/(a)", "/ä", "/{{a}}", "/a*",
        ] {
            assert!(malformed(path).is_some(), "{path}");
        }
    }

    #[test]
    fn shapes_forget_names() {
        assert_eq!(shape("/a/{b}/c"), shape("/a/{x}/c"));
        assert_ne!(shape("/a/{b}"), shape("/a/b"));
        assert_eq!(variables("/a/{b}/{c}"), ["b", "c"]);
    }
}
