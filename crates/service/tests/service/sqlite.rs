//! The embedded store: the common suite, and what is its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use functiongraph_service::admin::{self, TransferError};
use functiongraph_service::auth::{Role, TokenHash};
use functiongraph_service::domain::PageRange;
use functiongraph_service::store::sqlite::{SqliteOptions, SqliteStore};
use functiongraph_service::store::{
    Administration, AnyStore, ImportMode, PublishError, Store, StoreError, StoreUrl,
    VersionDeletion,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::store_suite::{
    Harness, contents, copy, function, furnish, key, origin, publication, publish, store_suite,
};

struct Sqlite {
    folder: TempDir,
    store: Arc<SqliteStore>,
}

impl Sqlite {
    fn path(folder: &TempDir) -> PathBuf {
        folder.path().join("store.db")
    }
}

impl Harness for Sqlite {
    type Store = SqliteStore;

    async fn fresh() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Arc::new(SqliteStore::open(&Self::path(&folder)).unwrap());
        Self { folder, store }
    }

    fn store(&self) -> Arc<SqliteStore> {
        Arc::clone(&self.store)
    }

    async fn reopened(self) -> Self {
        self.store.close().await;
        let store = Arc::new(SqliteStore::open(&Self::path(&self.folder)).unwrap());
        Self { store, ..self }
    }
}

store_suite!(Sqlite);

