"""The conversation, as it stands in a request: who said what.

How a bot marks its speakers is its own affair, so the marks are read as people would read them: `Alice (#x7ab, Sat 19:05): hello`
and `Alice: hello` are said by Alice, and what bears no mark is said by somebody, be there a time in brackets before it or not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.sandbox.model.demo.sight import sight_of
from bot.sandbox.model.tokens import message_text
from bot.sandbox.wire import Json

SOMEBODY = "somebody"
_TAGS = (
    re.compile(r"(?P<name>[^\n]{1,80}?) \((?P<key>#\w{1,24})(?:, [^()\n]{1,48})?\): ?(?P<text>.*)", re.DOTALL),
    re.compile(r"(?P<key>(?P<name>[^\s:]{1,80})): (?P<text>.*)", re.DOTALL),  # a colon later in a sentence is no tag
)
_QUOTE = re.compile(r"(?:In reply to |The link leads to )[^\n]*\n(?:\\?>[^\n]*\n?)+")
_TIME = re.compile(r"\[\w{3} [\d-]{10} [^\]\n]{1,24}\](?: |\Z)")
_SHORT = 120
_SYSTEM = frozenset({"system", "developer"})


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a person. `key` tells namesakes apart; `number` counts the messages of people, from 1.

    `shown` has a line for each file that came with it; the files' own texts are not in `text`.
    """

    number: int
    author: str
    key: str
    text: str
    shown: tuple[str, ...] = ()

    @property
    def quoted(self) -> str:
        """The text in one line, shortened, between quotation marks."""
        return quoted(self.text)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The contents of a request: the messages of people, the newest last, and how many answers and others there are.

    `system` is the text of the first system prompt, empty without one.
    """

    said: tuple[Said, ...]
    answers: int
    others: int
    system: str = ""

    @property
    def question(self) -> Said:
        """The message to be answered."""
        return self.said[-1]

    @property
    def earlier(self) -> tuple[Said, ...]:
        """The messages of people before it."""
        return self.said[:-1]


def quoted(text: str) -> str:
    """Return a text in one line, shortened, between quotation marks."""
    line = " ".join(text.replace("`", "'").split())
    return f"“{line if len(line) <= _SHORT else line[:_SHORT] + '…'}”"


def heard(messages: Sequence[Json]) -> Conversation:
    """Read the messages of a request. One without any of a person is taken as an empty question."""
    said: list[Said] = []
    answers = 0
    for message in messages:
        if message.get("role") == "user":
            said.append(_said(len(said) + 1, message))
        elif message.get("role") == "assistant":
            answers += 1
    others = len(messages) - len(said) - answers
    system = next((message_text(one) for one in messages if one.get("role") in _SYSTEM), "")
    return Conversation(tuple(said) or (Said(1, SOMEBODY, SOMEBODY, ""),), answers, others, system)


def _said(number: int, message: Json) -> Said:
    sight = sight_of(message)
    content = _TIME.sub("", sight.text, count=1) if _TIME.match(sight.text) else sight.text
    for tag in _TAGS:
        if found := tag.fullmatch(content):
            text = _QUOTE.sub("", found["text"]).strip()
            return Said(number, found["name"], found["key"], text, sight.lines)
    return Said(number, SOMEBODY, SOMEBODY, content.strip(), sight.lines)
