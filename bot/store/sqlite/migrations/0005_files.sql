-- Version 5: files that people send. A blob holds the bytes of an image; a content names it by its hash.

CREATE TABLE blobs (
    hash       BLOB PRIMARY KEY,
    media_type TEXT NOT NULL,
    size       INTEGER NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    bytes      BLOB NOT NULL
);
ALTER TABLE contents ADD COLUMN media TEXT CHECK (media IN ('image', 'file', 'audio'));
ALTER TABLE contents ADD COLUMN blob BLOB REFERENCES blobs (hash);
ALTER TABLE contents ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contents_blob ON contents (blob) WHERE blob IS NOT NULL;
ALTER TABLE conversations ADD COLUMN files_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE questions ADD COLUMN remarks TEXT NOT NULL DEFAULT '';
ALTER TABLE answers ADD COLUMN remarks TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN files_from INTEGER;
ALTER TABLE calls ADD COLUMN media_tokens INTEGER;
