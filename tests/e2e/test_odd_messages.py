"""Messages that are not plain text, in direct messages and in servers: read, or told apart from a message that asks nothing."""

from collections.abc import Awaitable, Callable

import pytest

from bot.cogs.texts import GAPS, NOTHING_ASKED
from bot.intake.message import Gap
from bot.intake.parts import FILE_HINT
from bot.sandbox import Channel, Kind, Message, Permission
from tests.e2e.buttons import offers
from tests.e2e.conftest import Town
from tests.e2e.task import Bot


async def forward(town: Town, place: Channel) -> Message:
    """A forward of what Bob said."""
    return await town.alice.forwards(await town.bob.says(town.general, "The lamp burns at night."), to=place)


async def forward_of_a_reply(town: Town, place: Channel) -> Message:
    """A forward of Bob's reply to himself."""
    original = await town.bob.says(
        town.general, "It is oil.", reply_to=await town.bob.says(town.general, "What burns?")
    )
    return await town.alice.forwards(original, to=place)


async def sticker(town: Town, place: Channel) -> Message:
    """A sticker alone."""
    return await town.alice.sends_sticker(place, "lighthouse")


async def poll(town: Town, place: Channel) -> Message:
    """A poll."""
    return await town.alice.posts_poll(place, "Which lamp?", ["Oil", "Gas"])


async def voice(town: Town, place: Channel) -> Message:
    """A voice message."""
    return await town.alice.sends_voice(place, 7)


async def long_paste(town: Town, place: Channel) -> Message:
    """A paste that Discord's client turns into a file."""
    return await town.alice.says(place, "", attachments={"message.txt": b"How do I trim a wick? " * 200})


async def reply_to_oneself(town: Town, place: Channel) -> Message:
    """A reply to one's own words."""
    original = await town.alice.says(place, "first")
    await town.box.bot.answers(original)
    return await town.alice.says(place, "and this?", reply_to=original)


KINDS: dict[Callable[[Town, Channel], Awaitable[Message]], str] = {
    forward: "> The lamp burns at night.",
    forward_of_a_reply: "> It is oil.",
    sticker: "[sticker: lighthouse]",
    poll: "[poll: Which lamp?]\n- Oil\n- Gas",
    voice: f"[voice message of 7 s, which you cannot hear]\n{FILE_HINT}",
    long_paste: "How do I trim a wick? " * 100,
    reply_to_oneself: "and this?\nIn reply to Alice, who wrote:\n> first",
}
"""Messages that Alice sends, and the text that the model reads of each."""


@pytest.mark.parametrize("kind", KINDS)
async def test_direct_messages_of_all_kinds_reach_the_model(
    town: Town, bot: Bot, kind: Callable[[Town, Channel], Awaitable[Message]]
) -> None:
    """A forward, a sticker, a poll, a voice message, a file and a reply in direct messages are read, and answered once."""
    place = await town.alice.dm()
    said, expected = await kind(town, place), KINDS[kind]
    await town.box.until(lambda: town.box.bot.shown(said))
    await town.box.until(lambda: town.box.model.requests and expected in town.box.model.requests[-1].question)
    assert "asked nothing" not in bot.log
    assert NOTHING_ASKED not in str([one.content for one in town.box.discord.messages(place)])


async def test_a_reply_to_what_discord_hides_is_told(town: Town, bot: Bot) -> None:
    """A mention that replies to a message which Discord does not show says so, and how to ask; with words it is answered."""
    hidden = await town.bob.says(town.general, "What is a lighthouse?")
    question = await town.alice.says(town.general, "@Parley", reply_to=hidden)
    await town.box.until(lambda: town.box.bot.shown(question))
    (notice,) = town.box.bot.shown(question)
    assert notice.content == f"-# {GAPS[Gap.HIDDEN_REPLY]}"
    with_words = await town.alice.says(town.general, "@Parley what does Bob mean?", reply_to=hidden)
    await town.box.bot.answers(with_words)
    assert "whose message you cannot see" in town.box.model.requests[-1].question


async def test_a_mention_that_an_edit_adds_is_answered_once(town: Town, bot: Bot) -> None:
    """An edit that adds the mention soon after the message is answered, and further edits of it change nothing."""
    box = town.box
    said = await town.alice.says(town.general, "what is a lighthouse?")
    await town.alice.edits(said, "@Parley what is a lighthouse?")
    await box.bot.answers(said)
    await town.alice.edits(said, "@Parley what is a lamp?")
    box.discord.unfurls(said, [{"type": "link", "title": "A lamp"}])
    last = await town.alice.says(town.general, "@Parley bye")
    await box.bot.answers(last)
    assert len(box.model.requests) == 2


