"""The rules of a storm, where an outcome that they allow is rare."""

from pathlib import Path

from bot.chat.content import Text
from bot.chat.ports.attempts import NewAttempt
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.store import opened
from tests.chaos.truth import stored
from tests.contracts.stories import asked, begin, end, exchange, position_of


async def test_questions_are_ordered_by_their_first_call(tmp_path: Path) -> None:
    """A question whose attempt began before its turn, without a call, and goes on after a crash comes in its turn."""
    migrate(path := tmp_path / "history.db")
    async with opened(path) as store:
        first, dropped = [await position_of(store, asked(key)) for key in (1, 2)]
        beginning = NewAttempt(dropped, 1, "default", None, contents=(Text("Q2"),), tokens=1)
        assert await store.attempts.begin(beginning) is not None
        await begin(store, first)
        await end(store, first)
        assert await store.attempts.resume(dropped, reserve=9000, at=9) is not None
        await end(store, dropped)
        last = await exchange(store, 3)
        without_call = await position_of(store, asked(4))
    rows = stored(path)
    assert sorted(rows[key].begun for key in (1, 2, 3)) == [rows[key].begun for key in (1, 2, 3)]
    assert (rows[3].position, rows[4].position, rows[4].begun) == (last, without_call, 0)
