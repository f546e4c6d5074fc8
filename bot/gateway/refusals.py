"""Maps the errors of discord.py at login and on the gateway to DiscordError, whose text tells the operator how to mend it."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import aiohttp
import discord

from bot.config.proxies import is_excepted, proxy_for
from bot.errors import DiscordError, IntentsRefused
from bot.gateway.discord_internals import api_base

_INTENT_REFUSED: Final = 4014
FINAL_CLOSES: Final = frozenset({4004, 4010, 4011, 4012, 4013, _INTENT_REFUSED})
"""Close codes after which a new connection would be closed again (Discord's documentation, Gateway Close Event Codes)."""
_CHECK_PROXY: Final = "check discord.proxy, which it is asked through, and discord.api_base"
UNREACHABLE: Final = (discord.GatewayNotFound, aiohttp.ClientError, OSError, TimeoutError)
"""Errors that mean that no connection to Discord stands."""


@contextmanager
def explained(*, proxied: bool = False) -> Generator[None, None, None]:
    """Raise DiscordError in place of the errors that discord.py raises in the body. `proxied`: `discord.proxy` is set."""
    try:
        yield
    except discord.LoginFailure as error:
        raise DiscordError(
            "Discord refuses the token: copy it anew from the developer portal into DISCORD_TOKEN"
        ) from error
    except discord.ConnectionClosed as error:
        refused = error.code == _INTENT_REFUSED
        what = "enable the intent it needs" if refused else "check the token and the intents"
        raise (IntentsRefused if refused else DiscordError)(
            f"Discord closed the connection for good (code {error.code}): {what} in the developer portal under Bot"
        ) from error
    except discord.HTTPException as error:
        raise DiscordError(
            f"Discord refuses a request at start (status {error.status}, code {error.code}): try later"
        ) from error
    except UNREACHABLE as error:
        check = _CHECK_PROXY if proxied else f"check the network and discord.api_base{_unused_proxy()}"
        raise DiscordError(f"Discord cannot be reached ({type(error).__name__}): {check}") from error


def _unused_proxy() -> str:
    """Return a note about the proxy that the environment names for Discord, because discord.py does not use it."""
    proxy = proxy_for(api_base())
    return (
        f"; Discord is asked directly (discord.proxy is empty), not through {proxy}"
        if proxy and not is_excepted(api_base())
        else ""
    )


@contextmanager
def readable() -> Generator[None, None, None]:
    """Raise DiscordError in place of whatever discord.py stumbles over in an answer that is not Discord's JSON.

    discord.py takes an answer of any other content type than exactly `application/json` for a text. Errors that `explained` knows
    pass through.
    """
    try:
        yield
    except (discord.LoginFailure, discord.ConnectionClosed, discord.HTTPException, *UNREACHABLE):
        raise
    except Exception as error:
        raise DiscordError(
            f"Discord's answer at the login cannot be read ({type(error).__name__}): check discord.api_base; a proxy before "
            "Discord must pass its JSON on unchanged, as application/json"
        ) from error