async def test_an_edit_of_an_old_message_is_let_be(town: Town, bot: Bot) -> None:
    """An edit that adds the mention to a message of six minutes ago is not answered, and neither is one without a mention."""
    box = town.box
    old = await town.alice.says(town.general, "what is a lighthouse?")
    box.clock.moves(seconds=360)
    await town.alice.edits(old, "@Parley what is a lighthouse?")
    young = await town.alice.says(town.general, "what is a lamp?")
    await town.alice.edits(young, "what is a good lamp?")
    await box.bot.answers(await town.alice.says(town.general, "@Parley bye"))
    assert len(box.model.requests) == 1


@pytest.mark.parametrize("hindrance", ["locked", "threads", "voice", "timed out"])
async def test_where_it_cannot_write_no_model_is_paid_for(town: Town, bot: Bot, hindrance: str) -> None:
    """No model is asked in a locked thread, without the right to write in threads or to enter a voice channel, or in a time-out.

    The asker learns why in a direct message.
    """
    box, home = town.box, town.home
    place, told = town.general, "timed me out until"
    town.alice.joins(home, [home.role("Mods", Permission.MANAGE_THREADS)])
    if hindrance == "locked":
        place, told = await town.bob.opens_thread(town.general, "Topic"), "the thread is locked"
        await town.alice.locks(place)
    elif hindrance == "threads":
        place, told = await town.bob.opens_thread(town.general, "Topic"), "“Send Messages in Threads”"
        home.permits(town.general, deny={home.bot_role: Permission.SEND_MESSAGES_IN_THREADS})
    elif hindrance == "voice":
        place, told = home.channel("Lounge", kind=Kind.VOICE), "“Connect”"
        home.permits(place, deny={home.bot_role: Permission.CONNECT})
    else:
        home.times_out(box.bot.user, 3600)
    await town.alice.says(place, "@Parley is it true?")
    dm = await town.alice.dm()
    await box.until(lambda: box.discord.messages(dm))
    (notice,) = box.discord.messages(dm)
    assert told in notice.content
    assert f"<#{place.id}>" in notice.content
    assert box.model.requests == []
    await bot.logs("stays unanswered: in channel")


async def test_a_retry_where_it_cannot_write_costs_nothing(town: Town, bot: Bot) -> None:
    """Retry in a thread that was locked since says why it does nothing, to the presser alone."""
    box = town.box
    thread = await town.alice.opens_thread(town.general, "Topic")
    box.model.fails(400)
    question = await town.alice.says(thread, "@Parley hello")
    await offers(box, question, "Retry")
    asked = len(box.model.requests)
    box.discord.locks(thread)
    response = await town.alice.presses(box.bot.shown(question)[0], "Retry")
    assert "the thread is locked" in response.content
    assert len(box.model.requests) == asked


@pytest.mark.parametrize("edited", [False, True])
async def test_an_answer_that_a_filter_blocks_says_so(town: Town, bot: Bot, *, edited: bool) -> None:
    """An answer that Discord's filter refuses is one line in its place; what was shown of it before stays above the line."""
    box = town.box
    for method, path in (("POST", ""), ("PATCH", "/{message_id}")):
        box.discord.fails(
            method,
            "/channels/{channel_id}/messages" + path,
            400,
            code=240000,
            message="Message blocked by harmful links filter",
            times=None,
            when=lambda call: (
                "lamps.example" in str(call.json["content"]) or (not edited and call.json["content"][0] != "-")
            ),
        )
    words = "Here is where to look for them. " * 30 if edited else ""
    box.model.pace(first_seconds=0, tokens_per_second=150)
    box.model.replies_with(f"{words}Look at http://lamps.example/buy for more.")
    question = await town.alice.says(town.general, "@Parley where can I buy a lamp?")
    await box.until(lambda: any("blocks my answer" in one.content for one in box.bot.shown(question)))
    (shown,) = box.bot.shown(question)
    assert "lamps.example" not in shown.content
    assert shown.content.startswith("Here is where" if edited else "-# A filter")
    assert (await town.alice.runs("export", town.general)).files
