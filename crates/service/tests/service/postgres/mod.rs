//! The store on PostgreSQL: the common suite, directly and behind a pooler, and what is its own.

mod kill;
mod replicas;
mod server;

use std::sync::Arc;
use std::time::Duration;

use functiongraph_service::admin::{self, TransferError};
use functiongraph_service::domain::PageRange;
use functiongraph_service::store::postgres::{PostgresOptions, PostgresStore};
use functiongraph_service::store::{
    Administration, AnyStore, ImportMode, OpenOptions, PublishError, Store, StoreError, StoreUrl,
    VersionDeletion,
};
use tempfile::TempDir;

use self::server::{Pooler, Server, connect, database, free_port, port};
use crate::store_suite::{
    Harness, contents, copy, function, furnish, key, origin, publication, publish, store_suite,
};

/// The URL of a database on this machine.
pub(crate) fn url(port: u16, database: &str) -> StoreUrl {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
        .parse()
        .unwrap()
}

pub(crate) async fn open(url: &StoreUrl) -> Result<PostgresStore, StoreError> {
    let StoreUrl::Postgres(url) = url else {
        panic!("{url}");
    };
    PostgresStore::open(url, PostgresOptions::default()).await
}

struct Postgres {
    url: StoreUrl,
    store: Arc<PostgresStore>,
}

impl Harness for Postgres {
    type Store = PostgresStore;

    async fn fresh() -> Self {
        let url = url(port(), &database(port()).await);
        let store = Arc::new(open(&url).await.unwrap());
        Self { url, store }
    }

    fn store(&self) -> Arc<PostgresStore> {
        Arc::clone(&self.store)
    }

    async fn reopened(self) -> Self {
        self.store.close().await;
        let store = Arc::new(open(&self.url).await.unwrap());
        Self { store, ..self }
    }
}

mod direct {
    use super::*;

    store_suite!(
        Postgres,
        ignore = "needs PostgreSQL: cargo xtask test --only stores"
    );
}

/// Each transaction may meet another session of the server.
struct Pooled {
    inner: Postgres,
    _pooler: Pooler,
}

impl Harness for Pooled {
    type Store = PostgresStore;

    async fn fresh() -> Self {
        let pooler = Pooler::start(port());
        let url = url(pooler.port, &database(port()).await);
        let store = Arc::new(open(&url).await.unwrap());
        Self {
            inner: Postgres { url, store },
            _pooler: pooler,
        }
    }

    fn store(&self) -> Arc<PostgresStore> {
        self.inner.store()
    }

    async fn reopened(self) -> Self {
        Self {
            inner: self.inner.reopened().await,
            ..self
        }
    }
}

mod pooled {
    use super::*;

