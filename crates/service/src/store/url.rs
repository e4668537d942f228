//! Where the store is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::postgres::is_local;

/// Where the store is: `sqlite:PATH`, or `postgres://USER@HOST/DATABASE`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreUrl {
    /// `sqlite:PATH`: one file, made on first use.
    Sqlite(PathBuf),
    /// `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?OPTIONS]`: a schema of its own in a
    /// database.
    Postgres(PostgresUrl),
}

/// The URL of a PostgreSQL database. Its text and its debug output leave the password out.
///
/// The options: `sslmode`, which is `require` (TLS, and the server's certificate is checked) unless
/// the server is on this machine, or `disable`; and `sslrootcert`, a PEM file with the roots to check
/// it against instead of the system's. A password that is not in the URL is taken from the
/// environment variable `PGPASSWORD`.
#[derive(Clone)]
pub struct PostgresUrl {
    config: Box<Config>,
    root_certificates: Option<PathBuf>,
    /// The URL without its password.
    shown: String,
}

impl PostgresUrl {
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn root_certificates(&self) -> Option<&Path> {
        self.root_certificates.as_deref()
    }

    fn parse(text: &str) -> Result<Self, InvalidStoreUrl> {
        let malformed = InvalidStoreUrl::MalformedPostgres;
        let (scheme, rest) = text.split_once("://").ok_or(malformed)?;
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (user, place) = place.rsplit_once('@').ok_or(malformed)?;
        let user = user.split_once(':').map_or(user, |(user, _)| user);
        let mut mode = None;
        let mut root_certificates = None;
        for option in options.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=').ok_or(malformed)? {
                ("sslmode", "disable") => mode = Some(SslMode::Disable),
                ("sslmode", "require" | "verify-full") => mode = Some(SslMode::Require),
                ("sslmode", _) => return Err(InvalidStoreUrl::SslMode),
                ("sslrootcert", path) => {
                    let path = percent_encoding::percent_decode_str(path)
                        .decode_utf8()
                        .map_err(|_| malformed)?;
                    root_certificates = Some(PathBuf::from(&*path));
                }
                _ => return Err(InvalidStoreUrl::UnknownOption),
            }
        }
        // Options are read here: those of the library are others.
        let bare = text.split('?').next().unwrap_or(text);
        let mut config: Config = bare.parse().map_err(|_| malformed)?;
        let named = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        if config.get_hosts().is_empty() || !named(config.get_user()) || !named(config.get_dbname())
        {
            return Err(malformed);
        }
        let mode = mode.unwrap_or(match is_local(&config) && root_certificates.is_none() {
            true => SslMode::Disable,
            false => SslMode::Require,
        });
        config.ssl_mode(mode);
        let options = match options {
            "" => String::new(),
            options => format!("?{options}"),
        };
        Ok(Self {
            config: Box::new(config),
            root_certificates,
            shown: format!("{scheme}://{user}@{place}{options}"),
        })
    }
}

impl PartialEq for PostgresUrl {
    fn eq(&self, other: &Self) -> bool {
        (&self.config, &self.root_certificates) == (&other.config, &other.root_certificates)
    }
}

impl Eq for PostgresUrl {}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PostgresUrl({})", self.shown)
    }
}

/// A text that names no store. It says nothing of the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStoreUrl {
    /// Not one of the schemes.
    #[error(
        "this kind of store is not known; supported: sqlite:PATH and postgres://USER@HOST/DATABASE"
    )]
    UnknownScheme,
    /// `sqlite:` and nothing after it.
    #[error("the path of the file is missing: write sqlite:PATH")]
    NoPath,
    /// SQLite's name for a database without a file.
    #[error("a store in memory would lose what it acknowledged; name a file: sqlite:PATH")]
    InMemory,
    /// `postgres:` and no URL.
    #[error(
        "the URL cannot be read: write postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE, with special characters percent-encoded"
    )]
    MalformedPostgres,
    /// An option of the URL that is not known.
    #[error("the URL has an option that is not known; supported: sslmode and sslrootcert")]
    UnknownOption,
    /// A `sslmode` that is not known, or that whoever is in between could turn off.
    #[error("sslmode is `require`, which checks the server's certificate too, or `disable`")]
    SslMode,
}

