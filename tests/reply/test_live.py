"""The display, with a client of ours on the sandbox."""

import pytest

from bot.chat.appearance import Appearance, Control, Messages, MessageState, Verb
from bot.config import AnswerSettings
from bot.errors import DisplayError, DisplayRefused
from bot.reply.layout import FileUse
from bot.sandbox import Permission
from bot.sandbox.discord.world.components import buttons
from tests.reply.conftest import DELETE, EDIT, Record, Town, connected


async def test_an_old_answer_is_written_anew_in_one_edit(town: Town) -> None:
    """Messages of more than an hour are edited once, at the end, because Discord limits edits of old ones."""
    question = await town.alice.says(town.general, "one")
    message = await town.client.get_partial_messageable(town.general.id).send("failed")
    await town.record.sent(1, message.id)
    town.hours = 2
    async with town.display.open(town.target(question), town.record.messages, town.record) as live:
        live.show("An answer")
        await town.box.until(lambda: any("typing" in call.path for call in town.box.discord.calls))
        assert town.calls("PATCH") == 0
        await live.finish(Appearance("An answer as a whole."))
    assert town.said() == ["An answer as a whole."]
    assert town.calls("PATCH") == 1


async def test_text_that_was_withdrawn_is_replaced(town: Town) -> None:
    """A text that is not the beginning of the next one, such as thoughts, is replaced in the messages that showed it."""
    question = await town.alice.says(town.general, "one")
    async with town.display.open(town.target(question), Messages(), town.record) as live:
        live.show("Who is that? " * 200)
        await town.box.until(lambda: len(town.said()) == 2)
        live.show("")
        live.show("A tower")
        await town.box.until(lambda: town.said()[0] == "A tower")
        live.show("A tower with")
        await live.finish(Appearance("A tower with a lamp."))
    assert town.said() == ["A tower with a lamp."]
    assert town.record.log == ["sent 1", "sent 2", "retired 2", "gone 2"]


async def test_surplus_messages_are_retired_before_they_are_deleted(town: Town) -> None:
    """A shorter answer deletes what is left over: retired before, gone after; a longer one takes new numbers."""
    question = await town.alice.says(town.general, "one")
    await town.shows(question, "x" * 3000)
    await town.shows(question, "short", sibling=2)
    assert town.said() == ["short"]
    await town.shows(question, "y" * 5000, sibling=3)
    assert town.said() == ["y" * 2000, "y" * 2000, "y" * 1000]
    assert town.record.log == ["sent 1", "sent 2", "retired 2", "gone 2", "sent 3", "sent 4"]
    nonces = {one.nonce for one in town.box.discord.messages(town.general) if one.author is town.box.bot.user}
    assert len(nonces) == 3


async def test_a_message_whose_deletion_was_begun_is_deleted(town: Town) -> None:
    """A start that finds a retired message deletes it with the last edit, although somebody else did already."""
    question = await town.alice.says(town.general, "one")
    await town.shows(question, "x" * 3000)
    kept, surplus = town.record.messages.live
    await town.record.retiring((surplus,))
    town.box.discord.fails(*DELETE, 503, times=1)
    await town.shows(question, "short")
    assert town.said() == ["short"]
    assert (town.record.messages.live, town.record.messages.retired) == ((kept,), ())
    await town.record.retiring((surplus,))
    await town.shows(question, "short")
    assert town.record.messages.retired == ()


async def test_a_message_that_somebody_deleted_is_recorded_as_gone(town: Town) -> None:
    """A message that somebody deleted is not sent again for its attempt; a later attempt is whole without it."""
    question = await town.alice.says(town.general, "one")
    await town.shows(question, "x" * 3000)
    first = town.box.discord.messages(town.general)[1]
    town.box.discord.deletes(first)
    await town.shows(question, "z" * 3000)
    assert town.said() == ["z" * 1000]
    assert town.record.messages.all[0].state is MessageState.GONE
    town.box.discord.deletes(town.box.discord.messages(town.general)[1])
    await town.shows(question, "y" * 3000, sibling=2)
    assert town.said() == ["y" * 2000, "y" * 1000]


