"""The SQL of the history, where it is longer than a line or two. Values come in as named parameters only."""

from typing import Final

from bot.store.sqlite import rows

CLAIM: Final = """
    INSERT INTO questions (conversation_id, message_id, author_id, author_name, asked_at, text, refusal)
    SELECT id, :message_id, :author_id, :author_name, :asked_at, :text, CASE
        WHEN :refused THEN 'unanswerable'
        WHEN :per_minute > 0 AND :per_minute <= (
            SELECT count(*) FROM questions
            WHERE author_id = :author_id AND asked_at > :asked_at - :minute AND refusal IS NULL
        ) THEN 'limit' END
    FROM conversations WHERE place_id = :place_id AND closed_at IS NULL
    ON CONFLICT (message_id) DO NOTHING
    RETURNING position, conversation_id, refusal
"""
EARLIER_REFUSAL: Final = """
    SELECT 1 FROM questions
    WHERE author_id = :author_id AND asked_at > :asked_at - :minute AND position < :position AND refusal = :refusal LIMIT 1
"""
OPEN: Final = "SELECT * FROM conversations WHERE place_id = :place_id AND closed_at IS NULL"
WINDOW: Final = """
    WITH RECURSIVE asked AS (
        SELECT q.conversation_id, q.position, min(q.position, c.window_from) AS anchor,
            (SELECT max(sibling) FROM answers WHERE position = q.position) AS attempt,
            (SELECT text FROM answers WHERE position = q.position ORDER BY sibling DESC LIMIT 1) AS so_far
        FROM questions q JOIN conversations c ON c.id = q.conversation_id WHERE q.position = :position
    ), line (id, position, sibling) AS (
        SELECT conversation_id, position, 0 FROM asked
        UNION ALL
        SELECT parent_id, branch_position, branch_sibling
        FROM line JOIN conversations USING (id) WHERE parent_id IS NOT NULL
    )
    SELECT q.position, q.prompt, q.tokens AS prompt_tokens, coalesce(a.text, '') AS answer,
        coalesce(a.tokens, 0) AS answer_tokens, asked.anchor, asked.attempt,
        CASE WHEN q.position = asked.position THEN asked.so_far END AS so_far
    FROM asked CROSS JOIN line CROSS JOIN questions q ON q.conversation_id = line.id
        AND q.position BETWEEN asked.anchor AND line.position
    LEFT JOIN answers a ON a.position = q.position
        AND CASE WHEN q.position = line.position THEN a.sibling = line.sibling ELSE a.chosen END
    WHERE q.prompt IS NOT NULL AND q.refusal IS NULL
    ORDER BY q.position
"""
"""The joins are CROSS, which SQLite never reorders: by itself it reads every question of the database after the anchor."""
BRANCH: Final = """
    SELECT q.conversation_id, q.position, coalesce(p.sibling, a.sibling, 1) AS sibling, CASE
        WHEN c.window_from <= q.position THEN c.window_from
        ELSE (SELECT min(position) FROM (
            SELECT position FROM questions WHERE conversation_id = q.conversation_id AND position <= q.position
            ORDER BY position DESC LIMIT :back
        )) END AS window_from
    FROM questions q
    JOIN conversations c ON c.id = q.conversation_id
    LEFT JOIN parts p ON p.position = q.position AND p.message_id = :message_id
    LEFT JOIN answers a ON a.position = q.position AND a.chosen
    WHERE q.position = coalesce(
        (SELECT position FROM parts WHERE message_id = :message_id),
        (SELECT position FROM questions WHERE message_id = :message_id AND refusal IS NULL)
    )
"""
"""A branch shares its parent's window, and so its cached prefix; one from before that window looks `back` some exchanges."""
ENDED: Final = """
    UPDATE answers SET state = :state, text = :text, tokens = :tokens, finished_at = :at, prompt_tokens = :prompt_tokens,
        cached_tokens = :cached_tokens, completion_tokens = :completion_tokens, reason = :reason
    WHERE position = :position AND sibling = :sibling AND state = 'writing'
    RETURNING id
"""
GO_ON: Final = """
    UPDATE answers SET (text, tokens) = (SELECT text, tokens FROM answers WHERE position = :position AND sibling = :sibling)
    WHERE position = :position AND chosen
"""
LEFT: Final = f"""
    SELECT {rows.QUESTION}, {rows.ANSWER}
    FROM (
        SELECT position, NULL AS sibling FROM questions WHERE prompt IS NULL AND refusal IS NULL
        UNION ALL
        SELECT position, sibling FROM answers one WHERE shown_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM answers later WHERE later.position = one.position AND later.sibling > one.sibling)
    ) AS unfinished
    JOIN questions q USING (position)
    JOIN conversations c ON c.id = q.conversation_id
    LEFT JOIN answers a ON a.position = unfinished.position AND a.sibling = unfinished.sibling
    ORDER BY q.position, a.sibling
"""  # noqa: S608 -- the columns are constants of ours
"""An attempt that another followed is not among them: its messages show that other one now."""
NEWEST: Final = f"""
    SELECT {rows.QUESTION}, {rows.ANSWER}
    FROM questions q
    JOIN conversations c ON c.id = q.conversation_id
    LEFT JOIN answers a ON a.position = q.position
    WHERE q.message_id = :message_id AND q.refusal IS NULL
    ORDER BY a.sibling DESC LIMIT 1
"""  # noqa: S608 -- the columns are constants of ours
PARTS_OF_QUESTION: Final = "SELECT message_id FROM parts WHERE position = :position ORDER BY number"
SEE: Final = """
    INSERT INTO seen (place_id, message_id)
    SELECT value ->> 0, value ->> 1 FROM json_each(:newest) WHERE true
    ON CONFLICT (place_id) DO UPDATE SET message_id = max(message_id, excluded.message_id)
"""
BEGUN_SINCE: Final = """
    SELECT c.place_id, a.started_at
    FROM (SELECT position, started_at FROM answers ORDER BY id DESC LIMIT 1000) a
    JOIN questions q USING (position) JOIN conversations c ON c.id = q.conversation_id
    WHERE a.started_at > :at ORDER BY a.started_at
"""
TALKED_IN: Final = """
    SELECT place_id, coalesce(seen, claimed) AS message_id FROM (
        SELECT id AS place_id, (SELECT message_id FROM seen WHERE place_id = places.id) AS seen, (
            SELECT q.message_id FROM conversations c CROSS JOIN questions q ON q.conversation_id = c.id
            WHERE c.place_id = places.id ORDER BY c.id DESC, q.position DESC LIMIT 1
        ) AS claimed
        FROM places WHERE kind IN ('dm', 'thread')
    ) WHERE max(coalesce(seen, 0), coalesce(claimed, 0)) > :since
"""
"""What was seen is written down every few seconds; where nothing was yet, the question that was claimed tells as much."""
TURNS: Final = f"""
    SELECT {rows.QUESTION}, {rows.ANSWER}
    FROM (SELECT * FROM questions WHERE conversation_id = :conversation_id AND position > :after ORDER BY position LIMIT :page) q
    JOIN conversations c ON c.id = q.conversation_id
    LEFT JOIN answers a ON a.position = q.position
    ORDER BY q.position, a.sibling
"""  # noqa: S608 -- the columns are constants of ours
PARTS_OF_TURNS: Final = """
    SELECT position, sibling, message_id FROM parts WHERE position IN (
        SELECT position FROM questions WHERE conversation_id = :conversation_id AND position > :after
        ORDER BY position LIMIT :page
    ) ORDER BY position, sibling, number
"""
PARTS_OF_LEFT: Final = """
    SELECT p.position, p.sibling, p.message_id
    FROM answers a CROSS JOIN parts p ON p.position = a.position AND p.sibling = a.sibling
    WHERE a.shown_at IS NULL ORDER BY p.position, p.sibling, p.number
"""
