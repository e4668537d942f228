//! Every statement that the service runs, in one place: all are prepared when the store is opened,
//! so that a damaged or foreign schema shows at the start, and kept for as long as it is open.

/// Which version of the data the connection sees.
pub(super) const DATA_VERSION: &str = "PRAGMA data_version";

/// What a token grants, and until when.
pub(super) const GRANT: &str =
    "SELECT id, project, role, expires FROM token WHERE hash = ?1 AND revoked IS NULL";

/// What a key grants.
pub(super) const KEY: &str = "SELECT secret, access, project, role FROM access_key
 WHERE access = ?1 AND revoked IS NULL AND (expires IS NULL OR expires > ?2)";

/// Notes a signature, unless it was seen.
pub(super) const NOTE_SIGNATURE: &str =
    "INSERT INTO signature (hash, until) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

/// Forgets some of the signatures that are too old to matter: more than are noted meanwhile.
pub(super) const PRUNE_SIGNATURES: &str = "DELETE FROM signature WHERE hash IN
 (SELECT hash FROM signature WHERE until < ?1 ORDER BY until LIMIT 16)";

/// Records what was done.
pub(super) const RECORD: &str =
    "INSERT INTO audit (at, actor_kind, actor, action, project, subject, request_id, detail)
 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// A token by its hash.
pub(super) const TOKEN: &str =
    "SELECT id, project, role, created, expires, revoked FROM token WHERE hash = ?1";

/// A token by its identifier.
pub(super) const TOKEN_BY_ID: &str =
    "SELECT id, project, role, created, expires, revoked FROM token WHERE id = ?1";

/// The tokens of a project, or all.
pub(super) const TOKENS: &str = "SELECT id, project, role, created, expires, revoked FROM token
 WHERE ?1 IS NULL OR project = ?1 ORDER BY id";

/// Adds a token.
pub(super) const ADD_TOKEN: &str =
    "INSERT INTO token (hash, id, project, role, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// Revokes a token.
pub(super) const REVOKE_TOKEN: &str = "UPDATE token SET revoked = ?2 WHERE id = ?1";

/// A key with its secret.
pub(super) const KEY_RECORD: &str = "SELECT access, project, role, created, expires, revoked, secret FROM access_key WHERE access = ?1";

/// The keys of a project, or all.
pub(super) const KEYS: &str =
    "SELECT access, project, role, created, expires, revoked FROM access_key
 WHERE ?1 IS NULL OR project = ?1 ORDER BY access";

/// Adds a key.
pub(super) const ADD_KEY: &str = "INSERT INTO access_key (access, secret, project, role, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// Revokes a key and forgets its secret.
pub(super) const REVOKE_KEY: &str =
    "UPDATE access_key SET revoked = ?2, secret = NULL WHERE access = ?1";

/// A function by its identity.
pub(super) const FUNCTION: &str =
    "SELECT id FROM function WHERE project = ?1 AND package = ?2 AND name = ?3";

/// Whether a version of this name is there.
pub(super) const HAS_VERSION: &str = "SELECT 1 FROM version WHERE function = ?1 AND name = ?2";

/// Whether a name is used, by a version that is there or was deleted.
pub(super) const NAME_IS_USED: &str =
    "SELECT EXISTS (SELECT 1 FROM version WHERE function = ?1 AND name = ?2)
 OR EXISTS (SELECT 1 FROM deleted_version WHERE function = ?1 AND name = ?2)";

/// How many versions a function has.
pub(super) const COUNT: &str = "SELECT versions FROM function WHERE id = ?1";

/// The working copy's metadata.
pub(super) const LATEST: &str = "SELECT metadata FROM working_copy WHERE function = ?1";

/// A range of published versions by key.
pub(super) const PAGE: &str =
    "SELECT id & 4294967295, metadata FROM version WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3";

/// What a publication needs to know.
pub(super) const STATE: &str =
    "SELECT w.metadata, w.code, w.fingerprint, c.md5, c.sha512, f.versions, f.next_position, f.last_generated, f.published,
 f.project, f.package, f.name
 FROM function f JOIN working_copy w ON w.function = f.id LEFT JOIN code c ON c.id = w.code
 WHERE f.id = ?1";

/// Adds a version.
pub(super) const ADD_VERSION: &str =
    "INSERT INTO version (id, function, code, name, metadata) VALUES (?1, ?2, ?3, ?4, ?5)";

