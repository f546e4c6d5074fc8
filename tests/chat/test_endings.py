"""The appearance of an answer follows from what is stored of it."""

from dataclasses import replace

import pytest

from bot.chat import endings
from bot.chat.appearance import Appearance, Control, DisplayState, Verb
from bot.chat.endings import appearance_of
from bot.chat.texts import MORE_LEFT_OUT
from bot.chat.turns import Answer, AnswerState, Question, Record
from bot.errors import ModelBusy, ModelContextExceeded, ModelCutOff, ModelError, ModelUnreachable
from tests.chat.house import ALICE, GENERAL

QUESTION = Question(1, 100, 1, GENERAL, ALICE, "hello", 0)
RETRY, CONTINUE = Verb.RETRY, Verb.CONTINUE


def record(*answers: tuple[AnswerState, str, str], display: int = 1) -> Record:
    """A record of attempts, each a state, a text and a reason."""
    attempts = (Answer(1, n, state, text, reason=reason) for n, (state, text, reason) in enumerate(answers, start=1))
    return Record(QUESTION, tuple(attempts), DisplayState(sibling=display))


@pytest.mark.parametrize(
    ("state", "text", "reason", "note", "verb"),
    [
        ("done", "hi", "stop", "", None),
        ("done", "hi", "length", endings.CUT_BY_LENGTH, CONTINUE),
        ("done", "hi", "content_filter", endings.FILTERED, None),
        ("done", "hi", "overflow", "", None),
        ("stopped", "hi", "person", endings.STOPPED, RETRY),
        ("stopped", "", "person", endings.STOPPED, RETRY),
        ("stopped", "hi", "edit", "", RETRY),
        ("interrupted", "hi", "cut_off", ModelCutOff.public, RETRY),
        ("interrupted", "hi", "unreachable", ModelCutOff.public, RETRY),
        ("interrupted", "hi", "filtered", endings.FILTERED, None),
        ("interrupted", "hi", "shutdown", endings.SWITCHED_OFF, RETRY),
        ("interrupted", "hi", "restart", endings.SWITCHED_OFF, RETRY),
        ("interrupted", "hi", "", ModelCutOff.public, RETRY),
        ("failed", "", "unreachable", ModelUnreachable.public, RETRY),
        ("failed", "", "busy", ModelBusy.public, RETRY),
        ("failed", "", "overflow", ModelContextExceeded.public, None),
        ("failed", "", "restart", endings.SWITCHED_OFF_EARLY, RETRY),
        ("failed", "", "too_old", endings.AWAY, RETRY),
        ("failed", "", "", ModelError.public, RETRY),
        ("writing", "", "", ModelError.public, None),
    ],
)
def test_an_attempt_says_why_it_ended(state: AnswerState, text: str, reason: str, note: str, verb: Verb | None) -> None:
    """State and reason decide the note and the button, so that they are the same after a crash."""
    shown = appearance_of(record((AnswerState(state), text, reason)))
    assert shown == Appearance(text, note, (Control(verb, 1),) if verb else ())


def test_what_is_known_at_the_moment_is_said_instead() -> None:
    """A note with more than the reason stands for takes its place."""
    failed = record((AnswerState.FAILED, "", "busy"))
    assert appearance_of(failed, "in 20 seconds").note == "in 20 seconds"


def test_a_failed_attempt_is_told_under_the_one_that_stays() -> None:
    """The note and the button of a failed newest attempt stand under the attempt before it, which stays on display."""
    returned = record((AnswerState.INTERRUPTED, "half", "cut_off"), (AnswerState.FAILED, "", "busy"))
    assert appearance_of(returned) == Appearance("half", ModelBusy.public, (Control(RETRY, 2),))
    broken = record((AnswerState.INTERRUPTED, "half", "cut_off"), (AnswerState.INTERRUPTED, "other", "unreachable"))
    assert appearance_of(broken) == Appearance("half", ModelUnreachable.public, (Control(RETRY, 2),))


def test_an_older_attempt_that_was_picked_speaks_for_itself() -> None:
    """An older attempt on display has its own note and no button where the newest ended well."""
    picked = record((AnswerState.INTERRUPTED, "half", "cut_off"), (AnswerState.DONE, "whole", "stop"))
    assert appearance_of(picked) == Appearance("half", ModelCutOff.public)


def test_nothing_begun_shows_nothing() -> None:
    """A question without an attempt has no appearance."""
    assert appearance_of(Record(QUESTION)) == Appearance("")


def test_remarks_stand_under_an_answer_with_text() -> None:
    """Remarks of the question and of the attempt on display stand under its text, each once; without text there are none."""
    question = replace(QUESTION, remarks=("Read 2 of 9 pages of a.pdf.", "b.flac was left out."))
    attempts = (
        Answer(1, 1, AnswerState.DONE, "hi", reason="stop", remarks=("b.flac was left out.", "No\npicture.")),
        Answer(1, 2, AnswerState.FAILED, "", reason="busy", remarks=("Another.",)),
    )
    shown = appearance_of(Record(question, attempts, DisplayState(sibling=1)))
    assert shown.remarks == ("Read 2 of 9 pages of a.pdf.", "b.flac was left out.", "No picture.")
    failed = appearance_of(Record(question, attempts[1:], DisplayState(sibling=2)))
    assert failed.remarks == ()


def test_of_many_remarks_only_the_first_are_shown() -> None:
    """Remarks that would fill a message end with a sentence that there are more."""
    remarks = endings.shortened([f"{number:099}." for number in range(30)])
    assert len(remarks) == 7
    assert remarks[-1] == MORE_LEFT_OUT
