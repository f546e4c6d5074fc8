"""Lays out an answer whose text Discord refuses, as by a filter: what is shown already stays, with a remark under it. Pure."""

from collections.abc import Sequence
from typing import Final

from bot.reply import texts
from bot.reply.layout import NOTE_MARK, MessageLayout, small_print
from bot.reply.split import LIMIT, split

_FILTERS: Final = frozenset({200000, 200001, 240000})
"""Codes of AutoMod and of the filter of harmful links (Discord's documentation, "JSON Error Codes")."""


def refused_layouts(shown: Sequence[MessageLayout], code: int) -> list[MessageLayout]:
    """Return the messages to show where Discord refused an answer with `code`, a 400, and accepted `shown` of it before."""
    note = refusal(code).text
    accepted = [MessageLayout(one.text) for one in shown if not one.text.startswith(NOTE_MARK)]
    if not accepted:
        return [MessageLayout(note)]
    *before, last = accepted
    text = split(last.text, LIMIT - len(note) - 1)[0]
    return [*before, MessageLayout(f"{text}\n{note}")]


def refusal(code: int) -> MessageLayout:
    """Return the message that says why an answer is missing that Discord refused with `code`."""
    return MessageLayout(small_print(texts.BLOCKED if code in _FILTERS else texts.REFUSED))
