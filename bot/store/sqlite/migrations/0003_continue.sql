-- How an attempt ended in the model's words ('stop', 'length', ...): one that was cut by its length can be continued.
-- An attempt that goes on from the one before has its text while it is still in writing.

ALTER TABLE answers ADD COLUMN reason TEXT NOT NULL DEFAULT '';
