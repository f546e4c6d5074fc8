"""Bad weather: a share of everything on the wire fails, and the gateway is shaken."""

import asyncio
from random import Random
from typing import Final

from bot.sandbox import Sandbox

_MESSAGES: Final = "/channels/{channel_id}/messages"
_MESSAGE: Final = "/channels/{channel_id}/messages/{message_id}"


def brews(box: Sandbox, *, share: float, stalls: float = 0.01) -> None:
    """Let a small share of everything fail, until `is_well` is said to both servers."""
    model = box.model
    brews_on_discord(box, share=share)
    model.fails(500, times=None, share=share)
    model.fails(429, headers={"retry-after": "1"}, times=None, share=share)
    model.cuts_after(3, times=None, share=share)
    model.ends_early(after=4, times=None, share=share)
    if stalls:
        model.stalls(after=2, times=None, share=stalls)


def brews_on_discord(box: Sandbox, *, share: float) -> None:
    """Let a small share of what is asked of Discord fail, until `is_well` is said to it."""
    discord = box.discord
    for route in (("POST", _MESSAGES), ("PATCH", _MESSAGE)):
        discord.fails(*route, 502, times=None, share=share)
        discord.fails(*route, 429, times=None, share=share)
        discord.loses_answers(*route, times=None, share=share)
    discord.fails("GET", _MESSAGES, 500, times=None, share=share)


async def shakes_gateway(box: Sandbox, random: Random, *, pause: tuple[float, float] = (1, 4)) -> None:
    """Drop, invalidate or renew the bot's connection, with so many seconds in between, until cancelled.

    discord.py waits five seconds before it identifies anew: whoever shakes more often than that keeps the bot away.
    """
    discord = box.discord
    while True:
        await asyncio.sleep(random.uniform(*pause))
        match random.randrange(4):
            case 0:
                discord.invalidates_sessions(resumable=False)
            case 1:
                discord.asks_to_reconnect()
            case _:
                await discord.drops_gateway(random.choice((4000, 4009, 1006)))
