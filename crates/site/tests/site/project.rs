//! The project's own texts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use functiongraph_contract::Document;
use functiongraph_site::{Edition, Input, Overlay, Sources, build};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) struct Project {
    pub(crate) document: Document,
    pub(crate) chinese: Overlay,
    pub(crate) sources: Sources,
    pub(crate) changelog: String,
}

impl Project {
    pub(crate) fn load() -> Self {
        Self {
            document: Document::load(&root().join("openapi/functiongraph.yaml")).unwrap(),
            chinese: Overlay::parse("zh-CN.yaml", &read("openapi/overlays/zh-CN.yaml")).unwrap(),
            sources: Sources::parse(&read("openapi/README.md")),
            changelog: read("CHANGELOG.md"),
        }
    }

    pub(crate) fn input(&self) -> Input<'_> {
        Input {
            document: &self.document,
            chinese: &self.chinese,
            sources: &self.sources,
            changelog: &self.changelog,
        }
    }

    pub(crate) fn pages(&self, edition: Edition) -> BTreeMap<String, String> {
        build(&self.input(), edition).unwrap()
    }
}
