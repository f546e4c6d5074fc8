"""Fakes of the ports to Discord beside messages: roles, hindrances, categories, and what threads began with."""

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from bot.chat.places import Place
from bot.chat.ports.beginnings import Beginning
from bot.chat.ports.hindrances import Hindrance
from bot.chat.ports.roles import RolesUnknown


class Members:
    """The roles that people have, by id; `unknown` while they cannot be looked up. `looked_up` are the people asked for."""

    def __init__(self) -> None:
        self.of_people: dict[int, frozenset[int]] = {}
        self.unknown = False
        self.looked_up: list[int] = []

    async def of(self, person_id: int, among: AbstractSet[int]) -> frozenset[int]:
        """See the port."""
        self.looked_up.append(person_id)
        if self.unknown:
            raise RolesUnknown("nobody answers")
        return self.of_people.get(person_id, frozenset()) & among


class Locks:
    """The hindrances that keep the bot from writing, by place. `looked_at` is called at each look."""

    def __init__(self) -> None:
        self.of_places: dict[int, Hindrance] = {}
        self.looked_at: Callable[[], object] = lambda: None

    def of(self, place: Place) -> Hindrance | None:
        """See the port."""
        self.looked_at()
        return self.of_places.get(place.id)


class Categories:
    """The categories of channels, by the channel's id."""

    def __init__(self) -> None:
        self.of_channels: dict[int, int] = {}
        self.on_discord: dict[int, int] = {}

    def of(self, place: Place) -> int | None:
        """See the port."""
        return self.of_channels.get(place.parent_id or place.id)

    async def look_up(self, place: Place) -> None:
        """See the port."""
        self.of_channels |= self.on_discord


class Starts:
    """The beginnings of threads by their ids. `looked_up` are those that were asked for."""

    def __init__(self) -> None:
        self.of_threads: dict[int, Beginning] = {}
        self.looked_up: list[tuple[int, int]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def of(self, place: Place, key: int = 0, asker_id: int = 0) -> Beginning:
        """See the port."""
        self.looked_up.append((place.id, key))
        await self.gate.wait()
        return self.of_threads.get(place.id, Beginning())


class OpenedThreads:
    """The threads that were opened on answers: the message, and the question that names the thread."""

    def __init__(self) -> None:
        self.opened: list[tuple[int, str]] = []

    async def after_answer(self, place: Place, message_id: int, question: str) -> None:
        """See the port."""
        self.opened.append((message_id, question))
