"""The threads by which discord.py sends heartbeats: they end with the loop that they send in."""

import asyncio
import threading

from discord.gateway import KeepAliveHandler


async def heartbeats_ended() -> None:
    """Stop those of this loop and wait for them; discord.py leaves the thread of a connection that broke while it identified."""
    loop = asyncio.get_running_loop()
    left = [one for one in threading.enumerate() if isinstance(one, KeepAliveHandler) and one.ws.loop is loop]
    for one in left:
        one.stop()
    for one in left:
        await asyncio.to_thread(one.join)
