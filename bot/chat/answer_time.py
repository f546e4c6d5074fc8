"""The longest time of an answer."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from bot.errors import ModelEndless


@asynccontextmanager
async def bounded(seconds: float) -> AsyncGenerator[Callable[[], None]]:
    """Bound an answer's time from its first event, at which the yielded function is called. Raises ModelEndless."""
    now = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(None) as limit:

            def heard() -> None:
                if limit.when() is None:
                    limit.reschedule(now() + seconds)

            yield heard
    except TimeoutError as error:
        raise ModelEndless(f"the answer was not complete after {seconds:g} s (model.answer_seconds)") from error
