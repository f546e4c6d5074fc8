"""`KeywordRule` is one of a guild's AutoMod rules: messages with its words are blocked.

Source: Discord's documentation, Auto Moderation ("Keyword Matching Strategies": whole words, with `*` at either end for the
rest of a word, whatever the case; "Auto Moderation Rule Object": exempt roles and channels).
"""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KeywordRule:
    """A rule that blocks messages with certain words, and tells of it in the channel `alerts_in` if there is one.

    Bots and webhooks are exempt, as are members who may manage the guild; with `bots_too` the rule holds for bots.
    """

    name: str
    words: tuple[str, ...]
    alerts_in: int | None = None
    exempt_roles: frozenset[int] = frozenset()
    exempt_channels: frozenset[int] = frozenset()
    bots_too: bool = False
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", re.compile("|".join(map(_part, self.words)), re.IGNORECASE))

    def finds(self, text: str) -> str | None:
        """Return what of a text the rule blocks, if anything."""
        found = self._pattern.search(text)
        return found[0] if found else None


def _part(word: str) -> str:
    start, end = ("" if word.startswith("*") else r"(?<!\w)", "" if word.endswith("*") else r"(?!\w)")
    return f"{start}{re.escape(word.strip('*'))}{end}"
