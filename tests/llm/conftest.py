"""A sandbox whose model is asked directly, without a bot."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from bot.sandbox import Sandbox
from tests.truth.watch import Watch


@pytest_asyncio.fixture
async def box(watch: Watch) -> AsyncGenerator[Sandbox]:
    """A sandbox that listens and accepts any key; what we ask it as OpenAI is held against OpenAI's document."""
    async with watch.sandbox() as sandbox:
        sandbox.model.key = None
        yield sandbox
