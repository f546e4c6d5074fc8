"""A question that refers to something on a Discord that fails is answered without it, and the model is told so."""

from collections.abc import Callable

import pytest

from bot.intake.beginnings import UNREAD
from bot.intake.quotes import UNREAD_BEFORE, UNREAD_LINK
from bot.intake.texts import LEFT_OUT
from bot.sandbox import Message, Sandbox
from tests.e2e.conftest import Town
from tests.e2e.task import running

MESSAGE = "/channels/{channel_id}/messages/{message_id}"
HISTORY = "/channels/{channel_id}/messages"
_TRIES = 20
"""A slow machine takes longer for a look-up than it is given."""
SETTINGS = {
    "PARLEY_HISTORY__AMBIENT": "3",
    "PARLEY_DISCORD__LOOK_UP_SECONDS": "0.5",
    "PARLEY_FILES__SECONDS": "0.5",
}


def hangs(box: Sandbox) -> None:
    """Discord answers no look-up."""
    for route in (MESSAGE, HISTORY):
        box.discord.stalls("GET", route, times=None)
    box.discord.files.hangs(times=None)


def drips(box: Sandbox) -> None:
    """Discord's answers take minutes."""
    for route in (MESSAGE, HISTORY):
        box.discord.drips("GET", route, pause=0.1, times=None)
    box.discord.files.drips(pause=0.1, times=None)


def fails(box: Sandbox) -> None:
    """Discord answers each look-up with an error of its own."""
    for route in (MESSAGE, HISTORY):
        box.discord.fails("GET", route, 500, times=None)
    box.discord.files.fails(500, times=None)


def limits(box: Sandbox) -> None:
    """Discord asks for a minute of patience."""
    for route in (MESSAGE, HISTORY):
        box.discord.fails("GET", route, 429, retry_after=60, times=None)
    box.discord.files.fails(429, times=None)


def limits_all(box: Sandbox) -> None:
    """Discord asks for a second of patience in all that is requested, at each first look-up."""
    for route in (MESSAGE, HISTORY):
        box.discord.fails("GET", route, 429, retry_after=1, everywhere=True)
    box.discord.files.fails(429, times=None)


def link(to: Message) -> str:
    """The link to a message."""
    guild = to.channel.guild
    assert guild is not None
    return f"https://discord.com/channels/{guild.id}/{to.channel.id}/{to.id}"


@pytest.mark.parametrize("fault", [hangs, drips, fails, limits, limits_all])
async def test_a_question_is_answered_without_what_discord_does_not_hand_over(
    town: Town, fault: Callable[[Sandbox], None]
) -> None:
    """A linked message, what was said before, a file, and a thread's beginning: the model is told of each that it is missing."""
    box, news = town.box, town.home.channel("news")
    linked = await town.bob.says(news, "coffee is hot")
    said = await town.bob.says(town.general, "tea is hotter")
    async with running(box, town.folder, **SETTINGS):
        fault(box)
        text = f"@Parley is {link(linked)} true?"
        question = await town.alice.says(town.general, text, attachments={"notes.txt": b"milk is cold"})
        left_out = LEFT_OUT.partition("{why}")[0].format(name="notes.txt")
        await box.bot.answers(question, containing=left_out)
        asked = box.model.requests[-1].question
        assert UNREAD_LINK.format(link=link(linked)) in asked
        assert UNREAD_BEFORE in asked
        assert "[attached file, which you cannot read: notes.txt]" in asked
        assert all(word not in asked for word in ("coffee", "tea", "milk"))
        fault(box)
        thread = await town.alice.opens_thread(said, "tea")
        await box.bot.answers(await town.alice.says(thread, "@Parley what of it?"), containing="I have read")
        assert UNREAD in box.model.requests[-1].question
        assert "tea" not in box.model.requests[-1].question
        box.discord.is_well()
        for _ in range(_TRIES):
            again = await town.bob.says(town.general, f"@Parley and {link(linked)}?")
            await box.bot.answers(again)
            if "> coffee is hot" in box.model.requests[-1].question:
                break
        assert "> coffee is hot" in box.model.requests[-1].question
