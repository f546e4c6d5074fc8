"""A turn that is erased in a channel leaves the windows of the threads that branched off it."""

from pathlib import Path

import pytest

from bot.chat.places import Place, PlaceKind
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.session import Session
from bot.store.sqlite.store import TRIGGERS, over
from tests.contracts.stories import exchange, window


@pytest.mark.parametrize("erased", [1, 2])
async def test_a_deleted_question_leaves_the_window_of_a_branch(tmp_path: Path, erased: int) -> None:
    """A question of the channel that is deleted is not sent in its threads any more, be it the one before the thread or not."""
    migrate(path := tmp_path / "history.db")
    script = TRIGGERS.read_text(encoding="utf-8")
    async with Session(path, writes=True, script=script) as writer, Session(path, writes=False) as reader:
        store = over(writer, reader)
        for key in (10, 20):
            await store.displays.sent(await exchange(store, key), 1, key + 1)
        thread = Place(21, PlaceKind.THREAD, "topic", guild_id=9, parent_id=1)
        assert await window(store, 40, place=thread) == ["Q10", "A10", "Q20", "A20", "Q40"]
        await writer.all("UPDATE questions SET state = 'deleted', prompt = NULL WHERE position = :p", {"p": erased})
        left = ["Q20", "A20"] if erased == 1 else ["Q10", "A10"]
        assert await window(store, 41, place=thread) == [*left, "Q40", "Q41"]
