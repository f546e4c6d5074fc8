"""The schema carries rows that no statement writes yet: imported turns, bursts, tool rounds, erased words."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from bot.chat.calls import CallState
from bot.chat.content import Opaque, PromptMessage, Role, StoredContent, Text, ToolCall, ToolResult, plain
from bot.chat.ports.store import Store
from bot.store.sqlite.store import TRIGGERS, opened
from tests.contracts.stories import BOB, GENERAL, asked, begin, begin_after, end, exchange, position_of, window

IMPORT: Final = """
    INSERT INTO conversations (id, place_id, opened_at, closed_at, origin) SELECT 100, place_id, opened_at, 9, 'hash'
        FROM conversations WHERE id = 1;
    INSERT INTO questions (position, conversation_id, author_id, author_name, asked_at, state, text, prompt, tokens, origin)
        SELECT position + 1000, 100, author_id, author_name, asked_at, state, text, prompt, tokens, json_object('message', key)
        FROM questions WHERE conversation_id = 1;
    INSERT INTO answers (position, sibling, chosen, state, reason, text, tokens, started_at, finished_at)
        SELECT position + 1000, sibling, chosen, state, reason, text, tokens, started_at, finished_at FROM answers;
    INSERT INTO calls (purpose, position, sibling, step, conversation_id, state, started_at, ended_at, prompt, completion)
        SELECT purpose, position + 1000, sibling, step, 100, 'imported', started_at, ended_at, prompt, completion FROM calls;
"""
"""The turns of the conversation 1 once more, as an import of their export inserts them."""


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


async def test_turns_can_be_inserted_again_as_imported_ones(store: Store, sql: sqlite3.Connection) -> None:
    """A place's turns go in a second time without their message ids, are exported, and are in no window and no queue."""
    for key in (1, 2):
        await store.displays.sent(await exchange(store, key), 1, 500 + key)
    behind = await store.questions.behind()
    sql.executescript(f"BEGIN; {IMPORT} COMMIT;")
    first, imported = await store.history.conversations(GENERAL.id)
    turns = [turn async for turn in store.history.turns(imported.id)]
    assert [turn.record.question.text async for turn in store.history.turns(first.id)] == ["hello", "hello"]
    assert [(turn.record.question.key, turn.record.question.origin) for turn in turns] == [
        (0, '{"message":1}'), (0, '{"message":2}')
    ]  # a row a turn # fmt: skip
    assert [turn.record.answers[0].text for turn in turns] == ["A1", "A2"]
    assert {call.state for turn in turns for call in turn.calls} == {CallState.IMPORTED}
    assert await store.questions.behind() == behind
    assert await window(store, 3) == ["Q1", "A1", "Q2", "A2", "Q3"]
    assert await position_of(store, asked(4)) > turns[-1].record.question.position


async def test_one_export_is_imported_once_a_place(store: Store, sql: sqlite3.Connection) -> None:
    """A second import of the same file in the same place is refused, and nothing of it stays."""
    await exchange(store, 1)
    sql.executescript(f"BEGIN; {IMPORT} COMMIT;")
    with pytest.raises(sqlite3.IntegrityError):
        sql.executescript(f"BEGIN; {IMPORT.replace('100', '200').replace('1000', '2000')} COMMIT;")
    sql.execute("ROLLBACK")
    assert len(await store.history.conversations(GENERAL.id)) == 2


