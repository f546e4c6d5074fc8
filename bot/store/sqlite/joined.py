"""The messages of a question that several messages make: SQL that tells them apart, and takes one of them out.

The text of the message that stands first is that of the question; each of the others is a content, and so is what any of them
brings along.
"""

from collections.abc import Mapping
from typing import Any, Final

from bot.store.sqlite.session import Transaction

OTHERS: Final = """
    (SELECT 1 FROM contents t CROSS JOIN claims o ON o.message_id = t.message_id AND o.position = t.position
        WHERE t.position = q.position AND t.sibling = 0 AND t.kind = 'text' AND t.message_id <> k.message_id)
"""
"""The further messages of a question q that joined it, without that of the claim k."""
IS_FIRST: Final = "coalesce(json_extract(q.origin, '$.message_id') = CAST(k.message_id AS TEXT), k.outcome <> 'joined')"
"""Whether the message of a claim k stands first in its question q: its text is that of the question."""
JOINED: Final = f"(k.outcome = 'joined' AND NOT {IS_FIRST})"
"""Whether the message of a claim k stands behind others in its question q."""
_OWN_FROM: Final = """
    coalesce((SELECT min(t.number) FROM contents t CROSS JOIN claims o ON o.message_id = t.message_id AND o.position = t.position
        WHERE t.position = {position} AND t.sibling = 0 AND t.kind = 'text' AND t.message_id = {message_id}
            AND o.outcome = 'joined'), 0)
"""
"""The number of the first content of a message in its question; 0 for the message that stands first."""
_OWN_UNTIL: Final = f"""
    coalesce((SELECT min(t.number) FROM contents t CROSS JOIN claims o ON o.message_id = t.message_id AND o.position = t.position
        WHERE t.position = {{position}} AND t.sibling = 0 AND t.kind = 'text' AND t.message_id <> {{message_id}}
            AND o.outcome = 'joined' AND t.number > {_OWN_FROM}), {2**62})
"""  # noqa: S608 -- only constants are inserted
"""The number of the first content of the message that follows in its question. What lies between is its own."""
_KEYS: Final = {"position": ":position", "message_id": ":message_id"}
_COLUMNS: Final = {"position": "k.position", "message_id": "k.message_id"}
QUOTED: Final = f"""
    coalesce((SELECT group_concat(text, '') FROM contents WHERE position = k.position AND sibling = 0 AND kind = 'text'
        AND message_id IS NOT k.message_id
        AND number >= {_OWN_FROM.format(**_COLUMNS)} AND number < {_OWN_UNTIL.format(**_COLUMNS)}), '')
"""  # noqa: S608 -- only constants are inserted
"""The texts that the message of a claim k brings along in its question: what it quotes."""
_IS_BEHIND_OTHERS: Final = """
    SELECT 1 FROM contents t CROSS JOIN claims k ON k.message_id = t.message_id AND k.position = t.position
    WHERE t.position = :position AND t.sibling = 0 AND t.message_id = :message_id AND t.kind = 'text' AND k.outcome = 'joined'
"""
_UNJOIN_WHOLE: Final = f"""
    DELETE FROM contents WHERE position = :position AND sibling = 0 AND (message_id = :message_id
        OR number >= {_OWN_FROM.format(**_KEYS)} AND number < {_OWN_UNTIL.format(**_KEYS)}) RETURNING tokens
"""  # noqa: S608 -- only constants are inserted
_UNJOIN: Final = "DELETE FROM contents WHERE position = :position AND sibling = 0 AND message_id = :message_id"
_UNJOIN_FIRST: Final = "DELETE FROM contents WHERE position = :position AND sibling = 0 AND message_id IS NULL"
_STANDS: Final = f"""
    SELECT 1 FROM claims k JOIN questions q ON q.position = k.position
    WHERE k.message_id = :message_id AND q.position = :position AND ({IS_FIRST} OR EXISTS (
        SELECT 1 FROM contents WHERE position = q.position AND sibling = 0 AND message_id = k.message_id))
"""  # noqa: S608 -- only constants are inserted
"""Whether the message of a question is still one of it."""
_NEXT: Final = """
    (SELECT t.{0} FROM contents t CROSS JOIN claims k ON k.message_id = t.message_id AND k.position = t.position
        WHERE t.position = :position AND t.sibling = 0 AND t.kind = 'text' AND k.outcome = 'joined' ORDER BY t.number LIMIT 1)
"""
_PROMOTE: Final = f"""
    UPDATE questions SET text = {_NEXT.format("text")},
        origin = json_object('message_id', CAST({_NEXT.format("message_id")} AS TEXT))
    WHERE position = :position
"""  # noqa: S608 -- only constants are inserted
"""The first message of a question that waits is gone: the next one takes its place."""
_PROMOTE_ANSWERED: Final = _PROMOTE.replace("SET", f"SET prompt = {_NEXT.format('text')},")
"""The same for an answered question, whose prompt begins with the next message then."""
_PROMOTED: Final = (
    "(SELECT CAST(json_extract(origin, '$.message_id') AS INTEGER) FROM questions WHERE position = :position)"
)
_UNJOIN_PROMOTED: Final = f"""
    DELETE FROM contents WHERE position = :position AND sibling = 0 AND message_id = {_PROMOTED}
"""  # noqa: S608 -- only constants are inserted
_UNJOIN_PROMOTED_TEXT: Final = f"""
    DELETE FROM contents WHERE position = :position AND sibling = 0 AND number = (SELECT min(number) FROM contents
        WHERE position = :position AND sibling = 0 AND kind = 'text' AND message_id = {_PROMOTED})
"""  # noqa: S608 -- only constants are inserted
_ANOTHER_REVISION: Final = "UPDATE questions SET revision = revision + 1 WHERE position = :position"
"""Nothing that was rendered with the message is stored any more."""


Key = Mapping[str, Any]
"""The parameters of a statement: `position` is the question's, `message_id` that of the message that leaves it."""


def stands(transaction: Transaction, key: Key) -> bool:
    """Return whether a message is still one of its question."""
    return transaction.one(_STANDS, key) is not None


def take_from_waiting(transaction: Transaction, key: Key) -> None:
    """Take a message out of a question that waits, which is rendered anew. The next one stands first where it did."""
    stands_first = transaction.one(_IS_BEHIND_OTHERS, key) is None
    transaction.all(_UNJOIN, key)
    if stands_first:
        for statement in (_UNJOIN_FIRST, _PROMOTE, _UNJOIN_PROMOTED):
            transaction.all(statement, key)


def take_from_answered(transaction: Transaction, key: Key) -> int:
    """Take a message and what it brings along out of an answered question. Return the tokens of the contents that went."""
    stands_first = transaction.one(_IS_BEHIND_OTHERS, key) is None
    gone = transaction.all(_UNJOIN_WHOLE, key)
    if stands_first:
        transaction.all(_PROMOTE_ANSWERED, key)
        transaction.all(_UNJOIN_PROMOTED_TEXT, key)
    transaction.all(_ANOTHER_REVISION, key)
    return sum(row["tokens"] for row in gone)
