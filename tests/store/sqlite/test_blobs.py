"""The bytes of pictures in the file: deleted with their last content, swept at a start, copied and looked at like all else."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.chat.content import Text
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.store import Store
from bot.errors import StoreError
from bot.store.sqlite.damage import deep_look
from bot.store.sqlite.session import Job, Session, Transaction
from bot.store.sqlite.store import TRIGGERS, opened
from tests.contracts.stories import asked, position_of
from tests.contracts.test_blobs import BLOB, CAT, HASH, PICTURE, shown


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The place of the database."""
    return tmp_path / "history.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """A fresh history."""
    async with opened(path) as store:
        yield store


@pytest.fixture
def sql(store: Store, path: Path) -> Iterator[sqlite3.Connection]:
    """Another connection to the same file, with the triggers of the store's own; it commits each statement."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(TRIGGERS.read_text(encoding="utf-8"))
        yield connection


async def test_a_picture_goes_with_the_last_question_that_holds_it(store: Store, sql: sqlite3.Connection) -> None:
    """The bytes stay while a content names them, and are deleted with the last one."""
    first, second = [await shown(store, key, PICTURE) for key in (1, 2)]
    sql.execute("DELETE FROM contents WHERE position = ?", (first,))
    assert await store.blobs.read([HASH]) == {HASH: CAT}
    sql.execute("DELETE FROM contents WHERE position = ?", (second,))
    assert await store.blobs.read([HASH]) == {}


async def test_a_picture_in_use_cannot_be_deleted(store: Store, sql: sqlite3.Connection) -> None:
    """The schema refuses to delete bytes that a content names."""
    await shown(store, 1, PICTURE)
    with pytest.raises(sqlite3.IntegrityError):
        sql.execute("DELETE FROM blobs")


async def test_bytes_that_belong_to_nothing_are_swept_at_a_start(path: Path) -> None:
    """A start deletes bytes that no content names, and no others."""
    async with opened(path) as store:
        await shown(store, 1, PICTURE)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO blobs VALUES (x'00', 'image/png', 1, 1, 1, x'00')")
        connection.commit()
    async with opened(path) as store:
        assert await store.blobs.read([HASH, b"\0"]) == {HASH: CAT}


async def test_an_attempt_that_cannot_begin_leaves_no_bytes(store: Store) -> None:
    """Where the attempt is refused, its pictures are not stored."""
    beginning = NewAttempt(99, 1, "default", 9000, contents=(Text("Q"), PICTURE), tokens=1, blobs=(BLOB,))
    with pytest.raises(StoreError):
        await store.attempts.begin(beginning)
    position = await position_of(store, asked(1))
    late = NewAttempt(position, 1, "default", 9000, contents=(Text("Q"), PICTURE), tokens=1, blobs=(BLOB,), after=1)
    assert await store.attempts.begin(late) is None
    assert await store.blobs.read([HASH]) == {}


async def test_a_deep_look_finds_a_picture_that_has_changed(path: Path) -> None:
    """`check --deep` compares each picture with its hash."""
    async with opened(path) as store:
        await shown(store, 1, PICTURE)
    assert deep_look(path) == []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE blobs SET bytes = x'00'")
        connection.commit()
    assert deep_look(path) == ["the bytes of blob 1 have changed"]


async def test_a_job_that_writes_much_shares_no_transaction(path: Path) -> None:
    """A job that asks for it is committed alone; the jobs before it and after it keep their order."""
    async with opened(path):
        pass
    order: list[str] = []

    def noting(name: str) -> Job[None]:
        def job(transaction: Transaction) -> None:
            order.append(name)
            if name == "fails":
                transaction.all("ROLLBACK")  # ends the whole transaction, whoever shares it
                raise sqlite3.OperationalError("the disk is full")
            transaction.all("INSERT INTO facts (key, value) VALUES (:key, '')", {"key": name})

        return job

    async with Session(path, writes=True) as session:
        jobs = (session.run(noting(name), alone=name == "fails") for name in ("a", "b", "fails", "c"))
        outcomes = await asyncio.gather(*jobs, return_exceptions=True)
        stored = [row["key"] for row in await session.all("SELECT key FROM facts ORDER BY key")]
    assert order == ["a", "b", "fails", "c"]
    assert stored == ["a", "b", "c"]
    assert [isinstance(one, StoreError) for one in outcomes] == [False, False, True, False]
