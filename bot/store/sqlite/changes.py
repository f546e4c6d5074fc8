"""Stores later changes by people in SQLite: edits and deletions of the messages that the history holds."""

import json
from collections.abc import Sequence
from typing import Any, Final

from bot.chat.content import Text
from bot.chat.lanes import StopReason
from bot.chat.ports.changes import AnswerPart, AskedMessage, Found, HeldWords, Recent, Rewording
from bot.chat.turns import Change
from bot.store.sqlite import rows
from bot.store.sqlite.attempts import BLOB, CONTENT, NO_CONTENTS
from bot.store.sqlite.joined import IS_FIRST, JOINED, OTHERS, QUOTED, stands, take_from_answered, take_from_waiting
from bot.store.sqlite.session import Row, Session, Transaction

_WRITING: Final = "EXISTS (SELECT 1 FROM answers WHERE position = q.position AND state = 'writing')"
_IN_PROGRESS: Final = f"(q.state = 'waiting' OR q.state = 'begun' AND {_WRITING})"
_FIND: Final = f"""
    SELECT 'asked' AS what, k.message_id, k.position, q.key, c.place_id, q.edited_at, {JOINED} AS joined, 0 AS number,
        CASE WHEN {JOINED} THEN (SELECT text FROM contents
            WHERE message_id = k.message_id AND position = k.position AND sibling = 0 AND kind = 'text') ELSE q.text END AS text,
        {_IN_PROGRESS} AS in_progress, q.state NOT IN ('waiting', 'begun') AS turned_down, NOT (
            q.rich AND EXISTS {OTHERS} OR {JOINED} AND q.text <> '') AS alone, q.prompt,
        iif(q.rich, {QUOTED}, '') AS quoted, NULL AS name, NULL AS file_id, NULL AS guild_id, NULL AS asker_id
    FROM json_each(:ids) ids CROSS JOIN claims k ON k.message_id = ids.value
    CROSS JOIN questions q ON q.position = k.position CROSS JOIN conversations c ON c.id = q.conversation_id
    WHERE k.outcome <> 'pressed' AND q.state <> 'deleted' AND ({IS_FIRST} OR k.outcome = 'joined')
    UNION ALL
    SELECT 'answer', m.message_id, m.position, q.key, c.place_id, NULL, 0, 0, '', q.state = 'begun' AND {_WRITING}, 0, 0, NULL,
        '', NULL, NULL, NULL, NULL
    FROM json_each(:ids) ids CROSS JOIN answer_messages m ON m.message_id = ids.value AND m.state = 'live'
    CROSS JOIN questions q ON q.position = m.position CROSS JOIN conversations c ON c.id = q.conversation_id
    WHERE q.key IS NOT NULL
    UNION ALL
    SELECT 'words', t.message_id, t.position, 0, c.place_id, NULL, 0, t.number, t.text, t.kind = 'media', 0, 0, NULL,
        '', t.name, t.ref, p.guild_id, q.author_id
    FROM json_each(:ids) ids CROSS JOIN contents t ON t.message_id = ids.value AND t.sibling = 0
    CROSS JOIN questions q ON q.position = t.position CROSS JOIN conversations c ON c.id = q.conversation_id
    CROSS JOIN places p ON p.id = c.place_id
    WHERE t.position IS NOT (SELECT position FROM claims WHERE message_id = t.message_id)
"""  # noqa: S608 -- only constants are inserted
"""Finds the rows of messages in the history. Each part finds its rows by the id of the message."""
_QUOTED_OF: Final = """
    SELECT t.message_id, t.position, c.place_id, t.number, iif(t.kind = 'media', '', t.text) AS text,
        t.kind = 'media' AS in_progress, t.name, t.ref AS file_id, p.guild_id, q.author_id AS asker_id
    FROM json_each(:people) people CROSS JOIN contents t ON t.author_id = people.value AND t.sibling = 0
    CROSS JOIN questions q ON q.position = t.position CROSS JOIN conversations c ON c.id = q.conversation_id
    CROSS JOIN places p ON p.id = c.place_id
    WHERE t.message_id IS NOT NULL AND q.author_id IS NOT t.author_id LIMIT :most
"""
_RECENT: Final = """
    WITH newest AS MATERIALIZED (
        SELECT q.position, q.key, q.edited_at, q.state, q.rich, q.origin
        FROM (SELECT id FROM conversations WHERE place_id = :place_id AND origin IS NULL ORDER BY id DESC LIMIT 20) lately
        CROSS JOIN questions q ON q.conversation_id = lately.id
        WHERE q.key IS NOT NULL ORDER BY q.position DESC LIMIT 50
    )
    SELECT key AS message_id, 0 AS ours, edited_at FROM newest WHERE state <> 'deleted' AND origin IS NULL
    UNION ALL
    SELECT k.message_id, 0, newest.edited_at FROM newest
    CROSS JOIN claims k ON k.message_id = CAST(json_extract(newest.origin, '$.message_id') AS INTEGER)
        AND k.position = newest.position WHERE newest.state <> 'deleted'
    UNION ALL
    SELECT t.message_id, 0, newest.edited_at FROM newest CROSS JOIN contents t ON t.position = newest.position AND t.sibling = 0
    CROSS JOIN claims k ON k.message_id = t.message_id AND k.position = t.position WHERE newest.rich AND t.kind = 'text'
    UNION ALL
    SELECT m.message_id, 1, NULL FROM newest CROSS JOIN answer_messages m ON m.position = newest.position AND m.state = 'live'
    WHERE newest.state <> 'deleted'
"""
_END_CALLS: Final = """
    UPDATE calls SET state = 'closed', ended_at = :at, reason = :reason WHERE position = :position AND state = 'open'
"""
"""The figures of these calls are stored when their streams have ended; until then they count with their reserve."""
_RETIRE: Final = "UPDATE answer_messages SET state = 'retired' WHERE position = :position AND state = 'live'"
_ERASE: Final = """
    UPDATE questions SET state = 'deleted', text = '', prompt = NULL, tokens = 0, rich = 0, remarks = '', display = NULL,
        outcome = 'gone', revision = revision + 1, change = 'delete', changed_at = :at
    WHERE position = :position AND state <> 'deleted' AND NOT EXISTS (
        SELECT 1 FROM contents t CROSS JOIN claims o ON o.message_id = t.message_id AND o.position = t.position
        WHERE t.position = :position AND t.sibling = 0 AND t.kind = 'text' AND o.outcome = 'joined'
            AND t.message_id NOT IN (SELECT value FROM json_each(:ids)))
    RETURNING shown < wanted AS behind
"""
_ERASE_ANSWERS: Final = """
    UPDATE answers SET reason = iif(state = 'writing', :reason, reason), finished_at = coalesce(finished_at, :at),
        state = iif(state = 'writing', 'stopped', state), text = '', tokens = 0, rich = 0, chosen = 0, remarks = ''
    WHERE position = :position
"""
_GONE: Final = """
    UPDATE answer_messages SET state = 'gone'
    WHERE message_id IN (SELECT value FROM json_each(:ids)) AND state = 'live' RETURNING position
"""
_END_ATTEMPT: Final = """
    UPDATE answers SET state = 'stopped', reason = :reason, finished_at = :at, text = '', tokens = 0
    WHERE position = :position AND state = 'writing' RETURNING sibling
"""
_SHOWN: Final = """
    WITH RECURSIVE shown (sibling) AS (
        SELECT sibling FROM answers a JOIN questions q USING (position)
            WHERE position = :position AND (a.chosen OR a.sibling = q.display)
        UNION
        SELECT iif(a.sibling = shown.sibling, a.continues, a.sibling) FROM shown JOIN answers a
            ON a.position = :position AND shown.sibling IN (a.sibling, a.continues) WHERE a.continues IS NOT NULL
    )
"""
"""The attempts whose text Discord showed of a question: the displayed one, the chosen one, and those that hold their text."""
_ERASE_SHOWN: Final = f"""
    {_SHOWN}
    UPDATE answers SET text = '', tokens = 0, rich = 0, chosen = 0, remarks = ''
    WHERE position = :position AND sibling IN (SELECT sibling FROM shown) AND state <> 'writing'
"""  # noqa: S608 -- only constants are inserted
_ERASE_SHOWN_CONTENTS: Final = (
    f"{_SHOWN} DELETE FROM contents WHERE position = :position AND sibling IN (SELECT sibling FROM shown)"  # noqa: S608 -- as above
)
_REMOVED: Final = """
    UPDATE questions SET outcome = 'gone', shown = wanted, change = 'removed', changed_at = :at
    WHERE position = :position AND state = 'begun' RETURNING position
"""
_FORGET_FILE: Final = """
    DELETE FROM contents WHERE position = :position AND sibling = 0 AND number = :number AND message_id = :message_id
        AND kind = 'media' RETURNING tokens
"""
_FORGET: Final = """
    UPDATE contents SET text = :new, author_id = iif(:forgotten, NULL, author_id)
    WHERE position = :position AND sibling = 0 AND number = :number AND message_id = :message_id AND kind = 'text'
        AND text = :text RETURNING :tokens AS tokens
"""
_REOPEN: Final = f"""
    UPDATE questions AS q SET state = 'waiting', prompt = NULL, wanted = wanted + 1, revision = revision + 1, changed_at = :at,
        change = :change, edited_at = coalesce(:edited_at, edited_at), text = coalesce(:text, text),
        origin = coalesce(:origin, origin)
    WHERE position = :position AND {_IN_PROGRESS} RETURNING position
"""  # noqa: S608 -- only constants are inserted
_REWORD: Final = f"""
    UPDATE questions AS q SET prompt = :prompt, tokens = :tokens, rich = 0, remarks = :remarks, text = coalesce(:text, text),
        edited_at = :edited_at, revision = revision + 1, change = 'edit', changed_at = :at, wanted = wanted + :offers
    WHERE position = :position AND revision = :revision AND state = 'begun' AND NOT {_WRITING} RETURNING position
"""  # noqa: S608 -- only constants are inserted
_LESS: Final = """
    UPDATE questions SET tokens = max(0, tokens - :tokens), change = :change, changed_at = :at
    WHERE position = :position AND state IN ('waiting', 'begun')
"""


