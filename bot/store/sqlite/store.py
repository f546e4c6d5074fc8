"""The history in SQLite: `chat.ports.Store` in plain SQL.

One connection writes, another reads for exports, so that a long export holds up no answer. Every statement of the way of a
mention finds its rows by an index; none of them costs more in a large database than in a small one.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from bot.chat.ports import Begun, Claim, Fresh, Left, Outcome
from bot.chat.turns import (
    Answer,
    AnswerState,
    Asked,
    Conversation,
    Exchange,
    Place,
    PlaceKind,
    Question,
    check_transition,
)
from bot.errors import StoreError
from bot.store.sqlite import rows, statements
from bot.store.sqlite.connection import Connection, Row, Turn
from bot.store.sqlite.migrate import migrate

_MINUTE: Final = 60_000
_PAGE: Final = 200
_BRANCH_EXCHANGES: Final = 50


class SqliteStore:
    """The history in one SQLite file. Get one by `opened`."""

    def __init__(self, writer: Connection, reader: Connection) -> None:
        self._writer = writer
        self._reader = reader

    async def claim(self, asked: Asked, *, per_minute: int = 0, refused: bool = False) -> Claim | None:
        """See `Store.claim`. One statement where the place has an open conversation, as it mostly has."""
        parameters: dict[str, Any] = {
            "place_id": asked.place.id,
            "message_id": asked.message_id,
            "author_id": asked.author.id,
            "author_name": asked.author.name,
            "asked_at": asked.asked_at,
            "text": asked.text,
            "refused": refused,
            "per_minute": per_minute,
            "minute": _MINUTE,
        }

        async def work(turn: Turn) -> Row | None:
            if claimed := await turn.one(statements.CLAIM, parameters):
                return claimed
            async with turn.transaction():
                return await _open_and_claim(turn, asked, parameters)

        row = await self._writer.alone(work)
        if row is None:
            return None
        question = Question(
            position=row["position"],
            conversation_id=row["conversation_id"],
            message_id=asked.message_id,
            place_id=asked.place.id,
            author=asked.author,
            text=asked.text,
            asked_at=asked.asked_at,
            refused=row["refusal"] is not None,
        )
        first = False
        if row["refusal"] is not None:
            key = {**parameters, "position": question.position, "refusal": row["refusal"]}
            first = await self._writer.one(statements.EARLIER_REFUSAL, key) is None
        return Claim(question, first)

    async def refuse(self, position: int) -> None:
        """See `Store.refuse`."""
        await self._writer.all(
            "UPDATE questions SET refusal = 'unanswerable' WHERE position = :position AND prompt IS NULL",
            {"position": position},
        )

    async def begin(self, position: int, prompt: str, tokens: int, *, model: str, at: int) -> Begun:
        """See `Store.begin`. One statement writes, by a trigger of the view; then, with the connection still ours, one reads."""

        async def work(turn: Turn) -> Begun:
            await turn.all(
                "INSERT INTO begun (position, prompt, tokens, model, started_at) "
                "VALUES (:position, :prompt, :tokens, :model, :at)",
                {"position": position, "prompt": prompt, "tokens": tokens, "model": model, "at": at},
            )
            return _begun(await turn.all(statements.WINDOW, {"position": position}))

        return await self._writer.alone(work)

    async def begin_again(
        self, position: int, *, after: int, model: str, at: int, going_on: bool = False
    ) -> Begun | None:
        """See `Store.begin_again`."""

        async def work(turn: Turn) -> Begun | None:
            key = {"position": position, "sibling": after, "model": model, "at": at}
            later = "SELECT 1 FROM answers WHERE position = :position AND sibling > :sibling LIMIT 1"
            if await turn.one(later, key):
                return None
            await turn.all(
                "INSERT INTO begun (position, prompt, tokens, model, started_at) "
                "SELECT position, prompt, tokens, :model, :at FROM questions WHERE position = :position",
                key,
            )
            if going_on:
                await turn.all(statements.GO_ON, key)
            return _begun(await turn.all(statements.WINDOW, key))

        return await self._writer.transaction(work)

    async def resume(self, position: int) -> Begun:
        """See `Store.resume`."""
        return _begun(await self._writer.all(statements.WINDOW, {"position": position}))

    async def newest(self, message_id: int) -> Left | None:
        """See `Store.newest`."""
        row = await self._writer.one(statements.NEWEST, {"message_id": message_id})
        if row is None:
            return None
        parts = await self._writer.all(statements.PARTS_OF_QUESTION, {"position": row["position"]})
        return Left(rows.question(row), rows.answer(row, [part["message_id"] for part in parts]))

    async def settle(self, conversation_id: int, *, anchor: int, newest: Exchange) -> None:
        """See `Store.settle`."""

        async def work(turn: Turn) -> None:
            await turn.all(
                "UPDATE conversations SET window_from = max(window_from, :anchor) WHERE id = :id",
                {"id": conversation_id, "anchor": anchor},
            )
            await turn.all(
                "UPDATE questions SET prompt = :prompt, tokens = :tokens WHERE position = :position",
                {"position": newest.position, "prompt": newest.prompt, "tokens": newest.prompt_tokens},
            )

        await self._writer.transaction(work)

    async def add_part(self, position: int, sibling: int, index: int, message_id: int) -> None:
        """See `Store.add_part`."""
        await self._writer.all(
            "INSERT INTO parts (position, sibling, number, message_id) VALUES (:position, :sibling, :number, :message_id) "
            "ON CONFLICT DO NOTHING",
            {"position": position, "sibling": sibling, "number": index, "message_id": message_id},
        )

    async def drop_part(self, message_id: int) -> None:
        """See `Store.drop_part`."""
        await self._writer.all("DELETE FROM parts WHERE message_id = :message_id", {"message_id": message_id})

    async def finish(self, position: int, sibling: int, outcome: Outcome, *, at: int) -> None:
        """See `Store.finish`."""
        check_transition(AnswerState.WRITING, outcome.state)
        usage = outcome.usage
        key = {"position": position, "sibling": sibling}
        ended = await self._writer.one(
            statements.ENDED,
            {
                **key,
                "state": outcome.state,
                "reason": outcome.reason,
                "text": outcome.text,
                "tokens": outcome.tokens,
                "at": at,
                "prompt_tokens": usage and usage.prompt_tokens,
                "cached_tokens": usage and usage.cached_tokens,
                "completion_tokens": usage and usage.completion_tokens,
            },
        )
        if ended is None:
            row = await self._writer.one(
                "SELECT state FROM answers WHERE position = :position AND sibling = :sibling", key
            )
            if row is None:
                raise StoreError(f"there is no attempt {sibling} at position {position}")
            check_transition(AnswerState(row["state"]), outcome.state)

    async def mark_shown(self, position: int, sibling: int, *, at: int) -> None:
        """See `Store.mark_shown`."""
        await self._writer.all(
            "UPDATE answers SET shown_at = :at WHERE position = :position AND sibling = :sibling",
            {"position": position, "sibling": sibling, "at": at},
        )

    async def reset(self, place: Place, *, by: int, at: int) -> Fresh | None:
        """See `Store.reset`."""

        async def work(turn: Turn) -> Fresh | None:
            if place.kind is PlaceKind.THREAD:  # one that nobody spoke in yet may have a past all the same
                await _open(turn, place, at)
            row = await turn.one(statements.OPEN, {"place_id": place.id})
            if row is None or await _is_empty(turn, row):
                return None
            closed = await turn.all(
                "UPDATE conversations SET closed_at = :at WHERE id = :id RETURNING *", {"id": row["id"], "at": at}
            )
            opened = await turn.all(
                "INSERT INTO conversations (place_id, opened_at, opened_by, previous_id) "
                "VALUES (:place_id, :at, :by, :previous_id) RETURNING *",
                {"place_id": place.id, "at": at, "by": by, "previous_id": row["id"]},
            )
            return Fresh(rows.conversation(opened[0]), rows.conversation(closed[0]))

        return await self._writer.transaction(work)

    async def opened_by(self, conversation_id: int) -> int | None:
        """See `Store.opened_by`."""
        row = await self._reader.one("SELECT opened_by FROM conversations WHERE id = :id", {"id": conversation_id})
        return row["opened_by"] if row else None

    async def undo(self, conversation_id: int, *, at: int) -> bool:
        """See `Store.undo`."""

        async def work(turn: Turn) -> bool:
            closed = await turn.one(
                "UPDATE conversations SET closed_at = :at "
                "WHERE id = :id AND closed_at IS NULL AND previous_id IS NOT NULL RETURNING previous_id",
                {"id": conversation_id, "at": at},
            )
            if closed is None:
                return False
            await turn.all("UPDATE conversations SET closed_at = NULL WHERE id = :id", {"id": closed["previous_id"]})
            return True

        return await self._writer.transaction(work)

    async def conversations(self, place_id: int) -> Sequence[Conversation]:
        """See `Store.conversations`."""
        found = await self._reader.all(
            "SELECT * FROM conversations WHERE place_id = :place_id ORDER BY id", {"place_id": place_id}
        )
        return [rows.conversation(row) for row in found]

    async def turns(self, conversation_id: int) -> AsyncIterator[tuple[Question, Sequence[Answer]]]:
        """See `Store.turns`. A page is 200 questions; a turn claimed meanwhile is on a later page."""
        page: dict[str, Any] = {"conversation_id": conversation_id, "after": 0, "page": _PAGE}
        while found := await self._reader.all(statements.TURNS, page):
            parts = _parts(await self._reader.all(statements.PARTS_OF_TURNS, page))
            for question, answers in _grouped(found, parts):
                yield question, answers
            page["after"] = found[-1]["position"]

    async def left_open(self) -> Sequence[Left]:
        """See `Store.left_open`."""
        found = await self._writer.all(statements.LEFT)
        parts = _parts(await self._writer.all(statements.PARTS_OF_LEFT))
        return [Left(rows.question(row), rows.answer(row, parts[row["position"], row["sibling"]])) for row in found]

    async def begun_since(self, at: int) -> Sequence[tuple[int, int]]:
        """See `Store.begun_since`."""
        found = await self._writer.all(statements.BEGUN_SINCE, {"at": at})
        return [(row["place_id"], row["started_at"]) for row in found]

    async def seen(self) -> Mapping[int, int]:
        """See `Store.seen`."""
        return _by_place(await self._writer.all("SELECT place_id, message_id FROM seen"))

    async def see(self, newest: Mapping[int, int]) -> None:
        """See `Store.see`. One statement, however many places."""
        await self._writer.all(statements.SEE, {"newest": json.dumps(list(newest.items()))})

    async def talked_in(self, since: int) -> Mapping[int, int]:
        """See `Store.talked_in`."""
        return _by_place(await self._writer.all(statements.TALKED_IN, {"since": since}))

    async def recall(self, key: str) -> str | None:
        """See `Store.recall`."""
        row = await self._writer.one("SELECT value FROM facts WHERE key = :key", {"key": key})
        return row["value"] if row else None

    async def remember(self, key: str, value: str) -> None:
        """See `Store.remember`."""
        await self._writer.all(
            "INSERT INTO facts (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = :value",
            {"key": key, "value": value},
        )


@asynccontextmanager
async def opened(path: Path) -> AsyncGenerator[SqliteStore, None]:
    """The history at `path`, made or upgraded where needed, closed at the end. Raises StoreError."""
    await asyncio.to_thread(migrate, path)
    async with Connection(path, writes=True) as writer, Connection(path, writes=False) as reader:
        yield SqliteStore(writer, reader)


async def _open_and_claim(turn: Turn, asked: Asked, parameters: dict[str, Any]) -> Row | None:
    """Claim a question in a place that may have no open conversation yet."""
    if await turn.one("SELECT 1 FROM questions WHERE message_id = :message_id", parameters):
        return None
    await _open(turn, asked.place, asked.asked_at)
    return await turn.one(statements.CLAIM, parameters)


async def _open(turn: Turn, place: Place, at: int) -> None:
    """Make sure that the place has an open conversation; the first of a thread goes on from the message that it grew from."""
    known = await turn.one("SELECT 1 FROM conversations WHERE place_id = :id LIMIT 1", {"id": place.id})
    await turn.all(
        "INSERT INTO places (id, kind, name, guild_id, parent_id) VALUES (:id, :kind, :name, :guild_id, :parent_id) "
        "ON CONFLICT (id) DO UPDATE SET name = :name, parent_id = :parent_id",
        {
            "id": place.id,
            "kind": place.kind,
            "name": place.name,
            "guild_id": place.guild_id,
            "parent_id": place.parent_id,
        },
    )
    branch = None
    if place.kind is PlaceKind.THREAD and not known:  # a thread that grew from a message bears its id
        branch = await turn.one(statements.BRANCH, {"message_id": place.id, "back": _BRANCH_EXCHANGES})
    await turn.all(
        "INSERT INTO conversations (place_id, opened_at, window_from, parent_id, branch_position, branch_sibling) "
        "VALUES (:place_id, :at, :window_from, :parent_id, :position, :sibling) ON CONFLICT DO NOTHING",
        {
            "place_id": place.id,
            "at": at,
            "window_from": branch["window_from"] if branch else 0,
            "parent_id": branch and branch["conversation_id"],
            "position": branch and branch["position"],
            "sibling": branch and branch["sibling"],
        },
    )


async def _is_empty(turn: Turn, conversation: Row) -> bool:
    """Whether nobody was answered in the conversation, so that a reset would change nothing."""
    if conversation["parent_id"] is not None:
        return False
    row = await turn.one(
        "SELECT 1 FROM questions WHERE conversation_id = :id AND refusal IS NULL LIMIT 1", {"id": conversation["id"]}
    )
    return row is None


def _by_place(found: Sequence[Row]) -> dict[int, int]:
    return {row["place_id"]: row["message_id"] for row in found}


def _begun(window: Sequence[Row]) -> Begun:
    last = window[-1]
    return Begun(last["attempt"], last["anchor"], tuple(map(rows.exchange, window)), last["so_far"] or "")


def _parts(found: Sequence[Row]) -> dict[tuple[int, int], list[int]]:
    """The ids of messages by the attempt that they show."""
    parts: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in found:
        parts[row["position"], row["sibling"]].append(row["message_id"])
    return parts


def _grouped(page: Sequence[Row], parts: dict[tuple[int, int], list[int]]) -> list[tuple[Question, Sequence[Answer]]]:
    """The rows of a page as questions with their attempts."""
    turns: list[tuple[Question, list[Answer]]] = []
    for row in page:
        if not turns or turns[-1][0].position != row["position"]:
            turns.append((rows.question(row), []))
        if (answer := rows.answer(row, parts[row["position"], row["sibling"]])) is not None:
            turns[-1][1].append(answer)
    return [(question, answers) for question, answers in turns]
