"""An answer as it grows, the ways in which it can end, and what is said of each under it or in its place."""

from dataclasses import dataclass
from typing import Final

from bot.chat.ports import Delta, Finish, Offer, Showing
from bot.chat.turns import AnswerState, Usage, clean
from bot.errors import ModelSilent

STOPPED: Final = "I was switched off while I wrote this. Please ask again if you need the rest."
STOPPED_EARLY: Final = "I was switched off before I could answer. Please ask again."
CUT_BY_LENGTH: Final = "This is as long as my answers may become."
CUT: Final = "length"
"""The reason of an answer that reached its limit of tokens, and so may be continued."""
FILTERED: Final = "My language model's content filter ended this answer."


@dataclass(frozen=True, slots=True)
class End:
    """The state in which an attempt ends, and what is said of it, and offered, under the answer or in its place."""

    state: AnswerState
    note: str = ""
    offer: Offer | None = None


@dataclass(slots=True)
class Writing:
    """The text of an attempt so far, and where it is shown; `kept` is the text that one which goes on began with."""

    showing: Showing
    text: str = ""
    kept: str = ""
    usage: Usage | None = None
    reason: str = ""
    _half: str = ""

    def add(self, piece: Delta | Finish) -> None:
        """Take the next piece from the model."""
        if isinstance(piece, Finish):
            self.reason, self.usage = piece.reason, piece.usage
            return
        text = self._half + piece.text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""  # its other half may come next
        self.text += clean(text.removesuffix(self._half))
        self.showing.show(self.text)

    def ended(self) -> End:
        """The end of a stream that came to its own end."""
        if not self.text.strip():
            return self.broken_by(FILTERED if self.reason == "content_filter" else ModelSilent.public)
        return done(self.reason)

    def broken_by(self, note: str, without_text: str = "", offer: Offer | None = Offer.RETRY) -> End:
        """The end of a stream that broke: what was written stays. `without_text` is the note where nothing was.

        Where nothing followed the text that was kept, that is as good as it was, and may be continued once more.
        """
        if self.kept and self.text == self.kept:
            self.reason = CUT
            return End(AnswerState.DONE, without_text or note, offer and Offer.CONTINUE)
        if self.text.strip():
            return End(AnswerState.INTERRUPTED, note, offer)
        self.text = ""
        return End(AnswerState.FAILED, without_text or note, offer)


def done(reason: str) -> End:
    """The end of an answer that the model ended, for a reason in its own word."""
    if reason == CUT:
        return End(AnswerState.DONE, CUT_BY_LENGTH, Offer.CONTINUE)
    return End(AnswerState.DONE, FILTERED if reason == "content_filter" else "")
