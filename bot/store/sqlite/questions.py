"""Questions in SQLite: claiming messages, closing questions, and finding them with their attempts."""

import json
from collections.abc import Sequence
from typing import Any, Final

from bot.chat.ports.questions import Behind, Claim, Press, Said
from bot.chat.turns import Asked, Author, Question, Record, TurnedDown
from bot.store.sqlite import rows
from bot.store.sqlite.conversations import open_in
from bot.store.sqlite.session import Row, Session, Transaction

_MINUTE: Final = 60_000

_CLAIMED: Final = "SELECT 1 FROM claims WHERE message_id = :key"
_ASKED_LATELY: Final = """
    SELECT count(*) FROM claims
    WHERE author_id = :author_id AND at > :asked_at - :minute AND outcome IN ('asked', 'joined', 'pressed')
"""
_CLAIM: Final = f"""
    INSERT INTO questions (key, conversation_id, author_id, author_name, asked_at, text, state, wanted, origin)
    SELECT :key, id, :author_id, :author_name, :asked_at, :text, state, state = 'waiting', :origin FROM (
        SELECT id, CASE
            WHEN :turned_down IS NOT NULL THEN :turned_down
            WHEN :per_minute > 0 AND :per_minute <= ({_ASKED_LATELY}) THEN 'limit'
            ELSE 'waiting' END AS state
        FROM conversations WHERE place_id = :place_id AND closed_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM claims WHERE message_id = :key)
    )
    RETURNING position, conversation_id, state
"""  # noqa: S608 -- only constants are inserted
_PRESS: Final = f"""
    INSERT INTO claims (message_id, place_id, author_id, outcome, at)
    SELECT :key, :place_id, :author_id, 'pressed', :asked_at
    WHERE :per_minute = 0 OR :per_minute > ({_ASKED_LATELY})
    RETURNING message_id
"""
_JOIN: Final = f"""
    INSERT INTO claims (message_id, place_id, author_id, position, outcome, at)
    SELECT :key, :place_id, :author_id, :position, 'joined', :asked_at FROM questions q
    JOIN conversations c ON c.id = q.conversation_id AND c.closed_at IS NULL
    WHERE q.position = :position AND q.author_id = :author_id AND (q.state = 'waiting' OR q.state = 'begun' AND EXISTS (
            SELECT 1 FROM answers WHERE position = q.position AND state = 'writing'))
        AND NOT EXISTS (SELECT 1 FROM claims WHERE message_id = :key)
        AND (:per_minute = 0 OR :per_minute > ({_ASKED_LATELY}))
    RETURNING position
"""  # noqa: S608 -- only constants are inserted
_JOINED_CONTENT: Final = """
    INSERT INTO contents (position, sibling, step, number, kind, text, author_id, message_id)
    SELECT :position, 0, 0, coalesce(max(number), 0) + 1, 'text', :text, :author_id, :key
    FROM contents WHERE position = :position AND sibling = 0
"""
_WAITS_AGAIN: Final = """
    UPDATE questions SET state = 'waiting', prompt = NULL, wanted = wanted + 1, revision = revision + 1 WHERE position = :position
"""
_NEWEST_OF_PLACE: Final = """
    (SELECT id FROM conversations WHERE place_id = c.place_id AND origin IS NULL ORDER BY id DESC LIMIT 20)
"""
"""The newest conversations of a place, of which one is open; the place's newest question is in one of them."""
_LATER: Final = f"""
    EXISTS (SELECT 1 FROM {_NEWEST_OF_PLACE} later CROSS JOIN questions ON conversation_id = later.id
        WHERE position > q.position AND display IS NOT NULL)
"""  # noqa: S608 -- only constants are inserted
"""Whether a later question of the place has an attempt, where q is the question and c its conversation."""
_RECORD: Final = f"""
    SELECT {rows.QUESTION}, {rows.ANSWER}, c.closed_at IS NULL AS open, NOT {_LATER} AS last,
        CASE WHEN q.rich THEN (SELECT json_group_array(json_array(message_id, text)) FROM (
            SELECT t.message_id, t.text FROM contents t CROSS JOIN claims j ON j.message_id = t.message_id
            WHERE t.position = q.position AND t.sibling = 0 AND t.kind = 'text' AND j.position = q.position
            ORDER BY t.number)) END AS joined
    FROM claims k
    JOIN questions q ON q.position = k.position
    JOIN conversations c ON c.id = q.conversation_id
    JOIN places p ON p.id = c.place_id
    LEFT JOIN answers a ON a.position = q.position
    WHERE k.message_id = :key AND k.outcome IN ('asked', 'joined')
        AND (q.state IN ('waiting', 'begun') OR q.state = 'deleted' AND :deleted)
    ORDER BY a.sibling
"""  # noqa: S608 -- only constants are inserted
_ANSWERED_BY: Final = """
    SELECT key FROM answer_messages JOIN questions USING (position) WHERE message_id = :message_id AND key IS NOT NULL
"""
_SAID: Final = """
    WITH RECURSIVE found AS (
        SELECT position, 1 AS ours FROM answer_messages WHERE message_id = :message_id AND state <> 'gone'
        UNION ALL
        SELECT position, 0 FROM claims WHERE message_id = :message_id AND outcome IN ('asked', 'joined')
        LIMIT 1
    ), line (id, until, sibling) AS (
        SELECT :conversation_id, 9223372036854775807, NULL
        UNION ALL
        SELECT parent_id, branch_position, branch_sibling FROM line JOIN conversations c USING (id)
        WHERE parent_id IS NOT NULL
    )
    SELECT q.author_id, q.author_name, ours, iif(ours, a.text, q.text) AS text,
        q.position >= (SELECT window_from FROM conversations WHERE id = :conversation_id) AND EXISTS (
            SELECT 1 FROM line WHERE line.id = q.conversation_id AND q.position <= line.until
                AND NOT (ours AND q.position = line.until AND line.sibling = 0)
        ) AS is_sent
    FROM found JOIN questions q USING (position) LEFT JOIN answers a ON a.position = q.position AND a.chosen
    WHERE iif(ours, a.text, q.text) <> ''
"""
"""The line of conversations goes from the one that asks to those that it branched from, each up to the point of the branch."""
_ASKED_AMONG: Final = """
    SELECT message_id FROM claims
    WHERE message_id IN (SELECT value FROM json_each(:ids)) AND outcome IN ('asked', 'joined')
"""
_SUPERSEDED: Final = f"""
    SELECT (SELECT key FROM questions WHERE position = (
        SELECT max((SELECT position FROM questions WHERE conversation_id = earlier.id AND position < q.position
            AND display IS NOT NULL ORDER BY position DESC LIMIT 1))
        FROM {_NEWEST_OF_PLACE} earlier)) AS key
    FROM questions q JOIN conversations c ON c.id = q.conversation_id WHERE q.position = :position
"""  # noqa: S608 -- only constants are inserted
MESSAGES: Final = "SELECT message_id, number, state FROM answer_messages WHERE position = :position ORDER BY number"
_BEHIND: Final = """
    SELECT q.key, c.place_id FROM (
        SELECT position FROM questions WHERE shown < wanted
        UNION SELECT position FROM answer_messages WHERE state = 'retired'
    ) JOIN questions q USING (position) JOIN conversations c ON c.id = q.conversation_id
    ORDER BY q.position
"""