/// Notes what was published last, and under which made name.
pub(super) const NOTE_PUBLICATION: &str = "UPDATE function SET published = ?2, last_generated = coalesce(?3, last_generated) WHERE id = ?1";

/// What is there of a function that is imported.
pub(super) const IMPORTED: &str = "SELECT f.id, w.metadata, w.code, c.md5, c.sha512
 FROM function f JOIN working_copy w ON w.function = f.id LEFT JOIN code c ON c.id = w.code
 WHERE f.project = ?1 AND f.package = ?2 AND f.name = ?3";

/// Adds a function.
pub(super) const ADD_FUNCTION: &str =
    "INSERT INTO function (project, package, name) VALUES (?1, ?2, ?3) RETURNING id";

/// Adds a working copy, or replaces the function's.
pub(super) const PUT_WORKING_COPY: &str =
    "INSERT INTO working_copy (function, code, fingerprint, metadata) VALUES (?1, ?2, ?3, ?4)
 ON CONFLICT (function) DO UPDATE
 SET code = excluded.code, fingerprint = excluded.fingerprint, metadata = excluded.metadata";

/// Code by its digest.
pub(super) const FIND_CODE: &str = "SELECT id FROM code WHERE sha512 = ?1";

/// Adds code.
pub(super) const ADD_CODE: &str =
    "INSERT INTO code (sha512, md5, bytes) VALUES (?1, ?2, ?3) RETURNING id";

/// The code of a working copy.
pub(super) const CODE_OF_LATEST: &str =
    "SELECT c.bytes FROM working_copy w JOIN code c ON c.id = w.code WHERE w.function = ?1";

/// The code of a version.
pub(super) const CODE_OF_VERSION: &str = "SELECT c.bytes FROM version v JOIN code c ON c.id = v.code WHERE v.function = ?1 AND v.name = ?2";

/// Deletes code that nothing has.
pub(super) const RELEASE_CODE: &str = "DELETE FROM code WHERE id = ?1
 AND NOT EXISTS (SELECT 1 FROM version WHERE version.code = ?1)
 AND NOT EXISTS (SELECT 1 FROM working_copy WHERE working_copy.code = ?1)";

/// Whether a version of this name was deleted.
pub(super) const WAS_DELETED: &str =
    "SELECT 1 FROM deleted_version WHERE function = ?1 AND name = ?2";

/// Keeps the position and the name of a version that is about to be deleted.
pub(super) const NOTE_DELETION: &str = "INSERT INTO deleted_version (function, name, position)
 SELECT function, name, id & 4294967295 FROM version WHERE function = ?1 AND name = ?2
 RETURNING position";

/// Deletes a version.
pub(super) const DELETE_VERSION: &str =
    "DELETE FROM version WHERE function = ?1 AND name = ?2 RETURNING code";

/// Functions after a key.
pub(super) const FUNCTIONS: &str =
    "SELECT id, project, package, name, versions, next_position FROM function
 WHERE (project, package, name) > (?1, ?2, ?3) AND substr(name, 1, length(?4)) = ?4
 ORDER BY project, package, name LIMIT ?5";

/// Functions of a project after a key.
pub(super) const FUNCTIONS_OF_PROJECT: &str =
    "SELECT id, project, package, name, versions, next_position FROM function
 WHERE project = ?1 AND (package, name) > (?2, ?3) AND substr(name, 1, length(?4)) = ?4
 ORDER BY package, name LIMIT ?5";

/// A function with its working copy.
pub(super) const FUNCTION_DETAIL: &str =
    "SELECT f.id, f.project, f.package, f.name, f.versions, f.next_position,
 w.metadata, c.md5, c.sha512, length(c.bytes)
 FROM function f JOIN working_copy w ON w.function = f.id LEFT JOIN code c ON c.id = w.code
 WHERE f.project = ?1 AND f.package = ?2 AND f.name = ?3";

/// Records of the audit after a number.
pub(super) const AUDIT: &str =
    "SELECT id, at, actor_kind, actor, action, project, subject, request_id, detail
 FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2";

/// Records of a project after a number.
pub(super) const AUDIT_OF_PROJECT: &str =
    "SELECT id, at, actor_kind, actor, action, project, subject, request_id, detail
 FROM audit WHERE id > ?1 AND project = ?3 ORDER BY id LIMIT ?2";

/// Whether nothing was ever put into the store.
pub(super) const IS_EMPTY: &str = "SELECT NOT EXISTS (SELECT 1 FROM function)
 AND NOT EXISTS (SELECT 1 FROM token) AND NOT EXISTS (SELECT 1 FROM access_key)
 AND NOT EXISTS (SELECT 1 FROM code) AND NOT EXISTS (SELECT 1 FROM audit)";

