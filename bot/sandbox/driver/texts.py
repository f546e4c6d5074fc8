"""Texts: what a person types, as Discord's client sends it; and what people read, compared without its looks."""

import re
from functools import lru_cache

from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.users import User
from bot.sandbox.discord.world.world import World

_MARKUP = re.compile(r"<(?:@[!&]?|#)\d+>")
_FENCE_LINE = re.compile(r"^[ \t>]*(?:```|~~~)[`~]*[^\n`]*$", re.MULTILINE)
_LINK_TO_ITSELF = re.compile(r"\[(https?://[^\s\]]+)\]\(\1\)")
_MARKS = re.compile(r"[\s\\`*_~|#>]+")
_SPACE = re.compile(r"\s+")
_SMALL_PRINT = re.compile(r"(?:(?:^|\n)-# [^\n]*)+\Z")


def typed(world: World, channel: Channel, text: str) -> str:
    """Turn `@Name` into the mention of that member here, and `@Role` into a role's; users come first."""
    names: dict[str, str] = {}
    if channel.guild is not None:
        names |= {
            role.name: role.mention for role in channel.guild.roles.values() if role is not channel.guild.everyone
        }
    names |= {user.name: user.mention for user in _present(world, channel)}
    if not names:
        return text
    longest_first = sorted(names, key=len, reverse=True)
    pattern = "|".join(re.escape(name) for name in longest_first)
    return re.sub(rf"@({pattern})(?!\w)", lambda found: names[found[1]], text)


def _present(world: World, channel: Channel) -> list[User]:
    if channel.guild is None:
        return channel.recipients
    return [member.user for member in channel.guild.members.values() if member.user.id in world.users]


@lru_cache(maxsize=256)
def asks(text: str, question: str) -> bool:
    """Tell whether a text holds a question's words, in their order; mentions may read differently there."""
    found = _plain(text)
    for fragment in _MARKUP.split(question):
        _, match, found = found.partition(_plain(fragment)) if _plain(fragment) else ("", "-", found)
        if not match:
            return False
    return True


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().lower()


def bare(text: str) -> str:
    """Return a text without white space, Markdown's marks and lines that open or close a code fence.

    An answer in several messages has its fences and marks closed and opened again at each seam, what Discord's Markdown does not
    know may be written in another way, and Discord trims white space.
    """
    fenceless = _FENCE_LINE.sub("", text.replace("\u200b", ""))
    return _MARKS.sub("", _LINK_TO_ITSELF.sub(r"\1", fenceless))


def without_small_print(text: str) -> str:
    """Return a text without the lines of small print at its end, which a bot adds to what its model says."""
    return _SMALL_PRINT.sub("", text)
