-- Version 7: what people change afterwards. Messages are edited and deleted, and further messages join a question.

ALTER TABLE questions ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE questions ADD COLUMN edited_at INTEGER;
ALTER TABLE questions ADD COLUMN changed_at INTEGER;
ALTER TABLE questions ADD COLUMN change TEXT CHECK (change IN ('edit', 'delete', 'pick', 'regenerate', 'removed'));
ALTER TABLE calls ADD COLUMN broken_from INTEGER;
ALTER TABLE calls ADD COLUMN broken_by TEXT;
