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
RETRY, CONTINUE, REGENERATE = Verb.RETRY, Verb.CONTINUE, Verb.REGENERATE


def record(*answers: tuple[AnswerState, str, str], display: int = 1) -> Record:
    """A record of attempts, each a state, a text and a reason."""
    attempts = (Answer(1, n, state, text, reason=reason) for n, (state, text, reason) in enumerate(answers, start=1))
    return Record(QUESTION, tuple(attempts), DisplayState(sibling=display))


def picks(shown: int) -> tuple[Control, ...]:
    """The buttons of two attempts: `<`, the count and `>`."""
    return (
        Control(Verb.PICK, shown - 1, "<", enabled=shown > 1),
        Control(Verb.PICK, shown, f"{shown}/2", enabled=False),
        Control(Verb.PICK, shown + 1, ">", enabled=shown < 2),
    )


@pytest.mark.parametrize(
    ("state", "text", "reason", "note", "verbs"),
    [
        ("done", "hi", "stop", "", [REGENERATE]),
        ("done", "hi", "length", endings.CUT_BY_LENGTH, [REGENERATE, CONTINUE]),
        ("done", "hi", "content_filter", endings.FILTERED, [REGENERATE]),
        ("done", "hi", "overflow", "", []),
        ("stopped", "hi", "person", endings.STOPPED, [REGENERATE, CONTINUE]),
        ("stopped", "", "person", endings.STOPPED, [REGENERATE]),
        ("stopped", "hi", "edit", "", [REGENERATE]),
        ("interrupted", "hi", "cut_off", ModelCutOff.public, [RETRY]),
        ("interrupted", "hi", "unreachable", ModelCutOff.public, [RETRY]),
        ("interrupted", "hi", "filtered", endings.FILTERED, []),
        ("interrupted", "hi", "shutdown", endings.SWITCHED_OFF, [RETRY]),
        ("interrupted", "hi", "restart", endings.SWITCHED_OFF, [RETRY]),
        ("interrupted", "hi", "", ModelCutOff.public, [RETRY]),
        ("failed", "", "unreachable", ModelUnreachable.public, [RETRY]),
        ("failed", "", "busy", ModelBusy.public, [RETRY]),
        ("failed", "", "overflow", ModelContextExceeded.public, []),
        ("failed", "", "restart", endings.SWITCHED_OFF_EARLY, [RETRY]),
        ("failed", "", "too_old", endings.AWAY, [RETRY]),
        ("failed", "", "", ModelError.public, [RETRY]),
        ("writing", "", "", ModelError.public, []),
    ],
)
def test_an_attempt_says_why_it_ended(state: AnswerState, text: str, reason: str, note: str, verbs: list[Verb]) -> None:
    """State and reason decide the note and the button, so that they are the same after a crash."""
    shown = appearance_of(record((AnswerState(state), text, reason)))
    assert shown == Appearance(text, note, tuple(Control(verb, 1) for verb in verbs))


def test_what_is_known_at_the_moment_is_said_instead() -> None:
    """A note with more than the reason stands for takes its place."""
    failed = record((AnswerState.FAILED, "", "busy"))
    assert appearance_of(failed, "in 20 seconds").note == "in 20 seconds"


def test_a_failed_attempt_is_told_under_the_one_that_stays() -> None:
    """The note and the button of a failed newest attempt stand under the attempt before it, which stays on display."""
    returned = record((AnswerState.INTERRUPTED, "half", "cut_off"), (AnswerState.FAILED, "", "busy"))
    assert appearance_of(returned) == Appearance("half", ModelBusy.public, (Control(RETRY, 2),))
    broken = record((AnswerState.INTERRUPTED, "half", "cut_off"), (AnswerState.INTERRUPTED, "other", "unreachable"))
    assert appearance_of(broken) == Appearance("half", ModelUnreachable.public, (*picks(1), Control(RETRY, 2)))


def test_an_older_attempt_that_was_picked_speaks_for_itself() -> None:
    """An older attempt on display has its own note where the newest ended well or was stopped."""
    picked = record((AnswerState.INTERRUPTED, "half", "cut_off"), (AnswerState.DONE, "whole", "stop"))
    row = (*picks(1), Control(REGENERATE, 2))
    assert appearance_of(picked) == Appearance("half", ModelCutOff.public, row)
    stopped = record((AnswerState.DONE, "whole", "stop"), (AnswerState.STOPPED, "half", "person"))
    assert appearance_of(stopped) == Appearance("whole", "", row)


def test_an_answer_before_the_last_offers_only_what_goes_on() -> None:
    """The row stands under the last answer; what failed or reached its length keeps its button, and so do several attempts."""
    whole, cut = (AnswerState.DONE, "whole", "stop"), (AnswerState.DONE, "cut", "length")
    assert appearance_of(replace(record(whole), last=False)).controls == ()
    assert appearance_of(replace(record(cut), last=False)).controls == (Control(CONTINUE, 1),)
    several = replace(record(whole, whole, display=2), last=False)
    assert appearance_of(several).controls == (*picks(2), Control(REGENERATE, 2))


def test_buttons_can_be_switched_off() -> None:
    """`answers.buttons` leaves the row out, or every button."""
    whole, broken = record((AnswerState.DONE, "whole", "stop")), record((AnswerState.INTERRUPTED, "half", "cut_off"))
    assert [appearance_of(one, buttons="failed").controls for one in (whole, broken)] == [(), (Control(RETRY, 1),)]
    assert [appearance_of(one, buttons="none").controls for one in (whole, broken)] == [(), ()]


def test_attempts_are_counted_that_people_can_turn_to() -> None:
    """A failed attempt and one that another one continues are not counted; one that is hidden shows no count."""
    cut, rest = (AnswerState.DONE, "one", "length"), (AnswerState.DONE, "one two", "stop")
    failed, other = (AnswerState.FAILED, "", "busy"), (AnswerState.DONE, "other", "stop")
    several = record(cut, rest, failed, other, display=4)
    continued = replace(
        several, answers=tuple(replace(a, continues=1 if a.sibling == 2 else None) for a in several.answers)
    )
    assert continued.siblings == (2, 4)
    labels = [(control.label, control.sibling, control.enabled) for control in appearance_of(continued).controls[:3]]
    assert labels == [("<", 2, True), ("2/2", 4, False), (">", 5, False)]
    hidden = replace(continued, display=DisplayState(sibling=1))
    assert [control.verb for control in appearance_of(hidden).controls] == [REGENERATE, CONTINUE]


def test_an_attempt_in_writing_offers_nothing() -> None:
    """An answer whose next attempt is in writing has no buttons of its own."""
    assert endings.controls_of(Record(QUESTION), row=True) == ()


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
