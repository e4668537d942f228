//! What an administrator does. These take as long as they take: no bound but that of waiting for a
//! lock.

use tokio::sync::mpsc;
use tokio_postgres::Row;

use super::audit::record;
use super::row::{Unreadable, bytes, count, digests, get, int, no_object, text};
use super::session::{Failure, Lease, repeating};
use super::{PostgresStore, audit, credentials, migrate, sql, transfer};
use crate::auth::CredentialId;
use crate::domain::{
    AuditRecord, CodeDigests, Fingerprint, FunctionKey, ImportAction, Origin, StoredCode,
    WorkingCopy,
};
use crate::store::{
    Added, Administration, CodeSummary, CodeUpdate, Contents, FunctionDetail, FunctionFilter,
    FunctionId, FunctionSummary, ImportError, ImportMode, Imported, KeyRecord, NewKey, NewToken,
    Piece, Revocation, StoreError, TokenRecord, VersionDeletion, deeds,
};

impl PostgresStore {
    /// Names what went wrong.
    fn named<T>(&self, outcome: Result<T, Failure>) -> Result<T, StoreError> {
        outcome.map_err(|failure| failure.named(&self.0.name))
    }
}

/// Does something in a transaction, and again where it stood in another one's way.
macro_rules! change {
    ($store:ident, $lease:ident => $work:expr) => {{
        let outcome = repeating(|| async {
            let $lease = $store.lease().await?;
            $lease.begin().await?;
            let value = $work.await?;
            $lease.commit().await?;
            Ok(value)
        })
        .await;
        $store.named(outcome)
    }};
}

/// Reads something.
macro_rules! read {
    ($store:ident, $lease:ident => $work:expr) => {{
        let outcome = async {
            let $lease = $store.lease().await?;
            let value = $work.await?;
            $lease.release();
            Ok(value)
        }
        .await;
        $store.named(outcome)
    }};
}

impl Administration for PostgresStore {
    async fn import(
        &self,
        copies: Vec<WorkingCopy>,
        mode: ImportMode,
        origin: Origin,
    ) -> Result<Vec<Imported>, ImportError> {
        let outcome = repeating(|| async {
            let lease = self.lease().await?;
            lease.begin().await?;
            let outcome = import(&lease, &copies, mode, &origin).await?;
            match outcome {
                Ok(_) => lease.commit().await?,
                Err(_) => lease.roll_back().await,
            }
            Ok(outcome)
        })
        .await;
        self.named(outcome)?.map_err(ImportError::Differ)
    }

    async fn update_code(
        &self,
        key: &FunctionKey,
        code: StoredCode,
        origin: Origin,
    ) -> Result<CodeUpdate, StoreError> {
        change!(self, lease => update_code(&lease, key, &code, &origin))
    }

    async fn delete_version(
        &self,
        key: &FunctionKey,
        name: &str,
        origin: Origin,
    ) -> Result<VersionDeletion, StoreError> {
        change!(self, lease => delete_version(&lease, key, name, &origin))
    }

    async fn functions(
        &self,
        filter: FunctionFilter,
        after: Option<&FunctionKey>,
        limit: u32,
    ) -> Result<Vec<FunctionSummary>, StoreError> {
        read!(self, lease => functions(&lease, &filter, after, limit))
    }

    async fn function_detail(
        &self,
        key: &FunctionKey,
    ) -> Result<Option<FunctionDetail>, StoreError> {
        read!(self, lease => function_detail(&lease, key))
    }

    async fn code(
        &self,
        function: FunctionId,
        version: Option<&str>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        read!(self, lease => code(&lease, function, version))
    }

    async fn add_token(
        &self,
        token: NewToken,
        origin: Origin,
    ) -> Result<Added<TokenRecord>, StoreError> {
        change!(self, lease => credentials::add_token(&lease, &token, &origin))
    }

    async fn tokens(&self, project: Option<&str>) -> Result<Vec<TokenRecord>, StoreError> {
        read!(self, lease => credentials::tokens(&lease, project))
    }