/// Everything, table by table.
pub(super) const ALL_CODE: &str = "SELECT md5, sha512, bytes FROM code ORDER BY id";

/// Every function with its working copy.
pub(super) const ALL_FUNCTIONS: &str =
    "SELECT f.id, f.project, f.package, f.name, f.versions, f.next_position,
 f.last_generated, f.published, w.fingerprint, c.sha512, w.metadata
 FROM function f JOIN working_copy w ON w.function = f.id LEFT JOIN code c ON c.id = w.code
 ORDER BY f.id";

/// The published versions of a function.
pub(super) const VERSIONS_OF_FUNCTION: &str =
    "SELECT v.id & 4294967295, v.name, c.sha512, v.metadata
 FROM version v LEFT JOIN code c ON c.id = v.code WHERE v.id BETWEEN ?1 AND ?2 ORDER BY v.id";

/// The deleted versions of a function.
pub(super) const DELETED_OF_FUNCTION: &str =
    "SELECT position, name FROM deleted_version WHERE function = ?1 ORDER BY position";

/// Every token.
pub(super) const ALL_TOKENS: &str =
    "SELECT hash, id, project, role, created, expires, revoked FROM token ORDER BY id";

/// Every key.
pub(super) const ALL_KEYS: &str = "SELECT secret, access, project, role, created, expires, revoked FROM access_key ORDER BY access";

/// Every signature.
pub(super) const ALL_SIGNATURES: &str = "SELECT hash, until FROM signature ORDER BY hash";

/// Every record of the audit.
pub(super) const ALL_AUDIT: &str =
    "SELECT id, at, actor_kind, actor, action, project, subject, request_id, detail
 FROM audit ORDER BY id";

/// Puts a deleted version there, of a function that is filled.
pub(super) const PUT_DELETED: &str =
    "INSERT INTO deleted_version (function, name, position) VALUES (?1, ?2, ?3)";

/// Goes on after the position of a deleted version.
pub(super) const SKIP_POSITION: &str = "UPDATE function SET next_position = ?2 WHERE id = ?1";

/// Notes what is known of a function's publications.
pub(super) const NOTE_HISTORY: &str =
    "UPDATE function SET published = ?2, last_generated = ?3 WHERE id = ?1";

/// What a function's versions were counted to.
pub(super) const COUNTS: &str = "SELECT versions, next_position FROM function WHERE id = ?1";

/// Puts a token there as it was.
pub(super) const PUT_TOKEN: &str = "INSERT INTO token (hash, id, project, role, created, expires, revoked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// Puts a key there as it was.
pub(super) const PUT_KEY: &str = "INSERT INTO access_key (access, secret, project, role, created, expires, revoked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// Puts a record of the audit there as it was.
pub(super) const PUT_RECORD: &str =
    "INSERT INTO audit (id, at, actor_kind, actor, action, project, subject, request_id, detail)
 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

/// The shortest question that reads the file.
pub(super) const READY: &str = "SELECT count(*) FROM (SELECT 1 FROM function LIMIT 1)";

/// The statements of readers.
pub(super) const READS: &[&str] = &[
    GRANT,
    KEY,
    FUNCTION,
    HAS_VERSION,
    COUNT,
    LATEST,
    PAGE,
    CODE_OF_LATEST,
    CODE_OF_VERSION,
    FUNCTIONS,
    FUNCTIONS_OF_PROJECT,
    FUNCTION_DETAIL,
    AUDIT,
    AUDIT_OF_PROJECT,
    READY,
];

/// The statements of the writer.
pub(super) const WRITES: &[&str] = &[
    NOTE_SIGNATURE,
    PRUNE_SIGNATURES,
    RECORD,
    TOKEN,
    TOKEN_BY_ID,
    ADD_TOKEN,
    REVOKE_TOKEN,
    KEY_RECORD,
    ADD_KEY,
    REVOKE_KEY,
    NAME_IS_USED,
    STATE,
    ADD_VERSION,
    NOTE_PUBLICATION,
    IMPORTED,
    ADD_FUNCTION,
    PUT_WORKING_COPY,
    FIND_CODE,
    ADD_CODE,
    RELEASE_CODE,
    FUNCTION,
    FUNCTION_DETAIL,
    WAS_DELETED,
    NOTE_DELETION,
    DELETE_VERSION,
];
