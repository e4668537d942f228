//! The files around the generated ones, for a workspace that starts from nothing.

use std::collections::BTreeMap;

use crate::ir::Api;
use crate::layout::Layout;

/// Dependencies of the generated code and the versions that it is written for. A test holds them
/// against this project's own manifests.
pub const DEPENDENCIES: &[(&str, &str, &[Dependency])] = &[
    (
        "types",
        "Data types",
        &[
            Dependency::plain("regex", "1"),
            Dependency::with(
                "schemars",
                "1.2",
                "default-features = false, features = [\"derive\", \"std\"], optional = true",
            ),
            Dependency::with("serde", "1", "features = [\"derive\"]"),
            Dependency::with("serde_json", "1", "features = [\"preserve_order\"]"),
            Dependency::plain("thiserror", "2"),
            Dependency::with(
                "utoipa",
                "6",
                "default-features = false, features = [\"macros\"], optional = true",
            ),
        ],
    ),
    (
        "client",
        "Client",
        &[
            Dependency::plain("bytes", "1.9"),
            Dependency::plain("futures-core", "0.3"),
            Dependency::plain("progenitor-client", "=0.15.1"),
            Dependency::with(
                "reqwest",
                "0.13",
                "default-features = false, features = [\"json\", \"query\", \"stream\"]",
            ),
            Dependency::with("serde", "1", "features = [\"derive\"]"),
            Dependency::plain("serde_json", "1"),
        ],
    ),
    (
        "server",
        "Server stubs",
        &[
            Dependency::with(
                "axum",
                "0.8",
                "default-features = false, features = [\"http1\", \"tokio\", \"matched-path\", \"original-uri\"]",
            ),
            Dependency::plain("bytes", "1.9"),
            Dependency::plain("futures", "0.3"),
            Dependency::plain("http-body-util", "0.1"),
            Dependency::plain("percent-encoding", "2"),
            Dependency::with("serde", "1", "features = [\"derive\"]"),
            Dependency::plain("serde_json", "1"),
            Dependency::plain("thiserror", "2"),
            Dependency::with(
                "utoipa",
                "6",
                "default-features = false, features = [\"macros\"]",
            ),
        ],
    ),
];

/// A dependency of generated code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Name of the package.
    pub name: &'static str,
    /// Version requirement.
    pub version: &'static str,
    /// The rest of its inline table, empty when there is none.
    pub options: &'static str,
}

impl Dependency {
    const fn plain(name: &'static str, version: &'static str) -> Self {
        Self {
            name,
            version,
            options: "",
        }
    }

    const fn with(name: &'static str, version: &'static str, options: &'static str) -> Self {
        Self {
            name,
            version,
            options,
        }
    }

    fn line(self) -> String {
        if self.options.is_empty() {
            format!("{} = \"{}\"\n", self.name, self.version)
        } else {
            format!(
                "{} = {{ version = \"{}\", {} }}\n",
                self.name, self.version, self.options
            )
        }
    }
}

/// The manifests and `lib.rs` files.
pub(crate) fn files(api: &Api, layout: &Layout) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let members: Vec<String> = DEPENDENCIES
        .iter()
        .map(|(part, ..)| format!("\"{}{part}\"", layout.crates))
        .collect();
    files.insert(
        "Cargo.toml".to_owned(),
        format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
            members.join(", ")
        ),
    );
    let title = one_line(&api.title);
    for (part, what, dependencies) in DEPENDENCIES {
        let mut manifest = format!(
            "[package]\nname = \"{}\"\ndescription = {:?}\nversion = \"0.1.0\"\nedition = \"2024\"\nrust-version = \"1.88\"\n",
            layout.package(part),
            format!("{what} of {title}"),
        );
        if *part == "types" {
            manifest.push_str("\n[features]\n## JSON Schemas of every type: schemars and utoipa.\nschema = [\"dep:schemars\", \"dep:utoipa\"]\n");
        }
        manifest.push_str("\n[dependencies]\n");
        if *part != "types" {
            let features = if *part == "server" {
                ", features = [\"schema\"]"
            } else {
                ""
            };
            manifest.push_str(&format!(
                "{} = {{ path = \"../types\"{features} }}\n",
                layout.package("types")
            ));
        }
        for dependency in *dependencies {
            manifest.push_str(&dependency.line());
        }
        files.insert(format!("{}{part}/Cargo.toml", layout.crates), manifest);
        files.insert(
            format!("{}{part}/src/lib.rs", layout.crates),
            format!("//! {what} of {title}.\n\n#[rustfmt::skip]\nmod generated;\n\npub use generated::*;\n"),
        );
    }
    files
}

/// A title as it can stand in a comment and a string.
fn one_line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(['[', ']', '<', '>'], "")
}
