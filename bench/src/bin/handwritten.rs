//! The peer: publish and list on axum and rusqlite, by hand, with the least that is correct.
//!
//! Parameters are bound, JSON text is stored as it is served, a publication is one transaction that
//! is on disk before its answer (WAL, `synchronous=FULL`). It knows no callers, no rules, no limits
//! and no log. `handwritten PATH FUNCTIONS VERSIONS` makes the database, then serves it on a free
//! port and says where.
#![allow(
    clippy::disallowed_types,
    reason = "written as anybody would, not on the generated router"
)]

use std::env;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use functiongraph_bench::{function_name, metadata};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

const SCHEMA: &str = "
    CREATE TABLE function (name TEXT PRIMARY KEY, latest TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE version (
        function TEXT NOT NULL,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        json TEXT NOT NULL,
        PRIMARY KEY (function, position),
        UNIQUE (function, name)
    ) WITHOUT ROWID;
";

struct Database {
    reader: Mutex<Connection>,
    writer: Mutex<Connection>,
}

fn open(path: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    Ok(connection)
}

fn fill(connection: &mut Connection, functions: u32, versions: u32) -> rusqlite::Result<()> {
    connection.execute_batch(SCHEMA)?;
    let transaction = connection.transaction()?;
    for number in 0..functions {
        let name = function_name(number);
        let mut fields = metadata(number);
        transaction.execute(
            "INSERT INTO function VALUES (?1, ?2)",
            params![name, Value::Object(fields.clone()).to_string()],
        )?;
        for version in 1..=versions {
            fields.insert("version".into(), format!("v{version}").into());
            transaction.execute(
                "INSERT INTO version VALUES (?1, ?2, ?3, ?4)",
                params![
                    name,
                    version,
                    format!("v{version}"),
                    Value::Object(fields.clone()).to_string()
                ],
            )?;
        }
    }
    transaction.commit()
}

fn page(
    connection: &Connection,
    function: &str,
    marker: i64,
    count: i64,
) -> rusqlite::Result<Option<String>> {
    let mut latest = connection.prepare_cached("SELECT latest FROM function WHERE name = ?1")?;
    let Some(latest) = latest
        .query_row([function], |row| row.get::<_, String>(0))
        .optional()?
    else {
        return Ok(None);
    };
    let mut text = String::from("{\"versions\":[");
    let mut next = marker;
    if marker == 0 {
        text.push_str(&latest);
        next = 1;
    }
    let mut versions = connection.prepare_cached(
        "SELECT position, json FROM version WHERE function = ?1 AND position BETWEEN ?2 AND ?3 ORDER BY position",
    )?;
    let mut rows = versions.query(params![function, marker.max(1), marker + count - 1])?;
    while let Some(row) = rows.next()? {
        if !text.ends_with('[') {
            text.push(',');
        }
        text.push_str(row.get_ref(1)?.as_str()?);
        next = row.get::<_, i64>(0)? + 1;
    }
    let mut total =
        connection.prepare_cached("SELECT max(position) FROM version WHERE function = ?1")?;
    let total: Option<i64> = total.query_row([function], |row| row.get(0))?;
    text.push_str(&format!(
        "],\"next_marker\":{next},\"count\":{}}}",
        total.unwrap_or(0) + 1
    ));
    Ok(Some(text))
}

fn publish(
    connection: &mut Connection,
    function: &str,
    body: &Value,
) -> Result<Option<String>, Box<dyn Error + Send + Sync>> {
    let transaction = connection.transaction()?;
    let latest = transaction
        .prepare_cached("SELECT latest FROM function WHERE name = ?1")?
        .query_row([function], |row| row.get::<_, String>(0))
        .optional()?;
    let Some(latest) = latest else {
        return Ok(None);
    };
    let position: i64 = transaction
        .prepare_cached("SELECT coalesce(max(position), 0) + 1 FROM version WHERE function = ?1")?
        .query_row([function], |row| row.get(0))?;
    let mut version: Value = serde_json::from_str(&latest)?;
    let now = jiff::Timestamp::now().to_string();
    let name = body["version"].as_str().unwrap_or(&now);
    version["version"] = name.into();
    version["version_description"] = body["description"].clone();
    version["image_name"] = format!("{name}-260101000000@bench").into();
    version["last_modified"] = now.clone().into();
    let json = version.to_string();
    transaction
        .prepare_cached("INSERT INTO version VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![function, position, name, json])?;
    transaction.commit()?;
    Ok(Some(json))
}

fn answer<E>(outcome: Result<Option<String>, E>) -> Response {
    match outcome {
        Ok(Some(json)) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn name_in(urn: &str) -> &str {
    urn.rsplit(':').next().unwrap_or_default()
}

async fn list_handler(
    State(database): State<Arc<Database>>,
    Path((_, urn)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let number = |name, default| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.parse().ok())
            .unwrap_or(default)
    };
    let connection = database
        .reader
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    answer(page(
        &connection,
        name_in(&urn),
        number("marker", 0),
        number("maxitems", 400),
    ))
}

async fn publish_handler(
    State(database): State<Arc<Database>>,
    Path((_, urn)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let published = spawn_blocking(move || {
        let mut connection = database
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        publish(&mut connection, name_in(&urn), &body)
    });
    match published.await {
        Ok(outcome) => answer(outcome),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut next = |what: &str| {
        arguments
            .next()
            .ok_or(format!("handwritten: {what} is missing"))
    };
    let path = next("the path")?;
    let mut writer = open(&path)?;
    fill(
        &mut writer,
        next("the number of functions")?.parse()?,
        next("the number of versions")?.parse()?,
    )?;
    let database = Arc::new(Database {
        reader: Mutex::new(open(&path)?),
        writer: Mutex::new(writer),
    });
    let app = Router::new()
        .route(
            "/v2/{project}/fgs/functions/{urn}/versions",
            get(list_handler).post(publish_handler),
        )
        .with_state(database);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    functiongraph_bench::announce(listener.local_addr()?)?;
    axum::serve(listener, app).await?;
    Ok(())
}
