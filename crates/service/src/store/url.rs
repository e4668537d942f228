//! Where the store is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where the store is: `sqlite:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreUrl {
    /// `sqlite:PATH`: one file, made on first use.
    Sqlite(PathBuf),
}

/// A text that names no store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStoreUrl {
    /// Not one of the schemes.
    #[error("this kind of store is not known; supported: sqlite:PATH")]
    UnknownScheme,
    /// `sqlite:` and nothing after it.
    #[error("the path of the file is missing: write sqlite:PATH")]
    NoPath,
    /// SQLite's name for a database without a file.
    #[error("a store in memory would lose what it acknowledged; name a file: sqlite:PATH")]
    InMemory,
}

impl FromStr for StoreUrl {
    type Err = InvalidStoreUrl;

    fn from_str(text: &str) -> Result<Self, InvalidStoreUrl> {
        match text.strip_prefix("sqlite:") {
            Some("") => Err(InvalidStoreUrl::NoPath),
            Some(":memory:") => Err(InvalidStoreUrl::InMemory),
            Some(path) => Ok(Self::Sqlite(path.into())),
            None => Err(InvalidStoreUrl::UnknownScheme),
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_its_path() {
        for path in ["a.db", "/var/lib/a b.db", "C:\\a.db", "./?mode=memory"] {
            let url = format!("sqlite:{path}");
            let parsed = url.parse();
            assert_eq!(parsed, Ok(StoreUrl::Sqlite(path.into())));
            assert_eq!(parsed.map(|url| url.to_string()), Ok(url));
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_is_supported() {
        for text in ["", "a.db", "postgres://h/db", "SQLITE:a.db", "mysql:x"] {
            let refused = text.parse::<StoreUrl>();
            assert_eq!(refused, Err(InvalidStoreUrl::UnknownScheme), "{text}");
        }
        assert!(
            InvalidStoreUrl::UnknownScheme
                .to_string()
                .contains("sqlite:PATH")
        );
        assert_eq!("sqlite:".parse::<StoreUrl>(), Err(InvalidStoreUrl::NoPath));
        assert_eq!(
            "sqlite::memory:".parse::<StoreUrl>(),
            Err(InvalidStoreUrl::InMemory)
        );
    }
}
