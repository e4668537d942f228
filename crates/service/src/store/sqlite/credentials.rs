//! Tokens, keys, and signatures that were seen.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::audit::record;
use super::row::{named, optional_time, time};
use super::sql;
use crate::auth::{CredentialId, Grant, KeyGrant, SecretKey, TokenHash};
use crate::domain::Origin;
use crate::store::deeds;
use crate::store::{Added, KeyRecord, NewKey, NewToken, Revocation, TokenRecord};

/// What a token grants that is not revoked, and until when.
#[derive(Clone, Debug)]
pub(super) struct TokenGrant {
    grant: Grant,
    expires: Option<Timestamp>,
}

impl TokenGrant {
    /// The grant at a time.
    pub(super) fn at(self, now: Timestamp) -> Option<Grant> {
        self.expires
            .is_none_or(|expires| expires > now)
            .then_some(self.grant)
    }
}

pub(super) fn grant(
    connection: &Connection,
    token: TokenHash,
) -> rusqlite::Result<Option<TokenGrant>> {
    connection
        .prepare_cached(sql::GRANT)?
        .query_row((token.0,), |row| {
            Ok(TokenGrant {
                grant: grant_at(row, 0)?,
                expires: optional_time(row, 3)?,
            })
        })
        .optional()
}

pub(super) fn key(
    connection: &Connection,
    access: &str,
    now: Timestamp,
) -> rusqlite::Result<Option<KeyGrant>> {
    connection
        .prepare_cached(sql::KEY)?
        .query_row((access, now.as_microsecond()), |row| {
            Ok(KeyGrant {
                secret: SecretKey::new(row.get::<_, String>(0)?),
                grant: grant_at(row, 1)?,
            })
        })
        .optional()
}

/// A grant in three columns.
fn grant_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Grant> {
    Ok(Grant {
        id: CredentialId::new(row.get::<_, String>(column)?),
        project: row.get(column + 1)?,
        role: named(row, column + 2)?,
    })
}

pub(super) fn note_signature(
    connection: &Connection,
    signature: [u8; 32],
    until: Timestamp,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(sql::PRUNE_SIGNATURES)?
        .execute((now.as_microsecond(),))?;
    let noted = connection
        .prepare_cached(sql::NOTE_SIGNATURE)?
        .execute((signature, until.as_microsecond()))?;
    Ok(noted == 1)
}

pub(super) fn add_token(
    connection: &Connection,
    token: &NewToken,
    origin: &Origin,
) -> rusqlite::Result<Added<TokenRecord>> {
    let there = connection
        .prepare_cached(sql::TOKEN)?
        .query_row((token.hash.0,), token_of)
        .optional()?;
    if let Some(there) = there {
        return Ok(there.compared(token));
    }
    connection.prepare_cached(sql::ADD_TOKEN)?.execute((
        token.hash.0,
        token.id.as_str(),
        &token.project,
        token.role.as_str(),
        origin.at.as_microsecond(),
        token.expires.map(Timestamp::as_microsecond),
    ))?;
    record(connection, origin, &deeds::token_added(token))?;
    Ok(Added::Added(TokenRecord {
        id: token.id.clone(),
        project: token.project.clone(),
        role: token.role,
        created: Some(origin.at),
        expires: token.expires,
        revoked: None,
    }))
}

pub(super) fn tokens(
    connection: &Connection,
    project: Option<&str>,
) -> rusqlite::Result<Vec<TokenRecord>> {
    connection
        .prepare_cached(sql::TOKENS)?
        .query_map((project,), token_of)?
        .collect()
}

pub(super) fn revoke_token(
    connection: &Connection,
    id: &CredentialId,
    origin: &Origin,
) -> rusqlite::Result<Revocation<TokenRecord>> {
    let there = connection
        .prepare_cached(sql::TOKEN_BY_ID)?
        .query_row((id.as_str(),), token_of)
        .optional()?;
    let Some(there) = there else {
        return Ok(Revocation::Unknown);
    };
    if there.revoked.is_some() {
        return Ok(Revocation::AlreadyRevoked(there));
    }
    connection
        .prepare_cached(sql::REVOKE_TOKEN)?
        .execute((id.as_str(), origin.at.as_microsecond()))?;
    record(connection, origin, &deeds::token_revoked(&there))?;
    Ok(Revocation::Revoked(TokenRecord {
        revoked: Some(origin.at),
        ..there
    }))
}

fn token_of(row: &Row<'_>) -> rusqlite::Result<TokenRecord> {
    Ok(TokenRecord {
        id: CredentialId::new(row.get::<_, String>(0)?),
        project: row.get(1)?,
        role: named(row, 2)?,
        created: optional_time(row, 3)?,
        expires: optional_time(row, 4)?,
        revoked: optional_time(row, 5)?,
    })
}

pub(super) fn add_key(
    connection: &Connection,
    key: &NewKey,
    origin: &Origin,
) -> rusqlite::Result<Added<KeyRecord>> {
    let there = connection
        .prepare_cached(sql::KEY_RECORD)?
        .query_row((&key.access,), |row| {
            let secret: Option<String> = row.get(6)?;
            Ok((key_of(row)?, secret.map(SecretKey::new)))
        })
        .optional()?;
    if let Some((there, secret)) = there {
        return Ok(there.compared(secret.as_ref(), key));
    }
    connection.prepare_cached(sql::ADD_KEY)?.execute((
        &key.access,
        key.secret.reveal(),
        &key.project,
        key.role.as_str(),
        origin.at.as_microsecond(),
        key.expires.map(Timestamp::as_microsecond),
    ))?;
    record(connection, origin, &deeds::key_added(key))?;
    Ok(Added::Added(KeyRecord {
        access: key.access.clone(),
        project: key.project.clone(),
        role: key.role,
        created: origin.at,
        expires: key.expires,
        revoked: None,
    }))
}

pub(super) fn keys(
    connection: &Connection,
    project: Option<&str>,
) -> rusqlite::Result<Vec<KeyRecord>> {
    connection
        .prepare_cached(sql::KEYS)?
        .query_map((project,), key_of)?
        .collect()
}

pub(super) fn revoke_key(
    connection: &Connection,
    access: &str,
    origin: &Origin,
) -> rusqlite::Result<Revocation<KeyRecord>> {
    let there = connection
        .prepare_cached(sql::KEY_RECORD)?
        .query_row((access,), key_of)
        .optional()?;
    let Some(there) = there else {
        return Ok(Revocation::Unknown);
    };
    if there.revoked.is_some() {
        return Ok(Revocation::AlreadyRevoked(there));
    }
    connection
        .prepare_cached(sql::REVOKE_KEY)?
        .execute((access, origin.at.as_microsecond()))?;
    record(connection, origin, &deeds::key_revoked(&there))?;
    Ok(Revocation::Revoked(KeyRecord {
        revoked: Some(origin.at),
        ..there
    }))
}

fn key_of(row: &Row<'_>) -> rusqlite::Result<KeyRecord> {
    Ok(KeyRecord {
        access: row.get(0)?,
        project: row.get(1)?,
        role: named(row, 2)?,
        created: time(row, 3)?,
        expires: optional_time(row, 4)?,
        revoked: optional_time(row, 5)?,
    })
}
