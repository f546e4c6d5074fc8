"""Every `Store` there is, for the suites of its contract."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.chat.ports import Store
from bot.store.sqlite.store import opened
from tests.fakes import MemoryStore


@pytest.fixture(params=["sqlite", "two connections", "memory"])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """Two views of one history: what the first writes, the second has to see."""
    async with AsyncExitStack() as stack:
        if request.param == "memory":
            memory = MemoryStore()
            yield memory, memory
            return
        first = await stack.enter_async_context(opened(tmp_path / "history.db"))
        second = first
        if request.param == "two connections":
            second = await stack.enter_async_context(opened(tmp_path / "history.db"))
        yield first, second


@pytest.fixture
def store(stores: tuple[Store, Store]) -> Store:
    """The first view."""
    return stores[0]
