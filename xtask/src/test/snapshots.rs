//! The step `snapshots`: none waits for review, and each one is used by a test.
//!
//! insta appends the path of every snapshot that an assertion compares with to the file that the
//! step `tests` names; whatever lies in the tree and isn't in there belongs to a test that is gone.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::{Context, StepError, Tally, find_files};

/// The step: one check for what waits, one for what is unused.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let found = Snapshots::find(&context.root)?;
    let name = |path: &PathBuf| {
        path.strip_prefix(&context.root)
            .unwrap_or(path)
            .display()
            .to_string()
    };

    let mut tally = Tally::of_findings(
        found
            .pending
            .iter()
            .map(|path| {
                format!(
                    "{} waits for review: look at it, then accept it with `cargo xtask accept`, \
                     or mend the code and delete the file",
                    name(path)
                )
            })
            .collect(),
    );
    if !context.tests_complete {
        tally.add(Tally::skipped(
            "unused snapshots can't be told, since not all tests passed".to_owned(),
        ));
        return Ok(tally);
    }
    let used = references(&context.snapshot_references())?;
    tally.add(Tally::of_findings(
        found
            .unused(&used)
            .map(|path| {
                format!(
                    "{} is used by no test: delete it, or run `cargo xtask accept`",
                    name(path)
                )
            })
            .collect(),
    ));
    Ok(tally)
}

/// The snapshots of a tree.
#[derive(Debug, Default)]
pub(crate) struct Snapshots {
    /// Those that tests compare with.
    pub(crate) accepted: BTreeSet<PathBuf>,
    /// Those that tests have written and nobody has accepted.
    pub(crate) pending: BTreeSet<PathBuf>,
}

impl Snapshots {
    /// All below a folder, leaving out build output and hidden folders.
    pub(crate) fn find(root: &Path) -> Result<Self, StepError> {
        let pending = find_files(root, ".snap.new")?;
        let inline = find_files(root, ".pending-snap")?;
        Ok(Self {
            accepted: find_files(root, ".snap")?,
            pending: pending.into_iter().chain(inline).collect(),
        })
    }

    /// The accepted ones that are not among those in use.
    pub(crate) fn unused<'a>(
        &'a self,
        used: &'a BTreeSet<PathBuf>,
    ) -> impl Iterator<Item = &'a PathBuf> {
        self.accepted
            .iter()
            .filter(move |path| !used.contains(&real(path)))
    }
}

/// The snapshots that the tests compared with. No file means that no test has any.
pub(crate) fn references(file: &Path) -> Result<BTreeSet<PathBuf>, StepError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text.lines().map(|line| real(Path::new(line))).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(cause) => Err(StepError::read(file, cause)),
    }
}

/// A path in the one form that all ways to a file share.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    #![allow(
        clippy::disallowed_methods,
        reason = "the files of a test have no reader meanwhile"
    )]

    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        root
    }

    #[test]
    fn snapshots_are_found_where_tests_keep_them() {
        let root = tree(&[
            "crates/a/src/snapshots/one.snap",
            "crates/a/src/snapshots/two.snap.new",
            "crates/a/src/.lib.rs.pending-snap",
            "target/debug/three.snap",
            ".git/four.snap.new",
            "tests/snapshots/notes.txt",
        ]);
        let found = Snapshots::find(root.path()).unwrap();
        assert_eq!(found.accepted.len(), 1);
        assert_eq!(found.pending.len(), 2);
    }

    #[test]
    fn a_snapshot_without_a_test_is_unused() {
        let root = tree(&["a/snapshots/used.snap", "a/snapshots/left.snap"]);
        let list = root.path().join("list");
        // insta writes paths as the test sees them.
        let used = root.path().join("a/../a/snapshots/used.snap");
        std::fs::write(&list, format!("{0}\n{0}\n", used.display())).unwrap();
        let found = Snapshots::find(root.path()).unwrap();
        let used = references(&list).unwrap();
        let unused: Vec<_> = found.unused(&used).collect();
        assert_eq!(unused.len(), 1);
        assert!(unused[0].ends_with("left.snap"));
    }

    #[test]
    fn without_a_list_nothing_is_used() {
        let root = tree(&["one.snap"]);
        let used = references(&root.path().join("none")).unwrap();
        assert_eq!(
            Snapshots::find(root.path()).unwrap().unused(&used).count(),
            1
        );
    }
}
