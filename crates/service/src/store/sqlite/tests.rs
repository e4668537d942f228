//! What cannot be seen from outside: settings, query plans, rows read.
#![allow(clippy::unwrap_used, clippy::panic)]

use rusqlite::StatementStatus;
use serde_json::json;
use tempfile::TempDir;

use super::administration::import;
use super::*;
use crate::domain::{Actor, Origin, Rules, StoredCode, WorkingCopy};
use crate::store::{Administration as _, ImportMode};

fn copy(name: &str) -> WorkingCopy {
    WorkingCopy::new(
        FunctionKey {
            project: "p".into(),
            package: "default".into(),
            name: name.into(),
        },
        json!({"func_name": name}).as_object().unwrap().clone(),
        None,
    )
}

fn origin() -> Origin {
    Origin {
        actor: Actor::administrator("test"),
        at: "2026-11-21T12:00:07Z".parse().unwrap(),
        request_id: None,
    }
}

fn publication() -> Publication {
    Publication {
        version: None,
        description: None,
        digest: None,
        origin: origin(),
        image_tag: "a1b2c".into(),
        rules: Rules {
            max_versions: u64::MAX,
            refuse_unchanged: true,
        },
    }
}

fn pragma(connection: &Connection, name: &str) -> String {
    connection
        .pragma_query_value(None, name, |row| {
            Ok(match row.get_ref(0)? {
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                other => other.as_str()?.to_owned(),
            })
        })
        .unwrap()
}

#[test]
fn commits_are_synced() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let connection = open_writer(&path, &SqliteOptions::default()).unwrap().0;
    for (setting, value) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("fullfsync", "1"),
        ("checkpoint_fullfsync", "1"),
        ("foreign_keys", "1"),
        ("recursive_triggers", "1"),
        ("trusted_schema", "0"),
        ("user_version", "2"),
    ] {
        assert_eq!(pragma(&connection, setting), value, "{setting}");
    }
    let reader = open_reader(&path, &SqliteOptions::default()).unwrap();
    assert_eq!(pragma(&reader, "query_only"), "1");
    assert!(reader.execute("DELETE FROM token", ()).is_err());
}

/// No statement looks at rows that it does not need: each step of every plan is a look-up by key.
#[test]
fn no_statement_scans_or_sorts() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let connection = open_writer(&path, &SqliteOptions::default()).unwrap().0;
    for statement in sql::READS.iter().chain(sql::WRITES) {
        // The first asks whether there is any function at all. The plan of the second has a part
        // that runs only while a foreign key is violated; that it doesn't run is seen by `steps`.
        if [sql::READY, sql::ADD_CODE].contains(statement) {
            continue;
        }
        let mut plan = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
            .unwrap();
        let unbound = vec![rusqlite::types::Null; plan.parameter_count()];
        let mut steps = plan.query(rusqlite::params_from_iter(unbound)).unwrap();
        while let Some(step) = steps.next().unwrap() {
            let detail: String = step.get(3).unwrap();
            assert!(
                !detail.starts_with("SCAN ") || detail == "SCAN CONSTANT ROW",
                "{statement}: {detail}"
            );
            assert!(!detail.contains("TEMP B-TREE"), "{statement}: {detail}");
        }
    }
}

/// Steps of SQLite's machine that the statements took since they were last asked; every one that
/// reads a row takes some.
fn steps(connection: &Connection, statements: &[&str]) -> i32 {
    statements
        .iter()
        .map(|statement| {
            let statement = connection.prepare_cached(statement).unwrap();
            assert_eq!(statement.get_status(StatementStatus::FullscanStep), 0);
            assert_eq!(statement.get_status(StatementStatus::Sort), 0);
            statement.reset_status(StatementStatus::VmStep)
        })
        .sum()
}

