"""The display, with a client of ours on the sandbox."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import discord
import pytest
from pydantic import SecretStr

from bot.chat.appearance import AnswerMessage, Appearance, Control, Messages, MessageState, Verb
from bot.chat.ports.display import Target
from bot.config import AnswerSettings, Current, DiscordSettings
from bot.errors import DisplayError, DisplayRefused
from bot.gateway.client import ParleyClient
from bot.gateway.login import logged_in
from bot.reply.layout import FileUse
from bot.reply.live import DiscordDisplay
from bot.reply.nonce import Nonces
from bot.reply.pace import Pace
from bot.sandbox import Channel, Permission, Person, Sandbox
from bot.sandbox.discord.world.components import buttons
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.driver.server import Server
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.heartbeats import heartbeats_ended
from tests.truth.watch import Watch

EDIT = ("PATCH", "/channels/{channel_id}/messages/{message_id}")
DELETE = ("DELETE", "/channels/{channel_id}/messages/{message_id}")


@dataclass
class Record:
    """A `Recorder` with a log, and with the messages as a store keeps them."""

    known: dict[int, AnswerMessage] = field(default_factory=dict[int, AnswerMessage])
    log: list[str] = field(default_factory=list[str])

    @property
    def messages(self) -> Messages:
        """All messages by number."""
        return Messages(tuple(sorted(self.known.values(), key=lambda one: one.number)))

    async def sent(self, number: int, message_id: int) -> None:
        """See the port."""
        self.known[message_id] = AnswerMessage(message_id, number)
        self.log.append(f"sent {number}")

    async def retiring(self, message_ids: Sequence[int]) -> None:
        """See the port."""
        self._lead(message_ids, MessageState.RETIRED)

    async def gone(self, message_ids: Sequence[int]) -> None:
        """See the port."""
        self._lead(message_ids, MessageState.GONE)

    def _lead(self, message_ids: Sequence[int], to: MessageState) -> None:
        for message_id in message_ids:
            self.known[message_id] = AnswerMessage(message_id, self.known[message_id].number, to)
            self.log.append(f"{to} {self.known[message_id].number}")


@dataclass
class Town:
    """A sandbox with a channel, a person, and a client of the bot."""

    box: Sandbox
    home: Server
    general: Channel
    alice: Person
    client: ParleyClient
    nonces: Nonces
    record: Record = field(default_factory=Record)
    answers: Current[AnswerSettings] = field(default_factory=lambda: Current(AnswerSettings(max_messages=4)))
    hours: int = 0
    pace: Pace = field(default_factory=Pace)

    @property
    def display(self) -> DiscordDisplay:
        """The display, some hours from now."""
        return DiscordDisplay(
            self.client,
            self.pace,
            self.nonces,
            self.answers,
            lambda: discord.utils.utcnow() + timedelta(hours=self.hours),
        )

    def target(self, question: Message, sibling: int = 1) -> Target:
        """An attempt at a question of Alice's."""
        return Target(self.general.id, question.id, self.alice.id, sibling)

    async def shows(self, question: Message, text: str, note: str = "", sibling: int = 1) -> None:
        """Show an answer as it ended."""
        async with self.display.open(self.target(question, sibling), self.record.messages, self.record) as live:
            await live.finish(Appearance(text, note))

    def said(self) -> list[str]:
        """The texts of the bot's messages."""
        return [one.content for one in self.box.discord.messages(self.general) if one.author is self.box.bot.user]

    def calls(self, method: str) -> int:
        """The number of calls that the bot made by a method."""
        return sum(call.method == method for call in self.box.discord.calls)


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """A town in which nobody has asked anything."""
    async with watch.sandbox() as box, logged_in(settings_of(box)) as client:
        home = box.discord.guild("Home")
        nonces = await Nonces.loaded(MemoryFacts(State()), "a file")
        yield Town(box, home, home.channel("general"), box.discord.user("Alice"), client, nonces)


def settings_of(box: Sandbox) -> DiscordSettings:
    """The settings of a bot on this sandbox."""
    return DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)


@asynccontextmanager
async def connected(town: Town) -> AsyncGenerator[None, None]:
    """The client connected to the gateway, so that it knows its permissions."""
    serving = asyncio.create_task(town.client.serve())
    await town.box.bot.connected()
    await town.box.discord.asks_for_heartbeat()  # answered behind what is told of the guilds
    yield
    await town.client.close()
    await serving
    await heartbeats_ended()