async def test_buttons_change_alone_and_wait_for_a_low_limit(town: Town) -> None:
    """The buttons of a message change without its text; while the channel's limit is low that waits, and is left out then."""
    question = await town.alice.says(town.general, "one")
    await town.shows(question, "hello")
    (message,) = town.box.discord.messages(town.general)[1:]
    target = town.target(question)
    await town.display.set_controls(target, message.id, (Control(Verb.REGENERATE, 1),))
    assert (message.content, [one["label"] for one in buttons(message.components)]) == ("hello", ["Regenerate"])
    town.pace.note(town.general.id, 1, 0.05)
    await town.display.set_controls(target, message.id, ())
    assert message.components == []


async def test_the_line_of_a_question_becomes_its_answer(town: Town) -> None:
    """A line about the wait of a question is a reply in small print; its answer takes over the message, recorded or not."""
    for recorded in (True, False):
        town.record.known.clear()
        question = await town.alice.says(town.general, f"recorded {recorded}")
        await town.display.line(town.target(question), "2 before yours", town.record)
        (line,) = [
            one for one in town.box.discord.messages(town.general) if one.reference and one.content.startswith("-# 2")
        ]
        if not recorded:
            town.record.known.clear()
        await town.shows(question, "hello")
        assert (line.content, town.record.messages.live) == ("hello", (line.id,))


async def test_an_answer_whose_send_was_lost_appears_once(town: Town) -> None:
    """A message that exists although its answer was lost is adopted by its nonce and edited to the current text."""
    question = await town.alice.says(town.general, "one")
    town.box.discord.loses_answers("POST", "/channels/{channel_id}/messages", times=1)
    async with town.display.open(town.target(question), Messages(), town.record) as live:
        live.show("An ans")
        await town.box.until(lambda: town.said() == ["An ans"])
        await live.finish(Appearance("An answer.", "It broke.", (Control(Verb.RETRY, 1),)))
    assert town.said() == ["An answer.\n-# It broke."]
    (message,) = (one for one in town.box.discord.messages(town.general) if one.author is town.box.bot.user)
    assert message.components[0]["components"][0]["label"] == "Retry"
    assert town.record.log == ["sent 1"]


async def test_a_message_whose_send_was_lost_is_recorded_before_the_answer_is_left(town: Town) -> None:
    """An attempt that is left for another one repeats the send whose response was lost, so that the other uses its message."""
    question = await town.alice.says(town.general, "one")
    town.box.discord.loses_answers("POST", "/channels/{channel_id}/messages", times=1)
    async with town.display.open(town.target(question), Messages(), town.record) as live:
        live.show("An ans")
        await town.box.until(lambda: town.said() == ["An ans"])
        await live.leave()
    assert town.record.log == ["sent 1"]
    await town.shows(question, "Another answer.", sibling=2)
    assert town.said() == ["Another answer."]


async def test_a_send_that_was_refused_is_not_repeated_when_the_answer_is_left(town: Town) -> None:
    """Discord bans a bot that repeats refused requests."""
    question = await town.alice.says(town.general, "one")
    town.box.discord.fails("POST", "/channels/{channel_id}/messages", 403, times=1)
    async with town.display.open(town.target(question), Messages(), town.record) as live:
        live.show("An ans")
        await town.box.until(lambda: town.calls("POST") > 0)
        await live.leave()
    assert town.said() == []
    assert town.record.log == []


