"""The ports to Discord, on a running bot: events of the gateway, and answers of its REST API."""

import json
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

from bot import app
from bot.sandbox import Channel, Person, Sandbox
from bot.sandbox.wire import as_object
from bot.sandbox.witness import Nobody
from tests.e2e.pictures import png
from tests.e2e.task import Bot, running
from tests.fuzz.mutations import bytes_of, json_of
from tests.fuzz.run import Feed

_ROUTES: Final = (
    ("POST", "/channels/{channel_id}/messages"),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"),
    ("POST", "/channels/{channel_id}/typing"),
)
_EACH: Final = 20
"""After so many events the bot must answer a question as ever, and after so many answers a channel makes room for another."""
_FORGETS: Final = 400
"""After so many inputs ten minutes pass, behind which the sandbox forgets the nonces of messages."""
_OURS: Final = str(Path(app.__file__).parent)
"""The way to our code: what discord.py alone stumbles over does not count."""
_SIGNS: Final = (
    "Ignoring exception",
    "was never retrieved",
    "could not be begun",
    "the answer to question",
    "Unclosed",
)
"""Words in the log that tell of an error which no code of ours dealt with."""


class _Events(Nobody):
    """Collects the events that a bot was told, until they are complete."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Any]] = []
        self.complete = False

    def told(self, name: str, body: object) -> None:
        """Keep an event."""
        if not self.complete and (event := as_object(body)) is not None and "_" in name:
            self.found.append((name, event))


@asynccontextmanager
async def rest_answers(folder: Path) -> AsyncGenerator[Feed]:
    """Answers of Discord's REST API, changed as JSON and as bytes."""
    async with Sandbox() as box, running(box, folder) as bot:
        home, alice = box.discord.guild("Home"), box.discord.user("Alice")
        channels = deque(home.channel(f"room-{number}") for number in range(50))
        fed = 0

        async def feed(random: Random) -> None:
            nonlocal fed
            fed += 1
            if fed % _EACH == 0:  # the sandbox keeps the messages of a channel as long as it lasts
                box.discord.deletes_channel(channels.popleft())
                channels.append(home.channel(f"room-{fed}"))
            if fed % _FORGETS == 0:
                box.clock.moves(seconds=600)
            channel = random.choice(channels)
            box.discord.garbles(*random.choice(_ROUTES), how=lambda body: _changed(random, body))
            await alice.says(channel, "@Parley hello")
            await _answers(box, bot, alice, channel)
            box.discord.is_well()

        yield feed


@asynccontextmanager
async def gateway_events(folder: Path) -> AsyncGenerator[Feed]:
    """Events of a server, of its people and of buttons that are pressed there, changed as JSON."""
    events = _Events()
    async with Sandbox(discord_witness=events) as box, running(box, folder) as bot:
        home, alice = box.discord.guild("Home"), box.discord.user("Alice")
        quiet = home.channel("quiet")
        events.found.clear()
        await _lives(box, alice)
        events.complete = True
        fed = 0

        async def feed(random: Random) -> None:
            nonlocal fed, quiet
            if fed % _FORGETS == 0:
                box.discord.deletes_channel(quiet)
                box.clock.moves(seconds=600)
                quiet = home.channel(f"quiet-{fed}")
            name, body = random.choice(events.found)
            changed = json_of(random, body)
            for session in box.discord.gateway.sessions.values():
                session.dispatch(name, changed)
            fed += 1
            if fed % _EACH == 0:
                await _answers(box, bot, alice, quiet)

        yield feed


async def _lives(box: Sandbox, alice: Person) -> None:
    """Let everything happen in a server that the bot may be told of."""
    away = box.discord.guild("Away")
    channel = away.channel("busy")
    away.role("helpers")
    box.model.fails(400, code="invalid_value")
    question = await alice.says(channel, "@Parley hello")
    failed = (await box.bot.answers(question, containing="refuses")).messages[0]
    await alice.presses(failed, "Retry")
    await box.bot.answers(question)
    await alice.runs("help", channel)
    thread = await alice.opens_thread(question, "topic")
    await box.bot.answers(await alice.says(thread, "@Parley and here?"))
    await alice.edits(question, "@Parley hello?")
    await alice.reacts(question, "👍")
    await alice.posts_poll(channel, "@Parley which?", ["one", "two"])
    files = {"a.txt": b"It rains.", "b.png": png(8, 8), "c.pdf": b"%PDF-1.7"}
    shown = await alice.says(channel, "@Parley look", attachments=files)
    await box.bot.answers(shown)
    await box.bot.answers(await alice.says(await alice.dm(), attachments=files))
    await box.bot.answers(await alice.sends_voice(await alice.dm(), 3))
    await box.bot.answers(await alice.forwards(shown, to=await alice.dm()))
    await alice.archives(thread)
    box.discord.renames(channel, "busier")
    await alice.deletes(question)


async def _answers(box: Sandbox, bot: Bot, alice: Person, channel: Channel) -> None:
    """Look whether the bot answers, and whether it logged an error that is none of ours."""
    question = await alice.says(channel, "@Parley are you there?")
    await box.bot.answers(question, timeout=60)
    wrong = [line for line in bot.lines if any(sign in line for sign in _SIGNS) and _OURS in line]
    bot.lines.clear()
    box.discord.calls.clear()
    box.model.requests.clear()
    if wrong:
        raise AssertionError(f"the bot logged {wrong[0][-1500:]}")


def _changed(random: Random, body: bytes) -> bytes:
    try:
        value = json.loads(body)
    except ValueError:
        return bytes_of(random, body)
    if random.random() < 0.3:
        return bytes_of(random, body)
    return json.dumps(json_of(random, value)).encode()
