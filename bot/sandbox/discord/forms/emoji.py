"""`is_emoji` tells standard emoji from other texts; the sandbox's guilds have no emoji of their own.

Discord decides by a list of its own. This module decides by the grammar of Unicode's emoji sequences (UTS 51), over the
blocks that emoji are in. Discord refuses a bad emoji of any component with a button's code (discord-api-docs, issue
8071).
"""

import re

from bot.sandbox.discord.forms.reading import Reader

INVALID = ("BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")

_SYMBOL = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_ONE = f"{_SYMBOL}\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
_EMOJI = re.compile(
    f"{_ONE}(?:\u200d{_ONE})*|[\U0001f1e6-\U0001f1ff]{{1,2}}|[0-9#*]\ufe0f?\u20e3"  # symbols, flags, keycaps
)


def is_emoji(text: str) -> bool:
    """Tell whether a text is one standard emoji."""
    return _EMOJI.fullmatch(text) is not None


def check_emoji(reader: Reader) -> None:
    """Check the emoji of a button or an option. A guild's emoji is refused, as Discord refuses a deleted one."""
    if (emoji := reader.inner("emoji")) is None:
        return
    name: object = emoji.body.get("name")
    custom = emoji.snowflake("id") is not None
    if custom or not isinstance(name, str) or not is_emoji(name):
        emoji.wrong("name", INVALID)
    emoji.flag("animated")
