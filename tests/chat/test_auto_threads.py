"""With `discord.auto_thread = "channels"` the answer to a question in a channel opens one thread."""

import pytest

from bot.chat.appearance import Verb
from bot.chat.places import Place, PlaceKind
from bot.config import DiscordSettings
from bot.errors import ModelRejected
from tests.chat.house import House
from tests.fakes.model import ScriptedModel

CHANNELS = DiscordSettings.model_validate({"auto_thread": "channels"})


async def test_an_answer_in_a_channel_opens_a_thread() -> None:
    """The thread is opened on the first message of the answer, with the question's words; not while it is off."""
    house = House()
    await house.answered(1, "one")
    assert house.threads.opened == []
    house.discord.value = CHANNELS
    await house.answered(2, "two")
    record = await house.store.questions.record(2)
    assert record is not None
    first = record.display.messages.live[0]
    assert house.threads.opened == [(first, "two")]


@pytest.mark.parametrize("kind", [PlaceKind.THREAD, PlaceKind.DM])
async def test_only_channels_have_threads(kind: PlaceKind) -> None:
    """An answer in a thread or a direct message opens none."""
    house = House()
    house.discord.value = CHANNELS
    await house.answered(2, "two", place=Place(5, kind, "a place"))
    assert house.threads.opened == []


async def test_another_attempt_opens_no_other_thread() -> None:
    """Regenerate opens none; the first attempt with text after one that failed does."""
    house = House(model=ScriptedModel([[ModelRejected("no")]]))
    house.discord.value = CHANNELS
    await house.answered(1, "one")
    assert house.threads.opened == []
    for verb, sibling in ((Verb.RETRY, 1), (Verb.REGENERATE, 2)):
        record = await house.store.questions.record(1)
        assert record is not None
        assert house.chat.follow(record, verb, sibling)
        await house.settle()
        assert [question for _, question in house.threads.opened] == ["one"]
