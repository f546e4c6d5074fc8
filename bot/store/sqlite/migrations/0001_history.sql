-- Places, their conversations, and the turns in them. Times are milliseconds since 1970 UTC, ids of places, people and
-- messages are Discord's.

CREATE TABLE places (
    id        INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('channel', 'thread', 'dm')),
    name      TEXT NOT NULL,
    guild_id  INTEGER,
    parent_id INTEGER
);

CREATE TABLE conversations (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    place_id        INTEGER NOT NULL REFERENCES places (id),
    opened_at       INTEGER NOT NULL,
    closed_at       INTEGER,
    -- The position at which the window begins; only a trim moves it.
    window_from     INTEGER NOT NULL DEFAULT 0,
    -- A reset: who asked for it and which conversation it closed.
    opened_by       INTEGER,
    previous_id     INTEGER REFERENCES conversations (id),
    -- A thread: the turn of another conversation after which this one goes on.
    parent_id       INTEGER REFERENCES conversations (id),
    branch_position INTEGER,
    branch_sibling  INTEGER,
    CHECK ((parent_id IS NULL) = (branch_position IS NULL) AND (parent_id IS NULL) = (branch_sibling IS NULL))
);
CREATE UNIQUE INDEX conversations_open ON conversations (place_id) WHERE closed_at IS NULL;
CREATE INDEX conversations_place ON conversations (place_id, id);

CREATE TABLE questions (
    position        INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    message_id      INTEGER NOT NULL UNIQUE,
    author_id       INTEGER NOT NULL,
    author_name     TEXT NOT NULL,
    asked_at        INTEGER NOT NULL,
    text            TEXT NOT NULL,
    -- The text for the model and its tokens; set when the first attempt begins.
    prompt          TEXT,
    tokens          INTEGER NOT NULL DEFAULT 0,
    -- Why the question was turned down, if it was.
    refusal         TEXT CHECK (refusal IN ('limit', 'unanswerable'))
);
CREATE INDEX questions_conversation ON questions (conversation_id, position);
CREATE INDEX questions_author ON questions (author_id, asked_at);
CREATE INDEX questions_never_begun ON questions (position) WHERE prompt IS NULL AND refusal IS NULL;

CREATE TABLE answers (
    id                INTEGER PRIMARY KEY,
    position          INTEGER NOT NULL REFERENCES questions (position),
    sibling           INTEGER NOT NULL CHECK (sibling > 0),
    chosen            INTEGER NOT NULL DEFAULT 1 CHECK (chosen IN (0, 1)),
    state             TEXT NOT NULL DEFAULT 'writing'
                      CHECK (state IN ('writing', 'done', 'stopped', 'interrupted', 'failed')),
    text              TEXT NOT NULL DEFAULT '',
    tokens            INTEGER NOT NULL DEFAULT 0,
    model             TEXT NOT NULL,
    prompt_tokens     INTEGER,
    cached_tokens     INTEGER,
    completion_tokens INTEGER,
    started_at        INTEGER NOT NULL,
    finished_at       INTEGER,
    shown_at          INTEGER,
    UNIQUE (position, sibling)
);
CREATE UNIQUE INDEX answers_chosen ON answers (position) WHERE chosen;
CREATE INDEX answers_not_shown ON answers (position, sibling) WHERE shown_at IS NULL;

-- Beginning an attempt is one statement, and so one transaction, on this view of the attempts that were begun.
CREATE VIEW begun AS
    SELECT q.position, q.prompt, q.tokens, a.model, a.started_at FROM questions q JOIN answers a USING (position);
CREATE TRIGGER begun_insert INSTEAD OF INSERT ON begun
BEGIN
    UPDATE questions SET prompt = NEW.prompt, tokens = NEW.tokens WHERE position = NEW.position;
    UPDATE answers SET chosen = 0 WHERE position = NEW.position AND chosen;
    INSERT INTO answers (position, sibling, model, started_at)
        SELECT NEW.position, coalesce(max(sibling), 0) + 1, NEW.model, NEW.started_at
        FROM answers WHERE position = NEW.position;
END;

CREATE TABLE parts (
    message_id INTEGER PRIMARY KEY,
    position   INTEGER NOT NULL,
    sibling    INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    UNIQUE (position, sibling, number),
    FOREIGN KEY (position, sibling) REFERENCES answers (position, sibling)
);

-- Facts about the installation, such as the hash of the synced commands.
CREATE TABLE facts (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
