"""The ends of attempts, and the note that people read for each end, under the answer or in its place.

An attempt is stored with a state and a reason. The reason is the model's finish reason, the name of an error, or a word of ours.
The display on Discord is derived from state and reason alone, so it is the same at the end of the attempt, after a crash, and
after another attempt was picked. Only a note that says more than the reason, such as when to ask again, is not stored and is
shown only at the end of the attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.appearance import Appearance, Control, Verb
from bot.chat.texts import (
    AWAY,
    CUT_BY_LENGTH,
    FILTERED,
    MORE_LEFT_OUT,
    STOPPED,
    SWITCHED_OFF,
    SWITCHED_OFF_EARLY,
    TOO_MUCH_TEXT,
    TOOK_TOO_LONG,
)
from bot.chat.turns import LENGTH, Answer, AnswerState, Record
from bot.errors import (
    ModelBusy,
    ModelCalledTool,
    ModelContextExceeded,
    ModelCutOff,
    ModelEndless,
    ModelError,
    ModelFiltered,
    ModelKeyRejected,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelOnlyThought,
    ModelOverloaded,
    ModelOverlong,
    ModelQuotaSpent,
    ModelRejected,
    ModelSilent,
    ModelSpentThinking,
    ModelTimedOut,
    ModelUnknown,
    ModelUnreachable,
    TokensSpent,
)

CONTENT_FILTER: Final = "content_filter"
"""The model's finish reason for an answer that a content filter ended."""
SHUTDOWN: Final = "shutdown"
RESTART: Final = "restart"
TOO_OLD: Final = "too_old"
PERSON: Final = "person"
NOT_STORED: Final = "not_stored"
"""Reasons that the bot sets itself.

`SHUTDOWN`: the bot was switched off. `RESTART`: the bot had crashed. `TOO_OLD`: the question was too old to be answered.
`PERSON`: a person stopped the answer. `NOT_STORED`: the answer was complete, but the bot ended before the store took it, so that
its text is the one that Discord shows.
"""

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
    ModelUnknown,
    ModelNotAllowed,
    ModelNotLoaded,
    ModelCutOff,
    ModelSilent,
    ModelOnlyThought,
    ModelCalledTool,
    ModelSpentThinking,
    ModelEndless,
    ModelOverlong,
    TokensSpent,
)
_WITH_TEXT: Final = {
    SHUTDOWN: SWITCHED_OFF,
    RESTART: SWITCHED_OFF,
    PERSON: STOPPED,
    LENGTH: CUT_BY_LENGTH,
    ModelEndless.reason: TOOK_TOO_LONG,
    ModelOverlong.reason: TOO_MUCH_TEXT,
    CONTENT_FILTER: FILTERED,
    ModelFiltered.reason: FILTERED,
}
"""Notes under an answer that has text, by the reason of its end."""
WITHOUT_TEXT: Final = {
    **{error.reason: error.public for error in _ERRORS},
    SHUTDOWN: SWITCHED_OFF_EARLY,
    RESTART: SWITCHED_OFF_EARLY,
    TOO_OLD: AWAY,
    CONTENT_FILTER: FILTERED,
}
"""Notes in the place of an answer without text, by the reason of its end."""
FINAL: Final = frozenset(error.reason for error in _ERRORS if not error.may_pass)
"""Reasons that would end another attempt as well, so that no button offers one."""


_REMARK_CHARACTERS: Final = 600


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """The end of an attempt. `note` replaces the note for `reason` when the bot knows more at that moment."""

    state: AnswerState
    reason: str
    note: str = ""


def appearance_of(record: Record, note: str = "") -> Appearance:
    """Return the appearance of the displayed attempt. `note` replaces the note for the reason of its end.

    When a later attempt failed and an earlier one stays on display, the note and the buttons are those of the later attempt.
    """
    newest, displayed = record.newest, record.displayed
    if newest is None or displayed is None:
        return Appearance("")
    described = displayed if newest.state is AnswerState.DONE else newest
    with_text = bool(displayed.text) and described is displayed
    note = note or _note(described, with_text=with_text)
    remarks = (*record.question.remarks, *displayed.remarks) if displayed.text else ()
    return Appearance(displayed.text, note, _controls(newest) if described is newest else (), shortened(remarks))


def shortened(remarks: Sequence[str]) -> tuple[str, ...]:
    """Return remarks as sentences on one line, as many as fit into `_REMARK_CHARACTERS`."""
    kept: list[str] = []
    room = _REMARK_CHARACTERS
    for remark in dict.fromkeys(" ".join(remark.split()) for remark in remarks):
        if room < len(remark):
            return (*kept, MORE_LEFT_OUT)
        kept.append(remark)
        room -= len(remark)
    return tuple(kept)


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