class SqliteQuestions:
    """See `chat.ports.questions.Questions`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def claim(self, asked: Asked, *, per_minute: int = 0, turned_down: TurnedDown | None = None) -> Claim | None:
        """See `Questions.claim`. One statement is enough when the place has an open conversation, which is the usual case."""
        parameters: dict[str, Any] = {
            "place_id": asked.place.id,
            "key": asked.key,
            "author_id": asked.author.id,
            "author_name": asked.author.name,
            "asked_at": asked.asked_at,
            "text": asked.text,
            "origin": rows.origin_of(asked.about),
            "turned_down": turned_down,
            "per_minute": per_minute,
            "minute": _MINUTE,
        }

        row = await self._session.run(
            lambda transaction: transaction.one(_CLAIM, parameters) or _open_and_claim(transaction, asked, parameters)
        )
        if row is None:
            return None
        question = Question(
            position=row["position"],
            key=asked.key,
            conversation_id=row["conversation_id"],
            place=asked.place,
            author=asked.author,
            text=asked.text,
            asked_at=asked.asked_at,
            origin=rows.origin_of(asked.about),
            about=asked.about,
            turned_down=None if row["state"] == "waiting" else TurnedDown(row["state"]),
        )
        return Claim(question)

    async def join(self, asked: Asked, position: int, *, per_minute: int = 0) -> bool:
        """See `Questions.join`."""
        parameters: dict[str, Any] = {
            "position": position,
            "place_id": asked.place.id,
            "key": asked.key,
            "author_id": asked.author.id,
            "asked_at": asked.asked_at,
            "text": asked.text,
            "per_minute": per_minute,
            "minute": _MINUTE,
        }

        def job(transaction: Transaction) -> bool:
            if transaction.one(_JOIN, parameters) is None:
                return False
            transaction.all(_JOINED_CONTENT, parameters)
            transaction.all(_WAITS_AGAIN, parameters)
            return True

        return await self._session.run(job)

    async def press(self, press: Press, *, per_minute: int = 0) -> bool | None:
        """See `Questions.press`."""
        parameters: dict[str, Any] = {
            "key": press.id,
            "place_id": press.place_id,
            "author_id": press.person_id,
            "asked_at": press.at,
            "per_minute": per_minute,
            "minute": _MINUTE,
        }

        def job(transaction: Transaction) -> bool | None:
            if transaction.one(_CLAIMED, parameters):
                return None
            return transaction.one(_PRESS, parameters) is not None

        return await self._session.run(job)

    async def admit(self, position: int, text: str) -> None:
        """See `Questions.admit`."""
        await self._session.all(
            "UPDATE questions SET text = :text WHERE position = :position AND state = 'waiting'",
            {"position": position, "text": text},
        )

    async def deny(self, position: int) -> None:
        """See `Questions.deny`."""

        def job(transaction: Transaction) -> None:
            transaction.all(
                "UPDATE claims SET outcome = 'denied' WHERE message_id = ("
                "SELECT key FROM questions WHERE position = :position AND state = 'waiting')",
                {"position": position},
            )
            transaction.all(
                "UPDATE questions SET state = 'unanswerable', shown = wanted, text = '' "
                "WHERE position = :position AND state = 'waiting'",
                {"position": position},
            )

        await self._session.run(job)

    async def close(self, position: int) -> None:
        """See `Questions.close`."""
        await self._session.all(
            "UPDATE questions SET state = 'unanswerable', shown = wanted WHERE position = :position AND state = 'waiting'",
            {"position": position},
        )

    async def record(self, key: int, *, deleted: bool = False) -> Record | None:
        """See `Questions.record`."""
        return await self._session.run(lambda transaction: _record(transaction, key, deleted=deleted), reads=True)

    async def answered_by(self, message_id: int) -> Record | None:
        """See `Questions.answered_by`."""
        return await self._found(_ANSWERED_BY, {"message_id": message_id})

    async def said(self, message_id: int, conversation_id: int) -> Said | None:
        """See `Questions.said`."""
        row = await self._session.one(_SAID, {"message_id": message_id, "conversation_id": conversation_id})
        if row is None:
            return None
        author = None if row["ours"] else Author(row["author_id"] or 0, row["author_name"])
        return Said(author, row["text"], bool(row["is_sent"]))

    async def asked_among(self, message_ids: Sequence[int]) -> frozenset[int]:
        """See `Questions.asked_among`."""
        found = await self._session.all(_ASKED_AMONG, {"ids": json.dumps(list(message_ids))})
        return frozenset(row["message_id"] for row in found)

    async def superseded(self, position: int) -> Record | None:
        """See `Questions.superseded`."""
        return await self._found(_SUPERSEDED, {"position": position})

    async def _found(self, statement: str, parameters: dict[str, int]) -> Record | None:
        """Return the record of the question whose key a statement selects."""

        def job(transaction: Transaction) -> Record | None:
            row = transaction.one(statement, parameters)
            return _record(transaction, row["key"]) if row is not None and row["key"] is not None else None

        return await self._session.run(job, reads=True)

    async def behind(self) -> Sequence[Behind]:
        """See `Questions.behind`."""
        return [Behind(row["place_id"], row["key"]) for row in await self._session.all(_BEHIND)]


def _open_and_claim(transaction: Transaction, asked: Asked, parameters: dict[str, Any]) -> Row | None:
    """Claim a question after opening a conversation in its place. Return the row, or None when it was claimed before."""
    if transaction.one(_CLAIMED, parameters):
        return None
    open_in(transaction, asked.place, asked.asked_at)
    return transaction.one(_CLAIM, parameters)


def _record(transaction: Transaction, key: int, *, deleted: bool = False) -> Record | None:
    found = transaction.all(_RECORD, {"key": key, "deleted": deleted})
    if not found:
        return None
    first = found[0]
    messages = rows.messages(transaction.all(MESSAGES, {"position": first["position"]}))
    joined = rows.joined(first["joined"])
    return rows.record(found, messages, last=bool(first["last"]), open=bool(first["open"]), joined=joined)
