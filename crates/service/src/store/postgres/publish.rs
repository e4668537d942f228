//! Publishing: one short transaction, in two round trips mostly.

use super::PostgresStore;
use super::audit::record;
use super::connect::check_durable;
use super::row::{array, bytes, count, digests, get, int, object, optional_array, text};
use super::session::{Failure, Lease};
use super::sql;
use crate::domain::{
    Fingerprint, FunctionKey, FunctionState, GeneratedName, NewVersion, Publication, Refusal,
};
use crate::store::{FunctionId, PublishError, Published, deeds};

/// What came of an attempt to publish.
type Outcome = Result<Published, Refusal>;

pub(super) async fn publish(
    store: &PostgresStore,
    function: FunctionId,
    publication: &Publication,
) -> Result<Outcome, Failure> {
    let lease = store.lease().await?;
    let function = function.0;
    // The name that it gets, unless an earlier one was made in this second or later.
    let likely = match &publication.version {
        Some(name) => Some(name.clone()),
        None => GeneratedName::first(publication.origin.at, None).map(GeneratedName::name),
    };
    let likely = likely.as_ref().map_or("", |name| name.as_str());
    let id = [int(function)];
    let asked = [int(function), text(likely)];
    // Sent together, carried out one after the other.
    let (begun, locked, state) = tokio::join!(
        biased;
        lease.begin(),
        lease.find(sql::LOCK, &id),
        lease.find(sql::STATE, &asked),
    );
    begun?;
    locked?;
    let Some(row) = state? else {
        lease.roll_back().await;
        return Ok(Err(Refusal::function_not_found()));
    };
    check_durable(&store.0.name, get(&row, 12)?, get(&row, 13)?)?;
    let key = FunctionKey {
        project: get(&row, 8)?,
        package: get(&row, 9)?,
        name: get(&row, 10)?,
    };
    let code: Option<Vec<u8>> = get(&row, 1)?;
    let position = count(&row, 5)?;
    let state = FunctionState {
        latest: object(&row, 0)?,
        code: digests(&row, 1, 2)?,
        fingerprint: Fingerprint(array(&row, 3)?),
        versions: count(&row, 4)?,
        last_generated: get::<Option<i64>>(&row, 6)?.map(GeneratedName::from_second),
        published: optional_array(&row, 7)?.map(Fingerprint),
    };
    let version = match name_it(
        &lease,
        function,
        publication,
        &state,
        likely,
        get(&row, 11)?,
    )
    .await?
    {
        Ok(version) => version,
        Err(refusal) => {
            lease.roll_back().await;
            return Ok(Err(refusal));
        }
    };
    let published = Published {
        name: version.name,
        position,
        json: version.json,
    };
    let written = Written {
        key: &key,
        code: code.as_deref(),
        fingerprint: state.fingerprint,
        generated: version.generated,
        published: &published,
    };
    write(&lease, function, publication, &written).await?;
    lease.release();
    Ok(Ok(published))
}

/// What is written of a publication.
struct Written<'a> {
    key: &'a FunctionKey,
    code: Option<&'a [u8]>,
    fingerprint: Fingerprint,
    generated: Option<GeneratedName>,
    published: &'a Published,
}

/// Writes a version and commits, in one round trip. Where one part fails, the commit commits nothing.
async fn write(
    lease: &Lease,
    function: i64,
    publication: &Publication,
    written: &Written<'_>,
) -> Result<(), Failure> {
    let published = written.published;
    let position = i64::try_from(published.position).unwrap_or(i64::MAX);
    let name = published.name.as_str();
    let version = [
        int(function),
        int(position),
        text(name),
        bytes(written.code),
        text(&published.json),
    ];
    let note = [
        int(function),
        bytes(written.fingerprint.0.as_slice()),
        int(written.generated.map(GeneratedName::as_second)),
    ];
    let deed = deeds::published(written.key, name, published.position);
    let (added, noted, recorded, committed) = tokio::join!(
        biased;
        lease.change(sql::ADD_VERSION, &version),
        lease.change(sql::NOTE_PUBLICATION, &note),
        record(lease, &publication.origin, &deed),
        lease.run("COMMIT"),
    );
    added?;
    noted?;
    recorded?;
    committed
}

/// Finds the version's name, and puts the version together. `likely` is a name of which it is known
/// whether it is used.
async fn name_it(
    lease: &Lease,
    function: i64,
    publication: &Publication,
    state: &FunctionState,
    likely: &str,
    likely_is_used: bool,
) -> Result<Result<NewVersion, Refusal>, Failure> {
    let mut draft = match publication.draft(state) {
        Ok(draft) => draft,
        Err(refusal) => return Ok(Err(refusal)),
    };
    loop {
        let used = if draft.name().as_str() == likely {
            likely_is_used
        } else {
            let name = draft.name().as_str();
            let asked = [int(function), text(name)];
            match lease.find(sql::NAME_IS_USED, &asked).await? {
                Some(row) => get(&row, 0)?,
                None => false,
            }
        };
        if !used {
            return Ok(draft.finish(publication, state));
        }
        draft = match draft.taken() {
            Ok(draft) => draft,
            Err(refusal) => return Ok(Err(refusal)),
        };
    }
}

/// What a caller of the store is answered.
pub(super) fn answer(
    outcome: Result<Outcome, Failure>,
    store: &str,
) -> Result<Published, PublishError> {
    match outcome {
        Ok(Ok(published)) => Ok(published),
        Ok(Err(refusal)) => Err(refusal.into()),
        Err(failure) => Err(failure.named(store).into()),
    }
}
