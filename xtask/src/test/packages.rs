//! The step `packages`: each crate that is published has the metadata that a reader of crates.io
//! looks for, ships its README and both licences, and no file that doesn't belong there.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Metadata, Package};

use super::{Context, StepError, Tally, licences};
use crate::process::Process;

/// Files that every package holds.
const NEEDED: [&str; 5] = [
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "src/",
];

/// What a package may hold: files, and folders with a slash at the end.
const KNOWN: [&str; 15] = [
    ".cargo_vcs_info.json",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches/",
    "deploy/",
    "examples/",
    "migrations/",
    "src/",
    "templates/",
    "tests/",
];

/// Endings of files that an editor, a merge or a failed test leaves behind.
const LEFT_BEHIND: [&str; 8] = [
    ".bak",
    ".log",
    ".new",
    ".orig",
    ".pending-snap",
    ".rej",
    ".swp",
    "~",
];

/// The step: one check for each crate that is published.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let metadata = licences::metadata(context)?;
    let published: Vec<&Package> = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| is_published(package))
        .collect();
    let mut tally = Tally::default();
    for package in published {
        let process = Process::cargo()
            .dir(&context.root)
            .args([
                "package",
                "--list",
                "--allow-dirty",
                "--locked",
                "--package",
            ])
            .arg(package.name.as_str());
        let mut findings = metadata_findings(package, &metadata);
        match process.read() {
            Ok(files) => findings.extend(file_findings(files.lines())),
            Err(error) => findings.push(error.to_string()),
        }
        tally.add(Tally::of_findings(
            findings
                .into_iter()
                .map(|finding| format!("{}: {finding}", package.name))
                .collect(),
        ));
    }
    if tally == Tally::default() {
        return Ok(Tally::failed(
            "no crate of the workspace is published".to_owned(),
        ));
    }
    Ok(tally)
}

/// Whether a package may be published anywhere.
fn is_published(package: &Package) -> bool {
    package
        .publish
        .as_ref()
        .is_none_or(|registries| !registries.is_empty())
}

/// What is missing in a manifest.
fn metadata_findings(package: &Package, metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    let described = package
        .description
        .as_deref()
        .is_some_and(|text| !text.trim().is_empty());
    if !described {
        findings.push("has no `description`".to_owned());
    }
    if package.license.as_deref() != Some("MIT OR Apache-2.0") {
        findings.push("its `license` is not `MIT OR Apache-2.0`".to_owned());
    }
    if package.readme.is_none() {
        findings.push("has no `readme`".to_owned());
    }
    if package.rust_version.is_none() {
        findings.push("has no `rust-version`".to_owned());
    }
    if package.authors.is_empty() {
        findings.push("has no `authors`".to_owned());
    }
    findings.extend(keyword_findings(&package.keywords));
    // What is published can only build on what is published, in a version that is named.
    for dependency in &package.dependencies {
        if dependency.path.is_none() || dependency.kind == DependencyKind::Development {
            continue;
        }
        let published = metadata
            .workspace_packages()
            .iter()
            .any(|other| other.name.as_str() == dependency.name && is_published(other));
        if !published {
            findings.push(format!(
                "depends on {}, which is not published",
                dependency.name
            ));
        }
        if dependency.req == cargo_metadata::semver::VersionReq::STAR {
            findings.push(format!("depends on {} without a version", dependency.name));
        }
    }
    findings
}

/// crates.io's rules: at most five, of at most twenty characters, beginning with a letter or a
/// digit.
fn keyword_findings(keywords: &[String]) -> Vec<String> {
    let mut findings = Vec::new();
    if keywords.is_empty() {
        findings.push("has no `keywords`".to_owned());
    }
    if keywords.len() > 5 {
        findings.push(format!(
            "has {} `keywords`, crates.io takes five",
            keywords.len()
        ));
    }
    for keyword in keywords {
        let valid = keyword.len() <= 20
            && keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
            && keyword
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-+".contains(c));
        if !valid {
            findings.push(format!("crates.io does not take the keyword `{keyword}`"));
        }
    }
    findings
}

/// What is missing in a list of files, and what is too much.
fn file_findings<'a>(files: impl Iterator<Item = &'a str>) -> Vec<String> {
    // Windows writes its own separators.
    let files: BTreeSet<String> = files.map(|file| file.trim().replace('\\', "/")).collect();
    let mut findings = Vec::new();
    for needed in NEEDED {
        if !files.iter().any(|file| matches(file, needed)) {
            findings.push(format!("does not ship {needed}"));
        }
    }
    for file in &files {
        let name = file.rsplit('/').next().unwrap_or(file);
        let hidden = name.starts_with('.') && file != ".cargo_vcs_info.json";
        let left_behind =
            LEFT_BEHIND.iter().any(|ending| name.ends_with(ending)) && file != "Cargo.toml.orig";
        if hidden || left_behind || !KNOWN.iter().any(|known| matches(file, known)) {
            findings.push(format!(
                "ships {file}, which does not belong into a package"
            ));
        }
    }
    findings
}

/// Whether a file is the one named, or lies in the folder named.
fn matches(file: &str, known: &str) -> bool {
    if known.ends_with('/') {
        file.starts_with(known)
    } else {
        file == known
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const COMPLETE: [&str; 7] = [
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "src/lib.rs",
    ];

    fn with(more: &[&'static str]) -> Vec<String> {
        file_findings(COMPLETE.into_iter().chain(more.iter().copied()))
    }

    #[test]
    fn a_complete_package_has_no_finding() {
        assert_eq!(
            with(&[
                "src/generated/mod.rs",
                ".cargo_vcs_info.json",
                "tests/all.rs"
            ]),
            [""; 0]
        );
    }

    #[test]
    fn each_needed_file_is_missed() {
        for needed in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "Cargo.toml"] {
            let files = COMPLETE.into_iter().filter(|file| *file != needed);
            assert_eq!(file_findings(files), [format!("does not ship {needed}")]);
        }
        let files = COMPLETE.into_iter().filter(|file| !file.starts_with("src"));
        assert_eq!(file_findings(files), ["does not ship src/"]);
    }

    #[test]
    fn stray_files_are_named() {
        for stray in [
            "notes.txt",
            "src/lib.rs.orig",
            "src/snapshots/a.snap.new",
            "src/.lib.rs.pending-snap",
            "src/.hidden",
            "target/debug/x",
            "src/lib.rs~",
        ] {
            assert_eq!(
                with(&[stray]),
                [format!(
                    "ships {stray}, which does not belong into a package"
                )]
            );
        }
    }

    #[test]
    fn keywords_follow_the_rules_of_the_registry() {
        let keywords = |words: &[&str]| {
            keyword_findings(
                &words
                    .iter()
                    .map(|word| (*word).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(keywords(&["sdk", "open-api_3"]), [""; 0]);
        assert_eq!(keywords(&[]), ["has no `keywords`"]);
        assert_eq!(
            keywords(&["a", "b", "c", "d", "e", "f"]),
            ["has 6 `keywords`, crates.io takes five"]
        );
        for word in ["-dash", "two words", "a-very-long-keyword-indeed", ""] {
            assert_eq!(keywords(&[word]).len(), 1, "{word}");
        }
    }
}
