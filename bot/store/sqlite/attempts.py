"""Attempts in SQLite. Views and triggers in session.sql turn beginning, ending and picking an attempt into one statement each."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.chat.breaks import SentTurn, break_of
from bot.chat.content import Content, Text
from bot.chat.ports.attempts import FinishedAttempt, NewAttempt, StartedAttempt
from bot.chat.ports.intake import Sourced
from bot.chat.ports.questions import Press
from bot.chat.turns import AnswerState, check_transition
from bot.errors import ModelFiltered, StoreDamaged, StoreError
from bot.store.sqlite import rows
from bot.store.sqlite.calls import OPEN_AGAIN
from bot.store.sqlite.questions import MESSAGES
from bot.store.sqlite.session import Conflict, Row, Session, Transaction

_BACK_FROM: Final = """
    (SELECT min(position) FROM (
        SELECT position FROM questions WHERE conversation_id = {0} AND position <= {1} ORDER BY position DESC LIMIT 50
    ))"""
"""The first position of the window when the question lies before its conversation's anchor.

The window goes 50 exchanges back. When these reach the beginning of a branch, it goes another 50 back in the parent conversation.
`{0}` is the conversation and `{1}` the last position in it.
"""

_BEGIN: Final = """
    INSERT INTO begun (position, prompt, tokens, remarks, profile, continues, started_at, reserved)
    SELECT :position, :prompt, :tokens, :remarks, :profile, :continues, :at, :reserve
    WHERE :after = (SELECT coalesce(max(sibling), 0) FROM answers WHERE position = :position) AND coalesce((
        SELECT revision = :revision AND state IN ('waiting', 'begun') FROM questions WHERE position = :position), TRUE)
    RETURNING position
"""
BLOB: Final = """
    INSERT INTO blobs (hash, media_type, size, width, height, bytes)
    VALUES (:hash, :media_type, :size, :width, :height, :bytes) ON CONFLICT (hash) DO NOTHING
"""
CONTENT: Final = """
    INSERT INTO contents (position, sibling, step, number, kind, name, ref, text, author_id, message_id, media, blob, tokens)
    VALUES (:position, 0, 0, :number, :kind, :name, :ref, :text, :author_id, :message_id, :media, :blob, :tokens)
"""
NO_CONTENTS: Final = "DELETE FROM contents WHERE position = :position AND sibling = 0"
"""Before a question is rendered anew: deletes the contents beside its text."""
_WINDOW: Final = f"""
    WITH RECURSIVE asked AS (
        SELECT q.conversation_id, q.position, q.wanted, c.files_from,
            iif(c.window_from <= q.position, c.window_from, NULL) AS anchor,
            (SELECT max(sibling) FROM answers WHERE position = q.position) AS attempt,
            (SELECT text FROM answers WHERE position = q.position ORDER BY sibling DESC LIMIT 1) AS so_far,
            (SELECT max(id) FROM calls WHERE position = q.position AND state = 'open') AS call_id
        FROM questions q JOIN conversations c ON c.id = q.conversation_id WHERE q.position = :position
    ), line (id, position, sibling, since) AS (
        SELECT conversation_id, position, 0, coalesce(anchor, {_BACK_FROM.format("asked.conversation_id", "asked.position")})
        FROM asked
        UNION ALL
        SELECT parent_id, branch_position, branch_sibling,
            coalesce(anchor, {_BACK_FROM.format("c.parent_id", "c.branch_position")})
        FROM line JOIN conversations c USING (id) CROSS JOIN asked
        WHERE parent_id IS NOT NULL AND (anchor IS NOT NULL OR since = (
            SELECT min(position) FROM questions WHERE conversation_id = c.id))
    )
    SELECT q.position, q.prompt, q.tokens, coalesce(a.text, ''), coalesce(a.tokens, 0),
        CASE WHEN q.rich OR a.rich THEN (
            SELECT json_group_array(json_array(sibling, step, {", ".join(rows.CONTENT_COLUMNS)})) FROM (
                SELECT * FROM {rows.CONTENTS} WHERE position = q.position AND sibling IN (0, a.sibling)
                ORDER BY sibling, step, number
            )) END,
        asked.attempt, asked.wanted, asked.call_id,
        (SELECT min(since) FROM line) AS anchor, asked.files_from,
        CASE WHEN q.position = asked.position THEN asked.so_far END AS so_far,
        CASE WHEN q.position = asked.position THEN (SELECT min(id) FROM line) END AS root_id,
        q.change, q.changed_at, CASE WHEN q.change IS NULL AND q.position <> asked.position THEN a.started_at ELSE (
            SELECT max(started_at) FROM answers WHERE position = q.position
                AND (position <> asked.position OR sibling < asked.attempt)) END AS begun_at
    FROM asked CROSS JOIN line CROSS JOIN questions q ON q.conversation_id = line.id
        AND q.position BETWEEN line.since AND line.position
    LEFT JOIN answers a ON a.position = q.position AND q.position <> asked.position
        AND CASE WHEN q.position = line.position THEN a.sibling = line.sibling AND q.outcome IS NOT 'gone' ELSE a.chosen END
    WHERE q.state = 'deleted' OR q.state = 'begun' AND (q.position = asked.position OR a.text <> '' OR NOT EXISTS (
        SELECT 1 FROM answers WHERE position = q.position AND reason = '{ModelFiltered.reason}'))
    ORDER BY q.position
