"""Displays in SQLite: the Discord messages of each question's answers, and the version that Discord shows."""

import json
from collections.abc import Sequence
from typing import Final

from bot.chat.appearance import DisplayOutcome
from bot.store.sqlite.session import Session

_ADOPT: Final = """
    INSERT INTO answer_messages (message_id, position, number)
    SELECT value, :position,
        row_number() OVER (ORDER BY key) + (SELECT coalesce(max(number), 0) FROM answer_messages WHERE position = :position)
    FROM json_each(:message_ids)
    WHERE value NOT IN (SELECT message_id FROM answer_messages)
"""
_SET_STATE: Final = (
    "UPDATE answer_messages SET state = :state WHERE message_id IN (SELECT value FROM json_each(:message_ids))"
)
_SHOWN: Final = """
    UPDATE questions SET shown = :version, outcome = :outcome, shown_at = :at
    WHERE position = :position AND (shown < :version OR (shown = :version AND outcome = 'refused'))
        AND (state <> 'deleted' OR :outcome = 'gone')
"""


class SqliteDisplays:
    """See `chat.ports.displays.Displays`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def sent(self, position: int, number: int, message_id: int) -> None:
        """See `Displays.sent`."""
        await self._session.all(
            "INSERT INTO answer_messages (message_id, position, number) VALUES (:message_id, :position, :number) "
            "ON CONFLICT DO NOTHING",
            {"position": position, "number": number, "message_id": message_id},
        )

    async def adopt(self, position: int, message_ids: Sequence[int]) -> None:
        """See `Displays.adopt`."""
        await self._session.all(_ADOPT, {"position": position, "message_ids": json.dumps(list(message_ids))})

    async def retire(self, message_ids: Sequence[int]) -> None:
        """See `Displays.retire`."""
        await self._session.all(_SET_STATE, {"state": "retired", "message_ids": json.dumps(list(message_ids))})

    async def gone(self, message_ids: Sequence[int]) -> None:
        """See `Displays.gone`."""
        await self._session.all(_SET_STATE, {"state": "gone", "message_ids": json.dumps(list(message_ids))})

    async def shown(self, position: int, version: int, outcome: DisplayOutcome, *, at: int) -> None:
        """See `Displays.shown`."""
        await self._session.all(_SHOWN, {"position": position, "version": version, "outcome": outcome, "at": at})
