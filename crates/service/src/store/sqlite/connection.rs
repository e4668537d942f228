//! Opening the file: settings, checks, migrations.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{SqliteOptions, sql};
use crate::store::StoreError;

/// What `file` shows of our files, and how one of another application is told: "fgd1".
const APPLICATION_ID: i64 = 0x6667_6431;

/// Migrations by format: the first makes format 1 of an empty file.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
];

/// The format that this release writes.
#[allow(clippy::cast_possible_wrap)]
const FORMAT: i64 = MIGRATIONS.len() as i64;

/// How many statements a connection keeps; more than there are.
const STATEMENTS: usize = 96;

/// Opens the file to write, makes it if it is missing, and brings it up to date. Answers the format
/// that it had before, too.
pub(super) fn open_writer(
    path: &Path,
    options: &SqliteOptions,
) -> Result<(Connection, i64), StoreError> {
    find_file(path, options.migrate)?;
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, options)?;
    let failed = |error| translate(path, error);
    // SQLite opens a file that it may not write to for reading, without a word.
    if connection.is_readonly("main").map_err(failed)? {
        return Err(StoreError::ReadOnly { store: name(path) });
    }
    check_owner(path, &connection)?;
    use_wal(path, &connection, options.busy_timeout)?;
    connection
        .execute_batch(
            // FULL syncs the log with every commit: what is acknowledged is on disk. fullfsync is
            // what syncs on macOS. Checkpoints return to 64 MiB what the log grew beyond.
            "PRAGMA synchronous = FULL;
             PRAGMA fullfsync = ON;
             PRAGMA checkpoint_fullfsync = ON;
             PRAGMA foreign_keys = ON;
             PRAGMA recursive_triggers = ON;
             PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(failed)?;
    if let Some(pages) = options.max_pages {
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .map_err(failed)?;
    }
    check_settings(path, &connection)?;
    let format = pragma(path, &connection, "user_version")?;
    if format < FORMAT && !options.migrate {
        return Err(StoreError::Older {
            store: name(path),
            found: format,
            needed: FORMAT,
        });
    }
    migrate(path, &connection)?;
    prepare(path, &connection, sql::WRITES)?;
    Ok((connection, format))
}

/// Opens the file to read; [`open_writer`] must have opened it before.
pub(super) fn open_reader(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, options)?;
    connection
        .execute_batch("PRAGMA query_only = ON;")
        .map_err(|error| translate(path, error))?;
    prepare(path, &connection, sql::READS)?;
    Ok(connection)
}

/// Opens a file to read, whatever its format, if it is a store.
pub(super) fn open_foreign(path: &Path) -> Result<Connection, StoreError> {
    find_file(path, false)?;
    let options = SqliteOptions::default();
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, &options)?;
    check_owner(path, &connection)?;
    if pragma(path, &connection, "application_id")? != APPLICATION_ID {
        return Err(StoreError::NotAStore {
            store: name(path),
            reason: "it is empty".into(),
        });
    }
    Ok(connection)
}

/// Looks for the file, and makes an empty one where there is none.
fn find_file(path: &Path, make: bool) -> Result<(), StoreError> {
    if path.is_dir() {
        return Err(StoreError::Open {
            path: path.into(),
            reason: "it is a folder; name a file in it".into(),
        });
    }
    if path.exists() {
        return Ok(());
    }
    if !make {
        return Err(StoreError::Missing { store: name(path) });
    }
    match make_new(path) {
        // Somebody else made it at the same moment.
        Err(StoreError::NotEmpty { .. }) => Ok(()),
        made => made,
    }
}

/// Makes an empty file, for its owner alone: it will hold tenants' code and secrets.
pub(super) fn make_new(path: &Path) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(StoreError::FolderMissing {
            path: path.into(),
            folder: folder.into(),
        });
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(StoreError::NotEmpty { store: name(path) })
        }
        Err(error) => Err(StoreError::Open {
            path: path.into(),
            reason: format!(
                "the file cannot be made: {error}; give the user of this process write access to its folder"
            ),
        }),
    }
}

fn open(path: &Path, access: OpenFlags, options: &SqliteOptions) -> Result<Connection, StoreError> {
    // Without SQLITE_OPEN_URI a path is a path, whatever characters it has.
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| translate(path, error))?;
    connection
        .busy_timeout(options.busy_timeout)
        .map_err(|error| translate(path, error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans must not depend on what is bound: statements would be parsed anew whenever that changes.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|error| translate(path, error))?;
    connection
        .execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
        .map_err(|error| translate(path, error))?;
    Ok(connection)
}

