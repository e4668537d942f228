//! Every statement that the service runs. None relies on the state of a session: names are
//! qualified, and statements are sent unnamed, with the types of their parameters.

/// Begins a transaction that changes something. A lock that is held for too long, or a client that
/// is gone in the middle, ends it.
pub(super) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED;
 SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '15s'";

/// Begins a transaction that reads everything as it is at one moment.
pub(super) const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What a token grants.
pub(super) const GRANT: &str = "SELECT id, project, role FROM functiongraphd.token
 WHERE hash = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)";

/// What a key grants.
pub(super) const KEY: &str = "SELECT access, project, role, secret FROM functiongraphd.access_key
 WHERE access = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)";

/// Notes a signature, unless it was seen.
pub(super) const NOTE_SIGNATURE: &str =
    "INSERT INTO functiongraphd.signature (hash, until) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// Forgets some of the signatures that are too old to matter: more than are noted meanwhile.
pub(super) const PRUNE_SIGNATURES: &str = "DELETE FROM functiongraphd.signature WHERE hash IN
 (SELECT hash FROM functiongraphd.signature WHERE until < $1 ORDER BY until LIMIT 16 FOR UPDATE SKIP LOCKED)";

/// Records what was done.
pub(super) const RECORD: &str = "INSERT INTO functiongraphd.audit (at, actor_kind, actor, action, project, subject, request_id, detail)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// A token by its hash, and nobody adds it meanwhile.
pub(super) const TOKEN: &str =
    "SELECT id, project, role, created, expires, revoked FROM functiongraphd.token WHERE hash = $1";

/// A token by its identifier.
pub(super) const TOKEN_BY_ID: &str = "SELECT id, project, role, created, expires, revoked FROM functiongraphd.token WHERE id = $1 FOR UPDATE";

/// The tokens of a project, or all.
pub(super) const TOKENS: &str =
    "SELECT id, project, role, created, expires, revoked FROM functiongraphd.token
 WHERE $1 IS NULL OR project = $1 ORDER BY id";

/// Adds a token.
pub(super) const ADD_TOKEN: &str =
    "INSERT INTO functiongraphd.token (hash, id, project, role, created, expires, revoked)
 VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Revokes a token.
pub(super) const REVOKE_TOKEN: &str = "UPDATE functiongraphd.token SET revoked = $2 WHERE id = $1";

/// A key with its secret.
pub(super) const KEY_RECORD: &str =
    "SELECT access, project, role, created, expires, revoked, secret FROM functiongraphd.access_key
 WHERE access = $1 FOR UPDATE";

/// The keys of a project, or all.
pub(super) const KEYS: &str =
    "SELECT access, project, role, created, expires, revoked FROM functiongraphd.access_key
 WHERE $1 IS NULL OR project = $1 ORDER BY access";

/// Adds a key.
pub(super) const ADD_KEY: &str = "INSERT INTO functiongraphd.access_key (access, secret, project, role, created, expires, revoked)
 VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Revokes a key and forgets its secret.
pub(super) const REVOKE_KEY: &str =
    "UPDATE functiongraphd.access_key SET revoked = $2, secret = NULL WHERE access = $1";

/// A function by its identity.
pub(super) const FUNCTION: &str =
    "SELECT id FROM functiongraphd.function WHERE project = $1 AND package = $2 AND name = $3";

/// Whether a version of this name is there.
pub(super) const HAS_VERSION: &str =
    "SELECT 1 FROM functiongraphd.version WHERE function = $1 AND name = $2";

/// A page and how many versions there are, all of one moment: a statement has one snapshot. The
/// first row is the function's, with the working copy where the page begins with it.
pub(super) const PAGE: &str = "SELECT 0::BIGINT AS position, f.versions, CASE WHEN $2 = 0 THEN w.metadata END AS metadata
 FROM functiongraphd.function f JOIN functiongraphd.working_copy w ON w.function = f.id WHERE f.id = $1
 UNION ALL
 (SELECT v.position, NULL, v.metadata FROM functiongraphd.version v
 WHERE v.function = $1 AND v.position >= $2 ORDER BY v.position LIMIT $3)
 ORDER BY position";

/// Keeps others from publishing the same function. A statement of its own, before [`STATE`]: whoever
/// waited here has to see what was waited for.
pub(super) const LOCK: &str = "SELECT 1 FROM functiongraphd.function WHERE id = $1 FOR UPDATE";

/// What a publication needs to know, whether the name that it will most likely have is used, and
/// what durability rests on.
pub(super) const STATE: &str =
    "SELECT w.metadata, w.code, c.md5, w.fingerprint, f.versions, f.next_position,
 f.last_generated, f.published, f.project, f.package, f.name,
 EXISTS (SELECT 1 FROM functiongraphd.version v WHERE v.function = $1 AND v.name = $2)
 OR EXISTS (SELECT 1 FROM functiongraphd.deleted_version d WHERE d.function = $1 AND d.name = $2),
 current_setting('synchronous_commit', true), current_setting('fsync', true)
 FROM functiongraphd.function f JOIN functiongraphd.working_copy w ON w.function = f.id
 LEFT JOIN functiongraphd.code c ON c.sha512 = w.code WHERE f.id = $1";