fn open_error(path: &Path) -> StoreError {
    match SqliteStore::open(path) {
        Ok(store) => panic!("opened: {store:?}"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn the_file_is_made_for_its_owner_alone_and_all_that_stays_is_one_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("new ?#%.db");
    let store = SqliteStore::open(&path).unwrap();
    function(&store, "f").await;
    #[cfg(unix)]
    for entry in fs::read_dir(folder.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{entry:?} has mode {mode:o}");
    }
    store.close().await;
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["new ?#%.db"]);
}

#[test]
fn a_missing_folder_is_named() {
    let folder = TempDir::new().unwrap();
    let error = open_error(&folder.path().join("missing/store.db"));
    assert!(matches!(error, StoreError::FolderMissing { .. }), "{error}");
    assert!(
        error.to_string().contains("missing does not exist"),
        "{error}"
    );
}

#[test]
fn a_folder_is_not_a_file() {
    let folder = TempDir::new().unwrap();
    let error = open_error(folder.path());
    assert!(error.to_string().contains("it is a folder"), "{error}");
}

#[test]
fn another_kind_of_file_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "Notes. ".repeat(1000);
    fs::write(&path, &text).unwrap();
    let error = open_error(&path);
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    let path = folder.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE theirs (x)").unwrap();
    let before = fs::read(&path).unwrap();
    let error = open_error(&path);
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_a_later_release_is_refused_and_left_alone() {
    let harness = Sqlite::fresh().await;
    let path = Sqlite::path(&harness.folder);
    harness.store.close().await;
    let later = Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 1000).unwrap();
    drop(later);
    let before = fs::read(&path).unwrap();
    let error = open_error(&path);
    assert!(
        matches!(error, StoreError::Newer { found: 1000, .. }),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_file_is_reported() {
    let harness = Sqlite::fresh().await;
    let path = Sqlite::path(&harness.folder);
    function(&*harness.store, "f").await;
    harness.store.close().await;
    let whole = fs::read(&path).unwrap();

    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let error = open_error(&path);
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");

    // The schema's page overwritten, but for its header.
    let mut torn = whole.clone();
    torn[100..4096].fill(0xA5);
    fs::write(&path, &torn).unwrap();
    let error = open_error(&path);
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");

    // A table that is missing.
    fs::write(&path, &whole).unwrap();
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("PRAGMA foreign_keys = OFF; DROP TABLE token;")
        .unwrap();
    drop(other);
    let error = open_error(&path);
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("token"), "{error}");
}

#[tokio::test]
async fn a_read_only_file_is_reported() {
    let harness = Sqlite::fresh().await;
    let path = Sqlite::path(&harness.folder);
    harness.store.close().await;
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        // An administrator may write to it all the same, unless that right is given up.
        let output = std::process::Command::new("setpriv")
            .args(["--bounding-set", "-dac_override,-dac_read_search"])
            .arg(env!("CARGO_BIN_EXE_functiongraphd"))
            .args(["token", "add", "--project", "p", "--store"])
            .arg(format!("sqlite:{}", path.display()))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("is read-only"), "{said}");
        return;
    }
    let error = open_error(&path);
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_acknowledges_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let options = SqliteOptions {
        max_pages: Some(60),
        ..SqliteOptions::default()
    };
    let store = Arc::new(SqliteStore::open_with(&path, options).unwrap());
    let id = function(&*store, "f").await;
    let mut acknowledged = Vec::new();
    let mut full = 0;
    while full < 3 {
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.publish(id, publication(None)).await })
            })
            .collect();
        for task in tasks {
            match task.await.unwrap() {
                Ok(published) => acknowledged.push(published),
                Err(PublishError::Store(error @ StoreError::Full { .. })) => {
                    assert!(error.is_temporary());
                    full += 1;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(acknowledged.len() < 10_000, "the disk is never full");
    }
    store.close().await;

    let store = SqliteStore::open(&path).unwrap();
    acknowledged.sort_by_key(|published| published.position);
    let mut marker = 1;
    for chunk in acknowledged.chunks(400) {
        let page = store
            .page(id, PageRange::new(marker, 400))
            .await
            .unwrap()
            .unwrap();
        let items: Vec<&str> = chunk
            .iter()
            .map(|published| published.json.as_str())
            .collect();
        let expected = format!(r#"{{"versions":[{}],"#, items.join(","));
        assert!(page.json.starts_with(expected.as_bytes()));
        marker = page.next_marker;
    }
    assert_eq!(marker, u64::try_from(acknowledged.len()).unwrap() + 1);
    publish(&store, id, "after").await;
}

#[tokio::test]
async fn another_process_that_writes_for_too_long_is_waited_for_in_vain() {
    let harness = Sqlite::fresh().await;
    let path = Sqlite::path(&harness.folder);
    let id = function(&*harness.store, "f").await;
    let options = SqliteOptions {
        busy_timeout: Duration::from_millis(50),
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open_with(&path, options).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let outcome = store.publish(id, publication(Some("v1"))).await;
    assert!(
        matches!(outcome, Err(PublishError::Store(StoreError::Busy { .. }))),
        "{outcome:?}"
    );
    // Readers don't wait.
    assert!(!store.has_version(id, "v1").await.unwrap());
    other.execute_batch("COMMIT").unwrap();
    publish(&store, id, "v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_a_file() {
    let harness = Sqlite::fresh().await;
    let path = Sqlite::path(&harness.folder);
    let id = function(&*harness.store, "f").await;
    let other = Arc::new(SqliteStore::open(&path).unwrap());
    let mut tasks = Vec::new();
    for number in 0..40 {
        let store = Arc::clone(if number % 2 == 0 {
            &harness.store
        } else {
            &other
        });
        tasks.push(tokio::spawn(async move {
            store.publish(id, publication(None)).await.unwrap().position
        }));
    }
    let mut positions = Vec::new();
    for task in tasks {
        positions.push(task.await.unwrap());
    }
    positions.sort_unstable();
    assert_eq!(positions, (1..=40).collect::<Vec<u64>>());
}

/// Stores that open a new file at the same moment neither fail nor migrate twice.
#[test]
fn a_file_can_be_made_by_many_at_once() {
    for _ in 0..5 {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("store.db");
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || SqliteStore::open(&path).map(drop))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    }
}

/// What no statement may do to what was published, whoever runs it.
#[tokio::test]
async fn the_database_itself_keeps_published_versions() {
    let harness = Sqlite::fresh().await;
    let path = Sqlite::path(&harness.folder);
    let key = key("p1", "f");
    harness
        .store
        .import(
            vec![copy(&key, 3, Some(b"code"))],
            ImportMode::CreateOnly,
            origin(),
        )
        .await
        .unwrap();
    let id = harness.store.function(&key).await.unwrap().unwrap();
    publish(&*harness.store, id, "v1").await;
    publish(&*harness.store, id, "v2").await;
    let deleted = harness.store.delete_version(&key, "v2", origin()).await;
    assert_eq!(deleted.unwrap(), VersionDeletion::Deleted);
    let before = harness.store.page(id, PageRange::new(0, 0)).await.unwrap();

    // A connection of any other tool, with that tool's settings.
    let other = Connection::open(&path).unwrap();
    let v1 = (1_i64 << 32) | 1;
    for statement in [
        "UPDATE version SET metadata = '{}'".to_owned(),
        "UPDATE OR REPLACE version SET name = 'v3'".to_owned(),
        "UPDATE version SET code = NULL".to_owned(),
        "DELETE FROM version".to_owned(),
        format!("INSERT OR REPLACE INTO version VALUES ({v1}, 1, NULL, 'v9', '{{}}')"),
        format!(
            "REPLACE INTO version VALUES ({}, 1, NULL, 'v1', '{{}}')",
            v1 + 2
        ),
        format!(
            "INSERT INTO version VALUES ({}, 1, NULL, 'v2', '{{}}')",
            v1 + 2
        ),
        format!(
            "INSERT INTO version VALUES ({}, 1, NULL, 'v3', '{{}}')",
            v1 + 1
        ),
        format!(
            "INSERT INTO version VALUES ({}, 1, NULL, 'v3', '{{}}')",
            v1 + 100
        ),
        format!(
            "INSERT INTO version VALUES ({}, 1, NULL, 'latest', '{{}}')",
            v1 + 2
        ),
        "DELETE FROM deleted_version".to_owned(),
        "UPDATE deleted_version SET name = 'x'".to_owned(),
        "UPDATE function SET next_position = 1".to_owned(),
        "UPDATE function SET id = 7".to_owned(),
        "DELETE FROM function".to_owned(),
        "REPLACE INTO function (project, package, name) VALUES ('p1', 'default', 'f')".to_owned(),
        "REPLACE INTO function (id, project, package, name) VALUES (1, 'x', 'x', 'x')".to_owned(),
        "UPDATE code SET bytes = x'00'".to_owned(),
        "DELETE FROM code".to_owned(),
        "REPLACE INTO code SELECT id, sha512, md5, x'00' FROM code".to_owned(),
        "REPLACE INTO code SELECT 99, sha512, md5, x'00' FROM code".to_owned(),
        "UPDATE audit SET actor = 'somebody else'".to_owned(),
        "DELETE FROM audit".to_owned(),
        "REPLACE INTO audit SELECT id, 0, actor_kind, actor, action, project, subject, request_id, detail FROM audit".to_owned(),
    ] {
        let outcome = other.execute(&statement, ());
        assert!(outcome.is_err(), "{statement}: {outcome:?}");
    }
    let after = harness.store.page(id, PageRange::new(0, 0)).await.unwrap();
    assert_eq!(after, before);
    assert_eq!(
        harness.store.code(id, Some("v1")).await.unwrap().unwrap(),
        b"code"
    );
}

/// A file as the release before wrote it, with a function, versions, code that nothing has any more
/// and a token, is opened, brought up to date and keeps all of it.
#[tokio::test]
async fn a_file_of_format_1_is_brought_up_to_date() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../src/store/sqlite/migrations/0001.sql"))
        .unwrap();
    old.execute_batch(include_str!("data/format-1.sql"))
        .unwrap();
    drop(old);
    let before = fs::read(&path).unwrap();

    let options = SqliteOptions {
        migrate: false,
        ..SqliteOptions::default()
    };
    let refused = SqliteStore::open_with(&path, options.clone()).unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Older {
                found: 1,
                needed: 2,
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(fs::read(&path).unwrap().len(), before.len());
    let missing = SqliteStore::open_with(&folder.path().join("none.db"), options).unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    assert!(!folder.path().join("none.db").exists());

    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.format_at_open(), 1);
    let f = key("p1", "f");
    let id = store.function(&f).await.unwrap().unwrap();
    let page = store.page(id, PageRange::new(0, 0)).await.unwrap().unwrap();
    assert_eq!(
        page.json,
        r#"{"versions":[{"version":"latest","a":1},{"version":"v1","a":0},{"version":"v3"}],"next_marker":4,"count":3}"#
    );
    assert_eq!(store.code(id, Some("v1")).await.unwrap().unwrap(), b"one");
    assert_eq!(store.code(id, None).await.unwrap().unwrap(), b"two");
    let hash = TokenHash([7; 32]);
    let grant = store.grant(hash, origin().at).await.unwrap().unwrap();
    assert_eq!((&*grant.project, grant.role), ("p1", Role::Reader));
    let tokens = store.tokens(None).await.unwrap();
    assert_eq!(tokens.len(), 1);
    assert_eq!((&tokens[0].id, tokens[0].created), (&grant.id, None));
    assert_eq!(publish(&store, id, "v4").await.position, 4);
    let again = store.publish(id, publication(Some("v2"))).await;
    assert!(matches!(again, Err(PublishError::Refused(_))), "{again:?}");
    store.close().await;

    assert_eq!(SqliteStore::open(&path).unwrap().format_at_open(), 2);
    let codes =
        Connection::open(&path)
            .unwrap()
            .query_row("SELECT count(*) FROM code", (), |row| row.get::<_, i64>(0));
    assert_eq!(codes.unwrap(), 2, "code that nothing has stays");
}

async fn open(path: &Path) -> AnyStore {
    AnyStore::open(&StoreUrl::Sqlite(path.into()))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_taken_while_others_publish_and_can_be_restored() {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(open(&folder.path().join("store.db")).await);
    furnish(&*store).await;
    let id = store.function(&key("p1", "g")).await.unwrap().unwrap();
    let publishing = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for _ in 0..100 {
                store.publish(id, publication(None)).await.unwrap();
            }
        })
    };
    let file = folder.path().join("backup.db");
    admin::backup(&store, &file).await.unwrap();
    publishing.await.unwrap();
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("store.db"))
        .collect();
    assert_eq!(names, ["backup.db"], "something is left lying about");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let error = admin::backup(&store, &file).await.unwrap_err();
    assert!(matches!(error, TransferError::Exists(_)), "{error}");
    let nowhere = folder.path().join("missing/backup.db");
    let error = admin::backup(&store, &nowhere).await.unwrap_err();
    assert!(matches!(error, TransferError::File { .. }), "{error}");

    let before = fs::read(&file).unwrap();
    let restored = open(&folder.path().join("restored.db")).await;
    let filled = admin::restore(&file, &restored, origin()).await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), before, "the backup was touched");
    assert_eq!((filled.functions, filled.deleted, filled.keys), (3, 3, 2));
    assert!((3..=103).contains(&filled.versions), "{filled:?}");
    let checked = admin::check(&restored).await.unwrap();
    assert_eq!(checked.problems, [""; 0]);
    // Its pages are those of the original, as far as it goes.
    for name in ["f", "g"] {
        let page = async |store: &AnyStore, limit| {
            let id = store.function(&key("p1", name)).await.unwrap().unwrap();
            let page = store.page(id, PageRange::new(0, limit)).await;
            page.unwrap().unwrap()
        };
        let restored = page(&restored, 400).await;
        let original = page(&store, restored.items.into()).await;
        let end = restored.json.len() - 40;
        assert_eq!(restored.json[..end], original.json[..end]);
    }
    let again = admin::restore(&file, &restored, origin()).await;
    assert!(
        matches!(
            again,
            Err(TransferError::Store(StoreError::NotEmpty { .. }))
        ),
        "{again:?}"
    );
    for wrong in ["notes.txt", "missing.db"] {
        if wrong == "notes.txt" {
            fs::write(folder.path().join(wrong), "notes").unwrap();
        }
        let target = open(&folder.path().join(format!("{wrong}.target"))).await;
        let outcome = admin::restore(&folder.path().join(wrong), &target, origin()).await;
        assert!(
            matches!(
                outcome,
                Err(TransferError::Store(
                    StoreError::NotAStore { .. } | StoreError::Missing { .. }
                ))
            ),
            "{outcome:?}"
        );
    }
    let copied = open(&folder.path().join("copied.db")).await;
    admin::copy(&restored, &copied, origin()).await.unwrap();
    let (mut one, mut two) = (contents(&restored).await, contents(&copied).await);
    // The copy has a record of the copying.
    one.pop();
    two.pop();
    assert_eq!(one[..], two[..two.len() - 1]);
}