    async fn revoke_token(
        &self,
        id: &CredentialId,
        origin: Origin,
    ) -> Result<Revocation<TokenRecord>, StoreError> {
        change!(self, lease => credentials::revoke_token(&lease, id, &origin))
    }

    async fn add_key(&self, key: NewKey, origin: Origin) -> Result<Added<KeyRecord>, StoreError> {
        change!(self, lease => credentials::add_key(&lease, &key, &origin))
    }

    async fn keys(&self, project: Option<&str>) -> Result<Vec<KeyRecord>, StoreError> {
        read!(self, lease => credentials::keys(&lease, project))
    }

    async fn revoke_key(
        &self,
        access: &str,
        origin: Origin,
    ) -> Result<Revocation<KeyRecord>, StoreError> {
        change!(self, lease => credentials::revoke_key(&lease, access, &origin))
    }

    async fn audit(
        &self,
        after: u64,
        limit: u32,
        project: Option<&str>,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        read!(self, lease => audit::read(&lease, after, limit, project))
    }

    async fn export(&self, sink: mpsc::Sender<Piece>) -> Result<(), StoreError> {
        let outcome = async {
            let lease = self.lease().await?;
            lease.run(sql::BEGIN_SNAPSHOT).await?;
            transfer::export(&lease, &sink).await?;
            lease.commit().await
        }
        .await;
        self.named(outcome)
    }

    async fn fill(
        &self,
        source: mpsc::Receiver<Piece>,
        origin: Option<Origin>,
    ) -> Result<Contents, StoreError> {
        let outcome = async {
            let lease = self.lease().await?;
            lease.begin().await?;
            let name = &self.0.name;
            let contents = transfer::fill(&lease, name, source, origin.as_ref()).await?;
            lease.commit().await?;
            Ok(contents)
        }
        .await;
        self.named(outcome)
    }

    async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        read!(self, lease => transfer::integrity(&lease))
    }

    async fn format(&self) -> Result<i64, StoreError> {
        read!(self, lease => migrate::format(&lease))
    }
}

/// The copies that are there and differ: their indexes, and the metadata that are stored.
type Differ = Vec<(usize, String)>;

async fn import(
    lease: &Lease,
    copies: &[WorkingCopy],
    mode: ImportMode,
    origin: &Origin,
) -> Result<Result<Vec<Imported>, Differ>, Failure> {
    let mut outcomes = Vec::with_capacity(copies.len());
    let mut differ = Vec::new();
    for (index, copy) in copies.iter().enumerate() {
        let there = read_imported(lease, &copy.key).await?;
        let action = ImportAction::decide(
            copy,
            there
                .as_ref()
                .map(|there| (there.metadata.as_str(), there.code.as_ref())),
        );
        let outcome = match (action, there) {
            (ImportAction::Replace { .. }, Some(there)) if mode == ImportMode::CreateOnly => {
                differ.push((index, there.metadata));
                Imported::Unchanged
            }
            (ImportAction::Replace { keep_code }, Some(there)) => {
                let kept = there.code.filter(|_| keep_code);
                let code = put(lease, there.id, copy, kept).await?;
                release(lease, there.code).await?;
                let deed = deeds::function_updated(&copy.key, code.as_ref());
                record(lease, origin, &deed).await?;
                Imported::Updated
            }
            (ImportAction::Keep, Some(_)) => Imported::Unchanged,
            (_, _) => {
                let id = add_function(lease, &copy.key).await?;
                let code = put(lease, id, copy, None).await?;
                let deed = deeds::function_created(&copy.key, code.as_ref());
                record(lease, origin, &deed).await?;
                Imported::Created
            }
        };
        outcomes.push(outcome);
    }
    Ok(if differ.is_empty() {
        Ok(outcomes)
    } else {
        Err(differ)
    })
}

/// What is there of a function that is imported.
struct There {
    id: i64,
    metadata: String,
    code: Option<CodeDigests>,
}

