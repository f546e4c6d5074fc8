-- Temporary views and triggers, created each time the writing connection opens. Each turns one step into one statement. The steps
-- (a), (b) and (d) are those of the ports: a question is claimed, an attempt begins, an attempt ends.

-- (a) Inserting a question that has a key also inserts its claim.
CREATE TEMP TRIGGER question_claimed AFTER INSERT ON questions WHEN NEW.key IS NOT NULL
BEGIN
    INSERT INTO claims (message_id, place_id, author_id, position, outcome, at)
        SELECT NEW.key, place_id, NEW.author_id, NEW.position,
            CASE NEW.state WHEN 'waiting' THEN 'asked' ELSE NEW.state END, NEW.asked_at
        FROM conversations WHERE id = NEW.conversation_id;
END;

-- (b) An attempt begins. One insert writes its row, the question's prompt, the display that Discord should show, and the first
-- call, unless `reserved` is NULL.
CREATE TEMP VIEW begun AS
    SELECT q.position, q.prompt, q.tokens, q.remarks, a.profile, a.continues, a.started_at, c.reserved
    FROM questions q JOIN answers a USING (position) JOIN calls c USING (position);
CREATE TEMP TRIGGER begun_insert INSTEAD OF INSERT ON begun
BEGIN
    SELECT RAISE(ABORT, 'an attempt at this question is in writing') WHERE EXISTS (
        SELECT 1 FROM answers WHERE position = NEW.position AND state = 'writing');
    INSERT INTO answers (position, sibling, profile, continues, started_at, text, tokens)
        SELECT NEW.position, coalesce(max(sibling), 0) + 1, NEW.profile, NEW.continues, NEW.started_at,
            coalesce(max(text) FILTER (WHERE sibling = NEW.continues), ''),
            coalesce(max(tokens) FILTER (WHERE sibling = NEW.continues), 0)
        FROM answers WHERE position = NEW.position;
    UPDATE questions SET prompt = coalesce(NEW.prompt, prompt), tokens = coalesce(NEW.tokens, tokens),
            remarks = coalesce(NEW.remarks, remarks), state = 'begun', wanted = wanted + (display IS NOT NULL), display = (SELECT max(sibling) FROM answers WHERE position = NEW.position)
        WHERE position = NEW.position;
    INSERT INTO calls (purpose, position, sibling, step, conversation_id, place_id, guild_id, person_id, started_at, reserved)
        SELECT 'answer', q.position, q.display, 1, c.id, p.id, p.guild_id, q.author_id, NEW.started_at, NEW.reserved
        FROM questions q JOIN conversations c ON c.id = q.conversation_id JOIN places p ON p.id = c.place_id
        WHERE q.position = NEW.position AND NEW.reserved IS NOT NULL;
END;

CREATE TEMP TRIGGER content_inserted AFTER INSERT ON contents
BEGIN
    UPDATE questions SET rich = 1 WHERE position = NEW.position AND NEW.sibling = 0 AND NOT rich;
    UPDATE answers SET rich = 1 WHERE position = NEW.position AND sibling = NEW.sibling AND NOT rich;
END;

-- A blob goes with its last content.
CREATE TEMP TRIGGER content_deleted AFTER DELETE ON contents WHEN OLD.blob IS NOT NULL
BEGIN
    DELETE FROM blobs WHERE hash = OLD.blob AND NOT EXISTS (SELECT 1 FROM contents WHERE blob = OLD.blob);
END;

-- (d) An attempt ends, and its open call is closed. An attempt with text is chosen when it ended done or stopped, when it was
-- interrupted but continues the chosen attempt, or when none is chosen yet. Otherwise the display returns to the chosen attempt.
-- The old choice is cleared first, because SQLite checks the unique index row by row.
CREATE TEMP VIEW ended AS
    SELECT a.position, a.sibling, a.state, a.reason, a.text, a.tokens, a.remarks, a.finished_at, c.reason AS call_reason, c.provider,
        c.model, c.window_from, c.files_from, c.media_tokens, c.dropped, c.cut, c.system_tokens, c.turn_tokens, c.question_tokens, c.prompt, c.cached,
        c.written, c.completion, c.reasoning, c.estimated, c.broken_from, c.broken_by
    FROM answers a JOIN calls c USING (position, sibling);
CREATE TEMP TRIGGER ended_insert INSTEAD OF INSERT ON ended
BEGIN
    SELECT RAISE(ABORT, 'this attempt is not in writing') WHERE NOT EXISTS (
        SELECT 1 FROM answers WHERE position = NEW.position AND sibling = NEW.sibling AND state = 'writing');
    UPDATE answers SET chosen = 0
        WHERE position = NEW.position AND chosen AND NEW.text <> '' AND (NEW.state IN ('done', 'stopped')
            OR NEW.state = 'interrupted' AND sibling = (
                SELECT continues FROM answers WHERE position = NEW.position AND sibling = NEW.sibling));
    UPDATE answers SET state = NEW.state, reason = NEW.reason, text = NEW.text, tokens = NEW.tokens, remarks = NEW.remarks,
            finished_at = NEW.finished_at,
            chosen = NEW.text <> '' AND NOT EXISTS (SELECT 1 FROM answers WHERE position = NEW.position AND chosen)
        WHERE position = NEW.position AND sibling = NEW.sibling;
    UPDATE questions SET wanted = wanted + 1, display = (SELECT sibling FROM answers WHERE position = NEW.position AND chosen)
        WHERE position = NEW.position AND NEW.sibling > 1
            AND display <> (SELECT sibling FROM answers WHERE position = NEW.position AND chosen);
    UPDATE questions SET change = 'regenerate', changed_at = NEW.finished_at
        WHERE NEW.sibling > 1 AND NEW.text <> '' AND position = NEW.position AND EXISTS (
            SELECT 1 FROM answers WHERE position = NEW.position AND sibling = NEW.sibling AND chosen);
    UPDATE calls SET state = 'closed', ended_at = NEW.finished_at, reason = NEW.call_reason, provider = NEW.provider,
            model = NEW.model, window_from = NEW.window_from, dropped = NEW.dropped, cut = NEW.cut,
            system_tokens = NEW.system_tokens, turn_tokens = NEW.turn_tokens, question_tokens = NEW.question_tokens,
            files_from = NEW.files_from, media_tokens = NEW.media_tokens, prompt = NEW.prompt, cached = NEW.cached, written = NEW.written, completion = NEW.completion,
            reasoning = NEW.reasoning, estimated = NEW.estimated, broken_from = NEW.broken_from, broken_by = NEW.broken_by
        WHERE position = NEW.position AND sibling = NEW.sibling AND state = 'open';
END;

-- Another attempt is chosen, and Discord should show it. The inserting statement leaves out attempts without text, and inserts
-- nothing while an attempt is in writing.
CREATE TEMP VIEW picked AS SELECT position, sibling, started_at AS at FROM answers;
CREATE TEMP TRIGGER picked_insert INSTEAD OF INSERT ON picked
BEGIN
    UPDATE answers SET chosen = 0 WHERE position = NEW.position AND chosen;
    UPDATE answers SET chosen = 1 WHERE position = NEW.position AND sibling = NEW.sibling;
    UPDATE questions SET display = NEW.sibling, wanted = wanted + 1, change = 'pick', changed_at = coalesce(NEW.at, changed_at)
        WHERE position = NEW.position;
END;
