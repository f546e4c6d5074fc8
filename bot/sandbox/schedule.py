"""Schedules: which of the coming requests meet what was ordered for them.

The same for both servers: so many calls, a share of the calls, or the moment at which a condition holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Generic, TypedDict, TypeVar

Request = TypeVar("Request")
Fate = TypeVar("Fate")


class Selection(TypedDict, Generic[Request], total=False):
    """Which requests meet a fault: how many (None: all; else the next one), which share of them, at which of them."""

    times: int | None
    share: float
    when: Callable[[Request], bool]


@dataclass(eq=False, slots=True)
class Order(Generic[Request, Fate]):
    """An ordered behaviour: for whom, and how often still."""

    fate: Fate
    left: int | None
    share: float
    when: Callable[[Request], bool]
    chance: Random

    def meets(self, request: Request) -> bool:
        """Tell whether a request meets it. A share is drawn for every request that could."""
        return self.when(request) and (self.share >= 1 or self.chance.random() < self.share)


class Schedule(Generic[Request, Fate]):
    """Orders in waiting, the oldest first.

    A seed repeats a run: each order draws its share from a generator of its own, so that a draw depends only on how many
    requests that order has looked at, not on what else goes on.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._added = 0
        self._orders: list[Order[Request, Fate]] = []

    def add(
        self,
        fate: Fate,
        *,
        times: int | None = 1,
        share: float = 1.0,
        when: Callable[[Request], bool] = lambda _: True,
    ) -> None:
        """Let the next `times` requests (None: all from now on) for which `when` holds meet a fate.

        With a `share` below 1, each of those requests meets it with that probability, and only then counts. Raises
        ValueError for a number of times or a share that cannot be.
        """
        if times is not None and times < 0:
            raise ValueError(f"times={times}: a number of requests, or None for all from now on")
        if not 0 <= share <= 1:
            raise ValueError(f"share={share}: a part of the requests, from 0 to 1")
        self._added += 1
        if times == 0:
            return
        chance = Random(f"{self._seed}/{self._added}")  # noqa: S311 - nothing secret is drawn
        self._orders.append(Order(fate, times, share, when, chance))

    def clear(self) -> None:
        """Forget every order."""
        self._orders.clear()

    def next(self, request: Request) -> Fate | None:
        """Return what a request meets, if anything."""
        order = self.due(request)
        return None if order is None else self.use(order)

    def due(self, request: Request) -> Order[Request, Fate] | None:
        """Return the order that a request is to meet, if any. It counts only when it is used."""
        return next((order for order in self._orders if order.meets(request)), None)

    def use(self, order: Order[Request, Fate]) -> Fate:
        """Count a request that meets an order, and return what it meets."""
        if order.left is not None:
            order.left -= 1
            if not order.left:
                self._orders.remove(order)
        return order.fate
