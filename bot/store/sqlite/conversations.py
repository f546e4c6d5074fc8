"""Conversations in SQLite: opening, reset, undo of a reset, branches in threads, and trim."""

from collections.abc import Sequence
from typing import Any, Final

from bot.chat.places import Place, PlaceKind
from bot.chat.ports.conversations import Reset
from bot.store.sqlite import rows
from bot.store.sqlite.session import Row, Session, Transaction

_BRANCH_LOOK_BACK: Final = 50
"""Number of exchanges in the window of a branch that begins before its parent's window."""

_NEAR: Final = 50
"""Number of questions before a message among which is the last turn before it."""
_BRANCH: Final = """
    WITH known AS (
        SELECT position, NULL AS sibling FROM answer_messages WHERE message_id = :message_id AND state = 'live'
        UNION ALL
        SELECT position, 0 FROM claims WHERE message_id = :message_id AND outcome IN ('asked', 'joined')
    ), before AS (
        SELECT position, conversation_id FROM (
            SELECT q.position, q.conversation_id
            FROM conversations c CROSS JOIN questions q ON q.conversation_id = c.id
            WHERE :place_id IS NOT NULL AND c.place_id = :place_id AND c.origin IS NULL AND q.key < :message_id
                AND q.state IN ('waiting', 'begun')
            ORDER BY c.id DESC, q.key DESC LIMIT :near
        ) ORDER BY conversation_id DESC, position DESC LIMIT 1
    ), point AS (
        SELECT position, sibling FROM known
        UNION ALL
        SELECT position, iif(:message_id < (
            SELECT message_id FROM answer_messages WHERE position = before.position ORDER BY number LIMIT 1), 0, NULL)
        FROM before JOIN conversations c ON c.id = before.conversation_id
        WHERE NOT EXISTS (SELECT 1 FROM known) AND (c.closed_at IS NULL OR c.closed_at > :written_at)
        UNION ALL
        SELECT branch_position, branch_sibling FROM conversations c
        WHERE c.place_id = :place_id AND c.parent_id IS NOT NULL AND (c.closed_at IS NULL OR c.closed_at > :written_at)
            AND NOT EXISTS (SELECT 1 FROM known) AND NOT EXISTS (SELECT 1 FROM before)
    )
    SELECT q.conversation_id, q.position, coalesce(point.sibling, a.sibling, q.display, 0) AS sibling, CASE
        WHEN c.window_from <= q.position THEN c.window_from
        ELSE (SELECT min(position) FROM (
            SELECT position FROM questions WHERE conversation_id = q.conversation_id AND position <= q.position
            ORDER BY position DESC LIMIT :back
        )) END AS window_from, c.files_from
    FROM point JOIN questions q USING (position)
    JOIN conversations c ON c.id = q.conversation_id
    LEFT JOIN answers a ON a.position = q.position AND a.chosen
    WHERE q.state IN ('waiting', 'begun')
    LIMIT 1
"""
"""The turn after which a branch from a message continues. No row: the branch begins empty.

From a question's message, it continues after the question without its answer. From an answer's message, it continues after the
chosen attempt, or the displayed one when none is chosen. From any other message, where `place_id` names its place, it continues
after the last turn before it, unless the conversation of that turn was reset before the message was written; where the place has
none, after the turn that the place itself branched at. The search reads by an index the `near` questions that were asked last
before the message, because a question that was missed has a later position than those that were asked after it.

A branch begins with its parent's window, so both share the provider's cached prefix. A branch from a turn before that window
begins `back` exchanges earlier.
"""
_HAS_BEGUN: Final = """
    SELECT 1 FROM conversations c WHERE c.place_id = :place_id AND (c.previous_id IS NOT NULL OR EXISTS (
        SELECT 1 FROM questions q CROSS JOIN calls k ON k.position = q.position
        WHERE q.conversation_id = c.id AND q.state = 'begun' AND k.purpose = 'answer'))
    LIMIT 1
"""
"""Whether a model was asked for an answer in a place, or it was reset."""
_HAS_BEFORE: Final = """
    SELECT 1 FROM conversations c WHERE c.place_id = :place_id AND c.origin IS NULL AND (c.previous_id IS NOT NULL OR EXISTS (
        SELECT 1 FROM questions WHERE conversation_id = c.id AND position < :position))
    LIMIT 1
"""
"""Whether a place was reset, or something was asked there before a position."""
_IS_KNOWN: Final = """
    SELECT 1 FROM conversations c WHERE c.place_id = :place_id AND c.parent_id IS NOT NULL AND (
        EXISTS (SELECT 1 FROM answer_messages WHERE message_id = :place_id)
        OR EXISTS (SELECT 1 FROM claims WHERE message_id = :place_id))
    LIMIT 1
"""
"""Whether a thread branches off at a message that is a turn's."""
_SET_PARENT: Final = """
    UPDATE conversations SET parent_id = :parent_id, branch_position = :position, branch_sibling = :sibling,
        window_from = :window_from, files_from = :files_from
    WHERE place_id = :place_id AND closed_at IS NULL AND parent_id IS NULL AND id <> :parent_id
        AND NOT EXISTS (SELECT 1 FROM questions WHERE conversation_id = conversations.id AND position <= :position)
    RETURNING id
"""
_OPEN: Final = "SELECT * FROM conversations WHERE place_id = :place_id AND closed_at IS NULL"


