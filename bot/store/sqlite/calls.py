"""Calls in SQLite: the record of every request to a model."""

from typing import Final

from bot.chat.calls import Call, CallEnd, CallRecord
from bot.chat.ports.calls import Spending
from bot.store.sqlite import rows
from bot.store.sqlite.session import Session

_OPEN: Final = """
    INSERT INTO calls (purpose, position, sibling, step, conversation_id, place_id, guild_id, person_id, started_at, reserved)
    VALUES (:purpose, :position, :sibling, :step, :conversation_id, :place_id, :guild_id, :person_id, :at, :reserve)
    RETURNING id
"""
OPEN_AGAIN: Final = """
    INSERT INTO calls (purpose, position, sibling, step, conversation_id, place_id, guild_id, person_id, started_at, reserved)
    SELECT 'answer', q.position, a.sibling, 1, c.id, p.id, p.guild_id, q.author_id, :at, :reserve
    FROM questions q JOIN answers a ON a.position = q.position AND a.state = 'writing'
    JOIN conversations c ON c.id = q.conversation_id JOIN places p ON p.id = c.place_id
    WHERE q.position = :position AND q.state = 'begun' RETURNING id
"""
_CLOSE: Final = """
    UPDATE calls SET state = 'closed', ended_at = :at, reason = :call_reason, provider = :provider, model = :model,
        window_from = :window_from, dropped = :dropped, cut = :cut, system_tokens = :system_tokens, turn_tokens = :turn_tokens,
        question_tokens = :question_tokens, files_from = :files_from, media_tokens = :media_tokens, prompt = :prompt,
        cached = :cached, written = :written, completion = :completion, reasoning = :reasoning, estimated = :estimated,
        broken_from = :broken_from, broken_by = :broken_by
    WHERE id = :id AND (state = 'open' OR state = 'closed' AND model = '')
"""
"""A call whose question was deleted is closed already, without its figures."""
_LOSE: Final = """
    UPDATE calls SET state = 'lost', ended_at = :at WHERE id IN (
        SELECT calls.id FROM questions q CROSS JOIN calls ON calls.position = q.position AND calls.state = 'open'
        WHERE q.shown < q.wanted
    ) OR id IN (
        SELECT id FROM (SELECT id, state, position FROM calls ORDER BY id DESC LIMIT 1000)
        WHERE state = 'open' AND position IS NULL
    ) RETURNING id
"""
"""While a call is open, its question is behind (`shown < wanted`), so only such questions are searched for open calls.

An open call of no question is among the newest: fewer than 1,000 calls begin while it lasts.
"""
_SPENDING: Final = """
    SELECT coalesce(sum(coalesce(prompt + completion, reserved)) FILTER (WHERE state <> 'open'), 0) AS settled,
        coalesce(sum(reserved) FILTER (WHERE state = 'open' AND id <= :until), 0) AS reserved
    FROM calls WHERE state <> 'imported' AND started_at >= :since AND id > coalesce(
        (SELECT id FROM calls WHERE state <> 'imported' AND started_at < :since ORDER BY id DESC LIMIT 1), 0)
"""
"""Ids grow with time, so the search for the last call of another day goes backwards and reads only calls of this one."""
_NEWEST: Final = """
    SELECT * FROM calls WHERE position = :position AND sibling = coalesce(:sibling, sibling) ORDER BY id DESC LIMIT 1
"""

_LATEST: Final = """
    SELECT calls.* FROM questions q CROSS JOIN calls ON calls.position = q.position AND calls.purpose = 'answer'
    WHERE q.conversation_id = :conversation_id ORDER BY q.position DESC, calls.id DESC LIMIT 1
"""


class SqliteCalls:
    """See `chat.ports.calls.Calls`."""

    def __init__(self, session: Session, reader: Session) -> None:
        self._session = session
        self._reader = reader

    async def open(self, call: Call, *, reserve: int, at: int) -> int:
        """See `Calls.open`."""
        (row,) = await self._session.all(
            _OPEN,
            {
                "purpose": call.purpose,
                "position": call.position or None,
                "sibling": call.sibling if call.position else None,
                "step": call.step,
                "conversation_id": call.conversation_id or None,
                "place_id": call.place_id,
                "guild_id": call.guild_id,
                "person_id": call.person_id,
                "at": at,
                "reserve": reserve,
            },
        )
        return row["id"]

    async def close(self, call_id: int, end: CallEnd, *, at: int) -> None:
        """See `Calls.close`."""
        await self._session.all(_CLOSE, {"id": call_id, "at": at, **rows.ending(end)})

    async def lose(self, *, at: int) -> int:
        """See `Calls.lose`."""
        return len(await self._session.all(_LOSE, {"at": at}))

    async def spending(self, *, since: int, until: int) -> Spending:
        """See `Calls.spending`."""
        (row,) = await self._session.all(_SPENDING, {"since": since, "until": until})
        return Spending(row["settled"], row["reserved"])

    async def latest(self, conversation_id: int) -> CallRecord | None:
        """See `Calls.latest`."""
        row = await self._reader.one(_LATEST, {"conversation_id": conversation_id})
        return None if row is None else rows.call(row)

    async def newest(self, position: int, sibling: int | None = None) -> CallRecord | None:
        """See `Calls.newest`."""
        row = await self._reader.one(_NEWEST, {"position": position, "sibling": sibling})
        return None if row is None else rows.call(row)
