"""Databases with a past: written by plain SQL, because a million turns through the bot would take a day."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.chat.moments import moment
from bot.chat.speakers import tagged
from bot.chat.tokens import count
from bot.chat.turns import Author
from bot.store.sqlite.migrate import migrate

WINDOW: Final = 50
"""Exchanges that the window of an asked place holds."""

_BATCH: Final = 50_000
_STARTED_AT: Final = 1_700_000_000_000
_FIRST_ID: Final = 900_000_000_000_000_000
"""Discord's ids of an earlier year than any that the sandbox makes."""

_OTHER_PLACES: Final = 1_000
_AUTHOR: Final = Author(_FIRST_ID, "Bob")
_WHEN = moment(1_790_000_000_000, None)
_QUESTION: Final = "Question {:07d}: how do the tides of the North Sea follow the moon, and why are there two a day?"
_ANSWER: Final = (
    "Answer {:07d}: the moon pulls the near side of the Earth more than its middle, and its middle more than the far side, "
    "so the water rises on both. The Earth turns under these two bulges once a day, and each place meets both of them, "
    "about fifty minutes later every day, because the moon moves on."
)


@dataclass(frozen=True, slots=True)
class Past:
    """How many turns a database holds, and whether the asked places have a share in them (half of all, or every one)."""

    turns: int
    in_asked: bool = False
    elsewhere: bool = True


def write(path: Path, past: Past, asked: Sequence[int]) -> None:
    """Make the database at `path`; the exchanges of its places alternate, as they do in life.

    Where the places `asked` have a share, each one's open conversation has its anchor `WINDOW` exchanges before the end.
    """
    migrate(path)
    places = _cycle(asked if past.in_asked else (), past)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        _places(database, dict.fromkeys(places))
        database.execute("COMMIT")
        exchanges = past.turns // 2
        for first in range(1, exchanges + 1, _BATCH):
            _exchanges(database, range(first, min(first + _BATCH, exchanges + 1)), places)
        _anchor(database, asked)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _cycle(asked: Sequence[int], past: Past) -> list[int]:
    """The places in the order in which they take turns: the asked ones and the others alternate."""
    others = [_FIRST_ID + number for number in range(1, _OTHER_PLACES + 1)] if past.elsewhere else []
    if not asked or not others:
        return [*asked, *others]
    return [place for number, other in enumerate(others) for place in (asked[number % len(asked)], other)]


def _places(database: sqlite3.Connection, places: dict[int, None]) -> None:
    """The places, each with one open conversation, which here has the place's id."""
    database.executemany(
        "INSERT INTO places (id, kind, name, guild_id) VALUES (?, 'channel', 'general', 1)",
        ((place,) for place in places),
    )
    database.executemany(
        "INSERT INTO conversations (id, place_id, opened_at) VALUES (?, ?, ?)",
        ((place, place, _STARTED_AT) for place in places),
    )


def _exchanges(database: sqlite3.Connection, positions: range, places: Sequence[int]) -> None:
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO questions (position, conversation_id, key, author_id, author_name, asked_at, state, text, prompt, tokens, "
        "display, wanted, shown, outcome, shown_at) VALUES (?, ?, ?, ?, ?, ?, 'begun', ?, ?, ?, 1, 1, 1, 'shown', ?)",
        _questions(positions, places),
    )
    database.executemany(
        "INSERT INTO claims (message_id, place_id, author_id, position, outcome, at) VALUES (?, ?, ?, ?, 'asked', ?)",
        (
            (_message_id(position), places[position % len(places)], _author_id(position), position, _at(position))
            for position in positions
        ),
    )
    database.executemany(
        "INSERT INTO answers (position, sibling, chosen, state, reason, text, tokens, started_at, finished_at) "
        "VALUES (?, 1, 1, 'done', 'stop', ?, ?, ?, ?)",
        _answers(positions),
    )
    database.executemany(
        "INSERT INTO calls (purpose, position, sibling, step, conversation_id, place_id, guild_id, person_id, provider, model, "
        "state, reason, started_at, ended_at, reserved, window_from, dropped, cut, system_tokens, turn_tokens, question_tokens, "
        "prompt, cached, written, completion, reasoning) VALUES ('answer', ?, 1, 1, ?, ?, 1, ?, 'default', 'gpt-5.4-mini', "
        "'closed', 'stop', ?, ?, 12000, 0, 0, 0, 120, 3800, 80, 4000, 3800, 0, 80, 0)",
        _calls(positions, places),
    )
    database.executemany(
        "INSERT INTO answer_messages (message_id, position, number) VALUES (?, ?, 1)",
        ((_message_id(position) + 1, position) for position in positions),
    )
    database.execute("COMMIT")


def _questions(positions: range, places: Sequence[int]) -> Iterator[tuple[object, ...]]:
    tokens = count(tagged(_AUTHOR, _QUESTION.format(0), _WHEN))  # a number of seven digits always counts the same
    for position in positions:
        text = _QUESTION.format(position)
        place = places[position % len(places)]
        yield (position, place, _message_id(position), _author_id(position), _AUTHOR.name, _at(position), text,
               tagged(_AUTHOR, text, _WHEN), tokens, _at(position))  # rows of a table # fmt: skip


def _answers(positions: range) -> Iterator[tuple[object, ...]]:
    tokens = count(_ANSWER.format(0))
    for position in positions:
        at = _at(position)
        yield position, _ANSWER.format(position), tokens, at, at


def _calls(positions: range, places: Sequence[int]) -> Iterator[tuple[object, ...]]:
    for position in positions:
        place, at = places[position % len(places)], _at(position)
        yield position, place, place, _author_id(position), at, at


def _anchor(database: sqlite3.Connection, asked: Sequence[int]) -> None:
    database.executemany(
        "UPDATE conversations SET window_from = coalesce((SELECT position FROM questions "
        "WHERE conversation_id = :id ORDER BY position DESC LIMIT 1 OFFSET :back), 0) WHERE id = :id",
        [{"id": place, "back": WINDOW - 1} for place in asked],
    )


def _message_id(position: int) -> int:
    return _FIRST_ID + 2_000_000 + 2 * position


def _author_id(position: int) -> int:
    return _AUTHOR.id + position % 997


def _at(position: int) -> int:
    return _STARTED_AT + 1_000 * position
