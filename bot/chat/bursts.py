"""Bursts: a mention that follows another one by the same person within a moment joins its question.

No mention waits for another. The first one is asked at once; when the next one comes while no word of an answer was heard, that
attempt stops and begins again with both, once a question. What comes later is a question of its own.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.chat.turns import Asked, Question
from bot.config import ChatSettings, Current


@dataclass(slots=True, eq=False)
class Burst:
    """The newest mention of a person in a place: its time in milliseconds, and its question, None once it is known to be none.

    `restarted`: an attempt was stopped for a message that joined.
    """

    at: int
    question: "asyncio.Future[Question | None]"
    restarted: bool = False


class Bursts:
    """Knows the newest mention of each person in each place. `heard` tells whether an attempt at a question has any text yet."""

    def __init__(self, chat: Current[ChatSettings], heard: Callable[[int], bool]) -> None:
        self._chat = chat
        self._heard = heard
        self._bursts: dict[tuple[int, int], Burst] = {}

    def before(self, asked: Asked) -> Burst | None:
        """Return the burst that a mention may join; None where it begins one."""
        burst = self._bursts.get((asked.place.id, asked.author.id))
        within = self._chat.value.burst_seconds * 1000
        if burst is None or not within or not asked.text or not 0 <= asked.asked_at - burst.at <= within:
            return None
        return burst

    def takes(self, question: Question, burst: Burst, *, runs: bool) -> bool:
        """Return whether a question still takes a message; `runs`: its job runs, and would begin again."""
        return not (runs and burst.restarted) and bool(question.text) and not self._heard(question.key)

    @contextmanager
    def begins(self, asked: Asked) -> Generator[Burst]:
        """Keep a mention as the newest of its person while it is claimed. The claim sets the question."""
        self._forget(asked.asked_at)
        key = asked.place.id, asked.author.id
        self._bursts.pop(key, None)  # so that the newest stands last
        burst = self._bursts[key] = Burst(asked.asked_at, asyncio.get_running_loop().create_future())
        try:
            yield burst
        finally:
            if not burst.question.done():
                burst.question.set_result(None)

    def _forget(self, now: int) -> None:
        """Drop the bursts that have ended; the oldest stand first."""
        since = now - int(self._chat.value.burst_seconds * 1000)
        while self._bursts and self._bursts[oldest := next(iter(self._bursts))].at < since:
            del self._bursts[oldest]
