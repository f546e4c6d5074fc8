-- Version 6: what people chose for a place.

CREATE TABLE settings (
    scope    TEXT NOT NULL CHECK (scope IN ('conversation', 'place', 'category', 'guild', 'person', 'all')),
    scope_id INTEGER NOT NULL,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    -- Who chose it, a person's id.
    by       INTEGER,
    at       INTEGER NOT NULL,
    PRIMARY KEY (scope, scope_id, name)
) WITHOUT ROWID;
