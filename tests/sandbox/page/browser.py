"""A client of the page's websocket: a tab that keeps the frames that it was sent and the messages that it shows."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp

from bot.sandbox import Channel, Person

Frame = dict[str, Any]
T = TypeVar("T")


class Refused(Exception):
    """The page answered with an error."""


class Browser:
    """One tab. `messages` are those that it shows, by id; `frames` everything that came."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self.messages: dict[str, Frame] = {}
        self.place: str | None = None
        self._number = 0
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def look(self, person: Person, place: Channel | None = None) -> None:
        """Choose a person and a place, and wait until the tab shows them."""
        self.place = None if place is None else str(place.id)
        await self.ask("look", person=str(person.id), place=self.place)
        if place is not None:
            await self.told("messages", lambda frame: frame["fresh"] and frame["place"] == self.place)

    async def ask(self, op: str, **more: object) -> Frame:
        """Ask and wait for the answer. Raises Refused."""
        number = await self.begin(op, **more)
        return await self.answered(number)

    async def begin(self, op: str, **more: object) -> int:
        """Ask, and return the number that the answer will have."""
        self._number += 1
        await self.socket.send_json({"op": op, "re": self._number, "place": self.place} | more)
        return self._number

    async def answered(self, number: int) -> Frame:
        """Wait for an answer. Raises Refused."""
        frame = await self.sees(lambda: next((one for one in self.frames if one.get("re") == number), None))
        if frame["op"] == "error":
            raise Refused(frame["text"])
        return frame

    async def told(self, op: str, where: Callable[[Frame], bool] = lambda _: True) -> Frame:
        """Wait for a frame, one of the past included; the newest is returned."""
        return await self.sees(
            lambda: next((one for one in reversed(self.frames) if one["op"] == op and where(one)), None)
        )

    async def shows(self, text: str) -> Frame:
        """Wait until a message shows a text, and return it."""
        return await self.sees(lambda: next((one for one in self.messages.values() if text in one["content"]), None))

    async def changes(self, message: Frame) -> Frame:
        """Wait until a message that is shown is another than this, and return it."""
        await self.sees(lambda: self.messages[message["id"]] != message)
        return self.messages[message["id"]]

    async def sees(self, condition: Callable[[], T | None]) -> T:
        """Wait until something is true of what was told."""
        async with asyncio.timeout(30), self._changed:
            while not (found := condition()):
                await self._changed.wait()
            return found

    async def ends(self) -> None:
        """Wait until the server has closed the tab's connection."""
        await asyncio.wait_for(asyncio.shield(self._reading), 30)

    async def close(self) -> None:
        """Close the tab."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        await self.socket.close()

    async def _read(self) -> None:
        async for message in self.socket:
            frame = json.loads(message.data)
            async with self._changed:
                self.frames.append(frame)
                if frame["op"] == "messages":
                    self._take(frame)
                self._changed.notify_all()

    def _take(self, frame: Frame) -> None:
        if frame["fresh"]:
            self.messages = {}
        for key in frame["gone"]:
            del self.messages[key]
        self.messages |= {one["id"]: one for one in frame["changed"]}
