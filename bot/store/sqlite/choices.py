"""Choices in SQLite, in the table `settings`."""

import json
from collections.abc import Sequence
from typing import Final

from bot.chat.choices import Choice, ChoiceKey, ChoiceName, Scope
from bot.store.sqlite.session import Row, Session, Transaction

_REMOVE: Final = """
    DELETE FROM settings WHERE (scope, scope_id, name) IN (
        SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:keys)
    )
"""
_PUT: Final = """
    INSERT INTO settings (scope, scope_id, name, value, by, at)
    VALUES (:scope, :scope_id, :name, :value, :by, :at)
    ON CONFLICT (scope, scope_id, name) DO UPDATE SET value = :value, by = :by, at = :at
"""
_ALL: Final = """
    SELECT * FROM settings WHERE by IS NOT NULL AND name IN (SELECT value FROM json_each(:names))
        AND scope IN (SELECT value FROM json_each(:scopes)) ORDER BY scope, scope_id, name
"""


class SqliteChoices:
    """See `chat.ports.choices.Choices`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def all(self) -> Sequence[Choice]:
        """See `Choices.all`. Other settings and scopes, which the table may hold too, are left out."""
        known = {"names": json.dumps(list(ChoiceName)), "scopes": json.dumps(list(Scope))}
        return [_choice(row) for row in await self._session.all(_ALL, known)]

    async def change(self, *, put: Sequence[Choice] = (), remove: Sequence[ChoiceKey] = ()) -> None:
        """See `Choices.change`."""

        def job(transaction: Transaction) -> None:
            if remove:
                transaction.all(_REMOVE, {"keys": json.dumps([(key.scope, key.scope_id, key.name) for key in remove])})
            for choice in put:
                key = choice.key
                transaction.all(
                    _PUT,
                    {
                        "scope": key.scope,
                        "scope_id": key.scope_id,
                        "name": key.name,
                        "value": choice.value,
                        "by": choice.by,
                        "at": choice.at,
                    },
                )

        await self._session.run(job)


def _choice(row: Row) -> Choice:
    key = ChoiceKey(Scope(row["scope"]), row["scope_id"], ChoiceName(row["name"]))
    return Choice(key, row["value"], row["by"], row["at"])