/// Steps of a publication, and of a page of 20 items, in a store of `functions` functions with
/// `versions` versions each.
fn cost(functions: usize, versions: usize) -> (i32, i32) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let connection = open_writer(&path, &SqliteOptions::default()).unwrap().0;
    run(&connection, "BEGIN").unwrap();
    let copies: Vec<_> = (0..functions)
        .map(|n| WorkingCopy {
            code: Some(StoredCode::new(n.to_string().into_bytes())),
            ..copy(&format!("f{n}"))
        })
        .collect();
    import(&connection, &copies, ImportMode::CreateOnly, &origin()).unwrap();
    let mut publication = publication();
    publication.rules.refuse_unchanged = false;
    for function in 1..=functions {
        let function = FunctionId(i64::try_from(function).unwrap());
        for _ in 0..versions {
            publish(&connection, &path, function, &publication).unwrap();
        }
    }
    let middle = FunctionId(i64::try_from(functions / 2 + 1).unwrap());
    steps(&connection, sql::WRITES);
    publish(&connection, &path, middle, &publication).unwrap();
    let publishing = steps(&connection, sql::WRITES);
    run(&connection, "COMMIT").unwrap();

    let reader = open_reader(&path, &SqliteOptions::default()).unwrap();
    steps(&reader, sql::READS);
    let range = PageRange::new(u64::try_from(versions).unwrap() - 20, 20);
    let page = read_page(&reader, middle, range).unwrap().unwrap();
    assert_eq!(page.items, 20);
    (publishing, steps(&reader, sql::READS))
}

#[test]
fn rows_read_do_not_depend_on_how_many_functions_and_versions_exist() {
    let small = cost(1, 30);
    assert!(small.0 > 0 && small.1 > 0, "{small:?}");
    assert_eq!(cost(60, 30), small);
    assert_eq!(cost(2, 600), small);
}

/// A panic in a caller's work is that caller's error, and leaves the thread and others alone.
#[tokio::test]
async fn a_panic_is_one_callers_error() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("store.db")).unwrap();
    let outcome: Result<(), StoreError> = store
        .0
        .writer
        .run(|connection| {
            connection
                .execute("INSERT INTO token (hash, id, project, role) VALUES (zeroblob(32), 't', 'p', 'reader')", ())
                .unwrap();
            panic!("on purpose");
        })
        .await;
    let error = outcome.unwrap_err();
    assert!(
        matches!(&error, StoreError::Internal(cause) if cause.to_string().contains("on purpose"))
    );
    let token = store.grant(TokenHash([0; 32]), origin().at).await;
    assert_eq!(token.unwrap(), None);
    let copies = vec![copy("f")];
    store
        .import(copies, ImportMode::CreateOnly, origin())
        .await
        .unwrap();
}

/// Callers who wait together are committed together, and one who is turned down leaves nothing.
#[tokio::test]
async fn a_group_is_one_transaction() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("store.db")).unwrap();
    store
        .import(vec![copy("f")], ImportMode::CreateOnly, origin())
        .await
        .unwrap();
    let (release, gate) = std::sync::mpsc::channel::<()>();
    let writer = &store.0.writer;
    let before = commits(&store);
    let first = writer.run(move |_| {
        gate.recv().unwrap();
        Ok::<(), StoreError>(())
    });
    let publish = |number: u32| {
        let publication = Publication {
            description: Some(number.to_string()),
            ..publication()
        };
        store.publish(FunctionId(1), publication)
    };
    let opener = async {
        // All others are in line by now: each future ran up to its answer.
        tokio::task::yield_now().await;
        release.send(()).unwrap();
    };
    let (first, one, two, three, ()) =
        tokio::join!(first, publish(1), publish(2), publish(3), opener);
    first.unwrap();
    // Nothing changed since the first of them, and the rules ask for a change.
    assert_eq!(one.unwrap().position, 1);
    for refused in [two, three] {
        assert!(
            matches!(refused, Err(PublishError::Refused(_))),
            "{refused:?}"
        );
    }
    assert!(
        commits(&store) - before <= 2,
        "each caller had a commit of its own"
    );
}

/// How often the file was committed to, as another connection sees it.
fn commits(store: &SqliteStore) -> i64 {
    let text = store
        .read(|connection| {
            connection.query_row("SELECT versions FROM function", (), |row| {
                row.get::<_, i64>(0)
            })
        })
        .unwrap();
    assert!(text > 0);
    // Every commit of the log ends with a frame that has the size of the file in it.
    let log = std::fs::read(format!("{}-wal", store.path().display())).unwrap();
    let frames = log.get(32..).unwrap().chunks_exact(24 + 4096);
    i64::try_from(frames.filter(|frame| frame[4..8] != [0; 4]).count()).unwrap()
}

