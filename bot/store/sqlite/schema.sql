-- The whole schema of version 7, for readers; the files in migrations/ create it. Times are milliseconds since 1970 UTC; ids of
-- places, people, messages and interactions are Discord's. The temporary views and triggers are in session.sql. SQLite stores the
-- comments inside a statement, so these must be the same as in the migrations.

CREATE TABLE places (
    id        INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('channel', 'thread', 'dm', 'group')),
    name      TEXT NOT NULL,
    guild_id  INTEGER,
    parent_id INTEGER
);

-- `files_from` is a second anchor, which only a trim moves: the files of the questions before it are named, but not sent any more.
CREATE TABLE conversations (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    place_id        INTEGER NOT NULL REFERENCES places (id),
    opened_at       INTEGER NOT NULL,
    closed_at       INTEGER,
    -- The anchor: the position at which the window begins. Only a trim moves it.
    window_from     INTEGER NOT NULL DEFAULT 0,
    -- A reset: who asked for it and which conversation it closed.
    opened_by       INTEGER,
    previous_id     INTEGER REFERENCES conversations (id),
    -- A branch: the turn after which this conversation goes on. Sibling 0: after the question, without its answer.
    parent_id       INTEGER REFERENCES conversations (id),
    branch_position INTEGER REFERENCES questions (position),
    branch_sibling  INTEGER,
    -- An import: the hash of the imported file. Such a conversation is closed from the beginning.
    origin          TEXT,
    files_from      INTEGER NOT NULL DEFAULT 0,
    CHECK ((parent_id IS NULL) = (branch_position IS NULL) AND (parent_id IS NULL) = (branch_sibling IS NULL)),
    CHECK (origin IS NULL OR closed_at IS NOT NULL)
);
CREATE UNIQUE INDEX conversations_open ON conversations (place_id) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX conversations_origin ON conversations (place_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX conversations_place ON conversations (place_id, id);

-- A row is never deleted, so that no position is reused. Deleting a question erases its content. `remarks` are sentences for the
-- asker about files that were not read whole, a line each; Discord shows them in small print, and no model is sent them.
-- `revision` counts the edits, joined messages and deletions that changed what is asked; an attempt begins only with the newest.
-- `edited_at` is when the asker last edited the message. `change` is the last change that broke the prefix of later prompts from
-- this turn on, and `changed_at` when that was.
CREATE TABLE questions (
    position        INTEGER PRIMARY KEY,
    -- The id of the first message or of the interaction; its row in claims has the same id. NULL where imported.
    key             INTEGER,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    author_id       INTEGER,
    author_name     TEXT NOT NULL,
    asked_at        INTEGER NOT NULL,
    state           TEXT NOT NULL
                    CHECK (state IN ('waiting', 'begun', 'limit', 'queue', 'budget', 'unanswerable', 'deleted')),
    -- As Discord sent it.
    text            TEXT NOT NULL,
    -- The text for the model and its tokens, rendered when the first attempt begins.
    prompt          TEXT,
    tokens          INTEGER NOT NULL DEFAULT 0,
    -- Whether rows in contents belong to the question, so that a window of plain text looks for none.
    rich            INTEGER NOT NULL DEFAULT 0 CHECK (rich IN (0, 1)),
    -- What Discord shall show: the attempt, and a version that every change raises; then the version that Discord took. The
    -- question is behind from its claim to its last edit; a refused or an imported one wants nothing.
    display         INTEGER,
    wanted          INTEGER NOT NULL DEFAULT 0,
    shown           INTEGER NOT NULL DEFAULT 0,
    outcome         TEXT CHECK (outcome IN ('shown', 'refused', 'gone')),
    shown_at        INTEGER,
    -- An imported turn: what its source said of Discord, as JSON.
    origin          TEXT,
    remarks         TEXT NOT NULL DEFAULT '',
    revision        INTEGER NOT NULL DEFAULT 0,
    edited_at       INTEGER,
    changed_at      INTEGER,
    change          TEXT CHECK (change IN ('edit', 'delete', 'pick', 'regenerate', 'removed')),
    CHECK (state <> 'begun' OR prompt IS NOT NULL),
    CHECK (state <> 'waiting' OR shown < wanted),
    CHECK (shown <= wanted)
);
CREATE INDEX questions_conversation ON questions (conversation_id, position);
CREATE INDEX questions_key ON questions (conversation_id, key);
CREATE INDEX questions_behind ON questions (position) WHERE shown < wanted;

-- One row for every Discord message or interaction that the bot ever handled, so that it is handled only once.
CREATE TABLE claims (
    message_id INTEGER PRIMARY KEY,
    place_id   INTEGER NOT NULL,
    author_id  INTEGER,
    position   INTEGER REFERENCES questions (position),
    outcome    TEXT NOT NULL
               CHECK (outcome IN ('asked', 'joined', 'pressed', 'limit', 'queue', 'budget', 'unanswerable', 'denied')),
    at         INTEGER NOT NULL,
    CHECK (position IS NOT NULL OR outcome IN ('pressed', 'denied'))
);
CREATE INDEX claims_author ON claims (author_id, at);

-- `remarks` are those of `questions`, about this attempt alone.
CREATE TABLE answers (
    id          INTEGER PRIMARY KEY,
    position    INTEGER NOT NULL REFERENCES questions (position),
    sibling     INTEGER NOT NULL CHECK (sibling > 0),
    chosen      INTEGER NOT NULL DEFAULT 0 CHECK (chosen IN (0, 1)),
    state       TEXT NOT NULL DEFAULT 'writing'
                CHECK (state IN ('writing', 'done', 'stopped', 'interrupted', 'failed')),
    -- Why it ended: the model's word, or ours for an error or a stop.
    reason      TEXT NOT NULL DEFAULT '',
    text        TEXT NOT NULL DEFAULT '',
    tokens      INTEGER NOT NULL DEFAULT 0,
    rich        INTEGER NOT NULL DEFAULT 0 CHECK (rich IN (0, 1)),
    profile     TEXT NOT NULL DEFAULT 'default',
    -- The attempt whose text this one goes on from.
    continues   INTEGER,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,
    remarks     TEXT NOT NULL DEFAULT '',
    UNIQUE (position, sibling),
    CHECK ((state = 'writing') = (finished_at IS NULL))
);
CREATE UNIQUE INDEX answers_chosen ON answers (position) WHERE chosen;

-- The contents of a turn beside its plain text. Sibling 0 is the question; its plain text comes before these contents. An answer
-- with any row here consists only of its rows, which hold its texts too; answers.text is then the text that Discord shows.
-- A content of the kind `media` is a file that people sent: an image, whose bytes are a blob, or the text that was read of a file
-- or heard in a recording. Its tokens are what it costs in a prompt, and its `ref` is Discord's id of the file.
CREATE TABLE contents (
    position   INTEGER NOT NULL REFERENCES questions (position),
    sibling    INTEGER NOT NULL,
    step       INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('text', 'media', 'tool_call', 'tool_result', 'opaque')),
    -- The name of a tool, or of the provider of an opaque item.
    name       TEXT,
    -- The provider's id of a tool call, the same in its result.
    ref        TEXT,
    -- A text, the arguments of a tool call, a tool's result, or an opaque item as JSON.
    text       TEXT NOT NULL DEFAULT '',
    -- Whose words they are, where they are not the asker's.
    author_id  INTEGER,
    message_id INTEGER,
    media      TEXT CHECK (media IN ('image', 'file', 'audio')),
    blob       BLOB REFERENCES blobs (hash),
    tokens     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (position, sibling, step, number)
);
CREATE INDEX contents_author ON contents (author_id) WHERE author_id IS NOT NULL;
CREATE INDEX contents_message ON contents (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX contents_blob ON contents (blob) WHERE blob IS NOT NULL;
CREATE UNIQUE INDEX contents_result ON contents (position, sibling, ref) WHERE kind = 'tool_result';

-- The bytes of images, by their SHA-256. A blob is written with its first content and deleted with its last. Its bytes are the last
-- column, so that SQLite reads none of them for the other columns.
CREATE TABLE blobs (
    hash       BLOB PRIMARY KEY,
    media_type TEXT NOT NULL,
    size       INTEGER NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    bytes      BLOB NOT NULL
);

-- Each row is one request to a model. The figures of the window are its receipt; `media_tokens`, those of files,
-- are a part of the tokens of turns and question. Imported calls count in no sum of usage. `broken_from` is the position from which
-- the prompt is another one than that of the call before, and `broken_by` the change of that turn.
CREATE TABLE calls (
    id              INTEGER PRIMARY KEY,
    purpose         TEXT NOT NULL CHECK (purpose IN ('answer', 'summary', 'title', 'transcription', 'image')),
    position        INTEGER REFERENCES questions (position),
    sibling         INTEGER,
    step            INTEGER,
    conversation_id INTEGER REFERENCES conversations (id),
    place_id        INTEGER,
    guild_id        INTEGER,
    person_id       INTEGER,
    provider        TEXT NOT NULL DEFAULT '',
    model           TEXT NOT NULL DEFAULT '',
    state           TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'lost', 'imported')),
    -- How it ended: the model's word, or ours for an error.
    reason          TEXT NOT NULL DEFAULT '',
    started_at      INTEGER NOT NULL,
    ended_at        INTEGER,
    -- The most tokens that it may cost, charged where the usage is not known.
    reserved        INTEGER NOT NULL DEFAULT 0,
    -- The receipt: from which position, how many exchanges were trimmed, how many characters of the question were cut, and
    -- tokens by what they were for.
    window_from     INTEGER,
    dropped         INTEGER,
    cut             INTEGER,
    system_tokens   INTEGER,
    turn_tokens     INTEGER,
    question_tokens INTEGER,
    -- The usage in tokens. Cached and written are parts of prompt, reasoning is a part of completion.
    prompt          INTEGER,
    cached          INTEGER,
    written         INTEGER,
    completion      INTEGER,
    reasoning       INTEGER,
    -- Whether the usage is our count, because the server reported none.
    estimated       INTEGER NOT NULL DEFAULT 0 CHECK (estimated IN (0, 1)),
    files_from      INTEGER,
    media_tokens    INTEGER,
    broken_from     INTEGER,
    broken_by       TEXT,
    CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE INDEX calls_position ON calls (position, sibling) WHERE position IS NOT NULL;

-- The Discord messages of a question's answers, ordered by number. A number is never reused within a question, so that no nonce
-- is used for another message while Discord remembers it. A message that we delete is retired before and gone afterwards.
CREATE TABLE answer_messages (
    message_id INTEGER PRIMARY KEY,
    position   INTEGER NOT NULL REFERENCES questions (position),
    number     INTEGER NOT NULL,
    state      TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'retired', 'gone')),
    UNIQUE (position, number)
);
CREATE INDEX answer_messages_retired ON answer_messages (position) WHERE state = 'retired';

-- Facts about the installation, such as the hash of the synced commands.
CREATE TABLE facts (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The newest message of each place that the bot handled, mention or not. The bot missed the messages after it.
CREATE TABLE seen (
    place_id   INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL
);
CREATE INDEX seen_message ON seen (message_id);

-- What people chose for a place in Discord: its model, its persona, or a system prompt of their own.
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
