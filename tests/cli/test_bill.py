"""`parley check` says how much a question and a day may cost."""

import pytest

from bot.cli.bill import bill_of
from bot.config import Settings


def bill(**tables: object) -> str:
    """The line for settings of these tables."""
    return bill_of(Settings.model_validate({"discord": {"token": "t"}, **tables}))


def test_a_day_is_told_in_tokens_and_in_money() -> None:
    """The default model's day costs at most its tokens at the highest of its prices, that of written ones."""
    assert bill(limits={"tokens_per_day": 10_000_000}) == (
        "a question may use up to 12,000 tokens, less than a cent; a day up to 10,000,000 tokens, at most $5.00; "
        "reckoned at the highest price of gpt-6-luna, $0.50 for a million tokens, recordings apart"
    )


def test_a_day_without_a_limit_has_no_price() -> None:
    """Without a limit only a question has a price."""
    assert "; a day has no limit (limits.tokens_per_day); reckoned at" in bill()


def test_the_highest_price_of_all_models_counts() -> None:
    """Whichever model people choose or a fallback asks, a day costs no more than at the price of the dearest."""
    models = {"dear": {"name": "dear", "prices": {"input": 3, "output": 40}}}
    found = bill(models=models, limits={"tokens_per_day": 1_000_000})
    assert "12,000 tokens, at most $0.48; a day up to 1,000,000 tokens, at most $40.00" in found
    assert "the highest price of dear, $40.00 for" in found
    odd = {"dear": {"name": "dear", "prices": {"input": 3, "output": 900.125}}}
    assert "the highest price of dear, $900.125 for" in bill(models=odd)


@pytest.mark.parametrize("budget", [200_000, 300_000])
def test_prices_of_long_prompts_count_where_prompts_may_be_long(budget: int) -> None:
    """The price of prompts above 272,000 tokens counts only where the budget is above that."""
    found = bill(model={"context_tokens": 1_000_000}, history={"max_tokens": budget})
    assert ("$0.50 for" in found) == (budget < 272_000)


def test_a_model_without_a_price_is_named() -> None:
    """Where no price is known there is no figure in money; where one of two is not, that one is named."""
    local = {"name": "mine", "base_url": "http://127.0.0.1:9/v1"}
    assert bill(model=local, limits={"tokens_per_day": 20_000}) == (
        "a question may use up to 12,000 tokens; a day up to 20,000 tokens; "
        "what mine costs is not known (set prices in its table)"
    )
    both = bill(model={"fallbacks": ["local"]}, models={"local": local})
    assert "at the highest price of gpt-6-luna" in both
    assert both.endswith("; what mine costs is not known (set prices in its table)")
