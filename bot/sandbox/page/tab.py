"""A tab: one websocket, the person and the place that it looks at, and what it was shown so far.

What a tab sees is compared with what it was sent whenever something has changed, and only the difference goes out; so
nothing can be missed, whoever changed it. What it asks for is answered with `done` or `error`, by the number it gave.
"""

import asyncio
import logging
from contextlib import suppress

from aiohttp import WSMsgType, web

from bot.sandbox.changes import TookTooLongError
from bot.sandbox.discord.world.errors import ApiError, InvalidFormError
from bot.sandbox.driver.person import Person
from bot.sandbox.driver.responses import NoResponseError
from bot.sandbox.driver.surroundings import RefusedError
from bot.sandbox.page.acts import Acts
from bot.sandbox.page.frames import Ask, BadFrameError, read_ask
from bot.sandbox.page.inspector import Inspector, seen_payload
from bot.sandbox.page.scene import Scene
from bot.sandbox.page.view import View
from bot.sandbox.wire import Json, dumps

log = logging.getLogger(__name__)

MAX_FRAME = 12 * 1024 * 1024
"""Bytes of one frame from a browser: the files of a message come in it, as base64."""

_MAX_ASKED = 64
"""Things asked for at the same time; a person with a mouse has fewer."""

_PAUSE_SECONDS = 0.05
"""Between two looks at the world, so that a fast stream does not become as many frames."""

_INSPECTION_SECONDS = 0.2
_INSPECTOR_SECONDS = 30.0
_STEP = 100
"""Messages that a place shows at first, and more each time that older ones are asked for."""