async def test_buttons_and_files_go_with_the_next_attempt(town: Town) -> None:
    """A message that is taken over loses the buttons and the file of the attempt before."""
    question = await town.alice.says(town.general, "one")
    long = Appearance(" ".join(f"word{n}" for n in range(2500)), "It broke.", (Control(Verb.RETRY, 1),))
    async with town.display.open(town.target(question), Messages(), town.record) as live:
        await live.finish(long)
    last = town.box.discord.messages(town.general)[-1]
    assert (len(last.components), len(last.attachments)) == (1, 1)
    async with town.display.open(town.target(question, 2), town.record.messages, town.record) as live:
        await live.finish(Appearance(long.text[:7000]))
    assert (last.components, last.attachments) == ([], [])
    edits = town.calls("PATCH")
    await town.shows(question, long.text[:7000], sibling=3)
    assert town.calls("PATCH") == edits + 4  # what they show is not known to a display that begins


async def test_an_answer_that_discord_refuses_is_refused(town: Town) -> None:
    """A channel that is gone raises DisplayRefused; a Discord that fails for long raises DisplayError."""
    question = await town.alice.says(town.general, "one")
    town.box.discord.deletes_channel(town.general)
    with pytest.raises(DisplayRefused):
        await town.shows(question, "An answer.")


async def test_the_rest_of_an_answer_that_may_not_be_sent_is_told(town: Town) -> None:
    """The messages that exist name the missing permission where the rest of an answer cannot be sent."""
    question = await town.alice.says(town.general, "one")
    async with connected(town):
        async with town.display.open(town.target(question), Messages(), town.record) as live:
            live.show("x" * 100)
            await town.box.until(town.said)
            town.home.permits(town.general, deny={town.home.bot_role: Permission.SEND_MESSAGES})
            with pytest.raises(DisplayRefused):
                await live.finish(Appearance("x" * 3000))
        await town.box.until(lambda: "I lack the permission Send Messages here" in town.said()[0])


async def test_a_new_number_of_messages_holds_for_the_next_answer(town: Town) -> None:
    """An answer fills as many messages as are allowed when it is opened; fewer hold for the next one."""
    display = town.display
    question = await town.alice.says(town.general, "one")
    text = " ".join(f"word{n}" for n in range(2500))
    async with display.open(town.target(question), Messages(), town.record) as live:
        town.answers.value = AnswerSettings(max_messages=2)
        await live.finish(Appearance(text))
    assert len(town.said()) == 4

    another = await town.alice.says(town.general, "two")
    async with display.open(town.target(another), Messages(), Record()) as live:
        await live.finish(Appearance(text))
    assert len(town.said()) == 6


async def test_a_file_that_discord_refuses_is_left_out(town: Town) -> None:
    """An answer of too many messages is shown without its file where Discord does not take it, and says so."""
    question = await town.alice.says(town.general, "one")
    text = " ".join(f"word{n}" for n in range(2500))
    async with town.display.open(town.target(question), Messages(), town.record) as live:
        live.show(text)
        await town.box.until(lambda: len(town.said()) == 4)
        town.box.discord.fails(*EDIT, 413, times=1)
        await live.finish(Appearance(text))
    assert len(town.said()) == 4
    assert town.said()[-1].endswith(FileUse.REFUSED.value)
    assert not town.box.discord.messages(town.general)[-1].attachments


async def test_a_display_that_breaks_is_an_error_of_the_display(town: Town) -> None:
    """A defect in the pump reaches the caller as DisplayError."""
    question = await town.alice.says(town.general, "one")

    class Broken(Record):
        async def sent(self, number: int, message_id: int) -> None:
            raise RuntimeError("broken")

    async with town.display.open(town.target(question), Messages(), Broken()) as live:
        with pytest.raises(DisplayError, match="unforeseen reason"):
            await live.finish(Appearance("An answer."))


async def test_the_text_on_display_is_read_back(town: Town) -> None:
    """The text of an answer's messages is read without remarks of ours, and without messages that are gone."""
    question = await town.alice.says(town.general, "one")
    await town.shows(question, "x" * 2500, "It broke.")
    target, live = town.target(question), town.record.messages.live
    read = await town.display.read(target, live)
    assert read is not None
    assert (read.text.replace("\n", ""), read.note) == ("x" * 2500, "It broke.")
    assert await town.display.read(target, (1,)) is None
