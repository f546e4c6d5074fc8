"""The reconnect loop: pauses after a lost connection, then resumes its session or begins a new one.

It takes the place of discord.py's own loop (`Client.connect` of 2.7), which waits up to 17 minutes after a longer time without
network, asks a gateway that no longer exists for ever, and asks without a pause to resume a session that had not begun.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import discord

from bot.chat.ports.alerts import Alert, Alerts
from bot.gateway.discord_internals import Session, end_session, fetch_gateway, listen, session_of
from bot.gateway.refusals import FINAL_CLOSES, UNREACHABLE
from bot.gateway.session_starts import SessionStarts, start_limit

log = logging.getLogger(__name__)

PAUSES_SECONDS: Final = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
"""The longest pause after the first, second, ... failure in a row; the last one holds for all further failures."""
_LEAST_SHARE: Final = 0.5
"""Each pause is a random share of its longest, at least this one, so that many bots do not come back in the same moment."""
SETTLED_SECONDS: Final = 60.0
"""A session that lasted longer than this ends a row of short sessions."""
RESUMES: Final = 3
"""Failures in a row after which a new session is begun: the gateway of the old one may be gone. Catching up fetches the rest."""
_ASK_SECONDS: Final = 5.0
"""How long Discord may take to say how many sessions may still be begun."""


class Backoff:
    """Counts failures in a row; from their number follow the pause before the next connection and whether it resumes.

    A session that Discord began or resumed ends the row of connections that were refused before it. When it breaks soon, it
    counts with the short sessions before it, so that a gateway which drops each session at once is not asked without pauses.
    """

    def __init__(
        self, pauses_seconds: Sequence[float] = PAUSES_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._refused = 0
        self._short = 0
        self._pauses_seconds = pauses_seconds
        self._clock = clock
        self._ready_since: float | None = None

    def connecting(self) -> None:
        """Record that a connection is being tried."""
        self._ready_since = None

    def ready(self) -> None:
        """Record that Discord began or resumed a session on the connection."""
        self._ready_since = self._clock()
        self._refused = 0

    def failed(self) -> None:
        """Count a connection that was refused, or a session that broke; one that had lasted begins a new row."""
        if self._ready_since is None:
            self._refused += 1
        elif self._clock() - self._ready_since > SETTLED_SECONDS:
            self._short = 1
        else:
            self._short += 1

    @property
    def failures(self) -> int:
        """The number of failures in a row."""
        return self._refused + self._short

    @property
    def resumes(self) -> bool:
        """Whether the next connection may resume the session, after at least one failure."""
        return self.failures <= RESUMES

    def pause_seconds(self) -> float:
        """Draw the pause before the next connection, after at least one failure, in seconds."""
        longest = self._pauses_seconds[min(self.failures, len(self._pauses_seconds)) - 1]
        return longest * random.uniform(_LEAST_SHARE, 1)  # noqa: S311 -- no secret


async def stay_connected(
    client: discord.Client, closing: asyncio.Event, backoff: Backoff, starts: SessionStarts, alerts: Alerts
) -> None:
    """Keep `client` connected until it is closed; `closing` ends a pause. Raises discord.ConnectionClosed for a final close."""
    session: Session = {}
    while not client.is_closed():
        if not session:
            await _wait_to_begin(client, closing, starts, alerts)
        if closing.is_set():
            return
        backoff.connecting()
        session = await _until_broken(client, session)
        if client.is_closed():
            return
        client.dispatch("disconnect")
        backoff.failed()
        if not backoff.resumes:
            session = {}
        if pause := backoff.pause_seconds():
            log.info("reconnecting in %.1f s", pause)
            await _pause(closing, pause)


async def _wait_to_begin(client: discord.Client, closing: asyncio.Event, starts: SessionStarts, alerts: Alerts) -> None:
    """Ask Discord how many sessions may still be begun, and wait as long as it takes to make them last."""
    if not starts.is_told:
        with suppress(Exception):  # also an answer of another shape; then our own count has to do
            async with asyncio.timeout(_ASK_SECONDS):
                _, told = await fetch_gateway(client)
            if (limit := start_limit(told)) is not None:
                starts.told(limit)
    if pause := starts.pause_seconds():
        alerts.tell(Alert.TOKEN_AT_RISK)
        log.warning(
            "Discord lets me begin %s more sessions in the next %.1f h, and would reset the token after them: "
            "the next begins in %.0f s",
            starts.remaining,
            starts.seconds_to_reset / 3600,
            pause,
        )
        await _pause(closing, pause)


async def _pause(closing: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await closing.wait()


async def _until_broken(client: discord.Client, session: Session) -> Session:
    """Connect and listen until the connection breaks; returns the session to resume, empty where there is none."""
    before = client.ws
    try:
        resumable = await listen(client, session)
    except discord.ConnectionClosed as closed:
        if closed.code in FINAL_CLOSES:
            raise
        resumable = True
    except (*UNREACHABLE, discord.HTTPException) as error:
        log.warning("Discord's gateway cannot be reached (%s)", type(error).__name__)
        resumable = True
    except Exception:
        log.exception("an event of Discord's could not be read")
        await end_session(client)  # a resume would bring a frame that could not be decoded once more
        return {}
    if not resumable:
        return {}
    return session if client.ws is before else session_of(client)
