"""The messages of an answer, where Discord refuses what they reply to, or another Parley sends them as well."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta

import discord
import pytest
from pydantic import SecretStr

from bot.chat.appearance import NO_MESSAGES, Appearance
from bot.chat.ports.display import Target
from bot.config import AnswerSettings, Current, DiscordSettings
from bot.errors import DisplayRefused
from bot.gateway.client import ParleyClient
from bot.gateway.login import logged_in
from bot.reply.live import DiscordDisplay
from bot.reply.nonce import Nonces
from bot.reply.pace import Pace
from bot.reply.texts import REFUSED
from bot.sandbox import Channel, Message, Person, Sandbox
from bot.sandbox.discord.rest.calls import Call
from tests.fakes.facts import MemoryFacts
from tests.fakes.state import State
from tests.reply.test_live import Record
from tests.truth.watch import Watch

SEND = "/channels/{channel_id}/messages"
LONG_AGO = 0


@dataclass
class Town:
    """A channel, a person, and a client that is logged in."""

    box: Sandbox
    general: Channel
    alice: Person
    client: ParleyClient

    def display(self, nonces: Nonces) -> DiscordDisplay:
        """The display of a Parley."""
        return DiscordDisplay(self.client, Pace(), nonces, Current(AnswerSettings(max_messages=1)))

    async def shows(self, nonces: Nonces, question: Message, text: str) -> None:
        """Let a Parley show an answer."""
        target = Target(self.general.id, question.id, self.alice.id)
        async with self.display(nonces).open(target, NO_MESSAGES, Record()) as live:
            await live.finish(Appearance(text))

    def answers(self) -> list[Message]:
        """The bot's messages."""
        return [one for one in self.box.discord.messages(self.general) if one.author is self.box.bot.user]


@pytest.fixture
async def town(watch: Watch) -> AsyncGenerator[Town, None]:
    """A town in which nobody has asked anything."""
    async with watch.sandbox() as box:
        settings = DiscordSettings(token=SecretStr(box.discord.token), api_base=box.discord.api_base)
        general, alice = box.discord.guild("Home").channel("general"), box.discord.user("Alice")
        async with logged_in(settings) as client:
            yield Town(box, general, alice, client)


def nonces() -> Nonces:
    """The nonces of a Parley that has run for a while, by a database that others have a copy of."""
    return Nonces("dba1", MemoryFacts(State()), other_seen=False, clock=lambda: LONG_AGO)


def refers(call: Call) -> bool:
    """Whether a message is sent as a reply."""
    return "message_reference" in call.json


@pytest.mark.parametrize("code", [50035, 160002])
@pytest.mark.parametrize("words", [5, 5000], ids=["short", "with a file"])
async def test_a_reply_that_is_refused_is_sent_without_its_reference(town: Town, code: int, words: int) -> None:
    """Where Discord refuses what an answer refers to, the answer is sent as a plain message, its file included."""
    question = await town.alice.says(town.general, "@Parley hello")
    town.box.discord.fails("POST", SEND, 400, code=code, message="Invalid Form Body", times=None, when=refers)
    text = " ".join(f"word{number}" for number in range(words))
    await town.shows(nonces(), question, text)
    (answer,) = town.answers()
    assert answer.reference is None
    assert answer.content.startswith("word0 word1")
    assert answer.files == ({} if words == 5 else {"answer.md": text.encode()})


async def test_an_answer_that_is_refused_without_its_reference_too_is_refused(town: Town) -> None:
    """Where it is not the reference that Discord refuses, the answer is tried without it once; then one line says so."""
    question = await town.alice.says(town.general, "@Parley hello")
    town.box.discord.fails("POST", SEND, 400, code=50035, message="Invalid Form Body", times=2)
    with pytest.raises(DisplayRefused, match="50035"):
        await town.shows(nonces(), question, "hello")
    assert [one.content for one in town.answers()] == [f"-# {REFUSED}"]


@pytest.mark.parametrize("words", [5, 5000], ids=["short", "with a file"])
async def test_another_parleys_message_is_not_ours(town: Town, caplog: pytest.LogCaptureFixture, words: int) -> None:
    """Two Parleys with copies of one database answer in messages of their own, even where both have used the same nonce."""
    question = await town.alice.says(town.general, "@Parley hello")
    one, other = nonces(), nonces()
    texts = [" ".join(f"{colour}{number}" for number in range(words)) for colour in ("red", "blue")]
    await town.shows(one, question, texts[0])
    await town.shows(other, question, texts[1])
    first, second = town.answers()
    assert (first.content.split()[0], second.content.split()[0]) == ("red0", "blue0")
    assert second.files == ({} if words == 5 else {"answer.md": texts[1].encode()})
    assert other.other_seen
    assert sum("another Parley" in record.getMessage() for record in caplog.records) == 1


async def test_a_message_of_the_run_before_is_taken_over(town: Town) -> None:
    """After a restart the message that the run before has sent is edited, and not sent once more."""
    question = await town.alice.says(town.general, "@Parley hello")
    await town.shows(nonces(), question, "half of")
    now = int((discord.utils.utcnow() + timedelta(seconds=1)).timestamp() * 1000)
    restarted = Nonces("dba1", MemoryFacts(State()), other_seen=False, clock=lambda: now)
    await town.shows(restarted, question, "the whole answer")
    assert [one.content for one in town.answers()] == ["the whole answer"]
    assert not restarted.other_seen


async def test_a_private_message_is_known_for_ours(town: Town) -> None:
    """The event of a direct message that the bot has sent tells of no other Parley."""
    question = await town.alice.says(town.general, "@Parley hello")
    ours = nonces()
    await town.display(ours).tell(Target(town.general.id, question.id, town.alice.id), "a word")
    (message,) = town.box.discord.messages(await town.alice.dm())
    (sent,) = [call for call in town.box.discord.calls if call.json.get("content") == "a word"]
    assert message.content == "a word"
    await ours.notice(str(sent.json["nonce"]), int(message.created_at.timestamp() * 1000))
    assert not ours.other_seen
