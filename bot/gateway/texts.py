"""The sentences of the gateway that people read on Discord: why the bot cannot write in a channel, and alerts to its owner."""

from collections.abc import Mapping
from typing import Final

from bot.chat.ports.alerts import Alert
from bot.gateway.bot_permissions import Obstacle

_MORE: Final = (
    "\n-# The log says more. You hear of this at most once a day; `alerts.owner = false` turns these messages off."
)
_WHAT: Final[Mapping[Alert, str]] = {
    Alert.QUOTA_SPENT: (
        "The account that pays for my language model is used up, so I cannot answer. Add credit at the provider, or raise the "
        "limit that you set there."
    ),
    Alert.KEY_REJECTED: (
        "My language model refuses my key, so I cannot answer. Put a valid one into `OPENAI_API_KEY` and start me again."
    ),
    Alert.MODEL_GONE: (
        "I cannot use my language model: its server does not know it any more, has not loaded it, or does not let my key use it. "
        "Check `model.name`; `parley check` tries it."
    ),
    Alert.MODEL_ENDS: (
        "The provider of a language model of mine has announced the day on which it ends; the log names both. Choose another one "
        "in time, in `model.name` or in its table under `models`."
    ),
    Alert.DISK_FULL: (
        "The disk is full, so I cannot store what people ask, and I answer nothing that I cannot store. Make room on it; I go on "
        "by myself."
    ),
    Alert.DATABASE_DAMAGED: (
        "My database is damaged or was taken away, so conversations may be lost. Stop me, look at the disk, and bring back the "
        "newest copy of the file that is whole."
    ),
    Alert.TOKEN_AT_RISK: (
        "I connect to Discord so often that it may reset my token soon. So I connect more rarely now, and may be away for "
        "a while. Check my network, and that nothing else runs with my token."
    ),
    Alert.INTENTS_MISSING: (
        "Discord closed my connection because an intent is switched off, so I have stopped. Switch it on in the developer "
        "portal, under Bot, and start me again."
    ),
}

ALERTS: Final[Mapping[Alert, str]] = {alert: what + _MORE for alert, what in _WHAT.items()}
"""The direct message that the application's owner gets when something fails that only the owner can mend."""


def mute(channel_id: int, obstacle: Obstacle) -> str:
    """Return why the bot cannot answer in a channel, and who can help."""
    if obstacle.timed_out_until is not None:
        why = f"a moderator has timed me out until <t:{int(obstacle.timed_out_until.timestamp())}:f>. Please ask again then."
    elif obstacle.locked:
        why = "the thread is locked. Please ask me elsewhere, or have a moderator unlock it."
    else:
        why = f"I lack the permission “{obstacle.permission}” there. A moderator can give it to me."
    return f"I cannot answer you in <#{channel_id}>: {why}"
