//! Where generated files go, and what the crates around them are called.

/// The layout of the workspace that is generated into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Crate names are this, a dash and the part: `functiongraph-types`.
    pub prefix: String,
    /// Folder of the crates, empty or ending in a slash.
    pub crates: String,
    /// Path of the state that every client holds for its hooks; none where the client has no hooks.
    pub client_state: Option<String>,
    /// Path of the module of the client that stands in for the crate `progenitor-client`; none
    /// where the client runs on that crate.
    pub client_runtime: Option<String>,
    /// Whether to make the typed mock of the client.
    pub mock: bool,
    /// File that embeds the document for a service.
    pub embedded_document: Option<String>,
    /// Whether to make the files around the generated ones (manifests, `lib.rs`), where they are
    /// missing.
    pub scaffold: bool,
    /// The file that records what was generated from what.
    pub manifest: String,
}

impl Layout {
    /// This project's own layout.
    pub fn project() -> Self {
        Self {
            prefix: "functiongraph".to_owned(),
            crates: "crates/".to_owned(),
            client_state: Some("crate::session::Session".to_owned()),
            client_runtime: Some("crate::runtime".to_owned()),
            mock: true,
            embedded_document: Some("crates/service/src/generated/mod.rs".to_owned()),
            scaffold: false,
            manifest: "openapi/generated.json".to_owned(),
        }
    }

    /// A workspace of its own, with types, client and server, for any document.
    pub fn workspace(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            crates: String::new(),
            client_state: None,
            client_runtime: None,
            mock: false,
            embedded_document: None,
            scaffold: true,
            manifest: "generated.json".to_owned(),
        }
    }

    /// Name of the crate of a part, as in a manifest.
    pub(crate) fn package(&self, part: &str) -> String {
        format!("{}-{part}", self.prefix)
    }

    /// Name of the crate of a part, as in Rust.
    pub(crate) fn crate_name(&self, part: &str) -> String {
        self.package(part).replace('-', "_")
    }

    /// Folder of the generated files of a part, ending in a slash.
    pub(crate) fn generated(&self, part: &str) -> String {
        format!("{}{part}/src/generated/", self.crates)
    }
}
