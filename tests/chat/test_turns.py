"""The values of a conversation."""

import re
import sqlite3
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.appearance import Verb
from bot.chat.turns import FOLLOW_UPS, Answer, AnswerState, WrongTransition, check_transition, clean
from bot.errors import ParleyError

ENDS = [AnswerState.DONE, AnswerState.STOPPED, AnswerState.INTERRUPTED, AnswerState.FAILED]
ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates included


@pytest.mark.parametrize("end", ENDS)
def test_an_answer_in_writing_may_end_in_any_way(end: AnswerState) -> None:
    """An answer in writing may end in each of the final states."""
    check_transition(AnswerState.WRITING, end)


@pytest.mark.parametrize(("before", "after"), [*product(ENDS, AnswerState), (AnswerState.WRITING, AnswerState.WRITING)])
def test_an_answer_that_has_ended_stays_as_it_is(before: AnswerState, after: AnswerState) -> None:
    """An answer that has ended cannot change its state, and one in writing cannot begin again."""
    with pytest.raises(WrongTransition, match=f"{before} cannot become {after}") as raised:
        check_transition(before, after)
    assert isinstance(raised.value, ParleyError)


def test_only_writing_is_unfinished() -> None:
    """Only an answer in writing counts as unfinished."""
    assert [state for state in AnswerState if not state.finished] == [AnswerState.WRITING]


def test_the_states_are_stored_under_their_names() -> None:
    """The states are stored under these five words."""
    assert [str(state) for state in AnswerState] == ["writing", "done", "stopped", "interrupted", "failed"]


def test_each_state_has_its_follow_ups() -> None:
    """Retry follows what failed or broke off, Continue what a limit or a person ended, Regenerate and a pick whatever ended."""
    assert set(FOLLOW_UPS) == set(AnswerState)
    allowed = {
        (state, reason): {verb for verb in Verb if Answer(1, 1, state, "text", reason=reason).allows(verb)}
        for state in AnswerState
        for reason in ("stop", "length", "endless", "person")
    }
    retried = {AnswerState.STOPPED, AnswerState.INTERRUPTED, AnswerState.FAILED}
    assert {key for key, verbs in allowed.items() if Verb.RETRY in verbs} == set(
        product(retried, ("stop", "length", "endless", "person"))
    )
    for verb in (Verb.REGENERATE, Verb.PICK):
        assert {state for (state, _), verbs in allowed.items() if verb in verbs} == set(ENDS)
    assert {state for (state, _), verbs in allowed.items() if Verb.STOP in verbs} == {AnswerState.WRITING}
    assert {key for key, verbs in allowed.items() if Verb.CONTINUE in verbs} == {
        (AnswerState.DONE, "length"),
        (AnswerState.INTERRUPTED, "endless"),
        (AnswerState.STOPPED, "person"),
    }
    assert not Answer(1, 1, AnswerState.STOPPED, reason="person").allows(Verb.CONTINUE)


@given(ANY_TEXT)
@settings(max_examples=200)
def test_clean_text_survives_the_database_and_utf8(text: str) -> None:
    """A cleaned text comes back unchanged from SQLite and from UTF-8."""
    cleaned = clean(text)

    with sqlite3.connect(":memory:") as connection:
        row = connection.execute("SELECT ?1, length(?1)", (cleaned,)).fetchone()
    connection.close()
    assert row == (cleaned, len(cleaned))
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned


@given(ANY_TEXT)
@settings(max_examples=200)
def test_clean_marks_what_cannot_be_kept_and_changes_nothing_else(text: str) -> None:
    """`clean` joins surrogate pairs, marks NULs and lone surrogates, and changes nothing else."""
    joined = re.sub("[\ud800-\udbff][\udc00-\udfff]", lambda pair: _character(pair[0]), text)

    assert clean(text) == re.sub("[\0\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", joined)


def _character(pair: str) -> str:
    high, low = map(ord, pair)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def test_clean_joins_the_halves_of_an_emoji() -> None:
    """`clean` joins the two surrogates of an emoji, and marks a lone one."""
    assert clean("\ud83d\ude00 \ud83d x\0") == "\N{GRINNING FACE} \ufffd x\ufffd"
