"""The newest handled message of each place in SQLite."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from bot.store.sqlite.session import Row, Session

_SEE: Final = """
    INSERT INTO seen (place_id, message_id)
    SELECT value ->> 0, value ->> 1 FROM json_each(:newest) WHERE true
    ON CONFLICT (place_id) DO UPDATE SET message_id = max(message_id, excluded.message_id)
"""
_TALKED_IN: Final = """
    SELECT lately.place_id, coalesce((SELECT message_id FROM seen WHERE seen.place_id = lately.place_id), max(lately.claimed))
        AS message_id
    FROM (
        SELECT place_id, NULL AS claimed FROM seen WHERE message_id > :since
        UNION ALL
        SELECT place_id, message_id FROM claims WHERE message_id > :since AND outcome <> 'pressed'
    ) AS lately
    JOIN places ON places.id = lately.place_id WHERE places.kind <> 'channel'
    GROUP BY lately.place_id
"""
"""Both tables are searched by an index on the message id, so older messages are not read.

A press says nothing of the messages before it: it is handled at once, while those may still be missed.
"""


class SqliteSeen:
    """See `chat.ports.seen.Seen`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def seen(self) -> Mapping[int, int]:
        """See `Seen.seen`."""
        return _by_place(await self._session.all("SELECT place_id, message_id FROM seen"))

    async def see(self, newest: Mapping[int, int]) -> None:
        """See `Seen.see`. One statement stores any number of places."""
        await self._session.all(_SEE, {"newest": json.dumps(list(newest.items()))})

    async def talked_in(self, since: int) -> Mapping[int, int]:
        """See `Seen.talked_in`."""
        return _by_place(await self._session.all(_TALKED_IN, {"since": since}))


def _by_place(found: Sequence[Row]) -> dict[int, int]:
    return {row["place_id"]: row["message_id"] for row in found}
