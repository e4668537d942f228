//! Publishing.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use super::audit::record;
use super::connection::translate;
use super::row::{digests, text, unreadable};
use super::{sql, version_key};
use crate::domain::{
    Fingerprint, FunctionKey, FunctionState, GeneratedName, NewVersion, Publication, Refusal,
};
use crate::store::{FunctionId, PublishError, Published, deeds};

pub(super) fn publish(
    connection: &Connection,
    path: &Path,
    function: FunctionId,
    publication: &Publication,
) -> Result<Published, PublishError> {
    let failed = |error| PublishError::Store(translate(path, error));
    let stored = read_state(connection, function)
        .map_err(failed)?
        .ok_or_else(Refusal::function_not_found)?;
    let state = &stored.state;
    let mut draft = publication.draft(state)?;
    while name_is_used(connection, function, draft.name().as_str()).map_err(failed)? {
        draft = draft.taken()?;
    }
    let version = draft.finish(publication, state)?;
    add_version(connection, function, &stored, &version).map_err(failed)?;
    let position = u64::from(stored.next_position);
    let deed = deeds::published(&stored.key, version.name.as_str(), position);
    record(connection, &publication.origin, &deed).map_err(failed)?;
    Ok(Published {
        name: version.name,
        position,
        json: version.json,
    })
}

/// What a publication needs to know, and where its version goes.
struct Stored {
    state: FunctionState,
    key: FunctionKey,
    code: Option<i64>,
    next_position: u32,
}

fn read_state(connection: &Connection, function: FunctionId) -> rusqlite::Result<Option<Stored>> {
    connection
        .prepare_cached(sql::STATE)?
        .query_row((function.0,), |row| {
            Ok(Stored {
                code: row.get(1)?,
                next_position: row.get(6)?,
                key: FunctionKey {
                    project: row.get(9)?,
                    package: row.get(10)?,
                    name: row.get(11)?,
                },
                state: FunctionState {
                    latest: serde_json::from_str(text(row, 0)?)
                        .map_err(|error| unreadable(0, error))?,
                    code: digests(row, 3, 4)?,
                    fingerprint: Fingerprint(row.get(2)?),
                    versions: row.get::<_, u32>(5)?.into(),
                    last_generated: row
                        .get::<_, Option<i64>>(7)?
                        .map(GeneratedName::from_second),
                    published: row.get::<_, Option<[u8; 32]>>(8)?.map(Fingerprint),
                },
            })
        })
        .optional()
}

fn name_is_used(
    connection: &Connection,
    function: FunctionId,
    name: &str,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(sql::NAME_IS_USED)?
        .query_row((function.0, name), |row| row.get(0))
}

fn add_version(
    connection: &Connection,
    function: FunctionId,
    stored: &Stored,
    version: &NewVersion,
) -> rusqlite::Result<()> {
    connection.prepare_cached(sql::ADD_VERSION)?.execute((
        version_key(function, stored.next_position.into()),
        function.0,
        stored.code,
        version.name.as_str(),
        &version.json,
    ))?;
    connection.prepare_cached(sql::NOTE_PUBLICATION)?.execute((
        function.0,
        stored.state.fingerprint.0,
        version.generated.map(GeneratedName::as_second),
    ))?;
    Ok(())
}
