"""Turns Discord's marks in a text into words for the model: mentions, commands, moments, tabs of a server, emoji.

Names stand as in a speaker's tag (`bot.chat.speakers.name_of`): on one line, without characters that turn the text around. Of two
people with the same name, and of one with the bot's name, the mention has the id of the tag too.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import discord

from bot.chat.moments import moment
from bot.chat.speakers import name_of, tag
from bot.chat.turns import Author, clean
from bot.intake.readers import Asker, sees

_MARK: Final = re.compile(
    r"<(?P<kind>@!|@&|@|\#)(?P<id>\d{15,21})>"
    r"|<a?:(?P<emoji>\w{2,32}):\d{15,21}>"
    r"|</(?P<command>[^<>/:\n]{1,100}):\d{15,21}>"
    r"|<t:(?P<seconds>-?\d{1,13})(?::[tTdDfFsSR])?>"
    r"|<id:(?P<tab>customize|browse|guide|linked-roles)(?::\d{15,21})?>"
)
"""The marks of Discord's documentation, Reference, "Message Formatting"."""
_TABS: Final = {
    "customize": "Channels & Roles",
    "browse": "Browse Channels",
    "guide": "Server Guide",
    "linked-roles": "Linked Roles",
}
"""The names under which Discord's client shows the tabs of a server."""


def author_of(user: discord.abc.User) -> Author:
    """Return a person as the author of a question or of a quoted message."""
    return Author(user.id, clean(user.display_name))


@dataclass(frozen=True, slots=True)
class Words:
    """Replaces marks by words, for the one who asks. `zone` is that of moments; None for the machine's.

    A channel that the asker cannot see keeps its id.
    """

    asker: Asker
    bot: discord.abc.User
    zone: tzinfo | None = None

    def of(self, message: discord.Message) -> Callable[[str], str]:
        """Return a function that replaces the marks of a text which stands in `message`."""
        names: dict[int, str] = {}

        def word(match: re.Match[str]) -> str:
            if not names:
                names.update(self._names(message))
            return self._word(match, names, message.guild or self.asker.guild)

        return lambda text: clean(_MARK.sub(word, text))

    def _word(self, match: re.Match[str], names: dict[int, str], guild: discord.Guild | None) -> str:
        if match["id"] is None:
            return self._of_nobody(match)
        target = int(match["id"])
        if match["kind"] == "#":
            channel = guild.get_channel_or_thread(target) if guild else None
            return f"#{_plain(channel.name)}" if channel and sees(self.asker, channel) else match[0]
        if match["kind"] == "@&":
            role = guild.get_role(target) if guild else None
            return f"@{_plain(role.name)}" if role else match[0]
        return f"@{names[target]}" if target in names else match[0]

    def _of_nobody(self, match: re.Match[str]) -> str:
        """Return the words for a mark that stands for no person, role or channel."""
        if match["emoji"]:
            return f":{match['emoji']}:"
        if match["command"]:
            return f"/{match['command']}"
        if match["tab"]:
            return f"#{_TABS[match['tab']]}"
        return self._moment(int(match["seconds"])) or match[0]

    def _moment(self, seconds: int) -> str | None:
        try:
            return moment(seconds * 1000, self.zone)
        except (ValueError, OverflowError, OSError):  # a year that Python does not know
            return None

    def _names(self, message: discord.Message) -> dict[int, str]:
        """Return how the people whom a message mentions are called, by their ids; the bot and both authors count as known."""
        people = {one.id: author_of(one) for one in (self.bot, self.asker.user, message.author, *message.mentions)}
        shown = {id_: name_of(one) for id_, one in people.items()}
        folded = {id_: unicodedata.normalize("NFKC", name).casefold() for id_, name in shown.items()}
        alike = Counter(folded.values())
        return {id_: shown[id_] if alike[folded[id_]] == 1 else tag(one) for id_, one in people.items()}


def _plain(name: str) -> str:
    return name_of(Author(0, clean(name)))
