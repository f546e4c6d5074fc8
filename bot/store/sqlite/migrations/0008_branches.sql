-- Version 8: the last question before a message is found by an index, for threads that are opened on old messages.

CREATE INDEX questions_key ON questions (conversation_id, key);