/// Refuses a file that another application, or a later release, has written.
fn check_owner(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let not_ours = |reason: &str| StoreError::NotAStore {
        store: name(path),
        reason: reason.into(),
    };
    let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => not_ours("it is not an SQLite file"),
        _ => translate(path, error),
    };
    let objects: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))
        .map_err(failed)?;
    if objects == 0 {
        return Ok(());
    }
    if pragma(path, connection, "application_id")? != APPLICATION_ID {
        return Err(not_ours("it is another application's SQLite file"));
    }
    let found = pragma(path, connection, "user_version")?;
    if found > FORMAT {
        return Err(StoreError::Newer {
            store: name(path),
            found,
            supported: FORMAT,
        });
    }
    Ok(())
}

/// Switches to write-ahead logging, in which readers and the writer don't wait for each other.
fn use_wal(path: &Path, connection: &Connection, patience: Duration) -> Result<(), StoreError> {
    let start = Instant::now();
    loop {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(found) => {
                return Err(StoreError::NotDurable {
                    store: name(path),
                    setting: "journal_mode",
                    found,
                    wanted: "wal",
                });
            }
            // The switch does not wait for other processes that open the file at the same moment.
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < patience =>
            {
                thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(translate(path, error)),
        }
    }
}

/// Reads back what durability rests on.
fn check_settings(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    for (setting, wanted, shown) in [("synchronous", 2, "2"), ("foreign_keys", 1, "1")] {
        let found = pragma(path, connection, setting)?;
        if found != wanted {
            return Err(StoreError::NotDurable {
                store: name(path),
                setting,
                found: found.to_string(),
                wanted: shown,
            });
        }
    }
    Ok(())
}

/// Brings the file to the present format, all or nothing.
fn migrate(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let failed = |error| translate(path, error);
    if pragma(path, connection, "user_version")? == FORMAT {
        return Ok(());
    }
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(failed)?;
    let migrated = migrate_locked(path, connection);
    let end = if migrated.is_ok() {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    let ended = connection.execute_batch(end).map_err(failed);
    migrated.and(ended)
}

fn migrate_locked(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    let failed = |error| translate(path, error);
    // Again, now that nobody else can write: another process may have been faster.
    let found = pragma(path, connection, "user_version")?;
    for (format, migration) in (1_i64..).zip(MIGRATIONS) {
        if format > found {
            connection.execute_batch(migration).map_err(failed)?;
        }
    }
    if found < FORMAT {
        connection
            .pragma_update(None, "user_version", FORMAT)
            .and_then(|()| connection.pragma_update(None, "application_id", APPLICATION_ID))
            .map_err(failed)?;
    }
    Ok(())
}

/// Prepares statements, which finds a schema that is not the one of the format.
fn prepare(path: &Path, connection: &Connection, statements: &[&str]) -> Result<(), StoreError> {
    for statement in statements {
        connection
            .prepare_cached(statement)
            .map_err(|error| match translate(path, error) {
                StoreError::Internal(cause) => StoreError::Damaged {
                    store: name(path),
                    reason: cause.to_string(),
                },
                known => known,
            })?;
    }
    Ok(())
}

fn pragma(path: &Path, connection: &Connection, name: &str) -> Result<i64, StoreError> {
    connection
        .pragma_query_value(None, name, |row| row.get(0))
        .map_err(|error| translate(path, error))
}

/// What errors call the store.
fn name(path: &Path) -> String {
    path.display().to_string()
}

/// Names what SQLite reports.
pub(super) fn translate(path: &Path, error: rusqlite::Error) -> StoreError {
    let store = name(path);
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { store },
        Some(ErrorCode::DiskFull) => StoreError::Full { store },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { store },
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => StoreError::Open {
            path: path.into(),
            reason: "SQLite is refused the file or its folder; give the user of this process \
                     write access to both"
                .into(),
        },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged {
            store,
            reason: error.to_string(),
        },
        Some(_) => StoreError::internal(error),
        // Nothing that SQLite said: a column does not hold what this code puts there.
        None => StoreError::Damaged {
            store,
            reason: error.to_string(),
        },
    }
}