#[tokio::test]
async fn a_check_finds_what_does_not_fit() {
    for (tampering, word) in [
        (
            "DROP TRIGGER version_is_written_once; UPDATE version SET metadata = '{}'",
            "is no version",
        ),
        (
            "DROP TRIGGER version_is_written_once; UPDATE version SET metadata = '{\"version\":\"x\"}'",
            "that of another version",
        ),
        (
            "UPDATE working_copy SET metadata = '[]' WHERE function = 1",
            "no JSON object",
        ),
        (
            "UPDATE working_copy SET metadata = '{}' WHERE function = 1",
            "fingerprint",
        ),
        (
            "DROP TRIGGER code_is_written_once; UPDATE code SET bytes = x'00' WHERE id = 1",
            "is stored as",
        ),
        (
            "UPDATE function SET versions = 9 WHERE id = 1",
            "counted as 9",
        ),
        (
            "UPDATE function SET next_position = 90 WHERE id = 1",
            "next position is 90",
        ),
        (
            "DROP TRIGGER deleted_version_stays; DELETE FROM deleted_version WHERE name = 'v3'",
            "its position is 4 where 3 is next",
        ),
        (
            "PRAGMA foreign_keys = OFF; DROP TRIGGER code_in_use_stays; DELETE FROM code WHERE id = 1",
            "refers to a row of code",
        ),
    ] {
        let harness = Sqlite::fresh().await;
        furnish(&*harness.store).await;
        let other = Connection::open(Sqlite::path(&harness.folder)).unwrap();
        other.execute_batch(tampering).unwrap();
        let checked = admin::check(&*harness.store).await.unwrap();
        assert!(
            checked
                .problems
                .iter()
                .any(|problem| problem.contains(word)),
            "{tampering}: {checked:?}"
        );
    }
}

#[tokio::test]
async fn a_store_is_made_or_brought_up_to_date_on_demand() {
    let folder = TempDir::new().unwrap();
    let url = StoreUrl::Sqlite(folder.path().join("store.db"));
    let migrated = admin::migrate(&url).await.unwrap();
    assert_eq!((migrated.from, migrated.to), (0, 2));
    let migrated = admin::migrate(&url).await.unwrap();
    assert_eq!((migrated.from, migrated.to), (2, 2));
}
