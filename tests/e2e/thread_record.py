"""The database and Discord on a thread, held against the words that people said there."""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox import Message
from bot.sandbox.wire import Json

MARK = re.compile(r"word\d+|reply\d+")
_CLAIMS = "SELECT message_id, position, outcome FROM claims WHERE place_id = :place AND position IS NOT NULL"
_QUESTIONS = """
    SELECT q.position, q.state, q.text, q.prompt, q.shown = q.wanted AS is_shown
    FROM questions q JOIN conversations c ON c.id = q.conversation_id WHERE c.place_id = :place ORDER BY q.position
"""
_OF_PLACE = """
    SELECT t.* FROM {} t JOIN questions q ON q.position = t.position JOIN conversations c ON c.id = q.conversation_id
    WHERE c.place_id = :place ORDER BY t.position
"""


@dataclass(eq=False)
class Said:
    """A message of a person: all texts that it had, and what it quotes. `ended`: its answer may have been stopped by a person."""

    person: int
    message: Message
    words: list[str]
    asks: bool
    bare: bool = False
    quotes: "Said | Message | None" = None
    ended: bool = False

    @property
    def gone(self) -> bool:
        """Whether it was deleted."""
        return self.message.deleted

    @property
    def quotable(self) -> set[str]:
        """The words that the model may be told of what it quotes, as they are now."""
        quoted = self.quotes
        if isinstance(quoted, Said):
            return set() if quoted.gone else {quoted.words[-1]}
        return set() if quoted is None or quoted.deleted else marks([quoted.content])


def marks(texts: Iterable[str | None]) -> set[str]:
    """Return the words of people and of the model in texts."""
    return {one for text in texts for one in MARK.findall(text or "")}


def _bare(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("-# ")).strip()


@dataclass(frozen=True)
class Turn:
    """A question in the database with all that belongs to it, and the messages that people asked it with."""

    row: sqlite3.Row
    group: list[Said]
    contents: list[sqlite3.Row]
    answers: list[sqlite3.Row]
    shown: list[Message]
    missing: int
    removed: bool

    @property
    def alive(self) -> list[Said]:
        """The messages that were not deleted."""
        return [one for one in self.group if not one.gone]

    @property
    def chosen(self) -> str | None:
        """The text of the answer that stands."""
        return next((one["text"] for one in self.answers if one["chosen"]), None)

    @property
    def words(self) -> set[str]:
        """The words that people ask with now."""
        return {one.words[-1] for one in self.alive}

    @property
    def quotable(self) -> set[str]:
        """The words that the question may quote."""
        return {word for one in self.alive for word in one.quotable}

    def faults(self) -> list[str]:
        """Return what is not as it has to be at rest."""
        row, own = self.row, {one.message.id for one in self.group}
        kept = marks([row["text"], row["prompt"], *(one["text"] for one in self.contents if one["message_id"] in own)])
        quoted = marks(one["text"] for one in self.contents if one["message_id"] not in own)
        checks = {
            "has no message of a person": not self.group,
            "is of several people": len({one.person for one in self.group}) > 1,
            "is behind": not row["is_shown"],
            "is being answered": any(one["state"] == "writing" for one in self.answers),
            "stands twice on Discord": sum(one.reference is not None for one in self.shown) > 1,
            f"is {row['state']}": row["state"] != ("begun" if self.alive else "deleted"),
            f"keeps {kept}, not {self.words}": kept != self.words,
            f"quotes {quoted}, not of {self.quotable}": not quoted <= self.quotable,
            f"has {self.missing} messages that Discord has not": self.missing > 0,
        }
        return [f"question {row['position']} {fault}" for fault, is_so in checks.items() if is_so] + self._of_answer()

    def _of_answer(self) -> list[str]:
        if not self.alive:
            return (
                [f"deleted question {self.row['position']} keeps an answer"]
                if any(one["text"] or one["chosen"] for one in self.answers)
                else []
            )
        if self.chosen is None:
            is_excused = self.removed or any(one.ended for one in self.group)
            return [] if is_excused else [f"question {self.row['position']} has no answer"]
        shown = "".join(_bare(one.content) for one in self.shown)
        return [] if shown == self.chosen.strip() else [f"Discord shows {shown!r} for {self.chosen!r}"]


@dataclass(frozen=True)
class Record:
    """A thread as the database and Discord have it; `faults` were found while it was read."""

    turns: list[Turn]
    found: list[str]

    @classmethod
    def read(
        cls, path: Path, place: int, said: Sequence[Said], shown: Sequence[Message], removed: set[int]
    ) -> "Record":
        """Read it. `shown` are the bot's messages on Discord, `removed` the ids of those that people deleted."""
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row

            def rows(sql: str) -> list[Any]:
                return database.execute(sql, {"place": place}).fetchall()

            claims = {row["message_id"]: row for row in rows(_CLAIMS)}
            questions = rows(_QUESTIONS)
            contents, answers, messages = (
                rows(_OF_PLACE.format(table)) for table in ("contents", "answers", "answer_messages")
            )
        by_id = {one.id: one for one in shown}
        turns: list[Turn] = []
        for row in questions:
            position = row["position"]
            live = [one["message_id"] for one in messages if one["position"] == position and one["state"] == "live"]
            turns.append(
                Turn(
                    row,
                    [one for one in said if (claim := claims.get(one.message.id)) and claim["position"] == position],
                    [one for one in contents if one["position"] == position and one["sibling"] == 0],
                    [one for one in answers if one["position"] == position],
                    [by_id[one] for one in live if one in by_id],
                    sum(one not in by_id for one in live),
                    any(one["position"] == position and one["message_id"] in removed for one in messages),
                )
            )
        known = {one.id for turn in turns for one in turn.shown}
        found = [f"{one.content!r} is of no question" for one in shown if one.id not in known]
        found += [
            f"{one.words} was not heard" for one in said if one.asks and not one.gone and one.message.id not in claims
        ]
        found += [f"{one.words} was heard" for one in said if not one.asks and one.message.id in claims]
        return cls(turns, found)

    def faults(self) -> list[str]:
        """Return what is not as it has to be at rest."""
        return [*self.found, *(fault for turn in self.turns for fault in turn.faults())]

    def reply_to(self, said: Said) -> str | None:
        """Return the first word of the answer that stands to a message."""
        chosen = next((turn.chosen for turn in self.turns if said in turn.group), None)
        return chosen.partition(" ")[0] if chosen else None

    def prompt_faults(self, sent: Sequence[Json], said: Said) -> list[str]:
        """Return how the prompt of a question that was asked at rest is another one than what stands."""
        expected: list[tuple[str, str | None, set[str], set[str]]] = []
        for turn in self.turns:
            if turn.alive:
                expected.append(("user", None, turn.words, turn.words | turn.quotable))
                if said in turn.group:
                    break
                if turn.chosen is not None:
                    expected.append(("assistant", turn.chosen, marks([turn.chosen]), marks([turn.chosen])))
        messages = [one for one in sent if one["role"] != "system"]
        if len(messages) != len(expected):
            return [f"{len(messages)} messages instead of {len(expected)}: {messages}"]
        return [
            f"the model is sent {one} where {least} to {most} stand"
            for one, (role, text, least, most) in zip(messages, expected, strict=True)
            if one["role"] != role
            or (text is not None and one["content"] != text)
            or not least <= marks([str(one["content"])]) <= most
        ]