async def test_a_burst_is_one_question_of_several_messages(store: Store, sql: sqlite3.Connection) -> None:
    """A message that joined a question is its content and has a claim: nobody claims it again, and the model is sent it."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    await end(store, position, text="A1")
    sql.execute(
        "INSERT INTO claims (message_id, place_id, author_id, position, outcome, at) VALUES (2, ?, ?, ?, 'joined', 2000)",
        (GENERAL.id, BOB.id, position),
    )
    sql.execute(
        "INSERT INTO contents (position, sibling, step, number, kind, text, author_id, message_id) "
        "VALUES (?, 0, 0, 1, 'text', 'and this', ?, 2)",
        (position, BOB.id),
    )
    assert await store.questions.claim(asked(2)) is None
    begun = await begin(store, await position_of(store, asked(3)), "Q3")
    assert begun.exchanges[0].question == PromptMessage(Role.USER, (Text("Q1"), Text("and this")))
    (turn, _) = [turn async for turn in store.history.turns(1)]
    assert turn.contents == (StoredContent(0, 0, 1, Text("and this"), BOB.id, 2),)


async def test_an_answer_of_several_rounds_is_sent_as_it_was(store: Store, sql: sqlite3.Connection) -> None:
    """An answer that has contents of its own is sent as its rounds: text and calls, each result, then the rest."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    sql.executemany(
        "INSERT INTO contents (position, sibling, step, number, kind, name, ref, text) VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
        [
            (position, 1, 1, "text", None, None, "Let me look."),
            (position, 1, 2, "opaque", "default", None, '{"id": "rs_1"}'),
            (position, 1, 3, "tool_call", "weather", "call_1", "{}"),
            (position, 1, 4, "tool_result", None, "call_1", "rain"),
            (position, 2, 1, "text", None, None, "It rains."),
        ],
    )
    await end(store, position, text="Let me look.\n\nIt rains.")
    begun = await begin(store, await position_of(store, asked(2)), "Q2")
    assert begun.exchanges[0].answer == (
        PromptMessage(
            Role.ASSISTANT,
            (Text("Let me look."), Opaque("default", '{"id": "rs_1"}'), ToolCall("call_1", "weather", "{}")),
        ),
        PromptMessage(Role.TOOL, (ToolResult("call_1", "rain"),)),
        plain(Role.ASSISTANT, "It rains."),
    )
    with pytest.raises(sqlite3.IntegrityError):  # a tool's result comes once
        sql.execute(
            "INSERT INTO contents (position, sibling, step, number, kind, ref, text) VALUES (?, 1, 9, 1, ?, ?, '')",
            (position, "tool_result", "call_1"),
        )


async def test_only_the_chosen_attempts_contents_are_sent(store: Store, sql: sqlite3.Connection) -> None:
    """Contents of an attempt that another took the place of are not sent."""
    position = await position_of(store, asked(1))
    await begin(store, position, "Q1")
    sql.execute(
        "INSERT INTO contents (position, sibling, step, number, kind, text) VALUES (?, 1, 1, 1, 'text', 'half')",
        (position,),
    )
    await end(store, position, text="half")
    await begin_after(store, position, 1)
    await end(store, position, 2, text="whole")
    assert await window(store, 2) == ["Q1", "whole", "Q2"]
    await store.attempts.pick(position, 1)
    assert await window(store, 3) == ["Q1", "half", "Q2", "Q3"]


async def test_an_erased_question_keeps_its_claim_and_its_position(store: Store, sql: sqlite3.Connection) -> None:
    """A question whose words were erased is in no window, and its message is never claimed again."""
    await exchange(store, 1)
    position = await exchange(store, 2)
    sql.execute(
        "UPDATE questions SET state = 'deleted', text = '', prompt = NULL, tokens = 0, author_name = '', shown = wanted "
        "WHERE position = ?",
        (position,),
    )
    sql.execute("UPDATE answers SET text = '', tokens = 0, chosen = 0 WHERE position = ?", (position,))
    assert await window(store, 3) == ["Q1", "A1", "Q3"]
    assert await store.questions.claim(asked(2)) is None
    assert await store.questions.record(2) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE questions SET state = 'thinking'",
        "UPDATE questions SET shown = wanted + 1",
        "UPDATE questions SET prompt = NULL",
        "UPDATE answers SET state = 'writing'",
        "UPDATE answers SET sibling = 0",
        "UPDATE calls SET state = 'open'",
        "UPDATE calls SET purpose = 'chat'",
        "UPDATE conversations SET origin = 'an open import'",
        "UPDATE conversations SET branch_position = 1",
        "INSERT INTO claims (message_id, place_id, outcome, at) VALUES (9, 1, 'asked', 1)",
        "INSERT INTO conversations (place_id, opened_at) VALUES (1, 1)",
        "INSERT INTO answers (position, sibling, chosen, state, started_at, finished_at) VALUES (1, 2, 1, 'done', 1, 2)",
        "INSERT INTO answer_messages (message_id, position, number) VALUES (9, 77, 1)",
    ],
)
async def test_rows_that_contradict_each_other_are_refused(
    store: Store, sql: sqlite3.Connection, statement: str
) -> None:
    """The schema refuses unknown words, a second open conversation, a second chosen attempt, and ends without a time."""
    await exchange(store, 1)
    with pytest.raises(sqlite3.IntegrityError):
        sql.execute(statement)