_DELETION: Final = {"change": "delete", "edited_at": None, "text": None, "origin": None}


class SqliteChanges:
    """See `chat.ports.changes.Changes`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def find(self, message_ids: Sequence[int]) -> Found:
        """See `Changes.find`."""
        found = await self._session.all(_FIND, {"ids": json.dumps(list(message_ids))})
        return Found(
            tuple(_asked(row) for row in found if row["what"] == "asked"),
            tuple(
                AnswerPart(row["message_id"], row["position"], row["key"], row["place_id"], bool(row["in_progress"]))
                for row in found
                if row["what"] == "answer"
            ),
            tuple(_words(row) for row in found if row["what"] == "words"),
        )

    async def recent(self, place_id: int) -> Sequence[Recent]:
        """See `Changes.recent`."""
        found = await self._session.all(_RECENT, {"place_id": place_id})
        return [Recent(row["message_id"], bool(row["ours"]), row["edited_at"]) for row in found]

    async def erase(self, position: int, message_ids: Sequence[int], *, at: int) -> bool:
        """See `Changes.erase`."""
        ids = json.dumps(list(message_ids))
        key: dict[str, Any] = {"position": position, "ids": ids, "at": at, "reason": StopReason.DELETION}

        def job(transaction: Transaction) -> bool:
            if (erased := transaction.one(_ERASE, key)) is None:
                return False
            transaction.all(_ERASE_ANSWERS, key)
            transaction.all("DELETE FROM contents WHERE position = :position", key)
            transaction.all(_END_CALLS, key)
            if erased["behind"]:
                transaction.all(_RETIRE, key)
            return True

        return await self._session.run(job)

    async def unjoin(self, position: int, message_id: int, *, tokens: int, at: int) -> bool:
        """See `Changes.unjoin`."""
        key: dict[str, Any] = {"position": position, "message_id": message_id, "at": at, **_DELETION}

        def job(transaction: Transaction) -> bool:
            if not stands(transaction, key):
                return False
            if transaction.one(_REOPEN, key) is not None:
                take_from_waiting(transaction, key)
                return True
            gone = take_from_answered(transaction, key)
            transaction.all(_LESS, key | {"tokens": tokens + gone})
            return False

        return await self._session.run(job)

    async def remove(self, message_ids: Sequence[int], *, at: int) -> None:
        """See `Changes.remove`."""

        def job(transaction: Transaction) -> None:
            gone = transaction.all(_GONE, {"ids": json.dumps(list(message_ids))})
            for position in {row["position"] for row in gone}:
                key: dict[str, Any] = {"position": position, "at": at, "reason": StopReason.PERSON}
                if transaction.one(_REMOVED, key) is not None and transaction.one(_END_ATTEMPT, key) is not None:
                    transaction.all(_END_CALLS, key)
                    transaction.all(_RETIRE, key)
                transaction.all(_ERASE_SHOWN_CONTENTS, key)
                transaction.all(_ERASE_SHOWN, key)

        await self._session.run(job)

    async def quoted_of(self, people: Sequence[int], *, most: int) -> Sequence[HeldWords]:
        """See `Changes.quoted_of`."""
        found = await self._session.all(_QUOTED_OF, {"people": json.dumps(list(people)), "most": most})
        return [_words(row) for row in found]

    async def forget(self, words: HeldWords, placeholder: str, *, tokens: int, at: int) -> None:
        """See `Changes.forget`."""
        await self._replace(words, placeholder, Change.DELETE, tokens=tokens, at=at)

    async def requote(self, words: HeldWords, text: str, *, tokens: int, at: int) -> bool:
        """See `Changes.requote`."""
        return await self._replace(words, text, Change.EDIT, tokens=-tokens, at=at)

    async def _replace(self, words: HeldWords, text: str, change: Change, *, tokens: int, at: int) -> bool:
        """Replace held words by others, which cost so many `tokens` less, or delete a file. Return False where they changed."""
        key: dict[str, Any] = {
            "position": words.position,
            "number": words.number,
            "message_id": words.message_id,
            "text": words.text,
            "new": text,
            "tokens": tokens,
            "forgotten": change is Change.DELETE,
            "change": change,
            "at": at,
        }

        def job(transaction: Transaction) -> bool:
            replaced = transaction.one(_FORGET_FILE if words.media else _FORGET, key)
            if replaced is not None:
                transaction.all(_LESS, key | {"tokens": replaced["tokens"]})
            return replaced is not None

        return await self._session.run(job)

    async def reopen(self, asked: AskedMessage, text: str, *, edited_at: int, at: int) -> bool:
        """See `Changes.reopen`."""
        key: dict[str, Any] = {
            "position": asked.position,
            "message_id": asked.message_id,
            "text": None if asked.joined else text,
            "words": text,
            "origin": None,
            "change": "edit",
            "edited_at": edited_at,
            "at": at,
        }

        def job(transaction: Transaction) -> bool:
            if not stands(transaction, key) or transaction.one(_REOPEN, key) is None:
                return False
            if asked.joined:
                transaction.all(
                    "UPDATE contents SET text = :words "
                    "WHERE message_id = :message_id AND position = :position AND sibling = 0 AND kind = 'text'",
                    key,
                )
            return True

        return await self._session.run(job)

    async def reword(self, rewording: Rewording) -> bool:
        """See `Changes.reword`."""
        first, *others = rewording.contents
        assert isinstance(first, Text)  # noqa: S101 -- the text of a question comes first
        key: dict[str, Any] = {
            "position": rewording.position,
            "revision": rewording.revision,
            "prompt": first.text,
            "text": rewording.text,
            "tokens": rewording.tokens,
            "remarks": "\n".join(rewording.remarks),
            "edited_at": rewording.edited_at,
            "at": rewording.at,
            "offers": rewording.offers,
        }
        contents = [
            {"position": rewording.position, "number": number, **rows.columns_of(content)}
            for number, content in enumerate(others, start=1)
        ]
        blobs = [rows.blob_columns(blob) for blob in rewording.blobs]

        def job(transaction: Transaction) -> bool:
            if transaction.one(_REWORD, key) is None:
                return False
            transaction.all(NO_CONTENTS, key)
            for columns in blobs:
                transaction.all(BLOB, columns)
            for columns in contents:
                transaction.all(CONTENT, columns)
            return True

        return await self._session.run(job, alone=bool(blobs))


def _words(row: Row) -> HeldWords:
    return HeldWords(
        message_id=row["message_id"],
        position=row["position"],
        number=row["number"],
        text=row["text"],
        media=bool(row["in_progress"]),
        name=row["name"] or "",
        file_id=int(row["file_id"] or 0),
        place_id=row["place_id"],
        guild_id=row["guild_id"],
        asker_id=row["asker_id"] or 0,
    )


def _asked(row: Row) -> AskedMessage:
    return AskedMessage(
        message_id=row["message_id"],
        position=row["position"],
        key=row["key"],
        place_id=row["place_id"],
        text=row["text"] or "",
        edited_at=row["edited_at"],
        joined=bool(row["joined"]),
        in_progress=bool(row["in_progress"]),
        turned_down=bool(row["turned_down"]),
        alone=bool(row["alone"]),
        rendered=((row["text"] if row["joined"] else row["prompt"]) or "") + row["quoted"]
        if row["prompt"] is not None
        else "",
    )
