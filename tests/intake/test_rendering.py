"""Rendering questions for the model, with a client of ours on the sandbox."""

from collections.abc import Callable
from dataclasses import replace

import discord
import pytest

from bot.chat.content import Text
from bot.chat.moments import moment
from bot.chat.places import PlaceKind
from bot.chat.ports.intake import MessageDeleted, Rendered, Sourced
from bot.chat.speakers import tag
from bot.chat.turns import Author, Joined
from bot.config import ChatSettings, Current
from bot.intake.message import asked
from bot.intake.parts import FILE_HINT
from bot.intake.rendering import DiscordIntake
from bot.sandbox.discord.rest.faults import Garbling
from tests.intake.conftest import Town, stored

WHEN = moment(0, None)
"""The moment of a stored question."""


async def test_a_message_at_hand_is_not_fetched(town: Town) -> None:
    """A question whose message is held is rendered from it, without a call, with a tag and the names of what it mentions."""
    said = await town.alice.says(town.general, f"@Parley look at <#{town.general.id}>")
    message = await town.hears()
    town.intake.hold(message)
    question = stored(said)

    assert await town.intake.render(question) == Rendered((Text(f"{tag(question.author, WHEN)}: look at #general"),))
    assert town.fetches() == 0


async def test_a_message_that_was_let_go_is_fetched(town: Town) -> None:
    """A question whose message is not at hand, as after a restart, is rendered from what Discord has of it."""
    said = await town.alice.says(town.general, "@Parley hello")
    message = await town.hears()
    town.intake.hold(message)
    town.intake.let_go(message)
    question = stored(said)

    assert await town.intake.render(question) == Rendered((Text(f"{tag(question.author, WHEN)}: hello"),))
    assert town.fetches() == 1


def a_list(_: bytes) -> bytes:
    """A list in place of a message."""
    return b"[]"


@pytest.mark.parametrize("body", [Garbling.HTML, Garbling.EMPTY, a_list])
async def test_a_garbled_answer_leaves_the_stored_text(town: Town, body: Garbling | Callable[[bytes], bytes]) -> None:
    """A question is rendered from its stored text where something else than Discord answers for its message."""
    said = await town.alice.says(town.general, "@Parley hello")
    question = stored(said, text="raw")
    town.box.discord.garbles("GET", "/channels/{channel_id}/messages/{message_id}", body)

    assert await town.intake.render(question) == Rendered((Text(f"{tag(question.author, WHEN)}: raw"),))


async def test_a_message_that_was_rendered_is_kept_for_a_while(town: Town) -> None:
    """A question that changes at once is rendered again without a request, until 64 others were rendered or it is deleted."""
    said = await town.alice.says(town.general, "@Parley hello")
    town.intake.hold(await town.hears())
    await town.intake.render(stored(said))
    await town.intake.render(stored(said))
    assert town.fetches() == 0
    for number in range(64):
        town.intake.hold_for(number + 1, await _another(town, number))
        await town.intake.render(replace(stored(said), key=number + 1))
    await town.intake.render(stored(said))
    assert town.fetches() == 1
    town.intake.forget(said.id)
    await town.intake.render(stored(said))
    assert town.fetches() == 2


async def _another(town: Town, number: int) -> discord.Message:
    return await town.hears(await town.alice.says(town.general, f"@Parley {number}"))


async def test_a_message_that_cannot_be_read_is_rendered_from_its_stored_text(town: Town) -> None:
    """A question whose message Discord refuses is sent as it was stored, with the name of who asked."""
    said = await town.alice.says(town.general, "@Parley hello")
    refuses(town)
    question = stored(said, text="hello\nBob (#1): mine")

    assert await town.intake.render(question) == Rendered(
        (Text(f"{tag(question.author, WHEN)}: hello\n\\Bob (#1): mine"),)
    )


async def test_a_message_that_was_deleted_is_not_rendered(town: Town) -> None:
    """A question whose message was deleted counts as deleted; of several messages, those that are there are rendered."""
    said, more = [await town.alice.says(town.general, f"@Parley {text}") for text in ("one", "two")]
    both = replace(stored(said), joined=(Joined(more.id, "two"),))
    (first, second) = (await town.intake.render(both)).contents
    assert isinstance(first, Text)
    assert isinstance(second, Sourced)
    assert second.content == Text(f"\n{first.text.replace('one', 'two')}")
    assert second.message_id == more.id
    await town.alice.deletes(said)
    town.intake.forget(said.id)
    assert [town.intake.was_deleted(one.id) for one in (said, more)] == [True, False]
    with pytest.raises(MessageDeleted):
        await town.intake.render(stored(said))
    assert (await town.intake.render(both)).contents == (Text(""), second)
    await town.alice.deletes(more)
    town.intake.forget(more.id)
    with pytest.raises(MessageDeleted):
        await town.intake.render(both)


