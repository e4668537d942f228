//! Which crates may know which.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use functiongraph_codegen::scaffold::DEPENDENCIES;

use crate::project::root;
use crate::snapshots::accepted;

/// For every crate, the crates of the project that it may use outside its own tests.
const ALLOWED: &[(&str, &[&str])] = &[
    ("functiongraph-contract", &[]),
    ("functiongraph-codegen", &["functiongraph-contract"]),
    ("functiongraph-site", &["functiongraph-contract"]),
    ("functiongraph-types", &[]),
    ("functiongraph-signing", &[]),
    (
        "functiongraph-client",
        &["functiongraph-signing", "functiongraph-types"],
    ),
    ("functiongraph-client-mock", &["functiongraph-types"]),
    ("functiongraph-cli", &["functiongraph-client"]),
    ("functiongraph-server", &["functiongraph-types"]),
    (
        "functiongraph-service",
        &[
            "functiongraph-server",
            "functiongraph-signing",
            "functiongraph-types",
        ],
    ),
    ("functiongraph-bench", &["functiongraph-service"]),
    ("functiongraph-conformance", &["functiongraph-contract"]),
    (
        "functiongraph-tests",
        &[
            "functiongraph-conformance",
            "functiongraph-client",
            "functiongraph-client-mock",
            "functiongraph-codegen",
            "functiongraph-contract",
            "functiongraph-server",
            "functiongraph-service",
            "functiongraph-signing",
            "functiongraph-types",
        ],
    ),
    (
        "minimal-server",
        &["functiongraph-server", "functiongraph-types"],
    ),
    (
        "xtask",
        &[
            "functiongraph-codegen",
            "functiongraph-contract",
            "functiongraph-site",
        ],
    ),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap()
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let allowed = allowed
            .get(name)
            .unwrap_or_else(|| panic!("{name} is new: say in ALLOWED what it may depend on"));
        for dependency in &package.dependencies {
            let own = dependency.name.starts_with("functiongraph-") || dependency.name == "xtask";
            if own && dependency.kind != DependencyKind::Development {
                assert!(
                    allowed.contains(&dependency.name.as_str()),
                    "{name} depends on {}, which points the wrong way",
                    dependency.name
                );
            }
        }
    }
}

#[test]
fn users_never_run_the_generator() {
    for package in metadata().workspace_packages() {
        assert!(
            package
                .targets
                .iter()
                .all(|target| !target.is_custom_build() && !target.is_proc_macro()),
            "{} has a build script or is a macro: what users build is committed text",
            package.name
        );
    }
}

#[test]
fn a_scaffold_asks_for_what_the_project_is_tested_with() {
    let metadata = metadata();
    for (part, _, dependencies) in DEPENDENCIES {
        let name = format!("functiongraph-{part}");
        let package = metadata
            .workspace_packages()
            .into_iter()
            .find(|package| package.name.as_str() == name)
            .unwrap_or_else(|| panic!("no {name}"));
        for dependency in *dependencies {
            let own = package
                .dependencies
                .iter()
                .find(|own| own.name == dependency.name && own.kind == DependencyKind::Normal)
                .unwrap_or_else(|| panic!("{name} has no dependency {}", dependency.name));
            let asked = dependency.version.trim_start_matches('=');
            let tested = own.req.to_string();
            assert_eq!(
                tested.trim_start_matches(['^', '=']),
                asked,
                "{name}: {}",
                dependency.name
            );
        }
    }
}

/// What a crate depends on by itself, as `cargo tree` has it, without versions.
fn tree(arguments: &[&str]) -> Vec<String> {
    let output = std::process::Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--locked", "--package", "functiongraph-client"])
        .args(["--depth", "1", "--edges", "normal", "--prefix", "none"])
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let names = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next());
    names.map(ToOwned::to_owned).collect()
}

#[test]
fn each_dependency_of_the_client_is_accounted_for() {
    let mut all = String::new();
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for arguments in [
        &[][..],
        &["--no-default-features"],
        &["--features", "blocking"],
        &["--target", "wasm32-unknown-unknown"],
    ] {
        let names = tree(arguments);
        assert!(names.len() > 10, "{names:?}");
        for name in &names {
            assert!(
                architecture.contains(&format!("| `{name}` |")),
                "ARCHITECTURE.md does not say what the client needs {name} for"
            );
        }
        let line = [&["cargo tree --depth 1"], arguments].concat().join(" ");
        all.push_str(&format!("{line}\n{}\n\n", names.join("\n")));
    }
    accepted("dependencies-of-the-client", all.trim_end());
}
