"""The table of known signs: every server's reports are understood, and every row of the table can decide."""

import re
from itertools import chain

import pytest

from bot.errors import ModelError
from bot.llm.errors.facts import FACTS, Evidence, Fact, error_type
from bot.llm.errors.mapping import ErrorResponse, error_from
from tests.llm.errors.reports import REPORTS

ROWS = [pytest.param(*row, id=f"{server}-{row[0].__name__}-{row[1]}") for server in REPORTS for row in REPORTS[server]]


@pytest.mark.parametrize(("kind", "status", "body"), ROWS)
def test_a_report_is_what_its_server_means_by_it(kind: type[ModelError], status: int | None, body: object) -> None:
    """A report in its server's own shape and words becomes the error that it stands for."""
    assert type(error_from(ErrorResponse(status, body))) is kind


@pytest.mark.parametrize(("kind", "status", "body"), [row for row in ROWS if row.values[1]])
def test_a_report_without_its_code_is_told_by_its_words(
    kind: type[ModelError], status: int | None, body: object
) -> None:
    """A report that a proxy sends on with the same status is the same error with another shape around it."""
    if isinstance(body, dict) and "error" in body:
        assert type(error_from(ErrorResponse(status, {"error": body["error"], "request_id": "r"}))) is kind  # pyright: ignore[reportUnknownArgumentType] -- any JSON


@pytest.mark.parametrize("fact", FACTS)
def test_no_row_stands_in_the_shadow_of_another(fact: Fact) -> None:
    """A report that says just what one row names becomes that row's error: no row before it decides otherwise."""
    status = next(iter(fact.statuses), 400)
    words = (fact.phrase.replace("*", "one"),) if fact.phrase else ()
    evidence = Evidence(status, frozenset({fact.code} if fact.code else ()), words, bare=not words)

    assert fact.fits(evidence)
    assert error_type(evidence) is fact.error


def test_each_row_has_a_source_and_is_written_as_it_is_compared() -> None:
    """Each row names an address or a project, its signs are in lower case, and none stands twice."""
    for fact in FACTS:
        assert re.fullmatch(r"https://\S+|[\w.-]+/[\w.-]+", fact.source)
        assert fact.code + fact.phrase == (fact.code + fact.phrase).lower()
        assert fact.code or fact.phrase or fact.statuses
    signs = [(fact.code, fact.phrase, tuple(fact.statuses)) for fact in FACTS]
    assert len(set(signs)) == len(signs)


def test_every_error_that_a_server_can_report_has_a_row_and_a_report() -> None:
    """The table and the reports cover the same errors."""
    reported = {kind for kind, _, _ in chain.from_iterable(REPORTS.values())}

    assert {fact.error for fact in FACTS} <= reported
