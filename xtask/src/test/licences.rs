//! The step `licences`: where dependencies come from and what their licences ask.
//!
//! Judged from `cargo metadata` over every platform, without a network: an expression must be
//! satisfiable from [`ALLOWED`], a source must be crates.io or this workspace. Both lists hold
//! only what is needed, each entry with its reason.

use std::collections::BTreeSet;

use cargo_metadata::{Metadata, MetadataCommand};
use spdx::{Expression, ParseMode};

use super::{Context, StepError, Tally};
use crate::process::Process;

/// Licences that a dependency may have, and why.
const ALLOWED: [(&str, &str); 9] = [
    ("MIT", "permissive; one of this project's own"),
    ("Apache-2.0", "permissive; one of this project's own"),
    ("BSD-3-Clause", "permissive: keep the notice"),
    (
        "CDLA-Permissive-2.0",
        "permissive, for data: the root certificates that rustls falls back to",
    ),
    ("ISC", "permissive: keep the notice; ring and rustls"),
    ("MIT-0", "permissive, without conditions; tests only"),
    (
        "MPL-2.0",
        "copyleft of the file alone, and none is altered: progenitor",
    ),
    ("Unicode-3.0", "permissive: Unicode's data tables"),
    ("Zlib", "permissive: keep the notice"),
];

/// Packages that may not come in by any way, and why.
const REFUSED: [(&str, &str); 4] = [
    (
        "aws-lc-sys",
        "needs a C toolchain and CMake; ring serves rustls as well",
    ),
    (
        "native-tls",
        "links the platform's TLS library; TLS is rustls everywhere",
    ),
    ("openssl-sys", "links OpenSSL; TLS is rustls everywhere"),
    (
        "serde_yaml",
        "unmaintained, and gives no positions; YAML is read by saphyr-parser",
    ),
];

/// What is judged about a package.
#[derive(Clone, Debug)]
struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    source: Source,
    /// Its dependencies that ask for any version whatever.
    wildcards: Vec<String>,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Workspace,
    CratesIo,
    /// A folder outside the workspace, a git repository, another registry.
    Other(String),
}

/// The step.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let packages: Vec<Package> = packages(&metadata(context)?);
    Ok(Tally::of_findings(judge(&packages, &ALLOWED, &REFUSED)))
}

/// `cargo metadata` over all platforms: from what is on this machine, else after fetching what
/// only other platforms need.
pub(super) fn metadata(context: &Context) -> Result<Metadata, StepError> {
    let process = Process::cargo().dir(&context.root).args([
        "metadata",
        "--format-version",
        "1",
        "--all-features",
        "--locked",
    ]);
    let text = match process.clone().arg("--offline").read() {
        Ok(text) => text,
        Err(_) => process.read()?,
    };
    MetadataCommand::parse(text).map_err(|error| StepError::Output {
        line: process.line(),
        reason: error.to_string(),
    })
}

fn packages(metadata: &Metadata) -> Vec<Package> {
    metadata
        .packages
        .iter()
        .map(|package| {
            let member = metadata.workspace_members.contains(&package.id);
            Package {
                name: package.name.to_string(),
                version: package.version.to_string(),
                licence: package.license.clone(),
                source: match &package.source {
                    None if member => Source::Workspace,
                    None => Source::Other(package.manifest_path.to_string()),
                    Some(source) if source.is_crates_io() => Source::CratesIo,
                    Some(source) => Source::Other(source.to_string()),
                },
                wildcards: package
                    .dependencies
                    .iter()
                    .filter(|dependency| {
                        dependency.path.is_none()
                            && dependency.req == cargo_metadata::semver::VersionReq::STAR
                    })
                    .map(|dependency| dependency.name.clone())
                    .collect(),
            }
        })
        .collect()
}

