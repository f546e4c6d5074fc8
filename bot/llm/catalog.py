"""The catalogue of models: context, longest answer, what a model sees, and prices; offline, from the package genai-prices.

Its data takes 0.3 s of CPU and 11 MB, so it is imported when a model is first looked up. That blocks: call `card_of` in a thread.
The package does not know how long answers may be and what models see; for OpenAI's models that stands here (its page "Models",
November 2026). What the configuration says wins over both.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from bot.chat.calls import Usage
from bot.config import ModelSettings

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

log = logging.getLogger(__name__)

_OPENAI: Final = "openai"
_LONGEST_ANSWERS: Final = (("gpt-6", 128_000), ("gpt-5", 128_000), ("gpt-4.1", 32_768), ("gpt-4o", 16_384))
"""The longest answer in tokens of OpenAI's models by the beginning of their names. All of these see images."""
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices in US dollars for a million tokens, for prompts of more than `above` tokens."""

    above: int
    input: Decimal
    cached: Decimal
    cache_write: Decimal
    output: Decimal

    def cost(self, usage: Usage) -> Decimal:
        """Return the price of a call in US dollars."""
        plain = max(0, usage.prompt - usage.cached - usage.written)
        parts = (
            (plain, self.input),
            (usage.cached, self.cached),
            (usage.written, self.cache_write),
            (usage.completion, self.output),
        )
        return sum((tokens * price for tokens, price in parts), Decimal(0)) / _MILLION


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The facts about a model. `context` and `output`, the longest answer, are tokens; None stands for unknown.

    `rates` are its prices, one for each tier, the one for short prompts first; none where they are not known.
    """

    context: int
    output: int | None = None
    sees: bool | None = None
    rates: tuple[Rates, ...] = ()

    def cost(self, usage: Usage) -> Decimal | None:
        """Return the price of a call in US dollars; None where it is not known. The tier of its prompt holds for all tokens."""
        tiers = [rates for rates in self.rates if usage.prompt > rates.above or not rates.above]
        return tiers[-1].cost(usage) if tiers else None


def card_of(model: ModelSettings, at: datetime | None = None) -> ModelCard:
    """Return what is known of a model at a moment, which is now by default: of the configuration first, then of the catalogue."""
    known = _listed(model.name, model.address.url, is_openai=model.speaks_openai)
    configured = "context_tokens" in model.model_fields_set
    context = None if known is None or configured else known.context_window
    output = next(
        (most for name, most in _LONGEST_ANSWERS if model.speaks_openai and model.name.startswith(name)), None
    )
    return ModelCard(
        context=context or model.context_tokens,
        output=output,
        sees=None if output is None else True,
        rates=_rates(model, known, at or datetime.now(UTC)),
    )


@cache
def _listed(name: str, url: str, *, is_openai: bool) -> "ModelInfo | None":
    """Return the catalogue's entry of a model; None, with one line in the log, where it has none."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 -- see the docstring of the module

    try:
        return get_snapshot().find_provider_model(name, None, _OPENAI if is_openai else None, url)[1]
    except LookupError:
        log.info("%s is not in the catalogue of models: its prices are unknown (set prices in its table)", name)
        return None


def _rates(model: ModelSettings, known: "ModelInfo | None", at: datetime) -> tuple[Rates, ...]:
    """Return the prices by tier. A rate that nobody names is that of plain input, as for servers without a cache."""
    own = model.prices
    prices = None if known is None else known.get_prices(at)
    tiers = {0: [getattr(prices, f"{key}_mtok", None) for key in ("input", "cache_read", "cache_write", "output")]}
    for start in sorted({tier.start for price in tiers[0] for tier in getattr(price, "tiers", ())}):
        tiers[start] = tiers[0]
    found: list[Rates] = []
    for start, listed in tiers.items():
        configured = (own.input, own.cached, own.cache_write, own.output)
        rates = [_price(mine, price, start) for mine, price in zip(configured, listed, strict=True)]
        plain, cached, written, output = rates
        if plain is not None and output is not None:
            found.append(Rates(start, plain, _or(cached, plain), _or(written, plain), output))
    return tuple(found)


def _or(price: Decimal | None, plain: Decimal) -> Decimal:
    return plain if price is None else price


def _price(configured: float | None, listed: object, start: int) -> Decimal | None:
    if configured is not None:
        return Decimal(str(configured))
    for tier in reversed(getattr(listed, "tiers", ())):
        if start >= tier.start:
            return tier.price
    base = getattr(listed, "base", listed)
    return base if isinstance(base, Decimal) else None
