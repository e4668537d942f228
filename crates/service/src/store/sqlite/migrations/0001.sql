-- Format 1. A file never changes once released: the next format is a file of its own.

-- Code, each once however many versions have it.
CREATE TABLE code (
    id INTEGER PRIMARY KEY,
    sha512 BLOB NOT NULL UNIQUE CHECK (length(sha512) = 64),
    md5 BLOB NOT NULL CHECK (length(md5) = 16),
    bytes BLOB NOT NULL
) STRICT;

-- One row for a function: its identity, and what numbers and names its versions.
CREATE TABLE function (
    id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 2147483647),
    project TEXT NOT NULL,
    package TEXT NOT NULL,
    name TEXT NOT NULL,
    -- How many versions there are, the working copy included.
    versions INTEGER NOT NULL DEFAULT 1 CHECK (versions >= 1),
    -- The offset that the next version gets; the working copy has 0.
    next_position INTEGER NOT NULL DEFAULT 1 CHECK (next_position BETWEEN 1 AND 4294967295),
    -- The second of the name that was made last.
    last_generated INTEGER,
    -- Fingerprint of what was published last.
    published BLOB CHECK (length(published) = 32),
    UNIQUE (project, package, name)
) STRICT;

-- The working copy, `latest`. Apart from its function, whose row every publication rewrites.
CREATE TABLE working_copy (
    function INTEGER PRIMARY KEY REFERENCES function (id),
    code INTEGER REFERENCES code (id),
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    -- JSON text, as the list shows it.
    metadata TEXT NOT NULL
) STRICT;

-- A published version. The key is the function's in the upper 32 bits and the position in the lower,
-- so that a page is one range of the table.
CREATE TABLE version (
    id INTEGER PRIMARY KEY,
    function INTEGER NOT NULL REFERENCES function (id),
    code INTEGER REFERENCES code (id),
    name TEXT NOT NULL CHECK (name <> 'latest'),
    -- JSON text, as the list shows it.
    metadata TEXT NOT NULL,
    UNIQUE (function, name),
    CHECK (id >> 32 = function),
    CHECK (id & 4294967295 >= 1)
) STRICT;

-- What was deleted: its position stays empty, its name stays used.
CREATE TABLE deleted_version (
    function INTEGER NOT NULL REFERENCES function (id),
    name TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 1),
    PRIMARY KEY (function, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    project TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('reader', 'publisher'))
) STRICT, WITHOUT ROWID;

-- A published version is written once. The conditions on inserts are there for INSERT OR REPLACE,
-- which would delete a row without firing the triggers on deletes.
CREATE TRIGGER version_is_written_once BEFORE UPDATE ON version
BEGIN
    SELECT RAISE(ABORT, 'a published version cannot be altered');
END;

CREATE TRIGGER version_is_new BEFORE INSERT ON version
WHEN NEW.id & 4294967295 IS NOT (SELECT next_position FROM function WHERE id = NEW.function)
    OR EXISTS (SELECT 1 FROM version WHERE function = NEW.function AND name = NEW.name)
    OR EXISTS (SELECT 1 FROM deleted_version WHERE function = NEW.function AND name = NEW.name)
BEGIN
    SELECT RAISE(ABORT, 'a version gets the next position and a name that was never used');
END;

CREATE TRIGGER version_is_counted AFTER INSERT ON version
BEGIN
    UPDATE function SET versions = versions + 1, next_position = next_position + 1
    WHERE id = NEW.function;
END;

CREATE TRIGGER version_leaves_its_position BEFORE DELETE ON version
WHEN NOT EXISTS (
    SELECT 1 FROM deleted_version
    WHERE function = OLD.function AND name = OLD.name AND position = OLD.id & 4294967295
)
BEGIN
    SELECT RAISE(ABORT, 'a version is deleted only after its row in deleted_version is written');
END;

CREATE TRIGGER version_is_counted_off AFTER DELETE ON version
BEGIN
    UPDATE function SET versions = versions - 1 WHERE id = OLD.function;
END;

CREATE TRIGGER deleted_version_stays BEFORE DELETE ON deleted_version
BEGIN
    SELECT RAISE(ABORT, 'the position and the name of a deleted version stay used');
END;

CREATE TRIGGER deleted_version_is_written_once BEFORE UPDATE ON deleted_version
BEGIN
    SELECT RAISE(ABORT, 'the position and the name of a deleted version stay used');
END;

CREATE TRIGGER position_only_grows BEFORE UPDATE OF id, next_position ON function
WHEN NEW.next_position < OLD.next_position OR NEW.id <> OLD.id
BEGIN
    SELECT RAISE(ABORT, 'a position is never used again');
END;

CREATE TRIGGER function_stays BEFORE DELETE ON function
BEGIN
    SELECT RAISE(ABORT, 'a function cannot be deleted');
END;

CREATE TRIGGER function_is_new BEFORE INSERT ON function
WHEN EXISTS (SELECT 1 FROM function WHERE id = NEW.id)
    OR EXISTS (
        SELECT 1 FROM function
        WHERE project = NEW.project AND package = NEW.package AND name = NEW.name
    )
BEGIN
    SELECT RAISE(ABORT, 'a function cannot be replaced');
END;

CREATE TRIGGER code_is_written_once BEFORE UPDATE ON code
BEGIN
    SELECT RAISE(ABORT, 'code cannot be altered');
END;

CREATE TRIGGER code_stays BEFORE DELETE ON code
BEGIN
    SELECT RAISE(ABORT, 'code cannot be deleted');
END;

CREATE TRIGGER code_is_new BEFORE INSERT ON code
WHEN EXISTS (SELECT 1 FROM code WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM code WHERE sha512 = NEW.sha512)
BEGIN
    SELECT RAISE(ABORT, 'code cannot be replaced');
END;
