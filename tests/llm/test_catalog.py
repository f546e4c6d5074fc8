"""The catalogue of models: its figures, what wins over them, and what is not in it."""

import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.chat.calls import Usage
from bot.config import ModelSettings
from bot.llm.catalog import Rates, card_of

AT = datetime(2026, 11, 28, tzinfo=UTC)
COMPATIBLE = "http://localhost:11434/v1"


def rates(above: int, *prices: str) -> Rates:
    """Rates from texts."""
    return Rates(above, *map(Decimal, prices))


def test_the_default_model_costs_what_its_price_list_says() -> None:
    """The default model's figures are those of OpenAI's list of November 2026, twice as much above 272,000 tokens."""
    card = card_of(ModelSettings(), AT)
    assert (card.context, card.output, card.sees) == (1_050_000, 128_000, True)
    short, long = card.rates
    assert short == rates(0, "0.10", "0.01", "0.125", "0.50")
    assert (long.above, long.input, long.cached, long.cache_write) == (
        272_000,
        2 * short.input,
        2 * short.cached,
        Decimal("0.25"),
    )


def test_the_former_default_model_has_no_rate_for_writing_to_the_cache() -> None:
    """gpt-5.4-mini writes to its cache at the price of plain input."""
    card = card_of(ModelSettings(name="gpt-5.4-mini"), AT)
    assert card.rates == (rates(0, "0.75", "0.075", "0.75", "4.50"),)
    assert (card.context, card.output) == (400_000, 128_000)


@pytest.mark.parametrize(("name", "context"), [("gpt-5.4", 1_050_000), ("gpt-5.5", 1_000_000), ("gpt-4o", 128_000)])
def test_contexts_are_those_of_the_provider(name: str, context: int) -> None:
    """The contexts of OpenAI's other models are known."""
    assert card_of(ModelSettings(name=name), AT).context == context


def test_a_price_holds_from_its_day_on() -> None:
    """A model whose price fell costs the old price before that day."""
    model = ModelSettings(name="gpt-5.6-luna")
    before, after = (card_of(model, datetime(2026, month, 1, tzinfo=UTC)).rates[0].input for month in (7, 9))
    assert (before, after) == (Decimal(1), Decimal("0.2"))


def test_the_configuration_wins() -> None:
    """A context and prices that are configured stand in place of the catalogue's, each by itself."""
    model = ModelSettings.model_validate({"context_tokens": 9_000, "prices": {"input": 3, "cached": 0}})
    card = card_of(model, AT)
    assert card.context == 9_000
    assert card.rates[0] == rates(0, "3", "0", "0.125", "0.50")


def test_an_unknown_model_has_safe_figures_and_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """A model that is not in the catalogue has the default context and no prices, and is logged once."""
    caplog.set_level(logging.INFO, "bot.llm.catalog")
    model = ModelSettings(name="nobody-knows-it", base_url=COMPATIBLE)
    cards = {card_of(model, AT) for _ in range(3)}
    (card,) = cards
    assert (card.context, card.output, card.sees, card.rates) == (128_000, None, None, ())
    assert card.cost(Usage(prompt=5)) is None
    assert len(caplog.records) == 1
    priced = ModelSettings.model_validate(
        {"name": "nobody-knows-it", "base_url": COMPATIBLE, "prices": {"input": 1, "output": 2}}
    )
    assert card_of(priced, AT).rates == (rates(0, "1", "1", "1", "2"),)


def test_a_call_costs_its_kinds_of_tokens() -> None:
    """Plain, cached and written tokens of a prompt have prices of their own; the tier of the prompt holds for the answer too."""
    card = card_of(ModelSettings(), AT)
    usage = Usage(prompt=10_000, cached=6_000, written=3_000, completion=1_000)
    assert (
        card.cost(usage)
        == (1_000 * Decimal("0.1") + 6_000 * Decimal("0.01") + 3_000 * Decimal("0.125") + 500) / 1_000_000
    )
    long = Usage(prompt=272_001)
    assert card.cost(long) == 272_001 * Decimal("0.2") / 1_000_000


def test_the_catalogue_is_not_loaded_before_it_is_needed() -> None:
    """Wiring the bot does not import the catalogue's data."""
    code = "import sys, json, bot.app; print(json.dumps([name for name in sys.modules if name.startswith('genai')]))"
    found: Any = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert found == []
