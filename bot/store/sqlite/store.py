"""Opens the history at a path with two connections: one writes, the other reads for exports."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Final

from bot.chat.ports.alerts import NO_ALERTS, Alerts
from bot.chat.ports.store import Store
from bot.store.sqlite.attempts import SqliteAttempts
from bot.store.sqlite.blobs import SWEEP, SqliteBlobs
from bot.store.sqlite.calls import SqliteCalls
from bot.store.sqlite.changes import SqliteChanges
from bot.store.sqlite.choices import SqliteChoices
from bot.store.sqlite.conversations import SqliteConversations
from bot.store.sqlite.displays import SqliteDisplays
from bot.store.sqlite.facts import SqliteFacts
from bot.store.sqlite.history import SqliteHistory
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.opt_outs import SqliteOptOuts
from bot.store.sqlite.questions import SqliteQuestions
from bot.store.sqlite.seen import SqliteSeen
from bot.store.sqlite.session import Session

TRIGGERS: Final = resources.files("bot.store.sqlite") / "session.sql"


@asynccontextmanager
async def opened(path: Path, alerts: Alerts = NO_ALERTS) -> AsyncGenerator[Store, None]:
    """Open the history at `path`, and create or upgrade it first when needed. Close it at the end. Raises StoreError.

    Bytes of files that belong to no question are deleted first. While it is open, `alerts` hears of a full disk and of damage.
    """
    await asyncio.to_thread(migrate, path)
    triggers = await asyncio.to_thread(TRIGGERS.read_text, encoding="utf-8")
    async with (
        Session(path, writes=True, script=triggers, alerts=alerts) as writer,
        Session(path, writes=False, alerts=alerts) as reader,
    ):
        await writer.all(SWEEP)
        yield over(writer, reader)


def over(writer: Session, reader: Session) -> Store:
    """Return the ports of the history over two open sessions."""
    return Store(
        questions=SqliteQuestions(writer),
        attempts=SqliteAttempts(writer),
        conversations=SqliteConversations(writer, reader),
        displays=SqliteDisplays(writer),
        calls=SqliteCalls(writer, reader),
        history=SqliteHistory(reader),
        facts=SqliteFacts(writer),
        seen=SqliteSeen(writer),
        blobs=SqliteBlobs(reader),
        choices=SqliteChoices(writer),
        changes=SqliteChanges(writer),
        opt_outs=SqliteOptOuts(writer),
    )
