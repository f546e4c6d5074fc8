"""The bounds of the settings that are numbers."""

from pathlib import Path

import pytest

from bot.config import load
from bot.config.names import variable
from tests.config.conftest import SECRETS, SECTIONS, written
from tests.config.test_problems import problems

NUMBERS = [
    ("model", "context_tokens", "100,000,000"),
    ("model", "max_reply_tokens", "100,000,000"),
    ("model", "first_token_seconds", "86,400"),
    ("model", "silence_seconds", "86,400"),
    ("model", "answer_seconds", "86,400"),
    ("transcription", "max_seconds", "86,400"),
    ("transcription", "wait_seconds", "86,400"),
    ("discord", "look_up_seconds", "60"),
    ("history", "max_tokens", "100,000,000"),
    ("history", "ambient", "50"),
    ("chat", "burst_seconds", "30"),
    ("answers", "max_messages", "20"),
    ("files", "max_bytes", "524,288,000"),
    ("files", "per_question", "40"),
    ("files", "share", "1"),
    ("files", "pages", "2,000"),
    ("files", "seconds", "600"),
    ("limits", "user_per_minute", "100,000"),
    ("limits", "place_per_minute", "100,000"),
    ("limits", "place_queue", "10,000"),
    ("limits", "model_requests", "1,000"),
    ("limits", "user_requests", "1,000"),
    ("limits", "tokens_per_day", "1,000,000,000,000"),
    ("recovery", "answer_within_seconds", "31,536,000"),
    ("recovery", "look_back_seconds", "31,536,000"),
    ("shutdown", "grace_seconds", "86,400"),
]
"""Each setting that is a number, with the most that it may be."""


def test_every_number_has_an_upper_bound() -> None:
    """Each setting whose default is a number is in the table of bounds."""
    numbers = {
        (section, key)
        for section, model in SECTIONS.items()
        for key, field in model.model_fields.items()
        if isinstance(field.default, int | float) and not isinstance(field.default, bool)
    }
    assert numbers == {(section, key) for section, key, _ in NUMBERS}


@pytest.mark.parametrize(("section", "key", "most"), NUMBERS)
def test_a_number_that_is_too_large_is_reported_with_the_most_that_may_be(
    folder: Path, section: str, key: str, most: str
) -> None:
    """A number over its upper bound is a problem that says the bound, from the file and from the environment."""
    name = variable(f"{section}.{key}")
    for path, environ in [
        (written(folder, f"[{section}]\n{key} = 1{'0' * 18}\n"), SECRETS),
        (None, {**SECRETS, name: "100000000000000000000"}),
        (None, {**SECRETS, name: "1_000_000_000_000_000"}),
    ]:
        assert problems(path, environ) == (f"{section}.{key}: must be {most} at most",)
    if key != "max_reply_tokens":
        assert load(None, {**SECRETS, name: most.replace(",", "")})


@pytest.mark.parametrize(("section", "key", "most"), NUMBERS)
@pytest.mark.parametrize("value", ["inf", "nan", "-1", "1e400", "-inf", "9" * 400])
def test_a_number_that_is_none_is_reported(folder: Path, section: str, key: str, most: str, value: str) -> None:
    """Infinity, what is no number, what is negative and what no computer holds are problems with the path of the key."""
    (found,) = problems(written(folder, f"[{section}]\n{key} = {value}\n"), SECRETS)
    assert found.startswith(f"{section}.{key}: ")
    assert problems(None, {**SECRETS, variable(f"{section}.{key}"): value})
