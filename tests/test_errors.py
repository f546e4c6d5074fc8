"""The error tree, which scripts see as exit codes and people as one friendly line."""

import re

import pytest

from bot import errors
from bot.errors import ConfigError, DiscordError, DisplayError, ModelBusy, ModelError, ParleyError, StoreError

MODEL_ERRORS = [ModelError, *ModelError.__subclasses__()]


@pytest.mark.parametrize(
    ("kind", "code"),
    [(ParleyError, 1), (ConfigError, 2), (StoreError, 3), (DiscordError, 4), *((k, 5) for k in MODEL_ERRORS)],
)
def test_exit_codes_are_a_contract(kind: type[ParleyError], code: int) -> None:
    """If an exit code changed, the operator's service unit would restart on what it should report, or the reverse."""
    assert kind.exit_code == code
    assert issubclass(kind, ParleyError)


def test_the_docstring_draws_the_whole_tree() -> None:
    """If the drawing lagged behind, whoever maps a library's error would not know that there is one for it."""
    drawn = re.findall(r"(\w+) +(?:\d +)?[A-Za-z]", (errors.__doc__ or "").partition("\n\n")[2].partition("\n\n")[0])
    kinds = [
        kind.__name__ for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ParleyError)
    ]

    assert [name for name in kinds if name not in drawn] == []


@pytest.mark.parametrize("kind", MODEL_ERRORS)
def test_people_read_one_friendly_sentence_of_ours(kind: type[ModelError]) -> None:
    """If the public line held the provider's words, people in the channel would read keys, hosts or worse."""
    error = kind("status 500, sk-secret at 10.0.0.1")

    assert "sk-secret" not in error.public
    assert error.public[0].isupper()
    assert error.public.endswith(".")
    assert "\n" not in error.public


def test_each_model_error_has_words_of_its_own() -> None:
    """If two failures read the same, neither the asker nor whoever runs the bot would know what to do."""
    assert len({kind.public for kind in MODEL_ERRORS}) == len(MODEL_ERRORS)


def test_a_configuration_error_keeps_every_problem() -> None:
    """If only the first problem were kept, the operator would have to start the bot once for each."""
    error = ConfigError(["one", "two"])

    assert error.problems == ("one", "two")
    assert str(error) == "one\ntwo"


@pytest.mark.parametrize("wish", [None, 2.5])
def test_a_busy_model_may_say_how_long(wish: float | None) -> None:
    """If the server's wish were lost, the bot would knock too early and be refused again."""
    assert ModelBusy("busy", wish).retry_after == wish
    assert str(ModelBusy("busy", wish)) == "busy"


def test_an_answer_that_cannot_be_shown_ends_no_process() -> None:
    """If a display error looked like Discord's refusal of the bot, one deleted channel would read as a wrong token."""
    assert not issubclass(DisplayError, DiscordError)
