"""The page: this Discord in a browser. So far it only says that it is there, and who lives here."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from aiohttp import web

from bot.sandbox.driver.person import Person
from bot.sandbox.sandbox import Sandbox

_TRIES = 20


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message of the last request."""

    role: str
    content: str
    tokens: int


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One turn of the history as it is stored; `sent`: it stands in the last window."""

    author: str
    text: str
    state: str
    tokens: int
    sent: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What the model was sent last for a place, and the history of that place; `path` is the database's."""

    messages: Sequence[SentMessage]
    prompt_tokens: int
    cached_tokens: int
    budget: int
    dropped: int
    turns: Sequence[StoredTurn]
    path: str


class Inspector(Protocol):
    """Looks into the bot, of which the sandbox itself knows nothing."""

    async def seen(self, place_id: int) -> Seen | None:
        """Return what the model saw last of a place; None where nothing is known of it."""
        ...


class Page:
    """Serves the page on 127.0.0.1 while the context lasts; on the next free port when `port` is busy (`moved`)."""

    def __init__(
        self, box: Sandbox, people: Sequence[Person], *, inspector: Inspector | None = None, port: int = 8473
    ) -> None:
        self._box = box
        self._people = people
        self._inspector = inspector
        self._port = port
        app = web.Application()
        app.router.add_get("/", self._show)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        self.url = ""
        self.moved = False

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        for port in range(self._port, self._port + _TRIES) if self._port else [0]:
            try:
                await web.TCPSite(self._runner, "127.0.0.1", port).start()
            except OSError:
                if port == self._port + _TRIES - 1:
                    raise
                continue
            self.moved = port != self._port
            self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
            break
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _show(self, request: web.Request) -> web.Response:
        del request
        names = ", ".join(html.escape(person.name) for person in self._people)
        return web.Response(text=f"<!doctype html><title>Parley</title><p>{names}", content_type="text/html")
