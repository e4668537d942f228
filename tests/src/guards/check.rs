//! What `cargo xtask check` finds: files that are not what the document generates.
//!
//! The comparison is a few lines and stands here once more, without the diffs and the writing of
//! the command, whose own tests show that it reports each state of a file.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use functiongraph_codegen::Output;

use super::{Finding, Guard};

/// What brings the files up to date.
const REMEDY: &str = "run `cargo xtask generate`";

/// Pages of the documentation, which the command makes beside what is generated from the document
/// alone. The manifest has their digests; this guard leaves them to the command.
const PAGES: &str = "\"crates/service/src/http/docs/generated/";

/// Compares the files below `root` with what was generated, in the order of their paths. Line ends
/// that a check-out may have changed do not count.
///
/// A file that cannot be read is a finding, too.
#[must_use]
pub fn check(root: &Path, output: &Output) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in &output.files {
        match fs::read(root.join(path)) {
            Ok(found) => findings.extend(stale(path, &String::from_utf8_lossy(&found), text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                findings.push(finding(path, format!("missing: {REMEDY}")));
            }
            Err(error) => findings.push(finding(path, format!("cannot be read: {error}"))),
        }
    }
    for path in files_below(root, &output.folders) {
        if !output.files.contains_key(&path) {
            let reason = format!("orphaned, nothing generates it: {REMEDY}, or move it elsewhere");
            findings.push(finding(&path, reason));
        }
    }
    findings
}

/// The finding on a file whose text differs: the first line that does.
fn stale(path: &str, found: &str, text: &str) -> Option<Finding> {
    let found: String = found
        .replace("\r\n", "\n")
        .split_inclusive('\n')
        .filter(|line| !line.trim_start().starts_with(PAGES))
        .collect();
    if found == text {
        return None;
    }
    if found.lines().any(is_conflict) {
        let reason = format!("stale: holds merge conflict markers: {REMEDY}");
        return Some(finding(path, reason));
    }
    let (mut there, mut expected) = (found.lines(), text.lines());
    for line in 1.. {
        match (there.next(), expected.next()) {
            (None, None) => break,
            (there, expected) if there == expected => {}
            (there, expected) => {
                let show = |line: Option<&str>| {
                    line.map_or("the end of the file".to_owned(), |line| {
                        format!("`{}`", shortened(line.trim()))
                    })
                };
                let (there, expected) = (show(there), show(expected));
                let reason =
                    format!("stale: line {line} is {there}, generated is {expected}: {REMEDY}");
                return Some(finding(path, reason));
            }
        }
    }
    Some(finding(
        path,
        format!("stale: the ends of the last lines differ: {REMEDY}"),
    ))
}

/// The beginning of a line that is too long to show.
fn shortened(line: &str) -> String {
    const MOST: usize = 80;
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn is_conflict(line: &str) -> bool {
    line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")
}

fn finding(path: &str, message: String) -> Finding {
    Finding {
        guard: Guard::Check,
        place: path.to_owned(),
        message,
    }
}

/// The files in folders, as paths below the root with `/`; none where there is no such folder.
fn files_below(root: &Path, folders: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten();
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
            } else if let Ok(below) = path.strip_prefix(root) {
                let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
                found.insert(parts.join("/"));
            }
        }
    }
    found
}