/// Everything that is wrong, in the order of the packages' names.
fn judge(packages: &[Package], allowed: &[(&str, &str)], refused: &[(&str, &str)]) -> Vec<String> {
    let mut packages: Vec<&Package> = packages.iter().collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    let licences: BTreeSet<&str> = packages
        .iter()
        .filter_map(|package| package.licence.as_deref())
        .collect();
    let mut findings = Vec::new();
    for package in packages {
        let Package { name, version, .. } = package;
        if let Source::Other(source) = &package.source {
            findings.push(format!(
                "{name} {version} comes from {source}: only crates.io and this workspace are allowed"
            ));
        }
        if let Some((_, reason)) = refused.iter().find(|(refused, _)| refused == name) {
            findings.push(format!(
                "{name} {version} is refused: {reason}; `cargo tree --invert {name}` shows what brings it"
            ));
        }
        if package.source == Source::Workspace {
            for wildcard in &package.wildcards {
                findings.push(format!(
                    "{name} asks for any version of {wildcard}: give it a version requirement"
                ));
            }
        }
        match &package.licence {
            None => findings.push(format!(
                "{name} {version} states no licence expression: find another crate"
            )),
            Some(text) => {
                if let Err(reason) = licence(text, allowed) {
                    findings.push(format!("{name} {version}: {reason}"));
                }
            }
        }
    }
    for (name, _) in allowed {
        let others: Vec<_> = allowed
            .iter()
            .copied()
            .filter(|(other, _)| other != name)
            .collect();
        let needed = licences
            .iter()
            .any(|text| licence(text, allowed).is_ok() && licence(text, &others).is_err());
        if !needed {
            findings.push(format!(
                "no dependency needs the licence {name} any more: take it off the list in \
                 xtask/src/test/licences.rs"
            ));
        }
    }
    findings
}

/// Whether the allowed licences satisfy an expression, or why not.
fn licence(text: &str, allowed: &[(&str, &str)]) -> Result<(), String> {
    // Old packages write `MIT/Apache-2.0`.
    let expression = Expression::parse_mode(text, ParseMode::LAX)
        .map_err(|error| format!("`{text}` is no licence expression: {}", error.reason))?;
    if expression.evaluate(|required| {
        let required = required.to_string();
        allowed.iter().any(|(name, _)| *name == required)
    }) {
        Ok(())
    } else {
        Err(format!(
            "the licence `{text}` is not allowed: find another crate, or add the licence to the \
             list in xtask/src/test/licences.rs with the reason"
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const LIST: [(&str, &str); 2] = [("MIT", ""), ("Apache-2.0 WITH LLVM-exception", "")];

    fn package(name: &str, licence: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.2.3".to_owned(),
            licence: Some(licence.to_owned()),
            source: Source::CratesIo,
            wildcards: Vec::new(),
        }
    }

    fn findings(packages: &[Package]) -> Vec<String> {
        judge(packages, &[("MIT", "")], &[("bad", "it is bad")])
    }

    #[test]
    fn expressions_are_satisfied_or_not() {
        for (text, expected) in [
            ("MIT", true),
            ("MIT OR GPL-3.0-only", true),
            ("GPL-3.0-only/MIT", true),
            ("MIT AND GPL-3.0-only", false),
            ("(MIT OR Apache-2.0) AND Zlib", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0", false),
            ("GPL-3.0-only", false),
            ("do what you want", false),
            ("", false),
        ] {
            assert_eq!(licence(text, &LIST).is_ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_clean_tree_has_no_finding() {
        assert_eq!(
            findings(&[package("a", "MIT"), package("b", "MIT OR Zlib")]),
            [""; 0]
        );
    }

    #[test]
    fn other_sources_are_refused() {
        let mut git = package("a", "MIT");
        git.source = Source::Other("git+https://example.org/a".to_owned());
        assert_eq!(
            findings(&[git]),
            [
                "a 1.2.3 comes from git+https://example.org/a: only crates.io and this workspace are allowed"
            ]
        );
    }

    #[test]
    fn refused_packages_say_why() {
        let found = findings(&[package("bad", "MIT")]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("bad 1.2.3 is refused: it is bad; `cargo tree --invert bad`"));
    }

    #[test]
    fn wildcards_are_refused_in_the_workspace_alone() {
        let mut member = package("a", "MIT");
        member.wildcards = vec!["x".to_owned()];
        assert_eq!(findings(std::slice::from_ref(&member)), [""; 0]);
        member.source = Source::Workspace;
        assert_eq!(
            findings(&[member]),
            ["a asks for any version of x: give it a version requirement"]
        );
    }

    #[test]
    fn a_missing_licence_is_a_finding() {
        let mut silent = package("b", "MIT");
        silent.licence = None;
        assert_eq!(
            findings(&[package("a", "MIT"), silent]),
            ["b 1.2.3 states no licence expression: find another crate"]
        );
    }

    #[test]
    fn the_list_holds_only_what_is_needed() {
        // An alternative that nothing depends on is not needed.
        let list = [("MIT", ""), ("Zlib", "")];
        let found = judge(
            &[package("a", "MIT"), package("b", "Zlib OR MIT")],
            &list,
            &[],
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("no dependency needs the licence Zlib any more"));
        let found = findings(&[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("no dependency needs the licence MIT any more"));
    }

    #[test]
    fn the_lists_are_sorted_expressions() {
        for (name, _) in ALLOWED {
            assert!(Expression::parse(name).is_ok(), "{name}");
        }
        assert!(REFUSED.is_sorted());
    }
}