/// What is kept ready is never older than a question: whatever another program does to the file shows
/// in the next answer, though all readers had the one before ready.
#[tokio::test]
async fn nothing_that_is_kept_outlives_a_commit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).unwrap();
    let token = TokenHash([7; 32]);
    let other = open_writer(&path, &SqliteOptions::default()).unwrap().0;
    let range = PageRange::new(0, 20);
    let key = copy("f").key;
    let now = origin().at;
    let seen = async || {
        // On four readers, which are taken at once, and twice on each: once read, and once kept.
        let answer = |reader: &mut Reader| {
            let grant = reader.grant(token, now).unwrap();
            let function = reader.function(&key).unwrap();
            let page = function.and_then(|function| reader.page(function, range).unwrap());
            (grant.is_some(), function, page)
        };
        let open = || Reader::open(&path, &SqliteOptions::default()).unwrap();
        let mut readers = {
            let mut idle = store.readers();
            idle.resize_with(4, open);
            std::mem::take(&mut *idle)
        };
        let mut answers: Vec<_> = readers.iter_mut().map(answer).collect();
        answers.extend(readers.iter_mut().map(answer));
        *store.readers() = readers;
        let first = answers.remove(0);
        assert!(answers.iter().all(|other| *other == first), "{answers:?}");
        first
    };
    assert_eq!(seen().await, (false, None, None));
    other
        .execute(
            "INSERT INTO token (hash, id, project, role) VALUES (?1, 't', 'p', 'reader')",
            (token.0,),
        )
        .unwrap();
    assert_eq!(seen().await, (true, None, None));
    import(&other, &[copy("f")], ImportMode::CreateOnly, &origin()).unwrap();
    let function = FunctionId(1);
    for count in 1..20 {
        let (granted, found, page) = seen().await;
        assert_eq!((granted, found), (true, Some(function)));
        assert_eq!(page.unwrap().count, count);
        let publication = Publication {
            rules: Rules {
                refuse_unchanged: false,
                ..publication().rules
            },
            ..publication()
        };
        // In turn by another program and by this process.
        if count % 2 == 0 {
            publish(&other, &path, function, &publication).unwrap();
        } else {
            store.publish(function, publication).await.unwrap();
        }
        if count % 5 == 0 {
            run_checkpoint(&other);
        }
    }
    // What is changed or deleted shows as well as what is added.
    let before = seen().await.2.unwrap();
    other
        .execute("UPDATE working_copy SET metadata = '{\"changed\":1}'", ())
        .unwrap();
    let changed = seen().await.2.unwrap();
    assert_ne!(changed.json, before.json);
    store
        .delete_version(&key, &name_of(&other), origin())
        .await
        .unwrap();
    assert_eq!(seen().await.2.unwrap().count, changed.count - 1);
    other
        .execute("UPDATE token SET revoked = 1 WHERE id = 't'", ())
        .unwrap();
    assert!(!seen().await.0);
}

/// Moves the log into the file, and begins the log anew.
fn run_checkpoint(connection: &Connection) {
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
        .unwrap();
}

/// The name of a version that is there.
fn name_of(connection: &Connection) -> String {
    connection
        .query_row("SELECT name FROM version LIMIT 1", (), |row| row.get(0))
        .unwrap()
}

/// A token that is kept ready ends like one that is read.
#[tokio::test]
async fn a_kept_token_ends() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).unwrap();
    let token = TokenHash([7; 32]);
    let end = origin().at;
    open_writer(&path, &SqliteOptions::default())
        .unwrap()
        .0
        .execute(
            "INSERT INTO token (hash, id, project, role, expires) VALUES (?1, 't', 'p', 'reader', ?2)",
            (token.0, end.as_microsecond()),
        )
        .unwrap();
    let before = Timestamp::from_microsecond(end.as_microsecond() - 1).unwrap();
    for (now, granted) in [(before, true), (before, true), (end, false), (before, true)] {
        let found = store.grant(token, now).await.unwrap();
        assert_eq!(found.is_some(), granted, "{now}");
    }
}
