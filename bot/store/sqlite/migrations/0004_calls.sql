-- The call is the atom: claims stand apart from questions, calls from attempts, and what Discord shows from both. Every table but
-- two is set aside under another name and made anew, and its rows are carried over. Foreign keys are off while migrations run.

DROP TRIGGER begun_insert;
DROP VIEW begun;
DROP INDEX conversations_open;
DROP INDEX conversations_place;
DROP INDEX questions_conversation;
DROP INDEX questions_author;
DROP INDEX questions_never_begun;
DROP INDEX answers_chosen;
DROP INDEX answers_not_shown;
ALTER TABLE parts RENAME TO old_parts;
ALTER TABLE answers RENAME TO old_answers;
ALTER TABLE questions RENAME TO old_questions;
ALTER TABLE conversations RENAME TO old_conversations;
ALTER TABLE places RENAME TO old_places;

CREATE TABLE places (
    id        INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('channel', 'thread', 'dm', 'group')),
    name      TEXT NOT NULL,
    guild_id  INTEGER,
    parent_id INTEGER
);

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
    CHECK ((parent_id IS NULL) = (branch_position IS NULL) AND (parent_id IS NULL) = (branch_sibling IS NULL)),
    CHECK (origin IS NULL OR closed_at IS NOT NULL)
);
CREATE UNIQUE INDEX conversations_open ON conversations (place_id) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX conversations_origin ON conversations (place_id, origin) WHERE origin IS NOT NULL;
CREATE INDEX conversations_place ON conversations (place_id, id);

-- A row is never deleted, only erased, so that no position comes twice.
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
    CHECK (state <> 'begun' OR prompt IS NOT NULL),
    CHECK (state <> 'waiting' OR shown < wanted),
    CHECK (shown <= wanted)
);
CREATE INDEX questions_conversation ON questions (conversation_id, position);
CREATE INDEX questions_behind ON questions (position) WHERE shown < wanted;

-- One row for every Discord message or interaction that was dealt with, ever.
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
    UNIQUE (position, sibling),
    CHECK ((state = 'writing') = (finished_at IS NULL))
);
CREATE UNIQUE INDEX answers_chosen ON answers (position) WHERE chosen;

-- The contents of a turn beside its plain text. Sibling 0 is the question, whose text comes first. An answer that has any row
-- here consists of its rows alone, its texts too; answers.text is then the text that Discord shows.
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
    PRIMARY KEY (position, sibling, step, number)
);
CREATE INDEX contents_author ON contents (author_id) WHERE author_id IS NOT NULL;
CREATE INDEX contents_message ON contents (message_id) WHERE message_id IS NOT NULL;
CREATE UNIQUE INDEX contents_result ON contents (position, sibling, ref) WHERE kind = 'tool_result';

-- One request to a model each. The figures of the window are its receipt. An imported call is in no sum.
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
    CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE INDEX calls_position ON calls (position, sibling) WHERE position IS NOT NULL;

-- The messages of a question's answers. Their order is the number's, which never comes twice, so that no nonce is used again for
-- another message while Discord remembers it. A message that we delete is retired before and gone after.
CREATE TABLE answer_messages (
    message_id INTEGER PRIMARY KEY,
    position   INTEGER NOT NULL REFERENCES questions (position),
    number     INTEGER NOT NULL,
    state      TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'retired', 'gone')),
    UNIQUE (position, number)
);
CREATE INDEX answer_messages_retired ON answer_messages (position) WHERE state = 'retired';
CREATE INDEX seen_message ON seen (message_id);

INSERT INTO places (id, kind, name, guild_id, parent_id) SELECT id, kind, name, guild_id, parent_id FROM old_places;
INSERT INTO conversations (id, place_id, opened_at, closed_at, window_from, opened_by, previous_id, parent_id, branch_position,
        branch_sibling)
    SELECT id, place_id, opened_at, closed_at, window_from, opened_by, previous_id, parent_id, branch_position, branch_sibling
    FROM old_conversations;
-- An id that was given to a conversation is never given again.
UPDATE sqlite_sequence SET seq = max(seq, (SELECT seq FROM sqlite_sequence WHERE name = 'old_conversations'))
    WHERE name = 'conversations' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'old_conversations');
-- Discord shows, or shall show, the newest attempt, whatever came of it. A question that was never begun wants an answer.
INSERT INTO questions (position, key, conversation_id, author_id, author_name, asked_at, state, text, prompt, tokens, display,
        wanted, shown, outcome, shown_at)
    SELECT q.position, q.message_id, q.conversation_id, q.author_id, q.author_name, q.asked_at,
        CASE WHEN q.refusal IS NOT NULL THEN q.refusal WHEN q.prompt IS NULL THEN 'waiting' ELSE 'begun' END,
        q.text, q.prompt, q.tokens, a.sibling, q.refusal IS NULL, q.refusal IS NULL AND a.shown_at IS NOT NULL,
        CASE WHEN a.shown_at IS NOT NULL THEN 'shown' END, a.shown_at
    FROM old_questions q LEFT JOIN old_answers a ON a.position = q.position
        AND a.sibling = (SELECT max(sibling) FROM old_answers WHERE position = q.position)
    ORDER BY q.position;
INSERT INTO claims (message_id, place_id, author_id, position, outcome, at)
    SELECT q.message_id, c.place_id, q.author_id, q.position, coalesce(q.refusal, 'asked'), q.asked_at
    FROM old_questions q JOIN old_conversations c ON c.id = q.conversation_id ORDER BY q.message_id;
-- The newest attempt that ended with text is chosen. An attempt that begins with the whole text of one that was cut by its length
-- goes on from that one.
INSERT INTO answers (position, sibling, chosen, state, reason, text, tokens, continues, started_at, finished_at)
    SELECT a.position, a.sibling,
        a.sibling IS (SELECT max(sibling) FROM old_answers WHERE position = a.position AND state <> 'writing' AND text <> ''),
        a.state, a.reason, a.text, a.tokens,
        (SELECT sibling FROM old_answers b WHERE b.position = a.position AND b.sibling = a.sibling - 1 AND b.reason = 'length'
            AND b.text <> '' AND substr(a.text, 1, length(b.text)) = b.text),
        a.started_at, CASE WHEN a.state <> 'writing' THEN coalesce(a.finished_at, a.started_at) END
    FROM old_answers a ORDER BY a.id;
-- One call an attempt. One in writing stays open, so that the next start ends it as lost.
INSERT INTO calls (purpose, position, sibling, step, conversation_id, place_id, guild_id, person_id, model, state, reason,
        started_at, ended_at, prompt, cached, completion)
    SELECT 'answer', a.position, a.sibling, 1, q.conversation_id, c.place_id, p.guild_id, q.author_id, a.model,
        CASE a.state WHEN 'writing' THEN 'open' ELSE 'closed' END, a.reason, a.started_at,
        CASE WHEN a.state <> 'writing' THEN coalesce(a.finished_at, a.started_at) END,
        a.prompt_tokens, a.cached_tokens, a.completion_tokens
    FROM old_answers a JOIN old_questions q USING (position) JOIN old_conversations c ON c.id = q.conversation_id
        JOIN old_places p ON p.id = c.place_id
    ORDER BY a.id;
-- Numbers count from 1 within a question, because each attempt counted its own.
INSERT INTO answer_messages (message_id, position, number)
    SELECT message_id, position, row_number() OVER (PARTITION BY position ORDER BY sibling, number) FROM old_parts;

DROP TABLE old_parts;
DROP TABLE old_answers;
DROP TABLE old_questions;
DROP TABLE old_conversations;
DROP TABLE old_places;
