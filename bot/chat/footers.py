"""The footer of an answer: one line of small print about the call that wrote it. It is shown, never stored or sent to a model."""

import logging
from typing import Final

from bot.chat.calls import CallRecord
from bot.chat.ports.calls import Calls
from bot.chat.texts import FOOTER, FOOTER_CACHED, FOOTER_TOKENS
from bot.chat.turns import Record
from bot.config import AnswerSettings, Current
from bot.errors import StoreError

log = logging.getLogger(__name__)

_MARKDOWN: Final = str.maketrans({sign: f"\\{sign}" for sign in "\\*_~|`<>[]"})


class Footers:
    """Reads the calls of answers for their footers, where `answers.footer` is set."""

    def __init__(self, calls: Calls, answers: Current[AnswerSettings]) -> None:
        self._calls = calls
        self._answers = answers

    async def of(self, record: Record) -> str:
        """Return the footer of the displayed attempt; empty without text, without a call, and while the store fails."""
        displayed = record.displayed
        if not self._answers.value.footer or displayed is None or not displayed.text:
            return ""
        try:
            call = await self._calls.newest(record.question.position, displayed.sibling)
        except StoreError as error:
            log.info("question %s: its footer cannot be read: %s", record.question.key, error)
            return ""
        return "" if call is None else footer_of(call)


def footer_of(call: CallRecord) -> str:
    """Return who answered, with how many tokens, and how long it took: `gpt-6-luna · 1.2k tokens, 90 % cached · 2.1 s`.

    The time is that from the beginning of the call, with its wait for a slot, to its end. An unknown usage is left out.
    """
    if call.end is None or call.ended_at is None or not call.end.model:
        return ""
    usage = call.end.usage
    tokens = ""
    if usage is not None and usage.prompt and not call.end.estimated:
        cached = FOOTER_CACHED.format(share=round(100 * usage.cached / usage.prompt)) if usage.cached else ""
        tokens = FOOTER_TOKENS.format(tokens=_short(usage.prompt + usage.completion), cached=cached)
    seconds = max(0, call.ended_at - call.started_at) / 1000
    return FOOTER.format(model=call.end.model.translate(_MARKDOWN), tokens=tokens, seconds=f"{seconds:.1f}")


def _short(count: int) -> str:
    """Return a count in thousands or millions where it is as large: `950`, `1.2k`, `3.4M`."""
    for size, sign in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}{sign}"
    return str(count)