/// Finds a function, and keeps others from changing it.
async fn lock(lease: &Lease, key: &FunctionKey) -> Result<Option<i64>, Failure> {
    let asked = [text(&key.project), text(&key.package), text(&key.name)];
    let row = lease.find(sql::LOCK_BY_KEY, &asked).await?;
    Ok(row.map(|row| get(&row, 0)).transpose()?)
}

async fn read_imported(lease: &Lease, key: &FunctionKey) -> Result<Option<There>, Failure> {
    // A statement of its own: whoever waited here has to see what was waited for.
    let Some(id) = lock(lease, key).await? else {
        return Ok(None);
    };
    let Some(row) = lease.find(sql::IMPORTED, &[int(id)]).await? else {
        return Ok(None);
    };
    Ok(Some(There {
        id,
        metadata: get(&row, 1)?,
        code: digests(&row, 2, 3)?,
    }))
}

async fn add_function(lease: &Lease, key: &FunctionKey) -> Result<i64, Failure> {
    let asked = [text(&key.project), text(&key.package), text(&key.name)];
    match lease.find(sql::ADD_FUNCTION, &asked).await? {
        Some(row) => Ok(get(&row, 0)?),
        None => Err(Failure::Store(StoreError::internal(
            "the database did not number a function",
        ))),
    }
}

/// Writes a working copy, with its own code or that which is kept. Answers the code's digests.
async fn put(
    lease: &Lease,
    function: i64,
    copy: &WorkingCopy,
    kept: Option<CodeDigests>,
) -> Result<Option<CodeDigests>, Failure> {
    let code = match &copy.code {
        Some(code) => {
            put_code(lease, &code.digests, &code.bytes).await?;
            Some(code.digests)
        }
        None => kept,
    };
    let fingerprint = Fingerprint::of(&copy.metadata, code.as_ref());
    put_working_copy(
        lease,
        function,
        code.map(|code| code.sha512),
        fingerprint,
        &copy.metadata,
    )
    .await?;
    Ok(code)
}

pub(super) async fn put_working_copy(
    lease: &Lease,
    function: i64,
    code: Option<[u8; 64]>,
    fingerprint: Fingerprint,
    metadata: &str,
) -> Result<(), Failure> {
    let code = code.as_ref().map(<[u8; 64]>::as_slice);
    let parameters = [
        int(function),
        bytes(code),
        bytes(fingerprint.0.as_slice()),
        text(metadata),
    ];
    lease
        .change(sql::PUT_WORKING_COPY, &parameters)
        .await
        .map(drop)
}

/// Writes code, unless the same is there.
pub(super) async fn put_code(
    lease: &Lease,
    digests: &CodeDigests,
    code: &[u8],
) -> Result<(), Failure> {
    let parameters = [
        bytes(digests.sha512.as_slice()),
        bytes(digests.md5.as_slice()),
        bytes(code),
    ];
    lease.change(sql::PUT_CODE, &parameters).await.map(drop)
}

/// Deletes code that was given up, unless something else has it.
async fn release(lease: &Lease, code: Option<CodeDigests>) -> Result<(), Failure> {
    if let Some(code) = code {
        let parameters = [bytes(code.sha512.as_slice())];
        lease.change(sql::RELEASE_CODE, &parameters).await?;
    }
    Ok(())
}

async fn update_code(
    lease: &Lease,
    key: &FunctionKey,
    code: &StoredCode,
    origin: &Origin,
) -> Result<CodeUpdate, Failure> {
    let Some(there) = read_imported(lease, key).await? else {
        return Ok(CodeUpdate::NoSuchFunction);
    };
    if there.code == Some(code.digests) {
        return Ok(CodeUpdate::Unchanged);
    }
    let metadata = code
        .described_in(&there.metadata, origin.at)
        .map_err(no_object)?;
    put_code(lease, &code.digests, &code.bytes).await?;
    let fingerprint = Fingerprint::of(&metadata, Some(&code.digests));
    let sha512 = Some(code.digests.sha512);
    put_working_copy(lease, there.id, sha512, fingerprint, &metadata).await?;
    release(lease, there.code).await?;
    record(lease, origin, &deeds::code_updated(key, &code.digests)).await?;
    Ok(CodeUpdate::Updated)
}

