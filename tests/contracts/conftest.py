"""Every store that there is, for the suites of its ports."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.chat.ports.store import Store
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.store import opened
from tests.fakes.state import State
from tests.fakes.store import memory_store


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that nobody has written to: a copy of it is there sooner than one that is made."""
    migrate(path := tmp_path_factory.mktemp("store") / "history.db")
    return path


@pytest.fixture(params=["sqlite", "two connections", "memory"])
async def stores(
    request: pytest.FixtureRequest, new_database: Path, tmp_path: Path
) -> AsyncIterator[tuple[Store, Store]]:
    """Two views of one history: the second sees what the first writes."""
    async with AsyncExitStack() as stack:
        if request.param == "memory":
            memory = memory_store(State())
            yield memory, memory
            return
        path = Path(shutil.copy(new_database, tmp_path / "history.db"))
        first = await stack.enter_async_context(opened(path))
        second = first
        if request.param == "two connections":
            second = await stack.enter_async_context(opened(path))
        yield first, second


@pytest.fixture
def store(stores: tuple[Store, Store]) -> Store:
    """The first view."""
    return stores[0]