class SqliteConversations:
    """See `chat.ports.conversations.Conversations`."""

    def __init__(self, session: Session, reader: Session) -> None:
        self._session = session
        self._reader = reader

    async def reset(self, place: Place, *, by: int, at: int) -> Reset | None:
        """See `Conversations.reset`."""

        def job(transaction: Transaction) -> Reset | None:
            if place.kind is PlaceKind.THREAD:  # a thread without turns of its own still has the turns of its parent
                open_in(transaction, place, at)
            row = transaction.one(_OPEN, {"place_id": place.id})
            if row is None or _is_empty(transaction, row):
                return None
            closed = transaction.all(
                "UPDATE conversations SET closed_at = :at WHERE id = :id RETURNING *", {"id": row["id"], "at": at}
            )
            opened = transaction.all(
                "INSERT INTO conversations (place_id, opened_at, opened_by, previous_id) "
                "VALUES (:place_id, :at, :by, :previous_id) RETURNING *",
                {"place_id": place.id, "at": at, "by": by, "previous_id": row["id"]},
            )
            return Reset(rows.conversation(opened[0]), rows.conversation(closed[0]))

        return await self._session.run(job)

    async def is_new(self, place_id: int) -> bool:
        """See `Conversations.is_new`."""

        def job(transaction: Transaction) -> bool:
            key = {"place_id": place_id}
            return transaction.one(_HAS_BEGUN, key) is None and transaction.one(_IS_KNOWN, key) is None

        return await self._session.run(job, reads=True)

    async def begins_with(self, place_id: int, position: int) -> bool:
        """See `Conversations.begins_with`."""
        key = {"place_id": place_id, "position": position}
        return await self._session.run(lambda transaction: transaction.one(_HAS_BEFORE, key) is None, reads=True)

    async def branch(self, place: Place, at: int, *, source_id: int, message_id: int, written_at: int) -> bool:
        """See `Conversations.branch`."""

        def job(transaction: Transaction) -> bool:
            if transaction.one(_HAS_BEGUN, {"place_id": place.id}) is not None:
                return False
            open_in(transaction, place, at)
            point = _branch(transaction, message_id, source_id, written_at)
            if point is None:
                return False
            return bool(transaction.all(_SET_PARENT, {"place_id": place.id, **_anchors(point)}))

        return await self._session.run(job)

    async def open_in(self, place_id: int) -> int | None:
        """See `Conversations.open_in`."""
        row = await self._reader.one(_OPEN, {"place_id": place_id})
        return None if row is None else row["id"]

    async def threads(self) -> Sequence[int]:
        """See `Conversations.threads`."""
        return [row["id"] for row in await self._reader.all("SELECT id FROM places WHERE kind = 'thread' ORDER BY id")]

    async def opened_by(self, conversation_id: int) -> int | None:
        """See `Conversations.opened_by`."""
        row = await self._reader.one("SELECT opened_by FROM conversations WHERE id = :id", {"id": conversation_id})
        return row["opened_by"] if row else None

    async def undo(self, conversation_id: int, *, place_id: int, at: int) -> bool:
        """See `Conversations.undo`."""

        def job(transaction: Transaction) -> bool:
            closed = transaction.one(
                "UPDATE conversations SET closed_at = :at "
                "WHERE id = :id AND place_id = :place_id AND closed_at IS NULL AND previous_id IS NOT NULL RETURNING previous_id",
                {"id": conversation_id, "place_id": place_id, "at": at},
            )
            if closed is None:
                return False
            transaction.all("UPDATE conversations SET closed_at = NULL WHERE id = :id", {"id": closed["previous_id"]})
            return True

        return await self._session.run(job)

    async def trim(self, conversation_id: int, *, window_from: int, files_from: int = 0) -> None:
        """See `Conversations.trim`."""
        await self._session.all(
            "UPDATE conversations SET window_from = max(window_from, :window_from), files_from = max(files_from, :files_from) "
            "WHERE id = :id",
            {"id": conversation_id, "window_from": window_from, "files_from": files_from},
        )


def open_in(transaction: Transaction, place: Place, at: int) -> None:
    """Store the place, and open a conversation in it unless one is open.

    The first conversation of a thread branches off at the message that the thread was opened on.
    """
    known = transaction.one("SELECT 1 FROM conversations WHERE place_id = :id LIMIT 1", {"id": place.id})
    transaction.all(
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
    if place.kind is PlaceKind.THREAD and not known:  # a thread that was opened on a message has the message's id
        branch = _branch(transaction, place.id)
    transaction.all(
        "INSERT INTO conversations (place_id, opened_at, window_from, files_from, parent_id, branch_position, branch_sibling) "
        "VALUES (:place_id, :at, :window_from, :files_from, :parent_id, :position, :sibling) ON CONFLICT DO NOTHING",
        {"place_id": place.id, "at": at, **_anchors(branch)},
    )


def _branch(transaction: Transaction, message_id: int, place_id: int | None = None, written_at: int = 0) -> Row | None:
    """Return the turn after which a branch from a message continues. With `place_id`, the message may be anybody's."""
    return transaction.one(
        _BRANCH,
        {
            "message_id": message_id,
            "place_id": place_id,
            "written_at": written_at,
            "back": _BRANCH_LOOK_BACK,
            "near": _NEAR,
        },
    )


def _anchors(branch: Row | None) -> dict[str, Any]:
    """Return where a conversation begins: its anchors and its point in the parent, as parameters by name."""
    return {
        "window_from": branch["window_from"] if branch else 0,
        "files_from": branch["files_from"] if branch else 0,
        "parent_id": branch and branch["conversation_id"],
        "position": branch and branch["position"],
        "sibling": branch and branch["sibling"],
    }


def _is_empty(transaction: Transaction, conversation: Row) -> bool:
    """Return whether a reset would change nothing: no parent, and no question but those turned down or deleted."""
    if conversation["parent_id"] is not None:
        return False
    row = transaction.one(
        "SELECT 1 FROM questions WHERE conversation_id = :id AND state IN ('waiting', 'begun') LIMIT 1",
        {"id": conversation["id"]},
    )
    return row is None
