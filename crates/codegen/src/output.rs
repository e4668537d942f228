//! The text that was generated, by path.

use std::collections::BTreeMap;

/// What was generated. Paths are relative to the workspace, with `/` as separator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Generated files: path to text. They are replaced whenever they differ.
    pub files: BTreeMap<String, String>,
    /// Files to start from: path to text. They are written where there is none, and then belong
    /// to whoever edits them.
    pub scaffold: BTreeMap<String, String>,
    /// Folders that hold generated files only, each ending in a slash: any other file in them is
    /// an orphan.
    pub folders: Vec<String>,
}
