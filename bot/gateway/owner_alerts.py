"""Sends alerts to the application's owner as direct messages: one for each kind and day (UTC).

`tell` only notes the kind; one task sends, so that no answer waits for it. The day is stored behind the send: a crash in between
sends the message once more, unless Discord still knows its nonce, which it forgets after some minutes. A message that the owner's
settings refuse counts as sent until the next start. One that cannot be delivered otherwise is sent when its failure occurs again.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final

import aiohttp
import discord

from bot.chat.ports.alerts import Alert
from bot.chat.ports.clock import Clock
from bot.chat.ports.facts import Facts
from bot.config import AlertSettings, Current
from bot.errors import StoreError
from bot.gateway.texts import ALERTS

log = logging.getLogger(__name__)

_SEND_SECONDS: Final = 30.0
_DRAIN_SECONDS: Final = 3.0
"""How long a bot that stops waits for alerts that are not sent yet."""
_AGAIN_MS: Final = 600_000
"""The least time between two tries to send an alert that could not be delivered."""
_UNREACHABLE: Final = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)


class OwnerAlerts:
    """Implements `chat.ports.alerts.Alerts`. Alerts that are told before the delivery begins wait for it."""

    def __init__(self, settings: Current[AlertSettings]) -> None:
        self._settings = settings
        self._waiting: dict[Alert, None] = {}
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def tell(self, alert: Alert) -> None:
        """See `Alerts.tell`."""
        if self._settings.value.owner:
            self._waiting[alert] = None
            self._idle.clear()
            self._changed.set()

    async def drain(self, seconds: float = _DRAIN_SECONDS) -> None:
        """Wait until everything told so far was sent or given up, at most this long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()

    @asynccontextmanager
    async def delivered(self, client: discord.Client, facts: Facts, clock: Clock) -> AsyncGenerator[None]:
        """Send alerts while the context lasts, and those that wait at its end if the client is still open."""
        sending = asyncio.create_task(self._send_all(_Letters(client, facts, clock)), name="alerts")
        try:
            yield
        finally:
            if not client.is_closed():
                await self.drain()
            sending.cancel()
            await asyncio.wait({sending})

    async def _send_all(self, letters: "_Letters") -> None:
        while True:
            self._changed.clear()
            while self._waiting:
                alert = next(iter(self._waiting))
                try:
                    await letters.send(alert)
                except Exception:
                    log.exception("the owner could not be told (%s)", alert)
                self._waiting.pop(alert, None)
            self._idle.set()
            await self._changed.wait()


class _Letters:
    """The messages of the day. `_not_before` holds when a kind may be sent again, in milliseconds since 1970 UTC."""

    def __init__(self, client: discord.Client, facts: Facts, clock: Clock) -> None:
        self._client = client
        self._facts = facts
        self._clock = clock
        self._told: dict[Alert, str] = {}
        self._not_before: dict[Alert, int] = {}

    async def send(self, alert: Alert) -> None:
        """Send the message of a kind, unless it was sent today or failed a short time ago."""
        now = self._clock()
        day = datetime.fromtimestamp(now / 1000, UTC).date().isoformat()
        if self._told.get(alert) == day or now < self._not_before.get(alert, 0):
            return
        if await self._recall(alert) == day:
            self._told[alert] = day
            return
        self._not_before[alert] = now + _AGAIN_MS
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                await self._deliver(alert, day)
        except (discord.Forbidden, discord.NotFound) as error:
            self._told[alert] = day
            log.warning(
                "the owner takes no direct message of mine, so nobody was told (%s, code %s)", alert, error.code
            )
        except _UNREACHABLE as error:
            log.warning("the owner could not be told yet (%s, %s)", alert, type(error).__name__)
        else:
            self._told[alert] = day
            log.info("the owner was told (%s)", alert)
            await self._remember(alert, day)

    async def _deliver(self, alert: Alert, day: str) -> None:
        application = await self._client.application_info()
        owner = application.owner.id
        if application.team is not None:  # `owner` is then an account that stands for the team
            owner = application.team.owner_id or owner
        channel = await self._client.create_dm(discord.Object(owner))
        await channel.send(ALERTS[alert], nonce=f"{alert}-{day}"[-25:])

    async def _recall(self, alert: Alert) -> str | None:
        with suppress(StoreError):  # the store itself may be what failed
            return await self._facts.recall(_key(alert))
        return None

    async def _remember(self, alert: Alert, day: str) -> None:
        try:
            await self._facts.remember(_key(alert), day)
        except StoreError as error:
            log.warning("it could not be stored that the owner was told (%s): %s", alert, error)


def _key(alert: Alert) -> str:
    """Return the key of the fact that holds the day on which the owner was last told of a kind."""
    return f"alert {alert}"
