"""The page's server: a port on loopback, the files, and a websocket for each tab."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from aiohttp import WSCloseCode, web

from bot.sandbox.discord.world.intents import Intent
from bot.sandbox.discord.world.world import Event
from bot.sandbox.driver.person import Person
from bot.sandbox.page.files import Files
from bot.sandbox.page.guard import Guard
from bot.sandbox.page.inspector import Inspector
from bot.sandbox.page.scene import Scene
from bot.sandbox.page.tab import MAX_FRAME, Tab
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.wire import Loopback

PORT = 8473
_NEIGHBOURS = 20
"""How many ports are tried from the wanted one on, before the system may choose."""

_BEAT_SECONDS = 20.0
_CLOSE_SECONDS = 1.0


class Page:
    """Serves the page of a sandbox while the context lasts; `people` are those whom a visitor can be.

    `moved` tells that `port` was busy and another one was taken.
    """

    def __init__(
        self, box: Sandbox, people: Sequence[Person], *, inspector: Inspector | None = None, port: int = PORT
    ) -> None:
        self._scene = Scene(box.discord, people, inspector)
        self._wanted = port
        self._guard = Guard()
        self._tabs: dict[Tab, web.WebSocketResponse] = {}
        ports = [one for one in range(port, port + _NEIGHBOURS) if 0 < one < 1 << 16] if port else []
        self._loopback = Loopback(self._mounted(), self._scene.world.failures, [*ports, 0])
        self.url = ""
        self.moved = False

    async def __aenter__(self) -> Self:
        await self._loopback.__aenter__()
        port = self._loopback.port
        self.url = f"{self._loopback.origin}/"
        self.moved = self._wanted not in {0, port}
        self._guard.opens(port, self._scene.world.origin)
        self._scene.world.listeners.append(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scene.world.listeners.remove(self)
        await self._loopback.__aexit__(kind, error, trace)

    def announce(self, event: Event) -> None:
        """Pass on that somebody types; everything else a tab sees by looking at the world."""
        if event.name == "TYPING_START":
            body = event.payload(Intent.NONE)
            for tab in self._tabs:
                tab.hears_typing(int(body["channel_id"]), int(body["user_id"]))

    def _mounted(self) -> web.Application:
        app = web.Application(middlewares=[self._guard.check])
        app.on_shutdown.append(self._say_goodbye)
        app.router.add_get("/socket", self._serve)
        Files(self._scene.world, self._scene.inspector).mount(app)
        return app

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(timeout=_CLOSE_SECONDS, heartbeat=_BEAT_SECONDS, max_msg_size=MAX_FRAME)
        await socket.prepare(request)
        tab = Tab(socket, self._scene)
        self._tabs[tab] = socket
        try:
            await tab.lives()
        finally:
            del self._tabs[tab]
        return socket

    async def _say_goodbye(self, app: web.Application) -> None:
        del app
        sockets = list(self._tabs.values())
        await asyncio.gather(*(one.close(code=WSCloseCode.GOING_AWAY, message=b"stopped") for one in sockets))
