"""The people who opted out in SQLite, in the table `settings`."""

from collections.abc import Sequence
from typing import Final

from bot.store.sqlite.session import Session

_OPTED_OUT: Final = "scope = 'person' AND name = 'quotes' AND value = 'off'"
_PUT: Final = """
    INSERT INTO settings (scope, scope_id, name, value, by, at) VALUES ('person', :person_id, 'quotes', 'off', :person_id, :at)
    ON CONFLICT (scope, scope_id, name) DO NOTHING
"""


class SqliteOptOuts:
    """See `chat.ports.opt_outs.OptOuts`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def all(self) -> Sequence[int]:
        """See `OptOuts.all`."""
        found = await self._session.all(f"SELECT scope_id FROM settings WHERE {_OPTED_OUT} ORDER BY scope_id")  # noqa: S608 -- a constant
        return [row["scope_id"] for row in found]

    async def put(self, person_id: int, *, at: int) -> None:
        """See `OptOuts.put`."""
        await self._session.all(_PUT, {"person_id": person_id, "at": at})

    async def remove(self, person_id: int) -> None:
        """See `OptOuts.remove`."""
        await self._session.all(
            f"DELETE FROM settings WHERE {_OPTED_OUT} AND scope_id = :person_id",  # noqa: S608 -- a constant
            {"person_id": person_id},
        )
