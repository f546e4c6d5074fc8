"""A provider: one server of models, with what all answers share of it."""

import logging

from bot.chat.breaker import Breaker
from bot.chat.model_limits import LearntLimits
from bot.chat.ports.model import Model
from bot.chat.slots import Slots

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
        self._warned: set[str] = set()

    def warn_once(self, topic: str, text: str) -> None:
        """Log a warning, unless one of this topic was logged before."""
        if topic not in self._warned:
            self._warned.add(topic)
            log.warning("%s", text)
