"""Leaves interactions alone that arrive too late for a response.

Discord repeats the events of a connection that broke. By then the person has read that the bot did not respond, and perhaps tried
again: a choice or a reset that is carried out nevertheless would surprise them, and nothing could be said about it.
"""

import logging
from typing import Final

import discord

from bot.chat.ports.clock import Clock
from bot.gateway.discord_internals import skip_interactions

log = logging.getLogger(__name__)

_LATE_MS: Final = 10_000
"""Discord takes a first response for three seconds (its documentation, "Interaction Callback"); the rest allows for clocks."""


def ignore_late_interactions(client: discord.Client, clock: Clock) -> None:
    """Skip each interaction of `client` that is older than ten seconds on Discord's clock."""

    def is_late(interaction_id: int) -> bool:
        age_ms = clock() - int(discord.utils.snowflake_time(interaction_id).timestamp() * 1000)
        if age_ms <= _LATE_MS:
            return False
        log.info("interaction %s came %s s late and is left alone", interaction_id, age_ms // 1000)
        return True

    skip_interactions(client, is_late)
