"""A provider: one server of models, with what all answers share of it."""

import asyncio
import logging
from collections.abc import Iterable

from bot.chat.breaker import Breaker
from bot.chat.fallback import Rests
from bot.chat.model_limits import LearntLimits
from bot.chat.ports.model import Model
from bot.chat.slots import Slots
from bot.errors import ModelError, ModelUnreachable, ParleyError

log = logging.getLogger(__name__)


class Provider:
    """A server of models with its slots, its breaker and the learnt limits of its models."""

    def __init__(
        self, name: str, model: Model, slots: Slots, limits: LearntLimits, breaker: Breaker | None = None
    ) -> None:
        self.name = name
        self.model = model
        self.slots = slots
        self.limits = limits
        self.breaker = breaker or Breaker(model.reachable)
        self.rests = Rests()
        self._moved: tuple[Provider, frozenset[str]] | None = None
        self._warned: set[str] = set()
        self._looking: asyncio.Task[None] | None = None

    def moves_to(self, newest: "Provider", models: Iterable[str]) -> None:
        """Let questions for these models be asked at the newest server from their next try on, waiting ones too."""
        self._moved = (newest, frozenset(models))
        self.breaker.release()

    def of(self, model: str) -> "Provider":
        """Return the provider at which a model is asked now: this one, unless newer settings describe another in its place."""
        provider = self
        while provider._moved is not None and model in provider._moved[1]:
            provider = provider._moved[0]
        return provider

    def failed(self, model: str, error: ModelError) -> None:
        """Let a model be passed over for a while, after an error that lets another one answer."""
        if self.breaker.away:
            self.look_until_back()
        elif not isinstance(error, ModelUnreachable) or self.breaker.is_open or error.retry_after:
            self.rests.failed(model, error)

    def look_until_back(self) -> None:
        """Look at a server that cannot be reached until it can, so that no question has to find that out."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name=f"looks at {self.name}")

    async def _look(self) -> None:
        try:
            await self.breaker.until_reachable()
        except ParleyError as error:
            log.warning("the server of %s could not be looked at: %s", self.name, error)

    def stop_looking(self) -> None:
        """Look no more, unless a question asks for it again."""
        if self._looking is not None:
            self._looking.cancel()

    async def close(self) -> None:
        """Look no more, and wait until a look has ended."""
        self.stop_looking()
        if self._looking is not None:
            await asyncio.wait({self._looking})

    def warn_once(self, topic: str, text: str) -> None:
        """Log a warning, unless one of this topic was logged before."""
        if topic not in self._warned:
            self._warned.add(topic)
            log.warning("%s", text)
