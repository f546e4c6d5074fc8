"""No statement on the way of a mention, of a start or of an export reads a whole table that grows with the history."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.chat.appearance import DisplayOutcome
from bot.chat.calls import CallEnd
from bot.chat.content import Text
from bot.chat.places import Place, PlaceKind
from bot.chat.ports.changes import Rewording
from bot.chat.ports.intake import Sourced
from bot.chat.ports.questions import Press
from bot.chat.ports.store import Store
from bot.chat.turns import AnswerState
from bot.store.sqlite.migrate import migrate
from bot.store.sqlite.session import PRAGMAS, Session
from bot.store.sqlite.store import TRIGGERS, over
from tests.contracts.stories import GENERAL, asked, begin, begin_after, end, exchange, position_of

SCRIPT: Final = TRIGGERS.read_text(encoding="utf-8")
GROWING: Final = (
    "questions",
    "q",
    "t",
    "claims",
    "k",
    "answers",
    "a",
    "contents",
    "calls",
    "answer_messages",
    "conversations",
    "c",
)
"""The tables that grow with the history, and the names that statements give them."""
BOUNDED: Final = ("questions_behind", "answer_messages_retired")
"""Partial indexes that hold only what is not at rest."""
LAST: Final = ("FROM answers ORDER BY id DESC LIMIT 1000", "FROM calls ORDER BY id DESC LIMIT 1000")
"""Reads of the newest rows, which end by themselves."""
THREAD: Final = Place(7, PlaceKind.THREAD, "a thread", guild_id=9, parent_id=GENERAL.id)


class Noting(Session):
    """A session that notes every statement that SQLite runs, those of triggers too."""

    def __init__(self, path: Path, *, writes: bool, script: str = "") -> None:
        super().__init__(path, writes=writes, script=script)
        self.statements: list[str] = []

    async def noting(self) -> None:
        """Note from now on."""
        await self._database.set_trace_callback(self.statements.append)  # pyright: ignore[reportUnknownMemberType] -- aiosqlite leaves the type of the handler open


@pytest.fixture
async def statements(tmp_path: Path) -> AsyncIterator[list[str]]:
    """Every statement of a story in which all steps of the store are made."""
    path = tmp_path / "history.db"
    migrate(path)
    async with AsyncExitStack() as stack:
        writer = await stack.enter_async_context(Noting(path, writes=True, script=SCRIPT))
        reader = await stack.enter_async_context(Noting(path, writes=False))
        await writer.noting()
        await reader.noting()
        await every_step(over(writer, reader))
        yield [*writer.statements, *reader.statements]


async def every_step(store: Store) -> None:
    """Make each step of the store at least once."""
    await every_step_of_an_answer(store)
    await every_step_of_a_question(store)
    await every_change(store)
    await every_step_of_a_conversation(store)
    await store.calls.lose(at=11)
    await store.calls.newest(1)
    await store.calls.latest(1)
    await store.choices.all()
    await store.seen.see({GENERAL.id: 8})
    await store.seen.seen()
    await store.seen.talked_in(3)
    for conversation in await store.history.conversations(GENERAL.id):
        _ = [turn async for turn in store.history.turns(conversation.id)]


async def every_step_of_an_answer(store: Store) -> None:
    """Make two attempts at question 1, show the first, and pick it again after the second."""
    position = await position_of(store, asked(1))
    await begin(store, position)
    await store.displays.sent(position, 1, 501)
    await end(store, position, text="half", state=AnswerState.INTERRUPTED, reason="cut_off")
    await store.displays.shown(position, 1, DisplayOutcome.SHOWN, at=8)
    begun = await begin_after(store, position, 1)
    assert begun is not None
    assert begun.call_id is not None
    await store.calls.close(begun.call_id, CallEnd("busy"), at=9)
    await store.attempts.resume(position, reserve=9000, at=10)
    await store.attempts.read_again(position)
    await end(store, position, 2, text="whole")
    await store.attempts.pick(position, 1, Press(901, GENERAL.id, 11, 10))
    await store.attempts.begun_since(0)
    await store.displays.adopt(position, [502])
    await store.displays.retire([501])
    await store.displays.gone([501])
    await store.questions.superseded(position)


async def every_step_of_a_question(store: Store) -> None:
    """Look for question 1 by all that is known of it, and claim and close others."""
    await store.questions.record(1)
    await store.questions.answered_by(501)
    await store.questions.said(501, 1)
    await store.questions.asked_among([1, 2])
    await store.questions.close(await position_of(store, asked(2)))
    await store.questions.claim(asked(3), per_minute=1)
    await store.questions.claim(asked(1))
    await store.questions.behind()
    await store.changes.recent(GENERAL.id)


async def every_step_of_a_conversation(store: Store) -> None:
    """Branch into threads, trim a window, and reset the channel, which is undone."""
    await exchange(store, THREAD.id, place=GENERAL)
    await exchange(store, 8, place=THREAD)
    await store.conversations.trim(1, window_from=2)
    await store.conversations.is_new(9)
    await store.conversations.begins_with(9, 9)
    await exchange(store, 9, place=replace(THREAD, id=9))
    await store.conversations.branch(replace(THREAD, id=10), 11, source_id=THREAD.id, message_id=10, written_at=11)
    await exchange(store, 11, place=replace(THREAD, id=10))
    await store.conversations.open_in(GENERAL.id)
    reset = await store.conversations.reset(GENERAL, by=1, at=12)
    assert reset is not None
    await store.conversations.opened_by(reset.opened.id)
    await store.conversations.undo(reset.opened.id, place_id=GENERAL.id, at=13)


async def every_change(store: Store) -> None:
    """Make each change of a turn at least once."""
    finished = await exchange(store, 21)
    await store.displays.sent(finished, 1, 521)
    found = await store.changes.find([21, 521, 22])
    edit = Rewording(finished, 21, 0, "new", (Text("new"), Sourced(Text("a quote"), 12, 922)), 9, (), (), 20, 20)
    assert await store.changes.reword(edit)
    (words,) = (await store.changes.find([922])).words
    await store.changes.forget(words, "gone", tokens=1, at=21)
    await store.changes.remove([521], at=22)
    waiting = await position_of(store, asked(22))
    for key in (23, 24):
        assert await store.questions.join(asked(key), waiting)
    (joined,) = (await store.changes.find([23])).asked
    assert await store.changes.reopen(joined, "new", edited_at=23, at=23)
    assert await store.changes.unjoin(waiting, 23, tokens=1, at=24)
    assert await store.changes.unjoin(waiting, 22, tokens=1, at=25)
    assert await store.changes.erase(waiting, (), at=26)
    assert found.asked


def test_no_statement_reads_a_whole_table(statements: list[str], tmp_path: Path) -> None:
    """Each statement finds its rows by an index, whatever the size of the history."""
    reads = [
        one.removeprefix("-- ")
        for one in statements
        if re.match(r"(-- )?(SELECT|UPDATE|INSERT|DELETE|WITH)\b", one.strip())
    ]
    assert len(set(reads)) > 40
    found = [
        (step, sql)
        for sql, plan in plans(tmp_path, reads).items()
        for step in plan
        if is_a_scan(step) and not any(last in sql for last in LAST)
    ]
    assert found == []


def test_the_last_turn_before_a_message_is_found_by_an_index(statements: list[str], tmp_path: Path) -> None:
    """A thread on an old message costs the same however many questions came since: no range of them is read or sorted."""
    found = plans(tmp_path, [one for one in statements if "before AS" in one])
    assert found
    for plan in found.values():
        assert "SEARCH q USING INDEX questions_key (conversation_id=? AND key<?)" in plan
        assert sum("TEMP B-TREE" in step for step in plan) == 1  # of the few that the index found


def plans(folder: Path, statements: list[str]) -> dict[str, list[str]]:
    """The steps of SQLite's plan for each statement."""
    found: dict[str, list[str]] = {}
    with closing(sqlite3.connect(folder / "history.db")) as connection:
        for pragma in PRAGMAS:
            if not pragma.startswith("foreign_keys"):  # its plans hold scans that are made only after a violation
                connection.execute(f"PRAGMA {pragma}")
        connection.executescript(SCRIPT)
        for statement in dict.fromkeys(statements):
            sql = re.sub(r"\bNEW\.(\w+)", r":\1", statement)
            unknown = dict.fromkeys(re.findall(r":(\w+)", sql))
            found[sql] = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", unknown)]
    return found


def is_a_scan(step: str) -> bool:
    """Tell whether a step of a plan reads a whole table that grows."""
    _, _, rest = step.partition("SCAN ")
    whole = rest.partition(" ")[0] in GROWING and not any(name in rest for name in BOUNDED)
    return whole or "AUTOMATIC" in step
