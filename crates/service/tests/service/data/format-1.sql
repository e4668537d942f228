-- What a release that wrote format 1 left: a function with three versions, of which one was deleted.
PRAGMA user_version = 1;
PRAGMA application_id = 1718051889;
PRAGMA journal_mode = WAL;
INSERT INTO code (id, sha512, md5, bytes) VALUES
    (1, randomblob(64), randomblob(16), x'6f6e65'),
    (2, randomblob(64), randomblob(16), x'74776f'),
    (3, randomblob(64), randomblob(16), x'7468726565');
INSERT INTO function (project, package, name) VALUES ('p1', 'default', 'f');
INSERT INTO working_copy (function, code, fingerprint, metadata) VALUES
    (1, 2, zeroblob(32), '{"version":"latest","a":1}');
INSERT INTO version (id, function, code, name, metadata) VALUES
    (4294967297, 1, 1, 'v1', '{"version":"v1","a":0}');
INSERT INTO version (id, function, code, name, metadata) VALUES
    (4294967298, 1, 1, 'v2', '{"version":"v2"}');
INSERT INTO version (id, function, code, name, metadata) VALUES
    (4294967299, 1, NULL, 'v3', '{"version":"v3"}');
INSERT INTO deleted_version (function, name, position) VALUES (1, 'v2', 2);
DELETE FROM version WHERE name = 'v2';
INSERT INTO token (hash, project, role) VALUES
    (x'0707070707070707070707070707070707070707070707070707070707070707', 'p1', 'reader');
