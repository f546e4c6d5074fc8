"""The text of one attempt as it grows, and the end that it comes to."""

from dataclasses import dataclass

from bot.chat.endings import CONTENT_FILTER, FINAL, WITHOUT_TEXT, AnswerEnd
from bot.chat.ports.display import LiveAnswer
from bot.chat.ports.model import Delta, Finish, ModelEvent
from bot.chat.sentences import DOWN
from bot.chat.turns import LENGTH, AnswerState, clean
from bot.errors import ModelError, ModelSilent


@dataclass(frozen=True, slots=True)
class ProviderDown:
    """The model cannot be reached, so its answer waits."""


@dataclass(slots=True)
class GrowingText:
    """The text of an attempt so far, and where it is shown; `kept` is the text that one which goes on began with."""

    live: LiveAnswer
    text: str = ""
    kept: str = ""
    finish: Finish | None = None
    _half: str = ""

    def hear(self, event: ModelEvent | ProviderDown) -> None:
        """Take the next event of the call."""
        if isinstance(event, Delta):
            text = self._half + event.text
            self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""  # its other half may come next
            self.text += clean(text.removesuffix(self._half))
            self.live.show(self.text)
        elif isinstance(event, Finish):
            self.finish = event
        elif isinstance(event, ProviderDown):
            self.live.remark(DOWN)

    def ended(self) -> AnswerEnd:
        """The end of a stream that came to its own end."""
        reason = self.finish.reason if self.finish else ""
        if self.text.strip():
            return AnswerEnd(AnswerState.DONE, reason)
        return self.broken(reason if reason == CONTENT_FILTER else ModelSilent.reason)

    def failed(self, error: ModelError) -> AnswerEnd:
        """The end of a stream that an error broke. What the error knows beyond its reason is said where there is no text."""
        return self.broken(error.reason, "" if self._grown else error.public)

    def broken(self, reason: str, note: str = "") -> AnswerEnd:
        """The end of a stream that broke: what was written stays."""
        end = broken(self.text, self.kept, reason, note)
        if end.state is AnswerState.FAILED:
            self.text = ""
        return end

    @property
    def _grown(self) -> bool:
        """Whether there is text that the attempt did not begin with."""
        return self.text != self.kept and bool(self.text.strip())


def broken(text: str, kept: str, reason: str, note: str = "") -> AnswerEnd:
    """The end of an attempt that broke with `text`, of which it began with `kept`.

    Where nothing followed the text that was kept, that is as good as it was, and may be continued once more.
    """
    if kept and (text == kept or not text.strip()):
        return AnswerEnd(AnswerState.DONE, reason if reason in FINAL else LENGTH, note or WITHOUT_TEXT.get(reason, ""))
    if text.strip():
        return AnswerEnd(AnswerState.INTERRUPTED, reason, note)
    return AnswerEnd(AnswerState.FAILED, reason, note)
