"""The slots of one provider: how many requests it is sent at a time, and which of them may wait for another one in its server.

A server may answer fewer requests at a time than it is sent, and keep the others waiting without a sign (llama.cpp and Ollama
do). A request that waits there behind our own answers is not late. So `Slot.could_begin` tells since when the server could have
been working on a request.

A server that answers one request at a time is recognised by five requests whose first text came only after the answer in front
of them had ended, while no two answers were ever written at the same time. It is then sent one request at a time, so that the
others wait here, where they can be stopped and cost nothing. That is learnt for seven days (`learnt.py`), and forgotten as soon
as two answers are written at the same time. To see whether they are, every sixteenth request may have another one beside it:
a server that thinks without a sign may only have looked like one with a single slot.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from bot.chat.fair_queue import FairQueue, Requester
from bot.chat.learnt import Learnt, ServerIdentity
from bot.chat.ports.clock import Clock
from bot.chat.ports.facts import Facts
from bot.config import Current, LimitSettings

log = logging.getLogger(__name__)

_PROOFS: Final = 5
"""Requests that must have waited for another answer before a server counts as one that answers one at a time. A server that
answers several, each after thoughts without a sign, looks so by chance: about one wait in three, so three were too few."""
_PROBE_REQUESTS: Final = 16
"""Of so many requests to a server that is sent one at a time, one may have another beside it."""
_PROVING_SECONDS: Final = 1.0
"""A shorter wait behind another answer proves nothing: the server may just have been about to begin."""
_PROVING_SHARE: Final = 2.0
"""A wait proves something when it was so many times as long as the wait for the first text after the other answer's end."""
ANY_MODEL: Final = "any model"
"""The name under which is learnt what holds for all models of a server."""


@dataclass(frozen=True, slots=True)
class ServerSlots:
    """How many requests a server answers at a time, as far as that is known."""

    one_at_a_time: bool = False

    def described(self) -> list[str]:
        """Return what is known in words, a line for each fact."""
        return ["is sent one request at a time: set limits.model_requests = 1"] if self.one_at_a_time else []

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """See `Learnable.read`."""
        return cls(fields.get("one_at_a_time") is True)

    def fields(self) -> dict[str, Any]:
        """See `Learnable.fields`."""
        return asdict(self)

    def differs(self, stored: Self) -> bool:
        """See `Learnable.differs`."""
        return self != stored


LearntSlots = Learnt[ServerSlots]


def learnt_slots(facts: Facts | None, server: ServerIdentity, clock: Clock) -> LearntSlots:
    """Return what is known of the slots of a server."""
    return Learnt("slots", ServerSlots(), facts, server, clock)


@dataclass(slots=True, eq=False)
class Slot:
    """One request in its slot. Times are the event loop's, in seconds.

    `since` is when the server could first have worked on it, `queued` whether it had to wait for its slot, `waited` how long it
    has waited behind answers in writing since then, and `writing_since` when its first text or thought came.
    """

    slots: "Slots"
    sent_at: float
    since: float
    queued: bool
    waited: float = 0.0
    writing_since: float | None = None
    excused: bool = False
    """Whether it was granted more time for a request in front of it that ended without a sign. It is granted once."""

    def could_begin(self) -> float | None:
        """Return since when the server could have worked on this request; None while it may wait behind our own answers."""
        return None if self.slots.all_writing else self.since

    def heard(self) -> None:
        """Record that the server has sent a sign of its answer."""
        if self.writing_since is None:
            self.slots.begun(self)


class Slots:
    """The slots of one server: `limits.model_requests` of them, `limits.user_requests` for the questions of each person."""

    def __init__(self, limits: Current[LimitSettings], learnt: LearntSlots) -> None:
        self._limits = limits
        self._learnt = learnt
        self._running: list[Slot] = []
        self._queue = FairQueue(self._most, lambda: limits.value.user_requests)
        self._most_writing = 1
        self._proofs = 0
        self._alone = 0  # requests since the last probe
        self._probing = False
        self._unsaved = False
        self.one_at_a_time = False
        """Whether the server is known to answer one request at a time."""

    @property
    def all_writing(self) -> bool:
        """Whether as many answers are being written as were ever written at the same time."""
        return self._writing >= self._most_writing

    def _most(self) -> int:
        most = self._limits.value.model_requests
        return min(most, 2 if self._probing else 1) if self.one_at_a_time else most

    @property
    def _writing(self) -> int:
        return sum(slot.writing_since is not None for slot in self._running)

    @asynccontextmanager
    async def taken(self, requester: Requester) -> AsyncGenerator[Slot, None]:
        """Wait for a slot and take it for the context. Raises StoreError."""
        if not self._unsaved:
            self.one_at_a_time = (await self._learnt.of(ANY_MODEL)).one_at_a_time
        async with self._queue.turn(requester) as queued:
            self._probe_now_and_then()
            now = asyncio.get_running_loop().time()
            slot = Slot(self, now, now, queued)
            self._running.append(slot)
            try:
                yield slot
            finally:
                self._ended(slot)

    async def learn(self) -> None:
        """Store what was learnt since the last call. Raises StoreError."""
        if self._unsaved:
            self._unsaved = False
            known = ServerSlots(self.one_at_a_time)
            await self._learnt.learn(ANY_MODEL, lambda _: known)

    def begun(self, slot: Slot) -> None:
        """Record the first sign of a request's answer, and learn from it how many answers the server writes at a time."""
        now = asyncio.get_running_loop().time()
        slot.writing_since = now
        writing = self._writing
        if writing > 1:
            self._most_writing = max(self._most_writing, writing)
            self._learns(one_at_a_time=False)
            self._queue.admit()
        elif self._most_writing == 1 and _PROVING_SECONDS <= slot.waited >= _PROVING_SHARE * (now - slot.since):
            self._proofs += 1
            if self._proofs == _PROOFS and not self.one_at_a_time:
                self._learns(one_at_a_time=True)
                log.warning(
                    "the model's server answers one request at a time: for a week it is sent one at a time, as with "
                    "limits.model_requests = 1"
                )

    def _probe_now_and_then(self) -> None:
        """Let another request run beside every so many-th one, until one of the two ends."""
        self._alone += self.one_at_a_time
        if self._alone >= _PROBE_REQUESTS:
            self._alone, self._probing = 0, True
            self._queue.admit()

    def _learns(self, *, one_at_a_time: bool) -> None:
        self._unsaved = self._unsaved or one_at_a_time is not self.one_at_a_time
        self.one_at_a_time = one_at_a_time

    def _ended(self, ended: Slot) -> None:
        """Let the patience of requests that may have waited behind this one begin anew."""
        now = asyncio.get_running_loop().time()
        self._probing = self._probing and len(self._running) == 1
        was_full, place = self.all_writing, self._running.index(ended)
        del self._running[place]
        for number, slot in enumerate(self._running):
            if slot.writing_since is not None:
                continue
            if ended.writing_since is not None:
                slot.waited += now - max(slot.sent_at, ended.writing_since)
                slot.since = now if was_full else slot.since
            elif place <= number >= self._most_writing - 1 and not slot.excused:
                slot.since, slot.excused = now, True