impl FromStr for StoreUrl {
    type Err = InvalidStoreUrl;

    fn from_str(text: &str) -> Result<Self, InvalidStoreUrl> {
        if text.starts_with("postgres:") || text.starts_with("postgresql:") {
            return PostgresUrl::parse(text).map(Self::Postgres);
        }
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
            Self::Postgres(url) => url.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn postgres(text: &str) -> PostgresUrl {
        match text.parse().unwrap() {
            StoreUrl::Postgres(url) => url,
            other => panic!("{other}"),
        }
    }

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
    fn a_password_shows_nowhere() {
        for (text, shown) in [
            ("postgres://u@h/db", "postgres://u@h/db"),
            ("postgres://u:s3cret@h:5433/db", "postgres://u@h:5433/db"),
            (
                "postgresql://u:s3cret%40x@[::1]/db?sslmode=disable",
                "postgresql://u@[::1]/db?sslmode=disable",
            ),
            ("postgres://u:s3cret@x@h/db", "postgres://u@h/db"),
        ] {
            let Ok(url) = text.parse::<StoreUrl>() else {
                assert!(text.contains("@x@"), "{text}");
                continue;
            };
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{url:?}").contains("s3cret"));
        }
    }

    #[test]
    fn tls_is_the_rule_beyond_this_machine() {
        for (text, mode) in [
            ("postgres://u@db.example/d", SslMode::Require),
            ("postgres://u@10.0.0.1/d", SslMode::Require),
            (
                "postgres://u@db.example/d?sslmode=disable",
                SslMode::Disable,
            ),
            ("postgres://u@127.0.0.1/d", SslMode::Disable),
            ("postgres://u@localhost:5433/d", SslMode::Disable),
            ("postgres://u@%2Frun%2Fpostgresql/d", SslMode::Disable),
            ("postgres://u@localhost/d?sslmode=require", SslMode::Require),
            (
                "postgres://u@localhost/d?sslrootcert=/a%20b.pem",
                SslMode::Require,
            ),
        ] {
            assert_eq!(postgres(text).config().get_ssl_mode(), mode, "{text}");
        }
        let url = postgres("postgres://u@localhost/d?sslrootcert=/a%20b.pem");
        assert_eq!(url.root_certificates(), Some(Path::new("/a b.pem")));
    }

    #[test]
    fn anything_else_is_refused_with_what_is_supported() {
        use InvalidStoreUrl::{
            InMemory, MalformedPostgres, NoPath, SslMode, UnknownOption, UnknownScheme,
        };
        for (text, reason) in [
            ("", UnknownScheme),
            ("a.db", UnknownScheme),
            ("SQLITE:a.db", UnknownScheme),
            ("mysql:x", UnknownScheme),
            ("sqlite:", NoPath),
            ("sqlite::memory:", InMemory),
            ("postgres:", MalformedPostgres),
            ("postgres://", MalformedPostgres),
            ("postgres://h/db", MalformedPostgres),
            ("postgres://u@h", MalformedPostgres),
            ("postgres://u@h/", MalformedPostgres),
            ("postgres://u@h:port/db", MalformedPostgres),
            ("postgres://u@h/db?sslmode", MalformedPostgres),
            ("postgres://u@h/db?sslmode=prefer", SslMode),
            ("postgres://u@h/db?options=-c%20fsync=off", UnknownOption),
        ] {
            assert_eq!(text.parse::<StoreUrl>(), Err(reason), "{text}");
        }
        assert!(UnknownScheme.to_string().contains("sqlite:PATH"));
    }
}
