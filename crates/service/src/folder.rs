//! Folders that go when they are done with.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::domain::{Random, SystemRandom};

/// A folder for its owner alone, which goes with all that is in it when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A folder where the system keeps such things.
    pub(crate) fn new() -> io::Result<Self> {
        Self::within(&std::env::temp_dir())
    }

    /// A folder in another one.
    pub(crate) fn within(folder: &Path) -> io::Result<Self> {
        let random: &dyn Random = &SystemRandom;
        let name = random.characters(b"abcdefghijklmnopqrstuvwxyz0123456789", 16);
        let path = folder.join(format!(".functiongraphd-{name}"));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it says whose it is.
        drop(fs::remove_dir_all(&self.0));
    }
}
