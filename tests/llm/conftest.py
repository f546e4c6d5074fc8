"""A sandbox whose model is asked directly, without a bot, and certificates that are trusted."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sandbox import Sandbox
from tests.llm.wire import authority
from tests.truth.watch import Watch


@pytest_asyncio.fixture
async def box(watch: Watch) -> AsyncGenerator[Sandbox]:
    """A sandbox that listens and accepts any key; what we ask it as OpenAI is held against OpenAI's document."""
    async with watch.sandbox() as sandbox:
        sandbox.model.key = None
        yield sandbox


@pytest.fixture
def known(tmp_path: Path) -> str:
    """A file with the signer of our certificates."""
    path = tmp_path / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def trusted(known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our certificates are trusted by the client."""
    monkeypatch.setenv("SSL_CERT_FILE", known)
