//! Tokens, keys, and signatures that were seen.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::audit::record;
use super::row::{Unreadable, bytes, get, int, named, optional_time, text, time};
use super::session::{Failure, Lease};
use super::sql;
use crate::auth::{CredentialId, Grant, KeyGrant, SecretKey, TokenHash};
use crate::domain::Origin;
use crate::store::deeds;
use crate::store::{Added, KeyRecord, NewKey, NewToken, Revocation, TokenRecord};

/// A time as it is stored.
pub(super) fn stored(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_microsecond)
}

pub(super) async fn grant(
    lease: &Lease,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<Grant>, Failure> {
    let parameters = &[bytes(token.0.as_slice()), int(now.as_microsecond())];
    let row = lease.find(sql::GRANT, parameters).await?;
    Ok(row.as_ref().map(grant_of).transpose()?)
}

pub(super) async fn key(
    lease: &Lease,
    access: &str,
    now: Timestamp,
) -> Result<Option<KeyGrant>, Failure> {
    let parameters = &[text(access), int(now.as_microsecond())];
    let Some(row) = lease.find(sql::KEY, parameters).await? else {
        return Ok(None);
    };
    Ok(Some(KeyGrant {
        secret: SecretKey::new(get::<String>(&row, 3)?),
        grant: grant_of(&row)?,
    }))
}

fn grant_of(row: &Row) -> Result<Grant, Unreadable> {
    Ok(Grant {
        id: CredentialId::new(get::<String>(row, 0)?),
        project: get(row, 1)?,
        role: named(row, 2)?,
    })
}

pub(super) async fn note_signature(
    lease: &Lease,
    signature: [u8; 32],
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, Failure> {
    let now = now.as_microsecond();
    let (signature, until) = (signature.as_slice(), until.as_microsecond());
    let pruned = [int(now)];
    let noted = [bytes(signature), int(until)];
    // Sent together; each is a transaction of its own.
    let (pruned, noted) = tokio::join!(
        biased;
        lease.change(sql::PRUNE_SIGNATURES, &pruned),
        lease.change(sql::NOTE_SIGNATURE, &noted),
    );
    if let Err(failure) = pruned {
        tracing::debug!(?failure, "old signatures were not forgotten");
    }
    Ok(noted? == 1)
}

pub(super) async fn add_token(
    lease: &Lease,
    token: &NewToken,
    origin: &Origin,
) -> Result<Added<TokenRecord>, Failure> {
    let there = lease
        .find(sql::TOKEN, &[bytes(token.hash.0.as_slice())])
        .await?;
    if let Some(there) = there {
        return Ok(token_of(&there)?.compared(token));
    }
    let added = TokenRecord {
        id: token.id.clone(),
        project: token.project.clone(),
        role: token.role,
        created: Some(origin.at),
        expires: token.expires,
        revoked: None,
    };
    put_token(lease, token.hash, &added).await?;
    record(lease, origin, &deeds::token_added(token)).await?;
    Ok(Added::Added(added))
}

pub(super) async fn put_token(
    lease: &Lease,
    hash: TokenHash,
    token: &TokenRecord,
) -> Result<(), Failure> {
    let parameters = &[
        bytes(hash.0.as_slice()),
        text(token.id.as_str()),
        text(&token.project),
        text(token.role.as_str()),
        int(stored(token.created)),
        int(stored(token.expires)),
        int(stored(token.revoked)),
    ];
    lease.change(sql::ADD_TOKEN, parameters).await.map(drop)
}

pub(super) async fn tokens(
    lease: &Lease,
    project: Option<&str>,
) -> Result<Vec<TokenRecord>, Failure> {
    let rows = lease.query(sql::TOKENS, &[text(project)]).await?;
    Ok(rows.iter().map(token_of).collect::<Result<_, _>>()?)
}

pub(super) async fn revoke_token(
    lease: &Lease,
    id: &CredentialId,
    origin: &Origin,
) -> Result<Revocation<TokenRecord>, Failure> {
    let Some(row) = lease.find(sql::TOKEN_BY_ID, &[text(id.as_str())]).await? else {
        return Ok(Revocation::Unknown);
    };
    let there = token_of(&row)?;
    if there.revoked.is_some() {
        return Ok(Revocation::AlreadyRevoked(there));
    }
    let parameters = &[text(id.as_str()), int(origin.at.as_microsecond())];
    lease.change(sql::REVOKE_TOKEN, parameters).await?;
    record(lease, origin, &deeds::token_revoked(&there)).await?;
    Ok(Revocation::Revoked(TokenRecord {
        revoked: Some(origin.at),
        ..there
    }))
}

pub(super) fn token_of(row: &Row) -> Result<TokenRecord, Unreadable> {
    Ok(TokenRecord {
        id: CredentialId::new(get::<String>(row, 0)?),
        project: get(row, 1)?,
        role: named(row, 2)?,
        created: optional_time(row, 3)?,
        expires: optional_time(row, 4)?,
        revoked: optional_time(row, 5)?,
    })
}

pub(super) async fn add_key(
    lease: &Lease,
    key: &NewKey,
    origin: &Origin,
) -> Result<Added<KeyRecord>, Failure> {
    let there = lease.find(sql::KEY_RECORD, &[text(&key.access)]).await?;
    if let Some(row) = there {
        let secret = get::<Option<String>>(&row, 6)?.map(SecretKey::new);
        return Ok(key_of(&row)?.compared(secret.as_ref(), key));
    }
    let added = KeyRecord {
        access: key.access.clone(),
        project: key.project.clone(),
        role: key.role,
        created: origin.at,
        expires: key.expires,
        revoked: None,
    };
    put_key(lease, Some(&key.secret), &added).await?;
    record(lease, origin, &deeds::key_added(key)).await?;
    Ok(Added::Added(added))
}

pub(super) async fn put_key(
    lease: &Lease,
    secret: Option<&SecretKey>,
    key: &KeyRecord,
) -> Result<(), Failure> {
    let parameters = &[
        text(&key.access),
        text(secret.map(SecretKey::reveal)),
        text(&key.project),
        text(key.role.as_str()),
        int(key.created.as_microsecond()),
        int(stored(key.expires)),
        int(stored(key.revoked)),
    ];
    lease.change(sql::ADD_KEY, parameters).await.map(drop)
}

pub(super) async fn keys(lease: &Lease, project: Option<&str>) -> Result<Vec<KeyRecord>, Failure> {
    let rows = lease.query(sql::KEYS, &[text(project)]).await?;
    Ok(rows.iter().map(key_of).collect::<Result<_, _>>()?)
}

pub(super) async fn revoke_key(
    lease: &Lease,
    access: &str,
    origin: &Origin,
) -> Result<Revocation<KeyRecord>, Failure> {
    let Some(row) = lease.find(sql::KEY_RECORD, &[text(access)]).await? else {
        return Ok(Revocation::Unknown);
    };
    let there = key_of(&row)?;
    if there.revoked.is_some() {
        return Ok(Revocation::AlreadyRevoked(there));
    }
    let parameters = &[text(access), int(origin.at.as_microsecond())];
    lease.change(sql::REVOKE_KEY, parameters).await?;
    record(lease, origin, &deeds::key_revoked(&there)).await?;
    Ok(Revocation::Revoked(KeyRecord {
        revoked: Some(origin.at),
        ..there
    }))
}

pub(super) fn key_of(row: &Row) -> Result<KeyRecord, Unreadable> {
    Ok(KeyRecord {
        access: get(row, 0)?,
        project: get(row, 1)?,
        role: named(row, 2)?,
        created: time(row, 3)?,
        expires: optional_time(row, 4)?,
        revoked: optional_time(row, 5)?,
    })
}