class Tab:
    """Serves one browser tab until it is closed."""

    def __init__(self, socket: web.WebSocketResponse, scene: Scene) -> None:
        self._socket = socket
        self._scene = scene
        self._acts = Acts(scene)
        self._person = scene.people[0]
        self._view = View(scene, self._person)
        self._place_id: int | None = None
        self._most = _STEP
        self._sent: dict[str, object] = {}
        self._shown: dict[str, Json] = {}
        self._fresh = True
        self._watches = False
        self._turn = asyncio.Lock()
        self._asked: set[asyncio.Task[None]] = set()
        self._typing: list[Json] = []

    async def lives(self) -> None:
        """Show and listen, until the browser leaves."""
        await self._send(self._scene.hello())
        async with asyncio.TaskGroup() as group:
            showing = [group.create_task(self._shows()), group.create_task(self._inspects())]
            try:
                await self._listens(group)
            finally:
                for task in [*showing, *self._asked]:
                    task.cancel()

    def hears_typing(self, place_id: int, user_id: int) -> None:
        """Note that somebody types, to be told with the next look; a tab is told of its own place only."""
        if place_id == self._place_id and user_id != self._person.id:
            self._typing.append({"op": "typing", "place": str(place_id), "user": str(user_id)})

    async def _listens(self, group: asyncio.TaskGroup) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                await self._send(_error(None, "a frame is text"))
                continue
            try:
                ask = read_ask(message.data)
            except BadFrameError as error:
                await self._send(_error(None, str(error)))
                continue
            await self._takes(ask, group)

    async def _takes(self, ask: Ask, group: asyncio.TaskGroup) -> None:
        """Turn to what a tab looks at now at once, in order; what is done to the world may take its time."""
        if ask.op in {"look", "older", "watch"}:
            await self._answers(ask, self._person)
        elif len(self._asked) >= _MAX_ASKED:
            await self._send(_error(ask.number, "too much at once: wait for what is under way"))
        else:
            task = group.create_task(self._answers(ask, self._person))
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)

    async def _answers(self, ask: Ask, person: Person) -> None:
        try:
            more = await self._does(ask, person)
        except (BadFrameError, RefusedError) as error:
            await self._send(_error(ask.number, str(error)))
        except ApiError as error:
            await self._send(_error(ask.number, _worded(error)))
        except NoResponseError:
            await self._send(_error(ask.number, "The application did not respond"))
        except TookTooLongError:
            await self._send(_error(ask.number, "The application has not finished in time"))
        else:
            await self._send({"op": "done", "re": ask.number, **more})

    async def _does(self, ask: Ask, person: Person) -> Json:
        match ask.op:
            case "look":
                return self._looks(ask)
            case "older":
                self._most += _STEP
            case "watch":
                self._watches = ask.flag("on", default=True)
                self._sent.pop("seen", None)
            case op if (act := self._acts.table.get(op)) is not None:
                return await act(person, ask)
            case op:
                raise BadFrameError(f"nobody here knows how to {op[:40]!r}")
        self._scene.changes.notify()
        return {}

    def _looks(self, ask: Ask) -> Json:
        """Become somebody, or go somewhere; whoever does not see the place any more looks at none."""
        user_id, place_id = ask.id("person"), ask.optional_id("place")
        person = self._scene.person(user_id)
        if person is None:
            raise BadFrameError("there is no such person")
        place = None if place_id is None else self._scene.place(person, place_id)
        if person is not self._person:
            self._view = View(self._scene, person)
        self._person, self._place_id = person, place.id if place else None
        self._most, self._fresh = _STEP, True
        self._sent.clear()
        self._scene.changes.notify()
        return {}

    async def _shows(self) -> None:
        count = -1
        while not self._socket.closed:
            count = await self._scene.changes.after(count)
            for frame in self._differences():
                await self._send(frame)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _differences(self) -> list[Json]:
        """Return the frames that bring the tab up to date."""
        frames = [*self._changed("places", self._view.places())]
        typing, self._typing = self._typing, []
        if self._place_id is None:
            return frames
        try:
            place = self._scene.place(self._person, self._place_id)
        except ApiError:
            self._place_id = None
            return [*frames, {"op": "lost"}]
        here = {"place": str(place.id)}
        frames += self._changed("place", here | self._view.place(place))
        messages, older = self._view.messages(place, self._most)
        frames += self._changed_messages(here, messages, older=older)
        return frames + typing

    def _changed(self, op: str, body: Json) -> list[Json]:
        if self._sent.get(op) == body:
            return []
        self._sent[op] = body
        return [{"op": op, **body}]

    def _changed_messages(self, here: Json, messages: dict[str, Json], *, older: bool) -> list[Json]:
        before = {} if self._fresh else self._shown
        changed = [one for key, one in messages.items() if before.get(key) != one]
        gone = [key for key in before if key not in messages]
        frame = {"op": "messages", **here, "fresh": self._fresh, "changed": changed, "gone": gone, "older": older}
        news = self._fresh or changed or gone or self._sent.get("older") != older
        self._shown, self._fresh, self._sent["older"] = messages, False, older
        return [frame] if news else []

    async def _inspects(self) -> None:
        """Tell what the model saw, some moments after anything changed."""
        count = -1
        while not self._socket.closed:
            count = await self._scene.changes.after(count)
            await asyncio.sleep(_INSPECTION_SECONDS)
            if self._watches and self._place_id is not None and self._scene.inspector is not None:
                await self._tells(self._scene.inspector, self._place_id)

    async def _tells(self, inspector: Inspector, place_id: int) -> None:
        try:
            async with asyncio.timeout(_INSPECTOR_SECONDS):
                seen = seen_payload(await inspector.seen(place_id))
        except Exception:  # the inside of a bot is foreign to the page, and what fails there must not close the tab
            log.exception("the inspector failed for place %s", place_id)
            seen = None
        for frame in self._changed("seen", {"place": str(place_id), "seen": seen}):
            await self._send(frame)

    async def _send(self, body: Json) -> None:
        with suppress(ConnectionError):  # the browser is gone, which the listening notices
            async with self._turn:
                await self._socket.send_str(dumps(body).decode())


def _error(number: int | None, text: str) -> Json:
    return {"op": "error", "re": number, "text": text}


def _worded(error: ApiError) -> str:
    """Say what Discord would say, with the fields it would name."""
    if not isinstance(error, InvalidFormError):
        return error.message
    return "; ".join(text for _, text in error.errors.values()) or error.message
