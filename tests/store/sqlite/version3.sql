-- A database of version 3 with every state that it could hold, dumped from a file that its own code had written.
BEGIN TRANSACTION;
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
    shown_at          INTEGER, reason TEXT NOT NULL DEFAULT '',
    UNIQUE (position, sibling)
);
INSERT INTO "answers" VALUES(1,1,1,1,'done','Ada is a lovely name.',5,'gpt-5.4-mini',120,0,9,1790000001100,1790000001600,1790000001650,'stop');
INSERT INTO "answers" VALUES(2,2,1,1,'done','Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time Once upon a time ',850,'gpt-5.4-mini',160,128,900,1790000002750,1790000003250,1790000003300,'stop');
INSERT INTO "answers" VALUES(3,3,1,0,'failed','',0,'gpt-5.4-mini',NULL,NULL,NULL,1790000004400,1790000004900,1790000004950,'');
INSERT INTO "answers" VALUES(4,3,2,0,'failed','',0,'gpt-5.4-mini',NULL,NULL,NULL,1790000005950,1790000006450,1790000006500,'');
INSERT INTO "answers" VALUES(5,3,3,1,'done','It will.',2,'gpt-5.5',300,128,4,1790000007500,1790000008000,1790000008050,'stop');
INSERT INTO "answers" VALUES(6,4,1,0,'interrupted','Tomorrow it will',4,'gpt-5.4-mini',NULL,NULL,NULL,1790000009150,1790000009650,1790000009700,'');
INSERT INTO "answers" VALUES(7,4,2,1,'failed','',0,'gpt-5.4-mini',NULL,NULL,NULL,1790000010700,1790000011200,1790000011250,'');
INSERT INTO "answers" VALUES(8,5,1,0,'done','one two three',3,'gpt-5.4-mini',400,256,3,1790000012350,1790000012850,1790000012900,'length');
INSERT INTO "answers" VALUES(9,5,2,1,'done','one two three four five',5,'gpt-5.4-mini',410,256,2,1790000013900,1790000014400,1790000014450,'stop');
INSERT INTO "answers" VALUES(10,6,1,1,'stopped','I was saying',3,'gpt-5.4-mini',NULL,NULL,NULL,1790000015550,1790000016050,1790000016100,'');
INSERT INTO "answers" VALUES(11,7,1,1,'done','I would rather',3,'gpt-5.4-mini',0,0,0,1790000017200,1790000017700,1790000017750,'content_filter');
INSERT INTO "answers" VALUES(12,10,1,1,'done','That is a lot of x.',4,'gpt-5.4-mini',500,0,6,1790000020850,1790000021350,1790000021400,'stop');
INSERT INTO "answers" VALUES(13,11,1,1,'done','Welcome.',2,'gpt-5.4-mini',30,0,2,1790000023500,1790000024000,1790000024050,'stop');
INSERT INTO "answers" VALUES(14,12,1,1,'done','Here we are.',3,'gpt-5.4-mini',600,512,3,1790000026150,1790000026650,1790000026700,'stop');
INSERT INTO "answers" VALUES(15,13,1,1,'done','Threaded.',2,'gpt-5.4-mini',640,512,2,1790000027800,1790000028300,1790000028350,'stop');
INSERT INTO "answers" VALUES(16,14,1,1,'done','Deep.',1,'gpt-5.4-mini',660,512,2,1790000029450,1790000029950,1790000030000,'stop');
INSERT INTO "answers" VALUES(17,15,1,1,'done','Early.',1,'gpt-5.4-mini',50,0,2,1790000031100,1790000031600,1790000031650,'stop');
INSERT INTO "answers" VALUES(18,16,1,1,'done','Hello.',1,'gpt-5.4-mini',20,0,2,1790000034750,1790000035250,1790000035300,'stop');
INSERT INTO "answers" VALUES(19,17,1,1,'writing','',0,'gpt-5.4-mini',NULL,NULL,NULL,1790000036400,NULL,NULL,'');
INSERT INTO "answers" VALUES(20,18,1,1,'writing','',0,'gpt-5.4-mini',NULL,NULL,NULL,1790000037500,NULL,NULL,'');
INSERT INTO "answers" VALUES(21,19,1,1,'done','Not shown yet.',3,'gpt-5.4-mini',5,0,4,1790000038600,1790000039100,NULL,'stop');
INSERT INTO "answers" VALUES(22,20,1,1,'failed','',0,'gpt-5.4-mini',NULL,NULL,NULL,1790000040200,1790000040700,NULL,'');
INSERT INTO "answers" VALUES(23,21,1,0,'interrupted','half',1,'gpt-5.4-mini',NULL,NULL,NULL,1790000041800,1790000042300,1790000042350,'');
INSERT INTO "answers" VALUES(24,21,2,1,'writing','',0,'gpt-5.4-mini',NULL,NULL,NULL,1790000043350,NULL,NULL,'');
INSERT INTO "answers" VALUES(25,22,1,0,'done','one two',1,'gpt-5.4-mini',5,0,2,1790000044450,1790000044950,1790000045000,'length');
INSERT INTO "answers" VALUES(26,22,2,1,'writing','one two',1,'gpt-5.4-mini',NULL,NULL,NULL,1790000046000,NULL,NULL,'');
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
INSERT INTO "conversations" VALUES(1,1500000000000000001,1790000001000,1790000033650,2,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "conversations" VALUES(2,1500000000000000001,1790000022400,1790000025050,0,1500000000000000011,1,NULL,NULL,NULL);
INSERT INTO "conversations" VALUES(3,1500000000000125000,1790000027700,1790000032650,2,NULL,NULL,1,12,1);
INSERT INTO "conversations" VALUES(4,1500000000000127000,1790000029350,NULL,2,NULL,NULL,3,13,1);
INSERT INTO "conversations" VALUES(5,1500000000000101000,1790000031000,NULL,1,NULL,NULL,1,1,1);
INSERT INTO "conversations" VALUES(7,1500000000000125000,1790000032650,NULL,0,1500000000000000012,3,NULL,NULL,NULL);
INSERT INTO "conversations" VALUES(8,1500000000000000001,1790000033650,NULL,0,1500000000000000012,1,NULL,NULL,NULL);
INSERT INTO "conversations" VALUES(9,1500000000000000003,1790000034650,NULL,0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "conversations" VALUES(10,1500000000000000002,1790000036300,NULL,0,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE facts (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "facts" VALUES('id of the first start','1500000000000000000');
INSERT INTO "facts" VALUES('refused parameters of gpt-5.4-mini at https://api.openai.com/v1','["safety_identifier"]');
INSERT INTO "facts" VALUES('synced commands','abc');
CREATE TABLE parts (
    message_id INTEGER PRIMARY KEY,
    position   INTEGER NOT NULL,
    sibling    INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    UNIQUE (position, sibling, number),
    FOREIGN KEY (position, sibling) REFERENCES answers (position, sibling)
);
INSERT INTO "parts" VALUES(1500000000000102000,1,1,0);
INSERT INTO "parts" VALUES(1500000000000104000,2,1,0);
INSERT INTO "parts" VALUES(1500000000000105000,2,1,1);
INSERT INTO "parts" VALUES(1500000000000106000,2,1,2);
INSERT INTO "parts" VALUES(1500000000000108000,3,3,0);
INSERT INTO "parts" VALUES(1500000000000110000,4,2,0);
INSERT INTO "parts" VALUES(1500000000000111000,4,2,1);
INSERT INTO "parts" VALUES(1500000000000113000,5,2,0);
INSERT INTO "parts" VALUES(1500000000000115000,6,1,0);
INSERT INTO "parts" VALUES(1500000000000117000,7,1,0);
INSERT INTO "parts" VALUES(1500000000000121000,10,1,0);
INSERT INTO "parts" VALUES(1500000000000123000,11,1,0);
INSERT INTO "parts" VALUES(1500000000000125000,12,1,0);
INSERT INTO "parts" VALUES(1500000000000127000,13,1,0);
INSERT INTO "parts" VALUES(1500000000000129000,14,1,0);
INSERT INTO "parts" VALUES(1500000000000131000,15,1,0);
INSERT INTO "parts" VALUES(1500000000000133000,16,1,0);
INSERT INTO "parts" VALUES(1500000000000135000,17,1,0);
INSERT INTO "parts" VALUES(1500000000000136000,17,1,1);
INSERT INTO "parts" VALUES(1500000000000139000,19,1,0);
INSERT INTO "parts" VALUES(1500000000000142000,21,2,0);
INSERT INTO "parts" VALUES(1500000000000144000,22,2,0);
CREATE TABLE places (
    id        INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('channel', 'thread', 'dm')),
    name      TEXT NOT NULL,
    guild_id  INTEGER,
    parent_id INTEGER
);
INSERT INTO "places" VALUES(1500000000000000001,'channel','general',1500000000000000000,NULL);
INSERT INTO "places" VALUES(1500000000000000002,'channel','random',1500000000000000000,NULL);
INSERT INTO "places" VALUES(1500000000000000003,'dm','direct messages',NULL,NULL);
INSERT INTO "places" VALUES(1500000000000101000,'thread','early',1500000000000000000,1500000000000000001);
INSERT INTO "places" VALUES(1500000000000125000,'thread','a topic',1500000000000000000,1500000000000000001);
INSERT INTO "places" VALUES(1500000000000127000,'thread','deeper',1500000000000000000,1500000000000125000);
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
INSERT INTO "questions" VALUES(1,1,1500000000000101000,1500000000000000011,'Alice',1790000001000,'my cat is called Ada','Alice (#ab12): my cat is called Ada',8,NULL);
INSERT INTO "questions" VALUES(2,1,1500000000000103000,1500000000000000012,'Bob ☃ O''Neil',1790000002650,'a long story, please','Bob ☃ O''Neil (#ab12): a long story, please',10,NULL);
INSERT INTO "questions" VALUES(3,1,1500000000000107000,1500000000000000011,'Alice',1790000004300,'will it rain?','Alice (#ab12): will it rain?',7,NULL);
INSERT INTO "questions" VALUES(4,1,1500000000000109000,1500000000000000011,'Alice',1790000009050,'and tomorrow?','Alice (#ab12): and tomorrow?',7,NULL);
INSERT INTO "questions" VALUES(5,1,1500000000000112000,1500000000000000011,'Alice',1790000012250,'count to ten','Alice (#ab12): count to ten',6,NULL);
INSERT INTO "questions" VALUES(6,1,1500000000000114000,1500000000000000011,'Alice',1790000015450,'stop me','Alice (#ab12): stop me',5,NULL);
INSERT INTO "questions" VALUES(7,1,1500000000000116000,1500000000000000011,'Alice',1790000017100,'bad words','Alice (#ab12): bad words',6,NULL);
INSERT INTO "questions" VALUES(8,1,1500000000000118000,1500000000000000011,'Alice',1790000018750,'too fast',NULL,0,'limit');
INSERT INTO "questions" VALUES(9,1,1500000000000119000,1500000000000000011,'Alice',1790000019750,'',NULL,0,'unanswerable');
INSERT INTO "questions" VALUES(10,1,1500000000000120000,1500000000000000011,'Alice',1790000020750,'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx','Alice (#ab12): xxx
[… 880 characters left out here …]
xxx',20,NULL);
INSERT INTO "questions" VALUES(11,2,1500000000000122000,1500000000000000011,'Alice',1790000023400,'new here','Alice (#ab12): new here',5,NULL);
INSERT INTO "questions" VALUES(12,1,1500000000000124000,1500000000000000011,'Alice',1790000026050,'old again','Alice (#ab12): old again',6,NULL);
INSERT INTO "questions" VALUES(13,3,1500000000000126000,1500000000000000011,'Alice',1790000027700,'in the thread','Alice (#ab12): in the thread',7,NULL);
INSERT INTO "questions" VALUES(14,4,1500000000000128000,1500000000000000011,'Alice',1790000029350,'deeper','Alice (#ab12): deeper',5,NULL);
INSERT INTO "questions" VALUES(15,5,1500000000000130000,1500000000000000011,'Alice',1790000031000,'branch from before the window','Alice (#ab12): branch from before the window',11,NULL);
INSERT INTO "questions" VALUES(16,9,1500000000000132000,1500000000000000011,'Alice',1790000034650,'hello in private','Alice (#ab12): hello in private',7,NULL);
INSERT INTO "questions" VALUES(17,10,1500000000000134000,1500000000000000011,'Alice',1790000036300,'left writing with text','Alice (#ab12): left writing with text',9,NULL);
INSERT INTO "questions" VALUES(18,9,1500000000000137000,1500000000000000011,'Alice',1790000037400,'left writing unseen','Alice (#ab12): left writing unseen',8,NULL);
INSERT INTO "questions" VALUES(19,8,1500000000000138000,1500000000000000011,'Alice',1790000038500,'left unshown','Alice (#ab12): left unshown',6,NULL);
INSERT INTO "questions" VALUES(20,8,1500000000000140000,1500000000000000011,'Alice',1790000040100,'left failed unshown','Alice (#ab12): left failed unshown',8,NULL);
INSERT INTO "questions" VALUES(21,8,1500000000000141000,1500000000000000011,'Alice',1790000041700,'left retried','Alice (#ab12): left retried',6,NULL);
INSERT INTO "questions" VALUES(22,8,1500000000000143000,1500000000000000011,'Alice',1790000044350,'left going on','Alice (#ab12): left going on',7,NULL);
INSERT INTO "questions" VALUES(23,8,1500000000000145000,1500000000000000011,'Alice',1790000047000,'left never begun',NULL,0,NULL);
INSERT INTO "questions" VALUES(24,9,1500000000000146000,1500000000000000011,'Alice',1790000048000,'left never begun in private',NULL,0,NULL);
CREATE TABLE seen (
    place_id   INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL
);
INSERT INTO "seen" VALUES(1500000000000000001,1500000000000147000);
INSERT INTO "seen" VALUES(1500000000000000002,1500000000000148000);
INSERT INTO "seen" VALUES(1500000000000000003,1500000000000000001);
CREATE UNIQUE INDEX conversations_open ON conversations (place_id) WHERE closed_at IS NULL;
CREATE INDEX conversations_place ON conversations (place_id, id);
CREATE INDEX questions_conversation ON questions (conversation_id, position);
CREATE INDEX questions_author ON questions (author_id, asked_at);
CREATE INDEX questions_never_begun ON questions (position) WHERE prompt IS NULL AND refusal IS NULL;
CREATE UNIQUE INDEX answers_chosen ON answers (position) WHERE chosen;
CREATE INDEX answers_not_shown ON answers (position, sibling) WHERE shown_at IS NULL;
CREATE VIEW begun AS
    SELECT q.position, q.prompt, q.tokens, a.model, a.started_at FROM questions q JOIN answers a USING (position);
CREATE TRIGGER begun_insert INSTEAD OF INSERT ON begun
BEGIN
    UPDATE questions SET prompt = NEW.prompt, tokens = NEW.tokens WHERE position = NEW.position;
    UPDATE answers SET chosen = 0 WHERE position = NEW.position AND chosen;
    INSERT INTO answers (position, sibling, model, started_at)
        SELECT NEW.position, coalesce(max(sibling), 0) + 1, NEW.model, NEW.started_at
        FROM answers WHERE position = NEW.position;
    UPDATE parts SET sibling = (SELECT max(sibling) FROM answers WHERE position = NEW.position)
        WHERE position = NEW.position;
END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('questions',24);
INSERT INTO "sqlite_sequence" VALUES('conversations',10);
COMMIT;
PRAGMA application_id = 1346458188;
PRAGMA user_version = 3;
