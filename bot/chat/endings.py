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
    COUNT,
    CUT_BY_LENGTH,
    EARLIER,
    FILTERED,
    LATER,
    MORE_LEFT_OUT,
    STOPPED,
    SWITCHED_OFF,
    SWITCHED_OFF_EARLY,
    TOO_MUCH_TEXT,
    TOOK_TOO_LONG,
)
from bot.chat.turns import LENGTH, PERSON, Answer, AnswerState, Record
from bot.config import LAST, NONE, Buttons
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
NOT_STORED: Final = "not_stored"
"""Reasons that the bot sets itself.

`SHUTDOWN`: the bot was switched off. `RESTART`: the bot had crashed. `TOO_OLD`: the question was too old to be answered.
`NOT_STORED`: the answer was complete, but the bot ended before the store took it, so that
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


_TOLD_ELSEWHERE: Final = frozenset({AnswerState.WRITING, AnswerState.INTERRUPTED, AnswerState.FAILED})
"""The states of a newest attempt whose end is told under the earlier attempt that stays on display."""
_REMARK_CHARACTERS: Final = 600


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """The end of an attempt. `note` replaces the note for `reason` when the bot knows more at that moment."""

    state: AnswerState
    reason: str
    note: str = ""


def stopped(reason: str) -> AnswerEnd:
    """Return the end of an attempt that was stopped for a reason."""
    return AnswerEnd(AnswerState.STOPPED, reason)


def appearance_of(record: Record, note: str = "", buttons: Buttons = LAST) -> Appearance:
    """Return the appearance of the displayed attempt. `note` replaces the note for the reason of its end.

    When a later attempt failed or broke off and an earlier one stays on display, the note is that of the later attempt.
    """
    newest, displayed = record.newest, record.displayed
    if newest is None or displayed is None:
        return Appearance("")
    described = newest if newest.state in _TOLD_ELSEWHERE else displayed
    with_text = bool(displayed.text) and described is displayed
    note = note or _note(described, with_text=with_text)
    remarks = (*record.question.remarks, *displayed.remarks) if displayed.text else ()
    row = buttons == LAST and (record.last or len(record.siblings) > 1)
    controls = () if buttons == NONE else controls_of(record, row=row)
    return Appearance(displayed.text, note, controls, shortened(remarks))


def controls_of(record: Record, *, row: bool) -> tuple[Control, ...]:
    """Return the buttons under an answer: those that follow what did not end by itself, and with `row` those of any answer.

    The row holds the picks, as in `< 2/3 >`, and Regenerate. After an edit the last answer offers Regenerate, too.
    Nothing is offered for an attempt that would end the same way again.
    """
    newest, displayed = record.newest, record.displayed
    if newest is None or displayed is None or not newest.state.finished:
        return ()
    picks = _picks(record.siblings, displayed.sibling) if row else ()
    if newest.reason in FINAL:
        return picks
    again = Verb.RETRY if newest.state in _TOLD_ELSEWHERE else Verb.REGENERATE
    standing = newest.state is not AnswerState.DONE or (record.last and _is_edited_since(record, newest))
    return (
        *picks,
        *[Control(again, newest.sibling)] * (standing or row),
        *[Control(Verb.CONTINUE, displayed.sibling)] * displayed.allows(Verb.CONTINUE),
    )


def _is_edited_since(record: Record, answer: Answer) -> bool:
    return (record.question.edited_at or 0) > answer.started_at


def _picks(siblings: Sequence[int], shown: int) -> tuple[Control, ...]:
    """Return the buttons `<`, `2/3` and `>`, each with another id; none where there is only one attempt to see."""
    if len(siblings) < 2 or shown not in siblings:
        return ()
    at = siblings.index(shown)
    before, after = siblings[at - 1] if at else 0, siblings[at + 1] if at + 1 < len(siblings) else siblings[-1] + 1
    return (
        Control(Verb.PICK, before, EARLIER, enabled=at > 0),
        Control(Verb.PICK, shown, COUNT.format(number=at + 1, all=len(siblings)), enabled=False),
        Control(Verb.PICK, after, LATER, enabled=at + 1 < len(siblings)),
    )


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