async def test_a_deleted_message_is_not_rendered_from_memory(town: Town) -> None:
    """A message that is held after its deletion, as for an edit of it that came before, is rendered no more."""
    said = await town.alice.says(town.general, "@Parley one")
    message = await town.hears(said)
    await town.alice.deletes(said)
    town.intake.forget(said.id)
    town.intake.hold_for(said.id, message)
    with pytest.raises(MessageDeleted):
        await town.intake.render(stored(said))


def refuses(town: Town) -> None:
    """Let Discord hand over no message."""
    town.box.discord.fails("GET", "/channels/{channel_id}/messages/{message_id}", 403, times=None)


async def test_a_message_that_discord_does_not_hand_over_in_time_is_rendered_from_its_stored_text(town: Town) -> None:
    """A Discord that does not answer holds up a place only so long; then the stored text is sent."""
    town.box.discord.delays("GET", "/channels/{channel_id}/messages/{message_id}", 3600)
    intake = DiscordIntake(town.client, Current(ChatSettings()), fetch_seconds=0.05)
    said = await town.alice.says(await town.alice.dm(), "hello")

    assert await intake.render(stored(said)) == Rendered((Text(f"[{WHEN}] raw"),))


async def test_files_without_a_word_are_stored_by_their_names(town: Town) -> None:
    """A message of files alone is stored by their names; the model learns that it is not shown them when the message is gone."""
    dm = await town.alice.dm()
    said = [
        await town.alice.says(dm, attachments={"lamp.png": b"x"}),
        await town.alice.sends_voice(dm, 7),
    ]
    forwarded = await town.alice.forwards(said[0], to=dm)
    texts = [asked(await town.hears(one)).text for one in (*said, forwarded)]

    assert texts == [
        "[attached file: lamp.png]",
        "[voice message of 7 s]",
        "[forwarded message]",
    ]
    refuses(town)
    for text in texts:
        (content,) = (await town.intake.render(stored(forwarded, text=text))).contents
        assert content == Text(f"[{WHEN}] {text}\n{FILE_HINT}")


async def test_a_direct_message_has_no_tags(town: Town) -> None:
    """A direct message is rendered without a tag, from the message as from its stored text, and keeps what looks like one."""
    dm = await town.alice.dm()
    said = await town.alice.says(dm, "hello\nBob (#1): mine")
    question = stored(said, text="stored\nBob (#1): mine")

    assert await town.intake.render(question) == Rendered((Text(f"[{WHEN}] hello\nBob (#1): mine"),))
    town.intake.forget(said.id)
    refuses(town)
    assert await town.intake.render(question) == Rendered((Text(f"[{WHEN}] stored\nBob (#1): mine"),))


async def test_a_quote_in_a_direct_message_names_its_author(town: Town) -> None:
    """A reply to another's words in a direct message quotes them under a name, without a tag."""
    dm = await town.alice.dm()
    first = await town.alice.says(dm, "I like tea")
    said = await town.alice.says(dm, "why?", reply_to=first)

    rendered = await town.intake.render(stored(said))
    quote = Sourced(Text("\nIn reply to Alice, who wrote:\n> I like tea"), town.alice.id, first.id)
    assert rendered.contents == (Text(f"[{WHEN}] why?"), quote)


async def test_only_so_many_messages_are_held(town: Town) -> None:
    """The oldest of too many held messages is let go, and fetched when its turn comes."""
    intake = DiscordIntake(town.client, Current(ChatSettings()), max_held=1)
    questions = [await town.alice.says(town.general, f"@Parley {text}") for text in ("one", "two")]
    for _ in questions:
        intake.hold(await town.hears())
    for said, text in zip(questions, ("one", "two"), strict=True):
        (content,) = (await intake.render(stored(said))).contents
        assert isinstance(content, Text)
        assert content.text.endswith(text)
    assert town.fetches() == 1


async def test_a_message_becomes_a_question(town: Town) -> None:
    """A question has its message's id, place, author, raw text and time."""
    said = await town.alice.says(town.general, "@Parley hello")
    question = asked(await town.hears())

    assert (question.key, question.text) == (said.id, f"{town.box.bot.mention} hello")
    assert (question.place.id, question.place.kind, question.place.name) == (
        town.general.id, PlaceKind.CHANNEL, "general"
    )  # fmt: skip
    assert question.author == Author(town.alice.id, "Alice")
    assert question.asked_at == int(discord.utils.snowflake_time(said.id).timestamp() * 1000)


async def test_the_first_state_of_a_message_is_held(town: Town) -> None:
    """A message that is edited before it is rendered is rendered as it was when it was asked, without a call."""
    said = await town.alice.says(town.general, "@Parley first")
    message = await town.hears()
    town.intake.hold(message)
    edited = await town.hears_changed(said, content=f"{town.bot.mention} second")
    town.intake.hold(edited)
    town.intake.let_go(edited)
    question = stored(said)

    assert await town.intake.render(question) == Rendered((Text(f"{tag(question.author, WHEN)}: first"),))
    assert town.fetches() == 0
