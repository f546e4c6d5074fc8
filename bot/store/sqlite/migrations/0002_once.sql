-- A further attempt takes over the messages that showed the one before it.

DROP TRIGGER begun_insert;
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

-- The newest message of each place that was dealt with, be it a mention or not: what came after it was missed.
CREATE TABLE seen (
    place_id   INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL
);
