"""The ways in which an attempt ends, and what people are told of each under the answer or in its place.

An attempt is stored with a state and a reason: the model's word for an answer that it ended, an error's, or one of ours. What
Discord shows follows from these two, so that it is the same at the end, after a crash and after a switch. Only a note that is
more exact than the reason, such as when to ask again, is said at the end alone.
"""

from dataclasses import dataclass
from typing import Final

from bot.chat.appearance import Appearance, Control, Verb
from bot.chat.sentences import AWAY, CUT_BY_LENGTH, FILTERED, STOPPED, SWITCHED_OFF, SWITCHED_OFF_EARLY
from bot.chat.turns import LENGTH, Answer, AnswerState, Record
from bot.errors import (
    ModelBusy,
    ModelContextExceeded,
    ModelCutOff,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelOverloaded,
    ModelQuotaSpent,
    ModelRejected,
    ModelSilent,
    ModelSpentThinking,
    ModelTimedOut,
    ModelUnreachable,
)

CONTENT_FILTER: Final = "content_filter"
"""The model's reason for an answer that a filter ended."""
SHUTDOWN: Final = "shutdown"
RESTART: Final = "restart"
TOO_OLD: Final = "too_old"
PERSON: Final = "person"
"""Reasons of ours: the bot was switched off, or had died; the question had become too old; a person stopped the answer."""

_ERRORS: Final[tuple[type[ModelError], ...]] = (
    ModelUnreachable,
    ModelTimedOut,
    ModelBusy,
    ModelOverloaded,
    ModelKeyRejected,
    ModelQuotaSpent,
    ModelContextExceeded,
    ModelFiltered,
    ModelRejected,
    ModelCutOff,
    ModelSilent,
    ModelSpentThinking,
)
_WITH_TEXT: Final = {
    SHUTDOWN: SWITCHED_OFF,
    RESTART: SWITCHED_OFF,
    PERSON: STOPPED,
    LENGTH: CUT_BY_LENGTH,
    CONTENT_FILTER: FILTERED,
    ModelFiltered.reason: FILTERED,
}
"""The note under an answer that has text, by the reason of its end."""
WITHOUT_TEXT: Final = {
    **{error.reason: error.public for error in _ERRORS},
    SHUTDOWN: SWITCHED_OFF_EARLY,
    RESTART: SWITCHED_OFF_EARLY,
    TOO_OLD: AWAY,
    CONTENT_FILTER: FILTERED,
}
"""The note in the place of an answer that has no text, by the reason of its end."""
FINAL: Final = frozenset(error.reason for error in _ERRORS if not error.may_pass)
"""Reasons of an attempt that another would share."""


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """The end of an attempt. `note` is said instead of what the reason stands for, where more is known at the moment."""

    state: AnswerState
    reason: str
    note: str = ""


def appearance_of(record: Record, note: str = "") -> Appearance:
    """The appearance of the record's answer on display; `note` is said instead of what the newest attempt's reason stands for.

    Where another attempt failed and the one before it stays on display, it is the newest that the note and the button are of.
    """
    newest, displayed = record.newest, record.displayed
    if newest is None or displayed is None:
        return Appearance("")
    told = displayed if newest.state is AnswerState.DONE else newest
    with_text = bool(displayed.text) and told is displayed
    said = note or _note(told, with_text=with_text)
    return Appearance(displayed.text, said, _controls(newest) if told is newest else ())


def _note(answer: Answer, *, with_text: bool) -> str:
    if answer.state in {AnswerState.DONE, AnswerState.STOPPED}:
        return _WITH_TEXT.get(answer.reason, "")
    if with_text:
        return _WITH_TEXT.get(answer.reason, ModelCutOff.public)
    return WITHOUT_TEXT.get(answer.reason, ModelError.public)


def _controls(newest: Answer) -> tuple[Control, ...]:
    if newest.reason in FINAL:
        return ()
    return tuple(Control(verb, newest.sibling) for verb in (Verb.RETRY, Verb.CONTINUE) if newest.allows(verb))
