"""Holds the storm's outcome against the rules: Discord and the database tell the same story, and each question has one end."""

import contextlib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.sandbox import Channel, Message, Sandbox
from bot.sandbox.driver.texts import bare

_NOTE: Final = re.compile(r"^-# .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stored:
    """A question as the database has it, with the attempt that Discord shall show. `messages` are those that are live.

    `begun` orders all questions by their first call. It is 0 where there is none: `/stop` begins the attempt at a question that
    it drops before its turn, without a call. A crash before the end of this attempt lets the next start ask, in its turn.
    """

    position: int
    refused: bool
    state: str | None
    text: str
    shown: bool
    messages: tuple[int, ...]
    open_calls: int
    begun: int


def stored(path: Path) -> dict[int, Stored]:
    """Every question by the id of its message."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        messages: dict[int, list[int]] = defaultdict(list)
        for position, message_id in database.execute(
            "SELECT position, message_id FROM answer_messages WHERE state <> 'gone' ORDER BY position, number"
        ):
            messages[position].append(message_id)
        rows = database.execute(
            "SELECT q.key, q.position, q.state NOT IN ('waiting', 'begun'), a.state, a.text, q.shown >= q.wanted, "
            "(SELECT count(*) FROM calls WHERE position = q.position AND state = 'open'), "
            "coalesce((SELECT min(id) FROM calls WHERE position = q.position AND purpose = 'answer'), 0) "
            "FROM questions q "
            "LEFT JOIN answers a ON a.position = q.position AND a.sibling = q.display"
        )
        return {
            key: Stored(
                position, bool(refused), state, text or "", bool(shown), tuple(messages[position]), open_calls, begun
            )
            for key, position, refused, state, text, shown, open_calls, begun in rows
        }


def integrity(path: Path) -> str:
    """The result of SQLite's check of the file."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])


def age(path: Path) -> None:
    """Make all attempts ten minutes older, as if the bot had been away for longer than Discord remembers a nonce."""
    with (
        contextlib.suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(path, isolation_level=None)) as database,
    ):
        database.execute("UPDATE answers SET started_at = started_at - 600000")  # fails where no table was made yet


def said_by_bot(box: Sandbox, channel: Channel) -> list[Message]:
    """The bot's messages in a channel, without its responses to commands."""
    return [one for one in box.discord.messages(channel) if one.author is box.bot.user and one.origin is None]


def ended(box: Sandbox, channels: Sequence[Channel], questions: Sequence[Message], path: Path) -> bool:
    """Whether every question has come to an end, in the database and on Discord."""
    rows = stored(path)
    answered = {one.reference.message_id for channel in channels for one in said_by_bot(box, channel) if one.reference}
    return all(
        question.id in answered and (row := rows.get(question.id)) is not None and (row.refused or row.shown)
        for question in questions
    )


def problems(
    box: Sandbox,
    channels: Sequence[Channel],
    questions: Sequence[Message],
    path: Path,
    deleted: Sequence[Message] = (),
) -> list[str]:
    """Everything that is not as it has to be. What Discord shows of questions that were `deleted` may stay there."""
    rows = stored(path)
    found = [] if (said := integrity(path)) == "ok" else [f"the database is damaged: {said}"]
    for channel in channels:
        asked = [one for one in questions if one.channel is channel]
        gone = {one.id for one in deleted if one.channel is channel}
        found += _of_channel(said_by_bot(box, channel), asked, rows, gone)
    return found


def _of_channel(
    said: Sequence[Message], asked: Sequence[Message], rows: dict[int, Stored], deleted: set[int]
) -> list[str]:
    found: list[str] = []
    by_id = {message.id: message for message in said}
    known = {one.id for one in said if one.reference and one.reference.message_id in deleted}
    known |= {message_id for key in deleted if (row := rows.get(key)) for message_id in row.messages}
    found += [
        f"deleted question {key} never came to rest" for key in deleted if (row := rows.get(key)) and not row.shown
    ]
    for question in asked:
        row = rows.get(question.id)
        replies = [one for one in said if one.reference and one.reference.message_id == question.id]
        if row is None:
            place = f"{question.channel.name} ({question.channel.id})"
            found.append(f"question {question.id} of {place} was never claimed; {len(replies)} replies")
            continue
        if len(replies) != 1 and not (row.refused and not replies):  # each reason is told once a minute
            found.append(
                f"question {question.id} ({row.state}) has {len(replies)} replies: {[r.content for r in replies]}"
            )
        known |= {one.id for one in replies} if row.refused else set(row.messages)
        found += _of_answer(question, row, by_id)
    found += [f"message {one.id} is nobody's: {one.content[:80]!r}" for one in said if one.id not in known]
    return found + _of_order(asked, rows)


def _of_answer(question: Message, row: Stored, by_id: dict[int, Message]) -> list[str]:
    if row.refused:
        return []
    if row.state in {None, "writing"} or not row.shown:
        return [f"question {question.id} never came to an end: {row.state}, shown {row.shown}"]
    if row.open_calls:
        return [f"question {question.id} ({row.state}) has {row.open_calls} open calls"]
    if gone := [message_id for message_id in row.messages if message_id not in by_id]:
        return [f"question {question.id}: its messages {gone} are not on Discord"]
    text = "\n".join(_NOTE.sub("", by_id[message_id].content) for message_id in row.messages)
    if bare(text) != bare(row.text):
        return [f"question {question.id} ({row.state}): Discord shows {text[:200]!r}, stored is {row.text[:200]!r}"]
    return []


def _of_order(asked: Sequence[Message], rows: dict[int, Stored]) -> list[str]:
    """Return the problems of the order of first calls. Messages may stand otherwise: a waiting question gets a line early."""
    answered = [row for one in asked if (row := rows.get(one.id)) is not None and row.begun]
    order = [row.position for row in sorted(answered, key=lambda row: row.begun)]
    return [] if order == sorted(order) else [f"answers were begun in the order {order}"]
