"""The most that a question and a day may use, in tokens, and in money where the prices are known."""

from decimal import ROUND_UP, Decimal
from typing import Final

from bot.config import Settings
from bot.llm.catalog import ModelCard, card_of

_MILLION: Final = 1_000_000
_CENT: Final = Decimal("0.01")


def bill_of(settings: Settings) -> str:
    """Return one line for `parley check`. It looks models up in the catalogue, which blocks for 0.3 s."""
    models = [settings.model_of(name) for name in settings.model_names]
    prices = {model.name: _highest(card_of(model), settings.prompt_tokens) for model in models}
    known = [price for price in prices.values() if price is not None]
    unknown = list(dict.fromkeys(name for name, price in prices.items() if price is None))
    price = max(known, default=None)
    a_question = f"a question may use up to {_used(settings.answer_tokens, price)}"
    a_day = "a day has no limit (limits.tokens_per_day)"
    if most := settings.limits.tokens_per_day:
        a_day = f"a day up to {_used(most, price)}"
    words = [a_question, a_day]
    if price is not None:
        dearest = next(name for name, one in prices.items() if one == price)
        apart = ", recordings apart" if settings.transcription_model else ""
        words.append(f"reckoned at the highest price of {dearest}, ${_exact(price)} for a million tokens{apart}")
    if unknown:
        words.append(f"what {', '.join(unknown)} costs is not known (set prices in its table)")
    return "; ".join(words)


def _highest(card: ModelCard, prompt_tokens: int) -> Decimal | None:
    """Return the highest price of a million tokens, read or written, in prompts of this size at most; None where unknown."""
    tiers = [rates for rates in card.rates if rates.above < prompt_tokens]
    return max((max(one.input, one.cached, one.cache_write, one.output) for one in tiers), default=None)


def _exact(price: Decimal) -> str:
    cents = price.quantize(_CENT)
    return f"{cents:,}" if cents == price else f"{price.normalize():,f}"


def _used(tokens: int, price: Decimal | None) -> str:
    if price is None:
        return f"{tokens:,} tokens"
    dollars = tokens * price / _MILLION
    money = "less than a cent" if 0 < dollars < _CENT else f"at most ${dollars.quantize(_CENT, ROUND_UP):,}"
    return f"{tokens:,} tokens, {money}"