"""  # noqa: S608 -- only constants are inserted
"""The exchanges from the anchor to the question, one row each. The last row also describes the attempt in writing.

A branch goes on from one attempt, chosen or not, but not from an answer whose messages people deleted, until another attempt at
its question is shown. Rows of deleted questions have no prompt; they tell only that the prefix is broken.

A question that a content filter refused is left out while it has no answer: the filter would refuse every later prompt with it.
SQLite never reorders a CROSS JOIN. It would reorder a plain join here, and read every question of the database after the anchor.
A branch's conversation is always younger than its parent, so the root has the smallest id.
"""
_END: Final = """
    INSERT INTO ended (position, sibling, state, reason, text, tokens, remarks, finished_at, call_reason, provider, model,
        window_from, dropped, cut, system_tokens, turn_tokens, question_tokens, files_from, media_tokens, prompt, cached, written,
        completion, reasoning, estimated, broken_from, broken_by)
    VALUES (:position, :sibling, :state, :reason, :text, :tokens, :remarks, :at, :call_reason, :provider, :model, :window_from,
        :dropped, :cut, :system_tokens, :turn_tokens, :question_tokens, :files_from, :media_tokens, :prompt, :cached, :written,
        :completion, :reasoning, :estimated, :broken_from, :broken_by)
"""
_PICK: Final = """
    INSERT INTO picked (position, sibling, at)
    SELECT position, sibling, :at FROM answers
    WHERE position = :position AND sibling = :sibling AND text <> '' AND NOT chosen
        AND NOT EXISTS (SELECT 1 FROM answers WHERE position = :position AND state = 'writing')
    RETURNING position
"""
_CLAIM_PICK: Final = """
    INSERT INTO claims (message_id, place_id, position, outcome, at) VALUES (:key, :place_id, :position, 'pressed', :at)
    ON CONFLICT DO NOTHING RETURNING message_id
"""
"""The claim of a press that spends nothing: it names no author, so that no limit counts it."""
_WRITING: Final = """
    SELECT 1 FROM questions q JOIN answers a ON a.position = q.position AND a.state = 'writing'
    WHERE q.position = :position AND q.state = 'begun'
"""
_BEGUN_SINCE: Final = """
    SELECT c.place_id, a.started_at
    FROM (SELECT position, started_at FROM answers ORDER BY id DESC LIMIT 1000) a
    JOIN questions q USING (position) JOIN conversations c ON c.id = q.conversation_id
    WHERE a.started_at > :at ORDER BY a.started_at
