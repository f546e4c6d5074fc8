"""Facts: what somebody told of theirs ("my cat is called Ada"), and who asks for it ("what is her cat called?").

A handful of patterns, no more: enough to show that what was told is still there, who told it, and when it is not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.sandbox.model.demo.conversation import Conversation, Said

_CLAUSE = re.compile(r"[^.!?\n,;]+[.!?\n,;]?")
_ASKS = re.compile(
    r"\s*(?:and |so |but )*(?:what|who|whose|where|when|which|why|how|is|are|do|does|did|can|could)\b", re.IGNORECASE
)
_END = r"(?=\s+(?:and|but|because|so|who|which|that)\b|[,.;:!\n]|$)"
_THING = r"(?P<thing>[a-z][a-z0-9 -]{0,30}?)"
_VALUE = rf"(?P<value>[^,.;:!?\n]{{1,60}}?){_END}"
_NAMED = (
    re.compile(rf"\b(?i:my) {_THING}(?:['’]s name (?:is|was)| (?:is|was) (?:called|named)) {_VALUE}"),
    re.compile(rf"\b(?i:my) (?P<thing>name) (?:is|was) {_VALUE}"),
    re.compile(r"\b(?i:my) (?P<thing>[a-z]+) (?P<value>[A-Z]\w+)\b"),
    re.compile(rf"\b(?i:i have|i['’]ve(?: got)?) (?:an? )?{_THING} (?:called|named) {_VALUE}"),
    re.compile(rf"\b(?P<thing>(?i:call me|i am called|i['’]m called)) {_VALUE}"),
)
_TOLD = re.compile(rf"\b(?i:my) {_THING} (?:is|are|was) (?!called\b|named\b){_VALUE}")
_OWNER = r"(?P<owner>my|his|her|their|our|the|[\w-]+['’]s)"
_WANTED = r"(?P<thing>[\w -]{1,40}(?:['’]s name)?)"
_ASKED = (
    re.compile(rf"\bname of {_OWNER} {_WANTED}", re.IGNORECASE),
    re.compile(rf"\b{_OWNER} {_WANTED} (?:is|was)\b", re.IGNORECASE),
    re.compile(rf"\b(?:what|who|where|how|when)(?:['’]?s| is| was| are) {_OWNER} {_WANTED}", re.IGNORECASE),
    re.compile(rf"\b(?:know|remember|recall) {_OWNER} {_WANTED}", re.IGNORECASE),
    re.compile(r"\b(?P<owner>what|who) am (?P<thing>i)\b", re.IGNORECASE),
)
_NAME_ASKED = re.compile(r"\b(?:names?|called|named)\b", re.IGNORECASE)
_LAST_WORDS = re.compile(r"(?:['’]s)?(?: (?:name|called|named|again|now|please|then))+$")


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement of somebody about something of theirs. `thing` is in lower case; a person's own name is the thing `name`."""

    said: Said
    thing: str
    value: str
    named: bool

    @property
    def said_as(self) -> str:
        """The thing with its verb, to go before the value."""
        return f"{self.thing} is called" if self.named and self.thing != "name" else f"{self.thing} is"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question for a fact: whose (`my`, `her`, `alice`), and what."""

    owner: str
    thing: str
    named: bool


def told(said: Said) -> Iterator[Fact]:
    """Return the facts in one message; questions tell nothing."""
    for clause in _clauses(said.text, asking=False):
        for pattern in (_TOLD, *_NAMED):
            for found in pattern.finditer(clause):
                thing = _thing(found["thing"])
                yield Fact(said, thing, found["value"].strip(" *_\"'“”"), pattern is not _TOLD)


def wanted(text: str) -> Wanted | None:
    """Return what a question wants to know, if it is something that people tell of theirs."""
    for clause in _clauses(text, asking=True):
        for pattern in _ASKED:
            if found := pattern.search(clause):
                owner = re.sub(r"['’]s$", "", found["owner"].lower())
                named = _NAME_ASKED.search(clause) is not None
                return Wanted("my" if owner in {"what", "who"} else owner, _thing(found["thing"]), named)
    return None


def find(conversation: Conversation, want: Wanted) -> Fact | None:
    """Return the newest fact that answers, told before the question."""
    facts = [
        fact
        for said in conversation.earlier
        for fact in told(said)
        if fact.thing == want.thing and (fact.named or not want.named or want.thing == "name")
    ]
    asker = conversation.question
    if want.owner == "my":
        return _newest([fact for fact in facts if fact.said.key == asker.key])
    if want.owner in {"his", "her", "their", "our", "the"}:
        return _newest([fact for fact in facts if fact.said.key != asker.key]) or _newest(facts)
    return _newest([fact for fact in facts if fact.said.author.lower() == want.owner])


def _clauses(text: str, *, asking: bool) -> Iterator[str]:
    """The clauses of a text that ask, or those that do not."""
    for clause in _CLAUSE.findall(text):
        if (clause.endswith("?") or _ASKS.match(clause) is not None) is asking:
            yield clause


def _newest(facts: Sequence[Fact]) -> Fact | None:
    return facts[-1] if facts else None


def _thing(text: str) -> str:
    thing = " ".join(text.lower().replace("favorite", "favourite").split())
    if thing in {"call me", "i am called", "i'm called", "i’m called", "i"}:
        return "name"
    return _LAST_WORDS.sub("", thing)