async def test_messages_of_an_answer_are_found_behind_a_notice_to_another(town: Town) -> None:
    """The search finds replies to the question and what follows them, and nothing that answers another question."""
    channel = town.client.get_partial_messageable(town.general.id)

    async def reply(text: str, to: Message) -> int:
        return (await channel.send(text, reference=channel.get_partial_message(to.id))).id

    first, second = [await town.alice.says(town.general, text) for text in ("one", "two")]
    begun = await reply("message 1", first)
    await reply("-# Please wait a minute.", second)
    below = (await channel.send("message 2")).id
    await reply("an answer", second)
    await channel.send("message 2 of that")
    find = town.display.find
    assert await find(town.target(first), Messages(), 0, "") == [begun, below]
    assert await find(town.target(first), Messages((AnswerMessage(begun, 1),)), 0, "") == [below]
    retired = AnswerMessage(below, 2, MessageState.RETIRED)
    assert await find(town.target(first), Messages((AnswerMessage(begun, 1), retired)), 0, "") == []


@pytest.mark.parametrize("known", [True, False])
async def test_messages_of_an_answer_are_found_behind_another_answer(town: Town, *, known: bool) -> None:
    """A message that another answer lies before is found by the words of its lines; those of the other answer are left alone."""
    channel = town.client.get_partial_messageable(town.general.id)
    first, second = [await town.alice.says(town.general, text) for text in ("one", "two")]
    begun = (await channel.send("The lamps are lit.", reference=channel.get_partial_message(first.id))).id
    await channel.send("Another answer begins.", reference=channel.get_partial_message(second.id))
    await channel.send("It goes on with words of its own.")
    later = (await channel.send("```py\nprint(lamps_of_the_north)\n```\n-# gpt-6-luna · 2 s")).id
    await channel.send("-# Please wait.", reference=channel.get_partial_message(second.id))
    last = (await channel.send("yes")).id
    text = "The lamps are lit.\n\n```python\nprint(lamps_of_the_north)\n```\nyes"
    messages = Messages((AnswerMessage(begun, 1),)) if known else Messages()
    found = await town.display.find(town.target(first), messages, 0, text)
    assert found == ([later, last] if known else [begun, later, last])


@pytest.mark.parametrize("known", [True, False])
async def test_messages_of_an_answer_that_had_to_wait_are_found(town: Town, *, known: bool) -> None:
    """The messages of an answer are found although hundreds of messages lie between the question and its answer."""
    question = await town.alice.says(town.general, "one")
    town.box.clock.moves(seconds=300)
    for number in range(210):
        await town.alice.says(town.general, f"message {number}")
    town.box.clock.moves(seconds=300)
    since = int(town.box.clock.now().timestamp() * 1000)
    channel = town.client.get_partial_messageable(town.general.id)
    begun = (await channel.send("message 1", reference=channel.get_partial_message(question.id))).id
    below = (await channel.send("message 2")).id
    messages = Messages((AnswerMessage(begun, 1),)) if known else Messages()
    found = await town.display.find(town.target(question), messages, 0 if known else since, "")
    assert found == ([below] if known else [begun, below])


@pytest.mark.parametrize("known", [True, False])
async def test_a_second_reply_to_a_question_is_another_databases(town: Town, *, known: bool) -> None:
    """An answer has one reply: a second one tells of another database, and none that is unknown is adopted."""
    question = await town.alice.says(town.general, "one")
    channel = town.client.get_partial_messageable(town.general.id)
    reference = channel.get_partial_message(question.id)
    ours, _, _ = [await channel.send("a reply", reference=reference) for _ in range(2)] + [await channel.send("below")]
    messages = Messages((AnswerMessage(ours.id, 1),)) if known else Messages()
    assert await town.display.find(town.target(question), messages, 0, "") == []
    assert town.nonces.other_seen


async def test_nothing_is_adopted_where_another_database_answers_too(town: Town) -> None:
    """A reply of this bot's user may be another database's, so the search leaves it alone."""
    question = await town.alice.says(town.general, "one")
    channel = town.client.get_partial_messageable(town.general.id)
    await channel.send("an answer", reference=channel.get_partial_message(question.id))
    town.nonces.other_seen = True
    assert await town.display.find(town.target(question), Messages(), 0, "") == []


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
