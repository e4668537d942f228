//! The step `working-tree`: a run changes no file of the repository. What a test writes belongs
//! into a temporary folder or below `target`.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::{Context, StepError, Tally};
use crate::process::Process;

/// The step.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let Some(before) = &context.before else {
        return Ok(Tally::skipped("this is no git check-out".to_owned()));
    };
    let changes = before.changes(&Tree::read(&context.root)?);
    if changes.is_empty() {
        return Ok(Tally::passed());
    }
    if context.ci {
        return Ok(Tally::of_findings(changes));
    }
    Ok(Tally::skipped(format!(
        "judged only in CI, since you may have been editing: {}",
        changes.join("; ")
    )))
}

/// The content of every file that git tracks, or would on `git add --all`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tree(BTreeMap<String, Content>);

#[derive(Debug, PartialEq, Eq)]
enum Content {
    Digest([u8; 32]),
    /// Tracked, but not there.
    Missing,
}

impl Tree {
    /// Reads the tree below a check-out's folder.
    pub(super) fn read(root: &Path) -> Result<Self, StepError> {
        let list = Process::new("git")
            .dir(root)
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .read()?;
        let files = list.split_terminator('\0').map(|name| {
            let path = root.join(name);
            let content = match std::fs::read(&path) {
                Ok(bytes) => Content::Digest(Sha256::digest(&bytes).into()),
                // A submodule or a link to a folder is listed, too.
                Err(_) if path.is_dir() => Content::Digest([0; 32]),
                Err(_) => Content::Missing,
            };
            (name.to_owned(), content)
        });
        Ok(Self(files.collect()))
    }

    /// What has become of it, a line for each file.
    fn changes(&self, after: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, content) in &self.0 {
            match after.0.get(name) {
                Some(now) if now == content => {}
                None | Some(Content::Missing) => lines.push(format!("{name} was removed")),
                Some(_) => lines.push(format!("{name} was changed")),
            }
        }
        for name in after.0.keys() {
            if !self.0.contains_key(name) {
                lines.push(format!("{name} was added"));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    #![allow(
        clippy::disallowed_methods,
        reason = "the files of a test have no reader meanwhile"
    )]

    use super::*;

    fn check_out() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        Process::new("git")
            .args(["init", "--quiet"])
            .dir(root.path())
            .read()
            .unwrap();
        for (name, text) in [
            (".gitignore", "/target\n"),
            ("kept", "1"),
            ("changed", "1"),
            ("removed", "1"),
        ] {
            std::fs::write(root.path().join(name), text).unwrap();
        }
        Process::new("git")
            .args(["add", "--all"])
            .dir(root.path())
            .read()
            .unwrap();
        root
    }

    #[test]
    fn nothing_changed() {
        let root = check_out();
        let before = Tree::read(root.path()).unwrap();
        std::fs::create_dir(root.path().join("target")).unwrap();
        std::fs::write(root.path().join("target/out"), "1").unwrap();
        assert_eq!(before.changes(&Tree::read(root.path()).unwrap()), [""; 0]);
    }

    #[test]
    fn every_change_is_named() {
        let root = check_out();
        let before = Tree::read(root.path()).unwrap();
        std::fs::write(root.path().join("changed"), "2").unwrap();
        std::fs::write(root.path().join("added"), "1").unwrap();
        std::fs::remove_file(root.path().join("removed")).unwrap();
        assert_eq!(
            before.changes(&Tree::read(root.path()).unwrap()),
            [
                "changed was changed",
                "removed was removed",
                "added was added"
            ]
        );
    }

    #[test]
    fn without_git_there_is_no_tree() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Tree::read(&folder.path().join("nowhere")).is_err());
    }
}
