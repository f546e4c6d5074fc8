"""Orders: what shall go wrong with the bot's coming REST calls, and whether Discord's limits hold."""

from collections.abc import Callable
from typing import Unpack

from bot.sandbox.discord.rest.calls import Call
from bot.sandbox.discord.rest.faults import (
    Delay,
    Drip,
    Fault,
    Garbled,
    Garbling,
    LostAnswer,
    Reset,
    Stall,
    ban,
    failure,
)
from bot.sandbox.discord.rest.server import DiscordServer
from bot.sandbox.schedule import Selection


class Orders:
    """The faults and limits of a Discord. Templates are the documentation's, like `/channels/{channel_id}`.

    What is ordered for a route that is not served raises ValueError: nothing would ever meet it.
    """

    def __init__(self, discord: DiscordServer) -> None:
        self._faults = discord.faults
        self._limits = discord.limits
        self._router = discord.router

    def enforces_limits(self, *, scale: float = 1.0) -> None:
        """Refuse the bot's requests above Discord's limits, which else stand only in headers; `scale` shortens every window."""
        self._limits.enforced, self._limits.scale = True, scale

    def fails(
        self,
        method: str,
        template: str,
        status: int,
        *,
        code: int = 0,
        message: str | None = None,
        retry_after: float | None = 0.05,
        everywhere: bool = False,
        **which: Unpack[Selection[Call]],
    ) -> None:
        """Let calls of a route fail with a status; the template is the documentation's, like `/channels/{channel_id}`.

        A 429 says when to come back, in seconds, unless `retry_after` is None; `everywhere`: it is of the global limit.
        """
        fault = failure(status, code, message, retry_after, everywhere=everywhere)
        self._order(fault, method, template, which)

    def bans(self, method: str, template: str, **which: Unpack[Selection[Call]]) -> None:
        """Answer calls of a route as Cloudflare does after too many bad requests: a 429 in HTML, without `Via`."""
        self._order(ban(), method, template, which)

    def delays(self, method: str, template: str, seconds: float, **which: Unpack[Selection[Call]]) -> None:
        """Carry out calls of a route, and answer them, only after some seconds, even if the client leaves before."""
        self._order(Delay(seconds, self._faults.late), method, template, which)

    def stalls(self, method: str, template: str, **which: Unpack[Selection[Call]]) -> None:
        """Never answer calls of a route, nor carry them out."""
        self._order(Stall(), method, template, which)

    def drips(self, method: str, template: str, *, pause: float = 0.05, **which: Unpack[Selection[Call]]) -> None:
        """Carry out calls of a route, and send the answers byte by byte, with a pause in seconds before each."""
        self._order(Drip(pause), method, template, which)

    def resets(self, method: str, template: str, **which: Unpack[Selection[Call]]) -> None:
        """Reset the connection of calls of a route, which are not carried out."""
        self._order(Reset(), method, template, which)

    def loses_answers(self, method: str, template: str, **which: Unpack[Selection[Call]]) -> None:
        """Carry out calls of a route, but reset the connection before the answer."""
        self._order(LostAnswer(), method, template, which)

    def garbles(
        self,
        method: str,
        template: str,
        how: Garbling | Callable[[bytes], bytes] = Garbling.MALFORMED,
        **which: Unpack[Selection[Call]],
    ) -> None:
        """Carry out calls of a route, but damage the answer, in a known way or by a function of its bytes."""
        self._order(Garbled(how), method, template, which)

    def is_well(self) -> None:
        """Forget every fault that is still to come."""
        self._faults.clear()

    def _order(self, fault: Fault, method: str, template: str, which: Selection[Call]) -> None:
        if (method, template) not in self._router.served:
            methods = [one for one, path in self._router.served if path == template]
            raise ValueError(f"{method} {template} is not served; methods of that template: {methods}")
        self._faults.add(fault, method, template, **which)
