"""The composition root: opens the store, the model and Discord, wires them, and takes them down again in order."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from discord.ext import commands

from bot.chat import speakers, tokens
from bot.chat.access import open_to_strangers
from bot.chat.attempts import Attempts, ChatRules
from bot.chat.breaker import Breaker
from bot.chat.lanes import Lanes
from bot.chat.ports import Model, Store
from bot.chat.recovery import Recovery
from bot.chat.service import ChatService
from bot.chat.tokens import MESSAGE_OVERHEAD, REPLY_PRIMER
from bot.client import ParleyClient, logged_in
from bot.cogs.controls import Controls
from bot.cogs.export import Export
from bot.cogs.help import Help
from bot.cogs.mention import Mentions
from bot.cogs.missed import Missed
from bot.cogs.reset import Reset
from bot.config import AccessSettings, Settings
from bot.errors import ConfigError
from bot.intake.stored import render_stored
from bot.llm.openai import connected
from bot.llm.refused import Facts
from bot.reply.live import DiscordDisplay
from bot.reply.pace import Pace
from bot.store.sqlite.lock import locked
from bot.store.sqlite.store import opened

log = logging.getLogger(__name__)

_ROOM_FOR_A_QUESTION: Final = 100
_CLOSE_SECONDS: Final = 5.0
PUBLIC: Final = (
    "this bot is public: anybody may add it to a server and spend your key; turn off “Public Bot” in the developer portal, "
    "or set access.allow_guilds and access.dms = false"
)


OpenStore = Callable[[Path], AbstractAsyncContextManager[Store]]
OpenModel = Callable[[Settings, Facts], AbstractAsyncContextManager[Model]]


@dataclass(frozen=True, slots=True)
class Adapters:
    """How the store and the model are opened. Whoever wants to watch what passes, or to break it, wraps one of them."""

    store: OpenStore = opened
    model: OpenModel = connected


STANDARD: Final = Adapters()


async def run(settings: Settings, stop: asyncio.Event, adapters: Adapters = STANDARD) -> None:
    """Run the bot until `stop` is set or Discord shuts it out. Raises ConfigError, StoreError or DiscordError.

    A start that is stopped ends at once; a bot that serves lets the answers in flight finish.
    """
    serving = asyncio.Event()
    running = asyncio.create_task(_run(settings, stop, serving, adapters), name="bot")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not serving.is_set():
        running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    log.info("stopped")


async def _run(settings: Settings, stop: asyncio.Event, serving: asyncio.Event, adapters: Adapters) -> None:
    rules = await asyncio.to_thread(rules_of, settings)
    pace = Pace()
    with locked(settings.history.path):
        async with (
            adapters.store(settings.history.path) as store,
            adapters.model(settings, store) as model,
            logged_in(settings.discord, pace.tracing()) as client,
        ):
            lanes = Lanes(settings.limits.place_per_minute)
            display = DiscordDisplay(client, pace, settings.answers.max_parts)
            attempts = Attempts(store=store, model=model, display=display, clock=now, breaker=Breaker(), rules=rules)
            chat = ChatService(store=store, attempts=attempts, clock=now, lanes=lanes, rules=rules)
            recovery = Recovery(store=store, display=display, clock=now, lanes=lanes, attempts=attempts)
            missed = Missed(client, store)
            await missed.load()
            await _add_cogs(client, settings, chat, store, missed)
            await client.sync_commands(store)
            _welcome(client, settings.access)

            await recovery.start(lambda left: render_stored(client, left.question))
            serving.set()
            remembering = asyncio.create_task(missed.remember(), name="seen")
            try:
                await _serve(client, lanes, stop, settings.shutdown.grace_seconds)
            finally:
                remembering.cancel()
                await asyncio.wait({remembering})


def now() -> int:
    """The time of day in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


async def _serve(client: ParleyClient, lanes: Lanes, stop: asyncio.Event, grace_seconds: float) -> None:
    """Stay connected until `stop`, then let answers in flight finish while Discord can still be reached."""
    serving = asyncio.create_task(client.serve(), name="gateway")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if lanes.busy:
            log.info("stopping: %s answers in flight get %g s", lanes.busy, grace_seconds)
        await lanes.drain(grace_seconds)
        await client.close()
        await asyncio.wait({serving}, timeout=_CLOSE_SECONDS)
    if serving.done():
        await serving


async def _add_cogs(client: ParleyClient, settings: Settings, chat: ChatService, store: Store, missed: Missed) -> None:
    cogs: tuple[commands.Cog, ...] = (
        missed,
        Mentions(client, chat, settings.access, missed),
        Controls(client, chat, settings.access),
        Reset(settings.access, chat),
        Export(settings.access, store, now),
        Help(settings.access),
    )
    for cog in cogs:
        await client.add_cog(cog)


def _welcome(client: ParleyClient, access: AccessSettings) -> None:
    log.info("add me to a server: %s", client.invite)
    if client.is_public and open_to_strangers(access):
        log.warning(PUBLIC)


def rules_of(settings: Settings) -> ChatRules:
    """The service's rules. Raises ConfigError when the system prompt leaves no room for a question."""
    system = f"{settings.chat.system_prompt}\n\n{speakers.NOTE}".strip()
    needed = tokens.count(system) + 2 * MESSAGE_OVERHEAD + REPLY_PRIMER + _ROOM_FOR_A_QUESTION
    if needed > settings.prompt_tokens:
        problem = (
            f"chat.system_prompt needs {needed} tokens with a question, but {settings.prompt_tokens} is the budget: "
            "shorten it, or raise history.max_tokens"
        )
        raise ConfigError([problem])
    return ChatRules(
        system=system,
        prompt_tokens=settings.prompt_tokens,
        count=tokens.count,
        user_per_minute=settings.limits.user_per_minute,
        model_requests=settings.limits.model_requests,
        place_queue=settings.limits.place_queue,
        answer_within_seconds=settings.recovery.answer_within_seconds,
    )