"""


class SqliteAttempts:
    """See `chat.ports.attempts.Attempts`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def begin(self, beginning: NewAttempt) -> StartedAttempt | None:
        """See `Attempts.begin`. A first attempt at a question of plain text takes one statement to write and one to read."""
        key: dict[str, Any] = {
            "position": beginning.position,
            "prompt": _text(beginning.contents),
            "tokens": beginning.tokens if beginning.contents else None,
            "remarks": "\n".join(beginning.remarks) if beginning.contents else None,
            "profile": beginning.profile,
            "continues": beginning.continues or None,
            "at": beginning.at,
            "reserve": beginning.reserve,
            "after": beginning.after,
            "revision": beginning.revision,
        }
        extra = [
            {"position": beginning.position, "number": number, **rows.columns_of(content)}
            for number, content in enumerate(beginning.contents[1:], start=1)
        ]
        blobs = [rows.blob_columns(blob) for blob in beginning.blobs]
        again = bool(beginning.contents and (beginning.after or beginning.revision))

        def job(transaction: Transaction) -> tuple[list[Row], list[Row]] | None:
            if transaction.one(_BEGIN, key) is None:
                return None
            if again:
                transaction.all(NO_CONTENTS, key)
            for columns in blobs:
                transaction.all(BLOB, columns)
            for columns in extra:
                transaction.all(CONTENT, columns)
            messages = transaction.all(MESSAGES, key) if beginning.after or beginning.shown else []
            return _window(transaction, key), messages

        found = await self._session.run(job, alone=bool(blobs))
        return None if found is None else _begun(*found)

    async def resume(self, position: int, *, reserve: int, at: int) -> StartedAttempt | None:
        """See `Attempts.resume`."""

        def job(transaction: Transaction) -> tuple[list[Row], list[Row]] | None:
            key: dict[str, Any] = {"position": position, "reserve": reserve, "at": at}
            if transaction.one(OPEN_AGAIN, key) is None:
                return None
            return _window(transaction, key), transaction.all(MESSAGES, key)

        found = await self._session.run(job)
        return None if found is None else _begun(*found)

    async def read_again(self, position: int) -> StartedAttempt | None:
        """See `Attempts.read_again`."""
        key = {"position": position}

        def job(transaction: Transaction) -> list[Row] | None:
            return None if transaction.one(_WRITING, key) is None else _window(transaction, key)

        found = await self._session.run(job, reads=True)
        return None if found is None else _begun(found, ())

    async def remark(self, position: int, sibling: int, remarks: tuple[str, ...]) -> None:
        """See `Attempts.remark`."""
        await self._session.all(
            "UPDATE answers SET remarks = :remarks WHERE position = :position AND sibling = :sibling AND state = 'writing'",
            {"position": position, "sibling": sibling, "remarks": "\n".join(remarks)},
        )

    async def end(self, ending: FinishedAttempt) -> None:
        """See `Attempts.end`."""
        answer = ending.answer
        check_transition(AnswerState.WRITING, answer.state)
        key = {"position": answer.position, "sibling": answer.sibling}
        try:
            await self._session.all(
                _END,
                {
                    **key,
                    "state": answer.state,
                    "reason": answer.reason,
                    "text": answer.text,
                    "tokens": answer.tokens,
                    "remarks": "\n".join(answer.remarks),
                    "at": answer.finished_at,
                    **rows.ending(ending.call),
                },
            )
        except Conflict as conflict:
            row = await self._session.one(
                "SELECT state FROM answers WHERE position = :position AND sibling = :sibling", key
            )
            if row is None:
                raise StoreError(f"there is no attempt {answer.sibling} at position {answer.position}") from conflict
            check_transition(AnswerState(row["state"]), answer.state)
            raise

    async def pick(self, position: int, sibling: int, press: Press | None = None) -> bool:
        """See `Attempts.pick`."""
        picked = {"position": position, "sibling": sibling, "at": press and press.at}
        claim = press and {"position": position, "key": press.id, "place_id": press.place_id, "at": press.at}

        def job(transaction: Transaction) -> bool:
            if claim is not None and transaction.one(_CLAIM_PICK, claim) is None:
                return False
            return transaction.one(_PICK, picked) is not None

        return await self._session.run(job)

    async def begun_since(self, at: int) -> Sequence[tuple[int, int]]:
        """See `Attempts.begun_since`."""
        found = await self._session.all(_BEGUN_SINCE, {"at": at})
        return [(row["place_id"], row["started_at"]) for row in found]


def _text(contents: tuple[Content | Sourced, ...]) -> str | None:
    """Return the text that comes first in a question's contents; None when the question keeps its stored text."""
    return contents[0].text if contents and isinstance(contents[0], Text) else None


def _window(transaction: Transaction, key: Mapping[str, Any]) -> list[Row]:
    """Return the exchanges up to an attempt that has begun. Raises StoreDamaged where not even its question is found."""
    window = transaction.all(_WINDOW, key)
    if not window:
        raise StoreDamaged(
            "a question that was just stored is not found again: `parley check --deep` lists what is damaged"
        )
    return window


def _begun(window: Sequence[Row], messages: Sequence[Row]) -> StartedAttempt:
    last = window[-1]
    broken = None
    if any(row["change"] or row["prompt"] is None for row in window):
        broken = break_of(
            [SentTurn(row["position"], row["begun_at"] or 0, row["change"], row["changed_at"] or 0) for row in window]
        )
        window = [row for row in window if row["prompt"] is not None]
    return StartedAttempt(
        sibling=last["attempt"],
        call_id=last["call_id"],
        version=last["wanted"],
        window_from=last["anchor"],
        files_from=last["files_from"],
        root_id=last["root_id"],
        exchanges=tuple(map(rows.exchange, window)),
        so_far=last["so_far"] or "",
        messages=rows.messages(messages),
        broken=broken,
    )
