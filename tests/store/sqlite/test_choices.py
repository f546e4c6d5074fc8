"""The table of choices beside what the port tells of it."""

import sqlite3
from pathlib import Path

from bot.chat.choices import Choice, ChoiceKey, ChoiceName, Scope
from bot.store.sqlite.store import opened


async def test_rows_of_other_scopes_and_names_are_left_out(tmp_path: Path) -> None:
    """Rows that the schema allows and nothing of ours writes keep no bot from starting: they are no choices."""
    file = tmp_path / "history.db"
    kept = Choice(ChoiceKey(Scope.GUILD, -1, ChoiceName.MODEL), "clever", 2**63 - 1, 1)
    async with opened(file) as store:
        await store.choices.change(put=[kept])
        with sqlite3.connect(file) as database:
            database.executemany(
                "INSERT INTO settings (scope, scope_id, name, value, by, at) VALUES (?, 1, ?, 'x', ?, 1)",
                [("person", "model", 1), ("all", "persona", 1), ("place", "colour", 1), ("place", "model", None)],
            )
        database.close()
        assert await store.choices.all() == [kept]
