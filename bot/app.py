"""The composition root: opens the store, the models and the Discord client, has them wired, and closes them in order."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bot.chat import tokens
from bot.chat.access import open_to_strangers
from bot.chat.choices import ON, ChoiceName
from bot.chat.ports.alerts import Alert, Alerts
from bot.chat.ports.store import Store
from bot.chat.profiles import Profiles
from bot.config import AccessSettings, Current, Settings, ShutdownSettings, Source, follow
from bot.export.temporary_folder import TemporaryFolder
from bot.gateway.client import ParleyClient
from bot.gateway.clock import DiscordClock
from bot.gateway.command_sync import sync_commands
from bot.gateway.invite import invite_link, is_public
from bot.gateway.late_interactions import ignore_late_interactions
from bot.gateway.login import logged_in
from bot.gateway.owner_alerts import OwnerAlerts
from bot.llm.client import connected
from bot.llm.configured import profiles_of
from bot.llm.daily_look import look_daily
from bot.llm.servers import servers_of
from bot.providers import OpenModel, Providers
from bot.reply import bounded
from bot.reply.pace import Pace
from bot.resources import Resources
from bot.store.sqlite.lock import locked
from bot.store.sqlite.store import opened
from bot.store.sqlite.watch import watched
from bot.wiring import Bot, wire

log = logging.getLogger(__name__)

_CLOSE_SECONDS: Final = 5.0
PUBLIC: Final = (
    "this bot is public: anybody may add it to a server and spend your key; turn off “Public Bot” in the developer portal, "
    "or set access.allow_guilds and access.dms = false"
)


OpenStore = Callable[[Path, Alerts], AbstractAsyncContextManager[Store]]


@dataclass(frozen=True, slots=True)
class Adapters:
    """The functions that open the store and a server of models. Wrap one to observe its traffic or to inject failures."""

    store: OpenStore = opened
    model: OpenModel = connected


STANDARD: Final = Adapters()


async def run(
    settings: Settings, stop: asyncio.Event, adapters: Adapters = STANDARD, source: Source | None = None
) -> None:
    """Run the bot until `stop` is set or Discord refuses it. Raises ConfigError, StoreError or DiscordError.

    Changes of the configuration in `source` are taken over while it runs; None: there is none.
    When `stop` is set during the start, the start is cancelled at once. Later, answers in flight get time to finish.
    """
    serving = asyncio.Event()
    running = asyncio.create_task(_run(settings, stop, serving, adapters, source), name="bot")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not serving.is_set():
        running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    log.info("stopped")


async def _run(
    settings: Settings, stop: asyncio.Event, serving: asyncio.Event, adapters: Adapters, source: Source | None
) -> None:
    current = Current(settings)
    profiles = Current(await asyncio.to_thread(profiles_of, settings))

    # Loading the tokenizer (in a thread) and logging in (on the network) are both slow, so they run at the same time.
    loading = asyncio.create_task(asyncio.to_thread(tokens.load), name="tokenizer")
    try:
        with locked(settings.history.path):
            async with _open(current, adapters) as resources:
                client = resources.client
                bot = await wire(current, profiles, resources)
                apply = partial(_apply, current, profiles, resources.providers)
                await loading
                await sync_commands(client, resources.store.facts)
                _log_invite(client, settings.access)
                await bot.opting_out.finish()
                await bot.recovery.start()
                serving.set()
                remembering = asyncio.create_task(bot.catch_up.remember(), name="seen")
                watching = asyncio.create_task(watched(settings.history.path), name="database file")
                looking = look_daily(lambda: servers_of(current.value).values(), resources.alerts)
                beside = [remembering, watching, asyncio.create_task(looking, name="list of models")]
                if source is not None:
                    beside.append(asyncio.create_task(follow(source, current, apply), name="configuration"))
                try:
                    await _serve(resources, bot, stop, watching, current.part(lambda settings: settings.shutdown))
                finally:
                    for task in beside:
                        task.cancel()
                    await asyncio.wait(beside)
    finally:
        await asyncio.gather(loading, return_exceptions=True)


async def _apply(
    current: Current[Settings], profiles: Current[Profiles], providers: Providers, changed: Settings
) -> None:
    """Let changed settings hold from the next question on. Raises ConfigError, and changes nothing then."""
    found = await asyncio.to_thread(profiles_of, changed)
    await providers.follow(changed)
    profiles.value, current.value = found, changed


@asynccontextmanager
async def _open(current: Current[Settings], adapters: Adapters) -> AsyncGenerator[Resources, None]:
    settings = current.value
    alerts = OwnerAlerts(current.part(lambda settings: settings.alerts))
    pace, clock = Pace(), DiscordClock()
    trace = pace.tracing()
    clock.follow(trace)
    bounded.follow(trace)
    exports = TemporaryFolder.beside(settings.history.path)
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(exports.clear)
        stack.push_async_callback(asyncio.to_thread, exports.clear)
        store = await stack.enter_async_context(adapters.store(settings.history.path, alerts))
        providers = Providers(adapters.model, current.part(lambda settings: settings.limits), store.facts, stack)
        await providers.follow(settings)
        choices = await store.choices.all()
        follows = any(choice.key.name is ChoiceName.FOLLOW and choice.value == ON for choice in choices)
        needs_content = settings.needs_content or follows
        client = await stack.enter_async_context(
            logged_in(settings.discord, trace, alerts, needs_content=needs_content)
        )
        ignore_late_interactions(client, clock)
        await stack.enter_async_context(alerts.delivered(client, store.facts, clock))
        yield Resources(store, providers, client, alerts, exports, pace, clock)


async def _serve(
    resources: Resources,
    bot: Bot,
    stop: asyncio.Event,
    watching: asyncio.Task[None],
    shutdown: Current[ShutdownSettings],
) -> None:
    """Stay connected until `stop` is set, then let answers in flight finish before the client closes.

    Raises DiscordError, and the StoreError with which `watching` ends. Then answers in flight get no time: they cannot be kept.
    """
    client = resources.client
    serving = asyncio.create_task(client.serve(), name="gateway")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({serving, stopping, watching}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        grace_seconds = 0.0 if watching.done() else shutdown.value.grace_seconds
        if bot.lanes.busy:
            log.info("stopping: %s answers in flight get %g s", bot.lanes.busy, grace_seconds)
        await bot.lanes.drain(grace_seconds)
        await bot.late_writes.close()
        await bot.showing.close()
        if watching.done():
            resources.alerts.tell(Alert.DATABASE_DAMAGED)
        await resources.alerts.drain()
        await client.close()
        await asyncio.wait({serving}, timeout=_CLOSE_SECONDS)
    if watching.done():
        await watching
    if serving.done():
        await serving


def _log_invite(client: ParleyClient, access: AccessSettings) -> None:
    log.info("add me to a server: %s", invite_link(client))
    if is_public(client) and open_to_strangers(access):
        log.warning(PUBLIC)
