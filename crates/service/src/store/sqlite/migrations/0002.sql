-- Format 2: credentials that end, access keys, signatures that were seen, the audit. A file never
-- changes once released: the next format is a file of its own.
--
-- All times are microseconds since 1970, in UTC.

-- Tokens have a public identifier, an expiry and a revocation. When those of format 1 were added is
-- not known.
CREATE TABLE token_2 (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('reader', 'publisher')),
    created INTEGER,
    expires INTEGER,
    revoked INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO token_2 (hash, id, project, role)
SELECT hash, 'tk-' || lower(hex(randomblob(6))), project, role FROM token;

DROP TABLE token;

ALTER TABLE token_2 RENAME TO token;

-- A secret is kept as it is, since signatures are made with it, until the key is revoked.
CREATE TABLE access_key (
    access TEXT NOT NULL PRIMARY KEY,
    secret TEXT,
    project TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('reader', 'publisher')),
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER,
    CHECK ((secret IS NULL) = (revoked IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Signatures that were seen, each until it would be refused for its age.
CREATE TABLE signature (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX signature_by_end ON signature (until);

-- Who changed what. Records are written once, in the transaction of what they record.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY CHECK (id >= 1),
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    project TEXT,
    subject TEXT NOT NULL,
    request_id TEXT,
    detail TEXT
) STRICT;

CREATE INDEX audit_of_project ON audit (project, id);

CREATE TRIGGER audit_is_written_once BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'a record of the audit cannot be altered');
END;

CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'a record of the audit cannot be deleted');
END;

CREATE TRIGGER audit_is_new BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'a record of the audit cannot be replaced');
END;

-- Code goes when nothing has it any more, and not before.
CREATE INDEX version_by_code ON version (code) WHERE code IS NOT NULL;

CREATE INDEX working_copy_by_code ON working_copy (code) WHERE code IS NOT NULL;

DROP TRIGGER code_stays;

CREATE TRIGGER code_in_use_stays BEFORE DELETE ON code
WHEN EXISTS (SELECT 1 FROM version WHERE code = OLD.id)
    OR EXISTS (SELECT 1 FROM working_copy WHERE code = OLD.id)
BEGIN
    SELECT RAISE(ABORT, 'code that a version has cannot be deleted');
END;

DELETE FROM code
WHERE NOT EXISTS (SELECT 1 FROM version WHERE code = code.id)
    AND NOT EXISTS (SELECT 1 FROM working_copy WHERE code = code.id);
