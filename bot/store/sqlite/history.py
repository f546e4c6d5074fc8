"""The history in SQLite for exports, read in pages on a separate connection, so that a long export holds up no answer."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from bot.chat.places import Conversation
from bot.chat.ports.history import Turn
from bot.store.sqlite import rows
from bot.store.sqlite.session import Row, Session, Transaction

_PAGE: Final = 200
"""Number of questions read at a time."""
_POSITIONS: Final = """
    SELECT position FROM questions WHERE conversation_id = :conversation_id AND position > :after ORDER BY position LIMIT :page
"""
_TURNS: Final = f"""
    SELECT {rows.QUESTION}, {rows.ANSWER}
    FROM ({_POSITIONS}) JOIN questions q USING (position)
    JOIN conversations c ON c.id = q.conversation_id
    JOIN places p ON p.id = c.place_id
    LEFT JOIN answers a ON a.position = q.position
    ORDER BY q.position, a.sibling
"""  # noqa: S608 -- only constants are inserted
_MESSAGES: Final = f"SELECT * FROM answer_messages WHERE position IN ({_POSITIONS}) ORDER BY position, number"  # noqa: S608 -- as above
_CONTENTS: Final = (
    f"SELECT * FROM {rows.CONTENTS} WHERE position IN ({_POSITIONS}) ORDER BY position, sibling, step, number"  # noqa: S608 -- as above
)
_CALLS: Final = f"SELECT * FROM calls WHERE position IN ({_POSITIONS}) ORDER BY position, id"  # noqa: S608 -- as above


class SqliteHistory:
    """See `chat.ports.history.History`."""

    def __init__(self, reader: Session) -> None:
        self._reader = reader

    async def conversations(self, place_id: int) -> Sequence[Conversation]:
        """See `History.conversations`."""
        found = await self._reader.all(
            "SELECT * FROM conversations WHERE place_id = :place_id ORDER BY id", {"place_id": place_id}
        )
        return [rows.conversation(row) for row in found]

    async def turns(self, conversation_id: int) -> AsyncIterator[Turn]:
        """See `History.turns`. A turn that is claimed during the export comes on a later page."""
        page: dict[str, Any] = {"conversation_id": conversation_id, "after": 0, "page": _PAGE}
        while True:
            found, messages, calls, contents = await self._reader.run(lambda transaction: _page(transaction, page))
            if not found:
                return
            for position, attempt_rows in groupby(found, key=lambda row: row["position"]):
                record = rows.record(list(attempt_rows), rows.messages(messages[position]))
                yield Turn(record, tuple(map(rows.call, calls[position])), tuple(map(rows.content, contents[position])))
            page["after"] = found[-1]["position"]


def _page(
    transaction: Transaction, page: Mapping[str, Any]
) -> tuple[list[Row], dict[int, list[Row]], dict[int, list[Row]], dict[int, list[Row]]]:
    """Return the turns of a page, one row per attempt, then their messages, calls and contents by position."""
    found = transaction.all(_TURNS, page)
    messages, calls, contents = (_by_position(transaction.all(sql, page)) for sql in (_MESSAGES, _CALLS, _CONTENTS))
    return found, messages, calls, contents


def _by_position(found: Sequence[Row]) -> dict[int, list[Row]]:
    by_position: dict[int, list[Row]] = defaultdict(list)
    for row in found:
        by_position[row["position"]].append(row)
    return by_position
