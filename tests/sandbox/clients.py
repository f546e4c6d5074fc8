"""Clients for these tests: discord.py with a record of its events, and plain HTTP for what discord.py never sends."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import discord

T = TypeVar("T")


class RecordingClient(discord.Client):
    """A discord.py client that remembers every event it dispatched."""

    def __init__(
        self,
        *,
        intents: discord.Intents,
        heartbeat_timeout: float = 60.0,
        shard_id: int | None = None,
        shard_count: int | None = None,
    ) -> None:
        super().__init__(
            intents=intents,
            guild_ready_timeout=0.05,
            enable_debug_events=True,
            heartbeat_timeout=heartbeat_timeout,
            shard_id=shard_id,
            shard_count=shard_count,
        )
        self.seen: list[tuple[str, tuple[object, ...]]] = []
        self._bell = asyncio.Event()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify again at once; discord.py's own hook waits for 5 seconds."""

    def dispatch(self, event: str, /, *args: object, **kwargs: object) -> None:
        """Remember the event, then go on as usual."""
        self.seen.append((event, args))
        self._bell.set()
        super().dispatch(event, *args, **kwargs)

    def all(self, event: str, kind: type[T], where: Callable[[T], bool] = lambda _: True) -> list[T]:
        """Return the last argument of each such event so far, where it is of that kind."""
        found = [args[-1] for name, args in self.seen if name == event and args]
        return [one for one in found if isinstance(one, kind) and where(one)]

    async def sees(self, event: str, kind: type[T], where: Callable[[T], bool] = lambda _: True) -> T:
        """Wait for an event, one of the past included, and return its last argument."""
        await self._until(lambda: bool(self.all(event, kind, where)))
        return self.all(event, kind, where)[0]

    async def happens(self, event: str, times: int = 1) -> None:
        """Wait until an event was dispatched so many times."""
        await self._until(lambda: sum(name == event for name, _ in self.seen) >= times)

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self._bell.clear()
                await self._bell.wait()


@dataclass(frozen=True)
class Reply:
    """A REST response."""

    status: int
    body: Any
    headers: Any

    @property
    def faults(self) -> dict[str, str]:
        """The bad fields of a 50035, each path with its code; empty for any other response."""
        return dict(_faults(self.body.get("errors", {}), ()))


def _faults(errors: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key, value in errors.items():
        if key == "_errors":
            yield ".".join(path), value[0]["code"]
        else:
            yield from _faults(value, (*path, key))


class Rest:
    """Plain HTTP to the sandbox's REST base, as the bot or as a stranger."""

    def __init__(self, session: aiohttp.ClientSession, base: str, token: str) -> None:
        self._session = session
        self._base = base
        self._token = token

    async def __call__(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        token: str | None = None,
        form: aiohttp.FormData | None = None,
    ) -> Reply:
        """Send one request and read its answer."""
        headers = {"Authorization": f"Bot {self._token if token is None else token}"}
        async with self._session.request(method, self._base + path, json=json, data=form, headers=headers) as response:
            is_json = response.headers.get("Content-Type") == "application/json"
            body = await response.json() if is_json else await response.text()
            return Reply(response.status, body, response.headers)