async fn delete_version(
    lease: &Lease,
    key: &FunctionKey,
    name: &str,
    origin: &Origin,
) -> Result<VersionDeletion, Failure> {
    let Some(function) = lock(lease, key).await? else {
        return Ok(VersionDeletion::NoSuchFunction);
    };
    let version = [int(function), text(name)];
    let Some(noted) = lease.find(sql::NOTE_DELETION, &version).await? else {
        return Ok(match lease.find(sql::WAS_DELETED, &version).await? {
            Some(_) => VersionDeletion::AlreadyDeleted,
            None => VersionDeletion::NoSuchVersion,
        });
    };
    if let Some(row) = lease.find(sql::DELETE_VERSION, &version).await?
        && let Some(code) = get::<Option<&[u8]>>(&row, 0)?
    {
        lease.change(sql::RELEASE_CODE, &[bytes(code)]).await?;
    }
    lease.change(sql::COUNT_OFF, &[int(function)]).await?;
    let deed = deeds::version_deleted(key, name, count(&noted, 0)?);
    record(lease, origin, &deed).await?;
    Ok(VersionDeletion::Deleted)
}

async fn code(
    lease: &Lease,
    function: FunctionId,
    version: Option<&str>,
) -> Result<Option<Vec<u8>>, Failure> {
    let row = match version {
        None => lease.find(sql::CODE_OF_LATEST, &[int(function.0)]).await?,
        Some(name) => {
            let asked = [int(function.0), text(name)];
            lease.find(sql::CODE_OF_VERSION, &asked).await?
        }
    };
    Ok(row.map(|row| get(&row, 0)).transpose()?)
}

async fn functions(
    lease: &Lease,
    filter: &FunctionFilter,
    after: Option<&FunctionKey>,
    limit: u32,
) -> Result<Vec<FunctionSummary>, Failure> {
    let limit = i64::from(limit);
    let (project, package, name) = after.map_or(("", "", ""), |after| {
        (&*after.project, &*after.package, &*after.name)
    });
    let rows = match &filter.project {
        // A key of another project is before or after all of this one's.
        Some(wanted) if project > wanted.as_str() => Vec::new(),
        Some(wanted) => {
            let (package, name) = if project == wanted {
                (package, name)
            } else {
                ("", "")
            };
            let asked = [
                text(wanted),
                text(package),
                text(name),
                text(&filter.prefix),
                int(limit),
            ];
            lease.query(sql::FUNCTIONS_OF_PROJECT, &asked).await?
        }
        None => {
            let asked = [
                text(project),
                text(package),
                text(name),
                text(&filter.prefix),
                int(limit),
            ];
            lease.query(sql::FUNCTIONS, &asked).await?
        }
    };
    Ok(rows.iter().map(summary_of).collect::<Result<_, _>>()?)
}

fn summary_of(row: &Row) -> Result<FunctionSummary, Unreadable> {
    Ok(FunctionSummary {
        id: FunctionId(get(row, 0)?),
        key: FunctionKey {
            project: get(row, 1)?,
            package: get(row, 2)?,
            name: get(row, 3)?,
        },
        versions: count(row, 4)?,
        next_position: count(row, 5)?,
    })
}

async fn function_detail(
    lease: &Lease,
    key: &FunctionKey,
) -> Result<Option<FunctionDetail>, Failure> {
    let asked = [text(&key.project), text(&key.package), text(&key.name)];
    let Some(row) = lease.find(sql::FUNCTION_DETAIL, &asked).await? else {
        return Ok(None);
    };
    let size = get::<Option<i64>>(&row, 9)?;
    Ok(Some(FunctionDetail {
        summary: summary_of(&row)?,
        metadata: get(&row, 6)?,
        code: digests(&row, 7, 8)?
            .zip(size)
            .map(|(digests, size)| CodeSummary {
                digests,
                size: size.unsigned_abs(),
            }),
    }))
}
