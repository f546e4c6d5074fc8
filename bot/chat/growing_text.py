"""The text of one attempt while it grows, and the end of the attempt when the stream ends."""

from dataclasses import dataclass, field
from typing import Final

from bot.chat.endings import CONTENT_FILTER, FINAL, WITHOUT_TEXT, AnswerEnd
from bot.chat.ports.display import LiveAnswer
from bot.chat.ports.model import Delta, Finish, ModelEvent, Withdrawn
from bot.chat.texts import DOWN
from bot.chat.turns import LENGTH, AnswerState, clean
from bot.chat.visible import is_blank
from bot.errors import ModelError, ModelOverlong, ModelSilent

LONGEST_TEXT: Final = 2_500_000
"""Most characters of an answer: in UTF-8 they always fit into the largest file that Discord takes, 10 MiB."""
_JOINED_AT_ONCE: Final = 100_000
"""Up to this length each event is shown at once. Of a longer text, which goes to a file, a 64th may wait."""


@dataclass(frozen=True, slots=True)
class ProviderDown:
    """The provider cannot be reached, so the answer waits for it."""


@dataclass(slots=True)
class GrowingText:
    """The text of an attempt so far, shown in `live`. `kept` is the earlier text that the attempt continues."""

    live: LiveAnswer
    kept: str = ""
    finish: Finish | None = None
    _text: str = ""
    _waiting: list[str] = field(default_factory=list[str])
    _waiting_length: int = 0
    _high_surrogate: str = ""

    def __post_init__(self) -> None:
        self._text = self.kept

    @property
    def text(self) -> str:
        """The text so far."""
        if self._waiting:
            self._text += "".join(self._waiting)
            self._waiting.clear()
            self._waiting_length = 0
        return self._text

    def hear(self, event: ModelEvent | ProviderDown) -> None:
        """Add the next event of the call, and show the result. Raises ModelOverlong when the text has reached its longest."""
        if isinstance(event, Delta):
            text = self._high_surrogate + event.text
            self._high_surrogate = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""  # the low one may come next
            self._add(clean(text.removesuffix(self._high_surrogate)))
        elif isinstance(event, Withdrawn):
            self._replace(self.kept)
            self._high_surrogate = ""
            self.live.show(self.text)
        elif isinstance(event, Finish):
            self.finish = event
            self.live.whole()
        elif isinstance(event, ProviderDown):
            self.live.remark(DOWN)

    def _add(self, text: str) -> None:
        length = len(self._text) + self._waiting_length
        is_longest = length + len(text) > LONGEST_TEXT
        self._waiting.append(text[: max(0, LONGEST_TEXT - length)])
        self._waiting_length += len(self._waiting[-1])
        if is_longest or length < _JOINED_AT_ONCE or self._waiting_length * 64 > length:
            self.live.show(self.text)
        if is_longest:
            raise ModelOverlong(f"the answer has more than {LONGEST_TEXT} characters")

    def _replace(self, text: str) -> None:
        self._waiting.clear()
        self._waiting_length = 0
        self._text = text

    def ended(self) -> AnswerEnd:
        """Return the end of an attempt after a stream that finished normally."""
        reason = self.finish.reason if self.finish else ""
        if not is_blank(self.text):
            return AnswerEnd(AnswerState.DONE, reason)
        return self.broken(reason if reason == CONTENT_FILTER else ModelSilent.reason)

    def failed(self, error: ModelError) -> AnswerEnd:
        """Return the end of an attempt after an error. The error's own sentence is shown only when there is no new text."""
        return self.broken(error.reason, "" if self.has_new_text else error.public)

    def broken(self, reason: str, note: str = "") -> AnswerEnd:
        """Return the end of an attempt after a stream that broke off. Text that was written stays."""
        end = broken(self.text, self.kept, reason, note)
        if end.state is AnswerState.FAILED:
            self._replace("")
        return end

    @property
    def has_new_text(self) -> bool:
        """Whether there is text beyond the text that the attempt began with."""
        return self.text != self.kept and not is_blank(self.text)


def broken(text: str, kept: str, reason: str, note: str = "") -> AnswerEnd:
    """Return the end of an attempt that broke off with `text`. `kept` is the text that it began with.

    When nothing was added to `kept`, the attempt is done, because that text is as good as before. It may then be continued again,
    unless the reason is in `FINAL`.
    """
    if kept and (text == kept or is_blank(text)):
        return AnswerEnd(AnswerState.DONE, reason if reason in FINAL else LENGTH, note or WITHOUT_TEXT.get(reason, ""))
    if not is_blank(text):
        return AnswerEnd(AnswerState.INTERRUPTED, reason, note)
    return AnswerEnd(AnswerState.FAILED, reason, note)