    store_suite!(
        Pooled,
        ignore = "needs PostgreSQL: cargo xtask test --only stores"
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn what_cannot_be_reached_or_used_is_named() {
    let name = database(port()).await;
    let closed = free_port();
    for (text, word) in [
        (
            format!("postgres://postgres:s3cret@127.0.0.1:{closed}/{name}"),
            "cannot be reached",
        ),
        (
            format!("postgres://nobody:s3cret@127.0.0.1:{}/{name}", port()),
            "role \"nobody\" does not exist",
        ),
        (
            format!("postgres://postgres:s3cret@127.0.0.1:{}/missing", port()),
            "database \"missing\" does not exist",
        ),
        (
            format!(
                "postgres://postgres:s3cret@127.0.0.1:{}/{name}?sslmode=require",
                port()
            ),
            "cannot be reached",
        ),
    ] {
        let error = open(&text.parse().unwrap()).await.unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains(word), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn a_database_that_acknowledges_before_it_syncs_is_refused() {
    let name = database(port()).await;
    let store = open(&url(port(), &name)).await.unwrap();
    let id = function(&store, "f").await;
    publish(&store, id, "v1").await;
    let client = connect(port(), "postgres").await;
    let statement = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    client.batch_execute(&statement).await.unwrap();
    let error = open(&url(port(), &name)).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::NotDurable {
                setting: "synchronous_commit",
                ..
            }
        ),
        "{error}"
    );
    // Sessions that come later are told, too: nothing is acknowledged on them.
    client
        .batch_execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await
        .unwrap();
    let mut outcome = store.publish(id, publication(Some("v2"))).await;
    while matches!(
        outcome,
        Err(PublishError::Store(StoreError::Unreachable { .. }))
    ) {
        outcome = store.publish(id, publication(Some("v2"))).await;
    }
    assert!(
        matches!(
            outcome,
            Err(PublishError::Store(StoreError::NotDurable { .. }))
        ),
        "{outcome:?}"
    );
    assert!(!store.has_version(id, "v2").await.unwrap());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn many_may_migrate_at_once() {
    for _ in 0..3 {
        let name = database(port()).await;
        let opening: Vec<_> = (0..8)
            .map(|_| {
                let url = url(port(), &name);
                tokio::spawn(async move { open(&url).await })
            })
            .collect();
        for opened in opening {
            opened.await.unwrap().unwrap().close().await;
        }
        let migrated = admin::migrate(&url(port(), &name)).await.unwrap();
        assert_eq!((migrated.from, migrated.to), (1, 1));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn other_formats_are_refused_and_left_alone() {
    let name = database(port()).await;
    let mut options = OpenOptions::default();
    options.migrate = false;
    let missing = AnyStore::open_with(&url(port(), &name), options)
        .await
        .unwrap_err();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
    let store = open(&url(port(), &name)).await.unwrap();
    assert_eq!(store.format_at_open(), 0);
    store.close().await;
    let client = connect(port(), &name).await;
    client
        .batch_execute("UPDATE functiongraphd.format SET format = 1000")
        .await
        .unwrap();
    let newer = open(&url(port(), &name)).await.unwrap_err();
    assert!(
        matches!(newer, StoreError::Newer { found: 1000, .. }),
        "{newer}"
    );
}

/// What no statement may do to what was published, whoever runs it.
#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn the_database_itself_keeps_published_versions() {
    let name = database(port()).await;
    let store = open(&url(port(), &name)).await.unwrap();
    let f = key("p1", "f");
    let copies = vec![copy(&f, 3, Some(b"code"))];
    store
        .import(copies, ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    let id = store.function(&f).await.unwrap().unwrap();
    publish(&store, id, "v1").await;
    publish(&store, id, "v2").await;
    let deleted = store.delete_version(&f, "v2", origin()).await.unwrap();
    assert_eq!(deleted, VersionDeletion::Deleted);
    let before = contents(&store).await;
    let other = connect(port(), &name).await;
    for statement in [
        "UPDATE version SET metadata = '{}'",
        "UPDATE version SET code = NULL",
        "DELETE FROM version",
        "TRUNCATE version",
        "TRUNCATE version, deleted_version, audit",
        "INSERT INTO version VALUES (1, 1, 'v9', NULL, '{}')",
        "INSERT INTO version VALUES (1, 1, 'v9', NULL, '{}') ON CONFLICT (function, position) DO UPDATE SET metadata = '{}'",
        "INSERT INTO version VALUES (1, 3, 'v1', NULL, '{}')",
        "INSERT INTO version VALUES (1, 3, 'v2', NULL, '{}')",
        "INSERT INTO version VALUES (1, 2, 'v3', NULL, '{}')",
        "INSERT INTO version VALUES (1, 100, 'v3', NULL, '{}')",
        "INSERT INTO version VALUES (1, 3, 'latest', NULL, '{}')",
        "DELETE FROM deleted_version",
        "UPDATE deleted_version SET name = 'x'",
        "UPDATE function SET next_position = 1",
        "UPDATE function SET id = 7",
        "DELETE FROM function",
        "UPDATE code SET bytes = '\\x00'",
        "DELETE FROM code",
        "UPDATE audit SET actor = 'somebody else'",
        "DELETE FROM audit",
        "TRUNCATE audit",
    ] {
        let statement = format!("SET search_path = functiongraphd; {statement}");
        let outcome = other.batch_execute(&statement).await;
        assert!(outcome.is_err(), "{statement}");
    }
    assert_eq!(contents(&store).await, before);
    assert_eq!(store.integrity().await.unwrap(), [""; 0]);
    other
        .batch_execute("ALTER TABLE functiongraphd.version DISABLE TRIGGER version_is_written_once")
        .await
        .unwrap();
    let checked = admin::check(&store).await.unwrap();
    assert_eq!(checked.problems.len(), 1, "{checked:?}");
    assert!(checked.problems[0].contains("version_is_written_once"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn a_server_that_goes_away_is_temporary() {
    let mut server = Server::start();
    let name = database(server.port).await;
    let store = open(&url(server.port, &name)).await.unwrap();
    let id = function(&store, "f").await;
    publish(&store, id, "v1").await;
    server.stop();
    for attempt in 0..3 {
        let error = store.ready().await.unwrap_err();
        assert!(error.is_temporary(), "{attempt}: {error}");
        let outcome = store.publish(id, publication(Some("v2"))).await;
        let Err(PublishError::Store(error)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
    }
    server.start_again();
    while store.ready().await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(publish(&store, id, "v2").await.position, 2);
}

/// The way to the database is encrypted, and its certificate is checked.
#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn tls_is_spoken_with_who_has_the_certificate() {
    let mut server = Server::start();
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    server.encrypt(
        &certified.cert.pem(),
        &certified.signing_key.serialize_pem(),
    );
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let of_server = write("server.pem", &certified.cert.pem());
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let of_another = write("other.pem", &other.cert.pem());
    let none = write("none.pem", "");
    let url = |roots: &std::path::Path| {
        let text = format!(
            "postgres://postgres@127.0.0.1:{}/postgres?sslmode=require&sslrootcert={}",
            server.port,
            roots.display()
        );
        text.parse().unwrap()
    };
    let store = open(&url(&of_server)).await.unwrap();
    let id = function(&store, "f").await;
    publish(&store, id, "v1").await;
    let client = connect(server.port, "postgres").await;
    let encrypted = client
        .query_one(
            "SELECT bool_and(s.ssl) FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
             WHERE a.application_name = 'functiongraphd'",
            &[],
        )
        .await
        .unwrap();
    assert!(encrypted.get::<_, bool>(0));
    store.close().await;
    for (roots, word) in [
        (&of_another, "certificate"),
        (&none, "there are none"),
        (&folder.path().join("missing.pem"), "missing.pem"),
    ] {
        let error = open(&url(roots)).await.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

/// What the database refuses to write is not there, the error has its name, and all is well again
/// once the cause is gone.
#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn a_database_that_takes_nothing_loses_nothing() {
    let name = database(port()).await;
    let store = open(&url(port(), &name)).await.unwrap();
    let id = function(&store, "f").await;
    publish(&store, id, "v1").await;
    let client = connect(port(), &name).await;
    // At the last statement of a publication, when its version is written already.
    for (code, full) in [("53100", true), ("25006", false)] {
        client
            .batch_execute(&format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$;
                 CREATE TRIGGER refuse BEFORE INSERT ON functiongraphd.audit
                 FOR EACH ROW EXECUTE FUNCTION refuse()"
            ))
            .await
            .unwrap();
        let outcome = store.publish(id, publication(Some("v2"))).await;
        let named = match &outcome {
            Err(PublishError::Store(StoreError::Full { .. })) => full,
            Err(PublishError::Store(StoreError::ReadOnly { .. })) => !full,
            _ => false,
        };
        assert!(named, "{code}: {outcome:?}");
        assert!(!store.has_version(id, "v2").await.unwrap());
        assert!(store.has_version(id, "v1").await.unwrap());
        client
            .batch_execute("DROP TRIGGER refuse ON functiongraphd.audit; DROP FUNCTION refuse()")
            .await
            .unwrap();
    }
    publish(&store, id, "v2").await;
}

/// Moves between the kinds of stores, and a backup of one is restored into the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn everything_moves_to_sqlite_and_back() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str| StoreUrl::Sqlite(folder.path().join(name));
    let there = AnyStore::open(&url(port(), &database(port()).await))
        .await
        .unwrap();
    furnish(&there).await;
    let original = contents(&there).await;
    let backup = folder.path().join("backup.db");
    admin::backup(&there, &backup).await.unwrap();
    let again = admin::backup(&there, &backup).await;
    assert!(matches!(again, Err(TransferError::Exists(_))), "{again:?}");

    let sqlite = AnyStore::open(&file("restored.db")).await.unwrap();
    admin::restore(&backup, &sqlite, origin()).await.unwrap();
    let back = AnyStore::open(&url(port(), &database(port()).await))
        .await
        .unwrap();
    admin::copy(&sqlite, &back, origin()).await.unwrap();
    let returned = contents(&back).await;
    // Each move is recorded.
    let end = original.len() - 1;
    assert_eq!(returned.len(), original.len() + 2);
    assert_eq!(returned[..end], original[..end]);
    assert_eq!(admin::check(&back).await.unwrap().problems, [""; 0]);
    let id = back.function(&key("p1", "f")).await.unwrap().unwrap();
    assert_eq!(publish(&back, id, "next").await.position, 7);
    function(&back, "another").await;
}

/// Rows that the tables' counters say were read for a publication and for a page of 20 items, in a
/// store of `functions` functions with `versions` versions each.
async fn rows_read(functions: usize, versions: usize) -> (i64, i64) {
    let name = database(port()).await;
    let client = connect(port(), &name).await;
    // What is small is read as a whole otherwise, which hides what is asked.
    client
        .batch_execute(&format!(
            "ALTER DATABASE {name} SET enable_seqscan = off;
             ALTER DATABASE {name} SET enable_bitmapscan = off"
        ))
        .await
        .unwrap();
    let store = open(&url(port(), &name)).await.unwrap();
    let copies = (0..functions)
        .map(|n| copy(&key("p1", &format!("f{n}")), 3, Some(&n.to_le_bytes())))
        .collect();
    store
        .import(copies, ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    let statement = format!(
        "SET session_replication_role = replica;
         INSERT INTO functiongraphd.version (function, position, name, metadata)
         SELECT f.id, p, 'n' || p, '{{\"version\":\"n\"}}'
         FROM functiongraphd.function f, generate_series(1, {versions}) p;
         UPDATE functiongraphd.function SET versions = {versions} + 1, next_position = {versions} + 1;
         RESET session_replication_role; ANALYZE"
    );
    // In a session of its own, which reports what it has read when it ends: later than the counting
    // begins otherwise.
    let filling = connect(port(), &name).await;
    filling.batch_execute(&statement).await.unwrap();
    drop(filling);
    let middle = key("p1", &format!("f{}", functions / 2));
    let id = store.function(&middle).await.unwrap().unwrap();
    store.close().await;

    let mut read = Vec::new();
    for operation in ["publish", "page"] {
        let before = counted(&client).await;
        let store = open(&url(port(), &name)).await.unwrap();
        match operation {
            "publish" => drop(store.publish(id, publication(Some("new"))).await.unwrap()),
            _ => {
                let marker = u64::try_from(versions).unwrap() - 20;
                let range = PageRange::new(marker, 20);
                let page = store.page(id, range).await.unwrap().unwrap();
                assert_eq!(page.items, 20);
            }
        }
        store.close().await;
        read.push(settled(&client, before).await - before);
    }
    (read[0], read[1])
}

/// Rows that were read so far from the service's tables.
async fn counted(client: &tokio_postgres::Client) -> i64 {
    settled(client, -1).await
}

/// As it is once the sessions that are gone have reported, more than before.
async fn settled(client: &tokio_postgres::Client, before: i64) -> i64 {
    let mut last = -1;
    loop {
        let row = client
            .query_one(
                "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::BIGINT,
                 (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())
                 FROM pg_stat_user_tables WHERE schemaname = 'functiongraphd'
                 AND relname <> 'format'",
                &[],
            )
            .await
            .unwrap();
        let (rows, sessions): (i64, i64) = (row.get(0), row.get(1));
        if sessions == 0 && rows == last && rows > before {
            return rows;
        }
        last = rows;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn rows_read_do_not_depend_on_how_many_functions_and_versions_exist() {
    for (functions, versions) in [(1, 30), (60, 30), (2, 3000)] {
        let read = rows_read(functions, versions).await;
        assert!(
            (1..=20).contains(&read.0) && (20..=40).contains(&read.1),
            "{functions} functions, {versions} versions: {read:?}"
        );
    }
}