/// Whether a name is used, by a version that is there or was deleted.
pub(super) const NAME_IS_USED: &str =
    "SELECT EXISTS (SELECT 1 FROM functiongraphd.version WHERE function = $1 AND name = $2)
 OR EXISTS (SELECT 1 FROM functiongraphd.deleted_version WHERE function = $1 AND name = $2)";

/// Adds a version.
pub(super) const ADD_VERSION: &str = "INSERT INTO functiongraphd.version (function, position, name, code, metadata) VALUES ($1, $2, $3, $4, $5)";

/// Notes what was published last, and under which made name, and counts it.
pub(super) const NOTE_PUBLICATION: &str =
    "UPDATE functiongraphd.function SET versions = versions + 1, next_position = next_position + 1,
 published = $2, last_generated = coalesce($3, last_generated) WHERE id = $1";

/// What is there of a function that is imported; nobody publishes or changes it meanwhile.
pub(super) const IMPORTED: &str =
    "SELECT f.id, w.metadata, w.code, c.md5 FROM functiongraphd.function f
 JOIN functiongraphd.working_copy w ON w.function = f.id
 LEFT JOIN functiongraphd.code c ON c.sha512 = w.code WHERE f.id = $1";

/// A function by its identity, which nobody publishes or changes meanwhile.
pub(super) const LOCK_BY_KEY: &str = "SELECT id FROM functiongraphd.function WHERE project = $1 AND package = $2 AND name = $3 FOR UPDATE";

/// Adds a function.
pub(super) const ADD_FUNCTION: &str =
    "INSERT INTO functiongraphd.function (project, package, name) VALUES ($1, $2, $3) RETURNING id";

/// Adds a working copy, or replaces the function's.
pub(super) const PUT_WORKING_COPY: &str = "INSERT INTO functiongraphd.working_copy (function, code, fingerprint, metadata) VALUES ($1, $2, $3, $4)
 ON CONFLICT (function) DO UPDATE
 SET code = excluded.code, fingerprint = excluded.fingerprint, metadata = excluded.metadata";

/// Adds code, unless the same is there.
pub(super) const PUT_CODE: &str = "INSERT INTO functiongraphd.code (sha512, md5, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

/// Deletes code that nothing has.
pub(super) const RELEASE_CODE: &str = "DELETE FROM functiongraphd.code c WHERE c.sha512 = $1
 AND NOT EXISTS (SELECT 1 FROM functiongraphd.version v WHERE v.code = $1)
 AND NOT EXISTS (SELECT 1 FROM functiongraphd.working_copy w WHERE w.code = $1)";

/// The code of a working copy.
pub(super) const CODE_OF_LATEST: &str = "SELECT c.bytes FROM functiongraphd.working_copy w
 JOIN functiongraphd.code c ON c.sha512 = w.code WHERE w.function = $1";

/// The code of a version.
pub(super) const CODE_OF_VERSION: &str = "SELECT c.bytes FROM functiongraphd.version v
 JOIN functiongraphd.code c ON c.sha512 = v.code WHERE v.function = $1 AND v.name = $2";

/// Whether a version of this name was deleted.
pub(super) const WAS_DELETED: &str =
    "SELECT 1 FROM functiongraphd.deleted_version WHERE function = $1 AND name = $2";

/// Keeps the position and the name of a version that is about to be deleted.
pub(super) const NOTE_DELETION: &str = "INSERT INTO functiongraphd.deleted_version (function, name, position)
 SELECT function, name, position FROM functiongraphd.version WHERE function = $1 AND name = $2 RETURNING position";

/// Deletes a version.
pub(super) const DELETE_VERSION: &str =
    "DELETE FROM functiongraphd.version WHERE function = $1 AND name = $2 RETURNING code";

/// Counts a version off.
pub(super) const COUNT_OFF: &str =
    "UPDATE functiongraphd.function SET versions = versions - 1 WHERE id = $1";

/// Functions after a key.
pub(super) const FUNCTIONS: &str =
    "SELECT id, project, package, name, versions, next_position FROM functiongraphd.function
 WHERE (project, package, name) > ($1, $2, $3) AND substr(name, 1, length($4)) = $4
 ORDER BY project, package, name LIMIT $5";

/// Functions of a project after a key.
pub(super) const FUNCTIONS_OF_PROJECT: &str =
    "SELECT id, project, package, name, versions, next_position FROM functiongraphd.function
 WHERE project = $1 AND (package, name) > ($2, $3) AND substr(name, 1, length($4)) = $4
 ORDER BY package, name LIMIT $5";

