"""Migration 0004 carries a database of version 3 over with nothing lost, even where its process dies in between.

`version3.sql` is the dump of a file that the code of version 3 wrote, with every state that it stored.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from bot.chat.calls import CallState
from bot.chat.content import Text
from bot.chat.places import Conversation, Place, PlaceKind
from bot.chat.ports.attempts import NewAttempt
from bot.chat.ports.history import Turn
from bot.chat.ports.store import Store
from bot.chat.turns import Asked, Author, TurnedDown
from bot.errors import StoreError
from bot.store.sqlite.migrate import MIGRATIONS, migrate
from bot.store.sqlite.store import opened
from tests.contracts.stories import texts

DUMP = Path(__file__).with_name("version3.sql")
MIGRATION = (MIGRATIONS / "0004_calls.sql").read_text(encoding="utf-8")
SERVER = 1_500_000_000_000_000_000
GENERAL, RANDOM, DIRECT = SERVER + 1, SERVER + 2, SERVER + 3
ALICE = Author(SERVER + 11, "Alice")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file of version 3."""
    path = tmp_path / "parley.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return path


@pytest.fixture
async def store(database: Path) -> AsyncIterator[Store]:
    """The history as it is read after the migration."""
    async with opened(database) as store:
        yield store


def select(path: Path, sql: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def schema(connection: sqlite3.Connection) -> dict[str, str]:
    """The statements that made each table and index, without their white space."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'")
    return {name: " ".join(sql.split()) for name, sql in rows}


async def turns_of(store: Store, place_id: int) -> list[tuple[Conversation, list[Turn]]]:
    """Everything that was said in a place, by conversation."""
    conversations = await store.history.conversations(place_id)
    return [(one, [turn async for turn in store.history.turns(one.id)]) for one in conversations]


def test_the_migrations_make_the_schema_that_readers_see(database: Path, tmp_path: Path) -> None:
    """schema.sql is what a fresh database has, and what one of version 3 has after the migration."""
    migrate(database)
    migrate(tmp_path / "fresh.db")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript((resources.files("bot.store.sqlite") / "schema.sql").read_text(encoding="utf-8"))
        shown = schema(connection)
    for path in (database, tmp_path / "fresh.db"):
        with closing(sqlite3.connect(path)) as connection:
            assert schema(connection) == shown
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


SAME = (
    "SELECT id, kind, name, guild_id, parent_id FROM places ORDER BY id",
    """SELECT id, place_id, opened_at, closed_at, window_from, opened_by, previous_id, parent_id, branch_position,
        branch_sibling FROM conversations ORDER BY id""",
    "SELECT key, value FROM facts ORDER BY key",
    "SELECT place_id, message_id FROM seen ORDER BY place_id",
    "SELECT seq FROM sqlite_sequence WHERE name = 'conversations'",
)
"""Queries that mean the same before and after."""
CHANGED = {
    """SELECT position, message_id, conversation_id, author_id, author_name, asked_at, text, prompt, tokens,
        coalesce(refusal, 'none') FROM questions ORDER BY position""":
    """SELECT position, key, conversation_id, author_id, author_name, asked_at, text, prompt, tokens,
        CASE WHEN state IN ('limit', 'unanswerable') THEN state ELSE 'none' END FROM questions ORDER BY position""",
    "SELECT message_id, author_id, asked_at, position FROM questions ORDER BY message_id":
    "SELECT message_id, author_id, at, position FROM claims ORDER BY message_id",
    """SELECT position, sibling, state, text, tokens, started_at, finished_at, reason, model, prompt_tokens,
        cached_tokens, completion_tokens FROM answers ORDER BY position, sibling""":
    """SELECT a.position, a.sibling, a.state, a.text, a.tokens, a.started_at, a.finished_at, a.reason, c.model, c.prompt,
        c.cached, c.completion FROM answers a JOIN calls c USING (position, sibling) ORDER BY a.position, a.sibling""",
    "SELECT position, message_id FROM parts ORDER BY position, sibling, number":
    "SELECT position, message_id FROM answer_messages WHERE state = 'live' ORDER BY position, number",
    """SELECT position, shown_at FROM answers newest WHERE shown_at IS NOT NULL AND sibling =
        (SELECT max(sibling) FROM answers WHERE position = newest.position) ORDER BY position""":
    "SELECT position, shown_at FROM questions WHERE shown_at IS NOT NULL ORDER BY position",
}  # fmt: skip
"""Queries of the old tables, and of the new ones for the same."""


@pytest.mark.parametrize(("old", "new"), [*((same, same) for same in SAME), *CHANGED.items()])
def test_every_column_is_carried_over(database: Path, old: str, new: str) -> None:
    """Each fact of the old tables is in the new ones, in the same order."""
    before = select(database, old)
    migrate(database)
    assert before
    assert select(database, new) == before


async def test_what_was_left_is_what_a_start_takes_up(store: Store) -> None:
    """The questions that a start of version 3 takes up are behind, and no others; the calls in writing are lost, once."""
    old = (
        "SELECT q.message_id FROM questions q WHERE q.refusal IS NULL AND (q.prompt IS NULL OR EXISTS (SELECT 1 FROM answers a "
        "WHERE a.position = q.position AND a.shown_at IS NULL AND a.sibling = "
        "(SELECT max(sibling) FROM answers WHERE position = q.position))) ORDER BY q.position"
    )
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(DUMP.read_text(encoding="utf-8"))
        left = [key for (key,) in connection.execute(old)]
    assert [one.key for one in await store.questions.behind()] == left
    assert await store.calls.lose(at=1) == 4
    assert await store.calls.lose(at=2) == 0


async def test_the_records_are_read_back(store: Store) -> None:
    """Attempts, choice, continuation, display and messages of the old questions are what they were."""
    found = {
        turn.record.question.text[:24]: turn.record
        for place in (GENERAL, RANDOM, DIRECT)
        for _, turns in await turns_of(store, place)
        for turn in turns
    }
    retried = found["will it rain?"]
    assert [(a.state, a.chosen) for a in retried.answers] == [("failed", False), ("failed", False), ("done", True)]
    assert (retried.display.sibling, retried.display.behind, len(retried.display.messages.live)) == (3, False, 1)
    kept = found["and tomorrow?"]
    assert [(a.state, a.chosen, a.text) for a in kept.answers] == [
        ("interrupted", True, "Tomorrow it will"),
        ("failed", False, ""),
    ]
    assert kept.display.sibling == 2  # Discord shows the failure
    assert [a.continues for a in found["count to ten"].answers] == [None, 1]
    going_on = found["left going on"].newest
    assert going_on is not None
    assert (going_on.state, going_on.text, going_on.continues) == ("writing", "one two", 1)
    assert [found[text].question.turned_down for text in ("too fast", "")] == [
        TurnedDown.LIMIT,
        TurnedDown.UNANSWERABLE,
    ]
    assert found["left never begun"].answers == ()
    assert len(found["a long story, please"].display.messages.live) == 3


async def test_branches_and_resets_are_read_back(store: Store) -> None:
    """Each conversation knows what it grew from and what its reset closed; a reset can still be undone."""
    general = await store.history.conversations(GENERAL)
    assert [(one.opened_by is not None, one.closed_at is None) for one in general] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert general[2].previous_id == general[0].id
    assert await store.conversations.undo(general[2].id, place_id=GENERAL, at=1)
    question = await store.questions.claim(Asked(1, general_place(), ALICE, "and now?", 1_900_000_000_000))
    assert question is not None
    begun = await store.attempts.begin(
        NewAttempt(question.question.position, 1, "default", 1, contents=(Text("and now?"),), tokens=1)
    )
    assert begun is not None
    said = texts(begun.exchanges)
    assert begun.window_from == 2
    assert said[0].endswith("a long story, please")
    assert "It will." in said
    assert "Tomorrow it will" in said
    assert said[-2:] == ["Here we are.", "and now?"] or said[-1] == "and now?"


def general_place() -> Place:
    """The channel general."""
    return Place(GENERAL, PlaceKind.CHANNEL, "general", SERVER)


async def test_the_calls_are_read_back(store: Store) -> None:
    """Each old attempt has a call with its model and usage; one that was in writing is open."""
    calls = [
        call
        for place in (GENERAL, RANDOM, DIRECT)
        for _, turns in await turns_of(store, place)
        for turn in turns
        for call in turn.calls
    ]
    assert {call.state for call in calls} == {CallState.CLOSED, CallState.OPEN}
    used = [call.end.usage.prompt for call in calls if call.end and call.end.usage and call.end.model == "gpt-5.5"]
    assert used == [300]


def test_the_old_file_is_kept_as_a_copy(database: Path) -> None:
    """The copy beside the database holds what it was before."""
    before = select(database, "SELECT * FROM answers ORDER BY id")
    migrate(database)
    copy = database.with_name("parley.db.v3")
    assert select(copy, "SELECT * FROM answers ORDER BY id") == before
    assert select(copy, "PRAGMA user_version") == [(3,)]


def test_a_copy_that_was_cut_off_is_made_anew(database: Path) -> None:
    """A process that died while it copied leaves no copy that the next start trusts."""
    whole = database.read_bytes()
    database.with_name("parley.db.v3.half").write_bytes(whole[: len(whole) // 2])
    migrate(database)
    assert select(database.with_name("parley.db.v3"), "PRAGMA integrity_check") == [("ok",)]
    assert not database.with_name("parley.db.v3.half").exists()


def test_a_disk_without_room_is_said_before_anything_is_touched(database: Path) -> None:
    """An upgrade that may not fit on the disk does not begin."""
    before = database.read_bytes()
    with pytest.raises(StoreError, match=r"needs an upgrade, for which .* MB must be free .* make room"):
        migrate(database, free_bytes=lambda path: 3 * path.stat().st_size)
    assert database.read_bytes() == before
    assert not database.with_name("parley.db.v3").exists()
    migrate(database, free_bytes=lambda path: 4 * path.stat().st_size + 10_000_000)


def test_an_old_copy_is_deleted_after_two_weeks(database: Path) -> None:
    """The copy of an upgrade stays for 14 days, because it holds what people may have deleted since."""
    migrate(database)
    copy = database.with_name("parley.db.v3")
    migrate(database)
    assert copy.exists()
    old = copy.stat().st_mtime - 15 * 86_400
    os.utime(copy, (old, old))
    mine = [database.with_name(name) for name in ("parley.db.very-mine", "parley.db.v2024-backup", "other.db.v3")]
    for path in mine:
        path.write_text("keep")
        os.utime(path, (old, old))
    migrate(database)
    assert not copy.exists()
    assert all(path.exists() for path in mine)


DYING = """
import os, sqlite3, sys
path, migration, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("PRAGMA cache_size = 2")  # so that unfinished pages are written
connection.execute("BEGIN IMMEDIATE")
statement = ""
for line in open(migration, encoding="utf-8"):
    statement += line
    if sqlite3.complete_statement(statement):
        connection.execute(statement)
        statement, number = "", number - 1
        if not number:
            os._exit(9)
"""


def rows_of(path: Path, tables: list[object]) -> dict[object, list[tuple[object, ...]]]:
    """Every row of these tables."""
    return {name: select(path, f"SELECT * FROM {name}") for name in tables}  # noqa: S608 -- names of our own tables


def statements() -> int:
    """The number of statements in the migration."""
    number, statement = 0, ""
    for line in MIGRATION.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            number, statement = number + 1, ""
    return number


@pytest.mark.long
def test_killed_at_any_statement_the_next_start_completes_it(database: Path, tmp_path: Path) -> None:
    """A process that dies after any statement leaves the file at version 3, and the next start makes the same new one."""
    script = tmp_path / "0004.sql"
    script.write_text(MIGRATION, encoding="utf-8")
    whole = tmp_path / "whole.db"
    whole.write_bytes(database.read_bytes())
    migrate(whole)
    tables = [name for (name,) in select(whole, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    expected = rows_of(whole, tables)
    numbers = range(1, statements() + 1)
    assert len(numbers) > 40
    for number in numbers:
        left = tmp_path / f"{number}.db"
        left.write_bytes(database.read_bytes())
        dying = subprocess.run([sys.executable, "-S", "-c", DYING, str(left), str(script), str(number)], check=False)
        assert dying.returncode == 9
        assert select(left, "PRAGMA user_version") == [(3,)]
        migrate(left)
        assert rows_of(left, tables) == expected
