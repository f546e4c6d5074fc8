"""The error tree, which scripts see as exit codes and people as one friendly line."""

import re

import pytest

from bot import errors
from bot.errors import (
    NOTHING_REFUSED,
    ConfigError,
    DiscordError,
    DisplayError,
    ModelBusy,
    ModelContextExceeded,
    ModelError,
    ModelFiltered,
    ModelOverloaded,
    ModelOverlong,
    ModelRejected,
    ModelUnreachable,
    ParleyError,
    Refused,
    StoreError,
    about,
)


def all_of(kind: type[ModelError]) -> list[type[ModelError]]:
    """A kind of error and all kinds beneath it."""
    return [kind, *(one for below in kind.__subclasses__() for one in all_of(below))]


MODEL_ERRORS = all_of(ModelError)


@pytest.mark.parametrize(
    ("kind", "code"),
    [(ParleyError, 1), (ConfigError, 2), (StoreError, 3), (DiscordError, 4), *((k, 5) for k in MODEL_ERRORS)],
)
def test_exit_codes_are_a_contract(kind: type[ParleyError], code: int) -> None:
    """Each kind of error has the exit code that scripts rely on."""
    assert kind.exit_code == code
    assert issubclass(kind, ParleyError)


def test_the_docstring_draws_the_whole_tree() -> None:
    """The module's docstring names every error that there is."""
    drawn = re.findall(r"(\w+) +(?:\d +)?[A-Za-z]", (errors.__doc__ or "").partition("\n\n")[2].partition("\n\n")[0])
    kinds = [
        kind.__name__ for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ParleyError)
    ]

    assert [name for name in kinds if name not in drawn] == []


@pytest.mark.parametrize("kind", MODEL_ERRORS)
def test_people_read_one_friendly_sentence_of_ours(kind: type[ModelError]) -> None:
    """The public line is a sentence of ours without any of the provider's words."""
    error = kind("status 500, sk-secret at 10.0.0.1")

    assert "sk-secret" not in error.public
    assert error.public[0].isupper()
    assert error.public.endswith(".")
    assert "\n" not in error.public


def test_each_model_error_has_words_of_its_own() -> None:
    """Each kind of model error tells people something of its own."""
    assert len({kind.public for kind in MODEL_ERRORS}) == len(MODEL_ERRORS)


def test_each_model_error_has_a_reason_of_its_own() -> None:
    """Each kind of model error has a reason in lower-case letters that no other has."""
    reasons = [kind.reason for kind in MODEL_ERRORS]

    assert len(set(reasons)) == len(reasons)
    assert [reason for reason in reasons if not re.fullmatch("[a-z]+(_[a-z]+)*", reason)] == []


def test_a_rejected_request_is_not_adapted_yet() -> None:
    """A rejection names the parameters that the server does not know, and counts as not adapted to at first."""
    error = ModelRejected("bad request", Refused(frozenset({"stream_options.include_usage"})))

    assert error.refused.parameters == {"stream_options.include_usage"}
    assert not error.adapted
    assert (ModelRejected("bad request").refused, ModelRejected("bad request").adapted) == (NOTHING_REFUSED, False)


def test_a_configuration_error_keeps_every_problem() -> None:
    """A configuration error keeps every problem, a line each."""
    error = ConfigError(["one", "two"])

    assert error.problems == ("one", "two")
    assert str(error) == "one\ntwo"


def test_the_providers_words_end_the_operators_line() -> None:
    """An error's text ends with the provider's words where they may be logged; what is not redacted is in no text."""
    error = ModelRejected("it refuses: do this")
    error.unredacted = "hush"
    assert str(error) == "it refuses: do this"
    error.words = "no room"
    assert str(error) == "it refuses: do this; its words: no room"
    assert "no room" not in error.public


@pytest.mark.parametrize("wish", [None, 2.5])
def test_a_server_with_a_fault_may_say_how_long(wish: float | None) -> None:
    """The error of a server with a fault keeps the pause that the server wishes, too; others have none."""
    assert ModelUnreachable("down", wish).retry_after == wish
    assert ModelError("no").retry_after is None


@pytest.mark.parametrize("wish", [None, 2.5])
def test_a_busy_model_may_say_how_long(wish: float | None) -> None:
    """A busy model's error keeps the pause that the server wishes, if it named one."""
    assert ModelBusy("busy", wish).retry_after == wish
    assert str(ModelBusy("busy", wish)) == "busy"


@pytest.mark.parametrize("kind", [ModelBusy, ModelOverloaded])
def test_people_are_told_when_to_ask_again(kind: type[ModelBusy]) -> None:
    """The public line of a busy model says when to ask again, where the server named a pause."""
    assert kind("busy", 18).public.endswith(" Please ask again in about 20 seconds.")
    assert kind("busy", 18).public.count(".") == 2
    assert kind("busy").public == kind("busy", 0).public == kind.public


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "about 5 seconds"),
        (5, "about 5 seconds"),
        (5.1, "about 10 seconds"),
        (55, "about 55 seconds"),
        (56, "about a minute"),
        (60, "about a minute"),
        (61, "about 2 minutes"),
        (3300, "about 55 minutes"),
        (3301, "about an hour"),
        (3601, "about 2 hours"),
        (86_400, "about 24 hours"),
    ],
)
def test_a_length_of_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    """A length of time is in round seconds, minutes or hours, and rather too long than too short."""
    assert about(seconds) == words


@pytest.mark.parametrize("limit", [None, 4096])
def test_a_context_that_is_too_long_may_say_how_long_it_may_be(limit: int | None) -> None:
    """The error of a context that is too long keeps the limit that the server named, if it did."""
    assert ModelContextExceeded("too long", limit).limit == limit
    assert ModelContextExceeded("too long").limit is None


def test_retry_is_offered_only_where_it_may_help() -> None:
    """Every failure may pass but a context or an answer that is too long, and a content filter's refusal."""
    assert [kind for kind in MODEL_ERRORS if not kind.may_pass] == [ModelContextExceeded, ModelFiltered, ModelOverlong]


def test_an_answer_that_cannot_be_shown_ends_no_process() -> None:
    """A display error is no Discord error, so it has not the exit code of a refused bot."""
    assert not issubclass(DisplayError, DiscordError)