/// A function with its working copy.
pub(super) const FUNCTION_DETAIL: &str =
    "SELECT f.id, f.project, f.package, f.name, f.versions, f.next_position,
 w.metadata, w.code, c.md5, length(c.bytes)::BIGINT
 FROM functiongraphd.function f JOIN functiongraphd.working_copy w ON w.function = f.id
 LEFT JOIN functiongraphd.code c ON c.sha512 = w.code
 WHERE f.project = $1 AND f.package = $2 AND f.name = $3";

/// Records of the audit after a number.
pub(super) const AUDIT: &str =
    "SELECT id, at, actor_kind, actor, action, project, subject, request_id, detail
 FROM functiongraphd.audit WHERE id > $1 ORDER BY id LIMIT $2";

/// Records of a project after a number.
pub(super) const AUDIT_OF_PROJECT: &str =
    "SELECT id, at, actor_kind, actor, action, project, subject, request_id, detail
 FROM functiongraphd.audit WHERE project = $3 AND id > $1 ORDER BY id LIMIT $2";

/// The shortest question that reads a table.
pub(super) const READY: &str = "SELECT format FROM functiongraphd.format";

/// Whether nothing was ever put into the store.
pub(super) const IS_EMPTY: &str = "SELECT NOT EXISTS (SELECT 1 FROM functiongraphd.function)
 AND NOT EXISTS (SELECT 1 FROM functiongraphd.token) AND NOT EXISTS (SELECT 1 FROM functiongraphd.access_key)
 AND NOT EXISTS (SELECT 1 FROM functiongraphd.code) AND NOT EXISTS (SELECT 1 FROM functiongraphd.audit)";

/// Keeps other processes from migrating or filling meanwhile.
pub(super) const LOCK_FORMAT: &str = "SELECT format FROM functiongraphd.format FOR UPDATE";

/// All code after some.
pub(super) const ALL_CODE: &str =
    "SELECT sha512, md5, bytes FROM functiongraphd.code ORDER BY sha512";

/// Some functions with their working copies, in the order in which they were imported.
pub(super) const SOME_FUNCTIONS: &str =
    "SELECT f.id, f.project, f.package, f.name, f.versions, f.next_position,
 f.last_generated, f.published, w.fingerprint, w.code, w.metadata
 FROM functiongraphd.function f JOIN functiongraphd.working_copy w ON w.function = f.id
 WHERE f.id > $1 ORDER BY f.id LIMIT 256";

/// The published versions of a range of functions.
pub(super) const THEIR_VERSIONS: &str =
    "SELECT function, position, name, code, metadata FROM functiongraphd.version
 WHERE function BETWEEN $1 AND $2 ORDER BY function, position";

/// The deleted versions of a range of functions.
pub(super) const THEIR_DELETED: &str =
    "SELECT function, position, name FROM functiongraphd.deleted_version
 WHERE function BETWEEN $1 AND $2 ORDER BY function, position";

/// Every token.
pub(super) const ALL_TOKENS: &str = "SELECT id, project, role, created, expires, revoked, hash FROM functiongraphd.token ORDER BY id";

/// Every key.
pub(super) const ALL_KEYS: &str = "SELECT access, project, role, created, expires, revoked, secret FROM functiongraphd.access_key ORDER BY access";

/// Every signature.
pub(super) const ALL_SIGNATURES: &str =
    "SELECT hash, until FROM functiongraphd.signature ORDER BY hash";

/// Every record of the audit.
pub(super) const ALL_AUDIT: &str =
    "SELECT id, at, actor_kind, actor, action, project, subject, request_id, detail
 FROM functiongraphd.audit ORDER BY id";

/// Puts a function there as it was, but for its versions.
pub(super) const PUT_FUNCTION: &str =
    "INSERT INTO functiongraphd.function (id, project, package, name, published, last_generated)
 VALUES ($1, $2, $3, $4, $5, $6)";

/// Puts a deleted version there.
pub(super) const PUT_DELETED: &str =
    "INSERT INTO functiongraphd.deleted_version (function, name, position) VALUES ($1, $2, $3)";

/// Goes on after a version, or after the position of a deleted one.
pub(super) const NEXT_POSITION: &str =
    "UPDATE functiongraphd.function SET versions = versions + $2, next_position = $3 WHERE id = $1";

/// Puts a record of the audit there as it was.
pub(super) const PUT_RECORD: &str = "INSERT INTO functiongraphd.audit (id, at, actor_kind, actor, action, project, subject, request_id, detail)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Goes on with numbers after those that were put there.
pub(super) const NUMBER_ON: &str = "SELECT
 setval(pg_get_serial_sequence('functiongraphd.function', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM functiongraphd.function), false),
 setval(pg_get_serial_sequence('functiongraphd.audit', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM functiongraphd.audit), false)";

/// The triggers that keep what was published, and that are in force.
pub(super) const TRIGGERS: &str = "SELECT t.tgname::TEXT FROM pg_catalog.pg_trigger t
 JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'functiongraphd' AND NOT t.tgisinternal AND t.tgenabled <> 'D'";
